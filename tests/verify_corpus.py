"""The shipped documents as a small corpus in memory: what ``verify`` needs of a knowledge directory, without one."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from natobot.extract import extract
from natobot.fold import words
from natobot.model import Passage, Quotation, Source
from natobot.names import Names
from natobot.quotations import quotations
from natobot.read import Document, read
from natobot.voice import voice

SEEDS = Path(__file__).parent.parent / "seeds"


class Memory:
    """Passages in lists, found by the summed rarity of the folded words they share."""

    def __init__(self, documents: Iterable[Document], zipf: Callable[[str], float] = lambda _: 3.0) -> None:
        self.sources: dict[str, Source] = {}
        self.raws: dict[str, str] = {}
        self.passages: list[Passage] = []
        self._quotations: dict[str, list[Quotation]] = {}
        for document in documents:
            self.sources[document.source.id] = document.source
            self.raws[document.source.id] = document.raw
            passages = extract(document.source, document.raw, zipf)[0]
            quoted = quotations(document.source, passages, document.raw)
            for quotation in quoted:
                self._quotations.setdefault(quotation.passage, []).append(quotation)
            self.passages += self._voiced(passages)
        self.by_id = {p.id: p for p in self.passages}
        self._folded = [frozenset(w.folded for w in words(p.text)) for p in self.passages]
        counts = Counter(w for folded in self._folded for w in folded)
        self._rarity = {w: math.log(1 + len(self.passages) / n) for w, n in counts.items()}
        self._holding: dict[str, list[int]] = {}
        for n, folded in enumerate(self._folded):
            for word in folded:
                self._holding.setdefault(word, []).append(n)

    def _voiced(self, passages: Sequence[Passage]) -> Iterable[Passage]:
        """Passages with the role and speaker that their words show."""
        names, previous = Names(passages), None
        for passage in passages:
            role, speaker = voice(passage, previous, self.quotations(passage.id), names)
            previous = replace(passage, role=role, speaker=speaker)
            yield previous

    def find(self, words: Sequence[str], limit: int) -> list[Passage]:
        """Passages that share folded words, best first."""
        scores: dict[int, float] = {}
        for word in set(words):
            for n in self._holding.get(word, ()):
                scores[n] = scores.get(n, 0.0) + self._rarity[word]
        best = sorted(scores, key=lambda n: (-scores[n] / math.sqrt(9 + len(self._folded[n])), n))[:limit]
        return [self.passages[n] for n in best]

    def passage(self, passage_id: str) -> Passage | None:
        """One passage, or None."""
        return self.by_id.get(passage_id)

    def source(self, source_id: str) -> Source:
        """A document."""
        return self.sources[source_id]

    def raw(self, source_id: str) -> str:
        """Its raw text."""
        return self.raws[source_id]

    def quotations(self, passage_id: str) -> Sequence[Quotation]:
        """The words in quotation marks in a passage."""
        return self._quotations.get(passage_id, ())


@cache
def shipped() -> Memory:
    """The three essays."""
    return Memory(read(SEEDS))


def document(raw: str, author: str = "Ada Ford", source: str = "ford") -> Document:
    """A made-up document."""
    about = Source(
        id=source,
        file=f"{source}.txt",
        sha256="0" * 64,
        title="[A made-up essay]",
        title_is_descriptive=True,
        authors=(author,),
        issued=None,
        container=None,
        publisher=None,
        url=None,
        viewpoint=None,
        aliases=(),
    )
    return Document(source=about, raw=raw)
