"""Sending to the app over HTTP: a packet goes in as a signed request, a ``Delivery`` says how the app took it."""

import hashlib
import hmac
import http.client
import json
import socket
import time
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode, urlsplit

from natobot.errors import InputError
from natobot.playground.cast import Json
from natobot.playground.records import Message

# How long the app may take to acknowledge.
ACK_SECONDS = 3.0
# The path Bolt's own adapters use.
DEFAULT_PATH = "/slack/events"

Transport = Literal["http", "socket"]
# Socket Mode's names for what can be sent; ``url_verification`` exists over HTTP only.
PacketKind = Literal["slash_commands", "events_api", "interactive", "url_verification"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One thing to send to the app."""

    # Which kind, in Socket Mode's words.
    kind: PacketKind
    # What it says.
    payload: Json
    # Which repetition it is, or null the first time.
    retry_num: int | None = None
    # Why it is repeated.
    retry_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How the app took a packet."""

    # What was sent.
    packet: Packet
    # The way it went.
    transport: Transport
    # HTTP status; 200 for an acknowledgement by socket; null if none came in time.
    status: int | None
    # Body of the acknowledgement.
    body: str
    # Seconds until it came, or until Slack gave up.
    elapsed: float
    # Whether it came within three seconds.
    timely: bool
    # Null if all went well, else why not: ``http_timeout``, ``http_error``, ``connection_failed``, or the error that
    # Slack has for what the acknowledgement said, such as ``invalid_blocks``.
    error: str | None = None
    # Where the error is, as Slack points to it.
    messages: tuple[str, ...] = ()
    # The message that the acknowledgement made, if it made one.
    posted: Message | None = None
    # Whether the body is JSON.
    is_json: bool = False
    # Whether the app asked not to be told again (``X-Slack-No-Retry``).
    no_retry: bool = False
    # Headers of the request, for whoever wants to look.
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    # ``time.monotonic()`` when it was sent.
    at: float = 0.0

    @property
    def payload(self) -> Json:
        """The body as Slack reads it: the JSON object, or plain text as ``{"text": …}``."""
        if not self.is_json:
            return {"text": self.body} if self.body else {}
        try:
            value = json.loads(self.body or "{}")
        except json.JSONDecodeError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An event that went to the app."""

    # Ev…, for ``redeliver``.
    event_id: str
    # Of the message behind the event, or of the event itself.
    ts: str
    # How the app took it.
    delivery: Delivery


def sign(secret: str, timestamp: int | str, body: str) -> str:
    """Slack's signature of a request (``v0``): HMAC-SHA256 over version, time and body."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()


def encode(packet: Packet, secret: str) -> tuple[str, dict[str, str]]:
    """The body and the headers of a request, signed now."""
    kind = "application/x-www-form-urlencoded"
    if packet.kind == "slash_commands":
        body = urlencode(packet.payload)
    elif packet.kind == "interactive":
        body = urlencode({"payload": json.dumps(packet.payload)})
    else:
        kind, body = "application/json", json.dumps(packet.payload)
    timestamp = int(time.time())
    headers = {
        "Content-Type": kind,
        "User-Agent": "Slackbot 1.0 (local)",
        "X-Slack-Request-Timestamp": str(timestamp),
        "X-Slack-Signature": sign(secret, timestamp, body),
    }
    if packet.retry_num is not None:
        headers |= {"X-Slack-Retry-Num": str(packet.retry_num), "X-Slack-Retry-Reason": packet.retry_reason or ""}
    return body, headers


def send(url: str | None, secret: str, packet: Packet, seconds: float = ACK_SECONDS) -> Delivery:
    """Send a packet to the app and wait for its acknowledgement, but no longer than ``seconds``.

    Raises:
        InputError: ``url`` is not an address.
    """
    body, headers = encode(packet, secret)
    host, port, path = _address(url)
    start = time.monotonic()
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    status: int | None = None
    text, is_json, no_retry, error = "", False, False, None
    try:
        connection.request("POST", path, body.encode(), headers)
        sock = connection.sock
        _until(sock, start + seconds)
        response = connection.getresponse()
        answer = bytearray()
        while chunk := response.read1(65_536):
            answer += chunk
            _until(sock, start + seconds)
        status, text = response.status, answer.decode("utf-8", "replace")
        is_json = response.headers.get_content_type() == "application/json"
        no_retry = response.headers.get("X-Slack-No-Retry") == "1"
        error = None if 200 <= status < 300 else "http_error"
    except TimeoutError:
        error = "http_timeout"
    except (OSError, http.client.HTTPException):
        error = "connection_failed"
    finally:
        connection.close()
    return Delivery(
        packet=packet,
        transport="http",
        status=status,
        body=text,
        elapsed=time.monotonic() - start,
        timely=status is not None,
        error=error,
        is_json=is_json,
        no_retry=no_retry,
        headers=headers,
        at=start,
    )


def _until(sock: socket.socket, deadline: float) -> None:
    """Let no further read wait beyond the deadline; a socket's own time-out starts anew with every read."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    if sock.fileno() >= 0:  # from Python 3.13 on the answer's end closes it
        sock.settimeout(left)


def _address(url: str | None) -> tuple[str, int, str]:
    parts = urlsplit(url or "")
    if parts.scheme != "http" or not parts.hostname:
        raise InputError(f"app_url: {url!r} is not where an app listens. Set it to such as 'http://127.0.0.1:3000'.")
    path = parts.path if parts.path not in ("", "/") else DEFAULT_PATH
    return parts.hostname, parts.port or 80, f"{path}?{parts.query}" if parts.query else path


def of_socket(packet: Packet, answer: Json | str, elapsed: float) -> Delivery:
    """How the app took a packet by socket: ``answer`` is what its acknowledgement held, or the name of an error."""
    failed = isinstance(answer, str)
    return Delivery(
        packet=packet,
        transport="socket",
        status=None if failed else 200,
        body=json.dumps(answer) if answer and not failed else "",
        elapsed=elapsed,
        timely=not failed,
        error=answer if isinstance(answer, str) else None,
        is_json=True,
        at=time.monotonic() - elapsed,
    )
