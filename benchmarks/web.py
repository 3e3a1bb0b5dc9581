"""Slash commands over HTTP: natobot against a bare echo on the same server and against Bolt's usual set-ups, in one run.

``python benchmarks/web.py [--seconds 4] [server …]`` prints requests a second, latency and the server's processor time a
request with 16 connections, and how long an acknowledgement takes while 20 listeners of half a second are in flight,
natobot's with a token and with installations by OAuth.
Each server is a process of its own; the load comes from this one.
"""

import argparse
import asyncio
import hashlib
import hmac
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch
from urllib.parse import urlencode

SECRET = "0123456789abcdef0123456789abcdef"
CONNECTIONS = 16
TEAMS = tuple(f"T{number}" for number in range(1, 21))
SLOW = 20
SLOW_SECONDS = 0.5
# Not near a word that /nato knows, which would be answered otherwise.
SLOW_TEXT = "please wait"
QUESTIONS = (
    "What did Rumer say about China?",
    "who said brain dead",
    "how many countries joined in 2004",
    "what is the Madrid declaration",
    "when was the Warsaw summit?",
    "does NATO see China as a treat",
    "what happened in Kabul",
    "who is the king of Iceland",
)


# The servers. Each is given the socket it listens on and does not come back.


def natobot_echo(listener: socket.socket) -> None:
    """Our app and listeners, with a bot that answers at once."""
    with _echoing() as bot:
        _serve_natobot(listener, bot)


@contextmanager
def _echoing() -> Iterator[object]:
    from natobot import render
    from natobot.model import Answer

    def reply(text: str) -> Answer:
        return Answer(intent="echo", say=(("echo", {"text": text}),))

    def blocks(answer: Answer, _: object) -> list[dict[str, Any]]:
        _slow(answer.say[0][1]["text"])
        words = {"type": "text", "text": answer.say[0][1]["text"]}
        return [{"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [words]}]}]

    bot = SimpleNamespace(reply=reply, wording={"error": "{reference}"})
    with patch.multiple(render, text=lambda answer, _: answer.say[0][1]["text"], blocks=blocks):
        yield bot


def natobot_oauth(listener: socket.socket) -> None:
    """The same, installed by OAuth in twenty workspaces; each new look-up asks a Slack that takes 50 ms."""
    from natobot.slack.authorize import Installed

    with _slow_slack() as address, tempfile.TemporaryDirectory() as folder:
        app, installed = _oauth_app(address, folder)
        assert isinstance(installed, Installed)
        with _echoing() as bot:
            _serve_natobot(listener, bot, app, installed.client)


def natobot_oauth_uncached(listener: socket.socket) -> None:
    """The same with Bolt's own authorize, which asks Slack on every request."""
    with _slow_slack() as address, tempfile.TemporaryDirectory() as folder, _echoing() as bot:
        _serve_natobot(listener, bot, _oauth_app(address, folder, cached=False)[0], lambda _: None)


def natobot_real(listener: socket.socket) -> None:
    """Our app and listeners, with natobot itself and the shipped documents."""
    from natobot.bot import Natobot
    from natobot.settings import Settings

    _serve_natobot(listener, Natobot.open(Settings.load({"NATOBOT_HOME": tempfile.mkdtemp()})))


def our_server_bare_bolt(listener: socket.socket) -> None:
    """A Bolt app with one echo, behind our ASGI app and our settings of Bolt."""
    app = _our_app()
    app.command("/nato")(_echo)
    _serve_ours(listener, app)


def bolt_starlette(listener: socket.socket) -> None:
    """A Bolt app as it comes with one echo, behind Bolt's adapter for Starlette, on uvicorn."""
    import uvicorn
    from slack_bolt.adapter.starlette import SlackRequestHandler
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    handler = SlackRequestHandler(_default_app())

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    web = Starlette(routes=[Route("/slack/events", events, methods=["POST"])])
    uvicorn.Server(uvicorn.Config(web, log_level="error", access_log=False)).run(sockets=[listener])


def bolt_threads(listener: socket.socket) -> None:
    """A Bolt app as it comes with one echo, behind Bolt's WSGI adapter, on the standard library's threaded server."""
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    from slack_bolt.adapter.wsgi import SlackRequestHandler

    class Threads(ThreadingMixIn, WSGIServer):
        daemon_threads = True
        request_queue_size = 128

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = Threads(listener.getsockname(), Quiet, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_name, server.server_port = "127.0.0.1", listener.getsockname()[1]
    server.setup_environ()
    server.set_app(SlackRequestHandler(_default_app()))
    server.serve_forever()


SERVERS: dict[str, Callable[[socket.socket], None]] = {
    function.__name__: function
    for function in (
        natobot_echo,
        natobot_oauth,
        natobot_oauth_uncached,
        natobot_real,
        our_server_bare_bolt,
        bolt_starlette,
        bolt_threads,
    )
}


def _slow(text: str) -> None:
    if text == SLOW_TEXT:
        time.sleep(SLOW_SECONDS)


def _echo(ack: Callable[..., Any], command: dict[str, Any]) -> None:
    _slow(command["text"])
    ack(text=command["text"], response_type="ephemeral")


def _our_app() -> Any:
    from slack_sdk import WebClient

    from natobot.slack.app import bolt_app
    from natobot.slack.authorize import Identity, OneWorkspace
    from natobot.state import Workspace

    identity = Identity(workspace=Workspace(team="T1"), bot_user="U0", bot_id="B0")
    return bolt_app(WebClient("xoxb-1"), OneWorkspace(identity, "xoxb-1"), SECRET)


def _oauth_app(address: str, folder: str, *, cached: bool = True) -> tuple[Any, Any]:
    """An app that is installed in ``TEAMS``, with a state database of its own, and what it finds installations by."""
    from slack_bolt.authorization.authorize import InstallationStoreAuthorize
    from slack_sdk import WebClient
    from slack_sdk.oauth.installation_store import Installation

    from natobot.slack import logs
    from natobot.slack.app import bolt_app
    from natobot.slack.authorize import Installed
    from natobot.slack.installations import Bots, Installations
    from natobot.state import State

    store = Installations(State.open(f"sqlite:///{folder}/installed.sqlite3"), "1.2")
    own: dict[str, Any] = {"app_id": "A1", "bot_id": "B0", "bot_user_id": "U0", "user_id": "U1"}
    for team in TEAMS:
        store.save(Installation(team_id=team, bot_token=f"xoxb-{team}", **own))
    client = WebClient(base_url=address)
    bolts = InstallationStoreAuthorize(logger=logs.quiet("bench"), installation_store=store, bot_only=True)
    authorize: Any = Installed(Bots(store, client, "s"), client) if cached else bolts
    return bolt_app(client, authorize, SECRET), authorize


@contextmanager
def _slow_slack() -> Iterator[str]:
    """A Slack that knows every token, and takes 50 ms to say so: the address of its Web API."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Slack(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"] or 0))
            time.sleep(0.05)
            body = b'{"ok": true, "user_id": "U0", "bot_id": "B0"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slack)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/api/"


def _default_app() -> Any:
    from slack_bolt import App
    from slack_bolt.authorization import AuthorizeResult

    def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U0", bot_token="xoxb-1")

    app = App(signing_secret=SECRET, authorize=authorize)
    app.command("/nato")(_echo)
    return app


def _serve_natobot(listener: socket.socket, bot: object, app: Any = None, clients: Any = None) -> None:
    from natobot.bot import Natobot
    from natobot.slack.listeners import register
    from natobot.state import State

    app = app or _our_app()
    with tempfile.TemporaryDirectory() as folder:
        register(app, cast(Natobot, bot), State.open(f"sqlite:///{folder}/state.sqlite3"), clients=clients)
        _serve_ours(listener, app)


def _serve_ours(listener: socket.socket, app: Any) -> None:
    from natobot.server import Server
    from natobot.slack.app import front_door
    from natobot.web import STOP_REQUESTS, Web

    Server(Web(front_door(app), SECRET, health=lambda: {"ready": True}), listener, patience=STOP_REQUESTS).run()


# The load.


def request(text: str, team: str = TEAMS[0]) -> bytes:
    """A signed slash command, ready to be sent; its signature is good for five minutes."""
    fields = {"command": "/nato", "text": text, "team_id": team, "user_id": "U1", "channel_id": "C1", "trigger_id": "1.2.3"}
    body = urlencode({**fields, "response_url": "https://hooks.slack.com/commands/T1/1/x", "api_app_id": "A1"})
    stamp = int(time.time())
    signature = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Slackbot 1.0\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: v0={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


class Connection:
    """One HTTP connection, opened anew whenever the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, raw: bytes) -> float:
        """Send a request, read the response, and say how many seconds that took."""
        start = time.perf_counter()
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(raw)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        assert b" 200 " in head[:20], head
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        await self._reader.readexactly(length)
        taken = time.perf_counter() - start
        if head.startswith(b"http/1.0") or b"connection: close" in head:
            await self.close()
        return taken

    async def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


async def load(port: int, seconds: float) -> list[float]:
    """Latencies of as many requests as 16 connections get answered."""
    raw = [request(text, TEAMS[number]) for number, text in enumerate(QUESTIONS)]
    end = time.perf_counter() + seconds
    latencies: list[float] = []

    async def one(number: int) -> None:
        connection = Connection(port)
        while time.perf_counter() < end:
            latencies.append(await connection.ask(raw[number % len(raw)]))
            number += 1
        await connection.close()

    await asyncio.gather(*(one(number) for number in range(CONNECTIONS)))
    return latencies


async def beside_slow(port: int, seconds: float) -> list[float]:
    """Latencies of quick requests, one after the other, while 20 slow ones are in flight all the time."""
    quick, slow = request("quick"), [request(SLOW_TEXT, team) for team in TEAMS]
    end = time.perf_counter() + seconds

    async def one(number: int) -> None:
        connection = Connection(port)
        while time.perf_counter() < end:
            # Otherwise it was not slow, and the figures would be of something else.
            assert await connection.ask(slow[number % len(slow)]) >= SLOW_SECONDS
        await connection.close()

    async with _running([one(number) for number in range(SLOW)]):
        await asyncio.sleep(SLOW_SECONDS / 2)
        connection = Connection(port)
        latencies = [await connection.ask(quick)]
        while time.perf_counter() < end:
            await asyncio.sleep(0.005)
            latencies.append(await connection.ask(quick))
        await connection.close()
    return latencies


@asynccontextmanager
async def _running(work: list[Awaitable[None]]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(each) for each in work]
    yield
    await asyncio.gather(*tasks)


# The run.


@contextmanager
def server(name: str) -> Iterator[tuple[int, int]]:
    """A server in a process of its own: its port and process number."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(256)
        port = listener.getsockname()[1]
        command = [sys.executable, __file__, "--server", name, "--descriptor", str(listener.fileno())]
        process = subprocess.Popen(command, pass_fds=[listener.fileno()])
    try:
        asyncio.run(Connection(port).ask(request("ready?")))
        yield port, process.pid
    finally:
        process.kill()
        process.wait()


def processor_seconds(pid: int) -> float:
    """Processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def quantile(latencies: list[float], share: float) -> float:
    """A quantile in milliseconds."""
    return sorted(latencies)[min(len(latencies) - 1, int(share * len(latencies)))] * 1000


def main() -> None:
    """Run all servers, one after the other, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="server", help=f"which of {', '.join(SERVERS)}; all if none is named")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--server", choices=SERVERS, help=argparse.SUPPRESS)
    parser.add_argument("--descriptor", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.server:
        SERVERS[options.server](socket.socket(fileno=options.descriptor))
        return
    print(f"{'server':22}{'req/s':>8}{'p50 ms':>9}{'p99 ms':>9}{'cpu ms':>9}{'p50 ms':>11}{'p99 ms':>9}{'max ms':>9}")
    print(f"{'':22}{f'{CONNECTIONS} connections':>35}{f'quick beside {SLOW} slow':>29}")
    for name in options.names or SERVERS:
        with server(name) as (port, pid):
            asyncio.run(load(port, 0.5))
            before = processor_seconds(pid)
            many = asyncio.run(load(port, options.seconds))
            used = (processor_seconds(pid) - before) / len(many) * 1000
            rate = len(many) / options.seconds
            line = f"{name:22}{rate:8.0f}{quantile(many, 0.5):9.2f}{quantile(many, 0.99):9.2f}{used:9.2f}"
            if name != "natobot_real":
                few = asyncio.run(beside_slow(port, options.seconds))
                line += f"{quantile(few, 0.5):11.1f}{quantile(few, 0.99):9.1f}{max(few) * 1000:9.1f}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
