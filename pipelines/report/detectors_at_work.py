"""Which detectors did not do their work on a day, or not as they are shipped."""

import datetime as dt

import duckdb

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.changed import Changed, changed_detectors
from pipelines.report.facts import FailedDetector

_STAGE_NAMES = "select distinct stage from lake.stage_run where log_date = $on"

_FAILED_DETECTORS = """
select detector, unexamined_sites
from lake.detector_day
where log_date = $on and mode = 'failed'
order by detector
"""

_RAN_DETECTORS = "select detector from lake.detector_day where log_date = $on"


def failed_detectors(con: duckdb.DuckDBPyConnection, on: dt.date) -> tuple[FailedDetector, ...]:
    """Return the detectors and rules that could not be run for the day, or were not.

    None where detection itself has never been run for it.
    """
    ran = {name for (name,) in con.execute(_RAN_DETECTORS, {"on": on}).fetchall()}
    failed = [
        FailedDetector(name, None if sites is None else tuple(sites))
        for name, sites in con.execute(_FAILED_DETECTORS, {"on": on}).fetchall()
    ]
    stages = [name for (name,) in con.execute(_STAGE_NAMES, {"on": on}).fetchall()]
    not_run = sorted(load_catalogue().keys() - ran) if "detect" in stages else []
    return (*failed, *map(FailedDetector, not_run))


def changed_on(con: duckdb.DuckDBPyConnection, on: dt.date) -> tuple[Changed, ...]:
    """Return the detectors and rules that ran otherwise than they are shipped on the day."""
    return changed_detectors(con, on, on)
