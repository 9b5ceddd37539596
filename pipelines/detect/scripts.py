"""Runs the SQL files that make the tables of a day, each after those whose tables it reads."""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from pipelines.errors import TimeLimitError
from pipelines.lake import identifier, retried_without_limit
from pipelines.settings.limits import Limits
from pipelines.time_limit import query_limit

log = logging.getLogger(__name__)

_SECONDS = Limits().detector_seconds
_TABLE = re.compile(r"create or replace table (\w+)")
_MADE = re.compile(r"create or replace (?:table|view|type) (\w+)")
_MACRO = re.compile(r"create or replace macro (\w+)")
_CHANGED = re.compile(r"^update (\w+)", re.MULTILINE)
_COMMENT = re.compile(r"--[^\n]*")
_WORD = re.compile(r"\w+")


def tables_of(paths: Iterable[Path]) -> set[str]:
    """Return the names of the tables that SQL files make."""
    return {name for path in paths for name in _TABLE.findall(_text(path))}


def scripts_read(paths: Sequence[Path], texts: Iterable[str]) -> tuple[Path, ...]:
    """Return those of the files whose tables the texts name, with all that these rest on."""
    words = _words(texts)
    graph = _graph(tuple(paths))
    changed = {path: _changed(path) for path in paths}
    waiting = [path for path in paths if words.intersection(_made(path))]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += graph[path]
            made = _made(path)
            waiting += [one for one, names in changed.items() if names & made]
    return tuple(sorted(found))


def names_any(paths: Iterable[Path], texts: Iterable[str], names: Iterable[str]) -> bool:
    """Return whether one of the files or of the texts has any of these names in it."""
    return not _words([*texts, *map(_text, paths)]).isdisjoint(names)


def _words(texts: Iterable[str]) -> set[str]:
    return set().union(*(_WORD.findall(_COMMENT.sub("", text)) for text in texts))


def _made(path: Path) -> set[str]:
    text = _text(path)
    return {*_MADE.findall(text), *_MACRO.findall(text)}


def _changed(path: Path) -> set[str]:
    return set(_CHANGED.findall(_text(path)))


def run_scripts(
    con: duckdb.DuckDBPyConnection,
    values: Mapping[str, Any],
    paths: Sequence[Path],
    seconds: float = _SECONDS,
    at_once: int = 1,
) -> None:
    """Run SQL files, so many at once, see `run_sql_file`.

    A file that names what another makes or changes runs after it.
    """
    waiting = TopologicalSorter(_graph(tuple(paths)))
    waiting.prepare()

    def run(path: Path) -> None:
        with con.cursor() as cursor:
            run_sql_file(cursor, values, path, seconds)

    with ThreadPoolExecutor(at_once) as pool:
        running: dict[Future[None], Path] = {}
        while waiting.is_active():
            running |= {pool.submit(run, path): path for path in sorted(waiting.get_ready())}
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for one in ended:
                one.result()
                waiting.done(running.pop(one))


def run_sql_file(
    con: duckdb.DuckDBPyConnection,
    values: Mapping[str, Any],
    path: Path,
    seconds: float = _SECONDS,
) -> None:
    """Run the statements of an SQL file; `values` has what they bind by name.

    A file that fails, or takes longer than so many seconds, is logged, and its tables are missing,
    not those of another day: the detectors that read them fail, and no others, since one line in a
    log must not stop them all.
    """
    script = _text(path)
    try:
        with query_limit(con, seconds, path.name):
            for statement in con.extract_statements(script):
                bound = {name: values[name] for name in statement.named_parameters}
                retried_without_limit(con, lambda: con.execute(statement, bound))  # noqa: B023 - at once
    except (duckdb.Error, TimeLimitError) as error:
        log.error("%s: %s", path, error)  # noqa: TRY400 - its message says it all
        drop_tables(con, _TABLE.findall(script))


def drop_tables(con: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> None:
    """Drop tables in memory, those of them that stand."""
    for table in tables:
        con.execute(f"drop table if exists {identifier(table)}")


@cache
def _graph(paths: tuple[Path, ...]) -> dict[Path, set[Path]]:
    """The files by those of them whose tables, views and types they name, changed as they are."""
    makers = {name: path for path in paths for name in _MADE.findall(_text(path))}
    changers = {name: path for path in paths for name in _changed(path)}
    named = {path: _words([_text(path)]) for path in paths}
    return {
        path: {
            *(makers[name] for name in makers.keys() & named[path]),
            *(changers[name] for name in changers.keys() & named[path] - _made(path)),
        }
        - {path}
        for path in paths
    }


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
