"""Passages in, the terms they explain out: short forms with their expansions, named things and persons with who they are."""

from collections.abc import Sequence

from natobot.explained import explained
from natobot.model import Passage, Source, Term
from natobot.places import raw_spans, union
from natobot.shortforms import short_forms


def terms(source: Source, passages: Sequence[Passage], raw: str) -> tuple[Term, ...]:
    """Short forms, named things and persons with the words that explain them, in the order of the source.

    The same explanation of the same term counts once, where it first stands. ``spans`` hold term and expansion.
    """
    found: list[Term] = []
    seen: set[tuple[str, str]] = set()
    for passage in passages:
        text = passage.text
        pairs = [(pair.short, pair.long) for pair in short_forms(text)]
        pairs += [(one.term, one.what) for one in explained(text)]
        for term, what in sorted(pairs):
            words, expansion = text[slice(*term)], text[slice(*what)].strip(" ,;")
            key = (words.casefold(), expansion.casefold())
            if key in seen or not expansion:
                continue
            seen.add(key)
            spans = union([*raw_spans(passage, raw, *term), *raw_spans(passage, raw, *what)])
            found.append(Term(term=words, expansion=expansion, source=source.id, passage=passage.id, spans=spans))
    return tuple(found)
