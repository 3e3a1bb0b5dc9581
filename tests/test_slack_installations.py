"""What is kept of an installation, states that are good once, and tokens that are exchanged in time."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from slack_sdk import WebClient
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import SQLAlchemyOAuthStateStore

from natobot.database import StateError, slack_bots, slack_oauth_states
from natobot.errors import InputError
from natobot.playground import faults
from natobot.playground.server import Playground
from natobot.slack import installations
from natobot.slack.authorize import Found, Key
from natobot.slack.installations import EARLY, Bots, Installations, States
from natobot.state import State

CLIENT = "1.2"
# Longer than Slack's own store has room for.
TOKEN = "xoxe.xoxb-1-" + "M" * 600


def made(team: str | None = "T1", enterprise: str | None = None, token: str = TOKEN, **more: Any) -> Installation:
    """An installation as Slack's flow makes it."""
    own: dict[str, Any] = {"app_id": "A1", "bot_token": token, "bot_id": "B1", "bot_user_id": "U0", "user_id": "U1"}
    scopes = {"bot_scopes": ["chat:write", "commands"], "is_enterprise_install": team is None}
    return Installation(team_id=team, enterprise_id=enterprise, **{**own, **scopes, **more})


def held(state: State) -> list[sa.RowMapping]:
    """All bots in the database."""
    with state.begin_work() as connection:
        return list(connection.execute(sa.select(slack_bots).order_by(slack_bots.c.id)).mappings())


def test_the_columns_are_slacks() -> None:
    """Our tables have the columns of Slack's stores, of the same kind, and none is too short for anything."""
    metadata = sa.MetaData()
    theirs = (
        SQLAlchemyInstallationStore.build_bots_table(metadata, "slack_bots"),
        SQLAlchemyOAuthStateStore.build_oauth_states_table(metadata, "slack_oauth_states"),
    )
    for our, their in zip((slack_bots, slack_oauth_states), theirs, strict=True):
        kinds = [{c.name: (c.type.python_type, c.nullable, c.primary_key) for c in table.c} for table in (our, their)]
        assert kinds[0] == kinds[1]
        assert {getattr(c.type, "length", None) for c in our.c} == {None}


def test_what_is_kept(state: State) -> None:
    """A bot comes back as it was installed; nothing is kept of who installed it."""
    store = Installations(state, CLIENT)
    store.save(made(user_token="xoxp-1", bot_refresh_token="xoxe-1", bot_token_expires_in=43200, team_name="x" * 900))
    bot = store.find_bot(enterprise_id=None, team_id="T1")
    assert bot is not None
    assert (bot.bot_token, bot.bot_refresh_token, bot.bot_scopes) == (TOKEN, "xoxe-1", ["chat:write", "commands"])
    assert bot.bot_token_expires_at == pytest.approx(time.time() + 43200, abs=5)
    assert "U1" not in str(held(state))
    assert "xoxp" not in str(held(state))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_times_know_no_zone(state: State, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the computer stands, a token expires when Slack says, and a state after ten minutes."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        store, states = Installations(state, CLIENT), States(state)
        store.save(made(bot_token_expires_in=43200))
        bot = store.find_bot(enterprise_id=None, team_id="T1")
        assert bot is not None
        assert bot.bot_token_expires_at == pytest.approx(time.time() + 43200, abs=5)
        assert states.consume(states.issue())
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_newest_alone_is_kept(state: State) -> None:
    """Who installs the app again leaves no older token behind; other workspaces and other apps keep theirs."""
    store, foreign = Installations(state, CLIENT), Installations(state, "3.4")
    foreign.save(made(token="xoxb-foreign"))
    for number, (team, group) in enumerate((("T1", None), ("T2", None), ("T1", "E1"), (None, "E1"), ("T1", None))):
        store.save(made(team, group, token=f"xoxb-{number}"))
    assert [row["bot_token"] for row in held(state)] == ["xoxb-foreign", "xoxb-1", "xoxb-2", "xoxb-3", "xoxb-4"]


def test_leaving(state: State) -> None:
    """Slack's own way to delete an installation takes the bot, and leaves other workspaces alone."""
    store = Installations(state, CLIENT)
    store.save(made("T1"))
    store.save(made("T2"))
    store.delete_all(enterprise_id=None, team_id="T1")
    assert [row["team_id"] for row in held(state)] == ["T2"]


def test_a_state_is_good_once(state: State) -> None:
    """Of many who bring one state at the same moment one is let in; one never issued is not."""
    states = States(state)
    ours = states.issue()
    barrier = threading.Barrier(8)

    def bring() -> bool:
        barrier.wait()
        return states.consume(ours)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(each.result() for each in [pool.submit(bring) for _ in range(8)]) == [False] * 7 + [True]
    assert not states.consume("never issued")
    assert len({states.issue() for _ in range(20)}) == 20


def test_a_state_grows_old(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """After ten minutes a state is good no longer; the next one that is issued sweeps it away, and so does tidying."""

    def count() -> int:
        with state.begin_work() as connection:
            return len(connection.execute(sa.select(slack_oauth_states)).all())

    states = States(state)
    old, young = states.issue(), states.issue()
    assert states.consume(young)
    later = time.time() + installations.STATE_SECONDS + 1
    monkeypatch.setattr(installations, "_utc_now", lambda: datetime.fromtimestamp(later, UTC).replace(tzinfo=None))
    assert not states.consume(old)
    assert count() == 1
    states.issue()
    assert count() == 1
    monkeypatch.setattr(time, "time", lambda: later + installations.STATE_SECONDS)
    state.tidy()
    assert count() == 0


def test_errors_hold_no_token(state: State) -> None:
    """When the database fails, every way into the stores says so in one line without a token or a state."""
    store, states = Installations(state, CLIENT), States(state)
    with state.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE slack_bots"))
        connection.execute(sa.text("DROP TABLE slack_oauth_states"))
    ways: list[Callable[[], object]] = [
        lambda: store.save(made(token="xoxb-sekretwort")),
        lambda: store.find_bot(enterprise_id=None, team_id="T1"),
        lambda: store.delete_bot(enterprise_id=None, team_id="T1"),
        states.issue,
        lambda: states.consume("sekretwort"),
    ]
    for way in ways:
        with pytest.raises(StateError) as caught:
            way()
        assert "\n" not in str(caught.value)
        assert "sekretwort" not in f"{caught.value!r} {caught.value.__cause__}"


# Looking up


@pytest.fixture
def slack() -> Iterator[Playground]:
    """A local Slack whose tokens last an hour, so that they are always about to expire."""
    with Playground(rotation=3600) as running:
        running.env(oauth=True)
        running.redirect_url = "http://127.0.0.1:1/back"
        yield running


@pytest.fixture
def store(tmp_path: Path, slack: Playground) -> Iterator[Installations]:
    """The store of an app in it."""
    state = State.open(f"sqlite:///{tmp_path / 'state.sqlite3'}")
    yield Installations(state, slack.client_id)
    state.close()


def bots(slack: Playground, store: Installations) -> Bots:
    """The look-up of an app in it."""
    return Bots(store, WebClient(base_url=slack.api_url), slack.client_secret)


def installed(slack: Playground, store: Installations, **more: Any) -> Bot:
    """An installation of the first workspace."""
    query = urlencode({"client_id": slack.client_id, "scope": "chat:write", "state": "s"})
    code = slack.approve(f"{slack.url}/oauth/v2/authorize?{query}").partition("code=")[2].partition("&")[0]
    own = {"client_id": slack.client_id, "client_secret": slack.client_secret, "code": code}
    answer: Any = WebClient(base_url=slack.api_url).oauth_v2_access(**own).data
    fresh = {"bot_refresh_token": answer["refresh_token"], "bot_token_expires_in": answer["expires_in"]}
    store.save(made(slack.id, token=answer["access_token"], **{**fresh, **more}))
    bot = store.find_bot(enterprise_id=None, team_id=slack.id)
    assert bot is not None
    return bot


def token(found: Found | None) -> str:
    """The token that was found."""
    assert found is not None
    return str(found.result.bot_token)


PLACES = {
    Key("E1", "T1", False): "xoxb-T1-E1",
    Key("E1", "T1", True): "xoxb-E1",
    Key("E1", "", True): "xoxb-E1",
    Key("E1", "T9", False): "xoxb-E1",
    Key("", "T2", False): "xoxb-T2",
    Key("E2", "T2", False): "xoxb-T2",
    Key("E2", "T9", False): None,
    Key("", "T9", False): None,
    Key("", "", False): None,
    Key("", "", True): None,
}


@pytest.mark.parametrize(("key", "expected"), list(PLACES.items()))
def test_where_an_installation_is_looked_for(slack: Playground, store: Installations, key: Key, expected: str | None) -> None:
    """A workspace's own comes first, unless the request speaks of the organisation's; one from before it joined is found too."""
    for team, group in (("T1", "E1"), (None, "E1"), ("T2", None), ("T3", None)):
        store.save(made(team, group, token="-".join(filter(None, ("xoxb", team, group)))))
    # Slack gives no answer, so that the store's word is good.
    slack.faults.add("auth.test", faults.server_error(), times=None)
    found = bots(slack, store)(key)
    assert (token(found) if found else None) == expected


def test_a_token_is_exchanged_in_time(slack: Playground, store: Installations) -> None:
    """Two hours before it expires a token is exchanged, and the new one is stored; who it speaks for comes from Slack."""
    first = installed(slack, store)
    found = bots(slack, store)(Key("", slack.id, False))
    assert token(found) == slack.bot_token != first.bot_token
    assert found is not None
    assert found.result.bot_user_id == slack.state.team.bot_user
    again = store.find_bot(enterprise_id=None, team_id=slack.id)
    assert again is not None
    assert (again.bot_token, again.installed_at) == (slack.bot_token, first.installed_at)
    assert again.bot_refresh_token != first.bot_refresh_token


def test_a_token_that_lasts_is_left_alone(slack: Playground, store: Installations) -> None:
    """A token with more than two hours to go, or without an end, is used as it is, for at most five minutes."""
    for lasts in (EARLY * 60 + 60, None):
        first = installed(slack, store, bot_token_expires_in=lasts)
        found = bots(slack, store)(Key("", slack.id, False))
        assert token(found) == first.bot_token
        assert found is not None
        assert found.lasts == 300
    assert [call.method for call in slack.calls].count("oauth.v2.access") == 2


def test_a_short_life(slack: Playground, store: Installations) -> None:
    """What is known of a token that is not exchanged is good for half of what is left of it."""
    installed(slack, store, bot_token_expires_in=100)
    slack.faults.add("oauth.v2.access", faults.server_error())
    found = bots(slack, store)(Key("", slack.id, False))
    assert found is not None
    assert found.lasts == pytest.approx(50, abs=2)


def test_one_exchange_for_many(slack: Playground, store: Installations) -> None:
    """Of many look-ups for one installation one exchanges the token: a second one would be refused."""
    installed(slack, store)
    slack.hub.rotation = 12 * 3600
    look_up = bots(slack, store)
    keys = [Key("", slack.id, False), Key("E1", slack.id, False), Key("E1", slack.id, True)] * 3
    with ThreadPoolExecutor(9) as pool:
        assert {token(found) for found in pool.map(look_up, keys)} == {slack.bot_token}
    exchanges = [call.answer["ok"] for call in slack.calls if call.method == "oauth.v2.access"]
    assert exchanges == [True, True]


def test_another_process_was_faster(slack: Playground, store: Installations) -> None:
    """When Slack refuses a refresh token because another process has spent it, the token that one got is taken."""
    first = installed(slack, store)
    other = bots(slack, store)
    ours = bots(slack, store)
    with patch.object(ours._rotator, "perform_bot_token_rotation", _after(ours, lambda: other(Key("", slack.id, False)))):
        found = ours(Key("", slack.id, False))
    assert token(found) == slack.bot_token != first.bot_token


def _after(look_up: Bots, other: Callable[[], object]) -> Callable[..., Bot | None]:
    """An exchange that another one overtakes."""
    exchange = look_up._rotator.perform_bot_token_rotation

    def late(**given: Any) -> Bot | None:
        other()
        return exchange(**given)

    return late


@pytest.mark.parametrize(
    ("fault", "left", "outcome"),
    [
        (faults.refused("invalid_refresh_token"), 60, "old"),
        (faults.server_error(), 60, "old"),
        (faults.reset(), 60, "old"),
        (faults.refused("invalid_refresh_token"), -60, "none"),
        (faults.server_error(), -60, "error"),
        (faults.rate_limited(60), -60, "error"),
    ],
)
def test_an_exchange_that_fails(
    slack: Playground, store: Installations, fault: faults.Fault, left: int, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    """While a token is good it serves on; afterwards a refusal is the end of the installation, and all else passes."""
    first = installed(slack, store, bot_token_expires_in=left)
    slack.faults.add("oauth.v2.access", fault)
    look_up, key = bots(slack, store), Key("", slack.id, False)
    if outcome == "error":
        with pytest.raises(InputError, match=r"^Slack cannot be asked for a new token \(.*Check the network"):
            look_up(key)
        assert token(look_up(key)) == slack.bot_token
    elif outcome == "none":
        assert look_up(key) is None
    else:
        assert token(look_up(key)) == first.bot_token
    assert f"the token of {slack.id} could not be exchanged" in caplog.text
    assert first.bot_token not in caplog.text
    assert str(first.bot_refresh_token) not in caplog.text


@pytest.mark.parametrize("word", ["token_revoked", "account_inactive", "invalid_auth"])
def test_a_token_that_slack_does_not_take(slack: Playground, store: Installations, word: str) -> None:
    """A token that was revoked behind our back is no installation."""
    first = installed(slack, store, bot_token_expires_in=None)
    slack.revoke(first.bot_token, word)
    assert bots(slack, store)(Key("", slack.id, False)) is None


def test_slack_has_no_answer(slack: Playground, store: Installations) -> None:
    """When Slack does not say whose token it is, or is slow to, what the store knows of it is good."""
    first = installed(slack, store, bot_token_expires_in=None)
    with patch.object(installations, "PATIENCE", 0.1):
        for fault in (faults.server_error(), faults.reset(), faults.rate_limited(60), faults.slow(0.5)):
            slack.faults.add("auth.test", fault)
            found = bots(slack, store)(Key("", slack.id, False))
            assert token(found) == first.bot_token
            assert found is not None
            assert (found.result.bot_user_id, found.result.bot_id) == ("U0", "B1")
