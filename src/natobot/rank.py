"""A ``Match`` in, weighed passages out: candidates from the index, judged by a score whose parts can be read.

Every part lies between 0 and 1. Their weights were fitted (listwise softmax regression) on ways of asking that were held
out of the cards; the gold questions had no part in it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from natobot.route import Concept, Match
from natobot.store import Ask, Row, Store

CANDIDATES = 20  # passages from their own words
ASKS = 40  # ``ask`` lines judged by rapidfuzz
_FIELDS = {"text": 1.0, "asked": 0.6, "near": 0.25}
_FIELDS_BARE = {"text": 1.0, "near": 0.35}
EQUAL, _LOOSE = 0.9, 0.65  # another form of a name says nearly what its own does, a synonym less
_OTHER = 0.7  # an alias in an ``ask`` line, against the very word

WEIGHTS: Mapping[str, float] = {
    "covered": 0.035,  # concepts in the sentence itself
    "near": 0.025,  # concepts in the sentences around it
    "subject": 0.09,  # concepts among its cards' subjects
    "asked": 0.24,  # concepts anywhere in its cards' lines
    "often": 0.245,  # concepts by how many of its cards' lines speak of them
    "similar": 0.03,  # cosine with the sentence
    "line": 0.045,  # cosine with its closest ``ask`` line
    "lines": 0.115,  # mean cosine with its three closest
    "wording": 0.115,  # rapidfuzz's token_sort_ratio with its closest line
    "opening": 0.04,  # whether that line opens with the same question word
    "type": 0.02,  # holds the kind of thing that is asked for
}
WEIGHTS_BARE: Mapping[str, float] = {"covered": 0.28, "near": 0.29, "similar": 0.2, "bm25": 0.17, "type": 0.06}
# What a score must reach to be an answer; passages without cards are scaled to the same measure.
THRESHOLD, THRESHOLD_BARE = 0.34, 0.38
_QUESTION_WORDS = frozenset("who whom whose what when where why how which did does is are was were can could will should".split())
_KINDS = {"figure": "f", "date": "d", "person": "p", "definition": "t"}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A passage that was judged."""

    # The passage.
    row: Row
    # Weighted sum of the parts.
    score: float
    # The parts.
    parts: Mapping[str, float]
    # Its closest ``ask`` line, or null.
    ask: Ask | None


def rank(match: Match, store: Store, *, with_cards: bool = True) -> list[Weighed]:
    """Judge the passages that may answer, best first; ties break by their order in the sources."""
    concepts = [c for c in match.concepts if c.weight > 0]
    own, other = _query(concepts, store)
    if not own and not other:
        return []
    scale = store.idf("") or 1.0
    wanted = {s: min(1.0, w / scale) + 0.2 for s, w in own.items()} | {s: 0.4 * min(1.0, w / scale) for s, w in other.items()}
    fields = _FIELDS if with_cards else _FIELDS_BARE
    found = {row: score for score, row in store.find_passages(wanted, fields, CANDIDATES)}
    numbers = list(found)
    best = max(found.values(), default=1.0)
    lines = _lines(match, wanted, own, other, store) if with_cards else {}
    numbers += [row for row in lines if row not in numbers]
    question = _Question(concepts)
    kind = _KINDS.get(match.wanted, "-")
    weighed = []
    for number in numbers:
        row = store.row(number)
        if match.authors and row.source not in match.authors:
            continue
        # A passage that nobody wrote a card for is weighed as if there were no cards at all.
        carded = with_cards and bool(row.asked)
        parts = _parts(question, row, store, carded)
        if carded and number in lines:
            parts |= lines[number][0]
        parts["bm25"] = found.get(number, 0.0) / best
        parts["type"] = float(kind in row.marks)
        factors = WEIGHTS if carded else WEIGHTS_BARE
        score = sum([factors[name] * value for name, value in parts.items() if name in factors])
        if with_cards and not carded:
            score *= THRESHOLD / THRESHOLD_BARE
        weighed.append(Weighed(row, round(score, 6), parts, lines[number][1] if number in lines else None))
    weighed.sort(key=lambda w: (-w.score, w.row.row))
    return weighed


def _parts(question: "_Question", row: Row, store: Store, with_cards: bool) -> dict[str, float]:
    shares = question.shares(row.stems)
    covered = square = 0.0
    for concept, share in shares.items():
        covered += concept.weight * share
        square += concept.weight * concept.weight * share
    total = question.total
    parts = {
        "covered": covered / total,
        "near": (covered + question.more(shares, row.near)) / total,
        "similar": min(1.0, square / (question.norm * store.norm(row.row))),
    }
    if with_cards:
        parts["subject"] = (covered + question.more(shares, row.subjects)) / total
        asked = often = 0.0
        for concept, share in question.shares(row.asked).items():
            asked += concept.weight * share
            often += concept.weight * share * _often(concept, row.often)
        parts["asked"], parts["often"] = asked / total, often / total
    return parts


class _Question:
    """The concepts of a question, looked up by their stems: most passages share few of them."""

    def __init__(self, concepts: Sequence[Concept]) -> None:
        self.concepts = concepts
        self.total = sum(c.weight for c in concepts) or 1.0
        self.norm = math.sqrt(sum(c.weight**2 for c in concepts)) or 1.0
        self._by_stem: dict[str, list[Concept]] = {}
        for concept in concepts:
            for s in concept.every:
                self._by_stem.setdefault(s, []).append(concept)
        self._stems = frozenset(self._by_stem)

    def shares(self, stems: frozenset[str]) -> dict[Concept, float]:
        """How far a set of stems speaks of each concept, those it does not speak of left out."""
        common = self._stems & stems
        found = {}
        for s in common:
            for concept in self._by_stem[s]:
                if concept not in found and (share := credit(concept, common)):
                    found[concept] = share
        return found

    def more(self, shares: Mapping[Concept, float], stems: frozenset[str]) -> float:
        """What another set of stems adds to ``shares``."""
        return sum(
            concept.weight * (share - shares.get(concept, 0.0))
            for concept, share in self.shares(stems).items()
            if share > shares.get(concept, 0.0)
        )


def credit(concept: Concept, stems: frozenset[str]) -> float:
    """How far a set of stems speaks of a concept: 1 for its own words, less for another form or for a part."""
    if concept.every.isdisjoint(stems):
        return 0.0
    if concept.own <= stems:
        return 1.0
    if not concept.singles.isdisjoint(stems) or any(form <= stems for form in concept.multis):
        return EQUAL if concept.equal else _LOOSE
    if len(concept.own) > 1:
        return 0.6 * len(concept.own & stems) / len(concept.own)
    return 0.0


def _often(concept: Concept, often: Mapping[str, float]) -> float:
    """How many of a card's lines speak of a concept, 0 to 1."""
    if len(concept.every) == 1:
        return often[next(iter(concept.own))]
    return max((often[s] for s in concept.own | concept.singles if s in often), default=0.5)


def explained(concepts: Sequence[Concept], row: Row, *, with_cards: bool) -> float:
    """The weighted share of a question that a passage speaks of: in its words, its cards' subjects or their lines."""
    grounds = (row.stems, row.subjects, row.asked) if with_cards else (row.stems, row.near)
    total = sum(c.weight for c in concepts) or 1.0
    return sum(c.weight * max(credit(c, stems) for stems in grounds) for c in concepts) / total


def _same_decade(concept: Concept, stems: frozenset[str]) -> bool:
    """Whether a decade that is asked for ("the 1990s") holds a year that is spoken of."""
    return any(s.endswith("0s") and len(s) == 5 and any(t[:3] == s[:3] and t[:4].isdigit() for t in stems) for s in concept.own)


def covers(concept: Concept, row: Row, store: Store, *, with_cards: bool) -> bool:
    """Whether a name or number stands in the sentence, its paragraph, or among its cards' subjects."""
    if credit(concept, row.stems) >= EQUAL or (with_cards and credit(concept, row.subjects) >= EQUAL):
        return True
    # In a whole paragraph the words of a form of several words may stand far apart and mean something else.
    around = store.paragraph(row.source, row.paragraph)
    if _same_decade(concept, around | row.subjects):
        return True
    return (len(concept.own) == 1 and concept.own <= around) or (concept.equal and not concept.singles.isdisjoint(around))


def _query(concepts: Sequence[Concept], store: Store) -> tuple[dict[str, float], dict[str, float]]:
    """Stems to look for with their weights: the question's own, and those of other forms."""
    own: dict[str, float] = {}
    other: dict[str, float] = {}
    for concept in concepts:
        for s in concept.own:
            if store.df(s):
                own[s] = max(own.get(s, 0.0), min(concept.weight, store.idf(s)))
        for s in (*concept.singles, *(s for form in concept.multis for s in form)):
            if store.df(s):
                other[s] = max(other.get(s, 0.0), min(concept.weight, store.idf(s)))
    return own, {s: w for s, w in other.items() if s not in own}


def _lines(
    match: Match, wanted: Mapping[str, float], own: Mapping[str, float], other: Mapping[str, float], store: Store
) -> dict[int, tuple[dict[str, float], Ask]]:
    """For each passage how close its ``ask`` lines come to the question, and the closest of them."""
    norm = math.sqrt(sum(c.weight**2 for c in match.concepts)) or 1.0
    vector = {s: _OTHER * w / norm for s, w in other.items()} | {s: w / norm for s, w in own.items()}
    stems = frozenset(vector)
    found: dict[int, list[tuple[float, int, Ask]]] = {}
    for _, number in store.find_asks(wanted, ASKS):
        ask = store.ask(number)
        cosine = sum([vector[s] * ask.vector[s] for s in stems & ask.stems])
        found.setdefault(ask.passage, []).append((-min(1.0, cosine), number, ask))
    opening = next((w for w in match.folded.split() if w in _QUESTION_WORDS), "")
    ordered = " ".join(sorted(match.folded.split()))
    parts = {}
    for passage, lines in found.items():
        lines.sort(key=_first_two)
        best, _, ask = lines[0]
        close = max(fuzz.ratio(ordered, line[2].ordered) for line in lines[:2])
        parts[passage] = (
            {
                "line": -best,
                "lines": -sum([line[0] for line in lines[:3]]) / 3,
                "wording": close / 100.0,
                "opening": float(bool(opening) and ask.folded.startswith(opening)),
            },
            ask,
        )
    return parts


def _first_two(line: tuple[float, int, Ask]) -> tuple[float, int]:
    return line[0], line[1]
