"""Passages in, the numbers they state out: value, unit, what they count and as of when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from natobot.datewords import MONTHS, Mention, find
from natobot.model import Figure, Passage, Source
from natobot.places import raw_spans

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen".split()
_SMALL = {word: i for i, word in enumerate([*_ONES, "eighteen", "nineteen"])}
_TENS = {w: 10 * i for i, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALE = {"dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SHORT_SCALE = {"m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12, "k": 10**3}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_WORD = "|".join(sorted([*_SMALL, *_TENS], key=len, reverse=True))
_DIGITS = r"\d{1,3}(?:[,\u00a0\u202f ]\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?(?!\d)"
_NUMBER = re.compile(
    rf"""
    (?<![\w.,/:#§+’'°-])(?P<money>(?:US|A|C|NZ|HK)?[$€£¥]\s?)?(?P<digits>{_DIGITS})
      (?:(?P<glued>mn?|bn|tn|k)(?!\w)|\s?(?P<scale1>(?:dozen|hundred|thousand|million|billion|trillion))\b)?
      (?!(?:st|nd|rd|th|s)\b|\+\w|[/:]\d|\w)(?P<percent>\s?%)?
  | (?<![\w-])(?P<part>(?:one|two|three|four|five|a)[-\s](?:third|quarter|fourth|fifth|sixth|eighth|tenth)s?|half)(?=\s+(?:of|the|its|their)\b)
  | (?<![\w-])(?:(?P<words>(?:{_WORD})(?:[-\s](?:{_WORD}|hundred|thousand|million|billion)
        |(?<=hundred)\s+and\s+(?:{_WORD})|(?<=thousand)\s+and\s+(?:{_WORD}))*)
      |(?P<a>[Aa](?=\s+(?:dozen|hundred|thousand|million|billion|trillion)\b)))(?:\s+(?P<scale2>dozen|hundred|thousand|million|billion|trillion))?(?!\w)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_HINT = re.compile(rf"\d|\b(?:{_WORD}|hundred|thousand|million|billion|dozen|half|third|quarter)\b", re.IGNORECASE)
# What names a place in a text or a thing by its number.
_LABEL = re.compile(
    r"\b(?:articles?|arts?|sections?|chapters?|paragraphs?|clauses?|pages?|pp?|nos?|numbers?|figures?|tables?|notes?|footnotes?"
    r"|volumes?|vols?|parts?|steps?|phases?|stages?|levels?|tiers?|types?|class|model|mark|type|version|resolutions?|unscr"
    r"|directives?|regulations?|protocols?|annex|appendix|box|line|room|channel|route|highway|flight|group|category|scenario"
    r"|option|question|rule|principle|title|act|book|level|track|zone|sector|unit|apollo|boeing|airbus|windows|world war)"
    r"\.?\s+(?:\d+\s*(?:,|and|or|to|&|[-–])\s*)*\Z",
    re.IGNORECASE,
)
# Behind one of these a bare number word is a pronoun.
_PRONOUN = re.compile(r"\b(?:the|these|those|other|any|no|each|this|that|which|every|only)\s+(?:\w+\s+)?\Z", re.IGNORECASE)
_OF_THEM = re.compile(rf"\s+of\s+(?:the|these|those|its|their|our)\s+(?:(?:\d+|{_WORD})\s+)?", re.IGNORECASE)
_NUMBER_OF = re.compile(r"\bnumber of (?:\w+ ){0,2}?(?P<noun>\w+s|people|women|men|children)\b[^.;]*\Z")
# Words before a number that stands for itself ("rose to 45,000").
_BARE = re.compile(
    r"\b(?:to|at|by|of|was|were|is|are|reache[ds]|reached|aged|over|about|nearly|from|than|around|some|totall?ed|roughly|almost"
    r"|exactly|only)\s+\Z"
)
_ENDS = (
    "a an the of in on at by for from to with and or but nor that which who whom whose is are was were be been being has have had"
    " will would could should can may might must do does did as than if when while where since because after before during into"
    " over under between among against without within through toward towards upon per via not also only just still already"
    " it he she they we i you this these those there here more less ago later earlier apart each"
).split()
_STOP = frozenset(_ENDS)
_PLURALS = frozenset(
    "people men women children troops aircraft personnel percent staff police cattle feet teeth geese mice data media criteria"
    " phenomena series species headquarters forces helicopters spacecraft offspring hertz".split()
)
_NOT_PLURAL = frozenset(
    "its this his hers ours theirs yours is was has does as us thus plus perhaps always besides towards afterwards previous various"
    " serious religious famous continuous numerous former us business process access congress press crisis basis status campus"
    " less across unless class mass loss cross gross whereas news politics economics physics mathematics yes gas bus".split()
)
# Plurals that come before the noun they describe.
_ADJECTIVES = frozenset(
    "arms sales sports goods affairs communications operations systems defences defenses states nations".split()
)
_TOKEN = re.compile(r"[^\W\d_][\w’'\-]*(?:\.(?=[A-Z]))?[\w’'.\-]*|[“”\"‘(]|\S")
_UNITS = re.compile(
    r"\s?(?P<unit>%|percent(?:age points?)?|per cent|[kc]?m|km²?|kg|tons?|tonnes?|degrees?|°C|°F|GW|MW|kW|mph)(?![\w])"
)
_POINT = re.compile(r"\b(?:[Aa]t (?:this|that|the) (?:point|time|moment)|[Bb]y then|[Tt]hen|[Tt]hat (?:year|month))\b")
# Where the clause of a number ends before a date, or has begun behind one.
_CUT_AHEAD = re.compile(r"[;:.]\s|\s[–—]\s|—|, (?!in |by |on |as )")
_CUT_BEHIND = re.compile(r"[;.]\s|—|, (?:which|who|though|although|but|while|whereas|because|where|when)\b|, and \w+ \w+ed\b")
_SINCE = re.compile(r"\b(?:since|after|before|until|from)\s+(?:the\s+)?\Z")
_MAX_WORDS = 7
_MAX_OF = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    """A number in a sentence."""

    # First code point.
    start: int
    # One past the last of number and unit.
    end: int
    value: float
    # The noun or sign it is counted in.
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
        if not _HINT.search(passage.text):
            continue
        mentions = find(passage.text)
        numbers = _numbers(passage.text, mentions)
        for number in numbers:
            as_of = _as_of(passage.text, number, numbers, mentions)
            if as_of is None and at and _POINT.search(passage.text, 0, number.start):
                before = passages[at - 1]
                if before.paragraph == passage.paragraph:
                    as_of = next((m.date for m in reversed(find(before.text)) if m.date), None)
            found.append(
                Figure(
                    value=number.value,
                    unit=number.unit,
                    of=number.of,
                    as_of=as_of,
                    source=source.id,
                    passage=passage.id,
                    spans=raw_spans(passage, raw, number.start, number.end),
                )
            )
    return tuple(found)


def _numbers(text: str, mentions: Sequence[Mention]) -> list[_Number]:
    """The counting numbers of a sentence with their units."""
    taken = [(m.start, m.end) for m in mentions]
    found: list[_Number] = []
    waiting: list[int] = []
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if any(a < end and start < b for a, b in taken) or _is_label(text, match):
            continue
        value = _value(match)
        if value is None:
            continue
        unit, of, stop = _unit(text, match)
        number = _Number(start=start, end=stop, value=value, unit=unit, of=of)
        shared = unit is None and _joined(text, end)
        if unit is None and not shared and not match["part"]:
            if found and _continues(text, match, found[-1]):
                # "and an additional two": what it counts was said with the number before.
                number = replace(number, unit=found[-1].unit, of=found[-1].of)
            elif counted := _NUMBER_OF.search(text, 0, start):
                number = replace(number, unit=counted["noun"], of=counted["noun"])
            elif match["words"] or not _BARE.search(text, 0, start):
                continue
        for i in waiting if number.unit else ():
            found[i] = replace(found[i], unit=number.unit, of=number.of)
        waiting = [len(found)] if shared else []
        found.append(number)
    return found


def _joined(text: str, end: int) -> bool:
    """Whether a bare number shares the noun of the next ("two or three ships", "300-400 tanks")."""
    return bool(re.match(r"(?:\s+(?:or|to|and)\s+|\s?[-–]\s?)(?:\d|(?:" + _WORD + r")\b)", text[end : end + 16]))


def _is_label(text: str, match: re.Match[str]) -> bool:
    """Whether a number names something, opens a list, or is no number at all."""
    before, words = text[max(0, match.start() - 48) : match.start()], (match["words"] or "").lower()
    if words in ("one", "zero") and not match["scale2"] and not _UNITS.match(text, match.end()):
        return True
    if match["digits"] and not match["money"]:
        if _LABEL.search(before) or (not before.strip() and re.match(r"[.)](?:\s|\Z)", text[match.end() :])):
            return True
        # "NATO 2030", "Apollo 11": a name's number; but "In 28", "The 28".
        name = re.search(r"(\b[A-Z][\w-]*)\s\Z", before)
        plain = name and name[1].lower() not in _STOP and len(before) > len(name.group())
        if plain and not _noun(text, match.end())[0] and not match["percent"] and not match["scale1"]:
            return True
    return bool(words and re.match(r"\s*[,:]\s", text[match.end() :]) and not before.strip())


def _value(match: re.Match[str]) -> float | None:
    if match["part"]:
        words = match["part"].lower().replace("-", " ").split()
        if words == ["half"]:
            return 0.5
        count = 1 if words[0] == "a" else _SMALL[words[0]]
        return round(count / _PARTS[words[1].removesuffix("s")], 6)
    scale = match["scale1"] or match["scale2"] or ""
    factor = _SCALE.get(scale.lower(), 1) * _SHORT_SCALE.get((match["glued"] or "").lower(), 1)
    if match["digits"]:
        return float(re.sub(r"[,\s]", "", match["digits"])) * factor
    if match["a"]:
        return float(factor)
    total = current = 0
    for word in re.split(r"[-\s]+", match["words"].lower()):
        if word in _SMALL or word in _TENS:
            current += _SMALL.get(word, 0) + _TENS.get(word, 0)
        elif word in _SCALE:
            current = max(current, 1) * _SCALE[word]
            if word != "hundred":
                total, current = total + current, 0
    return float((total + current) * factor)


def _unit(text: str, match: re.Match[str]) -> tuple[str | None, str, int]:
    """Unit, what is counted, and where the unit ends."""
    end = match.end()
    if match["money"]:
        sign = match["money"].strip()
        return sign, _complement(text, end).strip() or sign, end
    if match["percent"]:
        return "%", _object(text, end) or "%", end
    if unit := _UNITS.match(text, end):
        return unit["unit"], _object(text, unit.end()) or unit["unit"], unit.end()
    if match["part"]:
        return None, _object(text, end) or _near(text, match.start()), end
    if hyphen := re.match(r"-([^\W\d_][\w]*)", text[end:]):
        # "a 28-member alliance"
        return hyphen[1], f"{hyphen[1]}{_after(text, end + hyphen.end())}", end + hyphen.end()
    if of_them := _OF_THEM.match(text, end):
        # "two of the three dams" counts dams.
        noun, of, _ = _noun(text, of_them.end())
        return noun, of if noun else _near(text, match.start()), end
    noun, of, stop = _noun(text, end)
    return (noun, of, stop) if noun else (None, _near(text, match.start()), end)


def _near(text: str, start: int) -> str:
    """The words before a number that say what it is of, where no noun follows it."""
    words = re.split(r"[,;:.]\s|\s[–—]\s", text[:start])[-1].split()[-_MAX_WORDS:]
    return " ".join(words) or text.strip()[:60]


def _noun(text: str, end: int) -> tuple[str | None, str, int]:
    """The plural noun that a number at ``end`` counts, the words from the number on that say what it counts, and its end."""
    words: list[str] = []
    opened = False
    for match in _TOKEN.finditer(text, end):
        word = match.group()
        if word in '“”"‘(':
            # Marks around what is counted are none of its words: three “core tasks”.
            opened = word != "("
            if not opened:
                break
            continue
        bare = word.rstrip(".,;:!?’'")
        lower = bare.lower()
        if not bare[:1].isalpha() or lower in _STOP or len(words) >= _MAX_WORDS:
            break
        words.append(bare)
        if lower in _PLURALS or (
            lower.endswith("s") and lower not in _NOT_PLURAL and not re.search(r"(?:ss|ous|us|is)$|[’']s$", lower)
        ):
            following = re.match(r"\s+([a-z]+)", text[match.end() :]) if bare == word else None
            if following and lower in _ADJECTIVES and following[1].endswith("s") and following[1] not in _NOT_PLURAL:
                continue
            stop = match.start() + len(bare)
            return bare, (" ".join(words) + _complement(text, stop)), stop
        if bare != word:
            break
    return None, "", end


def _complement(text: str, end: int) -> str:
    """The phrase with "of", "in" or the like that completes a noun, without its dates."""
    match = re.match(r"[”\"’]?((?:\s+(?:of|in|from|for|on|at|with|against)\s+(?!\d)(?:[\w’'\-]+\s?){1,6})+)", text[end:])
    if not match:
        return ""
    words = match[1].split()[:_MAX_OF]
    while words and words[-1].lower() in _STOP:
        words.pop()
    for i, word in enumerate(words):
        if re.fullmatch(r"\d.*|(?:and|or|that|which|who|is|are|was|were|has|have|had|will|to)", word) or word in MONTHS:
            words = words[:i]
            break
    while words and words[-1].lower() in _STOP:
        words.pop()
    return " " + " ".join(words) if words else ""


def _object(text: str, end: int) -> str:
    """What a share is of: "2 percent of GDP"."""
    phrase = _complement(text, end).strip()
    return phrase.removeprefix("of ") if phrase.startswith("of ") else ""


def _after(text: str, end: int) -> str:
    match = re.match(r"(?:\s+[^\W\d_][\w-]*){1,2}", text[end:])
    return match.group() if match else ""


def _continues(text: str, match: re.Match[str], last: _Number) -> bool:
    """Whether a bare number counts the same as the one before it in the sentence."""
    before = text[last.end : match.start()]
    if last.unit is None or _PRONOUN.search(text[: match.start()]):
        return False
    return bool(re.search(r"(?:[,;]|\b(?:and|or|to|than|were|was|are|is|by|from|additional|another|further)\b)", before))


def _as_of(text: str, number: _Number, numbers: Sequence[_Number], mentions: Sequence[Mention]) -> str | None:
    """The date of the clause that a number stands in: behind it up to the next number, else before it from the last."""
    dated = [m for m in mentions if m.date]
    if not dated:
        return None
    others = [n.start for n in numbers]
    ahead = min((s for s in others if s > number.start), default=len(text))
    behind = max((n.end for n in numbers if n.start < number.start), default=0)
    for mention in dated:
        between = text[number.end : mention.start]
        if number.end <= mention.start < ahead and not _CUT_AHEAD.search(between) and not _SINCE.search(between):
            return mention.date
    for mention in reversed(dated):
        between = text[mention.end : number.start]
        if behind <= mention.end <= number.start and not _CUT_BEHIND.search(between):
            return mention.date
    return None
