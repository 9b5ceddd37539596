"""Blocks of lines: nothing cut, nothing lost, whatever the compression."""

import bz2
import gzip
import hashlib
import io
import lzma
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.lines import NumberedBlock, lines_of
from pipelines.ingest.reader import (
    MAX_LINE_BYTES,
    LineReader,
    first_line_of,
    head_of,
    known_beginning,
    open_content,
)

_COMPRESSORS = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
    "gz of two members": lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:]),
}


def _read_all(data: bytes, block_bytes: int) -> tuple[list[str], list[int], LineReader]:
    reader = LineReader(io.BytesIO(data), block_bytes=block_bytes)
    blocks = list(reader.blocks())
    last = reader.take_unfinished()
    lines = [lines_of([NumberedBlock(block, 1)]) for block in [*blocks, *([last] if last else [])]]
    texts = [text for each in lines for text in each.text]
    offsets = [offset for each in lines for offset in each.byte_offset]
    return texts, offsets, reader


@given(st.binary(max_size=300), st.integers(1, 40))
def test_every_line_feed_makes_one_line_at_its_offset(data: bytes, block_bytes: int) -> None:
    """Lines and their byte offsets are those of a plain split, for any bytes and block size."""
    texts, offsets, reader = _read_all(data, block_bytes)
    parts = data.split(b"\n")
    if not parts[-1]:
        parts.pop()
    expected, position = [], 0
    for part in parts:
        expected.append(position)
        position += len(part) + 1
    assert len(texts) == len(parts)
    assert offsets == expected
    assert reader.position == len(data)


@pytest.mark.parametrize("compress", _COMPRESSORS.values(), ids=_COMPRESSORS)
def test_content_is_the_same_whatever_the_compression(compress, tmp_path: Path) -> None:
    """The compression is told by the first bytes, not by the name."""
    path = tmp_path / "access.log"
    path.write_bytes(compress(b"one\ntwo\nthree\n"))
    with open_content(path) as stream:
        assert stream.read() == b"one\ntwo\nthree\n"
    assert first_line_of(head_of(path)) == b"one"


def test_cut_off_archive_gives_its_whole_lines_and_says_so(tmp_path: Path) -> None:
    """A gz file that is still being delivered loses no line that has arrived."""
    path = tmp_path / "access.log.gz"
    content = b"".join(b"line %d\n" % number for number in range(20_000))
    path.write_bytes(gzip.compress(content)[:-2000])
    with open_content(path) as stream:
        reader = LineReader(stream)
        read = b"".join(block.data for block in reader.blocks())
    assert reader.damage == "the compressed file is cut off"
    assert content.startswith(read)
    assert read.endswith(b"\n")
    assert reader.take_unfinished() is None


def test_line_beyond_the_limit_is_one_marked_line() -> None:
    """A line that never ends is kept in part, marked, and does not fill the memory."""
    data = b"a\n" + b"x" * (MAX_LINE_BYTES + 200_000) + b"\nb\n"
    reader = LineReader(io.BytesIO(data), block_bytes=64 * 1024)
    blocks = list(reader.blocks())
    assert [block.overlong for block in blocks].count(True) == 1
    assert sum(block.data.count(b"\n") for block in blocks) == 3
    assert blocks[-1].data == b"b\n"
    assert reader.position == len(data)


def test_bytes_that_are_no_text_are_shown_as_escapes() -> None:
    r"""Bytes outside UTF-8 and NUL bytes become \xhh; a BOM disappears; CR belongs to the end."""
    texts, offsets, _ = _read_all(b"\xef\xbb\xbfa\x00b\r\n\x83e\n", 1024)
    assert texts == ["a\\x00b", "\\x83e"]
    assert offsets == [0, 8]


def test_known_beginning_is_the_longest_that_fits(tmp_path: Path) -> None:
    """Only lengths whose content is the same count, the longest of them wins."""
    path = tmp_path / "access.log"
    path.write_bytes(b"0123456789")
    boundaries = {
        length: hashlib.sha256(b"0123456789"[:length]).hexdigest() for length in (3, 6, 20)
    }
    boundaries[8] = hashlib.sha256(b"other").hexdigest()
    assert known_beginning(path, boundaries) == 6
