"""The window of a daily post's settings: a subscription in, a view out, and what was filled in back again. Pure functions."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from natobot import render
from natobot.errors import InputError
from natobot.model import Taste
from natobot.render import Block
from natobot.schedule import Due
from natobot.slack import cards, modals, plans, zones
from natobot.slack.carry import is_channel
from natobot.slack.home import ending
from natobot.slack.plans import Shelf
from natobot.subscriptions import DailyRecord, Subscription, time_of

CALLBACK = "natobot_settings"
# Slack's limits for options: how many, their text, their value; and the days of the history.
_OPTIONS, _TEXT, _VALUE, _HISTORY = 100, 75, 150, 14


def window(
    subscription: Subscription, shelf: Shelf, history: Sequence[DailyRecord], due: Due | None, *, home: bool = False
) -> Block:
    """Everything that can be changed, filled in as it stands, and below it what was posted lately and what comes next."""
    wording, taste = shelf.wording, subscription.taste
    documents = {key: f"{render.authors(source)}: {source.title}" for key, source in shelf.sources.items()}
    days = [_option(plans.weekday(day, wording), str(day)) for day in range(7)]
    quiet = [_option(wording["settings_quiet_option"], "quiet")]
    fields = [
        _field("time", {"type": "timepicker", "initial_time": plans.clock(subscription.time)}, shelf),
        _field("zone", _zones(subscription.zone, shelf), shelf, hint="settings_zone_hint"),
        _field("weekdays", _boxes(days, [days[day] for day in sorted(taste.weekdays)]), shelf),
        *_several("topics", shelf.topics, taste.topics, shelf),
        *_several("sources", documents, taste.sources, shelf),
        _field("quiet", _boxes(quiet, quiet if subscription.quiet else []), shelf, optional=True),
    ]
    return {
        **modals.window("title_settings", [*fields, *_below(subscription, shelf, history, due)], wording),
        "callback_id": CALLBACK,
        "submit": modals.label(wording["window_save"], 24),
        "private_metadata": json.dumps({"c": subscription.channel, "h": home}),
    }


def _below(subscription: Subscription, shelf: Shelf, history: Sequence[DailyRecord], due: Due | None) -> list[Block]:
    wording = shelf.wording
    lines = list(plans.history(history[:_HISTORY], wording)) or [wording["settings_no_history"]]
    return [
        render.plain(plans.due_line(due, subscription, wording)),
        render.plain(wording["settings_history"]),
        *(render.small(line) for line in lines),
        cards.row(ending(subscription.channel, wording)),
    ]


def about(view: Mapping[str, Any]) -> tuple[str, bool]:
    """The channel a window is about, or "" if it is none of ours, and whether it was opened from the Home tab."""
    try:
        found = json.loads(str(view.get("private_metadata")))
        channel = found["c"]
        return (channel if isinstance(channel, str) and is_channel(channel) else ""), found["h"] is True
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", False


def filled(view: Mapping[str, Any], old: Subscription, wording: render.Wording) -> tuple[Subscription, dict[str, str]]:
    """The subscription as it was filled in, and what is wrong by field; what the window did not ask for stays."""
    values = _values(view)
    errors: dict[str, str] = {}
    time, zone = old.time, old.zone
    if "time" in values:
        try:
            time = time_of(str(values["time"].get("selected_time")))
        except InputError:
            errors["time"] = wording["settings_error_time"]
    if "zone" in values:
        zone = str((values["zone"].get("selected_option") or {}).get("value"))
        if not zones.is_zone(zone):
            zone, errors["zone"] = old.zone, wording["settings_error_zone"]
    weekdays = _chosen(values, "weekdays", map(str, old.taste.weekdays))
    days = frozenset(int(day) for day in weekdays if day in set("0123456"))
    if not days:
        days, errors["weekdays"] = old.taste.weekdays, wording["settings_error_weekdays"]
    taste = Taste(
        weekdays=days,
        topics=_chosen(values, "topics", old.taste.topics),
        sources=_chosen(values, "sources", old.taste.sources),
    )
    quiet = bool(_chosen(values, "quiet", ["quiet"] if old.quiet else []))
    return replace(old, time=time, zone=zone, quiet=quiet, taste=taste), errors


def _values(view: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What stands in each field, by its name."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, Mapping) else None
    blocks = values if isinstance(values, Mapping) else {}
    inside = {name: block.get(name) for name, block in blocks.items() if isinstance(block, Mapping)}
    return {name: field for name, field in inside.items() if isinstance(field, dict)}


def _chosen(values: Mapping[str, dict[str, Any]], name: str, before: Iterable[str]) -> frozenset[str]:
    if name not in values:
        return frozenset(before)
    options = values[name].get("selected_options") or []
    return frozenset(str(option["value"]) for option in options if isinstance(option, Mapping) and "value" in option)


# Fields


def _field(name: str, element: Block, shelf: Shelf, *, optional: bool = False, hint: str = "") -> Block:
    wording = shelf.wording
    return {
        "type": "input",
        "block_id": name,
        "optional": optional,
        "label": modals.label(wording[f"settings_{name}"], 2000),
        **({"hint": modals.label(wording[hint], 2000)} if hint else {}),
        "element": {**element, "action_id": name},
    }


def _boxes(options: Sequence[Block], ticked: Sequence[Block]) -> Block:
    return {"type": "checkboxes", "options": list(options), **({"initial_options": list(ticked)} if ticked else {})}


def _zones(zone: str, shelf: Shelf) -> Block:
    groups = [(label, [_zone(name) for name in names]) for label, names in zones.groups()]
    if not any(option["value"] == zone for _, options in groups for option in options):
        # An old name that still leads somewhere.
        groups.insert(0, (zone, [_zone(zone)]))
    return {
        "type": "static_select",
        "placeholder": modals.label(shelf.wording["settings_choose"], 150),
        "option_groups": [{"label": modals.label(label, 75), "options": options} for label, options in groups],
        "initial_option": _zone(zone),
    }


def _zone(name: str) -> Block:
    return _option(name.replace("_", " "), name)


def _several(name: str, titles: Mapping[str, str], chosen: frozenset[str], shelf: Shelf) -> list[Block]:
    """A field with several to choose from; what is chosen comes first, so that it is never among those cut off."""
    known = {key: title for key, title in titles.items() if len(key) <= _VALUE}
    known |= {key: key for key in chosen if key not in known}
    order = sorted(known, key=lambda key: key not in chosen)[:_OPTIONS]
    options = {key: _option(known[key], key) for key in order}
    if not options:
        return []
    element: Block = {
        "type": "multi_static_select",
        "placeholder": modals.label(shelf.wording["settings_choose"], 150),
        "options": list(options.values()),
    }
    if chosen:
        element["initial_options"] = [option for key, option in options.items() if key in chosen]
    return [_field(name, element, shelf, optional=True)]


def _option(text: str, value: str) -> Block:
    return {"text": modals.label(text, _TEXT), "value": value}
