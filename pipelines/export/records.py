"""The records of an export: rows of `lake.access_log`, day by day, each in the order of time."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import duckdb

from pipelines.export.selection import Wanted
from pipelines.ingest.convert import COLUMNS

Row = dict[str, Any]

_BATCH_ROWS = 5_000
_DAYS = """
select distinct days.log_date
from lake.ledger_day as days
join lake.ledger as reading
    on reading.file_id = days.file_id and reading.from_line = days.from_line
where days.records > 0 and coalesce(reading.snapshot, 0) > $after
"""
# Lines of a file that readings up to the cursor had reached: those behind are new, whether they
# came in a new file, in the tail of a known one, or late.
_KNOWN = """
left join (
    select file_id, max(from_line + lines) as next_line
    from lake.ledger
    where coalesce(snapshot, 0) <= $after
    group by file_id
) as known on known.file_id = record.file_id
"""


class Records:
    """The records that are wanted, read from a connection to the snapshot."""

    columns = COLUMNS

    def __init__(self, con: duckdb.DuckDBPyConnection, wanted: Wanted) -> None:
        """Read through `con`, which nobody else may use while `rows` runs."""
        self._con = con
        self._wanted = wanted

    def count(self) -> int:
        """Return how many there are."""
        total = 0
        for day in self._days():
            ((count,),) = self._of_day(day, "count(*)").fetchall()
            total += int(count)
        return total

    def rows(self) -> Iterator[Row]:
        """Yield them with the contract's columns; `time` is aware, whatever its zone.

        A day at a time, and a few thousand rows of it in memory: what a day's sort needs beyond
        DuckDB's share of memory lies in the lake's encrypted spill folder.
        """
        names = ", ".join(f"record.{name}" for name in self.columns)
        order = " order by record.time, record.site_id, record.file_id, record.line_no"
        for day in self._days():
            cursor = self._of_day(day, names, order)
            while batch := cursor.fetchmany(_BATCH_ROWS):
                for values in batch:
                    yield dict(zip(self.columns, values, strict=True))

    def _of_day(self, day: dt.date, what: str, order: str = "") -> duckdb.DuckDBPyConnection:
        wanted = self._wanted
        values: dict[str, Any] = {"day": day}
        source, conditions = "lake.access_log as record", ["record.log_date = $day"]
        if wanted.after is not None:
            source += _KNOWN
            conditions.append("record.line_no >= coalesce(known.next_line, 0)")
            values["after"] = wanted.after
        if wanted.sites:
            conditions.append("list_contains($sites, record.site_id)")
            values["sites"] = list(wanted.sites)
        where = " and ".join(conditions)
        return self._con.execute(f"select {what} from {source} where {where}{order}", values)

    def _days(self) -> list[dt.date]:
        rows = self._con.execute(_DAYS, {"after": self._wanted.after or -1}).fetchall()
        return sorted(day for (day,) in rows if self._wanted.covers(day))
