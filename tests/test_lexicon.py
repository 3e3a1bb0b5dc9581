"""Names and their other forms: who is meant, which words say the same, what is a name at all."""

from dataclasses import replace

import pytest

from natobot.bot import Natobot
from natobot.fold import fold, stem
from natobot.intents import Alias
from natobot.lexicon import Lexicon, lexicon
from natobot.model import Source

ESSAY = Source(
    id="essay",
    file="essay.txt",
    sha256="0" * 64,
    title="The Long Bridge",
    title_is_descriptive=False,
    authors=("Ada Quill",),
    issued=None,
    container=None,
    publisher=None,
    url=None,
    viewpoint=None,
    aliases=("the harbour author",),
)
REPLY = replace(ESSAY, id="reply", title="[A reply]", title_is_descriptive=True, authors=("Bo Ferrant", "Cy Marlow"), aliases=())


def alias(name: str, *aliases: str, meanings: tuple[str, ...] = ()) -> Alias:
    """An entry of aliases.yaml."""
    return Alias(name=name, aliases=aliases, meanings=meanings)


def meant(lexicon_: Lexicon, text: str) -> list[str]:
    """Names of the groups that the words of ``text`` belong to."""
    stems = [stem(word) for word in fold(text).split()]
    length, groups = lexicon_.groups_at(stems, 0)
    return [group.name for group in groups] if length == len(stems) else []


def author(lexicon_: Lexicon, text: str) -> str:
    """The source that the words of ``text`` name, an article before them aside, or nothing."""
    folded = fold(text).removeprefix("the ").split()
    length, source = lexicon_.author_at(folded, 0)
    return source if length == len(folded) else ""


@pytest.mark.parametrize("text", ["Russia", "moscow", "the Kremlin", "KREMLIN", "Russian Federation"])
def test_every_form_of_a_name_means_the_name(text: str) -> None:
    """Capitals, nicknames and longer forms lead to the one group, whatever their case."""
    tables = lexicon([alias("Russia", "Moscow", "Kremlin", "the Kremlin", "Russian Federation")], (), ())
    assert meant(tables, text) == ["Russia"]


def test_a_form_may_have_several_meanings() -> None:
    """Brussels is itself, and may be either of the bodies that sit there."""
    tables = lexicon([alias("NATO"), alias("EU"), alias("Brussels", meanings=("NATO", "EU"))], (), ())
    assert meant(tables, "Brussels") == ["Brussels", "NATO", "EU"]


def test_the_longest_form_wins() -> None:
    """South Korea is not Korea with a word before it."""
    tables = lexicon([alias("Korea"), alias("Republic", "South Korea")], (), ())
    assert tables.groups_at(["south", "korea", "join"], 0) == (2, tables.groups[("south", "korea")])


def test_synonyms_are_near_and_names_are_equal() -> None:
    """A name's forms are equivalents; a lower-case entry holds words that are only near in meaning."""
    tables = lexicon([alias("Oldport", "the harbour town"), alias("enlarge", "expand")], (), ())
    assert [group.equal for group in tables.groups[("oldport",)]] == [True]
    assert [group.equal for group in tables.groups[("enlarg",)]] == [False]


def test_a_name_is_found_at_its_first_word_only() -> None:
    """``name_at`` gives the length of the name that begins there, and 0 inside or outside of one."""
    tables = lexicon((), ["angela merkel", "iceland"], ())
    folded = "what about angela merkel and iceland".split()
    assert [tables.name_at(folded, at) for at in range(6)] == [0, 0, 2, 0, 0, 1]


def test_a_possessive_typed_without_its_mark_is_still_the_name() -> None:
    """On a phone "Iceland's" is "icelands"."""
    assert lexicon((), ["iceland"], ()).name_at(["icelands"], 0) == 1


def test_capitalised_aliases_are_names_and_synonyms_are_not() -> None:
    """What aliases.yaml writes with capitals is a name, also where names.yaml does not list it."""
    tables = lexicon([alias("Oldport", "Harbour Town", "old harbour"), alias("enlarge", "Expand")], (), ())
    assert tables.names == {("oldport",), ("harbour", "town")}


@pytest.mark.parametrize(
    "text",
    ["Ada Quill", "Quill", "professor Quill", "the harbour author", "the harbour scholar", "harbour analyst", "Dr. Ada Quill"],
)
def test_an_author_is_named_in_many_ways(text: str) -> None:
    """Full name, surname, title, and the editor's alias with any word for a writer in it."""
    assert author(lexicon((), (), [ESSAY, REPLY]), text) == "essay"


@pytest.mark.parametrize("text", ["Ferrant", "Cy Marlow", "mr Marlow"])
def test_each_of_several_authors_names_the_source(text: str) -> None:
    """A source with two authors is meant by either."""
    assert author(lexicon((), (), [ESSAY, REPLY]), text) == "reply"


def test_a_title_names_its_source() -> None:
    """A document may be called by its title."""
    assert lexicon((), (), [ESSAY, REPLY]).author_at("the long bridge says".split(), 0) == (3, "essay")


def test_a_descriptive_title_is_no_name_of_the_source() -> None:
    """A title that we made up ourselves is not what people ask by."""
    assert author(lexicon((), (), [ESSAY, REPLY]), "a reply") == ""


def test_a_surname_of_two_sources_names_neither() -> None:
    """Where two authors share a name, it decides nothing; their full names still do."""
    tables = lexicon((), (), [ESSAY, replace(REPLY, authors=("Eve Quill",))])
    assert (author(tables, "Quill"), author(tables, "Eve Quill")) == ("", "reply")


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("the Chinese author", "jin-ling"),
        ("the chinese analyst", "jin-ling"),
        ("Jin Ling", "jin-ling"),
        ("rumer", "rumer"),
        ("the American analyst", "rumer"),
        ("Rynning", "rynning"),
        ("the european academic", "rynning"),
    ],
)
def test_the_shipped_authors_are_known(bot: Natobot, text: str, source: str) -> None:
    """The three essayists answer to their names and to what the editor calls them."""
    assert author(bot._mind[2].lexicon, text) == source
