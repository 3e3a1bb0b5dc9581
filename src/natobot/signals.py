"""SIGTERM and SIGINT as an event that a long-running command can wait for."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def until_stopped(then: Callable[[], None] = lambda: None) -> Iterator[threading.Event]:
    """An event that is set (and ``then`` called) when the process is asked to end; afterwards all is as before.

    Only the main thread hears signals: elsewhere the event is set by whoever holds it.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def told(_signal: int, _frame: FrameType | None) -> None:
        stop.set()
        then()

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
