"""The quality of answers, held to floors: right sentence first, among three, and questions answered though nothing does.

``floors.json`` holds what was measured. A floor may be raised; lowering one needs a reason in the commit.
"""

import json
from typing import Any

import pytest

from goldset import GOLD, gold, measure, near_ask_lines
from natobot.bot import Natobot
from natobot.settings import Settings

FLOORS: dict[str, Any] = json.loads((GOLD / "floors.json").read_text("utf-8"))
SETS = ("questions-a", "questions-b", "threads")


@pytest.fixture(scope="module")
def bare(settings: Settings) -> Natobot:
    """The same bot without its cards."""
    return Natobot.open(settings, cards=False)


@pytest.mark.parametrize("name", SETS)
def test_with_cards(name: str, bot: Natobot, capsys: pytest.CaptureFixture[str]) -> None:
    """With cards, answers to questions that no card's author saw keep their floors."""
    items = gold(name)
    near = set(near_ask_lines(bot, items))
    _hold(f"cards/{name}", measure(bot, items), FLOORS["cards"][name])
    with capsys.disabled():
        print(f"\n{name}: {len(near)} of {len(items)} lie within token_set 85 of an ask line and do not count")
    counted = measure(bot, [item for item in items if item["id"] not in near])
    _hold(f"cards/{name}, counted", counted, FLOORS["cards, counted"][name])


@pytest.mark.parametrize("name", SETS)
def test_without_cards(name: str, bare: Natobot) -> None:
    """Without cards, retrieval and extraction alone keep their floors."""
    _hold(f"bare/{name}", measure(bare, gold(name)), FLOORS["without cards"][name])


def _hold(what: str, score: Any, floor: dict[str, float]) -> None:
    told = f"{what}: hit@1 {score.hit1:.3f}, hit@3 {score.hit3:.3f}, false answers {score.false_answers:.3f}"
    assert round(score.hit1, 3) >= floor["hit@1"], told
    assert round(score.hit3, 3) >= floor["hit@3"], told
    assert round(score.false_answers, 3) <= floor["false answers"], told


def test_the_gold_is_large_enough() -> None:
    """The sets are large and varied enough for their figures to mean something."""
    questions = gold("questions-a") + gold("questions-b")
    answerable = [item for item in questions if item.get("evidence")]
    assert len(answerable) >= 200
    assert len(questions) - len(answerable) >= 80
    assert len(gold("threads")) >= 30
    assert len({item["kind"] for item in questions}) >= 15
    for name in ("questions-a", "questions-b"):
        assert len({item["q"] for item in gold(name)}) == len(gold(name))
