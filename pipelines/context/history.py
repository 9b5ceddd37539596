"""Reads an application's own history of use (`context.services`) from where it was last read to.

Such a history grows for years, so the beginning that is known is only compared, by its digest, and
never read again. Whoever rotates or rewrites it has it read from the start. Rows are judged by
column, all at once: a night may bring hundreds of thousands.
"""

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from pipelines.context.entry import LONGEST_CELL, SERVICES, moment, needs_offset
from pipelines.context.read import (
    LARGEST_FILE,
    UnreadableError,
    csv_rows,
    delimiter_of,
    header_of,
    table_rows,
    text_of_most_lines,
)
from pipelines.normalise.client import canonical_ips
from pipelines.normalise.time import parse_times
from pipelines.settings.context import ContextSource
from pipelines.text.messages import message

COLUMNS = SERVICES.known
"""Of the rows that were read; `line_no` stands beside them, and `time` is an instant in UTC."""
_FEWEST_SECONDS = 3600
"""So long nobody may have written to a file whose last line has no end for it to count."""
_BLOCK = 1 << 20
# The last four: what CP932 has for bytes that are no letter.
_CONTROL = r"[\x00-\x1F\x7F-\x9F\x{2028}\x{2029}\x{FFFD}\x{F8F0}-\x{F8F3}]"
_TEXT_COLUMNS = tuple(name for name in COLUMNS if name != "time")


@dataclass(frozen=True)
class Known:
    """How far a history has been read: a keyed digest of its first bytes, how many these are."""

    sha256: str | None = None
    size: int = 0
    lines: int = 0
    header: str = ""


@dataclass(frozen=True)
class HistoryRead:
    """What a history has beyond what was known, and how far it is known now.

    `rows` have `line_no` and `COLUMNS`, `rejects` have `line_no`, `column_name` and `reason`.
    `ignored` are columns that are not read. Where nothing can be used, `problem` says why.
    """

    known: Known
    rows: pl.DataFrame
    rejects: pl.DataFrame
    ignored: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def is_new(self) -> bool:
        """Whether anything was read, or nothing could be."""
        return self.problem is not None or len(self.rows) + len(self.rejects) > 0


_TOO_LONG = f"is longer than {LONGEST_CELL:,} characters"
_NO_ROW = "its quotes do not match, or a cell is too long or has several lines"
_HAS_CONTROL = "has characters that cannot be seen"
_NEEDS_OFFSET = message("context.history.needs_offset")
_OFFSET = r"(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)$"
_NO_TIME = "is no day and time such as 2026-11-20 09:00:00"
_TEXTS: dict[str, pl.DataType] = {name: pl.String() for name in _TEXT_COLUMNS}
ROWS = pl.Schema({"line_no": pl.UInt64(), "time": pl.Datetime("us", "UTC"), **_TEXTS})
REJECTS = pl.Schema({"line_no": pl.UInt64, "column_name": pl.String, "reason": pl.String})


def read_history(
    con: duckdb.DuckDBPyConnection | None,
    source: ContextSource,
    zone: ZoneInfo,
    known: Known,
    now: dt.datetime,
    keyed: Callable[[str], str],
) -> HistoryRead:
    """Return what `source` holds beyond what is `known` at `now`; never an exception.

    Times without an offset are in `zone`. A table is read whole whenever it differs. `keyed` makes
    the digests of what is known of a SHA-256.
    """
    try:
        if source.path is not None:
            return _read_file(source.path, zone, known, now, keyed)
        return _read_table(con, source.table or "", zone, known, keyed)
    except UnreadableError as error:
        return HistoryRead(known, ROWS.to_frame(), REJECTS.to_frame(), problem=str(error))


def _read_table(
    con: duckdb.DuckDBPyConnection | None,
    table: str,
    zone: ZoneInfo,
    known: Known,
    keyed: Callable[[str], str],
) -> HistoryRead:
    header, *rows = table_rows(con, table, SERVICES)
    digest = keyed(hashlib.sha256(repr(sorted(rows)).encode()).hexdigest())
    if digest == known.sha256:
        rows = []
    names = header_of((0, header), SERVICES)
    read = _judged(names, enumerate(rows, 1), zone)
    return replace(read, known=Known(digest, 0, len(rows)))


def _read_file(
    path: Path, zone: ZoneInfo, known: Known, now: dt.datetime, keyed: Callable[[str], str]
) -> HistoryRead:
    known, content, digest, is_settled = _content_after(path, known, now, keyed)
    # A last line without an end may be half of one.
    content = content if is_settled else content[: content.rfind(b"\n") + 1]
    digest.update(content)
    text = text_of_most_lines(content)
    header = known.header or text.lstrip().partition("\n")[0].strip()
    if not (header or is_settled):
        return HistoryRead(known, ROWS.to_frame(), REJECTS.to_frame())
    (_, first), *_ = csv_rows(header, delimiter_of(header))
    names = header_of((1, first), SERVICES)
    rows = csv_rows(text, delimiter_of(header), lambda row: _may_span(names, row))
    if not known.header:
        next((row for _, row in rows if row is None or any(map(str.strip, row))), None)
    read = _judged(names, ((line + known.lines, row) for line, row in rows), zone)
    end, lines = known.size + len(content), known.lines + content.count(b"\n")
    return replace(read, known=Known(keyed(digest.hexdigest()), end, lines, header))


def _may_span(names: list[str], row: list[str]) -> bool:
    """Whether a row of several lines has these in cells that are not read alone."""
    read = (cell for name, cell in zip(names, row, strict=False) if name in COLUMNS)
    return not any("\n" in cell or "\r" in cell for cell in (*read, *row[len(names) :]))


def _content_after(
    path: Path, known: Known, now: dt.datetime, keyed: Callable[[str], str]
) -> tuple[Known, bytes, "hashlib._Hash", bool]:
    """What a file has after its known beginning, that beginning's hash, and whether it rests.

    Where the beginning is another one, all of the file is new.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            digest = hashlib.sha256()
            left = known.size
            while left and (block := file.read(min(left, _BLOCK))):
                digest.update(block)
                left -= len(block)
            if left or (known.sha256 and keyed(digest.hexdigest()) != known.sha256):
                known, digest = Known(), hashlib.sha256()
                file.seek(0)
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from None
    if len(content) > LARGEST_FILE:
        raise UnreadableError(f"has more than {LARGEST_FILE >> 20} MiB that are new")
    return known, content, digest, now.timestamp() - status.st_mtime >= _FEWEST_SECONDS


def _filled(name: str) -> pl.Expr:
    cell = pl.col(name).str.strip_chars()
    return pl.when(~cell.is_in(["", "*", "-"])).then(cell).alias(name)


def _fault() -> pl.Expr:
    """The first fault of each row: its column and what is wrong; null where there is none."""
    faults = [
        *((name, pl.col(name).str.len_chars() > LONGEST_CELL, _TOO_LONG) for name in COLUMNS),
        *((name, pl.col(name).str.contains(_CONTROL), _HAS_CONTROL) for name in COLUMNS),
        ("time", pl.col("needs_offset"), _NEEDS_OFFSET),
        ("time", pl.col("at").is_null(), _NO_TIME),
        ("user", pl.col("user").is_null(), "must name one"),
        ("address", pl.col("address").is_not_null() & pl.col("ip").is_null(), "is no address"),
        (
            "session",
            pl.all_horizontal(pl.col("session", "subject", "address").is_null()),
            "is empty, and so are subject and address",
        ),
    ]
    wrong = pl.lit(None, pl.Struct({"column": pl.String, "reason": pl.String}))
    for column, is_wrong, reason in reversed(faults):
        told = pl.struct(column=pl.lit(column), reason=pl.lit(reason))
        wrong = pl.when(is_wrong).then(told).otherwise(wrong)
    return wrong


def _instants(cells: pl.Series, zone: ZoneInfo) -> tuple[pl.Series, pl.Series]:
    """The instants that cells name, and which need an offset since clocks change at that time.

    They are read as systems write them, else as spreadsheets do.
    """
    found = parse_times(cells, zone.key, "iso")
    clock = found.dt.convert_time_zone(zone.key).dt.replace_time_zone(None)
    is_twice = clock.dt.replace_time_zone(zone.key, ambiguous="null", non_existent="null").is_null()
    unclear = is_twice & found.is_not_null() & ~cells.str.contains(_OFFSET)
    others = (found.is_null() & cells.is_not_null()).arg_true()
    if len(others):
        texts = cells.gather(others).str.slice(0, LONGEST_CELL)
        read = [moment(cell, zone) for cell in texts]
        found = found.scatter(others, pl.Series(read, dtype=ROWS["time"]))
        unclear = unclear.scatter(
            others, pl.Series([needs_offset(cell, zone) for cell in texts], dtype=pl.Boolean)
        )
    return found, unclear.fill_null(value=False)


def _judged(
    header: list[str], rows: Iterable[tuple[int, list[str] | None]], zone: ZoneInfo
) -> HistoryRead:
    """The rows that say who did something when, and of the others what is wrong."""
    lines: list[int] = []
    cells: list[list[str]] = []
    faults: list[tuple[int, str, str]] = []
    width = len(header)
    for line, row in rows:
        if row is None:
            faults.append((line, "(row)", _NO_ROW))
        elif any(map(str.strip, row[width:])):
            reason = "has more cells than the first line; quote what holds a comma"
            faults.append((line, "(row)", reason))
        elif any(map(str.strip, row)):
            lines.append(line)
            cells.append((row + [""] * width)[:width])
    read = [name for name in header if name in COLUMNS]
    given = pl.DataFrame(
        {name: [row[header.index(name)] for row in cells] for name in read},
        schema=dict.fromkeys(read, pl.String),
    )
    frame = given.select(
        pl.Series("line_no", lines, dtype=pl.UInt64),
        *(
            _filled(name) if name in read else pl.lit(None, pl.String).alias(name)
            for name in COLUMNS
        ),
    )
    at, unclear = _instants(frame.get_column("time"), zone)
    judged = frame.with_columns(
        at.alias("at"),
        unclear.alias("needs_offset"),
        canonical_ips(frame.get_column("address")).alias("ip"),
    ).with_columns(fault=_fault())
    refused = judged.filter(pl.col("fault").is_not_null())
    rejects = pl.concat(
        [
            pl.DataFrame(faults, schema=REJECTS, orient="row"),
            refused.select(
                "line_no",
                column_name=pl.col("fault").struct.field("column"),
                reason=pl.col("fault").struct.field("reason"),
            ),
        ]
    ).sort("line_no")
    good = judged.filter(pl.col("fault").is_null()).with_columns(time="at", address="ip")
    ignored = tuple(name for name in header if name and name not in COLUMNS)
    return HistoryRead(Known(), good.select(list(ROWS)).cast(ROWS), rejects, ignored)
