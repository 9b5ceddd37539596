"""Blocks of bytes, of one file or of many small ones, as a Polars series of lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from pipelines.ingest.reader import BOM, Block

_LF = 0x0A
_LEADING_NULS = re.compile(rb"(?:(?<=\n)|\A)\0+")

Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]
Places = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Lines:
    r"""Lines in order: `text` without line ends, and where each stands in its file.

    Bytes that are no UTF-8, and NUL bytes within a line, stand in `text` as `\xhh`, as Apache
    writes them.
    `source` is the number, from 0, of the block that the line came in; `byte_offset` counts bytes
    of that file's content; `line_no` its lines, from 1.
    """

    text: pl.Series
    source: pl.Series
    line_no: pl.Series
    byte_offset: pl.Series
    is_blank: pl.Series
    is_marked: pl.Series
    has_return: bool
    overlong: bool

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self.text)


@dataclass(frozen=True)
class NumberedBlock:
    """Whole lines of one file; the first of them has the number `first_line_no`."""

    block: Block
    first_line_no: int


def lines_of(blocks: Sequence[NumberedBlock]) -> Lines:
    """Return the lines of the blocks, as many as these have line feeds."""
    encoded, sources, numbers, offsets = [], [], [], []
    for source, numbered in enumerate(blocks):
        raw = numbered.block.data
        starts = _starts(raw)
        count = len(starts) - 1
        sources.append(np.full(count, source, dtype=np.uint32))
        first = numbered.first_line_no
        numbers.append(np.arange(first, first + count, dtype=np.uint64))
        offsets.append(starts[:-1].astype(np.uint64) + np.uint64(numbered.block.offset))
        utf8 = _as_utf8(raw, is_beginning=numbered.block.offset == 0)
        encoded.append((utf8, starts if utf8 is raw else _starts(utf8)))
    data, bounds = encoded[0] if len(encoded) == 1 else _joined(encoded)
    text = _series(data, bounds)
    first_bytes = np.frombuffer(data, dtype=np.uint8)[bounds[:-1]]
    return Lines(
        text,
        pl.Series("source", np.concatenate(sources)),
        pl.Series("line_no", np.concatenate(numbers)),
        pl.Series("byte_offset", np.concatenate(offsets)),
        _are_blank(text, first_bytes),
        pl.Series("is_marked", first_bytes == ord("#")),
        has_return=b"\r" in data and text.str.contains("\r", literal=True).any(),
        overlong=any(numbered.block.overlong for numbered in blocks),
    )


def _joined(parts: Sequence[tuple[bytes, Places]]) -> tuple[bytes, Places]:
    """Texts one behind the other, and where each line begins in the whole."""
    ends = np.cumsum([len(text) for text, _ in parts])
    begins = [0, *ends[:-1]]
    shifted = [starts[:-1] + begin for (_, starts), begin in zip(parts, begins, strict=True)]
    return b"".join(text for text, _ in parts), np.concatenate([*shifted, ends[-1:]])


def _as_utf8(raw: bytes, *, is_beginning: bool) -> bytes:
    text = raw[len(BOM) :] if is_beginning and raw.startswith(BOM) else raw
    if not text.isascii():
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            text = text.decode("utf-8", "backslashreplace").encode()
    if b"\0" not in text:
        return text
    # What copytruncate leaves before the first line that is written after it.
    return _LEADING_NULS.sub(b"", text).replace(b"\0", b"\\x00")


def _starts(data: bytes) -> Places:
    """Where each line begins, and the end of the last."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == _LF)
    starts = np.empty(len(ends) + 1, dtype=np.int64)
    starts[0] = 0
    np.add(ends, 1, out=starts[1:])
    return starts


def _series(data: bytes, bounds: Places) -> pl.Series:
    """The lines between the bounds, without copying `data`."""
    array = pa.LargeStringArray.from_buffers(
        len(bounds) - 1, pa.py_buffer(np.ascontiguousarray(bounds)), pa.py_buffer(data)
    )
    lines = pl.Series("line", array).str.head(-1)
    return lines.str.strip_chars_end("\r") if b"\r" in data else lines


def _are_blank(text: pl.Series, first_bytes: Bytes) -> pl.Series:
    """Where a line is blank; most are told by their first byte."""
    is_blank = np.zeros(len(text), dtype=bool)
    may_be = np.flatnonzero(first_bytes <= ord(" "))
    if len(may_be):
        is_blank[may_be] = (text.gather(may_be).str.strip_chars() == "").to_numpy()
    return pl.Series("is_blank", is_blank)
