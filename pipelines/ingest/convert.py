"""`mimamori parse`: log files to normalised records without the lake, one record a line."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import polars as pl

from pipelines.enrich.geo import GeoReader
from pipelines.enrich.resource import ResourceMatcher
from pipelines.errors import MimamoriError
from pipelines.ingest.detect_format import detect_layout
from pipelines.ingest.dimensions import enrich_clients
from pipelines.ingest.formats import AUTO, layout_of
from pipelines.ingest.identity import event_ids, file_id
from pipelines.ingest.lines import lines_of
from pipelines.ingest.reader import Block, LineReader, first_line_of, open_content, open_stream
from pipelines.ingest.records import LineContext, Parsed, parse_lines
from pipelines.normalise.browser import parse_agents
from pipelines.settings import Settings

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
    """How many lines of all files became what."""

    lines: int
    records: int
    rejects: int
    comments: int
    formats: tuple[str, ...]


@dataclass(frozen=True)
class ParseOptions:
    """What the command line says of the files."""

    format: str = AUTO
    timezone: str | None = None


Sink = Callable[[pl.DataFrame], None]


def parse_files(
    names: list[str],
    settings: Settings,
    options: ParseOptions,
    sink: Sink,
    reject_sink: Callable[[str, pl.DataFrame], None],
) -> ParseResult:
    """Give the records of the files to `sink` and the rejected lines to `reject_sink`, in order.

    Raises:
        MimamoriError: a file cannot be read to its end.
    """
    totals = {"lines": 0, "records": 0, "rejects": 0, "comments": 0}
    formats: list[str] = []
    with GeoReader.open(settings.geoip) as geo:
        for name in names:
            lines_before = 0
            for parsed, title, number in _parsed_blocks(name, settings, options):
                formats.append(title)
                records = _complete(parsed.records, number, geo)
                if len(records):
                    sink(records)
                if len(parsed.rejects):
                    reject_sink(name, parsed.rejects)
                counts = {
                    "records": len(parsed.records),
                    "rejects": len(parsed.rejects),
                    "comments": parsed.comments,
                }
                lines_before += sum(counts.values())
                for key, count in counts.items():
                    totals[key] += count
            totals["lines"] += lines_before
    return ParseResult(**totals, formats=tuple(dict.fromkeys(formats)))


def _parsed_blocks(
    name: str, settings: Settings, options: ParseOptions
) -> Iterator[tuple[Parsed, str, int]]:
    context: LineContext | None = None
    if options.format != AUTO:
        context = _context(options.format, settings, options)
    next_line = 1
    number: int | None = None
    try:
        with _content(name) as stream:
            reader = LineReader(stream)
            for block in _all_blocks(reader):
                lines = lines_of(block)
                if number is None:
                    number = file_id(first_line_of(block.data))
                if context is None and not lines.overlong:
                    layout = detect_layout(lines.text)
                    context = _context(layout.title, settings, options) if layout else None
                parsed = parse_lines(lines, next_line, context)
                next_line += len(lines.text)
                yield parsed, context.layout.title if context else "unknown", number
    except OSError as error:
        raise MimamoriError(f"{name}: cannot be read: {error.strerror or error}") from None
    if reader.damage:
        raise MimamoriError(f"{name}: read up to byte {reader.position}, then: {reader.damage}")


def _all_blocks(reader: LineReader) -> Iterator[Block]:
    yield from reader.blocks()
    last = reader.take_unfinished()
    if last:
        yield last


def _context(format_text: str, settings: Settings, options: ParseOptions) -> LineContext:
    return LineContext(
        layout=layout_of(format_text),
        timezone=options.timezone or settings.timezone,
        day_zone=settings.timezone,
        user_types=settings.user_types,
        resources=ResourceMatcher(()),
    )


@contextmanager
def _content(name: str) -> Iterator[io.BufferedIOBase]:
    if name == "-":
        with open_stream(cast("io.BufferedReader", sys.stdin.buffer)) as stream:
            yield stream
    else:
        with open_content(Path(name)) as stream:
            yield stream


def _complete(records: pl.DataFrame, number: int, geo: GeoReader) -> pl.DataFrame:
    """Records with every column of the contract, in its order."""
    key = ["client_ip", "client_host"]
    clients = enrich_clients(records.select(key).unique(), geo)
    agents = parse_agents(records.get_column("user_agent").unique().drop_nulls().to_list())
    return (
        records.join(clients, on=key, how="left", nulls_equal=True, maintain_order="left")
        .join(agents, on="user_agent", how="left", maintain_order="left")
        .with_columns(
            event_ids(number, records.get_column("line_no")),
            site_id=pl.lit(None, pl.String),
            site_group=pl.lit(None, pl.String),
            is_bot=pl.col("is_bot").fill_null(value=False),
            file_id=pl.lit(number, dtype=pl.UInt64),
        )
        .select(COLUMNS)
    )
