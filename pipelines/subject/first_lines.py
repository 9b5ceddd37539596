"""New numbers for files that begin with a line of an erased person.

`file_id` is made of a file's first line, the same in every lake (`ingest.identity`): whoever puts
that line together again with a guessed name could confirm the guess by it. The ids of the file's
lines are made of `file_id`, and change with it. The ledger knows the file by a keyed digest, and
what is delivered again gets the new number.
"""

import secrets

import duckdb

from pipelines.lake.rewriting import Marked, mark_rows, rewrite_rows
from pipelines.lake.statements import identifier

NO_FIRST_LINES = "create or replace temp table subject_file (file_id ubigint)"
_FIRST_LINES = """
insert into temp.subject_file
with line as (
    select file_id, line_no from lake.request_fact
    union all
    select file_id, line_no from lake.reject
),
first as (
    select file_id, min(line_no) as line_no
    from line
    where file_id in (select file_id from {marked})
    group by file_id
)
select marked.file_id
from {marked} as marked
inner join first using (file_id, line_no)
"""
# Ids of lines are sums of 64 bits (`ingest.identity.event_ids`).
_NEW_EVENT = (
    "((own.event_id::hugeint - {file}.file_id::hugeint + {file}.new_id::hugeint"
    " + 18446744073709551616) % 18446744073709551616)::ubigint"
)


def note_first_lines(con: duckdb.DuckDBPyConnection, marked: Marked) -> None:
    """Note the files whose first line is marked; the marks have `file_id` and `line_no`."""
    con.execute(_FIRST_LINES.format(marked=marked.name))


def renumber_files(con: duckdb.DuckDBPyConnection) -> None:
    """Give the noted files, and their lines, numbers that nothing can be computed from."""
    files = con.execute("select distinct file_id from temp.subject_file").fetchall()
    if not files:
        return
    con.execute("create or replace temp table subject_number (file_id ubigint, new_id ubigint)")
    con.executemany(
        "insert into temp.subject_number values (?, ?)",
        [(file_id, secrets.randbits(64)) for (file_id,) in files],
    )
    con.execute(
        "create or replace temp table subject_event as"
        f" select own.event_id, {_NEW_EVENT.format(file='number')} as new_id"
        " from lake.request_fact as own inner join temp.subject_number as number using (file_id)"
        " where own.event_id in (select event_id from lake.service_user)"
    )
    _renumber(con, "service_user", "event_id", "subject_event", {})
    tables = con.execute(
        "select table_name from duckdb_columns() where database_name = 'lake'"
        " and column_name = 'file_id' and table_name in"
        " (select table_name from duckdb_tables() where database_name = 'lake') order by 1"
    ).fetchall()
    file = "(select number from temp.subject_number as number where number.file_id = own.file_id)"
    for (table,) in tables:
        further = {"event_id": _NEW_EVENT.format(file=file)} if table == "request_fact" else {}
        _renumber(con, table, "file_id", "subject_number", further)
    for table in ("subject_event", "subject_number"):
        con.execute(f"drop table temp.{table}")


def _renumber(
    con: duckdb.DuckDBPyConnection, table: str, column: str, numbers: str, further: dict[str, str]
) -> None:
    name = identifier(column)
    new = f"(select new_id from temp.{numbers} as number where number.{name} = own.{name})"
    found = f"own.{name} in (select {name} from temp.{numbers})"
    rewrite_rows(con, mark_rows(con, table, found, {column: new, **further}, {}))
