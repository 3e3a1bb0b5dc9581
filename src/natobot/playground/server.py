"""``Playground``: starts and stops the local Slack, and lets tests and the tour act in it and look at it."""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from starlette.routing import BaseRoute

from natobot.errors import InputError
from natobot.playground import cast, consent, delivery
from natobot.playground.cast import Enterprise, Team, Token
from natobot.playground.delivery import Delivery, Packet, Transport
from natobot.playground.faults import Faults
from natobot.playground.hub import Ask, Hub
from natobot.playground.records import Call
from natobot.playground.sockets import Sockets
from natobot.playground.state import State
from natobot.playground.thread import HOST, Background, listen
from natobot.playground.workspace import Workspace

# How often Slack sends an event again.
RETRIES = 3
# The path Bolt's own adapters use.
REDIRECT_PATH = "/slack/oauth_redirect"


class Playground(Workspace):
    """A local Slack in a thread of this process, and the first workspace in it.

    ::

        with Playground() as slack:
            app = start_the_app(slack.env())
            slack.app_url = app.url
            slack.mention("When was NATO founded?")
            [reply] = slack.wait_for_messages(1)
    """

    def __init__(
        self,
        *,
        app_url: str | None = None,
        signing_secret: str | None = None,
        bot_token: str | None = None,
        app_token: str | None = None,
        transport: Transport = "http",
        host: str = HOST,
        port: int = 0,
        scopes: Iterable[str] = cast.SCOPES,
        rotation: float | None = None,
        ack_seconds: float = delivery.ACK_SECONDS,
        ping_seconds: float = 1.0,
    ) -> None:
        """Make it; it listens once started, by ``with`` or ``start()``.

        Args:
            app_url: Where the app takes requests; ``/slack/events`` is added to an address without a path.
            signing_secret: Signs requests over HTTP; random if not given, as are the tokens.
            bot_token: xoxb-…, with which the app is installed in the first workspace from the start.
            app_token: xapp-…, for ``apps.connections.open``.
            transport: The way to the app: ``http`` or ``socket``. It can be changed at any time.
            host: 127.0.0.1 and nothing else.
            port: 0 for a free one.
            scopes: What that bot token may do.
            rotation: How long the tokens of OAuth last, in seconds; Slack gives them twelve hours. Null for ever.
            ack_seconds: How long the app may take to acknowledge; Slack gives it three.
            ping_seconds: How often Socket Mode pings.
        """
        team = Team()
        self.app_url = app_url
        self.signing_secret = signing_secret or cast.app_secret()
        self.app_token = app_token or cast.app_token(team)
        self.transport: Transport = transport
        self.ack_seconds = ack_seconds
        # Seconds after which an event that was not acknowledged is sent again, each time; Slack waits 0, 60 and 300.
        self.retries: Sequence[float] = ()
        # What to do wrong; see ``natobot.playground.faults``.
        self.faults = Faults()
        self.hub = Hub(client_id=cast.client_id(), client_secret=cast.app_secret(), rotation=rotation)
        self.hub.redirect = lambda: self.redirect_url
        self.hub.gone = self._gone
        super().__init__(State.new(self.hub, team), self._attempts)
        self.hub.keep(Token(value=self.app_token, kind="app", scopes=frozenset({"connections:write"})))
        self._ready = bot_token or cast.bot_token()
        self.hub.install(team.id, tuple(sorted(scopes)), self._ready)
        # The workspaces by id.
        self.workspaces: dict[str, Workspace] = {team.id: self}
        # Addresses that are served beside Slack's own, such as the page's; set before it starts.
        self.routes: Sequence[BaseRoute] = ()
        self._redirect_url: str | None = None
        self._host, self._port = host, port
        self._sockets = Sockets(state=self.state, ping_seconds=ping_seconds)
        self._background: Background | None = None
        self._farewells: list[threading.Thread] = []

    def start(self) -> Self:
        """Listen.

        Raises:
            InputError: another address than 127.0.0.1, or a port in use.
        """
        if self._background:
            return self
        sock = listen(self._host, self._port)
        self.hub.url = f"http://{HOST}:{sock.getsockname()[1]}"
        self.hub.open_socket = self._sockets.open
        background = Background(self.hub, self.faults, self._sockets, sock, self.routes)
        background.start()
        self._background = background
        return self

    def close(self) -> None:
        """Stop listening and cut all connections. Everything that happened can still be looked at."""
        for farewell in self._farewells:
            farewell.join()
        if self._background:
            self._background.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Playground {self.url or 'not started'}>"

    @property
    def url(self) -> str:
        """Where it listens, such as ``http://127.0.0.1:54321``."""
        return self.state.url

    @property
    def api_url(self) -> str:
        """The Web API, for ``WebClient(base_url=…)`` and ``SLACK_API_URL``."""
        return f"{self.state.url}/api/"

    @property
    def client_id(self) -> str:
        """The app's name in OAuth."""
        return self.hub.client_id

    @property
    def client_secret(self) -> str:
        """The app's secret in OAuth."""
        return self.hub.client_secret

    @property
    def redirect_url(self) -> str:
        """Where people go back to from OAuth: ``/slack/oauth_redirect`` of the app, unless it is set.

        Raises:
            InputError: nobody has said where the app is.
        """
        if self._redirect_url:
            return self._redirect_url
        parts = urlsplit(self.app_url or "")
        if not parts.netloc:
            raise InputError("nobody has said where people go back to from OAuth. Set app_url or redirect_url.")
        return f"{parts.scheme}://{parts.netloc}{REDIRECT_PATH}"

    @redirect_url.setter
    def redirect_url(self, url: str | None) -> None:
        self._redirect_url = url

    def env(self, *, oauth: bool = False) -> dict[str, str]:
        """The environment that points an app at this Slack.

        Args:
            oauth: Whether it is to be installed by OAuth, in the first workspace too: the bot token that this workspace has
                from the start is then good no longer.
        """
        shared = {
            "SLACK_API_URL": self.api_url,
            "SLACK_APP_TOKEN": self.app_token,
            "SLACK_SIGNING_SECRET": self.signing_secret,
        }
        if not oauth:
            return {**shared, "SLACK_BOT_TOKEN": self.bot_token}
        if self.installed and self.bot_token == self._ready:
            self.hub.remove(self.id, "invalid_auth")
        return {**shared, "SLACK_CLIENT_ID": self.client_id, "SLACK_CLIENT_SECRET": self.client_secret}

    @property
    def unknown_calls(self) -> list[Call]:
        """The requests for methods that the local Slack does not implement, in all workspaces; a test fails if there are any."""
        own = super().unknown_calls
        return own + [call for one in self.workspaces.values() if one is not self for call in one.unknown_calls]

    # Workspaces and OAuth

    def add_workspace(self, name: str = "Other workspace", enterprise: Enterprise | None = None) -> Workspace:
        """Make another workspace, where the app is not yet installed; by its enterprise it may be."""
        state = State.new(self.hub, cast.team(name, enterprise))
        if enterprise:
            state.team = replace(state.team, org=enterprise.id in self.hub.installed)
        workspace = Workspace(state, self._attempts)
        self.workspaces[workspace.id] = workspace
        return workspace

    def add_enterprise(self, name: str = "Group") -> Enterprise:
        """Make an organisation; ``add_workspace`` puts workspaces into it."""
        group = cast.enterprise(name)
        self.hub.enterprises[group.id] = group
        return group

    def approve(self, authorize_url: str, workspace: Workspace | Enterprise | None = None, user: str = "editor") -> str:
        """Press Allow where an app sends people to be installed; the address that they are then sent to comes back.

        Args:
            authorize_url: Where the app sends people.
            workspace: Where to install it: the first workspace if not given; an enterprise for all of its workspaces.
            user: Who presses it.

        Raises:
            Refused: Slack would show an error instead.
            InputError: ``authorize_url`` is not this Slack's, or the enterprise has no workspace.
        """
        place = (workspace or self).id
        within = [one for one in self.workspaces.values() if place in (one.id, one.state.team.enterprise)]
        if not within:
            raise InputError("the enterprise has no workspace. Give it one with add_workspace().")
        return consent.allow(self.hub, self._asked(authorize_url), place, within[0].person(user))

    def deny(self, authorize_url: str) -> str:
        """Press Cancel there; the address that people are then sent to comes back.

        Raises:
            Refused: Slack would show an error instead.
            InputError: ``authorize_url`` is not this Slack's.
        """
        return consent.deny(self._asked(authorize_url))

    def _asked(self, url: str) -> Ask:
        address, _, query = url.partition("?")
        if address != self.url + consent.PATH:
            raise InputError(
                f"{address!r} is not where this Slack asks people. The app has to send them to {self.url + consent.PATH}."
            )
        return consent.read(self.hub, dict(parse_qsl(query, keep_blank_values=True)))

    def _gone(self, place: str, uninstalled: bool) -> None:
        """Tell the app what its own call has done, while that is answered; nobody is told where no app takes requests."""
        if self.transport == "http" and not self.app_url:
            return
        [workspace, *_] = [one for one in self.workspaces.values() if place in (one.id, one.state.team.enterprise)]
        farewell = threading.Thread(target=workspace.tell_gone, args=(place,), kwargs={"uninstalled": uninstalled})
        self._farewells.append(farewell)
        farewell.start()

    # Sending

    def _attempts(self, packet: Packet) -> list[Delivery]:
        """Send a packet; an event that is not acknowledged is sent again, if ``retries`` say so."""
        attempts = [self._attempt(packet)]
        if packet.kind == "events_api" and packet.retry_num is None:
            for number, pause in enumerate(self.retries[:RETRIES], 1):
                last = attempts[-1]
                if last.error is None or last.no_retry:
                    break
                time.sleep(pause)
                # By socket Slack has one word for all of it.
                reason = "timeout" if last.transport == "socket" else last.error
                attempts.append(self._attempt(replace(packet, retry_num=number, retry_reason=reason)))
        return attempts

    def _attempt(self, packet: Packet) -> Delivery:
        if self.transport == "socket" and packet.kind != "url_verification":
            return self._running().run(self._sockets.deliver(packet, self.ack_seconds))
        return delivery.send(self.app_url, self.signing_secret, packet, self.ack_seconds)

    def wait_for_sockets(self, count: int = 1, *, timeout: float = 5.0) -> None:
        """Wait until that many apps are connected by Socket Mode.

        Raises:
            TimeoutError: fewer are.
        """
        if not self.state.wait(lambda: self._sockets.count >= count, timeout):
            raise TimeoutError(f"{count} sockets expected after {timeout} s, there are {self._sockets.count}")

    def advance(self, seconds: float) -> None:
        """Put the clock forward: trigger ids, response URLs, codes and tokens grow old. Signatures keep the real time."""
        self.hub.ahead += seconds

    def disconnect_sockets(self, reason: str = "refresh_requested") -> None:
        """Tell the apps to connect anew: ``warning`` leaves the connection open, ``refresh_requested`` closes it."""
        self._running().run(self._sockets.disconnect(reason))

    def drop_sockets(self) -> None:
        """Cut the Socket Mode connections without a word."""
        self._running().run(self._sockets.drop())

    def deafen_sockets(self) -> None:
        """Let the open Socket Mode connections stay open, hear nothing and say nothing any more; new ones are healthy."""
        self._running().run(self._sockets.deafen())

    def reset(self) -> None:
        """Start over in all workspaces: forget messages, calls, deliveries and faults. Cast, tokens and sockets stay."""
        super().reset()
        for workspace in self.workspaces.values():
            if workspace is not self:
                workspace.reset()
        self.faults.clear()
        self.hub.ahead = 0.0

    def _running(self) -> Background:
        if self._background is None:
            raise InputError("the local Slack is not running. Use it in a with statement, or call start() first.")
        return self._background
