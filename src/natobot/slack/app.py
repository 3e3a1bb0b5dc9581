"""Our own Bolt app and what runs beside it: settings go in, a service that either transport can feed comes out."""

import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.authorize import Authorize
from slack_bolt.error import BoltUnhandledRequestError
from slack_sdk import WebClient

from natobot.bot import Natobot
from natobot.errors import InputError, NatobotError, SettingError
from natobot.feedback import Feedback
from natobot.settings import Settings
from natobot.slack import logs, tokens
from natobot.slack.busy import LISTENERS, WAITING, Busy, Pool
from natobot.slack.deliver import Deliveries
from natobot.slack.listeners import register
from natobot.slack.post import FAILURES, TIMEOUT, BriefRateLimit, Client, outcome_of
from natobot.state import State, Workspace

log = logging.getLogger(__name__)

# How often newer knowledge is looked for, and the state database is looked after, in seconds.
REFRESH = 2.0
RENEW = 10.0
TIDY = 3600.0

# Status, content type and body of a response.
Response = tuple[int, str, str]
# Takes a request's body and headers.
FrontDoor = Callable[[str, Mapping[str, str]], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a bot token speaks for, as ``auth.test`` says."""

    # The workspace it is installed in.
    workspace: Workspace
    # The bot's user id, as in mentions.
    bot_user: str
    # The bot's own id, as in its messages.
    bot_id: str


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


class Service:
    """The app with its workers: started and stopped by the door that feeds it."""

    def __init__(self, app: App, bot: Natobot, state: State, deliveries: Deliveries) -> None:
        self.app = app
        self.bot = bot
        self.state = state
        self.deliveries = deliveries
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
    client = web_client(settings)
    identity = identify(client)
    bot = Natobot.open(settings)
    state = State.open(settings.state_url)
    app = bolt_app(client, identity, settings.signing_secret or "")
    mounted = register(app, bot, state, editors=settings.editors, keep_unanswered=settings.keep_unanswered)
    return Service(app, bot, state, mounted)


def web_client(settings: Settings) -> WebClient:
    """A client for ``SLACK_API_URL`` that never repeats by itself what may have arrived."""
    return WebClient(
        token=tokens.bot_token(settings),
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


def bolt_app(client: WebClient, identity: Identity, signing_secret: str) -> App:
    """A Bolt app without listeners that answers inside the request and never logs what people write."""
    logs.floor()
    # Bolt warns of SLACK_BOT_TOKEN in the environment, which is where our client has it from.
    logger = logs.quiet("bolt", logging.ERROR)
    app = App(
        # Bolt sets the level of a logger of this name.
        name="natobot.library.listener",
        logger=logger,
        client=client,
        # With an authorize of our own neither SLACK_CLIENT_ID in the environment nor each request changes who we are.
        authorize=OneWorkspace(identity, client.token or ""),
        signing_secret=signing_secret,
        process_before_response=True,
        listener_executor=Pool(LISTENERS, WAITING, "listener"),
        raise_error_for_unhandled_request=True,
    )
    logger.setLevel(logging.WARNING)
    app.error(_failed)
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
