"""What a day's report says, read back from its folder: deliveries rest on what people can open."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipelines.errors import MimamoriError
from pipelines.findings import Severity
from pipelines.report.franchise.summaries import ShopSummary
from pipelines.report.index import PAGE, SUMMARY, Summary
from pipelines.report.verdict import Verdict
from pipelines.text.messages import message
from pipelines.triage.incidents import OPEN_STATUSES

FINDINGS = "findings.json"
TABLE = "findings.csv"


@dataclass(frozen=True)
class Headline:
    """One finding as a letter shows it; the texts are as they stand in the report's data."""

    finding_id: str
    severity: Severity
    is_open: bool
    summary: str
    site_id: str | None = None
    category: str | None = None


@dataclass(frozen=True)
class ReportedDay:
    """A day that has a report, with its findings in the report's order.

    `is_part` where somebody hears of a part alone: its findings, and no figure of the whole. `path`
    is that of the page below the day's folder; `shop` says of the part of a shop what is open from
    before and since when no logs came.
    """

    summary: Summary
    headlines: tuple[Headline, ...]
    folder: Path
    is_part: bool = False
    path: str = PAGE
    shop: ShopSummary | None = None

    @property
    def on(self) -> dt.date:
        """The day."""
        return self.summary.on

    @property
    def page(self) -> Path:
        """The report itself."""
        return self.folder / self.path

    @property
    def address(self) -> str:
        """The address of the page, below that at which reports are served."""
        return f"{self.on.isoformat()}/{self.path}"

    @property
    def worst(self) -> Severity | None:
        """The severity of the gravest open finding, or of a case that added up to more."""
        found = [worst_of(self.summary.open), Severity.HIGH if self._high_cases else None]
        return min((one for one in found if one), key=lambda one: one.rank, default=None)

    @property
    def _high_cases(self) -> int:
        """How many cases are `high` since the day by their sum alone, or for want of an answer."""
        cases = self.summary.cases
        return cases.get("added_up", 0) + cases.get("unanswered", 0)

    @property
    def urgent(self) -> tuple[Headline, ...]:
        """Open findings that somebody must look at."""
        return tuple(one for one in self.headlines if one.is_open and one.severity.needs_a_look)

    def warrants(self, threshold: Severity) -> bool:
        """Return whether people must be told now.

        True with an open finding or a sum of `threshold` or graver, and for a day that could not be
        judged: of a part, that is told by whoever hears of the whole.
        """
        worst = self.worst
        is_unjudged = self.summary.verdict is Verdict.UNJUDGED and not self.is_part
        return is_unjudged or (worst is not None and worst.rank <= threshold.rank)

    def fingerprint(self, threshold: Severity) -> str:
        """Return a text that changes with what is at or above `threshold`.

        What people decided (acknowledged, closed, suppressed) does not change it.
        """
        grave = sorted(
            f"{one.severity} {one.finding_id}"
            for one in self.headlines
            if one.severity.rank <= threshold.rank
        )
        if self._high_cases and Severity.HIGH.rank <= threshold.rank:
            grave.append(f"cases {self._high_cases}")
        judged = self.summary.verdict is not Verdict.UNJUDGED
        return digest_of([str(judged), *grave])

    def files(self) -> tuple[Path, ...]:
        """Return the files that a copy of the report consists of, the page last."""
        names = (FINDINGS, TABLE, SUMMARY, PAGE)
        return tuple(self.folder / name for name in names if (self.folder / name).is_file())


def worst_of(counts: Mapping[Severity, int]) -> Severity | None:
    """Return the gravest severity that is counted, info and low among them."""
    return min((one for one, n in counts.items() if n), key=lambda one: one.rank, default=None)


def digest_of(parts: list[str]) -> str:
    """Return a short fingerprint of texts in their order."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def read_day(reports: Path, on: dt.date) -> ReportedDay:
    """Return what the report of `on` below `reports` says.

    Raises:
        MimamoriError: there is no report of that day, or it cannot be read.
    """
    folder = reports / on.isoformat()
    try:
        summary = Summary.model_validate_json((folder / SUMMARY).read_text(encoding="utf-8"))
        findings = json.loads((folder / FINDINGS).read_text(encoding="utf-8"))
        headlines = tuple(_headline(one) for one in findings)
    except FileNotFoundError:
        raise MimamoriError(message("deliver.day.no_report", at=folder, on=on)) from None
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        raise MimamoriError(message("deliver.day.cannot_be_read", at=folder, on=on)) from None
    return ReportedDay(summary, headlines, folder)


def readable_days(reports: Path, days: Iterable[dt.date]) -> list[ReportedDay]:
    """Return those of `days` whose reports can be read: past ones stand in nobody's way."""
    found = []
    for on in days:
        with suppress(MimamoriError):
            found.append(read_day(reports, on))
    return found


def _headline(one: Mapping[str, Any]) -> Headline:
    return Headline(
        str(one["finding_id"]),
        Severity(one["severity"]),
        one["status"] in OPEN_STATUSES,
        str(one["summary"]),
        one.get("site_id"),
        one.get("category"),
    )
