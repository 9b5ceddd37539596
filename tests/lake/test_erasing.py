"""Deleted rows: until when their bytes stay, and what says that some may be left."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import duckdb
import pytest

from pipelines import lake
from pipelines.lake import erasure
from pipelines.lake.erasure import (
    BEGUN,
    ROWS_ERASED,
    Pending,
    broken_off,
    erase_bytes,
    forget_snapshots,
    pending,
    to_be_completed,
)
from pipelines.lake.files import catalogued_files, orphans, remove_unfinished
from pipelines.lake.maintenance import is_left_over, maintain
from pipelines.lake.place import place_of
from pipelines.lake.place_kind import LyingFile
from pipelines.paths import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder."""
    return Home(tmp_path)


@pytest.fixture
def con(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A lake with a table of three files of a row each."""
    with lake.open_writer(home, "UTC") as con:
        con.execute("create table lake.own (n integer)")
        for n in range(3):
            con.execute("insert into lake.own values (?)", [n])
        yield con


def _snapshots(con: duckdb.DuckDBPyConnection) -> list[tuple[int, dt.datetime]]:
    return con.execute(
        "select snapshot_id, snapshot_time from ducklake_snapshots('lake') order by 1"
    ).fetchall()


def _files(home: Home) -> set[str]:
    return {one.name for one in place_of(home).files() if "own" in one.path.parts}


def test_states_from_before_an_instant_are_forgotten(con: duckdb.DuckDBPyConnection) -> None:
    """Not the one of that very instant, and never the present one."""
    states = _snapshots(con)
    number, at = states[-3]
    assert forget_snapshots(con, at) == len(states) - 3
    assert _snapshots(con) == states[-3:]
    assert forget_snapshots(con, at) == 0
    assert forget_snapshots(con, states[-1][1] + dt.timedelta(days=1)) == 2
    assert _snapshots(con) == states[-1:]
    assert number < states[-1][0]
    con.execute("insert into lake.own values (3)")
    assert forget_snapshots(con, None) == 1
    assert con.execute("select count(*) from lake.own").fetchone() == (4,)


@pytest.mark.parametrize(("keep_days", "kept"), [(0, False), (1, True)])
def test_bytes_go_with_the_states_that_have_them(
    home: Home, con: duckdb.DuckDBPyConnection, keep_days: int, kept: bool
) -> None:
    """At once, unless states of some days stay."""
    before = _files(home)
    con.execute("delete from lake.own where n = 1")
    now = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    with to_be_completed(home, Pending.ERASURE):
        erase_bytes(con, home, now, keep_days)
    assert (before <= _files(home)) is kept
    assert (len(_snapshots(con)) > 1) is kept
    assert con.execute("select list(n order by n) from lake.own").fetchone() == ([0, 2],)
    deletions = "select count(*) from __ducklake_metadata_lake.ducklake_delete_file"
    left = con.execute(f"{deletions} where end_snapshot is null").fetchone()
    assert left == (0,)
    assert pending(home) is None


def test_an_erasure_says_so_while_it_goes_on(home: Home, con: duckdb.DuckDBPyConnection) -> None:
    """Its bytes are gone by then, but whoever deleted is not done; afterwards nothing is left."""
    with to_be_completed(home, Pending.RETENTION):
        erase_bytes(con, home, dt.datetime.now(dt.UTC))
        assert pending(home) is Pending.RETENTION
    assert not (home.lake / "erasure.pending").exists()
    erase_bytes(con, home, dt.datetime.now(dt.UTC))
    assert pending(home) is None


def test_a_mark_is_for_the_owner_alone(home: Home) -> None:
    """Also one that says that the catalog's database still keeps something."""
    home.lake.mkdir(parents=True)
    mark = home.lake / "erasure.pending"
    for kind in (None, Pending.ERASURE):
        if kind is None:
            erasure._note_kept(home, is_kept=True)
        else:
            with to_be_completed(home, kind) as before:
                assert before is None
                erasure._note_kept(home, is_kept=True)
        assert mark.stat().st_mode & 0o777 == 0o600
        assert pending(home) is (kind or Pending.RETENTION)
        erasure._note_kept(home, is_kept=False)
        with to_be_completed(home, kind or Pending.RETENTION):
            pass
        assert pending(home) is None


def test_erasures_that_were_broken_off_are_listed(con: duckdb.DuckDBPyConnection) -> None:
    """The oldest first; neither those that ended nor requests of another kind."""
    rows = [
        ("c", "erase", ROWS_ERASED, 3),
        ("b", "erase", BEGUN, 1),
        ("d", "erase", "done", 0),
        ("e", "export", BEGUN, 0),
    ]
    for name, act, outcome, day in rows:
        at = dt.datetime(2026, 4, 1, tzinfo=dt.UTC) + dt.timedelta(days=day)
        con.execute(
            "insert into lake.subject_request by name"
            " select ? as request_id, ? as act, ? as outcome, ? as made_at",
            [name, act, outcome, at],
        )
    assert broken_off(con) == ["b", "c"]


def _lay(home: Home, name: str) -> LyingFile:
    """Put a file beside those of the catalog."""
    path = home.lake / "data" / "main" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left over")
    (found,) = (one for one in place_of(home).files() if one.name == name)
    return found


def test_what_no_catalog_names_is_found(home: Home, con: duckdb.DuckDBPyConnection) -> None:
    """Every other file is known, with its bytes."""
    place = place_of(home)
    assert orphans(con, place) == []
    assert {(one.name, one.size) for one in catalogued_files(con) if one.size is not None} == {
        (one.name, one.size) for one in place.files()
    }
    left = _lay(home, "left.parquet")
    assert orphans(con, place) == [left]


def test_what_was_not_committed_goes_from_an_instant_on(
    home: Home, con: duckdb.DuckDBPyConnection
) -> None:
    """A file of that very instant too; older ones and those of the catalog stay."""
    files = _files(home)
    left = _lay(home, "left.parquet")
    remove_unfinished(con, home, left.written_ns + 1)
    assert orphans(con, place_of(home)) == [left]
    remove_unfinished(con, home, left.written_ns)
    assert orphans(con, place_of(home)) == []
    assert _files(home) == files


def test_upkeep_merges_and_tidies(home: Home, con: duckdb.DuckDBPyConnection) -> None:
    """Fewer files, the same rows; a file that no catalog names goes, as do earlier states."""
    _lay(home, "left.parquet")
    now = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    done = maintain(con, home, now)
    assert done.rows_before == done.rows_after
    assert done.rows_after["own"] == 3
    assert done.rows_after["client"] == 0
    assert done.files_before - done.files_after >= 2
    assert done.files_after == sum(one.size is not None for one in catalogued_files(con))
    assert orphans(con, place_of(home)) == []
    assert len(_snapshots(con)) == 1
    assert len(_files(home)) == 1


_OWN = "ducklake-01a22352-075d-7307-921c-d099daeb7f83.parquet"
_DAY_NS = 24 * 3600 * 1_000_000_000


@pytest.mark.parametrize(
    ("name", "age_ns", "is_left"),
    [
        (_OWN, _DAY_NS + 1, True),
        (_OWN, _DAY_NS, False),
        (_OWN, 0, False),
        ("sales.parquet", _DAY_NS + 1, False),
    ],
)
def test_whoever_has_written_a_file_may_commit_it_for_a_day(
    name: str, age_ns: int, is_left: bool
) -> None:
    """Then it is left over; somebody else's file never is."""
    now_ns = 1_776_000_000_000_000_000
    file = LyingFile(PurePosixPath(name), 1, now_ns - age_ns)
    assert is_left_over(file, now_ns) is is_left
