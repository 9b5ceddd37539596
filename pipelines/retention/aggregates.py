"""Daily aggregates of persons, and records of service histories: let go with their day's rows."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb

from pipelines import lake
from pipelines.lake.rewriting import mark_rows, rewrite_rows
from pipelines.privacy.epochs import KINDS, PREFIX, EpochKeys, epoch_of, pseudonym_sql
from pipelines.retention.holds import ActorKind, Hold, held_sql
from pipelines.retention.periods import SITES, last_due_day, oldest_days
from pipelines.retention.result import LetGo
from pipelines.retention.waiting import USERS
from pipelines.settings.retention import Retention

_Condition = tuple[str, dict[str, Any]]


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
    _Table("user_subject_day", _USER),
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
    (row,) = con.execute(
        "select min(access_log_days), max(access_log_days), min(pseudonymise_after_days),"
        f" max(pseudonymise_after_days) from {SITES}"
    ).fetchall()
    if row[0] is None:  # no site
        return
    periods = {"access_log_days": row[:2], "pseudonymise_after_days": row[2:]}
    due = partial(_due, periods=periods, night=night, holds=holds)
    last = last_due_day(night, min(row))
    oldest = oldest_days(con, {table.name: "own.log_date" for table in _TABLES})
    for table in _TABLES:
        first = oldest[table.name]
        if first is None or first > last:
            continue
        yield from _deleted(con, table, keys, due(table, "access_log_days"))
        if not table.replaced:
            yield from _deleted(con, table, keys, due(table, "pseudonymise_after_days"))
        else:
            yield from _pseudonymised(con, table, keys, retention, due)


def _due(
    table: _Table,
    period: str,
    periods: Mapping[str, tuple[int, int]],
    night: dt.date,
    holds: Sequence[Hold],
) -> _Condition:
    """The SQL of whether a row's time is over and no hold keeps it, and what it binds.

    `periods` has the shortest and the longest of any site.
    """
    shortest, longest = periods[period]
    days: int | str = shortest if period == "pseudonymise_after_days" else longest
    if table.has_site and shortest != longest:
        of_site = f"select {period} from {SITES} as site where site.site_id = own.site_id"
        days = f"coalesce(({of_site}), {days})"
    columns = _PERSON if table.has_user else {}
    site = "own.site_id" if table.has_site else None
    held, bound = held_sql(holds, "own.log_date", site, columns)
    # By the first condition, files and row groups of later days are not read.
    last = f"last_{period}"
    over = f"own.log_date <= ${last} and ($night - own.log_date) >= {days} and not {held}"
    return over, bound | {"night": night, last: last_due_day(night, shortest)}


def _counted(
    con: duckdb.DuckDBPyConnection, table: _Table, due: str, bound: dict[str, Any]
) -> list[tuple[dt.date, int]]:
    return con.execute(
        f"select own.log_date, count(*) from lake.{table.name} as own where {due}"
        " group by own.log_date order by own.log_date",
        bound,
    ).fetchall()


def _deleted(
    con: duckdb.DuckDBPyConnection, table: _Table, keys: EpochKeys | None, over: _Condition
) -> Iterator[LetGo]:
    due, bound = over
    counts = _counted(con, table, due, bound)
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
    due_by: Callable[[_Table, str], _Condition],
) -> Iterator[LetGo]:
    due, bound = due_by(table, "pseudonymise_after_days")
    over, of_over = due_by(table, "access_log_days")
    due = f"{due} and {table.in_clear} and not ({over})"
    bound |= of_over
    if table.has_user:
        due += f" and own.user_id not in (select actor from {USERS})"
    epochs: dict[str, list[LetGo]] = {}
    for day, rows in _counted(con, table, due, bound):
        act = LetGo("aggregates", "pseudonymised", rows, 0, (day,))
        epochs.setdefault(epoch_of(day, retention.epoch_months), []).append(act)
    for epoch, acts in epochs.items():
        if keys is None:
            yield from acts
            continue
        key = keys.made(epoch)
        values = {
            f"{kind}_key": key.of_kind(kind)
            for kind in KINDS
            if any(f"${kind}_key" in sql for sql in table.replaced.values())
        }
        days = [day for act in acts for day in act.days]
        of_epoch = f"own.log_date in (select unnest($days)) and {due}"
        with lake.transaction(con):
            marked = mark_rows(
                con, table.name, of_epoch, table.replaced, bound | values | {"days": days}
            )
            rewrite_rows(con, marked)
            yield from acts
