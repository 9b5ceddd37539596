"""The types of the users whom the findings of a day name."""

import datetime as dt
from collections.abc import Sequence

import duckdb
import polars as pl

from pipelines.enrich.users import types_of
from pipelines.findings import Finding
from pipelines.settings.model import Settings

_USER_TYPES = """
select user_id, min(user_type) from lake.person_request
where log_date = $on and user_type is not null and list_contains($users, user_id)
group by user_id
"""


def user_types_of(
    con: duckdb.DuckDBPyConnection, settings: Settings, on: dt.date, findings: Sequence[Finding]
) -> dict[str, str]:
    """Return them by user: as the day's records have them, else by the rules of the settings."""
    users = sorted({finding.actor for finding in findings if finding.actor_kind == "user"})
    if not users:
        return {}
    types = types_of(pl.Series(users), settings.user_types)
    found = {user: kind for user, kind in zip(users, types, strict=True) if kind is not None}
    found.update(con.execute(_USER_TYPES, {"on": on, "users": users}).fetchall())
    return found
