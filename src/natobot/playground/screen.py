"""What one person sees of the workspace, and what went between Slack and the app: records go in, JSON comes out."""

import json
import time
from itertools import chain
from typing import Any

from natobot.errors import InputError
from natobot.playground import payloads
from natobot.playground.cast import Channel, Json
from natobot.playground.delivery import Delivery, Packet
from natobot.playground.records import Call, Message, View
from natobot.playground.server import Playground

# The newest entries of the traffic that the page lists.
TRAFFIC = 200


def screen(slack: Playground, user: str) -> Json:
    """Everything that the person with this id sees now."""
    state = slack.state
    with state.changed:
        rooms = [room for room in state.channels.values() if room.user in (None, user)]
        seen = {room.id for room in rooms}
        home = state.views.get(state.homes.get(user, ""))
        return {
            "team": {"name": state.team.name, "bot": state.team.bot_user},
            "me": user,
            "people": [
                {"id": one.id, "name": one.name, "real_name": one.real_name, "bot": one.is_bot} for one in state.users.values()
            ],
            "channels": [_channel(room) for room in rooms],
            "messages": [_message(one) for one in state.messages if one.channel in seen and one.ephemeral_to in (None, user)],
            "modals": [_view(slack, state.views[key]) for key in state.modals.get(user, ())],
            "home": _view(slack, home) if home else None,
            "prompts": {room: prompts for room, prompts in state.prompts.items() if room in seen},
            "traffic": traffic(slack)[-TRAFFIC:],
            "faults": _faults(slack),
        }


def _channel(room: Channel) -> Json:
    return {"id": room.id, "name": room.name, "kind": room.kind, "user": room.user}


def _message(said: Message) -> Json:
    return {
        "channel": said.channel,
        "ts": said.ts,
        "thread_ts": said.thread_ts,
        "user": said.user,
        "bot": said.bot_id is not None,
        "text": said.text,
        "blocks": payloads.with_ids(said.blocks),
        "private": said.ephemeral_to is not None,
        "edited": said.edited is not None and said.via == "person",
    }


def _view(slack: Playground, view: View) -> Json:
    shown = payloads.view(slack.state.team, view)
    kept = ("id", "hash", "type", "title", "submit", "close", "blocks", "previous_view_id")
    return {name: shown.get(name) for name in kept}


def _faults(slack: Playground) -> list[Json]:
    with slack.faults.lock:
        return [{"method": order.method, "fault": order.fault.name, "times": order.times} for order in slack.faults.orders]


# The traffic


def traffic(slack: Playground) -> list[Json]:
    """Each request between Slack and the app in one line, in the order they were sent."""
    # Records count seconds from some moment; people want the time of day.
    since = time.time() - time.monotonic()
    with slack.state.changed:
        sent = [_sent(f"d{number}", one, since) for number, one in enumerate(slack.deliveries)]
        called = [_called(f"c{number}", one, since) for number, one in enumerate(slack.calls)]
    return sorted(chain(sent, called), key=lambda line: float(line["at"]))


def _sent(key: str, one: Delivery, since: float) -> Json:
    return {
        "id": key,
        "to": "app",
        "name": _name(one.packet),
        "status": one.status,
        "error": one.error,
        "fault": None,
        "ms": round(one.elapsed * 1000, 1),
        "at": one.at + since,
        "retry": one.packet.retry_num,
    }


def _called(key: str, one: Call, since: float) -> Json:
    return {
        "id": key,
        "to": "slack",
        "name": one.method,
        "status": one.status,
        "error": one.answer.get("error"),
        "fault": one.fault,
        "ms": round(one.elapsed * 1000, 1),
        "at": one.at + since,
        "retry": None,
    }


def _name(packet: Packet) -> str:
    """What a packet is, in few words."""
    payload = packet.payload
    if packet.kind == "slash_commands":
        return f"{payload['command']} {payload['text']}".strip()
    if packet.kind == "events_api":
        return str(payload["event"]["type"])
    if packet.kind == "interactive":
        ids = [action.get("action_id", "") for action in payload.get("actions", ())]
        return " ".join([str(payload["type"]), *ids, *([payload["callback_id"]] if "callback_id" in payload else [])])
    return packet.kind


def sent(slack: Playground, key: str) -> Delivery:
    """The delivery of this key.

    Raises:
        InputError: there is none.
    """
    found = _at(slack.deliveries, "d", key)
    if not isinstance(found, Delivery):
        raise InputError("this request is not there any more. Choose another one from the list.")
    return found


def details(slack: Playground, key: str) -> Json:
    """A request and its response, whole.

    Raises:
        InputError: there is none with this key.
    """
    if key.startswith("c"):
        call = _at(slack.calls, "c", key)
        if not isinstance(call, Call):
            raise InputError("this request is not there any more. Choose another one from the list.")
        path = call.method if call.method == "response_url" else f"/api/{call.method}"
        headers = {"Authorization": f"Bearer (the {call.token} token)"} if call.token else {}
        return {
            "request": {"line": f"POST {path}", "headers": headers, "body": call.body},
            "response": {"line": _status(call.status), "body": call.answer},
        }
    delivery = sent(slack, key)
    line = "POST to the app" if delivery.transport == "http" else f"envelope {delivery.packet.kind}"
    return {
        "request": {"line": line, "headers": delivery.headers, "body": delivery.packet.payload},
        "response": {"line": _status(delivery.status), "body": _decoded(delivery)},
    }


def _at(records: list[Any], letter: str, key: str) -> Any:
    number = key.removeprefix(letter)
    return records[int(number)] if number.isdecimal() and int(number) < len(records) else None


def _status(status: int | None) -> str:
    return "no answer" if status is None else str(status)


def _decoded(delivery: Delivery) -> Any:
    if not delivery.is_json:
        return delivery.body
    try:
        return json.loads(delivery.body or "null")
    except json.JSONDecodeError:
        return delivery.body
