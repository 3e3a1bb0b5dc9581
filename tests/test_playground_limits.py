"""The local Slack refuses what Slack refuses: every number of the table at n and n + 1, and the shape of blocks."""

import json
from typing import Any

import pytest

from natobot.playground.blocks import check_message, check_view, decode, text_length
from natobot.playground.limits import ALL_MARKDOWN, ALL_TEXT, BLOCKS, LIMITS, SHAPES, UNTYPED, Limit, Rule
from natobot.playground.refused import Refused

Json = dict[str, Any]


def plain(text: str = "words") -> Json:
    return {"type": "plain_text", "text": text}


OPTION: Json = {"text": plain(), "value": "a"}
BUTTON: Json = {"type": "button", "text": plain()}
INLINE: Json = {"type": "text", "text": "words"}
SECTION: Json = {"type": "rich_text_section", "elements": [INLINE]}
FEEDBACK: Json = {"text": plain(), "value": "good"}

# The least that Slack accepts of each kind of object.
SMALLEST: dict[str, Json] = {
    "message": {"text": "words"},
    "modal": {"type": "modal", "title": plain(), "blocks": [{"type": "divider"}]},
    "home": {"type": "home", "blocks": [{"type": "divider"}]},
    "section": {"type": "section", "text": plain()},
    "header": {"type": "header", "text": plain()},
    "divider": {"type": "divider"},
    "context": {"type": "context", "elements": [plain()]},
    "actions": {"type": "actions", "elements": [BUTTON]},
    "context_actions": {"type": "context_actions", "elements": [{"type": "icon_button", "icon": "trash", "text": plain()}]},
    "image": {"type": "image", "alt_text": "a map", "image_url": "http://127.0.0.1/map.png"},
    "input": {"type": "input", "label": plain(), "element": {"type": "plain_text_input"}},
    "rich_text": {"type": "rich_text", "elements": [SECTION]},
    "markdown": {"type": "markdown", "text": "words"},
    "table": {"type": "table", "rows": [[{"type": "raw_text", "text": "cell"}]]},
    "plain_text": plain(),
    "mrkdwn": {"type": "mrkdwn", "text": "words"},
    "link": {"type": "link", "url": "http://127.0.0.1/"},
    "button": BUTTON,
    "icon_button": {"type": "icon_button", "icon": "trash", "text": plain()},
    "feedback_buttons": {"type": "feedback_buttons", "positive_button": FEEDBACK, "negative_button": FEEDBACK},
    "overflow": {"type": "overflow", "options": [OPTION]},
    "checkboxes": {"type": "checkboxes", "options": [OPTION]},
    "radio_buttons": {"type": "radio_buttons", "options": [OPTION]},
    "static_select": {"type": "static_select", "options": [OPTION]},
    "multi_static_select": {"type": "multi_static_select", "options": [OPTION]},
    **{
        name: {"type": name}
        for name in SHAPES
        if name.endswith(("picker", "_input", "users_select", "channels_select", "conversations_select", "external_select"))
    },
    "option": OPTION,
    "option_group": {"label": plain(), "options": [OPTION]},
    "confirm": {"title": plain(), "text": plain(), "confirm": plain("yes"), "deny": plain("no")},
    "feedback_button": FEEDBACK,
    "raw_text": {"type": "raw_text", "text": "cell"},
    "text": INLINE,
    "rich_text_section": SECTION,
}

# Slack's published numbers, written down a second time.
PUBLISHED = {
    ("message", "text"): 40_000,
    ("message", "blocks"): 50,
    ("message", "all text"): 13_000,
    ("modal", "blocks"): 100,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
    ("modal", "private_metadata"): 3000,
    ("modal", "callback_id"): 255,
    ("home", "blocks"): 100,
    ("section", "text"): 3000,
    ("section", "fields"): 10,
    ("section", "fields[]"): 2000,
    ("section", "block_id"): 255,
    ("header", "text"): 150,
    ("context", "elements"): 10,
    ("mrkdwn", "text"): 3000,
    ("plain_text", "text"): 3000,
    ("actions", "elements"): 25,
    ("context_actions", "elements"): 5,
    ("image", "alt_text"): 2000,
    ("image", "image_url"): 3000,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("markdown", "text"): 12_000,
    ("table", "rows"): 100,
    ("table", "rows[]"): 20,
    ("button", "text"): 75,
    ("button", "value"): 2000,
    ("button", "url"): 3000,
    ("button", "action_id"): 255,
    ("button", "accessibility_label"): 75,
    ("overflow", "options"): 5,
    ("checkboxes", "options"): 10,
    ("radio_buttons", "options"): 10,
    ("static_select", "options"): 100,
    ("static_select", "placeholder"): 150,
    ("option", "text"): 75,
    ("option", "value"): 150,
    ("option", "description"): 75,
    ("confirm", "title"): 100,
    ("confirm", "text"): 300,
    ("confirm", "confirm"): 30,
    ("confirm", "deny"): 30,
}


def sized(rule: Rule, size: int, field: str) -> Any:
    """A value of this size for a field."""
    if field == "rows[]":
        return [[SMALLEST["raw_text"]] * size]
    if field.endswith("[]"):
        return [plain("x" * size)]
    if rule.kind == "string":
        return "x" * size
    if rule.kind == "text":
        return plain("x" * size)
    if rule.kind == "rows":
        return [[SMALLEST["raw_text"]]] * size
    return [SMALLEST["section" if "section" in rule.holds else rule.holds[0]]] * size


def whole(of: str, part: Json) -> Json:
    """A message or view with this part in it."""
    if of in ("message", "modal", "home"):
        return part
    if of in BLOCKS:
        return {"blocks": [part], "text": "words"}
    around: Json
    if of in ("plain_text", "mrkdwn"):
        around = {"type": "context", "elements": [part]}
    elif of == "link":
        around = {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [part]}]}
    elif of in ("icon_button", "feedback_buttons"):
        around = {"type": "context_actions", "elements": [part]}
    elif of in UNTYPED:
        inside = {
            "option": {"type": "static_select", "options": [part]},
            "option_group": {"type": "static_select", "option_groups": [part]},
            "confirm": {**BUTTON, "confirm": part},
            "feedback_button": {**SMALLEST["feedback_buttons"], "negative_button": part},
        }[of]
        around = {"type": "context_actions" if of == "feedback_button" else "actions", "elements": [inside]}
    elif of in ("button", "overflow"):
        around = {"type": "section", "text": plain(), "accessory": part}
    else:
        around = {"type": "input", "label": plain(), "element": part}
    return {"blocks": [around], "text": "words"}


def check(content: Json) -> None:
    if "type" in content:
        check_view(content, "modal", "home")
    else:
        check_message(content.get("text"), content.get("blocks"))


def at(limit: Limit, size: int) -> Json:
    """A message or view in which this field has this size."""
    if limit.field == "all text":
        # The last section takes the rest, so that no single text is too long.
        sizes = [500] * (size // 500 - 1) + [500 + size % 500]
        return {"blocks": [{"type": "section", "text": plain("x" * n)} for n in sizes]}
    if limit.field == "all markdown":
        return {"blocks": [{"type": "markdown", "text": "x" * n} for n in (6000, size - 6000)]}
    rule = SHAPES[limit.of][limit.field.removesuffix("[]")]
    part = {**SMALLEST[limit.of], limit.field.removesuffix("[]"): sized(rule, size, limit.field)}
    return whole(limit.of, part)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: f"{limit.of}.{limit.field}")
def test_every_limit_holds_at_n_and_n_plus_one(limit: Limit) -> None:
    """Each number of the table accepts n, refuses n + 1 with Slack's error, and points at the place."""
    check(at(limit, limit.most))
    with pytest.raises(Refused) as refusal:
        check(at(limit, limit.most + 1))
    assert limit.error == refusal.value.error
    if limit.error in ("invalid_blocks", "invalid_arguments"):
        assert any(f"/{limit.field.removesuffix('[]')}" in message for message in refusal.value.messages)


def test_the_numbers_are_slacks() -> None:
    """The table says what Slack's documentation says, number by number."""
    table = {(limit.of, limit.field): limit.most for limit in LIMITS}
    assert {key: table.get(key) for key in PUBLISHED} == PUBLISHED
    assert (ALL_TEXT, ALL_MARKDOWN) == (13_000, 12_000)


def test_the_smallest_of_each_kind_is_accepted() -> None:
    """The objects that the tests of limits start from are themselves good, and they are all kinds that have limits."""
    inner = {"raw_text", "text", "rich_text_section"}
    for kind in SMALLEST.keys() - inner:
        check(whole(kind, SMALLEST[kind]))
    assert {limit.of for limit in LIMITS} <= SMALLEST.keys()


def blocks_refused(*blocks: Any) -> tuple[str, ...]:
    with pytest.raises(Refused) as refusal:
        check_message("words", list(blocks))
    assert refusal.value.error == "invalid_blocks"
    return refusal.value.messages


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"type": "sectoin"}, "unsupported type: sectoin [json-pointer:/blocks/0/type]"),
        ({"text": plain()}, "missing required field: type [json-pointer:/blocks/0]"),
        ("words", "must provide an object [json-pointer:/blocks/0]"),
        ({"type": "section"}, "must define either `text` or `fields` [json-pointer:/blocks/0]"),
        ({"type": "section", "text": "words"}, "must provide an object [json-pointer:/blocks/0/text]"),
        ({"type": "section", "text": plain("")}, "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        ({"type": "section", "text": plain(), "txet": 1}, "invalid additional property: txet [json-pointer:/blocks/0]"),
        ({"type": "header"}, "missing required field: text [json-pointer:/blocks/0]"),
        (
            {"type": "header", "text": SMALLEST["mrkdwn"]},
            "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
        ),
        ({"type": "actions", "elements": []}, "must be more than 0 items [json-pointer:/blocks/0/elements]"),
        ({"type": "actions", "elements": BUTTON}, "must provide an array [json-pointer:/blocks/0/elements]"),
        (
            {"type": "actions", "elements": [{**BUTTON, "style": "green"}]},
            "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
        ),
        (
            {"type": "actions", "elements": [{**BUTTON, "value": 3}]},
            "must be a string [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            {"type": "actions", "elements": [{**BUTTON, "action_id": "a"}, {**BUTTON, "action_id": "a"}]},
            '`action_id` "a" already exists [json-pointer:/blocks/0/elements/1/action_id]',
        ),
        ({"type": "image", "alt_text": "a map"}, "must define either `image_url` or `slack_file` [json-pointer:/blocks/0]"),
        ({"type": "divider", "block_id": None}, "must be a string [json-pointer:/blocks/0/block_id]"),
        ({"type": "section", "text": plain(), "expand": 1}, "must be a boolean [json-pointer:/blocks/0/expand]"),
        (
            {"type": "table", "rows": [SMALLEST["raw_text"]]},
            "must provide an array [json-pointer:/blocks/0/rows/0]",
        ),
    ],
)
def test_malformed_blocks_are_refused_in_slacks_words(block: Any, message: str) -> None:
    """Unknown types, missing and surplus fields, wrong kinds of values and duplicate ids are named with their place."""
    assert blocks_refused(block) == (message,)


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ({"type": "txt", "text": "a"}, "unsupported type: txt [json-pointer:/blocks/0/elements/0/elements/0/type]"),
        ({"type": "text", "text": ""}, "must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]"),
        (
            {"type": "text", "text": "a", "style": {"bald": True}},
            "invalid additional property in style [json-pointer:/blocks/0/elements/0/elements/0/style]",
        ),
        (SECTION, "unsupported type: rich_text_section [json-pointer:/blocks/0/elements/0/elements/0/type]"),
        (
            {"type": "broadcast", "range": "world"},
            "must be one of: here, channel, everyone [json-pointer:/blocks/0/elements/0/elements/0/range]",
        ),
    ],
)
def test_rich_text_holds_known_elements_only(inner: Json, message: str) -> None:
    """Inside a quote stand inline elements that Slack knows, with text in them and known styles."""
    quote = {"type": "rich_text_quote", "elements": [inner]}
    assert blocks_refused({"type": "rich_text", "elements": [quote]}) == (message,)


def test_all_of_rich_text_is_accepted() -> None:
    """Sections, quotes, lists and preformatted text with every inline element pass."""
    inline: list[Json] = [
        {"type": "text", "text": "marked", "style": {"bold": True, "italic": True}},
        {"type": "link", "url": "http://127.0.0.1/", "text": "here"},
        {"type": "emoji", "name": "book"},
        {"type": "user", "user_id": "U0EDITOR1"},
        {"type": "usergroup", "usergroup_id": "S1"},
        {"type": "channel", "channel_id": "C0GENERAL"},
        {"type": "team", "team_id": "T0LOCAL01"},
        {"type": "broadcast", "range": "here"},
        {"type": "date", "timestamp": 0, "format": "{date}"},
        {"type": "color", "value": "#ff0000"},
    ]
    section = {"type": "rich_text_section", "elements": inline}
    parts = [
        section,
        {"type": "rich_text_quote", "elements": inline, "border": 0},
        {"type": "rich_text_list", "style": "ordered", "indent": 1, "elements": [section]},
        {"type": "rich_text_preformatted", "elements": [INLINE], "border": 1},
    ]
    blocks = [{"type": "rich_text", "elements": parts}]
    check_message("words", blocks)
    assert text_length(blocks) == 3 * len("markedhere") + len("words")


def test_block_ids_are_unique_in_a_message_and_in_a_view() -> None:
    """The second block of the same id is refused and pointed at."""
    twice = [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]
    assert blocks_refused(*twice) == ('`block_id` "a" already exists [json-pointer:/blocks/1/block_id]',)
    with pytest.raises(Refused, match="/view/blocks/1/block_id"):
        check_view({**SMALLEST["home"], "blocks": twice}, "home")


def test_every_fault_is_reported_at_once() -> None:
    """Two faults give two messages, in the order of the blocks, in both places of the answer."""
    with pytest.raises(Refused) as refusal:
        check_message("words", [{"type": "x"}, {"type": "header"}])
    messages = ["unsupported type: x [json-pointer:/blocks/0/type]", "missing required field: text [json-pointer:/blocks/1]"]
    assert refusal.value.answer() == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": messages,
        "response_metadata": {"messages": [f"[ERROR] {message}" for message in messages]},
    }


def test_one_table_a_message() -> None:
    """A second table is refused."""
    assert "only_one_table_allowed" in blocks_refused(SMALLEST["table"], SMALLEST["table"])[0]


@pytest.mark.parametrize(("text", "blocks"), [(None, None), ("", []), (None, [])])
def test_a_message_needs_text_or_blocks(text: Any, blocks: Any) -> None:
    """Neither is no_text."""
    with pytest.raises(Refused, match=r"^no_text$"):
        check_message(text, blocks)


@pytest.mark.parametrize("blocks", [{"type": "divider"}, "divider", 3])
def test_blocks_must_be_a_list(blocks: Any) -> None:
    """Anything but a list is invalid_blocks_format."""
    with pytest.raises(Refused, match=r"^invalid_blocks_format$"):
        check_message("words", blocks)


def test_a_view_is_of_the_right_kind() -> None:
    """A Home tab does not open as a modal, and a list is no view."""
    with pytest.raises(Refused, match="unsupported type: home"):
        check_view(SMALLEST["home"], "modal")
    with pytest.raises(Refused, match="must provide an object"):
        check_view([], "modal")


def test_a_modal_with_an_input_needs_submit() -> None:
    """Slack refuses an input that could never be sent off."""
    view = {**SMALLEST["modal"], "blocks": [SMALLEST["input"]]}
    with pytest.raises(Refused, match="must define `submit`"):
        check_view(view, "modal")
    check_view({**view, "submit": plain("Send")}, "modal")


def test_json_in_form_fields_is_decoded() -> None:
    """Blocks may come as a JSON string; what is not JSON is refused with the given error."""
    assert decode(json.dumps([SMALLEST["divider"]]), "invalid_blocks_format") == [SMALLEST["divider"]]
    assert decode([1], "invalid_blocks_format") == [1]
    assert decode(None, "invalid_blocks_format") is None
    with pytest.raises(Refused, match=r"^invalid_blocks_format$"):
        decode("[{", "invalid_blocks_format")
