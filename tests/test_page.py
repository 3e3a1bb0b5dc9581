"""The page's side of the local Slack: who may ask it, what a person sees, what becomes of what they do."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from slack_sdk import WebClient

from natobot.playground import page as pages
from natobot.playground.acts import ACTS, App, Command
from natobot.playground.page import TOKEN, Page
from natobot.playground.server import Playground

Json = dict[str, Any]
STATIC = Path(pages.__file__).parent / "static"
DOCS = Path(__file__).parent.parent / "docs"
COMMANDS = (Command(name="/nato", hint="a question", words=("verify", "help")),)
HELLO: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}


@dataclass(frozen=True, kw_only=True)
class Got:
    """A response."""

    # Its status.
    status: int
    # Its headers, by name in lower case.
    headers: dict[str, str]
    # Its body.
    text: str

    @property
    def json(self) -> Json:
        """The body as JSON."""
        said = json.loads(self.text)
        assert isinstance(said, dict)
        return said


class Pretend(HTTPServer):
    """An app that answers every request of Slack's with what a test wants, and keeps the requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.body = 200, ""
        self.got: list[tuple[dict[str, str], str]] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def interaction(self) -> Json:
        """The payload of the last press, shortcut or window."""
        found = json.loads(parse_qs(self.got[-1][1])["payload"][0])
        assert isinstance(found, dict)
        return found


class _Handler(BaseHTTPRequestHandler):
    server: Pretend

    def do_POST(self) -> None:
        """Keep the request and answer."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.got.append((dict(self.headers.items()), body))
        answer = self.server.body.encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json" if answer else "text/plain")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Be quiet."""


@pytest.fixture
def app() -> Iterator[Pretend]:
    """An app that acknowledges everything."""
    with Pretend() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def page(app: Pretend) -> Iterator[Page]:
    """A local Slack with its page and that app."""
    slack = Playground(app_url=app.url)
    served = Page(slack, App(commands=COMMANDS, shortcuts=(("check_quote", "Check this quote"),)))
    slack.routes = served.routes()
    with slack:
        yield served


def ask(page: Page, path: str, body: Json | bytes | None = None, **headers: str | None) -> Got:
    """Ask as the page does; a header that is null is left out."""
    own = page.slack.url
    usual: dict[str, str | None] = {TOKEN: page.token, "Host": urlsplit(own).netloc, "Sec-Fetch-Site": "same-origin"}
    if body is not None:
        usual |= {"Content-Type": "application/json", "Origin": own}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in {**usual, **given}.items() if value is not None}
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(own).port or 0, timeout=30)
    raw = json.dumps(body).encode() if isinstance(body, dict) else body
    connection.request("GET" if body is None else "POST", path, raw, sent)
    response = connection.getresponse()
    got = Got(
        status=response.status,
        headers={name.lower(): value for name, value in response.getheaders()},
        text=response.read().decode(),
    )
    connection.close()
    return got


def do(page: Page, act: str, user: str = "U0EDITOR1", **args: Any) -> Json:
    """Do something as somebody."""
    got = ask(page, "/page/do", {"user": user, "act": act, "args": args})
    assert got.status == 200, got
    return got.json


def look(page: Page, user: str = "U0EDITOR1") -> Json:
    """What somebody sees now."""
    return ask(page, f"/page/state?user={user}").json


def client(page: Page) -> WebClient:
    """The app's client."""
    return WebClient(token=page.slack.bot_token, base_url=page.slack.api_url)


def window(title: str, *blocks: Json, **more: Any) -> Json:
    """A modal."""
    return {"type": "modal", "title": {"type": "plain_text", "text": title}, "blocks": list(blocks), **more}


# Who may ask


def test_the_page_comes_with_a_strict_policy_and_its_token(page: Page) -> None:
    """The page holds the token, loads nothing from elsewhere and may not be framed; it holds no script or style of its own."""
    got = ask(page, "/", **{TOKEN: None})
    assert got.status == 200
    assert page.token in got.text
    policy = got.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert got.headers["cache-control"] == "no-store"
    assert "<style" not in got.text
    assert "style=" not in got.text
    assert got.text.count("<script") == got.text.count('<script type="module" src="/static/') == 1


def test_every_file_of_the_page_is_served_and_nothing_beside(page: Page) -> None:
    """Scripts and styles have their type; the template itself, a path upwards and an unknown name are not there."""
    for path in STATIC.iterdir():
        got = ask(page, f"/static/{path.name}", **{TOKEN: None})
        assert got.status == (404 if path.suffix == ".html" else 200), path.name
        if got.status == 200:
            assert got.text == path.read_text("utf-8")
            assert got.headers["x-content-type-options"] == "nosniff"
    for name in ("../page.py", "%2e%2e%2fpage.py", "..%2Fpage.py", "nothing.js"):
        assert ask(page, f"/static/{name}").status == 404


def test_no_file_of_the_page_reads_markup_or_the_network() -> None:
    """No script writes markup into the page or runs text, and no file names an address of another server to load from."""
    for path in STATIC.iterdir():
        text = path.read_text("utf-8")
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc"):
            assert word not in text, (path.name, word)
        addresses = text.replace("http://www.w3.org/2000/svg", "")
        assert "://" not in addresses.replace(r":\/\/", ""), path.name


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/page/state", "/page/traffic/d0", "/page/do"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost:80"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
    ids=lambda value: " ".join(*value.items()),
)
def test_other_pages_are_refused(page: Page, path: str, headers: dict[str, str]) -> None:
    """A name that points here (rebinding) and a foreign or hidden origin get 403, and no header lets anybody read it."""
    body: Json | None = {"act": "start_over"} if path == "/page/do" else None
    got = ask(page, path, body, **headers)
    assert got.status == 403
    assert page.token not in got.text
    assert not [name for name in got.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "headers",
    [
        {TOKEN: None},
        {TOKEN: ""},
        {TOKEN: "wrong"},
        {TOKEN: "gänzlich"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/page/state", "/page/traffic/d0", "/page/do"])
def test_nothing_is_told_or_done_without_the_token(page: Page, path: str, headers: dict[str, str | None]) -> None:
    """Whoever does not have the page's token, or asks from another site, is refused, and nothing happens."""
    page.slack.say("kept")
    encoded = {name: value.encode().decode("latin-1") if value else value for name, value in headers.items()}
    assert ask(page, path, {"act": "start_over"} if path == "/page/do" else None, **encoded).status == 403
    assert len(page.slack.messages(people=True)) == 1


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
def test_a_form_of_another_page_does_nothing(page: Page, kind: str | None) -> None:
    """What a browser sends without asking first, a form or plain text, is refused even with the token."""
    assert ask(page, "/page/do", {"act": "start_over", "args": {}}, Content_Type=kind).status == 403


def test_a_preflight_is_not_answered(page: Page) -> None:
    """A browser that asks whether another page may ask is not told yes."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(page.slack.url).port or 0)
    connection.request("OPTIONS", "/page/do", headers={"Origin": "http://evil.example"})
    response = connection.getresponse()
    assert response.status == 405
    assert response.getheader("Access-Control-Allow-Origin") is None
    connection.close()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"7", b"[" * 5000, b'{"act": 1}', b'{"act": "say", "args": 1}'])
def test_a_body_that_is_no_act_is_refused(page: Page, body: bytes) -> None:
    """What is not an object with an act is 400."""
    assert ask(page, "/page/do", body).status == 400


def test_a_large_body_and_a_stranger_are_refused(page: Page) -> None:
    """More than a message can hold is 413; who is not of the cast, or is the app, is 404."""
    assert ask(page, "/page/do", b" " * (pages.LARGEST + 1)).status == 413
    for user in ("U0NOBODY", page.slack.state.team.bot_user, "../U0EDITOR1"):
        assert ask(page, f"/page/state?user={user}").status == 404
        assert ask(page, "/page/do", {"act": "say", "user": user}).status == 404
    assert ask(page, "/page/do", {"act": "say", "user": 7}).status == 404


def test_the_example_of_the_docs_runs() -> None:
    """The code in the section on the page of docs/local-slack.md serves the page."""
    section = (DOCS / "local-slack.md").read_text("utf-8").split("\n## The page\n")[1]
    code = section.split("```python\n")[1].split("```")[0]
    shown: list[str] = []

    def show_it(url: str) -> None:
        with urlopen(url) as response:  # noqa: S310 - our own address
            shown.append(response.read().decode())

    exec(compile(code, "local-slack.md", "exec"), {"show_it": show_it})  # noqa: S102 - our own page
    assert "<title>Local Slack</title>" in shown[0]


# What a person sees


def test_a_private_message_is_seen_by_one_person(page: Page) -> None:
    """An ephemeral message, a direct message and its prompts are there for whom they are for, and for nobody else."""
    slack = page.slack
    client(page).chat_postEphemeral(channel="C0GENERAL", user="U0EDITOR1", text="for the editor")
    slack.open_home("editor", "messages")
    room = slack.state.direct("U0EDITOR1")
    client(page).chat_postMessage(channel=room.id, text="directly")
    client(page).assistant_threads_setSuggestedPrompts(
        channel_id=room.id, thread_ts="1.2", title="Ask", prompts=[{"title": "a", "message": "b"}]
    )
    mine, theirs = look(page), look(page, "U0REPORT1")
    assert [(one["text"], one["private"]) for one in mine["messages"]] == [("for the editor", True), ("directly", False)]
    assert mine["prompts"] == {room.id: {"title": "Ask", "prompts": [{"title": "a", "message": "b"}]}}
    assert theirs["messages"] == []
    assert theirs["prompts"] == {}
    assert room.id not in [one["id"] for one in theirs["channels"]]


def test_no_secret_is_shown(page: Page) -> None:
    """Tokens and signing secret stand neither in what a person sees nor in the details of a request."""
    client(page).chat_postMessage(channel="C0GENERAL", text="x")
    page.slack.command("/nato", "x")
    state = look(page)
    told = [ask(page, f"/page/traffic/{one['id']}").text for one in state["traffic"]]
    secrets = (page.slack.bot_token, page.slack.app_token, page.slack.signing_secret, page.slack.client_secret)
    assert len(told) == 2
    assert not [secret for secret in secrets if any(secret in text for text in (json.dumps(state), *told))]


def test_windows_and_home_are_shown_with_ids(page: Page, app: Pretend) -> None:
    """The stack of windows and the Home tab are there, each block with its id, so that presses and inputs can name it."""
    client(page).views_publish(user_id="U0EDITOR1", view={"type": "home", "blocks": [HELLO]})
    do(page, "say", channel="C0GENERAL", text="/nato x")
    trigger = parse_qs(app.got[-1][1])["trigger_id"][0]
    client(page).views_open(trigger_id=trigger, view=window("First", HELLO))
    state = look(page)
    assert [block["block_id"] for block in state["home"]["blocks"]] == ["b0"]
    [modal] = state["modals"]
    assert modal["title"]["text"] == "First"
    assert look(page, "U0REPORT1")["modals"] == []
    assert do(page, "close", view=modal["id"])["ok"]
    assert look(page)["modals"] == []


def test_a_look_waits_for_a_change(page: Page) -> None:
    """With the version of what it has, a look is answered when something changes, and not before."""
    version = look(page)["version"]
    threading.Timer(0.2, lambda: page.slack.say("now")).start()
    start = time.monotonic()
    state = ask(page, f"/page/state?user=U0EDITOR1&since={version}").json
    assert 0.15 < time.monotonic() - start < pages.PATIENCE / 2
    assert [one["text"] for one in state["messages"]] == ["now"]
    assert state["version"] != version
    assert page.slack.state.changed.watchers == set()


def test_a_look_gives_up_after_a_while(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing changes, a look comes back with what was there, to be repeated."""
    monkeypatch.setattr(pages, "PATIENCE", 0.1)
    monkeypatch.setattr(pages, "STEP", 0.05)
    version = look(page)["version"]
    assert ask(page, f"/page/state?user=U0EDITOR1&since={version}").json["version"] == version


def test_a_look_hears_of_the_app(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the app's state changes, which it does not tell, a waiting look comes back all the same."""
    monkeypatch.setattr(pages, "STEP", 0.05)
    status = {"knowledge": "one"}
    page.app = replace(page.app, status=lambda: status)
    version = look(page)["version"]
    threading.Timer(0.1, lambda: status.update(warning="cards.yaml:7: no.")).start()
    state = ask(page, f"/page/state?user=U0EDITOR1&since={version}").json
    assert state["app"]["status"] == {"knowledge": "one", "warning": "cards.yaml:7: no."}


def test_it_stops_although_somebody_looks(page: Page) -> None:
    """Closing answers the looks that wait, rather than waiting for them or cutting them off."""
    version = look(page)["version"]
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(ask(page, f"/page/state?user=U0EDITOR1&since={version}").status))
    thread.start()
    assert _watched(page)
    page.slack.close()
    thread.join(5)
    assert answers == [200]


def _watched(page: Page) -> bool:
    end = time.monotonic() + 5
    while time.monotonic() < end and not page.slack.state.changed.watchers:
        time.sleep(0.005)
    return bool(page.slack.state.changed.watchers)


# What they do


def test_what_is_typed_goes_where_slack_sends_it(page: Page, app: Pretend) -> None:
    """A slash is a command, the app's name a mention, a direct message a message; anything else the app is not told of."""
    app.body = json.dumps({"text": "private"})
    assert do(page, "say", channel="C0GENERAL", text="/nato a & b")["told"] == []
    fields = parse_qs(app.got[-1][1])
    assert (fields["command"], fields["text"], fields["user_id"]) == (["/nato"], ["a &amp; b"], ["U0EDITOR1"])
    app.body = ""
    do(page, "say", channel="C0GENERAL", text="@natobot and @reporter of #newsroom, not me@editor", user="U0REPORT1")
    event = json.loads(app.got[-1][1])["event"]
    assert event["type"] == "app_mention"
    assert event["text"] == "<@U0NATOBOT> and <@U0REPORT1> of <#C0NEWSROOM|newsroom>, not me@editor"
    do(page, "open", tab="messages")
    room = page.slack.state.direct("U0EDITOR1").id
    do(page, "say", channel=room, text="hello")
    assert json.loads(app.got[-1][1])["event"]["channel_type"] == "im"
    count = len(app.got)
    do(page, "say", channel="C0GENERAL", text="just talking", thread_ts=page.slack.messages(people=True)[0].ts)
    assert len(app.got) == count
    assert len(look(page)["messages"]) == 4


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ({"text": "/nato x", "thread_ts": "1.2"}, "/nato is not supported in threads. Sorry!"),
        ({"text": "/other x"}, "/other is not a valid command."),
        ({"text": "  "}, "there is nothing to send. Write something first."),
        ({"text": 7}, "text: a text is missing. Load the page anew."),
        ({"text": "x", "channel": "C0NOWHERE"}, "no channel is called 'C0NOWHERE'. There are: general, newsroom."),
    ],
    ids=str,
)
def test_what_cannot_be_said_is_told(page: Page, app: Pretend, args: Json, line: str) -> None:
    """A line says why, and the app gets nothing."""
    assert do(page, "say", **{"channel": "C0GENERAL", **args}) == {"ok": False, "errors": {}, "told": [line]}
    assert app.got == []


def test_what_slack_refuses_is_shown(page: Page, app: Pretend) -> None:
    """An acknowledgement with blocks that Slack would not take, and an app that fails, are told in Slack's words."""
    app.body = json.dumps({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]})
    [line] = do(page, "say", channel="C0GENERAL", text="/nato x")["told"]
    assert "invalid_blocks" in line
    assert "/blocks/0/text" in line
    app.status, app.body = 500, ""
    [line] = do(page, "say", channel="C0GENERAL", text="/nato x")["told"]
    assert line == "/nato failed with the error “http_error”, HTTP 500."
    page.slack.app_url = "http://127.0.0.1:9"
    [line] = do(page, "say", channel="C0GENERAL", text="@natobot x")["told"]
    assert "connection_failed" in line


def test_a_press_carries_what_was_chosen_and_filled_in(page: Page, app: Pretend) -> None:
    """A button of one of two blocks with the same action, and a choice of several, arrive as Slack sends them."""
    option = [{"text": {"type": "plain_text", "text": name}, "value": name} for name in ("a", "b", "c")]
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    blocks: list[Json] = [
        {"type": "actions", "block_id": "one", "elements": [button]},
        {"type": "actions", "block_id": "two", "elements": [button]},
        {
            "type": "section",
            "block_id": "three",
            "text": {"type": "mrkdwn", "text": "x"},
            "accessory": {"type": "multi_static_select", "action_id": "pick", "options": option},
        },
    ]
    client(page).chat_postMessage(channel="C0GENERAL", text="x", blocks=blocks)
    [message] = look(page)["messages"]
    place = {"channel": "C0GENERAL", "ts": message["ts"]}
    do(page, "press", **place, action_id="go", block_id="two", value=None, values={"three/pick": ["b"]})
    [action] = app.interaction["actions"]
    assert action["block_id"] == "two"
    picked = app.interaction["state"]["values"]["three"]["pick"]["selected_options"]
    assert [one["value"] for one in picked] == ["b"]
    do(page, "press", **place, action_id="pick", block_id="three", value=["a", "c"])
    assert [one["value"] for one in app.interaction["actions"][0]["selected_options"]] == ["a", "c"]
    do(page, "shortcut", **place, callback_id="check_quote", user="U0REPORT1")
    assert (app.interaction["type"], app.interaction["user"]["id"]) == ("message_action", "U0REPORT1")
    for wrong in ({"ts": "1.000000"}, {"channel": "C0NEWSROOM"}):
        assert do(page, "press", **{**place, **wrong}, action_id="go")["told"] == ["this message is not there any more."]
    assert not do(page, "shortcut", **place, callback_id="other")["ok"]


def test_a_private_message_cannot_be_pressed_by_others(page: Page, app: Pretend) -> None:
    """Somebody who does not see a message can do nothing with it."""
    client(page).chat_postEphemeral(channel="C0GENERAL", user="U0EDITOR1", text="for the editor")
    ts = page.slack.messages()[0].ts
    assert not do(page, "press", "U0REPORT1", channel="C0GENERAL", ts=ts, action_id="go")["ok"]
    assert app.got == []


def test_a_window_is_sent_off_with_every_kind_of_input(page: Page, app: Pretend) -> None:
    """Text, choices, several people, dates and times arrive in the shape that Slack gives each; what is empty is null."""
    option = [{"text": {"type": "plain_text", "text": name}, "value": name} for name in ("a", "b")]
    kinds: dict[str, tuple[Json, Any, Json]] = {
        "plain_text_input": ({}, "words", {"value": "words"}),
        "number_input": ({"is_decimal_allowed": False}, None, {"value": None}),
        "static_select": ({"options": option}, "b", {"selected_option": option[1]}),
        "multi_static_select": ({"options": option}, ["a", "b"], {"selected_options": option}),
        "checkboxes": ({"options": option}, [], {"selected_options": []}),
        "radio_buttons": ({"options": option}, None, {"selected_option": None}),
        "users_select": ({}, "U0REPORT1", {"selected_user": "U0REPORT1"}),
        "multi_users_select": ({}, ["U0REPORT1"], {"selected_users": ["U0REPORT1"]}),
        "channels_select": ({}, "C0GENERAL", {"selected_channel": "C0GENERAL"}),
        "multi_conversations_select": ({}, [], {"selected_conversations": []}),
        "datepicker": ({}, "2026-07-08", {"selected_date": "2026-07-08"}),
        "timepicker": ({}, "09:30", {"selected_time": "09:30"}),
        "datetimepicker": ({}, "1783500000", {"selected_date_time": 1783500000}),
    }
    inputs = [
        {
            "type": "input",
            "block_id": kind,
            "label": {"type": "plain_text", "text": kind},
            "optional": True,
            "element": {"type": kind, "action_id": "same", **more},
        }
        for kind, (more, _, _) in kinds.items()
    ]
    do(page, "say", channel="C0GENERAL", text="/nato x")
    trigger = parse_qs(app.got[-1][1])["trigger_id"][0]
    submit = {"type": "plain_text", "text": "Send"}
    client(page).views_open(trigger_id=trigger, view=window("Form", *inputs, submit=submit))
    [modal] = look(page)["modals"]
    values = {f"{kind}/same": said for kind, (_, said, _) in kinds.items()}
    app.body = json.dumps({"response_action": "errors", "errors": {"timepicker": "Too early."}})
    got = do(page, "submit", view=modal["id"], values=values)
    assert got == {"ok": False, "errors": {"timepicker": "Too early."}, "told": []}
    arrived = app.interaction["view"]["state"]["values"]
    assert arrived == {kind: {"same": {"type": kind, **shape}} for kind, (_, _, shape) in kinds.items()}
    assert len(look(page)["modals"]) == 1
    app.body = ""
    assert do(page, "submit", view=modal["id"], values=values)["ok"]
    assert look(page)["modals"] == []
    assert not do(page, "submit", "U0REPORT1", view=modal["id"])["ok"]


# The inspector


def test_the_traffic_shows_both_directions_whole(page: Page, app: Pretend) -> None:
    """Each request is there in order with status and time; its details are the payload, the signature and the response."""
    app.body = json.dumps({"text": "private"})
    do(page, "say", channel="C0GENERAL", text="/nato x")
    client(page).api_call("chat.postMessage", params={"channel": "C0GENERAL", "text": "y"})
    command, post = look(page)["traffic"]
    assert [(one["to"], one["name"], one["status"]) for one in (command, post)] == [
        ("app", "/nato x", 200),
        ("slack", "chat.postMessage", 200),
    ]
    assert command["at"] <= post["at"]
    assert 0 <= command["ms"] < 3000
    sent = ask(page, f"/page/traffic/{command['id']}").json
    assert sent["request"]["headers"]["X-Slack-Signature"].startswith("v0=")
    assert sent["request"]["body"]["command"] == "/nato"
    assert sent["response"] == {"line": "200", "body": {"text": "private"}}
    called = ask(page, f"/page/traffic/{post['id']}").json
    assert called["request"]["body"]["text"] == "y"
    assert called["response"]["body"]["ok"] is True
    for key in ("d7", "c7", "x", "d-1", "c", "d%2E"):
        assert ask(page, f"/page/traffic/{key}").status == 404, key


def test_a_request_is_sent_again(page: Page, app: Pretend) -> None:
    """An event goes out once more with Slack's mark of a repetition, a command as it was."""
    do(page, "say", channel="C0GENERAL", text="@natobot x")
    do(page, "redeliver", id="d0")
    do(page, "redeliver", id="d1")
    headers = [{name.lower(): value for name, value in got.items()} for got, _ in app.got]
    assert [one.get("x-slack-retry-num") for one in headers] == [None, "1", "2"]
    assert headers[2]["x-slack-retry-reason"] == "http_timeout"
    assert len({body for _, body in app.got}) == 1
    assert [one["retry"] for one in look(page)["traffic"]] == [None, 1, 2]
    do(page, "say", channel="C0GENERAL", text="/nato x")
    do(page, "redeliver", id="d3")
    assert app.got[3][1] == app.got[4][1]
    assert not do(page, "redeliver", id="c0")["ok"]


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        ("rate_limited", 429, "ratelimited"),
        ("server_error", 500, "internal_error"),
        ("server_error_accepted", 500, "internal_error"),
        ("refused", 200, "is_archived"),
        ("slow", 200, None),
        ("reset", None, None),
        ("reset_accepted", None, None),
    ],
)
def test_a_fault_meets_the_next_call(page: Page, kind: str, status: int | None, error: str | None) -> None:
    """What is injected waits, is listed, and meets the chosen method once; the next call is well again."""
    do(page, "fault", kind=kind, method="auth.test", times=1, seconds=1, error="is_archived")
    [waiting] = look(page)["faults"]
    assert (waiting["method"], waiting["times"]) == ("auth.test", 1)
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(page.slack.url).port or 0, timeout=10)
    headers = {"Authorization": f"Bearer {page.slack.bot_token}", "Content-Type": "application/json"}
    try:
        connection.request("POST", "/api/auth.test", "{}", headers)
        assert connection.getresponse().status == status
    except (http.client.RemoteDisconnected, ConnectionResetError):
        assert status is None
    finally:
        connection.close()
    state = look(page)
    assert state["faults"] == []
    [call] = state["traffic"]
    assert (call["status"], call["fault"] is not None) == (status, True)
    if error:
        assert call["error"] == error
    assert client(page).auth_test()["ok"]


def test_faults_that_make_no_sense_are_refused(page: Page) -> None:
    """Another method, kind, count or word is told, and nothing waits; what waits can be taken back."""
    good: Json = {"kind": "refused", "method": "*", "times": 2, "seconds": 1, "error": "is_archived"}
    for wrong in ({"kind": "x"}, {"method": "x"}, {"times": 0}, {"times": "1"}, {"seconds": 1000}, {"error": "No such."}):
        assert not do(page, "fault", **{**good, **wrong})["ok"], wrong
    assert look(page)["faults"] == []
    do(page, "fault", **good)
    assert len(look(page)["faults"]) == 1
    do(page, "no_faults")
    assert look(page)["faults"] == []


# The clock, and starting over


def test_the_daily_post_is_the_apps(page: Page) -> None:
    """The chosen date goes to the app, and what became of it is told; no date, and an app without one, are told too."""
    assert not do(page, "daily", date="2026-07-08")["ok"]
    asked: list[date] = []

    def daily(day: date) -> list[str]:
        asked.append(day)
        return ["#general: posted."]

    page.app = replace(page.app, daily=daily)
    assert do(page, "daily", date="2026-07-08")["told"] == ["#general: posted."]
    assert asked == [date(2026, 7, 8)]
    assert do(page, "daily", date="8 July")["told"] == ["'8 July' is not a date. Choose one from the calendar."]


def test_starting_over_forgets_everything(page: Page) -> None:
    """Messages, windows, traffic and faults are gone; an app that has its own way to start over is asked."""
    do(page, "say", channel="C0GENERAL", text="@natobot x")
    do(page, "fault", kind="slow", method="*")
    do(page, "start_over")
    state = look(page)
    assert (state["messages"], state["traffic"], state["faults"], state["home"]) == ([], [], [], None)
    over: list[str] = []
    page.app = replace(page.app, start_over=lambda: over.append("over"))
    do(page, "start_over")
    assert over == ["over"]


def test_every_act_of_the_scripts_is_one(page: Page) -> None:
    """The acts that the scripts ask for are those that there are."""
    scripts = "\n".join(path.read_text("utf-8") for path in STATIC.glob("*.js"))
    assert {name for name in ACTS if f'act("{name}"' in scripts} == set(ACTS)
    assert not do(page, "nonsense")["ok"]
