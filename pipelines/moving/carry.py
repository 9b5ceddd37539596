"""Data files and catalog are carried over as they are: no row, no key and no id changes."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile

import duckdb

from pipelines.errors import MimamoriError
from pipelines.lake.place_kind import DataFiles, LyingFile, Place
from pipelines.lake.statements import identifier, transaction
from pipelines.text.messages import message

_AT_ONCE = 4  # a request to a storage mostly waits
_OF_DUCKLAKE = """
select table_name from duckdb_tables()
where database_name = 'former' and table_name like 'ducklake\\_%' escape '\\' order by table_name
"""
# What only waits for its deletion is not carried over.
_LEFT = frozenset({"ducklake_files_scheduled_for_deletion"})


def carry_files(former: Place, new: Place, named: dict[str, int], scratch: Path) -> int:
    """Copy the data files that the catalog names, by name with their sizes; return their bytes.

    Each is read again where it arrived, and its digest compared.

    Raises:
        MimamoriError: one is missing or has another size, or arrived with other bytes.
    """
    with former.open_data() as source, new.open_data() as target:
        lying = [file for file in source.files() if file.name in named]
        lost = sorted(named.items() - {(file.name, file.size) for file in lying})
        if lost:
            raise MimamoriError(
                message("moving.lost", at=former.data, count=len(lost), name=lost[0][0])
            )

        def carry(file: LyingFile) -> int:
            _carry(file, source, target, scratch)
            return file.size

        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="carry") as pool:
            size = sum(pool.map(carry, lying))
        target.settle()
        return size


def _carry(file: LyingFile, source: DataFiles, target: DataFiles, scratch: Path) -> None:
    with TemporaryFile(dir=scratch) as copy:
        sent = hashlib.sha256()
        for part in source.read(file.path):
            sent.update(part)
            copy.write(part)
        copy.seek(0)
        target.put(file.path, copy, file.size)
    if _digest(target.read(file.path)) != sent.hexdigest():
        raise MimamoriError(message("moving.damaged", at=PurePosixPath(file.path)))


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def carry_catalog(con: duckdb.DuckDBPyConnection) -> None:
    """Copy the tables of the catalog attached as `former` into those of `new`.

    DuckLake has just made the latter; only where the data lie stays as it is there.

    Raises:
        MimamoriError: the catalog has rows in clear, or names files by whole paths.
    """
    odd = con.execute(
        """
        select
            (select count(*) from former.ducklake_inlined_data_tables)
            + (select count(*) from former.ducklake_data_file where not path_is_relative::boolean)
            + (select count(*) from former.ducklake_delete_file where not path_is_relative::boolean)
        """
    ).fetchone()
    if odd and odd[0]:
        raise MimamoriError(message("moving.odd_catalog", at="catalog"))
    tables = [name for (name,) in con.execute(_OF_DUCKLAKE).fetchall()]
    with transaction(con):
        for table in tables:
            own = identifier(table)
            own_rows = "where key <> 'data_path'" if table == "ducklake_metadata" else ""
            con.execute(f"delete from new.{own} {own_rows}")
            if table in _LEFT:
                continue
            con.execute(f"insert into new.{own} by name select * from former.{own} {own_rows}")
