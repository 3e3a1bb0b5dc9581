"""What the local Slack remembers, as frozen records: messages, calls of the app, views, response URLs."""

from dataclasses import dataclass
from typing import Literal

from natobot.playground.cast import Json

# How a message came to be.
Via = Literal["person", "chat.postMessage", "chat.postEphemeral", "ack", "response_url"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it stands now."""

    # Id of the channel.
    channel: str
    # Slack's name for it: unique, and increasing.
    ts: str
    # The first message of its thread, or null outside threads.
    thread_ts: str | None = None
    # Who wrote it; the app's bot user for the app.
    user: str
    # B… where the app wrote it.
    bot_id: str | None = None
    # Text, in Slack's markup.
    text: str = ""
    # Blocks as they were sent.
    blocks: tuple[Json, ...] = ()
    # The only person who sees it, or null if all do.
    ephemeral_to: str | None = None
    # Whether links unfold, where the app said so.
    unfurl_links: bool | None = None
    # Whether media unfold, where the app said so.
    unfurl_media: bool | None = None
    # How it came to be.
    via: Via
    # When it was last changed, or null.
    edited: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request of the app and what it was told."""

    # Such as ``chat.postMessage``, or ``response_url``.
    method: str
    # Its arguments, without the token.
    body: Json
    # What was answered, or would have been if a fault had not come between.
    answer: Json
    # HTTP status, or null where the connection was closed instead.
    status: int | None
    # ``time.monotonic()`` when it came.
    at: float
    # The kind of token it came with.
    token: str | None = None
    # Name of the fault it met.
    fault: str | None = None
    # Seconds until it was answered, the delay of a fault included.
    elapsed: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A modal or Home tab that somebody looks at."""

    # V…
    id: str
    # Changes whenever the view does.
    hash: str
    # Who looks at it.
    user: str
    # The view as the app sent it.
    body: Json
    # First view of its stack.
    root: str
    # The view below it, or null.
    previous: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseUrl:
    """An address for replies to one thing a person did."""

    # Last part of its address.
    id: str
    # ``commands`` or ``actions``.
    kind: str
    # Where replies go.
    channel: str
    # Who sees the private ones.
    user: str
    # The thread replies go to, if any.
    thread_ts: str | None = None
    # The message that ``replace_original`` and ``delete_original`` mean, if any.
    original: str | None = None
    # When it was handed out.
    issued: float
    # How often it was used.
    uses: int = 0
