"""Ingest: what is new in the landing folder goes into the lake, whole files or nothing of them.

Small files share a transaction, a large one has its own; rows, dimensions and ledger rows of a
file are committed together. A process killed at any moment leaves the last commit, and the next
run reads what is missing.
"""

import datetime as dt
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import polars as pl

from pipelines.enrich.geo import GeoReader
from pipelines.enrich.resource import ResourceMatcher
from pipelines.errors import MimamoriError
from pipelines.ingest.detect_format import detect_layout
from pipelines.ingest.dimensions import Dimensions
from pipelines.ingest.discover import LogFile, discover, known_sites
from pipelines.ingest.formats import AUTO, layout_of
from pipelines.ingest.identity import event_ids, file_id
from pipelines.ingest.ledger import KnownFile, Ledger, Reading, digest
from pipelines.ingest.lines import lines_of
from pipelines.ingest.reader import (
    Block,
    LineReader,
    first_line,
    is_compressed,
    known_beginning,
    open_content,
)
from pipelines.ingest.records import LineContext, Parsed, parse_lines
from pipelines.lake import insert_frame, insert_rows, transaction
from pipelines.settings import Settings

log = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]

_BATCH_DISK_BYTES = 32 * 1024 * 1024
_BATCH_FILES = 1000
_FLUSH_ROWS = 250_000
_SETTLED_AFTER = dt.timedelta(hours=1)


@dataclass(frozen=True)
class IngestResult:
    """What a run brought; `lines` = records + rejects + comments + duplicates.

    `failures` are messages about files that could not be read, or not to their end.
    """

    files: int
    lines: int
    records: int
    rejects: int
    comments: int
    duplicates: int
    changed_days: tuple[dt.date, ...]
    failures: tuple[str, ...] = ()


def ingest(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    landing: Path,
    site_ids: Iterable[str],
    clock: Clock,
) -> IngestResult:
    """Read every new or changed log file of the sites into the lake; return the sums.

    Raises:
        MimamoriError: no landing folder, or settings that do not fit what lies in it.
    """
    files = discover(settings, landing, site_ids)
    with GeoReader.open(settings.geoip) as geo:
        _refresh_sites(con, settings, landing, clock())
        run = _Run(con, settings, geo, clock)
        for batch in _batches(run.ledger.unread(files)):
            run.read_batch(batch)
        return run.result()


def _batches(files: list[LogFile]) -> Iterator[list[LogFile]]:
    batch: list[LogFile] = []
    size = 0
    for file in files:
        if batch and (size + file.disk_bytes > _BATCH_DISK_BYTES or len(batch) == _BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.disk_bytes
    if batch:
        yield batch


def _refresh_sites(
    con: duckdb.DuckDBPyConnection, settings: Settings, landing: Path, now: dt.datetime
) -> None:
    sites = [
        (site.id, site.group, site.franchise, list(site.domains), site.timezone, site.hours)
        for site in known_sites(settings, landing)
    ]
    rows = con.execute(
        "select site_id, site_group, franchise, domains, timezone, hours from lake.site"
        " order by site_id"
    ).fetchall()
    if rows == sites:
        return
    with transaction(con):
        con.execute("delete from lake.site")
        names = ("site_id", "site_group", "franchise", "domains", "timezone", "hours", "seen_at")
        insert_rows(con, "site", [dict(zip(names, (*site, now), strict=True)) for site in sites])


@dataclass
class _Tally:
    """Counts of one reading as they grow."""

    lines: int = 0
    records: int = 0
    rejects: int = 0
    comments: int = 0
    first_time: dt.datetime | None = None
    last_time: dt.datetime | None = None
    days: Counter[tuple[dt.date, str]] = field(default_factory=Counter)

    def add(self, parsed: Parsed) -> None:
        records, rejects = parsed.records, parsed.rejects
        self.records += len(records)
        self.rejects += len(rejects)
        self.comments += parsed.comments
        self.lines += len(records) + len(rejects) + parsed.comments
        for kind, frame in (("records", records), ("rejects", rejects)):
            for day, count in frame.get_column("log_date").value_counts().iter_rows():
                self.days[day, kind] += count
        if len(records):
            first, last = records.select(
                pl.col("time").min().alias("first"), pl.col("time").max().alias("last")
            ).row(0)
            self.first_time = min(filter(None, (self.first_time, first)))
            self.last_time = max(filter(None, (self.last_time, last)))

    def last_day(self) -> dt.date | None:
        return max((day for day, _ in self.days), default=None)


class _Run:
    """One run of ingest: readings go through here in order, batch by batch."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        settings: Settings,
        geo: GeoReader,
        clock: Clock,
    ) -> None:
        self.ledger = Ledger(con)
        self._con = con
        self._settings = settings
        self._clock = clock
        self._dimensions = Dimensions(con, geo)
        self._pending: dict[str, list[pl.DataFrame]] = defaultdict(list)
        self._pending_rows = 0
        self._total: Counter[str] = Counter()
        self._days: set[dt.date] = set()
        self._failures: list[str] = []

    def result(self) -> IngestResult:
        total = self._total
        return IngestResult(
            files=total["files"],
            lines=total["lines"],
            records=total["records"],
            rejects=total["rejects"],
            comments=total["comments"],
            duplicates=total["duplicates"],
            changed_days=tuple(sorted(self._days)),
            failures=tuple(self._failures),
        )

    def read_batch(self, batch: list[LogFile]) -> None:
        """Read the files of a batch and commit them together.

        Content that nobody thought of must not cost the other files: when a batch fails on it,
        its files are read one by one, and the one that fails is kept in the ledger as unreadable.
        """
        try:
            self._commit_batch(batch)
        except (MimamoriError, duckdb.Error, MemoryError):
            raise
        except Exception as error:
            if len(batch) > 1:
                for file in batch:
                    self.read_batch([file])
                return
            log.exception("%s: cannot be read", batch[0].relative)
            with transaction(self._con):
                self._fail(_blank_reading(batch[0], self._clock()), type(error).__name__)
                self.ledger.write()

    def _commit_batch(self, batch: list[LogFile]) -> None:
        days, failures = set(self._days), list(self._failures)
        openings = [_opening(file) for file in batch]
        self.ledger.recall(opening.first_line for opening in openings if opening.first_line)
        try:
            with transaction(self._con):
                for opening in openings:
                    self._read(opening)
                self._flush()
                readings = self.ledger.write()
        except BaseException:
            self._dimensions.forget()
            self.ledger.forget()
            self._pending.clear()
            self._pending_rows = 0
            self._days, self._failures = days, failures
            raise
        for reading in readings:
            self._total["files"] += reading.lines > 0
            for name in ("lines", "records", "rejects", "comments", "duplicates"):
                self._total[name] += getattr(reading, name)
            log.info(
                "%s: %s, %d lines, %d records, %d rejected",
                reading.path,
                reading.status,
                reading.lines,
                reading.records,
                reading.rejects,
            )

    def _read(self, opening: "_Opening") -> None:
        file = opening.file
        began, read_at = time.perf_counter(), self._clock()
        blank = _blank_reading(file, read_at)
        if opening.problem:
            self._fail(blank, opening.problem)
            return
        if not opening.first_line:
            self.ledger.note(replace(blank, status="empty"))
            return
        candidates = self.ledger.candidates(opening.first_line, file.site.id)
        try:
            before = _longest_known(file.path, candidates)
            with open_content(file.path) as stream:
                reading = self._read_content(opening, LineReader(stream), before, blank)
        except OSError as error:
            self._fail(blank, error.strerror or str(error))
            return
        if reading.message:
            self._failures.append(f"{file.relative}: {reading.message}")
        elapsed = (time.perf_counter() - began) * 1000
        self.ledger.note(replace(reading, duration_ms=elapsed))

    def _fail(self, blank: Reading, problem: str) -> None:
        message = f"{blank.path}: cannot be read: {problem}"
        log.error("%s", message)
        self._failures.append(message)
        self.ledger.note(replace(blank, status="unreadable", message=problem, disk_bytes=None))

    def _read_content(
        self, opening: "_Opening", reader: LineReader, before: KnownFile | None, blank: Reading
    ) -> Reading:
        file = opening.file
        number = before.file_id if before else self.ledger.new_file_id(opening.first_line)
        from_line = before.next_line if before else 1
        if before:
            reader.skip(before.content_bytes)
        context = None if file.site.format == AUTO else self._context(file, file.site.format)
        found = before.format if before else None
        tally = _Tally()

        def take(block: Block) -> None:
            nonlocal context, found
            lines = lines_of(block)
            if context is None and not lines.overlong:
                layout = detect_layout(lines.text)
                if layout or found:
                    found = layout.title if layout else found
                    context = self._context(file, found or "")
            parsed = parse_lines(lines, from_line + tally.lines, context)
            # Without any record near it, a reject counts on the day that the nightly run examines.
            read_on = blank.read_at.astimezone(self._settings.zone).date()
            fallback = tally.last_day() or read_on - dt.timedelta(days=1)
            parsed = replace(
                parsed,
                rejects=parsed.rejects.with_columns(pl.col("log_date").fill_null(fallback)),
            )
            tally.add(parsed)
            self._keep(parsed, number, file, blank.read_at)

        for block in reader.blocks():
            take(block)
        is_settled = is_compressed(file.path) or _is_settled(file, before, tally, blank.read_at)
        if reader.unfinished and (is_settled or self._is_whole(reader.unfinished, context)):
            last = reader.take_unfinished()
            if last:
                take(last)
        self._note_days(number, from_line, file, tally, blank.read_at)
        status, duplicates = "read", 0
        if before and not tally.lines and before.path != file.relative:
            status = (
                "duplicate" if _still_holds(_landing(file) / before.path, before) else "renamed"
            )
            duplicates = before.next_line - 1 if status == "duplicate" else 0
        damage = reader.damage
        if context is None and tally.lines:
            self._failures.append(
                f"{file.relative}: no known log format fits; set 'format' for site "
                f"{file.site.id!r} (its {tally.rejects} lines are kept as rejected)"
            )
        return replace(
            blank,
            file_id=number,
            from_line=1 if duplicates else from_line,
            format=context.layout.title if context else found,
            status=status,
            message=f"read up to byte {reader.position}, then: {damage}" if damage else None,
            disk_bytes=None if damage or reader.unfinished else file.disk_bytes,
            first_line_sha256=digest(opening.first_line),
            content_bytes=reader.position,
            content_sha256=reader.digest(),
            lines=tally.lines + duplicates,
            records=tally.records,
            rejects=tally.rejects,
            comments=tally.comments,
            duplicates=duplicates,
            first_time=tally.first_time,
            last_time=tally.last_time,
        )

    def _is_whole(self, line: bytes, context: LineContext | None) -> bool:
        """Whether a last line without its line end shows by itself that nothing is missing."""
        if context is None or not context.layout.ends_with_delimiter:
            return False
        return len(parse_lines(lines_of(Block(line + b"\n", 0)), 1, context).records) == 1

    def _context(self, file: LogFile, format_text: str) -> LineContext:
        site = file.site
        return LineContext(
            layout=layout_of(format_text),
            timezone=site.timezone,
            day_zone=self._settings.timezone,
            site_domain=site.domains[0],
            trusted_proxies=site.trusted_proxies,
            user_types=self._settings.user_types,
            resources=ResourceMatcher(site.resources),
        )

    def _keep(self, parsed: Parsed, number: int, file: LogFile, read_at: dt.datetime) -> None:
        if len(parsed.records):
            records = self._dimensions.refer(parsed.records)
            self._pend(
                "request",
                records.with_columns(
                    event_ids(number, records.get_column("line_no")),
                    site_id=pl.lit(file.site.id),
                    file_id=pl.lit(number, dtype=pl.UInt64),
                ),
            )
        if len(parsed.rejects):
            self._pend(
                "reject",
                parsed.rejects.with_columns(
                    file_id=pl.lit(number, dtype=pl.UInt64),
                    site_id=pl.lit(file.site.id),
                    path=pl.lit(file.relative),
                    read_at=pl.lit(read_at),
                ),
            )
        if self._pending_rows >= _FLUSH_ROWS:
            self._flush()

    def _note_days(
        self, number: int, from_line: int, file: LogFile, tally: _Tally, read_at: dt.datetime
    ) -> None:
        days = sorted({day for day, _ in tally.days})
        self._days.update(days)
        if not days:
            return
        counts = pl.DataFrame(
            {
                "log_date": days,
                "records": [tally.days[day, "records"] for day in days],
                "rejects": [tally.days[day, "rejects"] for day in days],
            }
        )
        self._pend(
            "ledger_day",
            counts.with_columns(
                file_id=pl.lit(number, dtype=pl.UInt64),
                from_line=pl.lit(from_line, dtype=pl.UInt64),
                site_id=pl.lit(file.site.id),
                read_at=pl.lit(read_at),
            ),
        )

    def _pend(self, table: str, rows: pl.DataFrame) -> None:
        self._pending[table].append(rows)
        self._pending_rows += len(rows)

    def _flush(self) -> None:
        """Write what has gathered; one Parquet file a table and day, not one a log file."""
        self._dimensions.flush(self._clock())
        for table, frames in self._pending.items():
            insert_frame(self._con, table, pl.concat(frames))
        self._pending.clear()
        self._pending_rows = 0


@dataclass(frozen=True)
class _Opening:
    """A file with its first line, or the problem that stood in the way."""

    file: LogFile
    first_line: bytes = b""
    problem: str | None = None


def _opening(file: LogFile) -> _Opening:
    try:
        return _Opening(file, first_line(file.path))
    except OSError as error:
        return _Opening(file, problem=error.strerror or str(error))
    except Exception as error:  # noqa: BLE001 - each decompressor has errors of its own
        return _Opening(file, problem=f"the compressed file is damaged ({error})")


def _longest_known(path: Path, candidates: list[KnownFile]) -> KnownFile | None:
    boundaries = {known.content_bytes: known.content_sha256 for known in candidates}
    if not boundaries:
        return None
    length = known_beginning(path, boundaries)
    return next((known for known in candidates if known.content_bytes == length), None)


def _is_settled(file: LogFile, before: KnownFile | None, tally: _Tally, now: dt.datetime) -> bool:
    """Whether a file has been seen as it is by an earlier run, so that it will not grow."""
    return (
        before is not None
        and not tally.lines
        and before.modified_ns == file.modified_ns
        and now - before.read_at > _SETTLED_AFTER
    )


def _still_holds(path: Path, known: KnownFile) -> bool:
    """Whether the file at `path` (still) begins with the content of a known file."""
    try:
        length = known_beginning(path, {known.content_bytes: known.content_sha256})
    except OSError:
        return False
    return length == known.content_bytes


def _landing(file: LogFile) -> Path:
    return file.path.parents[file.relative.count("/")]


def _blank_reading(file: LogFile, read_at: dt.datetime) -> Reading:
    return Reading(
        file_id=file_id(b""),
        from_line=1,
        site_id=file.site.id,
        path=file.relative,
        format=None,
        status="read",
        message=None,
        disk_bytes=file.disk_bytes,
        modified_ns=file.modified_ns,
        first_line_sha256=digest(b""),
        content_bytes=0,
        content_sha256=digest(b""),
        lines=0,
        records=0,
        rejects=0,
        comments=0,
        duplicates=0,
        first_time=None,
        last_time=None,
        read_at=read_at,
        duration_ms=0.0,
    )
