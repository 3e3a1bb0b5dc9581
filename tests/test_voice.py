"""``voice``: whose words a sentence holds."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natobot.model import Passage
from natobot.names import Names
from natobot.quotations import quotations
from natobot.voice import voice
from prose import prose


def voices(text: str) -> list[tuple[str, str | None]]:
    """Role and speaker of every sentence, each told with the one before already known."""
    source, passages, raw = prose(text)
    found = quotations(source, passages, raw)
    names, previous = Names(passages), None
    told: list[Passage] = []
    for passage in passages:
        role, speaker = voice(passage, previous, [q for q in found if q.passage == passage.id], names)
        previous = replace(passage, role=role, speaker=speaker)
        told.append(previous)
    return [(p.role, p.speaker) for p in told]


@pytest.mark.parametrize(
    "text",
    [
        "The pier is old and will be replaced.",
        "This essay argues that the pier is old.",
        "One could argue that the pier is old.",
        "It is said in passing, and I believe that the pier is old.",
        "It can be regarded as the seed of the guild.",
        "If the towns believe that there is something to gain, the guild is the place to learn.",
        "The guild has an “open door” policy, but even an open door has limits.",
        "The island wants to protect its trade and avoid more spending on the pier.",
        "The pier was rebuilt in 1904, though the mayor said that it was late.",
    ],
)
def test_the_author_speaks(text: str) -> None:
    """Plain statements, the author's own arguments, conditions, labels and asides are the essayist's."""
    assert voices(text) == [("author", "The Author")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The rationale was plain: island officials sought to overcome the tide and enlarge the pier.", "island officials"),
        ("The report held that the tide poses a grave challenge to open towns.", "report"),
        ("Ada Quill, the then head of the guild, made her point that the pier needs to grow with the town.", "Ada Quill"),
        (
            "The Harbour Plan 1904 was adopted late, alleging that a series of tides pose a danger to all towns.",
            "Harbour Plan 1904",
        ),
        ("According to Bo Ferrant, the pier is a ruin.", "Bo Ferrant"),
        ("To some, it means less trade and more rest.", None),
        ("To the mill, the guild’s advocates promised a greater share of the trade.", "guild’s advocates"),
        ("The ferry was advertised as the solution to everyone’s problems.", None),
        ("The pier will fall within the year, Mayor Quill estimates.", "Mayor Quill"),
        ("They are concerned that the pier is not for the towns, but for itself.", None),
        ("Critics insist there are better ways to cross the river.", "Critics"),
        ("An increasing number of politicians argue that the guild should buy the mill.", "increasing number of politicians"),
    ],
)
def test_a_view_only_reported(text: str, expected: str | None) -> None:
    """What somebody argued, held, alleged, promised, sought or was told to be is reported, with his name where given."""
    assert [("reported", expected)] == voices(text)


def test_pronouns_of_reports() -> None:
    """ "He believes that…" is the view of the person of the sentence before."""
    text = "Mayor Ada Quill’s remarks on the mill were noted. She believes that the mill is a ruin."
    assert voices(text)[-1] == ("reported", "Mayor Ada Quill")


def test_a_reported_view_goes_on() -> None:
    """ "It would…" right behind a reported view carries it on; a new paragraph does not."""
    text = "The guild’s advocates promised that the pier would pay for itself. It would also feed the gulls."
    assert voices(text) == [("reported", "guild’s advocates")] * 2
    assert voices(text.replace(". It", ".\n\nIt"))[-1] == ("author", "The Author")


def test_mostly_quoted() -> None:
    """A sentence that is mostly somebody's words in marks is quoted; one that quotes a little is not."""
    text = "As they write in the 1904 Harbour Plan, “We are firmly committed to preserve the ferry as the best in the bay.”"
    assert voices(text) == [("quoted", "1904 Harbour Plan")]
    assert voices("The 1904 Harbour Plan has a long part on “tides and boats” and much else besides.") == [
        ("author", "The Author")
    ]


def test_a_voice_already_known_stays() -> None:
    """A passage that is not the author's to begin with, such as a publisher's note, is left as it is."""
    _, (passage, *_), _ = prose("Ada Quill is a senior fellow of the guild.")
    note = replace(passage, role="quoted", speaker="The Publisher")
    assert voice(note, None, ()) == ("quoted", "The Publisher")


@given(st.text(st.sampled_from("AQ ,.:“”saidthwoule'’-–H"), min_size=1, max_size=120))
def test_voice_always_answers(text: str) -> None:
    """Whatever the text, each sentence has one of the three roles."""
    assert {role for role, _ in voices(text)} <= {"author", "quoted", "reported"}
