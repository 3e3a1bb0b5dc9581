"""Faults on demand: what to do to a call instead of answering it well. Tests and the page line them up by method."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from natobot.playground.cast import Json

# All methods, and response URLs too.
ANY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to one call."""

    # Its name in ``Call.fault``.
    name: str
    # Whether the call takes effect although the answer says otherwise, or nothing.
    accepted: bool = False
    # HTTP status to answer with, or null for the usual one.
    status: int | None = None
    # Slack's word to answer ``ok: false`` with, or null.
    error: str | None = None
    # Seconds for the ``Retry-After`` header, or null for none.
    retry_after: int | None = None
    # Seconds to wait before the answer.
    delay: float = 0.0
    # Whether to close the connection without an answer.
    reset: bool = False


def rate_limited(seconds: int = 1) -> Fault:
    """429 with ``Retry-After``; the call has no effect."""
    return Fault(name="rate_limited", status=429, error="ratelimited", retry_after=seconds)


def server_error(status: int = 500, *, accepted: bool = False) -> Fault:
    """A 5xx, with or without the call having taken effect: the caller cannot know."""
    return Fault(name="server_error", status=status, error="internal_error", accepted=accepted)


def slow(seconds: float) -> Fault:
    """The right answer, but late."""
    return Fault(name="slow", delay=seconds, accepted=True)


def reset(*, accepted: bool = True) -> Fault:
    """The connection is closed without an answer, after (or before) the call took effect."""
    return Fault(name="reset", reset=True, accepted=accepted)


def refused(error: str) -> Fault:
    """``ok: false`` with Slack's word for it, such as ``token_revoked`` or ``fatal_error``."""
    return Fault(name="refused", error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """A fault in the queue."""

    # What to do.
    fault: Fault
    # To which method.
    method: str
    # How many calls it still meets, or null for all.
    times: int | None
    # Which calls it meets.
    when: Callable[[Json], bool]


@dataclass(slots=True)
class Faults:
    """The queue of faults, first come first served. Safe to use from any thread."""

    # In the order they were asked for.
    orders: list[_Order] = field(default_factory=list)
    # Guards ``orders``.
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self,
        method: str,
        fault: Fault,
        *,
        times: int | None = 1,
        when: Callable[[Json], bool] = lambda body: True,
    ) -> None:
        """Let the next calls of a method meet a fault.

        Args:
            method: Such as ``chat.postMessage``, ``response_url``, or ``*`` for all.
            fault: See the functions of this module.
            times: How many calls meet it; null for all until ``clear``.
            when: Which calls meet it, by their arguments; called once for each call that comes by.
        """
        with self.lock:
            self.orders.append(_Order(fault=fault, method=method, times=times, when=when))

    def take(self, method: str, body: Json) -> Fault | None:
        """The fault that this call meets, if any; used up by it."""
        with self.lock:
            for place, order in enumerate(self.orders):
                if order.method in (method, ANY) and order.when(body):
                    if order.times is not None:
                        self._use(place, order)
                    return order.fault
        return None

    def clear(self) -> None:
        """No more faults."""
        with self.lock:
            self.orders.clear()

    def _use(self, place: int, order: _Order) -> None:
        if order.times == 1:
            del self.orders[place]
        else:
            self.orders[place] = replace(order, times=(order.times or 1) - 1)
