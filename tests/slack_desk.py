"""What the Slack tests share: a bot that echoes, and the real app running against the local Slack."""

import datetime
import hashlib
import hmac
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from slack_bolt import BoltRequest

from natobot import errands, socket, web
from natobot.bot import Natobot
from natobot.model import Answer, Taste, Thread, Today, TodayItem, TodayKind
from natobot.playground.server import Playground
from natobot.settings import Settings
from natobot.slack import deliver

WORDING = {
    "error": "Something of mine broke. Reference: {reference}",
    "paused_not_in_channel": "Not in {channel}.",
    "paused_gone": "{channel} is gone.",
    "paused_other": "{channel}: {error}.",
    "busy": "Busy. Ask again.",
    "busy_written": "Busy. It is written down.",
    "told_not_in_channel": "Invite me to {channel}.",
    "told_closed": "I cannot write in {channel}.",
    "told_restricted": "I may not post here.",
    "told_other": "Slack says {error}.",
    "told_uncertain": "Perhaps once more:",
}


@dataclass
class Echo:
    """Answers with the question and how many were asked before; does what ``before`` does first."""

    # Sentences by key, as in responses/wording.yaml.
    wording: Mapping[str, str] = field(default_factory=lambda: WORDING)
    # Hash of the knowledge.
    knowledge: str = "k1"
    # What stands in the way of newer knowledge.
    warning: str | None = None
    # Called with every question: may wait, or raise.
    before: Callable[[str], None] = lambda text: None
    # What ``today`` has to show.
    items: tuple[TodayItem, ...] = cast(tuple[TodayItem, ...], ("something happened",))
    # And what kind of post that is.
    kind: TodayKind = "day"

    def reply(self, text: str, thread: Thread | None = None) -> Answer:
        """The question itself."""
        self.before(text)
        turns = " < ".join(reversed(thread.turns)) if thread else ""
        return Answer(intent="echo", say=(("echo", {"text": f"{text} < {turns}" if turns else text}),))

    def today(self, date: datetime.date, channel: str = "", *, taste: Taste = Taste(), further: int = 0) -> Today:  # noqa: B008
        """The date itself."""
        self.before(channel)
        return Today(date=date.isoformat(), kind=self.kind, items=self.items)

    def refresh(self) -> bool:
        """Nothing new."""
        return False

    def as_natobot(self) -> Natobot:
        """Itself, for the type checker."""
        return cast(Natobot, self)


def _text(answer: Answer, wording: Mapping[str, str]) -> str:
    return f"Echo: {answer.say[0][1]['text']}"


def _blocks(answer: Answer, wording: Mapping[str, str]) -> list[dict[str, Any]]:
    words = {"type": "text", "text": answer.say[0][1]["text"] or "(empty)"}
    return [{"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [words]}]}]


def _today_text(today: Today, wording: Mapping[str, str]) -> str:
    return f"On {today.date}"


def _today_blocks(today: Today, wording: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"type": "section", "text": {"type": "plain_text", "text": f"On {today.date}"}}]


def _of_today(today: Today, wording: Mapping[str, str], _: object) -> tuple[str, list[dict[str, Any]]]:
    return _today_text(today, wording), _today_blocks(today, wording)


@contextmanager
def plain() -> Iterator[None]:
    """Rendering of the echo, and no waiting between posts."""
    with (
        patch.multiple("natobot.render", text=_text, blocks=_blocks, today_text=_today_text, today_blocks=_today_blocks),
        patch.multiple(deliver, PACE=0.0, BACKOFF=0.004, STATE_PAUSE=0.01, BEHIND=0.01, RACE_PAUSE=0.002),
        patch("natobot.slack.dated.of_today", _of_today),
        patch.multiple(errands, PACE=0.0, CHANNEL_PACE=0.0),
    ):
        yield


def settings(home: Path, slack: Playground, **more: str) -> Settings:
    """The settings of an app that talks to the local Slack."""
    return Settings.load({**slack.env(), "NATOBOT_HOME": str(home), "PORT": "0", **more})


@contextmanager
def app(home: Path, slack: Playground, echo: Echo, given: Settings | None = None, *, oauth: bool = False) -> Iterator[str]:
    """The real app with the echo in place of natobot, over the transport of the local Slack.

    By OAuth it is installed over HTTP, whatever the transport; its address comes back.
    """
    given = given or Settings.load({**slack.env(oauth=oauth), "NATOBOT_HOME": str(home), "PORT": "0"})
    with ExitStack() as stack:
        stack.enter_context(plain())
        stack.enter_context(patch("natobot.slack.app.Natobot.open", lambda _: echo.as_natobot()))
        address = ""
        if slack.transport == "http" or oauth:
            address = slack.app_url = stack.enter_context(web.running(given))
        if slack.transport == "socket":
            # Beside the other its port would be taken, and it needs none.
            stack.enter_context(socket.running(replace(given, port_given=given.port_given and not address)))
            slack.wait_for_sockets()
        yield address


@contextmanager
def process(home: Path, slack: Playground, command: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own that runs a command of the app with an echo that takes 0.7 seconds; gone afterwards."""
    program = f"""
        import time
        from unittest.mock import patch
        from slack_desk import Echo, plain
        from natobot import socket, web
        from natobot.settings import Settings
        echo = Echo(before=lambda text: time.sleep(0.7))
        with plain(), patch("natobot.slack.app.Natobot.open", lambda _: echo):
            {command}
    """
    path = ":".join(folder for folder in sys.path if folder)
    environment = {**slack.env(), "NATOBOT_HOME": str(home), "PYTHONPATH": path, **more}
    arguments = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(arguments, env=environment, cwd=home, stderr=subprocess.PIPE) as running:
        try:
            yield running
        finally:
            running.kill()


def signed(secret: str, body: str, kind: str) -> BoltRequest:
    """A request as Slack signs it."""
    stamp = str(int(time.time()))
    signature = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={signature}", "content-type": kind}
    return BoltRequest(body=body, headers=dict(headers))


class Gate:
    """Holds listeners until it is opened, and knows how many it holds."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._held = 0
        self._changed = threading.Condition()

    def wait(self) -> None:
        """Be held, but not for ever: a test that fails must not hang."""
        self.count()
        assert self._open.wait(10)

    def count(self) -> int:
        """Count one more without holding it; say how many there are."""
        with self._changed:
            self._held += 1
            self._changed.notify_all()
            return self._held

    def wait_for(self, count: int) -> None:
        """Wait until so many are held."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._held >= count, 10)

    def open(self) -> None:
        """Let all go."""
        self._open.set()
