"""What people do in Slack: each function writes down what they did and sends the app what Slack would send."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from natobot.errors import InputError
from natobot.playground import forms, payloads, scopes
from natobot.playground.blocks import check_view
from natobot.playground.cast import Channel, Json, User
from natobot.playground.delivery import Delivery, Packet, PacketKind, Sent
from natobot.playground.forms import Chosen
from natobot.playground.payloads import Act
from natobot.playground.records import Message, ResponseUrl, View
from natobot.playground.refused import Refused
from natobot.playground.replies import acknowledge
from natobot.playground.state import State


@dataclass(kw_only=True, eq=False, repr=False)
class People:
    """The people of the workspace. They are named by id or handle, channels by id or name with or without ``#``."""

    # What is remembered.
    state: State
    # Events sent so far, by event id.
    events: dict[str, Json] = field(default_factory=dict)

    def send(self, packet: Packet) -> Delivery:
        """Send a packet to the app and wait for its acknowledgement."""
        raise NotImplementedError

    def command(
        self, command: str, text: str = "", *, user: str = "editor", channel: str = "general", escape: bool = True
    ) -> Delivery:
        """Type a slash command; what the acknowledgement says becomes a message, ``Delivery.posted``."""
        if not command.startswith("/"):
            raise InputError(f"{command!r} is not a slash command. Begin it with a slash.")
        self._granted(scopes.COMMANDS, "slash commands")
        act, url = self._act("commands", self._user(user), self._channel(channel))
        fields = payloads.slash_command(act, command, self._typed(text.strip(), escape))
        delivery = self._send("slash_commands", fields)
        if delivery.error:
            return delivery
        try:
            return replace(delivery, posted=acknowledge(self.state, url, delivery.payload))
        except Refused as refused:
            return replace(delivery, error=refused.error, messages=refused.messages)

    def mention(
        self,
        text: str,
        *,
        channel: str = "general",
        user: str = "editor",
        thread_ts: str | None = None,
        escape: bool = True,
    ) -> Sent:
        """Write a message that names the app; its name is put in front where the text does not hold it."""
        name = f"<@{self.state.team.bot_user}>"
        text = text if name in text else f"{name} {text}"
        said = self.say(text, channel=channel, user=user, thread_ts=thread_ts, escape=escape)
        return self._event(payloads.app_mention(self.state.team, said), said.ts)

    def direct_message(self, text: str, user: str = "editor", *, thread_ts: str | None = None, escape: bool = True) -> Sent:
        """Write to the app in the direct message with it."""
        room = self.state.direct(self._user(user).id)
        said = self.say(text, channel=room.id, user=user, thread_ts=thread_ts, escape=escape)
        return self._event(payloads.message_event(self.state.team, said, room.kind), said.ts)

    def say(
        self,
        text: str,
        *,
        channel: str = "general",
        user: str = "editor",
        thread_ts: str | None = None,
        escape: bool = True,
    ) -> Message:
        """Write a message that the app is not told of."""
        who, room = self._user(user), self._channel(channel)
        typed = self._typed(text, escape)
        return self.state.add(channel=room.id, thread_ts=thread_ts, user=who.id, text=typed, via="person")

    def edit(self, message: Message, text: str, *, escape: bool = True) -> Sent:
        """Edit a message; the app gets ``message_changed``."""
        new = self.state.change(message, text=self._typed(text, escape))
        return self._changed(new, message)

    def delete(self, message: Message) -> Sent:
        """Delete a message; the app gets ``message_deleted``."""
        self.state.delete(message)
        return self._changed(None, message)

    def open_home(self, user: str = "editor", tab: str = "home") -> Sent:
        """Look at the app: its ``home`` tab or its ``messages``."""
        who = self._user(user)
        return self.event({"type": "app_home_opened", "user": who.id, "channel": self.state.direct(who.id).id, "tab": tab})

    def event(self, event: Json) -> Sent:
        """Send any event, such as a bot's message or ``app_uninstalled``; ``ts`` and ``event_ts`` are filled in."""
        ts = str(event.get("ts") or self.state.next_ts())
        stamped = {"event_ts": ts, **event}
        if event["type"] in ("message", "app_mention"):
            stamped["ts"] = ts
        return self._event(stamped, ts)

    def redeliver(self, event_id: str, reason: str = "http_timeout", num: int = 1) -> Delivery:
        """Send an event again, as Slack does when it thinks that the app did not get it."""
        if event_id not in self.events:
            raise InputError(f"no event has the id {event_id!r}. Take it from what mention() or event() returned.")
        packet = Packet(kind="events_api", payload=self.events[event_id], retry_num=num, retry_reason=reason)
        return self.send(packet)

    def verify_url(self) -> Delivery:
        """Ask the app the question that proves its address; ``error`` is ``challenge_failed`` if the answer is wrong."""
        question = payloads.url_verification()
        delivery = self._send("url_verification", question)
        said = delivery.payload.get("challenge", delivery.body) if delivery.is_json else delivery.body
        good = delivery.error is None and said == question["challenge"]
        return delivery if good else replace(delivery, error=delivery.error or "challenge_failed")

    def press(
        self,
        where: Message | View,
        action_id: str,
        *,
        user: str = "editor",
        value: Chosen = None,
        block: str | None = None,
        filled: Mapping[str, Chosen] | None = None,
    ) -> Delivery:
        """Press a button, or choose an option, in a message or a view.

        Args:
            where: The message or view.
            action_id: Which element.
            user: Who does it.
            value: Which of several buttons of that name, or what was chosen.
            block: Its ``block_id``, where several blocks have an element of that name.
            filled: What stands in the inputs, as for ``submit``.
        """
        act = self._act_on(where, self._user(user))
        blocks = where.body.get("blocks", ()) if isinstance(where, View) else where.blocks
        action, values = forms.action(blocks, action_id, value, block), forms.values(blocks, filled or {})
        return self._send("interactive", payloads.block_actions(act, action, where, self.state.next_ts(), values))

    def message_shortcut(self, callback_id: str, message: Message, *, user: str = "editor") -> Delivery:
        """Choose a shortcut from the menu of a message."""
        self._granted(scopes.COMMANDS, "shortcuts")
        act = self._act_on(message, self._user(user))
        return self._send("interactive", payloads.message_action(act, callback_id, message, self.state.next_ts()))

    def global_shortcut(self, callback_id: str, *, user: str = "editor") -> Delivery:
        """Choose a shortcut from the search box."""
        self._granted(scopes.COMMANDS, "shortcuts")
        act, _ = self._act("actions", self._user(user), None)
        return self._send("interactive", payloads.global_shortcut(act, callback_id, self.state.next_ts()))

    def submit(self, view: View, filled: Mapping[str, Chosen] | None = None) -> Delivery:
        """Send off a modal; ``filled`` says what was put in, by ``action_id``. The acknowledgement is carried out."""
        act, _ = self._act("actions", self.state.users[view.user], None)
        values = forms.values(view.body.get("blocks", ()), filled or {})
        delivery = self._send("interactive", payloads.view_submission(act, view, values))
        if delivery.error:
            return delivery
        try:
            self._after_submit(view, delivery.payload)
        except Refused as refused:
            return replace(delivery, error=refused.error, messages=refused.messages)
        return delivery

    def close_view(self, view: View) -> Delivery | None:
        """Close a modal by hand; the app is told if it asked to be (``notify_on_close``)."""
        act, _ = self._act("actions", self.state.users[view.user], None)
        self.state.hide(view)
        return self._send("interactive", payloads.view_closed(act, view)) if view.body.get("notify_on_close") else None

    def _after_submit(self, view: View, said: Json) -> None:
        match said.get("response_action"):
            case "errors":
                return
            case "update":
                check_view(said.get("view"), "modal")
                self.state.redraw(view, said["view"])
            case "push":
                check_view(said.get("view"), "modal")
                self.state.show(view.user, said["view"], view)
            case "clear":
                self.state.modals.pop(view.user, None)
            case _:
                self.state.hide(view)

    def _changed(self, new: Message | None, old: Message) -> Sent:
        ts = self.state.next_ts()
        kind = self.state.channels[old.channel].kind
        return self._event(payloads.changed_event(self.state.team, new, old, kind, ts), ts)

    def _event(self, event: Json, ts: str) -> Sent:
        self._granted(scopes.needed(event, self.state.channels), event["type"])
        return self._notify(payloads.event_callback(self.state.team, event, self.state.now()), ts)

    def _notify(self, payload: Json, ts: str) -> Sent:
        self.events[payload["event_id"]] = payload
        return Sent(event_id=payload["event_id"], ts=ts, delivery=self._send("events_api", payload))

    def _send(self, kind: PacketKind, payload: Json) -> Delivery:
        return self.send(Packet(kind=kind, payload=payload))

    def _granted(self, scope: str | None, what: str) -> None:
        """Slack tells an app nothing where it is not installed, and of nothing it has no scope for.

        Raises:
            InputError: that would be so; it names the scope.
        """
        there = self.state.hub.installation(self.state.team)
        if there is None:
            raise InputError(f"the app is not installed in {self.state.team.name!r}. Let somebody approve() it first.")
        if scope and scope not in there.scopes:
            granted = ", ".join(there.scopes) or "none"
            raise InputError(f"Slack does not send {what} to an app without the scope {scope}. Granted are: {granted}.")

    def _act_on(self, where: Message | View, user: User) -> Act:
        if isinstance(where, View):
            return self._act("actions", user, None)[0]
        return self._act("actions", user, self.state.channels[where.channel], where)[0]

    def _act(self, kind: str, user: User, channel: Channel | None, original: Message | None = None) -> tuple[Act, ResponseUrl]:
        self._granted(None, "interactions")
        url = self.state.new_url(kind, channel.id if channel else "", user.id, original)
        act = Act(
            team=self.state.team,
            user=user,
            channel=channel,
            trigger_id=self.state.trigger(user.id),
            response_url=self.state.address(url) if channel else None,
        )
        return act, url

    def _typed(self, text: str, escape: bool) -> str:
        known = {*self.state.users, *self.state.channels}
        return payloads.escape(text, known) if escape else text

    def _user(self, ref: str) -> User:
        for user in self.state.users.values():
            if ref.removeprefix("@") in (user.id, user.name):
                return user
        raise InputError(f"nobody is called {ref!r}. There are: {', '.join(u.name for u in self.state.users.values())}.")

    def _channel(self, ref: str) -> Channel:
        for channel in self.state.channels.values():
            if ref.removeprefix("#") in (channel.id, channel.name):
                return channel
        names = ", ".join(c.name for c in self.state.channels.values())
        raise InputError(f"no channel is called {ref!r}. There are: {names}.")
