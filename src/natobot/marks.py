"""Body lines in, the marks inside them that are not the author's words out: footnote digits, hyphens of broken words."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from natobot.lines import Line
from natobot.model import NOTE_MARK_DIGITS, Dropped

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_STOPS, _CLOSERS = ".,;:!?…", "”’\"')\\]»"
_BEHIND = rf"(?=\s|$|[—–{_STOPS}{_CLOSERS}])"
_GLUED_DIGITS = re.compile(rf"(?<=[{_STOPS}{_CLOSERS}])(\d{{1,3}}){_BEHIND}")
# The same where the next sentence is glued on too.
_GLUED_BOTH = re.compile(r"(?<=[.!?…])(\d{1,3})(?=[A-Z“])")
# What stands in front of a mark: a word with its stop. "the ’90 harvest" opens with its quote, "0.4" is a number.
_WORD_AND_STOP = re.compile(rf"(?:[^\W\d_][{_STOPS}]*|[^\W_][{_STOPS}]*[{_CLOSERS}!?…])[{_STOPS}{_CLOSERS}]*$")
# A year, a stop and digits: a note mark only where the count of the others leaves room for it.
_YEAR_AND_STOP = re.compile(r"\b\d{4}[.;]$")
_RAISED = re.compile(rf"(?<=[\w.,;:!?…”’\"')\]»])[{_SUPERSCRIPTS}]{{1,3}}(?![{_SUPERSCRIPTS}])")
# "No.9", "vol.2", "Annex B.3" name a number; "km²" and "10³" are units and powers.
_NUMBERED = re.compile(
    r"(?:\b(?:nos?|nr|pp?|vol|art|arts|figs?|chs?|secs?|para|op|ed|v|ver|rev)|(?<![.\w])[A-Z])[.,:]$", re.IGNORECASE
)
_UNIT = re.compile(r"(?:\d|(?<![^\W_])(?:[mckdµ]?m|ft|in|mi|yd|s|kg|[A-Za-z]))$")
_HYPHEN_END = re.compile(r"(?<=\w)[-\u2010]$")
_SOFT_HYPHEN = re.compile("(?<=[^\\W\\d_])\u00ad")
_KNOWN = 2.5


def note_marks(lines: Sequence[Line], glued: bool) -> list[Dropped]:
    """Footnote digits glued to a stop, quote or bracket: the longest series that counts up from one.

    Notes may begin anew on a page. A digit that does not fit the count ("version 2.3 The") stays, because it may be
    the author's; so does a count that neither begins at one nor has three marks.
    """
    found: list[tuple[Dropped, int, bool]] = []
    for line in lines:
        if line.kind in ("body", "about"):
            found += _candidates(line, glued)
    found.sort(key=lambda candidate: candidate[0].start)
    length: list[int] = []
    before: list[int | None] = []
    last: dict[int, int] = {}
    best: int | None = None
    for k, (_, value, sure) in enumerate(found):
        links = [last[v] for v in ((value - 1, value - 2) if sure else (value - 1,)) if v in last]
        if sure and value == 1 and best is not None:
            links.append(best)
        link = max(links, key=lambda j: length[j], default=None)
        before.append(link)
        length.append((0 if link is None else length[link]) + (1 if sure or link is not None else 0))
        if value not in last or length[k] >= length[last[value]]:
            last[value] = k
        if best is None or length[k] > length[best]:
            best = k
    series: list[tuple[Dropped, int, bool]] = []
    while best is not None:
        series.append(found[best])
        best = before[best]
    series.reverse()
    counts = bool(series) and (series[0][1] == 1 or len(series) >= 3)
    return [mark for mark, _, _ in series] if counts else []


def _candidates(line: Line, glued: bool) -> list[tuple[Dropped, int, bool]]:
    """Possible marks of a line: range, value, and whether it looks like one by itself."""
    found: list[tuple[Dropped, int, bool]] = []
    for pattern in (_GLUED_DIGITS, _RAISED, *([_GLUED_BOTH] if glued else [])):
        for match in pattern.finditer(line.text):
            ahead = line.text[max(0, match.start() - 12) : match.start()]
            raised = pattern is _RAISED
            sure = raised or bool(_WORD_AND_STOP.search(ahead))
            if match.end() - match.start() > NOTE_MARK_DIGITS or match.group()[0] in "0⁰":
                continue
            if (_UNIT if raised else _NUMBERED).search(ahead) or not (sure or _YEAR_AND_STOP.search(ahead)):
                continue
            value = int("".join(str(_SUPERSCRIPTS.find(c)) if c in _SUPERSCRIPTS else c for c in match.group()))
            start = line.start + match.start()
            mark = Dropped(start=start, end=start + match.end() - match.start(), reason="note_mark")
            if all(mark.start != other.start for other, _, _ in found):
                found.append((mark, value, sure))
    return found


def broken_words(lines: Sequence[Line], wrapped: bool, zipf: Callable[[str], float]) -> list[Dropped]:
    """Hyphens that are not part of the word: soft ones anywhere, and those that break a word at a line's end.

    The latter only in a document that breaks words at all, that is, where some halves are no words; there a hyphen goes
    where the healed word is known and the two halves together are rarer.
    """
    body = [line for line in lines if line.kind in ("body", "about")]
    soft = [
        Dropped(start=line.start + match.start(), end=line.start + match.end(), reason="line_hyphen")
        for line in body
        for match in _SOFT_HYPHEN.finditer(line.text)
    ]
    return soft + (_line_hyphens(body, zipf) if wrapped else [])


def _line_hyphens(body: Sequence[Line], zipf: Callable[[str], float]) -> list[Dropped]:
    breaks: list[tuple[int, str, str]] = []
    for line, following in pairwise(body):
        if _HYPHEN_END.search(line.text):
            left = re.findall(r"[^\W_]+$", line.text[:-1])
            right = re.findall(r"^[^\W_]+", following.words)
            if left and right:
                breaks.append((line.end - 1, left[0].lower(), right[0].lower()))
    if not breaks:
        return []
    inner = {w.lower() for line in body for w in re.findall(r"\w+(?:-\w+)+(?=\W)", line.text)}
    whole = {w.lower() for line in body for w in re.findall(r"(?<![\w-])[^\W\d_]+(?![\w-])", line.text)}

    def known(word: str) -> bool:
        return word in whole or zipf(word) > _KNOWN

    def halves(left: str, right: str) -> bool:
        # "carr" and "ied" are words too, but each far rarer than "carried".
        return known(left) and known(right) and zipf(left + right) <= max(zipf(left), zipf(right)) + 0.3

    healable = [
        (at, left, right)
        for at, left, right in breaks
        if known(left + right) and (left + right).isalpha() and f"{left}-{right}" not in inner
    ]
    if all(halves(left, right) and left + right not in whole for _, left, right in healable):
        return []
    return [
        Dropped(start=at, end=at + 1, reason="line_hyphen")
        for at, left, right in healable
        if not halves(left, right) or left + right in whole or zipf(left + right) > min(zipf(left), zipf(right)) - 0.5
    ]
