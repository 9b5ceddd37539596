"""Which sites the lake knows: whoever has once sent lines stays known, whatever lies there now."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from pipelines.ingest.discover import SiteInstance, instance
from pipelines.lake import insert_rows, transaction
from pipelines.settings.globs import compiled
from pipelines.settings.model import Settings

_COLUMNS = (
    *("site_id", "site_group", "franchise", "domains", "timezone", "hours", "trust"),
    *("resource_set", "first_read_at"),
)


@dataclass(frozen=True)
class _Row:
    """A row of `lake.site` without `seen_at`."""

    site_id: str
    site_group: str | None
    franchise: str | None
    domains: list[str]
    timezone: str | None
    hours: str | None
    trust: str | None
    resource_set: str | None
    first_read_at: dt.datetime | None


def refresh_sites(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    present: Sequence[SiteInstance],
    now: dt.datetime,
) -> None:
    """Bring `lake.site` up to date: the sites `present`, and all others that ever sent a line.

    A site that is neither in the settings nor in the landing folder any more keeps the row that it
    had. One that only the ledger knows gets what the settings' templates say of its id.
    """
    stored = {
        row[0]: _Row(*row)
        for row in con.execute(f"select {', '.join(_COLUMNS)} from lake.site").fetchall()
    }
    first_read = dict(
        con.execute(
            "select site_id, min(read_at) from lake.ledger where records + rejects > 0"
            " group by site_id"
        ).fetchall()
    )
    for site_id, row in stored.items():
        if row.first_read_at is not None:
            first_read[site_id] = min(first_read.get(site_id, row.first_read_at), row.first_read_at)
    now_there = {site.id: site for site in present}
    wanted = {}
    for site_id in sorted({*now_there, *first_read}):
        site = now_there.get(site_id)
        if site is None and site_id in stored:
            row = stored[site_id]
        else:
            row = _row_of(site_id, site or site_of_id(settings, site_id))
        wanted[site_id] = replace(row, first_read_at=first_read.get(site_id))
    if wanted == stored:
        return
    with transaction(con):
        con.execute("delete from lake.site")
        insert_rows(con, "site", [{**vars(row), "seen_at": now} for row in wanted.values()])


def site_of_id(settings: Settings, site_id: str) -> SiteInstance | None:
    """Return the site of that id by the first site or template of the settings that fits it."""
    for site in settings.sites:
        values = compiled(site.id).values(site_id)
        if values is not None:
            return instance(settings, site, values)
    return None


def _row_of(site_id: str, site: SiteInstance | None) -> _Row:
    if site is None:
        return _Row(site_id, None, None, [], None, None, None, None, None)
    return _Row(
        site_id,
        site.group,
        site.franchise,
        list(site.domains),
        site.timezone,
        site.hours,
        site.trust,
        site.resource_set,
        None,
    )
