"""Knowledge in, the files of a knowledge directory out: what `store` opens and searches."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import tantivy

from natobot.fold import fold, stem, words
from natobot.model import Passage, Quotation
from natobot.store import CONTENT, Knowledge, content_stems, folded_stems, schema

_DISK_ERRORS = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
_SCHEMA = """
create table meta (key text primary key, value text not null);
create table sources (id text primary key, body text not null);
create table raws (id text primary key, raw text not null);
create table passages (
  row integer primary key, id text unique not null, source text not null, body text not null,
  stems text not null, near text not null, subjects text not null, asked text not null, topic text not null,
  marks text not null, paragraph integer not null
);
create table asks (
  row integer primary key, passage integer not null, card text not null, line text not null, stems text not null
);
create table cards (id text primary key, body text not null);
create table stems (stem text primary key, df integer not null, df_text integer not null);
create table vocabulary (
  row integer primary key, word text unique not null, count integer not null, in_text integer not null, name integer not null
);
create table events (row integer primary key, source text not null, passage text, date text, body text not null);
create table terms (row integer primary key, folded text not null, passage text not null, body text not null);
create table figures (row integer primary key, passage text not null, body text not null);
create table quotations (row integer primary key, passage text not null, folded text not null, body text not null);
create index terms_folded on terms (folded);
create index figures_passage on figures (passage);
create index quotations_passage on quotations (passage);
create index events_passage on events (passage);
create index asks_passage on asks (passage);
create index passages_source on passages (source, paragraph);
"""


def write(folder: Path, knowledge: Knowledge, knowledge_hash: str) -> None:
    """Write a knowledge directory into an empty folder.

    Raises:
        OSError: the disk is full or not writable.
    """
    try:
        with closing(sqlite3.connect(folder / CONTENT)) as connection:
            connection.executescript(f"pragma journal_mode = off; pragma synchronous = off; {_SCHEMA}")
            _write_content(connection, folder, knowledge, knowledge_hash)
            connection.commit()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DISK_ERRORS:
            raise
        raise OSError(str(error)) from error


def _write_content(connection: sqlite3.Connection, folder: Path, knowledge: Knowledge, knowledge_hash: str) -> None:
    rows = {passage.id: row for row, passage in enumerate(knowledge.passages)}
    asks: dict[int, list[tuple[str, str, list[str]]]] = {}
    subjects: dict[int, list[str]] = {}
    topics: dict[int, str] = {}
    # Folding is most of the work of a build, so each line is folded once.
    folded = {line: [word.folded for word in words(line)] for card in knowledge.cards for line in (*card.ask, *card.subjects)}
    for card in knowledge.cards:
        for passage_id in card.passages:
            row = rows[passage_id]
            asks.setdefault(row, []).extend((card.id, line, folded_stems(folded[line])) for line in card.ask)
            subjects.setdefault(row, []).extend(stem(w) for subject in card.subjects for w in folded[subject])
            topics.setdefault(row, card.topic)
    stems = [content_stems(passage.text) for passage in knowledge.passages]
    near = [_near(knowledge.passages, stems, row) for row in range(len(stems))]
    marks = _marks(knowledge)
    connection.execute("insert into meta values ('hash', ?)", (knowledge_hash,))
    connection.executemany("insert into sources values (?, ?)", ((s.id, _dump(s)) for s in knowledge.sources))
    connection.executemany("insert into raws values (?, ?)", sorted(knowledge.raws.items()))
    connection.executemany(
        "insert into passages values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                row,
                passage.id,
                passage.source,
                _dump(passage),
                " ".join(stems[row]),
                " ".join(sorted(set(near[row]))),
                " ".join(sorted(set(subjects.get(row, ())))),
                " ".join(sorted(s for _, _, line in asks.get(row, ()) for s in set(line))),
                topics.get(row, ""),
                marks.get(passage.id, ""),
                passage.paragraph,
            )
            for row, passage in enumerate(knowledge.passages)
        ),
    )
    lines = [(row, card, line, of) for row in sorted(asks) for card, line, of in asks[row]]
    connection.executemany(
        "insert into asks values (?, ?, ?, ?, ?)",
        ((i, r, c, line, " ".join(of)) for i, (r, c, line, of) in enumerate(lines)),
    )
    connection.executemany(
        "insert into cards values (?, ?)",
        ((card.id, json.dumps(asdict(card), ensure_ascii=False)) for card in knowledge.cards),
    )
    frequencies = Counter(s for row, of in enumerate(stems) for s in {*of, *(s for _, _, a in asks.get(row, ()) for s in a)})
    in_text = Counter(s for of in stems for s in set(of))
    connection.executemany("insert into stems values (?, ?, ?)", sorted((s, n, in_text[s]) for s, n in frequencies.items()))
    vocabulary = _vocabulary(knowledge, folded)
    connection.executemany("insert into vocabulary values (?, ?, ?, ?, ?)", ((i, *entry) for i, entry in enumerate(vocabulary)))
    _write_facts(connection, knowledge)
    documents: dict[str, Iterable[dict[str, Any]]] = {
        "passages": (
            {
                "text": " ".join(s),
                "near": " ".join(n),
                "row": i,
                "asked": " ".join([*subjects.get(i, ()), *(x for _, _, of in asks.get(i, ()) for x in of)]),
            }
            for i, (s, n) in enumerate(zip(stems, near, strict=True))
        ),
        "asks": ({"text": " ".join(of), "row": i} for i, (_, _, _, of) in enumerate(lines)),
        "words": ({"word": entry[0], "row": i} for i, entry in enumerate(vocabulary)),
    }
    from concurrent.futures import ThreadPoolExecutor

    # Side by side, because each waits for the disk.
    with ThreadPoolExecutor(len(documents)) as pool:
        for written in [pool.submit(_write_index, folder / name, found) for name, found in documents.items()]:
            written.result()


def _write_facts(connection: sqlite3.Connection, knowledge: Knowledge) -> None:
    connection.executemany(
        "insert into events values (?, ?, ?, ?, ?)",
        ((i, e.source, e.passage, e.date, _dump(e)) for i, e in enumerate(knowledge.events)),
    )
    connection.executemany(
        "insert into terms values (?, ?, ?, ?)",
        ((i, fold(t.term), t.passage, _dump(t)) for i, t in enumerate(knowledge.terms)),
    )
    connection.executemany(
        "insert into figures values (?, ?, ?)", ((i, f.passage, _dump(f)) for i, f in enumerate(knowledge.figures))
    )
    connection.executemany(
        "insert into quotations values (?, ?, ?, ?)",
        ((i, q.passage, fold(q.text), _dump(q)) for i, q in enumerate(knowledge.quotations)),
    )


def _marks(knowledge: Knowledge) -> dict[str, str]:
    """What each passage holds, as one letter a kind."""
    found: dict[str, set[str]] = {}
    for letter, records in (
        ("d", knowledge.events),
        ("f", knowledge.figures),
        ("q", knowledge.quotations),
        ("t", knowledge.terms),
    ):
        for record in records:
            if record.passage:
                found.setdefault(record.passage, set()).add(letter)
                if letter == "q" and isinstance(record, Quotation) and record.speaker:
                    found[record.passage].add("p")
    return {passage: "".join(sorted(letters)) for passage, letters in found.items()}


def _near(passages: Sequence[Passage], stems: Sequence[list[str]], row: int) -> list[str]:
    """Stems of the heading and of the sentences before and after in the same paragraph."""
    here = passages[row]
    found = content_stems(here.section or "")
    for other in (row - 1, row + 1):
        if 0 <= other < len(passages):
            there = passages[other]
            if (there.source, there.paragraph) == (here.source, here.paragraph):
                found += stems[other]
    return found


def _vocabulary(knowledge: Knowledge, folded: Mapping[str, list[str]]) -> list[tuple[str, int, int, int]]:
    """(word, how often, how often in passages, whether a name); ``folded`` holds the folded words of the ``ask`` lines.

    A word is a name if the passages write it with a capital inside sentences, nearly always.
    """
    counts: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for passage in knowledge.passages:
        for i, word in enumerate(words(passage.text)):
            counts[word.folded] += 1
            if i > 0:
                inside[word.folded] += 1
                capital[word.folded] += passage.text[word.start].isupper()
    in_text = counts.copy()
    for card in knowledge.cards:
        for line in (*card.ask, *card.subjects):
            counts.update(folded[line])
    return [
        (word, count, in_text[word], int(inside[word] > 0 and capital[word] >= 0.8 * inside[word] and not word[0].isdigit()))
        for word, count in sorted(counts.items())
    ]


def _write_index(folder: Path, documents: Iterable[dict[str, Any]]) -> None:
    """One writer thread and one segment, so that scores never depend on how the work was shared out."""
    folder.mkdir()
    try:
        index = tantivy.Index(schema(), path=str(folder))
        writer = index.writer(heap_size=128_000_000, num_threads=1)
        for document in documents:
            writer.add_document(tantivy.Document(**document))
        writer.commit()
        writer.wait_merging_threads()
    except ValueError as error:
        # So tantivy says that the disk is full or not writable.
        raise OSError(str(error)) from error


def _dump(record: Any) -> str:
    return json.dumps(asdict(record), ensure_ascii=False)
