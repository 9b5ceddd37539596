"""An older catalog beside a newer lake is found out before anything is deleted for it."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_on_record
from pipelines.errors import MimamoriError
from pipelines.lake.on_record import days_lost, require_all_on_record
from pipelines.lake.place import place_of
from pipelines.night import stages
from pipelines.night.evidence import note_night
from pipelines.paths import Home
from pipelines.records import Act, Records, Series
from pipelines.settings.load import load
from pipelines.settings.model import Settings

_FIRST = dt.date(2026, 11, 19)
_SETTINGS = """
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/*.log"], format: combined}
"""


def _night(settings: Settings, home: Home, on: dt.date) -> dt.datetime:
    """Read the day's file, and put on record what the day's report rests on; return when."""
    now = dt.datetime.combine(on + dt.timedelta(days=1), dt.time(2), settings.zone)
    line = f'192.0.2.1 - - [{on:%d/%b/%Y}:09:00:00 +0900] "GET / HTTP/1.1" 200 5 "-" "x"\n'
    (home.logs / "main" / f"{on}.log").write_text(line)
    stages.ingest(settings, home, clock=lambda: now, on=on)
    with lake.open_writer(home, settings.timezone) as con:
        note_night(con, settings, home, [on], now)
    return now


@pytest.mark.further
def test_an_older_catalog_is_told_apart_and_nothing_is_deleted_for_it(tmp_path: Path) -> None:
    """Not the data files that only the newer one knows; with that back, all is as before."""
    config = tmp_path / "mimamori.yaml"
    config.write_text(_SETTINGS)
    settings, home = load(config), Home(tmp_path / "home")
    (home.logs / "main").mkdir(parents=True)
    _night(settings, home, _FIRST)
    shutil.copytree(home.keys, tmp_path / "older")
    second = _FIRST + dt.timedelta(days=1)
    now = _night(settings, home, second)
    shutil.copytree(home.keys, tmp_path / "newer")
    with lake.open_reader(home, settings.timezone) as con:
        assert check_on_record(con, home, now).status is Status.OK
    _put_back(home, tmp_path / "older")
    files = set(place_of(home).files())
    with lake.open_reader(home, settings.timezone) as con:
        found = check_on_record(con, home, now)
    assert (found.status, str(second) in found.message) == (Status.WRONG, True)
    with pytest.raises(MimamoriError, match=f"{second}"):
        stages.upkeep(settings, home, clock=lambda: now)
    assert files <= set(place_of(home).files())
    _put_back(home, tmp_path / "newer")
    stages.upkeep(settings, home, clock=lambda: now)
    with lake.open_reader(home, settings.timezone) as con:
        assert check_on_record(con, home, now).status is Status.OK
        assert con.execute("select count(*) from lake.access_log").fetchone() == (2,)


def _put_back(home: Home, keys: Path) -> None:
    for path in home.keys.glob(f"{home.catalog.name}*"):
        path.unlink()
    for path in keys.glob(f"{home.catalog.name}*"):
        shutil.copy(path, home.keys)


@pytest.mark.parametrize(
    ("nights", "there", "lost"),
    [
        ([2], 2, False),
        ([2], 3, False),
        ([2], 1, True),
        ([1], 0, True),
        ([0], 0, False),
        ([2, 1], 1, True),
        ([1, 2], 1, True),
        ([], 0, False),
    ],
)
def test_a_lake_only_ever_gains_readings(
    tmp_path: Path, nights: list[int], there: int, lost: bool
) -> None:
    """What the night with most of them had, it has; other entries tell nothing."""
    home, now = Home(tmp_path), dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    records = Records(home)
    with lake.open_writer(home, "UTC") as con:
        for readings in nights:
            about = {"readings": {f"{_FIRST}": [readings, "digest"]}}
            records.append(Series.EVIDENCE, Act("night", about), now)
        records.append(Series.EVIDENCE, Act("files", {"readings": {f"{_FIRST}": [9, ""]}}), now)
        con.execute(
            "insert into lake.ledger_day by name select ? as log_date from range(?)",
            [_FIRST, there],
        )
        assert days_lost(con, home, now) == [_FIRST] * lost


@pytest.mark.parametrize(
    ("today", "is_seen"), [(dt.date(2026, 5, 31), True), (dt.date(2026, 6, 1), False)]
)
def test_nights_of_the_last_31_days_are_looked_at(
    tmp_path: Path, today: dt.date, is_seen: bool
) -> None:
    """By the months of the records; all days that lack are told in order, the first in words."""
    home, now = Home(tmp_path), dt.datetime.combine(today, dt.time(0), dt.UTC)
    days = [dt.date(2026, 4, 3), dt.date(2026, 4, 2)]
    about = {"readings": {f"{day}": [1, "digest"] for day in days}}
    april = dt.datetime(2026, 4, 4, tzinfo=dt.UTC)
    with lake.open_writer(home, "UTC") as con:
        Records(home).append(Series.EVIDENCE, Act("night", about), april)
        assert days_lost(con, home, now) == (sorted(days) if is_seen else [])
        if is_seen:
            with pytest.raises(MimamoriError, match="2026-04-02"):
                require_all_on_record(con, home, now)
        else:
            require_all_on_record(con, home, now)
