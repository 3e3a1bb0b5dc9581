"""A question (and what was asked before it) in, a ``Match`` out: what is wanted, of whom, and which words must be covered."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from natobot.fold import STOP_WORDS, Word, stem, unescape, words
from natobot.intents import Pattern
from natobot.lexicon import Group, Lexicon
from natobot.store import Store
from natobot.words import Words

Wanted = Literal["figure", "date", "person", "place", "definition", "reason", ""]

# Small talk is matched fuzzily, but never so loosely that a question about the documents is taken for it.
_SMALL_TALK = 88.0
_LONGEST_QUESTION = 2_000  # characters read; what a person asks fits, and nothing longer can slow the bot down
_MOST_CONCEPTS = 24
_FOLLOW_UP_OPENERS = re.compile(
    r"^(?:and|but|so|also|ok|okay|then|what about|how about|what of|and what|and how|or)\b", re.IGNORECASE
)
_PRONOUNS = frozenset("it its they them their theirs he him his she her hers this that these those there one ones then".split())
_YEAR_STEP = re.compile(r"\b(?:the )?year (after|later|before|earlier)\b|\b(?:the )?(following|next|previous) year\b")
_ALWAYS_NUMBER = re.compile(r"(?:\d{4}s?|\d{3,}|\d+\.\d+|\d+/\d+(?:/\d+)?|\d+\+\w+)\Z")
_NUMBERED = frozenset("article art resolution chapter protocol paragraph section clause operation treaty agenda".split())
# Zipf frequencies: from here on a word is known; from here on a word is not a mere misspelling of a name.
_KNOWN, _OWN_NAME, _EVERYDAY = 3.0, 1.9, 4.3
# What people say before they say what they want.
_POLITE = re.compile(
    r"^(?:(?:hi|hey|hello|ok|okay|so|well|please|pls|plz|natobot|bot|sorry|quick question|remind me|tell me"
    r"|(?:can|could|would|will) (?:you|u|somebody|someone|anybody|anyone)(?: please| pls)?) )+(?=\w)"
)
# Markup and code are no questions: tags, SQL, template braces.
_CODE = re.compile(
    r"</?[a-z]+>|<script|\{\{.*\}\}|\b(?:select\b.+\bfrom|drop\s+table|insert\s+into|union\s+select|or\s+1\s*=\s*1)\b",
    re.IGNORECASE | re.DOTALL,
)
_VENUES = frozenset("summit treaty agreement agreements conference declaration accord accords protocol pact".split())
_PERCENT = re.compile(
    r"\d[\d.,]*\s*(?:%|percent|per cent|bn|billion|million|trillion|euros?|dollars?|usd)|[$€£]\s*\d", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, eq=False)
class Concept:
    """One thing a question speaks of: a word or a name, with the other forms that say the same."""

    # As typed, for messages.
    text: str
    # Stems of its own words.
    own: frozenset[str]
    # Other one-word forms.
    singles: frozenset[str]
    # Other forms of several words.
    multis: tuple[frozenset[str], ...]
    # All stems of all forms: what shares none of them does not speak of it.
    every: frozenset[str]
    # Whether the other forms are equivalents (names) or only near in meaning.
    equal: bool
    # Whether it is a name or number.
    name: bool
    # Whether the answer must speak of it.
    required: bool
    # Whether no source has a form of it.
    unknown: bool
    # How much it says, in units of idf.
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a question was understood as."""

    # Name of the intent.
    intent: str
    # What its phrasing's slot held, as typed; "" without one.
    slot: str
    # The question's folded words after repair.
    folded: str
    # The things it speaks of.
    concepts: tuple[Concept, ...]
    # The kind of answer it asks for.
    wanted: Wanted
    # Whether only a sentence that holds such a thing can answer.
    strict: bool
    # Sources it asks of; empty for all.
    authors: tuple[str, ...]
    # Words read as others: as typed, as read.
    repaired: Mapping[str, str] = field(default_factory=dict)
    # Small talk that nearly fits another intent as well.
    rival: str | None = None
    # Whether it was read in the light of an earlier question.
    follow_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """What it takes to understand a question."""

    # The documents' words and how rare they are.
    store: Store
    # Aliases, authors, names.
    lexicon: Lexicon
    # In the order of intents.yaml.
    patterns: Sequence[Pattern]
    # English words, for telling names and typing errors apart.
    words: Words


def route(text: str, turns: Sequence[str], ears: Ears) -> Match:
    """Understand ``text`` after the earlier questions ``turns`` of its thread. Never raises."""
    match = _understand(text, ears)
    if turns and _follows_up(text, match):
        return _inherit(match, route(turns[-1], turns[:-1], ears))
    return match


def _understand(text: str, ears: Ears) -> Match:
    typed = unescape(text)[:_LONGEST_QUESTION]
    found, repaired, strange = _repair(typed, words(typed), ears)
    folded = [word.folded for word in found]
    line = " ".join(folded)
    intent, slot, rival = ("decline", "", None) if _CODE.search(typed) else _intent(line, ears.patterns)
    authors, rest = _authors(found, folded, ears.lexicon)
    if asked := _DATING.search(line):
        # "Which month" says what is wanted, not what it is about.
        kind = asked.group(0).split()[-1]
        rest = [word for word in rest if word.folded != kind]
    concepts = _concepts(typed, rest, strange, ears)
    return Match(
        intent=intent,
        slot=slot,
        folded=line,
        concepts=concepts,
        wanted=_wanted(line, intent),
        strict=bool(_COUNTING.search(line) or _DATING.search(line)),
        authors=authors,
        repaired=repaired,
        rival=rival,
    )


_PASTED = re.compile(r"\s*[\"“„«](?P<words>.+?)[\"”“»]\s*[.?!]*\s*\Z", re.DOTALL)
_COLON = re.compile(r"[:\"“„«]\s*(?P<words>.+?)[\"”“»]?\s*\Z", re.DOTALL)
_LEAST_PASTE = 5  # words from which a message in quotation marks is a quotation to check, not a search for words


def pasted(text: str) -> str:
    """The words of a message that is nothing but a quotation in quotation marks, or ""."""
    found = _PASTED.match(unescape(text))
    return found.group("words") if found and len(found.group("words").split()) >= _LEAST_PASTE else ""


def after_colon(text: str, otherwise: str) -> str:
    """The words behind the first colon or opening quotation mark of a message."""
    found = _COLON.search(unescape(text))
    return found.group("words") if found else otherwise


# Typing errors


def _repair(typed: str, found: Sequence[Word], ears: Ears) -> tuple[list[Word], dict[str, str], frozenset[str]]:
    """Read unknown words as the vocabulary word they most likely are; say which, and which look like names instead."""
    read: list[Word] = []
    repaired: dict[str, str] = {}
    names: set[str] = set()
    folded = [word.folded for word in found]
    for i, word in enumerate(found):
        better = None
        if ears.lexicon.name_at(folded, i) == 0 and not any(
            ears.lexicon.name_at(folded, j) > i - j for j in range(max(0, i - 3), i)
        ):
            better, like_name = _spelling(word.folded, ears)
            if like_name:
                names.add(word.folded)
        if better:
            repaired[typed[word.start : word.end]] = better
            read.append(Word(word.start, word.end, better))
        else:
            read.append(word)
    return read, repaired, frozenset(names)


def _spelling(word: str, ears: Ears) -> tuple[str | None, bool]:
    """The vocabulary word that an unknown word is a misspelling of, or None; and whether it looks like a name instead.

    Digits are never repaired, nor is a word that English knows: Austria is not Australia. Distances are optimal string
    alignment (Damerau 1964): one for words of four letters and more, two for eight and more.
    """
    if len(word) < 4 or not word.isalpha() or word in STOP_WORDS or ears.store.word(word) is not None:
        return None, False
    common = ears.words.zipf(word)
    if common >= _KNOWN or ears.store.df(stem(word)):
        return None, False
    reach = 1 if len(word) < 8 else 2
    best: tuple[float, int, str] | None = None
    like_name = False
    for candidate, count, written_as_name in ears.store.spelt_like(word, reach):
        distance = OSA.distance(word, candidate)
        if len(candidate) < 4 or distance > reach or not candidate.isalpha():
            continue
        name = written_as_name or (candidate,) in ears.lexicon.names
        # A rarer word of the list may be a name of its own (Styria is not Syria); misspellings are rarer still.
        if name and common >= _OWN_NAME:
            like_name = True
            continue
        if common and ears.words.zipf(candidate) - common < 2.0:
            continue
        if name and candidate[0] != word[0]:
            continue
        weighed = (distance + (0.5 if candidate[0] != word[0] else 0.0), -count, candidate)
        if best is None or weighed < best:
            best = weighed
    return (best[2] if best else None), like_name and best is None


# Intents


def _intent(line: str, patterns: Sequence[Pattern]) -> tuple[str, str, str | None]:
    """(intent, slot, rival intent): phrasings with slots must fit as they stand, others fuzzily.

    What people say before they say what they want may be part of a phrasing or not, so both are tried; of the phrasings
    with slots the one with the most words of its own wins.
    """
    bare = _POLITE.sub("", line)
    best: tuple[float, str] = (0.0, "")
    second: tuple[float, str] = (0.0, "")
    for pattern in patterns:
        if pattern.slot:
            continue
        score = max(fuzz.ratio(form, pattern.folded, score_cutoff=_SMALL_TALK) for form in {line, bare})
        if score > best[0]:
            second = best if best[1] != pattern.intent else second
            best = (score, pattern.intent)
        elif score > second[0] and pattern.intent != best[1]:
            second = (score, pattern.intent)
    if best[0] >= _SMALL_TALK:
        rival = second[1] if second[0] >= _SMALL_TALK and best[0] - second[0] < 4.0 else None
        return best[1], "", rival
    fits = [
        (len(pattern.phrase.split()), -number, pattern.intent, fit.group(pattern.slot))
        for number, pattern in enumerate(patterns)
        if pattern.slot and (fit := pattern.regex.match(line) or pattern.regex.match(bare))
    ]
    if fits:
        _, _, intent, slot = max(fits)
        return intent, slot, None
    return "ask", "", None


_WANTED: tuple[tuple[Wanted, re.Pattern[str]], ...] = (
    ("figure", re.compile(r"\b(?:how (?:many|much|big|large|old)|number of|size of|percentage|headcount)\b")),
    (
        "date",
        re.compile(r"^(?:and |since |until |by )?when\b|\b(?:what|which) (?:year|date|month|day|decade)s?\b|\b(?:year|date)$"),
    ),
    ("person", re.compile(r"\b(?:who|whom|whose|which (?:president|leader|country|countries|state|states|nation|nations))\b")),
    ("place", re.compile(r"^(?:and )?where\b")),
    ("reason", re.compile(r"\b(?:why|how come|what for|reason|reasons)\b")),
    ("definition", re.compile(r"\b(?:what is|whats|stand for|stands for|meaning|definition|define|short for)\b")),
)
# Questions that only a sentence with a number, or with a time, can answer.
_COUNTING = re.compile(
    r"^(?:and |so |exactly )?(?:how many|what (?:percentage|share|number)|number of|how much (?:money|does|did|do) )\b"
)
_DATING = re.compile(
    r"^(?:and |so )?(?:(?:since )?when (?:did|was|were|has|have|had)|(?:in )?(?:what|which) (?:year|date|month|decade|day))\b"
)


def _wanted(line: str, intent: str) -> Wanted:
    by_intent: dict[str, Wanted] = {"define": "definition", "who_said": "person", "when": "date", "figure": "figure"}
    if intent in by_intent and intent != "define":
        return by_intent[intent]
    return next((kind for kind, pattern in _WANTED if pattern.search(line)), by_intent.get(intent, ""))


# What is spoken of


def _authors(found: Sequence[Word], folded: Sequence[str], lexicon: Lexicon) -> tuple[tuple[str, ...], list[Word]]:
    """The sources a question asks of, and its other words."""
    authors: list[str] = []
    rest: list[Word] = []
    i = 0
    while i < len(found):
        length, source = lexicon.author_at(folded, i)
        if length:
            authors.append(source)
            i += length
        else:
            rest.append(found[i])
            i += 1
    return tuple(dict.fromkeys(authors)), rest


def _concepts(typed: str, found: Sequence[Word], strange: frozenset[str], ears: Ears) -> tuple[Concept, ...]:
    folded = [word.folded for word in found]
    stems = [stem(word) for word in folded]
    capitals = sum(typed[word.start].isupper() for word in found)
    telling = capitals <= 0.5 * len(found) or len(found) <= 2
    percent = bool(_PERCENT.search(typed))
    concepts: dict[frozenset[str], Concept] = {}
    i = 0
    while i < len(found) and len(concepts) < _MOST_CONCEPTS:
        length, groups = ears.lexicon.groups_at(stems, i)
        named = ears.lexicon.name_at(folded, i)
        if named > length:
            # The Berlin Wall is not Berlin: a longer name has nothing to do with the aliases of its parts.
            groups = ()
        length = max(length, named, 1)
        span = found[i : i + length]
        if folded[i] == "come" and i and folded[i - 1] == "how":
            # "How come" is "why".
            i += 1
            continue
        own = frozenset(s for s, f in zip(stems[i : i + length], folded[i : i + length], strict=True) if f not in STOP_WORDS)
        is_name = named > 0 or any(_is_name(folded[j], stems[j], ears) for j in range(i, i + length))
        if named and i + length < len(found) and folded[i + length] in _VENUES and length == named:
            # "the Vilnius summit" is not Lithuania: a place before such a word names the event.
            length, groups = length + 1, ()
            span = found[i : i + length]
            own = frozenset(stems[i : i + length])
        elif length == 1 and not groups and not named:
            capital = typed[span[0].start].isupper() and telling and i > 0 and not _opens(typed, span[0].start)
            is_name = is_name or (capital and not ears.store.df(stems[i])) or folded[i] in strange
        number = any(_number(folded, j, percent) for j in range(i, i + length))
        if own and own not in concepts:
            first = found[i - 1] if number and i and folded[i - 1] in _NUMBERED else span[0]
            concepts[own] = _concept(typed[first.start : span[-1].end], own, groups, is_name or number, ears)
        i += length
    return tuple(_together(concepts.values(), ears))


_SELDOM = 4  # a name that one passage in so many speaks of goes without saying


def _together(concepts: Iterable[Concept], ears: Ears) -> Iterator[Concept]:
    """Where a question names somebody or something particular, what else it names must be spoken of too.

    "What did Macron say about Russia?" is not answered by what he said about China, though the documents speak of Russia
    so often that a question about Russia alone need not find the word in every sentence.
    """
    found = [*concepts]
    particular = any(c.required and not c.text[:1].isdigit() for c in found)
    for concept in found:
        also = particular and not concept.unknown and _names_common(concept, ears)
        yield replace(concept, required=True) if also else concept


def _names_common(concept: Concept, ears: Ears) -> bool:
    """Whether a concept is a name that many passages speak of, though not so many that it goes without saying."""
    return concept.name and all(_SELDOM * ears.store.df(s) < ears.store.size for s in concept.own)


def _is_name(word: str, stem_: str, ears: Ears) -> bool:
    """Whether a word is a name that the documents do not speak of all the time."""
    if word in STOP_WORDS or 0 < ears.store.idf(stem_) <= ears.store.common:
        return False
    if (word,) in ears.lexicon.names:
        return True
    seen = ears.store.word(word)
    # "Fall" and "President" are written with capitals too, but are words of everyday English.
    return bool(seen and seen[1]) and ears.words.zipf(word) < _EVERYDAY


def _opens(typed: str, start: int) -> bool:
    """Whether a word opens a sentence or a quotation, where a capital says nothing."""
    before = typed[:start].rstrip(" \t\n\"'“‘(")
    return not before or before[-1] in ".!?:;\n" or typed[start - 1] in "\"“'‘"


def _number(folded: Sequence[str], at: int, percent: bool) -> bool:
    """Whether a word is a number the answer must speak of: a year, an amount, "article 6"."""
    word = folded[at]
    if not word[:1].isdigit():
        return False
    return bool(_ALWAYS_NUMBER.match(word)) or percent or (at > 0 and folded[at - 1] in _NUMBERED)


def _concept(text: str, own: frozenset[str], groups: tuple[Group, ...], required: bool, ears: Ears) -> Concept:
    forms = [form for group in groups for form in group.forms if form != own]
    equal = any(group.equal for group in groups)
    singles = frozenset(next(iter(form)) for form in forms if len(form) == 1)
    multis = tuple(form for form in forms if len(form) > 1)
    store = ears.store
    known = all(store.df(s) for s in own)
    elsewhere = any(store.df(s) for s in singles) or any(all(store.df(s) for s in form) for form in multis)
    unknown = not known and not elsewhere
    if unknown:
        weight = store.stranger
    else:
        weight = max(store.idf(s) for s in own) if known else max((store.idf(s) for s in singles), default=store.idf(""))
    # What the documents are about need not be said again by the sentence that answers.
    telling = unknown or (weight > store.common and not (equal and any(0 < store.idf(s) <= store.common for s in singles)))
    every = own.union(singles, *multis)
    return Concept(text, own, singles, multis, every, equal, required, required and telling, unknown, weight)


# Threads


def _follows_up(text: str, match: Match) -> bool:
    """Whether a question leans on the one before: a bare question word, "and …", or a pronoun with little else."""
    folded = match.folded.split()
    if match.intent not in ("ask", "define", "who_said", "when", "figure") or not folded:
        return False
    bare = not match.concepts and not (match.authors and len(folded) > 6)
    opener = bool(_FOLLOW_UP_OPENERS.match(unescape(text).strip()))
    leans = bool(_PRONOUNS & set(folded))
    named = sum(c.required for c in match.concepts)
    return bare or (opener and len(folded) <= 12) or (leans and len(match.concepts) <= 3 and named <= 1)


def _inherit(match: Match, before: Match) -> Match:
    """A follow-up with what it needs from the question before, at less weight than its own words."""
    own_required = any(c.required for c in match.concepts)
    own = {c.own for c in match.concepts}
    step = _YEAR_STEP.search(match.folded)
    inherited = []
    for concept in before.concepts:
        if concept.own in own or concept.unknown:
            continue
        if step and (asked := _year(concept)):
            # "And the year after?" asks for the next one.
            year = str(asked + (-1 if {"before", "earlier", "previous"} & set(step.groups()) else 1))
            only = frozenset({year})
            inherited.append(replace(concept, text=year, own=only, singles=frozenset(), multis=(), every=only, required=True))
            continue
        # "and in 1999?" changes the year: a name or number of its own takes the place of the old one of its kind.
        replaced = concept.required and own_required and _same_kind(concept, match.concepts)
        if not replaced:
            inherited.append(replace(concept, weight=0.6 * concept.weight, required=concept.required and not own_required))
    concepts = [c for c in match.concepts if not (step and c.text in ("year", "later", "earlier", "following", "next"))]
    return replace(
        match,
        intent=before.intent if not match.concepts and match.intent == "ask" and not match.wanted else match.intent,
        concepts=(*concepts, *inherited),
        wanted=match.wanted or before.wanted,
        strict=match.strict or (not match.wanted and before.strict),
        authors=match.authors or before.authors,
        follow_up=True,
    )


def _year(concept: Concept) -> int | None:
    """The year that a concept names ("2019", "the 2019 summit")."""
    return next((int(s) for s in concept.own if len(s) == 4 and s.isdigit()), None)


def _same_kind(concept: Concept, others: Sequence[Concept]) -> bool:
    number = concept.text[:1].isdigit()
    return any(other.required and other.text[:1].isdigit() == number for other in others)
