"""Results about the whole lake that stand as they are for another day."""

import datetime as dt

import duckdb

from pipelines.quality.basis import carried_over
from tests.quality.made_suites import check, suite

_DAY = dt.date(2026, 11, 19)


def test_they_are_in_order_of_checks_and_sites() -> None:
    """What passed for all sites before the sites that failed; of older days none."""
    suite_ = suite(check("second"), check("first"))
    with duckdb.connect() as con:
        con.execute(
            "create schema lake; set timezone = 'Asia/Tokyo';"
            " create table lake.check_result (log_date date, suite text, check_id text,"
            " site_id text, severity text, success bool, observed text, expected text,"
            " title_ja text, title_en text, checked_at timestamptz, basis text)"
        )
        for days_before, check_id, site_id, basis in (
            (1, "first", "b", "same"),
            (1, "second", "c", "same"),
            (1, "first", None, "same"),
            (1, "second", "a", "same"),
            (1, "first", "a", "same"),
            (1, "second", "b", "same"),
            (2, "second", "z", "same"),
            (1, "second", "y", "other"),
        ):
            con.execute(
                "insert into lake.check_result by position select"
                " $day, 'made', $check, $site, 'warning', false, '', '', '', '', $at, $basis",
                {
                    "day": _DAY - dt.timedelta(days=days_before),
                    "check": check_id,
                    "site": site_id,
                    "at": dt.datetime(2026, 11, 18, 17, tzinfo=dt.UTC),
                    "basis": basis,
                },
            )
        found = carried_over(con, suite_, "same", _DAY)
    assert [(one.check_id, one.site_id) for one in found] == [
        *(("second", site) for site in ("a", "b", "c")),
        *(("first", site) for site in (None, "a", "b")),
    ]
    assert {one.log_date for one in found} == {_DAY}
    assert found[0].checked_at.isoformat() == "2026-11-18T17:00:00+00:00"
