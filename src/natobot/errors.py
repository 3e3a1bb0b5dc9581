"""What can go wrong in a way that a person can mend: each error is one line that says what is wrong and how to mend it."""

from pathlib import Path


class NatobotError(Exception):
    """The base of all errors natobot raises on purpose; ``str(error)`` is one line for the person who can mend it."""


class InputError(NatobotError):
    """A file, setting or argument is wrong. The command line shows the line and exits with 2."""


class FileError(InputError):
    """A mistake in a file: ``file:line: what is wrong. How to mend it.``"""

    def __init__(self, path: Path | str, line: int | None, what: str, mend: str) -> None:
        where = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{where}: {what.rstrip('.')}. {mend}")
        self.path = str(path)
        self.line = line
        self.what = what
        self.mend = mend


class SettingError(InputError):
    """An environment variable is missing, malformed or in the wrong place. Never holds the value, which may be a secret."""

    def __init__(self, name: str, what: str, mend: str) -> None:
        super().__init__(f"{name}: {what.rstrip('.')}. {mend}")
        self.name = name


class UnknownPassage(InputError):
    """No passage has this id."""

    def __init__(self, passage_id: str) -> None:
        super().__init__(f"no passage has the id {passage_id!r}. `natobot export passages` lists them all.")


class StoreError(NatobotError):
    """The knowledge directory cannot be written or read. Knowledge already in use stays in use."""


class CheckFailed(NatobotError):
    """A check, doctor or build found a fault; the command line exits with 3."""
