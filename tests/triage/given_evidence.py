"""What the risk of a case reads of findings, for tests of it."""

import datetime as dt
from typing import Any

from pipelines.findings import Severity
from pipelines.triage.cases.risk import CaseDay, Evidence, course_of
from tests.detect.given_findings import DAY

HALF_LIFE = 14


def day_of(number: int) -> dt.date:
    """Return the day so many days after the first."""
    return DAY + dt.timedelta(days=number)


def evidence(number: int, severity: str = "low", score: float = 30.0, **values: Any) -> Evidence:
    """Return a finding of the day `number`, with `values` in place of the plain ones."""
    detector = values.pop("detector", "bulk-record-access")
    base = {"category": "personal_data", "site_id": "site", "event_count": 5, "subject_count": 5}
    return Evidence(
        f"{detector}-{number}", day_of(number), detector, severity=Severity(severity), score=score,
        **{**base, **values},
    )  # fmt: skip


OWNED_FROM = day_of(0)


def days_of(*found: Evidence, owned_from: dt.date | None = OWNED_FROM) -> tuple[CaseDay, ...]:
    """Return the days of a case with these findings, which somebody has from the first day on."""
    return course_of(found, HALF_LIFE, owned_from)
