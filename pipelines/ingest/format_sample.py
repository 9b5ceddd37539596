"""A few lines of a block, from its head and spread over it, to judge a format by."""

import polars as pl

from pipelines.ingest.reader import BOM, Block

_HEAD_LINES = 64
_SPREAD = 64  # places
_HEAD_BYTES = 64 * 1024
_LONGEST_LINE = 16 * 1024  # bytes; longer lines are no good example


def sample_of(block: Block) -> pl.Series:
    """Return at most 128 lines that are neither blank nor comments, as text."""
    data = block.data
    head = data[:_HEAD_BYTES]
    lines = head.split(b"\n", _HEAD_LINES)[:_HEAD_LINES] if b"\n" in head else [data]
    if len(head) < len(data) or head.count(b"\n") > _HEAD_LINES:
        step = max(1, len(data) // _SPREAD)
        end = 0
        for place in range(step, len(data), step):
            if place <= end:
                continue
            begin = data.find(b"\n", place) + 1
            end = data.find(b"\n", begin)
            if begin == 0 or end < 0:
                break
            lines.append(data[begin:end])
    lines = [line.removeprefix(BOM) for line in lines]
    lines = [line for line in lines if line.strip() and not line.startswith(b"#")]
    short = [line for line in lines if len(line) <= _LONGEST_LINE] or lines[:1]
    return pl.Series("line", [_text(line) for line in short], dtype=pl.String)


def _text(line: bytes) -> str:
    r"""The line as lines are given to formats: bytes that are no UTF-8, and NUL, as `\xhh`."""
    text = line.rstrip(b"\r").decode("utf-8", "backslashreplace")
    return text.replace("\0", "\\x00")
