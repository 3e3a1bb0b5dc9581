"""The worker pool: order within a lane, lanes side by side, waiting without holding up a thread."""

import threading
import time

from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from natobot.slack.lanes import Lanes
from slack_desk import Gate


@given(jobs=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=30))
@examples(max_examples=25, deadline=None)
def test_order(jobs: list[tuple[str, int]]) -> None:
    """Every job is done, in the order of its lane, however often it asks to be called again."""
    done: dict[str, list[int]] = {}
    tries: dict[int, int] = {}

    def work(job: tuple[int, str, int]) -> float | None:
        number, lane, again = job
        tries[number] = tries.get(number, 0) + 1
        if tries[number] <= again:
            return 0.0005
        done.setdefault(lane, []).append(number)
        return None

    lanes = Lanes(work, threads=4, limit=100)
    lanes.start()
    for number, (lane, again) in enumerate(jobs):
        assert lanes.put(lane, (number, lane, again))
    deadline = time.monotonic() + 5
    while len(lanes) and time.monotonic() < deadline:
        time.sleep(0.0005)
    assert lanes.stop(5)
    assert done == {lane: [n for n, job in enumerate(jobs) if job[0] == lane] for lane in {job[0] for job in jobs}}


def test_a_slow_lane_holds_up_no_other() -> None:
    """While a job of one lane is at work, another lane's is done, and the same lane's next one is not begun."""
    gate, quick = Gate(), threading.Event()
    begun: list[str] = []

    def work(job: str) -> None:
        begun.append(job)
        if job == "slow":
            gate.wait()
        else:
            quick.set()

    lanes = Lanes(work, threads=2, limit=10)
    lanes.start()
    lanes.put("a", "slow")
    gate.wait_for(1)
    lanes.put("a", "after")
    lanes.put("b", "quick")
    assert quick.wait(5)
    assert begun == ["slow", "quick"]
    gate.open()
    assert lanes.stop(5)
    assert begun == ["slow", "quick", "after"]


def test_waiting_holds_up_no_thread() -> None:
    """Ten lanes that wait leave a pool of one thread free for an eleventh."""
    done = threading.Event()

    def work(job: int) -> float | None:
        if job < 10:
            return 60.0
        done.set()
        return None

    lanes = Lanes(work, threads=1, limit=20)
    lanes.start()
    for number in range(11):
        lanes.put(number, number)
    assert done.wait(5)
    assert lanes.stop(5)


def test_an_earlier_one_goes_first() -> None:
    """A job that comes late but belongs before those that wait is done at once, and they go by their keys."""
    waits, done = threading.Event(), threading.Event()
    seen: list[int] = []

    def work(job: int) -> float | None:
        seen.append(job)
        if job == 5 and 1 not in seen:
            waits.set()
            return 30.0
        if job == 1:
            done.set()
        return None

    lanes = Lanes(work, threads=2, limit=10, key=lambda job: job)
    lanes.start()
    lanes.put("a", 5)
    assert waits.wait(5)
    lanes.put("a", 7)
    lanes.put("a", 1)
    assert done.wait(5)
    deadline = time.monotonic() + 5
    while len(lanes) and time.monotonic() < deadline:
        time.sleep(0.001)
    assert lanes.stop(5)
    assert seen == [5, 1, 5, 7]


def test_too_many() -> None:
    """Beyond its limit the pool takes nothing, and a job that is done makes room again."""
    gate = Gate()
    lanes: Lanes[int] = Lanes(lambda job: gate.wait(), threads=1, limit=2)
    assert [lanes.put("a", number) for number in range(3)] == [True, True, False]
    lanes.start()
    gate.open()
    deadline = time.monotonic() + 5
    while len(lanes) and time.monotonic() < deadline:
        time.sleep(0.001)
    assert lanes.put("a", 4)
    assert lanes.stop(5)


def test_stopping() -> None:
    """A stop lets the work at hand finish, drops what waits, takes nothing more, and says if it ran out of time."""
    gate = Gate()
    begun: list[str] = []

    def work(job: str) -> float | None:
        begun.append(job)
        if job == "later":
            return 60.0
        gate.wait()
        return None

    lanes = Lanes(work, threads=2, limit=10)
    lanes.start()
    lanes.put("a", "later")
    lanes.put("b", "now")
    gate.wait_for(1)
    assert not lanes.stop(0.05)
    assert not lanes.put("c", "too late")
    gate.open()
    assert lanes.stop(5)
    assert sorted(begun) == ["later", "now"]
