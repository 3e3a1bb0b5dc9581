"""Block Kit and Slack's markup as the page draws them, and every input of a window, in a real browser."""

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install -e '.[browser]'")
pytest.importorskip("axe_playwright_python", reason="axe is not installed: pip install -e '.[browser]'")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect
from slack_sdk import WebClient

from browser import Screen, installed, screens
from natobot.playground.limits import BLOCKS, INLINE, INPUTS, RICH
from natobot.settings import Settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(installed() is None, reason="no Chromium is installed: apt-get install chromium"),
]

Json = dict[str, Any]
OPTIONS = [{"text": {"type": "plain_text", "text": name}, "value": name.lower()} for name in ("One", "Two", "Three")]
BUTTON: Json = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "v"}


@pytest.fixture(scope="module")
def only(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    """One screen for all of these tests."""
    with screens(settings, tmp_path_factory.mktemp("blocks")) as opens:
        yield opens()


@pytest.fixture
def screen(only: Screen) -> Iterator[Screen]:
    """The screen with an empty channel; afterwards the browser may have complained of nothing."""
    only.page.slack.reset()
    expect(only.messages).to_have_count(0)
    expect(only.window).to_have_count(0)
    yield only
    assert only.complaints == []


def plain(text: str) -> Json:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def post(screen: Screen, *blocks: Json) -> Locator:
    """A message of the app with these blocks, on the screen."""
    client = WebClient(token=screen.page.slack.bot_token, base_url=screen.page.slack.api_url)
    client.chat_postMessage(channel="C0GENERAL", text="x", blocks=list(blocks))
    expect(screen.messages).to_have_count(1)
    return screen.messages.first.locator(".body")


def rich(*elements: Json) -> Json:
    """A rich text block."""
    return {"type": "rich_text", "elements": list(elements)}


def words(text: str, **style: bool) -> Json:
    """A run of rich text."""
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def test_rich_text_is_drawn_as_slack_draws_it(screen: Screen) -> None:
    """Sections, nested lists, quotes and code; styles, links, people, channels, everybody, emoji and dates; no markup."""
    runs: list[Json] = [
        words("*not bold* <@U1> "),
        words("bold", bold=True),
        words("all", bold=True, italic=True, strike=True),
        words("code", code=True),
        {"type": "link", "url": "https://example.org/", "text": "a link"},
        {"type": "user", "user_id": "U0EDITOR1"},
        {"type": "channel", "channel_id": "C0NEWSROOM"},
        {"type": "broadcast", "range": "here"},
        {"type": "emoji", "name": "wave"},
        {"type": "emoji", "name": "no_such_one"},
        {"type": "emoji", "name": "x", "unicode": "1f1f3-1f1f4"},
        {"type": "date", "timestamp": 1404777600, "format": "{date_long}", "fallback": "then"},
        {"type": "usergroup", "usergroup_id": "S1"},
        {"type": "team", "team_id": "T1"},
        {"type": "color", "value": "#112233"},
    ]
    assert {one["type"] for one in runs} == set(INLINE)
    item = {"type": "rich_text_section", "elements": [words("item")]}
    elements: list[Json] = [
        {"type": "rich_text_section", "elements": runs},
        {"type": "rich_text_list", "style": "bullet", "elements": [item, item]},
        {"type": "rich_text_list", "style": "ordered", "indent": 1, "offset": 2, "elements": [item]},
        {"type": "rich_text_quote", "elements": [words("a\nb")]},
        {"type": "rich_text_preformatted", "elements": [words("x = 1\n  y")]},
    ]
    assert {one["type"] for one in elements} == set(RICH)
    body = post(screen, rich(*elements))
    expect(body.locator(".rich > div")).to_contain_text("*not bold* <@U1> bold")
    expect(body.locator("strong em s, s em strong, strong s em, em strong s, em s strong, s strong em")).to_have_text("all")
    expect(body.locator("div > code").first).to_have_text("code")
    expect(body.get_by_role("link", name="a link")).to_have_attribute("href", "https://example.org/")
    expect(body.locator(".mention.me")).to_have_text("@editor")
    expect(body.get_by_role("link", name="#newsroom")).to_have_attribute("href", "#/C0NEWSROOM")
    expect(body).to_contain_text("@here")
    expect(body.get_by_role("img", name="wave")).to_have_text("👋")
    expect(body).to_contain_text(":no_such_one:")
    expect(body).to_contain_text("🇳🇴")
    expect(body.locator("time").last).to_have_text("Tuesday, 8 July 2014")
    expect(body.locator("ul li")).to_have_count(2)
    expect(body.locator("ol")).to_have_attribute("start", "3")
    expect(body.locator("blockquote br")).to_have_count(1)
    expect(body.locator("pre")).to_have_text("x = 1\n  y", use_inner_text=True)


def test_blocks_are_drawn_as_slack_draws_them(screen: Screen) -> None:
    """Every kind of block is there: text, fields, accessory, heading, small print, image as its words, table, buttons."""
    cell = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [words("cell", bold=True)]}]}
    blocks: list[Json] = [
        {"type": "header", "text": plain("Heading :wave:")},
        {"type": "section", "text": {"type": "mrkdwn", "text": "*bold*"}, "accessory": BUTTON},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "_one_"}, plain("*two*")]},
        {"type": "divider"},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "small `print`"}, plain("beside")]},
        {"type": "image", "alt_text": "A map of Europe", "image_url": "https://example.org/map.png", "title": plain("Map")},
        {"type": "actions", "elements": [BUTTON | {"action_id": "a", "style": "primary"}, BUTTON | {"action_id": "b"}]},
        {
            "type": "table",
            "column_settings": [{"align": "left"}, {"align": "right"}],
            "rows": [[{"type": "raw_text", "text": "Year"}, {"type": "raw_text", "text": "Troops"}], [cell, cell]],
        },
        {"type": "markdown", "text": "**as it stands**"},
        {
            "type": "context_actions",
            "elements": [
                {
                    "type": "feedback_buttons",
                    "action_id": "vote",
                    "positive_button": {"text": plain("Good"), "value": "1"},
                    "negative_button": {"text": plain("Bad"), "value": "0"},
                }
            ],
        },
        rich({"type": "rich_text_section", "elements": [words("rich")]}),
    ]
    assert {one["type"] for one in blocks} == set(BLOCKS) - {"input"}
    body = post(screen, *blocks)
    expect(body.get_by_role("heading", name="Heading")).to_contain_text("👋")
    expect(body.locator(".section strong")).to_have_text("bold")
    expect(body.locator(".section .accessory button")).to_have_text("Go")
    expect(body.locator(".fields em")).to_have_text("one")
    expect(body.locator(".fields")).to_contain_text("*two*")
    expect(body.locator("hr")).to_have_count(1)
    expect(body.locator(".context code")).to_have_text("print")
    expect(body.get_by_role("img", name="A map of Europe")).to_be_visible()
    expect(body.locator("img")).to_have_count(0)
    expect(body.get_by_role("columnheader")).to_have_text(["Year", "Troops"])
    expect(body.get_by_role("cell").last).to_have_text("cell")
    expect(body.locator(".button.primary")).to_have_count(1)
    expect(body.get_by_role("button", name="Bad")).to_be_visible()
    found = Axe().run(screen.tab).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize(
    ("text", "shown", "tags"),
    [
        ("*bold* _italic_ ~strike~ `code`", "bold italic strike code", {"strong": 1, "em": 1, "s": 1, "code": 1}),
        ("*_both_* 2*3*4 snake_case_name", "both 2*3*4 snake_case_name", {"strong": 1, "em": 1}),
        ("* not bold * _ not _", "* not bold * _ not _", {"strong": 0, "em": 0}),
        ("`*not bold*`", "*not bold*", {"strong": 0, "code": 1}),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c", {}),
        ("&gt; one\n&gt; two\nthree", "one\ntwo\nthree", {"blockquote": 1}),
        ("```a\n*b*```after", "a\n*b*\nafter", {"pre": 1, "strong": 0}),
        ("<https://example.org/a_b_c|label> <https://example.org>", "label https://example.org", {"a": 2, "em": 0}),
        ("see https://example.org/x, please", "see https://example.org/x, please", {"a": 1}),
        ("<mailto:a@example.org|mail> <javascript:x|no>", "mail no", {"a": 1}),
        ("<@U0EDITOR1> <@U0NOBODY|known> <#C0GENERAL> <!channel>", "@editor @known #general @channel", {".mention": 4}),
        ("<!date^1404777600^{date_num} at {time}|then>", "08/07/2014 at 00:00", {"time": 1}),
        (":tada: :unknown_one: 12:30:45", "🎉 :unknown_one: 12:30:45", {".emoji": 1}),
        ("<script>alert(1)</script>", "<script>alert(1)</script>", {"script": 0}),
    ],
)
def test_markup_is_read_as_slack_reads_it(screen: Screen, text: str, shown: str, tags: dict[str, int]) -> None:
    """What people and apps write in Slack's own markup looks as it does there."""
    escaped = text.replace("<script>", "&lt;script&gt;").replace("</script>", "&lt;/script&gt;")
    block = post(screen, {"type": "section", "text": {"type": "mrkdwn", "text": escaped}}).locator(".section .words")
    assert block.inner_text().strip() == shown
    for tag, count in tags.items():
        expect(block.locator(tag)).to_have_count(count)


def test_a_button_that_asks_first(screen: Screen) -> None:
    """A button with a confirmation does nothing when it is denied, and is pressed when it is confirmed."""
    asks = {"title": plain("Sure?"), "text": plain("Really go."), "confirm": plain("Yes"), "deny": plain("No")}
    body = post(screen, {"type": "actions", "elements": [BUTTON | {"confirm": asks}]})
    body.get_by_role("button", name="Go").click()
    screen.tab.get_by_role("button", name="No").click()
    assert screen.page.slack.deliveries == []
    body.get_by_role("button", name="Go").click()
    expect(screen.tab.get_by_role("dialog", name="Sure?")).to_contain_text("Really go.")
    screen.tab.get_by_role("button", name="Yes").click()
    assert screen.page.slack.state.wait(lambda: len(screen.page.slack.deliveries) == 1, 5)
    assert screen.page.slack.deliveries[0].packet.payload["actions"][0]["value"] == "v"


def test_a_choice_in_a_message_is_told_at_once(screen: Screen) -> None:
    """A select and an overflow menu beside text send what was chosen."""
    select = {"type": "static_select", "action_id": "pick", "options": OPTIONS, "placeholder": plain("Which?")}
    overflow = {"type": "overflow", "action_id": "more", "options": OPTIONS[:2]}
    body = post(screen, {"type": "actions", "block_id": "row", "elements": [select, overflow]})
    body.get_by_role("combobox", name="Which?").select_option("Two")
    assert screen.page.slack.state.wait(lambda: len(screen.page.slack.deliveries) == 1, 5)
    body.get_by_role("button", name="More actions").click()
    screen.tab.get_by_role("menuitem", name="One").click()
    assert screen.page.slack.state.wait(lambda: len(screen.page.slack.deliveries) == 2, 5)
    actions = [one.packet.payload["actions"][0] for one in screen.page.slack.deliveries]
    assert [one["selected_option"]["value"] for one in actions] == ["two", "one"]


def _window(screen: Screen, *blocks: Json) -> Locator:
    """A window of the app on the screen."""
    client = WebClient(token=screen.page.slack.bot_token, base_url=screen.page.slack.api_url)
    view = {"type": "modal", "title": plain("Form"), "submit": plain("Send"), "blocks": list(blocks)}
    client.views_open(trigger_id=screen.page.slack.state.trigger("U0EDITOR1"), view=view)
    expect(screen.window).to_be_visible()
    return screen.window


def _input(kind: str, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": kind,
        "label": plain(f"The {kind}"),
        "hint": plain(f"hint of {kind}"),
        "element": {"type": kind, "action_id": "a", **more},
    }


def test_a_window_with_every_input_is_filled_in(screen: Screen) -> None:
    """Each input has its label and what it begins with; what a person puts in arrives in Slack's shape."""
    chosen = {"options": OPTIONS, "initial_option": OPTIONS[0]}
    several = {"options": OPTIONS, "initial_options": OPTIONS[:1]}
    fields: dict[str, Json] = {
        "plain_text_input": {"initial_value": "before", "multiline": True},
        "email_text_input": {},
        "url_text_input": {},
        "number_input": {"is_decimal_allowed": True},
        "static_select": chosen,
        "multi_static_select": several,
        "radio_buttons": chosen,
        "checkboxes": several,
        "users_select": {},
        "multi_users_select": {},
        "channels_select": {},
        "multi_channels_select": {},
        "conversations_select": {},
        "multi_conversations_select": {},
        "datepicker": {"initial_date": "2026-07-08"},
        "timepicker": {"initial_time": "09:00"},
        "datetimepicker": {"initial_date_time": 1783468800},
    }
    unavailable = {"external_select", "multi_external_select", "rich_text_input", "file_input"}
    assert set(fields) == set(INPUTS) - unavailable
    window = _window(screen, *(_input(kind, **more) for kind, more in fields.items()))
    expect(window.get_by_label("The plain_text_input")).to_have_value("before")
    expect(window.get_by_label("The plain_text_input")).to_have_accessible_description("hint of plain_text_input")
    found = Axe().run(screen.tab).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    window.get_by_role("button", name="Send").click()
    wrong = window.locator(".wrong:visible")
    expect(wrong.first).to_have_text("Please complete this required field.")
    expect(window.get_by_label("The email_text_input")).to_be_focused()
    assert screen.page.slack.deliveries == []
    for kind, text in (("email", "a@example.org"), ("url", "https://example.org"), ("number", "1.5")):
        suffix = "_input" if kind == "number" else "_text_input"
        window.get_by_label(f"The {kind}{suffix}").fill(text)
    window.get_by_label("The plain_text_input").fill("after")
    window.get_by_label("The static_select").select_option("Two")
    group = window.get_by_role("group", name="The multi_static_select").first
    group.get_by_label("Three").check()
    window.get_by_role("group", name="The checkboxes").first.get_by_label("One").uncheck()
    window.get_by_role("group", name="The checkboxes").first.get_by_label("Two").check()
    window.get_by_role("group", name="The radio_buttons").first.get_by_label("Three").check()
    window.get_by_label("The users_select").select_option("The reporter")
    window.get_by_role("group", name="The multi_users_select").first.get_by_label("The editor").check()
    for kind in ("channels", "conversations"):
        window.get_by_label(f"The {kind}_select", exact=True).select_option("#newsroom")
        window.get_by_role("group", name=f"The multi_{kind}_select").first.get_by_label("#general").check()
    window.get_by_label("The timepicker").fill("17:45")
    window.get_by_role("button", name="Send").click()
    assert screen.page.slack.state.wait(lambda: len(screen.page.slack.deliveries) == 1, 5)
    arrived = screen.page.slack.deliveries[0].packet.payload["view"]["state"]["values"]
    said = {kind: {name: value for name, value in values["a"].items() if name != "type"} for kind, values in arrived.items()}
    assert said == {
        "plain_text_input": {"value": "after"},
        "email_text_input": {"value": "a@example.org"},
        "url_text_input": {"value": "https://example.org"},
        "number_input": {"value": "1.5"},
        "static_select": {"selected_option": OPTIONS[1]},
        "multi_static_select": {"selected_options": [OPTIONS[0], OPTIONS[2]]},
        "radio_buttons": {"selected_option": OPTIONS[2]},
        "checkboxes": {"selected_options": [OPTIONS[1]]},
        "users_select": {"selected_user": "U0REPORT1"},
        "multi_users_select": {"selected_users": ["U0EDITOR1"]},
        "channels_select": {"selected_channel": "C0NEWSROOM"},
        "multi_channels_select": {"selected_channels": ["C0GENERAL"]},
        "conversations_select": {"selected_conversation": "C0NEWSROOM"},
        "multi_conversations_select": {"selected_conversations": ["C0GENERAL"]},
        "datepicker": {"selected_date": "2026-07-08"},
        "timepicker": {"selected_time": "17:45"},
        "datetimepicker": {"selected_date_time": 1783468800},
    }


def test_windows_stand_on_each_other(screen: Screen) -> None:
    """A window pushed onto another says so; Escape goes back to the one below, and then away."""
    window = _window(screen, _input("plain_text_input"))
    client = WebClient(token=screen.page.slack.bot_token, base_url=screen.page.slack.api_url)
    view = {"type": "modal", "title": plain("Above"), "blocks": [{"type": "divider"}]}
    client.views_push(trigger_id=screen.page.slack.state.trigger("U0EDITOR1"), view=view)
    expect(window).to_contain_text("On top of “Form”")
    screen.tab.keyboard.press("Escape")
    expect(window.get_by_role("heading")).to_have_text("Form")
    screen.tab.keyboard.press("Escape")
    expect(screen.window).to_have_count(0)
