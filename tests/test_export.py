"""Everything natobot knows can be had as plain records, each with the source's words and their place."""

import json
from itertools import pairwise
from typing import Any

import pytest

from natobot import cli
from natobot.bot import Natobot
from natobot.export import KINDS, export

Json = dict[str, Any]


@pytest.fixture(scope="module")
def records(bot: Natobot) -> dict[str, list[Json]]:
    """Every record of every kind."""
    return {kind: list(export(kind, bot.store)) for kind in KINDS}


def squeezed(text: str) -> str:
    """A text without its white space."""
    return "".join(text.split())


def test_the_command_line_offers_every_kind() -> None:
    """The list that the command line shows, without loading anything, is the true one."""
    assert cli._KINDS == KINDS


def test_there_is_something_of_every_kind(records: dict[str, list[Json]]) -> None:
    """The shipped documents hold some of each."""
    assert [kind for kind in KINDS if not records[kind]] == []


@pytest.mark.parametrize("kind", KINDS)
def test_records_are_json(records: dict[str, list[Json]], kind: str) -> None:
    """Each record survives its way through JSON, and all of a kind have the same keys."""
    assert [json.loads(json.dumps(record)) for record in records[kind]] == records[kind]
    assert len({tuple(record) for record in records[kind]}) == 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "sources"])
def test_records_point_at_their_words(bot: Natobot, records: dict[str, list[Json]], kind: str) -> None:
    """Source and passage exist, and every span lies in the file."""
    for record in records[kind]:
        raw = bot.store.raw(record["source"])
        assert all(0 <= start < end <= len(raw) for start, end in record["spans"])
        if record["passage"] is not None:
            passage = bot.passage(record["passage"])
            assert passage.source == record["source"]
            edges = passage.spans[0].start, passage.spans[-1].end
            assert kind == "terms" or all(edges[0] <= start and end <= edges[1] for start, end in record["spans"][:1])


def test_passages_are_the_words_at_their_spans(bot: Natobot, records: dict[str, list[Json]]) -> None:
    """The text of a passage is that of the file at its spans, and what is dropped fills the gaps."""
    for record in records["passages"]:
        raw = bot.store.raw(record["source"])
        assert squeezed("".join(raw[start:end] for start, end in record["spans"])) == squeezed(record["text"])
        tiles = sorted([*record["spans"], *([start, end] for start, end, _ in record["dropped"])])
        assert all(one[1] == other[0] for one, other in pairwise(tiles))
        assert record["id"] == record["passage"]


def test_passages_are_chained(records: dict[str, list[Json]]) -> None:
    """Each names the one before and the one after of its document, in the order they are printed."""
    for one, other in pairwise(records["passages"]):
        if one["source"] == other["source"]:
            assert (one["next"], other["previous"]) == (other["id"], one["id"])
        else:
            assert (one["next"], other["previous"]) == (None, None)


def test_events_show_the_words_that_date_them(bot: Natobot, records: dict[str, list[Json]]) -> None:
    """The words of a date stand at its spans; a document's own date has no passage."""
    for record in records["events"]:
        raw = bot.store.raw(record["source"])
        if record["passage"] is not None:
            words = squeezed("".join(raw[start:end] for start, end in record["spans"]))
            assert words == squeezed(record["date_words"])
    assert any(record["passage"] is None for record in records["events"])


def test_quotations_are_the_words_between_the_marks(bot: Natobot, records: dict[str, list[Json]]) -> None:
    """The text is what stands in quotation marks, at its spans, and not the whole sentence."""
    for record in records["quotations"]:
        raw = bot.store.raw(record["source"])
        assert squeezed("".join(raw[start:end] for start, end in record["spans"])) == squeezed(record["text"])
        assert record["role"] in ("author", "quoted")


def test_figures_are_numbers(records: dict[str, list[Json]]) -> None:
    """A whole number is printed as one."""
    values = [record["value"] for record in records["figures"]]
    assert 140000 in values
    assert all(isinstance(value, int) or value != int(value) for value in values)


def test_sources_are_csl(records: dict[str, list[Json]]) -> None:
    """Sources carry the names that citation programs know; what the file does not show is null."""
    rumer = next(record for record in records["sources"] if record["id"] == "rumer")
    assert rumer["author"] == [{"family": "Rumer", "given": "Eugene"}]
    assert rumer["issued"] == "2014-07-08"
    assert rumer["container-title"] == "European Leadership Network"
    jin_ling = next(record for record in records["sources"] if record["id"] == "jin-ling")
    assert jin_ling["issued"] is None
    assert jin_ling["title"].startswith("[")


def test_cards_show_what_they_answer_with(bot: Natobot, records: dict[str, list[Json]]) -> None:
    """A card has its ways of asking, all its passages, and the words of the first."""
    for record in records["cards"]:
        assert record["ask"]
        assert record["passages"][0] == record["passage"]
        assert record["text"] == bot.passage(record["passage"]).text
