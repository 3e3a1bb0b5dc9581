"""The HTTP door: an ASGI app for Slack's signed requests and for health, and the server that runs it.

Listeners run in a bounded thread pool, so that slow ones hold up neither quick ones nor ``/healthz`` and ``/metrics``. Where
there is no room any more a command is answered politely; all else is 503: Slack sends events again, and shows that a press
failed.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from natobot import render
from natobot.errors import NatobotError
from natobot.server import Server, bound
from natobot.settings import Settings
from natobot.signals import until_stopped
from natobot.slack import logs, tokens
from natobot.slack.app import FrontDoor, Pages, Service, front_door, open_service
from natobot.slack.busy import LISTENERS, WAITING, kind_of_body, polite
from natobot.slack.welcome import INSTALL, REDIRECT, Page
from natobot.watch import PATHS, Message, Receive, Response, Send, Watch, plain, respond

log = logging.getLogger(__name__)

BODY_LIMIT = 1024 * 1024
# What is read and thrown away of a larger one: whoever is still sending would never see the answer.
BODY_DRAIN = 16 * BODY_LIMIT
# Seconds a client may take to send its request.
BODY_PATIENCE = 10.0
# Seconds by which Slack's own clock may differ, as Slack recommends.
CLOCK = 300
# Browsers at once, and waiting, on the pages of the installation: they must not hold up Slack.
BROWSERS = 4
BROWSERS_WAITING = 40
# Which methods each path takes.
METHODS = {
    "/slack/events": ("POST",),
    **dict.fromkeys(PATHS, ("GET", "HEAD")),
    INSTALL: ("GET",),
    REDIRECT: ("GET",),
}
# Of the ten seconds a stop may take: requests first, then deliveries.
STOP_REQUESTS = 4
STOP_DELIVERIES = 5.0


class Web:
    """The ASGI app: ``POST /slack/events`` for everything Slack sends, ``GET /healthz`` and ``/metrics`` for whoever
    watches.

    With ``pages``, browsers get them at ``/slack/install`` and ``/slack/oauth_redirect``.
    """

    def __init__(
        self,
        door: FrontDoor,
        signing_secret: str,
        *,
        health: Callable[[], dict[str, Any]],
        pages: Pages | None = None,
        beat: Callable[[], None] = lambda: None,
        figures: Callable[[], str] = lambda: "",
        busy: Callable[[str], str] = lambda kind: "",
        start: Callable[[], None] = lambda: None,
        stop: Callable[[], None] = lambda: None,
    ) -> None:
        self._door = door
        self._secret = signing_secret.encode()
        self._watch = Watch(health=health, beat=beat, figures=figures)
        # Told what is turned away; says what people are told.
        self._too_busy = busy
        self._start = start
        self._stop = stop
        self._pool = ThreadPoolExecutor(LISTENERS, "web")
        self._busy = 0
        self._pages = pages
        self._browsers = ThreadPoolExecutor(BROWSERS, "pages")
        self._browsing = 0
        # Why the start failed, for whoever runs the server.
        self.failure: NatobotError | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one connection of the ASGI protocol."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            response = await self._answer(scope, receive)
            await respond(send, *response, allow=", ".join(METHODS.get(scope["path"], ())).encode())

    async def _answer(self, scope: Message, receive: Receive) -> Response | Page:
        path, method = scope["path"], scope["method"]
        if path not in METHODS or (path in (INSTALL, REDIRECT) and self._pages is None):
            return plain(404)
        if method not in METHODS[path]:
            return plain(405)
        if path in PATHS:
            return await self._watch.answer(path, method)
        if path != "/slack/events":
            return await self._browse(scope)
        raw = await _read(receive)
        if isinstance(raw, int):
            return plain(raw)
        try:
            body = raw.decode("utf-8")
        except UnicodeDecodeError:
            return plain(400)
        headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        if not signed(self._secret, raw, headers, time.time()):
            return plain(401)
        return await self._listen(body, dict(headers))

    async def _listen(self, body: str, headers: dict[str, str]) -> Response:
        if self._busy >= LISTENERS + WAITING:
            kind = kind_of_body(body, headers.get("content-type", ""))
            words = self._too_busy(kind)
            return (200, "application/json", json.dumps(polite(words))) if kind == "command" else plain(503)
        self._busy += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._door, body, headers)
        finally:
            self._busy -= 1

    async def _browse(self, scope: Message) -> Response | Page:
        if self._pages is None or self._browsing >= BROWSERS + BROWSERS_WAITING:
            return plain(503)
        headers: dict[str, str] = {}
        for raw, value in scope["headers"]:
            name = raw.decode("latin-1").lower()
            headers[name] = "; ".join(filter(None, (headers.get(name), value.decode("latin-1"))))
        query = scope["query_string"].decode("latin-1")
        self._browsing += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._browsers, self._pages, scope["path"], query, headers)
        finally:
            self._browsing -= 1

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        await receive()
        try:
            await loop.run_in_executor(None, self._start)
        except NatobotError as error:
            self.failure = error
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await loop.run_in_executor(None, self._stop)
        for pool in (self._pool, self._browsers):
            pool.shutdown(wait=False, cancel_futures=True)
        await send({"type": "lifespan.shutdown.complete"})


def signed(secret: bytes, body: bytes, headers: list[tuple[str, str]], now: float) -> bool:
    """Whether Slack signed this body within the last five minutes; anything malformed or doubled is not signed."""
    stamps = [value for name, value in headers if name == "x-slack-request-timestamp"]
    signatures = [value for name, value in headers if name == "x-slack-signature"]
    if len(stamps) != 1 or len(signatures) != 1:
        return False
    stamp, signature = stamps[0], signatures[0]
    if not re.fullmatch(r"[0-9]{1,12}", stamp) or not re.fullmatch(r"v0=[0-9a-f]{64}", signature):
        return False
    if abs(now - int(stamp)) > CLOCK:
        return False
    expected = hmac.new(secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={expected}", signature)


def application(service: Service, settings: Settings) -> Web:
    """The ASGI app around a service; its lifespan starts and stops the service."""

    def busy(kind: str) -> str:
        service.metrics.turned_away(kind)
        return render.escape(service.bot.wording["busy"])

    return Web(
        front_door(service.app),
        tokens.signing_secret(settings),
        pages=service.install,
        health=service.health,
        beat=service.state.ping,
        figures=service.metrics.text,
        busy=busy,
        start=service.start,
        stop=lambda: service.stop(STOP_DELIVERIES),
    )


def serve(settings: Settings, *, host: str = "0.0.0.0") -> None:  # noqa: S104
    """Answer Slack over HTTP on ``PORT`` until SIGTERM or SIGINT, then finish what is in flight.

    Raises:
        InputError: a setting is wrong, the port is in use, or Slack refuses the token.
        StateError: the state database cannot be opened.
    """
    logs.configure(settings)
    settings.check_disk()
    # uvicorn has its own handlers, but raises the signal again when it is done: by then it must not kill us.
    with _listening(settings, host) as server, until_stopped(server.leave):
        server.run()


@contextmanager
def running(settings: Settings, *, host: str = "127.0.0.1", service: Service | None = None) -> Iterator[str]:
    """The same server in a thread, for as long as the block lasts; gives its address, without a slash at the end.

    ``service`` is one that the caller has opened already, to look at it while it works.

    Raises:
        InputError, StateError: as `serve`.
    """
    with _listening(settings, host, service) as server:
        thread = threading.Thread(target=server.run, name="web")
        thread.start()
        try:
            server.wait_until_ready(thread)
            yield server.address
        finally:
            server.leave()
            thread.join()


@contextmanager
def _listening(settings: Settings, host: str, service: Service | None = None) -> Iterator[Server]:
    """A server ready to run; wrong settings show before anything costly is opened."""
    tokens.by_oauth(settings)
    tokens.signing_secret(settings)
    with bound(host, settings.port) as listener:
        service = service or open_service(settings)
        server = Server(application(service, settings), listener, patience=STOP_REQUESTS)
        log.info("listening to Slack on %s/slack/events", server.address)
        if service.install is not None:
            log.info("to be installed by %s%s", server.address, INSTALL)
        yield server


async def _read(receive: Receive) -> bytes | int:
    """The request's body, or the status that refuses it."""
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_PATIENCE):
            more = True
            while more and size <= BODY_DRAIN:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return 400
                chunk = message.get("body", b"")
                size += len(chunk)
                if size <= BODY_LIMIT:
                    chunks.append(chunk)
                more = message.get("more_body", False)
    except TimeoutError:
        return 408
    return b"".join(chunks) if size <= BODY_LIMIT else 413
