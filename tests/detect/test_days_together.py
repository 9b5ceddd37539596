"""Days detected in one run: each knows what was found on those before, as night by night."""

import datetime as dt
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from pipelines import lake
from pipelines.detect import run
from pipelines.detect.catalogue import load_catalogue
from pipelines.night import detection, stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings

pytestmark = pytest.mark.further

_DAYS = [dt.date(2026, 11, day) for day in (18, 19)]
_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=dt.timezone(dt.timedelta(hours=9)))
_SITE = {
    "id": "a",
    "group": "main",
    "domains": ["a.example"],
    "logs": ["a/*"],
    "format": "common",
    "resources": "all",
}
_BARE = {name: value for name, value in _SITE.items() if name != "resources"}
_RECORDS = [{"id": "customer", "kind": "record", "path": "/customers/{subject}", "level": 3}]


@pytest.fixture
def checked(tmp_path: Path) -> tuple[Settings, Home]:
    """Two days of a site whose log names nobody, read and checked."""
    (tmp_path / "mimamori.yaml").write_text(
        yaml.safe_dump({"resources": {"all": _RECORDS}, "sites": [_SITE]}), encoding="utf-8"
    )
    settings, home = load(tmp_path / "mimamori.yaml"), Home(tmp_path / "var")
    log = home.logs / "a" / "access.log"
    log.parent.mkdir(parents=True)
    log.write_text(
        "".join(
            f"192.0.2.1 - - [{day:%d/%b/%Y}:09:{minute:02}:00 +0900]"
            f' "GET /customers/{minute} HTTP/1.1" 200 120\n'
            for day in _DAYS
            for minute in range(60)
        ),
        encoding="utf-8",
    )
    stages.ingest(settings, home, clock=lambda: _NOW)
    stages.check(settings, home, _DAYS, lambda: _NOW)
    return settings, home


def test_a_day_waits_for_what_was_found_before(
    checked: tuple[Settings, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The finding is written on the first day alone, even if writing it takes long."""
    settings, home = checked
    weigh = detection._weighed

    def slowly(*given: Any, **named: Any) -> object:
        time.sleep(0.5)
        return weigh(*given, **named)

    monkeypatch.setattr(detection, "_weighed", slowly)
    for _ in range(2):  # and so do days that were detected before
        found = stages.detect(settings, home, _DAYS, lambda: _NOW)
        blind = [one.date for one in found if one.detector == "blind-site"]
        assert blind == _DAYS[:1]
        with lake.open_reader(home, settings.timezone) as con:
            kept = con.execute("select date from lake.findings where detector = 'blind-site'")
            assert kept.fetchall() == [(_DAYS[0],)]
        _require_runs_once(home)


def test_what_needs_more_memory_is_written_once(
    checked: tuple[Settings, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day is examined again without a limit; the one that was weighed beside it is not."""
    settings, home = checked
    measured = run._measured
    failing = [duckdb.OutOfMemoryException("once")]

    def short_of_memory(*given: Any) -> list[run.Measured]:
        if given[2] == _DAYS[1] and failing:
            raise failing.pop()
        return measured(*given)

    monkeypatch.setattr(run, "_measured", short_of_memory)
    stages.detect(settings, home, _DAYS, lambda: _NOW)
    assert not failing
    _require_runs_once(home)


def test_what_was_found_before_a_failure_is_kept(
    checked: tuple[Settings, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day that cannot be examined takes none of those before with it."""
    settings, home = checked

    def fail_on_the_last(*given: Any) -> list[run.Measured]:
        if given[2] == _DAYS[-1]:
            raise ValueError("no")
        return run.measured_day(*given)

    monkeypatch.setattr("pipelines.night.detection.measured_day", fail_on_the_last)
    with pytest.raises(ValueError, match="no"):
        stages.detect(settings, home, _DAYS, lambda: _NOW)
    with lake.open_reader(home, settings.timezone) as con:
        days = con.execute("select distinct log_date from lake.detector_day").fetchall()
    assert days == [(day,) for day in _DAYS[:-1]]


def test_a_night_without_a_single_request_is_reported(tmp_path: Path) -> None:
    """Whose every line was rejected, in a lake that had none before."""
    (tmp_path / "mimamori.yaml").write_text(yaml.safe_dump({"sites": [_BARE]}), encoding="utf-8")
    settings, home = load(tmp_path / "mimamori.yaml"), Home(tmp_path / "var")
    log = home.logs / "a" / "access.log"
    log.parent.mkdir(parents=True)
    log.write_text("nothing of the kind\n", encoding="utf-8")
    stages.ingest(settings, home, clock=lambda: _NOW)
    stages.check(settings, home, _DAYS, lambda: _NOW)
    stages.detect(settings, home, _DAYS, lambda: _NOW)
    pages = stages.report(settings, home, _DAYS, clock=lambda: _NOW)
    assert [page.is_file() for page in pages] == [True, True]


def _require_runs_once(home: Home) -> None:
    with lake.open_reader(home, "Asia/Tokyo") as con:
        runs = con.execute(
            "select log_date, count(*), count(distinct detector) from lake.detector_day"
            " group by log_date order by log_date"
        ).fetchall()
    assert runs == [(day, len(load_catalogue()), len(load_catalogue())) for day in _DAYS]
