"""`mimamori sql`: the lake read-only, for one query or a shell, while a write may be going on."""

import datetime as dt
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import duckdb

from pipelines.errors import MimamoriError, UsageError
from pipelines.extras import needing
from pipelines.paths import Home
from pipelines.query.allowed import Statement, statement, statements
from pipelines.query.connection import Session, questions
from pipelines.query.mart import mart_questions
from pipelines.query.saved import Value
from pipelines.query.shell import commands
from pipelines.query.shell.statements import is_complete
from pipelines.query.watch import Question, Watch, unwatched
from pipelines.query.writing import write_rows
from pipelines.records import Use
from pipelines.text.display import visible
from pipelines.text.messages import message

if TYPE_CHECKING:
    from pipelines.settings.model import Settings

_WIDEST = 10_000  # in a pipe no column is left out


def run_query(
    home: Home,
    settings: "Settings",
    question: Question,
    form: str,
    target: BinaryIO,
    *,
    at: int | None = None,
    width: int | None = _WIDEST,
    last_resort: Callable[[], None] | None = None,
    watch: Watch = unwatched,
    mart: Path | None = None,
) -> None:
    """Write the rows of one query to `target`: a table, CSV, JSON (`json`, `array`) or Parquet.

    `width` is that of a table, in cells; None is the terminal's. `last_resort` ends a query that
    cannot be interrupted; `watch` puts it on record before anything is read. With `mart`, the
    folder of a role's mart, that is read in place of the lake.

    Raises:
        RefusedError: the query is no question, or asks for more than the lake's tables.
        MimamoriError: the query fails, or passes a limit; the message says why.
    """
    opened = _opened(home, settings, at, last_resort, mart)
    with opened as session, watch(question) as use:
        try:
            asked = _only(session, question.text)
            if form == "table":
                _write_table(session, asked, target, question.values, width, use)
            elif asked.is_explain:
                raise UsageError(message("query.ask.explain_without_format"))
            else:
                write_rows(session, asked.text, form, target, question.values, use)
        except (duckdb.Error, MemoryError) as error:
            raise _failure(error) from None


def shell(
    home: Home,
    settings: "Settings",
    at: int | None,
    today: dt.date,
    last_resort: Callable[[], None] | None = None,
    watch: Watch = unwatched,
    mart: Path | None = None,
) -> None:
    """Answer statements up to `;` and commands, from the terminal or a pipe, until the end.

    `today` is the day in the configured time zone from which saved queries count; `watch` puts each
    statement on record before it is read. At a terminal an
    error is told and the next input taken; in a pipe the first error ends the work.

    Raises:
        MissingExtraError: at a terminal, where what edits lines is not installed.
    """
    is_terminal = sys.stdin.isatty()
    if is_terminal:
        with needing("shell", "mimamori sql"):
            from pipelines.query.shell.completion import words_of  # noqa: PLC0415 - not for a pipe
            from pipelines.query.shell.terminal import drawing, inputs  # noqa: PLC0415
    with _opened(home, settings, at, last_resort, mart) as session:
        entered: Iterable[str] = _piped()
        if is_terminal:
            print(commands.BANNER)  # noqa: T201
            entered = inputs(home, lambda: words_of(session.con), drawing())
        for text in entered:
            if text.strip() in commands.QUIT:
                return
            try:
                _answer(session, text, today, watch)
            except (duckdb.Error, MemoryError, MimamoriError) as error:
                if not is_terminal:
                    raise _failure(error) from None
                output = _failure(error) if isinstance(error, MemoryError) else error
                print(output, file=sys.stderr)  # noqa: T201
            except RuntimeError as error:
                if not is_terminal or "interrupted" not in str(error):  # DuckDB's word for Ctrl-C
                    raise
                print(message("query.ask.interrupted"), file=sys.stderr)  # noqa: T201


def _opened(
    home: Home,
    settings: "Settings",
    at: int | None,
    last_resort: Callable[[], None] | None,
    mart: Path | None,
) -> AbstractContextManager[Session]:
    if mart is not None:
        return mart_questions(mart, settings.timezone, settings.limits, last_resort)
    return questions(home, settings.timezone, settings.limits, at, last_resort)


def _answer(session: Session, text: str, today: dt.date, watch: Watch) -> None:
    if not commands.is_command(text):
        with watch(Question(text, {})) as use:
            for each in _each(session, text):
                _print_table(session, each, {}, use)
        return
    output = commands.answer(session, text)
    if isinstance(output, str):
        print(output)  # noqa: T201
    else:
        query, given = output
        values = query.bound(given, today)
        with watch(Question(query.sql, values, query.name)) as use:
            _print_table(session, _only(session, query.sql), values, use)


def _each(session: Session, text: str) -> Iterator[Statement]:
    """Yield the statements of a text; to look at one may take as long as to answer it."""
    found = statements(text, session.reach)
    while True:
        with session.clock().running():
            each = next(found, None)
        if each is None:
            return
        yield each


def _only(session: Session, text: str) -> Statement:
    """Return the only statement of a text, within the time of a question."""
    with session.clock().running():
        return statement(text, session.reach)


def _failure(error: duckdb.Error | MemoryError | MimamoriError) -> MimamoriError:
    if isinstance(error, MimamoriError):
        return error
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
        return MimamoriError(message("query.ask.memory", at="query"))
    return MimamoriError(message("query.ask.cannot_be_run", at="query", reason=error))


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
        raise UsageError(message("query.ask.no_semicolon"))


def _print_table(session: Session, asked: Statement, values: Mapping[str, Value], use: Use) -> None:
    width = None if sys.stdout.isatty() else _WIDEST
    for line in _table(session, asked, values, width, use):
        print(line)  # noqa: T201


def _write_table(
    session: Session,
    asked: Statement,
    target: BinaryIO,
    values: Mapping[str, Value],
    width: int | None,
    use: Use,
) -> None:
    lines = _table(session, asked, values, width, use)
    target.writelines(f"{line}\n".encode() for line in lines)


def _table(
    session: Session,
    asked: Statement,
    values: Mapping[str, Value],
    width: int | None,
    use: Use,
) -> list[str]:
    """Return the lines of a table, as wide as the terminal or as `width`."""
    table = io.StringIO()
    con = session.con
    with session.clock().running(), redirect_stdout(table):
        if asked.is_explain:
            plans = con.execute(asked.text, dict(values)).fetchall()
            return [visible(line) for _, plan in plans for line in plan.rstrip("\n").split("\n")]
        relation = con.sql(asked.text, params=dict(values)) if values else con.sql(asked.text)
        relation.show(max_width=width)
    # DuckDB shows escapes for what they are, but not what turns the direction of a text.
    lines = [visible(line) for line in table.getvalue().rstrip("\n").split("\n")]
    use.rows = (use.rows or 0) + _rows_shown(lines)
    return lines


def _rows_shown(lines: list[str]) -> int:
    """How many rows stand in a table as DuckDB draws it: what it leaves out is a row of dots."""
    begin = next((n for n, line in enumerate(lines) if line.startswith("├")), len(lines))
    rows = [line for line in lines[begin + 1 :] if line.startswith("│")]
    return sum(set(line) > {"│", " ", "·"} or "·" not in line for line in rows)
