"""Several clocks on one database, killed at random, and a Slack that misbehaves: what becomes of "every day, exactly once".

A plan goes in, a tally comes out. The clocks are real processes that run `natobot clock`; only what they post is made up,
so that every message tells its date, and the time of day is one that they share and the run sets ahead.
"""

import datetime
import logging
import os
import random
import signal
import struct
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from mishaps import Kinds, Mishaps, doubtful
from natobot import database, schedule
from natobot.ledger import Ledger, Post
from natobot.playground import faults
from natobot.playground.server import Playground
from natobot.state import State, Workspace
from natobot.subscriptions import Subscription, Subscriptions, time_of

# Local dates begin to count here: a fortnight later most of the zones below set their clocks back or ahead.
START = datetime.datetime(2026, 10, 12, tzinfo=datetime.UTC).timestamp()
ZONES = "America/New_York Asia/Kathmandu Australia/Lord_Howe Europe/Brussels Pacific/Chatham UTC".split()
# The last two are left out or come twice where clocks change.
TIMES = [time_of(text) for text in ("9:00", "1:30", "2:15")]
# Virtual seconds by which the time is set ahead at each look, while something is still to be done.
STEP = 1.5
LOOK = 0.015
# Seconds after which a run that does not come to rest has failed.
PATIENCE = 240.0
PROGRAM = """
    from pathlib import Path
    from unittest.mock import patch
    from clocks import Shifted
    from slack_desk import Echo, plain
    from natobot import daily, ledger
    from natobot.settings import Settings
    time = Shifted(Path({path!r}))
    with (
        plain(),
        patch("natobot.daily.Natobot.open", lambda _: Echo()),
        patch.object(daily, "now", time.now),
        patch.object(daily, "until_stopped", time.until_stopped),
        patch.object(ledger, "LEASE", {lease}),
        patch("natobot.errands.LEASE", 1e9),
    ):
        daily.clock(Settings.load())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to happen."""

    # The database, as SQLAlchemy writes its address.
    url: str
    # Clocks at once on that database.
    clocks: int = 3
    # Channels, and days of each.
    subscriptions: int = 50
    days: int = 30
    # How often a clock is killed.
    kills: int = 20
    # The share of posts that go wrong.
    faulty: float = 0.1
    # Whether clocks leave each other their turns; without, all race for every post.
    turns: bool = True
    # Makes the same choices again.
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What happened."""

    # Posts that were due.
    due: int
    # By the table: how they ended.
    endings: dict[str, int]
    # By Slack: messages, and those beyond the first of a channel and date.
    messages: int
    duplicates: int
    # Messages that were never due.
    strays: int
    # By both: posts said to be accepted that Slack has not.
    lost: int
    # Slack's faults by name, and how many of them leave a post in doubt; processes killed.
    faults: dict[str, int]
    doubtful: int
    kills: int
    # Seconds, from SIGTERM until the last clock was gone and of the whole run.
    farewell: float
    duration: float

    def wrong(self) -> list[str]:
        """What was promised and not kept, in words."""
        accepted, uncertain = self.endings.get("accepted", 0), self.endings.get("uncertain", 0)
        checks = {
            "posted + uncertain is not what was due": accepted + uncertain == self.due,
            "something else is in the table": sum(self.endings.values()) == self.due,
            "a date was posted twice": not self.duplicates,
            "something was posted that was not due": not self.strays,
            "a post that counts as accepted is not there": not self.lost,
            "more in doubt than faults and kills": uncertain <= self.doubtful + self.kills,
            "a clock took more than ten seconds to end": self.farewell <= 10,
        }
        return [what for what, kept in checks.items() if not kept]

    def __str__(self) -> str:
        """One line a figure."""
        return "\n".join(f"{name:14} {getattr(self, name)}" for name in self.__dataclass_fields__)


class Shifted:
    """A time that runs as fast as ours, but stands where a file says; shared by all processes that know the file."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._stopped = False

    def now(self) -> float:
        """The time there."""
        [ahead] = struct.unpack("d", os.pread(self._file, 8, 0))
        return time.time() + float(ahead)

    def set(self, moment: float) -> None:
        """Let it be later."""
        os.pwrite(self._file, struct.pack("d", moment - time.time()), 0)

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep so long by that time, or until stopped."""
        end = self.now() + (timeout or 0.0)
        while not self._stopped and self.now() < end:
            time.sleep(0.005)
        return self._stopped

    def is_set(self) -> bool:
        """Whether the process was asked to end."""
        return self._stopped

    @contextmanager
    def until_stopped(self) -> Iterator["Shifted"]:
        """Itself; stopped by SIGTERM."""
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "_stopped", True))
        yield self


def _kinds(chance: random.Random) -> Kinds:
    """What goes wrong with a post."""
    return {
        "rate limit": faults.rate_limited(chance.choice([3, 30])),
        "passing refusal": faults.refused("service_unavailable"),
        "slow": faults.slow(chance.uniform(0.02, 0.2)),
        **doubtful(),
    }


class Clock:
    """One process that runs `natobot clock`, which can be killed and comes back."""

    def __init__(self, plan: Plan, slack: Playground, home: Path) -> None:
        values = {"path": str(home / "time"), "lease": 60.0 if plan.turns else 0.0}
        self._program = textwrap.dedent(PROGRAM.format(**values))
        path = ":".join(folder for folder in sys.path if folder)
        self._environment = os.environ | slack.env() | {"NATOBOT_HOME": str(home), "DATABASE_URL": plan.url, "PYTHONPATH": path}
        self._home = home
        self._log = (home / "log").open("ab")
        self.start()

    def start(self) -> None:
        """Run it."""
        self._running = subprocess.Popen(
            [sys.executable, "-c", self._program], env=self._environment, cwd=self._home, stderr=self._log
        )

    def check(self) -> None:
        """See that it runs."""
        if self._running.poll() is not None:
            raise ChildProcessError(f"a clock ended by itself; see {self._home / 'log'}")

    def kill(self) -> None:
        """End it where it stands, and start it again."""
        self._running.kill()
        self._running.wait()
        self.start()

    def stop(self) -> None:
        """Ask it to end."""
        self._running.terminate()

    def wait(self) -> None:
        """Wait until it ended."""
        self._running.wait(15)

    def end(self) -> None:
        """See that nothing is left of it."""
        self._running.kill()
        self._running.wait()
        self._log.close()


def subscribe(plan: Plan, slack: Playground, state: State) -> tuple[list[Subscription], set[Post]]:
    """Make the subscriptions; gives them, and all posts that will be due."""
    chance = random.Random(plan.seed)  # noqa: S311 - chance, not secrecy
    team = slack.state.team
    subscriptions = Subscriptions(state, lambda: START)
    made, wanted = [], set()
    for number in range(plan.subscriptions):
        new = subscriptions.put(
            Subscription(
                workspace=Workspace(enterprise=getattr(team, "enterprise", "") or "", team=team.id),
                channel=slack.add_channel(f"room-{number}").id,
                person="U0EDITOR1",
                zone=chance.choice(ZONES),
                time=chance.choice(TIMES),
            )
        )
        made.append(new)
        for due in schedule.between(new, START, START + plan.days * 86400 - 1):
            wanted.add(Post(new.workspace, new.channel, due.date.isoformat()))
    return made, wanted


def run(plan: Plan, home: Path) -> Tally:
    """Do it all, and count.

    Raises:
        TimeoutError: it does not come to rest.
    """
    begin = time.monotonic()
    # A caller that is killed while it sends is no error of the local Slack's.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    shifted = Shifted(home / "time")
    shifted.set(START)
    slack = Playground()
    slack.faults = mishaps = Mishaps(plan.faulty, plan.seed, _kinds, "chat.postMessage")
    with slack:
        state = State.open(plan.url)
        made, wanted = subscribe(plan, slack, state)
        clocks = [Clock(plan, slack, home) for _ in range(plan.clocks)]
        try:
            kills = _days(plan, made, shifted, Ledger(state, shifted.now), clocks, begin + PATIENCE)
            stopped = time.monotonic()
            for clock in clocks:
                clock.stop()
            for clock in clocks:
                clock.wait()
            farewell = time.monotonic() - stopped
        finally:
            for clock in clocks:
                clock.end()
        tally = _tally(plan, slack, wanted, mishaps, kills, farewell, home, time.monotonic() - begin)
        state.close()
        return tally


def _days(plan: Plan, made: list[Subscription], shifted: Shifted, ledger: Ledger, clocks: list[Clock], deadline: float) -> int:
    """Let the days pass, from one moment at which something is due to the next; how many clocks were killed."""
    chance = random.Random(plan.seed + 1)  # noqa: S311 - chance, not secrecy
    end = START + plan.days * 86400 - 1
    moments: dict[float, set[Post]] = {}
    for each in made:
        for due in schedule.between(each, START, end):
            moments.setdefault(due.at, set()).add(Post(each.workspace, each.channel, due.date.isoformat()))
    deaths = Counter(chance.randrange(len(moments)) for _ in range(plan.kills))
    for number, moment in enumerate(sorted(moments)):
        shifted.set(max(moment, shifted.now()))
        for _ in range(deaths[number]):
            _wait_for_a_post(ledger, moments[moment], time.monotonic() + chance.uniform(0.0, 0.3))
            chance.choice(clocks).kill()
        while not _settled(ledger, moments[moment]):
            if time.monotonic() > deadline:
                raise TimeoutError("the clocks do not come to rest")
            time.sleep(LOOK)
            shifted.set(shifted.now() + STEP)
            for clock in clocks:
                clock.check()
    return plan.kills


def _wait_for_a_post(ledger: Ledger, posts: set[Post], until: float) -> None:
    """Wait until one of the posts is under way, which is the worst moment to die, or until a moment."""
    dates = {post.date for post in posts}
    while time.monotonic() < until and all(stands.status != "posting" for stands in ledger.standing(dates).values()):
        time.sleep(0.001)


def _settled(ledger: Ledger, posts: set[Post]) -> bool:
    standing = ledger.standing({post.date for post in posts})
    return all(post in standing and standing[post].status in ("accepted", "uncertain", "missed") for post in posts)


def _tally(
    plan: Plan, slack: Playground, wanted: set[Post], mishaps: Mishaps, kills: int, farewell: float, home: Path, duration: float
) -> Tally:
    engine = database.engine(plan.url)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(database.daily_posts)).mappings().all()
    engine.dispose()
    messages = Counter((message.channel, message.text.removeprefix("On ")) for message in slack.messages())
    accepted = {(row["channel"], row["local_date"]) for row in rows if row["status"] == "accepted"}
    posts = {(post.channel, post.date) for post in wanted}
    return Tally(
        due=len(wanted),
        endings=dict(sorted(Counter(str(row["status"]) for row in rows).items())),
        messages=messages.total(),
        duplicates=messages.total() - len(messages),
        strays=len(messages.keys() - posts),
        lost=len(accepted - messages.keys()),
        faults=dict(sorted(mishaps.met.items())),
        doubtful=sum(count for name, count in mishaps.met.items() if name.startswith(("5xx", "reset"))),
        kills=kills,
        farewell=round(farewell, 2),
        duration=round(duration, 1),
    )
