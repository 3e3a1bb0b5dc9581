"""The knowledge directory: what goes in comes out, equal scores break the same way, and damage is told from health."""

import gc
import resource
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from little import little
from natobot import store as store_module
from natobot import write as write_module
from natobot.bot import Natobot
from natobot.errors import StoreError
from natobot.gather import gather
from natobot.settings import Settings
from natobot.store import CONTENT, Knowledge, Store, content_stems
from natobot.write import write


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Knowledge:
    """What two short documents and two cards hold."""
    return gather(little(tmp_path_factory.mktemp("little"), settings))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Store:
    """The same, written and opened."""
    folder = tmp_path_factory.mktemp("small")
    write(folder, knowledge, "0123456789abcdef")
    return Store(folder)


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file grows beyond ``size`` bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def texts(small: Store, rows: list[int]) -> list[str]:
    """The sentences in these rows."""
    by_id = {passage.id: passage.text for passage in small.passages()}
    return [by_id[small.row(row).id] for row in rows]


def test_what_goes_in_comes_out(bot: Natobot, settings: Settings) -> None:
    """Sources, passages, cards and every fact of the shipped documents come back as they were written."""
    knowledge, held = gather(settings), bot.store
    assert tuple(held.sources.values()) == knowledge.sources
    assert {key: held.raw(key) for key in held.sources} == knowledge.raws
    assert tuple(held.passages()) == knowledge.passages
    assert tuple(held.cards()) == tuple(sorted(knowledge.cards, key=lambda card: card.id))
    assert tuple(held.events()) == knowledge.events
    assert tuple(held.terms()) == knowledge.terms
    assert tuple(held.figures()) == knowledge.figures
    assert tuple(held.quotations()) == knowledge.quotations


def test_a_passage_is_found_by_its_id(small: Store, knowledge: Knowledge) -> None:
    """An id gives its passage; an unknown one nothing."""
    assert [small.passage(passage.id) for passage in knowledge.passages] == list(knowledge.passages)
    assert small.passage("ferry/000000000000") is None


def test_passages_of_one_source(small: Store) -> None:
    """Passages can be had of one source alone, in its order."""
    assert [passage.source for passage in small.passages("mill")] == ["mill"] * 3
    assert next(small.passages("mill")).text.startswith("The mill at Westrow")


def test_the_best_passage_is_found_first(small: Store) -> None:
    """More and rarer words of the question weigh more."""
    weights = {stem: small.idf(stem) for stem in content_stems("ferry sank in a storm with sheep")}
    found = small.find_passages(weights, {"text": 1.0}, 10)
    assert texts(small, [row for _, row in found])[0] == "It sank in the storm of 1902 with 140 sheep on board."
    assert [score for score, _ in found] == sorted((score for score, _ in found), reverse=True)


def test_passages_are_found_for_words_of_a_quotation(small: Store) -> None:
    """``find`` gives passages themselves, and reads a small library through where a quotation has everyday words only."""
    assert small.find(["barley", "villages"], 3)[0].text.startswith("The mill at Westrow grinds barley")
    assert [passage.text for passage in small.find(["it", "in", "the", "of"], 9)][-1] == "It sank in the spring of 1911."
    assert small.find([], 3) == []


def test_ways_of_asking_are_found(small: Store) -> None:
    """A question in the words of a card finds the card's line, with its passage."""
    (_, row), *_ = small.find_asks({"boat": 1.0, "line": 1.0}, 5)
    ask = small.ask(row)
    assert (ask.line, ask.card) == ("how old is the boat line", "founding")
    assert texts(small, [ask.passage]) == ["The ferry to Oldport was founded in 1901."]


def test_nothing_is_found_for_nothing(small: Store) -> None:
    """No words, or words that no document has, find no passage."""
    assert small.find_passages({}, {"text": 1.0}, 5) == []
    assert small.find_passages({"zeppelin": 1.0}, {"text": 1.0}, 5) == []


def test_equal_scores_stand_in_the_order_of_the_sources(tmp_path: Path, knowledge: Knowledge) -> None:
    """Passages that score the same come in the order of source and place."""
    first = knowledge.passages[0]
    same = tuple(replace(first, id=f"ferry/{n:012x}", sentence=n + 1) for n in range(40))
    write(tmp_path, Knowledge(sources=knowledge.sources, raws=knowledge.raws, passages=same, cards=()), "x")
    found = Store(tmp_path).find_passages({"ferri": 1.0}, {"text": 1.0}, 40)
    assert [row for _, row in found] == list(range(40))


@pytest.mark.parametrize(
    ("typed", "distance", "expected"),
    [("frery", 1, "ferry"), ("fery", 1, "ferry"), ("oldprt", 1, "oldport"), ("westorw", 1, "westrow"), ("odlprot", 2, "oldport")],
)
def test_words_are_found_by_their_spelling(small: Store, typed: str, distance: int, expected: str) -> None:
    """A letter too few, too many or changed counts one, and so do two that changed places."""
    assert expected in [word for word, _, _ in small.spelt_like(typed, distance)]


def test_words_too_far_away_are_not_found(small: Store) -> None:
    """Two errors are beyond a distance of one."""
    assert "oldport" not in [word for word, _, _ in small.spelt_like("odlprot", 1)]


def test_the_vocabulary_knows_names(small: Store) -> None:
    """A word that is written with a capital inside sentences is a name; one that opens a sentence is not."""
    word = {key: small.word(key) for key in ("oldport", "ferry", "nobody", "boat", "zeppelin")}
    assert word["oldport"] == (3, True)
    assert word["ferry"] is not None
    assert not word["ferry"][1]
    assert word["nobody"] == (1, False)
    assert word["boat"] == (1, False), "a word that only a card uses is known, too"
    assert word["zeppelin"] is None


def test_rarer_words_say_more(small: Store) -> None:
    """The weight of a word falls with the number of passages that can be asked by it."""
    assert small.df("ferri") > small.df("barley") == 1
    assert small.idf("barley") > small.idf("ferri") > 0
    assert small.idf("zeppelin") > small.idf("barley")


def test_a_store_without_documents_answers_nothing(tmp_path: Path) -> None:
    """No document at all is no error."""
    write(tmp_path, Knowledge(sources=(), raws={}, passages=(), cards=()), "x")
    empty = Store(tmp_path)
    assert (empty.size, empty.sources, list(empty.passages())) == (0, {}, [])
    assert empty.find_passages({"ferri": 1.0}, {"text": 1.0}, 5) == []
    assert empty.spelt_like("ferry", 1) == []


def test_threads_read_side_by_side(small: Store, knowledge: Knowledge) -> None:
    """Many threads at once read the same, each through a connection of its own."""

    def read(_: int) -> tuple[object, ...]:
        rows = [row for _, row in small.find_passages({"ferri": 1.0}, {"text": 1.0}, 9)]
        return (*texts(small, rows), small.passage(knowledge.passages[-1].id), *small.events())

    with ThreadPoolExecutor(8) as pool:
        assert len(set(map(repr, pool.map(read, range(40))))) == 1


def test_a_connection_is_closed_with_its_thread(small: Store) -> None:
    """A thread that ends leaves no open file behind (sqlite3 warns of those from Python 3.13 on)."""
    closed = []

    class Watched(store_module._Reader):
        def __del__(self) -> None:
            super().__del__()
            with pytest.raises(sqlite3.ProgrammingError, match="closed"):
                self.execute("select 1")
            closed.append(True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_module, "_Reader", Watched)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(small.events).result()
        gc.collect()
    assert closed == [True]


@pytest.mark.parametrize("part", ["content", "index"])
def test_a_full_disk_is_an_os_error(tmp_path: Path, knowledge: Knowledge, part: str) -> None:
    """Whichever part meets the full disk, it is told as ``OSError``, which the build knows how to handle."""
    documents = ({"text": "ferri", "row": row} for row in range(500))
    parts = {
        "content": lambda: write(tmp_path, knowledge, "x"),
        "index": lambda: write_module._write_index(tmp_path / "index", documents),
    }
    with disk_of(100), pytest.raises(OSError, match=r"disk I/O error|File too large"):
        parts[part]()


@pytest.mark.parametrize("damage", ["no content", "no table", "no index", "garbage", "garbage index"])
def test_a_damaged_directory_is_one_line(tmp_path: Path, small: Store, damage: str) -> None:
    """Opening what is not whole raises one line that says what to do."""
    folder = tmp_path / "copy"
    write_copy(small.folder, folder)
    if damage == "no content":
        (folder / CONTENT).unlink()
    elif damage == "no table":
        with closing(sqlite3.connect(folder / CONTENT)) as connection, connection:
            connection.execute("drop table sources")
        connection.close()
    elif damage == "no index":
        (folder / "asks" / "meta.json").unlink()
    elif damage == "garbage":
        (folder / CONTENT).write_bytes(b"\xa5" * 20_000)
    else:
        (folder / "words" / "meta.json").write_bytes(b"\xa5" * 300)
    with pytest.raises(StoreError) as caught:
        Store(folder)
    assert str(caught.value).startswith(f"the knowledge in {folder} is damaged (")
    assert str(caught.value).endswith("Run `natobot build`.")
    assert "\n" not in str(caught.value)


def write_copy(folder: Path, copy: Path) -> None:
    """Copy a directory."""
    for path in folder.rglob("*"):
        if path.is_file():
            to = copy / path.relative_to(folder)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes())
