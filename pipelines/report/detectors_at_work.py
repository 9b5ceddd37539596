"""Which detectors did not do their work on a day, and on which sites they can find nothing."""

import datetime as dt
from dataclasses import dataclass

import duckdb

from pipelines.coverage.judge import coverage_of
from pipelines.detect.catalogue import load_catalogue
from pipelines.settings.model import Settings

_STAGE_NAMES = "select distinct stage from lake.stage_run where log_date = $on"

_FAILED_DETECTORS = """
select detector from lake.detector_day where log_date = $on and mode = 'failed' order by detector
"""

_RAN_DETECTORS = "select detector from lake.detector_day where log_date = $on"


@dataclass(frozen=True)
class BlindSite:
    """A site that sends lines of which so many detectors of personal data can make nothing."""

    site_id: str
    detectors: int


def failed_detectors(con: duckdb.DuckDBPyConnection, on: dt.date) -> tuple[str, ...]:
    """Return the detectors and rules that could not be run for the day, or were not.

    None where detection itself has never been run for it.
    """
    ran = {name for (name,) in con.execute(_RAN_DETECTORS, {"on": on}).fetchall()}
    failed = [name for (name,) in con.execute(_FAILED_DETECTORS, {"on": on}).fetchall()]
    stages = [name for (name,) in con.execute(_STAGE_NAMES, {"on": on}).fetchall()]
    not_run = sorted(load_catalogue().keys() - ran) if "detect" in stages else []
    return (*failed, *not_run)


def blind_sites(
    con: duckdb.DuckDBPyConnection, settings: Settings, on: dt.date
) -> tuple[BlindSite, ...]:
    """Return the sites with lines on which detectors of personal data are blind, the worst first.

    What needs a list of the settings that is not there is blind everywhere, and no site's fault.
    """
    personal = {one.id for one in load_catalogue().values() if one.category == "personal_data"}
    counts = {
        site.supply.site_id: sum(
            one.detector in personal and not one.lacks_list for one in site.of("blind")
        )
        for site in coverage_of(con, settings, on)
        if site.supply.has_lines
    }
    found = [BlindSite(site_id, count) for site_id, count in counts.items() if count]
    return tuple(sorted(found, key=lambda one: (-one.detectors, one.site_id)))
