"""Blocks of bytes, of one file or of many small ones, as a Polars series of lines."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from pipelines.ingest.reader import BOM, Block
from pipelines.normalise.columns import of_arrow

_LF = 0x0A
_LEADING_NULS = re.compile(rb"(?:(?<=\n)|\A)\0+")

Numbers = np.ndarray[tuple[int, ...], np.dtype[Any]]


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

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return self.block.line_count


@dataclass(frozen=True)
class Places:
    """Where lines stand: see `Lines`."""

    source: Numbers
    line_no: Numbers
    byte_offset: Numbers

    def moved(self, first_source: int) -> "Places":
        """Return the same with sources numbered from `first_source`."""
        return Places(self.source + np.uint32(first_source), self.line_no, self.byte_offset)

    def of(self, lines: Numbers) -> "Places":
        """Return those of the lines of these numbers."""
        return Places(self.source[lines], self.line_no[lines], self.byte_offset[lines])


def places_of(blocks: Sequence[NumberedBlock], starts: Numbers) -> Places:
    """Return the places of the lines of `blocks`, which begin at `starts` (and end) when joined."""
    sizes = np.array([len(numbered.block.data) for numbered in blocks], dtype=np.int64)
    begins = np.cumsum(sizes) - sizes
    firsts = np.searchsorted(starts[:-1], begins)  # numbers of the first lines
    counts = np.diff(np.append(firsts, len(starts) - 1))
    numbers = np.array([numbered.first_line_no for numbered in blocks], dtype=np.int64)
    offsets = np.array([numbered.block.offset for numbered in blocks], dtype=np.int64)
    return Places(
        np.repeat(np.arange(len(blocks), dtype=np.uint32), counts),
        (np.repeat(numbers - firsts, counts) + np.arange(len(starts) - 1)).view(np.uint64),
        (np.repeat(offsets - begins, counts) + starts[:-1]).view(np.uint64),
    )


def lines_of(blocks: Sequence[NumberedBlock]) -> Lines:
    """Return the lines of the blocks, as many as these have line feeds."""
    raw = b"".join(numbered.block.data for numbered in blocks)
    encoded = []
    for numbered in blocks:
        utf8 = _as_utf8(numbered.block.data, is_beginning=numbered.block.offset == 0)
        encoded.append((utf8, _starts(utf8)))
    data, bounds = encoded[0] if len(encoded) == 1 else _joined(encoded)
    return _lines(
        data,
        bounds,
        places_of(blocks, bounds if data is raw else _starts(raw)),
        is_overlong=any(numbered.block.overlong for numbered in blocks),
    )


@dataclass(frozen=True)
class RawLines:
    """Some lines of blocks, with their line feeds, for a later look."""

    texts: list[bytes]
    places: Places

    @classmethod
    def among(cls, data: bytes, starts: Numbers, places: Places, chosen: Numbers) -> "RawLines":
        """Return the lines of the numbers `chosen` of `data`, whose lines stand at `places`."""
        places = places.of(chosen)
        begins, ends = starts[chosen].tolist(), starts[np.add(chosen, 1)].tolist()
        texts = [data[begin:end] for begin, end in zip(begins, ends, strict=True)]
        for number in np.flatnonzero(places.byte_offset == 0):
            texts[number] = texts[number].removeprefix(BOM)
        return cls(texts, places)

    def lines(self) -> Lines:
        """Return them as lines."""
        utf8 = _as_utf8(b"".join(self.texts), is_beginning=False)
        return _lines(utf8, _starts(utf8), self.places, is_overlong=False)


def _lines(data: bytes, bounds: Numbers, places: Places, *, is_overlong: bool) -> Lines:
    text = _series(data, bounds)
    first_bytes = np.frombuffer(data, dtype=np.uint8)[bounds[:-1]]
    return Lines(
        text,
        pl.Series("source", places.source),
        pl.Series("line_no", places.line_no),
        pl.Series("byte_offset", places.byte_offset),
        _are_blank(text, first_bytes),
        pl.Series("is_marked", first_bytes == ord("#")),
        has_return=b"\r" in data and text.str.contains("\r", literal=True).any(),
        overlong=is_overlong,
    )


def _joined(parts: Sequence[tuple[bytes, Numbers]]) -> tuple[bytes, Numbers]:
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


def _starts(data: bytes) -> Numbers:
    """Where each line begins, and the end of the last."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == _LF)
    starts = np.empty(len(ends) + 1, dtype=np.int64)
    starts[0] = 0
    np.add(ends, 1, out=starts[1:])
    return starts


def _series(data: bytes, bounds: Numbers) -> pl.Series:
    """The lines between the bounds, without copying `data`."""
    array = pa.LargeStringArray.from_buffers(
        len(bounds) - 1, pa.py_buffer(np.ascontiguousarray(bounds)), pa.py_buffer(data)
    )
    lines = of_arrow("line", array).str.head(-1)
    return lines.str.strip_chars_end("\r") if b"\r" in data else lines


def _are_blank(text: pl.Series, first_bytes: Numbers) -> pl.Series:
    """Where a line is blank; its first byte says so of nearly all."""
    is_blank = first_bytes == _LF
    may_be = np.flatnonzero((first_bytes <= ord(" ")) & ~is_blank)
    if len(may_be):
        is_blank[may_be] = (text.gather(may_be).str.strip_chars() == "").to_numpy()
    return pl.Series("is_blank", is_blank)
