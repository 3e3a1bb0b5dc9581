"""Whom a request belongs to and which token answers it: the one workspace of a token, or one of many installations."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from slack_bolt import App, BoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.authorize import Authorize, InstallationStoreAuthorize
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from natobot.errors import InputError, NatobotError
from natobot.slack import logs
from natobot.slack.post import STALE, outcome_of, settings_of
from natobot.state import Workspace

# Seconds for which an installation is known without asking the database and Slack again.
FRESH = 300.0
# Installations known at once; the one not asked for the longest goes first.
KNOWN = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a bot token speaks for, as ``auth.test`` says."""

    # The workspace it is installed in.
    workspace: Workspace
    # The bot's user id, as in mentions.
    bot_user: str
    # The bot's own id, as in its messages.
    bot_id: str


class NotInstalled(NatobotError):
    """A request comes from where the app is not installed, or not any more."""


class OneWorkspace(Authorize):
    """Every request belongs to the one workspace the token was made for; asks Slack nothing."""

    def __init__(self, identity: Identity, token: str) -> None:
        self._result = AuthorizeResult(
            enterprise_id=identity.workspace.enterprise or None,
            team_id=identity.workspace.team or None,
            bot_user_id=identity.bot_user,
            bot_id=identity.bot_id,
            bot_token=token,
        )

    def __call__(self, **_: Any) -> AuthorizeResult:
        """The same answer for everybody."""
        return self._result


class Key(NamedTuple):
    """What a request says of where it comes from."""

    # Id of the organisation, or "".
    enterprise: str
    # Id of the workspace, or "".
    team: str
    # Whether the app is installed for the whole organisation.
    org_wide: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An installation."""

    # For Bolt; holds the token.
    result: AuthorizeResult = field(repr=False)
    # For how many seconds it may be used without asking again.
    lasts: float = FRESH


# Asks for an installation; nothing where there is none, and an error of ours where nobody can tell.
LookUp = Callable[[Key], Found | None]


class Installed(Authorize):
    """Every request belongs to an installation; what was looked up is good for five minutes.

    Refusals are not remembered, so that a new installation is known at once. One look-up for a key runs at a time and
    those who come meanwhile wait for it; different workspaces do not wait for each other.
    """

    def __init__(self, look_up: LookUp, client: WebClient) -> None:
        self._look_up = look_up
        self._client = client
        # With the end of their time, by the monotonic clock.
        self._known: OrderedDict[Key, tuple[float, AuthorizeResult]] = OrderedDict()
        self._pending: dict[Key, Future[AuthorizeResult | None]] = {}
        self._lock = threading.Lock()

    def __call__(self, *, context: BoltContext, enterprise_id: str | None, team_id: str | None, **_: Any) -> AuthorizeResult:
        """The installation a request belongs to.

        Raises:
            NotInstalled: there is none.
            NatobotError: nobody can tell now.
        """
        found = self.find(Key(enterprise_id or "", team_id or "", bool(context.is_enterprise_install)))
        if found is None:
            where = team_id or enterprise_id or "an unknown workspace"
            raise NotInstalled(f"a request from {where}, where natobot is not installed. Install it there by /slack/install.")
        return found

    def client(self, workspace: Workspace) -> WebClient | None:
        """The client that posts for a workspace, or nothing where the app is not installed.

        Raises:
            NatobotError: nobody can tell now.
        """
        key = Key(workspace.enterprise, workspace.team, not workspace.team)
        found = self.find(key)
        return None if found is None else _Posting(self._client, str(found.bot_token), lambda: self._newer(workspace, key))

    def find(self, key: Key) -> AuthorizeResult | None:
        """What is known of a key, or what the look-up says.

        Raises:
            NatobotError: nobody can tell now.
        """
        with self._lock:
            known = self._known.get(key)
            if known is not None and known[0] > time.monotonic():
                self._known.move_to_end(key)
                return known[1]
            pending = self._pending.get(key)
            if mine := pending is None:
                pending = self._pending[key] = Future()
        if mine:
            self._find_out(key, pending)
        return pending.result()

    def forget(self, workspace: Workspace) -> None:
        """Ask again about a workspace, or without ``team`` about all of an organisation; a look-up under way is not kept."""
        with self._lock:
            for key in [key for key in self._known if _touches(key, workspace)]:
                del self._known[key]
            for key in [key for key in self._pending if _touches(key, workspace)]:
                del self._pending[key]

    @property
    def known(self) -> int:
        """How many are known."""
        return len(self._known)

    def _find_out(self, key: Key, pending: "Future[AuthorizeResult | None]") -> None:
        """Look one up for all who wait."""
        try:
            found = self._look_up(key)
        except BaseException as error:
            # Whoever waits must hear of it, and so must the one who asked.
            self._settle(key, pending, None)
            pending.set_exception(error)
            return
        self._settle(key, pending, found)
        pending.set_result(found.result if found else None)

    def _settle(self, key: Key, pending: "Future[AuthorizeResult | None]", found: Found | None) -> None:
        with self._lock:
            if self._pending.get(key) is not pending:
                # It was forgotten meanwhile.
                return
            del self._pending[key]
            if found is not None:
                self._known[key] = time.monotonic() + found.lasts, found.result
                self._known.move_to_end(key)
            while len(self._known) > KNOWN:
                self._known.popitem(last=False)

    def _newer(self, workspace: Workspace, key: Key) -> str:
        """The token of now, in place of one that Slack did not take; "" if there is none."""
        self.forget(workspace)
        found = self.find(key)
        return str(found.bot_token) if found else ""


def installed_in(app: App) -> Installed | None:
    """The installations of somebody else's Bolt app, found by its own means, if it has any."""
    store = app.installation_store
    if store is None:
        return None
    flow = app.oauth_flow
    quiet = logs.quiet("authorize", logs.SILENT)
    authorize = (
        flow.settings.authorize if flow else InstallationStoreAuthorize(logger=quiet, installation_store=store, client=app.client)
    )

    def look_up(key: Key) -> Found | None:
        context = BoltContext({"client": WebClient(**settings_of(app.client)), "is_enterprise_install": key.org_wide})
        try:
            # "" is nobody: with None, Bolt finds one installation twice and exchanges its token twice.
            result = authorize(context=context, enterprise_id=key.enterprise or None, team_id=key.team or None, user_id="")
        except Exception as error:
            # A store may raise whatever it likes; whoever wrote it must know.
            reference = logs.report(error, "looking for an installation")
            raise InputError(f"the installation store fails. The log says where, under reference {reference}.") from None
        return Found(result=result) if result is not None and result.bot_token else None

    return Installed(look_up, app.client)


class _Posting(WebClient):
    """A posting client that asks once for a newer token if Slack does not take the one it has: then nothing was posted."""

    def __init__(self, client: WebClient, token: str, newer: Callable[[], str]) -> None:
        # It sits out no limit: the table holds the channel, for all processes.
        super().__init__(token=token, **settings_of(client, sits_out=False))
        self._newer = newer

    def api_call(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().api_call(*args, **kwargs)
        except SlackApiError as error:
            if outcome_of(error).error not in STALE:
                raise
            token = self._newer()
            if token in ("", self.token):
                raise
            self.token = token
            return super().api_call(*args, **kwargs)


def _touches(key: Key, workspace: Workspace) -> bool:
    return key.team == workspace.team if workspace.team else key.enterprise == workspace.enterprise
