"""What deliveries need from outside."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from pipelines import lake
from pipelines.deliver.channel import Pause
from pipelines.deliver.disclosed import Registrar
from pipelines.deliver.part import Places, SitePlace
from pipelines.paths import Home
from pipelines.records import Records
from pipelines.settings.delivery import Deliver
from pipelines.sites.closure import closed_sites

_WEEKS = 3  # a digest is about the last week, and may be late
_PLACES = "select site_id, site_group, franchise, mail, closed_on from lake.site"
_DAYS = """
select distinct site_id, log_date from lake.ledger_day
where records > 0 and log_date > (select max(log_date) from lake.ledger_day) - 7 * ?
"""


@dataclass(frozen=True)
class Means:
    """Secrets, clock, the way to wait, records, the register, and what says which site is whose.

    `secret` gives the value of an environment variable. In Airflow (`is_airflow`) a connection
    goes before `smtp:`, elsewhere `smtp:` goes first.
    """

    secret: Callable[[str], str | None]
    clock: Callable[[], dt.datetime]
    pause: Pause
    records: Records
    register: Registrar
    is_airflow: bool = False
    places: Callable[[], Places] = dict


def read_places(target: Deliver, home: Home, timezone: str) -> Places:
    """Return where each site belongs, by the lake; nothing where nobody hears of a part.

    Raises:
        MimamoriError: there is no lake.
    """
    if not target.asks_for_sites:
        return {}
    with lake.open_reader(home, timezone) as con:
        days: dict[str, set[dt.date]] = {}
        for site, on in con.execute(_DAYS, [_WEEKS]).fetchall():
            days.setdefault(site, set()).add(on)
        places = con.execute(_PLACES).fetchall()
        closed = {site: one.closed_on for site, one in closed_sites(con).items()}
    return {
        site: SitePlace(
            group, franchise, mail, closed.get(site, listed), frozenset(days.get(site, ()))
        )
        for site, group, franchise, mail, listed in places
    }
