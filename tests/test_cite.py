"""Citations in four styles: whole, correct in the order of names, and readable by the programs that take them."""

import json
from dataclasses import replace

import pytest

from natobot.bot import Natobot
from natobot.cite import STYLES, cite
from natobot.model import Passage, Source


@pytest.fixture(scope="module")
def passages(bot: Natobot) -> dict[str, Passage]:
    """The first passage of each source."""
    return {source: next(bot.store.passages(source)) for source in bot.store.sources}


def cited(bot: Natobot, passage: Passage, style: str) -> str:
    """The citation in a style given by name."""
    [known] = [one for one in STYLES if one == style]
    return bot.cite(passage, known)


def test_text_names_author_title_container_date_and_place(bot: Natobot, passages: dict[str, Passage]) -> None:
    """Everything the file shows, and "undated" where it shows no date."""
    assert cited(bot, passages["rumer"], "text") == (
        "Eugene Rumer, “Time for NATO to Look Inward”, European Leadership Network, 8 July 2014, para. 1"
    )
    assert cited(bot, passages["jin-ling"], "text").startswith("Jin Ling, [")
    assert cited(bot, passages["rynning"], "text").endswith("undated, para. 1, p. 324")


@pytest.mark.parametrize(
    ("source", "family", "given"), [("rumer", "Rumer", "Eugene"), ("rynning", "Rynning", "Sten"), ("jin-ling", "Jin", "Ling")]
)
def test_the_family_name_is_the_family_name(
    bot: Natobot, passages: dict[str, Passage], source: str, family: str, given: str
) -> None:
    """CSL-JSON and RIS sort by the family name, also where it stands first."""
    [item] = json.loads(cited(bot, passages[source], "csl-json"))
    assert item["author"] == [{"family": family, "given": given}]
    assert f"AU  - {family}, {given}" in cited(bot, passages[source], "ris").splitlines()


def test_csl_json_has_date_parts_and_a_locator(bot: Natobot, passages: dict[str, Passage]) -> None:
    """The date in parts as far as it is known; the page where there is one, else the paragraph."""
    [rumer] = json.loads(cited(bot, passages["rumer"], "csl-json"))
    [rynning] = json.loads(cited(bot, passages["rynning"], "csl-json"))
    assert rumer["issued"] == {"date-parts": [[2014, 7, 8]]}
    assert (rumer["label"], rumer["locator"]) == ("paragraph", "1")
    assert "issued" not in rynning
    assert (rynning["label"], rynning["locator"]) == ("page", "324")


def test_ris_opens_and_closes_its_record(bot: Natobot, passages: dict[str, Passage]) -> None:
    """A record begins with its type and ends with ER; every line has a tag of two characters."""
    lines = cited(bot, passages["rumer"], "ris").splitlines()
    assert (lines[0], lines[-1].rstrip()) == ("TY  - GEN", "ER  -")
    assert all(line[2:6] == "  - " for line in lines)
    assert "DA  - 2014/07/08/" in lines


def test_bibtex_escapes_what_latex_reads_as_commands(bot: Natobot) -> None:
    """A title with special characters stays a title."""
    source: Source = replace(bot.store.sources["rumer"], title=r"50% of {A} & B_C #1 \ ~^$")
    entry = cite(source, None, "bibtex", bot.wording)
    assert entry.startswith("@misc{rumer,\n")
    assert r"title = {50\% of \{A\} \& B\_C \#1 \textbackslash{} \textasciitilde{}\textasciicircum{}\$}" in entry
    assert "year = {2014}" in entry


def test_every_style_of_every_source_holds_what_is_known(bot: Natobot, passages: dict[str, Passage]) -> None:
    """No style invents a date or a publisher, and none leaves the author out."""
    for source, passage in passages.items():
        for style in STYLES:
            told = cited(bot, passage, style)
            assert "None" not in told
            assert "null" not in told
            assert all(part in told for part in bot.store.sources[source].authors[0].split())
