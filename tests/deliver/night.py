"""One call that delivers, with what it needs from outside in hand."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.deliver.disclosed import Registrar
from pipelines.deliver.ledger import Ledger
from pipelines.deliver.means import Means
from pipelines.deliver.part import Places
from pipelines.deliver.run import Delivery, deliver_days
from pipelines.paths import Home
from pipelines.records import Records
from pipelines.settings.delivery import Deliver
from pipelines.settings.disclosures import Disclosures
from pipelines.text.words import Words
from tests import mail_server
from tests.deliver.reported import DAY, NOW

SECRETS = {"MAIL_PASSWORD": mail_server.PASSWORD}


def email(port: int, **values: Any) -> dict[str, Any]:
    """The settings of letters through the server of the tests."""
    server = {
        "host": "localhost", "port": port, "user": mail_server.USER, "password_env": "MAIL_PASSWORD"
    }  # fmt: skip
    base = {"from": "mimamori@prime.example", "to": ["security@prime.example"], "smtp": server}
    return base | values


def whole(port: int, **values: Any) -> dict[str, Any]:
    """Letters that say everything: findings in the text, and the report attached."""
    return email(port, **({"details": True, "report": "attach"} | values))


def tell(
    reports: Path,
    days: Sequence[dt.date] = (DAY,),
    *,
    locale: Any = "ja",
    secrets: dict[str, str] | None = None,
    pauses: list[float] | None = None,
    dry_run: bool = False,
    places: Places | Callable[[], Places] | None = None,
    **target: Any,
) -> list[Delivery]:
    """Deliver `days` as `target` says; the waits between tries end at once and go to `pauses`."""
    known = SECRETS | (secrets or {})
    known_places = places if callable(places) else (lambda: places or {})
    waited = [] if pauses is None else pauses
    home = Home(reports.parent)
    home.keys.mkdir(exist_ok=True)  # of the lake, for the key of the records
    records = Records(home)
    register = Registrar(records, Disclosures(), ZoneInfo("Asia/Tokyo"), lambda: NOW)
    return deliver_days(
        Deliver.model_validate(target),
        Words(locale, ZoneInfo("Asia/Tokyo")),
        reports,
        Ledger(Home(reports.parent)),
        days,
        Means(known.get, lambda: NOW, waited.append, records, register, places=known_places),
        dry_run=dry_run,
    )


def statuses(done: Sequence[Delivery]) -> list[tuple[str, str, str]]:
    """Channel, kind and status of each."""
    return [(one.channel, one.kind, one.status) for one in done]
