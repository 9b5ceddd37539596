"""Lines to records by the fast path where they are regular, else by the way every line can take."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipelines.ingest.clients import client_texts
from pipelines.ingest.fast_path import (
    LEAST_FIELD_BYTES,
    NO_REJECTS,
    REFERRED_SCHEMA,
    Found,
    RegularLines,
    ValueIds,
)
from pipelines.ingest.fields import LineContext
from pipelines.ingest.lines import Lines, NumberedBlock, Places, RawLines, lines_of
from pipelines.ingest.native.split import has_fast_path, is_short_enough
from pipelines.ingest.records import Parsed, parse_lines

if TYPE_CHECKING:
    from pipelines.ingest.reading import FileReading

_MOST_WAITING = 4_000  # irregular lines
_MOST_WAITING_BYTES = 4 * 1024 * 1024
_MOST_IRREGULAR = 0.5  # of a chunk's lines: with more of them all go the other way
_PASSED_OVER = 8  # times so many bytes after such a chunk are likely to be like it


@dataclass(frozen=True)
class Batch:
    """What became of some lines; `readings[n]` is where those of source n come from.

    The records are of REFERRED_SCHEMA, in no order; texts of profiles may be numbered already.
    """

    parsed: Parsed
    readings: "tuple[FileReading, ...]"


class LineParser:
    """Parses the lines of one context; may be used by many threads at once.

    Irregular lines of `parse` wait until there are many, or until `rest` is called.
    """

    def __init__(self, context: LineContext, ids: ValueIds) -> None:
        """Prepare for the lines of a context, whose clients and agents have `ids`."""
        self._context = context
        self._ids = ids
        self._plain: RegularLines | None = None
        most = context.field_bytes
        if (
            context.format is not None
            and has_fast_path(context.format)
            and (most is None or most >= LEAST_FIELD_BYTES)
        ):
            self._plain = RegularLines(context, context.format, ids)
        self._passed_over = 0  # bytes to come that are not looked at for regular lines
        self._waiting = _Waiting()
        self._readings: list[FileReading] = []  # of the lines that wait
        self._lock = threading.Lock()

    def parse(
        self, blocks: Sequence[NumberedBlock], readings: "tuple[FileReading, ...]"
    ) -> list[Batch]:
        """Return what has become of lines of `blocks`, and of some that waited."""
        found = self.found(blocks)
        if isinstance(found, Parsed):
            return [Batch(found, readings)]
        batches = [Batch(found.parsed(), readings)]
        if len(found.irregular):
            near, raw = found.near_irregular(), found.raw_irregular()
            with self._lock:
                self._waiting.add(raw, near, len(readings))
                self._readings += readings
                if self._waiting.is_much():
                    batches += self._taken()
        return batches

    def irregular(self, founds: Sequence[Found]) -> list[Parsed]:
        """Return what becomes of the irregular lines of each: looked at together they cost less."""
        waiting, firsts = _Waiting(), [0]
        for found in founds:
            waiting.add(found.raw_irregular(), found.near_irregular(), found.source_count)
            firsts.append(waiting.source_count)
        parsed = self._in_full(waiting.lines(), pl.concat(waiting.near))
        return [_of_sources(parsed, first, end) for first, end in pairwise(firsts)]

    def rest(self) -> list[Batch]:
        """Return what becomes of the lines that wait."""
        with self._lock:
            return self._taken()

    def forget(self) -> None:
        """Drop the lines that wait."""
        with self._lock:
            self._waiting, self._readings = _Waiting(), []

    def _taken(self) -> list[Batch]:
        waiting, self._waiting = self._waiting, _Waiting()
        readings, self._readings = tuple(self._readings), []
        if not waiting.raw:
            return []
        return [Batch(self._in_full(waiting.lines(), pl.concat(waiting.near)), readings)]

    def found(self, blocks: Sequence[NumberedBlock]) -> Found | Parsed:
        """Return the regular records, or what has become of all lines where few are regular."""
        data = b"".join(numbered.block.data for numbered in blocks)
        is_overlong = any(numbered.block.overlong for numbered in blocks)
        if not is_overlong and data.isspace():  # an archive can hold millions of line feeds
            return _blank(blocks)
        if self._plain is None or is_overlong or not is_short_enough(data):
            return self._in_full(lines_of(blocks))
        if self._passed_over > 0:
            self._passed_over -= len(data)
            return self._in_full(lines_of(blocks))
        found = self._plain.found(data, blocks)
        if len(found.irregular) > _MOST_IRREGULAR * (len(found.starts) - 1):
            self._passed_over = _PASSED_OVER * len(data)
            return self._in_full(lines_of(blocks))
        return found

    def _in_full(self, lines: Lines, near: pl.DataFrame | None = None) -> Parsed:
        parsed = parse_lines(lines, self._context, near)
        return replace(parsed, records=referred(parsed.records, self._ids))


@dataclass
class _Waiting:
    """Odd lines, the days of the records beside them, and of how many sources both are."""

    raw: list[RawLines] = field(default_factory=list)
    near: list[pl.DataFrame] = field(default_factory=list)
    source_count: int = 0
    size: int = 0

    def add(self, raw: RawLines, near: pl.DataFrame, source_count: int) -> None:
        first = self.source_count
        self.raw.append(RawLines(raw.texts, raw.places.moved(first)))
        self.near.append(near.with_columns(near.get_column("source") + first))
        self.source_count += source_count
        self.size += sum(map(len, raw.texts))

    def is_much(self) -> bool:
        return (
            self.size > _MOST_WAITING_BYTES
            or sum(len(each.texts) for each in self.raw) > _MOST_WAITING
        )

    def lines(self) -> Lines:
        places = [each.places for each in self.raw]
        return RawLines(
            [text for each in self.raw for text in each.texts],
            Places(
                np.concatenate([each.source for each in places]),
                np.concatenate([each.line_no for each in places]),
                np.concatenate([each.byte_offset for each in places]),
            ),
        ).lines()


def referred(records: pl.DataFrame, ids: ValueIds) -> pl.DataFrame:
    """Return REFERRED_SCHEMA for RECORD_SCHEMA."""
    return records.with_columns(
        ids.client_ids(client_texts(records)).alias("client_id"),
        ids.agent_ids(records.get_column("user_agent")).alias("agent_id"),
    ).select(*REFERRED_SCHEMA)


def _of_sources(parsed: Parsed, first: int, end: int) -> Parsed:
    """What has become of the lines of some sources, which are numbered from 0 then."""

    def own(rows: pl.DataFrame) -> pl.DataFrame:
        mine = rows.filter(pl.col("source").is_between(first, end, closed="left"))
        return mine.with_columns(mine.get_column("source") - first)

    return Parsed(
        own(parsed.records),
        own(parsed.rejects),
        own(parsed.comments.to_frame("source")).to_series(),
        own(parsed.cut.to_frame("source")).to_series(),
    )


def _blank(blocks: Sequence[NumberedBlock]) -> Parsed:
    """What has become of blocks of blank lines."""
    counts = [each.line_count for each in blocks]
    sources = np.repeat(np.arange(len(blocks), dtype=np.uint32), counts)
    none = NO_REJECTS.get_column("source")
    return Parsed(
        pl.DataFrame(schema=REFERRED_SCHEMA), NO_REJECTS, pl.Series("source", sources), none
    )
