"""Rows changed for good: files with one of them are written anew, and no others."""

import datetime as dt
from pathlib import Path

from pipelines import lake
from pipelines.lake.erasure import erase_bytes
from pipelines.lake.rewriting import mark_rows, rewrite_rows
from pipelines.paths import Home
from tests.byte_search import places_of

_DAYS = 10
_ROWS = f"""
insert into lake.request_fact (log_date, event_id, user_id, url_path)
select date '2026-11-01' + day::int, day * 1000 + n,
    if(n = 7 and day < {_DAYS - 1}, 'canary-77', 'u' || n), '/' || n
from range({_DAYS}) as days(day), range(1000) as rows(n)
"""
_FILES = "select distinct filename from lake.request_fact"
_SUMS = (
    "select log_date, count(*), sum(event_id), count(distinct event_id), count(distinct url_path),"
    " count(*) filter (user_id = 'nobody') from lake.request_fact group by all order by all"
)


def test_files_with_a_marked_row_are_written_anew_and_no_byte_of_before_stays(
    tmp_path: Path,
) -> None:
    """More files than are written at once; the file of a day without such a row stays as it is."""
    home = Home(tmp_path)
    with lake.open_writer(home, "UTC") as con:
        con.execute(_ROWS)
        before = {file for (file,) in con.execute(_FILES).fetchall()}
        sums = con.execute(_SUMS).fetchall()
        assert places_of(home, ["canary-77"])
        changes = {"user_id": "'nobody'"}
        with lake.transaction(con):
            marked = mark_rows(con, "request_fact", "own.user_id = 'canary-77'", changes, {})
            rewrite_rows(con, marked)
        erase_bytes(con, home, dt.datetime.now(dt.UTC))
        after = {file for (file,) in con.execute(_FILES).fetchall()}
        assert marked.rows == _DAYS - 1
        assert len(before & after) == 1
        assert [row[:-1] for row in con.execute(_SUMS).fetchall()] == [row[:-1] for row in sums]
        assert [row[-1] for row in con.execute(_SUMS).fetchall()] == [1] * (_DAYS - 1) + [0]
    assert places_of(home, ["canary-77"]) == {}
