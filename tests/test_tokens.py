"""The secrets of Slack: what is refused, and that no error shows them."""

from pathlib import Path

import pytest

from natobot.errors import SettingError
from natobot.settings import Settings
from natobot.slack import tokens

BOT = "xoxb-1234567890-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"
APP = "xapp-1-A0123456789-1234567890123-0123456789abcdef"
SECRET = "0123456789abcdef0123456789abcdef"


def having(**secrets: str | None) -> Settings:
    """Settings that hold nothing but these."""
    return Settings(home=Path(), seeds=Path(), responses=Path(), **secrets)  # type: ignore[arg-type]


def test_good_ones_pass() -> None:
    """Tokens and secrets as Slack hands them out are given back, a rotated bot token too."""
    assert tokens.bot_token(having(bot_token=BOT)) == BOT
    assert tokens.bot_token(having(bot_token=f"xoxe.{BOT}")) == f"xoxe.{BOT}"
    assert tokens.app_token(having(app_token=APP)) == APP
    assert tokens.signing_secret(having(signing_secret=SECRET)) == SECRET


@pytest.mark.parametrize(
    ("token", "what"),
    [
        (None, "missing or empty"),
        ("", "missing or empty"),
        (APP, "belongs into SLACK_APP_TOKEN"),
        (BOT.replace("xoxb", "xoxp"), "user token"),
        (SECRET, "not a bot token"),
        ("xoxb-", "not a bot token"),
        (f'"{BOT}"', "not a bot token"),
        (f"{BOT} ", "not a bot token"),
        ("xoxb-…", "not a bot token"),
        (f"Bearer {BOT}", "not a bot token"),
    ],
)
def test_bot_tokens(token: str | None, what: str) -> None:
    """A missing, swapped, foreign or malformed bot token is named with the remedy, in one line without the token."""
    with pytest.raises(SettingError, match=f"^SLACK_BOT_TOKEN: .*{what}.* Copy the “Bot User OAuth Token”") as caught:
        tokens.bot_token(having(bot_token=token))
    assert "\n" not in str(caught.value)
    assert BOT.removeprefix("xoxb") not in str(caught.value)
    assert APP not in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("token", "what"),
    [(None, "missing"), (BOT, "belongs into SLACK_BOT_TOKEN"), (SECRET, "not an app-level"), ("xapp-", "not an app-level")],
)
def test_app_tokens(token: str | None, what: str) -> None:
    """The same for the app-level token."""
    with pytest.raises(SettingError, match=f"^SLACK_APP_TOKEN: .*{what}.* Make an app-level token") as caught:
        tokens.app_token(having(app_token=token))
    assert BOT not in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("secret", "what"),
    [
        (None, "missing or empty"),
        ("", "missing or empty"),
        (BOT, "holds a token"),
        (APP, "holds a token"),
        ("a b", "characters"),
    ],
)
def test_signing_secrets(secret: str | None, what: str) -> None:
    """The same for the signing secret; an empty one would let anybody in."""
    with pytest.raises(SettingError, match=f"^SLACK_SIGNING_SECRET: .*{what}.* Copy the “Signing Secret”") as caught:
        tokens.signing_secret(having(signing_secret=secret))
    assert BOT not in str(caught.value)
    assert APP not in str(caught.value)


CLIENT = {"client_id": "1234567890.1234567890123", "client_secret": SECRET}


def test_one_workspace_or_many() -> None:
    """A bot token alone is one workspace, client id and secret alone are many."""
    assert tokens.by_oauth(having(bot_token=BOT)) is False
    assert tokens.by_oauth(having(**CLIENT)) is True


@pytest.mark.parametrize(
    ("secrets", "name", "what"),
    [
        ({}, "SLACK_BOT_TOKEN", "missing or empty"),
        ({**CLIENT, "bot_token": BOT}, "SLACK_CLIENT_ID", "set beside SLACK_BOT_TOKEN.* Unset SLACK_BOT_TOKEN, or"),
        ({"client_id": CLIENT["client_id"]}, "SLACK_CLIENT_SECRET", "missing or empty, though SLACK_CLIENT_ID is set"),
        ({"client_secret": SECRET}, "SLACK_CLIENT_ID", "missing or empty, though SLACK_CLIENT_SECRET is set"),
        ({"client_secret": SECRET, "bot_token": BOT}, "SLACK_CLIENT_ID", "missing or empty"),
        ({"client_id": CLIENT["client_id"], "bot_token": BOT}, "SLACK_CLIENT_SECRET", "missing or empty"),
        ({**CLIENT, "client_id": SECRET}, "SLACK_CLIENT_ID", "not a client id"),
        ({**CLIENT, "client_id": "1.2&scope=admin"}, "SLACK_CLIENT_ID", "not a client id"),
        ({**CLIENT, "client_secret": BOT}, "SLACK_CLIENT_SECRET", "holds a token"),
        ({**CLIENT, "client_secret": "a b"}, "SLACK_CLIENT_SECRET", "characters"),
    ],
)
def test_neither_both_or_half(secrets: dict[str, str], name: str, what: str) -> None:
    """No token and no client, both, half a client or a malformed one are one line with the remedy, without a secret."""
    with pytest.raises(SettingError, match=f"^{name}: .*{what}") as caught:
        tokens.by_oauth(having(**secrets))
    assert "\n" not in str(caught.value)
    for secret in (BOT, SECRET):
        assert secret not in str(caught.value)


def test_no_secret_in_a_repr() -> None:
    """Settings show the client id at most."""
    shown = repr(having(**CLIENT, bot_token=BOT, app_token=APP, signing_secret=SECRET))
    assert not any(secret in shown for secret in (BOT, APP, SECRET))
