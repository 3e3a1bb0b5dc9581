"""Passages in, the persons and documents they name out, each by the fullest name that the source gives."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from natobot.model import Passage

# A capitalised word; a stop belongs to it only behind initials ("U.S.", "J.") and short titles ("Sen.").
CAP = r"(?:(?:[A-Z]\.)+|(?:Gen|Sen|Rep|Gov|Dr|Mr|Mrs|Ms|Prof|St|Col|Adm|Lt)\.|[^\W\d_a-z][\w]*(?:[’'\-](?!s\b)\w+)*)"
_PARTICLE = r"(?:de|del|della|van|von|der|den|ter|la|le|du|di|da|dos|bin|ibn|al|el|ben)"
TITLE = (
    r"(?:(?:Vice |Deputy |Prime |Foreign |Defen[cs]e |First )?(?:President|Minister|Chancellor|Premier|Secretary(?:[- ]General)?"
    r"(?: of (?:State|Defen[cs]e|War|the Treasury))?|Senator|Congress(?:wo)?man|Representative|Governor|Ambassador|Mayor"
    r"|Commissioner|Chair(?:wo)?man|Speaker|General|Admiral|Colonel|Captain|Commander|Marshal|Professor|Doctor|Lord|Lady"
    r"|Baroness|Sir|Dame|King|Queen|Prince|Princess|Emperor|Tsar|Pope|Judge|Justice)"
    r"|(?:Gen|Sen|Rep|Gov|Dr|Mr|Mrs|Ms|Prof|Col|Adm|Lt)\.?)"
)
# The words a title is made of, for a cheap look.
TITLE_WORDS = frozenset(
    """President Minister Chancellor Premier Secretary Secretary-General Senator Congressman Congresswoman Representative Governor
    Ambassador Mayor Commissioner Chairman Chairwoman Speaker General Admiral Colonel Captain Commander Marshal Professor Doctor
    Lord Lady Baroness Sir Dame King Queen Prince Princess Emperor Tsar Pope Judge Justice Gen Sen Rep Gov Dr Mr Mrs Ms Prof Col
    Adm Lt Gen. Sen. Rep. Gov. Dr. Mr. Mrs. Ms. Prof. Col. Adm. Lt.""".split()
)
_GIVEN = rf"{CAP}(?:\s+(?:{_PARTICLE}\s+){{0,2}}{CAP}){{0,3}}"
# Several titles may stand before a name; the last one goes with it ("Secretary General Lord Ismay" is Lord Ismay).
TITLED = re.compile(rf"(?<![\w-])(?:{TITLE}\s+)*(?P<name>{TITLE}\s+(?!of\b)(?:{_PARTICLE}\s+)?{_GIVEN})")
# Two or more capitalised words, or one: a name of whatever kind.
NAME = re.compile(rf"(?<![\w’'-]){_GIVEN}")
_DOC_HEAD = (
    r"(?:Treat(?:y|ies)|Concept|Charter|Act|Agreement|Declaration|Communiqu[eé]|Report|Study|Agenda|Strategy|Doctrine|Resolution"
    r"|Constitution|Convention|Protocol|Accords?|Memorandum|Statement|Review|Plan|Paper|Guidance|Manifesto|Compass|Roadmap"
    r"|Directive|Bill|Letter|Pact|Covenant|Decree|Proclamation)"
)
_YEAR = r"(?:1\d{3}|20\d{2})"
DOCUMENT = re.compile(
    rf"(?<![\w-])(?:(?P<year>{_YEAR})\s+)?(?P<core>(?:(?:{CAP}|{_YEAR})\s+(?:on\s+|of\s+|for\s+|and\s+)?){{0,5}}(?P<head>{_DOC_HEAD}))"
    rf"(?![\w-])(?:\s+(?:of\s+)?(?P<late>{_YEAR})(?![\d\w-]))?"
)
# A cheap look; plain literals, so that the engine can skip ahead.
_MAY_NAME = re.compile(
    "Treat|Concept|Charter|Act|Agreement|Declaration|Communiqu|Report|Study|Agenda|Strategy|Doctrine|Resolution|Constitution"
    "|Convention|Protocol|Accord|Memorandum|Statement|Review|Plan|Paper|Guidance|Manifesto|Compass|Roadmap|Directive|Bill|Letter"
    "|Pact|Covenant|Decree|Proclamation"
)
# A document that is only pointed at: "the treaty", "its new report".
POINTED = re.compile(
    r"\b(?:[Tt]he|[Tt]his|[Tt]hat|[Ii]ts|[Tt]heir)\s+(?:(?:new|latest|same|final|founding|entire|NATO|UN|EU|U\.S\.)\s+){0,2}"
    r"(?P<head>[Tt]reaty|[Cc]oncept|[Cc]harter|[Aa]ct|[Aa]greement|[Dd]eclaration|[Cc]ommuniqu[eé]|[Rr]eport|[Ss]tudy|[Aa]genda"
    r"|[Ss]trategy|[Dd]octrine|[Rr]esolution|[Cc]onstitution|[Cc]onvention|[Pp]rotocol|[Mm]emorandum|[Ss]tatement|[Rr]eview"
    r"|[Pp]lan|[Pp]aper|[Mm]anifesto|[Pp]act|[Dd]ocument|[Tt]ext|[Ll]etter)(?![\w-])"
)
# Heads that may point at a document of any kind.
_ANY = frozenset({"document", "text", "report", "paper"})
# A capital at the head of a sentence is no name.
OPENERS = frozenset(
    """the this that these those a an it its he she they we you i his her their our my in on at by for from with without as if
    when while although though since because before after but and so yet or nor however thus therefore moreover meanwhile indeed
    first second third finally secondly there here what who whom whose why how where which some many most all no not only just
    even such likewise instead inversely later today now then once under over during despite beyond both each every another
    other others one two three to of into upon until unless perhaps maybe still also again yes according given like unlike
    next last notably clearly""".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document named in a sentence."""

    # Which passage, counted from 0.
    passage: int
    # Where in its text.
    start: int
    # One past.
    end: int
    # As written, without article.
    name: str
    # The kind of document, lower case and singular.
    head: str
    # The year in its name, or null.
    year: str | None


def documents(text: str, passage: int = 0) -> list[Document]:
    """The documents a sentence names, in order; one that is only pointed at is none."""
    found: list[Document] = []
    if not _MAY_NAME.search(text):
        return found
    for match in DOCUMENT.finditer(text):
        start, name = match.span()[0], match.group()
        first = name.split()[0]
        while first.lower() in OPENERS and " " in name:
            start += len(first) + 1
            name = text[start : match.end()]
            first = name.split()[0]
        head = match["head"].lower()
        if name.lower() == head and not match["late"]:
            continue
        year = re.search(_YEAR, name)
        found.append(
            Document(passage=passage, start=start, end=match.end(), name=name, head=head, year=year.group() if year else None)
        )
    return found


def _last(name: str) -> str:
    return name.rsplit(maxsplit=1)[-1]


class Names:
    """The persons and documents of a source; looks up the fullest form of each."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.index = {passage.id: i for i, passage in enumerate(passages)}
        self.passages = passages
        self._persons: dict[str, list[tuple[int, str]]] = {}
        self._documents: list[Document] | None = None

    @property
    def documents(self) -> list[Document]:
        """All documents named, in the order of the source."""
        if self._documents is None:
            self._documents = [d for i, p in enumerate(self.passages) for d in documents(p.text, i)]
        return self._documents

    @property
    def persons(self) -> dict[str, list[tuple[int, str]]]:
        """Surname to the longer forms it stands in, each with its passage."""
        if not self._persons:
            for i, passage in enumerate(self.passages):
                text = passage.text
                if not TITLE_WORDS.isdisjoint(text.split()):
                    for match in TITLED.finditer(text):
                        self._add(match["name"], i)
                for match in NAME.finditer(text):
                    words = match.group().split()
                    if len(words) > 1 and words[0].lower() not in OPENERS and not TITLED.fullmatch(match.group()):
                        self._add(match.group(), i)
            self._persons.setdefault("", [])
        return self._persons

    def _add(self, name: str, passage: int) -> None:
        self._persons.setdefault(_last(name), []).append((passage, name))

    def is_person(self, name: str) -> bool:
        """Whether the source gives a bearer of this last name a title somewhere."""
        return any(TITLED.fullmatch(form) for _, form in self.persons.get(_last(name), []))

    def person(self, name: str, passage: int) -> str:
        """The fullest form of a person's name: one given at or before ``passage``, else the only one given later.

        Full names come first and short ones after, so a longer form that comes later may be somebody else.
        """
        words = set(name.split())
        longer = [(at, form) for at, form in self.persons.get(_last(name), []) if words < set(form.split())]
        before = [form for at, form in longer if at <= passage]
        if before:
            titled = [form for form in before if TITLED.fullmatch(form)]
            return max(titled or before, key=len)
        later = {form for _, form in longer if TITLED.fullmatch(form) or len(words) == 1}
        return later.pop() if len(later) == 1 and len(words) == 1 else name

    def document(self, name: str, head: str, passage: int, years: Sequence[str]) -> str | None:
        """The fullest name of a document that is pointed at or named without its year; null if the source names none.

        ``years`` are the years that stand beside it; a document of another year is another document.
        """
        known = self.documents
        cut = bisect_left([d.passage for d in known], passage + 1)
        words = set(name.lower().split()) - OPENERS - {"new", "latest", "same", head}
        before = [d for d in reversed(known[:cut]) if d.head == head or head in _ANY]
        if not words and before:
            # "the treaty": the one named last; "the report": whichever was.
            nearest = before[0]
            return nearest.name if nearest.year else self.document(nearest.name, nearest.head, passage, years)
        core = set(name.lower().split())
        fuller = [d for d in [*before, *known[cut:]] if d.year and d.head == head and core & set(d.name.lower().split()) >= core]
        if years:
            fuller = [d for d in fuller if d.year in years]
        if fuller:
            return fuller[0].name
        return name if core - {head} else None
