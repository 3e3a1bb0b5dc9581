"""Footnote digits and hyphens: which of them are the author's, and which the printer's."""

import pytest

from natobot.extract import extract
from typesetter import source, zipf


def text_of(raw: str) -> str:
    """All words of a document in one line."""
    return " ".join(p.text for p in extract(source(), raw, zipf)[0])


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("It sank.1 It rose.”2 It (again).3 Then.", "It sank. It rose.” It (again). Then."),
        ("It sank.1 It rose,2 it “swam”3 and flew.", "It sank. It rose, it “swam” and flew."),
        ("It sank.¹ It rose.² It is 46 km² wide and x³ deep.", "It sank. It rose. It is 46 km² wide and x³ deep."),
        ("It sank.1 It rose in 1914.2 Then it sank.3 And rose.", "It sank. It rose in 1914. Then it sank. And rose."),
        ("It sank.1 It rose.2 One page on.1 And on.2 The end.", "It sank. It rose. One page on. And on. The end."),
        ("It sank.14 It rose.15 It swam.16 It flew.", "It sank. It rose. It swam. It flew."),
        ("It sank.[1] It rose.[2] It swam.", "It sank.[1] It rose.[2] It swam."),
    ],
)
def test_footnote_marks_that_count_are_left_out(raw: str, text: str) -> None:
    """Glued to a stop, a quote or a bracket, raised or behind a year: whatever keeps the count, on one page or on each."""
    assert text == text_of(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "In version 2.3 The board changed its mind.",
        "It grew by 0.4 metres.",
        "It ended in 1914.5 Then nothing.",
        "See No.1 The second is lost.",
        "See vol.1 and p.2 of it.",
        "The ’90 harvest and the ’45 one were lost.",
        "At 10:30 they came,5 they said.",
        "It cost 1,000 pounds.",
        "The parts add up to 51.2, and the whole to 49.7 in all.",
    ],
)
def test_digits_that_keep_no_count_are_the_authors(raw: str) -> None:
    """Versions, decimals, years, times and numbered things stay, digit by digit."""
    assert raw == text_of(raw)


def test_two_readings_of_a_digit_are_settled_by_the_count() -> None:
    """With notes 1, 2 and 4 around it, "2.3 The" is still a version: the third note stands behind a word."""
    raw = "It sank.1 It rose.2 In version 2.3 The board slept.3 It woke.4 The end."

    assert text_of(raw) == "It sank. It rose. In version 2.3 The board slept. It woke. The end."


def wrapped(*lines: str) -> str:
    """A paragraph of full lines, so that the document counts as wrapped."""
    full = ["The pilots of the sound kept a ledger of the winds and tides,"] * 4
    return "\n".join([*full, *lines])


@pytest.mark.parametrize(
    ("line_end", "healed"),
    [("infor-\nmation", "information"), ("bet-\nter", "better"), ("histo-\nrians", "historians"), ("carr-\nied", "carried")],
)
def test_a_broken_word_is_healed(line_end: str, healed: str) -> None:
    """Where a half is no word, or the whole is far commoner than its halves, the hyphen is the printer's."""
    assert healed in text_of(wrapped(f"and nobody said {line_end} at all.")).split()


@pytest.mark.parametrize(
    ("line_end", "kept"),
    [
        ("well-\nknown", "well-known"),
        ("cut-\noff", "cut-off"),
        ("2009-\n2010", "2009-2010"),
        ("out-of-\narea", "out-of-area"),
        ("mid- and\nlong-term", "mid- and long-term"),
        ("mid-\nand long-term", "mid- and long-term"),
        ("Euro-\nAtlantic", "Euro-Atlantic"),
        ("rain -\nand snow", "rain - and snow"),
    ],
)
@pytest.mark.parametrize("beside", ["", " Nobody gave infor-\nmation about it."])
def test_a_hyphen_of_the_author_stays(line_end: str, kept: str, beside: str) -> None:
    """Compounds, spans of years and left-out halves keep their hyphen, also in a document whose words are broken."""
    assert kept in text_of(wrapped(f"and nobody saw the {line_end} line.{beside}"))


def test_the_documents_own_spelling_decides() -> None:
    """A compound that stands in the middle of a line elsewhere is not healed; a word written whole elsewhere is."""
    spelt = "Nobody will co-operate. Nobody stood with-out hope or without fear. Give infor-\nmation, co-\noperate, with-\nout."

    assert text_of(wrapped(spelt)).endswith("Give information, co-operate, with-out.")


def test_soft_hyphens_go_wherever_they_are() -> None:
    """A soft hyphen only says where a word may be broken; it is dropped, and the word is one."""
    passage = extract(source(), "The infor\u00admation was lost.", zipf)[0][0]

    assert passage.text == "The information was lost."
    assert [d.reason for d in passage.dropped] == ["line_hyphen"]
