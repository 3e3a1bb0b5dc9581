"""What a button carries: the question (cut) and ids of passages go into its ``value`` and come out again, or nothing does.

It holds no state of ours, so that a button survives a restart.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

QUESTION = 300
# Slack's limit for a button's value.
_VALUE = 2000
_PASSAGES = 10
_ID = re.compile(r"[^\s/]{1,100}/[0-9a-f]{12}(-[0-9]{1,6})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a button was about."""

    # The question, at most 300 characters of it.
    question: str = field(repr=False)
    # Ids of the passages of the answer, best first.
    passages: tuple[str, ...] = ()
    # How many of them the card shows.
    shown: int = 0


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
    if not isinstance(value, str) or len(value) > _VALUE:
        return None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    question, passages, shown = found.get("q"), found.get("p"), found.get("n")
    if not isinstance(question, str) or not isinstance(passages, list) or not isinstance(shown, int):
        return None
    if not all(isinstance(each, str) and is_id(each) for each in passages):
        return None
    return Carried(question=cut(question), passages=tuple(passages[:_PASSAGES]), shown=shown)


def is_id(text: str) -> bool:
    """Whether a text has the shape of a passage's id."""
    return bool(_ID.fullmatch(text))
