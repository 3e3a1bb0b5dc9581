"""How long ``reply()`` takes on the shipped documents, with and without cards, by kind of question.

``python benchmarks/reply.py [--rounds 5]`` asks every gold question and thread in a shuffled order: once right after
opening (caches empty), then so many rounds more. It prints milliseconds of wall time, and of processor time, which shows
what a reply costs where other programs hold the machine up. The budget is p50 1 ms and p99 5 ms with all cards.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from goldset import gold
from natobot.bot import Natobot
from natobot.model import Thread
from natobot.settings import Settings

BUDGET = {0.5: 1.0, 0.99: 5.0}
# Wall and processor milliseconds.
Times = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask."""

    # Which kind it is in the gold set.
    kind: str
    # What was asked before.
    before: Thread
    # What is asked.
    text: str


def questions() -> list[Question]:
    """Every gold question, every gold thread, and those of the questions that have no answer."""
    found = []
    for name in ("questions-a", "questions-b", "threads"):
        for item in gold(name):
            *before, last = item.get("turns") or [item["q"]]
            kind = "thread" if before else str(item["kind"])
            found.append(Question(kind, Thread(turns=tuple(before)), last))
    return found


def milliseconds(bot: Natobot, question: Question) -> Times:
    """Wall and processor time of one reply."""
    start, used = time.perf_counter(), time.thread_time()
    bot.reply(question.text, question.before)
    return (time.perf_counter() - start) * 1000, (time.thread_time() - used) * 1000


def quantile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of the others does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def line(name: str, found: Sequence[Times]) -> str:
    """A row of the table."""
    shown = ""
    for values in zip(*found, strict=True):
        shown += "".join(f"{quantile(values, share):8.2f}" for share in (0.5, 0.9, 0.99, 1.0)) + "    "
    return f"{name:28}{len(found):7}{shown}".rstrip()


def measure(settings: Settings, *, cards: bool, rounds: int) -> list[float]:
    """Open the bot, ask everything, print a block of the table; the times of all rounds but the first."""
    bot = Natobot.open(settings, cards=cards)
    asked = questions()
    shuffle = random.Random(1)  # noqa: S311 - the same order every time
    shuffle.shuffle(asked)
    columns = "".join(f"{name:>8}" for name in ("p50", "p90", "p99", "max"))
    print(f"\n{'with all cards' if cards else 'without cards':28}{'':7}{'wall ms':>32}{'processor ms':>36}")
    print(f"{'':28}{'replies':>7}{columns}    {columns}")
    print(line("the very first reply", [milliseconds(bot, asked[0])]))
    print(line("first round, caches empty", [milliseconds(bot, question) for question in asked]))
    kinds: dict[str, list[Times]] = defaultdict(list)
    for _ in range(rounds):
        shuffle.shuffle(asked)
        for question in asked:
            kinds[question.kind].append(milliseconds(bot, question))
    every = [one for found in kinds.values() for one in found]
    print(line("all further rounds", every))
    for kind in sorted(kinds):
        print(line(f"  {kind}", kinds[kind]))
    return [wall for wall, _ in every]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as home:
        settings = Settings.load({"NATOBOT_HOME": home})
        every = measure(settings, cards=True, rounds=rounds)
        measure(settings, cards=False, rounds=rounds)
    verdicts = [f"p{100 * share:g} {quantile(every, share):.2f} of {most:g} ms" for share, most in BUDGET.items()]
    kept = all(quantile(every, share) <= most for share, most in BUDGET.items())
    print(f"\nbudget with all cards: {', '.join(verdicts)}: {'kept' if kept else 'BROKEN'}")


if __name__ == "__main__":
    main()
