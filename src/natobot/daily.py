"""The clock's door: what the documents say of a date, posted once per channel and date.

The claim is written before the post, so a kill in between may lose a post but never repeats one.
"""

import datetime
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from natobot import render
from natobot.bot import Natobot
from natobot.errors import NatobotError, SettingError
from natobot.settings import Settings
from natobot.signals import until_stopped
from natobot.slack import logs
from natobot.slack.app import identify, web_client
from natobot.slack.post import REMEDIES, Client, Outcome, post
from natobot.state import DailyPost, State, Workspace

log = logging.getLogger(__name__)

# The hour of the post; UTC for now.
HOUR = datetime.time(9, tzinfo=datetime.UTC)
# Seconds between two looks at the clock, and between two tries where something did not arrive.
TICK = 20.0
LATER = 300.0
# Posts that certainly did not arrive are tried again at once: pauses in seconds before each round of channels.
PAUSES = (0.0, 1.0, 4.0)
# A longer Retry-After than this is left to the next tick.
LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What became of one channel's post."""

    # Channel id.
    channel: str
    # As in `Outcome`; ``before``: claimed by an earlier run; ``nothing``: no document; ``failed``: our own error.
    status: Literal["accepted", "refused", "never_sent", "uncertain", "before", "nothing", "failed"]
    # Slack's word for it, or the reference of our own error.
    error: str | None = None
    # Whether it can still arrive on a later try.
    open: bool = False
    # Seconds that Slack asked us to wait.
    retry_after: float | None = None

    def line(self) -> str:
        """What became of it, for a person."""
        said = f" ({self.error})" if self.error else ""
        remedy = REMEDIES.get(self.error or "", "")
        again = " It can be tried again." if self.open else ""
        return f"{self.channel}: {_BECAME[self.status]}{said}." + (f" {remedy}" if remedy else "") + again

    def record(self) -> dict[str, Any]:
        """The same as JSON."""
        return asdict(self)


# Each status in words.
_BECAME = {
    "accepted": "posted",
    "refused": "Slack refused the post",
    "never_sent": "Slack could not be reached",
    "uncertain": "the post may have arrived, and is not repeated",
    "before": "posted or given up before",
    "nothing": "the documents have nothing to post",
    "failed": "natobot failed",
}


def post_due(
    bot: Natobot,
    state: State,
    client: Client,
    channels: Iterable[str],
    date: datetime.date,
    *,
    workspace: Workspace | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> tuple[Posted, ...]:
    """Post a date's message to every channel that has not had it, once; a channel that fails holds up no other.

    Raises:
        InputError: ``workspace`` is not given and Slack does not say whose token this is.
    """
    owner = workspace or identify(client).workspace
    posts = [DailyPost(workspace=owner, channel=channel, date=date.isoformat()) for channel in dict.fromkeys(channels)]
    results: dict[str, Posted] = {}
    for pause in PAUSES:
        waits = [result.retry_after or 0.0 for result in results.values() if result.open]
        due = [post for post in posts if post.channel not in results or results[post.channel].open]
        if not due or max(waits, default=0.0) > LONGEST_PAUSE:
            break
        sleep(max([pause, *waits]))
        for each in due:
            results[each.channel] = _post(bot, state, client, each, date)
    return tuple(results[post.channel] for post in posts)


def daily(settings: Settings, date: datetime.date | None = None) -> tuple[Posted, ...]:
    """Post what is due today (UTC) or on a given date, once, and say what became of it.

    Raises:
        InputError: a setting is wrong, or Slack refuses the token.
        StateError: the state database cannot be opened.
    """
    logs.floor()
    channels = _channels(settings)
    client = web_client(settings)
    workspace = identify(client).workspace
    bot, state = Natobot.open(settings), State.open(settings.state_url)
    try:
        return post_due(bot, state, client, channels, date or _now().date(), workspace=workspace)
    finally:
        state.close()


def clock(settings: Settings) -> None:
    """Post every day at nine (UTC), or as soon after as this runs, until SIGTERM or SIGINT.

    Raises:
        InputError, StateError: as `daily`.
    """
    logs.floor()
    logs.configure(settings)
    settings.check_disk()
    channels = _channels(settings)
    client = web_client(settings)
    workspace = identify(client).workspace
    bot, state = Natobot.open(settings), State.open(settings.state_url)
    log.info("posting every day at %s UTC to %s", HOUR.strftime("%H:%M"), ", ".join(channels))
    done: datetime.date | None = None
    try:
        with until_stopped() as stop:
            while not stop.is_set():
                pause = TICK
                if (date := due_date(_now(), done)) is not None:
                    bot.refresh()
                    results = post_due(bot, state, client, channels, date, workspace=workspace, sleep=stop.wait)
                    done, pause = (done, LATER) if any(result.open for result in results) else (date, TICK)
                stop.wait(pause)
    finally:
        state.close()


def due_date(now: datetime.datetime, done: datetime.date | None) -> datetime.date | None:
    """The date to post for at a moment (UTC), or None before the hour and once the date is done."""
    return now.date() if now.timetz() >= HOUR and now.date() != done else None


def _post(bot: Natobot, state: State, client: Client, due: DailyPost, date: datetime.date) -> Posted:
    """One try for one channel."""
    try:
        message = _message(bot, due, date)
        if message is None:
            return Posted(channel=due.channel, status="nothing")
        if not state.claim_daily(due):
            return Posted(channel=due.channel, status="before")
        outcome = post(client, channel=due.channel, text=message[0], blocks=message[1])
        state.finish_daily(due, outcome.kind, ts=outcome.ts, error=outcome.error)
    except NatobotError as error:
        log.error("daily post of %s to %s: %s", due.date, due.channel, error)
        return Posted(channel=due.channel, status="failed", error=type(error).__name__, open=True)
    except Exception as error:
        # One channel's trouble must not become the others'.
        return Posted(channel=due.channel, status="failed", error=logs.report(error, f"posting to {due.channel}"))
    return _told(due, outcome)


def _message(bot: Natobot, due: DailyPost, date: datetime.date) -> tuple[str, list[dict[str, Any]]] | None:
    today = bot.today(date, due.channel)
    if not today.items:
        return None
    return render.today_text(today, bot.wording), render.today_blocks(today, bot.wording)


def _told(due: DailyPost, outcome: Outcome) -> Posted:
    """The result, logged."""
    result = Posted(
        channel=due.channel,
        status=outcome.kind,
        error=outcome.error,
        open=outcome.kind in ("refused", "never_sent") and not outcome.final,
        retry_after=outcome.retry_after,
    )
    if outcome.kind == "accepted":
        log.info("daily post of %s to %s accepted", due.date, due.channel)
    else:
        log.warning("daily post of %s to %s %s (%s). %s", due.date, due.channel, outcome.kind, outcome.error, outcome.remedy)
    return result


def _channels(settings: Settings) -> tuple[str, ...]:
    if not settings.daily_channels:
        raise SettingError("NATOBOT_DAILY_CHANNELS", "names no channel", "Set channel ids, with commas between: C0123,C0456.")
    if settings.client_id and not settings.bot_token:
        what = "missing, and the daily post needs it for now: NATOBOT_DAILY_CHANNELS names no workspace"
        raise SettingError("SLACK_BOT_TOKEN", what, "Set it for the daily post, and no SLACK_CLIENT_ID and SLACK_CLIENT_SECRET.")
    return settings.daily_channels


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
