"""A document's clean paragraphs in, its passages out: sentences with their spans, their place and their voice."""

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence

from natobot.clean import Cleaned, Paragraph, clean
from natobot.model import Dropped, Passage, Role, Source, Span
from natobot.sentences import sentences

# Where a document lacks the space behind a stop, a comma or a quotation mark. "U.S.pivots" | "vs.the" | "hegemony.In" |
# "games,its" | "the“Fall" | "Kabul”and"
_GLUE = re.compile(
    r"(?P<stop>(?:[A-Z]\.){2,})(?=[^\W\d_](?!\.)|[“\"])"
    r"|(?P<abbreviation>\b(?:vs|etc|cf|e\.g|i\.e|viz|[ap]\.m|Ph\.D)\.)(?=[^\W\d_])"
    r"|(?<=[\w”’)\]\s])(?P<end>[.!?][”’)\]]*|\.\.)(?=[^\W\d_a-z]|“)"
    r"|(?P<comma>[,;:!?][”’)\]]*)(?=[^\W\d_“]|(?<=[,;])“)"
    r"|(?<=[^\W_])(?P<open>)(?=[“])"
    r"|(?P<close>”)(?=[^\W_])"
)
# Scripts that set no space between words.
_IDEOGRAPH = re.compile(r"[\u2e80-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
# Words with single spaces between them: what needs no second look.
_CHUNK = re.compile(r"\S+(?: \S+)*")
_BREAKS = "\r\n\f"
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
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", text).casefold())


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

    White space becomes one space. It goes where a word goes on: at a line's end behind a hyphen ("2009-" / "2010") or
    behind one that was dropped, and between ideographs. Where a document lacks the spaces behind its stops they are put in.
    """
    parts: list[str] = []
    where: list[int] = []
    hyphens = {d.end for d in paragraph.dropped if d.reason == "line_hyphen"}
    end = paragraph.spans[0].start
    for span in paragraph.spans:
        for match in _CHUNK.finditer(raw, span.start, span.end):
            start = match.start()
            if parts and not _joins(raw, parts[-1], end, start, hyphens):
                parts.append(" ")
                where.append(start)
            end = match.end()
            parts.append(match.group())
            where.extend(range(start, end))
    text = "".join(parts)
    return _unglue(text, where) if glued else (text, where)


def _joins(raw: str, before: str, end: int, start: int, hyphens: set[int]) -> bool:
    """Whether the word at ``start`` follows without a space on the words ``before`` that end at ``end``.

    "mid- and long-term" keeps its space.
    """
    between = raw[end:start]
    if end + 1 in hyphens:
        return True
    if not between or not any(c.isspace() for c in between):
        # Only a note mark stands between them, or nothing.
        return not (before[-1] in ".!?…" and raw[start].isupper())
    if not any(c in _BREAKS for c in between):
        return False
    if _IDEOGRAPH.match(before[-1]) and _IDEOGRAPH.match(raw[start]):
        return True
    hyphen = len(before) > 1 and before[-1] in "-\u2010" and before[-2].isalnum()
    return hyphen and raw[start].isalnum() and not re.match(r"(?:and|or|to)\b", raw[start : start + 4])


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


def _cut(paragraph: Paragraph, start: int, end: int) -> tuple[tuple[Span, ...], tuple[Dropped, ...]]:
    """The part of a paragraph's spans and dropped ranges between two code points."""
    spans = tuple(
        Span(start=max(s.start, start), end=min(s.end, end)) for s in paragraph.spans if s.start < end and s.end > start
    )
    inside = [d for d in paragraph.dropped if spans[0].end <= d.start and d.end <= spans[-1].start]
    return spans, tuple(inside)
