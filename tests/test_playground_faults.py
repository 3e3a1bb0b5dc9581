"""Faults on demand: what a client sees, and whether the call took effect."""

import http.client
import threading
import time
import urllib.error
from collections.abc import Iterator

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator
from slack_sdk.webhook import WebhookClient

from natobot.playground import faults
from natobot.playground.server import Playground

POST = "chat.postMessage"


@pytest.fixture(scope="module")
def running() -> Iterator[Playground]:
    with Playground() as slack:
        yield slack


@pytest.fixture
def slack(running: Playground) -> Playground:
    running.reset()
    return running


@pytest.fixture
def client(slack: Playground) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])


def texts(slack: Playground) -> list[str]:
    return [message.text for message in slack.messages()]


def test_rate_limited_says_when_to_come_back(slack: Playground, client: WebClient) -> None:
    """429 with Retry-After and no effect; slack-sdk's handler waits and gets through."""
    slack.faults.add(POST, faults.rate_limited(seconds=7))
    with pytest.raises(SlackApiError) as error:
        client.chat_postMessage(channel="#general", text="a")
    assert (
        error.value.response.status_code,
        error.value.response.headers["Retry-After"],
        error.value.response["error"],
        texts(slack),
    ) == (429, "7", "ratelimited", [])
    slack.faults.add(POST, faults.rate_limited(seconds=0))
    client.retry_handlers = [RateLimitErrorRetryHandler()]
    client.chat_postMessage(channel="#general", text="b")
    assert texts(slack) == ["b"]
    assert [(c.status, c.fault) for c in slack.calls] == [(429, "rate_limited"), (429, "rate_limited"), (200, None)]


@pytest.mark.parametrize("accepted", [True, False])
def test_a_server_error_may_have_taken_effect(slack: Playground, client: WebClient, accepted: bool) -> None:
    """A 5xx looks the same whether or not the message was posted."""
    slack.faults.add(POST, faults.server_error(503, accepted=accepted))
    with pytest.raises(SlackApiError) as error:
        client.chat_postMessage(channel="#general", text="a")
    assert (503, ["a"] if accepted else []) == (error.value.response.status_code, texts(slack))


@pytest.mark.parametrize("accepted", [True, False])
def test_a_reset_gives_no_answer(slack: Playground, client: WebClient, accepted: bool) -> None:
    """The connection is closed without a response, after or before the message was posted."""
    slack.faults.add(POST, faults.reset(accepted=accepted))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError, urllib.error.URLError)):
        client.chat_postMessage(channel="#general", text="a")
    assert (["a"] if accepted else []) == texts(slack)
    assert [(call.status, call.fault) for call in slack.calls] == [(None, "reset")]


def test_the_default_handler_posts_twice_after_a_reset(slack: Playground) -> None:
    """Why posting clients must not carry slack-sdk's default: accepted and cut off is sent again."""
    slack.faults.add(POST, faults.reset())
    client = WebClient(token=slack.bot_token, base_url=slack.api_url)
    assert [ConnectionErrorRetryHandler] == [type(handler) for handler in client.retry_handlers]
    client.retry_handlers[0].interval_calculator = FixedValueRetryIntervalCalculator(0.01)
    client.chat_postMessage(channel="#general", text="a")
    assert texts(slack) == ["a", "a"]


def test_a_slow_answer_has_taken_effect(slack: Playground) -> None:
    """The message is there while the client still waits, and stays though the client gives up."""
    slack.faults.add(POST, faults.slow(5))
    client = WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[], timeout=1)
    client.timeout = 0.1  # type: ignore[assignment]
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        client.chat_postMessage(channel="#general", text="a")
    assert time.monotonic() - start < 2
    assert texts(slack) == ["a"]


def test_a_slow_answer_does_not_hold_up_the_end() -> None:
    """close() lets go of answers that are still waiting."""
    errors: list[str] = []
    with Playground() as slack:
        slack.faults.add(POST, faults.slow(60))
        client = WebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])

        def post() -> None:
            errors.append(str(client.chat_postMessage(channel="#general", text="a").get("error")))

        thread = threading.Thread(target=post)
        thread.start()
        slack.wait_for_calls(POST)
        start = time.monotonic()
    assert time.monotonic() - start < 2
    thread.join(5)
    assert errors == ["None"]


def test_slacks_own_refusals(slack: Playground, client: WebClient) -> None:
    """Any error word can be asked for, for the calls that a predicate picks."""
    slack.faults.add(POST, faults.refused("restricted_action"), times=2, when=lambda body: body["channel"] == "#newsroom")
    client.chat_postMessage(channel="#general", text="a")
    for _ in range(2):
        with pytest.raises(SlackApiError, match="restricted_action"):
            client.chat_postMessage(channel="#newsroom", text="b")
    client.chat_postMessage(channel="#newsroom", text="c")
    assert texts(slack) == ["a", "c"]


def test_the_queue_is_served_in_order(slack: Playground, client: WebClient) -> None:
    """Faults for one method, for all, and without end are met in the order they were asked for, until cleared."""
    slack.faults.add("auth.test", faults.refused("first"))
    slack.faults.add(faults.ANY, faults.refused("second"), times=None)
    slack.faults.add("auth.test", faults.refused("never"))
    errors = []
    for call in (client.auth_test, client.auth_test, client.api_test):
        with pytest.raises(SlackApiError) as error:
            call()
        errors.append(error.value.response["error"])
    assert errors == ["first", "second", "second"]
    slack.faults.clear()
    assert client.auth_test()["ok"]


def test_response_urls_meet_faults_too(slack: Playground) -> None:
    """The name response_url stands for all of them."""
    url = slack.state.address(slack.state.new_url("commands", "C0GENERAL", "U0EDITOR1"))
    slack.faults.add("response_url", faults.server_error(500))
    assert [WebhookClient(url).send(text=text).status_code for text in ("a", "b")] == [500, 200]
    assert texts(slack) == ["b"]
