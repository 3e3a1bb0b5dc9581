"""Answers mentions and direct messages: a claimed delivery goes in, one message in the right thread comes out.

The state database knows of every delivery before Slack hears that we took it. What a post's outcome means for the
next one is decided here: refused and never sent are tried again with backoff, uncertain once.
"""

import logging
import threading
import time
from typing import Any, NamedTuple

from natobot.bot import Natobot
from natobot.errors import NatobotError
from natobot.fold import unescape
from natobot.model import Thread
from natobot.slack import cards, logs
from natobot.slack.lanes import Lanes
from natobot.slack.post import Clients, Outcome, post
from natobot.state import Delivery, State

log = logging.getLogger(__name__)

WORKERS = 8
# Deliveries held in memory; more of them wait in the database.
LIMIT = 2000
# With the backoff, eight attempts span about two minutes.
MAX_ATTEMPTS = 8
# A question may be answered twice if nobody can know whether the first answer arrived, never three times.
MAX_DOUBTS = 1
# Seconds before the first further attempt; each next one waits twice as long.
BACKOFF = 1.0
# Slack takes about one message a second and channel.
PACE = 1.0
# Seconds until the database is asked again after it failed.
STATE_PAUSE = 5.0


class Job(NamedTuple):
    """What the queue holds of a delivery; the rest stays in the database."""

    # Slack's id of the event.
    event_id: str
    # Where the reply goes.
    channel: str


class Deliveries:
    """The worker pool behind the listeners: in order within a thread, different threads side by side."""

    def __init__(self, bot: Natobot, state: State, clients: Clients, *, frame: cards.Frame = cards.PUBLIC) -> None:
        self._frame = frame
        self._bot = bot
        self._state = state
        self._clients = clients
        self._lanes: Lanes[Job] = Lanes(self._work, threads=WORKERS, limit=LIMIT)
        # When the next message may go to a channel.
        self._free_at: dict[str, float] = {}
        self._turns = threading.Lock()
        # Posts that ended while the database could not be told.
        self._unmarked: dict[str, tuple[Delivery, Outcome]] = {}

    def start(self) -> None:
        """Take up what was left unfinished, then begin to work."""
        self.take_up()
        self._lanes.start()

    def stop(self, timeout: float) -> bool:
        """Finish what is under way; what is not due yet stays in the database for the next start."""
        finished = self._lanes.stop(timeout)
        self._state.release()
        return finished

    def take(self, delivery: Delivery) -> bool:
        """Claim a delivery and queue it; false if it was claimed before. When this returns, it will not be lost.

        Raises:
            StateError: it could not be written down, so Slack must be told to send it again.
        """
        if not self._state.claim(delivery):
            return False
        self._queue(delivery)
        return True

    def take_up(self) -> None:
        """Queue the unfinished deliveries of workers that died or let go."""
        if len(self._lanes) >= LIMIT:
            return
        for delivery in self._state.pending(LIMIT):
            if delivery.doubts > MAX_DOUBTS:
                self._state.finish(delivery.event_id, "uncertain", error="cut off")
            else:
                self._queue(delivery)

    def __len__(self) -> int:
        """Deliveries not done yet."""
        return len(self._lanes)

    def _queue(self, delivery: Delivery) -> None:
        lane = (delivery.workspace, delivery.channel, delivery.thread_ts)
        if not self._lanes.put(lane, Job(delivery.event_id, delivery.channel)):
            self._state.release(delivery.event_id)

    def _work(self, job: Job) -> float | None:
        """One step of one delivery: seconds until the next, or None when it is done."""
        try:
            if job.event_id in self._unmarked:
                return self._mark(job.event_id)
            return self._wait_for(job.channel) or self._deliver(job.event_id)
        except NatobotError as error:
            log.error("delivery %s waits: %s", job.event_id, error)
            return STATE_PAUSE

    def _deliver(self, event_id: str) -> float | None:
        delivery = self._state.delivery(event_id)
        if delivery is None:
            return None
        text, blocks = self._answer(delivery)
        if not self._state.begin(event_id):
            return None
        outcome = self._post(delivery, text, blocks)
        self._unmarked[event_id] = delivery, outcome
        # Slack's limits are the channel's, not this message's.
        with self._turns:
            self._free_at[delivery.channel] = time.monotonic() + max(PACE, outcome.retry_after or 0.0)
        return self._mark(event_id)

    def _answer(self, delivery: Delivery) -> tuple[str, list[dict[str, Any]]]:
        """The text and blocks of the reply; if that fails, an apology with a reference."""
        turns = self._state.turns(delivery)
        self._state.remember(delivery)
        try:
            answer = self._bot.reply(delivery.question, Thread(turns=turns))
            return cards.of(self._bot, answer, unescape(delivery.question), self._frame)
        except Exception as error:
            # The last line of defence: whoever asked must hear something, and the log must say where it went wrong.
            reference = logs.report(error, f"answering {delivery.event_id}")
            return apology(self._bot, reference), []

    def _post(self, delivery: Delivery, text: str, blocks: list[dict[str, Any]]) -> Outcome:
        try:
            client = self._clients(delivery.workspace)
        except NatobotError as error:
            # Nobody can tell now; in a while somebody may.
            log.error("%s", error)
            return Outcome(kind="never_sent", error="no_client")
        if client is None:
            return Outcome(kind="never_sent", error="not_installed", final=True)
        return post(client, channel=delivery.channel, text=text, blocks=blocks, thread_ts=delivery.thread_ts)

    def _mark(self, event_id: str) -> float | None:
        """Write down how the post ended, and decide whether there is another."""
        delivery, outcome = self._unmarked[event_id]
        pause = self._verdict(delivery, outcome)
        if pause is not None:
            self._state.retry(event_id, outcome.error or "", doubt=outcome.kind == "uncertain")
        else:
            self._state.finish(event_id, outcome.kind, ts=outcome.ts, error=outcome.error)
        del self._unmarked[event_id]
        if outcome.kind == "accepted":
            log.info("delivery %s accepted", event_id)
        else:
            then = "ends" if pause is None else f"tried again in {pause:g} s"
            log.warning("delivery %s %s (%s): %s. %s", event_id, outcome.kind, outcome.error, then, outcome.remedy)
        return pause

    def _verdict(self, delivery: Delivery, outcome: Outcome) -> float | None:
        """Seconds until the next attempt, or None if there is none."""
        if outcome.kind == "accepted" or outcome.final:
            return None
        if outcome.kind == "uncertain":
            return BACKOFF if delivery.doubts < MAX_DOUBTS else None
        if delivery.attempts + 1 >= MAX_ATTEMPTS:
            return None
        return outcome.retry_after or float(BACKOFF * 2**delivery.attempts)

    def _wait_for(self, channel: str) -> float:
        """Take the channel's turn and say 0, or say how long it is until the next."""
        with self._turns:
            now = time.monotonic()
            if (wait := self._free_at.get(channel, 0.0) - now) > 0:
                return wait
            if len(self._free_at) > LIMIT:
                self._free_at = {c: at for c, at in self._free_at.items() if at > now}
            self._free_at[channel] = now + PACE
            return 0.0


def apology(bot: Natobot, reference: str) -> str:
    """What a person reads when something of ours broke."""
    return str(bot.wording["error"]).replace("{reference}", reference)
