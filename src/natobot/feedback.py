"""What people say of answers: votes, what the editors are told, and which answers were shared. Records in, records out.

Every row belongs to a workspace. What the editors are told bears no name; a vote does, and holds no question.
"""

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from natobot.database import feedback, shares, unanswered
from natobot.state import State, Workspace, owner

RETENTION = 30 * 24 * 3600.0

# Why the editors are told: nothing was found, or what was found did not help.
NoteKind = Literal["unanswered", "not_helpful"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The message that somebody acted on."""

    # Whose row it is.
    workspace: Workspace
    # Channel of the message; "" for the Home tab.
    channel: str
    # ``ts`` of the message, or the id of the view.
    message_ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the editors are told."""

    # Why.
    kind: NoteKind
    # The question, cut; "" where questions are not kept.
    question: str = field(repr=False)
    # What the person added, or "".
    reason: str = field(repr=False)
    # Ids of the passages that were shown.
    passages: tuple[str, ...]
    # When, in seconds since 1970.
    filed_at: float


class Feedback:
    """The feedback in the state database; safe to use from many threads, and by many processes at once."""

    def __init__(self, state: State, *, keep_questions: bool = True) -> None:
        self._state = state
        # Whether questions may be written down; without, only reasons and passages are.
        self.keep_questions = keep_questions

    def vote(self, place: Place, person: str, *, helpful: bool) -> bool:
        """Note whether an answer helped somebody; false if they had said the same before."""
        key = {**_place(place), "person": person}
        now = time.time()
        if self._state.insert_once(feedback, {**key, "helpful": helpful, "given_at": now}):
            return True
        changed = sa.update(feedback).where(*_is(feedback, key), feedback.c.helpful != helpful)
        with self._state.begin_work() as connection:
            return connection.execute(changed.values(helpful=helpful, given_at=now)).rowcount == 1

    def file_unanswered(self, workspace: Workspace, question: str) -> bool:
        """Tell the editors of a question without an answer, once however often it is asked; false if none are kept."""
        if not self.keep_questions:
            return False
        note = hashlib.sha256(question.encode("utf-8", "replace")).hexdigest()[:32]
        self._file(workspace, note, "unanswered", question, "", ())
        return True

    def file_not_helpful(self, workspace: Workspace, question: str, passages: Sequence[str], reason: str = "") -> str:
        """Tell the editors of an answer that did not help; gives the note's name, to add the reason to."""
        note = secrets.token_hex(16)
        self._file(workspace, note, "not_helpful", question if self.keep_questions else "", reason, passages)
        return note

    def add_reason(self, workspace: Workspace, note: str, reason: str) -> bool:
        """Add why an answer did not help; false if the note is gone."""
        which = _is(unanswered, {**owner(workspace), "note": note})
        with self._state.begin_work() as connection:
            return connection.execute(sa.update(unanswered).where(*which).values(reason=reason)).rowcount == 1

    def notes(self, workspace: Workspace, kind: NoteKind, limit: int = 20) -> list[Note]:
        """What the editors of a workspace were told in the last 30 days, newest first."""
        query = (
            sa.select(unanswered)
            .where(*_is(unanswered, owner(workspace)), unanswered.c.kind == kind)
            .where(unanswered.c.filed_at > time.time() - RETENTION)
            .order_by(unanswered.c.filed_at.desc(), unanswered.c.note)
            .limit(limit)
        )
        with self._state.begin_work() as connection:
            rows = connection.execute(query).mappings().all()
        fields = ("kind", "question", "reason", "filed_at")
        return [Note(**{k: row[k] for k in fields}, passages=tuple(row["passages"].split())) for row in rows]

    def claim_share(self, place: Place) -> bool:
        """Claim to share the answer of a message; false if somebody did."""
        return self._state.insert_once(shares, {**_place(place), "shared_at": time.time()})

    def release_share(self, place: Place) -> None:
        """Give a claim back, because nothing was posted."""
        with self._state.begin_work() as connection:
            connection.execute(sa.delete(shares).where(*_is(shares, _place(place))))

    def forget(self, workspace: Workspace, person: str) -> int:
        """Delete what is stored of a person; how many votes and questions that were."""
        gone = sa.delete(feedback).where(*_is(feedback, {**owner(workspace), "person": person}))
        with self._state.begin_work() as connection:
            votes = connection.execute(gone).rowcount
        return votes + self._state.forget(workspace, person)

    def tidy(self) -> None:
        """Delete what may not be kept any longer."""
        end = time.time() - RETENTION
        with self._state.begin_work() as connection:
            for table, at in ((feedback, "given_at"), (unanswered, "filed_at"), (shares, "shared_at")):
                connection.execute(sa.delete(table).where(table.c[at] < end))

    def _file(self, workspace: Workspace, note: str, kind: NoteKind, question: str, reason: str, passages: Sequence[str]) -> None:
        key = {**owner(workspace), "note": note}
        row: dict[str, Any] = {**key, "kind": kind, "question": question, "reason": reason}
        row |= {"passages": " ".join(passages), "filed_at": time.time()}
        if not self._state.insert_once(unanswered, row):
            again = sa.update(unanswered).where(*_is(unanswered, key)).values(filed_at=row["filed_at"])
            with self._state.begin_work() as connection:
                connection.execute(again)


def _place(place: Place) -> dict[str, str]:
    return {**owner(place.workspace), "channel": place.channel, "message_ts": place.message_ts}


def _is(table: sa.Table, key: dict[str, str]) -> list[sa.ColumnElement[bool]]:
    return [table.c[column] == value for column, value in key.items()]
