"""Where in the lake something is held on a person: every text of every table is looked at."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import duckdb

from pipelines import lake
from pipelines.lake.dictionary import Column, relations
from pipelines.subject.person import Person

# What is read to know a file again, and tables of the program's own texts.
LEFT_OUT = frozenset(
    {
        "ledger", "keyed_hash", "ai_agent", "country_group", "crawler_rule", "resource",
        "retention_act", "retention_day", "removed_day", "ledger_day", "tombstone",
    }
)  # fmt: skip
_TEXTS = frozenset({"VARCHAR", "JSON", "VARCHAR[]"})
# Texts are looked at where their class says that they tell a person, and these, which others wrote.
# All else is the program's own words: an account may be named like a site or a kind of user.
_CLASSES = ("[personal]", "[pseudonym]")
_OTHERS_WORDS = frozenset(
    {
        "agent.user_agent", "check_result.observed", "client.client_domain",
        "leak_day.page", "leak_day.parameter", "person.company", "person.department",
        "reject.reason", "reject.reason_arguments", "request_fact.masked_attacks",
        "request_fact.referrer_domain", "request_profile.site_domain",
        "reverse_dns.client_domain", "reverse_dns.message", "script_day.url_path",
        "service_read.header", "service_read.problem", "service_reject.reason",
        "site_closure.reason", "source_fetch.message", "source_fetch.message_by_language",
        "stage_run.message", "stage_run.message_by_language", "suppression.network",
        "suppression.reason", "user_network_day.network",
    }
)  # fmt: skip
# An actor may be a site, a host one of a site's.
_DOMAINS = "(select unnest(site.domains) from lake.site as site)"
_IS_PERSONS = {
    "case_decision.actor": "own.actor_kind is distinct from 'site'",
    "findings.actor": "own.actor_kind is distinct from 'site'",
    "incident.actor": "own.actor_kind is distinct from 'site'",
    "shadow_finding.actor": "own.actor_kind is distinct from 'site'",
    "triage.actor": "own.finding_id not in (select found.finding_id from lake.findings as found"
    " where found.actor_kind = 'site')",
    "request_fact.referrer_domain": f"own.referrer_domain not in {_DOMAINS}",
    "request_profile.site_domain": f"own.site_domain not in {_DOMAINS}",
    "suppression.actor": "own.actor not in (select site.site_id from lake.site as site)",
}
_DAYS = ("log_date", "date")


@dataclass(frozen=True)
class Table:
    """A table with texts; `day` is the column of the day that a row is about, if it has one."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    day: str | None

    def found(self, person: Person) -> str:
        """Return the SQL of whether a row holds the person."""
        tests = [
            f"({self.persons(column)} and {person.matches(as_text(column))})"
            for column in self.columns
        ]
        if self.name == "request_fact":
            tests.append(_named(person))
        return f"({' or '.join(tests)})"

    def persons(self, column: Column) -> str:
        """Return the SQL of whether a column of a row may hold a person at all."""
        return _IS_PERSONS.get(f"{self.name}.{column.name}", "true")


@dataclass(frozen=True)
class Place:
    """A place with rows, or files, that hold a person; `days` are the first and the last one."""

    place: str
    rows: int
    first_day: str | None = None
    last_day: str | None = None


def own_rows(person: Person) -> str:
    """Return the SQL of whether a row of `lake.request_fact` (`own`) is the person's.

    Of a user, too, where the line names nobody and a record of a service history tells whose it is.
    """
    if person.kind != "user":
        return _named(person)
    values = ", ".join(map(lake.quoted, person.values))
    told = f"select event_id from lake.service_user where user_id in ({values})"
    return f"({_named(person)} or own.user_id is null and own.event_id in ({told}))"


def _named(person: Person) -> str:
    values = ", ".join(map(lake.quoted, person.values))
    if person.kind == "ip":
        return (
            "coalesce(own.client_id in (select client.client_id from lake.client as client"
            f" where client.client_ip in ({values})), false)"
        )
    return f"coalesce(own.{person.kind}_id in ({values}), false)"


def own_corrections(person: Person) -> str:
    """Return the SQL of whether a row of `lake.correction` (`own`) is about the person."""
    values = ", ".join(map(lake.quoted, person.values))
    return (
        f"(own.person_kind = {lake.quoted(person.kind)} and list_has_any(own.persons, [{values}]))"
    )


def as_text(column: Column) -> str:
    """Return the SQL of a column as one text."""
    name = f"own.{lake.identifier(column.name)}"
    return name if column.type == "VARCHAR" else f"{name}::varchar"


def tables(con: duckdb.DuckDBPyConnection) -> list[Table]:
    """Return the tables of the lake whose texts may hold a person."""
    found = []
    for one in relations(con, with_views=False):
        columns = tuple(
            column
            for column in one.columns
            if column.type in _TEXTS
            and (column.comment.endswith(_CLASSES) or f"{one.name}.{column.name}" in _OTHERS_WORDS)
        )
        if one.kind != "table" or not columns or one.name in LEFT_OUT:
            continue
        names = {column.name for column in one.columns}
        day = next((name for name in _DAYS if name in names), None)
        found.append(Table(one.name, one.comment, columns, day))
    return found


def places(
    con: duckdb.DuckDBPyConnection,
    person: Person,
    but: Collection[str] = (),
    only: Mapping[str, str] | None = None,
) -> Iterator[Place]:
    """Yield the tables that hold a person, with the number of rows and their days.

    The tables of `but` are not looked at; of those of `only` the rows (`own`) alone that fit its
    SQL.
    """
    for table in tables(con):
        if table.name in but:
            continue
        day = f"own.{table.day}" if table.day else "null::date"
        ((rows, *days),) = con.execute(
            f"select count(*), min({day}), max({day}) from lake.{table.name} as own"
            f" where {table.found(person)} and {(only or {}).get(table.name, 'true')}"
        ).fetchall()
        if rows:
            ends = [value.isoformat() if value else None for value in days]
            yield Place(f"lake.{table.name}", rows, *ends)
