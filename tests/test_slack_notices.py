"""Private words beside an answer: said once, one after the other, and never in anybody's way."""

import itertools
import threading
import time
from dataclasses import replace

import pytest
from slack_sdk import WebClient

from natobot.bot import Natobot
from natobot.playground.server import Playground
from natobot.slack.notices import Notices, tell_busy, tell_refused
from natobot.slack.post import Outcome, posting_client
from natobot.state import Delivery, Workspace
from slack_desk import Gate

ASKED = Delivery(
    event_id="Ev1",
    workspace=Workspace(team="T0LOCAL01"),
    kind="mention",
    channel="C0GENERAL",
    message_ts="1700000001.000100",
    thread_ts="1700000001.000100",
    question="a sekretwort",
    person="U0EDITOR1",
)


def by(person: str) -> Delivery:
    """The same question from somebody else."""
    return replace(ASKED, person=person)


def test_one_after_the_other() -> None:
    """What is to be said is said in order with a pause between, each person once until the rush is over."""
    said: list[tuple[str, float]] = []
    three = threading.Event()

    def say(delivery: Delivery) -> None:
        said.append((delivery.person, time.monotonic()))
        if len(said) == 3:
            three.set()

    notices = Notices(say, pause=0.1)
    assert [notices.put(by(person)) for person in ("U1", "U2", "U1", "", "U3")] == [True, True, False, False, True]
    assert three.wait(5)
    assert [person for person, _ in said] == ["U1", "U2", "U3"]
    assert all(after - before > 0.09 for (_, before), (_, after) in itertools.pairwise(said))
    notices.clear()
    assert notices.put(by("U1"))
    notices.stop()
    assert not notices.put(by("U4"))


def test_there_is_a_bound() -> None:
    """While one is being said only so many wait; nobody who has more to say is held up."""
    gate = Gate()
    notices = Notices(lambda delivery: gate.wait(), pause=0.0, limit=2)
    assert notices.put(by("U0"))
    gate.wait_for(1)
    start = time.monotonic()
    assert [notices.put(by(f"U{number}")) for number in range(1, 5)] == [True, True, False, False]
    assert time.monotonic() - start < 1
    gate.open()
    notices.stop()


def test_one_that_breaks_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """When saying something breaks, the log has the place and not the words, and the next is said."""
    said = threading.Event()

    def say(delivery: Delivery) -> None:
        if delivery.person == "U1":
            raise RuntimeError(delivery.question)
        said.set()

    notices = Notices(say, pause=0.0)
    notices.put(by("U1"))
    notices.put(by("U2"))
    assert said.wait(5)
    assert "RuntimeError while saying that we are busy" in caplog.text
    assert "sekretwort" not in caplog.text
    notices.stop()


def test_where_it_is_said(bot: Natobot) -> None:
    """A word stands in the thread where that is open, else in the channel, for this person only, in words of the wording;
    in a closed channel it becomes a direct message that names the channel."""
    with Playground() as slack:
        client = posting_client(WebClient(slack.bot_token, base_url=slack.api_url))
        top = slack.say("a topic")
        threaded = replace(ASKED, thread_ts=top.ts)
        refused = Outcome(kind="refused", error="restricted_action", final=True)
        tell_busy(client, ASKED, bot.wording)
        tell_busy(client, threaded, bot.wording)
        tell_refused(client, threaded, refused, bot.wording)
        tell_refused(client, ASKED, replace(refused, error="msg_blocks_too_long"), bot.wording)
        tell_refused(client, ASKED, replace(refused, error="not_in_channel"), bot.wording)
        assert [(m.thread_ts, m.ephemeral_to) for m in slack.messages()] == [
            (None, ASKED.person),
            (top.ts, ASKED.person),
            (top.ts, ASKED.person),
            (None, ASKED.person),
            (None, None),
        ]
        texts = [m.text for m in slack.messages()]
        assert texts[0] == bot.wording["busy_written"]
        assert "(msg_blocks_too_long)" in texts[3]
        assert "<#C0GENERAL>" in texts[4]
        assert slack.messages()[4].channel == "D0EDITOR1"
        # In a direct message that is closed there is no other place.
        assert tell_refused(client, replace(ASKED, kind="message"), replace(refused, error="is_archived"), bot.wording) is None
        assert tell_refused(client, by(""), refused, bot.wording) is None
        assert len(slack.calls) == 5
