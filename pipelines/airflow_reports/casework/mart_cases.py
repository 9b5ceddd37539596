"""Cases as roles other than `security` see them: from their mart alone, as of the last night.

A mart names neither owner nor note nor evidence, and of persons no more than its role may learn, so
that nothing here can tell more. What a night before this release wrote knows no cases of a
franchise: there each finding stands alone.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipelines.airflow_reports.casework.case_page import since_in_words
from pipelines.airflow_reports.casework.case_top import (
    DayLink,
    SearchView,
    day_links,
    search_view,
)
from pipelines.airflow_reports.casework.history import ID_LIMIT, title_of, titles_in_words
from pipelines.airflow_reports.casework.list_page import ROWS_SHOWN, ListRow, ListView
from pipelines.airflow_reports.casework.visit import Visit
from pipelines.findings import Severity, gravest
from pipelines.report.case_words import day_ranges, days_in_words, with_silence
from pipelines.report.site_label import actor_label, site_label, sites_in_words
from pipelines.triage.silences import by_silence, status_of

_KEY = "coalesce({case}, {finding})"
_COLUMNS = "select column_name from duckdb_columns() where table_name = 'findings'"
_LIST = """
select
    {key} as case_key, min(list_position(['critical', 'high', 'medium', 'low', 'info'], severity)),
    any_value(actor_kind), any_value({actor}),
    coalesce(
        min(log_date) filter (severity in ('critical', 'high', 'medium')), min(log_date)
    ), count(*),
    list(distinct detector order by detector),
    map_from_entries(list(distinct (site_id, {name})) filter (site_id is not null)),
    bool_and(status = 'new')
from lake.findings
where status in ('new', 'acknowledged')
group by case_key
order by 2, max(log_date) desc, 1
"""
_FINDINGS = """
select
    log_date, severity, detector, site_id, actor_kind, {actor}, first_seen, last_seen, event_count,
    subject_count, status, {name}
from lake.findings
where {key} = $case_key and status in ('new', 'acknowledged')
order by log_date desc, score desc
limit {rows}
"""
_SEVERITIES = tuple(Severity)


@dataclass(frozen=True)
class MartFinding:
    """A finding of a case as a mart has it."""

    day: str
    severity: str
    severity_label: str
    title: str
    site: str
    actor_kind: str
    actor: str
    when: str
    events: int
    people: int
    status: str


@dataclass(frozen=True)
class MartCase:
    """A case as a mart has it, with what it leads to as far as the role may go."""

    said: str
    searches: SearchView | None
    day_links: tuple[DayLink, ...]
    findings: tuple[MartFinding, ...]


def mart_list(visit: Visit) -> ListView:
    """Return the open cases of the visitor's mart, the gravest first.

    Raises:
        MimamoriError: the night has not written the mart yet.
    """
    words = visit.words
    rows = _asked(visit, _LIST)
    return ListView(
        choices=(),
        rows=tuple(
            ListRow(
                case_id=key,
                severity=_SEVERITIES[place - 1],
                severity_label=words(f"severity.{_SEVERITIES[place - 1]}"),
                risk="",
                actor_kind=words(f"actor_kind.{kind}"),
                actor=actor_label(words, kind, actor, names, ID_LIMIT)
                if actor
                else words("work.not_shown"),
                rise="",
                state=words(f"status.{'new' if is_new else 'acknowledged'}"),
                owner="",
                due="",
                is_overdue=False,
                question="",
                since=since_in_words(words, opened_on, visit.today),
                sites=sites_in_words(words, sorted(names), names),
                findings=findings,
                titles=titles_in_words(words, detectors),
            )
            for key, place, kind, actor, opened_on, findings, detectors, sites, is_new in rows[
                :ROWS_SHOWN
            ]
            for names in (sites or {},)
        ),
        cut=max(len(rows) - ROWS_SHOWN, 0),
    )


def mart_case(visit: Visit, case_key: str) -> MartCase | None:
    """Return a case of the visitor's mart, its findings the newest first; None for no case.

    Those of one silence are one row.

    Raises:
        MimamoriError: the night has not written the mart yet.
    """
    rows = [_MartRow(*row) for row in _asked(visit, _FINDINGS, case_key=case_key)]
    if not rows:
        return None
    words, days = visit.words, [one.on for one in rows]
    findings = tuple(_finding(visit, group) for group in by_silence(rows))
    actor = (rows[0].actor_kind, rows[0].actor or "")
    return MartCase(
        said=words(
            "work.said_mart",
            who=f"{findings[0].actor_kind} {findings[0].actor}",
            what=titles_in_words(words, dict.fromkeys(one.detector for one in rows)),
            since=since_in_words(words, min(days), visit.today),
            days=days_in_words(words, days),
        ),
        searches=search_view(visit, actor, days, (), case_key) if actor[1] else None,
        day_links=day_links(visit, days),
        findings=findings,
    )


class _MartRow(NamedTuple):
    on: dt.date
    severity: str
    detector: str
    site_id: str | None
    actor_kind: str
    actor: str | None
    first_seen: dt.datetime
    last_seen: dt.datetime
    event_count: int
    subject_count: int
    status: str
    site_name: str | None


def _finding(visit: Visit, group: Sequence[_MartRow]) -> MartFinding:
    words, one = visit.words, group[0]
    worst = gravest(Severity(each.severity) for each in group)
    status = status_of([each.status for each in group])
    names = {one.site_id: one.site_name} if one.site_id and one.site_name else {}
    return MartFinding(
        day=words.iso_day(one.on)
        if len(group) == 1
        else day_ranges(words, [each.on for each in group]),
        severity=worst,
        severity_label=words(f"severity.{worst}"),
        title=with_silence(words, title_of(words, one.detector), group),
        site=site_label(words, one.site_id, one.site_name) if one.site_id else "",
        actor_kind=words(f"actor_kind.{one.actor_kind}"),
        actor=actor_label(words, one.actor_kind, one.actor, names, ID_LIMIT)
        if one.actor
        else words("work.not_shown"),
        when=words.span(one.first_seen, one.last_seen),
        events=one.event_count,
        people=one.subject_count,
        status=words(f"status.{status}"),
    )


def _asked(visit: Visit, query: str, **values: str) -> list[tuple[Any, ...]]:
    with visit.reading_mart() as con:
        known = {name for (name,) in con.execute(_COLUMNS).fetchall()}
        if not known:
            return []  # no day with findings was written yet
        text = query.format(
            key=_KEY.format(
                case="case_id" if "case_id" in known else "null",
                finding="finding_id" if "finding_id" in known else "finding",
            ),
            actor="actor" if "actor" in known else "null",
            name="site_name" if "site_name" in known else "null::varchar",
            rows=ROWS_SHOWN,
        )
        return con.execute(text, values or None).fetchall()
