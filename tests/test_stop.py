"""The commands that serve Slack, as processes of their own: what SIGTERM leaves behind, and what the next start makes of it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
import sqlalchemy as sa

from natobot import database
from natobot.playground import faults
from natobot.playground.delivery import Transport
from natobot.playground.server import Playground
from natobot.settings import Settings

COMMANDS = {"http": "serve", "socket": "socket"}
pytestmark = pytest.mark.slow


@contextmanager
def command(slack: Playground, settings: Settings, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """``natobot serve`` or ``natobot socket``, ready; gone afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"NATOBOT_HOME": str(settings.home), "DATABASE_URL": url, "PORT": str(port)}
    slack.app_url = f"http://127.0.0.1:{port}"
    arguments = [sys.executable, "-m", "natobot", COMMANDS[slack.transport]]
    with subprocess.Popen(arguments, env=os.environ | slack.env() | own, stderr=subprocess.PIPE) as running:
        try:
            deadline = time.monotonic() + 30
            while not _ready(port):
                assert running.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield running
        finally:
            running.kill()


def _ready(port: int) -> bool:
    with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
        return bool(json.load(answer)["ready"])
    return False


def endings(url: str) -> list[str]:
    """How the deliveries stand."""
    engine = database.engine(url)
    with engine.connect() as connection:
        found = connection.scalars(sa.select(database.deliveries.c.status).order_by(database.deliveries.c.message_ts)).all()
    engine.dispose()
    return list(found)


@pytest.mark.parametrize("transport", ["http", "socket"])
def test_a_stop_finishes_what_is_in_flight_and_the_next_start_does_the_rest(
    tmp_path: Path, settings: Settings, transport: Transport
) -> None:
    """On SIGTERM a slow post is waited for, the process ends with 0 within ten seconds, and what had to wait is answered by
    the next process: every question once, in order."""
    url = f"sqlite:///{tmp_path / 'state.sqlite3'}"
    with Playground(transport=transport) as slack:
        slack.faults.add("chat.postMessage", faults.slow(2.0))
        with command(slack, settings, url) as running:
            first = slack.mention("When did NATO take command of ISAF?")
            for question in ("And how many soldiers did it have?", "Who says so?"):
                assert slack.mention(question, thread_ts=first.ts).delivery.timely
            slack.wait_for_calls("chat.postMessage")
            start = time.monotonic()
            running.send_signal(signal.SIGTERM)
            _, errors = running.communicate(timeout=10)
            assert time.monotonic() - start < 10
            assert (running.returncode, b"Traceback" in errors) == (0, False), errors.decode()
            assert endings(url) == ["accepted", "waiting", "waiting"]
        with command(slack, settings, url):
            slack.wait_for_messages(3, timeout=15)
        assert len(slack.messages(thread_ts=first.ts)) == 3
        assert "2003" in slack.messages()[0].text
