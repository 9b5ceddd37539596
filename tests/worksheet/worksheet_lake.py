"""A small world made by real ingest: one user, one address, a record, a list and an export."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipelines import lake
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.findings import Finding, Severity
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.triage.detected import replace_findings
from pipelines.worksheet.make import Made, Wanted, make_worksheet

ZONE = ZoneInfo("Asia/Tokyo")
DAY = dt.date(2026, 11, 19)
TOLD = dt.datetime(2026, 11, 20, 2, 0, tzinfo=ZONE)
NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=ZONE)
SETTINGS = """timezone: Asia/Tokyo
user_types: [{pattern: "^st-", type: staff}, {pattern: "^c", type: customer}]
resources:
  customers:
    - {id: bank, kind: record, path: "/customers/{subject}/bank", level: 3, categories: [card]}
    - {id: customer, kind: record, path: "/customers/{subject}", level: 3, categories: [name]}
    - {id: out, kind: export, path: "/export/*", level: 3, categories: [name, address]}
sites:
  - id: "shop-{franchise}"
    group: benry
    domains: ["{franchise}.shop.example"]
    logs: ["shop/{franchise}/*"]
    franchise: "{franchise}"
    format: combined
    resources: customers
"""
SITE = "shop-001"
TRICK = "\u202e<script>alert(1)</script>"


def line(clock: str, request: str, user: str = "st-1", **given: Any) -> str:
    """Return a line of the day; `status`, `bytes`, `ip`, `agent` and `day` may be given."""
    day = given.get("day", DAY)
    return (
        f"{given.get('ip', '192.0.2.1')} - {user} [{day:%d/%b/%Y}:{clock}:00 +0900] "
        f'"{request} HTTP/1.1" {given.get("status", 200)} {given.get("bytes", 900)} "-" '
        f'"{given.get("agent", "Mozilla/5.0")}"'
    )


def every_hour(day: dt.date = DAY) -> list[str]:
    """Return lines that touch nothing, one in each hour of a day."""
    return [line(f"{hour:02}:01", "GET /", "-", ip="198.51.100.9", day=day) for hour in range(24)]


INCIDENT = (
    *(line(f"09:{10 + n}", f"GET /customers/{n}") for n in range(1, 6)),
    line("09:16", "GET /customers/5"),
    line("09:17", "HEAD /customers/6"),
    line("09:18", "GET /customers/7", status=304, bytes="-"),
    line("09:19", "GET /customers/8", status=404),
    line("15:00", "GET /customers/9"),
    line("15:01", "GET /customers/10", "-"),
    line("15:02", "GET /customers/11", "st-2"),
)
EXPORT = line("09:20", "GET /export/all.csv", bytes=240_000)


def finding(**values: Any) -> Finding:
    """Return a finding on st-1 with `values` in place of its own."""
    base: dict[str, Any] = {
        "finding_id": "aaaaaaaaaaaaaaa1",
        "date": DAY,
        "detector": "bulk-record-access",
        "category": "personal_data",
        "severity": Severity.HIGH,
        "score": 70.0,
        "site_id": SITE,
        "franchise": "001",
        "actor_kind": "user",
        "actor": "st-1",
        "first_seen": dt.datetime(2026, 11, 19, 9, 0, tzinfo=ZONE),
        "last_seen": dt.datetime(2026, 11, 19, 9, 59, tzinfo=ZONE),
        "event_count": 9,
        "subject_count": 7,
        "summary": "要約",
        "evidence": {"addresses": ["192.0.2.1"]},
        "measures": (5,),
    }
    return Finding(**{**base, **values})


def address_finding(**values: Any) -> Finding:
    """Return a finding on the address that st-1 alone used."""
    base = {
        "finding_id": "aaaaaaaaaaaaaaa2", "detector": "request-flood", "score": 50.0,
        "actor_kind": "ip", "actor": "192.0.2.1", "evidence": {},
    }  # fmt: skip
    return finding(**{**base, **values})


@dataclass(frozen=True)
class World:
    """A user's folder: settings, landing folder and lake."""

    root: Path
    home: Home
    settings: Settings

    @classmethod
    def at(
        cls, root: Path, lines: Sequence[str], findings: Sequence[Finding] | None = None
    ) -> "World":
        """Deliver the lines, and let the findings be what detection found at `TOLD`."""
        (root / "mimamori.yaml").write_text(SETTINGS, encoding="utf-8")
        world = cls(root, Home(root / "var"), load(root / "mimamori.yaml"))
        path = world.home.logs / "shop" / "001" / "access.log"
        path.parent.mkdir(parents=True)
        path.write_text("".join(f"{one}\n" for one in lines), encoding="utf-8")
        result = stages.ingest(world.settings, world.home, clock=lambda: TOLD)
        assert not result.failures
        with lake.open_writer(world.home, world.settings.timezone) as con:
            refresh_aggregates(con, [DAY + dt.timedelta(days=n) for n in range(-2, 2)])
            found = findings if findings is not None else [finding(), address_finding()]
            for day in sorted({DAY, *(one.date for one in found)}):
                of_day = [one for one in found if one.date == day]
                replace_findings(con, day, of_day, [], lambda: TOLD)
        return world

    def make(self, name: str = "1", **values: Any) -> Made:
        """Make a worksheet of the day's incident."""
        base: dict[str, Any] = {"date": DAY, "form": "html", "language": "en"}
        wanted = Wanted(name, **{**base, **values})
        return make_worksheet(self.home, self.settings, wanted, DAY, NOW)

    def page(self, name: str = "1", **values: Any) -> str:
        """Return the HTML of a worksheet."""
        return self.make(name, **values).file.read_text(encoding="utf-8")
