"""Makes the rows that a suite judges: its SELECT, bound to the days, the settings and the clock."""

import datetime as dt
import ipaddress
from collections.abc import Sequence

import duckdb

from pipelines.errors import MimamoriError
from pipelines.lake import identifier
from pipelines.normalise.site import IPV4_PATTERN
from pipelines.privacy.epochs import PATTERN
from pipelines.quality.owners import OwnSuite
from pipelines.quality.suites import Suite
from pipelines.settings.calendar import public_holidays, working_days
from pipelines.settings.model import Settings
from pipelines.sites.closure import closed_sites
from pipelines.text.messages import message

_NUMBERS = ("INT", "INTEGER", "DOUBLE")  # how the types of figures end


def make_rows(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    suite: Suite,
    days: Sequence[dt.date],
    now: dt.datetime,
) -> str:
    """Run the suite's SELECT once for all days; return the name of the table with its rows.

    The table lies in the memory of `con`'s database. The SELECT may bind `$days` (date[]), `$day`
    (the last of them), `$holidays` (date[], public holidays from the year before the first day on),
    `$closed_ids` (varchar[], the sites that are closed by the last day), `$now` (an instant),
    `$upper_limits` (a struct of the largest values that the suite allows by column), `$pseudonym`
    (the pattern of a pseudonym), `$dotted_quad` (that of an IPv4 address) and the
    suite's own parameters, and may call `is_canonical_ip(varchar)`.

    Raises:
        MimamoriError: the SELECT cannot be run; the message names its file.
    """
    table = identifier(f"judged_{suite.name}")
    values = {
        "days": list(days),
        "day": days[-1],
        "holidays": public_holidays(
            settings.business_hours.holidays, range(days[0].year - 1, days[-1].year + 1)
        ),
        "closed_ids": _closed_sites(con, days[-1]),
        "now": now,
        "pseudonym": PATTERN.pattern,
        "dotted_quad": IPV4_PATTERN,
    }
    con.create_function(
        "is_canonical_ip", is_canonical_ip, [duckdb.sqltypes.VARCHAR], duckdb.sqltypes.BOOLEAN
    )
    try:
        con.execute(f"create or replace table {table} as {suite.sql}", suite.bindings(values))
    except duckdb.Error as error:
        raise MimamoriError(
            message("quality.rows.cannot_be_run", at=f"expectations/{suite.name}.sql", reason=error)
        ) from None
    finally:
        con.remove_function("is_canonical_ip")
    return table


def figures(con: duckdb.DuckDBPyConnection, table: str) -> tuple[str, ...]:
    """Return the columns of rows to judge that are figures, in order."""
    columns = con.execute(f"describe {table}").fetchall()
    return tuple(name for name, kind, *_ in columns if kind.endswith(_NUMBERS))


def days_with_rows(con: duckdb.DuckDBPyConnection, table: str) -> list[dt.date]:
    """Return the days of which there are rows to judge, in order."""
    found = con.execute(f"select distinct log_date from {table} order by all").fetchall()
    return [day for (day,) in found]


def make_own_rows(
    con: duckdb.DuckDBPyConnection, settings: Settings, own: OwnSuite, rows: str
) -> tuple[str, list[dt.date]]:
    """Make of `rows`, those of the suite `site_day`, the ones that an owner's suite is about.

    Returns the name of the table and the days that it has, in order.
    """
    table = identifier(f"judged_{own.suite.name}")
    columns = ", ".join(map(identifier, ("log_date", "site_id", *own.columns)))
    con.execute(
        f"create or replace table {table} as select {columns} from {rows}"
        " where list_bool_or(list_transform($sites::varchar[], lambda one : site_id glob one))",
        {"sites": list(own.sites)},
    )
    days = days_with_rows(con, table)
    if days and own.days != "every":
        open_days = {*working_days(settings.business_hours, days[0], days[-1])}
        days = [day for day in days if (day in open_days) == (own.days == "working")]
    return table, days


def is_canonical_ip(text: str) -> bool:
    """Whether an address is written as RFC 5952 wants it, and an IPv4-mapped one as IPv4."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    is_mapped = isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None
    return str(address) == text and not is_mapped


def _closed_sites(con: duckdb.DuckDBPyConnection, last: dt.date) -> list[str]:
    """The sites that were closed by then."""
    closed = closed_sites(con).values()
    return [one.site_id for one in closed if one.closed_on and one.closed_on <= last]
