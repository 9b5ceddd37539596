"""Detection of a night's days: what detectors and rules find, weighed together and written."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import duckdb

from pipelines import lake
from pipelines.asking.send import note_sent
from pipelines.context.directory import keep_directory
from pipelines.context.load import make_context_tables, read_all
from pipelines.context.watch import keep_watch
from pipelines.coverage.blind import make_blind_sites
from pipelines.deliver.ledger import Ledger
from pipelines.detect.aggregates import load_macros, refresh_stale_aggregates
from pipelines.detect.cache import cache_lake
from pipelines.detect.day import drop_day_tables
from pipelines.detect.explain import explained
from pipelines.detect.run import detect_day
from pipelines.detect.trust import as_partners_word
from pipelines.findings import Finding
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.model import Settings
from pipelines.triage.assess import assess
from pipelines.triage.cases.ask import take_answers
from pipelines.triage.cases.ids import join_cases
from pipelines.triage.detected import replace_findings
from pipelines.triage.pseudonymous import apart_from_pseudonyms
from pipelines.triage.shadow import weighed_alone

if TYPE_CHECKING:
    from pipelines.detect.sigma.night import SigmaDay

log = logging.getLogger(__name__)

_READ = frozenset({
    "agent", "case_decision", "client", "crawler_rule", "explanation_day", "findings", "ledger",
    "ledger_day", "person", "person_change", "request_profile", "reverse_dns", "service_user",
    "session_user", "site", "site_closure", "site_day", "site_field_day", "suppression", "triage",
    "user_alias", "user_day",
})  # fmt: skip
_WRITTEN = frozenset(
    {"context_read", "detector_day", "explanation_day", "findings", "incident", "shadow_finding"}
)


def detect_days(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    home: Home,
    days: Sequence[dt.date],
    clock: Callable[[], dt.datetime],
) -> list[Finding]:
    """Write what detectors and Sigma rules find on the days, in order; return it as it stands."""
    findings: list[Finding] = []
    refresh_stale_aggregates(con, days, clock, settings.context.windows)
    reads = read_all(con, settings)
    load_macros(con)
    keep_directory(con, settings, reads, clock())
    keep_watch(con, reads, Pseudonyms.of(home), clock())
    join_cases(con)
    make_context_tables(con, settings, reads)
    with lake.held_in_memory(con, home, len(days), _READ, _WRITTEN):
        cache_lake(con)
        with_rules = _sigma_of(settings) if settings.rules else None
        for day in sorted(days):
            make_blind_sites(con, settings, day)
            detected = detect_day(con, settings, day)
            all_found, runs, shadow = detected.findings, detected.runs, detected.shadow
            if with_rules is not None:
                sigma = with_rules(con, day)
                all_found, runs = (*all_found, *sigma.findings), (*runs, *sigma.runs)
                shadow = (*shadow, *sigma.shadow)
            found = as_partners_word(con, settings, day, all_found)
            others, standing = apart_from_pseudonyms(con, day, found)
            assessed = [*assess(con, settings, day, others), *standing]
            kept_apart = weighed_alone(con, settings, day, shadow) if shadow else []
            written = replace_findings(con, day, assessed, runs, clock, explained(con), kept_apart)
            log.info("%s: %d findings", day, len(written))
            findings += written
        drop_day_tables(con)
    note_sent(con, Ledger(home.deliveries))
    take_answers(con, home, settings, reads, clock)
    return findings


def _sigma_of(settings: Settings) -> "Callable[[duckdb.DuckDBPyConnection, dt.date], SigmaDay]":
    """What finds by the rules of the settings, each rule read once."""
    from pipelines.detect.sigma.night import (  # noqa: PLC0415 - pySigma loads slowly
        detect_sigma,
        rulebook_of,
    )

    rules = rulebook_of(settings)
    return lambda con, day: detect_sigma(con, settings, day, rules)
