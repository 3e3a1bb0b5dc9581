"""``Playground``: starts and stops the local Slack, and lets tests and the tour act in it and look at it."""

import time
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from natobot.errors import InputError
from natobot.playground import cast, delivery
from natobot.playground.cast import Channel, Team, User
from natobot.playground.delivery import Delivery, Packet, Transport
from natobot.playground.faults import Faults
from natobot.playground.people import People
from natobot.playground.records import Call, Message, View
from natobot.playground.sockets import Sockets
from natobot.playground.state import State
from natobot.playground.thread import HOST, Background, listen


class Playground(People):
    """A local Slack in a thread of this process.

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
        ack_seconds: float = delivery.ACK_SECONDS,
        ping_seconds: float = 1.0,
    ) -> None:
        """Make it; it listens once started, by ``with`` or ``start()``.

        Args:
            app_url: Where the app takes requests; ``/slack/events`` is added to an address without a path.
            signing_secret: Signs requests over HTTP; random if not given, as are the tokens.
            bot_token: xoxb-…, the only one the Web API accepts.
            app_token: xapp-…, for ``apps.connections.open``.
            transport: The way to the app: ``http`` or ``socket``. It can be changed at any time.
            host: 127.0.0.1 and nothing else.
            port: 0 for a free one.
            scopes: What the bot token may do.
            ack_seconds: How long the app may take to acknowledge; Slack gives it three.
            ping_seconds: How often Socket Mode pings.
        """
        team = Team()
        self.app_url = app_url
        self.signing_secret = signing_secret or cast.signing_secret()
        self.bot_token = bot_token or cast.bot_token()
        self.app_token = app_token or cast.app_token(team)
        self.transport: Transport = transport
        self.ack_seconds = ack_seconds
        # What to do wrong; see ``natobot.playground.faults``.
        self.faults = Faults()
        # Everything sent to the app, in order of its acknowledgement.
        self.deliveries: list[Delivery] = []
        super().__init__(state=State.new(team=team, bot_token=self.bot_token, app_token=self.app_token, scopes=scopes))
        self._host, self._port = host, port
        self._sockets = Sockets(state=self.state, ping_seconds=ping_seconds)
        self._background: Background | None = None

    def start(self) -> Self:
        """Listen.

        Raises:
            InputError: another address than 127.0.0.1, or a port in use.
        """
        if self._background:
            return self
        sock = listen(self._host, self._port)
        self.state.url = f"http://{HOST}:{sock.getsockname()[1]}"
        self.state.open_socket = self._sockets.open
        background = Background(self.state, self.faults, self._sockets, sock)
        background.start()
        self._background = background
        return self

    def close(self) -> None:
        """Stop listening and cut all connections. Everything that happened can still be looked at."""
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

    def env(self) -> dict[str, str]:
        """The environment that points an app at this Slack."""
        return {
            "SLACK_API_URL": self.api_url,
            "SLACK_BOT_TOKEN": self.bot_token,
            "SLACK_APP_TOKEN": self.app_token,
            "SLACK_SIGNING_SECRET": self.signing_secret,
        }

    def send(self, packet: Packet) -> Delivery:
        """Send a packet to the app by the current transport and wait for its acknowledgement."""
        if self.transport == "socket" and packet.kind != "url_verification":
            sent = self._running().run(self._sockets.deliver(packet, self.ack_seconds))
        else:
            sent = delivery.send(self.app_url, self.signing_secret, packet, self.ack_seconds)
        self.deliveries.append(sent)
        return sent

    # Looking

    def messages(self, channel: str | None = None, thread_ts: str | None = None, *, people: bool = False) -> list[Message]:
        """The app's messages as they stand now, oldest first; with ``people`` everybody's."""
        where = self._channel(channel).id if channel else None
        with self.state.changed:
            return [
                message
                for message in self.state.messages
                if (people or message.bot_id) and where in (None, message.channel) and thread_ts in (None, message.thread_ts)
            ]

    @property
    def calls(self) -> list[Call]:
        """Every request of the app, in order."""
        with self.state.changed:
            return list(self.state.calls)

    @property
    def unknown_calls(self) -> list[Call]:
        """The requests for methods that the local Slack does not implement; a test fails if there are any."""
        return [call for call in self.calls if call.answer.get("error") == "unknown_method"]

    def home(self, user: str = "editor") -> View | None:
        """The Home tab a person sees, if the app published one."""
        return self.state.views.get(self.state.homes.get(self._user(user).id, ""))

    def modal(self, user: str = "editor") -> View | None:
        """The modal on top of a person's screen, if there is one."""
        open_views = self.state.modals.get(self._user(user).id)
        return self.state.views[open_views[-1]] if open_views else None

    def wait_for_messages(
        self,
        count: int,
        channel: str | None = None,
        thread_ts: str | None = None,
        *,
        people: bool = False,
        timeout: float = 5.0,
    ) -> list[Message]:
        """Wait until there are that many messages; see ``messages``.

        Raises:
            TimeoutError: fewer came; the error says which, and what the app called.
        """
        if not self.state.wait(lambda: len(self.messages(channel, thread_ts, people=people)) >= count, timeout):
            there = [message.text[:80] for message in self.messages(channel, thread_ts, people=people)]
            calls = [(call.method, call.answer.get("error") or "ok") for call in self.calls]
            raise TimeoutError(f"{count} messages expected after {timeout} s, there are {there}; calls: {calls}")
        return self.messages(channel, thread_ts, people=people)

    def wait_for_calls(self, method: str, count: int = 1, *, timeout: float = 5.0) -> list[Call]:
        """Wait until a method was called that often.

        Raises:
            TimeoutError: it was called less often.
        """

        def calls() -> list[Call]:
            return [call for call in self.calls if call.method == method]

        if not self.state.wait(lambda: len(calls()) >= count, timeout):
            raise TimeoutError(f"{count} calls of {method} expected after {timeout} s, there are {len(calls())}")
        return calls()

    def wait_for_sockets(self, count: int = 1, *, timeout: float = 5.0) -> None:
        """Wait until that many apps are connected by Socket Mode.

        Raises:
            TimeoutError: fewer are.
        """
        if not self.state.wait(lambda: self._sockets.count >= count, timeout):
            raise TimeoutError(f"{count} sockets expected after {timeout} s, there are {self._sockets.count}")

    def settle(self, quiet: float = 0.3, *, timeout: float = 10.0) -> None:
        """Wait until the app has called nothing for ``quiet`` seconds: what has not come by then does not come.

        Raises:
            TimeoutError: it does not stop calling.
        """
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            before = len(self.calls)
            if not self.state.wait(lambda: len(self.calls) > before, quiet):  # noqa: B023 - called at once
                return
        raise TimeoutError(f"the app still called Slack after {timeout} s")

    # Arranging

    def add_user(self, name: str, real_name: str = "", tz: str = "Europe/Brussels") -> User:
        """Let somebody join."""
        user = User(id=cast.some_id("U"), name=name, real_name=real_name or name, tz=tz)
        self.state.users[user.id] = user
        return user

    def add_channel(self, name: str, *, private: bool = False, member: bool = True, archived: bool = False) -> Channel:
        """Make a channel; ``member`` says whether the app is in it."""
        kind: cast.ChannelKind = "private" if private else "public"
        channel = Channel(id=cast.some_id("C"), name=name, kind=kind, member=member, archived=archived)
        self.state.channels[channel.id] = channel
        return channel

    def revoke(self, token: str, error: str = "token_revoked") -> None:
        """Let the Web API answer ``error`` to whoever uses this token from now on."""
        self.state.revoke(token, error)

    def advance(self, seconds: float) -> None:
        """Put the workspace's clock forward: trigger ids and response URLs grow old. Signatures keep the real time."""
        self.state.ahead += seconds

    def disconnect_sockets(self, reason: str = "refresh_requested") -> None:
        """Tell the apps to connect anew: ``warning`` leaves the connection open, ``refresh_requested`` closes it."""
        self._running().run(self._sockets.disconnect(reason))

    def drop_sockets(self) -> None:
        """Cut the Socket Mode connections without a word."""
        self._running().run(self._sockets.drop())

    def reset(self) -> None:
        """Start over: forget messages, calls, deliveries and faults. The cast, the tokens and the sockets stay."""
        self.state.clear()
        self.faults.clear()
        self.deliveries.clear()
        self.events.clear()

    def _running(self) -> Background:
        if self._background is None:
            raise InputError("the local Slack is not running. Use it in a with statement, or call start() first.")
        return self._background
