"""What many tests share: settings with a home of their own, and natobot itself with the shipped documents."""

import logging
from collections.abc import Iterator

import pytest

from natobot.bot import Natobot
from natobot.settings import Settings


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The shipped documents and responses, and an empty home."""
    return Settings.load({"NATOBOT_HOME": str(tmp_path_factory.mktemp("home"))})


@pytest.fixture(scope="session")
def bot(settings: Settings) -> Natobot:
    """natobot with all cards."""
    return Natobot.open(settings)


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
