"""A stage of the night has as many threads as the days keep busy that it reads."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.lake import connection
from pipelines.night.stage_runs import stage_of_days
from pipelines.paths import Home
from pipelines.settings.model import Settings, Site

_DAYS = [dt.date(2026, 11, day) for day in (19, 20)]
_NOW = dt.datetime(2026, 11, 21, 2, tzinfo=dt.UTC)


@pytest.mark.parametrize(("at_once", "threads"), [(False, 1), (True, 2)])
def test_days_that_are_read_at_once_keep_more_threads_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, at_once: bool, threads: int
) -> None:
    """One day after the other needs those of the largest."""
    monkeypatch.setattr(connection, "_ROWS_A_THREAD", 10)
    monkeypatch.setattr(connection, "usable_cores", lambda _: 2)
    site = Site(id="x", group="x", domains=("x.example",), logs=("x*",))
    settings, home = Settings(sites=(site,)), Home(tmp_path)
    with lake.open_writer(home, settings.timezone) as con:
        for day in _DAYS:
            con.execute(
                "insert into lake.ledger_day by name"
                " select 1 as file_id, 1 as from_line, 'x' as site_id, ? as log_date, 6 as records,"
                " 0 as rejects, 0 as duplicates, ? as read_at",
                [day, _NOW],
            )
    with stage_of_days(
        settings, home, "check", _DAYS, lambda: _NOW, lake.open_writer, at_once=at_once
    ) as con:
        assert con.execute("select current_setting('threads')").fetchone() == (threads,)
