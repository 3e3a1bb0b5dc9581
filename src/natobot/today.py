"""A date and a channel in, the day's post out: what the sources date to it, or a quotation. A pure function of both, of the
channel's taste and of the knowledge, so there is no history to lose."""

import datetime
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar
from weakref import WeakKeyDictionary

from natobot.almanac import Dated, Entry, almanac, dated, key
from natobot.answer import snippet
from natobot.model import Event, Snippet, Taste, Today, TodayItem
from natobot.quotable import Quote, chain, fair, keywords, quotes
from natobot.store import Store

# Turns of the quotations are counted anew with every cycle of the calendar, in years: the last began in 2000.
_CYCLE = 400


@dataclass(slots=True, kw_only=True)
class _Shelf:
    """What is read of a store once, and forgotten with it."""

    # All that is dated.
    dated: Dated
    # All that is worth quoting.
    quotes: list[Quote]
    # By year, channel and taste.
    almanacs: dict[tuple[int, str, Taste], dict[datetime.date, Entry]] = field(default_factory=dict)
    # Quotations in the years of the cycle before a year, by year, channel and taste.
    turns: dict[tuple[int, str, Taste], int] = field(default_factory=dict)
    # By channel and taste.
    orders: dict[tuple[str, Taste], list[Quote]] = field(default_factory=dict)


_SHELVES: WeakKeyDictionary[Store, _Shelf] = WeakKeyDictionary()
# Channels kept in mind; beyond them everything is worked out anew.
_CHANNELS = 4000

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def today(
    date: datetime.date,
    channel: str,
    store: Store,
    *,
    taste: Taste = Taste(),  # noqa: B008
    further: int = 0,
    topics: Mapping[str, Iterable[str]] = MappingProxyType({}),
) -> Today:
    """The post for ``date`` in ``channel``; ``further`` asks for the n-th quotation after it instead.

    ``topics`` are the words that speak of each topic, beside the cards that say so; they go with the store.

    Order of choice: events of that very day in any year up to this one, publication days, events of this month, round
    anniversaries, a quotation. Precision is never raised: what a source dates to a month is never given a day. Dated
    statements are told once a year; no quotation returns before all others have been shown, authors take turns, and
    neighbouring days do not share a topic.
    """
    shelf = _shelf(store, topics)
    entry = _year(shelf, date.year, channel, taste).get(date)
    if entry and not further:
        items = [item for number, event in enumerate(entry.events) if (item := _item(number, event, entry, date, store, shelf))]
        if items:
            return Today(date=date.isoformat(), kind=entry.kind, items=tuple(items), leap=entry.leap)
    ring = _kept(shelf.orders, (channel, taste), lambda: _order(shelf, channel, taste))
    if not ring:
        return Today(date=date.isoformat(), kind="quotation", items=())
    quote = ring[(_turn(shelf, date, channel, taste) + further) % len(ring)]
    return Today(date=date.isoformat(), kind="quotation", items=(TodayItem(snippet=_quoted(quote, store), event=None),))


def _shelf(store: Store, topics: Mapping[str, Iterable[str]]) -> _Shelf:
    if store not in _SHELVES:
        known = keywords(topics)
        _SHELVES[store] = _Shelf(dated=dated(store, known), quotes=quotes(store, known))
    return _SHELVES[store]


def _kept(memory: dict[_Key, _Value], key: _Key, make: Callable[[], _Value]) -> _Value:
    """What is in the memory, or made and put there; another thread may clear it at any moment."""
    found = memory.get(key)
    if found is None:
        if len(memory) > _CHANNELS:
            memory.clear()
        found = memory[key] = make()
    return found


def _year(shelf: _Shelf, year: int, channel: str, taste: Taste) -> dict[datetime.date, Entry]:
    return _kept(shelf.almanacs, (year, channel, taste), lambda: almanac(year, channel, shelf.dated, taste))


def _item(number: int, event: Event, entry: Entry, date: datetime.date, store: Store, shelf: _Shelf) -> TodayItem | None:
    """An event with the sentence that states it; a publication day with words of what was published."""
    otherwise = number > 0 and event.date != entry.events[0].date and event.source != entry.events[0].source
    if event.passage is None:
        published = [quote for quote in shelf.quotes if quote.source == event.source]
        shown = _quoted(published[date.year % len(published)], store) if published else None
        return TodayItem(snippet=shown, event=event) if shown else None
    passage = store.passage(event.passage)
    if passage is None:
        return None
    whole = chain(passage, store)
    shown = snippet(passage, store, before=whole[:-1] if whole else None)
    return TodayItem(snippet=shown, event=event, otherwise=otherwise)


def _quoted(quote: Quote, store: Store) -> Snippet:
    first, *rest = (passage for each in quote.passages if (passage := store.passage(each)))
    return snippet(first, store, before=(), after=rest)


# Turns


def _turn(shelf: _Shelf, date: datetime.date, channel: str, taste: Taste) -> int:
    """How many quotations there were before this day: the days that are posted and have nothing dated."""
    entries = _year(shelf, date.year, channel, taste)
    is_one = date.weekday() in taste.weekdays and date not in entries
    before = _kept(shelf.turns, (date.year, channel, taste), lambda: _turns(shelf, date.year, channel, taste))
    return before + _quotations(entries, date, taste) - is_one


def _turns(shelf: _Shelf, year: int, channel: str, taste: Taste) -> int:
    """The quotations of the years of the cycle before a year; of the year before that, if it is known."""
    if year % _CYCLE == 0 or year == 1:
        return 0
    known = shelf.turns.get((year - 1, channel, taste))
    first = max(1, year - year % _CYCLE) if known is None else year - 1
    # Of a past year only this number is asked for: its almanac need not be kept.
    return (known or 0) + sum(
        _quotations(almanac(past, channel, shelf.dated, taste), datetime.date(past, 12, 31), taste) for past in range(first, year)
    )


def _quotations(entries: Mapping[datetime.date, Entry], until: datetime.date, taste: Taste) -> int:
    """Days of a year, up to and with this one, on which a quotation is posted."""
    number = until.timetuple().tm_yday
    new_year = datetime.date(until.year, 1, 1).weekday()
    posted = sum((number + 6 - (day - new_year) % 7) // 7 for day in taste.weekdays)
    return posted - sum(1 for day in entries if day <= until)


def _order(shelf: _Shelf, channel: str, taste: Taste) -> list[Quote]:
    of_sources = [quote for quote in shelf.quotes if not taste.sources or quote.source in taste.sources]
    wanted = [quote for quote in of_sources if not taste.topics or not taste.topics.isdisjoint(quote.about)]
    return order(fair(wanted), channel)


def order(found: Sequence[Quote], channel: str) -> list[Quote]:
    """The quotations in a ring that is the channel's own: authors take turns, and no two neighbours share a topic.

    Each source's are spread evenly over the ring; where two neighbours share a topic, the later changes places with the
    nearest of its source that fits.
    """
    by_source: dict[str, deque[Quote]] = defaultdict(deque)
    for quote in sorted(found, key=lambda q: key(channel, *q.passages)):
        by_source[quote.source].append(quote)
    places = sorted(
        ((2 * n + 1) / (2 * len(theirs)), key(channel, source), source)
        for source, theirs in by_source.items()
        for n in range(len(theirs))
    )
    ring = [by_source[source].popleft() for _, _, source in places]
    for _ in range(3):
        for at in range(len(ring)):
            if _meets(ring, at):
                _mend(ring, at)
    return ring


def _meets(ring: Sequence[Quote], at: int) -> bool:
    """Whether a quotation has the topic of one of its neighbours."""
    topic = ring[at].topic
    return len(ring) > 1 and topic in (ring[at - 1].topic, ring[(at + 1) % len(ring)].topic)


def _mend(ring: list[Quote], at: int) -> None:
    for step in range(1, len(ring)):
        other = (at + step) % len(ring)
        if ring[other].source != ring[at].source:
            continue
        ring[at], ring[other] = ring[other], ring[at]
        if not _meets(ring, at) and not _meets(ring, other):
            return
        ring[at], ring[other] = ring[other], ring[at]
