"""Slack's limits as one table: for each kind of object its fields, what they may hold and how much.

``blocks`` reads ``SHAPES`` to check messages and views; ``LIMITS`` lists every number of it, for tests to try each at n
and n + 1. Lengths are counted in code points.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# What stands in a field. ``free`` is not looked into.
Kind = Literal["string", "flag", "number", "free", "style", "text", "object", "items", "rows"]

# All text of a message's blocks together. Slack does not publish the number; people report refusals from about here.
ALL_TEXT = 13_000
# ``markdown`` blocks of one message together.
ALL_MARKDOWN = 12_000
# What ``style`` may say of words in rich text.
STYLES = frozenset({"bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one field of one kind of object may hold."""

    # What stands there.
    kind: Kind
    # The most characters or items, or null for no limit.
    most: int | None = None
    # The fewest.
    least: int = 0
    # Whether the field must be there.
    needed: bool = False
    # Types of the objects it may hold.
    holds: tuple[str, ...] = ()
    # The most characters of each text object inside, where the object's own limit is wider.
    each: int | None = None
    # The only strings allowed, if there are such.
    one_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One number of Slack's: a row of the table."""

    # Type of the object, such as ``section``; ``message``, ``modal`` and ``home`` are the wholes.
    of: str
    # Its field; ``fields[]`` are the texts inside ``fields``.
    field: str
    # The largest that is accepted.
    most: int
    # What Slack answers beyond it.
    error: str


TEXTS = ("plain_text", "mrkdwn")
FLAG = Rule(kind="flag")
NUMBER = Rule(kind="number")
FREE = Rule(kind="free")
STYLE = Rule(kind="style")


def _string(most: int | None = None, *, needed: bool = False, least: int = 0, one_of: tuple[str, ...] = ()) -> Rule:
    return Rule(kind="string", most=most, needed=needed, least=least, one_of=one_of)


def _text(most: int, *, needed: bool = False, holds: tuple[str, ...] = TEXTS) -> Rule:
    return Rule(kind="text", most=most, least=1, needed=needed, holds=holds)


def _plain(most: int, *, needed: bool = False) -> Rule:
    return _text(most, needed=needed, holds=("plain_text",))


def _object(*types: str, needed: bool = False) -> Rule:
    return Rule(kind="object", holds=types, needed=needed)


def _items(most: int | None, *types: str, needed: bool = True, least: int = 1, each: int | None = None) -> Rule:
    return Rule(kind="items", most=most, least=least, needed=needed, holds=types, each=each)


INLINE = ("text", "link", "emoji", "user", "usergroup", "channel", "team", "broadcast", "date", "color")
RICH = ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted")

# Elements that a person can act on, in an actions block or beside a section.
_LISTS = ("users_select", "conversations_select", "channels_select", "external_select")
_MULTI = tuple(f"multi_{name}" for name in _LISTS)
_CHOICES = ("static_select", *_LISTS, "checkboxes", "radio_buttons", "datepicker", "timepicker")
_WRITTEN = ("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input")
ACTIONS = ("button", "overflow", "datetimepicker", *_CHOICES)
ACCESSORIES = ("image", "button", "overflow", "multi_static_select", *_CHOICES, *_MULTI)
INPUTS = ("multi_static_select", "datetimepicker", *_CHOICES, *_MULTI, *_WRITTEN)

_PLAIN_BLOCKS = ("section", "header", "divider", "context", "actions", "image", "input")
BLOCKS = (*_PLAIN_BLOCKS, "rich_text", "markdown", "table", "context_actions")

_block = {"block_id": _string(255)}
_action = {"action_id": _string(255)}
_confirm = {"confirm": _object("confirm")}
_ticked = {**_action, **_confirm, "focus_on_load": FLAG}
_picked = {**_ticked, "placeholder": _plain(150)}
_chosen = {"options": _items(100, "option", needed=False), "option_groups": _items(100, "option_group", needed=False)}
_written = {**_action, "placeholder": _plain(150), "focus_on_load": FLAG, "dispatch_action_config": FREE}
_image = {"alt_text": _string(2000, needed=True, least=1), "image_url": _string(3000), "slack_file": FREE}
_rich = {"elements": _items(None, *INLINE), "border": NUMBER}
_view = {"private_metadata": _string(3000), "callback_id": _string(255), "external_id": _string(255)}

SHAPES: dict[str, dict[str, Rule]] = {
    # The wholes.
    "message": {"text": _string(40_000), "blocks": _items(50, *BLOCKS, needed=False, least=0)},
    "modal": {
        "title": _plain(24, needed=True),
        "submit": _plain(24),
        "close": _plain(24),
        "blocks": _items(100, *BLOCKS),
        "clear_on_close": FLAG,
        "notify_on_close": FLAG,
        "submit_disabled": FLAG,
        **_view,
    },
    "home": {"blocks": _items(100, *BLOCKS), **_view},
    # Blocks.
    "section": {
        "text": _text(3000),
        "fields": _items(10, *TEXTS, needed=False, each=2000),
        "accessory": _object(*ACCESSORIES),
        "expand": FLAG,
        **_block,
    },
    "header": {"text": _plain(150, needed=True), **_block},
    "divider": _block,
    "context": {"elements": _items(10, *TEXTS, "image"), **_block},
    "actions": {"elements": _items(25, *ACTIONS), **_block},
    "context_actions": {"elements": _items(5, "feedback_buttons", "icon_button"), **_block},
    # One shape for the block and the element; ``title`` and ``block_id`` are the block's.
    "image": {**_image, "title": _plain(2000), **_block},
    "input": {
        "label": _plain(2000, needed=True),
        "element": _object(*INPUTS, needed=True),
        "hint": _plain(2000),
        "optional": FLAG,
        "dispatch_action": FLAG,
        **_block,
    },
    "rich_text": {"elements": _items(None, *RICH), **_block},
    "markdown": {"text": _string(12_000, needed=True, least=1), **_block},
    "table": {
        "rows": Rule(kind="rows", most=100, least=1, needed=True, holds=("raw_text", "raw_number", "rich_text"), each=20),
        "column_settings": FREE,
        **_block,
    },
    # Text and what stands in rich text.
    "plain_text": {"text": _string(3000, needed=True, least=1), "emoji": FLAG},
    "mrkdwn": {"text": _string(3000, needed=True, least=1), "verbatim": FLAG},
    "raw_text": {"text": _string(needed=True, least=1)},
    "raw_number": {"value": NUMBER, "text": _string()},
    "rich_text_section": {"elements": _items(None, *INLINE, least=0)},
    "rich_text_quote": _rich,
    "rich_text_preformatted": {"elements": _items(None, "text", "link"), "border": NUMBER, "language": _string()},
    "rich_text_list": {
        "elements": _items(None, "rich_text_section"),
        "style": _string(needed=True, one_of=("bullet", "ordered")),
        "indent": NUMBER,
        "offset": NUMBER,
        "border": NUMBER,
    },
    "text": {"text": _string(needed=True, least=1), "style": STYLE},
    "link": {"url": _string(3000, needed=True, least=1), "text": _string(), "unsafe": FLAG, "style": STYLE},
    "emoji": {"name": _string(needed=True), "unicode": _string(), "skin_tone": NUMBER, "style": STYLE},
    "user": {"user_id": _string(needed=True), "style": STYLE},
    "usergroup": {"usergroup_id": _string(needed=True), "style": STYLE},
    "channel": {"channel_id": _string(needed=True), "style": STYLE},
    "team": {"team_id": _string(needed=True), "style": STYLE},
    "broadcast": {"range": _string(needed=True, one_of=("here", "channel", "everyone")), "style": STYLE},
    "date": {
        "timestamp": NUMBER,
        "format": _string(needed=True),
        "url": _string(),
        "fallback": _string(),
        "style": STYLE,
    },
    "color": {"value": _string(needed=True), "style": STYLE},
    # What a person can act on.
    "button": {
        "text": _plain(75, needed=True),
        "value": _string(2000),
        "url": _string(3000),
        "style": _string(one_of=("primary", "danger")),
        "accessibility_label": _string(75),
        **_action,
        **_confirm,
    },
    "icon_button": {
        "icon": _string(needed=True),
        "text": _plain(75, needed=True),
        "value": _string(2000),
        "accessibility_label": _string(75),
        "visible_to_user_ids": FREE,
        **_action,
        **_confirm,
    },
    "feedback_buttons": {
        "positive_button": _object("feedback_button", needed=True),
        "negative_button": _object("feedback_button", needed=True),
        **_action,
    },
    "overflow": {"options": _items(5, "option"), **_action, **_confirm},
    "checkboxes": {"options": _items(10, "option"), "initial_options": FREE, **_ticked},
    "radio_buttons": {"options": _items(10, "option"), "initial_option": FREE, **_ticked},
    "static_select": {**_chosen, "initial_option": FREE, **_picked},
    "multi_static_select": {**_chosen, "initial_options": FREE, "max_selected_items": NUMBER, **_picked},
    "datepicker": {"initial_date": _string(), **_picked},
    "timepicker": {"initial_time": _string(), "timezone": _string(), **_picked},
    "datetimepicker": {"initial_date_time": NUMBER, **_ticked},
    "users_select": {"initial_user": _string(), **_picked},
    "channels_select": {"initial_channel": _string(), "response_url_enabled": FLAG, **_picked},
    "conversations_select": {
        "initial_conversation": _string(),
        "default_to_current_conversation": FLAG,
        "response_url_enabled": FLAG,
        "filter": FREE,
        **_picked,
    },
    "external_select": {"initial_option": FREE, "min_query_length": NUMBER, **_picked},
    "multi_users_select": {"initial_users": FREE, "max_selected_items": NUMBER, **_picked},
    "multi_channels_select": {"initial_channels": FREE, "max_selected_items": NUMBER, **_picked},
    "multi_conversations_select": {
        "initial_conversations": FREE,
        "default_to_current_conversation": FLAG,
        "max_selected_items": NUMBER,
        "filter": FREE,
        **_picked,
    },
    "multi_external_select": {
        "initial_options": FREE,
        "min_query_length": NUMBER,
        "max_selected_items": NUMBER,
        **_picked,
    },
    "plain_text_input": {
        "initial_value": _string(3000),
        "multiline": FLAG,
        "min_length": NUMBER,
        "max_length": NUMBER,
        **_written,
    },
    "email_text_input": {"initial_value": _string(), **_written},
    "url_text_input": {"initial_value": _string(), **_written},
    "number_input": {
        "is_decimal_allowed": FLAG,
        "initial_value": _string(),
        "min_value": _string(),
        "max_value": _string(),
        **_written,
    },
    "rich_text_input": {"initial_value": _object("rich_text"), "min_lines": NUMBER, "max_lines": NUMBER, **_written},
    "file_input": {"filetypes": FREE, "max_files": NUMBER, **_action},
    # Parts that carry no ``type`` of their own.
    "option": {
        "text": _text(75, needed=True),
        "value": _string(150, needed=True),
        "description": _text(75),
        "url": _string(3000),
    },
    "option_group": {"label": _plain(75, needed=True), "options": _items(100, "option")},
    "confirm": {
        "title": _plain(100, needed=True),
        "text": _text(300, needed=True),
        "confirm": _plain(30, needed=True),
        "deny": _plain(30, needed=True),
        "style": _string(one_of=("primary", "danger")),
    },
    "feedback_button": {
        "text": _plain(75, needed=True),
        "value": _string(2000, needed=True),
        "accessibility_label": _string(75),
    },
}

# Objects known by their place, not by a ``type``.
UNTYPED = frozenset({"option", "option_group", "confirm", "feedback_button"})


def _limits() -> Iterator[Limit]:
    for of, shape in SHAPES.items():
        wrong = "invalid_arguments" if of in ("modal", "home") else "invalid_blocks"
        for field, rule in shape.items():
            error = "msg_too_long" if (of, field) == ("message", "text") else wrong
            if rule.most is not None:
                yield Limit(of=of, field=field, most=rule.most, error=error)
            if rule.each is not None:
                yield Limit(of=of, field=f"{field}[]", most=rule.each, error=error)
    yield Limit(of="message", field="all text", most=ALL_TEXT, error="msg_blocks_too_long")
    yield Limit(of="message", field="all markdown", most=ALL_MARKDOWN, error="msg_blocks_too_long")


# Every number of the table.
LIMITS: tuple[Limit, ...] = tuple(_limits())
