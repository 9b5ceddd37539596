"""A day's facts for tests that need no lake: all well, unless said otherwise."""

import datetime as dt
from dataclasses import replace
from typing import Any

from pipelines.report.facts import (
    CheckCount,
    CheckFailure,
    DayFacts,
    Intake,
    SiteDay,
    StageRun,
)
from tests.report import report_lake


def make_site(site_id: str = "prime-office", **values: Any) -> SiteDay:
    """Return a site's ordinary day with `values` in place of its own."""
    base = SiteDay(
        site_id=site_id,
        group="main",
        franchise=None,
        domain="office.prime.example",
        lines=100,
        records=100,
        rejects=0,
        hours_with_records=24,
        first_time=report_lake.at(report_lake.DAY, "00:01"),
        last_time=report_lake.at(report_lake.DAY, "23:58"),
        users=5,
        bot_records=10,
        client_errors=3,
        server_errors=0,
        personal_accesses=40,
        last_seen_on=report_lake.DAY - dt.timedelta(days=1),
        checks_failed=0,
        checks_failed_critical=0,
    )
    return replace(base, **values)


def make_stage(stage: str, status: str = "done", message: str | None = None) -> StageRun:
    """Return a run of a stage."""
    return StageRun(stage, status, message, report_lake.NOW, report_lake.NOW)


def make_failure(site_id: str | None = "prime-office", *, critical: bool = True) -> CheckFailure:
    """Return a failed check."""
    return CheckFailure(
        "records-arrived", "site_day", site_id, critical, "records=0", "records>=1", "記録なし"
    )


def make_facts(**values: Any) -> DayFacts:
    """Return the facts of a quiet, complete day with `values` in place of its own."""
    base: dict[str, Any] = {
        "on": report_lake.DAY,
        "findings": (),
        "user_types": {},
        "sites": (make_site(),),
        "check_failures": (),
        "check_counts": (CheckCount("records-arrived", "site_day", "記録がある", "sites=1", 0),),
        "rejects": (),
        "readings": (),
        "readings_total": 0,
        "unreadable": (),
        "stages": (make_stage("check"), make_stage("detect")),
        "browsers": (),
        "bots": (),
        "countries": (),
        "history": (),
        "received_at": report_lake.NOW,
        "lines_since_last_report": 0,
        "last_report_at": None,
        "intake": Intake(make_stage("ingest"), is_after_day=True),
    }
    return DayFacts(**{**base, **values})
