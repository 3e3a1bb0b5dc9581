"""A document's clean paragraphs in, its passages out: sentences with their spans, their place and their voice."""

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from natobot.clean import Cleaned, Paragraph, clean
from natobot.model import Dropped, Passage, Role, Source, Span

# Abbreviations that never end a sentence: a name or number follows.
_TITLES = frozenset(
    """mr mrs ms dr prof gen lt col maj capt sgt adm sen rep gov hon st mt messrs vs cf no nos art arts fig figs p pp vol ed
    eds para sec ch approx ca e.g i.e viz rev pres sec.-gen""".split()
)
# Abbreviations behind which a sentence may end if a capital follows.
_ENDING = frozenset("etc al inc ltd co corp jr sr dept est jan feb mar apr jun jul aug sep sept oct nov dec ph.d".split())
# Words that open a sentence far more often than they open a name.
_OPENERS = frozenset(
    """the this that these those a an it its he she they we i you his her their our in on at by for from with as if when
    while although though since because after before but and so yet however thus therefore moreover meanwhile indeed first
    second third finally secondly there here what who why how where which some many most all no not only just even such
    likewise instead inversely later today now then once under over during despite beyond both each every another other
    one two""".split()
)
_END = re.compile(r"(?:[.!?…]+|[。！？؟।]+)[\"'”’»)\]]*(?=\s|$)|[。！？]+[”’」』）]*")
_LAST_WORD = re.compile(r"([^\s(\[\"“‘']+?)\.+[\"'”’»)\]]*$")
_GLUE = re.compile(
    r"(?P<stop>(?:[A-Z]\.){2,})(?=[^\W\d_](?!\.)|[“\"])"  # U.S.pivots
    r"|(?P<abbreviation>\b(?:vs|etc|cf|e\.g|i\.e)\.)(?=[^\W\d_])"
    r"|(?<=[\w”’)\]\s])(?P<end>[.!?][”’)\]]*|\.\.)(?=[^\W\d_a-z]|“)"  # hegemony.In
    r"|(?P<comma>[,;:!?][”’)\]]*)(?=[^\W\d_“]|(?<=[,;])“)"
    r"|(?<=[^\W_])(?P<open>)(?=[“])"  # the“Fall
    r"|(?P<close>”)(?=[^\W_])"
)
_ABOUT_ROLE: Role = "quoted"


def extract(source: Source, raw: str, zipf: Callable[[str], float]) -> tuple[tuple[Passage, ...], Cleaned]:
    """All passages of a document, in its order, and what ``clean`` found.

    Every passage's text is the raw text of its spans but for white space; ids survive rebuilds and moves.
    """
    names = [source.title, *source.authors, *([source.container] if source.container else [])]
    cleaned = clean(raw, names, zipf)
    page_at = [at for at, _ in cleaned.pages]
    drafts: list[tuple[Paragraph, int, int, str, tuple[Span, ...], tuple[Dropped, ...]]] = []
    for number, paragraph in enumerate(cleaned.paragraphs, 1):
        text, where = _flow(raw, paragraph, cleaned.glued)
        for order, (start, end) in enumerate(sentences(text), 1):
            spans, dropped = _cut(paragraph, where[start], where[end - 1] + 1)
            drafts.append((paragraph, number, order, text[start:end], spans, dropped))
    ids = _ids(source.id, [draft[3] for draft in drafts])
    passages = []
    for i, (paragraph, number, order, text, spans, dropped) in enumerate(drafts):
        page = cleaned.pages[bisect_right(page_at, spans[0].start) - 1][1]
        about = paragraph.kind == "about"
        passages.append(
            Passage(
                id=ids[i],
                source=source.id,
                spans=spans,
                dropped=dropped,
                text=text,
                section=paragraph.section,
                paragraph=number,
                sentence=order,
                page=page,
                role=_ABOUT_ROLE if about else "author",
                speaker=source.publisher if about else " and ".join(source.authors) or None,
                previous=ids[i - 1] if i else None,
                next=ids[i + 1] if i + 1 < len(ids) else None,
            )
        )
    return tuple(passages), cleaned


def id_fold_v1(text: str) -> str:
    """The frozen fold behind passage ids: letters and digits only, compatibility forms and case levelled."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _ids(source_id: str, texts: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    ids = []
    for text in texts:
        base = f"{source_id}/{hashlib.sha256(id_fold_v1(text).encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
        seen[base] = seen.get(base, 0) + 1
        ids.append(base if seen[base] == 1 else f"{base}-{seen[base]}")
    return ids


def _flow(raw: str, paragraph: Paragraph, glued: bool) -> tuple[str, list[int]]:
    """The paragraph as running text, and for each of its characters the code point of the raw text it comes from.

    White space becomes one space; at a line's end behind a hyphen it goes ("2009-" / "2010"). Where a document lacks
    the spaces behind its stops they are put in.
    """
    parts: list[str] = []
    where: list[int] = []
    held = False
    for span in paragraph.spans:
        for match in re.finditer(r"\S+", raw[span.start : span.end]):
            start = span.start + match.start()
            broken = match.start() > 0 or (bool(parts) and raw[start - 1].isspace())
            if parts and broken and not _joins(raw, parts[-1], start):
                held = True
            if held:
                parts.append(" ")
                where.append(start)
                held = False
            parts.append(match.group())
            where.extend(range(start, start + len(match.group())))
    text = "".join(parts)
    return _unglue(text, where) if glued else (text, where)


def _joins(raw: str, before: str, start: int) -> bool:
    """Whether a word goes on at ``start`` behind a hyphen at a line's end; "mid- and long-term" does not."""
    if len(before) < 2 or before[-1] not in "-\u2010" or not before[-2].isalnum():
        return False
    gap = start - 1
    while gap >= 0 and raw[gap].isspace():
        gap -= 1
    broke = any(c in raw[gap + 1 : start] for c in "\r\n\f")
    return broke and raw[start].isalnum() and not re.match(r"(?:and|or|to)\b", raw[start : start + 4])


def _unglue(text: str, where: list[int]) -> tuple[str, list[int]]:
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for match in _GLUE.finditer(text):
        cut = match.end()
        if cut == at or (match.lastgroup == "end" and _inside_initials(text, match.start())):
            continue
        parts += [text[at:cut], " "]
        places += [*where[at:cut], where[min(cut, len(where) - 1)]]
        at = cut
    parts.append(text[at:])
    places += where[at:]
    return "".join(parts), places


def _inside_initials(text: str, stop: int) -> bool:
    """Whether the stop at ``stop`` stands between initials, as the first of "U.S."."""
    return bool(re.match(r"[A-Z]\.", text[stop - 1 : stop + 1])) and bool(re.match(r"[A-Z]\.", text[stop + 1 : stop + 3]))


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Half-open ranges of the sentences of a paragraph of running text; together they hold all of its words."""
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


def _ends_here(text: str, start: int, stop: int, end: int) -> bool:
    """Whether a sentence that began at ``start`` ends with the stop at ``stop``."""
    rest = text[end:].lstrip()
    if not rest:
        return True
    if text[start:end].count("(") > text[start:end].count(")") and ")" in rest[:200]:
        return False
    opening = rest.lstrip("\"'“‘«([")
    if not opening or opening[0].islower():
        return False
    if text[stop] != "." or text[stop : stop + 2] == "..":
        return not text[stop : stop + 3] == "..." or opening[0].isupper()
    word = _LAST_WORD.search(text[max(start, stop - 40) : end])
    last = word.group(1) if word else ""
    following = re.match(r"[^\W_]+", opening)
    opener = bool(following) and following.group().lower() in _OPENERS if following else False
    if re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", last):
        return opener
    if re.fullmatch(r"[A-Z]", last):
        before = text[start:stop].split()
        return opener and len(before) > 1 and before[-2][:1].islower()
    bare = last.lower().rstrip(".")
    if bare in _TITLES:
        return bare == "no" and not opening[0].isdigit()
    return bare not in _ENDING or opener or opening[0].isupper()


def _cut(paragraph: Paragraph, start: int, end: int) -> tuple[tuple[Span, ...], tuple[Dropped, ...]]:
    """The part of a paragraph's spans and dropped ranges between two code points."""
    spans = tuple(
        Span(start=max(s.start, start), end=min(s.end, end)) for s in paragraph.spans if s.start < end and s.end > start
    )
    inside = [d for d in paragraph.dropped if spans[0].end <= d.start and d.end <= spans[-1].start]
    return spans, tuple(inside)
