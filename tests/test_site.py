"""Saved web pages: the article stays whole, the frame goes."""

import pytest

from natobot.extract import extract
from typesetter import AUTHOR, TITLE, source, zipf

PARAGRAPHS = [
    "The keepers of the sea move their hives by night, because bees that cannot see do not fly, and every stop is late.",
    "What has changed is the flowering. Heather that opened in August now opens in July, and the limes are over before it.",
    "The answer has been to share. Since 2011 they have kept a common calendar, in which each of them enters what is in bloom.",
    "Whether a calendar can outrun a warming mountain is another matter. Above the heather there is only stone.",
]
FRAME = ["Skip to content", "Menu", "Search", "", TITLE, "", f"By {AUTHOR}", "3 May 2019", ""]
FOOT = ["", "Comments (0)", "", "© 2019 Coastal Quarterly. All rights reserved."]


def cut(*middle: str) -> list[str]:
    """The texts of a page with these lines between the frame and the foot."""
    return [p.text for p in extract(source(), "\n".join([*FRAME, *middle, *FOOT]), zipf)[0]]


WHOLE = cut("\n\n".join(PARAGRAPHS))


def test_the_article_is_kept_whole() -> None:
    """Every sentence of the article, and nothing of the frame."""
    assert [p.text for p in extract(source(), "\n\n".join(PARAGRAPHS), zipf)[0]] == WHOLE


@pytest.mark.parametrize(
    "box",
    [
        ["Advertisement"],
        ["Newsletter", "The best of our stories, every Saturday, free.", "Your email address", "Subscribe"],
        ["Related stories", "", "The last eel fishers", "Six families still set traps in the delta."],
        ["Read more: The last eel fishers"],
        ["Share on Letters", "Copy link"],
    ],
)
@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_box_in_the_middle_does_not_end_the_article(box: list[str], place: int) -> None:
    """Boxes, buttons and advertisements are taken out wherever they stand; the paragraphs around them stay."""
    lines = [line for k, paragraph in enumerate(PARAGRAPHS) for line in ([*box, ""] if k == place else []) + [paragraph, ""]]

    assert cut(*lines) == WHOLE


def test_what_follows_the_article_is_not_offered() -> None:
    """Other stories have sentences too, and even whole paragraphs."""
    more = [
        "More from the letters",
        "",
        "The salt that came back",
        "A marsh has begun to pay its debts again, after sixty years.",
    ]

    assert cut("\n\n".join(PARAGRAPHS), "", *more) == WHOLE


def test_a_list_inside_the_article_stays() -> None:
    """Bullets with sentences are the author's; bullets with labels are menus."""
    bullets = ["• The first keeper writes down what is in bloom.", "• The second keeper waits for one more day."]
    texts = cut(*PARAGRAPHS[:2], *bullets, *PARAGRAPHS[2:])

    assert texts == [*WHOLE[:3], *(bullet[2:] for bullet in bullets), *WHOLE[3:]]


def test_a_long_sentence_that_begins_like_a_label_stays() -> None:
    """ "Search the heather for long enough" is no menu."""
    begins = (
        "Search the heather for long enough and you will find a hive that nobody remembers having moved, with its bees inside."
    )

    assert begins in cut(*PARAGRAPHS[:2], "", begins, "", *PARAGRAPHS[2:])
