"""Daily aggregates of persons, and records of service histories: let go with their day's rows."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines import lake
from pipelines.privacy.epochs import KINDS, PREFIX, EpochKeys, epoch_of, pseudonym_sql
from pipelines.retention.holds import ActorKind, Hold, held_sql
from pipelines.retention.periods import SITES
from pipelines.retention.result import LetGo
from pipelines.retention.waiting import USERS
from pipelines.settings.retention import Retention


@dataclass(frozen=True)
class _Table:
    """A table of aggregates; `replaced` says what pseudonymised rows have in place of a column.

    Without any, its rows are deleted when their day is pseudonymised.
    """

    name: str
    replaced: dict[str, str]
    has_site: bool = True
    has_user: bool = True

    @property
    def in_clear(self) -> str:
        """The SQL of whether a row has not been pseudonymised."""
        if not self.replaced:
            return "true"
        column = lake.identifier(next(iter(self.replaced)))
        return f"coalesce(not starts_with(own.{column}, '{PREFIX}'), false)"


_USER = {"user_id": pseudonym_sql("user", "own.user_id")}
_SUBNETS = {
    "subnet": pseudonym_sql("subnet", "own.subnet"),
}
_TABLES = (
    _Table("user_day", _USER),
    _Table("user_hour", _USER),
    _Table(
        "user_network_day",
        {**_USER, **_SUBNETS, "network": pseudonym_sql("subnet", "own.network")},
        has_site=False,
    ),
    _Table("user_agent_day", _USER, has_site=False),
    _Table("subnet_day", _SUBNETS, has_user=False),
    _Table("session_user", {**_USER, "session_id": pseudonym_sql("session", "own.session_id")}),
    _Table(
        "service_record",
        {
            **_USER,
            "session_id": pseudonym_sql("session", "own.session_id"),
            "client_ip": pseudonym_sql("client", "own.client_ip"),
            "subject_id": pseudonym_sql("subject", "own.subject_id"),
            "subject_hash": "null",
            "action": "null",
        },
    ),
    _Table("service_user", _USER, has_site=False),
    _Table("explanation_day", {**_USER, "reason": "null"}),
    _Table("leak_day", {"page": f"'{PREFIX}'"}, has_user=False),
    _Table("script_day", {}, has_user=False),
)
PSEUDONYMISED = {table.name: bool(table.replaced) for table in _TABLES}
"""The tables of aggregates, which go with `access_log_days`: whether they are pseudonymised before.

Rows of the others are deleted when their day is pseudonymised.
"""

_PERSON: dict[ActorKind, str] = {
    "user": (
        "own.user_id in (select {0} union all select usual_id from lake.user_alias"
        " where user_id = {0} union all select usual_id from lake.person where user_id = {0})"
    )
}


def let_go_of_aggregates(
    con: duckdb.DuckDBPyConnection,
    keys: EpochKeys | None,
    retention: Retention,
    night: dt.date,
    holds: Sequence[Hold],
) -> Iterator[LetGo]:
    """Pseudonymise and delete aggregates; yield what went. Without `keys` nothing is written.

    Where a table knows no sites, the shortest period until pseudonyms holds, and the longest until
    rows are deleted. The tables of periods and of open cases must stand.
    """
    for table in _TABLES:
        yield from _deleted(con, table, keys, night, holds)
        if not table.replaced:
            yield from _deleted(con, table, keys, night, holds, "pseudonymise_after_days")
        else:
            yield from _pseudonymised(con, table, keys, retention, night, holds)


def _due(
    table: _Table, period: str, night: dt.date, holds: Sequence[Hold]
) -> tuple[str, dict[str, Any]]:
    """The SQL of whether a row's time is over and no hold keeps it, and what it binds."""
    site = "own.site_id" if table.has_site else None
    columns = _PERSON if table.has_user else {}
    held, bound = held_sql(holds, "own.log_date", site, columns)
    function = "min" if period == "pseudonymise_after_days" else "max"
    all_ = f"(select {function}({period}) from {SITES})"
    days = (
        f"coalesce((select {period} from {SITES} as site where site.site_id = own.site_id), {all_})"
        if table.has_site
        else all_
    )
    return f"($night - own.log_date) >= {days} and not {held}", bound | {"night": night}


def _deleted(
    con: duckdb.DuckDBPyConnection,
    table: _Table,
    keys: EpochKeys | None,
    night: dt.date,
    holds: Sequence[Hold],
    period: str = "access_log_days",
) -> Iterator[LetGo]:
    due, bound = _due(table, period, night, holds)
    counts = con.execute(
        f"select own.log_date, count(*) from lake.{table.name} as own where {due}"
        " group by own.log_date order by own.log_date",
        bound,
    ).fetchall()
    acts = [LetGo("aggregates", "deleted", rows, 0, (day,)) for day, rows in counts]
    if keys is None or not counts:
        yield from acts
        return
    with lake.transaction(con):
        con.execute(f"delete from lake.{table.name} as own where {due}", bound)
        yield from acts


def _pseudonymised(
    con: duckdb.DuckDBPyConnection,
    table: _Table,
    keys: EpochKeys | None,
    retention: Retention,
    night: dt.date,
    holds: Sequence[Hold],
) -> Iterator[LetGo]:
    due, bound = _due(table, "pseudonymise_after_days", night, holds)
    over, _ = _due(table, "access_log_days", night, holds)
    due = f"{due} and {table.in_clear} and not ({over})"
    if table.has_user:
        due += f" and own.user_id not in (select actor from {USERS})"
    counts = con.execute(
        f"select own.log_date, count(*) from lake.{table.name} as own where {due}"
        " group by own.log_date order by own.log_date",
        bound,
    ).fetchall()
    acts = [LetGo("aggregates", "pseudonymised", rows, 0, (day,)) for day, rows in counts]
    if keys is not None and counts:
        replaced = ", ".join(f"{sql} as {name}" for name, sql in table.replaced.items())
        epochs: dict[str, list[dt.date]] = {}
        for day, _ in counts:
            epochs.setdefault(epoch_of(day, retention.epoch_months), []).append(day)
        with lake.transaction(con):
            con.execute(
                f"create or replace temp table retention_moved as select own.*"
                f" from lake.{table.name} as own where {due}",
                bound,
            )
            con.execute(f"delete from lake.{table.name} as own where {due}", bound)
            for epoch, days in epochs.items():
                key = keys.made(epoch)
                values = {
                    f"{kind}_key": key.of_kind(kind) for kind in KINDS if f"${kind}_key" in replaced
                }
                con.execute(
                    f"insert into lake.{table.name} by name select own.* replace ({replaced})"
                    " from retention_moved as own where own.log_date in (select unnest($days))",
                    values | {"days": days},
                )
            yield from acts
        con.execute("drop table temp.retention_moved")
    else:
        yield from acts
