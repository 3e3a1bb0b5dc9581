"""The daily post arranged through the front door: the real app, the local Slack, over HTTP and Socket Mode."""

import datetime
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import pytest

from natobot import daily
from natobot.bot import Natobot
from natobot.model import Taste
from natobot.playground import faults
from natobot.playground.blocks import check_view
from natobot.playground.records import Message, View
from natobot.playground.server import Playground
from natobot.settings import Settings
from natobot.slack import arrange, zones
from natobot.slack.home import POSTS
from natobot.slack.plans import Shelf
from natobot.state import State, Workspace
from natobot.subscriptions import DailyRecord, Subscription, Subscriptions
from slack_desk import settings as slack_settings
from slack_screen import EDITOR, last, press, serving, shown, window

HERE = Workspace(team="T0LOCAL01")
GENERAL, NEWSROOM = "C0GENERAL", "C0NEWSROOM"
REPORTER = "U0REPORT1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A local Slack with the app at work, and what the app keeps."""

    # Where people type.
    slack: Playground
    # Who gets a daily post.
    kept: Subscriptions

    def type(self, text: str, user: str = "editor", channel: str = "general") -> Message:
        """Type /nato with a text; what natobot then writes last, there or privately."""
        before = len(self.slack.messages())
        delivery = self.slack.command("/nato", text, user=user, channel=channel)
        assert delivery.timely
        assert delivery.error is None
        return self.slack.wait_for_messages(before + 1)[-1]

    def settings(self, user: str = "editor", channel: str = "general") -> View:
        """Type /nato settings; the window that opens."""
        before = len(self.slack.wait_for_calls("views.open", 0))
        assert self.slack.command("/nato", "settings", user=user, channel=channel).timely
        self.slack.wait_for_calls("views.open", before + 1)
        return window(self.slack, user)

    def home(self, user: str) -> View:
        """Open the Home tab; what it shows."""
        before = len(self.slack.wait_for_calls("views.publish", 0))
        self.slack.open_home(user=user)
        self.slack.wait_for_calls("views.publish", before + 1)
        view = self.slack.home(user)
        assert view is not None
        return view

    def there(self, channel: str = GENERAL) -> Subscription:
        """The subscription of a channel, which there must be."""
        assert self.slack.state.wait(lambda: self.kept.get(HERE, channel) is not None, 5)
        found = self.kept.get(HERE, channel)
        assert found is not None
        return found

    def gone(self, channel: str = GENERAL) -> bool:
        """Whether the channel has none once all is quiet."""
        self.slack.settle(0.15)
        return self.kept.get(HERE, channel) is None


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, settings: Settings, bot: Natobot) -> Iterator[dict[str, Place]]:
    """The app at work twice, by transport, with one editor."""
    homes = [tmp_path_factory.mktemp(name) for name in ("http", "socket")]
    states = [State.open(f"sqlite:///{home / 'state.sqlite3'}") for home in homes]
    editors = {"NATOBOT_EDITORS": f"T0LOCAL01:{EDITOR}"}
    with (
        Playground(transport="http") as http,
        serving(homes[0], settings, http, **editors),
        Playground(transport="socket") as socket_,
        serving(homes[1], settings, socket_, **editors),
    ):
        places = zip((http, socket_), states, strict=True)
        yield {slack.transport: Place(slack=slack, kept=Subscriptions(state)) for slack, state in places}
    for state in states:
        state.close()


def fresh(place: Place) -> Iterator[Place]:
    """A place where nobody has said or arranged anything; afterwards no unknown method may have been called."""
    place.slack.reset()
    for each in place.kept.of(HERE):
        place.kept.remove(HERE, each.channel)
    yield place
    place.slack.settle(0.1)
    assert place.slack.unknown_calls == []


@pytest.fixture
def place(running: dict[str, Place]) -> Iterator[Place]:
    """Over HTTP."""
    yield from fresh(running["http"])


@pytest.fixture(params=["http", "socket"])
def either(running: dict[str, Place], request: pytest.FixtureRequest) -> Iterator[Place]:
    """Over each transport."""
    yield from fresh(running[request.param])


# Subscribing


def test_subscribe_with_nothing_said(either: Place) -> None:
    """Alone it means nine in the zone of the person; all in the channel are told who, when, about what and how to end it."""
    said = either.type("subscribe", user="reporter")
    assert (said.ephemeral_to, said.channel, said.via) == (None, GENERAL, "chat.postMessage")
    assert said.text.startswith(f"<@{REPORTER}> subscribed to a daily post here")
    for words in ("Every day at 09:00 (America/New York), about all topics, from all documents.", "/nato unsubscribe"):
        assert words in said.text
    found = either.there()
    assert (found.person, found.time, found.zone, found.taste) == (REPORTER, datetime.time(9), "America/New_York", Taste())
    assert [call.body["user"] for call in either.slack.wait_for_calls("users.info")] == [REPORTER]


def test_subscribe_with_everything_said(either: Place) -> None:
    """Time, zone, days, topics and documents are kept as they were written, and Slack is asked nothing of the person."""
    said = either.type("subscribe 9:30 pm Tokyo mon-fri china, asia-pacific from Jin Ling")
    found = either.there()
    assert (found.time, found.zone) == (datetime.time(21, 30), "Asia/Tokyo")
    assert found.taste == Taste(
        weekdays=frozenset(range(5)), topics=frozenset({"china", "asia-pacific"}), sources=frozenset({"jin-ling"})
    )
    assert "Monday to Friday at 21:30 (Asia/Tokyo)" in said.text
    assert "China" in said.text
    assert "Jin Ling" in said.text
    assert not [call for call in either.slack.calls if call.method == "users.info"]


def test_nonsense_is_named_and_nothing_is_kept(either: Place) -> None:
    """Whatever was not understood stands in a private answer with an example, and nothing is half-subscribed."""
    said = either.type("subscribe 9 brussles CET every full moon")
    assert said.ephemeral_to == EDITOR
    for words in ("brussles", "CET", "full moon", "I changed nothing", "/nato subscribe 9:00 Europe/Brussels"):
        assert words in said.text
    assert either.gone()
    assert [message for message in either.slack.messages() if message.ephemeral_to is None] == []


@pytest.mark.parametrize("private", [False, True])
def test_subscribing_where_natobot_is_not(either: Place, private: bool) -> None:
    """Where natobot is no member, the answer is private and says how to invite it; nothing is kept."""
    room = either.slack.add_channel(f"elsewhere-{private}", private=private, member=False)
    said = either.type("subscribe 9", channel=room.id)
    assert said.ephemeral_to == EDITOR
    assert "/invite @natobot" in said.text
    assert either.gone(room.id)


def test_a_refused_confirmation_keeps_nothing(place: Place) -> None:
    """If Slack refuses the message for another reason, the reason is told, and nothing is kept."""
    place.slack.faults.add("chat.postMessage", faults.refused("restricted_action"))
    said = place.type("subscribe 9")
    assert (said.ephemeral_to, "restricted_action" in said.text) == (EDITOR, True)
    assert place.gone()


def test_an_uncertain_confirmation_is_kept_and_said(place: Place) -> None:
    """If nobody knows whether the message arrived, the subscription stands, once, and the person is told of the doubt."""
    place.slack.faults.add("chat.postMessage", faults.reset(accepted=True))
    place.slack.command("/nato", "subscribe 9")
    place.slack.wait_for_calls("response_url")
    assert "did not say whether" in last(place.slack).text
    assert len([message for message in place.slack.messages() if message.ephemeral_to is None]) == 1
    assert place.there().time == datetime.time(9)


def test_without_the_zone_of_the_person_it_is_utc(place: Place) -> None:
    """If Slack does not tell the zone, UTC is taken, and the channel reads so."""
    place.slack.faults.add("users.info", faults.refused("missing_scope"))
    said = place.type("subscribe 10")
    assert "10:00 (UTC)" in said.text
    assert "so I took UTC" in said.text
    assert place.there().zone == "UTC"


def test_subscribing_again_changes_what_is_said_alone(either: Place) -> None:
    """A second time only what is said changes; the channel reads what it was, and the one who subscribed stays."""
    either.type("subscribe 9 Brussels weekdays asia-pacific")
    either.there()
    said = either.type("subscribe 10:15", user="reporter")
    assert said.text.startswith(f"<@{REPORTER}> changed the daily post here.\nTime: 10:15 (it was 09:00).")
    assert "Time zone:" not in said.text
    assert either.slack.state.wait(lambda: either.there().time == datetime.time(10, 15), 5)
    found = either.there()
    assert (found.person, found.zone, found.taste.topics) == (EDITOR, "Europe/Brussels", frozenset({"asia-pacific"}))
    again = either.type("subscribe 10:15")
    assert (again.ephemeral_to, "Nothing to change" in again.text) == (EDITOR, True)
    everything = either.type("subscribe everything")
    assert "Topics: all topics (it was Asia-Pacific and the pivot)." in everything.text


def test_subscribing_again_ends_a_pause(place: Place) -> None:
    """A subscription that pauses goes on when somebody subscribes again, though nothing else changes, and says so."""
    place.type("subscribe 9")
    place.there()
    assert place.kept.pause(HERE, GENERAL, "is_archived")
    said = place.type("subscribe")
    assert "It goes on from now." in said.text
    assert place.slack.state.wait(lambda: place.there().paused == "", 5)


def test_topics_that_the_documents_have_nothing_for(place: Place) -> None:
    """What would never be posted is not subscribed to; where there is little, that is said."""
    said = place.type("subscribe 9 china rumer")
    assert (said.ephemeral_to, "nothing to quote" in said.text) == (EDITOR, True)
    assert place.gone()
    assert "only 3 fit" in place.type("subscribe 9 founding-treaty").text


def test_a_direct_message_can_have_one_too(place: Place) -> None:
    """In the direct message with natobot the same words work."""
    room = place.slack.state.direct(EDITOR)
    said = place.type("subscribe 8", channel=room.id)
    assert (said.channel, said.ephemeral_to) == (room.id, None)
    assert place.there(room.id).time == datetime.time(8)


def test_a_database_that_fails_is_said(place: Place) -> None:
    """If the database fails, the person reads an apology with a reference, and the log no text."""
    with patch("natobot.subscriptions.Subscriptions.get", side_effect=RuntimeError("sekretwort")):
        said = place.type("subscribe 9")
    assert (said.ephemeral_to, "reference" in said.text) == (EDITOR, True)


def test_what_is_subscribed_is_posted(tmp_path: Path, settings: Settings) -> None:
    """From /nato subscribe to the post: it is of the documents chosen, and below it anybody gets another of them."""
    with Playground() as slack, serving(tmp_path, settings, slack):
        slack.command("/nato", "subscribe 9 Brussels from Rumer")
        slack.wait_for_messages(1)
        slack.settle(0.15)
        database = {"DATABASE_URL": f"sqlite:///{tmp_path / 'state.sqlite3'}"}
        given = slack_settings(settings.home, slack, **database)
        for _ in range(2):
            daily.daily(given, datetime.date(2026, 3, 14))
        assert len(slack.messages()) == 2
        post = last(slack)
        assert (post.channel, post.ephemeral_to, "Eugene Rumer" in post.text) == (GENERAL, None, True)
        press(slack, post, "another", user="reporter")
        slack.settle(0.15)
        assert (last(slack).ephemeral_to, "Eugene Rumer" in last(slack).text) == (REPORTER, True)
        slack.command("/nato", "settings")
        slack.wait_for_calls("views.open")
        assert "14 March 2026: posted" in shown(window(slack))


# Ending


def test_unsubscribe(either: Place) -> None:
    """It ends the daily post for all, who are told by whom; a second time there is nothing to end."""
    either.type("subscribe 9")
    either.there()
    said = either.type("unsubscribe", user="reporter")
    assert (said.ephemeral_to, said.text) == (None, f"<@{REPORTER}> ended the daily post here.")
    assert either.gone()
    again = either.type("unsubscribe")
    assert (again.ephemeral_to, "/nato subscribe" in again.text) == (EDITOR, True)


def test_unsubscribe_where_natobot_was_removed(place: Place) -> None:
    """Where natobot can no longer speak it ends too, and the person is told privately."""
    place.type("subscribe 9")
    place.there()
    place.slack.faults.add("chat.postMessage", faults.refused("not_in_channel"))
    said = place.type("unsubscribe")
    assert (said.ephemeral_to, "is ended" in said.text) == (EDITOR, True)
    assert place.gone()


# The window


def test_settings_there_and_back(either: Place) -> None:
    """The window shows what is kept; a mistake is said beside its field; what is sent off is kept, and all are told."""
    either.type("subscribe 9 Brussels weekdays", user="reporter")
    either.there()
    view = either.settings()
    fields = {block["block_id"]: block["element"] for block in view.body["blocks"] if block["type"] == "input"}
    assert fields["time"]["initial_time"] == "09:00"
    assert fields["zone"]["initial_option"]["value"] == "Europe/Brussels"
    assert [option["value"] for option in fields["weekdays"]["initial_options"]] == list("01234")
    wrong = either.slack.submit(view, {"weekdays": ""})
    assert wrong.payload == {"response_action": "errors", "errors": {"weekdays": "Choose at least one day."}}
    barren = either.slack.submit(view, {"topics": "china", "sources": "rumer"})
    assert list(barren.payload["errors"]) == ["topics"]
    assert either.there().taste.topics == frozenset()
    before = len(either.slack.messages())
    good = either.slack.submit(
        view, {"time": "18:05", "zone": "Asia/Kathmandu", "weekdays": "0,3", "sources": "rynning,rumer", "quiet": "quiet"}
    )
    assert good.timely
    assert "Saved: Every Monday and Thursday at 18:05 (Asia/Kathmandu)" in shown(window(either.slack))
    found = either.there()
    assert (found.time, found.zone, found.quiet, found.person) == (datetime.time(18, 5), "Asia/Kathmandu", True, REPORTER)
    assert found.taste == Taste(weekdays=frozenset({0, 3}), sources=frozenset({"rynning", "rumer"}))
    told = either.slack.wait_for_messages(before + 1)[-1]
    assert told.text.startswith(f"<@{EDITOR}> changed the daily post here.")
    assert "Time: 18:05 (it was 09:00)." in told.text


def test_settings_without_a_change_tell_nobody(place: Place) -> None:
    """Sent off as it stands, the window says how it stands, and the channel reads nothing."""
    place.type("subscribe 9")
    place.there()
    before = len(place.slack.messages())
    assert place.slack.submit(place.settings()).error is None
    assert "Saved" in shown(window(place.slack))
    place.slack.settle(0.15)
    assert len(place.slack.messages()) == before


def test_settings_where_there_is_nothing(place: Place) -> None:
    """Without a subscription the answer says how to make one; one that ended meanwhile is not made again."""
    said = place.type("settings")
    assert (said.ephemeral_to, "/nato subscribe" in said.text) == (EDITOR, True)
    place.type("subscribe 9")
    place.there()
    view = place.settings()
    place.type("unsubscribe", user="reporter")
    assert place.slack.submit(view, {"time": "10:00"}).timely
    assert "There is no daily post here" in shown(window(place.slack))
    assert place.gone()


def test_settings_below_the_confirmation(place: Place) -> None:
    """The button below the public confirmation opens the window for whoever presses it."""
    said = place.type("subscribe 9")
    place.there()
    press(place.slack, said, "settings", user="reporter")
    assert "Europe/Brussels" in shown(window(place.slack, "reporter"))


def test_the_window_ends_it(either: Place) -> None:
    """*End* in the window ends the daily post, says so to all, and closes the questions."""
    either.type("subscribe 9")
    either.there()
    view = either.settings(user="reporter")
    press(either.slack, view, "end", user="reporter")
    assert either.gone()
    assert last(either.slack).text == f"<@{REPORTER}> ended the daily post here."
    assert "The daily post is ended." in shown(window(either.slack, "reporter"))


def test_the_window_shows_what_became_of_the_posts(bot: Natobot) -> None:
    """Posted, uncertain and missed posts stand in the window with their dates, and why it pauses; Slack accepts it."""
    shelf = Shelf(topics=bot.topics, sources=bot.store.sources, wording=bot.wording)
    day = datetime.date(2026, 7, 8)
    history = [
        DailyRecord(date=day, status="accepted", posted_ts="1.2", error=None),
        DailyRecord(date=day - datetime.timedelta(days=1), status="uncertain", posted_ts=None, error="ConnectionResetError"),
        DailyRecord(date=day - datetime.timedelta(days=2), status="missed", posted_ts=None, error=None),
    ]
    kept = Subscription(workspace=HERE, channel=GENERAL, zone="Asia/Calcutta", paused="is_archived")
    view = arrange.window(kept, shelf, history, None)
    check_view(view, "modal")
    said = json.dumps(view, ensure_ascii=False)
    for words in ("8 July 2026: posted", "7 July 2026: uncertain", "ConnectionResetError", "6 July 2026: missed", "is_archived"):
        assert words in said


def test_the_window_fits_whatever_there_is_to_choose(bot: Natobot) -> None:
    """With hundreds of long topics and documents Slack accepts the window, and what is chosen is always offered."""
    topics = {f"topic-{number}": "ж😀" * 100 for number in range(300)}
    source = next(iter(bot.store.sources.values()))
    sources = {f"{number}-{'x' * 60}": replace(source, id=f"{number}", title="y" * 500) for number in range(300)}
    chosen = frozenset({"topic-299", "topic-7", "gone"})
    kept = Subscription(workspace=HERE, channel=GENERAL, zone=zones.UTC, taste=Taste(topics=chosen), quiet=True)
    view = arrange.window(kept, Shelf(topics=topics, sources=sources, wording=bot.wording), [], None)
    check_view(view, "modal")
    fields = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert {option["value"] for option in fields["topics"]["initial_options"]} == chosen
    assert len(json.dumps(view)) < 250_000


@pytest.mark.parametrize("metadata", ["", "x", "[]", "{}", '{"c":7,"h":false}', '{"c":"<!channel>","h":true}', "[" * 5000])
def test_a_window_that_is_not_ours_changes_nothing(place: Place, metadata: str) -> None:
    """Whatever stands in the metadata of a window, nothing is stored and an answer comes."""
    view = place.slack.state.show(
        EDITOR,
        {"type": "modal", "callback_id": arrange.CALLBACK, "private_metadata": metadata, "blocks": [], "title": {}},
    )
    delivery = place.slack.submit(view)
    assert delivery.timely
    assert delivery.payload["response_action"] == "update"
    assert place.kept.of(HERE) == []


# The Home tab


def test_home_lists_what_one_subscribed(either: Place) -> None:
    """A person sees the channels they subscribed, an editor all; each can be changed and ended from there."""
    either.type("subscribe 9", user="reporter")
    either.there()
    either.type("subscribe 10", channel="newsroom")
    either.there(NEWSROOM)
    own = shown(either.home("reporter"))
    assert ("at 09:00" in own, "at 10:00" in own) == (True, False)
    all_ = either.home("editor")
    assert ("at 09:00" in shown(all_), "at 10:00" in shown(all_)) == (True, True)
    assert f'"channel_id": "{GENERAL}"' in shown(all_)
    either.slack.press(all_, "natobot_settings", value=GENERAL)
    either.slack.wait_for_calls("views.open")
    published = len(either.slack.wait_for_calls("views.publish"))
    assert either.slack.submit(window(either.slack), {"time": "07:45"}).timely
    either.slack.wait_for_calls("views.publish", published + 1)
    changed = either.slack.home("editor")
    assert changed is not None
    assert "at 07:45" in shown(changed)
    either.slack.press(changed, "natobot_end", value=GENERAL)
    either.slack.wait_for_calls("views.publish", published + 2)
    assert either.gone()
    assert last(either.slack).text == f"<@{EDITOR}> ended the daily post here."


def test_ending_from_home_where_natobot_was_removed(place: Place) -> None:
    """If the channel cannot be told, whoever ended its daily post on the Home tab is."""
    place.type("subscribe 9")
    place.there()
    view = place.home("editor")
    place.slack.faults.add("chat.postMessage", faults.refused("channel_not_found"))
    press(place.slack, view, "end")
    assert place.gone()
    assert "I could not say so" in shown(window(place.slack))


def test_home_changes_nothing_of_others(place: Place) -> None:
    """A button of a daily post that is somebody else's does nothing on the Home tab but say so."""
    place.type("subscribe 10", channel="newsroom")
    place.there(NEWSROOM)
    view = place.home("reporter")
    assert "subscribed to none" in shown(view)
    forged = {
        "type": "home",
        "blocks": [{"type": "actions", "elements": [button("end", NEWSROOM), button("settings", NEWSROOM)]}],
    }
    view = place.slack.state.redraw(view, forged)
    for name in ("end", "settings"):
        press(place.slack, view, name, user="reporter")
        assert "Only whoever subscribed it" in shown(window(place.slack, "reporter"))
    assert place.there(NEWSROOM).time == datetime.time(10)


def button(name: str, value: str) -> dict[str, object]:
    """A button with a value of one's own choosing."""
    return {
        "type": "button",
        "action_id": f"natobot_{name}",
        "text": {"type": "plain_text", "text": name},
        "value": value,
    }


def with_buttons(*buttons: dict[str, object]) -> dict[str, object]:
    """A Home tab that natobot did not publish."""
    return {"type": "home", "blocks": [{"type": "actions", "elements": list(buttons)}]}


def test_home_turns_over_many(place: Place) -> None:
    """With more daily posts than the Home tab holds, a button shows the others, and then the first again."""
    for number in range(POSTS + 2):
        place.kept.put(Subscription(workspace=HERE, channel=f"C0MANY{number}", time=datetime.time(number)))
    first = place.home("editor")
    assert ("at 07:00" in shown(first), "at 09:00" in shown(first)) == (True, False)
    press(place.slack, first, "further")
    second = place.slack.home("editor")
    assert second is not None
    assert ("at 07:00" in shown(second), "at 09:00" in shown(second)) == (False, True)
    press(place.slack, second, "further")
    third = place.slack.home("editor")
    assert third is not None
    assert shown(third) == shown(first)


def test_buttons_without_a_channel_say_so(place: Place) -> None:
    """A value that is no channel's id is answered with a line, not with an error."""
    view = place.home("editor")
    for value in ("", "x y", "<!channel>", "9" * 300):
        view = place.slack.state.redraw(view, with_buttons(button("settings", value)))
        press(place.slack, view, "settings")
        assert "too old" in shown(window(place.slack))
        place.slack.close_view(window(place.slack))


# Forgetting, and what stays private


def test_forget_me_ends_direct_posts_and_takes_the_name_off_others(place: Place) -> None:
    """After "/nato forget me" the person's direct daily post is ended; a channel keeps its own without their name."""
    direct = place.slack.state.direct(REPORTER).id
    place.type("subscribe 9", user="reporter", channel=direct)
    place.there(direct)
    place.type("subscribe 9", user="reporter")
    place.there()
    said = place.type("forget me", user="reporter")
    assert said.text.startswith("Done.")
    assert place.gone(direct)
    assert place.there().person == ""


def test_another_workspace_sees_nothing(place: Place) -> None:
    """What another workspace subscribed stands on no Home tab here, not even an editor's."""
    theirs = Workspace(team="T0OTHER")
    place.kept.put(Subscription(workspace=theirs, channel=GENERAL, person=EDITOR, time=datetime.time(3)))
    assert "at 03:00" not in shown(place.home("editor"))
    assert "no daily post here" in place.type("unsubscribe").text
    assert place.kept.remove(theirs, GENERAL)


def test_what_is_typed_is_in_no_log(tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG, when all goes wrong, no log holds what was typed."""
    with caplog.at_level(logging.DEBUG), Playground() as slack, serving(tmp_path, settings, slack):
        slack.command("/nato", "subscribe 9 sekretwort")
        slack.wait_for_messages(1)
        with patch("natobot.slack.subscribe.read_wish", side_effect=RuntimeError("sekretwort")):
            slack.command("/nato", "subscribe 9 sekretwort")
            slack.wait_for_messages(2)
        with patch("natobot.slack.arrange.filled", side_effect=RuntimeError("sekretwort")):
            slack.command("/nato", "subscribe 9")
            slack.wait_for_messages(3)
            slack.settle(0.15)
            slack.command("/nato", "settings")
            slack.wait_for_calls("views.open")
            slack.submit(window(slack), {"time": "10:00"})
    assert "reference" in caplog.text
    assert "sekretwort" not in caplog.text
