"""What becomes of the lines of `parse`, in their order: regular ones and the others together.

Irregular lines are few, and looking at some costs nearly as much as looking at many, so that chunks
wait for each other until there are enough.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.ingest.fast_path import Found
from pipelines.ingest.log_files import Chunk
from pipelines.ingest.records import Parsed
from pipelines.normalise.lists import gathered_lists

_MOST_CHUNKS = 3  # that wait
_MOST_IRREGULAR = 4_000


class OrderedRecords:
    """Records of REFERRED_SCHEMA in the order of their lines, put together by portions."""

    def __init__(self, parsed: Parsed, regular: Found | None = None) -> None:
        """Take what became of all lines; or of the irregular ones, beside `regular`."""
        self._others = parsed.records
        self._regular = self._others.clear() if regular is None else regular.records
        count = len(self._regular)
        self._order = np.arange(count)
        if regular is None:
            self._order = np.arange(len(self._others))
        elif len(self._others):
            source = self._others.get_column("source").to_numpy()
            firsts = np.searchsorted(regular.places.source, source)
            line_no = self._others.get_column("line_no").to_numpy()
            after_first = line_no - regular.places.line_no[firsts]
            lines = firsts + after_first.astype(np.int64)
            after = np.searchsorted(regular.regular, lines)
            self._order = np.insert(self._order, after, np.arange(len(lines)) + count)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self._order)

    def portions(self, most_rows: int | None) -> Iterator[tuple[int, int]]:
        """Yield beginning and end of portions of about one size, none of them empty."""
        count = len(self)
        number = -(-count // (most_rows or count or 1))
        for portion in range(number):
            yield count * portion // number, count * (portion + 1) // number

    def portion(self, begin: int, end: int) -> pl.DataFrame:
        """Return the records from one place to another."""
        rows = self._order[begin:end]
        count = len(self._regular)
        is_other = rows >= count
        regular, others = (
            _span(self._regular, rows[~is_other]),
            _span(self._others, rows[is_other] - count),
        )
        if others.is_empty() or regular.is_empty():
            return regular if others.is_empty() else others
        places = np.empty(len(rows), np.uint32)
        places[~is_other] = np.arange(len(regular))
        places[is_other] = np.arange(len(others)) + len(regular)
        both = pl.concat([regular, others], rechunk=True)
        lists = gathered_lists(both.get_column("redactions"), places)
        ordered = both.drop("redactions").select(pl.all().gather(pl.Series(places)))
        return ordered.with_columns(lists).select(both.columns)


def _span(
    records: pl.DataFrame, rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
) -> pl.DataFrame:
    """The records of consecutive rows."""
    return records[int(rows[0]) : int(rows[-1]) + 1] if len(rows) else records.clear()


@dataclass(frozen=True)
class Settled:
    """What has become of a chunk."""

    chunk: Chunk
    records: OrderedRecords
    rejects: pl.DataFrame
    comments: int

    @classmethod
    def of(cls, chunk: Chunk, parsed: Parsed, regular: Found | None = None) -> "Settled":
        """Take what became of all lines; or of the irregular ones, beside `regular`."""
        records = OrderedRecords(parsed, regular)
        return cls(chunk, records, parsed.rejects, len(parsed.comments))


def settled(found_chunks: Iterable[tuple[Chunk, Found | Parsed]]) -> Generator[Settled, None, None]:
    """Yield what has become of each chunk, in order."""
    waiting: list[tuple[Chunk, Found]] = []
    for chunk, found in found_chunks:
        if isinstance(found, Parsed):
            yield from _settled(waiting)
            yield Settled.of(chunk, found)
        elif not waiting and not len(found.irregular):
            yield Settled.of(chunk, found.parsed())
        else:
            if waiting and waiting[0][0].parser is not chunk.parser:
                yield from _settled(waiting)
            waiting.append((chunk, found))
            irregular = sum(len(each.irregular) for _, each in waiting)
            if len(waiting) == _MOST_CHUNKS or irregular > _MOST_IRREGULAR:
                yield from _settled(waiting)
    yield from _settled(waiting)


def _settled(waiting: list[tuple[Chunk, Found]]) -> Iterator[Settled]:
    """What has become of the chunks that wait, which do so no more."""
    if waiting:
        others = waiting[0][0].parser.lines.irregular([found for _, found in waiting])
        ready = [
            Settled.of(chunk, parsed, found)
            for (chunk, found), parsed in zip(waiting, others, strict=True)
        ]
        waiting.clear()
        while ready:  # and nothing is held longer than it is needed
            yield ready.pop(0)
