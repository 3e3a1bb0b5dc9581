"""What people do in the local Slack reaches a real Bolt app over signed HTTP, and what the app answers is kept."""

import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

from natobot.errors import InputError
from natobot.playground.cast import SCOPES
from natobot.playground.delivery import sign
from natobot.playground.people import People
from natobot.playground.records import Message
from natobot.playground.server import Playground

Json = dict[str, Any]
BUTTON = {
    "type": "actions",
    "elements": [
        {"type": "button", "action_id": "more", "value": "1", "text": {"type": "plain_text", "text": "More"}},
        {"type": "button", "action_id": "share", "value": "2", "text": {"type": "plain_text", "text": "Share"}},
    ],
}
MODAL = {
    "type": "modal",
    "callback_id": "reason",
    "notify_on_close": True,
    "title": {"type": "plain_text", "text": "Why?"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "said",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "words"},
        }
    ],
}


class Served:
    """A Bolt app behind a real HTTP port, and the requests it got."""

    def __init__(self, env: dict[str, str]) -> None:
        self.client = WebClient(token=env["SLACK_BOT_TOKEN"], base_url=env["SLACK_API_URL"])
        self.app = App(client=self.client, signing_secret=env["SLACK_SIGNING_SECRET"], process_before_response=True)
        self.requests: list[tuple[dict[str, str], str]] = []
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                served.requests.append((dict(self.headers), body))
                answer = served.app.dispatch(BoltRequest(body=body, headers=dict(self.headers)))
                said = answer.body.encode()
                try:
                    self.send_response(answer.status)
                    self.send_header("Content-Type", answer.headers.get("content-type", ["text/plain"])[0])
                    self.send_header("Content-Length", str(len(said)))
                    self.end_headers()
                    self.wfile.write(said)
                except BrokenPipeError:
                    self.close_connection = True  # Slack has given up waiting

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture(scope="module")
def running() -> Iterator[Playground]:
    with Playground(scopes={*SCOPES, "channels:history"}) as slack:
        yield slack


@pytest.fixture
def slack(running: Playground) -> Playground:
    running.reset()
    running.ack_seconds = 3.0
    return running


@pytest.fixture
def served(slack: Playground) -> Iterator[Served]:
    served = Served(slack.env())
    slack.app_url = served.url
    yield served
    served.close()


def posted(slack: Playground, **content: Any) -> Message:
    """A message of the app's with buttons."""
    client = WebClient(token=slack.bot_token, base_url=slack.api_url)
    client.chat_postMessage(**{"channel": "#general", "text": "an answer", "blocks": [BUTTON], **content})
    return slack.messages()[-1]


def test_a_slash_command_is_signed_and_whole(slack: Playground, served: Served) -> None:
    """The app gets every field Slack sends, signed so that slack-sdk's own verifier accepts it."""
    delivery = slack.command("/nato", "  when & <why>? <@U0EDITOR1> <!here>  ", user="reporter", channel="#newsroom")
    headers, body = served.requests[0]
    assert SignatureVerifier(slack.signing_secret).is_valid_request(body, headers)
    fields = {name: values[0] for name, values in parse_qs(body, strict_parsing=True).items()}
    assert {
        "team_id": "T0LOCAL01",
        "channel_id": "C0NEWSROOM",
        "channel_name": "newsroom",
        "user_id": "U0REPORT1",
        "user_name": "reporter",
        "command": "/nato",
        "text": "when &amp; &lt;why&gt;? <@U0EDITOR1> &lt;!here&gt;",
        "api_app_id": "A0NATOBOT",
        "is_enterprise_install": "false",
    }.items() <= fields.items()
    assert fields["response_url"].startswith(slack.url + "/commands/")
    assert fields["trigger_id"] in slack.state.triggers
    # No listener is there, so Bolt answers 404: Slack would show an error.
    assert (delivery.status, delivery.error, delivery.timely, delivery.posted) == (404, "http_error", True, None)


def test_a_wrong_signature_is_the_apps_to_refuse(slack: Playground, served: Served) -> None:
    """An app with another secret answers 401, and the delivery says so."""
    served.app.command("/nato")(lambda ack: ack("never"))
    slack.signing_secret, right = "0" * 32, slack.signing_secret
    try:
        assert slack.command("/nato", "a").status == 401
    finally:
        slack.signing_secret = right
    assert slack.command("/nato", "a").status == 200


def test_the_signature_is_slacks_documented_one() -> None:
    """The example of Slack's documentation comes out as printed there."""
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert expected == sign("8f742231b10e8888abcd99yyyzzz85a5", 1531420618, body)


def test_the_acknowledgement_becomes_a_private_message(slack: Playground, served: Served) -> None:
    """Text or blocks in the ack are shown to the person alone; in_channel shows them to all; an empty ack shows nothing."""

    @served.app.command("/nato")
    def answer(ack: Any, command: Json) -> None:
        match command.get("text"):
            case "public":
                ack(text="for all", response_type="in_channel")
            case "blocks":
                ack(text="b", blocks=[BUTTON])
            case "nothing":
                ack()
            case _:
                ack("only you")

    private, public, blocks, nothing = (slack.command("/nato", text) for text in ("a", "public", "blocks", "nothing"))
    assert private.posted is not None
    assert (
        private.posted.text,
        private.posted.ephemeral_to,
        private.posted.via,
        private.posted.channel,
    ) == ("only you", "U0EDITOR1", "ack", "C0GENERAL")
    assert public.posted is not None
    assert (public.posted.text, public.posted.ephemeral_to) == ("for all", None)
    assert blocks.posted is not None
    assert blocks.posted.blocks == (BUTTON,)
    assert nothing.posted is None
    assert [private.posted, public.posted, blocks.posted] == slack.messages()


def test_an_acknowledgement_beyond_the_limits_is_refused(slack: Playground, served: Served) -> None:
    """Blocks that Slack would refuse make an error with its place instead of a message."""
    served.app.command("/nato")(lambda ack: ack(text="a", blocks=[{"type": "header"}]))
    delivery = slack.command("/nato", "a")
    assert (
        delivery.error,
        delivery.messages,
        delivery.posted,
    ) == ("invalid_blocks", ("missing required field: text [json-pointer:/blocks/0]",), None)
    assert slack.messages() == []


def test_an_error_page_is_not_shown(slack: Playground, served: Served) -> None:
    """Text that comes with a 500 makes no message and closes no modal."""
    served.app.use(lambda: BoltResponse(status=500, body="broken"))
    view = slack.state.show("U0EDITOR1", MODAL)
    command, submission = slack.command("/nato", "a"), slack.submit(view, {"words": "a"})
    assert (command.error, command.body, command.posted) == ("http_error", "broken", None)
    assert (submission.error, slack.modal("editor"), slack.messages()) == ("http_error", view, [])


def test_a_late_acknowledgement_does_not_count(slack: Playground, served: Served) -> None:
    """After the time is over Slack has given up: no status, no message."""
    slack.ack_seconds = 0.1
    released = threading.Event()

    @served.app.command("/nato")
    def answer(ack: Any) -> None:
        released.wait(5)
        ack("late")

    delivery = slack.command("/nato", "a")
    released.set()
    assert (delivery.status, delivery.timely, delivery.error) == (None, False, "http_timeout")
    assert 0.1 <= delivery.elapsed < 1
    assert slack.messages() == []


def test_slack_waits_three_seconds(slack: Playground) -> None:
    """The limit is Slack's own unless a test makes it shorter."""
    with Playground() as other:
        assert other.ack_seconds == 3.0


def test_an_app_that_trickles_is_late(slack: Playground) -> None:
    """Bytes that keep coming do not stretch the limit."""

    class Slow(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "50")
            self.end_headers()
            try:
                for _ in range(50):
                    self.wfile.write(b"x")
                    time.sleep(0.02)
            except OSError:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    slack.app_url, slack.ack_seconds = f"http://127.0.0.1:{server.server_address[1]}/other/path", 0.2
    delivery = slack.command("/nato", "a")
    server.shutdown()
    server.server_close()
    thread.join()
    assert (delivery.error, delivery.timely) == ("http_timeout", False)
    assert delivery.elapsed < 0.5


def test_an_app_that_is_not_there(slack: Playground) -> None:
    """A refused connection is said so; an address that is none is an error with its remedy."""
    slack.app_url = "http://127.0.0.1:1"
    delivery = slack.command("/nato", "a")
    assert (delivery.error, delivery.status, delivery.timely) == ("connection_failed", None, False)
    for wrong in (None, "127.0.0.1:3000", "ftp://127.0.0.1"):
        slack.app_url = wrong
        with pytest.raises(InputError, match="app_url"):
            slack.command("/nato", "a")


def test_a_mention_is_one_event(slack: Playground, served: Served) -> None:
    """The app gets app_mention with the message as typed; a reply in its thread is found there."""

    @served.app.event("app_mention")
    def answer(event: Json, say: Any) -> None:
        say(text=event["text"], thread_ts=event.get("thread_ts") or event["ts"])

    sent = slack.mention("When?", channel="newsroom", user="reporter")
    [reply] = slack.wait_for_messages(1, channel="newsroom", thread_ts=sent.ts)
    assert (reply.text, sent.delivery.error) == ("<@U0NATOBOT> When?", None)
    envelope = slack.events[sent.event_id]
    assert ("event_callback", sent.event_id, "T0LOCAL01", "U0NATOBOT") == (
        envelope["type"],
        envelope["event_id"],
        envelope["team_id"],
        envelope["authorizations"][0]["user_id"],
    )
    assert {"type": "app_mention", "user": "U0REPORT1", "channel": "C0NEWSROOM", "ts": sent.ts}.items() <= envelope[
        "event"
    ].items()
    follow = slack.mention("and <@U0NATOBOT>, then?", channel="newsroom", thread_ts=sent.ts)
    assert [sent.ts, sent.ts] == [m.thread_ts for m in slack.wait_for_messages(2)]
    assert slack.events[follow.event_id]["event"]["text"] == "and <@U0NATOBOT>, then?"
    assert [m.bot_id is not None for m in slack.messages(people=True)] == [False, True, False, True]


def test_a_direct_message_is_a_message_event(slack: Playground, served: Served) -> None:
    """message with channel_type im, in the direct message with that person; edits and deletions have their subtypes."""
    seen: list[Json] = []

    @served.app.event("message")
    def listen(event: Json) -> None:
        seen.append(event)

    sent = slack.direct_message("hello", "editor")
    room = slack.state.direct("U0EDITOR1")
    said = slack.messages(room.id, people=True)[0]
    slack.edit(said, "hello & bye")
    slack.delete(said)
    assert [(event["channel_type"], event.get("subtype")) for event in seen] == [
        ("im", None),
        ("im", "message_changed"),
        ("im", "message_deleted"),
    ]
    assert (sent.ts, "hello", "U0EDITOR1", room.id) == tuple(seen[0][key] for key in ("ts", "text", "user", "channel"))
    assert (seen[1]["previous_message"]["text"], seen[1]["message"]["text"]) == ("hello", "hello &amp; bye")
    assert seen[2]["deleted_ts"] == said.ts
    assert slack.messages(room.id, people=True) == []


def test_any_event_can_be_sent(slack: Playground, served: Served) -> None:
    """Another bot's message and app_home_opened arrive as given, with their stamps filled in."""
    seen: list[Json] = []

    def listen(event: Json) -> None:
        seen.append(event)

    served.app.event({"type": "message", "subtype": "bot_message"})(listen)
    served.app.event("app_home_opened")(listen)
    event = {"type": "message", "subtype": "bot_message", "bot_id": "B0OTHER01", "text": "a", "channel": "C0GENERAL"}
    sent = slack.event(event)
    slack.open_home("reporter", tab="messages")
    assert {**event, "ts": sent.ts, "event_ts": sent.ts} == seen[0]
    assert (seen[1]["user"], seen[1]["tab"], "ts" in seen[1]) == ("U0REPORT1", "messages", False)


def test_redelivery_repeats_the_event_and_says_so(slack: Playground, served: Served) -> None:
    """The same body comes again, freshly signed, with Slack's retry headers; Bolt itself runs the listener twice."""
    seen: list[str] = []

    @served.app.event("app_mention")
    def listen(body: Json, request: BoltRequest) -> None:
        seen.append(body["event_id"] + " ".join(request.headers.get("x-slack-retry-reason", [])))

    sent = slack.mention("a")
    again = slack.redeliver(sent.event_id, reason="http_error", num=2)
    assert [sent.event_id, sent.event_id + "http_error"] == seen
    assert served.requests[0][1] == served.requests[1][1]
    assert (served.requests[1][0]["X-Slack-Retry-Num"], again.error) == ("2", None)
    with pytest.raises(InputError, match="EvNONE"):
        slack.redeliver("EvNONE")


def test_url_verification(slack: Playground, served: Served) -> None:
    """Bolt answers the challenge; an app that echoes nothing fails it."""
    assert slack.verify_url().error is None
    served.app = App(client=served.client, signing_secret=slack.signing_secret, url_verification_enabled=False)
    assert slack.verify_url().error is not None


def test_a_response_url_is_good_for_five_posts(slack: Playground, served: Served) -> None:
    """Replies are private unless in_channel; the sixth is used_url and makes no message."""
    urls: list[str] = []

    @served.app.command("/nato")
    def listen(ack: Any, command: Json) -> None:
        urls.append(command["response_url"])
        ack()

    slack.command("/nato", "a", user="reporter")
    hook = WebhookClient(urls[0])
    kinds = [None, "ephemeral", "in_channel", "in_channel", None]
    answers = [hook.send(text=f"{n}", response_type=kind) for n, kind in enumerate(kinds)]
    assert [answer.status_code for answer in answers] == [200] * 5
    sixth = hook.send(text="6")
    assert (sixth.status_code, sixth.body) == (404, '{"ok": false, "error": "used_url"}')
    assert [m.ephemeral_to for m in slack.messages()] == ["U0REPORT1", "U0REPORT1", None, None, "U0REPORT1"]
    assert {"response_url"} == {call.method for call in slack.calls} - {"auth.test"}


def test_a_response_url_lives_for_half_an_hour(slack: Playground) -> None:
    """After thirty minutes, or if never handed out, it is expired_url."""
    url = slack.state.new_url("commands", "C0GENERAL", "U0EDITOR1")
    hook = WebhookClient(slack.state.address(url))
    assert hook.send(text="a").status_code == 200
    slack.advance(30 * 60 + 1)
    late, unknown = hook.send(text="b"), WebhookClient(slack.url + "/commands/T0LOCAL01/none").send(text="c")
    assert {(404, '{"ok": false, "error": "expired_url"}')} == {(a.status_code, a.body) for a in (late, unknown)}
    assert [message.text for message in slack.messages()] == ["a"]


def test_a_response_url_replaces_and_deletes(slack: Playground) -> None:
    """replace_original changes the message that was acted on, delete_original takes it away, limits hold here too."""
    message = posted(slack)
    hook = WebhookClient(slack.state.address(slack.state.new_url("actions", "C0GENERAL", "U0EDITOR1", message)))
    assert hook.send(text="new", replace_original=True).status_code == 200
    assert [(message.ts, "new", ())] == [(m.ts, m.text, m.blocks) for m in slack.messages()]
    assert hook.send(text="more", replace_original=False).status_code == 200
    assert [m.text for m in slack.messages()] == ["new", "more"]
    assert hook.send(delete_original=True).status_code == 200
    assert [m.text for m in slack.messages()] == ["more"]
    refused = hook.send(text="x" * 40_001)
    assert (refused.status_code, refused.body) == (400, '{"ok": false, "error": "msg_too_long"}')


def test_what_was_private_stays_private(slack: Playground, served: Served) -> None:
    """in_channel does not make an ephemeral answer public when it replaces it."""
    urls: list[str] = []

    @served.app.command("/nato")
    def listen(ack: Any, command: Json) -> None:
        urls.append(command["response_url"])
        ack("private")

    slack.command("/nato", "a")
    WebhookClient(urls[0]).send(text="public?", replace_original=True, response_type="in_channel")
    assert [(m.text, m.ephemeral_to) for m in slack.messages()] == [("public?", "U0EDITOR1")]


def test_pressing_a_button(slack: Playground, served: Served) -> None:
    """block_actions names button, message, thread and person, and its response_url replies in the thread."""
    seen: list[Json] = []

    @served.app.action("share")
    def listen(ack: Any, body: Json, respond: Any) -> None:
        seen.append(body)
        ack()
        respond(text="shared", response_type="in_channel", replace_original=False)

    root = slack.say("root")
    message = posted(slack, thread_ts=root.ts)
    assert slack.press(message, "share", user="reporter").error is None
    body = seen[0]
    assert {"action_id": "share", "value": "2", "block_id": "b0", "type": "button"}.items() <= body["actions"][0].items()
    assert {"type": "message", "message_ts": message.ts, "thread_ts": root.ts, "is_ephemeral": False}.items() <= body[
        "container"
    ].items()
    assert ("U0REPORT1", message.ts, "general") == (body["user"]["id"], body["message"]["ts"], body["channel"]["name"])
    assert [("an answer", root.ts), ("shared", root.ts)] == [(m.text, m.thread_ts) for m in slack.messages()]
    with pytest.raises(InputError, match="more=1, share=2"):
        slack.press(message, "share", value="3")


def test_a_press_in_a_private_message_does_not_carry_it(slack: Playground, served: Served) -> None:
    """Slack does not send the content of ephemeral messages back."""
    seen: list[Json] = []
    served.app.command("/nato")(lambda ack: ack(text="a", blocks=[BUTTON]))

    @served.app.action("more")
    def listen(ack: Any, body: Json) -> None:
        seen.append(body)
        ack()

    message = slack.command("/nato", "a").posted
    assert message is not None
    slack.press(message, "more")
    assert (seen[0]["container"]["is_ephemeral"], "message" in seen[0]) == (True, False)


def test_choosing_from_a_menu(slack: Playground, served: Served) -> None:
    """A select sends the chosen option; an option that is not there is an error."""
    seen: list[Json] = []

    @served.app.action("topic")
    def listen(ack: Any, action: Json) -> None:
        seen.append(action)
        ack()

    option = {"text": {"type": "plain_text", "text": "Burdens"}, "value": "burdens"}
    menu = {"type": "static_select", "action_id": "topic", "options": [option]}
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": "Topic"}, "accessory": menu}]
    message = posted(slack, blocks=blocks)
    slack.press(message, "topic", value="burdens")
    assert seen[0]["selected_option"] == option
    with pytest.raises(InputError, match="no option"):
        slack.press(message, "topic", value="none")


def test_a_modal_from_opening_to_sending(slack: Playground, served: Served) -> None:
    """A button opens a modal; wrong input keeps it open; the second try sends it off and closes it."""
    seen: list[str] = []

    @served.app.action("more")
    def open_modal(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @served.app.view("reason")
    def take(ack: Any, view: Json) -> None:
        seen.append(view["state"]["values"]["said"]["words"]["value"])
        if seen[-1] == "bad":
            ack(response_action="errors", errors={"said": "Say more."})
        else:
            ack()

    slack.press(posted(slack), "more", user="reporter")
    view = slack.modal("reporter")
    assert view is not None
    refused = slack.submit(view, {"words": "bad"})
    assert ({"said": "Say more."}, view) == (refused.payload["errors"], slack.modal("reporter"))
    slack.submit(view, {"words": "good"})
    assert (seen, slack.modal("reporter")) == (["bad", "good"], None)
    with pytest.raises(InputError, match="no input"):
        slack.submit(view, {"wrods": "good"})


@pytest.mark.parametrize(
    ("answer", "depth", "title"),
    [
        ({"response_action": "update", "view": {**MODAL, "callback_id": "new"}}, 1, "new"),
        ({"response_action": "push", "view": {**MODAL, "callback_id": "new"}}, 2, "new"),
        ({"response_action": "clear"}, 0, None),
    ],
)
def test_what_an_app_may_answer_to_a_modal(
    slack: Playground, served: Served, answer: Json, depth: int, title: str | None
) -> None:
    """update redraws the modal, push puts another on top, clear closes all of them."""
    served.app.view("reason")(lambda ack: ack(**answer))
    view = slack.state.show("U0EDITOR1", MODAL)
    assert slack.submit(view, {"words": "a"}).error is None
    top = slack.modal("editor")
    assert (depth, title) == (len(slack.state.modals.get("U0EDITOR1", [])), top.body["callback_id"] if top else None)


def test_a_view_beyond_the_limits_is_refused(slack: Playground, served: Served) -> None:
    """An answer with a view that Slack would refuse is an error, and the modal stays."""
    served.app.view("reason")(lambda ack: ack(response_action="update", view={**MODAL, "blocks": []}))
    view = slack.state.show("U0EDITOR1", MODAL)
    assert slack.submit(view, {"words": "a"}).error == "invalid_arguments"
    assert slack.modal("editor") == view


def test_closing_a_modal_by_hand(slack: Playground, served: Served) -> None:
    """The app is told if it asked for it, and not otherwise."""
    seen: list[str] = []

    @served.app.view_closed("reason")
    def listen(ack: Any, view: Json) -> None:
        seen.append(view["id"])
        ack()

    view, silent = (slack.state.show("U0EDITOR1", {**MODAL, "notify_on_close": told}) for told in (True, False))
    assert slack.close_view(silent) is None
    assert slack.close_view(view) is not None
    assert ([view.id], None) == (seen, slack.modal("editor"))


def test_shortcuts(slack: Playground, served: Served) -> None:
    """A message shortcut carries the message and a response_url; a global one carries a trigger only."""
    seen: list[Json] = []

    def listen(ack: Any, body: Json) -> None:
        seen.append(body)
        ack()

    served.app.message_shortcut("check")(listen)
    served.app.global_shortcut("ask")(listen)
    said = slack.say("words to check", channel="newsroom", user="reporter")
    slack.message_shortcut("check", said)
    slack.global_shortcut("ask")
    assert ("words to check", said.ts, "U0EDITOR1") == (
        seen[0]["message"]["text"],
        seen[0]["message_ts"],
        seen[0]["user"]["id"],
    )
    assert seen[0]["response_url"].startswith(slack.url + "/actions/")
    assert (seen[1]["type"], "response_url" in seen[1], "channel" in seen[1]) == ("shortcut", False, False)
    assert slack.state.use_trigger(seen[1]["trigger_id"]) == "U0EDITOR1"


def test_names_that_nobody_has(slack: Playground) -> None:
    """Unknown people and channels, and a command without its slash, are errors that list what there is."""
    with pytest.raises(InputError, match="editor, reporter"):
        slack.command("/nato", "a", user="nobody")
    with pytest.raises(InputError, match="general, newsroom"):
        slack.mention("a", channel="#nowhere")
    with pytest.raises(InputError, match="slash"):
        slack.command("nato", "a")


def test_text_can_be_sent_as_it_is(slack: Playground, served: Served) -> None:
    """With escape=False the app gets hostile markup unchanged."""
    sent = slack.mention("<!channel> & co", escape=False)
    assert slack.events[sent.event_id]["event"]["text"] == "<@U0NATOBOT> <!channel> & co"


def test_the_example_of_the_page_runs() -> None:
    """The code of docs/local-slack.md does what it says, with an app that answers each event once."""
    page = (Path(__file__).parent.parent / "docs" / "local-slack.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    started: list[Served] = []
    done: set[str] = set()

    def reply(body: Json, event: Json, say: Any) -> None:
        if body["event_id"] not in done:
            done.add(body["event_id"])
            say(text="reply", thread_ts=event["ts"])

    def start_the_app(env: dict[str, str]) -> str:
        started.append(Served(env))
        started[0].app.command("/nato")(lambda ack: ack("answer"))
        started[0].app.event("app_mention")(reply)
        return started[0].url

    try:
        exec(compile(code, "local-slack.md", "exec"), {"start_the_app": start_the_app})  # noqa: S102 - our own page
    finally:
        started[0].close()
    assert len(done) == 1


def test_people_need_a_way_to_the_app(slack: Playground) -> None:
    """The actions alone send nothing; a playground gives them their transport."""
    with pytest.raises(NotImplementedError):
        People(state=slack.state).mention("a")
