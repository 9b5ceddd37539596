"""Retention: what the settings say of it, and that nothing does it yet."""

import datetime as dt

import duckdb

from pipelines.doctor.outcome import Outcome, warning
from pipelines.settings.model import Settings
from pipelines.text.messages import message


def check_retention(
    con: duckdb.DuckDBPyConnection, settings: Settings, now: dt.datetime
) -> Outcome:
    """Return that rows stay, whatever `retention:` says, with the oldest day that is there."""
    (oldest,) = con.execute(
        "select min(log_date) from lake.site_day where lines > 0"
    ).fetchone() or (None,)
    days = settings.retention.access_log_days
    age = (now.astimezone(settings.zone).date() - oldest).days if oldest else 0
    since = message("doctor.retention.oldest", oldest=oldest, days=age) if oldest else ""
    return warning(
        "retention",
        message("doctor.retention.not_applied", since=since),
        message("doctor.retention.decide", days=days),
    )
