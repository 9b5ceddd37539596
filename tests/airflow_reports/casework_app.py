"""The app with cases to work on, and people of each role; Airflow itself is replaced at its edge.

What stands in for Airflow are the three things that the app asks it: who is signed in, may they
read, and the line for its audit log. Everything else is the real thing, the lake too.
"""

import asyncio
import datetime as dt
import html
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import yaml
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from fastapi import FastAPI

from pipelines import lake
from pipelines.airflow_reports.access import (
    AuditLog,
    Event,
    audit_log,
    edit_permission,
    permission,
    session_of,
    signed_in,
)
from pipelines.airflow_reports.app import create_app
from pipelines.airflow_reports.by_role import settings_now
from pipelines.findings import Finding
from pipelines.lake.keyed_hashes import use_salts
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.marts.write import write_marts
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.triage.detected import replace_findings
from tests.detect.given_findings import DAY, at, make

ROOT = "/mimamori/reports"
ORIGIN = {"sec-fetch-site": "same-origin"}
PAGE = {"accept": "text/html"}
FORM = "application/x-www-form-urlencoded"
NOW = at("09:00", DAY + dt.timedelta(days=1))
SCRIPT = "<script>alert(1)</script>"
CASE, OTHER, OWN = (KeyedIds().case("user", one) for one in ("st-0412", f"st-{SCRIPT}", "officer"))

_SETTINGS = {
    "sites": [
        {"id": "portal", "group": "main", "domains": ["p.example"], "logs": ["portal/*"]},
        {"id": "benry-{shop}", "group": "benry", "domains": ["{shop}.example"],
         "logs": ["benry/{shop}/*"], "franchise": "{shop}"},
    ],
    "deliver": {
        "email": {
            "from": "mimamori@p.example", "to": ["security@p.example"],
            "smtp": {"host": "127.0.0.1", "port": 1, "security": "none"},
        },
    },
    "access": {
        "security": {"members": ["officer", "tanaka"]},
        "analyst": {"members": ["ana"]},
        "auditor": {"members": ["audit"]},
        "franchise:012": {"members": ["shop"]},
    },
}  # fmt: skip
_FORM = re.compile(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')


@dataclass
class Account(BaseUser):
    """Somebody whom Airflow knows."""

    name: str

    def get_id(self) -> str:
        """The name."""
        return self.name

    def get_name(self) -> str:
        """The name."""
        return self.name


@dataclass
class World:
    """A working folder with cases, the app over it, and who asks next."""

    home: Home
    settings: Settings
    app: FastAPI
    name: str = "officer"
    session: str = "session"
    is_permitted: bool = True
    may_edit: bool = True
    at: dt.datetime = NOW
    audited: list[tuple[str, str]] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask for a page as a browser does."""
        return self.ask("GET", path, None, {**PAGE, **headers})

    def post(self, path: str, fields: Any, **headers: str) -> httpx.Response:
        """Send a form as a browser does that shows a page of the app; redirects are not followed.

        A header of the value "" is left out.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"content-type": FORM, **PAGE, **ORIGIN, **named}
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        return self.ask("POST", path, body, {name: one for name, one in sent.items() if one})

    def ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> httpx.Response:
        """Send a request and return the answer."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, root_path=ROOT)
            async with httpx.AsyncClient(transport=transport, base_url="http://airflow") as client:
                return await client.request(method, f"{ROOT}/{path}", content=body, headers=headers)

        return asyncio.run(asked())

    def hidden(self, page: str, action: str, finding: str = "") -> dict[str, str]:
        """Return the hidden fields of a form of a page."""
        return hidden_in(self.get(page).text, action, finding)

    def act(self, case_id: str, act: str, finding: str = "", **fields: str) -> httpx.Response:
        """Look at a case, fill in one of its forms and send it."""
        hidden = self.hidden(f"cases/{case_id}", f"cases/{case_id}/{act}", finding)
        return self.post(f"cases/{case_id}/{act}", {**hidden, **fields})


def hidden_in(page: str, action: str, finding: str = "") -> dict[str, str]:
    """Return the hidden fields of a form on a page, by its address and the finding it is about."""
    for found, inner in _FORM.findall(page):
        fields = {name: html.unescape(value) for name, value in _HIDDEN.findall(inner)}
        if found == f"{ROOT}/{action}" and fields.get("finding", "") == finding:
            return fields
    raise AssertionError(f"no form for {action}")


def finding(number: int, **values: Any) -> Finding:
    """Return a finding with an id as the lake has them."""
    return make(**{"finding_id": f"{number:016x}", "site_id": "portal", **values})


def findings() -> list[Finding]:
    """Two of one person, one whose every text is a script, one about an officer, one of a shop."""
    return [
        finding(1, actor="st-0412", evidence={"observed": 60, "expected": 4.0}),
        finding(2, detector="off-hours-access", actor="st-0412", score=40.0),
        finding(3, actor=f"st-{SCRIPT}", site_id="portal", summary=SCRIPT, evidence={"x": SCRIPT}),
        finding(4, actor="officer"),
        finding(5, actor="fr012-01", site_id="benry-012", franchise="012"),
    ]


def made_at(root: Path) -> None:
    """Write settings, lake and marts of a world below `root`."""
    config = root / "mimamori.yaml"
    config.write_text(yaml.safe_dump(_SETTINGS, allow_unicode=True), encoding="utf-8")
    home, settings = Home(root / "var"), load(config)
    with lake.open_writer(home, settings.timezone) as con:
        for site, franchise in (("portal", None), ("benry-012", "012")):
            con.execute(
                "insert into lake.site (site_id, site_group, franchise, seen_at) values (?,?,?,?)",
                [site, "main", franchise, NOW],
            )
            con.execute(
                "insert into lake.site_day (log_date, site_id, lines) values (?, ?, 10)",
                [DAY, site],
            )
        use_salts(con, Pseudonyms())  # ids that tests can make
        replace_findings(con, DAY, findings(), [], lambda: at("02:00", DAY + dt.timedelta(days=1)))
        for user, person, manager in (("st-0412", "P1", "P2"), ("boss", "P2", None)):
            con.execute(
                "insert into lake.person (user_id, usual_id, person_id, manager, mail)"
                " values (?, ?, ?, ?, 'boss@p.example')",
                [user, user, person, manager],
            )
        for hour, stage in enumerate(("check", "detect", "report")):
            con.execute(
                "insert into lake.stage_run (stage, log_date, status, started_at, ended_at)"
                " values (?, ?, 'done', ?, ?)",
                [
                    stage,
                    DAY,
                    *(NOW - dt.timedelta(hours=6 - hour, minutes=one) for one in (50, 10)),
                ],
            )
        write_marts(con, settings, home, [DAY], NOW)


def world_at(root: Path, made: Path, monkeypatch: Any) -> World:
    """Make a world below `root`, a copy of that which `made_at` made."""
    shutil.copytree(made, root, dirs_exist_ok=True)
    config, home = root / "mimamori.yaml", Home(root / "var")
    monkeypatch.setenv("MIMAMORI_CONFIG", str(config))
    monkeypatch.setenv("MIMAMORI_HOME", str(home.root))
    settings = load(config)
    app = create_app(lambda: home, settings_now, lambda: world.at)
    world = World(home, settings, app)

    def enter() -> AuditLog:
        def written(event: Event, path: str) -> None:
            world.audited.append((event, path))

        return written

    app.dependency_overrides = {
        signed_in: lambda: Account(world.name),
        permission: lambda: world.is_permitted,
        edit_permission: lambda: world.may_edit,
        session_of: lambda: world.session,
        audit_log: enter,
    }
    return world
