"""The daily post: once per channel and local date, whatever happens."""

import datetime
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import CliRunner
from slack_sdk import WebClient

from natobot import daily, errands, ledger
from natobot.cli import main
from natobot.clockwork import Clockwork
from natobot.database import StateError
from natobot.errands import Posted
from natobot.model import Taste, TodayKind
from natobot.playground import faults
from natobot.playground.server import Playground
from natobot.slack.app import identify
from natobot.slack.clients import clients, only
from natobot.slack.post import Outcome, posting_client
from natobot.state import State, Workspace
from natobot.subscriptions import Subscription, Subscriptions
from slack_desk import Echo, plain, process, settings

DATE = datetime.date(2026, 4, 4)
BOTH = ("C0GENERAL", "C0NEWSROOM")
NINE = datetime.datetime(2026, 4, 4, 9, tzinfo=datetime.UTC).timestamp()
HOUR, DAY = 3600.0, 86400.0
PACE, CHANNEL_PACE = errands.PACE, errands.CHANNEL_PACE


@dataclass
class Time:
    """A time that passes only while somebody sleeps."""

    moment: float = NINE
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        """What time it is."""
        return self.moment

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep; never stopped."""
        self.slept.append(timeout or 0.0)
        self.moment += timeout or 0.0
        return False

    def is_set(self) -> bool:
        """Never stopped."""
        return False


@dataclass
class Desk:
    """What a daily post needs: a day before the first, two channels have subscribed to nine o'clock, UTC."""

    slack: Playground
    url: str
    echo: Echo = field(default_factory=Echo)
    time: Time = field(default_factory=Time)

    def __post_init__(self) -> None:
        self.state = State.open(self.url)
        self.client = posting_client(WebClient(self.slack.bot_token, base_url=self.slack.api_url))
        self.workspace = identify(self.client).workspace
        self.clock = self.another(self.state)
        self.time.moment = NINE - DAY + 1
        for channel in BOTH:
            self.subscribe(channel)
        self.time.moment = NINE

    def another(self, state: State) -> Clockwork:
        """One more clock."""
        clients = only(self.workspace, self.client)
        return Clockwork(self.echo.as_natobot(), state, clients, stop=self.time, now=self.time.now)

    def subscribe(self, channel: str, **wishes: Any) -> Subscription:
        """Subscribe, or change a subscription."""
        wishes = {"person": "U0EDITOR1", **wishes}
        return self.clock.subscriptions.put(Subscription(workspace=self.workspace, channel=channel, **wishes))

    def round(self) -> dict[str, str]:
        """One round: what became of each channel's posts."""
        return {result.channel: result.status for result in self.clock.round()}

    def said(self) -> list[tuple[str, str]]:
        """Channel and text of the messages so far."""
        return [(message.channel, message.text) for message in self.slack.messages()]

    def history(self, channel: str) -> list[tuple[int, str, str | None]]:
        """Day, status and error of the last posts of a channel, newest first."""
        records = self.clock.subscriptions.history(self.workspace, channel)
        return [(record.date.day, record.status, record.error) for record in records]

    def subscription(self, channel: str) -> Subscription:
        """The subscription as it stands."""
        found = self.clock.subscriptions.get(self.workspace, channel)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def local() -> Iterator[Playground]:
    """One local Slack for all."""
    with Playground() as running:
        yield running


@pytest.fixture
def desk(local: Playground, tmp_path: Path) -> Iterator[Desk]:
    """A desk with nothing posted yet."""
    local.reset()
    made = Desk(local, f"sqlite:///{tmp_path / 'state.sqlite3'}")
    with plain():
        yield made
    made.state.close()


def only_general(body: dict[str, Any]) -> bool:
    """Whether a call is about the one channel."""
    return bool(body["channel"] == "C0GENERAL")


# Once


def test_once_per_channel_and_date(desk: Desk) -> None:
    """Each channel gets a date's message once, however often the clock looks; the next day it gets the next."""
    desk.time.moment = NINE - 1
    assert desk.round() == {}
    desk.time.moment = NINE
    assert desk.round() == dict.fromkeys(BOTH, "accepted")
    assert desk.round() == dict.fromkeys(BOTH, "before")
    desk.time.moment = NINE + DAY
    desk.round()
    assert desk.said() == [(channel, f"On 2026-04-0{day}") for day in (4, 5) for channel in BOTH]
    assert not any(message.unfurl_links for message in desk.slack.messages())
    [newest, *_] = desk.clock.subscriptions.history(desk.workspace, "C0GENERAL")
    assert newest.posted_ts == desk.slack.messages("general")[-1].ts


def test_once_from_many_clocks(desk: Desk) -> None:
    """Of several clocks that strike at once one posts, also when none leaves the others a turn."""
    states = [State.open(desk.url) for _ in range(4)]
    with patch.object(ledger.Ledger, "take_turn", lambda *_: 0.0):
        threads = [threading.Thread(target=desk.another(state).round) for state in states]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(channel for channel, _ in desk.said()) == list(BOTH)
    for state in states:
        state.close()


def test_clocks_leave_each_other_their_turns(desk: Desk) -> None:
    """While one clock posts in a workspace another leaves it alone, and takes over once the first has long been silent."""
    second = State.open(desk.url)
    assert ledger.Ledger(second, desk.time.now).take_turn(desk.workspace) is not None
    assert desk.round() == dict.fromkeys(BOTH, "elsewhere")
    desk.time.moment += ledger.LEASE + 1
    assert desk.round() == dict.fromkeys(BOTH, "accepted")
    second.close()


def test_a_dead_clock_leaves_its_turn(desk: Desk) -> None:
    """What a clock that died on this machine was at is taken over at once."""
    second = State.open(desk.url)
    assert ledger.Ledger(second, desk.time.now).take_turn(desk.workspace) is not None
    second.close()
    assert desk.round() == dict.fromkeys(BOTH, "accepted")


@pytest.mark.parametrize("fault", [faults.reset(), faults.server_error(502, accepted=True), faults.refused("fatal_error")])
def test_uncertain_is_never_repeated(desk: Desk, fault: faults.Fault) -> None:
    """When nobody can know whether the post arrived, it is not made again, neither by the clock nor by hand."""
    desk.slack.faults.add("chat.postMessage", fault, when=only_general)
    assert desk.round() == {"C0GENERAL": "uncertain", "C0NEWSROOM": "accepted"}
    desk.time.moment += 2 * HOUR
    assert desk.round() == dict.fromkeys(BOTH, "before")
    assert [result.status for result in desk.another(desk.state).date(DATE)] == ["before", "before"]
    assert sum(channel == "C0GENERAL" for channel, _ in desk.said()) <= 1
    assert [status for _, status, _ in desk.history("C0GENERAL")] == ["uncertain"]


def test_killed_while_posting(desk: Desk) -> None:
    """A post that was cut off is not made again: it may have arrived, and the history says that nobody knows."""
    with patch("natobot.errands.post", side_effect=SystemExit), patch("threading.excepthook"):
        desk.round()
    assert desk.history("C0GENERAL") == [(4, "posting", None)]
    desk.time.moment += ledger.PATIENCE + 1
    assert desk.round() == {"C0GENERAL": "before", "C0NEWSROOM": "accepted"}
    assert desk.history("C0GENERAL") == [(4, "uncertain", "cut off")]
    assert desk.said() == [("C0NEWSROOM", "On 2026-04-04")]


def test_killed_before_posting(desk: Desk) -> None:
    """A clock that dies before a post was begun has claimed nothing: the next one makes the post."""
    desk.echo.before = lambda _: (_ for _ in ()).throw(SystemExit)
    with patch("threading.excepthook"):
        desk.round()
    assert desk.history("C0GENERAL") == []
    desk.echo.before = lambda _: None
    assert desk.round() == dict.fromkeys(BOTH, "accepted")


def test_the_database_fails_after_the_post(desk: Desk) -> None:
    """A post that was accepted while the database could not be told is told to it later, and not made again."""
    finish = ledger.Ledger.finish
    with patch.object(ledger.Ledger, "finish", side_effect=StateError("the state database fails.")):
        assert desk.round() == dict.fromkeys(BOTH, "accepted")
    assert desk.history("C0GENERAL") == [(4, "posting", None)]
    assert ledger.Ledger.finish is finish
    desk.round()
    assert [desk.history(channel) for channel in BOTH] == [[(4, "accepted", None)]] * 2
    assert len(desk.said()) == 2


# What does not arrive


@pytest.mark.parametrize("error", ["not_in_channel", "is_archived", "channel_not_found"])
def test_a_bad_channel_stops_no_other(desk: Desk, error: str) -> None:
    """A channel that cannot be posted to is recorded and not tried again by the clock; by hand it can be, once mended."""
    desk.slack.faults.add("chat.postMessage", faults.refused(error), when=only_general)
    assert desk.round() == {"C0GENERAL": "refused", "C0NEWSROOM": "accepted"}
    desk.time.moment += HOUR
    assert desk.round() == dict.fromkeys(BOTH, "before")
    assert desk.history("C0GENERAL") == [(4, "refused", error)]
    assert [result.status for result in desk.another(desk.state).date(DATE)] == ["accepted", "before"]
    assert desk.history("C0GENERAL") == [(4, "accepted", None)]


def test_what_did_not_arrive_is_tried_again(desk: Desk) -> None:
    """A refusal that passes is tried again within the window, with growing pauses, while the others have theirs."""
    desk.slack.faults.add("chat.postMessage", faults.refused("service_unavailable"), times=3, when=only_general)
    tries = []
    while desk.time.moment < NINE + HOUR:
        if desk.round().get("C0GENERAL") in ("refused", "accepted"):
            tries.append(desk.time.moment - NINE)
        desk.time.moment += max(0.5, desk.clock.pause(20.0))
    assert tries == pytest.approx([0, 5, 25, 105], abs=1)
    assert sorted(desk.said()) == [(channel, "On 2026-04-04") for channel in BOTH]


def test_the_window_ends_the_tries(desk: Desk) -> None:
    """What did not arrive within the window is given up, and stands in the history as it last failed."""
    desk.subscribe("C0GENERAL", window=1)
    desk.slack.faults.add("chat.postMessage", faults.refused("service_unavailable"), times=None, when=only_general)
    while desk.time.moment <= NINE + 2 * HOUR:
        desk.round()
        desk.time.moment += 60
    desk.slack.faults.clear()
    assert "C0GENERAL" not in desk.round()
    assert desk.history("C0GENERAL") == [(4, "refused", "service_unavailable")]
    assert [channel for channel, _ in desk.said()] == ["C0NEWSROOM"]


def test_retry_after_is_honoured(desk: Desk) -> None:
    """Nothing is posted in a workspace before the time is over that Slack asks for, by this clock or another."""
    desk.slack.faults.add("chat.postMessage", faults.rate_limited(600))
    assert desk.round() == {"C0GENERAL": "refused", "C0NEWSROOM": "elsewhere"}
    calls = len(desk.slack.calls)
    second = State.open(desk.url)
    for ahead in (1.0, 60.0, 590.0):
        desk.time.moment = NINE + ahead
        desk.round()
        desk.another(second).round()
    assert len(desk.slack.calls) == calls
    assert desk.clock.pause(20.0) <= 20.0
    desk.time.moment = NINE + 601
    assert desk.round() == dict.fromkeys(BOTH, "accepted")
    second.close()


def test_an_error_of_ours_stops_no_other_channel(desk: Desk) -> None:
    """When a channel's message cannot be made the other channel still gets its own, and the first once it can."""

    def breaks(channel: str) -> None:
        if channel == "C0GENERAL":
            raise RuntimeError

    desk.echo.before = breaks
    assert desk.round() == {"C0GENERAL": "failed", "C0NEWSROOM": "accepted"}
    desk.echo.before = lambda channel: None
    with patch.object(ledger.Ledger, "begin", side_effect=StateError("the state database fails.")):
        assert desk.round() == {"C0GENERAL": "failed", "C0NEWSROOM": "before"}
    assert desk.round() == {"C0GENERAL": "accepted", "C0NEWSROOM": "before"}


def test_three_days_of_failure_pause(desk: Desk) -> None:
    """After three days on which nothing arrived a subscription pauses, and who subscribed is told, once; not before."""
    desk.slack.faults.add("chat.postMessage", faults.refused("is_archived"), times=None, when=only_general)
    desk.round()
    desk.slack.faults.clear()
    desk.time.moment += DAY
    desk.round()
    desk.slack.faults.add("chat.postMessage", faults.refused("is_archived"), times=None, when=only_general)
    for _ in range(6):
        assert desk.subscription("C0GENERAL").paused == ""
        desk.time.moment += DAY / 2
        desk.round()
    assert desk.subscription("C0GENERAL").paused == "is_archived"
    for _ in range(5):
        desk.time.moment += DAY / 2
        desk.round()
    told = [text for _, text in desk.said() if "On 2026" not in text]
    assert told == ["<#C0GENERAL> is gone."]
    [message] = [message for message in desk.slack.messages() if message.text == told[0]]
    assert desk.slack.state.channels[message.channel].kind == "im"
    assert sum(channel == "C0NEWSROOM" for channel, _ in desk.said()) == 7
    # It begins anew from the day on which it goes on, with no days missed and no failures counted.
    desk.slack.faults.clear()
    assert desk.clock.subscriptions.resume(desk.workspace, "C0GENERAL")
    before = desk.history("C0GENERAL")
    desk.time.moment += DAY / 2
    assert desk.round()["C0GENERAL"] == "accepted"
    assert desk.history("C0GENERAL")[1:] == before


def test_passing_failures_pause_too(desk: Desk) -> None:
    """Three days on which Slack could not be reached all day long pause a subscription as well."""
    desk.slack.faults.add("chat.postMessage", faults.refused("service_unavailable"), times=None, when=only_general)
    for _ in range(3 * 24 + 12):
        desk.round()
        desk.time.moment += HOUR
    assert desk.subscription("C0GENERAL").paused == "service_unavailable"
    assert [day for day, _, _ in desk.history("C0GENERAL")] == [6, 5, 4]


def test_who_is_told_of_a_pause_when_that_fails(desk: Desk) -> None:
    """A line to the subscriber that did not arrive is sent again; one that may have arrived is not."""
    desk.time.moment = NINE - 1
    assert desk.clock.subscriptions.pause(desk.workspace, "C0GENERAL", "not_in_channel")
    assert not desk.clock.subscriptions.pause(desk.workspace, "C0GENERAL", "not_in_channel")
    desk.slack.faults.add("chat.postMessage", faults.refused("service_unavailable"))
    desk.round()
    desk.round()
    desk.round()
    assert [text for _, text in desk.said()] == ["Not in <#C0GENERAL>."]
    assert desk.clock.subscriptions.pause(desk.workspace, "C0NEWSROOM", "some<error>")
    desk.slack.faults.add("chat.postMessage", faults.reset())
    desk.round()
    desk.round()
    assert [text for _, text in desk.said()] == ["Not in <#C0GENERAL>.", "<#C0NEWSROOM>: some&lt;error&gt;."]


def test_where_the_app_is_not_installed(desk: Desk) -> None:
    """A workspace without the app is recorded, and stops no other."""
    desk.time.moment -= HOUR
    other = Subscription(workspace=Workspace(team="T0ELSEWHERE"), channel="C9", person="U9")
    desk.clock.subscriptions.put(other)
    desk.time.moment += HOUR
    assert desk.round() == {**dict.fromkeys(BOTH, "accepted"), "C9": "never_sent"}
    [record] = desk.clock.subscriptions.history(other.workspace, "C9")
    assert (record.status, record.error) == ("never_sent", "not_installed")


# When


def test_a_late_start_catches_up(desk: Desk) -> None:
    """What came within the window is posted late; older days are recorded as missed, once, and not posted."""
    desk.time.moment = NINE + 3 * DAY + 5 * HOUR
    assert desk.round() == dict.fromkeys(BOTH, "accepted")
    desk.another(desk.state).round()
    expected = [(7, "accepted", None), *((day, "missed", None) for day in (6, 5, 4))]
    assert desk.history("C0GENERAL") == expected
    assert desk.said() == [(channel, "On 2026-04-07") for channel in BOTH]


def test_too_late(desk: Desk) -> None:
    """A start after the window posts nothing, and says that the day was missed; by hand it can still be posted."""
    desk.time.moment = NINE + 6 * HOUR + 1
    assert desk.round() == {}
    assert desk.history("C0GENERAL") == [(4, "missed", None)]
    assert [result.status for result in desk.clock.date(DATE)] == ["accepted", "accepted"]
    assert desk.history("C0GENERAL") == [(4, "accepted", None)]


def test_a_clock_that_stops_for_a_day_while_it_runs(desk: Desk) -> None:
    """A machine that slept through a day records it as missed when it wakes."""
    desk.round()
    desk.time.moment = NINE + 2 * DAY
    desk.round()
    assert desk.history("C0GENERAL") == [(6, "accepted", None), (5, "missed", None), (4, "accepted", None)]


CHANGES: list[tuple[dict[str, Any], int]] = [
    ({"time": datetime.time(15)}, 12),
    ({"time": datetime.time(8)}, 23),
    ({"zone": "Pacific/Auckland"}, 1),
    ({"zone": "America/Los_Angeles"}, 10),
    ({"zone": "Pacific/Apia", "time": datetime.time(23, 30)}, 14),
    ({"taste": Taste(weekdays=frozenset({5, 6}))}, 30),
    ({"window": 24}, 2),
]


@pytest.mark.parametrize(("change", "hours"), CHANGES)
def test_a_change_gives_no_second_post(desk: Desk, change: dict[str, Any], hours: int) -> None:
    """However hour, zone, days or window are changed, and back again, no local date is posted twice or called missed."""
    for hour in range(24 * 8):
        if hour == hours:
            desk.subscribe("C0GENERAL", **change)
        if hour == hours + 40:
            desk.subscribe("C0GENERAL")
        desk.round()
        desk.time.moment += HOUR
    posts = Counter(text for channel, text in desk.said() if channel == "C0GENERAL")
    assert set(posts.values()) == {1}
    assert len(posts) >= 6
    assert {status for _, status, _ in desk.history("C0GENERAL")} == {"accepted"}


def test_a_quiet_channel(desk: Desk) -> None:
    """A channel that wants only what is dated to the very day gets nothing else, and the history says so."""
    desk.subscribe("C0GENERAL", quiet=True)
    kinds: tuple[TodayKind, ...] = ("day", "publication", "month", "anniversary", "quotation")
    for number, kind in enumerate(kinds):
        desk.echo.kind = kind
        desk.time.moment = NINE + number * DAY
        desk.round()
        desk.round()
    assert [status for _, status, _ in desk.history("C0GENERAL")] == ["quiet", "quiet", "quiet", "accepted", "accepted"]
    assert Counter(channel for channel, _ in desk.said()) == {"C0GENERAL": 2, "C0NEWSROOM": 5}


def test_nothing_to_say(desk: Desk) -> None:
    """Where no document has anything that the channel wants nothing is posted, and the history says so."""
    desk.echo.items = ()
    assert desk.round() == dict.fromkeys(BOTH, "quiet")
    assert desk.round() == dict.fromkeys(BOTH, "before")
    assert (desk.said(), desk.history("C0GENERAL")) == ([], [(4, "quiet", None)])


def test_the_taste_is_asked_for(desk: Desk) -> None:
    """A channel's post is chosen by its own taste, for its own date."""
    taste = Taste(topics=frozenset({"ukraine"}), sources=frozenset({"rumer"}))
    desk.subscribe("C0GENERAL", taste=taste, zone="Pacific/Auckland", time=datetime.time(21))
    with patch.object(desk.echo, "today", wraps=desk.echo.today) as today:
        desk.round()
    [call] = [call for call in today.call_args_list if call.args[1] == "C0GENERAL"]
    assert (call.args[0], call.kwargs) == (DATE, {"taste": taste})


def test_when_to_look_again(desk: Desk) -> None:
    """The clock sleeps until the next post, and never longer than until it looks for new subscriptions."""
    desk.round()
    assert desk.clock.pause(20.0) == 20.0
    desk.time.moment = NINE + DAY - 7
    assert desk.clock.pause(20.0) == pytest.approx(7)


# How fast


def test_a_thousand_channels_at_one_minute(desk: Desk) -> None:
    """A thousand channels that are due at once are posted to at three a second, and the clock still looks around."""
    desk.time.moment -= HOUR
    for number in range(1000):
        desk.subscribe(f"C{number:04}")
    desk.time.moment += HOUR
    sent: list[tuple[float, str]] = []

    def sends(_: object, *, channel: str, **__: object) -> Outcome:
        sent.append((desk.time.moment, channel))
        return Outcome(kind="accepted", ts="1.1")

    rounds = 0
    with patch("natobot.errands.post", sends), patch.multiple(errands, PACE=PACE, CHANNEL_PACE=CHANNEL_PACE):
        while len(sent) < 1002:
            desk.round()
            rounds += 1
            desk.time.moment += desk.clock.pause(20.0)
    moments = [at for at, _ in sent]
    assert len({channel for _, channel in sent}) == 1002
    assert max(sum(start <= at < start + 1 for at in moments) for start in moments) <= 3
    assert 333 <= moments[-1] - moments[0] <= 360
    assert rounds >= 333 / (errands.SLICE + 2)


def test_one_message_a_second_in_a_channel(desk: Desk) -> None:
    """A channel that catches up two dates gets them a second apart."""
    desk.time.moment = NINE - 2 * DAY
    desk.clock.subscriptions.remove(desk.workspace, "C0NEWSROOM")
    desk.subscribe("C0GENERAL", window=24)
    desk.time.moment = NINE + DAY
    sent: list[float] = []

    def sends(_: object, **__: object) -> Outcome:
        sent.append(desk.time.moment)
        return Outcome(kind="accepted", ts="1.1")

    with patch("natobot.errands.post", sends), patch.multiple(errands, PACE=PACE, CHANNEL_PACE=CHANNEL_PACE):
        desk.round()
    assert len(sent) == 2
    assert sent[1] - sent[0] == pytest.approx(CHANNEL_PACE)


def test_workspaces_are_served_side_by_side(desk: Desk) -> None:
    """A workspace does not wait for another: each post here ends only when the other workspaces have theirs under way."""
    count = errands.LANES
    desk.time.moment -= HOUR
    for number in range(count):
        desk.clock.subscriptions.put(Subscription(workspace=Workspace(team=f"T{number}"), channel=f"C{number}"))
    for channel in BOTH:
        desk.clock.subscriptions.remove(desk.workspace, channel)
    desk.time.moment += HOUR
    together = threading.Barrier(count)

    def sends(_: object, **__: object) -> Outcome:
        together.wait(10)
        return Outcome(kind="accepted", ts="1.1")

    clock = Clockwork(desk.echo.as_natobot(), desk.state, lambda _: desk.client, stop=desk.time, now=desk.time.now)
    with patch("natobot.errands.post", sends):
        assert [result.status for result in clock.round()] == ["accepted"] * count


def _the_same(client: WebClient, _: Workspace) -> WebClient:
    return client


def test_clocks_share_the_work(desk: Desk) -> None:
    """Of two clocks that strike at once each serves some of the workspaces, and none is served twice."""
    count = 8
    desk.time.moment -= HOUR
    for number in range(count):
        desk.clock.subscriptions.put(Subscription(workspace=Workspace(team=f"T{number}"), channel=f"C{number}"))
    for channel in BOTH:
        desk.clock.subscriptions.remove(desk.workspace, channel)
    desk.time.moment += HOUR
    both = threading.Barrier(2)
    served: list[list[str]] = [[], []]

    def sends(client: WebClient, *, channel: str, **_: object) -> Outcome:
        """The first post of a clock ends only when the other has its first under way."""
        number = posters.index(client)
        served[number].append(channel)
        if len(served[number]) == 1:
            both.wait(10)
        return Outcome(kind="accepted", ts="1.1")

    posters = [posting_client(WebClient("xoxb-1")) for _ in range(2)]
    states = [State.open(desk.url) for _ in range(2)]
    with patch("natobot.errands.post", sends), patch.object(errands, "LANES", 1):
        bot, now = desk.echo.as_natobot(), desk.time.now
        pairs = zip(states, posters, strict=True)
        given = [Clockwork(bot, state, partial(_the_same, mine), stop=desk.time, now=now) for state, mine in pairs]
        threads = [threading.Thread(target=each.round) for each in given]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(served[0] + served[1]) == [f"C{number}" for number in range(count)]
    assert served[0]
    assert served[1]
    for state in states:
        state.close()


# The commands


def test_the_command(tmp_path: Path, local: Playground) -> None:
    """`daily` posts a date to the channels of the setting, once; an ended subscription does not come back by the setting."""
    local.reset()
    own = settings(tmp_path, local, NATOBOT_DAILY_CHANNELS="C0GENERAL, C0NEWSROOM,C0GENERAL")
    with plain(), patch("natobot.daily.Natobot.open", lambda _: Echo()), patch("natobot.daily.now", lambda: NINE):
        assert [(result.channel, result.status) for result in daily.daily(own, DATE)] == [(c, "accepted") for c in BOTH]
        assert [result.status for result in daily.daily(own, DATE)] == ["before", "before"]
        with patch("natobot.daily.now", lambda: NINE + 5 * DAY + HOUR):
            assert [(result.date, result.status) for result in daily.daily(own)] == [("2026-04-09", "accepted")] * 2
        with ExitStack() as stack:
            state = State.open(own.state_url)
            stack.callback(state.close)
            subscriptions = Clockwork(Echo().as_natobot(), state, lambda _: None).subscriptions
            [first, second] = subscriptions.all()
            assert (first.time, first.zone, first.person, first.channel) == (datetime.time(9), "UTC", "", "C0GENERAL")
            assert subscriptions.remove(second.workspace, second.channel)
        with patch("natobot.daily.now", lambda: NINE + 6 * DAY):
            assert [(result.channel, result.status) for result in daily.daily(own)] == [("C0GENERAL", "accepted")]


POSTED = Posted(channel="C1", date="2026-04-04", status="accepted")


@pytest.mark.parametrize(
    ("posted", "line"),
    [
        (POSTED, "posted."),
        (replace(POSTED, status="before"), "posted or given up before."),
        (replace(POSTED, status="quiet"), "the documents have nothing that the channel wants."),
        (replace(POSTED, status="elsewhere", open=True), "another clock is at it."),
        (
            replace(POSTED, status="refused", error="not_in_channel"),
            "Slack refused the post (not_in_channel). Invite the app to the channel.",
        ),
        (
            replace(POSTED, status="never_sent", error="gaierror", open=True),
            "Slack could not be reached (gaierror). It is tried again.",
        ),
        (replace(POSTED, status="uncertain", error="http_502"), "the post may have arrived, and is not repeated (http_502)."),
        (replace(POSTED, status="failed", error="StateError", open=True), "natobot failed (StateError). It is tried again."),
    ],
    ids=lambda value: value.status if isinstance(value, Posted) else "",
)
def test_what_became_of_a_post_is_one_line(posted: Posted, line: str) -> None:
    """Whatever became of it, a line says so in words, with the remedy where a person has one."""
    assert posted.line() == f"C1, 2026-04-04: {line}"


def test_the_command_says_what_became_of_each(tmp_path: Path, local: Playground) -> None:
    """`daily` prints a line for every channel; the second time it says that there was nothing to do."""
    local.reset()
    env = {**local.env(), "NATOBOT_HOME": str(tmp_path), "NATOBOT_DAILY_CHANNELS": "C0GENERAL,C0NOWHERE"}
    with plain(), patch("natobot.daily.Natobot.open", lambda _: Echo()):
        first, second = (CliRunner(env=env).invoke(main, ["daily", "--date", DATE.isoformat()]) for _ in range(2))
    refused = "C0NOWHERE, 2026-04-04: Slack refused the post (channel_not_found). Check the channel's id"
    assert first.stdout.startswith(f"C0GENERAL, 2026-04-04: posted.\n{refused}")
    assert second.stdout.startswith(f"C0GENERAL, 2026-04-04: posted or given up before.\n{refused}")
    assert (first.exit_code, second.exit_code) == (0, 0)


def test_the_command_waits_for_what_passes(tmp_path: Path, local: Playground) -> None:
    """`daily` tries again what did not arrive before it ends, and leaves a long Retry-After to the next run."""
    local.reset()
    own = settings(tmp_path, local, NATOBOT_DAILY_CHANNELS="C0GENERAL")
    local.faults.add("chat.postMessage", faults.refused("service_unavailable"), times=2)
    slept: list[float] = []
    with plain(), patch("natobot.daily.Natobot.open", lambda _: Echo()), patch("natobot.daily.time.sleep", slept.append):
        assert [result.status for result in daily.daily(own, DATE)] == ["accepted"]
        assert slept == [daily.ROUND_PAUSE] * 2
        local.faults.add("chat.postMessage", faults.rate_limited(3600))
        [result] = daily.daily(own, DATE + datetime.timedelta(1))
    assert (result.status, result.open, result.retry_after) == ("refused", True, 3600)
    assert len(slept) == 2


def test_many_workspaces(tmp_path: Path, local: Playground, caplog: pytest.LogCaptureFixture) -> None:
    """By OAuth each workspace is posted to with its own token; the channels of the setting, of which nobody knows whose
    they are, are left alone, and the log says so."""
    many = {"SLACK_BOT_TOKEN": "", "SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "s", "NATOBOT_DAILY_CHANNELS": "C1"}
    own = settings(tmp_path, local, **many)
    with plain(), patch("natobot.daily.Natobot.open", lambda _: Echo()):
        assert daily.daily(own, DATE) == []
        state = State.open(own.state_url)
        assert "NATOBOT_DAILY_CHANNELS names no workspace" in caplog.text
        Subscriptions(state).put(Subscription(workspace=Workspace(team="T0NOBODY"), channel="C9"))
        [result] = daily.daily(own, DATE)
        assert (result.status, result.error, result.open) == ("never_sent", "not_installed", False)
        posting, workspace = clients(own, state)
        assert (posting(Workspace(team="T0NOBODY")), workspace) == (None, None)
    state.close()


@pytest.mark.parametrize(
    ("ours", "other", "posts"),
    [
        (Workspace(team="T1"), Workspace(team="T1"), True),
        (Workspace(team="T1"), Workspace(enterprise="E1", team="T1"), True),
        (Workspace(team="T1"), Workspace(team="T2"), False),
        (Workspace(enterprise="E1"), Workspace(enterprise="E1", team="T2"), True),
        (Workspace(enterprise="E1"), Workspace(enterprise="E2", team="T2"), False),
    ],
)
def test_a_token_posts_where_it_belongs(ours: Workspace, other: Workspace, posts: bool) -> None:
    """A subscription of another workspace, which had a token here before, is not posted to with this one."""
    client = posting_client(WebClient("xoxb-1"))
    assert (only(ours, client)(other) is client) == posts


def test_nobody_has_subscribed(tmp_path: Path, local: Playground) -> None:
    """Without subscriptions `daily` says that nothing is due, and is content."""
    local.reset()
    env = {**local.env(), "NATOBOT_HOME": str(tmp_path)}
    with plain(), patch("natobot.daily.Natobot.open", lambda _: Echo()):
        result = CliRunner(env=env).invoke(main, ["daily"])
    assert (result.exit_code, result.stdout) == (0, "nothing is due\n")


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that other threads or processes bring about."""
    done = threading.Event()
    for _ in range(600):
        if condition():
            return
        done.wait(0.05)
    raise TimeoutError


def test_the_clock(tmp_path: Path, local: Playground) -> None:
    """The clock posts when the hour comes, finds a new subscription while it runs, and ends when it is asked to."""
    local.reset()
    own = settings(tmp_path, local)
    start = datetime.datetime.now(datetime.UTC).replace(second=0, microsecond=0)
    state = State.open(own.state_url)
    subscriptions = Clockwork(Echo().as_natobot(), state, lambda _: None, now=lambda: start.timestamp() - DAY).subscriptions
    workspace = identify(WebClient(local.bot_token, base_url=local.api_url)).workspace
    with process(tmp_path, local, "from natobot import daily; daily.TICK = 0.2; daily.clock(Settings.load())") as running:
        for number, channel in enumerate(BOTH, 1):
            subscriptions.put(Subscription(workspace=workspace, channel=channel, time=start.time().replace(tzinfo=None)))
            wait_until(lambda number=number: len(local.messages()) == number)  # type: ignore[misc]
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
    assert [message.channel for message in local.messages()] == list(BOTH)
    state.close()


def test_a_broken_round_does_not_stop_the_clock(desk: Desk) -> None:
    """When a round fails, by the database or by an error of ours, the clock goes on to the next."""
    bot = desk.echo.as_natobot()
    for error in (StateError("the state database fails."), RuntimeError()):
        with patch.object(desk.clock, "round", side_effect=error):
            assert daily._strike(bot, desk.clock) == daily.TICK
    assert daily._strike(bot, desk.clock) == daily.TICK
    assert len(desk.said()) == 2


def test_new_knowledge_does_not_hold_up_the_posts(desk: Desk) -> None:
    """While newer knowledge is being built, or cannot be, what is due is posted from the one in use."""
    built = threading.Event()
    with patch.object(daily, "PATIENT", 0.01):
        with patch.object(desk.echo, "refresh", lambda: built.wait(10)):
            assert daily._strike(desk.echo.as_natobot(), desk.clock) == daily.TICK
        assert len(desk.said()) == 2
        built.set()
    desk.time.moment += DAY
    with patch.object(desk.echo, "refresh", side_effect=RuntimeError):
        daily._strike(desk.echo.as_natobot(), desk.clock)
    assert len(desk.said()) == 4


def test_the_last_word_to_the_database(desk: Desk) -> None:
    """A clock that ends tells the database once more what it could not be told before."""
    with patch.object(ledger.Ledger, "finish", side_effect=StateError("the state database fails.")):
        desk.round()
    desk.clock.close()
    assert desk.history("C0GENERAL") == [(4, "accepted", None)]
