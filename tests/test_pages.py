"""Page furniture: what a press prints on every page, and body lines that only look like it."""

import pytest

from natobot.extract import extract
from typesetter import source, zipf

BODY = [
    "The reading room has had the same rule since 1904, and nobody knows",
    "why it was made or who was the first to break it. It is a good rule.",
    "The clock stands in the cellar, where it still runs, and the keeper of",
    "the key winds it every Sunday. No visitor has ever asked to see it.",
    "The students came in 2016 and asked two hundred readers to remember",
    "what they had read. The difference was small but it was in favour of",
    "the cellar. The town has put up a sign.",
]


def cut(*lines: str, **known: object) -> tuple[list[str], list[int | None], dict[str, int]]:
    """Texts and pages of a document's passages, and what was set aside."""
    passages, cleaned = extract(source(**known), "\n".join(lines) + "\n", zipf)
    return [p.text for p in passages], [p.page for p in passages], dict(cleaned.set_aside)


PLAIN = cut(*BODY)[0]


def test_a_browsers_header_and_footer_are_set_aside() -> None:
    """Date and title above, address and page of pages below, in the middle of sentences."""
    head = "12/05/2019, 14:33 No Clocks in Varn - The Varn Letter"
    foot = ["", "https://letter.example/no-clocks 1/3", head, ""]
    pages = [head, "", *BODY[:3], *foot, *BODY[3:6], *(line.replace("1/3", "2/3") for line in foot), *BODY[6:]]
    texts, numbers, aside = cut(*pages)

    assert texts == PLAIN
    assert numbers == [1, 1, 1, 2, 2, 2, 3]
    assert aside == {"print_line": 3, "running_head": 2}


def test_heads_without_blank_lines_are_found_by_their_number() -> None:
    """A line that comes back with a number that counts up is a head, however tight it stands."""
    texts, numbers, _ = cut(*BODY[:3], "Coastal Letters 8", *BODY[3:5], "Coastal Letters 9", *BODY[5:])

    assert texts == PLAIN
    assert numbers == [7, 7, 7, 8, 8, 9, 9][: len(numbers)]


def test_roman_pages_are_set_aside_and_not_counted() -> None:
    """Front matter has page numbers, but a page is a number here."""
    texts, numbers, aside = cut(*BODY[:3], "", "xii", "", *BODY[3:5], "", "xiii", "", *BODY[5:6], "", "xiv", "", *BODY[6:])

    assert texts == PLAIN
    assert set(numbers) == {None}
    assert aside == {"page_number": 3}


def test_without_a_sign_of_head_or_foot_a_page_stays_unknown() -> None:
    """A number between two pages may end the one or begin the other; a wrong page is worse than none."""
    _, numbers, _ = cut(*BODY[:3], "", "12", "", *BODY[3:5], "", "13", "", *BODY[5:])

    assert set(numbers) == {None}


@pytest.mark.parametrize(
    "lines",
    [
        ["By Monday the harbour was full of ships that had come from the south", "and nobody knew where to put them."],
        ["They were told so in a notice that the harbour office had", "printed by hand on 3/4/1999, 12:30 and", "taken down."],
        ["The office counted the boats every spring and found that there were", "45. The next year there were fewer."],
        ["The storm had taken twelve boats that nobody had paid for", "12 boats and the bank had", "14 boats of others."],
        ["These were the days on which the boats came in:", "", "Monday 12", "Tuesday 14", "Monday 16", "", "It rained."],
        ["The board keeps the rules of the harbour in a book", "Harbour Law 12 and nobody", "has ever read it."],
    ],
)
def test_body_lines_that_look_like_page_furniture_stay(lines: list[str]) -> None:
    """Numbers, dates and "printed by" at the edge of a line are words of the sentence they stand in."""
    texts, _, _ = cut(*BODY, "", *lines)

    assert " ".join(" ".join(lines).split()) in " ".join(texts)


@pytest.mark.parametrize("label", ["CHAPTER {}", "{}", "19{}", "Part {}"])
def test_numbered_parts_and_years_are_headings(label: str) -> None:
    """Numbers that count up over closed paragraphs number the parts of a text: no pages come of them."""
    parts = [line for n in (11, 12, 13) for line in (label.format(n), "", *BODY[:2], "")]
    texts, numbers, aside = cut(*parts)

    assert texts == PLAIN[:2] * 3
    assert set(numbers) == {None}
    assert aside == {"heading": 3}


def test_a_clause_that_is_repeated_whole_is_no_running_head() -> None:
    """Contracts repeat paragraphs word for word; lines that come back with their neighbours are body."""
    clause = [
        "Nothing in this part shall be read as if the keeper or his heirs",
        "held the lamp of the harbour or",
        "of the sound.",
    ]
    texts, _, aside = cut(
        *[line for k in range(4) for line in (f"The {k + 7}th part begins here and it ends below.", *clause, "")]
    )

    assert sum("held the lamp of the harbour or of the sound." in text for text in texts) == 4
    assert aside == {}
