"""Sends files that are whole before they are sent, few at once, however slow their readers are."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock

import anyio
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from pipelines.airflow_reports import notice
from pipelines.airflow_reports.casework.forms import RefusedError
from pipelines.errors import UsageError
from pipelines.private_files import private_folder
from pipelines.text.messages import message

FILES_A_USER = 2
FILES = 8
SENDING_SECONDS = 900
"""Within which a receiver has to take a file."""
MOST_BYTES = 1 << 30
"""Of a file, which lies on the disk until it has been sent."""
BYTES = 2 << 30
"""Of all files of this process together."""
_CHUNK_BYTES = 1 << 16

_sending: Counter[str] = Counter()
_lying: Counter["Scratch"] = Counter()  # bytes of each
_guard = Lock()


class Scratch:
    """A file without a name, mode 0600, encrypted with a key that nobody keeps.

    It goes with its last user, also where that is killed; its bytes on the disk say nothing.
    """

    def __init__(self, folder: Path) -> None:
        """Make it on the volume of `folder`.

        Raises:
            OSError: it cannot be made there.
        """
        self._cipher = Cipher(AES(os.urandom(32)), CTR(os.urandom(16)))
        self._encrypted = self._cipher.encryptor()
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - it is closed when it has been sent
        self.size = 0

    def write(self, data: bytes) -> None:
        """Add bytes.

        Raises:
            UsageError: it would be larger than one may be.
            RefusedError: all together would be.
            OSError: there is no room.
        """
        if self.size + len(data) > MOST_BYTES:
            raise UsageError(message("search.file_large", most=MOST_BYTES >> 20))
        with _guard:
            if _lying.total() + len(data) > BYTES:
                raise RefusedError(notice.BUSY)
            _lying[self] += len(data)
        self._file.write(self._encrypted.update(data))
        self.size += len(data)

    def flush(self) -> None:
        """Have all of it written.

        Raises:
            OSError: there is no room.
        """
        self._file.flush()

    def chunks(self) -> Iterator[bytes]:
        """Yield what was written, once."""
        self._file.seek(0)
        decrypted = self._cipher.decryptor()
        while chunk := self._file.read(_CHUNK_BYTES):
            yield decrypted.update(chunk)

    def close(self) -> None:
        """Let go of it, and of its room."""
        self._file.close()
        with _guard:
            del _lying[self]


class FileSent(StreamingResponse):
    """A file of known length, so that a part of it does not pass for all; closed when it is out."""

    def __init__(self, file: Scratch, name: str, media_type: str, user: str) -> None:
        """Take over the open file; `name` is that under which it is saved."""
        headers = {
            "Content-Disposition": f"attachment; filename={name}",
            "Content-Length": str(file.size),
        }
        super().__init__(file.chunks(), headers=headers, media_type=media_type)
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
    folder: Path, user: str, name: str, media_type: str, write: Callable[[Scratch], None]
) -> FileSent:
    """Return the answer that sends what `write` writes into a scratch file in `folder`.

    Raises:
        RefusedError: the user, or all of them, are being sent as much as may be.
        UsageError: the file is larger than one may be.
        MimamoriError: the folder cannot be made.
        OSError: there is no room.
    """
    with _guard:
        if _sending[user] >= FILES_A_USER or _sending.total() >= FILES:
            raise RefusedError(notice.BUSY)
        _sending[user] += 1
    try:
        private_folder(folder)
        file = Scratch(folder)
        try:
            write(file)
            file.flush()
        except BaseException:
            file.close()
            raise
        return FileSent(file, name, media_type, user)
    except BaseException:
        _give_back(user)
        raise


def _give_back(user: str) -> None:
    with _guard:
        _sending[user] -= 1
        if not _sending[user]:
            del _sending[user]
