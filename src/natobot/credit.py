"""A stretch of a source and a name in, whether the name is the speaker's; and what a cut beside the stretch hides."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from natobot.align import written
from natobot.fold import words
from natobot.model import Role, Source
from natobot.stream import Corpus, Piece, places

# Words around a name that are no part of it.
_AROUND = frozenset(
    """the a an mr mrs ms miss dr prof professor sir dame author essayist scholar analyst academic writer by et al in his her
    their of and per according to via""".split()
)
# Offices and bodies, which a name may be given with or without.
_OFFICES = frozenset(
    """president secretary general minister prime foreign defense defence chancellor ambassador former senator lord lady
    first then state commander officer director fellow senior usa us french german british nato eu un""".split()
)
NEGATIONS = frozenset(
    """not no never nor neither none nobody nothing nowhere cannot without hardly scarcely barely rarely seldom unlikely
    ain't""".split()
)
_DOUBTS = frozenset(
    "perhaps maybe possibly probably if unless reportedly allegedly supposedly presumably arguably apparently".split()
)
_HEDGES = _DOUBTS | frozenset(
    """likely may might could would whether seem seems seemed appear appears appeared ostensibly almost nearly""".split()
)
# Telling verbs.
_SAYING = r"""(?:(?:alleg|argu|claim|stat|assert|observ|suggest|contend|insist|warn|declar|announc|explain|promis|maintain
    |conclud|report|believ|advocat|advertis|acknowledg|complain|predict|remark|recall|not|express|emphasi[sz]|stress|highlight
    |hop|fear|demonstrat|establish|agre|vow|pledg|accus|propos)(?:e|es|ed|s|ing)|says?|said|saying|holds?|held|holding|thinks?|thought|writes?|wrote
    |written|tells?|told|point(?:s|ed|ing)?\ out|feels?|felt|sees?|saw|means?|meant|made\ it\ clear)"""
_FLAGS = re.VERBOSE | re.IGNORECASE
_SAID = r"(?:said|says|wrote|writes|argued|argues|claimed|warned|insisted|suggested|noted|added|observed|believed)"
# What makes the words behind it somebody else's.
_BEFORE = re.compile(
    rf"\b(?:{_SAYING}\s+(?:that\b|[:,]?\s*[“\"])|{_SAID}\s*[,:]|according\s+to\b|in\s+\w+\s+own\s+words)", _FLAGS
)
# What makes the words in front of it somebody else's: ", X argued," and "” said X".
_BEHIND = re.compile(
    rf"\A\s*[,”\"’–—]+\s*(?:according\s+to\b|{_SAID}\b|(?:[\w’.-]+\s+){{1,4}}?{_SAID}\s*(?:[,.;:–—]|\Z))", _FLAGS
)
_CLAUSE = re.compile(r"[;:.!?]\s")
# How many words beside a cut are "next to it" for a negation and for a hedge.
_NEAR_BEFORE, _NEAR_BEHIND, _NEAR_HEDGE = 12, 6, 3


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose words a stretch holds."""

    # The essayist's own, quoted, or a view only reported.
    role: Role
    # The speaker as the source names it, or null.
    speaker: str | None
    # Whether it is reported and the stretch itself does not say so.
    bare: bool = False


def voice(pieces: Sequence[Piece], corpus: Corpus) -> Voice:
    """Who speaks in a stretch; the essayist as soon as one sentence of it is his own."""
    voices = [_voice(piece, corpus) for piece in pieces]
    for role in ("author", "reported", "quoted"):
        of_role = [v for v in voices if v.role == role]
        if of_role:
            speakers = {v.speaker for v in of_role}
            return Voice(of_role[0].role, of_role[0].speaker if len(speakers) == 1 else None, all(v.bare for v in of_role))
    return Voice("author", None)


def _voice(piece: Piece, corpus: Corpus) -> Voice:
    passage = piece.passage
    text = written(passage.text)
    place = places(passage, corpus.raw(passage.source))
    start, end = place[text.starts[piece.first]], place[text.ends[piece.last] - 1] + 1
    quoted = [q for q in corpus.quotations(passage.id) if q.role == "quoted"]
    for quotation in quoted:
        if quotation.spans[0].start <= start and end <= quotation.spans[-1].end:
            return Voice("quoted", quotation.speaker)
    if passage.role == "reported":
        stretch = passage.text[text.starts[piece.first] : text.ends[piece.last]]
        told = _name(passage.speaker or "") & _name(stretch) or re.search(rf"\b{_SAYING}\b", stretch, _FLAGS)
        return Voice("reported", passage.speaker, not told)
    if passage.role == "quoted" and not quoted:
        return Voice("quoted", passage.speaker)
    # More than what stands in quotation marks: the sentence is the essayist's, whoever is quoted in it.
    return Voice("author", " and ".join(corpus.source(passage.source).authors) or None)


def is_credited(by: str, spoken: Voice, source: Source) -> bool:
    """Whether ``by`` names the speaker of words in ``source``: by any part of the name, in any case, but to the letter.

    A reported view is credited to its holder and, as the words are his, to the essayist.
    """
    if spoken.role != "author" and spoken.speaker and _names(by, [spoken.speaker]):
        return True
    return spoken.role != "quoted" and names_source(by, source)


def names_source(by: str, source: Source) -> bool:
    """Whether ``by`` names a document's author, by name or as people call author or document."""
    called = " ".join(_plain(by))
    known = {" ".join(_plain(name)) for name in (*source.aliases, source.title, source.id.replace("-", " "))}
    return (bool(called) and called in known) or _names(
        by, source.authors, aside=(source.publisher or "", source.container or "")
    )


def _names(by: str, people: Sequence[str], aside: Iterable[str] = ()) -> bool:
    """Whether ``by`` holds a part of a person's name and nothing that is not part of it, offices and affiliation apart."""
    given = _name(by)
    beside = set().union(*(_name(text) for text in aside))
    fellows = set().union(*(_name(person) for person in people)) if re.search(r"\band\b|[&,;/]", by) else set()
    for person in people:
        name = _name(person)
        rest = given - name - _OFFICES
        # "Rumer (2014)", but "Strategic Concept 2022" is not the one of 2010.
        years = {w for w in rest if w.isdigit()} if not any(w.isdigit() for w in name) else set()
        tolerated = {w[0] for w in name} | beside | fellows | years
        if given & (name - _OFFICES or name) and rest <= tolerated:
            return True
    return False


def _name(text: str) -> set[str]:
    return set(_plain(text)) or {word.folded for word in words(text)}


def _plain(text: str) -> list[str]:
    return [word.folded for word in words(text) if word.folded not in _AROUND]


def hidden_before(text: str) -> list[str]:
    """What a cut hides that leaves out ``text``, the part of the sentence in front of the quoted words."""
    if not text.strip():
        return []
    clause = _CLAUSE.split(text)[-1]
    found = [f"left_out_negation: {w}" for w in _negations(_last(clause, _NEAR_BEFORE))]
    if attribution := list(_BEFORE.finditer(text)):
        found.append(f"left_out_attribution: {' '.join(attribution[-1].group().split())}")
    return found + [f"left_out_hedge: {w}" for w in _last(clause, _NEAR_HEDGE) if w.casefold() in _HEDGES]


def hidden_behind(text: str) -> list[str]:
    """What a cut hides that leaves out ``text``, the part of the sentence behind the quoted words."""
    if not text.strip():
        return []
    clause = _CLAUSE.split(text)[0]
    found = [f"left_out_negation: {w}" for w in _negations(_first(clause, _NEAR_BEHIND))]
    if attribution := _BEHIND.search(text):
        found.append(f"left_out_attribution: {' '.join(attribution.group().split())}")
    return found + [f"left_out_hedge: {w}" for w in _first(clause, _NEAR_HEDGE) if w.casefold() in _DOUBTS]


def hidden_between(text: str) -> list[str]:
    """What a marked gap inside a sentence hides."""
    all_words = _first(text, len(text))
    found = [f"left_out_negation: {w}" for w in _negations(all_words)]
    if attribution := _BEFORE.search(text):
        found.append(f"left_out_attribution: {' '.join(attribution.group().split())}")
    return found + [f"left_out_hedge: {w}" for w in all_words if w.casefold() in _HEDGES]


def is_negation(key: str) -> bool:
    """Whether a word (as ``written`` keys it) denies."""
    return key in NEGATIONS or key.endswith("n't")


def _negations(some: Sequence[str]) -> list[str]:
    return [w for w in some if is_negation(w.casefold().replace("’", "'"))]


def _first(text: str, count: int) -> list[str]:
    there = written(text)
    return [there.word(i) for i in range(min(count, len(there.keys)))]


def _last(text: str, count: int) -> list[str]:
    there = written(text)
    return [there.word(i) for i in range(max(0, len(there.keys) - count), len(there.keys))]
