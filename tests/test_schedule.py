"""When a daily post is due: each local date once, at the right moment, whatever the zone does to its clocks."""

import datetime
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from natobot.errors import InputError
from natobot.model import Taste
from natobot.schedule import between, due, missed, moment, next_due
from natobot.state import Workspace
from natobot.subscriptions import Subscription, time_of

HERE = Workspace(team="T1")
# 400 days that hold an odd change where the zone has one, by the first of them; elsewhere both changes of 2026.
DAYS = 400
ZONES = {
    **dict.fromkeys(
        """UTC Africa/Casablanca Africa/El_Aaiun Africa/Cairo Africa/Johannesburg America/Argentina/Buenos_Aires
        America/Anchorage America/Asuncion America/Bogota America/Chicago America/Denver America/Halifax America/Havana
        America/Los_Angeles America/New_York America/Nuuk America/Phoenix America/Santiago America/Scoresbysund
        America/St_Johns Antarctica/Casey Antarctica/Troll Asia/Beirut Asia/Colombo Asia/Dhaka Asia/Gaza Asia/Jerusalem
        Asia/Kabul Asia/Kathmandu Asia/Kolkata Asia/Shanghai Asia/Tashkent Asia/Tokyo Asia/Yangon Atlantic/Azores
        Atlantic/Reykjavik Australia/Adelaide Australia/Darwin Australia/Eucla Australia/Lord_Howe Australia/Sydney
        Etc/GMT+12 Europe/Brussels Europe/Dublin Europe/Helsinki Europe/Lisbon Europe/London Europe/Moscow
        Pacific/Auckland Pacific/Chatham Pacific/Easter Pacific/Kiritimati Pacific/Marquesas Pacific/Niue
        Pacific/Pago_Pago""".split(),
        datetime.date(2026, 1, 1),
    ),
    # Across the date line, which swallowed a day.
    "Pacific/Apia": datetime.date(2011, 6, 1),
    "Pacific/Fakaofo": datetime.date(2011, 6, 1),
    "Pacific/Kwajalein": datetime.date(1993, 1, 1),
    "Pacific/Enderbury": datetime.date(1994, 6, 1),
    # A change by half an hour for good, and back again.
    "Asia/Pyongyang": datetime.date(2015, 1, 1),
    "America/Caracas": datetime.date(2016, 1, 1),
    # Other rules from one year to the next.
    "Europe/Istanbul": datetime.date(2016, 1, 1),
    "Europe/Volgograd": datetime.date(2020, 6, 1),
    "Africa/Juba": datetime.date(2020, 12, 1),
    "America/Sao_Paulo": datetime.date(2018, 6, 1),
    "Asia/Amman": datetime.date(2022, 1, 1),
    "America/Mexico_City": datetime.date(2022, 1, 1),
    "America/Toronto": datetime.date(1919, 1, 1),
}
TIMES = [time_of(text) for text in ("0:00", "0:30", "1:30", "2:15", "2:30", "3:00", "9:00", "12:05", "23:30", "23:55")]


def walk(
    zone: str, first: datetime.date
) -> tuple[dict[datetime.datetime, int], list[tuple[datetime.datetime, datetime.datetime]]]:
    """Every five minutes of the days as clocks there show it, by counting: when each was first shown, and the leaps ahead."""
    here = zoneinfo.ZoneInfo(zone)
    start = int(datetime.datetime.combine(first, datetime.time(), datetime.UTC).timestamp()) - 2 * 86400
    shown: dict[datetime.datetime, int] = {}
    leaps = []
    before = datetime.datetime.fromtimestamp(start - 300, here).replace(tzinfo=None, fold=0)
    for minute in range(start, start + (DAYS + 4) * 86400, 300):
        wall = datetime.datetime.fromtimestamp(minute, here).replace(tzinfo=None, fold=0)
        if wall - before > datetime.timedelta(minutes=5):
            leaps.append((before, wall))
        shown.setdefault(wall, minute)
        before = wall
    return shown, leaps


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
def test_each_date_is_due_once_at_the_right_moment(zone: str) -> None:
    """Over 400 days each local date that exists is due once, in order, when a clock on the wall there first shows the time."""
    first = ZONES[zone]
    shown, leaps = walk(zone, first)
    exist = {wall.date() for wall in shown}
    dates = [first + datetime.timedelta(days=n) for n in range(DAYS)]
    # Also at the edges of each hour that is left out.
    edges = {(before + step).time() for before, _ in leaps for step in map(datetime.timedelta, [0] * 3, [0, 300, 600])}
    for time in {*TIMES, *edges}:
        subscription = Subscription(workspace=HERE, channel="C1", zone=zone, time=time)
        right = {}
        for date in dates:
            wall = datetime.datetime.combine(date, time)
            skipped = [after for before, after in leaps if before < wall < after]
            if date in exist:
                right[date] = shown[skipped[0] if skipped else wall]
        found = [each for each in between(subscription, min(shown.values()), max(shown.values())) if each.date in dates]
        assert {each.date: each.at for each in found} == right
        assert len(found) == len(right) >= DAYS - 1
        assert [each.at for each in found] == sorted(each.at for each in found)


def at(text: str) -> float:
    """A moment written as UTC."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC).timestamp()


@pytest.mark.parametrize(
    ("zone", "date", "time", "when"),
    [
        ("UTC", "2026-07-08", "9:00", "2026-07-08T09:00"),
        ("Europe/Brussels", "2026-07-08", "9:00", "2026-07-08T07:00"),
        # Left out: 02:00 to 03:00, and half of that on Lord Howe.
        ("Europe/Brussels", "2026-03-29", "2:30", "2026-03-29T01:00"),
        ("Australia/Lord_Howe", "2026-10-04", "2:15", "2026-10-03T15:30"),
        ("Antarctica/Troll", "2026-03-29", "1:30", "2026-03-29T01:00"),
        # Midnight left out.
        ("Africa/Cairo", "2026-04-24", "0:00", "2026-04-23T22:00"),
        ("Africa/Monrovia", "1972-01-07", "0:30", "1972-01-07T00:45"),
        # Twice: 02:00 to 03:00.
        ("Europe/Brussels", "2026-10-25", "2:30", "2026-10-25T00:30"),
        ("Australia/Lord_Howe", "2026-04-05", "1:45", "2026-04-04T14:45"),
        ("Asia/Kathmandu", "2026-07-08", "9:00", "2026-07-08T03:15"),
        ("Pacific/Chatham", "2026-01-08", "9:00", "2026-01-07T19:15"),
        ("Australia/Eucla", "2026-01-08", "9:00", "2026-01-08T00:15"),
        # The last minutes of a date left out: the next that there is stands on another date.
        ("America/Toronto", "1919-03-30", "23:45", "1919-03-31T04:30"),
        ("Pacific/Apia", "2011-12-29", "9:00", "2011-12-29T19:00"),
        ("Pacific/Apia", "2011-12-30", "9:00", None),
        ("Pacific/Apia", "2011-12-31", "9:00", "2011-12-30T19:00"),
        ("Pacific/Kwajalein", "1993-08-21", "9:00", None),
    ],
)
def test_the_moment_of_a_local_time(zone: str, date: str, time: str, when: str | None) -> None:
    """A time that is left out comes at the next minute there is, one that comes twice at the first, a skipped date never."""
    found = moment(datetime.date.fromisoformat(date), time_of(time), zone)
    assert (found.timestamp() if found else None) == (at(when) if when else None)


def test_what_is_due_and_what_was_missed() -> None:
    """Within the window it is caught up, older it was missed, and what comes next is neither."""
    subscription = Subscription(workspace=HERE, channel="C1", zone="Europe/Brussels", window=6)
    nine = at("2026-07-08T07:00")
    assert due(subscription, nine - 1) == []
    assert [each.date.isoformat() for each in due(subscription, nine)] == ["2026-07-08"]
    assert [each.at for each in due(subscription, nine + 6 * 3600)] == [nine]
    assert due(subscription, nine + 6 * 3600 + 1) == []
    late = nine + 6 * 3600
    assert [each.date.day for each in missed(subscription, nine - 3 * 86400, late)] == [5, 6, 7]
    assert [each.date.day for each in missed(subscription, nine - 3 * 86400 + 1, late + 1)] == [6, 7, 8]
    assert missed(subscription, late, nine) == []
    found = next_due(subscription, nine)
    assert found is not None
    assert found.at == nine + 86400


def test_what_was_before_the_subscription_is_neither_due_nor_missed() -> None:
    """Who subscribes at noon to nine o'clock gets the first post the next morning, and has missed none."""
    noon = at("2026-07-08T12:00")
    subscription = Subscription(workspace=HERE, channel="C1", counted_from=noon)
    assert due(subscription, noon + 60) == []
    assert missed(subscription, 0.0, noon + 20 * 3600) == []
    assert [each.date.day for each in due(subscription, noon + 21 * 3600)] == [9]


def test_days_of_the_week() -> None:
    """On days that a channel does not want nothing is due, and a skipped week day waits for the next week."""
    mondays = Subscription(workspace=HERE, channel="C1", taste=Taste(weekdays=frozenset({0})))
    found = list(between(mondays, at("2026-07-01T00:00"), at("2026-07-31T00:00")))
    assert [each.date.day for each in found] == [6, 13, 20, 27]
    fridays = Subscription(workspace=HERE, channel="C1", zone="Pacific/Apia", taste=Taste(weekdays=frozenset({4})))
    after = next_due(fridays, at("2011-12-29T12:00"))
    # The Friday in between there never was.
    assert after is not None
    assert after.date.isoformat() == "2012-01-06"


def test_a_pause_has_no_next() -> None:
    """Of a subscription that pauses nothing comes next."""
    assert next_due(Subscription(workspace=HERE, channel="C1", paused="is_archived"), 0.0) is None


@given(
    now=st.floats(min_value=-1e12, max_value=1e12),
    zone=st.sampled_from(sorted(ZONES)),
    time=st.sampled_from(TIMES),
    window=st.integers(1, 24),
)
@examples(deadline=None)
def test_any_moment(now: float, zone: str, time: datetime.time, window: int) -> None:
    """At any moment what is due lies in the window, what was missed before it, and what comes next after it."""
    subscription = Subscription(workspace=HERE, channel="C1", zone=zone, time=time, window=window, counted_from=-1e13)
    assert all(now - window * 3600 <= each.at <= now for each in due(subscription, now))
    assert all(each.at < now - window * 3600 for each in missed(subscription, now - 5 * 86400, now))
    following = next_due(subscription, now)
    assert following is None or following.at > now


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Mars/Olympus"},
        {"zone": ""},
        {"zone": "../etc/passwd"},
        {"time": datetime.time(9, 0, 1)},
        {"window": 0},
        {"window": 25},
        {"taste": Taste(weekdays=frozenset())},
    ],
)
def test_what_no_subscription_can_be(wrong: dict[str, object]) -> None:
    """A zone nobody knows, a time with seconds, no day of the week or no window is refused in one line with the remedy."""
    with pytest.raises(InputError, match=r"^[^\n]+\. [A-Z][^\n]+\.$"):
        Subscription(workspace=HERE, channel="C1", **wrong)  # type: ignore[arg-type]
