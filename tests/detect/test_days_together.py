"""Days detected in one run: each knows what was found on those before, as night by night."""

import datetime as dt
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import lake
from pipelines.night import detection, stages
from pipelines.paths import Home
from pipelines.settings.load import load

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
_RECORDS = [{"id": "customer", "kind": "record", "path": "/customers/{subject}", "level": 3}]


def test_a_day_waits_for_what_was_found_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A site whose log names nobody is told on the first day, however long that one is weighed."""
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
    weigh = detection._weighed

    def slowly(*given: Any, **named: Any) -> object:
        time.sleep(0.5)
        return weigh(*given, **named)

    monkeypatch.setattr(detection, "_weighed", slowly)
    stages.ingest(settings, home, clock=lambda: _NOW)
    stages.check(settings, home, _DAYS, lambda: _NOW)
    for _ in range(2):  # and so do days that were detected before
        found = stages.detect(settings, home, _DAYS, lambda: _NOW)
        blind = [one.date for one in found if one.detector == "blind-site"]
        assert blind == _DAYS[:1]
        with lake.open_reader(home, settings.timezone) as con:
            kept = con.execute("select date from lake.findings where detector = 'blind-site'")
            assert kept.fetchall() == [(_DAYS[0],)]
            read = con.execute("select count(*), count(distinct log_date) from lake.detector_day")
            runs, days = read.fetchone() or (0, 0)
        assert days == len(_DAYS)
        assert runs % days == 0
