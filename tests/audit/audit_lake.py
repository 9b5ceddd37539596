"""A month of a small company, made by real ingest, with one of everything that an audit tells.

Logs of November 2026 from a portal and a shop that begins on the 3rd; a second portal stands in the
settings and never sends a line. A directory has three accounts, of which one has an unused right.
Stages and findings are written as a night writes them.
"""

import atexit
import datetime as dt
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zoneinfo import ZoneInfo

from pipelines import lake
from pipelines.audit.make import Made
from pipelines.audit.reviews import sign
from pipelines.context.directory import keep_directory
from pipelines.context.load import read_all
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.detect.catalogue import load_catalogue
from pipelines.findings import Assessment, Finding, Severity, Weighed, WeighedBy
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.text.month import Month
from pipelines.triage.commands import Word, decide
from pipelines.triage.decisions import Verdict
from pipelines.triage.detected import replace_findings

ZONE = ZoneInfo("Asia/Tokyo")
MONTH = Month(dt.date(2026, 11, 1))
NOW = dt.datetime(2026, 12, 2, 9, 0, tzinfo=ZONE)
SILENT_ON = 10
GAP_ON = 14
EXPLAINED_GAP_ON = 15
FAILED_CHECK_ON = 13
FAILED_DETECTOR_ON = 20
NOT_DETECTED_ON = 25
MENDED_ON = 26
CHANGED_ON = 3
OFFICER = "安全 太郎 \u202e<script>alert(1)</script>"
SETTINGS = """timezone: Asia/Tokyo
locale: {locale}
user_types:
  - {{pattern: "^st-", type: staff}}
  - {{pattern: "^ct-", type: contractor}}
  - {{pattern: "^c[0-9]", type: customer}}
resources:
  customers:
    - {{id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}}
    - {{id: open, kind: record, path: "/open/{{subject}}", level: 0}}
    - {{id: customer, kind: record, path: "/customers/{{subject}}", level: 3, categories: [name]}}
    - {{id: out, kind: export, path: "/export/*", level: 3, categories: [name]}}
sites:
  - id: portal
    group: main
    domains: [portal.example]
    logs: ["portal/*"]
    format: combined
    resources: customers
  - {{id: never, group: main, domains: [never.example], logs: ["never/*"], format: combined}}
  - id: "shop-{{franchise}}"
    group: benry
    domains: ["{{franchise}}.shop.example"]
    logs: ["shop/{{franchise}}/*"]
    franchise: "{{franchise}}"
    format: combined
    resources: customers
"""
CONTEXT = """context: {people: people.csv, privileges: privileges.csv}
"""
# An unused right whose resource a spreadsheet would run, and a company that a page would obey.
PEOPLE = """user,person,name,department,company,country
st-1,P1,Yamada,claims,,
st-2,P1,,,,
ct-1,,Minh,field,<b>Anzen</b>,VN
"""
PRIVILEGES = """user,department,resource,level,site,from
,claims,,3,,2026-01-01
ct-1,,customer,,,2026-01-01
st-2,,=out,,portal,2026-01-01
ct-1,,out,,,2026-11-05
"""
_COUNTRIES = {"198.51.100.20": "DE", "198.51.100.30": "JP", "198.51.100.40": "US"}


def line(day: int, clock: str, request: str, user: str = "st-1", **given: Any) -> str:
    """Return a line of a day of the month; `status`, `bytes` and `ip` may be given."""
    return (
        f"{given.get('ip', '198.51.100.30')} - {user} [{day:02}/Nov/2026:{clock}:00 +0900] "
        f'"{request} HTTP/1.1" {given.get("status", 200)} {given.get("bytes", 900)} "-" '
        '"Mozilla/5.0"'
    )


def _portal() -> list[str]:
    found = []
    for day in range(1, 31):
        found += [
            line(day, "09:00", "POST /login", status=302),
            line(day, "09:01", "GET /customers/1"),
            line(day, "09:02", "GET /customers/2", status=403),
        ]
    return [
        *found,
        line(5, "10:00", "GET /customers/1", "ct-1", ip="198.51.100.20"),
        line(5, "10:01", "GET /customers/0002", "ct-1", ip="198.51.100.20"),
        line(6, "10:00", "GET /export/all.csv", "ct-1", bytes=5000),
        line(7, "10:00", "GET /customers/9", "c100", ip="198.51.100.40"),
        line(8, "10:00", "GET /customers/3", "-"),
        line(9, "10:00", "GET /open/4", "zz-1", ip="192.0.2.7"),
        line(12, "10:00", "GET /")[:40],
    ]


def _shop() -> list[str]:
    return [line(day, "12:00", "GET /", "-") for day in range(3, 31) if day != SILENT_ON]


def finding(day: int, number: int, **values: Any) -> Finding:
    """Return a finding of a day with `values` in place of its own."""
    at = dt.datetime(2026, 11, day, 9, 0, tzinfo=ZONE)
    base: dict[str, Any] = {
        "finding_id": f"{day:08}{number:08}",
        "date": at.date(),
        "detector": "bulk-record-access",
        "category": "personal_data",
        "severity": Severity.HIGH,
        "score": 70.0,
        "site_id": "portal",
        "franchise": None,
        "actor_kind": "user",
        "actor": "st-1",
        "first_seen": at,
        "last_seen": at + dt.timedelta(hours=1),
        "event_count": 9,
        "subject_count": 7,
        "summary": "要約",
        "evidence": {},
        "measures": (2, 3, 5),
    }
    return Finding(**{**base, **values})


CONFIRMED = finding(4, 1)
FALSE_ALARM = finding(4, 2, actor="st-2")
LOWERED = finding(
    6, 1, severity=Severity.LOW, actor="ct-1",
    lowered=(Weighed(WeighedBy.BUDGET, None, Severity.HIGH, Severity.LOW),),
    assessment=Assessment(score_before=61.0),
)  # fmt: skip
GAP: dict[str, Any] = {
    "detector": "log-gap", "category": "operations", "severity": Severity.MEDIUM,
    "actor_kind": "site", "actor": "shop-001", "site_id": "shop-001", "measures": (6, 7),
}  # fmt: skip
OPEN_GAP = finding(GAP_ON, 1, **GAP)
EXPLAINED_GAP = finding(EXPLAINED_GAP_ON, 1, **GAP)


def night_after(day: dt.date) -> dt.datetime:
    """Return the instant at which the night after `day` detects."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(2), ZONE)


@dataclass(frozen=True)
class World:
    """A working folder with settings, a landing folder and a lake."""

    root: Path
    home: Home
    settings: Settings

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.root / "mimamori.yaml"

    def audit(self, month: Month = MONTH, now: dt.datetime = NOW, **values: Any) -> Made:
        """Make the audit report as at `now`."""
        return stages.audit(self.settings, self.home, month, clock=lambda: now, **values)

    def in_language(self, locale: str) -> "World":
        """Return the same world with reports in another language."""
        settings = self.settings.model_copy(update={"locale": locale})
        return World(self.root, self.home, settings)

    def write(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows into a table of the lake."""
        with lake.open_writer(self.home, "Asia/Tokyo") as con:
            lake.insert_rows(con, table, rows)

    def stage(self, stage: str, day: dt.date, status: str = "done", minutes: int = 0) -> None:
        """Let a stage have run for a day, `minutes` after the night's detection."""
        self.write("stage_run", [stage_row(stage, day, status, minutes)])

    def detect(self, day: dt.date, findings: Sequence[Finding], minutes: int = 0) -> None:
        """Let the findings of a day be found, reported only when `stage` says so."""
        at = night_after(day) + dt.timedelta(minutes=minutes)
        with lake.open_writer(self.home, "Asia/Tokyo") as con:
            replace_findings(con, day, findings, [], lambda: at)
        self.stage("detect", day, minutes=minutes)


def stage_row(stage: str, day: dt.date, status: str = "done", minutes: int = 0) -> dict[str, Any]:
    """Return a row of lake.stage_run that took no time."""
    at = night_after(day) + dt.timedelta(minutes=minutes)
    return {
        "stage": stage,
        "log_date": day,
        "started_at": at,
        "ended_at": at,
        "status": status,
        "message": "" if status == "done" else "<b>disk full</b>",
        "settings_sha256": "settings",
    }


def small(root: Path, locale: str = "en") -> World:
    """Make a world whose logs are read, and nothing else has happened in it."""
    shutil.copytree(_with_logs_read(), root, dirs_exist_ok=True)
    (root / "mimamori.yaml").write_text(SETTINGS.format(locale=locale), encoding="utf-8")
    return World(root, Home(root / "var"), load(root / "mimamori.yaml"))


@cache
def _with_logs_read() -> Path:
    """What small worlds begin as copies of, until this process ends."""
    root = Path(mkdtemp(prefix="small-world-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    (root / "mimamori.yaml").write_text(SETTINGS.format(locale="en"), encoding="utf-8")
    world = World(root, Home(root / "var"), load(root / "mimamori.yaml"))
    for folder, lines in (("portal", _portal()), ("shop/001", _shop())):
        path = world.home.logs / folder / "access.log"
        path.parent.mkdir(parents=True)
        path.write_text("".join(f"{one}\n" for one in lines), encoding="utf-8")
    result = stages.ingest(world.settings, world.home, clock=lambda: NOW)
    assert not result.failures
    with lake.open_writer(world.home, "Asia/Tokyo") as con:
        refresh_aggregates(con, list(MONTH.days))
        # Documentation's addresses lie in no country; these stand for some that do.
        for address, country in _COUNTRIES.items():
            con.execute(
                "update lake.client set country = ? where client_ip = ?", [country, address]
            )
    return root


def full(root: Path, locale: str = "en") -> World:
    """Make the month as the module describes it."""
    world = small(root, locale)
    (root / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (root / "privileges.csv").write_text(PRIVILEGES, encoding="utf-8")
    config = root / "mimamori.yaml"
    config.write_text(config.read_text(encoding="utf-8") + CONTEXT, encoding="utf-8")
    world = World(root, world.home, load(config))
    with lake.open_writer(world.home, "Asia/Tokyo") as con:
        reads = read_all(con, world.settings)
        keep_directory(con, world.settings, reads, night_after(MONTH.first))
    _run_stages(world)
    _check(world)
    found = {CONFIRMED.date: [CONFIRMED, FALSE_ALARM], LOWERED.date: [LOWERED]}
    found |= {OPEN_GAP.date: [OPEN_GAP], EXPLAINED_GAP.date: [EXPLAINED_GAP]}
    with lake.open_writer(world.home, "Asia/Tokyo") as con:
        for day, findings in found.items():
            replace_findings(con, day, findings, [], _clock(night_after(day)))
    _decide(world)
    _sign(world)
    _look_with_detectors(world)
    return world


def _run_stages(world: World) -> None:
    rows = []
    for day in MONTH.days:
        rows.append(stage_row("check", day))
        if day.day == NOT_DETECTED_ON:
            rows.append(stage_row("detect", day, "failed"))
            continue
        rows.append(stage_row("detect", day))
        if day.day == MENDED_ON:
            rows.append(stage_row("report", day, "failed", minutes=1))
        rows.append(stage_row("report", day, minutes=2))
    world.write("stage_run", rows)


def _check(world: World) -> None:
    rows = [
        {
            "log_date": day,
            "suite": "site_day",
            "check_id": "hours-covered",
            "site_id": site,
            "severity": "warning",
            "success": day.day != FAILED_CHECK_ON or site != "shop-001",
            "observed": "",
            "expected": "",
            "title_ja": "記録のある時間",
            "title_en": "Hours with records",
            "checked_at": night_after(day),
        }
        for day in MONTH.days
        for site in ("portal", "shop-001")
    ]
    world.write("check_result", rows)


def _look_with_detectors(world: World) -> None:
    rows = [
        {
            "log_date": day,
            "detector": detector,
            "mode": "failed"
            if (day.day, detector) == (FAILED_DETECTOR_ON, "brute-force")
            else "active",
            "candidates": 0,
            "findings": 0,
            "duration_ms": 1.0,
            "detected_at": night_after(day),
        }
        for day in MONTH.days
        if day.day != NOT_DETECTED_ON
        for detector in load_catalogue()
    ]
    with lake.open_writer(world.home, "Asia/Tokyo") as con:
        con.execute("delete from lake.detector_day")
        lake.insert_rows(con, "detector_day", rows)


# What people said of three findings, and how many hours after the night.
_VERDICTS: tuple[tuple[Finding, Verdict, int], ...] = (
    (CONFIRMED, "confirmed", 2),
    (FALSE_ALARM, "false_alarm", 6),
    (EXPLAINED_GAP, "explained", 1),
)


def _clock(instant: dt.datetime) -> Callable[[], dt.datetime]:
    """A clock that stands still."""
    return lambda: instant


def _decide(world: World) -> None:
    for one, verdict, hours in _VERDICTS:
        at = night_after(one.date) + dt.timedelta(hours=hours)
        word = Word("closed", "officer", verdict)
        decide(world.home, world.settings, [one.finding_id], word, _clock(at))


def _sign(world: World) -> None:
    days = MONTH.days[:CHANGED_ON]
    sign(world.home, world.settings, days, OFFICER, "=朝会", lambda: NOW)
    later = NOW + dt.timedelta(minutes=1)
    sign(world.home, world.settings, days[1:2], "監査 次郎", None, lambda: later)
    late = finding(CHANGED_ON, 1, severity=Severity.LOW)
    world.detect(late.date, [late], minutes=30)
    world.stage("report", late.date, minutes=31)
