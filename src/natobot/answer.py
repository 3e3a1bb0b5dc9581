"""A ``Match`` in, an ``Answer`` out: the sentences that answer, or a refusal that names what is missing."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from natobot.fold import STOP_WORDS, fold, stem, words
from natobot.model import (
    MAX_SNIPPETS,
    Answer,
    Candidate,
    Comparison,
    Highlight,
    Passage,
    Receipt,
    Snippet,
    Source,
    Span,
    Suggestion,
    Verdict,
)
from natobot.rank import EQUAL, THRESHOLD, THRESHOLD_BARE, Weighed, covers, credit, explained, rank
from natobot.route import Concept, Match
from natobot.store import Store

# How far ahead of the second an answer must be to stand alone.
GAP = 0.04
# An answer's further snippets must come this near to the first.
_ALSO = 0.55
_SPOKEN_OF = 0.6  # the share of a question for a number, a time or a speaker that the passage must speak of
_SAME_LINE = 0.9  # how close an ``ask`` line must come to a question of one everyday word
_DEPTH = 12  # how far down the list a passage that covers every name may stand
_TERM = 0.25  # what explaining the very term that is asked for adds
_SNIPPET = 900  # characters, context included
_LEANING = frozenset(
    """it its he she his her they their them this these that those such there here both neither either one another so then
    thus therefore however moreover also inversely likewise put meanwhile still yet nor some many most others latter former
    the""".split()
)
_LEANING_THE = frozenset("latter former question outcome rationale policy concept mission report rest idea".split())
# Words that say how many or when without a number.
_QUANTITIES = frozenset(
    stem(w)
    for w in """none two three four five six seven eight nine ten dozen several numerous multiple half quarter percent""".split()
)
_TIMES = frozenset(
    stem(w)
    for w in """ago decade decades century era period year years month months week day recent recently today present now
    beginning end ended start began cold war short long late early first last never always soon eventually yet already
    currently once formerly previously""".split()
)
SMALL_TALK = frozenset({"greeting", "thanks", "goodbye", "help", "about", "sources", "decline"})


def answer(match: Match, store: Store, says: dict[str, str], *, with_cards: bool = True) -> Answer:
    """Answer a question that was understood as ``match``; ``says`` maps small talk to keys of the wording."""
    if not match.folded:
        return _spoken(match, "refuse_empty", store)
    if match.intent == "sources":
        spoken = _spoken(match, says.get(match.intent, match.intent), store)
        return replace(spoken, say=(*spoken.say, *(("source", {"title": _titled(s)}) for s in store.sources.values())))
    if match.intent in SMALL_TALK:
        return _spoken(match, says.get(match.intent, match.intent), store)
    if not match.concepts:
        return _spoken(replace(match, intent="ask"), "refuse", store)
    threshold = THRESHOLD if with_cards else THRESHOLD_BARE
    weighed = _with_quotations(_with_terms(rank(match, store, with_cards=with_cards), match, store), match, store)
    missing = tuple(dict.fromkeys(c.text for c in match.concepts if c.required and c.unknown))
    required = [c for c in match.concepts if c.required and not c.unknown]
    covering = [
        w
        for w in weighed[:_DEPTH]
        if _fits(match, w, with_cards=with_cards) and all(covers(c, w.row, store, with_cards=with_cards) for c in required)
    ]
    good = [w for w in covering if w.score >= threshold]
    if match.authors and _unspoken(match, store):
        # Asked of one author, a name must stand with that author, however often others speak of it.
        good = []

    def receipt(why: str) -> Receipt:
        candidates = tuple(Candidate(passage=w.row.id, score=w.score, parts=w.parts) for w in weighed[:5])
        return Receipt(
            folded=match.folded,
            repaired=match.repaired,
            candidates=candidates,
            threshold=threshold,
            gap=GAP,
            knowledge=store.hash,
            why=why,
        )

    said = tuple(("repaired", {"written": w, "read": r}) for w, r in match.repaired.items() if _matters(r, match.concepts))
    repaired = dict(match.repaired)
    if missing or not good:
        silent = " and ".join(name for s in match.authors for name in store.sources[s].authors)
        why, say = _refusal(missing, required, weighed, covering, silent)
        near = tuple(Suggestion(text=p.text, passage=p.id) for p in _passages(store, (w.row.id for w in weighed[:3])))
        return Answer(
            intent=match.intent,
            missing=missing,
            suggestions=near if weighed and weighed[0].score > 0.2 else (),
            repaired=repaired,
            say=(*said, say),
            receipt=receipt(why),
        )
    best = good[0]
    chosen = [best, *(w for w in covering if w is not best and w.score >= _ALSO * best.score)][:MAX_SNIPPETS]
    snippets = tuple(snippet(p, store, match.concepts) for p in _passages(store, (w.row.id for w in chosen)))
    close = len(chosen) > 1 and best.score - chosen[1].score < GAP
    return Answer(
        intent=match.intent,
        snippets=snippets,
        repaired=repaired,
        say=(*said, ("both", {})) if close else said,
        receipt=receipt("two passages are as good" if close else "the best passage is clear"),
    )


def checked(verdict: Verdict, store: Store) -> Answer:
    """A verdict as an answer: the finding, and the sentence of the source that it was compared with."""
    shown = tuple(snippet(p, store) for p in _passages(store, verdict.passages[:1]))
    say: list[tuple[str, dict[str, str]]] = [(f"verdict_{verdict.verdict}", {})]
    if verdict.marked:
        say.append(("verdict_diff", {"diff": verdict.marked}))
    if verdict.attribution_ok is False and verdict.speaker:
        say.append(("verdict_speaker", {"speaker": verdict.speaker}))
    if verdict.speaker:
        shown = tuple(replace(s, speaker=verdict.speaker) for s in shown)
    return Answer(intent="verify", snippets=shown, say=tuple(say), verdict=verdict)


def side_by_side(comparison: Comparison, match: Match, store: Store) -> Answer:
    """A comparison as an answer: the best sentence of every source, and who is silent."""
    say = tuple(
        ("silent", {"author": " and ".join(store.sources[source].authors) or store.sources[source].title})
        for source, found in comparison.columns.items()
        if not found
    )
    best = tuple(found[0] for found in comparison.columns.values() if found)[:MAX_SNIPPETS]
    missing = tuple(dict.fromkeys(c.text for c in match.concepts if c.required and c.unknown))
    nothing = ("refuse_missing", {"names": _listed(missing)}) if missing else ("refuse", {})
    return Answer(
        intent="compare",
        snippets=best,
        missing=missing,
        say=say if best else (nothing,),
        repaired=dict(match.repaired),
        comparison=comparison,
    )


def _spoken(match: Match, key: str, store: Store) -> Answer:
    receipt = Receipt(
        folded=match.folded,
        repaired=match.repaired,
        candidates=(),
        threshold=THRESHOLD,
        gap=GAP,
        knowledge=store.hash,
        why=f"understood as {match.intent}",
    )
    suggestions = (Suggestion(text=match.rival, passage=None),) if match.rival else ()
    return Answer(intent=match.intent, say=((key, {}),), receipt=receipt, suggestions=suggestions)


def _refusal(
    missing: tuple[str, ...],
    required: Sequence[Concept],
    weighed: Sequence[Weighed],
    covering: Sequence[Weighed],
    silent: str,
) -> tuple[str, tuple[str, dict[str, str]]]:
    """Why there is no answer, and how to say so."""
    if missing:
        return "a name or number that no source mentions", ("refuse_missing", {"names": _listed(missing)})
    if silent:
        return "nothing that the author says reaches the threshold", ("silent", {"author": silent})
    if weighed and not covering and len(required) > 1:
        names = tuple(dict.fromkeys(c.text for c in required))
        return "names that no passage holds together", ("refuse_apart", {"names": _listed(names)})
    return "no passage reaches the threshold", ("refuse", {})


def _fits(match: Match, weighed: Weighed, *, with_cards: bool) -> bool:
    """Whether a passage can answer at all: "how many" asks for a quantity, "when did" for a time, "who said" for the very
    words, and most of such a question must be spoken of; a lone everyday word is no question that a card's wording alone
    could answer."""
    row = weighed.row
    if len(match.concepts) == 1 and not match.concepts[0].required and not weighed.parts["covered"]:
        return weighed.parts.get("line", 0.0) >= _SAME_LINE
    if match.intent == "who_said" and weighed.parts.get("line", 0.0) < _SAME_LINE:
        # The words that somebody is to have said must be there.
        return explained(match.concepts, row, with_cards=with_cards) >= _SPOKEN_OF
    if not match.strict:
        return True
    marks, words_ = ("f", _QUANTITIES) if match.wanted == "figure" else ("d", _TIMES)
    if marks not in row.marks and words_.isdisjoint(row.stems) and not any(s[:1].isdigit() for s in row.stems):
        return False
    return explained(match.concepts, row, with_cards=with_cards) >= _SPOKEN_OF


def _unspoken(match: Match, store: Store) -> bool:
    """Whether the authors that are asked never speak of some name that is asked about."""
    spoken = frozenset().union(*(store.spoken(source) for source in match.authors))
    return any(c.name and not c.unknown and credit(c, spoken) < EQUAL for c in match.concepts)


def _titled(source: Source) -> str:
    """Author and title of a source."""
    title = source.title if source.title_is_descriptive else f"“{source.title}”"
    return f"{' and '.join(source.authors)}, {title}" if source.authors else title


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _with_terms(weighed: list[Weighed], match: Match, store: Store) -> list[Weighed]:
    """Asked what something is, the passages that explain that very term come first."""
    if match.intent != "define" or not match.slot:
        return weighed
    slot = match.slot.removeprefix("the ").removeprefix("a ").removeprefix("an ")
    explaining = {term.passage for term in store.terms(fold(slot))}
    return _raised(weighed, explaining)


def _with_quotations(weighed: list[Weighed], match: Match, store: Store) -> list[Weighed]:
    """Asked who said something, the passages come first that quote those very words."""
    if match.intent != "who_said" or not match.slot:
        return weighed
    wanted = {word for word in match.slot.split() if word not in STOP_WORDS}
    quoting = {
        w.row.id
        for w in weighed[:_DEPTH]
        if "q" in w.row.marks and any(wanted and wanted <= set(fold(q.text).split()) for q in store.quotations(w.row.id))
    }
    return _raised(weighed, quoting)


def _raised(weighed: list[Weighed], ids: set[str]) -> list[Weighed]:
    raised = [replace(w, score=min(1.0, w.score + _TERM)) if w.row.id in ids else w for w in weighed]
    return sorted(raised, key=lambda w: (-w.score, w.row.row))


def _matters(read: str, concepts: Iterable[Concept]) -> bool:
    """Whether a repaired word is a name or number, so that the reading must be shown."""
    return any(c.name and stem(read) in c.own for c in concepts)


def _passages(store: Store, ids: Iterable[str]) -> list[Passage]:
    return [passage for key in ids if (passage := store.passage(key)) is not None]


# Snippets


def snippet(
    passage: Passage,
    store: Store,
    concepts: Sequence[Concept] = (),
    *,
    before: Sequence[Passage] | None = None,
    after: Sequence[Passage] = (),
) -> Snippet:
    """A passage as it is shown, with the answering words marked.

    ``before`` and ``after`` are shown with it; without ``before`` it is what stands before it where it cannot stand alone.
    """
    group = [*(_leant_on(passage, store) if before is None else before), passage, *after]
    text = " ".join(p.text for p in group)
    return Snippet(
        passage=passage,
        source=store.sources[passage.source],
        text=text,
        context=tuple(p.id for p in group if p.id != passage.id),
        spans=tuple(Span(start=s.start, end=s.end) for p in group for s in p.spans),
        highlights=tuple(_highlights(text, len(text) - len(passage.text), concepts)) if not after else (),
        role=passage.role,
        speaker=passage.speaker,
        quoting=tuple(
            dict.fromkeys(
                q.speaker
                for q in store.quotations(passage.id)
                if q.role == "quoted" and q.speaker and q.speaker != passage.speaker
            )
        ),
    )


def _leant_on(passage: Passage, store: Store) -> list[Passage]:
    """The sentences before one that it needs to be understood."""
    group = [passage]
    while len(group) < 3 and leans(group[0]) and group[0].previous:
        before = store.passage(group[0].previous)
        if before is None or (before.source, before.paragraph) != (passage.source, passage.paragraph):
            break
        if sum(len(p.text) + 1 for p in (before, *group)) > _SNIPPET:
            break
        group.insert(0, before)
    return group[:-1]


@lru_cache(maxsize=4096)
def leans(passage: Passage) -> bool:
    """Whether a sentence opens with a word that points back at the one before."""
    if passage.sentence == 1:
        return False
    found = [word.folded for word in words(passage.text[:80])]
    if not found or found[0] not in _LEANING:
        return False
    if found[0] == "the":
        return len(found) > 1 and found[1] in _LEANING_THE and len(words(passage.text)) <= 12
    return True


def _highlights(text: str, start: int, concepts: Sequence[Concept]) -> Iterable[Highlight]:
    """The words of the answering sentence that the question speaks of; neighbours run together."""
    stems = frozenset().union(*(c.every for c in concepts))
    run: list[int] = []
    for first, last, of in _stemmed(text):
        if first >= start and of in stems:
            if run and text[run[1] : first].strip(" -–,’'s") == "":
                run[1] = last
            else:
                if run:
                    yield Highlight(start=run[0], end=run[1])
                run = [first, last]
    if run:
        yield Highlight(start=run[0], end=run[1])


@lru_cache(maxsize=4096)
def _stemmed(text: str) -> tuple[tuple[int, int, str], ...]:
    """The content words of a shown text: first code point, one past the last, stem."""
    return tuple((w.start, w.end, stem(w.folded)) for w in words(text) if w.folded not in STOP_WORDS)
