"""What deliveries put into the register of disclosures: each letter and copy that went out."""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

from pipelines.deliver.channel import Receipt
from pipelines.deliver.notice import Notice
from pipelines.records import Records
from pipelines.records.disclosures import given, register
from pipelines.settings.disclosures import Disclosures, Route

Registrar = Callable[[Route, Notice, Receipt], None]


def registrar(
    records: Records, recipients: Disclosures, zone: ZoneInfo, clock: Callable[[], dt.datetime]
) -> Registrar:
    """Return what registers one delivery; its day is that of `zone`, `clock` gives aware instants.

    It raises MimamoriError where that cannot be put on record.
    """

    def put(route: Route, notice: Notice, receipt: Receipt) -> None:
        at = clock()
        out = given(
            route,
            recipients.of(route),
            at.astimezone(zone).date(),
            whose=f"report {notice.period}",
            items=receipt.items,
            reached=receipt.recipients,
            sha256=receipt.sha256,
        )
        register(records, out, at)

    return put
