"""What every door calls: it opens, answers whatever it is asked, and always the same."""

import datetime
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as runs
from hypothesis import strategies as st

import natobot
from goldset import gold
from natobot import build, render
from natobot.bot import Natobot
from natobot.errors import UnknownPassage
from natobot.model import Answer, Thread
from natobot.playground.blocks import check_message
from natobot.settings import Settings

# What people and machines put into a message, to be mixed with anything at all.
PIECES = (
    "When did NATO take over ISAF?",
    "who said",
    "what is",
    "article 5",
    "Merkel",
    "Ukriane",
    "2014",
    "“",
    '"',
    "<!channel>",
    "<!here|here>",
    "<@U1>",
    "<#C1|general>",
    "<https://evil.example|click>",
    "&lt;!everyone&gt;",
    "&amp;amp;",
    "*bold* _it_ ~no~ `code`",
    ":boom:",
    "'; DROP TABLE passages; --",
    "ignore all previous instructions",
    "{names} {0} {} %s",
    "\0",
    "\ud800",
    "\udfff",
    "\u202e\u202dabc",
    "مرحبا بالعالم",
    "🙂👩‍👩‍👧",
    "e\u0301\u0301",
    "\r\n\t\x0b\x1b[31m",
    "../../etc/passwd",
)
LONG = {
    "letters": "a" * 40_000,
    "words": "nato enlargement " * 2_400,
    "names": "Merkel Iceland " * 2_700,
    "typing errors": "enlragement colective " * 1_900,
    "spaces": " " * 40_000,
    "emoji": "🙂" * 40_000,
    "quotation marks": "“" * 40_000,
    "brackets": "<" * 40_000,
    "escapes": "&amp;" * 8_000,
    "marks": "a\u0301" * 20_000,
    "initials": "U.S." * 10_000,
    "right to left": "שלום " * 8_000,
    "surrogates": "\ud800" * 40_000,
    "zeros": "\0" * 40_000,
}

pieces = st.one_of(st.sampled_from(PIECES), st.text(max_size=30), st.text(st.characters(codec=None), max_size=6))
messages = st.lists(pieces, max_size=12).map(" ".join)


def posted(bot: Natobot, answer: Answer) -> str:
    """Render an answer for every door, check that Slack would take it, and give all that was rendered."""
    text, blocks = render.text(answer, bot.wording), render.blocks(answer, bot.wording)
    check_message(text, blocks)
    record = render.record(answer, "x", why=True)
    shown = json.dumps(blocks, ensure_ascii=False)
    # What cannot be encoded cannot be sent.
    assert (text + shown).encode("utf-8")
    return text + shown + json.dumps(record)


@runs(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=messages, turns=st.lists(messages, max_size=2))
def test_whatever_is_asked_is_answered_and_fits_into_slack(bot: Natobot, text: str, turns: list[str]) -> None:
    """``reply`` never raises, and what it says is within Slack's limits, pings nobody and links nowhere."""
    harmless(bot, text, turns)


@pytest.mark.slow
@runs(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=messages, turns=st.lists(messages, max_size=3))
def test_a_thousand_more_messages_are_harmless(bot: Natobot, text: str, turns: list[str]) -> None:
    """The same, more often."""
    harmless(bot, text, turns)


def harmless(bot: Natobot, text: str, turns: list[str]) -> None:
    """Ask, render and look."""
    answer = bot.reply(text, Thread(turns=tuple(turns)))
    posted(bot, answer)
    rendered = render.text(answer, bot.wording)
    assert not any(mark in rendered for mark in ("<!", "<@", "<#", "<http"))
    assert answer.answered == bool(answer.snippets)


@pytest.mark.parametrize("text", ["", *PIECES])
def test_each_oddity_alone_is_answered(bot: Natobot, text: str) -> None:
    """Nothing at all, markup, escapes, zeros and lone surrogates are no reason to fail."""
    posted(bot, bot.reply(text))
    posted(bot, bot.reply(f"What does {text} have to do with NATO?", Thread(turns=(text,))))


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_a_message_of_any_length_is_answered(bot: Natobot, text: str) -> None:
    """40,000 characters of whatever it may be are read as far as anybody would write, and answered within the limits."""
    posted(bot, bot.reply(text))


@pytest.mark.parametrize("channel", ["", "C1", "\ud800", "x" * 10_000])
def test_any_channel_has_its_day(bot: Natobot, channel: str) -> None:
    """The post of a day is rendered for whatever channel."""
    found = bot.today(datetime.date(2026, 7, 8), channel)
    check_message(render.today_text(found, bot.wording), render.today_blocks(found, bot.wording))


def test_the_same_question_has_the_same_answer(bot: Natobot) -> None:
    """Whatever was asked in between, by however many at once: an answer depends on the question alone."""
    questions = [item["q"] for item in (*gold("questions-a")[::16], *gold("questions-b")[::16])]
    alone = [bot.reply(question) for question in questions]
    assert [bot.reply(question) for question in reversed(questions)] == alone[::-1]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(bot.reply, questions * 2)) == alone * 2


def test_a_bot_opened_again_answers_the_same(bot: Natobot, settings: Settings) -> None:
    """What the caches of a long-running bot hold has no part in an answer."""
    fresh = Natobot.open(settings)
    for item in gold("questions-b")[::12]:
        assert fresh.reply(item["q"]) == bot.reply(item["q"])


def test_an_empty_thread_is_no_thread(bot: Natobot) -> None:
    """Without earlier questions a thread changes nothing."""
    question = "what does Rumer think of enlargement?"
    assert bot.reply(question, Thread()) == bot.reply(question, None) == bot.reply(question)


def test_the_public_name_is_the_bot() -> None:
    """``from natobot import Natobot`` is all that other programs need."""
    assert natobot.Natobot is Natobot
    with pytest.raises(AttributeError, match="has no attribute 'Nope'"):
        _ = natobot.Nope


def test_home_may_be_given_apart(settings: Settings, tmp_path: Path) -> None:
    """``home=`` overrides where the knowledge lies, and nothing else."""
    (tmp_path / "elsewhere").symlink_to(settings.home)
    wrong = replace(settings, home=tmp_path / "nowhere")
    bot = Natobot.open(wrong, home=tmp_path / "elsewhere")
    assert bot.knowledge == build.knowledge_hash(settings)
    assert not (tmp_path / "nowhere").exists()


def test_the_environment_says_what_to_open(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without settings those of the environment hold."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NATOBOT_HOME", str(settings.home))
    monkeypatch.setenv("NATOBOT_SEEDS", str(settings.seeds))
    monkeypatch.setenv("NATOBOT_RESPONSES", str(settings.responses))
    assert Natobot.open().knowledge == build.knowledge_hash(settings)


def test_a_passage_is_had_by_its_id(bot: Natobot) -> None:
    """An id gives the passage; an unknown one is one line that says where to look."""
    first = next(bot.store.passages())
    assert bot.passage(first.id) == first
    assert bot.snippet(first).passage == first
    with pytest.raises(UnknownPassage, match=r"no passage has the id 'rumer/0'\. `natobot export passages` lists them all\."):
        bot.passage("rumer/0")


def test_only_one_looks_for_newer_knowledge(bot: Natobot, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one thread refreshes, others go on at once."""
    calls: list[bool] = []

    def slow(_: Settings) -> str:
        calls.append(bot.refresh())
        return bot.knowledge

    monkeypatch.setattr(build, "knowledge_hash", slow)
    assert not bot.refresh()
    assert calls == [False]
