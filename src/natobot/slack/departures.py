"""Hears that the app was uninstalled or its token revoked, and deletes all that is stored of that workspace."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.middleware import Middleware

from natobot.purge import installed_since, purge
from natobot.slack.desk import workspace_of
from natobot.state import State, Workspace

log = logging.getLogger(__name__)

# What Slack calls them.
EVENTS = ("app_uninstalled", "tokens_revoked")
# Seconds until what was under way while a workspace left has come to an end, and is swept too.
SETTLED = 30.0
# Seconds by which our clock may be ahead of Slack's.
_CLOCK = 2.0


class _Gone(NamedTuple):
    """A workspace that left."""

    # Which.
    workspace: Workspace
    # When, by Slack's clock.
    moment: float
    # When to sweep once more, by the monotonic clock.
    due: float


class Departures(Middleware):
    """Looks at every request before the listeners do, so that it takes the two events from none of them."""

    def __init__(self, state: State, forget: Callable[[Workspace], object] = lambda _: None) -> None:
        self._state = state
        # Told of every workspace that leaves.
        self._forget = forget
        self._gone: list[_Gone] = []
        self._lock = threading.Lock()

    def process(self, *, req: BoltRequest, resp: BoltResponse, next: Callable[[], BoltResponse]) -> BoltResponse:  # noqa: A002
        """Take the two events, and pass everything on.

        Raises:
            StateError: it could not be deleted, so Slack must be told to send it again.
        """
        event = req.body.get("event")
        if isinstance(event, Mapping) and _ends(event):
            self.take(_leaving(req.body, req.context), _moment(req.body))
        return next()

    def take(self, workspace: Workspace, moment: float) -> None:
        """Delete what is stored of a workspace that left at a moment, unless it has come back since.

        Raises:
            StateError: the state database fails.
        """
        self._forget(workspace)
        # In an app of somebody else nobody else asks for it.
        self.sweep()
        if installed_since(self._state, workspace, moment + _CLOCK):
            log.info("%s left and came back; what is stored since stays", _name(workspace))
            return
        count = purge(self._state, workspace)
        # A look-up that had found the token may have ended meanwhile.
        self._forget(workspace)
        with self._lock:
            self._gone.append(_Gone(workspace, moment, time.monotonic() + SETTLED))
        log.info("%s left; %d rows deleted", _name(workspace), count)

    def sweep(self) -> None:
        """Delete what requests under way wrote down of a workspace after it had left.

        Raises:
            StateError: the state database fails.
        """
        with self._lock:
            due = [gone for gone in self._gone if gone.due <= time.monotonic()]
        for gone in due:
            if not installed_since(self._state, gone.workspace, gone.moment):
                purge(self._state, gone.workspace)
            with self._lock, suppress(ValueError):  # another thread was faster
                self._gone.remove(gone)


def _ends(event: Mapping[str, Any]) -> bool:
    """Whether an event ends an installation; people's own tokens are none of ours."""
    if event.get("type") == "tokens_revoked":
        tokens = event.get("tokens")
        return isinstance(tokens, Mapping) and bool(tokens.get("bot"))
    return event.get("type") == "app_uninstalled"


def _leaving(body: Mapping[str, Any], context: Mapping[str, Any]) -> Workspace:
    """The workspace or organisation that leaves."""
    workspace = workspace_of(context)
    if workspace.team.startswith("E"):
        return Workspace(enterprise=workspace.team)
    if workspace == Workspace() and isinstance(body.get("team_id"), str):
        return Workspace(team=body["team_id"])
    return workspace


def _moment(body: Mapping[str, Any]) -> float:
    """When it happened, as Slack says; now if it does not."""
    said = body.get("event_time")
    return float(said) if isinstance(said, int) and 0 < said < 1 << 36 else time.time()


def _name(workspace: Workspace) -> str:
    return workspace.team or workspace.enterprise
