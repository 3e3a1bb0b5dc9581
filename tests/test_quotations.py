"""``quotations`` with ``speech`` and ``names``: words in quotation marks and who says them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natobot.quotations import quotations
from prose import cut, prose


def quoted(text: str) -> list[tuple[str, str, str | None]]:
    """Words, role and speaker of every quotation."""
    return [(q.text, q.role, q.speaker) for q in quotations(*prose(text))]


def speakers(text: str) -> list[str | None]:
    """The speaker of every quotation."""
    return [q.speaker for q in quotations(*prose(text))]


@pytest.mark.parametrize("marks", ["“”", '""', "«»", "„“"])
def test_marks(marks: str) -> None:
    """Typographic, straight, French and German marks hold quotations."""
    one, two = marks[0], marks[1]
    found = quoted(f"It has an {one}open door{two} policy and {one}core tasks{two} as well.")
    assert [text for text, _, _ in found] == ["open door", "core tasks"]


def test_nested_marks() -> None:
    """Single marks inside double ones are a record of their own, by the same speaker."""
    found = quoted("The guild said: “We saw ‘no reason’ to act.”")
    assert found == [("We saw ‘no reason’ to act.", "quoted", "guild"), ("no reason", "quoted", "guild")]


def test_single_marks_of_a_source_without_double_ones() -> None:
    """Where a source uses single marks throughout, they count; an apostrophe does not close them."""
    found = quoted("Mayor Quill said it was ‘the guild’s own choice’ to go. The towns’ ‘open door’ stays.")
    assert [text for text, _, _ in found] == ["the guild’s own choice", "open door"]


def test_inches_and_stray_marks() -> None:
    """A mark of inches opens nothing; one that is never closed holds nothing."""
    assert quoted('A plank of 5" was lost. He said “it is gone\n\nThe next day was dry.') == []


def test_a_quotation_of_several_sentences() -> None:
    """Each sentence of a longer quotation is a record, all by the same speaker."""
    text = "Mayor Quill wrote: “The pier is old. It will not last.” Then he left."
    assert quoted(text) == [("The pier is old.", "quoted", "Mayor Quill"), ("It will not last.", "quoted", "Mayor Quill")]


def test_a_quotation_of_several_paragraphs() -> None:
    """Opening marks are repeated at each paragraph of a long quotation."""
    text = "Mayor Quill wrote: “The pier is old.\n\n“It will not last.”"
    assert [words for words, _, _ in quoted(text)] == ["The pier is old.", "It will not last."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In January 1904 President Quill argued that it was a question of “whether but when,” and left.", "President Quill"),
        ("“We will not yield,” said Prime Minister Ferrant.", "Prime Minister Ferrant"),
        ("“The tide is rising,” the minister warned.", "minister"),
        ("The union was, as Bo Ferrant put it, “a rope of sand.”", "Bo Ferrant"),
        ("According to the Harbour Guild, “the pier is safe.”", "Harbour Guild"),
        ("In the words of Ada Quill, “a tide gives as it takes.”", "Ada Quill"),
        ("What Quill called “tidal thinking” drives trade.", "Quill"),
        ("The plan, described by Senator Ferrant as “reckless,” failed.", "Senator Ferrant"),
        ("Its purpose, summarized by its first Secretary General Lord Quill as “to keep the water out,” is old.", "Lord Quill"),
        ("The vision of an island “whole and free” that Mayor Quill had articulated in 1898 spread.", "Mayor Quill"),
        ("Ada Quill, the then head of the guild, once observed that “nobody builds on sand.”", "Ada Quill"),
        ("The guild described the deal as “too little, too late.”", "guild"),
        (
            "On Monday, heads of state of the island towns stated that they met “at a late hour.”",
            "heads of state of the island towns",
        ),
        ("It is, in the minister’s own words, “a bitter pill.”", "minister"),
    ],
)
def test_speakers_of_a_sentence(text: str, expected: str) -> None:
    """The subject of the verb of saying, the agent, or whoever's words they are said to be."""
    assert [("quoted", expected)] == [(role, speaker) for _, role, speaker in quoted(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Harbour Treaty of 1904 commits the towns to “stability and well-being.”", "Harbour Treaty of 1904"),
        ("The Harbour Treaty of 1904 holds. The treaty also speaks of “peace on the water” at length.", "Harbour Treaty of 1904"),
        (
            "The 1904 Harbour Plan grew. The Plan – rather boldly – states that ferries run “before, during, and after” a storm.",
            "1904 Harbour Plan",
        ),
        ("The 1904 Harbour Plan grew. It foresees that the guild must “manage all tides” as well.", "1904 Harbour Plan"),
        ("As they write in the 1904 Harbour Plan, “We are firmly committed to the ferry.”", "1904 Harbour Plan"),
        ("The towns agreed in the Harbour Declaration to promote “the free movement of boats.”", "Harbour Declaration"),
        (
            "In 1904 the guild adopted the Harbour Charter. All tasks were on par as “three essential core tasks.”",
            "Harbour Charter",
        ),
    ],
)
def test_documents_speak(text: str, expected: str) -> None:
    """A document is the speaker of its words, by the fullest name that the source gives it."""
    assert expected == speakers(text)[-1]


def test_a_document_of_another_year_is_another_document() -> None:
    """A plan that the sentence dates to 1899 is not the plan of 1904."""
    text = "The 1904 Harbour Plan grew.\n\nIn 1899 the guild’s Harbour Plan spoke of “safe passage for all boats” at sea."
    assert speakers(text) == ["Harbour Plan"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mayor Ada Quill wrote in 1904. She called it “the end of the pier.”", "Mayor Ada Quill"),
        ("Quill’s remarks on the ferry were noted. He said it was “a rope of sand.”", "Quill"),
        ("Island officials hesitate. They fear that it is “a rope of sand.”", "Island officials"),
        ("Prime Minister Bo Ferrant resigned.\n\nYears later Ferrant said it was “a rope of sand.”", "Prime Minister Bo Ferrant"),
    ],
)
def test_pronouns_and_short_names(text: str, expected: str) -> None:
    """A pronoun stands for the nearest that fits in this sentence or the one before; a surname for the full name before it."""
    assert [expected] == speakers(text)


def test_a_later_namesake_is_not_the_speaker() -> None:
    """A fuller form that comes later may be somebody else."""
    text = "Mayor Quill said “the pier stands.” Much later Mayor W. Quill opposed it."
    assert speakers(text) == ["Mayor Quill"]


def test_an_interrupted_quotation() -> None:
    """Both halves of a quotation that its speaker interrupts are his, and so is a bare quotation right behind it."""
    text = (
        "“The tide is rising,” Mayor Quill warned, “and faster than we thought.” “It will take the pier before the winter comes.”"
    )
    assert speakers(text) == ["Mayor Quill"] * 3


def test_words_quoted_again_keep_their_speaker() -> None:
    """The same wording without a name later on is still his who was named for it."""
    text = "Mayor Quill spoke of an island “whole and free” and said so.\n\nAn island “whole and free” was the aim."
    assert [speaker == "Mayor Quill" for speaker in speakers(text)] == [True, True]


@pytest.mark.parametrize(
    "text",
    [
        "The so-called “blue trade” is growing.",
        "The towns looked to “transition” and left.",
        "Gulls are “canaries” for the coast.",
        "One could argue that the “lungs” of the town are its parks.",
        "The guild refused to define the town as a “threat” but took it for a “challenge” instead.",
        "A review of themes such as “tidelessness” shows it.",
        "It was put off under “tidal perspective.”",
        "They agreed to establish a “common approach” (CA) policy.",
        "The area in the north called for “rope protection” by boat.",
        "The Harbour Council wanted to “pivot” to the river.",
    ],
)
def test_scare_quotes_are_the_authors(text: str) -> None:
    """Labels, titles and coinages have no speaker."""
    assert {("author", None)} == {(role, speaker) for _, role, speaker in quoted(text)}


def test_spans_are_exact() -> None:
    """The place of a quotation is what stands between its marks, over the ends of lines."""
    source, passages, raw = prose("Mayor Quill said it was “a rope\nof sand,” and left.")
    (only,) = quotations(source, passages, raw)
    assert (only.text, cut(raw, only.spans)) == ("a rope of sand,", "a rope of sand,")


@given(st.text(st.sampled_from('AaQ .,:“”"‘’«»saidthe\n-–'), min_size=1, max_size=100))
def test_quotations_are_sound(text: str) -> None:
    """Whatever the text: what is quoted stands in its passage and in its spans, and speech alone has a speaker."""
    source, passages, raw = prose(text)
    texts = {p.id: p.text for p in passages}
    for record in quotations(source, passages, raw):
        assert record.text in texts[record.passage]
        assert "".join(record.text.split()) == "".join(cut(raw, record.spans).split())
        assert record.role == "quoted" or record.speaker is None
