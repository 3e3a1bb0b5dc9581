"""What Slack sends, as JSON: records go in, the bodies of commands, events and interactions come out. No side effects."""

import re
import secrets
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from natobot.playground.cast import Channel, Json, Team, User, some_id
from natobot.playground.records import Message, View

# Mentions that a client writes for a person: <@U123>, <#C123|name>.
_MENTION = re.compile(r"(<[@#]([A-Z0-9]+)(?:\|[^<>]*)?>)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who did something where, and what Slack hands out for it."""

    # The workspace.
    team: Team
    # The person.
    user: User
    # The channel, or null in a view.
    channel: Channel | None = None
    # Good once, for three seconds.
    trigger_id: str
    # Where replies go, or null in a view.
    response_url: str | None = None


def escape(text: str, known: Collection[str]) -> str:
    """What a person types, as Slack sends it: ``&``, ``<`` and ``>`` escaped, mentions of the ids in ``known`` kept."""

    def plain(words: str) -> str:
        return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    out, end = [], 0
    for match in _MENTION.finditer(text):
        if match[2] in known:
            out += [plain(text[end : match.start()]), match[0]]
            end = match.end()
    return "".join(out) + plain(text[end:])


def slash_command(act: Act, command: str, text: str) -> dict[str, str]:
    """The fields of a slash command."""
    channel = act.channel
    if channel is None:
        raise ValueError("a slash command is typed in a channel")
    names = {"public": channel.name, "private": "privategroup", "im": "directmessage"}
    fields = {
        "token": "local",
        "team_id": act.team.id,
        "team_domain": act.team.domain,
        "channel_id": channel.id,
        "channel_name": names[channel.kind],
        "user_id": act.user.id,
        "user_name": act.user.name,
        "command": command,
        "text": text,
        "api_app_id": act.team.app,
        "is_enterprise_install": "true" if act.team.org else "false",
        "response_url": act.response_url or "",
        "trigger_id": act.trigger_id,
    }
    if act.team.enterprise:
        fields |= {"enterprise_id": act.team.enterprise, "enterprise_name": act.team.enterprise_name or ""}
    return fields


def event_callback(team: Team, event: Json, at: float) -> Json:
    """An event in the envelope of the Events API."""
    return {
        "token": "local",
        "team_id": team.id,
        **({"enterprise_id": team.enterprise} if team.enterprise else {}),
        "context_team_id": team.id,
        "context_enterprise_id": team.enterprise,
        "api_app_id": team.app,
        "event": event,
        "type": "event_callback",
        "event_id": some_id("Ev"),
        "event_time": int(at),
        "authorizations": [
            {
                "enterprise_id": team.enterprise,
                "team_id": None if team.org else team.id,
                "user_id": team.bot_user,
                "is_bot": True,
                "is_enterprise_install": team.org,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-" + secrets.token_hex(16),
    }


def farewell(team: Team, event: Json, at: float) -> Json:
    """An event about the end of an installation: nobody is authorized any more, and it may be no single workspace's."""
    envelope = event_callback(team, event, at)
    kept = ("token", "enterprise_id", "api_app_id", "event", "type", "event_id", "event_time")
    said = {name: envelope[name] for name in kept if name in envelope}
    return said | ({"is_enterprise_install": True} if team.org else {"team_id": team.id})


def tokens_revoked(bot_user: str, ts: str) -> Json:
    """The event for tokens that are good no longer; they are named by whose they were."""
    return {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot_user]}, "event_ts": ts}


def app_uninstalled(ts: str) -> Json:
    """The event for an app that is gone."""
    return {"type": "app_uninstalled", "event_ts": ts}


def url_verification() -> Json:
    """The question Slack asks of a new request address; the app must answer with the challenge."""
    return {"token": "local", "type": "url_verification", "challenge": secrets.token_urlsafe(32)}


def app_mention(team: Team, message: Message) -> Json:
    """The event for a message that names the app."""
    return {"type": "app_mention", **_event(team, message)}


def message_event(team: Team, message: Message, kind: str) -> Json:
    """The event for a message; ``kind`` is that of its channel."""
    kinds = {"public": "channel", "private": "group", "im": "im"}
    return {"type": "message", **_event(team, message), "channel_type": kinds[kind]}


def changed_event(team: Team, new: Message | None, old: Message, kind: str, ts: str) -> Json:
    """The event for a message that was edited, or deleted if ``new`` is null."""
    kinds = {"public": "channel", "private": "group", "im": "im"}
    event: Json = {
        "type": "message",
        "subtype": "message_changed" if new else "message_deleted",
        "hidden": True,
        "channel": old.channel,
        "channel_type": kinds[kind],
        "previous_message": message(team, old),
        "ts": ts,
        "event_ts": ts,
    }
    return event | ({"message": message(team, new)} if new else {"deleted_ts": old.ts})


def _event(team: Team, said: Message) -> Json:
    event = {**message(team, said), "channel": said.channel, "event_ts": said.ts}
    del event["type"]
    return event if said.bot_id else {"client_msg_id": str(uuid.uuid4()), **event}


def message(team: Team, said: Message) -> Json:
    """A message as answers and payloads show it."""
    shown: Json = {"type": "message", "user": said.user, "ts": said.ts, "text": said.text, "team": team.id}
    if said.bot_id:
        shown |= {"bot_id": said.bot_id, "app_id": team.app}
    if said.blocks:
        shown["blocks"] = with_ids(said.blocks)
    if said.thread_ts:
        shown["thread_ts"] = said.thread_ts
    if said.edited:
        shown["edited"] = {"user": said.user, "ts": said.edited}
    return shown


def with_ids(blocks: Collection[Json]) -> list[Json]:
    """Blocks as Slack keeps them: each with a ``block_id``."""
    return [{"block_id": f"b{number}", **block} for number, block in enumerate(blocks)]


def channel(room: Channel) -> Json:
    """A channel as ``conversations.info`` shows it."""
    shown = {
        "id": room.id,
        "is_channel": room.kind == "public",
        "is_group": room.kind == "private",
        "is_im": room.kind == "im",
        "is_private": room.kind != "public",
        "is_archived": room.archived,
    }
    return shown | ({"user": room.user} if room.kind == "im" else {"name": room.name, "is_member": room.member})


def view(team: Team, seen: View, values: Json | None = None) -> Json:
    """A view as answers and payloads show it, with the state of its inputs."""
    empty: dict[str, Any] = {"title": None, "submit": None, "close": None, "callback_id": "", "private_metadata": ""}
    return {
        **empty,
        **seen.body,
        "id": seen.id,
        "hash": seen.hash,
        "team_id": team.id,
        "app_id": team.app,
        "bot_id": team.bot,
        "app_installed_team_id": team.enterprise if team.org else team.id,
        "root_view_id": seen.root,
        "previous_view_id": seen.previous,
        "blocks": with_ids(seen.body.get("blocks", ())),
        "state": {"values": values or {}},
    }


def _interaction(act: Act, kind: str) -> Json:
    team: Json = {"id": act.team.id, "domain": act.team.domain}
    group: Json | None = None
    if act.team.enterprise:
        group = {"id": act.team.enterprise, "name": act.team.enterprise_name}
        team |= {"enterprise_id": act.team.enterprise, "enterprise_name": act.team.enterprise_name}
    shown: Json = {
        "type": kind,
        "user": {"id": act.user.id, "username": act.user.name, "name": act.user.name, "team_id": act.team.id},
        "team": team,
        "enterprise": group,
        "is_enterprise_install": act.team.org,
        "api_app_id": act.team.app,
        "token": "local",
        "trigger_id": act.trigger_id,
    }
    if act.channel:
        name = "directmessage" if act.channel.kind == "im" else act.channel.name
        shown["channel"] = {"id": act.channel.id, "name": name}
    return shown | ({"response_url": act.response_url} if act.response_url else {})


def block_actions(act: Act, action: Json, where: Message | View, ts: str, values: Json | None = None) -> Json:
    """A press of a button, or another choice, in a message or view."""
    shown = {**_interaction(act, "block_actions"), "actions": [{**action, "action_ts": ts}]}
    if isinstance(where, View):
        return {**shown, "container": {"type": "view", "view_id": where.id}, "view": view(act.team, where, values)}
    place: Json = {
        "type": "message",
        "message_ts": where.ts,
        "channel_id": where.channel,
        "is_ephemeral": where.ephemeral_to is not None,
    }
    if where.thread_ts:
        place["thread_ts"] = where.thread_ts
    shown |= {"container": place, "state": {"values": values or {}}}
    # Slack does not send the content of a message that only one person sees.
    return shown if where.ephemeral_to else {**shown, "message": message(act.team, where)}


def view_submission(act: Act, seen: View, values: Json) -> Json:
    """A modal sent off, with what was put in: ``{block_id: {action_id: {"type": …, "value": …}}}``."""
    return {**_interaction(act, "view_submission"), "view": view(act.team, seen, values), "response_urls": []}


def view_closed(act: Act, seen: View) -> Json:
    """A modal closed by hand."""
    return {**_interaction(act, "view_closed"), "view": view(act.team, seen), "is_cleared": False}


def message_action(act: Act, callback_id: str, said: Message, ts: str) -> Json:
    """A shortcut from the menu of a message."""
    more = {"callback_id": callback_id, "message_ts": said.ts, "message": message(act.team, said), "action_ts": ts}
    return {**_interaction(act, "message_action"), **more}


def global_shortcut(act: Act, callback_id: str, ts: str) -> Json:
    """A shortcut from the search box or the composer."""
    return {**_interaction(act, "shortcut"), "callback_id": callback_id, "action_ts": ts}
