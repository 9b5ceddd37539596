"""`mimamori sql`: the lake read-only, for one query or a shell, while a write may be going on."""

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from pipelines import lake
from pipelines.errors import MimamoriError, UsageError
from pipelines.paths import Home

_COPY_OPTIONS = {
    "csv": "format csv, header",
    "json": "format json",
    "array": "format json, array true",
    "parquet": "format parquet, compression zstd",
}
_TABLES = """
select table_name as name, comment from duckdb_tables() where database_name = 'lake'
union all
select view_name as name, comment from duckdb_views() where database_name = 'lake'
order by name;"""
_PROMPTS = ("mimamori> ", "     ...> ")
_BANNER = """見守り — レイクを読み取り専用で開きました。The lake, opened read-only.
表の一覧 / tables: .tables   終わる / leave: .quit   例 / example:
  select site_id, count(*) from lake.access_log where log_date = current_date - 1 group by all;"""


def run_query(
    home: Home, timezone: str, query: str, form: str, at: int | None, out: Path | None
) -> None:
    """Print the rows of one query as a table, CSV, JSON (`json` a line each, `array`) or Parquet.

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
            elif out:
                _copy(con, query, form, str(out))
            else:
                with _standard_output() as target:
                    _copy(con, query, form, target)
        except duckdb.Error as error:
            raise MimamoriError(f"query: {error}") from None


def _copy(con: duckdb.DuckDBPyConnection, query: str, form: str, target: str) -> None:
    # A line of its own for the bracket, since a query may end with a comment.
    con.execute(
        f"copy (\n{query.rstrip().rstrip(';')}\n) to {lake.quoted(target)} ({_COPY_OPTIONS[form]})"
    )


@contextmanager
def _standard_output() -> Iterator[str]:
    """Yield a path to write to; what is written there goes on to standard output in order.

    A path such as /dev/stdout would be opened anew, and cut off a file that output goes to.
    """
    read_end, write_end = os.pipe()

    def pass_on() -> None:
        with os.fdopen(read_end, "rb") as source:
            shutil.copyfileobj(source, sys.stdout.buffer)
        sys.stdout.buffer.flush()

    carrier = threading.Thread(target=pass_on)
    carrier.start()
    try:
        yield f"/dev/fd/{write_end}"
    finally:
        os.close(write_end)
        carrier.join()


def shell(home: Home, timezone: str, at: int | None) -> None:
    """Read statements up to `;` from the terminal and print their rows, until the end."""
    with suppress(ImportError):
        import readline  # noqa: F401, PLC0415 - editing and history of input()
    is_terminal = sys.stdin.isatty()
    with lake.open_reader(home, timezone, at) as con:
        if is_terminal:
            print(_BANNER)  # noqa: T201
        for statement in _statements(is_terminal):
            try:
                _print_table(con, statement)
            except duckdb.Error as error:
                if not is_terminal:
                    raise MimamoriError(f"query: {error}") from None
                print(error, file=sys.stderr)  # noqa: T201


def _statements(is_terminal: bool) -> Iterator[str]:
    """Statements as they are typed or piped in, each up to its `;`."""
    statement = ""
    while True:
        try:
            line = input(_PROMPTS[bool(statement)] if is_terminal else "")
        except EOFError:
            if statement and not is_terminal:
                raise UsageError("the last statement has no ';' at its end") from None
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
            yield statement
            statement = ""


def _print_table(con: duckdb.DuckDBPyConnection, query: str) -> None:
    relation = con.sql(query)
    if relation is not None:
        relation.show(max_width=None if sys.stdout.isatty() else 10_000)
