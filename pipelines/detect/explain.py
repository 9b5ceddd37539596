"""What reasons on record explained: kept beside the findings, and renewed when they come late."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import polars as pl

from pipelines.context.entry import KINDS
from pipelines.context.load import read_all
from pipelines.lake import insert_frame, insert_rows
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.settings.model import Settings

RENEWED_DAYS = 7

_ACCESSES = """
select
    request.site_id::varchar as site_id, request.user_id,
    coalesce(access_reason.found.reason, request.reason) as reason,
    request.reason::varchar as source,
    count(*) as accesses, count(distinct request.subject_id) as subjects
from day_request as request
left join access_reason on access_reason.request_row = request.rowid
where request.is_personal and request.reason is not null
group by request.site_id, request.user_id, access_reason.found.reason, request.reason
order by all
"""

_SOURCES = "select name, source, sha256, entries from context_source order by name"

_LAST_READ = """
select name, arg_max_null(source, read_at), arg_max_null(sha256, read_at)
from lake.context_read
group by name
"""

_DETECTED = """
with recent as (
    select log_date
    from lake.ledger_day
    where log_date < $date
    group by log_date
    having sum(records) > 0
    order by log_date desc
    limit $days
)
select stage_run.log_date, max(stage_run.ended_at)
from lake.stage_run
where stage_run.stage = 'detect'
    and stage_run.status = 'done'
    and stage_run.log_date in (select log_date from recent)
group by stage_run.log_date
order by stage_run.log_date
"""


@dataclass(frozen=True)
class Explained:
    """What reasons on record explained on a day, and the content that they were read from."""

    accesses: pl.DataFrame
    sources: tuple[dict[str, Any], ...] = ()

    def rows_of(self, day: dt.date) -> pl.DataFrame:
        """Return the rows of `lake.explanation_day`."""
        rows = self.accesses
        return rows if rows.is_empty() else rows.with_columns(log_date=pl.lit(day))

    def without_sources(self) -> "Explained":
        """Return the same for a day on which what was read is on record already."""
        return replace(self, sources=())


NOTHING_EXPLAINED = Explained(pl.DataFrame())


def explained(con: duckdb.DuckDBPyConnection) -> Explained:
    """Return what is explained of the day whose tables stand."""
    # Every customer who looks at their own record is a row here.
    return Explained(con.execute(_ACCESSES).pl(), sources_read(con))


def sources_read(con: duckdb.DuckDBPyConnection) -> tuple[dict[str, Any], ...]:
    """Return which content the tables of the context were made of, one for each key."""
    return tuple(con.execute(_SOURCES).pl().to_dicts())


def insert_explanations(
    con: duckdb.DuckDBPyConnection, day: dt.date, explained: Explained, read_at: dt.datetime
) -> None:
    """Write what is explained of `day`, and from which content, unless that is on record.

    To be called within the transaction that replaces the findings.
    """
    if not explained.accesses.is_empty():
        insert_frame(con, "explanation_day", explained.rows_of(day))
    if not explained.sources:
        return
    # One row per content: a source that had this content last time has its row already.
    last = {name: (source, sha256) for name, source, sha256 in con.execute(_LAST_READ).fetchall()}
    ids = KeyedIds.of(con)
    sources = [{**one, "sha256": _digest(ids, one["sha256"])} for one in explained.sources]
    read_anew = [
        {**one, "read_at": read_at}
        for one in sources
        if (one["source"], one["sha256"]) != last.get(one["name"], (None, None))
    ]
    insert_rows(con, "context_read", read_anew)


def days_explained_late(
    con: duckdb.DuckDBPyConnection, settings: Settings, on: dt.date, ids: KeyedIds
) -> list[dt.date]:
    """Return those of the last days with records before `on` whose context has changed since.

    A day is judged by the content that its last detection had used. A source that cannot be read
    now changes nothing: what it explained stays explained until it is back.
    """
    detected = con.execute(_DETECTED, {"date": on, "days": RENEWED_DAYS}).fetchall()
    if not detected:
        return []
    used: dict[str, list[tuple[dt.datetime, str | None]]] = {}
    rows = con.execute("select name, read_at, sha256 from lake.context_read order by read_at")
    for name, read_at, sha256 in rows.fetchall():
        used.setdefault(name, []).append((read_at, sha256))
    reads = read_all(con, settings)
    present = {
        name: _digest(ids, reads[name].sha256) if name in reads else None
        for name in {*used, *reads}
        # The directory and the rights change every day; they hold for the days to come.
        if name in KINDS and not KINDS[name].is_listed
        if name not in reads or reads[name].problem is None
    }

    def has_changed(ended_at: dt.datetime) -> bool:
        return any(
            sha256 != _last_before(used.get(name, []), ended_at) for name, sha256 in present.items()
        )

    return [day for day, ended_at in detected if has_changed(ended_at)]


def _digest(ids: KeyedIds, sha256: str | None) -> str | None:
    return None if sha256 is None else ids.of_content(sha256)


def _last_before(reads: list[tuple[dt.datetime, str | None]], instant: dt.datetime) -> str | None:
    return next((sha256 for read_at, sha256 in reversed(reads) if read_at <= instant), None)
