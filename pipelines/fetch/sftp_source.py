"""An SFTP server as a source; it is asked for nothing before its key was found to be the known one.

The client is asynchronous and has a thread of its own, so that several files come at once over one
connection; when that breaks, the next call makes another.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import asyncssh

from pipelines.fetch.secrets import Secret, needed
from pipelines.fetch.source import RemoteFile, SourceError, plausible_ns
from pipelines.fetch.walk import Name, walked
from pipelines.fetch.wanted import Refused, Wanted
from pipelines.settings.sources import SftpSource
from pipelines.text.messages import message

if TYPE_CHECKING:
    from concurrent.futures import Future

_T = TypeVar("_T")
_READ_BYTES = 256 * 1024
_LISTING_PATIENCE = 10  # times as long as for other answers: a list comes in many
_READS_AHEAD = 8  # so that a slow way is filled
_TYPES = {
    asyncssh.FILEXFER_TYPE_REGULAR: "file",
    asyncssh.FILEXFER_TYPE_DIRECTORY: "folder",
}
_OF_THE_FILE = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied, asyncssh.SFTPFailure)


@contextmanager
def open_sftp(
    spec: SftpSource, secret: Secret, timeout_seconds: float, most_names: int
) -> Iterator["SftpSession"]:
    """Connect, with the key of the server checked, and log in.

    Raises:
        SourceError: a secret or key is missing, the server is not reached, has another key, or does
            not let us in.
    """
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    options = _options(spec, secret, timeout_seconds)
    session = SftpSession(spec, options, timeout_seconds, most_names)
    try:
        session.connect()
        yield session
    finally:
        session.close()


def _options(spec: SftpSource, secret: Secret, timeout_seconds: float) -> dict[str, Any]:
    """What the connection is made with: nothing of this account's own SSH settings or agent."""
    options: dict[str, Any] = {
        "host": spec.host,
        "port": spec.port,
        "username": spec.user,
        "known_hosts": _known_hosts(spec),
        "config": None,
        "agent_path": None,
        "gss_host": None,
        "connect_timeout": timeout_seconds,
        "login_timeout": timeout_seconds,
        "keepalive_interval": timeout_seconds / 2,
        "client_keys": None,
    }
    if spec.password_env is not None:
        options["password"] = needed(secret, spec.password_env)
        options["preferred_auth"] = "password,keyboard-interactive"
    else:
        options["client_keys"] = [_client_key(spec, secret)]
        options["preferred_auth"] = "publickey"
    return options


def _client_key(spec: SftpSource, secret: Secret) -> asyncssh.SSHKey:
    passphrase = needed(secret, spec.passphrase_env) if spec.passphrase_env else None
    place = spec.key_env or spec.key_file
    try:
        if spec.key_env is not None:
            return asyncssh.import_private_key(needed(secret, spec.key_env), passphrase)
        return asyncssh.read_private_key(str(spec.key_file), passphrase)
    except OSError as error:
        reason = error.strerror
        raise SourceError(
            message("fetch.sftp.key_cannot_be_read", at=place, reason=reason), is_gone=True
        ) from None
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError):
        raise SourceError(message("fetch.sftp.no_private_key", at=place), is_gone=True) from None


def _known_hosts(spec: SftpSource) -> Any:
    try:
        if spec.host_key is not None:
            return [asyncssh.import_public_key(spec.host_key)], [], []
        assert spec.known_hosts is not None  # noqa: S101 - settings have one of the two
        return asyncssh.import_known_hosts(spec.known_hosts.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(
            message("fetch.sftp.key_cannot_be_read", at=spec.known_hosts, reason=error.strerror),
            is_gone=True,
        ) from None
    except (asyncssh.KeyImportError, ValueError):
        raise SourceError(
            message("fetch.sftp.no_host_key", at=spec.known_hosts or "host_key"), is_gone=True
        ) from None


class SftpSession:
    """A connection, made again when it has broken."""

    def __init__(
        self, spec: SftpSource, options: dict[str, Any], timeout_seconds: float, most_names: int
    ) -> None:
        """Take what to connect with; nothing is asked yet."""
        self._options = options
        self._root = spec.path.encode().rstrip(b"/") if spec.path.strip("/") else b"/"
        self._timeout_seconds = timeout_seconds
        self._most_names = most_names
        self._is_open = True  # changed under the lock
        self._lock = threading.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sftp", daemon=True)
        self._thread.start()
        self._connecting = self._called(_new_lock())

    def connect(self) -> None:
        """Connect and log in."""
        self._asked(self._connected)

    def close(self) -> None:
        """Hang up, and end the thread; who still waits for an answer gets none."""
        with self._lock:
            self._is_open = False
        self._drop()
        self._called(_ended_rest())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def files(self, wanted: Wanted) -> Iterator[RemoteFile | Refused]:
        """Yield the wanted files, and names that are refused."""
        return walked(wanted, lambda folder: iter(self._listed(folder)))

    def look(self, file: RemoteFile) -> RemoteFile:
        """Return a file as it is now."""

        async def asked() -> asyncssh.SFTPAttrs:
            return await (await self._connected()).stat(self._path(file.path))

        attributes = self._asked(asked)
        return RemoteFile(file.path, file.claim, attributes.size, _modified_ns(attributes))

    def read(self, file: RemoteFile, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of a part of a file."""
        if end - start <= _READ_BYTES:
            yield self._asked(partial(self._small, file.path, start, end))
            return

        async def opened() -> asyncssh.SFTPClientFile:
            client = await self._connected()
            return await client.open(self._path(file.path), "rb", encoding=None)

        content = self._asked(opened)
        under_way: deque[Future[bytes]] = deque()
        next_start = start
        try:
            while start < end:
                while next_start < end and len(under_way) < _READS_AHEAD:
                    size = min(_READ_BYTES, end - next_start)
                    under_way.append(self._begun(partial(_bytes, content, size, next_start)))
                    next_start += size
                chunk = self._ended(under_way.popleft())
                start += len(chunk)
                if not chunk or (start < end and len(chunk) < _READ_BYTES):
                    raise SourceError(message("fetch.source.shorter"), may_pass=True)
                yield chunk
        finally:
            for one in under_way:
                one.cancel()
            with suppress(SourceError):  # the connection itself is closed
                self._begun(partial(_closed, content))

    def md5(self, file: RemoteFile) -> str | None:  # noqa: ARG002
        """Return None: it is not told."""
        return None

    def text(self, path: str, most_bytes: int) -> bytes | None:
        """Return the whole of a small file, None where there is none."""

        async def asked() -> bytes:
            client = await self._connected()
            async with client.open(self._path(path), "rb", encoding=None) as content:
                return await _bytes(content, most_bytes + 1, 0)

        try:
            return self._asked(asked)
        except SourceError as error:
            if error.may_pass:
                raise
            return None

    async def _connected(self) -> asyncssh.SFTPClient:
        async with self._connecting:
            if self._connection is None or self._connection.is_closed() or self._client is None:
                self._connection = await asyncssh.connect(**self._options)
                self._client = await self._connection.start_sftp_client(path_encoding=None)
            return self._client

    async def _small(self, path: str, start: int, end: int) -> bytes:
        client = await self._connected()
        async with client.open(self._path(path), "rb", encoding=None) as content:
            found = await _bytes(content, end - start, start)
        if len(found) < end - start:
            raise SourceError(message("fetch.source.shorter"), may_pass=True)
        return found

    async def _names(self, folder: str) -> list[Name]:
        client = await self._connected()
        found = []
        async for entry in client.scandir(self._path(folder)):
            name = bytes(entry.filename).decode("utf-8", "surrogateescape")  # type: ignore[arg-type]
            if name in {".", ".."}:
                continue
            kind = _TYPES.get(entry.attrs.type, "other")
            found.append(Name(name, kind, entry.attrs.size, _modified_ns(entry.attrs)))
            if len(found) > self._most_names:
                raise SourceError(
                    message("fetch.source.too_many_names", allowed=self._most_names), is_gone=True
                )
        return found

    def _path(self, path: str) -> bytes:
        if not path:
            return self._root
        return b"/".join((self._root.rstrip(b"/"), path.encode("utf-8", "surrogateescape")))

    def _called(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _listed(self, folder: str) -> list[Name]:
        patience = _LISTING_PATIENCE * self._timeout_seconds
        return self._ended(self._begun(partial(self._names, folder), patience))

    def _asked(self, work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Do `work` in the connection's thread; its failures are SourceErrors."""
        return self._ended(self._begun(work))

    def _begun(
        self, work: Callable[[], Coroutine[Any, Any, _T]], seconds: float | None = None
    ) -> "Future[_T]":
        async def in_time() -> _T:
            return await asyncio.wait_for(work(), seconds or self._timeout_seconds)

        with self._lock:
            if not self._is_open:
                raise SourceError(message("fetch.time.given_up"), is_gone=True)
            return asyncio.run_coroutine_threadsafe(in_time(), self._loop)

    def _ended(self, future: "Future[_T]") -> _T:
        try:
            return future.result()
        except SourceError:
            raise
        except asyncssh.HostKeyNotVerifiable:
            raise SourceError(message("fetch.sftp.other_host_key"), is_gone=True) from None
        except asyncssh.PermissionDenied:
            raise SourceError(message("fetch.sftp.not_let_in"), is_gone=True) from None
        except _OF_THE_FILE as error:
            reason = type(error).__name__
            raise SourceError(message("fetch.source.cannot_be_read", reason=reason)) from None
        except (asyncssh.SFTPError, asyncssh.Error, OSError, TimeoutError) as error:
            self._drop()
            raise SourceError(
                message("fetch.source.broke_off", kind=type(error).__name__), may_pass=True
            ) from None

    def _drop(self) -> None:
        """Have the next call make another connection."""
        if self._connection is not None:
            self._loop.call_soon_threadsafe(self._connection.abort)


async def _closed(content: asyncssh.SFTPClientFile) -> None:
    try:
        await content.close()
    except (asyncssh.Error, OSError):
        return


async def _bytes(content: asyncssh.SFTPClientFile, size: int, offset: int) -> bytes:
    read: Any = await content.read(size, offset)  # bytes, as the file has no encoding
    return bytes(read)


async def _ended_rest() -> None:
    """End what the loop still has to do."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for one in others:
        one.cancel()
    if others:
        await asyncio.wait(others, timeout=1)


async def _new_lock() -> asyncio.Lock:
    return asyncio.Lock()


def _modified_ns(attributes: asyncssh.SFTPAttrs) -> int | None:
    if attributes.mtime is None:
        return None
    return plausible_ns(attributes.mtime * 1_000_000_000 + (attributes.mtime_ns or 0))
