"""``Workspace``: lets tests and the tour act in one workspace of the local Slack and look at it."""

import time
from collections.abc import Callable
from dataclasses import replace

from natobot.errors import InputError
from natobot.playground import cast, payloads
from natobot.playground.cast import Channel, User
from natobot.playground.delivery import Delivery, Packet, Sent
from natobot.playground.hub import place
from natobot.playground.people import People
from natobot.playground.records import Call, Message, View
from natobot.playground.state import State


class Workspace(People):
    """A workspace with people, channels and messages of its own; ``Playground.add_workspace`` makes another."""

    def __init__(self, state: State, carry: Callable[[Packet], list[Delivery]]) -> None:
        """Make it.

        Args:
            state: What it remembers.
            carry: Sends a packet to the app, again where Slack would; every attempt comes back.
        """
        super().__init__(state=state)
        self._carry = carry
        # Everything sent to the app from here, in order of its acknowledgement.
        self.deliveries: list[Delivery] = []

    def __repr__(self) -> str:
        return f"<Workspace {self.state.team.name!r}>"

    @property
    def id(self) -> str:
        """T…"""
        return self.state.team.id

    @property
    def installed(self) -> bool:
        """Whether the app is installed here, be it by the whole organisation."""
        return self.state.hub.installation(self.state.team) is not None

    @property
    def bot_token(self) -> str:
        """The newest bot token for this workspace.

        Raises:
            InputError: the app is not installed.
        """
        there = self.state.hub.installation(self.state.team)
        if there is None:
            raise InputError(f"the app is not installed in {self.state.team.name!r}. Let somebody approve() it first.")
        return there.token

    def person(self, name: str) -> str:
        """U… of somebody, by id or handle."""
        return self._user(name).id

    def send(self, packet: Packet) -> Delivery:
        """Send a packet to the app by the current transport and wait for its acknowledgement."""
        sent = self._carry(packet)
        with self.state.changed:
            self.deliveries += sent
            self.state.changed.notify_all()
        return sent[-1]

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
        """Every request of the app for this workspace, in order; those for none are the first one's."""
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

    def settle(self, quiet: float = 0.3, *, timeout: float = 10.0) -> None:
        """Wait until the app has called nothing, in no workspace, for ``quiet`` seconds: what has not come does not come.

        Raises:
            TimeoutError: it does not stop calling.
        """
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            before = self._called()
            if not self.state.wait(lambda: self._called() > before, quiet):  # noqa: B023 - called at once
                return
        raise TimeoutError(f"the app still called Slack after {timeout} s")

    def _called(self) -> int:
        with self.state.changed:
            return sum(len(state.calls) for state in self.state.hub.states.values())

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
        """Let the Web API answer ``error`` to whoever uses this token from now on; the app is not told."""
        with self.state.changed:
            self.state.tokens[token] = replace(self.state.tokens[token], error=error)

    def uninstall(self) -> list[Sent]:
        """Take the app out, as an administrator does; one of the whole organisation goes everywhere.

        Its tokens answer ``account_inactive`` from now on, and the app is told by ``tokens_revoked`` and ``app_uninstalled``.
        """
        where = place(self.state.team)
        self.state.hub.remove(where, "account_inactive")
        return self.tell_gone(where, uninstalled=True)

    def tell_gone(self, where: str, *, uninstalled: bool) -> list[Sent]:
        """Tell the app that its tokens for a workspace or an enterprise are good no longer, and that it is gone."""
        ts = self.state.next_ts()
        team = replace(self.state.team, org=where == self.state.team.enterprise)
        events = [payloads.tokens_revoked(team.bot_user, ts)]
        if uninstalled:
            events.append(payloads.app_uninstalled(ts))
        return [self._notify(payloads.farewell(team, event, self.state.now()), ts) for event in events]

    def reset(self) -> None:
        """Start over here: forget messages, calls and deliveries. The cast and the tokens stay."""
        self.state.clear()
        self.deliveries.clear()
        self.events.clear()
