"""A copy of the catalog as it was at one instant, while others read and write the lake."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pipelines.lake.place import folder_of_data, place_of
from pipelines.paths import Home

_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class CatalogCopy:
    """The files of the lake that a copied catalog names, with their bytes, and its snapshot."""

    snapshot: int
    sizes: dict[str, int]
    """By the file's name, which is unique in the lake."""

    def places(self, home: Home) -> dict[str, Path]:
        """Return where each of the files lies; one that upkeep has removed since is left out."""
        folder = folder_of_data(home)
        lying = place_of(home).files()
        return {one.name: folder / one.path for one in lying if one.name in self.sizes}


def copy_catalog(home: Home, target: Path) -> CatalogCopy:
    """Write the last committed state of the catalog to `target`, where no file may lie.

    It holds nothing of what was deleted before, not even in free pages, and names no file that
    only waits for its deletion.

    Raises:
        sqlite3.Error: the catalog is locked by another program, or damaged; no room.
    """
    with closing(sqlite3.connect(home.catalog, timeout=_TIMEOUT_SECONDS)) as con:
        con.execute("vacuum into ?", (str(target),))
    target.chmod(0o600)
    with closing(sqlite3.connect(target, isolation_level=None)) as con:
        con.execute("delete from ducklake_files_scheduled_for_deletion")
        (snapshot,) = con.execute("select max(snapshot_id) from ducklake_snapshot").fetchone()
        files = con.execute(
            "select path, file_size_bytes from ducklake_data_file"
            " union all select path, file_size_bytes from ducklake_delete_file"
        )
        copied = CatalogCopy(snapshot, {Path(path).name: size for path, size in files})
        con.execute("vacuum")
        con.execute("pragma journal_mode = wal")  # readers cannot turn it on
    return copied
