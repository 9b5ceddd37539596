"""A small lake made by real ingest, findings put into it, and exports taken from it."""

import datetime as dt
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipelines import lake
from pipelines.export.run import Exported, What, export
from pipelines.export.selection import Wanted
from pipelines.findings import Finding, Severity
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.triage.detected import replace_findings

ZONE = ZoneInfo("Asia/Tokyo")
DAY = dt.date(2026, 11, 19)
NOW = dt.datetime(2026, 11, 20, 2, 0, tzinfo=ZONE)
SETTINGS = """timezone: Asia/Tokyo
resources:
  customers:
    - {id: customer, kind: record, path: "/customers/{subject}", level: 3}
sites:
  - id: shop
    group: main
    domains: [shop.example]
    logs: ["shop/*"]
    format: combined
    resources: customers
  - {id: desk, group: main, domains: [desk.example], logs: ["desk/*"], format: combined}
"""
TRICK = "\u202e\u2066\x1b[31m\u200b'\"><img src=x>"
_REQUESTS = (
    r'192.0.2.1 - - [{}] "GET /?a=1 HTTP/1.1" 200 512 "-" "=1+1"',
    r'192.0.2.1 - st-1 [{}] "GET /customers/7 HTTP/2.0" 200 9 "-" "Mozilla/5.0"',
    r'2001:db8::7 - - [{}] "POST /a\"b\\c HTTP/1.1" 404 - "https://x.example/\xe3\x81\x82" "a\tb"',
    r'192.0.2.2 - - [{}] "\x16\x03\x01" 400 0 "-" "a\x1b[31m"',
    r'192.0.2.3 - - [{}] "PROPFIND /dav HTTP/1.1" 405 3 "-" "@SUM(A1)"',
    r'192.0.2.4 - - [{}] "GET /" 200 1 "-" "\xe2\x80\xaeevil"',
    rf'192.0.2.5 - - [{{}}] "GET /{"a" * 40_000} HTTP/1.1" 414 0 "-" "-"',
    r'192.0.2.6 - - [{}] "GET /x HTTP/1.1" 000 0 "+1" "http://link.example"',
)
HOSTILE_LINES = tuple(
    request.format(f"19/Nov/2026:09:00:0{second} +0900") for second, request in enumerate(_REQUESTS)
)


@dataclass(frozen=True)
class Folder:
    """A user's folder: settings, landing folder and lake."""

    root: Path
    home: Home
    settings: Settings

    @classmethod
    def at(cls, root: Path) -> "Folder":
        """Write the settings and return the folder."""
        (root / "mimamori.yaml").write_text(SETTINGS, encoding="utf-8")
        return cls(root, Home(root / "var"), load(root / "mimamori.yaml"))

    def deliver(self, name: str, lines: Sequence[str]) -> None:
        """Let a log file hold `lines`, and ingest it."""
        path = self.home.logs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        result = stages.ingest(self.settings, self.home, clock=lambda: NOW)
        assert not result.failures

    def detected(self, findings: Sequence[Finding], day: dt.date = DAY) -> None:
        """Let the findings be what the detectors found of the day."""
        with lake.open_writer(self.home, self.settings.timezone) as con:
            replace_findings(con, day, findings, [], lambda: NOW)

    def export(
        self, what: What, form: str, out: Path | None = None, **wanted: Any
    ) -> tuple[bytes, Exported]:
        """Return what an export writes, and what it says of it."""
        stream = io.BytesIO()
        done = export(
            self.home,
            self.settings,
            what,
            form,
            Wanted(**wanted),
            out,
            stream,
        )
        return (out.read_bytes() if out else stream.getvalue()), done

    def documents(self, what: What, form: str, **wanted: Any) -> list[dict[str, Any]]:
        """Return the lines of an export as objects."""
        return [json.loads(line) for line in self.export(what, form, **wanted)[0].splitlines()]


def line(second: int, path: str = "/", day: str = "19/Nov/2026") -> str:
    """Return an ordinary line."""
    return f'192.0.2.9 - - [{day}:10:00:{second:02} +0900] "GET {path} HTTP/1.1" 200 5 "-" "M"'


def make(detector: str = "sql-injection", **values: Any) -> Finding:
    """Return a finding about an address, `values` in place of the plain ones."""
    actor = values.get("actor", "192.0.2.1")
    base: dict[str, Any] = {
        "finding_id": f"{detector}-{actor}",
        "date": DAY,
        "detector": detector,
        "category": "web_attack",
        "severity": Severity.HIGH,
        "score": 60.5,
        "site_id": "shop",
        "franchise": None,
        "actor_kind": "ip",
        "actor": actor,
        "first_seen": dt.datetime(2026, 11, 19, 9, 0, 0, 123456, tzinfo=ZONE),
        "last_seen": dt.datetime(2026, 11, 19, 17, 0, tzinfo=ZONE),
        "event_count": 60,
        "subject_count": 0,
        "summary": f"{actor}",
        "evidence": {"observed": 60, "paths": ["/?q=1%27"], "query": "select 1"},
        "measures": (4, 6),
    }
    return Finding(**{**base, **values})


def every_kind() -> list[Finding]:
    """Return findings of every category, severity and kind of actor, some of them hostile."""
    user = {"category": "personal_data", "actor_kind": "user"}
    return [
        make(),
        make(actor="2001:db8::7", severity=Severity.CRITICAL, score=99.0),
        make("bulk-record-access", actor="st-1", severity=Severity.MEDIUM, **user),
        make("impossible-travel", actor="=cmd|'/c calc'!A1", status="acknowledged", **user),
        make("brute-force", actor="192.0.2.77", category="authentication", status="closed"),
        make("session-hijack", actor="5f1d", category="authentication", actor_kind="session"),
        make("log-gap", actor="desk", category="operations", actor_kind="site", site_id="desk"),
        make("scanner-user-agent", actor="192.0.2.8", severity=Severity.LOW, status="suppressed"),
        make(
            "sigma:5f0f", actor=TRICK, severity=Severity.INFO, score=0.0, site_id=None,
            summary=f"\t=1+1 {TRICK} {'長' * 40_000}",
            evidence={TRICK: [TRICK, None, {"x": TRICK}]},
        ),
    ]  # fmt: skip
