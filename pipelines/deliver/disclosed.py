"""What deliveries put into the register of disclosures: each letter and copy that went out."""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

from pipelines.deliver.channel import Receipt
from pipelines.records import Records
from pipelines.records.disclosures import given, register
from pipelines.settings.disclosures import Disclosures, Route

Registrar = Callable[[Route, str, Receipt], None]
"""Registers what left by a route, whose data it was in words, and its receipt."""


def registrar(
    records: Records, recipients: Disclosures, zone: ZoneInfo, clock: Callable[[], dt.datetime]
) -> Registrar:
    """Return what registers one delivery; its day is that of `zone`, `clock` gives aware instants.

    It raises MimamoriError where that cannot be put on record.
    """

    def put(route: Route, whose: str, receipt: Receipt) -> None:
        at = clock()
        out = given(
            route,
            recipients.of(route),
            at.astimezone(zone).date(),
            whose=whose,
            items=receipt.items,
            reached=receipt.recipients,
            sha256=receipt.sha256,
        )
        register(records, out, at)

    return put
