"""A sentence and its quotations in, whose words it holds out: the author's, somebody's quoted, or a view only reported."""

import re
from collections.abc import Sequence

from natobot.model import Passage, Quotation, Role
from natobot.names import CAP, Names
from natobot.speech import (
    CLAUSE,
    SAY,
    Context,
    antecedent,
    is_author,
    is_noun,
    is_pronoun,
    passive,
    phrase_at,
    resolve,
    subject,
)

# The share of a sentence from which it is a quotation.
_MOST = 0.5
# The share of a sentence from which it is a report.
_HALF = 0.4
# A view that somebody holds, by the words that open or hold the sentence.
_VIEW = re.compile(
    r"\A(?:[A-Z]\w+,\s+)?(?:(?:According to|In the (?:view|eyes|opinion|telling) of)\s+(?P<np>[^,;:]{2,80}?)"
    r"|In (?P<owner>[^,;:]{2,60}?)[’']s? (?:view|eyes|opinion|account|telling|reading)"
    r"|(?:To|For|Among) (?P<some>some|others|many|them|him|her|critics|supporters|advocates|opponents|proponents"
    r"|(?:its|the|their) (?:critics|supporters|advocates|opponents|proponents|former|latter)))\s*,"
)
_COMPLEMENT = re.compile(r"\s+(?:\w+\s+){0,3}?that\b|\s+whether\b|:\s")
# Verbs of saying behind which "that" is often left out, and what then follows.
_BARE = re.compile(r"sa(?:id|ys?)|argue[sd]?|claim(?:s|ed)?|believe[sd]?|th(?:ink|inks|ought)|insist(?:s|ed)?|warn(?:s|ed)?")
_NO_THAT = re.compile(r"\s+(?:there|it|he|she|they|we|this|these)\s")
# Verbs that report a view without "that".
_OUTRIGHT = re.compile(
    r"(?:promis|pledg|alleg)(?:e|es|ed|ing)|vow(?:s|ed|ing)?|claim(?:s|ed|ing)?|predict(?:s|ed|ing)?|demand(?:s|ed|ing)?"
    r"|recommend(?:s|ed|ing)?|urg(?:e|es|ed|ing)|lament(?:s|ed|ing)?|den(?:y|ies|ied|ying)|fear(?:s|ed|ing)?"
)
_WORRY = re.compile(
    r"(?<![\w-])express(?:es|ed|ing)?\s+(?:\w+\s+){0,3}?(?:concerns?|fears?|hopes?|views?|doubts?|worries|reservations?)"
    r"\s+(?:about|that|over|on)\b"
)
_STATES = "concerned worried convinced confident afraid adamant persuaded optimistic pessimistic fearful hopeful".split()
_CONVINCED = re.compile(rf"\b(?:is|are|was|were|remain(?:s|ed)?|seem(?:s|ed)?)\s+(?:\w+\s+)?(?:{'|'.join(_STATES)})\s+that\b")
_WISHES = (
    "sought seek seeks wanted want wants hoped hope hopes wished wish wishes intended intend intends expected expect expects"
    " preferred prefer prefers claimed claim claims purported purport purports"
).split()
_INTENT = re.compile(rf"(?<![\w-])(?:{'|'.join(_WISHES)})\s+to\s+(?=[a-z])")
_PEOPLE = re.compile(
    r"\b(?:officials|leaders|ministers|advocates|critics|supporters|opponents|experts|analysts|scholars|diplomats|generals"
    r"|commanders|policymakers|politicians|lawmakers|heads|administration|hawks|doves|proponents|planners|strategists|founders"
    r"|reformers)\b"
)
_PRAISES = "billed advertised touted portrayed presented hailed framed sold pitched marketed".split()
_RUMOURS = "said believed thought reported alleged claimed rumored rumoured".split()
_BILLED = re.compile(
    r"\b(?:is|are|was|were|been|being)\s+(?:\w+ly\s+)?"
    rf"(?:(?:{'|'.join(_PRAISES)})\s+as|(?:{'|'.join(_RUMOURS)})\s+(?:to|that))\b"
)
# Words without which a pattern need not be tried.
_TELLING = frozenset(
    """promise promises promised promising pledge pledges pledged pledging allege alleges alleged alleging vow vows vowed vowing
    claim claims claimed claiming predict predicts predicted predicting demand demands demanded demanding recommend recommends
    recommended recommending urge urges urged urging lament laments lamented lamenting deny denies denied denying fear fears
    feared fearing say says said argue argues argued believe believes believed think thinks thought insist insists insisted warn
    warns warned""".split()
)
_WISHING, _FEELING, _BILLING = frozenset(_WISHES), frozenset(_STATES), frozenset([*_PRAISES, *_RUMOURS])
_ASIDE = re.compile(rf",\s+(?P<np>[^,;:]{{2,60}}?)\s+(?:ha[sd]\s+)?(?:{SAY.pattern})\s*(?:,|\.?\Z)")
# "If the allies believe …": no report that they do.
_SUBORDINATE = re.compile(r"\b(?:[Ii]f|[Uu]nless|[Ww]hether|[Bb]ecause|[Ss]ince)\s+(?:the\s+)?\Z")
_NEXT_CLAUSE = re.compile(rf",\s+(?:and|but)\s+(?:he|she|it|they|we|I|the|{CAP})\b")
_GOES_ON = re.compile(r"\A(?:(?:And|But|So|Then),?\s+)?(?:[\w’'-]+\s+){1,4}?(?:would|should|could|might)\b")


def voice(
    passage: Passage, previous: Passage | None, quotations_of_passage: Sequence[Quotation], names: Names | None = None
) -> tuple[Role, str | None]:
    """Whose words a passage's content is: the author's, a person's or document's quoted, or a view only reported.

    ``previous`` is the sentence before with its own voice already told, so that a reported view may go on ("It would…");
    ``names`` gives speakers the fullest name of the whole source.
    """
    if passage.role != "author":
        return passage.role, passage.speaker
    spoken = [q for q in quotations_of_passage if q.role == "quoted"]
    covered = _covered(spoken)
    if spoken and covered >= _MOST * sum(len(word) for word in passage.text.split()):
        return "quoted", next((q.speaker for q in spoken if q.speaker), None)
    if not names:
        names = Names([previous, passage] if previous else [passage])
    at = names.index[passage.id]
    before = previous if previous and previous.paragraph == passage.paragraph else None
    context = Context(passage=passage, at=at, previous=before, names=names)
    found = _reported(context)
    if found:
        return "reported", found[0]
    if before and before.role == "reported" and _goes_on(passage.text):
        return "reported", before.speaker
    return "author", passage.speaker


def _covered(spoken: Sequence[Quotation]) -> int:
    """How much ink stands between marks; nested marks count once."""
    total, reach = 0, -1
    for record in spoken:
        if record.spans[-1].end > reach:
            total += sum(len(word) for word in record.text.split())
            reach = record.spans[-1].end
    return total


def _reported(context: Context) -> tuple[str | None] | None:
    """The speaker of a view that the sentence only reports, as a tuple of one; null where the author speaks himself."""
    text = context.passage.text
    if view := _VIEW.match(text):
        phrase = view["np"] or view["owner"] or view["some"]
        return (_holder(phrase, view.start(), context),)
    if (aside := _ASIDE.search(text)) is not None:
        phrase = phrase_at(aside["np"])
        if phrase and not is_author(aside["np"]):
            return (resolve(phrase, aside.start("np"), context),)
    words = text.split()
    telling = " that " in text or ": " in text or " whether " in text or not _TELLING.isdisjoint(words)
    for match in SAY.finditer(text) if telling else ():
        verb, end = match.group(), match.end()
        told = _COMPLEMENT.match(text, end) or _OUTRIGHT.fullmatch(verb) or (_BARE.fullmatch(verb) and _NO_THAT.match(text, end))
        if told and not is_noun(text, match.start()) and (found := _held(text, match.start(), match.end(), context)):
            return found
    if not _FEELING.isdisjoint(words) or "express" in text:
        for match in (*_CONVINCED.finditer(text), *_WORRY.finditer(text)):
            if found := _held(text, match.start(), match.end(), context):
                return found
    for match in _INTENT.finditer(text) if not _WISHING.isdisjoint(words) else ():
        # What a clause only adds ("because they wanted to") is not the sentence's own report.
        clause = max(CLAUSE.finditer(text, 0, match.start()), key=lambda m: m.end(), default=None)
        if clause is None or clause.group().strip() in (":", "–", "—"):
            found = _held(text, match.start(), match.end(), context)
            if found and found[0] and (_PEOPLE.search(found[0]) or context.names.is_person(found[0])):
                return found
    billed = _BILLED.search(text) if not _BILLING.isdisjoint(words) else None
    return (None,) if billed and billed.start() < _HALF * len(text) else None


def _goes_on(text: str) -> bool:
    """Whether a sentence may carry on a view reported before it: "Europe would take the lead"."""
    return bool(_GOES_ON.match(text))


def _held(text: str, verb: int, stop: int, context: Context) -> tuple[str | None] | None:
    """Who holds what follows a verb of saying, if that is a good part of the sentence."""
    end = _NEXT_CLAUSE.search(text, stop)
    if passive(text, verb) or (end.start() if end else len(text)) - stop < _HALF * len(text):
        return None
    at, phrase = subject(text, verb)
    if not phrase or _SUBORDINATE.search(text, 0, at) or (is_author(text[at:]) and not is_pronoun(phrase)):
        return None
    speaker = resolve(phrase, at, context)
    return (speaker,) if speaker or is_pronoun(phrase) else None


def _holder(phrase: str, at: int, context: Context) -> str | None:
    if phrase in ("him", "her", "them"):
        return antecedent({"him": "he", "her": "he", "them": "they"}[phrase], at, context)
    found = phrase_at(phrase)
    return resolve(found, at, context) if found else None
