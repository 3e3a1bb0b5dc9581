"""Cutting paragraphs into sentences: what ends one, and what only looks like an end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natobot.sentences import ends_between, sentences

TABLE = """
The ship left.|It was late.
Mr. Dahl met Dr. Holt at St. Olaf’s.|Nobody spoke.
Gen. Smith wrote to Sen. Low.
The carts stood on Main St.|The rest walked.
It cost No. 5 its place.|The answer was no.|Then it rained.
He loved art.|The gallery did not.|See Art. 5 and fig. 3.
See vol. II, p. 12 and pp. 2–5.|Then stop.
In the U.S. Navy nobody laughed.|He left the U.S.|The war went on.
They met at 5 p.m.|Ships were waiting.|At 5 p.m. Monday they left.
The treaty of Jan. 5 lapsed on Sept. 11.
Co. Ltd. signed it.|Marble Inc.|Nobody else did.
J. R. Smith wrote it.|A. B. Smith denied it.|So wrote J. A. Marsh.
Smith v. Jones was settled.
“Who goes there?” Ada asked.|Nobody.
“Who goes there?”|The lamp went out.
“No!” said the guard.|“Not today.”
He said “stop.”|She said ‘go.’|They went.
“One.|Two.”|Three.
He waited … and waited.|Then he left…|Nobody saw.
He waited . . . and left.|So did she.
The report says “the ships … Europe and Asia” are lost.
Is it so?!|Yes!!|Indeed.
They came (see p. 4. It is short) and left.
They came.|(Nobody asked why. Nobody cared.)|They left.
Prices rose by 2.5 per cent to 4.30 a crate.|At 10.15 they fell.
The site is press.example.|It is slow.
The end.[12]|The beginning.
The building is **old.**|The *bell.*|Nothing else.
Three steps: 1. Lift.|2. Turn.|3. Wait.
She left e.g. The Hague, i.e. Holland, etc. for good.
The 1990s.|45 ships came.
Ph.D. students left.
c. 1850 it was built.|Ca. 1860 it fell.
Col. Marsh et al. (2010) agree.|Others do not.
« Les livres attendent. »|Puis vint la pluie.
„Nein.“|Dann ging er.
كان الباب أزرق.|من فتحه؟|لا أحد.
钟坏了。|“谁信呢？”钟匠问道。|没有人回答他。
"""


@pytest.mark.parametrize("row", TABLE.strip().splitlines())
def test_a_stop_in_doubt_does_not_end_a_sentence(row: str) -> None:
    """Abbreviations, initials, numbers, omissions and quoted questions stay inside; real ends are found."""
    separator = "" if "。" in row else " "
    text = row.replace("|", separator)

    assert row.split("|") == [text[start:end] for start, end in sentences(text)]


def test_a_single_letter_ends_a_sentence_only_before_a_word_that_opens_one() -> None:
    """ "World War I. The" are two sentences, "J. Smith" is one name."""
    text = "It was World War I. The sea was calm. It was J. Smith."

    assert [text[a:b] for a, b in sentences(text)] == ["It was World War I.", "The sea was calm.", "It was J. Smith."]


@given(st.text(alphabet=st.sampled_from("aAbB.!?…()“”\"' 1,\n"), max_size=80))
def test_no_character_but_white_space_is_between_sentences(text: str) -> None:
    """Whatever the text, its sentences ascend, do not overlap, and leave out white space only."""
    ranges = list(sentences(text))
    covered = {i for start, end in ranges for i in range(start, end)}

    assert sum(end - start for start, end in ranges) == len(covered)
    assert ranges == sorted(ranges)
    assert all(text[i].isspace() for i in range(len(text)) if i not in covered)


def test_a_long_text_without_an_end_takes_no_longer_than_its_length() -> None:
    """Each stop looks at a fixed stretch only, so 20,000 stops in doubt are decided at once."""
    text = "see p. 4 " * 20_000

    assert len(list(sentences(text))) == 1


@pytest.mark.parametrize(
    ("before", "after", "ends"),
    [
        ("the pilot left.", "The lamp burned", True),
        ("he met Mr.", "Dahl on the quay", False),
        ("ships of the U.S.", "navy were late", False),
        ("ships of the U.S.", "The rest came", True),
        ("let the tide go out.", "let the tide come in", True),
    ],
)
def test_a_line_that_ends_with_an_abbreviation_may_go_on(before: str, after: str, ends: bool) -> None:
    """Behind "Mr." and "U.S." the next line may belong to the sentence; small letters alone prove nothing, as in verse."""
    assert ends == ends_between(before, after)
