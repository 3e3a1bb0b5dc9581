"""``datewords``: the words of English prose that state a date."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natobot.dates import is_edtf
from natobot.datewords import find, told_from


def dates(text: str) -> list[tuple[str, str | None]]:
    """The words of each date, and the date."""
    return [(text[m.start : m.end], m.date) for m in find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The pier burned on September 11, 1901 at noon.", [("September 11, 1901", "1901-09-11")]),
        ("On 4 April 1949 it rained.", [("4 April 1949", "1949-04-04")]),
        ("On the 4th of April 1949 it rained.", [("4th of April 1949", "1949-04-04")]),
        ("PUBLISHED JULY 8, 2014", [("JULY 8, 2014", "2014-07-08")]),
        ("Since 9/11 flights are watched.", [("9/11", "2001-09-11")]),
        ("Stamped 2014-07-08.", [("2014-07-08", "2014-07-08")]),
        ("In March 2014 the dam broke.", [("March 2014", "2014-03")]),
        ("By late June 2022 it was dry.", [("late June 2022", "2022-06")]),
        ("in the spring of 2014", [("spring of 2014", "2014")]),
        ("the early 1990s and the 2000s", [("early 1990s", "199X"), ("2000s", "200X")]),
        ("back in the ’80s", [("’80s", "198X")]),
        ("by the year 2100", [("2100", "2100")]),
    ],
)
def test_single_dates(text: str, expected: list[tuple[str, str | None]]) -> None:
    """Days, months, years and decades in the ways English writes them."""
    assert expected == dates(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("For a decade, 2004-2014, it led.", [("2004-2014", "2004/2014")]),
        ("in 2009–10 and 1914-18", [("2009–10", "2009/2010"), ("1914-18", "1914/1918")]),
        ("from 1991 to 1999", [("1991 to 1999", "1991/1999")]),
        ("between 1994 and 1996", [("1994 and 1996", "1994/1996")]),
        ("from 28 to 30 June 2022", [("28 to 30 June 2022", "2022-06-28/2022-06-30")]),
        ("June 28 – July 5, 2014", [("June 28 – July 5, 2014", "2014-06-28/2014-07-05")]),
        ("between March and May 2014", [("March and May 2014", "2014-03/2014-05")]),
    ],
)
def test_ranges(text: str, expected: list[tuple[str, str | None]]) -> None:
    """What "to", a dash or "between" joins is one range."""
    assert expected == dates(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in 1994 and 1996", ["1994", "1996"]),
        ("three in 1999, seven in 2004, and two in 2009", ["1999", "2004", "2009"]),
        ("in March and April 2014", ["2014-03", "2014-04"]),
        ("on 29 and 30 June 2022", ["2022-06-29", "2022-06-30"]),
    ],
)
def test_lists_are_kept_apart(text: str, expected: list[str]) -> None:
    """Dates in a list are dates of their own; months and days take the year they share."""
    assert expected == [date for _, date in dates(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Resolution 1973 and resolutions 1368 and 1373 were adopted",
        "some 2000 troops and 1500 men",
        "it cost $2000 and weighed 1.1999 or 2,000 grams",
        "on page 1999, in the F-2000, see https://example.org/2014/07/x-2015.html",
        "we may march; the mayor, April Oldport, may not",
        "31 February or 45 June",
        "two decades ago, in the 21st century",
    ],
)
def test_what_only_looks_like_a_date(text: str) -> None:
    """Counts, numbers of resolutions, sums, addresses, verbs and names are no dates."""
    assert dates(text) == []


def test_an_open_year_stays_open() -> None:
    """A month without a year has no date of its own, but says its month and which one is meant."""
    one, two, three = find("It closed last June, opens in September and was planned this May.")
    assert [(m.date, m.month, m.shift) for m in (one, two, three)] == [(None, 6, "last"), (None, 9, ""), (None, 5, "this")]


@pytest.mark.parametrize(
    ("words", "ahead", "expected"),
    [
        ("last June", False, "2014-06"),
        ("last July", False, "2013-07"),
        ("last September", False, "2013-09"),
        ("next March", False, "2015-03"),
        ("this September", False, "2014-09"),
        ("in June", False, "2014-06"),
        ("in September", True, "2014-09"),
        ("in September", False, None),
        ("in March", True, "2015-03"),
        ("on July 4", False, "2014-07-04"),
        ("last year", False, "2013"),
        ("next month", False, "2014-08"),
        ("yesterday", False, "2014-07-07"),
    ],
)
def test_told_from_the_day_of_issue(words: str, ahead: bool, expected: str | None) -> None:
    """A date without a year as a text of 8 July 2014 means it; null where it could be another year."""
    (mention,) = find(f"It was {words}.")
    assert expected == told_from("2014-07-08", mention, ahead=ahead)


@given(st.text(st.sampled_from("0123456789 -–/.,’sMayJunetohdrf4lJ"), max_size=60))
def test_every_date_is_edtf(text: str) -> None:
    """Whatever the text, a date found is a valid one, and its words lie in the text in order."""
    found = find(text)
    assert all(m.date is None or is_edtf(m.date) for m in found)
    assert all(0 <= m.start < m.end <= len(text) for m in found)
    assert [m.start for m in found] == sorted(m.start for m in found)
