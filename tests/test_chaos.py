"""Nothing lost, nothing twice: 2,000 mentions while processes are killed and Slack misbehaves. The figures go to the output."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import chaos
import postgres
from natobot.playground.delivery import Transport

# Half the pace that Slack allows, so that a run takes about a minute; benchmarks/chaos.py does it in earnest.
PACE = 0.5


def kept(plan: chaos.Plan, home: Path) -> None:
    """Run a plan; every mention is answered, at most one is repeated for each post in doubt, order is kept, nothing is open."""
    tally = chaos.run(plan, home)
    print(f"{plan}\n{tally}")
    assert tally.wrong() == [], f"{plan}\n{tally}"
    assert tally.kills >= plan.kills
    assert sum(tally.faults.values()) > plan.mentions * plan.faulty / 2


def test_a_calm_day(tmp_path: Path) -> None:
    """With no kill and no fault every mention is answered once, and nothing is in doubt: the tally itself is sound."""
    plan = chaos.Plan(
        url=f"sqlite:///{tmp_path / 'state.sqlite3'}", mentions=40, channels=10, kills=0, faulty=0.0, doubled=0.5, pace=0.0
    )
    tally = chaos.run(plan, tmp_path)
    assert tally.wrong() == []
    assert (tally.answered, tally.repeats, tally.uncertain, tally.redelivered) == (40, 0, 0, 0)
    assert tally.doubled > 0


def test_the_tally_notices(tmp_path: Path) -> None:
    """A lost answer, one too many, broken order and open work are each seen."""
    plan = chaos.Plan(
        url=f"sqlite:///{tmp_path / 'state.sqlite3'}", mentions=4, channels=1, threads=1, kills=0, faulty=0.0, pace=0.0
    )
    good = chaos.run(plan, tmp_path)
    assert good.wrong() == []
    changes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"unanswered": 1}, "a mention has no answer"),
        ({"most": 3}, "a mention was answered more than twice"),
        ({"repeats": 1}, "more repeats than posts in doubt"),
        ({"repeats": 1, "uncertain": 9, "unexplained": 1}, "more repeats than posts in doubt"),
        ({"disordered": 1}, "a thread is out of order"),
        ({"open": 1}, "something is left open"),
        ({"endings": {"accepted": 3}}, "something was taken twice or not at all"),
    )
    for change, words in changes:
        assert replace(good, **change).wrong() == [words]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("transport", "mentions", "kills"),
    # Over Socket Mode fewer, since what is killed and taken up is the same; benchmarks/chaos.py has them all.
    [("http", 2000, 20), ("socket", 600, 6)],
    ids=["http", "socket"],
)
def test_one_process_on_sqlite(tmp_path: Path, transport: Transport, mentions: int, kills: int) -> None:
    """One process on SQLite keeps the promise while it is killed again and again, over both transports."""
    url = f"sqlite:///{tmp_path / 'state.sqlite3'}"
    kept(chaos.Plan(url=url, transport=transport, mentions=mentions, kills=kills, pace=PACE, seed=1), tmp_path)


@pytest.mark.slow
def test_two_processes_on_postgresql(tmp_path: Path, server: Path) -> None:
    """Two processes that share one PostgreSQL database keep it together, events going now to one and now to the other."""
    kept(chaos.Plan(url=postgres.new_database(server, "chaos"), processes=2, pace=PACE, seed=2), tmp_path)
