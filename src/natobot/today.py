"""A date and a channel in, the day's post out: what the sources date to it, or a quotation. A pure function of both and
of the knowledge, so there is no history to lose."""

import datetime
import hashlib
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from natobot.answer import leans, snippet
from natobot.model import Event, Passage, Today, TodayItem, TodayKind
from natobot.store import Store

_MOST = 3  # items of one post
# Dated statements, and ids of the quotations by source, of each store in use: read once, forgotten with it.
_EVENTS: WeakKeyDictionary[Store, tuple[Event, ...]] = WeakKeyDictionary()
_QUOTATIONS: WeakKeyDictionary[Store, dict[str | None, tuple[str, ...]]] = WeakKeyDictionary()
_SHORTEST, _LONGEST = 60, 320  # characters of a quotation worth a minute


def today(date: datetime.date, channel: str, store: Store) -> Today:
    """The post for ``date`` in ``channel``.

    Order of choice: events of that very day in any year up to this one, publication days, events of this month, a
    quotation. Precision is never raised: what a source dates to a month is never given a day.
    """
    if store not in _EVENTS:
        _EVENTS[store] = tuple(event for event in store.events() if event.date)
    events = [event for event in _EVENTS[store] if _year(event) <= date.year]
    month_day = date.strftime("%m-%d")
    kinds: tuple[tuple[TodayKind, list[Event]], ...] = (
        ("day", [e for e in events if e.passage and e.precision == "day" and _ends(e, month_day)]),
        ("publication", [e for e in events if not e.passage and e.precision == "day" and _ends(e, month_day)]),
        ("month", _of_month([e for e in events if e.passage and e.precision == "month" and _ends(e, month_day[:2])], date)),
    )
    for kind, found in kinds:
        if items := [item for event in found[:_MOST] if (item := _item(event, channel, date, store))]:
            return Today(date=date.isoformat(), kind=kind, items=tuple(items))
    chosen = _quotation(date, channel, store)
    quoted = (TodayItem(snippet=snippet(chosen, store), event=None),) if chosen else ()
    return Today(date=date.isoformat(), kind="quotation", items=quoted)


def _year(event: Event) -> int:
    return int(str(event.date)[:3] + "0") if str(event.date)[3] == "X" else int(str(event.date)[:4])


def _ends(event: Event, month_day: str) -> bool:
    """Whether a date is one of this month, or of this day of it."""
    return str(event.date)[5:] == month_day


def _of_month(events: Sequence[Event], date: datetime.date) -> list[Event]:
    """One event of the month a day, in turn; none once each has had its day."""
    return [events[date.day - 1]] if date.day <= len(events) else []


def _item(event: Event, channel: str, date: datetime.date, store: Store) -> TodayItem | None:
    """An event with the sentence that states it; a publication day with a sentence of what was published."""
    passage = store.passage(event.passage) if event.passage else _quotation(date, channel, store, event.source)
    return TodayItem(snippet=snippet(passage, store), event=event) if passage else None


def _quotation(date: datetime.date, channel: str, store: Store, source: str | None = None) -> Passage | None:
    """The quotation whose turn it is: none returns before all others have been shown."""
    by_source = _QUOTATIONS.setdefault(store, {})
    if source not in by_source:
        by_source[source] = tuple(p.id for p in store.passages(source) if _stands_alone(p))
    turn = sorted(by_source[source], key=lambda key: hashlib.sha256(f"{channel}\0{key}".encode("utf-8", "replace")).digest())
    return store.passage(turn[date.toordinal() % len(turn)]) if turn else None


def _stands_alone(passage: Passage) -> bool:
    return passage.role == "author" and _SHORTEST <= len(passage.text) <= _LONGEST and not leans(passage)
