"""Values that no row needs any more: addresses, agents, aliases, names from reverse DNS."""

from collections.abc import Iterator

import duckdb

from pipelines import lake
from pipelines.retention.access_rows import GONE_AGENTS, GONE_CLIENTS, GONE_USERS
from pipelines.retention.result import LetGo

# Most of what a day named is named by the last days too; only for the rest is every row looked at.
_RARE = """
create or replace temp table retention_rare as
select distinct candidate.{column} as value
from {candidates} as candidate
anti join (
    select fact.{column} from lake.request_fact as fact
    where fact.log_date > (select max(log_date) - 3 from lake.ledger_day)
) as lately on lately.{column} = candidate.{column}
"""
_UNUSED = """
create or replace temp table retention_unused as
select candidate.value
from retention_rare as candidate
anti join (
    select distinct fact.{column} as value from lake.request_fact as fact
) as used on used.value = candidate.value
"""
_ALIASES = """
create or replace temp table retention_unused as
with candidate as (
    select alias.user_id, alias.usual_id
    from lake.user_alias as alias
    where alias.user_id in (select user_id from retention_gone_user)
        or alias.usual_id in (select user_id from retention_gone_user)
),
used as (
    select distinct fact.user_id
    from lake.request_fact as fact
    semi join (
        select user_id from candidate union select usual_id from candidate
    ) as named on named.user_id = fact.user_id
)
select candidate.user_id as value
from candidate
where candidate.user_id not in (select user_id from used)
    and candidate.usual_id not in (select user_id from used)
"""


def look_at_all(con: duckdb.DuckDBPyConnection) -> None:
    """Take all values for such as rows may no longer name: after a run that was broken off."""
    con.execute(f"insert into {GONE_CLIENTS} select client_id from lake.client")
    con.execute(f"insert into {GONE_AGENTS} select agent_id from lake.agent")
    con.execute(f"insert into {GONE_USERS} select user_id from lake.user_alias")


def let_go_of_values(con: duckdb.DuckDBPyConnection) -> Iterator[LetGo]:
    """Delete what the rows that went had named and no other row names; yield how much goes."""
    for table, column, candidates in (
        ("client", "client_id", GONE_CLIENTS),
        ("agent", "agent_id", GONE_AGENTS),
    ):
        con.execute(_RARE.format(column=column, candidates=candidates))
        if con.execute("select 1 from retention_rare limit 1").fetchone():
            con.execute(_UNUSED.format(column=column))
            yield from _deleted(con, f"{table}s", table, column)
    con.execute(_ALIASES.replace("retention_gone_user", GONE_USERS))
    yield from _deleted(con, "aliases", "user_alias", "user_id")
    con.execute(
        "create or replace temp table retention_unused as"
        " select dns.client_ip as value from lake.reverse_dns as dns"
        " anti join lake.client as client on client.client_ip = dns.client_ip"
    )
    yield from _deleted(con, "reverse_dns", "reverse_dns", "client_ip")
    con.execute("drop table temp.retention_unused")
    con.execute("drop table temp.retention_rare")


def _deleted(con: duckdb.DuckDBPyConnection, kind: str, table: str, column: str) -> Iterator[LetGo]:
    ((unused,),) = con.execute("select count(*) from retention_unused").fetchall()
    if unused:
        yield LetGo(kind, "deleted", unused)
        con.execute(
            f"delete from lake.{lake.identifier(table)}"
            f" where {lake.identifier(column)} in (select value from retention_unused)"
        )
