"""Which sites the lake knows: who has once sent lines stays known, and whom a roster names is.

`listing` is what the roster of a site's template says of it: `listed`, `removed` (its row is gone
from the roster) or `unlisted` (no row ever named it); null where there is no roster.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from pipelines.ingest.discover import SiteInstance, instance
from pipelines.lake import insert_rows, transaction
from pipelines.settings.globs import compiled
from pipelines.settings.model import Settings, Site

_LISTING = ("listing", "listed_from", "opened_on", "closed_on", "name", "mail")
_COLUMNS = (
    *("site_id", "site_group", "franchise", "domains", "timezone", "hours", "trust"),
    *("resource_set", "first_read_at", *_LISTING),
)


_NO_LISTING: dict[str, Any] = dict.fromkeys(_LISTING)


@dataclass(frozen=True)
class Listed:
    """A site that a roster names; without days it is open from the first reading on, for good."""

    site: SiteInstance
    opened_on: dt.date | None = None
    closed_on: dt.date | None = None
    name: str | None = None
    mail: str | None = None


@dataclass(frozen=True)
class Roster:
    """The roster of a template; `listed` is None when it cannot be read at all."""

    template: Site
    listed: tuple[Listed, ...] | None
    problem: str | None = None


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
    listing: str | None = None
    listed_from: dt.date | None = None
    opened_on: dt.date | None = None
    closed_on: dt.date | None = None
    name: str | None = None
    mail: str | None = None


def refresh_sites(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    present: Sequence[SiteInstance],
    now: dt.datetime,
    rosters: Sequence[Roster] = (),
) -> None:
    """Bring `lake.site` up to date: sites `present` or listed, and all that ever sent a line.

    A site that is neither in the settings nor in the landing folder any more keeps the row that it
    had. One that only the ledger knows gets what the settings' templates say of its id. A roster
    that cannot be read leaves what was last read of it.
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
    by_template = {roster.template.id: roster for roster in rosters}
    listed = {one.site.id: one for roster in rosters for one in roster.listed or ()}
    now_there = {one.site.id: one.site for one in listed.values()}
    now_there |= {site.id: site for site in present}
    today = now.astimezone(settings.zone).date()
    wanted = {}
    for site_id in sorted({*now_there, *first_read, *stored}):
        site, before = now_there.get(site_id), stored.get(site_id)
        known = site or site_of_id(settings, site_id)
        roster = by_template.get(known.template) if known else None
        is_kept = roster and roster.listed is None and before and before.listing == "listed"
        if site_id not in now_there and site_id not in first_read and not is_kept:
            continue
        row = before if site is None and before else _row_of(site_id, known)
        row = replace(row, first_read_at=first_read.get(site_id))
        if roster is not None:
            row = _listing(row, before, roster, listed.get(site_id), today)
        elif known is not None:
            row = replace(row, **_NO_LISTING)  # its template names no roster any more
        wanted[site_id] = row
    if wanted == stored:
        return
    with transaction(con):
        con.execute("delete from lake.site")
        insert_rows(con, "site", [{**vars(row), "seen_at": now} for row in wanted.values()])


def _listing(
    row: _Row, before: _Row | None, roster: Roster, listed: Listed | None, today: dt.date
) -> _Row:
    """The row with what the roster of its template says of the site."""
    last_read = {name: getattr(before or row, name) for name in _LISTING}
    if listed is not None:
        return replace(
            row,
            listing="listed",
            listed_from=last_read["listed_from"] or today - dt.timedelta(days=1),
            opened_on=listed.opened_on,
            closed_on=listed.closed_on,
            name=listed.name,
            mail=listed.mail,
        )
    if roster.listed is not None:
        was_listed = last_read["listing"] in {"listed", "removed"}
        last_read["listing"] = "removed" if was_listed else "unlisted"
    return replace(row, **last_read)


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
