"""What the sources date, as people see it: the post of a day with its buttons, and a timeline. Pure functions."""

from collections.abc import Sequence

from natobot import render
from natobot.model import Event, Snippet, Today, TodayItem
from natobot.render import Block, Wording
from natobot.slack import cards, modals
from natobot.slack.carry import Turn, pack, pack_turn

# Statements of one card, each with its context and citation one press away; of a window; and characters of each.
MOST, WINDOW = 10, 45
_QUOTE = 700


def of_today(today: Today, wording: Wording, turn: Turn | None = None) -> cards.Card:
    """What the sources say of a date, with buttons; ``turn`` is the quotation that *Another one* asks for."""
    text, blocks = render.today_text(today, wording), render.today_blocks(today, wording)
    return text, [*blocks, *_buttons(today, wording, turn)]


def another(today: Today, wording: Wording, turn: Turn) -> cards.Card:
    """A quotation after the day's post, which no longer is the day's, with buttons; ``turn`` is the next."""
    heading = wording["today_another"]
    text, blocks = render.today_text(today, wording), render.today_blocks(today, wording)
    text = "\n".join([render.escape(heading), *text.split("\n")[1:]])
    return text, [render.plain(heading), *blocks[1:], *_buttons(today, wording, turn)]


def _buttons(today: Today, wording: Wording, turn: Turn | None) -> list[Block]:
    ids = [item.snippet.passage.id for item in today.items]
    if not ids:
        return []
    value = pack(render.today_header(today, wording), ids, len(ids))
    first = [cards.button("context", value, wording), cards.button("cite", value, wording)]
    if turn is not None:
        first.append(cards.button("another", pack_turn(turn), wording))
    return [cards.row(*first), cards.row(cards.button("helpful", value, wording), cards.button("not_helpful", value, wording))]


def timeline(items: Sequence[TodayItem], topic: str, wording: Wording) -> cards.Card:
    """Dated statements in the order of their dates, the first of them; *More* has the others."""
    dated = _dated(items)
    shown = dated[:MOST]
    lead = wording["timeline_lead"].format(topic=topic)
    lines = [render.escape(lead)]
    lines += [
        f"{render.in_words(date)}: “{render.escape(found.text)}” — {render.escape(render.citation(found, wording))}"
        for date, found in shown
    ]
    blocks = [render.plain(lead), *_statements(shown, wording)]
    value = pack(topic, [found.passage.id for _, found in shown], len(shown))
    buttons = [cards.button("context", value, wording), cards.button("cite", value, wording)]
    if further := len(dated) - len(shown):
        lines.append(wording["timeline_further"].format(count=further))
        blocks.append(render.small(lines[-1]))
        buttons.insert(1, cards.button("later", value, wording))
    return render.clip("\n".join(lines), 3_900), [*blocks, cards.row(*buttons)]


def later(items: Sequence[TodayItem], wording: Wording) -> Block:
    """A window with the statements after those of the card."""
    dated = _dated(items)[MOST:]
    blocks = _statements(dated[:WINDOW], wording)
    if (further := len(dated) - WINDOW) > 0:
        blocks.append(render.small(wording["timeline_further"].format(count=further)))
    return modals.window("title_timeline", blocks or [render.plain(wording["more_none"])], wording)


def _dated(items: Sequence[TodayItem]) -> list[tuple[str, Snippet]]:
    return [(item.event.date, item.snippet) for item in items if isinstance(item.event, Event) and item.event.date]


def _statements(dated: Sequence[tuple[str, Snippet]], wording: Wording) -> list[Block]:
    """Each with its date above it, as precise as the source has it."""
    blocks: list[Block] = []
    for date, found in dated:
        quoted = render.quote(found.text, found.highlights, limit=_QUOTE)
        heading = {"type": "text", "text": render.in_words(date), "style": {"bold": True}}
        quoted["elements"].insert(0, {"type": "rich_text_section", "elements": [heading]})
        blocks += [quoted, render.small(render.citation(found, wording))]
    return blocks
