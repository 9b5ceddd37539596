"""`mimamori parse`: log files to normalised records without the lake, one record a line.

The way is that of ingest: one thread reads and decompresses, two parse; one looks at what is
irregular, two more make what is to be written, and the caller's writes it, in order.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import polars as pl

from pipelines.enrich.geo import GeoReader
from pipelines.formats.catalogue import AUTO
from pipelines.formats.format import Format
from pipelines.formats.users import with_users
from pipelines.ingest.background import in_order, prefetched
from pipelines.ingest.described import Described, DescribingParser
from pipelines.ingest.fast_path import Found
from pipelines.ingest.fields import LineContext
from pipelines.ingest.identity import event_ids
from pipelines.ingest.line_order import Settled, settled
from pipelines.ingest.line_parser import LineParser
from pipelines.ingest.log_files import STANDARD_INPUT, Chunk, LogFiles
from pipelines.ingest.records import Parsed
from pipelines.ingest.redactors import Redactors
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.privacy.redact import Redactor
from pipelines.settings.model import Settings

_CHUNKS_AHEAD = 1
_WORKERS = 2  # for each of both steps
_WAITING = 2  # as irregular lines are looked at in between, for a while
_MOST_PARSERS = 256

COLUMNS = (
    "event_id", "time", "log_date", "site_id", "site_group", "site_domain", "client_ip",
    "client_host", "client_domain", "country", "subdivision", "city", "asn", "as_org", "user_id",
    "user_type", "session_id", "method", "url_path", "url_query", "protocol", "status", "bytes",
    "duration_ms", "referrer", "referrer_domain", "user_agent", "browser", "browser_version",
    "os", "os_version", "device", "is_bot", "bot_name", "resource_id", "resource_kind",
    "data_level", "subject_id", "redactions", "file_id", "line_no",
)  # fmt: skip


@dataclass(frozen=True)
class ParseResult:
    """How many lines of all files became what, in which formats, and how sure `auto` was.

    `failures` are messages about files that could not be read, or not to their end.
    """

    lines: int
    records: int
    rejects: int
    comments: int
    formats: tuple[str, ...]
    sureness: tuple[str, ...]
    failures: tuple[str, ...]


@dataclass(frozen=True)
class ParseOptions:
    """What the command line says of the files; `raw` keeps personal values as logged.

    Files in the folder `landing` are masked as those of their sites.
    `user_from` names the user as the settings of a site do.
    """

    format: str = AUTO
    timezone: str | None = None
    raw: bool = False
    landing: Path | None = None
    user_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rows:
    """Some rows in order; `names[source]` is the file that a row comes from."""

    frame: pl.DataFrame
    source: pl.Series
    names: Sequence[str]

    def by_file(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Yield the name of each file, and the rows of it."""
        if len(set(self.names)) == 1:
            yield self.names[0], self.frame
            return
        rows = self.frame.with_columns(pl.Series("file", self.names).gather(self.source))
        for part in rows.partition_by("file", maintain_order=True):
            yield part.item(0, "file"), part.drop("file")


@dataclass(frozen=True)
class Sink:
    """Where rows go: `prepare` returns what is left to do with them in their order.

    It is called by several threads at once, with at most `most_rows` rows.
    """

    prepare: Callable[[Rows], Callable[[], None]]
    most_rows: int | None = None


def by_file(take: Callable[[str, pl.DataFrame], None]) -> Sink:
    """Return a sink for what takes the name of a file and rows of it, in order."""

    def take_all(rows: Rows) -> None:
        for name, frame in rows.by_file():
            take(name, frame)

    return Sink(lambda rows: lambda: take_all(rows))


NOWHERE = Sink(lambda _rows: lambda: None)


def parse_files(
    names: list[str],
    settings: Settings,
    options: ParseOptions,
    pseudonyms: Pseudonyms,
    sink: Sink,
    reject_sink: Sink,
) -> ParseResult:
    """Give the records of the files to `sink` and the rejected lines to `reject_sink`, in order.

    A file that cannot be read, or not to its end, costs none of the others.
    """
    files = LogFiles(names, options.format)
    totals = Counter(lines=0, records=0, rejects=0, comments=0)
    with GeoReader.open(settings.geoip) as geo:
        run = _Run(settings, options, pseudonyms, geo)
        chunks = files.chunks(run.parser_of)
        # Nobody can wake a thread that waits for standard input.
        is_waited_for = STANDARD_INPUT in names
        ahead = chunks if is_waited_for else prefetched(chunks, _CHUNKS_AHEAD)
        with (
            closing(ahead) as ready,
            closing(in_order(_find, ready, _WORKERS, _WAITING)) as found,
            closing(settled(found)) as ended,
            closing(_jobs(ended, totals, sink, reject_sink)) as jobs,
            closing(in_order(lambda job: job(), jobs, _WORKERS, _WAITING)) as prepared,
            closing(prepared if is_waited_for else prefetched(prepared, _CHUNKS_AHEAD)) as writes,
        ):
            for write in writes:
                write()
    return ParseResult(
        **totals,
        formats=tuple(files.formats),
        sureness=tuple(files.sureness),
        failures=tuple(files.failures),
    )


class _Run:
    """One run of parse: the parser of each format and site, which share what is known."""

    def __init__(
        self, settings: Settings, options: ParseOptions, pseudonyms: Pseudonyms, geo: GeoReader
    ) -> None:
        self._options = options
        self._geo = geo
        self._redactors = Redactors(settings)
        self._of_file: tuple[str | None, Redactor | None] = (None, None)
        self._context = LineContext(
            format=None,
            timezone=options.timezone or settings.timezone,
            day_zone=settings.timezone,
            user_types=settings.user_types,
            pseudonyms=pseudonyms,
        )
        self._begin()

    def _begin(self) -> None:
        self._described = Described(self._geo)
        self._parsers: dict[tuple[object, ...], DescribingParser] = {}

    def parser_of(self, name: str, form: Format | None) -> DescribingParser:
        if self._described.is_full or len(self._parsers) > _MOST_PARSERS:
            self._begin()
        redactor = self._redactor(name)
        key = (form, id(redactor))
        if key not in self._parsers:
            context = replace(
                self._context,
                format=form and with_users(form, self._options.user_from),
                redactor=redactor,
            )
            lines = LineParser(context, self._described)
            self._parsers[key] = DescribingParser(lines, self._described)
        return self._parsers[key]

    def _redactor(self, name: str) -> Redactor | None:
        if self._options.raw:
            return None
        if self._of_file[0] != name:
            self._of_file = name, self._redactors.of_file(name, self._options.landing)
        return self._of_file[1]


def _find(chunk: Chunk) -> tuple[Chunk, Found | Parsed]:
    found = chunk.parser.lines.found(chunk.blocks)
    chunk.blocks.clear()  # nobody needs them any more
    return chunk, found


def _jobs(
    settled_chunks: Iterable[Settled], totals: Counter[str], sink: Sink, reject_sink: Sink
) -> Generator[Callable[[], Callable[[], None]], None, None]:
    """Count what has become of chunks, and yield the work on their rows, in order."""
    for one in settled_chunks:
        totals.update(
            lines=one.chunk.line_count,
            records=len(one.records),
            rejects=len(one.rejects),
            comments=one.comments,
        )
        for begin, end in one.records.portions(sink.most_rows):
            yield partial(_with_records, sink, one, begin, end)
        if len(one.rejects):
            rejects = Rows(one.rejects, one.rejects.get_column("source"), one.chunk.names)
            yield partial(reject_sink.prepare, rejects)


def _with_records(sink: Sink, one: Settled, begin: int, end: int) -> Callable[[], None]:
    records = one.records.portion(begin, end)
    source = records.get_column("source")
    return sink.prepare(Rows(_complete(records, one.chunk), source, one.chunk.names))


def _complete(records: pl.DataFrame, chunk: Chunk) -> pl.DataFrame:
    """REFERRED_SCHEMA with every column of the contract, in its order."""
    file_ids = pl.Series("file_id", chunk.file_ids, pl.UInt64).gather(records.get_column("source"))
    return records.with_columns(
        *chunk.parser.described.columns(records),
        event_ids(file_ids, records.get_column("line_no")),
        file_ids,
        site_id=pl.lit(None, pl.String),
        site_group=pl.lit(None, pl.String),
    ).select(pl.col(name).fill_null(value=False) if name == "is_bot" else name for name in COLUMNS)
