"""Limits that a run of ingest met, on their way into lake.limit_reached."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from pipelines.ingest.bounds import PUTS_ASIDE, Passed
from pipelines.ingest.discover import LogFile
from pipelines.lake import insert_frame, registered
from pipelines.normalise.columns import Types
from pipelines.settings.limits import Limits


@dataclass(frozen=True)
class LimitReached:
    """One row of lake.limit_reached."""

    reached_at: dt.datetime
    limit_name: str
    site_id: str | None
    path: str | None
    log_date: dt.date | None
    seen: int
    allowed: int
    lines: int | None

    @classmethod
    def of_file(
        cls, passed: Passed, file: LogFile, reached_at: dt.datetime, lines: int | None
    ) -> "LimitReached":
        """Return the row of a limit that a file passed."""
        return cls(
            reached_at=reached_at,
            limit_name=passed.limit,
            site_id=file.site.id,
            path=file.relative,
            log_date=None,
            seen=passed.seen,
            allowed=passed.allowed,
            lines=lines,
        )

    @property
    def passed(self) -> Passed:
        """The limit, and by what it was passed."""
        return Passed(self.limit_name, self.seen, self.allowed)


def write_reached(con: duckdb.DuckDBPyConnection, rows: Sequence[LimitReached]) -> None:
    """Insert rows into lake.limit_reached."""
    if rows:
        frame = pl.DataFrame([vars(row) for row in rows], schema=_SCHEMA)
        insert_frame(con, "limit_reached", frame)


def still_aside(
    con: duckdb.DuckDBPyConnection, files: Sequence[LogFile], now: dt.datetime
) -> list[LimitReached]:
    """Return a row, of this run, for each of `files` that was put aside before and not read now."""
    if not files:
        return []
    by_path = {file.relative: file for file in files}
    lying_now = pl.DataFrame({"path": list(by_path)}, schema={"path": pl.String})
    with registered(con, lying=lying_now):
        found = con.execute(
            """
            with last_look as (
                select path, arg_max(status, read_at) as status from lake.ledger group by path
            )
            select
                path, arg_max(limit_name, reached_at), arg_max(seen, reached_at),
                arg_max(allowed, reached_at)
            from lying
            inner join last_look using (path)
            inner join lake.limit_reached as reached using (path)
            where last_look.status = 'put_aside' and list_contains(?, reached.limit_name)
            group by path
            order by path
            """,
            [PUTS_ASIDE],
        ).fetchall()
    return [
        LimitReached.of_file(Passed(name, seen, allowed), by_path[path], now, lines=None)
        for path, name, seen, allowed in found
    ]


def bounds_of(limits: Limits) -> Mapping[str, int]:
    """Return the limits that put files aside, by name."""
    return {name: getattr(limits, name) for name in PUTS_ASIDE}


_SCHEMA: Types = {
    "reached_at": pl.Datetime("us", "UTC"),
    "limit_name": pl.String,
    "site_id": pl.String,
    "path": pl.String,
    "log_date": pl.Date,
    "seen": pl.UInt64,
    "allowed": pl.UInt64,
    "lines": pl.UInt64,
}
