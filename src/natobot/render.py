"""An ``Answer`` or ``Today`` in; Slack blocks, plain text or a JSON record out. Pure functions, within Slack's limits.

Words of a source go into ``rich_text`` and ``plain_text`` elements only: neither parses markup, so nothing in a document
or a question can ping, link or style.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from natobot.model import (
    Answer,
    Comparison,
    Event,
    Highlight,
    Passage,
    Receipt,
    Snippet,
    Source,
    Suggestion,
    Today,
    Verdict,
)

Block = dict[str, Any]
Wording = Mapping[str, str]

_QUOTE = 2_900  # characters of one quotation in a block
_LINE = 1_900  # characters of a line of ours, citations included
_TEXT = 3_900  # characters of the fallback text
_CUT = " […]"
_MONTHS = "January February March April May June July August September October November December".split()


# What is shown in Slack


def blocks(answer: Answer, wording: Wording) -> list[Block]:
    """The answer as Slack blocks: at most 50, each within its limits."""
    found: list[Block] = []
    for snippet in answer.snippets:
        found += [quote(snippet.text, snippet.highlights), small(citation(snippet, wording))]
    for line in reversed(_said(answer, wording)):
        found.insert(0, plain(line) if not answer.snippets else small(line))
    if answer.suggestions and not answer.snippets:
        found += _near(answer.suggestions, wording)
    return found or [plain(wording["refuse"])]


def text(answer: Answer, wording: Wording) -> str:
    """The answer as Slack's ``text``: for notifications and screen readers. Escaped as Slack wants it."""
    lines = [escape(line) for line in _said(answer, wording)]
    lines += [f"“{escape(s.text)}” — {escape(citation(s, wording))}" for s in answer.snippets]
    return clip("\n".join(lines) or escape(wording["refuse"]), _TEXT)


def today_blocks(today: Today, wording: Wording) -> list[Block]:
    """The post of a day as Slack blocks."""
    found: list[Block] = [plain(today_header(today, wording))]
    for item in today.items:
        found += [small(wording["today_otherwise"])] if item.otherwise else []
        found += [quote(item.snippet.text, item.snippet.highlights), small(citation(item.snippet, wording))]
    return found


def today_text(today: Today, wording: Wording) -> str:
    """The post of a day as Slack's ``text``."""
    lines = [escape(today_header(today, wording))]
    for item in today.items:
        lines += [escape(wording["today_otherwise"])] if item.otherwise else []
        lines.append(f"“{escape(item.snippet.text)}” — {escape(citation(item.snippet, wording))}")
    return clip("\n".join(lines), _TEXT)


def today_header(today: Today, wording: Wording) -> str:
    """Which kind of post it is; never more precise than the source."""
    if not today.items:
        return wording["today_nothing"]
    event = today.items[0].event
    if event is None or event.date is None:
        return wording["today_quotation"].format(date=in_words(today.date))
    years = int(today.date[:4]) - int(event.date[:4])
    kind = "leap" if today.leap and today.kind == "day" else today.kind
    return wording[f"today_{kind}"].format(date=in_words(event.date), years=years)


def quote(words: str, highlights: Sequence[Highlight] = (), *, limit: int = _QUOTE) -> Block:
    """A source's words as a quotation, the answering ones in bold."""
    shown = clip(words, limit)
    elements: list[Block] = []
    at = 0
    for mark in highlights:
        if mark.end > len(shown) - (len(_CUT) if shown != words else 0):
            break
        elements += [_run(shown[at : mark.start]), _run(shown[mark.start : mark.end], bold=True)]
        at = mark.end
    elements.append(_run(shown[at:]))
    inside = [element for element in elements if element["text"]]
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": inside}]}


def small(line: str) -> Block:
    """A line in small print."""
    return {"type": "context", "elements": [{"type": "plain_text", "text": clip(line, _LINE), "emoji": False}]}


def plain(line: str) -> Block:
    """A line of ours."""
    return {"type": "section", "text": {"type": "plain_text", "text": clip(line, _LINE), "emoji": False}}


def escape(line: str) -> str:
    """``&``, ``<`` and ``>`` as Slack wants them, in that order."""
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _run(words: str, *, bold: bool = False) -> Block:
    run: Block = {"type": "text", "text": words}
    return run | {"style": {"bold": True}} if bold else run


def _near(suggestions: Sequence[Suggestion], wording: Wording) -> list[Block]:
    passages = [s for s in suggestions if s.passage]
    found: list[Block] = [plain(wording["did_you_mean"].format(suggestion=s.text)) for s in suggestions if not s.passage]
    if passages:
        found.append(small(wording["nearest"]))
        found += [quote(s.text) for s in passages]
    return found


def _said(answer: Answer, wording: Wording) -> list[str]:
    return [wording[key].format(**values) for key, values in answer.say]


def clip(line: str, limit: int) -> str:
    """At most ``limit`` characters (UTF-16 units, as Slack counts), cut between words and marked as cut."""
    clean = line.encode("utf-16-le", "replace").decode("utf-16-le")
    if len(clean.encode("utf-16-le")) // 2 <= limit:
        return clean
    cut = clean.encode("utf-16-le")[: 2 * (limit - len(_CUT))].decode("utf-16-le", "ignore")
    return (cut[: cut.rfind(" ")] if " " in cut[-200:] else cut) + _CUT


# Citations


def citation(snippet: Snippet, wording: Wording) -> str:
    """Whose words, title, container, date as the source states it, paragraph and, where known, page."""
    whose = _whose(snippet, wording)
    if snippet.quoting and snippet.role == "author":
        whose = wording["by_author_quoting"].format(author=whose, speakers=" and ".join(snippet.quoting))
    return ", ".join([whose, *place(snippet.source, snippet.passage, wording)])


def place(source: Source, passage: Passage | None, wording: Wording) -> list[str]:
    """Title, container, date, paragraph and page, as far as they are known."""
    title = source.title if source.title_is_descriptive else f"“{source.title}”"
    parts = [title]
    if source.container:
        parts.append(source.container)
    parts.append(in_words(source.issued) if source.issued else wording["undated"])
    if passage is not None:
        parts.append(wording["paragraph"].format(number=passage.paragraph))
        if passage.page is not None:
            parts.append(wording["page"].format(number=passage.page))
    return parts


def in_words(date: str) -> str:
    """An EDTF date as people write it: 8 July 2014, March 2014, the 1990s, 2004 to 2014."""
    if "/" in date:
        return " to ".join(in_words(part) for part in date.split("/"))
    if date.endswith("X"):
        return f"the {date[:3]}0s"
    year, *rest = date.split("-")
    month = f"{_MONTHS[int(rest[0]) - 1]} " if rest else ""
    day = f"{int(rest[1])} " if len(rest) > 1 else ""
    return f"{day}{month}{year}"


def authors(source: Source) -> str:
    """The authors as one would name them."""
    return " and ".join(source.authors) or source.title


def _whose(snippet: Snippet, wording: Wording) -> str:
    author, speaker = authors(snippet.source), snippet.speaker
    if snippet.role == "author":
        return wording["by_author"].format(author=author)
    if snippet.role == "quoted":
        if speaker and speaker == snippet.source.publisher:
            return wording["by_publisher"].format(speaker=speaker, author=author)
        key = "by_quoted" if speaker else "by_quoted_unnamed"
    else:
        key = "by_reported_named" if speaker else "by_reported"
    return wording[key].format(speaker=speaker or "", author=author)


# Lines for a terminal, and for the text of a message


def verdict_lines(verdict: Verdict, sources: Mapping[str, Source], wording: Wording) -> list[str]:
    """A verdict in words first, then the difference, the source's words and what to be careful of."""
    lines = [wording[f"verdict_{verdict.verdict}"]]
    if verdict.attribution_ok is False and verdict.speaker:
        lines.append(wording["verdict_speaker"].format(speaker=verdict.speaker))
    if verdict.marked:
        lines.append(verdict.marked)
    if verdict.text and verdict.source:
        lines.append(f"“{verdict.text}”")
        lines.append("— " + ", ".join([authors(sources[verdict.source]), *place(sources[verdict.source], None, wording)]))
    return lines + [warning(each, wording) for each in verdict.warnings]


def warning(finding: str, wording: Wording) -> str:
    """What to be careful of, in words."""
    key, _, words = finding.partition(": ")
    sentence = wording.get(f"warning_{key}")
    return sentence.format(words=words) if sentence else finding


def comparison_lines(comparison: Comparison, sources: Mapping[str, Source], wording: Wording) -> list[str]:
    """A comparison, one source after the other, each in its turn."""
    lines: list[str] = []
    for source_id, snippets in comparison.columns.items():
        name = authors(sources[source_id])
        lines.append(f"{name}, {', '.join(place(sources[source_id], None, wording))}")
        if not snippets:
            lines.append("  " + wording["silent"].format(author=name))
        for shown in snippets:
            lines.append(f"  “{shown.text}” — {citation(shown, wording)}")
    for clash in comparison.clashes:
        values = " / ".join(f"{value:g}" for value in clash.values)
        lines.append(wording["clash"].format(about=clash.about, values=values))
    return lines


# JSON


def record(answer: Answer, record_id: str | None, *, why: bool = False) -> dict[str, Any]:
    """The answer as the command line's contract has it (docs/schema/ask.json)."""
    found: dict[str, Any] = {
        "id": record_id,
        "intent": answer.intent,
        "answered": answer.answered,
        "snippets": [_snippet(s) for s in answer.snippets],
        "missing": list(answer.missing),
        "suggestions": [{"text": s.text, "passage": s.passage} for s in answer.suggestions],
        "repaired": dict(answer.repaired),
    }
    if why:
        found["why"] = receipt(answer.receipt) if answer.receipt else None
    return found


def _snippet(snippet: Snippet) -> dict[str, Any]:
    return {
        "text": snippet.text,
        "source": snippet.source.id,
        "passage": snippet.passage.id,
        "context": list(snippet.context),
        "spans": [[s.start, s.end] for s in snippet.spans],
        "speaker": snippet.speaker,
        "role": snippet.role,
        "highlights": [[h.start, h.end] for h in snippet.highlights],
    }


def receipt(why: Receipt) -> dict[str, Any]:
    """The receipt as JSON."""
    return {
        "folded": why.folded,
        "repaired": dict(why.repaired),
        "candidates": [
            {"passage": c.passage, "score": c.score, "parts": {k: round(v, 4) for k, v in c.parts.items()}}
            for c in why.candidates
        ],
        "threshold": why.threshold,
        "gap": why.gap,
        "knowledge": why.knowledge,
        "why": why.why,
    }


def verdict_record(verdict: Verdict, record_id: str | None) -> dict[str, Any]:
    """A verdict as the command line's contract has it (docs/schema/verify.json)."""
    return {
        "id": record_id,
        "verdict": verdict.verdict,
        "attribution_ok": verdict.attribution_ok,
        "source": verdict.source,
        "passages": list(verdict.passages),
        "text": verdict.text,
        "spans": [[s.start, s.end] for s in verdict.spans],
        "diff": [list(part) for part in verdict.diff],
        "warnings": list(verdict.warnings),
    }


def comparison_record(comparison: Comparison) -> dict[str, Any]:
    """A comparison as the command line's contract has it (docs/schema/compare.json)."""
    return {
        "topic": comparison.topic,
        "sources": [
            {"source": source_id, "snippets": [_snippet(s) for s in snippets]}
            for source_id, snippets in comparison.columns.items()
        ],
        "clashes": [{"passages": [c.one, c.other], "about": c.about, "values": list(c.values)} for c in comparison.clashes],
    }


def today_record(today: Today) -> dict[str, Any]:
    """The post of a day as the command line's contract has it (docs/schema/today.json)."""
    return {
        "date": today.date,
        "kind": today.kind,
        "items": [
            {
                "text": item.snippet.text,
                "source": item.snippet.source.id,
                "passage": item.snippet.passage.id,
                "spans": [[s.start, s.end] for s in item.snippet.spans],
                "event": event(item.event) if item.event else None,
            }
            for item in today.items
        ],
    }


def event(record_: Event) -> dict[str, Any]:
    """A dated statement as JSON."""
    return {"date": record_.date, "precision": record_.precision, "date_words": record_.date_words}


def source(record_: Source) -> dict[str, Any]:
    """A source with its CSL fields."""
    return {
        "id": record_.id,
        "file": record_.file,
        "sha256": record_.sha256,
        "type": "article",
        "title": record_.title,
        "author": [_csl_name(*parts) for parts in record_.names()],
        "issued": record_.issued,
        "container-title": record_.container,
        "publisher": record_.publisher,
        "URL": record_.url,
    }


def passage(record_: Passage) -> dict[str, Any]:
    """A passage as ``natobot export passages`` prints it."""
    return {
        "id": record_.id,
        "source": record_.source,
        "passage": record_.id,
        "spans": [[s.start, s.end] for s in record_.spans],
        "dropped": [[d.start, d.end, d.reason] for d in record_.dropped],
        "text": record_.text,
        "section": record_.section,
        "paragraph": record_.paragraph,
        "page": record_.page,
        "role": record_.role,
        "speaker": record_.speaker,
        "previous": record_.previous,
        "next": record_.next,
    }


def _csl_name(family: str, given: str) -> dict[str, str]:
    return {"family": family, "given": given} if given else {"literal": family}
