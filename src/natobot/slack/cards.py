"""An ``Answer`` and its question in, a card out: ``text`` and blocks with buttons. Pure functions, within Slack's limits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from natobot import render
from natobot.bot import Natobot
from natobot.model import Answer, Comparison, Snippet, Source, Suggestion, Verdict
from natobot.render import Block, Wording
from natobot.slack.carry import QUESTION, cut, pack

# Slack's limits for the text of a button and for what a screen reader says of it.
_BUTTON, _LABEL = 75, 75
# Columns of one comparison, and the characters all their quotations share.
COLUMNS = 12
_COLUMN_TEXT = 8_000
_DOCUMENTS = 20
_NEAR = 3

# What a message is made of: ``text`` for notifications and screen readers, and blocks.
Card = tuple[str, list[Block]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where a card stands, and so which buttons it bears."""

    # Whether only one person sees it, who may then share it.
    share: bool = False
    # Whether it can be said to be helpful: not in a window or on the Home tab.
    vote: bool = True
    # Whether the editors can be told of a question without an answer.
    tell: bool = True


EPHEMERAL, PUBLIC, VIEW = Frame(share=True), Frame(), Frame(vote=False, tell=False)


def of(bot: Natobot, answer: Answer, question: str, frame: Frame = PUBLIC) -> Card:
    """The card of what the bot answered to a question."""
    documents = bot.documents() if answer.intent == "sources" or answer.comparison else ()
    return card(answer, question, bot.wording, frame, documents)


def card(
    answer: Answer, question: str, wording: Wording, frame: Frame = PUBLIC, documents: Sequence[tuple[Source, int]] = ()
) -> Card:
    """The card of an answer; ``documents`` are needed where it lists or compares them."""
    shown = replace(answer, snippets=answer.snippets[: _count(answer)], suggestions=_questions(answer))
    if answer.verdict:
        text, blocks = render.text(answer, wording), list(_verdict(answer.verdict, answer.snippets, wording))
    elif answer.comparison and answer.snippets:
        lead = replace(answer, snippets=(), say=tuple(say for say in answer.say if say[0] != "silent"))
        text, blocks = render.text(answer, wording), render.blocks(lead, wording) if lead.say else []
        names = {source.id: render.authors(source) for source, _ in documents}
        blocks += _columns(answer.comparison, names, wording)
    else:
        text, blocks = render.text(shown, wording), render.blocks(shown, wording)
    if answer.intent == "sources":
        blocks += list_documents(documents, wording, _DOCUMENTS)
    near = [s for s in answer.suggestions if s.passage] if not answer.snippets else []
    if near:
        blocks.append(render.small(wording["nearest"]))
        blocks += [render.quote(s.text, limit=900) for s in near[:_NEAR]]
    return text, [*blocks, *_buttons(answer, question, wording, frame)]


def _count(answer: Answer) -> int:
    """How many snippets a card shows at once; *More* has the others."""
    if answer.intent == "compare":
        return len(answer.snippets)
    return 2 if any(key == "both" for key, _ in answer.say) else 1


def _questions(answer: Answer) -> tuple[Suggestion, ...]:
    """The suggestions that are no passages: those stand with their buttons."""
    return tuple(s for s in answer.suggestions if not s.passage)


def refused(answer: Answer) -> bool:
    """Whether a question to the documents went unanswered."""
    return not answer.snippets and any(key in ("refuse", "refuse_missing", "refuse_apart") for key, _ in answer.say)


# Buttons


def button(name: str, value: str, wording: Wording) -> Block:
    """A button of ours; its action is ``natobot_`` and its name."""
    return _button(f"natobot_{name}", wording[f"button_{name}"], wording[f"label_{name}"], value)


def _button(action_id: str, text: str, label: str, value: str) -> Block:
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": render.clip(text, _BUTTON), "emoji": False},
        "accessibility_label": render.clip(label, _LABEL),
        "value": value,
    }


def example(number: int, question: str, wording: Wording) -> Block:
    """A question as a button that asks it."""
    label = wording["label_example"].format(question=question)
    return _button(f"natobot_example_{number}", question, label, pack(question))


def row(*buttons: Block) -> Block:
    """Buttons side by side; a phone puts them below each other."""
    return {"type": "actions", "elements": list(buttons)}


def _buttons(answer: Answer, question: str, wording: Wording, frame: Frame) -> Iterator[Block]:
    ids = [s.passage.id for s in answer.snippets]
    shown = min(_count(answer), len(ids))
    value = pack(question, ids, shown)
    if ids:
        # What is shared is answered anew from the question: a quotation that was cut would be checked as another.
        whole = not (answer.verdict or answer.comparison) or len(question.strip()) <= QUESTION
        names = ["context", *["more"] * (len(ids) > shown), "cite", *["share"] * (frame.share and whole)]
        yield row(*(button(name, value, wording) for name in [*names, *["why"] * bool(answer.receipt)]))
        if frame.vote:
            yield row(button("helpful", value, wording), button("not_helpful", value, wording))
    elif refused(answer):
        near = [s for s in answer.suggestions if s.passage][:_NEAR]
        if near:
            yield row(*(_near(number, str(s.passage), wording) for number, s in enumerate(near, 1)))
        names = [*["tell"] * (frame.tell and bool(cut(question))), *["why"] * bool(answer.receipt)]
        if names:
            yield row(*(button(name, value, wording) for name in names))


def _near(number: int, passage: str, wording: Wording) -> Block:
    text, label = wording["button_near"].format(number=number), wording["label_near"].format(number=number)
    return _button(f"natobot_near_{number}", text, label, pack("", [passage], 1))


# Kinds of cards


def _verdict(verdict: Verdict, snippets: Sequence[Snippet], wording: Wording) -> Iterator[Block]:
    """The verdict in words first, then the difference, the source's words and what to be careful of."""
    yield render.plain(wording[f"verdict_{verdict.verdict}"])
    if verdict.attribution_ok is False and verdict.speaker:
        yield render.plain(wording["verdict_speaker"].format(speaker=verdict.speaker))
    if verdict.marked:
        yield _difference(verdict)
    if verdict.text:
        yield render.quote(verdict.text)
    for snippet in snippets[:1]:
        yield render.small(render.citation(snippet, wording))
    for finding in verdict.warnings[:10]:
        yield render.small(render.warning(finding, wording))


def _difference(verdict: Verdict) -> Block:
    """The difference: signs say what style alone would not tell everybody."""
    runs: list[Block] = []
    room = 2_900
    for kind, words in verdict.diff:
        line = render.clip(words if kind == "=" else f"[{kind}{words}]", room)
        style = {"=": {}, "-": {"style": {"strike": True}}, "+": {"style": {"bold": True}}}[kind]
        runs.append({"type": "text", "text": f"{line} ", **style})
        room -= len(line) + 1
        if room < 100:
            break
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": runs}]}


def _columns(comparison: Comparison, names: Mapping[str, str], wording: Wording) -> Iterator[Block]:
    """Each source in its turn, with one sentence and the same room; who is silent is said in their place."""
    columns = list(comparison.columns.items())[:COLUMNS]
    room = min(900, _COLUMN_TEXT // max(1, len(columns)))
    for source, snippets in columns:
        name = names.get(source, source)
        yield render.plain(name)
        if not snippets:
            yield render.small(wording["silent"].format(author=name))
        for snippet in snippets[:1]:
            yield render.quote(snippet.text, snippet.highlights, limit=room)
            yield render.small(render.citation(snippet, wording))
    for clash in comparison.clashes[:3]:
        values_ = " / ".join(f"{value:g}" for value in clash.values)
        yield render.plain(wording["clash"].format(about=clash.about, values=values_))


def list_documents(documents: Sequence[tuple[Source, int]], wording: Wording, most: int) -> Iterator[Block]:
    """The documents with their dates and how many passages they have."""
    for source, count in documents[:most]:
        line = ", ".join([render.authors(source), *render.place(source, None, wording)])
        yield render.small(wording["home_document"].format(document=line, count=count))
    if len(documents) > most:
        yield render.small(wording["home_more_documents"].format(count=len(documents) - most))


def of_passage(snippet: Snippet, wording: Wording) -> Card:
    """One passage, with buttons."""
    line = render.citation(snippet, wording)
    value = pack("", [snippet.passage.id], 1)
    buttons = row(button("context", value, wording), button("cite", value, wording))
    text = render.escape(f"“{snippet.text}” — {line}")
    return text, [render.quote(snippet.text), render.small(line), buttons]


def lines(said: Sequence[str]) -> Card:
    """A card of lines of ours."""
    return render.clip("\n".join(map(render.escape, said)), 3_900), [render.plain(each) for each in said[:50]]


def shared(person: str, question: str, answer: Card, wording: Wording) -> Card:
    """A private answer as all see it: who shared it and what was asked, then the answer."""
    text, blocks = answer
    line, heading = named(person, wording["shared_by"].format(person="\0", question=question))
    return f"{line}\n{text}", [heading, *blocks]


def named(person: str, line: str) -> tuple[str, Block]:
    """A line with a person's name in the place of a NUL, as text and as a block."""
    before, _, after = line.partition("\0")
    runs: list[Block] = [{"type": "text", "text": before}] if before else []
    runs += [{"type": "user", "user_id": person}]
    runs += [{"type": "text", "text": after}] if after else []
    heading: Block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": runs}]}
    return f"{render.escape(before)}<@{person}>{render.escape(after)}", heading
