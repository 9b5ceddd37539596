"""What the catalog says about values: no extremes of a column that is about persons, or of a text.

DuckLake keeps the least and the greatest value of each column in the catalog, in clear. Triggers
in the catalog itself (`sql/catalog/`) keep those of closed columns from ever being written; here
they are put in place, and what an earlier release left is taken away. A table without rows gets
statistics too, since queries on it are slow without any.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from pipelines.paths import SQL_DIR, Home

_FOLDER = SQL_DIR / "catalog"
_CLEAN = 2  # the user_version of a catalog from which all that was left has been taken away
_TIMEOUT_SECONDS = 60.0
_CLOSED = "(table_id, column_id) not in (select table_id, column_id from mimamori_open_column)"
_UNKNOWN = (
    "(table_id, column_id) in (select table_id, column_id from ducklake_file_column_stats"
    " where coalesce(min_value, max_value) is null and coalesce(value_count, 1) > 0)"
)


def prepare_statistics(home: Home) -> None:
    """Let the catalog keep extremes of open columns only, from now on and of what stands there.

    Tables that never had a row are put down as empty.

    Only for the holder of the writers' lock, outside any transaction. When there is nothing to do
    it takes a few milliseconds.

    Raises:
        sqlite3.Error: the catalog is locked by another program, or damaged.
    """
    with cleanable_catalog(home) as con:
        was_guarded = _is_guarded(con)
        if not was_guarded:
            con.executescript((_FOLDER / "statistics.sql").read_text(encoding="utf-8"))
        shut = _open_and_shut(con)
        if shut or not was_guarded or con.execute("pragma user_version").fetchone() != (_CLEAN,):
            _clean(con)
        _put_down_empty_tables(con)


@contextmanager
def cleanable_catalog(home: Home) -> Iterator[sqlite3.Connection]:
    """Yield the catalog as SQLite has it, such that what is deleted is overwritten.

    Raises:
        sqlite3.Error: the catalog is locked by another program, or damaged.
    """
    with closing(
        sqlite3.connect(home.catalog, timeout=_TIMEOUT_SECONDS, isolation_level=None)
    ) as con:
        con.execute("pragma secure_delete = on")
        con.execute("pragma temp_store = memory")  # a VACUUM would put the keys into /tmp
        yield con


def clear_free_pages(con: sqlite3.Connection) -> bool:
    """Take what was deleted out of the catalog's free pages and its log.

    Returns False where somebody reads an earlier state: the log then goes when the next one cleans.
    """
    con.execute("vacuum")
    (is_busy, *_) = con.execute("pragma wal_checkpoint(truncate)").fetchone()
    return not is_busy


def _is_guarded(con: sqlite3.Connection) -> bool:
    """Whether all triggers are there; a release of DuckLake may make a table anew."""
    script = (_FOLDER / "statistics.sql").read_text(encoding="utf-8")
    (count,) = con.execute(
        "select count(*) from sqlite_master where type = 'trigger' and name like 'mimamori!_%'"
        " escape '!'"
    ).fetchone()
    return int(count) == script.count("create trigger")


def _open_and_shut(con: sqlite3.Connection) -> bool:
    """Bring the list of open columns up to date; return whether one of them was closed."""
    wanted = set(con.execute((_FOLDER / "open_columns.sql").read_text(encoding="utf-8")))
    known = set(con.execute("select table_id, column_id from mimamori_open_column"))
    if wanted == known:
        return False
    con.execute("begin immediate")
    con.executemany(
        "delete from mimamori_open_column where table_id = ? and column_id = ?", known - wanted
    )
    con.executemany("insert into mimamori_open_column values (?, ?)", wanted - known)
    if known - wanted:
        con.execute("pragma user_version = 0")  # until its extremes are gone
    con.execute("commit")
    return bool(known - wanted)


def _put_down_empty_tables(con: sqlite3.Connection) -> None:
    missing = con.execute(
        "select 1 from ducklake_table where end_snapshot is null"
        " and table_id not in (select table_id from ducklake_table_stats)"
    )
    if missing.fetchone():
        script = (_FOLDER / "empty_tables.sql").read_text(encoding="utf-8")
        con.executescript(f"begin immediate;\n{script}\ncommit;")


def _clean(con: sqlite3.Connection) -> None:
    """Take the extremes of closed columns away, also from free pages and from the log.

    Those of a table go too where they are not known of each of its files.
    """
    con.execute("begin immediate")
    for table, closed in (
        ("ducklake_file_column_stats", _CLOSED),
        ("ducklake_table_column_stats", f"({_CLOSED} or {_UNKNOWN})"),
        ("ducklake_file_variant_stats", "true"),
    ):
        con.execute(
            f"update {table} set min_value = null, max_value = null, extra_stats = null"
            f" where coalesce(min_value, max_value, extra_stats) is not null and {closed}"
        )
    con.execute("commit")
    if clear_free_pages(
        con
    ):  # else somebody reads an earlier state, and the next start does it again
        con.execute(f"pragma user_version = {_CLEAN}")
