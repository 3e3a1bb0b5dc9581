"""A subscription in words: when, in which zone, about what, what changed, what became of its posts. Pure functions."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from natobot import render
from natobot.model import Source
from natobot.render import Block, Wording
from natobot.schedule import Due
from natobot.slack import cards
from natobot.slack.wish import EVERY_DAY, WORKDAYS, Misread, Wish
from natobot.subscriptions import DailyRecord, Subscription, zone

# Topics or sources that are named before "and 7 more".
_NAMED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What there is to subscribe to, and the sentences to say it with."""

    # Slug to title.
    topics: Mapping[str, str]
    # Id to source.
    sources: Mapping[str, Source]
    # Every sentence the bot says.
    wording: Wording


def schedule(subscription: Subscription, shelf: Shelf) -> str:
    """Days, time, zone, topics, sources and whether it is quiet, in one line."""
    wording = shelf.wording
    line = wording["schedule"].format(
        days=days(subscription.taste.weekdays, wording),
        time=clock(subscription.time),
        zone=subscription.zone.replace("_", " "),
        topics=topics(subscription, shelf),
        sources=sources(subscription, shelf),
    )
    line = line[:1].upper() + line[1:]
    return f"{line} {wording['schedule_quiet']}" if subscription.quiet else line


def clock(time: datetime.time) -> str:
    """A time of day as it is shown everywhere."""
    return time.strftime("%H:%M")


def days(weekdays: Iterable[int], wording: Wording) -> str:
    """Days of the week in words."""
    chosen = frozenset(weekdays)
    if chosen == EVERY_DAY:
        return wording["days_all"]
    if chosen == WORKDAYS:
        return wording["days_work"]
    return wording["days_some"].format(days=_listed([weekday(day, wording) for day in sorted(chosen)], wording))


def weekday(day: int, wording: Wording) -> str:
    """The name of a day; Monday is 0."""
    return wording[f"weekday_{day + 1}"]


def topics(subscription: Subscription, shelf: Shelf) -> str:
    """Its topics by their titles."""
    chosen = subscription.taste.topics
    names = [title for slug, title in shelf.topics.items() if slug in chosen]
    names += sorted(chosen - shelf.topics.keys())
    return _listed(names, shelf.wording) if names else shelf.wording["topics_all"]


def sources(subscription: Subscription, shelf: Shelf) -> str:
    """Its sources by their authors."""
    chosen = subscription.taste.sources
    names = [render.authors(source) for key, source in shelf.sources.items() if key in chosen]
    names += sorted(chosen - shelf.sources.keys())
    return _listed(names, shelf.wording) if names else shelf.wording["sources_all"]


def _listed(names: Sequence[str], wording: Wording) -> str:
    if len(names) > _NAMED:
        return wording["listed_more"].format(names=", ".join(names[: _NAMED - 1]), count=len(names) - _NAMED + 1)
    if len(names) > 1:
        return wording["listed"].format(names=", ".join(names[:-1]), last=names[-1])
    return "".join(names)


def changes(old: Subscription, new: Subscription, shelf: Shelf) -> list[str]:
    """What is different, a line for each thing."""
    wording = shelf.wording
    quiet = {True: wording["quiet_yes"], False: wording["quiet_no"]}
    pairs = {
        "time": (clock(old.time), clock(new.time)),
        "zone": (old.zone.replace("_", " "), new.zone.replace("_", " ")),
        "days": (days(old.taste.weekdays, wording), days(new.taste.weekdays, wording)),
        "topics": (topics(old, shelf), topics(new, shelf)),
        "sources": (sources(old, shelf), sources(new, shelf)),
        "quiet": (quiet[old.quiet], quiet[new.quiet]),
    }
    same = {"topics": old.taste.topics == new.taste.topics, "sources": old.taste.sources == new.taste.sources}
    return [
        wording[f"changed_{what}"].format(before=before, after=after)
        for what, (before, after) in pairs.items()
        if not same.get(what, before == after)
    ]


def due_line(due: Due | None, subscription: Subscription, wording: Wording) -> str:
    """When the next post comes, or why none does."""
    if subscription.paused:
        return wording["paused"].format(why=subscription.paused)
    if due is None:
        return wording["due_never"]
    date = f"{weekday(due.date.weekday(), wording)}, {render.in_words(due.date.isoformat())}"
    # Where the clocks are set forward this may be later than was wished for.
    at = datetime.datetime.fromtimestamp(due.at, zone(subscription.zone)).time()
    return wording["due"].format(date=date, time=clock(at), zone=subscription.zone.replace("_", " "))


def history(records: Sequence[DailyRecord], wording: Wording) -> Iterator[str]:
    """What became of the last posts, newest first, a line for each."""
    for record in records:
        line = wording[f"history_{record.status}"].format(date=render.in_words(record.date.isoformat()))
        yield f"{line} ({record.error})" if record.error else line


def misread(wish: Wish, wording: Wording) -> list[str]:
    """What was not understood, each with a way out, and an example below."""
    lines = [_misread(each, wording) for each in wish.misread]
    return [*lines, wording["wish_nothing_done"], wording["wish_example"]]


def _misread(each: Misread, wording: Wording) -> str:
    key = f"wish_{each.why}_near" if each.why == "unknown" and each.near else f"wish_{each.why}"
    return wording[key].format(words=each.words, near=each.near)


def announced(key: str, person: str, wording: Wording, lines: Sequence[str] = (), buttons: Sequence[Block] = ()) -> cards.Card:
    """What all are told that somebody did, with lines below it."""
    text, heading = cards.named(person, wording[key].format(person="\0"))
    rows = [cards.row(*buttons)] if buttons else []
    text = "\n".join([text, *(render.escape(line) for line in lines)])
    return render.clip(text, 3_900), [heading, *(render.plain(line) for line in lines), *rows]
