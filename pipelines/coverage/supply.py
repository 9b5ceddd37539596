"""What the log of each site and the settings supply of what detectors rest on.

Columns are measured in the lake, on the days on which lines came: a format may name a field that
is always empty. Resources must be described and met: a path that no line matches watches nothing.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Literal

import duckdb
import polars as pl

from pipelines.detect.aggregates import counting, load_macros
from pipelines.detect.prerequisites import CONTEXT, FRANCHISE, KINDS
from pipelines.detect.scripts import drop_tables
from pipelines.lake import make_table
from pipelines.paths import SQL_DIR
from pipelines.settings.entries import SiteEntries
from pipelines.settings.model import Settings
from pipelines.settings.retention import HISTORY_DAYS
from pipelines.sites.state import make_site_states

Supply = Literal["whole", "part", "none"]
"""`part`: some records have it, most of those that should do not."""
PROVEN_USER = "proven_user"
"""Whether the server has proven who the user is: settings say where it has not (`user_is`)."""
DAYS_EXAMINED = 7
OLDEST_EXAMINED = 28
"""A site without a line on so many days up to the day has no log to be judged."""

_FEWEST_DAYS = 2
_ENOUGH_LINES = 50_000  # a busy site's last two days say as much as a week, for less
_SITES = """
select state.site_id, site.franchise
from site_state as state left join lake.site as site on site.site_id = state.site_id
where state.state <> 'closed'
order by state.site_id
"""
_COUNTED_DAYS = """
create or replace temp table field_day as
select * from lake.site_field_day where log_date in (select log_date from coverage_day)
"""
_UNCOUNTED_DAYS = """
select distinct coverage_day.log_date
from coverage_day
anti join field_day
    on field_day.log_date = coverage_day.log_date and field_day.site_id = coverage_day.site_id
order by coverage_day.log_date
"""

_LEAST_SHARE = 0.01  # what a client can make up alone, as a name that nobody checked, is less
_MOST = 0.5
_ENOUGH_LOGINS = 100  # people mistype one password in twenty or thirty
_OFTEN_EMPTY = frozenset({"client_host", "country", "asn", "url_query", "referrer"})
"""Rightly empty in many records: where a few have them, the log carries them."""
_PERSONAL_KINDS = frozenset({"record", "list", "export"})


@dataclass(frozen=True)
class Share:
    """Of how many records something was to be expected, and how many had it."""

    expected: int = 0
    carried: int = 0

    @property
    def supply(self) -> Supply:
        """How much of it there is."""
        if self.carried < max(1, _LEAST_SHARE * self.expected):
            return "none"
        return "whole" if self.carried >= _MOST * self.expected else "part"


@dataclass(frozen=True)
class SiteSupply:
    """One site: what it supplies by name, and the days that this was measured on.

    `history_days` counts the earlier days with lines among the 90 before the last examined one.
    `described` holds the kinds of resources that the settings describe with a level of data.
    """

    site_id: str
    days: tuple[dt.date, ...]
    history_days: int
    shares: Mapping[str, Share]
    supplies: Mapping[str, Supply] = field(default_factory=dict)
    described: frozenset[str] = frozenset()

    @property
    def requests(self) -> int:
        """How many records this was measured on."""
        return self.shares.get("requests", Share()).carried

    @property
    def has_lines(self) -> bool:
        """Whether any line came lately, be it one that was rejected."""
        return bool(self.days)


def site_supplies(
    con: duckdb.DuckDBPyConnection, settings: Settings, on: dt.date
) -> list[SiteSupply]:
    """Return what each site supplies that is expected or sends lines on `on`, by id.

    Measured on the last 7 days with lines up to `on`, of a busy site on fewer, none older than 28
    days. `con` is a connection to the lake in the configured time zone; closed sites are left out.
    Makes the temporary table `site_state`.
    """
    make_site_states(con, settings, on)
    sites = con.execute(_SITES).fetchall()
    entries = SiteEntries(settings)
    days = _line_days(con, on)
    examined = {site_id: _examined(days[site_id], on) for site_id, _ in sites}
    shares = _shares(con, examined)
    return [
        _supply_of(
            SiteSupply(
                site_id=site_id,
                days=examined[site_id],
                history_days=max(0, len(days[site_id]) - 1),
                shares=shares[site_id],
            ),
            settings,
            entries,
            is_shop=franchise is not None,
        )
        for site_id, franchise in sites
    ]


def _line_days(con: duckdb.DuckDBPyConnection, on: dt.date) -> defaultdict[str, dict[dt.date, int]]:
    first = on - dt.timedelta(days=HISTORY_DAYS)
    found: defaultdict[str, dict[dt.date, int]] = defaultdict(dict)
    for site_id, day, lines in con.execute(
        _query("line_days"), {"from": first, "to": on}
    ).fetchall():
        found[site_id][day] = lines
    return found


def _examined(lines: Mapping[dt.date, int], on: dt.date) -> tuple[dt.date, ...]:
    oldest = on - dt.timedelta(days=OLDEST_EXAMINED)
    chosen: list[dt.date] = []
    seen = 0
    for day in sorted(lines, reverse=True)[:DAYS_EXAMINED]:
        if day > oldest and (len(chosen) < _FEWEST_DAYS or seen < _ENOUGH_LINES):
            chosen.append(day)
            seen += lines[day]
    return tuple(reversed(chosen))


def _shares(
    con: duckdb.DuckDBPyConnection, examined: Mapping[str, tuple[dt.date, ...]]
) -> defaultdict[str, dict[str, Share]]:
    rows = [(site, day) for site, days in examined.items() for day in days]
    schema = {"site_id": pl.String, "log_date": pl.Date}
    load_macros(con)
    make_table(con, "coverage_day", pl.DataFrame(rows, schema=schema, orient="row"), is_own=True)
    con.execute(_COUNTED_DAYS)
    uncounted = [day for (day,) in con.execute(_UNCOUNTED_DAYS).fetchall()]
    if uncounted:  # read, and not checked yet
        con.execute("delete from temp.field_day where log_date in (select unnest(?))", [uncounted])
        with counting(con, uncounted) as add:
            add("temp.field_day", "site_field_day", uncounted)
    found: defaultdict[str, dict[str, Share]] = defaultdict(dict)
    for site_id, name, expected, carried in con.execute(_query("carried")).fetchall():
        found[site_id][name] = Share(expected, carried)
    drop_tables(con, ("coverage_day", "field_day"))
    return found


def _supply_of(
    site: SiteSupply, settings: Settings, entries: SiteEntries, *, is_shop: bool
) -> SiteSupply:
    shares = site.shares
    entry, resources = entries.entry(site.site_id), entries.resources(site.site_id)
    described = frozenset(
        one.kind for one in resources if one.level or one.kind not in _PERSONAL_KINDS
    )
    supplies: dict[str, Supply] = {
        name: _supply(name, share) for name, share in shares.items() if name not in KINDS
    }
    supplies |= _kinds(described, shares)
    supplies |= _sign_ins(shares)
    if not shares.get("record", Share()).carried:
        paths = [one.path for one in resources if one.kind == "record"]
        has_subject = not paths or any("{subject}" in path for path in paths)
        supplies["subject_id"] = "whole" if has_subject else "none"
    given = settings.context.sources()
    supplies |= {name: "whole" if name in given else "none" for name in CONTEXT}
    supplies["redactions"] = "whole" if settings.redaction.enabled else "none"
    supplies[PROVEN_USER] = "none" if entry and entry.user_is == "claimed" else "whole"
    supplies[FRANCHISE] = "whole" if is_shop else "none"
    return replace(site, supplies=supplies, described=described)


def _supply(name: str, share: Share) -> Supply:
    if name in _OFTEN_EMPTY:
        return "whole" if share.carried else "none"
    return share.supply


def _kinds(described: frozenset[str], shares: Mapping[str, Share]) -> dict[str, Supply]:
    """Kinds of resources: met by a line, or described beside others that lines do meet.

    Where lines meet none at all, the paths are wrong or the log is another's. Log-ins must be met
    themselves: people who are let in elsewhere leave none here.
    """
    met = {kind for kind in KINDS if shares.get(kind, Share()).carried}
    usual = described - {"login"} if met - {"login", "logout"} else frozenset[str]()
    return {kind: "whole" if kind in met | usual else "none" for kind in KINDS}


def _sign_ins(shares: Mapping[str, Share]) -> dict[str, Supply]:
    """Whether log-ins that fail name who, and whether log-ins end in both ways.

    Many without a failure, or all of them failures: the statuses of the two are mistaken.
    """
    failure, success = (shares.get(name, Share()) for name in ("failure", "success"))
    is_one_way = failure.expected >= _ENOUGH_LOGINS and not (failure.carried and success.carried)
    named = shares.get("login_user", Share())
    if not named.expected:
        named = shares.get("user_id", Share())
    return {"login_user": named.supply, "login_result": "part" if is_one_way else "whole"}


@cache
def _query(name: str) -> str:
    return (SQL_DIR / "sites" / f"{name}.sql").read_text(encoding="utf-8")
