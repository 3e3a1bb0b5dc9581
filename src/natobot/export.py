"""The store in, plain records out: every kind of thing natobot knows, as ``natobot export`` prints it."""

from collections.abc import Iterator
from typing import Any

from natobot.model import Event, Figure, Quotation, Span, Term
from natobot.render import passage, source
from natobot.store import Store

KINDS = ("sources", "passages", "quotations", "events", "figures", "terms", "cards")


def export(kind: str, store: Store) -> Iterator[dict[str, Any]]:
    """Everything of one of ``KINDS``, in the order of the sources."""
    if kind == "sources":
        yield from (source(one) for one in store.sources.values())
    elif kind == "passages":
        yield from (passage(one) for one in store.passages())
    elif kind == "events":
        for event in store.events():
            yield _base(event, store) | {
                "date": event.date,
                "precision": event.precision,
                "date_words": event.date_words,
                "anchor": event.anchor,
            }
    elif kind == "terms":
        for term in store.terms():
            yield _base(term, store) | {"term": term.term, "expansion": term.expansion}
    elif kind == "figures":
        for figure in store.figures():
            value = int(figure.value) if figure.value == int(figure.value) else figure.value
            yield _base(figure, store) | {"value": value, "unit": figure.unit, "of": figure.of, "as_of": figure.as_of}
    elif kind == "quotations":
        for quotation in store.quotations():
            yield _base(quotation, store) | {"text": quotation.text, "speaker": quotation.speaker, "role": quotation.role}
    elif kind == "cards":
        for card in store.cards():
            spans = [s for key in card.passages if (p := store.passage(key)) for s in p.spans]
            first = store.passage(card.passages[0])
            yield {
                "id": card.id,
                "source": first.source if first else None,
                "passage": card.passages[0],
                "passages": list(card.passages),
                "spans": _pairs(tuple(spans)),
                "text": first.text if first else None,
                "ask": list(card.ask),
                "topic": card.topic,
                "subjects": list(card.subjects),
            }


def _base(record: Event | Term | Figure | Quotation, store: Store) -> dict[str, Any]:
    """Source, passage, spans and the source's words."""
    passage_ = store.passage(record.passage) if record.passage else None
    return {
        "source": record.source,
        "passage": record.passage,
        "spans": _pairs(record.spans),
        "text": passage_.text if passage_ else None,
    }


def _pairs(spans: tuple[Span, ...]) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]
