"""The three secrets of Slack: what is refused, and that no error shows them."""

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
