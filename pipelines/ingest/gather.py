"""Blocks of many files gathered to chunks: parsing costs by the chunk as well as by the line.

A night of a franchise chain is thousands of files of a thousand lines; a file for itself would
take ten times as long as its lines do.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from pipelines.formats.format import Format
from pipelines.ingest.line_parser import LineParser
from pipelines.ingest.lines import NumberedBlock
from pipelines.ingest.reading import FileReading

CHUNK_BYTES = 8 * 1024 * 1024
_HELD_BYTES = 4 * CHUNK_BYTES  # over all parsers, of which there may be many


@dataclass(frozen=True)
class Chunk:
    """Lines to be parsed together; `readings[n]` is where those of source n come from."""

    blocks: list[NumberedBlock]
    readings: tuple[FileReading, ...]
    parser: LineParser

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return sum(numbered.line_count for numbered in self.blocks)


@dataclass
class _Heap:
    """Blocks for one parser that wait for more."""

    blocks: list[NumberedBlock] = field(default_factory=list)
    readings: list[FileReading] = field(default_factory=list)
    size: int = 0


def chunks(
    readings: Iterable[FileReading],
    parser_of: Callable[[FileReading, Format | None], LineParser],
) -> Iterator[Chunk]:
    """Read the files one after another; yield their lines in chunks for one parser each.

    The lines of a file come in order. Beside a chunk at most `_HELD_BYTES` wait.
    """
    heaps: defaultdict[LineParser, _Heap] = defaultdict(_Heap)
    held = 0
    for reading in readings:
        for form, numbered in reading.blocks():
            parser = parser_of(reading, form)
            if numbered.block.overlong:
                # Nothing of its file may overtake it, and nothing can be parsed with it.
                yield from (_chunk(heaps.pop(each), each) for each in list(heaps))
                yield _chunk(_Heap([numbered], [reading]), parser)
                held = 0
                continue
            heap = heaps[parser]
            heap.blocks.append(numbered)
            heap.readings.append(reading)
            heap.size += len(numbered.block.data)
            held += len(numbered.block.data)
            if heap.size >= CHUNK_BYTES or held >= _HELD_BYTES:
                fullest = max(heaps, key=lambda each: heaps[each].size)
                held -= heaps[fullest].size
                yield _chunk(heaps.pop(fullest), fullest)
    yield from (_chunk(heap, parser) for parser, heap in heaps.items())


def _chunk(heap: _Heap, parser: LineParser) -> Chunk:
    return Chunk(heap.blocks, tuple(heap.readings), parser)
