"""Cards: found in the sources, or refused with one line that says where and how to mend it."""

from pathlib import Path

import pytest

from little import little, spoil
from natobot.bot import Natobot
from natobot.cards import Card
from natobot.errors import FileError
from natobot.gather import gather
from natobot.settings import Settings
from natobot.store import Knowledge

BOATS = "cards/boats.yaml"


@pytest.fixture
def small(tmp_path: Path, settings: Settings) -> Settings:
    """Two short documents and two cards."""
    return little(tmp_path, settings)


def text_of(knowledge: Knowledge, card: Card) -> list[str]:
    """The sentences a card answers with."""
    texts = {passage.id: passage.text for passage in knowledge.passages}
    return [texts[key] for key in card.passages]


def test_evidence_finds_its_sentence(small: Settings) -> None:
    """A card's words lead to the one sentence that holds them."""
    founding, sinking = (knowledge := gather(small)).cards
    assert text_of(knowledge, founding) == ["The ferry to Oldport was founded in 1901."]
    assert text_of(knowledge, sinking) == ["It sank in the storm of 1902 with 140 sheep on board."]


def test_a_card_keeps_what_its_file_says(small: Settings) -> None:
    """Id, topic, ways of asking and subjects are those of the file, in its order."""
    founding = gather(small).cards[0]
    assert founding.id == "founding"
    assert founding.topic == "boats"
    assert founding.ask == ("when did the ferry start", "how old is the boat line")
    assert founding.subjects == ("ferry", "Oldport")


def test_white_space_in_evidence_does_not_count(small: Settings) -> None:
    """Evidence may be wrapped in the card, and the source may be wrapped elsewhere."""
    spoil(small, BOATS, '"It sank in the storm of 1902"', '"It  sank in\n      the storm of 1902"')
    assert len(gather(small).cards) == 2


def test_several_places_answer_in_the_order_of_the_card(small: Settings) -> None:
    """A list of evidence gives several sentences, the first the best."""
    spoil(small, BOATS, '{ferry: "It sank in the storm of 1902"}', '[{mill: "In 1911 the mill"}, {ferry: "Nobody was drowned"}]')
    knowledge = gather(small)
    assert text_of(knowledge, knowledge.cards[1]) == ["In 1911 the mill bought a steam engine.", "Nobody was drowned."]


def test_one_sentence_named_twice_answers_once(small: Settings) -> None:
    """Two pieces of evidence from one sentence are one answer."""
    spoil(small, BOATS, '{ferry: "It sank in the storm of 1902"}', '[{ferry: "storm of 1902"}, {ferry: "140 sheep on board"}]')
    assert len(gather(small).cards[1].passages) == 1


def test_cards_stand_in_the_order_of_files_and_lines(small: Settings) -> None:
    """The order is that of the names of the files and of the lines in them, not that of the folder."""
    text = 'topic: boats\ncards:\n  zebra:\n    evidence: {mill: "In 1911 the mill"}\n    ask: [a]\n'
    for name, card in (("z", "last"), ("a", "first")):
        (small.responses / "cards" / f"{name}.yaml").write_text(text.replace("zebra", card), "utf-8")
    assert [card.id for card in gather(small).cards] == ["first", "founding", "sinking", "last"]


def test_numbers_and_dates_are_words_in_a_card(small: Settings) -> None:
    """What YAML would take for a number, a date or a truth stays the words that somebody may ask in."""
    spoil(small, BOATS, "ask: [what happened to the first ferry]", "ask: [1902, 1902-03-04, yes, 9.50]")
    assert gather(small).cards[1].ask == ("1902", "1902-03-04", "yes", "9.50")


MISTAKES = {
    "unknown key": ("subjects: [ferry]", "subject: [ferry]", 11, "unknown key 'subject'", "Did you mean 'subjects'?"),
    "unknown key at the top": ("topic: boats", "topics: boats", 1, "unknown key 'topics'", "Did you mean 'topic'?"),
    "missing key": ("    ask: [what happened to the first ferry]\n", "", 10, "the key 'ask' is missing", "Add 'ask: …'"),
    "missing topic": ("topic: boats\n", "", 1, "the key 'topic' is missing", "Add 'topic: …'"),
    "id twice": ("sinking:", "founding:", 9, "'founding' stands here a second time (first on line 3)", "Rename or remove"),
    "bad id": ("sinking:", "The_Sinking:", 9, "'The_Sinking' is not an id", "Use lower-case letters, digits"),
    "evidence not found": ("of 1902", "of 1903", 10, "ferry does not hold the words 'It sank in the storm of 1903'", "Copy them"),
    "evidence over two sentences": (
        '"It sank in the storm of 1902"',
        '"founded in 1901. It sank"',
        10,
        "ferry does not hold the words 'founded in 1901. It sank'",
        "Copy them from the source",
    ),
    "evidence in two sentences": (
        "in the storm of 1902",
        "in the",
        10,
        "2 sentences of ferry hold the words 'It sank in the'",
        "Quote more",
    ),
    "unknown source": ('{ferry: "It', '{fairy: "It', 10, "no source has the id 'fairy'", "Known sources: ferry, mill."),
    "too short": ("It sank in the storm of 1902", "sheep", 10, "'sheep' is too short to be evidence", "Quote at least 2 words"),
    "no evidence": ('{ferry: "It sank in the storm of 1902"}', "[]", 10, "a card needs evidence", "Add 'source-id: \"words"),
    "nobody asks": ("[what happened to the first ferry]", "[]", 12, "a card needs at least one way of asking", "Add a line"),
    "an empty way of asking": ("[what happened to the first ferry]", '["  "]', 12, "text expected here", "Write some words"),
    "unknown topic": ("topic: boats", "topic: goats", 1, "the topic 'goats' is not in topics.yaml", "use one of: boats."),
    "a list is needed": ("[what happened to the first ferry]", "what happened", 12, "a list expected here", "Start each item"),
    "not YAML": ("  sinking:", "\tsinking:", 9, "not YAML (", "Check the indentation"),
}


@pytest.mark.parametrize(("old", "new", "line", "what", "mend"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_in_a_card_is_one_line(small: Settings, old: str, new: str, line: int, what: str, mend: str) -> None:
    """Each mistake stops the build with ``file:line: what is wrong. How to mend it.``"""
    path = spoil(small, BOATS, old, new)
    with pytest.raises(FileError) as caught:
        gather(small)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: {what}"), message
    assert mend in message
    assert "\n" not in message
    assert message.endswith((".", "?"))


def test_an_id_that_stands_in_two_files_names_both(small: Settings) -> None:
    """The second file's line is shown, and the first file's name."""
    other = small.responses / "cards" / "more.yaml"
    other.write_text('topic: boats\ncards:\n  founding:\n    evidence: {mill: "In 1911"}\n    ask: [a]\n', "utf-8")
    with pytest.raises(FileError, match=r"more\.yaml:3: the card 'founding' stands in boats\.yaml too\. Rename one of the two\."):
        gather(small)


@pytest.mark.parametrize("name", ["boats.yml", "boats.yaml~", "notes.txt"])
def test_a_file_that_would_not_be_read_is_refused(small: Settings, name: str) -> None:
    """A card file under another ending would be left out without a word; so it is an error."""
    (small.responses / "cards" / name).write_text("topic: boats\n", "utf-8")
    with pytest.raises(FileError, match=r"this is not a card file\. Let its name end in \.yaml"):
        gather(small)


@pytest.mark.parametrize("name", [".boats.yaml.swp", ".#boats.yaml", "README.md"])
def test_files_that_lie_beside_cards_are_no_cards(small: Settings, name: str) -> None:
    """An editor's hidden files and a README may lie among the cards."""
    (small.responses / "cards" / name).write_text("topic: ???", "utf-8")
    assert len(gather(small).cards) == 2


def test_without_topics_any_topic_will_do(small: Settings) -> None:
    """A team that keeps no topics.yaml may name topics as it likes."""
    (small.responses / "topics.yaml").unlink()
    assert len(gather(small).cards) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title: Boats", "titel: Boats", "topics.yaml:2: unknown key 'titel'. Did you mean 'title'?"),
        ("  keywords: [ferry, boat]\n", "", "topics.yaml:2: the key 'keywords' is missing."),
        ("[ferry, boat]", "ferry", "topics.yaml:3: a list expected here."),
    ],
)
def test_a_mistake_in_the_topics_is_one_line(small: Settings, old: str, new: str, message: str) -> None:
    """topics.yaml is held to the same form."""
    spoil(small, "topics.yaml", old, new)
    with pytest.raises(FileError) as caught:
        gather(small)
    assert message in str(caught.value)


def test_the_shipped_cards_have_their_passages(bot: Natobot) -> None:
    """Every shipped card answers with at least one passage that exists, and is asked in at least one way."""
    cards = list(bot.store.cards())
    assert len(cards) > 100
    assert [card.id for card in cards if not card.ask or not all(bot.store.passage(key) for key in card.passages)] == []
