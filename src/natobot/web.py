"""The HTTP door: an ASGI app for Slack's signed requests and for health, and the server that runs it.

Listeners run in a bounded thread pool, so that slow ones hold up neither quick ones nor ``/healthz``.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from natobot.errors import NatobotError, SettingError
from natobot.settings import Settings
from natobot.signals import until_stopped
from natobot.slack import logs, tokens
from natobot.slack.app import LISTENERS, FrontDoor, Response, Service, front_door, open_service

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BODY_LIMIT = 1024 * 1024
# What is read and thrown away of a larger one: whoever is still sending would never see the answer.
BODY_DRAIN = 16 * BODY_LIMIT
# Seconds a client may take to send its request.
BODY_PATIENCE = 10.0
# Seconds by which Slack's own clock may differ, as Slack recommends.
CLOCK = 300
# Requests waiting for a thread; beyond them Slack is told to come again.
WAITING = 200
# Of the ten seconds a stop may take: requests first, then deliveries.
STOP_REQUESTS = 4
STOP_DELIVERIES = 5.0


class Web:
    """The ASGI app: ``POST /slack/events`` for everything Slack sends, ``GET /healthz`` for whoever watches."""

    def __init__(
        self,
        door: FrontDoor,
        signing_secret: str,
        *,
        health: Callable[[], dict[str, Any]],
        start: Callable[[], None] = lambda: None,
        stop: Callable[[], None] = lambda: None,
    ) -> None:
        self._door = door
        self._secret = signing_secret.encode()
        self._health = health
        self._start = start
        self._stop = stop
        self._pool = ThreadPoolExecutor(LISTENERS, "web")
        self._busy = 0
        # Why the start failed, for whoever runs the server.
        self.failure: NatobotError | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one connection of the ASGI protocol."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            status, kind, body = await self._answer(scope, receive)
            await _send(send, status, kind, body, allow={"/slack/events": b"POST", "/healthz": b"GET, HEAD"}.get(scope["path"]))

    async def _answer(self, scope: Message, receive: Receive) -> Response:
        path, method = scope["path"], scope["method"]
        if path == "/healthz":
            return self._healthz() if method in ("GET", "HEAD") else _plain(405)
        if path != "/slack/events":
            return _plain(404)
        if method != "POST":
            return _plain(405)
        raw = await _read(receive)
        if isinstance(raw, int):
            return _plain(raw)
        try:
            body = raw.decode("utf-8")
        except UnicodeDecodeError:
            return _plain(400)
        headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        if not signed(self._secret, raw, headers, time.time()):
            return _plain(401)
        return await self._listen(body, dict(headers))

    async def _listen(self, body: str, headers: dict[str, str]) -> Response:
        if self._busy >= LISTENERS + WAITING:
            return _plain(503)
        self._busy += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._door, body, headers)
        finally:
            self._busy -= 1

    def _healthz(self) -> Response:
        health = self._health()
        return 200 if health["ready"] else 503, "application/json", json.dumps(health)

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
        self._pool.shutdown(wait=False, cancel_futures=True)
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

    def health() -> dict[str, Any]:
        return {"ready": service.running, "knowledge": service.bot.knowledge}

    return Web(
        front_door(service.app),
        tokens.signing_secret(settings),
        health=health,
        start=service.start,
        stop=lambda: service.stop(STOP_DELIVERIES),
    )


def serve(settings: Settings, *, host: str = "0.0.0.0") -> None:  # noqa: S104
    """Answer Slack over HTTP on ``PORT`` until SIGTERM or SIGINT, then finish what is in flight.

    Raises:
        InputError: a setting is wrong, the port is in use, or Slack refuses the token.
        StateError: the state database cannot be opened.
    """
    logs.configure()
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


class Server:
    """uvicorn around our ASGI app, on a socket that listens already."""

    def __init__(self, web: Web, listener: socket.socket) -> None:
        import uvicorn

        self.web = web
        self.address = "http://{}:{}".format(*listener.getsockname()[:2])
        self._listener = listener
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(
                web,
                log_config=None,
                access_log=False,
                server_header=False,
                ws="none",
                lifespan="on",
                timeout_graceful_shutdown=STOP_REQUESTS,
            )
        )

    def run(self) -> None:
        """Serve until `leave` or a signal."""
        try:
            self._uvicorn.run(sockets=[self._listener])
        except SystemExit:
            # uvicorn's way to say that the lifespan did not start.
            if self.web.failure is None or threading.current_thread() is not threading.main_thread():
                return
            raise self.web.failure from None

    def leave(self) -> None:
        """Ask the server to finish."""
        self._uvicorn.should_exit = True

    def wait_until_ready(self, thread: threading.Thread) -> None:
        """Wait until requests are answered by the thread that runs this.

        Raises:
            NatobotError: the start failed.
        """
        while not self._uvicorn.started:
            if self.web.failure or not thread.is_alive():
                raise self.web.failure or NatobotError("the server did not start; the log says why.")
            time.sleep(0.002)


@contextmanager
def _listening(settings: Settings, host: str, service: Service | None = None) -> Iterator[Server]:
    """A server ready to run; wrong settings show before anything costly is opened."""
    tokens.bot_token(settings)
    tokens.signing_secret(settings)
    with _bound(host, settings.port) as listener:
        server = Server(application(service or open_service(settings), settings), listener)
        log.info("listening to Slack on %s/slack/events", server.address)
        yield server


def _bound(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # Two sockets may be bound to one port; only one may listen.
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise SettingError("PORT", f"{port} cannot be listened on ({error.strerror})", "Set a port that is free.") from None
    return listener


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


def _plain(status: int) -> Response:
    return status, "text/plain", HTTPStatus(status).phrase


async def _send(send: Send, status: int, kind: str, body: str, *, allow: bytes | None) -> None:
    content = body.encode("utf-8", "surrogatepass")
    headers = [(b"content-type", kind.encode("latin-1")), (b"content-length", b"%d" % len(content))]
    if status == 405 and allow:
        headers.append((b"allow", allow))
    if status in (408, 413):
        # The rest of the request is not worth reading.
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
