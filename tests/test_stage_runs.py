"""A stage of the night: its threads, and what is recorded of its end."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.lake import connection
from pipelines.night.stage_runs import stage, stage_of_days
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


def test_what_failed_counts_also_where_that_cannot_be_recorded(tmp_path: Path) -> None:
    """The database is gone by then: its second error would hide the one that says what to do."""
    site = Site(id="x", group="x", domains=("x.example",), logs=("x*",))
    home = _made(tmp_path)

    def break_off() -> None:
        settings = Settings(sites=(site,))
        with stage(settings, home, "check", _DAYS, lambda: _NOW, lake.open_writer) as con:
            con.execute("detach lake")
            raise MimamoriError("broke off")

    with pytest.raises(MimamoriError, match="broke off"):
        break_off()


def _made(folder: Path) -> Home:
    with lake.open_writer(Home(folder), "UTC"):
        return Home(folder)
