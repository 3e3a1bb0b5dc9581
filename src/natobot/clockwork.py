"""One round of the clock: what is due in every workspace is posted once, what was missed is recorded, what fails pauses."""

import datetime
import logging
import threading
import time
from collections.abc import Callable

from natobot import schedule
from natobot.bot import Natobot
from natobot.errands import SLICE, Errands, Posted, Stop, Task, place_of, result
from natobot.ledger import Ledger
from natobot.schedule import Due
from natobot.slack.post import Clients
from natobot.state import State, Workspace
from natobot.subscriptions import Subscription, Subscriptions

log = logging.getLogger(__name__)

# How far back missed posts are recorded.
LOOKBACK = 31 * 86400.0


class Clockwork:
    """The clock without its hands: whoever turns it says what time it is, and what to sleep on."""

    def __init__(
        self,
        bot: Natobot,
        state: State,
        clients: Clients,
        *,
        stop: Stop | None = None,
        now: Callable[[], float] = time.time,
        slice_: float = SLICE,
    ) -> None:
        self._now = now
        self._ledger = Ledger(state, now)
        self.subscriptions = Subscriptions(state, now)
        self._errands = Errands(bot, state, clients, stop=stop or threading.Event(), now=now, slice_=slice_)
        # Up to when missed posts of a channel are recorded.
        self._swept: dict[tuple[Workspace, str], float] = {}
        # The subscriptions as they were last read.
        self._known: list[Subscription] = []

    def round(self) -> list[Posted]:
        """Post what is due now and give back what became of it.

        Raises:
            StateError: the state database fails.
        """
        self._errands.mark()
        self._errands.again.clear()
        self._ledger.cut_off()
        self._known = self.subscriptions.all()
        running = [each for each in self._known if not each.paused]
        self._sweep(running)
        due = [Task(each, due) for each in running for due in schedule.due(each, self._now())]
        self._errands.settled.intersection_update(task.post for task in due)
        todo = self._open(due)
        done = [result(task, "before") for task in due if task.post in self._errands.settled]
        return done + self._errands.run(todo + [Task(each, None) for each in self._known if each.owed])

    def date(self, date: datetime.date) -> list[Posted]:
        """Post a date's message now to all subscriptions that do not pause and have not had it.

        Raises:
            StateError: the state database fails.
        """
        self._errands.mark()
        self._ledger.cut_off()
        running = [each for each in self.subscriptions.all() if not each.paused]
        tasks = [Task(each, Due(date=date, at=self._now()), anew=True) for each in running]
        return self._errands.run([task for task in tasks if task.post not in self._errands.settled])

    def pause(self, longest: float) -> float:
        """Seconds until something may be due, at most so many; knows only what `round` has read."""
        now = self._now()
        coming = [found.at for each in self._known if (found := schedule.next_due(each, now))]
        return max(0.0, min(longest, *(at - now for at in (*coming, *self._errands.again))))

    def close(self) -> None:
        """Tell the database what it could not be told before."""
        self._errands.mark()

    # What there is to do

    def _open(self, tasks: list[Task]) -> list[Task]:
        """The posts that can be made now; those that never can be are settled."""
        tasks = [task for task in tasks if task.post not in self._errands.settled]
        if not tasks:
            return []
        standing = self._ledger.standing({task.post.date for task in tasks})
        now, found = self._now(), []
        for task in tasks:
            stands = standing.get(task.post)
            if stands is None or (stands.retry_at is not None and stands.retry_at <= now):
                found.append(task)
            elif stands.retry_at is None and stands.status != "posting":
                self._errands.settled.add(task.post)
        return sorted(found, key=lambda task: (task.due.at if task.due else 0.0, task.subscription.channel))

    def _sweep(self, running: list[Subscription]) -> None:
        """Record once what was missed, and give up what can no longer be caught up."""
        now = self._now()
        start = {each: max(self._swept.get(place_of(each), now - LOOKBACK), each.counted_from) for each in running}
        old = [(each, due) for each in running for due in schedule.missed(each, start[each], now)]
        kept = self._ledger.since(min(due.date for _, due in old).isoformat()) if old else {}
        for each, due in old:
            if (late := Task(each, due).post) not in kept and self._ledger.note(late, "missed"):
                log.warning("daily post of %s to %s missed: no clock ran in time", late.date, late.channel)
        self._swept = {place_of(each): now - each.window * 3600 for each in running}
        by_place = {place_of(each): each for each in running}
        for late in self._ledger.waiting():
            theirs = by_place.get((late.workspace, late.channel))
            wanted = {due.date.isoformat() for due in schedule.due(theirs, now)} if theirs else set()
            if late.date not in wanted and self._ledger.close(late) and theirs:
                self._errands.judge(theirs)
