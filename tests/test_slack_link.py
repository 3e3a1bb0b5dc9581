"""The connection of Socket Mode: deaf ones are noticed and made anew, and what is too much is turned away rightly."""

import json
import socket as sockets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from natobot import socket, watch
from natobot.playground.delivery import Transport
from natobot.playground.server import Playground
from natobot.slack import busy, link
from natobot.slack.busy import Busy, Pool, kind_of_body
from slack_desk import Echo, Gate, app, settings


def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def free_port() -> int:
    """A port that nobody listens on."""
    with sockets.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def seen(port: int, path: str) -> tuple[int, str]:
    """Status and body of what whoever watches sees."""
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.slow
def test_health_turns_red_and_the_connection_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where PORT is set Socket Mode tells of its health: red while the connection is deaf, and well once it was made anew."""
    monkeypatch.setattr(link, "CHECK", 0.05)
    monkeypatch.setattr(link, "SILENT", 60.0)
    monkeypatch.setattr(watch, "DEAF", 0.5)
    port = free_port()
    with Playground(transport="socket", ping_seconds=0.05) as slack:
        given = settings(tmp_path, slack, PORT=str(port))
        with app(tmp_path, slack, Echo(), given):
            status, body = seen(port, "/healthz")
            health = json.loads(body)
            assert (status, health["ready"], health["database"], health["queue"]) == (200, True, True, 0)
            assert health["last_ping_seconds"] <= 0.5
            # slack_sdk would notice this one by itself after a while: nothing answers its pings.
            monkeypatch.setattr(link.Client, "_monitor_current_session", lambda self: None)
            slack.deafen_sockets()
            until(lambda: seen(port, "/healthz")[0] == 503)
            monkeypatch.undo()
            monkeypatch.setattr(watch, "DEAF", 0.5)
            monkeypatch.setattr(link, "SILENT", 0.3)
            slack.wait_for_sockets()
            assert slack.mention("still there?").delivery.timely
            slack.wait_for_messages(1)
            until(lambda: seen(port, "/healthz")[0] == 200)
            assert "Slack has said nothing for" in caplog.text
            assert 'door="mention"' in seen(port, "/metrics")[1]
            assert seen(port, "/slack/events")[0] == 404


def test_silence_is_noticed_though_pings_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A connection over which Slack answers our pings, but says nothing itself, is made anew too."""
    monkeypatch.setattr(link, "CHECK", 0.05)
    monkeypatch.setattr(link, "SILENT", 0.3)
    with Playground(transport="socket", ping_seconds=1000.0) as slack, app(tmp_path, slack, Echo()):
        slack.wait_for_calls("apps.connections.open", 2)
        assert "Slack has said nothing for" in caplog.text
        slack.wait_for_sockets()
        slack.mention("still there?")
        slack.wait_for_messages(1)


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    """A port for health that somebody listens on is said before Slack is asked anything."""
    with Playground(transport="socket") as slack, sockets.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        given = settings(tmp_path, slack, PORT=str(taken.getsockname()[1]))
        with pytest.raises(Exception, match=r"^PORT: \d+ cannot be listened on"), socket.running(given):
            pass
        assert slack.calls == []


def test_too_much_over_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no room left a command is answered politely within its time, and an event is not taken: sent again it is answered."""
    monkeypatch.setattr(link, "LISTENERS", 2)
    monkeypatch.setattr(link, "WAITING", 1)
    gate = Gate()

    def before(text: str) -> None:
        if text == "wait for it":
            gate.wait()

    with (
        Playground(transport="socket", ack_seconds=8.0) as slack,
        app(tmp_path, slack, Echo(before=before)),
    ):
        held = [threading.Thread(target=lambda: slack.command("/nato", "wait for it")) for _ in range(3)]
        for thread in held:
            thread.start()
        gate.wait_for(2)
        until(lambda: _turned_away(slack) == "Busy. Ask again.")
        slack.ack_seconds = 0.3
        sent = slack.mention("who?")
        assert sent.delivery.status is None
        slack.ack_seconds = 8.0
        gate.open()
        for thread in held:
            thread.join()
        assert slack.redeliver(sent.event_id).status == 200
        until(lambda: "Echo: who?" in [m.text for m in slack.messages()])
        assert [m.text for m in slack.messages()].count("Echo: wait for it") >= 2


def _turned_away(slack: Playground) -> str:
    posted = slack.command("/nato", "be quick").posted
    assert posted is not None
    return posted.text


def test_a_pool_has_bounds() -> None:
    """A pool takes as many as it has threads and places, says when it is full, and has room again when one is done."""
    gate = Gate()
    pool = Pool(1, 1, "test")
    first = [pool.submit(gate.wait) for _ in range(2)]
    with pytest.raises(Busy, match="too much to do"):
        pool.submit(gate.wait)
    gate.open()
    for each in first:
        each.result(5)
    assert pool.submit(lambda: 7).result(5) == 7
    pool.shutdown()


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        ("command=%2Fnato&text=a", "application/x-www-form-urlencoded", "command"),
        ("token=x&command=%2Fnato", "application/x-www-form-urlencoded", "command"),
        ("payload=%7B%22command=%22%7D", "application/x-www-form-urlencoded", "press"),
        ('{"text": "&command="}', "application/json; charset=utf-8", "event"),
    ],
)
def test_what_a_request_is(body: str, content_type: str, kind: busy.Kind) -> None:
    """Commands, presses and events are told apart without reading more than needed."""
    assert kind_of_body(body, content_type) == kind


@pytest.mark.parametrize("transport", ["http", "socket"])
def test_what_is_done_later_has_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: Transport) -> None:
    """What is done after its acknowledgement is not acknowledged where no thread has room: Slack repeats it or shows it."""
    monkeypatch.setattr("natobot.slack.app.LISTENERS", 1)
    monkeypatch.setattr("natobot.slack.app.WAITING", 0)
    gate = Gate()

    def slow(*_: Any) -> None:
        gate.wait()

    monkeypatch.setattr("natobot.slack.listeners.opened", slow)
    with Playground(transport=transport, ack_seconds=0.5) as slack, app(tmp_path, slack, Echo()):
        assert slack.open_home().delivery.status == 200
        gate.wait_for(1)
        refused = slack.open_home().delivery
        assert refused.status == (503 if transport == "http" else None)
        gate.open()
