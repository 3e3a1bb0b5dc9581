"""The local Slack's Web API with slack-sdk as the client: tokens, channels, arguments, messages, views."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import DividerBlock
from slack_sdk.models.views import View

from natobot.playground.cast import SCOPES
from natobot.playground.methods import METHODS
from natobot.playground.server import Playground

MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Context"}, "blocks": [{"type": "divider"}]}
HOME = {"type": "home", "blocks": [{"type": "divider"}]}


@pytest.fixture(scope="module")
def running() -> Iterator[Playground]:
    with Playground(scopes={*SCOPES, "channels:read", "im:read"}) as slack:
        yield slack


@pytest.fixture
def slack(running: Playground) -> Playground:
    running.reset()
    return running


@pytest.fixture
def client(slack: Playground) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.api_url)


def error_of(call: Any, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as error:
        call(**arguments)
    return str(error.value.response["error"])


def post(slack: Playground, path: str, body: bytes, **headers: str) -> Any:
    """A request as no SDK would make it."""
    request = urllib.request.Request(slack.url + path, body, headers, method="POST")  # noqa: S310 - our own address
    with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
        return json.load(response)


def test_auth_test_says_who_the_app_is(slack: Playground, client: WebClient) -> None:
    """The answer holds the ids that Bolt needs, and the granted scopes stand in a header."""
    answer = client.auth_test()
    team = slack.state.team
    assert (team.id, team.bot_user, team.bot) == (answer["team_id"], answer["user_id"], answer["bot_id"])
    granted = {name.lower(): value for name, value in answer.headers.items()}["x-oauth-scopes"]
    assert {*SCOPES, "channels:read", "im:read"} == set(granted.split(","))


def test_tokens_are_checked(slack: Playground) -> None:
    """No token, an unknown one, and one of the wrong kind are three different errors."""
    assert error_of(WebClient(base_url=slack.api_url).auth_test) == "not_authed"
    assert error_of(WebClient(token="xoxb-wrong", base_url=slack.api_url).auth_test) == "invalid_auth"
    app = WebClient(token=slack.app_token, base_url=slack.api_url)
    assert error_of(app.auth_test) == "not_allowed_token_type"
    assert error_of(app.apps_connections_open, app_token=slack.bot_token) == "not_allowed_token_type"
    assert app.apps_connections_open(app_token=slack.app_token)["url"].startswith("ws://127.0.0.1:")


def test_a_token_may_stand_in_the_body(slack: Playground) -> None:
    """Form and JSON bodies may carry the token, and no record keeps it."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert post(slack, "/api/auth.test", f"token={slack.bot_token}".encode(), **form)["ok"]
    said = json.dumps({"token": slack.bot_token}).encode()
    assert post(slack, "/api/auth.test", said, **{"Content-Type": "application/json"})["ok"]
    assert [(call.body, call.token) for call in slack.calls] == [({}, "bot"), ({}, "bot")]


def test_a_revoked_token_says_so() -> None:
    """After revoke() every method answers with the given error."""
    with Playground() as slack:
        slack.revoke(slack.bot_token, "account_inactive")
        client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        assert error_of(client.chat_postMessage, channel="#general", text="a") == "account_inactive"


def test_scopes_are_checked() -> None:
    """A method beyond the granted scopes says which is needed and which are there."""
    with Playground(scopes={"users:read"}) as slack:
        client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        with pytest.raises(SlackApiError) as error:
            client.chat_postMessage(channel="#general", text="a")
        assert tuple(error.value.response[key] for key in ("error", "needed", "provided")) == (
            "missing_scope",
            "chat:write",
            "users:read",
        )
        assert error_of(client.conversations_info, channel="C0GENERAL") == "missing_scope"
        assert client.users_info(user="U0EDITOR1")["ok"]


def test_a_message_is_kept_as_it_was_sent(slack: Playground, client: WebClient) -> None:
    """Channel, thread, text, blocks and unfurling are there to look at; the answer shows the message."""
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "a *b* “c”"}}]
    root = client.chat_postMessage(channel="#newsroom", text="root")
    answer = client.chat_postMessage(
        channel="C0NEWSROOM", text="reply", blocks=blocks, thread_ts=root["ts"], unfurl_links=False, unfurl_media=True
    )
    message = slack.messages("newsroom", thread_ts=root["ts"])[0]
    assert (message.ts, "reply", tuple(blocks)) == (answer["ts"], message.text, message.blocks)
    assert (
        message.unfurl_links,
        message.unfurl_media,
        message.ephemeral_to,
        message.via,
    ) == (False, True, None, "chat.postMessage")
    assert (root["ts"], "b0", slack.state.team.bot) == (
        answer["message"]["thread_ts"],
        answer["message"]["blocks"][0]["block_id"],
        answer["message"]["bot_id"],
    )


def test_forms_with_json_inside_are_understood(slack: Playground) -> None:
    """A form-encoded body with blocks as a JSON string and booleans as 0 and 1 makes the same message."""
    body = "channel=C0GENERAL&text=a%26b&unfurl_links=0&unfurl_media=1&blocks=%5B%7B%22type%22%3A%22divider%22%7D%5D"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Bearer {slack.bot_token}"}
    assert post(slack, "/api/chat.postMessage", body.encode(), **headers)["ok"]
    message = slack.messages()[0]
    assert (
        message.text,
        message.blocks,
        message.unfurl_links,
        message.unfurl_media,
    ) == ("a&b", ({"type": "divider"},), False, True)


def test_ts_is_unique_and_increasing(slack: Playground, client: WebClient) -> None:
    """Messages posted in one instant still have names in their order."""
    names = [client.chat_postMessage(channel=c, text="a")["ts"] for c in ["#general", "#newsroom"] * 5]
    names += [slack.state.next_ts() for _ in range(1000)]
    assert sorted(set(names)) == names


def test_channels_are_checked(slack: Playground, client: WebClient) -> None:
    """Unknown, left, archived and hidden channels are the errors that an app must expect."""
    slack.add_channel("left", member=False)
    slack.add_channel("old", archived=True)
    slack.add_channel("hidden", private=True, member=False)
    secret = slack.add_channel("inside", private=True)
    wanted = {
        "#nowhere": "channel_not_found",
        "#left": "not_in_channel",
        "#old": "is_archived",
        "#hidden": "channel_not_found",
    }
    assert wanted == {ref: error_of(client.chat_postMessage, channel=ref, text="a") for ref in wanted}
    assert client.chat_postMessage(channel="inside", text="a")["channel"] == secret.id


def test_chat_write_public_opens_public_channels() -> None:
    """With chat:write.public the app may post where it is not a member."""
    with Playground(scopes={"chat:write", "chat:write.public"}) as slack:
        slack.add_channel("left", member=False)
        assert WebClient(token=slack.bot_token, base_url=slack.api_url).chat_postMessage(channel="#left", text="a")["ok"]


def test_a_post_to_a_person_opens_the_direct_message(slack: Playground, client: WebClient) -> None:
    """A user id as the channel means the direct message with that person, the same every time."""
    channels = {client.chat_postMessage(channel="U0EDITOR1", text="a")["channel"] for _ in range(2)}
    assert {slack.state.direct("U0EDITOR1").id} == channels
    assert client.conversations_info(channel=channels.pop())["channel"]["user"] == "U0EDITOR1"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": "a"}, "invalid_arguments"),
        ({"channel": "#general"}, "no_text"),
        ({"channel": "#general", "text": ""}, "no_text"),
        ({"channel": "#general", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "#general", "text": "a", "thread_ts": "yesterday"}, "invalid_arguments"),
        ({"channel": ["#general"], "text": "a"}, "invalid_arguments"),
        ({"channel": "#general", "text": ["a"]}, "invalid_arguments"),
        ({"channel": "#general", "text": "a", "attachments": [{"text": "b"}]}, "invalid_arguments"),
        ({"channel": "#general", "text": "a", "blocks": "[{"}, "invalid_blocks_format"),
        ({"channel": "#general", "text": "a", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
    ],
)
def test_arguments_are_checked(slack: Playground, client: WebClient, arguments: dict[str, Any], error: str) -> None:
    """What Slack refuses is refused with Slack's error, and nothing is posted."""
    assert error_of(client.api_call, api_method="chat.postMessage", json=arguments) == error
    assert slack.messages() == []


@pytest.mark.parametrize(
    ("kind", "body", "error"),
    [
        ("application/json", b"{", "invalid_json"),
        ("application/json", b"[]", "json_not_object"),
        ("multipart/form-data; boundary=x", b"--x--", "invalid_post_type"),
    ],
)
def test_bodies_that_cannot_be_read(slack: Playground, kind: str, body: bytes, error: str) -> None:
    """Broken JSON, JSON that is no object and uploads have their own errors."""
    assert post(slack, "/api/api.test", body, **{"Content-Type": kind}) == {"ok": False, "error": error}


def test_text_survives_as_it_is(slack: Playground, client: WebClient) -> None:
    """Emoji, right-to-left, NUL and lone surrogates come back as they were sent."""
    text = "é 😀 שלום \x00 \ud800 <&>"
    answer = client.chat_postMessage(channel="#general", text=text)
    assert (text, text) == (slack.messages()[0].text, answer["message"]["text"])


def test_ephemeral_messages_are_for_one_person(slack: Playground, client: WebClient) -> None:
    """chat.postEphemeral keeps who sees it; a stranger to the direct message and nobody at all are errors."""
    client.chat_postEphemeral(channel="#general", user="U0EDITOR1", text="only you")
    assert [(m.ephemeral_to, m.text) for m in slack.messages()] == [("U0EDITOR1", "only you")]
    room = slack.state.direct("U0EDITOR1").id
    assert error_of(client.chat_postEphemeral, channel=room, user="U0REPORT1", text="a") == "user_not_in_channel"
    assert error_of(client.chat_postEphemeral, channel="#general", user="U0NOBODY1", text="a") == "user_not_found"


def test_update_changes_the_apps_own_messages_only(slack: Playground, client: WebClient) -> None:
    """chat.update replaces text and blocks in place; other people's, ephemeral and unknown messages are errors."""
    ts = client.chat_postMessage(channel="#general", text="a", blocks=[{"type": "divider"}])["ts"]
    assert client.chat_update(channel="C0GENERAL", ts=ts, text="b")["text"] == "b"
    message = slack.messages()[0]
    assert (ts, "b", ()) == (message.ts, message.text, message.blocks)
    assert message.edited is not None
    said = slack.say("mine")
    assert error_of(client.chat_update, channel="C0GENERAL", ts=said.ts, text="b") == "cant_update_message"
    private = client.chat_postEphemeral(channel="#general", user="U0EDITOR1", text="a")["message_ts"]
    assert error_of(client.chat_update, channel="C0GENERAL", ts=private, text="b") == "message_not_found"


def test_users_info_knows_time_zones(client: WebClient) -> None:
    """The person's time zone and its offset are there."""
    user = client.users_info(user="U0REPORT1")["user"]
    assert (user["tz"], user["name"], user["is_bot"]) == ("America/New_York", "reporter", False)
    assert user["tz_offset"] in (-4 * 3600, -5 * 3600)
    assert error_of(client.users_info, user="U0NOBODY1") == "user_not_found"


def test_conversations_info(client: WebClient) -> None:
    """A channel's name and whether the app is in it."""
    channel = client.conversations_info(channel="C0GENERAL")["channel"]
    assert (channel["name"], channel["is_member"], channel["is_archived"]) == ("general", True, False)


def test_views_open_needs_a_fresh_trigger(slack: Playground, client: WebClient) -> None:
    """A trigger id opens one modal within three seconds; the modal is then on the person's screen."""
    trigger = slack.state.trigger("U0EDITOR1")
    view = client.views_open(trigger_id=trigger, view=MODAL)["view"]
    shown = slack.modal("editor")
    assert shown is not None
    assert (shown.id, shown.hash, MODAL) == (view["id"], view["hash"], shown.body)
    assert error_of(client.views_open, trigger_id=trigger, view=MODAL) == "exchanged_trigger_id"
    assert error_of(client.views_open, trigger_id="1.2.3", view=MODAL) == "invalid_trigger_id"
    late = slack.state.trigger("U0EDITOR1")
    slack.advance(3.1)
    assert error_of(client.views_open, trigger_id=late, view=MODAL) == "expired_trigger_id"
    assert error_of(client.views_open, trigger_id=late, view=HOME) == "invalid_arguments"


def test_views_publish_sets_the_home(slack: Playground, client: WebClient) -> None:
    """Each person has one Home; a stale hash is refused."""
    assert slack.home("editor") is None
    first = client.views_publish(user_id="U0EDITOR1", view=View(type="home", blocks=[DividerBlock()]))["view"]
    second = client.views_publish(user_id="U0EDITOR1", view=HOME, hash=first["hash"])["view"]
    assert (first["id"], "home") == (second["id"], second["type"])
    assert error_of(client.views_publish, user_id="U0EDITOR1", view=HOME, hash=first["hash"]) == "hash_conflict"
    assert error_of(client.views_publish, user_id="U0EDITOR1", view=MODAL) == "invalid_arguments"
    home = slack.home("editor")
    assert home is not None
    assert home.hash == second["hash"]
    assert slack.home("reporter") is None


def test_what_it_does_not_implement_is_remembered(slack: Playground, client: WebClient) -> None:
    """Any other method is unknown_method, and a test can fail on the list."""
    assert error_of(client.reactions_add, channel="C0GENERAL", name="eyes", timestamp="1.2") == "unknown_method"
    client.api_test()
    assert [call.method for call in slack.unknown_calls] == ["reactions.add"]
    assert [call.method for call in slack.calls] == ["reactions.add", "api.test"]


def test_api_test_says_what_it_got(client: WebClient) -> None:
    """api.test needs no token, echoes its arguments and answers with the error it is given."""
    assert client.api_test(foo="bar")["args"] == {"foo": "bar"}
    assert error_of(client.api_test, error="my_error") == "my_error"


def test_every_method_is_called_by_name(slack: Playground) -> None:
    """Every method of the table asks for a token first, but api.test and the one that hands tokens out."""
    names = [name for name in METHODS if name not in ("api.test", "oauth.v2.access")]
    answers = [post(slack, f"/api/{name}", b"")["error"] for name in names]
    assert ["not_authed"] * len(names) == answers


def test_views_push_needs_a_modal_below(slack: Playground, client: WebClient) -> None:
    """A view goes on top of an open modal, two at most, and closing the top shows the one below."""

    def trigger() -> str:
        return slack.state.trigger("U0EDITOR1")

    assert error_of(client.views_push, trigger_id=trigger(), view=MODAL) == "not_found"
    first = client.views_open(trigger_id=trigger(), view=MODAL)["view"]
    second = client.views_push(trigger_id=trigger(), view=MODAL)["view"]
    assert (second["root_view_id"], second["previous_view_id"]) == (first["id"], first["id"])
    client.views_push(trigger_id=trigger(), view=MODAL)
    assert error_of(client.views_push, trigger_id=trigger(), view=MODAL) == "push_limit_reached"
    top = slack.modal()
    assert top is not None
    slack.close_view(top)
    assert getattr(slack.modal(), "id", None) == second["id"]


def test_suggested_prompts(slack: Playground, client: WebClient) -> None:
    """One to four prompts, each with title and message, are taken for a direct message and for nothing else."""
    prompt = {"title": "Begin", "message": "When was NATO founded?"}
    room = slack.state.direct("U0EDITOR1").id
    assert client.assistant_threads_setSuggestedPrompts(channel_id=room, prompts=[prompt] * 4)["ok"]
    suggest = client.assistant_threads_setSuggestedPrompts
    assert error_of(suggest, channel_id=room, prompts=[prompt] * 5) == "invalid_arguments"
    assert error_of(suggest, channel_id=room, prompts=[{"title": "Begin"}]) == "invalid_arguments"
    assert error_of(suggest, channel_id="C0GENERAL", prompts=[prompt]) == "channel_type_not_supported"
