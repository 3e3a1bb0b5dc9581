"""Answers mentions and direct messages: a claimed delivery goes in, one message in the right thread comes out.

The state database knows of every delivery before Slack hears that we took it. What a post's outcome means for the
next one is decided here: refused and never sent are tried again with backoff, uncertain once. After that the answer goes
to whoever asked, for them alone. docs/delivery.md says what this comes to.
"""

import logging
import threading
import time
from contextlib import suppress
from typing import Any, NamedTuple

from natobot import render
from natobot.bot import Natobot
from natobot.errors import NatobotError
from natobot.fold import unescape
from natobot.metrics import Metrics
from natobot.model import Thread
from natobot.slack import cards, logs
from natobot.slack.lanes import Lanes
from natobot.slack.notices import Notices, place_of, tell_busy, tell_refused
from natobot.slack.post import Client, Clients, Outcome, post, whisper
from natobot.slack.replies import Replies
from natobot.state import Delivery, State, Workspace

log = logging.getLogger(__name__)

WORKERS = 8
# Deliveries held in memory; more of them wait in the database.
LIMIT = 2000
# From so many on, whoever asks is told that the answer comes later.
BUSY = 100
# With the backoff, twenty attempts span about a quarter of an hour.
MAX_ATTEMPTS = 20
# A question may be answered twice if nobody can know whether the first answer arrived, never three times.
MAX_DOUBTS = 1
# After that the answer goes to whoever asked, for them alone, and once more if nobody knows whether that arrived.
LAST_DOUBTS = 3
# Seconds before the first further attempt; each next one waits twice as long, but not longer than the other.
BACKOFF = 1.0
LONGEST_BACKOFF = 60.0
# Seconds between two looks at an earlier question of the thread that another process answers.
BEHIND = 0.5
# Slack takes about one message a second and channel.
PACE = 1.0
# Seconds after which a delivery that lost its turn to another looks again.
RACE_PAUSE = 0.05
# Seconds until the database is asked again after it failed.
STATE_PAUSE = 5.0


class Job(NamedTuple):
    """What the queue holds of a delivery; the rest stays in the database."""

    # Slack's id of the event.
    event_id: str
    # ``ts`` of the question: a thread is answered in this order.
    message_ts: str
    # Where the reply goes.
    place: tuple[Workspace, str]


class Deliveries:
    """The worker pool behind the listeners: in order within a thread, different threads side by side.

    Order and pace hold for all processes on one database, which has the last word (`State.begin`); what is kept here of
    them only saves asking it.
    """

    def __init__(
        self,
        bot: Natobot,
        state: State,
        clients: Clients,
        *,
        frame: cards.Frame = cards.PUBLIC,
        metrics: Metrics | None = None,
        replies: Replies | None = None,
    ) -> None:
        self._frame = frame
        self._bot = bot
        self._state = state
        self._clients = clients
        self.metrics = metrics or Metrics()
        self._replies = replies or Replies(self.metrics)
        self._lanes: Lanes[Job] = Lanes(self._work, threads=WORKERS, limit=LIMIT, key=lambda job: job.message_ts)
        self._notices = Notices(self._tell_busy)
        # When the next message may go to a channel.
        self._free_at: dict[tuple[Workspace, str], float] = {}
        self._turns = threading.Lock()
        # Posts that ended while the database could not be told.
        self._unmarked: dict[str, tuple[Delivery, Outcome]] = {}
        # Ids of all that we work on or are about to claim, so that nothing of ours lies in the database unattended.
        self._in_hand: set[str] = set()
        self._claiming: list[str] = []
        self.metrics.watch(self.__len__)

    def start(self) -> None:
        """Take up what was left unfinished, then begin to work."""
        self.take_up()
        self._lanes.start()
        self._replies.start()

    def stop(self, timeout: float) -> bool:
        """Finish what is under way; what is not due yet stays in the database for the next start."""
        self._notices.stop()
        started = time.monotonic()
        finished = self._lanes.stop(timeout)
        self._replies.stop(max(0.0, timeout - (time.monotonic() - started)))
        self._state.release()
        return finished

    def take(self, delivery: Delivery) -> bool:
        """Claim a delivery and queue it; false if it was claimed before. When this returns, it will not be lost.

        Raises:
            StateError: it could not be written down, so Slack must be told to send it again.
        """
        self._claiming.append(delivery.event_id)
        try:
            # Also where we have it in hand: only the database knows that it will not be lost.
            if not self._state.claim(delivery):
                return False
            self._queue(delivery)
        finally:
            self._claiming.remove(delivery.event_id)
        if len(self._lanes) >= BUSY and self._notices.put(delivery):
            self.metrics.turned_away("told_later")
        return True

    def take_up(self) -> None:
        """Queue the unfinished deliveries of workers that died or let go, and our own that nobody works on."""
        self._state.let_go(lambda event_id: event_id in self._in_hand or event_id in self._claiming)
        if len(self._lanes) < BUSY:
            self._notices.clear()
        # No more than there is room for, oldest first: what others could answer is not held back here.
        room = LIMIT - len(self._lanes)
        for delivery in self._state.pending(room) if room > 0 else ():
            if delivery.doubts > _most_doubts(delivery):
                self._state.finish(delivery.event_id, "uncertain", error="cut off")
                self.metrics.delivered("uncertain")
            else:
                self._queue(delivery)

    def __len__(self) -> int:
        """Deliveries not done yet."""
        return len(self._lanes)

    def _queue(self, delivery: Delivery) -> None:
        place = (delivery.workspace, delivery.channel)
        self._in_hand.add(delivery.event_id)
        if not self._lanes.put((*place, delivery.thread_ts), Job(delivery.event_id, delivery.message_ts, place)):
            self._in_hand.discard(delivery.event_id)
            self._state.release(delivery.event_id)

    def _work(self, job: Job) -> float | None:
        """One step of one delivery: seconds until the next, or None when it is done."""
        pause = self._step(job)
        if pause is None:
            self._in_hand.discard(job.event_id)
        return pause

    def _step(self, job: Job) -> float | None:
        try:
            if job.event_id in self._unmarked:
                return self._mark(job.event_id)
            return self._held(job.place) or self._deliver(job)
        except NatobotError as error:
            log.error("delivery %s waits: %s", job.event_id, error)
            return STATE_PAUSE
        except Exception as error:
            # The last line of defence: a thread that ends would take its lane with it.
            logs.report(error, f"delivering {job.event_id}")
            return STATE_PAUSE

    def _deliver(self, job: Job) -> float | None:
        event_id = job.event_id
        delivery = self._state.delivery(event_id)
        if delivery is None:
            return None
        if wait := self._turn(delivery, job):
            if len(self._lanes) < LIMIT:
                return wait
            # What this one waits for may itself be waiting for room.
            self._state.release(event_id)
            return None
        self._hold(job.place, PACE)
        text, blocks = self._answer(delivery)
        client = self._clients(delivery.workspace)
        try:
            begun = self._state.begin(event_id, pace=PACE)
        except NatobotError:
            # It may have been written down all the same; what is certain is that nothing was posted.
            self._unmarked[event_id] = delivery, Outcome(kind="never_sent", error="state")
            raise
        if not begun:
            # Another process was faster, or it is not ours any more: the next step tells.
            return self._turn(delivery, job) or RACE_PAUSE
        outcome = self._post(client, delivery, text, blocks)
        self._unmarked[event_id] = delivery, outcome
        # Slack's limits are the channel's, not this message's.
        self._hold(job.place, max(PACE, outcome.retry_after or 0.0))
        return self._mark(event_id)

    def _turn(self, delivery: Delivery, job: Job) -> float:
        """Seconds until it may be this delivery's turn; 0 if it is."""
        turn = self._state.turn(delivery)
        if turn.behind:
            return BEHIND
        self._hold(job.place, turn.held)
        return turn.held

    def _answer(self, delivery: Delivery) -> tuple[str, list[dict[str, Any]]]:
        """The text and blocks of the reply; if that fails, an apology with a reference."""
        turns = self._state.turns(delivery)
        self._state.remember(delivery)
        try:
            with self.metrics.reply(delivery.kind) as told:
                answer = self._bot.reply(delivery.question, Thread(turns=turns))
                card = cards.of(self._bot, answer, unescape(delivery.question), self._frame)
                told(answer.intent, answer.answered)
            return card
        except Exception as error:
            # The last line of defence: whoever asked must hear something, and the log must say where it went wrong.
            reference = logs.report(error, f"answering {delivery.event_id}")
            return apology(self._bot, reference), []

    def _post(self, client: Client | None, delivery: Delivery, text: str, blocks: list[dict[str, Any]]) -> Outcome:
        """One post: for all to see, or for whoever asked once two of those were in doubt."""
        if client is None:
            return Outcome(kind="never_sent", error="not_installed", final=True)
        public = delivery.doubts <= MAX_DOUBTS
        try:
            if public:
                outcome = post(client, channel=delivery.channel, text=text, blocks=blocks, thread_ts=delivery.thread_ts)
            else:
                line = self._bot.wording["told_uncertain"]
                shown = [render.plain(line), *blocks] if blocks else []
                words = f"{render.escape(line)}\n{text}"
                outcome = whisper(client, **place_of(delivery), text=words, blocks=shown)
        except Exception as error:
            # Whatever it is: the delivery must come to an end, and nobody knows how far the post came.
            logs.report(error, f"posting {delivery.event_id}")
            outcome = Outcome(kind="uncertain", error=type(error).__name__)
        if outcome.kind != "accepted":
            self.metrics.slack_failed("chat.postMessage" if public else "chat.postEphemeral", outcome.error)
        return outcome

    def _mark(self, event_id: str) -> float | None:
        """Write down how the post ended, and decide whether there is another."""
        delivery, outcome = self._unmarked[event_id]
        pause = self._verdict(delivery, outcome)
        doubt = outcome.kind == "uncertain"
        if pause is not None:
            self._state.retry(event_id, outcome.error or "", doubt=doubt, hold=outcome.retry_after or 0.0)
        elif delivery.doubts > MAX_DOUBTS:
            # What the channel has, nobody knows; whoever asked has the answer if this was accepted.
            error = "told privately" if outcome.kind == "accepted" else outcome.error
            self._state.finish(event_id, "uncertain", error=error, doubt=doubt)
        else:
            self._state.finish(event_id, outcome.kind, ts=outcome.ts, error=outcome.error, doubt=doubt)
        del self._unmarked[event_id]
        self._tell(delivery, outcome, pause)
        return pause

    def _tell(self, delivery: Delivery, outcome: Outcome, pause: float | None) -> None:
        """Log and count how a post ended; where that is the end, tell whoever asked what they can do about it."""
        if outcome.kind == "uncertain":
            self.metrics.doubted()
        if pause is None:
            self.metrics.delivered(outcome.kind if delivery.doubts <= MAX_DOUBTS else "uncertain")
        if outcome.kind == "accepted":
            log.info("delivery %s accepted", delivery.event_id)
            return
        then = "ends" if pause is None else f"tried again in {pause:g} s"
        log.warning("delivery %s %s (%s): %s. %s", delivery.event_id, outcome.kind, outcome.error, then, outcome.remedy)
        if outcome.kind == "refused" and outcome.final and delivery.doubts <= MAX_DOUBTS:
            client = self._client_now(delivery.workspace)
            if client is not None:
                tell_refused(client, delivery, outcome, self._bot.wording)

    def _client_now(self, workspace: Workspace) -> Client | None:
        """The client for a word that is not worth waiting for."""
        with suppress(NatobotError):
            return self._clients(workspace)
        return None

    def _tell_busy(self, delivery: Delivery) -> None:
        client = self._client_now(delivery.workspace)
        if client is not None:
            tell_busy(client, delivery, self._bot.wording)

    def _verdict(self, delivery: Delivery, outcome: Outcome) -> float | None:
        """Seconds until the next attempt, or None if there is none."""
        if outcome.kind == "accepted" or outcome.final:
            return None
        if outcome.kind == "uncertain":
            return BACKOFF if delivery.doubts < _most_doubts(delivery) else None
        if delivery.attempts + 1 >= MAX_ATTEMPTS:
            return None
        return outcome.retry_after or min(LONGEST_BACKOFF, float(BACKOFF * 2**delivery.attempts))

    def _held(self, place: tuple[Workspace, str]) -> float:
        """Seconds until the channel may have another message, as far as this process knows."""
        with self._turns:
            return max(0.0, self._free_at.get(place, 0.0) - time.monotonic())

    def _hold(self, place: tuple[Workspace, str], seconds: float) -> None:
        """Let nothing more go to a channel for so long."""
        with self._turns:
            now = time.monotonic()
            if len(self._free_at) > LIMIT:
                self._free_at = {p: at for p, at in self._free_at.items() if at > now}
            self._free_at[place] = max(self._free_at.get(place, 0.0), now + seconds)


def _most_doubts(delivery: Delivery) -> int:
    """How many posts in doubt may be followed by another: without a person nobody can be told privately."""
    return LAST_DOUBTS if delivery.person else MAX_DOUBTS


def apology(bot: Natobot, reference: str) -> str:
    """What a person reads when something of ours broke."""
    return str(bot.wording["error"]).replace("{reference}", reference)
