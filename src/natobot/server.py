"""uvicorn around an ASGI app of ours: a port in, a server out that the main thread or one of its own runs."""

import socket
import threading
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from natobot.errors import NatobotError, SettingError


class Application(Protocol):
    """An ASGI app that says why it did not start."""

    # Null if it did.
    failure: NatobotError | None

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        """Answer one connection of the ASGI protocol."""


class Server:
    """uvicorn around our ASGI app, on a socket that listens already."""

    def __init__(self, app: Application, listener: socket.socket, *, patience: int) -> None:
        import uvicorn

        self.app = app
        self.address = "http://{}:{}".format(*listener.getsockname()[:2])
        self._listener = listener
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                ws="none",
                lifespan="on",
                timeout_graceful_shutdown=patience,
            )
        )

    def run(self) -> None:
        """Serve until `leave` or a signal."""
        try:
            self._uvicorn.run(sockets=[self._listener])
        except SystemExit:
            # uvicorn's way to say that the lifespan did not start.
            if self.app.failure is None or threading.current_thread() is not threading.main_thread():
                return
            raise self.app.failure from None

    def leave(self) -> None:
        """Ask the server to finish."""
        self._uvicorn.should_exit = True

    def wait_until_ready(self, thread: threading.Thread) -> None:
        """Wait until requests are answered by the thread that runs this.

        Raises:
            NatobotError: the start failed.
        """
        while not self._uvicorn.started:
            if self.app.failure or not thread.is_alive():
                raise self.app.failure or NatobotError("the server did not start; the log says why.")
            time.sleep(0.002)


@contextmanager
def beside(app: Application, listener: socket.socket) -> Iterator[None]:
    """The server in a thread, for as long as the block lasts."""
    server = Server(app, listener, patience=1)
    thread = threading.Thread(target=server.run, name="watch")
    thread.start()
    try:
        server.wait_until_ready(thread)
        yield
    finally:
        server.leave()
        thread.join()


def bound(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        SettingError: the port cannot be used.
    """
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
