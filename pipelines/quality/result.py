"""What a data-quality check says: the one shape that suites give, the lake keeps, reports show."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

CheckSeverity = Literal["critical", "warning"]


@dataclass(frozen=True)
class CheckResult:
    """One row of lake.check_result: a check of a day that passed, or one site that failed it.

    `basis` is a digest of what a result about the whole lake rests on, null for others.
    `site_id` is null when the check passed for every site or is about the day as a whole.
    `observed` and `expected` are figures as `name=value`, the same in every language; shares are
    fractions of 1. `checked_at` is an aware instant.
    """

    log_date: dt.date
    suite: str
    check_id: str
    site_id: str | None
    severity: CheckSeverity
    success: bool
    observed: str
    expected: str
    title_ja: str
    title_en: str
    checked_at: dt.datetime
    basis: str | None = None
