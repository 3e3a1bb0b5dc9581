"""Who installed the app by OAuth: Slack's own stores in the state database, and the look-up that keeps their tokens fresh.

Kept are the bot's token and what belongs to it; nothing of the person who installed it.
"""

import datetime
import logging
import threading
import time
from typing import Any

from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import SQLAlchemyOAuthStateStore
from slack_sdk.oauth.token_rotation import TokenRotator

from natobot.database import told
from natobot.errors import InputError
from natobot.slack import logs
from natobot.slack.authorize import FRESH, Found, Key
from natobot.slack.post import FAILURES, outcome_of, settings_of
from natobot.state import State

log = logging.getLogger(__name__)

# A token that expires is exchanged so many minutes before; Slack's live for twelve hours.
EARLY = 120
# Seconds to wait for Slack's word on a token: whoever asks is waiting too.
PATIENCE = 2
# Seconds an installation may take from its first page to its last.
STATE_SECONDS = 600
# Exchanges for one installation wait for each other; those for different ones hardly ever do.
_TURNS = 64


class Installations(SQLAlchemyInstallationStore):
    """Slack's store, of bots only, the newest of each workspace or organisation. All it raises is `StateError`."""

    def __init__(self, state: State, client_id: str) -> None:
        super().__init__(client_id=client_id, engine=state.engine, logger=logs.quiet("installations", logs.SILENT))

    def save(self, installation: Installation) -> None:
        """Keep the bot of an installation, in place of older ones."""
        bot = installation.to_bot()
        self.save_bot(bot)
        # Slack's store adds a row each time. Afterwards, so that there is never none.
        column = self.bots.c
        whose = [column.client_id == self.client_id, *((column[k] == getattr(bot, k)) for k in ("enterprise_id", "team_id"))]
        at = datetime.datetime.fromtimestamp(bot.installed_at, datetime.UTC).replace(tzinfo=None)
        with told(), self.engine.begin() as connection:
            connection.execute(self.bots.delete().where(*whose, column.installed_at < at))

    def save_bot(self, bot: Bot) -> None:
        """Keep a bot with its token."""
        with told():
            super().save_bot(bot)

    def find_bot(self, **place: Any) -> Bot | None:
        """The bot of a workspace or organisation."""
        with told():
            return super().find_bot(**place)

    def delete_bot(self, **place: Any) -> None:
        """Delete the bot of a workspace or organisation."""
        with told():
            super().delete_bot(**place)

    def find_installation(self, **_: Any) -> Installation | None:
        """Nothing of people is kept; Bolt then asks for bots alone."""
        raise NotImplementedError

    def delete_installation(self, **_: Any) -> None:
        """Nothing of people is kept."""


class States(SQLAlchemyOAuthStateStore):
    """Slack's store of installations under way; each is good once, for ten minutes. All it raises is `StateError`."""

    def __init__(self, state: State) -> None:
        super().__init__(expiration_seconds=STATE_SECONDS, engine=state.engine, logger=logs.quiet("states", logs.SILENT))

    def issue(self, *args: Any, **kwargs: Any) -> str:
        """Begin one; what has expired goes."""
        with told():
            with self.engine.begin() as connection:
                connection.execute(self.oauth_states.delete().where(self.oauth_states.c.expire_at < _utc_now()))
            return super().issue(*args, **kwargs)

    def consume(self, state: str) -> bool:
        """End one; false if there is none, or somebody else was faster: Slack's store lets both through."""
        column = self.oauth_states.c
        gone = self.oauth_states.delete().where(column.state == state, column.expire_at > _utc_now())
        with told(), self.engine.begin() as connection:
            return connection.execute(gone).rowcount == 1


class Bots:
    """The look-up behind `Installed`: finds an installation, exchanges its token in time, and hears what Slack says of it."""

    def __init__(self, store: Installations, client: WebClient, client_secret: str) -> None:
        self._store = store
        self._client = WebClient(**{**settings_of(client), "timeout": PATIENCE})
        exchanging = WebClient(**settings_of(client))
        self._rotator = TokenRotator(client_id=store.client_id, client_secret=client_secret, client=exchanging)
        self._turns = [threading.Lock() for _ in range(_TURNS)]

    def __call__(self, key: Key) -> Found | None:
        """The installation for a key.

        Raises:
            StateError: the database fails.
            InputError: the token has expired, and Slack cannot be asked for another.
        """
        for place in _places(key):
            bot = self._in_time(place)
            if bot is not None and (result := self._tested(bot)) is not None:
                return Found(result=result, lasts=min(FRESH, max(0.0, _left(bot) / 2)))
        return None

    def _bot(self, place: Key) -> Bot | None:
        return self._store.find_bot(
            enterprise_id=place.enterprise or None, team_id=place.team or None, is_enterprise_install=place.org_wide
        )

    def _in_time(self, place: Key) -> Bot | None:
        """The installation with a token that is good for a while; nothing if there is none."""
        bot = self._bot(place)
        if bot is None or not _due(bot):
            return bot
        with self._turns[hash((bot.enterprise_id, bot.team_id)) % _TURNS]:
            now = self._bot(place)
            return now if now is None or not _due(now) else self._exchange(place, now)

    def _exchange(self, place: Key, bot: Bot) -> Bot | None:
        """The installation with a new token; with the one it has as long as that is good and Slack hands out no other."""
        try:
            newer = self._rotator.perform_bot_token_rotation(bot=bot, minutes_before_expiration=EARLY)
        except (SlackTokenRotationError, *FAILURES) as error:
            return self._not_exchanged(place, bot, error)
        if newer is None:
            return bot
        self._store.save_bot(newer)
        return newer

    def _not_exchanged(self, place: Key, bot: Bot, error: Exception) -> Bot | None:
        # Of two processes that exchange one token at once, one is refused: it takes what the other got.
        now = self._bot(place)
        if now is not None and now.bot_token != bot.bot_token:
            return now
        outcome = outcome_of(error.api_error if isinstance(error, SlackTokenRotationError) else error)
        log.error("the token of %s could not be exchanged (%s)", _name(bot), outcome.error)
        if _left(bot) > 0:
            return bot
        if outcome.final:
            return None
        raise InputError(
            f"Slack cannot be asked for a new token ({outcome.error}). Check the network and SLACK_API_URL."
        ) from None

    def _tested(self, bot: Bot) -> AuthorizeResult | None:
        """What Bolt wants to know, unless Slack says that the token is no good any more."""
        me: Any = {}
        try:
            me = self._client.auth_test(token=bot.bot_token)
        except FAILURES as error:
            outcome = outcome_of(error)
            if isinstance(error, SlackApiError) and outcome.final:
                log.warning("Slack does not take the token of %s any more (%s)", _name(bot), outcome.error)
                return None
            # Slack has no answer to this; it may have one to what comes next, and the store knows the same.
        return AuthorizeResult(
            enterprise_id=bot.enterprise_id,
            team_id=bot.team_id,
            bot_id=me.get("bot_id") or bot.bot_id,
            bot_user_id=me.get("user_id") or bot.bot_user_id,
            bot_token=bot.bot_token,
            bot_scopes=bot.bot_scopes,
        )


def _places(key: Key) -> list[Key]:
    """Where an installation for a key may stand in the store: as the request says first."""
    org = [Key(key.enterprise, "", True)] if key.enterprise else []
    own = [Key(key.enterprise, key.team, False)] if key.team else []
    # Installed before the workspace joined the organisation.
    before = [Key("", key.team, False)] if key.team and key.enterprise else []
    return [*org, *own, *before] if key.org_wide else [*own, *org, *before]


def _left(bot: Bot) -> float:
    """Seconds until the token expires."""
    return float("inf") if bot.bot_token_expires_at is None else bot.bot_token_expires_at - time.time()


def _due(bot: Bot) -> bool:
    return bot.bot_refresh_token is not None and _left(bot) < EARLY * 60


def _name(bot: Bot) -> str:
    return str(bot.team_id or bot.enterprise_id)


def _utc_now() -> datetime.datetime:
    """As Slack's stores write it: without a zone."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
