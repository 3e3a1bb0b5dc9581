"""``responses/*.yaml`` in, what a question may want out: intents with their phrasings, aliases, names, and our own wording."""

import re
import string
from dataclasses import dataclass
from pathlib import Path

from natobot.errors import FileError
from natobot.fold import fold
from natobot.yamlfile import Entry, load

# What code can do; intents.yaml says how people ask for it.
ACTIONS = (
    "ask",
    "define",
    "who_said",
    "when",
    "figure",
    "sources",
    "help",
    "about",
    "greeting",
    "thanks",
    "goodbye",
    "decline",
)
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One phrasing of an intent."""

    # Name of the intent.
    intent: str
    # The phrasing as written.
    phrase: str
    # The folded phrasing as a regular expression, its slots as named groups.
    regex: re.Pattern[str]
    # The name of its slot, or null.
    slot: str | None
    # The folded phrasing, for fuzzy matching; empty where there is a slot.
    folded: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Other ways to say a name or a term of the field."""

    # The name as sources use it.
    name: str
    # Its other forms.
    aliases: tuple[str, ...]
    # What it may mean, where it has more than one meaning.
    meanings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """Everything in ``responses/`` but the cards."""

    # In the order of the file.
    patterns: tuple[Pattern, ...]
    # Intent to the key of ``wording.yaml`` it says, for small talk.
    says: dict[str, str]
    # In the order of the file.
    aliases: tuple[Alias, ...]
    # Folded names that people may ask about in lower case, whether or not a source speaks of them.
    names: frozenset[str]
    # Every sentence the bot itself says.
    wording: dict[str, str]


def responses(folder: Path) -> Responses:
    """Read and validate intents, aliases, names and wording.

    Raises:
        FileError: a missing file, a wrong key, an unknown intent or placeholder; one line with file, line and remedy.
    """
    wording = _wording(_open(folder / "wording.yaml"))
    patterns: list[Pattern] = []
    says: dict[str, str] = {}
    for intent, entry in _open(folder / "intents.yaml").mapping().items():
        if intent not in ACTIONS:
            raise entry.fail(f"no action is called {intent!r}", f"Known intents: {', '.join(ACTIONS)}.")
        record = entry.record(("phrases",), ("say",))
        if "say" in record:
            key = record["say"].text()
            if key not in wording:
                raise record["say"].fail(f"wording.yaml has no sentence {key!r}", "Add it there, or correct the key.")
            says[intent] = key
        patterns += [_pattern(intent, phrase) for phrase in record["phrases"].items()]
    return Responses(
        patterns=tuple(patterns),
        says=says,
        aliases=_aliases(folder / "aliases.yaml"),
        names=_names(folder / "names.yaml"),
        wording=wording,
    )


def _open(path: Path) -> Entry:
    if not path.is_file():
        raise FileError(path, None, "not found", "Restore it from the shipped responses/, or point NATOBOT_RESPONSES elsewhere.")
    return load(path)


def _pattern(intent: str, entry: Entry) -> Pattern:
    phrase = entry.text()
    slots = _SLOT.findall(phrase)
    if len(slots) > 1:
        raise entry.fail("a phrasing has at most one slot", "Split it into two phrasings.")
    parts = [re.escape(fold(part)) for part in _SLOT.split(phrase)[::2]]
    if not slots:
        if not parts[0]:
            raise entry.fail("a phrasing needs words", "Write some, or remove the line.")
        return Pattern(intent=intent, phrase=phrase, regex=re.compile(f"{parts[0]}$"), slot=None, folded=fold(phrase))
    before, after = (f"{parts[0]} " if parts[0] else ""), (f" {parts[1]}" if parts[1] else "")
    regex = re.compile(f"{before}(?P<{slots[0]}>.+?){after}$")
    return Pattern(intent=intent, phrase=phrase, regex=regex, slot=slots[0], folded="")


def _wording(entry: Entry) -> dict[str, str]:
    found = {}
    for key, value in entry.mapping().items():
        text = value.text()
        try:
            list(string.Formatter().parse(text))
        except ValueError as error:
            raise value.fail(f"the braces do not match ({error})", "Write {name} for a value, {{ and }} for braces.") from error
        found[key] = text
    return found


def _aliases(path: Path) -> tuple[Alias, ...]:
    if not path.is_file():
        return ()
    found = []
    for name, entry in load(path).mapping().items():
        if entry.is_mapping:
            record = entry.record(("aliases",), ("meanings",))
            meanings = record["meanings"].texts() if "meanings" in record else ()
            found.append(Alias(name=name, aliases=record["aliases"].texts(), meanings=meanings))
        else:
            found.append(Alias(name=name, aliases=entry.texts(), meanings=()))
    return tuple(found)


def _names(path: Path) -> frozenset[str]:
    if not path.is_file():
        return frozenset()
    return frozenset(fold(name) for group in load(path).mapping().values() for name in group.texts())
