"""Which incident or case is meant: a place in the day's report, or an id that the report prints."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import duckdb

from pipelines.errors import UsageError
from pipelines.findings import ActorKind, Finding, gravest
from pipelines.text.display import visible
from pipelines.text.messages import message
from pipelines.triage.incidents import Incident, incidents_of
from pipelines.triage.store import read_day, read_findings

_PLACE = re.compile(r"[0-9]{1,4}")
_NAME_LIMIT = 80


@dataclass(frozen=True)
class Chosen:
    """An incident and its findings, the strongest first, settled ones among them.

    With a `case_id` it is a whole case: its findings of all days, and an incident that sums them
    up, with the case's id and the date of the last of them.
    """

    incident: Incident
    findings: tuple[Finding, ...]
    case_id: str | None = None

    @property
    def days(self) -> tuple[dt.date, ...]:
        """The days of its findings, in order."""
        return tuple(sorted({one.date for one in self.findings}))

    @property
    def actors(self) -> dict[ActorKind, list[str]]:
        """Who its findings are about, by kind, each once in the order of the findings."""
        return _actors(self.findings)

    def actors_on(self, day: dt.date) -> dict[ActorKind, list[str]]:
        """Who its findings of a day are about, as `actors`."""
        return _actors(one for one in self.findings if one.date == day)


def _actors(findings: Iterable[Finding]) -> dict[ActorKind, list[str]]:
    found: dict[ActorKind, list[str]] = {"user": [], "ip": [], "session": [], "site": []}
    for finding in findings:
        if finding.actor not in found[finding.actor_kind]:
            found[finding.actor_kind].append(finding.actor)
    return found


def choose(
    con: duckdb.DuckDBPyConnection, name: str, date: dt.date | None, yesterday: dt.date
) -> Chosen:
    """Return the incident called `name`: a place, the id of an incident, or of a finding in it.

    A place (`1` is the riskiest) counts the open incidents of `date` in the report's order, of
    `yesterday` where no date is given. An id finds its day itself, and settled incidents too.

    Raises:
        UsageError: there is no such incident.
    """
    if _PLACE.fullmatch(name):
        return _at_place(con, int(name), date or yesterday)
    days = [date] if date else _days_of(con, name)
    for day in days:
        for chosen in _all(read_findings(con, day)):
            ids = {chosen.incident.incident_id, *(one.finding_id for one in chosen.findings)}
            if name in ids:
                return chosen
    where = f"{date}: " if date else ""
    raise UsageError(
        message("worksheet.choose.no_such_incident", at=f"{where}{visible(name, _NAME_LIMIT)!r}")
    )


def choose_case(con: duckdb.DuckDBPyConnection, case_id: str) -> Chosen:
    """Return a whole case by its id, closed ones too.

    What was found as `low` or `info` is left out, unless there is nothing else: the days of a case
    are those on which the actor stood out, whatever lowered the finding afterwards.

    Raises:
        UsageError: there is no such case.
    """
    days = con.execute(
        "select distinct date from lake.findings where case_id = ? order by date", [case_id]
    ).fetchall()
    parts = [
        (one.incident, own)
        for (day,) in days
        for one in _all(read_findings(con, day))
        if (own := tuple(finding for finding in one.findings if finding.case_id == case_id))
    ]
    if not parts:
        at = repr(visible(case_id, _NAME_LIMIT))
        raise UsageError(message("worksheet.choose.no_such_case", at=at))
    every = tuple(finding for _, own in parts for finding in own)
    findings = tuple(one for one in every if one.severity_found.needs_a_look) or every
    riskiest = max((incident for incident, _ in parts), key=lambda one: one.risk)
    whole = replace(
        riskiest,
        incident_id=case_id,
        date=max(one.date for one in findings),
        severity=gravest(one.severity_before_budget for one in findings),
        detectors=tuple(dict.fromkeys(one.detector for one in findings)),
        finding_ids=tuple(one.finding_id for one in findings),
        site_ids=tuple(sorted({one.site_id for one in findings if one.site_id})),
        subject_count=max(one.subject_count for one in findings),
        first_seen=min(one.first_seen for one in findings),
        last_seen=max(one.last_seen for one in findings),
    )
    return Chosen(whole, findings, case_id)


def _at_place(con: duckdb.DuckDBPyConnection, place: int, day: dt.date) -> Chosen:
    findings, incidents = read_day(con, day)
    # As the report has them: those that somebody must look at, then the others.
    ordered = sorted(incidents, key=lambda one: not one.is_within_budget)
    if not 1 <= place <= len(ordered):
        raise UsageError(
            message("worksheet.choose.no_such_number", at=day, place=place, count=len(ordered))
        )
    wanted = ordered[place - 1].incident_id
    return next(one for one in _all(findings) if one.incident.incident_id == wanted)


def _all(findings: Sequence[Finding]) -> list[Chosen]:
    """Every incident of a day, as if nothing had been settled yet."""
    by_id = {one.finding_id: one for one in findings}
    reopened = [replace(one, status="new") for one in findings]
    return [
        Chosen(incident, tuple(by_id[one] for one in incident.finding_ids))
        for incident in incidents_of(reopened)
    ]


def _days_of(con: duckdb.DuckDBPyConnection, name: str) -> list[dt.date]:
    rows = con.execute(
        """
        select finding.date from lake.findings as finding where finding.finding_id = $name
        union
        select incident.date from lake.incident as incident where incident.incident_id = $name
        union
        select triage.date from lake.triage as triage where triage.finding_id = $name
        """,
        {"name": name},
    ).fetchall()
    return sorted((day for (day,) in rows), reverse=True)
