"""The state database: its tables, and how an address becomes a migrated SQLAlchemy engine or one line of error."""

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from natobot.errors import NatobotError, SettingError

# The newest revision below ``migrations/versions``; a database that bears it needs no Alembic at start.
SCHEMA = "0005"
_REMEDY = "Check the disk and the rights on NATOBOT_HOME, or set DATABASE_URL."


class StateError(NatobotError):
    """The state database cannot be opened, read or written. The message never holds a row or a password."""


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


metadata = sa.MetaData()


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
    sa.Column("person", sa.String, nullable=False, server_default=""),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("doubts", sa.Integer, nullable=False),
    sa.Column("error", sa.String, nullable=True),
    sa.Column("posted_ts", sa.String, nullable=True),
    sa.Column("worker", sa.String, nullable=False),
    sa.Column("lease_until", sa.Double, nullable=False),
    sa.Column("claimed_at", sa.Double, nullable=False),
    sa.Column("done_at", sa.Double, nullable=True),
    # When the channel may have the next message, as far as this delivery's last post goes.
    sa.Column("free_at", sa.Double, nullable=False, server_default="0"),
    # One message gets one reply, whatever number of event types report it.
    sa.UniqueConstraint("enterprise", "team", "channel", "message_ts", name="uq_deliveries_message"),
    sa.Index("ix_deliveries_status", "status", "lease_until"),
    sa.Index("ix_deliveries_pace", "enterprise", "team", "channel", "free_at"),
    sa.Index("ix_deliveries_order", "enterprise", "team", "channel", "thread_ts", "status", "message_ts"),
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
    sa.Column("person", sa.String, nullable=False, server_default=""),
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
    # When a post that did not arrive is tried again; null if it is not.
    sa.Column("retry_at", sa.Double, nullable=True),
    sa.Index("ix_daily_posts_local_date", "local_date"),
    sa.Index("ix_daily_posts_status", "status", "claimed_at"),
    sa.Index("ix_daily_posts_retry_at", "retry_at"),
)
# Where and when somebody wants a daily post.
subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("enterprise", sa.String, primary_key=True),
    sa.Column("team", sa.String, primary_key=True),
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("person", sa.String, nullable=False),
    sa.Column("local_time", sa.String, nullable=False),
    sa.Column("zone", sa.String, nullable=False),
    sa.Column("weekdays", sa.String, nullable=False),
    sa.Column("topics", sa.Text, nullable=False),
    sa.Column("sources", sa.Text, nullable=False),
    sa.Column("quiet", sa.Boolean, nullable=False),
    sa.Column("window_hours", sa.Integer, nullable=False),
    sa.Column("since", sa.Double, nullable=False),
    sa.Column("counted_from", sa.Double, nullable=False),
    sa.Column("paused", sa.String, nullable=False),
    sa.Column("owed", sa.Boolean, nullable=False),
)
# Channels of NATOBOT_DAILY_CHANNELS that became subscriptions, so that one that was ended does not come back.
adopted = sa.Table(
    "adopted",
    metadata,
    sa.Column("enterprise", sa.String, primary_key=True),
    sa.Column("team", sa.String, primary_key=True),
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("adopted_at", sa.Double, nullable=False),
)
# Which clock posts in a workspace, and when the next post may go there.
clock_turns = sa.Table(
    "clock_turns",
    metadata,
    sa.Column("enterprise", sa.String, primary_key=True),
    sa.Column("team", sa.String, primary_key=True),
    sa.Column("worker", sa.String, nullable=False),
    sa.Column("lease_until", sa.Double, nullable=False),
    sa.Column("free_at", sa.Double, nullable=False),
)
# Whether an answer helped: one vote a person and message, and no question.
feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("enterprise", sa.String, primary_key=True),
    sa.Column("team", sa.String, primary_key=True),
    sa.Column("person", sa.String, primary_key=True),
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("message_ts", sa.String, primary_key=True),
    sa.Column("helpful", sa.Boolean, nullable=False),
    sa.Column("given_at", sa.Double, nullable=False),
    sa.Index("ix_feedback_given_at", "given_at"),
)
# What the editors are told: questions without an answer and answers that did not help, without who asked.
unanswered = sa.Table(
    "unanswered",
    metadata,
    sa.Column("enterprise", sa.String, primary_key=True),
    sa.Column("team", sa.String, primary_key=True),
    sa.Column("note", sa.String, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("question", Verbatim, nullable=False),
    sa.Column("reason", Verbatim, nullable=False),
    sa.Column("passages", sa.Text, nullable=False),
    sa.Column("filed_at", sa.Double, nullable=False),
    sa.Index("ix_unanswered_filed_at", "filed_at"),
)
# Which private answers were shared, so that none is twice.
shares = sa.Table(
    "shares",
    metadata,
    sa.Column("enterprise", sa.String, primary_key=True),
    sa.Column("team", sa.String, primary_key=True),
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("message_ts", sa.String, primary_key=True),
    sa.Column("shared_at", sa.Double, nullable=False),
    sa.Index("ix_shares_shared_at", "shared_at"),
)

# Of those who installed the app by OAuth: one row a workspace or organisation, with its token. The columns are those of
# slack_sdk's store, without its limits: Slack promises none.
slack_bots = sa.Table(
    "slack_bots",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("client_id", sa.String, nullable=False),
    sa.Column("app_id", sa.String, nullable=False),
    sa.Column("enterprise_id", sa.String),
    sa.Column("enterprise_name", sa.String),
    sa.Column("team_id", sa.String),
    sa.Column("team_name", sa.String),
    sa.Column("bot_token", sa.String),
    sa.Column("bot_id", sa.String),
    sa.Column("bot_user_id", sa.String),
    sa.Column("bot_scopes", sa.String),
    sa.Column("bot_refresh_token", sa.String),
    sa.Column("bot_token_expires_at", sa.DateTime),
    sa.Column("is_enterprise_install", sa.Boolean, nullable=False),
    sa.Column("installed_at", sa.DateTime, nullable=False),
    sa.Index("slack_bots_idx", "client_id", "enterprise_id", "team_id", "installed_at"),
)
# Installations that somebody has begun, for ten minutes; whose they will be nobody knows yet.
slack_oauth_states = sa.Table(
    "slack_oauth_states",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("expire_at", sa.DateTime, nullable=False),
    sa.Index("ix_slack_oauth_states_state", "state"),
    sa.Index("ix_slack_oauth_states_expire_at", "expire_at"),
)


def migrate(engine: Engine) -> bool:
    """Bring the tables to the newest revision, and say whether they were not; of several processes, one does it."""
    with told(), engine.connect() as connection:
        # Before the first statement, so that SQLite takes the write lock instead of failing half-way.
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7461746)")
        old = _revision(connection) != SCHEMA
        if old:
            _upgrade(connection)
        connection.commit()
    return old


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return revision


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


def upgrade(url: str) -> bool:
    """Bring the database at an address up to date, and say whether it was not.

    Raises:
        SettingError: the address cannot be used.
        StateError: it cannot be opened or written, or is newer than this program.
    """
    own = engine(url)
    try:
        return migrate(own)
    finally:
        own.dispose()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a trial of the database showed."""

    # SQLite or PostgreSQL.
    kind: str
    # How many workspaces have installed the app, or nothing where there is no table of them.
    installations: int | None
    # How many channels have a daily post, and how many of those pause.
    subscriptions: int
    paused: int


def trial(url: str) -> Trial:
    """Bring a database up to date and write a row that is taken back.

    Raises:
        SettingError, StateError: as `upgrade`.
    """
    own = engine(url)
    try:
        migrate(own)
        with told(), own.connect() as connection:
            row = {"enterprise": "", "team": "", "channel": "", "message_ts": secrets.token_hex(8), "shared_at": 0.0}
            connection.execute(shares.insert().values(**row))
            connection.rollback()
            count = _installations(connection)
            pauses = connection.scalars(sa.select(subscriptions.c.paused != "")).all()
        kind = "SQLite" if own.dialect.name == "sqlite" else "PostgreSQL"
        return Trial(kind=kind, installations=count, subscriptions=len(pauses), paused=sum(map(bool, pauses)))
    finally:
        own.dispose()


def _installations(connection: Connection) -> int | None:
    if not sa.inspect(connection).has_table("slack_bots"):
        return None
    bots = sa.table("slack_bots", sa.column("enterprise_id"), sa.column("team_id"))
    whose = sa.select(bots.c.enterprise_id, bots.c.team_id).distinct().subquery()
    return connection.scalar(sa.select(sa.func.count()).select_from(whose)) or 0


def engine(url: str) -> Engine:
    """An engine for a SQLAlchemy address; a SQLite file is made on the way, readable by its owner only.

    Raises:
        SettingError: the address cannot be used.
        StateError: the file cannot be written.
    """
    try:
        address = make_url(url)
        name = address.get_backend_name()
        if name not in ("sqlite", "postgresql"):
            raise NoSuchModuleError
        if name == "sqlite":
            _own_file(address)
            engine = sa.create_engine(address, hide_parameters=True, connect_args={"factory": _SqliteConnection})
            sa.event.listen(engine, "connect", _sqlite_pragmas)
            return engine
        return sa.create_engine(address, hide_parameters=True, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise SettingError(
            "DATABASE_URL", "not the address of a database", "Set postgres://user:password@host/name, or unset it."
        ) from None
    except ModuleNotFoundError:
        raise SettingError("DATABASE_URL", "PostgreSQL needs its driver", "Install natobot[postgres], or unset it.") from None


class _SqliteConnection(sqlite3.Connection):
    """A connection that is closed when the thread that used it is gone."""

    def __del__(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # it was never open
            self.close()


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


@contextmanager
def told() -> Iterator[None]:
    """Turn errors of the database into one line; what PostgreSQL adds below the first may hold the row itself."""
    try:
        yield
    except SQLAlchemyError as error:
        lines = str(getattr(error, "orig", None) or type(error).__name__).splitlines()
        raise StateError(f"the state database fails ({(lines or ['no reason given'])[0][:200]}). {_REMEDY}") from None
