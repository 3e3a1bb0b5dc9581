"""What every door calls: open the knowledge, then ask it. Read this first."""

import datetime
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from natobot import build
from natobot.answer import answer, checked, side_by_side, snippet
from natobot.cards import topics
from natobot.cite import Style, cite
from natobot.errors import NatobotError, UnknownPassage
from natobot.intents import Responses, responses
from natobot.lexicon import lexicon
from natobot.model import Answer, Comparison, Passage, Snippet, Source, Taste, Thread, Today, TodayItem, Verdict
from natobot.route import Ears, after_colon, pasted, route
from natobot.settings import Settings
from natobot.store import Store
from natobot.words import Words


class Natobot:
    """The bot without a door: text in, an ``Answer`` out. Safe to share between threads."""

    def __init__(self, settings: Settings, store: Store, said: Responses, words: Words, *, with_cards: bool) -> None:
        self._settings = settings
        self._with_cards = with_cards
        self._words = words
        self._refreshing = threading.Lock()
        # The knowledge that could not be built, if any.
        self._failed: str | None = None
        # What stands in the way of the newest knowledge, if anything does; one line.
        self.warning: str | None = None
        self._take(store, said)

    def _take(self, store: Store, said: Responses) -> None:
        look_up = lexicon(said.aliases, said.names, store.sources.values())
        ears = Ears(store=store, lexicon=look_up, patterns=said.patterns, words=self._words)
        # One assignment, so that a question in another thread sees either the old knowledge or the new.
        self._mind = (store, said, ears, topics(self._settings.responses))

    @staticmethod
    def open(settings: Settings | None = None, *, cards: bool = True, home: Path | None = None) -> "Natobot":
        """Open the knowledge for ``settings`` (the environment's by default), building it if need be.

        ``cards=False`` answers from retrieval and extraction alone. ``home`` overrides where the knowledge lies.

        Raises:
            FileError: a mistake in the seeds or responses; one line with file, line and remedy.
            StoreError: the knowledge cannot be written or read.
        """
        settings = settings or Settings.load()
        if home is not None:
            settings = replace(settings, home=home)
        store, warning = build.ensure(settings)
        if not cards:
            store.leave_out_cards()
        bot = Natobot(settings, store, responses(settings.responses), Words.open(settings.home), with_cards=cards)
        bot.warning = warning
        return bot

    def verify(self, text: str, by: str | None = None) -> Verdict:
        """Whether ``text`` stands in the sources as it is given, and whether ``by`` said it. Never raises."""
        from natobot.verify import verify

        return verify(text, by, self.store)

    def compare(self, topic: str) -> Comparison:
        """What every source says of ``topic``, side by side. Never raises."""
        from natobot.compare import compare

        return compare(topic, self._mind[2], with_cards=self._with_cards)

    def timeline(self, topic: str) -> tuple[TodayItem, ...]:
        """What the sources date of ``topic``, in the order of the dates. Never raises."""
        from natobot.compare import timeline

        return timeline(topic, self._mind[2], with_cards=self._with_cards)

    def today(self, date: datetime.date, channel: str = "", *, taste: Taste = Taste(), further: int = 0) -> Today:  # noqa: B008
        """What the sources say of a date, or a quotation of the day; the same for the same channel, date and taste.

        ``further`` asks for the n-th quotation after it instead.
        """
        from natobot.today import today

        store, _, _, known = self._mind
        return today(
            date, channel, store, taste=taste, further=further, topics={slug: words for slug, (_, words) in known.items()}
        )

    def passage(self, passage_id: str) -> Passage:
        """The passage with this id.

        Raises:
            UnknownPassage: there is none.
        """
        passage = self.store.passage(passage_id)
        if passage is None:
            raise UnknownPassage(passage_id)
        return passage

    def documents(self) -> list[tuple[Source, int]]:
        """The sources in their order, each with the number of its passages."""
        store = self.store
        counts = store.counts()
        return [(source, counts.get(key, 0)) for key, source in store.sources.items()]

    def around(self, passage: Passage, reach: int = 2) -> tuple[list[Passage], list[Passage]]:
        """The passages before and after one, at most ``reach`` each, in the order of the document."""
        store = self.store
        before: list[Passage] = []
        after: list[Passage] = []
        at: Passage | None = passage
        while at and at.previous and len(before) < reach and (at := store.passage(at.previous)):
            before.insert(0, at)
        at = passage
        while at and at.next and len(after) < reach and (at := store.passage(at.next)):
            after.append(at)
        return before, after

    def snippet(self, passage: Passage) -> Snippet:
        """A passage as it is shown."""
        return snippet(passage, self.store)

    def cite(self, passage: Passage, style: Style = "text") -> str:
        """The citation of a passage as ``text``, ``bibtex``, ``csl-json`` or ``ris``."""
        return cite(self.store.sources[passage.source], passage, style, self.wording)

    def export(self, kind: str) -> Iterator[dict[str, Any]]:
        """Everything of one kind, each as the command line's contract has it."""
        from natobot.export import export

        yield from export(kind, self.store)

    def calendar(self) -> str:
        """All that the sources date, as a calendar file."""
        from natobot.ics import ics

        store = self.store
        passages = ((event, store.passage(event.passage) if event.passage else None) for event in store.events())
        return ics(((e, store.sources[e.source], self.snippet(p) if p else None) for e, p in passages), self.wording)

    def refresh(self) -> bool:
        """Take newer knowledge if there is any, building it in a child process; whether it was taken.

        A mistake in the files leaves the knowledge in use and is told in ``warning``.
        """
        if not self._refreshing.acquire(blocking=False):
            return False
        try:
            wanted = build.knowledge_hash(self._settings)
            if wanted == self.knowledge:
                self.warning = self._failed = None
                return False
            if wanted == self._failed:
                # The mistake stands; building it again would end the same way.
                return False
            store = build.newer(self._settings, wanted)
            self._take(store, responses(self._settings.responses))
            self.warning = self._failed = None
        except (NatobotError, OSError) as error:
            self.warning, self._failed = str(error), wanted
            return False
        finally:
            self._refreshing.release()
        return True

    @property
    def store(self) -> Store:
        return self._mind[0]

    @property
    def wording(self) -> Mapping[str, str]:
        """Every sentence the bot itself says, by key."""
        return self._mind[1].wording

    @property
    def topics(self) -> Mapping[str, str]:
        """What the documents are sorted by: slug to title, in the order of the file."""
        return {slug: title for slug, (title, _) in self._mind[3].items()}

    @property
    def knowledge(self) -> str:
        """The hash of the knowledge in use."""
        return self._mind[0].hash

    def reply(self, text: str, thread: Thread | None = None) -> Answer:
        """Answer ``text`` after the earlier questions of ``thread``. Never raises, whatever the text."""
        store, said, ears, _ = self._mind
        if quoted := pasted(text):
            return checked(self.verify(quoted), store)
        match = route(text, thread.turns if thread else (), ears)
        if match.intent == "verify":
            return checked(self.verify(after_colon(text, match.slot)), store)
        if match.intent == "compare":
            return side_by_side(self.compare(match.slot), match, store)
        return answer(match, store, said.says, with_cards=self._with_cards)
