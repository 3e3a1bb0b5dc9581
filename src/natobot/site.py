"""The lines of a saved web page in, its frame marked: the article and the note about its author stay, the rest goes.

The article is the largest stretch of prose; it reaches over boxes and advertisements in its middle, and ends where a
byline, a note about the author, comments or other stories begin.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from statistics import median
from typing import Literal

from natobot.fold import fold
from natobot.lines import BULLET, STOP, Kind, Layout, Line, blocks, metadata


def _labels(text: str) -> re.Pattern[str]:
    """A pattern for whole lines, from labels with a bar between them; ``*`` stands for any words."""
    labels = [re.escape(label.strip()).replace(r"\*", ".*") for label in text.split("|")]
    return re.compile(rf"(?:{'|'.join(labels)})\Z", re.IGNORECASE)


# Labels in the frame of web pages, whatever the site. Behind these the article is over, unless it plainly goes on.
_OTHERS = _labels(
    """related | related articles | related stories | related posts | related content | related reading | recommended
    | recommended for you | recommended reading | more on * | more stories | more articles * | you may also like *
    | you might also like * | see also | further reading | read next | up next"""
)
# Behind these it is over, or has not begun.
_END = _labels(
    """recent work | recent posts | recent articles | recent stories | more from * | more in * | more by * | more work from *
    | most read | most popular | most viewed | most shared | trending | trending now
    | tags | tags: * | filed under * | topics | topics: * | comments | comments (*)
    | leave a comment * | leave a reply * | join the conversation | in the media | © * | (c) * | copyright *
    | * all rights reserved | * all rights reserved."""
)
# Over these it may go on: boxes, buttons and advertisements stand in its middle too.
_MENU = _labels(
    """link copied | copy link | share | share this | share this article | share this story | share this page | share on *
    | share via * | share by * | print | email | e-mail | tweet | save | listen | subscribe* | sign in*
    | sign up* | log in | register | menu | search | skip to * | home | about | about us | contact | contact us
    | privacy | privacy policy | careers | cookies | cookie policy | cookie settings | terms | terms of use
    | terms of service | advertisement | sponsored | sponsored content | newsletter | newsletters | read more* | read also*
    | see more* | follow us* | accept | accept all | reject all | manage settings | manage preferences | get more *
    | get the latest * | get our * | back to top | previous | next | reply | donate | your email * | source:* | credit: *
    | photo: * | image: *"""
)
_READING_TIME = re.compile(r"\d+ min(?:ute)?s?(?: read)?\Z", re.IGNORECASE)
# Menus set on one line: short labels with wide spaces or bars between them.
_LABELS = re.compile(r"^[\w’'&.-]+(?:\ [\w’'&.-]+){0,2}(?:(?:\s{2,}|\s*[|•·/»]\s*)[\w’'&.-]+(?:\ [\w’'&.-]+){0,2}){2,}$")
BYLINE = re.compile(r"^by:?\s+[A-Z][^.!?]{2,80}$", re.IGNORECASE)
DATELINE = re.compile(
    r"""^(?:(?:first\ )?(?:published|posted|updated|last\ updated|date)\b[\s:]*(?:on|at)?\b.{0,40}\d{4}.{0,20}
      |(?:\w{3,9},?\ )?(?:\d{1,2}\ )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\ (?:\d{1,2},?\ )?\d{4}
      |\d{4}-\d{2}-\d{2})$""",
    re.IGNORECASE | re.VERBOSE,
)
_ORIGIN = re.compile(
    r"^(?:this|an?\s(?:earlier|longer|shorter)\s?\w*)\s"
    r"(?:article|piece|essay|commentary|interview|post|story|column|op-ed|version)\b"
    r".{0,60}\b(?:published|appeared|posted|adapted|reprinted|reproduced)\b",
    re.IGNORECASE,
)
ABOUT = re.compile(r"^(?:about\ the\ (?:authors?|writers?)|author\ bio(?:graphy)?|the\ authors?|contributors?):?$", re.IGNORECASE)
_ABOUT_WORDS = 8
_LABEL_LENGTH = 120
# How many paragraphs and labels a box in the middle of an article may have.
_BOX = 8


@dataclass(slots=True)
class _Unit:
    """A paragraph of the page, or a line of its frame."""

    # Its lines.
    lines: list[Line]
    # Its words in one line.
    text: str
    # Whether it ends like a sentence and is long enough to be one.
    prose: bool
    # Whether it belongs to the frame by what it says.
    frame: bool
    # Whether the article cannot reach over it, or only if whole paragraphs follow.
    border: Literal["hard", "soft"] | None


def site_signs(lines: Sequence[Line]) -> int:
    """How many signs of a saved web page a document shows, of six."""
    texts = [line.text for line in lines]
    return sum(
        (
            sum(metadata(line) for line in lines) >= 4 or any(t.startswith(('{"', '[{"')) for t in texts),
            sum(bool(BULLET.match(t)) and len(t) < 60 for t in texts) >= 4,
            sum(_in_frame(t) and not BULLET.match(t) for t in texts) >= 3,
            any(is_byline(line) or DATELINE.match(line.text) for line in lines),
            any("all rights reserved" in t.lower() or t.startswith("©") for t in texts),
            any(ABOUT.match(t) for t in texts),
        )
    )


def mark_site(lines: list[Line], shape: Layout, names: Sequence[str]) -> None:
    """Keep the article of a saved web page and the note about its author; the rest is navigation.

    ``names`` are the folded title, authors and container.
    """
    units = list(_units(lines, shape, names))
    article = _article(units)
    for k, unit in enumerate(units):
        if k not in article:
            _mark(unit, "navigation")
    _mark_about(units[max(article, default=-1) + 1 :], names)


def _mark(unit: _Unit, kind: Kind) -> None:
    for line in unit.lines:
        line.kind = kind


def _units(lines: list[Line], shape: Layout, names: Sequence[str]) -> Iterator[_Unit]:
    inside = median([line.indent for line in lines if len(line.text) >= 0.6 * shape.width] or [0]) + 1
    for run in blocks([line for line in lines if line.kind == "body"], shape.wrapped):
        text = " ".join(line.text for line in run)
        whole = bool(STOP.search(text)) and len(text.split()) >= 8 and not any(_in_frame(line.text) for line in run)
        full = len(run) > 1 and (len(run[0].text) >= 0.6 * shape.width or whole)
        for part in [run] if full else [[line] for line in run]:
            words = text if full else part[0].text
            folded = "" if STOP.search(words) else fold(words)
            border = None if full else "hard" if folded in names else _border(part[0])
            frame = border is not None or metadata(part[0]) or part[0].indent > inside or bool(_ORIGIN.match(words))
            frame = frame or (not full and _in_frame(words))
            prose = not frame and bool(STOP.search(words)) and len(words.split()) >= 4
            yield _Unit(lines=part, text=words, prose=prose, frame=frame, border=border)


def _in_frame(text: str) -> bool:
    if len(text) > _LABEL_LENGTH or (BULLET.match(text) and STOP.search(text)):
        return False
    return any(pattern.match(text) for pattern in (_MENU, _END, _OTHERS, _LABELS, _READING_TIME, BULLET))


def _border(line: Line) -> Literal["hard", "soft"] | None:
    if len(line.text) > _LABEL_LENGTH:
        return None
    hard = _END.match(line.text) or ABOUT.match(line.text) or DATELINE.match(line.text) or is_byline(line)
    return "hard" if hard else "soft" if _OTHERS.match(line.text) else None


def is_byline(line: Line) -> bool:
    """Whether a line says "By" and then names."""
    match = BYLINE.match(line.text)
    return bool(match) and sum(w[:1].isupper() for w in line.text.split()[1:]) * 2 >= len(line.text.split()) - 1


def _article(units: Sequence[_Unit]) -> set[int]:
    """Which units are the article: its largest run of prose and what belongs to it on both sides."""
    runs = list(_runs(units))
    if not runs:
        return set()
    best = max(range(len(runs)), key=lambda r: sum(len(units[k].text) for k in runs[r]))
    article = set(runs[best])
    for others in (range(best + 1, len(runs)), range(best - 1, -1, -1)):
        near = runs[best]
        for r in others:
            run = runs[r]
            between = range(near.stop, run.start) if r > best else range(run.stop, near.start)
            borders = {units[k].border for k in between}
            if _is_summary(units, run.start):
                borders |= {unit.border for unit in takewhile(lambda unit: not unit.prose, reversed(units[: run.start]))}
            if "hard" in borders or len(between) > _BOX:
                break
            if _in_box(units, run) or ("soft" in borders and not _goes_on(units, runs[best], run)):
                continue
            article.update(run)
            # A heading may stand between a box and the paragraph below it.
            above = between.stop - 1
            if above in between and not units[above].frame and units[above].lines[0].gap and units[above + 1].lines[0].gap:
                article.add(above)
            near = run
    return article


def _goes_on(units: Sequence[_Unit], article: range, run: range) -> bool:
    """Whether a run beyond a box of other stories is more of the article: whole paragraphs, not titles and summaries."""
    usual = median(len(units[k].text) for k in article if units[k].prose)
    longest = max(len(units[k].text) for k in run)
    enough = min(0.4 * usual, 100) if len(run) >= 2 else 0.8 * usual
    return all(units[k].prose for k in run) and longest >= enough


def _runs(units: Sequence[_Unit]) -> Iterator[range]:
    """Stretches of prose in which no more than one unit in a row is something else, such as a heading.

    A summary that clings to its title is a stretch of its own.
    """
    start = last = -1
    for k, unit in enumerate(units):
        if start >= 0 and (unit.frame or (not unit.prose and k - last > 1) or _is_summary(units, k) or _is_summary(units, last)):
            yield range(start, last + 1)
            start = last = -1
        if unit.prose:
            start = k if start < 0 else start
            last = k
    if start >= 0:
        yield range(start, last + 1)


def _is_summary(units: Sequence[_Unit], k: int) -> bool:
    return k > 0 and units[k].prose and not units[k].lines[0].gap and not units[k - 1].prose


def _in_box(units: Sequence[_Unit], run: range) -> bool:
    """Whether a run of prose clings to a line of the frame, as the text of a newsletter's box does."""
    above = run.start > 0 and units[run.start - 1].frame and not units[run.start].lines[0].gap
    below = run.stop < len(units) and not units[run.stop].prose and not units[run.stop].lines[0].gap
    gaps = sum(unit.lines[0].gap for unit in units) >= 0.3 * len(units)
    return gaps and (above or below)


def _mark_about(units: Sequence[_Unit], names: Sequence[str]) -> None:
    """Behind the article, under a heading such as "About the author": the sentences that name an author."""
    surnames = {name.split()[-1] for name in names if name}
    heading = next((k for k, unit in enumerate(units) if ABOUT.match(unit.text)), None)
    if heading is None:
        return
    for unit in units[heading + 1 : heading + 12]:
        if any(label.match(unit.text) for label in (_END, _OTHERS, _MENU)) or BULLET.match(unit.text):
            return
        words = unit.text.split()
        if STOP.search(unit.text) and len(words) >= _ABOUT_WORDS and surnames & set(fold(unit.text).split()[:_ABOUT_WORDS]):
            _mark(unit, "about")
