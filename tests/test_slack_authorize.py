"""Whom a request belongs to: looked up once in five minutes, by one at a time, and never longer than it holds."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from slack_bolt import App, BoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk import WebClient
from slack_sdk.oauth.installation_store import FileInstallationStore, Installation
from slack_sdk.oauth.state_store import FileOAuthStateStore

from natobot.errors import InputError, NatobotError
from natobot.playground.server import Playground
from natobot.playground.workspace import Workspace as Local
from natobot.slack import authorize
from natobot.slack.authorize import FRESH, Found, Installed, Key, NotInstalled, installed_in
from natobot.slack.desk import workspace_of
from natobot.slack.listeners import register
from natobot.slack.post import post
from natobot.state import Delivery, State, Workspace
from slack_desk import Echo, Gate, plain, signed

TOKEN = "xoxb-1-sekretwort"


class Slow:
    """Look-ups that count, wait and answer as they are told."""

    def __init__(self, answer: Callable[[Key], Found | None] | None = None) -> None:
        self.asked: list[Key] = []
        self.answer = answer or (lambda key: found(key.team))

    def __call__(self, key: Key) -> Found | None:
        self.asked.append(key)
        return self.answer(key)


def found(team: str, lasts: float = FRESH) -> Found:
    """An installation."""
    result = AuthorizeResult(enterprise_id=None, team_id=team, bot_user_id="U0", bot_id="B0", bot_token=f"{TOKEN}-{team}")
    return Found(result=result, lasts=lasts)


def key(team: str) -> Key:
    """Where a request comes from."""
    return Key("", team, False)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock of the cache, to be moved by hand."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_five_minutes(clock: list[float]) -> None:
    """What was looked up is good for five minutes, by workspace, organisation and kind of installation; then it is asked anew."""
    look_up = Slow()
    installed = Installed(look_up, WebClient())
    keys = [Key("", "T1", False), Key("", "T2", False), Key("E1", "T1", False), Key("E1", "T1", True)]
    for _ in range(3):
        for each in keys:
            result = installed.find(each)
            assert result is not None
            assert result.bot_token == f"{TOKEN}-{each.team}"
        clock[0] += 299 / 3
    assert look_up.asked == keys
    clock[0] += 2
    installed.find(keys[0])
    assert look_up.asked == [*keys, keys[0]]


def test_a_token_that_ends_sooner(clock: list[float]) -> None:
    """What holds for less than five minutes is asked anew by then."""
    look_up = Slow(lambda key: found(key.team, lasts=30))
    installed = Installed(look_up, WebClient())
    for _ in range(2):
        installed.find(key("T1"))
        installed.find(key("T1"))
        clock[0] += 31
    assert len(look_up.asked) == 2


def test_a_refusal_is_not_remembered() -> None:
    """Who was not installed a moment ago may be now."""
    answers: list[Found | None] = [None, None, found("T1")]
    installed = Installed(Slow(lambda _: answers.pop(0)), WebClient())
    assert [installed.find(key("T1")) is None for _ in range(4)] == [True, True, False, False]


def test_an_error_is_not_remembered() -> None:
    """Where nobody could tell, the next one asks again."""
    outcomes: list[Callable[[], Found | None]] = [lambda: _raise(InputError("not now.")), lambda: found("T1")]
    installed = Installed(Slow(lambda _: outcomes.pop(0)()), WebClient())
    with pytest.raises(InputError, match="not now"):
        installed.find(key("T1"))
    assert installed.find(key("T1")) is not None


def _raise(error: Exception) -> Found:
    raise error


def test_it_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its bound the one that nobody asked for the longest is forgotten."""
    monkeypatch.setattr(authorize, "KNOWN", 3)
    look_up = Slow()
    installed = Installed(look_up, WebClient())
    for team in ("T1", "T2", "T3", "T1", "T4", "T1", "T2"):
        installed.find(key(team))
    assert installed.known == 3
    assert [each.team for each in look_up.asked] == ["T1", "T2", "T3", "T4", "T2"]


@pytest.mark.parametrize(
    ("gone", "asked_again"),
    [
        (Workspace(team="T1"), {"T1"}),
        (Workspace(enterprise="E1", team="T2"), {"T2"}),
        (Workspace(enterprise="E1"), {"T2", "T3"}),
    ],
)
def test_forgetting(gone: Workspace, asked_again: set[str]) -> None:
    """After a workspace or an organisation left, it is asked about anew, and nobody else is."""
    look_up = Slow()
    installed = Installed(look_up, WebClient())
    keys = [Key("", "T1", False), Key("E1", "T2", False), Key("E1", "T3", True)]
    for each in keys:
        installed.find(each)
    installed.forget(gone)
    look_up.asked.clear()
    for each in keys:
        installed.find(each)
    assert {each.team for each in look_up.asked} == asked_again


def test_one_at_a_time_and_nobody_waits_for_others() -> None:
    """Of 20 who ask about one workspace one looks it up, and meanwhile another workspace is found at once."""
    gate = Gate()

    def answer(asked: Key) -> Found:
        if asked.team == "T1":
            gate.wait()
        return found(asked.team)

    look_up = Slow(answer)
    installed = Installed(look_up, WebClient())
    with ThreadPoolExecutor(20) as pool:
        slow = [pool.submit(installed.find, key("T1")) for _ in range(20)]
        gate.wait_for(1)
        start = time.monotonic()
        assert installed.find(key("T2")) is not None
        assert time.monotonic() - start < 0.5
        assert not any(each.done() for each in slow)
        gate.open()
        assert {str(each.result(5)) for each in slow} == {str(found("T1").result)}
    assert [each.team for each in look_up.asked] == ["T1", "T2"]


def test_all_who_wait_hear_of_an_error() -> None:
    """When the one look-up fails, it fails for all who wait for it, and none of them hangs."""
    gate = Gate()

    def answer(_: Key) -> Found:
        gate.wait()
        raise InputError("not now.")

    installed = Installed(Slow(answer), WebClient())
    with ThreadPoolExecutor(5) as pool:
        slow = [pool.submit(installed.find, key("T1")) for _ in range(5)]
        gate.wait_for(1)
        gate.open()
        assert {type(each.exception(5)) for each in slow} == {InputError}


def test_a_look_up_that_the_workspace_overtakes() -> None:
    """What a look-up finds of a workspace that leaves or comes meanwhile is not kept, and who asks then does not wait for it."""
    gate = Gate()
    first = threading.Event()

    def answer(asked: Key) -> Found:
        if not first.is_set():
            first.set()
            gate.wait()
        return found(asked.team)

    look_up = Slow(answer)
    installed = Installed(look_up, WebClient())
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(installed.find, key("T1"))
        gate.wait_for(1)
        installed.forget(Workspace(team="T1"))
        assert installed.known == 0
        assert installed.find(key("T1")) is not None
        installed.forget(Workspace(team="T1"))
        gate.open()
        assert slow.result(5) is not None
    assert installed.known == 0
    assert len(look_up.asked) == 2


def test_a_request_of_nobody() -> None:
    """A request from where the app is not installed is told apart from one that breaks, in a line without a secret."""
    installed = Installed(lambda _: None, WebClient())
    with pytest.raises(NotInstalled, match=r"^a request from T1, where natobot is not installed. Install it there by"):
        installed(context=BoltContext(), enterprise_id=None, team_id="T1")
    assert installed.client(Workspace(team="T1")) is None


def test_nothing_shows_a_token() -> None:
    """Neither what was found nor what keeps it shows a token."""
    installed = Installed(Slow(), WebClient())
    client = installed.client(Workspace(team="T1"))
    assert client is not None
    assert client.token == f"{TOKEN}-T1"
    for each in (found("T1"), installed, client):
        assert "sekretwort" not in f"{each!r} {each!s}"


def test_a_client_whose_token_is_no_good_any_more() -> None:
    """A posting client asks for the token of now when Slack refuses the one it has, and gives up if there is no other."""
    with Playground() as slack:
        tokens = ["xoxb-gone", slack.bot_token]
        look_up = Slow(lambda _: Found(result=AuthorizeResult(enterprise_id=None, team_id="T1", bot_token=tokens.pop(0))))
        installed = Installed(look_up, WebClient(base_url=slack.api_url))
        client = installed.client(Workspace(team="T1"))
        assert client is not None
        assert post(client, channel="C0GENERAL", text="one", blocks=[]).kind == "accepted"
        assert post(client, channel="C0GENERAL", text="two", blocks=[]).kind == "accepted"
        assert len(look_up.asked) == 2
        gone = Installed(
            Slow(lambda _: Found(result=AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-x"))), client
        )
        dead = gone.client(Workspace(team="T1"))
        assert dead is not None
        assert post(dead, channel="C0GENERAL", text="three", blocks=[]).error == "invalid_auth"
        # Anything else is not the token's fault.
        assert post(client, channel="C0NOWHERE", text="four", blocks=[]).error == "channel_not_found"
        assert len(look_up.asked) == 2


@pytest.mark.parametrize(
    ("context", "workspace"),
    [
        ({"team_id": "T1"}, Workspace(team="T1")),
        ({"enterprise_id": "E1", "team_id": "T1", "is_enterprise_install": False}, Workspace(enterprise="E1", team="T1")),
        ({"enterprise_id": "E1", "team_id": "T1", "is_enterprise_install": True}, Workspace(enterprise="E1")),
        ({"enterprise_id": "E1", "is_enterprise_install": True}, Workspace(enterprise="E1")),
        ({"team_id": "T1", "is_enterprise_install": True}, Workspace(team="T1")),
    ],
)
def test_whose_rows_they_are(context: dict[str, Any], workspace: Workspace) -> None:
    """Where the app is installed for a whole organisation, rows are the organisation's, whatever workspace a request names."""
    assert workspace_of(context) == workspace


def save(store: FileInstallationStore, slack: Playground, where: Local, url: str) -> None:
    """Install somebody else's app by hand."""
    code = slack.approve(url, where).partition("code=")[2].partition("&")[0]
    own = {"client_id": slack.client_id, "client_secret": slack.client_secret, "code": code}
    answer: Any = WebClient(base_url=slack.api_url).oauth_v2_access(**own).data
    store.save(
        Installation(
            app_id=answer["app_id"],
            team_id=answer["team"]["id"],
            bot_token=answer["access_token"],
            bot_id="B0",
            bot_user_id=answer["bot_user_id"],
            user_id=answer["authed_user"]["id"],
        )
    )


def test_in_somebody_elses_app(tmp_path: Path) -> None:
    """In an app with an OAuth of its own natobot posts with the tokens of its store, and both hear who leaves."""
    with Playground() as slack, plain():
        slack.env(oauth=True)
        other = slack.add_workspace("Other paper")
        slack.redirect_url = "http://127.0.0.1:1/back"
        store = FileInstallationStore(base_dir=str(tmp_path), client_id=slack.client_id)
        app = App(
            client=WebClient(base_url=slack.api_url),
            signing_secret="s3cret",
            oauth_settings=OAuthSettings(
                client_id=slack.client_id,
                client_secret=slack.client_secret,
                scopes=["chat:write", "app_mentions:read"],
                user_scopes=[],
                installation_store=store,
                state_store=FileOAuthStateStore(expiration_seconds=60, base_dir=str(tmp_path)),
                authorization_url=f"{slack.url}/oauth/v2/authorize",
            ),
        )
        heard: list[str] = []
        app.event("app_uninstalled")(lambda context: heard.append(context.team_id))
        assert app.oauth_flow is not None
        url = app.oauth_flow.settings.authorize_url_generator.generate("s")
        for where in (slack, other):
            save(store, slack, where, url)
        state = State.open(f"sqlite:///{tmp_path / 'state.sqlite3'}")
        deliveries = register(app, Echo().as_natobot(), state)
        deliveries.start()
        for number, where in enumerate((slack, other)):
            room = where.add_channel("room").id
            deliveries.take(asked(number, where.id, room))
            assert where.wait_for_messages(1)[0].text == f"Echo: {where.id}"
        # Nobody installed it there.
        deliveries.take(asked(7, "T0NOBODY", "C0GENERAL"))
        deadline = time.monotonic() + 5
        while len(deliveries):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        slack.app_url = "http://127.0.0.1:1"
        body = {"type": "event_callback", "team_id": other.id, "event_id": "Ev9", "event": {"type": "app_uninstalled"}}
        assert app.dispatch(signed("s3cret", json.dumps(body), "application/json")).status == 200
        deadline = time.monotonic() + 5
        while heard != [other.id]:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        assert not state.claim(asked(0, slack.id, "C1"))
        assert state.claim(asked(1, other.id, "C1"))
        deliveries.stop(5)
        state.close()


def asked(number: int, team: str, channel: str) -> Delivery:
    """A mention."""
    return Delivery(
        event_id=f"Ev{number}",
        workspace=Workspace(team=team),
        kind="mention",
        channel=channel,
        message_ts=f"170000000{number}.000100",
        thread_ts="",
        question=team,
    )


def test_a_store_of_somebody_else_that_breaks(tmp_path: Path) -> None:
    """An error in a foreign store is one line of ours, so that the delivery waits and is not lost."""

    class Broken(FileInstallationStore):
        def find_installation(self, **_: object) -> None:
            raise RuntimeError("sekretwort")

    app = App(signing_secret="s", client=WebClient(), installation_store=Broken(base_dir=str(tmp_path)))
    installed = installed_in(app)
    assert installed is not None
    with pytest.raises(NatobotError, match=r"^the installation store fails. The log says where, under reference") as caught:
        installed.client(Workspace(team="T1"))
    assert "sekretwort" not in str(caught.value)
