"""What stands after ``/nato subscribe`` goes in, what is wished for comes out, with every word that was not understood."""

import datetime
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from rapidfuzz import fuzz, process

from natobot.errors import InputError
from natobot.fold import fold, unescape
from natobot.model import Source
from natobot.slack import zones
from natobot.subscriptions import time_of

T = TypeVar("T")

# Words of the longest title that is looked for, and of the longest name of a zone.
_TITLE, _ZONE = 12, 4
# How near a word must come to a name for a proposal.
_NEAR = 80.0
# Characters that stand around a word and are none of it.
_AROUND = "\"'“”‘’«»()[]!?"
_DAYS = {
    form: number
    for number, forms in enumerate(
        (
            "mon monday mondays",
            "tue tues tuesday tuesdays",
            "wed weds wednesday wednesdays",
            "thu thur thurs thursday thursdays",
            "fri friday fridays",
            "sat saturday saturdays",
            "sun sunday sundays",
        )
    )
    for form in forms.split()
}
WORKDAYS, WEEKEND, EVERY_DAY = frozenset(range(5)), frozenset((5, 6)), frozenset(range(7))
_SETS: dict[tuple[str, ...], frozenset[int]] = {
    ("weekdays",): WORKDAYS,
    ("every", "weekday"): WORKDAYS,
    ("weekday",): WORKDAYS,
    ("workdays",): WORKDAYS,
    ("working", "days"): WORKDAYS,
    ("business", "days"): WORKDAYS,
    ("weekends",): WEEKEND,
    ("weekend",): WEEKEND,
    ("daily",): EVERY_DAY,
    ("everyday",): EVERY_DAY,
    ("every", "day"): EVERY_DAY,
    ("each", "day"): EVERY_DAY,
    ("all", "days"): EVERY_DAY,
    ("all", "week"): EVERY_DAY,
}
_UNTIL = ("to", "through", "thru", "till", "until", "-", "–", "—")
# "All topics" takes back a choice of topics.
_ALL = {
    "everything": ("topics", "sources"),
    "all": ("topics", "sources"),
    "all topics": ("topics",),
    "any topic": ("topics",),
    "all sources": ("sources",),
    "all documents": ("sources",),
    "all authors": ("sources",),
    "any source": ("sources",),
}
# What may stand between the things that are wished for.
_FILLERS = frozenset(
    """a about an and around at author authors by channel clock documents each every for from here in just local me of on only
    or our please post posts source sources the this time timezone to topic topics us with zone & + -""".split()
)
_CLOCK = {"noon": datetime.time(12), "midday": datetime.time(12), "midnight": datetime.time(0)}
_HALVES = ("am", "pm", "a.m", "p.m", "a.m.", "p.m.")
_HOURS = ("o'clock", "o’clock", "oclock", "h", "hrs", "hours", "uhr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """Words that nothing was made of."""

    # As they were typed.
    words: str
    # Why: ``unknown``, ``time`` (no such time of day), ``short`` (a short form of a zone), ``offset`` (a distance from UTC),
    # ``second`` (a second time or zone).
    why: str
    # What may have been meant, or "".
    near: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants of a daily post; null is what they did not speak of."""

    # When.
    time: datetime.time | None = None
    # In which time zone, as the IANA calls it.
    zone: str | None = None
    # On which days, Monday is 0.
    weekdays: frozenset[int] | None = None
    # About which topics; empty for all.
    topics: frozenset[str] | None = None
    # From which sources; empty for all.
    sources: frozenset[str] | None = None
    # What was not understood; where there is any, nothing may be done.
    misread: tuple[Misread, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What topics and sources are called, folded."""

    # Name to slugs.
    topics: Mapping[str, frozenset[str]]
    # Name to ids.
    sources: Mapping[str, frozenset[str]]
    # Every name as people write it, for a proposal.
    written: tuple[str, ...]


def names_of(topics: Mapping[str, str], sources: Iterable[Source]) -> Names:
    """The names of topics (slug to title) and of sources: id, title, author, family name, alias."""
    by_topic: dict[str, set[str]] = {}
    by_source: dict[str, set[str]] = {}
    written = []
    for slug, title in topics.items():
        written += [slug, title]
        for name in (slug, title):
            by_topic.setdefault(_folded(name), set()).add(slug)
    for source in sources:
        names = [source.id, source.title.strip("[]"), *source.authors, *(family for family, _ in source.names()), *source.aliases]
        written += names
        for name in names:
            by_source.setdefault(_folded(name), set()).add(source.id)
    return Names(
        topics={name: frozenset(slugs) for name, slugs in by_topic.items() if name},
        sources={name: frozenset(ids) for name, ids in by_source.items() if name},
        written=tuple(dict.fromkeys(written)),
    )


# What a reader made of the words at a place: how many, and what they say.
_Found = tuple[int, Wish]
_NOTHING: _Found = (0, Wish())


def read_wish(text: str, names: Names) -> Wish:
    """What is wished for. At each place the reading of most words is taken; what has none is named. Never raises."""
    typed = [word.strip(_AROUND) for word in re.findall(r"[^\s,;]+", unescape(text))]
    tokens = [word for word in typed if word]
    wish, at, lost = Wish(), 0, list[str]()
    while at < len(tokens):
        length, found = max((reader(tokens, at, names) for reader in _READERS), key=lambda pair: pair[0])
        if length:
            wish, lost = _join(_with(wish, lost, names), found, " ".join(tokens[at : at + length])), []
        elif tokens[at].lower() not in _FILLERS:
            lost.append(tokens[at])
        at += length or 1
    return _with(wish, lost, names)


def _with(wish: Wish, lost: Sequence[str], names: Names) -> Wish:
    """A wish and words that nobody understood."""
    if not lost:
        return wish
    words = " ".join(lost)[:200]
    parts = [(words, _near(words, names))]
    if not parts[0][1] and len(lost) > 1:
        # Of several words one may be misspelt, and the others nothing at all.
        near = {word: _near(word, names) for word in lost}
        parts = [(" ".join(word for word in lost if not near[word]), ""), *((word, name) for word, name in near.items() if name)]
    more = tuple(Misread(words=said[:200], why="unknown", near=name) for said, name in parts if said)
    return replace(wish, misread=wish.misread + more)


def _near(words: str, names: Names) -> str:
    """The name that comes nearest, or ""."""
    choices = [*names.written, *zones.cities()]
    found = process.extractOne(words[:100], choices, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=_NEAR)
    return str(found[0]) if found else ""


def _join(wish: Wish, more: Wish, words: str) -> Wish:
    """Both wishes in one; days and names add up, a second time or zone is one too many."""
    second = (Misread(words=words, why="second"),)
    if (more.time and wish.time not in (None, more.time)) or (more.zone and wish.zone not in (None, more.zone)):
        return replace(wish, misread=wish.misread + second)
    return Wish(
        time=more.time or wish.time,
        zone=more.zone or wish.zone,
        weekdays=_both(wish.weekdays, more.weekdays),
        topics=_both(wish.topics, more.topics),
        sources=_both(wish.sources, more.sources),
        misread=wish.misread + more.misread,
    )


def _both(one: frozenset[T] | None, other: frozenset[T] | None) -> frozenset[T] | None:
    return other if one is None else one if other is None else one | other


# Readers: each looks at the words from a place


def _time(tokens: Sequence[str], at: int, names: Names) -> _Found:
    word = tokens[at].lower()
    after = tokens[at + 1].lower() if at + 1 < len(tokens) else ""
    if word in _CLOCK:
        return 1, Wish(time=_CLOCK[word])
    if not re.match(r"\d{1,2}(?![\d/+-])|0\d{3}\b|\d{3,4}h", word):
        return _NOTHING
    spelt = re.sub(r"^(\d{1,2})[h:.](\d{2})(?::00)?h?$", r"\1:\2", word)
    spelt = re.sub(r"^(\d{1,2})(\d{2})h?$", r"\1:\2", spelt)
    spelt = re.sub(r"^(\d{1,2})(?:h|hrs|uhr)$", r"\1", spelt)
    length = 1
    if after in _HALVES and not spelt.rstrip(".").endswith("m"):
        spelt, length = f"{spelt} {after}", 2
    elif after in _HOURS:
        length = 2
    try:
        return length, Wish(time=time_of(spelt))
    except InputError:
        words = " ".join(tokens[at : at + length])
        return length, Wish(misread=(Misread(words=words, why="time"),))


def _days(tokens: Sequence[str], at: int, names: Names) -> _Found:
    words = [word.lower().rstrip(".") for word in tokens[at : at + 3]]
    for length in (2, 1):
        if found := _SETS.get(tuple(words[:length])):
            return length, Wish(weekdays=found)
    if len(words) == 3 and words[0] in _DAYS and words[1] in _UNTIL and words[2] in _DAYS:
        return 3, Wish(weekdays=_range(words[0], words[2]))
    parts = re.split(r"[-–—]", words[0])
    if len(parts) == 2 and all(part in _DAYS for part in parts):
        return 1, Wish(weekdays=_range(*parts))
    several = re.split(r"[/&+]", words[0])
    if all(part in _DAYS for part in several):
        return 1, Wish(weekdays=frozenset(_DAYS[part] for part in several))
    return _NOTHING


def _range(first: str, last: str) -> frozenset[int]:
    """From one day to another, over the end of the week if need be."""
    start, end = _DAYS[first], _DAYS[last]
    return frozenset((start + step) % 7 for step in range((end - start) % 7 + 1))


def _name(tokens: Sequence[str], at: int, names: Names) -> _Found:
    """The longest name of a topic or a source."""
    for length in range(min(_TITLE, len(tokens) - at), 0, -1):
        words = " ".join(tokens[at : at + length])
        if taken_back := _ALL.get(words.lower()):
            empty: frozenset[str] = frozenset()
            return length, Wish(**dict.fromkeys(taken_back, empty))  # type: ignore[arg-type]
        folded = _folded(words)
        if slugs := names.topics.get(folded):
            return length, Wish(topics=slugs)
        if ids := names.sources.get(folded):
            return length, Wish(sources=ids)
    return _NOTHING


def _zone(tokens: Sequence[str], at: int, names: Names) -> _Found:
    for length in range(min(_ZONE, len(tokens) - at), 0, -1):
        if found := zones.zone_of(" ".join(tokens[at : at + length])):
            return length, Wish(zone=found)
    word = tokens[at]
    if near := zones.proposed(word):
        return 1, Wish(misread=(Misread(words=word, why="short", near=near),))
    if zones.is_offset(word):
        return 1, Wish(misread=(Misread(words=word, why="offset"),))
    return _NOTHING


# Of readings of the same length the first is taken.
_READERS: tuple[Callable[[Sequence[str], int, Names], _Found], ...] = (_name, _time, _days, _zone)


def _folded(name: str) -> str:
    """A name as it is compared; nobody says "the" of an author on purpose."""
    return fold(name).removeprefix("the ")
