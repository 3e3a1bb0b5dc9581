"""What the listeners share, and the two ways to answer a press: a window, or a line that only the person sees."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_sdk import WebClient

from natobot import render
from natobot.bot import Natobot
from natobot.feedback import Feedback, Place
from natobot.metrics import Metrics
from natobot.model import Snippet
from natobot.render import Block
from natobot.slack import cards, modals
from natobot.slack.carry import Carried, unpack
from natobot.slack.plans import Shelf
from natobot.slack.post import FAILURES, outcome_of
from natobot.slack.replies import Replies
from natobot.state import State, Workspace
from natobot.subscriptions import Subscriptions

log = logging.getLogger(__name__)

_ID = re.compile(r"[A-Z0-9]{1,64}")
_TS = re.compile(r"[0-9]{1,16}\.[0-9]{1,16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every listener works with."""

    # Answers.
    bot: Natobot
    # Remembers threads.
    state: State
    # Remembers what people say of answers.
    feedback: Feedback
    # (workspace, person) of the editors.
    editors: frozenset[tuple[str, str]] = frozenset()
    # Counts.
    metrics: Metrics = field(default_factory=Metrics)
    # Sees to it that private answers arrive.
    replies: Replies = field(default_factory=Replies)

    @property
    def wording(self) -> Mapping[str, str]:
        """Every sentence the bot says."""
        return self.bot.wording

    @property
    def subscriptions(self) -> Subscriptions:
        """Which channels get a daily post."""
        return Subscriptions(self.state)

    @property
    def shelf(self) -> Shelf:
        """What there is to subscribe to."""
        return Shelf(topics=self.bot.topics, sources=self.bot.store.sources, wording=self.wording)

    def edits(self, workspace: Workspace, person: str) -> bool:
        """Whether somebody is an editor of their workspace."""
        return (workspace.team or workspace.enterprise, person) in self.editors

    @property
    def ephemeral(self) -> cards.Frame:
        """How a card stands that only one person sees."""
        return cards.Frame(share=True, tell=self.feedback.keep_questions)

    @property
    def public(self) -> cards.Frame:
        """How a card stands that all see."""
        return cards.Frame(tell=self.feedback.keep_questions)

    def snippets(self, ids: tuple[str, ...]) -> list[Snippet]:
        """The passages of these ids that are still in the documents."""
        store = self.bot.store
        return [self.bot.snippet(passage) for each in ids if (passage := store.passage(each)) is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What somebody did, as Slack tells it: a button, a shortcut or a window sent off."""

    # Where.
    workspace: Workspace
    # Who; "" if Slack's payload is not of the usual shape.
    person: str
    # Channel of the message; "" in a view.
    channel: str = ""
    # ``ts`` of the message, or id of the view.
    message_ts: str = ""
    # Thread of the message, or "".
    thread_ts: str = ""
    # Whether only this person sees the message.
    ephemeral: bool = False
    # Where private answers go; "" in a view.
    response_url: str = field(default="", repr=False)
    # Opens a window, for three seconds.
    trigger_id: str = field(default="", repr=False)
    # Whether it was in a window, so that another goes on top of it.
    in_window: bool = False
    # What the button carries, if it can be read.
    carried: Carried | None = None
    # The same as it came, for buttons that carry something else.
    value: object = field(default=None, repr=False)

    @property
    def place(self) -> Place:
        """The message or view, as feedback knows it."""
        return Place(workspace=self.workspace, channel=self.channel, message_ts=self.message_ts)

    def reply(self, kind: str, text: str, blocks: list[Block]) -> dict[str, Any]:
        """What to post to the address of the press, beside the message and in its thread."""
        thread = {"thread_ts": self.thread_ts} if self.thread_ts else {}
        return {"response_type": kind, "replace_original": False, "text": text, "blocks": blocks, **thread}


def workspace_of(context: Mapping[str, Any]) -> Workspace:
    """The workspace a request comes from; the organisation where the app is installed for all of it.

    Of such an installation some requests name the workspace and some do not, and they must not become two.
    """
    enterprise, team = str(context.get("enterprise_id") or ""), str(context.get("team_id") or "")
    org_wide = bool(context.get("is_enterprise_install")) and bool(enterprise)
    return Workspace(enterprise=enterprise, team="" if org_wide else team)


def press_of(body: Mapping[str, Any], context: Mapping[str, Any]) -> Press:
    """The press behind a payload; what is not of the usual shape is left empty."""
    container, action = _mapping(body.get("container")), _mapping((body.get("actions") or [{}])[0])
    message, view = _mapping(body.get("message")), _mapping(body.get("view"))
    ts = _shaped(_TS, container.get("message_ts") or message.get("ts"))
    return Press(
        workspace=workspace_of(context),
        person=_shaped(_ID, _mapping(body.get("user")).get("id")),
        channel=_shaped(_ID, container.get("channel_id") or _mapping(body.get("channel")).get("id")),
        message_ts=ts or _shaped(_ID, view.get("id")),
        thread_ts=_shaped(_TS, container.get("thread_ts") or message.get("thread_ts")),
        ephemeral=container.get("is_ephemeral") is True,
        response_url=str(body.get("response_url") or ""),
        trigger_id=str(body.get("trigger_id") or ""),
        in_window=view.get("type") == "modal",
        carried=unpack(action.get("value")),
        value=action.get("value"),
    )


def command_of(command: Mapping[str, Any], context: Mapping[str, Any]) -> Press:
    """A slash command, as something that is answered like a press."""
    return Press(
        workspace=workspace_of(context),
        person=_shaped(_ID, command.get("user_id")),
        channel=_shaped(_ID, command.get("channel_id")),
        response_url=str(command.get("response_url") or ""),
        trigger_id=str(command.get("trigger_id") or ""),
    )


def show(press: Press, client: WebClient, view: Block, desk: Desk) -> None:
    """Open a window; if Slack does not let us, say so privately."""
    try:
        _open(press, client, view)
    except FAILURES as error:
        outcome = outcome_of(error)
        desk.metrics.slack_failed("views.open", outcome.error)
        log.warning("a window was not opened (%s)", outcome.error)
        tell(press, client, desk.wording["window_failed"], desk)


def tell(press: Press, client: WebClient, line: str, desk: Desk) -> None:
    """Say something for this person only: below the message, or in a window where there is none."""
    if press.response_url:
        answer_privately(press, client, (render.escape(line), [render.plain(line)]), desk)
        return
    try:
        _open(press, client, modals.notice(line, desk.wording))
    except FAILURES as error:
        log.warning("a notice was not shown (%s)", outcome_of(error).error)


def _open(press: Press, client: WebClient, view: Block) -> None:
    opens = client.views_push if press.in_window else client.views_open
    opens(trigger_id=press.trigger_id, view=view)


def answer_privately(press: Press, client: WebClient, card: cards.Card, desk: Desk, *, replace: bool = False) -> None:
    """Post a card for this person only, beside the message of the press or (``replace``) in its place."""
    payload = press.reply("ephemeral", *card) | {"replace_original": replace}
    desk.replies.give(client, press.response_url, payload, person=press.person, channel=press.channel)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _shaped(pattern: re.Pattern[str], value: Any) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""
