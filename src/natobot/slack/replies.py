"""Private answers to a press: by its ``response_url``, and where that fails, again later or as an ephemeral message.

The first try is made where the press is answered. All that waits is done by two threads of our own.
"""

import itertools
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from slack_sdk import WebClient

from natobot.metrics import Metrics
from natobot.slack import logs
from natobot.slack.lanes import Lanes
from natobot.slack.post import Outcome, posting_client, whisper
from natobot.slack.respond import respond

log = logging.getLogger(__name__)

THREADS = 2
# Answers waiting for another try.
LIMIT = 200
# A ``response_url`` takes five posts within half an hour.
POSTS = 5
LIFE = 30 * 60.0
# A longer Retry-After than this is not waited for: the answer goes another way.
PATIENCE = 60.0
# Tries of a post that was never sent, and seconds before the first further one; each next one waits twice as long.
TRIES = 4
BACKOFF = 1.0


@dataclass(slots=True, kw_only=True)
class Reply:
    """One private answer, and how its posts went so far."""

    # Posts.
    client: WebClient = field(repr=False)
    # Where the answer is awaited.
    url: str = field(repr=False)
    # What to post there.
    payload: dict[str, Any] = field(repr=False)
    # For whom and where, should the address fail; "" where unknown.
    person: str
    channel: str
    # When the address dies.
    until: float
    # Posts so far, those of them that were never sent in a row, and those in doubt.
    posts: int = 0
    unsent: int = 0
    doubts: int = 0
    # Whether it goes as an ephemeral message now.
    whispered: bool = False
    # When the next post is due.
    due: float = 0.0


class Replies:
    """Sees to it that private answers arrive, within bounds. Nothing public goes through here: that is never repeated."""

    def __init__(self, metrics: Metrics | None = None) -> None:
        self._metrics = metrics or Metrics()
        self._lanes: Lanes[Reply] = Lanes(self._work, threads=THREADS, limit=LIMIT)
        self._number = itertools.count()
        self._started = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to work; a first answer that must wait does so too."""
        with self._lock:
            if not self._started:
                self._started = True
                self._lanes.start()

    def stop(self, timeout: float) -> bool:
        """Finish what is due, drop what waits."""
        return self._lanes.stop(timeout) if self._started else True

    def __len__(self) -> int:
        """Answers that wait for another try."""
        return len(self._lanes)

    def give(self, client: WebClient, url: str, payload: dict[str, Any], *, person: str = "", channel: str = "") -> Outcome:
        """Answer now, and say how that went; if it may still arrive, it is tried again by itself."""
        reply = Reply(client=client, url=url, payload=payload, person=person, channel=channel, until=time.monotonic() + LIFE)
        outcome = self._post(reply)
        pause = self._verdict(reply, outcome)
        if pause is None:
            return outcome
        self.start()
        reply.due = time.monotonic() + pause
        if not self._lanes.put(next(self._number), reply):
            log.warning("a private answer is not tried again: too many wait")
            self._metrics.turned_away("reply")
        return outcome

    def _work(self, reply: Reply) -> float | None:
        if (wait := reply.due - time.monotonic()) > 0:
            return wait
        try:
            pause = self._verdict(reply, self._post(reply))
        except Exception as error:
            # The last line of defence: a thread that ends would answer nobody any more.
            logs.report(error, "answering privately")
            return None
        if pause is not None:
            reply.due = time.monotonic() + pause
        return pause

    def _post(self, reply: Reply) -> Outcome:
        reply.posts += 1
        if reply.whispered:
            message = {k: reply.payload.get(k) or "" for k in ("text", "thread_ts")}
            blocks = reply.payload.get("blocks") or []
            # One that repeats nothing by itself, wherever the other comes from.
            poster = posting_client(reply.client, sits_out=False)
            outcome = whisper(poster, channel=reply.channel, person=reply.person, blocks=blocks, **message)
        else:
            outcome = respond(reply.client, reply.url, reply.payload)
        if outcome.kind != "accepted":
            log.warning("a private answer was %s (%s)", outcome.kind, outcome.error)
            self._metrics.slack_failed("chat.postEphemeral" if reply.whispered else "response_url", outcome.error)
        return outcome

    def _verdict(self, reply: Reply, outcome: Outcome) -> float | None:
        """Seconds until the next post, or None if there is none."""
        if outcome.kind == "accepted":
            return None
        if outcome.kind == "uncertain":
            # Twice in doubt is the end: it is for one person, who may have it twice by now.
            reply.doubts += 1
            return BACKOFF if reply.doubts == 1 else None
        if outcome.kind == "never_sent" and not outcome.final:
            reply.unsent += 1
            return BACKOFF * 2.0 ** (reply.unsent - 1) if reply.unsent < TRIES else self._otherwise(reply)
        if outcome.final:
            return self._otherwise(reply) if outcome.kind == "refused" else None
        wait = outcome.retry_after or BACKOFF
        if wait <= PATIENCE and reply.posts < POSTS and time.monotonic() + wait < reply.until:
            return wait
        return self._otherwise(reply)

    def _otherwise(self, reply: Reply) -> float | None:
        """Go on with an ephemeral message, at once, if that was not tried and there is somebody to see it."""
        if reply.whispered or not (reply.person and reply.channel):
            return None
        reply.whispered, reply.posts, reply.unsent = True, 0, 0
        return 0.0
