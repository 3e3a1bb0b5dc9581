"""A sentence in, the things and persons it explains in passing out, each with the words that say what it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from natobot.names import CAP, NAME, OPENERS, TITLE, TITLE_WORDS

# Words that end a noun phrase.
_SMALL = "|".join(
    """a an the by of in on at for to with from and or as that when while but his her its their is was were are said told met
    which who it""".split()
)
_ROLES = frozenset(
    """president minister chancellor premier secretary secretary-general senator governor ambassador mayor commissioner chairman
    chairwoman chair speaker general admiral colonel commander officer professor director fellow advisor adviser analyst historian
    economist scientist philosopher writer author journalist editor diplomat leader founder head chief envoy scholar researcher
    lawyer judge activist engineer physicist chemist biologist geologist explorer king queen spokesman spokeswoman executive
    manager""".split()
)
_ROLE = "(?:" + "|".join(sorted(_ROLES, key=len, reverse=True)) + ")s?"
_KIND = (
    r"(?:pacts?|alliances?|cooperation|partnerships?|agreements?|treat(?:y|ies)|initiatives?|program(?:me)?s?|forums?|group(?:ing)?s?"
    r"|frameworks?|dialogues?|missions?|operations?|projects?|funds?|banks?|networks?|polic(?:y|ies)|doctrines?|plans?|organi[sz]ations?"
    r"|institutions?|bod(?:y|ies)|agenc(?:y|ies)|documents?|conventions?|conferences?|summits?|coalitions?|union|committees?|councils?"
    r"|strateg(?:y|ies)|concepts?|principles?|methods?|process(?:es)?|practices?|movements?|theor(?:y|ies)|schemes?|systems?|bargains?"
    r"|deals?|arrangements?|mechanisms?|clauses?|law|acts?|term|word|name|phrase|kind|form|type|compan(?:y|ies)|compounds?|species|things?)"
)
_QUOTED = r"[“\"](?P<quoted>[^“”\"]{2,50}?)[,.]?[”\"]"
# "(article 5 – the solidarity clause)" behind the words that say what it provides for.
_NUMBERED = re.compile(
    r"\((?P<label>(?:[Aa]rticle|[Ss]ection|[Cc]hapter|[Cc]lause|[Pp]aragraph|[Aa]nnex|[Pp]rinciple|[Rr]ule) [\dIVX]+)"
    r"(?:\s*[–—,-]\s*(?P<alias>(?:the|a|an)\s[^()]{3,60}))?\)"
)
# Where the noun phrase before a bracket may begin.
_PHRASE = re.compile(
    r"(?:\A|[,;:)–—]\s+(?:and\s+)?|\b(?:and|or|into|as|with|is|in particular|to)\s+)(?=(?:an?|the|its|their|[Tt]he|[Aa]n?)\s)"
)
_THAT_IS = re.compile(
    rf"(?:{_QUOTED}(?:\s+[a-z]+)?|(?P<name>{CAP}(?:\s+{CAP}){{0,3}}))\s*"
    r"(?:\((?:i\.e\.|that is|meaning|in other words),?\s+(?P<inside>[^()]{4,150})\)"
    r"|,\s+(?:i\.e\.|that is|that is to say|meaning),\s+(?P<outside>[^,;.()]{4,150}))"
)
# A name or a term in marks, a dash, and what it is.
_DASH = re.compile(r"\s[–—]\s|—")
_BEFORE_DASH = re.compile(
    rf"(?:{_QUOTED}(?:\s+(?:in|of)\s+{CAP})?|(?<=[’'\w]\s)(?P<owned>[a-z-]+\s[a-z-]+)|(?P<name>{CAP}(?:\s+{CAP}){{0,3}}))\Z"
)
_BEHIND_DASH = re.compile(
    r"(?!(?:and|but|or|which|who|though|yet|so|not|because|he|it|they|especially|including|such|even|in|at|on|for|by|with|to|as"
    r"|from)\b)[^–—;.:]{3,160}?(?=\s[–—]\s|—|[.;:]|\Z)"
)
_DETERMINED = re.compile(r"(?:the|a|an|those|one of)\s")
_SEVERAL = re.compile(r"(?:two|three|four|five|both|all)\s")
_COUPLE = re.compile(rf"(?P<names>{CAP}(?:\s+{CAP})*(?:,\s+{CAP}(?:\s+{CAP})*)*,?\s+and\s+{CAP}(?:\s+{CAP})*)\Z")
_OWNER = re.compile(r"(?:[’']s?|\b(?:the|its|their|his|her|our))\s+\Z")
# "The annexation of X by Y—the first …": the whole subject is explained.
_SUBJECT = re.compile(
    r"\A(?:The|A|An)\s+(?P<head>[a-z-]+(?:\s[a-z-]+)?\s+of\s+(?:the\s+)?[A-Z]\w+)(?P<by>\s+by\s+(?:the\s+)?[A-Z]\w+)?\Z"
)
_APPOSED = re.compile(r"(?:the|a|an)\s[^–—;.]{3,160}?(?=\s[–—]|—|[.;]|\Z)")
_OF_A_KIND = re.compile(rf"an?\s(?:[\w-]+\s){{0,3}}{_KIND}\b")
_REVERSED = re.compile(
    rf"\b(?P<what>(?:an?|its|their)\s+(?:(?:{CAP}|[a-z-]+)\s+){{0,5}}[a-z-]+),\s+(?:the\s+)?(?P<name>{CAP}(?:\s+{CAP})+)(?=[.;]|,(?!\s+(?:and|or|{CAP})\b))"
)
_FOUNDED = re.compile(
    rf"\b(?:establish|institutionali[sz]|creat|launch|found|form|sign|join|conclud|announc|introduc|propos)(?:ed|es|ing|e|s)?\s+the\s+"
    rf"(?P<name>{CAP}(?:\s+{CAP}){{0,2}})\s+(?P<what>(?:[a-z-]+\s+){{0,3}}{_KIND}\s+(?:with|between|among|of|for)\s+"
    rf"(?:the\s+)?{CAP}(?:\s+{CAP})*(?:,\s+(?:the\s+)?{CAP}(?:\s+{CAP})*)*(?:,?\s+and\s+(?:the\s+)?{CAP}(?:\s+{CAP})*)?)"
)
_RELATIVE = re.compile(
    rf"(?<![\w’'-])(?P<what>(?:(?!(?:{_SMALL})\b)[a-z-]+\s+){{0,3}}{_KIND}\s+(?:of|called|known as)\s+"
    rf"(?:(?P<name>{CAP})|{_QUOTED})\s+(?:that|which)\s[^,;.()]{{4,120}})"
)
_HEDGE = r"(?:in many ways|in essence|in effect|in fact|essentially|basically|above all|also|thus|now|still|simply)"
_SEEN_AS = re.compile(
    rf"(?P<name>(?:\d{{4}}\s+)?{CAP}(?:\s+{CAP})*(?:\s+\d{{4}})?),\s+which\s+"
    r"(?:(?:can|may|might|could)\s+(?:also\s+)?be|is|was|has been|had been|are"
    r"|were)\s+(?:best\s+|often\s+|now\s+)?(?:(?:seen|regarded|understood|considered|described|viewed|known)\s+as\s+)?"
    r"(?P<what>(?:an?|the)\s[^,;:.()–—]{3,120})"
)
# "… that A – a B –": the name comes behind what it names.
_NAMED_AFTER = re.compile(r"\bthat\s+(?P<what>[^–—,;:.]{10,120}?)(?:\s–\s|—)an?\s+(?P<name>[\w-]+(?:\s[\w-]+){0,2})(?:\s–\s|—)")
_IS_A = re.compile(
    rf"\A(?:The\s+)?(?P<name>(?:{CAP}\s+){{0,4}}{CAP}|[A-Z][a-z]+\s[a-z]+)\s+(?:is|was|are|were)\s+(?:{_HEDGE},?\s+)?(?P<what>(?:an?|the)\s+(?:[\w-]+\s+){{0,3}}{_KIND}\b"
    r"[^,;.]{0,120})"
)
_MEANS = re.compile(
    rf"(?:{_QUOTED}|(?:\A|[.;]\s)(?:The\s+)?(?P<name>{CAP}(?:\s+{CAP}|\s+[a-z]+){{0,3}}))\s+"
    r"(?:means|refers to|denotes|is defined as|are defined as|is understood as|concerns)\s+(?P<what>[^;.–—]{4,160})"
)
_SUCH_AS = re.compile(
    rf"\b(?P<what>[a-z]+s(?:\s+(?:of|in|for|at)\s+[^,“”\";.]{{2,80}})?),?\s+such as\s+"
    rf"(?P<list>{_QUOTED}(?:(?:,|,?\s+and|,?\s+or)\s+[“\"][^“”\"]{{2,50}}[”\"])*)"
)
# A person or body and what it is: behind the name between commas, or before it. "Lord" and "Sir" belong to the name.
_WHO_BEHIND = re.compile(
    rf"(?P<name>{NAME.pattern}),\s+(?P<what>(?:(?:the|a|an)\s+)?(?:(?:then|former|late|current)\s+[a-z]|(?:(?!(?:{_SMALL})\b)[\w-]+\s+){{0,5}}?(?i:{_ROLE})\b)"
    rf"(?:[^,;.–—()]|(?<=[A-Z])\.){{0,110}})(?=,|\s[–—]|—|\.?\Z)"
)
_WHAT_BEHIND = re.compile(
    rf"(?:(?:\A|[,;:]\s+|\b(?:and|but)\s+)(?:[Tt]he\s+)?|\b(?P<within>of|in|by|to|with|for|from|under) the\s+)"
    rf"(?P<name>{CAP}(?:\s+{CAP})+),\s+(?P<what>an?\s+[a-z][^,;.–—()]{{3,100}})(?=,|\.\Z)"
)
_HONOUR = r"(?:Lord|Lady|Sir|Dame|Baroness|Saint)\b"
_OFFICE = rf"(?!{_HONOUR}){TITLE}"
_WHO_BEFORE = re.compile(
    rf"(?<![\w-])(?P<what>(?:{CAP}[’']s\s+|(?:first|former|then|late|current|longtime)\s+)?(?:{_OFFICE}\s+)*?{_OFFICE})\s+"
    rf"(?!{_OFFICE}\b|of\b)(?P<name>{NAME.pattern})"
    rf"|\b[Tt]he\s+(?P<what3>(?:(?:{CAP}\s+)?{_OFFICE}|(?:[a-z-]+\s+){{0,3}}{_ROLE})(?:\s+(?:of|for|at|to)\s+[^,;()]{{2,60}})?),\s+"
    rf"(?P<name3>{CAP}(?:\s+{CAP})+)(?=,)"
    rf"|(?<![\w’'-])(?P<what2>(?:{CAP}\s+)?(?:(?!(?:{_SMALL})\b)[a-z-]+\s+){{0,3}}{_ROLE})\s+(?P<name2>{CAP}(?:\s+{CAP})+)"
)
# Cheap looks that spare most sentences the full ones.
_MAY_RELATE = re.compile(r"(?:of|called|known as) [A-Z“\"][^\s]* (?:that|which) ")
_MAY_FOUND = re.compile(r" the [A-Z][\w-]*(?: [A-Z][\w-]*)* [a-z]")
_MAY_BE = re.compile(r"[A-Z][\w.’'-]* [A-Z][\w.’'-]*, an? ")
_MAY_NAME = re.compile(r", (?:the )?[A-Z][\w.’'-]* [A-Z]")
_SAYING = ("i.e.", "that is", "meaning", "in other words")
_MEANING = (" means ", " refers to ", " denotes ", " defined as ", " understood as ", " concerns ")
# The words that announce a person, as they may stand in a sentence.
_ANNOUNCING = frozenset(
    {*_ROLES, *(f"{role}s" for role in _ROLES), *(role.capitalize() for role in _ROLES), *TITLE_WORDS, "then", "former", "late"}
)
_OPENING = re.compile(
    r"(?:\A|[,;:]\s+)(?:In|On|At|After|Before|During|For|With|By|From|To|Like|As|Under|Despite|Since|Over|Within|Through|in|on|at"
    r"|after|before|during|for|with|by|from|under|despite|since)\s+\Z"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A thing or person and what the sentence says it is, each as a range of the sentence."""

    # The name.
    term: tuple[int, int]
    # The words that explain.
    what: tuple[int, int]
    # ``thing`` or ``person``.
    kind: str


def explained(text: str) -> list[Explained]:
    """What a sentence explains in passing, in order; each name with one explanation at a place."""
    found: dict[tuple[tuple[int, int], tuple[int, int]], Explained] = {}
    for rule in (_numbered, _things, _subjects, _examples, _persons):
        for one in rule(text):
            found.setdefault((one.term, one.what), one)
    return sorted(found.values(), key=lambda one: (one.term, one.what))


def _thing(term: tuple[int, int], what: tuple[int, int]) -> Explained:
    return Explained(term=term, what=what, kind="thing")


def _name(match: re.Match[str]) -> tuple[int, int]:
    return match.span("quoted") if match["quoted"] else match.span("name")


def _numbered(text: str) -> Iterator[Explained]:
    """What an article provides for: the noun phrase before the bracket that names it."""
    if "(" not in text:
        return
    for match in _NUMBERED.finditer(text):
        alias = (match.start("alias") + len(match["alias"].split()[0]) + 1, match.end("alias")) if match["alias"] else None
        wall = max(text.rfind(")", 0, match.start()) + 1, 0)
        starts = [m.end() for m in _PHRASE.finditer(text, wall, match.start())]
        if starts:
            what = (starts[-1], match.start() - 1)
            yield _thing(match.span("label"), what)
            if alias:
                yield _thing(alias, what)
        if alias:
            yield _thing(match.span("label"), match.span("alias"))


def _things(text: str) -> Iterator[Explained]:
    """Names and terms in marks with an explanation behind or before them."""
    if any(words in text for words in _SAYING):
        for match in _THAT_IS.finditer(text):
            yield _thing(_name(match), match.span("inside") if match["inside"] else match.span("outside"))
    if "–" in text or "—" in text:
        for dash in _DASH.finditer(text):
            yield from _dashed(text, dash.start(), dash.end())
        for match in _NAMED_AFTER.finditer(text):
            yield _thing(match.span("name"), match.span("what"))
    if ", which " in text:
        for match in _SEEN_AS.finditer(text):
            yield _thing(match.span("name"), match.span("what"))
    for match in _REVERSED.finditer(text) if _MAY_NAME.search(text) else ():
        # Behind an opening preposition it is the time or place of what follows: "In a recent interview, …".
        if not _OPENING.search(text, 0, match.start()):
            yield _thing(match.span("name"), match.span("what"))
    if _MAY_FOUND.search(text):
        for match in _FOUNDED.finditer(text):
            yield _thing(match.span("name"), match.span("what"))
    if _MAY_RELATE.search(text):
        for match in _RELATIVE.finditer(text):
            yield _thing(_name(match), match.span("what"))
    if any(words in text for words in _MEANING):
        for match in _MEANS.finditer(text):
            if match["quoted"] or match["name"].split()[0].lower() not in OPENERS:
                yield _thing(_name(match), match.span("what"))
    named = _IS_A.match(text)
    if named and named["name"].split()[0].lower() not in OPENERS:
        yield _thing(named.span("name"), named.span("what"))


def _dashed(text: str, dash: int, end: int) -> Iterator[Explained]:
    """What a dash explains right before it."""
    match, behind = _BEFORE_DASH.search(text, max(0, dash - 80), dash), _BEHIND_DASH.match(text, end)
    if not match or not behind:
        return
    start, what = match.start(), behind.span()
    owned = bool(_OWNER.search(text, 0, start))
    if match["quoted"]:
        yield _thing(match.span("quoted"), what)
    elif _SEVERAL.match(behind.group()):
        # "Poland and Hungary – two members": they are explained together.
        if match["name"] and (couple := _COUPLE.search(text, 0, dash)):
            yield _thing(couple.span("names"), what)
    elif match["owned"]:
        # "the guild’s old aim—safe ferries", "lead towns – those who pay": only an owner or "those who" makes it sure.
        if owned or behind.group().startswith(("those who ", "those that ")):
            yield _thing(match.span("owned"), what)
    elif _DETERMINED.match(behind.group()) and match["name"].split()[0].lower() not in OPENERS:
        before = text[:start].rstrip()
        # A name inside a larger phrase ("the annexation of X by Y—…") is not what the words explain.
        if not before or before[-1] in ',;:(“"' or before.split()[-1].lower() in ("and", "the", "but"):
            yield _thing(match.span("name"), what)


def _subjects(text: str) -> Iterator[Explained]:
    """A whole subject explained behind a dash."""
    dash = _DASH.search(text, 0, 120) if "–" in text or "—" in text else None
    subject = _SUBJECT.match(text[: dash.start()]) if dash else None
    if dash and subject and (what := _APPOSED.match(text, dash.end())):
        yield _thing(subject.span("head"), what.span())


def _examples(text: str) -> Iterator[Explained]:
    """Terms in marks given as examples of a kind."""
    if "such as" not in text:
        return
    for match in _SUCH_AS.finditer(text):
        for one in re.finditer(_QUOTED, match["list"]):
            base = match.start("list")
            yield _thing((base + one.start("quoted"), base + one.end("quoted")), match.span("what"))


def _persons(text: str) -> Iterator[Explained]:
    """Persons with their title, persons and bodies with what they are between commas."""
    if (", a " in text or ", an " in text) and _MAY_BE.search(text):
        for match in _WHAT_BEHIND.finditer(text):
            # Behind a preposition the comma may only close the phrase, unless what follows says of what kind it is.
            kind = not match["within"] or _OF_A_KIND.match(match["what"])
            if kind and match["name"].split()[0].lower() not in OPENERS:
                yield _thing(match.span("name"), match.span("what"))
    words = text.replace(",", "").split()
    if _ANNOUNCING.isdisjoint(words):
        return
    if "," in text:
        for match in _WHO_BEHIND.finditer(text):
            if match["name"].split()[0].lower() not in OPENERS:
                yield Explained(term=match.span("name"), what=match.span("what"), kind="person")
    announced = any(word in _ANNOUNCING and (behind[0].isupper() or behind == "of") for word, behind in pairwise(words))
    for match in _WHO_BEFORE.finditer(text) if announced else ():
        name, what = next((f"name{n}", f"what{n}") for n in ("", "2", "3") if match[f"name{n}"])
        yield Explained(term=match.span(name), what=match.span(what), kind="person")
