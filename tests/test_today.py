"""The post of a day: what the sources date to it, never more precisely than they do, or a quotation in its turn."""

import datetime
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from little import little
from natobot.bot import Natobot
from natobot.gather import gather
from natobot.model import Event, Today
from natobot.render import today_header
from natobot.settings import Settings
from natobot.store import Knowledge, Store
from natobot.today import today
from natobot.write import write

CHRONICLE = """\
On 4 April 1949 the harbour treaty was signed in Oldport by the envoys of twelve villages. On 4 April 1999 the whole \
harbour was sold to the owner of the mill for twelve pounds.

In April 1950 the first ferry under the treaty crossed from Oldport to Westrow. In June 2001 the last one was sunk on \
purpose.

On 29 February 1952 the marsh froze over from one bank to the other.
"""
SOURCE = """\
chronicle:
  file: chronicle.txt
  title: The Chronicle
  authors: [Cy Marlow]
  issued: 2003-04-20
  container: null
  publisher: null
  url: null
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Store:
    """Three short documents with days, months and years, each with a day of publication."""
    small = little(tmp_path_factory.mktemp("today"), settings)
    (small.seeds / "chronicle.txt").write_text(CHRONICLE, "utf-8")
    sources = (small.seeds / "sources.yaml").read_text("utf-8").replace("issued: null", "issued: 1999-04-04", 1)
    (small.seeds / "sources.yaml").write_text(sources + SOURCE, "utf-8")
    folder = tmp_path_factory.mktemp("store")
    write(folder, gather(small), "x")
    return Store(folder)


def on(store: Store, date: str, channel: str = "") -> Today:
    """The post of a date."""
    return today(datetime.date.fromisoformat(date), channel, store)


def dates(found: Today) -> list[str | None]:
    """The dates of what is shown."""
    return [item.event.date if item.event else None for item in found.items]


def year(number: int) -> Iterator[datetime.date]:
    """Every day of a year."""
    day = datetime.date(number, 1, 1)
    while day.year == number:
        yield day
        day += datetime.timedelta(days=1)


def test_a_day_has_what_the_sources_date_to_it(store: Store) -> None:
    """Events of that day in any year, each with the sentence that states it."""
    found = on(store, "2026-04-04")
    assert (found.date, found.kind, dates(found)) == ("2026-04-04", "day", ["1949-04-04", "1999-04-04"])
    assert [item.snippet.passage.text[:15] for item in found.items] == ["On 4 April 1949", "On 4 April 1999"]


@pytest.mark.parametrize(("date", "expected"), [("1980-04-04", ["1949-04-04"]), ("1949-04-04", ["1949-04-04"])])
def test_a_day_knows_nothing_of_its_future(store: Store, date: str, expected: list[str]) -> None:
    """What had not happened by that date is not shown."""
    assert dates(on(store, date)) == expected


def test_before_the_first_event_there_is_none(store: Store) -> None:
    """A date before everything gets a quotation."""
    assert on(store, "1948-04-04").kind == "quotation"


def test_a_leap_day_is_shown_in_leap_years_only(store: Store) -> None:
    """29 February is not moved to another day."""
    assert dates(on(store, "2028-02-29")) == ["1952-02-29"]
    assert "1952-02-29" not in dates(on(store, "2027-02-28")) + dates(on(store, "2027-03-01"))


def test_a_day_of_publication_shows_what_was_published(store: Store) -> None:
    """On the day a document was published, a sentence of that document is shown."""
    found = on(store, "2026-04-20")
    assert (found.kind, dates(found)) == ("publication", ["2003-04-20"])
    assert [item.snippet.source.id for item in found.items] == ["chronicle"]


def test_an_event_comes_before_a_publication(store: Store) -> None:
    """Where both fall on one day, what happened is shown."""
    assert store.sources["ferry"].issued == "1999-04-04"
    assert dates(on(store, "2026-04-04")) == ["1949-04-04", "1999-04-04"]
    assert on(store, "2026-04-04").kind == "day"


def test_a_month_is_shown_as_a_month(store: Store, bot: Natobot) -> None:
    """What a source dates to a month is shown in that month and never given a day."""
    found = on(store, "2026-06-01")
    assert (found.kind, dates(found)) == ("month", ["2001-06"])
    assert today_header(found, bot.wording) == "This month in June 2001, according to the sources"


def test_each_event_of_a_month_has_one_day(store: Store) -> None:
    """Events of a month take turns; nothing is repeated day after day."""
    shown = [date for day in range(1, 31) for date in dates(on(store, f"2026-06-{day:02}"))]
    assert Counter(shown)["2001-06"] == 1


def test_a_year_alone_is_no_day(store: Store) -> None:
    """Nothing dated to a mere year is ever shown as of a day or month."""
    shown = {date for day in year(2026) for date in dates(today(day, "", store)) if date}
    assert shown
    assert all(len(date) > 4 for date in shown)


def test_every_day_has_something(bot: Natobot) -> None:
    """There is no empty post in a year, at most three items in one, and each is a sentence with its source."""
    for day in year(2026):
        found = bot.today(day, "C1")
        assert 1 <= len(found.items) <= 3, day
        assert found.date == day.isoformat()
        assert all(item.snippet.text and item.snippet.source.id for item in found.items)


def test_the_same_day_is_the_same_for_the_same_channel(bot: Natobot) -> None:
    """A post is a function of date and channel; other channels get other quotations."""
    day = datetime.date(2026, 3, 3)
    assert bot.today(day, "C1") == bot.today(day, "C1")
    assert len({bot.today(day, f"C{n}").items[0].snippet.passage.id for n in range(8)}) > 3


def test_no_quotation_returns_before_its_turn(bot: Natobot) -> None:
    """In a row of days without an event, no quotation is shown twice before all have been shown."""
    day, shown = datetime.date(2026, 10, 1), list[str]()
    while day < datetime.date(2026, 11, 1):
        found = bot.today(day, "C1")
        if found.kind == "quotation":
            shown.append(found.items[0].snippet.passage.id)
        day += datetime.timedelta(days=1)
    assert len(shown) == len(set(shown)) == 31


def test_a_quotation_of_the_day_stands_alone(bot: Natobot) -> None:
    """It is the essayist's own sentence, neither tiny nor endless, and needs no sentence before it."""
    for day in year(2027):
        found = bot.today(day, "C2")
        if found.kind == "quotation":
            (item,) = found.items
            assert item.event is None
            assert item.snippet.passage.role == "author"
            assert item.snippet.context == ()
            assert 60 <= len(item.snippet.text) <= 320


def test_precision_is_never_raised(bot: Natobot) -> None:
    """On the shipped documents a day's items are dated to that very day, a month's to that month."""
    kinds = Counter[str]()
    for day in year(2026):
        found = bot.today(day, "")
        kinds[found.kind] += 1
        for item in found.items:
            event: Event | None = item.event
            if found.kind in ("day", "publication"):
                assert event is not None
                assert event.precision == "day"
                assert str(event.date)[5:] == day.strftime("%m-%d")
            elif found.kind == "month":
                assert event is not None
                assert event.precision == "month"
                assert str(event.date)[5:] == day.strftime("%m")
            else:
                assert event is None
    assert kinds["day"] >= 1
    assert kinds["publication"] == 1
    assert kinds["month"] >= 5
    assert kinds["quotation"] > 300


@pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_days_too(store: Store, date: str) -> None:
    """No date fails."""
    assert on(store, date).items


def test_without_documents_a_day_is_empty(tmp_path: Path, bot: Natobot) -> None:
    """No document at all is no error: the post says that nothing is dated to the day."""
    write(tmp_path, Knowledge(sources=(), raws={}, passages=(), cards=()), "x")
    found = on(Store(tmp_path), "2026-04-04")
    assert found.items == ()
    assert today_header(found, bot.wording) == bot.wording["today_nothing"]
