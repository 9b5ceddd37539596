"""The accounts, subjects and addresses of an answer: those with most, and how many there are."""

from collections.abc import Sequence
from typing import Any

from pipelines.query.connection import Session
from pipelines.search.answer import Count, Parties, Party
from pipelines.search.question import Question
from pipelines.search.source import Lines, rows

PARTIES_SHOWN = 20
# Who comes first is known by cheap counts; the rest is worked out of those that are shown alone.
_PARTIES = """
with line as not materialized ({line}),
ranked as (
    select
        {name} as name, count(*) as lines, count(*) filter (where is_personal) as accesses,
        max(time) as last_time, count(*) over () as parties
    from line
    {condition}
    group by {name}
    order by accesses desc, lines desc, last_time desc, name
    limit $most
),
detail as (
    select
        ranked.name, any_value(line.{kind}) as kind, count(distinct line.log_date) as days,
        count(distinct line.subject_id) filter (where line.is_personal) as people,
        list(distinct line.site_id order by line.site_id)[1:4] as sites,
        min(line.time) as first_time
    from ranked
    inner join line on line.{name} is not distinct from ranked.name
    {condition}
    group by ranked.name
)
select
    ranked.name, detail.kind, ranked.lines, ranked.accesses, detail.days, detail.people,
    detail.sites, detail.first_time, ranked.last_time, ranked.parties
from ranked
inner join detail on detail.name is not distinct from ranked.name
order by ranked.accesses desc, ranked.lines desc, ranked.last_time desc, ranked.name
"""
_ORIGINS = """
with line as not materialized ({line}),
place as ({places}),
counted as (
    select
        origin, count(*) as lines, count(*) filter (where is_personal) as accesses,
        max(time) as last_time
    from line
    group by origin
),
ranked as (
    select
        place.address, sum(counted.lines)::bigint as lines,
        sum(counted.accesses)::bigint as accesses, max(counted.last_time) as last_time,
        arg_max(place.country, counted.last_time) as country,
        arg_max(place.organisation, counted.last_time) as organisation,
        list(counted.origin) as origins, count(*) over () as parties
    from counted
    inner join place on place.origin = counted.origin
    group by place.address
    order by accesses desc, lines desc, last_time desc, place.address
    limit $most
),
shown as (select address, unnest(origins) as origin from ranked),
detail as (
    select
        shown.address, count(distinct line.log_date) as days,
        count(distinct line.subject_id) filter (where line.is_personal) as people,
        list(distinct line.site_id order by line.site_id)[1:4] as sites,
        min(line.time) as first_time
    from shown
    inner join line on line.origin = shown.origin
    group by shown.address
)
select
    ranked.address, ranked.country, ranked.lines, ranked.accesses, detail.days, detail.people,
    detail.sites, detail.first_time, ranked.last_time, ranked.parties, ranked.organisation
from ranked
inner join detail on detail.address = ranked.address
order by ranked.accesses desc, ranked.lines desc, ranked.last_time desc, ranked.address
"""


def parties_of(
    session: Session, lines: Lines, question: Question, name: str, kind: str, condition: str
) -> Parties:
    """Return those whom a column names, with most accesses first; `condition` leaves lines out."""
    sql = _PARTIES.format(line=lines.sql, name=name, kind=kind, condition=condition)
    return _as_parties(asked_of(session, sql, lines, question, most=PARTIES_SHOWN))


def origins_of(session: Session, lines: Lines, question: Question) -> Parties:
    """Return the addresses from which lines came."""
    sql = _ORIGINS.format(line=lines.sql, places=lines.places)
    return _as_parties(asked_of(session, sql, lines, question, most=PARTIES_SHOWN))


def _as_parties(found: Sequence[tuple[Any, ...]]) -> Parties:
    shown = tuple(
        Party(
            name,
            kind,
            (note[0] or "") if note else "",
            Count(lines, accesses),
            days,
            people,
            tuple(sites),
            first,
            last,
        )
        for name, kind, lines, accesses, days, people, sites, first, last, _, *note in found
    )
    return Parties(shown, found[0][9] - len(shown) if found else 0)


def asked_of(
    session: Session, sql: str, lines: Lines, question: Question, **values: Any
) -> list[tuple[Any, ...]]:
    """Return the rows of a query about the lines of a question."""
    return rows(session, sql, **values_of(lines, question), **values)


def values_of(lines: Lines, question: Question) -> dict[str, Any]:
    """Return what a query about the lines of a question may name."""
    return {**lines.values, "first": question.first, "last": question.last}
