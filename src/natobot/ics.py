"""Dated statements in, a calendar file (RFC 5545) out, which calendar programs subscribe to or import.

What is dated to a day returns every year; what is dated to a month, a year or longer covers all of it, once, so that no
precision is claimed that the source does not have.
"""

import datetime
import hashlib
from collections.abc import Iterable, Iterator

from icalendar import Calendar, vRecur
from icalendar import Event as Entry

from natobot import __version__
from natobot.model import Event, Snippet, Source
from natobot.render import Wording, authors, citation, clip, in_words

# Characters of a title in a calendar.
_TITLE = 90
# The format wants to know when an entry was made; ours are the same whenever they are written.
_STAMP = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def ics(dated: Iterable[tuple[Event, Source, Snippet | None]], wording: Wording) -> str:
    """Dated statements as one calendar: each with its source and, but for days of publication, its sentence."""
    calendar = Calendar()
    calendar.add("prodid", f"-//natobot//natobot {__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", "natobot")
    seen: set[str] = set()
    for event, source, snippet in dated:
        if not event.date:
            continue
        entry = _entry(event, source, snippet, wording)
        if str(entry["uid"]) not in seen:
            seen.add(str(entry["uid"]))
            calendar.add_component(entry)
    return str(calendar.to_ical().decode("utf-8"))


def _entry(event: Event, source: Source, snippet: Snippet | None, wording: Wording) -> Entry:
    first, last = _span(str(event.date))
    named = hashlib.sha256(f"{event.source}\0{event.passage}\0{event.date}".encode()).hexdigest()
    entry = Entry()
    entry.add("uid", f"{named[:32]}@natobot")
    entry.add("dtstamp", _STAMP)
    entry.add("dtstart", first)
    if last < datetime.date.max:
        # The day after the last.
        entry.add("dtend", last + datetime.timedelta(days=1))
    if event.precision == "day":
        entry.add("rrule", vRecur({"FREQ": "YEARLY"}))
    told = snippet.passage.text if snippet else f"{authors(source)}: {source.title}"
    entry.add("summary", clip(f"{in_words(str(event.date))}: {told}", _TITLE))
    entry.add("description", f"{snippet.text}\n\n— {citation(snippet, wording)}" if snippet else told)
    entry.add("transp", "TRANSPARENT")
    if source.url:
        entry.add("url", source.url)
    return entry


def _span(date: str) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of an EDTF date."""
    first, _, last = date.partition("/")
    return min(_days(first)), max(_days(last or first))


def _days(date: str) -> Iterator[datetime.date]:
    if date.endswith("X"):
        yield datetime.date(int(date[:-1] + "0") or 1, 1, 1)
        yield datetime.date(int(date[:-1] + "9"), 12, 31)
        return
    year, month, day = (int(part) for part in (date + "-0-0").split("-")[:3])
    yield datetime.date(year, month or 1, day or 1)
    if day:
        return
    after = datetime.date(year + (month == 12), month % 12 + 1, 1) if month else None
    yield after - datetime.timedelta(days=1) if after else datetime.date(year, 12, 31)
