"""Periods over the turn of a month, of a year, and 29 February: no day goes early, none is left."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.paths import Home
from pipelines.privacy.epochs import epoch_of, last_day_of
from pipelines.report.index import AUDITS, PAGE
from pipelines.retention.files import let_go_of_reports
from pipelines.retention.periods import age_of, last_due_day
from pipelines.settings.retention import Retention
from tests.report.report_lake import ZONE, settings_in

_DAY = dt.timedelta(days=1)
_ALL_DAYS = [dt.date(2026, 11, 20) + number * _DAY for number in range(500)]


@pytest.mark.parametrize("months", [1, 2, 3, 4, 6, 12])
def test_epochs_follow_each_other_without_a_gap(months: int) -> None:
    """Every day has one, which ends with a month, and the next day begins the next one."""
    for day in _ALL_DAYS:
        epoch = epoch_of(day, months)
        last = last_day_of(epoch)
        assert day <= last
        assert epoch_of(last, months) == epoch
        assert epoch_of(last + _DAY, months) != epoch
        assert (last + _DAY).day == 1


@pytest.mark.parametrize(
    ("night", "days", "last"),
    [
        ("2027-01-01", 90, "2026-10-03"),
        ("2028-02-29", 365, "2027-03-01"),
        ("2028-03-01", 365, "2027-03-02"),
        ("2029-02-28", 366, "2028-02-28"),
        ("2029-03-01", 366, "2028-02-29"),
    ],
)
def test_a_period_is_counted_in_days(night: str, days: int, last: str) -> None:
    """Of whatever length the months are: the last day that is due is one day older."""
    on = dt.date.fromisoformat(night)
    assert str(last_due_day(on, days)) == last
    assert age_of(on, last_due_day(on, days)) == days + 1


@pytest.mark.parametrize("last", ["2026-12-31", "2027-02-28", "2028-02-29"])
def test_an_audit_is_kept_as_long_as_what_was_found_on_its_last_day(
    tmp_path: Path, last: str
) -> None:
    """By the length of its month."""
    home, settings = Home(tmp_path), settings_in("en")
    folder = home.reports / AUDITS / last[:7]
    folder.mkdir(parents=True)
    (folder / PAGE).touch()
    goes = dt.date.fromisoformat(last) + dt.timedelta(days=Retention().findings_days)
    with lake.open_writer(home, settings.timezone) as con:
        for night in (goes - _DAY, goes):
            at = dt.datetime.combine(night + _DAY, dt.time(2), ZONE)
            found = let_go_of_reports(con, home, settings, night, [], at, is_dry_run=False)
            assert [one.kind for one in found] == (["audits"] if night == goes else [])
    assert not folder.exists()
