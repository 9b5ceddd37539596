"""An Airflow for each test module; and one night in Airflow that several modules look at."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipelines.paths import Home
from pipelines.subject.proposal import Proposal, propose
from tests import certificate, hook_server, mail_server
from tests.dags import statsd_server
from tests.dags.dag_deployment import SETTINGS, Deployment, Run, access_line

# In this process Airflow is a library: without this its import would set up logging for every test.
os.environ["_AIRFLOW__AS_LIBRARY"] = "1"

DAY = "2026-11-20"
SHOPS = ("001", "002", "003", "004", "005")
_MORE = """
  - id: "grocer-{shop}"
    group: grocers
    domains: ["{shop}.grocer.example"]
    logs: ["grocers/{shop}/access.log*"]
    franchise: "{shop}"
    source: {kind: folder, path: nowhere}
landing: {source: {kind: folder, path: delivered}}
limits: {landing_free_bytes: 0}
locale: en
lake: {key_encryption_key: {connection: mimamori_key}}
deliver:
  threshold: low
  digest: never
  attempts: 1
  email:
    {from: a@prime.example, to: [b@prime.example], connection: watch_mail, report: attach}
  webhook: {connection: watch_chat}
"""


@dataclass(frozen=True)
class Night:
    """What became of a deployment's runs, by name, and what two servers were sent."""

    deployment: Deployment
    outcomes: dict[str, dict[str, Any]]
    box: mail_server.Box
    hook: hook_server.Hook
    measured: set[str]
    lineage: Path

    def states(self, name: str, task_id: str) -> list[str]:
        """The states of a task, one for each time that it is mapped."""
        return [one["state"] for one in self.outcomes[name]["tasks"] if one["id"] == task_id]

    def result(self, name: str, task_id: str) -> Any:
        """What a task returned."""
        return self.outcomes[name]["results"][task_id]


@pytest.fixture(scope="module")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Deployment]:
    """Make deployments, each below a folder of its own."""
    return lambda *arguments: Deployment(tmp_path_factory.mktemp("deployment"), *arguments)


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """Two main sites, five shops and a group without any; an attack; a chat that is down at first.

    The log of one site is fetched; the source of the group without a shop is not there.

    The night is run twice, then the audits of a month with logs and of one without any, an erasure
    that somebody else approves; the last run has wrong settings. Tests that look at it are of the
    group `a night in Airflow`.
    """
    deployment = Deployment(tmp_path_factory.mktemp("night"), SETTINGS + _MORE)
    attack = "/find?id=1%27%20UNION%20SELECT%20password%20FROM%20users--"
    for day in (19, 20):
        deployment.land("portal", f"access.log.{day}", _office_hours(day))
        for shop in SHOPS:
            deployment.land(f"benry/{shop}", f"access.log.{day}", _office_hours(day)[:4])
    deployment.deliver(
        "wiki",
        "access.log",
        ["192.0.2.7 - - [20/Nov/2026:10:00:00 +0900] x"]
        + [
            f'192.0.2.10 - - [20/Nov/2026:09:0{n}:00 +0900] "GET {attack} HTTP/1.1" 200 512'
            for n in range(9)
        ],
    )
    asked = propose(
        Home(deployment.home),
        Proposal(
            user="st-101",
            ip=None,
            subject=None,
            reason="asked",
            author="taro",
            identity_check=None,
            with_landing=False,
        ),
    )
    wrong = deployment.root / "wrong.yaml"
    wrong.write_text("sites: 1\n", encoding="utf-8")
    date = {"date": DAY}
    runs = {
        "no shops": Run("ingest_grocers", date),
        "main": Run("ingest_main", date),
        "benry": Run("ingest_benry", date | {"sites_per_batch": 2}),
        "report": Run("nightly_report", date),
        "again": Run("ingest_main", date),
        "report again": Run("nightly_report", date),
        "upkeep": Run("upkeep"),
        "audit": Run("monthly_audit", {"month": "2026-11"}),
        "audit of nothing": Run("monthly_audit", {"month": "2024-02"}),
        "erasure": Run("erasure", {"request": asked}, approver="hanako"),
        "wrong settings": Run("ingest_main", environment={"MIMAMORI_CONFIG": str(wrong)}),
    }
    cert, key = certificate.make(tmp_path_factory.mktemp("certificate"))
    with (
        mail_server.serving(certificate.server_context(cert, key)) as box,
        hook_server.serving() as hook,
        statsd_server.serving() as (port, measured),
    ):
        hook.answers = [(500, {})]
        lineage = deployment.root / "lineage.json"
        deployment.environment |= _connections(cert, box, hook) | _outside(port, lineage)
        deployment.encrypt_keys("mimamori_key")
        done = deployment.run_dag_after_dag(runs.values())
        outcomes = dict(zip(runs, done, strict=True))
        yield Night(deployment, outcomes, box, hook, measured, lineage)


def _outside(port: int, lineage: Path) -> dict[str, str]:
    """Settings of Airflow alone, as docs/operations.md has them."""
    return {
        "AIRFLOW__METRICS__STATSD_ON": "True",
        "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
        "AIRFLOW__METRICS__STATSD_PORT": str(port),
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(
            {"type": "file", "log_file_path": str(lineage), "append": True}
        ),
        "AIRFLOW__OPENLINEAGE__DISABLE_SOURCE_CODE": "True",
    }


def _office_hours(day: int) -> list[str]:
    """One request an hour by a member of staff, from nine to five."""
    return [
        access_line(f"{day}/Nov/2026:{hour:02}:15:00 +0900", f"/customers/{hour}", "st-101")
        for hour in range(9, 18)
    ]


def _connections(cert: Path, box: mail_server.Box, hook: hook_server.Hook) -> dict[str, str]:
    """The variables by which Airflow knows both servers."""
    mail = {
        "conn_type": "smtp",
        "host": "localhost",
        "port": box.port,
        "login": mail_server.USER,
        "password": mail_server.PASSWORD,
        "extra": {"disable_ssl": True, "timeout": 10, "retry_limit": 0},
    }
    chat = {
        "conn_type": "http",
        "host": f"http://127.0.0.1:{hook.port}/services",
        "password": "T000/s3cret",
    }
    return {
        "SSL_CERT_FILE": str(cert),
        "AIRFLOW_CONN_WATCH_MAIL": json.dumps(mail),
        "AIRFLOW_CONN_WATCH_CHAT": json.dumps(chat),
    }
