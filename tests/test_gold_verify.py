"""``verify`` on quotations written by a reader of the essays who has not seen the code; floors in ``floors-verify.json``."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from natobot.align import GAP, written
from natobot.model import Verdict
from natobot.verify import verify
from verify_corpus import shipped

GOLD = Path(__file__).parent / "gold"
FLOORS = json.loads((GOLD / "floors-verify.json").read_text("utf-8"))
APPROVED = ("exact", "typography", "abridged")


@cache
def judged() -> tuple[tuple[dict[str, Any], Verdict], ...]:
    """Every gold item with the verdict on it."""
    items: list[dict[str, Any]] = yaml.safe_load((GOLD / "verify.yaml").read_text("utf-8"))
    return tuple((item, verify(item["text"], item["by"], shipped())) for item in items)


def misses(kind: str | None = None) -> list[tuple[str, str, str]]:
    """(id, gold, got) of the wrong verdicts, of one gold verdict or all."""
    return [
        (item["id"], item["verdict"], got.verdict)
        for item, got in judged()
        if item["verdict"] != got.verdict and kind in (None, item["verdict"])
    ]


def test_there_is_enough_gold() -> None:
    """The set holds at least 200 quotations, and each of the six verdicts at least 20 times."""
    kinds = [item["verdict"] for item, _ in judged()]
    assert len(kinds) >= 200
    assert min(kinds.count(kind) for kind in (*APPROVED, "altered", "misattributed", "not_found")) >= 20


def test_the_verdicts_are_right() -> None:
    """As many verdicts are right as the floor says."""
    assert 1 - len(misses()) / len(judged()) >= FLOORS["verdicts"], misses()


def test_no_changed_quotation_is_approved() -> None:
    """None that the gold calls altered or not found is exact, typography or abridged."""
    wrong = [miss for miss in misses() if miss[1] in ("altered", "not_found") and miss[2] in APPROVED]
    assert len(wrong) <= FLOORS["approved_though_changed"], wrong


def test_the_attributions_are_right() -> None:
    """As many names are judged right as the floor says."""
    wrong = [item["id"] for item, got in judged() if item["attribution_ok"] != got.attribution_ok]
    assert 1 - len(wrong) / len(judged()) >= FLOORS["attributions"], wrong


def test_the_warnings_speak_of_what_the_cut_hides() -> None:
    """Where the gold wants a warning of a hidden negation or attribution, there is one."""
    wanted = [(item["id"], word, got.warnings) for item, got in judged() for word in item.get("warns") or ()]
    missed = [one for one in wanted if not any(one[1] in warning for warning in one[2])]
    assert 1 - len(missed) / len(wanted) >= FLOORS["warnings"], missed


def test_the_words_shown_are_the_sources() -> None:
    """The text of every verdict is what its spans hold, but for white space."""
    for item, got in judged():
        raw = shipped().raw(got.source) if got.source else ""
        held = "".join("".join(raw[s.start : s.end] for s in got.spans).split())
        assert "".join((got.text or "").split()) == held, item["id"]


def test_the_diff_of_an_altered_quotation_holds_it() -> None:
    """The words of an altered quotation are those of its diff's = and + parts; - and + say what was changed."""
    for item, got in judged():
        if got.verdict == "altered":
            there = [key for tag, text in got.diff if tag != "-" for key in written(text).keys if key != GAP]
            assert there == [key for key in written(item["text"]).keys if key != GAP], item["id"]
            assert {tag for tag, _ in got.diff} & {"-", "+"}, item["id"]
