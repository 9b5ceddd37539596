"""Lines that were delivered before in another file: found by what they say, and counted once.

A whole file that comes again is known by its content before it is read. Here it is about the
rest: the hours of a day and then the whole day, a file cut differently, sorted or joined with
another. Servers behind a balancer log at the same time without logging the same, and two requests
of one second may be alike; so a line counts as delivered before only in a run of lines that all
were. A line with a masked value never does: what was masked may have been another's.
"""

from collections import defaultdict
from collections.abc import Sequence

import duckdb
import polars as pl

from pipelines.ingest.reading import FileReading
from pipelines.lake import registered
from pipelines.normalise.columns import Types

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
        select client_id, min(client_id) over (partition by client_ip, client_host) as client
        from lake.client
    ),
    mine as (
        select request.*, client.client
        from lake.request as request
        left join client using (client_id)
        where request.file_id = $file_id and request.line_no >= $from_line
            and request.log_date in ({days})
            and request.time between $first_time and $last_time
    ),
    theirs as (
        select request.*, client.client
        from lake.request as request
        left join client using (client_id)
        where request.site_id = $site_id and not list_contains($not_yet, request.file_id)
            and request.log_date in ({days})
            and request.time between $first_time and $last_time
    )
"""


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
        days = ", ".join(f"date '{day}'" for day in sorted({day for day, _ in reading.tally.days}))
        bound = {
            "file_id": reading.file_id,
            "from_line": reading.first_new_line,
            "site_id": reading.file.site.id,
            "not_yet": list(not_yet),
            "first_time": bounds[number][0],
            "last_time": bounds[number][1],
        }
        clients = _CLIENTS.format(days=days)
        if _is_suspected(con, clients, bound):
            _drop(con, reading, clients, days, bound)


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


def _is_suspected(con: duckdb.DuckDBPyConnection, clients: str, bound: dict[str, object]) -> bool:
    """Whether some of a sample of the lines stand in another file."""
    rows = con.execute(
        f"""
        with {clients},
        sample as (
            select * from mine
            where hash(line_no) % greatest(1, (select count(*) from mine) // $sample) = 0
        )
        select count(*) from sample semi join theirs on {_same("sample")}
        """,
        {**bound, "sample": _SAMPLE},
    ).fetchall()
    return bool(rows[0][0])


def _drop(
    con: duckdb.DuckDBPyConnection,
    reading: FileReading,
    clients: str,
    days: str,
    bound: dict[str, object],
) -> None:
    lines = con.execute(
        f"""
        with {clients},
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
                numbered.place - row_number() over (order by numbered.place) as run
            from numbered
            inner join copies on {_same("numbered", "copies")}
            where numbered.copy <= copies.count
                and len(numbered.redactions) = 0  -- what a mask hides may differ
        )
        select line_no, log_date
        from matched
        qualify count(*) over (partition by run) >= $least_run
            and count(distinct (client, url_path, url_query)) over (partition by run)
                >= $least_different
        """,
        {**bound, "least_run": _LEAST_RUN, "least_different": _LEAST_DIFFERENT},
    ).pl()
    if lines.is_empty():
        return
    with registered(con, doubles=lines):
        con.execute(
            "delete from lake.request_fact where file_id = $file_id"
            f" and log_date in ({days})"
            " and line_no in (select line_no from doubles)",
            {"file_id": bound["file_id"]},
        )
    for day, count in lines.group_by("log_date").len().iter_rows():
        reading.tally.count_duplicates(day, count)


def _same(mine: str, theirs: str = "theirs") -> str:
    return " and ".join(f"{theirs}.{name} is not distinct from {mine}.{name}" for name in _LINE)
