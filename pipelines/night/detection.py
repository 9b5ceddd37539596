"""Detection of a night's days: what detectors and rules find, weighed together and written."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence

import duckdb

from pipelines.context.directory import keep_directory
from pipelines.context.load import make_context_tables, read_all
from pipelines.coverage.blind import make_blind_sites
from pipelines.detect.aggregates import refresh_stale_aggregates
from pipelines.detect.cache import cache_lake
from pipelines.detect.explain import explained
from pipelines.detect.run import detect_day
from pipelines.detect.sigma.night import detect_sigma, rulebook_of
from pipelines.detect.trust import as_partners_word
from pipelines.findings import Finding
from pipelines.settings.model import Settings
from pipelines.triage.assess import assess
from pipelines.triage.detected import replace_findings
from pipelines.triage.pseudonymous import apart_from_pseudonyms

log = logging.getLogger(__name__)


def detect_days(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    days: Sequence[dt.date],
    clock: Callable[[], dt.datetime],
) -> list[Finding]:
    """Write what detectors and Sigma rules find on the days, in order; return it as it stands."""
    findings: list[Finding] = []
    refresh_stale_aggregates(con, days, clock, settings.context.windows)
    reads = read_all(con, settings)
    keep_directory(con, settings, reads, clock())
    make_context_tables(con, settings, reads)
    cache_lake(con)
    rules = rulebook_of(settings)
    for day in sorted(days):
        make_blind_sites(con, settings, day)
        detected = detect_day(con, settings, day)
        sigma = detect_sigma(con, settings, day, rules)
        found = as_partners_word(con, settings, day, (*detected.findings, *sigma.findings))
        others, standing = apart_from_pseudonyms(con, day, found)
        assessed = [*assess(con, settings, day, others), *standing]
        runs = (*detected.runs, *sigma.runs)
        written = replace_findings(con, day, assessed, runs, clock, explained(con))
        log.info("%s: %d findings", day, len(written))
        findings += written
    return findings
