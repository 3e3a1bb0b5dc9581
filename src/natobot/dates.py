"""Historical dates as EDTF (ISO 8601-2:2019, level 0 and the decades of level 1): which forms natobot uses, how precise."""

import datetime
import re

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?\Z")
_DECADE = re.compile(r"[0-9]{3}X\Z")


def is_edtf(text: str) -> bool:
    """Whether ``text`` is one of the forms natobot uses: 1949, 2014-03, 2001-09-11, 199X, 2004/2014."""
    if "/" in text:
        first, _, second = text.partition("/")
        return _is_date(first) and _is_date(second) and first <= second
    return bool(_DECADE.match(text)) or _is_date(text)


def precision(text: str) -> str:
    """``day``, ``month``, ``year``, ``decade`` or ``range`` of an EDTF date."""
    if "/" in text:
        return "range"
    if text.endswith("X"):
        return "decade"
    return ("year", "month", "day")[text.count("-")]


def _is_date(text: str) -> bool:
    match = _DATE.match(text)
    if not match:
        return False
    year, month, day = (int(part) if part else 1 for part in match.groups())
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True
