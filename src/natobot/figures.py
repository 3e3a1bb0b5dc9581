"""Passages in, the numbers they state out: value, unit, what they count and as of when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from natobot.datewords import MONTHS, Mention, find
from natobot.model import Figure, Passage, Source
from natobot.numerals import WORD, Numeral, numerals
from natobot.places import raw_spans

# Behind one of these a bare number word is a pronoun ("these two").
_PRONOUN = re.compile(r"\b(?:the|these|those|other|any|no|each|this|that|which|every|only)\s+(?:\w+\s+)?\Z", re.IGNORECASE)
_OF_THEM = re.compile(rf"\s+of\s+(?:the|these|those|its|their|our)\s+(?:(?:\d+|{WORD})\s+)?", re.IGNORECASE)
_NUMBER_OF = re.compile(r"\bnumber of (?:\w+ ){0,2}?(?P<noun>\w+s|people|women|men|children)\b[^.;]*\Z")
# Words before a number that stands for itself ("rose to 45,000").
_BARE = re.compile(
    r"\b(?:to|at|by|of|was|were|is|are|reache[ds]|aged|over|about|nearly|from|than|around|some|totall?ed|roughly|almost|exactly"
    r"|only)\s+\Z"
)
_NEXT_NUMBER = re.compile(rf"(?:\s+(?:or|to|and)\s+|\s?[-–]\s?)(?:\d|{WORD}\b)", re.IGNORECASE)
_GOES_ON = re.compile(r"[,;]|\b(?:and|or|to|than|were|was|are|is|by|from|additional|another|further)\b")
# Words that end a noun phrase.
_STOP = frozenset(
    """a an the of in on at by for from to with and or but nor that which who whom whose is are was were be been being has have
    had will would could should can may might must do does did as than if when while where since because after before during
    into over under between among against without within through toward towards upon per via not also only just still already
    it he she they we i you this these those there here more less ago later earlier apart each""".split()
)
_PLURALS = frozenset(
    """people men women children troops aircraft personnel staff police cattle feet teeth geese mice data media criteria
    phenomena series species headquarters forces helicopters spacecraft offspring""".split()
)
_NOT_PLURAL = frozenset(
    """its this his hers ours theirs yours is was has does as us thus plus perhaps always besides towards afterwards previous
    various serious religious famous continuous numerous business process access congress press crisis basis status campus less
    across unless class mass loss cross gross whereas news politics economics physics mathematics yes gas bus""".split()
)
_SINGULAR_END = re.compile(r"(?:ss|ous|us|is|[’']s)\Z")
# Plurals that often come before the noun they describe.
_DESCRIBING = frozenset(
    "arms sales sports goods affairs communications operations systems defences defenses states nations".split()
)
_TOKEN = re.compile(r"[^\W\d_][\w’'.\-]*|[“”\"‘(]|\S")
_UNITS = re.compile(
    r"\s?(?P<unit>percentage points?|percent|per cent|[kc]?m|km²?|kg|tons?|tonnes?|degrees?|°C|°F|GW|MW|kW|mph)(?!\w)"
)
_COMPLEMENT = re.compile(r"[”\"’]?((?:\s+(?:of|in|from|for|on|at|with|against)\s+(?!\d)(?:[\w’'\-]+\s?){1,6})+)")
_NO_COMPLEMENT = re.compile(r"\d.*|(?:and|or|that|which|who|is|are|was|were|has|have|had|will|to)\Z")
_POINT = re.compile(r"\b(?:[Aa]t (?:this|that|the) (?:point|time|moment)|[Bb]y then|[Tt]hen|[Tt]hat (?:year|month))\b")
# Where the clause of a number ends before a date, or has begun behind one.
_CUT_AHEAD = re.compile(r"[;:.]\s|\s[–—]\s|—|, (?!in |by |on |as )")
_CUT_BEHIND = re.compile(r"[;.]\s|—|, (?:which|who|though|although|but|while|whereas|because|where|when)\b|, and \w+ \w+ed\b")
_SINCE = re.compile(r"\b(?:since|after|before|until|from)\s+(?:the\s+)?\Z")
# Code points before a number in which its clause is looked for.
_REACH = 200
_HYPHENED = re.compile(r"-([^\W\d_]\w*)")
_PAUSE = re.compile(r"[,;:.]\s|\s[–—]\s")
_MAX_WORDS = 7
_MAX_COMPLEMENT = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    """A number with what it counts."""

    # First code point.
    start: int
    # One past the last of number and unit.
    end: int
    # The number.
    value: float
    # The noun or sign it is counted in, or null.
    unit: str | None
    # The words that say what it counts.
    of: str


def figures(source: Source, passages: Sequence[Passage], raw: str) -> tuple[Figure, ...]:
    """Every number that counts or measures something, in the order of the source.

    Left out: dates, ordinals, numbers that are names (article 5, F-16, 28+n), "one" and number words used as pronouns.
    A bare number takes the unit of the one it continues ("three countries in 1999, seven in 2004").
    """
    found = []
    for at, passage in enumerate(passages):
        text = passage.text
        written = numerals(text)
        if not written:
            continue
        mentions = find(text)
        counts = _counts(text, written, mentions)
        for count in counts:
            as_of = _as_of(text, count, counts, mentions)
            if as_of is None and at and _POINT.search(text, max(0, count.start - _REACH), count.start):
                before = passages[at - 1]
                if before.paragraph == passage.paragraph:
                    as_of = next((m.date for m in reversed(find(before.text)) if m.date), None)
            found.append(
                Figure(
                    value=count.value,
                    unit=count.unit,
                    of=count.of,
                    as_of=as_of,
                    source=source.id,
                    passage=passage.id,
                    spans=raw_spans(passage, raw, count.start, count.end),
                )
            )
    return tuple(found)


def _counts(text: str, written: Sequence[Numeral], mentions: Sequence[Mention]) -> list[_Count]:
    """The numbers of a sentence that count something, dates left out."""
    found: list[_Count] = []
    waiting: list[int] = []
    for number in written:
        if any(m.start < number.end and number.start < m.end for m in mentions):
            continue
        unit, of, stop = _unit(text, number)
        count = _Count(start=number.start, end=stop, value=number.value, unit=unit, of=of)
        shared = unit is None and bool(_NEXT_NUMBER.match(text, number.end))
        if unit is None and not shared and number.kind != "part":
            if number.naming:
                continue
            if found and _continues(text, number, found[-1]):
                # "and an additional two": what it counts was said with the number before.
                count = replace(count, unit=found[-1].unit, of=found[-1].of)
            elif counted := _NUMBER_OF.search(text, max(0, number.start - _REACH), number.start):
                count = replace(count, unit=counted["noun"], of=counted["noun"])
            elif number.kind == "words" or not _BARE.search(text, max(0, number.start - 24), number.start):
                continue
        # "two or three ships", "30-40 guns": the first shares the noun of the second.
        for i in waiting if count.unit else ():
            found[i] = replace(found[i], unit=count.unit, of=count.of)
        waiting = [*waiting, len(found)] if shared else []
        found.append(replace(count, of="") if shared else count)
    # What waited for a noun in vain is part of something else, such as a telephone number.
    return [c for c in found if c.of]


def _continues(text: str, number: Numeral, last: _Count) -> bool:
    """Whether a bare number counts the same as the one before it in the sentence."""
    return (
        last.unit is not None
        and not _PRONOUN.search(text, max(0, number.start - 40), number.start)
        and bool(_GOES_ON.search(text, last.end, number.start))
    )


def _unit(text: str, number: Numeral) -> tuple[str | None, str, int]:
    """Unit, what is counted, and where the unit ends."""
    end = number.end
    if number.sign:
        of = _share(text, end) if number.sign == "%" else _complement(text, end).strip()
        return number.sign, of or _near(text, number.start), end
    if unit := _UNITS.match(text, end):
        return unit["unit"], _share(text, unit.end()) or _near(text, number.start), unit.end()
    if number.kind == "part":
        return None, _share(text, end) or _near(text, number.start), end
    if hyphen := _HYPHENED.match(text, end):
        # "a 28-member alliance"
        stop = hyphen.end()
        return hyphen[1], text[end + 1 : stop] + _following(text, stop), stop
    if of_them := _OF_THEM.match(text, end):
        # "two of the three dams" counts dams.
        noun, of, _ = _noun(text, of_them.end())
        return noun, of if noun else _near(text, number.start), end
    noun, of, stop = _noun(text, end)
    return (noun, of, stop) if noun else (None, _near(text, number.start), end)


def _near(text: str, start: int) -> str:
    """The words before a number that say what it is of, where no noun follows it."""
    words = _PAUSE.split(text[max(0, start - _REACH) : start])[-1].split()[-_MAX_WORDS:]
    return " ".join(words) or text.strip()[:60]


def _noun(text: str, end: int) -> tuple[str | None, str, int]:
    """The plural noun that a number at ``end`` counts, the words that say what it counts, and where the noun ends."""
    words: list[str] = []
    for match in _TOKEN.finditer(text, end):
        word = match.group()
        if word in '“”"‘':
            # Marks around what is counted are none of its words: three “core tasks”.
            continue
        bare = word.rstrip(".,;:!?’'")
        if not bare[:1].isalpha() or bare.lower() in _STOP or len(words) >= _MAX_WORDS:
            break
        words.append(bare)
        if _is_plural(bare.lower()):
            following = re.match(r"\s+([a-z]+)", text[match.end() :]) if bare == word else None
            if following and bare.lower() in _DESCRIBING and _is_plural(following[1]):
                continue
            stop = match.start() + len(bare)
            return bare, " ".join(words) + _complement(text, stop), stop
        if bare != word:
            break
    return None, "", end


def _is_plural(word: str) -> bool:
    return word in _PLURALS or (word.endswith("s") and word not in _NOT_PLURAL and not _SINGULAR_END.search(word))


def _complement(text: str, end: int) -> str:
    """The phrase with "of", "in" or the like that completes a noun, without its dates."""
    match = _COMPLEMENT.match(text, end)
    words: list[str] = []
    for word in match[1].split()[:_MAX_COMPLEMENT] if match else ():
        if _NO_COMPLEMENT.match(word) or word in MONTHS:
            break
        words.append(word)
    while words and words[-1].lower() in _STOP:
        words.pop()
    return " " + " ".join(words) if words else ""


def _share(text: str, end: int) -> str:
    """What a share is of: "2 percent of GDP"."""
    phrase = _complement(text, end).strip()
    return phrase.removeprefix("of ") if phrase.startswith("of ") else ""


def _following(text: str, end: int) -> str:
    match = re.match(r"(?:\s+[^\W\d_][\w-]*){1,2}", text[end:])
    return match.group() if match else ""


def _as_of(text: str, count: _Count, counts: Sequence[_Count], mentions: Sequence[Mention]) -> str | None:
    """The date of the clause that a number stands in: behind it up to the next number, else before it from the last."""
    dated = [m for m in mentions if m.date]
    if not dated:
        return None
    ahead = min((c.start for c in counts if c.start > count.start), default=len(text))
    behind = max((c.end for c in counts if c.start < count.start), default=0)
    for mention in dated:
        between = text[count.end : mention.start]
        if count.end <= mention.start < ahead and not _CUT_AHEAD.search(between) and not _SINCE.search(between):
            return mention.date
    for mention in reversed(dated):
        between = text[mention.end : count.start]
        if behind <= mention.end <= count.start and not _CUT_BEHIND.search(between):
            return mention.date
    return None
