"""The real app at work in the local Slack, and what a person does and sees there."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from natobot import socket, web
from natobot.playground.records import Message, View
from natobot.playground.server import Playground
from natobot.settings import Settings
from natobot.slack import deliver
from slack_desk import settings as slack_settings

QUESTION = "What did the Bucharest summit decide?"
EDITOR = "U0EDITOR1"


@contextmanager
def serving(folder: Path, shipped: Settings, slack: Playground, **more: str) -> Iterator[None]:
    """The real app over the transport of the local Slack, its state below ``folder``."""
    database = {"DATABASE_URL": f"sqlite:///{folder / 'state.sqlite3'}"}
    given = slack_settings(shipped.home, slack, **database, **more)
    with patch.multiple(deliver, PACE=0.0, BACKOFF=0.004):
        if slack.transport == "http":
            with web.running(given) as slack.app_url:
                yield
        else:
            with socket.running(given):
                slack.wait_for_sockets()
                yield


def ask(slack: Playground, text: str = QUESTION, user: str = "editor") -> Message:
    """What /nato answers."""
    posted = slack.command("/nato", text, user=user).posted
    assert posted is not None
    return posted


def press(slack: Playground, where: Message | View, name: str, user: str = "editor") -> None:
    """Press a button, which must be acknowledged in time, and wait for what comes of it."""
    before = len(slack.calls)
    delivery = slack.press(where, f"natobot_{name}", user=user)
    assert delivery.timely
    assert delivery.status in (200, None)
    assert slack.state.wait(lambda: len(slack.calls) > before, 5)


def window(slack: Playground, user: str = "editor") -> View:
    """The window on somebody's screen."""
    view = slack.modal(user)
    assert view is not None, [(call.method, call.answer) for call in slack.calls]
    return view


def shown(view: View) -> str:
    """Everything in it."""
    return json.dumps(view.body["blocks"], ensure_ascii=False)


def last(slack: Playground) -> Message:
    """The newest message of the app."""
    return slack.messages()[-1]
