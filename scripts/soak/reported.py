"""What people read after a night: each day's report as it stands then."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.report.index import PAGE, SUMMARY, days_in


@dataclass(frozen=True)
class Reported:
    """A finding above `info` of a report."""

    site_id: str
    detector: str
    severity: str


@dataclass(frozen=True)
class Report:
    """A day's report: its verdict, what stands between it and an all-clear, findings, its page."""

    verdict: str
    troubles: dict[str, int]
    findings: tuple[Reported, ...]
    page: str

    def of(self, site_id: str) -> list[Reported]:
        """Return the findings on a site."""
        return [one for one in self.findings if one.site_id == site_id]


def reports(folder: Path, since: dt.date) -> dict[dt.date, Report]:
    """Return the reports from a day on, as they stand below a folder now."""
    return {on: _report(folder / str(on)) for on in days_in(folder) if on >= since}


def _report(folder: Path) -> Report:
    summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    page = (folder / PAGE).read_text(encoding="utf-8")
    return Report(summary["verdict"], summary["troubles"], tuple(_findings(folder)), page)


def _findings(folder: Path) -> Iterator[Reported]:
    for one in json.loads((folder / "findings.json").read_text(encoding="utf-8")):
        if one["severity"] != "info":
            yield Reported(one["site_id"], one["detector"], one["severity"])
