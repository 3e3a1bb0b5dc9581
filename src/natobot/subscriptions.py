"""Where and when somebody wants a daily post: small frozen records in and out, kept in the state database.

A channel has one subscription at most. Every row belongs to a workspace and goes with it.
"""

import datetime
import json
import logging
import re
import time
import zoneinfo
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import sqlalchemy as sa

from natobot.database import adopted, daily_posts, subscriptions
from natobot.errors import InputError
from natobot.model import Taste
from natobot.state import State, Workspace, owned, owner

log = logging.getLogger(__name__)

# Hours that a late start catches up, unless somebody wants otherwise.
WINDOW = 6
# What the channels of NATOBOT_DAILY_CHANNELS get.
NINE = datetime.time(9)

# Columns that are as the fields.
_SAME = ("channel", "person", "zone", "quiet", "since", "counted_from", "paused", "owed")

# What became of a local date's post. ``posting`` is under way; ``quiet``: there was nothing that the channel wants;
# ``missed``: no clock ran in time; the others are those of `natobot.state.Ending`.
Status = Literal["accepted", "uncertain", "missed", "refused", "never_sent", "posting", "quiet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A channel's wish for a daily post. Making one checks it.

    Raises:
        InputError: no such zone, a time with seconds, no weekday, a window that is not 1 to 24 hours; one line.
    """

    # Whose channel.
    workspace: Workspace
    # Channel id.
    channel: str
    # Who subscribed; "" where the environment did.
    person: str = ""
    # When, where the channel is; whole minutes.
    time: datetime.time = NINE
    # The time zone of the channel, as the IANA calls it.
    zone: str = "UTC"
    # Weekdays, topics and sources.
    taste: Taste = field(default_factory=Taste)
    # Whether nothing is posted when nothing is dated to the very day.
    quiet: bool = False
    # Hours that a late start catches up.
    window: int = WINDOW
    # When it was subscribed to, in seconds since 1970; set by `Subscriptions.put`.
    since: float = 0.0
    # Posts that were due before this moment are neither made nor missed, and failures before it are forgiven.
    counted_from: float = 0.0
    # Why it pauses (Slack's word for the last failure, or ours), or "".
    paused: str = ""
    # Whether the subscriber is yet to be told of the pause.
    owed: bool = False

    def __post_init__(self) -> None:
        zone(self.zone)
        if self.time.second or self.time.microsecond or self.time.tzinfo:
            raise InputError(f"{self.time} is not a time of day in whole minutes. Write it as 09:00.")
        if not self.taste.weekdays or not self.taste.weekdays <= set(range(7)):
            raise InputError("a subscription needs one day of the week at least. Choose from Monday to Sunday.")
        if not 1 <= self.window <= 24:
            raise InputError("a late post is caught up for 1 to 24 hours. Choose a number of hours in between.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyRecord:
    """What became of the post of a local date."""

    # The date where the channel is.
    date: datetime.date
    # How it stands.
    status: Status
    # ``ts`` of the message, or null.
    posted_ts: str | None
    # Slack's word for the failure, the kind of failure, or null.
    error: str | None


class Subscriptions:
    """The subscriptions in the state database; safe to use from many threads, and by many processes at once.

    Everything raises StateError if the database fails.
    """

    def __init__(self, state: State, now: Callable[[], float] = time.time) -> None:
        self._state = state
        self._now = now

    def put(self, subscription: Subscription) -> Subscription:
        """Make a subscription or change the one there is, and give it back as it stands now.

        A change keeps since when it is subscribed; one that pauses goes on with it. Days that only the new times or
        weekdays would have had in the past are not missed; today's is still made if it came within the window.
        """
        now = self._now()
        new = replace(subscription, since=now, counted_from=now, paused="", owed=False)
        if self._state.insert_once(subscriptions, _row(new)):
            return new
        wished = {k: v for k, v in _row(new).items() if k not in ("since", "counted_from", "paused", "owed")}
        t = subscriptions.c
        when = ("local_time", "zone", "weekdays", "window_hours")
        start = now - subscription.window * 3600
        other = sa.or_(*(t[k] != wished[k] for k in when))
        counted = sa.case((sa.and_(other, t.counted_from < start), start), else_=t.counted_from)
        changed = sa.update(subscriptions).where(*_is(subscription.workspace, subscription.channel))
        with self._state.begin_work() as connection:
            connection.execute(changed.values(**wished, counted_from=counted))
        self.resume(subscription.workspace, subscription.channel)
        # Ended in between, it is made anew.
        return self.get(subscription.workspace, subscription.channel) or self.put(subscription)

    def get(self, workspace: Workspace, channel: str) -> Subscription | None:
        """The subscription of a channel, or nothing."""
        return next(iter(self._select(*_is(workspace, channel))), None)

    def remove(self, workspace: Workspace, channel: str) -> bool:
        """End a subscription; false if there was none. What was posted stays in the history."""
        with self._state.begin_work() as connection:
            return connection.execute(sa.delete(subscriptions).where(*_is(workspace, channel))).rowcount == 1

    def of(self, workspace: Workspace) -> list[Subscription]:
        """The subscriptions of a workspace, in the order they were made."""
        return self._select(*owned(subscriptions, workspace))

    def all(self) -> list[Subscription]:
        """The subscriptions of all workspaces."""
        return self._select()

    def pause(self, workspace: Workspace, channel: str, why: str) -> bool:
        """Post no more there, and owe the subscriber a line about it; false if it pauses already or is gone."""
        values = {"paused": why or "unknown", "owed": subscriptions.c.person != ""}
        return self._change([*_is(workspace, channel), subscriptions.c.paused == ""], values)

    def resume(self, workspace: Workspace, channel: str) -> bool:
        """Post there again from now on; false if it does not pause."""
        values = {"paused": "", "owed": False, "counted_from": self._now()}
        return self._change([*_is(workspace, channel), subscriptions.c.paused != ""], values)

    def settle(self, workspace: Workspace, channel: str, *, owed: bool) -> bool:
        """Note that the subscriber is being told of the pause (or, ``owed``, was not after all); false if it was noted."""
        return self._change(
            [*_is(workspace, channel), subscriptions.c.paused != "", subscriptions.c.owed != owed], {"owed": owed}
        )

    def adopt(self, workspace: Workspace, channels: Iterable[str]) -> int:
        """Make the channels of NATOBOT_DAILY_CHANNELS subscriptions, each once for ever; how many were new."""
        now, count = self._now(), 0
        for channel in dict.fromkeys(channels):
            # Today's may be due already, as it was before there were subscriptions.
            new = Subscription(workspace=workspace, channel=channel, since=now, counted_from=now - WINDOW * 3600)
            # The subscription first: cut off in between, it is made again and finds itself there.
            if not self._adopted(workspace, channel):
                count += self._state.insert_once(subscriptions, _row(new))
                self._state.insert_once(adopted, {**owner(workspace), "channel": channel, "adopted_at": now})
        return count

    def history(self, workspace: Workspace, channel: str, limit: int = 14) -> list[DailyRecord]:
        """What became of the last posts of a channel, newest first."""
        posts = daily_posts.c
        query = (
            sa.select(posts.local_date, posts.status, posts.posted_ts, posts.error)
            .where(*owned(daily_posts, workspace), posts.channel == channel)
            .order_by(posts.local_date.desc())
            .limit(limit)
        )
        with self._state.begin_work() as connection:
            rows = connection.execute(query).all()
        return [
            DailyRecord(date=datetime.date.fromisoformat(date), status=status, posted_ts=ts, error=error)
            for date, status, ts, error in rows
            if status in get_args(Status)
        ]

    def _adopted(self, workspace: Workspace, channel: str) -> bool:
        query = sa.select(adopted.c.channel).where(*owned(adopted, workspace), adopted.c.channel == channel)
        with self._state.begin_work() as connection:
            return connection.execute(query).first() is not None

    def _select(self, *where: sa.ColumnElement[bool]) -> list[Subscription]:
        query = sa.select(subscriptions).where(*where).order_by(subscriptions.c.since, subscriptions.c.channel)
        with self._state.begin_work() as connection:
            rows = connection.execute(query).mappings().all()
        return [found for row in rows if (found := _subscription(row))]

    def _change(self, where: list[sa.ColumnElement[bool]], values: dict[str, Any]) -> bool:
        with self._state.begin_work() as connection:
            return connection.execute(sa.update(subscriptions).where(*where).values(**values)).rowcount == 1


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The time zone of a name.

    Raises:
        InputError: there is none.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(f"no time zone is called {name!r}. Use a name such as Europe/Brussels.") from None


def time_of(text: str) -> datetime.time:
    """A time of day as people write it: ``9``, ``9:30``, ``09.30``, ``9am``, ``9:30 pm``.

    Raises:
        InputError: it is none.
    """
    found = re.fullmatch(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?\s*(?:([ap])\.?m\.?)?", text.strip().lower())
    hour, minute, half = (int(found[1]), int(found[2] or 0), found[3]) if found else (24, 0, None)
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif half:
        hour = 24
    if hour > 23 or minute > 59:
        raise InputError(f"{text!r} is not a time of day. Write it as 09:00.")
    return datetime.time(hour, minute)


def _row(subscription: Subscription) -> dict[str, Any]:
    taste = subscription.taste
    return {
        **owner(subscription.workspace),
        **{k: getattr(subscription, k) for k in _SAME},
        "local_time": subscription.time.isoformat("minutes"),
        "weekdays": "".join(map(str, sorted(taste.weekdays))),
        "topics": json.dumps(sorted(taste.topics)),
        "sources": json.dumps(sorted(taste.sources)),
        "window_hours": subscription.window,
    }


def _subscription(row: sa.RowMapping) -> Subscription | None:
    """The subscription of a row; nothing where this machine does not know the zone, which must not hold up the others."""
    try:
        return _read(row)
    except InputError as error:
        log.error("the subscription of %s is left out: %s", row["channel"], error)
        return None


def _read(row: sa.RowMapping) -> Subscription:
    return Subscription(
        workspace=Workspace(enterprise=row["enterprise"], team=row["team"]),
        time=datetime.time.fromisoformat(row["local_time"]),
        taste=Taste(
            weekdays=frozenset(map(int, row["weekdays"])),
            topics=frozenset(json.loads(row["topics"])),
            sources=frozenset(json.loads(row["sources"])),
        ),
        window=row["window_hours"],
        **{k: row[k] for k in _SAME},
    )


def _is(workspace: Workspace, channel: str) -> list[sa.ColumnElement[bool]]:
    return [*owned(subscriptions, workspace), subscriptions.c.channel == channel]
