"""A range of a passage's text in, the spans of the raw file that hold it out: how a fact knows its place."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from natobot.model import Passage, Span

_INK = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a passage's raw spans."""

    # The ink (characters but white space) before each.
    ink: list[int]
    # Where each begins in the raw text.
    start: list[int]
    # The number of the span that each stands in.
    span: list[int]


def raw_spans(passage: Passage, raw: str, start: int, end: int) -> tuple[Span, ...]:
    """The raw spans behind ``passage.text[start:end]``, in order and without the furniture between them.

    A passage's text is its spans but for white space, so the n-th ink of one is the n-th ink of the other.
    """
    first = _ink(passage.text[:start])
    last = first + _ink(passage.text[start:end]) - 1
    if last < first:
        return ()
    words = _words(passage, raw)
    one, two = bisect_right(words.ink, first) - 1, bisect_right(words.ink, last) - 1
    begin, stop = words.start[one] + first - words.ink[one], words.start[two] + last - words.ink[two] + 1
    between = passage.spans[words.span[one] : words.span[two] + 1]
    if len(between) == 1:
        return (Span(start=begin, end=stop),)
    # Up to the next span the white space belongs to the words on both sides.
    return (Span(start=begin, end=between[0].end), *between[1:-1], Span(start=between[-1].start, end=stop))


@lru_cache(maxsize=1)
def _words(passage: Passage, raw: str) -> _Words:
    """Built once for the facts of a passage, which are asked for one after the other."""
    places = [(*m.span(), n) for n, span in enumerate(passage.spans) for m in _INK.finditer(raw, span.start, span.end)]
    before = list(accumulate((end - start for start, end, _ in places), initial=0))[:-1]
    return _Words(before, [start for start, _, _ in places], [number for _, _, number in places])


def _ink(text: str) -> int:
    return sum(map(len, text.split()))


def union(parts: Sequence[Span]) -> tuple[Span, ...]:
    """The spans in order, those that touch or overlap made one."""
    merged: list[Span] = []
    for span in sorted(parts):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(start=merged[-1].start, end=max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
