"""Detection of a night's days: what detectors and rules find, weighed together and written."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import duckdb

from pipelines import lake
from pipelines.asking.send import note_sent
from pipelines.context.directory import keep_directory
from pipelines.context.load import make_context_tables, read_all
from pipelines.context.read import ContextRead
from pipelines.context.watch import keep_watch
from pipelines.coverage.blind import make_blind_sites
from pipelines.deliver.ledger import Ledger
from pipelines.detect.aggregates import load_macros, refresh_stale_aggregates
from pipelines.detect.cache import cache_lake
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.day import drop_day_tables
from pipelines.detect.explain import NOTHING_EXPLAINED, Explained, explained, sources_read
from pipelines.detect.jobs import Job, Names, run_jobs
from pipelines.detect.parts import OF_REASONS, RULES
from pipelines.detect.run import DayDetection, Measured, concluded, measured_day
from pipelines.findings import Finding
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.model import Settings
from pipelines.sites.state import hold_site_states
from pipelines.triage.cases.ask import take_answers
from pipelines.triage.cases.ids import join_cases
from pipelines.triage.detected import days_on_file, replace_findings
from pipelines.triage.pseudonymous import pseudonymous_users
from pipelines.triage.weigh import weigh, weigh_alone

log = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]
_NOTHING = DayDetection()
Rules = Callable[[duckdb.DuckDBPyConnection, dt.date], DayDetection]

_READ = frozenset({
    "agent", "ai_agent", "case_decision", "check_result", "client", "correction", "crawler_rule",
    "explanation_day", "findings", "ledger", "ledger_day", "person", "person_change",
    "request_profile", "reverse_dns", "service_user", "session_user", "shadow_finding", "site",
    "site_closure", "site_day", "site_field_day", "suppression", "triage", "user_alias",
    "user_day",
})  # fmt: skip
_WRITTEN = frozenset(
    {"context_read", "detector_day", "explanation_day", "findings", "incident", "shadow_finding"}
)


@dataclass(frozen=True)
class Examined:
    """What a day, or a part of it, was found to hold, before all of it is weighed together."""

    measured: tuple[Measured, ...] = ()
    rules: DayDetection = _NOTHING
    explained: Explained = NOTHING_EXPLAINED
    pseudonyms: frozenset[str] = frozenset()
    sources: tuple[dict[str, Any], ...] = ()


class Ready(Protocol):
    """Days that were examined before, in parts."""

    @property
    def began_at(self) -> dt.datetime | None:
        """Since when lines that came are not looked at."""

    def of(self, con: duckdb.DuckDBPyConnection, day: dt.date) -> Examined | None:
        """Return what a day holds; None where that is not known, or rests on what has changed.

        Days are asked for in order, each before its findings are written.
        """


def detect_days(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    home: Home,
    days: Sequence[dt.date],
    clock: Clock,
    ready: Ready | None = None,
) -> list[Finding]:
    """Write what detectors and Sigma rules find on the days, in order; return it as it stands.

    A day that is `ready`, as its parts were examined side by side, is not examined again.
    """
    findings: dict[dt.date, list[Finding]] = {}
    reads = prepare(con, settings, home, days, clock)
    make_context_tables(con, settings, reads)
    with lake.held_in_memory(con, home, len(days), _READ, _WRITTEN):
        cache_lake(con)
        hold_site_states(con, settings, days)
        rules = rules_of(settings)
        written = Names("", lake.resting_on(con, _WRITTEN))
        on_file = days_on_file(con, days)
        waiting: list[Job] = []

        def weigh(day: dt.date, examined: Examined, own: duckdb.DuckDBPyConnection) -> None:
            if day in findings:  # what runs beside it was tried twice
                return

            def weighed() -> list[Finding]:
                is_first = day not in on_file
                on_file.add(day)  # a second try finds what the first may have written
                return _weighed(own, settings, day, examined, clock, is_first=is_first)

            findings[day] = lake.retried_without_limit(own, weighed)
            log.info("%s: %d findings", day, len(findings[day]))

        with lake.limited_memory(con) as limit:
            for day in sorted(days):
                limit.renew()
                examined = None
                if ready is not None:
                    run_jobs(waiting)
                    waiting.clear()
                    examined = ready.of(con, day)
                if examined is None:
                    try:
                        examined = examine(con, settings, day, rules, beside=waiting)
                    except Exception:
                        run_jobs(waiting)  # what was found before is kept all the same
                        raise
                if day != min(days):  # the context was read once for all of them
                    examined = replace(examined, explained=examined.explained.without_sources())
                # Much of the next day can be examined meanwhile.
                waiting = [Job.on_cursor(con, written, partial(weigh, day, examined))]
            run_jobs(waiting)
        drop_day_tables(con)
    note_sent(con, Ledger(home))
    take_answers(con, home, settings, reads, clock)
    return [finding for day in sorted(findings) for finding in findings[day]]


def prepare(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    home: Home,
    days: Sequence[dt.date],
    clock: Clock,
) -> dict[str, ContextRead]:
    """Bring the lake up to what detection of the days rests on; return what the context says."""
    refresh_stale_aggregates(con, days, clock, settings.context.windows)
    reads = read_all(con, settings)
    load_macros(con)
    keep_directory(con, settings, reads, clock())
    keep_watch(con, reads, Pseudonyms.of(home), clock())
    join_cases(con)
    return reads


def examine(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: dt.date,
    rules: Rules | None,
    part: str | None = None,
    beside: Sequence[Job] = (),
) -> Examined:
    """Return what a day holds, or what one part of its detection finds there. Writes nothing.

    The tables of the context and the cache must stand. What runs `beside` may be run twice; what
    rests on it waits for it.
    """
    sites = Job.on_cursor(
        con,
        Names("", frozenset({"blind_site", "site_state"})),
        lambda own: make_blind_sites(own, settings, day),
    )
    measured = tuple(measured_day(con, settings, day, part, [*beside, sites]))
    found = _NOTHING
    if rules is not None and part in {None, RULES}:
        lake.remove_limit(con)  # a rule that runs out of memory has failed
        found = rules(con, day)
    sources = sources_read(con)
    if part not in {None, OF_REASONS}:
        return Examined(measured, found, sources=sources)
    return Examined(
        measured,
        found,
        lake.retried_without_limit(con, lambda: explained(con)),
        lake.retried_without_limit(con, lambda: pseudonymous_users(con)),
        sources,
    )


def _weighed(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: dt.date,
    examined: Examined,
    clock: Clock,
    *,
    is_first: bool,
) -> list[Finding]:
    """Weigh together what a day holds, and put it in place of what was there before.

    Where it `is_first` nothing was.
    """
    detectors = load_catalogue().values()
    detected = concluded(examined.measured, detectors)
    rules = examined.rules
    shadow = (*detected.shadow, *rules.shadow)
    found = (*detected.findings, *rules.findings)
    weighed = weigh(con, settings, day, found, examined.pseudonyms)
    alone = weigh_alone(con, settings, day, shadow, examined.pseudonyms) if shadow else []
    runs = (*detected.runs, *rules.runs)
    return replace_findings(
        con, day, weighed, runs, clock, examined.explained, alone, is_first=is_first
    )


def rules_of(settings: Settings) -> Rules | None:
    """Return what finds by the Sigma rules of the settings, each read once; None without any."""
    if not settings.rules:
        return None
    from pipelines.detect.sigma.night import (  # noqa: PLC0415 - pySigma loads slowly
        detect_sigma,
        rulebook_of,
    )

    book = rulebook_of(settings)
    return lambda con, day: detect_sigma(con, settings, day, book)
