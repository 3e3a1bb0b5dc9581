"""What natobot listens to in Slack: plain functions, and ``register`` which mounts them into a Bolt app."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import App
from slack_sdk import WebClient

from natobot import render
from natobot.bot import Natobot
from natobot.slack import logs
from natobot.slack.deliver import Deliveries, apology
from natobot.slack.post import TIMEOUT, BriefRateLimit
from natobot.state import Delivery, Kind, State, Workspace

# Slack's ids and timestamps; anything else does not come from Slack.
_ID = re.compile(r"[A-Z0-9]{1,64}")
_TS = re.compile(r"[0-9]{1,16}\.[0-9]{1,16}")
_EVENT = re.compile(r"[A-Za-z0-9_-]{1,128}")


def register(app: App, bot: Natobot, state: State) -> Deliveries:
    """Mount natobot into a Bolt app: the command, mentions and direct messages.

    The caller starts and stops the workers that come back; until they start, mentions are written down and wait.
    """
    deliveries = Deliveries(bot, state, posting_client(app.client))

    def nato(ack: Callable[..., Any], command: Mapping[str, Any]) -> None:
        answer_command(bot, ack, command)

    def app_mention(body: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        take_event(deliveries, body, context)

    def message(body: Mapping[str, Any], context: Mapping[str, Any]) -> None:
        take_event(deliveries, body, context)

    app.command("/nato")(nato)
    app.event("app_mention")(app_mention)
    app.event("message")(message)
    return deliveries


def answer_command(bot: Natobot, ack: Callable[..., Any], command: Mapping[str, Any]) -> None:
    """Answer ``/nato`` inside its acknowledgement, for the asker's eyes only."""
    try:
        answer = bot.reply(str(command.get("text") or ""))
        text, blocks = render.text(answer, bot.wording), render.blocks(answer, bot.wording)
    except Exception as error:
        # The last line of defence: Slack would show the asker nothing but "dispatch_failed".
        reference = logs.report(error, "answering /nato")
        ack(response_type="ephemeral", text=apology(bot, reference))
        return
    ack(response_type="ephemeral", text=text, blocks=blocks)


def take_event(deliveries: Deliveries, body: Mapping[str, Any], context: Mapping[str, Any]) -> None:
    """Take a mention or direct message; everything else that the same event types bring is ignored."""
    bot_user = str(context.get("bot_user_id") or "")
    workspace = Workspace(enterprise=str(context.get("enterprise_id") or ""), team=str(context.get("team_id") or ""))
    delivery = delivery_of(body, workspace, bot_user)
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
    )


def without_mention(text: str, bot_user: str) -> str:
    """The question without the bot's own name; other people's names stay as Slack wrote them."""
    if not bot_user:
        return text
    own = rf"<@{re.escape(bot_user)}(?:\|[^<>]*)?>"
    return re.sub(own, " ", re.sub(rf"^\s*(?:{own}[\s,:;.\u2013\u2014-]*)+", "", text)).strip()


def posting_client(client: WebClient) -> WebClient:
    """A client that never repeats a post by itself, save for one that Slack refused for its rate."""
    return WebClient(
        token=client.token,
        base_url=client.base_url,
        timeout=TIMEOUT,
        ssl=client.ssl,
        proxy=client.proxy,
        headers=client.headers,
        retry_handlers=[BriefRateLimit()],
        # Its errors may repeat what was sent; the outcome is logged by us.
        logger=logs.quiet("posting", logs.SILENT),
    )


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
