"""The forms of historical dates that natobot uses."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natobot.dates import is_edtf, precision


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("1949", "year"),
        ("2014-03", "month"),
        ("2001-09-11", "day"),
        ("199X", "decade"),
        ("2004/2014", "range"),
        ("2012-02-29", "day"),
        ("2014-03/2014-04-05", "range"),
    ],
)
def test_each_form_knows_its_precision(text: str, how: str) -> None:
    """A year, a month, a day, a decade and an interval are told apart."""
    assert is_edtf(text)
    assert how == precision(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "49",
        "0000",
        "2014-13",
        "2013-02-29",
        "2014-3",
        "2014-03-08T10:00",
        "8 July 2014",
        "1990s",
        "19XX",
        "2014/2004",
        "2004/2014/2020",
        "2004/",
        "/2014",
        "2014\n",
        "١٩٤٩",
        "199x",
    ],
)
def test_other_forms_are_refused(text: str) -> None:
    """Impossible days, half intervals, other digits and free text are no dates."""
    assert not is_edtf(text)


@given(st.dates())
def test_every_day_is_a_date_of_day_precision(day: datetime.date) -> None:
    """Whatever the calendar holds can be written."""
    assert is_edtf(day.isoformat())
    assert precision(day.isoformat()) == "day"
