"""A range of a passage's text in, the spans of the raw file that hold it out: how a fact knows its place."""

import re
from collections.abc import Sequence

from natobot.model import Passage, Span

_INK = re.compile(r"\S+")


def raw_spans(passage: Passage, raw: str, start: int, end: int) -> tuple[Span, ...]:
    """The raw spans behind ``passage.text[start:end]``, in order and without the furniture between them.

    A passage's text is its spans but for white space, so the n-th ink of one is the n-th ink of the other.
    """
    first = _ink(passage.text[:start])
    last = first + _ink(passage.text[start:end]) - 1
    if last < first:
        return ()
    found: list[Span] = []
    at = 0
    for span in passage.spans:
        begin = stop = -1
        for match in _INK.finditer(raw, span.start, span.end):
            size = match.end() - match.start()
            if at <= first < at + size:
                begin = match.start() + first - at
            elif begin < 0 and first < at:
                begin = span.start
            if begin >= 0:
                stop = match.start() + min(size, last - at + 1)
            at += size
            if at > last:
                break
        if begin >= 0:
            # Up to the next span the white space belongs to the words on both sides.
            found.append(Span(start=begin, end=stop if at > last else span.end))
        if at > last:
            break
    return tuple(found)


def union(parts: Sequence[Span]) -> tuple[Span, ...]:
    """The spans in order, those that touch or overlap made one."""
    merged: list[Span] = []
    for span in sorted(parts):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(start=merged[-1].start, end=max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def _ink(text: str) -> int:
    return sum(map(len, text.split()))
