"""A lake in the working folder: an SQLite catalog among the keys, data files beside the lock."""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, ClassVar

import duckdb

from pipelines.lake.catalog_file import CatalogFile
from pipelines.lake.lock import file_lock, holder
from pipelines.lake.place_kind import Catalog, DataFiles, LyingFile, Place, Reporter
from pipelines.lake.statements import quoted
from pipelines.paths import Home
from pipelines.privacy.key_file import destroy_key
from pipelines.private_files import sync_folder

_BUSY_TIMEOUT_MS = 60_000
_PART_BYTES = 1 << 20


class FolderFiles:
    """Data files in a folder."""

    def __init__(self, folder: Path) -> None:
        """Take the folder."""
        self._folder = folder
        self._touched: set[Path] = set()

    def files(self) -> Iterator[LyingFile]:
        """Yield the Parquet files; one that goes meanwhile is left out."""
        for path in self._folder.rglob("*.parquet"):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            name = PurePosixPath(path.relative_to(self._folder))
            yield LyingFile(name, found.st_size, found.st_mtime_ns)

    def remove(self, files: Iterable[LyingFile]) -> None:
        """Delete files."""
        for file in files:
            (self._folder / file.path).unlink(missing_ok=True)

    def put(self, path: PurePosixPath, source: BinaryIO, size: int) -> None:
        """Write a file."""
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = target.with_name(f"{target.name}.part")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            shutil.copyfileobj(source, stream)
            stream.flush()
            os.fsync(stream.fileno())
        if part.stat().st_size != size:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(part))
        part.replace(target)
        self._touched.update((self._folder, *(self._folder / up for up in path.parents)))

    def settle(self) -> None:
        """Have the disk hold the names of what was put."""
        for folder in sorted(self._touched):
            sync_folder(folder)
        self._touched.clear()

    def read(self, path: PurePosixPath) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        with (self._folder / path).open("rb") as stream:
            while part := stream.read(_PART_BYTES):
                yield part


class WithinHome(Place):
    """A lake in the working folder."""

    extensions = ("httpfs", "sqlite_scanner", "ducklake")  # httpfs brings the encrypting OpenSSL
    config: ClassVar[dict[str, str]] = {"allow_persistent_secrets": "false"}
    lists_cheaply = True

    def __init__(self, home: Home) -> None:
        """Take the working folder."""
        self._home = home
        self._folder = home.lake / "data"
        self._lock = home.lake / "writer.lock"
        self.data = f"{self._folder}/"
        self.catalog_name = str(home.catalog)

    def has_catalog(self) -> bool:
        """Return whether the file is there, and not empty as after a power failure."""
        catalog = self._home.catalog
        return catalog.exists() and catalog.stat().st_size > 0

    def has_data(self) -> bool:
        """Return whether there is a Parquet file."""
        return any(self._folder.rglob("*.parquet"))

    def lake_id(self) -> str | None:
        """Return None: the file among the keys names it."""
        return None

    def name_lake(self, lake_id: str) -> None:
        """Do nothing: the files beside data and keys name it."""

    def reporter(self, own: Reporter) -> Reporter:
        """Return `own`: nobody else has the lake."""
        return own

    def make_reporter(self, own: Reporter) -> None:
        """Do nothing: nobody else has the lake."""

    @contextmanager
    def catalog(self) -> Iterator[Catalog]:
        """Open the file with SQLite."""
        for path in self._home.keys.glob(f"{self._home.catalog.name}*"):
            path.chmod(0o600)
        with CatalogFile.opened(self._home.catalog) as catalog:
            yield catalog

    def catalog_bytes(self) -> int:
        """Return the size of the file, unopened: SQLite's locks belong to the process."""
        return self._home.catalog.stat().st_size

    def give_access(self, con: duckdb.DuckDBPyConnection) -> None:
        """Do nothing: it is files."""

    def access_script(self) -> list[str]:
        """Return none."""
        return []

    def attachment(self) -> tuple[str, list[str]]:
        """Return the file, to be opened such that readers need not wait."""
        options = ["meta_journal_mode 'WAL'", f"meta_busy_timeout {_BUSY_TIMEOUT_MS}"]
        return f"ducklake:sqlite:{self._home.catalog}", options

    def ports(self) -> tuple[int, ...]:
        """Return none."""
        return ()

    def files_of_access(self) -> list[Path]:
        """Return none."""
        return []

    @contextmanager
    def open_data(self) -> Iterator[DataFiles]:
        """Yield the files of the folder."""
        yield FolderFiles(self._folder)

    def raw_catalog(self, name: str) -> str:
        """Return the statement for SQLite."""
        return f"attach {quoted(str(self._home.catalog))} as {name} (type sqlite)"

    def discard(self) -> None:
        """Delete the files; catalog and log, whose bytes are keys, are overwritten first.

        Of them the catalog goes first: without its log it would be an earlier state of the lake.
        """
        for path in sorted(self._home.keys.glob(f"{self._home.catalog.name}*")):
            if path.exists():
                destroy_key(path)
        self.remove(list(self.files()))

    def earlier_versions(self) -> int:
        """Return 0: a folder keeps none."""
        return 0

    def unfit(self) -> list[str]:
        """Return none: there is no server."""
        return []

    def revealing(self) -> list[str]:
        """Return none: there is no server."""
        return []

    def in_clear(self) -> list[str]:
        """Return none: there is no server."""
        return []

    def unverified(self) -> list[str]:
        """Return none: there is no server."""
        return []

    def writers_lock(self, wait_seconds: float) -> AbstractContextManager[object]:
        """Hold the lock of a file."""
        return file_lock(self._lock, wait_seconds)

    def turns(self, wait_seconds: float) -> None:  # noqa: ARG002 - there are none to wait for
        """Return None: an SQLite catalog bears one writer."""
        return

    def raise_generation(self) -> None:
        """Do nothing: nobody reads log files beside the only writer."""

    def generation(self) -> None:
        """Return None: whoever works on it is the only writer."""
        return

    def writer(self) -> str | None:
        """Name the process."""
        return holder(self._lock)
