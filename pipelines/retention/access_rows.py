"""The rows of lake.request_fact whose time is over: pseudonymised, then deleted, a day at a time.

Rows lie in files of their day, so that a day is written anew and no other. A day and the count of
what went from it are one transaction.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.privacy.epochs import KINDS, EpochKeys, epoch_of, pseudonym_sql
from pipelines.retention.holds import ActorKind, Hold, held_sql
from pipelines.retention.periods import CLIENTS, SITES, TEMPLATES, DueDay
from pipelines.retention.result import Act, LetGo
from pipelines.retention.waiting import ADDRESSES, SESSIONS, USERS
from pipelines.text.messages import message

GONE_CLIENTS, GONE_AGENTS, GONE_USERS = (
    "retention_gone_client", "retention_gone_agent", "retention_gone_user",
)  # fmt: skip
PATH_ELSEWHERE = "/*"
"""What stands for a path that no resource of the settings describes."""

_PERSON: dict[ActorKind, str] = {
    "user": (
        "(fact.user_id = {0} or alias.usual_id = {0} or fact.user_id in ("
        "select own.user_id from lake.person as own inner join lake.person as other"
        " on other.usual_id = own.usual_id where other.user_id = {0}))"
    ),
    "ip": "fact.client_id in (select client_id from lake.client where is_from(client_ip, [{}]))",
    "subject": "fact.subject_id = {}",
}
# The client keeps where its network is, the agent what kind of browser it is.
_FATES = """
create or replace temp table retention_fate as
select
    fact.*, profile.site_id, site.site_group,
    coalesce(alias.usual_id, fact.user_id) as usual_id,
    template.path as template,
    $night - least(fact.log_date, reading.read_on) + 1 as row_age,
    case
        when {held} then 'held'
        when row_age > least(site.access_log_days, coalesce(own.access_log_days, 1000000))
            then 'delete'
        when fact.pseudonym_epoch is not null then 'keep'
        when row_age <= least(
            site.pseudonymise_after_days, coalesce(own.pseudonymise_after_days, 1000000)
        ) then 'keep'
        when open_user.actor is not null or open_session.actor is not null
            or open_client.client_id is not null then 'waiting'
        else 'pseudonymise'
    end as fate
from lake.request_fact as fact
left join lake.request_profile as profile on profile.request_profile_id = fact.request_profile_id
left join {sites} as site on site.site_id = profile.site_id
left join {clients} as own on own.client_id = fact.client_id
left join lake.user_alias as alias on alias.user_id = fact.user_id
left join {templates} as template
    on template.site_id = profile.site_id and template.resource_id = profile.resource_id
left join (select distinct actor from {users}) as open_user on open_user.actor = fact.user_id
left join {sessions} as open_session on open_session.actor = fact.session_id
left join (
    select client_id
    from (select client_id, unnest(names_of(client_ip)) as address from lake.client)
    where address in (select actor from {addresses})
    group by client_id
) as open_client on open_client.client_id = fact.client_id
-- A wrong clock may have dated a line later than the day on which it was read.
left join (
    from (
        select
            file_id, from_line, min(read_at)::date as read_on,
            lead(from_line) over (partition by file_id order by from_line) as next_line
        from lake.ledger_day
        where log_date = $day
        group by file_id, from_line
    )
    where read_on < $day
) as reading
    on reading.file_id = fact.file_id and reading.from_line <= fact.line_no
    and fact.line_no < coalesce(reading.next_line, fact.line_no + 1)
where fact.log_date = $day
"""
_GONE = """
insert into {clients} select distinct client_id from retention_fate where fate in ({fates});
insert into {agents} select distinct agent_id from retention_fate
where fate in ({fates}) and agent_id is not null;
insert into {users} select distinct user_id from retention_fate
where fate in ({fates}) and user_id is not null and pseudonym_epoch is null;
"""
# Hashed once for each distinct value, not for each row.
_NEW_CLIENTS = """
create or replace temp table retention_new_client as
select client_id, ('0x' || left(sha256($client_key || client_id::varchar), 16))::ubigint as new_id
from (select distinct client_id from retention_fate where fate = 'pseudonymise')
where client_id is not null
"""
_NEW_VALUES = """
create or replace temp table retention_new_{kind} as
select value, {pseudonym} as new_value
from (select distinct {column} as value from retention_fate where fate = 'pseudonymise')
where value is not null
"""
_CLIENTS_OF_EPOCH = f"""
insert into lake.client by name
select
    fresh.new_id as client_id,
    {pseudonym_sql("client", "client.client_ip")} as client_ip,
    client.country, client.subdivision, client.asn, client.as_org, client.geo_source, client.seen_at
from retention_new_client as fresh
inner join lake.client as client on client.client_id = fresh.client_id
anti join lake.client as known on known.client_id = fresh.new_id
"""
NEW_AGENT = (
    "md5_number_lower('pn ' || concat_ws('|', coalesce({0}.browser, ''), coalesce({0}.os, ''),"
    " coalesce({0}.device, ''), coalesce({0}.is_bot, false), coalesce({0}.bot_name, '')))"
)
_COARSE_AGENTS = f"""
insert into lake.agent by name
with coarse as (
    select
        {NEW_AGENT.format("agent")} as agent_id,
        any_value(agent.browser) as browser, any_value(agent.os) as os,
        any_value(agent.device) as device, any_value(agent.is_bot) as is_bot,
        any_value(agent.bot_name) as bot_name, min(agent.seen_at) as seen_at
    from lake.agent as agent
    semi join (select distinct agent_id from {{source}}) as fate
        on fate.agent_id = agent.agent_id
    group by 1
)
select coarse.* from coarse anti join lake.agent as known on known.agent_id = coarse.agent_id
"""
_NEW_AGENTS = f"""
create or replace temp table retention_new_agent as
select agent.agent_id, {NEW_AGENT.format("agent")} as new_id
from lake.agent as agent
semi join (select distinct agent_id from retention_fate where fate = 'pseudonymise') as fate
    on fate.agent_id = agent.agent_id
"""
_HASHED = {"user": "usual_id", "session": "session_id", "subject": "subject_id"}
_REPLACED = {
    "client_id": "client.new_id",
    "agent_id": "agent.new_id",
    "user_id": "new_user.new_value",
    "session_id": "new_session.new_value",
    "url_path": f"case when url_path is not null then coalesce(template, '{PATH_ELSEWHERE}') end",
    "url_query": "null",
    "referrer": "null",
    "referrer_domain": "null",
    "subject_id": "new_subject.new_value",
    "pseudonym_epoch": "$epoch",
}


@dataclass
class Sums:
    """Rows that stay as they are although their time is over."""

    waiting: int = 0
    held: int = 0


def make_gone_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Make the empty tables of clients, agents and users that rows no longer name."""
    for table, column, kind in (
        (GONE_CLIENTS, "client_id", "ubigint"),
        (GONE_AGENTS, "agent_id", "ubigint"),
        (GONE_USERS, "user_id", "varchar"),
    ):
        con.execute(f"create or replace temp table {table} ({column} {kind})")


_ACT_OF: dict[str, Act] = {"delete": "deleted", "pseudonymise": "pseudonymised"}


def let_go_of_rows(
    con: duckdb.DuckDBPyConnection,
    keys: EpochKeys | None,
    days: Sequence[DueDay],
    holds: Sequence[Hold],
    epoch_months: int,
    now: dt.datetime,
    sums: Sums,
) -> Iterator[LetGo]:
    """Deal with the days; yield what goes of each. Without `keys` nothing is written.

    The tables of periods, of open cases and of what is gone must stand, and the SQL functions of
    detectors (`aggregates.load_macros`).
    """
    for day in days:
        relevant = [one for one in holds if one.covers_day(day.log_date)]
        held, bound = held_sql(relevant, "fact.log_date", "profile.site_id", _PERSON)
        con.execute(
            _FATES.format(
                held=held,
                sites=SITES,
                clients=CLIENTS,
                templates=TEMPLATES,
                users=USERS,
                sessions=SESSIONS,
                addresses=ADDRESSES,
            ),
            {"day": day.log_date, "night": day.night} | bound,
        )
        counts = con.execute(
            "select site_group, fate, count(*) from retention_fate group by all order by all"
        ).fetchall()
        _require_whole(con, day.log_date, sum(rows for *_, rows in counts))
        of_day = {fate: sum(n for _, one, n in counts if one == fate) for _, fate, _ in counts}
        sums.waiting += of_day.get("waiting", 0)
        sums.held += of_day.get("held", 0)
        acts = [
            LetGo("access_log", _ACT_OF[fate], rows, 0, (day.log_date,), group)
            for group, fate, rows in counts
            if fate in _ACT_OF
        ]
        if keys is None:
            yield from acts
            continue
        epoch = epoch_of(day.log_date, epoch_months)
        with lake.transaction(con):
            _write(con, keys, day, of_day, epoch, now)
            yield from acts  # before the commit: what nobody has noted is not done
    con.execute("drop table if exists temp.retention_fate")


def _require_whole(con: duckdb.DuckDBPyConnection, day: dt.date, rows: int) -> None:
    """Make sure that each row of a day has one fate: the day is written anew from these."""
    ((own,),) = con.execute(
        "select count(*) from lake.request_fact where log_date = ?", [day]
    ).fetchall()
    if own != rows:
        raise MimamoriError(message("retention.rows.not_whole", at=day, rows=own, found=rows))


def _write(
    con: duckdb.DuckDBPyConnection,
    keys: EpochKeys,
    day: DueDay,
    of_day: dict[str, int],
    epoch: str,
    now: dt.datetime,
) -> None:
    """Put a day in its new state, with the record of it, in the transaction."""
    going = {fate for fate in ("delete", "pseudonymise") if of_day.get(fate)}
    bound: dict[str, Any] = {}
    if "pseudonymise" in going:
        bound = {f"{kind}_key": keys.made(epoch).of_kind(kind) for kind in KINDS}
        bound["epoch"] = epoch
    if going:
        fates = ", ".join(lake.quoted(fate) for fate in sorted(going))
        con.execute(
            _GONE.format(fates=fates, clients=GONE_CLIENTS, agents=GONE_AGENTS, users=GONE_USERS)
        )
        con.execute(
            "insert into lake.removed_day by name select file_id, log_date, site_id,"
            " count(*) as records, 0 as rejects, $now as removed_at from retention_fate"
            " where fate = 'delete' group by file_id, log_date, site_id",
            {"now": now},
        )
        _rewrite_day(con, day.log_date, bound)
    con.execute("delete from lake.retention_day where log_date = ?", [day.log_date])
    waiting, held = of_day.get("waiting", 0), of_day.get("held", 0)
    con.execute(
        "insert into lake.retention_day values (?, ?, ?, ?, ?)",
        [day.log_date, day.fates, waiting, held, now],
    )


def _rewrite_day(con: duckdb.DuckDBPyConnection, day: dt.date, bound: dict[str, Any]) -> None:
    columns = [
        name
        for (name,) in con.execute(
            "select column_name from duckdb_columns() where database_name = 'lake'"
            " and table_name = 'request_fact' order by column_index"
        ).fetchall()
    ]
    if bound:
        con.execute(_NEW_AGENTS)
        for statement in (_NEW_CLIENTS, _CLIENTS_OF_EPOCH):
            con.execute(statement, _needed(statement, bound))
        insert_coarse_agents(con, "retention_fate where fate = 'pseudonymise'")
        for kind, column in _HASHED.items():
            pseudonym = pseudonym_sql(kind, "value")
            statement = _NEW_VALUES.format(kind=kind, column=column, pseudonym=pseudonym)
            con.execute(statement, _needed(statement, bound))
    con.execute("delete from lake.request_fact where log_date = ?", [day])
    chosen = [
        f"case when fate.fate = 'pseudonymise' then {_REPLACED[name]} else fate.{name} end"
        f" as {name}"
        if bound and name in _REPLACED
        else f"fate.{name}"
        for name in columns
    ]
    joined = (
        " left join retention_new_client as client on client.client_id = fate.client_id"
        " left join retention_new_agent as agent on agent.agent_id = fate.agent_id"
        + "".join(
            f" left join retention_new_{kind} as new_{kind} on new_{kind}.value = fate.{column}"
            for kind, column in _HASHED.items()
        )
        if bound
        else ""
    )
    statement = (
        f"insert into lake.request_fact by name select {', '.join(chosen)}"
        f" from retention_fate as fate{joined} where fate.fate <> 'delete'"
    )
    con.execute(statement, _needed(statement, bound))


def insert_coarse_agents(con: duckdb.DuckDBPyConnection, source: str) -> None:
    """Add the agents that rows refer to from now on, without the text of those in `source`."""
    con.execute(_COARSE_AGENTS.format(source=source))


def _needed(statement: str, bound: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in bound.items() if f"${name}" in statement}
