"""What an app must have been granted to be told of something: events by their type, and by the kind of channel."""

from collections.abc import Mapping

from natobot.playground.cast import Channel, Json

# Slack's names for events by the kind of channel, and by what the event itself calls it.
_MESSAGES = {"public": "message.channels", "private": "message.groups", "im": "message.im"}
_TYPES = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
# Any other type is sent to every app.
EVENTS = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "team_join": "users:read",
    "user_change": "users:read",
    "assistant_thread_started": "assistant:write",
    "assistant_thread_context_changed": "assistant:write",
}
# What slash commands and shortcuts need.
COMMANDS = "commands"


def needed(event: Json, channels: Mapping[str, Channel]) -> str | None:
    """The scope that an event needs, or null for none; ``channels`` are those of the workspace, by id."""
    kind = str(event["type"])
    if kind == "message":
        room = channels.get(str(event.get("channel")))
        kind = _MESSAGES[room.kind] if room else _TYPES.get(str(event.get("channel_type")), kind)
    return EVENTS.get(kind)
