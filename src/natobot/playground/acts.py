"""What people do on the page: the name of an act and its arguments go in, the act is done, what to tell them comes out."""

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from natobot.errors import InputError
from natobot.playground import faults, screen
from natobot.playground.cast import Json
from natobot.playground.delivery import ACK_SECONDS, Delivery
from natobot.playground.faults import Fault
from natobot.playground.forms import Chosen
from natobot.playground.methods import METHODS
from natobot.playground.records import Message, View
from natobot.playground.server import Playground

# What people type for a person or a channel.
_HANDLE = re.compile(r"(?<![\w<@#|])([@#])([\w-]+)")
# The longest that a fault may hold an answer up, in seconds.
_LONGEST = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A slash command of the app."""

    # With its slash.
    name: str
    # What to write after it.
    hint: str
    # Words that may stand first after it.
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What the page knows of the app that it is talked with."""

    # Its slash commands.
    commands: tuple[Command, ...] = ()
    # Its shortcuts in the menu of a message: callback id and name.
    shortcuts: tuple[tuple[str, str], ...] = ()
    # How it is, as a few words by name; ``warning`` is shown as one.
    status: Callable[[], Mapping[str, str]] = dict
    # Lets it post what is due on a date; what became of it, in lines.
    daily: Callable[[datetime.date], list[str]] | None = None
    # Starts over: Slack and the app forget everything; if it is null, Slack alone does.
    start_over: Callable[[], object] | None = None


def act(slack: Playground, app: App, user: str, name: str, args: Json) -> list[str]:
    """Do what somebody did on the page; what went wrong comes back in lines, or what else there is to say.

    Raises:
        InputError: that cannot be done; the error says why.
    """
    if name not in ACTS:
        raise InputError(f"the page cannot {name!r}. Load it anew.")
    return ACTS[name](slack, app, user, args)


def _say(slack: Playground, app: App, user: str, args: Json) -> list[str]:
    text, channel, thread = _word(args, "text").strip(), _word(args, "channel"), _maybe(args, "thread_ts")
    if text.startswith("/"):
        return _command(slack, app, user, text, channel, thread)
    if not text:
        raise InputError("there is nothing to send. Write something first.")
    named, bot = _named(slack, text), f"<@{slack.state.team.bot_user}>"
    room = slack.state.channels.get(channel)
    if room and room.kind == "im":
        return _went("the message", slack.direct_message(named, user, thread_ts=thread).delivery)
    if bot in named:
        return _went("the mention", slack.mention(named, channel=channel, user=user, thread_ts=thread).delivery)
    slack.say(named, channel=channel, user=user, thread_ts=thread)
    return []


def _command(slack: Playground, app: App, user: str, text: str, channel: str, thread: str | None) -> list[str]:
    name, _, rest = text.partition(" ")
    if thread:
        raise InputError(f"{name} is not supported in threads. Sorry!")
    if name not in {command.name for command in app.commands}:
        raise InputError(f"{name} is not a valid command.")
    return _went(name, slack.command(name, rest, user=user, channel=channel))


def _named(slack: Playground, text: str) -> str:
    """What was typed, with people and channels by their ids, as Slack's own composer writes them."""
    people = {user.name: f"<@{user.id}>" for user in slack.state.users.values()}
    rooms = {room.name: f"<#{room.id}|{room.name}>" for room in slack.state.channels.values() if room.kind != "im"}
    return _HANDLE.sub(lambda found: (people if found[1] == "@" else rooms).get(found[2], found[0]), text)


def _press(slack: Playground, _app: App, user: str, args: Json) -> list[str]:
    where = _view(slack, user, args) if "view" in args else _message(slack, user, args)
    pressed = slack.press(
        where,
        _word(args, "action_id"),
        user=user,
        value=_chosen(args.get("value")),
        block=_maybe(args, "block_id"),
        filled=_filled(args),
    )
    return _went("the press", pressed)


def _submit(slack: Playground, _app: App, user: str, args: Json) -> list[str]:
    delivery = slack.submit(_view(slack, user, args), _filled(args))
    said = delivery.payload
    if not delivery.error and said.get("response_action") == "errors" and isinstance(said.get("errors"), dict):
        raise FormErrors({str(block): str(line) for block, line in said["errors"].items()})
    return _went("the window", delivery)


class FormErrors(InputError):
    """The app does not take a window as it is filled in: a line for each block."""

    def __init__(self, lines: Mapping[str, str]) -> None:
        super().__init__("; ".join(lines.values()))
        self.lines = dict(lines)


def _close(slack: Playground, _app: App, user: str, args: Json) -> list[str]:
    delivery = slack.close_view(_view(slack, user, args))
    return _went("closing the window", delivery) if delivery else []


def _shortcut(slack: Playground, app: App, user: str, args: Json) -> list[str]:
    callback = _word(args, "callback_id")
    if callback not in dict(app.shortcuts):
        raise InputError(f"the app has no shortcut {callback!r}. Load the page anew.")
    return _went("the shortcut", slack.message_shortcut(callback, _message(slack, user, args), user=user))


def _open(slack: Playground, _app: App, user: str, args: Json) -> list[str]:
    tab = _word(args, "tab")
    if tab not in ("home", "messages"):
        raise InputError("the app has the tabs home and messages.")
    return _went("opening the app", slack.open_home(user, tab).delivery)


def _redeliver(slack: Playground, _app: App, _user: str, args: Json) -> list[str]:
    """Send a request again: an event with Slack's mark of a repetition, anything else as it was."""
    packet = screen.sent(slack, _word(args, "id")).packet
    if packet.kind == "events_api":
        packet = replace(packet, retry_num=(packet.retry_num or 0) + 1, retry_reason="http_timeout")
    return _went("the repetition", slack.send(packet))


def _fault(slack: Playground, _app: App, _user: str, args: Json) -> list[str]:
    method, kind = _word(args, "method"), _word(args, "kind")
    if method not in (*METHODS, "response_url", faults.ANY):
        raise InputError(f"the local Slack has no method {method!r}. Choose one from the list.")
    times, seconds = _number(args, "times", 1, 1000), _number(args, "seconds", 1, _LONGEST)
    kinds: dict[str, Callable[[], Fault]] = {
        "rate_limited": lambda: faults.rate_limited(int(seconds)),
        "server_error": faults.server_error,
        "server_error_accepted": lambda: faults.server_error(accepted=True),
        "reset": lambda: faults.reset(accepted=False),
        "reset_accepted": faults.reset,
        "slow": lambda: faults.slow(seconds),
        "refused": lambda: faults.refused(_error(args)),
    }
    if kind not in kinds:
        raise InputError(f"there is no fault {kind!r}. Choose one from the list.")
    with slack.state.changed:
        slack.faults.add(method, kinds[kind](), times=int(times))
        slack.state.changed.notify_all()
    return []


def _no_faults(slack: Playground, _app: App, _user: str, _args: Json) -> list[str]:
    with slack.state.changed:
        slack.faults.clear()
        slack.state.changed.notify_all()
    return []


def _daily(_slack: Playground, app: App, _user: str, args: Json) -> list[str]:
    said = _word(args, "date")
    if app.daily is None:
        raise InputError("the app has no daily post.")
    try:
        date = datetime.date.fromisoformat(said)
    except ValueError:
        raise InputError(f"{said!r} is not a date. Choose one from the calendar.") from None
    return app.daily(date)


def _start_over(slack: Playground, app: App, _user: str, _args: Json) -> list[str]:
    (app.start_over or slack.reset)()
    return []


ACTS: dict[str, Callable[[Playground, App, str, Json], list[str]]] = {
    "say": _say,
    "press": _press,
    "submit": _submit,
    "close": _close,
    "shortcut": _shortcut,
    "open": _open,
    "redeliver": _redeliver,
    "fault": _fault,
    "no_faults": _no_faults,
    "daily": _daily,
    "start_over": _start_over,
}


def _went(what: str, delivery: Delivery) -> list[str]:
    """Nothing if the app took it, else a line that says what it did instead."""
    if delivery.error is None:
        return []
    if delivery.error == "http_timeout":
        return [f"{what}: the app did not answer within {ACK_SECONDS:.0f} seconds (operation_timeout)."]
    where = f" ({'; '.join(delivery.messages)})" if delivery.messages else ""
    status = f", HTTP {delivery.status}" if delivery.status and delivery.status != 200 else ""
    return [f"{what} failed with the error “{delivery.error}”{status}{where}."]


# Arguments


def _word(args: Json, name: str) -> str:
    value = args.get(name)
    if not isinstance(value, str):
        raise InputError(f"{name}: a text is missing. Load the page anew.")
    return value


def _maybe(args: Json, name: str) -> str | None:
    return _word(args, name) if args.get(name) is not None else None


def _number(args: Json, name: str, least: float, most: float) -> float:
    value = args.get(name, least)
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise InputError(f"{name}: not a number from {least:g} to {most:g}. Change it.")
    return value


def _error(args: Json) -> str:
    said = _word(args, "error")
    if not re.fullmatch(r"[a-z0-9_]{1,80}", said):
        raise InputError("Slack's errors are words such as token_revoked. Write one of them.")
    return said


def _chosen(value: object) -> Chosen:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return list(value)
    raise InputError("what was chosen is not a text. Load the page anew.")


def _filled(args: Json) -> dict[str, Chosen]:
    values = args.get("values") or {}
    if not isinstance(values, dict):
        raise InputError("what was put in is not of the usual shape. Load the page anew.")
    return {str(name): _chosen(value) for name, value in values.items()}


def _message(slack: Playground, user: str, args: Json) -> Message:
    found = slack.state.find(_word(args, "channel"), _word(args, "ts"))
    if found is None or found.ephemeral_to not in (None, user):
        raise InputError("this message is not there any more.")
    return found


def _view(slack: Playground, user: str, args: Json) -> View:
    found = slack.state.views.get(_word(args, "view"))
    if found is None or found.user != user:
        raise InputError("this window is not there any more.")
    return found
