"""The tour: the real app against the local Slack on this machine, and what passed between them, as people would see it."""

import datetime
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from natobot import daily, web
from natobot.errors import NatobotError
from natobot.playground.records import Message
from natobot.playground.server import Playground
from natobot.settings import Settings

_CHANNEL = "general"
_WAIT = 5.0  # seconds for an answer that comes by a post of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that somebody said or did, or that natobot showed."""

    # The person's name, or ``natobot``.
    who: str
    # What was typed or pressed; of natobot, every line of the message.
    lines: tuple[str, ...]
    # Where it stands and who sees it, or "".
    note: str


@dataclass(slots=True, kw_only=True)
class Step:
    """One step of the tour."""

    # Its number, from 1.
    number: int
    # What it shows.
    title: str
    # What passed, in order.
    transcript: list[Line] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        """The step as JSON."""
        return asdict(self)


def demo(date: datetime.date, *, console: Console | None = None, quiet: bool = False) -> list[Step]:
    """Walk through what natobot does, with the daily post of ``date``; prints the transcript and gives it back.

    Raises:
        NatobotError: an answer did not come.
    """
    tour = _Tour(console or Console(highlight=False, quiet=quiet))
    with tempfile.TemporaryDirectory(prefix="natobot-demo-") as folder, _running(Path(folder)) as (slack, settings):
        tour.title("A slash command: the answer comes in its acknowledgement, and only the asker sees it.")
        answer = tour.command(slack, "when did nato take command of ISAF?")
        tour.title("A button below it opens a window: the sentence in its place.")
        tour.window(slack, answer, "context")
        tour.title("Another posts the private answer for all, once, with the name of who shared it.")
        tour.share(slack, answer)
        tour.title("Misspelt, as on a phone: what was read otherwise is said.")
        tour.command(slack, "what hapened at the buchrest summit")
        tour.title("A mention: one reply, in its thread.")
        asked = tour.mention(slack, "what does the Chinese author say about AUKUS?")
        tour.title("A follow-up in the same thread takes over what it needs.")
        tour.mention(slack, "and the Quad?", thread_ts=asked)
        tour.title("What the sources do not say is not answered.")
        tour.mention(slack, "and what does he say about Iceland?", thread_ts=asked)
        tour.title("A quotation in quotation marks is checked, word by word.")
        tour.command(slack, '"NATO membership is a merit badge or reward for good behavior"')
        tour.title("Rival authors side by side; who is silent is said.")
        tour.command(slack, "compare the annexation of Crimea")
        tour.title("Somebody lets the day's post come to the channel, in their own time zone; all see that.")
        tour.subscribe(slack, "subscribe 9:00 weekdays")
        tour.title(f"The daily post of {date.day} {date:%B %Y}.")
        tour.daily(slack, settings, date)
    tour.end()
    return tour.steps


@contextmanager
def _running(folder: Path) -> Iterator[tuple[Playground, Settings]]:
    """The local Slack and the app that talks to it, over signed HTTP; its state goes with ``folder``."""
    with Playground() as slack:
        settings = replace(
            Settings.load(),
            slack_api_url=slack.api_url,
            bot_token=slack.bot_token,
            app_token=slack.app_token,
            signing_secret=slack.signing_secret,
            database_url=f"sqlite:///{folder / 'state.sqlite3'}",
            daily_channels=(),
            client_id=None,
            client_secret=None,
            port=0,
        )
        with web.running(settings) as address:
            slack.app_url = address
            yield slack, settings


class _Tour:
    """What is printed, step by step."""

    def __init__(self, console: Console) -> None:
        self._console = console
        # What was printed.
        self.steps: list[Step] = []

    def title(self, line: str) -> None:
        self.steps.append(Step(number=len(self.steps) + 1, title=line))
        self._console.print()
        self._console.print(Text(f"{len(self.steps)}. {line}", style="bold"))

    def command(self, slack: Playground, question: str) -> Message:
        """Type a slash command; gives the answer."""
        self._says("editor", f"/nato {question}")
        delivery = slack.command("/nato", question, channel=_CHANNEL)
        if delivery.posted is None or not delivery.timely:
            raise NatobotError(f"the slash command was not answered ({delivery.error or 'too late'}).")
        self._message(delivery.posted, f"only visible to you, {delivery.elapsed * 1000:.0f} ms")
        return delivery.posted

    def window(self, slack: Playground, message: Message, name: str) -> None:
        """Press a button that opens a window, and close it."""
        self._press(slack, message, name)
        slack.wait_for_calls("views.open", timeout=_WAIT)
        view = slack.modal()
        if view is None:
            raise NatobotError(f"the button {name} opened no window.")
        self._shows(view.body["blocks"], f"window: {view.body['title']['text']}")
        slack.close_view(view)

    def share(self, slack: Playground, message: Message) -> None:
        """Press *Share*, twice; one message comes of it."""
        for click in (1, 2):
            self._press(slack, message, "share")
            slack.wait_for_calls("response_url", click, timeout=_WAIT)
            shared = slack.messages(_CHANNEL)[-1]
            self._message(shared, "only visible to you" if shared.ephemeral_to else f"#{_CHANNEL}")

    def mention(self, slack: Playground, question: str, thread_ts: str | None = None) -> str:
        """Ask in the channel or a thread; gives the thread."""
        before = len(slack.messages(_CHANNEL))
        self._says("reporter", f"@natobot {question}", in_thread=thread_ts is not None)
        sent = slack.mention(question, channel=_CHANNEL, user="reporter", thread_ts=thread_ts)
        reply = slack.wait_for_messages(before + 1, _CHANNEL, timeout=_WAIT)[-1]
        self._message(reply, "in thread")
        return thread_ts or sent.ts

    def subscribe(self, slack: Playground, line: str) -> None:
        """Subscribe the channel; shows what it is told."""
        before = len(slack.messages(_CHANNEL))
        self._says("editor", f"/nato {line}")
        slack.command("/nato", line, channel=_CHANNEL)
        self._message(slack.wait_for_messages(before + 1, _CHANNEL, timeout=_WAIT)[-1], f"#{_CHANNEL}")

    def daily(self, slack: Playground, settings: Settings, date: datetime.date) -> None:
        daily.daily(settings, date)
        self._message(slack.messages(_CHANNEL)[-1], f"#{_CHANNEL}")

    def end(self) -> None:
        self._console.print()
        self._console.print("Every quotation above is the document's own words; `natobot check` proves it. Go on with:")
        self._console.print('  natobot ask "what is the open door policy?"    natobot chat    natobot --help', markup=False)

    def _says(self, who: str, line: str, *, in_thread: bool = False) -> None:
        self.steps[-1].transcript.append(Line(who=who, lines=(line,), note="in thread" if in_thread else ""))
        self._console.print(Text.assemble((f"  {who}", "cyan"), "  ", line, (" (in thread)" if in_thread else "", "dim")))

    def _press(self, slack: Playground, message: Message, name: str) -> None:
        labels = [
            e["text"]["text"] for b in message.blocks for e in b.get("elements", ()) if e.get("action_id") == f"natobot_{name}"
        ]
        self._says("editor", f"presses [{labels[0]}]")
        if not slack.press(message, f"natobot_{name}").timely:
            raise NatobotError(f"the button {name} was not acknowledged in time.")

    def _message(self, message: Message, note: str) -> None:
        self._shows(message.blocks, note)

    def _shows(self, blocks: Sequence[Mapping[str, Any]], note: str) -> None:
        self._console.print(Text.assemble(("  natobot", "green"), "  ", (f"({note})", "dim")))
        shown = list(_shown(blocks))
        self.steps[-1].transcript.append(Line(who="natobot", lines=tuple(text.plain for text, _ in shown), note=note))
        for text, indent in shown:
            self._console.print(Padding(text, (0, 2, 0, indent)))


def _shown(blocks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Text, int]]:
    """Blocks as lines of a terminal, with their indentation."""
    for block in blocks:
        if block["type"] == "section":
            yield Text(block["text"]["text"]), 4
        elif block["type"] == "context":
            for element in block["elements"]:
                yield Text(element["text"], style="dim"), 4
        elif block["type"] == "actions":
            yield Text(" ".join(f"[{element['text']['text']}]" for element in block["elements"]), style="cyan"), 4
        elif block["type"] == "rich_text":
            for element in block["elements"]:
                runs = [(_words(run), "bold" if run.get("style", {}).get("bold") else "") for run in element["elements"]]
                marks = ("“", "”") if element["type"] == "rich_text_quote" else ("", "")
                yield Text.assemble((marks[0], ""), *runs, (marks[1], "")), 6


def _words(run: Mapping[str, Any]) -> str:
    return str(run["text"] if "text" in run else f"@{run['user_id']}")
