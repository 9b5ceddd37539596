"""An older catalog beside a newer lake is found out before anything is deleted for it."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_on_record
from pipelines.errors import MimamoriError
from pipelines.lake.place import place_of
from pipelines.night import stages
from pipelines.night.evidence import note_night
from pipelines.paths import Home
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
