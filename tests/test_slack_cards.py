"""Cards, windows and the Home tab are pure: records in, blocks out, which Slack accepts whatever the texts."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from goldset import gold, refused_with_near
from natobot.bot import Natobot
from natobot.cite import STYLES
from natobot.feedback import Note
from natobot.model import Answer, Clash, Comparison, Snippet, Source, Taste
from natobot.playground.blocks import check_message, check_view
from natobot.slack import cards, modals
from natobot.slack.carry import QUESTION, unpack
from natobot.slack.home import POSTS, daily_posts, home, prompts
from natobot.slack.plans import Shelf
from natobot.state import Workspace
from natobot.subscriptions import Subscription

ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=3000)
QUICK = hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = sorted({word for item in gold("questions-a") for word in item.get("q", "").split()})


def texts(value: Any) -> Iterator[dict[str, Any]]:
    """Every text object and run of text inside blocks."""
    if isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value
        for each in value.values():
            yield from texts(each)


def elements(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The buttons of a card."""
    return [element for block in blocks if block["type"] == "actions" for element in block["elements"]]


def names(blocks: list[dict[str, Any]]) -> list[str]:
    """What its buttons are for."""
    return [element["action_id"].removeprefix("natobot_") for element in elements(blocks)]


def is_fine(card: cards.Card) -> None:
    """Slack accepts it, nothing in it is read as markup, and every button has a label, in words."""
    text, blocks = card
    check_message(text, blocks)
    assert {each.get("type") for each in texts(blocks)} <= {"plain_text", "text", "user", "link"}
    for element in elements(blocks):
        assert element["accessibility_label"]
        assert any(letter.isalpha() for letter in element["text"]["text"])
    ids = [element["action_id"] for element in elements(blocks)]
    assert len(ids) == len(set(ids))


def snippet_of(bot: Natobot, source: str) -> Snippet:
    """The first passage of a source."""
    return bot.snippet(next(bot.store.passages(source)))


def test_an_answer_shows_one_passage_and_has_the_others_behind_more(bot: Natobot) -> None:
    """The best passage, or two that are as good, stand on the card; More carries the rest."""
    question = "What did the Bucharest summit decide?"
    answer = bot.reply(question)
    assert len(answer.snippets) == 3
    for say, shown in (((), 1), ((("both", {}),), 2)):
        _, blocks = cards.of(bot, replace(answer, say=say), question)
        assert len([b for b in blocks if b["type"] == "rich_text"]) == shown
        assert names(blocks) == ["context", "more", "cite", "why", "helpful", "not_helpful"]
        carried = unpack(elements(blocks)[0]["value"])
        assert carried is not None
        assert (carried.question, carried.shown) == (question, shown)
        assert carried.passages == tuple(s.passage.id for s in answer.snippets)
    _, blocks = cards.of(bot, replace(answer, snippets=answer.snippets[:1], say=()), question)
    assert "more" not in names(blocks)


def test_where_a_card_stands_decides_its_buttons(bot: Natobot) -> None:
    """Share is for what only one person sees; a window or the Home tab has neither it nor votes."""
    answer = bot.reply("When did NATO take command of ISAF?")
    found = {frame: names(cards.of(bot, answer, "?", frame)[1]) for frame in (cards.EPHEMERAL, cards.PUBLIC, cards.VIEW)}
    assert "share" in found[cards.EPHEMERAL]
    assert "share" not in found[cards.PUBLIC] + found[cards.VIEW]
    assert "helpful" in found[cards.PUBLIC]
    assert "helpful" not in found[cards.VIEW]


def test_the_answering_words_are_marked_and_cited(bot: Natobot) -> None:
    """The passage is a quotation block with its answering words in bold; the citation stands below it."""
    _, blocks = cards.of(bot, bot.reply("When did NATO take command of ISAF?"), "?")
    [quotation] = [b for b in blocks if b["type"] == "rich_text"]
    runs = quotation["elements"][0]["elements"]
    assert quotation["elements"][0]["type"] == "rich_text_quote"
    assert any(run.get("style", {}).get("bold") and "ISAF" in run["text"] for run in runs)
    below = blocks[blocks.index(quotation) + 1]
    assert below["elements"][0]["text"].startswith("Sten Rynning, ")


def test_a_refusal_names_what_is_missing(bot: Natobot) -> None:
    """It says what no source mentions, has a button for the editors and one for why, and no snippet."""
    _, blocks = cards.of(bot, bot.reply("What does Rumer say about Iceland?"), "What does Rumer say about Iceland?")
    assert "Iceland" in blocks[0]["text"]["text"]
    assert names(blocks) == ["tell", "why"]
    quiet = cards.of(bot, bot.reply("What does Rumer say about Iceland?"), "?", cards.Frame(tell=False))[1]
    assert names(quiet) == ["why"]


def test_the_nearest_passages_of_a_refusal_are_buttons(bot: Natobot) -> None:
    """Each near passage is shown and has a button with its id."""
    question, near = refused_with_near(bot)
    answer = bot.reply(question)
    _, blocks = cards.of(bot, answer, question)
    buttons = [e for e in elements(blocks) if e["action_id"].startswith("natobot_near_")]
    assert [unpack(button["value"]).passages for button in buttons] == [(each,) for each in near]  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["hello", "thanks", "help", "what are your sources?", ""])
def test_small_talk_has_no_buttons(bot: Natobot, text: str) -> None:
    """Nothing was found and nothing is missing."""
    assert names(cards.of(bot, bot.reply(text), text)[1]) == []


def test_a_quotation_too_long_to_carry_cannot_be_shared(bot: Natobot) -> None:
    """What is shared is checked again from the button; a cut quotation would get another verdict."""
    words = "NATO membership is not a merit badge or reward for good behavior"
    for quotation, may in ((f"“{words}”", True), (f"“{words}”" + " " * 3, True), (f"“{words} {words * 5}”", False)):
        answer = bot.reply(quotation)
        assert answer.verdict
        if answer.snippets:
            assert ("share" in names(cards.of(bot, answer, quotation, cards.EPHEMERAL)[1])) == may
    assert QUESTION == 300


def made_up(bot: Natobot, number: int) -> tuple[Source, Snippet]:
    """A source of a long name with a long passage."""
    whole = snippet_of(bot, "rumer")
    source = replace(whole.source, id=f"s{number}", authors=(f"Author {number} " + "of a long name " * 10,))
    passage = replace(whole.passage, source=source.id)
    return source, replace(whole, source=source, passage=passage, text="words " * 150, highlights=())


@pytest.mark.parametrize("count", [1, 3, 12, 40])
def test_columns_have_the_same_room(bot: Natobot, count: int) -> None:
    """However many authors there are, the card fits, and no author has more room than another."""
    made = [made_up(bot, number) for number in range(count)]
    clash = Clash(one="a/1", other="b/2", about="troops", values=(1.0, 2.0))
    comparison = Comparison(topic="x", columns={s.id: (shown,) for s, shown in made}, clashes=(clash,))
    answer = Answer(intent="compare", comparison=comparison, snippets=tuple(shown for _, shown in made[:3]))
    card = cards.card(answer, "compare x", bot.wording, documents=[(source, 1) for source, _ in made])
    is_fine(card)
    lengths = {len(b["elements"][0]["elements"][0]["text"]) for b in card[1] if b["type"] == "rich_text"}
    assert len(lengths) == 1
    assert "1 / 2" in str(card[1])


def test_gold_cards_are_accepted(bot: Natobot) -> None:
    """Cards and windows of both gold sets are accepted by Slack, wherever they stand."""
    for item in [*gold("questions-a"), *gold("questions-b")]:
        question = item.get("q") or item["turns"][-1]
        answer = bot.reply(question)
        for frame in (cards.EPHEMERAL, cards.VIEW):
            is_fine(cards.of(bot, answer, question, frame))
        check_view(modals.context([(s, *bot.around(s.passage)) for s in answer.snippets] or [place(bot)], bot.wording), "modal")
        check_view(modals.more(answer.snippets[1:], bot.wording), "modal")
        if answer.receipt:
            weighed = [bot.snippet(bot.passage(c.passage)) for c in answer.receipt.candidates]
            check_view(modals.why(answer.receipt, weighed, bot.wording, changed=True), "modal")


def place(bot: Natobot) -> tuple[Snippet, Any, Any]:
    """A passage in its place."""
    snippet = snippet_of(bot, "rumer")
    return (snippet, *bot.around(snippet.passage))


@QUICK
@given(text=ANY, reason=ANY)
def test_any_text_fits_everywhere(bot: Natobot, text: str, reason: str) -> None:
    """Whatever a question, document, name or reason holds, cards, windows and the Home tab are accepted."""
    whole = snippet_of(bot, "rumer")
    source = replace(whole.source, title=text or "x", authors=(reason or "y",), url=f"https://example.org/{text}")
    passage = replace(whole.passage, text=text or "x")
    shown = replace(whole, source=source, passage=passage, text=text or "x", highlights=())
    answer = replace(bot.reply("x"), snippets=(shown, shown), say=(("repaired", {"written": text, "read": reason}),))
    is_fine(cards.card(answer, text, bot.wording, cards.EPHEMERAL))
    is_fine(cards.shared("U1", text[:QUESTION], cards.card(answer, text, bot.wording), bot.wording))
    is_fine(cards.of_passage(shown, bot.wording))
    refusal = Answer(intent="ask", missing=(text,), say=(("refuse_missing", {"names": text}),))
    is_fine(cards.card(refusal, text, bot.wording))
    for view in (
        modals.context([(shown, [passage] * 2, [passage] * 2)], bot.wording),
        modals.more([shown] * 10, bot.wording),
        modals.cite([dict.fromkeys(STYLES, text or "x")] * 3, bot.wording),
        modals.reason(text, bot.wording),
        modals.notice(text or "x", bot.wording),
    ):
        check_view(view, "modal")
    note = Note(kind="unanswered", question=text, reason=reason, passages=(), filed_at=1.7e9)
    asked = (text, cards.card(answer, text, bot.wording, cards.VIEW)[1])
    documents = [(source, 7)] * 40
    check_view(home(documents, bot.wording, asked=asked, unanswered=[note] * 40, not_helpful=[note] * 40), "home")


@pytest.mark.slow
@hypothesis_settings(max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(ANY, st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)))
def test_ten_thousand_texts_are_accepted(bot: Natobot, text: str) -> None:
    """Whatever is asked, in any signs or in words of the gold questions, Slack accepts the card of the answer."""
    is_fine(cards.of(bot, bot.reply(text), text, cards.EPHEMERAL))


def test_a_window_marks_the_passage_in_words_too(bot: Natobot) -> None:
    """Before, passage and after have headings; the passage is in bold; its id and the document's link are there."""
    snippet, before, after = place(bot)
    second = bot.snippet(after[0])
    source = replace(second.source, url="https://example.org/a?b=1&c=<2")
    linked = replace(second, source=replace(source, url="https://example.org/a?b=1"))
    view = modals.context([(linked, *bot.around(second.passage))], bot.wording)
    said = [each["text"] for each in texts(view["blocks"])]
    assert [bot.wording[f"context_{part}"] in said for part in ("before", "passage", "after", "link")] == [True] * 4
    assert any(second.passage.id in each for each in said)
    assert any(each.get("style", {}).get("bold") and each["text"] == second.passage.text for each in texts(view["blocks"]))
    assert not before
    hostile = modals.context([(replace(snippet, source=source), before, after)], bot.wording)
    assert not any(each.get("type") == "link" for each in texts(hostile["blocks"]))


@QUICK
@given(text=ANY)
def test_a_home_with_many_daily_posts_is_accepted(bot: Natobot, text: str) -> None:
    """However many daily posts there are and whatever topics are called, all of them can be reached on the Home tab."""
    shelf = Shelf(topics={"t": text or "x"}, sources=bot.store.sources, wording=bot.wording)
    taste = Taste(topics=frozenset({"t", "gone"}))
    posts = [Subscription(workspace=Workspace(), channel=f"C{number}", taste=taste, paused="is_archived") for number in range(20)]
    seen: list[str] = []
    for start in range(0, 20, POSTS):
        blocks = daily_posts(posts, shelf, start)
        check_view(home([(snippet_of(bot, "rumer").source, 7)] * 40, bot.wording, posts=blocks), "home")
        seen += [each["value"] for each in elements(blocks) if each["action_id"] == "natobot_end"]
    assert seen == [each.channel for each in posts]


def test_home_shows_notes_to_editors_only(bot: Natobot) -> None:
    """Without notes there is no heading for them; with none filed it says so."""
    plain = str(home(bot.documents(), bot.wording))
    assert bot.wording["home_unanswered"] not in plain
    editors = str(home(bot.documents(), bot.wording, unanswered=[], not_helpful=[]))
    assert bot.wording["home_unanswered"] in editors
    assert bot.wording["home_nothing"] in editors


def test_home_has_the_documents_and_examples_that_are_answered(bot: Natobot) -> None:
    """Four examples, each of which the shipped documents answer; each document with its date and count of passages."""
    view = home(bot.documents(), bot.wording)
    asked = [unpack(element["value"]) for element in elements(view["blocks"])]
    assert [bot.reply(each.question).answered for each in asked if each] == [True] * 4
    for source, count in bot.documents():
        assert f"({count} passages)" in str(view)
        assert source.title in str(view)
    assert [one["message"] for one in prompts(bot.wording)] == [each.question for each in asked if each]
