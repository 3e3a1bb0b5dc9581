"""Comparisons: every source in a fixed order with the same cap, and silence where a source is silent."""

import pytest

from goldset import Evidence, gold
from natobot.bot import Natobot
from natobot.model import MAX_SNIPPETS

# Measured on the twelve topics: findings among a source's sentences, and true silences kept.
FOUND, SILENT = 23 / 24, 12 / 12


def test_every_source_is_listed_in_a_fixed_order(bot: Natobot) -> None:
    """All sources appear, in the order of their ids, each with at most three sentences of its own."""
    found = bot.compare("NATO enlargement")
    assert list(found.columns) == sorted(bot.store.sources)
    for source, snippets in found.columns.items():
        assert len(snippets) <= MAX_SNIPPETS
        assert all(snippet.source.id == source for snippet in snippets)


@pytest.mark.parametrize("topic", ["", "   ", "zzzz qqqq", "Iceland", "🙂", "a" * 5_000])
def test_a_topic_nobody_speaks_of_is_silence_all_round(bot: Natobot, topic: str) -> None:
    """What no source mentions has no sentences, whatever the topic."""
    assert not any(bot.compare(topic).columns.values())


def test_the_gold_topics(bot: Natobot) -> None:
    """Findings and silences on the twelve topics keep their floors."""
    evidence = Evidence(bot.store)
    found = expected = kept = silences = 0
    for item in gold("topics"):
        columns = bot.compare(item["topic"]).columns
        for source, words in item["expect"].items():
            got = {snippet.passage.id for snippet in columns[source]}
            if words:
                expected += 1
                right = evidence.passages({"id": item["topic"], "source": source, "evidence": words})
                found += bool(right & got)
            else:
                silences += 1
                kept += not got
    assert found / expected >= FOUND, f"{found} of {expected} findings"
    assert kept / silences >= SILENT, f"{kept} of {silences} silences"


def test_asked_in_words_it_answers_with_one_sentence_a_source(bot: Natobot) -> None:
    """ "compare …" as a message gives the best sentence of each source and says who is silent."""
    answer = bot.reply("compare the annexation of Crimea")
    assert answer.intent == "compare"
    sources = [snippet.source.id for snippet in answer.snippets]
    assert len(sources) == len(set(sources)) == 2
    assert ("silent", {"author": "Jin Ling"}) in [(key, dict(values)) for key, values in answer.say]
