"""Several workspaces in one local Slack, and how the app gets into them and out again: by OAuth, with slack-sdk and Bolt."""

import http.client
import re
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
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

    def __init__(self, env: dict[str, str], folder: Path) -> None:
        self.seen: list[tuple[str, str | None]] = []
        self.store = FileInstallationStore(base_dir=str(folder / "installations"), client_id=env["SLACK_CLIENT_ID"])
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
                authorization_url=env["SLACK_API_URL"].removesuffix("api/") + "oauth/v2/authorize",
                install_page_rendering_enabled=False,
            ),
        )
        # Bolt's own settings refresh tokens at slack.com, whatever client the app has.
        flow = self.app.oauth_flow
        assert flow is not None
        flow.settings.authorize.token_rotator = TokenRotator(  # type: ignore[attr-defined]
            client_id=env["SLACK_CLIENT_ID"], client_secret=env["SLACK_CLIENT_SECRET"], client=self.app.client
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

    def install(self, slack: Playground, where: Workspace | Enterprise | None = None) -> int:
        """Go all the way in a browser; the status of the last page comes back."""
        begun = self.get(f"{slack.app_url}/slack/install")
        back = slack.approve(begun.headers["Location"], where)
        return self.get(back, begun.headers["Set-Cookie"].partition(";")[0]).status


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        pass


@contextmanager
def listening(served: Served) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, SlackRequestHandler(served.app), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serving(slack: Playground, folder: Path) -> Iterator[Served]:
    served = Served(slack.env(oauth=True), folder)
    with listening(served) as slack.app_url:
        yield served


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


def test_the_example_of_the_page_runs(tmp_path: Path) -> None:
    """The second example of docs/local-slack.md does what it says."""
    page = (Path(__file__).parent.parent / "docs" / "local-slack.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[1]
    served: list[Served] = []
    cookies: list[str] = []

    def start_the_app(env: dict[str, str]) -> str:
        served.append(Served(env, tmp_path))
        return stack.enter_context(listening(served[0]))

    def ask_the_app(url: str) -> str:
        begun = served[0].get(url)
        cookies.append(begun.headers["Set-Cookie"].partition(";")[0])
        return str(begun.headers["Location"])

    def visit(back: str) -> None:
        assert served[0].get(back, cookies[0]).status == 200

    names = {"start_the_app": start_the_app, "ask_the_app": ask_the_app, "visit": visit, "Playground": Playground}
    with ExitStack() as stack:
        exec(compile(code, "local-slack.md", "exec"), names)  # noqa: S102 - our own page
    assert [event for event, _ in served[0].seen][1:] == ["tokens_revoked", "app_uninstalled"]


def test_a_workspace_is_by_itself(slack: Playground) -> None:
    """No token, channel, person, trigger, view or response URL of one workspace is good in the other; calls are kept apart."""
    other = slack.add_workspace("Other paper")
    assert other.id != slack.id
    assert not set(other.state.channels) & set(slack.state.channels)
    assert not set(other.state.users) & set(slack.state.users)
    theirs = install(slack, other, (*SCOPES, "channels:read"))
    slack.reset()
    ours = WebClient(token=slack.bot_token, base_url=slack.api_url)
    for client, foreign in ((theirs, slack), (ours, other)):
        room, person = channel(foreign), foreign.person("editor")
        assert error_of(client.chat_postMessage, channel=room, text="a") == "channel_not_found"
        assert error_of(client.chat_postMessage, channel=person, text="a") == "channel_not_found"
        assert error_of(client.users_info, user=person) == "user_not_found"
        trigger = foreign.state.trigger(person)
        assert error_of(client.views_open, trigger_id=trigger, view=MODAL) == "invalid_trigger_id"
    assert error_of(theirs.conversations_info, channel=channel(slack)) == "channel_not_found"
    theirs.chat_postMessage(channel="#general", text="theirs")
    ours.chat_postMessage(channel="#general", text="ours")
    assert [[message.text for message in one.messages()] for one in (slack, other)] == [["ours"], ["theirs"]]
    assert (len(slack.calls), len(other.calls)) == (5, 6)
    url = other.state.new_url("commands", channel(other), other.person("editor"))
    lost = WebhookClient(slack.state.address(url)).send(text="lost")
    assert (lost.status_code, lost.body) == (404, '{"ok": false, "error": "expired_url"}')
    assert WebhookClient(other.state.address(url)).send(text="found").status_code == 200
    assert ([m.text for m in slack.messages()], other.messages()[-1].text) == (["ours"], "found")


def test_calls_that_nobody_knows_are_seen_from_the_first(slack: Playground) -> None:
    """A method that is not implemented is in unknown_calls of the playground, whichever workspace it was called for."""
    client = install(slack, slack.add_workspace())
    assert error_of(client.reactions_add, channel="C1", name="eyes", timestamp="1.2") == "unknown_method"
    assert [call.method for call in slack.unknown_calls] == ["reactions.add"]


def test_the_answer_of_an_exchange_is_slacks(slack: Playground) -> None:
    """Every field that Slack documents is there; the token has exactly the scopes that were asked for, in every way to ask."""
    other = slack.add_workspace("Other paper")
    back = slack.approve(asking(slack), other, user="reporter")
    assert back.startswith(APP + "/slack/oauth_redirect?")
    assert dict(parse_qsl(urlsplit(back).query))["state"] == "s 1"
    answer = exchange(slack, code=code_of(back))
    token = answer.pop("access_token")
    assert answer == {
        "ok": True,
        "token_type": "bot",
        "scope": ",".join(SCOPES),
        "bot_user_id": other.state.team.bot_user,
        "app_id": "A0NATOBOT",
        "team": {"id": other.id, "name": "Other paper"},
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": other.person("reporter")},
    }
    client = WebClient(token=token, base_url=slack.api_url)
    test = client.auth_test()
    granted = {name.lower(): value for name, value in test.headers.items()}["x-oauth-scopes"]
    assert (test["team_id"], test["team"], set(granted.split(","))) == (other.id, "Other paper", set(SCOPES))
    assert error_of(client.assistant_threads_setSuggestedPrompts, channel_id="D1", prompts=[]) == "missing_scope"


def test_credentials_may_be_arguments(slack: Playground) -> None:
    """The app's id and secret are taken from the body as from the header, and neither they nor a token are in any record."""
    arguments = {
        "client_id": slack.client_id,
        "client_secret": slack.client_secret,
        "code": code_of(slack.approve(asking(slack))),
    }
    client = WebClient(base_url=slack.api_url)
    answer = client.api_call("oauth.v2.access", data=arguments)
    exchange(slack, code=code_of(slack.approve(asking(slack))))
    bad = {"Authorization": "Basic !"}
    assert error_of(client.api_call, "oauth.v2.access", headers=bad) == "invalid_client_id"
    recorded = repr(slack.calls)
    assert len(slack.wait_for_calls("oauth.v2.access", 3)) == 3
    assert not [
        secret for secret in (arguments["client_secret"], arguments["code"], answer["access_token"]) if secret in recorded
    ]


def test_a_code_is_good_once_for_ten_minutes(slack: Playground) -> None:
    """A second exchange, a late one and an invented code are errors, and so are the wrong id, secret and kind of grant."""
    code = code_of(slack.approve(asking(slack)))
    assert error_of(exchange, slack, code=code, client_id="1.2") == "invalid_client_id"
    assert error_of(exchange, slack, code=code, client_secret="wrong") == "bad_client_secret"
    assert error_of(exchange, slack, code=code, grant_type="password") == "invalid_grant_type"
    assert exchange(slack, code=code)["ok"]
    assert error_of(exchange, slack, code=code) == "code_already_used"
    assert error_of(exchange, slack, code="1.2.3") == "invalid_code"
    late = code_of(slack.approve(asking(slack)))
    slack.advance(10 * 60 + 1)
    assert error_of(exchange, slack, code=late) == "invalid_code"


def test_the_redirect_uri_is_kept(slack: Playground) -> None:
    """One below the app's own is sent people to, and must be said again at the exchange; any other is refused at once."""
    below = APP + "/slack/oauth_redirect/below?a=b"
    back = slack.approve(asking(slack, redirect_uri=below))
    assert back.startswith(below + "&code=")
    for wrong in (None, APP + "/slack/oauth_redirect"):
        assert error_of(exchange, slack, code=code_of(back), redirect_uri=wrong) == "bad_redirect_uri"
    assert exchange(slack, code=code_of(back), redirect_uri=below)["ok"]
    unsaid = code_of(slack.approve(asking(slack)))
    assert error_of(exchange, slack, code=unsaid, redirect_uri=below) == "bad_redirect_uri"
    assert exchange(slack, code=unsaid, redirect_uri=APP + "/slack/oauth_redirect")["ok"]
    for foreign in ("http://127.0.0.1:2/slack/oauth_redirect", APP + "/slack/oauth_redirected", APP + "/"):
        with pytest.raises(Refused, match="bad_redirect_uri"):
            slack.approve(asking(slack, redirect_uri=foreign))
    slack.redirect_url = "http://127.0.0.1:2/back"
    assert slack.approve(asking(slack)).startswith("http://127.0.0.1:2/back?code=")


def test_what_cannot_be_asked(slack: Playground) -> None:
    """Another app's id, no scopes, user scopes, another address and nowhere to go back to are refused with the reason."""
    for error, url in (
        ("invalid_client_id", asking(slack, client_id="1.2")),
        ("invalid_scope: no scopes", asking(slack, ())),
        ("invalid_scope: .*user tokens", asking(slack, user_scope="search:read")),
    ):
        with pytest.raises(Refused, match=error):
            slack.approve(url)
    with pytest.raises(InputError, match="has to send them to http://127"):
        slack.approve("https://slack.com/oauth/v2/authorize?client_id=1")
    with pytest.raises(InputError, match="no workspace"):
        slack.approve(asking(slack), slack.add_enterprise())
    slack.app_url = None
    with pytest.raises(InputError, match="redirect_url"):
        slack.approve(asking(slack))


def test_a_person_may_cancel(slack: Playground) -> None:
    """Cancel sends the person back with the error and the state, and nothing is installed."""
    back = slack.deny(asking(slack))
    assert dict(parse_qsl(urlsplit(back).query)) == {"error": "access_denied", "state": "s 1"}
    assert slack.hub.codes == {}


def test_a_browser_sees_what_is_asked(slack: Playground, tmp_path: Path) -> None:
    """The page names the scopes and every place, escaped; its links install the app, or cancel; mistakes are said."""
    other = slack.add_workspace("<Other & paper>")
    with serving(slack, tmp_path) as served, urllib.request.urlopen(asking(slack)) as answer:  # noqa: S310 - our own address
        page = answer.read().decode()
        assert "chat:write" in page
        assert "Allow in &lt;Other &amp; paper&gt;" in page
        links = [slack.url + link.replace("&amp;", "&") for link in re.findall(r'"(/oauth[^"]+)"', page)]
        assert len(links) == 2
        gone = served.get(next(link for link in links if other.id in link))
        assert gone.status == 302
        assert exchange(slack, code=code_of(gone.headers["Location"]))["team"]["id"] == other.id
        assert "error=access_denied" in page
        assert served.get(asking(slack, client_id="1")).status == 400
        assert served.get(links[0].partition("&place=")[0] + "&place=T1").status == 400
        only = served_page(asking(slack, team=other.id))
        assert (only.count("Allow in"), "Local Slack<" in only.partition("<h1>")[2]) == (1, False)


def served_page(url: str) -> str:
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own address
        return str(answer.read().decode())


def test_tokens_end_and_are_refreshed() -> None:
    """With rotation a token has its time, and slack-sdk's rotator gets the next pair; a refresh token is good once."""
    with Playground(app_url=APP, rotation=43_200) as slack:
        answer = exchange(slack, code=code_of(slack.approve(asking(slack))))
        assert (answer["access_token"][:10], answer["refresh_token"][:7], answer["expires_in"]) == (
            "xoxe.xoxb-",
            "xoxe-1-",
            43_200,
        )
        bot = Bot(
            bot_token=answer["access_token"],
            bot_id="B1",
            bot_user_id="U1",
            bot_refresh_token=answer["refresh_token"],
            bot_token_expires_in=0,
            installed_at=time.time(),
        )
        old = WebClient(token=answer["access_token"], base_url=slack.api_url)
        assert old.auth_test()["ok"]
        slack.advance(43_201)
        assert error_of(old.auth_test) == "token_expired"
        rotator = TokenRotator(
            client_id=slack.client_id, client_secret=slack.client_secret, client=WebClient(base_url=slack.api_url)
        )
        new = rotator.perform_bot_token_rotation(bot=bot)
        assert new is not None
        assert new.bot_token == slack.bot_token != answer["access_token"]
        client = WebClient(token=new.bot_token, base_url=slack.api_url)
        assert client.chat_postMessage(channel="#general", text="still here")["ok"]
        spent = {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
        assert error_of(exchange, slack, **spent) == "invalid_refresh_token"
        slack.uninstall()
        gone = {"grant_type": "refresh_token", "refresh_token": new.bot_refresh_token}
        assert error_of(exchange, slack, **gone) == "invalid_refresh_token"


def test_bolt_refreshes_tokens_that_end(tmp_path: Path) -> None:
    """Bolt takes a new token for each event where tokens last less than it keeps in hand, and each of them works."""
    with Playground(rotation=60) as slack, serving(slack, tmp_path) as served:
        assert served.install(slack) == 200
        for count in (1, 2):
            slack.mention("When?")
            assert len(slack.wait_for_messages(count)) == count
            slack.advance(61)
        [first, second] = [token for token, _ in served.seen]
        assert first != second == slack.bot_token
        assert error_of(WebClient(token=first, base_url=slack.api_url).auth_test) == "token_expired"


def test_a_whole_organisation(slack: Playground, tmp_path: Path) -> None:
    """One token is good in all workspaces of the enterprise, later ones too, and in no other; Bolt finds it for each event."""
    group = slack.add_enterprise("Paper group")
    one, two = slack.add_workspace("One", group), slack.add_workspace("Two", group)
    with serving(slack, tmp_path) as served:
        assert served.install(slack, group) == 200
        three = slack.add_workspace("Three", group)
        assert (slack.installed, one.bot_token, two.bot_token) == (False, three.bot_token, three.bot_token)
        for workspace in (one, two, three):
            sent = workspace.mention("When?")
            assert workspace.wait_for_messages(1, thread_ts=sent.ts)[0].text == "reply"
        assert served.seen == [(one.bot_token, None)] * 3
        served.seen.clear()
        client = WebClient(token=one.bot_token, base_url=slack.api_url)
        test = client.auth_test()
        assert (test["is_enterprise_install"], test["team_id"], test["enterprise_id"]) == (True, group.id, group.id)
        assert client.users_info(user=two.person("editor"))["user"]["team_id"] == two.id
        client.chat_postMessage(channel="#general", team_id=two.id, text="to two")
        assert two.messages()[-1].text == "to two"
        assert error_of(client.chat_postMessage, channel=channel(slack), text="a") == "channel_not_found"
        client.views_open(trigger_id=two.state.trigger(two.person("editor")), view=MODAL)
        modal = two.modal()
        assert modal is not None
        two.uninstall()
        assert served.seen == [("tokens_revoked", group.id), ("app_uninstalled", group.id)]
        assert [workspace.installed for workspace in (one, two, three)] == [False] * 3
        assert served.store.find_bot(enterprise_id=group.id, team_id=None, is_enterprise_install=True) is None
        assert error_of(client.auth_test) == "account_inactive"


def test_what_an_organisation_is_told(slack: Playground) -> None:
    """The exchange has no team; events, commands and interactions say that the whole organisation has the app."""
    group = slack.add_enterprise("Paper group")
    one = slack.add_workspace("One", group)
    answer = exchange(slack, code=code_of(slack.approve(asking(slack, (*SCOPES, "commands")), group)))
    assert (answer["team"], answer["is_enterprise_install"]) == (None, True)
    assert answer["enterprise"] == {"id": group.id, "name": "Paper group"}
    command = one.command("/nato", "a").packet.payload
    assert (command["is_enterprise_install"], command["enterprise_id"], command["enterprise_name"], command["team_id"]) == (
        "true",
        group.id,
        "Paper group",
        one.id,
    )
    event = one.mention("a").delivery.packet.payload
    [authorization] = event["authorizations"]
    assert (event["team_id"], event["enterprise_id"]) == (one.id, group.id)
    assert (authorization["team_id"], authorization["enterprise_id"], authorization["is_enterprise_install"]) == (
        None,
        group.id,
        True,
    )
    shortcut = one.global_shortcut("ask").packet.payload
    assert (shortcut["is_enterprise_install"], shortcut["enterprise"]["id"], shortcut["team"]["enterprise_id"]) == (
        True,
        group.id,
        group.id,
    )
    farewell = one.uninstall()[0].delivery.packet.payload
    assert (farewell["enterprise_id"], "team_id" in farewell, "authorizations" in farewell) == (group.id, False, False)


def test_an_enterprise_may_have_it_in_one_workspace(slack: Playground) -> None:
    """Installed in one workspace of an enterprise, it is not in the other; by the whole organisation it is there besides."""
    group = slack.add_enterprise("Paper group")
    one, two = slack.add_workspace("One", group), slack.add_workspace("Two", group)
    answer = exchange(slack, code=code_of(slack.approve(asking(slack), one)))
    assert (answer["team"]["id"], answer["enterprise"]["id"], answer["is_enterprise_install"]) == (one.id, group.id, False)
    assert (one.installed, two.installed) == (True, False)
    client = WebClient(token=one.bot_token, base_url=slack.api_url)
    assert error_of(client.chat_postMessage, channel=channel(two), text="a") == "channel_not_found"
    assert one.mention("a").delivery.packet.payload["authorizations"][0]["team_id"] == one.id
    both = [client, install(slack, group)]
    assert [each.auth_test()["team_id"] for each in both] == [one.id, group.id]
    again = exchange(slack, code=code_of(slack.approve(asking(slack), one)))
    assert (again["team"]["id"], again["is_enterprise_install"]) == (one.id, False)
    one.uninstall()
    assert (one.installed, two.installed) == (True, False)
    assert (client.auth_test()["team_id"], error_of(both[1].auth_test)) == (one.id, "account_inactive")


def test_the_app_may_leave_by_itself(slack: Playground, tmp_path: Path) -> None:
    """auth.revoke ends the token and tells of it; apps.uninstall needs the credentials and tells that the app is gone, too."""
    other = slack.add_workspace()
    with serving(slack, tmp_path) as served:
        served.install(slack), served.install(slack, other)
        ours, theirs = (WebClient(token=one.bot_token, base_url=slack.api_url) for one in (slack, other))
        assert ours.auth_revoke(test=True)["revoked"] is False
        assert ours.auth_test()["ok"]
        assert ours.auth_revoke()["revoked"] is True
        assert error_of(ours.auth_test) == "token_revoked"
        own = {"client_id": slack.client_id, "client_secret": slack.client_secret}
        assert error_of(theirs.apps_uninstall, **{**own, "client_secret": "wrong"}) == "bad_client_secret"
        assert theirs.apps_uninstall(**own)["ok"]
        assert error_of(theirs.auth_test) == "account_inactive"
        slack.close()
        assert sorted(served.seen) == sorted(
            [("tokens_revoked", slack.id), ("tokens_revoked", other.id), ("app_uninstalled", other.id)]
        )
        assert [list(one.events.values())[-1]["event"]["type"] for one in (slack, other)] == ["tokens_revoked", "app_uninstalled"]


def test_a_revocation_names_the_bot_user(slack: Playground) -> None:
    """tokens_revoked has the bot user under tokens.bot, then app_uninstalled comes; neither authorizes anybody."""
    revoked, gone = (sent.delivery.packet.payload for sent in slack.uninstall())
    assert revoked["event"]["tokens"] == {"oauth": [], "bot": ["U0NATOBOT"]}
    assert (revoked["event"]["type"], gone["event"]["type"]) == ("tokens_revoked", "app_uninstalled")
    assert (revoked["team_id"], "authorizations" in revoked) == (slack.id, False)


def test_nothing_is_sent_where_the_app_is_not(slack: Playground) -> None:
    """Before it is installed, and after it is uninstalled, every action says so and sends nothing."""
    other = slack.add_workspace("Other paper")
    assert not other.installed
    for act in (
        lambda: other.mention("a"),
        lambda: other.command("/nato", "a"),
        other.open_home,
        lambda: other.global_shortcut("ask"),
        lambda: other.bot_token,
    ):
        with pytest.raises(InputError, match="not installed in 'Other paper'"):
            act()
    assert other.deliveries == []
    install(slack, other)
    assert other.mention("a").delivery.error == "connection_failed"
    other.uninstall()
    with pytest.raises(InputError, match="not installed"):
        other.mention("b")


def test_events_need_their_scopes(slack: Playground) -> None:
    """An event that the app was not granted is not sent, and the error names the scope; others go out."""
    other = slack.add_workspace()
    install(slack, other, ("chat:write",))
    said = other.say("words")
    for scope, act in (
        ("app_mentions:read", lambda: other.mention("a")),
        ("im:history", lambda: other.direct_message("a")),
        ("channels:history", lambda: other.edit(said, "b")),
        ("groups:history", lambda: other.event({"type": "message", "channel_type": "group", "text": "a"})),
        ("reactions:read", lambda: other.event({"type": "reaction_added"})),
        ("commands", lambda: other.command("/nato", "a")),
        ("commands", lambda: other.message_shortcut("check", said)),
    ):
        with pytest.raises(InputError, match=f"the scope {scope}. Granted are: chat:write"):
            act()
    assert other.deliveries == []
    assert other.open_home().delivery.error == "connection_failed"
    assert slack.direct_message("granted here").delivery.error == "connection_failed"


def test_env_for_oauth(slack: Playground) -> None:
    """With oauth the environment has the credentials and no bot token, and the token from the start is good no longer."""
    old = WebClient(token=slack.bot_token, base_url=slack.api_url)
    env = slack.env(oauth=True)
    names = {"SLACK_API_URL", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"}
    assert env.keys() == names
    assert error_of(old.auth_test) == "invalid_auth"
    client = install(slack)
    assert slack.env(oauth=True) == env
    assert client.auth_test()["team_id"] == slack.id


def test_oauth_meets_faults(slack: Playground) -> None:
    """An exchange whose answer is lost has used up the code."""
    slack.faults.add("oauth.v2.access", faults.server_error(accepted=True))
    code = code_of(slack.approve(asking(slack)))
    assert error_of(exchange, slack, code=code) == "internal_error"
    assert error_of(exchange, slack, code=code) == "code_already_used"
