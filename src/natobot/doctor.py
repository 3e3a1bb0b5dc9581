"""The doctor: is everything there that natobot needs? Settings, documents, database and tokens go in, one line each comes
out. It changes nothing in Slack, and shows no secret.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from natobot import database
from natobot.bot import Natobot
from natobot.errors import NatobotError
from natobot.settings import Settings
from natobot.slack import logs, probe, tokens
from natobot.slack.scopes import SCOPES

# Seconds by which clocks may differ before signatures count as stale.
CLOCK = 300

_ID = re.compile(r"[CG][A-Z0-9]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    # What.
    name: str
    # How it stands. ``not set`` is no failure: it is not needed, or not for the way in that is set up.
    status: Literal["ok", "failed", "not set"]
    # What was found, and how to mend it if that is wrong.
    says: str

    def line(self) -> str:
        """The check for a person."""
        return f"{self.status:<8} {self.name}: {self.says}"

    def record(self) -> dict[str, Any]:
        """The check as JSON."""
        return {"name": self.name, "status": self.status, "says": self.says}


def doctor(load: Callable[[], Settings] = Settings.load) -> Iterator[Check]:
    """Check everything in the order in which one sets it up; never raises what a person can mend."""
    logs.floor()
    try:
        settings = load()
    except NatobotError as error:
        yield Check(name="settings", status="failed", says=str(error))
        return
    yield _ok("settings", "read from the environment and from .env where there is one")
    yield _tried("documents", lambda: _documents(settings))
    yield _tried("disk", lambda: _disk(settings))
    yield _tried("database", lambda: _database(settings))
    yield from _bot(settings)
    yield from _ways_in(settings)
    yield _oauth(settings)
    yield _channels(settings)


def _ok(name: str, says: str) -> Check:
    return Check(name=name, status="ok", says=says)


def _failed(name: str, says: str) -> Check:
    return Check(name=name, status="failed", says=says)


def _not_set(name: str, says: str) -> Check:
    return Check(name=name, status="not set", says=says)


def _tried(name: str, look: Callable[[], str]) -> Check:
    """What a look finds, or the one line of its error."""
    try:
        return _ok(name, look())
    except NatobotError as error:
        return _failed(name, str(error))


def _documents(settings: Settings) -> str:
    bot = Natobot.open(settings)
    if bot.warning:
        raise NatobotError(bot.warning)
    return f"{len(bot.documents())} documents, {bot.store.size} sentences, knowledge {bot.knowledge}"


def _disk(settings: Settings) -> str:
    settings.check_disk()
    if settings.ephemeral:
        return "goes with the process, and the state is kept elsewhere"
    return "lasts" if not settings.database_url else "need not last, the state is in DATABASE_URL"


def _database(settings: Settings) -> str:
    kind = database.trial(settings.state_url).kind
    return f"{kind} opens, is up to date (revision {database.SCHEMA}) and can be written"


def _bot(settings: Settings) -> Iterator[Check]:
    """The bot token, and what Slack says to it."""
    if settings.client_id or settings.client_secret:
        # Whether that is right is the matter of OAuth.
        yield _not_set("bot token", "not needed where workspaces install the app by OAuth")
        return
    try:
        found = probe.bot(settings)
    except NatobotError as error:
        yield _failed("bot token", str(error))
        return
    yield _ok("bot token", f"Slack takes it: {found.bot} in the workspace {found.workspace}")
    yield _scopes(found.scopes)
    yield _clock(found.ahead)


def _scopes(granted: frozenset[str] | None) -> Check:
    if granted is None:
        return _failed("scopes", "Slack does not say what was granted. Check SLACK_API_URL, and whether a proxy drops headers.")
    missing = [f"{scope} ({reason})" for scope, reason in SCOPES.items() if scope not in granted]
    if missing:
        mend = "Add them under OAuth & Permissions of your app at https://api.slack.com/apps, and install it again there."
        return _failed("scopes", f"missing {', '.join(missing)}. {mend}")
    more = sorted(granted - set(SCOPES))
    also = f"; not needed: {', '.join(more)}, which may be taken away" if more else ""
    return _ok("scopes", f"all {len(SCOPES)} that are needed are granted{also}")


def _clock(ahead: float | None) -> Check:
    if ahead is None:
        return _failed("clock", "Slack does not say what time it is. Check SLACK_API_URL, and whether a proxy drops headers.")
    seconds = round(abs(ahead))
    if seconds > CLOCK:
        where = "ahead of" if ahead > 0 else "behind"
        mend = "Let the machine set its clock by the network: signed requests would be refused as stale."
        return _failed("clock", f"{seconds} seconds {where} Slack's. {mend}")
    return _ok("clock", f"within {CLOCK // 60} minutes of Slack's")


def _ways_in(settings: Settings) -> Iterator[Check]:
    """Socket Mode and HTTP: one of them is needed, and what is set must be right."""
    neither = not settings.app_token and not settings.signing_secret
    ways: tuple[tuple[str, str | None, str, Callable[[], str]], ...] = (
        ("app token", settings.app_token, "`natobot socket` (Socket Mode)", lambda: _app_token(settings)),
        ("signing secret", settings.signing_secret, "`natobot serve` (HTTP)", lambda: _secret(settings)),
    )
    for name, value, what, look in ways:
        if value or neither:
            check = _tried(name, look)
            yield (
                _failed(name, f"{check.says} Or set the other: one of app token and signing secret is enough.")
                if neither
                else check
            )
        else:
            yield _not_set(name, f"needed for {what} only")


def _app_token(settings: Settings) -> str:
    probe.app(settings)
    return "Slack takes it for Socket Mode"


def _secret(settings: Settings) -> str:
    tokens.signing_secret(settings)
    return "there, and of the right form; whether it is the app's own shows with Slack's first request"


def _oauth(settings: Settings) -> Check:
    if not settings.client_id and not settings.client_secret:
        return _not_set("OAuth", "needed for many workspaces only")
    return _tried("OAuth", lambda: _installations(settings))


def _installations(settings: Settings) -> str:
    tokens.by_oauth(settings)
    count = database.trial(settings.state_url).installations
    many = "" if count is None else f"; {count} {'workspace has' if count == 1 else 'workspaces have'} installed it"
    return f"SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are set{many}"


def _channels(settings: Settings) -> Check:
    """The daily post: channels that have subscribed, and those of the setting."""
    name, channels = "daily post", settings.daily_channels
    wrong = [each for each in channels if not _ID.fullmatch(each)]
    if wrong:
        mend = "Set ids such as C0123; Slack shows them at the foot of a channel's details."
        return _failed(name, f"NATOBOT_DAILY_CHANNELS: {', '.join(wrong)} cannot be ids of channels. {mend}")
    try:
        found = database.trial(settings.state_url)
    except NatobotError:
        return _not_set(name, "not looked at, since the database fails")
    if not channels and not found.subscriptions:
        return _not_set(name, "no channel has subscribed, and NATOBOT_DAILY_CHANNELS names none")
    said = [f"{_number(found.subscriptions, 'subscription')}, {found.paused} of them paused"] if found.subscriptions else []
    # Looking whether the app is there would take scopes that nothing else needs.
    said += [f"NATOBOT_DAILY_CHANNELS names {_number(len(channels), 'channel')}: invite the app to each"] if channels else []
    return _ok(name, "; ".join(said))


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
