"""Running text in, a source with its passages out: what the tests of facts read. Blank lines part paragraphs."""

from collections.abc import Sequence

from natobot.model import Passage, Source, Span
from natobot.sentences import sentences


def prose(text: str, issued: str | None = None) -> tuple[Source, tuple[Passage, ...], str]:
    """A made-up source, its passages (ids ``t/0``, ``t/1``, …) and its raw text."""
    source = Source(
        id="t",
        file="t.txt",
        sha256="0" * 64,
        title="[On a harbour town]",
        title_is_descriptive=True,
        authors=("The Author",),
        issued=issued,
        container=None,
        publisher=None,
        url=None,
        viewpoint=None,
        aliases=(),
    )
    places = []
    at = 0
    for number, paragraph in enumerate(text.split("\n\n"), 1):
        places += [(number, order, at + a, at + b) for order, (a, b) in enumerate(sentences(paragraph), 1)]
        at += len(paragraph) + 2
    passages = tuple(
        Passage(
            id=f"t/{i}",
            source="t",
            spans=(Span(start=start, end=end),),
            dropped=(),
            text=" ".join(text[start:end].split()),
            section=None,
            paragraph=number,
            sentence=order,
            page=None,
            role="author",
            speaker="The Author",
            previous=f"t/{i - 1}" if i else None,
            next=f"t/{i + 1}" if i + 1 < len(places) else None,
        )
        for i, (number, order, start, end) in enumerate(places)
    )
    return source, passages, text


def cut(raw: str, spans: Sequence[Span]) -> str:
    """The words of raw spans, with single spaces."""
    return " ".join("".join(raw[span.start : span.end] for span in spans).split())
