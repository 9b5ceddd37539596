"""The records of an incident's actors, with the place of each line and its digest as logged."""

import datetime as dt
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from pipelines.errors import MimamoriError
from pipelines.ingest.archives import DAMAGE
from pipelines.ingest.folder import Folder
from pipelines.ingest.reader import BLOCK_BYTES, Openable, open_content
from pipelines.lake import make_table
from pipelines.worksheet.choose import Chosen

_RECORDS = """
create or replace temp table bundle_record as
select * from lake.access_log
where log_date between $first and $last and (
    list_contains($users, user_id) or is_from(client_ip, $addresses)
    or list_contains($sessions, session_id)
)
"""
# Where each file lay when it was last looked at, and how.
_FILES = """
with wanted as (
    select file_id, list(distinct line_no) as line_nos from bundle_record group by file_id
)
select
    wanted.file_id, ledger.path, ledger.disk_bytes, ledger.modified_ns, wanted.line_nos
from wanted
join lake.ledger as ledger on ledger.file_id = wanted.file_id
where ledger.status in ('read', 'renamed')
qualify row_number() over (
    partition by wanted.file_id order by ledger.read_at desc, ledger.from_line desc
) = 1
order by ledger.path
"""
_TOLD = """
select to_json(told) from (
    select
        place.path as file, record.line_no as line, digest.line_sha256,
        record.* exclude (line_no) replace (
            strftime(record.time at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') as time
        )
    from bundle_record as record
    left join bundle_place as place on place.file_id = record.file_id
    left join bundle_line as digest
        on digest.file_id = record.file_id and digest.line_no = record.line_no
    order by record.time, record.event_id
) as told
"""
_LEDGER = """
select to_json(ledger) from lake.ledger as ledger
where file_id in (select file_id from bundle_record)
    or (site_id = any($sites) and file_id in (
        select file_id from lake.ledger_day where log_date between $first and $last
    ))
order by path, read_at, from_line
"""
_BATCH = 10_000


def find_lines(
    con: duckdb.DuckDBPyConnection, zone: ZoneInfo, landing: Path, chosen: Chosen
) -> tuple[int, int]:
    """Find the records of an incident's actors on its days, and the digests of their lines.

    Returns how many records there are, and how many of them have a digest: that of the line as
    logged, where the file still lies in the landing folder as it was read.
    """
    named = chosen.actors
    first, last = days_of(chosen, zone)
    con.execute(
        _RECORDS,
        {
            "first": first,
            "last": last,
            "users": named["user"],
            "addresses": named["ip"],
            "sessions": named["session"],
        },
    )
    files = con.execute(_FILES).fetchall()
    places = [(file_id, path) for file_id, path, *_ in files]
    digests = list(_digests(landing, files))
    columns = {"file_id": pl.UInt64, "path": pl.String}
    make_table(con, "bundle_place", pl.DataFrame(places, schema=columns, orient="row"))
    columns = {"file_id": pl.UInt64, "line_no": pl.UInt64, "line_sha256": pl.String}
    make_table(con, "bundle_line", pl.DataFrame(digests, schema=columns, orient="row"))
    (count,) = con.execute("select count(*) from bundle_record").fetchone() or (0,)
    return count, len(digests)


def told_lines(con: duckdb.DuckDBPyConnection) -> Iterator[bytes]:
    """Yield the records that were found, one JSON a line, by time.

    Each has `file`, `line` and, where it has a digest, `line_sha256`: the SHA-256 of the line
    without its line feed. Whoever has the file can prove that the record is of this line.
    """
    return _rows(con, _TOLD, {})


def told_ledger(con: duckdb.DuckDBPyConnection, zone: ZoneInfo, chosen: Chosen) -> Iterator[bytes]:
    """Yield the readings of the files that the records and the incident's sites rest on."""
    first, last = days_of(chosen, zone)
    sites = sorted({one.site_id for one in chosen.findings if one.site_id})
    return _rows(con, _LEDGER, {"sites": sites, "first": first, "last": last})


def _rows(con: duckdb.DuckDBPyConnection, query: str, values: dict[str, Any]) -> Iterator[bytes]:
    con.execute(query, values)
    while rows := con.fetchmany(_BATCH):
        yield "".join(f"{text}\n" for (text,) in rows).encode()


def days_of(chosen: Chosen, zone: ZoneInfo) -> tuple[dt.date, dt.date]:
    """Return the first and the last day in `zone` that the findings of an incident speak of."""
    on = chosen.incident.date
    days = [one.first_seen.astimezone(zone).date() for one in chosen.findings]
    return min([on, *days]), on


def _digests(
    landing: Path, files: Iterable[tuple[int, str, int | None, int | None, list[int]]]
) -> Iterator[tuple[int, int, str]]:
    try:
        folder = Folder.at(landing)
    except MimamoriError:  # the logs are elsewhere by now
        return
    with folder:
        for file_id, path, disk_bytes, modified_ns, line_nos in files:
            found: dict[int, str] = {}
            # One that is gone, or damaged since, has no digests; its records stand all the same.
            with suppress(OSError, *DAMAGE), closing(folder.file(path)) as file:
                there = os.fstat(file.fileno())
                if (there.st_size, there.st_mtime_ns) == (disk_bytes, modified_ns):
                    found = _line_digests(file, set(line_nos))
            yield from ((file_id, number, digest) for number, digest in found.items())


def _line_digests(file: Openable, wanted: set[int]) -> dict[int, str]:
    """Return the SHA-256 of the lines with the numbers `wanted`, from 1 on, however long."""
    found: dict[int, str] = {}
    number, last = 1, max(wanted)
    hasher = hashlib.sha256()
    with open_content(file) as stream:
        while number <= last and (data := stream.read(BLOCK_BYTES)):
            start = 0
            while (end := data.find(b"\n", start)) >= 0:
                if number in wanted:
                    hasher.update(data[start:end])
                    found[number] = hasher.hexdigest()
                    hasher = hashlib.sha256()
                number, start = number + 1, end + 1
            if number in wanted:
                hasher.update(data[start:])
        if number in wanted:  # the last line of a file that ends without a line feed
            found[number] = hasher.hexdigest()
    return found
