"""When a daily post is due: a subscription and a moment in, local dates with their moments out. Pure; knows no clock.

A local time that does not exist on a date is due at the next minute that does; one that exists twice, at the first. A
date that a zone skipped is never due. Moments are seconds since 1970.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from natobot.subscriptions import Subscription, zone

_DAY = datetime.timedelta(days=1)
_MINUTE = datetime.timedelta(minutes=1)
# Far enough from the ends of the calendar that nobody counts beyond them.
_FIRST, _LAST = datetime.date.min + 30 * _DAY, datetime.date.max - 30 * _DAY
# A year of a thousand channels that differ.
_KEPT = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A post that is due."""

    # The date where the channel is.
    date: datetime.date
    # When.
    at: float


@lru_cache(maxsize=_KEPT)
def moment(date: datetime.date, time: datetime.time, zone_name: str) -> datetime.datetime | None:
    """The moment (UTC) at which a local time comes on a local date, or nothing if the zone skipped that date.

    Raises:
        InputError: there is no such zone.
    """
    here = zone(zone_name)
    wall = datetime.datetime.combine(date, time)
    # Where clocks are set back, the first of two; elsewhere both are the same, unless the time does not exist.
    early, late = sorted(wall.replace(tzinfo=here, fold=fold).astimezone(datetime.UTC) for fold in (0, 1))
    for found in (early, late):
        if found.astimezone(here).replace(tzinfo=None, fold=0) == wall:
            return found
    change = _change(early, late, here)
    before, after = ((change + step).astimezone(here) for step in (-datetime.timedelta(seconds=1), datetime.timedelta()))
    if before.date() < date < after.date():
        return None
    # Old zones were set forward by odd seconds.
    odd = datetime.timedelta(seconds=after.second, microseconds=after.microsecond)
    return change + (_MINUTE - odd if odd else odd)


def _change(before: datetime.datetime, after: datetime.datetime, here: datetime.tzinfo) -> datetime.datetime:
    """The second between two moments at which clocks are set forward."""
    old, low, high = before.astimezone(here).utcoffset(), int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.datetime.fromtimestamp(middle, here).utcoffset() == old:
            low = middle
        else:
            high = middle
    return datetime.datetime.fromtimestamp(high, datetime.UTC)


def due(subscription: Subscription, now: float) -> list[Due]:
    """What is due at a moment, oldest first: what came within the window, and after the subscription began to count."""
    start = now - subscription.window * 3600
    return [each for each in between(subscription, start, now) if each.at >= subscription.counted_from]


def missed(subscription: Subscription, since: float, now: float) -> list[Due]:
    """What came after a moment (``since``) and is too old to be caught up now, oldest first."""
    start, end = max(since, subscription.counted_from), now - subscription.window * 3600
    return [each for each in between(subscription, start, end) if each.at < end]


def next_due(subscription: Subscription, now: float) -> Due | None:
    """What comes next after a moment; nothing while the subscription pauses, or at the end of the calendar."""
    if subscription.paused:
        return None
    today = _local(subscription, now)
    for ahead in range(-1, 16):
        found = on(subscription, today + ahead * _DAY)
        if found and found.at > now:
            return found
    return None


def between(subscription: Subscription, start: float, end: float) -> Iterator[Due]:
    """What comes from one moment to another, both included, in order."""
    if end < start:
        return
    date, last = _local(subscription, start) - _DAY, _local(subscription, end)
    while date <= last:
        found = on(subscription, date)
        if found and start <= found.at <= end:
            yield found
        date += _DAY


def on(subscription: Subscription, date: datetime.date) -> Due | None:
    """The post of a local date, or nothing on a day without one."""
    if date.weekday() not in subscription.taste.weekdays:
        return None
    at = moment(date, subscription.time, subscription.zone)
    return Due(date=date, at=at.timestamp()) if at else None


def _local(subscription: Subscription, at: float) -> datetime.date:
    """The date of a moment where the channel is, as far as there are dates."""
    first, last = (datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp() for day in (_FIRST, _LAST))
    return datetime.datetime.fromtimestamp(min(max(at, first), last), zone(subscription.zone)).date()
