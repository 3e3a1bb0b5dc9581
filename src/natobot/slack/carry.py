"""What a button carries: the question (cut) and ids of passages go into its ``value`` and come out again, or nothing does.

Some carry a day's place among the quotations instead, or a channel.

It holds no state of ours, so that a button survives a restart.
"""

import datetime
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

QUESTION = 300
# Slack's limit for a button's value.
_VALUE = 2000
_PASSAGES = 10
_ID = re.compile(r"[^\s/]{1,100}/[0-9a-f]{12}(-[0-9]{1,6})?")
_CHANNEL = re.compile(r"[A-Z0-9]{1,64}")
# More quotations than anybody turns over in a day.
_FURTHER = 9_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a button was about."""

    # The question, at most 300 characters of it.
    question: str = field(repr=False)
    # Ids of the passages of the answer, best first.
    passages: tuple[str, ...] = ()
    # How many of them the card shows.
    shown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Which quotation after a day's post a button asks for."""

    # The date of the post.
    date: datetime.date
    # The channel whose order it is, or "".
    channel: str
    # The n-th after the post, from 1.
    further: int


def cut(question: str) -> str:
    """A question as it is carried: on one line, without control characters, at most 300 characters."""
    visible = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in question[: 4 * QUESTION])
    return " ".join(visible.split())[:QUESTION].rstrip()


def pack(question: str, passages: Sequence[str] = (), shown: int = 0) -> str:
    """The value of a button; of very long ids the last are left out."""
    ids = list(passages[:_PASSAGES])
    while True:
        value = json.dumps({"q": cut(question), "p": ids, "n": min(shown, len(ids))}, ensure_ascii=False, separators=(",", ":"))
        if len(value.encode("utf-16-le")) // 2 <= _VALUE or not ids:
            return value
        ids.pop()


def unpack(value: object) -> Carried | None:
    """What a button carries; nothing if it is not one of ours, or of a version that carried something else."""
    found = _loaded(value)
    question, passages, shown = found.get("q"), found.get("p"), found.get("n")
    if not isinstance(question, str) or not isinstance(passages, list) or not isinstance(shown, int):
        return None
    if not all(isinstance(each, str) and is_id(each) for each in passages):
        return None
    return Carried(question=cut(question), passages=tuple(passages[:_PASSAGES]), shown=shown)


def pack_turn(turn: Turn) -> str:
    """The value of a button that asks for another quotation."""
    return json.dumps({"d": turn.date.isoformat(), "c": turn.channel, "n": turn.further}, separators=(",", ":"))


def unpack_turn(value: object) -> Turn | None:
    """Which quotation a button asks for; nothing if it is not one of ours."""
    found = _loaded(value)
    day, channel, further = found.get("d"), found.get("c"), found.get("n")
    if not isinstance(day, str) or not isinstance(further, int) or not 1 <= further <= _FURTHER:
        return None
    if not isinstance(channel, str) or not (channel == "" or is_channel(channel)):
        return None
    try:
        return Turn(date=datetime.date.fromisoformat(day), channel=channel, further=further)
    except ValueError:
        return None


def _loaded(value: object) -> dict[str, Any]:
    """A value as the mapping it was written from; an empty one where it is none."""
    if not isinstance(value, str) or len(value) > _VALUE:
        return {}
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def is_channel(text: str) -> bool:
    """Whether a text has the shape of a channel's id."""
    return bool(_CHANNEL.fullmatch(text))


def is_id(text: str) -> bool:
    """Whether a text has the shape of a passage's id."""
    return bool(_ID.fullmatch(text))
