"""``/nato subscribe``, ``unsubscribe`` and ``settings``, and the buttons of a daily post's settings: what people want goes
into the state database, and its channel is told. Slack has had its acknowledgement before any of this runs.
"""

import datetime
import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_sdk import WebClient

from natobot.model import Taste
from natobot.schedule import Due, next_due
from natobot.slack import arrange, cards, logs, modals, plans
from natobot.slack.carry import is_channel
from natobot.slack.deliver import apology
from natobot.slack.desk import Desk, Press, answer_privately, command_of, show, tell
from natobot.slack.homes import publish
from natobot.slack.post import FAILURES, Outcome, outcome_of, post, posting_client
from natobot.slack.wish import Wish, names_of, read_wish
from natobot.slack.zones import UTC, is_zone
from natobot.state import Workspace
from natobot.subscriptions import Subscription

log = logging.getLogger(__name__)

# What Slack says where the app is not in the channel.
_OUTSIDE = ("not_in_channel", "channel_not_found")
_YEAR = 366
# With fewer quotations than days in two weeks, people are told that they come back.
_FEW = 14


def arranged(desk: Desk, name: str, rest: str, command: Mapping[str, Any], context: Mapping[str, Any], client: WebClient) -> None:
    """Do what a command about the daily post asks for. Whatever happens, the person hears of it."""
    press = command_of(command, context)
    try:
        if name == "subscribe":
            _subscribe(desk, press, rest, client)
        elif name == "unsubscribe":
            _unsubscribe(desk, press, client)
        else:
            _settings(desk, press, press.channel, client)
    except Exception as error:
        # The last line of defence: Bolt would log the message of the error.
        tell(press, client, apology(desk.bot, logs.report(error, f"answering /nato {name}")), desk)


# Subscribing


def _subscribe(desk: Desk, press: Press, rest: str, client: WebClient) -> None:
    wish = read_wish(rest, names_of(desk.bot.topics, desk.bot.store.sources.values()))
    if wish.misread:
        lines = plans.misread(wish, desk.wording)
        answer_privately(press, client, cards.lines(lines), desk)
        return
    old = desk.subscriptions.get(press.workspace, press.channel)
    zone = wish.zone or (old.zone if old else zone_of_person(client, press.person))
    new = _wished(wish, old or Subscription(workspace=press.workspace, channel=press.channel, person=press.person), zone or UTC)
    if not new.person:
        new = replace(new, person=press.person)
    if barren(desk, new):
        tell(press, client, desk.wording["subscribe_barren"], desk)
    elif old and not old.paused and not plans.changes(old, new, desk.shelf):
        tell(press, client, desk.wording["subscribed_same"].format(schedule=plans.schedule(old, desk.shelf)), desk)
    else:
        _confirm(desk, press, client, old, new, guessed=zone is None)


def _confirm(desk: Desk, press: Press, client: WebClient, old: Subscription | None, new: Subscription, *, guessed: bool) -> None:
    """Say it in the channel, then keep it; where natobot cannot speak, nothing is kept."""
    outcome = _say(desk, client, new.channel, confirmation(desk, press.person, old, new, guessed=guessed))
    if outcome.kind in ("refused", "never_sent"):
        outside = outcome.error in _OUTSIDE
        line = desk.wording["subscribe_invite" if outside else "subscribe_refused"]
        tell(press, client, line.format(error=outcome.error, remedy=outcome.remedy), desk)
        return
    desk.subscriptions.put(new)
    if outcome.kind == "uncertain":
        tell(press, client, desk.wording["subscribe_uncertain"], desk)


def _wished(wish: Wish, old: Subscription, zone: str) -> Subscription:
    """A subscription with what was wished for in place of what it had."""
    before = old.taste
    taste = Taste(
        weekdays=before.weekdays if wish.weekdays is None else wish.weekdays,
        topics=before.topics if wish.topics is None else wish.topics,
        sources=before.sources if wish.sources is None else wish.sources,
    )
    return replace(old, time=wish.time or old.time, zone=zone, taste=taste)


def zone_of_person(client: WebClient, person: str) -> str | None:
    """The time zone of a person, as Slack knows it; nothing else of them is looked at."""
    try:
        user = client.users_info(user=person).get("user")
    except FAILURES as error:
        log.warning("a time zone was not told (%s)", outcome_of(error).error)
        return None
    zone = user.get("tz") if isinstance(user, dict) else None
    return zone if isinstance(zone, str) and is_zone(zone) else None


def barren(desk: Desk, wanted: Subscription) -> bool:
    """Whether a channel that wants this would never get a post."""
    if quotations(desk, wanted, 1):
        return False
    first = datetime.datetime.now(datetime.UTC).date()
    year = (first + datetime.timedelta(days=number) for number in range(_YEAR))
    return not any(desk.bot.today(day, wanted.channel, taste=wanted.taste).items for day in year)


def quotations(desk: Desk, wanted: Subscription, most: int) -> int:
    """How many quotations there are to the taste of a channel, as far as it matters."""
    date = datetime.datetime.now(datetime.UTC).date()
    found: set[str] = set()
    for further in range(1, most + 1):
        found |= {
            item.snippet.passage.id for item in desk.bot.today(date, wanted.channel, taste=wanted.taste, further=further).items
        }
        if len(found) < further:
            break
    return len(found)


def confirmation(desk: Desk, person: str, old: Subscription | None, new: Subscription, *, guessed: bool = False) -> cards.Card:
    """What the channel is told of a subscription, or of a change of one."""
    wording, shelf = desk.wording, desk.shelf
    lines = plans.changes(old, new, shelf) if old else [plans.schedule(new, shelf)]
    if not wanted_the_same(old, new) and (count := quotations(desk, new, _FEW)) < _FEW:
        lines.append(wording["subscribed_few"].format(count=count))
    lines += [wording["resumed"]] if old and old.paused else []
    lines += [wording["subscribed_utc"]] if guessed else []
    going = replace(new, paused="")
    lines += [plans.due_line(upcoming(desk, going), going, wording), wording["subscribed_how"]]
    key = "resubscribed" if old else "subscribed"
    return plans.announced(key, person, wording, lines, [cards.button("settings", new.channel, wording)])


def wanted_the_same(old: Subscription | None, new: Subscription) -> bool:
    """Whether a change leaves topics and sources as they are."""
    return old is not None and (old.taste.topics, old.taste.sources) == (new.taste.topics, new.taste.sources)


def upcoming(desk: Desk, subscription: Subscription) -> Due | None:
    """What comes next; a date that has had its post has no other, whatever was changed since."""
    had = {record.date for record in desk.subscriptions.history(subscription.workspace, subscription.channel)}
    due = next_due(subscription, time.time())
    while due and due.date in had:
        due = next_due(subscription, due.at)
    return due


# Ending, and the settings


def _unsubscribe(desk: Desk, press: Press, client: WebClient) -> None:
    if line := end(desk, press.workspace, press.channel, press.person, client):
        tell(press, client, line, desk)


def _none(desk: Desk) -> str:
    return desk.wording["subscribe_none"].format(example=desk.wording["example_subscribe"])


def end(desk: Desk, workspace: Workspace, channel: str, person: str, client: WebClient) -> str:
    """End a subscription and say so in its channel; what its person has yet to be told, or "" if the channel says it all."""
    if not desk.subscriptions.remove(workspace, channel):
        return _none(desk)
    outcome = _say(desk, client, channel, plans.announced("unsubscribed", person, desk.wording))
    if outcome.kind == "accepted":
        return ""
    log.warning("the end of a daily post was not announced in %s (%s)", channel, outcome.error)
    return desk.wording["ended_untold"]


def _settings(desk: Desk, press: Press, channel: str, client: WebClient) -> None:
    found = desk.subscriptions.get(press.workspace, channel)
    if found is None:
        tell(press, client, _none(desk), desk)
        return
    history = desk.subscriptions.history(press.workspace, channel)
    view = arrange.window(found, desk.shelf, history, upcoming(desk, found), home=not press.response_url)
    show(press, client, view, desk)


def settings_pressed(desk: Desk, press: Press, client: WebClient) -> None:
    """Open the settings of the channel that the button carries."""
    channel = _channel(desk, press, client)
    if channel:
        _settings(desk, press, channel, client)


def end_pressed(desk: Desk, press: Press, client: WebClient) -> None:
    """End the daily post of the channel that the button carries."""
    channel = _channel(desk, press, client)
    if not channel:
        return
    line = end(desk, press.workspace, channel, press.person, client)
    if press.in_window:
        try:
            client.views_update(view_id=press.message_ts, view=modals.notice(line or desk.wording["ended"], desk.wording))
        except FAILURES as error:
            log.warning("a window was not closed (%s)", outcome_of(error).error)
    elif line:
        tell(press, client, line, desk)
    publish(desk, press.workspace, press.person, client)


def further_pressed(desk: Desk, press: Press, client: WebClient) -> None:
    """Publish the Home tab with the daily posts that follow."""
    start = int(str(press.value)) if str(press.value).isdecimal() and len(str(press.value)) < 6 else 0
    publish(desk, press.workspace, press.person, client, start=start)


def _channel(desk: Desk, press: Press, client: WebClient) -> str:
    """The channel that a button carries, if this person may change its daily post; else they are told.

    Below a message in the channel and in a window that was opened there anybody may; on the Home tab who subscribed and the
    editors.
    """
    channel = press.value if isinstance(press.value, str) and is_channel(press.value) else ""
    if not channel:
        tell(press, client, desk.wording["button_gone"], desk)
        return ""
    found = desk.subscriptions.get(press.workspace, channel)
    here = press.in_window or press.channel == channel
    if found and not here and found.person != press.person and not desk.edits(press.workspace, press.person):
        tell(press, client, desk.wording["subscribe_not_yours"], desk)
        return ""
    return channel


def forget_posts(desk: Desk, press: Press) -> int:
    """End the daily posts of a person's direct conversations with natobot; their name elsewhere goes with what else is
    stored of them. How many ended."""
    theirs = [each.channel for each in desk.subscriptions.of(press.workspace) if each.person == press.person]
    return sum(desk.subscriptions.remove(press.workspace, channel) for channel in theirs if channel.startswith("D"))


def _say(desk: Desk, client: WebClient, channel: str, card: cards.Card) -> Outcome:
    text, blocks = card
    outcome = post(posting_client(client), channel=channel, text=text, blocks=blocks)
    if outcome.kind != "accepted":
        desk.metrics.slack_failed("chat.postMessage", outcome.error)
    return outcome


# The window sent off


def save(desk: Desk, ack: Any, body: Mapping[str, Any], context: dict[str, Any]) -> None:
    """Keep what was filled in, or say beside each field what is wrong with it; `announce` tells the channel afterwards."""
    view = body.get("view") or {}
    person = str((body.get("user") or {}).get("id") or "")
    press = command_of({"user_id": person}, context)
    try:
        channel, _ = arrange.about(view)
        old = desk.subscriptions.get(press.workspace, channel) if channel else None
        if old is None:
            ack(response_action="update", view=modals.notice(_none(desk), desk.wording))
            return
        new, errors = arrange.filled(view, old, desk.wording)
        if not errors and barren(desk, new):
            errors = {"topics": desk.wording["subscribe_barren"]}
        if errors:
            ack(response_action="errors", errors=errors)
            return
        if old.paused or plans.changes(old, new, desk.shelf):
            desk.subscriptions.put(replace(new, person=old.person or press.person))
            context["natobot_changed"] = (old, new)
        line = desk.wording["saved"].format(schedule=plans.schedule(new, desk.shelf))
        ack(response_action="update", view=modals.notice(line, desk.wording))
    except Exception as error:
        # The last line of defence: Slack would show nothing but that it had trouble.
        line = apology(desk.bot, logs.report(error, "saving settings"))
        ack(response_action="update", view=modals.notice(line, desk.wording))


def announce(desk: Desk, body: Mapping[str, Any], context: Mapping[str, Any], client: WebClient) -> None:
    """Tell the channel what `save` changed, and bring the Home tab up to date."""
    changed = context.get("natobot_changed")
    if not changed:
        return
    old, new = changed
    person = str((body.get("user") or {}).get("id") or "")
    try:
        outcome = _say(desk, client, new.channel, confirmation(desk, person, old, new))
        if outcome.kind != "accepted":
            log.warning("a change of the daily post was not announced in %s (%s)", new.channel, outcome.error)
        if arrange.about(body.get("view") or {})[1]:
            publish(desk, new.workspace, person, client)
    except Exception as error:
        # It is saved, and who saved it has been told so.
        logs.report(error, "announcing settings")
