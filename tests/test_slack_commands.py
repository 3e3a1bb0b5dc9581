"""What is typed after /nato: commands are recognised, and no question is swallowed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from goldset import gold
from natobot.bot import Natobot
from natobot.feedback import Feedback
from natobot.playground.blocks import check_message
from natobot.render import escape
from natobot.slack import cards
from natobot.slack.commands import ALONE, ARRANGED, BEFORE_ID, FIRST, Command, answer_command, is_arranged, read
from natobot.slack.desk import Desk
from natobot.state import State

QUESTIONS = [item["q"] for item in gold("questions-a") if "q" in item]
ID = "rumer/867a9174c7cd"


@pytest.fixture
def desk(bot: Natobot, tmp_path: Path) -> Iterator[Desk]:
    """The shipped documents, and a new database."""
    state = State.open(f"sqlite:///{tmp_path / 'state.sqlite3'}")
    yield Desk(bot=bot, state=state, feedback=Feedback(state))
    state.close()


def typed(desk: Desk, text: str) -> tuple[str, list[dict[str, Any]]]:
    """The acknowledgement of /nato with a text, as Slack accepts it."""
    said: list[dict[str, Any]] = []
    answer_command(desk, lambda **kwargs: said.append(kwargs), {"text": text, "user_id": "U1", "channel_id": "C1"}, {})
    [one] = said
    assert one["response_type"] == "ephemeral"
    check_message(one["text"], one["blocks"])
    return one["text"], one["blocks"]


@pytest.mark.parametrize("word", ALONE)
def test_words_that_stand_alone(word: str) -> None:
    """Alone they are commands, whatever their case and final sign; with anything after them they begin a question."""
    assert read(f"  {word.title()}? ") == Command(name=word)
    question = f"{word} of the alliance"
    assert read(question) == Command(name="ask", rest=question)


@pytest.mark.parametrize("word", BEFORE_ID)
def test_words_before_an_id(word: str) -> None:
    """Before an id they are commands, before anything else they begin a question, alone they ask for an id."""
    assert read(f"{word} {ID}") == Command(name=word, rest=ID)
    assert read(f"{word} me the way").name == "ask"
    assert read(word) == Command(name="usage", rest=word)


@pytest.mark.parametrize("word", FIRST)
def test_first_words(word: str) -> None:
    """As first words they want what follows; alone they ask for it; inside a question they are nothing."""
    assert read(f"{word.upper()} the open door") == Command(name=word, rest="the open door")
    assert read(word) == Command(name="usage", rest=word)
    assert read(f"how did he {word} it").name == "ask"
    assert read(f"{word}s are made of this").name == "ask"


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("hepl", "near", "help"),
        ("sourcs!", "near", "sources"),
        ("quotes", "near", "quote"),
        ("forgetme", "near", "forget me"),
        ("forget me", "forget me", ""),
        ("Forget  me.", "forget me", ""),
        ("forget me not", "ask", "forget me not"),
        ("who", "ask", "who"),
        ("ISAF", "ask", "ISAF"),
        ("hepl me", "ask", "hepl me"),
        ("", "ask", ""),
    ],
)
def test_nearly_a_command(text: str, name: str, rest: str) -> None:
    """One word within one edit of a command is nearly one; words of their own and whole sentences are questions."""
    assert read(text) == Command(name=name, rest=rest)


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("subscribe", "subscribe", ""),
        ("Subscribe!", "subscribe", ""),
        ("subscribe please", "subscribe", ""),
        ("subscribe me here, please", "subscribe", ""),
        ("subscribe 9am Brussels", "subscribe", "9am Brussels"),
        ("subscribe: 9", "subscribe", "9"),
        ("subscribe to enlargement", "subscribe", "to enlargement"),
        ("subscribe this channel to China", "subscribe", "this channel to China"),
        ("subscribe 9?", "subscribe", "9?"),
        ("subscribe to the treaty of Washington", "subscribe", "to the treaty of Washington"),
        ("subscribe?", "usage", "subscribe"),
        ("subscribe help", "usage", "subscribe"),
        ("subscribe to what treaty did Russia object?", "ask", None),
        ("subscribe to which view of enlargement", "ask", None),
        ("subscribe or withdraw, what did Rumer advise?", "ask", None),
        ("subscribed nations", "ask", None),
        ("subscribers to the treaty", "ask", None),
        ("who subscribes to the treaty", "ask", None),
        ("subscrbe", "near", "subscribe"),
        ("unsubscribe", "unsubscribe", ""),
        ("Unsubscribe this channel, please.", "unsubscribe", ""),
        ("unsubscribe?", "near", "unsubscribe"),
        ("unsubscribe Rumer from the alliance", "ask", None),
        ("settings", "settings", ""),
        ("setings", "near", "settings"),
        ("settings of the alliance in Europe", "ask", None),
        ("what are the settings", "ask", None),
    ],
)
def test_words_about_the_daily_post(text: str, name: str, rest: str | None) -> None:
    """The daily post is arranged by exact first words; what asks something, or goes on otherwise, is a question."""
    assert read(text) == Command(name=name, rest=text if rest is None else rest)
    assert is_arranged({"text": text}) == (name in ARRANGED)


def test_no_gold_question_arranges_the_daily_post() -> None:
    """None of the questions that people ask is taken for a wish for a daily post."""
    assert not [question for question in QUESTIONS if is_arranged({"text": question})]


def test_gold_questions_are_answered_as_by_reply(desk: Desk) -> None:
    """Every gold question gets the same card by /nato as `reply` gives, and Slack accepts each."""
    assert len(QUESTIONS) > 150
    for question in QUESTIONS:
        sent = escape(question)
        assert typed(desk, sent) == cards.of(desk.bot, desk.bot.reply(sent), question, desk.ephemeral), question


@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec=None, exclude_categories=()), max_size=400))
def test_any_text_is_answered_within_the_limits(desk: Desk, text: str) -> None:
    """Whatever is typed, alone or after a command, the answer is one that Slack accepts."""
    for words in (text, *(f"{word} {text}" for word in FIRST)):
        typed(desk, words)


def buttons(blocks: list[dict[str, Any]]) -> list[str]:
    """The actions of a card."""
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    return [element["action_id"].removeprefix("natobot_") for row in rows for element in row]


def test_every_command_says_something_of_its_own(desk: Desk) -> None:
    """No two commands have the same answer, and each is the one it should be."""
    assert "CSL-JSON" in str(typed(desk, f"cite {ID}")[1])
    assert buttons(typed(desk, f"show {ID}")[1]) == ["context", "cite"]
    assert "rumer/000000000000" in typed(desk, "show rumer/000000000000")[0]
    assert "passages)" in str(typed(desk, "sources")[1])
    assert buttons(typed(desk, "today")[1]) == ["context", "cite", "another", "helpful", "not_helpful"]
    assert "/nato verify" in typed(desk, "verify")[0]
    assert "/nato show jin-ling/" in typed(desk, "show")[0]
    assert "/nato help" in typed(desk, "hepl")[0]
    texts = [typed(desk, text)[0] for text in (*ALONE, *FIRST, *BEFORE_ID, "forget me", "hepl")]
    assert len(set(texts)) == len(texts)


def test_verify_says_the_verdict_first(desk: Desk) -> None:
    """The verdict in words, then the difference with its signs, then the source's words, the citation and what to mind."""
    _, blocks = typed(desk, "verify NATO membership is a merit badge or reward for good behavior")
    kinds = [block["type"] for block in blocks]
    assert kinds == ["section", "rich_text", "rich_text", "context", "context", "actions", "actions"]
    assert blocks[0]["text"]["text"].startswith("Altered")
    assert "[-not]" in str(blocks[1])
    assert "not a merit badge" in str(blocks[2])
    assert "Eugene Rumer" in str(blocks[3])
    assert "negation" in str(blocks[4])


def test_compare_gives_each_author_a_column(desk: Desk) -> None:
    """Every author has a heading, in the order of the documents, and one quotation or the word that they are silent."""
    _, blocks = typed(desk, "compare the annexation of Crimea")
    headings = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    assert headings == [" and ".join(source.authors) for source in desk.bot.store.sources.values()]
    assert len([block for block in blocks if block["type"] == "rich_text"]) == 2
    assert "Jin Ling says nothing" in str(blocks)


def test_define_and_quote(desk: Desk) -> None:
    """A term after define, and a topic after quote, are answered with passages."""
    assert "International Security Assistance Force" in typed(desk, "define ISAF")[0]
    assert "context" in buttons(typed(desk, "quote enlargement")[1])


def test_a_word_nearly_ours_is_still_answered(desk: Desk) -> None:
    """Where the documents have an answer to a word nearly ours, it stands below the question what was meant."""
    plain = desk.bot.reply("quota")
    text, blocks = typed(desk, "quota")
    assert "/nato quote" in text
    assert bool(buttons(blocks)) == plain.answered
