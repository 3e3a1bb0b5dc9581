"""Whether Slack would accept a message or a view: JSON in, nothing out, or ``Refused`` in Slack's own words."""

import json
from collections.abc import Iterator
from typing import Any

from natobot.playground.limits import ALL_MARKDOWN, ALL_TEXT, SHAPES, STYLES, UNTYPED, Rule
from natobot.playground.refused import Refused


def check_message(text: Any, blocks: Any) -> None:
    """Check the ``text`` and ``blocks`` of a message (null where they are not given).

    Raises:
        Refused: ``no_text``, ``msg_too_long``, ``invalid_blocks_format``, ``invalid_blocks`` with one message for each
            fault and its JSON pointer, or ``msg_blocks_too_long``.
    """
    if not text and not blocks:
        raise Refused("no_text")
    shape = SHAPES["message"]
    if text is not None and not isinstance(text, str):
        raise Refused("invalid_arguments", "must be a string [json-pointer:/text]")
    if len(text or "") > (shape["text"].most or 0):
        raise Refused("msg_too_long")
    if not blocks:
        return
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    problems = [*_check(blocks, shape["blocks"], "/blocks"), *_unique_block_ids(blocks, "/blocks"), *_one_table(blocks)]
    if problems:
        raise Refused("invalid_blocks", *problems)
    if text_length(blocks) > ALL_TEXT:
        raise Refused("msg_blocks_too_long")
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > ALL_MARKDOWN:
        raise Refused("msg_blocks_too_long")


def check_view(view: Any, *kinds: str) -> None:
    """Check a modal or a Home tab; ``kinds`` are the types that may stand here.

    Raises:
        Refused: ``invalid_arguments`` with one message for each fault and its JSON pointer.
    """
    if not isinstance(view, dict):
        raise Refused("invalid_arguments", "must provide an object [json-pointer:/view]")
    if view.get("type") not in kinds:
        raise Refused("invalid_arguments", f"unsupported type: {view.get('type')} [json-pointer:/view/type]")
    problems = list(_check_fields(view, SHAPES[view["type"]], "/view"))
    blocks = view.get("blocks")
    if not problems and isinstance(blocks, list):
        problems.extend(_unique_block_ids(blocks, "/view/blocks"))
        if "submit" not in view and view["type"] == "modal" and any(block["type"] == "input" for block in blocks):
            problems.append("must define `submit` to use an `input` block in modals [json-pointer:/view]")
    if problems:
        raise Refused("invalid_arguments", *problems)


def text_length(value: Any) -> int:
    """All the text of blocks together: every string under a key ``text``, in code points."""
    if isinstance(value, list):
        return sum(text_length(item) for item in value)
    if not isinstance(value, dict):
        return 0
    own = value.get("text")
    return (len(own) if isinstance(own, str) else 0) + sum(text_length(item) for item in value.values())


def decode(value: Any, error: str) -> Any:
    """What a form field holds: JSON where it came as a string, else as it is.

    Raises:
        Refused: ``error``, if the string is not JSON.
    """
    if not isinstance(value, str) or not value:
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as wrong:
        raise Refused(error) from wrong


def _at(what: str, path: str) -> str:
    return f"{what} [json-pointer:{path}]"


def _check(value: Any, rule: Rule, path: str) -> Iterator[str]:
    """The faults of one field, in Slack's words."""
    match rule.kind:
        case "string":
            yield from _check_string(value, rule, path)
        case "flag" if not isinstance(value, bool):
            yield _at("must be a boolean", path)
        case "number" if not isinstance(value, int | float) or isinstance(value, bool):
            yield _at("must be a number", path)
        case "style" if not isinstance(value, dict) or not set(value) <= STYLES:
            yield _at("invalid additional property in style", path)
        case "text":
            yield from _check_object(value, rule, path)
            if isinstance(value, dict) and isinstance(value.get("text"), str):
                yield from _check_length(value["text"], rule.most, 0, f"{path}/text", "characters")
        case "object":
            yield from _check_object(value, rule, path)
        case "items":
            yield from _check_items(value, rule, path)
        case "rows":
            yield from _check_rows(value, rule, path)


def _check_string(value: Any, rule: Rule, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield _at("must be a string", path)
        return
    yield from _check_length(value, rule.most, rule.least, path, "characters")
    if rule.one_of and value not in rule.one_of:
        yield _at(f"must be one of: {', '.join(rule.one_of)}", path)


def _check_length(value: str | list[Any], most: int | None, least: int, path: str, what: str) -> Iterator[str]:
    if most is not None and len(value) > most:
        yield _at(f"must be less than {most + 1} {what}" if what == "characters" else f"no more than {most} items allowed", path)
    if len(value) < least:
        yield _at(f"must be more than {least - 1} {what}", path)


def _check_items(value: Any, rule: Rule, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield _at("must provide an array", path)
        return
    yield from _check_length(value, rule.most, rule.least, path, "items")
    each = Rule(kind="object" if rule.each is None else "text", holds=rule.holds, most=rule.each)
    for number, item in enumerate(value):
        yield from _check(item, each, f"{path}/{number}")
    yield from _unique("action_id", value, path)


def _check_rows(value: Any, rule: Rule, path: str) -> Iterator[str]:
    """The rows of a table: lists of cells."""
    if not isinstance(value, list):
        yield _at("must provide an array", path)
        return
    yield from _check_length(value, rule.most, rule.least, path, "items")
    cells = Rule(kind="items", most=rule.each, least=1, holds=rule.holds)
    for number, row in enumerate(value):
        yield from _check(row, cells, f"{path}/{number}")


def _check_object(value: Any, rule: Rule, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _at("must provide an object", path)
        return
    name = rule.holds[0] if rule.holds[0] in UNTYPED else value.get("type")
    if name not in rule.holds:
        yield _at("missing required field: type", path) if name is None else _at(f"unsupported type: {name}", f"{path}/type")
        return
    yield from _check_fields(value, SHAPES[name], path)


def _check_fields(value: dict[str, Any], shape: dict[str, Rule], path: str) -> Iterator[str]:
    for field, rule in shape.items():
        if field in value:
            yield from _check(value[field], rule, f"{path}/{field}")
        elif rule.needed:
            yield _at(f"missing required field: {field}", path)
    for field in value:
        if field not in shape and field != "type":
            yield _at(f"invalid additional property: {field}", path)
    yield from _check_together(value, path)


# Of these fields at least one must be there.
_EITHER = {
    "section": ("text", "fields"),
    "image": ("image_url", "slack_file"),
    "static_select": ("options", "option_groups"),
    "multi_static_select": ("options", "option_groups"),
}


def _check_together(value: dict[str, Any], path: str) -> Iterator[str]:
    either = _EITHER.get(str(value.get("type")), ())
    if either and not any(value.get(field) for field in either):
        yield _at(f"must define either {' or '.join(f'`{field}`' for field in either)}", path)


def _unique(key: str, values: list[Any], path: str) -> Iterator[str]:
    seen: set[str] = set()
    for number, value in enumerate(values):
        own = value.get(key) if isinstance(value, dict) else None
        if isinstance(own, str) and own in seen:
            yield _at(f'`{key}` "{own}" already exists', f"{path}/{number}/{key}")
        elif isinstance(own, str):
            seen.add(own)


def _unique_block_ids(blocks: list[Any], path: str) -> Iterator[str]:
    return _unique("block_id", blocks, path)


def _one_table(blocks: list[Any]) -> Iterator[str]:
    if sum(isinstance(block, dict) and block.get("type") == "table" for block in blocks) > 1:
        yield _at("only_one_table_allowed", "/blocks")
