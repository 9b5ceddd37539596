"""Sends files that are whole before they are sent, few at once, however slow their readers are."""

from collections import Counter
from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from threading import Lock
from typing import IO

import anyio
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from pipelines.airflow_reports import notice
from pipelines.airflow_reports.casework.forms import RefusedError

FILES_A_USER = 2
FILES = 8
SENDING_SECONDS = 900
"""Within which a receiver has to take a file."""
_CHUNK_BYTES = 1 << 16

_sending: Counter[str] = Counter()
_guard = Lock()


class FileSent(StreamingResponse):
    """A file of known length, so that a part of it does not pass for all; closed when it is out."""

    def __init__(self, file: IO[bytes], name: str, media_type: str, user: str) -> None:
        """Take over the open file; `name` is that under which it is saved."""
        size = file.tell()
        file.seek(0)
        headers = {
            "Content-Disposition": f"attachment; filename={name}",
            "Content-Length": str(size),
        }
        super().__init__(_chunks(file), headers=headers, media_type=media_type)
        self._file, self._user = file, user

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; TimeoutError ends the connection when that takes too long."""
        try:
            with anyio.fail_after(SENDING_SECONDS):
                await super().__call__(scope, receive, send)
        finally:
            self._file.close()
            _give_back(self._user)


def send_file(
    user: str, name: str, media_type: str, write: Callable[[IO[bytes]], None]
) -> FileSent:
    """Return the answer that sends what `write` writes into a temporary file without a name.

    Raises:
        RefusedError: the user, or all of them, are being sent as many files as may be.
    """
    with _guard:
        if _sending[user] >= FILES_A_USER or _sending.total() >= FILES:
            raise RefusedError(notice.BUSY)
        _sending[user] += 1
    file = TemporaryFile()  # noqa: SIM115 - it is closed when it has been sent
    try:
        write(file)
        return FileSent(file, name, media_type, user)
    except BaseException:
        file.close()
        _give_back(user)
        raise


def _give_back(user: str) -> None:
    with _guard:
        _sending[user] -= 1
        if not _sending[user]:
            del _sending[user]


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk
