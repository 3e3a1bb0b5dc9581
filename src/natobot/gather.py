"""Seeds and responses in, everything there is to know out: passages with their voice, facts, and cards.

What one document holds is cached by its bytes and by the code that read it.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from natobot.cards import cards
from natobot.files import write_whole
from natobot.intents import responses
from natobot.model import Event, Figure, Passage, Quotation, Term
from natobot.read import Document, read
from natobot.settings import Settings
from natobot.store import Knowledge, load, load_passage
from natobot.words import Words

if TYPE_CHECKING:
    from natobot.names import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What one document holds."""

    # In the order of the document.
    passages: tuple[Passage, ...]
    events: tuple[Event, ...]
    terms: tuple[Term, ...]
    figures: tuple[Figure, ...]
    quotations: tuple[Quotation, ...]
    # How many lines were set aside as what.
    set_aside: tuple[tuple[str, int], ...]


def gather(settings: Settings) -> Knowledge:
    """Read, clean and extract everything there is to know.

    Raises:
        FileError: a mistake in the seeds or responses.
    """
    documents = read(settings.seeds)
    words = Words.open(settings.home)
    found = [_extracted(document, words, settings.home / "cache") for document in documents]
    passages = tuple(passage for one in found for passage in one.passages)
    responses(settings.responses)  # A mistake there stops the build as well.
    return Knowledge(
        sources=tuple(document.source for document in documents),
        raws={document.source.id: document.raw for document in documents},
        passages=passages,
        cards=cards(settings.responses, passages),
        events=tuple(event for one in found for event in one.events),
        terms=tuple(term for one in found for term in one.terms),
        figures=tuple(figure for one in found for figure in one.figures),
        quotations=tuple(quotation for one in found for quotation in one.quotations),
    )


def extract_document(document: Document, words: Words) -> Extracted:
    """Passages with their voice, and the facts they state."""
    # A document that was read before needs none of this.
    from natobot.events import events
    from natobot.extract import extract
    from natobot.figures import figures
    from natobot.names import Names
    from natobot.quotations import quotations
    from natobot.terms import terms

    source, raw = document.source, document.raw
    passages, cleaned = extract(source, raw, words.zipf)
    names = Names(passages)
    quoted = quotations(source, passages, raw, names)
    return Extracted(
        passages=tuple(_voiced(passages, quoted, names)),
        events=events(source, passages, raw),
        terms=terms(source, passages, raw),
        figures=figures(source, passages, raw),
        quotations=quoted,
        set_aside=cleaned.set_aside,
    )


def _voiced(passages: tuple[Passage, ...], quoted: tuple[Quotation, ...], names: "Names") -> Iterator[Passage]:
    """Passages with the role and speaker that their words show."""
    from natobot.voice import voice

    by_passage: dict[str, list[Quotation]] = {}
    for quotation in quoted:
        by_passage.setdefault(quotation.passage, []).append(quotation)
    previous: Passage | None = None
    for passage in passages:
        role, speaker = passage.role, passage.speaker
        if role == "author":
            role, speaker = voice(passage, previous, by_passage.get(passage.id, []), names)
        previous = replace(passage, role=role, speaker=speaker)
        yield previous


def _extracted(document: Document, words: Words, cache: Path) -> Extracted:
    """What a document holds, from the cache if this very code has read this very file before."""
    key = hashlib.sha256(f"{document.source}{_code_digest()}".encode()).hexdigest()[:24]
    path = cache / f"{document.source.id}-{key}.json"
    try:
        return _load_extracted(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    extracted = extract_document(document, words)
    with suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        for old in cache.glob(f"{document.source.id}-*.json"):
            old.unlink(missing_ok=True)
        write_whole(path, json.dumps(asdict(extracted), ensure_ascii=False))
    return extracted


def _load_extracted(body: dict[str, Any]) -> Extracted:
    return Extracted(
        passages=tuple(load_passage(one) for one in body["passages"]),
        events=tuple(load(Event, one) for one in body["events"]),
        terms=tuple(load(Term, one) for one in body["terms"]),
        figures=tuple(load(Figure, one) for one in body["figures"]),
        quotations=tuple(load(Quotation, one) for one in body["quotations"]),
        set_aside=tuple((name, count) for name, count in body["set_aside"]),
    )


def _code_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
