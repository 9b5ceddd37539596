"""The service history of the one site whose log names no user: `services.csv`.

Its application knows who was logged in, and records log-ins and uses of personal data with the
address and the subject. Whatever its people do, the log alone shows of nobody.
"""

import csv
import datetime as dt
import io

import numpy as np

from pipelines.demo.columns import NOBODY, Requests
from pipelines.demo.days import Day
from pipelines.demo.pages import Gap, PageKind
from pipelines.demo.world import Role, SiteWorld, World

SERVICES = "services.csv"
_COLUMNS = ("time", "user", "subject", "action", "site", "address")
_RECORDED = (PageKind.LOGIN, PageKind.LOGOUT, PageKind.RECORD, PageKind.LIST, PageKind.EXPORT)


class ServiceHistory:
    """Takes the users out of a site's requests, and keeps what its application recorded."""

    def __init__(self, world: World) -> None:
        """Choose the site: the first that is staffed at all hours; none where there is none."""
        self._world = world
        self._site = next(
            (one for one in world.sites if one.role is Role.WATCH and one.crew is not None), None
        )
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        self._writer.writerow(_COLUMNS)

    def without_users(self, site: SiteWorld, day: Day, batch: Requests) -> Requests:
        """Return the requests as the log of the site has them."""
        if site is not self._site:
            return batch
        batch = batch.where(np.argsort(batch.second, kind="stable"))
        is_recorded = np.isin(batch.page, site.pages.of(*_RECORDED)) & (batch.user != NOBODY)
        is_today = (batch.second >= 0) & (batch.second < day.seconds)
        chosen = batch.where(is_recorded & is_today)
        zone = self._world.settings.zone
        columns = (chosen.second, chosen.user, chosen.page, chosen.fill, chosen.address)
        for second, user, number, fill, address, status in zip(
            *(column.tolist() for column in columns), chosen.status.tolist(), strict=True
        ):
            page = site.pages.table[number]
            has_failed = page.kind is PageKind.LOGIN and status == page.refused
            self._writer.writerow(
                (
                    dt.datetime.fromtimestamp(day.midnight + int(second), tz=zone).isoformat(),
                    self._world.users[user],
                    site.fills[fill] if page.gap is Gap.SUBJECT else "",
                    "login failed" if has_failed else page.kind.value,
                    site.instance.id,
                    self._world.addresses[address],
                )
            )
        return batch.with_users(np.full_like(batch.user, NOBODY))

    def content(self) -> bytes | None:
        """Return the file; None where no site has one."""
        return None if self._site is None else self._text.getvalue().encode()
