"""Quality of answers on the gold questions: hit@1, hit@3 and false answers, by set and kind, with and without cards.

python benchmarks/quality.py            the table
python benchmarks/quality.py --misses   and every miss with the best candidates
python benchmarks/quality.py --floors   write what was measured to tests/gold/floors.json (a floor is never lowered)
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from goldset import GOLD, Score, by_kind, gold, measure, near_ask_lines
from natobot.bot import Natobot
from natobot.settings import Settings

SETS = ("questions-a", "questions-b", "threads")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--floors", action="store_true")
    options = parser.parse_args()
    settings = Settings.load()
    measured: dict[str, dict[str, Any]] = {"cards": {}, "cards, counted": {}, "without cards": {}}
    for cards in (True, False):
        bot = Natobot.open(settings, cards=cards)
        for name in SETS:
            items = gold(name)
            if cards:
                near = set(near_ask_lines(bot, items))
                counted = measure(bot, [item for item in items if item["id"] not in near])
                measured["cards, counted"][name] = _told("cards, counted", name, counted, f", {len(near)} do not count")
            score = measure(bot, items)
            label = "cards" if cards else "without cards"
            measured[label][name] = _told(label, name, score, "")
            print("   ", ", ".join(f"{kind} {right}" for kind, right in by_kind(score).items()))
            if options.misses:
                _misses(bot, score)
    if options.floors:
        _write(measured)


def _told(label: str, name: str, score: Score, more: str) -> dict[str, float]:
    print(
        f"{label:15} {name:12} hit@1 {score.hit1:.3f}  hit@3 {score.hit3:.3f}  false {score.false_answers:.3f}"
        f"  refused {score.refused}  of {score.answerable} + {score.unanswerable}{more}"
    )
    return {
        "hit@1": round(score.hit1, 3),
        "hit@3": round(score.hit3, 3),
        "false answers": round(score.false_answers, 3),
    }


def _misses(bot: Natobot, score: Score) -> None:
    for item, answer in score.misses:
        print(f"  - {item['kind']}: {item.get('q') or item['turns']}")
        if answer.receipt:
            print(f"    {answer.intent}, {answer.receipt.why}, missing {answer.missing}, read {dict(answer.repaired)}")
            for candidate in answer.receipt.candidates[:3]:
                print(f"      {candidate.score:.3f} {bot.passage(candidate.passage).text[:100]}")


def _write(measured: dict[str, dict[str, Any]]) -> None:
    path = GOLD / "floors.json"
    before = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    for label, sets in measured.items():
        for name, values in sets.items():
            old = before.get(label, {}).get(name)
            if old:
                sets[name] = {
                    key: min(value, old[key]) if key == "false answers" else max(value, old[key]) for key, value in values.items()
                }
    path.write_text(json.dumps(measured, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
