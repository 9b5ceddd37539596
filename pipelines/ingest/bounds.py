"""Bounds on the content of one file: what an archive unpacks to, and how much a file may hold.

An archive of 5 kB may unpack to a gigabyte. Reading stops at the bound; what came before it is
kept, and the file is put aside (docs/limits.md).
"""

import errno
import io
from dataclasses import dataclass

from pipelines.settings.limits import Limits
from pipelines.text.messages import Message, message

GRACE_BYTES = 4 * 1024 * 1024
"""What an archive may unpack to whatever its ratio: small files of like lines are honest."""

LEAST_LINE_BYTES = 64
"""What a line counts for at least: reading an empty one takes as much time as 64 bytes do."""

RATIO, BYTES, LINES = "archive_ratio", "file_bytes", "file_lines"
PUTS_ASIDE = (RATIO, BYTES, LINES)
"""The limits beyond which a file is read no further until it changes or they do."""


@dataclass(frozen=True)
class Passed:
    """A limit of settings that was passed: `seen` as far as was counted, `allowed` then."""

    limit: str
    seen: int
    allowed: int

    @property
    def in_words(self) -> Message:
        """It in words, for a message."""
        return message(
            "ingest.bounds.passed", limit=self.limit, allowed=self.allowed, seen=self.seen
        )


class BoundError(OSError):
    """Reading stopped at a bound."""

    def __init__(self, passed: Passed) -> None:
        """Say which bound it was."""
        super().__init__(errno.EFBIG, passed.in_words)
        self.passed = passed


class BoundedContent(io.BufferedIOBase):
    """The content of a file, which ends with a `BoundError` where it passes a bound."""

    def __init__(self, content: io.BufferedIOBase, raw: io.BufferedReader, limits: Limits) -> None:
        """Bound `content`, which is unpacked from `raw` or is `raw` itself."""
        self._content = content
        self._raw = raw
        self._limits = limits
        self._given = 0
        self._lines = 0
        self._packed = 0
        self._passed: Passed | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def read1(self, size: int = -1, /) -> bytes:
        """Return the next bytes, empty at the end.

        Raises:
            BoundError: with them the content would have too many, or those before unpacked to too
                many (the lines before a bomb are in its first piece).
        """
        if self._passed:
            raise BoundError(self._passed)
        data = self._content.read1(size)
        self._given += len(data)
        if self._given > self._limits.file_bytes:
            raise BoundError(Passed(BYTES, self._given, self._limits.file_bytes))
        if self._content is not self._raw:
            self._compare(data)
        return data

    def _compare(self, data: bytes) -> None:
        """Compare what came out of an archive, `data` the last of it, with what went in."""
        # A damaged gzip file is read again from its beginning.
        self._packed = max(self._packed, self._raw.tell(), 1)
        allowed = self._limits.archive_ratio
        most = max(GRACE_BYTES, allowed * self._packed)
        if self._given * LEAST_LINE_BYTES <= most:
            return  # were every byte a line, it would not be too much
        self._lines += data.count(b"\n")
        unpacked = max(self._given, self._lines * LEAST_LINE_BYTES)
        if unpacked > most:
            self._passed = Passed(RATIO, unpacked // self._packed, allowed)

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes, fewer only at the end."""
        pieces: list[bytes] = []
        wanted = -1 if size is None else size
        while wanted and (data := self.read1(wanted)):
            pieces.append(data)
            wanted -= len(data) if wanted > 0 else 0
        return b"".join(pieces)
