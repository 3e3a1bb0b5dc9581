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
import zlib
from contextlib import suppress
from pathlib import Path

from natobot import __version__
from natobot.errors import StoreError
from natobot.files import BUILDING, write_whole
from natobot.settings import Settings
from natobot.store import Store

_MANIFEST = "manifest.json"
_CURRENT = "current"
_LOCK = "lock"
_DAMAGED = ".damaged-"
# Seconds that a build may take.
_LONGEST = 600
# Bytes of a file up to which its checksum is compared when it is opened; of a larger one, its size.
_CHECKED = 1 << 26


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
        folder = build(settings, wanted)
    except OSError as error:
        old = _current(home)
        reason = f"cannot write the knowledge to {home} ({error.strerror or error})"
        if old is None:
            raise StoreError(f"{reason}. Free some space there, or set NATOBOT_HOME to a folder that can be written.") from error
        return old, f"{reason}. The knowledge from before stays in use."
    store = _open(folder)
    if store is None:
        raise StoreError(f"the knowledge in {folder} cannot be read back. Remove that folder and run `natobot build`.")
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
    command = [sys.executable, "-m", "natobot", "build"]
    try:
        child = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=_LONGEST)
    except subprocess.TimeoutExpired as error:
        raise StoreError(f"the build took more than {_LONGEST} seconds. Run `natobot build` by hand to see why.") from error
    store = _open(folder)
    if store is None:
        by_hand = f"the build ended with status {child.returncode}. Run `natobot build` by hand to see why."
        changed = "a file changed while the knowledge was built. It is built again at the next look."
        lines = child.stderr.strip().splitlines() or [by_hand if child.returncode else changed]
        raise StoreError(lines[-1].removeprefix("natobot: "))
    return store


def build(settings: Settings, wanted: str) -> Path:
    """Build the knowledge with hash ``wanted`` and swap it in; where it lies now.

    Raises:
        FileError: a mistake in the seeds or responses; nothing is swapped in.
        OSError: the disk is full or not writable; nothing is swapped in.
    """
    # Reading documents takes a lot of code that an answer has no use for.
    from natobot.gather import gather
    from natobot.write import write

    knowledge = gather(settings)
    while (now := knowledge_hash(settings)) != wanted:
        # Somebody saved a file while it was read: what was read may be half of one and half of the other.
        wanted, knowledge = now, gather(settings)
    home = settings.home / "knowledge"
    home.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=BUILDING, dir=home))
    lock = None
    try:
        (work / _LOCK).touch()
        # Held, so that a build that was killed can be told from one that is still at work.
        lock = _lock(work, shared=True)
        write(work, knowledge, wanted)
        _seal(work)
        _swap_in(work, home / wanted)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if lock is not None:
            os.close(lock)
    _point(home, wanted)
    _sweep(home, keep=wanted)
    return home / wanted


def _seal(work: Path) -> None:
    """Write down how long each file is and what it sums up to; let who may read the folder around it read all of it."""
    paths = sorted(path for path in work.rglob("*") if path.name != _LOCK)
    sums = {str(path.relative_to(work)): _sum(path) for path in paths if path.is_file()}
    (work / _MANIFEST).write_text(json.dumps(sums, indent=1), "utf-8")
    mode = work.parent.stat().st_mode & 0o777
    for path in (work, work / _MANIFEST, *paths):
        path.chmod(mode if path.is_dir() else mode & 0o666)


def _sum(path: Path) -> list[int]:
    """A file's size and checksum."""
    size = path.stat().st_size
    return [size, zlib.crc32(path.read_bytes()) if size <= _CHECKED else 0]


def _swap_in(work: Path, target: Path) -> None:
    """Give a finished directory its name, unless another process was first."""
    if target.exists() and _open(target) is None:
        # Renamed first, so that nobody can open it while it goes.
        with suppress(FileNotFoundError):
            gone = target.rename(target.with_name(f"{_DAMAGED}{os.getpid()}-{target.name}"))
            shutil.rmtree(gone, ignore_errors=True) if gone.is_dir() else gone.unlink()
    try:
        work.rename(target)
    except OSError:
        if _open(target) is None:
            raise


def knowledge_hash(settings: Settings) -> str:
    """Names the knowledge that these documents, responses and this code give: 16 hex digits."""
    digest = hashlib.sha256(__version__.encode())
    for root, pattern in ((settings.seeds, "*"), (settings.responses, "**/*"), (Path(__file__).parent, "*.py")):
        for path in sorted(p for p in root.glob(pattern) if p.is_file() and not p.name.startswith(".")):
            digest.update(f"{root.name if root.name != 'data' else ''}/{path.relative_to(root)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _open(folder: Path) -> Store | None:
    """The store in ``folder`` if it is whole, with the folder locked against sweeping as long as the store is in use."""
    try:
        # Locked before it is looked at, so that nobody sweeps it away in between.
        lock = _lock(folder, shared=True)
    except BlockingIOError:
        return None
    try:
        sums = json.loads((folder / _MANIFEST).read_text("utf-8"))
        if all(_sum(folder / name) == wanted for name, wanted in sums.items()):
            return Store(folder, lock)
    except (OSError, ValueError, AttributeError, StoreError):
        pass
    if lock is not None:
        os.close(lock)
    return None


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
        write_whole(home / _CURRENT, wanted)


def _sweep(home: Path, keep: str) -> None:
    """Remove directories that nobody uses any more, and what builds that were killed have left."""
    for folder in home.iterdir():
        if folder.name == keep or not folder.is_dir():
            continue
        if folder.name.startswith(_DAMAGED):
            shutil.rmtree(folder, ignore_errors=True)
            continue
        with suppress(BlockingIOError):
            if (lock := _lock(folder, shared=False)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _lock(folder: Path, *, shared: bool) -> int | None:
    """A lock on a knowledge directory that ends with the process; None where there can be none.

    Raises:
        BlockingIOError: another process holds it the other way.
    """
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
    except BlockingIOError:
        os.close(handle)
        raise
    except OSError:
        os.close(handle)
        return None
    return handle
