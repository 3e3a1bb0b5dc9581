"""``figures`` and ``numerals``: the numbers of a source and what they count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natobot.figures import figures
from natobot.numerals import numerals
from prose import cut, prose


def counted(text: str) -> list[tuple[float, str | None, str | None]]:
    """Value, unit and date of every figure."""
    return [(f.value, f.unit, f.as_of) for f in figures(*prose(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The lake holds 1,250 fish ponds.", [1250.0]),
        ("twenty-one whales and one hundred and five seals", [21.0, 105.0]),
        ("a dozen bears, three dozen hares", [12.0, 36.0]),
        ("2.5 million visitors spent $1.2 billion", [2.5e6, 1.2e9]),
        ("a sum of €3bn and 40k jobs", [3e9, 4e4]),
        ("two thirds of the votes, one-third, half of it", [0.666667, 0.333333, 0.5]),
        ("two thousand three hundred sheep", [2300.0]),
    ],
)
def test_values(text: str, expected: list[float]) -> None:
    """Digits, words, scales, sums and shares are worth what they say."""
    assert expected == [n.value for n in numerals(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Article 7, sections 3 and 4, page 12, Resolution 1973",
        "the F-16, the G7, 28+n, 24/7, at 10:30",
        "the 21st century and the 3rd place",
        "One could see one of them.",
        "1. The harbour",
        "Two, the harbour must grow.",
        "call 978-0-306-40615-7",
        "The Comet 11 crew",
        "The two met again. These two are friends.",
    ],
)
def test_what_counts_nothing(text: str) -> None:
    """Labels, names, ordinals, times, "one", list openers, serial numbers and pronouns are no figures."""
    assert counted(text) == []


def test_dates_are_no_figures() -> None:
    """Years, days and decades are left to the events."""
    assert counted("In 1901, three piers stood; on 4 May 1999, in the 1990s, none did.") == [(3.0, "piers", "1901")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("three essential core tasks remain", "tasks"),
        ("sixteen guild allies by the sea", "allies"),
        ("a 28-member guild", "member"),
        ("9.4 percent of the catch", "percent"),
        ("40% of the catch", "%"),
        ("$12 a head", "$"),
        ("three “core tasks” of the guild", "tasks"),
        ("it ran 10 km on", "km"),
        ("two of the three dams", "dams"),
        ("the number of sheep dogs fell to 45", "dogs"),
        ("40 people drowned", "people"),
        ("140,000 troops", "troops"),
    ],
)
def test_units(text: str, expected: str) -> None:
    """A unit is the noun, sign or measure that the number counts in."""
    assert expected == figures(*prose(text))[0].unit


def test_a_bare_number_goes_on_counting() -> None:
    """Numbers that continue a list take the unit of the first, each with the date of its own clause."""
    text = "The guild grew by three villages in 1899, seven in 1904, and an additional two in 1909."
    assert counted(text) == [(3.0, "villages", "1899"), (7.0, "villages", "1904"), (2.0, "villages", "1909")]


def test_joined_numbers_share_their_noun() -> None:
    """ "two or three ships" and "30-40 guns" are two figures each, of ships and guns."""
    expected = [(2.0, "ships"), (3.0, "ships"), (30.0, "guns"), (40.0, "guns")]
    assert expected == [(v, u) for v, u, _ in counted("They lost two or three ships and 30-40 guns.")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("By 1915 there were 28 piers.", "1915"),
        ("The guild held 40 piers in March 1914.", "1914-03"),
        ("In 1903 it took the pier, which grew to 140 stalls.", None),
        ("It has kept four ferries since 1916.", None),
        ("Four ferries ran; in 1916 the mill burned.", None),
    ],
)
def test_as_of(text: str, expected: str | None) -> None:
    """A figure holds for the date of its own clause, not for one it only comes after."""
    assert expected == figures(*prose(text))[0].as_of


def test_as_of_the_sentence_before() -> None:
    """ "At this point" points at the date of the sentence before in the same paragraph."""
    text = "In 1910 the guild met. At this point it had 14 ferries."
    assert counted(text) == [(14.0, "ferries", "1910")]


def test_spans_hold_number_and_unit() -> None:
    """The place of a figure is the number with its unit, as the file breaks its lines."""
    source, passages, raw = prose("It grew to a guild of 140\nferries on the river.")
    (only,) = figures(source, passages, raw)
    assert (cut(raw, only.spans), only.of) == ("140 ferries", "ferries on the river")


@given(st.text(st.sampled_from("0123456789 -–/.,%$€’“onetwhuradmilxyz\n"), min_size=1, max_size=80))
def test_figures_are_sound(text: str) -> None:
    """Whatever the text: a figure is a finite number with a place, and says what it is of."""
    source, passages, raw = prose(text)
    for figure in figures(source, passages, raw):
        assert abs(figure.value) < 1e40
        assert figure.of
        assert cut(raw, figure.spans)
