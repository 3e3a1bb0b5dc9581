"""What is counted of a process: questions, deliveries and errors go in, Prometheus's text comes out.

No label holds a question, a person, a channel or a workspace; every label has few values.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST
# Slack has hundreds of words for errors; the first so many get a line of their own.
MOST_WORDS = 60
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The counters of one service, in a registry of their own; safe to use from many threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._words: set[str] = set()
        self._questions = Counter(
            "natobot_questions",
            "Questions by where they came from, what they wanted and whether they were answered.",
            ("door", "intent", "outcome"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "natobot_reply_seconds",
            "Seconds to find the answer to a question.",
            ("door",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._deliveries = Counter(
            "natobot_deliveries", "Mentions and direct messages, by how their answer ended.", ("outcome",), registry=self.registry
        )
        self._doubts = Counter(
            "natobot_uncertain_posts", "Posts of answers of which nobody knows whether they arrived.", registry=self.registry
        )
        self._errors = Counter(
            "natobot_slack_errors",
            "Calls of Slack that failed, by Slack's word for it.",
            ("method", "error"),
            registry=self.registry,
        )
        self._refused = Counter(
            "natobot_overload", "What was turned away for want of room, by kind.", ("kind",), registry=self.registry
        )
        self._queue = Gauge("natobot_queue", "Deliveries that this process has in hand.", registry=self.registry)
        self._open = Gauge("natobot_open_deliveries", "Deliveries that are not done, of all processes.", registry=self.registry)
        self._daily = Gauge(
            "natobot_daily_posts", "Daily posts in the database, by outcome.", ("outcome",), registry=self.registry
        )
        self._knowledge = Info("natobot_knowledge", "The knowledge that answers.", registry=self.registry)

    @contextmanager
    def reply(self, door: str) -> Iterator[Callable[[str, bool], None]]:
        """Time one reply; what it gives takes the intent and whether it was answered. Without that, it broke."""
        told: list[tuple[str, str]] = []
        start = time.perf_counter()
        try:
            yield lambda intent, answered: told.append((intent, "answered" if answered else "refused"))
        finally:
            self._seconds.labels(door).observe(time.perf_counter() - start)
            intent, outcome = told[-1] if told else ("unknown", "error")
            self._questions.labels(door, intent, outcome).inc()

    def delivered(self, outcome: str) -> None:
        """Count a delivery that is done."""
        self._deliveries.labels(outcome).inc()

    def doubted(self) -> None:
        """Count a post that may or may not have arrived."""
        self._doubts.inc()

    def slack_failed(self, method: str, error: str | None) -> None:
        """Count a call that Slack did not accept."""
        word = error or "unknown"
        if len(self._words) < MOST_WORDS:
            self._words.add(word)
        self._errors.labels(method, word if word in self._words else "other").inc()

    def turned_away(self, kind: str) -> None:
        """Count a command, event or press for which there was no room."""
        self._refused.labels(kind).inc()

    def watch(self, queue: Callable[[], int]) -> None:
        """Read the length of the queue whenever somebody looks."""
        self._queue.set_function(queue)

    def stand(self, *, waiting: int, daily: Mapping[str, int]) -> None:
        """Say how the database stands."""
        self._open.set(waiting)
        self._daily.clear()
        for outcome, count in daily.items():
            self._daily.labels(outcome).set(count)

    def knows(self, knowledge: str) -> None:
        """Say which knowledge answers."""
        self._knowledge.info({"hash": knowledge})

    def text(self) -> str:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry).decode()
