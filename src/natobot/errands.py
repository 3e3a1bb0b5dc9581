"""The clock's errands: posts that are due now and lines to subscribers go in, what became of each comes out.

Workspaces are served side by side, each by one clock at a time and at a pace that Slack takes. A channel that fails holds
up no other.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple, Protocol

from natobot import render
from natobot.bot import Natobot
from natobot.errors import NatobotError
from natobot.ledger import LEASE, Ledger, Post
from natobot.schedule import Due
from natobot.slack import dated, logs
from natobot.slack.carry import Turn
from natobot.slack.post import REMEDIES, Client, Clients, Outcome, post
from natobot.state import State, Workspace
from natobot.subscriptions import Subscription, Subscriptions

log = logging.getLogger(__name__)

# Workspaces at once.
LANES = 8
# Seconds between two posts in a workspace (fewer than three a second), and in a channel.
PACE = 0.34
CHANNEL_PACE = 1.0
# Seconds until the second attempt; each further one waits four times as long, up to a quarter of an hour.
BACKOFF = 5.0
LONGEST_BACKOFF = 900.0
# A clock waits this long for its turn in a workspace; after that it does other things first.
PATIENT = 5.0
# Days on which nothing arrived, until a subscription pauses.
FAILURES = 3
# Seconds of work in a workspace, after which the clock looks what else has become due.
SLICE = 20.0
# Seconds that a clock that is stopped waits for the posts in flight.
FAREWELL = 8.0
# Channels whose pace is kept in mind.
_CHANNELS = 10_000
# The kinds of posts that are dated to the very day.
_VERY_DAY = ("day", "publication")


class Stop(Protocol):
    """What the clock sleeps on; a ``threading.Event``."""

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep, unless stopped; whether it is."""

    def is_set(self) -> bool:
        """Whether to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What became of one channel's post."""

    # Channel id.
    channel: str
    # ISO date where the channel is.
    date: str
    # As in `Outcome`; ``before``: posted or given up before; ``quiet``: nothing that the channel wants; ``elsewhere``:
    # another clock is at it; ``failed``: our own error.
    status: Literal["accepted", "refused", "never_sent", "uncertain", "before", "quiet", "elsewhere", "failed"]
    # Slack's word for it, or the reference of our own error.
    error: str | None = None
    # Whether it can still arrive on a later try.
    open: bool = False
    # Seconds that Slack asked us to wait.
    retry_after: float | None = None

    def line(self) -> str:
        """What became of it, for a person."""
        said = f" ({self.error})" if self.error else ""
        remedy = REMEDIES.get(self.error or "", "")
        again = " It is tried again." if self.open and self.status != "elsewhere" else ""
        return f"{self.channel}, {self.date}: {_BECAME[self.status]}{said}." + (f" {remedy}" if remedy else "") + again

    def record(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)


# Each status in words.
_BECAME = {
    "accepted": "posted",
    "refused": "Slack refused the post",
    "never_sent": "Slack could not be reached",
    "uncertain": "the post may have arrived, and is not repeated",
    "before": "posted or given up before",
    "quiet": "the documents have nothing that the channel wants",
    "elsewhere": "another clock is at it",
    "failed": "natobot failed",
}


class Task(NamedTuple):
    """One thing to do in a workspace."""

    # For whom.
    subscription: Subscription
    # The post; without one, the subscriber is to be told of a pause.
    due: Due | None
    # Whether the date is asked for by hand: then what failed or was missed is tried at once.
    anew: bool = False

    @property
    def post(self) -> Post:
        """Its place in the ledger."""
        return Post(self.subscription.workspace, self.subscription.channel, self.due.date.isoformat() if self.due else "")


class Errands:
    """Runs errands; remembers in between what the database could not be told, and when channels can take more."""

    def __init__(
        self, bot: Natobot, state: State, clients: Clients, *, stop: Stop, now: Callable[[], float], slice_: float = SLICE
    ) -> None:
        self._bot = bot
        self._clients = clients
        self._stop = stop
        self._now = now
        self._slice = slice_
        self._ledger = Ledger(state, now)
        self._subscriptions = Subscriptions(state, now)
        # Posts that need no further look.
        self.settled: set[Post] = set()
        # When something is to be done again that is due already.
        self.again: deque[float] = deque()
        # Attempts that ended while the database could not be told.
        self._unmarked: deque[Callable[[], None]] = deque()
        # When the next message may go to a channel.
        self._free_at: dict[tuple[Workspace, str], float] = {}

    def run(self, tasks: list[Task]) -> list[Posted]:
        """Do all tasks, workspaces side by side; when stopped, the rest is left."""
        lanes: dict[Workspace, list[Task]] = {}
        for task in tasks:
            lanes.setdefault(task.subscription.workspace, []).append(task)
        # Each clock begins elsewhere, so that they are not in each other's way.
        order = deque(sorted(lanes, key=lambda workspace: hash((id(self), workspace))))
        results: deque[Posted] = deque()

        def work() -> None:
            while order and not self._stop.is_set():
                try:
                    workspace = order.popleft()
                except IndexError:
                    return
                results.extend(self._lane(workspace, lanes[workspace]))

        threads = [threading.Thread(target=work, daemon=True, name="lane") for _ in range(min(LANES, len(lanes)))]
        for thread in threads:
            thread.start()
        end: float | None = None
        for thread in threads:
            while thread.is_alive() and (end is None or time.monotonic() < end):
                thread.join(0.05 if end is None else 0.01)
                if end is None and self._stop.is_set():
                    end = time.monotonic() + FAREWELL
        return list(results)

    def _lane(self, workspace: Workspace, tasks: list[Task]) -> list[Posted]:
        """Do the tasks of a workspace one after the other."""
        results: list[Posted] = []
        left: dict[str, Any] = {"status": "elsewhere"}
        try:
            free = self._ledger.take_turn(workspace)
            if free is not None:
                try:
                    if free - self._now() <= PATIENT:
                        free = max(self._row(workspace, tasks, free, results), self._now() + CHANNEL_PACE)
                finally:
                    self._ledger.end_turn(workspace, free)
        except NatobotError as error:
            log.error("daily posts wait: %s", error)
            left = {"status": "failed", "error": type(error).__name__}
        except Exception as error:
            # One workspace's trouble must not become the others'.
            left = {"status": "failed", "error": logs.report(error, "posting daily")}
        return results + [result(task, **left, open=True) for task in tasks[len(results) :]]

    def _row(self, workspace: Workspace, tasks: list[Task], free: float, results: list[Posted]) -> float:
        """Do the tasks one after the other while it is our turn; when the next post may go to the workspace."""
        client = self._clients(workspace)
        start = kept = self._now()
        for task in tasks:
            place = place_of(task.subscription)
            self._sleep_until(max(free, self._free_at.get(place, 0.0)))
            if self._stop.is_set():
                break
            if self._now() - start > self._slice:
                self.again.append(self._now())
                break
            if self._now() - kept > LEASE / 2:
                if not self._ledger.keep_turn(workspace):
                    break
                kept = self._now()
            ended = self._tell(task, client) if task.due is None else self._post(task, client)
            results.append(ended)
            if ended.status in ("accepted", "refused", "never_sent", "uncertain"):
                free = self._now() + PACE
                self._free_at[place] = self._now() + CHANNEL_PACE
            if ended.retry_after:
                # Slack's limits are the workspace's as much as the channel's.
                free = self._now() + ended.retry_after
                self.again.append(free)
                break
        if len(self._free_at) > _CHANNELS:
            self._free_at.clear()
        return free

    def _sleep_until(self, moment: float) -> None:
        while (wait := moment - self._now()) > 0 and not self._stop.wait(wait):
            pass

    def _post(self, task: Task, client: Client | None) -> Posted:
        """One attempt for one channel."""
        due = task.post
        try:
            message = self._message(task)
            if message is None:
                self._ledger.note(due, "quiet")
                return result(task, "quiet")
            attempt = self._ledger.begin(due, anew=task.anew)
        except NatobotError as error:
            log.error("daily post of %s to %s: %s", due.date, due.channel, error)
            return result(task, "failed", error=type(error).__name__, open=True)
        except Exception as error:
            # One channel's trouble must not become the others'.
            return result(task, "failed", error=logs.report(error, f"posting to {due.channel}"), open=True)
        if not attempt:
            return result(task, "before")
        outcome = _sent(client, due.channel, *message)
        return self._told(task, attempt, outcome)

    def _message(self, task: Task) -> tuple[str, list[dict[str, Any]]] | None:
        subscription, due = task.subscription, task.due
        if due is None:
            return None
        today = self._bot.today(due.date, subscription.channel, taste=subscription.taste)
        if not today.items or (subscription.quiet and today.kind not in _VERY_DAY):
            return None
        return dated.of_today(today, self._bot.wording, Turn(date=due.date, channel=subscription.channel, further=1))

    def _told(self, task: Task, attempt: int, outcome: Outcome) -> Posted:
        """Write down how an attempt ended, and whether there is another."""
        due, again = task.post, outcome.kind in ("refused", "never_sent") and not outcome.final
        wait = max(min(BACKOFF * 4.0 ** (attempt - 1), LONGEST_BACKOFF), outcome.retry_after or 0.0)
        retry_at = self._now() + wait if again else None
        if retry_at is not None:
            self.again.append(retry_at)
        else:
            self.settled.add(due)

        def mark() -> None:
            self._ledger.finish(due, attempt, outcome.kind, ts=outcome.ts, error=outcome.error, retry_at=retry_at)
            if outcome.final:
                self.judge(task.subscription)

        self._unmarked.append(mark)
        self.mark()
        if outcome.kind == "accepted":
            log.info("daily post of %s to %s accepted", due.date, due.channel)
        else:
            log.warning("daily post of %s to %s %s (%s). %s", due.date, due.channel, outcome.kind, outcome.error, outcome.remedy)
        return result(task, outcome.kind, error=outcome.error, open=again, retry_after=outcome.retry_after)

    def mark(self) -> None:
        """Tell the database what it does not know yet."""
        for _ in range(len(self._unmarked)):
            try:
                mark = self._unmarked.popleft()
            except IndexError:
                return
            try:
                mark()
            except NatobotError as error:
                # In the next round; if there is none, it stays under way, and then nobody knows.
                self._unmarked.append(mark)
                log.error("%s", error)

    def _tell(self, task: Task, client: Client | None) -> Posted:
        """Tell a subscriber, once, that nothing is posted any more."""
        each = task.subscription
        if not self._subscriptions.settle(each.workspace, each.channel, owed=False):
            return result(task, "before")
        key = _PAUSED.get(each.paused, "paused_other")
        line = self._bot.wording[key].format(channel=f"<#{each.channel}>", error=render.escape(each.paused))
        outcome = _sent(client, each.person, line, [])
        if outcome.kind in ("refused", "never_sent") and not outcome.final:
            self._subscriptions.settle(each.workspace, each.channel, owed=True)
        return result(task, outcome.kind, error=outcome.error, retry_after=outcome.retry_after)

    def judge(self, subscription: Subscription) -> None:
        """Pause a subscription after three days on which nothing arrived."""
        where = subscription.workspace, subscription.channel
        failures = self._ledger.failures(*where, subscription.counted_from)
        if len(failures) >= FAILURES and self._subscriptions.pause(*where, failures[0]):
            log.warning("the daily post to %s pauses: %s (%s)", where[1], REMEDIES.get(failures[0], ""), failures[0])


# What the subscriber is told, by Slack's word for the last failure.
_PAUSED = {
    "not_in_channel": "paused_not_in_channel",
    "channel_not_found": "paused_gone",
    "is_archived": "paused_gone",
}


def _sent(client: Client | None, channel: str, text: str, blocks: list[dict[str, Any]]) -> Outcome:
    if client is None:
        return Outcome(kind="never_sent", error="not_installed", final=True)
    return post(client, channel=channel, text=text, blocks=blocks)


def result(task: Task, status: Any, **more: Any) -> Posted:
    """What became of a task."""
    return Posted(channel=task.subscription.channel, date=task.post.date, status=status, **more)


def place_of(subscription: Subscription) -> tuple[Workspace, str]:
    """Whose channel it is, and which."""
    return subscription.workspace, subscription.channel


def shown(results: Iterable[Posted]) -> list[Posted]:
    """The results that are posts of a date, in the order of channels."""
    return sorted((each for each in results if each.date), key=lambda each: (each.channel, each.date))
