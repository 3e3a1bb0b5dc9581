"""The Home tab: documents, wording, an answer and what the editors may see go in, the view comes out. Pure functions."""

import datetime
from collections.abc import Sequence

from natobot import render
from natobot.feedback import Note
from natobot.model import Source
from natobot.render import Block, Wording
from natobot.slack import cards, modals, plans
from natobot.slack.plans import Shelf
from natobot.subscriptions import Subscription

EXAMPLES = 4
_BLOCKS = 100
_DOCUMENTS = 20
_NOTES = 10
# Daily posts shown at once.
POSTS = 8


def home(
    documents: Sequence[tuple[Source, int]],
    wording: Wording,
    *,
    asked: tuple[str, Sequence[Block]] | None = None,
    posts: Sequence[Block] = (),
    unanswered: Sequence[Note] | None = None,
    not_helpful: Sequence[Note] | None = None,
) -> Block:
    """The Home tab of one person; ``asked`` is a question with the blocks of its answer, ``posts`` are their daily posts, the
    notes are for editors only."""
    blocks = [_header(wording["home_title"]), render.plain(wording["home_what"]), _header(wording["home_examples"])]
    blocks.append(cards.row(*(cards.example(n, question, wording) for n, question in enumerate(examples(wording), 1))))
    if asked:
        question, answer = asked
        blocks += [render.plain(wording["home_answer"].format(question=question)), *answer]
    if posts:
        blocks += [_header(wording["home_subscriptions"]), *posts]
    blocks.append(_header(wording["home_documents"]))
    blocks += cards.list_documents(documents, wording, _DOCUMENTS)
    blocks += [_header(wording["home_help"]), render.plain(wording["help"])]
    blocks += [_header(wording["home_stored"]), render.plain(wording["privacy"])]
    for key, notes in (("home_unanswered", unanswered), ("home_not_helpful", not_helpful)):
        if notes is not None:
            blocks += [_header(wording[key]), *_notes(notes, wording)]
    return {"type": "home", "blocks": blocks[:_BLOCKS]}


def daily_posts(subscriptions: Sequence[Subscription], shelf: Shelf, start: int = 0) -> list[Block]:
    """Daily posts with their settings, so many at once from ``start``."""
    wording = shelf.wording
    blocks: list[Block] = []
    for each in subscriptions[start : start + POSTS]:
        direct = each.channel.startswith("D")
        place: Block = (
            {"type": "text", "text": wording["home_direct"]} if direct else {"type": "channel", "channel_id": each.channel}
        )
        runs = [place, {"type": "text", "text": f": {plans.schedule(each, shelf)}"}]
        if each.paused:
            runs.append({"type": "text", "text": f" {plans.due_line(None, each, wording)}"})
        blocks.append({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": runs}]})
        blocks.append(cards.row(cards.button("settings", each.channel, wording), ending(each.channel, wording)))
    if len(subscriptions) > POSTS:
        # After the last come the first again.
        following = start + POSTS if start + POSTS < len(subscriptions) else 0
        blocks.append(cards.row(cards.button("further", str(following), wording)))
    return blocks or [render.small(wording["home_subscriptions_none"])]


def ending(channel: str, wording: Wording) -> Block:
    """A button that ends the daily post of a channel, and asks whether one is sure."""
    asked = {"title": ("button_end", 100), "text": ("end_sure", 300), "confirm": ("end_yes", 30), "deny": ("end_no", 30)}
    button = cards.button("end", channel, wording)
    button["confirm"] = {part: modals.label(wording[key], limit) for part, (key, limit) in asked.items()}
    return button


def examples(wording: Wording) -> list[str]:
    """The questions to begin with."""
    return [wording[f"example_{number}"] for number in range(1, EXAMPLES + 1)]


def prompts(wording: Wording) -> list[dict[str, str]]:
    """The questions to begin with, as the agent view suggests them."""
    return [{"title": render.clip(question, 75), "message": question} for question in examples(wording)]


def _notes(notes: Sequence[Note], wording: Wording) -> list[Block]:
    blocks: list[Block] = []
    for note in notes[:_NOTES]:
        date = datetime.datetime.fromtimestamp(note.filed_at, datetime.UTC).date().isoformat()
        question = note.question or wording["home_question_not_kept"]
        blocks.append(render.plain(wording["home_question"].format(date=render.in_words(date), question=question)))
        if note.reason:
            blocks.append(render.small(wording["home_reason"].format(reason=note.reason)))
    return blocks or [render.small(wording["home_nothing"])]


def _header(line: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": render.clip(line, 150), "emoji": False}}
