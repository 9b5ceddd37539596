"""An SFTP server that lies: names that lead elsewhere, sizes that cannot be, endless lists."""

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import asyncssh

NAMES = (
    b"access.log",
    b"../../../etc/cron.d/evil",
    b"/etc/passwd",
    b"access.log\n1",
    b"access.log\xff",
    b"",
    b"..",
    b"access.log/../../x",
    b"\x1b[2Jaccess.log",
)
CONTENT = b"hello"


class _Liar(asyncssh.SFTPServer):
    is_endless = False

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        if not path.endswith(b"012"):
            yield _name(b"012", 0, asyncssh.FILEXFER_TYPE_DIRECTORY)
            yield _name(b"../x", 0, asyncssh.FILEXFER_TYPE_DIRECTORY)
            return
        for name in NAMES:
            yield _name(name, len(CONTENT))
        yield _name(b"access.log.huge", 1 << 63)
        yield _name(b"access.log.short", 5_000)
        number = 0
        while self.is_endless:
            number += 1
            yield _name(b"access.log.%d" % number, 1)

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:  # noqa: ARG002
        return _name(b"", len(CONTENT)).attrs

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:  # noqa: ARG002
        return io.BytesIO(CONTENT)

    def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        return bytes(file_obj.getvalue()[offset : offset + size])


class _Everybody(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:  # noqa: ARG002
        return False


def _name(name: bytes, size: int, kind: int = asyncssh.FILEXFER_TYPE_REGULAR) -> asyncssh.SFTPName:
    mode = 0o100_644 if kind == asyncssh.FILEXFER_TYPE_REGULAR else 0o40_755
    attributes = asyncssh.SFTPAttrs(type=kind, size=size, permissions=mode, mtime=1_700_000_000)
    return asyncssh.SFTPName(name, b"", attributes)


@contextmanager
def serving(*, is_endless: bool = False) -> Iterator[tuple[int, str]]:
    """Serve on localhost; yield the port and the server's public key."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    factory = type("Liar", (_Liar,), {"is_endless": is_endless})
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def started() -> asyncssh.SSHAcceptor:
        return await asyncssh.create_server(
            _Everybody, "127.0.0.1", 0, server_host_keys=[key], sftp_factory=factory
        )

    async def stopped(server: asyncssh.SSHAcceptor) -> None:
        server.close()
        await server.wait_closed()

    server = asyncio.run_coroutine_threadsafe(started(), loop).result()
    try:
        yield server.get_port(), key.export_public_key().decode().strip()
    finally:
        asyncio.run_coroutine_threadsafe(stopped(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
