"""What rules are matched against: a day of the lake, or the records of files, under four names.

`sigma_fact` has a row for each request, `sigma_client` and `sigma_agent` what its ids stand for,
`sigma_masked` a row for each request and rule that matched a text before it was masked.
"""

import datetime as dt

import duckdb
import polars as pl

from pipelines.lake import registered

FACT = {
    "event_id": "ubigint", "time": "timestamptz", "site_id": "varchar", "site_domain": "varchar",
    "client_id": "ubigint", "agent_id": "ubigint", "user_id": "varchar", "method": "varchar",
    "url_path": "varchar", "url_query": "varchar", "protocol": "varchar", "status": "usmallint",
    "bytes": "ubigint", "duration_ms": "double", "referrer": "varchar", "data_level": "utinyint",
    "subject_id": "varchar",
}  # fmt: skip
"""Columns of `sigma_fact`."""

COLUMNS = (*FACT, "client_ip", "country", "user_agent")
"""These with what the ids stand for: columns of `sigma_match`, beside the rule and its group."""

MASKED_RULE = "rule "
"""What stands before a rule's detector among the attacks that a mask hides."""

_NAMES = ("sigma_fact", "sigma_client", "sigma_agent", "sigma_masked")
_NO_SCANNERS = """
create or replace temp table context_scanner_client (
    client_id ubigint, client_ip varchar, from_at timestamptz, to_at timestamptz, reason varchar
)
"""


def make_lake_tables(con: duckdb.DuckDBPyConnection, day: dt.date) -> None:
    """Let the four names stand for a day of the lake."""
    _drop(con)
    columns = ", ".join(FACT)
    con.execute(
        f"create temp view sigma_fact as select {columns} from lake.user_request"
        f" where log_date = date '{day.isoformat()}'"
    )
    con.execute(
        "create temp view sigma_client as select client_id, client_ip, country from lake.client"
    )
    con.execute("create temp view sigma_agent as select agent_id, user_agent from lake.agent")
    con.execute(f"""
        create temp table sigma_masked as
        select event_id, substr(attack, {len(MASKED_RULE) + 1}) as detector
        from (
            select event_id, unnest(string_split(masked_attacks, ';')) as attack
            from lake.request_fact
            where log_date = date '{day.isoformat()}' and masked_attacks is not null
        )
        where starts_with(attack, '{MASKED_RULE}')
    """)


def make_record_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Let the names stand for records that `add_records` brings, none of them masked."""
    _drop(con)
    columns = ", ".join(f"{name} {kind}" for name, kind in FACT.items())
    con.execute(f"create temp table sigma_fact ({columns})")
    con.execute(
        "create temp table sigma_client"
        " (client_id ubigint primary key, client_ip varchar, country varchar)"
    )
    con.execute("create temp table sigma_agent (agent_id ubigint primary key, user_agent varchar)")
    con.execute("create temp table sigma_masked (event_id ubigint, detector varchar)")


def add_records(con: duckdb.DuckDBPyConnection, records: pl.DataFrame) -> None:
    """Add normalised records, as `parse` makes them."""
    given = records.with_columns(
        client_id=pl.struct("client_ip", "country").hash(), agent_id=pl.col("user_agent").hash()
    )
    with registered(
        con,
        facts=given.select(list(FACT)),
        clients=given.select("client_id", "client_ip", "country").unique("client_id"),
        agents=given.select("agent_id", "user_agent").unique("agent_id"),
    ):
        con.execute("insert into sigma_fact by name select * from facts")
        con.execute("insert or ignore into sigma_client by name select * from clients")
        con.execute("insert or ignore into sigma_agent by name select * from agents")


def forget_scanners(con: duckdb.DuckDBPyConnection) -> None:
    """Let no client be an authorised scanner: for rules that are only tried."""
    con.execute(_NO_SCANNERS)


def _drop(con: duckdb.DuckDBPyConnection) -> None:
    for name in _NAMES:
        row = con.execute(
            "select is_view from (select view_name as name, true as is_view from duckdb_views()"
            " union all select table_name, false from duckdb_tables()) where name = ?",
            [name],
        ).fetchone()
        if row is not None:
            con.execute(f"drop {'view' if row[0] else 'table'} {name}")
