"""A settings file, a landing folder and an Airflow below one temporary folder, to run DAGs on."""

import base64
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pipelines import lake
from pipelines.paths import PROJECT_ROOT, Home

SETTINGS = """
timezone: Asia/Tokyo
user_types: [{pattern: "^st-", type: staff}]
resources:
  portal:
    - {id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: customer, kind: record, path: "/customers/{subject}", level: 3}
sites:
  - id: portal
    group: main
    domains: [portal.prime.example]
    logs: ["portal/access.log*"]
    format: combined
    resources: portal
  - id: wiki
    group: intranet
    domains: [wiki.prime.example]
    logs: ["wiki/access.log*"]
    format: common
  - id: "benry-{shop}"
    group: benry
    domains: ["{shop}.benry.example"]
    logs: ["benry/{shop}/access.log*"]
    franchise: "{shop}"
    format: combined
"""


@dataclass(frozen=True)
class Run:
    """A run of a DAG with a configuration; variables of the environment stay for later runs.

    `approver` is the account that approves what the run asks.
    """

    dag: str
    conf: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    approver: str | None = None


class Deployment:
    """A settings file, a working folder and an Airflow, all below one temporary folder."""

    def __init__(self, root: Path, settings: str = SETTINGS) -> None:
        """Write the settings below `root`; nothing else is made before it is needed."""
        self.root = root
        self.home = root / "home"
        self.config = root / "mimamori.yaml"
        self.config.write_text(settings, encoding="utf-8")
        self.environment = {
            **os.environ,
            "MIMAMORI_HOME": str(self.home),
            "MIMAMORI_CONFIG": str(self.config),
            "AIRFLOW_HOME": str(self.home / "airflow"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT_ROOT / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "0",
            "PYTHONUTF8": "1",
        }
        self.environment.pop("_AIRFLOW__AS_LIBRARY", None)
        self.output = ""
        self.key = b""

    def encrypt_keys(self, connection: str) -> None:
        """Have an Airflow connection hold the key of keys, as the settings name it."""
        self.key = secrets.token_bytes(32)
        password = base64.b64encode(self.key).decode()
        self.environment[f"AIRFLOW_CONN_{connection.upper()}"] = json.dumps(
            {"conn_type": "generic", "password": password}
        )

    def land(self, site: str, name: str, lines: list[str]) -> None:
        """Let a log file arrive in the landing folder."""
        self.home.mkdir(mode=0o700, exist_ok=True)
        _write(self.home / "logs" / site / name, lines)

    def deliver(self, site: str, name: str, lines: list[str]) -> None:
        """Let one lie in the folder `delivered` beside the settings."""
        _write(self.root / "delivered" / site / name, lines)

    def process(self, *arguments: str) -> None:
        """Run a Python program of the project; its output is kept in `output`."""
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.output = done.stdout
        assert done.returncode == 0, done.stdout[-8000:]

    def airflow_process(self, command: str, *about: str) -> Any:
        """Return what `airflow_process.py` wrote."""
        out = self.root / "outcome.json"
        self.process(str(PROJECT_ROOT / "tests/dags/airflow_process.py"), command, str(out), *about)
        return json.loads(out.read_text(encoding="utf-8"))

    def run_dag_after_dag(self, runs: Iterable[Run]) -> list[dict[str, Any]]:
        """Run DAGs one after another; return how they went."""
        return list(self.airflow_process("run", *(json.dumps(asdict(one)) for one in runs)))

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query on the lake."""
        with lake.open_reader(self.home_with_keys(), "Asia/Tokyo") as con:
            return con.execute(sql).fetchall()

    def home_with_keys(self) -> Home:
        """Return the working folder with what decrypts its keys, where the settings have that."""
        return replace(Home(self.home), key_encryption_key=(lambda: self.key) if self.key else None)


def access_line(time: str, path: str, user: str = "-", status: int = 200) -> str:
    """A line in the format `combined`, at a time such as 20/Nov/2026:09:00:00 +0900."""
    return f'192.0.2.10 - {user} [{time}] "GET {path} HTTP/1.1" {status} 512 "-" "curl/8.5.0"'


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
