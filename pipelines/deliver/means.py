"""What deliveries need from outside."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from pipelines import lake
from pipelines.deliver.channel import Pause
from pipelines.deliver.disclosed import Registrar
from pipelines.deliver.part import Places, SitePlace
from pipelines.paths import Home
from pipelines.records import Records
from pipelines.settings.delivery import Deliver


@dataclass(frozen=True)
class Means:
    """Secrets, clock, the way to wait, records, the register, and which site is whose.

    `secret` gives the value of an environment variable. In Airflow (`is_airflow`) a connection
    goes before `smtp:`, elsewhere `smtp:` goes first.
    """

    secret: Callable[[str], str | None]
    clock: Callable[[], dt.datetime]
    pause: Pause
    records: Records
    register: Registrar
    is_airflow: bool = False
    places: Places = field(default_factory=dict)


def read_places(target: Deliver, home: Home, timezone: str) -> Places:
    """Return where each site belongs, by the lake; nothing where nobody hears of a part.

    Raises:
        MimamoriError: there is no lake.
    """
    if not target.asks_for_sites:
        return {}
    with lake.open_reader(home, timezone) as con:
        rows = con.execute("select site_id, site_group, franchise, mail from lake.site").fetchall()
    return {site: SitePlace(*place) for site, *place in rows}
