"""Open cases, whose persons stay in clear until somebody has closed them."""

import datetime as dt

import duckdb

from pipelines.triage.cases.read import ids_to_look_at

USERS, ADDRESSES, SESSIONS = "retention_open_user", "retention_open_ip", "retention_open_session"
_KINDS = {"user": USERS, "ip": ADDRESSES, "session": SESSIONS}
# As in sql/day/case.sql: what the night's budget had no place for is a case all the same.
_OPEN = """
select distinct actor
from lake.weighed_finding
where actor_kind = $kind and actor is not null and status in ('new', 'acknowledged')
    and severity in ('critical', 'high', 'medium')
"""
# What is small each day can be a great matter together, and somebody may look into a small one.
_OF_CASES = """
select distinct actor
from lake.findings
where actor_kind = $kind and actor is not null and status in ('new', 'acknowledged')
    and list_contains($cases, case_id)
"""


def make_waiting_tables(con: duckdb.DuckDBPyConnection, half_life_days: int, night: dt.date) -> int:
    """Make the tables of the persons of open cases, in memory; return how many there are.

    A user stands in it under every account of the person and every alias of it.
    """
    people = 0
    cases = sorted(ids_to_look_at(con, half_life_days, night))
    for kind, table in _KINDS.items():
        con.execute(
            f"create or replace table {table} as {_OPEN} union {_OF_CASES}",
            {"kind": kind, "cases": cases},
        )
        ((actors,),) = con.execute(f"select count(*) from {table}").fetchall()
        people += actors
    con.execute(
        f"""
        insert into {USERS}
        select own.user_id
        from lake.person as own
        where own.usual_id in (
            select person.usual_id from lake.person as person
            inner join {USERS} as open_user on open_user.actor in (person.user_id, person.usual_id)
        )
        """
    )
    con.execute(
        f"insert into {USERS} select alias.user_id from lake.user_alias as alias"
        f" where alias.usual_id in (select actor from {USERS})"
    )
    return people
