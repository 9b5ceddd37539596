"""Limits of the settings that the last nights passed."""

import datetime as dt

import duckdb

from pipelines.doctor.outcome import Outcome, named, warning, well
from pipelines.report.limits_passed import limits_passed
from pipelines.text.messages import message

_DAYS = 7


def check_limits(con: duckdb.DuckDBPyConnection, now: dt.datetime) -> Outcome:
    """Return which limits were passed in the last week, and by how many files, sites and days."""
    passed = limits_passed(con, now - dt.timedelta(days=_DAYS))
    if not passed:
        return well("limits", message("doctor.limits.none_passed", days=_DAYS))
    found = [
        f"limits.{one.limit}={one.allowed}: {one.places} ({named(one.examples)})" for one in passed
    ]
    return warning(
        "limits",
        "; ".join(found),
        message("doctor.limits.find_out_who"),
    )
