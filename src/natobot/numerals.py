"""English prose in, its numbers out: digits, number words, sums and shares with their values."""

import re
from dataclasses import dataclass

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
    " nineteen"
).split()
_SMALL = {word: i for i, word in enumerate(_ONES)}
_TENS = {word: 10 * i for i, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALES = {"dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SHORT_SCALES = {"m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12, "k": 10**3}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}

# One number word, as part of a pattern that ignores case.
WORD = "(?:" + "|".join(sorted([*_SMALL, *_TENS], key=len, reverse=True)) + ")"
_SCALE = "(?:" + "|".join(_SCALES) + ")"
_PART = "(?:" + "|".join(part for part in _PARTS if part != "half") + ")"
# More digits than these are an account or a serial number; more words are none at all.
_DIGITS = r"(?:\d{1,3}(?:[,\u00a0\u202f]\d{3}){1,5}|\d{1,15})(?:\.\d{1,15})?(?!\d)"
_NUMBER = re.compile(
    rf"""
    (?<![^\W\d_])(?=[\d$€£¥acefhnostuz])(?:
    (?<![\w.,/:\#§+’'°])(?<![^\W\d]-)(?P<money>(?:US|A|C|NZ|HK)?[$€£¥]\s?)?(?P<digits>{_DIGITS})
      (?:(?P<glued>mn?|bn|tn|k)(?!\w)|\s(?P<scale1>{_SCALE})\b)?(?![+/:]\w|\w)(?P<percent>\s?%)?
  | (?<![\w-])(?P<part>(?:one|two|three|four|five)-{_PART}s?(?!\w)
      |(?:(?:one|two|three|four|five|a)\s{_PART}s?|half)(?=\s+(?:of|the|its|their)\b))
  | (?<![\w-])(?:(?P<words>{WORD}(?:[-\s](?:{WORD}|hundred|thousand|million|billion)
        |(?<=hundred)\s+and\s+{WORD}|(?<=thousand)\s+and\s+{WORD}){{0,8}})
      |(?P<a>a(?=\s+{_SCALE}\b)))(?:\s+(?P<scale2>{_SCALE}))?(?!\w)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_SPELLED = frozenset({*_SMALL, *_TENS, *_SCALES, "half", "third", "thirds", "quarter", "fifth"}) - {"one", "zero"}
# What names a place in a text, or a thing by its number.
_LABEL = re.compile(
    r"\b(?:articles?|arts?|sections?|chapters?|paragraphs?|clauses?|pages?|pp?|nos?|numbers?|figures?|tables?|notes?|footnotes?"
    r"|volumes?|vols?|parts?|steps?|phases?|stages?|levels?|tiers?|types?|class|model|mark|version|resolutions?|unscr"
    r"|directives?|regulations?|protocols?|annex|appendix|box|line|room|channel|route|highway|flight|group|category|scenario"
    r"|option|question|rule|principle|title|act|book|track|zone|sector|unit|world war)\.?\s+"
    r"(?:\d+\s*(?:,|and|or|to|&|[-–])\s*)*\Z",
    re.IGNORECASE,
)
# "Apollo 11": a capitalised word inside the sentence with a bare number behind it.
_NAME = re.compile(r"(?<=\S)\s(?P<name>[A-Z][\w-]*)\s\Z")
_NO_NAME = frozenset("in the at by of from to on for with and or about over some only nearly than its their".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeral:
    """A number as it stands in a text."""

    # First code point.
    start: int
    # One past the last.
    end: int
    # What it is worth, "million" and the like counted in.
    value: float
    # A sign of money before it or "%" behind it; else empty.
    sign: str
    # ``digits``, ``words`` or ``part`` (a share such as "two thirds").
    kind: str
    # Whether it may be part of a name ("Apollo 11"): a number only if a noun follows.
    naming: bool


def numerals(text: str) -> list[Numeral]:
    """The numbers of a text in order, without ordinals, labels ("article 5"), list openers and "one" by itself.

    Years and days are numbers too; who knows the dates of the text must leave them out.
    """
    if not _DIGIT.search(text) and _SPELLED.isdisjoint(text.lower().replace("-", " ").replace(",", " ").split()):
        return []
    found = []
    for match in _NUMBER.finditer(text):
        before = text[max(0, match.start() - 48) : match.start()]
        if _is_label(match, before, text[match.end() : match.end() + 2]):
            continue
        name = _NAME.search(before) if match["digits"] else None
        sign = (match["money"] or match["percent"] or "").strip()
        found.append(
            Numeral(
                start=match.start(),
                end=match.end(),
                value=_value(match),
                sign=sign,
                kind="digits" if match["digits"] else "part" if match["part"] else "words",
                naming=bool(name and name["name"].lower() not in _NO_NAME and not sign and not match["scale1"]),
            )
        )
    return found


def _is_label(match: re.Match[str], before: str, after: str) -> bool:
    """Whether a number names something, opens a list, or is the pronoun "one"."""
    if match["words"]:
        if match["words"].lower() in ("one", "zero") and not match["scale2"]:
            return True
        return not before.strip() and after[:1] in (",", ":")
    if match["digits"] and not match["money"]:
        return bool(_LABEL.search(before)) or (not before.strip() and after[:1] in (".", ")") and not after[1:].strip())
    return False


def _value(match: re.Match[str]) -> float:
    if match["part"]:
        words = match["part"].lower().replace("-", " ").split()
        count = 1 if words[0] in ("a", "half") else _SMALL[words[0]]
        return round(count / _PARTS[words[-1].removesuffix("s") if words[-1] != "half" else "half"], 6)
    factor = _SCALES.get((match["scale1"] or match["scale2"] or "").lower(), 1)
    factor *= _SHORT_SCALES.get((match["glued"] or "").lower(), 1)
    if match["digits"]:
        return float(re.sub(r"[,\s]", "", match["digits"])) * factor
    total = current = 0
    for word in re.split(r"[-\s]+", (match["words"] or "one").lower()):
        if word in _SCALES:
            current = max(current, 1) * _SCALES[word]
            if word != "hundred":
                total, current = total + current, 0
        else:
            current += _SMALL.get(word, 0) + _TENS.get(word, 0)
    return float((total + current) * factor)
