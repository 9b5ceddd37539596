"""Matches all rules with the records of a day in one pass, then the correlations on what matched.

`sigma_match` has a row for each record and rule: the columns of `sigma_fact`, client and agent, the
rule's number, and `group_key`, which only correlations have.
"""

from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

from pipelines.detect.sigma.correlate import correlate
from pipelines.detect.sigma.fields import Domain
from pipelines.detect.sigma.match import Match
from pipelines.detect.sigma.prefilter import KEYS, find_candidates, hit_table
from pipelines.detect.sigma.proof import selected
from pipelines.detect.sigma.rule import Rule
from pipelines.detect.sigma.tables import COLUMNS, FACT
from pipelines.lake import registered

_WITH_NAMES = """
left join sigma_client as client on client.client_id = fact.client_id
left join sigma_agent as agent on agent.agent_id = fact.agent_id
"""


_NAMED = f"""
{", ".join(f"fact.{name}" for name in FACT)}, client.client_ip, client.country, agent.user_agent
"""


def match_rules(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    """Make the temporary table `sigma_match` of what `frame` has put under its three names."""
    matches = {number: rule.match for number, rule in enumerate(rules) if rule.match is not None}
    domains, unknown = find_candidates(con, {n: one.needs for n, one in matches.items()})
    con.execute(
        "create or replace temp table sigma_match as"
        f" select {_NAMED}, 0::bigint as rule, null::varchar as group_key"
        f" from sigma_fact as fact {_WITH_NAMES} limit 0"
    )
    near = {number: match for number, match in matches.items() if number not in unknown}
    if domains and near:
        con.execute(_near_query(domains, near))
    if unknown:
        con.execute(_whole_query({number: matches[number] for number in sorted(unknown)}))
    _add_masked(con, {rules[number].detector: number for number in matches})
    for number, rule in enumerate(rules):
        if rule.correlation is not None:
            correlate(con, number, rule.correlation)


def _add_masked(con: duckdb.DuckDBPyConnection, rules: Mapping[str, int]) -> None:
    """Add what matched a text as it was logged, and no longer does."""
    known = pl.DataFrame(list(rules.items()), schema=["detector", "rule"], orient="row")
    with registered(con, known_rule=known):
        con.execute(f"""
            insert into sigma_match by name
            select {_NAMED}, known_rule.rule
            from sigma_masked as masked
            inner join known_rule using (detector)
            inner join sigma_fact as fact on fact.event_id = masked.event_id
            {_WITH_NAMES}
            anti join sigma_match as found
                on found.event_id = masked.event_id and found.rule = known_rule.rule
        """)


def _near_query(domains: frozenset[Domain], matches: Mapping[int, Match]) -> str:
    """Ask each rule of the records that have one of its candidates."""
    chosen = sorted(domains)
    joins = "".join(
        f" left join {hit_table(domain)} as {domain} on "
        + " and ".join(f"{domain}.{key} is not distinct from fact.{key}" for key in KEYS[domain])
        for domain in chosen
    )
    lists = ", ".join(f"{domain}.rules" for domain in chosen)
    hit = " or ".join(f"{domain}.rules is not null" for domain in chosen)
    whens = " ".join(f"when {number} then {match.sql}" for number, match in matches.items())
    return f"""
    insert into sigma_match by name
    with near as materialized (
        select fact.*, list_distinct(list_concat({lists})) as rules
        from sigma_fact as fact{joins}
        where {hit}
    ),
    request as (
        select fact.*, client.client_ip, client.country, agent.user_agent
        from near as fact {_WITH_NAMES}
    ),
    candidate as (
        select * exclude (rules), unnest(rules) as rule
        from (select {selected(_columns(matches))} from request)
    )
    select {", ".join(COLUMNS)}, rule from candidate where case rule {whens} else false end
    """


def _whole_query(matches: Mapping[int, Match]) -> str:
    """Ask rules of every record."""
    numbers = ", ".join(
        f"case when {match.sql} then {number} end" for number, match in matches.items()
    )
    return f"""
    insert into sigma_match by name
    with request as (
        select fact.*, client.client_ip, client.country, agent.user_agent
        from sigma_fact as fact {_WITH_NAMES}
    ),
    asked as (
        select {", ".join(COLUMNS)},
            list_filter([{numbers}], lambda number: number is not null) as rules
        from (select {selected(_columns(matches))} from request)
    )
    select * exclude (rules), unnest(rules)::bigint as rule from asked where len(rules) > 0
    """


def _columns(matches: Mapping[int, Match]) -> frozenset[str]:
    return frozenset().union(*(match.columns for match in matches.values()))
