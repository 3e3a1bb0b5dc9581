"""Deliveries: one answer in the right thread, whatever Slack and the database do meanwhile."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from slack_sdk import WebClient

from natobot import database
from natobot.database import StateError
from natobot.playground import faults
from natobot.playground.server import Playground
from natobot.slack import deliver
from natobot.slack.deliver import Deliveries
from natobot.slack.post import Outcome, post, posting_client
from natobot.state import Delivery, State, Workspace
from slack_desk import Echo, Gate, plain

ASKED = Delivery(
    event_id="Ev1",
    workspace=Workspace(team="T0LOCAL01"),
    kind="mention",
    channel="C0GENERAL",
    message_ts="1700000001.000100",
    thread_ts="1700000001.000100",
    question="who said it?",
)


@dataclass
class Desk:
    """Deliveries between a state database and the local Slack."""

    slack: Playground
    state: State
    echo: Echo
    deliveries: Deliveries

    def wait(self) -> None:
        """Until nothing is left to do."""
        deadline = time.monotonic() + 10
        while len(self.deliveries):
            assert time.monotonic() < deadline
            time.sleep(0.002)

    def texts(self) -> list[str]:
        """What was posted."""
        return [message.text for message in self.slack.messages()]

    def row(self, event_id: str = "Ev1") -> sa.RowMapping:
        """How a delivery stands in the database."""
        with self.state._engine.connect() as connection:
            query = sa.select(database.deliveries).where(database.deliveries.c.event_id == event_id)
            return connection.execute(query).mappings().one()


@contextmanager
def open_desk(home: Path, slack: Playground) -> Iterator[Desk]:
    """A desk on the database of a folder, not started."""
    with plain():
        state = State.open(f"sqlite:///{home / 'state.sqlite3'}")
        echo = Echo()
        client = posting_client(WebClient(slack.bot_token, base_url=slack.api_url))
        yield Desk(slack, state, echo, Deliveries(echo.as_natobot(), state, lambda _: client))
        state.close()


@pytest.fixture(scope="module")
def local() -> Iterator[Playground]:
    """One local Slack for all."""
    with Playground() as running:
        yield running


@pytest.fixture
def slack(local: Playground) -> Playground:
    """The local Slack, with nothing said yet."""
    local.reset()
    return local


@pytest.fixture
def desk(tmp_path: Path, slack: Playground) -> Iterator[Desk]:
    """A desk at work."""
    with open_desk(tmp_path, slack) as opened:
        opened.deliveries.start()
        yield opened
        opened.deliveries.stop(5)


def test_one_delivery_one_answer(desk: Desk) -> None:
    """A delivery taken four times is answered once, in its thread, and its record says so."""
    assert [desk.deliveries.take(ASKED) for _ in range(4)] == [True, False, False, False]
    desk.wait()
    [message] = desk.slack.messages()
    assert (message.text, message.thread_ts) == ("Echo: who said it?", ASKED.thread_ts)
    row = desk.row()
    assert (row["status"], row["posted_ts"], row["question"], row["attempts"]) == ("accepted", message.ts, None, 1)


def test_the_thread_is_remembered(desk: Desk) -> None:
    """A follow-up is answered with what was asked before in the thread, also when both come at once."""
    for number, question in enumerate(("first", "second", "third")):
        ts = f"170000000{number + 2}.000100"
        desk.deliveries.take(replace(ASKED, event_id=f"Ev{number}", message_ts=ts, question=question))
    desk.wait()
    assert desk.texts() == ["Echo: first", "Echo: second < first", "Echo: third < second < first"]


@pytest.mark.parametrize("error", ["not_in_channel", "channel_not_found", "is_archived", "token_revoked", "account_inactive"])
def test_final_refusals(desk: Desk, caplog: pytest.LogCaptureFixture, error: str) -> None:
    """A refusal that would be the same again ends the delivery after one call; record and log name it and the remedy."""
    desk.slack.faults.add("chat.postMessage", faults.refused(error), times=None)
    desk.deliveries.take(ASKED)
    desk.wait()
    assert (desk.row()["status"], desk.row()["error"], desk.row()["question"]) == ("refused", error, None)
    assert len(desk.slack.calls) == 1
    [record] = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert error in record.getMessage()
    assert record.getMessage().endswith(Outcome(kind="refused", error=error).remedy)
    assert Outcome(kind="refused", error=error).remedy


def test_passing_refusals_are_tried_again(desk: Desk) -> None:
    """A refusal that passes is tried again until the answer is accepted, once."""
    desk.slack.faults.add("chat.postMessage", faults.refused("service_unavailable"), times=3)
    desk.deliveries.take(ASKED)
    desk.wait()
    assert desk.texts() == ["Echo: who said it?"]
    assert (desk.row()["status"], desk.row()["attempts"], desk.row()["doubts"]) == ("accepted", 4, 0)


def test_tries_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal that never passes ends after twenty attempts with a record."""
    monkeypatch.setattr(deliver, "LONGEST_BACKOFF", 0.002)
    desk.slack.faults.add("chat.postMessage", faults.refused("service_unavailable"), times=None)
    desk.deliveries.take(ASKED)
    desk.wait()
    assert len(desk.slack.calls) == deliver.MAX_ATTEMPTS
    assert (desk.row()["status"], desk.row()["error"]) == ("refused", "service_unavailable")


def test_a_slack_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Posts that were never sent are tried again, and end with a record when Slack stays away."""
    with Playground() as gone:
        pass
    with open_desk(tmp_path, gone) as desk:
        monkeypatch.setattr(deliver, "LONGEST_BACKOFF", 0.002)
        desk.deliveries.start()
        desk.deliveries.take(ASKED)
        desk.wait()
        assert (desk.row()["status"], desk.row()["attempts"]) == ("never_sent", deliver.MAX_ATTEMPTS)
        desk.deliveries.stop(5)


@pytest.mark.parametrize("fault", [faults.reset(), faults.server_error(500, accepted=True)])
def test_an_uncertain_post_is_repeated_once(desk: Desk, fault: faults.Fault) -> None:
    """When nobody can know whether an answer arrived, it is sent once more; twice in doubt is the end."""
    desk.slack.faults.add("chat.postMessage", fault)
    desk.deliveries.take(ASKED)
    desk.wait()
    assert (desk.row()["status"], desk.row()["doubts"], len(desk.texts())) == ("accepted", 1, 2)
    desk.slack.faults.add("chat.postMessage", fault, times=None)
    desk.deliveries.take(replace(ASKED, event_id="Ev2", message_ts="1700000002.000100"))
    desk.wait()
    assert (desk.row("Ev2")["status"], len(desk.texts())) == ("uncertain", 4)


def test_twice_in_doubt_the_answer_goes_to_whoever_asked(desk: Desk) -> None:
    """When two posts are in doubt, the person gets the answer for them alone, and the record stays uncertain."""
    desk.slack.faults.add("chat.postMessage", faults.reset(accepted=False), times=None)
    desk.slack.faults.add("chat.postEphemeral", faults.server_error(500, accepted=False))
    desk.deliveries.take(replace(ASKED, person="U0EDITOR1"))
    desk.wait()
    [message] = desk.slack.messages()
    assert (message.ephemeral_to, message.text) == ("U0EDITOR1", "Perhaps once more:\nEcho: who said it?")
    # A thread that has no answer yet is shown to nobody.
    assert message.thread_ts is None
    assert [call.method for call in desk.slack.calls] == ["chat.postMessage"] * 2 + ["chat.postEphemeral"] * 2
    row = desk.row()
    assert (row["status"], row["error"], row["doubts"], row["person"]) == ("uncertain", "told privately", 3, "")


def test_doubts_have_an_end(desk: Desk) -> None:
    """Where Slack answers nothing at all, two public and two private posts are the end."""
    desk.slack.faults.add("*", faults.reset(accepted=True), times=None)
    desk.deliveries.take(replace(ASKED, person="U0EDITOR1"))
    desk.wait()
    assert [m.ephemeral_to for m in desk.slack.messages()] == [None, None, "U0EDITOR1", "U0EDITOR1"]
    assert (desk.row()["status"], desk.row()["doubts"]) == ("uncertain", 4)


@pytest.mark.parametrize(
    ("error", "method", "said"),
    [
        ("not_in_channel", "chat.postMessage", "Invite me to <#C0GENERAL>."),
        ("is_archived", "chat.postMessage", "I cannot write in <#C0GENERAL>."),
        ("channel_not_found", "chat.postMessage", "I cannot write in <#C0GENERAL>."),
        ("restricted_action", "chat.postEphemeral", "I may not post here."),
        ("restricted_action_read_only_channel", "chat.postEphemeral", "I may not post here."),
        ("msg_too_long", "chat.postEphemeral", "Slack says msg_too_long."),
        ("token_revoked", "", ""),
        ("account_inactive", "", ""),
    ],
)
def test_refusals_are_told(desk: Desk, error: str, method: str, said: str) -> None:
    """Whoever asked hears privately why there is no answer, once; where nobody can be told, nothing is called."""
    desk.slack.faults.add("chat.postMessage", faults.refused(error), when=lambda body: body["channel"] == "C0GENERAL")
    desk.deliveries.take(replace(ASKED, person="U0EDITOR1"))
    desk.wait()
    assert (desk.row()["status"], desk.row()["error"], desk.row()["person"]) == ("refused", error, "")
    told = desk.slack.calls[1:]
    assert [(call.method, call.body["text"]) for call in told] == ([(method, said)] if said else [])
    assert len(desk.slack.messages()) == len(told)
    for message in desk.slack.messages():
        # In the channel for them alone, or in the direct message with them.
        assert (message.ephemeral_to, message.channel) in (("U0EDITOR1", "C0GENERAL"), (None, "D0EDITOR1"))


def test_a_word_that_fails_is_not_repeated(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """When the private word may or may not have arrived, that is the end of it, and the log says so."""
    desk.slack.faults.add("chat.postMessage", faults.refused("restricted_action"))
    desk.slack.faults.add("chat.postEphemeral", faults.reset())
    desk.deliveries.take(replace(ASKED, person="U0EDITOR1"))
    desk.wait()
    assert len(desk.slack.calls) == 2
    assert "a private word about delivery Ev1 was uncertain" in caplog.text


def test_people_hear_that_it_takes_longer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """When much waits, a person is told so once, privately, and all questions are answered in the end."""
    monkeypatch.setattr(deliver, "BUSY", 2)
    gate = Gate()
    desk.echo.before = lambda text: gate.wait()
    for number in range(6):
        ts = f"170000000{number}.000100"
        desk.deliveries.take(replace(ASKED, event_id=f"Ev{number}", message_ts=ts, thread_ts=ts, person="U0EDITOR1"))
    desk.slack.wait_for_calls("chat.postEphemeral")
    assert [(m.text, m.ephemeral_to) for m in desk.slack.messages()] == [("Busy. It is written down.", "U0EDITOR1")]
    gate.open()
    desk.wait()
    assert len([m for m in desk.slack.messages() if not m.ephemeral_to]) == 6
    assert len([m for m in desk.slack.messages() if m.ephemeral_to]) == 1


def test_two_processes_keep_one_order_and_one_pace(tmp_path: Path, slack: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pools on one database answer a thread in order and keep the distance in the channel between them."""
    with open_desk(tmp_path, slack) as one, open_desk(tmp_path, slack) as two:
        monkeypatch.setattr(deliver, "PACE", 0.3)
        for each in (one, two):
            each.deliveries.start()
        for number in range(6):
            taken = replace(ASKED, event_id=f"Ev{number}", message_ts=f"170000001{number}.000100", question=str(number))
            (one, two)[number % 2].deliveries.take(taken)
        one.wait()
        two.wait()
        assert [m.text.split()[1] for m in slack.messages()] == [str(number) for number in range(6)]
        assert min(after.at - before.at for before, after in pairwise(slack.calls)) > 0.2
        for each in (one, two):
            each.deliveries.stop(5)


def test_a_full_queue_cannot_block_itself(tmp_path: Path, slack: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    """When all that a process holds waits for an earlier question that found no room, that one is answered all the same."""
    monkeypatch.setattr(deliver, "LIMIT", 2)
    with open_desk(tmp_path, slack) as desk:
        for number in (3, 2, 1):
            taken = replace(ASKED, event_id=f"Ev{number}", message_ts=f"170000000{number}.000100", question=str(number))
            assert desk.deliveries.take(taken)
        desk.deliveries._lanes.start()
        deadline = time.monotonic() + 10
        while len(slack.messages()) < 3:
            desk.deliveries.take_up()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        desk.wait()
        assert [m.text.split()[1] for m in slack.messages()] == ["1", "2", "3"]
        desk.deliveries.stop(5)


def test_a_long_limit_holds_the_channel_only(desk: Desk) -> None:
    """While a channel waits for its Retry-After, its other threads wait too, and other channels are served."""
    desk.slack.faults.add("chat.postMessage", faults.rate_limited(30), when=lambda body: body["channel"] == "C0GENERAL")
    desk.deliveries.take(ASKED)
    desk.slack.wait_for_calls("chat.postMessage")
    time.sleep(0.02)
    desk.deliveries.take(replace(ASKED, event_id="Ev2", message_ts="1700000002.000100", thread_ts="1700000002.000100"))
    desk.deliveries.take(replace(ASKED, event_id="Ev3", channel="C0NEWSROOM", question="elsewhere"))
    assert [m.text for m in desk.slack.wait_for_messages(1)] == ["Echo: elsewhere"]
    assert [desk.row(name)["status"] for name in ("Ev1", "Ev2")] == ["waiting", "waiting"]


def test_one_message_a_second_and_channel(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers to one channel keep their distance, other channels do not wait for them."""
    monkeypatch.setattr(deliver, "PACE", 0.15)
    for number in range(3):
        ts = f"170000000{number}.000100"
        desk.deliveries.take(replace(ASKED, event_id=f"a{number}", message_ts=ts, thread_ts=ts))
    desk.deliveries.take(replace(ASKED, event_id="b", channel="C0NEWSROOM"))
    desk.wait()
    at = [call.at for call in desk.slack.calls if call.body["channel"] == "C0GENERAL"]
    assert [after - before > 0.1 for before, after in pairwise(at)] == [True, True]
    [elsewhere] = [call.at for call in desk.slack.calls if call.body["channel"] == "C0NEWSROOM"]
    assert elsewhere < at[1]


def test_an_error_of_ours_is_an_apology_with_a_reference(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """When answering breaks, the person gets the reference under which the log has the place, but not the question."""

    def broken(text: str) -> None:
        raise RuntimeError(f"cannot read {text}")

    desk.echo.before = broken
    with caplog.at_level(logging.DEBUG):
        desk.deliveries.take(replace(ASKED, question="the sekretwort"))
        desk.wait()
    [text] = desk.texts()
    reference = text.removeprefix("Something of mine broke. Reference: ")
    assert len(reference) == 8
    [record] = [r for r in caplog.records if reference in r.getMessage()]
    assert "RuntimeError" in record.getMessage()
    assert "test_slack_deliver.py" in record.getMessage()
    assert "sekretwort" not in caplog.text
    assert desk.row()["status"] == "accepted"


def test_taken_up_after_a_stop(tmp_path: Path, slack: Playground) -> None:
    """What was claimed but not begun when the workers stopped is free at once, and answered in order by the next ones."""
    with open_desk(tmp_path, slack) as before:
        for number in (3, 2):
            ts = f"170000000{number}.000100"
            before.deliveries.take(replace(ASKED, event_id=f"Ev{number}", message_ts=ts, question=str(number)))
        before.deliveries.stop(1)
        with open_desk(tmp_path, slack) as after:
            assert not after.deliveries.take(replace(ASKED, event_id="Ev2", message_ts="1700000002.000100"))
            after.deliveries.start()
            after.wait()
            after.deliveries.stop(5)
    assert [m.text for m in slack.messages()] == ["Echo: 2", "Echo: 3 < 2"]


@pytest.mark.parametrize(("doubts", "posts", "status"), [(0, 1, "accepted"), (1, 0, "uncertain")])
def test_killed_while_posting(tmp_path: Path, slack: Playground, doubts: int, posts: int, status: str) -> None:
    """A post cut off by a kill counts as uncertain: it is sent once more, but not if that was the second time."""
    with open_desk(tmp_path, slack) as before:
        before.state.claim(ASKED)
        for _ in range(doubts):
            before.state.begin("Ev1")
            before.state.retry("Ev1", "reset", doubt=True)
        before.state.begin("Ev1")
    with open_desk(tmp_path, slack) as after:
        after.deliveries.start()
        after.wait()
        assert (len(slack.messages()), after.row()["status"]) == (posts, status)
        after.deliveries.stop(5)


def fails(times: int, then: Callable[..., object]) -> Callable[..., object]:
    """A method of the state that fails so often before it works."""
    left = [times]

    def method(*args: object, **kwargs: object) -> object:
        if left[0]:
            left[0] -= 1
            raise StateError("the state database fails")
        return then(*args, **kwargs)

    return method


@pytest.mark.parametrize("method", ["delivery", "turns", "begin", "finish"])
def test_a_database_that_fails_for_a_while(desk: Desk, method: str) -> None:
    """When the database fails before or after the post, the answer is still posted once, and recorded in the end."""
    with patch.object(desk.state, method, fails(2, getattr(desk.state, method))):
        desk.deliveries.take(ASKED)
        desk.wait()
    assert desk.texts() == ["Echo: who said it?"]
    assert desk.row()["status"] == "accepted"


def does_and_fails(times: int, then: Callable[..., object]) -> Callable[..., object]:
    """A method of the state that does its work, but so often says that it failed: the answer of the database was lost."""
    left = [times]

    def method(*args: object, **kwargs: object) -> object:
        done = then(*args, **kwargs)
        if left[0]:
            left[0] -= 1
            raise StateError("the state database fails")
        return done

    return method


@pytest.mark.parametrize("method", ["delivery", "turns", "begin", "finish", "retry"])
def test_a_database_that_does_and_says_it_failed(desk: Desk, method: str) -> None:
    """When the database did what it was asked, but its answer was lost, the answer is posted once and recorded in the end."""
    desk.slack.faults.add("chat.postMessage", faults.refused("service_unavailable"))
    with patch.object(desk.state, method, does_and_fails(1, getattr(desk.state, method))):
        desk.deliveries.take(ASKED)
        desk.wait()
    assert desk.texts() == ["Echo: who said it?"]
    assert (desk.row()["status"], desk.row()["doubts"]) == ("accepted", 0)


def test_a_claim_that_was_written_though_it_failed(desk: Desk) -> None:
    """A claim whose success was not heard of is answered all the same, once, whether or not Slack sends it again."""
    with (
        patch.object(desk.state, "claim", does_and_fails(1, desk.state.claim)),
        pytest.raises(StateError),
    ):
        desk.deliveries.take(ASKED)
    assert not desk.deliveries.take(ASKED)
    desk.deliveries.take_up()
    desk.wait()
    desk.deliveries.take_up()
    desk.wait()
    assert desk.texts() == ["Echo: who said it?"]


def test_a_repetition_is_not_taken_while_the_first_may_fail(desk: Desk) -> None:
    """While the claim of an event is still under way, its repetition is claimed for itself: one of the two may fail."""
    gate, claim = Gate(), desk.state.claim
    answers: list[object] = []

    def slow(delivery: Delivery) -> bool:
        if gate.count() == 1:
            gate.wait()
            raise StateError("the state database fails")
        return claim(delivery)

    def first() -> None:
        try:
            desk.deliveries.take(ASKED)
        except StateError as error:
            answers.append(error)

    with patch.object(desk.state, "claim", slow):
        thread = threading.Thread(target=first)
        thread.start()
        gate.wait_for(1)
        assert desk.deliveries.take(ASKED)
        gate.open()
        thread.join()
    desk.wait()
    assert (len(answers), desk.texts()) == (1, ["Echo: who said it?"])


def test_what_is_in_hand_is_not_taken_up_again(desk: Desk) -> None:
    """Looking after one's own leaves alone what is being worked on."""
    gate = Gate()
    desk.echo.before = lambda text: gate.wait()
    desk.deliveries.take(ASKED)
    gate.wait_for(1)
    for _ in range(3):
        desk.deliveries.take_up()
    assert len(desk.deliveries) == 1
    gate.open()
    desk.wait()
    assert desk.texts() == ["Echo: who said it?"]
    assert desk.deliveries._in_hand == set()


def test_a_post_that_breaks_in_an_unknown_way(desk: Desk) -> None:
    """An error that nobody foresaw while posting is a post in doubt, not a delivery that is stuck."""
    left = [1]

    def breaks(*args: Any, **kwargs: Any) -> Outcome:
        if left:
            left.pop()
            raise RuntimeError("who said it?")
        return post(*args, **kwargs)

    with patch("natobot.slack.deliver.post", breaks):
        desk.deliveries.take(ASKED)
        desk.wait()
    assert (desk.row()["status"], desk.row()["doubts"], desk.texts()) == ("accepted", 1, ["Echo: who said it?"])


def test_more_than_memory_holds(tmp_path: Path, slack: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the queue's limit deliveries wait in the database, and are answered once there is room."""
    monkeypatch.setattr(deliver, "LIMIT", 3)
    gate = Gate()
    with open_desk(tmp_path, slack) as desk:
        desk.echo.before = lambda text: gate.wait()
        desk.deliveries.start()
        for number in range(6):
            ts = f"170000000{number}.000100"
            assert desk.deliveries.take(replace(ASKED, event_id=f"Ev{number}", message_ts=ts, thread_ts=ts))
        gate.wait_for(3)
        assert len(desk.deliveries) == 3
        gate.open()
        desk.wait()
        desk.deliveries.take_up()
        desk.wait()
        assert len(desk.texts()) == 6
        desk.deliveries.stop(5)


def test_a_workspace_that_has_removed_the_app(desk: Desk) -> None:
    """Where there is no client for its workspace any more, a delivery ends as never sent, and nothing is called."""
    with patch.object(desk.deliveries, "_clients", lambda _: None):
        desk.deliveries.take(ASKED)
        desk.wait()
    row = desk.row()
    assert (row["status"], row["error"], row["question"]) == ("never_sent", "not_installed", None)
    assert desk.slack.calls == []
