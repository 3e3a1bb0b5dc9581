"""One normaliser for documents and questions: what meets, what stays apart, and where the words stand."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from natobot.fold import content, fold, stem, unescape, words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("The U.S. Navy", "the usa navy"),
        ("the US and us", "the usa and us"),
        ("Tell us about the us", "tell us about the usa"),
        ("TELL US NOW", "tell us now"),
        ("WHAT DOES THE US WANT", "what does the usa want"),
        ("U.S.and the U.K.", "usa and the uk"),
        ("NATO’s allies' plans don't won’t", "nato allies plans dont wont"),
        ("140,000 troops, 2.5 per cent", "140000 troops 2.5 per cent"),
        ("9/11 and 28+n", "9/11 and 28+n"),
        ("the 1990s, the 21st", "the 1990s the 21st"),
        ("Erdoğan in İstanbul", "erdogan in istanbul"),
        ("Straße ﬁne", "strasse fine"),
        ("well-known", "well known"),
        ("infor\u00admation", "information"),
        ("海边", "海 边"),
        ("?!… –", ""),
    ],
)
def test_what_people_write_differently_folds_alike(written: str, folded: str) -> None:
    """Case, accents, quotation marks, thousands, initials and invisible hyphens make no difference."""
    assert folded == fold(written)


@examples(max_examples=300)
@given(st.text())
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    """``fold`` is idempotent over all of Unicode."""
    assert fold(text) == fold(fold(text))


@example("A.À.")
@example("A.B.À")
@example("é.Ñ.ÑB")
@given(st.text(alphabet=st.characters(max_codepoint=0x2FFF)))
def test_composed_and_decomposed_text_fold_alike(text: str) -> None:
    """A question typed on a Mac (NFD) meets a document saved elsewhere (NFC)."""
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)

    assert fold(composed) == fold(decomposed)


@example("⼀")
@given(st.text())
def test_words_know_where_they_stand(text: str) -> None:
    """Spans ascend inside the text, and each holds at least a letter or a digit of it, or what stands for one."""
    found = words(text)

    assert found == sorted(found, key=lambda word: (word.start, word.end))
    assert all(0 <= word.start < word.end <= len(text) and word.folded for word in found)
    plain = [unicodedata.normalize("NFKC", text[word.start : word.end]) for word in found]
    assert all(any(c.isalnum() for c in each) for each in plain)
    assert fold(text) == " ".join(word.folded for word in found)


def test_spans_hold_the_word_with_its_accents_and_apostrophe() -> None:
    """A highlight cut from the spans shows whole words, decomposed ones too."""
    text = "The cafe\u0301’s U.S. owner"

    assert [text[w.start : w.end] for w in words(text)] == ["The", "cafe\u0301’s", "U.S.", "owner"]


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("<@U123> what is &lt;MAP&gt;?", " what is <MAP>?"),
        ("see <https://a.example|the page> in <#C1|news>", "see the page in news"),
        ("<https://a.example>", "https://a.example"),
        ("<!here> hello", " hello"),
        ("a < b > c", "a < b > c"),
    ],
)
def test_slack_markup_becomes_what_was_typed(sent: str, typed: str) -> None:
    """Mentions vanish, links keep their label, entities are read."""
    assert typed.split() == unescape(sent).split()


def test_a_topic_is_left_when_small_words_go() -> None:
    """Stop words fall away, unless nothing else was said."""
    assert content("what is the nato enlargement".split()) == ["nato", "enlargement"]
    assert content(["what", "is", "it"]) == ["what", "is", "it"]


def test_numbers_have_no_stem() -> None:
    """Words meet by their stem; years and numbers only as themselves."""
    assert (stem("enlargement"), stem("enlarged"), stem("1990s")) == ("enlarg", "enlarg", "1990s")
