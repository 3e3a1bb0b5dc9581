"""Subscriptions and the ledger of posts: what is kept, changed, claimed and forgotten, on both databases."""

import datetime
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from natobot import database, state
from natobot.database import daily_posts, deliveries, subscriptions
from natobot.errors import InputError
from natobot.ledger import LEASE, PATIENCE, Ledger, Post
from natobot.model import Taste
from natobot.state import State, Workspace
from natobot.subscriptions import Subscription, Subscriptions, time_of, zone

OURS, THEIRS = Workspace(enterprise="E1", team="T1"), Workspace(team="T2")
WISH = Subscription(
    workspace=OURS,
    channel="C1",
    person="U1",
    time=datetime.time(21, 5),
    zone="Australia/Lord_Howe",
    taste=Taste(weekdays=frozenset({0, 4}), topics=frozenset({"ukraine"}), sources=frozenset({"rumer", "jin"})),
    quiet=True,
    window=3,
)
POST = Post(OURS, "C1", "2026-04-04")


class Desk:
    """A state database with a clock that stands still."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.state = State.open(url)
        self.now = 1_000_000.0
        self.subscriptions = Subscriptions(self.state, lambda: self.now)
        self.ledger = Ledger(self.state, lambda: self.now)

    def rows(self, table: sa.Table) -> list[sa.RowMapping]:
        """All rows of a table."""
        with self.state.begin_work() as connection:
            return list(connection.execute(sa.select(table)).mappings())


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    """A new state database."""
    made = Desk(url)
    yield made
    made.state.close()


# Subscriptions


def test_a_subscription_comes_back_as_it_went_in(desk: Desk) -> None:
    """What is wished for is what is kept, with the moment from which it counts."""
    made = desk.subscriptions.put(WISH)
    assert made == replace(WISH, since=desk.now, counted_from=desk.now)
    assert desk.subscriptions.get(OURS, "C1") == made
    assert desk.subscriptions.all() == desk.subscriptions.of(OURS) == [made]


def test_a_change_keeps_since_when(desk: Desk) -> None:
    """Who changes a wish keeps the subscription; a new hour counts from the window before the change, not from long ago."""
    first = desk.subscriptions.put(WISH)
    desk.now += 100 * 3600
    same = desk.subscriptions.put(replace(WISH, quiet=False, person="U2"))
    assert same == replace(first, quiet=False, person="U2")
    other = desk.subscriptions.put(replace(WISH, time=datetime.time(7)))
    assert (other.since, other.counted_from) == (first.since, desk.now - 3 * 3600)
    assert desk.subscriptions.all() == [other]


def test_workspaces_do_not_meet(desk: Desk) -> None:
    """The same channel id in another workspace is another subscription."""
    desk.subscriptions.put(WISH)
    assert desk.subscriptions.get(THEIRS, "C1") is None
    assert not desk.subscriptions.remove(THEIRS, "C1")
    desk.subscriptions.put(replace(WISH, workspace=THEIRS, person="U9"))
    assert [each.person for each in desk.subscriptions.of(THEIRS)] == ["U9"]
    assert len(desk.subscriptions.all()) == 2


def test_an_end_is_an_end(desk: Desk) -> None:
    """A subscription ends once; who subscribes anew begins anew."""
    desk.subscriptions.put(WISH)
    assert [desk.subscriptions.remove(OURS, "C1") for _ in range(2)] == [True, False]
    desk.now += 50
    assert desk.subscriptions.put(WISH).since == desk.now


def test_pause_and_resume(desk: Desk) -> None:
    """A pause is made once and owed to whoever subscribed; going on counts from then, and so does subscribing again."""
    desk.subscriptions.put(WISH)
    assert [desk.subscriptions.pause(OURS, "C1", "is_archived") for _ in range(2)] == [True, False]
    paused = desk.subscriptions.get(OURS, "C1")
    assert paused is not None
    assert (paused.paused, paused.owed) == ("is_archived", True)
    assert [desk.subscriptions.settle(OURS, "C1", owed=False) for _ in range(2)] == [True, False]
    desk.now += 1000
    assert [desk.subscriptions.resume(OURS, "C1") for _ in range(2)] == [True, False]
    running = desk.subscriptions.get(OURS, "C1")
    assert running is not None
    assert (running.paused, running.counted_from) == ("", desk.now)
    desk.subscriptions.pause(OURS, "C1", "is_archived")
    desk.now += 1000
    assert desk.subscriptions.put(WISH) == replace(running, counted_from=desk.now)


def test_a_pause_is_owed_to_nobody_where_nobody_subscribed(desk: Desk) -> None:
    """A channel of the environment has no subscriber who could be told."""
    desk.subscriptions.put(replace(WISH, person=""))
    desk.subscriptions.pause(OURS, "C1", "is_archived")
    [paused] = desk.subscriptions.all()
    assert not paused.owed


def test_a_person_is_forgotten(desk: Desk) -> None:
    """Who wants to be forgotten is no longer named, and the channel keeps its post."""
    desk.subscriptions.put(WISH)
    desk.subscriptions.put(replace(WISH, channel="C2", person="U2"))
    desk.state.forget(OURS, "U1")
    assert {each.channel: each.person for each in desk.subscriptions.all()} == {"C1": "", "C2": "U2"}


def test_channels_of_the_environment_are_adopted_once(desk: Desk) -> None:
    """They become subscriptions to nine o'clock, UTC, once for ever; what somebody wished before stays as it is."""
    desk.subscriptions.put(WISH)
    assert desk.subscriptions.adopt(OURS, ["C1", "C2", "C2"]) == 1
    first, second = sorted(desk.subscriptions.all(), key=lambda each: each.channel)
    assert first.time == WISH.time
    assert (second.time, second.zone, second.person) == (datetime.time(9), "UTC", "")
    assert desk.subscriptions.remove(OURS, "C2")
    assert desk.subscriptions.adopt(OURS, ["C1", "C2", "C3"]) == 1
    assert {each.channel for each in desk.subscriptions.all()} == {"C1", "C3"}


def test_a_zone_that_this_machine_does_not_know(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """A subscription that cannot be read is left out and told in the log, and holds up no other."""
    desk.subscriptions.put(WISH)
    desk.subscriptions.put(replace(WISH, channel="C2"))
    with desk.state.begin_work() as connection:
        connection.execute(sa.update(subscriptions).where(subscriptions.c.channel == "C1").values(zone="Mars/Olympus"))
    assert [each.channel for each in desk.subscriptions.all()] == ["C2"]
    assert "no time zone is called 'Mars/Olympus'" in caplog.text


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("9", "09:00"),
        ("09:00", "09:00"),
        ("9.30", "09:30"),
        (" 9 AM ", "09:00"),
        ("9:05 p.m.", "21:05"),
        ("12am", "00:00"),
        ("12 pm", "12:00"),
        ("0:00", "00:00"),
        ("23:59", "23:59"),
    ],
)
def test_a_time_as_people_write_it(text: str, time: str) -> None:
    """Hours with and without minutes, of 24 or of twelve."""
    assert time_of(text) == datetime.time.fromisoformat(time)


@pytest.mark.parametrize("text", ["", "24:00", "9:60", "13pm", "0am", "nine", "9:5", "-1", "09:00:30", "９"])
def test_no_time(text: str) -> None:
    """What is no time of day is refused in one line."""
    with pytest.raises(InputError, match=r"is not a time of day\. Write it as 09:00\.$"):
        time_of(text)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "/etc/passwd", "../x", "Europe", "a\0b", "é"])
def test_no_zone(name: str) -> None:
    """What is no time zone is refused in one line."""
    with pytest.raises(InputError, match=r"^no time zone is called .+\. Use a name such as Europe/Brussels\.$"):
        zone(name)


# The ledger


def test_a_post_is_claimed_once(desk: Desk) -> None:
    """A channel and date is claimed once; another channel, date or workspace is another claim."""
    assert [desk.ledger.begin(POST) for _ in range(2)] == [1, 0]
    assert desk.ledger.begin(POST._replace(channel="C2")) == 1
    assert desk.ledger.begin(POST._replace(date="2026-04-05")) == 1
    assert desk.ledger.begin(POST._replace(workspace=THEIRS)) == 1


@pytest.mark.parametrize(
    ("ending", "again"), [("accepted", False), ("uncertain", False), ("refused", True), ("never_sent", True)]
)
def test_only_what_did_not_arrive_is_claimed_again(desk: Desk, ending: state.Ending, again: bool) -> None:
    """A post that was accepted, or may have been, is never claimed a second time; others when their time comes, or by hand."""
    desk.ledger.begin(POST)
    desk.ledger.finish(POST, 1, ending, error="some_error", retry_at=desk.now + 60)
    assert not desk.ledger.begin(POST)
    desk.now += 60
    assert [desk.ledger.begin(POST) for _ in range(2)] == [2 * again, 0]
    desk.ledger.finish(POST, 2, ending, error="some_error")
    assert not desk.ledger.begin(POST)
    assert [desk.ledger.begin(POST, anew=True) for _ in range(2)] == [3 * again, 0]


def test_a_race_has_one_winner(desk: Desk) -> None:
    """Of many that claim a post at once, for the first time or again, one gets it."""
    others = [State.open(desk.url) for _ in range(4)]
    for round_ in range(5):
        won: list[int] = []
        start = threading.Barrier(8)

        def claim(own: State, won: list[int] = won, start: threading.Barrier = start) -> None:
            ledger = Ledger(own, lambda: desk.now)
            start.wait(10)
            won.append(ledger.begin(POST))

        threads = [threading.Thread(target=claim, args=(own,)) for own in [*others, *others]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(won) == [0] * 7 + [round_ + 1]
        desk.ledger.finish(POST, round_ + 1, "never_sent", retry_at=desk.now)
    for own in others:
        own.close()


def test_a_late_end_does_not_undo_a_later_attempt(desk: Desk) -> None:
    """A clock that slept through its attempt may still say how it ended, unless another was begun since."""
    desk.ledger.begin(POST)
    desk.now += PATIENCE + 1
    desk.ledger.cut_off()
    assert desk.ledger.standing(["2026-04-04"])[POST].status == "uncertain"
    desk.ledger.finish(POST, 1, "refused", retry_at=desk.now)
    assert desk.ledger.begin(POST) == 2
    desk.ledger.finish(POST, 1, "accepted")
    assert desk.ledger.standing(["2026-04-04"])[POST].status == "posting"


def test_what_is_under_way_is_not_cut_off_early(desk: Desk) -> None:
    """A post under way is given time."""
    desk.ledger.begin(POST)
    desk.now += PATIENCE - 1
    desk.ledger.cut_off()
    assert desk.ledger.standing(["2026-04-04"])[POST].status == "posting"


def test_what_is_recorded_stays(desk: Desk) -> None:
    """What was missed or kept quiet is recorded once, never over a post, and can be made by hand."""
    assert [desk.ledger.note(POST, "missed") for _ in range(2)] == [True, False]
    assert not desk.ledger.begin(POST)
    assert desk.ledger.begin(POST, anew=True) == 1
    assert not desk.ledger.note(POST, "quiet")


def test_giving_up(desk: Desk) -> None:
    """A post that waits for another attempt is given up once; one that is under way or arrived is not."""
    desk.ledger.begin(POST)
    assert not desk.ledger.close(POST)
    desk.ledger.finish(POST, 1, "refused", error="ratelimited", retry_at=desk.now + 5)
    assert desk.ledger.waiting() == [POST]
    assert [desk.ledger.close(POST) for _ in range(2)] == [True, False]
    assert desk.ledger.waiting() == []


def test_failures_in_a_row(desk: Desk) -> None:
    """Days that failed count back to the last that did not; days without a post do not count, neither way."""
    for day, ending in enumerate(("refused", "accepted", "refused", "missed", "never_sent", "quiet", "refused"), 1):
        post = POST._replace(date=f"2026-04-0{day}")
        desk.now += 10
        if ending in ("missed", "quiet"):
            desk.ledger.note(post, ending)  # type: ignore[arg-type]
        else:
            desk.ledger.begin(post)
            desk.ledger.finish(post, 1, ending, error=f"e{day}")  # type: ignore[arg-type]
    assert desk.ledger.failures(OURS, "C1", 0.0) == ["e7", "e5", "e3"]
    assert desk.ledger.failures(OURS, "C1", desk.now - 25) == ["e7", "e5"]
    assert desk.ledger.failures(THEIRS, "C1", 0.0) == []


def test_one_clock_a_workspace(desk: Desk) -> None:
    """A clock has its turn until it ends it or is silent for long; the next begins when the last one said."""
    other = State.open(desk.url)
    second = Ledger(other, lambda: desk.now)
    assert (desk.ledger.take_turn(OURS), second.take_turn(OURS), second.take_turn(THEIRS)) == (0.0, None, 0.0)
    assert desk.ledger.take_turn(OURS) == 0.0
    desk.ledger.end_turn(OURS, desk.now + 7)
    assert second.take_turn(OURS) == desk.now + 7
    assert not desk.ledger.keep_turn(OURS)
    desk.now += LEASE - 1
    assert second.keep_turn(OURS)
    desk.now += LEASE - 1
    assert desk.ledger.take_turn(OURS) is None
    desk.now += 2
    assert desk.ledger.take_turn(OURS) is not None
    # One that lost its turn cannot end the other's.
    second.end_turn(OURS, 0.0)
    assert second.take_turn(OURS) is None
    other.close()


def test_the_history(desk: Desk) -> None:
    """What became of a channel's last posts, newest first, and no other channel's."""
    for day in range(1, 6):
        desk.ledger.begin(POST._replace(date=f"2026-04-0{day}"))
        desk.ledger.begin(POST._replace(date=f"2026-04-0{day}", workspace=THEIRS))
    desk.ledger.finish(POST, 1, "accepted", ts="1.2")
    found = desk.subscriptions.history(OURS, "C1", limit=3)
    assert [(each.date.day, each.status, each.posted_ts) for each in found] == [
        (5, "posting", None),
        (4, "accepted", "1.2"),
        (3, "posting", None),
    ]


def test_posts_are_forgotten_after_more_than_a_year(desk: Desk) -> None:
    """The history goes back 400 days."""
    for days in (399, 401):
        desk.now = time.time() - days * 86400
        desk.ledger.begin(POST._replace(channel=f"C{days}"))
    desk.state.tidy()
    assert [row["channel"] for row in desk.rows(daily_posts)] == ["C399"]


# A database of before


def test_a_database_of_the_version_before_keeps_what_it_has(url: str) -> None:
    """Deliveries, daily posts and all else are there after the migration as before it, and the posts are not made again."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    [ours] = [each for each in ScriptDirectory.from_config(config).walk_revisions() if each.revision == "0005"]
    engine = database.engine(url)
    before = _filled(engine, config, str(ours.down_revision), command.upgrade)
    engine.dispose()
    desk = Desk(url)
    for name, kept in before.items():
        table = database.metadata.tables[name]
        after = [{k: row[k] for k in kept[0]} for row in _plain(desk, table)]
        assert after == kept, name
    assert before.keys() >= {"deliveries", "threads", "daily_posts", "feedback", "unanswered", "shares"}
    assert [desk.ledger.begin(POST), desk.ledger.begin(POST, anew=True)] == [0, 0]
    assert [each.status for each in desk.subscriptions.history(OURS, "C1")] == ["accepted"]
    [delivery] = desk.rows(deliveries)
    assert delivery["question"] == "x"
    desk.state.close()


def _filled(engine: sa.Engine, config: object, revision: str, upgrade: object) -> dict[str, list[dict[str, object]]]:
    """Bring a new database to a revision and write a row into every table; gives what was written."""
    with engine.connect() as connection:
        config.attributes["connection"] = connection  # type: ignore[attr-defined]
        upgrade(config, revision)  # type: ignore[operator]
        connection.commit()
    old = sa.MetaData()
    old.reflect(engine)
    written = {}
    for table in old.sorted_tables:
        if table.name == "alembic_version":
            continue
        row: dict[str, object] = {}
        for column in table.columns:
            moment = datetime.datetime.fromisoformat("2026-01-01")
            kinds: dict[type, object] = {bool: True, float: 1.5, int: 1, str: "x", datetime.datetime: moment}
            row[column.name] = kinds[column.type.python_type]
        fixed = {"enterprise": "E1", "team": "T1", "channel": "C1", "local_date": POST.date, "status": "accepted"}
        row |= {k: v for k, v in fixed.items() if k in row}
        row |= {k: json.dumps("x") for k in ("question", "reason") if k in row}
        with engine.begin() as connection:
            connection.execute(table.insert().values(row))
        written[table.name] = [row]
    return written


def _plain(desk: Desk, table: sa.Table) -> list[sa.RowMapping]:
    """The rows as the database has them."""
    old = sa.MetaData()
    plain = sa.Table(table.name, old, autoload_with=desk.state._engine)
    return desk.rows(plain)
