"""The Home tab and the agent view: somebody opens them, and the view or the suggested prompts go to Slack."""

import logging
from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient

from natobot.errors import NatobotError
from natobot.slack import cards, logs
from natobot.slack.desk import Desk, workspace_of
from natobot.slack.home import daily_posts, home, prompts
from natobot.slack.post import FAILURES, outcome_of
from natobot.state import Workspace
from natobot.subscriptions import Subscription

log = logging.getLogger(__name__)


def opened(desk: Desk, body: Mapping[str, Any], context: Mapping[str, Any], client: WebClient) -> None:
    """Somebody looks at the app: publish the Home tab, or suggest what to ask."""
    event = body.get("event") or {}
    person, tab = str(event.get("user") or ""), event.get("tab")
    try:
        if tab == "home":
            publish(desk, workspace_of(context), person, client)
        elif tab == "messages":
            suggest(desk, str(event.get("channel") or ""), client)
    except Exception as error:
        # The last line of defence: Bolt would log the message of the error, and nobody waits for an answer.
        logs.report(error, "opening the Home tab")


def publish(desk: Desk, workspace: Workspace, person: str, client: WebClient, *, question: str = "", start: int = 0) -> None:
    """Publish the Home tab of one person, with the answer to a question if there is one, and the daily posts from ``start``."""
    asked = None
    if question:
        with desk.metrics.reply("home") as told:
            answer = desk.bot.reply(question)
            told(answer.intent, answer.answered)
        asked = (question, cards.of(desk.bot, answer, question, cards.VIEW)[1])
    notes: dict[str, Any] = {}
    if desk.edits(workspace, person):
        try:
            notes["unanswered"] = desk.feedback.notes(workspace, "unanswered")
            notes["not_helpful"] = desk.feedback.notes(workspace, "not_helpful")
        except NatobotError as error:
            log.error("%s", error)
    try:
        notes["posts"] = daily_posts(_theirs(desk, workspace, person), desk.shelf, start)
    except NatobotError as error:
        log.error("%s", error)
    view = home(desk.bot.documents(), desk.wording, asked=asked, **notes)
    try:
        client.views_publish(user_id=person, view=view)
    except FAILURES as error:
        outcome = outcome_of(error)
        desk.metrics.slack_failed("views.publish", outcome.error)
        log.warning("the Home tab was not published (%s)", outcome.error)


def _theirs(desk: Desk, workspace: Workspace, person: str) -> list[Subscription]:
    """The daily posts that a person may change from here: an editor's are all of the workspace."""
    found = desk.subscriptions.of(workspace)
    return found if desk.edits(workspace, person) else [each for each in found if each.person == person]


def suggest(desk: Desk, channel: str, client: WebClient) -> None:
    """Suggest questions in the agent view; it needs a plan that not every workspace has."""
    try:
        client.assistant_threads_setSuggestedPrompts(
            channel_id=channel, title=desk.wording["prompts_title"], prompts=prompts(desk.wording)
        )
    except FAILURES as error:
        log.info("no prompts were suggested (%s)", outcome_of(error).error)
