"""Captions and short paragraphs look alike; what tells them apart is their grammar, or a credit."""

import pytest

from natobot.captions import describes_picture, has_credit


@pytest.mark.parametrize(
    "text",
    [
        "The ferrywoman and her boat at the east slip, May 2003.",
        "Passengers waiting for the first crossing on the west side of Lowmere.",
        "In Lowmere, the mayor shakes hands with the chief engineer of the bridge company.",
        "At the congress in Senn,Norland,U.N.envoy meets with Norland’s president.",
        "A farmer with two children standing in the flooded yard, after the dike broke.",
        "Flags and statues of the old harbour office in Senn, Norland.",
        "Thousands of people in the capital taking part in the lantern march, 2019.",
        "Schoolchildren and a guard in front of the first coach, about 1910.",
        "The bridge, opened by the mayor in 1913.",
    ],
)
def test_a_description_of_what_is_seen_is_a_caption(text: str) -> None:
    """No finite verb of its own, or a scene in the present tense at a named place."""
    assert describes_picture(text)


@pytest.mark.parametrize(
    "text",
    [
        "Three barges, carrying gravel for the first pier, sank in one night.",
        "Walking home that evening, the magistrate laughed aloud.",
        "The old harbour master walks the quay every morning.",
        "No lights on the east slip, no bell, no rope.",
        "The crowd on the quay decides the price of every fish.",
        "The old boats, built by hand, still float.",
        "After the war, the people who had left came back.",
        "The harbour was empty.",
        "Marble never came.",
        "My father holding the rope of the last ferry.",
        "“The bridge at Lowmere, 1913.”",
        "Is the ferry at the west slip in May 2003?",
        "What remains of the harbour in Senn is a wall.",
        "",
    ],
)
def test_a_short_paragraph_that_states_something_is_not(text: str) -> None:
    """The author's own short paragraphs stay: they state, deny, ask, or speak in the first person."""
    assert not text or not describes_picture(text)


@pytest.mark.parametrize(
    ("text", "credited"),
    [
        ("The station in 1908. Photo: Provincial Archive", True),
        ("A view of the pier. (Photo by the author)", True),
        ("Map 2. The crossing and the three bridges.", True),
        ("Figure 3: Water levels.", True),
        ("Soldiers on the bridge. Xinhua/AFP", True),
        ("Picture the harbour at dawn.", False),
        ("Map makers disagreed: the bar had moved.", False),
        ("The photo by her bed showed a pilot and a dog.", False),
        ("Figures for 1914 are missing.", False),
    ],
)
def test_a_credit_or_a_number_makes_a_caption(text: str, credited: bool) -> None:
    """A name of who took the picture, or the number of a figure; the words themselves prove nothing."""
    assert credited == has_credit(text)
