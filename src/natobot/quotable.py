"""A store goes in, what of it is worth quoting on its own comes out: whole thoughts in their author's own words.

Whether a sentence leans on what stood before it is judged by its words alone, and strictly: of a hundred sentences that
would do, losing ten is cheaper than showing one that nobody understands.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from natobot.fold import STOP_WORDS, stem, words
from natobot.model import Passage
from natobot.store import Store

# Characters and sentences of a quotation worth a minute.
SHORTEST, LONGEST, SENTENCES = 80, 480, 3
# An author with many is quoted at most so many times as often as the one with fewest, but this many may be had of anybody.
_TIMES, _ENOUGH = 2, 24
# Passages looked at: enough for a quotation a day for years, quick enough to be done while somebody waits.
_SAMPLE = 4000
# A word that one passage in so many has is the subject of the documents, and may be spoken of as known.
_KNOWN = 20

# Words that open a sentence by continuing the one before.
_CONTINUING = frozenset(
    """accordingly additionally again all alternatively also and another anyway besides both but consequently conversely
    either else equally eventually finally first firstly fourth further furthermore hence here however ignored indeed instead
    inversely ironically likewise many meanwhile moreover most namely neither nevertheless next none nonetheless nor notably
    now one or others otherwise overall perhaps put rather second similarly so some still sure that then there thereby
    therefore third though thus to too yet""".split()
)
_PHRASES = """in addition;in other words;in contrast;by contrast;on the other hand;on the one hand;in turn;in short;in sum;in
    fact;of course;at the same time;as such;as a result;even so;even then;for example;for instance;in particular;in return;in
    response;in the end;in the first place;in any case;in both cases;like all;on top;above all;at first;by extension;for one;
    for some;for others;for their part;on balance;not only;not least;since then;by then;until then;as stated;as noted;as
    mentioned;the first;the second;the third""".split(";")
_CONTINUING_PHRASES = tuple(tuple(phrase.split()) for phrase in _PHRASES)
# Words that join a sentence to the one before, within its first words and anywhere.
_JOINING_EARLY = frozenset("also however instead then too moreover again still".split())
_COUNTING = frozenset("secondly thirdly fourthly finally lastly firstly".split())
_JOINING = _COUNTING | frozenset("therefore thus hence likewise moreover respectively".split())
# Words that point at something, wherever they stand.
_POINTING = frozenset("this these those such former latter above below following aforementioned".split())
# Words that stand for a name, which must have been named before them in the sentence.
_PRONOUNS = frozenset("it its itself he him his himself she her herself they them their theirs themselves".split())
# Words of a text about itself.
_META = frozenset("i me my we us our essay paper chapter section figure table introduction conclusion article".split())
# What "the" before them speaks of was said before, unless it is said after them.
_SHELLS = frozenset(
    """alternative approach case compromise deadlock debate dilemma downside exception idea issue issues lesson lessons matter
    option options outcome point problem problems question result rest rivalry situation story task terms trend two three
    four upside""".split()
)
_SAID_AFTER = frozenset("of that to in for between on which whether behind".split())
_SAID_AFTER_IS = frozenset("idea issue lesson point problem question task".split())
_PAIRS = (("“", "”"), ("(", ")"), ("[", "]"), ("«", "»"))
_SHORT_FORM = re.compile(r"\b[A-Z]{2,6}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words worth quoting."""

    # Ids of the passages, in their order; the first is whose place is cited.
    passages: tuple[str, ...]
    # Id of the source.
    source: str
    # What it is mostly about: the topic of its card, or the section it stands in.
    topic: str
    # All topics that it speaks of.
    about: frozenset[str] = frozenset()


# Words that speak of a topic, as stems with spaces between and around, by topic.
Keywords = Mapping[str, Sequence[str]]


def keywords(topics: Mapping[str, Iterable[str]]) -> Keywords:
    """What people call the topics, made ready for `about`."""
    return {topic: tuple(_spaced(words_) for words_ in theirs) for topic, theirs in topics.items()}


def about(text: str, topic: str, known: Keywords) -> frozenset[str]:
    """The topics that a text speaks of: that of its card, and those whose words stand in it."""
    spaced = _spaced(text)
    named = {each for each, theirs in known.items() if any(words_ in spaced for words_ in theirs)}
    return frozenset(named | {topic} if topic else named)


def _spaced(text: str) -> str:
    return " ".join(("", *(stem(word.folded) for word in words(text)), ""))


def quotes(store: Store, known: Keywords) -> list[Quote]:
    """All that is worth quoting, in the order of the documents; no two share a sentence. If nothing is, all there is."""
    return [_quote(found, store, known) for found in [*_chains(store)] or _sentences(store)]


def _quote(found: Sequence[Passage], store: Store, known: Keywords) -> Quote:
    topic = next(filter(None, (store.topic(p.id) for p in found)), "")
    return Quote(
        passages=tuple(passage.id for passage in found),
        source=found[0].source,
        topic=topic or f"{found[0].source}/{found[0].section or ''}",
        about=about(" ".join(p.text for p in found), topic, known),
    )


def fair(found: Sequence[Quote]) -> list[Quote]:
    """As many of each source that none drowns the others; of a long one those that spread best over its topics."""
    by_source: dict[str, list[Quote]] = defaultdict(list)
    for quote in found:
        by_source[quote.source].append(quote)
    most = max(_ENOUGH, _TIMES * min((len(theirs) for theirs in by_source.values()), default=0))
    return [quote for theirs in by_source.values() for quote in _spread(theirs, most)]


def _spread(found: Sequence[Quote], most: int) -> list[Quote]:
    """At most so many, from each topic in turn, the shorter before the longer chains."""
    by_topic: dict[str, list[Quote]] = defaultdict(list)
    for quote in found:
        by_topic[quote.topic].append(quote)
    ranked = [
        (place, number, quote)
        for number, theirs in enumerate(by_topic.values())
        for place, quote in enumerate(sorted(theirs, key=lambda q: len(q.passages)))
    ]
    kept = {quote.passages for _, _, quote in sorted(ranked, key=lambda r: r[:2])[:most]}
    return [quote for quote in found if quote.passages in kept]


def chain(passage: Passage, store: Store) -> list[Passage] | None:
    """A sentence with those before it that it leans on, or nothing where they do not make sense on their own."""
    found = [passage]
    while leaning(found[0].text) or _takes_up(found[0], store):
        before = store.passage(found[0].previous or "")
        if before is None or (before.source, before.paragraph) != (passage.source, passage.paragraph):
            return None
        if len(found) == SENTENCES:
            return None
        found.insert(0, before)
    return found


def leaning(text: str) -> bool:
    """Whether a sentence points back at what stood before it, or speaks of the text it stands in."""
    tokens = words(text)
    folded = [word.folded for word in tokens]
    if not folded or folded[0] in _CONTINUING or any(tuple(folded[: len(p)]) == p for p in _CONTINUING_PHRASES):
        return True
    if not _JOINING_EARLY.isdisjoint(folded[:6]) or not (_JOINING | _POINTING | _META).isdisjoint(folded):
        return True
    named = False
    for number, word in enumerate(tokens):
        if word.folded in _PRONOUNS and not named:
            return True
        if word.folded == "the" and _is_open(folded[number + 1 : number + 3]):
            return True
        shown = text[word.start : word.end]
        named = named or (shown[:1].isupper() and (number > 0 or _is_subject(word.folded))) or shown[1:2].isupper()
    return False


def _is_open(after: Sequence[str]) -> bool:
    """Whether what stands after "the" was said before."""
    if not after or after[0] not in _SHELLS or (len(after) > 1 and after[1] in _SAID_AFTER):
        return False
    return not (after[0] in _SAID_AFTER_IS and after[1:] == ["is"])


def _is_subject(first: str) -> bool:
    """Whether the word that opens a sentence may be what it speaks of."""
    return first not in STOP_WORDS and not first.endswith(("ing", "ed", "ly"))


def whole(text: str) -> bool:
    """Whether a text is a statement from beginning to end, with both ends of its quotation marks and brackets."""
    if not text.rstrip("”’\"'»)] ").endswith((".", "!")) or text.endswith("...") or text[:1].islower():
        return False
    return all(text.count(first) == text.count(last) for first, last in _PAIRS) and text.count('"') % 2 == 0


def _takes_up(passage: Passage, store: Store) -> bool:
    """Whether a sentence opens with "the" and a word that the sentence before has just brought up."""
    folded = [word.folded for word in words(passage.text[:80])]
    if folded[:1] != ["the"] or len(folded) < 3 or not passage.previous:
        return False
    # Of "the Afghan mission", the word that counts comes later than one.
    taken = {of for word in folded[1:3] if word not in STOP_WORDS and not _is_known(of := stem(word), store)}
    before = store.passage(passage.previous)
    return before is not None and bool(taken & {stem(w.folded) for w in words(before.text)})


def _is_known(of: str, store: Store) -> bool:
    """Whether so many passages have a stem that it is what the documents are about."""
    return store.df(of) >= max(2, store.size // _KNOWN)


def _chains(store: Store) -> Iterator[list[Passage]]:
    explained, open_dates = _explained(store), _open_dates(store)
    kept: list[Passage] = []
    for passage in store.sample(_SAMPLE):
        found = chain(passage, store)
        if found is None or not _worth(found, explained) or any(p.id in open_dates for p in found):
            continue
        if kept and not {p.id for p in kept} <= {p.id for p in found}:
            yield kept
        kept = found
    if kept:
        yield kept


def _sentences(store: Store) -> list[list[Passage]]:
    """What there is where nothing is worth quoting: sentences of the authors, or any at all."""
    found = [*store.sample(_SAMPLE)]
    return [[p] for p in found if p.role == "author"] or [[p] for p in found]


def _worth(found: Sequence[Passage], explained: dict[str, frozenset[str]]) -> bool:
    text = " ".join(passage.text for passage in found)
    if not SHORTEST <= len(text) <= LONGEST or any(p.role != "author" for p in found):
        return False
    # Of a list, what comes second is half a thought.
    if any(not _COUNTING.isdisjoint(word.folded for word in words(p.text)) for p in found):
        return False
    unknown = (form for form in _SHORT_FORM.findall(text) if form in explained)
    return whole(text) and all(any(words_ in text for words_ in explained[form]) for form in unknown)


def _open_dates(store: Store) -> frozenset[str]:
    """Passages with a date like "in June" of a year that neither they nor the document's own date tell."""
    issued = {key: (source.issued or "")[:4] for key, source in store.sources.items()}
    relative = (event for event in store.events() if event.passage and not re.search("[0-9]{4}", event.date_words))
    return frozenset(
        str(event.passage)
        for event in relative
        if event.precision in ("day", "month") and (event.date or "")[:4] != issued[event.source]
    )


def _explained(store: Store) -> dict[str, frozenset[str]]:
    """Short forms that only readers of the document know, with the words that explain them."""
    found: dict[str, set[str]] = defaultdict(set)
    for term in store.terms():
        if _SHORT_FORM.fullmatch(term.term) and not _is_known(stem(term.term.lower()), store):
            found[term.term].add(term.expansion)
    return {form: frozenset(expansions) for form, expansions in found.items()}
