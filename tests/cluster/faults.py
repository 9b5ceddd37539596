"""What stands between the program and its servers, and does to them what networks and clouds do."""

import http.client
import random
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from tests.cluster.conftest import Servers
from tests.fetch.servers import of_postgres, postgres_server, program

_PART_BYTES = 65536


class Gate:
    """Forwards TCP connections to a port of this machine; `port` is its own."""

    def __init__(self, target: int, address: str = "127.0.0.1") -> None:
        """Listen on an address."""
        self.loses_answer = False
        self.has_lost = threading.Event()
        self._target = target
        self._listening = socket.create_server((address, 0))
        self.port: int = self._listening.getsockname()[1]

    @classmethod
    @contextmanager
    def before(cls, target: int, address: str = "127.0.0.1") -> Iterator["Gate"]:
        """Yield a gate that forwards while the block runs."""
        gate = cls(target, address)
        thread = threading.Thread(target=gate._accept, daemon=True)
        thread.start()
        try:
            yield gate
        finally:
            with suppress(OSError):  # accept does not notice that it is closed
                gate._listening.shutdown(socket.SHUT_RDWR)
            gate._listening.close()
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            # As the database does by the settings of each session (pipelines/lake/postgres.py).
            client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in (("KEEPIDLE", 30), ("KEEPINTVL", 10), ("KEEPCNT", 3)):
                client.setsockopt(socket.IPPROTO_TCP, getattr(socket, f"TCP_{option}"), value)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 60_000)
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            losing = threading.Event()
            for pump in (self._forward, self._answer):
                threading.Thread(target=pump, args=(client, server, losing), daemon=True).start()

    def _forward(
        self, client: socket.socket, server: socket.socket, losing: threading.Event
    ) -> None:
        is_writing = False
        while part := _received(client):
            is_writing = is_writing or (b"INTO" in part and b"ducklake_snapshot" in part)
            if self.loses_answer and is_writing and b"COMMIT" in part:
                self.loses_answer = False
                losing.set()
            with suppress(OSError):
                server.sendall(part)
        _close(client, server)

    def _answer(
        self, client: socket.socket, server: socket.socket, losing: threading.Event
    ) -> None:
        while part := _received(server):
            if losing.is_set():
                self.has_lost.set()
                break
            with suppress(OSError):
                client.sendall(part)
        _close(client, server)


def _received(one: socket.socket) -> bytes:
    try:
        return one.recv(_PART_BYTES)
    except OSError:
        return b""


def _close(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


class ShakyStorage(ThreadingHTTPServer):
    """Forwards requests to a storage; some are refused, and some answers are cut short."""

    daemon_threads = True

    def __init__(self, target: int, share: float, seed: int) -> None:
        """Refuse such a share of requests, and cut as large a share of answers short."""
        super().__init__(("127.0.0.1", 0), _Forwarding)
        self.target, self.share = target, share
        self.rng = random.Random(seed)  # noqa: S311 - the same faults each time
        self.refused = self.cut = self.requests = 0

    @classmethod
    @contextmanager
    def before(cls, target: int, share: float = 0.05, seed: int = 1) -> Iterator["ShakyStorage"]:
        """Yield one that serves while the block runs."""
        with cls(target, share, seed) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield server
            finally:
                server.shutdown()
                thread.join()


class _Forwarding(BaseHTTPRequestHandler):
    server: ShakyStorage
    protocol_version = "HTTP/1.1"

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fate = self.server.rng.random()
        self.server.requests += 1
        if fate < self.server.share:
            self.server.refused += 1
            self._send(503, {}, b"<Error><Code>SlowDown</Code></Error>")
            return
        asked = http.client.HTTPConnection("127.0.0.1", self.server.target)
        asked.request(self.command, self.path, body, dict(self.headers.items()))
        found = asked.getresponse()
        content = found.read()
        asked.close()
        is_cut = fate < 2 * self.server.share and bool(content) and self.command != "HEAD"
        self.server.cut += is_cut
        self._send(found.status, dict(found.getheaders()), content, is_cut=is_cut)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _forward  # noqa: N815 - as its caller says

    def _send(
        self, status: int, headers: dict[str, str], content: bytes, *, is_cut: bool = False
    ) -> None:
        self.send_response_only(status)
        own = {"connection", "content-length", "transfer-encoding"}
        for name, value in headers.items():
            if name.lower() not in own:
                self.send_header(name, value)
        size = headers.get("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", size or str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if is_cut else content)
        if is_cut:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - of the library
        """Say nothing."""


@contextmanager
def namespace(name: str, within: str, outside: str) -> Iterator[str]:
    """Make a network of two addresses, one of them in a namespace; yield the outer device."""
    device = f"{name}-out"
    commands = (
        f"ip netns add {name}",
        f"ip link add {device} type veth peer name {name}-in netns {name}",
        f"ip addr add {outside}/30 dev {device}",
        f"ip link set {device} up",
        f"ip netns exec {name} ip addr add {within}/30 dev {name}-in",
        f"ip netns exec {name} ip link set {name}-in up",
        f"ip netns exec {name} ip link set lo up",
    )
    try:
        for command in commands:
            subprocess.run(command.split(), check=True)
        yield device
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False)


@contextmanager
def own_catalog(servers: Servers) -> Iterator[tuple[Servers, Callable[..., None]]]:
    """Yield the servers with a PostgreSQL of their own, and what restarts or stops that."""
    with TemporaryDirectory(prefix="mimamori-") as name:
        folder = Path(name)
        with postgres_server(folder) as postgres:
            own = replace(servers, postgres=postgres, folder=folder)
            _await_start(own)
            try:
                yield own, partial(_pg_ctl, folder)
            finally:
                _pg_ctl(folder, "stop")


def _pg_ctl(folder: Path, act: str = "restart", how: str = "fast") -> None:
    command = [str(program("pg_ctl")), "-D", f"{folder}/data", "-m", how, "-w", act]
    subprocess.run(
        of_postgres(*command), check=False, cwd=folder, stdout=subprocess.DEVNULL, timeout=60
    )


def _await_start(servers: Servers) -> None:
    """Return once the database answers: it takes connections before."""
    for _ in range(200):
        try:
            servers.connect().close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
