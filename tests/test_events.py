"""``events``: the dated statements of a source."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natobot.dates import is_edtf, precision
from natobot.events import events
from prose import cut, prose


def told(text: str, issued: str | None = None) -> list[tuple[str | None, str]]:
    """Date and words of every event but the publication."""
    return [(e.date, e.date_words) for e in events(*prose(text, issued)) if e.passage]


def test_several_dates_in_a_sentence() -> None:
    """Each date of a sentence is an event of its own, with its own place."""
    source, passages, raw = prose("The town built three piers in 1899, seven in\n1904, and\ntwo more in 1909.")
    found = events(source, passages, raw)
    assert [e.date for e in found] == ["1899", "1904", "1909"]
    assert [cut(raw, e.spans) for e in found] == ["1899", "1904", "1909"]
    assert {"t/0"} == {e.passage for e in found}


def test_precision_follows_the_date() -> None:
    """Day, month, year, decade and range are told apart."""
    found = events(*prose("It opened on 4 May 1901, closed in June 1902, in 1904, the 1910s, and was lost in 1914-1918."))
    assert [e.precision for e in found] == ["day", "month", "year", "decade", "range"]


def test_publication_comes_first_with_the_words_of_the_file() -> None:
    """The source's own date is an event without a passage; its words are the file's, where the file has them."""
    source, passages, raw = prose("The pier burned.\n\nPublished on Jul 8, 2014", "2014-07-08")
    first = events(source, passages[:1], raw)[0]
    assert (first.passage, first.date, first.date_words) == (None, "2014-07-08", "Jul 8, 2014")
    assert cut(raw, first.spans) == "Jul 8, 2014"


def test_publication_without_words() -> None:
    """Where the file does not show the date, there is no place to point at."""
    (only,) = events(*prose("The pier burned.", "2014-07-08"))
    assert (only.date, only.spans) == ("2014-07-08", ())


def test_a_month_is_resolved_by_the_same_happening() -> None:
    """A month without a year takes it from the sentence that dates the same happening, and names that sentence."""
    text = "At the Westrow Fair in late June 1922 the mayor spoke.\n\nThe prize given at the fair in Westrow last June was lost."
    last = events(*prose(text))[-1]
    assert (last.date, last.date_words, last.anchor) == ("1922-06", "last June", "t/0")


def test_a_month_takes_the_year_its_happening_is_named_by() -> None:
    """The year may stand with the happening alone ("the flood of 1755")."""
    text = "The Oldport flood of 1755 shook the coast.\n\nIn November, the Oldport flood reached the mill at Oldport Hill."
    last = events(*prose(text))[-1]
    assert (last.date, last.anchor) == ("1755-11", "t/0")


@pytest.mark.parametrize(
    "text",
    [
        # Another place.
        "The Oldport meeting in April 1903 failed.\n\nIn April, the Westrow meeting of the Guild met again.",
        # Two years fit.
        "The Guild met at the Westrow meeting in May 1901. The Westrow meeting in May 1903 was small.\n\nIn May the Westrow"
        " meeting heard the Guild.",
        # The paragraph tells of another year.
        "The Westrow meeting in May 1901 heard the Guild.\n\nIn March 1907 the Guild wrote. In May, the Westrow meeting of the"
        " Guild voted.",
        # Nothing to go by.
        "In May the mill closed.",
    ],
)
def test_a_doubtful_month_stays_open(text: str) -> None:
    """Another place, two years that fit, a story of another year, or nothing to go by: no date is invented."""
    last = events(*prose(text))[-1]
    assert (last.date, last.anchor, last.precision) == (None, None, "month")


def test_a_month_is_resolved_by_the_day_of_issue() -> None:
    """A month is told from the source's own date, by the clause it stands in."""
    text = (
        "The fair will be held in Oldport in September. The talks, which began in January, will end. The lake froze in October."
    )
    assert told(text, "2014-07-08") == [("2014-09", "September"), ("2014-01", "January"), (None, "October")]


def test_a_month_of_an_old_story_is_not_of_the_year_of_issue() -> None:
    """Behind "in May 1901" a bare month is not dated by when the source came out."""
    assert told("In May 1901 they met. In June they parted.", "2014-07-08") == [("1901-05", "May 1901"), (None, "June")]


def test_a_year_in_a_name_counts_unless_it_is_a_goal() -> None:
    """The year that names a document is an event; one later than the source can know is only a name."""
    text = "The 1998 Harbour Plan was renewed in 2001. Oldport 2030 is a programme, and so is the Agenda 2050 of Westrow."
    assert told(text) == [("1998", "1998"), ("2001", "2001")]


@given(st.text(st.sampled_from("0123456789 -–/.,’sMayJunetohdrf4lJ\n“”(SummitinOslo"), min_size=1, max_size=120))
def test_events_are_sound(text: str) -> None:
    """Whatever the text: dates are EDTF with their precision, and the spans hold the words of the date."""
    source, passages, raw = prose(text, "2014-07-08")
    for event in events(source, passages, raw):
        assert event.date is None or (is_edtf(event.date) and precision(event.date) == event.precision)
        if event.passage:
            assert "".join(event.date_words.split()) == "".join(cut(raw, event.spans).split())
