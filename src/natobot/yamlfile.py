"""YAML files in, entries that know their file and line out: the one home of YAML, so every mistake can name its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import yaml

from natobot.errors import FileError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL, _TEXT = "tag:yaml.org,2002:null", "tag:yaml.org,2002:str"


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a YAML file."""

    # The file, for messages.
    path: Path
    # Line of the value, from 1.
    line: int
    # The parsed node.
    node: yaml.Node
    # Line of its key, for a value of a mapping.
    key_line: int | None = None

    def fail_key(self, what: str, mend: str) -> FileError:
        """An error that points at this value's key; the caller raises it."""
        return FileError(self.path, self.key_line or self.line, what, mend)

    def fail(self, what: str, mend: str) -> FileError:
        """An error that points at this value; the caller raises it."""
        return FileError(self.path, self.line, what, mend)

    @property
    def is_null(self) -> bool:
        return self.node.tag == _NULL

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, yaml.MappingNode)

    def text(self) -> str:
        """The value as text; dates and numbers are taken as they are written."""
        if not isinstance(self.node, yaml.ScalarNode) or self.is_null or not self.node.value.strip():
            raise self.fail("text expected here", 'Write some words, in "quotes" if they hold a colon or a hash.')
        return str(self.node.value).strip()

    def text_or_none(self) -> str | None:
        return None if self.is_null else self.text()

    def items(self) -> Iterator["Entry"]:
        """The values of a list; null is an empty list."""
        if self.is_null:
            return
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.fail("a list expected here", "Start each item on a line of its own with '- '.")
        for node in self.node.value:
            yield Entry(self.path, node.start_mark.line + 1, node)

    def texts(self) -> tuple[str, ...]:
        return tuple(item.text() for item in self.items())

    def mapping(self) -> dict[str, "Entry"]:
        """Keys and values; null is an empty mapping.

        Raises:
            FileError: not a mapping, or a key that stands twice.
        """
        if self.is_null:
            return {}
        if not isinstance(self.node, yaml.MappingNode):
            raise self.fail("keys and values expected here", "Write 'key: value' lines.")
        found: dict[str, Entry] = {}
        for key, value in self.node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise FileError(self.path, line, "a key must be plain text", "Write 'key: value'.")
            if key.value in found:
                what = f"{key.value!r} stands here a second time (first on line {found[key.value].key_line})"
                raise FileError(self.path, line, what, "Rename or remove one of the two.")
            # A value left out has no place of its own.
            at = line if value.tag == _NULL else value.start_mark.line + 1
            found[key.value] = Entry(self.path, at, value, line)
        return found

    def record(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, "Entry"]:
        """A mapping whose keys are known.

        Raises:
            FileError: a key that is missing or unknown.
        """
        found = self.mapping()
        allowed = (*required, *optional)
        for key, value in found.items():
            if key not in allowed:
                near = get_close_matches(key, allowed, n=1)
                mend = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(allowed)}."
                raise value.fail_key(f"unknown key {key!r}", mend)
        for key in required:
            if key not in found:
                raise self.fail(f"the key {key!r} is missing", f"Add '{key}: …'; write null where it is unknown.")
        return found


def read_text(path: Path) -> str:
    """A file's text with its line ends as they are.

    Raises:
        FileError: it cannot be read, or is not UTF-8.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileError(path, None, f"cannot be read ({error.strerror})", "Check that it exists and may be read.") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n|\r|\n", data[: error.start])) + 1
        mend = f"Save it as UTF-8 (byte {error.start} is not)."
        raise FileError(path, line, "the file is not UTF-8", mend) from error


def load(path: Path) -> Entry:
    """Parse a YAML file with a safe loader.

    Raises:
        FileError: unreadable, not UTF-8, or not YAML; with the line.
    """
    text = read_text(path)
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        mend = "Check the indentation, quotes and colons on that line."
        raise FileError(path, line, f"not YAML ({error.problem})", mend) from error
    except yaml.YAMLError as error:
        mend = "Remove control characters and save the file as UTF-8."
        raise FileError(path, None, f"not YAML ({str(error).splitlines()[0]})", mend) from error
    if node is None:
        return Entry(path, 1, yaml.ScalarNode(_NULL, ""))
    return Entry(path, node.start_mark.line + 1, node)
