"""``responses/cards/*.yaml`` in, cards out: how people ask for a sentence, and the words of the source that find it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from natobot.errors import FileError
from natobot.model import Passage
from natobot.yamlfile import Entry, load

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_LEAST_EVIDENCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A curated answer: the ways people ask, and the sentences that answer."""

    # Short name, unique over all files.
    id: str
    # Slug of ``topics.yaml``.
    topic: str
    # The ways people ask.
    ask: tuple[str, ...]
    # Ids of the passages that answer, the best first.
    passages: tuple[str, ...]
    # Names and topics the sentences are about, also where they only say "it" or "this".
    subjects: tuple[str, ...]


def cards(folder: Path, passages: Sequence[Passage]) -> tuple[Card, ...]:
    """Read every card file and find its evidence in the sources, in the order of files and lines.

    Raises:
        FileError: a wrong key, an id that stands twice, a topic that is not in ``topics.yaml``, evidence that no passage
            holds or that more than one does; one line with file, line and remedy.
    """
    known = topics(folder)
    by_source: dict[str, list[tuple[str, str]]] = {}
    for passage in passages:
        by_source.setdefault(passage.source, []).append((_squeeze(passage.text), passage.id))
    found: dict[str, Card] = {}
    files: dict[str, str] = {}
    for path in _files(folder / "cards"):
        record = load(path).record(("topic", "cards"))
        topic = record["topic"].text()
        if known and topic not in known:
            mend = f"Add it there, or use one of: {', '.join(sorted(known))}."
            raise record["topic"].fail(f"the topic {topic!r} is not in topics.yaml", mend)
        for card_id, entry in record["cards"].mapping().items():
            if not _ID.match(card_id):
                raise entry.fail_key(f"{card_id!r} is not an id", "Use lower-case letters, digits and single hyphens.")
            if card_id in found:
                raise entry.fail_key(f"the card {card_id!r} stands in {files[card_id]} too", "Rename one of the two.")
            found[card_id], files[card_id] = _card(card_id, topic, entry, by_source), path.name
    return tuple(found.values())


def _files(folder: Path) -> list[Path]:
    """The card files in the order of their names; anything else among them would be left out without a word."""
    if not folder.is_dir():
        return []
    found = sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.name != "README.md")
    for path in found:
        if path.suffix != ".yaml" or not path.is_file():
            raise FileError(path, None, "this is not a card file", "Let its name end in .yaml, or move it out of cards/.")
    return found


def _card(card_id: str, topic: str, entry: Entry, by_source: Mapping[str, list[tuple[str, str]]]) -> Card:
    record = entry.record(("evidence", "ask"), ("subjects",))
    ask = record["ask"].texts()
    if not ask:
        raise record["ask"].fail("a card needs at least one way of asking", "Add a line '- how people ask'.")
    places = record["evidence"]
    groups = [places] if places.is_mapping else list(places.items())
    resolved = [_resolve(source, words, by_source) for group in groups for source, words in sorted(group.mapping().items())]
    if not resolved:
        raise places.fail("a card needs evidence", "Add 'source-id: \"words of the source\"'.")
    return Card(
        id=card_id,
        topic=topic,
        ask=ask,
        passages=tuple(dict.fromkeys(resolved)),
        subjects=record["subjects"].texts() if "subjects" in record else (),
    )


def _resolve(source: str, words: Entry, by_source: Mapping[str, list[tuple[str, str]]]) -> str:
    """The one passage of a source that holds the words; white space does not count."""
    if source not in by_source:
        known = ", ".join(sorted(by_source)) or "none"
        raise words.fail(f"no source has the id {source!r}", f"Known sources: {known}.")
    text = words.text()
    if len(text.split()) < _LEAST_EVIDENCE:
        raise words.fail(f"{text!r} is too short to be evidence", f"Quote at least {_LEAST_EVIDENCE} words of the source.")
    wanted = _squeeze(text)
    hits = [passage_id for squeezed, passage_id in by_source[source] if wanted in squeezed]
    if not hits:
        raise words.fail(f"{source} does not hold the words {_short(text)!r}", "Copy them from the source as they stand.")
    if len(hits) > 1:
        raise words.fail(f"{len(hits)} sentences of {source} hold the words {_short(text)!r}", "Quote more of the sentence.")
    return hits[0]


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"


def topics(folder: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """``topics.yaml``: slug to title and the words people use for it.

    Raises:
        FileError: a wrong key.
    """
    path = folder / "topics.yaml"
    if not path.is_file():
        return {}
    found = {}
    for slug, entry in load(path).mapping().items():
        record = entry.record(("title", "keywords"))
        found[slug] = (record["title"].text(), record["keywords"].texts())
    return found
