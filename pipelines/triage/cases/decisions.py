"""What people decided about cases: who has one until when, and why it was closed.

`lake.case_decision` has a row per act, never changed. The last that assigned or closed a case
counts; comments, questions, their letters and answers change neither owner nor state.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from pipelines.findings import rfc3339
from pipelines.lake import insert_frame

CaseAct = Literal["assigned", "closed", "commented", "asked", "sent", "answered"]
DECISIVE = "act in ('assigned', 'closed')"
"""SQL for whether a row of `lake.case_decision` says who has a case, or that it is closed."""


ASSIGNMENTS = f"""
select
    case_id, arg_max(owner, decided_at) as owner, arg_max(due_on, decided_at) as due_on,
    max(decided_at)::date as since_on,
    (min(decided_at) filter (where decided_at > coalesce(closed_at, '-infinity')))::date
        as owned_from
from (
    select
        *, max(decided_at) filter (where act = 'closed') over (partition by case_id) as closed_at
    from lake.case_decision where {DECISIVE}
)
group by case_id
having arg_max(act, decided_at) = 'assigned'
"""
"""SQL for the cases that somebody has; the fields of `Assignment`, after the id."""


# A question stands before its letter, also where both are of one instant.
_IN_ORDER = "decided_at, act <> 'asked'"


@dataclass(frozen=True)
class CaseDecision:
    """One row of `lake.case_decision`; `findings` counts those that were open then.

    `question_id` and `person`, whom was asked or who answered, are those of questions and answers;
    `finding_ids` are the findings that a question is about.
    """

    case_id: str
    actor_kind: str
    actor: str
    act: CaseAct
    owner: str | None
    due_on: dt.date | None
    verdict: str | None
    note: str | None
    findings: int
    author: str
    decided_at: dt.datetime
    question_id: str | None = None
    person: str | None = None
    finding_ids: list[str] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what was decided as JSON-ready values, the case itself left out."""
        told = ("act", "owner", "verdict", "note", "findings", "author", "question_id", "person")
        return {
            "decided_at": rfc3339(self.decided_at),
            **{name: getattr(self, name) for name in told},
            "due_on": self.due_on and self.due_on.isoformat(),
        }


_COLUMNS = tuple(CaseDecision.__dataclass_fields__)


@dataclass(frozen=True)
class Assignment:
    """Who has a case since which day, and the day by which it should be closed.

    Somebody has had it since `owned_from`, whoever that was.
    """

    owner: str
    due_on: dt.date
    since_on: dt.date
    owned_from: dt.date


def assignments(con: duckdb.DuckDBPyConnection) -> dict[str, Assignment]:
    """Return by id to whom each case was given that was not closed since.

    The days are local ones, as the connection has the configured zone.
    """
    rows = con.execute(ASSIGNMENTS).fetchall()
    return {case_id: Assignment(*given) for case_id, *given in rows}


def decisions_about(con: duckdb.DuckDBPyConnection, case_id: str) -> tuple[CaseDecision, ...]:
    """Return what was decided about a case, the newest last."""
    rows = con.execute(
        f"select {', '.join(_COLUMNS)} from lake.case_decision where case_id = ?"
        f" order by {_IN_ORDER}",
        [case_id],
    ).fetchall()
    return tuple(CaseDecision(*row) for row in rows)


def decisions_with_questions(
    con: duckdb.DuckDBPyConnection, case_ids: Sequence[str] | None = None
) -> tuple[CaseDecision, ...]:
    """Return what was decided about cases with questions, the newest last; of all, or of some."""
    rows = con.execute(
        f"select {', '.join(_COLUMNS)} from lake.case_decision"
        " where case_id in (select case_id from lake.case_decision where act = 'asked')"
        " and ($case_ids is null or list_contains($case_ids::varchar[], case_id))"
        f" order by {_IN_ORDER}",
        {"case_ids": None if case_ids is None else list(case_ids)},
    ).fetchall()
    return tuple(CaseDecision(*row) for row in rows)


def insert_decisions(con: duckdb.DuckDBPyConnection, decisions: list[CaseDecision]) -> None:
    """Write decisions, within a transaction of the caller's."""
    import polars as pl  # noqa: PLC0415 - polars loads slowly, and who reads needs none

    texts = dict.fromkeys(("owner", "verdict", "note", "question_id", "person"), pl.String)
    frame = pl.DataFrame(
        [vars(one) for one in decisions],
        schema_overrides={**texts, "due_on": pl.Date, "finding_ids": pl.List(pl.String)},
    )
    insert_frame(con, "case_decision", frame)
