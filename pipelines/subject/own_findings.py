"""Findings about a person: what else in them tells who it is, their ids, and what takes its place.

Evidence of a finding about a user has their addresses, browsers and examples; ids are made of the
value of the person, so that who has the lake's keys could still try names.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines import lake
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.evidence_types import EvidenceType, shared_type
from pipelines.findings import apart
from pipelines.lake.keyed_ids import KeyedIds, unkeyed
from pipelines.subject.person import Person
from pipelines.triage.incidents import incident_of

if TYPE_CHECKING:
    import polars as pl

_ID = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{16}(?![0-9A-Za-z])")
# What a rule says of itself, whoever is found by it.
_OF_RULES = frozenset(
    {
        "author", "description", "false_positives", "level", "query", "references", "rule_id",
        "rule_status", "tags", "title",
    }
)  # fmt: skip
# What tells a person on a page, beside their value.
_TELLING = ("addresses", "agent", "login_from", "nameless_sessions", "person")
_COLUMN = {"user": "user_id", "ip": "client_ip"}
FINDING_TABLES = ("findings", "shadow_finding")


@dataclass(frozen=True)
class OwnFinding:
    """A finding about a person, in shadow or not: what its id is made of, and its evidence."""

    finding_id: str
    date: dt.date
    detector: str
    site_id: str | None
    actor: str
    summary: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True)
class OwnFindings:
    """All findings about a person, and `others`, the evidence of other findings of their days."""

    person: Person
    ids: KeyedIds
    findings: tuple[OwnFinding, ...] = ()
    others: str = field(default="", repr=False)

    def renamed(self, by: str) -> dict[str, str]:
        """Return the ids of findings, cases and incidents, each with the one that `by` gives it.

        So do the ids that earlier releases made, which stand in their reports.
        """
        kind = self.person.kind
        new_case = self.ids.case(kind, by)
        names = {}
        for value in self.person.values if kind != "subject" else ():
            for case in (unkeyed("case", kind, value, ""), self.ids.case(kind, value)):
                names[case] = new_case
        for one in self.findings:
            parts = one.detector, one.date, one.site_id, kind
            former = unkeyed(one.detector, f"{one.date}", f"{one.site_id}", kind, one.actor)
            for before in (former, one.finding_id):
                names[before] = self.ids.finding(*parts, by)
            incident = incident_of(one.date, self.ids.case(kind, one.actor))
            former = unkeyed("incident", f"{one.date}", kind, one.actor, "")
            for before in (former, incident):
                names[before] = incident_of(one.date, new_case)
        return names

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """What evidence tells of the person and of nobody else of these days, the longest first."""
        found = {
            text
            for one in self.findings
            for key in _TELLING
            for text in _texts(one.evidence.get(key))
            if text not in self.others
        }
        return tuple(sorted(found, key=lambda text: (-len(text), text)))

    def is_in(self, text: str) -> bool:
        """Return whether a text has one of their ids."""
        return not self._names.isdisjoint(_ID.findall(text))

    def ids_replaced_in(self, text: str, by: str) -> str:
        """Return a text with the ids that `by` gives in place of theirs."""
        names = self.renamed(by)
        return _ID.sub(lambda found: names.get(found[0], found[0]), text)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.renamed(""))

    def left(self, by: str) -> "pl.DataFrame":
        """Return what an erasure leaves of each: `finding_id`, `summary` and `evidence` (JSON).

        Of evidence stays what the program counted and says itself, no text of a log or of a list;
        its query finds the lines that are left.
        """
        import polars as pl  # noqa: PLC0415 - polars loads slowly

        rows = [
            (
                one.finding_id,
                self._summary_left(one, by),
                json.dumps(self._evidence_left(one, by), ensure_ascii=False),
            )
            for one in self.findings
        ]
        names = ("finding_id", "summary", "evidence")
        return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")

    def _evidence_left(self, one: OwnFinding, by: str) -> dict[str, Any]:
        where = f"log_date = {lake.quoted(one.date.isoformat())}"
        where += f" and {_COLUMN[self.person.kind]} = {lake.quoted(by)}"
        if one.site_id is not None:
            where += f" and site_id = {lake.quoted(one.site_id)}"
        evidence, assessment = apart(one.evidence)
        return {
            **{key: value for key, value in evidence.items() if _stays(one.detector, key)},
            **replace(assessment, incident_id=None).as_json(),
            "query": f"select * from lake.access_log where {where} order by time",
        }

    def _summary_left(self, one: OwnFinding, by: str) -> str:
        gone = {
            text
            for key, value in one.evidence.items()
            if not _stays(one.detector, key)
            for text in _texts(value)
        }
        summary = one.summary
        for text in sorted(gone, key=len, reverse=True):
            summary = summary.replace(text, by)
        return self.person.replaced_in(summary, by)


def _stays(detector: str, key: str) -> bool:
    """Whether evidence under a key is the program's own: no text that others wrote."""
    if key in _OF_RULES:
        return True
    known = load_catalogue().get(detector)
    declared = known.evidence.get(key) if known is not None else None
    of_type = shared_type(key) if declared is None else declared.type
    return of_type not in {None, EvidenceType.TEXT, EvidenceType.TEXTS}


def own_findings(con: duckdb.DuckDBPyConnection, person: Person, ids: KeyedIds) -> OwnFindings:
    """Return the findings about a person, with what makes the ids of the lake."""
    if person.kind == "subject":
        return OwnFindings(person, ids)
    of = f"actor_kind = {lake.quoted(person.kind)} and actor in (select unnest(?::varchar[]))"
    of += " and date is not null"
    both = " union all ".join(
        "select finding_id, date, detector, site_id, actor_kind, actor, summary, evidence"
        f" from lake.{table}"
        for table in FINDING_TABLES
    )
    rows = con.execute(
        f"select finding_id, date, detector, site_id, actor, summary, evidence from ({both})"
        f" where {of}"
        " order by date, finding_id",
        [list(person.values)],
    ).fetchall()
    found = tuple(
        OwnFinding(finding_id, date, f"{detector}", site_id, actor, f"{summary}", _parsed(evidence))
        for finding_id, date, detector, site_id, actor, summary, evidence in rows
    )
    others = con.execute(
        f"select evidence::varchar from ({both}) where not ({of})"
        " and date in (select unnest(?::date[]))",
        [list(person.values), sorted({one.date for one in found})],
    ).fetchall()
    return OwnFindings(person, ids, found, "\n".join(text for (text,) in others if text))


def _parsed(evidence: str | None) -> dict[str, Any]:
    told = json.loads(evidence or "{}")
    return told if isinstance(told, dict) else {}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
