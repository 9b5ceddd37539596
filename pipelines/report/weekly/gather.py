"""Reads a week and the four before it: sums from the lake, the rest from the days' reports."""

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb

from pipelines.report.index import SUMMARY, days_in, read_summary
from pipelines.report.weekly.facts import WEEKS, Request, Week, WeekFacts
from pipelines.settings.model import Settings
from pipelines.sites.names import site_names
from pipelines.sites.state import site_statuses
from pipelines.triage.cases.read import open_cases
from pipelines.triage.decisions import Precision

_WEEK = dt.timedelta(days=7)
_LINES = """
select
    date_trunc('week', log_date)::date, sum(lines)::bigint, sum(records)::bigint,
    sum(rejects)::bigint, sum(personal_accesses)::bigint
from lake.site_day where log_date between $first and $last
group by all
"""
_OPENED = """
select date_trunc('week', opened_on)::date, count(*)
from (
    select case_id, min(date) as opened_on
    from lake.weighed_finding
    where case_id is not null and date <= $last and severity in ('critical', 'high', 'medium')
    group by case_id
)
where opened_on >= $first
group by all
"""
_CLOSED = """
select date_trunc('week', decided_at::date)::date, count(distinct case_id)
from lake.case_decision
where act = 'closed' and decided_at::date between $first and $last
group by all
"""
_COUNTS = """
    count(*) filter (where verdict = 'confirmed'), count(*) filter (where verdict = 'false_alarm'),
    count(*) filter (where verdict = 'explained')
"""
_LAST_SAID = """
with said as (
    select
        finding_id, arg_max(detector, decided_at) as detector,
        arg_max(coalesce(verdict, ''), decided_at) as verdict,
        arg_max(status, decided_at) as status, max(decided_at)::date as said_on
    from lake.triage where decided_at::date <= $last
    group by finding_id
)
"""
_VERDICTS = f"""
{_LAST_SAID}
select date_trunc('week', said_on)::date, {_COUNTS}
from said where status = 'closed' and said_on >= $first
group by all
"""
_DETECTORS = f"""
{_LAST_SAID}
select detector, {_COUNTS}
from said where status = 'closed' and verdict <> '' and said_on >= $first
group by detector order by count(*) desc, detector
"""
_REQUESTS = """
select act, count(*) from lake.subject_request
where made_at::date between $monday and $last
group by act order by act
"""
_SIGNED = "select distinct date from lake.review where date between $first and $last"


def gather_week(
    con: duckdb.DuckDBPyConnection, settings: Settings, out: Path, monday: dt.date
) -> WeekFacts:
    """Return the facts of the week from `monday`, by the lake and the reports below `out`.

    `con` is a connection to the lake in the configured time zone. The cases are those open at the
    end of the week by what was decided until now.
    """
    sunday = monday + _WEEK - dt.timedelta(days=1)
    span = {"first": monday - (WEEKS - 1) * _WEEK, "last": sunday}

    def by_week(query: str) -> dict[dt.date, tuple[Any, ...]]:
        return {row[0]: row[1:] for row in con.execute(query, span).fetchall()}

    lines, opened, closed = by_week(_LINES), by_week(_OPENED), by_week(_CLOSED)
    verdicts = by_week(_VERDICTS)
    signed = {day for (day,) in con.execute(_SIGNED, span).fetchall()}
    reported = {day for day in days_in(out) if span["first"] <= day <= sunday}
    weeks = []
    for back in range(WEEKS):
        begin = monday - back * _WEEK
        days = [begin + dt.timedelta(days=number) for number in range(7)]
        came, records, rejects, accesses = lines.get(begin, (0, 0, 0, 0))
        found = {day: read_summary(out / day.isoformat() / SUMMARY) for day in days}
        weeks.append(
            Week(
                begin,
                came,
                records,
                rejects,
                accesses,
                opened=opened.get(begin, (0,))[0],
                closed=closed.get(begin, (0,))[0],
                verdicts=Precision(*verdicts.get(begin, (0, 0, 0))),
                signed=sum(day in signed for day in days),
                summaries={day: one for day, one in found.items() if one is not None},
            )
        )
    cases = open_cases(con, settings.cases.half_life_days, sunday)
    statuses = site_statuses(con, settings, sunday)
    requests = con.execute(_REQUESTS, {"monday": monday, "last": sunday}).fetchall()
    week_days = {day for day in reported if day >= monday}
    return WeekFacts(
        weeks=tuple(weeks),
        cases=tuple(one for one in cases if one.needs_a_look),
        silent=tuple(one for one in statuses if one.is_expected and not one.lines),
        detectors={
            detector: Precision(*counts)
            for detector, *counts in con.execute(_DETECTORS, span).fetchall()
        },
        requests=tuple(Request(*row) for row in requests),
        names=site_names(con),
        unsigned=tuple(sorted(week_days - signed)),
    )
