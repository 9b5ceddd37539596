"""A server of StatsD: it takes what is sent to its port of UDP, and knows the names."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LARGEST = 65_535


@contextmanager
def serving() -> Iterator[tuple[int, set[str]]]:
    """Yield the port and the names of all that has been measured so far."""
    names: set[str] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        reader = threading.Thread(target=_read, args=(taken, names), daemon=True)
        reader.start()
        port: int = taken.getsockname()[1]
        try:
            yield port, names
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
                end.sendto(b"", ("127.0.0.1", port))
            reader.join()


def _read(taken: socket.socket, names: set[str]) -> None:
    while datagram := taken.recv(_LARGEST):
        names.update(line.partition(":")[0] for line in datagram.decode().splitlines())
