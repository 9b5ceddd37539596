"""Airflow's API server over a folder of reports, with people of each kind, asked byte for byte."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.dags.dag_deployment import Deployment

READER, DECIDER, OUTSIDER = "reader", "decider", "outsider"
ANALYST, SHOP = "ana", "shop"
PASSWORDS = {
    READER: "reads-the-reports",
    DECIDER: "may-change-the-dag-too",
    OUTSIDER: "has-no-role-at-all",
    ANALYST: "reads-pseudonyms",
    SHOP: "reads-its-own-shop",
}
APP = "/mimamori/reports/"

_START_SECONDS = 120
_STOP_SECONDS = 3


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8")


@dataclass(frozen=True)
class ApiServer:
    """A server that answers at `url`, which may end with a path, and what it logs."""

    url: str
    log: Path

    def token(self, user: str) -> str:
        """Return a fresh token, as programs get one."""
        sent = json.dumps({"username": user, "password": PASSWORDS[user]})
        answer = self.ask("/auth/token", "POST", sent, content_type="application/json")
        assert answer.status == 201, answer.text
        return str(json.loads(answer.body)["access_token"])

    def ask(self, path: str, method: str = "GET", body: str = "", **headers: str) -> Answer:
        """Send `path` as it is, without the tidying that clients do, and return the answer."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, parts.path + path, body or None, named)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()


def prepare(deployment: Deployment) -> None:
    """Make the metadata database, and the users; one of them has no role of Airflow's."""
    roles = {READER: "viewer", DECIDER: "user", OUTSIDER: "", ANALYST: "viewer", SHOP: "viewer"}
    users = ",".join(f"{user}:{role}" for user, role in roles.items())
    deployment.environment |= {
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": users,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "NO_PROXY": "127.0.0.1",
    }
    folder = deployment.home / "airflow"
    folder.mkdir(parents=True)
    passwords = folder / "simple_auth_manager_passwords.json.generated"
    passwords.write_text(json.dumps(PASSWORDS), encoding="utf-8")
    deployment.process("-m", "airflow", "db", "migrate")


@contextmanager
def serving(deployment: Deployment) -> Iterator[Callable[[str], ApiServer]]:
    """Yield what returns the server below a path of its host, a process that it starts at first."""
    with ExitStack() as running:
        started: dict[str, ApiServer] = {}

        def server_at(base: str) -> ApiServer:
            if base not in started:
                server, process = running.enter_context(_started(deployment, base))
                deadline = time.monotonic() + _START_SECONDS
                while not _answers(server):
                    log = server.log.read_text(encoding="utf-8")[-8000:]
                    assert process.poll() is None, log
                    assert time.monotonic() < deadline, log
                    time.sleep(0.3)
                started[base] = server
            return started[base]

        yield server_at


@contextmanager
def _started(
    deployment: Deployment, base: str
) -> Iterator[tuple[ApiServer, subprocess.Popen[bytes]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = deployment.root / f"api-server-{port}.log"
    server = ApiServer(f"http://127.0.0.1:{port}{base}", log)
    environment = {
        **deployment.environment,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": server.url,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow", "api-server"],
            env=environment,
            cwd=deployment.root,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield server, process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:  # the browser holds its connections open
            process.kill()
            process.wait()


def _answers(server: ApiServer) -> bool:
    with suppress(OSError):
        return server.ask("/api/v2/version").status == 200
    return False
