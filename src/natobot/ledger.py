"""Which daily posts are under way, done or given up, and which clock posts in a workspace: the claims behind "exactly once".

A row for each channel and local date is written before the post is made and completed after it. Whatever happens in
between, no second clock makes the post again.
"""

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from natobot.database import clock_turns, daily_posts
from natobot.state import Ending, State, Workspace, owned, owner
from natobot.subscriptions import Status

# A post still under way after this long was cut off: nobody knows whether it arrived.
PATIENCE = 300.0
# How long a clock may be silent before others post in its workspace, in seconds.
LEASE = 60.0

_FAILED = ("refused", "never_sent")


class Post(NamedTuple):
    """The post of a channel and local date."""

    # Whose channel.
    workspace: Workspace
    # Channel id.
    channel: str
    # ISO date where the channel is.
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a post stands."""

    # What became of it so far.
    status: Status
    # When it is tried again, or null.
    retry_at: float | None


class Ledger:
    """The daily posts in the state database; safe to use from many threads, and by many processes at once.

    Everything raises StateError if the database fails.
    """

    def __init__(self, state: State, now: Callable[[], float] = time.time) -> None:
        self._state = state
        self._now = now

    # Posts

    def begin(self, post: Post, *, anew: bool = False) -> int:
        """Claim a post that is about to be sent; the number of the attempt, or 0 if it may not be sent (now).

        One that Slack refused, or that was never sent, can be claimed when its time comes, and at any time ``anew``;
        so can, anew, one that was missed or kept quiet. One that was posted, may have been or is being posted never can.
        """
        now = self._now()
        claim = {"status": "posting", "claimed_at": now, "retry_at": None}
        if self._state.insert_once(daily_posts, {**_key(post), **claim, "attempts": 1}):
            return 1
        c = daily_posts.c
        again = c.status.in_((*_FAILED, "missed", "quiet")) if anew else sa.and_(c.status.in_(_FAILED), c.retry_at <= now)
        claimed = sa.update(daily_posts).where(*_is(post), again).values(**claim, attempts=c.attempts + 1)
        with self._state.begin_work() as connection:
            return connection.execute(claimed.returning(c.attempts)).scalar() or 0

    def finish(
        self,
        post: Post,
        attempt: int,
        ending: Ending,
        *,
        ts: str | None = None,
        error: str | None = None,
        retry_at: float | None = None,
    ) -> None:
        """Record how an attempt ended, and when there is another; a later attempt is left alone."""
        c = daily_posts.c
        ours = [*_is(post), c.attempts == attempt, c.status.in_(("posting", "uncertain"))]
        values = {"status": ending, "posted_ts": ts, "error": error, "retry_at": retry_at}
        self._update(ours, values)

    def note(self, post: Post, status: Literal["missed", "quiet"], error: str | None = None) -> bool:
        """Record that there is no post; false if something is recorded of it."""
        row = {**_key(post), "status": status, "attempts": 0, "error": error, "claimed_at": self._now()}
        return self._state.insert_once(daily_posts, row)

    def close(self, post: Post) -> bool:
        """Give up a post that did not arrive; false if it was given up, or is under way."""
        return self._update(
            [*_is(post), daily_posts.c.status.in_(_FAILED), daily_posts.c.retry_at.is_not(None)], {"retry_at": None}
        )

    def cut_off(self) -> None:
        """Count as uncertain what was under way when its clock died."""
        c = daily_posts.c
        self._update([c.status == "posting", c.claimed_at < self._now() - PATIENCE], {"status": "uncertain", "error": "cut off"})

    def standing(self, dates: Collection[str]) -> dict[Post, Standing]:
        """How the posts of these dates stand, of all channels."""
        return dict(self._read(daily_posts.c.local_date.in_(sorted(dates))))

    def since(self, date: str) -> dict[Post, Standing]:
        """How the posts from a date on stand, of all channels."""
        return dict(self._read(daily_posts.c.local_date >= date))

    def waiting(self) -> list[Post]:
        """Posts that did not arrive and wait for another attempt."""
        return [post for post, _ in self._read(daily_posts.c.retry_at.is_not(None))]

    def failures(self, workspace: Workspace, channel: str, since: float) -> list[str]:
        """Why the last posts of a channel did not arrive, newest first, back to the last that did or to a moment.

        Days without a post do not count, neither way.
        """
        c = daily_posts.c
        query = (
            sa.select(c.status, c.error)
            .where(*owned(daily_posts, workspace), c.channel == channel, c.claimed_at >= since)
            .where(c.status.not_in(("missed", "quiet", "posting")), c.retry_at.is_(None))
            .order_by(c.local_date.desc())
            .limit(10)
        )
        found = []
        with self._state.begin_work() as connection:
            for status, error in connection.execute(query):
                if status not in _FAILED:
                    break
                found.append(error or status)
        return found

    # Turns

    def take_turn(self, workspace: Workspace) -> float | None:
        """Be the clock that posts in a workspace; when the next post may go there, or nothing if another clock is at it.

        This spares the clocks each other's way and keeps the pace. What keeps them from posting twice is `begin`.
        """
        now = self._now()
        ours = {"worker": self._state.worker, "lease_until": now + LEASE}
        if self._state.insert_once(clock_turns, {**owner(workspace), **ours, "free_at": 0.0}):
            return 0.0
        c = clock_turns.c
        with self._state.begin_work() as connection:
            row = connection.execute(sa.select(clock_turns).where(*owned(clock_turns, workspace))).mappings().first()
        if row is None:
            return None
        theirs = row["worker"] not in ("", self._state.worker) and row["lease_until"] > now
        if theirs and not self._state.gone(row["worker"]):
            return None
        unchanged = [*owned(clock_turns, workspace), c.worker == row["worker"], c.lease_until == row["lease_until"]]
        with self._state.begin_work() as connection:
            taken = connection.execute(sa.update(clock_turns).where(*unchanged).values(**ours)).rowcount == 1
        return float(row["free_at"]) if taken else None

    def keep_turn(self, workspace: Workspace) -> bool:
        """Say that we are still at it; false if another clock took over."""
        return self._turn(workspace, {"lease_until": self._now() + LEASE})

    def end_turn(self, workspace: Workspace, free_at: float) -> None:
        """Let other clocks post in a workspace, from a moment on."""
        self._turn(workspace, {"worker": "", "lease_until": 0.0, "free_at": free_at})

    def _turn(self, workspace: Workspace, values: dict[str, Any]) -> bool:
        ours = [*owned(clock_turns, workspace), clock_turns.c.worker == self._state.worker]
        with self._state.begin_work() as connection:
            return connection.execute(sa.update(clock_turns).where(*ours).values(**values)).rowcount == 1

    def _read(self, where: sa.ColumnElement[bool]) -> Iterable[tuple[Post, Standing]]:
        c = daily_posts.c
        query = sa.select(c.enterprise, c.team, c.channel, c.local_date, c.status, c.retry_at).where(where)
        with self._state.begin_work() as connection:
            rows = connection.execute(query).all()
        for enterprise, team, channel, date, status, retry_at in rows:
            post = Post(Workspace(enterprise=enterprise, team=team), channel, date)
            yield post, Standing(status=status, retry_at=retry_at)

    def _update(self, where: list[sa.ColumnElement[bool]], values: dict[str, Any]) -> bool:
        with self._state.begin_work() as connection:
            return connection.execute(sa.update(daily_posts).where(*where).values(**values)).rowcount > 0


def _key(post: Post) -> dict[str, str]:
    return {**owner(post.workspace), "channel": post.channel, "local_date": post.date}


def _is(post: Post) -> list[sa.ColumnElement[bool]]:
    return [daily_posts.c[column] == value for column, value in _key(post).items()]
