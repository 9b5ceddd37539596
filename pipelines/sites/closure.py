"""Decisions that a site is closed, or open again: kept with author and reason, never changed."""

import datetime as dt
from dataclasses import dataclass

import duckdb

from pipelines import lake
from pipelines.errors import UsageError
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.text.validate import (
    LONGEST_NAME,
    LONGEST_NOTE,
    require_text,
    require_utf8,
    unknown_name,
)

LONGEST_AHEAD_DAYS = 366


@dataclass(frozen=True)
class Closure:
    """One decision, a row of `lake.site_closure`; `closed_on` is None for a reopening."""

    site_id: str
    closed_on: dt.date | None
    reason: str
    author: str
    decided_at: dt.datetime


def decide(home: Home, settings: Settings, closure: Closure) -> None:
    """Write that a site is closed, or open again.

    Lines are expected before `closed_on`, and reported as unexpected after it. The day may be past,
    or up to a year ahead: until it has come the site stays expected.

    Raises:
        UsageError: no such site, nothing to read as a reason or name, a day too far ahead, or a
            site to be opened that is not closed.
    """
    require_text("--by", closure.author, LONGEST_NAME)
    require_text("--reason", closure.reason, LONGEST_NOTE)
    require_utf8("SITE", closure.site_id)
    last = closure.decided_at.astimezone(settings.zone).date()
    last += dt.timedelta(days=LONGEST_AHEAD_DAYS)
    if closure.closed_on is not None and closure.closed_on > last:
        raise UsageError(
            message("sites.closure.too_far_ahead", at=f"--on {closure.closed_on}", last=last)
        )
    lake.require(home)
    with lake.open_writer(home, settings.timezone) as con:
        known = {site for (site,) in con.execute("select site_id from lake.site").fetchall()}
        if closure.site_id not in known:
            raise UsageError(unknown_name("SITE", closure.site_id, known))
        if closure.closed_on is None and closure.site_id not in closed_sites(con):
            raise UsageError(message("sites.closure.not_closed", at=f"{closure.site_id!r}"))
        lake.insert_rows(con, "site_closure", [vars(closure)])


def closed_sites(con: duckdb.DuckDBPyConnection) -> dict[str, Closure]:
    """Return the sites whose last decision closed them, by id, those closed ahead among them."""
    rows = con.execute(
        """
        select site_id, closed_on, reason, author, decided_at
        from lake.site_closure
        qualify row_number() over (partition by site_id order by decided_at desc) = 1
        order by site_id
        """
    ).fetchall()
    decisions = (Closure(*row) for row in rows)
    return {one.site_id: one for one in decisions if one.closed_on is not None}
