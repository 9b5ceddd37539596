"""Erasing a person from the lake: rows keep their place, day and site, and the person is gone.

In place of the person stands a pseudonym that no key makes, another one with each erasure, so that
counts of people stay true and nobody can find out who it was. In rows of the person's own requests
all that could tell the person goes too: session, address, agent, query and referrer.
"""

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import duckdb

from pipelines import lake
from pipelines.detect.aggregates import load_macros
from pipelines.errors import MimamoriError
from pipelines.lake.dictionary import Column
from pipelines.lake.keyed_ids import ID_COLUMNS, KeyedIds
from pipelines.lake.rewriting import Marked, mark_rows, rewrite_rows
from pipelines.lake.statements import make_table
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
from pipelines.subject.first_lines import NO_FIRST_LINES, note_first_lines, renumber_files
from pipelines.subject.own_findings import FINDING_TABLES, OwnFindings, own_findings
from pipelines.subject.person import Person
from pipelines.subject.places import Place, Table, as_text, own_corrections, own_rows, tables
from pipelines.text.messages import message

ERASED = "erased"
"""Stands in `pseudonym_epoch` of a user's rows, which are as anonymous as those of a lost key."""
REQUESTS = "request_fact"
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


def mark_requests(
    con: duckdb.DuckDBPyConnection,
    person: Person,
    nobody: Nobody,
    before: dt.datetime | None = None,
) -> Marked:
    """Mark the requests that hold a person, which takes longest: every text is looked at.

    With a user go requests that name nobody, where they came in a session of the person's alone,
    or with address and agent of theirs on a day on which nobody else used these: the page of the
    log-in, seconds before, tells who it was by the time.
    """
    if person.kind == "user":
        for statement in (_DEVICES, _SHARED_DEVICES):
            con.execute(statement.format(own=own_rows(person)))
    (table,) = (one for one in tables(con) if one.name == REQUESTS)
    return _marked(con, table, person, nobody, before)


_DEVICES = """
create or replace temp table subject_device as
select distinct client_id, coalesce(agent_id, 0) as agent_id, session_id
from lake.request_fact as own
where {own}
"""
_SHARED_DEVICES = """
create or replace temp table subject_shared as
select distinct log_date, client_id, coalesce(agent_id, 0) as agent_id, session_id
from lake.request_fact as own
where not {own}
    and (
        own.user_id is not null
        or own.event_id in (select event_id from lake.service_user where user_id is not null)
    )
    and (
        own.session_id in (select session_id from temp.subject_device)
        or (own.client_id, coalesce(own.agent_id, 0)) in (
            select (client_id, agent_id) from temp.subject_device
        )
    )
"""
_IS_UNNAMED = """coalesce(own.user_id is null and (
    own.session_id in (
        select session_id from temp.subject_device
        where session_id not in (
            select session_id from temp.subject_shared where session_id is not null
        )
    )
    or (own.client_id, coalesce(own.agent_id, 0)) in (
        select (client_id, agent_id) from temp.subject_device
    )
    and (own.log_date, own.client_id, coalesce(own.agent_id, 0)) not in (
        select (log_date, client_id, agent_id) from temp.subject_shared
    )
), false)"""


def _own_requests(person: Person) -> str:
    """Return the SQL of whether a request is the person's, with those of `mark_requests`."""
    own = own_rows(person)
    return f"({own} or {_IS_UNNAMED})" if person.kind == "user" else own


def erase_rows(
    con: duckdb.DuckDBPyConnection,
    person: Person,
    nobody: Nobody,
    before: dt.datetime | None = None,
    noted: Callable[[int], None] = lambda _rows: None,
    requests: Marked | None = None,
) -> list[Place]:
    """Erase a person from all tables, in one transaction; return the places and their rows.

    `noted` is called within it with the number of rows. `requests` are those of `mark_requests`,
    where they are known already.

    With `before`, requests from that instant on are left as they are: they are new. What they have
    in common with earlier ones, such as a user agent that names the person, loses the name.
    """
    done = []
    load_macros(con)
    with lake.transaction(con):
        requests = requests or mark_requests(con, person, nobody, before)
        own_values = (
            "create or replace temp table subject_client as"
            " select distinct own.log_date, profile.site_id, own.client_id, own.agent_id"
            " from lake.request_fact as own left join lake.request_profile as profile"
            " on profile.request_profile_id = own.request_profile_id"
            f" where {_own_requests(person)}{_older(before)}"
        )
        con.execute(own_values, _bound(before))
        con.execute(NO_FIRST_LINES)
        # Before their rows go: other tables name them by their ids.
        findings = own_findings(con, person, KeyedIds.of(con)) if person.kind != "subject" else None
        if findings is not None:
            make_table(con, "left_of_finding", findings.left(nobody.pseudonym), is_own=True)
        for table in sorted(tables(con), key=lambda one: one.name != REQUESTS):
            if table.name == REQUESTS:
                marked = requests
            elif before is None or _may_return(table, person):
                marked = _marked(con, table, person, nobody, before, findings)
            else:
                continue
            if marked.rows:
                if table.name in _IN_FILES:
                    note_first_lines(con, marked)
                _erase_in(con, table, person, nobody, marked)
                done.append(Place(f"lake.{table.name}", marked.rows))
        done += _unwatched(con, person)
        renumber_files(con)
        _drop_values_that_no_row_needs(con, person, nobody)
        noted(sum(one.rows for one in done))
    con.execute("drop table temp.subject_client")
    con.execute("drop table if exists temp.left_of_finding")
    return done


_SUBNETS = """
create or replace temp table subject_subnet as
select distinct own.log_date, own.site_id, subnet_of(client.client_ip) as subnet
from subject_client as own
inner join lake.client as client on client.client_id = own.client_id
where subnet_of(client.client_ip) is not null
"""
# Where nothing is left of what sql/baselines/subnet_day.sql counts, the subnet's counts were the
# person's, and the one would be known by the other.
_OF_NOBODY_ELSE = """
select (own.log_date, own.site_id, own.subnet)
from temp.subject_subnet as own
anti join (
    select request.log_date, request.site_id, subnet_of(client.client_ip) as subnet
    from lake.user_request as request
    inner join lake.client as client on client.client_id = request.client_id
    where request.log_date in (select log_date from temp.subject_subnet)
        and subnet_of(client.client_ip) in (select subnet from temp.subject_subnet)
        and (
            request.user_id is not null or request.login_result is not null
            or request.data_level > 0
        )
) as other using (log_date, site_id, subnet)
"""


def _unwatched(con: duckdb.DuckDBPyConnection, person: Person) -> list[Place]:
    """Take a data subject off the list of watched ones, which has hashes in their place."""
    if person.kind != "subject":
        return []
    ((rows,),) = con.execute(
        "delete from lake.watch where subject_hash in ("
        " select watched_hash(value) from (select unnest(?::varchar[]) as value))",
        [list(person.values)],
    ).fetchall()
    return [Place("lake.watch", rows)] if rows else []


def _drop_values_that_no_row_needs(
    con: duckdb.DuckDBPyConnection, person: Person, nobody: Nobody
) -> None:
    make_gone_tables(con)
    con.execute(f"insert into {GONE_CLIENTS} select distinct client_id from subject_client")
    con.execute(
        f"insert into {GONE_AGENTS} select distinct agent_id from subject_client"
        " where agent_id is not null"
    )
    if person.kind == "user":
        con.execute(f"insert into {GONE_USERS} select unnest(?::varchar[])", [list(person.values)])
    con.execute(_SUBNETS)
    for _ in let_go_of_values(con):
        pass
    alone = f"(own.log_date, own.site_id, own.subnet) in ({_OF_NOBODY_ELSE})"
    changes = {"subnet": lake.quoted(nobody.pseudonym)}
    rewrite_rows(con, mark_rows(con, "subnet_day", alone, changes, {}))


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


def _marked(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    person: Person,
    nobody: Nobody,
    before: dt.datetime | None,
    findings: OwnFindings | None = None,
) -> Marked:
    """Mark the rows of a table that hold a person, with what they have from now on."""
    found, bound = table.found(person), {}
    if before is not None and table.name in _SHARED:
        key = _SHARED[table.name]
        found += (
            f" and own.{key} in (select fact.{key} from lake.request_fact as fact"
            " where fact.time < $before)"
        )
        bound = _bound(before)
    own: dict[str, str] = {}
    is_own = _is_own(table, person)
    if table.name == REQUESTS:
        bound = _bound(before)
        own, is_own = _own_values(person, nobody), _own_requests(person)
        found = f"({found} or {is_own}){_older(before)}"
    elif person.kind == "user" and table.name in _TABLES_OF_USER:
        own = {
            column.name: _OWN_OF_USER[column.name].format(nobody=lake.quoted(nobody.pseudonym))
            for column in table.columns
            if column.name in _OWN_OF_USER
        }
    changes = {column.name: _replaced(table, column, person, nobody) for column in table.columns}
    for name, value in own.items():
        other = changes.get(name, f"own.{name}")
        changes[name] = f"case when {is_own} then {value} else {other} end"
    if table.name in ID_COLUMNS and findings is not None:
        is_own, renamed = _of_own_findings(table, findings, nobody.pseudonym, changes)
        found, changes = f"({found} or {is_own})", {**changes, **renamed}
    kept = ("file_id", "line_no") if table.name in _IN_FILES else ()
    return mark_rows(con, table.name, found, changes, bound, kept)


def _of_own_findings(
    table: Table, own: OwnFindings, by: str, changes: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """Return which rows are findings about the person, or name one, and what these have from now.

    Ids of before are made of the person's value; evidence is what told of them.
    """
    names = own.renamed(by)
    before, now = (
        f"[{', '.join(map(lake.quoted, ids))}]::varchar[]" for ids in (names, names.values())
    )
    renamed: dict[str, str] = {}
    tests = []
    for column in ID_COLUMNS[table.name]:
        value = f"own.{column}"
        if column == "finding_ids":
            new = f"list_transform({value}, lambda one: coalesce(map({before}, {now})[one], one))"
            test = f"list_has_any({value}, {before})"
        else:
            new = f"coalesce(map({before}, {now})[{value}], {value})"
            test = f"{value} in (select unnest({before}))"
        renamed[column] = new
        tests.append(f"coalesce({test}, false)")
    for column in ("summary", "evidence") if table.name in FINDING_TABLES else ():
        left = f"(select remains.{column} from temp.left_of_finding as remains"
        renamed[column] = (
            f"coalesce({left} where remains.finding_id = own.finding_id), {changes[column]})"
        )
    return " or ".join(tests), renamed


def _erase_in(
    con: duckdb.DuckDBPyConnection, table: Table, person: Person, nobody: Nobody, marked: Marked
) -> None:
    if table.name in _DIRECTORY_TABLES and person.kind == "user":
        con.execute(f"delete from lake.{table.name} as own where {table.found(person)}")
        return
    if table.name == "correction":
        con.execute(f"delete from lake.correction as own where {own_corrections(person)}")
    if table.name == REQUESTS:
        _require_gone(con, table, person, marked)
        _insert_own_values(con, person, nobody)
    rewrite_rows(con, marked)


def _require_gone(
    con: duckdb.DuckDBPyConnection, table: Table, person: Person, marked: Marked
) -> None:
    """Make sure that no row to be written holds the person: no others were found to."""
    row = con.execute(
        f"select 1 from {marked.name} as own where {table.found(person)} limit 1"
    ).fetchone()
    if row is not None:
        raise MimamoriError(message("subject.run.still_there", places=f"lake.{table.name}"))


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


def _own_values(person: Person, nobody: Nobody) -> dict[str, str]:
    """What columns of the person's own requests have from now on."""
    if person.kind == "subject":
        return {}
    values = {"client_id": _client_of(nobody, "own")}
    if person.kind == "user":
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


def _client_of(nobody: Nobody, row: str) -> str:
    number = f"left(sha256('{nobody.salt}' || {row}.client_id::varchar), 16)"
    return f"('0x' || {number})::ubigint"


def _insert_own_values(con: duckdb.DuckDBPyConnection, person: Person, nobody: Nobody) -> None:
    """Add the clients and agents that the person's own requests refer to from now on."""
    if person.kind == "subject":
        return
    con.execute(
        f"""
        insert into lake.client by name
        select {_client_of(nobody, "client")} as client_id, '{nobody.pseudonym}' as client_ip,
            client.country, client.subdivision, client.asn, client.as_org, client.geo_source,
            client.seen_at
        from lake.client as client
        where client.client_id in (select client_id from subject_client)
        """
    )
    if person.kind == "user":
        insert_coarse_agents(con, "subject_client")


def _replaced(table: Table, column: Column, person: Person, nobody: Nobody) -> str:
    text, own = person.replaced(as_text(column), nobody.pseudonym), as_text(column)
    is_persons = table.persons(column)
    return text if is_persons == "true" else f"case when {is_persons} then {text} else {own} end"
