"""What a workspace remembers: messages, calls, views, and what it handed out. Safe to use from any thread."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from natobot.playground import cast
from natobot.playground.cast import Channel, Json, Team, Token, User
from natobot.playground.hub import Changed, Hub
from natobot.playground.records import Call, Message, ResponseUrl, View
from natobot.playground.refused import Refused

TRIGGER_SECONDS = 3.0
URL_SECONDS = 30 * 60.0
URL_USES = 5


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class State:
    """All of it. ``changed`` is notified at every change."""

    # What it shares with the other workspaces.
    hub: Hub
    # Who it is.
    team: Team
    # By id.
    users: dict[str, User]
    # By id.
    channels: dict[str, Channel]
    # Guards everything below; the hub's own.
    changed: Changed
    # In the order of ``ts``.
    messages: list[Message] = field(default_factory=list)
    # In the order they came.
    calls: list[Call] = field(default_factory=list)
    # Modals by id; Home tabs too.
    views: dict[str, View] = field(default_factory=dict)
    # What each person has open: ``home`` and the stack of modals, top last.
    homes: dict[str, str] = field(default_factory=dict)
    modals: dict[str, list[str]] = field(default_factory=dict)
    # What the app suggests to ask in a direct message, by its channel: ``title`` and ``prompts``.
    prompts: dict[str, Json] = field(default_factory=dict)
    # Handed out, by id.
    urls: dict[str, ResponseUrl] = field(default_factory=dict)
    # Who may use a trigger id, and since when.
    triggers: dict[str, tuple[str, float]] = field(default_factory=dict)
    # Trigger ids that have opened something.
    spent: set[str] = field(default_factory=set)
    # Last ``ts`` in microseconds.
    last: int = 0

    @staticmethod
    def new(hub: Hub, team: Team) -> "State":
        """A workspace with the default cast and nothing said yet."""
        state = State(
            hub=hub,
            team=team,
            users={user.id: user for user in cast.people(team)},
            channels={channel.id: channel for channel in cast.channels(team)},
            changed=hub.changed,
        )
        with hub.changed:
            hub.states[team.id] = state
        return state

    @property
    def url(self) -> str:
        """Where the server listens."""
        return self.hub.url

    @property
    def tokens(self) -> dict[str, Token]:
        """All tokens by value, those of other workspaces too."""
        return self.hub.tokens

    def knows(self, args: Json) -> bool:
        """Whether the arguments of a call name this workspace, or somebody or something in it."""
        names = {
            args.get(name) for name in ("team_id", "channel", "channel_id", "user", "user_id") if isinstance(args.get(name), str)
        }
        trigger = args.get("trigger_id")
        return bool(names & {self.team.id, *self.users, *self.channels}) or (
            isinstance(trigger, str) and trigger in self.triggers
        )

    def clear(self) -> None:
        """Forget everything that happened; the cast and the tokens stay."""
        with self.changed:
            lists = (self.messages, self.calls)
            maps = (self.views, self.homes, self.modals, self.prompts, self.urls, self.triggers)
            for memory in (*lists, *maps, self.spent):
                memory.clear()
            self.changed.notify_all()

    def now(self) -> float:
        """The workspace's time, in seconds since 1970."""
        return self.hub.now()

    def next_ts(self) -> str:
        """A ``ts`` after all others."""
        with self.changed:
            self.last = max(int(self.now() * 1_000_000), self.last + 1)
            return f"{self.last // 1_000_000}.{self.last % 1_000_000:06d}"

    def add(self, **fields: Any) -> Message:
        """Add a message; see ``Message`` for the fields."""
        with self.changed:
            message = Message(ts=self.next_ts(), **fields)
            self.messages.append(message)
            self.changed.notify_all()
            return message

    def change(self, message: Message, **fields: Any) -> Message:
        """Change a message where it stands."""
        with self.changed:
            place = self._place(message)
            self.messages[place] = replace(self.messages[place], edited=self.next_ts(), **fields)
            self.changed.notify_all()
            return self.messages[place]

    def delete(self, message: Message) -> None:
        """Take a message away."""
        with self.changed:
            del self.messages[self._place(message)]
            self.changed.notify_all()

    def find(self, channel: str, ts: str | None) -> Message | None:
        """The message of this name, if there is one."""
        with self.changed:
            return next((m for m in self.messages if m.ts == ts and m.channel == channel), None)

    def record(self, call: Call) -> None:
        """Remember a call."""
        with self.changed:
            self.calls.append(call)
            self.changed.notify_all()

    def wait(self, until: Callable[[], bool], timeout: float) -> bool:
        """Wait for a change that makes ``until()`` true; false if it does not come in time."""
        with self.changed:
            return self.changed.wait_for(until, timeout)

    def direct(self, user: str) -> Channel:
        """The direct message between a person and the app; it opens by itself."""
        with self.changed:
            for channel in self.channels.values():
                if channel.user == user:
                    return channel
            channel = Channel(id="D" + user[1:], name=f"dm-{self.users[user].name}", kind="im", user=user)
            self.channels[channel.id] = channel
            return channel

    def trigger(self, user: str) -> str:
        """A trigger id: good once, for three seconds."""
        with self.changed:
            trigger = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
            self.triggers[trigger] = (user, self.now())
            return trigger

    def use_trigger(self, trigger: str) -> str:
        """Spend a trigger id; says whose it was.

        Raises:
            Refused: ``invalid_trigger_id``, ``exchanged_trigger_id``, ``expired_trigger_id``.
        """
        with self.changed:
            user, issued = self.triggers.get(trigger, ("", 0.0))
            if not user:
                raise Refused("invalid_trigger_id")
            if trigger in self.spent:
                raise Refused("exchanged_trigger_id")
            if self.now() - issued > TRIGGER_SECONDS:
                raise Refused("expired_trigger_id")
            self.spent.add(trigger)
            return user

    def new_url(self, kind: str, channel: str, user: str, original: Message | None = None) -> ResponseUrl:
        """Hand out an address for replies."""
        with self.changed:
            url = ResponseUrl(
                id=secrets.token_urlsafe(18),
                kind=kind,
                channel=channel,
                user=user,
                thread_ts=original.thread_ts if original else None,
                original=original.ts if original else None,
                issued=self.now(),
            )
            self.urls[url.id] = url
            return url

    def address(self, url: ResponseUrl) -> str:
        """The whole address of a response URL."""
        return f"{self.url}/{url.kind}/{self.team.id}/{url.id}"

    def use_url(self, url_id: str) -> ResponseUrl:
        """Use a response URL once more.

        Raises:
            Refused: ``expired_url`` (also for one never handed out), ``used_url``.
        """
        with self.changed:
            url = self.urls.get(url_id)
            if url is None or self.now() - url.issued > URL_SECONDS:
                raise Refused("expired_url")
            if url.uses >= URL_USES:
                raise Refused("used_url")
            self.urls[url_id] = replace(url, uses=url.uses + 1)
            return self.urls[url_id]

    def show(self, user: str, body: Json, previous: View | None = None) -> View:
        """Show somebody a Home tab, or a modal on top of ``previous``."""
        with self.changed:
            view_id = cast.some_id("V")
            root, below = (previous.root, previous.id) if previous else (view_id, None)
            view = View(id=view_id, hash=self._hash(), user=user, body=body, root=root, previous=below)
            self.views[view.id] = view
            if body["type"] == "home":
                self.homes[user] = view.id
            else:
                self.modals.setdefault(user, []).append(view.id)
            self.changed.notify_all()
            return view

    def hide(self, view: View) -> None:
        """Take a modal, and what is on top of it, off the screen."""
        with self.changed:
            stack = self.modals.get(view.user, [])
            if view.id in stack:
                del stack[stack.index(view.id) :]
            self.changed.notify_all()

    def redraw(self, view: View, body: Json) -> View:
        """Put another body into a view."""
        with self.changed:
            self.views[view.id] = replace(view, body=body, hash=self._hash())
            self.changed.notify_all()
            return self.views[view.id]

    def _place(self, message: Message) -> int:
        """Where a message stands now, though it may have changed since it was looked up."""
        return next(place for place, m in enumerate(self.messages) if (m.channel, m.ts) == (message.channel, message.ts))

    def _hash(self) -> str:
        return f"{int(self.now())}.{secrets.token_hex(4)}"
