"""What deliveries put into the register of disclosures: each letter and copy that went out."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pipelines.deliver.channel import Receipt
from pipelines.records import Records
from pipelines.records.disclosures import given, recipient_of_franchise, register
from pipelines.settings.disclosures import Disclosures, Route


@dataclass(frozen=True)
class Registrar:
    """Registers what leaves; the day is that of `clock` in the zone."""

    records: Records
    recipients: Disclosures
    zone: ZoneInfo
    clock: Callable[[], dt.datetime]

    def __call__(
        self,
        route: Route,
        whose: str,
        receipt: Receipt,
        *,
        shop: str | None = None,
        rows: int | None = None,
    ) -> None:
        """Register what left by a route, whose data it was in words, and its receipt.

        `rows` is how many findings it told of, `shop` the franchise that it went to.

        Raises:
            MimamoriError: it cannot be put on record.
        """
        at = self.clock()
        recipient = self.recipients.of(route)
        if shop is not None:
            recipient = recipient or recipient_of_franchise(shop)
            whose = f"{whose}, franchise {shop}"
        out = given(
            route,
            recipient,
            at.astimezone(self.zone).date(),
            whose=whose,
            items=receipt.items,
            reached=receipt.recipients,
            sha256=receipt.sha256,
        )
        register(self.records, out, at, rows)
