"""What the workspaces share: the app's credentials, tokens and installations, the clock, and which workspace a token means."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from natobot.playground import cast
from natobot.playground.cast import Enterprise, Json, Team, Token

if TYPE_CHECKING:
    from natobot.playground.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The app in a workspace, or in a whole organisation."""

    # The newest bot token.
    token: str = field(repr=False)
    # What was granted, in the order it was asked for.
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What an app asks a person to allow."""

    # What it wants to be granted.
    scopes: tuple[str, ...]
    # What it wants to be told again.
    state: str
    # Where the person goes back to.
    back: str
    # The redirect address as the app gave it, or null if it gave none.
    redirect_uri: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a person who allowed it brings back, for the app to exchange."""

    # What was allowed.
    ask: Ask
    # Id of the workspace or the enterprise.
    place: str
    # Who allowed it.
    user: str
    # When.
    issued: float
    # Whether it was exchanged.
    used: bool = False


class Changed(threading.Condition):
    """A condition that counts its changes, and tells those who cannot wait in a thread of their own."""

    def __init__(self) -> None:
        super().__init__()
        # How often something has changed.
        self.count = 0
        # Called at every change, with the lock held; they must be quick.
        self.watchers: set[Callable[[], object]] = set()

    def notify_all(self) -> None:
        """Count the change and wake whoever waits for it."""
        self.count += 1
        super().notify_all()
        for watcher in tuple(self.watchers):
            watcher()


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Hub:
    """All of it. Safe to use from any thread."""

    # The app's name and secret in OAuth.
    client_id: str
    client_secret: str
    # How long bot tokens last, in seconds, or null for ever.
    rotation: float | None = None
    # Where people go back to, if the app does not say.
    redirect: Callable[[], str] = field(default=lambda: "")
    # Where the server listens; set when it starts.
    url: str = ""
    # Opens a Socket Mode connection's address; set when it starts.
    open_socket: Callable[[], str] = field(default=lambda: "")
    # Told of the workspace or enterprise that revoked the app's token by a call, and whether the app is gone from it.
    gone: Callable[[str, bool], None] = field(default=lambda place, uninstalled: None)
    # Guards everything, in the workspaces too; notified at every change.
    changed: Changed = field(default_factory=Changed)
    # The workspaces by id, the first one first.
    states: dict[str, "State"] = field(default_factory=dict)
    # By id.
    enterprises: dict[str, Enterprise] = field(default_factory=dict)
    # By value.
    tokens: dict[str, Token] = field(default_factory=dict)
    # By the id of the workspace or the enterprise.
    installed: dict[str, Installation] = field(default_factory=dict)
    # Handed to people who allowed it.
    codes: dict[str, Code] = field(default_factory=dict)
    # Refresh tokens not yet spent, and the workspace or enterprise each is for.
    refresh: dict[str, str] = field(default_factory=dict)
    # Seconds the workspaces' clock is ahead of the computer's.
    ahead: float = 0.0

    def now(self) -> float:
        """The workspaces' time, in seconds since 1970."""
        return time.time() + self.ahead

    @property
    def first(self) -> "State":
        """The first workspace; what belongs to none is looked up in it."""
        return next(iter(self.states.values()))

    def within(self, place: str) -> "list[State]":
        """The workspaces of an enterprise, or the one of this id."""
        return [state for state in self.states.values() if place in (state.team.id, state.team.enterprise)]

    def state_of(self, token: Token | None, args: Json) -> "State":
        """The workspace that a call is about: the token's own; in an organisation the one that its arguments name."""
        with self.changed:
            found = self.within(token.place) if token else []
            named = [state for state in found if state.knows(args)]
            return (named or found or [self.first])[0]

    def installation(self, team: Team) -> Installation | None:
        """The app in a workspace, be it by the whole organisation."""
        with self.changed:
            return self.installed.get(place(team))

    def install(self, where: str, scopes: tuple[str, ...], given: str | None = None) -> tuple[str, str | None]:
        """Make a new bot token, or take the given one, and one to refresh it where tokens end: both come back."""
        with self.changed:
            ends = None if self.rotation is None or given else self.now() + self.rotation
            value = given or (cast.bot_token() if ends is None else cast.short_token())
            self.keep(Token(value=value, kind="bot", scopes=frozenset(scopes), place=where, expires=ends))
            self.installed[where] = Installation(token=value, scopes=scopes)
            self._mark(where, True)
            if ends is None:
                return value, None
            again = cast.refresh_token()
            self.refresh[again] = where
            return value, again

    def keep(self, token: Token) -> None:
        """Let a token be known."""
        with self.changed:
            self.tokens[token.value] = token

    def remove(self, where: str, error: str) -> None:
        """Take the app out of a workspace or enterprise: its tokens answer ``error`` from now on."""
        with self.changed:
            self.installed.pop(where, None)
            self._mark(where, False)
            for token in [token for token in self.tokens.values() if token.place == where and not token.error]:
                self.tokens[token.value] = replace(token, error=error)
            self.refresh = {again: of for again, of in self.refresh.items() if of != where}
            self.codes = {name: code for name, code in self.codes.items() if code.place != where}
            self.changed.notify_all()

    def _mark(self, where: str, there: bool) -> None:
        if where in self.enterprises:
            for state in self.within(where):
                state.team = replace(state.team, org=there)


def place(team: Team) -> str:
    """Where the app of a workspace is installed: in itself, or in its whole organisation."""
    return team.enterprise if team.org and team.enterprise else team.id
