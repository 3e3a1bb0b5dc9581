"""Who leaves, as Slack tells it, and that what requests under way write down afterwards goes too."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_bolt import BoltRequest, BoltResponse
from slack_sdk.oauth.installation_store import Installation

from natobot.slack import departures
from natobot.slack.departures import Departures
from natobot.slack.installations import Installations
from natobot.state import Delivery, State, Workspace

UNINSTALLED = {"type": "app_uninstalled"}
ORG = {"enterprise_id": "E1", "team_id": None, "is_enterprise_install": True}


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    """A new database."""
    opened = State.open(f"sqlite:///{tmp_path / 'state.sqlite3'}")
    yield opened
    opened.close()


def asked(workspace: Workspace, number: int) -> Delivery:
    """A mention."""
    return Delivery(
        event_id=f"Ev{number}",
        workspace=workspace,
        kind="mention",
        channel="C1",
        message_ts=f"170000000{number}.000100",
        thread_ts="",
        question="who?",
    )


def hear(leaving: Departures, event: object, **body: Any) -> bool:
    """Send an event; whether it was passed on to the listeners."""
    passed: list[bool] = []
    request = BoltRequest(mode="socket_mode", body={"type": "event_callback", "event": event, **body})
    leaving.process(req=request, resp=BoltResponse(status=200), next=lambda: passed.append(True))  # type: ignore[arg-type,return-value]
    return passed == [True]


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"event": UNINSTALLED, "team_id": "T1"}, Workspace(team="T1")),
        ({"event": UNINSTALLED, "team_id": "T1", "enterprise_id": "E1"}, Workspace(enterprise="E1", team="T1")),
        ({"event": UNINSTALLED, "team_id": "T1", "authorizations": []}, Workspace(team="T1")),
        ({"event": UNINSTALLED, "enterprise_id": "E1", "is_enterprise_install": True}, Workspace(enterprise="E1")),
        ({"event": UNINSTALLED, "team_id": "T1", "authorizations": [ORG]}, Workspace(enterprise="E1")),
        ({"event": UNINSTALLED, "team_id": "E1"}, Workspace(enterprise="E1")),
        ({"event": {"type": "tokens_revoked", "tokens": {"bot": ["U1"]}}, "team_id": "T1"}, Workspace(team="T1")),
        ({"event": {"type": "tokens_revoked", "tokens": {"bot": [], "oauth": ["U1"]}}, "team_id": "T1"}, None),
        ({"event": {"type": "tokens_revoked"}, "team_id": "T1"}, None),
        ({"event": {"type": "app_mention", "text": "app_uninstalled"}, "team_id": "T1"}, None),
    ],
)
def test_who_leaves(state: State, body: dict[str, Any], left: Workspace | None) -> None:
    """The two events name a workspace or an organisation; every request goes on to the listeners."""
    told: list[Workspace] = []
    event = body.pop("event")
    assert hear(Departures(state, told.append), event, **body)
    assert set(told) == ({left} if left else set())


@pytest.mark.parametrize("moment", [None, "now", -1, 1 << 60, True])
def test_a_moment_that_is_none(state: State, moment: object) -> None:
    """An event whose time cannot be read happened now."""
    workspace = Workspace(team="T1")
    state.claim(asked(workspace, 1))
    hear(Departures(state), UNINSTALLED, team_id="T1", event_time=moment)
    assert state.claim(asked(workspace, 1))


def test_what_comes_after_a_farewell(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """What requests under way wrote down of a workspace after it left is swept once they are over, unless it came back."""
    store = Installations(state, "1.2")
    gone, back = Workspace(team="T1"), Workspace(team="T2")
    leaving = Departures(state)
    for number, workspace in enumerate((gone, back)):
        leaving.take(workspace, time.time())
        assert state.claim(asked(workspace, number))
    store.save(Installation(team_id="T2", app_id="A1", bot_token="xoxb-1", bot_id="B1", bot_user_id="U0", user_id="U1"))
    leaving.sweep()
    assert [state.claim(asked(workspace, number)) for number, workspace in enumerate((gone, back))] == [False, False]
    later = time.monotonic() + departures.SETTLED + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    leaving.sweep()
    assert [state.claim(asked(workspace, number)) for number, workspace in enumerate((gone, back))] == [True, False]
    # Once is enough.
    leaving.sweep()
    assert not state.claim(asked(gone, 0))
