"""Blocks of many files gathered to chunks: parsing costs by the chunk as well as by the line.

A night of a franchise chain is thousands of files of a thousand lines; a file for itself would
take ten times as long as its lines do.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from pipelines.ingest.fields import LineContext
from pipelines.ingest.formats.format import Format
from pipelines.ingest.lines import Lines, NumberedBlock, lines_of
from pipelines.ingest.reading import FileReading

CHUNK_BYTES = 8 * 1024 * 1024
_HELD_BYTES = 4 * CHUNK_BYTES  # over all contexts, of which there may be many


@dataclass(frozen=True)
class Chunk:
    """Lines to be parsed together; `readings[n]` is where those of source n come from."""

    lines: Lines
    readings: tuple[FileReading, ...]
    context: LineContext


@dataclass
class _Heap:
    """Blocks of one context that wait for more."""

    blocks: list[NumberedBlock] = field(default_factory=list)
    readings: list[FileReading] = field(default_factory=list)
    size: int = 0


def chunks(
    readings: Iterable[FileReading],
    context_of: Callable[[FileReading, Format | None], LineContext],
) -> Iterator[Chunk]:
    """Read the files one after another; yield their lines in chunks of one context each.

    The lines of a file come in order. Beside a chunk at most `_HELD_BYTES` wait.
    """
    heaps: defaultdict[LineContext, _Heap] = defaultdict(_Heap)
    held = 0
    for reading in readings:
        for form, numbered in reading.blocks():
            context = context_of(reading, form)
            if numbered.block.overlong:
                # Nothing of its file may overtake it, and nothing can be parsed with it.
                yield from (_chunk(heaps.pop(each), each) for each in list(heaps))
                yield _chunk(_Heap([numbered], [reading]), context)
                held = 0
                continue
            heap = heaps[context]
            heap.blocks.append(numbered)
            heap.readings.append(reading)
            heap.size += len(numbered.block.data)
            held += len(numbered.block.data)
            if heap.size >= CHUNK_BYTES or held >= _HELD_BYTES:
                fullest = max(heaps, key=lambda each: heaps[each].size)
                held -= heaps[fullest].size
                yield _chunk(heaps.pop(fullest), fullest)
    yield from (_chunk(heap, context) for context, heap in heaps.items())


def _chunk(heap: _Heap, context: LineContext) -> Chunk:
    return Chunk(lines_of(heap.blocks), tuple(heap.readings), context)
