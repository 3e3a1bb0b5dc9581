"""The post of a day: what the sources date to it, never more precisely than they do, or a quotation in its turn."""

import datetime
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from little import little
from natobot.bot import Natobot
from natobot.cards import topics
from natobot.gather import gather
from natobot.model import Event, Passage, Source, Span, Taste, Today
from natobot.quotable import LONGEST, SHORTEST, about, keywords, leaning, quotes, whole
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

In 1960 the harbour council banned every sail from the river. From 1980-1983 no boat of any kind was built in Oldport.

The 1970 Marsh Report praised the beauty of reeds and of wet meadows.

On 2 May 1955 the great bridge of Westrow was opened by the widow of its builder.
"""
RIVAL = """

The great bridge of Westrow was opened on 9 May 1955 by the widow of its builder.
"""
EVERYTHING = Taste()
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
    with (small.seeds / "ferry.txt").open("a", encoding="utf-8") as ferry:
        ferry.write(RIVAL)
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


def test_a_leap_day_is_kept_where_there_is_none(store: Store, bot: Natobot) -> None:
    """What is dated 29 February is shown on that day in leap years, on the 28th in others, which then says so."""
    assert (dates(on(store, "2028-02-29")), on(store, "2028-02-29").leap) == (["1952-02-29"], False)
    moved = on(store, "2027-02-28")
    assert (dates(moved), moved.kind, moved.leap) == (["1952-02-29"], "day", True)
    header = "On 29 February, kept on the 28th this year, according to the sources (29 February 1952)"
    assert today_header(moved, bot.wording) == header
    assert "1952-02-29" not in dates(on(store, "2028-02-28")) + dates(on(store, "2027-03-01"))


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
    """What a source dates to a month is shown on one day of that month and never given a day."""
    months = [found for day in year(2026) if (found := today(day, "", store)).kind == "month"]
    assert [(found.date[5:7], dates(found)) for found in months] == [("04", ["1950-04"]), ("06", ["2001-06"])]
    assert today_header(months[1], bot.wording) == "This month in June 2001, according to the sources"


def test_events_of_a_month_are_spread_over_it(bot: Natobot) -> None:
    """Of two dates in one month, the one is told in its first half and the other in its second."""
    for month in ("01", "12"):
        days = [day for day in year(2026) if f"{day:%m}" == month and bot.today(day, "C1").kind == "month"]
        assert [day.day <= 15 for day in days] == [True, False]


def test_a_year_alone_is_no_day(store: Store) -> None:
    """Nothing dated to a mere year is ever shown as of a day or month."""
    shown = [found for day in year(2026) if (found := today(day, "", store)).kind in ("day", "publication", "month")]
    assert shown
    assert all(len(date) > 4 for found in shown for date in dates(found) if date)


def test_round_anniversaries(store: Store, bot: Natobot) -> None:
    """A year or range of years is remembered once in the years that are round, as what it is, and not in others."""
    for now, expected in ((1985, ["1960"]), (2010, ["1960"]), (1990, ["1980/1983"]), (2005, ["1980/1983"]), (2006, [])):
        found = [post for day in year(now) if (post := today(day, "C1", store)).kind == "anniversary"]
        assert [date for post in found for date in dates(post)] == expected, now
    [of_year] = [post for day in year(2010) if (post := today(day, "C1", store)).kind == "anniversary"]
    assert today_header(of_year, bot.wording) == "50 years ago this year (1960)"


def test_a_name_with_a_year_is_no_anniversary(store: Store) -> None:
    """A sentence that only names something after a year does not say that it happened in it."""
    assert any(event.date == "1970" for event in store.events())
    shown = [date for day in year(2020) for date in dates(today(day, "C1", store))]
    assert "1970" not in shown


def test_sources_that_contradict_each_other_stand_together(store: Store) -> None:
    """Where another source dates the same thing otherwise, both are shown, and the second is marked; once a year."""
    found = on(store, "2026-05-02")
    assert [(item.snippet.source.id, item.event and item.event.date, item.otherwise) for item in found.items] == [
        ("chronicle", "1955-05-02", False),
        ("ferry", "1955-05-09", True),
    ]
    assert on(store, "2026-05-09").kind != "day"


def test_dated_statements_are_told_once_a_year(store: Store, bot: Natobot) -> None:
    """No sentence with a date is the subject of two posts of one year, whatever the channel."""
    for channel in ("", "C1", "C2"):
        for knowledge in (store, bot.store):
            told = Counter(
                item.snippet.passage.id
                for day in year(2024)
                for item in today(day, channel, knowledge).items
                if item.event and item.event.passage
            )
            assert told
            assert set(told.values()) == {1}


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


def quotations(bot: Natobot, channel: str, *years: int, taste: Taste = EVERYTHING) -> list[Today]:
    """The quotations of the day of some years, in order."""
    days = (day for number in years for day in year(number) if day.weekday() in taste.weekdays)
    return [post for day in days if (post := bot.today(day, channel, taste=taste)).kind == "quotation"]


@pytest.mark.parametrize(
    "taste",
    [EVERYTHING, Taste(weekdays=frozenset({0, 3})), Taste(sources=frozenset({"rumer", "jin-ling"}))],
    ids=["all", "Mondays and Thursdays", "two sources"],
)
def test_no_quotation_returns_before_its_turn(bot: Natobot, taste: Taste) -> None:
    """From any quotation to its return lie all others, across the ends of years, with whatever taste."""
    shown = [post.items[0].snippet.passage.id for post in quotations(bot, "C1", 2025, 2026, 2027, 2028, taste=taste)]
    ring = len(set(shown))
    assert ring > 30
    assert all(len(set(shown[at : at + ring])) == ring for at in range(len(shown) - ring))


@pytest.mark.parametrize("channel", ["C1", "C2", "C3"])
def test_authors_take_turns(bot: Natobot, channel: str) -> None:
    """Over a year nobody has more than twice the quotations of another, and nobody is quoted on three days running."""
    shown = [post.items[0].snippet.source.id for post in quotations(bot, channel, 2026)]
    share = {source: count / len(shown) for source, count in Counter(shown).items()}
    assert set(share) == {"rynning", "jin-ling", "rumer"}
    assert min(share.values()) > 0.19
    assert max(share.values()) < 0.41
    assert not any(len({*shown[at : at + 3]}) == 1 for at in range(len(shown) - 2))


@pytest.mark.parametrize("channel", ["", "C1", "C2", "general"])
def test_neighbouring_days_do_not_share_a_topic(bot: Natobot, channel: str) -> None:
    """Two quotations that follow each other are about different things, also from year to year."""
    about = {quote.passages[0]: quote.topic for quote in quotes(bot.store, {})}
    shown = [about[post.items[0].snippet.passage.id] for post in quotations(bot, channel, 2026, 2027)]
    assert all(one != other for one, other in pairwise(shown))


def test_a_taste_for_topics_and_sources(bot: Natobot, settings: Settings) -> None:
    """With topics or sources chosen, every post of a year is about one of them by its card or its words, and of one of them."""
    taste = Taste(topics=frozenset({"china", "open-door"}), sources=frozenset({"jin-ling", "rynning"}))
    words = {slug: theirs for slug, (_, theirs) in topics(settings.responses).items()}
    shown = [item.snippet for day in year(2026) for item in bot.today(day, "C1", taste=taste).items]
    assert len(shown) > 300
    assert {snippet.source.id for snippet in shown} == taste.sources
    of_cards = [{bot.store.topic(key) for key in (s.passage.id, *s.context)} for s in shown]
    spoken = [about(snippet.text, "", keywords(words)) for snippet in shown]
    assert [s.text for s, cards, said in zip(shown, of_cards, spoken, strict=True) if not (cards | said) & taste.topics] == []


@pytest.mark.parametrize("topic", ["enlargement", "china", "russia-ukraine", "afghanistan"])
def test_a_topic_has_more_than_its_cards(bot: Natobot, topic: str) -> None:
    """A channel that wants one topic gets what speaks of it under other cards as well."""
    of_cards = [quote for quote in quotes(bot.store, {}) if quote.topic == topic]
    shown = {post.items[0].snippet.passage.id for post in quotations(bot, "C1", 2026, taste=Taste(topics=frozenset({topic})))}
    assert len(shown) > len(of_cards)


def test_words_of_a_topic() -> None:
    """A topic's words are found in any form, as whole words in their order, and nothing else is."""
    known = keywords({"boats": ["ferry boats", "Oldport"], "mills": ["mill"]})
    assert about("The Ferry-boat sank.", "", known) == {"boats"}
    assert about("Boats and a ferry at the mills of Oldport.", "trade", known) == {"boats", "mills", "trade"}
    assert about("Two million boats.", "", known) == set()


def test_another_one(bot: Natobot) -> None:
    """Asked for further ones, a day gives the quotations whose turn is next, each once, also after an event."""
    for date in (datetime.date(2026, 9, 11), datetime.date(2026, 10, 20)):
        shown = [bot.today(date, "C1", further=n).items[0].snippet.passage.id for n in range(1, 30)]
        assert len(set(shown)) == 29
    later = bot.today(datetime.date(2026, 10, 21), "C1").items[0].snippet.passage.id
    assert bot.today(datetime.date(2026, 10, 20), "C1", further=1).items[0].snippet.passage.id == later


def test_many_channels_at_once(bot: Natobot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many threads may ask for many channels while what is kept in mind is thrown away all the time; all get the same."""
    channels = [f"C{number}" for number in range(24)]
    date = datetime.date(2026, 11, 22)
    calm = [bot.today(date, channel) for channel in channels]
    monkeypatch.setattr("natobot.today._CHANNELS", 1)
    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(lambda channel: bot.today(date, channel), channels * 3)] == calm * 3


def test_a_quotation_of_the_day_stands_alone(bot: Natobot) -> None:
    """It is the essayist's own, neither tiny nor endless, and neither opens with what points back nor breaks off."""
    for post in quotations(bot, "C2", 2027):
        (item,) = post.items
        sentences = [item.snippet.passage, *(bot.passage(key) for key in item.snippet.context)]
        assert item.event is None
        assert {passage.role for passage in sentences} == {"author"}
        assert SHORTEST <= len(item.snippet.text) <= LONGEST
        assert not leaning(sentences[0].text)
        assert whole(item.snippet.text)
        assert " ".join(passage.text for passage in sentences) == item.snippet.text


@pytest.mark.parametrize(
    ("text", "leans"),
    [
        ("It sank in the storm.", True),
        ("But the harbour was open.", True),
        ("In other words, the harbour was open.", True),
        ("The council sold these boats to nobody.", True),
        ("Then came the storm.", True),
        ("The downside is that nobody paid.", True),
        ("After years of debate they sold the ferry.", True),
        ("As stated in the introduction, boats sink.", True),
        ("The harbour was therefore closed.", True),
        ("The question is whether Oldport needs a ferry.", False),
        ("Oldport sold its ferry, and nobody missed it.", False),
        ("Common harbours are the basis of trade.", False),
        ("Although Westrow bought boats, it hardly used them.", False),
    ],
)
def test_what_points_back(text: str, leans: bool) -> None:
    """Sentences that need the one before, that take up what was said, or that speak of their own text are found."""
    assert leaning(text) is leans


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ("Boats sink.", True),
        ("Boats sink (as “all things” do).", True),
        ("Do boats sink?", False),
        ("Boats sink:", False),
        ("and boats sink.", False),
        ("Boats “sink.", False),
        ("Boats (sink.", False),
    ],
)
def test_what_is_whole(text: str, is_whole: bool) -> None:
    """A question, a list's beginning or half a quotation is no whole thought."""
    assert whole(text) is is_whole


def test_documents_without_a_whole_thought_still_have_a_post(tmp_path: Path) -> None:
    """Where nothing is worth quoting by our measure, what there is has to do."""
    passage = Passage(
        id="note/0123456789ab",
        source="note",
        spans=(Span(start=0, end=9),),
        dropped=(),
        text="But then?",
        section=None,
        paragraph=1,
        sentence=1,
        page=None,
        role="author",
        speaker=None,
        previous=None,
        next=None,
    )
    known: Any = {"id": "note", "file": "note.txt", "sha256": "0" * 64, "title": "Note", "authors": ("Ada Quill",)}
    unknown: Any = dict.fromkeys(("issued", "container", "publisher", "url", "viewpoint"))
    source = Source(**known, **unknown, title_is_descriptive=False, aliases=())
    write(tmp_path, Knowledge(sources=(source,), raws={"note": "But then?"}, passages=(passage,), cards=()), "x")
    assert on(Store(tmp_path), "2026-01-01").items[0].snippet.text == "But then?"


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
            elif found.kind == "anniversary":
                assert event is not None
                assert event.precision in ("year", "range")
                assert 2026 - int(str(event.date)[:4]) in (10, 25, 50, 75, 100)
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
