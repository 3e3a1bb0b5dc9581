"""Every day, exactly once: 50 subscriptions for 30 days, three clocks that are killed, and a Slack that misbehaves.

The figures go to the output.
"""

from dataclasses import replace
from pathlib import Path

import pytest

import clocks
import postgres


def kept(plan: clocks.Plan, home: Path) -> clocks.Tally:
    """Run a plan; what was due was posted or is in doubt, nothing twice, and no more is in doubt than faults and kills."""
    tally = clocks.run(plan, home)
    print(f"{plan}\n{tally}")
    assert tally.wrong() == [], f"{plan}\n{tally}"
    return tally


def test_a_calm_week(tmp_path: Path) -> None:
    """With no kill and no fault all is posted once and nothing is in doubt: the tally itself is sound."""
    url = f"sqlite:///{tmp_path / 'state.sqlite3'}"
    tally = kept(clocks.Plan(url=url, clocks=2, subscriptions=5, days=7, kills=0, faulty=0.0), tmp_path)
    assert tally.endings == {"accepted": tally.due}
    assert (tally.messages, tally.faults) == (tally.due, {})
    assert tally.due >= 5 * 6
    for change, words in (
        ({"endings": {"accepted": tally.due - 1}}, "posted + uncertain is not what was due"),
        ({"endings": {**tally.endings, "missed": 1}}, "something else is in the table"),
        ({"endings": {"accepted": tally.due - 1, "uncertain": 1}}, "more in doubt than faults and kills"),
        ({"duplicates": 1}, "a date was posted twice"),
        ({"strays": 1}, "something was posted that was not due"),
        ({"lost": 1}, "a post that counts as accepted is not there"),
        ({"farewell": 11.0}, "a clock took more than ten seconds to end"),
    ):
        assert words in replace(tally, **change).wrong()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "turns"),
    # benchmarks/clock.py has the other two as well.
    [("sqlite", False), ("postgresql", True)],
    ids=["sqlite, racing", "postgresql, in turns"],
)
def test_a_month_of_trouble(kind: str, turns: bool, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The promise holds on both databases, whether clocks leave each other their turns or all race for every post."""
    url = f"sqlite:///{tmp_path / 'state.sqlite3'}"
    if kind == "postgresql":
        url = postgres.new_database(request.getfixturevalue("server"), f"clocks{turns}")
    tally = kept(clocks.Plan(url=url, turns=turns, seed=2026 + turns), tmp_path)
    assert tally.due >= 50 * 29
    assert tally.kills == 20
    assert sum(tally.faults.values()) > 100
