"""What there is no room for: a bounded pool of threads, and what a request is, so that it can be turned away rightly.

A command is answered politely. An event is not taken: Slack sends it again. Nor is a press: Slack shows the person that it
failed, and they can press again; to say that it was taken would lose it without a word.
"""

import re
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal

from natobot.errors import NatobotError

# Listeners at once, by HTTP or Socket Mode: twenty slow ones leave room.
LISTENERS = 48
# Requests waiting for a thread; beyond them there is no room.
WAITING = 200

# What Slack sends.
Kind = Literal["command", "event", "press"]
_SOCKET: dict[str, Kind] = {"slash_commands": "command", "events_api": "event"}


class Busy(NatobotError):
    """There is no thread for this now, and no room to wait for one."""


class Pool(ThreadPoolExecutor):
    """Threads with a bounded queue before them."""

    def __init__(self, threads: int, waiting: int, name: str) -> None:
        super().__init__(threads, name)
        self._room = threading.BoundedSemaphore(threads + waiting)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have it done by one of the threads.

        Raises:
            Busy: there is no room.
        """
        if not self._room.acquire(blocking=False):
            raise Busy("there is too much to do at once. Run more processes on one DATABASE_URL.")
        try:
            future = super().submit(fn, *args, **kwargs)
        except BaseException:
            self._room.release()
            raise
        future.add_done_callback(lambda _: self._room.release())
        return future


def kind_of_body(body: str, content_type: str) -> Kind:
    """What a request over HTTP is."""
    if "json" in content_type:
        return "event"
    return "command" if re.search(r"(?:^|&)command=", body) else "press"


def kind_of_envelope(kind: str) -> Kind:
    """What an envelope of Socket Mode holds, by its type."""
    return _SOCKET.get(kind, "press")


def polite(words: str) -> dict[str, str]:
    """The answer to a command for which there is no room; the words are Slack's markup."""
    return {"response_type": "ephemeral", "text": words}
