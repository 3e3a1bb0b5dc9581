"""The environment becomes settings, or one line that names the setting and never shows its value."""

from pathlib import Path

import pytest

from natobot.errors import SettingError
from natobot.settings import SLACK_API, Settings


def test_an_empty_environment_is_enough() -> None:
    """Without any setting the shipped folders are found, and a home in the person's own data folder."""
    settings = Settings.load({})
    assert (settings.seeds / "sources.yaml").is_file()
    assert (settings.responses / "intents.yaml").is_file()
    assert settings.home.is_absolute()
    assert settings.home.name == "natobot"
    assert (settings.slack_api_url, settings.port, settings.daily_channels) == (SLACK_API, 3000, ())
    assert (settings.bot_token, settings.app_token, settings.signing_secret, settings.database_url) == (None,) * 4


def test_folders_are_taken_from_the_environment(tmp_path: Path) -> None:
    """Home need not exist yet; seeds and responses must."""
    env = {"NATOBOT_HOME": f" {tmp_path}/new ", "NATOBOT_SEEDS": str(tmp_path), "NATOBOT_RESPONSES": str(tmp_path)}
    settings = Settings.load(env)
    assert (settings.home, settings.seeds, settings.responses) == (tmp_path / "new", tmp_path, tmp_path)


def test_a_tilde_is_the_persons_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``~`` is read as a shell reads it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings.load({"NATOBOT_HOME": "~/bot"}).home == tmp_path / "bot"


def test_blank_settings_are_unset() -> None:
    """``SLACK_BOT_TOKEN=`` in a file of settings means that there is none."""
    names = "NATOBOT_HOME NATOBOT_SEEDS SLACK_API_URL SLACK_BOT_TOKEN SLACK_SIGNING_SECRET DATABASE_URL PORT".split()
    assert Settings.load(dict.fromkeys(names, "  ")) == Settings.load({})


def test_editors_and_whether_questions_are_kept() -> None:
    """Editors are pairs of workspace and person; questions are kept unless 0 says otherwise."""
    assert Settings.load({"NATOBOT_EDITORS": " T1:U1, T2:W2,"}).editors == (("T1", "U1"), ("T2", "W2"))
    kept = [Settings.load({"NATOBOT_KEEP_UNANSWERED": value}).keep_unanswered for value in ("", "1", "0")]
    assert kept == [True, True, False]


def test_a_disk_that_goes_needs_a_database_elsewhere() -> None:
    """Where the host or a setting says that the disk goes with the process, the state must lie in DATABASE_URL."""
    for env in ({"DYNO": "web.1"}, {"NATOBOT_EPHEMERAL": "1"}):
        with pytest.raises(SettingError, match=r"^DATABASE_URL: missing, and this host's disk .* NATOBOT_EPHEMERAL=0 if"):
            Settings.load(env).check_disk()
        Settings.load({**env, "DATABASE_URL": "postgres://there/it"}).check_disk()
    Settings.load({"DYNO": "web.1", "NATOBOT_EPHEMERAL": "0"}).check_disk()
    Settings.load({}).check_disk()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "eighty", "PORT: not a port number. Set a number from 0 to 65535."),
        ("PORT", "65536", "PORT: not a port number. Set a number from 0 to 65535."),
        ("PORT", "-1", "PORT: not a port number. Set a number from 0 to 65535."),
        ("PORT", "²", "PORT: not a port number. Set a number from 0 to 65535."),
        ("NATOBOT_EDITORS", "U1", "NATOBOT_EDITORS: not ids of workspaces and people. Set T…:U…,T…:U…, or unset it."),
        ("NATOBOT_EDITORS", "T1:U1;T2:U2", "NATOBOT_EDITORS: not ids of workspaces and people. Set T…:U…,T…:U…"),
        ("NATOBOT_KEEP_UNANSWERED", "maybe", "NATOBOT_KEEP_UNANSWERED: neither 0 nor 1. Set 0 for no, 1 for yes, or unset it."),
        ("SLACK_API_URL", "slack.com/api", "SLACK_API_URL: not a web address. Set http://… or https://…, or unset it."),
        ("NATOBOT_SEEDS", "/nowhere/at/all", "NATOBOT_SEEDS: no folder at /nowhere/at/all. Point it at an existing folder"),
        ("NATOBOT_RESPONSES", "/nowhere", "NATOBOT_RESPONSES: no folder at /nowhere. Point it at an existing folder"),
    ],
)
def test_a_wrong_setting_is_one_line(name: str, value: str, message: str) -> None:
    """The line names the setting and the remedy."""
    with pytest.raises(SettingError) as caught:
        Settings.load({name: value})
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_secrets_are_not_shown() -> None:
    """``repr`` of the settings, which ends in logs and tracebacks, holds no token, secret or password."""
    secret = "s3cr3t-value"
    names = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "DATABASE_URL")
    settings = Settings.load({name: f"{name}-{secret}" for name in names})
    assert secret not in repr(settings)
    assert settings.bot_token == f"SLACK_BOT_TOKEN-{secret}"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("sqlite:///x.sqlite3", "sqlite:///x.sqlite3"),
    ],
)
def test_the_state_database_is_written_as_its_driver_wants_it(url: str, expected: str) -> None:
    """Addresses as hosting services hand them out are accepted."""
    assert Settings.load({"DATABASE_URL": url}).state_url == expected


def test_the_state_lies_in_the_home_by_default(tmp_path: Path) -> None:
    """Without DATABASE_URL it is a file beside the knowledge."""
    assert Settings.load({"NATOBOT_HOME": str(tmp_path)}).state_url == f"sqlite:///{tmp_path}/state.sqlite3"


def test_channels_are_a_list() -> None:
    """Commas separate; blanks and empty parts fall away."""
    assert Settings.load({"NATOBOT_DAILY_CHANNELS": " C1, C2,,"}).daily_channels == ("C1", "C2")


@pytest.mark.parametrize("given", ["https://slack.test/api", "https://slack.test/api/"])
def test_the_address_of_slack_ends_in_a_slash(given: str) -> None:
    """Slack's client needs it so."""
    assert Settings.load({"SLACK_API_URL": given}).slack_api_url == "https://slack.test/api/"


def test_the_environment_overrules_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``.env`` in the working folder is read, and what the environment says comes first."""
    (tmp_path / ".env").write_text("PORT=4001\nSLACK_SIGNING_SECRET=from-file\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SLACK_SIGNING_SECRET", raising=False)
    monkeypatch.setenv("PORT", "4002")
    settings = Settings.load()
    assert (settings.port, settings.signing_secret) == (4002, "from-file")
