"""Logs that hold neither questions nor tokens."""

import datetime
import json
import logging
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from jsonschema import Draft202012Validator

from natobot.database import StateError
from natobot.playground import faults
from natobot.playground.delivery import Transport
from natobot.playground.server import Playground
from natobot.settings import Settings
from natobot.slack import logs
from slack_desk import Echo, app


@pytest.mark.parametrize(
    "name", ["slack_sdk.web.base_client", "slack_bolt.App", "sqlalchemy.engine.Engine", "urllib3.connection"]
)
def test_libraries_stay_quiet(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG for everything, and even for the very logger, what libraries say in passing is not logged; warnings are."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.DEBUG)
    try:
        with caplog.at_level(logging.DEBUG):
            logs.floor()
            logger.debug("xoxb-sekretwort")
            logger.warning("careful")
        assert [record.getMessage() for record in caplog.records] == ["careful"]
    finally:
        logger.setLevel(before)


def test_a_logger_of_our_own_cannot_be_lowered(caplog: pytest.LogCaptureFixture) -> None:
    """A logger given to a library keeps its level whatever the root logger's is."""
    with caplog.at_level(logging.DEBUG):
        logs.quiet("test").info("sekretwort")
        logs.quiet("silent", logs.SILENT).critical("sekretwort")
    assert caplog.records == []


def test_a_report_has_the_place_and_not_the_message(caplog: pytest.LogCaptureFixture) -> None:
    """An unexpected error is logged by kind and place under the reference given back; each time another."""
    references = set()
    for _ in range(2):
        try:
            raise ValueError("sekretwort")
        except ValueError as error:
            references.add(logs.report(error, "testing"))
    assert len(references) == 2
    assert {record.getMessage().split()[1].rstrip(":") for record in caplog.records} == references
    assert "ValueError while testing at" in caplog.text
    assert "test_slack_logs.py" in caplog.text
    assert "sekretwort" not in caplog.text


def test_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON every record is one line that fits its schema; of an exception it has kind and place, not the message."""
    root, before = logging.root, logging.root.level
    handlers, root.handlers = root.handlers, []
    try:
        logs.configure(Settings.load({}), as_json=True)
        # A door that sets its log up again changes nothing.
        logs.configure(Settings.load({}))
        logging.getLogger("natobot.door").info("two\nlines of %s", "“words”")
        try:
            raise ValueError("sekretwort")
        except ValueError:
            logging.getLogger("uvicorn.error").exception("it broke")
        assert [type(handler.formatter) for handler in root.handlers] == [logs.JsonLines]
    finally:
        root.handlers = handlers
        root.setLevel(before)
    schema = json.loads((Path(__file__).parent.parent / "docs" / "schema" / "log.json").read_text("utf-8"))
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert [list(Draft202012Validator(schema).iter_errors(line)) for line in (first, second)] == [[], []]
    assert (first["level"], first["logger"], first["message"]) == ("INFO", "natobot.door", "two\nlines of “words”")
    assert first["error"] is None
    assert abs(datetime.datetime.fromisoformat(first["time"]) - datetime.datetime.now(datetime.UTC)).total_seconds() < 60
    assert second["error"].startswith(f"ValueError at {__file__}:")
    assert "sekretwort" not in str(second)


def test_text_is_the_form_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json a line begins with the time, the level and who says it."""
    root, before = logging.root, logging.root.level
    handlers, root.handlers = root.handlers, []
    try:
        logs.configure(Settings.load({}))
        logging.getLogger("natobot.door").info("open")
    finally:
        root.handlers = handlers
        root.setLevel(before)
    assert capsys.readouterr().err.endswith(" INFO natobot.door: open\n")


def written(message: str, *args: object, error: Exception | None = None) -> str:
    """What our handler writes of a record."""
    formatter = logs.Redacting("%(message)s", frozenset({"0123456789abcdef", "postgres://u:hunter2@db/x", "ab"}))
    exc_info = (type(error), error, None) if error else None
    return formatter.format(logging.LogRecord("x", logging.ERROR, "", 0, message, args, exc_info))


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-12-34-AbC",
        "xoxp-1-2-3",
        "xoxe.xoxb-1-My-2",
        "xoxe-1-abc",
        "xapp-1-A0-1-f00",
        "https://hooks.slack.com/actions/T1/2/3abc",
        "http://127.0.0.1:1/commands/T1/x-y_z",
        "wss://w.slack.com/link/?ticket=t-1&app_id=2",
        "0123456789abcdef",
        "postgres://u:hunter2@db/x",
    ],
)
def test_secrets_are_hidden_in_what_others_log(secret: str) -> None:
    """Tokens, addresses to answer at, tickets and the secrets of the settings are hidden, in messages and in tracebacks."""
    said = written("%s failed: about", secret)
    assert logs.HIDDEN in said
    assert said.endswith(" failed: about")
    for part in ("AbC", "1-2-3", "My-2", "f00", "3abc", "x-y_z", "t-1", "abcdef", "hunter2"):
        assert part not in said
    assert logs.HIDDEN in written("broken", error=ValueError(f"'{secret}'"))


def test_honest_lines_stay_as_they_are() -> None:
    """What is no secret is written as it is, even where a secret of the settings is too short to be told from a word."""
    line = "delivery Ev1 accepted: see /slack/events, xoxo, about actions/min"
    assert written(line) == line


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["http", "socket"])
def test_neither_questions_nor_tokens_whatever_breaks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, transport: Transport
) -> None:
    """At DEBUG for everything, while the bot raises with the question in its message, the database fails and Slack answers
    with errors and resets, nothing that is logged holds a question, a token, a secret or an address to answer at."""

    def before(text: str) -> None:
        if "break" in text:
            raise RuntimeError(f"cannot answer {text}")

    def fails(*_: Any, **__: Any) -> None:
        raise StateError("the state database fails (no row, no password).")

    with caplog.at_level(logging.DEBUG), Playground(transport=transport) as slack:
        slack.ack_seconds = 1.0
        with app(tmp_path, slack, Echo(before=before)):
            for question in ("the sekretwort", "break the sekretwort"):
                slack.command("/nato", question)
                slack.mention(question)
                slack.direct_message(question)
            slack.wait_for_messages(6)
            for fault in (faults.server_error(500), faults.reset(), faults.refused("is_archived"), faults.rate_limited(0)):
                slack.faults.add("chat.postMessage", fault)
                slack.mention("another sekretwort")
            slack.settle(0.3)
            # Its buttons have no question that could be answered: a press of one breaks, and must say so to its person.
            card = slack.messages()[0]
            for method in ("response_url", "views.open", "chat.postEphemeral"):
                slack.faults.add(method, faults.server_error(502), times=None)
            for fault_free in (False, True):
                if fault_free:
                    slack.faults.clear()
                slack.message_shortcut("find_sources", card)
                slack.message_shortcut("check_quote", card)
            slack.open_home()
            slack.settle(0.3)
            with patch("natobot.state.State.claim", fails):
                assert slack.mention("a sekretwort that is not taken").delivery.status != 200
            with patch("natobot.state.State.turn", fails):
                slack.mention("a sekretwort that waits")
                slack.settle(0.3)
        secrets = (slack.bot_token, slack.app_token, slack.signing_secret, "/actions/", "/commands/", "ticket=")
    assert "reference" in caplog.text
    assert "uncertain" in caplog.text
    assert [word for word in ("sekretwort", *secrets) if word in caplog.text] == []
