"""The doctor: what is well is said to be well, what is not is named with its remedy, and nothing secret is shown."""

import datetime
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from little import little, spoil
from natobot import build, database
from natobot.cli import main
from natobot.doctor import Check, doctor
from natobot.errors import SettingError
from natobot.playground import faults
from natobot.playground.server import Playground
from natobot.settings import Settings
from natobot.slack.scopes import SCOPES
from natobot.state import State, Workspace
from natobot.subscriptions import Subscription, Subscriptions

SECRETS = ("bot_token", "app_token", "signing_secret", "client_secret", "database_url")


@pytest.fixture(scope="module")
def local() -> Iterator[Playground]:
    """One local Slack for all that do not spoil it."""
    with Playground() as running:
        yield running


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Settings:
    """Two short documents with their knowledge; not to be changed."""
    made = little(tmp_path_factory.mktemp("doctor"), settings)
    build.ensure(made)
    return made


def tokens(small: Settings, slack: Playground, state: Path) -> Settings:
    """The settings of somebody who has set up everything for one workspace."""
    return replace(
        small,
        slack_api_url=slack.api_url,
        bot_token=slack.bot_token,
        app_token=slack.app_token,
        signing_secret=slack.signing_secret,
        database_url=f"sqlite:///{state / 'state.sqlite3'}",
        daily_channels=("C0GENERAL",),
    )


@pytest.fixture
def good(small: Settings, local: Playground, tmp_path: Path) -> Settings:
    """The same with the local Slack of all, as if nothing had happened there."""
    local.reset()
    return tokens(small, local, tmp_path)


def examined(settings: Settings) -> dict[str, Check]:
    """The checks by name; every status is one of three, every line is one, and no secret is shown."""
    checks = {check.name: check for check in doctor(lambda: settings)}
    for check in checks.values():
        assert check.status in ("ok", "failed", "not set")
        assert len(check.line().splitlines()) == 1
        assert [name for name in SECRETS if (secret := getattr(settings, name)) and secret in check.line()] == []
    return checks


def failed(settings: Settings) -> dict[str, str]:
    """What the checks that fail say."""
    return {name: check.says for name, check in examined(settings).items() if check.status == "failed"}


def test_all_is_well(good: Settings, local: Playground) -> None:
    """With everything set up each check is ok and says what it found; OAuth is not needed."""
    checks = examined(good)
    assert {name for name, check in checks.items() if check.status == "ok"} == set(checks) - {"OAuth"}
    assert checks["OAuth"].status == "not set"
    assert checks["documents"].says.startswith("2 documents, 8 sentences, knowledge ")
    assert checks["database"].says == f"SQLite opens, is up to date (revision {database.SCHEMA}) and can be written"
    assert checks["bot token"].says == "Slack takes it: natobot in the workspace Local Slack (T0LOCAL01)"
    assert checks["scopes"].says == f"all {len(SCOPES)} that are needed are granted"
    assert checks["daily post"].says == "NATOBOT_DAILY_CHANNELS names 1 channel: invite the app to each"


def test_nothing_is_changed_in_slack(good: Settings, local: Playground) -> None:
    """Slack is asked who we are and for an address, which is not used; nothing else."""
    assert failed(good) == {}
    assert [call.method for call in local.calls] == ["auth.test", "apps.connections.open"]
    assert local.messages() == []


def test_nothing_is_left_in_the_database(good: Settings) -> None:
    """The row that tries whether the database can be written is taken back."""
    assert failed(good) == {}
    engine = database.engine(good.state_url)
    with engine.connect() as connection:
        assert [name for name, table in database.metadata.tables.items() if connection.execute(table.select()).first()] == []
    engine.dispose()


def test_the_command(good: Settings, local: Playground) -> None:
    """All well: exit 0 and one line a check. Something wrong: exit 3, and the number of failures on the error output."""
    env = {
        **local.env(),
        "NATOBOT_HOME": str(good.home),
        "NATOBOT_SEEDS": str(good.seeds),
        "NATOBOT_RESPONSES": str(good.responses),
        "DATABASE_URL": str(good.database_url),
    }
    result = CliRunner(env=env).invoke(main, ["doctor"], catch_exceptions=False)
    lines = result.stdout.splitlines()
    assert (result.exit_code, result.stderr) == (0, "")
    assert lines[0] == "ok       settings: read from the environment and from .env where there is one"
    assert "not set  daily post: no channel has subscribed, and NATOBOT_DAILY_CHANNELS names none" in lines
    result = CliRunner(env={**env, "SLACK_BOT_TOKEN": "x"}).invoke(main, ["doctor", "--json"], catch_exceptions=False)
    record = json.loads(result.stdout)
    assert (result.exit_code, record["ok"]) == (3, False)
    assert [each["name"] for each in record["checks"] if each["status"] == "failed"] == ["bot token"]
    assert result.stderr.startswith("natobot: 1 of ")


def test_a_setting_that_cannot_be_read() -> None:
    """It is named, and there is nothing further to look at."""

    def wrong() -> Settings:
        raise SettingError("PORT", "not a port number", "Set a number from 0 to 65535.")

    assert [check.line() for check in doctor(wrong)] == [
        "failed   settings: PORT: not a port number. Set a number from 0 to 65535."
    ]
    result = CliRunner(env={"PORT": "eighty"}).invoke(main, ["doctor"])
    assert (result.exit_code, result.stdout.count("\n")) == (3, 1)


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive", "invalid_auth"])
def test_a_bot_token_that_slack_refuses(small: Settings, tmp_path: Path, error: str) -> None:
    """Slack's word is given, and where to get another; the other checks go on."""
    with Playground() as slack:
        slack.revoke(slack.bot_token, error)
        found = failed(tokens(small, slack, tmp_path))
    assert list(found) == ["bot token"]
    assert found["bot token"].startswith(f"SLACK_BOT_TOKEN: Slack refuses it ({error}). Install the app")


def test_an_app_token_that_slack_refuses(small: Settings, tmp_path: Path) -> None:
    """The same for the token of Socket Mode."""
    with Playground() as slack:
        slack.revoke(slack.app_token)
        found = failed(tokens(small, slack, tmp_path))
    assert list(found) == ["app token"]
    assert found["app token"].startswith("SLACK_APP_TOKEN: Slack refuses it (token_revoked).")


def test_swapped_tokens(good: Settings) -> None:
    """Tokens in each other's place are told apart, with the setting where each belongs; Slack sees neither."""
    found = failed(replace(good, bot_token=good.app_token, app_token=good.bot_token))
    assert "which belongs into SLACK_APP_TOKEN" in found["bot token"]
    assert "which belongs into SLACK_BOT_TOKEN" in found["app token"]


def test_a_missing_scope_is_named(small: Settings, tmp_path: Path) -> None:
    """A scope that was not granted is named with what it is for; the remedy is to add it and to install again."""
    with Playground(scopes=set(SCOPES) - {"im:history", "commands"}) as slack:
        found = failed(tokens(small, slack, tmp_path))
    assert list(found) == ["scopes"]
    named = "missing commands (for /nato and the shortcuts of a message), im:history (to read what is written to it"
    assert found["scopes"].startswith(named)
    assert found["scopes"].endswith("and install it again there.")


def test_a_scope_too_many_is_mentioned(small: Settings, tmp_path: Path) -> None:
    """What was granted beyond need is no failure, but said."""
    with Playground(scopes={*SCOPES, "channels:history"}) as slack:
        check = examined(tokens(small, slack, tmp_path))["scopes"]
    assert (check.status, check.says.endswith("not needed: channels:history, which may be taken away")) == ("ok", True)


@pytest.mark.parametrize(("seconds", "where"), [(400, "behind"), (-400, "ahead of")])
def test_a_clock_that_is_wrong(good: Settings, local: Playground, seconds: float, where: str) -> None:
    """A clock that is more than five minutes off is told; one that is three minutes off is fine."""
    local.advance(seconds)
    found = failed(good)
    assert list(found) == ["clock"]
    assert f" seconds {where} Slack's. " in found["clock"]
    local.advance(-seconds + 180)
    assert failed(good) == {}
    local.reset()


def test_slack_out_of_reach(good: Settings) -> None:
    """Where nobody answers, the address and what to check are named, for each token."""
    found = failed(replace(good, slack_api_url="http://127.0.0.1:9/api/"))
    assert set(found) == {"bot token", "app token"}
    assert all("Slack cannot be reached at http://127.0.0.1:9/api/" in line for line in found.values())


def test_no_answer_to_speak_of(good: Settings, local: Playground) -> None:
    """Slack in trouble is not taken for a bad token."""
    local.faults.add("auth.test", faults.server_error(503))
    assert failed(good)["bot token"].startswith("Slack cannot be reached at ")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:////proc/nowhere/state.sqlite3", "the state database /proc/nowhere/state.sqlite3 cannot be written"),
        ("postgres://natobot:hush@127.0.0.1:9/natobot", "the state database fails ("),
        ("mysql://x/y", "DATABASE_URL: not the address of a database."),
    ],
)
def test_a_database_that_is_down(good: Settings, url: str, says: str) -> None:
    """A database that cannot be reached, written or understood is told, without its password."""
    if url.startswith("postgres"):
        pytest.importorskip("psycopg")
    found = failed(replace(good, database_url=url))
    assert found["database"].startswith(says)
    assert "hush" not in str(found)


def test_a_database_that_cannot_be_written(good: Settings) -> None:
    """One that takes no new row fails, though it opens and is up to date."""
    database.upgrade(good.state_url)
    engine = database.engine(good.state_url)
    with engine.begin() as connection:
        full = "CREATE TRIGGER full BEFORE INSERT ON shares BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        connection.execute(sa.text(full))
    engine.dispose()
    found = failed(good)
    assert list(found) == ["database"]
    assert found["database"].startswith("the state database fails (database or disk is full). ")


def test_a_broken_card(settings: Settings, local: Playground, tmp_path: Path) -> None:
    """A mistake in a card is told with file and line."""
    broken = little(tmp_path, settings)
    path = spoil(broken, "cards/boats.yaml", "subjects: [ferry]", "subject: [ferry]")
    found = failed(tokens(broken, local, tmp_path))
    assert found == {"documents": f"{path}:11: unknown key 'subject'. Did you mean 'subjects'?"}


def test_a_disk_that_goes(good: Settings) -> None:
    """Where the disk goes with the process, a database elsewhere is needed."""
    assert failed(replace(good, ephemeral=True)) == {}
    found = failed(replace(good, ephemeral=True, database_url=None))
    assert list(found) == ["disk"]
    assert found["disk"].startswith("DATABASE_URL: missing")


@pytest.mark.parametrize(("lacking", "other"), [("app_token", "signing secret"), ("signing_secret", "app token")])
def test_one_way_in_is_enough(good: Settings, lacking: str, other: str) -> None:
    """Without the app token there is HTTP, without the signing secret Socket Mode; without both there is neither."""
    one = replace(good, **{lacking: None})  # type: ignore[arg-type]
    assert examined(one)[lacking.replace("_", " ")].status == "not set"
    assert failed(one) == {}
    found = failed(replace(good, app_token=None, signing_secret=None))
    assert set(found) == {"app token", "signing secret"}
    assert all(line.endswith("one of app token and signing secret is enough.") for line in found.values())


def test_half_of_oauth(good: Settings) -> None:
    """Of client id and secret both are needed, and no bot token beside them; what is wrong is said."""
    many = replace(good, bot_token=None, client_id="1.2", client_secret="hush")
    assert failed(many) == {}
    assert failed(replace(many, client_secret=None))["OAuth"].startswith("SLACK_CLIENT_SECRET: missing or empty, though")
    assert failed(replace(many, client_id=None))["OAuth"].startswith("SLACK_CLIENT_ID: missing or empty, though")
    assert "Unset SLACK_BOT_TOKEN" in failed(replace(many, bot_token=good.bot_token))["OAuth"]


def test_many_workspaces(good: Settings) -> None:
    """With OAuth no bot token is needed, and how many workspaces have installed the app is said; no token of theirs."""
    many = replace(good, client_id="1.2", client_secret="hush", bot_token=None)
    assert (failed(many), examined(many)["bot token"].status) == ({}, "not set")
    engine = database.engine(good.state_url)
    given: dict[str, object] = {"client_id": "1.2", "app_id": "A1", "bot_token": "xoxb-1", "is_enterprise_install": False}
    given["installed_at"] = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    # Columns of slack_sdk's store; the table is made here unless the schema has it.
    bots = sa.Table("slack_bots", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    for name in ("client_id", "app_id", "enterprise_id", "team_id", "bot_token"):
        bots.append_column(sa.Column(name, sa.String))
    bots.append_column(sa.Column("is_enterprise_install", sa.Boolean))
    bots.append_column(sa.Column("installed_at", sa.DateTime))
    with engine.begin() as connection:
        bots.create(connection, checkfirst=True)
        for team in ("T1", "T2", "T2"):
            connection.execute(bots.insert().values(team_id=team, **given))
    engine.dispose()
    says = examined(many)["OAuth"].says
    assert says == "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are set; 2 workspaces have installed it"


def test_names_in_place_of_ids(good: Settings) -> None:
    """A channel's name where its id belongs is told."""
    found = failed(replace(good, daily_channels=("#general", "C0GENERAL")))
    assert found["daily post"].startswith("NATOBOT_DAILY_CHANNELS: #general cannot be ids of channels.")


def test_subscriptions_are_counted(good: Settings) -> None:
    """It says how many channels have subscribed to the daily post, and how many of those pause."""
    state = State.open(good.state_url)
    ours = Workspace(team="T1")
    subscriptions = Subscriptions(state)
    for channel in ("C1", "C2"):
        subscriptions.put(Subscription(workspace=ours, channel=channel))
    subscriptions.pause(ours, "C1", "is_archived")
    state.close()
    found = {each.name: each.line() for each in doctor(lambda: replace(good, daily_channels=()))}
    assert found["daily post"] == "ok       daily post: 2 subscriptions, 1 of them paused"
