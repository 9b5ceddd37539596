"""The shell's commands: lines that begin with a dot, answered with a text or a saved query."""

import datetime as dt
import shlex
from collections.abc import Callable, Iterable
from difflib import get_close_matches

import duckdb

from pipelines.errors import MimamoriError, UsageError
from pipelines.lake.dictionary import Relation, relations, table_functions
from pipelines.query.allowed import statement
from pipelines.query.connection import Session
from pipelines.query.saved import SavedQuery, assignments, saved_queries, saved_query
from pipelines.text.messages import message

HELP = "\n".join(
    (
        f"{'.help':26} {message('query.shell.commands.help')}",
        f"{'.tables':26} {message('query.shell.commands.tables')}",
        f"{'.views':26} {message('query.shell.commands.views')}",
        f"{'.macros':26} {message('query.shell.commands.macros')}",
        f"{'.schema NAME':26} {message('query.shell.commands.schema')}",
        f"{'.saved':26} {message('query.shell.commands.saved')}",
        f"{'.saved NAME [KEY=VALUE]…':26} {message('query.shell.commands.run')}",
        f"{'.quit':26} {message('query.shell.commands.quit')}",
        "",
        message("query.shell.commands.typing", between="\n"),
    )
)

EXAMPLES = """  .saved who-looked-at-customers
  from lake.user_days where log_date = current_date - 1 order by subjects desc limit 10;
  from lake.who_saw('SUBJECT', since := current_date - 30);"""

BANNER = "\n".join(
    (
        message("query.shell.commands.opened"),
        message("query.shell.commands.first_commands", between="\n"),
        f"{message('query.shell.commands.examples')}:",
        EXAMPLES,
    )
)

_ANY_DAY = dt.date(2000, 1, 1)  # a question that is only explained reads none
QUIT = frozenset({".quit", ".exit"})
NAMES = (".help", ".macros", ".quit", ".saved", ".schema", ".tables", ".views")


def is_command(text: str) -> bool:
    """Return whether a line is a command and no SQL."""
    return text.lstrip().startswith(".")


def answer(session: Session, line: str) -> str | tuple[SavedQuery, dict[str, str]]:
    """Return what a command prints, or the saved query that it asks for with its values.

    Raises:
        UsageError: no such command, table or saved query.
    """
    con = session.con
    try:
        name, *arguments = shlex.split(line)
    except ValueError as error:
        raise UsageError(
            message("query.shell.commands.cannot_be_read", at=line.strip(), reason=error)
        ) from None
    if name == ".saved" and arguments:
        return saved_query(arguments[0]), assignments(tuple(arguments[1:]))
    if name == ".schema" and len(arguments) == 1:
        return _schema(con, arguments[0])
    texts: dict[str, Callable[[], str]] = {
        ".help": lambda: HELP,
        ".macros": _macros,
        ".saved": lambda: saved_list(answerable(session)),
        ".tables": lambda: _relations(con, "table"),
        ".views": lambda: _relations(con, "view"),
    }
    if name not in texts or arguments:
        raise UsageError(message("query.shell.commands.unknown", at=line.strip()))
    return texts[name]()


def answerable(session: Session) -> list[SavedQuery]:
    """Return the saved queries that can be asked of what is open: of a mart, not each can."""
    queries = list(saved_queries().values())
    return (
        [each for each in queries if _is_answerable(session, each)] if session.is_mart else queries
    )


def _is_answerable(session: Session, query: SavedQuery) -> bool:
    try:
        checked = statement(query.sql, session.reach)
        session.con.execute(f"explain {checked.text}", query.bound({}, _ANY_DAY))
    except (MimamoriError, duckdb.Error):
        return False
    return True


def saved_list(queries: Iterable[SavedQuery]) -> str:
    """Return saved queries as a text: name, title in both languages, parameters with defaults."""
    return _entries(
        (
            " ".join([query.name, *(f"{each.name}={each.default}" for each in query.parameters)]),
            [f"{query.ja} / {query.en}"],
        )
        for query in queries
    )


def _relations(con: duckdb.DuckDBPyConnection, kind: str) -> str:
    return _entries(
        (f"lake.{each.name}", [each.comment]) for each in relations(con) if each.kind == kind
    )


def _macros() -> str:
    return _entries(
        (
            f"lake.{each.name}({each.signature})",
            [each.comment, *(f"{name}: {comment}" for name, comment in each.parameters)],
        )
        for each in table_functions()
    )


def _entries(entries: Iterable[tuple[str, list[str]]]) -> str:
    return "\n".join(
        "\n".join([head, *(f"    {line}" for line in lines)]) for head, lines in entries
    )


def _schema(con: duckdb.DuckDBPyConnection, name: str) -> str:
    known: dict[str, Relation] = {each.name: each for each in relations(con)}
    bare = name.removeprefix("lake.")
    if bare not in known:
        near = get_close_matches(bare, known)
        hint = (
            message("text.validate.did_you_mean", near=", ".join(near))
            if near
            else "; .tables, .views"
        )
        raise UsageError(message("query.shell.commands.no_such_table", at=name, hint=hint))
    found = known[bare]
    names = max(len(column.name) for column in found.columns)
    types = max(len(column.type) for column in found.columns)
    return "\n".join(
        [
            f"lake.{found.name}: {found.comment}",
            *(
                f"  {column.name:{names}}  {column.type:{types}}  {column.comment}"
                for column in found.columns
            ),
        ]
    )
