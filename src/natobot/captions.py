"""A short paragraph in, whether it is a picture's caption out: judged by its grammar, since captions read like body text.

A caption describes what is seen: it has no finite verb ("Troops boarding a ferry, 1944."), or a scene in the present tense
at a named place ("At the summit in X, the minister meets with Y."), or it carries a credit.
"""

import re

_CREDIT = re.compile(
    r"^(?:photo(?:graph)?s?|images?|pictures?|illustrations?|credits?)(?:\s(?:by|credit|courtesy(?:\sof)?))?\s?[:.]\s?\S"
    r"|^(?:fig(?:ure)?|map|chart|plate|graphic|table|diagram)\.?\s\d+[a-z]?\s?[.:–—-]\s?\S"
    r"|(?:^|[.!?)\]\"”|/]\s|[(\[|])(?:photo(?:graph)?|image|picture|illustration)s?\s?(?:by\b|:|courtesy\b|credit\b)[^.!?]*[)\].]?$"
    r"|(?:[(/©]\s?|\bphoto\s)(?:getty|afp|ap|reuters|epa|dpa|xinhua|tass|wikimedia|flickr)\b|\bgetty\simages[)\].]?$",
    re.IGNORECASE,
)
# Words that open an argument, not a picture.
_OPENERS = frozenset(
    """however but and thus so therefore this that these those it they he she we i you indeed yet first second third fourth
    finally moreover meanwhile nor or because if while although what why how who there nobody nothing no none not never
    everyone as every each only such another still even then now""".split()
)
_SPEAKING = frozenset("i we me us my our you your".split())
_HABIT = frozenset("every each always often usually never sometimes again still seldom rarely".split())
_AUXILIARIES = frozenset(
    """is are was were be has have had do does did will would can could may might must shall should cannot isn't aren't
    wasn't weren't won't can't isn’t aren’t wasn’t weren’t won’t can’t doesn’t didn’t don’t hasn’t haven’t hadn’t""".split()
)
# Past tenses that are never participles ("sank"), and those that may be ("built by hand").
_PAST = frozenset(
    """went came took gave ran rose fell grew knew saw became began chose drew drove ate flew forgot hid rode rang sang sank
    shook spoke stole swam swore threw woke wore wrote broke froze sprang tore lay arose""".split()
)
_PAST_OR_PARTICIPLE = frozenset(
    """made said told found left kept held stood sat thought felt brought built bought caught fought got heard led lost meant
    met paid sent shone shot slept spent struck taught understood won bent bound dug dealt sold sought spun stuck swept wept
    wound laid ended""".split()
)
_PRESENT = frozenset(
    """remains remain becomes become seems seem means needs wants says makes takes gives comes goes keeps knows works begins
    costs depends depend belongs belong matters matter follows requires require exists exist fails lives lies
    deserves""".split()
)
_SCENE_VERBS = frozenset(
    """meets meet shakes shake speaks speak addresses address attends attend arrives arrive walks walk poses pose stands
    stand sits sit waves wave greets greet looks look holds hold visits visit gather gathers march marches protest protests
    delivers deliver inspects inspect salutes salute hugs embrace embraces talks talk listens listen carry carries fly
    flies patrol patrols watch watches rally rallies chat chats pictured seen shown""".split()
)
_SCENE_NOUNS = frozenset(
    """flag flags sculpture sculptures statue statues headquarters building buildings soldier soldiers troops tank tanks
    crowd crowds people villager villagers refugee refugees protester protesters demonstrators leaders ministers president
    portrait view aerial skyline ship ships boat boats warship aircraft jet jets helicopter convoy ruins rubble bridge
    square palace monument memorial delegates delegation ceremony parade podium participants exhibition entrance facade
    harbor harbour passengers children""".split()
)
_NOT_PARTICIPLES = frozenset("during nothing something anything everything king spring string morning evening being".split())
_DETERMINERS = frozenset("the a an his her its their this that these those my our your some any no every each of with".split())
_SUBORDINATORS = frozenset(
    """after before as when while which who whom that where because since if although though whether how what than until
    whose""".split()
)
_PLACE = frozenset("of in at on near outside inside beside above below before behind front".split())
_TAKES_OBJECT = frozenset("the a an his her its their this him them us it all only not more less".split())
_DATED = re.compile(
    r"(?:[,(]|\b(?:in|on|about|circa|c\.))\s?(?:about\s|circa\s|c\.\s)?"
    r"(?:(?:\d{1,2}\s)?(?:january|february|march|april|may|june|july|august|september|october|november|december|spring|summer"
    r"|autumn|fall|winter)\s(?:\d{1,2},\s)?)?(?:1[5-9]|20)\d{2}\)?[.]?$",
    re.IGNORECASE,
)
_FRONTED = re.compile(r"^(?:At|In|On|Outside|Near|Inside|Before)\b[^.!?]{2,60}?,")
_SECOND_SENTENCE = re.compile(r"[.!?][\"”’)]*\s+[A-Z]")
_TOKEN = re.compile(r"[^\W_][\w'’-]*|[,;:()–—]")
_MOST_WORDS = 45
_SUBJECT_WORDS = 7


def has_credit(text: str) -> bool:
    """Whether a short paragraph names who took the picture, or is numbered as a figure."""
    return bool(_CREDIT.search(text))


def describes_picture(text: str) -> bool:
    """Whether one sentence reads like a picture's caption."""
    spaced = re.sub(r"([.,;:!?])(?=[^\W\d])", r"\1 ", text)
    words = [w for w in _TOKEN.findall(spaced) if w[0].isalnum()]
    lower = [w.lower() for w in words]
    if not 4 <= len(words) <= _MOST_WORDS or _SECOND_SENTENCE.search(text):
        return False
    if lower[0] in _OPENERS or _SPEAKING & set(lower) or text[-1] in "?!:;" or text[0] in '"“‘«':
        return False
    tokens = [t.lower() for t in _TOKEN.findall(spaced)]
    fronted, dated = bool(_FRONTED.match(text)), bool(_DATED.search(text))
    seen = bool(_SCENE_NOUNS & set(lower))
    named = sum(w[:1].isupper() for w in words[1:]) >= 2
    scene = next((i for i, w in enumerate(lower) if i > 0 and w in _SCENE_VERBS), None)
    if _has_main_verb(tokens):
        return False
    if scene is not None and (seen or named):
        # "The harbour master walks the quay every morning." is a habit, not a picture.
        return (fronted or dated) and not _HABIT & set(lower)
    participle = next((i for i, w in enumerate(lower) if i > 0 and _is_participle(w)), None)
    if participle is not None:
        return seen or named or dated or participle <= _SUBJECT_WORDS
    return (seen or dated) and bool(_PLACE & set(lower))


def _is_participle(word: str) -> bool:
    return word.endswith("ing") and len(word) > 4 and word not in _NOT_PARTICIPLES


def _has_main_verb(tokens: list[str]) -> bool:
    """Whether a sentence has more finite verbs than subordinate clauses that could hold them."""
    verbs = [i for i in range(1, len(tokens)) if _is_finite(tokens, i)]
    clauses = 0
    for i, token in enumerate(tokens):
        if token in _SUBORDINATORS:
            comma = next((j for j in range(i + 1, len(tokens)) if tokens[j] in ",;:()"), len(tokens))
            clauses += any(i < v < comma for v in verbs)
    return len(verbs) > clauses


def _is_finite(tokens: list[str], i: int) -> bool:
    word, before = tokens[i], tokens[i - 1]
    after = tokens[i + 1] if i + 1 < len(tokens) else ""
    if word in _AUXILIARIES or word in _PRESENT or word in _PAST:
        return word != "may" or not after.isdigit()
    if word in _PAST_OR_PARTICIPLE or (word.endswith("ed") and len(word) > 3):
        # "the destroyed home", "the bridge, opened by the mayor" and "the bridge built in 1913" state nothing.
        return before not in _DETERMINERS and after != "by" and not (after in _PLACE and (before == "," or word == "built"))
    return word.endswith("s") and after in _TAKES_OBJECT and word not in _SCENE_VERBS and before not in _DETERMINERS
