"""A sentence in, the short forms it explains out: "the Kyoto Protocol (KP)", "KP (Kyoto Protocol)", "the Kyoto Protocol, KP"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from natobot.names import OPENERS

# Two to ten characters, mostly capitals; the plural s is none of its letters.
_SHORT = r"(?:[A-Z][A-Za-z&\-/]{0,8}[A-Z0-9]|[A-Z]{2,10})"
_BRACKET = re.compile(r"\(([^()]{2,120})\)")
_ONLY_SHORT = re.compile(
    rf"(?:(?:or|hereafter|henceforth|also|abbreviated(?: as)?|in short),?\s+)?[“\"‘]?(?P<short>{_SHORT})s?[”\"’]?(?=\Z|[;,])"
)
_INSIDE = re.compile(
    rf"(?P<long>.{{4,100}}?),?\s+(?:or|known as|abbreviated(?: as)?)\s+(?:the\s+)?[“\"]?(?P<short>{_SHORT})s?[”\"]?\Z"
    rf"|(?P<long2>.{{4,100}}?),\s+[“\"]?(?P<short2>{_SHORT})s?[”\"]?\Z"
)
_BEFORE_BRACKET = re.compile(rf"(?<![\w-])(?P<short>{_SHORT})s?[”\"’]?\s*\Z")
_ACRONYM = re.compile(rf"(?<![\w-]){_SHORT}(?![\w-])")
# What stands between an expansion and a short form behind it, or a short form and an expansion behind that.
_APPOSED = re.compile(
    r"(?:(?<=[\w”\"]),\s+(?:(?:or|known as|abbreviated(?: as)?|in short)\s+)?|\s(?:or|known as|abbreviated(?: as| to)?)\s+)"
    r"(?:the\s+)?\Z"
)
_LINKS = (", ", "or ", "as ", "to ", "the ", "ort ")
_ENDS = re.compile(r"[,.;:)–—]|\s+[–—]|\Z")
_STANDS_FOR = re.compile(
    r"[”\"]?,?\s+(?:(?P<surely>(?:which\s+)?stands for|(?:is )?short for|is the abbreviation of)|(?P<maybe>or|[–—]))\s+"
    r"(?:the\s+)?"
    r"(?P<long>[^,;:.()–—]{4,100})"
)
_FORMERLY = re.compile(
    rf"(?:formerly|previously|originally|then|once|until \d{{4}}|now|later|today)(?: known as| called)?,?\s+"
    rf"(?:the\s+)?[“\"]?(?P<old>{_SHORT})[”\"]?\Z"
)
_TOKEN = re.compile(r"[^\W_]+")
# Words that an abbreviation may pass over.
_PASSED = frozenset("of and the for in on to a an de du des la le und et & with by from at as".split())
_LEAST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortForm:
    """A short form and its expansion, each as a range of the sentence."""

    # The short form.
    short: tuple[int, int]
    # What it stands for.
    long: tuple[int, int]


def short_forms(text: str) -> list[ShortForm]:
    """Short forms with their expansions, in order, each pair once.

    A bracket or an apposition proposes a pair; it counts only if the letters of the short form are the initials of the
    expansion (else, as in Schwartz and Hearst 2003, "A simple algorithm for identifying abbreviation definitions", letters
    of it in order from the right, the first one opening a word).
    """
    found = {(pair.short, pair.long): pair for pair in (*_bracketed(text), *_apposed(text))}
    # One place can be read by two patterns; the first reading of a short form stands.
    by_short: dict[tuple[int, int], ShortForm] = {}
    for pair in found.values():
        by_short.setdefault(pair.short, pair)
    return sorted(by_short.values(), key=lambda pair: pair.short)


def _bracketed(text: str) -> Iterator[ShortForm]:
    if "(" not in text:
        return
    for bracket in _BRACKET.finditer(text):
        inner, base = bracket.group(1), bracket.start(1)
        before = _BEFORE_BRACKET.search(text, 0, bracket.start())
        if former := _FORMERLY.match(inner):
            if before:
                # "OSCE (formerly CSCE)": each explains the other.
                yield ShortForm(short=before.span("short"), long=(base, base + len(inner)))
                yield ShortForm(short=(base + former.start("old"), base + former.end("old")), long=before.span("short"))
            continue
        if short := _ONLY_SHORT.match(inner):
            span = (base + short.start("short"), base + short.end("short"))
            if long := _fit(text, 0, bracket.start(), short["short"]):
                yield ShortForm(short=span, long=long)
                continue
        if pair := _INSIDE.search(inner):
            name = "short" if pair["short"] else "short2"
            whole = "long" if pair["long"] else "long2"
            if long := _fit(text, base, base + pair.end(whole), pair[name]):
                yield ShortForm(short=(base + pair.start(name), base + pair.end(name)), long=long)
                continue
        if before and (long := _fit_ahead(text, base, base + len(re.split(r"[;,]", inner)[0]), before["short"])):
            yield ShortForm(short=before.span("short"), long=long)


def _apposed(text: str) -> Iterator[ShortForm]:
    for match in _ACRONYM.finditer(text):
        at, end = match.span()
        near = text[max(0, at - 4) : at]
        lead = _APPOSED.search(text, max(0, at - 24), at) if near.endswith(_LINKS) else None
        if lead and (_ENDS.match(text, end) or not lead.group().startswith(",")):
            wall = max(text.rfind("(", 0, lead.start()), text.rfind(";", 0, lead.start())) + 1
            if long := _fit(text, wall, lead.start(), match.group(), strict=True):
                yield ShortForm(short=(at, end), long=long)
        stands = _STANDS_FOR.match(text, end)
        if stands and stands["surely"]:
            yield ShortForm(short=(at, end), long=stands.span("long"))
        elif stands and (long := _fit_ahead(text, *stands.span("long"), match.group(), strict=True)):
            yield ShortForm(short=(at, end), long=long)


def _fit(text: str, start: int, end: int, short: str, *, strict: bool = False) -> tuple[int, int] | None:
    """The words right before ``end`` that ``short`` abbreviates."""
    words = [(m.start(), m.end()) for m in _TOKEN.finditer(text, max(start, end - 120), end)]
    # No abbreviation reaches over a stop, a bracket or a semicolon.
    wall = max(text.rfind(c, max(start, end - 120), end - 1) for c in ";:!?()")
    words = [w for w in words if w[0] > wall][-(len(short) * 2 + 4) :]
    letters = _letters(short)
    at = _initials(text, words, letters)
    if at is None and not strict:
        at = _in_order(text, words, letters)
    if at is None or len(words[at:]) < _LEAST:
        return None
    begin, stop = words[at][0], words[-1][1]
    if short in _TOKEN.findall(text[begin:stop]):
        return None
    return begin, stop


def _fit_ahead(text: str, start: int, end: int, short: str, *, strict: bool = False) -> tuple[int, int] | None:
    """The words from ``start`` on that ``short`` abbreviates."""
    words = [(m.start(), m.end()) for m in _TOKEN.finditer(text, start, end)]
    while words and text[words[0][0] : words[0][1]].lower() in ("the", "a", "an"):
        words = words[1:]
    letters = _letters(short)
    for stop in range(len(words), _LEAST - 1, -1):
        at = _initials(text, words[:stop], letters)
        if at == 0 or (not strict and stop == len(words) and _in_order(text, words, letters) == 0):
            return words[0][0], words[stop - 1][1]
    return None


def _letters(short: str) -> str:
    return "".join(c for c in short if c.isalnum()).lower()


def _initials(text: str, words: list[tuple[int, int]], letters: str) -> int | None:
    """The word that the expansion begins with if the letters are initials of the last words; small words may be passed."""

    def walk(word: int, letter: int) -> int | None:
        if letter < 0:
            return word + 1
        if word < 0:
            return None
        token = text[words[word][0] : words[word][1]].lower()
        if token[0] == letters[letter] and (found := walk(word - 1, letter - 1)) is not None:
            return found
        return walk(word - 1, letter) if token in _PASSED and letter < len(letters) - 1 else None

    return walk(len(words) - 1, len(letters) - 1)


def _in_order(text: str, words: list[tuple[int, int]], letters: str) -> int | None:
    """Schwartz and Hearst: the letters in order from the right, the first of them opening a word; the shortest such run."""
    limit = min(len(letters) + 5, 2 * len(letters))
    tokens = [text[a:b].lower() for a, b in words[-limit:]]
    letter, word = len(letters) - 1, len(tokens) - 1
    place = len(tokens[word]) - 1 if tokens else -1
    while letter >= 0 and word >= 0:
        while place >= 0 and (tokens[word][place] != letters[letter] or (letter == 0 and place > 0)):
            place -= 1
        if place < 0:
            word -= 1
            place = len(tokens[word]) - 1 if word >= 0 else -1
            continue
        letter, place = letter - 1, place - 1
        if letter < 0:
            first = len(words) - len(tokens) + word
            return None if tokens[word] in OPENERS else first
    return None
