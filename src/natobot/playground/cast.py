"""The made-up workspace: records of its people, channels and tokens, with ids as Slack gives them."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
# Who can see a channel; ``im`` is a direct message.
ChannelKind = Literal["public", "private", "im"]

# Id of the first workspace.
FIRST = "T0LOCAL01"
# What natobot asks for. A method that needs more answers ``missing_scope``, as Slack does.
SCOPES = frozenset({"app_mentions:read", "chat:write", "commands", "im:history", "assistant:write", "users:read"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Enterprise:
    """An organisation of several workspaces, where the app is the same bot user in all of them."""

    # E…
    id: str
    # Name shown to people.
    name: str
    # U… of the app's bot user.
    bot_user: str
    # B…
    bot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A workspace, and who the app is in it."""

    # T…
    id: str = FIRST
    # Name shown to people.
    name: str = "Local Slack"
    # First part of the workspace's address.
    domain: str = "local"
    # E…, or null outside Enterprise Grid.
    enterprise: str | None = None
    # Name of the enterprise.
    enterprise_name: str | None = None
    # Whether the app is there because the whole organisation has it.
    org: bool = False
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
    # Id of the workspace or the enterprise it is for; empty for the app's own.
    place: str = ""
    # When it ends, on the workspaces' clock, or null for never.
    expires: float | None = None
    # What Slack answers instead, once it is no longer good: ``token_revoked``, ``account_inactive``.
    error: str | None = None


def people(team: Team) -> tuple[User, ...]:
    """The people of the default cast, and the app's bot user; only the first workspace has ids that can be known."""
    first = team.id == FIRST
    return (
        User(id="U0EDITOR1" if first else some_id("U"), name="editor", real_name="The editor"),
        User(id="U0REPORT1" if first else some_id("U"), name="reporter", real_name="The reporter", tz="America/New_York"),
        User(id=team.bot_user, name="natobot", real_name="natobot", is_bot=True),
    )


def channels(team: Team) -> tuple[Channel, ...]:
    """The channels of the default cast; direct messages open by themselves."""
    first = team.id == FIRST
    return (
        Channel(id="C0GENERAL" if first else some_id("C"), name="general"),
        Channel(id="C0NEWSROOM" if first else some_id("C"), name="newsroom"),
    )


def enterprise(name: str) -> Enterprise:
    """An organisation with ids of its own."""
    return Enterprise(id=some_id("E"), name=name, bot_user=some_id("U"), bot=some_id("B"))


def team(name: str, group: Enterprise | None) -> Team:
    """A workspace with ids of its own."""
    return Team(
        id=some_id("T"),
        name=name,
        domain=re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "other",
        enterprise=group.id if group else None,
        enterprise_name=group.name if group else None,
        bot_user=group.bot_user if group else some_id("U"),
        bot=group.bot if group else some_id("B"),
    )


def bot_token() -> str:
    """A bot token nobody can guess, of the usual form."""
    return f"xoxb-{secrets.randbelow(10**12):012d}-{secrets.randbelow(10**12):012d}-{secrets.token_hex(12)}"


def short_token() -> str:
    """A bot token that ends, of the form it has with token rotation."""
    return f"xoxe.xoxb-1-{secrets.token_hex(48)}"


def refresh_token() -> str:
    """What a token that ends is exchanged with for the next."""
    return f"xoxe-1-{secrets.token_hex(48)}"


def client_id() -> str:
    """The public name of the app in OAuth, of the usual form."""
    return f"{secrets.randbelow(10**12):012d}.{secrets.randbelow(10**12):012d}"


def app_token(team: Team) -> str:
    """An app-level token nobody can guess, of the usual form."""
    return f"xapp-1-{team.app}-{secrets.randbelow(10**12):012d}-{secrets.token_hex(32)}"


def app_secret() -> str:
    """A signing secret, or a client secret, nobody can guess."""
    return secrets.token_hex(16)


def some_id(prefix: str) -> str:
    """An id as Slack gives it, such as ``C4F0A9B2C1``."""
    return prefix + secrets.token_hex(5).upper()
