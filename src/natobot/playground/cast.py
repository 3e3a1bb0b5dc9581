"""The made-up workspace: records of its people, channels and tokens, with ids as Slack gives them."""

import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
# Who can see a channel; ``im`` is a direct message.
ChannelKind = Literal["public", "private", "im"]

# What natobot asks for. A method that needs more answers ``missing_scope``, as Slack does.
SCOPES = frozenset({"app_mentions:read", "chat:write", "commands", "im:history", "assistant:write", "users:read"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """The workspace and the app installed in it."""

    # T…
    id: str = "T0LOCAL01"
    # Name shown to people.
    name: str = "Local Slack"
    # First part of the workspace's address.
    domain: str = "local"
    # E…, or null outside Enterprise Grid.
    enterprise: str | None = None
    # A…
    app: str = "A0NATOBOT"
    # U… of the app's bot user.
    bot_user: str = "U0NATOBOT"
    # B…
    bot: str = "B0NATOBOT"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person, or the app's bot user."""

    # U…
    id: str
    # The handle.
    name: str
    # The name shown.
    real_name: str
    # IANA time zone.
    tz: str = "Europe/Brussels"
    # Whether it is the app.
    is_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel or a direct message with the app."""

    # C… or D….
    id: str
    # Without ``#``.
    name: str
    # Who can see it.
    kind: ChannelKind = "public"
    # Whether the app is in it.
    member: bool = True
    # Whether it is closed for good.
    archived: bool = False
    # The person of a direct message.
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a token may do."""

    # The secret itself.
    value: str = field(repr=False)
    # ``bot`` is xoxb-…, ``app`` is xapp-….
    kind: Literal["bot", "app"]
    # What was granted.
    scopes: frozenset[str]
    # What Slack answers instead, once it is no longer good: ``token_revoked``, ``account_inactive``.
    error: str | None = None


def people(team: Team) -> tuple[User, ...]:
    """The people of the default cast, and the app's bot user."""
    return (
        User(id="U0EDITOR1", name="editor", real_name="The editor"),
        User(id="U0REPORT1", name="reporter", real_name="The reporter", tz="America/New_York"),
        User(id=team.bot_user, name="natobot", real_name="natobot", is_bot=True),
    )


def channels() -> tuple[Channel, ...]:
    """The channels of the default cast; direct messages open by themselves."""
    return (Channel(id="C0GENERAL", name="general"), Channel(id="C0NEWSROOM", name="newsroom"))


def bot_token() -> str:
    """A bot token nobody can guess, of the usual form."""
    return f"xoxb-{secrets.randbelow(10**12):012d}-{secrets.randbelow(10**12):012d}-{secrets.token_hex(12)}"


def app_token(team: Team) -> str:
    """An app-level token nobody can guess, of the usual form."""
    return f"xapp-1-{team.app}-{secrets.randbelow(10**12):012d}-{secrets.token_hex(32)}"


def signing_secret() -> str:
    """A signing secret nobody can guess."""
    return secrets.token_hex(16)


def some_id(prefix: str) -> str:
    """An id as Slack gives it, such as ``C4F0A9B2C1``."""
    return prefix + secrets.token_hex(5).upper()
