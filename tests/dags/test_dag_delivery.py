"""The nightly DAG sends its result through Airflow's own connections, to real servers."""

import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import certificate, hook_server, mail_server
from tests.dags.dag_deployment import SETTINGS, Deployment, access_line

pytestmark = pytest.mark.airflow

DAY = "2026-11-20"
DELIVER = """
locale: en
deliver:
  threshold: low
  digest: never
  attempts: 1
  email:
    {from: a@prime.example, to: [b@prime.example], connection: watch_mail, report: attach}
  webhook: {connection: watch_chat}
"""


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """The certificate of localhost, and what a server needs to show it."""
    cert, key = certificate.make(tmp_path_factory.mktemp("certificate"))
    return cert, certificate.server_context(cert, key)


@pytest.fixture(scope="module")
def told(
    deployments: Callable[..., Deployment], tls: tuple[Path, ssl.SSLContext]
) -> Iterator[tuple[list[dict[str, Any]], mail_server.Box, hook_server.Hook]]:
    """A night with an attack whose chat is down, then the same night again."""
    cert, context = tls
    with mail_server.serving(context) as box, hook_server.serving() as hook:
        deployment = deployments(SETTINGS + DELIVER)
        attack = "/find?id=1%27%20UNION%20SELECT%20password%20FROM%20users--"
        lines = [access_line(f"20/Nov/2026:09:0{n}:00 +0900", attack) for n in range(9)]
        deployment.land("portal", "access.log", lines)
        deployment.environment |= {
            "SSL_CERT_FILE": str(cert),
            "AIRFLOW_CONN_WATCH_MAIL": json.dumps(
                {
                    "conn_type": "smtp",
                    "host": "localhost",
                    "port": box.port,
                    "login": mail_server.USER,
                    "password": mail_server.PASSWORD,
                    "extra": {"disable_ssl": True, "timeout": 10, "retry_limit": 0},
                }
            ),
            "AIRFLOW_CONN_WATCH_CHAT": json.dumps(
                {
                    "conn_type": "http",
                    "host": f"http://127.0.0.1:{hook.port}/services",
                    "password": "T000/s3cret",
                }
            ),
        }
        hook.answers = [(500, {})]
        date = json.dumps({"date": DAY})
        done = deployment.run_dags(
            f"ingest_main:{date}", f"nightly_report:{date}", f"nightly_report:{date}"
        )
        assert "s3cret" not in deployment.output
        yield done, box, hook


def _deliver(outcome: dict[str, Any]) -> dict[str, Any]:
    (task,) = [one for one in outcome["tasks"] if one["id"] == "deliver"]
    return dict(task)


def test_the_report_is_mailed_through_the_smtp_connection(
    told: tuple[list[dict[str, Any]], mail_server.Box, hook_server.Hook],
) -> None:
    """Encrypted, logged in, once for both runs of the night; the subject holds no detail."""
    _, box, _ = told
    assert (box.logins, box.encrypted) == ([True], [True])
    (mail,) = box.mails
    assert str(mail["Subject"]).startswith(f"[Mimamori] {DAY} worst ")
    assert "portal" not in mail["Subject"]
    assert [one.get_filename() for one in mail.iter_attachments()] == [f"mimamori-{DAY}.html"]


def test_what_failed_is_tried_again_alone(
    told: tuple[list[dict[str, Any]], mail_server.Box, hook_server.Hook],
) -> None:
    """The chat was down at the first try and has its message now, at the address of its secret."""
    outcomes, _, hook = told
    assert len(hook.bodies) == 1
    assert set(hook.paths) == {"/services/T000/s3cret"}
    assert _deliver(outcomes[-1])["state"] == "success"
    assert outcomes[-1]["results"]["deliver"] == {"already_sent": 2}
    (report,) = [one for one in outcomes[1]["tasks"] if one["id"] == "report"]
    assert report["state"] == "success"
