"""Logs that hold neither questions nor tokens."""

import logging

import pytest

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
