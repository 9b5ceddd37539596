"""In which state a page showed a case or a day's report, so that nobody decides about another."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from pipelines import lake
from pipelines.audit.reviews import ReviewDay
from pipelines.findings import Finding
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.sites.names import site_names
from pipelines.triage.cases.commands import CaseHistory, read_history
from pipelines.triage.decisions import Decision, decisions_of
from pipelines.triage.own import accounts_about
from pipelines.triage.silences import by_silence

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
_VERSION = f"""
with finding as (
    select finding_id, status, severity, event_count, subject_count
    from lake.findings where case_id = $case_id and date <= $day
),
said as (
    select concat_ws(' ', 'case', act, author, decided_at) as line
    from lake.case_decision where case_id = $case_id
    union all
    select concat_ws(' ', 'finding', finding_id, status, severity, event_count, subject_count)
    from finding
    union all
    select concat_ws(' ', 'decision', finding_id, decided_at)
    from lake.triage where finding_id in (select finding_id from finding)
)
select left(sha256(coalesce(string_agg(line, chr(10) order by line), '')), {_DIGITS}) from said
"""


_PERSON = """
select concat_ws(' · ', any_value(name), any_value(department))
from lake.person where user_id = $user
"""


class ChangedError(Exception):
    """Somebody else, or a night, changed what is decided about since the page was shown."""


@dataclass(frozen=True)
class CaseState:
    """A case as of the last examined day, with the decisions about its findings by id.

    `version` is a fingerprint of all that a page shows of it and a decision may rest on,
    `accounts` are those of the people whom it is about, `names` those of sites by the roster,
    `person` is name and department of a user by the directory, empty where it has none.
    """

    history: CaseHistory
    decisions: dict[str, tuple[Decision, ...]]
    version: str
    accounts: tuple[str, ...]
    names: dict[str, str]
    person: str = ""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All its findings: the open ones first, then the others, each the newest first."""
        return (*self.history.findings, *self.history.closed)

    @property
    def groups(self) -> list[tuple[Finding, ...]]:
        """All its findings in that order, those of one silence together."""
        return [*by_silence(self.history.findings), *by_silence(self.history.closed)]

    @property
    def current(self) -> Sequence[Finding]:
        """Its open findings; where there are none, those that were closed."""
        return self.history.findings or self.history.closed


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
    return CaseState(
        history,
        decisions_of(con, ids),
        case_version(con, case_id, today),
        tuple(accounts_about(con, [case_id])),
        site_names(con),
        _person(con, history.case.actor) if history.case.actor_kind == "user" else "",
    )


def _person(con: duckdb.DuckDBPyConnection, user: str) -> str:
    row = con.execute(_PERSON, {"user": user}).fetchone()
    return str(row[0]) if row and row[0] else ""


def case_version(con: duckdb.DuckDBPyConnection, case_id: str, today: dt.date) -> str:
    """Return the fingerprint of a case as it is now, of which no evidence is read.

    An act is done while nobody else may write, however many findings the case has.
    """
    values = {"case_id": case_id, "day": last_day(con, today)}
    row = con.execute(_VERSION, values).fetchone()
    return str(row[0]) if row else ""


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
