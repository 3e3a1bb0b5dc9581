"""Several workspaces in one local Slack, and how the app gets into them and out again: by OAuth, with slack-sdk and Bolt."""

import http.client
import re
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from slack_bolt import App
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Bot, FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.oauth.token_rotation import TokenRotator
from slack_sdk.webhook import WebhookClient

from natobot.errors import InputError
from natobot.playground import faults
from natobot.playground.cast import Enterprise
from natobot.playground.refused import Refused
from natobot.playground.server import Playground
from natobot.playground.workspace import Workspace

Json = dict[str, Any]
SCOPES = ("app_mentions:read", "chat:write", "users:read")
APP = "http://127.0.0.1:1"
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Why?"}, "blocks": [{"type": "divider"}]}


@pytest.fixture
def slack() -> Iterator[Playground]:
    with Playground(app_url=APP) as slack:
        yield slack


def asking(slack: Playground, scopes: Sequence[str] = SCOPES, **more: str) -> str:
    """The address that an app sends people to."""
    query = {"client_id": slack.client_id, "scope": ",".join(scopes), "user_scope": "", "state": "s 1", **more}
    return f"{slack.url}/oauth/v2/authorize?{urlencode(query)}"


def code_of(back: str) -> str:
    return parse_qs(urlsplit(back).query)["code"][0]


def exchange(slack: Playground, **arguments: Any) -> Any:
    """The answer of oauth.v2.access as slack-sdk asks it."""
    own = {"client_id": slack.client_id, "client_secret": slack.client_secret}
    return WebClient(base_url=slack.api_url).oauth_v2_access(**{**own, **arguments}).data


def install(slack: Playground, where: Workspace | Enterprise | None = None, scopes: Sequence[str] = SCOPES) -> WebClient:
    """A client with the token that an installation gave."""
    answer = exchange(slack, code=code_of(slack.approve(asking(slack, scopes), where)))
    return WebClient(token=answer["access_token"], base_url=slack.api_url)


def error_of(call: Any, *values: Any, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as error:
        call(*values, **arguments)
    return str(error.value.response["error"])


def channel(workspace: Workspace, name: str = "general") -> str:
    return next(channel.id for channel in workspace.state.channels.values() if channel.name == name)


class Served:
    """A Bolt app that people install by OAuth, with what it knows in files, behind a real HTTP port."""

    def __init__(self, slack: Playground, folder: Path) -> None:
        env = slack.env(oauth=True)
        self.seen: list[tuple[str, str | None]] = []
        self.store = FileInstallationStore(base_dir=str(folder / "installations"), client_id=slack.client_id)
        self.app = App(
            client=WebClient(base_url=env["SLACK_API_URL"]),
            signing_secret=env["SLACK_SIGNING_SECRET"],
            process_before_response=True,
            oauth_settings=OAuthSettings(
                client_id=env["SLACK_CLIENT_ID"],
                client_secret=env["SLACK_CLIENT_SECRET"],
                scopes=SCOPES,
                installation_store=self.store,
                state_store=FileOAuthStateStore(base_dir=str(folder / "states"), expiration_seconds=600),
                authorization_url=slack.url + "/oauth/v2/authorize",
                install_page_rendering_enabled=False,
            ),
        )
        self.app.event("app_mention")(self.mention)
        for event, delete in (
            ("tokens_revoked", self.app.default_tokens_revoked_event_listener()),
            ("app_uninstalled", self.app.default_app_uninstalled_event_listener()),
        ):
            self.app.event(event)(self.and_note(event, delete))

    def and_note(self, event: str, delete: Any) -> Any:
        def listen(event: Json, context: Any) -> None:
            self.seen.append((event["type"], context.team_id or context.enterprise_id))
            if event["type"] == "tokens_revoked":
                delete(event=event, context=context)
            else:
                delete(context=context)

        return listen

    def mention(self, event: Json, say: Any, context: Any) -> None:
        self.seen.append((context.bot_token, context.team_id))
        say(text="reply", thread_ts=event["ts"])

    def get(self, url: str, cookie: str = "") -> http.client.HTTPResponse:
        """What the app answers a browser, which does not follow it."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=5)
        connection.request("GET", f"{parts.path}?{parts.query}", headers={"Cookie": cookie})
        response = connection.getresponse()
        response.read()
        connection.close()
        return response

    def install(self, slack: Playground, where: Workspace | Enterprise | None = None, allow: bool = True) -> int:
        """Go all the way in a browser; the status of the last page comes back."""
        begun = self.get(slack.app_url + "/slack/install" if slack.app_url else "")
        url = begun.headers["Location"]
        back = slack.approve(url, where) if allow else slack.deny(url)
        return self.get(back, begun.headers["Set-Cookie"].partition(";")[0]).status


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        pass


@contextmanager
def serving(slack: Playground, folder: Path) -> Iterator[Served]:
    served = Served(slack, folder)
    server = make_server("127.0.0.1", 0, SlackRequestHandler(served.app), handler_class=Quiet)
    slack.app_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_bolt_in_two_workspaces(slack: Playground, tmp_path: Path) -> None:
    """Bolt's own OAuth installs both, answers each with its own token, and forgets the one that uninstalls it."""
    other = slack.add_workspace("Other paper")
    with serving(slack, tmp_path) as served:
        assert (slack.installed, other.installed) == (False, False)
        assert [served.install(slack), served.install(slack, other)] == [200, 200]
        for workspace in (slack, other):
            sent = workspace.mention("When?", channel="newsroom")
            [reply] = workspace.wait_for_messages(1, channel="newsroom", thread_ts=sent.ts)
            assert (reply.text, reply.user) == ("reply", workspace.state.team.bot_user)
        assert served.seen == [(slack.bot_token, slack.id), (other.bot_token, other.id)]
        assert slack.bot_token != other.bot_token
        served.seen.clear()
        client = WebClient(token=other.bot_token, base_url=slack.api_url)
        assert [sent.delivery.error for sent in other.uninstall()] == [None, None]
        assert served.seen == [("tokens_revoked", other.id), ("app_uninstalled", other.id)]
        assert error_of(client.auth_test) == "account_inactive"
        assert served.store.find_bot(enterprise_id=None, team_id=other.id) is None
        assert served.store.find_bot(enterprise_id=None, team_id=slack.id) is not None
        assert slack.mention("And?").delivery.error is None
        assert [message.text for message in slack.wait_for_messages(2)] == ["reply", "reply"]
    assert slack.unknown_calls == []
