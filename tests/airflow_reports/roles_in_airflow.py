"""What a deployment needs for people of each role: settings, marts, and a manager to ask."""

import datetime as dt

import yaml

from pipelines import lake
from pipelines.marts.write import write_marts
from pipelines.paths import Home
from pipelines.settings.load import load
from tests.airflow_reports.api_server import ANALYST, DECIDER, READER, SHOP
from tests.dags.dag_deployment import SETTINGS, Deployment
from tests.report import report_lake

MANAGER = "boss@p.example"
ASKED, RECENT = "st-0412", ("st-0998", "st-0999")
"""Accounts with a case: one whose manager is listed, one with a finding of yesterday."""


def settings_with_roles(mail_port: int) -> str:
    """Return settings with roles, and with a mail server of this machine."""
    added = {
        "deliver": {
            "email": {
                "from": "mimamori@p.example", "to": ["security@p.example"],
                "smtp": {"host": "127.0.0.1", "port": mail_port, "security": "none"},
            },
        },
        "access": {
            "security": {"members": [READER, DECIDER]},
            "analyst": {"members": [ANALYST]},
            "franchise:003": {"members": [SHOP]},
        },
    }  # fmt: skip
    return SETTINGS + yaml.safe_dump(added)


def fill_for_roles(deployment: Deployment) -> None:
    """List a person with a manager, add a finding of yesterday, and write the marts."""
    settings, home = load(deployment.config), Home(deployment.home)
    with lake.open_writer(home, settings.timezone) as con:
        for user, person, manager in ((ASKED, "P1", "P2"), ("boss", "P2", None)):
            con.execute(
                "insert into lake.person (user_id, usual_id, person_id, manager, mail)"
                " values (?, ?, ?, ?, ?)",
                [user, user, person, manager, None if manager else MANAGER],
            )
        # Airflow goes by the clock of this machine; what is long past cannot be suppressed.
        yesterday = dt.datetime.now(settings.zone).date() - dt.timedelta(days=1)
        recent = [
            report_lake.make_finding(finding_id=f"{number:016x}", date=yesterday, actor=user)
            for number, user in enumerate(RECENT)
        ]
        report_lake.insert_findings(con, recent)
        write_marts(con, settings, home, [report_lake.DAY], report_lake.NOW)
