"""The gold sets: reading them, and measuring an open bot against them. Judged on the answering ``passage`` alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz, process

from natobot.bot import Natobot
from natobot.fold import fold
from natobot.model import Answer, Thread
from natobot.store import Store

GOLD = Path(__file__).parent / "gold"
Item = dict[str, Any]
NEAR_AN_ASK_LINE = 85.0


def gold(name: str) -> list[Item]:
    """The items of ``tests/gold/<name>.yaml``."""
    found = yaml.safe_load((GOLD / f"{name}.yaml").read_text("utf-8"))
    assert isinstance(found, list)
    return found


@dataclass(slots=True)
class Score:
    """What was measured on a set of questions."""

    # Answerable questions, and those whose right sentence came first, or among the snippets.
    answerable: int = 0
    first: int = 0
    among: int = 0
    # Questions without an answer, and those that were answered all the same.
    unanswerable: int = 0
    false: int = 0
    # Answerable questions that were refused.
    refused: int = 0
    # By kind: (right first, all) or (falsely answered, all).
    kinds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    # Items answered wrongly, with the answer.
    misses: list[tuple[Item, Answer]] = field(default_factory=list)

    @property
    def hit1(self) -> float:
        return self.first / self.answerable if self.answerable else 0.0

    @property
    def hit3(self) -> float:
        return self.among / self.answerable if self.answerable else 0.0

    @property
    def false_answers(self) -> float:
        return self.false / self.unanswerable if self.unanswerable else 0.0


class Evidence:
    """Finds the passages that hold a gold item's evidence."""

    def __init__(self, store: Store) -> None:
        self._texts = {
            source: [
                ("".join("".join(store.raw(source)[s.start : s.end] for s in p.spans).split()), p.id)
                for p in store.passages(source)
            ]
            for source in store.sources
        }

    def passages(self, item: Item) -> frozenset[str]:
        """Ids of all passages that are a right first answer; fails on evidence that stands nowhere."""
        found = set()
        for one in item["evidence"]:
            source, words = (one["source"], one["words"]) if isinstance(one, dict) else (item["source"], one)
            squeezed = "".join(words.split())
            hits = [key for text, key in self._texts[source] if squeezed in text]
            assert hits, f"{item['id']}: no passage of {source} holds {words!r}"
            found.update(hits)
        return frozenset(found)


def refused_with_near(bot: Natobot) -> tuple[str, list[str]]:
    """A gold question that is refused, and the near passages that are suggested instead, at least two."""
    for item in gold("questions-a"):
        answer = bot.reply(item.get("q", ""))
        near = [each.passage for each in answer.suggestions if each.passage]
        if not answer.answered and len(near) > 1:
            return item["q"], near
    raise AssertionError("no gold question is refused with near passages")


def measure(bot: Natobot, items: Iterable[Item]) -> Score:
    """Ask every item and judge the answers."""
    evidence = Evidence(bot.store)
    score = Score()
    for item in items:
        *before, last = item.get("turns") or [item["q"]]
        answer = bot.reply(last, Thread(turns=tuple(before)))
        kind = score.kinds[item["kind"]]
        kind["all"] += 1
        if item.get("evidence"):
            right = evidence.passages(item)
            got = [snippet.passage.id for snippet in answer.snippets]
            score.answerable += 1
            score.refused += not got
            score.among += bool(right & set(got))
            if got and got[0] in right:
                score.first += 1
                kind["right"] += 1
            else:
                score.misses.append((item, answer))
        else:
            score.unanswerable += 1
            kind["right"] += not answer.answered
            if answer.answered:
                score.false += 1
                score.misses.append((item, answer))
    return score


def near_ask_lines(bot: Natobot, items: Iterable[Item]) -> list[str]:
    """Ids of the questions that come too near to an ``ask`` line to count."""
    lines = [fold(line) for card in bot.store.cards() for line in card.ask]
    return [item["id"] for item in items if "q" in item and _nearest(fold(item["q"]), lines) > NEAR_AN_ASK_LINE]


def _nearest(question: str, lines: Sequence[str]) -> float:
    """The token_set_ratio of the line that comes nearest; 0 if none reaches the limit."""
    best = process.extractOne(question, lines, scorer=fuzz.token_set_ratio, score_cutoff=NEAR_AN_ASK_LINE)
    return best[1] if best else 0.0


def by_kind(score: Score) -> Mapping[str, str]:
    """Kind to "right/all"."""
    return {kind: f"{count['right']}/{count['all']}" for kind, count in sorted(score.kinds.items())}
