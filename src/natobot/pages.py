"""A document's lines in, its page furniture marked and its pages counted: running heads, page numbers, print-shop lines.

What such lines have in common in any press: they stand apart or carry a number that counts up, they come back, and the
sentence goes on behind them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Literal

from rapidfuzz import fuzz

from natobot.fold import fold
from natobot.lines import PAGE_FURNITURE, STOP, Layout, Line, apart, goes_on, opens_sentence

_NUMBER = r"(\d{1,4})(?:\s*(?:/|of)\s*\d{1,4})?"
_PAGE_NUMBER = re.compile(rf"[-–—•|\[(\s]*(?:[Pp]age|p\.)?\s*(?:{_NUMBER}|([ivxlc]{{1,7}}))[-–—•|\])\s]*\Z")
_EDGE_NUMBER = re.compile(
    rf"^(?:page\s)?(\d{{1,4}})[\s|•·–—-]+(?=\S)|(?<=\S)(?:[\s|•·–—-]+|,\s)(?:page\s|p\.\s?)?{_NUMBER}$",
    re.IGNORECASE,
)
_SEPARATED = re.compile(r"^\d{1,4}\s*[|•·]|[|•·]\s*\d{1,4}$|^\d{1,4}\s{3,}|\s{3,}\d{1,4}$")
_PART = re.compile(
    r"(?:chapter|articles?|part|section|book|act|scene|day|letter|appendix|annex|table|figure|fig|plate|vol|volume|no|number|step)\b",
    re.IGNORECASE,
)
_PRINT_FILE = re.compile(r"\.(?:indd|qxd|qxp|fm|p65)\s+(\d{1,4})\b", re.IGNORECASE)
_PRINT_STAMP = re.compile(
    r"\.(?:indd|qxd|qxp|fm|p65)\b|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4},?\s+\d{1,2}[:.]\d{2}\b|^proof\b.*\bpage\b",
    re.IGNORECASE,
)
_DOWNLOAD = re.compile(
    r"^(?:(?:this content )?(?:was )?(?:downloaded|printed|accessed)\b)(?=.*(?:https?://|www\.|\d{1,2}[./-]\d{1,2}[./-]\d{2}|\d{4}))",
    re.IGNORECASE,
)
# "pilot. The", but not "Vol. 3" nor "J. Marsh".
_HOLDS_SENTENCE_END = re.compile(r"[a-z]{4}[.!?][\"”’)\d⁰¹²³⁴-⁹]*\s+[\"“‘(]?[A-Z]")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_HEAD_LENGTH = 100


def mark_pages(lines: list[Line], names: Sequence[str]) -> None:
    """Mark print-shop lines, page numbers and running heads; ``names`` are the folded title, authors and container."""
    _mark_print_lines(lines)
    named = {i for i, line in enumerate(lines) if any(apart(lines, i)) and _is_name(line.text, names)}
    _mark_page_numbers(lines, named)
    _mark_running_heads(lines, named)


def _mark_print_lines(lines: list[Line]) -> None:
    stamps = [i for i, line in enumerate(lines) if _may_be_print_line(line)]
    shapes = [re.sub(r"\d+", "0", lines[i].text) for i in stamps]
    times = Counter(shapes)
    for i, shape in zip(stamps, shapes, strict=True):
        # A date or "printed by" may also stand in a sentence, so a lone one must stand apart.
        sides = apart(lines, i)
        if _PRINT_FILE.search(lines[i].text) or all(sides) or (any(sides) and times[shape] >= 2):
            lines[i].kind = "print_line"


def _may_be_print_line(line: Line) -> bool:
    text = line.text
    return len(text) <= 160 and bool((_PRINT_STAMP.search(text) and not STOP.search(text)) or _DOWNLOAD.match(text))


def _mark_page_numbers(lines: list[Line], named: set[int]) -> None:
    for roman in (False, True):
        numbers = [(i, n) for i, line in enumerate(lines) if (n := _page_number(line.text, roman)) is not None]
        sure = {i for i, _ in numbers if _at_break(lines, i) or _interrupts(lines, i, named)}
        counted = {numbers[k][0] for k in _longest_count([n for _, n in numbers])}
        # Numbers that only count up may as well number the parts of a text, or be the years of a chronicle.
        if counted & (sure | {len(lines) - 1}) and (len(counted) >= 3 or counted & sure):
            sure |= counted
        for i in sure:
            lines[i].kind = "page_number"


def _interrupts(lines: Sequence[Line], i: int, named: set[int]) -> bool:
    """Whether line ``i`` stands apart in the middle of a sentence, or beside the title or the author."""
    return all(apart(lines, i)) and (goes_on(lines, i - 1, i + 1) or bool({i - 1, i + 1} & named))


def _page_number(text: str, roman: bool) -> int | None:
    match = _PAGE_NUMBER.match(text) if len(text) <= 30 else None
    if not match or roman != bool(match.group(2)):
        return None
    if not roman:
        return int(match.group(1))
    digits = [_ROMAN[c] for c in match.group(2)]
    value = sum(d if d >= after else -d for d, after in zip(digits, [*digits[1:], 0], strict=True))
    return value if 0 < value < 100 else None


def _longest_count(values: Sequence[int]) -> list[int]:
    """Indices of the longest series of values that counts up by one or two (a page may carry no number)."""
    length: list[int] = []
    before: list[int | None] = []
    last: dict[int, int] = {}
    for k, value in enumerate(values):
        link = max((last[v] for v in (value - 1, value - 2) if v in last), key=lambda j: length[j], default=None)
        before.append(link)
        length.append(1 if link is None else length[link] + 1)
        if value not in last or length[k] >= length[last[value]]:
            last[value] = k
    at = max(range(len(values)), key=lambda k: length[k], default=None)
    series: list[int] = []
    while at is not None:
        series.append(at)
        at = before[at]
    return series[::-1]


def _at_break(lines: Sequence[Line], i: int) -> bool:
    """Whether line ``i`` stands at a form feed or beside a print-shop line."""
    below = lines[i + 1] if i + 1 < len(lines) else None
    if lines[i].feed or (below is not None and below.feed):
        return True
    beside = [lines[j].kind for j in (i - 1, i + 1) if 0 <= j < len(lines)]
    return "print_line" in beside and any(apart(lines, i))


def _mark_running_heads(lines: list[Line], named: set[int]) -> None:
    places: dict[str, list[int]] = defaultdict(list)
    numbered: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for i, line in enumerate(lines):
        if len(line.text) > _HEAD_LENGTH or line.kind in ("print_line", "page_number") or STOP.search(line.text):
            continue
        bare = _bare(line.text)
        if any(c.isalpha() for c in bare):
            places[bare].append(i)
            if (number := _edge_number(line.text)) is not None:
                numbered[bare].append((i, number))
    known = {bare for bare, where in places.items() if named.intersection(where)}
    series = _separated_series(lines, numbered)
    heads = set()
    # The sure ones first: what interrupts a sentence is easier to see once they are out of the way.
    for bare, where in sorted(places.items(), key=lambda place: place[0] not in known):
        counted = _counts_up(numbered[bare]) and not _PART.match(bare)
        cut = any(goes_on(lines, i - 1, i + 1) for i in where)
        # What opens a sentence once is body elsewhere too, even where it comes back.
        body = not _neighbours_differ(lines, where) or any(opens_sentence(lines, i) for i in where)
        times = 1 if body else len(where)
        carry_number = {i for i, _ in numbered[bare]}
        for i in where:
            sure = i in series or bare in known or (counted and (cut or _at_page(lines, i)))
            if (i in carry_number and sure) or _is_plain_head(lines, i, times, bare in known):
                heads.add(bare)
                lines[i].kind = "running_head"
    # Once a line is known for a running head, every other place where it stands apart is one too.
    for bare in heads:
        for i in places[bare]:
            if lines[i].kind == "body" and len(places[bare]) >= 3 and any(apart(lines, i)):
                lines[i].kind = "running_head"


def _is_name(text: str, names: Sequence[str]) -> bool:
    """Whether the words are a name of the document, its authors or its container, give or take a misprint."""
    if len(text) > _HEAD_LENGTH or STOP.search(text):
        return False
    bare = _bare(text)
    near = [name for name in names if abs(len(name) - len(bare)) <= 4 + 0.2 * len(name)]
    return bool(near) and any(fuzz.ratio(fold(bare), name) >= 90 for name in near)


def _is_plain_head(lines: Sequence[Line], i: int, times: int, known: bool) -> bool:
    """Whether a line without a number is a running head: by its place, and by its coming back or being known."""
    text = lines[i].text
    if not known and (text[0].islower() or _HOLDS_SENTENCE_END.search(text) or opens_sentence(lines, i)):
        return False
    cut = goes_on(lines, i - 1, i + 1)
    if _at_page(lines, i) and any(apart(lines, i)):
        again = times >= 2 or (cut and all(apart(lines, i)))
        return known or times >= 3 or (again and _is_title(text))
    return cut and (times >= 3 or (known and times >= 2))


def _is_title(text: str) -> bool:
    """Whether a line is set like a title, or is as short as one."""
    words = [word for word in text.split() if word[0].isalpha()]
    return len(words) <= 4 or 2 * sum(word[0].isupper() for word in words) >= len(words)


def _neighbours_differ(lines: Sequence[Line], where: Sequence[int]) -> bool:
    """Whether a line comes back amid other lines each time; in a clause that is repeated whole, its neighbours come too."""
    above = {lines[i - 1].text if i else "" for i in where}
    below = {lines[i + 1].text if i + 1 < len(lines) else "" for i in where}
    return min(len(above), len(below)) >= len(where) - 1


def _at_page(lines: Sequence[Line], i: int) -> bool:
    if lines[i].feed or (i + 1 < len(lines) and lines[i + 1].feed):
        return True
    return any(lines[j].kind in ("page_number", "print_line") for j in (i - 1, i + 1) if 0 <= j < len(lines))


def _bare(text: str) -> str:
    """What comes back in a running head: its words without the page number."""
    bare = _EDGE_NUMBER.sub("", text) if text[0].isdigit() or text[-1].isdigit() else text
    return " ".join(bare.casefold().split())


def _edge_number(text: str) -> int | None:
    match = _EDGE_NUMBER.search(text)
    return int(match.group(1) or match.group(2)) if match else None


def _counts_up(numbers: Sequence[tuple[int, int]]) -> bool:
    """Whether the numbers of a line that comes back ascend, at the distance of pages."""
    return len(numbers) >= 2 and all(b[1] > a[1] and b[0] - a[0] >= 3 for a, b in pairwise(numbers))


def _separated_series(lines: Sequence[Line], numbered: dict[str, list[tuple[int, int]]]) -> set[int]:
    """Lines with a bar or a wide space beside a number, whose numbers count up over at least three pages."""
    found = sorted(pair for pairs in numbered.values() for pair in pairs if _SEPARATED.search(lines[pair[0]].text))
    counted = _longest_count([number for _, number in found])
    return {found[k][0] for k in counted} if len(counted) >= 3 else set()


def page_starts(lines: Sequence[Line], shape: Layout) -> list[tuple[int, int | None]]:
    """Where pages begin: (code point, page number where the file shows it), ascending.

    A page begins behind a form feed, behind page furniture, or, in wrapped text that is otherwise flush left, at a
    line moved in by a single space. Numbers come from page numbers, running heads and print-shop lines; the pages
    between and around them are counted, as long as two numbers agree with the count and no page is much longer than
    the others.
    """
    flush = sum(line.indent == 1 for line in lines) <= 0.1 * len(lines)
    numbers_at = _where_numbers_stand(lines)
    starts: list[tuple[int, int | None]] = []
    zone: list[Line] = []
    for line in lines:
        if line.kind in PAGE_FURNITURE:
            zone.append(line)
            continue
        soft = shape.wrapped and flush and line.indent == 1 and line.kind == "body"
        if zone or line.feed or soft or not starts:
            starts.append((line.start, _page_after(zone, line.feed, numbers_at if starts else "head")))
        zone = []
    return _count_pages(starts)


def _where_numbers_stand(lines: Sequence[Line]) -> Literal["head", "foot"] | None:
    """Whether pages carry their number at the head or at the foot, as far as the two ends of the document show it."""
    inner = [k for k, line in enumerate(lines) if line.kind not in PAGE_FURNITURE]
    if not inner:
        return None
    above = any(_number_of(line) is not None for line in lines[: inner[0]])
    below = any(_number_of(line) is not None for line in lines[inner[-1] + 1 :])
    if above != below:
        return "head" if above else "foot"
    heads = [n for line in lines if line.kind == "running_head" and (n := _number_of(line)) is not None]
    # A head that names its page and stands neither above the first nor below the last page opens a page, unless that
    # page would be the first and there is one before it.
    return ("foot" if heads[0] == 1 else "head") if heads and not below else None


def _number_of(line: Line) -> int | None:
    if line.kind == "page_number":
        return _page_number(line.text, roman=False)
    return _edge_number(line.text) if line.kind == "running_head" else None


def _page_after(zone: Sequence[Line], feed_behind: bool, numbers_at: Literal["head", "foot"] | None) -> int | None:
    """The number of the page behind a stretch of page furniture."""
    printed = next((int(m.group(1)) for line in zone if (m := _PRINT_FILE.search(line.text))), None)
    numbers = [(k, n) for k, line in enumerate(zone) if (n := _number_of(line)) is not None]
    if printed is not None:
        return printed + 1 if not numbers or numbers[-1][1] == printed + 1 else None
    if len(numbers) == 2:
        return numbers[1][1] if numbers[1][1] == numbers[0][1] + 1 else None
    if len(numbers) != 1:
        return None
    place, number = numbers[0]
    feeds = [line.feed for line in zone]
    if any(feeds) or feed_behind:
        # Before the form feed it is the number of the page that ends, behind it that of the page that begins.
        return number if any(feeds[: place + 1]) else number + 1
    return {"head": number, "foot": number + 1, None: None}[numbers_at]


def _count_pages(starts: list[tuple[int, int | None]]) -> list[tuple[int, int | None]]:
    anchors = [(i, page) for i, (_, page) in enumerate(starts) if page is not None]
    if len(anchors) < 2:
        return starts
    offsets = {page - i for i, page in anchors}
    if len(offsets) > 1:
        # The count and the numbers disagree somewhere, so only what is printed can be trusted.
        return starts
    sizes = [b[0] - a[0] for a, b in pairwise(starts)]
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
