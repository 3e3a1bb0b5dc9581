"""Names and their other forms, ready for look-up: who is meant, which words say the same, what is a name at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from natobot.fold import STOP_WORDS, fold, stem
from natobot.intents import Alias
from natobot.model import Source

Phrase = tuple[str, ...]
_LONGEST = 6
# "The Chinese author" may be called any of these.
_AUTHOR_NOUNS = tuple(
    """author writer scholar analyst academic professor expert researcher commentator essay essayist text article piece paper
    person guy view perspective source think-tank think-tanker""".split()
)
_PERSON_TITLES = tuple("professor prof dr mr mrs ms".split())
_AUTHOR_TITLES = frozenset(("the", "a", "an", *_PERSON_TITLES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Forms that say the same: a name with its aliases, or synonyms of the field."""

    # The name as sources use it.
    name: str
    # Every form as the stems of its content words.
    forms: tuple[frozenset[str], ...]
    # Whether the forms are true equivalents (names) or only near in meaning.
    equal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Look-up tables over stemmed phrases."""

    # Stemmed phrase to the groups it belongs to; several where it has several meanings.
    groups: Mapping[Phrase, tuple[Group, ...]]
    # Folded phrase to the source it names ("the chinese author").
    authors: Mapping[Phrase, str]
    # Folded names, also of things no source speaks of.
    names: frozenset[Phrase]
    # Their first words, so that most words need no further look.
    first: frozenset[str]

    def groups_at(self, stems: Sequence[str], at: int) -> tuple[int, tuple[Group, ...]]:
        """The longest alias that begins at ``at``: (how many words, its groups); (0, ()) if none does."""
        for length in range(min(_LONGEST, len(stems) - at), 0, -1):
            if found := self.groups.get(tuple(stems[at : at + length])):
                return length, found
        return 0, ()

    def author_at(self, folded: Sequence[str], at: int) -> tuple[int, str]:
        """The longest name of a source's author that begins at ``at``: (how many words, source id)."""
        for length in range(min(_LONGEST, len(folded) - at), 0, -1):
            if found := self.authors.get(tuple(folded[at : at + length])):
                return length, found
        return 0, ""

    def name_at(self, folded: Sequence[str], at: int) -> int:
        """How many words the longest known name has that begins at ``at``."""
        if folded[at] not in self.first:
            return 0
        for length in range(min(_LONGEST, len(folded) - at), 0, -1):
            phrase = tuple(folded[at : at + length])
            # On a phone "Trump's" is "trumps".
            if phrase in self.names or (*phrase[:-1], phrase[-1].removesuffix("s")) in self.names:
                return length
        return 0


def lexicon(aliases: Iterable[Alias], names: Iterable[str], sources: Iterable[Source]) -> Lexicon:
    """Build the tables from ``responses/`` and the sources' own names."""
    aliases = tuple(aliases)
    # Folding is nearly all of the work here, so each form is folded once.
    forms = {form: tuple(fold(form).split()) for alias in aliases for form in (alias.name, *alias.aliases)}
    by_name = {alias.name: _group(alias, forms) for alias in aliases}
    groups: dict[Phrase, list[Group]] = {}
    known = {tuple(name.split()) for name in names}
    for alias in aliases:
        meant = [by_name[alias.name], *(by_name[name] for name in alias.meanings if name in by_name)]
        for form in (alias.name, *alias.aliases):
            folded = forms[form]
            phrase = tuple(map(stem, folded))
            for group in meant:
                if phrase and group not in groups.setdefault(phrase, []):
                    groups[phrase].append(group)
            if form[:1].isupper() and alias.name[:1].isupper() and not set(folded) <= STOP_WORDS:
                known.add(folded)
    first = {name[0] for name in known if name}
    return Lexicon(
        groups={phrase: tuple(found) for phrase, found in groups.items()},
        authors=_authors(sources),
        names=frozenset(name for name in known if name),
        first=frozenset(first | {word + "s" for word in first}),
    )


def _group(alias: Alias, forms: Mapping[str, Phrase]) -> Group:
    found = dict.fromkeys(_content(forms[form]) for form in (alias.name, *alias.aliases))
    return Group(name=alias.name, forms=tuple(found), equal=alias.name[:1].isupper())


def _content(folded: Phrase) -> frozenset[str]:
    return frozenset(stem(word) for word in folded if word not in STOP_WORDS) or frozenset(map(stem, folded))


def _authors(sources: Iterable[Source]) -> dict[Phrase, str]:
    """The names people use for a source's author; a surname only where it names one source."""
    found: dict[Phrase, set[str]] = {}
    for source in sources:
        names = [name for author in source.authors for name in (author, author.split()[-1])]
        phrases = [*names, *source.aliases, *(f"{title} {name}" for title in _PERSON_TITLES for name in names)]
        if not source.title_is_descriptive:
            phrases.append(source.title)
        for phrase in phrases:
            folded = fold(phrase).split()
            bare = folded
            while bare and bare[0] in _AUTHOR_TITLES and len(bare) > 1:
                bare = bare[1:]
            forms = [folded, bare]
            if len(bare) == 2 and bare[1] in _AUTHOR_NOUNS:
                forms += [[bare[0], *fold(noun).split()] for noun in _AUTHOR_NOUNS]
            for form in forms:
                found.setdefault(tuple(form), set()).add(source.id)
    return {phrase: next(iter(ids)) for phrase, ids in found.items() if phrase and len(ids) == 1}
