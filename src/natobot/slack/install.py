"""Installing the app by OAuth: Slack's flow behind two pages, from the button to the stored token.

A request of a browser goes in, a page comes out. What a visitor sends is never repeated, on a page or in a log.
"""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.oauth.callback_options import CallbackOptions, FailureArgs, SuccessArgs
from slack_bolt.oauth.oauth_flow import OAuthFlow
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk import WebClient
from slack_sdk.oauth import OAuthStateUtils
from slack_sdk.oauth.installation_store import Installation

from natobot.errors import NatobotError, SettingError
from natobot.render import Wording
from natobot.settings import Settings
from natobot.slack import logs, welcome
from natobot.slack.installations import STATE_SECONDS, Installations, States
from natobot.slack.post import FAILURES, Outcome, outcome_of, settings_of
from natobot.slack.scopes import SCOPES
from natobot.slack.welcome import INSTALL, REDIRECT, Page
from natobot.state import Workspace

log = logging.getLogger(__name__)

# Slack's words for what the settings, and for what the code is to blame.
_OUR_SETTINGS = {
    "bad_client_secret",
    "invalid_client_id",
    "invalid_client",
    "bad_redirect_uri",
    "oauth_authorization_url_mismatch",
}
_CODE = {"missing_code", "invalid_code", "code_already_used", "code_expired"}
_STATE = {"invalid_browser", "invalid_state"}
_WORD = re.compile(r"[a-z0-9_]{1,80}")
_HTML = "text/html; charset=utf-8"


class _Failed(NatobotError):
    """Slack did not exchange the code."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"an installation came to nothing ({outcome.error}).")
        self.outcome = outcome


class Install:
    """The two pages of an installation. Slack's flow checks cookie and state; a state is good once, for ten minutes."""

    def __init__(
        self,
        settings: Settings,
        store: Installations,
        states: States,
        client: WebClient,
        wording: Callable[[], Wording],
        installed: Callable[[Workspace], object],
    ) -> None:
        self._wording = wording
        # Told of every workspace that installs the app.
        self._installed = installed
        self._api = client.base_url
        oauth = OAuthSettings(
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            scopes=list(SCOPES),
            user_scopes=[],
            install_path=INSTALL,
            redirect_uri_path=REDIRECT,
            callback_options=CallbackOptions(success=self._succeeded, failure=self._failed),
            authorization_url=urljoin(client.base_url, "../oauth/v2/authorize"),
            installation_store=store,
            installation_store_bot_only=True,
            state_store=states,
            state_expiration_seconds=STATE_SECONDS,
            logger=logs.quiet("oauth", logs.SILENT),
        )
        # Bolt takes one from the environment, where we have no such setting; without, Slack uses the app's own.
        oauth.redirect_uri = oauth.authorize_url_generator.redirect_uri = None
        oauth.state_utils = _Cookies(expiration_seconds=STATE_SECONDS)
        self.flow = _Flow(self, _Exchange(**settings_of(client)), oauth)

    def __call__(self, path: str, query: str, headers: Mapping[str, str]) -> Page:
        """The page at ``/slack/install`` or ``/slack/oauth_redirect``."""
        request = BoltRequest(body="", query=query, headers={k: v for k, v in headers.items() if k == "cookie"})
        try:
            handle = self.flow.handle_installation if path == INSTALL else self.flow.handle_callback
            response = handle(request)
        except _Failed as failure:
            response = self._explain(failure.outcome)
        except NatobotError as error:
            log.error("an installation came to nothing: %s", error)
            response = self._broken(logs.report(error, "installing"))
        except Exception as error:
            # The last line of defence: a visitor must read something, and the message of the error may hold a token.
            response = self._broken(logs.report(error, "installing"))
        cookies = tuple(("set-cookie", each) for each in response.headers.get("set-cookie", ()))
        return response.status, _HTML, response.body, (*welcome.HEADERS, *cookies)

    def begin(self, authorize_url: str) -> str:
        """The first page."""
        return welcome.begin(authorize_url, self._wording())

    def _succeeded(self, done: SuccessArgs) -> BoltResponse:
        installation, wording = done.installation, self._wording()
        workspace = Workspace(enterprise=installation.enterprise_id or "", team=installation.team_id or "")
        self._installed(workspace)
        log.info("natobot was installed in %s", workspace.team or workspace.enterprise)
        body = welcome.done(
            installation.team_name or installation.enterprise_name or workspace.team or workspace.enterprise,
            self._onwards(installation),
            wording,
            org_wide=bool(installation.is_enterprise_install),
        )
        return _html(200, body, {"set-cookie": [self.flow.settings.state_utils.build_set_cookie_for_deletion()]})

    def _onwards(self, installation: Installation) -> welcome.Button | None:
        """Into Slack; an organisation first chooses workspaces. Another Slack than Slack's has no such place."""
        host = urlsplit(self._api).hostname or ""
        if installation.is_enterprise_install:
            base = installation.enterprise_url or ""
            if not base.startswith("https://"):
                return None
            address = urljoin(base, f"manage/organization/apps/profile/{installation.app_id}/workspaces/add")
            return welcome.Button(self._wording()["installed_choose"], address)
        if host not in ("slack.com", "slack-gov.com"):
            return None
        return welcome.Button(self._wording()["installed_open"], f"https://app.{host}/client/{installation.team_id}")

    def _failed(self, failure: FailureArgs) -> BoltResponse:
        """What Slack's flow finds wrong with what the browser brings, or what Slack says of it there."""
        word = failure.reason if _WORD.fullmatch(failure.reason) else "unknown"
        wording = self._wording()
        if word == "access_denied":
            log.info("an installation was cancelled")
            return self._sorry(200, [wording["cancelled_what"]], title=wording["cancelled_title"])
        if word in _STATE:
            log.warning("an installation came to nothing (%s)", word)
            return self._sorry(400, [wording["failed_state"]])
        return self._explain(Outcome(kind="refused", error=word, final=True))

    def _explain(self, outcome: Outcome) -> BoltResponse:
        """What Slack's answer to the exchange means, for the visitor, and for whoever runs this in the log."""
        word, wording = outcome.error or "unknown", self._wording()
        if word in _OUR_SETTINGS:
            name = "SLACK_CLIENT_SECRET" if "secret" in word else "SLACK_CLIENT_ID"
            mend = "Copy client id and secret from Basic Information of your app at https://api.slack.com/apps."
            log.error("an installation came to nothing: %s", SettingError(name, f"Slack refuses it ({word})", mend))
            return self._sorry(500, [wording["failed_settings"].format(error=word)])
        log.warning("an installation came to nothing (%s)", word)
        if word in _CODE:
            return self._sorry(400, [wording["failed_code"]])
        if outcome.final:
            return self._sorry(400, [wording["failed_refused"].format(error=word)])
        return self._sorry(502, [wording["failed_slack"].format(error=word)])

    def _broken(self, reference: str) -> BoltResponse:
        return self._sorry(500, [self._wording()["failed_here"].format(reference=reference)])

    def _sorry(self, status: int, lines: list[str], *, title: str = "") -> BoltResponse:
        wording = self._wording()
        return _html(status, welcome.failed(title or wording["failed_title"], lines, INSTALL, wording))


class _Flow(OAuthFlow):
    """Slack's flow, with our page, and without what it would log."""

    def __init__(self, pages: Install, client: WebClient, settings: OAuthSettings) -> None:
        super().__init__(client=client, logger=logs.quiet("oauth", logs.SILENT), settings=settings)
        self._pages = pages

    def build_authorize_url(self, state: str, request: BoltRequest) -> str:
        """Where Slack asks for consent; a workspace may be suggested, but nothing else slips in from outside."""
        team = request.query.get("team", [""])[0]
        suggested = team if re.fullmatch(r"[TE][A-Z0-9]{1,30}", team) else None
        return str(self.settings.authorize_url_generator.generate(state=state, team=suggested))

    def build_install_page_html(self, url: str, request: BoltRequest) -> str:
        """The first page."""
        return self._pages.begin(url)

    def run_installation(self, code: str) -> Installation:
        """Exchange the code for a token.

        Raises:
            _Failed: Slack refuses, or cannot be asked.
        """
        installation = super().run_installation(code)
        if installation is None or not installation.bot_token:
            raise _Failed(Outcome(kind="refused", error="no_bot_token", final=True))
        return installation


class _Exchange(WebClient):
    """A client whose failures Slack's flow does not catch: it would log the code, and not say what is wrong."""

    def api_call(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().api_call(*args, **kwargs)
        except FAILURES as error:
            raise _Failed(outcome_of(error)) from None


class _Cookies(OAuthStateUtils):
    """Slack's cookie, not sent along with requests that other sites make."""

    def build_set_cookie_for_new_state(self, state: str) -> str:
        return f"{super().build_set_cookie_for_new_state(state)}; SameSite=Lax"


def _html(status: int, body: str, headers: Mapping[str, list[str]] | None = None) -> BoltResponse:
    return BoltResponse(status=status, body=body, headers={"content-type": _HTML, **(headers or {})})
