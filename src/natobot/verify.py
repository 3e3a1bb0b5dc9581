"""A quotation and perhaps a name in, a verdict out: whether the words stand in the sources as given, and whose they are.

Warnings are ``key: words``, so that a door can word them: ``left_out_negation``, ``left_out_attribution`` and
``left_out_hedge`` (hidden by a cut); ``changed_negation`` and ``changed_number`` (in an altered quotation); ``joined``,
``far`` and ``empty_gap`` (how its pieces stand in the source); ``reported`` (a view that is not the essayist's own, with its
holder if the source names one); ``punctuation``, ``quotation_marks`` and ``case``.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from natobot.align import GAP, Written, written
from natobot.credit import Voice, is_credited, voice
from natobot.judge import Finding, judge
from natobot.model import Passage, Span, Verdict, VerdictKind
from natobot.nearest import folded, nearest
from natobot.stream import Corpus, Step, Stream, places

# So many whole words in a row make a quotation; fewer only where they are a whole sentence.
LEAST_WORDS = 4
# How many passages the pieces of an abridged quotation may stand apart.
_REACH = 400
# A paste is looked for by so many of its first words, among so many passages, then, if it is short, among so many.
_CHUNK = 16
_LIMIT, _LAST_LIMIT = 16, 400
_RANK: dict[VerdictKind, int] = {"exact": 0, "typography": 1, "abridged": 2, "altered": 3}

# How mail and chat mark the lines of a quotation.
_REPLY = re.compile(r"^[ \t]*(?:>|&gt;)[ \t]?", re.MULTILINE)

Fragments = Sequence[tuple[int, int]]
Chain = list[list[Step]]


def verify(text: str, by: str | None, corpus: Corpus) -> Verdict:
    """Compare ``text`` with the sources; ``by`` is who is said to have said it. Never raises, whatever the text."""
    paste = written(_REPLY.sub("", text))
    name = by.strip() or None if by else None
    fragments = _fragments(paste)
    if not fragments:
        return _not_found(name)
    findings = list(_strict(paste, fragments, corpus))
    if _count(paste, fragments) < LEAST_WORDS:
        findings = [f for f in findings if f.whole and f.kind != "altered"]
    elif not findings:
        near = nearest(paste, fragments, name, corpus)
        findings = [near] if near else []
    return _verdict(findings, name, corpus) if findings else _not_found(name)


def _fragments(paste: Written) -> Fragments:
    """(first, last) word of each stretch between gap marks."""
    found: list[tuple[int, int]] = []
    start = 0
    for j, key in enumerate((*paste.keys, GAP)):
        if key == GAP:
            if j > start:
                found.append((start, j - 1))
            start = j + 1
    return found


def _count(paste: Written, fragments: Fragments) -> int:
    """How many whole words a paste has; what hyphens tie together is one."""
    return sum(j == first or not paste.compound(j) for first, last in fragments for j in range(first, last + 1))


def _not_found(name: str | None) -> Verdict:
    return Verdict(
        verdict="not_found",
        attribution_ok=None if name is None else False,
        source=None,
        passages=(),
        text=None,
        spans=(),
        diff=(),
        warnings=(),
        speaker=None,
    )


def _verdict(findings: Sequence[Finding], name: str | None, corpus: Corpus) -> Verdict:
    """The place that fits the name, then the one that differs least, then the first found."""

    def weigh(finding: Finding) -> tuple[tuple[bool, bool, int], Finding, Voice]:
        spoken = voice(finding.pieces(), corpus)
        right = name is not None and is_credited(name, spoken, corpus.source(finding.passage.source))
        return (finding.kind == "altered", not right, _RANK[finding.kind]), finding, spoken

    (altered, wrong, _), finding, spoken = min(map(weigh, findings), key=lambda weighed: weighed[0])
    text, spans = _stretch(finding, corpus)
    reported = [f"reported: {spoken.speaker}" if spoken.speaker else "reported"] if spoken.bare else []
    return Verdict(
        verdict="misattributed" if name and wrong and not altered else finding.kind,
        attribution_ok=not wrong if name else None,
        source=finding.passage.source,
        passages=tuple(dict.fromkeys(piece.passage.id for piece in finding.pieces())),
        text=text,
        spans=spans,
        diff=finding.diff,
        warnings=tuple(dict.fromkeys([*finding.warnings, *reported])),
        speaker=spoken.speaker,
    )


def _stretch(finding: Finding, corpus: Corpus) -> tuple[str, tuple[Span, ...]]:
    """The source's words from the first held to the last, and where they stand in the raw text."""
    texts: list[str] = []
    spans: list[Span] = []
    pieces = finding.stream.pieces(finding.held[0], finding.held[-1])
    for n, piece in enumerate(pieces):
        passage, there = piece.passage, written(piece.passage.text)
        start = 0 if piece.first == 0 else there.starts[piece.first]
        end = there.ends[piece.last]
        if n + 1 < len(pieces) or piece.last + 1 == len(there.keys):
            end = len(passage.text)
        elif there.text.startswith(finding.tail, end):
            end += len(finding.tail)
        texts.append(passage.text[start:end])
        place = places(passage, corpus.raw(passage.source))
        low, high = place[start], place[end - 1] + 1
        inside = [s for s in passage.spans if s.start < high and s.end > low]
        spans += [Span(start=max(s.start, low), end=min(s.end, high)) for s in inside]
    return " ".join(texts), tuple(spans)


def _strict(paste: Written, fragments: Fragments, corpus: Corpus) -> Iterator[Finding]:
    """Every place that holds all words of a paste in their order, without a gap that is not marked."""
    anchor = max(range(len(fragments)), key=lambda n: (fragments[n][1] - fragments[n][0], -n))
    for stream, steps in _occurrences(paste, *fragments[anchor], corpus):
        found = _chain(paste, fragments, anchor, stream, steps, corpus)
        if found and _is_quotation(*found):
            yield judge(paste, *found)


def _occurrences(paste: Written, first: int, last: int, corpus: Corpus) -> Iterator[tuple[Stream, list[Step]]]:
    """Every place where words ``first`` to ``last`` of the paste stand in a row."""
    wanted = folded(paste, first, min(last, first + _CHUNK - 1))
    seen: set[tuple[str, int]] = set()
    for limit in (_LIMIT, _LAST_LIMIT):
        for passage in corpus.find(wanted, limit):
            if limit == _LAST_LIMIT and not _has_edge(passage, paste, first, last):
                continue
            stream = Stream.around(corpus, passage, min(_CHUNK, last - first))
            for at in stream.begins(paste, first):
                steps = _whole_words(stream, stream.follow(paste, first, last, at))
                if steps is not None:
                    home, _, index = stream.home(_start(steps))
                    if (home.id, index) not in seen:
                        seen.add((home.id, index))
                        yield stream, steps
        if seen or last - first >= _CHUNK:
            # A long paste that is there is found by its words; only few and common words need a longer look.
            return


def _has_edge(passage: Passage, paste: Written, first: int, last: int) -> bool:
    """Whether a passage holds the first two or the last two words in a row: a quick no for most."""
    row = f" {' '.join(written(passage.text).keys)} "
    ends = ((first, min(first + 1, last)), (max(first, last - 1), last))
    return any(f" {' '.join(paste.keys[a : b + 1])} " in row for a, b in ends)


def _whole_words(stream: Stream, steps: list[Step] | None) -> list[Step] | None:
    """The steps, unless they hold furniture only, or begin or end inside a word that hyphens tie together."""
    if not steps or not any(step.of_stream for step in steps):
        return None
    _, there, index = stream.home(_start(steps))
    _, there_last, index_last = stream.home(_end(steps) - 1)
    return None if there.compound(index) or there_last.compound(index_last + 1) else steps


def _start(steps: Sequence[Step]) -> int:
    return next(s.stream for s in steps if s.of_stream)


def _end(steps: Sequence[Step]) -> int:
    return max(s.stream + s.of_stream for s in steps if s.of_stream)


# Fragments between gap marks


def _chain(
    paste: Written, fragments: Fragments, anchor: int, stream: Stream, steps: list[Step], corpus: Corpus
) -> tuple[Stream, Chain] | None:
    """All fragments in order around the one that was found, each as near to its neighbour as it goes."""
    found: Chain = [steps]
    # Pieces of a few words each make a quotation only beside each other.
    far = max(last - first for first, last in fragments) + 1 >= LEAST_WORDS
    reach = len(stream.passages) + (_REACH if far else 1)
    for first, last in fragments[anchor + 1 :]:
        i = _end(found[-1])
        while (near := _at(paste, first, last, stream, i)) is None:
            i += 1
            if not stream.has(i) or len(stream.passages) > reach:
                return None
        found.append(near)
    if not anchor:
        return stream, found
    for back in (2, 20, _REACH) if far else (1,):
        wider, shift = _wider(stream, back, corpus)
        moved = [[Step(s.paste, s.of_paste, s.stream + shift, s.of_stream) for s in part] for part in found]
        if before := _before(paste, fragments[:anchor], wider, _start(moved[0])):
            return wider, [*before, *moved]
    return None


def _before(paste: Written, fragments: Fragments, stream: Stream, end: int) -> Chain:
    """The places of ``fragments`` in front of word ``end`` of the stream; empty if one has none."""
    found: Chain = []
    for first, last in reversed(fragments):
        for i in range(end - 1, -1, -1):
            near = _at(paste, first, last, stream, i)
            if near is not None and _end(near) <= end:
                found.insert(0, near)
                end = i
                break
        else:
            return []
    return found


def _at(paste: Written, first: int, last: int, stream: Stream, i: int) -> list[Step] | None:
    if not stream.has(i) or not paste.keys[first].startswith(stream.keys[i]):
        return None
    return _whole_words(stream, stream.follow(paste, first, last, i))


def _wider(stream: Stream, back: int, corpus: Corpus) -> tuple[Stream, int]:
    """The stream with up to ``back`` passages more in front, and how many words these have."""
    row = [stream.passages[0]]
    while len(row) <= back and row[-1].previous and (before := corpus.passage(row[-1].previous)):
        row.append(before)
    wider = Stream(corpus, [*row[:0:-1], *stream.passages])
    return wider, len(wider.keys) - len(stream.keys)


def _is_quotation(stream: Stream, found: Chain) -> bool:
    """Whether pieces make a quotation: one has four words, or all stand in one sentence and are not words picked singly."""
    runs = [[_start(found[0]), _end(found[0])]]
    for left, right in pairwise(found):
        if stream.keys[_end(left) : _start(right)] == [GAP]:
            # The gap is the source's own.
            runs[-1][1] = _end(right)
        else:
            runs.append([_start(right), _end(right)])
    sizes = [end - start for start, end in runs]
    homes = {stream.home(start)[0].id for start, _ in runs}
    return len(runs) == 1 or max(sizes) >= LEAST_WORDS or (max(sizes) > 1 and len(homes) == 1)
