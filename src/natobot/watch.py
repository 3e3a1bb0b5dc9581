"""What those hear who watch a process: its health and its figures in, ``/healthz`` and ``/metrics`` out.

Nothing here waits for the threads that answer questions. It is part of the HTTP door, and all of an app of its own beside
Socket Mode.
"""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from natobot import metrics
from natobot.errors import NatobotError
from natobot.slack import logs

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# Status, content type and body of a response.
Response = tuple[int, str, str]

# Seconds the database may take to answer, and for which its answer is good.
PATIENCE = 1.0
FRESH = 1.0
# Slack pings every ten to thirty seconds: after so long without a ping a connection is deaf.
DEAF = 60.0
PATHS = ("/healthz", "/metrics")


class Pulse:
    """Whether the database answers, asked in a thread of its own: of those that hang there is never more than one."""

    def __init__(self, beat: Callable[[], None]) -> None:
        self._beat = beat
        self._alive = False
        # When that was found out.
        self._at = float("-inf")
        self._asking: asyncio.Future[bool] | None = None

    async def alive(self) -> bool:
        """The answer, at most a second old; no answer in time is no."""
        if time.monotonic() - self._at < FRESH:
            return self._alive
        if self._asking is None or self._asking.done():
            loop = asyncio.get_running_loop()
            self._asking = loop.create_future()
            threading.Thread(target=self._ask, args=(loop, self._asking), daemon=True, name="pulse").start()
        done, _ = await asyncio.wait({self._asking}, timeout=PATIENCE)
        return bool(done) and self._asking.result()

    def _ask(self, loop: asyncio.AbstractEventLoop, answer: "asyncio.Future[bool]") -> None:
        try:
            self._beat()
            self._alive = True
        except NatobotError:
            self._alive = False
        except Exception as error:
            # A database that breaks in a way of its own is no healthier; the thread must answer.
            logs.report(error, "asking the database")
            self._alive = False
        self._at = time.monotonic()
        # Nobody waits any more if the loop has closed.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_tell, answer, self._alive)


def _tell(answer: "asyncio.Future[bool]", alive: bool) -> None:
    if not answer.done():
        answer.set_result(alive)


class Watch:
    """The ASGI app of whoever watches."""

    # Why the start failed, for whoever runs the server: here nothing starts.
    failure: NatobotError | None = None

    def __init__(
        self,
        *,
        health: Callable[[], dict[str, Any]],
        beat: Callable[[], None] = lambda: None,
        figures: Callable[[], str] = lambda: "",
        silence: Callable[[], float] | None = None,
    ) -> None:
        self._health = health
        self._pulse = Pulse(beat)
        self._figures = figures
        self._silence = silence

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one connection of the ASGI protocol."""
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
        elif scope["type"] == "http":
            known = scope["path"] in PATHS
            response = await self.answer(scope["path"], scope["method"]) if known else plain(404)
            await respond(send, *response, allow=b"GET, HEAD")

    async def answer(self, path: str, method: str) -> Response:
        """The response to a request for one of ``PATHS``."""
        if method not in ("GET", "HEAD"):
            return plain(405)
        if path == "/metrics":
            return 200, metrics.CONTENT_TYPE, self._figures()
        health = {**self._health(), "database": await self._pulse.alive()}
        well = health["ready"] and health["database"]
        if self._silence:
            health["last_ping_seconds"] = round(self._silence(), 1)
            well = well and health["last_ping_seconds"] <= DEAF
        return 200 if well else 503, "application/json", json.dumps(health)


def plain(status: int) -> Response:
    """The name of a status."""
    return status, "text/plain", HTTPStatus(status).phrase


async def respond(
    send: Send, status: int, kind: str, body: str, more: Sequence[tuple[str, str]] = (), *, allow: bytes | None
) -> None:
    """Send a response, with ``more`` headers; ``allow`` are the methods that there are."""
    content = body.encode("utf-8", "surrogatepass")
    headers = [(b"content-type", kind.encode("latin-1")), (b"content-length", b"%d" % len(content))]
    headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in more]
    if status == 405 and allow:
        headers.append((b"allow", allow))
    if status in (408, 413):
        # The rest of the request is not worth reading.
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
