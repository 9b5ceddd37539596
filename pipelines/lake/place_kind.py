"""What a place of a lake is: catalog and data files past SQL, wherever they lie."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, ClassVar, Protocol

import duckdb

from pipelines.lake.turns import Turns

_OF_DUCKLAKE = re.compile(r"ducklake-[0-9a-f-]{36}(-delete)?\.parquet")


@dataclass(frozen=True)
class LyingFile:
    """A Parquet file of a lake: its path below the data, its bytes, and when it was written.

    That is in nanoseconds since 1970 UTC.
    """

    path: PurePosixPath
    size: int
    written_ns: int

    @property
    def name(self) -> str:
        """The file's name, which is unique in the lake."""
        return self.path.name

    @property
    def is_of_ducklake(self) -> bool:
        """Whether the name has the form that DuckLake gives to its files."""
        return _OF_DUCKLAKE.fullmatch(self.name) is not None


@dataclass(frozen=True)
class Reporter:
    """The working folder that reports on a lake: its id, and how it is named to people."""

    home: str
    name: str


class Catalog(Protocol):
    """A catalog as its own database has it, past DuckLake."""

    def prepare_statistics(self) -> None:
        """Let it keep extremes of open columns only, and put down tables that never had a row."""

    def clear_deleted(self) -> bool:
        """Take what was deleted out of its files; False where somebody reads an earlier state."""


class DataFiles(Protocol):
    """The data files of a lake, past DuckDB."""

    def files(self) -> Iterator[LyingFile]:
        """Yield the Parquet files."""

    def remove(self, files: Iterable[LyingFile]) -> None:
        """Delete files."""

    def put(self, path: PurePosixPath, source: BinaryIO, size: int) -> None:
        """Write a file of so many bytes, whole or not at all."""

    def settle(self) -> None:
        """Return when what was put is there to stay, its name too."""

    def read(self, path: PurePosixPath) -> Iterator[bytes]:
        """Yield the bytes of a file."""


class Place(ABC):
    """A lake's catalog and data files. Errors are MimamoriError, sqlite3.Error and OSError."""

    extensions: tuple[str, ...]
    """Those of DuckDB that open it, in the order in which they are loaded."""
    config: ClassVar[Mapping[str, str]]
    """Settings that a database of DuckDB begins with, such that it keeps no secret in HOME."""
    data: str
    """The folder or address of the data files, with a final `/`."""
    catalog_name: str
    """The catalog as it is named to people."""
    lists_cheaply: bool
    """Whether looking for files that no catalog names costs little."""

    @abstractmethod
    def has_catalog(self) -> bool:
        """Return whether there is a catalog."""

    @abstractmethod
    def has_data(self) -> bool:
        """Return whether a data file lies there, whatever the catalog knows."""

    @abstractmethod
    def lake_id(self) -> str | None:
        """Return the name of the lake that the catalog has on record, None where it has none."""

    @abstractmethod
    def name_lake(self, lake_id: str) -> None:
        """Have the catalog keep the name of the lake, if it can keep one."""

    @abstractmethod
    def reporter(self, own: Reporter) -> Reporter:
        """Return the working folder that reports; it is `own` from now on where there was none."""

    @abstractmethod
    def make_reporter(self, own: Reporter) -> None:
        """Have a working folder report in place of the one that did."""

    @abstractmethod
    def catalog(self) -> AbstractContextManager[Catalog]:
        """Open the catalog as its own database has it; only for the holder of the writers' lock."""

    @abstractmethod
    def catalog_bytes(self) -> int:
        """Return how many bytes the catalog takes; for anybody, also while a night is written."""

    @abstractmethod
    def give_access(self, con: duckdb.DuckDBPyConnection) -> None:
        """Give a connection what it needs to reach the place."""

    @abstractmethod
    def access_script(self) -> list[str]:
        """Return statements by which another DuckDB gets access; no secret stands in them."""

    @abstractmethod
    def attachment(self) -> tuple[str, list[str]]:
        """Return what ATTACH takes, and the options that this place needs."""

    @abstractmethod
    def ports(self) -> tuple[int, ...]:
        """Return the TCP ports of the servers that it lies on."""

    @abstractmethod
    def files_of_access(self) -> list[Path]:
        """Return files outside the lake that reaching its servers reads, there or not."""

    @abstractmethod
    def open_data(self) -> AbstractContextManager[DataFiles]:
        """Open the data files, for several requests in a row."""

    @abstractmethod
    def raw_catalog(self, name: str) -> str:
        """Return the statement that attaches the catalog's own database, past DuckLake."""

    @abstractmethod
    def discard(self) -> None:
        """Delete the catalog, then all data files: what is broken off is no lake any more."""

    def files(self) -> Iterator[LyingFile]:
        """Yield the Parquet files that lie there."""
        with self.open_data() as data:
            yield from data.files()

    def remove(self, files: Iterable[LyingFile]) -> None:
        """Delete files."""
        with self.open_data() as data:
            data.remove(files)

    @abstractmethod
    def earlier_versions(self) -> int | None:
        """Return how many deleted or replaced files the storage keeps; None where it is silent."""

    @abstractmethod
    def unfit(self) -> list[str]:
        """Return settings of its servers, `name = value`, under which a lake does not work."""

    @abstractmethod
    def revealing(self) -> list[str]:
        """Return settings of its servers, `name = value`, by which their log tells of persons."""

    @abstractmethod
    def in_clear(self) -> list[str]:
        """Return those of its servers, by their settings, that a network carries unencrypted."""

    @abstractmethod
    def unverified(self) -> list[str]:
        """Return settings, `name = value`, by which anybody may pose as one of its servers."""

    @abstractmethod
    def writers_lock(self, wait_seconds: float) -> AbstractContextManager[object]:
        """Hold the lock of the only writer while the block runs; LakeBusyError after the time."""

    @abstractmethod
    def turns(self, wait_seconds: float) -> AbstractContextManager[Turns] | None:
        """Return the turns of one of several writers; None where only one may open the lake."""

    @abstractmethod
    def raise_generation(self) -> None:
        """Have turns that began before notice that the lake is not what it was: before and after.

        For the holder of the writers' lock.
        """

    @abstractmethod
    def generation(self) -> int | None:
        """Return a number that grows with `raise_generation`; None where one works at a time."""

    @abstractmethod
    def writer(self) -> str | None:
        """Name who holds the writers' lock; None for nobody."""
