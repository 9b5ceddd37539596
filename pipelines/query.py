"""`mimamori sql`: the lake read-only, for one query or a shell, while a write may be going on."""

import sys
from contextlib import suppress
from pathlib import Path

import duckdb

from pipelines import lake
from pipelines.errors import MimamoriError, UsageError
from pipelines.paths import Home

_COPY_OPTIONS = {
    "csv": "format csv, header",
    "json": "format json",
    "parquet": "format parquet, compression zstd",
}
_TABLES = """
select table_name as name, comment from duckdb_tables() where database_name = 'lake'
union all
select view_name as name, comment from duckdb_views() where database_name = 'lake'
order by name;"""
_BANNER = """見守り — レイクを読み取り専用で開きました。The lake, opened read-only.
表の一覧 / tables: .tables   終わる / leave: .quit   例 / example:
  select site_id, count(*) from lake.access_log where log_date = current_date - 1 group by all;"""


def run_query(
    home: Home, timezone: str, query: str, form: str, at: int | None, out: Path | None
) -> None:
    """Print the rows of one query as a table, CSV, JSON (one object a line) or Parquet.

    Raises:
        MimamoriError: the query fails; the message is DuckDB's.
        UsageError: Parquet to standard output.
    """
    if form == "parquet" and out is None:
        raise UsageError("Parquet needs a file; add -o FILE")
    with lake.open_reader(home, timezone, at) as con:
        try:
            if form == "table":
                _print_table(con, query)
            else:
                target = lake.quoted(str(out) if out else "/dev/stdout")
                con.execute(
                    f"copy ({query.rstrip().rstrip(';')}) to {target} ({_COPY_OPTIONS[form]})"
                )
        except duckdb.Error as error:
            raise MimamoriError(f"query: {error}") from None


def shell(home: Home, timezone: str, at: int | None) -> None:
    """Read statements up to `;` from the terminal and print their rows, until the end."""
    with suppress(ImportError):
        import readline  # noqa: F401, PLC0415 - editing and history of input()
    with lake.open_reader(home, timezone, at) as con:
        print(_BANNER)  # noqa: T201
        statement = ""
        while True:
            try:
                line = input("mimamori> " if not statement else "     ...> ")
            except EOFError:
                return
            except KeyboardInterrupt:
                statement = ""
                print()  # noqa: T201
                continue
            if not statement and line.strip() in {".quit", ".exit"}:
                return
            if not statement and line.strip() == ".tables":
                line = _TABLES
            statement = f"{statement}\n{line}".strip()
            if statement.endswith(";"):
                try:
                    _print_table(con, statement)
                except duckdb.Error as error:
                    print(error, file=sys.stderr)  # noqa: T201
                statement = ""


def _print_table(con: duckdb.DuckDBPyConnection, query: str) -> None:
    relation = con.sql(query)
    if relation is not None:
        relation.show(max_width=None if sys.stdout.isatty() else 10_000)
