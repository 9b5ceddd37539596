"""Proves that DuckDB takes a rule's SQL, regular expressions and all, before a night meets it."""

import duckdb

from pipelines.detect.sigma.fields import column_sql
from pipelines.detect.sigma.match import Match
from pipelines.detect.sigma.problem import RuleError, brief

_REQUEST = """
select
    null::ubigint as event_id, null::timestamptz as time, null::varchar as site_id,
    null::varchar as site_domain, null::varchar as client_ip, null::varchar as country,
    null::varchar as user_agent, null::varchar as user_id, null::varchar as method,
    null::varchar as url_path, null::varchar as url_query, null::varchar as protocol,
    null::usmallint as status, null::ubigint as bytes, null::double as duration_ms,
    null::varchar as referrer
"""


def prove(con: duckdb.DuckDBPyConnection, match: Match) -> None:
    """Raise RuleError when DuckDB cannot run the match; `con` needs no lake."""
    try:
        con.execute(f"select {match.sql} from (select {selected(match.columns)} from ({_REQUEST}))")
        row = con.fetchone()
    except duckdb.Error as error:
        raise RuleError(f"DuckDB cannot run this rule: {brief(error)}") from None
    except UnicodeEncodeError:
        raise RuleError("a value holds half of a surrogate pair, which no log can") from None
    if row is None or row[0] is None:
        raise RuleError("the rule is neither true nor false of a request with nothing logged")


def selected(columns: frozenset[str]) -> str:
    """Return the list of a `select` that has every column of a request and these besides."""
    made = [f"{column_sql(name)} as {name}" for name in sorted(columns) if column_sql(name) != name]
    return ", ".join(["*", *made])
