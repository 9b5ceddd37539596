"""A folder of this machine as a source: no link in it is followed, as in the landing folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.errors import MimamoriError
from pipelines.fetch.source import CHUNK_BYTES, RemoteFile, SourceError
from pipelines.fetch.walk import Name, walked
from pipelines.fetch.wanted import Refused, Wanted
from pipelines.ingest.folder import Folder, Kind, OpenFile, reason_of
from pipelines.settings.sources import FolderSource
from pipelines.text.messages import message

_KINDS = {Kind.FILE: "file", Kind.FOLDER: "folder", Kind.UNREADABLE: "other"}


@contextmanager
def open_folder(spec: FolderSource) -> Iterator["FolderSession"]:
    """Open the folder.

    Raises:
        SourceError: there is none, or it may not be looked into.
    """
    try:
        folder = Folder.at(spec.path)
    except MimamoriError:
        raise SourceError(
            message("fetch.folder.no_such_folder", at=spec.path), is_gone=True
        ) from None
    with folder:
        yield FolderSession(folder)


class FolderSession:
    """A folder held open."""

    def __init__(self, folder: Folder) -> None:
        """Take the folder."""
        self._folder = folder

    def files(self, wanted: Wanted) -> Iterator[RemoteFile | Refused]:
        """Yield the wanted files, and names that are refused."""
        return walked(wanted, self._names)

    def look(self, file: RemoteFile) -> RemoteFile:
        """Return a file as it is now."""
        with self._opened(file.path) as content:
            state = os.fstat(content.fileno())
        return RemoteFile(file.path, file.claim, state.st_size, state.st_mtime_ns)

    def read(self, file: RemoteFile, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of a part of a file."""
        with self._opened(file.path) as content:
            while start < end:
                chunk = os.pread(content.fileno(), min(CHUNK_BYTES, end - start), start)
                if not chunk:
                    raise SourceError(message("fetch.source.shorter"), may_pass=True)
                start += len(chunk)
                yield chunk

    def md5(self, file: RemoteFile) -> str | None:  # noqa: ARG002
        """Return None: it is not told."""
        return None

    def text(self, path: str, most_bytes: int) -> bytes | None:
        """Return the whole of a small file, None where there is none."""
        try:
            with self._opened(path) as content:
                return content.beginning(most_bytes + 1)
        except SourceError:
            return None

    @contextmanager
    def _opened(self, path: str) -> Iterator[OpenFile]:
        try:
            content = self._folder.file(path)
        except OSError as error:
            raise SourceError(
                message("fetch.source.cannot_be_read", reason=reason_of(error))
            ) from None
        try:
            yield content
        except OSError as error:
            raise SourceError(
                message("fetch.source.cannot_be_read", reason=reason_of(error))
            ) from None
        finally:
            content.close()

    def _names(self, path: str) -> Iterator[Name]:
        with self._descended(path) as folder:
            for entry in folder.entries():
                yield Name(entry.name, _KINDS[entry.kind], entry.disk_bytes, entry.modified_ns)

    @contextmanager
    def _descended(self, path: str) -> Iterator[Folder]:
        try:
            with self._folder.descended(path) as folder:
                yield folder
        except OSError as error:
            raise SourceError(
                message("fetch.source.cannot_be_read", reason=reason_of(error)),
                is_gone=not path,
            ) from None
