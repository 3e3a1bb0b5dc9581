"""Health and figures: what whoever watches is told, at once, whatever hangs."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from natobot import watch
from natobot.database import StateError
from natobot.ledger import Ledger, Post
from natobot.metrics import MOST_WORDS, Metrics
from natobot.playground.server import Playground
from natobot.slack.app import open_service
from natobot.state import State, Workspace
from natobot.watch import Pulse, Watch
from slack_desk import Echo, Gate, plain, settings

WELL: dict[str, Any] = {"ready": True}


def fails() -> None:
    """A database that cannot be reached."""
    raise StateError("the state database fails.")


def breaks() -> None:
    """An error of ours."""
    raise RuntimeError


@pytest.mark.parametrize(
    ("health", "beat", "silence", "status"),
    [
        (WELL, lambda: None, None, 200),
        ({"ready": False}, lambda: None, None, 503),
        (WELL, fails, None, 503),
        (WELL, breaks, None, 503),
        (WELL, lambda: None, 59.0, 200),
        (WELL, lambda: None, 61.0, 503),
    ],
)
def test_when_all_is_well(health: dict[str, Any], beat: Any, silence: float | None, status: int) -> None:
    """Health is red before the start, when the database fails, and when Slack has not pinged for a minute."""
    seen = Watch(health=lambda: health, beat=beat, silence=None if silence is None else lambda: silence)
    assert asyncio.run(seen.answer("/healthz", "GET"))[0] == status


def test_a_database_that_hangs_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the database hangs, health is red within its patience, one thread waits at most, and it is well again after."""
    monkeypatch.setattr(watch, "PATIENCE", 0.05)
    monkeypatch.setattr(watch, "FRESH", 0.0)
    gate, beats = Gate(), []

    def beat() -> None:
        beats.append(1)
        gate.wait()

    async def scene() -> tuple[list[bool], bool]:
        pulse = Pulse(beat)
        start = time.monotonic()
        red = await asyncio.gather(*(pulse.alive() for _ in range(20)))
        assert time.monotonic() - start < 1
        assert len(beats) == 1
        gate.open()
        while not await pulse.alive():
            assert time.monotonic() - start < 5
        return red, await pulse.alive()

    assert asyncio.run(scene()) == ([False] * 20, True)


def test_the_database_is_not_asked_for_everybody() -> None:
    """Within a second the database is asked once, however often somebody looks."""
    beats: list[int] = []

    async def scene() -> None:
        pulse = Pulse(lambda: beats.append(1))
        for _ in range(50):
            assert await pulse.alive()

    asyncio.run(scene())
    assert len(beats) == 1


def test_a_loop_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the server has ended before the database answers, nothing breaks."""
    monkeypatch.setattr(watch, "PATIENCE", 0.01)
    gate, errors = Gate(), list[object]()
    monkeypatch.setattr(threading, "excepthook", errors.append)
    assert not asyncio.run(Pulse(gate.wait).alive())
    gate.open()
    for thread in threading.enumerate():
        if thread.name == "pulse":
            thread.join(5)
    assert errors == []


def test_questions_are_counted() -> None:
    """Questions are counted by door, intent and outcome, also those at which something broke, and their time is taken."""
    metrics = Metrics()
    for answered in (True, False):
        with metrics.reply("mention") as told:
            told("ask", answered)
    with pytest.raises(RuntimeError), metrics.reply("command"):
        breaks()
    text = metrics.text()
    for line in (
        'natobot_questions_total{door="mention",intent="ask",outcome="answered"} 1.0',
        'natobot_questions_total{door="mention",intent="ask",outcome="refused"} 1.0',
        'natobot_questions_total{door="command",intent="unknown",outcome="error"} 1.0',
        'natobot_reply_seconds_count{door="mention"} 2.0',
    ):
        assert line in text


def test_words_of_errors_are_bounded() -> None:
    """However many words Slack has for its errors, only so many become labels; the others are counted together."""
    metrics = Metrics()
    for number in range(MOST_WORDS + 40):
        metrics.slack_failed("chat.postMessage", f"error_{number}")
    metrics.slack_failed("chat.postMessage", "error_0")
    text = metrics.text()
    assert text.count("natobot_slack_errors_total{") == MOST_WORDS + 1
    assert 'natobot_slack_errors_total{error="other",method="chat.postMessage"} 40.0' in text
    assert 'natobot_slack_errors_total{error="error_0",method="chat.postMessage"} 2.0' in text


def test_two_services_do_not_share_figures() -> None:
    """Each service counts for itself."""
    one, two = Metrics(), Metrics()
    one.delivered("accepted")
    assert 'natobot_deliveries_total{outcome="accepted"} 1.0' in one.text()
    assert "accepted" not in two.text()


def test_how_the_database_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Daily posts by outcome and open deliveries are those of the database, whichever process wrote them."""
    monkeypatch.setattr("natobot.slack.app.Natobot.open", lambda _: Echo().as_natobot())
    with Playground() as slack, plain():
        given = settings(tmp_path, slack)
        other = State.open(given.state_url)
        due = Post(Workspace(team="T1"), "C1", "2026-04-04")
        Ledger(other).begin(due)
        Ledger(other).finish(due, 1, "uncertain")
        other.close()
        service = open_service(given)
        service._renew()
        assert 'natobot_daily_posts{outcome="uncertain"} 1.0' in service.metrics.text()
        assert "natobot_open_deliveries 0.0" in service.metrics.text()
        service.stop(1)
