"""Lines become paragraphs: where one ends, what belongs to a list or a quotation, and what is between."""

import pytest

from natobot.clean import clean
from natobot.extract import extract
from typesetter import source, zipf

LINES = [
    "The pilots of the sound kept a ledger of the winds and of the tides,",
    "and they kept it in pencil. Nobody paid them for it. When the office",
    "closed, the ledgers were about to be burned, and only the caretaker",
    "objected. What they show is simple enough to state, and hard to use.",
]


def paragraphs(raw: str) -> list[str]:
    """The words of each paragraph, with its furniture left out."""
    cleaned = clean(raw, [], zipf)
    return [" ".join(" ".join(raw[s.start : s.end] for s in p.spans).split()) for p in cleaned.paragraphs]


def test_lines_without_a_gap_are_one_paragraph() -> None:
    """Wrapped text runs on to the next blank line; a blank line in the middle of a sentence ends nothing."""
    whole = " ".join(LINES)

    assert paragraphs("\n".join(LINES)) == [whole]
    assert paragraphs("\n".join([*LINES[:2], "", *LINES[2:]])) == [whole]
    assert paragraphs("\n".join([*LINES, "", *LINES])) == [whole, whole]


def test_half_sentences_do_not_meet_over_a_caption() -> None:
    """A line without a stop, a caption and a new sentence are not one sentence; small letters go on where they left off."""
    caption = "The harbour in 1908. Photo: Provincial Archive"
    letter = (
        "She wrote to the board that nothing was lost, and that nothing would be found, if they went on searching like that. "
    )
    apart = [letter * 2, "These were her boats", caption, "Nobody answered. " + letter]
    joined = [letter * 2 + "And these were the boats that she", caption, "had owned. " + letter]

    assert paragraphs("\n\n".join(apart))[-1].startswith("Nobody answered.")
    assert "the boats that she had owned." in paragraphs("\n\n".join(joined))[0]


@pytest.mark.parametrize("mark", ["  ", "\t\t"])
def test_a_line_moved_in_opens_a_paragraph(mark: str) -> None:
    """Behind a stop, where no blank line is set."""
    assert len(paragraphs("\n".join([*LINES, f"{mark}Such records are rare.", *LINES[1:]]))) == 2


def test_a_short_last_line_ends_a_paragraph() -> None:
    """A line that had room for the next word was the last of its paragraph."""
    assert len(paragraphs("\n".join([*LINES, "It cannot be repeated.", *LINES]))) == 2


@pytest.mark.parametrize(
    ("raw", "items"),
    [
        (
            "Take:\n- a boat\n- a rope,\n  a long one\n- a bell.\n\nThen wait.",
            ["Take:", "a boat", "a rope, a long one", "a bell.", "Then wait."],
        ),
        ("1. Lift it.\n2. Turn it.\n3) Wait.", ["Lift it.", "Turn it.", "Wait."]),
        ("• The first is old.\n• The second is new.", ["The first is old.", "The second is new."]),
    ],
)
def test_items_of_a_list_are_paragraphs_without_their_mark(raw: str, items: list[str]) -> None:
    """Bullets and numbers that count stay outside; an item that is wrapped stays whole."""
    assert paragraphs(raw) == items


@pytest.mark.parametrize(
    "lines",
    [
        ["The office counted the boats each spring and found that there were", "45. The next year there were fewer."],
        [
            "It recorded losses of every kind in its own books at that very time",
            "- ropes, lamps and bells - and nobody",
            "complained.",
        ],
        ["45. That was the number of boats which the office had counted by then,", "and it was the last."],
        ["1914. The war began in August, and the office closed in the same week,", "for good."],
    ],
)
def test_a_number_or_a_dash_at_a_lines_edge_is_no_item(lines: list[str]) -> None:
    """It belongs to the sentence, unless something counts up with it."""
    assert paragraphs("\n".join([*LINES, "", *lines])) == [" ".join(LINES), " ".join(lines)]


def test_quoted_lines_lose_their_mark_only() -> None:
    """A quotation set with > is a paragraph; the marks inside it are dropped, also where other lines are not wrapped."""
    letter = (
        "She wrote to the board that nothing was lost, and that nothing would be found, if they went on searching like that. "
    )
    raw = letter * 2 + "\n\n> A cracked bell does not sound\n> broken.\n>\n> It sounds small.\n\nThey did not answer."
    passages, _ = extract(source(), raw, zipf)

    assert [p.text for p in passages][2:] == ["A cracked bell does not sound broken.", "It sounds small.", "They did not answer."]
    assert [d.reason for p in passages for d in p.dropped] == ["navigation"]


def test_rules_between_sections_are_no_words() -> None:
    """Stars and dashes on a line of their own separate; they are not offered."""
    for rule in ("***", "* * *", "-----", "=====", "~~~"):
        assert paragraphs("\n".join([*LINES, "", rule, "", *LINES])) == [" ".join(LINES)] * 2


@pytest.mark.parametrize(
    ("raw", "glued"),
    [
        ("It rained,and it snowed.The ferry,the bell,the rope:all were lost.Nobody came;nobody went.", True),
        ("It rained, and it snowed. The ferry, the bell, the rope: all were lost. Nobody came; nobody went.", False),
        ("Write to a.example, b.example, c.example, d.example, e.example or f.example. Nobody reads it.", False),
        ("The U.S., the U.K., the U.N., the E.U., the A.U. and e.g. the O.A.S. met. Nobody came.", False),
        ("See https://a.example/b.html and http://c.example/d.html?e=f.g for more. Or ask.", False),
    ],
)
def test_missing_spaces_are_told_from_names_with_stops(raw: str, glued: bool) -> None:
    """Only a text that lacks the spaces throughout gets them; host names, addresses and initials prove nothing."""
    assert clean(raw, [], zipf).glued == glued
    assert clean(raw * 3, [], zipf).glued == glued


@pytest.mark.parametrize("raw", ["", "\n\n", "\ufeff", " \t\r\n\f", "***\n", "12\n"])
def test_a_text_without_words_gives_nothing_worse_than_nothing(raw: str) -> None:
    """Blank files, rules and lone numbers: no error, and no paragraph without a letter or a digit."""
    assert all(any(c.isalnum() for c in words) for words in paragraphs(raw))
