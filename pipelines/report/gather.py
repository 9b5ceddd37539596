"""Reads from the lake what the report of a day shows: one bounded query a table, by its date.

`lake.request` is partitioned by day, so that a report's cost depends on its day and not on the
size of the lake. The connection's time zone is the configured one.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import duckdb

from pipelines.coverage.blind import blind_sites
from pipelines.coverage.judge import supplies_judged
from pipelines.coverage.reach import reach_of
from pipelines.findings import Finding
from pipelines.report.ai_agents import ai_agents_of
from pipelines.report.case_facts import DayCases
from pipelines.report.detectors_at_work import changed_on, failed_detectors
from pipelines.report.facts import (
    HISTORY_DAYS,
    RECENT_DAYS,
    ClosedSite,
    DayFacts,
    DayLines,
    Explained,
    Learning,
    LostContext,
    RejectCount,
    RuleInForce,
    Share,
    SiteDay,
)
from pipelines.report.limits_passed import limits_in_report
from pipelines.report.service_use import service_use
from pipelines.report.user_types import user_types_of
from pipelines.report.worded import worded
from pipelines.settings.model import Settings
from pipelines.triage.cases.read import open_cases, rising_first
from pipelines.triage.decisions import decisions_of, precisions
from pipelines.triage.incidents import OPEN_STATUSES
from pipelines.triage.store import read_day
from pipelines.triage.suppressions import read_suppressions

TOP = 10

# The table `site_state` must stand.
SITES = f"""
with days as (
    select * from lake.site_day where log_date = $on
), checks as (
    select
        site_id, count(*) as failed,
        count(*) filter (where severity = 'critical' and basis is null) as critical
    from lake.check_result
    where log_date = $on and not success and site_id is not null group by site_id
), recent as (
    select site_id, list($on - log_date) as days_ago
    from lake.site_day
    where log_date between $on - {RECENT_DAYS - 1} and $on and lines > 0
    group by site_id
)
select
    coalesce(state.site_id, days.site_id) as site_id, coalesce(site.site_group, '') as site_group,
    site.franchise, site.domains[1] as domain, coalesce(days.lines, 0) as lines,
    coalesce(days.records, 0) as records, coalesce(days.rejects, 0) as rejects,
    coalesce(days.hours_with_records, 0) as hours_with_records,
    days.first_time, days.last_time, coalesce(days.users, 0) as users,
    coalesce(days.bot_records, 0) as bot_records,
    coalesce(days.client_errors, 0) as client_errors,
    coalesce(days.server_errors, 0) as server_errors,
    coalesce(days.personal_accesses, 0) as personal_accesses, state.last_on as last_seen_on,
    coalesce(checks.failed, 0) as failed, coalesce(checks.critical, 0) as critical,
    coalesce(state.state, 'in') as state, coalesce(state.is_resting, false) as is_resting,
    coalesce(recent.days_ago, []) as days_ago, site.name,
    coalesce(state.lacking_hours, []) as lacking_hours
from site_state as state
full join (from days where lines > 0) as days on days.site_id = state.site_id
left join lake.site as site on site.site_id = coalesce(state.site_id, days.site_id)
left join checks on checks.site_id = coalesce(state.site_id, days.site_id)
left join recent on recent.site_id = coalesce(state.site_id, days.site_id)
where coalesce(state.state, 'in') <> 'closed'
order by 1
"""

# The table `site_state` must stand.
_CLOSED = """
select state.site_id, site.name, state.closed_on
from site_state as state left join lake.site as site on site.site_id = state.site_id
where state.state = 'closed' order by 1
"""

_REJECTS = """
select
    reason, max(reason_code), max(reason_arguments), count(*), count(distinct site_id),
    min_by(path, (path, line_no)), min_by(line_no, (path, line_no))
from lake.reject where log_date = $on
group by reason order by 4 desc, 1
"""

_UNCOUNTED = """
select reading.site_id
from lake.ledger_day as reading
left join lake.site_day as counted
    on counted.log_date = reading.log_date and counted.site_id = reading.site_id
where reading.log_date = $on
group by reading.site_id
having sum(reading.records + reading.rejects) > 0 and coalesce(max(counted.lines), 0) = 0
order by reading.site_id
"""

_SHARES = """
with counts as (
    select request.client_id, request.agent_id, count(*) as records
    from lake.request_fact as request where request.log_date = $on group by all
), described as (
    select
        counts.records, client.country, coalesce(agent.is_bot, false) as is_bot,
        agent.browser, coalesce(agent.bot_name, agent.browser) as bot_name
    from counts
    left join lake.client as client on client.client_id = counts.client_id
    left join lake.agent as agent on agent.agent_id = counts.agent_id
), shares as (
    select 'browser' as what, browser as name, sum(records) as records
    from described where not is_bot group by browser
    union all
    select 'bot', bot_name, sum(records) from described where is_bot group by bot_name
    union all
    select 'country', country, sum(records) from described group by country
)
select what, name, records::bigint
from shares
qualify row_number() over (partition by what order by records desc, name) <= $limit
order by what, records desc, name
"""

_HISTORY = """
select log_date, sum(lines)::bigint from lake.site_day
where log_date between $from and $on group by log_date order by log_date
"""

_RECEIVED = """
with reports as (
    select max(ended_at) as reported_at
    from lake.stage_run where log_date = $on and stage = 'report' and status = 'done'
)
select
    max(day.read_at), any_value(reports.reported_at),
    coalesce(sum(day.records + day.rejects) filter (where day.read_at > reports.reported_at), 0)
    ::bigint
from reports left join lake.ledger_day as day on day.log_date = $on
"""

_EXPLAINED = """
select source, sum(accesses)::bigint
from lake.explanation_day where log_date = $on
group by source order by 2 desc, source
"""

_LOST_CONTEXT = """
with detected as (
    select max(ended_at) as ended_at
    from lake.stage_run where log_date = $on and stage = 'detect' and status = 'done'
), last_read as (
    select
        name, arg_max_null(source, read_at) as source, arg_max_null(sha256, read_at) as sha256
    from lake.context_read where read_at <= (select ended_at from detected) group by name
)
select name, source from last_read where source is not null and sha256 is null
union all
select 'services', arg_max(source, read_at)
from lake.service_read where read_at <= (select ended_at from detected)
having arg_max(problem is not null, read_at)
order by name
"""


_DAYS_BEFORE = """
select today.personal_accesses, count(past.log_date)
from lake.site_day as today
left join lake.site_day as past
    on past.site_id = today.site_id and past.personal_accesses > 0
    and past.log_date between $on - $days::int and $on - 1
where today.log_date = $on and today.personal_accesses > 0
group by today.site_id, today.personal_accesses
"""
KNOWN_DAYS = 5  # days_of_a_level() in sql/macros.sql: what peers do in a day is known from there
UNKNOWN_SHARE = 0.1


def learning_of(on: dt.date, sites: Sequence[tuple[int, int]]) -> Learning | None:
    """Return for how long it is not known yet how much is usual; None where it is.

    `sites` have the day's accesses to personal data and on how many days before there were some.
    """
    if not sites:
        return None

    def of_unknown(further: int) -> list[int]:
        return [accesses for accesses, days in sites if days + further < KNOWN_DAYS]

    most = UNKNOWN_SHARE * sum(accesses for accesses, _ in sites)
    wait = next(n for n in range(KNOWN_DAYS + 1) if sum(of_unknown(n)) < most)
    return Learning(len(of_unknown(0)), on + dt.timedelta(days=wait)) if wait else None


def gather(con: duckdb.DuckDBPyConnection, settings: Settings, on: dt.date) -> DayFacts:
    """Return the facts of the day `on` in the language of the settings.

    `con` is a read-only connection to the lake.
    """

    def rows(query: str, **values: Any) -> list[tuple[Any, ...]]:
        return con.execute(query, {"on": on, **values}).fetchall()

    begin = dt.datetime.combine(on, dt.time(), settings.zone)
    coverage = supplies_judged(con, settings, on)
    cases = open_cases(con, settings.cases.half_life_days, on)
    stored, incidents = rising_first(*read_day(con, on), cases)
    findings = list(stored)
    user_types = user_types_of(con, settings, on, findings)
    decided = decisions_of(con, [finding.finding_id for finding in findings])
    shares = rows(_SHARES, limit=TOP)
    received_at, last_report_at, late_lines = rows(_RECEIVED)[0]

    def top(what: str) -> tuple[Share, ...]:
        return tuple(Share(name, records) for kind, name, records in shares if kind == what)

    is_quiet = not any(
        one.severity.needs_a_look and one.status in OPEN_STATUSES for one in findings
    )
    facts = DayFacts(
        on=on,
        findings=tuple(findings),
        user_types=user_types,
        sites=_in_order_of_settings(settings, [SiteDay(*row) for row in rows(SITES)]),
        closed_sites=tuple(ClosedSite(*row) for row in con.execute(_CLOSED).fetchall()),
        rejects=tuple(RejectCount(*row) for row in rows(_REJECTS)),
        limits_passed=limits_in_report(con, on, begin),
        failed_detectors=failed_detectors(con, on),
        changed_detectors=changed_on(con, on),
        blind_sites=blind_sites(coverage),
        uncounted_sites=tuple(site for (site,) in rows(_UNCOUNTED)),
        browsers=top("browser"),
        bots=top("bot"),
        countries=top("country"),
        history=tuple(
            DayLines(*row)
            for row in rows(_HISTORY, **{"from": on - dt.timedelta(days=HISTORY_DAYS - 1)})
        ),
        received_at=received_at,
        lines_since_last_report=late_lines,
        last_report_at=last_report_at,
        incidents=tuple(incidents),
        rules=_rules(con, settings, on, findings),
        decisions={finding_id: decisions[-1] for finding_id, decisions in decided.items()},
        precisions=precisions(con),
        explained=tuple(Explained(*row) for row in rows(_EXPLAINED)),
        services=service_use(con, on, on),
        cases=DayCases(tuple(cases), user_types),
        ai_agents=ai_agents_of(con, on),
        reach=reach_of(coverage) if is_quiet else None,
        lost_context=tuple(LostContext(*row) for row in rows(_LOST_CONTEXT)),
        learning=learning_of(on, rows(_DAYS_BEFORE, days=HISTORY_DAYS)),
    )
    return worded(con, settings, facts, settings.locale)


def _rules(
    con: duckdb.DuckDBPyConnection, settings: Settings, on: dt.date, findings: Sequence[Finding]
) -> tuple[RuleInForce, ...]:
    """The suppressions that cover the day, those that keep most quiet first."""
    quiet = [finding for finding in findings if finding.status == "suppressed"]
    found = [
        RuleInForce(rule, sum(rule.covers(finding, settings.zone) for finding in quiet))
        for rule in read_suppressions(con)
        if rule.is_in_force(on, settings.zone)
    ]
    return tuple(sorted(found, key=lambda one: -one.findings))


def rank_of_group(settings: Settings, group: str) -> int:
    """Return the place of a group of sites in the settings, the last for one that is not there."""
    groups = list(dict.fromkeys(site.group for site in settings.sites))
    return groups.index(group) if group in groups else len(groups)


def _in_order_of_settings(settings: Settings, sites: Sequence[SiteDay]) -> tuple[SiteDay, ...]:
    ranks = {site.group: rank_of_group(settings, site.group) for site in sites}
    return tuple(sorted(sites, key=lambda site: (ranks[site.group], site.group, site.site_id)))
