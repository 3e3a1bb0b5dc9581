"""English prose in, the words that state a date out, each with its EDTF date as far as the words say it."""

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from natobot.dates import is_edtf

MONTHS = "January February March April May June July August September October November December".split()
# Full names and their usual short forms ("Sept." is the one with four letters); lower case is "may" and "march".
_MONTH = "(?:" + "|".join(f"{n}|{n.upper()}|{n[:3]}\\.?" for n in MONTHS) + r"|Sept\.?)(?!\w)"
_YEAR = r"(?:1\d{3}|2[01]\d{2})"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?![\w%])"
_TO = r"\s?[-\u2010-\u2015]\s?"
_DAYS = rf"{_DAY}(?:(?:{_TO}|\s+(?:and|or|to|through)\s+|,\s*(?:and\s+|or\s+)?){_DAY})*"
_ATOM = re.compile(
    rf"""
    (?=[\dJFMASONDlLtTnNyY’'‘])(?:
    (?<![\w/.-])(?P<iso>{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?![\w-])
  | (?<![\w/.-])(?P<nine>9/11)(?![\w/])
  | (?<![\w.,/$€£-])(?P<days1>{_DAYS})\s+(?:of\s+)?(?P<month1>{_MONTH})(?:,?\s+(?:of\s+)?(?P<year1>{_YEAR})(?![\w-]))?
  | (?<!\w)(?P<month2>{_MONTH})\s+(?:the\s+)?(?P<days2>{_DAYS})(?![,.]\d)(?:,?\s+(?P<year2>{_YEAR})(?![\w-]))?
  | (?<!\w)(?P<month3>{_MONTH})(?:,?\s+(?:of\s+)?(?P<year3>{_YEAR})(?!\w))?
  | (?<![\w$€£.,/])(?:(?P<decade>(?:1\d|20)\d)0[’']?s|[’'‘](?P<short>[2-9])0s)(?!\w)
  | (?P<year>{_YEAR})(?:(?P<joint>{_TO}|/)(?P<to>{_YEAR}|\d\d)(?!\w))?
  | (?<!\w)(?P<shift>[Ll]ast|[Tt]his|[Nn]ext)\s+(?P<unit>year|month)(?![\w’'])
  | (?<!\w)(?P<yesterday>[Yy]esterday)(?!\w)
    )""",
    re.VERBOSE,
)
# Cheap looks that spare most sentences the full one; plain literals, so that the engine can skip ahead.
_DIGITS = re.compile(r"\d[\d/]")
_HINT = re.compile(
    "|".join([*(form for n in MONTHS for form in (n[:3], n[:3].upper())), "last ", "Last ", "this ", "This ", "next ", "Next "])
    + "|yesterday|Yesterday|’[2-9]0s|'[2-9]0s|‘[2-9]0s"
)
# Words before a date that belong to it.
_PART = re.compile(
    r"\b(?:[Ee]arly|[Mm]id|[Ll]ate|(?:(?:[Ee]nd|[Bb]eginning|[Ss]tart|[Mm]iddle|[Ff]irst half|[Ss]econd half) of"
    r"|(?:[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter)(?: of)?))(?: the)?[\s-]+$"
)
_SHIFT = re.compile(r"\b([Ll]ast|[Tt]his|[Nn]ext)(?:\s+(?:past|coming))?\s+$")
# A month alone is a date only behind one of these ("in May", not "Theresa May").
_IN = re.compile(r"\b(?:[Ii]n|[Ss]ince|[Uu]ntil|[Dd]uring|[Bb]y|[Ff]rom|of|through)\s+(?:the\s+)?$")
_THE = re.compile(r"\b(?:[Tt]he|[Aa]n?|[’']s)\s+$")
_JOINT = re.compile(rf"(?P<to>{_TO}|,?\s+(?:to|through|until|till)\s+(?:the\s+)?)|(?P<and>,?\s+(?:and|or)\s+|,\s+)(?:in\s+)?")
_BETWEEN = re.compile(r"\b[Bb]etween\s+(?:the\s+)?$")
# What makes four digits a number and no year.
_NUMBERED = re.compile(
    r"(?:[\w$€£¥#§+/.]|(?<!\b[Pp]re)(?<!\b[Pp]ost)(?<!\b[Mm]id)(?<!\b[Ee]arly)(?<!\b[Ll]ate)-|\d,"
    r"|\b(?:resolutions?|unscr|res|nos?|numbers?|articles?|pages?|pp?|sections?|chapters?|paragraphs?|directives?|figures?"
    r"|tables?|rooms?|flights?|more than|less than|fewer than|at least|at most|up to|nearly|almost|roughly|some)"
    r"\.?\s+(?:\d+\s*(?:,|and|or|&)\s*)*)\Z",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\s?(?:%|°|[$€£])|[.,]\d|\w|-(?:strong|man|member|mile|km|kilomet|page|seat|ton|foot|word)"
    r"|[\s-]+(?:percent|per cent|hundred|thousand|million|billion|k?m|kilomet\w+|miles?|met(?:er|re)s|feet|hours|people"
    r"|persons|men|women|children|troops|soldiers|personnel|marines|sailors|staff|civilians|refugees|casualties|deaths|jobs"
    r"|tanks|aircraft|planes|vehicles|ships|missiles|warheads|tons|tonnes|dollars|euros|pounds|rubles|words|pages)\b"
)
_CUE = re.compile(
    r"\b(?:in|since|until|till|by|before|after|from|to|through|during|between|and|or|of|around|circa|year|for|throughout|on)"
    r"\s+(?:the\s+)?\Z",
    re.IGNORECASE,
)
_NAMING = re.compile(r"(?:\b(?:the|an?|its|their|his|her|our|this|that)|[’']s|\b[A-Z][\w.’'-]*)\s+\Z")
_MAY = 5
_MARCH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Words that state a date, and as much of the date as they say."""

    # First code point in the text.
    start: int
    # One past the last.
    end: int
    # EDTF, or null where the words leave the year open ("in June", "last year").
    date: str | None
    # Month, 1 to 12, where the year is open.
    month: int | None = None
    # Day, where the year is open.
    day: int | None = None
    # ``last``, ``this`` or ``next``, where the words say so; else empty.
    shift: str = ""
    # What is shifted where no month is named: ``year``, ``month`` or ``day``; else empty.
    unit: str = ""
    # Whether a bare year stands in a name ("the 2010 Strategic Concept", "NATO 2030").
    naming: bool = False


def find(text: str) -> tuple[Mention, ...]:
    """The words of ``text`` that state a date, in order; ranges are one mention, the parts of a list are several.

    A month or day without a year of its own takes the year of the one it is joined to ("in March and April 2014"). Numbers
    that only look like years (2000 troops, Resolution 1973) are left out.
    """
    if not (_DIGITS.search(text) or _HINT.search(text)):
        return ()
    found = [mention for match in _ATOM.finditer(text) for mention in _atoms(text, match)]
    return tuple(_joined(text, found))


def _atoms(text: str, match: re.Match[str]) -> Iterator[Mention]:
    """The mentions of one match: several where several days share a month."""
    start, end = match.span()
    groups = match.groupdict()
    if groups["iso"] or groups["nine"]:
        # "9/11" is a name for one day only.
        date = groups["iso"] or "2001-09-11"
        if is_edtf(date):
            yield Mention(start=start, end=end, date=date)
    elif groups["decade"] or groups["short"]:
        # A decade cut to two digits is one of the last century.
        yield _wide(text, Mention(start=start, end=end, date=f"{groups['decade'] or '19' + groups['short']}X"))
    elif groups["year"]:
        yield from _years(text, match)
    elif groups["unit"]:
        yield Mention(start=start, end=end, date=None, shift=groups["shift"].lower(), unit=groups["unit"])
    elif groups["yesterday"]:
        yield Mention(start=start, end=end, date=None, shift="last", unit="day")
    elif groups["month3"]:
        yield from _month(text, match)
    else:
        kind = "1" if groups["month1"] else "2"
        month, year = _number(groups[f"month{kind}"]), groups[f"year{kind}"]
        yield from _days(match, f"days{kind}", month, year)


def _number(name: str) -> int:
    return next(i for i, full in enumerate(MONTHS, 1) if full[:3].lower() == name[:3].lower())


def _wide(text: str, mention: Mention) -> Mention:
    """The mention with the words before it that belong to it: "early", "the end of", "spring"."""
    part = _PART.search(text, max(0, mention.start - 24), mention.start)
    return replace(mention, start=part.start()) if part else mention


def _years(text: str, match: re.Match[str]) -> Iterator[Mention]:
    start, year, to = match.start(), match["year"], match["to"]
    before = text[max(0, start - 40) : start]
    stop = match.end("year")
    if _NUMBERED.search(before):
        return
    date, end = year, stop
    if to:
        full = to if len(to) == len(year) else str(int(year[:2]) + (to == "00")) + to
        if full > year:
            date, end = f"{year}/{full}", match.end()
        elif len(to) == 2 and match["joint"] == "-" and is_edtf(f"{year}-{to}"):
            date, end = f"{year}-{to}", match.end()
    if end == stop and (_COUNTED.match(text, stop) or not _likely(int(year), before)):
        return
    naming = date == year and not _CUE.search(before) and bool(_NAMING.search(before))
    yield _wide(text, Mention(start=start, end=end, date=date, naming=naming))
    if to and end == stop and len(to) == len(year):
        yield Mention(start=match.start("to"), end=match.end("to"), date=to)


def _likely(year: int, before: str) -> bool:
    """Whether a number is a year: those long past or far ahead only where the words say so."""
    return 1500 <= year < 2050 or bool(_CUE.search(before))


def _month(text: str, match: re.Match[str]) -> Iterator[Mention]:
    start, end, name = match.start(), match.end(), match["month3"]
    month = _number(name)
    if match["year3"]:
        yield _wide(text, Mention(start=start, end=end, date=f"{match['year3']}-{month:02}"))
        return
    before = text[max(0, start - 24) : start]
    if name not in MONTHS:
        # A short form or capitals alone may be anything, but "Jan. and Feb. 2014" are months: told by what joins them.
        if _JOINT.match(text, end):
            yield Mention(start=start, end=end, date=None, month=month, unit="joined")
        return
    if shift := _SHIFT.search(before):
        at = start - len(before) + shift.start()
        yield Mention(start=at, end=end, date=None, month=month, shift=shift[1].lower())
        return
    part = _PART.search(before)
    noun = month not in (_MARCH, _MAY) and _THE.search(before) and re.match(r"\s+[a-z]", text[end : end + 3])
    named = part or _IN.search(before) or noun
    yield _wide(text, Mention(start=start, end=end, date=None, month=month, unit="" if named else "joined"))


def _days(match: re.Match[str], group: str, month: int, year: str | None) -> Iterator[Mention]:
    """The days of one month: "28-30 June 2022" is a range, "29 and 30 June 2022" are two days."""
    base, whole = match.start(group), match[group]
    places = [(m.start(), m.end(), int(m[1])) for m in re.finditer(r"(\d{1,2})(?:st|nd|rd|th)?", whole)]
    skip = -1
    for i, (at, stop, day) in enumerate(places):
        if i == skip:
            continue
        # The words of a day run from itself to the month and year it shares, whichever side they stand on.
        start, end = (base + at, match.end()) if group == "days1" else (match.start(), match.end() if year else base + stop)
        if year is None:
            if is_edtf(f"2000-{month:02}-{day:02}"):
                yield Mention(start=start, end=end, date=None, month=month, day=day)
            continue
        date = f"{year}-{month:02}-{day:02}"
        if i + 1 < len(places):
            later = f"{year}-{month:02}-{places[i + 1][2]:02}"
            if not re.search(r"and|or|,", whole[stop : places[i + 1][0]]) and is_edtf(f"{date}/{later}"):
                date, skip = f"{date}/{later}", i + 1
        if is_edtf(date):
            yield Mention(start=start, end=end, date=date)


def _joined(text: str, found: Sequence[Mention]) -> Iterator[Mention]:
    """Lend a year to the months joined to it, then make ranges of what "to", "through" or a dash joins."""
    mentions = list(found)
    for i in range(len(mentions) - 2, -1, -1):
        one, two = mentions[i], mentions[i + 1]
        if one.date is None and one.month and two.date and two.date[4:5] == "-" and "/" not in two.date:
            date = f"{two.date[:4]}-{one.month:02}" + (f"-{one.day:02}" if one.day else "")
            if one.end < two.start and _JOINT.fullmatch(text, one.end, two.start) and is_edtf(date):
                mentions[i] = replace(one, end=two.end, date=date, unit="")
    i = 0
    while i < len(mentions):
        joined = _range(text, mentions[i], mentions[i + 1]) if i + 1 < len(mentions) else None
        if joined:
            yield joined
        elif mentions[i].unit != "joined":
            yield mentions[i]
        i += 2 if joined else 1


def _range(text: str, one: Mention, two: Mention) -> Mention | None:
    """The range that two neighbours form, if they do."""
    if not (one.date and two.date) or "X" in one.date + two.date or "/" in one.date + two.date:
        return None
    stop = one.end
    if stop > two.start:
        # A lent year made the first reach over the second; the joint stands between their own words.
        head = re.match(rf"(?:{_DAY}\s+)?(?:of\s+)?{_MONTH}(?:\s+{_DAY})?", text[one.start :])
        stop = one.start + head.end() if head else two.start
    joint = _JOINT.fullmatch(text, stop, two.start)
    if not joint:
        return None
    between = joint["and"] and "," not in joint["and"] and _BETWEEN.search(text, max(0, one.start - 16), one.start)
    date = f"{one.date}/{two.date}"
    if (joint["to"] or between) and one.date < two.date and is_edtf(date):
        return Mention(start=one.start, end=two.end, date=date)
    return None


def told_from(issued: str, mention: Mention, *, ahead: bool) -> str | None:
    """The EDTF date that a mention without a year means in a text issued then; null where it could be another.

    ``ahead``: whether the sentence speaks of what is to come. "Last June" is the latest June before the month of issue,
    "in September" the one of the same year, unless the sentence puts it on the other side of the issue.
    """
    year, month = int(issued[:4]), int(issued[5:7] or 0)
    if mention.unit == "day":
        return str(datetime.date.fromisoformat(issued) - datetime.timedelta(days=1)) if len(issued) == 10 else None
    step = {"last": -1, "this": 0, "next": 1}.get(mention.shift, 0)
    if mention.unit == "year":
        return str(year + step)
    if not month:
        return with_year(year, mention) if mention.shift == "this" and mention.month else None
    if mention.unit == "month":
        index = year * 12 + month - 1 + step
        return f"{index // 12}-{index % 12 + 1:02}"
    if not mention.month:
        return None
    if mention.shift == "last":
        return with_year(year - (mention.month >= month), mention)
    if mention.shift == "next":
        return with_year(year + (mention.month <= month), mention)
    if mention.month == month or ahead == (mention.month > month):
        return with_year(year, mention)
    if mention.shift == "this":
        return with_year(year, mention)
    # A month behind us that is to come is next year's; one ahead of us told as past is left open.
    return with_year(year + 1, mention) if ahead else None


def with_year(year: int, mention: Mention) -> str | None:
    """The EDTF date of a mention that leaves its year open, in ``year``; null if there is no such day."""
    date = f"{year}-{mention.month:02}" + (f"-{mention.day:02}" if mention.day else "")
    return date if is_edtf(date) else None
