"""A source's words in a row: passages in, one stream of words out that a quotation is followed along, word by word.

Between its words the stream knows what may stand in a paste though it is no word of the source: a footnote's digit, a
running head, a page number, a heading, a hyphen at a line's end.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from natobot.align import Written, marks, written
from natobot.model import Dropped, Passage, Quotation, Source, Span

# Furniture between two sentences is looked at this far from either; a whole menu between them is not read.
_GAP_CHARACTERS = 700
_HYPHENS = frozenset("-‐‑\u00ad")

_LINE_ENDS = frozenset("\n\r\f")

# A line of furniture by its words.
Unit = tuple[str, ...]


class Corpus(Protocol):
    """What verification needs of the knowledge."""

    def find(self, words: Sequence[str], limit: int) -> list[Passage]:
        """Passages that share folded words, best first.

        Words without a topic count too ("it is not about to"): a quotation may consist of nothing else.
        """

    def passage(self, passage_id: str) -> Passage | None:
        """One passage, or None."""

    def source(self, source_id: str) -> Source:
        """A document."""

    def raw(self, source_id: str) -> str:
        """Its raw text."""

    def quotations(self, passage_id: str) -> Sequence[Quotation]:
        """The words in quotation marks in a passage."""


@dataclass(frozen=True, slots=True)
class Step:
    """Words of the paste and the words of the stream that they are; furniture has none in the stream."""

    # First word of the paste.
    paste: int
    # How many.
    of_paste: int
    # First word of the stream.
    stream: int
    # How many; 0 for furniture.
    of_stream: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a passage, by its words."""

    # The passage.
    passage: Passage
    # Its first word.
    first: int
    # Its last word.
    last: int


class Stream:
    """Consecutive passages of one source as one row of words; it grows at the end as a paste is followed along it."""

    def __init__(self, corpus: Corpus, passages: Sequence[Passage]) -> None:
        self._corpus = corpus
        self.passages: list[Passage] = []
        self.keys: list[str] = []
        # Index of each passage's first word, ascending.
        self.starts: list[int] = []
        self._units: dict[int, tuple[Unit, ...]] = {}
        # Words of the stream in front of which furniture may stand.
        self._soft: dict[int, None] = {}
        for passage in passages:
            self._add(passage)

    @staticmethod
    def around(corpus: Corpus, passage: Passage, words_before: int) -> "Stream":
        """A stream that ends with ``passage`` and begins at least so many words before it, where there are so many."""
        row = [passage]
        while words_before > 0 and row[-1].previous and (before := corpus.passage(row[-1].previous)):
            row.append(before)
            words_before -= len(written(before.text).keys)
        return Stream(corpus, row[::-1])

    def _add(self, passage: Passage) -> None:
        at = len(self.keys)
        self.starts.append(at)
        self.passages.append(passage)
        self.keys.extend(written(passage.text).keys)
        self._soft[at] = None
        for index in self._inside(passage):
            self._soft[at + index] = None

    def grow(self) -> bool:
        """Take the next passage in; False at the end of the source."""
        following = self.passages[-1].next
        passage = self._corpus.passage(following) if following else None
        if passage is None:
            return False
        self._add(passage)
        return True

    def has(self, i: int) -> bool:
        """Whether there is a word ``i``, growing as needed."""
        while i >= len(self.keys):
            if not self.grow():
                return False
        return True

    def home(self, i: int) -> tuple[Passage, Written, int]:
        """The passage of word ``i``, its words, and the word's number among them."""
        n = bisect_right(self.starts, i) - 1
        return self.passages[n], written(self.passages[n].text), i - self.starts[n]

    def pieces(self, first: int, last: int) -> list[Piece]:
        """The passages that hold words ``first`` to ``last``."""
        found = []
        for n in range(bisect_right(self.starts, first) - 1, bisect_right(self.starts, last)):
            size = len(written(self.passages[n].text).keys)
            if size:
                low, high = max(0, first - self.starts[n]), min(size - 1, last - self.starts[n])
                if low <= high:
                    found.append(Piece(self.passages[n], low, high))
        return found

    # What stands between words

    def units(self, i: int) -> tuple[Unit, ...]:
        """Furniture that may stand in front of word ``i``, line by line, each as its words."""
        if not self.has(i):
            return self._between(self.passages[-1], None)
        if i not in self._soft:
            return ()
        if i not in self._units:
            passage, _, index = self.home(i)
            n = bisect_right(self.starts, i) - 1
            inside = self._inside(passage).get(index, ())
            before: tuple[Unit, ...] = ()
            if index == 0:
                earlier = self.passages[n - 1] if n else self._corpus.passage(passage.previous or "")
                before = self._between(earlier, passage)
            self._units[i] = (*before, *inside)
        return self._units[i]

    def _between(self, left: Passage | None, right: Passage | None) -> tuple[Unit, ...]:
        """What the raw text has between two neighbouring passages."""
        some = left or right
        if some is None:
            return ()
        raw = self._corpus.raw(some.source)
        start = left.spans[-1].end if left else max(0, right.spans[0].start - _GAP_CHARACTERS) if right else 0
        end = right.spans[0].start if right else min(len(raw), start + _GAP_CHARACTERS)
        if end - start > 2 * _GAP_CHARACTERS:
            return (*_units(raw[start : start + _GAP_CHARACTERS]), *_units(raw[end - _GAP_CHARACTERS : end]))
        return _units(raw[start:end])

    def _inside(self, passage: Passage) -> dict[int, tuple[Unit, ...]]:
        """Furniture inside a passage by the number of the word behind it."""
        furniture = [d for d in passage.dropped if d.reason != "line_hyphen"]
        if not furniture:
            return {}
        raw = self._corpus.raw(passage.source)
        place = places(passage, raw)
        at = [place[start] for start in written(passage.text).starts]
        found: dict[int, tuple[Unit, ...]] = {}
        for dropped in furniture:
            index = bisect_right(at, dropped.start)
            found[index] = (*found.get(index, ()), *_units(raw[dropped.start : dropped.end]))
        return found

    def breaks_line(self, i: int) -> bool:
        """Whether the source breaks a line between word ``i`` and the one before it in its passage."""
        passage, words, index = self.home(i)
        if index == 0:
            return True
        raw = self._corpus.raw(passage.source)
        place = places(passage, raw)
        return not _LINE_ENDS.isdisjoint(raw[place[words.ends[index - 1] - 1] : place[words.starts[index]]])

    def _broken_apart(self, i: int) -> bool:
        """Whether nothing but the end of a line of the source parts word ``i`` from the one before."""
        _, words, index = self.home(i)
        return index > 0 and not marks(words.between(index)) and self.breaks_line(i)

    def _line_hyphen(self, i: int, letters: int) -> bool:
        """Whether the source breaks word ``i`` at a line's end behind so many letters."""
        passage, words, index = self.home(i)
        hyphens: list[Dropped] = [d for d in passage.dropped if d.reason == "line_hyphen"]
        if not hyphens:
            return False
        place = places(passage, self._corpus.raw(passage.source))
        return any(d.start == place[words.starts[index] + letters - 1] + 1 for d in hyphens)

    # Following a paste

    def begins(self, paste: Written, first: int) -> list[int]:
        """Words of the stream at which word ``first`` of the paste may begin."""
        key, keys = paste.keys[first], self.keys
        following = paste.keys[first + 1] if first + 1 < len(paste.keys) else ""
        found = [i for i, k in enumerate(keys) if k == key or (k[:1] == key[:1] and (key.startswith(k) or key + following == k))]
        more = [i for i in self._soft if i < len(keys) and any(unit[0] == key for unit in self.units(i))]
        return sorted({*found, *more})

    def follow(self, paste: Written, first: int, last: int, at: int) -> list[Step] | None:
        """Words ``first`` to ``last`` of the paste along the stream from word ``at``, every one in its place; or None."""
        stack: list[tuple[int, int, int, list[Step]]] = [(first, at, 0, [])]
        while stack:
            j, i, used, steps = stack.pop()
            while j <= last:
                there = self.has(i)
                for n, unit in enumerate(self.units(i)[used:], used + 1):
                    if paste.keys[j : j + len(unit)] == unit and j + len(unit) <= last + 1:
                        stack.append((j + len(unit), i, n, [*steps, Step(j, len(unit), i, 0)]))
                step = self._step(paste, j, last, i) if there else None
                if step is None:
                    break
                steps.append(step)
                j, i, used = j + step.of_paste, i + step.of_stream, 0
            else:
                return steps
        return None

    def _step(self, paste: Written, j: int, last: int, i: int) -> Step | None:
        key, here = paste.keys[j], self.keys[i]
        if key == here:
            return Step(j, 1, i, 1)
        if key[:1] != here[:1]:
            return None
        if key.startswith(here):
            # A footnote's digit stuck to the word before it.
            rest = key[len(here) :].lstrip(".,")
            if rest.isdigit() and any(unit == (rest,) for unit in self.units(i + 1)):
                return Step(j, 1, i, 1)
            # Words run together where the source breaks a line between them.
            joined, n = here, 1
            while len(joined) < len(key) and self.has(i + n) and self._broken_apart(i + n):
                joined, n = joined + self.keys[i + n], n + 1
                if joined == key:
                    return Step(j, 1, i, n)
        elif j < last and key + paste.keys[j + 1] == here and set(marks(paste.between(j + 1))) <= _HYPHENS:
            # A word that the paste breaks where the source does.
            return Step(j, 2, i, 1) if self._line_hyphen(i, len(paste.word(j))) else None
        return None


@lru_cache(maxsize=4096)
def _units(raw: str) -> tuple[Unit, ...]:
    return tuple(keys for line in raw.splitlines() if (keys := written(line).keys))


@lru_cache(maxsize=1024)
def _places(text: str, spans: tuple[Span, ...], raw: str) -> tuple[int, ...]:
    inked = (at for span in spans for at in range(span.start, span.end) if not raw[at].isspace())
    return tuple(-1 if c.isspace() else next(inked, -1) for c in text)


def places(passage: Passage, raw: str) -> tuple[int, ...]:
    """For each character of a passage's text the code point of the raw text it comes from; -1 for white space."""
    return _places(passage.text, passage.spans, raw)
