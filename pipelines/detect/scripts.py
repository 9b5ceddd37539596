"""The SQL files that make the tables of a day: what each of them names, and how it is run."""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from pipelines.detect.jobs import Job, Names, rested_on, words_of
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


def tables_of(paths: Iterable[Path]) -> set[str]:
    """Return the names of the tables that SQL files make."""
    return {name for path in paths for name in _TABLE.findall(_text(path))}


def scripts_read(paths: Sequence[Path], texts: Iterable[str]) -> tuple[Path, ...]:
    """Return those of the files whose tables the texts name, with all that these rest on."""
    words = _words(texts)
    named = {path: _names(path) for path in paths}
    graph = rested_on(named)
    waiting = [path for path, one in named.items() if one.makes & words]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += graph[path]
            made = named[path].makes
            waiting += [other for other, one in named.items() if one.changes & made]
    return tuple(sorted(found))


def names_any(paths: Iterable[Path], texts: Iterable[str], names: Iterable[str]) -> bool:
    """Return whether one of the files or of the texts has any of these names in it."""
    return not _words([*texts, *map(_text, paths)]).isdisjoint(names)


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset[str]().union(*map(words_of, texts))


def _names(path: Path) -> Names:
    text = _text(path)
    made = frozenset((*_MADE.findall(text), *_MACRO.findall(text)))
    return Names(text, made, frozenset(_CHANGED.findall(text)))


def script_job(
    con: duckdb.DuckDBPyConnection,
    values: Mapping[str, Any],
    path: Path,
    seconds: float = _SECONDS,
) -> Job:
    """Return the job that runs an SQL file, see `run_sql_file`, on a cursor of its own."""
    return Job.on_cursor(con, _names(path), lambda own: run_sql_file(own, values, path, seconds))


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


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
