"""What other people do as well: it says little about the one who is named.

How unusual something is rests on models of what people do, and in some companies more people are
busy, curious or on the road than a model expects. So what is found of somebody is compared with
what was found of others on the nights before: where others stood out as much on more than one night
in twenty, somebody innocent would on such a night, and the finding is for the record. This is a
conformal test over nights (Vovk et al. 2005, Algorithmic Learning in a Random World) with the
detector's strength as the measure; its chance of error does not grow with the number of people.

On the same day it is people of the same department who are compared: what most of them do at once
is their work, as an audit by all auditors. At the company's own sites only.

What nobody outside can bring about: only findings about people at work count, none that rests on
the word of the site's own party, and none that somebody has taken up or confirmed. Three people
have to have been told of, each at `medium` or above, before the next is not.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import NamedTuple

import duckdb
import polars as pl

from pipelines.detect.catalogue import Detector
from pipelines.detect.goes_on import UNCONFIRMED
from pipelines.detect.score import strength_of
from pipelines.findings import Finding, Severity, WeighedBy
from pipelines.lake import make_table
from pipelines.triage.budget import is_from_inside

NIGHTS = 28
LEAST_NIGHTS, LEAST_PEOPLE = 2, 3
"""On so many of the nights, more than one in twenty, so many innocent people did as well."""
ABOUT = 0.9
"""So strong is about as strong: colleagues on one task do not do exactly the same amount of it."""


class Alike(NamedTuple):
    """Who did as much, and how many of them, as `3/4`."""

    by: WeighedBy
    reason: str


_OTHERS = f"""
with before as (
    select
        detector, date, actor, franchise, evidence ->> '$.reason' as reason,
        list_position($severities::varchar[], severity_found) as rank,
        try_cast(evidence ->> '$.strength' as double) as strength
    from ({UNCONFIRMED.format(findings="lake.findings")})
    where date between $date - $nights::int and $date - 1
        and detector in (select detector from compared_finding)
        and actor_kind = 'user'
        and list_contains($severities::varchar[], severity_found)
        and (evidence ->> '$.is_worker') is distinct from 'false'
        and (evidence ->> '$.partner_site') is null
        and status <> 'acknowledged'
),
examined as (
    select detector, count(distinct log_date) as nights
    from lake.detector_day
    where log_date between $date - $nights::int and $date - 1 and mode <> 'failed'
    group by detector
)
select
    compared.finding_id,
    count(distinct before.date) as nights,
    greatest(coalesce(any_value(examined.nights), 0), count(distinct before.date)) as of_nights
from compared_finding as compared
inner join before
    on before.detector = compared.detector and before.actor <> compared.actor
    and (before.franchise is null or before.franchise <> compared.franchise)
    and (compared.reason is null or before.reason = compared.reason)
    and before.rank <= compared.rank and before.strength >= compared.strength
left join examined on examined.detector = compared.detector
group by compared.finding_id
having count(distinct before.actor) >= $least_people
    and count(distinct before.date) >= $least_nights
"""

_DEPARTMENT = """
with member as (
    select distinct usual_id, department from context_person where department is not null
)
select
    compared.finding_id, 1 + count(distinct other.actor) as alike, any_value(size.people) as people
from compared_finding as compared
inner join member as mine on mine.usual_id = compared.actor
inner join (select department, count(*) as people from member group by department) as size
    on size.department = mine.department
inner join member as theirs
    on theirs.department = mine.department and theirs.usual_id <> mine.usual_id
inner join compared_finding as other
    on other.actor = theirs.usual_id and other.detector = compared.detector
    and other.reason is not distinct from compared.reason
    and other.rank <= compared.rank and other.strength >= $about * compared.strength
where compared.franchise is null and other.franchise is null
group by compared.finding_id
having 2 * alike > any_value(size.people)
"""


def others_alike(
    con: duckdb.DuckDBPyConnection,
    day: dt.date,
    findings: Sequence[Finding],
    detectors: Collection[Detector],
) -> dict[str, Alike]:
    """Return which at `high` or `medium` are no more than what others do, by id.

    By `department`: how many people of the department stood out about as much on the day, of how
    many, as `3/4`; by `others`: on how many of the nights before others did, of how many. Of
    detectors with `others_excuse` in their header; where it names codes of `reason`, the findings
    with one of these, each compared with those of the same code. A finding at a shop is compared
    with others at other places, one at the company's own sites with others there, so that no
    party's log makes a finding about its own people less. The tables of the context must stand.
    """
    severities = list(Severity)[: Severity.MEDIUM.rank + 1]
    codes = {
        one.id: one.others_excuse if isinstance(one.others_excuse, tuple) else ()
        for one in detectors
        if one.others_excuse
    }
    wanted = [
        {
            "finding_id": one.finding_id,
            "detector": one.detector,
            "actor": one.actor,
            "franchise": one.franchise,
            "reason": one.evidence.get("reason") if codes[one.detector] else None,
            "rank": 1 + one.severity_found.rank,
            "strength": strength_of(one),
        }
        for one in findings
        if one.detector in codes
        and (not codes[one.detector] or one.evidence.get("reason") in codes[one.detector])
        and one.severity in (Severity.HIGH, Severity.MEDIUM)
        and is_from_inside(one)
    ]
    if not wanted:
        return {}
    make_table(
        con,
        "compared_finding",
        pl.DataFrame(wanted, schema_overrides={"franchise": pl.String, "reason": pl.String}),
    )
    departments = con.execute(_DEPARTMENT, {"about": ABOUT}).fetchall()
    nights = con.execute(
        _OTHERS,
        {
            "date": day,
            "nights": NIGHTS,
            "severities": [str(one) for one in severities],
            "least_nights": LEAST_NIGHTS,
            "least_people": LEAST_PEOPLE,
        },
    ).fetchall()
    return {
        name: Alike(by, f"{some}/{of}")
        for by, rows in ((WeighedBy.OTHERS, nights), (WeighedBy.DEPARTMENT, departments))
        for name, some, of in rows
    }
