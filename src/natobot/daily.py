"""The clock's door: what the documents say of a date, posted once in each channel that has subscribed.

`clock` runs for long; `daily` posts what is due and ends. Both may run several times, on several machines.
"""

import datetime
import logging
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from natobot.bot import Natobot
from natobot.clockwork import Clockwork
from natobot.errands import SLICE, Posted, Stop, shown
from natobot.errors import NatobotError
from natobot.settings import Settings
from natobot.signals import until_stopped
from natobot.slack import logs
from natobot.slack.clients import clients
from natobot.state import State
from natobot.subscriptions import Subscriptions

log = logging.getLogger(__name__)

# Seconds between two looks at the subscriptions.
TICK = 20.0
# Seconds that a round waits for newer knowledge.
PATIENT = 3.0
# Posts that did not arrive are tried again before `daily` ends: so many rounds, so many seconds apart.
ROUNDS = 3
ROUND_PAUSE = 6.0


def daily(settings: Settings, date: datetime.date | None = None) -> list[Posted]:
    """Post what is due now, or a given date's message wherever it was not posted, and say what became of it.

    Raises:
        InputError: a setting is wrong, or Slack refuses the token.
        StateError: the state database cannot be used.
    """
    logs.floor()
    with _opened(settings, threading.Event(), slice_=math.inf) as (_, clockwork):
        results: dict[tuple[str, str], Posted] = {}
        for turn in range(ROUNDS):
            if turn:
                time.sleep(ROUND_PAUSE)
            found = shown(clockwork.date(date) if date else clockwork.round())
            results |= {key: each for each in found if (key := (each.channel, each.date)) not in results or results[key].open}
            waits = [each.retry_after or 0.0 for each in results.values() if each.open]
            if not waits or max(waits) > ROUND_PAUSE:
                break
        return list(results.values())


def clock(settings: Settings) -> None:
    """Post what is due, as long as it runs: until SIGTERM or SIGINT.

    Raises:
        InputError, StateError: as `daily`, at the start.
    """
    logs.floor()
    logs.configure(settings)
    settings.check_disk()
    with until_stopped() as stop, _opened(settings, stop) as (bot, clockwork):
        count = len(clockwork.subscriptions.all())
        log.info("posting daily to %d %s", count, "channel" if count == 1 else "channels")
        while not stop.is_set():
            stop.wait(_strike(bot, clockwork))


def _strike(bot: Natobot, clockwork: Clockwork) -> float:
    """One round; gives the seconds until the next."""
    try:
        _refresh(bot)
        clockwork.round()
        return clockwork.pause(TICK)
    except NatobotError as error:
        log.error("%s", error)
    except Exception as error:
        # The clock must go on: whatever is due is still due at the next round.
        logs.report(error, "keeping time")
    return TICK


def _refresh(bot: Natobot) -> None:
    """Take newer knowledge; if building it takes long, the posts that are due do not wait for it."""

    def look() -> None:
        try:
            bot.refresh()
        except Exception as error:
            # The knowledge in use is as good as it was.
            logs.report(error, "looking for newer knowledge")

    looking = threading.Thread(target=look, daemon=True, name="refresh")
    looking.start()
    looking.join(PATIENT)


@contextmanager
def _opened(settings: Settings, stop: Stop, *, slice_: float = SLICE) -> Iterator[tuple[Natobot, Clockwork]]:
    """The bot and the clockwork; the channels of the environment have become subscriptions."""
    state = State.open(settings.state_url)
    try:
        posting, workspace = clients(settings, state)
        bot = Natobot.open(settings)
        if workspace:
            Subscriptions(state, now).adopt(workspace, settings.daily_channels)
        elif settings.daily_channels:
            log.warning("NATOBOT_DAILY_CHANNELS names no workspace, and there may be many: type /nato subscribe in each channel")
        clockwork = Clockwork(bot, state, posting, stop=stop, now=now, slice_=slice_)
        try:
            yield bot, clockwork
        finally:
            clockwork.close()
    finally:
        state.close()


def now() -> float:
    """The time, in seconds since 1970."""
    return time.time()
