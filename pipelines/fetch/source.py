"""What every kind of source can do: list its files, and give any part of one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from pipelines.errors import MimamoriError
from pipelines.fetch.wanted import Claim, Refused, Wanted
from pipelines.text.messages import Message

CHUNK_BYTES = 1024 * 1024
_BEYOND = 1 << 63


class SourceError(MimamoriError):
    """A source, or one file of it, could not be read; `may_pass` says that to try again may help.

    `is_gone` says that no other file of the source can be read either.
    """

    def __init__(self, reason: Message, *, may_pass: bool = False, is_gone: bool = False) -> None:
        """Say what is wrong, for a person."""
        super().__init__(reason)
        self.reason = reason
        self.may_pass = may_pass
        self.is_gone = is_gone


@dataclass(frozen=True)
class RemoteFile:
    """A file as a source has it; `path` is relative to the source's root.

    `modified_ns` is in nanoseconds since 1970 UTC. `etag` names the content where the source has
    such names. The size is None while only `Session.look` tells it.
    """

    path: str
    claim: Claim
    size: int | None
    modified_ns: int | None = None
    etag: str | None = None


class Reader(Protocol):
    """Reads files of an open source. Its methods may be called by several threads at once.

    All raise SourceError.
    """

    def look(self, file: RemoteFile) -> RemoteFile:
        """Return a file as it is now; its size is told."""

    def read(self, file: RemoteFile, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of a file from `start` to before `end`.

        Raises:
            SourceError: it has fewer, or is not what it was where the source can tell.
        """

    def md5(self, file: RemoteFile) -> str | None:
        """Return the hexadecimal MD5 of a file that was read, where the source tells it."""

    def text(self, path: str, most_bytes: int) -> bytes | None:
        """Return the whole of a small file, None where there is none."""


class Session(Reader, Protocol):
    """An open source."""

    def files(self, wanted: Wanted) -> Iterator[RemoteFile | Refused]:
        """Yield the wanted files, and names that are refused."""


def plausible_ns(nanoseconds: int | None) -> int | None:
    """Return an instant that a source told, None for one that no file system could keep."""
    return nanoseconds if nanoseconds is not None and 0 <= nanoseconds < _BEYOND else None
