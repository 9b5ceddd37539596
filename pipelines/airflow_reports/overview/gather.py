"""What the overview shows, of the lake and the records as they are now."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from pipelines.audit.reviews import ReviewDay, review_days
from pipelines.paths import Home
from pipelines.query.saved import saved_query
from pipelines.records import Records
from pipelines.records.disclosures import listed
from pipelines.report.index import SUMMARY, Summary, days_in, read_summary
from pipelines.report.weekly.facts import monday_of
from pipelines.settings.model import Settings
from pipelines.sites.names import site_names
from pipelines.sites.state import SiteDay, SiteStatus, last_whole_day, site_days, site_statuses
from pipelines.subject.register import Request, begun_erasures
from pipelines.triage.cases.read import Case, ids_to_look_at, open_cases
from pipelines.worksheet.law import Deadline, deadlines, law_on

GRID_DAYS = 14
NIGHTS = 14
REQUEST_DAYS = 90
DISCLOSURE_DAYS = 30
BREACH_DAYS = 61
"""Days after a confirmed finding in which a report of a breach may be due: 60 are the longest."""

_NIGHTS = """
with run as (
    select
        log_date, stage, count(*) as runs, arg_max(status, ended_at) as status,
        arg_max(epoch(ended_at - started_at), ended_at) as seconds,
        min(ended_at) filter (where status = 'done') as first_done_at
    from lake.stage_run
    where log_date between $first and $last
        and stage in ('aggregate', 'check', 'detect', 'report')
    group by log_date, stage
)
select
    log_date, sum(seconds)::double, map_from_entries(list((stage, seconds::double))),
    list(stage order by stage) filter (where status <> 'done'), sum(runs)::bigint,
    min(first_done_at) filter (where stage = 'report')
from run
group by log_date
"""
_FIRST_NIGHT = """
select min(log_date) filter (where stage = 'check'), min(started_at) from lake.stage_run
"""
_INGESTS = """
select max(ended_at), arg_max(status, ended_at) from lake.stage_run where stage = 'ingest'
"""
_REQUESTS = """
select act, count(*) from lake.subject_request where made_at >= $since group by act order by act
"""
# When a case about personal data was first called confirmed: from then on somebody knew of it.
# A verdict counts until another is given: who opens a finding again knows of it none the less.
_CONFIRMED = """
with said as (
    select
        finding_id, arg_max(verdict, decided_at) as verdict,
        min(decided_at) filter (where verdict = 'confirmed') as known_at
    from lake.triage
    group by finding_id
)
select finding.case_id, any_value(finding.actor_kind), any_value(finding.actor),
    min(said.known_at) as known_at, max(finding.subject_count)
from said
inner join lake.findings as finding on finding.finding_id = said.finding_id
where said.verdict = 'confirmed' and finding.category = 'personal_data'
    and finding.case_id is not null
group by finding.case_id
having min(said.known_at) >= $since
order by known_at
"""


@dataclass(frozen=True)
class NightOf:
    """What the night did for a day: how long each stage took last, and what failed.

    `reported_at` is when its first report was there, None where none is; `seconds` is the sum.
    `watched_from` is when this program first ran at all: what was over by then it could only read
    later.
    """

    on: dt.date
    seconds: float
    stages: Mapping[str, float]
    failed: tuple[str, ...]
    runs: int
    reported_at: dt.datetime | None
    watched_from: dt.datetime | None = None

    def is_backlog(self, settings: Settings) -> bool:
        """Return whether work on the next day had begun before this program ever ran."""
        return self.watched_from is not None and self.watched_from > self._due(settings)

    def is_late(self, settings: Settings) -> bool:
        """Return whether work had begun before its report was there."""
        return (
            self.reported_at is not None
            and self.reported_at > self._due(settings)
            and not self.is_backlog(settings)
        )

    def _due(self, settings: Settings) -> dt.datetime:
        next_day = self.on + dt.timedelta(days=1)
        return dt.datetime.combine(next_day, settings.business_hours.from_, settings.zone)


@dataclass(frozen=True)
class DetectorRecord:
    """How often the findings of a detector were right, by those that were closed."""

    detector: str
    findings: int
    open_findings: int
    suppressed: int
    confirmed: int
    explained: int
    false_alarms: int

    @property
    def closed(self) -> int:
        """Findings that somebody closed with a result."""
        return self.confirmed + self.explained + self.false_alarms


@dataclass(frozen=True)
class Breach:
    """A confirmed case on personal data, and until when the law wants to hear of it, if it does."""

    case_id: str
    actor_kind: str
    actor: str
    known_at: dt.datetime
    people: int
    ends: tuple[Deadline, ...]


@dataclass(frozen=True)
class Overview:
    """All that the page shows; `last` is the last day that was over at the last ingest.

    `sites_on`, the day whose states of sites are shown, is the last that a night has also examined:
    of a day that no night has taken in, every site would seem silent.
    `last_week` are the ids of cases that were open at its end, by what is decided now.
    `due` is the last day whose night should be through by now, `ingested_at` when lines were last
    taken in with success or without, None where that is on no record.
    """

    at: dt.datetime
    last: dt.date
    sites_on: dt.date
    due: dt.date
    ingested_at: dt.datetime | None
    has_ingest_failed: bool
    summary: Summary | None
    review: ReviewDay | None
    cases: tuple[Case, ...]
    last_week: frozenset[str]
    sites: tuple[SiteStatus, ...]
    names: Mapping[str, str]
    days: Mapping[dt.date, Mapping[str, SiteDay]]
    nights: tuple[NightOf, ...]
    detectors: tuple[DetectorRecord, ...]
    requests: Mapping[str, int]
    unfinished: tuple[Request, ...]
    disclosures: Mapping[str, int]
    nameless_disclosures: int
    breaches: tuple[Breach, ...]

    @property
    def days_behind(self) -> int:
        """How many days have not been taken in that should have been by now."""
        return max((self.due - self.last).days, 0)


def overview(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    settings: Settings,
    at: dt.datetime,
    examined: dt.date,
) -> Overview:
    """Return what today asks for at the aware instant `at`; `examined` is the last day detected.

    Raises:
        MimamoriError: the records cannot be read.
    """
    con.execute("begin transaction")  # all figures of one snapshot
    today = at.astimezone(settings.zone).date()
    last = last_whole_day(con, settings, at)
    sites_on = min(last, examined)
    is_early = at.astimezone(settings.zone).time() < settings.report_by
    due = today - dt.timedelta(days=2 if is_early else 1)
    half_life, sunday = settings.cases.half_life_days, monday_of(today) - dt.timedelta(days=1)
    ingested = con.execute(_INGESTS).fetchone() or (None, None)
    reported = days_in(home.reports)
    summary = read_summary(home.reports / str(reported[0]) / SUMMARY) if reported else None
    review = review_days(con, [summary.on])[0] if summary else None
    given = listed(Records(home), today - dt.timedelta(days=DISCLOSURE_DAYS), today)
    out = [one.disclosure for one in given if one.disclosure.direction == "out"]
    routes = sorted({str(one.route) for one in out})
    since = at - dt.timedelta(days=REQUEST_DAYS)
    return Overview(
        at=at,
        last=last,
        sites_on=sites_on,
        due=due,
        ingested_at=ingested[0],
        has_ingest_failed=ingested[1] not in {None, "done"},
        summary=summary,
        review=review,
        cases=tuple(open_cases(con, half_life, examined)),
        last_week=ids_to_look_at(con, half_life, min(sunday, examined)),
        sites=tuple(site_statuses(con, settings, sites_on)),
        names=site_names(con),
        days=site_days(
            con, settings, [sites_on - dt.timedelta(days=back) for back in range(GRID_DAYS)]
        ),
        nights=_nights(con, max(last, due)),
        detectors=_detectors(con, today),
        requests=dict(con.execute(_REQUESTS, {"since": since}).fetchall()),
        unfinished=tuple(begun_erasures(con)),
        disclosures={route: sum(one.route == route for one in out) for route in routes},
        nameless_disclosures=sum(one.name is None for one in out),
        breaches=_breaches(con, at),
    )


def _nights(con: duckdb.DuckDBPyConnection, last: dt.date) -> tuple[NightOf, ...]:
    """The days up to the last one, the newest first; one of which no stage ran is there too.

    Days before the first that was ever checked are left out.
    """
    first = last - dt.timedelta(days=NIGHTS - 1)
    ((began, watched_from),) = con.execute(_FIRST_NIGHT).fetchall()
    found = {
        on: NightOf(on, seconds, stages, tuple(failed or ()), runs, reported_at, watched_from)
        for on, seconds, stages, failed, runs, reported_at in con.execute(
            _NIGHTS, {"first": first, "last": last}
        ).fetchall()
    }
    days = (last - dt.timedelta(days=back) for back in range(NIGHTS))
    return tuple(
        found.get(on, NightOf(on, 0, {}, (), 0, None, watched_from))
        for on in days
        if began and on >= began
    )


def _detectors(con: duckdb.DuckDBPyConnection, today: dt.date) -> tuple[DetectorRecord, ...]:
    query = saved_query("detector-precision")
    rows = con.execute(query.sql, query.bound({}, today)).fetchall()
    return tuple(DetectorRecord(*row[:7]) for row in rows)


def _breaches(con: duckdb.DuckDBPyConnection, at: dt.datetime) -> tuple[Breach, ...]:
    rows = con.execute(_CONFIRMED, {"since": at - dt.timedelta(days=BREACH_DAYS)}).fetchall()
    return tuple(
        Breach(
            case_id,
            kind,
            actor,
            known_at,
            people or 0,
            tuple(
                one
                for one in deadlines(law_on(known_at.date()).periods, known_at)
                if one.period.law == "appi"
            ),
        )
        for case_id, kind, actor, known_at, people in rows
    )
