"""``natobot playground``: the local Slack, its page and the real app, from the first question to the end of the process."""

import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from natobot import play
from natobot.cli import main
from natobot.errors import InputError, NatobotError
from natobot.playground.delivery import Transport
from natobot.playground.page import Page
from natobot.playground.screen import screen
from natobot.settings import Settings

SCHEMA = Path(__file__).parent.parent / "docs" / "schema" / "playground.json"
QUESTION = "When did NATO take command of ISAF?"


@pytest.fixture(scope="module")
def both(settings: Settings) -> Iterator[dict[str, Page]]:
    """The playground over each transport."""
    with play.playing(settings) as http, play.playing(settings, transport="socket") as socket:
        yield {"http": http, "socket": socket}


@pytest.fixture(params=["http", "socket"])
def page(both: dict[str, Page], request: pytest.FixtureRequest) -> Page:
    """One of them, as it is after starting over."""
    one = both[request.param]
    assert one.app.start_over
    one.app.start_over()
    return one


def until(true: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait for something that nobody tells."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def test_the_real_app_answers(page: Page) -> None:
    """A slash command and a mention are answered from the documents over either transport, and no method is missing."""
    delivery = page.slack.command("/nato", QUESTION)
    assert delivery.posted
    assert "2003" in delivery.posted.text
    sent = page.slack.mention(QUESTION, user="researcher", channel="seminar")
    [reply] = page.slack.wait_for_messages(1, "seminar", sent.ts)
    assert "2003" in reply.text
    assert page.slack.unknown_calls == []


def test_what_the_page_knows_of_the_app(page: Page) -> None:
    """Commands with their words, shortcuts and the state of the app are the real ones."""
    [command] = page.app.commands
    assert command.name == "/nato"
    assert {"verify", "compare", "help", "cite", "forget me"} <= set(command.words)
    assert [key for key, _ in page.app.shortcuts] == ["check_quote", "find_sources"]
    status = page.app.status()
    assert status["state"] == "running"
    assert len(status["knowledge"]) > 10
    assert "warning" not in status


def test_the_daily_message_is_posted_once_and_again_after_starting_over(page: Page) -> None:
    """The post of a chosen date stands in #general once; after starting over neither Slack nor the app remembers it."""
    assert page.app.daily
    assert page.app.start_over
    date = datetime.date(2026, 7, 8)
    assert page.app.daily(date) == ["#general, 2026-07-08: posted."]
    assert page.app.daily(date) == ["#general, 2026-07-08: posted or given up before."]
    assert len(page.slack.messages("general")) == 1
    people = [one.text for one in page.slack.messages(people=True) if not one.bot_id]
    page.app.start_over()
    assert page.slack.messages() == []
    assert [one.text for one in page.slack.messages(people=True)] == people
    assert page.app.daily(date) == ["#general, 2026-07-08: posted."]


def test_the_first_person_is_an_editor(page: Page) -> None:
    """Who the page begins with sees on the Home tab what went unanswered; another does not."""
    for user in ("editor", "reporter"):
        page.slack.open_home(user)
    assert page.slack.state.wait(lambda: all(page.slack.home(user) for user in ("editor", "reporter")), 5)
    blocks = [len(screen(page.slack, user)["home"]["blocks"]) for user in ("U0EDITOR1", "U0REPORT1")]
    assert blocks[0] > blocks[1]


@pytest.mark.slow
def test_edits_are_taken_over_or_told(settings: Settings, tmp_path: Path) -> None:
    """A changed sentence is said within seconds; a mistake is told with file and line, and what was there stays in use."""
    responses = tmp_path / "responses"
    shutil.copytree(settings.responses, responses)
    wording = responses / "wording.yaml"
    text = wording.read_text("utf-8")
    with play.playing(replace(settings, responses=responses)) as page:
        knowledge = page.app.status()["knowledge"]
        wording.write_text(text + "\nnonsense: [\n", "utf-8")
        until(lambda: "warning" in page.app.status())
        assert f"{wording.name}:" in page.app.status()["warning"]
        assert page.app.status()["knowledge"] == knowledge
        delivery = page.slack.command("/nato", "about")
        assert delivery.posted
        assert page.app.start_over
        with pytest.raises(NatobotError, match=f"{wording.name}:"):
            page.app.start_over()
        assert page.slack.command("/nato", "about").posted
        wording.write_text(text + "\n# changed\n", "utf-8")
        until(lambda: page.app.status()["knowledge"] != knowledge)
        assert "warning" not in page.app.status()


@pytest.mark.parametrize(("arguments", "display", "opened"), [((), ":0", 1), (("--no-browser",), ":0", 0), ((), "", 0)], ids=str)
def test_the_browser_is_opened_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], display: str, opened: int
) -> None:
    """The command opens the page, unless it is told not to or there is no display; the address is printed each time."""
    launched: list[str] = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(click, "launch", launched.append)
    monkeypatch.setattr(play, "play", lambda settings, *, started, **more: started("http://127.0.0.1:1"))
    result = CliRunner().invoke(main, ["playground", *arguments], catch_exceptions=False)
    assert result.stdout == "The local Slack is at http://127.0.0.1:1 (Ctrl-C ends it).\n"
    assert launched == ["http://127.0.0.1:1"] * opened


def test_another_address_is_refused(settings: Settings) -> None:
    """It listens on 127.0.0.1 and says in one line why nowhere else; nothing was started."""
    with pytest.raises(InputError, match=r"127\.0\.0\.1 only.*speak as anybody"), play.playing(settings, host="0.0.0.0"):  # noqa: S104
        pass
    result = CliRunner().invoke(main, ["playground", "--no-browser", "--host", "::1"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert [line for line in result.stderr.splitlines() if "127.0.0.1 only, not on '::1'" in line] == result.stderr.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["http", "socket"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(settings: Settings, tmp_path: Path, transport: Transport, how: signal.Signals) -> None:
    """The command prints its address as its schema has it; Ctrl-C or SIGTERM ends it with 0, nothing left behind."""
    env = os.environ | {
        "NATOBOT_HOME": str(settings.home),
        "NATOBOT_SEEDS": str(settings.seeds),
        "NATOBOT_RESPONSES": str(settings.responses),
        "TMPDIR": str(tmp_path),
    }
    command = [sys.executable, "-m", "natobot", "playground", "--no-browser", "--json"]
    command += ["--socket"] if transport == "socket" else []
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = json.loads(process.stdout.readline())
        Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(said)
        assert said["transport"] == transport
        process.send_signal(how)
        rest, log = process.communicate(timeout=20)
    assert (process.returncode, rest) == (0, "")
    assert [line for line in log.splitlines() if json.loads(line)["level"] not in ("INFO", "DEBUG")] == []
    assert list(tmp_path.iterdir()) == []
