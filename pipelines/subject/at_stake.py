"""What evidence an erasure would take from those who look into findings."""

import datetime as dt
from dataclasses import dataclass

import duckdb

from pipelines.errors import UsageError
from pipelines.findings import Severity
from pipelines.settings.model import Settings
from pipelines.subject.person import Person
from pipelines.subject.places import tables
from pipelines.text.messages import message
from pipelines.triage.cases.read import ids_to_look_at
from pipelines.triage.incidents import OPEN_STATUSES

RECENT_DAYS = 30
_SHOWN = 5


@dataclass(frozen=True)
class AtStake:
    """Open cases that hold a person, and how many findings of the last 30 days do."""

    cases: tuple[str, ...]
    findings: int

    @property
    def is_any(self) -> bool:
        """Whether an erasure would take anything that somebody may still need."""
        return bool(self.cases or self.findings)


def at_stake(
    con: duckdb.DuckDBPyConnection, settings: Settings, person: Person, now: dt.datetime
) -> AtStake:
    """Return what an erasure would take of open cases and of the last 30 days' findings."""
    today = now.astimezone(settings.zone).date()
    (table,) = (one for one in tables(con) if one.name == "findings")
    rows = con.execute(
        "select own.case_id, own.date, own.status, own.severity from lake.findings as own"
        f" where {table.found(person)}"
    ).fetchall()
    if not rows:
        return AtStake((), 0)
    to_look_at = ids_to_look_at(con, settings.cases.half_life_days, today)
    cases = {
        case
        for case, _, status, severity in rows
        if status in OPEN_STATUSES and (case in to_look_at or Severity(severity).needs_a_look)
    }
    first = today - dt.timedelta(days=RECENT_DAYS)
    return AtStake(tuple(sorted(filter(None, cases))), sum(day > first for _, day, *_ in rows))


def refuse_unapproved(
    con: duckdb.DuckDBPyConnection, settings: Settings, person: Person, now: dt.datetime
) -> None:
    """Make sure that an erasure to which two typed names agree takes no evidence.

    Raises:
        UsageError: it would; two accounts that are signed in have to agree to that.
    """
    found = at_stake(con, settings, person, now)
    if found.is_any:
        cases = ", ".join(found.cases[:_SHOWN]) + (", …" if len(found.cases) > _SHOWN else "")
        raise UsageError(
            message(
                "subject.at_stake.approve",
                at=cases or "--second",
                cases=len(found.cases),
                findings=found.findings,
                days=RECENT_DAYS,
            )
        )
