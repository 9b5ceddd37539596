"""Which pages a reader may see by the roles of the settings, beside what Airflow permits.

Reports name persons: they are for `security`. A franchise sees its own shop's pages and no other;
roles that read a mart see no page at all.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from pipelines.airflow.deployment import settings
from pipelines.errors import MimamoriError, SettingsError
from pipelines.paths import Home
from pipelines.records import Records
from pipelines.records.disclosures import Disclosure, given, recipient_of_franchise, register
from pipelines.records.evidence import digest_of
from pipelines.report.franchise.overview import page_name
from pipelines.roles import franchise_of, role_of
from pipelines.settings.access import Access
from pipelines.settings.model import Settings
from pipelines.settings.names import SECURITY

GetSettings = Callable[[], Settings | None]
"""The settings as they are now, roles among them; None while they are wrong: no page is shown."""


def settings_now() -> Settings | None:
    """Return what the settings say now; they are read once for each request."""
    try:
        return settings()
    except SettingsError:
        return None


def role_for(access: Access, reader: str, path: str) -> str | None:
    """Return the role in which `reader` sees the page at `path` below the reports; None: may not.

    `reader` is the name in Airflow.
    """
    role = role_given(access, reader)
    franchise = None if role is None else franchise_of(role)
    if role == SECURITY or (franchise is not None and _is_page_of(franchise, path)):
        return role
    return None


def role_given(access: Access, reader: str) -> str | None:
    """Return the widest role that the settings give `reader` (a name in Airflow); None: none."""
    try:
        return role_of(access, reader)
    except MimamoriError:
        return None


def shop_page(home: Home, role: str, on: dt.date) -> str | None:
    """Return the address below the reports of a franchise's own page of a day; None: there is none.

    None too for roles of the company.
    """
    franchise = franchise_of(role)
    if franchise is None:
        return None
    path = f"{on.isoformat()}/franchise/{page_name(franchise)}"
    return path if (home.reports / path).is_file() else None


def disclose_page(
    records: Records, current: Settings, role: str, page: Path, at: dt.datetime
) -> None:
    """Register that a franchise was shown the page of its shop; pages shown in-house are none.

    Raises:
        MimamoriError: it cannot be put on record.
    """
    if franchise_of(role) is not None:
        whose = f"report {page.parent.parent.name}"
        entry = _given(current, role, whose, "report", at, [page.name], digest_of(page))
        register(records, entry, at)


def disclose_search(
    records: Records, current: Settings, role: str, whose: str, at: dt.datetime, rows: int
) -> None:
    """Register that a franchise is given `rows` of a search; what is shown in-house is none.

    `whose` says what was searched for, values as keyed hashes.

    Raises:
        MimamoriError: it cannot be put on record.
    """
    if franchise_of(role) is not None:
        register(records, _given(current, role, whose, "access_log", at), at, rows)


def _given(
    current: Settings,
    role: str,
    whose: str,
    item: str,
    at: dt.datetime,
    reached: Sequence[str] = (),
    sha256: str | None = None,
) -> Disclosure:
    franchise = franchise_of(role) or ""
    recipient = current.disclosures.franchise_page or recipient_of_franchise(franchise)
    on = at.astimezone(current.zone).date()
    whose = f"{whose}, franchise {franchise}"
    return given("franchise_page", recipient, on, whose, [item], reached, sha256)


def _is_page_of(franchise: str, path: str) -> bool:
    parts = PurePosixPath(path).parts
    return path == "/".join(parts) and parts[1:] == ("franchise", page_name(franchise))
