"""Seeds and responses in, a knowledge directory out: built aside, swapped in with one rename, never read half.

``$NATOBOT_HOME/knowledge/<hash>/`` holds one knowledge; the file ``current`` names the one in use. The hash covers the
documents, the responses and the code that reads them. Two processes may build at once: the first to finish wins, the
other throws its own away. A directory in use is locked (shared) by its reader and goes once nobody holds it.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from natobot import __version__
from natobot.cards import Card, cards, check_topics, topics
from natobot.errors import StoreError
from natobot.events import events
from natobot.extract import extract
from natobot.figures import figures
from natobot.intents import Responses, responses
from natobot.model import Event, Figure, Passage, Quotation, Term
from natobot.quotations import quotations
from natobot.read import Document, read
from natobot.settings import Settings
from natobot.store import Knowledge, Store, load, load_passage, write
from natobot.terms import terms
from natobot.voice import voice
from natobot.words import Words

_MANIFEST = "manifest.json"
_CURRENT = "current"
_LOCK = "lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What one document holds."""

    # In the order of the document.
    passages: tuple[Passage, ...]
    events: tuple[Event, ...]
    terms: tuple[Term, ...]
    figures: tuple[Figure, ...]
    quotations: tuple[Quotation, ...]
    # How many lines were set aside as what.
    set_aside: tuple[tuple[str, int], ...]


def ensure(settings: Settings) -> tuple[Store, str | None]:
    """The knowledge for these settings, built if it is missing or damaged; and a warning if an older one had to do.

    Raises:
        FileError: a mistake in the seeds or responses and no knowledge to fall back on is wanted: always raised.
        StoreError: it cannot be written, and there is none from before.
    """
    wanted = knowledge_hash(settings)
    home = settings.home / "knowledge"
    if (store := _open(home / wanted)) is not None:
        _point(home, wanted)
        return store, None
    try:
        build(settings, wanted)
    except OSError as error:
        old = _current(home)
        reason = f"cannot write the knowledge to {home} ({error.strerror or error})"
        if old is None:
            raise StoreError(f"{reason}. Free some space there, or set NATOBOT_HOME to a folder that can be written.") from error
        return old, f"{reason}. The knowledge from before stays in use."
    store = _open(home / wanted)
    if store is None:
        raise StoreError(f"the knowledge in {home / wanted} cannot be read back. Remove that folder and run `natobot build`.")
    return store, None


def newer(settings: Settings, wanted: str) -> Store:
    """The knowledge ``wanted``, built by a child process so that the doors stay quick meanwhile.

    Raises:
        StoreError: the child failed; its one line says why.
    """
    folder = settings.home / "knowledge" / wanted
    if (store := _open(folder)) is not None:
        return store
    env = os.environ | {
        "NATOBOT_HOME": str(settings.home),
        "NATOBOT_SEEDS": str(settings.seeds),
        "NATOBOT_RESPONSES": str(settings.responses),
    }
    child = subprocess.run(
        [sys.executable, "-m", "natobot", "build"], env=env, capture_output=True, text=True, check=False, timeout=600
    )
    store = _open(folder)
    if store is None:
        lines = child.stderr.strip().splitlines() or [f"the build ended with status {child.returncode}"]
        raise StoreError(lines[-1].removeprefix("natobot: "))
    return store


def build(settings: Settings, wanted: str) -> Path:
    """Build the knowledge with hash ``wanted`` and swap it in.

    Raises:
        FileError: a mistake in the seeds or responses; nothing is swapped in.
        OSError: the disk is full or not writable; nothing is swapped in.
    """
    knowledge = gather(settings)
    home = settings.home / "knowledge"
    home.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=home))
    try:
        write(work, knowledge, wanted)
        (work / _LOCK).touch()
        files = sorted(path for path in work.rglob("*") if path.is_file() and path.name != _LOCK)
        sizes = {str(path.relative_to(work)): path.stat().st_size for path in files}
        (work / _MANIFEST).write_text(json.dumps(sizes, indent=1), "utf-8")
        target = home / wanted
        if target.exists() and _open(target) is None:
            # Renamed first, so that nobody can open it while it goes.
            shutil.rmtree(target.rename(home / f".damaged-{os.getpid()}-{wanted}"), ignore_errors=True)
        with suppress(FileExistsError, OSError) if target.exists() else suppress():
            work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _point(home, wanted)
    _sweep(home, keep=wanted)
    return target


def gather(settings: Settings) -> Knowledge:
    """Read, clean and extract everything there is to know.

    Raises:
        FileError: a mistake in the seeds or responses.
    """
    documents = read(settings.seeds)
    words = Words.open(settings.home)
    found = [_extracted(document, words, settings.home / "cache") for document in documents]
    passages = tuple(passage for one in found for passage in one.passages)
    responses(settings.responses)  # A mistake there stops the build as well.
    check_topics(settings.responses, topics(settings.responses))
    return Knowledge(
        sources=tuple(document.source for document in documents),
        raws={document.source.id: document.raw for document in documents},
        passages=passages,
        cards=gather_cards(settings, passages),
        events=tuple(event for one in found for event in one.events),
        terms=tuple(term for one in found for term in one.terms),
        figures=tuple(figure for one in found for figure in one.figures),
        quotations=tuple(quotation for one in found for quotation in one.quotations),
    )


def gather_cards(settings: Settings, passages: tuple[Passage, ...]) -> tuple[Card, ...]:
    """The cards; none where no passage is left to point at."""
    return cards(settings.responses, passages)


def knowledge_hash(settings: Settings) -> str:
    """Names the knowledge that these documents, responses and this code give: 16 hex digits."""
    digest = hashlib.sha256(__version__.encode())
    for root, pattern in ((settings.seeds, "*"), (settings.responses, "**/*.yaml"), (Path(__file__).parent, "*.py")):
        for path in sorted(p for p in root.glob(pattern) if p.is_file() and not p.name.startswith(".")):
            digest.update(f"{root.name if root.name != 'data' else ''}/{path.relative_to(root)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def extract_document(document: Document, words: Words) -> Extracted:
    """Passages with their voice, and the facts they state."""
    source, raw = document.source, document.raw
    passages, cleaned = extract(source, raw, words.zipf)
    quoted = quotations(source, passages, raw)
    return Extracted(
        passages=tuple(_voiced(passages, quoted)),
        events=events(source, passages, raw),
        terms=terms(source, passages, raw),
        figures=figures(source, passages, raw),
        quotations=quoted,
        set_aside=cleaned.set_aside,
    )


def _voiced(passages: tuple[Passage, ...], quoted: tuple[Quotation, ...]) -> Iterator[Passage]:
    """Passages with the role and speaker that their words show."""
    by_passage: dict[str, list[Quotation]] = {}
    for quotation in quoted:
        by_passage.setdefault(quotation.passage, []).append(quotation)
    previous: Passage | None = None
    for passage in passages:
        if passage.role == "author":
            role, speaker = voice(passage, previous, by_passage.get(passage.id, []))
            if role != "author":
                values = {name: getattr(passage, name) for name in passage.__slots__}
                yield Passage(**{**values, "role": role, "speaker": speaker})
                previous = passage
                continue
        yield passage
        previous = passage


def _extracted(document: Document, words: Words, cache: Path) -> Extracted:
    """What a document holds, from the cache if this very code has read this very file before."""
    key = hashlib.sha256(f"{document.source}{_code_digest()}".encode()).hexdigest()[:24]
    path = cache / f"{document.source.id}-{key}.json"
    try:
        return _load_extracted(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    extracted = extract_document(document, words)
    with suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        for old in cache.glob(f"{document.source.id}-*.json"):
            old.unlink(missing_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=cache, delete=False) as file:
            json.dump(asdict(extracted), file, ensure_ascii=False)
        Path(file.name).replace(path)
    return extracted


def _load_extracted(body: dict[str, Any]) -> Extracted:
    return Extracted(
        passages=tuple(load_passage(one) for one in body["passages"]),
        events=tuple(load(Event, one) for one in body["events"]),
        terms=tuple(load(Term, one) for one in body["terms"]),
        figures=tuple(load(Figure, one) for one in body["figures"]),
        quotations=tuple(load(Quotation, one) for one in body["quotations"]),
        set_aside=tuple((name, count) for name, count in body["set_aside"]),
    )


def _code_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _open(folder: Path) -> Store | None:
    """The store in ``folder`` if it is whole, with the folder locked against sweeping."""
    try:
        sizes = json.loads((folder / _MANIFEST).read_text("utf-8"))
        if any((folder / name).stat().st_size != size for name, size in sizes.items()):
            return None
        store = Store(folder)
    except (OSError, ValueError, StoreError):
        return None
    store.lock = _lock(folder, shared=True)
    return store


def _current(home: Path) -> Store | None:
    try:
        name = (home / _CURRENT).read_text("utf-8").strip()
    except OSError:
        return None
    return _open(home / name) if name else None


def _point(home: Path, wanted: str) -> None:
    """Let ``current`` name the knowledge, in one step."""
    with suppress(OSError):
        if (home / _CURRENT).is_file() and (home / _CURRENT).read_text("utf-8") == wanted:
            return
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=home, delete=False) as file:
            file.write(wanted)
        Path(file.name).replace(home / _CURRENT)


def _sweep(home: Path, keep: str) -> None:
    """Remove directories that nobody uses any more."""
    for folder in home.iterdir():
        if folder.name == keep or not folder.is_dir() or folder.name.startswith(".building-"):
            continue
        if (lock := _lock(folder, shared=False)) is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _lock(folder: Path, *, shared: bool) -> int | None:
    """A lock on a knowledge directory that ends with the process; None if another holds it the other way."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system: nothing is swept, nothing is lost
        return None
    try:
        handle = os.open(folder / _LOCK, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle
