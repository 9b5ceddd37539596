"""What the log of a partner says about people of another party: kept as the partner's word.

A franchise shop writes its own log, and so can write into it whatever it likes about anybody: that
a clerk of the head office, or of a competing shop, has read its customers. Such a finding is worth
a look and proves nothing: it says whose word it is, and names the files.
"""

import datetime as dt
from collections.abc import Sequence

import duckdb

from pipelines.enrich.users import shop_of
from pipelines.findings import Finding
from pipelines.settings.model import Settings
from pipelines.settings.retention import HISTORY_DAYS

_NEVER_A_SHOPS = frozenset({"staff", "contractor", "system"})

_TODAY = """
with named as (
    select unnest($users::varchar[]) as user_id, unnest($sites::varchar[]) as site_id
),
file as (
    select file_id, arg_max(path, read_at) as path from lake.ledger group by file_id
),
line as (
    select request.site_id, request.user_id, request.user_type, file.path
    from lake.person_request as request
    semi join named using (user_id, site_id)
    left join file on file.file_id = request.file_id
    where request.log_date = $date
)
select site_id, user_id, any_value(user_type), list(distinct path order by path)
from line
group by site_id, user_id
"""

_ELSEWHERE = """
with named as (
    select unnest($users::varchar[]) as user_id, unnest($sites::varchar[]) as site_id
),
place as (
    select distinct user_day.user_id, user_day.site_id, site.franchise
    from cached.user_day as user_day
    left join cached.site as site on site.site_id = user_day.site_id
    where user_day.log_date between $history_from and $date - 1
        and user_day.user_id in (select named.user_id from named)
)
select distinct named.site_id, named.user_id
from named
inner join lake.site as site on site.site_id = named.site_id
inner join place
    on place.user_id = named.user_id and place.franchise is distinct from site.franchise
"""


def partners_files(
    con: duckdb.DuckDBPyConnection, settings: Settings, day: dt.date, findings: Sequence[Finding]
) -> dict[str, list[str]]:
    """Return by id the findings that rest on a partner's word, with the paths that say so.

    These are findings about a user at a site of `trust: partner` who is none of its people: staff,
    contractors and system accounts, people of another shop, and others who were seen at another
    party's site within the history; and about an address or a session that such people alone used.
    """
    partners = dict(
        con.execute("select site_id, franchise from lake.site where trust = 'partner'").fetchall()
    )
    named = sorted(
        {(one.site_id, user) for one in findings if one.site_id in partners for user in _users(one)}
    )
    if not named:
        return {}
    bound = {
        "sites": [site for site, _ in named],
        "users": [user for _, user in named],
        "date": day,
    }
    history_from = day - dt.timedelta(days=HISTORY_DAYS)
    elsewhere = set(con.execute(_ELSEWHERE, {**bound, "history_from": history_from}).fetchall())
    files: dict[tuple[str, str], list[str]] = {}
    for site, user, user_type, paths in con.execute(_TODAY, bound).fetchall():
        shop = shop_of(user, settings.user_types)
        if _is_foreign(user_type, shop, partners[site], (site, user) in elsewhere):
            files[site, user] = paths
    found = {}
    for one in findings:
        places = [(one.site_id or "", user) for user in _users(one)]
        if places and all(place in files for place in places):
            found[one.finding_id] = sorted({path for place in places for path in files[place]})
    return found


def _users(finding: Finding) -> list[str]:
    """The people whom a finding names as those who did it.

    The accounts that a log-in was tried with did nothing: whoever guesses passwords names them.
    """
    if finding.actor_kind == "user":
        return [finding.actor]
    users = finding.evidence.get("users")
    if finding.category == "authentication" or not isinstance(users, list):
        return []
    return [user for user in users if isinstance(user, str)]


def _is_foreign(
    user_type: str | None, shop: str | None, partner: str | None, is_known_elsewhere: bool
) -> bool:
    """Whether somebody of a type, of `shop` by the user id, is none of a partner's own people."""
    if user_type in _NEVER_A_SHOPS:
        return True
    if user_type == "franchise" and shop is not None:
        return _number(shop) != _number(partner)
    return is_known_elsewhere


def _number(shop: str | None) -> str | None:
    """A shop's number as it is compared: `003` and `3` are one."""
    return None if shop is None else shop.lower().lstrip("0")
