"""The files of `mimamori parse`: their lines in order, in chunks to be parsed together."""

import io
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from pipelines.errors import MimamoriError
from pipelines.formats.format import Format
from pipelines.ingest.described import DescribingParser
from pipelines.ingest.follow import FormatFollower
from pipelines.ingest.identity import file_id
from pipelines.ingest.lines import NumberedBlock
from pipelines.ingest.reader import (
    BLOCK_BYTES,
    Block,
    LineReader,
    first_line_of,
    open_content,
    open_stream,
)
from pipelines.text.messages import message

STANDARD_INPUT = "-"
_CHUNK_BYTES = BLOCK_BYTES
_CHUNK_LINES = LineReader.MAX_BLOCK_LINES

ParserOf = Callable[[str, Format | None], DescribingParser]
"""Takes the name of a file and the format of lines of it."""


@dataclass
class Chunk:
    """Consecutive lines for one parser; `names` and `file_ids` are those of each block's file."""

    parser: DescribingParser
    blocks: list[NumberedBlock] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    file_ids: list[int] = field(default_factory=list)
    line_count: int = 0
    size: int = 0

    def takes(self, parser: DescribingParser, numbered: NumberedBlock) -> bool:
        """Whether a block may be parsed with those that are here."""
        return (
            parser is self.parser
            and not numbered.block.overlong
            and self.size + len(numbered.block.data) <= _CHUNK_BYTES
            and self.line_count + numbered.line_count <= _CHUNK_LINES
        )

    def add(self, numbered: NumberedBlock, name: str, number: int) -> None:
        """Take a block."""
        self.blocks.append(numbered)
        self.names.append(name)
        self.file_ids.append(number)
        self.line_count += numbered.line_count
        self.size += len(numbered.block.data)


class LogFiles:
    """Files, one after another; when all `chunks` were read the rest is known.

    `formats` are titles in order of appearance, `sureness` says how well formats fit that `auto`
    took, and `failures` which files could not be read, or not to their end.
    """

    def __init__(self, names: list[str], form: str) -> None:
        """Prepare to read the files, of which all are in the format `form`."""
        self._names = names
        self._form = form
        self.formats: dict[str, None] = {}
        self.sureness: list[str] = []
        self.failures: list[str] = []

    def chunks(self, parser_of: ParserOf) -> Generator[Chunk, None, None]:
        """Yield the lines of all files.

        A file that cannot be read, or not to its end, costs none of the others.
        """
        chunk: Chunk | None = None
        for name in self._names:
            follower = FormatFollower(self._form)
            try:
                for form, number, numbered in self._blocks(name, follower):
                    parser = parser_of(name, form)
                    if chunk is None or not chunk.takes(parser, numbered):
                        if chunk:
                            yield chunk
                        chunk = Chunk(parser)
                    chunk.add(numbered, name, number)
                    if numbered.block.overlong:
                        yield chunk
                        chunk = None
            except MimamoriError as error:
                self.failures.append(str(error))
            if follower.sureness:
                self.sureness.append(f"{name}: {follower.sureness}")
        if chunk:
            yield chunk

    def _blocks(
        self, name: str, follower: FormatFollower
    ) -> Iterator[tuple[Format | None, int, NumberedBlock]]:
        """Format, id of the file, and lines of each block."""
        next_line, number = 1, None
        try:
            with _content(name) as stream:
                reader = LineReader(stream, is_digested=False)
                for block in _all_blocks(reader):
                    if number is None:
                        number = file_id(first_line_of(block.data))
                    for form, piece in follower.cut(block):
                        numbered = NumberedBlock(piece, next_line)
                        next_line += numbered.line_count
                        self.formats[follower.found or "unknown"] = None
                        yield form, number, numbered
        except OSError as error:
            raise MimamoriError(
                message("ingest.convert.cannot_be_read", at=name, reason=error.strerror or error)
            ) from None
        if reader.damage:
            raise MimamoriError(
                message(
                    "ingest.reading.damaged",
                    at=name,
                    position=reader.position,
                    damage=reader.damage,
                )
            )


def _all_blocks(reader: LineReader) -> Iterator[Block]:
    yield from reader.blocks()
    last = reader.take_unfinished()
    if last:
        yield last


@contextmanager
def _content(name: str) -> Iterator[io.BufferedIOBase]:
    if name == STANDARD_INPUT:
        with open_stream(cast("io.BufferedReader", sys.stdin.buffer)) as stream:
            yield stream
    else:
        with open_content(Path(name)) as stream:
            yield stream
