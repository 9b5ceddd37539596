"""Compressed log files as streams: told by their first bytes, read in bounded memory, and honest.

What comes before damage is given before the damage is told. That a file is cut off, or goes on
with something else behind its end, is never passed over, as the library's own readers do.
"""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator

import zstandard
from isal import igzip, igzip_lib

SIGNATURE_BYTES = 10
DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, zstandard.ZstdError, OSError)
_IsalError: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]
_INPUT_BYTES = 8 * 1024
_OUTPUT_BYTES = 64 * 1024  # the most that is lost with a damaged piece
_XZ_MEMORY_BYTES = 256 * 1024 * 1024  # xz -9 takes 65 MB; more is asked for by a bomb only
_GZIP = b"\x1f\x8b"
_BZIP2_BLOCKS = (bytes.fromhex("314159265359"), bytes.fromhex("177245385090"))
_XZ = b"\xfd7zXZ\x00"
_XZ_PADDING_BYTES = 4
_ZSTD = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE = tuple(bytes((first,)) + b"\x2a\x4d\x18" for first in range(0x50, 0x60))
_ZSTD_RLE_BLOCK = 1


def is_archive(beginning: bytes) -> bool:
    """True when a file with these first `SIGNATURE_BYTES` is compressed."""
    return _opener(beginning) is not None


def decompressed(raw: io.BufferedReader) -> io.BufferedIOBase:
    """Return the content of a stream, which need not be seekable; itself if not compressed.

    Reading raises one of `DAMAGE`: EOFError where the file is cut off, another where it is
    damaged or something follows its end.
    """
    opener = _opener(raw.peek(SIGNATURE_BYTES)[:SIGNATURE_BYTES])
    return opener(raw) if opener else raw


def reason_of(damage: BaseException) -> str:
    """Return what one of `DAMAGE` means, in words for the user."""
    if isinstance(damage, EOFError):
        return "the compressed file is cut off"
    if isinstance(damage, OSError) and damage.strerror:
        return damage.strerror
    return f"the compressed file is damaged ({damage})"


def _opener(beginning: bytes) -> Callable[[io.BufferedReader], io.BufferedIOBase] | None:
    """What reads a file that begins so.

    The signatures are those of RFC 1952, RFC 8878 and the formats of xz and bzip2. All but bzip2's
    begin with what no text does; of that the number of its first block is asked for as well.
    """
    if beginning.startswith(_GZIP):
        return _gzip
    if beginning[:3] == b"BZh" and b"1" <= beginning[3:4] <= b"9":
        return _bzip2 if beginning[4:].startswith(_BZIP2_BLOCKS) else None
    if beginning.startswith(_XZ):
        return _xz
    return _zstd if beginning.startswith((_ZSTD, *_ZSTD_SKIPPABLE)) else None


class _Content(io.BufferedIOBase):
    """A stream of which only `read1` is its own."""

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        pieces = io.BytesIO()
        wanted = -1 if size is None else size
        while wanted and (data := self.read1(wanted)):
            pieces.write(data)
            wanted -= len(data) if wanted > 0 else 0
        return pieces.getvalue()


class _Pieces(_Content):
    """A stream of the pieces that a decompressor gives."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._ready = b""

    def read1(self, size: int = -1, /) -> bytes:
        data = self._ready or next(self._pieces, b"")
        end = len(data) if size < 0 else size
        self._ready = data[end:]
        return data[:end]


class _Gzip(_Content):
    """A gzip file read at three times zlib's speed, and by zlib where it is damaged.

    ISA-L gives nothing of the piece in which it meets damage, zlib all that comes before.
    """

    def __init__(self, raw: io.BufferedReader) -> None:
        self._raw = raw
        self._stream: io.BufferedIOBase = igzip.IGzipFile(fileobj=raw)  # type: ignore[no-untyped-call]
        self._given = 0
        self._is_careful = False

    def read1(self, size: int = -1, /) -> bytes:
        try:
            data = self._stream.read1(size)
        except (*DAMAGE, _IsalError):
            if self._is_careful:
                raise
            self._go_on_carefully()
            data = self._stream.read1(size)
        self._given += len(data)
        return data

    def _go_on_carefully(self) -> None:
        self._is_careful = True
        self._raw.seek(0)
        self._stream = gzip.GzipFile(fileobj=self._raw)
        missing = self._given
        while missing and (data := self._stream.read1(min(missing, _OUTPUT_BYTES))):
            missing -= len(data)


def _gzip(raw: io.BufferedReader) -> io.BufferedIOBase:
    return _Gzip(raw) if raw.seekable() else gzip.GzipFile(fileobj=raw)


def _bzip2(raw: io.BufferedReader) -> io.BufferedIOBase:
    return _Pieces(_streams(raw, bz2.BZ2Decompressor, _no_padding))


def _xz(raw: io.BufferedReader) -> io.BufferedIOBase:
    return _Pieces(_streams(raw, _xz_decompressor, _without_xz_padding))


def _xz_decompressor() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)


def _streams(
    raw: io.BufferedReader,
    new_decompressor: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor],
    without_padding: Callable[[io.BufferedReader, bytes], bytes],
) -> Iterator[bytes]:
    """Yield the content of streams that follow one another; what is no stream raises."""
    compressed = raw.read1(_INPUT_BYTES)
    while compressed:
        decompressor = new_decompressor()
        while not decompressor.eof:
            if data := decompressor.decompress(compressed, _OUTPUT_BYTES):
                yield data
            compressed = b""
            if decompressor.needs_input and not decompressor.eof:
                compressed = raw.read1(_INPUT_BYTES)
                if not compressed:
                    raise EOFError
        compressed = without_padding(raw, decompressor.unused_data)


def _no_padding(raw: io.BufferedReader, behind: bytes) -> bytes:
    return behind or raw.read1(_INPUT_BYTES)


def _without_xz_padding(raw: io.BufferedReader, behind: bytes) -> bytes:
    """What follows the zero bytes behind a stream, whose number must be a multiple of four."""
    padding = 0
    rest = b""
    while not rest and (piece := behind or raw.read1(_INPUT_BYTES)):
        rest = piece.lstrip(b"\x00")
        padding += len(piece) - len(rest)
        behind = b""
    if padding % _XZ_PADDING_BYTES:
        raise lzma.LZMAError("stream padding is no multiple of four bytes")
    return rest


def _zstd(raw: io.BufferedReader) -> io.BufferedIOBase:
    return _Pieces(_frames(raw))


def _frames(raw: io.BufferedReader) -> Iterator[bytes]:
    """Yield the content of Zstandard frames (RFC 8878, 3.1), none of those to be skipped."""
    decompressor = zstandard.ZstdDecompressor()
    while magic := raw.read(len(_ZSTD)):
        if magic == _ZSTD:
            yield from _blocks(raw, decompressor.decompressobj())
        elif magic in _ZSTD_SKIPPABLE:
            length = _number(_exactly(raw, 4))
            while length:
                length -= len(_exactly(raw, min(length, _OUTPUT_BYTES)))
        elif any(whole.startswith(magic) for whole in (_ZSTD, *_ZSTD_SKIPPABLE)):
            raise EOFError
        else:
            raise zstandard.ZstdError("what follows the end is no frame")


def _blocks(raw: io.BufferedReader, frame: "zstandard.ZstdDecompressionObj") -> Iterator[bytes]:
    """Yield the content of each block of the frame whose magic number was read.

    A block holds 128 KiB at most. The library itself does not tell that blocks are missing.
    """
    descriptor = _exactly(raw, 1)
    frame.decompress(_ZSTD + descriptor + _exactly(raw, _header_bytes(descriptor[0])))
    is_last = False
    while not is_last:
        header = _exactly(raw, 3)
        fields = _number(header)
        is_last = bool(fields & 1)
        is_rle = (fields >> 1) & 3 == _ZSTD_RLE_BLOCK
        if data := frame.decompress(header + _exactly(raw, 1 if is_rle else fields >> 3)):
            yield data
    has_checksum = descriptor[0] & 4
    if has_checksum:
        frame.decompress(_exactly(raw, 4))


def _header_bytes(descriptor: int) -> int:
    """Length of what follows the descriptor in a frame header (RFC 8878, 3.1.1.1)."""
    is_single_segment = (descriptor >> 5) & 1
    dictionary_id = (0, 1, 2, 4)[descriptor & 3]
    content_size = (is_single_segment, 2, 4, 8)[descriptor >> 6]
    return (not is_single_segment) + dictionary_id + content_size


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _exactly(raw: io.BufferedReader, length: int) -> bytes:
    data = raw.read(length)
    if len(data) < length:
        raise EOFError
    return data
