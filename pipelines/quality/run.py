"""Judges days: the suites of `expectations/` over the lake, results for the lake and Data Docs."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipelines.interpreter import great_expectations_imported
from pipelines.paths import EXPECTATIONS_DIR
from pipelines.quality.result import CheckResult
from pipelines.quality.rows import make_rows
from pipelines.quality.suites import load_suites
from pipelines.settings.model import Settings

if TYPE_CHECKING:
    from pipelines.quality.engine import Outcome, Validation


def judge(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    days: Sequence[dt.date],
    docs_folder: Path,
    clock: Callable[[], dt.datetime],
    *,
    suites_folder: Path = EXPECTATIONS_DIR,
) -> list[CheckResult]:
    """Return what every check says of every day, in order of day, and write their Data Docs.

    A check that a day passes gives one result without a site; one that it fails gives a result
    for each site at fault, or one without a site when it is about the day as a whole. Reads the
    lake only, and makes tables in memory; `lake.site_day` must be up to date for the days.

    Raises:
        MimamoriError: a suite is wrong, or Great Expectations cannot evaluate it. A failed check
            is a result, never an error.
    """
    chosen = sorted(set(days))
    if not chosen:
        return []
    suites = load_suites(suites_folder)
    load_great_expectations()
    from pipelines.quality.docs import write_docs  # noqa: PLC0415
    from pipelines.quality.engine import open_engine  # noqa: PLC0415

    checked_at = clock()
    tables = [make_rows(con, settings, suite, chosen, checked_at) for suite in suites]
    with open_engine(con) as engine:
        validations = [
            validation
            for suite, table in zip(suites, tables, strict=True)
            for validation in engine.validate(suite, table, chosen)
        ]
    results = [result for found in validations for result in results_of(found, checked_at)]
    write_docs(suites, validations, results, docs_folder)
    return sorted(results, key=lambda result: result.log_date)


def load_great_expectations() -> None:
    """Import it, which takes seconds, unless it is there: only a run that judges pays for it.

    A thread may do so while the lake is busy with what is to be judged.
    """
    with great_expectations_imported():
        import_module("pipelines.quality.docs")
        import_module("pipelines.quality.engine")


def results_of(validation: "Validation", checked_at: dt.datetime) -> Iterable[CheckResult]:
    """Yield the results of a validation, in order of its checks and their sites."""
    checks = zip(validation.suite.expectations, validation.outcomes, strict=True)
    for check, outcome in checks:
        passed = CheckResult(
            log_date=validation.day,
            suite=validation.suite.name,
            check_id=check.meta.id,
            site_id=None,
            severity=check.severity,
            success=True,
            observed=_counts(outcome),
            expected=check.expected,
            title_ja=check.title("ja"),
            title_en=check.title("en"),
            checked_at=checked_at,
        )
        if outcome.success:
            yield passed
        for row in sorted(outcome.failing, key=lambda row: row.get("site_id") or ""):
            yield replace(
                passed,
                site_id=row.get("site_id"),
                success=False,
                observed=check.observed(row),
                title_ja=check.failure("ja", row),
                title_en=check.failure("en", row),
            )


def _counts(outcome: "Outcome") -> str:
    """How many sites a check that passed rests on; `judged` leaves out those without history."""
    judged = "" if outcome.judged is None else f" judged={outcome.judged}"
    return f"sites={outcome.rows}{judged}"
