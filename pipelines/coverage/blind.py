"""Sites on which detectors of personal data can find nothing, for reports and for a detector."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import duckdb
import polars as pl

from pipelines.coverage.judge import Judged, supplies_judged
from pipelines.detect.catalogue import load_catalogue
from pipelines.lake import make_table
from pipelines.settings.model import Settings

_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "site_id": pl.String,
    "detectors": pl.List(pl.String),
    "lacks": pl.List(pl.String),
}


@dataclass(frozen=True)
class BlindSite:
    """A site that sends lines of which these detectors of personal data can make nothing.

    `lacks` are the columns of the record that are lacking to any of them, sorted.
    """

    site_id: str
    detectors: tuple[str, ...]
    lacks: tuple[str, ...]


def blind_sites(sites: Iterable[Judged]) -> tuple[BlindSite, ...]:
    """Return the sites with lines on which detectors of personal data are blind, the worst first.

    What needs a list of the settings that is not there is blind everywhere, and no site's fault.
    """
    personal = {one.id for one in load_catalogue().values() if one.category == "personal_data"}
    found = []
    for site, coverage in sites:
        if not site.has_lines:
            continue
        blind = [one for one in coverage if one.detector in personal and one.state == "blind"]
        blind = [one for one in blind if one.is_meant and not one.lacks_list]
        if blind:
            lacks = {name for one in blind for name in one.columns}
            detectors = tuple(one.detector for one in blind)
            found.append(BlindSite(site.site_id, detectors, tuple(sorted(lacks))))
    return tuple(sorted(found, key=lambda one: (-len(one.detectors), one.site_id)))


def make_blind_sites(con: duckdb.DuckDBPyConnection, settings: Settings, on: dt.date) -> None:
    """Make the tables `blind_site`, one row per site, and `site_state` as of `on` in memory."""
    rows = [asdict(one) for one in blind_sites(supplies_judged(con, settings, on))]
    con.execute("create or replace table memory.site_state as from temp.site_state")
    con.execute("drop table temp.site_state")
    make_table(con, "blind_site", pl.DataFrame(rows, schema=_SCHEMA))
