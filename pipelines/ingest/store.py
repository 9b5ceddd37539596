"""Parsed lines to rows of the lake: gathered until there are many, written in the background."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence

import duckdb
import polars as pl

from pipelines.ingest.background import OneBehind
from pipelines.ingest.dimensions import Dimensions
from pipelines.ingest.identity import event_ids
from pipelines.ingest.new_values import NewValues
from pipelines.ingest.reading import FileReading
from pipelines.ingest.records import Parsed
from pipelines.lake import insert_frame
from pipelines.lake.turns import Turns
from pipelines.normalise.columns import Types

_FLUSH_ROWS = 65_000
_SCATTERED_DAYS = 16  # days of a chunk, from which on each write would make too many small files
_SCATTERED_ROWS = 5 * _FLUSH_ROWS


class Store:
    """Rows of one transaction on their way into the lake."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        dimensions: Dimensions,
        new_values: NewValues,
        writer: OneBehind,
        clock: Callable[[], dt.datetime],
        turns: Turns | None = None,
    ) -> None:
        """Write through `con`, which nobody else may use while `writer` runs.

        With `turns` the transaction is given up where others need it to end.
        """
        self._turns = turns
        self._clock = clock
        self._con = con
        self._dimensions = dimensions
        self._new_values = new_values
        self._writer = writer
        self._pending: dict[str, list[pl.DataFrame]] = defaultdict(list)
        self._days: list[tuple[object, ...]] = []
        self._rows = 0
        self._flush_rows = _FLUSH_ROWS

    def add(self, parsed: Parsed, readings: Sequence[FileReading]) -> None:
        """Take the lines of a chunk, whose sources are numbered as in `readings`."""
        types = self._dimensions.profile_types
        sites = pl.Series("site_id", [reading.file.site.id for reading in readings])
        files = pl.Series("file_id", [reading.file_id for reading in readings], pl.UInt64)
        if len(parsed.records):
            source = parsed.records.get_column("source")
            of_line = files.gather(source)
            domains = parsed.records.get_column("site_domain").cast(types["site_domain"])
            if domains.null_count():
                first = pl.Series([reading.file.site.domains[0] for reading in readings])
                domains = domains.fill_null(first.cast(domains.dtype).gather(source))
            requests = parsed.records.drop("source").with_columns(
                sites.cast(types["site_id"]).gather(source),
                of_line,
                event_ids(of_line, parsed.records.get_column("line_no")),
                domains,
            )
            if parsed.records.get_column("log_date").n_unique() > _SCATTERED_DAYS:
                self._flush_rows = _SCATTERED_ROWS
            own = {
                (reading.file.site.id, domain)
                for reading in readings
                for domain in reading.file.site.domains
            }
            requests = self._new_values.limit(requests, own, self.drain)
            self._pend("request_fact", self._dimensions.refer_profiles(requests))
        if len(parsed.rejects):
            source = parsed.rejects.get_column("source")
            paths = pl.Series("path", [reading.file.relative for reading in readings])
            read_at = pl.Series(
                "read_at", [reading.read_at for reading in readings], pl.Datetime("us", "UTC")
            )
            self._pend(
                "reject",
                parsed.rejects.drop("source").with_columns(
                    column.gather(source) for column in (sites, files, paths, read_at)
                ),
            )
        if self._rows >= self._flush_rows:
            self.flush()

    def add_days(self, reading: FileReading) -> None:
        """Take what a reading brought of each day."""
        self._days.extend(
            (
                reading.file_id,
                reading.from_line,
                reading.file.site.id,
                day,
                reading.tally.days[day, "records"],
                reading.tally.days[day, "rejects"],
                reading.tally.days[day, "duplicates"],
                reading.read_at,
            )
            for day in sorted({day for day, _ in reading.tally.days})
        )

    def flush(self) -> None:
        """Begin to write what has gathered, one Parquet file a table and day."""
        if self._days:
            self._pend("ledger_day", pl.DataFrame(self._days, schema=_LEDGER_DAY, orient="row"))
            self._days = []
        pending, self._pending = self._pending, defaultdict(list)
        self._rows, self._flush_rows = 0, _FLUSH_ROWS
        if pending:
            self._writer.submit(lambda: self._write(pending))

    def drain(self) -> None:
        """Return when all has been written."""
        self.flush()
        self._writer.wait()
        self._dimensions.flush(self._clock())

    def _pend(self, table: str, rows: pl.DataFrame) -> None:
        self._pending[table].append(rows)
        self._rows += len(rows)

    def _write(self, pending: dict[str, list[pl.DataFrame]]) -> None:
        if self._turns:
            self._turns.require_unchanged()
        for table, frames in pending.items():
            rows = pl.concat(frames, rechunk=False)
            frames.clear()
            insert_frame(self._con, table, rows)
        if self._dimensions.has_many():
            self._dimensions.flush(self._clock())


_LEDGER_DAY: Types = {
    "file_id": pl.UInt64,
    "from_line": pl.UInt64,
    "site_id": pl.String,
    "log_date": pl.Date,
    "records": pl.UInt64,
    "rejects": pl.UInt64,
    "duplicates": pl.UInt64,
    "read_at": pl.Datetime("us", "UTC"),
}
