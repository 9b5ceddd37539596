"""The day of all shops, read from the lake once; then the rows of each shop, by its name.

A query costs the same for one shop as for a thousand. So the lake is read by one set of queries for
all shops into temporary tables, and what the pages show comes from those by queries for many shops
at once: each row says whose it is, and a shop is given no other's (`ShopRows`).
"""

import contextlib
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines.detect.aggregates import load_macros
from pipelines.findings import COLUMNS
from pipelines.report.facts import HISTORY_DAYS
from pipelines.report.gather import SITES
from pipelines.triage.cases.decisions import ASSIGNMENTS
from pipelines.triage.corrections import CORRECTIONS

# Whose rows are in memory together: so many shops, and of subjects that were seen so many.
_SHOPS_AT_ONCE = 250
_SUBJECTS_AT_ONCE = 200_000
_SLICES = {
    "shop_site": f"select * from ({SITES}) where franchise is not null",
    "shop_finding": f"""
        select {", ".join(COLUMNS)} from lake.findings
        where date = $on and site_id in (select site_id from shop_site)
            and not list_contains($kept, detector)
    """,
    "shop_correction": f"""
        select *, row_number() over () as place from ({CORRECTIONS})
        where is_actor and finding_id in (select finding_id from shop_finding)
    """,
    "shop_case": f"""
        select
            site_id, coalesce(case_id, finding_id) as case_id, finding_id, date, detector, category,
            severity, score, event_count, subject_count, owner.owned_from
        from lake.weighed_finding
        left join ({ASSIGNMENTS}) as owner using (case_id)
        where date <= $on and status in ('new', 'acknowledged')
            and site_id in (select site_id from shop_site) and not list_contains($kept, detector)
    """,
    "shop_day": """
        select site_id, log_date, lines, personal_accesses from lake.site_day
        where log_date between $from and $on and site_id in (select site_id from shop_site)
    """,
    "shop_check": """
        select
            check_id, suite, site_id, severity = 'critical' as critical, observed, expected,
            title_ja, title_en
        from lake.check_result
        where log_date = $on and not success and site_id in (select site_id from shop_site)
    """,
    "shop_reject": """
        select
            site_id, reason, max(reason_code) as reason_code,
            max(reason_arguments) as reason_arguments, count(*) as lines
        from lake.reject
        where log_date = $on and site_id in (select site_id from shop_site)
        group by site_id, reason
    """,
    "shop_user": """
        select
            site_id, log_date, user_id, requests, refused, exports, first_time, last_time,
            record_accesses + list_accesses + exports as accesses
        from lake.people_day
        where log_date between $from and $on and user_type = 'franchise'
            and site_id in (select site_id from shop_site)
    """,
    "shop_access": """
        select site_id, user_id, user_type, subject_id, count(*) as accesses
        from lake.person_request
        where log_date = $on and data_level > 0 and is_access(status)
            and site_id in (select site_id from shop_site)
        group by site_id, user_id, user_type, subject_id
    """,
    "shop_address": """
        select distinct request.site_id, client.address as client_ip, request.user_id
        from lake.user_request as request
        inner join (
            select client_id, unnest(names_of(client_ip)) as address from lake.client
        ) as client on client.client_id = request.client_id
        where request.log_date = $on and request.user_id is not null
            and is_admitted(request.status, request.login_result)
            and request.site_id in (select site_id from shop_site)
            and client.address in (select actor from shop_finding where actor_kind = 'ip')
    """,
}


class ShopRows:
    """What queries about some shops gave, by query: the rows of one shop at a time."""

    def __init__(self, con: duckdb.DuckDBPyConnection, shops: Sequence[str]) -> None:
        """Read by `con` the rows of these shops, each query when it is first asked for."""
        self._con = con
        self._shops = list(shops)
        self._found: dict[str, dict[str, list[tuple[Any, ...]]]] = {}

    def of(self, shop: str, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a shop in the order of the query, whose first column names the shop.

        The query binds `$shops` and nothing else; that column is left out of the rows.
        """
        if query not in self._found:
            found = self._found[query] = defaultdict(list)
            for owner, *row in self._con.execute(query, {"shops": self._shops}).fetchall():
                found[owner].append(tuple(row))
        return self._found[query].get(shop, [])


@dataclass(frozen=True)
class Slices:
    """The temporary tables of the day `on`."""

    con: duckdb.DuckDBPyConnection
    on: dt.date

    def shops(self) -> dict[str, tuple[str, ...]]:
        """Return the ids of the sites of each shop, in the order of the shops' ids."""
        rows = self.con.execute(
            "select franchise, list(site_id order by site_id) from shop_site"
            " group by franchise order by franchise"
        ).fetchall()
        return {shop: tuple(sites) for shop, sites in rows}

    def rows(self, shops: Sequence[str]) -> Iterator[tuple[str, ShopRows]]:
        """Yield each shop with the rows that it is found in, which are those of several shops."""
        seen: dict[str, int] = dict(
            self.con.execute(
                "select franchise, count(*) from shop_access"
                " inner join shop_site using (site_id) group by franchise"
            ).fetchall()
        )
        some: list[str] = []
        for shop in shops:
            subjects = sum(seen.get(one, 0) for one in (*some, shop))
            if some and (len(some) == _SHOPS_AT_ONCE or subjects > _SUBJECTS_AT_ONCE):
                yield from self._rows_of(some)
                some = []
            some.append(shop)
        yield from self._rows_of(some)

    def _rows_of(self, shops: Sequence[str]) -> Iterator[tuple[str, ShopRows]]:
        found = ShopRows(self.con, shops)
        for shop in shops:
            yield shop, found


@contextlib.contextmanager
def slices_of(con: duckdb.DuckDBPyConnection, on: dt.date, kept: Sequence[str]) -> Iterator[Slices]:
    """Yield the rows of all shops for the day `on` and the `HISTORY_DAYS` that end with it.

    `con` is a connection to the lake in the configured time zone, with the table `site_state` of
    the day; the tables are gone afterwards. Findings of the detectors `kept` are in none.
    """
    load_macros(con)
    given: dict[str, Any] = {
        "kept": kept,
        "on": on,
        "from": on - dt.timedelta(days=HISTORY_DAYS - 1),
    }
    try:
        for name, query in _SLICES.items():
            bound = {key: value for key, value in given.items() if f"${key}" in query}
            con.execute(f"create or replace temp table {name} as {query}", bound)
        yield Slices(con, on)
    finally:
        for name in _SLICES:
            con.execute(f"drop table if exists temp.{name}")
