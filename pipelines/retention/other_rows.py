"""Rows beside those of requests: rejected lines, findings and what people decided, directories."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines import lake
from pipelines.retention.holds import ActorKind, Hold, held_sql
from pipelines.retention.periods import SITES, last_due_day, oldest_days
from pipelines.retention.result import LetGo
from pipelines.settings.retention import Retention
from pipelines.triage.cases.decisions import DECISIVE


@dataclass(frozen=True)
class _Rows:
    """Rows of a table that go when the days of `period` are over since `day`.

    `site` is the column of their site, `persons` how a person is found in them, `but` a condition
    under which they stay all the same.
    """

    kind: str
    table: str
    day: str
    period: str
    site: str | None = None
    persons: tuple[tuple[ActorKind, str], ...] = ()
    but: str = "false"


_ACTOR: tuple[tuple[ActorKind, str], ...] = (
    ("user", "own.actor = {}"),
    ("ip", "own.actor = {}"),
    ("subject", "contains(own.evidence::varchar, {})"),
)
_BARE_ACTOR = _ACTOR[:2]
_OF_PERSONS: tuple[tuple[ActorKind, str], ...] = (
    ("user", "list_contains(own.persons, {})"),
    ("ip", "list_contains(own.persons, {})"),
    ("subject", "list_contains(own.persons, {})"),
)
# What somebody has taken up stays until it is closed, alone or with its case.
_ASSIGNED = (
    f"(select case_id from lake.case_decision where {DECISIVE} group by case_id"
    " having arg_max(act, decided_at) = 'assigned')"
)
_TAKEN_UP = (
    "(own.status = 'acknowledged'"
    f" or own.status = 'new' and coalesce(own.case_id in {_ASSIGNED}, false))"
)
_OF_A_CASE = "exists (select 1 from lake.findings as finding where finding.case_id = own.case_id)"
_OF_A_FINDING = (
    "exists (select 1 from lake.findings as finding where finding.finding_id = own.finding_id)"
)
_OF_FINDINGS = (
    "exists (select 1 from lake.findings as finding where finding.date = own.date"
    " and list_contains(own.finding_ids, finding.finding_id))"
)
_ROWS = (
    _Rows("findings", "findings", "own.date", "findings_days", "own.site_id", _ACTOR, _TAKEN_UP),
    _Rows("findings", "shadow_finding", "own.date", "findings_days", "own.site_id", _ACTOR),
    _Rows("incidents", "incident", "own.date", "findings_days", None, _BARE_ACTOR, _OF_FINDINGS),
    _Rows(
        "decisions", "triage", "coalesce(own.date, own.decided_at::date)", "findings_days",
        "own.site_id", _BARE_ACTOR, _OF_A_FINDING,
    ),
    _Rows(
        "decisions", "case_decision", "own.decided_at::date", "findings_days", None, _BARE_ACTOR,
        _OF_A_CASE,
    ),
    _Rows(
        "suppressions", "suppression", "least(own.valid_until, own.ended_at::date)",
        "findings_days", "own.site_id", _BARE_ACTOR,
    ),
    _Rows("reviews", "review", "own.date", "findings_days"),
    _Rows("directory", "person_change", "own.changed_at::date", "access_log_days"),
    _Rows("directory", "person", "own.removed_at::date", "access_log_days"),
    _Rows("directory", "privilege", "own.removed_at::date", "access_log_days"),
    _Rows("directory", "watch", "own.removed_at::date", "access_log_days"),
    _Rows("holds", "legal_hold", "own.released_at::date", "findings_days"),
    _Rows(
        "corrections", "correction", "greatest(own.to_day, own.created_at::date)", "findings_days",
        None, _OF_PERSONS,
    ),
)  # fmt: skip
PERIODS = {one.table: one.period for one in _ROWS}
"""The key of settings under `retention:` by which the rows of each of these tables go."""

_LINE: dict[ActorKind, str] = dict.fromkeys(("user", "ip", "subject"), "contains(own.line, {})")


def let_go_of_rejects(
    con: duckdb.DuckDBPyConnection,
    night: dt.date,
    holds: Sequence[Hold],
    now: dt.datetime,
    *,
    is_dry_run: bool,
) -> Iterator[LetGo]:
    """Delete rejected lines whose time is over, with the proof of it; yield what went."""
    held, bound = held_sql(holds, "own.log_date", "own.site_id", _LINE)
    bound |= {"night": night}
    day = "least(own.log_date, own.read_at::date)"  # a wrong clock may be years ahead
    due = f"$night - {day} >= site.quarantine_days and not {held}"
    rows = (
        "from lake.reject as own"
        f" inner join {SITES} as site on site.site_id = own.site_id where {due}"
    )
    counts = con.execute(
        f"select site.site_group, own.log_date, count(*) {rows} group by all order by all", bound
    ).fetchall()
    acts = [LetGo("rejects", "deleted", count, 0, (day,), group) for group, day, count in counts]
    if not counts or is_dry_run:
        yield from acts
    else:
        with lake.transaction(con):
            con.execute(
                "insert into lake.removed_day by name select own.file_id, own.log_date,"
                " own.site_id, 0 as records, count(*) as rejects, $now as removed_at"
                f" {rows} group by own.file_id, own.log_date, own.site_id",
                bound | {"now": now},
            )
            con.execute(
                f"delete from lake.reject as own using {SITES} as site"
                f" where site.site_id = own.site_id and {due}",
                bound,
            )
            yield from acts


def let_go_of_other_rows(
    con: duckdb.DuckDBPyConnection,
    retention: Retention,
    night: dt.date,
    holds: Sequence[Hold],
    *,
    is_dry_run: bool,
) -> Iterator[LetGo]:
    """Delete findings, decisions and the like whose time is over; yield what went."""
    oldest = oldest_days(con, {one.table: one.day for one in _ROWS})
    shortest = {one: _shortest(con, one, retention) for one in {row.period for row in _ROWS}}
    for one in _ROWS:
        first = oldest[one.table]
        if first is None or first > last_due_day(night, shortest[one.period]):
            continue
        condition, bound = _due(one, retention, night, holds)
        counts = con.execute(
            f"select {one.day}, count(*) from lake.{one.table} as own where {condition}"
            " group by all order by all",
            bound,
        ).fetchall()
        acts = [LetGo(one.kind, "deleted", count, 0, (day,)) for day, count in counts]
        if not counts or is_dry_run:
            yield from acts
            continue
        with lake.transaction(con):
            con.execute(f"delete from lake.{one.table} as own where {condition}", bound)
            yield from acts


def _shortest(con: duckdb.DuckDBPyConnection, period: str, retention: Retention) -> int:
    """The shortest that a period is, for all or for the sites of a group."""
    own = int(getattr(retention, period))
    ((shortest,),) = con.execute(f"select least(?, min({period})) from {SITES}", [own]).fetchall()
    return int(shortest)


def _due(
    one: _Rows, retention: Retention, night: dt.date, holds: Sequence[Hold]
) -> tuple[str, dict[str, Any]]:
    days = "$period::int"
    if one.site is not None:
        days = (
            f"coalesce((select site.{one.period} from {SITES} as site"
            f" where site.site_id = {one.site}), {days})"
        )
    bound: dict[str, Any] = {"night": night, "period": getattr(retention, one.period)}
    held = "false"
    if one.persons:
        held, of_holds = held_sql(holds, one.day, one.site, dict(one.persons))
        bound |= of_holds
    condition = f"$night - {one.day} >= {days} and not {held} and not {one.but}"
    return condition, bound
