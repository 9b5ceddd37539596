"""Lines that were delivered before in another file: found by what they say, and counted once.

A whole file that comes again is known by its content before it is read. Here it is about the
rest: the hours of a day and then the whole day, a file cut differently, sorted or joined with
another. Servers behind a balancer log at the same time without logging the same, and two requests
of one second may be alike; so a line counts as delivered before only in a run of lines that all
were. A line with a masked value never does: what was masked may have been another's.

After the erasure of a person the lake holds their lines under a pseudonym. Where the lines come
again, the person is first erased anew; then all pseudonyms count as the same one, since each
erasure makes another, and the person's lines may stand in a run even with a masked value.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

from pipelines.ingest.reading import FileReading
from pipelines.lake import registered
from pipelines.normalise.columns import Types
from pipelines.privacy.epochs import PATTERN, PREFIX

# A run of so many lines that other files have too, with so many different clients and pages: less
# than that is chance where a monitor asks two servers for one page every second.
_LEAST_RUN = 20
_LEAST_DIFFERENT = 5
_SAMPLE = 1_000  # records of a reading that are looked up before all are

_SPANS: Types = {
    "number": pl.Int64,
    "site_id": pl.String,
    "file_id": pl.UInt64,
    "first_time": pl.Datetime("us", "UTC"),
    "last_time": pl.Datetime("us", "UTC"),
}
# What makes two lines the same. Clients are compared by what they are: their ids change with GeoIP.
_LINE = (
    "time", "site_domain", "method", "url_path", "url_query", "protocol", "status", "bytes",
    "duration_ms", "referrer", "user_id", "session_id", "client", "agent_id", "subject_id",
)  # fmt: skip
# The days stand in the text: only then are the files of all others left alone. Two lines a year
# apart would else have the year read.
_CLIENTS = """
    client as (
        select client_id,
            min(client_id) over (partition by {address}, client_host) as client
        from lake.client
    ),
    mine as (
        select {columns}, client.client
        from lake.request as request
        left join client using (client_id)
        where request.file_id = $file_id and request.line_no >= $from_line
            and request.log_date in ({days})
            and request.time between $first_time and $last_time
    ),
    theirs as (
        select {columns}, client.client
        from lake.request as request
        left join client using (client_id)
        where request.site_id = $site_id and not list_contains($not_yet, request.file_id)
            and request.log_date in ({days})
            and request.time between $first_time and $last_time
    )
"""


_NAMES_PERSONS = ("url_path", "url_query", "referrer", "user_id", "session_id", "subject_id")


def _tables(days: Sequence[dt.date], *, are_pseudonyms_alike: bool) -> str:
    """The SQL of the lines of a file, and of those of others on the same days."""

    def alike(name: str) -> str:
        return f"regexp_replace({name}, '{PATTERN.pattern}', '{PREFIX}', 'g')"

    columns, address = "request.*", "client_ip"
    if are_pseudonyms_alike:
        each = ", ".join(f"{alike(f'request.{name}')} as {name}" for name in _NAMES_PERSONS)
        columns, address = f"request.* replace ({each})", alike(address)
    on = ", ".join(f"date '{day}'" for day in days)
    return _CLIENTS.format(days=on, columns=columns, address=address)


def drop_duplicates(con: duckdb.DuckDBPyConnection, readings: Sequence[FileReading]) -> None:
    """Delete the records of `readings` that other files of their sites hold, in the transaction.

    The tallies of the readings count them as duplicates from then on. Of two readings of one
    batch the later one has the duplicates.
    """
    later_of_site: defaultdict[str, list[int]] = defaultdict(list)
    bounds = _shared_spans(con, readings)
    for number in reversed(range(len(readings))):
        reading = readings[number]
        not_yet = later_of_site[reading.file.site.id]
        not_yet.append(reading.file_id)
        if number not in bounds:
            continue
        days = sorted({day for day, _ in reading.tally.days})
        bound = {
            "file_id": reading.file_id,
            "from_line": reading.first_new_line,
            "site_id": reading.file.site.id,
            "not_yet": list(not_yet),
            "first_time": bounds[number][0],
            "last_time": bounds[number][1],
        }
        tables = _tables(days, are_pseudonyms_alike=False)
        if _is_suspected(con, tables, bound):
            for day, count in _dropped(con, tables, days, bound).group_by("log_date").len().rows():
                reading.tally.count_duplicates(day, count)


def drop_returned(con: duckdb.DuckDBPyConnection, files: Mapping[int, int]) -> None:
    """Delete records that other files of their sites hold, with erased persons between them.

    `files` has the first line of each file that counts, by id: the lines read since the erasure.
    The ledger counts them as duplicates from then on. To be called in a transaction.
    """
    spans = con.execute(
        """
        select request.file_id, any_value(request.site_id), min(request.time), max(request.time),
            list_sort(list(distinct request.log_date))
        from lake.request as request
        inner join (
            select unnest($files) as file_id, unnest($from_lines) as from_line
        ) as given on given.file_id = request.file_id and request.line_no >= given.from_line
        group by request.file_id
        order by request.file_id
        """,
        {"files": list(files), "from_lines": list(files.values())},
    ).fetchall()
    for number, (file_id, site_id, first_time, last_time, days) in enumerate(spans):
        bound = {
            "file_id": file_id,
            "from_line": files[file_id],
            "site_id": site_id,
            "not_yet": [one for one, *_ in spans[number:]],
            "first_time": first_time,
            "last_time": last_time,
        }
        tables = _tables(days, are_pseudonyms_alike=True)
        if _is_suspected(con, tables, bound):
            lines = _dropped(con, tables, days, bound, has_returned=True)
            _count_duplicates(con, file_id, lines)


def _count_duplicates(con: duckdb.DuckDBPyConnection, file_id: int, lines: pl.DataFrame) -> None:
    """Have the ledger count lines of a file, which it counted as records, as duplicates."""
    with registered(con, doubles=lines):
        counts = con.execute(
            """
            select ledger.from_line, doubles.log_date, count(*)
            from lake.ledger as ledger
            inner join doubles
                on doubles.line_no between ledger.from_line and ledger.from_line + ledger.lines - 1
            where ledger.file_id = ? and ledger.records > 0
            group by all
            """,
            [file_id],
        ).fetchall()
    for from_line, day, count in counts:
        for table, of_day in (("ledger", ""), ("ledger_day", " and log_date = $day")):
            values = {"count": count, "file": file_id, "line": from_line}
            con.execute(
                f"update lake.{table} set records = records - $count,"
                " duplicates = duplicates + $count"
                f" where file_id = $file and from_line = $line and records > 0{of_day}",
                values | ({"day": day} if of_day else {}),
            )


def write_days_of_known_lines(con: duckdb.DuckDBPyConnection, reading: FileReading) -> None:
    """Count lines of a known file that came again on the days on which they stand in the lake."""
    con.execute(
        """
        insert into lake.ledger_day by name
        select file_id, $from_line as from_line, any_value(site_id) as site_id, log_date,
            0 as records, 0 as rejects,
            sum(records + rejects) as duplicates, $read_at as read_at
        from lake.ledger_day
        where file_id = $file_id and from_line >= $from_line
        group by file_id, log_date
        """,
        {
            "file_id": reading.file_id,
            "from_line": reading.from_line,
            "read_at": reading.read_at,
        },
    )


def _shared_spans(
    con: duckdb.DuckDBPyConnection, readings: Sequence[FileReading]
) -> dict[int, tuple[object, object]]:
    """From when to when files read before have lines too, by number of the reading."""
    fresh = pl.DataFrame(
        [
            (number, reading.file.site.id, reading.file_id, tally.first_time, tally.last_time)
            for number, reading in enumerate(readings)
            if (tally := reading.tally).total("records")
        ],
        schema=_SPANS,
        orient="row",
    )
    if fresh.is_empty():
        return {}
    with registered(con, given=fresh):
        rows = con.execute(
            """
            with fresh as materialized (select * from given),
            earlier as (
                select -1 as number, site_id, file_id, first_time, last_time
                from lake.ledger
                where records > 0
                union all
                select number, site_id, file_id, first_time, last_time from fresh
            )
            select fresh.number,
                greatest(min(earlier.first_time), any_value(fresh.first_time)),
                least(max(earlier.last_time), any_value(fresh.last_time))
            from fresh
            inner join earlier
                on earlier.site_id = fresh.site_id and earlier.number < fresh.number
                and earlier.file_id <> fresh.file_id
                and earlier.first_time <= fresh.last_time and earlier.last_time >= fresh.first_time
            group by fresh.number
            """
        ).fetchall()
    return {number: (first, last) for number, first, last in rows}


def _is_suspected(con: duckdb.DuckDBPyConnection, tables: str, bound: dict[str, object]) -> bool:
    """Whether some of a sample of the lines stand in another file."""
    rows = con.execute(
        f"""
        with {tables},
        sample as (
            select * from mine
            where hash(line_no) % greatest(1, (select count(*) from mine) // $sample) = 0
        )
        select count(*) from sample semi join theirs on {_same("sample")}
        """,
        {**bound, "sample": _SAMPLE},
    ).fetchall()
    return bool(rows[0][0])


def _dropped(
    con: duckdb.DuckDBPyConnection,
    tables: str,
    days: Sequence[dt.date],
    bound: dict[str, object],
    *,
    has_returned: bool = False,
) -> pl.DataFrame:
    """Delete the records of a file that others hold; return their lines and days.

    Where an erased person `has_returned`, lines with a masked value may stand between them.
    """
    lines = con.execute(
        f"""
        with {tables},
        copies as (
            select {", ".join(_LINE)}, count(*) as count from theirs group by all
        ),
        numbered as (
            select *,
                row_number() over (order by line_no) as place,
                row_number() over (partition by {", ".join(_LINE)} order by line_no) as copy
            from mine
        ),
        matched as (
            select
                numbered.line_no, numbered.log_date,
                numbered.client, numbered.url_path, numbered.url_query,
                len(numbered.redactions) = 0 as is_whole,  -- what a mask hides may differ
                numbered.place - row_number() over (order by numbered.place) as run
            from numbered
            inner join copies on {_same("numbered", "copies")}
            where numbered.copy <= copies.count
                and (len(numbered.redactions) = 0 or $has_returned)
        ),
        long as (
            select run
            from matched
            where is_whole
            group by run
            having count(*) >= $least_run
                and count(distinct (client, url_path, url_query)) >= $least_different
        )
        select line_no, log_date from matched where is_whole and run in (select run from long)
        """,
        {
            **bound,
            "least_run": _LEAST_RUN,
            "least_different": _LEAST_DIFFERENT,
            "has_returned": has_returned,
        },
    ).pl()
    if lines.is_empty():
        return lines
    with registered(con, doubles=lines):
        con.execute(
            "delete from lake.request_fact where file_id = $file_id"
            " and list_contains($days, log_date)"
            " and line_no in (select line_no from doubles)",
            {"file_id": bound["file_id"], "days": list(days)},
        )
    return lines


def _same(mine: str, theirs: str = "theirs") -> str:
    return " and ".join(f"{theirs}.{name} is not distinct from {mine}.{name}" for name in _LINE)
