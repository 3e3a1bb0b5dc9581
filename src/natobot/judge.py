"""A paste and the place that holds all its words in, a finding out: what differs beside the words, and what a cut hides."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from natobot.align import GAP, QUOTES, Written, difference, is_shouting, marks, shown, signed, visible, written
from natobot.credit import hidden_before, hidden_behind, hidden_between, is_negation
from natobot.model import Passage, VerdictKind
from natobot.stream import Piece, Step, Stream

# A marked gap that takes a negation out turns the sentence round when it is no longer than this.
_SHORT_GAP = 4
# From how many left-out sentences on a gap is worth a warning.
_FAR = 3
# Marks around a paste that come from where it was pasted: list bullets, mail and chat markup.
_DECORATION = "-–—•·>*_~#|"
_NO_BRACKETS = str.maketrans("", "", "[]")

Diff = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A place in the sources, and how the paste compares with it before anybody is named."""

    # The words of the source in a row.
    stream: Stream
    # Its words that the paste holds, ascending.
    held: tuple[int, ...]
    # What the comparison says.
    kind: VerdictKind
    # As in ``Verdict``.
    diff: tuple[tuple[str, str], ...]
    # As in ``Verdict``.
    warnings: tuple[str, ...]
    # Marks behind the last word that source and paste share.
    tail: str = ""

    @property
    def passage(self) -> Passage:
        """The passage of the first held word."""
        return self.stream.home(self.held[0])[0]

    @property
    def whole(self) -> bool:
        """Whether it is one or several whole passages."""
        _, _, first = self.stream.home(self.held[0])
        _, there, last = self.stream.home(self.held[-1])
        return first == 0 and last == len(there.keys) - 1

    def pieces(self) -> list[Piece]:
        """The held words by passage."""
        runs: list[list[int]] = []
        for i in self.held:
            if runs and runs[-1][1] + 1 == i:
                runs[-1][1] = i
            else:
                runs.append([i, i])
        return [piece for first, last in runs for piece in self.stream.pieces(first, last)]


def judge(paste: Written, stream: Stream, chain: Sequence[Sequence[Step]]) -> Finding:
    """What a paste changes beside the words; its fragments stand in the stream along ``chain``."""
    core = [[step for step in part if step.of_stream] for part in chain]
    first, last = core[0][0], core[-1][-1]
    comparison = _Comparison(paste, stream)
    for part in core:
        comparison.part(part)
    abridged = comparison.gaps(core)
    _hidden(comparison, first.stream, last.stream + last.of_stream - 1)
    comparison.opening(first)
    comparison.letters()
    tail = comparison.closing(first, last)
    kind: VerdictKind = "exact"
    if comparison.changed:
        kind = "altered"
    elif abridged:
        kind = "abridged"
    elif comparison.typography:
        kind = "typography"
    return Finding(
        stream=stream,
        held=tuple(i for part in core for step in part for i in range(step.stream, step.stream + step.of_stream)),
        kind=kind,
        diff=tuple(comparison.diff([step for part in core for step in part])),
        warnings=tuple(comparison.warnings),
        tail=tail,
    )


def _hidden(comparison: "_Comparison", first: int, last: int) -> None:
    """What the cut around the paste leaves out of its first and last sentence."""
    stream = comparison.stream
    passage, there, index = stream.home(first)
    comparison.warnings += hidden_before(passage.text[: there.starts[index]])
    passage, there, index = stream.home(last)
    comparison.warnings += hidden_behind(passage.text[there.ends[index] :])


class _Comparison:
    """Collects, step by step, how a paste differs from words that are all there."""

    def __init__(self, paste: Written, stream: Stream) -> None:
        self.stream = stream
        # Words of the paste in front of which something changes the words.
        self.changed: set[int] = set()
        self.typography = False
        self.warnings: list[str] = []
        self._paste = paste
        self._shouting = is_shouting(paste.text)
        # Whether it has no capitals at all, and whether the source has some there.
        self._small = not any(c.isupper() for c in paste.text)
        self._lowered = False

    def part(self, steps: Sequence[Step]) -> None:
        """Compare a fragment's words and what stands between them."""
        for n, step in enumerate(steps):
            if step.of_paste == step.of_stream == 1:
                self._word(step, opening=n == 0)
            if n:
                self._between(steps[n - 1], step)

    def _word(self, step: Step, opening: bool) -> None:
        """The same word, perhaps in other letters: another case, another apostrophe, ligatures, a bracketed capital."""
        _, there, index = self.stream.home(step.stream)
        given, stands = (visible(x) for x in (self._paste.word(step.paste), there.word(index)))
        if given == stands or self._paste.keys[step.paste] != there.keys[index]:
            # The same, but perhaps for a footnote's digit stuck to it.
            return
        self.typography = True
        given, stands = (unicodedata.normalize("NFKC", x).replace("’", "'") for x in (given, stands))
        if given == stands or given.startswith("[") or self._shouting or (opening and given[1:] == stands[1:]):
            return
        if given.casefold() != stands.casefold():
            self.warnings.append(f"punctuation: {stands} → {given}")
        elif self._small:
            self._lowered = True
        else:
            self.warnings.append(f"case: {stands} → {given}")

    def letters(self) -> None:
        """One word about a paste without capitals, instead of one for each name."""
        if self._small and self._lowered:
            self.warnings.append("case: no capitals")

    def _between(self, left: Step, right: Step) -> None:
        paste, stream = self._paste, self.stream
        _, left_words, left_index = stream.home(left.stream + left.of_stream - 1)
        _, right_words, right_index = stream.home(right.stream)
        border = right_index == 0
        in_source = f"{left_words.tail()} {right_words.between(0)}" if border else right_words.between(right_index)
        j = left.paste + left.of_paste
        if j == right.paste:
            in_paste = paste.between(j)
        else:
            # Furniture stands between: only what clings to the words on either side counts, without a footnote's brackets.
            behind, before = paste.between(j), paste.between(right.paste)
            clinging = "" if before[-1:].isspace() else "".join(before.split()[-1:])
            in_paste = f"{''.join(behind.split()[:1])}\n{clinging}".translate(_NO_BRACKETS)
        stands, given = left_words.word(left_index), paste.word(j - 1)
        found = difference(
            in_source,
            in_paste,
            digits=(stands[-1].isdigit(), right_words.keys[right_index][0].isdigit()),
            border=border and not (stands.endswith(".") and given.endswith(".")),
            broken=border or (len(marks(in_source)) == 1 and stream.breaks_line(right.stream)),
        )
        following = right_words.word(right_index)
        if found in ("word", "joined"):
            self.changed.add(right.paste)
        elif found:
            self.typography = True
        if found == "joined":
            self.warnings.append(f"joined: {stands} {following}")
        elif found == "punctuation":
            new = f"{given}{in_paste}{paste.word(right.paste)}"
            self.warnings.append(f"punctuation: {_line(stands + in_source + following)} → {_line(new)}")
        elif found == "quotes" and not set(in_paste) & QUOTES and set(in_source) & QUOTES:
            self.warnings.append(f"quotation_marks: {following if in_source[-1] in QUOTES else stands}")

    def gaps(self, core: Sequence[Sequence[Step]]) -> bool:
        """Whether the paste marks a gap that the source itself has not; says what the gaps hide."""
        paste, stream = self._paste, self.stream
        real = False
        for left, right in pairwise(core):
            a, b, at = left[-1].stream + left[-1].of_stream, right[0].stream, right[0].paste
            if stream.keys[a:b] == [GAP]:
                _, there, index = stream.home(a)
                self.typography |= paste.word(at - 1) != there.word(index)
            else:
                real = True
                self._gap(a, b - 1, at)
        first, last = core[0][0], core[-1][-1]
        behind = last.stream + last.of_stream
        opens = paste.keys[0] == GAP and not (first.stream and stream.keys[first.stream - 1] == GAP)
        closes = paste.keys[-1] == GAP and not (stream.has(behind) and stream.keys[behind] == GAP)
        return real or opens or closes

    def _gap(self, a: int, b: int, at: int) -> None:
        """Words ``a`` to ``b`` of the stream are left out in front of word ``at`` of the paste."""
        stream = self.stream
        if b < a:
            self.warnings.append(f"empty_gap: {self._paste.word(at)}")
            return
        left, left_words, left_index = stream.home(a - 1)
        right, right_words, right_index = stream.home(b + 1)
        behind, before = left_words.ends[left_index], right_words.starts[right_index]
        if left is right:
            self.warnings += hidden_between(left.text[behind:before])
            denying = [n for n in range(a, b + 1) if is_negation(stream.keys[n])]
            if denying and (denying[0] == a or denying[-1] == b or b - a < _SHORT_GAP):
                self.changed.add(at)
            return
        self.warnings += [*hidden_behind(left.text[behind:]), *hidden_before(right.text[:before])]
        skipped = stream.passages.index(right) - stream.passages.index(left) - 1
        if skipped >= _FAR:
            self.warnings.append(f"far: {skipped}")

    def opening(self, first: Step) -> None:
        """Compare what opens the paste; quotation marks around it are not part of it."""
        _, there, index = self.stream.home(first.stream)
        given = _bare(self._paste.between(0)).lstrip(_DECORATION)
        if self._paste.keys[0][0].isdigit() and signed(f" {self._paste.between(0)}") != signed(f" {there.between(index)}"):
            self.changed.add(first.paste)
        if first.paste == 0 and not _bare(there.between(index)).endswith(given):
            self.typography = True
            self.warnings.append(f"punctuation: {given}")

    def closing(self, first: Step, last: Step) -> str:
        """Compare what closes the paste; the marks that it has from the source.

        A stop may be added to a part of a sentence; it is missed only behind whole sentences.
        """
        paste, stream = self._paste, self.stream
        if paste.keys[-1] == GAP:
            return ""
        _, there, index = stream.home(last.stream + last.of_stream - 1)
        ends = index + 1 == len(there.keys)
        stands = marks(there.tail() if ends else there.between(index + 1))
        j = last.paste + last.of_paste
        given = marks(paste.between(j) if j < len(paste.keys) else paste.tail())
        bare_stands, bare = _bare(stands), _bare(given)
        if not bare_stands.startswith(bare):
            bare = bare.rstrip(_DECORATION)
        if not bare_stands.startswith(bare):
            self.typography = True
            if bare not in {".", ",", ";", ":"} or bare_stands[:1] in {"?", "!"}:
                self.warnings.append(f"punctuation: {bare_stands} → {bare}")
        elif not bare and bare_stands and ends and stream.home(first.stream)[2] == 0:
            self.typography = True
        common = 0
        while common < min(len(given), len(stands)) and given[common] == stands[common]:
            common += 1
        return stands[:common]

    def diff(self, steps: Sequence[Step]) -> Diff:
        """The source's words, with what was left out and what was changed."""
        found: Diff = []
        start = steps[0].stream
        if steps[0].paste in self.changed:
            end = steps[0].stream + steps[0].of_stream
            found = [("-", source_text(self.stream, start, end - 1)), ("+", paste_text(self._paste, 0, steps[0].paste))]
            start = end
        for left, right in pairwise(steps):
            end = left.stream + left.of_stream
            if right.stream > end:
                found += [
                    ("=", source_text(self.stream, start, end - 1)),
                    ("-", source_text(self.stream, end, right.stream - 1)),
                ]
                start = right.stream
            elif right.paste in self.changed:
                if left.stream > start:
                    found.append(("=", source_text(self.stream, start, left.stream - 1)))
                found.append(("-", source_text(self.stream, max(start, left.stream), right.stream)))
                found.append(("+", paste_text(self._paste, left.paste, right.paste)))
                start = right.stream + right.of_stream
        last = steps[-1].stream + steps[-1].of_stream - 1
        return [*found, ("=", source_text(self.stream, start, last))] if start <= last else found


def _bare(text: str) -> str:
    """Marks without quotation marks, which may surround any paste."""
    return "".join(c for c in marks(text) if c not in QUOTES)


def _line(text: str) -> str:
    return " ".join(text.split())


def source_text(stream: Stream, first: int, last: int) -> str:
    """Words ``first`` to ``last`` of a stream as written."""
    texts = []
    for piece in stream.pieces(first, last):
        start, end = shown(written(piece.passage.text), piece.first, piece.last)
        texts.append(piece.passage.text[start:end])
    return " ".join(texts)


def paste_text(paste: Written, first: int, last: int) -> str:
    """Words ``first`` to ``last`` of a paste as written, on one line."""
    start, end = shown(paste, first, last)
    return _line(paste.text[start:end])
