"""A source's passages in, its dated statements out: one event for each date, relative dates resolved where that is safe."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import cast

from natobot import dates
from natobot.datewords import MONTHS, Mention, find, told_from, with_year
from natobot.model import Event, Passage, Precision, Source, Span
from natobot.places import raw_spans

# Heads of what can be dated by a month and come again under another name.
_HAPPENING = re.compile(
    r"\b(summit|meeting|conference|session|congress|assembly|council|forum|talks|negotiations|election|referendum|vote|war"
    r"|invasion|attack|annexation|intervention|operation|coup|revolution|uprising|visit|speech|address|exercise|treaty"
    r"|agreement|accord|ceasefire|crisis|strike|launch|trial|hearing|inauguration|festival|fair|games|earthquake|flood"
    r"|storm|eruption|outbreak|collapse|merger|strategy|concept|report|declaration)(?:e?s)?\b",
    re.IGNORECASE,
)
# Names right before a happening, or behind it with "in", "of" or "at".
_MODIFIERS = re.compile(r"(?:[A-Z][\w-]*(?:[’']s)?\s+|\d{4}\s+){1,4}\Z")
_PLACE = re.compile(r"\s+(?:in|of|at|on)\s+(?:the\s+)?(?:[A-Z][\w-]*\s?)+")
_CAPITAL = re.compile(r"(?<![\w’'])[A-Z][\w-]*[\w](?:’s)?")
_AHEAD = re.compile(
    r"\b(?:will|shall|upcoming|forthcoming|scheduled|planned|next|tomorrow|(?:is|are) (?:to|going|due|set|expected))\b"
)
_CLAUSE = re.compile(r"[,;:()—]|\s–\s|\b(?:that|which|who|where|but|although|while|because|whereas)\b")
# How far a year may stand behind a happening that it dates ("earthquake of 1755").
_BESIDE = 4
# Code points around a year in which a file states its own date.
_ISSUE_WINDOW = 60
# How many mentions of that year are looked at.
_ISSUE_TRIES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dated:
    """A date in a passage."""

    # Which passage, counted from 0.
    at: int
    # The words of the date.
    mention: Mention


def events(source: Source, passages: Sequence[Passage], raw: str) -> tuple[Event, ...]:
    """Every dated statement of a source, in its order, the publication of the source itself first.

    Dates are EDTF. A date without a year is resolved against an explicit date of the same happening in the source (then
    ``anchor`` names that passage) or against the source's own date; else it stays null with its words.
    """
    found = [_Dated(at=at, mention=mention) for at, passage in enumerate(passages) for mention in find(passage.text)]
    horizon = _horizon(source, found)
    kept = [d for d in found if not (d.mention.naming and horizon and d.mention.date and d.mention.date > horizon)]
    known = _Known(kept, passages) if any(d.mention.date is None for d in kept) else None
    result = [_publication(source, raw)] if source.issued else []
    for place, dated in enumerate(kept):
        passage, mention = passages[dated.at], dated.mention
        date, anchor = mention.date, None
        if date is None and known:
            date, anchor = known.same_happening(place)
            date = date or _by_issue(source, mention, passage.text, known.story_year(place))
        result.append(
            Event(
                date=date,
                precision=cast("Precision", dates.precision(date)) if date else _open_precision(mention),
                date_words=passage.text[mention.start : mention.end],
                passage=passage.id,
                source=source.id,
                anchor=anchor,
                spans=raw_spans(passage, raw, mention.start, mention.end),
            )
        )
    return tuple(result)


def _open_precision(mention: Mention) -> Precision:
    if mention.day or mention.unit == "day":
        return "day"
    return "month" if mention.month or mention.unit == "month" else "year"


def _horizon(source: Source, found: Sequence[_Dated]) -> str | None:
    """The latest year a name can date: behind it the year in a name is a goal ("Agenda 2030"), no date of anything."""
    if source.issued:
        return source.issued[-4:] if "/" in source.issued else source.issued[:4]
    years = [d.mention.date[:4] for d in found if d.mention.date and not d.mention.naming]
    return max(years, default=None)


def _publication(source: Source, raw: str) -> Event:
    """When the source came out, with the words of the file that say so, where it has them."""
    issued = str(source.issued)
    for match in islice(re.finditer(re.escape(issued[:4]), raw), _ISSUE_TRIES):
        start = max(0, match.start() - _ISSUE_WINDOW)
        text = raw[start : match.end() + _ISSUE_WINDOW]
        for mention in find(text):
            if mention.date == issued and start + mention.start <= match.start():
                spans = (Span(start=start + mention.start, end=start + mention.end),)
                words = " ".join(text[mention.start : mention.end].split())
                return _issue(source, issued, words, spans)
    return _issue(source, issued, issued, ())


def _issue(source: Source, issued: str, words: str, spans: tuple[Span, ...]) -> Event:
    precision = cast("Precision", dates.precision(issued))
    return Event(date=issued, precision=precision, date_words=words, passage=None, source=source.id, anchor=None, spans=spans)


class _Known:
    """The full dates of a source, found again by what happened."""

    def __init__(self, found: Sequence[_Dated], passages: Sequence[Passage]) -> None:
        self._found = found
        self._passages = passages
        # Month and kind of happening ("" where only the year is told) to the dates told of one.
        self._by_kind: dict[tuple[str, str], list[tuple[_Dated, frozenset[str]]]] = {}
        for dated in found:
            date = dated.mention.date
            if not date or "/" in date or "X" in date:
                continue
            text = passages[dated.at].text
            for kind, places in _happenings(text, None if len(date) > 4 else dated.mention).items():
                self._by_kind.setdefault((date[5:7], kind), []).append((dated, places))

    def same_happening(self, place: int) -> tuple[str | None, str | None]:
        """The date of the same happening where the source states it in full, and that passage's id.

        The same: both passages speak of a happening of one kind, in the same month (or of the same year by name), share a
        name, and do not name different places for it. All that fit must agree on the year.
        """
        dated = self._found[place]
        mention, text = dated.mention, self._passages[dated.at].text
        if not mention.month:
            return None, None
        names = _names(text)
        fits: dict[str, str] = {}
        kinds = _happenings(text)
        for month in (f"{mention.month:02}", ""):
            for kind, places in kinds.items():
                for other, there in self._by_kind.get((month, kind), ()):
                    # Where only the year is told the place must be the same; beside a month it may be left out.
                    alike = places & there if not month else not _apart(places, there)
                    passage = self._passages[other.at]
                    if alike and _same_day(mention, other.mention) and (names & _names(passage.text)):
                        fits.setdefault(str(other.mention.date)[:4], passage.id)
                    if len(fits) > 1:
                        return None, None
            if fits:
                break
        story = self.story_year(place)
        if len(fits) != 1 or (story and story not in fits and not mention.shift):
            return None, None
        year, anchor = fits.popitem()
        return with_year(int(year), mention), anchor

    def story_year(self, place: int) -> str | None:
        """The year the paragraph was speaking of last before a date without one."""
        paragraph = self._passages[self._found[place].at].paragraph
        for other in reversed(self._found[max(0, place - 20) : place]):
            if self._passages[other.at].paragraph != paragraph:
                break
            date = other.mention.date
            if date and "X" not in date and "/" not in date and not other.mention.naming:
                return date[:4]
        return None


def _same_day(mention: Mention, other: Mention) -> bool:
    day = str(other.date)[8:]
    return not mention.day or not day or int(day) == mention.day


def _happenings(text: str, beside: Mention | None = None) -> dict[str, frozenset[str]]:
    """Kinds of happenings a sentence speaks of, each with the names that tell it from others ("Madrid Summit").

    With ``beside`` only those that this date stands next to.
    """
    found: dict[str, frozenset[str]] = {}
    for match in _HAPPENING.finditer(text):
        before, behind = _MODIFIERS.search(text, 0, match.start()), _PLACE.match(text, match.end())
        start, end = before.start() if before else match.start(), behind.end() if behind else match.end()
        if beside and not (beside.end >= start - 1 and beside.start <= end + _BESIDE):
            continue
        places = frozenset(
            name for name in _names("- " + text[start : match.start()] + " " + text[match.end() : end]) if not name.isupper()
        )
        kind = match.group(1).lower()
        found[kind] = found.get(kind, frozenset()) | places
    return found


def _apart(one: frozenset[str], two: frozenset[str]) -> bool:
    return bool(one and two and not one & two)


def _names(text: str) -> set[str]:
    """Capitalised words of a sentence but for its first, months and the heads of happenings."""
    found = set()
    for match in _CAPITAL.finditer(text):
        word = match.group().removesuffix("’s")
        if match.start() and not _HAPPENING.fullmatch(word) and word not in MONTHS:
            found.add(word)
    return found


def _by_issue(source: Source, mention: Mention, text: str, story: str | None) -> str | None:
    """A date without a year as told from the day the source came out; null where that could be another year."""
    issued = source.issued
    if not issued or "/" in issued or "X" in issued or (story and story != issued[:4] and not mention.shift):
        return None
    # Only the date's own clause says whether it is to come ("which began in January" is past, whatever else will be).
    start = max((m.end() for m in _CLAUSE.finditer(text, 0, mention.start)), default=0)
    end = _CLAUSE.search(text, mention.end)
    return told_from(issued, mention, ahead=bool(_AHEAD.search(text[start : end.start() if end else len(text)])))
