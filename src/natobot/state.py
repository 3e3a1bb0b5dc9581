"""What the bot must remember between requests: deliveries, threads and daily posts, in SQLite or PostgreSQL.

In go and out come small frozen records; every row belongs to a workspace. Times are seconds since 1970, UTC.
"""

import json
import os
import secrets
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from natobot.errors import NatobotError, SettingError

# The newest revision below ``migrations/versions``; a database that bears it needs no Alembic at start.
SCHEMA = "0001"
# How long a worker may be silent before others take up its deliveries, in seconds.
LEASE = 60.0
THREAD_RETENTION = 24 * 3600.0
# Slack redelivers for an hour at most; a week answers "what became of my question?".
DELIVERY_RETENTION = 7 * 24 * 3600.0
# Older turns say nothing about what "they" means now.
MAX_TURNS = 10

# What started a delivery: a mention in a channel or thread, or a direct message.
Kind = Literal["mention", "message"]
# How a delivery or daily post ended. ``never_sent`` and ``refused`` posted nothing; ``uncertain`` may have.
Ending = Literal["accepted", "refused", "never_sent", "uncertain"]

metadata = sa.MetaData()


class Verbatim(sa.types.TypeDecorator[str]):
    """Any text at all, kept as a JSON string: PostgreSQL refuses NUL, and neither database takes a lone surrogate."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Text to column."""
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: Any | None, dialect: sa.Dialect) -> str | None:
        """Column to text."""
        return None if value is None else str(json.loads(value))


deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("event_id", sa.String, primary_key=True),
    sa.Column("enterprise", sa.String, nullable=False),
    sa.Column("team", sa.String, nullable=False),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("message_ts", sa.String, nullable=False),
    sa.Column("thread_ts", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("question", Verbatim, nullable=True),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("doubts", sa.Integer, nullable=False),
    sa.Column("error", sa.String, nullable=True),
    sa.Column("posted_ts", sa.String, nullable=True),
    sa.Column("worker", sa.String, nullable=False),
    sa.Column("lease_until", sa.Double, nullable=False),
    sa.Column("claimed_at", sa.Double, nullable=False),
    sa.Column("done_at", sa.Double, nullable=True),
    # One message gets one reply, whatever number of event types report it.
    sa.UniqueConstraint("enterprise", "team", "channel", "message_ts", name="uq_deliveries_message"),
    sa.Index("ix_deliveries_status", "status", "lease_until"),
)
threads = sa.Table(
    "threads",
    metadata,
    sa.Column("enterprise", sa.String, primary_key=True),
    sa.Column("team", sa.String, primary_key=True),
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("thread_ts", sa.String, primary_key=True),
    sa.Column("message_ts", sa.String, primary_key=True),
    sa.Column("question", Verbatim, nullable=False),
    sa.Column("asked_at", sa.Double, nullable=False),
    sa.Index("ix_threads_asked_at", "asked_at"),
)
daily_posts = sa.Table(
    "daily_posts",
    metadata,
    sa.Column("enterprise", sa.String, primary_key=True),
    sa.Column("team", sa.String, primary_key=True),
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("local_date", sa.String, primary_key=True),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.String, nullable=True),
    sa.Column("posted_ts", sa.String, nullable=True),
    sa.Column("claimed_at", sa.Double, nullable=False),
)


class StateError(NatobotError):
    """The state database cannot be opened, read or written. The message never holds a row or a password."""


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
    # Posts tried so far.
    attempts: int = 0
    # Posts so far of which nobody knows whether they arrived.
    doubts: int = 0


class State:
    """The state database; safe to use from many threads, and by many processes at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # Tells our own claims from those of a process before us with the same number.
        self.worker = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"

    @staticmethod
    def open(url: str) -> "State":
        """Open the database at a SQLAlchemy address and bring its tables up to date.

        Raises:
            SettingError: the address cannot be used.
            StateError: the database cannot be opened, or is newer than this program.
        """
        engine = _engine(url)
        migrate(engine)
        return State(engine)

    def close(self) -> None:
        """Let go of all connections; on SQLite also fold the write-ahead log in, which may hold erased questions."""
        self._checkpoint()
        self._engine.dispose()

    # Deliveries

    def claim(self, delivery: Delivery) -> bool:
        """Write a delivery down as ours to answer; false if its event or its message was claimed before."""
        now = time.time()
        row = {
            **_owner(delivery.workspace),
            **{k: getattr(delivery, k) for k in ("event_id", "kind", "channel", "message_ts", "thread_ts", "question")},
            **{"status": "waiting", "attempts": 0, "doubts": 0, "claimed_at": now},
            **{"worker": self.worker, "lease_until": now + LEASE},
        }
        return self._insert_once(deliveries, row)

    def delivery(self, event_id: str) -> Delivery | None:
        """A delivery that waits for us to post it, or nothing if it is done or somebody else's."""
        with self._begin() as connection:
            row = connection.execute(sa.select(deliveries).where(*self._waiting(event_id))).mappings().first()
        return _delivery(row) if row else None

    def begin(self, event_id: str) -> bool:
        """Mark that a post is about to be sent; false if the delivery is not ours to post any more."""
        values = {"status": "posting", "attempts": deliveries.c.attempts + 1}
        return self._update(deliveries, self._waiting(event_id), values) == 1

    def retry(self, event_id: str, error: str, *, doubt: bool) -> None:
        """Put a delivery back to waiting after a post that failed, or (``doubt``) that may have arrived."""
        values = {"status": "waiting", "error": error, "doubts": deliveries.c.doubts + int(doubt)}
        self._update(deliveries, [deliveries.c.event_id == event_id], values)

    def finish(self, event_id: str, ending: Ending, *, ts: str | None = None, error: str | None = None) -> None:
        """End a delivery and erase its question."""
        values = {"status": ending, "posted_ts": ts, "error": error, "question": None, "done_at": time.time()}
        self._update(deliveries, [deliveries.c.event_id == event_id], values)

    def pending(self, limit: int = 1000) -> list[Delivery]:
        """Take up unfinished deliveries whose worker died or let go of them, oldest first.

        One that was being posted when its worker died counts one doubt more: its message may have arrived.
        """
        open_ones = deliveries.c.status.in_(("waiting", "posting"))
        with self._begin() as connection:
            workers = connection.scalars(sa.select(deliveries.c.worker).where(open_ones).distinct()).all()
            free = sa.or_(
                deliveries.c.lease_until < time.time(), deliveries.c.worker.in_([w for w in workers if self._dead(w)])
            )
            query = sa.select(deliveries).where(open_ones, free).order_by(deliveries.c.message_ts).limit(limit)
            rows = connection.execute(query).mappings().all()
        return [_delivery(row) for row in rows if self._take(row)]

    def _take(self, row: sa.RowMapping) -> bool:
        """Make a row ours, unless another process was faster; readers before us may have seen the same row."""
        unchanged = [deliveries.c[k] == row[k] for k in ("event_id", "worker", "lease_until", "status")]
        doubt = int(row["status"] == "posting")
        mine = {"worker": self.worker, "lease_until": time.time() + LEASE}
        return self._update(deliveries, unchanged, {**mine, "status": "waiting", "doubts": row["doubts"] + doubt}) == 1

    def renew(self) -> None:
        """Say that we are alive, for every delivery that is ours."""
        ours = [deliveries.c.worker == self.worker, deliveries.c.status.in_(("waiting", "posting"))]
        self._update(deliveries, [*ours, deliveries.c.lease_until > 0], {"lease_until": time.time() + LEASE})

    def release(self, event_id: str | None = None) -> None:
        """Let others (or ourselves, later) take up a waiting delivery, or all that are ours."""
        which = [deliveries.c.event_id == event_id] if event_id else []
        ours = [deliveries.c.worker == self.worker, deliveries.c.status == "waiting", *which]
        self._update(deliveries, ours, {"lease_until": 0.0})

    # Threads

    def remember(self, delivery: Delivery) -> None:
        """Keep the question as a turn of its thread for 24 hours."""
        place = {k: getattr(delivery, k) for k in ("channel", "thread_ts", "message_ts", "question")}
        self._insert_once(threads, {**_owner(delivery.workspace), **place, "asked_at": time.time()})

    def turns(self, delivery: Delivery) -> tuple[str, ...]:
        """What was asked in the same thread before this question, oldest first, at most the last ten."""
        t = threads.c
        query = (
            sa.select(t.question)
            .where(*_owned(threads, delivery.workspace), t.channel == delivery.channel, t.thread_ts == delivery.thread_ts)
            .where(t.message_ts < delivery.message_ts, t.asked_at > time.time() - THREAD_RETENTION)
            .order_by(t.message_ts.desc())
            .limit(MAX_TURNS)
        )
        with self._begin() as connection:
            return tuple(reversed(connection.scalars(query).all()))

    # Daily posts

    def claim_daily(self, workspace: Workspace, channel: str, date: str) -> bool:
        """Claim the post of a channel and local date; false if it was posted, may have been, or is being posted.

        A post that certainly did not arrive can be claimed again.
        """
        key = {**_owner(workspace), "channel": channel, "local_date": date}
        if self._insert_once(daily_posts, {**key, "status": "posting", "attempts": 1, "claimed_at": time.time()}):
            return True
        again = {"status": "posting", "attempts": daily_posts.c.attempts + 1, "claimed_at": time.time()}
        where = [*(daily_posts.c[k] == v for k, v in key.items()), daily_posts.c.status == "never_sent"]
        return self._update(daily_posts, where, again) == 1

    def finish_daily(
        self,
        workspace: Workspace,
        channel: str,
        date: str,
        ending: Ending,
        *,
        ts: str | None = None,
        error: str | None = None,
    ) -> None:
        """Record how the post ended; ``never_sent`` leaves it open to another claim."""
        key = {**_owner(workspace), "channel": channel, "local_date": date}
        where = [daily_posts.c[k] == v for k, v in key.items()]
        self._update(daily_posts, where, {"status": ending, "posted_ts": ts, "error": error})

    # Housekeeping

    def tidy(self) -> None:
        """Delete what may not be kept any longer."""
        now = time.time()
        with self._begin() as connection:
            connection.execute(sa.delete(threads).where(threads.c.asked_at < now - THREAD_RETENTION))
            connection.execute(sa.delete(deliveries).where(deliveries.c.done_at < now - DELIVERY_RETENTION))
        self._checkpoint()

    def _checkpoint(self) -> None:
        if self._engine.dialect.name == "sqlite":
            # Readers may be in the way: then the next one does it.
            with suppress(StateError), self._begin() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def _waiting(self, event_id: str) -> list[sa.ColumnElement[bool]]:
        d = deliveries.c
        return [d.event_id == event_id, d.worker == self.worker, d.status == "waiting"]

    def _dead(self, worker: str) -> bool:
        """Whether a worker certainly lives no more: a process of this machine that has ended."""
        host, pid, _ = worker.rsplit("/", 2)
        mine_host, mine_pid, _ = self.worker.rsplit("/", 2)
        if worker == self.worker or host != mine_host:
            return False
        return pid == mine_pid or not _alive(int(pid))

    def _insert_once(self, table: sa.Table, row: Mapping[str, Any]) -> bool:
        insert = sqlite.insert if self._engine.dialect.name == "sqlite" else postgresql.insert
        with self._begin() as connection:
            return connection.execute(insert(table).values(**row).on_conflict_do_nothing()).rowcount == 1

    def _update(self, table: sa.Table, where: Sequence[sa.ColumnElement[bool]], values: Mapping[str, Any]) -> int:
        with self._begin() as connection:
            return connection.execute(sa.update(table).where(*where).values(**values)).rowcount

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        with _told(), self._engine.begin() as connection:
            yield connection


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest revision; of several processes at once, one does it and the others wait."""
    with _told(), engine.connect() as connection:
        # Before the first statement, so that SQLite takes the write lock instead of failing half-way.
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7461746)")
        if _revision(connection) != SCHEMA:
            _upgrade(connection)
        connection.commit()


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(sa.text("SELECT version_num FROM alembic_version"))


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise StateError(
            "the state database was written by a newer natobot. Update natobot, or give it another database."
        ) from None


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
        name = address.get_backend_name()
        if name not in ("sqlite", "postgresql"):
            raise NoSuchModuleError
        if name == "sqlite":
            _own_file(address)
            engine = sa.create_engine(address, hide_parameters=True)
            sa.event.listen(engine, "connect", _sqlite_pragmas)
            return engine
        return sa.create_engine(address, hide_parameters=True, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise SettingError(
            "DATABASE_URL", "not the address of a database", "Set postgres://user:password@host/name, or unset it."
        ) from None
    except ModuleNotFoundError:
        raise SettingError(
            "DATABASE_URL", "PostgreSQL needs its driver", "Install natobot[postgres], or unset it."
        ) from None


def _own_file(address: URL) -> None:
    """Make the database file, readable by its owner only; its companions take over the same rights."""
    if address.database in (None, "", ":memory:"):
        raise SettingError("DATABASE_URL", "names no file", "Set sqlite:///path/to/state.sqlite3, or unset it.")
    path = Path(str(address.database))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            if file.exists() and file.stat().st_mode & 0o077:
                file.chmod(0o600)
    except OSError as error:
        raise StateError(f"the state database {path} cannot be written ({error.strerror}). {_REMEDY}") from None


def _sqlite_pragmas(connection: Any, _: object) -> None:
    for pragma in (
        "busy_timeout=5000",
        "journal_mode=WAL",
        # A claim is the promise to answer: it must survive a power cut.
        "synchronous=FULL",
        # An erased question is overwritten, not only forgotten.
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


_REMEDY = "Check the disk and the rights on NATOBOT_HOME, or set DATABASE_URL."


@contextmanager
def _told() -> Iterator[None]:
    """Turn errors of the database into one line; what PostgreSQL adds below the first may hold the row itself."""
    try:
        yield
    except SQLAlchemyError as error:
        lines = str(getattr(error, "orig", None) or type(error).__name__).splitlines()
        raise StateError(f"the state database fails ({(lines or ['no reason given'])[0][:200]}). {_REMEDY}") from None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # Somebody else's process, but a process.
        return True
    return True


def _owner(workspace: Workspace) -> dict[str, str]:
    return {"enterprise": workspace.enterprise, "team": workspace.team}


def _owned(table: sa.Table, workspace: Workspace) -> list[sa.ColumnElement[bool]]:
    return [table.c.enterprise == workspace.enterprise, table.c.team == workspace.team]


def _delivery(row: sa.RowMapping) -> Delivery:
    fields = ("event_id", "kind", "channel", "message_ts", "thread_ts", "attempts", "doubts")
    return Delivery(
        workspace=Workspace(enterprise=row["enterprise"], team=row["team"]),
        question=row["question"] or "",
        **{k: row[k] for k in fields},
    )
