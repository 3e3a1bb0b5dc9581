"""How a post ends: accepted, refused, never sent or uncertain; and that nothing is repeated behind our back."""

import http.client
import logging
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest.mock import patch
from urllib.error import URLError

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse

from natobot.playground import faults
from natobot.playground.server import Playground
from natobot.slack.post import Outcome, outcome_of, post, posting_client

# What slack_sdk makes of a body that is not JSON.
PAGE = {"ok": False, "error": "Received a response in a non-JSON format: sekretwort"}
LIMIT = {"ok": False, "error": "ratelimited"}


def answer(status: int, data: Any, headers: dict[str, str] | None = None) -> SlackApiError:
    """What slack_sdk raises for an answer that is not ``ok: true``."""
    response = SlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data=data, headers=headers or {}, status_code=status
    )
    return SlackApiError("sekretwort", response)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (answer(200, {"ok": False, "error": "not_in_channel"}), Outcome(kind="refused", error="not_in_channel", final=True)),
        (answer(200, {"ok": False, "error": "token_revoked"}), Outcome(kind="refused", error="token_revoked", final=True)),
        (answer(200, {"ok": False, "error": "rate_limited"}), Outcome(kind="refused", error="rate_limited")),
        (answer(503, {"ok": False, "error": "service_unavailable"}), Outcome(kind="refused", error="service_unavailable")),
        (answer(429, LIMIT, {"Retry-After": "7"}), Outcome(kind="refused", error="ratelimited", retry_after=7)),
        (answer(429, "", {"retry-after": "soon"}), Outcome(kind="refused", error="http_429")),
        (answer(200, {"ok": False, "error": "fatal_error"}), Outcome(kind="uncertain", error="fatal_error")),
        (answer(500, {"ok": False, "error": "internal_error"}), Outcome(kind="uncertain", error="internal_error")),
        (answer(502, PAGE), Outcome(kind="uncertain", error="http_502")),
        (answer(200, PAGE), Outcome(kind="uncertain", error="http_200")),
        (answer(200, None), Outcome(kind="uncertain", error="http_200")),
        (answer(404, PAGE), Outcome(kind="refused", error="http_404", final=True)),
        (URLError(ConnectionRefusedError(111, "refused")), Outcome(kind="never_sent", error="ConnectionRefusedError")),
        (URLError(socket.gaierror(-2, "unknown")), Outcome(kind="never_sent", error="gaierror")),
        (URLError(ssl.SSLCertVerificationError("expired")), Outcome(kind="never_sent", error="SSLCertVerificationError")),
        (URLError(TimeoutError("timed out")), Outcome(kind="uncertain", error="TimeoutError")),
        (URLError(ConnectionResetError(104, "reset")), Outcome(kind="uncertain", error="ConnectionResetError")),
        (http.client.RemoteDisconnected("closed"), Outcome(kind="uncertain", error="RemoteDisconnected")),
        (http.client.IncompleteRead(b"{"), Outcome(kind="uncertain", error="IncompleteRead")),
        (TimeoutError("read"), Outcome(kind="uncertain", error="TimeoutError")),
        (SlackRequestError("Invalid URL"), Outcome(kind="never_sent", error="bad_request", final=True)),
    ],
)  # fmt: skip
def test_what_errors_mean(error: Exception, outcome: Outcome) -> None:
    """Each way a call can fail has one meaning; when the request may have got through, it is uncertain."""
    assert outcome_of(error) == outcome
    assert "sekretwort" not in repr(outcome_of(error))


def send(slack: Playground) -> Outcome:
    """One post through the client that natobot uses."""
    client = posting_client(WebClient(slack.bot_token, base_url=slack.api_url))
    return post(client, channel="C0GENERAL", text="hello https://example.org", blocks=[])


def test_posts_over_the_wire() -> None:
    """Real answers, refusals, resets and errors of the local Slack mean what they should, after exactly one call each."""
    with Playground() as slack:
        calls = []
        for fault, kind in (
            (None, "accepted"),
            (faults.refused("is_archived"), "refused"),
            (faults.reset(), "uncertain"),
            (faults.server_error(502), "uncertain"),
            (faults.rate_limited(30), "refused"),
        ):
            if fault:
                slack.faults.add("chat.postMessage", fault)
            assert send(slack).kind == kind
            calls.append(len(slack.calls))
        assert calls == [1, 2, 3, 4, 5]
        # Accepted, and accepted before the reset.
        assert [(m.text, m.unfurl_links, m.unfurl_media) for m in slack.messages()] == [
            ("hello https://example.org", False, False)
        ] * 2
    assert send(slack) == Outcome(kind="never_sent", error="ConnectionRefusedError")


def test_a_short_limit_is_sat_out() -> None:
    """A Retry-After of a second is obeyed in place; the post then arrives once."""
    with Playground() as slack, patch("slack_sdk.http_retry.builtin_handlers.time.sleep") as sleep:
        slack.faults.add("chat.postMessage", faults.rate_limited(1))
        outcome = send(slack)
        assert outcome == Outcome(kind="accepted", ts=slack.messages()[0].ts)
        assert len(slack.messages()) == 1
    [[seconds], _] = sleep.call_args
    assert 1 <= seconds <= 2


class Page(BaseHTTPRequestHandler):
    """Something between us and Slack that answers with a page of its own, which repeats the request."""

    def do_POST(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>" + body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def test_a_page_instead_of_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    """A page that repeats what was sent makes the post uncertain, and neither log nor record repeats it too."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server, caplog.at_level(logging.DEBUG):
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        client = posting_client(WebClient("xoxb-1", base_url=f"http://127.0.0.1:{server.server_port}/api/"))
        outcome = post(client, channel="C0GENERAL", text="sekretwort", blocks=[])
        server.shutdown()
    assert outcome == Outcome(kind="uncertain", error="http_200")
    assert "sekretwort" not in caplog.text
