"""Earlier states of the lake go with what went, or when their own days are over."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.retention.run import retain
from pipelines.settings.load import load
from tests.memory_lake import insert

_NIGHT = dt.date(2026, 3, 10)
_SITES = 'sites: [{id: main, group: main, domains: [main.example], logs: ["main/*.log"]}]\n'


@pytest.mark.parametrize(
    ("days", "later", "is_kept"),
    [
        (7, dt.timedelta(days=7, minutes=-10), True),
        (7, dt.timedelta(days=7, minutes=10), False),
        (0, dt.timedelta(days=400), True),
    ],
)
def test_earlier_states_stay_for_their_days(
    tmp_path: Path, days: int, later: dt.timedelta, *, is_kept: bool
) -> None:
    """Without days they stay as long as nothing goes: what they hold is what the lake holds."""
    config = tmp_path / "mimamori.yaml"
    config.write_text(f"{_SITES}retention: {{snapshot_days: {days}}}\n")
    settings, home = load(config), Home(tmp_path / "var")
    with lake.open_writer(home, settings.timezone) as con:
        insert(con, "review", date=_NIGHT, note="first")
        first = lake.last_snapshot(con)
        (at,) = con.execute(
            "select snapshot_time from ducklake_snapshots('lake') where snapshot_id = ?", [first]
        ).fetchall()[0]
        insert(con, "review", date=_NIGHT, note="second")
        assert retain(con, home, settings, _NIGHT, at + later).acts == ()
        kept = con.execute("select snapshot_id from ducklake_snapshots('lake')").fetchall()
        assert ((first,) in kept) == is_kept
        assert con.execute("select count(*) from lake.review").fetchall() == [(2,)]


def test_with_what_went_every_earlier_state_goes(tmp_path: Path) -> None:
    """It would hold what went; the register of acts says what that was."""
    config = tmp_path / "mimamori.yaml"
    config.write_text(_SITES)
    settings, home = load(config), Home(tmp_path / "var")
    now = dt.datetime(2026, 3, 10, 18, tzinfo=dt.UTC)
    with lake.open_writer(home, settings.timezone) as con:
        long_ago = [_NIGHT - dt.timedelta(days=days) for days in (900, 800)]
        for day in long_ago:
            insert(con, "review", date=day)
        insert(con, "findings", date=_NIGHT, finding_id="f")
        done = retain(con, home, settings, _NIGHT, now)
        assert [(one.kind, one.rows, one.days) for one in done.acts] == [
            ("reviews", 2, tuple(long_ago))
        ]
        assert (done.waiting_rows, done.waiting_people, done.held_rows) == (0, 0, 0)
        assert {kind: day for kind, day in done.oldest.items() if day} == {"findings": _NIGHT}
        assert con.execute("select count(*) from ducklake_snapshots('lake')").fetchall() == [(1,)]
        (record,) = Records(home).entries(Series.ERASURES)
        assert record.rows == 2
        assert record.about == {
            "night": "2026-03-10", "kind": "reviews", "act": "deleted", "files": 0, "days": 2,
            "site_group": None, "first_day": str(long_ago[0]), "last_day": str(long_ago[1]),
        }  # fmt: skip
        assert con.execute(
            "select night, kind, act, site_group, first_day, last_day, days::int, rows::int,"
            " files::int, done_at from lake.retention_act"
        ).fetchall() == [(_NIGHT, "reviews", "deleted", None, *long_ago, 2, 2, 0, now)]
