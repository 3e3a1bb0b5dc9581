"""The seeds folder in, documents out: each file's raw text beside what ``sources.yaml`` says of it."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from natobot.dates import is_edtf
from natobot.errors import FileError
from natobot.model import Source
from natobot.yamlfile import Entry, load, read_text

SOURCES = "sources.yaml"
# Files that may lie beside the documents without being one.
_BESIDE = frozenset({SOURCES, "NOTICE", "README.md", "LICENSE"})
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_URL = re.compile(r"https?://[^\s/]+\S*\Z")
_KEYS = ("file", "title", "authors", "issued", "container", "publisher", "url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A source and its raw text."""

    # What is known about it.
    source: Source
    # ``bytes.decode("utf-8")`` of the file, with its line ends as they are.
    raw: str


def read(seeds: Path) -> tuple[Document, ...]:
    """Read every document of a seeds folder, in the order of their ids.

    Raises:
        FileError: an unknown or missing file, a wrong or missing key, an id that stands twice, text that is not UTF-8;
            one line with file, line and remedy.
    """
    listing = seeds / SOURCES
    if not listing.is_file():
        raise FileError(listing, None, "not found", f"Every seeds folder needs a {SOURCES} that lists its documents.")
    documents: dict[str, Document] = {}
    files: dict[str, str] = {}
    for source_id, entry in load(listing).mapping().items():
        if not _ID.match(source_id):
            raise entry.fail_key(f"{source_id!r} is not an id", "Use lower-case letters, digits and single hyphens.")
        document = _document(seeds, source_id, entry)
        if document.source.file in files:
            other = files[document.source.file]
            where = entry.mapping()["file"]
            raise where.fail(f"{document.source.file} is listed as {other!r} already", "List each file once.")
        files[document.source.file] = source_id
        documents[source_id] = document
    for path in sorted(seeds.iterdir()):
        if path.name not in files and path.name not in _BESIDE and not path.name.startswith("."):
            mend = f"Describe it in {SOURCES}, or move it out of {seeds.name}/."
            raise FileError(path, None, f"this file is not listed in {SOURCES}", mend)
    return tuple(documents[key] for key in sorted(documents))


def _document(seeds: Path, source_id: str, entry: Entry) -> Document:
    record = entry.record(_KEYS, ("editor",))
    name = record["file"].text()
    path = seeds / name
    if Path(name).name != name or not path.is_file():
        raise record["file"].fail(f"no file {name} in {seeds.name}/", "Put it there, or correct the name.")
    issued = record["issued"].text_or_none()
    if issued is not None and not is_edtf(issued):
        raise record["issued"].fail(f"{issued!r} is not a date", "Write 2014, 2014-07, 2014-07-08 or 2004/2014, or null.")
    if record["title"].is_null:
        raise record["title"].fail("a source needs a title", "Where the file shows none, write a descriptive one in [brackets].")
    url = record["url"].text_or_none()
    if url is not None and not _URL.match(url):
        raise record["url"].fail(f"{url!r} is not an address", "Write it with http:// or https://, or null.")
    title, authors = record["title"].text(), [_author(item) for item in record["authors"].items()]
    editor = record["editor"].record((), ("viewpoint", "aliases", "note")) if "editor" in record else {}
    raw = read_text(path)
    if "\0" in raw:
        raise record["file"].fail(f"{name} is not plain text", "It holds NUL characters; save it as UTF-8 text.")
    if not raw.strip("\ufeff \t\r\n\f"):
        raise record["file"].fail(f"{name} is empty", "Put the document's text into it, or take it off the list.")
    return Document(
        raw=raw,
        source=Source(
            id=source_id,
            file=name,
            sha256=hashlib.sha256(raw.encode("utf-8")).hexdigest(),
            title=title,
            title_is_descriptive=title.startswith("[") and title.endswith("]"),
            authors=tuple(name for name, _ in authors),
            issued=issued,
            container=record["container"].text_or_none(),
            publisher=record["publisher"].text_or_none(),
            url=url,
            viewpoint=editor["viewpoint"].text_or_none() if "viewpoint" in editor else None,
            aliases=editor["aliases"].texts() if "aliases" in editor else (),
            families=tuple(family for _, family in authors) if any(family for _, family in authors) else (),
        ),
    )


def _author(entry: Entry) -> tuple[str, str]:
    """An author's name as it is written, and the family name if its parts are told apart; they stand in their order."""
    if not entry.is_mapping:
        return entry.text(), ""
    parts = entry.record(("family", "given"))
    return " ".join(entry.mapping()[key].text() for key in entry.mapping()), parts["family"].text()
