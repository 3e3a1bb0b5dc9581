"""The manifest: what Slack is told of the app is what the code listens to and calls."""

import ast
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator
from slack_bolt import App
from slack_sdk import WebClient

from natobot import settings as settings_of
from natobot.cli import main
from natobot.errors import InputError
from natobot.playground import cast as local
from natobot.playground.methods import METHODS
from natobot.settings import Settings
from natobot.slack import manifest
from natobot.slack.listeners import register
from natobot.slack.scopes import APP_SCOPES, SCOPES
from natobot.state import State
from slack_desk import Echo

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT.parent / "shared" / "data" / "slack-manifest.schema.2.0.0.json"
URL = "https://nato.example"
BOTH = (None, URL)
# What each kind of request takes, as Slack's pages on events and commands say.
HEARD = {"app_mention": "app_mentions:read", "message.im": "im:history"}
# Events that mean the end of an installation; what listens to them is mounted beside the listeners.
ENDS = {"app_uninstalled", "tokens_revoked"}


@dataclass
class Listening:
    """In place of a Bolt app: writes down what is mounted."""

    client: WebClient = field(default_factory=WebClient)
    installation_store: None = None
    oauth_flow: None = None
    commands: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    shortcuts: set[tuple[str, str]] = field(default_factory=set)

    def command(self, name: str, **_: Any) -> Callable[..., None]:
        """A slash command."""
        self.commands.add(name)
        return lambda *_, **__: None

    def event(self, name: str) -> Callable[..., None]:
        """A type of event."""
        self.events.add(name)
        return lambda *_, **__: None

    def shortcut(self, wanted: dict[str, str]) -> Callable[..., None]:
        """A shortcut."""
        self.shortcuts.add((wanted["type"], wanted["callback_id"]))
        return lambda *_, **__: None

    def view(self, *_: Any) -> Callable[..., None]:
        """A window; Slack is not told of those."""
        return lambda *_, **__: None

    action = view

    def middleware(self, _: Any) -> None:
        """What looks at everything that comes."""


@pytest.fixture
def listening(tmp_path: Path) -> Listening:
    """What the listeners mount."""
    app, state = Listening(), State.open(f"sqlite:///{tmp_path / 'state.sqlite3'}")
    register(cast(App, app), Echo().as_natobot(), state)
    state.close()
    return app


def bot_events(made: dict[str, Any]) -> set[str]:
    """The events a manifest subscribes to."""
    return set(made["settings"]["event_subscriptions"]["bot_events"])


def called() -> set[str]:
    """The Web API methods that the code calls, found by the names of slack_sdk's own."""
    known = {name for name in dir(WebClient) if "_" in name and not name.startswith("_")}
    found: set[str] = set()
    for path in (ROOT / "src" / "natobot").rglob("*.py"):
        if "playground" not in path.parts:
            found |= {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
    return (found & known) - {"api_call"}


@pytest.mark.parametrize("url", BOTH)
def test_slack_takes_it(url: str | None) -> None:
    """The manifests for Socket Mode and for HTTP fit Slack's own schema."""
    if not SCHEMA.exists():
        pytest.skip("Slack's schema of manifests is not at hand")
    schema = json.loads(SCHEMA.read_text("utf-8"))
    faults = [f"{error.json_path}: {error.message}" for error in Draft7Validator(schema).iter_errors(manifest.manifest(url))]
    assert faults == []
    # That the schema would say no.
    assert list(Draft7Validator(schema).iter_errors({**manifest.manifest(url), "scopes": []}))


@pytest.mark.parametrize("url", BOTH)
def test_it_fits_where_slack_shows_it(url: str | None) -> None:
    """Names and descriptions are of the length that Slack allows, even where its schema is not at hand."""
    made = manifest.manifest(url)
    shown, features = made["display_information"], made["features"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert len(features["agent_view"]["agent_description"]) <= 300
    assert all(len(each["name"]) <= 24 and len(each["description"]) <= 150 for each in features["shortcuts"])


def test_the_file_is_the_one_for_socket_mode() -> None:
    """manifest.json at the root is what the command prints without an address."""
    printed = CliRunner().invoke(main, ["manifest"])
    assert printed.exit_code == 0
    assert (ROOT / "manifest.json").read_text("utf-8") == printed.stdout == manifest.text()
    assert CliRunner().invoke(main, ["manifest", "--json"]).stdout == printed.stdout


def test_socket_mode_needs_no_address() -> None:
    """Without an address the manifest holds none and switches Socket Mode on."""
    made = manifest.manifest()
    assert made["settings"]["socket_mode_enabled"] is True
    assert "://" not in json.dumps(made)


@pytest.mark.parametrize("url", [URL, f"{URL}/", f" {URL} ", f"{URL}:8443", "https://host.example/below/"])
def test_http_has_the_addresses(url: str) -> None:
    """With an address the command, events and interactivity go to /slack/events below it, and OAuth comes back there."""
    made = json.loads(CliRunner().invoke(main, ["manifest", "--url", url]).stdout)
    base = url.strip().rstrip("/")
    settings = made["settings"]
    assert settings["socket_mode_enabled"] is False
    asked = [made["features"]["slash_commands"][0]["url"], settings["event_subscriptions"]["request_url"]]
    assert [*asked, settings["interactivity"]["request_url"]] == [f"{base}/slack/events"] * 3
    assert made["oauth_config"]["redirect_urls"] == [f"{base}/slack/oauth_redirect"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nato.example",
        "http://nato.example",
        "ftp://x",
        "https://",
        "https://u:p@h",
        "https://h?x=1",
        "https://a b",
        "https://h:x",
    ],
)
def test_an_address_slack_would_not_call_is_one_line(url: str) -> None:
    """Only https will do; anything else exits with 2 and says how to write it."""
    with pytest.raises(InputError):
        manifest.manifest(url)
    result = CliRunner().invoke(main, ["manifest", "--url", url])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("natobot: --url: ")
    assert result.stderr.endswith("Write it as https://your.host.\n")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("url", BOTH)
def test_commands_and_shortcuts_are_those_of_the_code(listening: Listening, url: str | None) -> None:
    """Slack shows the commands and shortcuts that somebody listens to, and no others."""
    features = manifest.manifest(url)["features"]
    assert {each["command"] for each in features["slash_commands"]} == listening.commands
    kinds = {"message": "message_action", "global": "shortcut"}
    assert {(kinds[each["type"]], each["callback_id"]) for each in features["shortcuts"]} == listening.shortcuts


@pytest.mark.parametrize("url", BOTH)
def test_events_are_those_of_the_code(listening: Listening, url: str | None) -> None:
    """Slack sends the events that somebody listens to, of messages only direct ones, and the ends of installations."""
    subscribed = {event.partition(".")[0] for event in bot_events(manifest.manifest(url))}
    assert subscribed - ENDS == listening.events - ENDS
    assert {event for event in bot_events(manifest.manifest(url)) if event.startswith("message")} == {"message.im"}
    assert subscribed >= ENDS


@pytest.mark.parametrize("url", BOTH)
def test_scopes_are_what_the_code_needs(listening: Listening, url: str | None) -> None:
    """Each method that is called and each event that is heard has its scope, and each scope is used by something."""
    made = manifest.manifest(url)
    methods = {method.name.replace(".", "_"): method for method in METHODS.values()}
    calls = called()
    assert {"chat_postMessage", "views_open", "apps_connections_open"} <= calls
    assert calls <= set(methods), "the local Slack knows every method, with its scope"
    used = {methods[name].scope for name in calls if methods[name].takes == "bot"} - {None}
    used |= {HEARD[event] for event in bot_events(made) if event in HEARD}
    used |= {"commands"} if listening.commands or listening.shortcuts else set()
    asked = set(made["oauth_config"]["scopes"]["bot"])
    assert asked == set(SCOPES)
    assert used == asked
    assert {methods[name].scope for name in calls if methods[name].takes == "app"} == set(APP_SCOPES)


def test_the_local_slack_grants_what_is_asked() -> None:
    """Tests run with the scopes that people are asked for, and no more."""
    assert set(SCOPES) == local.SCOPES
    assert all(reason and reason == reason.strip(" .") for reason in SCOPES.values())


def test_the_check_sees_a_manifest_that_lags_behind(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """`natobot check` compares the file of the checkout with the code; an installed package has none to compare."""
    assert manifest.fault(None) is None
    assert manifest.fault(settings_of.checkout()) is None
    assert settings_of.checkout() == ROOT
    wanted = f"{tmp_path / 'manifest.json'}: cannot be read. Run `natobot manifest > manifest.json` there."
    assert manifest.fault(tmp_path) == wanted
    shutil.copy(ROOT / "manifest.json", tmp_path)
    assert manifest.fault(tmp_path) is None
    written = (tmp_path / "manifest.json").read_text("utf-8")
    (tmp_path / "manifest.json").write_text(written.replace("im:history", "channels:history"), "utf-8")
    assert manifest.fault(tmp_path) == wanted.replace("cannot be read", "not the app that the code is")
    monkeypatch.setattr("natobot.settings.checkout", lambda: tmp_path)
    folders = {"HOME": settings.home, "SEEDS": settings.seeds, "RESPONSES": settings.responses}
    env = {f"NATOBOT_{name}": str(folder) for name, folder in folders.items()}
    result = CliRunner(env=env).invoke(main, ["check", "--json"])
    assert result.exit_code == 3
    assert [fault for fault in json.loads(result.stdout)["faults"] if "manifest.json" in fault] == [manifest.fault(tmp_path)]
