"""Proves what natobot promises of its documents: every passage is the file's own words, every response resolves.

The proof of verbatim (P1) works on the raw files alone, with none of the code that cut the passages: it reads the ranges,
tiles them, joins them, and compares.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from natobot import build
from natobot.clean import clean
from natobot.fold import fold
from natobot.gather import gather
from natobot.intents import responses
from natobot.model import NOTE_MARK_DIGITS, Passage
from natobot.read import Document, read
from natobot.settings import Settings
from natobot.store import Knowledge
from natobot.words import Words

# From here on scripts are written without spaces, so that a line may break anywhere.
_IDEOGRAPHS = "\u2e80"
# A hyphen at the end of a line, or one that only shows there.
_LINE_HYPHEN = re.compile(r"\u00ad|[-\u2010][ \t]*[\r\n\f]")
_REASONS = frozenset("running_head page_number print_line note_mark caption pull_quote navigation line_hyphen".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a check found."""

    # What is wrong, one line each.
    faults: tuple[str, ...]
    # What deserves a look, one line each.
    notes: tuple[str, ...]
    # Numbers worth knowing.
    counts: dict[str, int] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """The report for a person."""
        yield from (f"fault: {line}" for line in self.faults)
        yield from (f"note: {line}" for line in self.notes)
        yield ", ".join(f"{count} {name}" for name, count in self.counts.items())
        if not self.faults:
            yield "every passage is verbatim, every card resolves"

    def record(self) -> dict[str, Any]:
        """The report as JSON."""
        return {"faults": list(self.faults), "notes": list(self.notes), "counts": self.counts}


def check(settings: Settings) -> Report:
    """Check documents, passages and responses as they are now.

    Raises:
        FileError: a document or response cannot even be read.
    """
    documents = read(settings.seeds)
    knowledge = gather(settings)
    said = responses(settings.responses)
    store, warning = build.ensure(settings)
    words = Words.open(settings.home)
    faults = [warning] if warning else []
    for document in documents:
        held = list(store.passages(document.source.id))
        faults += [*verbatim(document, held), *complete(document, held, words.zipf)]
        if held != _of(knowledge, document.source.id):
            faults.append(f"{document.source.id}: the stored passages are not those of the file. Run `natobot build`.")
    faults += [f"{passage.id} stands twice" for passage in _twice(knowledge.passages)]
    notes = [*_collisions(knowledge), *_uncovered(knowledge)]
    return Report(
        faults=tuple(faults),
        notes=tuple(notes),
        counts={
            "sources": len(knowledge.sources),
            "passages": len(knowledge.passages),
            "cards": len(knowledge.cards),
            "ask lines": sum(len(card.ask) for card in knowledge.cards),
            "intent phrasings": len(said.patterns),
        },
    )


def verbatim(document: Document, passages: Sequence[Passage]) -> Iterator[str]:
    """The faults of a document's passages against its raw text; none if promise P1 holds."""
    for passage in passages:
        if fault := _fault(passage, document.raw):
            yield f"{passage.id}: {fault}"


def complete(document: Document, passages: Sequence[Passage], zipf: Callable[[str], float]) -> Iterator[str]:
    """Words of the body that no passage holds; none if every sentence is offered whole."""
    source, raw = document.source, document.raw
    names = [source.title, *source.authors, *([source.container] if source.container else [])]
    covered = bytearray(len(raw))
    for passage in passages:
        for span in passage.spans:
            covered[span.start : span.end] = b"\1" * (span.end - span.start)
    for paragraph in clean(raw, names, zipf).paragraphs:
        for span in paragraph.spans:
            lost = [i for i in range(span.start, span.end) if not covered[i] and not raw[i].isspace()]
            if lost:
                around = " ".join(raw[max(0, lost[0] - 20) : lost[-1] + 20].split())
                yield f"{source.id}: words at {lost[0]} are in no passage: {around[:80]!r}"


def _fault(passage: Passage, raw: str) -> str | None:
    ranges = sorted([(s.start, s.end, "") for s in passage.spans] + [(d.start, d.end, d.reason) for d in passage.dropped])
    if any(one[1] != other[0] for one, other in pairwise(ranges)):
        return "its spans and dropped ranges do not tile it"
    if ranges[0][2] or ranges[-1][2] or ranges[-1][1] > len(raw):
        return "it does not begin and end with words of the file"
    for start, end, reason in ranges:
        if reason and reason not in _REASONS:
            return f"{reason!r} is no reason to drop anything"
        if reason == "note_mark" and (end - start > NOTE_MARK_DIGITS or not raw[start:end].isnumeric()):
            return "a note mark has at most three digits"
        if reason not in ("", "note_mark", "line_hyphen") and not _whole_lines(raw, start, end):
            return f"a {reason} is made of whole lines"
        if reason == "line_hyphen" and (end - start != 1 or not _LINE_HYPHEN.match(raw, start)):
            return "a line hyphen is one hyphen at the end of a line"
    joined = "".join(raw[start:end] for start, end, reason in ranges if not reason)
    if "".join(joined.split()) != "".join(passage.text.split()):
        return "its text is not the text of the file"
    breaks, gaps = _breaks(ranges, raw), _gaps(passage.text)
    words = "".join(joined.split())
    inside = {at for at in range(1, len(words)) if words[at - 1].isalnum() and words[at].isalnum()}
    if any(at in inside and at not in gaps and not _may_join(gap, words[at - 1 : at + 1]) for at, gap in breaks.items()):
        return "two words of the file have become one"
    if any(at in inside and at not in breaks for at in gaps):
        return "a word of the file has become two"
    return None


def _whole_lines(raw: str, start: int, end: int) -> bool:
    """Whether a range begins where a line does and ends where the next does, but for white space and quote marks."""
    before = raw[max(raw.rfind("\n", 0, start), raw.rfind("\r", 0, start), raw.rfind("\f", 0, start)) + 1 : start]
    last = raw[start:end].rstrip(" \t>")
    return not before.strip(" \t\ufeff") and (end == len(raw) or not last or last[-1] in "\n\r\f" or last.isspace())


def _gaps(text: str) -> dict[int, str]:
    """Where a text has white space: after how many other characters, and which."""
    found: dict[int, str] = {}
    before = 0
    for part in re.findall(r"\s+|\S+", text):
        if part.isspace():
            found[before] = part
        else:
            before += len(part)
    return found


def _breaks(ranges: Sequence[tuple[int, int, str]], raw: str) -> dict[int, str]:
    """The same for the words of a passage in its file, where furniture parts words as well; a healed hyphen is ``-``."""
    found: dict[int, str] = {}
    before = 0
    for start, end, reason in ranges:
        text = raw[start:end]
        if reason == "note_mark":
            continue
        if reason:
            found[before] = found.get(before, "") + ("-" if reason == "line_hyphen" else text)
            continue
        for at, gap in _gaps(text).items():
            found[before + at] = found.get(before + at, "") + gap
        before += len("".join(text.split()))
    return found


def _may_join(gap: str, around: str) -> bool:
    """Whether what stands on both sides of a gap may be one word: a line's broken word, or script without spaces."""
    return gap.startswith("-") or (len(f"x{gap}x".splitlines()) > 1 and min(around) >= _IDEOGRAPHS)


def _of(knowledge: Knowledge, source: str) -> list[Passage]:
    return [passage for passage in knowledge.passages if passage.source == source]


def _twice(passages: Sequence[Passage]) -> Iterator[Passage]:
    seen: set[str] = set()
    for passage in passages:
        if passage.id in seen:
            yield passage
        seen.add(passage.id)


def _collisions(knowledge: Knowledge) -> Iterator[str]:
    """``ask`` lines that stand in two cards with different answers."""
    seen: dict[str, tuple[str, tuple[str, ...]]] = {}
    for card in knowledge.cards:
        for line in card.ask:
            key = fold(line)
            other = seen.setdefault(key, (card.id, card.passages))
            if other[0] != card.id and other[1] != card.passages:
                yield f"the cards {other[0]} and {card.id} are both asked by {line!r}"


def _uncovered(knowledge: Knowledge) -> Iterator[str]:
    covered = {key for card in knowledge.cards for key in card.passages}
    missing = [passage for passage in knowledge.passages if passage.id not in covered]
    if not covered or not missing:
        return
    for passage in missing:
        yield f"no card covers {passage.id}: {passage.text[:60]}"
