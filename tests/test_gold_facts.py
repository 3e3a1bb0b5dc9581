"""Events, terms, figures and quotations held to floors, against what a reader of the essays wrote down by hand.

``floors-facts.json`` holds what was measured. A floor may be raised; lowering one needs a reason in the commit. The reader
had not seen the code. A fact is found where the passage holds the gold item's evidence and the date, term, value or words
agree; each counts once.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml

from natobot.dates import is_edtf
from natobot.events import events
from natobot.extract import extract
from natobot.figures import figures
from natobot.model import Event, Figure, Passage, Quotation, Term
from natobot.quotations import quotations
from natobot.read import Document, read
from natobot.terms import terms

GOLD = Path(__file__).parent / "gold"
SEEDS = Path(__file__).parent.parent / "seeds"
FLOORS: dict[str, float] = json.loads((GOLD / "floors-facts.json").read_text("utf-8"))
Item = dict[str, Any]
T = TypeVar("T")


@cache
def shipped() -> tuple[tuple[Document, tuple[Passage, ...]], ...]:
    """The shipped documents with their passages; every hyphen at a line's end is taken for a common word's."""
    return tuple((d, extract(d.source, d.raw, lambda _: 3.0)[0]) for d in read(SEEDS))


def found(extractor: Callable[[Any, Sequence[Passage], str], tuple[T, ...]]) -> list[T]:
    """What an extractor finds in all documents."""
    return [fact for document, passages in shipped() for fact in extractor(document.source, passages, document.raw)]


def gold(name: str) -> list[Item]:
    """The items of ``tests/gold/<name>.yaml``, each with the ids of the passages that hold its evidence."""
    items: list[Item] = yaml.safe_load((GOLD / f"{name}.yaml").read_text("utf-8"))
    for item in items:
        words = "".join(str(item["evidence"]).split())
        item["passages"] = {
            p.id
            for d, passages in shipped()
            if d.source.id == item["source"]
            for p in passages
            if words in "".join(p.text.split())
        }
        assert item["passages"], f"no passage holds {item['evidence']!r}"
    return items


def pair(items: Iterable[Item], facts: Iterable[T], fits: Callable[[Item, T], bool]) -> tuple[list[tuple[Item, T]], list[Item]]:
    """Each gold item with the first fact that fits and is not taken; and the items that are missed."""
    left = list(facts)
    pairs, missed = [], []
    for item in items:
        hit = next((i for i, fact in enumerate(left) if fits(item, fact)), None)
        if hit is None:
            missed.append(item)
        else:
            pairs.append((item, left.pop(hit)))
    return pairs, missed


def hold(name: str, right: int, of: int, about: object = "") -> None:
    """A share keeps its floor."""
    assert right / of >= FLOORS[name], f"{name}: {right} of {of}, floor {FLOORS[name]}: {about}"


def test_events() -> None:
    """Dated statements are found with their dates, and few are found that are none; no date is made up."""
    items = gold("events")
    facts = [e for e in found(events) if e.passage]

    def fits(item: Item, event: Event) -> bool:
        return event.passage in item["passages"] and event.date == str(item["date"]) and event.precision == item["precision"]

    pairs, missed = pair(items, facts, fits)
    hold("events: recall", len(pairs), len(items), missed)
    hold("events: precision", len(pairs), len(facts))
    same = [item for item, event in pairs if event.date_words == item["date_words"]]
    hold("events: words", len(same), len(pairs))
    assert all(event.date is None or is_edtf(event.date) for event in facts)


def test_the_date_of_the_source() -> None:
    """Only the one essay that states when it appeared has a publication event, in its own words."""
    (only,) = [e for e in found(events) if e.passage is None]
    assert (only.source, only.date, only.date_words) == ("rumer", "2014-07-08", "Jul 8, 2014")


def test_terms() -> None:
    """All short forms are found with exactly their expansions, and hardly any that are none; most named things and persons."""
    items = gold("terms")
    facts = found(terms)

    def fits(item: Item, term: Term) -> bool:
        if term.passage not in item["passages"]:
            return False
        if item["kind"] == "short":
            return (term.term, term.expansion) == (item["term"], item["expansion"])
        names = sorted((term.term.lower(), item["term"].lower()), key=len)
        words = sorted((term.expansion, item["expansion"]), key=len)
        return names[0] in names[1] and words[0] in words[1]

    for kind, share in (("short", "terms: short forms"), ("named", "terms: things"), ("person", "terms: persons")):
        wanted = [item for item in items if item["kind"] == kind]
        pairs, missed = pair(wanted, facts, fits)
        hold(share, len(pairs), len(wanted), missed)
    # The former name of a body ("formerly CSCE") counts as short, though the gold leaves it out.
    short = [t for t in facts if t.term.isupper() and len(t.term) > 1]
    right, _ = pair([item for item in items if item["kind"] == "short"], short, fits)
    named, _ = pair([item for item in items if item["kind"] != "short"], short, fits)
    hold("terms: short forms that are", len(right) + len(named), len(short), short)


def test_figures() -> None:
    """Numbers that count are found with their units and dates, and few are found that count nothing."""
    items = gold("figures")
    facts = found(figures)

    def fits(item: Item, figure: Figure) -> bool:
        return figure.passage in item["passages"] and figure.value == float(item["value"])

    pairs, missed = pair(items, facts, fits)
    hold("figures: recall", len(pairs), len(items), missed)
    hold("figures: precision", len(pairs), len(facts))
    hold("figures: units", sum(f.unit == item["unit"] for item, f in pairs), len(pairs))
    hold("figures: as of", sum(f.as_of == (item["as_of"] and str(item["as_of"])) for item, f in pairs), len(pairs))


def test_quotations() -> None:
    """Passages in marks are found exactly, and who says them; what the reader was in doubt about counts for the text alone."""
    items = gold("quotations")
    facts = found(quotations)

    def fits(item: Item, quotation: Quotation) -> bool:
        return quotation.passage in item["passages"] and quotation.text == item["text"]

    pairs, missed = pair(items, facts, fits)
    hold("quotations: recall", len(pairs), len(items), missed)
    hold("quotations: precision", len(pairs), len(facts))
    sure = [(item, q) for item, q in pairs if not item.get("doubtful")]
    wrong = [(item["text"], q.speaker) for item, q in sure if q.speaker not in (item["speaker"], *item.get("speaker_also", ()))]
    hold("quotations: speakers", len(sure) - len(wrong), len(sure), wrong)
    spoken = [(item, q) for item, q in sure if item["speaker"]]
    assert spoken
    hold("quotations: roles", sum(q.role == "quoted" for _, q in spoken), len(spoken))
    # Nobody's label may be put into a mouth.
    scare = [(item, q) for item, q in sure if not item["speaker"]]
    hold("quotations: labels", sum(q.role == "author" for _, q in scare), len(scare))


def test_every_fact_has_its_place() -> None:
    """The spans of every event, figure and quotation hold exactly the words it claims, in every document."""
    for document, passages in shipped():
        raw, texts = document.raw, {p.id: p.text for p in passages}

        def ink(spans: Iterable[Any], raw: str = raw) -> str:
            return "".join("".join(raw[s.start : s.end] for s in spans).split())

        for event in events(document.source, passages, raw):
            assert ink(event.spans) == "".join(event.date_words.split())
        for quotation in quotations(document.source, passages, raw):
            assert ink(quotation.spans) == "".join(quotation.text.split())
        for term in terms(document.source, passages, raw):
            assert "".join(term.term.split()) in ink(term.spans)
            assert "".join(term.expansion.split()) in ink(term.spans)
        for figure in figures(document.source, passages, raw):
            assert ink(figure.spans) in "".join(texts[figure.passage].split())
