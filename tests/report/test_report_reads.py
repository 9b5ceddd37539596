"""Reports of several days do not ask the catalog of the lake for the same files every day."""

import re
import shutil
from collections import Counter
from pathlib import Path

import duckdb

from pipelines import lake
from pipelines.night.reports import write_night
from pipelines.paths import Home
from tests.report import report_lake
from tests.report.report_lake import DAYS

_FILES_OF = re.compile(r"data\.data_file_id.*data\.table_id\s*=\s*(\d+)", re.DOTALL)

_OLD = {
    "VARCHAR": "'x'",
    "DATE": "'2020-01-01'",
    "TIMESTAMP WITH TIME ZONE": "'2020-01-01 00:00:00+00'",
}


def _fill(con: duckdb.DuckDBPyConnection) -> None:
    """Have a row in each table: those without any are in memory all the same."""
    tables = con.execute(
        "select table_name, list(column_name), list(data_type)"
        " from duckdb_columns() inner join (select table_name from duckdb_tables()"
        " where database_name = 'lake') as own using (table_name)"
        " where database_name = 'lake' group by table_name"
    ).fetchall()
    for table, names, types in tables:
        if con.execute(f"select 1 from lake.{table} limit 1").fetchone() is None:
            values = (
                f"{_OLD.get(one, 'null')}::{one} as {name}"
                for name, one in zip(names, types, strict=True)
            )
            con.execute(f"insert into lake.{table} by name select {', '.join(values)}")


def test_files_of_a_table_are_not_asked_for_every_day(report_home: Home, tmp_path: Path) -> None:
    """Else each statement of each day waits for it: 4 ms, as long as many a statement takes."""
    shutil.copytree(report_home.root, tmp_path / "home")
    home, settings = Home(tmp_path / "home"), report_lake.settings_in("ja")
    with lake.open_writer(home, settings.timezone) as con:
        _fill(con)
        con.execute("call enable_logging('QueryLog', storage = 'memory')")
        write_night(con, settings, home, DAYS, home.reports, report_lake.now)
        said = [text for (text,) in con.execute("select message from duckdb_logs").fetchall()]
        names: dict[int, str] = dict(
            con.execute(
                "select table_id, table_name from __ducklake_metadata_lake.ducklake_table"
            ).fetchall()
        )
    asked = Counter(
        names[int(found[1])] for text in said if (found := _FILES_OF.search(text)) is not None
    )
    assert asked.pop("request_fact") == len(DAYS)  # one day is in memory at a time
    assert asked["ledger"] == 1
    assert {name: times for name, times in asked.items() if times >= len(DAYS)} == {}
