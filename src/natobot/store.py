"""A knowledge directory: written once, opened read-only, searched. The one home of the search index and of its SQLite file.

Passages, cards and facts lie in ``content.sqlite``; three tantivy indexes find candidates: passages by their words,
``ask`` lines by theirs, and vocabulary words by spelling. Rows are numbered in the order of source id and place, so that
equal scores break the same way whatever the order the files came in.
"""

import json
import math
import os
import sqlite3
import threading
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import tantivy

from natobot.cards import Card
from natobot.errors import StoreError
from natobot.fold import STOP_WORDS, fold, stem, words
from natobot.model import Dropped, Event, Figure, Passage, Quotation, Source, Span, Term

CONTENT = "content.sqlite"
_INDEXES = ("passages", "asks", "words")
_STRANGER, _STRANGER_BARE = 0.5, 0.7
_CACHE = 20_000
_READABLE = 5_000  # passages that can be read through for one question


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Everything a knowledge directory is written from."""

    # By id.
    sources: tuple[Source, ...]
    # Raw text by source id.
    raws: Mapping[str, str]
    # In the order of source id and place.
    passages: tuple[Passage, ...]
    # In the order of files and lines.
    cards: tuple[Card, ...]
    # In the order of the passages.
    events: tuple[Event, ...] = ()
    terms: tuple[Term, ...] = ()
    figures: tuple[Figure, ...] = ()
    quotations: tuple[Quotation, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What scoring needs to know of a passage."""

    # Its number.
    row: int
    # Its id.
    id: str
    # Its source.
    source: str
    # Stems in their order, stop words left out.
    order: tuple[str, ...]
    # The same as a set.
    stems: frozenset[str]
    # Stems of its heading and of the sentences beside it.
    near: frozenset[str]
    # Stems of its cards' subjects.
    subjects: frozenset[str]
    # Stems of all its ``ask`` lines.
    asked: frozenset[str]
    # How much of them speaks of each: n / (n + 1) for a stem of n lines.
    often: Mapping[str, float]
    # Slug of its topic, or "".
    topic: str
    # What it holds: "d" a date, "f" a figure, "p" a person, "q" a quotation, "t" a term explained.
    marks: str
    # Number of its paragraph.
    paragraph: int


@dataclass(frozen=True, slots=True)
class Ask:
    """One way of asking for a passage."""

    # The passage's row.
    passage: int
    # Id of the card.
    card: str
    # The line as written.
    line: str
    # Its folded words.
    folded: str
    # The same in alphabetical order.
    ordered: str
    # Its stems.
    stems: frozenset[str]
    # Its stems with their idf, as a vector of length one.
    vector: Mapping[str, float]


def content_stems(text: str) -> list[str]:
    """Stems of the content words of a text, in order."""
    return folded_stems(word.folded for word in words(text))


def folded_stems(folded: Iterable[str]) -> list[str]:
    """Stems of the content words among folded words, in order."""
    return [stem(word) for word in folded if word not in STOP_WORDS]


def schema() -> tantivy.Schema:
    """The fields of every index: passages use ``text``, ``near`` and ``asked``, lines ``text``, the vocabulary ``word``."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("row", stored=False, indexed=False, fast=True)
    for field in ("text", "near", "asked"):
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("word", tokenizer_name="raw", index_option="basic")
    return builder.build()


def load_passage(body: Mapping[str, Any]) -> Passage:
    """A passage from its JSON form."""
    values = dict(body)
    values["spans"] = tuple(Span(**span) for span in values["spans"])
    values["dropped"] = tuple(Dropped(**dropped) for dropped in values["dropped"])
    return Passage(**values)


def _load(kind: Any, body: str) -> Any:
    return load(kind, json.loads(body))


def load(kind: Any, body: Mapping[str, Any]) -> Any:
    """A record from its JSON form."""
    values = dict(body)
    for field in fields(kind):
        if field.name == "spans":
            values["spans"] = tuple(Span(**span) for span in values["spans"])
        elif isinstance(values[field.name], list):
            values[field.name] = tuple(values[field.name])
    return kind(**values)


class _Reader(sqlite3.Connection):
    """A connection that is closed when its thread or its store is gone."""

    def __del__(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # it was never open
            self.close()


class Store:
    """An open knowledge directory. Thread-safe; every thread reads through a connection of its own."""

    def __init__(self, folder: Path, lock: int | None = None) -> None:
        """Open ``folder``; ``lock`` is the handle of a lock on it, given up together with the store.

        Raises:
            StoreError: it is damaged or incomplete; the lock stays with the caller.
        """
        self.folder = folder
        # 1 where the cards are left out of account, as if there were none.
        self._bare = 0
        self._local = threading.local()
        try:
            self._indexes = {name: tantivy.Index.open(str(folder / name)) for name in _INDEXES}
            self._searchers = {name: index.searcher() for name, index in self._indexes.items()}
            self._schema = self._indexes["passages"].schema
            self.hash: str = self._one("select value from meta where key = 'hash'")[0]
            self.sources: dict[str, Source] = {
                key: _load(Source, body) for key, body in self._all("select id, body from sources order by id")
            }
            self.size: int = self._one("select count(*) from passages")[0]
        except (sqlite3.Error, ValueError, OSError, TypeError) as error:
            raise StoreError(f"the knowledge in {folder} is damaged ({error}). Run `natobot build`.") from error
        # The idf of a stem that one passage in twenty can be asked by: that is what the documents are about.
        self.common = math.log(1 + 0.95 / 0.05) if self.size else 0.0
        self.row = lru_cache(maxsize=_CACHE)(self._row)
        self.ask = lru_cache(maxsize=_CACHE)(self._ask)
        self.spoken = lru_cache(maxsize=64)(self._spoken)
        self.paragraph = lru_cache(maxsize=_CACHE)(self._paragraph)
        self.norm = lru_cache(maxsize=_CACHE)(self._norm)
        self.df = lru_cache(maxsize=_CACHE)(self._df)
        self.idf = lru_cache(maxsize=_CACHE)(self._idf)
        self.word = lru_cache(maxsize=_CACHE)(self._word)
        self.passage = lru_cache(maxsize=2_000)(self._passage)
        self.raw = lru_cache(maxsize=64)(self._raw)
        if lock is not None:
            weakref.finalize(self, os.close, lock)

    def leave_out_cards(self) -> None:
        """Weigh and spell words by the passages alone, as if nobody had written cards."""
        self._bare = 1
        for cached in (self.df, self.idf, self.word, self.norm, self.ask):
            cached.cache_clear()

    @property
    def stranger(self) -> float:
        """How much a word says that nobody has used: less than the rarest known one, so that chatter does not decide.

        Without cards it says more, because fewer ways of asking are known.
        """
        return (_STRANGER, _STRANGER_BARE)[self._bare] * self.idf("")

    # Reading

    @property
    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            uri = f"{(self.folder / CONTENT).absolute().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False, factory=_Reader)
            self._local.connection = connection
        return connection

    def _one(self, sql: str, *values: Any) -> Any:
        return self._connection.execute(sql, values).fetchone()

    def _all(self, sql: str, *values: Any) -> list[Any]:
        return self._connection.execute(sql, values).fetchall()

    def _row(self, row: int) -> Row:
        key, source, stems, near, subjects, asked, topic, marks, paragraph = self._one(
            "select id, source, stems, near, subjects, asked, topic, marks, paragraph from passages where row = ?", row
        )
        order = tuple(stems.split())
        counts = Counter(asked.split())
        return Row(
            row,
            key,
            source,
            order,
            frozenset(order),
            frozenset(near.split()),
            frozenset(subjects.split()),
            frozenset(counts),
            {s: n / (n + 1.0) for s, n in counts.items()},
            topic,
            marks,
            paragraph,
        )

    def _paragraph(self, source: str, paragraph: int) -> frozenset[str]:
        """Stems of all sentences of a paragraph, and of its heading."""
        found = self._all("select stems, near from passages where source = ? and paragraph = ? order by row", source, paragraph)
        return frozenset(s for row in found for text in row for s in text.split())

    def _spoken(self, source: str) -> frozenset[str]:
        """Stems of everything a source says."""
        return frozenset(s for (text,) in self._all("select stems from passages where source = ?", source) for s in text.split())

    def _ask(self, row: int) -> Ask:
        passage, card, line, stems = self._one("select passage, card, line, stems from asks where row = ?", row)
        found = frozenset(stems.split())
        norm = math.sqrt(sum(self.idf(s) ** 2 for s in found)) or 1.0
        folded = fold(line)
        return Ask(passage, card, line, folded, " ".join(sorted(folded.split())), found, {s: self.idf(s) / norm for s in found})

    def _norm(self, row: int) -> float:
        """Length of a passage as a vector of idf weights."""
        return math.sqrt(sum(self.idf(s) ** 2 for s in self.row(row).stems)) or 1.0

    def _df(self, stem_: str) -> int:
        found = self._one("select df, df_text from stems where stem = ?", stem_)
        return found[self._bare] if found else 0

    def _word(self, word: str) -> tuple[int, bool] | None:
        """(count, whether a name) of a vocabulary word, or None."""
        found = self._one("select count, in_text, name from vocabulary where word = ?", word)
        return (found[self._bare], bool(found[2])) if found and found[self._bare] else None

    def _idf(self, stem_: str) -> float:
        """How much a stem says: the logarithm of how few passages it can be asked of (Robertson & Spärck Jones)."""
        df = self.df(stem_)
        return math.log(1 + (self.size - df + 0.5) / (df + 0.5)) if self.size else 0.0

    def _passage(self, passage_id: str) -> Passage | None:
        found = self._one("select body from passages where id = ?", passage_id)
        return load_passage(json.loads(found[0])) if found else None

    def passages(self, source: str | None = None) -> Iterator[Passage]:
        """All passages in order, of one source or of all."""
        where = "where source = ?" if source else ""
        sql = f"select body from passages {where} order by row"  # noqa: S608 - no value in the text
        for (body,) in self._connection.execute(sql, (source,) if source else ()):
            yield load_passage(json.loads(body))

    def sample(self, most: int) -> Iterator[Passage]:
        """At most about so many passages in order: all, or runs of eight from all over the documents."""
        every = -(-self.size // most) if most else 1
        for (body,) in self._connection.execute("select body from passages where (row / 8) % ? = 0 order by row", (every,)):
            yield load_passage(json.loads(body))

    def topic(self, passage_id: str) -> str:
        """The topic of a passage's cards, or ""."""
        found = self._one("select topic from passages where id = ?", passage_id)
        return str(found[0]) if found else ""

    def counts(self) -> dict[str, int]:
        """How many passages each source has."""
        return dict(self._all("select source, count(*) from passages group by source"))

    def source(self, source_id: str) -> Source:
        """One source."""
        return self.sources[source_id]

    def _raw(self, source: str) -> str:
        """The raw text of a source."""
        return str(self._one("select raw from raws where id = ?", source)[0])

    def cards(self) -> Iterator[Card]:
        for (body,) in self._connection.execute("select body from cards order by id"):
            yield _load(Card, body)

    def events(self) -> list[Event]:
        return [_load(Event, body) for (body,) in self._all("select body from events order by row")]

    def terms(self, folded: str | None = None) -> list[Term]:
        """All terms, or those whose short form folds to ``folded``."""
        if folded is None:
            return [_load(Term, body) for (body,) in self._all("select body from terms order by row")]
        return [_load(Term, body) for (body,) in self._all("select body from terms where folded = ? order by row", folded)]

    def figures(self, passage: str | None = None) -> list[Figure]:
        if passage is None:
            return [_load(Figure, body) for (body,) in self._all("select body from figures order by row")]
        return [_load(Figure, body) for (body,) in self._all("select body from figures where passage = ? order by row", passage)]

    def quotations(self, passage: str | None = None) -> list[Quotation]:
        if passage is None:
            return [_load(Quotation, body) for (body,) in self._all("select body from quotations order by row")]
        return [
            _load(Quotation, body) for (body,) in self._all("select body from quotations where passage = ? order by row", passage)
        ]

    # Searching

    def find_passages(self, weights: Mapping[str, float], fields_: Mapping[str, float], limit: int) -> list[tuple[float, int]]:
        """Rows of passages by BM25, best first: stems with their weights, fields with theirs."""
        return self._search("passages", weights, fields_, limit)

    def find(self, words_: Sequence[str], limit: int) -> list[Passage]:
        """Passages that share folded words, best first: what verification starts from."""
        weights = {s: self.idf(s) for s in {stem(word) for word in words_ if word not in STOP_WORDS} if self.df(s)}
        if weights:
            ids = [self.row(row).id for _, row in self._search("passages", weights, {"text": 1.0}, limit)]
            return [found for key in ids if (found := self.passage(key)) is not None]
        # A quotation of nothing but everyday words is in no index; a library small enough is simply read.
        wanted = set(words_)
        if not wanted or self.size > _READABLE:
            return []
        return [p for p in self.passages() if wanted <= {word.folded for word in words(p.text)}][:limit]

    def find_asks(self, weights: Mapping[str, float], limit: int) -> list[tuple[float, int]]:
        """Rows of ``ask`` lines by BM25, best first."""
        return self._search("asks", weights, {"text": 1.0}, limit)

    def _search(
        self, name: str, weights: Mapping[str, float], fields_: Mapping[str, float], limit: int
    ) -> list[tuple[float, int]]:
        query, term, boost = tantivy.Query, tantivy.Query.term_query, tantivy.Query.boost_query
        clauses = [
            (tantivy.Occur.Should, boost(term(self._schema, field, stem_, "freq"), weight * factor))
            for stem_, weight in weights.items()
            for field, factor in fields_.items()
        ]
        if not clauses:
            return []
        return self._rows(name, query.boolean_query(clauses), limit)

    def _rows(self, name: str, query: tantivy.Query, limit: int) -> list[tuple[float, int]]:
        searcher = self._searchers[name]
        hits: list[tuple[Any, Any]] = searcher.search(query, limit, count=False).hits
        rows: list[Any] = searcher.fast_field_values("row", [address for _, address in hits])
        # Scores are single precision: what differs beyond that is rounding, and rounding must not decide.
        return sorted(((round(score, 5), row) for (score, _), row in zip(hits, rows, strict=True)), key=lambda x: (-x[0], x[1]))

    def spelt_like(self, word: str, distance: int) -> list[tuple[str, int, bool]]:
        """Vocabulary words within an edit distance (a swap counts one): (word, count, whether a name)."""
        query = tantivy.Query.fuzzy_term_query(self._schema, "word", word, distance=distance, transposition_cost_one=True)
        rows = sorted(row for _, row in self._rows("words", query, 64))
        found = (self._one("select word, count, in_text, name from vocabulary where row = ?", row) for row in rows)
        return [(word, counts[self._bare], bool(name)) for word, *counts, name in found if counts[self._bare]]
