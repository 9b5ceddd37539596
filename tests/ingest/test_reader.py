"""Blocks of lines: nothing cut, nothing lost, whatever the compression."""

import bz2
import functools
import gzip
import hashlib
import io
import lzma
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.archives import SIGNATURE_BYTES, is_archive
from pipelines.ingest.lines import NumberedBlock, lines_of
from pipelines.ingest.reader import (
    MAX_LINE_BYTES,
    LineReader,
    first_line_of,
    head_of,
    known_beginning,
    open_content,
    open_stream,
)
from pipelines.settings.limits import Limits

_SKIPPABLE = b"\x5f\x2a\x4d\x18\x03\x00\x00\x00abc"
_COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
    "gz of two members": lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:]),
    "bz2 of two streams": lambda data: bz2.compress(data[:7]) + bz2.compress(data[7:]),
    "xz of two streams, padded": lambda data: (
        lzma.compress(data[:7]) + bytes(8) + lzma.compress(data[7:]) + bytes(4)
    ),
    "zst of two frames": lambda data: zstandard.compress(data[:7]) + _zst_streamed(data[7:]),
    "zst behind a frame to skip": lambda data: (
        _SKIPPABLE + zstandard.compress(data) + _SKIPPABLE + zstandard.compress(b"")
    ),
}
_BEGINNINGS = [_COMPRESSORS[kind](b"")[:10] for kind in ("gz", "bz2", "xz", "zst")]
_ARCHIVES = ("gz", "bz2", "xz", "zst")
_NUMBERED = b"".join(b"line %d\n" % number for number in range(200_000))


@functools.cache
def _numbered(kind: str) -> bytes:
    return _COMPRESSORS[kind](_NUMBERED)


def _zst_streamed(data: bytes) -> bytes:
    """A frame with a checksum and no content size, flushed into two blocks."""
    compressor = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    first = compressor.compress(data[:3]) + compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    return first + compressor.compress(data[3:]) + compressor.flush()


def _read_archive(path: Path, archive: bytes) -> tuple[bytes, LineReader]:
    path.write_bytes(archive)
    with open_content(path) as stream:
        reader = LineReader(stream)
        read = b"".join(block.data for block in reader.blocks())
    assert reader.position == len(read)
    assert reader.digest() == hashlib.sha256(read).hexdigest()
    return read, reader


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
def test_content_is_the_same_whatever_the_compression(
    compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    """The compression is told by the first bytes, not by the name."""
    path = tmp_path / "access.log"
    path.write_bytes(compress(b"one\ntwo\nthree\n"))
    with open_content(path) as stream:
        assert stream.read() == b"one\ntwo\nthree\n"
    assert first_line_of(head_of(path)) == b"one"


@pytest.mark.parametrize("kind", _ARCHIVES)
def test_cut_off_archive_gives_its_whole_lines_and_says_so(kind: str, tmp_path: Path) -> None:
    """An archive that is still being delivered loses no line that has arrived, and tears none."""
    archive = _numbered(kind)
    read, reader = _read_archive(tmp_path / "access.log", archive[: len(archive) * 3 // 4])
    assert reader.damage == "the compressed file is cut off"
    assert _NUMBERED.startswith(read)
    assert read.endswith(b"\n")
    assert reader.take_unfinished() is None


@pytest.mark.parametrize("kind", _ARCHIVES)
def test_archive_cut_at_any_byte_is_never_taken_as_whole(kind: str, tmp_path: Path) -> None:
    """Wherever behind its signature an archive is cut, also in a later stream, it is told."""
    whole = _COMPRESSORS[kind](b"one\ntwo\n")
    for length in range(10, len(whole)):
        assert _read_archive(tmp_path / "access.log", whole[:length])[1].damage
    for length in range(1, len(whole)):
        read, reader = _read_archive(tmp_path / "access.log", whole + whole[:length])
        assert read.startswith(b"one\ntwo\n")
        assert reader.damage


@pytest.mark.parametrize("kind", _ARCHIVES)
@pytest.mark.parametrize("junk", [b"198.51.100.7 - -\n", b"\x01", b"\x00\x00\x00\x01", b"x" * 9999])
def test_bytes_behind_the_end_of_an_archive_are_told(
    kind: str, junk: bytes, tmp_path: Path
) -> None:
    """Every line of the archive is kept; what follows does not vanish silently."""
    read, reader = _read_archive(tmp_path / "access.log", _numbered(kind) + junk)
    assert read == _NUMBERED
    assert reader.damage


def test_xz_padding_that_is_no_multiple_of_four_is_told(tmp_path: Path) -> None:
    """Padding is allowed in fours; another number of zero bytes is damage."""
    read, reader = _read_archive(tmp_path / "access.log", lzma.compress(b"one\n") + bytes(5))
    assert read == b"one\n"
    assert reader.damage


@pytest.mark.parametrize(
    "compress",
    [
        gzip.compress,
        bz2.compress,
        lzma.compress,
        zstandard.ZstdCompressor(write_checksum=True).compress,
    ],
    ids=_ARCHIVES,
)
def test_lines_before_damage_are_kept(compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """A byte that flipped late in an archive costs no line of its beginning."""
    archive = bytearray(compress(_NUMBERED))
    archive[-len(archive) // 8] ^= 0xFF
    read, reader = _read_archive(tmp_path / "access.log", bytes(archive))
    assert reader.damage
    assert read[:500_000] == _NUMBERED[:500_000]


def test_zst_whose_checksum_fails_is_damaged(tmp_path: Path) -> None:
    """The content is there, and that it may not be what was compressed is told."""
    archive = bytearray(_zst_streamed(b"one\ntwo\n"))
    archive[-1] ^= 0xFF
    read, reader = _read_archive(tmp_path / "access.log", bytes(archive))
    assert read == b"one\ntwo\n"
    assert reader.damage


@given(st.binary(max_size=200), st.sampled_from([_SKIPPABLE, *_BEGINNINGS]))
def test_no_bytes_behind_a_signature_crash_the_reader(data: bytes, beginning: bytes) -> None:
    """Whatever follows a signature ends in lines or in told damage."""
    with open_stream(io.BufferedReader(io.BytesIO(beginning + data))) as stream:
        for block in LineReader(stream).blocks():
            assert block.data.endswith(b"\n")


@pytest.mark.parametrize("kind", ["plain", *_ARCHIVES])
@pytest.mark.parametrize("is_cut", [False, True])
def test_archive_from_a_pipe_is_read_like_a_file(kind: str, is_cut: bool) -> None:
    """Input that is not seekable gives the same lines, and a cut is told."""
    archive = _numbered(kind)
    out, into = os.pipe()

    def deliver() -> None:
        with open(into, "wb") as pipe:  # noqa: PTH123 - a descriptor
            pipe.write(archive[: -200 if is_cut else None])

    thread = threading.Thread(target=deliver)
    thread.start()
    with open(out, "rb") as raw, open_stream(raw) as stream:  # noqa: PTH123 - a descriptor
        reader = LineReader(stream)
        read = b"".join(block.data for block in reader.blocks())
    thread.join()
    assert _NUMBERED.startswith(read)
    assert (read == _NUMBERED) is not is_cut
    assert (reader.damage is not None) is (is_cut and kind != "plain")


@pytest.mark.parametrize("compress", list(_COMPRESSORS.values())[1:], ids=list(_COMPRESSORS)[1:])
def test_archive_is_known_by_its_beginning(
    compress: Callable[[bytes], bytes],
) -> None:
    """Every archive is known as one, also an empty one and one that begins with what is skipped."""
    for content in (b"", b"one\n"):
        assert is_archive(compress(content)[:SIGNATURE_BYTES])


@pytest.mark.parametrize(
    "line",
    [
        b"BZh9 is no signature",
        b"BZh91AY&SX",
        b"BZh",
        b"BZ",
        b"\x1f\x1f",
        b"P*M ",
    ],
)
def test_text_that_begins_like_an_archive_is_text(line: bytes, tmp_path: Path) -> None:
    """A client's name in the first line does not make the file an archive."""
    path = tmp_path / "access.log"
    read, reader = _read_archive(path, line + b"\nnext\n")
    assert read == line + b"\nnext\n"
    assert reader.damage is None
    assert not is_archive(line[:SIGNATURE_BYTES])


def test_block_holds_no_more_lines_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block of very short lines is cut after a line, with offsets and digest as without."""
    monkeypatch.setattr(LineReader, "MAX_BLOCK_LINES", 3)
    data = b"a\n\nbb\nc\nd\n\n" + b"e\nf\ng\n" + b"h"
    reader = LineReader(io.BytesIO(data))
    blocks = list(reader.blocks())
    assert [block.data for block in blocks] == [b"a\n\nbb\n", b"c\nd\n\n", b"e\nf\ng\n"]
    assert [block.offset for block in blocks] == [0, 6, 11]
    assert reader.unfinished == b"h"
    assert reader.position == len(data) - 1
    assert reader.digest() == hashlib.sha256(data[:-1]).hexdigest()


def test_small_archive_of_many_lines_comes_in_small_blocks(tmp_path: Path) -> None:
    """65 KB that hold 64 million empty lines never lie in memory as a whole."""
    path = tmp_path / "access.log"
    path.write_bytes(gzip.compress(b"\n" * 64_000_000))
    assert path.stat().st_size < 70_000
    lines = 0
    with open_content(path) as stream:
        for block in LineReader(stream).blocks():
            assert len(block.data) <= LineReader.MAX_BLOCK_LINES
            lines += len(block.data)
    assert lines == 64_000_000


@pytest.mark.parametrize("kind", _ARCHIVES)
def test_no_more_is_decompressed_than_asked_for(kind: str, tmp_path: Path) -> None:
    """Reading gives pieces of the size asked for, however well the archive is compressed."""
    path = tmp_path / "access.log"
    path.write_bytes(_COMPRESSORS[kind](bytes(3_000_000)))
    read = 0
    with open_content(path) as stream:
        while data := stream.read1(5_000):
            assert len(data) <= 5_000
            read += len(data)
    assert read == 3_000_000


def test_line_beyond_the_limit_is_one_marked_line() -> None:
    """A line that never ends is kept in part, marked, and does not fill the memory."""
    data = b"a\n" + b"x" * (MAX_LINE_BYTES + 200_000) + b"\nb\n"
    reader = LineReader(io.BytesIO(data), block_bytes=64 * 1024)
    blocks = list(reader.blocks())
    assert [block.overlong for block in blocks].count(True) == 1
    assert [len(block.data) for block in blocks if block.overlong] == [4608 + 1]
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
    assert known_beginning(path, boundaries, Limits(), str) == 6
