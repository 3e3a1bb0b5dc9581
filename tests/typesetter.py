"""Sentences in, the document a careless press or site makes of them out: what the property tests of cleaning feed on.

The typesetter knows which sentences are the author's, so what comes out of ``extract`` can be compared with what went in.
"""

import functools
import re
import tempfile
import textwrap
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from natobot.model import Passage, Source
from natobot.words import Words

TITLE, AUTHOR, CONTAINER = "The Ledgers of Merrow Sound", "Ada Lindqvist", "Coastal Quarterly"
_NOUNS = "pilot keeper ledger buoy channel storm lamp island printer village winter letter bridge engine café Zürich".split()
# Marks lines that stay on one page.
_TOGETHER = "\x01"
_PLACES = """Alder Birk Corran Dunmore Esk Farrow Gallen Hollin Irvane Jorvik Kell Lowmere Merrow Norrland Orla Pellin Quarn Rosk
    Senn Tolm Ulver Varn Wexcombe Yarrow Zell Ansel Brome Calder Dorne Elver Foss Garth Hawes Iver Jarl Kyle Lorn Moor Ness
    Oban Pike Ruan Skerry Thorn""".split()
ABOUT = "Ada Lindqvist, a former tide gauge reader, lives in Merrow and writes about water."
_ABOVE = f"""Skip to content
Home   News   Letters   About us
We use cookies to remember your choices. You can change them at any time.
{{"@context": "https://schema.org", "@type": "Article", "headline": "{TITLE}"}}

{TITLE}

How three families kept a record that nobody had asked for, and what it is worth today.

By {AUTHOR}
3 May 2019
5 min read

""".split("\n")
_BELOW = f"""
About the author

{ABOUT}

More from the archive

The salt that came back
A marsh that was given up sixty years ago has begun to pay its debts again.

Comments (1)
My grandfather kept one of these, and it is still in the attic.

© 2019 {CONTAINER}. All rights reserved.""".split("\n")
# Words of the furniture above and below, and of captions and stamps, that no sentence has.
ONLY_FURNITURE = (
    "cookies schema grandfather marsh eel newsletter saturday advertisement downloaded press passengers archive".split()
)
_VERBS = "was had would could kept found lost made left carried".split()
_REST = "slowly by the old wall near every second boat without any reason after long years of rain and salt wind".split()
# What a cutter may stumble over.
_HARD = ["9.5", "U.S.", "e.g.", "well-known", "1914-1918", "long- and short", "Mr. Dahl", "(see p. 4)"]


@functools.cache
def words() -> Words:
    """The list of English words that natobot uses, read once."""
    with tempfile.TemporaryDirectory() as home:
        return Words.open(Path(home))


def zipf(word: str) -> float:
    """How common an English word is."""
    return words().zipf(word)


def source(**known: object) -> Source:
    """A source as ``sources.yaml`` might describe it."""
    record: dict[str, object] = {
        "id": "made",
        "file": "made.txt",
        "sha256": "0" * 64,
        "title": TITLE,
        "title_is_descriptive": False,
        "authors": (AUTHOR,),
        "issued": None,
        "container": CONTAINER,
        "publisher": "A Press",
        "url": None,
        "viewpoint": None,
        "aliases": (),
    }
    return Source(**{**record, **known})  # type: ignore[arg-type]


@st.composite
def sentence(draw: st.DrawFn, number: int) -> str:
    """The sentence of that number, about a place of its own, with a subject and a finite verb.

    Accents are sometimes decomposed, as some systems save them.
    """
    opener = draw(st.sampled_from(["The", "Every", "No", "In 1916 the", "However, the", "A", "“The", "(The"]))
    subject, verb = draw(st.sampled_from(_NOUNS)), draw(st.sampled_from(_VERBS))
    # Words in another order for each number: real prose does not repeat itself line by line.
    first = 5 * number % len(_REST)
    rest = [*_REST[first:], *_REST[:first]][: draw(st.integers(3, 16))]
    if draw(st.booleans()):
        rest.insert(2, draw(st.sampled_from(_HARD)))
    end = draw(st.sampled_from([".", ".", ".", "?", "!"]))
    closer = {"“": "”", "(": ")"}.get(opener[0], "")
    text = f"{opener} {subject} {verb} {' '.join(rest)} of {_PLACES[number]}"
    text += closer + end if closer == ")" else end + closer
    return unicodedata.normalize("NFD" if draw(st.booleans()) else "NFC", text)


@dataclass
class Manuscript:
    """What the author wrote: paragraphs of sentences."""

    # At least three sentences a paragraph, so that none is as short as a caption.
    paragraphs: list[list[str]]

    @property
    def sentences(self) -> list[str]:
        return [s for paragraph in self.paragraphs for s in paragraph]


@st.composite
def manuscript(draw: st.DrawFn) -> Manuscript:
    """Five to eight paragraphs, each sentence about another place; some come back elsewhere."""
    sizes = draw(st.lists(st.integers(3, 5), min_size=5, max_size=8))
    numbers = iter(range(len(_PLACES)))
    paragraphs = [[draw(sentence(next(numbers))) for _ in range(size)] for size in sizes]
    if draw(st.booleans()):
        paragraphs[-1].insert(1, paragraphs[0][0])
    return Manuscript(paragraphs)


@dataclass(kw_only=True)
class Press:
    """How a manuscript is set, and what is set around it."""

    # Characters a line, or 0 for a paragraph a line.
    width: int = 64
    # Body lines a page; 0 for no page furniture.
    page: int = 0
    # Where the page number stands: alone at the foot, or with the running head.
    numbers: str = "foot"
    # Whether a form feed ends each page.
    feeds: bool = True
    # Whether a print-shop line ends each page.
    stamps: bool = False
    # Whether every third sentence carries a footnote mark.
    notes: bool = False
    # Whether captions stand between paragraphs.
    captions: bool = False
    # Whether a sentence is set again as a pull quote.
    pull: bool = False
    # Whether a web page stands around it, and boxes in its middle.
    site: bool = False
    # Whether words are broken at line ends.
    broken: bool = False
    # Line ends, and whether a byte order mark opens the file.
    newline: str = "\n"
    bom: bool = False

    def set(self, text: Manuscript) -> str:
        """The document."""
        blocks = [self._block(paragraph, k) for k, paragraph in enumerate(self._noted(text))]
        quote = min(text.paragraphs[1], key=len).strip("“”()")
        if self.pull and self.width:
            box = textwrap.wrap(quote, int(self.width * 0.45))
            blocks[3] = [*blocks[3][:2], "", *(f"{_TOGETHER}{line}" for line in box), "", *blocks[3][2:]]
        elif self.pull:
            blocks.insert(3, [quote])
        if self.site:
            blocks.insert(4, "Newsletter\nThe best of our stories, every Saturday, free.\nSubscribe".split("\n"))
            blocks[2:2] = [["Advertisement"], ["Related stories"], ["The last eel fishers"]]
        if self.captions:
            blocks.insert(2, ["Passengers boarding the early ferry. Photo: Provincial Archive"])
        lines = [line for block in blocks for line in ([*block, ""] if self.width else ["\n".join(block)])]
        if self.page:
            lines = self._paged(lines)
        if self.site:
            lines = [*_ABOVE, *(line for text in lines for line in (text, "")), *_BELOW]
        lines = [line.removeprefix(_TOGETHER) for line in lines]
        document = "\n".join(lines).replace("\f\n", "\f") + "\n"
        return ("\ufeff" if self.bom else "") + document.replace("\n", self.newline)

    def page_of(self, raw: str, at: int) -> int:
        """The page on which a code point stands, read off the numbers as a person would."""
        if self.numbers == "head":
            return max((int(m.group(1)) for m in re.finditer(r"(?m)^\f?(\d+) \| ", raw[:at].replace("\r", "\n"))), default=12)
        return min(int(m.group(1)) for m in re.finditer(r"(?m)^(\d+)$", raw.replace("\r", "\n")) if m.start() > at)

    def _noted(self, text: Manuscript) -> list[list[str]]:
        if not self.notes:
            return text.paragraphs
        count, noted = 0, []
        for paragraph in text.paragraphs:
            noted.append(list(paragraph))
            for k in range(len(paragraph)):
                if (len(noted) + k) % 3 == 0:
                    count += 1
                    noted[-1][k] += str(count)
        return noted

    def _block(self, paragraph: list[str], k: int) -> list[str]:
        text = " ".join(paragraph)
        if not self.width:
            return [text]
        lines = textwrap.wrap(text, self.width, break_on_hyphens=True, break_long_words=False)
        if self.broken and k == 1:
            return [half for line in lines for half in _break_word(line)]
        return lines

    def _paged(self, lines: list[str]) -> list[str]:
        pages: list[list[str]] = [[]]
        for line in "\n".join(lines).rstrip("\n").split("\n"):
            # No press divides a pull quote.
            if len(pages[-1]) >= self.page and not line.startswith(_TOGETHER):
                pages.append([])
            pages[-1].append(line)
        paged: list[str] = []
        for number, page in enumerate(pages, 12):
            head = TITLE.upper() if number % 2 else AUTHOR
            if number > 12:
                paged += [f"{number} | {head}" if self.numbers == "head" else head, ""]
            paged += page
            if self.numbers == "foot":
                paged += ["", str(number)]
            if self.stamps:
                paged += ["", f"Downloaded from https://press.example/{number} on 3 May 2019"]
            if number - 11 < len(pages):
                paged += ["\f"] if self.feeds else [""]
        return paged


def _break_word(line: str) -> list[str]:
    """The line, with its last long word broken in two if there is one."""
    for word in ("reason", "second", "carried"):
        before, found, after = line.rpartition(f" {word}")
        if found and not after.strip():
            return [f"{before} {word[:4]}-", word[4:]]
    return [line]


def presses() -> st.SearchStrategy[Press]:
    """Every kind of press."""
    wrapped = st.builds(
        Press,
        width=st.integers(56, 76),
        page=st.sampled_from([0, 9, 14]),
        numbers=st.sampled_from(["foot", "head"]),
        feeds=st.booleans(),
        stamps=st.booleans(),
        notes=st.booleans(),
        captions=st.booleans(),
        pull=st.booleans(),
        broken=st.booleans(),
        newline=st.sampled_from(["\n", "\r\n", "\r"]),
        bom=st.booleans(),
    )
    flowing = st.builds(
        Press,
        width=st.just(0),
        site=st.booleans(),
        notes=st.booleans(),
        captions=st.booleans(),
        pull=st.booleans(),
        newline=st.sampled_from(["\n", "\r\n", "\r"]),
        bom=st.booleans(),
    )
    return wrapped | flowing


def tiles(passage: Passage, raw: str) -> bool:
    """The slow, obvious proof of P1: each character of a passage's stretch belongs to one span or one dropped range.

    And the characters in spans, white space aside, are those of its text.
    """
    first, last = passage.spans[0].start, passage.spans[-1].end
    kept = []
    for at in range(first, last):
        spans = [s for s in passage.spans if s.start <= at < s.end]
        dropped = [d for d in passage.dropped if d.start <= at < d.end]
        if len(spans) + len(dropped) != 1:
            return False
        if spans and not raw[at].isspace():
            kept.append(raw[at])
    inside = all(first <= s.start and s.end <= last for s in passage.spans)
    inside = inside and all(first <= d.start and d.end <= last for d in passage.dropped)
    return inside and "".join(kept) == "".join(c for c in passage.text if not c.isspace())
