"""What people see: quotations that cannot ping, link or style, lines that say whose words they are, all within Slack's limits."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from little import little
from natobot import render
from natobot.bot import Natobot
from natobot.model import Answer, Event, Highlight, Passage, Snippet, Source, Span, Suggestion, Today, TodayItem
from natobot.playground.blocks import check_message
from natobot.settings import Settings

WORDING = {
    "refuse": "Nothing found.",
    "refuse_missing": "None of the sources mentions {names}.",
    "repaired": "I read {written} as {read}.",
    "both": "Two passages may answer this.",
    "nearest": "The nearest passages:",
    "did_you_mean": "Did you mean {suggestion}?",
    "by_author": "{author}",
    "by_quoted": "{speaker}, quoted by {author}",
    "by_quoted_unnamed": "quoted by {author}",
    "by_reported": "a view reported by {author}",
    "by_reported_named": "{speaker}'s view as reported by {author}",
    "by_publisher": "{speaker} on {author}",
    "undated": "undated",
    "paragraph": "para. {number}",
    "page": "p. {number}",
    "today_day": "On this day ({date})",
    "today_month": "This month in {date}",
    "today_publication": "Published on this day ({date})",
    "today_quotation": "Quotation of the day ({date})",
    "today_nothing": "Nothing today.",
}
SOURCE = Source(
    id="mill",
    file="mill.txt",
    sha256="0" * 64,
    title="The Mill",
    title_is_descriptive=False,
    authors=("Bo Ferrant",),
    issued="1999-05-04",
    container="Marsh Papers",
    publisher="Marsh House",
    url=None,
    viewpoint=None,
    aliases=(),
)
PASSAGE = Passage(
    id="mill/0123456789ab",
    source="mill",
    spans=(Span(start=0, end=9),),
    dropped=(),
    text="One two 3",
    section=None,
    paragraph=7,
    sentence=1,
    page=None,
    role="author",
    speaker="Bo Ferrant",
    previous=None,
    next=None,
)
QUESTION = "what does the barley grinder of Westrow say"
HOSTILE = (
    "<!channel> *all* of _you_ see ~this~ `ferry` at <https://evil.example|click here> & @here with :boom: <@U123> "
    "http://evil.example/?a=1&b=2 &lt;!everyone&gt; <#C1|general> {names} %s"
)


def shown(text: str = PASSAGE.text, *marks: tuple[int, int], source: Source = SOURCE, **changes: Any) -> Snippet:
    """A snippet with this text; ``changes`` are changes of its passage."""
    passage = replace(PASSAGE, text=text, **changes)
    return Snippet(
        passage=passage,
        source=source,
        text=text,
        context=(),
        spans=passage.spans,
        highlights=tuple(Highlight(start=start, end=end) for start, end in marks),
        role=passage.role,
        speaker=passage.speaker,
    )


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside blocks."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from objects(item)


def words(blocks: list[dict[str, Any]]) -> str:
    """All the text of blocks."""
    return "".join(found["text"] for found in objects(blocks) if isinstance(found.get("text"), str))


def units(text: str) -> int:
    """Length as Slack counts it, in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


# Nothing pings, links or styles


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Natobot:
    """A bot whose document, title and authors are full of markup."""
    small = little(tmp_path_factory.mktemp("hostile"), settings)
    sources = (small.seeds / "sources.yaml").read_text("utf-8")
    sources = sources.replace("title: The Mill", 'title: "<!here> *The* <https://evil.example|Mill> :boom:"')
    sources = sources.replace("[Bo Ferrant]", '["<@U123> & Sons"]').replace("Marsh Papers", '"_Marsh_ `Papers`"')
    (small.seeds / "sources.yaml").write_text(sources, "utf-8")
    (small.seeds / "mill.txt").write_text(f"The barley grinder of Westrow says that {HOSTILE} is what it is.\n", "utf-8")
    card = f'topic: boats\ncards:\n  grinder:\n    evidence: {{mill: "The barley grinder of Westrow"}}\n    ask: ["{QUESTION}"]\n'
    (small.responses / "cards" / "mill.yaml").write_text(card, "utf-8")
    return Natobot.open(small)


def test_a_document_full_of_markup_is_quoted_as_it_stands(hostile: Natobot) -> None:
    """Its words are shown as words: in elements that parse nothing, none of them a link, a ping, a style or an emoji."""
    answer = hostile.reply(QUESTION)
    assert HOSTILE in answer.snippets[0].text
    blocks = render.blocks(answer, hostile.wording)
    check_message(render.text(answer, hostile.wording), blocks)
    assert HOSTILE in words(blocks)
    kinds = {found["type"] for found in objects(blocks) if "type" in found}
    assert kinds <= {"rich_text", "rich_text_quote", "text", "context", "section", "plain_text"}
    assert all(found["emoji"] is False for found in objects(blocks) if found.get("type") == "plain_text")
    styles = [found["style"] for found in objects(blocks) if "style" in found]
    assert all(style == {"bold": True} for style in styles)


def test_the_fallback_of_a_document_full_of_markup_is_escaped(hostile: Natobot) -> None:
    """``text``, which Slack does parse, holds no bare angle bracket or ampersand: of the words, the title or the author."""
    text = render.text(hostile.reply(QUESTION), hostile.wording)
    assert "&lt;!channel&gt;" in text
    assert "&lt;!here&gt;" in text
    assert "&lt;@U123&gt; &amp; Sons" in text
    assert "<" not in text
    assert ">" not in text
    assert "&" not in text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


@pytest.mark.parametrize("question", [HOSTILE, f"what about Iceland {HOSTILE}", f"Mayor {HOSTILE}", "Zor<!channel>blax Island"])
def test_a_question_full_of_markup_is_given_back_as_words(bot: Natobot, question: str) -> None:
    """What a refusal repeats of a question cannot ping anybody either."""
    answer = bot.reply(question)
    text, blocks = render.text(answer, bot.wording), render.blocks(answer, bot.wording)
    check_message(text, blocks)
    assert "<" not in text
    assert not any(found.get("type") in ("mrkdwn", "link", "user", "broadcast", "channel", "emoji") for found in objects(blocks))


def test_a_hostile_day_is_escaped(hostile: Natobot) -> None:
    """So is the post of a day."""
    item = TodayItem(snippet=shown(HOSTILE), event=None)
    found = Today(date="2026-04-04", kind="quotation", items=(item,))
    text = render.today_text(found, hostile.wording)
    check_message(text, render.today_blocks(found, hostile.wording))
    assert "<" not in text
    assert HOSTILE in words(render.today_blocks(found, hostile.wording))


# Quotations


def test_highlights_are_bold_and_nothing_else_is() -> None:
    """The words that answer are bold where they stand; the runs together are the quotation."""
    (element,) = render.quote("The ferry sank in 1902.", [Highlight(start=4, end=9), Highlight(start=18, end=22)])["elements"]
    runs_ = [(run["text"], run.get("style")) for run in element["elements"]]
    bold = {"bold": True}
    assert runs_ == [("The ", None), ("ferry", bold), (" sank in ", None), ("1902", bold), (".", None)]


@pytest.mark.parametrize("marks", [[(0, 3)], [(20, 23)], [(0, 23)], [(0, 3), (3, 9)]])
def test_highlights_at_the_edges_leave_no_empty_run(marks: list[tuple[int, int]]) -> None:
    """Slack refuses an empty run of text."""
    block = render.quote("The ferry sank in 1902.", [Highlight(start=a, end=b) for a, b in marks])
    assert words([block]) == "The ferry sank in 1902."
    assert all(run["text"] for run in block["elements"][0]["elements"])
    check_message("x", [block])


@pytest.mark.parametrize("unit", ["a", "ab ", "🙂", "国", "e\u0301 "])
@pytest.mark.parametrize("limit", [2_900, 1_900])
def test_what_is_too_long_is_cut_and_marked(unit: str, limit: int) -> None:
    """A text at the limit is whole; one unit more, and it is cut between words or characters and says so."""
    make: Callable[[str], render.Block] = render.quote if limit == 2_900 else render.small
    size = units(unit)
    whole = (unit * limit)[: limit // size * len(unit)].rstrip()
    assert words([make(whole)]) == whole
    cut = words([make(whole + unit * 2 + "x")])
    assert cut.endswith(" […]")
    assert whole.startswith(cut.removesuffix(" […]"))
    assert units(cut) <= limit
    check_message("x", [make(whole), make(whole + unit * 2)])


def test_a_highlight_beyond_the_cut_is_left_out() -> None:
    """Bold never covers the mark of the cut or what was cut off."""
    text = "word " * 700
    block = render.quote(text, [Highlight(start=0, end=4), Highlight(start=2_880, end=3_200)])
    assert [run["text"] for run in block["elements"][0]["elements"] if run.get("style")] == ["word"]


@runs(max_examples=60, deadline=None)
@given(st.text(st.characters(codec=None), min_size=1, max_size=40).map(lambda text: text * 90), st.data())
def test_a_quotation_of_anything_fits_into_slack(text: str, data: st.DataObject) -> None:
    """Whatever a sentence is made of and wherever its highlights lie, its blocks are accepted and can be encoded."""
    edges = sorted(set(data.draw(st.lists(st.integers(0, len(text)), max_size=8))))
    marks = list(zip(edges[::2], edges[1::2], strict=False))
    answer = Answer(intent="ask", snippets=(shown(text, *marks),) * 3)
    fallback, blocks = render.text(answer, WORDING), render.blocks(answer, WORDING)
    check_message(fallback, blocks)
    assert (fallback + json.dumps(blocks, ensure_ascii=False)).encode("utf-8")


# Whose words, and where from


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Bo Ferrant, “The Mill”, Marsh Papers, 4 May 1999, para. 7"),
        ({"page": 12}, "Bo Ferrant, “The Mill”, Marsh Papers, 4 May 1999, para. 7, p. 12"),
        (
            {"role": "quoted", "speaker": "Lord Ismay"},
            "Lord Ismay, quoted by Bo Ferrant, “The Mill”, Marsh Papers, 4 May 1999, para. 7",
        ),
        ({"role": "quoted", "speaker": None}, "quoted by Bo Ferrant, “The Mill”, Marsh Papers, 4 May 1999, para. 7"),
        (
            {"role": "quoted", "speaker": "Marsh House"},
            "Marsh House on Bo Ferrant, “The Mill”, Marsh Papers, 4 May 1999, para. 7",
        ),
        ({"role": "reported", "speaker": None}, "a view reported by Bo Ferrant, “The Mill”, Marsh Papers, 4 May 1999, para. 7"),
        (
            {"role": "reported", "speaker": "the miller"},
            "the miller's view as reported by Bo Ferrant, “The Mill”, Marsh Papers, 4 May 1999, para. 7",
        ),
    ],
)
def test_whose_words_they_are_is_said(changes: dict[str, Any], expected: str) -> None:
    """The author's own, somebody's quoted, or a view only reported; title, container, date, paragraph and page."""
    assert render.citation(shown(**changes), WORDING) == expected


def test_what_the_file_does_not_show_is_not_made_up() -> None:
    """No container, no date and no title of its own: a descriptive title in brackets, and "undated"."""
    source = replace(SOURCE, title="[On mills]", title_is_descriptive=True, container=None, issued=None)
    assert render.citation(shown(source=source), WORDING) == "Bo Ferrant, [On mills], undated, para. 7"


def test_several_authors_are_all_named() -> None:
    """Nobody is left out of a citation; a document without authors goes by its title."""
    assert render.authors(replace(SOURCE, authors=("A B", "C D"))) == "A B and C D"
    assert render.authors(replace(SOURCE, authors=())) == "The Mill"


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("1949", "1949"),
        ("2014-03", "March 2014"),
        ("2001-09-11", "11 September 2001"),
        ("2004/2014", "2004 to 2014"),
        ("199X", "the 1990s"),
        ("2014-03/2014-09-05", "March 2014 to 5 September 2014"),
    ],
)
def test_dates_are_written_as_people_do(date: str, expected: str) -> None:
    """An EDTF date in words, no more precise than it is."""
    assert render.in_words(date) == expected


def test_no_snippet_goes_without_its_source(bot: Natobot) -> None:
    """Every quotation in blocks and text is followed by its author, title and paragraph."""
    answer = bot.reply("What does Rumer think of enlargement?")
    blocks, text = render.blocks(answer, bot.wording), render.text(answer, bot.wording)
    quotes = [number for number, block in enumerate(blocks) if block["type"] == "rich_text"]
    assert len(quotes) == len(answer.snippets) > 0
    for number, snippet in zip(quotes, answer.snippets, strict=True):
        line = words([blocks[number + 1]])
        assert blocks[number + 1]["type"] == "context"
        assert line == render.citation(snippet, bot.wording)
        assert "Eugene Rumer" in line
        assert "Time for NATO to Look Inward" in line
        assert f"para. {snippet.passage.paragraph}" in line
        assert render.escape(line) in text


# What we say


def test_our_lines_stand_before_the_quotations() -> None:
    """In their order, in small print where there is something to quote, and plain where there is not."""
    say: tuple[tuple[str, dict[str, str]], ...] = (("repaired", {"written": "fery", "read": "ferry"}), ("both", {}))
    with_quotes = render.blocks(Answer(intent="ask", snippets=(shown(),), say=say), WORDING)
    assert [block["type"] for block in with_quotes] == ["context", "context", "rich_text", "context"]
    assert words(with_quotes[:2]) == "I read fery as ferry.Two passages may answer this."
    without = render.blocks(Answer(intent="ask", say=say), WORDING)
    assert [block["type"] for block in without] == ["section", "section"]


def test_a_refusal_shows_what_is_near() -> None:
    """Near misses are quoted below a line that says what they are; a suggestion of ours is asked."""
    near = (Suggestion(text="Some words", passage="mill/0123456789ab"), Suggestion(text="help", passage=None))
    blocks = render.blocks(Answer(intent="ask", say=(("refuse", {}),), suggestions=near), WORDING)
    assert words(blocks) == "Nothing found.Did you mean help?The nearest passages:Some words"
    assert [block["type"] for block in blocks] == ["section", "section", "context", "rich_text"]


def test_an_answer_that_says_nothing_is_a_refusal() -> None:
    """Slack takes no empty message, and people no silence."""
    empty = Answer(intent="ask")
    assert words(render.blocks(empty, WORDING)) == render.text(empty, WORDING) == "Nothing found."


def test_names_with_braces_are_names() -> None:
    """What was typed is filled in once and never read as a place to fill."""
    answer = Answer(intent="ask", missing=("{names}",), say=(("refuse_missing", {"names": "{names} {0.x}"}),))
    assert render.text(answer, WORDING) == "None of the sources mentions {names} {0.x}."


def test_a_very_long_missing_name_is_cut() -> None:
    """A line of ours stays within its limit, whatever was typed."""
    answer = Answer(intent="ask", say=(("refuse_missing", {"names": "Zorblax" * 2_000}),))
    text, blocks = render.text(answer, WORDING), render.blocks(answer, WORDING)
    check_message(text, blocks)
    assert text.endswith(" […]")
    assert words(blocks).endswith(" […]")


# Days


def event(date: str | None, precision: str) -> Event:
    """A dated statement."""
    made: Any = {"date": date, "precision": precision, "date_words": "then", "passage": PASSAGE.id, "source": "mill"}
    return Event(**made, anchor=None, spans=PASSAGE.spans)


@pytest.mark.parametrize(
    ("kind", "date", "precision", "expected"),
    [
        ("day", "1949-04-04", "day", "On this day (4 April 1949)"),
        ("publication", "1999-04-04", "day", "Published on this day (4 April 1999)"),
        ("month", "1950-04", "month", "This month in April 1950"),
    ],
)
def test_the_header_of_a_day_is_no_more_precise_than_the_source(kind: Any, date: str, precision: str, expected: str) -> None:
    """A month stays a month."""
    found = Today(date="2026-04-04", kind=kind, items=(TodayItem(snippet=shown(), event=event(date, precision)),))
    assert render.today_header(found, WORDING) == expected
    assert words(render.today_blocks(found, WORDING)).startswith(expected + "One two 3")


def test_a_quotation_of_the_day_is_called_so() -> None:
    """Without an event the header names the day of the post; without anything it says so."""
    found = Today(date="2026-04-04", kind="quotation", items=(TodayItem(snippet=shown(), event=None),))
    assert render.today_header(found, WORDING) == "Quotation of the day (4 April 2026)"
    assert render.today_header(replace(found, items=()), WORDING) == "Nothing today."


# JSON


def test_the_record_of_an_answer_has_every_key(bot: Natobot) -> None:
    """All keys are there, null or empty where there is nothing, and ``why`` on demand only."""
    keys = ["id", "intent", "answered", "snippets", "missing", "suggestions", "repaired"]
    for question in ("When did NATO take over ISAF?", "hello", "", "what about Iceland"):
        record = render.record(bot.reply(question), "q1")
        assert list(record) == keys
        assert record["id"] == "q1"
        assert list(render.record(bot.reply(question), None, why=True)) == [*keys, "why"]
    snippet = render.record(bot.reply("When did NATO take over ISAF?"), None)["snippets"][0]
    assert list(snippet) == ["text", "source", "passage", "context", "spans", "speaker", "role", "highlights"]


def test_the_shipped_wording_is_all_that_rendering_needs(bot: Natobot, tmp_path: Path) -> None:
    """Every sentence used here is in the shipped wording as well."""
    assert WORDING.keys() - bot.wording.keys() == set()
