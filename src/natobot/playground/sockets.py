"""Socket Mode: apps connect with a ticket, packets go out as envelopes, acknowledgements come back by envelope id."""

import asyncio
import contextlib
import json
import logging
import secrets
import time
import uuid
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from natobot.playground.cast import Json
from natobot.playground.delivery import Delivery, Packet, of_socket
from natobot.playground.refused import Refused
from natobot.playground.state import State

MAX_CONNECTIONS = 10
# Of a connection that is told to go; a client that does not answer is cut off after it.
CLOSE_SECONDS = 0.2
# At DEBUG websockets logs every frame, and with it tickets and what people ask.
_log = logging.getLogger("natobot.playground.sockets")
_log.setLevel(logging.WARNING)
# Slack waits for the answer to these, and lets it carry a payload.
_ANSWERED = frozenset({"slash_commands", "interactive"})


@dataclass(slots=True, kw_only=True)
class Sockets:
    """The connected apps. All but ``count`` belongs to the event loop's thread."""

    # Told when apps come and go.
    state: State
    # Seconds between two pings.
    ping_seconds: float
    # In the order they are served.
    connections: list[ServerConnection] = field(default_factory=list)
    # Still open, but they hear and say nothing any more.
    deaf: list[ServerConnection] = field(default_factory=list)
    # Tickets handed out and not yet used.
    tickets: set[str] = field(default_factory=set)
    # Envelopes that wait for their acknowledgement, and the connection they went to.
    waiting: dict[str, tuple[asyncio.Future[Json | str], ServerConnection]] = field(default_factory=dict)
    # The listener, once started.
    server: Server | None = None
    # Where it listens.
    port: int = 0

    @property
    def count(self) -> int:
        """How many apps are connected and can hear."""
        return len(self.connections)

    async def start(self, host: str) -> None:
        """Listen on a free port."""
        self.server = await serve(
            self._serve,
            host,
            0,
            process_request=self._admit,
            compression=None,
            ping_interval=None,
            close_timeout=CLOSE_SECONDS,
            logger=_log,
        )
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Cut every connection and stop listening."""
        if self.server:
            self.server.close()
            await self.server.wait_closed()

    def open(self) -> str:
        """An address that lets one app connect once.

        Raises:
            Refused: ``too_many_websockets``, beyond ten connections.
        """
        if self.count >= MAX_CONNECTIONS:
            raise Refused("too_many_websockets")
        ticket = secrets.token_urlsafe(24)
        self.tickets.add(ticket)
        return f"ws://127.0.0.1:{self.port}/link/?ticket={ticket}&app_id={self.state.team.app}"

    async def deliver(self, packet: Packet, seconds: float) -> Delivery:
        """Send a packet to one of the apps, each in its turn, and wait for its acknowledgement."""
        start = time.monotonic()
        answer = await self._ask(packet, seconds)
        return of_socket(packet, answer, time.monotonic() - start)

    async def disconnect(self, reason: str) -> None:
        """Tell the apps to connect anew; all reasons but ``warning`` close the connection."""
        notice = {"type": "disconnect", "reason": reason, "debug_info": {"host": "local"}}
        for connection in tuple(self.connections):
            with contextlib.suppress(ConnectionClosed):
                await connection.send(json.dumps(notice))
                if reason != "warning":
                    self._leave(connection)
                    await connection.close()

    async def drop(self) -> None:
        """Cut the connections without a word, as a broken network does."""
        for connection in (*self.connections, *self.deaf):
            connection.transport.abort()

    async def deafen(self) -> None:
        """Read nothing more from the connections, not even that they close, and write nothing more to them."""
        for connection in self.connections:
            connection.transport.pause_reading()
        self.deaf += self.connections
        self.connections.clear()
        self._tell()

    async def _ask(self, packet: Packet, seconds: float) -> Json | str:
        if not self.connections and self.deaf:
            # Slack takes them for alive.
            await asyncio.sleep(seconds)
            return "http_timeout"
        if not self.connections:
            return "connection_failed"
        connection = self.connections.pop(0)
        self.connections.append(connection)
        envelope_id = str(uuid.uuid4())
        answer: asyncio.Future[Json | str] = asyncio.get_running_loop().create_future()
        self.waiting[envelope_id] = (answer, connection)
        try:
            async with asyncio.timeout(seconds):
                await connection.send(json.dumps(_envelope(envelope_id, packet)))
                return await answer
        except TimeoutError:
            return "http_timeout"
        except ConnectionClosed:
            return "connection_failed"
        finally:
            del self.waiting[envelope_id]

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        ticket = parse_qs(urlsplit(request.path).query).get("ticket", [""])[0]
        if ticket not in self.tickets:
            return connection.respond(HTTPStatus.UNAUTHORIZED, "unknown ticket\n")
        self.tickets.remove(ticket)
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        pings = asyncio.create_task(self._ping(connection))
        try:
            await connection.send(json.dumps(self._hello()))
            self.connections.append(connection)
            self._tell()
            async for frame in connection:
                self._acknowledge(frame)
        except ConnectionClosed:
            pass
        finally:
            pings.cancel()
            self._leave(connection)
            for answer, asked in tuple(self.waiting.values()):
                if asked is connection and not answer.done():
                    answer.set_result("connection_failed")

    def _leave(self, connection: ServerConnection) -> None:
        """Send nothing more to a connection that is gone or told to go."""
        for known in (self.connections, self.deaf):
            if connection in known:
                known.remove(connection)
        self._tell()

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "connection_info": {"app_id": self.state.team.app},
            "num_connections": self.count + 1,
            "debug_info": {"host": "local", "build_number": 1, "approximate_connection_time": 18060},
        }

    async def _ping(self, connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(self.ping_seconds)
                if connection in self.deaf:
                    return
                await connection.ping(b"Ping from the local Slack")

    def _acknowledge(self, frame: str | bytes) -> None:
        try:
            said = json.loads(frame)
        except ValueError:
            return
        answer, _ = self.waiting.get(said.get("envelope_id", ""), (None, None)) if isinstance(said, dict) else (None, None)
        if answer and not answer.done():
            payload = said.get("payload")
            answer.set_result(payload if isinstance(payload, dict) else {})

    def _tell(self) -> None:
        with self.state.changed:
            self.state.changed.notify_all()


def _envelope(envelope_id: str, packet: Packet) -> Json:
    envelope: Json = {
        "envelope_id": envelope_id,
        "type": packet.kind,
        "payload": packet.payload,
        "accepts_response_payload": packet.kind in _ANSWERED,
    }
    if packet.retry_num is not None:
        envelope |= {"retry_attempt": packet.retry_num, "retry_reason": packet.retry_reason or ""}
    return envelope
