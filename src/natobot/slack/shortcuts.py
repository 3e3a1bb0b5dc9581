"""The shortcuts of a message: its words go in, a window with the verdict or the answer comes out. They work in threads."""

import re
from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient

from natobot import render
from natobot.fold import unescape
from natobot.model import Answer
from natobot.slack import cards, logs, modals
from natobot.slack.deliver import apology
from natobot.slack.desk import Desk, press_of, show, tell

# Quotation marks of the languages people quote in; fewer words than these are no quotation.
_QUOTED = re.compile(r"[“„«\"]([^“”„«»\"]{3,2000})[”“»\"]")
_LEAST = 4
_LONGEST = 3000


def check_quote(desk: Desk, body: Mapping[str, Any], context: Mapping[str, Any], client: WebClient) -> None:
    """Check the quotation in a message, or the whole message if it holds none."""
    _answered(desk, body, context, client, "title_verify")


def find_sources(desk: Desk, body: Mapping[str, Any], context: Mapping[str, Any], client: WebClient) -> None:
    """Find what the documents say of a message."""
    _answered(desk, body, context, client, "title_sources")


def _answered(desk: Desk, body: Mapping[str, Any], context: Mapping[str, Any], client: WebClient, title: str) -> None:
    press = press_of(body, context)
    try:
        words = written(body)
        with desk.metrics.reply("shortcut") as told:
            if title == "title_verify":
                words = quoted(words)
                verdict = desk.bot.verify(words)
                answer = Answer(intent="verify", verdict=verdict, snippets=tuple(desk.snippets(verdict.passages[:1])))
                first = [render.plain(desk.wording["checked_words"].format(words=words))] if words else []
            else:
                answer, first = desk.bot.reply(words), []
            told(answer.intent, answer.answered)
        _, blocks = cards.of(desk.bot, answer, words, cards.VIEW)
        show(press, client, modals.window(title, [*first, *blocks], desk.wording), desk)
    except Exception as error:
        # The last line of defence: Bolt would log the message of the error, which may repeat the words.
        tell(press, client, apology(desk.bot, logs.report(error, "answering a shortcut")), desk)


def written(body: Mapping[str, Any]) -> str:
    """The words of the message, as its author sees them; the marks of a quoted block are not theirs."""
    message = body.get("message")
    text = message.get("text") if isinstance(message, Mapping) else ""
    plain = unescape(str(text or "")[:_LONGEST])
    return "\n".join(line.removeprefix(">").strip() for line in plain.splitlines()).strip()


def quoted(words: str) -> str:
    """The longest quotation of a message; the whole of it if it holds none of four words or more."""
    found = [match.strip() for match in _QUOTED.findall(words)]
    return max((each for each in found if len(each.split()) >= _LEAST), key=len, default=words)
