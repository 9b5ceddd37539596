"""Blocks of bytes as a Polars series of lines, with the byte offset of each."""

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from pipelines.ingest.reader import Block

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Lines:
    r"""Lines in order: `text` without line ends, `offsets` in bytes of the file's content.

    Bytes that are no UTF-8, and NUL bytes, stand in `text` as `\xhh`, as Apache writes them.
    """

    text: pl.Series
    offsets: pl.Series
    overlong: bool


def lines_of(block: Block) -> Lines:
    """Return the lines of a block, as many as it has line feeds."""
    raw = block.data
    starts = _starts(raw)
    offsets = pl.Series("byte_offset", starts[:-1] + block.offset, dtype=pl.UInt64)
    text = raw
    if block.offset == 0 and raw.startswith(_BOM):
        text = raw[len(_BOM) :]
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        text = text.decode("utf-8", "backslashreplace").encode()
    if b"\0" in text:
        text = text.replace(b"\0", b"\\x00")
    bounds = starts if text is raw else _starts(text)
    array = pa.LargeStringArray.from_buffers(
        len(bounds) - 1, pa.py_buffer(bounds.astype(np.int64)), pa.py_buffer(text)
    )
    lines = pl.Series("line", array).str.strip_chars_end("\r\n")
    return Lines(lines, offsets, block.overlong)


def _starts(data: bytes) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Where each line begins, and the end of the last."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")) + 1
    return np.concatenate([np.zeros(1, dtype=np.int64), ends])
