"""Buttons and inputs: blocks and what a person does with them go in, the ``actions`` and ``values`` Slack sends come out."""

from collections.abc import Collection, Iterator, Mapping

from natobot.errors import InputError
from natobot.playground.cast import Json
from natobot.playground.payloads import with_ids

# Where each kind of element puts what was chosen, and whether it is an option, several, or a plain value.
_CHOSEN = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
}


def elements(blocks: Collection[Json]) -> Iterator[tuple[str, Json]]:
    """Every element a person can act on, with the id of its block."""
    for block in with_ids(blocks):
        inside = [*block.get("elements", ()), block.get("accessory"), block.get("element")]
        for element in inside:
            if isinstance(element, dict) and "action_id" in element:
                yield block["block_id"], element


def action(blocks: Collection[Json], action_id: str, value: str | None) -> Json:
    """What acting on an element sends; ``value`` picks one of several buttons, or one of the options.

    Raises:
        InputError: no such element.
    """
    for block_id, element in elements(blocks):
        if element["action_id"] != action_id or not _fits(element, value):
            continue
        kept: Json = {key: element[key] for key in ("type", "action_id", "text", "style") if key in element}
        return {**kept, "block_id": block_id, **_chosen(element, value)}
    there = ", ".join(f"{e['action_id']}={e.get('value', '')}" for _, e in elements(blocks)) or "none"
    raise InputError(f"no element {action_id!r} with the value {value!r} is there. These are: {there}.")


def values(blocks: Collection[Json], filled: Mapping[str, str]) -> Json:
    """The state of a modal's inputs: ``filled`` says what was put in, by ``action_id``; the others stand as they were sent.

    Of several options the values have commas between; "" is none.

    Raises:
        InputError: no such input.
    """
    state: Json = {}
    for block_id, element in elements(blocks):
        if element["action_id"] in filled:
            said = filled[element["action_id"]]
            entry = {"type": element["type"], **_chosen(element, said)}
            state.setdefault(block_id, {})[element["action_id"]] = entry
        elif (chosen := _CHOSEN.get(element["type"])) and (initial := chosen.replace("selected", "initial")) in element:
            entry = {"type": element["type"], chosen: element[initial]}
            state.setdefault(block_id, {})[element["action_id"]] = entry
    missing = set(filled) - {action_id for inputs in state.values() for action_id in inputs}
    if missing:
        raise InputError(f"no input {', '.join(sorted(missing))} is there. Look at the blocks of the view.")
    return state


def _fits(element: Json, value: str | None) -> bool:
    return value is None or element["type"] != "button" or element.get("value") == value


def _chosen(element: Json, value: str | None) -> Json:
    kind = element["type"]
    if kind in ("button", "icon_button"):
        return {"value": element["value"]} if "value" in element else {}
    field = _CHOSEN.get(kind, "value")
    if field in ("selected_option", "selected_options"):
        if field == "selected_options":
            return {field: [_option(element, each) for each in (value or "").split(",") if each]}
        return {field: _option(element, value)}
    return {field: value}


def _option(element: Json, value: str | None) -> Json:
    groups = [element.get("options", ()), *(group["options"] for group in element.get("option_groups", ()))]
    for option in (option for options in groups for option in options):
        if option["value"] == value:
            return dict(option)
    raise InputError(f"{element['action_id']!r} has no option {value!r}. Choose one of its values.")
