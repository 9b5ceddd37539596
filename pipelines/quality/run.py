"""Judges days: the suites of `expectations/` over the lake, results for the lake and Data Docs."""

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from pipelines.interpreter import great_expectations_imported
from pipelines.paths import EXPECTATIONS_DIR, Home
from pipelines.quality.basis import basis_of, carried_over, table_versions
from pipelines.quality.marts import make_mart_tables
from pipelines.quality.owners import FILES, Fault, read_own_suites
from pipelines.quality.result import CheckResult
from pipelines.quality.rows import days_with_rows, figures, make_own_rows, make_rows
from pipelines.quality.suites import Suite, load_suites
from pipelines.settings.model import Settings
from pipelines.text.messages import message

if TYPE_CHECKING:
    from pipelines.quality.engine import Engine, Outcome, Validation

FAULT_CHECK: Final = "file-usable"
"""The check that an owner's file fails when it cannot be used."""
_ROWS_OF_OWNERS = "site_day"  # the suite whose rows owners' expectations are about


@dataclass(frozen=True)
class Places:
    """Where a judgement reads its rules and the marts, and writes its Data Docs."""

    docs: Path
    marts: Path | None = None
    suites: Path = EXPECTATIONS_DIR

    @classmethod
    def of(cls, home: Home) -> "Places":
        """Return those of a working folder."""
        return cls(home.reports / "data-docs", home.marts)


@dataclass(frozen=True)
class _Case:
    """A suite, the table with the rows that it judges, the days to judge, what that rests on."""

    suite: Suite
    table: str
    days: Sequence[dt.date]
    basis: str | None = None


def judge(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    days: Sequence[dt.date],
    places: Places,
    clock: Callable[[], dt.datetime],
) -> list[CheckResult]:
    """Return what every check says of every day, in order of day, and write their Data Docs.

    A check that a day passes gives one result without a site; one that it fails gives a result
    for each site at fault, or one without a site when it is about the day as a whole. Suites about
    the lake as it is are judged for the last day; while nothing that they rest on has changed,
    their last results are carried over. An owner's file that is wrong is a check that failed on
    every day.

    Reads the lake only, and makes tables in memory; `lake.site_day` must be up to date for the
    days.

    Raises:
        MimamoriError: a suite of ours is wrong, or Great Expectations cannot evaluate it. A failed
            check is a result, never an error.
    """
    chosen = sorted(set(days))
    if not chosen:
        return []
    suites = load_suites(places.suites)
    load_great_expectations()
    from pipelines.quality.docs import write_docs  # noqa: PLC0415
    from pipelines.quality.engine import open_engine  # noqa: PLC0415

    checked_at = clock().astimezone(dt.UTC)
    carried, due = _carried_and_due(con, suites, places, chosen)
    cases = []
    for suite, basis in due:
        table = make_rows(con, settings, suite, chosen, checked_at)
        of_suite = chosen if suite.meta.judges == "day" else chosen[-1:]
        if suite.meta.skips_empty:
            of_suite = days_with_rows(con, table)
        cases.append(_Case(suite, table, of_suite, basis))
    with open_engine(con) as engine:
        validations = [
            (case.basis, validation)
            for case in cases
            for validation in engine.validate(case.suite, case.table, case.days)
        ]
        own = _of_owners(con, settings, cases, engine)
    validations += ((None, validation) for validation in own.validations)
    results = [
        replace(result, basis=basis)
        for basis, found in validations
        for result in results_of(found, checked_at)
    ]
    results += carried
    results += (one for day in chosen for one in own.about_files(day, checked_at))
    write_docs(
        con,
        [*suites, *own.suites],
        [found for _, found in validations],
        results,
        places.docs,
    )
    return sorted(results, key=lambda result: result.log_date)


def load_great_expectations() -> None:
    """Import it, which takes seconds, unless it is there: only a run that judges pays for it.

    A thread may do so while the lake is busy with what is to be judged.
    """
    # Else whoever logs from `info` on, as Airflow does, has every step of it, on standard output.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    with great_expectations_imported():
        import_module("pipelines.quality.docs")
        import_module("pipelines.quality.engine")


def _carried_and_due(
    con: duckdb.DuckDBPyConnection,
    suites: Sequence[Suite],
    places: Places,
    days: Sequence[dt.date],
) -> tuple[list[CheckResult], list[tuple[Suite, str | None]]]:
    """The results that are carried over, and the suites to judge with what each rests on."""
    carried: list[CheckResult] = []
    due: list[tuple[Suite, str | None]] = []
    has_marts = make_mart_tables(con, places.marts, days)
    versions = table_versions(con)
    for suite in suites:
        if suite.meta.reads_marts and not has_marts:
            continue
        if suite.meta.judges == "day":
            due.append((suite, None))
            continue
        basis = basis_of(suite, versions, places.marts)
        has_page = any(places.docs.glob(f"[0-9]*/{suite.name}.html"))
        found = carried_over(con, suite, basis, days[-1]) if has_page else []
        carried += found
        if not found:
            due.append((suite, basis))
    return carried, due


@dataclass(frozen=True)
class _Owners:
    """What owners expect, what came of it, and their files that are wrong."""

    suites: Sequence[Suite] = ()
    validations: Sequence["Validation"] = ()
    faults: Sequence[Fault] = ()

    def about_files(self, day: dt.date, checked_at: dt.datetime) -> Iterator[CheckResult]:
        """Yield a failed check for each wrong file, or one that passed; none without files."""
        usable = message("quality.owners.usable").texts
        good = CheckResult(
            log_date=day,
            suite=FILES,
            check_id=FAULT_CHECK,
            site_id=None,
            severity="warning",
            success=True,
            observed="file_usable=1",
            expected="file_usable=1",
            title_ja=usable["ja"],
            title_en=usable["en"],
            checked_at=checked_at,
        )
        if self.suites and not self.faults:
            yield good
        for fault in self.faults:
            yield replace(
                good,
                success=False,
                observed="file_usable=0",
                title_ja=fault.in_language("ja"),
                title_en=fault.in_language("en"),
            )


def _of_owners(
    con: duckdb.DuckDBPyConnection, settings: Settings, cases: Sequence[_Case], engine: "Engine"
) -> _Owners:
    """Judge what owners expect of their sites' days; one that cannot be judged stops no other."""
    tables = [case.table for case in cases if case.suite.name == _ROWS_OF_OWNERS]
    if not tables or not settings.expectations:
        return _Owners()
    (table,) = tables
    found, faults = read_own_suites(settings.expectations, figures(con, table))
    suites, validations = [], []
    for one in found:
        try:
            rows, days = make_own_rows(con, settings, one, table)
            validations += engine.validate(one.suite, rows, days)
        except Exception as error:  # noqa: BLE001 - whatever an owner wrote
            faults.append(Fault.of(one, error))
        else:
            suites.append(one.suite)
    return _Owners(suites, validations, faults)


def results_of(validation: "Validation", checked_at: dt.datetime) -> Iterator[CheckResult]:
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
            observed=_counts(validation, outcome),
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


def _counts(validation: "Validation", outcome: "Outcome") -> str:
    """How many sites a check that passed rests on; `judged` leaves out those without history."""
    if validation.suite.meta.judges == "lake":
        return f"rows={outcome.rows}"
    judged = "" if outcome.judged is None else f" judged={outcome.judged}"
    return f"sites={outcome.rows}{judged}"
