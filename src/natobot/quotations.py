"""Passages in, the words they put in quotation marks out, each with who says them; and whose words a passage holds."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from natobot.model import Passage, Quotation, Role, Source
from natobot.names import DOCUMENT, Names, documents
from natobot.places import raw_spans
from natobot.speech import (
    NAMING,
    SAY,
    Context,
    document,
    is_noun,
    is_pronoun,
    opening_document,
    passive,
    phrase_at,
    resolve,
    subject,
)

_MARK = re.compile(r"[“”„«»\"]")
_SINGLE = re.compile(r"(?<!\w)‘(?P<text>[^‘’]+(?:’(?=\w)[^‘’]*)*)’(?!\w)")
_CLOSES = {"“": "”", "„": "“”", "«": "»", '"': '"'}
# A label that nobody is quoted for, or a title.
_LABEL = re.compile(
    r"\b(?:so[- ]called|(?:en)?titled|headed|named|nicknamed|known as|under the (?:title|heading|section|slogan|name)(?: of)?"
    r"|(?:slogans?|themes?|labels?|titles?|headings?)(?: such as| like|,| of)?"
    r"|[Tt]he (?:terms?|words?|phrases?|notion of|name))\s*\Z"
)
_OWN_WORDS = re.compile(
    r"\b[Ii]n (?:(?P<pronoun>his|her|its|their)(?: own)?(?: \w+)?|(?P<owner>[^,;]{2,80}?)[’']s?(?: own)?(?: \w+)?) "
    r"(?:words?|phrases?|formulation|terms|view)\b[^;]{0,40}\Z"
)
_WORDS_OF = re.compile(r"\b(?:[Ii]n the (?:\w+ )?words of|[Aa]ccording to|[Tt]o quote) (?P<np>[^,;:]{2,80}?)[,:]?\s*\Z")
_PUT_IT = re.compile(r"\b[Aa]s (?P<np>[^,;:]{2,60}?) (?:once )?(?:put|puts|has put|had put) it[,:]?\s*\Z")
# The second half of a quotation that its speaker interrupts: “…,” said X, “…”.
_BETWEEN = (
    re.compile(rf"[”\"][,.]?\s+(?P<np>[^,;:“”\"]{{2,60}}?)\s+{SAY.pattern}[^“”\"]{{0,40}}\Z"),
    re.compile(rf"[”\"][,.]?\s+{SAY.pattern}\s+(?P<np>[^,;:“”\"]{{2,60}})[^“”\"]{{0,40}}\Z"),
)
_COLON = re.compile(r"\A(?P<np>[^,;:.]{2,60}):\s*\Z")
_BY = re.compile(r"\b\w+(?:ed|en|wn|ut|id) by (?P<np>[^,;:]{2,80}?)(?: as| that| to be)?[,:]?\s*\Z")
_OWNED = re.compile(
    r"[’']s? (?:\w+ ){0,2}?(?:phrases?|words|call|vision|slogan|motto|dictum|remarks?|warning|promise"
    r"|pledge|claim|demand|description|statement|declaration|insistence|assertion|argument|speech|question|answer|quip)\b[^,;]{0,40}\Z"
)
# What may stand between the words and a speaker behind them.
_LEAD = re.compile(
    r"[\s,.–—]*(?:(?P<source>(?:according to|in the words of) )|(?:[a-z]+ ){0,3}?(?:that|which|as) "
    r"|(?:policy|idea|vision|phrase) )?"
)
_SAID_X = re.compile(rf"(?:{SAY.pattern}|{NAMING.pattern})(?:\s+by)?\s+")
_X_SAID = re.compile(
    rf"(?:\s+(?:ha[sd]|have|once|later|\w+ly))*\s+(?:{SAY.pattern}|{NAMING.pattern}|(?:used|put|likes?|liked)\b)"
)
_WRITTEN_IN = re.compile(r"\s+in\s+(?:the\s+|its\s+|their\s+|that\s+)?")
# A statement with a date of its own is no longer what was said ("argued that …, and by 1996 it …").
_NEW_CLAUSE = re.compile(r",[”\"]?\s+(?:and|but)\s+(?:by|in|since|after|on|until)\s+[^,;]{0,30}\d{4}")
_TO_DO = re.compile(r"\s+to\s+[a-z]")
_CALLED_FOR = re.compile(
    r"[^,;.]{0,60}?\b(?:called for|stated|set out|laid down|laid out|mentioned|named|promised|foreseen|written|used|contained"
    r"|found|enshrined|required|defined)\s+(?:in|by|under)\s+(?:the\s+|its\s+|their\s+|that\s+)?"
)
_STOP = re.compile(r"[.!?;]\s")
# From this many words a passage in marks is somebody's wording rather than a label.
_WORDING = 3
# From this many it is speech, whoever speaks.
_SPEECH = 8
# Code points before a quotation in which a name without a verb is looked for.
_NEAR = 160
# Code points around a quotation in which its speaker is looked for.
_WINDOW = 800
# How many sentences back the document may be named that a wording without a speaker is from.
_REACH = 2


@dataclass(slots=True)
class _Open:
    """A quotation whose closing mark is still to come."""

    closes: str
    parts: list[tuple[int, int, int]] = field(default_factory=list)


def quotations(source: Source, passages: Sequence[Passage], raw: str, names: Names | None = None) -> tuple[Quotation, ...]:
    """Every passage in quotation marks, in order; one that runs over several sentences gives one record for each.

    ``names`` spares a second look for what the source names. Nested marks are records of their own, with the speaker of
    the words around them.
    """
    known = names or Names(passages)
    found: list[tuple[int, int, Quotation]] = []
    for parts in (*_marked(passages), *_singly_marked(passages)):
        said = [_who(_context(passages, at, known), start, end) for at, start, end in parts]
        role, speaker = next((one for one in said if one[1]), said[0])
        if len(parts) > 1:
            role = "quoted"
        for at, start, end in parts:
            passage = passages[at]
            inner = [(m.start("text"), m.end("text")) for m in _SINGLE.finditer(passage.text, start, end)]
            for first, last in [(start, end), *((a, b) for a, b in inner if (a, b) != (start, end))]:
                record = Quotation(
                    text=passage.text[first:last],
                    speaker=speaker,
                    role=role,
                    source=source.id,
                    passage=passage.id,
                    spans=raw_spans(passage, raw, first, last),
                )
                found.append((at, first, record))
    return _repeated(_continued([record for _, _, record in sorted(found, key=lambda item: item[:2])], passages, known))


def _continued(found: Sequence[Quotation], passages: Sequence[Passage], names: Names) -> list[Quotation]:
    """A sentence that is all quotation and names nobody goes on with the speaker of the sentence before."""
    result: list[Quotation] = []
    for record in found:
        last = result[-1] if result else None
        if record.speaker is None and record.role == "quoted" and last and last.speaker:
            at, passage = names.index[record.passage], passages[names.index[record.passage]]
            whole = len(record.text) >= len(passage.text) - 3
            if whole and names.index[last.passage] == at - 1 and passages[at - 1].paragraph == passage.paragraph:
                record = replace(record, speaker=last.speaker)  # noqa: PLW2901
        result.append(record)
    return result


def _repeated(found: Sequence[Quotation]) -> tuple[Quotation, ...]:
    """Words quoted again without a name are still his who was named for them before."""
    speakers = {
        q.text.strip(" ,.;").casefold(): q.speaker for q in reversed(found) if q.speaker and len(q.text.split()) >= _WORDING
    }
    return tuple(
        replace(q, role="quoted", speaker=speakers[q.text.strip(" ,.;").casefold()])
        if q.speaker is None and q.text.strip(" ,.;").casefold() in speakers
        else q
        for q in found
    )


def _marked(passages: Sequence[Passage]) -> Iterator[list[tuple[int, int, int]]]:
    """The parts of each quotation: passage number, first character between the marks, one past the last."""
    held: _Open | None = None
    for at, passage in enumerate(passages):
        text = passage.text
        if held and passages[at - 1].paragraph != passage.paragraph:
            if held.closes == _CLOSES.get(text[:1]):
                # A quotation of several paragraphs opens each of them and closes once.
                yield from _worded(held.parts, passages)
            held = None
        begin = 0
        for match in _MARK.finditer(text):
            mark, place = match.group(), match.start()
            if held and mark in held.closes:
                held.parts.append((at, begin, place))
                yield from _worded(held.parts, passages)
                held = None
            elif mark in _CLOSES and not (mark == '"' and _inches(text, place)):
                held, begin = _Open(_CLOSES[mark]), place + 1
        if held and begin < len(text):
            held.parts.append((at, begin, len(text)))


def _worded(parts: Sequence[tuple[int, int, int]], passages: Sequence[Passage]) -> Iterator[list[tuple[int, int, int]]]:
    """The parts that hold words, without the white space at their ends."""
    kept = []
    for at, start, end in parts:
        text = passages[at].text[start:end]
        if text.strip():
            first = start + len(text) - len(text.lstrip())
            kept.append((at, first, first + len(text.strip())))
    if kept:
        yield kept


def _singly_marked(passages: Sequence[Passage]) -> list[list[tuple[int, int, int]]]:
    """The quotations of a source that uses single marks where others use double ones."""
    double = sum(text.count("“") + text.count('"') // 2 for text in (p.text for p in passages))
    found = [[(at, *m.span("text"))] for at, p in enumerate(passages) if "‘" in p.text for m in _SINGLE.finditer(p.text)]
    return found if len(found) > double else []


def _inches(text: str, place: int) -> bool:
    return text[max(0, place - 1) : place].isdigit()


def _context(passages: Sequence[Passage], at: int, names: Names) -> Context:
    passage = passages[at]
    before = passages[at - 1] if at and passages[at - 1].paragraph == passage.paragraph else None
    return Context(passage=passage, at=at, previous=before, names=names)


def _who(context: Context, start: int, end: int) -> tuple[Role, str | None]:
    """Role and speaker of the words between two marks."""
    text = context.passage.text
    if len(text) > 2 * _WINDOW:
        # Who speaks stands near; a "sentence" of pages must not be read again for each of its marks.
        cut = max(0, start - _WINDOW)
        text, start, end = text[cut : end + _WINDOW], start - cut, end - cut
        context = replace(context, passage=replace(context.passage, text=text))
    before, after = text[:start].rstrip()[:-1], text[end:].lstrip()[1:]
    size = len(text[start:end].split())
    if _LABEL.search(before[-60:]) and size < _SPEECH:
        return "author", None
    if found := _behind(context, after) or _ahead(context, before) or _governed(context, before, size):
        return found
    speaker = _written(context, before, after, size)
    if speaker:
        return "quoted", speaker
    return ("quoted", None) if size >= _SPEECH else ("author", None)


def _named(context: Context, phrase: str, at: int) -> tuple[Role, str | None] | None:
    speaker = resolve(phrase, at, context)
    return ("quoted", speaker) if speaker or is_pronoun(phrase) else None


def _behind(context: Context, after: str) -> tuple[Role, str | None] | None:
    """A speaker named behind the words: "…, said X", "… that X had called for", "…, according to X"."""
    base = len(context.passage.text) - len(after)
    lead = _LEAD.match(after)
    at = lead.end() if lead else 0
    head = after[at:]
    if lead and lead["source"]:
        return _named(context, phrase_at(head), base + at)
    if verb := _SAID_X.match(head):
        phrase = phrase_at(head[verb.end() :])
        return _named(context, phrase, base) if phrase else None
    phrase = phrase_at(head)
    if phrase and _X_SAID.match(head, len(phrase)):
        return _named(context, phrase, base + at)
    return None


def _ahead(context: Context, before: str) -> tuple[Role, str | None] | None:
    """A speaker named before the words without a verb of its own: "in X's words", "summarized by X as", "X:"."""
    cut = max(0, len(before) - _NEAR)
    tail = before[cut:]
    if match := _OWN_WORDS.search(tail):
        phrase = match["pronoun"] or phrase_at(match["owner"]) or match["owner"]
        return _named(context, phrase, cut + match.start())
    for pattern in (_WORDS_OF, _PUT_IT, _BY, *_BETWEEN):
        if (match := pattern.search(tail)) and (phrase := phrase_at(match["np"])):
            return _named(context, phrase, cut + match.start("np"))
    if (match := _COLON.match(before)) and (phrase := phrase_at(match["np"])):
        return _named(context, phrase, 0)
    if match := _OWNED.search(tail):
        start = max(tail.rfind(mark, 0, match.start()) for mark in ",;:") + 1
        phrase = phrase_at(tail[start : match.start()].lstrip())
        return _named(context, phrase, cut + start) if phrase else None
    return None


def _governed(context: Context, before: str, size: int) -> tuple[Role, str | None] | None:
    """The subject of the verb of saying whose clause the words stand in."""
    begin = max((m.end() for m in _STOP.finditer(before)), default=0)
    verbs = sorted({m.span() for pattern in (SAY, NAMING) for m in pattern.finditer(before, begin)})
    for verb, stop in reversed(verbs):
        if passive(before, verb) or is_noun(before, verb):
            continue
        if _NEW_CLAUSE.search(before, stop):
            break
        if size < _WORDING and _TO_DO.match(before, stop):
            # "agreed to build a “bridge”": what they did, with a label.
            continue
        written = _WRITTEN_IN.match(before, stop)
        named = DOCUMENT.match(before, written.end()) if written else None
        if named:
            return "quoted", document(named.group(), named["head"], context)
        at, phrase = subject(before, verb)
        if phrase:
            return _named(context, phrase, at) or ("author", None)
    return None


def _written(context: Context, before: str, after: str, size: int) -> str | None:
    """The document that the words are from: the sentence's subject, one named beside them, or one just before."""
    if speaker := opening_document(before, context):
        return speaker
    if called := _CALLED_FOR.match(after):
        named = DOCUMENT.match(after, called.end())
        return document(named.group(), named["head"], context) if named else None
    if size < _WORDING:
        return None
    if nearby := documents(before)[-1:] or documents(after)[:1]:
        return document(nearby[0].name, nearby[0].head, context)
    for at in range(context.at - 1, max(-1, context.at - 1 - _REACH), -1):
        passage = context.names.passages[at]
        if passage.paragraph != context.passage.paragraph:
            break
        if nearby := documents(passage.text)[-1:]:
            return document(nearby[0].name, nearby[0].head, replace(context, passage=passage))
    return None
