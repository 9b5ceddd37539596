"""Reads what a day's page tells beyond its findings: bounded by date, from daily aggregates.

Only the lines of the actors shown in full, and of the users with most accesses, are read one by
one, in a single pass over the day (`detail.lines`).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import duckdb

from pipelines.detect.aggregates import load_macros
from pipelines.findings import Finding
from pipelines.report.detail.lines import Actors, can_be_asked, lines_of
from pipelines.report.detail_facts import (
    Access,
    Compared,
    Detail,
    Past,
    PastFinding,
    Review,
    Reviewed,
    Spread,
    TrendDay,
    UserDay,
)
from pipelines.report.facts import HISTORY_DAYS, DayFacts
from pipelines.triage.decisions import Decision, decisions_of
from pipelines.triage.incidents import incident_id_of

PAST_DAYS = 90
USERS_SHOWN = 20
FOUND_SHOWN = 60  # of those of a finding
FAR_MORE_SHOWN = 40
PAST_SHOWN = 5
REVIEWS_SHOWN = 100

_USERS = """
with actor as (
    select distinct unnest($users) as user_id, unnest($sites) as site_id
), looked as (
    select
        seen.*, actor.user_id is not null as is_actor, seen.compared = 'far_more' as is_far_more
    from lake.who_looked($on) as seen
    left join actor on actor.user_id = seen.user_id and actor.site_id = seen.site_id
), placed as (
    select
        *,
        row_number() over (
            partition by is_actor, is_far_more
            order by subjects desc, exports desc, accesses desc, user_id, site_id
        ) as place,
        count(*) filter (where is_actor or is_far_more) over () as notable,
        count(*) filter (where is_far_more) over () as far_more
    from looked
)
select
    user_id, user_type, site_id, subjects, accesses, list_accesses, exports, refused, first_time,
    last_time, past_days, usual_subjects, most_subjects_before, compared, peers_of = 'site',
    peers, peers_subjects, peers_high_subjects, peers_most_subjects,
    peers_accesses, peers_high_accesses, peers_most_accesses, is_actor, far_more
from placed
where is_actor or place <= if(is_far_more, $far_more, $limit - notable)
order by is_actor desc, is_far_more desc, place
"""

_BY_TYPE = """
select
    user_type, count(distinct user_id),
    sum(record_accesses + list_accesses + exports)::bigint as accesses
from lake.people_day
where log_date = $on and record_accesses + list_accesses + exports > 0
group by user_type order by accesses desc, user_type
"""

_BESIDE = """
select
    coalesce(
        sum(accesses - anonymous_accesses)
            filter (where resource_kind not in ('record', 'list', 'export')), 0
    )::bigint,
    coalesce(sum(anonymous_accesses), 0)::bigint, coalesce(sum(bot_accesses), 0)::bigint
from lake.resource_day where log_date = $on and data_level > 0
"""

_TREND = """
with day as (
    select
        log_date, sum(lines)::bigint as lines, sum(personal_accesses)::bigint as accesses,
        coalesce(sum(login_failures), 0)::bigint as login_failures,
        sum(client_errors)::bigint as client_errors, sum(server_errors)::bigint as server_errors
    from lake.site_day where log_date between $from and $on group by log_date
), finding as (
    select date, count(*) as findings from lake.findings
    where date between $from and $on and severity in ('critical', 'high', 'medium')
    group by date
)
select day.*, coalesce(finding.findings, 0)
from day left join finding on finding.date = day.log_date
order by day.log_date
"""

_LIKE = """
create or replace temp table detail_past as
with wanted as (
    select unnest($incidents) as incident_id, unnest($detectors) as detector,
        unnest($kinds) as actor_kind, unnest($actors) as actor, unnest($sites) as site_id
), earlier as (
    select finding_id, date, detector, severity, actor_kind, actor, site_id, status
    from lake.findings where date between $from and $on - 1
), alike as (
    select
        wanted.incident_id, earlier.*,
        bool_or(wanted.actor_kind = earlier.actor_kind and wanted.actor = earlier.actor)
            as is_same_actor
    from earlier join wanted
        on (wanted.actor_kind = earlier.actor_kind and wanted.actor = earlier.actor)
        or (
            wanted.detector = earlier.detector
            and wanted.site_id is not distinct from earlier.site_id
        )
    group by all
), decided as (
    select finding_id, arg_max(coalesce(verdict, status), decided_at) as outcome
    from lake.triage where date between $from and $on - 1 group by finding_id
)
select
    alike.*, coalesce(decided.outcome, alike.status) as outcome,
    decided.outcome is not null as is_decided
from alike left join decided on decided.finding_id = alike.finding_id
"""

_LIKE_EXAMPLES = """
select
    incident_id, finding_id, date, detector, severity, actor, site_id, status, is_same_actor
from detail_past
qualify row_number() over (
    partition by incident_id
    order by is_same_actor desc, is_decided desc,
        list_position(['critical', 'high', 'medium', 'low', 'info'], severity), date desc,
        finding_id
) <= $limit
order by incident_id, date desc, finding_id
"""

_LIKE_OUTCOMES = """
select incident_id, outcome, count(*) from detail_past
group by incident_id, outcome order by incident_id, count(*) desc, outcome
"""

_DECISIONS = """
select
    finding_id, status, verdict, note, author, decided_at, severity, subject_count,
    date, detector, actor, site_id, count(*) over ()
from lake.triage
where decided_at >= $since or date = $on
order by decided_at desc, finding_id
limit $limit
"""

_WAITING = """
select count(*), count(*) filter (where status in ('new', 'acknowledged'))
from lake.findings
where date between $from and $on and severity in ('critical', 'high', 'medium')
"""


def gather_detail(
    con: duckdb.DuckDBPyConnection, facts: DayFacts, shown: Sequence[Finding]
) -> Detail:
    """Return what is told beyond the findings of a day, from a connection in the configured zone.

    `shown` are the findings in full: their actors are looked at up close.
    """
    load_macros(con)
    on = facts.on
    history_from = on - dt.timedelta(days=HISTORY_DAYS - 1)
    past_from = on - dt.timedelta(days=PAST_DAYS)

    def rows(query: str, **values: Any) -> list[tuple[Any, ...]]:
        return con.execute(query, values).fetchall()

    named = {(one.actor, one.site_id) for one in shown if one.actor_kind == "user" and one.site_id}
    pairs = sorted(pair for pair in named if can_be_asked(pair[0]))
    looked = rows(
        _USERS,
        on=on,
        users=[user for user, _ in pairs],
        sites=[site for _, site in pairs],
        limit=USERS_SHOWN,
        far_more=FAR_MORE_SHOWN,
    )
    days = [_user_day(row[:-2]) for row in looked]
    found = sum(row[-2] for row in looked)
    top = (*days[: min(found, FOUND_SHOWN)], *days[found:])
    [(elsewhere, anonymous, bots)] = rows(_BESIDE, on=on)
    by_type = rows(_BY_TYPE, on=on)
    actors = Actors.of(shown, [(one.user_id, one.site_id) for one in top])
    with lines_of(con, on, past_from, actors) as lines:
        access = Access(
            users=top,
            far_more=looked[0][-1] if looked else 0,
            samples=lines.samples(),
            users_total=sum(users for _, users, _ in by_type),
            by_type=tuple(by_type),
            elsewhere=elsewhere,
            anonymous=anonymous,
            bots=bots,
        )
        close_ups = lines.close_ups()
    pasts = _pasts(con, shown, {"on": on, "from": past_from})
    return Detail(
        access=access,
        standings={(one.user_id, one.site_id): one for one in days},
        close_ups=close_ups,
        pasts=pasts,
        past_decisions=_last_words(con, [one for past in pasts.values() for one in past.findings]),
        trend=tuple(TrendDay(*row) for row in rows(_TREND, **{"on": on, "from": history_from})),
        review=_review(con, on, history_from),
    )


def _user_day(row: tuple[Any, ...]) -> UserDay:
    compared, is_near, peers, *figures = row[-9:]
    spreads = (Spread(peers, *figures[:3]), Spread(peers, *figures[3:])) if peers else (None, None)
    values: list[Any] = [*row[:-9], Compared(compared), is_near, *spreads]
    return UserDay(*values)


def _pasts(
    con: duckdb.DuckDBPyConnection, shown: Sequence[Finding], days: dict[str, dt.date]
) -> dict[str, Past]:
    """What is like each incident: of the same actor, or of the same detector at the same site."""
    asked = [one for one in shown if can_be_asked(one.actor)]
    if not asked:
        return {}
    con.execute(
        _LIKE,
        {
            **days,
            "incidents": [incident_id_of(one) for one in asked],
            "detectors": [one.detector for one in asked],
            "kinds": [one.actor_kind for one in asked],
            "actors": [one.actor for one in asked],
            "sites": [one.site_id for one in asked],
        },
    )
    examples: dict[str, list[PastFinding]] = {}
    for incident_id, *values in con.execute(_LIKE_EXAMPLES, {"limit": PAST_SHOWN}).fetchall():
        examples.setdefault(incident_id, []).append(PastFinding(*values))
    outcomes: dict[str, list[tuple[str, int]]] = {}
    for incident_id, outcome, count in con.execute(_LIKE_OUTCOMES).fetchall():
        outcomes.setdefault(incident_id, []).append((outcome, count))
    con.execute("drop table temp.detail_past")
    return {
        incident_id: Past(
            tuple(found),
            sum(count for _, count in outcomes[incident_id]),
            tuple(outcomes[incident_id]),
        )
        for incident_id, found in examples.items()
    }


def _last_words(
    con: duckdb.DuckDBPyConnection, findings: Sequence[PastFinding]
) -> dict[str, Decision]:
    decided = decisions_of(con, sorted({one.finding_id for one in findings}))
    return {finding_id: decisions[-1] for finding_id, decisions in decided.items()}


def _review(con: duckdb.DuckDBPyConnection, on: dt.date, history_from: dt.date) -> Review:
    # Bound as a date, which the connection's zone turns into the midnight that begins it.
    found = con.execute(
        _DECISIONS, {"on": on, "since": history_from, "limit": REVIEWS_SHOWN}
    ).fetchall()
    [(asked, still_open)] = con.execute(_WAITING, {"on": on, "from": history_from}).fetchall()
    return Review(
        decisions=tuple(Reviewed(Decision(*row[:8]), *row[8:-1]) for row in found),
        total=found[0][-1] if found else 0,
        asked=asked,
        still_open=still_open,
    )
