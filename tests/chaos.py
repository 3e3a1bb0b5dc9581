"""Mentions without end, a Slack that misbehaves, and processes that are killed: what becomes of "nothing lost, nothing twice".

A plan goes in, a tally comes out. The processes are the real server and workers; only what they answer is made up, so that
each answer can be told from all others.
"""

import json
import logging
import os
import random
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import sqlalchemy as sa

from mishaps import Kinds, Mishaps, doubtful
from natobot import database
from natobot.playground import delivery, faults, payloads
from natobot.playground.cast import Json
from natobot.playground.delivery import Packet, Transport
from natobot.playground.server import Playground

# Threads that play Slack's senders.
SENDERS = 16
# Seconds for which the first tries of an event that was not acknowledged wait, and no later one waits longer.
RETRY, LONGEST_RETRY = 0.1, 0.5
# Seconds after which a run that does not come to rest has failed.
PATIENCE = 240.0
PROGRAM = """
    from unittest.mock import patch
    from slack_desk import Echo, plain
    from natobot import socket, web
    from natobot.settings import Settings
    from natobot.slack import deliver
    with (
        plain(),
        patch.multiple(deliver, PACE={pace}, BACKOFF=0.2, BEHIND=0.1, STATE_PAUSE=0.5),
        patch("natobot.slack.app.Natobot.open", lambda _: Echo()),
        patch("natobot.slack.app.RENEW", 2.0),
    ):
        {command}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to happen."""

    # The database, as SQLAlchemy writes its address.
    url: str
    # The way from Slack to the app.
    transport: Transport = "http"
    # Processes at once on that database.
    processes: int = 1
    # How many mentions, and from how many channels and threads in each.
    mentions: int = 2000
    channels: int = 50
    threads: int = 4
    # How often a process is killed.
    kills: int = 20
    # The share of Slack's calls that go wrong, and of events that come twice on purpose.
    faulty: float = 0.1
    doubled: float = 0.05
    # Seconds between two messages in a channel.
    pace: float = 1.0
    # Makes the same choices again.
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What happened."""

    # Of the plan.
    mentions: int
    # Processes killed, and those that ended by themselves because Slack refused their first call.
    kills: int
    failed_starts: int
    # Calls of Slack, and by name those that went wrong.
    calls: int
    faults: dict[str, int]
    # Deliveries that had to be sent again until they were acknowledged, and those doubled on purpose.
    redelivered: int
    doubled: int
    # Mentions with a public answer, with a private one, with neither.
    answered: int
    private: int
    unanswered: int
    # People who were told that their answer comes later.
    told_later: int
    # Public answers beyond the first, in all and the most for one mention.
    repeats: int
    most: int
    # Public answers beyond the first that no post in doubt of the same mention accounts for.
    unexplained: int
    # Posts of which nobody knew whether they had arrived, by the table.
    uncertain: int
    # How deliveries ended, by the table; ``open`` are those that did not.
    endings: dict[str, int]
    open: int
    # Threads whose first answers are not in the order of the questions.
    disordered: int
    # Pairs of posts in one channel that came closer to each other than half the pace.
    hasty: int
    # Seconds.
    duration: float

    def wrong(self) -> list[str]:
        """What was promised and not kept, in words."""
        checks = {
            "a mention has no answer": not self.unanswered,
            "a mention was answered more than twice": self.most <= 2,
            "more repeats than posts in doubt": self.repeats <= self.uncertain and not self.unexplained,
            "a thread is out of order": not self.disordered,
            "something is left open": not self.open,
            "something was taken twice or not at all": sum(self.endings.values()) == self.mentions,
        }
        return [what for what, kept in checks.items() if not kept]

    def __str__(self) -> str:
        """One line a figure."""
        return "\n".join(f"{name:14} {getattr(self, name)}" for name in self.__dataclass_fields__)


def _kinds(chance: random.Random) -> Kinds:
    """What goes wrong with any call."""
    return {"rate limit": faults.rate_limited(1), **doubtful(), "slow": faults.slow(chance.uniform(0.2, 1.0))}


class Process:
    """One process of the app, which can be killed and comes back."""

    def __init__(self, plan: Plan, slack: Playground, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/slack/events"
        command = {"http": "web.serve(Settings.load(), host='127.0.0.1')", "socket": "socket.run(Settings.load())"}
        self._program = textwrap.dedent(PROGRAM.format(pace=plan.pace, command=command[plan.transport]))
        path = ":".join(folder for folder in sys.path if folder)
        own = {"PORT": str(self.port), "NATOBOT_HOME": str(home), "DATABASE_URL": plan.url, "PYTHONPATH": path}
        self._environment = os.environ | slack.env() | own
        self._home = home
        self.failed_starts = 0
        self._log = (home / f"log-{self.port}").open("ab")
        self.start()

    def start(self) -> None:
        """Run it."""
        self._running = subprocess.Popen(
            [sys.executable, "-c", self._program], env=self._environment, cwd=self._home, stderr=self._log
        )

    def wait(self, deadline: float) -> None:
        """Wait until it is ready; start it again where Slack refused its first call, as a host would."""
        while time.monotonic() < deadline:
            if self._running.poll() is not None:
                self.failed_starts += 1
                self.start()
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as answer:
                    if json.load(answer)["ready"]:
                        return
            except (URLError, OSError):
                time.sleep(0.02)
        raise TimeoutError("a process does not start")

    def kill(self) -> None:
        """End it where it stands, and start it again."""
        self._running.send_signal(signal.SIGKILL)
        self._running.wait()
        self.start()

    def end(self) -> None:
        """End it for good."""
        self._running.kill()
        self._running.wait()
        self._log.close()


@dataclass(slots=True)
class Slack:
    """Slack's senders: every mention is sent until it is acknowledged; in a thread one after the other."""

    # The plan, the local Slack and where the processes listen.
    plan: Plan
    playground: Playground
    processes: list[Process]
    # How many processes have been killed: the mentions are spread over their lives.
    kills: int = 0
    # Set when there is no use in going on.
    over: threading.Event = field(default_factory=threading.Event)
    # Counted as in the tally.
    redelivered: int = 0
    doubled: int = 0
    # Guards the counters.
    lock: threading.Lock = field(default_factory=threading.Lock)
    # Which mention a message is, by its ``ts``.
    numbers: dict[str, int] = field(default_factory=dict)
    # The questions of every thread, in order.
    asked: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def run(self) -> list[threading.Thread]:
        """Begin; gives the threads, to be waited for."""
        chance = random.Random(self.plan.seed)  # noqa: S311 - chance, not secrecy
        rooms = [self.playground.add_channel(f"room-{number}") for number in range(self.plan.channels)]
        tops = {room.id: [self.playground.say("a topic", channel=room.id).ts for _ in range(self.plan.threads)] for room in rooms}
        lists: list[list[tuple[int, str, str]]] = [[] for _ in range(SENDERS)]
        for number in range(self.plan.mentions):
            place = chance.randrange(len(rooms))
            channel = rooms[place].id
            thread = chance.choice(tops[channel])
            lists[place % SENDERS].append((number, channel, thread))
            self.asked.setdefault((channel, thread), []).append(number)
        senders = [threading.Thread(target=self._send, args=(mine, self.plan.seed + n)) for n, mine in enumerate(lists)]
        for sender in senders:
            sender.start()
        return senders

    def _send(self, mine: list[tuple[int, str, str]], seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
        for number, channel, thread in mine:
            while self.kills < number * self.plan.kills // self.plan.mentions and not self.over.is_set():
                time.sleep(0.02)
            said = self.playground.say(f"<@{self.playground.state.team.bot_user}> q{number}", channel=channel, thread_ts=thread)
            self.numbers[said.ts] = number
            team = self.playground.state.team
            payload = payloads.event_callback(team, payloads.app_mention(team, said), time.time())
            self._until_acknowledged(payload, chance)
            if chance.random() < self.plan.doubled:
                self._deliver(payload, chance, 1)
                with self.lock:
                    self.doubled += 1

    def _until_acknowledged(self, payload: Json, chance: random.Random) -> None:
        tries = 0
        while not self.over.is_set() and self._deliver(payload, chance, tries) != 200:
            tries += 1
            with self.lock:
                self.redelivered += 1
            time.sleep(min(LONGEST_RETRY, RETRY * 2**tries))

    def _deliver(self, payload: Json, chance: random.Random, tries: int) -> int | None:
        packet = Packet(kind="events_api", payload=payload, retry_num=tries or None, retry_reason="http_error" if tries else None)
        if self.plan.transport == "socket":
            return self.playground.send(packet).status
        to = chance.choice(self.processes)
        return delivery.send(to.url, self.playground.signing_secret, packet, 3.0).status


@contextmanager
def _processes(plan: Plan, slack: Playground, home: Path) -> Iterator[list[Process]]:
    made: list[Process] = []
    try:
        for _ in range(plan.processes):
            made.append(Process(plan, slack, home))
            # The first one makes the tables.
            made[-1].wait(time.monotonic() + 30)
        yield made
    finally:
        for process in made:
            process.end()


def run(plan: Plan, home: Path) -> Tally:
    """Do it all, and count.

    Raises:
        TimeoutError: it does not come to rest.
    """
    start = time.monotonic()
    deadline = start + PATIENCE
    chance = random.Random(plan.seed)  # noqa: S311 - chance, not secrecy
    # A caller that is killed while it sends is no error of the local Slack's.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    slack = Playground(transport=plan.transport)
    slack.faults = mishaps = Mishaps(plan.faulty, plan.seed, _kinds)
    with slack, _processes(plan, slack, home) as processes:
        senders = Slack(plan, slack, processes)
        threads = senders.run()
        try:
            while senders.kills < plan.kills:
                victim = chance.choice(processes)
                victim.wait(deadline)
                time.sleep(chance.uniform(0.2, 1.6))
                victim.kill()
                senders.kills += 1
            for process in processes:
                process.wait(deadline)
            for thread in threads:
                thread.join(max(0.0, deadline - time.monotonic()))
            _come_to_rest(plan, deadline)
        finally:
            senders.over.set()
            for thread in threads:
                thread.join()
        return _tally(plan, slack, senders, mishaps, time.monotonic() - start)


def _come_to_rest(plan: Plan, deadline: float) -> None:
    engine = database.engine(plan.url)
    open_ones = sa.select(sa.func.count()).where(database.deliveries.c.done_at.is_(None))
    try:
        while time.monotonic() < deadline:
            with engine.connect() as connection:
                if not connection.scalar(open_ones):
                    return
            time.sleep(0.1)
    finally:
        engine.dispose()


def _tally(plan: Plan, slack: Playground, senders: Slack, mishaps: Mishaps, duration: float) -> Tally:
    public: Counter[int] = Counter()
    private: Counter[int] = Counter()
    first: dict[tuple[str, str], list[int]] = {}
    told_later = 0
    for message in slack.messages():
        if "Echo: q" not in message.text:
            told_later += 1
            continue
        number = int(message.text.rpartition("Echo: q")[2].split()[0])
        if not public[number] and not private[number]:
            first.setdefault((message.channel, str(message.thread_ts)), []).append(number)
        (private if message.ephemeral_to else public)[number] += 1
    engine = database.engine(plan.url)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(database.deliveries)).mappings().all()
    engine.dispose()
    posts: dict[str, list[float]] = {}
    for call in slack.calls:
        if call.method == "chat.postMessage":
            posts.setdefault(call.body["channel"], []).append(call.at)
    gaps = [b - a for at in posts.values() for a, b in zip(sorted(at), sorted(at)[1:], strict=False)]
    everybody = set(range(plan.mentions))
    doubts = {senders.numbers[row["message_ts"]]: row["doubts"] for row in rows}
    return Tally(
        mentions=plan.mentions,
        kills=senders.kills,
        failed_starts=sum(process.failed_starts for process in senders.processes),
        calls=len(slack.calls),
        faults=dict(sorted(mishaps.met.items())),
        redelivered=senders.redelivered,
        doubled=senders.doubled,
        answered=len(public),
        private=len(private),
        unanswered=len(everybody - public.keys() - private.keys()),
        told_later=told_later,
        repeats=sum(count - 1 for count in public.values()),
        most=max(public.values(), default=0),
        unexplained=sum(max(0, count - 1 - doubts.get(number, 0)) for number, count in public.items()),
        uncertain=sum(doubts.values()),
        endings=dict(sorted(Counter(row["status"] for row in rows).items())),
        open=sum(row["done_at"] is None for row in rows),
        disordered=sum(
            numbers != [n for n in asked if n in set(numbers)]
            for place, asked in senders.asked.items()
            if (numbers := first.get(place, [])) is not None
        ),
        hasty=sum(gap < plan.pace / 2 for gap in gaps),
        duration=round(duration, 1),
    )
