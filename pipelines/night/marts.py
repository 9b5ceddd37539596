"""The marts of a night, and the entries of those that are for others in the register."""

import datetime as dt
from collections.abc import Sequence

import duckdb

from pipelines.marts.write import tables_of, write_marts
from pipelines.paths import Home
from pipelines.records import Records
from pipelines.records.disclosures import given, recipient_of_franchise, register
from pipelines.roles import franchise_of
from pipelines.settings.model import Settings


def refresh_marts(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    home: Home,
    days: Sequence[dt.date],
    at: dt.datetime,
) -> None:
    """Write the marts of `days`; what is for a franchise is registered as a disclosure to it.

    Raises:
        MimamoriError: a mart cannot be written, or its disclosure cannot be put on record.
    """
    today = at.astimezone(settings.zone).date()
    for role, written in write_marts(con, settings, home, days, at).items():
        franchise = franchise_of(role)
        if franchise is None or not written:
            continue
        recipient = settings.disclosures.mart or recipient_of_franchise(franchise)
        whose = f"sites of franchise {franchise}, {min(written)} to {max(written)}"
        items = tuple(tables_of(role))
        entry = given("mart", recipient, today, whose, items)
        register(Records(home), entry, at)
