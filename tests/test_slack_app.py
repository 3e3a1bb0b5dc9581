"""The whole app against the local Slack, over HTTP and over Socket Mode: the same tests for both."""

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from slack_sdk.errors import SlackApiError

from natobot import web
from natobot.errors import InputError, SettingError
from natobot.model import Answer
from natobot.playground import faults
from natobot.playground.delivery import Packet, Transport
from natobot.playground.records import Message
from natobot.playground.server import Playground
from natobot.slack.app import identify, open_service, web_client
from natobot.state import Delivery, State, Workspace
from slack_desk import Echo, Gate, app, settings


def without_buttons(message: Message) -> list[dict[str, Any]]:
    """What a message says; only a private answer can be shared."""
    return [block for block in message.blocks if block["type"] != "actions"]


ASKED = Delivery(
    event_id="Ev1",
    workspace=Workspace(team="T0LOCAL01"),
    kind="mention",
    channel="C0GENERAL",
    message_ts="1700000001.000100",
    thread_ts="1700000001.000100",
    question="a sekretwort",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Playground]]:
    """The app at work twice, by transport, each in a local Slack of its own."""
    home = tmp_path_factory.mktemp
    with (
        Playground(transport="http") as http,
        app(home("http"), http, Echo()),
        Playground(transport="socket") as socket,
        app(home("socket"), socket, Echo()),
    ):
        yield {"http": http, "socket": socket}


@pytest.fixture(params=["http", "socket"])
def slack(running: dict[str, Playground], request: pytest.FixtureRequest) -> Iterator[Playground]:
    """A local Slack with nothing said yet; afterwards nothing may have been called that it does not know."""
    one = running[request.param]
    one.reset()
    yield one
    assert one.unknown_calls == []


def _in(room: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a call is for a channel."""
    return lambda body: bool(body["channel"] == room)


def test_a_command(slack: Playground) -> None:
    """A command is answered in its acknowledgement, well within a second, seen by the asker only, with blocks and text."""
    sent = slack.command("/nato", "who said <b> & co?")
    assert sent.elapsed < 1
    assert sent.posted is not None
    assert (sent.posted.text, sent.posted.via) == ("Echo: who said &lt;b&gt; &amp; co?", "ack")
    assert sent.posted.ephemeral_to
    assert sent.posted.blocks
    assert slack.calls == []


def test_mentions(slack: Playground) -> None:
    """A mention opens a thread on itself; one in a thread is answered there, knowing what was asked before."""
    first = slack.mention("who said it?")
    [reply] = slack.wait_for_messages(1)
    assert (reply.channel, reply.thread_ts, reply.text) == ("C0GENERAL", first.ts, "Echo: who said it?")
    assert (reply.unfurl_links, reply.unfurl_media) == (False, False)
    assert reply.blocks
    slack.mention("and when?", thread_ts=first.ts)
    [_, second] = slack.wait_for_messages(2)
    assert (second.thread_ts, second.text) == (first.ts, "Echo: and when? < who said it?")


def test_direct_messages(slack: Playground) -> None:
    """A direct message is answered at the top level, knowing what was asked there before; one in a thread in its thread."""
    person = slack.add_user("newcomer").id
    first = slack.direct_message("who said it?", user=person)
    slack.wait_for_messages(1)
    slack.direct_message("and when?", user=person)
    slack.wait_for_messages(2)
    slack.direct_message("in a thread", user=person, thread_ts=first.ts)
    slack.wait_for_messages(3)
    assert [(m.channel, m.thread_ts, m.text) for m in slack.messages()] == [
        (f"D{person[1:]}", None, "Echo: who said it?"),
        (f"D{person[1:]}", None, "Echo: and when? < who said it?"),
        (f"D{person[1:]}", first.ts, "Echo: in a thread"),
    ]


def test_events_are_acknowledged_before_they_are_answered(slack: Playground) -> None:
    """The acknowledgement does not wait for the post, even where posting is slow."""
    slack.faults.add("chat.postMessage", faults.slow(0.4))
    assert slack.mention("who?").delivery.elapsed < 0.3
    assert slack.messages() == []
    slack.wait_for_messages(1)


def test_four_deliveries_one_reply(slack: Playground) -> None:
    """An event that Slack sends four times, with its retry headers, is answered once and acknowledged each time."""
    sent = slack.mention("who?")
    slack.wait_for_messages(1)
    again = [slack.redeliver(sent.event_id) for _ in range(3)]
    assert [delivery.status for delivery in again] == [200, 200, 200]
    slack.settle(0.1)
    assert len(slack.messages()) == 1


def test_what_gets_no_reply(slack: Playground) -> None:
    """Edits, messages of bots, joins and reactions are acknowledged and not answered."""
    said = slack.direct_message("who?")
    slack.wait_for_messages(1)
    message = next(m for m in slack.messages(people=True) if m.ts == said.ts)
    slack.edit(message, "whom?")
    team = slack.state.team
    for event in (
        {"type": "app_mention", "bot_id": "B1", "text": f"<@{team.bot_user}> who?"},
        {"type": "message", "channel_type": "im", "subtype": "bot_message", "bot_id": "B1", "text": "who?"},
        {"type": "message", "channel_type": "im", "user": team.bot_user, "bot_id": team.bot, "text": "Echo"},
        {"type": "message", "channel_type": "channel", "user": "U0EDITOR1", "text": "who?"},
        {"type": "reaction_added", "user": "U0EDITOR1", "reaction": "eyes"},
    ):
        payload = {
            "type": "event_callback",
            "team_id": team.id,
            "event_id": f"Ev{abs(hash(str(event)))}",
            "event": {"channel": "C0GENERAL", "ts": "1700000001.000100", **event},
        }
        assert slack.send(Packet(kind="events_api", payload=payload)).status == 200
    slack.settle(0.1)
    assert len(slack.messages()) == 1


def test_an_unusable_channel_ends_quietly(slack: Playground) -> None:
    """Where the app may not post, nothing is tried twice, its person is told, and the next question elsewhere is answered."""
    room = slack.add_channel("closed", archived=True)
    slack.mention("who?", channel=room.name)
    [told] = slack.wait_for_messages(1)
    assert (told.channel, "cannot write" in told.text) == ("D0EDITOR1", True)
    slack.mention("who else?")
    slack.wait_for_messages(2)
    assert [call.answer.get("error") for call in slack.calls] == ["is_archived", None, None]


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["http", "socket"])
def test_across_a_restart(transport: Transport, tmp_path: Path) -> None:
    """What was asked before a stop is answered after the start, and what was answered before is not answered again."""
    gate = Gate()
    with Playground(transport=transport) as slack:
        with app(tmp_path, slack, Echo()):
            answered = slack.mention("first")
            slack.wait_for_messages(1)
        held = Echo(before=lambda text: gate.wait())
        short = patch("natobot.web.STOP_DELIVERIES", 0.1), patch("natobot.socket.STOP_DELIVERIES", 0.1)
        with short[0], short[1], app(tmp_path, slack, held):
            asked = [slack.mention(f"second, {number}") for number in range(12)]
            gate.wait_for(8)
        # Eight were under way and four in the queue; none was posted.
        assert len(slack.messages()) == 1
        with app(tmp_path, slack, Echo()):
            slack.wait_for_messages(13)
            for sent in (answered, *asked):
                slack.redeliver(sent.event_id)
            slack.settle(0.1)
            gate.open()
        assert sorted(m.thread_ts or "" for m in slack.messages()) == sorted(sent.ts for sent in (answered, *asked))


def test_no_token_and_no_text_in_the_logs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG for everything, no log holds a question, a token or the signing secret, whatever goes wrong."""

    def breaks(text: str) -> None:
        if "break" in text:
            raise RuntimeError(text)

    transports: tuple[Transport, ...] = ("http", "socket")
    for transport in transports:
        with (
            caplog.at_level(logging.DEBUG),
            patch("slack_sdk.http_retry.builtin_handlers.random.random", lambda: 0.0),
            Playground(transport=transport, ack_seconds=0.3) as slack,
            app(tmp_path, slack, Echo(before=breaks)),
        ):
            secrets = [slack.bot_token, slack.app_token, slack.signing_secret]
            slack.command("/nato", "sekretwort")
            slack.command("/nato", "sekretwort break")
            slack.command("/unknown", "sekretwort")
            for fault in (faults.refused("not_in_channel"), faults.server_error(), faults.reset(), faults.rate_limited(0)):
                room = slack.add_channel(fault.name).id
                slack.faults.add("chat.postMessage", fault, when=_in(room))
                slack.mention("sekretwort break", channel=room)
            slack.wait_for_calls("chat.postMessage", 7)
            slack.signing_secret = "wrong"
            slack.mention("sekretwort")
            slack.settle(0.1)
    assert "accepted" in caplog.text
    assert "reference" in caplog.text
    for secret in ["sekretwort", *secrets]:
        assert secret not in caplog.text


def test_slack_refuses_the_token(tmp_path: Path) -> None:
    """A token that Slack does not take is one line with Slack's word and the remedy, before anything is built."""
    with Playground() as slack:
        slack.revoke(slack.bot_token)
        with pytest.raises(SettingError, match=r"^SLACK_BOT_TOKEN: Slack refuses it \(token_revoked\)\. Install") as caught:
            open_service(settings(tmp_path, slack))
        assert slack.bot_token not in str(caught.value)
    assert not isinstance(caught.value.__cause__, SlackApiError)


def test_slack_cannot_be_reached(tmp_path: Path) -> None:
    """Where nobody listens at SLACK_API_URL, the line says so."""
    with Playground() as slack:
        gone = settings(tmp_path, slack)
    with pytest.raises(InputError, match=r"cannot be reached at http://127.0.0.1.*SLACK_API_URL"):
        identify(web_client(gone))


@pytest.mark.slow
def test_other_slack_settings_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Client id and secret in the environment, which turn Bolt to OAuth, change nothing and are not warned of."""
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "s")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-of-another-app")
    with Playground() as slack, app(tmp_path, slack, Echo()):
        slack.mention("who?")
        assert slack.wait_for_messages(1)[0].text == "Echo: who?"


@pytest.mark.slow
def test_newer_knowledge_is_picked_up(tmp_path: Path) -> None:
    """A running app looks for newer knowledge by itself, and one look that fails does not end the looking."""
    gate = Gate()

    class Learner(Echo):
        def refresh(self) -> bool:
            if gate.count() == 1:
                raise RuntimeError
            self.knowledge = "k2"
            return True

        def reply(self, text: str, thread: object = None) -> Answer:
            return super().reply(f"{text} by {self.knowledge}")

    with Playground() as slack, patch("natobot.slack.app.REFRESH", 0.01), app(tmp_path, slack, Learner()):
        gate.wait_for(3)
        sent = slack.command("/nato", "who?")
        assert sent.posted is not None
        assert sent.posted.text == "Echo: who? by k2"


@pytest.mark.slow
def test_a_running_app_takes_up_what_others_left(tmp_path: Path) -> None:
    """What a dead process had claimed is answered by one that runs already; the log of erased questions is emptied."""
    url = f"sqlite:///{tmp_path / 'state.sqlite3'}"
    with Playground() as slack, patch("natobot.slack.app.RENEW", 0.02), app(tmp_path, slack, Echo()):
        other = State.open(url)
        other.claim(ASKED)
        other.close()
        assert slack.wait_for_messages(1)[0].text == "Echo: a sekretwort"
        deadline = time.monotonic() + 5
        while (tmp_path / "state.sqlite3-wal").stat().st_size:
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.mark.slow
def test_a_running_app_keeps_what_is_its_own(tmp_path: Path) -> None:
    """While an app lives, nobody else takes up its work, however long it takes."""
    gate = Gate()
    with (
        Playground() as slack,
        patch("natobot.slack.app.RENEW", 0.02),
        patch("natobot.state.LEASE", 0.1),
        app(tmp_path, slack, Echo(before=lambda text: gate.wait())),
    ):
        slack.mention("who?")
        gate.wait_for(1)
        time.sleep(0.25)
        other = State.open(f"sqlite:///{tmp_path / 'state.sqlite3'}")
        assert other.pending() == []
        gate.open()
        slack.wait_for_messages(1)
        other.close()


@pytest.mark.slow
def test_the_real_bot(tmp_path: Path) -> None:
    """natobot itself, with the shipped documents, answers any text by command and by mention in blocks that Slack takes."""
    texts = [
        "what does Rumer say about China?",
        "what hapened at the buchrest summit",
        "who is the king of Iceland?",
        "",
        "help",
        "<!channel> *bold* <@U0EDITOR1> <https://example.org|link> & `code`",
        "🦊 אב 北约 \u202e",
        "x" * 3000,
        "'; DROP TABLE deliveries; --",
    ]
    with Playground() as slack, web.running(settings(tmp_path, slack)) as slack.app_url:
        room = [slack.add_channel(f"room{number}").id for number in range(len(texts))]
        for text, channel in zip(texts, room, strict=True):
            sent = slack.command("/nato", text, channel=channel)
            assert (sent.error, sent.messages) == (None, ())
            assert sent.posted is not None
            assert slack.mention(text, channel=channel).delivery.status == 200
        posted = slack.wait_for_messages(2 * len(texts))
        assert all(call.answer["ok"] for call in slack.calls)
        for channel in room:
            by_command, by_mention = (message for message in posted if message.channel == channel)
            assert without_buttons(by_command) == without_buttons(by_mention)
