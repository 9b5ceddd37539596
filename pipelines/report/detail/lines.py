"""The lines of some actors on one day, read in one pass and summed up: the day seen up close.

A user's lines are those that name the user or are credited to the user; an address's and a
session's are all of theirs. One temporary table holds the sums, the questions are put to that.
"""

import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from pipelines.findings import Finding
from pipelines.lake import make_table
from pipelines.report.detail_facts import CloseUp, Hour, Sample, Source, Touched
from pipelines.triage.incidents import incident_id_of

PEOPLE_SHOWN = 10
PEOPLE_OF_USER = 5
TOUCHED_SHOWN = 8
SOURCES_SHOWN = 6
EXAMPLES_SHOWN = 3
_KINDS = ("user", "ip", "session")

_LINES = """
create or replace temp table detail_line as
with named as (
    select value from detail_actor where kind = 'ip'
), address as (
    select client_id, if(client_ip in (select value from named), client_ip, slash64) as value
    from (select client_id, client_ip, slash64_of(client_ip) as slash64 from lake.client)
    where client_ip in (select value from named) or slash64 in (select value from named)
), person as (
    select distinct value from detail_actor where kind = 'user'
), session as (
    select distinct value from detail_actor where kind = 'session'
), summed as (
    select
        hour(time) as hour, site_id, user_id, client_id, agent_id,
        if(session_id in (select value from session), session_id, null) as session_id,
        resource_id, resource_kind, coalesce(data_level, 0) as data_level, subject_id,
        coalesce(is_access(status) and data_level > 0, false) as is_personal,
        coalesce(status between 400 and 499, false) as is_refused,
        coalesce(is_admitted(status, login_result), false) as is_admitted,
        count(*) as requests, min(time) as first_time, max(time) as last_time
    from lake.person_request
    where log_date = $on and (
        user_id in (select value from person) or client_id in (select client_id from address)
        or session_id in (select value from session)
    )
    group by all
)
select
    summed.*, address.value as named_address, client.client_ip, client.country, client.as_org,
    network_of(client.client_ip) as network, agent.browser, agent.os, agent.device
from summed
left join lake.client as client on client.client_id = summed.client_id
left join lake.agent as agent on agent.agent_id = summed.agent_id
left join address on address.client_id = summed.client_id
"""

_OF_INCIDENTS = """
create or replace temp table detail_incident as
select actor.incident_id, line.* from detail_actor as actor join detail_line as line
    on actor.kind = 'user' and line.user_id = actor.value where actor.incident_id is not null
union
select actor.incident_id, line.* from detail_actor as actor join detail_line as line
    on actor.kind = 'ip' and line.named_address = actor.value where actor.incident_id is not null
union
select actor.incident_id, line.* from detail_actor as actor join detail_line as line
    on actor.kind = 'session' and line.session_id = actor.value
    where actor.incident_id is not null
"""

_TOTALS = """
select
    incident_id, min(first_time), max(last_time), sum(requests)::bigint,
    coalesce(sum(requests) filter (where is_personal), 0)::bigint,
    coalesce(sum(requests) filter (where is_refused), 0)::bigint,
    count(distinct (site_id, subject_id)) filter (where is_personal and subject_id is not null)
from detail_incident group by incident_id
"""

_HOURS = """
select
    incident_id, hour, sum(requests)::bigint,
    coalesce(sum(requests) filter (where is_personal), 0)::bigint,
    coalesce(sum(requests) filter (where is_refused), 0)::bigint
from detail_incident group by incident_id, hour order by incident_id, hour
"""

_TOUCHED = """
select
    incident_id, site_id, resource_id, any_value(resource_kind), max(data_level),
    coalesce(sum(requests) filter (where is_personal), 0)::bigint as accesses,
    count(distinct subject_id) filter (where is_personal) as people,
    coalesce(sum(requests) filter (where is_refused), 0)::bigint as refused,
    count(*) over (partition by incident_id)
from detail_incident where resource_id is not null
group by incident_id, site_id, resource_id
qualify row_number() over (
    partition by incident_id
    order by max(data_level) desc, accesses desc, refused desc, site_id, resource_id
) <= $limit
order by incident_id, max(data_level) desc, accesses desc, refused desc, site_id, resource_id
"""

# Whom the lake watches is a secret, which a page with one such person would tell.
_NOT_WATCHED = """
watched_hash(subject_id) not in (select subject_hash from lake.watch where removed_at is null)
"""

_PEOPLE = f"""
select incident_id, subject_id from detail_incident
where is_personal and subject_id is not null and {_NOT_WATCHED}
group by incident_id, site_id, subject_id
qualify row_number() over (
    partition by incident_id order by sum(requests) desc, site_id, subject_id
) <= $limit
order by incident_id, sum(requests) desc, site_id, subject_id
"""

_NETWORKS = """
with owned as (
    select
        incident_id, user_id, network, country, as_org, sum(requests)::bigint as requests,
        bool_or(is_admitted) as is_admitted, list(distinct client_ip) as addresses
    from detail_incident where client_ip is not null
    group by incident_id, user_id, network, country, as_org
), network as (
    select
        incident_id, user_id, network,
        first(
            {country: country, as_org: as_org}
            order by country is null, requests desc, country, as_org
        ) as origin,
        sum(requests)::bigint as requests, bool_or(is_admitted) as is_admitted,
        list_sort(list_distinct(flatten(list(addresses)))) as addresses
    from owned
    group by incident_id, user_id, network
), past as (
    select
        user_id, network, count(distinct log_date) as days,
        max(requests) >= earned_requests() or count(distinct log_date) >= earned_days()
            as is_known
    from lake.people_network_day
    where log_date between $from and $on - 1 and user_id in (select user_id from network)
    group by user_id, network
), known as (
    select distinct user_id from past
)
select
    network.incident_id, network.user_id, network.origin.country, network.origin.as_org,
    network.network,
    network.addresses[:$examples], len(network.addresses), network.requests,
    coalesce(past.days, 0),
    case
        when known.user_id is null or not network.is_admitted then null
        else coalesce(past.is_known, false)
    end as is_known,
    count(*) over (partition by network.incident_id)
from network
left join past on past.user_id = network.user_id and past.network = network.network
left join known on known.user_id = network.user_id
qualify row_number() over (
    partition by network.incident_id
    order by is_known nulls last, network.requests desc, network.network, network.user_id
) <= $limit
order by network.incident_id, is_known nulls last, network.requests desc, network.network,
    network.user_id
"""

_BROWSERS = """
with browser as (
    select
        incident_id, user_id, browser, os, device, sum(requests)::bigint as requests,
        bool_or(is_admitted) as is_admitted
    from detail_incident
    where coalesce(browser, os, device) is not null
    group by incident_id, user_id, browser, os, device
), past as (
    select
        user_id, browser, os, device, count(distinct log_date) as days,
        max(requests) >= earned_requests() or count(distinct log_date) >= earned_days()
            as is_known
    from lake.people_agent_day
    where log_date between $from and $on - 1 and user_id in (select user_id from browser)
    group by user_id, browser, os, device
), known as (
    select distinct user_id from past
)
select
    browser.incident_id, browser.user_id, browser.browser, browser.os, browser.device,
    [], 0, browser.requests, coalesce(past.days, 0),
    case
        when known.user_id is null or not browser.is_admitted then null
        else coalesce(past.is_known, false)
    end as is_known,
    count(*) over (partition by browser.incident_id)
from browser
left join past on past.user_id = browser.user_id
    and past.browser is not distinct from browser.browser
    and past.os is not distinct from browser.os
    and past.device is not distinct from browser.device
left join known on known.user_id = browser.user_id
qualify row_number() over (
    partition by browser.incident_id
    order by is_known nulls last, browser.requests desc, browser.browser, browser.os,
        browser.device, browser.user_id
) <= $limit
order by browser.incident_id, is_known nulls last, browser.requests desc, browser.browser,
    browser.os, browser.device, browser.user_id
"""

_SAMPLES = f"""
with seen as (
    select line.user_id, line.site_id, line.subject_id, sum(line.requests) as requests
    from detail_line as line
    join detail_top as top on top.user_id = line.user_id and top.site_id = line.site_id
    where line.is_personal and line.subject_id is not null
    group by line.user_id, line.site_id, line.subject_id
)
select
    user_id, site_id,
    coalesce(
        list(subject_id order by requests desc, subject_id) filter (where {_NOT_WATCHED}), []
    )[:$limit],
    count(*)
from seen group by user_id, site_id
"""


def can_be_asked(value: str) -> bool:
    """Return False for a text with a NUL, on which DuckLake's query of its own catalog breaks."""
    return "\x00" not in value


@dataclass(frozen=True)
class Actors:
    """Whose lines are wanted: (incident, kind, value), and the users whose people are sampled."""

    of_incidents: tuple[tuple[str, str, str], ...]
    users: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, findings: Sequence[Finding], users: Sequence[tuple[str, str]]) -> "Actors":
        """Return the actors of findings, sites left out, and (user, site) pairs besides."""
        named = (
            (incident_id_of(one), one.actor_kind, one.actor)
            for one in findings
            if one.actor_kind in _KINDS and can_be_asked(one.actor)
        )
        return cls(tuple(dict.fromkeys(named)), tuple(users))


@dataclass(frozen=True)
class Lines:
    """The sums of the actors' lines; every answer is by incident, or by user and site."""

    con: duckdb.DuckDBPyConnection
    days: Mapping[str, dt.date]

    def samples(self) -> dict[tuple[str, str], Sample]:
        """Return the people whom each of the users saw most often at a site, and how many."""
        rows = self.con.execute(_SAMPLES, {"limit": PEOPLE_OF_USER}).fetchall()
        return {
            (user, site): Sample(tuple(subjects), total) for user, site, subjects, total in rows
        }

    def close_ups(self) -> dict[str, CloseUp]:
        """Return the day of the actors of each incident that has a line."""
        hours = self._by_incident(_HOURS)
        people = self._by_incident(_PEOPLE, limit=PEOPLE_SHOWN)
        touched = self._by_incident(_TOUCHED, limit=TOUCHED_SHOWN)
        given = {**self.days, "limit": SOURCES_SHOWN}
        networks = self._by_incident(_NETWORKS, **given, examples=EXAMPLES_SHOWN)
        browsers = self._by_incident(_BROWSERS, **given)
        found = {}
        for row in self.con.execute(_TOTALS).fetchall():
            incident_id, first_time, last_time, requests, accesses, refused, people_total = row
            resources = touched.get(incident_id, [])
            found[incident_id] = CloseUp(
                first_time=first_time,
                last_time=last_time,
                requests=requests,
                accesses=accesses,
                refused=refused,
                people=Sample(tuple(one for (one,) in people.get(incident_id, [])), people_total),
                hours=tuple(Hour(*row) for row in hours[incident_id]),
                touched=tuple(Touched(*row[:-1]) for row in resources),
                touched_cut=_cut(resources),
                networks=_sources(networks.get(incident_id, [])),
                networks_cut=_cut(networks.get(incident_id, [])),
                browsers=_sources(browsers.get(incident_id, [])),
                browsers_cut=_cut(browsers.get(incident_id, [])),
            )
        return found

    def _by_incident(self, query: str, **values: Any) -> dict[str, list[tuple[Any, ...]]]:
        found: dict[str, list[tuple[Any, ...]]] = {}
        for incident_id, *row in self.con.execute(query, values).fetchall():
            found.setdefault(incident_id, []).append(tuple(row))
        return found


@contextlib.contextmanager
def lines_of(
    con: duckdb.DuckDBPyConnection, on: dt.date, past_from: dt.date, actors: Actors
) -> Iterator[Lines]:
    """Yield the lines of actors on a day; the tables are gone afterwards.

    `con` is in the configured time zone and has the macros; what is usual is looked up from
    `past_from` to the day before.
    """
    wanted = [*actors.of_incidents, *((None, "user", user) for user, _ in actors.users)]
    schema = {"incident_id": pl.String, "kind": pl.String, "value": pl.String}
    make_table(con, "detail_actor", pl.DataFrame(wanted, schema=schema, orient="row"), is_own=True)
    pairs = {"user_id": pl.String, "site_id": pl.String}
    make_table(
        con, "detail_top", pl.DataFrame(actors.users, schema=pairs, orient="row"), is_own=True
    )
    try:
        con.execute(_LINES, {"on": on})
        con.execute(_OF_INCIDENTS)
        yield Lines(con, {"on": on, "from": past_from})
    finally:
        for name in ("detail_actor", "detail_top", "detail_line", "detail_incident"):
            con.execute(f"drop table if exists {name}")


def _sources(rows: Sequence[tuple[Any, ...]]) -> tuple[Source, ...]:
    return tuple(
        Source(user, tuple(name), Sample(tuple(examples), total), requests, past_days, is_known)
        for user, *name, examples, total, requests, past_days, is_known, _ in rows
    )


def _cut(rows: Sequence[tuple[Any, ...]]) -> int:
    """How many were left out: the last value of each row counts all."""
    return rows[0][-1] - len(rows) if rows else 0
