"""Jobs on a few threads: in order within a lane, lanes side by side, and a job that must wait holds up no thread."""

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Job = TypeVar("Job")


class Lanes(Generic[Job]):
    """A bounded worker pool. ``work`` says when it wants the same job again, in seconds, or None when it is done.

    ``work`` must not raise. The threads are daemons: a call that hangs cannot keep the process alive.
    """

    def __init__(self, work: Callable[[Job], float | None], *, threads: int, limit: int) -> None:
        self._work = work
        self._limit = limit
        self._jobs: dict[Hashable, deque[Job]] = {}
        # When a lane's first job is due; the number breaks ties in order of arrival. A lane at work is not in here.
        self._due: list[tuple[float, int, Hashable]] = []
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
        """Add a job to the end of its lane; false when there are too many, or after `stop`."""
        with self._changed:
            if self._stopping or self._size >= self._limit:
                return False
            self._size += 1
            if lane in self._jobs:
                self._jobs[lane].append(job)
            else:
                self._jobs[lane] = deque([job])
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
        while (lane := self._next()) is not None:
            pause = self._work(self._jobs[lane][0])
            with self._changed:
                if pause is None:
                    self._jobs[lane].popleft()
                    self._size -= 1
                if self._jobs[lane]:
                    self._schedule(lane, pause or 0.0)
                else:
                    del self._jobs[lane]

    def _next(self) -> Hashable | None:
        """The lane whose first job is due, as soon as there is one; None when it is time to go."""
        with self._changed:
            while True:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                if self._stopping:
                    return None
                self._changed.wait(wait)

    def _schedule(self, lane: Hashable, pause: float) -> None:
        heapq.heappush(self._due, (time.monotonic() + pause, next(self._number), lane))
        self._changed.notify()
