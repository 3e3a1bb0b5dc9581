"""Text in, words as written out; and two texts' words laid side by side, strictly by their marks or by what they share.

Verification needs words as they are written, not as ``fold`` levels them: a stem, a plural or a hyphen makes another word.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import LCSseq

from natobot.fold import STOP_WORDS

# The key of a mark that says "words are left out here".
GAP = "…"
# A word of the paste and the word of the region that it is.
Pair = tuple[int, int]
# How what stands between two words differs; ``word`` and ``joined`` change the quotation, the others only its looks.
Difference = Literal["quotes", "dashes", "spacing", "punctuation", "word", "joined"]

_SUPERSCRIPT = "⁰¹²³⁴-⁹"
_IDEOGRAPH = r"\u2e80-\u2fdf\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_LETTER = rf"[^\W\d_{_SUPERSCRIPT}{_IDEOGRAPH}]"
# Soft hyphens, zero-width characters and marks of direction, which nobody sees.
_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0f\ufeff"
_INNER = rf"(?:[^\W_{_SUPERSCRIPT}{_IDEOGRAPH}]|[\u0300-\u036f{_INVISIBLE}])"
_DOTS = r"(?:…|\.(?:\s{0,2}\.){2,})"
_TOKEN = re.compile(
    rf"""
    (?P<gap>\[\s{{0,2}}{_DOTS}\s{{0,2}}\] | \(\s{{0,2}}{_DOTS}\s{{0,2}}\) | …[…\s]{{0,3}}(?<=…)\.? | \.(?:\s{{0,2}}\.){{2,}})
  | (?P<initials>(?<![^\W_])(?:
        (?:[A-Z]\.){{2,}}(?:[A-Z](?![^\W_]))?             # U.S., also where the next word is glued on
      | [A-Z]\.(?:\s?[A-Z]\.)+ | (?:[A-Z]\.)+[A-Z](?![^\W_])  # U. S. and U.S without its last stop
      | (?:{_LETTER}\.){{2,}}(?![^\W_])))                 # e.g.
  | (?P<number>\d+(?:[.,]\d+)*{_INNER}*)                  # 140,000 and 1990s
  | (?P<mark>[{_SUPERSCRIPT}]+)                           # a footnote's
  | (?P<ideograph>[{_IDEOGRAPH}])
  | (?P<bracket>\[{_LETTER}\](?:{_INNER}|['’ʼ](?={_LETTER}))+)  # [N]ot
  | (?P<word>{_LETTER}(?:{_INNER}|['’ʼ](?={_LETTER}))*)
  | (?P<symbol>[%‰$€£¥+=&§°])
    """,
    re.VERBOSE,
)
_APOSTROPHE = str.maketrans({"’": "'", "ʼ": "'", "‘": "'"})
_APOSTROPHES = ("'", "’", "ʼ")
_CLOSING_QUOTE = re.compile(r"(?<=\S)['’](?!\w)")
_OPENING_QUOTE = re.compile(r"(?:^|(?<=[\s(\[“\"–—-]))['‘](?=\w)")
QUOTES = frozenset("\"“”„‟«»‹›″＂「」『』'‘’‚‛`´′＇")
_DASHES = "-‐‑‒–—―−﹘﹣－"
_LEVEL = str.maketrans({**dict.fromkeys(QUOTES, '"'), **dict.fromkeys(_DASHES, "-")})
_WITHOUT_QUOTES = str.maketrans(dict.fromkeys(QUOTES, ""))
_STOPS = ".!?…。！？؟।"
_UNSEEN = re.compile(f"[{_INVISIBLE}]")


@dataclass(frozen=True, slots=True)
class Written:
    """A text and its words."""

    # The text.
    text: str
    # What each word is compared by: compatibility forms and case levelled, apostrophes alike.
    keys: tuple[str, ...]
    # Where each begins in the text.
    starts: tuple[int, ...]
    # One past where each ends.
    ends: tuple[int, ...]

    def word(self, i: int) -> str:
        """The word as written."""
        return self.text[self.starts[i] : self.ends[i]]

    def between(self, i: int) -> str:
        """What stands between word ``i`` and the one before it; before the first, what opens the text."""
        return self.text[self.ends[i - 1] if i else 0 : self.starts[i]]

    def tail(self) -> str:
        """What stands behind the last word."""
        return self.text[self.ends[-1] if self.ends else 0 :]

    def compound(self, i: int) -> bool:
        """Whether a hyphen ties word ``i`` to the one before."""
        return 0 < i < len(self.keys) and _is_hyphen(self.between(i))


@lru_cache(maxsize=8192)
def written(text: str) -> Written:
    """The words of ``text``."""
    shouting = is_shouting(text)
    keys: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    single = _Single(text)
    for match in _TOKEN.finditer(text):
        raw, kind, end = match.group(), match.lastgroup or "word", match.end()
        key = GAP if kind == "gap" else _key(raw, kind == "initials" or (raw == "US" and not shouting))
        if key.endswith("s") and single.possessive(end):
            key, end = key + "'", end + 1
        keys.append(key or raw)
        starts.append(match.start())
        ends.append(end)
    return Written(text, tuple(keys), tuple(starts), tuple(ends))


class _Single:
    """Tells the apostrophe of a plural ("the allies’ aims") from a closing single quotation mark, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._opened = [m.start() for m in _OPENING_QUOTE.finditer(text)]
        self._closed = [m.start() for m in _CLOSING_QUOTE.finditer(text)] if self._opened else []
        self._kept = 0
        self._outer = 0
        if self._opened and self._closed and not (text[: self._opened[0]] + text[self._closed[-1] + 1 :]).strip(" \n\t.,"):
            # The pair around the whole text.
            self._outer = self._closed.pop()
            del self._opened[0]

    def possessive(self, at: int) -> bool:
        """Whether the mark at ``at`` belongs to the word before it."""
        if self._text[at : at + 1] not in _APOSTROPHES or (self._outer and at >= self._outer):
            return False
        if bisect_left(self._opened, at) > bisect_left(self._closed, at) - self._kept:
            return False
        self._kept += 1
        return True


def visible(text: str) -> str:
    """The text without the characters that nobody sees, its accents composed."""
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text))


def _key(raw: str, country: bool) -> str:
    key = unicodedata.normalize("NFKC", _UNSEEN.sub("", raw)).casefold().translate(_APOSTROPHE).strip("[").replace("]", "")
    if country:
        # "U.S." and "US" are one word, "us" is another.
        key = re.sub(r"[.\s]", "", key)
        return "u.s." if key == "us" else key
    return key


def is_shouting(text: str) -> bool:
    """Whether a text is all in capitals."""
    return sum(c.isupper() for c in text) > 3 and not any(c.islower() for c in text)


def is_content(key: str) -> bool:
    """Whether a word carries the topic."""
    return key != GAP and key.replace("'", "") not in STOP_WORDS


def marks(between: str) -> str:
    """The marks between two words without the white space."""
    return _UNSEEN.sub("", "".join(between.split()))


def signed(between: str) -> bool:
    """Whether a number that follows has a minus or a decimal point of its own in front."""
    return bool(re.search(r"\s[-−–.]\Z", between))


def _is_hyphen(between: str) -> bool:
    return len(between) == 1 and between in "-‐‑"


def difference(source: str, paste: str, *, digits: tuple[bool, bool], border: bool, broken: bool) -> Difference | None:
    """How what stands between two words in the source differs from what stands there in the paste.

    ``digits``: whether the word before ends and the word behind begins with one; ``border``: a sentence ends there in the
    source; ``broken``: the source breaks a line there.
    """
    s, p = marks(source), marks(paste)
    if border and any(c in _STOPS for c in s) and not any(c in _STOPS for c in p) and not (p == "" and "\n" in paste):
        return "joined"
    tied, ties = _is_hyphen(source), _is_hyphen(paste)
    if s == p:
        # White space beside a mark is free, but a word's own hyphen stands close.
        return "spacing" if tied != ties and not broken and "\n" not in paste else None
    level_s, level_p = (re.sub(r"-+", "-", x.translate(_LEVEL)) for x in (s, p))
    if level_s == level_p:
        return "quotes" if s.translate(_WITHOUT_QUOTES) == p.translate(_WITHOUT_QUOTES) else "dashes"
    if any(unicodedata.category(c)[0] in "LMN" for c in {*s} ^ {*p}):
        # In many scripts vowels are marks on letters: they are no punctuation.
        return "word"
    bare_s, bare_p = level_s.replace('"', ""), level_p.replace('"', "")
    if bare_s == bare_p:
        return "quotes"
    if digits[1] and signed(source) != signed(paste):
        return "word"
    if all(digits) and not (any(c.isspace() for c in source) and any(c.isspace() for c in paste)):
        return "word"
    if (tied and not bare_p) or (ties and not bare_s):
        # "post-Cold" is one word, "post Cold" are two.
        return "word"
    return "punctuation"


def shown(text: Written, first: int, last: int) -> tuple[int, int]:
    """Where words ``first`` to ``last`` stand in the text, with the marks that cling to them."""
    before = text.between(first)
    clinging = before.split()[-1] if before and not before[-1].isspace() else ""
    if first and not any(c.isspace() for c in before):
        clinging = ""
    behind = text.between(last + 1) if last + 1 < len(text.keys) else text.tail()
    closing = behind.split()[0] if behind and not behind[0].isspace() else ""
    return text.starts[first] - len(clinging), text.ends[last] + len(closing)


def shared(paste: Sequence[str], region: Sequence[str]) -> list[Pair]:
    """The densest stretch of shared words in order, quickly: from the longest common subsequence."""
    matched: dict[int, int] = {}
    for op in LCSseq.opcodes(paste, region):
        if op.tag == "equal":
            matched.update((op.src_start + k, op.dest_start + k) for k in range(op.src_end - op.src_start))
    return densest(_together(matched, paste, region), paste)


def pairs(paste: Sequence[str], region: Sequence[str]) -> list[Pair]:
    """The densest stretch of shared words in order: (word of the paste, word of the region), both ascending.

    The longest common subsequence may scatter, the longest runs (Ratcliff & Obershelp 1988) may block each other; the
    denser of the two stands.
    """
    runs = SequenceMatcher(None, paste, region, autojunk=False).get_matching_blocks()
    found = densest([(run.a + k, run.b + k) for run in runs for k in range(run.size)], paste)
    return max(found, shared(paste, region), key=lambda some: density(some, paste))


def _together(matched: dict[int, int], paste: Sequence[str], region: Sequence[str]) -> list[Pair]:
    """Move a match next to its neighbour where the same word stands there: an alignment may choose any "the"."""
    taken = set(matched.values())
    for j in sorted(matched, reverse=True):
        i = matched[j]
        if j and i and paste[j - 1] == region[i - 1] and i - 1 not in taken:
            taken.discard(matched.get(j - 1, -1))
            matched[j - 1] = i - 1
            taken.add(i - 1)
    return sorted(matched.items())


def density(found: Sequence[Pair], paste: Sequence[str]) -> float:
    """What a stretch is worth: content words 3, other words 1, a word between two of them -0.5."""
    if not found:
        return 0.0
    apart = (found[-1][0] - found[0][0]) + (found[-1][1] - found[0][1]) + 2 - 2 * len(found)
    return sum(3.0 if is_content(paste[j]) else 1.0 for j, _ in found) - 0.5 * apart


def densest(found: Sequence[Pair], paste: Sequence[str]) -> list[Pair]:
    """The contiguous part of an alignment that is worth most."""
    best, best_range = 0.0, (0, 0)
    score, start = 0.0, 0
    for k, (j, i) in enumerate(found):
        if k:
            score -= 0.5 * ((j - found[k - 1][0] - 1) + (i - found[k - 1][1] - 1))
        if score <= 0:
            score, start = 0.0, k
        score += 3.0 if is_content(paste[j]) else 1.0
        if score > best:
            best, best_range = score, (start, k + 1)
    return list(found[best_range[0] : best_range[1]])
