"""Ingest: what is new in the landing folder goes into the lake, whole files or nothing of them.

Small files share a transaction, a large one has its own; rows, dimensions and ledger rows of a
file are committed together. A process killed at any moment leaves the last commit, and the next
run reads what is missing. Within a transaction one thread reads and decompresses, two parse, one
writes.
"""

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, nullcontext
from dataclasses import replace
from typing import TextIO

import duckdb
import polars as pl

from pipelines.enrich.geo import GeoReader
from pipelines.enrich.resource import ResourceMatcher
from pipelines.errors import MimamoriError, without_words
from pipelines.formats.declared import DeclaredByFile, DeclaredBySite
from pipelines.formats.format import Format
from pipelines.formats.users import with_users
from pipelines.ingest.background import OneBehind, in_order, prefetched
from pipelines.ingest.dimensions import Dimensions
from pipelines.ingest.discover import Landing, LogFile
from pipelines.ingest.duplicates import drop_duplicates, write_days_of_known_lines
from pipelines.ingest.fields import LineContext
from pipelines.ingest.folder import Folder, held_open
from pipelines.ingest.gather import Chunk, chunks
from pipelines.ingest.hidden_attacks import HiddenAttacks
from pipelines.ingest.in_turns import read_in_turns
from pipelines.ingest.known_resources import refresh_resources
from pipelines.ingest.known_sites import refresh_sites
from pipelines.ingest.ledger import Ledger, Reading, write_readings
from pipelines.ingest.limits_reached import bounds_of, still_aside, write_reached
from pipelines.ingest.line_parser import Batch, LineParser
from pipelines.ingest.new_values import NewValues
from pipelines.ingest.night import Night
from pipelines.ingest.progress import Progress, progress
from pipelines.ingest.reading import FileReading, Opening
from pipelines.ingest.redactors import Redactors
from pipelines.ingest.result import IngestResult
from pipelines.ingest.store import Store
from pipelines.ingest.tally import tally_lines
from pipelines.lake import next_snapshot, transaction
from pipelines.lake.turns import LakeChangedError, ReadMeanwhileError
from pipelines.normalise.browser import load_engines
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.time_limit import seconds_for_bytes, stage_limit

log = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]

_BATCH_DISK_BYTES = 512 * 1024 * 1024
_BATCH_FILES = 2000
_CHUNKS_AHEAD = 1
_PARSERS = 2
_MOST_PARSERS = 256  # that are kept for the next batch


def ingest(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    landing: Landing,
    pseudonyms: Pseudonyms,
    clock: Clock,
    progress_to: TextIO,
    night: Night,
) -> IngestResult:
    """Read every new or changed file of `landing` into the lake; return the sums.

    How far it has come is shown on `progress_to` if that is a terminal, else in the log.
    """
    with (
        GeoReader.open(settings.geoip) as geo,
        OneBehind() as writer,
        # What others have committed since the transaction of `con` began is seen from beside it.
        con.cursor() if night.turns else nullcontext(con) as beside,
    ):
        # Reading and parsing have the other processors; two threads of one INSERT cost twice as
        # much as one.
        con.execute("set threads = 1")
        with night.alone():
            refresh_sites(con, settings, landing.sites, clock(), night.rosters)
            refresh_resources(con, settings, clock())
        run = _Run(con, beside, settings, pseudonyms, geo, clock, writer, night)
        files = run.ledger.unread(landing.files, bounds_of(settings.limits))
        if files:
            writer.submit(load_engines)  # it is idle until the first lines are parsed
        size = sum(file.disk_bytes for file in files)
        with (
            stage_limit(seconds_for_bytes(settings.limits, size), "ingest", con),
            progress(len(files), size, progress_to) as shown,
        ):
            read = run.read_files if night.turns is None else run.read_in_turns
            try:
                read(files, landing.folder, shown)
            except LakeChangedError as error:
                log.warning("%s", error)
                return replace(run.result(()), is_whole=False)
        with night.alone():
            if files:  # who sent a first line
                refresh_sites(con, settings, landing.sites, clock(), night.rosters)
            run.note_aside(landing.files, files)
        return run.result(message("ingest.run.nothing_there", at=site) for site in landing.absent)


def _batches(files: list[LogFile], most: int) -> Iterator[list[LogFile]]:
    batch: list[LogFile] = []
    size = 0
    for file in files:
        if batch and (size + file.disk_bytes > _BATCH_DISK_BYTES or len(batch) == most):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.disk_bytes
    if batch:
        yield batch


class _Run:
    """One run of ingest: readings go through here in order, batch by batch."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        beside: duckdb.DuckDBPyConnection,
        settings: Settings,
        pseudonyms: Pseudonyms,
        geo: GeoReader,
        clock: Clock,
        writer: OneBehind,
        night: Night,
    ) -> None:
        self.ledger = Ledger(con, pseudonyms)
        self._con = con
        self._settings = settings
        self._clock = clock
        self._writer = writer
        self._window = night.window
        self._turns = night.turns
        self._claimed: set[str] = set()
        self._beside = beside
        self._dimensions = Dimensions(con, geo, pseudonyms, beside)
        self._new_values = NewValues(con, self._dimensions, settings.limits, night.agents_of_note)
        self._redactors = Redactors(settings)
        self._attacks = HiddenAttacks(night.attacks)
        self._pseudonyms = pseudonyms
        self._parsers: dict[tuple[object, ...], LineParser] = {}
        self._declared_by_site: dict[str, DeclaredBySite] = {}
        self._total: Counter[str] = Counter()
        self._days: set[dt.date] = set()
        self._failures: list[str] = []
        self._warnings: list[str] = []

    def result(self, absent: Iterable[str]) -> IngestResult:
        total = self._total
        return IngestResult(
            files=total["files"],
            lines=total["lines"],
            records=total["records"],
            rejects=total["rejects"],
            comments=total["comments"],
            duplicates=total["duplicates"],
            changed_days=tuple(sorted(self._days)),
            failures=(*absent, *self._failures),
            warnings=tuple(self._warnings),
        )

    def note_aside(self, lying: Sequence[LogFile], read: Sequence[LogFile]) -> None:
        """Report the files that an earlier run put aside and that lie there as they did."""
        now_read = {file.relative for file in read}
        unchanged = [file for file in lying if file.relative not in now_read]
        reached = still_aside(self._con, unchanged, self._clock())
        write_reached(self._con, reached)
        self._failures += [
            message("ingest.run.still_put_aside", at=one.path, passed=one.passed.in_words)
            for one in reached
        ]

    def read_files(self, files: list[LogFile], folder: Folder, shown: Progress) -> None:
        """Read the files, batch by batch."""
        for batch in _batches(files, held_open(_BATCH_FILES)):
            self.read_batch(batch, folder, shown)

    def read_in_turns(self, files: list[LogFile], folder: Folder, shown: Progress) -> None:
        """Read the files that no other worker reads."""

        def read(claimed: set[str], own: list[LogFile]) -> None:
            self._claimed = claimed
            self.read_files(own, folder, shown)

        if self._turns is not None:
            bounds = bounds_of(self._settings.limits)
            read_in_turns(self._turns, files, lambda own: self.ledger.unread(own, bounds), read)

    def read_batch(self, batch: list[LogFile], folder: Folder, shown: Progress) -> None:
        """Read the files of a batch and commit them together.

        Content that nobody thought of must not cost the other files: when a batch fails on it,
        its halves are read and committed each for itself, and so on; a file that fails alone is
        kept in the ledger as unreadable.
        """
        with ExitStack() as opened:
            waiting = [[_opened(file, folder, opened) for file in batch]]
            while waiting:
                openings = waiting.pop()
                problem = self._problem_of(openings, shown)
                if problem and len(openings) > 1:
                    middle = len(openings) // 2
                    waiting += [openings[middle:], openings[:middle]]
                elif problem:
                    self._commit([replace(openings[0], problem=problem)], shown)

    def _problem_of(self, openings: list[Opening], shown: Progress) -> str | None:
        """Commit these files together; return the name of the error when they hold its cause."""
        try:
            self._commit(openings, shown)
        except (MimamoriError, duckdb.Error, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a file holds
            if len(openings) == 1:
                path = openings[0].file.relative
                log.error("%s: cannot be read: %s", path, without_words(error))  # noqa: TRY400
            return type(error).__name__
        return None

    def _commit(self, openings: list[Opening], shown: Progress) -> None:
        before = self._extent()
        self.ledger.recall(opening.first_line for opening in openings if not opening.is_empty)
        limits = self._settings.limits
        readings = [
            FileReading(opening, self.ledger, self._clock(), limits, self._declared(opening.file))
            for opening in openings
        ]
        try:
            with ExitStack() as turn, transaction(self._con):
                self._write(self._gathered(readings, shown), readings)
                if self._turns is not None:
                    turn.enter_context(self._turns.writing(self._claimed))
                    self._require_unread(before)
                    self._dimensions.drop_committed()
                rows = self._enter(readings)
        except BaseException:
            self._dimensions.forget()
            self._new_values.forget()
            for parser in self._parsers.values():
                parser.forget()
            self.ledger.forget()
            raise
        if len(self._parsers) > _MOST_PARSERS:
            self._parsers.clear()
        shown.advance(
            files=len(readings), disk_bytes=sum(reading.progressed() for reading in readings)
        )
        for reading, row in zip(readings, rows, strict=True):
            self._add(reading, row)

    def _extent(self) -> tuple[object, ...] | None:
        return Ledger.extent(self._beside, self._claimed) if self._turns else None

    def _require_unread(self, extent: tuple[object, ...] | None) -> None:
        if self._extent() != extent:
            raise ReadMeanwhileError(message("lake.turns.read_meanwhile", at=min(self._claimed)))

    def _gathered(self, readings: list[FileReading], shown: Progress) -> Store:
        """Read the files; return the store that has written their rows."""
        store = Store(
            *(self._con, self._dimensions, self._new_values, self._writer, self._clock),
            turns=self._turns,
        )
        try:
            with (
                closing(prefetched(chunks(readings, self._parser), _CHUNKS_AHEAD)) as ready,
                closing(in_order(_parse, ready, _PARSERS)) as parsed_chunks,
            ):
                for chunk, batches in parsed_chunks:
                    for batch in batches:
                        self._keep(batch, store)
                    shown.advance(
                        lines=chunk.line_count,
                        disk_bytes=sum(reading.progressed() for reading in chunk.readings),
                    )
            for parser in self._parsers.values():
                for batch in parser.rest():
                    self._keep(batch, store)
            store.drain()
        finally:
            # After the rollback a row would be written in a transaction of its own.
            self._writer.settle()
        return store

    def _write(self, store: Store, readings: list[FileReading]) -> None:
        """Write what belongs to rows that have been written."""
        try:
            drop_duplicates(self._con, readings)
            for reading in readings:
                if reading.duplicates:
                    store.drain()
                    write_days_of_known_lines(self._con, reading)
                store.add_days(reading)
                reading.tally.compare_days(self._window)
            store.drain()
        finally:
            self._writer.settle()

    def _enter(self, readings: list[FileReading]) -> list[Reading]:
        """Enter the readings in the ledger, with the snapshot that is committed next."""
        snapshot = next_snapshot(self._beside)
        rows = [reading.as_row(snapshot) for reading in readings]
        write_readings(self._con, rows)
        reached = [one for reading in readings for one in reading.limits_reached()]
        write_reached(self._con, [*reached, *self._new_values.reached(self._clock())])
        return rows

    def _keep(self, batch: Batch, store: Store) -> None:
        parsed, readings = batch.parsed, batch.readings
        window, zone = self._window, self._settings.zone
        fallback = [
            reading.tally.last_day()
            or window.day_without_time(reading.read_at, reading.file.modified_ns, zone)
            for reading in readings
        ]
        rejects = parsed.rejects
        days = pl.Series(fallback, dtype=pl.Date).gather(rejects.get_column("source"))
        parsed = replace(
            parsed, rejects=rejects.with_columns(rejects.get_column("log_date").fill_null(days))
        )
        tally_lines(parsed, [reading.tally for reading in readings])
        for reading in readings:
            reading.ended = time.perf_counter()
        store.add(parsed, readings)

    def _add(self, reading: FileReading, row: Reading) -> None:
        """Add a committed reading to the result."""
        self._days.update(
            day
            for (day, kind), count in reading.tally.days.items()
            if count and kind != "duplicates"
        )
        self._total["files"] += row.lines > 0
        for name in ("lines", "records", "rejects", "comments", "duplicates"):
            self._total[name] += getattr(row, name)
        if reading.notice:
            (self._warnings if reading.is_gone else self._failures).append(reading.notice)
        log.log(
            (logging.WARNING if reading.is_gone else logging.ERROR)
            if reading.is_failed
            else logging.INFO,
            "%s: %s, %s%d lines, %d records, %d rejected",
            row.path,
            row.status,
            "".join(f"{text}, " for text in (row.message, reading.sureness) if text),
            row.lines,
            row.records,
            row.rejects,
        )

    def _declared(self, file: LogFile) -> DeclaredByFile:
        most = self._settings.limits.file_formats
        return self._declared_by_site.setdefault(file.site.id, DeclaredBySite(most)).of_file()

    def _parser(self, reading: FileReading, form: Format | None) -> LineParser:
        site = reading.file.site
        key = (
            *(form, site.timezone, site.trusted_proxies, id(site.resources)),
            *(site.session_cookie, site.user_from),
        )
        if key not in self._parsers:
            context = LineContext(
                format=form and with_users(form, site.user_from),
                timezone=site.timezone,
                day_zone=self._settings.timezone,
                trusted_proxies=site.trusted_proxies,
                user_types=self._settings.user_types,
                resources=ResourceMatcher(site.resources),
                session_cookie=site.session_cookie,
                redactor=self._redactors.of(site.resources),
                attacks=self._attacks,
                pseudonyms=self._pseudonyms,
                days=self._window,
                field_bytes=self._settings.limits.field_bytes,
            )
            self._parsers[key] = LineParser(context, self._dimensions)
        return self._parsers[key]


def _opened(file: LogFile, folder: Folder, opened: ExitStack) -> Opening:
    opening = Opening.of(file, folder)
    opened.callback(opening.close)
    return opening


def _parse(chunk: Chunk) -> tuple[Chunk, list[Batch]]:
    return chunk, chunk.parser.parse(chunk.blocks, chunk.readings)
