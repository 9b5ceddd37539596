"""`mimamori parse`: log files to normalised records without the lake, one record a line."""

import io
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import polars as pl

from pipelines.enrich.geo import GeoReader
from pipelines.errors import MimamoriError
from pipelines.formats.catalogue import AUTO
from pipelines.formats.users import with_users
from pipelines.ingest.dimensions import enrich_clients
from pipelines.ingest.fields import LineContext, repeated
from pipelines.ingest.follow import FormatFollower
from pipelines.ingest.identity import event_ids, file_id
from pipelines.ingest.lines import Lines, NumberedBlock, lines_of
from pipelines.ingest.reader import Block, LineReader, first_line_of, open_content, open_stream
from pipelines.ingest.records import Parsed, parse_lines
from pipelines.ingest.redactors import Redactors
from pipelines.normalise.browser import parse_agents
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.model import Settings
from pipelines.text.messages import message

if TYPE_CHECKING:
    from pipelines.formats.format import Format

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


Sink = Callable[[str, pl.DataFrame], None]
"""Takes the name of a file and rows of it."""


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
    totals = Counter(lines=0, records=0, rejects=0, comments=0)
    formats: list[str] = []
    sureness: list[str] = []
    failures: list[str] = []
    redactors = Redactors(settings)
    context = LineContext(
        format=None,
        timezone=options.timezone or settings.timezone,
        day_zone=settings.timezone,
        user_types=settings.user_types,
        pseudonyms=pseudonyms,
    )
    with GeoReader.open(settings.geoip) as geo:
        for name in names:
            follower = FormatFollower(options.format)
            redactor = None if options.raw else redactors.of_file(name, options.landing)
            try:
                own = replace(context, redactor=redactor)
                for number, lines, parsed in _parsed(name, follower, own, options.user_from):
                    formats.append(follower.found or "unknown")
                    totals.update(
                        lines=len(lines),
                        records=len(parsed.records),
                        rejects=len(parsed.rejects),
                        comments=len(parsed.comments),
                    )
                    if len(parsed.records):
                        sink(name, _complete(parsed.records, number, geo))
                    if len(parsed.rejects):
                        reject_sink(name, parsed.rejects)
            except MimamoriError as error:
                failures.append(str(error))
            if follower.sureness:
                sureness.append(f"{name}: {follower.sureness}")
    return ParseResult(
        **totals,
        formats=tuple(dict.fromkeys(formats)),
        sureness=tuple(sureness),
        failures=tuple(failures),
    )


def _parsed(
    name: str, follower: FormatFollower, context: LineContext, user_from: tuple[str, ...]
) -> Iterator[tuple[int, Lines, Parsed]]:
    """Id of the file and lines of each block, and what became of them."""
    contexts: dict[Format | None, LineContext] = {None: context}
    next_line, number = 1, None
    try:
        with _content(name) as stream:
            reader = LineReader(stream)
            for block in _all_blocks(reader):
                if number is None:
                    number = file_id(first_line_of(block.data))
                for form, piece in follower.cut(block):
                    lines = lines_of([NumberedBlock(piece, next_line)])
                    next_line += len(lines)
                    if form is not None and form not in contexts:
                        contexts[form] = replace(context, format=with_users(form, user_from))
                    yield number, lines, parse_lines(lines, contexts[form])
    except OSError as error:
        raise MimamoriError(
            message("ingest.convert.cannot_be_read", at=name, reason=error.strerror or error)
        ) from None
    if reader.damage:
        raise MimamoriError(
            message(
                "ingest.reading.damaged", at=name, position=reader.position, damage=reader.damage
            )
        )


def _all_blocks(reader: LineReader) -> Iterator[Block]:
    yield from reader.blocks()
    last = reader.take_unfinished()
    if last:
        yield last


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
    file_ids = repeated(number, pl.UInt64, len(records))
    clients = enrich_clients(records.select(key).unique(), geo)
    agents = parse_agents(records.get_column("user_agent").unique().drop_nulls().to_list())
    return (
        records.join(clients, on=key, how="left", nulls_equal=True, maintain_order="left")
        .join(agents, on="user_agent", how="left", maintain_order="left")
        .with_columns(
            event_ids(file_ids, records.get_column("line_no")),
            site_id=pl.lit(None, pl.String),
            site_group=pl.lit(None, pl.String),
            is_bot=pl.col("is_bot").fill_null(value=False),
            file_id=file_ids,
        )
        .select(COLUMNS)
    )
