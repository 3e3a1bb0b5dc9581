"""The proof of verbatim: it passes for the shipped documents, and any word taken away makes it fail."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from little import little, spoil
from natobot import build
from natobot.bot import Natobot
from natobot.check import Report, check, complete, verbatim
from natobot.model import Dropped, Passage, Reason, Span
from natobot.read import Document, read
from natobot.settings import Settings
from natobot.store import Store
from natobot.words import Words

REASONS: tuple[Reason, ...] = (
    "running_head",
    "page_number",
    "print_line",
    "note_mark",
    "caption",
    "pull_quote",
    "navigation",
    "line_hyphen",
)
# Lines of the shipped files that are not the authors' words, and a few words that stand nowhere else.
FURNITURE = (
    "Sculptures and flags of NATO headquarters",
    "a villager with two children standing in the destroyed home",
    "U.S.president meets with Korean president",
    "participating in the anti-NATO march",
    "Carnegie Middle East logo",
    "legacyinthemedia",
    "Link Copied",
    "In The Media",
    "This article was originally published",
    "Recent Work",
    "Belligerent and Beleaguered",
    "Board Up Donald Trump",
    "Pushing Beirut into an Armed Conflict",
    "Get more news and analysis from",
    "All rights reserved",
    "does not take institutional positions",
    "国际战略",
    "16/10/18",
    "Sten Rynning",
    "NATO after Afghanistan: Rebalancing",
)
FURNITURE_WORDS = "sculptures villager lebanoniran legacyinthemedia hezbollah netanyahu diwan malcolm indd getty".split()


class Desk:
    """The shipped documents with their passages."""

    def __init__(self, bot: Natobot, settings: Settings) -> None:
        self.words = Words.open(settings.home)
        self.documents = {document.source.id: document for document in read(settings.seeds)}
        self.passages = {key: list(bot.store.passages(key)) for key in self.documents}

    def verbatim(self, passage: Passage) -> list[str]:
        """Faults of one passage."""
        return list(verbatim(self.documents[passage.source], [passage]))

    def complete(self, *changed: Passage) -> list[str]:
        """Words lost from a document when some of its passages are changed."""
        source = changed[0].source
        by_id = {passage.id: passage for passage in changed}
        held = [by_id.get(passage.id, passage) for passage in self.passages[source]]
        return list(complete(self.documents[source], held, cache(self.words.zipf)))

    def sample(self, every: int) -> list[Passage]:
        """Every so-many-th passage of each document."""
        return [passage for held in self.passages.values() for passage in held[::every]]


@pytest.fixture(scope="module")
def desk(bot: Natobot, settings: Settings) -> Desk:
    """The shipped documents with their passages."""
    return Desk(bot, settings)


def without(text: str) -> Iterator[str]:
    """``text`` with each of its words left out in turn."""
    for word in re.finditer(r"\S+", text):
        yield text[: word.start()] + text[word.end() :]


def raw_words(desk: Desk, passage: Passage) -> Iterator[tuple[Span, Span]]:
    """Each word of a passage in the raw text, with the span of the passage that holds it whole."""
    raw = desk.documents[passage.source].raw
    for span in passage.spans:
        for word in re.finditer(r"\S+", raw[span.start : span.end]):
            yield Span(start=span.start + word.start(), end=span.start + word.end()), span


def dropping(desk: Desk, passage: Passage, word: Span, span: Span, reason: Reason) -> Passage | None:
    """The passage with a word declared to be furniture, and its text to match; None where the model itself refuses."""
    raw = desk.documents[passage.source].raw
    parts = [Span(start=a, end=b) for a, b in ((span.start, word.start), (word.end, span.end)) if a < b]
    spans = tuple(sorted([*(s for s in passage.spans if s != span), *parts]))
    dropped = (*passage.dropped, Dropped(start=word.start, end=word.end, reason=reason))
    text = " ".join("".join(raw[s.start : s.end] for s in spans).split())
    try:
        return replace(passage, spans=spans, dropped=dropped, text=text)
    except ValueError:
        return None


# As shipped


def test_the_shipped_documents_and_responses_pass(settings: Settings, bot: Natobot) -> None:
    """Every passage is verbatim, every card resolves, nothing is lost and nothing stands twice."""
    report = check(settings)
    assert report.faults == ()
    assert report.counts["sources"] == 3
    assert report.counts["passages"] == bot.store.size


@pytest.mark.parametrize(("source", "sentences"), [("rynning", 233), ("jin-ling", 90), ("rumer", 37)])
def test_each_sentence_of_the_bodies_is_a_passage(desk: Desk, source: str, sentences: int) -> None:
    """As many passages as the essays have sentences, give or take what one may argue about."""
    assert abs(len(desk.passages[source]) - sentences) <= 2


@pytest.mark.parametrize("line", FURNITURE)
def test_no_furniture_is_in_any_passage(desk: Desk, line: str) -> None:
    """Captions, running heads, navigation and the like are nobody's sentences."""
    raws = [document.raw for document in desk.documents.values()]
    assert any(line in raw for raw in raws), "the line must stand in a file"
    assert [passage.id for held in desk.passages.values() for passage in held if line in passage.text] == []


@pytest.mark.parametrize("word", FURNITURE_WORDS)
def test_no_word_of_the_furniture_is_known(bot: Natobot, word: str) -> None:
    """What stands in furniture alone does not enter the vocabulary, so nothing is repaired into it."""
    assert bot.store.word(word) is None


def test_no_sentence_stands_twice(desk: Desk) -> None:
    """A pull quote that repeats a sentence is not a second passage."""
    texts = [passage.text for held in desk.passages.values() for passage in held]
    assert len(set(texts)) == len(texts)


def test_the_documents_hold_what_the_proof_is_about(desk: Desk) -> None:
    """The shipped passages do have furniture inside them, so the tests below do not pass for want of it."""
    reasons = {dropped.reason for held in desk.passages.values() for passage in held for dropped in passage.dropped}
    assert {"page_number", "running_head", "print_line"} <= reasons
    assert any(len(passage.spans) > 1 for held in desk.passages.values() for passage in held)


# Mutations: whatever word is taken away, it is seen


def test_a_word_deleted_from_the_text_is_seen(desk: Desk) -> None:
    """For each word of every passage: the text without it is not the text of the file."""
    tried = 0
    for held in desk.passages.values():
        for passage in held:
            for text in without(passage.text):
                tried += 1
                assert desk.verbatim(replace(passage, text=text)), f"{passage.id}: {text}"
    assert tried > 5_000


def test_a_word_changed_or_added_is_seen(desk: Desk) -> None:
    """Neither another word nor one more passes, nor two words that change places."""
    for passage in desk.sample(9):
        words = passage.text.split()
        for at in range(len(words) - 1):
            changed = [*words[:at], "not", *words[at + 1 :]]
            added = [*words[:at], "not", *words[at:]]
            swapped = [*words[:at], words[at + 1], words[at], *words[at + 2 :]]
            for mutant in (changed, added, swapped):
                if mutant != words:
                    assert desk.verbatim(replace(passage, text=" ".join(mutant))), " ".join(mutant)


def test_words_joined_or_parted_are_seen(desk: Desk) -> None:
    """Two words do not become one, and one not two, wherever the source breaks its lines: "now here" is not "nowhere"."""
    tried = 0
    for passage in desk.sample(3):
        text = passage.text
        joints = [text[: gap.start()] + text[gap.end() :] for gap in re.finditer(r"(?<=[^\W_])\s+(?=[^\W_])", text)]
        parts = [f"{text[: at.start()]} {text[at.start() :]}" for at in re.finditer(r"(?<=[^\W_])(?=[^\W_])", text)]
        for mutant in (*joints, *parts[::7]):
            tried += 1
            assert desk.verbatim(replace(passage, text=mutant)), mutant
    assert tried > 2_000


def test_a_passage_cut_short_is_seen(desk: Desk) -> None:
    """A passage that loses its first or last words, text and spans alike, leaves words that no passage holds."""
    for source, held in desk.passages.items():
        raw = desk.documents[source].raw
        for passage in held[:: max(1, len(held) // 2)]:
            words = list(raw_words(desk, passage))
            for keep in (words[1:], words[:-1]):
                start, end = keep[0][0].start, keep[-1][0].end
                spans = tuple(
                    Span(start=max(s.start, start), end=min(s.end, end)) for s in passage.spans if s.end > start and s.start < end
                )
                dropped = tuple(d for d in passage.dropped if start < d.start and d.end < end)
                text = " ".join("".join(raw[s.start : s.end] for s in spans).split())
                mutant = replace(passage, spans=spans, dropped=dropped, text=text)
                assert desk.verbatim(mutant) or desk.complete(mutant), text


def test_a_word_dropped_as_furniture_is_seen(desk: Desk) -> None:
    """For each word of a sample and each reason: it cannot be declared furniture unnoticed."""
    unseen: list[Passage] = []
    tried = 0
    for passage in desk.sample(6):
        for word, span in raw_words(desk, passage):
            for reason in REASONS:
                mutant = dropping(desk, passage, word, span, reason)
                tried += mutant is not None
                if mutant is not None and not desk.verbatim(mutant):
                    unseen.append(mutant)
    assert tried > 5_000
    # A number may look like a note mark, and a word alone on its line like a caption: then the body misses it.
    for mutant in unseen:
        assert desk.complete(mutant), f"{mutant.id}: {mutant.dropped[-1]}"


def test_a_hyphen_dropped_inside_a_line_is_seen(desk: Desk) -> None:
    """A line hyphen is not just any hyphen: "well-being" cannot become "wellbeing"."""
    tried = 0
    for held in desk.passages.values():
        for passage in held:
            raw = desk.documents[passage.source].raw
            for span in passage.spans:
                for hyphen in re.finditer(r"(?<=\w)-(?=\w)", raw[span.start : span.end]):
                    at = Span(start=span.start + hyphen.start(), end=span.start + hyphen.end())
                    mutant = dropping(desk, passage, at, span, "line_hyphen")
                    if mutant is not None and tried < 12:
                        tried += 1
                        assert desk.verbatim(mutant) or desk.complete(mutant), mutant.text
    assert tried == 12


def test_two_half_sentences_that_meet_are_seen(desk: Desk) -> None:
    """A passage cannot run from the first half of one sentence into the second half of another."""
    pick = random.Random(1949)  # noqa: S311 - a draw that is the same every time
    for held in desk.passages.values():
        for one, other in ((pick.choice(held), pick.choice(held)) for _ in range(60)):
            words, tail = one.text.split(), other.text.split()
            text = " ".join([*words[: len(words) // 2], *tail[len(tail) // 2 :]])
            if one.id != other.id and text != one.text:
                assert desk.verbatim(replace(one, text=text)), text


# The report


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Store:
    """The knowledge of two short documents and two cards."""
    return build.ensure(little(tmp_path_factory.mktemp("store"), settings))[0]


@pytest.fixture
def small(tmp_path: Path, settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The same documents and cards, free to spoil; what is stored of the documents stays as it is."""
    monkeypatch.setattr(build, "ensure", lambda _: (store, None))
    return little(tmp_path, settings)


def test_a_small_set_passes_and_is_counted(small: Settings) -> None:
    """The report of a healthy set has counts and says that all is well; sentences without a card are listed."""
    report = check(small)
    assert report.faults == ()
    assert report.counts == {"sources": 2, "passages": 8, "cards": 2, "ask lines": 3, "intent phrasings": 5}
    lines = list(report.lines())
    assert lines[-2:] == [
        "2 sources, 8 passages, 2 cards, 3 ask lines, 5 intent phrasings",
        "every passage is verbatim, every card resolves",
    ]
    assert sum(line.startswith("note: no card covers ") for line in lines) == 6
    assert report.record() == {"faults": [], "notes": list(report.notes), "counts": report.counts}


def test_lines_that_two_cards_share_are_listed(small: Settings) -> None:
    """A way of asking that leads to two different answers is worth a look, however it is typed."""
    spoil(small, "cards/boats.yaml", "[what happened to the first ferry]", "[How old is the BOAT line?]")
    assert "the cards founding and sinking are both asked by 'How old is the BOAT line?'" in check(small).notes


def test_two_cards_with_one_answer_may_share_a_line(small: Settings) -> None:
    """The same way of asking for the same sentence confuses nobody."""
    spoil(small, "cards/boats.yaml", "[what happened to the first ferry]", "[how old is the boat line]")
    spoil(small, "cards/boats.yaml", "It sank in the storm of 1902", "The ferry to Oldport was founded")
    assert [note for note in check(small).notes if "both asked" in note] == []


def test_stored_passages_that_are_not_those_of_the_file_are_a_fault(
    small: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Knowledge that was tampered with is found out by the files."""
    true = store.passages

    def tampered(source: str | None = None) -> Iterator[Passage]:
        for passage in true(source):
            yield replace(passage, text=passage.text.replace("140", "14"))

    monkeypatch.setattr(store, "passages", tampered)
    faults = check(small).faults
    assert any(fault.endswith(": its text is not the text of the file") for fault in faults)
    assert "ferry: the stored passages are not those of the file. Run `natobot build`." in faults


def test_a_report_with_faults_does_not_say_that_all_is_well() -> None:
    """Faults come first, and the last line claims nothing."""
    lines = list(Report(faults=("a",), notes=("b",), counts={"sources": 1}).lines())
    assert lines == ["fault: a", "note: b", "1 sources"]


def test_a_document_with_a_bad_passage_is_told_in_words(desk: Desk) -> None:
    """Each kind of fault has its own words."""
    document = Document(source=desk.documents["rumer"].source, raw="One two, 1234 three.\nCaption here\nfour-five")
    base = replace(desk.passages["rumer"][0], dropped=(), spans=(Span(start=0, end=20),), text="One two, 1234 three.")
    cases = {
        "its text is not the text of the file": replace(base, text="One two, 123 three."),
        "two words of the file have become one": replace(base, text="Onetwo, 1234 three."),
        "a word of the file has become two": replace(base, text="One two, 12 34 three."),
        "a caption is made of whole lines": replace(
            base,
            spans=(Span(start=0, end=9), Span(start=13, end=20)),
            dropped=(Dropped(start=9, end=13, reason="caption"),),
            text="One two, three.",
        ),
        "a line hyphen is one hyphen at the end of a line": replace(
            base,
            spans=(Span(start=0, end=8), Span(start=9, end=20)),
            dropped=(Dropped(start=8, end=9, reason="line_hyphen"),),
            text="One two,1234 three.",
        ),
        "it does not begin and end with words of the file": replace(base, spans=(Span(start=0, end=99),)),
    }
    assert list(verbatim(document, [base])) == []
    for words, passage in cases.items():
        assert list(verbatim(document, [passage])) == [f"{base.id}: {words}"]
