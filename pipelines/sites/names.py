"""The names that rosters give to sites."""

import duckdb

_NAMES = "select site_id, name from lake.site where name is not null"


def site_names(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the name of each site that has one, by its id."""
    return dict(con.execute(_NAMES).fetchall())
