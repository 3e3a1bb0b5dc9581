"""Our own Bolt app and what runs beside it: settings go in, a service that either transport can feed comes out."""

import logging
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.oauth import OAuthFlow
from slack_sdk import WebClient

from natobot.bot import Natobot
from natobot.errors import InputError, NatobotError, SettingError
from natobot.feedback import Feedback
from natobot.settings import Settings
from natobot.slack import logs, tokens
from natobot.slack.authorize import Identity, Installed, NotInstalled, OneWorkspace
from natobot.slack.busy import LISTENERS, WAITING, Busy, Pool
from natobot.slack.deliver import Deliveries
from natobot.slack.departures import Departures
from natobot.slack.listeners import register
from natobot.slack.post import FAILURES, TIMEOUT, BriefRateLimit, Client, Clients, outcome_of, posting_client
from natobot.slack.respond import respond
from natobot.slack.welcome import Page
from natobot.state import State, Workspace

log = logging.getLogger(__name__)

# How often newer knowledge is looked for, and the state database is looked after, in seconds.
REFRESH = 2.0
RENEW = 10.0
TIDY = 3600.0

# Status, content type and body of a response.
Response = tuple[int, str, str]
# Takes path, query and headers of a browser's request.
Pages = Callable[[str, str, Mapping[str, str]], Page]
# Takes a request's body and headers.
FrontDoor = Callable[[str, Mapping[str, str]], Response]


class Service:
    """The app with its workers: started and stopped by the door that feeds it."""

    def __init__(
        self,
        app: App,
        bot: Natobot,
        state: State,
        deliveries: Deliveries,
        *,
        departures: Departures,
        install: Pages | None = None,
    ) -> None:
        self.app = app
        self.bot = bot
        self.state = state
        self.deliveries = deliveries
        self.departures = departures
        # The pages that it is installed by; none where it has a token of its own.
        self.install = install
        self.metrics = deliveries.metrics
        self.metrics.knows(bot.knowledge)
        self._stop = threading.Event()
        self._started = threading.Event()
        self._warned: str | None = None
        # Each in a thread of its own: building newer knowledge may take longer than a lease lasts.
        chores = ((REFRESH, self._refresh), (RENEW, self._renew), (TIDY, self._tidy))
        self._chores = [threading.Thread(target=self._every, args=chore, daemon=True, name="chore") for chore in chores]

    def health(self) -> dict[str, Any]:
        """What whoever watches is told of us."""
        return {"ready": self.running, "knowledge": self.bot.knowledge, "queue": len(self.deliveries)}

    @property
    def running(self) -> bool:
        """Whether questions are being answered."""
        return self._started.is_set() and not self._stop.is_set()

    def start(self) -> None:
        """Take up what was left unfinished and begin to work.

        Raises:
            StateError: the state database cannot be read.
        """
        self.deliveries.start()
        for chore in self._chores:
            chore.start()
        self._started.set()

    def stop(self, timeout: float) -> None:
        """Finish what is under way, at most so long; the rest is taken up at the next start."""
        self._stop.set()
        if not self.deliveries.stop(timeout):
            log.warning("some deliveries were still under way; the next start takes them up")
        for chore in self._chores[1:]:
            if chore.ident is not None:
                # They use the database that is closed next.
                chore.join(1.0)
        self.state.close()

    def _every(self, seconds: float, chore: Callable[[], object]) -> None:
        """What must happen now and then, and nobody waits for."""
        while not self._stop.wait(seconds):
            try:
                chore()
            except NatobotError as error:
                log.error("%s", error)
            except Exception as error:
                # A chore that breaks once is tried again the next time.
                logs.report(error, "keeping house")

    def _refresh(self) -> None:
        if self.bot.refresh():
            log.info("now answering from knowledge %s", self.bot.knowledge)
            self.metrics.knows(self.bot.knowledge)
        if self.bot.warning and self.bot.warning != self._warned:
            log.warning("%s", self.bot.warning)
        self._warned = self.bot.warning

    def _tidy(self) -> None:
        self.state.tidy()
        Feedback(self.state).tidy()

    def _renew(self) -> None:
        self.state.renew()
        self.departures.sweep()
        self.state.checkpoint()
        self.deliveries.take_up()
        waiting, daily = self.state.counts()
        self.metrics.stand(waiting=waiting, daily=daily)


def open_service(settings: Settings) -> Service:
    """Everything both transports need, checked but not started.

    Raises:
        InputError: a token that is missing, wrong or refused; Slack or the documents cannot be reached.
        StateError: the state database cannot be opened.
    """
    logs.floor()
    if tokens.by_oauth(settings):
        return _open_for_many(settings)
    client = web_client(settings)
    identity = identify(client)
    bot = Natobot.open(settings)
    state = State.open(settings.state_url)
    app = bolt_app(client, OneWorkspace(identity, client.token or ""), settings.signing_secret or "")
    # It sits out no limit: the table holds the channel, for all processes.
    own = posting_client(client, sits_out=False)
    return _mount(settings, app, bot, state, lambda _: own, Departures(state))


def _open_for_many(settings: Settings) -> Service:
    """The same for an app that is installed by OAuth: whom a request belongs to stands in the state database."""
    # Slack's stores bring SQLAlchemy's asyncio along, which nobody else needs.
    from natobot.slack.install import Install
    from natobot.slack.installations import Bots, Installations, States

    client = web_client(settings)
    bot = Natobot.open(settings)
    state = State.open(settings.state_url)
    store = Installations(state, settings.client_id or "")
    installed = Installed(Bots(store, client, settings.client_secret or ""), client)
    install = Install(settings, store, States(state), client, lambda: bot.wording, installed.forget)
    app = bolt_app(client, installed, settings.signing_secret or "", wording=lambda: bot.wording, flow=install.flow)
    return _mount(settings, app, bot, state, installed.client, Departures(state, installed.forget), install)


def _mount(
    settings: Settings,
    app: App,
    bot: Natobot,
    state: State,
    clients: Clients,
    departures: Departures,
    install: Pages | None = None,
) -> Service:
    mounted = register(
        app,
        bot,
        state,
        editors=settings.editors,
        keep_unanswered=settings.keep_unanswered,
        clients=clients,
        departures=departures,
    )
    return Service(app, bot, state, mounted, departures=departures, install=install)


def web_client(settings: Settings) -> WebClient:
    """A client for ``SLACK_API_URL`` that never repeats by itself what may have arrived; with OAuth, without a token.

    Raises:
        SettingError: the settings do not say which token, or which client.
    """
    return WebClient(
        token=None if tokens.by_oauth(settings) else tokens.bot_token(settings),
        base_url=settings.slack_api_url,
        timeout=TIMEOUT,
        retry_handlers=[BriefRateLimit()],
        logger=logs.quiet("web", logs.SILENT),
    )


def identify(client: Client) -> Identity:
    """Ask Slack whose token this is.

    Raises:
        SettingError: Slack refuses the token.
        InputError: Slack cannot be reached.
    """
    try:
        me = client.auth_test()
    except FAILURES as error:
        raise refusal("SLACK_BOT_TOKEN", client.base_url, error) from None
    return Identity(
        workspace=Workspace(enterprise=str(me.get("enterprise_id") or ""), team=str(me.get("team_id") or "")),
        bot_user=str(me.get("user_id") or ""),
        bot_id=str(me.get("bot_id") or ""),
    )


def refusal(name: str, address: str, error: Exception) -> InputError:
    """What Slack's answer to the first call with a token means for whoever set the token."""
    outcome = outcome_of(error)
    if outcome.kind == "refused":
        mend = "Install the app, and copy the token anew from its pages at https://api.slack.com/apps."
        return SettingError(name, f"Slack refuses it ({outcome.error})", mend)
    return InputError(f"Slack cannot be reached at {address} ({outcome.error}). Check the network and SLACK_API_URL.")


def bolt_app(
    client: WebClient,
    authorize: OneWorkspace | Installed,
    signing_secret: str,
    *,
    wording: Callable[[], Mapping[str, str]] = dict,
    flow: OAuthFlow | None = None,
) -> App:
    """A Bolt app without listeners that answers inside the request and never logs what people write.

    ``wording`` has what is said where the app is not installed; ``flow`` is how it is installed by OAuth.
    """
    logs.floor()
    # Bolt warns of SLACK_BOT_TOKEN in the environment, which is where our client has it from.
    logger = logs.quiet("bolt", logging.ERROR)
    listeners = Pool(LISTENERS, WAITING, "listener")
    app = App(
        # Bolt sets the level of a logger of this name.
        name="natobot.library.listener",
        logger=logger,
        client=client,
        # With an authorize of our own neither SLACK_CLIENT_ID in the environment nor each request changes who we are.
        authorize=authorize,
        oauth_flow=flow,
        signing_secret=signing_secret,
        process_before_response=True,
        listener_executor=listeners,
        raise_error_for_unhandled_request=True,
    )
    logger.setLevel(logging.WARNING)

    def failed(error: Exception, body: Mapping[str, Any]) -> BoltResponse:
        if not isinstance(error, NotInstalled):
            return _failed(error, body)
        log.warning("%s", error)
        said = {"response_type": "ephemeral", "replace_original": False, "text": wording()["not_installed"]}
        if "command" in body:
            return BoltResponse(status=200, body=said)
        if url := body.get("response_url"):
            # Where there is no room, Slack is told all the same that there is nothing to send again.
            with suppress(Busy):
                listeners.submit(respond, client, str(url), said)
        # Sent again, it would come from the same place.
        return BoltResponse(status=200, body="")

    app.error(failed)
    return app


def _failed(error: Exception, body: Mapping[str, Any]) -> BoltResponse:
    """What Slack is told when a listener fails (send it again), or when nobody listens (an event is fine as it is)."""
    if isinstance(error, BoltUnhandledRequestError):
        return BoltResponse(status=200 if "event" in body else 404, body="")
    if isinstance(error, NatobotError):
        log.error("%s", error)
    else:
        logs.report(error, "listening to Slack")
    return BoltResponse(status=503 if isinstance(error, Busy) else 500, body="")


def front_door(app: App) -> FrontDoor:
    """A Bolt app as a plain function over HTTP's body and headers."""

    def answer(body: str, headers: Mapping[str, str]) -> Response:
        try:
            request = BoltRequest(body=body, headers=dict(headers))
            if not isinstance(request.body.get("event", {}), dict):
                raise TypeError
        except (ValueError, TypeError, AttributeError, RecursionError):
            # Signed, but not JSON or not of the shape that Slack sends: Bolt would stumble over it.
            return 400, "text/plain", "this is not a request of Slack's"
        response = app.dispatch(request)
        return (
            response.status,
            re.sub(r"[\r\n]", "", response.first_headers().get("content-type", "text/plain")),
            response.body,
        )

    return answer
