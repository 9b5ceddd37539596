"""In which state a page showed a case or a day's report, so that nobody decides about another."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from pipelines import lake
from pipelines.audit.reviews import ReviewDay
from pipelines.findings import Finding
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.triage.cases.commands import CaseHistory, read_history
from pipelines.triage.decisions import Decision, decisions_of

WAIT_SECONDS = 4.0
"""For so long an act waits for another writer; a night that is being written takes longer."""
_DIGITS = 16
_LAST_DAY = """
select max(day) from (
    select max(log_date) as day from lake.stage_run
    where stage = 'detect' and status = 'done' and log_date <= $today
    union all
    select max(date) from lake.findings where date <= $today
)
"""


class ChangedError(Exception):
    """Somebody else, or a night, changed what is decided about since the page was shown."""


@dataclass(frozen=True)
class CaseState:
    """A case as of the last examined day, with the decisions about its findings by id."""

    history: CaseHistory
    decisions: dict[str, tuple[Decision, ...]]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All its findings: the open ones first, then the others, each the newest first."""
        return (*self.history.findings, *self.history.closed)

    @property
    def version(self) -> str:
        """A fingerprint of all that a page shows of it and a decision may rest on."""
        return _fingerprint(
            [
                [[one.act, one.author, str(one.decided_at)] for one in self.history.decisions],
                sorted(
                    [
                        *(one.finding_id, one.status, one.severity),
                        *(one.event_count, one.subject_count),
                        *(str(said.decided_at) for said in self.decisions.get(one.finding_id, ())),
                    ]
                    for one in self.findings
                ),
            ]
        )


def last_day(con: duckdb.DuckDBPyConnection, today: dt.date) -> dt.date:
    """Return the last day that was examined, or the day before where none was."""
    row = con.execute(_LAST_DAY, {"today": today}).fetchone()
    return row[0] if row and row[0] else today - dt.timedelta(days=1)


def case_state(
    con: duckdb.DuckDBPyConnection, settings: Settings, case_id: str, today: dt.date
) -> CaseState:
    """Return a case as it is now; UsageError when there is none."""
    history = read_history(con, settings, case_id, last_day(con, today))
    ids = [one.finding_id for one in (*history.findings, *history.closed)]
    return CaseState(history, decisions_of(con, ids))


def day_version(day: ReviewDay) -> str:
    """Return a fingerprint of a day's report and of the signatures under it."""
    signed = [[one.author, str(one.signed_at)] for one in day.signatures]
    return _fingerprint([str(day.on), day.version, str(day.reported_at), day.is_outdated, signed])


def opening_unless_changed(
    version: str, version_now: Callable[[duckdb.DuckDBPyConnection], str]
) -> lake.Opening:
    """Return what opens the lake to write where its state is still `version`.

    It raises LakeBusyError after a short wait for another writer, and ChangedError.
    """

    @contextmanager
    def opened(home: Home, timezone: str) -> Iterator[duckdb.DuckDBPyConnection]:
        lake.require(home)
        with lake.open_writer(home, timezone, WAIT_SECONDS) as con:
            if version_now(con) != version:
                raise ChangedError
            yield con

    return opened


def _fingerprint(state: object) -> str:
    return hashlib.sha256(json.dumps(state).encode("utf-8", "replace")).hexdigest()[:_DIGITS]
