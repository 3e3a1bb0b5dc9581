"""YAML files: every value knows its line, every mistake says how to mend it."""

from pathlib import Path

import pytest

from natobot.errors import FileError
from natobot.yamlfile import Entry, load


def loaded(folder: Path, text: str | bytes) -> Entry:
    """A file with this text, parsed."""
    path = folder / "some.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return load(path)


def complaint(folder: Path, call: object) -> str:
    """The line that a call fails with, from the file's name on."""
    with pytest.raises(FileError) as caught:
        call()  # type: ignore[operator]
    return str(caught.value).replace(f"{folder}/", "")


def test_values_are_taken_as_they_are_written(tmp_path: Path) -> None:
    """Dates, numbers and "no" stay text, so that nobody's Norway becomes false."""
    found = loaded(tmp_path, "a: 2014-07-08\nb: 0123\nc: no\nd: ' x '\ne: [1.0, ~ ]\n").mapping()

    assert {key: found[key].text() for key in "abcd"} == {"a": "2014-07-08", "b": "0123", "c": "no", "d": "x"}
    assert [item.text_or_none() for item in found["e"].items()] == ["1.0", None]


def test_every_value_knows_its_line(tmp_path: Path) -> None:
    """Lines count from one, also behind comments, blocks and a byte order mark."""
    found = loaded(tmp_path, b"\xef\xbb\xbf# first\na: 1\nb:\n  - x\n  - y\nc: >-\n  long\n  text\nd:\ne: 2\n").mapping()

    assert {key: entry.line for key, entry in found.items()} == {"a": 2, "b": 4, "c": 6, "d": 9, "e": 10}
    assert [item.line for item in found["b"].items()] == [4, 5]
    assert {key: entry.key_line for key, entry in found.items()} == {"a": 2, "b": 3, "c": 6, "d": 9, "e": 10}


def test_an_empty_file_is_an_empty_mapping(tmp_path: Path) -> None:
    """Nothing written is nothing said: no keys, no items, no error."""
    entry = loaded(tmp_path, "# only a comment\n")

    assert (entry.mapping(), list(entry.items()), entry.text_or_none()) == ({}, [], None)


@pytest.mark.parametrize(
    ("text", "method", "message"),
    [
        ("- a\n- b\n", "mapping", "some.yaml:1: keys and values expected here. Write 'key: value' lines."),
        ("a: 1\n", "texts", "some.yaml:1: a list expected here. Start each item on a line of its own with '- '."),
        (
            "\n[a]\n",
            "text",
            'some.yaml:2: text expected here. Write some words, in "quotes" if they hold a colon or a hash.',
        ),
        ("? [a, b]\n: c\n", "mapping", "some.yaml:1: a key must be plain text. Write 'key: value'."),
        (
            "a: 1\nb: 2\na:\n  - 3\n",
            "mapping",
            "some.yaml:3: 'a' stands here a second time (first on line 1). Rename or remove one of the two.",
        ),
    ],
)
def test_a_value_of_another_kind_is_named(tmp_path: Path, text: str, method: str, message: str) -> None:
    """What was expected, and how it is written."""
    assert complaint(tmp_path, getattr(loaded(tmp_path, text), method)) == message


def test_known_keys_are_asked_for_and_others_refused(tmp_path: Path) -> None:
    """A misspelt key is pointed at where it stands, not where its value begins."""
    entry = loaded(tmp_path, "title: x\nautors:\n  - y\n")

    assert complaint(tmp_path, lambda: entry.record(("title",), ("authors",))) == (
        "some.yaml:2: unknown key 'autors'. Did you mean 'authors'?"
    )
    assert complaint(tmp_path, lambda: entry.record(("title", "url"), ("autors",))) == (
        "some.yaml:1: the key 'url' is missing. Add 'url: …'; write null where it is unknown."
    )


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("a: 1\nb: [1, 2\n", "some.yaml:3: not YAML ("),
        ("a: 1\n  b: 2\n", "some.yaml:2: not YAML ("),
        ("a: 1\n---\nb: 2\n", "some.yaml:2: not YAML ("),
        ("a: *nowhere\n", "some.yaml:1: not YAML ("),
        (b"a: \0\n", "some.yaml: not YAML ("),
        (b"a: 1\nb: \xff\n", "some.yaml:2: the file is not UTF-8. Save it as UTF-8 (byte 8 is not)."),
    ],
)
def test_what_is_no_yaml_is_named_with_its_line(tmp_path: Path, text: str | bytes, beginning: str) -> None:
    """Brackets, indentation, a second document, an unknown anchor, control characters, another encoding: one line."""
    message = complaint(tmp_path, lambda: loaded(tmp_path, text))

    assert message.startswith(beginning)
    assert "\n" not in message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The system's own word for it, and what to check."""
    assert complaint(tmp_path, lambda: load(tmp_path / "none.yaml")) == (
        "none.yaml: cannot be read (No such file or directory). Check that it exists and may be read."
    )


def test_objects_are_never_made(tmp_path: Path) -> None:
    """A tag that would make Python run something is text like any other."""
    assert loaded(tmp_path, "!!python/object/apply:os.system ['true']\n").texts() == ("true",)
