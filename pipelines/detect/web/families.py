"""How the detectors of web attacks run: of several families in one request one reports it."""

import duckdb
import polars as pl

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.tuning import Way, tuned
from pipelines.settings.model import Settings

_PERSISTENT = "persistent_tries"
_SCHEMA = pl.Schema(
    {
        "site_id": pl.String,
        "family": pl.String,
        "is_active": pl.Boolean,
        "persistent_tries": pl.Int64,
    }
)


def web_families(con: duckdb.DuckDBPyConnection, settings: Settings) -> pl.DataFrame:
    """Return the table `web_family`: whether each family is reported, and its `persistent_tries`.

    A row without a site holds for all sites but those that have one of their own.
    """
    rows = []
    sites = [site for (site,) in con.execute("select site_id from cached.site").fetchall()]
    for detector in load_catalogue().values():
        if _PERSISTENT not in detector.parameters:
            continue
        shipped = {name: one.value for name, one in detector.parameters.items()}
        ways = tuned(settings.detectors, detector.id, detector.mode, shipped)
        rows.append(_row(None, detector.id, ways.general))
        if ways.by_site:
            own = ((site, ways.way_of(site)) for site in sites)
            rows += [_row(site, detector.id, way) for site, way in own if way != ways.general]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _row(site: str | None, family: str, way: Way) -> tuple[str | None, str, bool, int]:
    return site, family, way.mode == "active", int(way.values[_PERSISTENT])
