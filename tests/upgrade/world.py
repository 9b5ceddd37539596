"""Five days of three sites, which releases before have read, and the day after them."""

import datetime as dt
import gzip
import tarfile
from pathlib import Path
from typing import Any

import duckdb

from pipelines.findings import Finding
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load

_HERE = Path(__file__).parent
CONFIG = _HERE / "mimamori.yaml"
LAKES = _HERE / "lakes"
FIRST_NIGHT = dt.date(2026, 11, 19)
NEXT_NIGHT = dt.date(2026, 11, 20)
ALL_DAYS = 6
LINES = 2268
"""What the releases before have read: five days up to the first night."""
TRIED = "392a742ef5fba68d"
"""The finding that all of them have, and about which a decision was taken where they could."""


def lay_logs(landing: Path, upto: dt.date) -> None:
    """Write the log files of the days up to one into a landing folder."""
    for path in sorted((_HERE / "logs").rglob("*.gz")):
        if path.stem[-8:] <= f"{upto:%Y%m%d}":
            target = landing / path.relative_to(_HERE / "logs").with_suffix("")
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                target.write_bytes(gzip.decompress(path.read_bytes()))


def lake_of(release: Path, folder: Path) -> Home:
    """Unpack what a release before has left."""
    with tarfile.open(release) as packed:
        packed.extractall(folder, filter="fully_trusted")  # noqa: S202 - ours, with its modes
    return Home(folder)


def findings_of(home: Home, days: int) -> list[Finding]:
    """Read all days and look into so many of the last; return what was found.

    By the real clock: what is read now was read after what the release before has read.
    """
    settings = load(CONFIG)
    lay_logs(home.logs, NEXT_NIGHT)
    stages.ingest(settings, home, on=NEXT_NIGHT)
    last = [NEXT_NIGHT - dt.timedelta(days=number) for number in reversed(range(days))]
    return stages.detect(settings, home, last)


def schema_of(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that makes up the tables, views and functions of a lake."""
    asked = {
        "tables": "select table_name, comment from duckdb_tables()",
        "columns": "select table_name, column_index, column_name, data_type, comment"
        " from duckdb_columns()",
        "views": "select view_name, sql from duckdb_views()",
        "functions": "select function_name, parameters, macro_definition from duckdb_functions()",
    }
    found = {
        name: con.execute(f"{query} where database_name = 'lake' order by all").fetchall()
        for name, query in asked.items()
    }
    found["partitions"] = con.execute(
        "select table_name, transform, column_name"
        " from __ducklake_metadata_lake.ducklake_partition_column as part"
        " join __ducklake_metadata_lake.ducklake_partition_info as info using (partition_id)"
        " join __ducklake_metadata_lake.ducklake_table as owner on owner.table_id = info.table_id"
        " join __ducklake_metadata_lake.ducklake_column as own"
        " on own.table_id = info.table_id and own.column_id = part.column_id"
        " where owner.end_snapshot is null and info.end_snapshot is null"
        " and own.end_snapshot is null order by all"
    ).fetchall()
    return found
