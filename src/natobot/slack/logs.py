"""Keeps question texts and tokens out of every log, and turns an exception into a reference a person can be given."""

import datetime
import json
import logging
import secrets
import traceback
from types import TracebackType

log = logging.getLogger("natobot")

# A level above all others.
SILENT = logging.CRITICAL + 1
# What these say below their floor holds texts, tokens and tickets (Bolt even logs whole bodies at INFO).
FLOORS = {
    "slack_sdk": logging.WARNING,
    "slack_bolt": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    "urllib3": logging.INFO,
    "websockets": logging.INFO,
    "httpcore": logging.INFO,
}


def floor() -> None:
    """Raise the level of the libraries that talk too much, whatever level the root logger has or will have."""
    for name, level in FLOORS.items():
        known = [n for n in logging.root.manager.loggerDict if n.startswith(f"{name}.")]
        for logger in map(logging.getLogger, [name, *known]):
            # A child without a level of its own follows its parent.
            if logger.name == name or logger.level:
                logger.setLevel(max(logger.level, level))


class JsonLines(logging.Formatter):
    """One JSON object a line; of an exception its kind and the places in the code, since its message may repeat a text."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of one record."""
        error = None
        if record.exc_info and record.exc_info[0]:
            error = f"{record.exc_info[0].__name__} at {_places(record.exc_info[2])}"
        line = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "error": error,
        }
        return json.dumps(line)


def configure(*, as_json: bool = False) -> None:
    """Log to standard error, for a process that nobody else has set up."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if as_json:
        for handler in logging.root.handlers:
            handler.setFormatter(JsonLines())
    floor()


def quiet(name: str, level: int = logging.WARNING) -> logging.Logger:
    """A logger for a library object that takes one; its level is its own, so that no parent can lower it."""
    logger = logging.getLogger(f"natobot.library.{name}")
    logger.setLevel(level)
    return logger


def report(error: BaseException, doing: str) -> str:
    """Log an unexpected error and give back the reference it is logged under.

    The log has the kind of error and the places in the code, not its message: that may repeat the question.
    """
    reference = secrets.token_hex(4)
    log.error("reference %s: %s while %s at %s", reference, type(error).__name__, doing, _places(error.__traceback__))
    return reference


def _places(trace: TracebackType | None) -> str:
    """Where in the code, the innermost place first."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    return " < ".join(reversed(places))
