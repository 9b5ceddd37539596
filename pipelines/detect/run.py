"""Runs the detectors over a day: SQL over the day's rows and the aggregates of the days before."""

import datetime as dt
import json
import logging
import re
import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from pipelines.detect.catalogue import Detector, load_catalogue
from pipelines.detect.codes import filled, of_wrong_type, without_words
from pipelines.detect.day import bound_names, day_work
from pipelines.detect.jobs import AT_ONCE, Job, Names, run_jobs
from pipelines.detect.judgement import judged
from pipelines.detect.parts import detectors_of
from pipelines.detect.score import significant
from pipelines.detect.trace import Trace, traces_of
from pipelines.detect.tuning import Tuned, Way, changes, tuned
from pipelines.detect.wording import as_text, named_values, summary_of
from pipelines.errors import MimamoriError
from pipelines.findings import Finding, Severity, WeighedBy
from pipelines.lake import identifier, quoted, retried_without_limit
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.text.words import Words
from pipelines.time_limit import query_limit

log = logging.getLogger(__name__)

_EVIDENCE_CHARACTERS = 1000
# A finding may name an IPv6 /64 (sql/day/client.sql), which no row of the log has as its address.
_SLASH64 = re.compile(r"client_ip = '(?P<prefix>[0-9a-f:]+)::/64'")


@dataclass(frozen=True)
class DetectorRun:
    """What one detector did on a day; `tests` is None where it makes no statistical tests.

    Of the `findings` so many are `shadow_findings`, which are not told; `settings` is what the
    settings change of it, as JSON, None where it ran as it is shipped. Where it `failed`, it has
    not looked at the `unexamined_sites`, None for all.
    """

    detector: str
    mode: str
    tests: int | None
    candidates: int
    findings: int
    duration_ms: float
    shadow_findings: int = 0
    settings: str | None = None
    unexamined_sites: tuple[str, ...] | None = None


@dataclass(frozen=True)
class DayDetection:
    """What is found on a day, what in `shadow` alone, and what each detector did."""

    findings: tuple[Finding, ...] = ()
    runs: tuple[DetectorRun, ...] = ()
    shadow: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Measured:
    """What one detector measured on a day, before it is known what of it may be chance.

    Of `told` and `shadow` each has its p-value, 0 where it makes no test. Of the `tests`, None
    where it makes none, `counted_tests` count among those of the day; `largest_p` is the largest
    p-value with which any of them lets through what it found.
    """

    detector: str
    mode: str
    tests: int | None
    counted_tests: int
    largest_p: float
    duration_ms: float
    settings: str | None
    told: tuple[tuple[float, Finding], ...]
    shadow: tuple[tuple[float, Finding], ...]
    unexamined_sites: tuple[str, ...] | None = None


@dataclass(frozen=True)
class _About:
    """What the findings of a day have in common."""

    settings: Settings
    day: dt.date
    franchises: dict[str, str | None]
    traces: dict[str, Trace]
    ids: KeyedIds


@dataclass(frozen=True)
class _Outcome:
    """The rows that the ways of a detector let through, those to be told and those in shadow."""

    detector: Detector
    tuned: Tuned
    rows: list[dict[str, Any]]
    shadow: list[dict[str, Any]]
    tests: int | None
    duration_ms: float = 0.0
    has_failed: bool = False
    unexamined_sites: tuple[str, ...] | None = None


def measured_day(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: dt.date,
    part: str | None = None,
    beside: Sequence[Job] = (),
) -> list[Measured]:
    """Return what the detectors measure on a day, those of one part or all of them.

    Reads only; makes tables in memory. Those of the context and the cache must stand
    (`context.make_context_tables`, `cache.cache_lake`). What runs `beside` may be run twice.

    A detector that fails, or takes longer than `limits.detector_seconds`, is logged and its run
    marked `failed`; what it had found until then stands, and the sites that it had not looked at
    are named. The others go on, since one line in a log must not be able to stop them all.
    """
    detectors = load_catalogue().values() if part is None else detectors_of(part)

    def examined() -> list[Measured]:
        work = day_work(con, settings, day, part)
        own = _Outcomes(con, settings, work.values, detectors)
        tables = [*beside, *work.jobs]
        if work.is_small:
            run_jobs([*tables, *own.jobs], AT_ONCE)
        else:  # statements that make tables of a large day are busy on all processors
            run_jobs(tables)
            run_jobs(own.jobs, AT_ONCE)
        return _measured(con, settings, day, own.found())

    return retried_without_limit(con, examined)


def judged_day(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: dt.date,
    values: dict[str, Any],
    detectors: Collection[Detector],
) -> DayDetection:
    """Return what some detectors find on a day whose tables stand; `values` are its parameters.

    How many findings may be chance is judged by the tests of these detectors, as in `concluded`.
    """
    own = _Outcomes(con, settings, values, detectors)
    run_jobs(own.jobs, AT_ONCE)
    return concluded(_measured(con, settings, day, own.found()), detectors)


def _measured(
    con: duckdb.DuckDBPyConnection, settings: Settings, day: dt.date, outcomes: Sequence[_Outcome]
) -> list[Measured]:
    franchises = con.execute("select site_id, franchise from cached.site").fetchall()
    names_users = any("user" in outcome.detector.actors for outcome in outcomes)
    traces = traces_of(con, day) if names_users else {}
    about = _About(settings, day, dict(franchises), traces, KeyedIds.of(con))

    def findings(
        outcome: _Outcome, rows: list[dict[str, Any]]
    ) -> tuple[tuple[float, Finding], ...]:
        return tuple(
            (row.get("p_value") or 0.0, _finding(about, outcome.detector, row)) for row in rows
        )

    return [
        Measured(
            outcome.detector.id,
            "failed" if outcome.has_failed else outcome.tuned.mode,
            outcome.tests,
            outcome.tests or 0 if outcome.tuned.mode == "active" else 0,
            float(outcome.tuned.general.values.get("max_p", 1.0)),
            outcome.duration_ms,
            changes(settings.detectors, outcome.detector.id),
            findings(outcome, outcome.rows),
            findings(outcome, outcome.shadow),
            outcome.unexamined_sites,
        )
        for outcome in outcomes
    ]


def concluded(measured: Collection[Measured], detectors: Collection[Detector]) -> DayDetection:
    """Return what is found on a day by all that these detectors measured.

    How many findings may be chance is judged for each category by itself: hundreds of tests of what
    sites answer must not hide a person who read too much (Efron 2008, Annals of Applied Statistics
    2, 197-223).
    """
    category = {detector.id: detector.category for detector in detectors}
    parts = defaultdict[str, list[Measured]](list)
    for one in measured:
        parts[category[one.detector]].append(one)
    limits = {
        part: significant(
            [p_value for one in own for p_value, _ in one.told if p_value],
            [(one.counted_tests, one.largest_p) for one in own],
        )
        for part, own in parts.items()
    }
    told: list[Finding] = []
    shadow: list[Finding] = []
    runs = []
    for one in measured:
        found, unsaid = (
            [finding for p_value, finding in some if p_value <= limits[category[one.detector]]]
            for some in (one.told, one.shadow)
        )
        told += found
        shadow += unsaid
        runs.append(
            DetectorRun(
                one.detector,
                one.mode,
                one.tests,
                len(one.told) + len(one.shadow),
                len(found) + len(unsaid),
                one.duration_ms,
                len(unsaid),
                one.settings,
                one.unexamined_sites,
            )
        )
    return DayDetection(tuple(told), tuple(runs), tuple(shadow))


class _Outcomes:
    """What every detector does within `limits.detector_seconds` each, once its job has run."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        settings: Settings,
        values: dict[str, Any],
        detectors: Collection[Detector],
    ) -> None:
        """Take the detectors in the order of the report, and the values that their queries bind."""
        self._settings, self._values = settings, values
        self._detectors = detectors
        self._found: dict[str, _Outcome] = {}
        self.jobs = [
            Job.on_cursor(con, _names_of(one), partial(self._run, one)) for one in detectors
        ]

    def found(self) -> list[_Outcome]:
        """Return the outcomes in the order of the detectors."""
        return [self._found[one.id] for one in self._detectors]

    def _run(self, detector: Detector, con: duckdb.DuckDBPyConnection) -> None:
        shipped = {name: one.value for name, one in detector.parameters.items()}
        ways = tuned(self._settings.detectors, detector.id, detector.mode, shipped)
        outcome = _Outcome(detector, ways, [], [], 0 if detector.tests_query else None)
        if ways.runs and not any(_is_empty(con, name) for name in detector.needs):
            seconds = self._settings.limits.detector_seconds
            outcome = _run(con, detector, ways, self._values, seconds)
        self._found[detector.id] = outcome


def _names_of(detector: Detector) -> Names:
    return Names(" ".join((detector.query, detector.tests_query or "", *detector.needs)))


def _is_empty(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether a table of the day has no row; one that could not be made is not empty."""
    try:
        return con.execute(f"select 1 from {identifier(table)} limit 1").fetchone() is None
    except duckdb.CatalogException:
        return False


def _run(
    con: duckdb.DuckDBPyConnection,
    detector: Detector,
    ways: Tuned,
    values: dict[str, Any],
    seconds: float,
) -> _Outcome:
    path = detector.folder / "query.sql"
    started = time.perf_counter()
    query = judged(detector.query, detector)
    found: list[tuple[Way, dict[str, Any]]] = []
    done: list[Mapping[str, Any]] = []
    tests, has_failed, unexamined = None, False, None
    try:
        with query_limit(con, seconds, detector.id):
            for own in ways.runs:
                rows = _rows(con, path, detector.id, query, {**values, **own})
                with_ways = ((ways.way_of(row["site_id"]), row) for row in rows)
                found += [(way, row) for way, row in with_ways if way.values == own]
                done.append(own)
            if detector.tests_query is not None:
                bound = {**values, **ways.general.values}
                (counted,) = _rows(con, path, detector.id, detector.tests_query, bound)
                tests = int(next(iter(counted.values())) or 0)
    except MimamoriError as error:
        # What it had found until then stands: of the sites that settings judge in another way, or
        # all of it where only its tests could not be counted.
        log.error("%s: %s", detector.id, error)  # noqa: TRY400 - its message says it all
        has_failed = True
        unexamined = _unexamined(con, ways, done) if done else None
    told, shadow = (
        [row for way, row in found if way.mode == mode] for mode in ("active", "shadow")
    )
    took = (time.perf_counter() - started) * 1000
    return _Outcome(detector, ways, told, shadow, tests, took, has_failed, unexamined)


def _unexamined(
    con: duckdb.DuckDBPyConnection, ways: Tuned, done: Sequence[Mapping[str, Any]]
) -> tuple[str, ...]:
    """Return the sites on which a detector is to look in another way than in those it has done."""
    sites = con.execute("select site_id from cached.site order by all").fetchall()
    of = {site: ways.way_of(site) for (site,) in sites}
    return tuple(site for site, way in of.items() if way.mode != "off" and way.values not in done)


def _rows(
    con: duckdb.DuckDBPyConnection, path: Path, detector: str, query: str, bound: dict[str, Any]
) -> list[dict[str, Any]]:
    names = bound_names(query)
    missing = names - bound.keys()
    if missing:
        raise MimamoriError(
            message("detect.run.no_parameter", at=path, name=min(missing), detector=detector)
        )

    def found() -> list[dict[str, Any]]:
        cursor = con.execute(query, {name: bound[name] for name in names})
        columns = [column[0] for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    try:
        return retried_without_limit(con, found)
    except duckdb.Error as error:
        raise MimamoriError(message("detect.run.cannot_be_run", at=path, reason=error)) from None


def _finding(about: _About, detector: Detector, row: dict[str, Any]) -> Finding:
    settings, day = about.settings, about.day
    evidence = {
        key: cut(value) for key, value in json.loads(row["evidence"]).items() if value is not None
    }
    for key in without_words(detector, evidence):
        # The finding stands all the same, with the code in place of its words.
        log.error("%s: evidence %r holds a code that has no words", detector.id, key)
    for key in of_wrong_type(detector, evidence):
        # It stands in the finding, and no report shows it.
        log.error("%s: evidence %r is not of the type that is declared", detector.id, key)
    names = {**evidence, **named_values(row, day, settings.zone)}
    trace = Trace()
    if row["actor_kind"] == "user":
        trace = about.traces.get(row["actor"], trace)
        evidence |= trace.as_evidence()
    # A condition of its own, since a value is quoted and this is not.
    query = detector.evidence_query.replace("{by_actor}", trace.condition())
    evidence["query"] = _SLASH64.sub(
        _in_slash64, filled(query, {**names, **trace.names()}, lambda value: quoted(as_text(value)))
    )
    found = Finding(
        finding_id=about.ids.finding(
            detector.id, day, row["site_id"], row["actor_kind"], row["actor"]
        ),
        date=day,
        detector=detector.id,
        category=detector.category,
        severity=Severity(row["severity_found"]),
        score=round(min(max(float(row["score"]), 0.0), 100.0), 1),
        site_id=row["site_id"],
        franchise=about.franchises.get(row["site_id"]),
        actor_kind=row["actor_kind"],
        actor=row["actor"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        event_count=row["event_count"],
        subject_count=row["subject_count"],
        summary=summary_of(detector, Words(settings.locale, settings.zone), names),
        evidence=evidence,
        measures=detector.measures,
    )
    if row["lowered_by"] is None:
        return found
    rule = detector.severities[row["lowered_by"]]
    return found.weighed(WeighedBy(rule.lowers), Severity(row["severity"]), rule.code)


def _in_slash64(condition: re.Match[str]) -> str:
    """Return the SQL of whether an address is in the /64 that a condition names."""
    prefix = condition["prefix"]
    zeros = ":0" * (3 - prefix.count(":"))
    # Groups of zeros at the end of the prefix are written out, or left out with those that follow.
    texts = [f"{prefix}{zeros}:", f"{prefix}::"] if zeros else [f"{prefix}:"]
    return f"({' or '.join(f'starts_with(client_ip, {quoted(text)})' for text in texts)})"


def cut(value: Any) -> Any:
    """Return evidence with no text longer than a person reads; the rows are in the lake."""
    if isinstance(value, list):
        return [cut(item) for item in value if item is not None]
    if isinstance(value, str) and len(value) > _EVIDENCE_CHARACTERS:
        return value[: _EVIDENCE_CHARACTERS - 1] + "…"
    return value
