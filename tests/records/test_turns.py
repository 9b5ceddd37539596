"""Records around the turn of a month, in UTC and in the zone of a company: one chain, all found.

Files are named by the month in UTC, days are those of the zone: nine hours lie between the two.
"""

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from pipelines import lake
from pipelines.lake.on_record import NIGHT, days_lost
from pipelines.night.evidence import watch_on
from pipelines.paths import Home
from pipelines.records import Act, Entry, Records, Series
from pipelines.records.disclosures import given, listed, register
from pipelines.records.evidence import note_files, note_removal
from pipelines.records.intent import going_on
from pipelines.records.verify import Proof, verify
from pipelines.text.month import Month
from tests.report.report_lake import settings_in

ZONE = ZoneInfo("Asia/Tokyo")
MINUTE = dt.timedelta(minutes=1)
FIRST_DAYS = [
    dt.date(2026, 12, 1),
    dt.date(2027, 1, 1),
    dt.date(2028, 2, 29),
    dt.date(2028, 3, 1),
    dt.date(2027, 3, 1),
]
_TURNS = [
    dt.datetime.combine(day, dt.time(), zone) for day in FIRST_DAYS for zone in (ZONE, dt.UTC)
]
_NEW_MONTHS = [turn for turn in _TURNS if turn.tzinfo is dt.UTC and turn.day == 1]


def _around(records: Records, turn: dt.datetime) -> list[Entry]:
    """A record of each series in the last minute before a turn, at it, and a minute after."""
    return [
        records.append(series, Act("act", f"{series} {minutes}"), turn + minutes * MINUTE)
        for minutes in (-1, 0, 1)
        for series in Series
    ]


def _file(at: dt.datetime) -> str:
    return f"use-{at.astimezone(dt.UTC):%Y-%m}.jsonl"


@pytest.mark.parametrize("turn", _TURNS, ids=str)
def test_records_on_both_sides_of_a_turn_are_one_chain(records: Records, turn: dt.datetime) -> None:
    """In files by the month in UTC, each entry in its place, and all proved."""
    entries = _around(records, turn)
    assert all(after.prev == before.hash for before, after in pairwise(entries))
    named = {_file(turn - MINUTE), _file(turn)}
    assert [path.name for path in records.files(Series.USE)] == sorted(named)
    assert verify(records) == Proof(len(entries), entries[-1].hash, None)


@pytest.mark.parametrize("turn", _TURNS, ids=str)
def test_no_record_since_an_instant_is_left_out(records: Records, turn: dt.datetime) -> None:
    """Whichever side of a turn the instant lies on, and whatever its zone."""
    entries = [one for one in _around(records, turn) if one.what == "act"]
    for minutes in (-1, 0, 1):
        since = turn + minutes * MINUTE
        for zone in (ZONE, dt.UTC):
            found = {
                one.seq
                for series in Series
                for one in records.entries(series, since.astimezone(zone))
            }
            assert {one.seq for one in entries[(minutes + 1) * len(Series) :]} <= found


@pytest.mark.parametrize("day", FIRST_DAYS, ids=str)
def test_the_use_of_a_day_is_that_of_the_zone(records: Records, day: dt.date) -> None:
    """From its midnight to the next, though it lies in the files of two months."""
    midnight = dt.datetime.combine(day, dt.time(), ZONE)
    for hours in (0, 9, 24):  # its begin, the turn in UTC, its end
        for minutes in (-1, 0):
            at = midnight + dt.timedelta(hours=hours, minutes=minutes)
            records.append(Series.USE, Act("sql", rows=1), at)
    home, settings = Home(records.folder.parent), settings_in("en")
    used = [watch_on(home, settings, day + dt.timedelta(days=ahead)) for ahead in (-1, 0, 1)]
    assert [one.times for one in used] == [1, 4, 1]


@pytest.mark.parametrize("turn", _NEW_MONTHS, ids=str)
def test_a_use_that_lasts_over_a_turn_is_on_record_once(
    records: Records, turn: dt.datetime
) -> None:
    """Where it ended; so is one that was killed before the turn, by whoever writes after it."""
    now = turn - MINUTE
    with records.use(Act("sql", "select 1"), lambda: now):
        now = turn + MINUTE
    with going_on(records.folder, Act("sql", "select 2"), 1, records.keys().signing) as killed:
        content = killed.read_bytes()
    for number in (2, 3):
        killed.write_bytes(content)  # put back, it counts no second time
        records.append(Series.DECISIONS, Act("findings close"), turn + number * MINUTE)
    uses = list(records.entries(Series.USE))
    assert [one.at for one in uses] == [
        f"{turn + number * MINUTE:%Y-%m-%dT%H:%M:%S}.000000Z" for number in (1, 2)
    ]
    assert [path.name for path in records.files(Series.USE)] == [_file(turn)]
    assert verify(records).ok


@pytest.mark.parametrize("turn", _NEW_MONTHS, ids=str)
def test_a_key_that_is_changed_at_a_turn_proves_both_months(
    records: Records, turn: dt.datetime
) -> None:
    """The last record of a month is the last of the former key."""
    records.append(Series.USE, Act("sql"), turn - MINUTE)
    records.change_key(Act("keys rotate"), turn - MINUTE)
    records.append(Series.USE, Act("sql"), turn)
    assert verify(Records(Home(records.folder.parent))).ok


@pytest.mark.parametrize("turn", _NEW_MONTHS, ids=str)
@pytest.mark.parametrize("left", [b"", b'{"seq":3,"at":"2'])
def test_a_month_that_a_crash_began_goes_on_where_the_last_one_ended(
    records: Records, turn: dt.datetime, left: bytes
) -> None:
    """Nothing or half a line in its first file, and a head that is one record behind."""
    records.append(Series.USE, Act("sql", "one"), turn - MINUTE)
    head = Home(records.folder.parent).records_head
    behind = head.read_bytes()
    records.append(Series.USE, Act("sql", "two"), turn - MINUTE)
    head.write_bytes(behind)
    (records.folder / _file(turn)).write_bytes(left)
    records.append(Series.USE, Act("sql", "three"), turn)
    uses = [one.about for one in records.entries(Series.USE) if one.what == "sql"]
    assert uses == ["one", "two", "three"]
    assert verify(records).first_bad is None


@pytest.mark.parametrize("turn", _NEW_MONTHS, ids=str)
def test_a_clock_that_is_set_back_to_the_last_month_writes_no_record_of_it_into_an_empty_file(
    records: Records, turn: dt.datetime
) -> None:
    """A full disk left the file of the new month empty: its first record is one of that month."""
    records.append(Series.USE, Act("sql"), turn - MINUTE)
    (records.folder / _file(turn)).touch()
    records.append(Series.USE, Act("sql"), turn - MINUTE)
    records.append(Series.USE, Act("sql"), turn)
    assert verify(records).first_bad is None


@pytest.mark.parametrize("turn", _NEW_MONTHS, ids=str)
def test_a_page_that_was_noted_in_the_month_before_is_still_proved(
    records: Records, turn: dt.datetime
) -> None:
    """A change after the turn shows; one that is noted, and a removal that is, do not."""
    root = records.folder.parent
    page = root / "reports" / f"{turn:%Y-%m-%d}" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("as written")
    note_files(records, root, [page], turn - MINUTE)
    records.append(Series.USE, Act("sql"), turn)
    assert verify(records).ok
    page.write_text("as changed")
    bad = verify(records).first_bad
    assert bad is not None
    assert bad.file == str(page.relative_to(root))
    note_files(records, root, [page], turn + MINUTE)
    assert verify(records).ok
    note_removal(records, root, [page.parent], turn + 2 * MINUTE, "retention")
    page.unlink()
    assert verify(records).ok


@pytest.mark.parametrize("day", FIRST_DAYS, ids=str)
def test_a_disclosure_is_of_its_day_in_the_zone(records: Records, day: dt.date) -> None:
    """Whichever month its record stands in: the register of a month has those of its days."""
    morning = dt.datetime.combine(day, dt.time(8, 55), ZONE)  # the day before in UTC
    for at in (morning - dt.timedelta(hours=9), morning, morning + dt.timedelta(minutes=10)):
        on = at.astimezone(ZONE).date()
        register(records, given("folder", None, on, f"report {on}", ["report"]), at)
    month = Month.of(day)
    found = [one.disclosure.on for one in listed(records, month.first, month.last)]
    assert found == [on for on in (day - dt.timedelta(days=1), day, day) if on in month.days]
    assert len(listed(records, day, day)) == 2


@pytest.mark.parametrize("turn", _NEW_MONTHS, ids=str)
def test_readings_that_a_night_recorded_before_a_turn_are_missed_after_it(
    records: Records, turn: dt.datetime
) -> None:
    """A lake that has fewer is an older one: for a month after the night."""
    day = turn.date() - dt.timedelta(days=1)
    home = Home(records.folder.parent)
    home.keys.rmdir()  # the lake makes its own
    with lake.open_writer(home, str(ZONE)) as con:
        records.append(Series.EVIDENCE, Act(NIGHT, {"readings": {str(day): [1]}}), turn - MINUTE)
        for days in (0, 1, 30):
            assert days_lost(con, home, turn + dt.timedelta(days=days)) == [day]
