"""Many workspaces by OAuth, end to end: installed over HTTP, answered over HTTP and Socket Mode, and gone without a trace."""

import base64
import hashlib
import http.client
import logging
import re
import socket
import stat
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import sqlalchemy as sa

from natobot import database
from natobot.intents import responses
from natobot.playground import faults
from natobot.playground.cast import Enterprise
from natobot.playground.delivery import Packet, Transport
from natobot.playground.server import Playground
from natobot.playground.workspace import Workspace
from natobot.settings import Settings
from natobot.slack import installations, welcome
from natobot.slack.welcome import INSTALL, REDIRECT
from slack_desk import Echo, Gate, app, process

BOTH: tuple[Transport, ...] = ("http", "socket")


@dataclass
class Browser:
    """Somebody who installs the app: follows links by hand and keeps the cookie, as a browser does over HTTPS."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    headers: http.client.HTTPMessage = field(default_factory=http.client.HTTPMessage)

    def get(self, address: str, method: str = "GET") -> tuple[int, str]:
        """Status and text of a page of the app."""
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            cookie = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), headers=cookie)
            response = connection.getresponse()
            self.headers = response.headers
            for each in response.headers.get_all("Set-Cookie") or []:
                name, _, value = each.partition(";")[0].partition("=")
                self.cookies[name] = value
            return response.status, response.read().decode()
        finally:
            connection.close()

    def begin(self, query: str = "") -> str:
        """Open the first page; the address of its button."""
        status, page = self.get(INSTALL + query)
        assert status == 200
        [address] = re.findall(r'class="button" href="([^"]+)"', page)
        return unescape(address)

    def install(self, slack: Playground, where: Workspace | Enterprise | None = None) -> str:
        """Install the app; the last page."""
        status, page = self.get(slack.approve(self.begin(), where))
        assert status == 200, page
        return page


@pytest.fixture(scope="module")
def echo(settings: Settings) -> Echo:
    """The echo, with the shipped sentences for the pages."""
    return Echo(wording=responses(settings.responses).wording)


@pytest.fixture
def slack() -> Iterator[Playground]:
    """A local Slack in which nothing is installed yet."""
    with Playground() as running:
        yield running
        assert running.unknown_calls == []


@contextmanager
def two(home: Path, transport: Transport, echo: Echo) -> Iterator[tuple[Playground, Workspace]]:
    """The app in two workspaces, installed by OAuth."""
    with Playground(transport=transport) as slack, app(home, slack, echo, oauth=True) as url:
        other = slack.add_workspace("Other paper")
        for where in (slack, other):
            Browser(url).install(slack, where)
        yield slack, other
        assert slack.unknown_calls == []


def tables(home: Path) -> dict[str, list[sa.RowMapping]]:
    """All rows of all tables that belong to somebody."""
    engine = sa.create_engine(f"sqlite:///{home / 'state.sqlite3'}")
    try:
        with engine.connect() as connection:
            return {
                table.name: list(connection.execute(sa.select(table)).mappings()) for table in database.metadata.sorted_tables
            }
    finally:
        engine.dispose()


def owners(home: Path) -> set[str]:
    """The workspaces of which anything at all is stored."""
    return {
        str(row.get("team") or row.get("team_id"))
        for name, rows in tables(home).items()
        for row in rows
        if "team" in str(row.keys())
    }


def wait_until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for it, at most so long."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("transport", BOTH)
def test_two_workspaces(tmp_path: Path, echo: Echo, transport: Transport) -> None:
    """Each of two workspaces is answered with its own token: its command, its mention, its agent view."""
    with two(tmp_path, transport, echo) as (slack, other):
        for where in (slack, other):
            sent = where.command("/nato", f"asked in {where.id}")
            assert sent.posted is not None
            assert sent.posted.text == f"Echo: asked in {where.id}"
            where.mention(f"mentioned in {where.id}")
            texts = [message.text for message in where.wait_for_messages(2)]
            assert texts[-1] == f"Echo: mentioned in {where.id}"
            where.open_home(tab="messages")
            # What is called with a token is noted where the token belongs.
            where.wait_for_calls("assistant.threads.setSuggestedPrompts")
            assert [call.method for call in where.calls].count("auth.test") == 2
            assert len(where.messages()) == 2
        assert slack.bot_token != other.bot_token
        assert owners(tmp_path) == {slack.id, other.id}


def test_what_the_last_page_says(tmp_path: Path, echo: Echo, slack: Playground) -> None:
    """The page at the end names the workspace, as text; the one at the start leads to Slack with the scopes that are needed."""
    with app(tmp_path, slack, echo, oauth=True) as url:
        hostile = slack.add_workspace("<script>alert(1)</script> & Söhne")
        browser = Browser(url)
        asked = parse_qs(urlsplit(browser.begin()).query)
        assert asked["scope"] == ["app_mentions:read,chat:write,commands,im:history,assistant:write,users:read"]
        page = browser.install(slack, hostile)
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Söhne" in page
        assert "<script>" not in page
        assert browser.cookies["slack-app-oauth-state"] == "deleted"


def test_headers_of_the_pages(tmp_path: Path, echo: Echo, slack: Playground) -> None:
    """Pages are not kept, load nothing, are framed by nobody, and do not tell the next site their address."""
    with app(tmp_path, slack, echo, oauth=True) as url:
        browser = Browser(url)
        for address, status in ((INSTALL, 200), (f"{REDIRECT}?error=access_denied", 200), (REDIRECT, 400)):
            got, page = browser.get(address)
            assert got == status
            assert browser.headers["Content-Type"] == "text/html; charset=utf-8"
            assert {name: browser.headers[name] for name, _ in welcome.HEADERS} == dict(welcome.HEADERS)
            [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
            allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
            assert f"default-src 'none'; style-src 'sha256-{allowed}'" in browser.headers["Content-Security-Policy"]
            assert re.findall(r"<(?:script|img|iframe|form|object)\b|\bsrc=|@import|url\(", page) == []
            assert re.findall(r"<h1>", page) == ["<h1>"]
            assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
        cookie = Browser(url)
        cookie.begin()
        assert re.search(r"; Secure; HttpOnly; Path=/; Max-Age=600; SameSite=Lax$", cookie.headers["Set-Cookie"])


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT"])
def test_methods_of_the_pages(tmp_path: Path, echo: Echo, slack: Playground, method: str) -> None:
    """The pages are read, and nothing else."""
    with app(tmp_path, slack, echo, oauth=True) as url:
        for path in (INSTALL, REDIRECT):
            browser = Browser(url)
            assert browser.get(path, method)[0] == 405
            assert browser.headers["Allow"] == "GET"


def test_without_oauth_there_are_no_pages(tmp_path: Path, echo: Echo, slack: Playground) -> None:
    """An app with a token of its own answers 404 there."""
    with app(tmp_path, slack, echo) as url:
        assert [Browser(url).get(path)[0] for path in (INSTALL, REDIRECT)] == [404, 404]


def test_a_state_is_good_once_in_one_browser(tmp_path: Path, echo: Echo, slack: Playground) -> None:
    """A state that was used, is another browser's, is made up, has expired or is missing installs nothing; a fresh one does."""
    with app(tmp_path, slack, echo, oauth=True) as url:
        browser = Browser(url)
        back = slack.approve(browser.begin())
        state = parse_qs(urlsplit(back).query)["state"][0]
        again = {"slack-app-oauth-state": state}
        # Another browser, which holds a state of its own.
        other = Browser(url)
        other.begin()
        assert other.get(back)[0] == 400
        assert Browser(url).get(back)[0] == 400
        # No state at all, and one that nobody issued.
        code = urlencode({"code": parse_qs(urlsplit(back).query)["code"][0]})
        assert Browser(url, dict(again)).get(f"{REDIRECT}?{code}")[0] == 400
        made_up = Browser(url, {"slack-app-oauth-state": "made-up"})
        assert made_up.get(f"{REDIRECT}?{code}&state=made-up")[0] == 400
        # One that is too old.
        late = Browser(url)
        old = slack.approve(late.begin())
        with patch.object(installations, "_utc_now", lambda now=installations._utc_now: now() + _ten_minutes()):
            assert late.get(old)[0] == 400
        assert not slack.installed
        assert [call for call in slack.calls if call.method == "oauth.v2.access"] == []
        # As it should be; then once more.
        assert browser.get(back)[0] == 200
        status, page = Browser(url, dict(again)).get(back)
        assert status == 400
        assert unescape(echo.wording["failed_state"].split(",")[0]) in unescape(page)
        assert len([call for call in slack.calls if call.method == "oauth.v2.access"]) == 1
        assert len(tables(tmp_path)["slack_bots"]) == 1


def _ten_minutes() -> object:
    import datetime

    return datetime.timedelta(seconds=installations.STATE_SECONDS + 1)


def test_a_cancelled_installation(tmp_path: Path, echo: Echo, slack: Playground) -> None:
    """Whoever cancels reads that nothing was installed, and can begin again; nothing is stored."""
    with app(tmp_path, slack, echo, oauth=True) as url:
        browser = Browser(url)
        status, page = browser.get(slack.deny(browser.begin()))
        assert status == 200
        assert f"<h1>{echo.wording['cancelled_title']}</h1>" in page
        assert f'href="{INSTALL}"' in page
        assert not slack.installed
        assert owners(tmp_path) == set()
        assert echo.wording["installed_title"] in browser.install(slack)


def test_what_slack_says_is_not_repeated(tmp_path: Path, echo: Echo, slack: Playground) -> None:
    """An error in the address that is not one of Slack's words stands on no page."""
    with app(tmp_path, slack, echo, oauth=True) as url:
        for word in ("<script>alert(1)</script>", "call +1 555 and pay", "x" * 5000):
            status, page = Browser(url).get(f"{REDIRECT}?{urlencode({'error': word})}")
            assert status == 400
            assert word not in unescape(page)


def test_nothing_slips_into_the_address_of_slack(tmp_path: Path, echo: Echo, slack: Playground) -> None:
    """A workspace may be suggested to Slack, and nothing else."""
    with app(tmp_path, slack, echo, oauth=True) as url:
        assert parse_qs(urlsplit(Browser(url).begin("?team=T0123")).query)["team"] == ["T0123"]
        for team in ("T1&scope=admin", "<b>", ""):
            address = Browser(url).begin(f"?{urlencode({'team': team})}")
            assert "team" not in parse_qs(urlsplit(address).query)
            assert "admin" not in address


def test_a_wrong_client_secret(tmp_path: Path, echo: Echo, slack: Playground, caplog: pytest.LogCaptureFixture) -> None:
    """The first exchange says so: a page that names the settings, and a line in the log that does too."""
    right = slack.hub.client_secret
    with app(tmp_path, slack, echo, oauth=True) as url:
        slack.hub.client_secret = "another"
        browser = Browser(url)
        status, page = browser.get(slack.approve(browser.begin()))
        assert status == 500
        assert "bad_client_secret" in page
        assert "SLACK_CLIENT_SECRET" in page
        assert "SLACK_CLIENT_SECRET: Slack refuses it (bad_client_secret). Copy client id and secret" in caplog.text
        slack.hub.client_secret = right
        assert echo.wording["installed_title"] in browser.install(slack)


@pytest.mark.parametrize(
    ("fault", "status", "key"),
    [
        (faults.refused("invalid_code"), 400, "failed_code"),
        (faults.refused("invalid_team_for_non_distributed_app"), 400, "failed_refused"),
        (faults.server_error(), 502, "failed_slack"),
        (faults.rate_limited(60), 502, "failed_slack"),
        (faults.reset(), 502, "failed_slack"),
    ],
)
def test_an_exchange_that_fails(
    tmp_path: Path, echo: Echo, slack: Playground, fault: faults.Fault, status: int, key: str
) -> None:
    """Whatever Slack does instead of exchanging the code, the page says what to do, and the next attempt succeeds."""
    with app(tmp_path, slack, echo, oauth=True) as url:
        slack.faults.add("oauth.v2.access", fault)
        browser = Browser(url)
        got, page = browser.get(slack.approve(browser.begin()))
        assert got == status
        assert echo.wording[key].partition("{")[0].partition(";")[0].strip() in unescape(page)
        assert owners(tmp_path) == set()
        assert echo.wording["installed_title"] in browser.install(slack)


def test_a_database_that_fails(tmp_path: Path, echo: Echo, slack: Playground, caplog: pytest.LogCaptureFixture) -> None:
    """Where the token cannot be stored, the page gives a reference that stands in the log, with neither token nor code."""
    with app(tmp_path, slack, echo, oauth=True) as url:
        browser = Browser(url)
        back = slack.approve(browser.begin())
        with patch.object(installations.Installations, "save_bot", side_effect=database.StateError("the state database fails.")):
            status, page = browser.get(back)
        assert status == 500
        [reference] = re.findall(r"reference, ([0-9a-f]{8})", page)
        assert f"reference {reference}: StateError" in caplog.text
        assert slack.bot_token not in caplog.text


@pytest.mark.parametrize("transport", BOTH)
def test_uninstalling_one_of_two(tmp_path: Path, echo: Echo, transport: Transport) -> None:
    """A workspace that uninstalls leaves nothing behind; the other keeps its rows and is answered as before."""
    with two(tmp_path, transport, echo) as (slack, other):
        for where in (slack, other):
            where.mention("before")
            where.wait_for_messages(1)
        wait_until(lambda: all(row["status"] == "accepted" for row in tables(tmp_path)["deliveries"]))
        kept = {name: [row for row in rows if other.id not in row.values()] for name, rows in tables(tmp_path).items()}
        assert owners(tmp_path) == {slack.id, other.id}
        assert all(sent.delivery.status == 200 or sent.delivery.error is None for sent in other.uninstall())
        assert tables(tmp_path) == kept
        assert owners(tmp_path) == {slack.id}
        slack.mention("after")
        assert [message.text for message in slack.wait_for_messages(2)] == ["Echo: before", "Echo: after"]
        # It comes back as a new one.
        Browser(slack.app_url or "").install(slack, other)
        other.mention("again")
        assert [message.text for message in other.wait_for_messages(2)][-1] == "Echo: again"


@pytest.mark.parametrize("transport", BOTH)
def test_uninstalling_the_one_workspace_of_a_token(tmp_path: Path, echo: Echo, transport: Transport) -> None:
    """With a bot token too, uninstalling deletes all that is stored."""
    with Playground(transport=transport) as slack, app(tmp_path, slack, echo):
        slack.mention("before")
        slack.wait_for_messages(1)
        wait_until(lambda: all(row["status"] == "accepted" for row in tables(tmp_path)["deliveries"]))
        assert owners(tmp_path) == {slack.id}
        slack.uninstall()
        assert owners(tmp_path) == set()


def test_revoked_tokens_of_people(tmp_path: Path, echo: Echo) -> None:
    """When people revoke tokens of their own, nothing of the bot goes; when the bot's is revoked, all does."""
    with two(tmp_path, "http", echo) as (slack, other):
        other.event({"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}})
        assert owners(tmp_path) == {slack.id, other.id}
        other.event({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U1"]}})
        assert owners(tmp_path) == {slack.id}


def test_an_old_farewell(tmp_path: Path, echo: Echo, slack: Playground) -> None:
    """A farewell that Slack repeats after the workspace has come back deletes nothing."""
    with app(tmp_path, slack, echo, oauth=True) as url:
        Browser(url).install(slack)
        body = {
            "type": "event_callback",
            "team_id": slack.id,
            "event_id": "Ev0OLD",
            "event_time": int(time.time()) - 60,
            "event": {"type": "app_uninstalled"},
        }
        assert slack.send(Packet(kind="events_api", payload=body)).status == 200
        assert owners(tmp_path) == {slack.id}
        slack.send(Packet(kind="events_api", payload={**body, "event_time": int(time.time())}))
        assert owners(tmp_path) == set()


def test_what_is_under_way_when_a_workspace_leaves(tmp_path: Path, echo: Echo, slack: Playground) -> None:
    """An answer under way for a workspace that leaves comes to nothing quietly, and what it wrote down is swept away."""
    gate = Gate()
    held = Echo(wording=echo.wording, before=lambda text: gate.wait() if text == "held" else None)
    with (
        patch("natobot.slack.departures.SETTLED", 0.0),
        patch("natobot.slack.app.RENEW", 0.05),
        app(tmp_path, slack, held, oauth=True) as url,
    ):
        other = slack.add_workspace("Other paper")
        for where in (slack, other):
            Browser(url).install(slack, where)
        other.mention("held")
        gate.wait_for(1)
        other.uninstall()
        gate.open()
        slack.mention("who?")
        slack.wait_for_messages(1)
        wait_until(lambda: owners(tmp_path) == {slack.id})
        assert other.messages() == []


@pytest.mark.parametrize("transport", BOTH)
def test_an_organisation(tmp_path: Path, echo: Echo, transport: Transport) -> None:
    """Installed for a whole organisation, every workspace of it is answered; its rows are the organisation's and go with it."""
    with Playground(transport=transport) as slack, app(tmp_path, slack, echo, oauth=True) as url:
        Browser(url).install(slack)
        group = slack.add_enterprise("Group")
        one, two = (slack.add_workspace(name, enterprise=group) for name in ("One", "Two"))
        assert echo.wording["installed_org"] in Browser(url).install(slack, group)
        for where in (one, two):
            sent = where.command("/nato", "who?")
            assert sent.posted is not None
            where.mention("mentioned")
            assert where.wait_for_messages(2)[-1].text == "Echo: mentioned"
        assert {(row["enterprise"], row["team"]) for row in tables(tmp_path)["deliveries"]} == {(group.id, "")}
        one.uninstall()
        assert {row["enterprise_id"] for row in tables(tmp_path)["slack_bots"]} == {None}
        assert owners(tmp_path) == {slack.id}


def test_tokens_that_expire(tmp_path: Path, echo: Echo) -> None:
    """A token about to expire is exchanged once, before its use; one that expired unnoticed is exchanged when Slack says so."""

    with Playground(rotation=3600) as local, app(tmp_path, local, echo, oauth=True) as url:

        def stored() -> str:
            [row] = tables(tmp_path)["slack_bots"]
            return str(row["bot_token"])

        def exchanges() -> int:
            return len([call for call in local.calls if call.method == "oauth.v2.access"])

        Browser(url).install(local)
        first = stored()
        for number in range(3):
            local.mention(str(number))
            local.wait_for_messages(number + 1)
        assert exchanges() == 2
        assert stored() == local.bot_token != first
        second = stored()
        local.advance(3700)
        local.mention("later")
        assert local.wait_for_messages(4)[-1].text == "Echo: later"
        assert exchanges() == 3
        assert stored() not in (first, second)
        posts = [call.answer.get("error") for call in local.calls if call.method == "chat.postMessage"]
        assert posts == [None, None, None, "token_expired", None]


def test_a_slow_look_up_holds_up_nobody_else(tmp_path: Path, echo: Echo) -> None:
    """While 20 commands of one workspace wait for Slack's word on its token, another workspace is answered at once."""
    with two(tmp_path, "http", echo) as (slack, other):
        slack.command("/nato", "known")
        slack.faults.add("auth.test", faults.slow(1.0))
        with ThreadPoolExecutor(20) as pool:
            slow = [pool.submit(other.command, "/nato", str(number)) for number in range(20)]
            slack.wait_for_calls("auth.test", 1)
            quick = [slack.command("/nato", "who?") for _ in range(10)]
            assert not any(each.done() for each in slow)
            assert max(each.elapsed for each in quick) < 0.5
            answers = [each.result(5) for each in slow]
        assert all(answer.posted is not None and answer.timely for answer in answers)
        # One more of each workspace was for the installation itself.
        assert [call.method for call in other.calls].count("auth.test") == 2


def test_other_settings_in_the_environment(
    tmp_path: Path, echo: Echo, slack: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Bolt would take from the environment changes neither what is asked for nor where people come back to."""
    for name in ("SLACK_REDIRECT_URI", "SLACK_SCOPES", "SLACK_USER_SCOPES", "SLACK_INSTALL_PATH", "SLACK_REDIRECT_URI_PATH"):
        monkeypatch.setenv(name, "https://elsewhere.example/x")
    with app(tmp_path, slack, echo, oauth=True) as url:
        browser = Browser(url)
        assert "elsewhere" not in browser.begin()
        assert echo.wording["installed_title"] in browser.install(slack)


def test_an_exchange_that_slack_refuses(tmp_path: Path, echo: Echo) -> None:
    """While the token is still good it serves on, however the exchange ends."""
    with Playground(rotation=3600) as slack, app(tmp_path, slack, echo, oauth=True) as url:
        Browser(url).install(slack)
        slack.faults.add("oauth.v2.access", faults.refused("invalid_refresh_token"))
        slack.mention("who?")
        assert slack.wait_for_messages(1)[0].text == "Echo: who?"


def test_not_installed(tmp_path: Path, echo: Echo, slack: Playground) -> None:
    """Where the app is not installed as far as we know, a command is told so, and nothing is posted; Slack need not repeat it."""
    with app(tmp_path, slack, echo, oauth=True) as url:
        Browser(url).install(slack)
        engine = sa.create_engine(f"sqlite:///{tmp_path / 'state.sqlite3'}")
        with engine.begin() as connection:
            connection.execute(sa.delete(database.slack_bots))
        engine.dispose()
        sent = slack.command("/nato", "who?")
        assert sent.posted is not None
        assert (sent.posted.text, bool(sent.posted.ephemeral_to)) == (echo.wording["not_installed"], True)
        assert slack.mention("who?").delivery.status == 200
        slack.settle(0.1)
        assert len(slack.messages()) == 1


def test_the_database_is_its_owners(tmp_path: Path, echo: Echo) -> None:
    """The file that holds the tokens, and what SQLite puts beside it, is readable by its owner only."""
    with two(tmp_path, "http", echo):
        for file in tmp_path.glob("state.sqlite3*"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("transport", BOTH)
def test_no_secret_in_the_logs(tmp_path: Path, echo: Echo, transport: Transport, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG for everything, no log holds a token, a code, a state or the client secret, whatever goes wrong."""
    secrets: set[str] = set()
    with (
        caplog.at_level(logging.DEBUG),
        Playground(transport=transport, rotation=3600) as slack,
        app(tmp_path, slack, echo, oauth=True) as url,
    ):
        secrets |= {slack.client_secret, slack.app_token, slack.signing_secret}
        for fault in (None, faults.refused("invalid_code"), faults.server_error(), faults.reset()):
            browser = Browser(url)
            if fault:
                slack.faults.add("oauth.v2.access", fault)
            back = slack.approve(browser.begin())
            browser.get(back)
            Browser(url).get(back)
            for values in parse_qs(urlsplit(back).query).values():
                secrets |= set(values)
        with patch.object(installations.Installations, "save_bot", side_effect=RuntimeError(str(secrets))):
            browser.get(slack.approve(browser.begin()))
        secrets.add(slack.bot_token)
        secrets |= set(slack.hub.refresh)
        slack.command("/nato", "sekretwort")
        slack.mention("sekretwort")
        slack.wait_for_messages(1)
        slack.uninstall()
    assert "natobot was installed in" in caplog.text
    assert "came to nothing" in caplog.text
    for secret in ("sekretwort", *secrets):
        assert secret not in caplog.text


@pytest.mark.slow
def test_serving_without_a_token(tmp_path: Path, slack: Playground) -> None:
    """A process of its own serves with client id and secret alone; until somebody installs it, it asks Slack nothing."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    more = {"SLACK_BOT_TOKEN": "", "SLACK_CLIENT_ID": slack.client_id, "SLACK_CLIENT_SECRET": slack.client_secret}
    with process(tmp_path, slack, "web.serve(Settings.load(), host='127.0.0.1')", **more, PORT=str(port)) as running:
        wait_until(lambda: _answers(port) or running.poll() is not None, seconds=10)
        assert Browser(f"http://127.0.0.1:{port}").get("/healthz")[0] == 200
        running.terminate()
        _, errors = running.communicate(timeout=5)
        assert running.returncode == 0, errors
    assert slack.calls == []


def _answers(port: int) -> bool:
    try:
        return Browser(f"http://127.0.0.1:{port}").get("/healthz")[0] == 200
    except OSError:
        return False
