"""The page's door: starts the local Slack with its page and the real app beside it, until it is asked to end."""

import datetime
import logging
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from natobot import daily, socket, web
from natobot.bot import Natobot
from natobot.playground.acts import App, Command
from natobot.playground.delivery import Transport
from natobot.playground.page import Page
from natobot.playground.server import Playground
from natobot.playground.thread import HOST
from natobot.settings import Settings
from natobot.signals import until_stopped
from natobot.slack import logs
from natobot.slack.app import Service, open_service
from natobot.slack.commands import ALONE, ARRANGED, BEFORE_ID, FIRST, FORGET
from natobot.slack.manifest import manifest

# Where the daily message is posted.
_CHANNEL = "general"
# What is there to be tried at once: who wrote it, and where.
_OPENING = (
    (
        "editor",
        "general",
        "Ask with `/nato` and a question for your eyes only, or mention @natobot so that all can read the answer.",
    ),
    ("reporter", "newsroom", "My draft says: “NATO membership is a merit badge or reward for good behavior”. Can we print that?"),
    ("researcher", "seminar", "Next week: what Rynning, Jin and Rumer each make of the open door."),
)


def play(
    settings: Settings,
    *,
    host: str = HOST,
    port: int = 0,
    transport: Transport = "http",
    started: Callable[[str], object] = lambda address: None,
) -> None:
    """Run the local Slack, its page and the app until SIGTERM or SIGINT; ``started`` is told the page's address.

    Raises:
        InputError: another address than 127.0.0.1, a port in use, or a mistake in the settings or documents.
    """
    logs.configure(settings)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    with until_stopped() as stop, playing(settings, host=host, port=port, transport=transport) as page:
        started(page.slack.url)
        stop.wait()


def has_display() -> bool:
    """Whether a browser can open a window here; without a display, some would take the terminal instead."""
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


@contextmanager
def playing(settings: Settings, *, host: str = HOST, port: int = 0, transport: Transport = "http") -> Iterator[Page]:
    """The same for as long as the block lasts.

    Raises:
        InputError: as `play`.
    """
    slack = Playground(host=host, port=port, transport=transport)
    slack.add_user("researcher", "The researcher")
    slack.add_channel("seminar")
    page = Page(slack)
    slack.routes = page.routes()
    with tempfile.TemporaryDirectory(prefix="natobot-playground-") as folder, slack:
        beside = _Beside(slack, settings, Path(folder))
        try:
            beside.start()
            page.app = beside.known()
            yield page
        finally:
            beside.stop()


class _Beside:
    """The real app beside the local Slack, with a state of its own that goes when it starts over."""

    def __init__(self, slack: Playground, settings: Settings, folder: Path) -> None:
        self._slack = slack
        self._folder = folder
        self._round = 0
        self._stack = ExitStack()
        # Two people may start over at once, or one while the process ends.
        self._lock = threading.RLock()
        channel = next(room.id for room in slack.state.channels.values() if room.name == _CHANNEL)
        self._settings = replace(
            settings,
            slack_api_url=slack.api_url,
            bot_token=slack.bot_token,
            app_token=slack.app_token,
            signing_secret=slack.signing_secret,
            client_id=None,
            client_secret=None,
            daily_channels=(channel,),
            editors=((slack.id, slack.person("editor")),),
            port=0,
            port_given=False,
        )
        # What runs; set by `start`.
        self._service: Service | None = None

    def start(self) -> None:
        """Start the app with nothing remembered, and let people have said a few things."""
        self._round += 1
        state = self._folder / f"state-{self._round}.sqlite3"
        self._settings = replace(self._settings, database_url=f"sqlite:///{state}")
        if self._slack.transport == "http":
            service = open_service(self._settings)
            self._slack.app_url = self._stack.enter_context(web.running(self._settings, service=service))
        else:
            service = self._stack.enter_context(socket.running(self._settings))
            self._slack.wait_for_sockets()
        self._service = service
        for user, channel, text in _OPENING:
            self._slack.say(text.replace("@natobot", f"<@{self._slack.state.team.bot_user}>"), channel=channel, user=user)

    def stop(self) -> None:
        """Stop it; what is under way is finished."""
        with self._lock:
            self._stack.close()

    def start_over(self) -> None:
        """Forget everything, in Slack and in the app.

        Raises:
            NatobotError: a mistake in the documents or responses; then everything stays as it is.
        """
        with self._lock:
            # The new app could not open them either, and the old one would be gone.
            Natobot.open(self._settings)
            self.stop()
            self._slack.reset()
            self.start()

    def known(self) -> App:
        """What the page has to know of it."""
        features = manifest()["features"]
        words = (*FIRST, *ALONE, *BEFORE_ID, *ARRANGED, FORGET)
        return App(
            commands=tuple(
                Command(name=one["command"], hint=one["usage_hint"], words=words) for one in features["slash_commands"]
            ),
            shortcuts=tuple((one["callback_id"], one["name"]) for one in features["shortcuts"]),
            status=self._status,
            daily=self._daily,
            start_over=self.start_over,
        )

    def _status(self) -> dict[str, str]:
        if self._service is None or not self._service.running:
            return {"state": "starting"}
        bot = self._service.bot
        way = {"http": "HTTP, signed", "socket": "Socket Mode"}[self._slack.transport]
        said = {"state": "running", "transport": way, "knowledge": bot.knowledge, "documents": str(len(bot.store.sources))}
        return said | ({"warning": bot.warning} if bot.warning else {})

    def _daily(self, date: datetime.date) -> list[str]:
        rooms = {room.id: f"#{room.name}" for room in self._slack.state.channels.values()}
        return [
            posted.line().replace(posted.channel, rooms.get(posted.channel, posted.channel), 1)
            for posted in daily.daily(self._settings, date)
        ]
