"""Findings and a lake for tests of what becomes of them after the detectors."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from pipelines import lake
from pipelines.context.load import make_context_tables
from pipelines.findings import Assessment, Finding, Severity, Weighed, WeighedBy
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.triage.cases.commands import findings_and_cases
from pipelines.triage.detected import replace_findings
from pipelines.triage.weigh import weigh

ZONE = ZoneInfo("Asia/Tokyo")
DAY = dt.date(2026, 11, 19)
_SITE = {"id": "site", "group": "main", "domains": ["site.example"], "logs": ["site/*"]}


def at(clock: str, day: dt.date = DAY) -> dt.datetime:
    """Return a local time of day as an instant."""
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), ZONE)


def clock_at(day: dt.date = DAY + dt.timedelta(days=1), clock: str = "02:00"):
    """Return a clock that stands still."""
    return lambda: at(clock, day)


def make(detector: str = "bulk-record-access", **values: Any) -> Finding:
    """Return a finding as detectors give it, `values` in place of the plain ones."""
    actor = values.get("actor", "st-1")
    site = values.get("site_id", "site")
    base: dict[str, Any] = {
        "finding_id": f"{detector}-{actor}-{site}",
        "date": DAY,
        "detector": detector,
        "category": "personal_data",
        "severity": Severity.HIGH,
        "score": 60.0,
        "site_id": site,
        "franchise": None,
        "actor_kind": "user",
        "actor": actor,
        "first_seen": at("09:00"),
        "last_seen": at("17:00"),
        "event_count": 60,
        "subject_count": 60,
        "summary": f"{actor} on {site}",
        "evidence": {"data_level": 3},
        "measures": (5,),
    }
    return Finding(**{**base, **values})


def beyond_budget(found: Severity, score_before: float = 70.0, **values: Any) -> Finding:
    """Return a finding for which the night's budget had no place."""
    step = Weighed(WeighedBy.BUDGET, None, found, Severity.LOW)
    assessment = Assessment(score_before=score_before)
    return make(severity=Severity.LOW, lowered=(step,), assessment=assessment, **values)


def settings_in(folder: Path, **values: Any) -> Settings:
    """Return settings with one site and `values`."""
    path = folder / "mimamori.yaml"
    path.write_text(yaml.safe_dump({**values, "sites": [_SITE]}), encoding="utf-8")
    return load(path)


def detected(
    home: Home, settings: Settings, findings: Sequence[Finding], day: dt.date = DAY
) -> list[Finding]:
    """Let the findings be what the detectors found of the day; return them as they stand."""
    with lake.open_writer(home, settings.timezone) as con:
        make_context_tables(con, settings)
        weighed = weigh(con, settings, day, findings, frozenset())
        return replace_findings(con, day, weighed, [], clock_at())


def findings_of(home: Home, settings: Settings, day: dt.date) -> list[Finding]:
    """Return the findings of a day as they stand, in the order in which they are listed."""
    return findings_and_cases(home, settings, day)[0]
