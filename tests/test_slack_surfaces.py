"""Buttons, windows, shortcuts and the Home tab through the front door: the real app, the real bot, the local Slack."""

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from goldset import refused_with_near
from natobot.bot import Natobot
from natobot.playground import faults
from natobot.playground.delivery import Transport
from natobot.playground.records import View
from natobot.playground.server import Playground
from natobot.settings import Settings
from natobot.slack.listeners import register
from natobot.state import State
from slack_screen import EDITOR, QUESTION, ask, last, press, serving, shown, window

NOWHERE = "What does Rumer say about Iceland?"
ALTERED = "NATO membership is a merit badge or reward for good behavior"


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings, bot: Natobot
) -> Iterator[dict[str, tuple[Playground, Path]]]:
    """The app at work twice, by transport; the editor of one is an editor of natobot's too."""
    homes = [tmp_path_factory.mktemp(name) for name in ("http", "socket")]
    editors = {"NATOBOT_EDITORS": f"T0LOCAL01:{EDITOR},T0OTHER:U0REPORT1"}
    with (
        Playground(transport="http") as http,
        serving(homes[0], settings, http, **editors),
        Playground(transport="socket") as socket_,
        serving(homes[1], settings, socket_, **editors),
    ):
        yield {"http": (http, homes[0]), "socket": (socket_, homes[1])}


@pytest.fixture
def slack(running: dict[str, tuple[Playground, Path]]) -> Iterator[Playground]:
    """A local Slack over HTTP with nothing said yet; afterwards no method may have been called that it does not know."""
    one, _ = running["http"]
    one.reset()
    yield one
    assert one.unknown_calls == []


@pytest.fixture(params=["http", "socket"])
def either(running: dict[str, tuple[Playground, Path]], request: pytest.FixtureRequest) -> Iterator[Playground]:
    """The same over each transport."""
    one, _ = running[request.param]
    one.reset()
    yield one
    assert one.unknown_calls == []


def test_windows(either: Playground, bot: Natobot) -> None:
    """Context, More, Cite and Why open windows with what they promise, over both transports."""
    answer = bot.reply(QUESTION)
    first, last_one = answer.snippets[0].passage, answer.snippets[-1].passage
    card = ask(either)
    expected = {
        "context": (bot.passage(str(first.previous)).text[:40], first.id),
        "more": (last_one.text[:40], "Sten Rynning"),
        "cite": ("@misc{rynning", "CSL-JSON"),
        "why": (f"Answered from knowledge {bot.knowledge}", "Fits"),
    }
    for name, words in expected.items():
        press(either, card, name)
        view = window(either)
        assert all(word in shown(view) for word in words), name
        either.close_view(view)


def test_share_posts_once(either: Playground) -> None:
    """Share posts for all, by the address of the press; a second click, anybody's, posts nothing and says so privately."""
    card = ask(either)
    press(either, card, "share")
    shared = last(either)
    assert (shared.ephemeral_to, shared.via, shared.channel) == (None, "response_url", card.channel)
    assert shared.text.startswith(f"<@{EDITOR}> shared the answer to: {QUESTION}")
    assert card in either.messages()
    press(either, card, "share")
    assert (last(either).ephemeral_to, last(either).text) == (EDITOR, "This answer was shared already.")
    assert [m.text for m in either.messages() if m.ephemeral_to is None] == [shared.text]
    names = [e["action_id"] for b in shared.blocks if b["type"] == "actions" for e in b["elements"]]
    assert "natobot_share" not in names


@pytest.mark.parametrize("text", [f"verify {ALTERED}", f'"{ALTERED}"', "compare the annexation of Crimea"])
def test_what_is_shared_is_what_was_seen(slack: Playground, text: str) -> None:
    """A verdict or a comparison is shared as a whole, not as a passage alone."""
    card = ask(slack, text)
    press(slack, card, "share")
    shared = last(slack)
    seen = [block for block in card.blocks if block["type"] != "actions"]
    assert [block for block in shared.blocks[1:] if block["type"] != "actions"] == seen


def test_shares_at_the_same_time_post_once(slack: Playground) -> None:
    """Ten clicks that cross each other on the way are one post and nine private words."""
    card = ask(slack)
    for _ in range(10):
        assert slack.press(card, "natobot_share").timely
    slack.settle()
    public = [m for m in slack.messages() if m.ephemeral_to is None]
    assert len(public) == 1
    assert len([m for m in slack.messages() if "shared already" in m.text]) == 9


def test_share_without_the_address(slack: Playground) -> None:
    """Where the address of the press refuses, the answer is posted as a message; where that fails too, one may try again."""
    card = ask(slack)
    slack.faults.add("response_url", faults.refused("expired_url"))
    press(slack, card, "share")
    slack.wait_for_calls("chat.postMessage")
    assert (last(slack).ephemeral_to, last(slack).via) == (None, "chat.postMessage")
    again = ask(slack)
    slack.faults.add("response_url", faults.refused("expired_url"))
    slack.faults.add("chat.postMessage", faults.refused("not_in_channel"))
    press(slack, again, "share")
    slack.settle(0.2)
    assert "not_in_channel" in last(slack).text
    assert "Invite the app" in last(slack).text
    press(slack, again, "share")
    slack.settle(0.2)
    assert last(slack).text.startswith(f"<@{EDITOR}> shared")


def test_an_uncertain_share_is_not_repeated(slack: Playground) -> None:
    """If nobody knows whether the post arrived, it is not posted another way, and the person is told to look."""
    card = ask(slack)
    slack.faults.add("response_url", faults.reset(accepted=True))
    press(slack, card, "share")
    slack.settle(0.3)
    assert len([m for m in slack.messages() if m.ephemeral_to is None]) == 1
    assert "did not say whether" in last(slack).text
    press(slack, card, "share")
    slack.settle(0.2)
    assert "shared already" in last(slack).text


def test_helpful_and_not_helpful(slack: Playground) -> None:
    """Helpful is thanked for; Not helpful asks for a reason, which the editors see with the question and without a name."""
    card = ask(slack, "Which summit was in Bucharest?", user="reporter")
    press(slack, card, "helpful", user="reporter")
    assert "helped" in last(slack).text
    press(slack, card, "not_helpful", user="reporter")
    view = window(slack, "reporter")
    assert slack.submit(view, {"reason": "too <old> & dusty"}).timely
    assert "did not help" in shown(window(slack, "reporter"))
    slack.open_home()
    slack.wait_for_calls("views.publish")
    seen = shown(cast(View, slack.home()))
    assert "Which summit was in Bucharest?" in seen
    assert "too <old> & dusty" in seen
    assert "U0REPORT1" not in seen


def test_not_helpful_without_a_reason_counts(slack: Playground) -> None:
    """Closing the window leaves the vote; sending it off empty adds nothing."""
    question = "When did NATO take command of ISAF?"
    press(slack, ask(slack, question), "not_helpful")
    assert slack.submit(window(slack)).error is None
    assert "did not help" in shown(window(slack))
    slack.open_home()
    slack.wait_for_calls("views.publish")
    notes = shown(cast(View, slack.home())).partition("Answers that did not help")[2]
    assert notes.count(question) == 1
    assert "Reason:" not in notes.partition(question)[2].partition(": W")[0]


def test_tell_the_editors(slack: Playground) -> None:
    """A question without an answer is filed at a press, and only the editors of this workspace see it."""
    card = ask(slack, NOWHERE, user="reporter")
    press(slack, card, "tell", user="reporter")
    assert (last(slack).ephemeral_to, "without your name" in last(slack).text) == ("U0REPORT1", True)
    for person, may in (("editor", True), ("reporter", False)):
        slack.open_home(user=person)
        slack.settle(0.2)
        view = slack.home(person)
        assert view is not None
        assert (NOWHERE in shown(view)) == may


def test_near_passages(slack: Playground, bot: Natobot) -> None:
    """The button of a near passage opens it in its place."""
    question, near = refused_with_near(bot)
    press(slack, ask(slack, question), "near_2")
    assert near[1] in shown(window(slack))


def test_buttons_below_a_mention(slack: Playground) -> None:
    """Below a public answer everybody may press; Why knows what was asked before in the thread."""
    first = slack.mention("what does the Chinese author say about AUKUS?")
    slack.wait_for_messages(1)
    slack.mention("and the Quad?", thread_ts=first.ts)
    reply = slack.wait_for_messages(2)[-1]
    press(slack, reply, "why", user="reporter")
    said = shown(window(slack, "reporter"))
    assert "quad" in said
    assert "this would be the choice" not in said
    press(slack, reply, "helpful", user="reporter")
    assert (last(slack).ephemeral_to, last(slack).thread_ts) == ("U0REPORT1", first.ts)
    assert "natobot_share" not in str(reply.blocks)


def test_buttons_survive_a_restart(tmp_path: Path, settings: Settings) -> None:
    """A button of before a restart works after it; one whose passage is gone, or of another version, says so."""
    with Playground() as slack:
        with serving(tmp_path, settings, slack):
            card = ask(slack)
            press(slack, card, "share")
        with serving(tmp_path, settings, slack):
            press(slack, card, "context")
            assert window(slack)
            press(slack, card, "share")
            assert "shared already" in last(slack).text
            for value in ('{"q":"who?","p":["rumer/000000000000"],"n":1}', "of another version"):
                old = slack.state.add(
                    channel=card.channel,
                    user=slack.state.team.bot_user,
                    bot_id=slack.state.team.bot,
                    blocks=(button("natobot_context", value),),
                    via="chat.postMessage",
                )
                press(slack, old, "context")
                assert "too old" in last(slack).text


def button(action_id: str, value: str) -> dict[str, Any]:
    """A block with a button."""
    text = {"type": "plain_text", "text": "Context"}
    return {"type": "actions", "elements": [{"type": "button", "action_id": action_id, "text": text, "value": value}]}


def test_a_window_that_does_not_open_is_said(slack: Playground) -> None:
    """If Slack does not open the window, the person is told privately to press again."""
    card = ask(slack)
    slack.faults.add("views.open", faults.refused("expired_trigger_id"))
    press(slack, card, "context")
    slack.settle(0.2)
    assert "could not open the window" in last(slack).text


def test_slow_windows_are_acknowledged_at_once(slack: Playground) -> None:
    """The acknowledgement of a press does not wait for Slack to open the window."""
    card = ask(slack)
    slack.faults.add("views.open", faults.slow(0.5))
    assert slack.press(card, "natobot_context").elapsed < 0.4
    slack.wait_for_calls("views.open")


def test_check_this_quote(either: Playground) -> None:
    """The shortcut checks the quotation inside a message of a thread and opens the verdict, over both transports."""
    root = either.say("What did he write?")
    said = either.say(f'I remember: "{ALTERED}" &c.', thread_ts=root.ts)
    before = len(either.calls)
    assert either.message_shortcut("check_quote", said, user="reporter").timely
    assert either.state.wait(lambda: len(either.calls) > before, 5)
    view = window(either, "reporter")
    assert view.body["title"]["text"] == "Check this quote"
    assert all(words in shown(view) for words in ("Altered", "[-not]", f"Checked: {ALTERED}", "Eugene Rumer"))


def test_find_sources(slack: Playground) -> None:
    """The shortcut answers a message in a window, whose buttons open others on top of it."""
    said = slack.say("When did NATO take command of ISAF?", thread_ts=slack.say("hello").ts)
    slack.message_shortcut("find_sources", said)
    slack.wait_for_calls("views.open")
    slack.settle(0.2)
    below = window(slack)
    assert "International Security Assistance Force" in shown(below)
    press(slack, below, "context")
    above = window(slack)
    assert above.previous == below.id
    assert "rynning/" in shown(above)


def test_shortcuts_on_messages_without_words(slack: Playground) -> None:
    """A message of nothing, of markup or of a bot gets a window too."""
    for text in ("", "<!channel> <@U1>", "🙂", "&gt; quoted\n&gt; twice"):
        said = slack.say(text, escape=False)
        for name in ("check_quote", "find_sources"):
            slack.message_shortcut(name, said)
            slack.settle(0.15)
            view = window(slack)
            slack.close_view(view)


def test_home(either: Playground, bot: Natobot) -> None:
    """Opening the Home tab publishes it; an example is answered in place, and its buttons open windows."""
    either.open_home(user="reporter")
    either.wait_for_calls("views.publish")
    view = either.home("reporter")
    assert view is not None
    assert all(source.title in shown(view) for source, _ in bot.documents())
    assert "Asked:" not in shown(view)
    press(either, view, "example_1", user="reporter")
    answered = either.home("reporter")
    assert answered is not None
    assert "Asked: When did NATO take command of ISAF?" in shown(answered)
    assert "International Security Assistance Force" in shown(answered)
    press(either, answered, "context", user="reporter")
    assert "rynning/" in shown(window(either, "reporter"))


def test_the_agent_view(slack: Playground, caplog: pytest.LogCaptureFixture) -> None:
    """Opening the messages suggests questions; where the plan has no such thing, nothing happens but a line in the log."""
    with caplog.at_level(logging.INFO):
        slack.open_home(tab="messages")
        [call] = slack.wait_for_calls("assistant.threads.setSuggestedPrompts")
        assert call.answer["ok"]
        assert len(call.body["prompts"]) == 4
        slack.faults.add("assistant.threads.setSuggestedPrompts", faults.refused("not_allowed"))
        assert slack.open_home(tab="messages").delivery.status == 200
        slack.wait_for_calls("assistant.threads.setSuggestedPrompts", 2)
        slack.settle(0.2)
    assert slack.messages() == []
    assert [r.levelname for r in caplog.records if "prompts" in r.getMessage()] == ["INFO"]


def test_forget_me(slack: Playground, running: dict[str, tuple[Playground, Path]]) -> None:
    """What a person asked and voted is gone from the database after "/nato forget me", which says so privately."""
    slack.direct_message("What about the sekretwort of Bucharest?", user="reporter")
    reply = slack.wait_for_messages(1)[0]
    for name in ("helpful", "not_helpful"):
        card = ask(slack, user="reporter")
        slack.press(card, f"natobot_{name}", user="reporter")
    slack.settle(0.3)
    state = State.open(f"sqlite:///{running['http'][1] / 'state.sqlite3'}")
    assert reply.channel
    assert "U0REPORT1" in held(state)
    assert "sekretwort" in held(state)
    said = ask(slack, "forget me", user="reporter")
    assert said.ephemeral_to == "U0REPORT1"
    assert said.text.startswith("Done.")
    assert "U0REPORT1" not in held(state)
    assert "sekretwort" not in held(state)
    state.close()


def held(state: State) -> str:
    """Everything in the database, as text."""
    import sqlalchemy as sa

    from natobot import database

    with state.begin_work() as connection:
        return repr([connection.execute(sa.select(table)).all() for table in database.metadata.sorted_tables])


def test_hostile_words_are_shown_and_not_obeyed(slack: Playground) -> None:
    """Markup in a question pings nobody, in the answer, when shared, in windows and on the Home tab."""
    hostile = "When did NATO take command of *ISAF*? <!channel>"
    card = ask(slack, hostile)
    for name in ("why", "share"):
        press(slack, card, name)
    slack.settle(0.2)
    shared = last(slack)
    assert hostile in "".join(run.get("text", "") for run in shared.blocks[0]["elements"][0]["elements"])
    assert "<!channel>" not in shared.text
    assert "mrkdwn" not in str(shared.blocks) + shown(window(slack))
    assert shared.text.count("<@") == 1


def test_keeping_questions_can_be_turned_off(tmp_path: Path, settings: Settings) -> None:
    """With NATOBOT_KEEP_UNANSWERED=0 a refusal has no button for the editors; one from before says that nothing is kept."""
    with Playground() as slack, serving(tmp_path, settings, slack, NATOBOT_KEEP_UNANSWERED="0"):
        card = ask(slack, NOWHERE)
        assert "natobot_tell" not in str(card.blocks)
        value = json.dumps({"q": NOWHERE, "p": [], "n": 0})
        old = slack.state.add(
            channel=card.channel,
            user=slack.state.team.bot_user,
            bot_id=slack.state.team.bot,
            blocks=(button("natobot_tell", value),),
            via="chat.postMessage",
        )
        press(slack, old, "tell")
        assert "not kept" in last(slack).text


def test_no_question_and_no_reason_in_the_logs(tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG, with windows that fail and handlers that break, no log holds a question, a reason or an address."""
    transports: tuple[Transport, ...] = ("http", "socket")
    for transport in transports:
        with (
            caplog.at_level(logging.DEBUG),
            Playground(transport=transport) as slack,
            serving(tmp_path, settings, slack),
        ):
            card = ask(slack, "What did the sekretwort summit in Bucharest decide?")
            slack.faults.add("views.open", faults.server_error(500, accepted=False))
            press(slack, card, "why")
            slack.settle(0.2)
            with patch("natobot.slack.modals.why", side_effect=RuntimeError("sekretwort")):
                press(slack, card, "why")
            slack.settle(0.2)
            assert "reference" in last(slack).text
            said = slack.say("sekretwort")
            with patch("natobot.slack.modals.window", side_effect=RuntimeError("sekretwort")):
                slack.message_shortcut("find_sources", said)
                slack.settle(0.2)
    assert "reference" in caplog.text
    assert "sekretwort" not in caplog.text
    assert "/actions/" not in caplog.text


def test_everything_is_mounted_into_another_app(tmp_path: Path, bot: Natobot) -> None:
    """`register` alone gives somebody else's app the command, buttons, windows, shortcuts and the Home tab."""
    with Playground() as slack:
        app = App(
            client=WebClient(slack.bot_token, base_url=slack.api_url),
            signing_secret="s3cret",
            authorize=lambda: AuthorizeResult(
                enterprise_id=None, team_id="T0LOCAL01", bot_user_id="U0NATOBOT", bot_token=slack.bot_token
            ),
        )
        theirs: list[str] = []

        def pressed(ack: Any) -> None:
            theirs.append("pressed")
            ack()

        app.action("theirs")(pressed)
        state = State.open(f"sqlite:///{tmp_path / 'state.sqlite3'}")
        register(app, bot, state, editors=[("T0LOCAL01", EDITOR)])
        value = json.dumps({"q": QUESTION, "p": [bot.reply(QUESTION).snippets[0].passage.id], "n": 1})
        base = {"team": {"id": "T0LOCAL01"}, "user": {"id": EDITOR}}
        acts: list[tuple[str, dict[str, Any]]] = [
            ("block_actions", {"actions": [{"action_id": "natobot_context", "block_id": "b", "value": value}]}),
            ("message_action", {"callback_id": "find_sources", "message": {"text": QUESTION, "ts": "1700000001.000100"}}),
            ("block_actions", {"actions": [{"action_id": "theirs", "block_id": "b"}]}),
        ]
        for kind, fields in acts:
            payload = {"type": kind, **base, **fields, "trigger_id": slack.state.trigger(EDITOR)}
            assert dispatch(app, urlencode({"payload": json.dumps(payload)})).status == 200
        event = {"type": "app_home_opened", "user": EDITOR, "tab": "home", "channel": "D0EDITOR1"}
        body = json.dumps({"type": "event_callback", "team_id": "T0LOCAL01", "event_id": "Ev1", "event": event})
        assert dispatch(app, body, "application/json").status == 200
        slack.wait_for_calls("views.open", 2)
        slack.wait_for_calls("views.publish")
        slack.settle(0.2)
        assert theirs == ["pressed"]
        home = slack.home()
        assert home is not None
        assert "Questions without an answer" in shown(home)
        state.close()


def dispatch(app: App, body: str, kind: str = "application/x-www-form-urlencoded") -> Any:
    """Hand a request to an app as Slack signs it."""
    stamp = str(int(time.time()))
    signature = hmac.new(b"s3cret", f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={signature}", "content-type": kind}
    return app.dispatch(BoltRequest(body=body, headers=dict(headers)))
