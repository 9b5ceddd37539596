"""Limits of the settings that the last nights passed."""

import datetime as dt

import duckdb

from pipelines.doctor.outcome import Outcome, named, warning, well
from pipelines.report.limits_passed import limits_passed

_DAYS = 7


def check_limits(con: duckdb.DuckDBPyConnection, now: dt.datetime) -> Outcome:
    """Return which limits were passed in the last week, and by how many files, sites and days."""
    passed = limits_passed(con, now - dt.timedelta(days=_DAYS))
    if not passed:
        return well("limits", f"{_DAYS} 日間、超過なし / none passed in {_DAYS} days")
    found = [
        f"limits.{one.limit}={one.allowed}: {one.places} ({named(one.examples)})" for one in passed
    ]
    return warning(
        "limits",
        "; ".join(found),
        "誰が送ったかを確かめ、正当なら limits を上げてください（docs/limits.md）/ "
        "find out who sent it; raise the limit where it is rightful (docs/limits.md)",
    )
