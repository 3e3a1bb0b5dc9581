"""Raw text in, paragraphs out: each knows its spans in the raw text, what was dropped between them, and its page."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from natobot.furniture import mark
from natobot.lines import LIST_ITEM, QUOTE_MARK, STOP, Layout, Line, layout, split_lines
from natobot.marks import broken_words, note_marks
from natobot.model import Dropped, Reason, Span
from natobot.pages import page_starts
from natobot.sentences import ends_between
from natobot.site import site_signs

_GLUED = re.compile(r"[^\W\d_][.,;:!?][\"”’)]*(?=[^\W\d_])")
_SPACED = re.compile(r"[^\W\d_][.,;:!?][\"”’)]*(?:\s|\Z)")
# Names with stops in them say nothing about how a document sets its stops: U.S., e.g., press.example, https://x.org/a.b
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}|\b[\w-]+(?:\.[a-z][\w/-]*)+|\w+://\S+|\"[^\"\n]*\"\s*:")
_REASONS: dict[str, Reason] = {
    "running_head": "running_head",
    "page_number": "page_number",
    "print_line": "print_line",
    "caption": "caption",
    "pull_quote": "pull_quote",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph, a list item or a note: body text with its place."""

    # ``body``, or ``about`` for the publisher's note about the author.
    kind: str
    # The heading it stands under.
    section: str | None
    # Its words in the raw text, with the line ends between them.
    spans: tuple[Span, ...]
    # Furniture between the spans.
    dropped: tuple[Dropped, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What is left of a document without its furniture."""

    # In the order of the document.
    paragraphs: tuple[Paragraph, ...]
    # Where pages begin, ascending: code point, and the number where the file shows it.
    pages: tuple[tuple[int, int | None], ...]
    # Whether spaces are missing behind stops and commas throughout.
    glued: bool
    # How many lines were set aside as what.
    set_aside: tuple[tuple[str, int], ...]


def clean(raw: str, names: Sequence[str], zipf: Callable[[str], float]) -> Cleaned:
    """Tell a document's body from its furniture.

    ``names`` are the title, authors and container as known; ``zipf`` says how common an English word is (0 if unknown),
    which decides whether a hyphen at a line's end belongs to the word.
    """
    lines = split_lines(raw)
    shape = layout(lines, site_signs(lines))
    mark(lines, shape, names)
    glued = _is_glued(lines)
    removed = sorted([*note_marks(lines, glued), *broken_words(lines, shape.wrapped, zipf)], key=lambda d: d.start)
    paragraphs: list[Paragraph] = []
    at = 0
    for section, group, item in _group(lines, shape):
        # The marks of a paragraph are found by walking along, since both are in the order of the document.
        while at < len(removed) and removed[at].start < group[0].start:
            at += 1
        until = at
        while until < len(removed) and removed[until].start < group[-1].end:
            until += 1
        paragraphs.append(_paragraph(group, section, item, removed[at:until]))
        at = until
    counts: dict[str, int] = {}
    for line in lines:
        if line.kind not in ("body", "about"):
            counts[line.kind] = counts.get(line.kind, 0) + 1
    return Cleaned(
        paragraphs=tuple(paragraphs),
        pages=tuple(page_starts(lines, shape)),
        glued=glued,
        set_aside=tuple(sorted(counts.items())),
    )


def _is_glued(lines: Sequence[Line]) -> bool:
    """Whether the body lacks the spaces behind its stops and commas; a fifth of them is enough."""
    body = "\n".join(line.text for line in lines if line.kind in ("body", "about"))
    for text in (body, _DOTTED.sub(" ", body)):
        glued, spaced = len(_GLUED.findall(text)), len(_SPACED.findall(text))
        if glued < 5 or glued < 0.2 * (glued + spaced):
            return False
    return True


def _group(lines: Sequence[Line], shape: Layout) -> Iterator[tuple[str | None, list[Line], bool]]:
    """Lines that form one paragraph, furniture inside it included; the heading above; and whether it is a list's item."""
    section: str | None = None
    group: list[Line] = []
    waiting: list[Line] = []
    items = _items(lines)
    item = False
    for i, line in enumerate(lines):
        if line.kind in ("heading", "byline"):
            if group:
                yield section, group, item
            group, waiting = [], []
            if line.kind == "heading":
                same = i > 0 and lines[i - 1].kind == "heading" and not line.gap and shape.wrapped
                text = line.text.lstrip("# ").strip()
                section = f"{section} {text}" if same and section else text
        elif line.furniture:
            waiting.append(line)
        elif group and i not in items and not _new_paragraph(group, waiting, i, lines, shape, item):
            group += [*waiting, line]
            waiting = []
        else:
            if group:
                yield section, group, item
            group, waiting, item = [line], [], i in items
    if group:
        yield section, group, item


def _items(lines: Sequence[Line]) -> set[int]:
    """Lines that open an item of a list: a bullet, or a number that counts up from one.

    A line of running text may begin with a number or a dash by chance, so an item opens behind a gap, behind a stop or a
    colon, or behind another item.
    """
    items: set[int] = set()
    expected = 1
    above = ""
    listed = False
    for i, line in enumerate(lines):
        if line.kind not in ("body", "about"):
            continue
        match = LIST_ITEM.match(line.text)
        opens = match is not None and (line.gap or listed or not above or _may_precede_item(above))
        if match and opens:
            number = line.text[: match.end()].strip(" .)\t")
            opens = not number.isdigit() or int(number) in (1, expected)
            if opens and number.isdigit():
                expected = int(number) + 1
        if opens:
            items.add(i)
        listed = opens or (listed and not line.gap)
        above = line.text
    return items


def _may_precede_item(text: str) -> bool:
    return bool(STOP.search(text)) or text[-1] in ":;"


def _new_paragraph(
    group: Sequence[Line], waiting: Sequence[Line], i: int, lines: Sequence[Line], shape: Layout, item: bool
) -> bool:
    """Whether line ``i`` opens a paragraph behind ``group``, which is an ``item`` of a list or not."""
    line, last = lines[i], group[-1]
    quoted = line.text.startswith(">")
    if line.kind != last.kind or quoted != last.text.startswith(">"):
        return True
    closed = bool(STOP.search(last.text)) and ends_between(last.text[-80:], line.words[:80])
    lower = line.words[:1].islower()
    if line.gap or waiting or not shape.wrapped:
        if closed:
            return True
        if item:
            return line.gap or not lower
        # A sentence that is not over goes on behind a blank line, but a line without a stop may also be a whole item.
        full = shape.wrapped and len(last.text) > 0.5 * shape.width
        return not (lower or full or (quoted and not line.gap))
    if not closed or lower or quoted:
        return False
    if (line.indent >= 2 and line.indent > last.indent) or (shape.trailing and not last.trail):
        return True
    before = [len(x.text) for x in lines[max(0, i - 4) : i - 1] if x.kind == "body"]
    after = [len(x.text) for x in lines[i : i + 3] if x.kind == "body"]
    usual = min(median(before or [0]), median(after or [0]))
    return len(last.text) < 0.75 * usual and len(last.text) + len(line.text.split()[0]) + 1 < 0.9 * usual


def _paragraph(group: Sequence[Line], section: str | None, item: bool, removed: Sequence[Dropped]) -> Paragraph:
    """The spans and dropped ranges of a group of lines; the bullet or number of an ``item`` stays outside."""
    first = group[0]
    start = first.start
    opener = (LIST_ITEM.match(first.text) if item else None) or QUOTE_MARK.match(first.text)
    if opener and opener.end() < len(first.text):
        start += opener.end()
    end = group[-1].end
    cuts = [d for d in removed if start <= d.start < end]
    for line, following in pairwise(group):
        if line.furniture:
            # Furniture takes the white space behind it along, so that ranges tile the paragraph.
            cuts.append(Dropped(start=line.start, end=following.start, reason=_REASONS.get(line.kind, "navigation")))
        elif following.kind == first.kind and following.text.startswith(">") and following.words:
            words = following.end - len(following.words)
            cuts.append(Dropped(start=following.start, end=words, reason="navigation"))
    cuts = _merged(sorted(cuts, key=lambda d: d.start))
    spans, at = [], start
    for cut in cuts:
        if cut.start > at:
            spans.append(Span(start=at, end=cut.start))
        at = cut.end
    if at < end:
        spans.append(Span(start=at, end=end))
    return Paragraph(kind=first.kind, section=None if first.kind == "about" else section, spans=tuple(spans), dropped=tuple(cuts))


def _merged(cuts: Sequence[Dropped]) -> list[Dropped]:
    """Neighbouring lines of one reason as one range."""
    merged: list[Dropped] = []
    for cut in cuts:
        if merged and merged[-1].end == cut.start and merged[-1].reason == cut.reason != "line_hyphen":
            merged[-1] = Dropped(start=merged[-1].start, end=cut.end, reason=cut.reason)
        else:
            merged.append(cut)
    return merged
