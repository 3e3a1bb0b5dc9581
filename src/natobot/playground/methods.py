"""The Web API: the name of a method, a token and arguments go in, Slack's JSON comes out."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from natobot.playground import oauth, payloads
from natobot.playground.blocks import check_message, check_view, decode
from natobot.playground.cast import Channel, Json, Token, User
from natobot.playground.records import Message, Via
from natobot.playground.refused import Refused
from natobot.playground.replies import refuse_attachments
from natobot.playground.state import State

_TS = re.compile(r"\d{10}\.\d{6}")
# Views on top of each other, and prompts at once.
STACK, PROMPTS = 3, 4
# What it takes to look at a channel.
_READ = {"public": "channels:read", "private": "groups:read", "im": "im:read"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method of the Web API."""

    # Its name.
    name: str
    # The kind of token it needs, or null for none.
    takes: Literal["bot", "app"] | None
    # The scope it needs, or null for none.
    scope: str | None = None
    # Arguments that must be there.
    needed: tuple[str, ...] = ()
    # Does it.
    run: Callable[[State, Token, Json], Json]


def call(state: State, name: str, secret: str | None, args: Json) -> Json:
    """Answer a call as Slack would.

    Raises:
        Refused: Slack would answer ``ok: false``.
    """
    method = METHODS.get(name)
    if method is None:
        raise Refused("unknown_method", req_method=name)
    if method.takes is None:
        return {"ok": True, **method.run(state, Token(value="", kind="bot", scopes=frozenset()), args)}
    token = _check_token(state, secret, method.takes)
    if method.scope:
        _need_scope(token, method.scope)
    missing = [f"missing required field: {name}" for name in method.needed if args.get(name) in (None, "")]
    if missing:
        raise Refused("invalid_arguments", *missing)
    return {"ok": True, **method.run(state, token, args)}


def _check_token(state: State, secret: str | None, kind: str) -> Token:
    if not secret:
        raise Refused("not_authed")
    token = state.tokens.get(secret)
    if token is None:
        raise Refused("invalid_auth")
    if token.error:
        raise Refused(token.error)
    if token.expires is not None and state.now() >= token.expires:
        raise Refused("token_expired")
    if token.kind != kind:
        raise Refused("not_allowed_token_type")
    return token


def _need_scope(token: Token, scope: str) -> None:
    if scope not in token.scopes:
        raise Refused("missing_scope", needed=scope, provided=",".join(sorted(token.scopes)))


def _word(args: Json, name: str) -> str:
    """An argument that must be a string."""
    value = args[name]
    if not isinstance(value, str):
        raise Refused("invalid_arguments", f"must be a string [json-pointer:/{name}]")
    return value


def _flag(args: Json, name: str) -> bool | None:
    """A yes or no, as JSON or forms write it; null if it is not there."""
    value = args.get(name)
    return None if value is None else value not in (False, 0, "0", "false", "False", "")


def _channel(state: State, ref: str) -> Channel:
    """A channel by id or name, or the direct message with a person by their id."""
    if ref in state.users:
        return state.direct(ref)
    name = ref.removeprefix("#")
    for channel in state.channels.values():
        if channel.id == ref or (channel.kind != "im" and channel.name == name):
            # A private channel that the app is not in does not exist for it.
            if channel.kind == "private" and not channel.member:
                break
            return channel
    raise Refused("channel_not_found")


def _open_channel(state: State, token: Token, ref: str) -> Channel:
    """A channel that the app may write to."""
    channel = _channel(state, ref)
    if channel.archived:
        raise Refused("is_archived")
    if not channel.member and "chat:write.public" not in token.scopes:
        raise Refused("not_in_channel")
    return channel


def _content(args: Json) -> dict[str, Any]:
    """The text and blocks of a message, checked."""
    refuse_attachments(args)
    text, blocks = args.get("text"), decode(args.get("blocks"), "invalid_blocks_format")
    check_message(text, blocks)
    return {"text": text or "", "blocks": tuple(blocks or ())}


def _post(state: State, channel: Channel, args: Json, via: Via, to: str | None = None) -> Message:
    thread_ts = args.get("thread_ts") or None
    if thread_ts is not None and not _TS.fullmatch(str(thread_ts)):
        raise Refused("invalid_arguments", "must be a timestamp such as 1503435956.000247 [json-pointer:/thread_ts]")
    return state.add(
        channel=channel.id,
        thread_ts=thread_ts,
        user=state.team.bot_user,
        bot_id=state.team.bot,
        ephemeral_to=to,
        unfurl_links=_flag(args, "unfurl_links"),
        unfurl_media=_flag(args, "unfurl_media"),
        via=via,
        **_content(args),
    )


def _api_test(_state: State, _token: Token, args: Json) -> Json:
    if args.get("error"):
        raise Refused(str(args["error"]))
    return {"args": args}


def _auth_test(state: State, token: Token, _args: Json) -> Json:
    team = state.team
    org = token.place == team.enterprise
    return {
        "url": state.url + "/",
        # A token of the whole organisation names it in the workspace's place.
        "team": team.enterprise_name if org else team.name,
        "user": state.users[team.bot_user].name,
        "team_id": team.enterprise if org else team.id,
        "user_id": team.bot_user,
        "bot_id": team.bot,
        "enterprise_id": team.enterprise,
        "is_enterprise_install": org,
    }


def _post_message(state: State, token: Token, args: Json) -> Json:
    channel = _open_channel(state, token, _word(args, "channel"))
    message = _post(state, channel, args, "chat.postMessage")
    return {"channel": channel.id, "ts": message.ts, "message": payloads.message(state.team, message)}


def _post_ephemeral(state: State, token: Token, args: Json) -> Json:
    channel = _open_channel(state, token, _word(args, "channel"))
    user = _user(state, _word(args, "user"))
    if channel.user not in (None, user.id):
        raise Refused("user_not_in_channel")
    return {"message_ts": _post(state, channel, args, "chat.postEphemeral", user.id).ts}


def _update(state: State, token: Token, args: Json) -> Json:
    channel = _open_channel(state, token, _word(args, "channel"))
    message = state.find(channel.id, _word(args, "ts"))
    # Ephemeral messages cannot be updated by their ts, only through a response_url.
    if message is None or message.ephemeral_to:
        raise Refused("message_not_found")
    if message.bot_id != state.team.bot:
        raise Refused("cant_update_message")
    message = state.change(message, **_content(args))
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": payloads.message(state.team, message),
    }


def _user(state: State, user_id: str) -> User:
    if user_id not in state.users:
        raise Refused("user_not_found")
    return state.users[user_id]


def _users_info(state: State, _token: Token, args: Json) -> Json:
    user = _user(state, _word(args, "user"))
    offset = datetime.now(ZoneInfo(user.tz)).utcoffset()
    return {
        "user": {
            "id": user.id,
            "team_id": state.team.id,
            "name": user.name,
            "real_name": user.real_name,
            "deleted": False,
            "is_bot": user.is_bot,
            "tz": user.tz,
            "tz_label": user.tz,
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "profile": {"real_name": user.real_name, "display_name": user.name},
        }
    }


def _conversations_info(state: State, token: Token, args: Json) -> Json:
    channel = _channel(state, _word(args, "channel"))
    _need_scope(token, _READ[channel.kind])
    return {"channel": payloads.channel(channel)}


def _connections_open(state: State, _token: Token, _args: Json) -> Json:
    return {"url": state.hub.open_socket()}


def _views_open(state: State, _token: Token, args: Json) -> Json:
    view = decode(args["view"], "invalid_arguments")
    check_view(view, "modal")
    shown = state.show(state.use_trigger(_word(args, "trigger_id")), view)
    return {"view": payloads.view(state.team, shown)}


def _views_push(state: State, _token: Token, args: Json) -> Json:
    view = decode(args["view"], "invalid_arguments")
    check_view(view, "modal")
    user = state.use_trigger(_word(args, "trigger_id"))
    stack = state.modals.get(user, [])
    if not stack:
        raise Refused("not_found")
    if len(stack) >= STACK:
        raise Refused("push_limit_reached")
    shown = state.show(user, view, state.views[stack[-1]])
    return {"view": payloads.view(state.team, shown)}


def _views_update(state: State, _token: Token, args: Json) -> Json:
    old = state.views.get(_word(args, "view_id"))
    if old is None or old.body["type"] != "modal":
        raise Refused("not_found")
    view = decode(args["view"], "invalid_arguments")
    check_view(view, "modal")
    if args.get("hash") and args["hash"] != old.hash:
        raise Refused("hash_conflict")
    return {"view": payloads.view(state.team, state.redraw(old, view))}


def _suggested_prompts(state: State, _token: Token, args: Json) -> Json:
    channel = _channel(state, _word(args, "channel_id"))
    if channel.kind != "im":
        raise Refused("channel_type_not_supported")
    prompts = decode(args["prompts"], "invalid_arguments")
    fits = isinstance(prompts, list) and 1 <= len(prompts) <= PROMPTS
    if not fits or not all(isinstance(one, dict) and one.get("title") and one.get("message") for one in prompts):
        raise Refused("invalid_arguments", f"1 to {PROMPTS} prompts with title and message [json-pointer:/prompts]")
    with state.changed:
        state.prompts[channel.id] = {"title": args.get("title") or "", "prompts": prompts}
        state.changed.notify_all()
    return {}


def _views_publish(state: State, _token: Token, args: Json) -> Json:
    user = _user(state, _word(args, "user_id"))
    view = decode(args["view"], "invalid_arguments")
    check_view(view, "home")
    old = state.views.get(state.homes.get(user.id, ""))
    if args.get("hash") and old and args["hash"] != old.hash:
        raise Refused("hash_conflict")
    shown = state.redraw(old, view) if old else state.show(user.id, view)
    return {"view": payloads.view(state.team, shown)}


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(name="api.test", takes=None, run=_api_test),
        Method(name="auth.test", takes="bot", run=_auth_test),
        Method(name="oauth.v2.access", takes=None, run=oauth.access),
        Method(name="auth.revoke", takes="bot", run=oauth.revoke),
        Method(name="apps.uninstall", takes="bot", needed=("client_id", "client_secret"), run=oauth.uninstall),
        Method(name="apps.connections.open", takes="app", scope="connections:write", run=_connections_open),
        Method(name="chat.postMessage", takes="bot", scope="chat:write", needed=("channel",), run=_post_message),
        Method(name="chat.postEphemeral", takes="bot", scope="chat:write", needed=("channel", "user"), run=_post_ephemeral),
        Method(name="chat.update", takes="bot", scope="chat:write", needed=("channel", "ts"), run=_update),
        Method(name="conversations.info", takes="bot", needed=("channel",), run=_conversations_info),
        Method(
            name="assistant.threads.setSuggestedPrompts",
            takes="bot",
            scope="assistant:write",
            needed=("channel_id", "prompts"),
            run=_suggested_prompts,
        ),
        Method(name="users.info", takes="bot", scope="users:read", needed=("user",), run=_users_info),
        Method(name="views.open", takes="bot", needed=("trigger_id", "view"), run=_views_open),
        Method(name="views.push", takes="bot", needed=("trigger_id", "view"), run=_views_push),
        Method(name="views.update", takes="bot", needed=("view_id", "view"), run=_views_update),
        Method(name="views.publish", takes="bot", needed=("user_id", "view"), run=_views_publish),
    )
}
