"""One post to Slack and how it ended: accepted, refused, never sent, or uncertain. Nothing is repeated here."""

import errno
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Literal, Protocol
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RateLimitErrorRetryHandler, RetryState

from natobot.slack import logs
from natobot.state import Workspace

# Seconds: a slow answer within this is still an answer; beyond it nobody knows.
TIMEOUT = 10
# A worker sleeps through a shorter Retry-After; a longer one goes back to the table.
SHORT_WAIT = 2
# Refusals that pass. All others would be the same the next time.
_PASSING = {"ratelimited", "rate_limited", "service_unavailable", "request_timeout", "team_added_to_org", "accesslimited"}
# Slack on these two: "it's possible some aspect of the operation succeeded before the error was raised".
_UNCERTAIN = {"internal_error", "fatal_error"}
# The token is no good, or not any more.
STALE = {"token_expired", "token_revoked", "invalid_auth", "account_inactive"}
_NO_ROUTE = {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}
_WORD = re.compile(r"[a-z0-9_]{1,80}")

# All that a call to Slack can raise.
FAILURES = (SlackApiError, SlackRequestError, OSError, HTTPException, ValueError)

# What to do about the refusals that a person can mend.
REMEDIES = {
    "not_in_channel": "Invite the app to the channel.",
    "channel_not_found": "Check the channel's id, and invite the app if the channel is private.",
    "is_archived": "The channel is archived: name another.",
    "token_revoked": "Install the app again and set the new SLACK_BOT_TOKEN.",
    "token_expired": "Install the app again and set the new SLACK_BOT_TOKEN.",
    "invalid_auth": "Set SLACK_BOT_TOKEN to the token of the app as it is installed now.",
    "account_inactive": "Install the app again: its bot user was removed.",
    "missing_scope": "Add the scope chat:write to the app and install it again.",
    "restricted_action": "An administrator does not let the app post there.",
}


class Client(Protocol):
    """What is needed of slack_sdk's ``WebClient``."""

    # The address of the Web API.
    base_url: str

    def auth_test(self, *args: Any, **kwargs: Any) -> Any:
        """Say whose token this is."""

    def chat_postMessage(self, *args: Any, **kwargs: Any) -> Any:  # noqa: N802
        """Post a message."""

    def chat_postEphemeral(self, *args: Any, **kwargs: Any) -> Any:  # noqa: N802
        """Post a message that one person sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one post ended."""

    # ``accepted``; ``refused`` or ``never_sent``: nothing was posted; ``uncertain``: it may have been.
    kind: Literal["accepted", "refused", "never_sent", "uncertain"]
    # ``ts`` of the accepted message.
    ts: str | None = None
    # Slack's word for the refusal, or the kind of failure; never a text.
    error: str | None = None
    # Whether trying again is pointless.
    final: bool = False
    # Seconds that Slack asked us to wait.
    retry_after: float | None = None

    @property
    def remedy(self) -> str:
        """What a person can do about a refusal, or ""."""
        return REMEDIES.get(self.error or "", "")


class BriefRateLimit(RateLimitErrorRetryHandler):
    """Sits out a short Retry-After in place; leaves a long or a malformed one to the caller."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or response.status_code != 429:
            return False
        seconds = retry_after(response.headers)
        return seconds is not None and seconds <= SHORT_WAIT


# The client that posts for a workspace, or None where the app is not installed (any more).
Clients = Callable[[Workspace], Client | None]


def posting_client(client: WebClient, *, sits_out: bool = True) -> WebClient:
    """A client that never repeats a post by itself, save (``sits_out``) for one that Slack refused for its rate."""
    return WebClient(token=client.token, **settings_of(client, sits_out=sits_out))


def settings_of(client: WebClient, *, sits_out: bool = True) -> dict[str, Any]:
    """What a client of ours has in common with one that talks to the same Slack; all but the token."""
    return {
        "base_url": client.base_url,
        "timeout": TIMEOUT,
        "ssl": client.ssl,
        "proxy": client.proxy,
        "headers": client.headers,
        "retry_handlers": [BriefRateLimit()] if sits_out else [],
        # Its errors may repeat what was sent; the outcome is logged by us.
        "logger": logs.quiet("posting", logs.SILENT),
    }


def post(client: Client, *, channel: str, text: str, blocks: list[dict[str, Any]], thread_ts: str = "") -> Outcome:
    """Send one message, with nothing unfurled below it, and say how it ended."""
    message = {"channel": channel, "text": text, **_shown(blocks, thread_ts)}
    try:
        response = client.chat_postMessage(**message, unfurl_links=False, unfurl_media=False)
    except FAILURES as error:
        return outcome_of(error)
    return Outcome(kind="accepted", ts=str(response.get("ts") or ""))


def whisper(
    client: Client, *, channel: str, person: str, text: str, blocks: list[dict[str, Any]], thread_ts: str = ""
) -> Outcome:
    """Send one message that only this person sees, and say how it ended."""
    try:
        client.chat_postEphemeral(channel=channel, user=person, text=text, **_shown(blocks, thread_ts))
    except FAILURES as error:
        return outcome_of(error)
    return Outcome(kind="accepted")


def _shown(blocks: list[dict[str, Any]], thread_ts: str) -> dict[str, Any]:
    return ({"blocks": blocks} if blocks else {}) | ({"thread_ts": thread_ts} if thread_ts else {})


def outcome_of(error: Exception) -> Outcome:
    """What an exception of slack_sdk says about the post behind it; when in doubt, doubt."""
    if isinstance(error, SlackApiError):
        return _answered(error)
    if isinstance(error, SlackRequestError):
        return Outcome(kind="never_sent", error="bad_request", final=True)
    cause = error.reason if isinstance(error, URLError) else error
    # Only while connecting: a reset or a timeout may come after the request went out.
    unreached = isinstance(cause, socket.gaierror | ssl.SSLCertVerificationError) or (
        isinstance(cause, OSError) and cause.errno in _NO_ROUTE
    )
    return Outcome(kind="never_sent" if unreached else "uncertain", error=type(cause).__name__)


def _answered(error: SlackApiError) -> Outcome:
    """Slack (or something on the way to it) answered, but not with ``ok: true``."""
    status = error.response.status_code
    data = error.response.data
    said = data.get("error") if isinstance(data, dict) else None
    # slack_sdk puts a body that is not JSON in the place of the error: that one is never repeated in a record.
    word = said if isinstance(said, str) and _WORD.fullmatch(said) else f"http_{status}"
    if status == 429 or word in _PASSING:
        return Outcome(kind="refused", error=word, retry_after=retry_after(error.response.headers))
    if status >= 500 or word in _UNCERTAIN or (status < 300 and word != said):
        return Outcome(kind="uncertain", error=word)
    return Outcome(kind="refused", error=word, final=True)


def retry_after(headers: Any) -> float | None:
    """The seconds of a ``Retry-After`` header, or None if there is none that can be read."""
    for name, value in dict(headers).items():
        if name.lower() == "retry-after":
            first = value[0] if isinstance(value, list) else value
            return float(first) if str(first).isascii() and str(first).isdecimal() else None
    return None
