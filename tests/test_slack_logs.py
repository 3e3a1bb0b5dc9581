"""Logs that hold neither questions nor tokens."""

import datetime
import json
import logging
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from natobot.slack import logs


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
        logs.configure(as_json=True)
        # A door that sets its log up again changes nothing.
        logs.configure()
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
        logs.configure()
        logging.getLogger("natobot.door").info("open")
    finally:
        root.handlers = handlers
        root.setLevel(before)
    assert capsys.readouterr().err.endswith(" INFO natobot.door: open\n")
