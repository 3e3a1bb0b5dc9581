"""A source and a passage in, a citation out: as text, BibTeX, CSL-JSON or RIS."""

import json
import re
from collections.abc import Mapping
from typing import Literal

from natobot.model import Passage, Source
from natobot.render import authors, in_words, place
from natobot.render import source as csl

Style = Literal["text", "bibtex", "csl-json", "ris"]
STYLES: tuple[Style, ...] = ("text", "bibtex", "csl-json", "ris")
# BibTeX reads these as commands; see Lamport, LaTeX: A Document Preparation System (1994), section 3.
_BIBTEX = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def cite(source: Source, passage: Passage | None, style: Style, wording: Mapping[str, str]) -> str:
    """The citation of a source, pointing at a passage where one is given.

    A descriptive title in [brackets] stays in them, so that nobody takes it for the document's own.
    """
    if style == "text":
        return ", ".join([authors(source), *place(source, passage, wording)])
    if style == "csl-json":
        item = {key: value for key, value in csl(source).items() if value and key not in ("file", "sha256", "issued")}
        if source.issued:
            item["issued"] = {"date-parts": _date_parts(source.issued)}
        if passage and passage.page:
            item["locator"], item["label"] = str(passage.page), "page"
        elif passage:
            item["locator"], item["label"] = str(passage.paragraph), "paragraph"
        return json.dumps([item], ensure_ascii=False, indent=2)
    return _bibtex(source, passage) if style == "bibtex" else _ris(source, passage)


def _date_parts(issued: str) -> list[list[int]]:
    """CSL's ``date-parts``: one list for a date, two for a range; a decade is the range of its years."""
    if issued.endswith("X"):
        return [[int(issued[:3] + "0")], [int(issued[:3] + "9")]]
    return [[int(part) for part in date.split("-")] for date in issued.split("/")]


def _bibtex(source: Source, passage: Passage | None) -> str:
    year, _, rest = (source.issued or "").partition("-")
    fields = {
        "author": " and ".join(source.authors),
        "title": source.title,
        "howpublished": source.container,
        "publisher": source.publisher,
        "year": year if re.fullmatch(r"\d{4}", year) else in_words(source.issued) if source.issued else None,
        "month": str(int(rest[:2])) if re.match(r"\d\d", rest) else None,
        "url": source.url,
        "note": _pointer(passage),
    }
    lines = [f"  {key} = {{{_escaped(value)}}}" for key, value in fields.items() if value]
    return f"@misc{{{source.id},\n" + ",\n".join(lines) + "\n}"


def _ris(source: Source, passage: Passage | None) -> str:
    """RIS as Research Information Systems specified it in 2001: two letters, two spaces, a dash, a space."""
    issued = (source.issued or "").split("/")[0]
    rows = [
        ("TY", "GEN"),
        *(("AU", ", ".join(filter(None, parts))) for parts in source.names()),
        ("TI", source.title),
        ("T2", source.container),
        ("PB", source.publisher),
        ("PY", issued[:4] if issued[:4].isdigit() else None),
        ("DA", f"{issued.replace('-', '/')}{'/' * (3 - issued.count('-'))}" if issued[:4].isdigit() else None),
        ("UR", source.url),
        ("SP", str(passage.page) if passage and passage.page else None),
        ("N1", _pointer(passage)),
        ("ER", ""),
    ]
    return "\n".join(f"{tag}  - {value}" for tag, value in rows if value is not None)


def _pointer(passage: Passage | None) -> str | None:
    if passage is None:
        return None
    return f"paragraph {passage.paragraph}" + (f", page {passage.page}" if passage.page else "")


def _escaped(value: str) -> str:
    return "".join(_BIBTEX.get(c, "\\" + c if c in "&%$#_" else c) for c in value)
