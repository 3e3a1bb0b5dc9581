"""What natobot listens to in Slack: plain functions, and ``register`` which mounts them into a Bolt app."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from slack_bolt import App
from slack_sdk import WebClient

from natobot.bot import Natobot
from natobot.feedback import Feedback
from natobot.metrics import Metrics
from natobot.slack.actions import HANDLERS, give_reason, pressed
from natobot.slack.arrange import CALLBACK
from natobot.slack.authorize import installed_in
from natobot.slack.commands import answer_command, arrange_command, is_arranged
from natobot.slack.deliver import Deliveries
from natobot.slack.departures import EVENTS, Departures
from natobot.slack.desk import Desk, workspace_of
from natobot.slack.homes import opened
from natobot.slack.post import Clients, posting_client
from natobot.slack.replies import Replies
from natobot.slack.shortcuts import check_quote, find_sources
from natobot.slack.subscribe import announce, save
from natobot.state import Delivery, Kind, State, Workspace

# Slack's ids and timestamps; anything else does not come from Slack.
_ID = re.compile(r"[A-Z0-9]{1,64}")
_TS = re.compile(r"[0-9]{1,16}\.[0-9]{1,16}")
_EVENT = re.compile(r"[A-Za-z0-9_-]{1,128}")


def register(
    app: App,
    bot: Natobot,
    state: State,
    *,
    editors: Iterable[tuple[str, str]] = (),
    keep_unanswered: bool = True,
    clients: Clients | None = None,
    departures: Departures | None = None,
) -> Deliveries:
    """Mount natobot into a Bolt app: the command, mentions, direct messages, buttons, windows, shortcuts, the Home tab.

    ``editors`` are (workspace, person) of those who see what went unanswered. ``clients`` gives the client that posts for
    a workspace; without, it comes from the app's installation store, and where it has none it is the app's own for all.
    ``departures`` deletes what is stored of a workspace that leaves; without, one is made. Listeners of yours to
    `app_uninstalled` and `tokens_revoked` must be mounted before. The caller starts and stops the workers that come back;
    until they start, mentions are written down and wait.
    """
    feedback = Feedback(state, keep_questions=keep_unanswered)
    metrics = Metrics()
    replies = Replies(metrics)
    desk = Desk(bot=bot, state=state, feedback=feedback, editors=frozenset(editors), metrics=metrics, replies=replies)
    installed = installed_in(app) if clients is None else None
    # It sits out no limit: the table holds the channel, for all processes.
    own = posting_client(app.client, sits_out=False)
    posting: Clients = clients or (installed.client if installed else lambda _: own)
    deliveries = Deliveries(bot, state, posting, frame=desk.public, metrics=metrics, replies=replies)
    app.middleware(departures or Departures(state, installed.forget if installed else lambda _: None))

    def nato(ack: Callable[..., Any], command: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        answer_command(desk, ack, command, context)

    def arrange(command: Mapping[str, Any], context: Mapping[str, Any], client: WebClient) -> None:
        arrange_command(desk, command, context, client)

    def settings(ack: Callable[..., Any], body: Mapping[str, Any], context: dict[str, Any]) -> None:
        save(desk, ack, body, context)

    def settings_saved(body: Mapping[str, Any], context: Mapping[str, Any], client: WebClient) -> None:
        announce(desk, body, context, client)

    def app_mention(body: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        take_event(deliveries, body, context)

    def message(body: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        take_event(deliveries, body, context)

    def home_opened(body: Mapping[str, Any], context: Mapping[str, Any], client: WebClient) -> None:
        opened(desk, body, context, client)

    def reason(ack: Callable[..., Any], body: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        give_reason(desk, ack, body, context)

    app.command("/nato", matchers=[is_arranged])(ack=taken, lazy=[arrange])
    app.command("/nato")(nato)
    app.event("app_mention")(app_mention)
    app.event("message")(message)
    app.event("app_home_opened")(ack=taken, lazy=[home_opened])
    for name in EVENTS:
        # What is to be done `Departures` has done.
        app.event(name)(taken)
    app.view("natobot_reason")(reason)
    app.view(CALLBACK)(ack=settings, lazy=[settings_saved])
    for name in HANDLERS:
        app.action(re.compile(rf"natobot_{name}(_[0-9]+)?$"))(ack=taken, lazy=[_press(desk, name)])
    app.shortcut({"type": "message_action", "callback_id": "check_quote"})(ack=taken, lazy=[_choice(desk, check_quote)])
    app.shortcut({"type": "message_action", "callback_id": "find_sources"})(ack=taken, lazy=[_choice(desk, find_sources)])
    return deliveries


def taken(ack: Callable[..., Any]) -> None:
    """Tell Slack that we have it; what it asks for is done afterwards."""
    ack()


def _press(desk: Desk, name: str) -> Callable[..., None]:
    def press(body: Mapping[str, Any], context: Mapping[str, Any], client: WebClient) -> None:
        pressed(name, desk, body, context, client)

    return press


def _choice(desk: Desk, chosen: Callable[..., None]) -> Callable[..., None]:
    def choice(body: Mapping[str, Any], context: Mapping[str, Any], client: WebClient) -> None:
        chosen(desk, body, context, client)

    return choice


def take_event(deliveries: Deliveries, body: Mapping[str, Any], context: Mapping[str, Any]) -> None:
    """Take a mention or direct message; everything else that the same event types bring is ignored."""
    bot_user = str(context.get("bot_user_id") or "")
    delivery = delivery_of(body, workspace_of(context), bot_user)
    if delivery is not None:
        deliveries.take(delivery)


def delivery_of(body: Mapping[str, Any], workspace: Workspace, bot_user: str) -> Delivery | None:
    """The delivery an event asks for, or nothing: bots (ourselves included), edits and subtypes get no reply."""
    event = body.get("event")
    if not isinstance(event, Mapping) or not _from_a_person(event, bot_user):
        return None
    kind = _kind(event)
    place = [(body.get("event_id"), _EVENT), (event.get("channel"), _ID), (event.get("ts"), _TS)]
    if kind is None or not all(isinstance(value, str) and pattern.fullmatch(value) for value, pattern in place):
        return None
    given = event.get("thread_ts")
    thread = given if isinstance(given, str) and _TS.fullmatch(given) else ""
    return Delivery(
        event_id=str(body["event_id"]),
        workspace=workspace,
        kind=kind,
        channel=str(event["channel"]),
        message_ts=str(event["ts"]),
        # In a channel the answer opens a thread on the question, so that it fills nobody's screen.
        thread_ts=thread or (str(event["ts"]) if kind == "mention" else ""),
        question=without_mention(str(event.get("text") or ""), bot_user),
        person=str(event["user"]),
    )


def without_mention(text: str, bot_user: str) -> str:
    """The question without the bot's own name; other people's names stay as Slack wrote them."""
    if not bot_user:
        return text
    own = rf"<@{re.escape(bot_user)}(?:\|[^<>]*)?>"
    return re.sub(own, " ", re.sub(rf"^\s*(?:{own}[\s,:;.\u2013\u2014-]*)+", "", text)).strip()


def _from_a_person(event: Mapping[str, Any], bot_user: str) -> bool:
    if any(event.get(mark) for mark in ("subtype", "bot_id", "bot_profile", "edited", "hidden")):
        return False
    user = event.get("user")
    return isinstance(user, str) and bool(_ID.fullmatch(user)) and user not in (bot_user, "USLACKBOT")


def _kind(event: Mapping[str, Any]) -> Kind | None:
    if event.get("type") == "app_mention":
        return "mention"
    if event.get("type") == "message" and event.get("channel_type") == "im":
        return "message"
    return None
