"""Keeps question texts and tokens out of every log, and turns an exception into a reference a person can be given."""

import datetime
import json
import logging
import re
import secrets
import traceback
from types import TracebackType

from natobot.settings import Settings

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
# What is a secret by its look: tokens, addresses that let anybody answer in Slack's name, tickets of Socket Mode.
_SECRET = re.compile(
    r"(?:xoxe\.)?xox[a-z]-[A-Za-z0-9-]+"
    r"|xapp-[A-Za-z0-9-]+"
    r"|(?<=/)(?:actions|commands|services|workflows|triggers)/[A-Za-z0-9]+/[^\s\"'<>]+"
    r"|(?<=ticket=)[^\s&\"'<>]+"
)
HIDDEN = "[hidden]"
# What is shorter stands in many an honest line.
_SHORTEST = 8


class Redactor:
    """The last resort: hides what looks like a secret, or is one that this process knows, in all that is written.

    What we log holds none; this is for what others log of an error.
    """

    def __init__(self, known: frozenset[str] = frozenset()) -> None:
        # Longest first: one may hold another.
        words = [re.escape(word) for word in sorted(known, key=len, reverse=True) if len(word) >= _SHORTEST]
        self._known = re.compile("|".join(words)) if words else None

    def __call__(self, line: str) -> str:
        """The line without secrets."""
        line = _SECRET.sub(HIDDEN, line)
        return self._known.sub(HIDDEN, line) if self._known else line


class Redacting(logging.Formatter):
    """Lines for people, tracebacks included, without secrets."""

    def __init__(self, form: str, known: frozenset[str] = frozenset()) -> None:
        super().__init__(form)
        self._redact = Redactor(known)

    def format(self, record: logging.LogRecord) -> str:
        """The line of one record."""
        return self._redact(super().format(record))


def floor() -> None:
    """Raise the level of the libraries that talk too much, whatever level the root logger has or will have."""
    for name, level in FLOORS.items():
        known = [n for n in logging.root.manager.loggerDict if n.startswith(f"{name}.")]
        for logger in map(logging.getLogger, [name, *known]):
            # A child without a level of its own follows its parent.
            if logger.name == name or logger.level:
                logger.setLevel(max(logger.level, level))


class JsonLines(logging.Formatter):
    """One JSON object a line; of an exception its kind and the places in the code, since its message may repeat a text.

    Secrets that are known, and whatever looks like a token, are hidden.
    """

    def __init__(self, known: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self._redact = Redactor(known)

    def format(self, record: logging.LogRecord) -> str:
        """The line of one record."""
        error = None
        if record.exc_info and record.exc_info[0]:
            error = f"{record.exc_info[0].__name__} at {_places(record.exc_info[2])}"
        line = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._redact(record.getMessage()),
            "error": error,
        }
        return json.dumps(line)


def configure(settings: Settings, *, as_json: bool = False) -> None:
    """Log to standard error, for a process that nobody else has set up; the secrets of the settings are never written."""
    secrets_ = (settings.signing_secret, settings.client_secret, settings.bot_token, settings.app_token, settings.database_url)
    known = frozenset(filter(None, secrets_))
    handler = logging.StreamHandler()
    plain = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    handler.setFormatter(JsonLines(known) if as_json else Redacting(plain, known))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
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
