"""A topic in, what each source says of it out, side by side or in the order of the dates.

The same cap for all, in a fixed order, silence where a source is silent.
"""

from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from natobot.answer import leans, snippet
from natobot.fold import fold
from natobot.model import MAX_SNIPPETS, Clash, Comparison, Event, Figure, Passage, Snippet, TodayItem
from natobot.rank import THRESHOLD, Weighed, covers, rank
from natobot.route import Concept, Ears, Match, route
from natobot.store import Store

# A passage speaks of a topic if this share of the topic's weight stands in it, or in it and around it.
_COVERED, _AROUND = 0.6, 0.9
_BEHIND = 0.6  # how near to a source's best its other sentences must come
_SAME_COUNT = 85.0  # token_sort_ratio from which two figures count the same thing


def compare(topic: str, ears: Ears, *, with_cards: bool = True) -> Comparison:
    """What every source says of ``topic``, at most three sentences each, and where their figures clash.

    The essayist's own words come before words that he quotes or views that he reports.
    """
    store = ears.store
    match, weighed = _weigh(topic, ears, with_cards)
    columns = {
        source: tuple(snippet(p, store, match.concepts) for p in _best(found, match.concepts, store, with_cards))
        for source, found in weighed.items()
    }
    return Comparison(topic=topic, columns=columns, clashes=tuple(_clashes(columns, store)))


def timeline(topic: str, ears: Ears, *, with_cards: bool = True) -> tuple[TodayItem, ...]:
    """What the sources date of ``topic``, in the order of the dates; each sentence once, at the first date it states."""
    store = ears.store
    match, weighed = _weigh(topic, ears, with_cards)
    speaking = {w.row.id: w for found in weighed.values() for w in _speaking(found, match.concepts, store, with_cards)}
    told: dict[str, Event] = {}
    for event in sorted((e for e in store.events() if e.date and e.passage in speaking), key=_when):
        told.setdefault(str(event.passage), event)
    passages = ((store.passage(key), event) for key, event in told.items())
    return tuple(TodayItem(snippet=snippet(p, store, match.concepts), event=event) for p, event in passages if p)


def _when(event: Event) -> tuple[str, str]:
    """Where a date stands among others: the less precise before the more precise that lies in it."""
    first, _, last = str(event.date).partition("/")
    return first.replace("X", "0"), last


def _weigh(topic: str, ears: Ears, with_cards: bool) -> tuple[Match, dict[str, list[Weighed]]]:
    """A topic as it is understood, and what each source has for it, best first."""
    match = replace(route(topic, (), ears), intent="ask", wanted="", strict=False)
    found: dict[str, list[Weighed]] = {}
    for source in ears.store.sources:
        asked = not match.authors or source in match.authors
        found[source] = rank(replace(match, authors=(source,)), ears.store, with_cards=with_cards) if asked else []
    return match, found


def _speaking(weighed: Sequence[Weighed], concepts: Sequence[Concept], store: Store, with_cards: bool) -> list[Weighed]:
    """Those of one source's passages that speak of the topic."""
    required = [c for c in concepts if c.required]
    if any(c.unknown for c in required):
        return []
    return [w for w in weighed if _speaks(w) and all(covers(c, w.row, store, with_cards=with_cards) for c in required)]


def _best(weighed: Sequence[Weighed], concepts: Sequence[Concept], store: Store, with_cards: bool) -> list[Passage]:
    """The passages of one source that speak of the topic, the author's own first among equals."""
    speaking = _speaking(weighed, concepts, store, with_cards)
    if not speaking:
        return []
    passages = [(w.score, store.passage(w.row.id)) for w in speaking if w.score >= _BEHIND * speaking[0].score]
    held = [(score - (0.0 if p.role == "author" else 0.1) - (0.03 if leans(p) else 0.0), p) for score, p in passages if p]
    held.sort(key=lambda pair: -pair[0])
    return [passage for _, passage in held[:MAX_SNIPPETS]]


def _speaks(weighed: Weighed) -> bool:
    """Whether a passage speaks of the topic: by its own words, by what stands around it, or by the ways it is asked for."""
    parts = weighed.parts
    if parts["covered"] >= _COVERED or max(parts["near"], parts.get("subject", 0.0)) >= _AROUND:
        return True
    return parts.get("asked", 0.0) >= _AROUND and weighed.score >= THRESHOLD


def _clashes(columns: dict[str, tuple[Snippet, ...]], store: Store) -> list[Clash]:
    """Figures of different sources that count the same thing at the same time and differ."""
    figures = [figure for snippets in columns.values() for shown in snippets for figure in store.figures(shown.passage.id)]
    found = []
    for i, one in enumerate(figures):
        for other in figures[i + 1 :]:
            if one.source != other.source and one.value != other.value and _same(one, other):
                found.append(Clash(one=one.passage, other=other.passage, about=one.of, values=(one.value, other.value)))
    return found


def _same(one: Figure, other: Figure) -> bool:
    return (
        one.unit == other.unit
        and one.as_of == other.as_of
        and one.as_of is not None
        and fuzz.token_sort_ratio(fold(one.of), fold(other.of)) >= _SAME_COUNT
    )
