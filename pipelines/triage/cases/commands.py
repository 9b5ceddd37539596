"""What people ask and decide about cases: the one door of `mimamori cases` to the lake."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb

from pipelines import lake
from pipelines.errors import UsageError
from pipelines.findings import Finding
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.text.validate import LONGEST_NAME, LONGEST_NOTE, require_text
from pipelines.triage.cases.decisions import CaseDecision, decisions_about, insert_decisions
from pipelines.triage.cases.lookup import (
    decision_on,
    due_day,
    findings_of_case,
    found_cases,
    still_open,
)
from pipelines.triage.cases.read import Case, every_case, open_cases, rising_first
from pipelines.triage.channel import COMMAND_LINE, Channel
from pipelines.triage.commands import Word, put_down
from pipelines.triage.decisions import Verdict
from pipelines.triage.own import accounts_about, require_others
from pipelines.triage.store import read_day
from pipelines.triage.suppressions import Suppression, is_one_of, read_suppressions

DUE_DAYS = 7
"""A case that is assigned without a date is due in a week."""


@dataclass(frozen=True)
class CaseHistory:
    """A case, its findings, the newest first, and what was decided about it, newest last.

    `closed` are those that are closed or suppressed, `suppressions` the rules that cover any of
    them, the newest first.
    """

    case: Case
    findings: tuple[Finding, ...]
    closed: tuple[Finding, ...]
    decisions: tuple[CaseDecision, ...]
    suppressions: tuple[Suppression, ...]


def cases_of(
    home: Home, settings: Settings, day: dt.date, *, everything: bool = False
) -> list[Case]:
    """Return the open cases as of a day, first those that rose on it, then by severity and risk.

    With `everything` also those whose findings are all closed or suppressed.
    """
    read = every_case if everything else open_cases
    with lake.open_reader(home, settings.timezone) as con:
        return read(con, settings.cases.half_life_days, day)


def findings_and_cases(
    home: Home, settings: Settings, day: dt.date
) -> tuple[list[Finding], list[Case]]:
    """Return the findings of a day, those of cases that rose first, and the cases that rose.

    Within these, the riskiest incident's first.
    """
    with lake.open_reader(home, settings.timezone) as con:
        cases = open_cases(con, settings.cases.half_life_days, day)
        findings, _ = rising_first(*read_day(con, day), cases)
    return findings, [one for one in cases if one.rise is not None]


def history_of(home: Home, settings: Settings, case_id: str, day: dt.date) -> CaseHistory:
    """Return a case as of a day and what was decided about it; UsageError when there is none."""
    with lake.open_reader(home, settings.timezone) as con:
        return read_history(con, settings, case_id, day)


def read_history(
    con: duckdb.DuckDBPyConnection, settings: Settings, case_id: str, day: dt.date
) -> CaseHistory:
    """Return as `history_of` what an open connection shows."""
    (case,) = found_cases(con, settings, [case_id], day)
    findings = findings_of_case(con, case_id, day, is_open=True)
    closed = findings_of_case(con, case_id, day, is_open=False)
    rules = [
        rule
        for rule in read_suppressions(con)
        if any(rule.would_cover(one, settings.zone) for one in (*findings, *closed))
    ]
    return CaseHistory(
        case, tuple(findings), tuple(closed), decisions_about(con, case_id), tuple(rules)
    )


def assign(
    home: Home,
    settings: Settings,
    case_ids: Sequence[str],
    owner: str,
    due_on: dt.date | None,
    note: str | None,
    author: str,
    clock: Callable[[], dt.datetime],
    channel: Channel = COMMAND_LINE,
) -> list[Case]:
    """Give cases to somebody until a day; return them as they now stand.

    `due_on` is a week away by default. The findings keep their status.

    Raises:
        UsageError: no such case, nothing open in it, a text that cannot be read, a day that is
            past, or a case about the account of its owner or of the author; nothing is done then.
    """
    require_text("--to", owner, LONGEST_NAME)
    require_text("--author", author, LONGEST_NAME)
    if note:
        require_text("--note", note, LONGEST_NOTE)
    today = clock().astimezone(settings.zone).date()
    due_on = due_day(due_on, today, DUE_DAYS)
    wanted = list(dict.fromkeys(case_ids))
    with channel.opening(home, settings.timezone) as con:
        cases = still_open(con, settings, wanted, today)
        for case in cases:
            accounts = accounts_about(con, [case.case_id])
            if is_one_of(accounts, owner) or is_one_of(accounts, author):
                raise UsageError(message("triage.cases.own_case", at=case.case_id))
        decided_at = clock()  # once nobody else decides
        made = [
            decision_on(case, "assigned", author, decided_at, owner=owner, due_on=due_on, note=note)
            for case in cases
        ]
        with lake.transaction(con):
            insert_decisions(con, made)
            about = {"cases": wanted, "owner": owner, "due": due_on.isoformat(), "by": author}
            act = channel.act("cases assign", about, len(wanted))
            Records(home).append(Series.DECISIONS, act, decided_at)
        return found_cases(con, settings, wanted, today)


def close(
    home: Home,
    settings: Settings,
    case_ids: Sequence[str],
    verdict: Verdict | None,
    reason: str,
    author: str,
    clock: Callable[[], dt.datetime],
    channel: Channel = COMMAND_LINE,
) -> list[Case]:
    """Close cases and all their open findings with a reason; return the cases as they now stand.

    What is found about the same actor later opens the case again.

    Raises:
        UsageError: no such case, nothing open in it, no reason to read, or a case about the
            author's own account that is not closed as confirmed; nothing is closed then.
    """
    require_text("--author", author, LONGEST_NAME)
    require_text("--reason", reason, LONGEST_NOTE)
    today = clock().astimezone(settings.zone).date()
    wanted = list(dict.fromkeys(case_ids))
    with channel.opening(home, settings.timezone) as con:
        cases = still_open(con, settings, wanted, today)
        found = [
            finding
            for case_id in wanted
            for finding in findings_of_case(con, case_id, today, is_open=True)
        ]
        if verdict != "confirmed":
            require_others(con, found, author)
        decided_at = clock()
        made = [
            decision_on(case, "closed", author, decided_at, verdict=verdict, note=reason)
            for case in cases
        ]
        with lake.transaction(con):
            put_down(con, settings, found, Word("closed", author, verdict, reason), decided_at)
            insert_decisions(con, made)
            about = {"cases": wanted, "verdict": verdict, "by": author}
            act = channel.act("cases close", about, len(found))
            Records(home).append(Series.DECISIONS, act, decided_at)
        return found_cases(con, settings, wanted, today)


def comment(
    home: Home,
    settings: Settings,
    case_id: str,
    note: str,
    author: str,
    clock: Callable[[], dt.datetime],
    channel: Channel = COMMAND_LINE,
) -> Case:
    """Write a note about a case, open or closed; return the case, of which nothing changes.

    Raises:
        UsageError: no such case, or nothing to read in the note; nothing is written then.
    """
    require_text("--author", author, LONGEST_NAME)
    require_text("--note", note, LONGEST_NOTE)
    today = clock().astimezone(settings.zone).date()
    with channel.opening(home, settings.timezone) as con:
        (case,) = found_cases(con, settings, [case_id], today)
        decided_at = clock()
        with lake.transaction(con):
            made = decision_on(case, "commented", author, decided_at, note=note)
            insert_decisions(con, [made])
            act = channel.act("cases comment", {"cases": [case_id], "by": author}, 1)
            Records(home).append(Series.DECISIONS, act, decided_at)
        return case
