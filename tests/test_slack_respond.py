"""Posts to a response_url: only Slack's own addresses are called, nothing is repeated, and every end has its name."""

import pytest
from slack_sdk import WebClient

from natobot.playground import faults
from natobot.playground.server import Playground
from natobot.slack.respond import is_slacks, respond

API = "https://slack.com/api/"


@pytest.mark.parametrize(
    ("url", "api", "may"),
    [
        ("https://hooks.slack.com/actions/T1/2/3", API, True),
        ("https://hooks.slack-gov.com/actions/T1/2/3", API, True),
        ("http://hooks.slack.com/actions/T1/2/3", API, False),
        ("https://hooks.slack.com:8443/actions", API, False),
        ("https://hooks.slack.com.evil.example/", API, False),
        ("https://evilslack.com/", API, False),
        ("https://user@hooks.slack.com/", API, False),
        ("https://hooks.slack.com@evil.example/", API, False),
        ("http://169.254.169.254/latest/meta-data", API, False),
        ("file:///etc/passwd", API, False),
        ("https://[broken", API, False),
        ("", API, False),
        ("http://127.0.0.1:54321/actions/1", "http://127.0.0.1:54321/api/", True),
        ("http://127.0.0.1:54322/actions/1", "http://127.0.0.1:54321/api/", False),
        ("http://localhost:54321/actions/1", "http://127.0.0.1:54321/api/", False),
    ],
)
def test_whose_address_it_is(url: str, api: str, may: bool) -> None:
    """Slack's hosts by HTTPS, and the very place of the Web API in use, are called; nothing else is."""
    assert is_slacks(url, api) == may


def test_every_end_has_its_name() -> None:
    """Accepted, refused, uncertain and never sent are told apart, and no post is repeated."""
    with Playground() as slack:
        client = WebClient(slack.bot_token, base_url=slack.api_url)
        url = slack.state.address(slack.state.new_url("actions", "C0GENERAL", "U0EDITOR1"))
        payload = {"text": "hello", "response_type": "in_channel", "replace_original": False}
        assert respond(client, url, payload).kind == "accepted"
        slack.faults.add("response_url", faults.reset(accepted=True))
        slack.faults.add("response_url", faults.server_error(500, accepted=False))
        assert [respond(client, url, payload).kind for _ in range(2)] == ["uncertain", "uncertain"]
        for _ in range(5):
            outcome = respond(client, url, payload)
        assert (outcome.kind, outcome.error) == ("refused", "used_url")
        elsewhere = respond(client, "https://evil.example/", payload)
        assert (elsewhere.kind, elsewhere.error, elsewhere.final) == ("never_sent", "foreign_url", True)
        assert next((m.unfurl_links, m.unfurl_media) for m in slack.messages()) == (False, False)
        assert len(slack.calls) == 8
