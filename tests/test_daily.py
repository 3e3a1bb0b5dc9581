"""The daily post: once per channel and date, whatever happens."""

import datetime
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from slack_sdk import WebClient

from natobot import daily, database
from natobot.cli import main
from natobot.daily import Posted, due_date, post_due
from natobot.database import StateError
from natobot.errors import SettingError
from natobot.playground import faults
from natobot.playground.server import Playground
from natobot.slack.post import posting_client
from natobot.state import State
from slack_desk import Echo, plain, settings

DATE = datetime.date(2026, 4, 4)
BOTH = ("C0GENERAL", "C0NEWSROOM")


@dataclass
class Desk:
    """What a daily post needs."""

    slack: Playground
    state: State
    echo: Echo = field(default_factory=Echo)
    slept: list[float] = field(default_factory=list)

    def post(self, *channels: str, date: datetime.date = DATE) -> tuple[Posted, ...]:
        """Post what is due."""
        client = posting_client(WebClient(self.slack.bot_token, base_url=self.slack.api_url))
        return post_due(self.echo.as_natobot(), self.state, client, channels or BOTH, date, sleep=self.slept.append)

    def statuses(self) -> dict[str, str]:
        """How the posts stand in the database."""
        with self.state._engine.connect() as connection:
            return {row["channel"]: row["status"] for row in connection.execute(sa.select(database.daily_posts)).mappings()}


@pytest.fixture(scope="module")
def local() -> Iterator[Playground]:
    """One local Slack for all."""
    with Playground() as running:
        yield running


@pytest.fixture
def desk(local: Playground, tmp_path: Path) -> Iterator[Desk]:
    """A desk with nothing posted yet."""
    local.reset()
    state = State.open(f"sqlite:///{tmp_path / 'state.sqlite3'}")
    with plain():
        yield Desk(local, state)
    state.close()


def test_once_per_channel_and_date(desk: Desk) -> None:
    """Each channel gets a date's message once, however often it is due; another date is another message."""
    assert [result.status for result in desk.post()] == ["accepted", "accepted"]
    assert [result.status for result in desk.post()] == ["before", "before"]
    assert [result.status for result in desk.post("C0GENERAL", date=DATE + datetime.timedelta(1))] == ["accepted"]
    assert [(m.channel, m.text, m.unfurl_links) for m in desk.slack.messages()] == [
        ("C0GENERAL", "On 2026-04-04", False),
        ("C0NEWSROOM", "On 2026-04-04", False),
        ("C0GENERAL", "On 2026-04-05", False),
    ]


def test_once_from_many_clocks(desk: Desk) -> None:
    """Of several clocks that strike at once, one posts."""
    threads = [threading.Thread(target=desk.post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(m.channel for m in desk.slack.messages()) == list(BOTH)


@pytest.mark.parametrize("error", ["not_in_channel", "is_archived", "channel_not_found"])
def test_a_bad_channel_stops_no_other(desk: Desk, error: str) -> None:
    """A channel that cannot be posted to is recorded, not tried twice, and the others get their message."""
    desk.slack.faults.add("chat.postMessage", faults.refused(error), when=lambda body: body["channel"] == "C0GENERAL")
    bad, good = desk.post()
    assert (bad.status, bad.error, bad.open, good.status) == ("refused", error, False, "accepted")
    assert len(desk.slack.calls) == 3  # auth.test and two posts
    assert desk.statuses() == {"C0GENERAL": "refused", "C0NEWSROOM": "accepted"}
    # Nothing was posted there, so whoever has mended it can have the post made.
    assert [result.status for result in desk.post()] == ["accepted", "before"]


@pytest.mark.parametrize("fault", [faults.reset(), faults.server_error(502, accepted=True), faults.refused("fatal_error")])
def test_uncertain_is_never_repeated(desk: Desk, fault: faults.Fault) -> None:
    """When nobody can know whether the post arrived, it is not made again, neither now nor later."""
    desk.slack.faults.add("chat.postMessage", fault)
    assert [result.status for result in desk.post("C0GENERAL")] == ["uncertain"]
    assert [result.status for result in desk.post("C0GENERAL")] == ["before"]
    assert len(desk.slack.messages()) <= 1
    assert desk.statuses() == {"C0GENERAL": "uncertain"}


def test_killed_while_posting(desk: Desk) -> None:
    """A claim whose post was cut off is not made again."""
    with patch("natobot.daily.post", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        desk.post("C0GENERAL")
    assert [result.status for result in desk.post("C0GENERAL")] == ["before"]
    assert desk.slack.messages() == []


def test_what_did_not_arrive_is_tried_again(desk: Desk) -> None:
    """A refusal that passes is tried again after the other channels had theirs, with growing pauses."""
    fault = faults.refused("service_unavailable")
    desk.slack.faults.add("chat.postMessage", fault, times=2, when=lambda body: body["channel"] == "C0GENERAL")
    assert [result.status for result in desk.post()] == ["accepted", "accepted"]
    assert [call.body["channel"] for call in desk.slack.calls[1:]] == ["C0GENERAL", "C0NEWSROOM", "C0GENERAL", "C0GENERAL"]
    assert desk.slept == list(daily.PAUSES)


def test_what_does_not_arrive_stays_open(desk: Desk) -> None:
    """After three rounds a post that never arrived is left for later; a long Retry-After ends the rounds at once."""
    desk.slack.faults.add("chat.postMessage", faults.refused("service_unavailable"), times=3)
    [result] = desk.post("C0GENERAL")
    assert (result.status, result.open, len(desk.slack.calls)) == ("refused", True, 4)
    desk.slack.faults.add("chat.postMessage", faults.rate_limited(3600))
    [result] = desk.post("C0GENERAL")
    assert (result.open, result.retry_after, len(desk.slack.calls)) == (True, 3600, 6)
    assert [result.status for result in desk.post("C0GENERAL")] == ["accepted"]
    assert len(desk.slack.messages()) == 1


def test_an_error_of_ours_stops_no_other_channel(desk: Desk) -> None:
    """When a channel's message cannot be made, or the database fails, the other channel still gets its own."""

    def breaks(channel: str) -> None:
        if channel == "C0GENERAL":
            raise RuntimeError

    desk.echo.before = breaks
    assert [result.status for result in desk.post()] == ["failed", "accepted"]
    desk.echo.before = lambda channel: None
    with patch.object(desk.state, "claim_daily", side_effect=StateError("the state database fails.")):
        [result] = desk.post("C0GENERAL")
    assert (result.status, result.open) == ("failed", True)
    assert [result.status for result in desk.post()] == ["accepted", "before"]


def test_nothing_to_say(desk: Desk) -> None:
    """Where no document has anything, nothing is posted and nothing is claimed."""
    desk.echo.items = ()
    assert [result.status for result in desk.post()] == ["nothing", "nothing"]
    assert (desk.slack.messages(), desk.statuses()) == ([], {})


def test_the_command(tmp_path: Path, local: Playground) -> None:
    """`daily` posts to the channels of the setting, the same date only once."""
    local.reset()
    own = settings(tmp_path, local, NATOBOT_DAILY_CHANNELS="C0GENERAL, C0NEWSROOM,C0GENERAL")
    with plain(), patch("natobot.daily.Natobot.open", lambda _: Echo()):
        assert [(result.channel, result.status) for result in daily.daily(own, DATE)] == [(c, "accepted") for c in BOTH]
        assert [result.status for result in daily.daily(own, DATE)] == ["before", "before"]
        assert [result.status for result in daily.daily(own)] == ["accepted", "accepted"]
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    assert {m.text for m in local.messages()} == {"On 2026-04-04", f"On {today}"}


@pytest.mark.parametrize(
    ("posted", "line"),
    [
        (Posted(channel="C1", status="accepted"), "C1: posted."),
        (Posted(channel="C1", status="before"), "C1: posted or given up before."),
        (Posted(channel="C1", status="nothing"), "C1: the documents have nothing to post."),
        (
            Posted(channel="C1", status="refused", error="not_in_channel"),
            "C1: Slack refused the post (not_in_channel). Invite the app to the channel.",
        ),
        (
            Posted(channel="C1", status="never_sent", error="gaierror", open=True),
            "C1: Slack could not be reached (gaierror). It can be tried again.",
        ),
        (
            Posted(channel="C1", status="uncertain", error="http_502"),
            "C1: the post may have arrived, and is not repeated (http_502).",
        ),
        (
            Posted(channel="C1", status="failed", error="StateError", open=True),
            "C1: natobot failed (StateError). It can be tried again.",
        ),
    ],
    ids=lambda value: value.status if isinstance(value, Posted) else "",
)
def test_what_became_of_a_post_is_one_line(posted: Posted, line: str) -> None:
    """Whatever became of it, a line says so in words, with the remedy where a person has one."""
    assert posted.line() == line


def test_the_command_says_what_became_of_each(tmp_path: Path, local: Playground) -> None:
    """`daily` prints a line for every channel; the second time it says that there was nothing to do."""
    local.reset()
    env = {**local.env(), "NATOBOT_HOME": str(tmp_path), "NATOBOT_DAILY_CHANNELS": "C0GENERAL,C0NOWHERE"}
    with plain(), patch("natobot.daily.Natobot.open", lambda _: Echo()):
        first, second = (CliRunner(env=env).invoke(main, ["daily", "--date", DATE.isoformat()]) for _ in range(2))
    refused = "C0NOWHERE: Slack refused the post (channel_not_found). Check the channel's id"
    assert first.stdout.startswith(f"C0GENERAL: posted.\n{refused}")
    assert second.stdout.startswith(f"C0GENERAL: posted or given up before.\n{refused}")
    assert (first.exit_code, second.exit_code) == (0, 0)


@pytest.mark.parametrize("command", [daily.daily, daily.clock])
def test_no_channels(tmp_path: Path, local: Playground, command: object) -> None:
    """Without channels there is nothing to do, and the line names the setting."""
    with pytest.raises(SettingError, match="NATOBOT_DAILY_CHANNELS: names no channel"):
        command(settings(tmp_path, local))  # type: ignore[operator]


@pytest.mark.parametrize("command", [daily.daily, daily.clock])
def test_many_workspaces(tmp_path: Path, local: Playground, command: object) -> None:
    """By OAuth the channels name no workspace, and the line says what the daily post needs."""
    many = {"SLACK_BOT_TOKEN": "", "SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "s", "NATOBOT_DAILY_CHANNELS": "C1"}
    with pytest.raises(SettingError, match=r"^SLACK_BOT_TOKEN: missing, and the daily post needs it for now: .* Set it for"):
        command(settings(tmp_path, local, **many))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("now", "done", "due"),
    [
        ("2026-04-04T08:59:59", None, None),
        ("2026-04-04T09:00:00", None, DATE),
        ("2026-04-04T23:59:59", None, DATE),
        ("2026-04-04T09:00:20", DATE, None),
        ("2026-04-05T08:00:00", DATE, None),
        ("2026-04-05T09:00:01", DATE, datetime.date(2026, 4, 5)),
    ],
)
def test_when_it_is_due(now: str, done: datetime.date | None, due: datetime.date | None) -> None:
    """A date is due from nine o'clock UTC until it is done; a late start is late, not lost."""
    assert due_date(datetime.datetime.fromisoformat(now).replace(tzinfo=datetime.UTC), done) == due


def test_the_clock(tmp_path: Path, local: Playground) -> None:
    """The clock posts when the hour comes, tries again later what did not arrive, and then waits for the next day."""
    local.reset()
    moments = iter(
        ["2026-04-04T08:59:50", "2026-04-04T09:00:10", "2026-04-04T09:05:10", "2026-04-04T09:05:30", "2026-04-05T09:00:00"]
    )
    waits: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0.0)
            return False

        def is_set(self) -> bool:
            return len(local.messages()) == 2

    local.faults.add("chat.postMessage", faults.refused("service_unavailable"), times=3)
    with (
        plain(),
        patch("natobot.daily.Natobot.open", lambda _: Echo()),
        patch("natobot.daily.until_stopped") as signals,
        patch("natobot.daily._now", lambda: datetime.datetime.fromisoformat(next(moments)).replace(tzinfo=datetime.UTC)),
    ):
        signals.return_value.__enter__.return_value = Stop()
        daily.clock(settings(tmp_path, local, NATOBOT_DAILY_CHANNELS="C0GENERAL"))
    assert [m.text for m in local.messages()] == ["On 2026-04-04", "On 2026-04-05"]
    assert waits == [daily.TICK, *daily.PAUSES, daily.LATER, 0.0, daily.TICK, daily.TICK, 0.0, daily.TICK]
