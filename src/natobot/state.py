"""What the bot must remember between requests: deliveries, threads and daily posts, in SQLite or PostgreSQL.

In go and out come small frozen records; every row belongs to a workspace. Times are seconds since 1970, UTC.
"""

import datetime
import hashlib
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from natobot import database
from natobot.database import StateError, daily_posts, deliveries, slack_oauth_states, subscriptions, threads, told

# How long a worker may be silent before others take up its deliveries, in seconds.
LEASE = 60.0
THREAD_RETENTION = 24 * 3600.0
# Slack redelivers for an hour at most; a week answers "what became of my question?".
DELIVERY_RETENTION = 7 * 24 * 3600.0
# Longer than a year, so that a channel can look back on one.
DAILY_RETENTION = 400 * 24 * 3600.0
# Older turns say nothing about what "they" means now.
MAX_TURNS = 10

# What started a delivery: a mention in a channel or thread, or a direct message.
Kind = Literal["mention", "message"]
# How a delivery or daily post ended. ``never_sent`` and ``refused`` posted nothing; ``uncertain`` may have.
Ending = Literal["accepted", "refused", "never_sent", "uncertain"]

_OPEN = ("waiting", "posting")
# The class of PostgreSQL's advisory locks that are ours, one lock a channel.
_CHANNEL_LOCKS = 7461747

# Workers of this very process, which no process number can tell apart.
_alive_here: set[str] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Whose row it is."""

    # Id of the Enterprise organisation, or "" where there is none.
    enterprise: str = ""
    # Id of the workspace, or "" for an organisation-wide installation.
    team: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A question from Slack that must be answered by a message."""

    # Slack's id of the event, the same for every repetition.
    event_id: str
    # Where it was asked.
    workspace: Workspace
    # What started it.
    kind: Kind
    # Channel of the question and of the answer.
    channel: str
    # ``ts`` of the message that asks.
    message_ts: str
    # Thread of the answer, or "" for the top level of a direct message.
    thread_ts: str
    # The question as typed; in the database only until it is answered.
    question: str = field(repr=False)
    # Who asked, so that they can be forgotten; in the database as long as the question is.
    person: str = ""
    # Posts tried so far.
    attempts: int = 0
    # Posts so far of which nobody knows whether they arrived.
    doubts: int = 0


class Turn(NamedTuple):
    """What stands between a delivery and its post, for all processes on the database."""

    # Seconds until the channel may have another message.
    held: float
    # Whether an earlier question of the same thread is still open.
    behind: bool


class State:
    """The state database; safe to use from many threads, and by many processes at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # Tells our own claims from those of a process before us with the same number.
        self.worker = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
        _alive_here.add(self.worker)

    @staticmethod
    def open(url: str) -> "State":
        """Open the database at a SQLAlchemy address and bring its tables up to date.

        Raises:
            SettingError: the address cannot be used.
            StateError: the database cannot be opened, or is newer than this program.
        """
        engine = database.engine(url)
        try:
            database.migrate(engine)
        except BaseException:
            engine.dispose()
            raise
        return State(engine)

    @property
    def engine(self) -> Engine:
        """The engine, for Slack's own stores in the same database."""
        return self._engine

    def close(self) -> None:
        """Let go of all connections."""
        self.checkpoint()
        self._engine.dispose()
        _alive_here.discard(self.worker)

    # Deliveries

    def claim(self, delivery: Delivery) -> bool:
        """Write a delivery down as ours to answer; false if its event or its message was claimed before."""
        now = time.time()
        row = {
            **owner(delivery.workspace),
            **{k: getattr(delivery, k) for k in ("event_id", "kind", "channel", "message_ts", "thread_ts", "question", "person")},
            **{"status": "waiting", "attempts": 0, "doubts": 0, "claimed_at": now},
            **{"worker": self.worker, "lease_until": now + LEASE},
        }
        return self.insert_once(deliveries, row)

    def delivery(self, event_id: str) -> Delivery | None:
        """A delivery that waits for us to post it, or nothing if it is done or somebody else's."""
        with self.begin_work() as connection:
            row = connection.execute(sa.select(deliveries).where(*self._waiting(event_id))).mappings().first()
        return _delivery(row) if row else None

    def turn(self, delivery: Delivery) -> Turn:
        """Whether it is this delivery's turn; what `begin` decides, without deciding."""
        d, now = deliveries.c, time.time()
        same = [*owned(deliveries, delivery.workspace), d.channel == delivery.channel]
        latest = sa.select(sa.func.max(d.free_at)).where(*same, d.free_at > now).scalar_subquery()
        earlier = sa.exists().where(
            *same, d.thread_ts == delivery.thread_ts, d.message_ts < delivery.message_ts, d.status.in_(_OPEN)
        )
        with self.begin_work() as connection:
            free_at, behind = connection.execute(sa.select(latest, earlier)).one()
        return Turn(held=max(0.0, (free_at or 0.0) - now), behind=bool(behind))

    def begin(self, event_id: str, *, pace: float = 0.0) -> bool:
        """Mark that a post is about to be sent, and hold its channel for ``pace`` seconds.

        False if the delivery is not ours to post any more, or if it is not its turn (see `turn`): of all processes, one at
        a time posts to a channel, and a thread's questions are answered in order.
        """
        own, other, now = deliveries.c, deliveries.alias("other").c, time.time()
        same = [other[k] == own[k] for k in ("enterprise", "team", "channel")]
        held = sa.exists().where(*same, other.free_at > now)
        earlier = sa.exists().where(
            *same, other.thread_ts == own.thread_ts, other.message_ts < own.message_ts, other.status.in_(_OPEN)
        )
        mine = sa.update(deliveries).where(*self._waiting(event_id), ~held, ~earlier)
        with self.begin_work() as connection:
            # On SQLite a statement that writes is alone from its first look on. PostgreSQL would let two such statements
            # look at each other's rows as they were before.
            if self._engine.dialect.name == "postgresql":
                where = connection.execute(
                    sa.select(own.enterprise, own.team, own.channel).where(own.event_id == event_id)
                ).first()
                number = int.from_bytes(hashlib.sha256(repr(tuple(where or ())).encode()).digest()[:4], signed=True)
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CHANNEL_LOCKS, number)))
            values = {"status": "posting", "attempts": own.attempts + 1, "free_at": now + pace}
            return connection.execute(mine.values(**values)).rowcount == 1

    def retry(self, event_id: str, error: str, *, doubt: bool, hold: float = 0.0) -> None:
        """Put a delivery back to waiting after a post that failed, or (``doubt``) that may have arrived.

        ``hold`` are the seconds for which Slack wants nothing more in this channel.
        """
        values: dict[str, Any] = {"status": "waiting", "error": error, "doubts": deliveries.c.doubts + int(doubt)}
        if hold:
            values["free_at"] = time.time() + hold
        # Not after others have taken it up, who may be posting it; nor twice, should the first answer have been lost.
        d = deliveries.c
        self._update(deliveries, [d.event_id == event_id, d.worker == self.worker, d.status == "posting"], values)

    def finish(
        self, event_id: str, ending: Ending, *, ts: str | None = None, error: str | None = None, doubt: bool = False
    ) -> None:
        """End a delivery and erase its question; ``doubt``: its last post may have arrived."""
        values: dict[str, Any] = {"status": ending, "posted_ts": ts, "error": error, "question": None, "person": ""}
        values["doubts"] = deliveries.c.doubts + int(doubt)
        which = [deliveries.c.event_id == event_id, deliveries.c.status.in_(_OPEN)]
        self._update(deliveries, which, {**values, "done_at": time.time()})

    def pending(self, limit: int = 1000) -> list[Delivery]:
        """Take up unfinished deliveries whose worker died or let go of them, oldest first.

        One that was being posted when its worker died counts one doubt more: its message may have arrived.
        """
        open_ones = deliveries.c.status.in_(_OPEN)
        with self.begin_work() as connection:
            workers = connection.scalars(sa.select(deliveries.c.worker).where(open_ones).distinct()).all()
        gone = [worker for worker in workers if self._dead(worker)]
        silent = sa.and_(deliveries.c.lease_until < time.time(), deliveries.c.worker != self.worker)
        free = sa.or_(silent, deliveries.c.worker.in_(gone), deliveries.c.lease_until == 0)
        query = sa.select(deliveries).where(open_ones, free).order_by(deliveries.c.message_ts).limit(limit)
        with self._alone() as connection:
            rows = connection.execute(query.with_for_update(skip_locked=True)).mappings().all()
            return [self._take(connection, row) for row in rows]

    def _take(self, connection: Connection, row: sa.RowMapping) -> Delivery:
        """Make a row ours that is locked for us."""
        doubts = row["doubts"] + int(row["status"] == "posting")
        mine = {"worker": self.worker, "lease_until": time.time() + LEASE, "status": "waiting", "doubts": doubts}
        connection.execute(sa.update(deliveries).where(deliveries.c.event_id == row["event_id"]).values(**mine))
        return replace(_delivery(row), doubts=doubts)

    def renew(self) -> None:
        """Say that we are alive, for every delivery that is ours."""
        ours = [deliveries.c.worker == self.worker, deliveries.c.status.in_(_OPEN)]
        self._update(deliveries, [*ours, deliveries.c.lease_until > 0], {"lease_until": time.time() + LEASE})

    def release(self, event_id: str | None = None) -> None:
        """Let others (or ourselves, later) take up a waiting delivery, or all that are ours."""
        which = [deliveries.c.event_id == event_id] if event_id else []
        ours = [deliveries.c.worker == self.worker, deliveries.c.status == "waiting", *which]
        self._update(deliveries, ours, {"lease_until": 0.0})

    def let_go(self, at_work: Callable[[str], bool]) -> None:
        """Let what is ours, but nobody here works on, be taken up: the database failed when it had done what we asked."""
        ours = [deliveries.c.worker == self.worker, deliveries.c.status.in_(_OPEN), deliveries.c.lease_until > 0]
        with self.begin_work() as connection:
            known = connection.scalars(sa.select(deliveries.c.event_id).where(*ours)).all()
        # Asked only now: what has ended meanwhile is open no more, and what came meanwhile is not known.
        for event_id in known:
            if not at_work(event_id):
                self._update(deliveries, [*ours, deliveries.c.event_id == event_id], {"lease_until": 0.0})

    # Threads

    def remember(self, delivery: Delivery) -> None:
        """Keep the question as a turn of its thread for 24 hours."""
        place = {k: getattr(delivery, k) for k in ("channel", "thread_ts", "message_ts", "question", "person")}
        self.insert_once(threads, {**owner(delivery.workspace), **place, "asked_at": time.time()})

    def turns(self, delivery: Delivery) -> tuple[str, ...]:
        """What was asked in the same thread before this question, oldest first, at most the last ten."""
        t = threads.c
        query = (
            sa.select(t.question)
            .where(*owned(threads, delivery.workspace), t.channel == delivery.channel, t.thread_ts == delivery.thread_ts)
            .where(t.message_ts < delivery.message_ts, t.asked_at > time.time() - THREAD_RETENTION)
            .order_by(t.message_ts.desc())
            .limit(MAX_TURNS)
        )
        with self.begin_work() as connection:
            return tuple(reversed(connection.scalars(query).all()))

    def forget(self, workspace: Workspace, person: str) -> int:
        """Delete what a person asked from the memory of all threads, and their name from subscriptions; how many questions."""
        theirs = [*owned(subscriptions, workspace), subscriptions.c.person == person]
        with self.begin_work() as connection:
            connection.execute(sa.update(subscriptions).where(*theirs).values(person="", owed=False))
            gone = sa.delete(threads).where(*owned(threads, workspace), threads.c.person == person)
            return connection.execute(gone).rowcount

    # Housekeeping

    def ping(self) -> None:
        """Read something small.

        Raises:
            StateError: the database cannot be read.
        """
        with self.begin_work() as connection:
            connection.execute(sa.text("SELECT version_num FROM alembic_version")).first()

    def counts(self) -> tuple[int, dict[str, int]]:
        """Open deliveries of all processes, and daily posts by how they stand."""
        waiting = sa.select(sa.func.count()).where(deliveries.c.status.in_(_OPEN))
        daily = sa.select(daily_posts.c.status, sa.func.count()).group_by(daily_posts.c.status)
        with self.begin_work() as connection:
            return int(connection.scalar(waiting) or 0), {status: int(n) for status, n in connection.execute(daily)}

    def tidy(self) -> None:
        """Delete what may not be kept any longer."""
        now = time.time()
        with self.begin_work() as connection:
            connection.execute(sa.delete(threads).where(threads.c.asked_at < now - THREAD_RETENTION))
            connection.execute(sa.delete(deliveries).where(deliveries.c.done_at < now - DELIVERY_RETENTION))
            connection.execute(sa.delete(daily_posts).where(daily_posts.c.claimed_at < now - DAILY_RETENTION))
            # Slack's store writes times without a zone, in UTC.
            zoneless = datetime.datetime.fromtimestamp(now, datetime.UTC).replace(tzinfo=None)
            connection.execute(sa.delete(slack_oauth_states).where(slack_oauth_states.c.expire_at < zoneless))

    def checkpoint(self) -> None:
        """On SQLite, fold the write-ahead log in: until then it holds the questions that were erased."""
        if self._engine.dialect.name == "sqlite":
            # Readers may be in the way: then the next one does it.
            with suppress(StateError), self.begin_work() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def _waiting(self, event_id: str) -> list[sa.ColumnElement[bool]]:
        d = deliveries.c
        return [d.event_id == event_id, d.worker == self.worker, d.status == "waiting"]

    def _dead(self, worker: str) -> bool:
        """Whether a worker certainly lives no more: a process of this machine that has ended."""
        host, pid, _ = worker.rsplit("/", 2)
        mine_host, mine_pid, _ = self.worker.rsplit("/", 2)
        if host != mine_host:
            return False
        return worker not in _alive_here if pid == mine_pid else not _alive(int(pid))

    def gone(self, worker: str) -> bool:
        """Whether a worker certainly lives no more: a process of this machine that has ended."""
        return self._dead(worker)

    def insert_once(self, table: sa.Table, row: Mapping[str, Any]) -> bool:
        """Insert a row; false if there is one with the same key."""
        insert = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert
        # Not the row count, which not every driver knows of an insert.
        written = insert(table).values(**row).on_conflict_do_nothing().returning(sa.literal(1))
        with self.begin_work() as connection:
            return connection.execute(written).first() is not None

    def _update(self, table: sa.Table, where: Sequence[sa.ColumnElement[bool]], values: Mapping[str, Any]) -> int:
        with self.begin_work() as connection:
            return connection.execute(sa.update(table).where(*where).values(**values)).rowcount

    @contextmanager
    def begin_work(self) -> Iterator[Connection]:
        """A transaction, whose failure is one line."""
        with told(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """A transaction that reads before it writes: SQLite takes its write lock at once, instead of failing half-way."""
        with self.begin_work() as connection:
            if self._engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # Somebody else's process, but a process.
        return True
    return True


def owner(workspace: Workspace) -> dict[str, str]:
    """Whose a row is, as the columns that every table has."""
    return {"enterprise": workspace.enterprise, "team": workspace.team}


def owned(table: sa.Table, workspace: Workspace) -> list[sa.ColumnElement[bool]]:
    """That a row of a table is this workspace's."""
    return [table.c.enterprise == workspace.enterprise, table.c.team == workspace.team]


def _delivery(row: sa.RowMapping) -> Delivery:
    fields = ("event_id", "kind", "channel", "message_ts", "thread_ts", "person", "attempts", "doubts")
    return Delivery(
        workspace=Workspace(enterprise=row["enterprise"], team=row["team"]),
        question=row["question"] or "",
        **{k: row[k] for k in fields},
    )
