"""What a press of a button does: a window, a private line, a post in the channel, the Home tab anew.

Slack is told that the press arrived before any of this runs.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

from slack_sdk import WebClient

from natobot.cite import STYLES
from natobot.errors import NatobotError
from natobot.fold import unescape
from natobot.model import Answer, Snippet, Taste, Thread
from natobot.slack import cards, dated, logs, modals
from natobot.slack.carry import Carried, cut, unpack_turn
from natobot.slack.commands import answered
from natobot.slack.deliver import apology
from natobot.slack.desk import Desk, Press, answer_privately, press_of, show, tell, workspace_of
from natobot.slack.homes import publish
from natobot.slack.post import post, posting_client
from natobot.slack.respond import respond
from natobot.slack.subscribe import end_pressed, further_pressed, settings_pressed
from natobot.state import Delivery

Handler = Callable[[Desk, Press, WebClient], None]


def pressed(name: str, desk: Desk, body: Mapping[str, Any], context: Mapping[str, Any], client: WebClient) -> None:
    """Do what the button ``name`` is for. Whatever happens, the person hears of it."""
    press = press_of(body, context)
    try:
        if press.carried is None and name not in _OTHERS:
            tell(press, client, desk.wording["button_gone"], desk)
        else:
            HANDLERS[name](desk, press, client)
    except Exception as error:
        # The last line of defence: Bolt would log the message of the error, which may repeat the question.
        reference = logs.report(error, f"answering the button {name}")
        tell(press, client, apology(desk.bot, reference), desk)


def _carried(press: Press) -> Carried:
    return cast(Carried, press.carried)


def _gone(desk: Desk, press: Press, client: WebClient, wanted: Sequence[str], found: Sequence[Snippet]) -> bool:
    """Whether nothing of what a button is about is there any more, which is then said."""
    if found or not wanted:
        return False
    tell(press, client, desk.wording["button_gone"], desk)
    return True


def _context(desk: Desk, press: Press, client: WebClient) -> None:
    carried = _carried(press)
    wanted = carried.passages[: max(1, carried.shown)]
    found = desk.snippets(wanted)
    if not _gone(desk, press, client, wanted or ("",), found):
        show(press, client, modals.context([(s, *desk.bot.around(s.passage)) for s in found], desk.wording), desk)


def _more(desk: Desk, press: Press, client: WebClient) -> None:
    carried = _carried(press)
    wanted = carried.passages[carried.shown :]
    found = desk.snippets(wanted)
    if not _gone(desk, press, client, wanted, found):
        show(press, client, modals.more(found, desk.wording), desk)


def _cite(desk: Desk, press: Press, client: WebClient) -> None:
    carried = _carried(press)
    wanted = carried.passages[: max(1, carried.shown)]
    found = desk.snippets(wanted)
    if not _gone(desk, press, client, wanted or ("",), found):
        citations = [{style: desk.bot.cite(s.passage, style) for style in STYLES} for s in found]
        show(press, client, modals.cite(citations, desk.wording), desk)


def _share(desk: Desk, press: Press, client: WebClient) -> None:
    """Post a private answer for all, once: by the address of the press, which needs no membership, else as a message."""
    carried, wording = _carried(press), desk.wording
    found = desk.snippets(carried.passages)
    if not (press.ephemeral and press.person and press.channel and press.message_ts and found):
        tell(press, client, wording["button_gone"], desk)
        return
    if not desk.feedback.claim_share(press.place):
        tell(press, client, wording["already_shared"], desk)
        return
    answer = _again(desk, carried) or Answer(intent="ask", snippets=tuple(found[:3]))
    text, blocks = cards.shared(
        press.person, carried.question, cards.of(desk.bot, answer, carried.question, desk.public), wording
    )
    outcome = respond(client, press.response_url, press.reply("in_channel", text, blocks))
    if outcome.kind != "accepted":
        desk.metrics.slack_failed("response_url", outcome.error)
    # What may have arrived is never sent again: all would see it twice.
    if outcome.kind in ("refused", "never_sent"):
        poster = posting_client(client)
        outcome = post(poster, channel=press.channel, text=text, blocks=blocks, thread_ts=press.thread_ts)
    if outcome.kind == "uncertain":
        tell(press, client, wording["share_uncertain"], desk)
    elif outcome.kind != "accepted":
        desk.feedback.release_share(press.place)
        tell(press, client, wording["share_failed"].format(error=outcome.error, remedy=outcome.remedy), desk)


def _again(desk: Desk, carried: Carried) -> Answer | None:
    """The answer to the carried question, if it is still the one of the card."""
    if not carried.question:
        return None
    answer = answered(desk, carried.question)
    return answer if tuple(s.passage.id for s in answer.snippets) == carried.passages else None


def _helpful(desk: Desk, press: Press, client: WebClient) -> None:
    if press.person and press.message_ts:
        desk.feedback.vote(press.place, press.person, helpful=True)
    tell(press, client, desk.wording["thanks_helpful"], desk)


def _not_helpful(desk: Desk, press: Press, client: WebClient) -> None:
    """Note the vote at once, so that closing the window loses nothing; the reason is added when it is sent off."""
    note = ""
    carried = _carried(press)
    if press.person and press.message_ts and desk.feedback.vote(press.place, press.person, helpful=False):
        note = desk.feedback.file_not_helpful(press.workspace, carried.question, carried.passages)
    metadata = json.dumps({"note": note, "q": carried.question, "p": list(carried.passages[:3])}, ensure_ascii=False)
    show(press, client, modals.reason(metadata, desk.wording), desk)


def give_reason(desk: Desk, ack: Callable[..., Any], body: Mapping[str, Any], context: Mapping[str, Any]) -> None:
    """Add the reason of a window sent off to its note, and say thank you in the same window."""
    view = body.get("view") or {}
    try:
        # What nobody filled in is null, or not there.
        filled = (view["state"]["values"].get("reason") or {}).get("reason", {}).get("value") or ""
        about = json.loads(view["private_metadata"])
        note, question, passages = str(about["note"]), str(about["q"]), [str(each) for each in about["p"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        ack(response_action="update", view=modals.notice(desk.wording["button_gone"], desk.wording))
        return
    reason, workspace = str(filled).strip()[: modals.REASON], workspace_of(context)
    try:
        if reason and not (note and desk.feedback.add_reason(workspace, note, reason)):
            desk.feedback.file_not_helpful(workspace, question, passages, reason)
    except NatobotError as error:
        line = apology(desk.bot, logs.report(error, "filing a reason"))
        ack(response_action="update", view=modals.notice(line, desk.wording))
        return
    ack(response_action="update", view=modals.notice(desk.wording["thanks_not_helpful"], desk.wording))


def _tell(desk: Desk, press: Press, client: WebClient) -> None:
    filed = desk.feedback.file_unanswered(press.workspace, _carried(press).question)
    tell(press, client, desk.wording["tell_thanks" if filed else "tell_off"], desk)


def _why(desk: Desk, press: Press, client: WebClient) -> None:
    carried = _carried(press)
    answer, changed = _recalled(desk, press, carried)
    if answer.receipt is None:
        tell(press, client, desk.wording["button_gone"], desk)
        return
    weighed = desk.snippets(tuple(c.passage for c in answer.receipt.candidates))
    show(press, client, modals.why(answer.receipt, weighed, desk.wording, changed=changed), desk)


def _recalled(desk: Desk, press: Press, carried: Carried) -> tuple[Answer, bool]:
    """The answer to the carried question, asked alone or after what came before it in the thread; whether neither is
    the one of the card."""
    alone = desk.bot.reply(carried.question)
    if _is(alone, carried) and alone.answered:
        return alone, False
    turns: tuple[str, ...] = ()
    if press.channel and press.message_ts:
        # A database that fails leaves the question on its own.
        with suppress(NatobotError):
            turns = desk.state.turns(_before(press))
    for number in range(len(turns) - 1, -1, -1):
        if cut(unescape(turns[number])) == carried.question:
            followed = desk.bot.reply(turns[number], Thread(turns=turns[:number]))
            if _is(followed, carried):
                return followed, False
            break
    return alone, not _is(alone, carried)


def _is(answer: Answer, carried: Carried) -> bool:
    return tuple(s.passage.id for s in answer.snippets) == carried.passages


def _before(press: Press) -> Delivery:
    """What `State.turns` needs to find the questions before a message of ours."""
    return Delivery(
        event_id="",
        workspace=press.workspace,
        kind="mention",
        channel=press.channel,
        message_ts=press.message_ts,
        thread_ts=press.thread_ts,
        question="",
    )


def _example(desk: Desk, press: Press, client: WebClient) -> None:
    """Answer in place: the Home tab again, with the answer; below a message privately."""
    question = _carried(press).question
    if press.response_url:
        with desk.metrics.reply("example") as told:
            answer = desk.bot.reply(question)
            told(answer.intent, answer.answered)
        answer_privately(press, client, cards.of(desk.bot, answer, question, desk.ephemeral), desk)
        return
    publish(desk, press.workspace, press.person, client, question=question)


def _later(desk: Desk, press: Press, client: WebClient) -> None:
    items = desk.bot.timeline(_carried(press).question)
    show(press, client, dated.later(items, desk.wording), desk)


def _another(desk: Desk, press: Press, client: WebClient) -> None:
    """Give the next quotation, for this person only: below the day's post, and then in its place, so that the post stays."""
    turn = unpack_turn(press.value)
    if turn is None:
        tell(press, client, desk.wording["button_gone"], desk)
        return
    found = desk.subscriptions.get(press.workspace, turn.channel) if turn.channel else None
    today = desk.bot.today(turn.date, turn.channel, taste=found.taste if found else Taste(), further=turn.further)
    if not today.items:
        tell(press, client, desk.wording["button_gone"], desk)
        return
    following = replace(turn, further=turn.further + 1)
    text, blocks = dated.another(today, desk.wording, following)
    answer_privately(press, client, (text, blocks), desk, replace=press.ephemeral and turn.further > 1)


HANDLERS: dict[str, Handler] = {
    "context": _context,
    "near": _context,
    "more": _more,
    "cite": _cite,
    "share": _share,
    "helpful": _helpful,
    "not_helpful": _not_helpful,
    "tell": _tell,
    "why": _why,
    "example": _example,
    "later": _later,
    "another": _another,
    "settings": settings_pressed,
    "end": end_pressed,
    "further": further_pressed,
}
# Those that carry something else than a question and passages.
_OTHERS = frozenset(("another", "settings", "end", "further"))
