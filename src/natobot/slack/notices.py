"""Private words beside an answer: why there is none, or that it comes later. Each is said once, or not at all.

A delivery goes in; one message for the person who asked comes out. What fails here is logged and never repeated.
"""

import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping

from natobot import render
from natobot.slack import logs
from natobot.slack.post import Client, Outcome, post, whisper
from natobot.state import Delivery

log = logging.getLogger(__name__)

# Channels with these refusals are closed to us, for private words too: the person gets a direct message.
_CLOSED = {"not_in_channel": "told_not_in_channel", "channel_not_found": "told_closed", "is_archived": "told_closed"}
# With these nobody can be told anything.
_NOBODY = {
    "token_revoked",
    "token_expired",
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "missing_scope",
    "not_allowed_token_type",
    "access_denied",
    "team_access_not_granted",
    "org_login_required",
}
# People who were told that we are busy are not told again within so many of those told after them.
_TOLD = 500


def tell_refused(client: Client, delivery: Delivery, outcome: Outcome, wording: Mapping[str, str]) -> Outcome | None:
    """Tell whoever asked why Slack does not take the answer, and how to mend it; None where nobody can be told."""
    error = outcome.error or ""
    if not delivery.person or error in _NOBODY:
        return None
    if error in _CLOSED:
        if delivery.kind == "message":
            return None
        words = render.escape(wording[_CLOSED[error]]).replace("{channel}", f"<#{delivery.channel}>")
        return _logged(delivery, post(client, channel=delivery.person, text=words, blocks=[]))
    words = wording["told_restricted"] if error.startswith("restricted_action") else wording["told_other"]
    return _logged(delivery, _whispered(client, delivery, words.replace("{error}", error)))


def tell_busy(client: Client, delivery: Delivery, wording: Mapping[str, str]) -> Outcome:
    """Tell whoever asked that the answer comes later."""
    return _logged(delivery, _whispered(client, delivery, wording["busy_written"]))


def place_of(delivery: Delivery) -> dict[str, str]:
    """Where a private word to whoever asked goes: Slack shows none in a thread that our answer would only begin."""
    thread = delivery.thread_ts if delivery.thread_ts != delivery.message_ts else ""
    return {"channel": delivery.channel, "person": delivery.person, "thread_ts": thread}


def _whispered(client: Client, delivery: Delivery, words: str) -> Outcome:
    return whisper(client, **place_of(delivery), text=render.escape(words), blocks=[])


def _logged(delivery: Delivery, outcome: Outcome) -> Outcome:
    if outcome.kind != "accepted":
        log.warning("a private word about delivery %s was %s (%s)", delivery.event_id, outcome.kind, outcome.error)
    return outcome


class Notices:
    """Says one thing after the other, with a pause between; what finds no room is not said. Never makes anybody wait."""

    def __init__(self, say: Callable[[Delivery], object], *, pause: float = 1.0, limit: int = 20) -> None:
        self._say = say
        self._pause = pause
        self._waiting: queue.Queue[Delivery] = queue.Queue(limit)
        self._told: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def put(self, delivery: Delivery) -> bool:
        """Have it said, soon; false if it will not be: nobody to tell, told lately, no room, or stopped."""
        with self._lock:
            key = (delivery.channel, delivery.person)
            if self._stop.is_set() or not delivery.person or key in self._told:
                return False
            try:
                self._waiting.put_nowait(delivery)
            except queue.Full:
                return False
            self._told[key] = None
            if len(self._told) > _TOLD:
                self._told.popitem(last=False)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="notices")
                self._thread.start()
            return True

    def clear(self) -> None:
        """Everybody may be told again: the rush is over."""
        with self._lock:
            self._told.clear()

    def stop(self) -> None:
        """Say nothing more."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                delivery = self._waiting.get(timeout=1.0)
            except queue.Empty:
                continue
            try:
                self._say(delivery)
            except Exception as error:
                # A courtesy that breaks must not end those after it.
                logs.report(error, "saying that we are busy")
            self._stop.wait(self._pause)
