"""An answer is a function of question, thread, documents, responses and version: never of how the knowledge came about."""

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from goldset import gold
from little import little, spoil
from natobot import render
from natobot.bot import Natobot
from natobot.model import Thread
from natobot.settings import Settings

Turns = tuple[str, ...]
SMALL: tuple[Turns, ...] = (
    ("what happened to the first ferry",),
    ("how old is the boat line",),
    ("the ferry",),
    ("Oldport and Westrow",),
    ("barley for the nine vilages",),
    ("what happened to the first ferry", "and in 1911?"),
    ("what about Iceland",),
    ("hello",),
)


def every_gold_question() -> list[Turns]:
    """All questions and threads of the gold sets."""
    items = [item for name in ("questions-a", "questions-b", "threads") for item in gold(name)]
    return [tuple(item.get("turns") or [item["q"]]) for item in items]


def answers(bot: Natobot, questions: Iterable[Turns]) -> list[bytes]:
    """The record of every answer, as the bytes that would be printed."""
    found = []
    for *before, last in questions:
        record = render.record(bot.reply(last, Thread(turns=tuple(before))), None, why=True)
        # The hash says which knowledge answered; it is the answer that must be the same.
        record["why"].pop("knowledge")
        found.append(json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return found


def copied(settings: Settings, folder: Path) -> Settings:
    """The same documents and responses, every file created in the opposite order, in another place and at another time."""
    for name, source in (("seeds", settings.seeds), ("responses", settings.responses)):
        for path in sorted(source.rglob("*"), reverse=True):
            if path.is_file():
                to = folder / name / path.relative_to(source)
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_bytes(path.read_bytes())
                os.utime(to, (1_000_000_000, 1_000_000_000))
    (folder / "home").mkdir()
    for words in settings.home.glob("words-*"):
        os.link(words, folder / "home" / words.name)
    return replace(settings, home=folder / "home", seeds=folder / "seeds", responses=folder / "responses")


def upside_down(settings: Settings) -> None:
    """List the documents in the opposite order."""
    path = settings.seeds / "sources.yaml"
    head, *entries = path.read_text("utf-8").split("\n\n")
    comment = "\n".join(line for line in head.splitlines() if line.startswith("#"))
    entries = entries if comment == head else [head.removeprefix(comment).strip("\n"), *entries]
    path.write_text(comment + "\n\n" + "\n\n".join(reversed([entry.strip("\n") for entry in entries])) + "\n", "utf-8")


def change_and_change_back(settings: Settings, card_file: str, document: str) -> None:
    """Build the knowledge of other files first, so that what is built next finds a cache and an older directory."""
    card, text = settings.responses / "cards" / card_file, settings.seeds / document
    before = card.read_bytes(), text.read_bytes()
    card.unlink()
    text.write_bytes(before[1] + b"\n\nOne more sentence stands here.\n")
    Natobot.open(settings)
    card.write_bytes(before[0])
    text.write_bytes(before[1])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Settings:
    """Two short documents and two cards, not to be changed."""
    return little(tmp_path_factory.mktemp("small"), settings)


@pytest.fixture(scope="module")
def expected(small: Settings) -> list[bytes]:
    """What is answered from them when their knowledge is built from nothing."""
    return answers(Natobot.open(small), SMALL)


def test_the_order_of_files_makes_no_difference(tmp_path: Path, small: Settings, expected: list[bytes]) -> None:
    """Documents listed and created the other way round give the same bytes."""
    other = copied(small, tmp_path)
    ferry, mill = (other.seeds / "sources.yaml").read_text("utf-8").split("mill:\n")
    (other.seeds / "sources.yaml").write_text(f"mill:\n{mill}{ferry}", "utf-8")
    bot = Natobot.open(other)
    assert [source.id for source in bot.store.sources.values()] == ["ferry", "mill"]
    assert answers(bot, SMALL) == expected


def test_the_history_of_a_build_makes_no_difference(tmp_path: Path, small: Settings, expected: list[bytes]) -> None:
    """Knowledge built on a cache, after other knowledge, gives the same bytes as knowledge built from nothing."""
    grown = copied(small, tmp_path)
    (grown.responses / "cards" / "more.yaml").write_text("topic: boats\ncards: {}\n", "utf-8")
    change_and_change_back(grown, "more.yaml", "mill.txt")
    assert answers(Natobot.open(grown), SMALL) == expected


def test_a_change_does_make_a_difference(tmp_path: Path, small: Settings, expected: list[bytes]) -> None:
    """So the tests above could fail: another card, another answer."""
    other = copied(small, tmp_path)
    spoil(other, "cards/boats.yaml", "It sank in the storm of 1902", "It sank in the spring of 1911")
    assert answers(Natobot.open(other), SMALL) != expected


@pytest.mark.slow
def test_every_gold_question_has_the_same_answer(tmp_path: Path, settings: Settings, bot: Natobot) -> None:
    """On the shipped documents: files in another order, listed in another order, and on top of older knowledge."""
    questions = every_gold_question()
    expected = answers(bot, questions)
    assert len(questions) > 300
    shuffled = copied(settings, tmp_path / "shuffled")
    upside_down(shuffled)
    grown = copied(settings, tmp_path / "grown")
    first = sorted(path.name for path in (grown.responses / "cards").glob("*.yaml"))[0]
    change_and_change_back(grown, first, next(iter(bot.store.sources.values())).file)
    for other in (shuffled, grown):
        assert answers(Natobot.open(other), questions) == expected


@pytest.mark.slow
def test_a_copy_of_the_knowledge_answers_the_same(tmp_path: Path, settings: Settings, bot: Natobot) -> None:
    """Knowledge may be carried to another machine: a copied home is opened as it is."""
    home = tmp_path / "home"
    shutil.copytree(settings.home, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("natobot.build.build", None)
        moved = Natobot.open(settings, home=home)
    questions = every_gold_question()[::5]
    assert answers(moved, questions) == answers(bot, questions)
