"""Headings, bylines, data and pull quotes: what stands between paragraphs and is not one."""

import pytest

from natobot.extract import extract
from typesetter import AUTHOR, CONTAINER, TITLE, source, zipf

BODY = [
    "The ferry between the two halves of Lowmere has not missed a crossing since the spring of 1978. The reason is a woman.",
    "She owns the boat, and she owns the slip on either side. A bridge, she says, is for those who have somewhere to go.",
    "The council that ordered the gravel blamed the tide. It is the only thing on which it has ever been known to agree.",
    "There are now fifty-two notebooks. A university has asked for them, and it was told that they are not finished yet.",
]


def cut(*lines: str, **known: object) -> tuple[list[str], list[str | None], dict[str, int]]:
    """Texts and sections of a document's passages, and what was set aside."""
    passages, cleaned = extract(source(**known), "\n".join(lines) + "\n", zipf)
    return [p.text for p in passages], [p.section for p in passages], dict(cleaned.set_aside)


PLAIN = cut(*BODY)[0]


@pytest.mark.parametrize(
    "quote",
    [
        "A bridge, she says, is for those who have somewhere to go.",
        "“A bridge is for those who have somewhere to go.”",
        "A bridge, she says, is for those who have some-where to go",
        f"A bridge, she says, is for those who have somewhere to go {AUTHOR}",
        "…is for those who have somewhere to go",
    ],
)
@pytest.mark.parametrize("place", [1, 3])
def test_a_pull_quote_is_dropped_before_and_behind_what_it_repeats(quote: str, place: int) -> None:
    """It may leave out "she says", heal or break a word, begin in the middle, and carry the author's name."""
    texts, _, aside = cut(*BODY[:place], quote, *BODY[place:])

    assert texts == PLAIN
    assert aside == {"pull_quote": 1}


def test_a_sentence_of_its_own_that_comes_back_is_a_refrain() -> None:
    """The same short paragraph twice is the author's, since nothing longer holds its words."""
    refrain = "It was a strange year for all of us."
    texts, _, aside = cut(BODY[0], refrain, BODY[1], refrain, BODY[2])

    assert texts.count(refrain) == 2
    assert aside == {}


def test_a_short_paragraph_with_other_words_stays() -> None:
    """A narrow paragraph about the same things is no pull quote."""
    for own in ("A bridge is for those who have nobody to meet.", "The council that ordered the bread blamed the tide."):
        assert own in cut(*BODY[:2], own, *BODY[2:])[0]


@pytest.mark.parametrize(
    "heading", ["WHAT SHE OWNS", "What she owns", "1. What she owns", "## What she owns", "Of Boats and Books"]
)
def test_a_heading_is_the_section_of_what_follows(heading: str) -> None:
    """Shouted, short, numbered or marked: it is not offered, and what follows knows it."""
    texts, sections, _ = cut(*BODY[:2], "", heading, "", *BODY[2:])

    assert texts == PLAIN
    assert sections == [None] * 4 + [heading.lstrip("# ")] * 4


@pytest.mark.parametrize(
    "line",
    [
        "The harbour master wrote:",
        "Who pays for the bridge?",
        "“Nobody, as far as I know”",
        "and nobody else in the town",
        "- the boat, the bell and the rope",
    ],
)
def test_a_short_line_that_is_no_heading_is_offered(line: str) -> None:
    """A line that announces, asks, quotes, goes on or lists is the author's."""
    texts, sections, _ = cut(*BODY[:2], "", line, "", *BODY[2:])

    assert line.removeprefix("- ") in " ".join(texts)
    assert set(sections) == {None}


@pytest.mark.parametrize(
    "top", [[AUTHOR], [TITLE, "", f"By {AUTHOR}"], [TITLE.upper(), AUTHOR, "3 May 2019"], [f"# {TITLE}", "", CONTAINER]]
)
def test_title_author_and_date_at_the_top_are_no_sentences(top: list[str]) -> None:
    """They are known from the list of sources already."""
    texts, sections, aside = cut(*top, "", *BODY)

    assert texts == PLAIN
    assert set(sections) == {None}
    assert set(aside) == {"byline"}


def test_data_at_the_top_is_no_prose() -> None:
    """Front matter and the head of a letter: keys with values, each key once."""
    texts, _, aside = cut("---", "title: The Ferry", "tags: boats, bells", "lang: en", "---", "", *BODY)

    assert texts == PLAIN
    assert aside == {"navigation": 5}


def test_a_dialogue_at_the_top_is_prose() -> None:
    """Names with colons come back and say sentences; data does neither."""
    talk = ["Ada: Is it running?", "Teo: It is.", "Ada: Then wait for me."]

    assert cut(*talk, "", *BODY)[0] == [*talk, *PLAIN]


@pytest.mark.parametrize(
    ("last", "role"),
    [
        (f"{AUTHOR} is a former tide gauge reader and the author of two books.", "quoted"),
        (f"{AUTHOR} writes about water. She lives in Merrow.", "quoted"),
        (f"{AUTHOR} was asked the same question in 1978, and she said no.", "author"),
        (f"{TITLE} is a book that nobody has read.", "author"),
        (f"{CONTAINER} is the name of the boat.", "author"),
    ],
)
def test_the_last_paragraph_may_say_who_the_author_is(last: str, role: str) -> None:
    """A biography is the publisher's; a sentence that only begins with a name is not."""
    passages, _ = extract(source(), "\n\n".join([*BODY, last]), zipf)

    assert {p.role for p in passages[len(PLAIN) :]} == {role}
    assert {p.role for p in passages[: len(PLAIN)]} == {"author"}
