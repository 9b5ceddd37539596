"""Legal holds come before an erasure: nothing is rewritten that one of them covers."""

from collections.abc import Sequence

import duckdb

from pipelines.errors import UsageError
from pipelines.retention.holds import Hold, read_holds
from pipelines.subject.person import Person
from pipelines.subject.places import Table, tables
from pipelines.text.messages import message

# What is evidence: requests, lines that are none, and what was found.
_EVIDENCE = frozenset({"request_fact", "reject", "findings", "shadow_finding"})


def refuse_held(con: duckdb.DuckDBPyConnection, person: Person) -> None:
    """Make sure that no hold covers what the erasure of a person would rewrite.

    Raises:
        UsageError: a hold names the person, or covers a request, a rejected line or a finding that
            holds the person.
    """
    holds = read_holds(con)
    evidence = [table for table in tables(con) if table.name in _EVIDENCE] if holds else []
    for hold in holds:
        if _covers(con, hold, person, evidence):
            raise UsageError(message("subject.run.held", at=hold.hold_id))


def _covers(
    con: duckdb.DuckDBPyConnection, hold: Hold, person: Person, evidence: Sequence[Table]
) -> bool:
    if hold.actor is not None and (hold.actor_kind, hold.actor) in {
        (person.kind, value) for value in person.values
    }:
        return True
    return any(_covers_row(con, hold, person, table) for table in evidence)


def _covers_row(con: duckdb.DuckDBPyConnection, hold: Hold, person: Person, table: Table) -> bool:
    tests = [table.found(person)]
    values: list[object] = []
    if hold.actor is not None:
        tests.append(table.found(Person(hold.actor_kind or "user", hold.actor, (hold.actor,))))
    for sign, value in ((">=", hold.from_day), ("<=", hold.to_day)):
        if value is not None:
            tests.append(f"own.{table.day} {sign} ?")
            values.append(value)
    if hold.site_id is not None:
        tests.append(
            "own.request_profile_id in (select profile.request_profile_id"
            " from lake.request_profile as profile where profile.site_id = ?)"
            if table.name == "request_fact"
            else "own.site_id = ?"
        )
        values.append(hold.site_id)
    query = f"select 1 from lake.{table.name} as own where {' and '.join(tests)} limit 1"
    return con.execute(query, values).fetchone() is not None
