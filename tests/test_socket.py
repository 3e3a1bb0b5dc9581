"""The Socket Mode door: its settings, and how it comes to an end."""

import threading
import time
from pathlib import Path

import pytest

from natobot import socket
from natobot.errors import SettingError
from natobot.playground.server import Playground
from slack_desk import Echo, app, process, settings


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_settings_are_checked_first(tmp_path: Path, name: str) -> None:
    """Without a token nothing is started; the signing secret is not needed."""
    with Playground(transport="socket") as slack, pytest.raises(SettingError, match=name):
        socket.run(settings(tmp_path, slack, **{name: "", "SLACK_SIGNING_SECRET": ""}))
    assert slack.calls == []


def test_swapped_tokens(tmp_path: Path) -> None:
    """Tokens in each other's place are told apart by their look."""
    with Playground(transport="socket") as slack, pytest.raises(SettingError, match="belongs into SLACK_APP_TOKEN"):
        socket.run(settings(tmp_path, slack, SLACK_BOT_TOKEN=slack.app_token, SLACK_APP_TOKEN=slack.bot_token))


def test_slack_refuses_the_app_token(tmp_path: Path) -> None:
    """An app-level token that Slack does not take is one line with Slack's word, without the token."""
    with Playground(transport="socket") as slack:
        slack.revoke(slack.app_token)
        with (
            pytest.raises(SettingError, match=r"^SLACK_APP_TOKEN: Slack refuses it \(token_revoked\)") as caught,
            app(tmp_path, slack, Echo()),
        ):
            pass
        assert slack.app_token not in str(caught.value)


def test_a_dropped_connection_is_made_anew(tmp_path: Path) -> None:
    """When the connection is cut, or Slack asks for another, questions are answered over the next one."""
    with Playground(transport="socket") as slack, app(tmp_path, slack, Echo()):
        slack.disconnect_sockets()
        slack.wait_for_calls("apps.connections.open", 2)
        slack.wait_for_sockets()
        slack.mention("who?")
        assert slack.wait_for_messages(1)[0].text == "Echo: who?"


@pytest.mark.slow
def test_a_stop_finishes_what_is_in_flight(tmp_path: Path) -> None:
    """On SIGTERM the command and the mention under way are answered, and the process ends with 0 within five seconds."""
    with Playground(transport="socket") as slack, process(tmp_path, slack, "socket.run(Settings.load())") as running:
        slack.wait_for_sockets(timeout=10)
        slack.mention("mention")
        asking = threading.Thread(target=lambda: slack.command("/nato", "command"))
        asking.start()
        time.sleep(0.2)
        running.terminate()
        _, errors = running.communicate(timeout=5)
        asking.join()
        assert running.returncode == 0, errors.decode()
        assert b"Traceback" not in errors
        assert sorted(message.text for message in slack.messages()) == ["Echo: command", "Echo: mention"]
