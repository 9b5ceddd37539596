"""`mimamori sql`: the lake read-only, for one query or a shell, while a write may be going on."""

import datetime as dt
import io
import os
import shutil
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import duckdb

from pipelines import lake
from pipelines.errors import MimamoriError, UsageError
from pipelines.paths import Home
from pipelines.report.visible import visible
from pipelines.saved_queries import Value
from pipelines.shell import commands
from pipelines.shell.statements import is_complete

_COPY_OPTIONS = {
    "csv": "format csv, header",
    "json": "format json",
    "array": "format json, array true",
    "parquet": "format parquet, compression zstd",
}
_WIDEST = 10_000  # in a pipe no column is left out


def run_query(
    home: Home,
    timezone: str,
    query: str,
    form: str,
    at: int | None,
    out: Path | None,
    values: Mapping[str, Value] | None = None,
) -> None:
    """Print the rows of one query as a table, CSV, JSON (`json` a line each, `array`) or Parquet.

    `values` are bound to the query's parameters, `$name`.

    Raises:
        MimamoriError: the query fails; the message is DuckDB's.
        UsageError: Parquet to standard output.
    """
    if form == "parquet" and out is None:
        raise UsageError("Parquet にはファイルが要ります / Parquet needs a file; add -o FILE")
    with lake.open_reader(home, timezone, at) as con:
        try:
            if form == "table":
                _print_table(con, query, values)
            elif out:
                _copy(con, query, form, str(out), values)
            else:
                with _standard_output() as target:
                    _copy(con, query, form, target, values)
        except duckdb.Error as error:
            raise _told(error) from None


def _copy(
    con: duckdb.DuckDBPyConnection,
    query: str,
    form: str,
    target: str,
    values: Mapping[str, Value] | None,
) -> None:
    # A line of its own for the bracket, since a query may end with a comment.
    con.execute(
        f"copy (\n{query.rstrip().rstrip(';')}\n) to {lake.quoted(target)} ({_COPY_OPTIONS[form]})",
        dict(values or {}),
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


def shell(home: Home, timezone: str, at: int | None, today: dt.date) -> None:
    """Answer statements up to `;` and commands, from the terminal or a pipe, until the end.

    `today` is the day in the configured time zone from which saved queries count. At a terminal an
    error is told and the next input taken; in a pipe the first error ends the work.
    """
    is_terminal = sys.stdin.isatty()
    with lake.open_reader(home, timezone, at) as con:
        entered: Iterable[str] = _piped()
        if is_terminal:
            from pipelines.shell.completion import words_of  # noqa: PLC0415 - not for a pipe
            from pipelines.shell.terminal import inputs  # noqa: PLC0415

            print(commands.BANNER)  # noqa: T201
            entered = inputs(home, lambda: words_of(con))
        for text in entered:
            if text.strip() in commands.QUIT:
                return
            try:
                _answer(con, text, today)
            except (duckdb.Error, UsageError) as error:
                if not is_terminal:
                    raise _told(error) from None
                print(error, file=sys.stderr)  # noqa: T201
            except RuntimeError as error:
                if not is_terminal or "interrupted" not in str(error):  # DuckDB's word for Ctrl-C
                    raise
                print("中断しました / interrupted", file=sys.stderr)  # noqa: T201


def _answer(con: duckdb.DuckDBPyConnection, text: str, today: dt.date) -> None:
    if not commands.is_command(text):
        for statement in con.extract_statements(text):
            _print_table(con, statement.query)
        return
    said = commands.answer(con, text)
    if isinstance(said, str):
        print(said)  # noqa: T201
    else:
        query, given = said
        _print_table(con, query.sql, query.bound(given, today))


def _told(error: duckdb.Error | UsageError) -> MimamoriError:
    if isinstance(error, UsageError):
        return error
    return MimamoriError(f"query: 実行できません / {error}")


def _piped() -> Iterator[str]:
    """Commands and statements as they are piped in."""
    statement = ""
    for line in sys.stdin:
        if not statement.strip() and commands.is_command(line):
            yield line.strip()
            continue
        statement += line
        if is_complete(statement):
            yield statement
            statement = ""
    if statement.strip():
        raise UsageError(
            "最後の文の終わりに ; がありません / the last statement has no ';' at its end"
        )


def _print_table(
    con: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, Value] | None = None
) -> None:
    relation = con.sql(query, params=dict(values)) if values else con.sql(query)
    if relation is not None:  # it is, for a statement without rows
        _print_rows(relation)


def _print_rows(relation: duckdb.DuckDBPyRelation) -> None:
    width = None if sys.stdout.isatty() else _WIDEST
    table = io.StringIO()
    with redirect_stdout(table):
        relation.show(max_width=width)
    # DuckDB shows escapes for what they are, but not what turns the direction of a text.
    for line in table.getvalue().rstrip("\n").split("\n"):
        print(visible(line))  # noqa: T201
