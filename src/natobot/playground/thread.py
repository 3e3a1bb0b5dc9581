"""The server's thread: an event loop with the HTTP server and Socket Mode, on 127.0.0.1 and nowhere else."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import uvicorn
from starlette.routing import BaseRoute
from uvicorn.protocols.http.h11_impl import H11Protocol

from natobot.errors import InputError
from natobot.playground.faults import Faults
from natobot.playground.hub import Hub
from natobot.playground.sockets import Sockets
from natobot.playground.web import Desk, web

HOST = "127.0.0.1"
# Requests still in flight when the server stops get this long.
STOP_SECONDS = 1

T = TypeVar("T")


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 is a free one.

    Raises:
        InputError: another address than 127.0.0.1, or a port in use.
    """
    if host != HOST:
        raise InputError(
            f"the local Slack listens on {HOST} only, not on {host!r}: it has no passwords, and whoever reaches it can "
            f"read every message and speak as anybody. Leave the address out."
        )
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as wrong:
        sock.close()
        raise InputError(f"port {port} cannot be used ({wrong.strerror}). Choose another one, or 0 for any.") from wrong
    return sock


class _Quiet(H11Protocol):
    """uvicorn's HTTP without its log of requests: response URLs are secrets. ``access_log=False`` silences the whole
    process, and with it an app that is served beside the local Slack.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.access_log = False


class _Server(uvicorn.Server):
    """uvicorn, stopped by an event instead of a look at a flag ten times a second."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self.ready = ready
        self.stop = asyncio.Event()

    async def main_loop(self) -> None:
        self.ready.set()
        await self.stop.wait()

    def cut(self, client: tuple[str, int]) -> None:
        """Close the connection that comes from this host and port."""
        for connection in tuple(self.server_state.connections):
            if getattr(connection, "client", None) == tuple(client):
                connection.transport.abort()


class Background:
    """Starts and stops the server, and runs coroutines in its loop."""

    def __init__(self, hub: Hub, faults: Faults, sockets: Sockets, sock: socket.socket, more: Sequence[BaseRoute] = ()) -> None:
        self._hub, self._faults, self._sockets, self._sock, self._more = hub, faults, sockets, sock, more
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: _Server | None = None
        self._thread = threading.Thread(target=self._run, name="local-slack", daemon=True)

    def start(self) -> None:
        """Start, and come back when requests are answered."""
        self._thread.start()
        self._ready.wait()
        if self._error:
            self._thread.join()
            raise self._error

    def stop(self) -> None:
        """Stop, and come back when everything is closed."""
        if self._loop and self._server and self._thread.is_alive():
            # The loop may end on its own between the look and the call.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._server.stop.set)
        self._thread.join()
        if self._error:
            raise self._error

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the server's loop and wait for its result."""
        if self._loop is None or not self._thread.is_alive():
            work.close()
            raise InputError("the local Slack is not running. Use it in a with statement, or call start() first.")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as wrong:  # whatever it is, it belongs to the thread that waits in start()
            self._error = wrong
        finally:
            self._sock.close()
            self._ready.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._sockets.start(HOST)
        closing = asyncio.Event()
        desk = Desk(hub=self._hub, faults=self._faults, cut=self._cut, closing=closing)
        self._server = _Server(_config(desk, self._more), self._ready)
        serving = asyncio.create_task(self._server.serve(sockets=[self._sock]))
        await asyncio.wait({serving, asyncio.create_task(self._server.stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
        closing.set()
        await self._sockets.close()
        await serving

    def _cut(self, client: tuple[str, int]) -> None:
        if self._server:
            self._server.cut(client)


def _config(desk: Desk, more: Sequence[BaseRoute]) -> uvicorn.Config:
    return uvicorn.Config(
        web(desk, more),
        http=_Quiet,
        ws="none",
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
