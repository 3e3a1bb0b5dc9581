"""Text in, comparable words out: the one normaliser for documents, cards and questions."""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import Stemmer  # type: ignore[import-not-found]

# Words that carry no topic of their own. Question words are kept apart by the router before they are dropped here.
STOP_WORDS = frozenset(
    """a about above after again all also although am an and any anyone anything are as at be because been before being
    below between both but by can could did didnt do does doesnt doing done dont each either else ever every for from
    further gave get gets give given go goes going gone got had has hasnt have having he hence her here hers herself him
    himself his how however i if im in into is isnt it its itself ive just let lets like made make makes making many may me
    might more most much must my myself neither nor not now of off on once one ones only or other others our ours out over
    own part per perhaps please quite rather really said same say saying says shall she should since so some somebody
    someone something such take takes taken than that thats the their theirs them themselves then there theres these they
    thing things this those though through thus to too under until up upon us very via was wasnt way we well were what
    whatever whats when where whether which while who whom whos whose why will with within without would yes yet you your
    yours tell me show know find happened happen happens mean means meant actually exactly basically""".split()
)

# Accents and vowel signs that stand behind their letter, as in decomposed text; ``\\w`` does not know them.
_MARKS = "".join(chr(c) for c in (*range(0x0300, 0x3100), *range(0xFE20, 0xFE30)) if unicodedata.category(chr(c))[0] == "M")
# Soft hyphens and joiners inside a word, which nobody sees.
_UNSEEN = "\u00ad\u200c\u200d\u2060"
_WORD = re.compile(
    rf"""
    (?P<initials>(?:[A-Z]\.){{2,}}(?:[A-Z](?![^\W_]|[{_MARKS}]))?   # U.S. (also where the next word is glued on)
      | (?:[^\W\d_][{_MARKS}]*\.){{2,}}(?:[^\W\d_][{_MARKS}]*)?(?![^\W_]|[{_MARKS}]))   # e.g., also with accents of their own
  | (?P<date>\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?)               # 9/11
  | (?P<number>\d+(?:[.,]\d{{3}})*(?:\.\d+)?(?:s\b|th\b|st\b|nd\b|rd\b)?)   # 140,000 and 1990s and 21st
  | (?P<ideograph>[\u2e80-\u2fdf\u3040-\u3096\u309d-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff][\u3099\u309a]*)
  | (?P<word>[^\W\d_](?:[^\W_\u2e80-\u9fff]|[{_MARKS}]|['’\u02bc](?=[^\W\d_])|[{_UNSEEN}](?=[^\W_])|\+(?=\w))*)
    """,
    re.VERBOSE,
)
# "28+n" and the like: digits and letters joined by a plus are one word.
_PLUS = re.compile(r"\d+\+[^\W_]+")
_MARKUP = re.compile(r"<([@#!][^<>|]*|[a-z][a-z0-9+.-]*:[^<>|\s]*)(?:\|([^<>]*))?>", re.IGNORECASE)
_EMOJI_CODE = re.compile(r"(?<![\w:]):[a-z0-9_+-]*[a-z][a-z0-9_+-]*:(?!\w)")
_POSSESSIVE = re.compile(r"'s?$")
_STEMMER = Stemmer.Stemmer("english")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: where it stands and what it folds to."""

    # First code point in the text.
    start: int
    # One past the last.
    end: int
    # The folded form.
    folded: str


def unescape(text: str) -> str:
    """What a person typed, from what Slack sends: ``<@U1>``, ``<#C1|name>``, ``<https://x|label>`` and ``&amp;``."""

    def plain(match: re.Match[str]) -> str:
        target, label = match.group(1), match.group(2)
        if target.startswith(("@", "!")):
            return label or ""
        return label or target.removeprefix("#")

    return html.unescape(_EMOJI_CODE.sub(" ", _MARKUP.sub(plain, text)))


def words(text: str) -> list[Word]:
    """The words of ``text`` with their places. Never raises; white space and punctuation fall away."""
    return [Word(start, end, part) for start, end, folded in _tokens(text) for part in _settled(folded)]


def _tokens(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and folded form of each token of ``text``."""
    shouting = text.upper() == text
    position = 0
    before = ""
    while match := _WORD.search(text, position):
        plus = _PLUS.match(text, match.start()) if match.lastgroup == "number" else None
        match = plus or match
        position = match.end()
        raw = match.group()
        folded = _fold_word(raw, "initials" if match.lastgroup == "initials" else "")
        # Nobody writes "the us" of themselves; on a phone it is the country.
        if (raw == "US" and not shouting) or (folded == "us" and before == "the"):
            folded = "usa"
        if folded:
            yield match.start(), match.end(), folded
            before = folded


def fold(text: str) -> str:
    """``text`` as folded words with one space between: idempotent, so questions and documents meet halfway."""
    return " ".join(word.folded for word in words(text))


@lru_cache(maxsize=65536)
def _fold_word(raw: str, kind: str) -> str:
    text = unicodedata.normalize("NFKD", raw).casefold().replace("\u2019", "'").replace("\u02bc", "'")
    text = "".join(c for c in text if not "\u0300" <= c <= "\u036f")
    text = unicodedata.normalize("NFKC", text).replace("\u2044", "/")
    if text[0].isdigit() and "+" not in text:
        # "140,000" and "140000" are one number; a decimal point stays.
        return re.sub(r"[.,](?=\d{3}(?:\D|$))", "", text)
    if kind == "initials":
        text = text.replace(".", "")
        return "usa" if text == "us" else text
    # Folding what is folded must change nothing, so marks go until none is left.
    text = _POSSESSIVE.sub("", text).replace("'", "")
    return "".join(c for c in text if c.isalnum() or c in "+/" or unicodedata.category(c)[0] == "M")


@lru_cache(maxsize=65536)
def _settled(folded: str) -> tuple[str, ...]:
    """The words of a folded word: itself, but for oddities such as "¹A", whose folding reads as two."""
    parts = [part for _, _, part in _tokens(folded)]
    return (folded,) if parts == [folded] else tuple(p for part in parts for p in (_settled(part) if part != folded else (part,)))


def stem(word: str) -> str:
    """The stem of a folded word (Porter's second English stemmer, Snowball 2002); numbers stay as they are."""
    return word if word[:1].isdigit() else str(_STEMMER.stemWord(word))


def content(folded: Sequence[str]) -> list[str]:
    """The words that carry the topic, in order; all of them if none would be left."""
    return [word for word in folded if word not in STOP_WORDS] or list(folded)
