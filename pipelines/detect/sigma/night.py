"""The Sigma rules of the settings over a day: what the nightly run asks for."""

import datetime as dt
import logging
import time
from typing import TYPE_CHECKING

import duckdb

from pipelines.detect.run import DayDetection, DetectorRun
from pipelines.detect.sigma.engine import match_rules
from pipelines.detect.sigma.raise_findings import raise_findings
from pipelines.detect.sigma.rule import Rule
from pipelines.detect.sigma.rulebook import Rulebook, load_rulebook
from pipelines.detect.sigma.tables import make_lake_tables
from pipelines.detect.tuning import Tuned, changes, tuned
from pipelines.errors import TimeLimitError
from pipelines.settings.model import Settings
from pipelines.time_limit import query_limit

if TYPE_CHECKING:
    from pipelines.findings import Finding

log = logging.getLogger(__name__)


def rulebook_of(settings: Settings) -> Rulebook:
    """Return the rules that the settings name; files that cannot be used are logged."""
    book = load_rulebook(settings.rules)
    for problem in book.errors:
        log.warning("Sigma rule left out: %s", problem)
    return book


def detect_sigma(
    con: duckdb.DuckDBPyConnection, settings: Settings, day: dt.date, book: Rulebook
) -> DayDetection:
    """Return what the rules find on a day; all share the time. Reads only; makes temporary tables.

    Those of the day (`day.make_day_tables`) must stand. What DuckDB cannot do, or not within
    `limits.detector_seconds` for all rules, is logged and the rules are marked `failed`: the night
    goes on without them. So are files that hold no usable rule.
    """
    unusable = [
        DetectorRun(f"sigma:{problem.path.name}", "failed", None, 0, 0, 0.0)
        for problem in {one.path: one for one in book.errors}.values()
    ]
    if not book.rules:
        return DayDetection(runs=tuple(unusable))
    franchises = dict(con.execute("select site_id, franchise from lake.site").fetchall())
    started = time.perf_counter()
    findings: list[Finding] = []
    has_failed = False
    try:
        with query_limit(con, settings.limits.detector_seconds, "Sigma rules"):
            make_lake_tables(con, day)
            match_rules(con, book.rules)
            findings = raise_findings(con, settings, day, book.rules, franchises)
    except (duckdb.Error, TimeLimitError) as error:
        log.error("Sigma rules, %s: %s", day, error)  # noqa: TRY400 - its message says it all
        has_failed = True
    finally:
        con.execute("drop table if exists sigma_match")
    took = (time.perf_counter() - started) * 1000
    ways = {rule.detector: way_of_rule(settings, rule) for rule in book.rules}
    told, shadow = (
        [one for one in findings if ways[one.detector].way_of(one.site_id).mode == mode]
        for mode in ("active", "shadow")
    )
    runs = [
        DetectorRun(
            rule.detector,
            "failed" if has_failed else ways[rule.detector].mode,
            None,
            count := sum(one.detector == rule.detector for one in (*told, *shadow)),
            count,
            took / len(book.rules),
            sum(one.detector == rule.detector for one in shadow),
            changes(settings.detectors, rule.detector),
        )
        for rule in book.rules
        if rule.is_reported
    ]
    return DayDetection(tuple(told), (*runs, *unusable), tuple(shadow))


def way_of_rule(settings: Settings, rule: Rule) -> Tuned:
    """Return the modes that settings give a rule; it has no parameters."""
    return tuned(settings.detectors, rule.detector, "active", {})
