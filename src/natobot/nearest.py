"""A paste that stands nowhere as it is in, the place that it was made from out, if enough of its words align there."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rapidfuzz import fuzz

from natobot.align import GAP, Pair, Written, density, is_content, pairs, shared, written
from natobot.credit import is_negation, names_source
from natobot.fold import words
from natobot.judge import Diff, Finding, paste_text, source_text
from natobot.model import Passage
from natobot.stream import Corpus, Stream

# The share of content words that must align for a quotation to count as a changed one rather than none.
LEAST_ALIGNED = 0.6
# So many words in a row do not stand together by chance.
_RUN = 4
# Words of a paste are looked up so many at a time, evenly spread if there are very many.
_CHUNK, _MOST_CHUNKS = 16, 40
_FEW, _MANY = 8, 16
# How many places are aligned with care.
_CLOSE = 4
# From this likeness on a word in another's place counts as a form of it (fuzz.ratio, 0 to 100).
_ALIKE = 75
# At either end so many words of the source are shown against words that the paste puts there.
_EDGE = 3


def nearest(paste: Written, fragments: Sequence[tuple[int, int]], by: str | None, corpus: Corpus) -> Finding | None:
    """The place that an altered quotation was made from; None if under 60 % of its content words align anywhere."""
    kept = [j for first, last in fragments for j in range(first, last + 1)]
    keys = [paste.keys[j] for j in kept]
    best: tuple[float, Stream, list[Pair]] | None = None
    for stream in _closest(keys, _regions(paste, fragments, corpus)):
        found = pairs(keys, stream.keys)
        score = density(found, keys)
        if by and names_source(by, corpus.source(stream.passages[0].source)):
            score += 0.5
        if found and (best is None or score > best[0]):
            best = (score, stream, found)
    if best is None:
        return None
    stream, found = best[1], _with_rest(keys, best[1], best[2])
    at = _with_own_gaps(paste, stream, [(kept[j], i) for j, i in found])
    furniture = _furniture(paste, kept, stream, at)
    kept = [j for j in kept if j not in furniture]
    aligned = {j for j, _ in at} | _alike(paste, kept, stream, at)
    elsewhere = _elsewhere(paste, kept, aligned, corpus)
    # What hyphens tie together is one word.
    wanted = [j for j in kept if is_content(paste.keys[j]) and not paste.compound(j)] or kept
    if sum(j in aligned or j in elsewhere for j in wanted) < LEAST_ALIGNED * len(wanted):
        return None
    diff = _diff(paste, kept, stream, at)
    warnings = _changes(diff)
    joined = [
        (j, k) for (j, i), (k, m) in pairwise(at) if k == j + 1 and m > i + 1 and stream.home(i)[0] is not stream.home(m)[0]
    ]
    warnings += [f"joined: {paste.word(j)} {paste.word(k)}" for j, k in joined]
    if elsewhere:
        warnings.append(f"joined: {paste_text(paste, min(elsewhere), max(elsewhere))}")
    return Finding(stream=stream, held=tuple(i for _, i in at), kind="altered", diff=tuple(diff), warnings=tuple(warnings))


def folded(paste: Written, first: int, last: int) -> list[str]:
    """Words ``first`` to ``last`` of a paste as the index knows them."""
    return [word.folded for word in words(paste.text[paste.starts[first] : paste.ends[last]])]


def _closest(keys: Sequence[str], regions: Iterator[Stream]) -> list[Stream]:
    """The few regions that are worth a careful look, by a quick one."""
    scored = [(density(shared(keys, stream.keys), keys), -n, stream) for n, stream in enumerate(regions)]
    return [stream for score, _, stream in sorted(scored, key=lambda x: x[:2], reverse=True)[:_CLOSE] if score > 0]


def _regions(paste: Written, fragments: Sequence[tuple[int, int]], corpus: Corpus) -> Iterator[Stream]:
    """Neighbouring passages that share words with some part of the paste, as streams."""
    chunks = [(a, min(a + _CHUNK - 1, last)) for first, last in fragments for a in range(first, last + 1, _CHUNK)]
    chunks = chunks[:: 1 + len(chunks) // _MOST_CHUNKS]
    hits: dict[str, Passage] = {}
    for first, last in chunks:
        for passage in corpus.find(folded(paste, first, last), _MANY if len(chunks) <= 2 else _FEW):
            hits[passage.id] = passage
    seen: set[str] = set()
    for passage in list(hits.values()):
        if passage.id not in seen:
            row = _cluster(passage, hits, corpus)
            seen.update(p.id for p in row)
            yield Stream(corpus, row)


def _cluster(passage: Passage, hits: dict[str, Passage], corpus: Corpus) -> list[Passage]:
    """A passage with its neighbours on either side, up to two that share no words."""
    row = [passage]
    for forward in (False, True):
        missed = 0
        while missed < 2:
            following = row[-1].next if forward else row[0].previous
            there = (hits.get(following) or corpus.passage(following)) if following else None
            if there is None:
                break
            missed = 0 if there.id in hits else missed + 1
            row = [*row, there] if forward else [there, *row]
    return row


def _with_rest(keys: Sequence[str], stream: Stream, found: list[Pair]) -> list[Pair]:
    """The alignment with longer runs of the paste that stand further off in the same stretch, in order."""
    (j, i), (k, m) = found[0], found[-1]
    before = _run(keys[:j], stream.keys[:i])
    behind = _run(keys[k + 1 :], stream.keys[m + 1 :])
    return [*before, *found, *((a + k + 1, b + m + 1) for a, b in behind)]


def _with_own_gaps(paste: Written, stream: Stream, found: Sequence[Pair]) -> list[Pair]:
    """The alignment with the gap marks that the source itself has."""
    own = [
        (j + 1, i + 1)
        for (j, i), (k, m) in pairwise(found)
        if (k, m) == (j + 2, i + 2) and paste.keys[j + 1] == GAP == stream.keys[i + 1]
    ]
    return sorted([*found, *own])


def _run(keys: Sequence[str], region: Sequence[str]) -> list[Pair]:
    """The longest run of words in a row that both have, if it is long enough not to be chance."""
    if len(keys) < _RUN:
        return []
    best: list[Pair] = []
    streak: list[Pair] = []
    for j, i in pairs(keys, region):
        streak = [*streak, (j, i)] if streak and streak[-1] == (j - 1, i - 1) else [(j, i)]
        best = max(best, streak, key=len)
    return best if len(best) >= _RUN else []


def _furniture(paste: Written, kept: Sequence[int], stream: Stream, found: Sequence[Pair]) -> set[int]:
    """Words of the paste that are no words of the source but stand in its file just there: a running head, a page number."""
    there: set[int] = set()
    places = [(-1, found[0][0], found[0][1]), *((j, k, m) for (j, _), (k, m) in pairwise(found) if k > j + 1)]
    for after, before, at in [*places, (found[-1][0], len(paste.keys), found[-1][1] + 1)]:
        run = kept[bisect_right(kept, after) : bisect_left(kept, before)]
        keys = tuple(paste.keys[j] for j in run)
        for unit in stream.units(at) if run else ():
            for a in range(len(keys) - len(unit) + 1):
                if keys[a : a + len(unit)] == unit:
                    there.update(run[a : a + len(unit)])
    return there


def _alike(paste: Written, kept: Sequence[int], stream: Stream, found: Sequence[Pair]) -> set[int]:
    """Words of the paste that stand in the place of a like word: a misprint, another ending."""
    alike: set[int] = set()
    for (j, i), (k, m) in pairwise(found):
        there = stream.keys[i + 1 : min(m, i + 20)]
        if k > j + 1 and there:
            between = kept[bisect_right(kept, j) : bisect_left(kept, k)]
            alike.update(n for n in between if any(fuzz.ratio(paste.keys[n], key) >= _ALIKE for key in there))
    return alike


def _elsewhere(paste: Written, kept: Sequence[int], aligned: set[int], corpus: Corpus) -> set[int]:
    """Words of the paste that stand in a row somewhere else than the rest."""
    windows: list[list[int]] = []
    run: list[int] = []
    for j in [*kept, -1]:
        if j >= 0 and j not in aligned:
            run.append(j)
            continue
        windows += [run[a : a + 2 * _CHUNK] for a in range(0, len(run), 2 * _CHUNK)]
        run = []
    windows = [window for window in windows if len(window) >= _RUN]
    return {j for window in windows[:_MOST_CHUNKS] for j in _in_rows(paste, window, corpus)}


def _in_rows(paste: Written, window: Sequence[int], corpus: Corpus) -> set[int]:
    """Words of a part of the paste that stand in a row in some passage, the longest row first."""
    regions = [Stream.around(corpus, p, 1).keys for p in corpus.find(folded(paste, window[0], window[-1]), _FEW)]
    found: set[int] = set()
    rest = [window]
    while rest:
        part = rest.pop()
        keys = [paste.keys[j] for j in part]
        longest = max((_run(keys, region) for region in regions), key=len, default=[])
        if longest:
            first, last = longest[0][0], longest[-1][0]
            found.update(part[first : last + 1])
            rest += [part[:first], part[last + 1 :]]
    return found


def _diff(paste: Written, kept: Sequence[int], stream: Stream, found: Sequence[Pair]) -> Diff:
    """Word by word how the paste differs from the stretch it aligns with."""
    diff: Diff = []

    def same(first: int, last: int) -> None:
        text = source_text(stream, first, last)
        if diff and diff[-1][0] == "=":
            # A gap is marked where nothing is left out.
            text = f"{diff.pop()[1]} {text}"
        diff.append(("=", text))

    def removed(first: int, last: int) -> None:
        if first <= last:
            diff.append(("-", source_text(stream, first, last)))

    def added(after: int, before: int) -> None:
        run: list[int] = []
        for j in [*kept[bisect_right(kept, after) : bisect_left(kept, before)], -1]:
            if run and j != run[-1] + 1:
                diff.append(("+", paste_text(paste, run[0], run[-1])))
                run = []
            run.append(j)

    first, last = _edges(kept, stream, found)
    removed(first, found[0][1] - 1)
    added(-1, found[0][0])
    start = found[0][1]
    for (j, i), (k, m) in pairwise(found):
        if (k, m) != (j + 1, i + 1):
            same(start, i)
            removed(i + 1, m - 1)
            added(j, k)
            start = m
    same(start, found[-1][1])
    removed(found[-1][1] + 1, last)
    added(found[-1][0], len(paste.keys))
    return diff


def _edges(kept: Sequence[int], stream: Stream, found: Sequence[Pair]) -> tuple[int, int]:
    """The stretch with the words of its sentence that the paste puts others in place of, and with whole compounds."""
    before, behind = bisect_left(kept, found[0][0]), len(kept) - bisect_right(kept, found[-1][0])
    first, last = found[0][1], found[-1][1]
    _, there, index = stream.home(first)
    first -= min(before, index) if before <= _EDGE else 0
    while there.compound(stream.home(first)[2]):
        first -= 1
    _, there, index = stream.home(last)
    last += min(behind, len(there.keys) - 1 - index) if behind <= _EDGE else 0
    while there.compound(stream.home(last)[2] + 1):
        last += 1
    return first, last


def _changes(diff: Diff) -> list[str]:
    """Changes that turn the meaning: a negation or a number that stands on one side only."""
    found = []
    for tag, text in diff:
        there = written(text) if tag != "=" else written("")
        found += [f"changed_negation: {there.word(i)}" for i, key in enumerate(there.keys) if is_negation(key)]
        found += [f"changed_number: {there.word(i)}" for i, key in enumerate(there.keys) if key[0].isdigit()]
    return found
