"""Socket Mode of the local Slack, with slack-sdk's own client and Bolt's handler at the other end."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.webhook import WebhookClient
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from natobot.playground import faults
from natobot.playground.server import Playground

Json = dict[str, Any]


def playground() -> Playground:
    # Frequent pings let slack-sdk's client close soon: it waits for the next frame before it lets go of its socket.
    return Playground(transport="socket", ping_seconds=0.05)


@pytest.fixture
def slack() -> Iterator[Playground]:
    with playground() as slack:
        yield slack


class Connected:
    """A Bolt app that is connected by slack-sdk's own client; shared, since that client takes a second to close."""

    def __init__(self, slack: Playground) -> None:
        self.slack = slack
        self.seen: list[Any] = []
        self.app = App(client=WebClient(token=slack.bot_token, base_url=slack.api_url), process_before_response=True)
        self.app.command("/nato")(lambda ack, command: ack(text=f"you said {command['text']}"))
        self.app.action("share")(self.press)
        self.app.event("app_mention")(self.mention)
        self.handler = SocketModeHandler(self.app, slack.app_token)
        self.frames: list[Json] = []
        self.handler.client.message_listeners.append(self.look)
        self.handler.client.connect()
        slack.wait_for_sockets()
        # The client handles what it received in a thread of its own.
        end = time.monotonic() + 5
        while not self.frames and time.monotonic() < end:
            time.sleep(0.01)

    def look(self, _client: Any, frame: Json, _raw: str | None) -> None:
        self.frames.append(frame)

    def press(self, ack: Any, action: Json) -> None:
        self.seen.append(action["value"])
        ack()

    def mention(self, event: Json, say: Any, request: Any) -> None:
        self.seen.append((event["ts"], request.headers.get("x-slack-retry-reason")))
        say(text="reply", thread_ts=event["ts"])


@pytest.fixture(scope="module")
def shared() -> Iterator[Connected]:
    with playground() as slack:
        connected = Connected(slack)
        yield connected
        connected.handler.client.close()


@pytest.fixture
def connected(shared: Connected) -> Connected:
    shared.slack.reset()
    shared.seen.clear()
    return shared


def raw(slack: Playground) -> Any:
    """A bare connection, without any SDK."""
    web = WebClient(token=slack.app_token, base_url=slack.api_url)
    return connect(web.apps_connections_open(app_token=slack.app_token)["url"], proxy=None)


def test_a_slash_command_by_socket(connected: Connected) -> None:
    """The payload of the acknowledgement becomes the same private message as over HTTP."""
    delivery = connected.slack.command("/nato", "when?", user="reporter")
    assert (delivery.transport, delivery.status, delivery.timely, delivery.error) == ("socket", 200, True, None)
    assert delivery.posted is not None
    assert (delivery.posted.text, delivery.posted.ephemeral_to) == ("you said when?", "U0REPORT1")
    assert 0 < delivery.elapsed < 3


def test_events_by_socket(connected: Connected) -> None:
    """A mention is acknowledged and answered; its redelivery carries attempt and reason."""
    slack = connected.slack
    sent = slack.mention("when?")
    assert sent.delivery.error is None
    assert slack.redeliver(sent.event_id, reason="http_timeout", num=1).error is None
    assert [m.text for m in slack.wait_for_messages(2, thread_ts=sent.ts)] == ["reply"] * 2
    assert [(sent.ts, None), (sent.ts, ["http_timeout"])] == connected.seen


def test_interactions_by_socket(connected: Connected) -> None:
    """A button press goes out as an interactive envelope."""
    slack = connected.slack
    button = {"type": "button", "action_id": "share", "value": "1", "text": {"type": "plain_text", "text": "Share"}}
    blocks = [{"type": "actions", "elements": [button]}]
    connected.app.client.chat_postMessage(channel="#general", text="a", blocks=blocks)
    assert slack.press(slack.messages()[0], "share").error is None
    assert connected.seen == ["1"]


def test_an_envelope_has_slacks_fields(connected: Connected) -> None:
    """hello comes first; each envelope has an id of its own and says whether it takes a payload back."""
    hello = connected.frames[0]
    assert (hello["type"], hello["num_connections"], hello["connection_info"]) == ("hello", 1, {"app_id": "A0NATOBOT"})
    before = len(connected.frames)
    command, sent = connected.slack.command("/nato", "a"), connected.slack.mention("b")
    first, second = (frame for frame in connected.frames[before:] if frame["type"] != "hello")
    assert (first["type"], first["accepts_response_payload"], first["payload"]["command"]) == (
        "slash_commands",
        True,
        "/nato",
    )
    assert (second["type"], second["accepts_response_payload"]) == ("events_api", False)
    assert (second["payload"]["event_id"], "retry_attempt" in second) == (sent.event_id, False)
    assert first["envelope_id"] != second["envelope_id"]
    assert (command.payload, sent.delivery.payload) == ({"text": "you said a"}, {})


def test_a_silent_app_is_late(slack: Playground) -> None:
    """Without an acknowledgement Slack gives up after its time; strange frames are ignored."""
    slack.ack_seconds = 0.1
    with raw(slack) as connection:
        for frame in ("no json", "[]", '{"envelope_id": "unknown"}', b"bytes"):
            connection.send(frame)
        slack.wait_for_sockets()
        delivery = slack.command("/nato", "a")
    assert (delivery.status, delivery.timely, delivery.error) == (None, False, "http_timeout")
    assert slack.messages() == []


def test_no_app_is_connected(slack: Playground) -> None:
    """With nobody there the delivery fails at once."""
    delivery = slack.command("/nato", "a")
    assert (delivery.error, delivery.timely) == ("connection_failed", False)


def test_a_ticket_is_good_once(slack: Playground) -> None:
    """The address lets one connection in; without a ticket there is no way."""
    web = WebClient(token=slack.app_token, base_url=slack.api_url)
    url = web.apps_connections_open(app_token=slack.app_token)["url"]
    with connect(url, proxy=None):
        for wrong in (url, url.partition("?")[0]):
            with pytest.raises(InvalidStatus, match="401"), connect(wrong, proxy=None):
                pass


def test_ten_connections_and_each_event_goes_to_one(slack: Playground) -> None:
    """The eleventh is refused; envelopes go round among the connected."""
    with ExitStack() as stack:
        connections = [stack.enter_context(raw(slack)) for _ in range(10)]
        slack.wait_for_sockets(10)
        with pytest.raises(SlackApiError, match="too_many_websockets"):
            raw(slack)
        slack.ack_seconds = 0.01
        for _ in range(20):
            slack.mention("a")
        frames = [[json.loads(connection.recv(timeout=1)) for _ in range(3)] for connection in connections]
    assert [[frame["type"] for frame in each] for each in frames] == [["hello", "events_api", "events_api"]] * 10


def test_pings_are_sent(slack: Playground) -> None:
    """Slack's pings come without being asked for, and slack-sdk's client stays connected by its own."""
    with raw(slack) as connection:
        seen: list[bytes] = []
        answer = connection.protocol.recv_frame

        def listen(frame: Any) -> None:
            if frame.opcode.name == "PING":
                seen.append(bytes(frame.data))
            answer(frame)

        connection.protocol.recv_frame = listen
        end = time.monotonic() + 5
        while len(seen) < 2 and time.monotonic() < end:
            time.sleep(0.01)
    assert {b"Ping from the local Slack"} == set(seen)


def test_told_to_connect_anew(connected: Connected) -> None:
    """After refresh_requested the client is back on a new connection and gets the next event."""
    slack, client = connected.slack, connected.handler.client
    first = client.session_id()
    slack.disconnect_sockets()
    end = time.monotonic() + 5
    while client.session_id() == first and time.monotonic() < end:
        time.sleep(0.01)
    # The client may change its connection once more, on the closing of the first.
    while slack.mention("a").delivery.error and time.monotonic() < end:
        time.sleep(0.01)
    assert [message.text for message in slack.wait_for_messages(1)] == ["reply"]
    assert len(slack.wait_for_calls("apps.connections.open")) >= 1


def test_a_warning_leaves_the_connection_open(slack: Playground) -> None:
    """disconnect with the reason warning is a frame only."""
    with raw(slack) as connection:
        slack.wait_for_sockets()
        connection.recv(timeout=1)
        slack.disconnect_sockets("warning")
        assert '"reason": "warning"' in connection.recv(timeout=1)
        slack.ack_seconds = 0.01
        assert slack.mention("a").delivery.error == "http_timeout"


def test_dropped_without_a_word(slack: Playground) -> None:
    """drop_sockets() cuts the connection: nothing can be delivered until an app connects again."""
    with raw(slack):
        slack.wait_for_sockets()
        slack.drop_sockets()
        end = time.monotonic() + 5
        while slack.mention("a").delivery.error != "connection_failed" and time.monotonic() < end:
            time.sleep(0.01)
        assert slack.mention("a").delivery.error == "connection_failed"


def test_deaf_connections_stay_open(slack: Playground) -> None:
    """After deafen_sockets() nothing comes by the old connection, not even a pong, and what is sent is late; a new one works."""
    slack.ack_seconds = 0.2
    with raw(slack) as deaf:
        slack.wait_for_sockets()
        assert json.loads(deaf.recv(timeout=1))["type"] == "hello"
        pings: list[Any] = []
        slack.deafen_sockets()
        deaf.protocol.recv_frame = pings.append
        assert slack.mention("lost").delivery.error == "http_timeout"
        pong = deaf.ping()
        # Long enough for ten of the pings that a healthy connection gets.
        assert not pong.wait(0.5)
        assert pings == []
        with pytest.raises(TimeoutError):
            deaf.recv(timeout=0)
        with raw(slack) as healthy:
            slack.wait_for_sockets()
            assert json.loads(healthy.recv(timeout=1))["type"] == "hello"
            assert healthy.ping().wait(1)
            heard = slack.mention("heard")
            assert (heard.delivery.error, json.loads(healthy.recv(timeout=1))["type"]) == ("http_timeout", "events_api")
        slack.drop_sockets()
        with pytest.raises(ConnectionClosed):
            deaf.recv(timeout=1)


@pytest.mark.slow
def test_a_client_leaves_a_deaf_connection(slack: Playground) -> None:
    """slack-sdk's own client finds out by the pongs that do not come, connects anew, and gets the next event."""
    frames: list[Json] = []
    web = WebClient(token=slack.app_token, base_url=slack.api_url)
    client = SocketModeClient(app_token=slack.app_token, web_client=web, ping_interval=0.3)
    slack.ack_seconds = 0.1
    client.message_listeners.append(lambda _client, frame, _raw: frames.append(frame))
    client.connect()
    try:
        slack.wait_for_sockets()
        slack.deafen_sockets()
        assert slack.mention("lost").delivery.error == "http_timeout"
        slack.wait_for_sockets(timeout=10)
        heard: set[str] = set()
        sent: set[str] = set()
        end = time.monotonic() + 5
        while not heard and time.monotonic() < end:
            # On a slow machine the client may change its connection once more.
            sent.add(slack.mention("heard").event_id)
            heard = {frame["payload"]["event_id"] for frame in frames if frame["type"] == "events_api"}
        assert heard
        assert heard <= sent
    finally:
        client.close()


def test_a_connection_may_be_refused(slack: Playground) -> None:
    """apps.connections.open meets faults like any other method, and works again after them."""
    slack.faults.add("apps.connections.open", faults.refused("internal_error"), times=2)
    for _ in range(2):
        with pytest.raises(SlackApiError, match="internal_error"):
            raw(slack)
    with raw(slack):
        slack.wait_for_sockets()


def test_an_event_is_sent_again_by_itself(slack: Playground) -> None:
    """With retries, what nobody acknowledges comes up to three times more, as an attempt with the reason; no more than that."""
    slack.ack_seconds, slack.retries = 0.02, (0.0, 0.0, 0.0, 0.0)
    with raw(slack) as connection:
        slack.wait_for_sockets()
        sent = slack.mention("a")
        frames = [json.loads(connection.recv(timeout=1)) for _ in range(5)]
        assert [(frame.get("retry_attempt"), frame.get("retry_reason")) for frame in frames[1:]] == [
            (None, None),
            (1, "timeout"),
            (2, "timeout"),
            (3, "timeout"),
        ]
        assert {frame["payload"]["event_id"] for frame in frames[1:]} == {sent.event_id}
        assert slack.command("/nato", "a").error == "http_timeout"
    assert [delivery.packet.retry_num for delivery in slack.deliveries] == [None, 1, 2, 3, None]


def test_the_transport_can_change_at_any_time(slack: Playground) -> None:
    """The same call goes by HTTP as soon as the transport says so."""
    slack.transport, slack.app_url = "http", "http://127.0.0.1:1"
    assert slack.command("/nato", "a").transport == "http"
    slack.transport = "socket"
    assert slack.command("/nato", "a").transport == "socket"
    assert [delivery.transport for delivery in slack.deliveries] == ["http", "socket"]


def test_nothing_said_is_logged(slack: Playground, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG the client's logs hold a ticket and a reply; the server's own hold neither, nor a request's address."""
    caplog.set_level("DEBUG")
    slack.ack_seconds = 0.05
    url = slack.state.address(slack.state.new_url("commands", "C0GENERAL", "U0EDITOR1"))
    WebhookClient(url).send(text="a secret reply")
    with raw(slack) as connection:
        connection.send(json.dumps({"text": "a secret reply"}))
        slack.wait_for_sockets()
    words = ("secret reply", "ticket=", url)
    client = ("slack_sdk", "websockets.client")
    for ours, expected in ((False, words), (True, ())):
        logged = " ".join(r.getMessage() for r in caplog.records if r.name.startswith(client) is not ours)
        assert tuple(word for word in words if word in logged) == expected
