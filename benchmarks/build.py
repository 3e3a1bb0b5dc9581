"""How long it takes to build the knowledge of the shipped documents, each time in a process of its own.

``python benchmarks/build.py [--times 5]`` builds in an empty home, then with the documents' cache (as after a changed card),
then opens what is there. It prints wall and processor seconds and the most memory; the budget is 1 second from nothing.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

BUDGET = 1.0
# What the child does: its own clock starts after the imports, as a running bot has them behind it.
CHILD = """
import json, resource, sys, time
from pathlib import Path
from natobot import build, gather
from natobot.settings import Settings
settings = Settings.load({"NATOBOT_HOME": sys.argv[1]})
wall, processor = time.perf_counter(), time.process_time()
store, _ = build.ensure(settings)
found = {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}
found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
found["size"] = sum(path.stat().st_size for path in store.folder.rglob("*") if path.is_file()) / 1e6
print(json.dumps(found))
"""
STAGES = """
import sys, time
from natobot import build, gather, write
from natobot.cards import cards
from natobot.gather import extract_document
from natobot.intents import responses
from natobot.read import read
from natobot.settings import Settings
from natobot.words import Words
settings = Settings.load({"NATOBOT_HOME": sys.argv[1]})
clock, last = time.perf_counter, time.perf_counter()
def stage(name):
    global last
    print(f"  {name:34}{clock() - last:8.3f}")
    last = clock()
words = Words.open(settings.home); stage("word list")
build.knowledge_hash(settings); stage("hash")
documents = read(settings.seeds); stage("read")
found = [extract_document(document, words) for document in documents]; stage("clean, extract, facts")
responses(settings.responses); stage("intents, aliases, names, wording")
cards(settings.responses, [p for one in found for p in one.passages]); stage("cards")
knowledge = gather.gather(settings); stage("all of these together")
import tempfile, pathlib
with tempfile.TemporaryDirectory() as folder:
    write.write(pathlib.Path(folder), knowledge, "0"); stage("write content and indexes")
"""


def child(code: str, home: Path) -> str:
    """What a process of its own prints."""
    command = [sys.executable, "-c", code, str(home)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def measure(name: str, times: int, prepare: Callable[[Path], None]) -> float:
    """Build so many times, print the row; the median of the wall seconds."""
    found: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(times):
            home = Path(folder) / str(number)
            home.mkdir()
            prepare(home)
            found.append(json.loads(child(CHILD, home)))
    median = {key: statistics.median(one[key] for one in found) for key in found[0]}
    slowest = max(one["wall"] for one in found)
    values = f"{median['wall']:9.2f}{slowest:9.2f}{median['processor']:11.2f}"
    print(f"{name:36}{values}{median['memory']:9.0f}{median['size']:8.1f}")
    return median["wall"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder)
        child(CHILD, built)

        def nothing(_: Path) -> None:
            """An empty home, on a machine that never ran natobot."""

        def words(home: Path) -> None:
            """The list of English words lies there already."""
            for path in built.glob("words-*"):
                shutil.copy(path, home)

        def cached(home: Path) -> None:
            """What the documents hold lies there as well: only a card was changed."""
            words(home)
            shutil.copytree(built / "cache", home / "cache")

        def ready(home: Path) -> None:
            """Nothing was changed."""
            shutil.copytree(built, home, dirs_exist_ok=True)

        print(f"{'':36}{'wall s':>9}{'slowest':>9}{'processor':>11}{'MiB':>9}{'MB':>8}")
        cold = measure("from nothing", times, nothing)
        measure("without the word list's part", times, words)
        measure("after a changed card", times, cached)
        measure("nothing to build", times, ready)
        print("\nby stage, seconds")
        with tempfile.TemporaryDirectory() as home:
            print(child(STAGES, Path(home)), end="")
    print(f"\nbudget from nothing: {cold:.2f} of {BUDGET:g} s: {'kept' if cold <= BUDGET else 'BROKEN'}")


if __name__ == "__main__":
    main()
