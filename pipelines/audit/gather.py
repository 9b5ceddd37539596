"""Reads a month from the lake: sums, never rows of requests, by the days of the month alone.

`lake.request` is partitioned by day, and each of its queries names the month's first and last day.
The connection's time zone is the configured one.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import duckdb

from pipelines.audit.facts import (
    MEASURES,
    Access,
    Check,
    Country,
    Day,
    Explained,
    Facts,
    Nights,
    Outcome,
    Person,
    Reject,
    Rule,
    Run,
    StageRuns,
)
from pipelines.audit.kept import kept_in
from pipelines.audit.reviews import review_days
from pipelines.audit.sites import read_sites
from pipelines.audit.use_facts import gather_use
from pipelines.coverage.judge import coverage_of
from pipelines.deliver.run import Proof
from pipelines.detect.catalogue import Detector
from pipelines.detect.changed import changed_detectors
from pipelines.detect.day import bound_names
from pipelines.findings import COLUMNS
from pipelines.lake.stored_messages import in_language
from pipelines.settings.model import Settings
from pipelines.text.month import Month
from pipelines.triage.store import as_findings
from pipelines.triage.suppressions import Suppression, read_suppressions

HOME_COUNTRY = "JP"
PEOPLE_SHOWN = 30
ROWS_SHOWN = 50

# A finding with the instant at which it could first be known, and what was decided about it.
_FINDINGS = """
create or replace temp table audit_finding as
with detected as (
    select log_date, min(ended_at) as first_at
    from lake.stage_run
    where log_date between $first and $last and stage = 'detect' and status = 'done'
    group by log_date
),
decided as (
    select
        finding_id, min(decided_at) filter (where status = 'closed') as closed_at,
        arg_max(coalesce(verdict, ''), decided_at) as verdict
    from lake.triage where date between $first and $last
    group by finding_id
)
select
    finding.finding_id, finding.date, finding.site_id, finding.detector, finding.measures,
    finding.status, coalesce(decided.verdict, '') as verdict,
    finding.severity in ('critical', 'high', 'medium') as is_urgent,
    case when finding.status = 'closed' then greatest(
        date_diff('second', least(finding.detected_at, detected.first_at), decided.closed_at), 0
    ) end as seconds
from lake.weighed_finding as finding
left join detected on detected.log_date = finding.date
left join decided on decided.finding_id = finding.finding_id
where finding.date between $first and $last
"""

_COUNTS = """
    count(*), count(*) filter (where is_urgent),
    count(*) filter (where status = 'closed' and verdict = 'confirmed'),
    count(*) filter (where status = 'closed' and verdict = 'false_alarm'),
    count(*) filter (where status = 'closed' and verdict = 'explained'),
    count(*) filter (where status = 'closed' and verdict = ''),
    count(*) filter (where status = 'suppressed'),
    count(*) filter (where status in ('new', 'acknowledged')),
    count(*) filter (where status in ('new', 'acknowledged') and is_urgent),
    median(seconds)
"""

_OUTCOMES = f"""
with served as (select *, unnest(measures) as measure from audit_finding)
select measure, detector, {_COUNTS} from served
group by measure, detector
order by measure, count(*) filter (where is_urgent) desc, count(*) desc, detector
"""

_TOTALS = f"select '', {_COUNTS} from audit_finding"

_DAYS = """
with line as (
    select
        log_date, sum(lines)::ubigint as lines, sum(records)::ubigint as records,
        sum(rejects)::ubigint as rejects, sum(server_errors)::ubigint as server_errors,
        coalesce(sum(login_successes), 0)::ubigint as logins,
        coalesce(sum(login_failures), 0)::ubigint as failed_logins,
        count(*) filter (where lines > 0) as sites
    from lake.site_day where log_date between $first and $last
    group by log_date
),
run as (
    select log_date, stage, arg_max(status, ended_at) = 'done' as is_done
    from lake.stage_run where log_date between $first and $last
    group by log_date, stage
),
judged as (
    select
        log_date, suite, check_id, bool_and(success) as success,
        bool_or(not success and severity = 'critical') as is_critical
    from lake.check_result where log_date between $first and $last
    group by log_date, suite, check_id
),
checked as (
    select
        log_date, count(*) as checks, count(*) filter (where not success) as failed,
        count(*) filter (where is_critical) as critical
    from judged group by log_date
)
select
    days.log_date, coalesce(line.lines, 0), coalesce(line.records, 0), coalesce(line.rejects, 0),
    coalesce(line.server_errors, 0), coalesce(line.logins, 0), coalesce(line.failed_logins, 0),
    coalesce(line.sites, 0),
    coalesce(bool_or(run.is_done) filter (where run.stage = 'check'), false),
    coalesce(bool_or(run.is_done) filter (where run.stage = 'detect'), false),
    coalesce(bool_or(run.is_done) filter (where run.stage = 'report'), false),
    coalesce(any_value(checked.checks), 0), coalesce(any_value(checked.failed), 0),
    coalesce(any_value(checked.critical), 0)
from (select unnest($days::date[]) as log_date) as days
left join line on line.log_date = days.log_date
left join run on run.log_date = days.log_date
left join checked on checked.log_date = days.log_date
group by days.log_date, line.lines, line.records, line.rejects, line.server_errors, line.logins,
    line.failed_logins, line.sites
order by days.log_date
"""

_NIGHTS = """
select
    detector, coalesce(list(log_date) filter (where mode = 'active'), []),
    coalesce(list(log_date) filter (where mode = 'failed'), [])
from lake.detector_day where log_date between $first and $last
group by detector order by detector
"""

_ACCESSES = """
select
    user_type, user_id is not null, country, resource_kind, coalesce(data_level, 0), count(*),
    least(coalesce(sum(bytes), 0), 18446744073709551615)::ubigint
from lake.personal_data_access where log_date between $first and $last
group by all order by all
"""

_REFUSED = """
select coalesce(sum(refused), 0)::ubigint from lake.resource_day
where log_date between $first and $last and resource_kind in ('record', 'list', 'export')
"""

_WATCHED = """
create or replace temp table audit_watched as
select
    log_date, site_id, user_id, user_type, country, resource_kind,
    ltrim(subject_id, '0') as subject_id
from lake.personal_data_access
where log_date between $first and $last
    and (user_type = 'contractor' or (country is not null and country <> $home))
"""

_PEOPLE = """
select
    user_id, any_value(user_type), count(distinct site_id), count(distinct log_date), count(*),
    count(distinct (site_id, subject_id)) filter (where subject_id is not null),
    count(*) filter (where resource_kind = 'export'),
    coalesce(list(distinct country order by country) filter (where country is not null), []),
    count(*) over ()
from audit_watched
where user_id is not null and {which}
group by user_id order by count(*) desc, user_id limit $limit
"""
_CONTRACTORS = _PEOPLE.format(which="user_type = 'contractor'")
_ABROAD = _PEOPLE.format(
    which="country <> $home and coalesce(user_type, '') not in ('customer', 'system')"
)

_COUNTRIES = """
select
    country, list_contains($eea, country), count(*) filter (where user_type = 'customer'),
    count(*) filter (where user_id is not null and coalesce(user_type, '') <> 'customer'),
    count(*) filter (where user_id is null),
    count(distinct (site_id, subject_id)) filter (where subject_id is not null),
    count(*) filter (where resource_kind = 'export'), count(distinct log_date)
from audit_watched where country <> $home
group by country order by 4 desc, count(*) desc, country
"""

_MASKED = """
select kind, sum(records)::ubigint from lake.leak_day
where log_date between $first and $last group by kind order by 2 desc, kind
"""

_CHECKS = """
select
    coalesce(any_value(title_ja), ''), coalesce(any_value(title_en), ''), check_id,
    bool_or(severity = 'critical'), count(distinct log_date), count(distinct site_id)
from (
    select * from lake.check_result where log_date between $first and $last and not success
)
group by suite, check_id
order by bool_or(severity = 'critical') desc, count(distinct log_date) desc, check_id
"""

_TITLES = """
select check_id, any_value(title_ja), any_value(title_en)
from lake.check_result where log_date between $first and $last and success
group by check_id
"""

_REJECTS = """
select reason, max(reason_code), max(reason_arguments), count(*), count(distinct site_id)
from lake.reject
where log_date between $first and $last group by reason order by 4 desc, 1 limit $limit
"""

_UNREADABLE = """
with latest as (
    select status from lake.ledger
    where read_at >= $first::date::timestamptz and read_at < $last::date::timestamptz
        + interval 1 day
    qualify row_number() over (
        partition by path, site_id order by read_at desc, from_line desc
    ) = 1
)
select count(*) from latest where status in ('unreadable', 'put_aside')
"""

_EXPLAINED = """
select source, sum(accesses)::ubigint, count(distinct user_id), count(distinct log_date)
from lake.explanation_day where log_date between $first and $last
group by source order by 2 desc, source
"""

# Audits are no work of the month that they are made in, whatever month they are about.
_FAILED_RUNS = f"""
with run as (
    select
        stage, log_date, status, {in_language("stage_run")} as message, ended_at,
        max(ended_at) filter (where status = 'done') over (partition by stage, log_date) as done_at
    from lake.stage_run as stage_run
    where log_date between $first and $last and stage <> 'audit'
)
select stage, log_date, message, ended_at, coalesce(done_at > ended_at, false)
from run where status = 'failed' order by ended_at, stage
"""

_RUNS = """
select
    stage, count(*) filter (where status = 'done'), count(*) filter (where status = 'failed'),
    max(ended_at)
from lake.stage_run where log_date between $first and $last and stage <> 'audit'
group by stage order by stage
"""

_QUIET = f"""
select {", ".join(COLUMNS)} from lake.findings
where date between $first and $last and status = 'suppressed'
"""


def gather(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    month: Month,
    today: dt.date,
    catalogue: Mapping[str, Detector],
    eea: Collection[str],
    deliveries: Sequence[Proof] | None,
) -> Facts:
    """Return the facts of `month` as far as it is over on `today`: a day of it at least.

    `eea` holds the ISO 3166-1 codes of the European Economic Area; `deliveries` what the ledger
    of deliveries says, None where settings name nobody to deliver to.
    """
    over = month.days_before(today)
    span = {"first": over[0], "last": over[-1]}

    def rows(query: str, **values: Any) -> list[tuple[Any, ...]]:
        given = {**span, **values}
        return con.execute(query, {name: given[name] for name in bound_names(query)}).fetchall()

    rows(_FINDINGS)
    rows(_WATCHED, home=HOME_COUNTRY)
    days = tuple(Day(*row) for row in rows(_DAYS, days=list(over)))
    outcomes: dict[int, list[Outcome]] = {measure: [] for measure in MEASURES}
    for measure, *counts in rows(_OUTCOMES):
        outcomes.setdefault(measure, []).append(Outcome(*counts))
    contractors = rows(_CONTRACTORS, limit=PEOPLE_SHOWN)
    abroad = rows(_ABROAD, limit=PEOPLE_SHOWN, home=HOME_COUNTRY)
    return Facts(
        month=month,
        days=days,
        sites=read_sites(con, settings, month, {day.on for day in days if day.checked}, over),
        nights={
            name: Nights(name, frozenset(ran), frozenset(failed))
            for name, ran, failed in rows(_NIGHTS)
        },
        serving={
            measure: tuple(one.id for one in catalogue.values() if measure in one.measures)
            for measure in MEASURES
        },
        outcomes={measure: tuple(found) for measure, found in outcomes.items()},
        totals=Outcome(*rows(_TOTALS)[0]),
        changed_detectors=changed_detectors(con, month.first, month.last),
        accesses=tuple(Access(*row) for row in rows(_ACCESSES)),
        refused=rows(_REFUSED)[0][0],
        contractors=tuple(Person(*row[:-1]) for row in contractors),
        contractor_count=contractors[0][-1] if contractors else 0,
        workers_abroad=tuple(Person(*row[:-1]) for row in abroad),
        workers_abroad_count=abroad[0][-1] if abroad else 0,
        countries=tuple(
            Country(*row) for row in rows(_COUNTRIES, home=HOME_COUNTRY, eea=list(eea))
        ),
        masked=dict(rows(_MASKED)),
        checks=_checks(rows(_CHECKS), rows(_TITLES), settings.locale),
        rejects=tuple(Reject(*row) for row in rows(_REJECTS, limit=ROWS_SHOWN)),
        unreadable=rows(_UNREADABLE)[0][0],
        reviews=review_days(con, over),
        rules=_rules(con, settings, month, rows(_QUIET)),
        explained=tuple(Explained(*row) for row in rows(_EXPLAINED)),
        failed_runs=tuple(Run(*row) for row in rows(_FAILED_RUNS, language=settings.locale)),
        runs=tuple(StageRuns(*row) for row in rows(_RUNS)),
        kept=kept_in(con, settings, month, today),
        deliveries=None if deliveries is None else tuple(deliveries),
        use=gather_use(con, over[0], over[-1]),
        coverage=tuple(coverage_of(con, settings, over[-1])),
    )


def _checks(
    failed: Sequence[tuple[Any, ...]], titles: Sequence[tuple[Any, ...]], locale: str
) -> tuple[Check, ...]:
    """The failed checks under what they ask; what one found at a site is another sentence."""
    asked = {check_id: (ja, en) for check_id, ja, en in titles}
    found = []
    for ja, en, check_id, *figures in failed:
        japanese, english = asked.get(check_id, (ja, en))
        title = japanese if locale == "ja" else english
        found.append(Check(title or check_id, *figures))
    return tuple(found)


def _rules(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    month: Month,
    quiet: Sequence[tuple[Any, ...]],
) -> tuple[Rule, ...]:
    """The suppressions that covered a day of the month, those that keep most quiet first."""
    findings = as_findings(quiet)

    def was_in_force(rule: Suppression) -> bool:
        ended_at = rule.ended_at
        is_ended = ended_at is not None and ended_at.astimezone(settings.zone).date() < month.first
        first = rule.first_day(settings.zone)
        return not is_ended and first <= month.last and rule.valid_until >= month.first

    found = [
        Rule(rule, sum(rule.covers(finding, settings.zone) for finding in findings))
        for rule in read_suppressions(con)
        if was_in_force(rule)
    ]
    return tuple(sorted(found, key=lambda one: -one.findings))
