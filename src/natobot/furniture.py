"""Lines of a document in, what each line is out: body text, a heading, or furniture such as running heads and menus.

The recognisers look for what such things have in common in any press or site (a page number beside them, a sentence that
goes on behind them, words that stand again in the body), never for the words of one document.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Literal

from rapidfuzz import fuzz

from natobot.fold import fold

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

TERMINAL = re.compile(r"[.!?…:;。！？؟।][\"'”’»)\]]*\d{0,3}[\"'”’»)\]]*$")
_STOP = re.compile(r"[.!?…。！？؟।][\"'”’»)\]]*\d{0,3}[\"'”’»)\]]*$")
_PAGE_NUMBER = re.compile(r"[-–—•|\[(\s]*(?:page|p\.)?\s*(\d{1,4})(?:\s*(?:/|of)\s*\d{1,4})?[-–—•|\])\s]*\Z", re.IGNORECASE)
_EDGE_NUMBER = re.compile(r"^(\d{1,4})[\s|•·–—-]+(?=\S)|(?<=\S)[\s|•·–—-]+(\d{1,4})$")
_PRINT_LINE = re.compile(
    r"\.(?:indd|qxd|qxp|fm|p65)\b"
    r"|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4},?\s+\d{1,2}[:.]\d{2}\b"
    r"|^(?:downloaded (?:from|by|on)|printed (?:by|on|from)|this content downloaded|proof\b.*\bpage)",
    re.IGNORECASE,
)
_PRINT_PAGE = re.compile(r"\.(?:indd|qxd|qxp|fm|p65)\s+(\d{1,4})\b", re.IGNORECASE)
_BULLET = re.compile(r"\s*[•·▪◦‣►»]\s*")
_LIST_ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)])\s+\S")
# Words that stand alone or open a line in the frame of a web page, whatever the site.
_SITE = re.compile(
    r"""^(?:
      (?:link\ copied|copy\ link|share(?:\ this)?(?:\ (?:article|story|page|on|via)\b.*)?|print|e-?mail|tweet|save|listen|subscribe.*
        |sign\ (?:in|up).*|log\ in|menu|search|skip\ to.*|home|about(?:\ us)?|contact(?:\ us)?|privacy(?:\ policy)?|careers
        |cookies?(?:\ policy)?|terms(?:\ of\ (?:use|service))?|advertisement|newsletters?|read\ more.*|see\ (?:also|more).*
        |related(?:\ \w+){0,2}|recommended.*|recent\ work|more\ (?:from|work|on|in|stories)\b.*|most\ (?:read|popular|viewed)
        |trending.*|tags?:?.*|filed\ under.*|topics?:.*|comments?(?:\ \(\d+\))?|leave\ a\ (?:comment|reply)|follow\ us.*
        |get\ (?:more|the\ latest|our)\b.*|back\ to\ top|previous|next|\d+\ min(?:ute)?s?\ read|in\ the\ media
        |source:.*|credit:.*|photo:.*|image:.*)
      | (?:©|\(c\)|copyright\b).* | .*\ball\ rights\ reserved\.?
      )$""",
    re.IGNORECASE | re.VERBOSE,
)
_BYLINE = re.compile(r"^by:?\s+[A-Z][^.!?]{2,80}$")
_DATELINE = re.compile(
    r"^(?:(?:first\ )?(?:published|posted|updated|last\ updated|date)\b[\s:]*(?:on|at)?\b.{0,40}\d{4}.{0,20}"
    r"|(?:\d{1,2}\ )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\ (?:\d{1,2},?\ )?\d{4})$",
    re.IGNORECASE,
)
_ORIGIN = re.compile(
    r"^(?:this|an?\ (?:earlier|longer|shorter)\s?\w*)\s(?:article|piece|essay|commentary|interview|post|story|column|op-ed|version)"
    r"\b.{0,60}\b(?:published|appeared|posted|adapted|reprinted|reproduced)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"^(?:about\ the\ (?:authors?|writers?)|author\ bio(?:graphy)?|the\ authors?|contributors?):?$", re.IGNORECASE
)
_CREDIT = re.compile(
    r"^(?:photo(?:graph)?s?|image|picture|figure|fig\.|map|chart|graphic|illustration)\b[^.]{0,40}[:.)]"
    r"|\b(?:photo|image|picture)s?\s*(?:by|:|courtesy|credit)"
    r"|(?:[(/]|\bphoto\s)\s*(?:getty|afp|ap|reuters|epa|dpa|xinhua|tass|wikimedia|flickr)\b|getty\ images",
    re.IGNORECASE,
)
_OPENERS = frozenset(
    """however but and thus so therefore this that these those it they he she we i indeed yet first second third fourth
    finally moreover meanwhile nor or because if while although what why how who there nobody nothing everyone as""".split()
)
_FINITE = frozenset(
    """is are was were be has have had do does did will would can could may might must shall should cannot
    isn't aren't wasn't weren't won't can't""".split()
)
_SCENE_VERBS = frozenset(
    """meets meet shakes shake speaks speak addresses address attends attend arrives arrive walks walk poses pose stands
    stand sits sit waves wave greets greet looks look holds hold visits visit gather gathers march marches protest protests
    delivers deliver inspects inspect salutes salute hugs embrace embraces talks talk listens listen carry carries fly
    flies patrol patrols watch watches pose rally rallies chat chats pictured seen shown""".split()
)
_SCENE_NOUNS = frozenset(
    """flag flags sculpture sculptures statue statues headquarters building buildings soldier soldiers troops tank tanks
    crowd crowds people villager villagers refugee refugees protester protesters demonstrators leaders ministers president
    portrait view aerial skyline ship ships warship aircraft jet jets helicopter convoy ruins rubble bridge square palace
    monument memorial delegates delegation ceremony parade podium participants exhibition entrance facade harbor harbour""".split()
)
_NOT_PARTICIPLES = frozenset("during nothing something anything everything king spring string morning evening being".split())

_FURNITURE: frozenset[Kind] = frozenset({"running_head", "page_number", "print_line", "caption", "pull_quote", "navigation"})


@dataclass(slots=True)
class Line:
    """A line with words in it."""

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
        return self.kind in _FURNITURE


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
            start = match.start() + content.index(text)
            trail = start + len(text) < match.start(1)
            lines.append(Line(start, start + len(text), text, start - match.start(), gap, feed, trail))
            gap = feed = False
        else:
            gap = True
        if match.group(1) == "\f":
            gap = feed = True
    return lines


def layout(lines: Sequence[Line]) -> Layout:
    """Measure how the document is set."""
    lengths = sorted(len(line.text) for line in lines) or [0]
    wrapped = lengths[int(len(lengths) * 0.97)] <= 120 and len(lines) > 3
    long = [n for n in lengths if n >= (0.6 * lengths[-1] if wrapped else 120)] or lengths
    trails = sum(line.trail for line in lines)
    signs = {
        "data": sum(line.text in "{}[]" or bool(re.match(r'"\w+":', line.text)) for line in lines) >= 4,
        "bullets": sum(bool(_BULLET.match(line.text)) and len(line.text) < 60 for line in lines) >= 4,
        "frame": sum(bool(_SITE.match(line.text)) for line in lines) >= 3,
        "byline": any(_BYLINE.match(line.text) or _DATELINE.match(line.text) for line in lines),
        "rights": any("all rights reserved" in line.text.lower() or line.text.startswith("©") for line in lines),
        "about": any(_ABOUT.match(line.text) for line in lines),
    }
    return Layout(
        wrapped=wrapped, width=median(long), site=sum(signs.values()) >= 3, trailing=wrapped and trails >= 0.7 * len(lines)
    )


def blocks(lines: Sequence[Line], wrapped: bool) -> Iterator[list[Line]]:
    """Runs of body lines that belong together: between gaps where lines are wrapped, else one line each."""
    run: list[Line] = []
    for line in lines:
        if run and (line.gap or not wrapped or line.kind != run[-1].kind):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def mark(lines: list[Line], shape: Layout, names: Sequence[str]) -> None:
    """Say of each line what it is. ``names`` are the title, authors and container as known."""
    folded_names = [fold(name) for name in names if fold(name)]
    mark_pages(lines, folded_names)
    if shape.site:
        mark_site(lines, folded_names)
    else:
        mark_byline(lines, folded_names)
    mark_pull_quotes(lines, shape)
    mark_captions(lines, shape)
    mark_headings(lines, shape)


def mark_pages(lines: list[Line], names: Sequence[str]) -> None:
    """Print-shop lines, page numbers and running heads."""
    for line in lines:
        if _PRINT_LINE.search(line.text) and len(line.text) <= 160 and not _STOP.search(line.text):
            line.kind = "print_line"
    numbers = [(i, int(m.group(1))) for i, line in enumerate(lines) if (m := _PAGE_NUMBER.match(line.text))]
    ascending = len(numbers) >= 3 and all(b[1] - a[1] in (1, 2) for a, b in zip(numbers, numbers[1:], strict=False))
    for i, _ in numbers:
        beside = lines[max(0, i - 1) : i] + lines[i + 1 : i + 2]
        apart = lines[i].gap and (i + 1 == len(lines) or lines[i + 1].gap)
        if ascending or lines[i].feed or (apart and (_beside_print(lines, i) or _goes_on(lines, i - 1, i + 1))):
            lines[i].kind = "page_number"
        elif any(line.feed for line in beside[-1:]) and i + 1 < len(lines) and lines[i + 1].feed:
            lines[i].kind = "page_number"
    _mark_running_heads(lines, names)


def _beside_print(lines: Sequence[Line], i: int) -> bool:
    return any(lines[j].kind == "print_line" for j in (i - 1, i + 1) if 0 <= j < len(lines))


def _goes_on(lines: Sequence[Line], before: int, after: int) -> bool:
    """Whether a sentence runs from line ``before`` to line ``after``, over whatever stands between."""
    while before >= 0 and lines[before].kind in ("page_number", "print_line", "running_head"):
        before -= 1
    while after < len(lines) and lines[after].kind in ("page_number", "print_line", "running_head"):
        after += 1
    if before < 0 or after >= len(lines):
        return False
    return not TERMINAL.search(lines[before].text) and lines[after].text[0].islower()


def _mark_running_heads(lines: list[Line], names: Sequence[str]) -> None:
    bare = [fold(_EDGE_NUMBER.sub("", line.text)) for line in lines]
    numbered = Counter(b for b, line in zip(bare, lines, strict=True) if b and _EDGE_NUMBER.search(line.text))
    repeated = Counter(b for b, line in zip(bare, lines, strict=True) if b and len(line.text) <= 100)
    for i, line in enumerate(lines):
        if line.kind != "body" or len(line.text) > 100 or _STOP.search(line.text) or not bare[i]:
            continue
        named = any(fuzz.ratio(bare[i], name) >= 90 for name in names)
        numbered_head = bool(_EDGE_NUMBER.search(line.text)) and (numbered[bare[i]] >= 2 or named)
        at_page = any(
            lines[j].kind in ("page_number", "print_line") or lines[max(j, i)].feed
            for j in (i - 1, i + 1)
            if 0 <= j < len(lines)
        )
        cut = _goes_on(lines, i - 1, i + 1)
        if numbered_head or (at_page and (named or repeated[bare[i]] >= 2 or cut)) or (repeated[bare[i]] >= 3 and cut):
            line.kind = "running_head"
    # Once a line is known for a running head, every other place where it stands alone is one too.
    heads = {b for b, line in zip(bare, lines, strict=True) if line.kind == "running_head"}
    for b, line in zip(bare, lines, strict=True):
        if line.kind == "body" and b in heads and repeated[b] >= 3:
            line.kind = "running_head"


def mark_byline(lines: list[Line], names: Sequence[str]) -> None:
    """The author's name or the title standing alone at the top or the bottom."""
    for line in [*lines[:4], *lines[-2:]]:
        folded = fold(line.text.lstrip("# "))
        if line.kind == "body" and not _STOP.search(line.text) and len(line.text) < 150:
            if any(fuzz.ratio(folded.removeprefix("by "), name) >= 92 for name in names) or _BYLINE.match(line.text):
                line.kind = "byline"
            elif _DATELINE.match(line.text):
                line.kind = "byline"


def mark_site(lines: list[Line], names: Sequence[str]) -> None:
    """Keep the article of a saved web page and the note about its author; the rest is navigation."""
    strong = [
        bool(
            _SITE.match(line.text)
            or _BYLINE.match(line.text)
            or _DATELINE.match(line.text)
            or _ORIGIN.match(line.text)
            or _ABOUT.match(line.text)
            or _BULLET.match(line.text)
            or line.indent > 1
            or line.text in "{}[]"
            or re.match(r'[\]}]|"[^"]*"[:,]?', line.text)
            or (fold(line.text) in names and not _STOP.search(line.text))
        )
        for line in lines
    ]
    prose = [
        not s and bool(_STOP.search(line.text)) and len(line.text.split()) >= 4
        for s, line in zip(strong, lines, strict=True)
    ]
    best, best_size = range(0), 0
    for run in _article_runs(lines, strong, prose):
        size = sum(len(lines[i].text) for i in run)
        if size > best_size:
            best, best_size = run, size
    for i, line in enumerate(lines):
        if i not in best:
            line.kind = "navigation"
    _mark_about(lines, best.stop, names)


def _article_runs(lines: Sequence[Line], strong: Sequence[bool], prose: Sequence[bool]) -> Iterator[range]:
    """Stretches of prose in which no more than one line in a row is something else, such as a heading."""
    start = last = -1
    for i in range(len(lines)):
        if strong[i] or (not prose[i] and last >= 0 and i - last > 1):
            if start >= 0:
                yield range(start, last + 1)
            start = last = -1
        elif prose[i]:
            start = i if start < 0 else start
            last = i
    if start >= 0:
        yield range(start, last + 1)


def _mark_about(lines: list[Line], after: int, names: Sequence[str]) -> None:
    """Behind the article, under a heading such as "About the author": the sentences that name an author."""
    surnames = {name.split()[-1] for name in names if name}
    heading = next((i for i in range(after, len(lines)) if _ABOUT.match(lines[i].text)), None)
    if heading is None:
        return
    for line in lines[heading + 1 : heading + 12]:
        if _SITE.match(line.text) or _BULLET.match(line.text):
            return
        if _STOP.search(line.text) and len(line.text.split()) >= 8 and surnames & set(fold(line.text).split()[:8]):
            line.kind = "about"


def mark_pull_quotes(lines: list[Line], shape: Layout) -> None:
    """Short blocks set apart whose words stand again, in the same order, in the body."""
    body = [line for line in lines if line.kind == "body"]
    runs = [run for run in blocks(body, shape.wrapped) if _may_be_pull_quote(run, shape)]
    if not runs:
        return
    folded = {id(line): fold(line.text) for line in body}
    for run in runs:
        words = " ".join(folded[id(line)] for line in run)
        inside = {id(line) for line in run}
        rest = " ".join(folded[id(line)] for line in body if id(line) not in inside)
        if len(words.split()) >= 4 and (f" {words} " in f" {rest} " or _nearly_in(words, rest)):
            for line in run:
                line.kind = "pull_quote"


def _may_be_pull_quote(run: Sequence[Line], shape: Layout) -> bool:
    if not run[0].gap and shape.wrapped:
        return False
    size = sum(len(line.text.split()) for line in run)
    if shape.wrapped:
        # Set in a narrow measure; a narrow column of body text passes here too, but its words do not stand twice.
        return size <= 80 and max(len(line.text) for line in run) <= 0.7 * shape.width
    return size <= 60 and len(run[0].text) <= 0.5 * shape.width


def _nearly_in(words: str, rest: str) -> bool:
    """A pull quote may heal a broken word or leave out a few: nearly the same words, in the same order."""
    return len(words) >= 30 and len(words) <= len(rest) and fuzz.partial_ratio(words, rest) >= 93


def mark_captions(lines: list[Line], shape: Layout) -> None:
    """Single sentences between long paragraphs that describe a picture instead of carrying the argument."""
    body = [line for line in lines if line.kind == "body"]
    runs = list(blocks(body, shape.wrapped))
    sizes = [sum(len(line.text) for line in run) for run in runs]
    usual = median(sizes) if sizes else 0
    for run, size in zip(runs, sizes, strict=True):
        text = " ".join(line.text for line in run)
        short = size <= 250 and (size * 3 <= usual or usual == size)
        if (size <= 300 and _CREDIT.search(text)) or (short and size * 3 <= usual and describes_picture(text)):
            for line in run:
                line.kind = "caption"


def describes_picture(text: str) -> bool:
    """Whether one sentence reads like a picture's caption: no finite verb before a participle or a scene."""
    words = [w.strip(".,;:!?()\"“”’'") for w in re.sub(r"([.,;:!?])(?=\S)", r"\1 ", text).split()]
    words = [w for w in words if w]
    lower = [w.lower() for w in words]
    if not 4 <= len(words) <= 45 or lower[0] in _OPENERS or len(re.findall(r"[.!?][\"”’)]*\s+[A-Z]", text)) > 0:
        return False
    finite = next((i for i, w in enumerate(lower) if w in _FINITE), len(words))
    participle = next(
        (i for i, w in enumerate(lower) if i > 0 and w.endswith("ing") and len(w) > 4 and w not in _NOT_PARTICIPLES),
        len(words),
    )
    scene = next((i for i, w in enumerate(lower) if i > 0 and w in _SCENE_VERBS), len(words))
    people_or_things = bool(_SCENE_NOUNS & set(lower)) or sum(w[:1].isupper() for w in words[1:]) >= 2
    if min(participle, scene) < finite:
        return people_or_things
    verbless = finite == len(words) and not any(w.endswith("ed") for w in lower)
    return verbless and bool(_SCENE_NOUNS & set(lower)) and any(w in ("of", "in", "at", "on", "near") for w in lower)


def mark_headings(lines: list[Line], shape: Layout) -> None:
    """Short lines set apart, without a stop, between whole sentences."""
    body = [line for line in lines if line.kind == "body"]
    runs = list(blocks(body, shape.wrapped))
    for k, run in enumerate(runs):
        text = run[0].text
        if text.startswith("#"):
            run[0].kind = "heading"
            continue
        shouted = text.isupper() and len(text) > 3
        if len(run) > 2 or _LIST_ITEM.match(text) or text.startswith(">"):
            continue
        if _STOP.search(run[-1].text) and not shouted:
            continue
        words = " ".join(line.text for line in run).split()
        closed_before = k == 0 or bool(_STOP.search(runs[k - 1][-1].text)) or runs[k - 1][0].kind == "heading"
        opens_after = k + 1 < len(runs) and not runs[k + 1][0].text[0].islower()
        titled = sum(w[:1].isupper() or not w[:1].isalpha() for w in words) * 2 >= len(words) or len(words) <= 8
        if len(words) <= 14 and closed_before and opens_after and titled and not text[0].islower():
            for line in run:
                line.kind = "heading"


def page_starts(lines: Sequence[Line], shape: Layout) -> list[tuple[int, int | None]]:
    """Where pages begin: (code point, page number where the file shows it), ascending.

    A page begins behind a form feed, behind page furniture, or, in wrapped text that is otherwise flush left, at a
    line moved in by a single space. Numbers come from page numbers and print-shop lines; the pages between and around
    them are counted, as long as two numbers agree with the count and no page is much longer than the others.
    """
    flush = sum(line.indent == 1 for line in lines) <= 0.1 * len(lines)
    starts: list[tuple[int, int | None]] = []
    zone: list[Line] = []
    for line in lines:
        if line.kind in ("page_number", "print_line", "running_head"):
            zone.append(line)
            continue
        soft = shape.wrapped and flush and line.indent == 1 and line.kind == "body"
        if zone or line.feed or soft or not starts:
            starts.append((line.start, _page_after(zone)))
        zone = []
    return _count_pages(starts)


def _page_after(zone: Sequence[Line]) -> int | None:
    """The number of the page behind a stretch of page furniture."""
    printed = next((int(m.group(1)) for line in zone if (m := _PRINT_PAGE.search(line.text))), None)
    numbers = [int(m.group(1)) for line in zone if line.kind == "page_number" and (m := _PAGE_NUMBER.match(line.text))]
    if printed is not None:
        return printed + 1 if not numbers or numbers[-1] == printed + 1 else None
    if len(numbers) == 2:
        return numbers[1] if numbers[1] == numbers[0] + 1 else None
    if len(numbers) == 1:
        feeds = [line.feed for line in zone]
        if any(feeds):
            # Before the form feed it is the number of the page that ends, behind it that of the page that begins.
            place = next(i for i, line in enumerate(zone) if line.kind == "page_number")
            return numbers[0] if any(feeds[: place + 1]) else numbers[0] + 1
    return None


def _count_pages(starts: list[tuple[int, int | None]]) -> list[tuple[int, int | None]]:
    anchors = [(i, page) for i, (_, page) in enumerate(starts) if page is not None]
    if len(anchors) < 2:
        return starts
    offsets = {page - i for i, page in anchors}
    if len(offsets) > 1:
        # The count and the numbers disagree somewhere, so only what is printed can be trusted.
        return starts
    sizes = [b[0] - a[0] for a, b in zip(starts, starts[1:], strict=False)]
    usual = median(sizes)
    offset = offsets.pop()
    numbered: list[tuple[int, int | None]] = [(at, i + offset) for i, (at, _) in enumerate(starts)]
    first, last = anchors[0][0], anchors[-1][0]
    # A page of twice the usual size hides a break that left no trace: what lies beyond it cannot be counted.
    for step in (range(first - 1, -1, -1), range(last, len(starts) - 1)):
        for i in step:
            if sizes[i] > 1.7 * usual:
                unknown = range(i + 1) if step.step < 0 else range(i + 1, len(starts))
                for j in unknown:
                    numbered[j] = (numbered[j][0], None)
                break
    return [(at, page if page is None or page > 0 else None) for at, page in numbered]


def runs_of(lines: Sequence[Line]) -> Iterator[tuple[bool, list[Line]]]:
    """Alternating stretches of furniture and of everything else."""
    for furniture, group in groupby(lines, key=lambda line: line.furniture):
        yield furniture, list(group)
