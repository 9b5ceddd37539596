"""A way to a server that breaks off after so many bytes, stands still, drips, or leads nowhere."""

import itertools
import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_CHUNK = 16_384
_PATIENCE_SECONDS = 10  # for a client to close after the end
_ABORT = struct.pack("ii", 1, 0)  # SO_LINGER: reset at once


@dataclass
class Proxy:
    """`passes` is how many bytes of the server's still come through, None without an end.

    Then the connection is closed, or with `stalls` nothing comes until that is over, or with
    `drips` a byte now and then, for as long as the client waits. While
    `is_gone` nobody answers at all. `spoils` is the place of a byte that arrives as another.
    """

    target: int
    port: int = 0
    passes: int | None = None
    stalls: bool = False
    drips: bool = False
    is_gone: bool = False
    spoils: int | None = None
    passed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def heal(self) -> None:
        """Let everything through again."""
        self.passes, self.stalls, self.is_gone, self.passed = None, False, False, 0
        self.spoils, self.drips = None, False

    def take(self, data: bytes) -> bytes:
        """Return what of some bytes comes through."""
        with self._lock:
            place, size = self.passed, len(data)
            allowed = size if self.passes is None else max(0, min(size, self.passes - place))
            self.passed += allowed
            if self.spoils is not None and place <= self.spoils < place + allowed:
                spoilt = bytearray(data)
                spoilt[self.spoils - place] ^= 1
                data = bytes(spoilt)
            return data[:allowed]


@contextmanager
def proxied(target: int) -> Iterator[Proxy]:
    """Serve on localhost what the server at the port `target` there serves."""
    proxy = Proxy(target)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy.port = listener.getsockname()[1]
        listener.settimeout(0.1)
        thread = threading.Thread(target=_accept, args=(proxy, listener, stop), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            stop.set()
            thread.join()


def _accept(proxy: Proxy, listener: socket.socket, stop: threading.Event) -> None:
    while not stop.is_set():
        with suppress(TimeoutError):
            client, _ = listener.accept()
            if proxy.is_gone:
                _reset(client)
            else:
                threading.Thread(target=_serve, args=(proxy, client, stop), daemon=True).start()


def _serve(proxy: Proxy, client: socket.socket, stop: threading.Event) -> None:
    with client, suppress(OSError), socket.create_connection(("127.0.0.1", proxy.target)) as server:
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while not stop.is_set():
            for ready in select.select([client, server], [], [], 0.2)[0]:
                data = ready.recv(_CHUNK)
                if not data:
                    return
                if ready is client:
                    server.sendall(data)
                    continue
                through = proxy.take(data)
                client.sendall(through)
                if len(through) < len(data):
                    if proxy.drips:
                        _drip(client, data[len(through) :], stop)
                        return
                    if not proxy.stalls:
                        _hang_up(client)
                        return
                    while proxy.stalls and not stop.wait(0.02):
                        pass
                    client.sendall(data[len(through) :])


def _drip(client: socket.socket, data: bytes, stop: threading.Event) -> None:
    """Send a byte now and then until the client hangs up; what there is begins anew at its end."""
    for byte in itertools.cycle(data):
        if stop.wait(0.1):
            return
        client.sendall(bytes([byte]))


def _hang_up(client: socket.socket) -> None:
    """Close a connection once the client has taken all that was let through.

    To close it while the client's own bytes lie unread would be a reset, at which the client's
    system may drop what has come and was not looked at yet.
    """
    client.shutdown(socket.SHUT_WR)
    client.settimeout(_PATIENCE_SECONDS)
    while client.recv(_CHUNK):
        pass


def _reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    client.close()
