"""``terms``, ``shortforms`` and ``explained``: what a source says its own words stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from natobot.terms import terms
from prose import cut, prose


def said(text: str) -> list[tuple[str, str]]:
    """Every term with its expansion."""
    return [(t.term, t.expansion) for t in terms(*prose(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the Harbour Guild Council (HGC) met", ("HGC", "Harbour Guild Council")),
        ("the HGC (Harbour Guild Council) met", ("HGC", "Harbour Guild Council")),
        ("it joined (the Inter-Island Partnership Council, IIPC), then left", ("IIPC", "Inter-Island Partnership Council")),
        ("plan (the so-called Harbour Action Plan or HAP)", ("HAP", "Harbour Action Plan")),
        ("the Organization for Security of Ferries and Tugs (OSFT)", ("OSFT", "Organization for Security of Ferries and Tugs")),
        ("a “common approach” (CA) policy", ("CA", "common approach")),
        ("nets of mesh and silk (NMSs) are sold", ("NMS", "nets of mesh and silk")),
        ("the Harbour Police Force (HARPOL) came", ("HARPOL", "Harbour Police Force")),
        ("Gross island product, GIP, fell", ("GIP", "Gross island product")),
        ("the Island Ferry Fund, or IFF, paid", ("IFF", "Island Ferry Fund")),
        ("BRI, short for Barley and Rye Institute, closed", ("BRI", "Barley and Rye Institute")),
    ],
)
def test_short_forms(text: str, expected: tuple[str, str]) -> None:
    """Brackets either way round, lists in brackets, appositions and "or" give a short form its expansion."""
    assert expected in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "the big forums (HGC, MD, and ICI) met",
        "use of force (war) and growth (peace)",
        "the towns, HGC members, agreed; so did Oldport, Westrow, HGC",
        "the ferry and the mill (see HGC) agreed",
        "a long walk along the river (HGC)",
    ],
)
def test_initials_must_fit(text: str) -> None:
    """A bracket or comma alone makes no expansion: the letters have to fit."""
    assert said(text) == []


def test_a_former_name() -> None:
    """ "OSFT (formerly CSFT)" explains both names."""
    assert said("The OSFT (formerly CSFT) was small.") == [("OSFT", "formerly CSFT"), ("CSFT", "OSFT")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It uses the “28+n” format (i.e., the guild and some guests).", ("28+n", "the guild and some guests")),
        ("a mutual duty (article 5 – the rescue clause)", ("article 5", "a mutual duty")),
        ("a mutual duty (article 5 – the rescue clause)", ("article 5", "the rescue clause")),
        ("a mutual duty (article 5 – the rescue clause)", ("rescue clause", "a mutual duty")),
        ("It founded the TIDAL rescue pact with Oldport and Westrow.", ("TIDAL", "rescue pact with Oldport and Westrow")),
        ("It built the Three rescue cooperation among Oldport, Westrow and Hill.", None),
        (
            "his strict policy of Inselbund that dated back to 1904",
            ("Inselbund", "strict policy of Inselbund that dated back to 1904"),
        ),
        ("Silting – the slow filling of a harbour – costs money.", ("Silting", "the slow filling of a harbour")),
        ("It serves the guild’s old aim—safe ferries.", ("old aim", "safe ferries")),
        ("It must help lead towns – those who pay most – to decide.", ("lead towns", "those who pay most")),
        ("two towns, Oldport and Westrow – two former rivals", ("Oldport and Westrow", "two former rivals")),
        ("in pests such as “net moths” and “rope mites”", ("rope mites", "pests")),
        ("Silting means the slow filling of a harbour.", ("Silting", "the slow filling of a harbour")),
        ("The Harbour Plan is a short document of the guild.", ("Harbour Plan", "a short document of the guild")),
        (
            "They praised the 1904 Harbour Plan, which can be seen as a bargain of the towns.",
            ("1904 Harbour Plan", "a bargain of the towns"),
        ),
        (
            "Tidal thinking is in many ways the closest thing the guild has to a creed.",
            ("Tidal thinking", "the closest thing the guild has to a creed"),
        ),
        (
            "The sense that one town gains what the other loses – a zero-sum game – grew.",
            ("zero-sum game", "one town gains what the other loses"),
        ),
        ("They chose a much smaller ferry line, Operation Low Tide.", ("Operation Low Tide", "a much smaller ferry line")),
    ],
)
def test_named_things(text: str, expected: tuple[str, str] | None) -> None:
    """Things named and explained in passing, in the source's own words; a partner list needs its partners' pact named."""
    assert expected in said(text) if expected else said(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Ada Quill, the then harbour master and director of Oldport, spoke.",
            ("Ada Quill", "the then harbour master and director of Oldport"),
        ),
        (
            "Bo Ferrant, former Ambassador of Westrow to Oldport, wrote.",
            ("Bo Ferrant", "former Ambassador of Westrow to Oldport"),
        ),
        ("Led by harbour safety advisor Ada Quill it grew.", ("Ada Quill", "harbour safety advisor")),
        ("Westrow’s Chancellor Ferrant resisted.", ("Ferrant", "Westrow’s Chancellor")),
        ("as its first Secretary General Lord Quill said", ("Lord Quill", "first Secretary General")),
        ("The harbour minister of Westrow, Ada Quill, resigned.", ("Ada Quill", "harbour minister of Westrow")),
        ("The Westrow Chancellor, Ada Quill, resigned.", ("Ada Quill", "Westrow Chancellor")),
    ],
)
def test_persons(text: str, expected: tuple[str, str]) -> None:
    """Who somebody is, between commas or before the name."""
    assert expected in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "In Oldport, the minister said little.",
        "The sinking of the Comet by Westrow—it was late—surprised all.",
        "France, Oldport, the United Towns and Westrow agreed.",
        "“European towns” – but the question is whether a line should be drawn.",
        "In a recent interview, Ada Quill, spoke.",
    ],
)
def test_no_explanation(text: str) -> None:
    """Places before a comma, insertions, lists and opening phrases explain nothing."""
    assert said(text) == []


def test_the_same_explanation_counts_once() -> None:
    """A second bracket of the same words adds nothing; the first place is kept."""
    source, passages, raw = prose("The Harbour Guild Council (HGC) met. The Harbour\nGuild Council (HGC) parted.")
    (only,) = terms(source, passages, raw)
    assert (only.passage, " ".join(cut(raw, [s]) for s in only.spans)) == ("t/0", "Harbour Guild Council HGC")


@given(st.text(st.sampled_from("ABCabc (),“”–—.-&’1\nthe or "), min_size=1, max_size=80))
def test_terms_are_sound(text: str) -> None:
    """Whatever the text: term and expansion are words of the source, and the spans hold them."""
    source, passages, raw = prose(text)
    texts = {p.id: p.text for p in passages}
    for term in terms(source, passages, raw):
        assert term.term in texts[term.passage]
        assert term.expansion in texts[term.passage]
        assert "".join(term.term.split()) in "".join(cut(raw, term.spans).split())
