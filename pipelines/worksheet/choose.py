"""Which incident is meant: its place in the day's report, or an id that the report prints."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from pipelines.errors import UsageError
from pipelines.findings import ActorKind, Finding
from pipelines.text.display import visible
from pipelines.text.messages import message
from pipelines.triage.incidents import Incident, incidents_of
from pipelines.triage.store import read_day, read_findings

_PLACE = re.compile(r"[0-9]{1,4}")
_NAME_LIMIT = 80


@dataclass(frozen=True)
class Chosen:
    """An incident and its findings, the strongest first, settled ones among them."""

    incident: Incident
    findings: tuple[Finding, ...]

    @property
    def actors(self) -> dict[ActorKind, list[str]]:
        """Who its findings are about, by kind, each once in the order of the findings."""
        found: dict[ActorKind, list[str]] = {"user": [], "ip": [], "session": [], "site": []}
        for finding in self.findings:
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
