"""What an export is asked for, and the snapshot of the lake that it reads."""

import datetime as dt
from dataclasses import dataclass
from difflib import get_close_matches

import duckdb

from pipelines import lake
from pipelines.errors import UsageError
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.text.messages import message


@dataclass(frozen=True)
class Wanted:
    """Days (both ends included), sites (none: all), and the cursor of the last pick-up.

    `since` is the snapshot that the last pick-up read, 0 for the first one, None for everything
    that the days hold, new or not.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    sites: tuple[str, ...] = ()
    since: int | None = None

    @property
    def after(self) -> int | None:
        """The snapshot that what is wanted is newer than; None where age does not matter."""
        return self.since or None

    def covers(self, day: dt.date) -> bool:
        """Return whether a day is among those wanted."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def includes(self, site: str | None) -> bool:
        """Return whether a site is among those wanted."""
        return not self.sites or site in self.sites


@dataclass(frozen=True)
class Source:
    """What was asked for, and the lake as it stood at the snapshot that answers it."""

    wanted: Wanted
    snapshot: int
    taken_at: dt.datetime
    domains: dict[str, str]


def source_of(home: Home, settings: Settings, wanted: Wanted, *, needs_past: bool) -> Source:
    """Return the lake's last snapshot, its instant, and the first domain of each site.

    `needs_past` says that the snapshot of the cursor is going to be read.

    Raises:
        UsageError: `wanted` names a site that nobody knows, or a cursor that is not this lake's.
    """
    with lake.open_reader(home, settings.timezone) as con:
        known = con.execute("select site_id, domains[1] from lake.site").fetchall()
        oldest, newest, taken_at = _snapshots(con)
    domains = {site: domain for site, domain in known if domain}
    names = {site for site, _ in known} | {site.id for site in settings.sites}
    for site in wanted.sites:
        if site not in names:
            near = ", ".join(get_close_matches(site, sorted(names), n=3))
            hint = message("text.validate.did_you_mean", near=near) if near else ""
            raise UsageError(
                message("export.selection.no_such_site", at=f"--site {site!r}", hint=hint)
            )
    since = wanted.after
    if since is not None and since > newest:
        raise UsageError(
            message("export.selection.cursor_too_new", at=f"--since {since}", newest=newest)
        )
    if needs_past and since is not None and since < oldest:
        raise UsageError(
            message("export.selection.cursor_too_old", at=f"--since {since}", oldest=oldest)
        )
    return Source(wanted, newest, taken_at, domains)


def _snapshots(con: duckdb.DuckDBPyConnection) -> tuple[int, int, dt.datetime]:
    rows = con.execute(
        "select min(snapshot_id), max(snapshot_id), arg_max(snapshot_time, snapshot_id)"
        " from ducklake_snapshots('lake')"
    ).fetchall()
    ((oldest, newest, taken_at),) = rows
    return int(oldest), int(newest), taken_at
