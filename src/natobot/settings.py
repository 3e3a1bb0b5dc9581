"""The environment, read once into a frozen ``Settings`` whose ``repr`` never shows a secret."""

import os
import re
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from natobot.errors import SettingError

SLACK_API = "https://slack.com/api/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything natobot takes from its environment; see README for each setting."""

    # NATOBOT_HOME: where the knowledge and the default state database lie.
    home: Path
    # NATOBOT_SEEDS: the documents.
    seeds: Path
    # NATOBOT_RESPONSES: cards, intents, wording.
    responses: Path
    # SLACK_API_URL: another Slack, such as the local one.
    slack_api_url: str = SLACK_API
    # SLACK_BOT_TOKEN: xoxb-…
    bot_token: str | None = field(default=None, repr=False)
    # SLACK_APP_TOKEN: xapp-…, for Socket Mode.
    app_token: str | None = field(default=None, repr=False)
    # SLACK_SIGNING_SECRET: for HTTP.
    signing_secret: str | None = field(default=None, repr=False)
    # SLACK_CLIENT_ID and SLACK_CLIENT_SECRET: for many workspaces, which install the app by OAuth.
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    # DATABASE_URL: the state database; may hold a password.
    database_url: str | None = field(default=None, repr=False)
    # NATOBOT_DAILY_CHANNELS: channel ids for the daily post.
    daily_channels: tuple[str, ...] = ()
    # NATOBOT_EDITORS: (workspace, person) of those who see what went unanswered.
    editors: tuple[tuple[str, str], ...] = ()
    # NATOBOT_KEEP_UNANSWERED: whether questions without an answer are kept for the editors.
    keep_unanswered: bool = True
    # PORT: for `natobot serve`; where it is set, `natobot socket` tells of its health there.
    port: int = 3000
    port_given: bool = False
    # NATOBOT_EPHEMERAL: whether the disk goes with the process, as on hosts that set DYNO.
    ephemeral: bool = False

    @staticmethod
    def load(env: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment (and ``.env`` in the working folder, which it overrules).

        Raises:
            SettingError: a value that cannot be used; the message names the setting and the remedy.
        """
        if env is None:
            from dotenv import dotenv_values

            env = {**{k: v for k, v in dotenv_values(".env").items() if v is not None}, **os.environ}
        port = env.get("PORT", "").strip() or "3000"
        if not port.isdecimal() or not 0 <= int(port) <= 65535:
            raise SettingError("PORT", "not a port number", "Set a number from 0 to 65535.")
        return Settings(
            home=_home(env),
            seeds=_folder(env, "NATOBOT_SEEDS", "seeds"),
            responses=_folder(env, "NATOBOT_RESPONSES", "responses"),
            slack_api_url=_api_url(env.get("SLACK_API_URL", "").strip()),
            bot_token=env.get("SLACK_BOT_TOKEN", "").strip() or None,
            app_token=env.get("SLACK_APP_TOKEN", "").strip() or None,
            signing_secret=env.get("SLACK_SIGNING_SECRET", "").strip() or None,
            client_id=env.get("SLACK_CLIENT_ID", "").strip() or None,
            client_secret=env.get("SLACK_CLIENT_SECRET", "").strip() or None,
            database_url=env.get("DATABASE_URL", "").strip() or None,
            daily_channels=tuple(c.strip() for c in env.get("NATOBOT_DAILY_CHANNELS", "").split(",") if c.strip()),
            editors=_editors(env.get("NATOBOT_EDITORS", "")),
            keep_unanswered=_yes_or_no("NATOBOT_KEEP_UNANSWERED", env.get("NATOBOT_KEEP_UNANSWERED", "").strip() or "1"),
            port=int(port),
            port_given=bool(env.get("PORT", "").strip()),
            ephemeral=_yes_or_no("NATOBOT_EPHEMERAL", env.get("NATOBOT_EPHEMERAL", "").strip() or str(int("DYNO" in env))),
        )

    def check_disk(self) -> None:
        """See that the state will last: what runs for long must not keep it on a disk that goes with the process.

        Raises:
            SettingError: it would not.
        """
        if self.ephemeral and not self.database_url:
            what = "missing, and this host's disk goes with the process, and with it what natobot must remember"
            raise SettingError(
                "DATABASE_URL", what, "Attach a PostgreSQL database, or set NATOBOT_EPHEMERAL=0 if the disk does last."
            )

    @property
    def state_url(self) -> str:
        """The state database as SQLAlchemy writes it: ``DATABASE_URL``, or a file below ``home``."""
        url = self.database_url
        if not url:
            return f"sqlite:///{self.home / 'state.sqlite3'}"
        for prefix in ("postgres://", "postgresql://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url


def _home(env: Mapping[str, str]) -> Path:
    if env.get("NATOBOT_HOME", "").strip():
        return Path(env["NATOBOT_HOME"].strip()).expanduser()
    from platformdirs import user_data_path

    return user_data_path("natobot", appauthor=False)


def _folder(env: Mapping[str, str], name: str, folder: str) -> Path:
    """Where a folder of ours lies: where the setting points, in the checkout, or in the installed package."""
    if env.get(name, "").strip():
        path = Path(env[name].strip()).expanduser()
        if not path.is_dir():
            raise SettingError(name, f"no folder at {path}", "Point it at an existing folder, or unset it.")
        return path
    root = checkout()
    return root / folder if root else Path(__file__).resolve().parent / "data" / folder


def checkout() -> Path | None:
    """The root of the checkout this runs from; nothing if natobot is installed as a package."""
    here = Path(__file__).resolve().parent
    root = here.parent.parent
    # An installed package has no business with what happens to lie two levels above it.
    installed = here.is_relative_to(Path(sysconfig.get_path("purelib")).resolve())
    return root if not installed and (root / "pyproject.toml").is_file() else None


def _editors(listed: str) -> tuple[tuple[str, str], ...]:
    pairs = [pair.strip() for pair in listed.split(",") if pair.strip()]
    if any(not re.fullmatch(r"[TE][A-Z0-9]+:[UW][A-Z0-9]+", pair) for pair in pairs):
        raise SettingError("NATOBOT_EDITORS", "not ids of workspaces and people", "Set T…:U…,T…:U…, or unset it.")
    return tuple((team, person) for team, _, person in (pair.partition(":") for pair in pairs))


def _yes_or_no(name: str, value: str) -> bool:
    if value not in ("0", "1"):
        raise SettingError(name, "neither 0 nor 1", "Set 0 for no, 1 for yes, or unset it.")
    return value == "1"


def _api_url(url: str) -> str:
    if not url:
        return SLACK_API
    if not url.startswith(("http://", "https://")):
        raise SettingError("SLACK_API_URL", "not a web address", "Set http://… or https://…, or unset it.")
    return url if url.endswith("/") else url + "/"
