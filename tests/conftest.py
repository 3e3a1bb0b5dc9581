"""What many tests share: settings with a home of their own, natobot itself with the shipped documents, and databases."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import postgres
from natobot.bot import Natobot
from natobot.settings import Settings
from natobot.state import State


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The shipped documents and responses, and an empty home."""
    return Settings.load({"NATOBOT_HOME": str(tmp_path_factory.mktemp("home"))})


@pytest.fixture(scope="session")
def bot(settings: Settings) -> Natobot:
    """natobot with all cards."""
    return Natobot.open(settings)


@pytest.fixture(scope="session")
def server() -> Iterator[Path]:
    """A PostgreSQL server, one for all files; the test is skipped where there is none."""
    with postgres.server() as folder:
        yield folder


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'state.sqlite3'}"
    return postgres.new_database(request.getfixturevalue("server"), f"t{time.monotonic_ns()}")


@pytest.fixture
def state(url: str) -> Iterator[State]:
    """A new state database."""
    opened = State.open(url)
    yield opened
    opened.close()


@pytest.fixture(scope="module", autouse=True)
def _levels() -> Iterator[None]:
    """Log levels as they were before each file of tests, since the doors raise those of some libraries for good."""
    before = {logger.name: logger.level for logger in _loggers()}
    yield
    for logger in _loggers():
        logger.setLevel(before.get(logger.name, logging.NOTSET))


def _loggers() -> list[logging.Logger]:
    known = list(logging.root.manager.loggerDict.values())
    return [logging.root, *(logger for logger in known if isinstance(logger, logging.Logger))]
