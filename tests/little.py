"""A small set of documents and responses of our own, quick to build and free to spoil."""

import os
from pathlib import Path

from natobot.settings import Settings
from natobot.words import Words

SOURCES = """\
ferry:
  file: ferry.txt
  title: "[On the ferry]"
  authors: [Ada Quill]
  issued: null
  container: null
  publisher: null
  url: null
  editor:
    aliases: [the harbour author]
mill:
  file: mill.txt
  title: The Mill
  authors: [Bo Ferrant]
  issued: 1999-05-04
  container: Marsh Papers
  publisher: null
  url: null
"""
FERRY = """\
The ferry to Oldport was founded in 1901. It sank in the storm of 1902 with 140 sheep on board. Nobody was drowned.

The mayor of Oldport promised a new ferry. It sank in the spring of 1911.
"""
MILL = """\
The mill at Westrow grinds barley for nine villages along the river, by day and by night. \
Its owner calls the ferry “a promise made of rope” and walks.

In 1911 the mill bought a steam engine.
"""
CARDS = """\
topic: boats
cards:
  founding:
    evidence: {ferry: "The ferry to Oldport was founded"}
    subjects: [ferry, Oldport]
    ask:
      - when did the ferry start
      - how old is the boat line
  sinking:
    evidence: {ferry: "It sank in the storm of 1902"}
    subjects: [ferry]
    ask: [what happened to the first ferry]
"""
INTENTS = """\
greeting:
  say: greeting
  phrases: [hello, hi there]
help:
  say: help
  phrases: [help, what can you do]
define:
  phrases:
    - what is {term}
"""
ALIASES = """\
Oldport: [the harbour town]
"""
NAMES = """\
places: [Iceland]
"""
TOPICS = """\
boats:
  title: Boats
  keywords: [ferry, boat]
"""


def little(folder: Path, shipped: Settings) -> Settings:
    """Settings for two short documents and two cards below ``folder``; the word list comes from the home of ``shipped``."""
    seeds, responses, home = folder / "seeds", folder / "responses", folder / "home"
    for path in (seeds, responses / "cards", home):
        path.mkdir(parents=True)
    for name, text in (("sources.yaml", SOURCES), ("ferry.txt", FERRY), ("mill.txt", MILL)):
        (seeds / name).write_text(text, "utf-8")
    for name, text in (
        ("cards/boats.yaml", CARDS),
        ("intents.yaml", INTENTS),
        ("aliases.yaml", ALIASES),
        ("names.yaml", NAMES),
        ("topics.yaml", TOPICS),
    ):
        (responses / name).write_text(text, "utf-8")
    (responses / "wording.yaml").write_bytes((shipped.responses / "wording.yaml").read_bytes())
    Words.open(shipped.home)
    for words in shipped.home.glob("words-*"):
        os.link(words, home / words.name)
    return Settings(home=home, seeds=seeds, responses=responses)


def spoil(settings: Settings, name: str, old: str, new: str) -> Path:
    """Change a file of the responses; ``name`` is its path below the folder."""
    path = settings.responses / name
    text = path.read_text("utf-8")
    assert old in text, f"{name} does not hold {old!r}"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def environment(settings: Settings) -> dict[str, str]:
    """The environment in which a process of its own finds these settings."""
    return os.environ | {
        "NATOBOT_HOME": str(settings.home),
        "NATOBOT_SEEDS": str(settings.seeds),
        "NATOBOT_RESPONSES": str(settings.responses),
    }
