"""One post to a ``response_url`` and how it ended, as ``post`` says it. Only Slack's hosts, or our Slack's, are called."""

import json
import re
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from slack_sdk.webhook import WebhookClient

from natobot.slack import logs
from natobot.slack.post import FAILURES, TIMEOUT, Client, Outcome, outcome_of, retry_after

_SLACK = ("slack.com", "slack-gov.com")


def respond(client: Client, url: str, payload: dict[str, Any]) -> Outcome:
    """Post to a ``response_url``; nothing is repeated, and nothing unfurls."""
    if not is_slacks(url, client.base_url):
        return Outcome(kind="never_sent", error="foreign_url", final=True)
    webhook = WebhookClient(url, timeout=TIMEOUT, retry_handlers=[], logger=logs.quiet("responding", logs.SILENT))
    try:
        response = webhook.send_dict({**payload, "unfurl_links": False, "unfurl_media": False})
    except FAILURES as error:
        return outcome_of(error)
    status, word = response.status_code, _error(response.body)
    if status >= 500:
        return Outcome(kind="uncertain", error=f"http_{status}")
    if status == 200 and not word:
        return Outcome(kind="accepted")
    limited = status == 429
    seconds = retry_after(response.headers) if limited else None
    return Outcome(kind="refused", error=word or f"http_{status}", final=not limited, retry_after=seconds)


def _error(body: str) -> str:
    """Slack's word for a refusal; "" for "ok" and whatever else is no refusal."""
    with suppress(ValueError, RecursionError):
        said = json.loads(body)
        if isinstance(said, dict) and said.get("ok") is False:
            error = str(said.get("error"))
            return error if re.fullmatch(r"[a-z0-9_]{1,80}", error) else "refused"
    return ""


def is_slacks(url: str, api: str) -> bool:
    """Whether an address is one of Slack's by HTTPS, or has the scheme, host and port of the Web API in use."""
    try:
        given, ours = urlsplit(url), urlsplit(api)
        place = (given.scheme, given.hostname, given.port)
        if given.username or given.password or not given.hostname:
            return False
        if place == (ours.scheme, ours.hostname, ours.port):
            return True
    except ValueError:
        return False
    slacks = any(given.hostname == host or given.hostname.endswith(f".{host}") for host in _SLACK)
    return given.scheme == "https" and slacks and given.port in (None, 443)
