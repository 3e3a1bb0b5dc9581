"""Raw text in, paragraphs out: each knows its spans in the raw text, what was dropped between them, and its page."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from natobot.furniture import Layout, Line, layout, mark, page_starts, split_lines
from natobot.model import NOTE_MARK_DIGITS, Dropped, Reason, Span

_STOP = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*\d{0,3}[\"'”’»)\]]*$")
_LIST_ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)])\s+(?=\S)")
_NOTE_MARK = re.compile(r"(?<=[.,;:!?…”’\"')\]])(\d{1,3})(?=\s|$|[—–])|([⁰¹²³⁴-⁹]{1,3})")
_HYPHEN_END = re.compile(r"(?<=\w)[-\u2010\u00ad]$")
_GLUED = re.compile(r"[^\W\d_][.,;:!?][\"”’)]*(?=[^\W\d_])")
_SPACED = re.compile(r"[^\W\d_][.,;:!?][\"”’)]*\s")


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
    shape = layout(lines)
    mark(lines, shape, names)
    notes = _note_marks(raw, lines)
    hyphens = _broken_words(lines, zipf) if shape.wrapped else []
    removed = sorted([*notes, *hyphens], key=lambda d: d.start)
    paragraphs = tuple(
        _paragraph(raw, group, section, removed) for section, group in _group(lines, shape) if group[0].kind != "heading"
    )
    counts: dict[str, int] = {}
    for line in lines:
        if line.kind not in ("body", "about"):
            counts[line.kind] = counts.get(line.kind, 0) + 1
    glued, spaced = len(_GLUED.findall(raw)), len(_SPACED.findall(raw))
    return Cleaned(
        paragraphs=paragraphs,
        pages=tuple(page_starts(lines, shape)),
        glued=glued >= 5 and glued >= 0.2 * (glued + spaced),
        set_aside=tuple(sorted(counts.items())),
    )


def _group(lines: Sequence[Line], shape: Layout) -> Iterator[tuple[str | None, list[Line]]]:
    """Lines that form one paragraph, furniture inside it included, with the heading above."""
    section: str | None = None
    group: list[Line] = []
    waiting: list[Line] = []
    for i, line in enumerate(lines):
        if line.kind in ("heading", "byline"):
            if group:
                yield section, group
            group, waiting = [], []
            if line.kind == "heading":
                same = i > 0 and lines[i - 1].kind == "heading" and not line.gap and shape.wrapped
                text = line.text.lstrip("# ").strip()
                section = f"{section} {text}" if same and section else text
        elif line.furniture:
            waiting.append(line)
        else:
            if group and _new_paragraph(group, waiting, line, lines, i, shape):
                yield section, group
                group = []
            group = [*group, *waiting, line] if group else [line]
            waiting = []
    if group:
        yield section, group


def _new_paragraph(
    group: Sequence[Line], waiting: Sequence[Line], line: Line, lines: Sequence[Line], i: int, shape: Layout
) -> bool:
    """Whether ``line`` opens a paragraph behind ``group``."""
    last = group[-1]
    if line.kind != last.kind or _LIST_ITEM.match(line.text) or line.text.startswith(">") != last.text.startswith(">"):
        return True
    closed = bool(_STOP.search(last.text))
    apart = line.gap or bool(waiting) or not shape.wrapped
    if apart:
        if closed or _LIST_ITEM.match(group[0].text):
            return True
        # A sentence that is not over goes on behind a blank line, but a line without a stop may also be a whole item.
        return not (line.text[0].islower() or waiting or (shape.wrapped and len(last.text) > 0.5 * shape.width))
    if not closed or line.text[0].islower():
        return False
    if (line.indent >= 2 and line.indent > last.indent) or (shape.trailing and not last.trail):
        return True
    before = [len(x.text) for x in lines[max(0, i - 4) : i - 1] if x.kind == "body"]
    after = [len(x.text) for x in lines[i : i + 3] if x.kind == "body"]
    usual = min(median(before or [0]), median(after or [0]))
    return len(last.text) < 0.75 * usual and len(last.text) + len(line.text.split()[0]) + 1 < 0.9 * usual


def _paragraph(raw: str, group: Sequence[Line], section: str | None, removed: Sequence[Dropped]) -> Paragraph:
    """The spans and dropped ranges of a group of lines."""
    first = group[0]
    start = first.start
    if item := _LIST_ITEM.match(first.text) or re.match(r">\s*", first.text):
        start += item.end()
    if first.kind == "about":
        section = None
    end = group[-1].end
    cuts = [d for d in removed if start <= d.start < end]
    for line, following in zip(group, group[1:], strict=False):
        if line.furniture:
            # Furniture takes the white space behind it along, so that ranges tile the paragraph.
            cuts.append(Dropped(start=line.start, end=following.start, reason=_reason(line.kind)))
        elif following.text.startswith(">") and first.text.startswith(">"):
            mark_end = following.start + len(following.text) - len(following.text.lstrip("> "))
            if mark_end < following.end:
                cuts.append(Dropped(start=following.start, end=mark_end, reason="navigation"))
    cuts = _merged(sorted(cuts, key=lambda d: d.start))
    spans, at = [], start
    for cut in cuts:
        if cut.start > at:
            spans.append(Span(start=at, end=cut.start))
        at = cut.end
    if at < end:
        spans.append(Span(start=at, end=end))
    return Paragraph(kind=first.kind, section=section, spans=tuple(spans), dropped=tuple(cuts))


def _merged(cuts: Sequence[Dropped]) -> list[Dropped]:
    """Neighbouring ranges of one reason as one range."""
    merged: list[Dropped] = []
    for cut in cuts:
        if merged and merged[-1].end == cut.start and merged[-1].reason == cut.reason:
            merged[-1] = Dropped(start=merged[-1].start, end=cut.end, reason=cut.reason)
        else:
            merged.append(cut)
    return merged


def _reason(kind: str) -> Reason:
    reasons: dict[str, Reason] = {
        "running_head": "running_head",
        "page_number": "page_number",
        "print_line": "print_line",
        "caption": "caption",
        "pull_quote": "pull_quote",
    }
    return reasons.get(kind, "navigation")


def _note_marks(raw: str, lines: Sequence[Line]) -> list[Dropped]:
    """Footnote digits glued to a stop, quote or bracket: those that count up through the document from one.

    A digit that does not fit the count ("in section 2.3 The") stays, because it may be the author's.
    """
    found: list[tuple[Dropped, int]] = []
    for line in lines:
        if line.kind not in ("body", "about"):
            continue
        for match in _NOTE_MARK.finditer(line.text):
            start, end = line.start + match.start(), line.start + match.end()
            if match.group(1) and _is_number_part(raw, start, match.group(1)):
                continue
            value = int("".join(str("⁰¹²³⁴⁵⁶⁷⁸⁹".find(c)) if c in "⁰¹²³⁴⁵⁶⁷⁸⁹" else c for c in match.group()))
            found.append((Dropped(start=start, end=end, reason="note_mark"), value))
    kept: list[Dropped] = []
    expected = 1
    for mark_, value in found:
        if expected <= value <= expected + 1 and mark_.end - mark_.start <= NOTE_MARK_DIGITS:
            kept.append(mark_)
            expected = value + 1
    return kept


def _is_number_part(raw: str, start: int, digits: str) -> bool:
    """Whether digits behind a stop belong to a number such as 2.5, 1,000 or 10:30, or open with a nought."""
    return digits[0] == "0" or (raw[start - 1] in ".,:" and raw[start - 2 : start - 1].isdigit() and len(digits) == 3)


def _broken_words(lines: Sequence[Line], zipf: Callable[[str], float]) -> list[Dropped]:
    """Hyphens at a line's end that are not part of the word.

    Only in a document that breaks words at all, that is, where some halves are no words; there a hyphen goes where the
    healed word is known and the two halves together are rarer.
    """
    body = [line for line in lines if line.kind in ("body", "about")]
    inner = {w.lower() for line in body for w in re.findall(r"\w+(?:-\w+)+(?=\W)", line.text)}
    whole = {w.lower() for line in body for w in re.findall(r"(?<![\w-])[^\W\d_]+(?![\w-])", line.text)}
    breaks: list[tuple[int, str, str]] = []
    for line, following in zip(body, body[1:], strict=False):
        if _HYPHEN_END.search(line.text):
            left = re.findall(r"[^\W_]+$", line.text[:-1])
            right = re.findall(r"^[^\W_]+", following.text)
            if left and right:
                breaks.append((line.end - 1, left[0].lower(), right[0].lower()))

    def known(word: str) -> bool:
        return word in whole or zipf(word) > 2.5

    def halves(left: str, right: str) -> bool:
        return known(left) and known(right)

    healable = [(at, left, right) for at, left, right in breaks if known(left + right) and (left + right).isalpha()]
    truly = [b for b in healable if not halves(b[1], b[2])]
    if not truly:
        return []
    return [
        Dropped(start=at, end=at + 1, reason="line_hyphen")
        for at, left, right in healable
        if f"{left}-{right}" not in inner
        and (not halves(left, right) or left + right in whole or zipf(left + right) > min(zipf(left), zipf(right)) - 0.5)
    ]
