"""Checks the secrets Slack hands out before anything is started; errors name the remedy and never the value."""

import re

from natobot.errors import SettingError
from natobot.settings import Settings

# A rotated bot token bears the prefix ``xoxe.`` before its own.
_BOT = re.compile(r"(?:xoxe\.)?xoxb-[A-Za-z0-9-]+")
_APP = re.compile(r"xapp-[A-Za-z0-9-]+")
_WHERE_BOT = "Copy the “Bot User OAuth Token” (xoxb-…) from OAuth & Permissions of your app at https://api.slack.com/apps."
_WHERE_APP = "Make an app-level token (xapp-…) with connections:write under Basic Information of your app."
_WHERE_CLIENT = "Copy client id and secret from Basic Information of your app at https://api.slack.com/apps."
_WHERE_SECRET = "Copy the “Signing Secret” from Basic Information of your app at https://api.slack.com/apps."  # noqa: S105


def by_oauth(settings: Settings) -> bool:
    """Whether the app is installed in many workspaces by OAuth, or in the one of the bot token.

    Raises:
        SettingError: neither or both are set, or one of them is malformed.
    """
    name, client, secret = "SLACK_CLIENT_ID", settings.client_id, settings.client_secret
    if not client and not secret:
        bot_token(settings)
        return False
    if not client:
        raise SettingError(name, "missing or empty, though SLACK_CLIENT_SECRET is set", _WHERE_CLIENT)
    if not secret:
        raise SettingError("SLACK_CLIENT_SECRET", "missing or empty, though SLACK_CLIENT_ID is set", _WHERE_CLIENT)
    if settings.bot_token:
        what = "set beside SLACK_BOT_TOKEN: one is for many workspaces, the other for one"
        raise SettingError(name, what, "Unset SLACK_BOT_TOKEN, or SLACK_CLIENT_ID and SLACK_CLIENT_SECRET.")
    if not re.fullmatch(r"[0-9]+\.[0-9]+", client):
        raise SettingError(name, "not a client id, which is two numbers with a dot between", _WHERE_CLIENT)
    if secret.startswith(("xox", "xapp-")):
        raise SettingError("SLACK_CLIENT_SECRET", "holds a token", _WHERE_CLIENT)
    if not re.fullmatch(r"[!-~]+", secret):
        raise SettingError("SLACK_CLIENT_SECRET", "holds characters that no client secret has", _WHERE_CLIENT)
    return True


def bot_token(settings: Settings) -> str:
    """The bot token.

    Raises:
        SettingError: it is missing, another kind of token, or malformed.
    """
    name, token = "SLACK_BOT_TOKEN", settings.bot_token
    if not token:
        raise SettingError(name, "missing or empty", _WHERE_BOT)
    if token.startswith("xapp-"):
        raise SettingError(name, "holds an app-level token, which belongs into SLACK_APP_TOKEN", _WHERE_BOT)
    if token.startswith(("xoxp-", "xoxe.xoxp-")):
        raise SettingError(name, "holds a user token, and natobot speaks as a bot", _WHERE_BOT)
    if not _BOT.fullmatch(token):
        raise SettingError(name, "not a bot token", _WHERE_BOT)
    return token


def app_token(settings: Settings) -> str:
    """The app-level token, for Socket Mode.

    Raises:
        SettingError: it is missing, another kind of token, or malformed.
    """
    name, token = "SLACK_APP_TOKEN", settings.app_token
    if not token:
        raise SettingError(name, "missing or empty", _WHERE_APP)
    if token.startswith(("xoxb-", "xoxe.xoxb-")):
        raise SettingError(name, "holds a bot token, which belongs into SLACK_BOT_TOKEN", _WHERE_APP)
    if not _APP.fullmatch(token):
        raise SettingError(name, "not an app-level token", _WHERE_APP)
    return token


def signing_secret(settings: Settings) -> str:
    """The secret Slack signs its requests with, for HTTP.

    Raises:
        SettingError: it is missing, a token, or malformed.
    """
    name, secret = "SLACK_SIGNING_SECRET", settings.signing_secret
    if not secret:
        raise SettingError(name, "missing or empty, so nobody could tell Slack's requests from forged ones", _WHERE_SECRET)
    if secret.startswith(("xox", "xapp-")):
        raise SettingError(name, "holds a token", _WHERE_SECRET)
    if not re.fullmatch(r"[!-~]+", secret):
        raise SettingError(name, "holds characters that no signing secret has", _WHERE_SECRET)
    return secret
