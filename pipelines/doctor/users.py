"""Whether the log formats that files turned out to have carry what `user_from` names."""

from collections import defaultdict

import duckdb

from pipelines.doctor.outcome import Outcome, named, warning, well
from pipelines.formats.names import format_of
from pipelines.formats.user_names import shown
from pipelines.formats.users import not_carried
from pipelines.settings.entries import SiteEntries
from pipelines.settings.model import Settings
from pipelines.text.messages import message

# The format of what was last read of each site.
_FORMATS = """
select site_id, arg_max(format, read_at)
from lake.ledger
where status = 'read' and format is not null and records > 0
group by site_id
order by site_id
"""


def check_users(con: duckdb.DuckDBPyConnection, settings: Settings) -> Outcome:
    """Return which names of `user_from` the last file read of each site could not carry.

    Else the sites of which settings say that their logs prove no names. Any key may be in a line of
    JSON: whether one is, `coverage` tells.
    """
    claimed = [site.id for site in settings.sites if site.user_is == "claimed"]
    naming = sum(bool(site.user_from) for site in settings.sites)
    if not naming and not claimed:
        return well("users", message("doctor.users.none"))
    entries = SiteEntries(settings)
    sites: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for site_id, title in con.execute(_FORMATS).fetchall():
        entry = entries.entry(site_id)
        for name in _lacking(title, entry.user_from if entry else ()):
            sites[shown(name), title].append(site_id)
    if sites:
        lacking = [
            message("doctor.users.lacking", at=named(ids), name=name, format=title)
            for (name, title), ids in sites.items()
        ]
        return warning("users", named(lacking), message("doctor.users.correct_it"))
    if claimed:
        told = message("doctor.users.claimed", names=named(claimed))
        return warning("users", told, message("doctor.users.claimed_do"))
    return well("users", message("doctor.users.carried", count=naming))


def _lacking(title: str, names: tuple[str, ...]) -> list[str]:
    if not names:
        return []
    try:
        return not_carried(format_of(title), names)
    except ValueError:  # of an earlier release
        return []
