"""A paragraph of running text in, the ranges of its sentences out. A stop in doubt does not end a sentence.

Half a sentence is worse than two in one: a quotation that begins or ends in the middle misleads.
"""

import re
from collections.abc import Iterator

# Abbreviations behind which a name follows: they never end a sentence.
_TITLES = frozenset(
    """mr mrs ms dr prof gen lt col maj capt sgt adm sen rep gov hon messrs rev pres sec.-gen mt ft st v vs cf viz eds trans
    e.g i.e""".split()
)
# Abbreviations behind which a number follows; elsewhere some of them are plain words ("art", "no").
_NUMBERED = frozenset("no nos nr art arts fig figs p pp vol vols para paras sec secs ch chs approx ca c op col ed".split())
# Behind these a sentence may end, but not before another of them ("Co. Ltd.") nor before a number ("Jan. 5").
_ENDING = frozenset("etc al inc ltd co corp jr sr dept est jan feb mar apr jun jul aug sep sept oct nov dec ph.d".split())
# Words that open a sentence far more often than they open a name.
_OPENERS = frozenset(
    """the this that these those a an it its he she they we i you his her their our in on at by for from with as if when
    while although though since because after before but and so yet however thus therefore moreover meanwhile indeed first
    second third finally secondly there here what who why how where which some many most all no not only just even such
    likewise instead inversely later today now then once under over during despite beyond both each every another other
    one two""".split()
)
_CALENDAR = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
    october november december gmt utc est cet""".split()
)
_SAID = re.compile(
    r"(?:[^\W\d_][\w’'.-]*\s){1,3}?(?:said|says|asked|asks|wrote|writes|replied|cried|answered|added|thought|told|called|shouted)\b"
)
_SAID_IDEOGRAPHIC = re.compile(r"[^。！？，“”]{0,6}[说說问問道喊答叫想]")
_CLOSERS = "\"'”’»)\\]*_"
_CLOSERS_AND_STOPS = "\"'”’»)]*_.!?…"
# What an abbreviation looks like without its stop: "U.S", "Mr", "Sept".
_SHORT_WORD = re.compile(r"(?:^|[^\w.])[^\W\d_](?:[^\W\d_]|\.){0,5}$")
_END = re.compile(rf"(?:[.!?…]+|[。！？؟۔।]+)(?:[{_CLOSERS}]|“(?=\s|$))*(?:\s»)?(?:\[\d{{1,3}}\])*(?=\s|$)|[。！？]+[”’」』）]*")
_LAST_WORD = re.compile(rf"([^\s(\[\"“‘']+?)\.+[{_CLOSERS}]*$")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_FIRST_WORD = re.compile(r"[^\W_]+")
_ROMAN = re.compile(r"[IVXLC]+\b")
# How far a decision looks; a parenthesis or a name is never longer.
_REACH = 200


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Half-open ranges of the sentences of a paragraph; together they hold all of its words."""
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        if end < len(text) and not _ends_here(text, start, match.start(), end):
            continue
        if end > start:
            yield start, end
        start = end
        while start < len(text) and text[start].isspace():
            start += 1
    if start < len(text):
        yield start, len(text)


def ends_between(before: str, after: str) -> bool:
    """Whether the stop at the end of ``before`` ends a sentence, with ``after`` on the next line; "the U.S." may not."""
    stop = before.rstrip(_CLOSERS_AND_STOPS)
    if not _SHORT_WORD.search(stop):
        return True
    if after[:1].islower():
        # Small letters prove nothing in verse, so only an abbreviation goes on before them.
        after = "Xx"
    return _ends_here(f"{before} {after}", 0, len(stop), len(before))


def _ends_here(text: str, start: int, stop: int, end: int) -> bool:
    """Whether a sentence that began at ``start`` ends with the stop at ``stop``."""
    rest = text[end : end + _REACH].lstrip()
    opening = rest.lstrip("\"'“‘«([¿¡*_")
    if not rest or rest[0] == "." or _inside_parenthesis(text[max(start, stop - 2 * _REACH) : end], rest):
        return not rest
    if not opening or opening[0].islower():
        return False
    if text[stop] in "…." and (text[stop : stop + 2] == ".." or text[stop] == "…" or text[max(start, stop - 2) : stop] == ". "):
        # An ellipsis between spaces leaves words out; behind a word it may also end the sentence.
        spaced = stop > start and text[stop - 1].isspace()
        return _opens(opening) if spaced else opening[0].isupper() or not opening[0].isalnum()
    if text[stop] != ".":
        quoted = text[end - 1] in "\"'”’»」』"
        return not (quoted and (_SAID.match(rest) or (text[stop] in "！？" and _SAID_IDEOGRAPHIC.match(rest))))
    return _full_stop_ends(text, start, stop, end, opening)


def _inside_parenthesis(sentence: str, rest: str) -> bool:
    closing, opening = rest.find(")"), rest.find("(")
    return closing >= 0 and not 0 <= opening < closing and sentence.count("(") > sentence.count(")")


def _full_stop_ends(text: str, start: int, stop: int, end: int, opening: str) -> bool:
    """Whether a single full stop ends a sentence, or only an abbreviation, an initial or a number of a list."""
    word = _LAST_WORD.search(text[max(start, stop - 40) : end])
    last = word.group(1) if word else ""
    bare = last.lower().rstrip(".")
    following = _FIRST_WORD.match(opening)
    next_word = following.group().lower() if following else ""
    if bare in _TITLES:
        return bare in ("st", "mt", "ft") and _opens(opening) and len(next_word) > 1
    if bare in _NUMBERED and (opening[0].isdigit() or (last[:1].islower() and _ROMAN.match(opening))):
        return False
    if bare in _ENDING:
        return not opening[0].isdigit() and next_word not in _ENDING
    if last.isdigit() and len(last) <= 2:
        # The number of an item ("Three steps: 1. Lift. 2. Turn.") belongs to what follows it.
        opens = stop - len(last)
        return not (opens <= start or text[max(start, opens - 2) : opens].strip() in (":", ";"))
    if _INITIALS.fullmatch(last):
        return _opens(opening) or (last.islower() and next_word not in _CALENDAR)
    if len(last) == 1 and last.isupper():
        return _opens(opening)
    return True


def _opens(opening: str) -> bool:
    """Whether the next word opens sentences, and is no initial of a name ("A. Smith")."""
    following = _FIRST_WORD.match(opening)
    word = following.group().lower() if following else ""
    return word in _OPENERS and not (len(word) == 1 and opening[1:2] == ".")
