"""Reasons on record: what `context:` in the settings names, as temporary tables for detectors.

Every table is there, empty where the settings name nothing for it. Instants are aware, both ends
belong to an entry, and an open end is an instant out of reach, so that `time between from_at and
to_at` is always right. A null site, resource or subject stands for any.
"""

import datetime as dt

import duckdb
import polars as pl

from pipelines.settings import Settings

_INSTANT = pl.Datetime("us", "UTC")
_SPAN = {"from_at": _INSTANT, "to_at": _INSTANT, "reason": pl.String}

TABLES: dict[str, pl.Schema] = {
    "context_trip": pl.Schema({"user_id": pl.String, "country": pl.String, **_SPAN}),
    "context_roster": pl.Schema({"user_id": pl.String, "site_id": pl.String, **_SPAN}),
    "context_absence": pl.Schema({"user_id": pl.String, **_SPAN}),
    "context_export": pl.Schema(
        {"user_id": pl.String, "site_id": pl.String, "resource_id": pl.String, **_SPAN}
    ),
    "context_scanner": pl.Schema(
        {"network": pl.String, "first_key": pl.String, "last_key": pl.String, **_SPAN}
    ),
    # By site, without a subject, teams resolved: where somebody works, not whose records.
    "context_assignment": pl.Schema({"user_id": pl.String, "site_id": pl.String, **_SPAN}),
    # By subject: the accesses that it explains have a reason in day_request.
    "context_subject": pl.Schema(
        {
            "user_id": pl.String,
            "team": pl.String,
            "subject_id": pl.String,
            "site_id": pl.String,
            **_SPAN,
        }
    ),
    "context_team": pl.Schema({"user_id": pl.String, "team": pl.String}),
}


def frame_context(con: duckdb.DuckDBPyConnection, settings: Settings, day: dt.date) -> None:
    """Make the temporary tables of `TABLES` for the history of `day`."""
    _ = settings, day
    for name, schema in TABLES.items():
        entries = pl.DataFrame(schema=schema)  # noqa: F841 - the statement has it
        con.execute(f"create or replace temp table {name} as select * from entries")
