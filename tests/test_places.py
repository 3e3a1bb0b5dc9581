"""``places``: ranges of a passage's text found again in the raw file."""

from hypothesis import given
from hypothesis import strategies as st

from natobot.model import Dropped, Passage, Span
from natobot.places import raw_spans, union


def passage(raw: str, spans: tuple[Span, ...], dropped: tuple[Dropped, ...], text: str) -> Passage:
    """A passage of a one-sentence file."""
    return Passage(
        id="t/0",
        source="t",
        spans=spans,
        dropped=dropped,
        text=text,
        section=None,
        paragraph=1,
        sentence=1,
        page=None,
        role="author",
        speaker=None,
        previous=None,
        next=None,
    )


@given(
    st.lists(st.tuples(st.text("ab.é", min_size=1, max_size=5), st.sampled_from([" ", "\n", "  \r\n", "-\n"])), min_size=1),
    st.integers(0, 9),
    st.data(),
)
def test_ink_is_kept(words: list[tuple[str, str]], furniture: int, data: st.DataObject) -> None:
    """Whatever lies between the words, the raw spans of a range hold exactly its characters but for white space."""
    raw, spans, dropped = "", [], []
    start = 0
    for i, (word, gap) in enumerate(words):
        raw += word
        if i == furniture and i + 1 < len(words):
            raw += gap
            spans.append(Span(start=start, end=len(raw)))
            dropped.append(Dropped(start=len(raw), end=len(raw) + 4, reason="running_head"))
            raw += "HEAD"
            start = len(raw)
        elif i + 1 < len(words):
            raw += gap
    spans.append(Span(start=start, end=len(raw)))
    kept = "".join(raw[s.start : s.end] for s in spans)
    text = " ".join(kept.split())
    whole = passage(raw, tuple(spans), tuple(dropped), text)
    first = data.draw(st.integers(0, len(text) - 1))
    last = data.draw(st.integers(first + 1, len(text)))

    found = raw_spans(whole, raw, first, last)

    assert "".join("".join(raw[s.start : s.end] for s in found).split()) == "".join(text[first:last].split())
    assert list(found) == sorted(found)
    assert all(any(s.start <= f.start and f.end <= s.end for s in spans) for f in found)


def test_white_space_alone_has_no_place() -> None:
    """A range without ink has no spans."""
    whole = passage("a b", (Span(start=0, end=3),), (), "a b")
    assert raw_spans(whole, "a b", 1, 2) == ()


def test_union_joins_what_touches() -> None:
    """Spans come back in order, those that touch or overlap as one."""
    given_spans = [Span(start=7, end=9), Span(start=0, end=2), Span(start=2, end=4), Span(start=8, end=12)]
    assert (Span(start=0, end=4), Span(start=7, end=12)) == union(given_spans)
