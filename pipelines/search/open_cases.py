"""Open and confirmed cases of those in an answer, and where its accounts came from."""

from collections.abc import Mapping
from dataclasses import replace

from pipelines.query.connection import Session
from pipelines.search.answer import OpenCase, Parties
from pipelines.search.parties import asked_of
from pipelines.search.question import Question
from pipelines.search.source import Lines, Source

ORIGINS_SHOWN = 5
# Whoever is in the lines counts, also who is not among the few that are shown; a case counts
# whatever the days of its findings, as it is open now. They are joined on an expression: what a
# join hands down to DuckLake's list of files ends that query at a NUL (`formats/unescape.py`).
_OPEN = """
with line as not materialized ({line}),
place as ({places}),
party as (
    select user_id as actor, bool_or(is_personal) as has_accesses
    from line
    where user_id is not null
    group by user_id
    union all
    select place.address, bool_or(counted.has_accesses)
    from (select origin, bool_or(is_personal) as has_accesses from line group by origin) as counted
    inner join place on place.origin = counted.origin
    group by place.address
)
select
    party.actor,
    count(*) filter (where finding.status <> 'closed') as open_findings,
    arg_max(finding.case_id, finding.log_date), bool_or(party.has_accesses) as looked,
    count(*) filter (where finding.status = 'closed') as confirmed,
    max(said.decided_at), arg_max(said.author, said.decided_at)
from ({findings}) as finding
inner join party on party.actor || '' = finding.actor || ''
left join ({confirmed}) as said
    on said.finding_id = finding.finding_id and finding.status = 'closed'
where finding.status in ('new', 'acknowledged') or said.finding_id is not null
group by party.actor
order by looked desc, confirmed > 0 desc, open_findings desc, party.actor
"""
_ORIGINS = """
with line as not materialized ({line}),
place as ({places}),
-- By numbers first: addresses are texts, and many lines have few of them.
counted as (
    select
        user_id, origin, count(*) as lines, count(*) filter (where is_personal) as accesses
    from line
    where user_id is null or user_id in (select unnest($users))
    group by user_id, origin
),
ranked as (
    select
        counted.user_id, place.address, sum(counted.accesses) as accesses,
        sum(counted.lines) as lines
    from counted
    inner join place on place.origin = counted.origin
    group by counted.user_id, place.address
)
select user_id, address, count(*) over (partition by user_id)
from ranked
qualify row_number() over (
    partition by user_id order by accesses desc, lines desc, address
) <= $most
order by user_id, accesses desc, lines desc, address
"""


def open_cases_of(
    session: Session, source: Source, lines: Lines, question: Question
) -> tuple[OpenCase, ...]:
    """Return the open and the confirmed cases of all accounts and addresses of the lines.

    First those that saw data, of these the confirmed ones.

    Raises:
        TookTooLongError: it takes longer than limits.sql_seconds.
    """
    if "findings" not in session.reach.relations:
        return ()
    sql = _OPEN.format(
        line=lines.sql, places=lines.places, findings=source.findings, confirmed=source.confirmed
    )
    return tuple(OpenCase(*row) for row in asked_of(session, sql, lines, question))


def with_cases(parties: Parties, cases: Mapping[str, OpenCase]) -> Parties:
    """Return the parties with what is open about each."""
    return replace(
        parties,
        shown=tuple(replace(one, case=cases.get(one.name or "")) for one in parties.shown),
    )


def with_origins(
    session: Session,
    lines: Lines,
    question: Question,
    accounts: Parties,
    cases: Mapping[str, OpenCase],
) -> Parties:
    """Return accounts with the addresses from which most of each came, and what is open of these.

    Raises:
        TookTooLongError: it takes longer than limits.sql_seconds.
    """
    if question.kind == "address":  # all of it came from there
        return accounts
    users = [one.name for one in accounts.shown if one.name is not None]
    sql = _ORIGINS.format(line=lines.sql, places=lines.places)
    origins: dict[str | None, list[OpenCase]] = {}
    counts: dict[str | None, int] = {}
    for user, address, count in asked_of(
        session, sql, lines, question, users=users, most=ORIGINS_SHOWN
    ):
        origins.setdefault(user, []).append(cases.get(address) or OpenCase(address))
        counts[user] = count
    return replace(
        accounts,
        shown=tuple(
            replace(
                one,
                origins=tuple(origins.get(one.name, ())),
                origins_cut=counts.get(one.name, 0) - len(origins.get(one.name, ())),
            )
            for one in accounts.shown
        ),
    )
