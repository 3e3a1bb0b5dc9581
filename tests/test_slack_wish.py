"""What stands after "/nato subscribe": understood however it is written, and what is not is named."""

import datetime

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from natobot.bot import Natobot
from natobot.slack import zones
from natobot.slack.wish import EVERY_DAY, WEEKEND, WORKDAYS, Misread, Names, Wish, names_of, read_wish


@pytest.fixture(scope="module")
def names(bot: Natobot) -> Names:
    """The names of the shipped topics and documents."""
    return names_of(bot.topics, [source for source, _ in bot.documents()])


def at(hour: int, minute: int = 0) -> Wish:
    """A wish for a time."""
    return Wish(time=datetime.time(hour, minute))


def on(*weekdays: int) -> Wish:
    """A wish for days."""
    return Wish(weekdays=frozenset(weekdays))


def about(*topics: str) -> Wish:
    """A wish for topics."""
    return Wish(topics=frozenset(topics))


def by(*sources: str) -> Wish:
    """A wish for sources."""
    return Wish(sources=frozenset(sources))


NOTHING: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("", Wish()),
        ("9", at(9)),
        ("09:00", at(9)),
        ("9am", at(9)),
        ("9 a.m.", at(9)),
        ("at 9 o'clock", at(9)),
        ("9:30 pm", at(21, 30)),
        ("9:30PM", at(21, 30)),
        ("21.05", at(21, 5)),
        ("9h30", at(9, 30)),
        ("0900", at(9)),
        ("12am", at(0)),
        ("12 pm", at(12)),
        ("noon", at(12)),
        ("midnight", at(0)),
        ("9 and 09:00", at(9)),
        ("Europe/Brussels", Wish(zone="Europe/Brussels")),
        ("europe/brussels", Wish(zone="Europe/Brussels")),
        ("in Brussels", Wish(zone="Europe/Brussels")),
        ("new york time", Wish(zone="America/New_York")),
        ("Argentina/Buenos_Aires", Wish(misread=(Misread(words="Argentina/Buenos_Aires", why="unknown"),))),
        ("buenos aires", Wish(zone="America/Argentina/Buenos_Aires")),
        ("Calcutta", Wish(zone="Asia/Calcutta")),
        ("utc", Wish(zone="UTC")),
        ("weekdays", Wish(weekdays=WORKDAYS)),
        ("every weekday", Wish(weekdays=WORKDAYS)),
        ("on working days", Wish(weekdays=WORKDAYS)),
        ("mon-fri", Wish(weekdays=WORKDAYS)),
        ("Mon – Fri", Wish(weekdays=WORKDAYS)),
        ("monday to friday", Wish(weekdays=WORKDAYS)),
        ("mondays and thursdays", on(0, 3)),
        ("mon/wed/fri", on(0, 2, 4)),
        ("fri-mon", on(4, 5, 6, 0)),
        ("weekends, tues", Wish(weekdays=WEEKEND | {1})),
        ("every day", Wish(weekdays=EVERY_DAY)),
        ("enlargement", about("enlargement")),
        ("NATO Enlargement", about("enlargement")),
        ("the open door and its limits", about("open-door")),
        ("about china & asia-pacific", about("china", "asia-pacific")),
        ("Russia and the crisis in Ukraine", about("russia-ukraine")),
        ("rumer", by("rumer")),
        ("Eugene Rumer and Jin Ling", by("rumer", "jin-ling")),
        ("from the Chinese author", by("jin-ling")),
        ("“Time for NATO to look inward”", by("rumer")),
        ("all topics", Wish(topics=NOTHING)),
        ("everything", Wish(topics=NOTHING, sources=NOTHING)),
        ("please post here daily &amp; at 9", Wish(time=datetime.time(9), weekdays=EVERY_DAY)),
        (
            "9:00 Brussels mon-fri enlargement, china from Rynning",
            Wish(
                time=datetime.time(9),
                zone="Europe/Brussels",
                weekdays=WORKDAYS,
                topics=frozenset({"enlargement", "china"}),
                sources=frozenset({"rynning"}),
            ),
        ),
    ],
)
def test_ways_to_write_it(names: Names, text: str, wish: Wish) -> None:
    """Times, zones, days, topics and sources are understood in any order and in many forms."""
    assert read_wish(text, names) == wish


@pytest.mark.parametrize(
    ("text", "misread"),
    [
        ("25:00", Misread(words="25:00", why="time")),
        ("13pm", Misread(words="13pm", why="time")),
        ("9:75", Misread(words="9:75", why="time")),
        ("2014", Misread(words="2014", why="unknown")),
        ("9 17:00", Misread(words="17:00", why="second")),
        ("Brussels Tokyo", Misread(words="Tokyo", why="second")),
        ("9 CET", Misread(words="CET", why="short", near="Europe/Brussels")),
        ("EST", Misread(words="EST", why="short", near="America/New_York")),
        ("UTC+2", Misread(words="UTC+2", why="offset")),
        ("-05:00", Misread(words="-05:00", why="offset")),
        ("brussles", Misread(words="brussles", why="unknown", near="Brussels")),
        ("9 enlargment", Misread(words="enlargment", why="unknown", near="enlargement")),
        ("about cats and dogs", Misread(words="cats dogs", why="unknown")),
        ("to the treaty of Washington", Misread(words="treaty Washington", why="unknown")),
        ("weekdays except friday", Misread(words="except", why="unknown")),
    ],
)
def test_what_is_not_understood_is_named(names: Names, text: str, misread: Misread) -> None:
    """What makes no sense comes back as it was written, with why, and with a proposal where there is one."""
    assert read_wish(text, names).misread == (misread,)


def test_several_misspelt_words_are_named_each(names: Names) -> None:
    """Where one of several words is nearly a name, that name is proposed for it alone."""
    found = read_wish("cats brussles", names).misread
    assert found == (Misread(words="cats", why="unknown"), Misread(words="brussles", why="unknown", near="Brussels"))


@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec=None, exclude_categories=()), max_size=200))
def test_any_text_can_be_read(names: Names, text: str) -> None:
    """Whatever is written, reading it raises nothing, and what is understood is of the right kind."""
    wish = read_wish(text, names)
    assert wish.zone is None or zones.is_zone(wish.zone)
    assert not wish.weekdays or wish.weekdays <= EVERY_DAY


def test_the_zones_to_choose_from_fit_a_menu() -> None:
    """Every zone of today's world is offered once, under a part of the world, with at most 100 to a group."""
    groups = zones.groups()
    offered = [zone for _, names in groups for zone in names]
    assert len(offered) == len(set(offered)) > 400
    assert {"UTC", "Europe/Brussels", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"} <= set(offered)
    assert all(len(names) <= 100 for _, names in groups)
    assert all(zones.is_zone(zone) for zone in offered)
