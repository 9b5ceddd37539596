"""What the log of each site and the settings supply of what detectors rest on.

Columns are measured in the lake, on the days on which lines came: a format may name a field that
is always empty. Resources must be described and met: a path that no line matches watches nothing.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import duckdb
import polars as pl

from pipelines.detect.aggregates import load_macros
from pipelines.detect.day import HISTORY_DAYS
from pipelines.detect.prerequisites import CONTEXT, FRANCHISE, KINDS
from pipelines.ingest.discover import may_be
from pipelines.lake import make_table
from pipelines.paths import SQL_DIR
from pipelines.settings.model import Resource, Settings
from pipelines.sites.state import SiteStatus, site_statuses

Supply = Literal["whole", "part", "none"]
"""`part`: some records have it, most of those that should do not."""
DAYS_EXAMINED = 7
OLDEST_EXAMINED = 28
"""A site without a line on so many days up to the day has no log to be judged."""

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
    """One site: what it supplies by name, the records and days that this was measured on.

    `history_days` counts the earlier days with lines among the 90 before the last examined one.
    `described` holds the kinds of resources that the settings describe with a level of data.
    """

    site_id: str
    days: tuple[dt.date, ...]
    history_days: int
    requests: int
    supplies: Mapping[str, Supply]
    shares: Mapping[str, Share]
    described: frozenset[str]

    @property
    def has_lines(self) -> bool:
        """Whether any line came lately, be it one that was rejected."""
        return bool(self.days)


def site_supplies(
    con: duckdb.DuckDBPyConnection, settings: Settings, on: dt.date
) -> list[SiteSupply]:
    """Return what each site supplies that is expected or sends lines on `on`, by id.

    Measured on the last 7 days with lines up to `on`, none older than 28 days. `con` is a
    connection to the lake in the configured time zone; closed sites are left out.
    """
    statuses = [one for one in site_statuses(con, settings, on) if one.state != "closed"]
    days = _line_days(con, on)
    shares = _shares(con, {one.site_id: _examined(days[one.site_id], on) for one in statuses})
    return [
        _supply_of(one, settings, days[one.site_id], shares[one.site_id], on) for one in statuses
    ]


def _line_days(con: duckdb.DuckDBPyConnection, on: dt.date) -> defaultdict[str, list[dt.date]]:
    first = on - dt.timedelta(days=HISTORY_DAYS)
    found: defaultdict[str, list[dt.date]] = defaultdict(list)
    rows = con.execute(_query("line_days"), {"from": first, "to": on}).fetchall()
    for site_id, day in sorted(rows):
        found[site_id].append(day)
    return found


def _examined(days: list[dt.date], on: dt.date) -> tuple[dt.date, ...]:
    oldest = on - dt.timedelta(days=OLDEST_EXAMINED)
    return tuple(day for day in days[-DAYS_EXAMINED:] if day > oldest)


def _shares(
    con: duckdb.DuckDBPyConnection, examined: Mapping[str, tuple[dt.date, ...]]
) -> defaultdict[str, dict[str, Share]]:
    rows = [(site, day) for site, days in examined.items() for day in days]
    schema = {"site_id": pl.String, "log_date": pl.Date}
    load_macros(con)
    make_table(con, "coverage_day", pl.DataFrame(rows, schema=schema, orient="row"))
    found: defaultdict[str, dict[str, Share]] = defaultdict(dict)
    for site_id, name, expected, carried in con.execute(_query("carried")).fetchall():
        found[site_id][name] = Share(expected, carried)
    return found


def _supply_of(
    status: SiteStatus,
    settings: Settings,
    days: list[dt.date],
    shares: dict[str, Share],
    on: dt.date,
) -> SiteSupply:
    examined = _examined(days, on)
    resources = _resources_of(status.site_id, settings)
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
    supplies[FRANCHISE] = "none" if status.franchise is None else "whole"
    return SiteSupply(
        site_id=status.site_id,
        days=examined,
        history_days=len(days) - 1 if days else 0,
        requests=shares.get("requests", Share()).carried,
        supplies=supplies,
        shares=shares,
        described=described,
    )


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


def _resources_of(site_id: str, settings: Settings) -> tuple[Resource, ...]:
    """The resources of the entry whose site this is: its own, else that of the first template."""
    entries = [site for site in settings.sites if may_be(site.id, site_id)]
    entries.sort(key=lambda site: site.id != site_id)
    names = [site.resources for site in entries[:1] if site.resources]
    return settings.resources[names[0]] if names else ()


@cache
def _query(name: str) -> str:
    return (SQL_DIR / "sites" / f"{name}.sql").read_text(encoding="utf-8")
