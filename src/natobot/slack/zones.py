"""What people call a time zone goes in, its IANA name comes out, or why it is none that we take."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from zoneinfo import available_timezones

UTC = "UTC"
# Options of one group of a menu.
_GROUP = 100
_OFFSET = re.compile(r"(utc|gmt)?[+\-\u2212]\d{1,2}(:?\d{2})?")
# Short forms stand for several zones, or leave out the summer: the zone that most people mean is only proposed.
_SHORT = {
    "America/New_York": "est edt et eastern",
    "America/Chicago": "cst cdt central",
    "America/Denver": "mst mdt mountain",
    "America/Los_Angeles": "pst pdt pt pacific",
    "Pacific/Honolulu": "hst",
    "America/Anchorage": "akst akdt",
    "America/Halifax": "ast adt",
    "America/Sao_Paulo": "brt",
    "Europe/London": "bst",
    "Europe/Lisbon": "wet west",
    "Europe/Brussels": "cet cest met mest mez mesz",
    "Europe/Athens": "eet eest",
    "Europe/Moscow": "msk",
    "Asia/Kolkata": "ist",
    "Asia/Shanghai": "prc",
    "Asia/Singapore": "sgt",
    "Asia/Hong_Kong": "hkt",
    "Asia/Tokyo": "jst",
    "Asia/Seoul": "kst rok",
    "Australia/Sydney": "aest aedt",
    "Australia/Adelaide": "acst acdt",
    "Australia/Perth": "awst",
    "Pacific/Auckland": "nzst nzdt",
}
_PROPOSED = {short: zone for zone, shorts in _SHORT.items() for short in shorts.split()}


def zone_of(words: str) -> str | None:
    """The IANA name behind what somebody wrote: the name itself in any case, a city, UTC or GMT."""
    key = re.sub(r"\s+", "_", words.strip()).casefold()
    if key in ("utc", "gmt", "z"):
        return UTC
    if key in _PROPOSED:
        return None
    return _named().get(key) or _cities().get(key)


def proposed(words: str) -> str | None:
    """For a short form such as CET, the zone that most people mean by it."""
    return _PROPOSED.get(words.casefold())


def is_offset(words: str) -> bool:
    """Whether this is a distance from UTC, which knows no summer time."""
    return bool(_OFFSET.fullmatch(words.casefold()))


def is_zone(name: str) -> bool:
    """Whether this is the very name of a zone that there is."""
    return name in _all()


def cities() -> list[str]:
    """The cities by which zones are known, for a proposal where one is misspelt."""
    return [zone.rpartition("/")[2].replace("_", " ") for zone in _current()]


@lru_cache(maxsize=1)
def groups() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The zones to choose from, by part of the world, as many to a group as a menu takes."""
    found: list[tuple[str, tuple[str, ...]]] = [(UTC, (UTC,))]
    by_region: dict[str, list[str]] = {}
    for zone in _current():
        by_region.setdefault(zone.partition("/")[0], []).append(zone)
    for region, zones in sorted(by_region.items()):
        for at in range(0, len(zones), _GROUP):
            part = zones[at : at + _GROUP]
            ends = f" ({_city(part[0])} – {_city(part[-1])})" if len(zones) > _GROUP else ""
            found.append((region + ends, tuple(part)))
    return tuple(found)


def _city(zone: str) -> str:
    return zone.partition("/")[2].replace("_", " ")


@lru_cache(maxsize=1)
def _current() -> tuple[str, ...]:
    """The zones of today's world, without the old names that still lead to them."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    return tuple(sorted({line.split("\t")[2] for line in table.splitlines() if line and not line.startswith("#")}))


@lru_cache(maxsize=1)
def _all() -> frozenset[str]:
    """Every name that can be opened; to look for them takes longer than a command may."""
    return frozenset(name for name in available_timezones() if name != "localtime")


@lru_cache(maxsize=1)
def _named() -> dict[str, str]:
    """Every name of the database, old ones too, but for those that are short forms or no place."""
    return {name.casefold(): name for name in sorted(_all()) if "/" in name}


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    """City to zone; of one that several zones are named after, none."""
    found: dict[str, set[str]] = {}
    for name in _current():
        found.setdefault(name.rpartition("/")[2].casefold(), set()).add(name)
    known = {city: names.pop() for city, names in found.items() if len(names) == 1}
    return {**dict(_older(known)), **known}


def _older(known: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Cities that only older names have, such as Calcutta."""
    found: dict[str, set[str]] = {}
    for name in _all():
        region, _, city = name.rpartition("/")
        if region in ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"):
            found.setdefault(city.casefold(), set()).add(name)
    return ((city, next(iter(names))) for city, names in found.items() if len(names) == 1 and city not in known)
