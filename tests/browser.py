"""The page in a browser: what a person does there as functions, and the states that tests check and the docs show.

Needs Playwright (the extra ``browser``) and a Chromium on this machine; nothing is downloaded.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, expect, sync_playwright
from playwright.sync_api import Page as Tab

from natobot import play
from natobot.playground.page import Page
from natobot.settings import Settings

# The first of these that is installed is used.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DESKTOP, PHONE = (1280, 800), (390, 844)
QUESTION = "When did NATO take command of ISAF?"
ALTERED = "NATO membership is a merit badge or reward for good behavior"


def installed() -> str | None:
    """Where a browser is, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """The browser, without a window."""
    with sync_playwright() as tool:
        # As root, as in a container, Chromium has no sandbox; it only ever sees this machine's own page.
        found = tool.chromium.launch(executable_path=installed(), args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A browser's tab with the page of a playground."""

    # The tab.
    tab: Tab
    # The page's other side.
    page: Page
    # The folder of the responses in use, which may be edited.
    responses: Path
    # What the browser complained of.
    complaints: list[str]

    def find(self, role: Any, name: str | re.Pattern[str], inside: Locator | None = None) -> Locator:
        """An element by its role and name, as a screen reader finds it."""
        return (inside or self.tab).get_by_role(role, name=name, exact=isinstance(name, str))

    @property
    def messages(self) -> Locator:
        """The messages of the channel."""
        return self.tab.locator("#room .message")

    @property
    def window(self) -> Locator:
        """The window on top."""
        return self.tab.locator("dialog#modal[open]")

    @property
    def thread(self) -> Locator:
        """The messages of the thread."""
        return self.tab.locator("#side .message")

    def go(self, place: str) -> None:
        """Choose a channel, or the app."""
        self.tab.locator("#sidebar a", has_text=place).click()

    def say(self, text: str, where: str = "#composer-room") -> None:
        """Write something and send it."""
        box = self.tab.locator(where)
        box.click()
        box.fill(text)
        # What is on offer would take Enter for itself.
        box.press("Escape") if self.tab.locator(".options:visible").count() else None
        box.press("Enter")

    def ask(self, text: str) -> Locator:
        """Ask with the slash command; the private answer."""
        count = self.messages.count()
        self.say(f"/nato {text}")
        expect(self.messages).to_have_count(count + 1)
        return self.messages.last

    def press(self, name: str, inside: Locator) -> None:
        """Press a button of the app's by what is written on it."""
        inside.locator("[data-action]", has_text=re.compile(f"^{re.escape(name)}$")).click()


@contextmanager
def screens(settings: Settings, folder: Path) -> Iterator[Callable[..., Screen]]:
    """Opens screens of one playground, each started over; the responses are a copy below ``folder``."""
    responses = folder / "responses"
    shutil.copytree(settings.responses, responses)
    with browser() as found, play.playing(replace(settings, responses=responses)) as page:

        def screen(size: tuple[int, int] = DESKTOP, scheme: Any = "light") -> Screen:
            for context in found.contexts:
                context.close()
            assert page.app.start_over
            page.app.start_over()
            context = found.new_context(
                viewport={"width": size[0], "height": size[1]},
                color_scheme=scheme,
                locale="en-GB",
                timezone_id="UTC",
                reduced_motion="reduce",
            )
            tab = context.new_page()
            complaints: list[str] = []
            tab.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
            tab.on("pageerror", lambda error: complaints.append(str(error)))
            tab.on("request", lambda sent: None if sent.url.startswith(page.slack.url) else complaints.append(sent.url))
            tab.goto(page.slack.url)
            tab.locator("#status .lamp.on").wait_for()
            return Screen(tab=tab, page=page, responses=responses, complaints=complaints)

        yield screen


# The states: each begins with a screen that was started over, and says what must be there.


def slash(screen: Screen) -> None:
    """A question by slash command: the answer is marked as private, with its source and its buttons."""
    answer = screen.ask(QUESTION)
    expect(answer).to_contain_text("Only visible to you")
    expect(answer.locator("blockquote")).to_contain_text("NATO had in 2003 taken command")
    expect(answer).to_contain_text("Sten Rynning")


def share(screen: Screen) -> None:
    """A private answer shared: all see it, with who shared it and the question."""
    answer = screen.ask(QUESTION)
    screen.press("Share", answer)
    shared = screen.messages.last
    expect(shared).not_to_contain_text("Only visible to you")
    expect(shared).to_contain_text("@editor")
    expect(shared).to_contain_text("2003")


def thread(screen: Screen) -> None:
    """A mention answered in its thread, and a follow-up that takes over what it needs."""
    screen.say("@natobot what does the Chinese author say about AUKUS?")
    screen.find("button", "1 reply").click()
    expect(screen.thread).to_have_count(2)
    screen.say("@natobot and the Quad?", "#composer-thread")
    expect(screen.thread).to_have_count(4)
    expect(screen.thread.last).to_contain_text("Jin Ling")
    expect(screen.messages).to_have_count(2)


def context(screen: Screen) -> None:
    """The window with the sentences around the one that answers."""
    screen.press("Context", screen.ask(QUESTION))
    expect(screen.window).to_contain_text("For about a decade, 2004-2014")
    expect(screen.window.locator("strong")).to_contain_text("NATO had in 2003 taken command")


def cite(screen: Screen) -> None:
    """The window with the citation in four styles, each to be copied."""
    screen.press("Cite", screen.ask(QUESTION))
    expect(screen.window.locator("pre")).to_have_count(4)
    expect(screen.window).to_contain_text("@misc")


def verify(screen: Screen) -> None:
    """A quotation in somebody's message checked by the shortcut in the message's menu: the difference is marked."""
    screen.go("newsroom")
    message = screen.messages.first
    expect(message).to_contain_text(ALTERED)
    message.hover()
    screen.find("button", "More actions", message).click()
    screen.find("menuitem", "Check this quote").click()
    expect(screen.window).to_contain_text("Altered")
    expect(screen.window.locator("s")).to_contain_text("not")


def compare(screen: Screen) -> None:
    """The rival authors side by side."""
    answer = screen.ask("compare the annexation of Crimea")
    for author in ("Rynning", "Rumer", "Jin"):
        expect(answer).to_contain_text(author)


def feedback(screen: Screen) -> None:
    """A reason why an answer did not help: sent off, thanked for, and on the Home tab of the editors."""
    screen.press("Not helpful", screen.ask(QUESTION))
    screen.window.get_by_role("textbox").fill("It names the year, but not the month.")
    screen.window.get_by_role("button", name="Send").click()
    expect(screen.window.get_by_role("textbox")).to_have_count(0)
    expect(screen.window).to_contain_text("Thank")
    screen.tab.keyboard.press("Escape")
    screen.go("natobot")
    screen.find("button", "Home").click()
    expect(screen.tab.locator(".home")).to_contain_text("but not the month")


def reason(screen: Screen) -> None:
    """The window that asks for the reason, filled in."""
    screen.press("Not helpful", screen.ask(QUESTION))
    screen.window.get_by_role("textbox").fill("It names the year, but not the month.")


def home(screen: Screen) -> None:
    """The Home tab: an example pressed there is answered in place."""
    screen.go("natobot")
    screen.find("button", "Home").click()
    expect(screen.tab.locator(".home")).to_contain_text("90 passages")
    screen.press("What does CSDP stand for?", screen.tab.locator(".home"))
    expect(screen.tab.locator(".home")).to_contain_text("EU’s Common Security")


def prompts(screen: Screen) -> None:
    """The agent view: suggested prompts, one of which is asked and answered in the direct message."""
    screen.go("natobot")
    suggested = screen.tab.locator(".prompt")
    expect(suggested).to_have_count(4)
    suggested.first.click()
    expect(screen.messages).to_have_count(2)
    expect(screen.messages.last).to_contain_text("2003")


def agent(screen: Screen) -> None:
    """The suggested prompts as somebody finds them."""
    screen.go("natobot")
    expect(screen.tab.locator(".prompt")).to_have_count(4)


def daily(screen: Screen) -> None:
    """The daily post of a chosen date."""
    screen.tab.get_by_label("Date").fill("2026-07-08")
    screen.find("button", "Post the daily message").click()
    expect(screen.messages.last).to_contain_text("8 July")
    expect(screen.tab.locator(".toast")).to_contain_text("#general, 2026-07-08: posted.")


def subscribe(screen: Screen) -> None:
    """A channel subscribes to the daily post, and its settings in a window: time, zone, days, topics and documents."""
    screen.say("/nato subscribe 9am weekdays")
    told = screen.messages.last
    expect(told).to_contain_text("Monday to Friday at 09:00 (Europe/Brussels)")
    screen.press("Settings", told)
    expect(screen.tab.get_by_role("dialog")).to_contain_text("The daily post")


def timeline(screen: Screen) -> None:
    """What the documents date of a topic, in the order of the dates."""
    screen.say("/nato timeline NATO enlargement")
    expect(screen.messages.last).to_contain_text("January 1994")
    expect(screen.messages.last).to_contain_text("2008")


def fault(screen: Screen) -> None:
    """A 429 injected into the next post: the app waits as it is told and posts again; the inspector shows both."""
    screen.find("button", "Inspector").click()
    screen.tab.get_by_text("Inject a fault").click()
    screen.find("button", "Inject").click()
    expect(screen.tab.locator(".faults")).to_contain_text("429: waits for one call of chat.postMessage")
    screen.say(f"@natobot {QUESTION}")
    expect(screen.find("button", "1 reply")).to_be_visible()
    expect(screen.tab.locator(".result", has_text="429")).to_have_text("429 ratelimited · injected")
    screen.tab.locator(".line", has_text="app_mention").click()
    expect(screen.tab.locator(".detail")).to_contain_text("X-Slack-Signature")
    expect(screen.find("button", "Redeliver")).to_be_visible()


def reload(screen: Screen) -> None:
    """A reload in a thread: place, messages and private answers are as they were."""
    thread(screen)
    screen.ask(QUESTION)
    screen.tab.reload()
    expect(screen.thread).to_have_count(4)
    expect(screen.messages.last).to_contain_text("Only visible to you")


def mistake(screen: Screen) -> None:
    """A mistake in a file that is being edited: file, line and remedy, and answers go on as before."""
    path = screen.responses / "wording.yaml"
    text = path.read_text("utf-8")
    try:
        path.write_text("greeting: [\n" + text, "utf-8")
        expect(screen.tab.locator("#status.wrong")).to_contain_text("wording.yaml:", timeout=20_000)
        slash(screen)
    finally:
        path.write_text(text, "utf-8")


def completion(screen: Screen) -> None:
    """The words of the command on offer while it is typed."""
    screen.tab.locator("#composer-room").press_sequentially("/nato ")
    expect(screen.tab.get_by_role("option", name="verify")).to_be_visible()


def channels(screen: Screen) -> None:
    """The list of channels on a phone, one step back from the messages."""
    screen.find("button", "Back to the channels").click()
    expect(screen.tab.locator("#sidebar")).to_be_visible()
    expect(screen.tab.locator("#room")).to_be_hidden()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state and how it is looked at."""

    # Leads there.
    lead: Callable[[Screen], None]
    # Width and height of the screen.
    size: tuple[int, int] = DESKTOP
    # What the system prefers.
    scheme: str = "light"
    # Whether the docs show it.
    shown: bool = True


def _states() -> dict[str, State]:
    every = [slash, share, thread, context, cite, verify, compare, reason, home, agent, daily, fault, reload, completion]
    every += [subscribe, timeline]
    states = {lead.__name__: State(lead=lead) for lead in every}
    states |= {lead.__name__: State(lead=lead, shown=False) for lead in (feedback, prompts, mistake)}
    states |= {f"dark-{lead.__name__}": State(lead=lead, scheme="dark") for lead in (thread, fault)}
    hidden = (verify, home, slash, reason, subscribe)
    states |= {f"dark-{lead.__name__}": State(lead=lead, scheme="dark", shown=False) for lead in hidden}
    states |= {f"phone-{lead.__name__}": State(lead=lead, size=PHONE) for lead in (slash, channels, context)}
    return states


STATES = _states()
