"""Lines about days far from the night: kept, counted, reported, and no day comes back for them."""

import datetime as dt
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines import lake
from pipelines.ingest.day_window import BEYOND_LIMIT, DayWindow
from pipelines.night import due, stages
from pipelines.paths import Home
from pipelines.report.limits_passed import limits_in_report, limits_passed
from pipelines.settings.limits import Limits
from pipelines.settings.load import load
from pipelines.settings.model import Settings

_DAY = dt.date(2026, 11, 19)
_TOKYO = ZoneInfo("Asia/Tokyo")
_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC)
_SETTINGS = """
limits: {{{limits}}}
sites:
  - {{id: main, group: main, domains: [main.example], logs: ["main/*.log*"], format: combined}}
  - {{id: shop, group: main, domains: [shop.example], logs: ["shop/*.log*"], format: combined}}
"""


def _settings(folder: Path, limits: str = "") -> Settings:
    path = folder / "mimamori.yaml"
    path.write_text(_SETTINGS.format(limits=limits))
    return load(path)


def _line(day: dt.date, agent: str = "Mozilla/5.0") -> str:
    return (
        f"192.0.2.1 - - [{day.day:02}/{day:%b}/{day.year:04}:09:00:00 +0900]"
        f' "GET /{day} HTTP/1.1" 200 512 "-" "{agent}"\n'
    )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder with a landing folder of two sites."""
    for site in ("main", "shop"):
        (tmp_path / "logs" / site).mkdir(parents=True)
    return Home(tmp_path)


@pytest.mark.further
def test_twenty_thousand_days_bring_back_those_near_and_make_few_partitions(home: Home) -> None:
    """Every line is a record or a reject; the night has 46 days, the lake a bounded number."""
    settings = _settings(home.root, "days_outside: 20")
    days = [_DAY - dt.timedelta(days=number) for number in range(20_000)]
    (home.logs / "main" / "a.log").write_text("".join(map(_line, days)))
    result = stages.ingest(settings, home, clock=lambda: _NOW)
    assert (result.lines, result.records) == (20_000, 46 + 20)
    assert result.records + result.rejects == result.lines
    assert stages.due_days(settings, home, _DAY) == days[45::-1]
    with lake.open_reader(home, settings.timezone) as con:
        reasons = con.execute(
            "select distinct reason_code, log_date >= ? from lake.reject", [days[65]]
        )
        assert reasons.fetchall() == [(BEYOND_LIMIT, True)]
        passed = limits_passed(con, _NOW)
    assert [(one.limit, one.lines, one.seen, one.allowed) for one in passed] == [
        ("days_outside", 20_000 - 66, 21, 20),
        ("reexamine_days", 20, 65, 45),
    ]


def test_days_to_come_are_kept_and_reported(home: Home) -> None:
    """The day of the run itself is an ordinary one; the day after it is not."""
    settings = _settings(home.root)
    days = [_DAY + dt.timedelta(days=number) for number in (0, 1, 2, 9000)]
    # An escaped quote goes the careful way.
    text = "".join(_line(day, agent) for day in days for agent in ("Mozilla/5.0", 'a \\"b\\"'))
    (home.logs / "main" / "a.log").write_text(text)
    assert stages.ingest(settings, home, clock=lambda: _NOW).records == 8
    assert stages.due_days(settings, home, _DAY) == [_DAY]
    with lake.open_reader(home, settings.timezone) as con:
        (passed,) = limits_passed(con, _NOW)
    assert (passed.limit, passed.lines, passed.examples) == ("reexamine_days", 4, ("main/a.log",))


def test_a_night_about_a_day_long_past_takes_its_days_as_near(home: Home) -> None:
    """What `run --date` asks for is no alarm."""
    settings = _settings(home.root)
    long_ago = _DAY - dt.timedelta(days=300)
    (home.logs / "main" / "a.log").write_text(_line(long_ago))
    stages.ingest(settings, home, clock=lambda: _NOW, on=long_ago)
    assert stages.due_days(settings, home, long_ago) == [long_ago]
    with lake.open_reader(home, settings.timezone) as con:
        assert limits_passed(con, _NOW) == ()


def test_a_night_does_the_latest_days_and_says_that_others_wait(home: Home) -> None:
    """What is left comes in the nights after it."""
    settings = _settings(home.root, "days_per_night: 3")
    days = [_DAY - dt.timedelta(days=number) for number in range(5)]
    (home.logs / "main" / "a.log").write_text("".join(map(_line, days)))
    stages.ingest(settings, home, clock=lambda: _NOW)
    done = stages.due_days(settings, home, _DAY)
    assert done == days[2::-1]
    with lake.open_writer(home, settings.timezone) as con:
        due.note_days_left(con, settings.limits, done, _NOW)
        (passed,) = limits_passed(con, _NOW)
    assert (passed.limit, passed.seen, passed.allowed) == ("days_per_night", 5, 3)


def _before(*numbers: int) -> list[dt.date]:
    return [_DAY - dt.timedelta(days=number) for number in numbers]


def _done(settings: Settings, home: Home) -> list[dt.date]:
    """The earlier days that the next night takes; it does them."""
    days = stages.due_days(settings, home, _DAY)
    with lake.open_writer(home, settings.timezone) as con:
        due.note_days_left(con, settings.limits, days, _NOW)
        for stage in ("check", "detect", "report"):
            con.execute(
                "insert into lake.stage_run (stage, log_date, started_at, ended_at, status)"
                " select ?, unnest(?::date[]), ?, ?, 'done'",
                [stage, days, _NOW, _NOW],
            )
    assert days.pop() == _DAY
    return days


@pytest.mark.further
def test_days_with_few_lines_take_turns_by_site(home: Home) -> None:
    """Many days of one site wait, and the report says so; another site's day does not wait.

    A day with a hundredth of the lines of the night's own day never waits.
    """
    settings = _settings(home.root, "late_days_per_night: 3")
    lines = {
        _DAY: 1_000,
        **dict.fromkeys(_before(1), 10),
        **dict.fromkeys(_before(*range(2, 9)), 3),
    }
    (home.logs / "main" / "a.log").write_text("".join(_line(day) * lines[day] for day in lines))
    (home.logs / "shop" / "a.log").write_text("".join(map(_line, _before(20, 21))))
    stages.ingest(settings, home, clock=lambda: _NOW)
    assert _done(settings, home) == _before(21, 20, 2, 1)
    with lake.open_reader(home, settings.timezone) as con:
        (passed,) = limits_passed(con, _NOW)
    assert (passed.limit, passed.seen, passed.allowed) == ("late_days_per_night", 9, 3)
    assert _done(settings, home) == _before(5, 4, 3)
    assert _done(settings, home) == _before(8, 7, 6)
    assert _done(settings, home) == []


@pytest.mark.further
def test_a_day_asked_for_by_itself_leaves_no_others_waiting(home: Home) -> None:
    """Whoever runs a stage for one day did not reach the bound of a night."""
    settings = _settings(home.root)
    (home.logs / "main" / "a.log").write_text(
        _line(_DAY) * 1_000 + "".join(map(_line, _before(*range(1, 9))))
    )
    stages.ingest(settings, home, clock=lambda: _NOW)
    with lake.open_writer(home, settings.timezone) as con:
        due.note_days_left(con, settings.limits, [_DAY], _NOW)
        assert limits_passed(con, _NOW) == ()


def test_lines_of_a_day_that_is_known_are_taken_after_the_room_is_full() -> None:
    """A day counts once; blank times and days near the night are never refused."""
    window = DayWindow(_DAY, _DAY, Limits(days_outside=1))
    far, farther = _DAY - dt.timedelta(days=100), dt.date(1, 1, 1)
    assert window.refused(pl.Series([far, _DAY, None], dtype=pl.Date)) is None
    refused = window.refused(pl.Series([farther, far, None, _DAY], dtype=pl.Date))
    assert refused is not None
    assert refused.to_list() == [True, False, False, False]
    assert window.distance([far, _DAY]) == 100


@pytest.mark.parametrize(
    ("written", "day"),
    [
        (dt.datetime(2026, 11, 18, 1, 30, tzinfo=_TOKYO), _DAY),  # of a day that was reported
        pytest.param(
            dt.datetime(2026, 11, 5, 9, 0, tzinfo=_TOKYO), _DAY, marks=pytest.mark.further
        ),
        (dt.datetime(2026, 11, 19, 1, 30, tzinfo=_TOKYO), dt.date(2026, 11, 18)),  # delivered
        pytest.param(
            dt.datetime(2026, 11, 18, 23, 59, tzinfo=_TOKYO),
            dt.date(2026, 11, 18),
            marks=pytest.mark.further,
        ),
        pytest.param(
            dt.datetime(2026, 11, 18, 14, 0, tzinfo=_TOKYO),
            dt.date(2026, 11, 18),
            marks=pytest.mark.further,
        ),
        pytest.param(
            dt.datetime(2026, 11, 20, 11, 0, tzinfo=_TOKYO), _DAY, marks=pytest.mark.further
        ),
        (dt.datetime(2026, 9, 1, tzinfo=_TOKYO), _DAY),  # so old that nobody would look there
    ],
)
def test_a_file_without_any_time_counts_on_the_day_it_was_written(
    home: Home, written: dt.datetime, day: dt.date
) -> None:
    """Of a night that was left undone the next one reads the files: they are not its own day's.

    A day that was reported is not chosen that way.
    """
    settings = _settings(home.root)
    with lake.open_writer(home, settings.timezone) as con:
        con.execute(
            "insert into lake.stage_run (stage, log_date, started_at, ended_at, status) values"
            " ('report', date '2026-11-17', $now, $now, 'done'),"
            " ('report', date '2026-11-18', $now, $now, 'failed')",
            {"now": _NOW - dt.timedelta(days=1)},
        )
    path = home.logs / "main" / "a.log"
    path.write_text('{"time": "of another format"}\n' * 30)
    os.utime(path, (written.timestamp(), written.timestamp()))
    stages.ingest(settings, home, clock=lambda: _NOW)
    with lake.open_reader(home, settings.timezone) as con:
        found = con.execute("select log_date, count(*) from lake.reject group by all").fetchall()
    assert found == [(day, 30)]


def _night(settings: Settings, home: Home, on: dt.date) -> None:
    """Read what is new, and keep that the reports of the night are written, three hours later."""
    began = dt.datetime.combine(on + dt.timedelta(days=1), dt.time(2), settings.zone)
    stages.ingest(settings, home, clock=lambda: began, on=on)
    _reported(settings, home, [on], began + dt.timedelta(hours=3))


def _reported(settings: Settings, home: Home, days: list[dt.date], at: dt.datetime) -> None:
    with lake.open_writer(home, settings.timezone) as con:
        con.execute(
            "insert into lake.stage_run (stage, log_date, started_at, ended_at, status)"
            " select 'report', unnest(?::date[]), ?, ?, 'done'",
            [days, at, at],
        )


def _listed(settings: Settings, home: Home, on: dt.date) -> list[tuple[str, str]]:
    begin = dt.datetime.combine(on, dt.time(), settings.zone)
    with lake.open_reader(home, settings.timezone) as con:
        found = limits_in_report(con, on, begin)
    return [(one.limit, place) for one in found for place in one.examples]


@pytest.mark.further
def test_a_report_lists_what_its_own_night_met(home: Home) -> None:
    """Not what the night of another day did, also where that ran after midnight of its day.

    Where lines of its day were among those that such a night read, it lists that.
    """
    settings = _settings(home.root)
    days = [_DAY, *(_DAY + dt.timedelta(days=number) for number in (1, 2, 3))]
    (home.logs / "main" / "history.log").write_text(_line(_DAY - dt.timedelta(days=60)))
    _night(settings, home, days[0])
    history = [("reexamine_days", "main/history.log")]
    assert [_listed(settings, home, on) for on in days[:2]] == [history, []]
    (home.logs / "main" / "both.log").write_text(
        _line(days[0]) + _line(_DAY - dt.timedelta(days=70))
    )
    _night(settings, home, days[1])
    both = [("reexamine_days", "main/both.log")]
    assert [_listed(settings, home, on) for on in days[:3]] == [both + history, both, []]
    # By a night that writes the earlier report too, however long ago its own was.
    (home.logs / "main" / "later.log").write_text(_line(_DAY - dt.timedelta(days=80)))
    stages.ingest(
        settings, home, clock=lambda: dt.datetime(2026, 11, 22, 2, tzinfo=_TOKYO), on=days[2]
    )
    later = [("reexamine_days", "main/later.log")]
    assert _listed(settings, home, days[1]) == both + later
    _reported(settings, home, [days[0], days[2]], dt.datetime(2026, 11, 22, 3, tzinfo=_TOKYO))
    listed = [_listed(settings, home, on) for on in days]
    assert listed == [both + history + later, both, later, []]


@pytest.mark.further
def test_a_report_by_hand_of_an_earlier_day_takes_nothing_from_a_night(home: Home) -> None:
    """Whose own report could not be written: the next that is lists what was met."""
    settings = _settings(home.root)
    began = dt.datetime(2026, 11, 20, 2, tzinfo=_TOKYO)
    (home.logs / "main" / "a.log").write_text(_line(_DAY - dt.timedelta(days=60)))
    stages.ingest(settings, home, clock=lambda: began, on=_DAY)
    _reported(settings, home, [_DAY - dt.timedelta(days=5)], began + dt.timedelta(hours=5))
    assert _listed(settings, home, _DAY) == [("reexamine_days", "main/a.log")]
    _reported(settings, home, [_DAY], began + dt.timedelta(hours=6))
    assert _listed(settings, home, _DAY) == [("reexamine_days", "main/a.log")]
    assert _listed(settings, home, _DAY + dt.timedelta(days=1)) == []
