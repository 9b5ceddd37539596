"""Where below a working folder a value still stands: every file is opened as far as keys reach.

Parquet files are decrypted with every key that the catalog still has, whatever snapshot needs
them; compressed files are unpacked; anything else is searched as bytes, the catalog and its log
among it.
"""

import gzip
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

import duckdb

from pipelines.lake import load_extensions, quoted
from pipelines.paths import Home


def places_of(
    home: Home,
    values: Iterable[str],
    *,
    but: Iterable[Path] = (),
    keys: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the values that are found, each with a file in which it stands.

    `keys` are those of the data files by path, where the catalog is no file in the folder.
    """
    left_out = tuple(path.resolve() for path in but)
    wanted = {value: value.encode() for value in values}
    found: dict[str, str] = {}
    roots = {home.root.resolve(), home.keys.resolve()}
    for path in sorted(path for root in roots for path in root.rglob("*") if path.is_file()):
        if any(path.resolve().is_relative_to(one) for one in left_out):
            continue
        if path.suffix == ".parquet":
            continue
        for content in _contents(path):
            found |= {value: str(path) for value, raw in wanted.items() if raw in content}
    for path, value in _in_parquet(home, list(wanted), keys):
        found[value] = str(path)
    return found


def _contents(path: Path) -> Iterator[bytes]:
    raw = path.read_bytes()
    yield raw
    if raw[:2] == b"\x1f\x8b":
        yield gzip.decompress(raw)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield archive.read(name)


def _in_parquet(
    home: Home, values: Sequence[str], given: Mapping[str, str] | None
) -> Iterator[tuple[Path, str]]:
    """Yield each Parquet file with a value that stands in one of its rows."""
    keys = _keys(home) if given is None else given
    # Signatures of extensions take longer to check than all files to search.
    with closing(duckdb.connect(config={"allow_unsigned_extensions": "true"})) as con:
        load_extensions(con)
        for path in (home.lake / "data").rglob("*.parquet"):
            if path.name in keys:  # whatever the catalog names can be read
                yield from ((path, one) for one in _in_rows(con, path, keys[path.name], values))
                continue
            for key in keys.values():
                with suppress(duckdb.Error):
                    yield from [(path, one) for one in _in_rows(con, path, key, values)]
                    break


def _keys(home: Home) -> dict[str, str]:
    with closing(sqlite3.connect(home.catalog)) as catalog:
        return {
            Path(path).name: key
            for table in ("ducklake_data_file", "ducklake_delete_file")
            for path, key in catalog.execute(f"select path, encryption_key from {table}")
        }


def _in_rows(
    con: duckdb.DuckDBPyConnection, path: Path, key: str, values: Sequence[str]
) -> list[str]:
    tests = ", ".join(f"bool_or(contains(text, {quoted(value)}))" for value in values)
    row = con.execute(
        f"select {tests} from (select whole_row::varchar as text"
        f" from read_parquet({quoted(str(path))},"
        f" encryption_config => {{footer_key_value: from_base64({quoted(key)})}}) as whole_row)"
    ).fetchone()
    return [value for value, is_in in zip(values, row or (), strict=True) if is_in]
