"""Reports of some days in a folder, as the report stage leaves them."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from pipelines.findings import Severity
from pipelines.report.index import Summary
from pipelines.report.verdict import Verdict

DAY = dt.date(2026, 11, 20)
NOW = dt.datetime(2026, 11, 20, 17, 5, tzinfo=dt.UTC)
ACTOR = "st-0412"
SITE = "prime-office"
ADDRESS = "203.0.113.77"
HOSTILE = (
    "x\r\nBcc: eve@evil.example\r\n\r\n<script>alert(1)</script> <!channel> @here \u202e & `*_"
)


def finding(number: int, severity: str, summary: str = "", status: str = "new") -> dict[str, Any]:
    """A finding as findings.json holds it, as far as deliveries read it."""
    said = f"{ACTOR} ({ADDRESS}) @ {SITE}: 40 件 <b>"
    return {
        "finding_id": f"f{number:03}",
        "severity": severity,
        "status": status,
        "site_id": SITE,
        "actor": ACTOR,
        "summary": summary or said,
    }


def report(
    reports: Path,
    findings: list[dict[str, Any]],
    on: dt.date = DAY,
    verdict: Verdict | None = None,
    lines: int = 1234,
) -> Path:
    """Write the report of a day and return its page."""
    open_ones = [one for one in findings if one["status"] in {"new", "acknowledged"}]
    counts = {one: sum(f["severity"] == one for f in open_ones) for one in Severity}
    by_severity = {Severity.CRITICAL: Verdict.ACT_NOW, Severity.HIGH: Verdict.ACT_TODAY}
    worst = min((one for one in Severity if counts[one]), key=lambda s: s.rank, default=None)
    summary = Summary(
        on=on,
        verdict=verdict or (by_severity.get(worst) if worst else None) or Verdict.CLEAR,
        open=counts,
        others=0,
        sites=16,
        sites_missing=1,
        lines=lines,
        rejects=0,
        checks=20,
        checks_failed=2,
        made_at=NOW,
    )
    folder = reports / on.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_text(summary.model_dump_json(), encoding="utf-8")
    (folder / "findings.json").write_text(json.dumps(findings), encoding="utf-8")
    (folder / "findings.csv").write_text("finding_id\r\n", encoding="utf-8")
    page = folder / "index.html"
    page.write_text(f"<html><meta charset=utf-8>報告 {on} {len(findings)}</html>", encoding="utf-8")
    return page
