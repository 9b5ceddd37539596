"""Erasing a person from the lake: rows keep their place, day and site, and the person is gone.

In place of the person stands a pseudonym that no key makes, another one with each erasure, so that
counts of people stay true and nobody can find out who it was. In rows of the person's own requests
all that could tell the person goes too: session, address, agent, query and referrer.
"""

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from pipelines import lake
from pipelines.lake.dictionary import Column
from pipelines.privacy.epochs import PREFIX
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.retention.access_rows import (
    GONE_AGENTS,
    GONE_CLIENTS,
    GONE_USERS,
    NEW_AGENT,
    insert_coarse_agents,
    make_gone_tables,
)
from pipelines.retention.dimensions import let_go_of_values
from pipelines.subject.person import Person
from pipelines.subject.places import Place, Table, as_text, own_corrections, own_rows, tables

ERASED = "erased"
"""Stands in `pseudonym_epoch` of a user's rows, which are as anonymous as those of a lost key."""
_DIRECTORY_TABLES = frozenset({"person", "person_change"})


@dataclass(frozen=True)
class Nobody:
    """What stands in place of a person: a pseudonym, and a salt for numbers of their clients."""

    pseudonym: str
    salt: str

    @classmethod
    def made(cls) -> "Nobody":
        """Return one that nobody had before."""
        return cls(PREFIX + secrets.token_hex(10), secrets.token_hex(32))


def erase_rows(
    con: duckdb.DuckDBPyConnection,
    person: Person,
    nobody: Nobody,
    before: dt.datetime | None = None,
    noted: Callable[[int], None] = lambda _rows: None,
) -> list[Place]:
    """Erase a person from all tables, in one transaction; return the places and their rows.

    `noted` is called within it with the number of rows.

    With `before`, requests from that instant on are left as they are: they are new. What they have
    in common with earlier ones, such as a user agent that names the person, loses the name.
    """
    done = []
    with lake.transaction(con):
        own_values = (
            "create or replace temp table subject_client as select distinct client_id, agent_id"
            f" from lake.request_fact as own where {own_rows(person)}{_older(before)}"
        )
        con.execute(own_values, _bound(before))
        for table in sorted(tables(con), key=lambda one: one.name != "request_fact"):
            if before is not None and not _may_return(table, person):
                continue
            rows = _erase_in(con, table, person, nobody, before)
            if rows:
                done.append(Place(f"lake.{table.name}", rows))
        _drop_values_that_no_row_needs(con, person)
        noted(sum(one.rows for one in done))
    con.execute("drop table temp.subject_client")
    return done


def _drop_values_that_no_row_needs(con: duckdb.DuckDBPyConnection, person: Person) -> None:
    make_gone_tables(con)
    con.execute(f"insert into {GONE_CLIENTS} select distinct client_id from subject_client")
    con.execute(
        f"insert into {GONE_AGENTS} select distinct agent_id from subject_client"
        " where agent_id is not null"
    )
    if person.kind == "user":
        con.execute(f"insert into {GONE_USERS} select unnest(?::varchar[])", [list(person.values)])
    for _ in let_go_of_values(con):
        pass


def bury(
    con: duckdb.DuckDBPyConnection,
    pseudonyms: Pseudonyms,
    person: Person,
    now: dt.datetime,
) -> None:
    """Write the tombstones by which a file that is delivered again brings nobody back."""
    for value_hash in {hash_of(pseudonyms, person.kind, value) for value in person.values}:
        con.execute(
            "insert into lake.tombstone by name select ? as person_kind, ? as value_hash,"
            " ? as until_at, ? as erased_at",
            [person.kind, value_hash, now, now],
        )


def hash_of(pseudonyms: Pseudonyms, kind: str, value: str) -> str:
    """Return what stands for a person in tombstones and in the register of requests."""
    return pseudonyms.lasting("tombstone", f"{kind} {value.lower() if kind == 'user' else value}")


_IN_FILES = frozenset({"request_fact", "reject"})
_SHARED = {
    "agent": "agent_id",
    "client": "client_id",
    "request_profile": "request_profile_id",
}
"""Tables of what requests have in common, each with its key."""


def _may_return(table: Table, person: Person) -> bool:
    """Whether a file that is delivered again may bring a person into a table.

    An erased address has a row of its own, which requests after the erasure may need.
    """
    is_their_address = table.name == "client" and person.kind == "ip"
    return table.name in {*_IN_FILES, *_SHARED} and not is_their_address


def _older(before: dt.datetime | None) -> str:
    return "" if before is None else " and own.time < $before"


def _bound(before: dt.datetime | None) -> dict[str, dt.datetime]:
    return {} if before is None else {"before": before}


def _erase_in(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    person: Person,
    nobody: Nobody,
    before: dt.datetime | None,
) -> int:
    found = table.found(person)
    bound = {}
    if table.name == "request_fact":
        found += _older(before)
        bound = _bound(before)
    elif before is not None and table.name in _SHARED:
        key = _SHARED[table.name]
        found += (
            f" and own.{key} in (select fact.{key} from lake.request_fact as fact"
            " where fact.time < $before)"
        )
        bound = _bound(before)
    row = con.execute(
        f"select count(*) from lake.{table.name} as own where {found}", bound
    ).fetchone()
    count = int(row[0]) if row else 0
    if not count:
        return 0
    if table.name in _DIRECTORY_TABLES and person.kind == "user":
        con.execute(f"delete from lake.{table.name} as own where {found}")
        return count
    if table.name == "correction":
        con.execute(f"delete from lake.correction as own where {own_corrections(person)}")
    own: dict[str, str] = {}
    if table.name == "request_fact":
        own = _own_values(con, person, nobody)
    elif person.kind == "user":
        own = {
            column.name: _OWN_OF_USER[column.name].format(nobody=lake.quoted(nobody.pseudonym))
            for column in table.columns
            if column.name in _OWN_OF_USER and table.name in _TABLES_OF_USER
        }
    is_own = own_rows(person) if table.name == "request_fact" else _is_own(table, person)
    values = {column.name: _replaced(table, column, person, nobody) for column in table.columns}
    changes = []
    for name in dict.fromkeys([*values, *own]):
        value = values.get(name, f"own.{name}")
        if name in own:
            value = f"case when {is_own} then {own[name]} else {value} end"
        changes.append(f"{lake.identifier(name)} = {value}")
    statement = f"update lake.{table.name} as own set {', '.join(changes)} where {found}"
    con.execute(statement, bound)
    return count


_TABLES_OF_USER = frozenset({"user_network_day", "session_user", "service_record"})
_OWN_OF_USER = {
    "network": "{nobody}",
    "subnet": "{nobody}",
    "session_id": "{nobody}",
    "client_ip": "{nobody}",
    "action": "null",
}


def _is_own(table: Table, person: Person) -> str:
    if all(column.name != "user_id" for column in table.columns):
        return "false"
    values = ", ".join(map(lake.quoted, person.values))
    return f"coalesce(own.user_id in ({values}), false)"


def _own_values(con: duckdb.DuckDBPyConnection, person: Person, nobody: Nobody) -> dict[str, str]:
    """What columns of the person's own requests have from now on."""
    if person.kind == "subject":
        return {}
    number = f"('0x' || left(sha256('{nobody.salt}' || {{}}.client_id::varchar), 16))::ubigint"
    con.execute(
        f"""
        insert into lake.client by name
        select {number.format("client")} as client_id, '{nobody.pseudonym}' as client_ip,
            client.country, client.subdivision, client.asn, client.as_org, client.geo_source,
            client.seen_at
        from lake.client as client
        where client.client_id in (select client_id from subject_client)
        """
    )
    values = {"client_id": number.format("own")}
    if person.kind == "user":
        insert_coarse_agents(con, "subject_client")
        agent = NEW_AGENT.format("agent")
        values |= {
            "agent_id": f"(select {agent} from lake.agent as agent"
            " where agent.agent_id = own.agent_id)",
            "session_id": f"case when own.session_id is not null then '{nobody.pseudonym}' end",
            "url_query": "null",
            "referrer": "null",
            "referrer_domain": "null",
            "pseudonym_epoch": f"'{ERASED}'",
        }
    return values


def _replaced(table: Table, column: Column, person: Person, nobody: Nobody) -> str:
    text, own = person.replaced(as_text(column), nobody.pseudonym), as_text(column)
    if (is_persons := table.persons(column)) != "true":
        text = f"case when {is_persons} then {text} else {own} end"
    return text if column.type == "VARCHAR" else f"({text})::{column.type}"
