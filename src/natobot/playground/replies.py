"""Replies to what a person did, in the body of the acknowledgement or posted to a ``response_url``: JSON → messages."""

from dataclasses import replace

from natobot.playground.blocks import check_message, decode
from natobot.playground.cast import Json
from natobot.playground.records import Message, ResponseUrl, Via
from natobot.playground.refused import Refused
from natobot.playground.state import State


def acknowledge(state: State, url: ResponseUrl, payload: Json) -> Message | None:
    """What the body of a slash command's acknowledgement says, shown to the person; nothing for an empty one.

    Raises:
        Refused: Slack would show an error instead.
    """
    if not payload.get("text") and not payload.get("blocks"):
        return None
    return reply(state, url, payload, "ack")


def answer_url(state: State, url_id: str, payload: Json) -> Json:
    """A post to a ``response_url``.

    Raises:
        Refused: ``used_url`` after five posts, ``expired_url`` after half an hour, or as for any message.
    """
    reply(state, state.use_url(url_id), payload, "response_url")
    return {"ok": True}


def reply(state: State, url: ResponseUrl, payload: Json, via: Via) -> Message | None:
    """Post, replace or delete, as the payload says. Private unless ``response_type`` is ``in_channel``."""
    original = state.find(url.channel, url.original)
    if payload.get("delete_original"):
        if original:
            state.delete(original)
        return None
    refuse_attachments(payload)
    text, blocks = payload.get("text"), decode(payload.get("blocks"), "invalid_blocks_format")
    check_message(text, blocks)
    content = {"text": text or "", "blocks": tuple(blocks or ())}
    if payload.get("replace_original") and original:
        # What was private stays private, whatever response_type says.
        return state.change(original, **content)
    message = state.add(
        channel=url.channel,
        thread_ts=payload.get("thread_ts") or url.thread_ts,
        user=state.team.bot_user,
        bot_id=state.team.bot,
        ephemeral_to=None if payload.get("response_type") == "in_channel" else url.user,
        unfurl_links=payload.get("unfurl_links"),
        unfurl_media=payload.get("unfurl_media"),
        via=via,
        **content,
    )
    if url.original is None:
        # Of a slash command, the first reply is the original that later ones may replace.
        state.urls[url.id] = replace(state.urls[url.id], original=message.ts)
    return message


def refuse_attachments(payload: Json) -> None:
    """The local Slack has no attachments; dropping them silently would hide text from a test."""
    if payload.get("attachments"):
        raise Refused("invalid_arguments", "the local Slack does not implement attachments: use blocks")
