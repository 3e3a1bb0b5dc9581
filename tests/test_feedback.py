"""Votes, what the editors are told, and shares: once each, by workspace, for 30 days, without a name where one is not needed."""

import time
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from natobot import database
from natobot.feedback import RETENTION, Feedback, Place
from natobot.state import Delivery, State, Workspace

OURS, THEIRS = Workspace(team="T1"), Workspace(team="T2")
MESSAGE = Place(workspace=OURS, channel="C1", message_ts="1700000001.000100")


@pytest.fixture
def feedback(state: State) -> Feedback:
    """The feedback in it."""
    return Feedback(state)


def held(state: State) -> str:
    """Everything in the database but the schema, as text."""
    with state.begin_work() as connection:
        tables = [connection.execute(sa.select(table)).all() for table in database.metadata.sorted_tables]
    return repr(tables)


def test_a_vote_may_be_changed_but_not_repeated(feedback: Feedback) -> None:
    """The same vote twice is one; another one takes its place; somebody else's is another."""
    said = [feedback.vote(MESSAGE, "U1", helpful=helpful) for helpful in (True, True, False, False)]
    assert said == [True, False, True, False]
    assert feedback.vote(MESSAGE, "U2", helpful=False)


def test_unanswered_questions_bear_no_name_and_are_filed_once(feedback: Feedback, state: State) -> None:
    """The same question of many is one note, kept for its own workspace only."""
    assert feedback.file_unanswered(OURS, "who is it?")
    assert feedback.file_unanswered(OURS, "who is it?")
    assert feedback.file_unanswered(THEIRS, "and theirs?")
    assert [note.question for note in feedback.notes(OURS, "unanswered")] == ["who is it?"]
    assert [note.question for note in feedback.notes(THEIRS, "unanswered")] == ["and theirs?"]
    assert feedback.notes(OURS, "not_helpful") == []
    assert "U1" not in held(state)


def test_a_reason_is_added_to_its_note(feedback: Feedback) -> None:
    """What did not help is filed at once, and the reason is added later, to that note and in that workspace only."""
    note = feedback.file_not_helpful(OURS, "who?", ["rumer/867a9174c7cd", "rumer/92c828fc846a"])
    assert not feedback.add_reason(THEIRS, note, "theirs")
    assert feedback.add_reason(OURS, note, "too old")
    [filed] = feedback.notes(OURS, "not_helpful")
    assert (filed.question, filed.reason, filed.passages) == ("who?", "too old", ("rumer/867a9174c7cd", "rumer/92c828fc846a"))
    assert "who?" not in repr(filed)
    assert not feedback.add_reason(OURS, "gone", "too late")


def test_questions_need_not_be_kept(state: State) -> None:
    """Switched off, no question is written down, neither one without an answer nor one whose answer did not help."""
    feedback = Feedback(state, keep_questions=False)
    assert not feedback.file_unanswered(OURS, "sekretwort")
    feedback.file_not_helpful(OURS, "sekretwort", [], "too old")
    assert [note.reason for note in feedback.notes(OURS, "not_helpful")] == ["too old"]
    assert "sekretwort" not in held(state)


def test_a_share_is_claimed_once(feedback: Feedback) -> None:
    """One message is shared once; the claim can be given back; the same place in another workspace is another."""
    elsewhere = Place(workspace=THEIRS, channel="C1", message_ts=MESSAGE.message_ts)
    assert [feedback.claim_share(place) for place in (MESSAGE, MESSAGE, elsewhere)] == [True, False, True]
    feedback.release_share(MESSAGE)
    assert [feedback.claim_share(place) for place in (MESSAGE, elsewhere)] == [True, False]


def test_everything_goes_after_thirty_days(feedback: Feedback, state: State) -> None:
    """Notes are shown for 30 days; tidying leaves nothing that is older, and everything that is not."""
    feedback.file_unanswered(OURS, "new?")
    with patch("natobot.feedback.time.time", lambda: time.mktime((2020, 1, 1, 0, 0, 0, 0, 0, 0))):
        feedback.vote(MESSAGE, "U1", helpful=True)
        feedback.file_unanswered(OURS, "old?")
        feedback.claim_share(MESSAGE)
    assert [note.question for note in feedback.notes(OURS, "unanswered")] == ["new?"]
    assert "old?" in held(state)
    feedback.tidy()
    assert [note.question for note in feedback.notes(OURS, "unanswered")] == ["new?"]
    assert "old?" not in held(state)
    assert "U1" not in held(state)
    assert feedback.claim_share(MESSAGE)
    assert RETENTION == 30 * 24 * 3600


def asked(person: str, ts: str, thread_ts: str = "") -> Delivery:
    """A direct message."""
    return Delivery(
        event_id=f"Ev{ts}",
        workspace=OURS,
        kind="message",
        channel="D1",
        message_ts=ts,
        thread_ts=thread_ts,
        question=f"sekretwort of {person}",
        person=person,
    )


def test_forgetting_a_person(feedback: Feedback, state: State) -> None:
    """What one person asked and voted goes, in their workspace; what others did stays."""
    for person, ts in (("U1", "1.1"), ("U1", "1.2"), ("U2", "1.3")):
        delivery = asked(person, ts)
        state.claim(delivery)
        state.remember(delivery)
        state.begin(delivery.event_id)
        state.finish(delivery.event_id, "accepted")
    feedback.vote(MESSAGE, "U1", helpful=True)
    feedback.vote(MESSAGE, "U2", helpful=True)
    assert feedback.forget(THEIRS, "U1") == 0
    assert feedback.forget(OURS, "U1") == 3
    assert "U1" not in held(state)
    assert "sekretwort of U2" in held(state)
    assert feedback.forget(OURS, "U1") == 0


def test_a_delivery_names_its_person_only_while_it_waits(state: State) -> None:
    """Who asked is read back with a delivery that waits, and erased with its question."""
    state.claim(asked("U1", "1.1"))
    waiting = state.delivery("Ev1.1")
    assert waiting is not None
    assert waiting.person == "U1"
    state.begin("Ev1.1")
    state.finish("Ev1.1", "accepted")
    assert "U1" not in held(state)
