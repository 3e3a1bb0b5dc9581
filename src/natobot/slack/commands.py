"""``/nato``: the text goes in, what is wanted comes out (``read``), and its private answer (``answer_command``).

The whole text is a question, unless it is one of our words alone, or begins with one that wants something after it.
"""

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import OSA
from slack_sdk import WebClient

from natobot import render
from natobot.cite import STYLES
from natobot.errors import UnknownPassage
from natobot.fold import STOP_WORDS, unescape
from natobot.model import Answer, Taste
from natobot.slack import cards, dated, logs, modals
from natobot.slack.carry import Turn, is_id
from natobot.slack.deliver import apology
from natobot.slack.desk import Desk, Press, command_of
from natobot.slack.subscribe import arranged, forget_posts
from natobot.subscriptions import zone

# Commands when they stand alone; before the id of a passage; as first words.
ALONE = ("help", "about", "privacy", "sources", "today", "why")
BEFORE_ID = ("show", "cite")
FIRST = ("verify", "compare", "define", "quote", "timeline")
FORGET = "forget me"
# About the daily post: answered after the acknowledgement, since Slack is asked something first.
ARRANGED = ("subscribe", "unsubscribe", "settings")
_WORDS = (*ALONE, *BEFORE_ID, *FIRST, FORGET, *ARRANGED)
# "Subscribe to what treaty …?" is a question; "unsubscribe me, please" is none.
_ASKING = frozenset(
    """who whom whose what which when where why how is are was were do does did has have had can could should would will
    if whether that""".split()
)
_POLITE = frozenset("please now me us here this channel conversation from the a daily post posts it thanks".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What was typed after ``/nato``."""

    # ``ask``, one of the words above, ``usage`` for one that lacks something after it, ``near`` for one nearly ours.
    name: str
    # What stands after the word; for ``usage`` and ``near`` our word.
    rest: str = ""


def read(text: str) -> Command:
    """What is wanted. Never swallows a question: everything that is not clearly a command is one."""
    typed = " ".join(unescape(text).split())
    first, _, rest = typed.partition(" ")
    alone, word = typed.lower().rstrip("?!."), first.lower()
    if alone in (*ALONE, FORGET):
        return Command(name=alone)
    if alone in FIRST or alone in BEFORE_ID:
        return Command(name="usage", rest=alone)
    if word in BEFORE_ID and is_id(rest):
        return Command(name=word, rest=rest)
    if word in FIRST:
        return Command(name=word, rest=rest)
    if (word := word.rstrip("?!.,:")) in ARRANGED and (wanted := _arranged(word, rest, asked=typed.endswith("?"))):
        return wanted
    # "who" is a word of its own, though "why" is near.
    if " " not in typed and alone not in STOP_WORDS:
        near = [known for known in _WORDS if OSA.distance(alone, known, score_cutoff=1) == 1]
        if near:
            return Command(name="near", rest=near[0])
    return Command(name="ask", rest=text)


def _arranged(word: str, rest: str, *, asked: bool) -> Command | None:
    """What is wanted of the daily post; nothing for what is a question though it begins so."""
    said = [each.strip(",.!?") for each in rest.lower().split()]
    if word != "subscribe":
        if asked and word == "unsubscribe" and not said:
            return Command(name="near", rest=word)
        return Command(name=word) if set(said) <= _POLITE and not (asked and said) else None
    if said in ([], ["help"]) and (asked or said):
        return Command(name="usage", rest=word)
    # One does not ask for a daily post with a question mark, or by "to what" and the like.
    if len(said) > 2 and (asked or _ASKING & set(said[:2])):
        return None
    return Command(name=word, rest="" if set(said) <= _POLITE else rest)


def is_arranged(command: Mapping[str, Any]) -> bool:
    """Whether ``/nato`` was given for the daily post, which takes longer than an acknowledgement may."""
    return read(str(command.get("text") or "")).name in ARRANGED


def answer_command(desk: Desk, ack: Callable[..., Any], command: Mapping[str, Any], context: Mapping[str, Any]) -> None:
    """Answer ``/nato`` inside its acknowledgement, for the asker's eyes only."""
    try:
        text, blocks = _answer(desk, str(command.get("text") or ""), command, context)
    except Exception as error:
        # The last line of defence: Slack would show the asker nothing but "dispatch_failed".
        reference = logs.report(error, "answering /nato")
        ack(response_type="ephemeral", text=apology(desk.bot, reference))
        return
    ack(response_type="ephemeral", text=text, blocks=blocks)


def arrange_command(desk: Desk, command: Mapping[str, Any], context: Mapping[str, Any], client: WebClient) -> None:
    """Answer ``/nato`` about the daily post, after its acknowledgement."""
    wanted = read(str(command.get("text") or ""))
    arranged(desk, wanted.name, wanted.rest, command, context, client)


def _answer(desk: Desk, text: str, command: Mapping[str, Any], context: Mapping[str, Any]) -> cards.Card:
    wanted, wording = read(text), desk.wording
    match wanted.name:
        case "ask" | "help" | "about" | "sources" | "define" | "verify" | "compare" | "quote":
            with desk.metrics.reply("command") as told:
                answer = answered(desk, text)
                told(answer.intent, answer.answered)
            return _card(desk, answer, text)
        case "near":
            return _near(desk, wanted.rest, text)
        case "show" | "cite":
            return _passage(desk, wanted)
        case "timeline":
            return _timeline(desk, wanted.rest)
        case "today":
            return _today(desk, command_of(command, context))
        case "usage":
            return _usage(desk, wanted.rest)
        case "why":
            return line(wording["why_alone"])
        case "privacy":
            return line(wording["privacy"])
        case _:
            press = command_of(command, context)
            count = forget_posts(desk, press) + desk.feedback.forget(press.workspace, press.person)
            return line(wording["forget_done"].format(count=count))


def line(words: str) -> cards.Card:
    """A card of one line."""
    return render.escape(words), [render.plain(words)]


def _card(desk: Desk, answer: Answer, question: str) -> cards.Card:
    return cards.of(desk.bot, answer, unescape(question), desk.ephemeral)


def answered(desk: Desk, text: str) -> Answer:
    """The answer to a text: where the whole is understood as a question, its answer, else what the first word asks for."""
    wanted, answer = read(text), desk.bot.reply(text)
    if (
        wanted.name not in ("verify", "compare", "quote")
        or answer.intent == wanted.name
        or (wanted.name == "quote" and answer.answered)
    ):
        return answer
    if wanted.name == "quote":
        return desk.bot.reply(wanted.rest)
    if wanted.name == "verify":
        verdict = desk.bot.verify(wanted.rest)
        return Answer(intent="verify", verdict=verdict, snippets=tuple(desk.snippets(verdict.passages[:1])))
    comparison = desk.bot.compare(wanted.rest)
    best = tuple(found[0] for found in comparison.columns.values() if found)[:3]
    say: tuple[tuple[str, Mapping[str, str]], ...] = () if best else (("refuse", {}),)
    return Answer(intent="compare", comparison=comparison, snippets=best, say=say)


def _today(desk: Desk, press: Press) -> cards.Card:
    """The day's post: the channel's own, where it has one, in its zone and to its taste."""
    found = desk.subscriptions.get(press.workspace, press.channel)
    day = datetime.datetime.now(zone(found.zone) if found else datetime.UTC).date()
    today = desk.bot.today(day, press.channel, taste=found.taste if found else Taste())
    return dated.of_today(today, desk.wording, Turn(date=day, channel=press.channel, further=1))


def _timeline(desk: Desk, topic: str) -> cards.Card:
    """What the sources date of a topic, or what is missing."""
    topic = re.sub(r"^(?:of|for|on|about)\s+", "", topic, flags=re.IGNORECASE)
    items = desk.bot.timeline(topic)
    if items:
        return dated.timeline(items, topic, desk.wording)
    answer = desk.bot.reply(topic)
    if answer.missing:
        return _card(desk, answer, topic)
    return line(desk.wording["timeline_nothing"].format(topic=topic))


def _near(desk: Desk, known: str, text: str) -> cards.Card:
    """A word nearly one of ours: say so, above the answer if the documents have one."""
    answer = desk.bot.reply(text)
    words = desk.wording["did_you_mean"].format(suggestion=f"/nato {known}")
    if not answer.answered:
        return line(words)
    shown, blocks = _card(desk, answer, text)
    return f"{render.escape(words)}\n{shown}", [render.plain(words), *blocks]


def _usage(desk: Desk, word: str) -> cards.Card:
    wording = desk.wording
    passage = next(iter(desk.bot.store.passages()), None)
    example = (
        wording[f"example_{word}"] if word in (*FIRST, *ARRANGED) else f"/nato {word} {passage.id if passage else 'source/id'}"
    )
    return line(wording["usage"].format(command=f"/nato {word}", example=example))


def _passage(desk: Desk, wanted: Command) -> cards.Card:
    wording = desk.wording
    try:
        passage = desk.bot.passage(wanted.rest)
    except UnknownPassage:
        return line(wording["unknown_passage"].format(id=wanted.rest))
    if wanted.name == "show":
        return cards.of_passage(desk.bot.snippet(passage), wording)
    styles = {style: desk.bot.cite(passage, style) for style in STYLES}
    return render.escape(styles["text"]), list(modals.citation_blocks([styles], wording))
