"""What the marts of the roles hold, read from their files for the suite `marts`."""

import datetime as dt
from collections.abc import Collection, Iterator
from pathlib import Path

import duckdb
import polars as pl

from pipelines.lake import make_table
from pipelines.marts.write import mart_files
from pipelines.roles import franchise_of

_TABLE = "access_log"  # of a mart's tables the one that has a row for each request


def make_mart_tables(
    con: duckdb.DuckDBPyConnection, folder: Path | None, days: Collection[dt.date]
) -> bool:
    """Make `mart_day` and `mart_record`; return whether there is anything to judge.

    `mart_day` has one row per role whose mart names requests: its franchise, null for a role of the
    company, and the mart's last day that is none of `days`, which are about to be written anew.
    `mart_record` has the rows of that day by role and site.
    """
    found = [] if folder is None else [*_last_files(folder, days)]
    if not found:
        return False
    schema = {"role": pl.String, "franchise": pl.String, "log_date": pl.Date}
    rows = [(role, franchise_of(role), on) for role, on, _ in found]
    make_table(con, "mart_day", pl.DataFrame(rows, schema=schema, orient="row"))
    con.execute(
        "create or replace table mart_record as"
        " select parse_path(filename)[-3] as role, site_id, count(*) as records"
        " from read_parquet($files, filename = true, union_by_name = true)"
        " group by all",
        {"files": [str(path) for _, _, path in found]},
    )
    return True


def _last_files(folder: Path, days: Collection[dt.date]) -> Iterator[tuple[str, dt.date, Path]]:
    for role, files in mart_files(folder, _TABLE).items():
        settled = [on for on in files if on not in days]
        if settled:
            yield role, max(settled), files[max(settled)]
