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
class _Index:
    """The words of a text and of its raw spans, each with the ink (characters but white space) before it."""

    # Where each word of the text begins, the ink before it, and its length.
    text: tuple[list[int], list[int], list[int]]
    # The ink before each word of the raw spans, where it begins, and the number of its span.
    raw: tuple[list[int], list[int], list[int]]


def raw_spans(passage: Passage, raw: str, start: int, end: int) -> tuple[Span, ...]:
    """The raw spans behind ``passage.text[start:end]``, in order and without the furniture between them.

    A passage's text is its spans but for white space, so the n-th ink of one is the n-th ink of the other.
    """
    index = _index(passage, raw)
    first, last = _ink_before(index, start), _ink_before(index, end) - 1
    if last < first:
        return ()
    inks, starts, numbers = index.raw
    one, two = bisect_right(inks, first) - 1, bisect_right(inks, last) - 1
    begin, stop = starts[one] + first - inks[one], starts[two] + last - inks[two] + 1
    between = passage.spans[numbers[one] : numbers[two] + 1]
    if len(between) == 1:
        return (Span(start=begin, end=stop),)
    # Up to the next span the white space belongs to the words on both sides.
    middle = between[1:-1]
    return (Span(start=begin, end=between[0].end), *middle, Span(start=between[-1].start, end=stop))


@lru_cache(maxsize=1)
def _index(passage: Passage, raw: str) -> _Index:
    """Built once for the facts of a passage, which are asked for one after the other."""
    places = [(*m.span(), n) for n, span in enumerate(passage.spans) for m in _INK.finditer(raw, span.start, span.end)]
    words = [m.span() for m in _INK.finditer(passage.text)]
    return _Index(
        ([a for a, _ in words], _ink([b - a for a, b in words]), [b - a for a, b in words]),
        (_ink([b - a for a, b, _ in places]), [a for a, _, _ in places], [n for _, _, n in places]),
    )


def _ink(sizes: Sequence[int]) -> list[int]:
    """The ink before each word."""
    return list(accumulate(sizes, initial=0))[:-1]


def _ink_before(index: _Index, offset: int) -> int:
    begins, before, sizes = index.text
    word = bisect_right(begins, offset) - 1
    return before[word] + min(offset - begins[word], sizes[word]) if word >= 0 else 0


def union(parts: Sequence[Span]) -> tuple[Span, ...]:
    """The spans in order, those that touch or overlap made one."""
    merged: list[Span] = []
    for span in sorted(parts):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(start=merged[-1].start, end=max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
