"""Asks Slack what it thinks of our tokens, for the doctor: settings go in, what Slack says comes out. Changes nothing."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from slack_sdk import WebClient

from natobot.settings import Settings
from natobot.slack import logs, tokens
from natobot.slack.app import refusal, web_client
from natobot.slack.post import FAILURES, TIMEOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What ``auth.test`` says of a bot token."""

    # Name and id of the workspace.
    workspace: str
    # Name of the bot.
    bot: str
    # What the token may do, or nothing if Slack does not say.
    scopes: frozenset[str] | None
    # By how many seconds our clock is ahead of Slack's, or nothing if Slack does not say.
    ahead: float | None


def bot(settings: Settings) -> Installed:
    """Ask Slack whose bot token this is.

    Raises:
        InputError: it is missing or malformed, Slack refuses it, or Slack cannot be reached.
    """
    client = web_client(settings)
    try:
        me = client.auth_test()
    except FAILURES as error:
        raise refusal("SLACK_BOT_TOKEN", client.base_url, error) from None
    headers = {name.lower(): value for name, value in me.headers.items()}
    return Installed(
        workspace=f"{me.get('team')} ({me.get('team_id') or me.get('enterprise_id')})",
        bot=str(me.get("user")),
        scopes=_scopes(headers),
        ahead=_ahead(headers),
    )


def app(settings: Settings) -> None:
    """Ask Slack for a connection of Socket Mode, and do not open it.

    Raises:
        InputError: the token is missing or malformed, Slack refuses it, or Slack cannot be reached.
    """
    token = tokens.app_token(settings)
    client = WebClient(base_url=settings.slack_api_url, timeout=TIMEOUT, logger=logs.quiet("web", logs.SILENT))
    try:
        client.apps_connections_open(app_token=token)
    except FAILURES as error:
        raise refusal("SLACK_APP_TOKEN", client.base_url, error) from None


def _scopes(headers: Mapping[str, Any]) -> frozenset[str] | None:
    listed = headers.get("x-oauth-scopes")
    return None if listed is None else frozenset(each.strip() for each in str(listed).split(",") if each.strip())


def _ahead(headers: Mapping[str, Any]) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(str(headers["date"])).timestamp()
    except (KeyError, ValueError):
        return None
