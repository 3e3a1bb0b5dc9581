"""Intents, aliases, names and our own sentences: read as written, or refused with one line that says how to mend it."""

import re
from pathlib import Path

import pytest

import natobot
from little import little, spoil
from natobot.errors import FileError
from natobot.fold import fold
from natobot.intents import ACTIONS, SENTENCES, Responses, responses
from natobot.settings import Settings

CODE = Path(natobot.__file__).parent


@pytest.fixture
def small(tmp_path: Path, settings: Settings) -> Settings:
    """A few phrasings, one alias, one name, and the shipped wording."""
    return little(tmp_path, settings)


def fits(said: Responses, question: str) -> list[tuple[str, str | None]]:
    """Intents whose phrasing is this very question, with what stands in the slot."""
    found = []
    for pattern in said.patterns:
        if match := pattern.regex.match(fold(question)):
            found.append((pattern.intent, match.group(pattern.slot) if pattern.slot else None))
    return found


def test_a_phrasing_is_compared_folded(small: Settings) -> None:
    """Case, accents and punctuation of a phrasing make no difference."""
    spoil(small, "intents.yaml", "hi there", '"Hí, there!"')
    assert fits(responses(small.responses), "HI THERE") == [("greeting", None)]


def test_a_slot_holds_the_rest_of_the_question(small: Settings) -> None:
    """``what is {term}`` gives the term, of one word or several, and does not fit without one."""
    said = responses(small.responses)
    assert fits(said, "What is the second ferry?") == [("define", "the second ferry")]
    assert fits(said, "what is") == []


def test_a_slot_may_stand_first_or_in_the_middle(small: Settings) -> None:
    """Words before and after the slot must both be there."""
    spoil(small, "intents.yaml", "what is {term}", 'what does {term} mean\n    - "{term} for short"')
    said = responses(small.responses)
    assert fits(said, "what does ferry mean") == [("define", "ferry")]
    assert fits(said, "ferry line for short") == [("define", "ferry line")]
    assert fits(said, "what does ferry") == []


def test_a_phrasing_is_no_regular_expression(small: Settings) -> None:
    """Signs that mean something in a regular expression mean nothing in a phrasing."""
    spoil(small, "intents.yaml", "hi there", '"hi (th|w)ere.*"')
    assert fits(responses(small.responses), "hi anywhere") == []


def test_intents_say_a_sentence_of_the_wording(small: Settings) -> None:
    """``say`` is kept for the intents that have one."""
    assert responses(small.responses).says == {"greeting": "greeting", "help": "help"}


def test_names_are_folded_from_every_group(small: Settings) -> None:
    """Groups are for people; accents and case fall away."""
    (small.responses / "names.yaml").write_text("places: [Iceland, São Tomé]\npeople:\n  - Zoë O’Hara\n", "utf-8")
    assert responses(small.responses).names == {"iceland", "sao tome", "zoe ohara"}


def test_aliases_and_names_may_be_left_out(small: Settings) -> None:
    """Only intents and wording are needed."""
    (small.responses / "aliases.yaml").unlink()
    (small.responses / "names.yaml").unlink()
    said = responses(small.responses)
    assert (said.aliases, said.names) == ((), frozenset())


MISTAKES = {
    "two slots": ("intents.yaml", "what is {term}", "what is {term} to {whom}", 9, "a phrasing has at most one slot", "Split it"),
    "unknown intent": ("intents.yaml", "define:", "defines:", 7, "no action is called 'defines'", "Known intents: ask, define,"),
    "unknown key": ("intents.yaml", "say: help", "says: help", 5, "unknown key 'says'", "Did you mean 'say'?"),
    "no phrases": ("intents.yaml", "  phrases: [help, what can you do]\n", "", 5, "the key 'phrases' is missing", "Add 'phr"),
    "unknown sentence": ("intents.yaml", "say: help", "say: halp", 5, "wording.yaml has no sentence 'halp'", "Add it there"),
    "open brace": ("intents.yaml", "{term}", '"{term"', 9, "'what is \"{term\"' is no phrasing", "Write a slot as {term}"),
    "no name of a slot": ("intents.yaml", "{term}", "{1}", 9, "'what is {1}' is no phrasing", "Write a slot as {term}"),
    "nothing but a slot": ("intents.yaml", "what is {term}", '"{term}?"', 9, "a phrasing needs words", "Write some beside"),
    "no words": ("intents.yaml", "hi there", '"?!"', 3, "a phrasing needs words", "Write some beside"),
    "twice": ("intents.yaml", "help:", "greeting:", 4, "'greeting' stands here a second time (first on line 1)", "Rename"),
    "unknown meaning": (
        "aliases.yaml",
        "[the harbour town]",
        "\n  aliases: []\n  meanings: [Newport]",
        3,
        "'Newport' is no name of this file",
        "Give it an entry",
    ),
    "an alias is a list": ("aliases.yaml", "[the harbour town]", "the harbour town", 1, "a list expected here", "Start each"),
    "names stand in groups": ("names.yaml", "places: [Iceland]", "- Iceland", 1, "keys and values expected here", "Write 'key"),
    "a value we do not have": (
        "wording.yaml",
        "mentions {names}",
        "mentions {nmaes}",
        0,
        "'refuse_missing' has no value {nmaes}",
        "Its values: {names}.",
    ),
    "a value without a name": ("wording.yaml", "mentions {names}", "mentions {}", 0, "'refuse_missing' has no value {}", "Its v"),
    "a look inside a value": ("wording.yaml", "{names}", "{names.x}", 0, "'refuse_missing' has no value {names.x}", "Its v"),
    "a format of a value": ("wording.yaml", "{number}", "{number:>9999}", 0, "'paragraph' has no value {number}", "Its values"),
    "braces": ("wording.yaml", "mentions {names}", "mentions {names", 0, "the braces do not match", "Write {name} for a value"),
    "closing brace": (
        "wording.yaml",
        "mentions {names}",
        "mentions names}",
        0,
        "the braces do not match",
        "{{ and }} for braces",
    ),
    "a sentence gone": ("wording.yaml", "goodbye: Goodbye.\n", "", 4, "the sentence 'goodbye' is missing", "Add 'goodbye: …'."),
    "a sentence misspelt": (
        "wording.yaml",
        "refuse_empty:",
        "refuse_emtpy:",
        4,
        "the sentence 'refuse_empty' is missing",
        "Is it 'refuse_emtpy'?",
    ),
    "an empty sentence": ("wording.yaml", "goodbye: Goodbye.", "goodbye:", 0, "text expected here", "Write some words"),
}


@pytest.mark.parametrize(("name", "old", "new", "line", "what", "mend"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line(small: Settings, name: str, old: str, new: str, line: int, what: str, mend: str) -> None:
    """Each mistake gives ``file:line: what is wrong. How to mend it.``"""
    path = small.responses / name
    # In the shipped wording lines move; there the line is that of the mistake.
    at = line or path.read_text("utf-8").partition(old)[0].count("\n") + 1
    spoil(small, name, old, new)
    with pytest.raises(FileError) as caught:
        responses(small.responses)
    message = str(caught.value)
    assert message.startswith(f"{path}:{at}: {what}"), message
    assert mend in message
    assert "\n" not in message
    assert message.endswith((".", "?"))


@pytest.mark.parametrize("name", ["intents.yaml", "wording.yaml"])
def test_a_missing_file_is_one_line(small: Settings, name: str) -> None:
    """Intents and wording must be there."""
    (small.responses / name).unlink()
    with pytest.raises(FileError, match=rf"{name}: not found. Restore it from the shipped responses/"):
        responses(small.responses)


def test_every_sentence_may_be_reworded(small: Settings) -> None:
    """A sentence may leave its values out, and may hold braces of its own."""
    spoil(small, "wording.yaml", "None of the sources mentions {names}.", '"{{Nobody}} speaks of that."')
    assert responses(small.responses).wording["refuse_missing"].format(names="x") == "{Nobody} speaks of that."


def test_every_sentence_that_code_says_is_known() -> None:
    """What the code looks up in the wording is in the table that the wording is checked against."""
    looked_up = set[str]()
    for path in CODE.rglob("*.py"):
        looked_up |= set(re.findall(r"wording\[[\"'](\w+)[\"']\]", path.read_text("utf-8")))
    assert len(looked_up) > 10
    assert looked_up - SENTENCES.keys() == set()


def test_no_shipped_sentence_goes_unchecked(settings: Settings) -> None:
    """Every shipped sentence is one whose values are known, or one that an intent says."""
    said = responses(settings.responses)
    assert said.wording.keys() - SENTENCES.keys() - set(said.says.values()) == set()


def test_every_action_but_asking_has_shipped_phrasings(settings: Settings) -> None:
    """Nothing the code can do is out of reach."""
    said = responses(settings.responses)
    assert {pattern.intent for pattern in said.patterns} | {"ask"} == set(ACTIONS)
