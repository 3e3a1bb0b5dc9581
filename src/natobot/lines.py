"""Raw text in, its lines and their layout out: what every recogniser of furniture looks at."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from natobot.sentences import ends_between

Kind = Literal[
    "body",
    "heading",
    "byline",
    "about",  # the publisher's note about the author
    "running_head",
    "page_number",
    "print_line",
    "caption",
    "pull_quote",
    "navigation",
]
FURNITURE: frozenset[Kind] = frozenset({"running_head", "page_number", "print_line", "caption", "pull_quote", "navigation"})
PAGE_FURNITURE: frozenset[Kind] = frozenset({"running_head", "page_number", "print_line"})

# Quotation marks, brackets and the stars and underscores of emphasis that may stand behind a stop.
_CLOSERS = r"[\"'”’»)\]*_]*"
# A footnote mark behind a stop; a decimal fraction is none, a digit behind a year may be one.
_MARK = r"(?:(?:(?<!\d[.])|(?<=\d{4}[.]))\d{1,3}|[⁰¹²³⁴-⁹]{1,3}|(?:\[\d{1,3}\])+)?"
STOP = re.compile(rf"[.!?…。！？؟۔।]{_CLOSERS}{_MARK}{_CLOSERS}$")
# A stop, or a sign behind which something else may follow on its own.
TERMINAL = re.compile(rf"[.!?…:;。！？؟۔।]{_CLOSERS}{_MARK}{_CLOSERS}$")
BULLET = re.compile(r"[•·▪◦‣►]\s*")
LIST_ITEM = re.compile(r"(?:[-*+•·▪◦‣►]|\d{1,3}[.)])\s+(?=\S)")
QUOTE_MARK = re.compile(r"(?:>\s?)+\s*")
# A line that only separates: ***, -----, =====, or the empty line of a quotation.
_RULE = re.compile(r"(?:(?:[-*_=~#•·–—]\s*){3,}|(?:>\s*)+)\Z")
_METADATA = re.compile(
    r"(?:title|headline|authors?|published|posted|updated|date|section|category|categories|tags|keywords|language|url|source"
    r"|publisher|description|type|id)\s?:\s\S",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Line:
    """A line with something in it."""

    # First code point that is not white space.
    start: int
    # One past the last code point that is not white space.
    end: int
    # The raw text in between.
    text: str
    # White space in front of it.
    indent: int
    # Whether a blank line or a form feed stands before it.
    gap: bool
    # Whether a form feed stands before it.
    feed: bool
    # Whether white space stands behind it, as wrapping programs leave it where a paragraph goes on.
    trail: bool
    # What it is.
    kind: Kind = "body"

    @property
    def furniture(self) -> bool:
        return self.kind in FURNITURE

    @property
    def words(self) -> str:
        """The text without the mark of a quoted line."""
        return QUOTE_MARK.sub("", self.text, count=1) if self.text.startswith(">") else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a document is set."""

    # Whether paragraphs are broken into lines.
    wrapped: bool
    # Usual length of a full line (wrapped) or of a paragraph (not wrapped).
    width: float
    # Whether this is a saved web page with its frame.
    site: bool
    # Whether white space at a line's end says that the paragraph goes on.
    trailing: bool


def split_lines(raw: str) -> list[Line]:
    """The lines of ``raw`` that are not blank; line ends may be LF, CRLF or CR."""
    lines: list[Line] = []
    gap, feed = True, False
    for match in re.finditer(r"[^\r\n\f]*(\r\n|\r|\n|\f|\Z)", raw):
        content = raw[match.start() : match.start(1)]
        text = content.strip(" \t\u00a0\u3000\ufeff\u200b\x0b")
        if text:
            before = content.index(text)
            start = match.start() + before
            indent = before - content.count("\ufeff", 0, before)
            trail = start + len(text) < match.start(1)
            kind: Kind = "navigation" if _RULE.match(text) else "body"
            lines.append(Line(start, start + len(text), text, indent, gap, feed, trail, kind))
            gap = feed = False
        else:
            gap = True
        if match.group(1) == "\f":
            gap = feed = True
    return lines


def layout(lines: Sequence[Line], site_signs: int) -> Layout:
    """Measure how the document is set; three signs of a web page's frame make it a saved web page."""
    lengths = sorted(len(line.text) for line in lines) or [0]
    # JSON and addresses of a saved page may stand on lines of any length, so they do not count.
    prose = sorted(len(line.text) for line in lines if line.text[0] not in "{[<") or [0]
    # Lines of one length that stop nearly all are as many short paragraphs; a line that breaks off goes on in the next.
    full = [line for line in lines if len(line.text) >= 0.6 * prose[-1] and line.text[0] not in "{[<"]
    stops = sum(bool(STOP.search(line.text)) for line in full)
    broken = any(len(a.text) >= 40 and not b.gap and not STOP.search(a.text) for a, b in pairwise(lines))
    breaks_off = stops < 0.8 * len(full) if len(lines) > 3 else broken
    wrapped = prose[int(len(prose) * 0.97)] <= 120 and breaks_off
    lengths = prose if wrapped else lengths
    long = [n for n in lengths if n >= (0.6 * lengths[-1] if wrapped else 120)] or lengths
    trails = sum(line.trail for line in lines)
    return Layout(
        wrapped=wrapped,
        width=median(long),
        site=site_signs >= 3,
        trailing=wrapped and trails >= 0.7 * len(lines),
    )


def metadata(line: Line) -> bool:
    """Whether a line is data about the document: JSON, or ``key: value``."""
    text = line.text
    return (
        text in "{}[]"
        or text.startswith(('{"', '[{"'))
        or bool(re.match(r'[\]}],?$|"[^"]*"\s*(?::.*|,?)$', text))
        or bool(_METADATA.match(text) and len(text) < 200)
    )


def blocks(lines: Iterable[Line], wrapped: bool) -> Iterator[list[Line]]:
    """Runs of lines that belong together: between gaps where lines are wrapped, else one line each."""
    run: list[Line] = []
    for line in lines:
        if run and (line.gap or not wrapped or line.kind != run[-1].kind):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def over(above: str, below: str) -> bool:
    """Whether what the line ``above`` says is over, and does not go on in ``below`` behind "the U.S." or "Mr."."""
    return bool(TERMINAL.search(above)) and ends_between(above[-80:], below[:80])


def goes_on(lines: Sequence[Line], before: int, after: int) -> bool:
    """Whether a sentence runs from line ``before`` to line ``after``, over whatever stands between."""
    before, after = _body_near(lines, before, -1), _body_near(lines, after, 1)
    if before < 0 or after >= len(lines):
        return False
    return lines[after].text[0].islower() and not over(lines[before].text, lines[after].text)


def opens_sentence(lines: Sequence[Line], i: int) -> bool:
    """Whether line ``i`` must be body, because the line below goes on with a sentence that has not begun above."""
    before, after = _body_near(lines, i - 1, -1), _body_near(lines, i + 1, 1)
    if after >= len(lines) or not lines[after].text[0].islower():
        return False
    return before < 0 or over(lines[before].text, lines[i].text)


def _body_near(lines: Sequence[Line], i: int, step: int) -> int:
    while 0 <= i < len(lines) and lines[i].kind in PAGE_FURNITURE:
        i += step
    return i


def apart(lines: Sequence[Line], i: int) -> tuple[bool, bool]:
    """Whether line ``i`` stands apart from the line above and from the line below, page furniture not counted."""
    above = i == 0 or lines[i].gap or lines[i - 1].kind in PAGE_FURNITURE
    below = i + 1 == len(lines) or lines[i + 1].gap or lines[i + 1].kind in PAGE_FURNITURE
    return above, below
