"""A year and a channel go in, the dated statements of each of its days come out: what happened on that very day, what was
published, what happened in that month, and round anniversaries, each once a year and never more precisely than dated.
"""

import calendar
import datetime
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from natobot.fold import STOP_WORDS, stem, words
from natobot.model import Event, Taste, TodayKind
from natobot.quotable import Keywords, about
from natobot.store import Store

# Items of one post.
MOST = 3
# Years after which a year is remembered.
ROUND = frozenset((10, *range(25, 10_000, 25)))
# What is told in a sentence is dated to a year by "in 2003", not by "the 2010 Strategic Concept".
_DATING = re.compile(r"(?:\b(?:in|since|by|from|during|until|of|after|before|around|about),?\s+|^\W*)$", re.IGNORECASE)
# Two sources tell the same if so much of the shorter sentence stands in the other, and so many words.
_ALIKE, _ALIKE_WORDS = 0.6, 4
_FEW = 50
_MONTHS = frozenset(stem(name.lower()) for name in calendar.month_name if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a day has."""

    # Which kind it is.
    kind: TodayKind
    # What is told, in order.
    events: tuple[Event, ...]
    # Whether it is dated 29 February and kept on the 28th.
    leap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """The dated statements of the documents, and which contradict each other."""

    # All with a date, in the order of the documents.
    events: tuple[Event, ...]
    # The topics that each sentence speaks of, by id.
    topics: Mapping[str, frozenset[str]]
    # The sentences, by id.
    texts: Mapping[str, str] = field(repr=False)
    # What other sources date otherwise.
    rivals: Mapping[Event, tuple[Event, ...]] = field(repr=False)


def dated(store: Store, known: Keywords) -> Dated:
    """All that the documents date."""
    events = tuple(event for event in store.events() if event.date)
    texts = {key: p.text for key in {e.passage for e in events} if key and (p := store.passage(key))}
    topics = {key: about(text, store.topic(key), known) for key, text in texts.items()}
    return Dated(events=events, topics=topics, texts=texts, rivals=dict(_rivals(events, texts)))


def almanac(year: int, channel: str, known: Dated, taste: Taste) -> dict[datetime.date, Entry]:
    """The days of a year that have something dated.

    A statement is told once a year: on its very day, else in its month, else as an anniversary. Those of a month, and the
    anniversaries, are spread over the days that have nothing else.
    """
    wanted = [e for e in known.events if _wanted(e, known, taste) and _start(e) <= year]
    found: dict[datetime.date, Entry] = {}
    told: set[str] = set()
    days = [day for day in _days(year) if day.weekday() in taste.weekdays]
    posted = frozenset(days)
    _of_days(found, year, "day", [e for e in wanted if e.precision == "day" and e.passage], known, told, posted)
    _of_days(found, year, "publication", [e for e in wanted if e.precision == "day" and not e.passage], known, told, posted)
    for month in range(1, 13):
        of_month = [e for e in wanted if e.precision == "month" and e.passage and int(str(e.date)[5:7]) == month]
        free = [day for day in days if day.month == month and day not in found] if of_month else []
        _lay_out(found, free, "month", _posts(of_month, told, channel, year), known, told)
    of_year = [e for e in wanted if _is_round(e, year) and _dates(e, known.texts)]
    free = [day for day in days if day not in found] if of_year else []
    _lay_out(found, free, "anniversary", [[e] for post in _posts(of_year, told, channel, year) for e in post], known, told)
    return found


def _of_days(
    found: dict[datetime.date, Entry],
    year: int,
    kind: TodayKind,
    events: Iterable[Event],
    known: Dated,
    told: set[str],
    posted: frozenset[datetime.date],
) -> None:
    """What is dated to very days; 29 February is kept on the 28th where there is none, if that has nothing of its own."""
    by_day: dict[tuple[int, int], list[Event]] = defaultdict(list)
    for event in events:
        by_day[int(str(event.date)[5:7]), int(str(event.date)[8:])].append(event)
    for (month, of_month), here in sorted(by_day.items()):
        leap = (month, of_month) == (2, 29) and not calendar.isleap(year)
        day = datetime.date(year, month, of_month - leap)
        kept = _once(here, told)
        if kept and day in posted and day not in found:
            _put(found, day, kind, kept, known, told, leap=leap)


def _put(
    found: dict[datetime.date, Entry],
    day: datetime.date,
    kind: TodayKind,
    events: Sequence[Event],
    known: Dated,
    told: set[str],
    *,
    leap: bool = False,
) -> None:
    shown = list(events[:MOST])
    others = chain.from_iterable(known.rivals.get(event, ()) for event in events[:MOST])
    shown += [event for event in others if event not in shown]
    told |= {str(event.passage) for event in shown if event.passage}
    found[day] = Entry(kind=kind, events=tuple(shown), leap=leap)


def _lay_out(
    found: dict[datetime.date, Entry],
    free: Sequence[datetime.date],
    kind: TodayKind,
    posts: Sequence[Sequence[Event]],
    known: Dated,
    told: set[str],
) -> None:
    """Give each post a day of its own, with even gaps; what finds no room is not told this year."""
    posts = posts[: len(free)]
    for number, post in enumerate(posts):
        events = [event for event in post if event.passage not in told]
        if events:
            _put(found, free[(2 * number + 1) * len(free) // (2 * len(posts))], kind, events, known, told)


def _posts(events: Iterable[Event], told: set[str], channel: str, year: int) -> list[list[Event]]:
    """Events of one date together, few at a time, in an order of the channel's and the year's own."""
    by_date = defaultdict(list)
    seen = set(told)
    for event in events:
        if event.passage not in seen:
            seen.add(str(event.passage))
            by_date[event.date].append(event)
    posts = [found[at : at + MOST] for found in by_date.values() for at in range(0, len(found), MOST)]
    return sorted(posts, key=lambda post: key(channel, year, *(event.passage for event in post)))


def _once(events: Iterable[Event], told: set[str]) -> list[Event]:
    """One event of each sentence not told yet."""
    kept = {event.passage or id(event): event for event in reversed([*events]) if event.passage not in told}
    return [*reversed(kept.values())]


def _wanted(event: Event, known: Dated, taste: Taste) -> bool:
    if taste.sources and event.source not in taste.sources:
        return False
    return not taste.topics or not taste.topics.isdisjoint(known.topics.get(event.passage or "", ()))


def _is_round(event: Event, year: int) -> bool:
    return bool(event.passage) and event.precision in ("year", "range") and year - _start(event) in ROUND


def _dates(event: Event, texts: Mapping[str, str]) -> bool:
    """Whether the sentence tells what happened then, rather than name something after a year."""
    if event.precision in ("day", "month"):
        return event.passage is not None
    before, found, _ = texts.get(event.passage or "", "").partition(event.date_words)
    return bool(found) and bool(_DATING.search(before))


def _start(event: Event) -> int:
    return int(str(event.date)[:4].replace("X", "0"))


def _days(year: int) -> Iterator[datetime.date]:
    day = datetime.date(year, 1, 1)
    for number in range(365 + calendar.isleap(year)):
        # The last year that there is has no day after its last.
        yield day if number == 0 else day + datetime.timedelta(days=number)


def key(*parts: object) -> bytes:
    """Something to sort by that looks like chance and is the same every time."""
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "replace")).digest()


# Contradictions


def _rivals(events: Sequence[Event], texts: Mapping[str, str]) -> Iterator[tuple[Event, tuple[Event, ...]]]:
    """What another source dates otherwise than an event, though it tells the same."""
    told = {n: _told(texts[str(e.passage)]) for n, e in enumerate(events) if _dates(e, texts)}
    having: dict[str, list[int]] = defaultdict(list)
    for number, stems in told.items():
        for of in stems:
            having[of].append(number)
    for number, ours in told.items():
        # Only what shares a word that few have can tell the same.
        near = {other for of in ours if len(having[of]) <= _FEW for other in having[of]}
        others = tuple(
            events[other]
            for other in sorted(near)
            if events[other].source != events[number].source
            and _alike(ours, told[other])
            and not _agree(str(events[number].date), str(events[other].date))
        )
        if others:
            yield events[number], others


def _told(text: str) -> frozenset[str]:
    """What a sentence says, but for when."""
    folded = [word.folded for word in words(text)]
    return frozenset(stem(word) for word in folded if word not in STOP_WORDS and not word[0].isdigit()) - _MONTHS


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    shared = len(one & other)
    return shared >= _ALIKE_WORDS and shared >= _ALIKE * min(len(one), len(other))


def _agree(one: str, other: str) -> bool:
    """Whether two dates can both be true: the one is the other less precisely, or lies within it."""
    if "/" in one or "/" in other:
        (a, b), (c, d) = _ends(one), _ends(other)
        return a <= d[: len(a)] and c <= b[: len(c)]
    short, long = sorted((one.rstrip("X"), other.rstrip("X")), key=len)
    return long.startswith(short)


def _ends(date: str) -> tuple[str, str]:
    first, _, last = date.partition("/")
    return first.replace("X", "0"), (last or first).replace("X", "9")
