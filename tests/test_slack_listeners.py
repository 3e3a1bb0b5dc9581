"""What is listened to and what is ignored, and that it can be mounted into somebody else's app."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.http_retry import RateLimitErrorRetryHandler

from natobot.feedback import Feedback
from natobot.playground.server import Playground
from natobot.slack.commands import answer_command
from natobot.slack.desk import Desk
from natobot.slack.listeners import delivery_of, register, without_mention
from natobot.slack.post import posting_client
from natobot.state import Delivery, State, Workspace
from slack_desk import Echo, plain, signed

OURS = Workspace(team="T1")
BOT = "U0BOT"
MENTION = {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1700000001.000100", "text": f"<@{BOT}> who?"}
DIRECT = {**MENTION, "type": "message", "channel": "D1", "channel_type": "im", "text": "who?"}


def of(event: object, event_id: object = "Ev1") -> Delivery | None:
    """The delivery of an event."""
    return delivery_of({"event_id": event_id, "event": event}, OURS, BOT)


@pytest.mark.parametrize(
    ("event", "kind", "thread_ts"),
    [
        (MENTION, "mention", "1700000001.000100"),
        ({**MENTION, "thread_ts": "1700000000.000100"}, "mention", "1700000000.000100"),
        (DIRECT, "message", ""),
        ({**DIRECT, "thread_ts": "1700000000.000100"}, "message", "1700000000.000100"),
    ],
)
def test_where_the_answer_goes(event: dict[str, Any], kind: str, thread_ts: str) -> None:
    """A mention is answered in a thread on itself or in its own thread, a direct message where it stands."""
    found = of(event)
    assert found is not None
    assert (found.kind, found.thread_ts, found.question, found.workspace) == (kind, thread_ts, "who?", OURS)


@pytest.mark.parametrize("event", [MENTION, DIRECT])
@pytest.mark.parametrize(
    "change",
    [
        {"subtype": "message_changed"},
        {"subtype": "file_share"},
        {"bot_id": "B1"},
        {"bot_profile": {"id": "B1"}},
        {"edited": {"user": "U1", "ts": "1700000001.000200"}},
        {"hidden": True},
        {"user": BOT},
        {"user": "USLACKBOT"},
        {"user": None},
        {"channel": None},
        {"channel": "../C1"},
        {"ts": 1700000001.0001},
        {"ts": "now"},
        {"type": "reaction_added"},
    ],
)
def test_what_is_ignored(event: dict[str, Any], change: dict[str, Any]) -> None:
    """Bots, ourselves, edits, subtypes, other events and shapes that Slack does not send get no answer."""
    assert of(event) is not None
    assert of({**event, **change}) is None


def test_messages_in_channels_are_ignored() -> None:
    """Nobody is answered in a channel without having named the bot; only direct messages need no name."""
    assert of({**DIRECT, "channel_type": "channel"}) is None
    assert of({**DIRECT, "channel_type": "mpim"}) is None


@pytest.mark.parametrize("event", [None, "text", [], {}])
def test_shapes_that_are_no_events(event: object) -> None:
    """What has no event of the usual shape, or no usable id, is ignored."""
    assert of(event) is None
    assert of(MENTION, event_id=None) is None
    assert of(MENTION, event_id="Ev 1\n") is None


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        (f"<@{BOT}> who said it?", "who said it?"),
        (f"  <@{BOT}|natobot>, <@{BOT}>: who?", "who?"),
        (f"<@{BOT}>", ""),
        (f"hello <@{BOT}> who?", "hello   who?"),
        (f"<@{BOT}> is <@U2> right?", "is <@U2> right?"),
        ("<@U0BOTTLE> who?", "<@U0BOTTLE> who?"),
        ("&lt;b&gt; <https://example.org|x>", "&lt;b&gt; <https://example.org|x>"),
        ("", ""),
    ],
)
def test_the_bots_own_name_is_no_part_of_the_question(typed: str, question: str) -> None:
    """The bot's own mention goes, wherever it stands; everything else stays as Slack sent it."""
    assert without_mention(typed, BOT) == question


def test_the_posting_client_repeats_nothing_by_itself() -> None:
    """The client that posts has the handler for rate limits only, and the address, token and headers of the app's own."""
    client = posting_client(WebClient("xoxb-1", base_url="http://127.0.0.1:1/api/", headers={"x-extra": "1"}))
    assert [isinstance(handler, RateLimitErrorRetryHandler) for handler in client.retry_handlers] == [True]
    assert (client.token, client.base_url, client.headers["x-extra"]) == ("xoxb-1", "http://127.0.0.1:1/api/", "1")


def acks() -> tuple[list[dict[str, Any]], Callable[..., None]]:
    """An acknowledgement that remembers."""
    said: list[dict[str, Any]] = []
    return said, lambda **kwargs: said.append(kwargs)


def desk(folder: Path, echo: Echo) -> Desk:
    """What listeners work with, around an echo."""
    state = State.open(f"sqlite:///{folder / 'state.sqlite3'}")
    return Desk(bot=echo.as_natobot(), state=state, feedback=Feedback(state))


def test_a_command_is_answered_in_its_acknowledgement(tmp_path: Path) -> None:
    """The answer to /nato is the acknowledgement itself, for the asker only, with text beside blocks."""
    said, ack = acks()
    with plain():
        answer_command(desk(tmp_path, Echo()), ack, {"text": "who?"}, {})
        answer_command(desk(tmp_path, Echo()), ack, {}, {})
    assert [(one["response_type"], one["text"], len(one["blocks"])) for one in said] == [
        ("ephemeral", "Echo: who?", 1),
        ("ephemeral", "Echo: ", 1),
    ]


def test_a_command_that_breaks_is_an_apology(tmp_path: Path) -> None:
    """An error in answering is a private apology with a reference, not Slack's "dispatch_failed"."""

    def broken(text: str) -> None:
        raise RuntimeError(text)

    said, ack = acks()
    with plain():
        answer_command(desk(tmp_path, Echo(before=broken)), ack, {"text": "sekretwort"}, {})
    [one] = said
    assert one["response_type"] == "ephemeral"
    assert one["text"].startswith("Something of mine broke. Reference: ")
    assert "sekretwort" not in one["text"]


def test_mounted_into_another_app(tmp_path: Path) -> None:
    """`register` puts natobot into an app that has listeners and settings of its own, and both are heard."""
    with Playground() as slack, plain():
        app = App(
            client=WebClient(slack.bot_token, base_url=slack.api_url),
            signing_secret="s3cret",
            authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id=BOT, bot_token=slack.bot_token),
        )
        app.command("/theirs")(lambda ack: ack("theirs"))
        state = State.open(f"sqlite:///{tmp_path / 'state.sqlite3'}")
        deliveries = register(app, Echo().as_natobot(), state)
        deliveries.start()
        form = "application/x-www-form-urlencoded"
        answers = [
            app.dispatch(signed("s3cret", urlencode({"command": command, "text": "who?", "team_id": "T1"}), form))
            for command in ("/theirs", "/nato")
        ]
        assert answers[0].body == "theirs"
        assert json.loads(answers[1].body)["text"] == "Echo: who?"
        event = {**MENTION, "channel": "C0GENERAL"}
        body = {"type": "event_callback", "team_id": "T1", "event_id": "Ev1", "event": event}
        assert app.dispatch(signed("s3cret", json.dumps(body), "application/json")).status == 200
        [message] = slack.wait_for_messages(1)
        assert (message.text, message.thread_ts) == ("Echo: who?", MENTION["ts"])
        deliveries.stop(5)
        state.close()
