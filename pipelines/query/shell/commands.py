"""The shell's commands: lines that begin with a dot, answered with a text or a saved query."""

import shlex
from collections.abc import Callable, Iterable
from difflib import get_close_matches

import duckdb

from pipelines.errors import UsageError
from pipelines.lake.dictionary import Relation, relations, table_functions
from pipelines.query.saved import SavedQuery, assignments, saved_queries, saved_query

HELP = """.help                      この一覧 / this list
.tables                    表 / tables
.views                     ふだんの言葉のビュー / views in people's words
.macros                    表を返す関数 / table functions
.schema NAME               列とその意味 / the columns of a table or view, and what they mean
.saved                     保存した問い合わせ / saved queries
.saved NAME [KEY=VALUE]…   それを実行 / run one
.quit                      終わる（Ctrl-D も） / leave, as does Ctrl-D

文は ; で終わる。複数行でよい。Tab で補完、↑ で履歴、Ctrl-R で履歴を検索。
A statement ends with ; and may take several lines. Tab completes, ↑ recalls, Ctrl-R searches."""

EXAMPLES = """  .saved who-looked-at-customers
  from lake.user_days where log_date = current_date - 1 order by subjects desc limit 10;
  from lake.who_saw('SUBJECT', since := current_date - 30);"""

BANNER = f"""見守り — レイクを読み取り専用で開きました。 / The lake, opened read-only.
.help で一覧、.views でビュー、.saved で保存した問い合わせ、.quit で終わる。
.help lists the commands, .views the views, .saved the saved queries, .quit leaves.
例 / examples:
{EXAMPLES}"""

QUIT = frozenset({".quit", ".exit"})
NAMES = (".help", ".macros", ".quit", ".saved", ".schema", ".tables", ".views")


def is_command(text: str) -> bool:
    """Return whether a line is a command and no SQL."""
    return text.lstrip().startswith(".")


def answer(con: duckdb.DuckDBPyConnection, line: str) -> str | tuple[SavedQuery, dict[str, str]]:
    """Return what a command prints, or the saved query that it asks for with its values.

    Raises:
        UsageError: no such command, table or saved query.
    """
    try:
        name, *arguments = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"{line.strip()}: 読み取れません / {error}") from None
    if name == ".saved" and arguments:
        return saved_query(arguments[0]), assignments(tuple(arguments[1:]))
    if name == ".schema" and len(arguments) == 1:
        return _schema(con, arguments[0])
    texts: dict[str, Callable[[], str]] = {
        ".help": lambda: HELP,
        ".macros": _macros,
        ".saved": saved_list,
        ".tables": lambda: _relations(con, "table"),
        ".views": lambda: _relations(con, "view"),
    }
    if name not in texts or arguments:
        raise UsageError(f"{line.strip()}: わかりません / unknown; .help")
    return texts[name]()


def saved_list() -> str:
    """Return the saved queries: name, title in both languages, parameters with defaults."""
    return _entries(
        (
            " ".join([query.name, *(f"{each.name}={each.default}" for each in query.parameters)]),
            [f"{query.ja} / {query.en}"],
        )
        for query in saved_queries().values()
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
        hint = f"; もしや / did you mean {', '.join(near)}?" if near else "; .tables, .views"
        raise UsageError(f"{name}: 表やビューにありません / no such table or view{hint}")
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
