"""Sites without a line: the silence that looks like a day without suspicious access."""

import datetime as dt

import duckdb

from pipelines.doctor.outcome import Outcome, named, warning, well
from pipelines.settings.model import Settings
from pipelines.sites.state import site_statuses
from pipelines.text.messages import message

_LAST_INGEST = """
select coalesce(
    (select max(ended_at) from lake.stage_run where stage = 'ingest' and status = 'done'),
    (select max(read_at) from lake.ledger)
)
"""


def check_sites(con: duckdb.DuckDBPyConnection, settings: Settings, now: dt.datetime) -> Outcome:
    """Return which expected sites sent no line of the last day that was over at the last ingest.

    As `mimamori sites list` tells them for that day; before the first ingest it is yesterday.
    """
    (ingested_at,) = con.execute(_LAST_INGEST).fetchone() or (None,)
    on = (ingested_at or now).astimezone(settings.zone).date() - dt.timedelta(days=1)
    expected = [one for one in site_statuses(con, settings, on) if one.is_expected]
    missing = [one.site_id for one in expected if one.state == "missing"]
    if missing:
        return warning(
            "sites",
            message("doctor.sites.missing", on=on, count=len(missing), names=named(missing)),
            message("doctor.sites.see_sites"),
        )
    return well("sites", message("doctor.sites.none_missing", at=on, count=len(expected)))
