"""Private answers to a press: tried again within bounds, by another way where the address fails, and never in public."""

import time
from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from natobot.metrics import Metrics
from natobot.playground import faults
from natobot.playground.server import Playground
from natobot.slack import replies
from natobot.slack.replies import Replies

PAYLOAD = {"response_type": "ephemeral", "replace_original": False, "text": "the answer"}
PERSON, CHANNEL = "U0EDITOR1", "C0GENERAL"


@pytest.fixture(scope="module")
def local() -> Iterator[Playground]:
    """One local Slack for all."""
    with Playground() as running:
        yield running


@pytest.fixture
def slack(local: Playground, monkeypatch: pytest.MonkeyPatch) -> Playground:
    """The local Slack with nothing said yet, and next to no waiting."""
    local.reset()
    monkeypatch.setattr(replies, "BACKOFF", 0.004)
    return local


def give(slack: Playground, *, person: str = PERSON) -> tuple[str, list[str], Metrics]:
    """Answer one press: how the first try went, what was called until all was quiet, and what was counted."""
    metrics = Metrics()
    kept = Replies(metrics)
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    url = slack.state.address(slack.state.new_url("actions", CHANNEL, PERSON))
    outcome = kept.give(client, url, PAYLOAD, person=person, channel=CHANNEL if person else "")
    deadline = time.monotonic() + 10
    while len(kept):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    assert kept.stop(5)
    return outcome.kind, [call.method for call in slack.calls], metrics


def seen(slack: Playground) -> list[tuple[str, str | None]]:
    """What people see, and who."""
    return [(message.text, message.ephemeral_to) for message in slack.messages()]


def test_one_answer_one_call(slack: Playground) -> None:
    """What is accepted is not sent again."""
    assert give(slack)[:2] == ("accepted", ["response_url"])
    assert seen(slack) == [("the answer", PERSON)]


def test_a_short_limit_is_waited_for_elsewhere(slack: Playground) -> None:
    """A Retry-After is waited for, but not by whoever answers the press."""
    slack.faults.add("response_url", faults.rate_limited(1))
    start = time.monotonic()
    kind, called, metrics = give(slack)
    assert (kind, called) == ("refused", ["response_url"] * 2)
    assert slack.calls[0].at - start < 0.9 < slack.calls[1].at - slack.calls[0].at
    assert seen(slack) == [("the answer", PERSON)]
    assert 'natobot_slack_errors_total{error="http_429",method="response_url"}' in metrics.text().replace(
        "ratelimited", "http_429"
    )


def test_a_long_limit_goes_another_way(slack: Playground) -> None:
    """Where Slack wants more patience than a person has, the answer goes as an ephemeral message at once."""
    slack.faults.add("response_url", faults.rate_limited(600), times=None)
    assert give(slack)[1] == ["response_url", "chat.postEphemeral"]
    assert seen(slack) == [("the answer", PERSON)]


@pytest.mark.parametrize("age", ["used", "expired"])
def test_a_dead_address_goes_another_way(slack: Playground, age: str) -> None:
    """When the address was used five times or is older than half an hour, the answer goes as an ephemeral message."""
    slack.faults.add("response_url", faults.refused(f"{age}_url"), times=None)
    assert give(slack)[1] == ["response_url", "chat.postEphemeral"]
    assert seen(slack) == [("the answer", PERSON)]


def test_without_a_person_a_dead_address_is_the_end(slack: Playground) -> None:
    """Where nobody is known there is no other way, and nothing is called in vain."""
    slack.faults.add("response_url", faults.refused("expired_url"), times=None)
    assert give(slack, person="")[1] == ["response_url"]


@pytest.mark.parametrize("fault", [faults.reset(accepted=False), faults.server_error(503, accepted=False)])
def test_what_may_not_have_arrived_is_sent_once_more(slack: Playground, fault: faults.Fault) -> None:
    """A private answer in doubt is sent once more; twice in doubt is the end."""
    slack.faults.add("response_url", fault)
    assert give(slack)[:2] == ("uncertain", ["response_url"] * 2)
    assert seen(slack) == [("the answer", PERSON)]
    slack.faults.add("*", fault, times=None)
    assert len(give(slack)[1]) == 4


def test_limits_without_end_come_to_one(slack: Playground) -> None:
    """An address is posted to five times at most, an ephemeral message is tried as often, and then it is over."""
    slack.faults.add("*", faults.rate_limited(0), times=None)
    assert give(slack)[1] == ["response_url"] * replies.POSTS + ["chat.postEphemeral"] * replies.POSTS


def test_a_slack_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was never sent is tried four times each way, with growing pauses, and then given up."""
    monkeypatch.setattr(replies, "BACKOFF", 0.004)
    with Playground() as gone:
        url = gone.state.address(gone.state.new_url("actions", CHANNEL, PERSON))
        client = WebClient(gone.bot_token, base_url=gone.api_url)
    metrics = Metrics()
    kept = Replies(metrics)
    assert kept.give(client, url, PAYLOAD, person=PERSON, channel=CHANNEL).kind == "never_sent"
    deadline = time.monotonic() + 10
    while len(kept):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    text = metrics.text()
    for method in ("response_url", "chat.postEphemeral"):
        assert f'natobot_slack_errors_total{{error="ConnectionRefusedError",method="{method}"}} 4.0' in text
    kept.stop(5)


def test_too_many_are_not_kept(slack: Playground, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Beyond its bound an answer that did not arrive is not tried again, and the log says so."""
    monkeypatch.setattr(replies, "LIMIT", 0)
    slack.faults.add("response_url", faults.reset(accepted=False))
    assert give(slack)[1] == ["response_url"]
    assert "not tried again: too many wait" in caplog.text
