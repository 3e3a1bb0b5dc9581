"""What the sources date, in Slack: a timeline with its window, and another quotation below the day's."""

import datetime
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from natobot import render
from natobot.bot import Natobot
from natobot.model import Taste, TodayItem
from natobot.playground.blocks import check_message, check_view
from natobot.playground.records import Message
from natobot.playground.server import Playground
from natobot.settings import Settings
from natobot.slack import dated
from natobot.slack.carry import Turn, unpack_turn
from natobot.state import State, Workspace
from natobot.subscriptions import Subscription, Subscriptions
from slack_screen import EDITOR, ask, last, press, serving, shown, window

TOPIC = "Afghanistan"
DAY = datetime.date(2026, 3, 14)
GENERAL = "C0GENERAL"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[dict[str, tuple[Playground, Path]]]:
    """The app at work twice, by transport."""
    homes = [tmp_path_factory.mktemp(name) for name in ("http", "socket")]
    with (
        Playground(transport="http") as http,
        serving(homes[0], settings, http),
        Playground(transport="socket") as socket_,
        serving(homes[1], settings, socket_),
    ):
        yield {"http": (http, homes[0]), "socket": (socket_, homes[1])}


@pytest.fixture(params=["http", "socket"])
def either(running: dict[str, tuple[Playground, Path]], request: pytest.FixtureRequest) -> Iterator[Playground]:
    """A local Slack with nothing said yet, over each transport."""
    one, _ = running[request.param]
    one.reset()
    yield one
    assert one.unknown_calls == []


@pytest.fixture
def slack(running: dict[str, tuple[Playground, Path]]) -> Iterator[Playground]:
    """The same over HTTP alone."""
    one, _ = running["http"]
    one.reset()
    yield one
    assert one.unknown_calls == []


def quotations(message: Message) -> list[str]:
    """The quotations of a message, in order."""
    parts = [part for block in message.blocks if block["type"] == "rich_text" for part in block["elements"]]
    return ["".join(run["text"] for run in part["elements"]) for part in parts if part["type"] == "rich_text_quote"]


def dates(blocks: object) -> list[str]:
    """The dates above the statements, in order."""
    assert isinstance(blocks, list | tuple)
    parts = [part for block in blocks if block["type"] == "rich_text" for part in block["elements"]]
    return [part["elements"][0]["text"] for part in parts if part["type"] == "rich_text_section"]


# The timeline


def test_a_timeline(either: Playground, bot: Natobot) -> None:
    """Statements stand in the order of their dates, each with date, words and citation; *More* has those that follow."""
    items = bot.timeline(TOPIC)
    assert len(items) > dated.MOST
    card = ask(either, f"timeline of {TOPIC}")
    assert card.ephemeral_to == EDITOR
    in_words = [render.in_words(str(item.event.date)) for item in items if item.event]
    assert dates(card.blocks) == in_words[: dated.MOST]
    assert quotations(card) == [item.snippet.text for item in items[: dated.MOST]]
    for item in items[: dated.MOST]:
        assert render.citation(item.snippet, bot.wording) in json.dumps(card.blocks, ensure_ascii=False)
        assert render.escape(item.snippet.text)[:40] in card.text
    assert f"And {len(items) - dated.MOST} more." in json.dumps(card.blocks)
    press(either, card, "later")
    view = window(either)
    assert dates(view.body["blocks"]) == in_words[dated.MOST :]
    assert items[-1].snippet.text[:40] in shown(view)
    either.close_view(view)
    press(either, card, "context")
    assert items[0].snippet.passage.id in shown(window(either))


def test_a_timeline_of_what_no_source_speaks_of(slack: Playground) -> None:
    """What no source mentions is named; what nobody dates is said so, with the topic."""
    assert "None of the sources mentions Iceland." in ask(slack, "timeline Iceland").text
    assert "dates anything about cheese" in ask(slack, "timeline cheese").text
    assert "/nato timeline" in ask(slack, "timeline").text


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec=None, exclude_categories=()), min_size=1, max_size=3000), count=st.integers(1, 80))
def test_any_timeline_is_accepted(bot: Natobot, text: str, count: int) -> None:
    """However long the statements, the topic or the list, Slack accepts the card and the window."""
    item = bot.timeline(TOPIC)[0]
    whole = replace(item.snippet, text=text, highlights=())
    items = [TodayItem(snippet=whole, event=item.event)] * count
    check_message(*dated.timeline(items, text, bot.wording))
    check_view(dated.later(items, bot.wording), "modal")


def test_a_very_long_timeline_says_how_much_is_left(bot: Natobot) -> None:
    """What not even the window holds is counted."""
    items = [bot.timeline(TOPIC)[0]] * (dated.MOST + dated.WINDOW + 3)
    assert "And 3 more." in json.dumps(dated.later(items, bot.wording))


# Another quotation


def test_another_one_twice(either: Playground, bot: Natobot) -> None:
    """The first stands below the day's post, which stays; the second takes its place; each is the next, and all private."""
    posted = ask(either, "today")
    turn = turn_of(posted)
    assert (turn.channel, turn.further) == (GENERAL, 1)
    expected = [bot.today(turn.date, GENERAL, further=number).items[0].snippet.passage.text for number in (1, 2)]
    press(either, posted, "another")
    either.state.wait(lambda: len(either.messages()) == 2, 5)
    first = last(either)
    assert (first.ephemeral_to, first.blocks[0]["text"]["text"]) == (EDITOR, "Another quotation")
    assert expected[0] in " ".join(quotations(first))
    press(either, first, "another")
    either.settle(0.15)
    assert [m.ts for m in either.messages()] == [posted.ts, first.ts]
    assert expected[1] in " ".join(quotations(last(either)))
    assert either.messages()[0] == posted


def turn_of(message: Message) -> Turn:
    """Which quotation the button of a message asks for."""
    buttons = [element for block in message.blocks if block["type"] == "actions" for element in block["elements"]]
    [found] = [unpack_turn(button["value"]) for button in buttons if button["action_id"] == "natobot_another"]
    assert found is not None
    return found


def test_another_one_below_a_public_post(slack: Playground, bot: Natobot) -> None:
    """Anybody may ask for another below the post in the channel; only they see it, and the post stays as it is."""
    today = bot.today(DAY, GENERAL)
    text, blocks = dated.of_today(today, bot.wording, Turn(date=DAY, channel=GENERAL, further=1))
    team = slack.state.team
    post = slack.state.add(
        channel=GENERAL, user=team.bot_user, bot_id=team.bot, text=text, blocks=tuple(blocks), via="chat.postMessage"
    )
    for person, number in (("editor", "U0EDITOR1"), ("reporter", "U0REPORT1")):
        press(slack, post, "another", user=person)
        slack.settle(0.15)
        assert last(slack).ephemeral_to == number
        assert quotations(last(slack)) == [bot.today(DAY, GENERAL, further=1).items[0].snippet.text]
    assert slack.state.find(GENERAL, post.ts) == post
    press(slack, post, "helpful")
    assert "helped" in last(slack).text


def test_another_one_is_to_the_taste_of_the_channel(
    slack: Playground, bot: Natobot, running: dict[str, tuple[Playground, Path]]
) -> None:
    """In a channel with a daily post, /nato today is that post, and another one is of its topics and documents too."""
    state = State.open(f"sqlite:///{running['http'][1] / 'state.sqlite3'}")
    kept, taste = Subscriptions(state), Taste(sources=frozenset({"rumer"}))
    kept.put(Subscription(workspace=Workspace(team="T0LOCAL01"), channel=GENERAL, zone="Pacific/Kiritimati", taste=taste))
    card = ask(slack, "today")
    [turn] = [
        unpack_turn(e["value"]) for b in card.blocks if b["type"] == "actions" for e in b["elements"] if "another" in str(e)
    ]
    assert turn is not None
    here = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=14))).date()
    assert abs((here - turn.date).days) <= 1
    assert turn.date == here or datetime.datetime.now(datetime.UTC).minute < 2
    assert "Eugene Rumer" in card.text
    for _ in range(4):
        press(slack, last(slack), "another")
        slack.settle(0.15)
        assert "Eugene Rumer" in last(slack).text
    kept.remove(Workspace(team="T0LOCAL01"), GENERAL)
    state.close()


def test_another_one_survives_a_restart(tmp_path: Path, settings: Settings) -> None:
    """A button of before a restart works after it; one that carries nonsense says so."""
    with Playground() as slack:
        with serving(tmp_path, settings, slack):
            card = ask(slack, "today")
        with serving(tmp_path, settings, slack):
            press(slack, card, "another")
            assert last(slack).blocks[0]["text"]["text"] == "Another quotation"
            for value in ('{"d":"2026-07-08","c":"C1","n":99999}', "of another version"):
                team = slack.state.team
                text = {"type": "plain_text", "text": "Another one"}
                button = {"type": "button", "action_id": "natobot_another", "text": text, "value": value}
                old = slack.state.add(
                    channel=card.channel,
                    user=team.bot_user,
                    bot_id=team.bot,
                    blocks=({"type": "actions", "elements": [button]},),
                    via="chat.postMessage",
                )
                press(slack, old, "another")
                assert "too old" in last(slack).text


def test_every_day_of_a_year_is_accepted(bot: Natobot) -> None:
    """Slack accepts the post of every day of a year and the quotation after it, with their buttons."""
    for number in range(366):
        day = DAY + datetime.timedelta(days=number)
        turn = Turn(date=day, channel=GENERAL, further=1)
        check_message(*dated.of_today(bot.today(day, GENERAL), bot.wording, turn))
        check_message(*dated.another(bot.today(day, GENERAL, further=1), bot.wording, turn))
