"""Dated statements as a calendar file, read back by a library as calendar programs read it."""

import datetime
import re

import icalendar
import pytest
import recurring_ical_events
from click.testing import CliRunner

from natobot.bot import Natobot
from natobot.cli import main


@pytest.fixture(scope="module")
def text(bot: Natobot) -> str:
    """The calendar of the shipped documents."""
    return bot.calendar()


def entries(text: str) -> list[icalendar.Event]:
    """The entries of a calendar."""
    return [each for each in icalendar.Calendar.from_ical(text).walk("VEVENT") if isinstance(each, icalendar.Event)]


def test_a_calendar_is_well_formed(text: str) -> None:
    """Lines end and are folded as the format wants, no entry has a fault, and each has a name of its own."""
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert not re.search(r"(?<!\r)\n", text)
    found = entries(text)
    assert [each.errors for each in found if each.errors] == []
    assert len({str(each["UID"]) for each in found}) == len(found)


def test_every_dated_statement_is_in_it(bot: Natobot, text: str) -> None:
    """Each has its sentence and its citation in the description; none is left out, and the same is not in it twice."""
    stated = {(event.source, event.passage, event.date) for event in bot.store.events() if event.date}
    found = entries(text)
    assert len(found) == len(stated)
    described = [str(each["DESCRIPTION"]) for each in found]
    for event in bot.store.events():
        if event.passage:
            words = bot.passage(event.passage).text
            assert any(words in each and "para." in each.rpartition("—")[2] for each in described)


def test_precision_is_not_raised(bot: Natobot, text: str) -> None:
    """A day is a day, a month covers the month, a year the year, a decade all ten years; only days return."""
    spans = {
        (each.start.isoformat(), (each.end - datetime.timedelta(days=1)).isoformat(), "RRULE" in each) for each in entries(text)
    }
    assert ("2001-09-11", "2001-09-11", True) in spans
    assert ("2014-03-01", "2014-03-31", False) in spans
    assert ("1949-01-01", "1949-12-31", False) in spans
    assert ("1990-01-01", "1999-12-31", False) in spans
    assert ("2004-01-01", "2014-12-31", False) in spans


def test_a_day_returns_every_year(text: str) -> None:
    """A program that shows 2027 shows what is dated to days on these days, and nothing else."""
    shown = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between((2027, 1, 1), (2028, 1, 1))
    days = {each["DTSTART"].dt for each in shown}
    assert days == {datetime.date(2027, 9, 11), datetime.date(2027, 7, 8)}


def test_the_calendar_is_the_same_every_time(bot: Natobot, text: str) -> None:
    """It holds nothing of when it was written."""
    assert bot.calendar() == text


def test_the_command_prints_it(text: str) -> None:
    """``export events --format ics`` prints the file; other kinds have none, and say so."""
    result = CliRunner().invoke(main, ["export", "events", "--format", "ics"])
    assert result.exit_code == 0
    assert result.stdout_bytes.decode() == text
    wrong = CliRunner().invoke(main, ["export", "terms", "--format", "ics"])
    assert (wrong.exit_code, wrong.stderr.splitlines()[0]) == (
        2,
        "natobot: --format ics is for events. See `main export --help`.",
    )
