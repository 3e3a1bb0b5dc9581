"""The nouns: frozen records that refuse bad values at birth. They hold data and know nobody above them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

# Why a stretch of a file inside a passage is not the author's words.
Reason = Literal[
    "running_head",
    "page_number",
    "print_line",
    "note_mark",
    "caption",
    "pull_quote",
    "navigation",
    "line_hyphen",
]
# Whose words a passage holds: the essayist's, somebody else's quoted, or a view the essayist only reports.
Role = Literal["author", "quoted", "reported"]
# How precisely a source dates an event.
Precision = Literal["day", "month", "year", "decade", "range"]

NOTE_MARK_DIGITS = 3
MAX_SNIPPETS = 3


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """A half-open range of code points of a source's raw text."""

    # First code point.
    start: int
    # One past the last code point.
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, got {self.start}, {self.end}")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Dropped:
    """A stretch of the raw text inside a passage that is not part of its words."""

    # First code point.
    start: int
    # One past the last code point.
    end: int
    # What it is instead.
    reason: Reason

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a dropped range needs 0 <= start < end, got {self.start}, {self.end}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document as its own file shows it; maps one to one onto CSL-JSON."""

    # Short name used in ids and commands, such as ``rumer``.
    id: str
    # File name below the seeds folder.
    file: str
    # Hex digest of the file's bytes.
    sha256: str
    # The title the file shows, or a descriptive one in [brackets].
    title: str
    # Whether the title is descriptive because the file shows none.
    title_is_descriptive: bool
    # Authors as the file names them.
    authors: tuple[str, ...]
    # EDTF, only as far as the file shows it.
    issued: str | None
    # What the document appeared in.
    container: str | None
    # Who published it.
    publisher: str | None
    # Where it can be read.
    url: str | None
    # The editor's word on where the author stands; shown as a note, never cited.
    viewpoint: str | None
    # How people call the author or the document ("the Chinese author").
    aliases: tuple[str, ...]
    # The family name of each author that the editor wrote down in parts, "" for the others.
    families: tuple[str, ...] = ()

    def names(self) -> tuple[tuple[str, str], ...]:
        """(family name, given names) of each author; given is "" for a name of one word or of a body.

        Where nobody wrote down the parts, the last word is taken for the family name.
        """
        parts = []
        for i, author in enumerate(self.authors):
            family = self.families[i] if i < len(self.families) and self.families[i] else author.rpartition(" ")[2]
            given = author.removesuffix(family) if author.endswith(f" {family}") else author.removeprefix(family)
            parts.append((family, given.strip()))
        return tuple(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A sentence of a source, verbatim: its spans and dropped ranges tile the file from first to last character."""

    # ``<source>/<12 hex>``, with ``-2``, ``-3`` for repeats.
    id: str
    # Id of the source.
    source: str
    # Ascending ranges of the raw text that hold the words.
    spans: tuple[Span, ...]
    # Ranges between the spans that hold furniture.
    dropped: tuple[Dropped, ...]
    # The words; differs from the joined spans in white space only.
    text: str
    # Heading above the sentence, if any.
    section: str | None
    # Number of the paragraph in the document, from 1.
    paragraph: int
    # Number of the sentence in its paragraph, from 1.
    sentence: int
    # Page of the first word, where the file shows it.
    page: int | None
    # Whose words they are.
    role: Role
    # The essayist for ``author``, else the fullest name the source gives, or null.
    speaker: str | None
    # Id of the sentence before in the document.
    previous: str | None
    # Id of the sentence after.
    next: str | None

    def __post_init__(self) -> None:
        edges = sorted([(s.start, s.end) for s in self.spans] + [(d.start, d.end) for d in self.dropped])
        if not self.spans or any(a[1] != b[0] for a, b in pairwise(edges)):
            raise ValueError(f"{self.id}: spans and dropped ranges must tile the passage without gap or overlap")
        if (edges[0][0], edges[-1][1]) != (self.spans[0].start, self.spans[-1].end):
            raise ValueError(f"{self.id}: a passage begins and ends with its own words")
        if list(self.spans) != sorted(self.spans):
            raise ValueError(f"{self.id}: spans must ascend")
        for mark in self.dropped:
            if mark.reason == "note_mark" and mark.end - mark.start > NOTE_MARK_DIGITS:
                raise ValueError(f"{self.id}: a note mark has at most {NOTE_MARK_DIGITS} digits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A dated statement: what a source says happened, and when."""

    # EDTF: ``1949``, ``2014-03``, ``2001-09-11``, ``2004/2014``, ``199X``; null when a relative date stays open.
    date: str | None
    # How precise the source is.
    precision: Precision
    # The words that state the date.
    date_words: str
    # Id of the passage, or null for the publication date of a source.
    passage: str | None
    # Id of the source.
    source: str
    # The passage that fixes a relative date, if one does.
    anchor: str | None
    # Where the date words stand in the raw text.
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A short form or a named thing, and what the text says it is."""

    # The short form or name as written.
    term: str
    # The expansion or explanation, in the source's words.
    expansion: str
    # Id of the source.
    source: str
    # Id of the passage.
    passage: str
    # Where term and expansion stand in the raw text.
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number and what it counts."""

    # The number.
    value: float
    # What it is counted in, such as ``troops``; null for a bare number.
    unit: str | None
    # What it counts, in the source's words.
    of: str
    # EDTF date it holds for, as far as the sentence says.
    as_of: str | None
    # Id of the source.
    source: str
    # Id of the passage.
    passage: str
    # Where number and unit stand in the raw text.
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Words in quotation marks."""

    # The words between the marks.
    text: str
    # The fullest name of the person or document that speaks, or null.
    speaker: str | None
    # ``quoted`` for speech, ``author`` for scare quotes, titles and the essayist's own coinages.
    role: Role
    # Id of the source.
    source: str
    # Id of the passage.
    passage: str
    # Where the words stand in the raw text.
    spans: tuple[Span, ...]


# What `verify` finds, in order of precedence.
VerdictKind = Literal["not_found", "altered", "misattributed", "abridged", "typography", "exact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a quotation stands in the sources as it was given."""

    # The finding.
    verdict: VerdictKind
    # Whether the named speaker said it; null if none was named.
    attribution_ok: bool | None
    # Id of the source it was compared with, or null.
    source: str | None
    # Ids of the passages that hold it, in their order.
    passages: tuple[str, ...]
    # The source's words for the same stretch.
    text: str | None
    # Where those words stand in the raw text.
    spans: tuple[Span, ...]
    # Word by word: ("=" both, "-" only in the source, "+" only in the quotation; words).
    diff: tuple[tuple[str, str], ...]
    # What the cut left out, such as a negation or an attribution beside it.
    warnings: tuple[str, ...]
    # Who speaks these words in the source, or null.
    speaker: str | None

    @property
    def marked(self) -> str:
        """The difference as one line: ``[-in the source only]``, ``[+in the quotation only]``; "" if there is none."""
        if all(kind == "=" for kind, _ in self.diff):
            return ""
        return " ".join(words if kind == "=" else f"[{kind}{words}]" for kind, words in self.diff)


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """A half-open range of code points of a snippet's text that answers the question."""

    # First code point.
    start: int
    # One past the last code point.
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """What a person is shown: a passage, with its neighbours where it cannot stand alone."""

    # The sentence that answers.
    passage: Passage
    # Its document.
    source: Source
    # ``passage`` and its context in the order of the document, at most 900 characters.
    text: str
    # Ids of the neighbours that are part of ``text``.
    context: tuple[str, ...]
    # Ranges of the raw text behind ``text``.
    spans: tuple[Span, ...]
    # The words of ``text`` that answer.
    highlights: tuple[Highlight, ...]
    # Whose words answer.
    role: Role
    # Their speaker, if the source names one.
    speaker: str | None
    # Others whose words stand in quotation marks in the passage, so that nobody takes them for the essayist's.
    quoting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Something near that a person may have meant."""

    # The words to show: a passage's own, or a command or question of ours.
    text: str
    # Id of the passage, or null for a command or question.
    passage: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One passage that was weighed, and what it weighed."""

    # Id of the passage.
    passage: str
    # Final score, 0 to 1.
    score: float
    # Its parts by name, each 0 to 1.
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """All it takes to understand and replay the choice of an answer."""

    # The question after ``fold``.
    folded: str
    # Words read as others: what was written, what was read.
    repaired: Mapping[str, str]
    # Best first.
    candidates: tuple[Candidate, ...]
    # The score an answer must reach.
    threshold: float
    # The distance to the second that makes one answer clear.
    gap: float
    # Which knowledge answered.
    knowledge: str
    # Why this outcome, in a few words.
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The reply to one question: snippets, or a refusal that says what is missing."""

    # Name of the intent in ``responses/intents.yaml``.
    intent: str
    # Best first, at most three.
    snippets: tuple[Snippet, ...] = ()
    # Names and numbers asked about that no source speaks of.
    missing: tuple[str, ...] = ()
    # Near misses.
    suggestions: tuple[Suggestion, ...] = ()
    # Words read as others, where the reading touched the answer.
    repaired: Mapping[str, str] = field(default_factory=dict)
    # Keys of ``responses/wording.yaml`` to say around the snippets, with their values.
    say: tuple[tuple[str, Mapping[str, str]], ...] = ()
    # How the choice was made.
    receipt: Receipt | None = None
    # What was found of a quotation that was to be checked.
    verdict: Verdict | None = None
    # What each source says, where the sources were to be set side by side.
    comparison: "Comparison | None" = None

    def __post_init__(self) -> None:
        if len(self.snippets) > MAX_SNIPPETS:
            raise ValueError(f"an answer has at most {MAX_SNIPPETS} snippets")

    @property
    def answered(self) -> bool:
        """Whether a snippet answers; greetings, help and refusals do not."""
        return bool(self.snippets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What was asked before in the same conversation, oldest first."""

    # The questions as typed.
    turns: tuple[str, ...] = ()


# What the daily post is made of.
TodayKind = Literal["day", "publication", "month", "anniversary", "quotation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """What a channel wants of the daily posts."""

    # Days of the week on which it is posted to, Monday is 0.
    weekdays: frozenset[int] = frozenset(range(7))
    # Topics of its posts; empty for all.
    topics: frozenset[str] = frozenset()
    # Ids of the sources; empty for all.
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayItem:
    """One thing the sources say of a date."""

    # The source's words.
    snippet: Snippet
    # The dated statement behind it, or null for a quotation of the day.
    event: Event | None
    # Whether it stands here because this source dates otherwise what the item before it tells.
    otherwise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """What the sources say of a date, or a quotation where they date nothing to it."""

    # ISO date, such as ``2026-07-08``.
    date: str
    # Which kind was found.
    kind: TodayKind
    # At least one, unless there is no document at all.
    items: tuple[TodayItem, ...]
    # Whether it belongs to 29 February, which this year does not have.
    leap: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Two sources that give different figures for one thing."""

    # Id of the one passage.
    one: str
    # Id of the other.
    other: str
    # What is counted, in the words of the one.
    about: str
    # The two numbers.
    values: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What every source says of a topic."""

    # As it was asked.
    topic: str
    # Source id to its snippets, best first, at most three; every source is there.
    columns: Mapping[str, tuple[Snippet, ...]]
    # Where they contradict each other in figures.
    clashes: tuple[Clash, ...]
