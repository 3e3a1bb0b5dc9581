"""The list of English words: how common a word is, found where the list lies."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natobot.words import KNOWN, Words
from typesetter import words as listed


def test_names_and_words_are_known_and_misspellings_are_not() -> None:
    """Austria is not Australia and merely is not Merkel: known words are never repaired."""
    known = listed()

    assert all(known.known(word) for word in ("austria", "australia", "merkel", "merely", "iceland", "kremlin", "treaty"))
    assert not any(known.known(word) for word in ("ukrane", "agreemnt", "colission", "xyzzyq", ""))
    assert known.zipf("the") > known.zipf("treaty") > KNOWN > known.zipf("urkaine")


@given(st.dictionaries(st.text(alphabet="abcçé", min_size=1, max_size=6), st.integers(0, 800), max_size=30), st.text())
def test_bisection_finds_what_a_dictionary_finds(zipf: dict[str, int], other: str) -> None:
    """Each listed word has its own value, any other has none, whatever stands next to it in the list."""
    lines = sorted(f"{word}\t{value / 100:.2f}".encode() for word, value in zipf.items())
    found = Words(b"\n".join(lines))

    assert {word: value / 100 for word, value in zipf.items()} == {word: found.zipf(word) for word in zipf}
    assert zipf.get(other, 0) / 100 == found.zipf(other)


def test_the_list_is_written_once_and_read_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the list is slow, so it happens once a home; nothing else is left there."""
    monkeypatch.setattr("natobot.words._read_list", lambda: b"sea\t5.00")
    home = tmp_path / "new" / "home"

    assert Words.open(home).zipf("sea") == 5.0
    assert len(list(home.iterdir())) == 1

    monkeypatch.setattr("natobot.words._read_list", lambda: pytest.fail("read twice"))
    assert Words.open(home).zipf("sea") == 5.0


def test_an_empty_file_is_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an interrupted disk left behind is no list."""
    monkeypatch.setattr("natobot.words._read_list", lambda: b"sea\t5.00")
    Words.open(tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"")

    assert Words.open(tmp_path).zipf("sea") == 5.0
    assert path.read_bytes() == b"sea\t5.00"


def test_a_home_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list then stays in memory."""
    monkeypatch.setattr("natobot.words._read_list", lambda: b"sea\t5.00")
    (tmp_path / "file").write_text("in the way")

    assert Words.open(tmp_path / "file").zipf("sea") == 5.0
