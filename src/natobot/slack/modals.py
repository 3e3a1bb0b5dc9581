"""What a window shows: passages, citations, a receipt or a line in, a view out. Pure functions, within Slack's limits."""

import re
from collections.abc import Iterator, Mapping, Sequence

from natobot import render
from natobot.cite import STYLES, Style
from natobot.model import Highlight, Passage, Receipt, Snippet
from natobot.render import Block, Wording

_TITLE, _BUTTON, _ID, _METADATA = 24, 24, 100, 3000
REASON = 500  # characters of a reason
# The reasons of a receipt, and the sentence for each.
_WHY = {
    "the best passage is clear": "why_clear",
    "two passages are as good": "why_both",
    "a name or number that no source mentions": "why_missing",
    "names that no passage holds together": "why_apart",
    "no passage reaches the threshold": "why_below",
    "nothing that the author says reaches the threshold": "why_below",
}


def window(title: str, blocks: Sequence[Block], wording: Wording) -> Block:
    """A window with nothing to fill in; ``title`` is a key of the wording."""
    return {
        "type": "modal",
        "title": label(wording[title], _TITLE),
        "close": label(wording["window_close"], _BUTTON),
        "blocks": list(blocks)[:100],
    }


def notice(line: str, wording: Wording) -> Block:
    """A window with one line."""
    return window("title_notice", [render.plain(line)], wording)


def context(
    places: Sequence[tuple[Snippet, Sequence[Passage], Sequence[Passage]]], wording: Wording, links: bool = True
) -> Block:
    """Passages each with the sentences before and after; the passage is marked by words and in bold."""
    blocks: list[Block] = []
    for snippet, before, after in places:
        passage = snippet.passage
        if before:
            blocks += [render.small(wording["context_before"]), render.quote(_joined(before))]
        whole = Highlight(start=0, end=len(passage.text))
        blocks += [render.small(wording["context_passage"]), render.quote(passage.text, [whole])]
        blocks.append(render.small(render.citation(snippet, wording)))
        if after:
            blocks += [render.small(wording["context_after"]), render.quote(_joined(after))]
        blocks.append(render.small(wording["context_id"].format(id=passage.id)))
        url = snippet.source.url
        if links and url and re.match(r"https?://[^\s<>|]{1,2000}$", url):
            run = {"type": "link", "url": url, "text": wording["context_link"]}
            blocks.append({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [run]}]})
    return window("title_context", blocks, wording)


def _joined(passages: Sequence[Passage]) -> str:
    return " ".join(p.text for p in passages)


def more(snippets: Sequence[Snippet], wording: Wording) -> Block:
    """Further passages."""
    blocks: list[Block] = []
    for snippet in snippets:
        blocks += [render.quote(snippet.text, snippet.highlights), render.small(render.citation(snippet, wording))]
    return window("title_more", blocks or [render.plain(wording["more_none"])], wording)


def cite(citations: Sequence[Mapping[Style, str]], wording: Wording) -> Block:
    """Citations by style, each to be copied as it stands."""
    return window("title_cite", list(citation_blocks(citations, wording)), wording)


def citation_blocks(citations: Sequence[Mapping[Style, str]], wording: Wording) -> Iterator[Block]:
    """The blocks of citations by style."""
    for one in citations:
        for style in STYLES:
            yield render.small(wording[f"cite_{style.replace('-', '_')}"])
            run = {"type": "text", "text": render.clip(one[style], 2_900)}
            yield {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [run]}]}


def why(receipt: Receipt, weighed: Sequence[Snippet], wording: Wording, *, changed: bool) -> Block:
    """How an answer was chosen; ``weighed`` are the candidates of the receipt that are still in the documents."""
    blocks = [render.plain(wording["why_changed"])] if changed else []
    blocks.append(render.plain(wording[_WHY.get(receipt.why, "why_intent")]))
    if receipt.folded:
        blocks.append(render.small(wording["why_read"].format(question=receipt.folded)))
    for written, read in list(receipt.repaired.items())[:10]:
        blocks.append(render.small(wording["repaired"].format(written=written, read=read)))
    scores = {candidate.passage: candidate.score for candidate in receipt.candidates}
    for number, snippet in enumerate(weighed, 1):
        line = wording["why_score"].format(
            number=number,
            score=round(100 * scores[snippet.passage.id]),
            threshold=round(100 * receipt.threshold),
            where=render.citation(snippet, wording),
        )
        blocks += [render.small(line), render.quote(snippet.passage.text)]
    blocks.append(render.small(wording["why_knowledge"].format(knowledge=receipt.knowledge)))
    return window("title_why", blocks, wording)


def reason(metadata: str, wording: Wording) -> Block:
    """A window that asks, and does not insist, why an answer did not help."""
    field: Block = {"type": "plain_text_input", "action_id": "reason", "multiline": True, "max_length": REASON}
    asked: Block = {
        "type": "input",
        "block_id": "reason",
        "optional": True,
        "label": label(wording["reason_label"], 2000),
        "hint": label(wording["reason_hint"], 2000),
        "element": field,
    }
    return {
        **window("title_reason", [asked], wording),
        "callback_id": "natobot_reason",
        "submit": label(wording["window_send"], _BUTTON),
        "private_metadata": metadata[:_METADATA],
    }


def label(line: str, limit: int) -> Block:
    """Plain text as Slack wants it beside a field or on a button of a window."""
    return {"type": "plain_text", "text": render.clip(line, limit), "emoji": False}
