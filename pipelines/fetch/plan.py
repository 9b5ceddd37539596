"""What is to be done about a file of a source: nothing, its growth, all of it, or a new name.

A log grows, is renamed by rotation and compressed later. Size, time and ETag tell whether a file is
the one that was fetched; where they differ, a digest of its beginning and of what was its end tells
whether it has only grown, or is one that had another name.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipelines.fetch.source import Reader, RemoteFile
from pipelines.fetch.state import Fetched

SAMPLE_BYTES = 64 * 1024


def sample_ranges(size: int) -> list[tuple[int, int]]:
    """Return the parts of a file of this size by which it is known: its beginning and its end."""
    head = min(size, SAMPLE_BYTES)
    tail = max(head, size - SAMPLE_BYTES)
    return [(0, head), (tail, size)]


def remote_sample(session: Reader, file: RemoteFile, size: int) -> str:
    """Return the sample of the first `size` bytes of a file of a source.

    Raises:
        SourceError: they cannot be read.
    """
    digest = hashlib.sha256()
    for start, end in sample_ranges(size):
        if start < end:
            for chunk in session.read(file, start, end):
                digest.update(chunk)
    return digest.hexdigest()


@dataclass(frozen=True)
class Known:
    """What was fetched from a source before: by path, and by what tells a renamed file."""

    by_path: Mapping[str, Fetched]
    _by_content: Mapping[tuple[str, int, int | None, str | None], list[Fetched]]

    @classmethod
    def of(cls, fetched: Iterable[Fetched]) -> "Known":
        """Arrange what is known."""
        by_path = {one.path: one for one in fetched}
        by_content = defaultdict(list)
        for one in by_path.values():
            if one.modified_ns is not None and one.size:
                by_content[_content(one)].append(one)
        return cls(by_path, by_content)

    def unchanged(self, file: RemoteFile) -> Fetched | None:
        """Return what was fetched of a file that is as it was then."""
        before = self.by_path.get(file.path)
        return before if before is not None and _is_same(before, file) else None

    def other_names(self, file: RemoteFile) -> list[Fetched]:
        """Return the files of the same folder that may be this one under an earlier name."""
        if file.size is None or file.modified_ns is None:
            return []
        return [one for one in self._by_content.get(_content(file), ()) if one.path != file.path]


def _content(file: Fetched | RemoteFile) -> tuple[str, int, int | None, str | None]:
    return file.path.rpartition("/")[0], file.size or 0, file.modified_ns, file.etag


def _is_same(before: Fetched, file: RemoteFile) -> bool:
    if before.size != file.size or before.etag != file.etag:
        return False
    if file.modified_ns is None and file.etag is None:
        return False  # a server that tells neither: only the content can
    return before.modified_ns == file.modified_ns


def has_grown_from(session: Reader, file: RemoteFile, before: Fetched) -> bool:
    """Return whether a file begins with all that was fetched of it before.

    Raises:
        SourceError: it cannot be read.
    """
    if file.size is None or file.size < before.size:
        return False
    return remote_sample(session, file, before.size) == before.sample


def earlier_name(
    session: Reader, file: RemoteFile, candidates: Iterable[Fetched]
) -> Fetched | None:
    """Return the file of an earlier name that a file is.

    Raises:
        SourceError: it cannot be read.
    """
    found = list(candidates)
    if not found or file.size is None:
        return None
    sample = remote_sample(session, file, file.size)
    return next((one for one in found if one.sample == sample), None)
