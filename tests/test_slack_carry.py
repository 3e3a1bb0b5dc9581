"""What buttons carry fits Slack's limit, comes back as it went in, and anything else is nothing."""

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natobot.slack.carry import QUESTION, Carried, Turn, cut, is_id, pack, pack_turn, unpack, unpack_turn

# Anything at all, lone surrogates and control characters included.
ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=700)
IDS = st.lists(st.from_regex(r"[a-z-]{1,100}/[0-9a-f]{12}(-[0-9]{1,3})?", fullmatch=True), max_size=30)


@given(ANY, IDS, st.integers(0, 30))
def test_a_value_fits_and_comes_back(question: str, ids: list[str], shown: int) -> None:
    """Whatever the question and however many ids, the value has at most 2,000 UTF-16 units and holds what fits."""
    value = pack(question, ids, shown)
    assert len(value.encode("utf-16-le")) // 2 <= 2000
    found = unpack(value)
    assert found is not None
    assert found.question == cut(question)
    assert len(found.question) <= QUESTION
    assert list(found.passages) == ids[: len(found.passages)]
    assert found.passages or not ids
    assert found.shown <= len(found.passages)


def test_a_short_question_is_whole() -> None:
    """A question of usual length is carried as it was typed, on one line."""
    assert unpack(pack("When  did\nNATO “begin”?", ["rumer/867a9174c7cd"], 1)) == Carried(
        question="When did NATO “begin”?", passages=("rumer/867a9174c7cd",), shown=1
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "",
        "rumer/867a9174c7cd",
        "[]",
        "[" * 1999,
        json.dumps({"q": "who?"}),
        json.dumps({"q": "who?", "p": ["../../etc"], "n": 1}),
        json.dumps({"q": "who?", "p": "rumer/867a9174c7cd", "n": 1}),
        json.dumps({"q": None, "p": [], "n": 0}),
        json.dumps({"q": "x" * 3000, "p": [], "n": 0}),
    ],
)
def test_what_is_not_ours_is_nothing(value: object) -> None:
    """A value of another version, of another app, or forged, is read as nothing and never as an error."""
    assert unpack(value) is None


def test_what_is_an_id() -> None:
    """Ids have a source, a slash and twelve hex digits, and a number where a sentence repeats."""
    assert [is_id(text) for text in ("rumer/867a9174c7cd", "jin-ling/867a9174c7cd-2")] == [True, True]
    assert [is_id(text) for text in ("me the money", "rumer/867", "a/b/867a9174c7cd", "")] == [False] * 4


@given(st.dates(), st.from_regex(r"[A-Z0-9]{0,64}", fullmatch=True), st.integers(1, 9_999))
def test_a_turn_comes_back(date: datetime.date, channel: str, further: int) -> None:
    """Which quotation after which day of which channel: it goes into a button and comes out the same."""
    turn = Turn(date=date, channel=channel, further=further)
    value = pack_turn(turn)
    assert len(value) < 150
    assert unpack_turn(value) == turn
    assert unpack(value) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "[]",
        '{"d":"2026-07-08","c":"C1"}',
        '{"d":"2026-07-08","c":"C1","n":0}',
        '{"d":"2026-07-08","c":"C1","n":10000}',
        '{"d":"2026-07-08","c":"C1","n":"1"}',
        '{"d":"2026-02-30","c":"C1","n":1}',
        '{"d":7,"c":"C1","n":1}',
        '{"d":"2026-07-08","c":"<!channel>","n":1}',
        '{"d":"2026-07-08","c":null,"n":1}',
        pack("who?", ["rumer/867a9174c7cd"], 1),
    ],
)
def test_any_other_value_is_no_turn(value: object) -> None:
    """What is not one of ours, or out of bounds, is nothing."""
    assert unpack_turn(value) is None
