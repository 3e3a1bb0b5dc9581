"""Jobs on a few threads: in order within a lane, lanes side by side, and a job that must wait holds up no thread."""

import heapq
import itertools
import threading
import time
from bisect import insort
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

Job = TypeVar("Job")


class Lanes(Generic[Job]):
    """A bounded worker pool. ``work`` says when it wants the same job again, in seconds, or None when it is done.

    Jobs of one lane go by ``key``, and in order of arrival where that is the same. ``work`` must not raise. The threads
    are daemons: a call that hangs cannot keep the process alive.
    """

    def __init__(
        self,
        work: Callable[[Job], float | None],
        *,
        threads: int,
        limit: int,
        key: Callable[[Job], Any] = lambda job: 0,
    ) -> None:
        self._work = work
        self._limit = limit
        self._key = key
        self._jobs: dict[Hashable, list[Job]] = {}
        # When a lane's first job is due; the number breaks ties in order of arrival.
        self._due: list[tuple[float, int, Hashable]] = []
        # The entry of ``_due`` that counts, by lane. A lane at work has none.
        self._entry: dict[Hashable, int] = {}
        self._number = itertools.count()
        self._size = 0
        self._stopping = False
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._run, daemon=True, name=f"lanes-{n}") for n in range(threads)]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def put(self, lane: Hashable, job: Job) -> bool:
        """Add a job to its lane; false when there are too many, or after `stop`."""
        with self._changed:
            if self._stopping or self._size >= self._limit:
                return False
            self._size += 1
            jobs = self._jobs.setdefault(lane, [])
            insort(jobs, job, key=self._key)
            # One that comes before all others does not wait for their due time.
            if jobs[0] is job and (len(jobs) == 1 or lane in self._entry):
                self._schedule(lane, 0.0)
            return True

    def stop(self, timeout: float) -> bool:
        """Finish what is due now and drop what waits for later; false if some thread was still busy in the end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def __len__(self) -> int:
        """Jobs not done yet."""
        return self._size

    def _run(self) -> None:
        while (found := self._next()) is not None:
            lane, job = found
            pause = self._work(job)
            with self._changed:
                jobs = self._jobs[lane]
                if pause is None:
                    # By identity: an earlier one may have come meanwhile.
                    del jobs[next(place for place, each in enumerate(jobs) if each is job)]
                    self._size -= 1
                if jobs:
                    self._schedule(lane, (pause or 0.0) if jobs[0] is job else 0.0)
                else:
                    del self._jobs[lane]

    def _next(self) -> tuple[Hashable, Job] | None:
        """The lane whose first job is due, and that job, as soon as there is one; None when it is time to go."""
        with self._changed:
            while True:
                while self._due and self._entry.get(self._due[0][2]) != self._due[0][1]:
                    heapq.heappop(self._due)
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    lane = heapq.heappop(self._due)[2]
                    del self._entry[lane]
                    return lane, self._jobs[lane][0]
                if self._stopping:
                    return None
                self._changed.wait(wait)

    def _schedule(self, lane: Hashable, pause: float) -> None:
        self._entry[lane] = number = next(self._number)
        heapq.heappush(self._due, (time.monotonic() + pause, number, lane))
        self._changed.notify()
