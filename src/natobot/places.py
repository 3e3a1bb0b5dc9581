"""A range of a passage's text in, the spans of the raw file that hold it out: how a fact knows its place."""

from collections.abc import Sequence

from natobot.model import Passage, Span


def raw_spans(passage: Passage, raw: str, start: int, end: int) -> tuple[Span, ...]:
    """The raw spans behind ``passage.text[start:end]``, in order and without the furniture between them.

    A passage's text is its spans but for white space, so the n-th ink (character but white space) of one is the n-th of
    the other.
    """
    first = _ink(passage.text[:start])
    last = first + _ink(passage.text[start:end]) - 1
    if last < first:
        return ()
    found: list[Span] = []
    before = 0
    for span in passage.spans:
        piece = raw[span.start : span.end]
        after = before + _ink(piece)
        if first < after and before <= last:
            # Up to the next span the white space belongs to the words on both sides.
            begin = span.start if found else span.start + _place(piece, first - before)
            stop = span.end if last >= after else span.start + _place(piece, last - before) + 1
            found.append(Span(start=begin, end=stop))
        before = after
    return tuple(found)


def _ink(text: str) -> int:
    return sum(map(len, text.split()))


def _place(piece: str, ink: int) -> int:
    """Where the ``ink``-th character but white space stands, counted from 0."""
    number = 0
    for word in piece.split():
        if ink < len(word):
            break
        ink -= len(word)
        number += 1
    return len(piece) - len(piece.split(None, number)[-1]) + ink


def union(parts: Sequence[Span]) -> tuple[Span, ...]:
    """The spans in order, those that touch or overlap made one."""
    merged: list[Span] = []
    for span in sorted(parts):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(start=merged[-1].start, end=max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
