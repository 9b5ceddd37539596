"""The Parquet files of the lake: those that its catalog names, and those lying in its folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.paths import Home


@dataclass(frozen=True)
class CataloguedFile:
    """A file that the catalog names; `size` is null for one that only waits for its deletion."""

    path: str
    size: int | None

    @property
    def name(self) -> str:
        """The file's name, which is unique in the lake."""
        return Path(self.path).name


def catalogued_files(con: duckdb.DuckDBPyConnection) -> list[CataloguedFile]:
    """Return every file that a snapshot, present or past, needs, or that will be deleted."""
    rows = con.execute(
        """
        select path, file_size_bytes from __ducklake_metadata_lake.ducklake_data_file
        union all
        select path, file_size_bytes from __ducklake_metadata_lake.ducklake_delete_file
        union all
        select path, null from __ducklake_metadata_lake.ducklake_files_scheduled_for_deletion
        """
    ).fetchall()
    return [CataloguedFile(path, size) for path, size in rows]


def lying_files(home: Home) -> Iterator[Path]:
    """Yield the Parquet files in the lake's folder."""
    return (home.lake / "data").rglob("*.parquet")


def remove_unfinished(con: duckdb.DuckDBPyConnection, home: Home, since_ns: int) -> None:
    """Delete what was written from `since_ns` on and never committed.

    Only for the holder of the writers' lock, after its transaction was rolled back.
    """
    committed = {file.name for file in catalogued_files(con)}
    for path in list(lying_files(home)):
        if path.name not in committed and path.stat().st_mtime_ns >= since_ns:
            path.unlink()
