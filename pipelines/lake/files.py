"""The Parquet files of the lake: those that its catalog names, and those beside them."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.lake.place import place_of
from pipelines.lake.place_kind import LyingFile, Place
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


def orphans(con: duckdb.DuckDBPyConnection, place: Place) -> list[LyingFile]:
    """Return the files that lie there and that no catalog names; their keys are nowhere."""
    lying = list(place.files())  # first, so that what is committed meanwhile is no orphan
    known = {file.name for file in catalogued_files(con)}
    return [file for file in lying if file.name not in known]


def remove_unfinished(con: duckdb.DuckDBPyConnection, home: Home, since_ns: int) -> None:
    """Delete what was written from `since_ns` on and never committed.

    Only for the holder of the writers' lock, after its transaction was rolled back. Where listing
    is dear this is left to upkeep.
    """
    place = place_of(home)
    if place.lists_cheaply:
        place.remove(file for file in orphans(con, place) if file.written_ns >= since_ns)
