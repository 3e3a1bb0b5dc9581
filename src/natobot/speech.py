"""A sentence in, who speaks in it out: verbs of saying, their subjects, and what the pronouns among them stand for."""

import re
from dataclasses import dataclass

from natobot.model import Passage
from natobot.names import CAP, DOCUMENT, NAME, OPENERS, POINTED, TITLED, Names, documents

# Verbs behind which somebody's words or view follows.
_SAY = (
    r"(?:sa(?:y|ys|id|ying)|stat(?:e|es|ed|ing)|argu(?:e|es|ed|ing)|claim(?:s|ed|ing)?|writ(?:e|es|ing)|wrote|written"
    r"|declar(?:e|es|ed|ing)|observ(?:e|es|ed|ing)|insist(?:s|ed|ing)?|maintain(?:s|ed|ing)?|contend(?:s|ed|ing)?"
    r"|assert(?:s|ed|ing)?|believ(?:e|es|ed|ing)|h(?:olds?|eld|olding)|warn(?:s|ed|ing)?|alleg(?:e|es|ed|ing)"
    r"|suggest(?:s|ed|ing)?|conclud(?:e|es|ed|ing)|announc(?:e|es|ed|ing)|explain(?:s|ed|ing)?|emphasi[sz](?:e|es|ed|ing)"
    r"|stress(?:es|ed|ing)?|underlin(?:e|es|ed|ing)|underscor(?:e|es|ed|ing)|point(?:s|ed|ing)?\s+out|add(?:s|ed|ing)?"
    r"|acknowledg(?:e|es|ed|ing)|admit(?:s|ted|ting)?|predict(?:s|ed|ing)?|remark(?:s|ed|ing)?|repl(?:y|ies|ied|ying)"
    r"|respond(?:s|ed|ing)?|complain(?:s|ed|ing)?|lament(?:s|ed|ing)?|promis(?:e|es|ed|ing)|pledg(?:e|es|ed|ing)"
    r"|vow(?:s|ed|ing)?|proclaim(?:s|ed|ing)?|affirm(?:s|ed|ing)?|reaffirm(?:s|ed|ing)?|reiterat(?:e|es|ed|ing)"
    r"|den(?:y|ies|ied|ying)|fear(?:s|ed|ing)?|hop(?:e|es|ed|ing)|th(?:ink|inks|ought|inking)|establish(?:es|ed)"
    r"|estimat(?:e|es|ed|ing)|expect(?:s|ed|ing)?|reckon(?:s|ed|ing)?|recommend(?:s|ed|ing)?"
    r"|demand(?:s|ed|ing)?|urg(?:e|es|ed|ing)|propos(?:e|es|ed|ing)|told|tell(?:s|ing)?|ask(?:s|ed|ing)?|not(?:es|ed|ing)"
    r"|foresee(?:s|n|ing)?|foresaw|stipulat(?:e|es|ed|ing)|reads?|quipped|recall(?:s|ed|ing)?|testif(?:ies|ied|ying)"
    r"|caution(?:s|ed|ing)?|boast(?:s|ed|ing)?|confess(?:es|ed|ing)?|agree(?:s|d|ing)?|made\s+(?:his|her|its|their|the)\s+point"
    r"|ma(?:ke|kes|de|king)\s+(?:it\s+)?clear|call(?:s|ed|ing)?\s+(?:for|on|upon)"
    r"|sp(?:oke|eaks?|oken|eaking)\s+(?:of|about)|talk(?:s|ed|ing)?\s+(?:of|about))"
)
# Verbs that lay words in somebody's mouth as a name for something.
_NAMING = (
    r"(?:call(?:s|ed|ing)?|dub(?:s|bed|bing)?|term(?:s|ed|ing)?|label(?:s|l?ed|l?ing)?|describ(?:e|es|ed|ing)"
    r"|brand(?:s|ed|ing)?|characteri[sz](?:e|es|ed|ing)|denounc(?:e|es|ed|ing)|hail(?:s|ed|ing)?|summari[sz](?:e|es|ed|ing)"
    r"|portray(?:s|ed|ing)?|depict(?:s|ed|ing)?|refer(?:s|red|ring)?|cit(?:e|es|ed|ing)|quot(?:e|es|ed|ing)"
    r"|articulat(?:e|es|ed|ing)|coin(?:s|ed|ing)?|dismiss(?:es|ed|ing)?|express(?:es|ed|ing)?|proclaim(?:s|ed|ing)?)"
)
SAY = re.compile(rf"(?<![\w-]){_SAY}(?![\w-])")
NAMING = re.compile(rf"(?<![\w-]){_NAMING}(?![\w-])")
# Adverbs and auxiliaries between a subject and its verb.
_ADVERB = r"(?:\w+ly|also|once|further|still|even|again|never|always|often|thus|therefore|then|just|both|all)"
_AUX = r"(?:ha[sd]|have|had|would|could|will|may|might|must|is|was|are|were|been|be|does|do|did|not|to)"
_TAIL = re.compile(rf"(?:\s*,?\s*\b(?:{_ADVERB}|{_AUX})\b)+\s*,?\s*\Z")
# What makes the verb behind it passive.
_PASSIVE = re.compile(r"\b(?:was|were|been|be|is|are|being|it was)\s+(?:\w+ly\s+|also\s+|not\s+)*\Z")
# What stands before a noun, and before no verb.
_BEFORE_NOUN = re.compile(r"(?:\b(?:the|a|an|in|of|its|their|his|her|these|those|this|no|any|such|by|on|with|under)|[’']s)\s+\Z")
# Where a clause of its own begins.
CLAUSE = re.compile(
    r"[;:(]\s*|\s[–—]\s|—|,\s+(?:but|yet|while|whereas|though|although|because|which|who|where|so)\s+"
    r"|(?<!\w)(?:that|whether|because|since|although|though|while|whereas|which|who|as|if|when)\s+"
)
# What may come before the subject of a sentence.
_LEADING = re.compile(
    r"(?:In|On|At|By|For|With|Without|From|To|After|Before|Since|During|Under|Among|Against|Despite|Like|Unlike|Following"
    r"|Given|Speaking|When|While|As|If|Although|Though|Because|Throughout|Between|Over|Of|Until|Upon|Compared|Asked"
    r"|in|on|at|by|for|with|from|to|after|before|since|during|under|despite|when|while|as|if)\s[^,]*,\s+"
    r"|[A-Z][\w-]*(?:\s[a-z]+)?,\s+"
)
_PRONOUN = re.compile(r"(?:he|she|they|it|He|She|They|It)\b")
_POSSESSIVE = re.compile(r"(?:his|her|their|its|His|Her|Their|Its)\b")
_YEARS = re.compile(r"(?<!\d)(?:1\d{3}|20\d{2})(?!\d)")
# Subjects that are the author, or nobody.
_AUTHOR = re.compile(
    r"(?:[Ww]e|I|[Oo]ne|[Yy]ou|[Tt]here|[Tt]his (?:article|essay|paper|chapter|report|book|author|study|commentary|piece|brief)"
    r"|[Tt]he (?:present )?author|[Aa]s|[Ii]t (?:is|was|can|could|may|might|should|must|has|seems|would)|[Tt]hat|[Tt]his)\b"
)
# Heads of groups and bodies that can speak.
_GROUP = (
    r"(?:officials?|leaders?|ministers?|allies|advocates|critics|supporters|opponents|experts?|analysts?|scholars?|diplomats?"
    r"|governments?|administration|members?|states|countries|nations|parties|party|officers?|generals|commanders?|observers"
    r"|sources|authorities|policymakers|politicians|lawmakers|presidents?|chancellors?|secretar(?:y|ies)|spokes\w+|delegates"
    r"|commentators?|historians?|economists?|Europeanists|Atlanticists|proponents|sceptics|skeptics|optimists|pessimists"
    r"|hawks|doves|envoys?|successors?|predecessors?|ambassadors?|advis[eo]rs?|heads|chiefs?"
    r"|committee|commission|council|ministry|parliament|congress"
    r"|court|media|press|newspapers?|organi[sz]ations?|agency|agencies|alliance|union|group|think tanks?|authors?|journalists?"
    r"|researchers?|politicians|respondents|voters|realists|liberals|conservatives|democrats|republicans|Americans|Europeans)"
)
# Words that end a noun phrase.
_SMALL = (
    "a|an|the|at|of|in|on|for|by|to|with|from|and|or|but|that|this|which|who|is|are|was|were|be|been|has|have|had|not|as|than|if"
    "|when|while|after|before|since|because|would|could|should|will|may|might|must|can|it|he|she|they|we|i"
)
# Such a group with what describes it: "many island officials".
_NP = re.compile(
    rf"(?:(?:[Tt]he|[Aa]n?|[Ii]ts|[Tt]heir|[Hh]is|[Hh]er|[Ss]ome|[Mm]any|[Mm]ost|[Ss]everal|[Ff]ew|[Oo]ther|[Bb]oth|[Aa]ll"
    rf"|[Tt]hese|[Tt]hose|[Aa]n? (?:\w+ )?(?:number|majority|group) of|[A-Za-z]+ of the)\s+)?"
    rf"(?:(?!(?:{_SMALL})\b)(?:{CAP}|[\w-]+)(?:[’']s?)?\s+){{0,4}}?{_GROUP}(?![\w-])(?!\s+{_GROUP})"
)
# A name or pronoun right before its verb, behind something that it is not part of.
_NEAR = re.compile(
    r"(?:(?:\band|\bbut|,|\d|\b(?:week|month|year|time|later|earlier|ago|once|then|today|[A-Z][a-z]+day)|\A)\s+"
    rf"((?:[Tt]he\s+)?{NAME.pattern})"
    r"|\s((?:he|she|they|it)))\Z"
)
# What may follow a name that is a whole subject: nothing, a preposition, a comma, a verb; not a noun ("the Kurdish area").
_ENDS = re.compile(
    r"\s*(?:\Z|[,–—(]|and\b|of\b|in\b|at\b|on\b|from\b|for\b|with\b|who\b|which\b|himself\b|herself\b|itself\b|has\b|had\b|was\b"
    r"|is\b|\w+ly\b|(?:once|also|too|still|even|again|then|later)\b|\w+ed\b|\w+s\b|wrote\b|said\b|told\b|put\b|held\b|thought\b)"
)
# A conjunction or question word right before the subject.
_ASKED = re.compile(r"(?:What|Which|Who|That|As|Whether|If|When|Although|Though|Because|While|Unless|Since)\s+(?=\S)")
_BOTH = re.compile(rf"(?:[Tt]he\s+)?{NAME.pattern}\s+and\s+(?:the\s+)?{NAME.pattern}")
_OWNED = re.compile(rf"{NAME.pattern}[’']s\s+(?=\S)")
_OF_WHOM = re.compile(r"\s+of\s+[^,;:]{2,60}")
# What makes "the treaty" the beginning of a name ("the Treaty of Rome").
_GOES_ON = re.compile(r"\s+(?:of|on)\s|\s+\d")
_ARTICLE = re.compile(r"\A(?:[Tt]he|[Aa]n?|[Ii]ts|[Tt]heir|[Tt]his|[Tt]hat|[Bb]oth)\s+")
# An article and the small words behind it, up to a name.
_MODIFIERS = re.compile(r"\A(?:[Tt]he|[Ii]ts|[Tt]heir|[Hh]is|[Hh]er|[Aa]n?)\s+(?:[a-z][\w-]*\s+){0,3}(?=[A-Z0-9])")
_GENITIVE = re.compile(r"[’']s?\Z")
# A short noun phrase of whatever kind: "the guild".
_SHORT_PHRASE = re.compile(rf"(?:[Tt]he|[Tt]heir|[Ii]ts|[Hh]is|[Hh]er)(?:\s+(?!(?:{_SMALL})\b)[\w-]+(?:[’']s?)?){{1,3}}")
# What stands between commas, dashes or brackets inside a clause.
_ASIDES = re.compile(
    r"\s[–—]\s[^–—;.]{1,80}\s[–—](?=\s)|—[^–—;.]{1,80}—|\([^()]*\)"
    r"|,\s(?:the|a|an|former|then|among|himself|herself|itself)\s[^,;]{2,80},"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where a sentence stands, for what points beyond it."""

    # The sentence.
    passage: Passage
    # Its number among the passages.
    at: int
    # The sentence before in the same paragraph, or null.
    previous: Passage | None
    # What the source names.
    names: Names


def subject(text: str, verb: int) -> tuple[int, str]:
    """Where the subject of the verb at ``verb`` begins, and its words; empty where it is not found."""
    plain = _ASIDES.sub(lambda match: " " * len(match.group()), text[:verb])
    start = max((m.end() for m in CLAUSE.finditer(plain)), default=0)
    region = plain[start:]
    if tail := _TAIL.search(region):
        region = region[: tail.start()]
    region = region.rstrip(" ,")
    while (lead := _LEADING.match(region)) and lead.end() < len(region):
        start, region = start + lead.end(), region[lead.end() :]
    if asked := _ASKED.match(region):
        start, region = start + asked.end(), region[asked.end() :]
    # A subject of its own behind "and", a comma or a date stands right before the verb.
    if (near := _NEAR.search(region)) and not _BOTH.fullmatch(region):
        group = near.lastindex or 1
        return start + near.start(group), near[group]
    if phrase := phrase_at(region):
        return start, phrase
    # "The guild said": where it is all there is before the verb, any short noun phrase will do.
    return (start, region) if _SHORT_PHRASE.fullmatch(region) else (0, "")


def phrase_at(region: str) -> str:
    """The noun phrase that ``region`` opens with, if it can speak."""
    if match := _PRONOUN.match(region):
        return match.group()
    if _BOTH.fullmatch(region):
        return region
    if group := _NP.match(region):
        # "heads of state and government of the allies": what follows up to the verb belongs to them.
        return region if _OF_WHOM.fullmatch(region, group.end()) else group.group()
    if (pointed := POINTED.match(region)) and not _GOES_ON.match(region, pointed.end()):
        return pointed.group()
    bare = _MODIFIERS.sub("", region)
    if titled := TITLED.match(bare):
        return titled["name"]
    if named := DOCUMENT.match(bare):
        return named.group()
    if owned := _OWNED.match(bare):
        inner = phrase_at(bare[owned.end() :])
        return inner or owned.group().strip()
    name = NAME.match(bare)
    if name and name.group().split()[0].lower() not in OPENERS and _ENDS.match(bare, name.end()):
        return name.group()
    return ""


def is_noun(text: str, verb: int) -> bool:
    """Whether a form that may be a verb is a noun here: "the claims", "in terms"."""
    return bool(_BEFORE_NOUN.search(text, max(0, verb - 24), verb))


def passive(text: str, verb: int) -> bool:
    """Whether the verb at ``verb`` says what was done to its subject ("was told")."""
    return bool(_PASSIVE.search(text, max(0, verb - 40), verb))


def resolve(phrase: str, start: int, context: Context) -> str | None:
    """The fullest name for a subject as written at ``start`` of the sentence; null if it is the author or nobody."""
    if not phrase or (is_author(phrase) and not POINTED.fullmatch(phrase)):
        return None
    if is_pronoun(phrase):
        return antecedent(phrase.lower(), start, context)
    if pointed := POINTED.fullmatch(phrase):
        return document(pointed.group(), pointed["head"], context) or _strip(phrase)
    named = documents(phrase)
    if named and named[0].end == len(phrase):
        return document(named[0].name, named[0].head, context) or named[0].name
    bare = _strip(phrase)
    if NAME.fullmatch(bare) or TITLED.fullmatch(bare):
        acronym = bare.isupper()
        return bare if acronym else context.names.person(bare, context.at)
    return bare


def is_author(phrase: str) -> bool:
    """Whether the subject that a stretch of text opens with is the author or nobody ("this essay", "one", "it is")."""
    return bool(_AUTHOR.match(phrase))


def is_pronoun(phrase: str) -> bool:
    """Whether a phrase is "he", "their" or the like, so that somebody speaks, known or not."""
    return bool(_PRONOUN.fullmatch(phrase) or _POSSESSIVE.fullmatch(phrase))


def document(name: str, head: str, context: Context) -> str | None:
    """The fullest name of a document written as ``name`` in the sentence."""
    bare = _strip(name)
    if _YEARS.search(bare):
        return bare
    return context.names.document(bare, head.lower(), context.at, _YEARS.findall(context.passage.text))


def _strip(phrase: str) -> str:
    return _GENITIVE.sub("", _ARTICLE.sub("", phrase.strip()))


_PERSONAL = {"he": "he", "she": "he", "his": "he", "her": "he", "they": "they", "their": "they", "it": "it", "its": "it"}


def antecedent(pronoun: str, start: int, context: Context) -> str | None:
    """What a pronoun stands for: the nearest that fits in this sentence before it, else the subject of the one before."""
    kind = _PERSONAL[pronoun]
    own = context.passage.text[:start]
    before = context.previous.text if context.previous else ""
    if kind == "he":
        return _person(own, context, nearest=True) or _person(before, context, nearest=False)
    if kind == "it":
        for text in (own, before):
            found = opening_document(text, context)
            if found:
                return found
    for text in (own, before):
        head = text
        while lead := _LEADING.match(head):
            head = head[lead.end() :]
        phrase = phrase_at(head)
        if phrase and not _PRONOUN.fullmatch(phrase):
            if kind == "they" and not re.search(r"s\Z|and|people|allies", phrase):
                continue
            return resolve(phrase, 0, context)
    return None


def opening_document(text: str, context: Context) -> str | None:
    """The document that a sentence opens with, as its subject."""
    head = text
    while lead := _LEADING.match(head):
        head = head[lead.end() :]
    if pointed := POINTED.match(head):
        return document(pointed.group(), pointed["head"], context)
    named = documents(head[:80])
    if named and not head[: named[0].start].strip(" ").count(" "):
        return document(named[0].name, named[0].head, context)
    return None


def _person(text: str, context: Context, nearest: bool) -> str | None:
    """A person of a sentence: titled, known as one, or in the place of its subject."""
    titled = [(m.start("name"), m["name"]) for m in TITLED.finditer(text)]
    known = [
        (m.start(), m.group())
        for m in NAME.finditer(text)
        if m.group().lower() not in OPENERS and not m.group().isupper() and context.names.is_person(m.group())
    ]
    saying = [(m.start(), m.group()) for m in NAME.finditer(text) if SAY.match(text[m.end() :].lstrip()) and m.end() < len(text)]
    found = sorted({*titled, *known, *(one for one in saying if one[1].split()[0].lower() not in OPENERS)})
    if found:
        return context.names.person(found[-1 if nearest else 0][1], context.at)
    name = NAME.match(text)
    words = name.group().split() if name else []
    if name and words[0].lower() not in OPENERS and not words[0].isupper():
        return context.names.person(name.group(), context.at)
    return None
