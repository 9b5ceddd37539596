"""The groups of countries in the lake, by which its views mark records."""

import duckdb
import polars as pl

from pipelines.lake import insert_frame, transaction
from pipelines.normalise.country_groups import country_groups

_SCHEMA = pl.Schema(
    {
        "country": pl.String,
        "country_group": pl.String,
        "valid_from": pl.Date,
        "valid_to": pl.Date,
        "source": pl.String,
    }
)


def refresh_country_groups(con: duckdb.DuckDBPyConnection) -> bool:
    """Make `lake.country_group` what `country_groups.yaml` says; true when it was not.

    It writes in a transaction of its own, and nothing when nothing has changed.
    """
    rows = [
        (country, row.group, row.valid_from, row.valid_to, row.source)
        for row in country_groups()
        for country in sorted(row.countries)
    ]
    groups = pl.DataFrame(rows, schema=_SCHEMA, orient="row").sort(_SCHEMA.names())
    kept = con.execute(f"select {', '.join(_SCHEMA.names())} from lake.country_group").pl()
    if kept.cast(_SCHEMA).sort(_SCHEMA.names()).equals(groups):
        return False
    with transaction(con):
        con.execute("delete from lake.country_group")
        insert_frame(con, "country_group", groups)
    return True
