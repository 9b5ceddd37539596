"""The catalog as SQLite has it: no extremes of a column that is about persons, or of a text.

DuckLake keeps the least and the greatest value of each column in the catalog, in clear. Triggers
in the catalog itself (`sql/catalog/`) keep those of closed columns from ever being written; here
they are put in place, and what an earlier release left is taken away. A table without rows gets
statistics too, since queries on it are slow without any.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

from pipelines.paths import SQL_DIR

EXTREMES_OF_CLOSED = """
update {table} set min_value = null, max_value = null, extra_stats = null
where coalesce(min_value, max_value, extra_stats) is not null and {closed}
"""
"""Removes the extremes of closed columns from a table; see `CLOSED_STATISTICS`."""
_CLOSED = "(table_id, column_id) not in (select table_id, column_id from mimamori_open_column)"
_UNKNOWN = (
    "(table_id, column_id) in (select table_id, column_id from ducklake_file_column_stats"
    " where coalesce(min_value, max_value) is null and coalesce(value_count, 1) > 0)"
)
CLOSED_STATISTICS = {
    "ducklake_file_column_stats": _CLOSED,
    "ducklake_table_column_stats": f"({_CLOSED} or {_UNKNOWN})",
    "ducklake_file_variant_stats": "true",
}
"""By table, which rows are about closed columns, or of a table say what a file does not."""
_CLEAN = 2  # the user_version of a catalog from which all that was left has been taken away
_TIMEOUT_SECONDS = 60.0


def catalog_script(name: str) -> str:
    """Return a script that runs in the catalog's own database."""
    return (SQL_DIR / "catalog" / f"{name}.sql").read_text(encoding="utf-8")


class CatalogFile:
    """A catalog opened with SQLite, such that what is deleted is overwritten."""

    def __init__(self, con: sqlite3.Connection) -> None:
        """Take the open file."""
        self._con = con

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[Self]:
        """Open the file for the holder of the writers' lock, outside any transaction.

        Raises:
            sqlite3.Error: the catalog is locked by another program, or damaged; as of all methods.
        """
        with closing(sqlite3.connect(path, timeout=_TIMEOUT_SECONDS, isolation_level=None)) as con:
            con.execute("pragma secure_delete = on")
            con.execute("pragma temp_store = memory")  # a VACUUM would put the keys into /tmp
            yield cls(con)

    def prepare_statistics(self) -> None:
        """Let the catalog keep extremes of open columns only, now and from now on.

        Tables that never had a row are put down as empty. When there is nothing to do it takes a
        few milliseconds.
        """
        con = self._con
        was_guarded = self._is_guarded()
        if not was_guarded:
            con.executescript(catalog_script("statistics"))
        self._open_and_shut()
        if not was_guarded or con.execute("pragma user_version").fetchone() != (_CLEAN,):
            self._clean()
        self._put_down_empty_tables()

    def clear_deleted(self) -> bool:
        """Take what was deleted out of the catalog's free pages and its log.

        Returns False where somebody reads an earlier state: the log is there until the next one
        cleans.
        """
        self._con.execute("vacuum")
        (is_busy, *_) = self._con.execute("pragma wal_checkpoint(truncate)").fetchone()
        return not is_busy

    def _is_guarded(self) -> bool:
        """Whether all triggers are there; a release of DuckLake may make a table anew."""
        script = catalog_script("statistics")
        (count,) = self._con.execute(
            "select count(*) from sqlite_master where type = 'trigger'"
            " and name like 'mimamori!_%' escape '!'"
        ).fetchone()
        return int(count) == script.count("create trigger")

    def _open_and_shut(self) -> None:
        """Bring the list of open columns up to date; where one was closed, it is to be cleaned."""
        con = self._con
        wanted = set(con.execute(catalog_script("open_columns")))
        known = set(con.execute("select table_id, column_id from mimamori_open_column"))
        if wanted == known:
            return
        con.execute("begin immediate")
        con.executemany(
            "delete from mimamori_open_column where table_id = ? and column_id = ?", known - wanted
        )
        con.executemany("insert into mimamori_open_column values (?, ?)", wanted - known)
        if known - wanted:
            con.execute("pragma user_version = 0")  # until its extremes are gone
        con.execute("commit")

    def _put_down_empty_tables(self) -> None:
        missing = self._con.execute(
            "select 1 from ducklake_table where end_snapshot is null"
            " and table_id not in (select table_id from ducklake_table_stats)"
        )
        if missing.fetchone():
            script = catalog_script("empty_tables")
            self._con.executescript(f"begin immediate;\n{script}\ncommit;")

    def _clean(self) -> None:
        """Take the extremes of closed columns away, also from free pages and from the log."""
        con = self._con
        con.execute("begin immediate")
        for table, closed in CLOSED_STATISTICS.items():
            con.execute(EXTREMES_OF_CLOSED.format(table=table, closed=closed))
        con.execute("commit")
        if self.clear_deleted():
            con.execute(f"pragma user_version = {_CLEAN}")
        # Else somebody reads an earlier state, and the next start does it again.
