"""The page in a real browser: every state that the docs show, by mouse, by keyboard alone, and as axe-core judges it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install -e '.[browser]'")
pytest.importorskip("axe_playwright_python", reason="axe is not installed: pip install -e '.[browser]'")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from browser import DESKTOP, PHONE, QUESTION, STATES, Screen, installed, screens, slash, thread
from natobot.settings import Settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(installed() is None, reason="no Chromium is installed: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def opened(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Screen]]:
    """Opens screens of one playground."""
    with screens(settings, tmp_path_factory.mktemp("browser")) as opens:
        yield opens


@pytest.fixture
def screen(opened: Callable[..., Screen]) -> Iterator[Screen]:
    """A desktop's screen; afterwards the browser may have complained of nothing, and no method may be missing."""
    one = opened()
    yield one
    assert one.complaints == []
    assert one.page.slack.unknown_calls == []


def serious(screen: Screen) -> list[str]:
    """What axe-core finds that is serious or critical."""
    found = Axe().run(screen.tab).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_reached_and_accessible(opened: Callable[..., Screen], name: str) -> None:
    """A person gets there and sees what should be there; axe-core finds nothing serious, the browser has no complaint."""
    state = STATES[name]
    screen = opened(state.size, state.scheme)
    state.lead(screen)
    assert serious(screen) == []
    assert screen.complaints == []
    assert screen.page.slack.unknown_calls == []


def test_every_state_that_is_shown_has_its_picture() -> None:
    """docs/images holds a picture of each state that is to be shown, and no other."""
    pictures = Path(__file__).parent.parent / "docs" / "images"
    assert {path.stem for path in pictures.iterdir()} == {name for name, state in STATES.items() if state.shown}


def test_the_judge_sees_what_is_wrong(screen: Screen) -> None:
    """A field without a label and letters that are too pale are found, so that finding nothing means something."""
    screen.tab.evaluate("document.querySelector('label[for=date]').remove()")
    screen.tab.evaluate("document.querySelector('#room h2').style.color = '#bbbbbb'")
    assert {line.partition(":")[0] for line in serious(screen)} == {"label", "color-contrast"}


def test_dark_is_dark_by_the_system_and_by_the_switch(opened: Callable[..., Screen]) -> None:
    """The colours follow the system until the switch is used, and the choice outlives a reload."""
    screen = opened(DESKTOP, "dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = screen.tab.evaluate(paper)
    screen.find("button", "Theme: auto").click()
    light = screen.tab.evaluate(paper)
    assert (dark, light) == ("rgb(26, 29, 33)", "rgb(255, 255, 255)")
    screen.tab.reload()
    expect(screen.find("button", "Theme: light")).to_be_visible()
    assert screen.tab.evaluate(paper) == light
    screen.find("button", "Theme: light").click()
    assert screen.tab.evaluate(paper) == dark
    assert serious(screen) == []


def test_everything_works_by_keyboard_alone(screen: Screen) -> None:
    """Completion, sending, a window and back, the menu of a message, channels by arrows, Escape: no pointer is needed."""
    keys = screen.tab.keyboard
    screen.tab.locator(".skip").focus()
    keys.press("Enter")
    expect(screen.tab.locator("#composer-room")).to_be_focused()
    keys.type("/na")
    expect(screen.tab.get_by_role("option", name="/nato")).to_have_attribute("aria-selected", "true")
    keys.press("Tab")
    keys.type(QUESTION)
    keys.press("Enter")
    expect(screen.messages).to_have_count(2)
    # To the newest message, into it, and to its first button.
    for _ in range(12):
        if screen.tab.evaluate("document.activeElement.matches('.message')"):
            break
        keys.press("Shift+Tab")
    for _ in range(12):
        if screen.tab.evaluate("document.activeElement.dataset.action") == "natobot_context":
            break
        keys.press("Shift+Tab" if screen.tab.evaluate("document.activeElement.matches('[data-action]')") else "Tab")
    keys.press("Enter")
    expect(screen.window).to_be_visible()
    keys.press("Escape")
    expect(screen.window).to_have_count(0)
    assert screen.tab.evaluate("document.activeElement.dataset.action") == "natobot_context"
    screen.tab.locator("#sidebar a[aria-current]").focus()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(screen.tab.locator("#room h2")).to_have_text("# newsroom")
    screen.messages.first.focus()
    keys.press("Tab")
    keys.press("Enter")
    expect(screen.tab.locator("#composer-thread")).to_be_focused()
    keys.press("Escape")
    expect(screen.tab.locator("#side")).to_be_hidden()
    expect(screen.messages.first).to_be_focused()
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Enter")
    expect(screen.find("menuitem", "Check this quote")).to_be_focused()
    keys.press("ArrowDown")
    expect(screen.find("menuitem", "Find sources")).to_be_focused()
    keys.press("Escape")
    expect(screen.find("button", "More actions", screen.messages.first)).to_be_focused()


def test_what_comes_is_told_to_a_screen_reader(screen: Screen) -> None:
    """A new message of somebody else goes into the live region with who wrote it, one's own does not; nothing on loading."""
    said = screen.tab.locator("[aria-live=polite]")
    expect(said).to_be_empty()
    slash(screen)
    expect(said).to_contain_text("natobot, only visible to you: “NATO had in 2003")
    expect(screen.messages.last).to_have_accessible_name(re.compile(r"natobot, \d\d:\d\d, only visible to you: “NATO had"))
    screen.say("thank you")
    screen.page.slack.say("and to you", user="reporter")
    expect(said).to_contain_text("reporter: and to you")
    expect(said).not_to_contain_text("thank you")


def test_markup_of_others_stays_text(screen: Screen) -> None:
    """What looks like HTML is shown as it was typed, and links that are none of the web's are no links."""
    screen.say('<img src=x onerror="alert(1)"> *bold* & `a<b`')
    expect(screen.messages.last).to_contain_text('<img src=x onerror="alert(1)"> bold & a<b')
    expect(screen.messages.last.locator("img")).to_have_count(0)
    screen.page.slack.say("<javascript:alert(1)|press me> <https://example.org/a|there>", escape=False)
    expect(screen.messages.last.locator("a")).to_have_count(1)
    expect(screen.messages.last.locator("a")).to_have_attribute("rel", "noopener noreferrer")


def test_acting_as_another(screen: Screen) -> None:
    """Another person does not see a private answer, writes under their own name, and stays who they are after a reload."""
    slash(screen)
    screen.tab.get_by_label("Act as").select_option("The reporter")
    expect(screen.messages).to_have_count(1)
    screen.say("hello")
    expect(screen.messages.last).to_contain_text("The reporter")
    screen.tab.reload()
    expect(screen.tab.get_by_label("Act as")).to_have_value("U0REPORT1")
    # Each has a direct message of their own with the app.
    screen.go("natobot")
    screen.tab.locator(".prompt").first.click()
    expect(screen.messages).to_have_count(2)
    screen.tab.get_by_label("Act as").select_option("The researcher")
    expect(screen.tab.locator(".prompt")).to_have_count(4)
    expect(screen.messages).to_have_count(0)


def test_it_comes_back_after_the_server_was_away(screen: Screen) -> None:
    """While nobody answers the bar says so; then the page goes on where it was."""
    screen.tab.route("**/page/state*", lambda route: route.abort())
    screen.page.slack.say("first", user="reporter")
    expect(screen.tab.locator("#status.wrong")).to_contain_text("no connection to the local Slack")
    screen.page.slack.say("second", user="reporter")
    screen.tab.unroute("**/page/state*")
    expect(screen.messages.last).to_contain_text("second")
    expect(screen.tab.locator("#status .lamp.on")).to_be_visible()
    screen.complaints.clear()


def test_a_thread_takes_no_slash_command(screen: Screen) -> None:
    """Slack's own words say that a command is not supported in threads, and what was typed is not lost."""
    thread(screen)
    screen.say("/nato x", "#composer-thread")
    expect(screen.tab.locator(".toast")).to_contain_text("/nato is not supported in threads. Sorry!")
    expect(screen.tab.locator("#composer-thread")).to_have_value("/nato x")


def test_redelivering_repeats_nothing(screen: Screen) -> None:
    """A mention delivered again is acknowledged again, and answered once."""
    screen.say(f"@natobot {QUESTION}")
    expect(screen.find("button", "1 reply")).to_be_visible()
    screen.find("button", "Inspector").click()
    screen.tab.locator(".line", has_text="app_mention").click()
    screen.find("button", "Redeliver").click()
    expect(screen.tab.locator(".line", has_text="app_mention (repetition 1)")).to_be_visible()
    screen.page.slack.settle()
    expect(screen.find("button", "1 reply")).to_be_visible()


def test_starting_over_empties_the_page(screen: Screen) -> None:
    """After starting over the channel is as it was in the beginning."""
    slash(screen)
    screen.find("button", "Start over").click()
    expect(screen.messages).to_have_count(1)
    assert re.search(r"Ask with", screen.messages.first.inner_text())


def test_a_phone_shows_one_column(opened: Callable[..., Screen]) -> None:
    """On a phone nothing is wider than the screen, and one goes from the channels to the messages and a thread and back."""
    screen = opened(PHONE)
    thread(screen)
    expect(screen.tab.locator("#room")).to_be_hidden()
    assert screen.tab.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    screen.find("button", "Close the thread").click()
    expect(screen.tab.locator("#side")).to_be_hidden()
    expect(screen.messages.last).to_be_focused()
    screen.find("button", "Back to the channels").click()
    screen.go("seminar")
    expect(screen.tab.locator("#sidebar")).to_be_hidden()
    expect(screen.tab.locator("#room h2")).to_have_text("# seminar")
    screen.find("button", "Back to the channels").click()
    screen.go("natobot")
    expect(screen.find("button", "Home")).to_be_in_viewport(ratio=1)
    expect(screen.tab.locator("#inspect")).to_be_in_viewport(ratio=1)
    screen.tab.locator("#inspect").click()
    expect(screen.tab.locator("#room")).to_be_hidden()
    assert serious(screen) == []


def test_a_small_screen_shows_two_columns(opened: Callable[..., Screen]) -> None:
    """Where three columns have no room, the inspector stands in the place of the messages, and goes with Escape."""
    screen = opened((820, 700))
    screen.find("button", "Inspector").click()
    expect(screen.tab.locator("#room")).to_be_hidden()
    expect(screen.tab.locator("#sidebar")).to_be_visible()
    screen.tab.keyboard.press("Escape")
    expect(screen.tab.locator("#room")).to_be_visible()
    expect(screen.find("button", "Inspector")).to_be_focused()


def test_what_slack_refuses_is_noticed(screen: Screen) -> None:
    """A call that Slack refuses is counted beside the inspector's name until somebody has looked."""
    client = WebClient(token=screen.page.slack.bot_token, base_url=screen.page.slack.api_url)
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        client.chat_postMessage(channel="C0GENERAL", text="x", blocks=[{"type": "header"}])
    button = screen.find("button", "Inspector 1 failed")
    button.click()
    expect(screen.tab.locator(".line").first).to_contain_text("invalid_blocks")
    screen.tab.locator(".line").first.click()
    expect(screen.tab.locator(".detail")).to_contain_text("json-pointer:/blocks/0")
    expect(screen.find("button", "Inspector")).to_be_visible()


def test_a_person_of_an_earlier_run_is_forgotten(screen: Screen) -> None:
    """A tab that remembers somebody who is not there any more becomes the first person again."""
    screen.tab.evaluate("sessionStorage.setItem('user', 'U0NOBODY')")
    screen.tab.reload()
    expect(screen.tab.get_by_label("Act as")).to_have_value("U0EDITOR1")
    # The one look that was refused.
    assert [line for line in screen.complaints if "404" not in line] == []
    screen.complaints.clear()
