"""Detection goes on across the change: names that are gone are not needed any more."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.demo.simulate import simulate
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.night import stages
from pipelines.paths import DEFAULT_SETTINGS, Home
from pipelines.settings.load import load

pytestmark = pytest.mark.full

_LAST = dt.date(2026, 11, 20)
_NOW = dt.datetime(2026, 11, 20, 17, tzinfo=dt.UTC)


def test_the_night_after_finds_the_same(tmp_path: Path) -> None:
    """A drawn world of 95 days, the oldest pseudonymised by the night before, and not."""
    settings = load(DEFAULT_SETTINGS)
    clear = Home(tmp_path / "clear")
    simulate(settings, clear.logs, 95, _LAST, 7, 1, 300, clear.context)
    stages.ingest(settings, clear, clock=lambda: _NOW, on=_LAST)
    with lake.open_writer(clear, settings.timezone) as con:
        rows = con.execute("select distinct log_date from lake.ledger_day order by 1").fetchall()
        refresh_aggregates(con, [day for (day,) in rows])
    retained = Home(tmp_path / "retained")
    shutil.copytree(clear.root, retained.root)
    done = stages.retention(settings, retained, _LAST - dt.timedelta(days=1), lambda: _NOW)
    assert {one.act for one in done.acts if one.kind == "access_log"} == {"pseudonymised"}
    found = [
        [
            (one.finding_id, one.severity, one.score, one.status, one.summary, one.evidence)
            for one in stages.detect(settings, home, [_LAST], lambda: _NOW)
        ]
        for home in (clear, retained)
    ]
    assert found[0] == found[1]
    assert found[0]
