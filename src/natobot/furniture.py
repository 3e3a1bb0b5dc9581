"""Lines of a document in, what each line is out: body text, a heading, or furniture such as running heads and menus.

The recognisers look for what such things have in common in any press or site (a page number beside them, a sentence that
goes on behind them, words that stand again in the body), never for the words of one document.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from natobot.captions import describes_picture, has_credit
from natobot.fold import fold
from natobot.lines import LIST_ITEM, PAGE_FURNITURE, STOP, Kind, Layout, Line, apart, blocks, over
from natobot.pages import mark_pages
from natobot.site import DATELINE, is_byline, mark_site

_WORD = re.compile(r"[^\W_]+")
_BROKEN = re.compile(r"(?<=\w)[-\u2010\u00ad]\s+(?=\w)")
_KEY = re.compile(r"[A-Za-z][\w-]{1,20}\s?:\s\S")
# "writes about fog", "is a senior lecturer": what is said of a person, not of a journal or of the matter itself.
_BIOGRAPHY = re.compile(
    r"\s(?:writes|teaches|lives|lectures|edits|researches|studies)\b"
    r"|\s(?:is|was|works|serves)\s(?:\S+\s){0,6}?\S*(?:author|writer|professor|lecturer|teacher|researcher|fellow|director|editor"
    r"|historian|journalist|reporter|correspondent|analyst|scholar|scientist|economist|lawyer|student|reader|contributor"
    r"|columnist|critic|poet|translator|officer|adviser|advisor|pilot|engineer)\b",
    re.IGNORECASE,
)
# A pull quote stands near the words it repeats; looking further would take time and find coincidences.
_NEAR = 10_000


def mark(lines: list[Line], shape: Layout, names: Sequence[str]) -> None:
    """Say of each line what it is. ``names`` are the title, authors and container as known."""
    folded_names = [fold(name) for name in names if fold(name)]
    mark_pages(lines, folded_names)
    if shape.site:
        mark_site(lines, shape, folded_names)
    else:
        mark_metadata(lines)
        mark_byline(lines, shape, folded_names)
    mark_author_note(lines, shape, names)
    mark_pull_quotes(lines, shape, folded_names)
    mark_captions(lines, shape)
    mark_headings(lines, shape)


def mark_metadata(lines: list[Line]) -> None:
    """Data about the document at its very top: at least three ``key: value`` lines in a row, each of another key."""
    top = list(takewhile(lambda line: _KEY.match(line.text) or line.furniture, lines))
    data = [line for line in top if line.kind == "body"]
    keys = {line.text.split(":")[0].strip().lower() for line in data}
    if len(data) >= 3 and len(keys) == len(data) and not any(STOP.search(line.text) for line in data):
        _set(data, "navigation")


def mark_byline(lines: list[Line], shape: Layout, names: Sequence[str]) -> None:
    """The author's name, the title or a date standing alone at the top or the bottom."""
    for i in sorted({*range(min(4, len(lines))), *range(max(0, len(lines) - 2), len(lines))}):
        line = lines[i]
        if line.kind != "body" or STOP.search(line.text) or len(line.text) >= 150:
            continue
        folded = fold(line.text.lstrip("# ")).removeprefix("by ")
        named = any(fuzz.ratio(folded, name) >= 92 for name in names)
        alone = not shape.wrapped or all(apart(lines, i)) or (i > 0 and lines[i - 1].kind == "byline")
        followed = i + 1 < len(lines) and lines[i + 1].text[0].islower()
        if not followed and (named or (alone and (is_byline(line) or DATELINE.match(line.text)))):
            line.kind = "byline"


def mark_author_note(lines: list[Line], shape: Layout, names: Sequence[str]) -> None:
    """The last paragraph, where it says who the author is ("Ada Marsh is a harbour pilot.")."""
    runs = list(blocks([line for line in lines if line.kind == "body"], shape.wrapped))
    if len(runs) < 2:
        return
    text = " ".join(line.text for line in runs[-1]).lstrip("*_[( ")
    # The first of the names is the title, which may open a paragraph for better reasons.
    for name in names[1:]:
        if len(name.split()) >= 2 and text.startswith(name) and _BIOGRAPHY.match(text[len(name) :]):
            _set(runs[-1], "about")


def _set(run: Sequence[Line], kind: Kind) -> None:
    for line in run:
        line.kind = kind


@dataclass(slots=True)
class _Run:
    """A block of body lines, prepared for comparing."""

    # Its lines.
    lines: list[Line]
    # Where it begins among all characters of the body.
    at: int
    # Whether it is the rest of the sentence above, as at the top of a page.
    rest: bool
    # Whether it stands in the middle of the sentence above, or is broken into narrow lines without need.
    set_apart: bool
    # Its words in small letters, words broken at a line's end joined; filled when they are looked at.
    found: list[str] | None = None

    @property
    def words(self) -> list[str]:
        if self.found is None:
            text = _BROKEN.sub("", "\n".join(line.text for line in self.lines))
            self.found = _WORD.findall(text.casefold())
        return self.found

    @property
    def letters(self) -> str:
        return "".join(self.words)


def mark_pull_quotes(lines: list[Line], shape: Layout, names: Sequence[str]) -> None:
    """Short blocks set apart whose words stand again, in the same order, in other blocks near by."""
    runs = _runs(lines, shape)
    for k, run in enumerate(runs):
        if _may_be_pull_quote(run.lines, shape) and len(run.words) >= 4 and not run.rest:
            near = [word for other in _neighbours(runs, k) for word in other.words]
            if _repeats(_without_name(run.words, names), near):
                _set(run.lines, "pull_quote")


def _runs(lines: Sequence[Line], shape: Layout) -> list[_Run]:
    """The blocks of the body, each with how it stands to the one above."""
    groups = list(blocks([line for line in lines if line.kind == "body"], shape.wrapped))
    tops = {id(below) for above, below in pairwise(lines) if above.kind in PAGE_FURNITURE}
    runs: list[_Run] = []
    at = 0
    for k, group in enumerate(groups):
        first = group[0].text
        open_ = k > 0 and not over(groups[k - 1][-1].text, first)
        goes_on_below = k + 1 < len(groups) and groups[k + 1][0].text[0].islower()
        narrow = shape.wrapped and len(group) > 1 and max(len(line.text) for line in group) <= 0.7 * shape.width
        rest = open_ and (first[0].islower() or (id(group[0]) in tops and not narrow and not goes_on_below))
        runs.append(_Run(lines=group, at=at, rest=rest, set_apart=narrow or (open_ and not rest)))
        at += sum(len(line.text) for line in group)
    return runs


def _may_be_pull_quote(run: Sequence[Line], shape: Layout) -> bool:
    if not run[0].gap and shape.wrapped:
        return False
    size = sum(len(line.text.split()) for line in run)
    if shape.wrapped:
        # Set in a narrow measure; a narrow column of body text passes here too, but its words do not stand twice.
        return size <= 80 and max(len(line.text) for line in run) <= 0.7 * shape.width
    return size <= 60 and len(run[0].text) <= 0.75 * shape.width


def _neighbours(runs: Sequence[_Run], k: int) -> list[_Run]:
    """Blocks near block ``k``; the same words in a block of their own are a repetition, which stays."""
    first = last = k
    while first > 0 and runs[k].at - runs[first - 1].at <= _NEAR:
        first -= 1
    while last + 1 < len(runs) and runs[last + 1].at - runs[k].at <= _NEAR:
        last += 1
    return [
        other
        for j, other in enumerate(runs[first : last + 1], first)
        if j != k and other.lines[0].kind == "body" and _may_hold(other, runs[k])
    ]


def _may_hold(other: _Run, quote: _Run) -> bool:
    """Whether ``other`` may be the body that ``quote`` repeats, and not the same words in a block of their own."""
    if (
        other.rest
        or (quote.set_apart and not other.set_apart)
        or abs(len(other.words) - len(quote.words)) > 0.4 * len(quote.words)
    ):
        return True
    mine, theirs = quote.letters, other.letters
    return mine != theirs and (mine in theirs or fuzz.ratio(mine, theirs) < 80)


def _without_name(words: list[str], names: Sequence[str]) -> list[str]:
    """The words without the author's name that may stand below a pull quote."""
    for name in names:
        tail = name.split()
        if len(words) - len(tail) >= 4 and words[-len(tail) :] == tail:
            return words[: -len(tail)]
    return words


def _repeats(words: list[str], near: list[str]) -> bool:
    """Whether ``near`` holds ``words`` in the same order; a few may be left out ("he said") or differ in spelling."""
    letters, around = "".join(words), "".join(near)
    if letters in around:
        return True
    known = set(near)
    # A name or a number of its own makes it another sentence, however alike the rest is.
    strange = [word for word in words if word not in known]
    if len(strange) > 0.3 * len(words) or any(not _misspelt(word, known) for word in strange):
        return False
    if 30 <= len(letters) <= len(around) and fuzz.partial_ratio(letters, around) >= 93:
        return True
    reach = len(words) + max(3, len(words) // 3)
    return len(words) >= 6 and any(
        LCSseq.similarity(words, near[i : i + reach]) >= 0.95 * len(words) for i, word in enumerate(near) if word == words[0]
    )


def _misspelt(word: str, known: set[str]) -> bool:
    return word.isalpha() and len(word) >= 4 and any(fuzz.ratio(word, other) >= 80 for other in known)


def mark_captions(lines: list[Line], shape: Layout) -> None:
    """Single sentences between long paragraphs that describe a picture instead of carrying the argument."""
    runs = list(blocks([line for line in lines if line.kind == "body"], shape.wrapped))
    sizes = [sum(len(line.text) for line in run) for run in runs]
    usual = _usual(sizes)
    for k, (run, size) in enumerate(zip(runs, sizes, strict=True)):
        text = " ".join(line.text for line in run)
        titled = not STOP.search(text) and len(text.split()) <= 6
        small = size <= 250 and size * 3 <= usual and not titled
        plain = small and not _continues(runs, k) and describes_picture(text)
        if size <= 300 and not LIST_ITEM.match(text) and (plain or has_credit(text)):
            _set(run, "caption")


def _continues(runs: Sequence[Sequence[Line]], k: int) -> bool:
    """Whether block ``k`` holds the rest of the sentence above it, as behind a page break or a caption."""
    if runs[k][0].text[0].islower():
        return True
    above = next((run for run in reversed(runs[:k]) if run[0].kind == "body"), None)
    below = runs[k + 1][0].text if k + 1 < len(runs) else ""
    return above is not None and not over(above[-1].text, runs[k][0].text) and not below[:1].islower()


def _usual(sizes: Sequence[int]) -> int:
    """The size of block in which the text in the middle of the document stands, however many short ones there are."""
    ahead, whole = 0, sum(sizes)
    for size in sorted(sizes):
        ahead += size
        if 2 * ahead >= whole:
            return size
    return 0


def mark_headings(lines: list[Line], shape: Layout) -> None:
    """Short lines set apart, without a stop, between whole sentences."""
    runs = list(blocks([line for line in lines if line.kind == "body"], shape.wrapped))
    for k, run in enumerate(runs):
        if run[0].text.startswith("#"):
            run[0].kind = "heading"
            continue
        after = runs[k + 1][0].text if k + 1 < len(runs) else ""
        before = runs[k - 1][-1].text if k else ""
        closed = k == 0 or bool(STOP.search(before)) or runs[k - 1][0].kind == "heading"
        # "1. Introduction" heads a section where no other item stands beside it.
        item = LIST_ITEM.match(run[0].text)
        alone = not item or (run[0].text[0].isdigit() and not LIST_ITEM.match(after) and not LIST_ITEM.match(before))
        opens = after.lstrip("\"'“‘«([*_")[:1]
        if closed and alone and opens and not opens.islower() and _reads_like_heading(run):
            _set(run, "heading")


def _reads_like_heading(run: Sequence[Line]) -> bool:
    text = " ".join(line.text for line in run)
    shouted = text.isupper() and len(text) > 3
    if len(run) > 2 or text[0] in '>"“‘«' or text[0].islower():
        return False
    if not shouted and (STOP.search(text) or text[-1] in ":,;–—-"):
        return False
    words = text.split()
    capitals = sum(w[:1].isupper() or not w[:1].isalpha() for w in words) * 2 >= len(words)
    return len(words) <= 14 and (capitals or (len(run) == 1 and len(words) <= 8))
