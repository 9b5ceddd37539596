"""Bytes of a log file as blocks of whole lines, whatever the compression, in bounded memory.

A line is never cut, lost or joined: what a CSV reader does with quotes cannot happen here.
"""

import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import ClassVar, Literal, Protocol

import numpy as np

from pipelines.ingest.archives import (
    DAMAGE,
    decompressed,
    reason_of,
)
from pipelines.ingest.bounds import BoundedContent, BoundError, Passed
from pipelines.ingest.native.library import count_lines
from pipelines.settings.limits import Limits

BLOCK_BYTES = 16 * 1024 * 1024
MAX_LINE_BYTES = 8 * 1024 * 1024
_KEPT_OF_OVERLONG = 4096 + 512  # what is masked may lie across the end of the 4096 shown
_PIECE_BYTES = 1024 * 1024
_MOST_PIECES = 4096
_FIRST_LINE_BYTES = 64 * 1024
_LINE = re.compile(rb"[^\r\n]+")
_LINE_FEED = 0x0A
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Block:
    """Whole lines: `data` ends with a line feed, `offset` is where it begins in the content.

    `overlong` marks a block that is the beginning of one line too long to be a log line.
    """

    data: bytes
    offset: int
    overlong: bool = False

    @cached_property
    def line_count(self) -> int:
        """How many lines there are."""
        return count_lines(self.data)


class LineReader:
    """Reads the (uncompressed) content of one file from `start` on.

    After iteration: `position` bytes of content were taken, `digest()` is the SHA-256 of them
    (unless `is_digested` is false, which saves its time),
    `damage` says why the content ended early, `passed` which limit ended it, and `unfinished` holds
    a last line without a line end, which the caller may take with `take_unfinished`.
    """

    MAX_BLOCK_LINES: ClassVar[int] = 250_000

    def __init__(
        self,
        stream: io.BufferedIOBase,
        *,
        block_bytes: int = BLOCK_BYTES,
        is_digested: bool = True,
    ) -> None:
        """Read `stream` in blocks of about `block_bytes`."""
        self._stream = stream
        self._is_digested = is_digested
        self._block_bytes = block_bytes
        self._hash = hashlib.sha256()
        self.position = 0
        self.unfinished = b""
        self.damage: str | None = None
        self.passed: Passed | None = None
        self._line_end_awaited = False
        self._rest = b""  # read, but not yet given

    def digest(self) -> str:
        """Return the SHA-256 of the content up to `position`, hexadecimal."""
        return self._hash.hexdigest()

    def skip(self, length: int) -> None:
        """Pass over the first `length` bytes, which an earlier reading took."""
        last = b""
        while self.position < length and (
            data := self._read(min(self._block_bytes, length - self.position))
        ):
            self._advance(data)
            last = data[-1:]
        self._line_end_awaited = bool(last) and last != b"\n"

    def blocks(self) -> Iterator[Block]:
        """Yield the lines from `position` on; a line end that was awaited is swallowed."""
        carry = b""  # what has come of a line, never a line end in it
        dropping = False
        while data := self._read_lines(self._block_bytes):
            if self._line_end_awaited:
                self._line_end_awaited = False
                rest = data.removeprefix(b"\r").removeprefix(b"\n")
                data = self._without(data, len(data) - len(rest))
            if dropping:
                end = data.find(b"\n") + 1
                dropping = not end
                data = self._without(data, end or len(data))
            end = data.rfind(b"\n") + 1
            if end:
                is_whole = end == len(data) and not carry
                lines = data if is_whole else b"".join((carry, memoryview(data)[:end]))
                yield from self._cut(Block(lines, self.position))
                carry = data[end:]
            else:
                carry += data
            if len(carry) > MAX_LINE_BYTES:
                yield Block(carry[:_KEPT_OF_OVERLONG] + b"\n", self.position, overlong=True)
                self._advance(carry)
                carry, dropping = b"", True
        self.unfinished = b"" if self.damage else carry

    def _without(self, data: bytes, length: int) -> bytes:
        """Pass over the beginning of what was read."""
        self._advance(data[:length])
        return data[length:]

    def take_unfinished(self) -> Block | None:
        """Return the last line though it has no line end, as a block; None when there is none."""
        if not self.unfinished:
            return None
        line, self.unfinished = self.unfinished, b""
        block = Block(line + b"\n", self.position)
        self._advance(line)
        return block

    def _cut(self, block: Block) -> Iterator[Block]:
        """Cut after each `MAX_BLOCK_LINES`: what a line costs later is not told by its length."""
        if block.line_count <= self.MAX_BLOCK_LINES:
            self._advance(block.data)
            yield block
            return
        line_ends = np.flatnonzero(np.frombuffer(block.data, np.uint8) == _LINE_FEED)
        lasts = line_ends[self.MAX_BLOCK_LINES - 1 : -1 : self.MAX_BLOCK_LINES].tolist()
        for first, last in pairwise((-1, *lasts, len(block.data) - 1)):
            piece = Block(block.data[first + 1 : last + 1], self.position)
            self._advance(piece.data)
            yield piece

    def _advance(self, data: bytes) -> None:
        if self._is_digested:
            self._hash.update(data)
        self.position += len(data)

    def _read_lines(self, size: int) -> bytes:
        """About `size` bytes up to a line end, if there is one; the rest comes the next time."""
        pieces = self._pieces_of(size)
        if self._rest:
            pieces.insert(0, self._rest)
            self._rest = b""
        if not pieces or self.damage:
            return b"".join(pieces)
        end = pieces[-1].rfind(b"\n") + 1
        if 0 < end < len(pieces[-1]):
            pieces[-1], self._rest = pieces[-1][:end], pieces[-1][end:]
        return b"".join(pieces)

    def _read(self, size: int) -> bytes:
        """Up to `size` bytes."""
        return b"".join(self._pieces_of(size))

    def _pieces_of(self, size: int) -> list[bytes]:
        """Up to `size` bytes; what was decompressed before an error is not lost with it."""
        pieces: list[bytes] = []
        wanted = size
        while wanted and not self.damage:
            try:
                piece = self._stream.read1(min(wanted, _PIECE_BYTES))
            except DAMAGE as error:
                self.damage = reason_of(error)
                self.passed = error.passed if isinstance(error, BoundError) else None
                break
            if not piece:
                break
            pieces.append(piece)
            wanted -= len(piece)
            if len(pieces) == _MOST_PIECES:  # an archive may give millions of tiny ones
                pieces = [b"".join(pieces)]
        return pieces


class Openable(Protocol):
    """A file that can be read from its beginning: a path, or a file held open."""

    def open(self, mode: Literal["rb"], /) -> io.BufferedReader:
        """Return its bytes from the beginning on."""
        ...


@contextmanager
def open_content(file: Openable, limits: Limits | None = None) -> Iterator[io.BufferedIOBase]:
    """Yield the uncompressed content of a file; the compression is told by its first bytes."""
    with file.open("rb") as raw, open_stream(raw, limits) as stream:
        yield stream


@contextmanager
def open_stream(
    raw: io.BufferedReader, limits: Limits | None = None
) -> Iterator[io.BufferedIOBase]:
    """Yield the uncompressed content of a buffered stream, which need not be seekable.

    With `limits` it ends with a `BoundError`, one of `DAMAGE`, where it passes one of them.
    """
    with decompressed(raw) as stream:
        yield stream if limits is None else BoundedContent(stream, raw, limits)


def head_of(file: Openable) -> bytes:
    """Return the beginning of a file's content, at least 64 KiB where it has so many.

    Raises OSError or a decompression error when the file cannot be read.
    """
    with open_content(file) as stream:
        head = b""
        try:
            while len(head) < _FIRST_LINE_BYTES and (data := stream.read1(_FIRST_LINE_BYTES)):
                head += data
        except DAMAGE:
            if b"\n" not in head:
                raise
    return head


def first_line_of(head: bytes) -> bytes:
    """Return the first line in 64 KiB that is neither blank nor a directive, empty without one.

    It names the file: the same whatever the file is called and however much it grows.
    """
    for match in _LINE.finditer(head[:_FIRST_LINE_BYTES].removeprefix(BOM)):
        line = match[0]
        if line.strip() and not line.startswith(b"#"):
            return line
    return b""


def known_beginning(
    file: Openable, boundaries: Mapping[int, str], limits: Limits, keyed: Callable[[str], str]
) -> int:
    """Return the longest length in `boundaries` whose digest the file's beginning has; else 0.

    `keyed` makes a digest of a SHA-256.
    """
    hasher, position, matched = hashlib.sha256(), 0, 0
    with open_content(file, limits) as stream:
        for length in sorted(boundaries):
            while position < length:
                try:
                    data = stream.read(min(BLOCK_BYTES, length - position))
                except DAMAGE:
                    return matched
                if not data:
                    return matched
                hasher.update(data)
                position += len(data)
            if keyed(hasher.hexdigest()) == boundaries[length]:
                matched = length
    return matched
