"""The HTTP door: who is let in, what is refused, and that slow requests hold up nobody."""

import asyncio
import hashlib
import hmac
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode, urlsplit

import pytest

from natobot import web
from natobot.database import StateError
from natobot.errors import SettingError
from natobot.playground.delivery import Packet
from natobot.playground.server import Playground
from natobot.watch import Response
from slack_desk import Echo, Gate, app, process, settings

SECRET = "0123456789abcdef0123456789abcdef"
FORM = "application/x-www-form-urlencoded"
COMMAND = urlencode({"command": "/nato", "text": "who?", "team_id": "T1", "user_id": "U1", "channel_id": "C1"})


@pytest.fixture(scope="module")
def gate() -> Gate:
    """Holds the questions that say "slow"."""
    return Gate()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, gate: Gate) -> Iterator[str]:
    """The address of the app at work."""

    def before(text: str) -> None:
        if text == "slow":
            gate.wait()

    with (
        Playground(signing_secret=SECRET) as slack,
        app(tmp_path_factory.mktemp("home"), slack, Echo(before=before)) as address,
    ):
        yield address


def sign(body: bytes, stamp: object = None, secret: str = SECRET) -> dict[str, str]:
    """The headers Slack would send with a body."""
    stamp = int(time.time()) if stamp is None else stamp
    signature = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(stamp), "X-Slack-Signature": f"v0={signature}", "Content-Type": FORM}


def ask(url: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Status and body of one request."""
    connection = http.client.HTTPConnection(str(urlsplit(url).netloc), timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def post(url: str, body: bytes | str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """Status and body of a request to where Slack sends them."""
    raw = body.encode() if isinstance(body, str) else body
    return ask(url, "POST", "/slack/events", raw, sign(raw) if headers is None else headers)


def test_a_signed_command_is_answered(url: str) -> None:
    """What Slack signed is answered, with the answer as JSON in the response."""
    status, body = post(url, COMMAND)
    assert (status, json.loads(body)["text"]) == (200, "Echo: who?")


def bad_headers() -> dict[str, dict[str, str]]:
    """Headers that Slack did not send with ``COMMAND``."""
    good, now = sign(COMMAND.encode()), int(time.time())
    stamp, signature = "X-Slack-Request-Timestamp", "X-Slack-Signature"
    return {
        "none": {"Content-Type": FORM},
        "no signature": {stamp: good[stamp]},
        "no timestamp": {signature: good[signature]},
        "another body": sign(b"text=other"),
        "another secret": sign(COMMAND.encode(), secret="other"),
        "stale": sign(COMMAND.encode(), now - 400),
        "from the future": sign(COMMAND.encode(), now + 400),
        "no number": sign(COMMAND.encode(), "abc"),
        "a float": sign(COMMAND.encode(), f"{now}.0"),
        "a space": sign(COMMAND.encode(), f"+{now}"),
        "other digits": {**good, stamp: "".join(chr(0x0660 + int(digit)) for digit in str(now)).encode().decode("latin-1")},
        "empty": {stamp: "", signature: ""},
        "long": sign(COMMAND.encode(), "9" * 500),
        "upper case": {**good, signature: good[signature].upper()},
        "not ASCII": {**good, signature: "v0=é" + good[signature][4:]},
        "another version": {**good, signature: good[signature].replace("v0", "v1")},
        "cut": {**good, signature: good[signature][:-1]},
    }


@pytest.mark.parametrize("case", list(bad_headers()))
def test_signatures(url: str, case: str) -> None:
    """A missing, stale, malformed or wrong signature is 401, and nothing is answered."""
    assert post(url, COMMAND, bad_headers()[case]) == (401, b"Unauthorized")


def test_doubled_headers() -> None:
    """Two timestamps or two signatures are no signature, even if one of them is right."""
    body, now = COMMAND.encode(), time.time()
    good = [(name.lower(), value) for name, value in sign(body, int(now)).items()]
    assert web.signed(SECRET.encode(), body, good, now)
    for name, value in good[:2]:
        assert not web.signed(SECRET.encode(), body, [*good, (name, value)], now)


@pytest.mark.parametrize(("age", "fresh"), [(299, True), (-299, True), (301, False), (-301, False)])
def test_five_minutes(age: int, fresh: bool) -> None:
    """A signature is good for five minutes, in both directions."""
    headers = [(name.lower(), value) for name, value in sign(b"", 1_700_000_000).items()]
    assert web.signed(SECRET.encode(), b"", headers, 1_700_000_000 + age) is fresh


def test_the_question_slack_asks_of_an_address(url: str) -> None:
    """`url_verification` is answered with its challenge."""
    body = json.dumps({"type": "url_verification", "token": "x", "challenge": "c4"}).encode()
    status, answer = post(url, body, {**sign(body), "Content-Type": "application/json"})
    assert (status, json.loads(answer)) == (200, {"challenge": "c4"})


@pytest.mark.parametrize("body", [b"[]", b"nonsense", b'"text"', b"null", b"[" * 100_000, b'{"event": 3}'])
def test_signed_nonsense(url: str, body: bytes) -> None:
    """A signed body that is not what Slack sends is refused or acknowledged, never an error of ours."""
    status, _ = post(url, body, {**sign(body), "Content-Type": "application/json"})
    assert status in (200, 400, 404)
    status, _ = post(url, urlencode({"payload": body.decode()}))
    assert status in (200, 400, 404)


def test_bodies_that_are_not_utf8(url: str) -> None:
    """Bytes that are no UTF-8 are 400, signed or not."""
    assert post(url, b"text=\xff\xfe")[0] == 400
    assert post(url, b"text=\xff\xfe", {})[0] == 400


def test_large_bodies(url: str) -> None:
    """A body of 1 MiB is read; one byte more, or much more, is 413, announced or not, and the sender hears it."""
    text = b"text=" + b"x" * (web.BODY_LIMIT - 5)
    assert post(url, text, {})[0] == 401
    assert post(url, text + b"x", {})[0] == 413
    assert post(url, text * 8, {})[0] == 413
    connection = http.client.HTTPConnection(str(urlsplit(url).netloc), timeout=10)
    chunked = {"Transfer-Encoding": "chunked"}
    connection.request("POST", "/slack/events", (text[:65_536] for _ in range(17)), chunked, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_endless_bodies() -> None:
    """A body that does not end is read no further than 16 MiB, and no more than 1 MiB of it is kept."""
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

    assert asyncio.run(web._read(receive)) == 413
    assert read == web.BODY_DRAIN // 65_536 + 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("POST", "/", 404),
        ("GET", "/slack/events", 405),
        ("PUT", "/slack/events", 405),
        ("POST", "/slack/events/", 404),
        ("POST", "/healthz", 405),
        ("HEAD", "/healthz", 200),
        ("POST", "/metrics", 405),
        ("HEAD", "/metrics", 200),
    ],
)
def test_other_paths_and_methods(url: str, method: str, path: str, status: int) -> None:
    """Everything but Slack's requests and health is 404 or 405."""
    assert ask(url, method, path)[0] == status


def test_health(url: str) -> None:
    """`/healthz` says that the app is ready, with which knowledge, that the database answers, and how much waits."""
    status, body = ask(url, "GET", "/healthz")
    assert (status, json.loads(body)) == (200, {"ready": True, "knowledge": "k1", "database": True, "queue": 0})


def test_figures(url: str) -> None:
    """`/metrics` counts what was asked by door, intent and outcome, and holds neither question nor person nor workspace."""
    assert post(url, COMMAND.replace("who%3F", "sekretwort"))[0] == 200
    status, body = ask(url, "GET", "/metrics")
    text = body.decode()
    assert status == 200
    assert 'natobot_questions_total{door="command",intent="echo",outcome="refused"}' in text
    assert 'natobot_reply_seconds_bucket{door="command",le="0.001"}' in text
    assert 'natobot_knowledge_info{hash="k1"} 1.0' in text
    assert "natobot_queue 0.0" in text
    assert [word for word in ("sekretwort", "T1", "U1", "C1") if word in text] == []


def test_slow_requests_hold_up_nobody(url: str, gate: Gate) -> None:
    """With 20 slow listeners in flight, a quick command and health are answered well within a second."""
    slow = COMMAND.replace("who%3F", "slow")
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(post(url, slow)[0])) for _ in range(20)]
    for thread in threads:
        thread.start()
    gate.wait_for(20)
    start = time.monotonic()
    assert post(url, COMMAND)[0] == 200
    assert ask(url, "GET", "/healthz")[0] == 200
    assert time.monotonic() - start < 0.5
    assert statuses == []
    gate.open()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 20


async def call(
    asgi: web.Web, path: str, body: bytes = b"", headers: dict[str, str] | None = None, sent: list[Any] | None = None
) -> int:
    """Status of one request, without a server; what is sent is added to ``sent``."""
    sent = [] if sent is None else sent

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    await asgi({"type": "http", "path": path, "method": "POST" if body else "GET", "headers": raw}, receive, send)
    return int(sent[0]["status"])


EVENT = json.dumps({"type": "event_callback", "event": {"type": "app_mention"}})
PRESS = urlencode({"payload": json.dumps({"type": "block_actions", "command": "no"})})


@pytest.mark.parametrize(
    ("body", "content_type", "status", "said"),
    [
        (COMMAND, FORM, 200, {"response_type": "ephemeral", "text": "Later."}),
        (EVENT, "application/json", 503, None),
        (PRESS, FORM, 503, None),
    ],
)
def test_more_than_it_can_hold(body: str, content_type: str, status: int, said: object) -> None:
    """With every thread and every waiting place taken, a command is answered politely and at once, all else is 503 (Slack
    sends events again and shows that a press failed), what was taken before is answered, and health still is."""
    gate = Gate()

    def door(body: str, headers: Any) -> Response:
        gate.wait()
        return 200, "text/plain", ""

    async def scene() -> tuple[list[Any], list[int]]:
        asgi = web.Web(door, SECRET, health=lambda: {"ready": True}, busy=lambda kind: "Later.")
        held = [asyncio.create_task(call(asgi, "/slack/events", b"x", sign(b"x"))) for _ in range(3)]
        await asyncio.sleep(0)
        sent: list[Any] = []
        headers = {**sign(body.encode()), "Content-Type": content_type}
        now = [await call(asgi, "/slack/events", body.encode(), headers, sent), await call(asgi, "/healthz")]
        gate.open()
        return [*now, sent[1]["body"]], await asyncio.gather(*held)

    with patch.multiple(web, LISTENERS=2, WAITING=1):
        now, before = asyncio.run(scene())
    assert now[:2] == [status, 200]
    assert (json.loads(now[2]) if said else None) == said
    assert before == [200, 200, 200]


def test_a_slow_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that does not finish its request is sent away with 408."""
    monkeypatch.setattr(web, "BODY_PATIENCE", 0.02)
    sent: list[Any] = []

    async def scene() -> None:
        async def receive() -> dict[str, Any]:
            await asyncio.sleep(5)
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(message)

        asgi = web.Web(lambda body, headers: (200, "", ""), SECRET, health=lambda: {"ready": True})
        await asgi({"type": "http", "path": "/slack/events", "method": "POST", "headers": []}, receive, send)

    asyncio.run(scene())
    assert sent[0]["status"] == 408


def test_a_port_in_use(tmp_path: Path) -> None:
    """A port that somebody listens on is one line naming PORT, before Slack is asked anything."""
    with Playground() as slack, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=rf"^PORT: {port} cannot be listened on .*Set a port"):
            web.serve(settings(tmp_path, slack, PORT=str(port)), host="127.0.0.1")
        assert slack.calls == []


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"])
def test_settings_are_checked_first(tmp_path: Path, name: str) -> None:
    """Without a token or signing secret nothing is started."""
    with Playground() as slack, pytest.raises(SettingError, match=name):
        web.serve(settings(tmp_path, slack, **{name: ""}))
    assert slack.calls == []


def test_a_database_that_fails_at_the_start(tmp_path: Path) -> None:
    """When the unfinished work cannot be read, the start fails with the line of the database."""
    with (
        Playground() as slack,
        patch("natobot.state.State.pending", side_effect=StateError("the state database fails. Mend it.")),
        pytest.raises(StateError, match="Mend it"),
        app(tmp_path, slack, Echo()),
    ):
        pass


def test_a_claim_that_fails_is_sent_again(tmp_path: Path) -> None:
    """A mention that cannot be written down is not acknowledged, so Slack repeats it, and then it is answered."""
    with Playground() as slack, app(tmp_path, slack, Echo()):
        with patch("natobot.state.State.claim", side_effect=StateError("the state database fails.")):
            sent = slack.mention("who?")
        assert sent.delivery.status == 500
        assert slack.redeliver(sent.event_id).status == 200
        assert slack.wait_for_messages(1)[0].text == "Echo: who?"


@pytest.mark.slow
def test_a_stop_finishes_what_is_in_flight(tmp_path: Path) -> None:
    """On SIGTERM the command and the mention under way are answered, and the process ends with 0 within five seconds."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        Playground() as slack,
        process(tmp_path, slack, "web.serve(Settings.load(), host='127.0.0.1')", PORT=str(port)) as running,
    ):
        slack.app_url = f"http://127.0.0.1:{port}"
        slack.wait_for_calls("auth.test", timeout=10)
        while slack.send(Packet(kind="url_verification", payload={"type": "url_verification", "challenge": "c"})).error:
            assert running.poll() is None
            time.sleep(0.02)
        slack.mention("mention")
        asking = threading.Thread(target=lambda: slack.command("/nato", "command"))
        asking.start()
        time.sleep(0.2)
        running.terminate()
        _, errors = running.communicate(timeout=5)
        asking.join()
        assert running.returncode == 0, errors.decode()
        assert b"Traceback" not in errors
        assert sorted(message.text for message in slack.messages()) == ["Echo: command", "Echo: mention"]
