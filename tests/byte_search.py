"""Where below a working folder a value still stands: every file is opened as far as keys reach.

Parquet files are decrypted with every key that the catalog still has, whatever snapshot needs
them; compressed files are unpacked; anything else is searched as bytes, the catalog and its log
among it.
"""

import gzip
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import duckdb

from pipelines.lake import load_extensions, quoted
from pipelines.paths import Home


def places_of(home: Home, values: Iterable[str], *, but: Iterable[Path] = ()) -> dict[str, str]:
    """Return the values that are found, each with a file in which it stands."""
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
    for place, text in _parquet_texts(home):
        found |= {value: place for value in wanted if value in text}
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


def _parquet_texts(home: Home) -> Iterator[tuple[str, str]]:
    with closing(sqlite3.connect(home.catalog)) as catalog:
        keys = {
            Path(path).name: key
            for table in ("ducklake_data_file", "ducklake_delete_file")
            for path, key in catalog.execute(f"select path, encryption_key from {table}")
        }
    con = duckdb.connect()
    load_extensions(con)
    for path in (home.lake / "data").rglob("*.parquet"):
        known = keys.get(path.name)
        for key in [known] if known else keys.values():
            with suppress(duckdb.Error):
                rows = con.execute(
                    f"select rows::varchar from read_parquet({quoted(str(path))},"
                    f" encryption_config => {{footer_key_value: from_base64({quoted(key)})}})"
                    " as rows"
                ).fetchall()
                yield str(path), "\n".join(row for (row,) in rows)
                break
    con.close()
