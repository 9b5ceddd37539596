"""What belongs together: the findings of a day on one actor, with one risk that orders the report.

A user and an address are one actor where findings name both and the address points to nobody
else: an office or a carrier behind one address does not join its people. Findings about a site
stand apart from people's; those of the operations of one site are one incident, and gaps in the
logs of several shops, or of several of the company's own sites, that begin and end together have
one cause.
"""

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple, Protocol

from pipelines.detect.score import CHEAP
from pipelines.findings import ActorKind, Finding, Severity, gravest
from pipelines.lake.keyed_ids import unkeyed
from pipelines.triage.silences import LOG_GAP

OPEN_STATUSES = frozenset({"new", "acknowledged"})
FURTHER_DETECTORS = 3
FURTHER_WEIGHT = 0.5  # they see the same lines, so that they are no independent witnesses
CHEAP_WEIGHT = 0.1  # one scanner makes many of them
_REASONS_SHOWN = 8
TOGETHER = dt.timedelta(minutes=30)  # between the last lines of two sites that one cause silenced

Node = tuple[str, str, str]


@dataclass(frozen=True)
class Incident:
    """Findings of one actor and day; the columns of `lake.incident`."""

    incident_id: str
    date: dt.date
    actor_kind: ActorKind
    actor: str
    risk: float
    severity: Severity
    is_within_budget: bool
    detectors: tuple[str, ...]
    finding_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    subject_count: int
    first_seen: dt.datetime
    last_seen: dt.datetime
    reasons: tuple[str, ...]


def grouped(findings: Iterable[Finding]) -> list[tuple[Finding, ...]]:
    """Return the findings of a day by actor and linked actors, whatever their status."""
    parents: dict[Node, Node] = {}

    def root(node: Node) -> Node:
        parents.setdefault(node, node)
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    members = list(findings)
    for finding in members:
        root(node_of(finding))
    for one, other in (*_links(members), *_common_silences(members)):
        first, second = sorted((root(one), root(other)))
        parents[second] = first
    groups: dict[Node, list[Finding]] = {}
    for finding in members:
        groups.setdefault(root(node_of(finding)), []).append(finding)
    return [tuple(group) for group in groups.values()]


def incidents_of(findings: Iterable[Finding]) -> list[Incident]:
    """Return the incidents with open findings, the riskiest first."""
    made = (_incident(group) for group in grouped(findings))
    found = [incident for incident in made if incident is not None]
    return sorted(
        found,
        key=lambda one: (
            *(-one.risk, one.severity.rank, one.actor_kind, one.actor),
            *(one.detectors, one.site_ids),
        ),
    )


def in_order(findings: Iterable[Finding], incidents: Sequence[Incident]) -> list[Finding]:
    """Return findings as a reader meets them: by incident, then those in none, by score."""
    places = {
        finding_id: (number, place)
        for number, incident in enumerate(incidents)
        for place, finding_id in enumerate(incident.finding_ids)
    }
    nowhere = (len(incidents), 0)
    return sorted(
        findings,
        key=lambda one: (
            *places.get(one.finding_id, nowhere),
            one.severity.rank,
            -one.score,
            *_by_itself(one),
        ),
    )


def _by_itself(finding: Finding) -> tuple[str, str, str, str]:
    """Return what sets a finding of a day apart from others, the same in every lake."""
    return finding.detector, finding.site_id or "", finding.actor_kind, finding.actor


def with_incidents(findings: Iterable[Finding], incidents: Sequence[Incident]) -> list[Finding]:
    """Return the findings in order, each open one with its incident and the incident's risk."""
    by_finding = {one: incident for incident in incidents for one in incident.finding_ids}
    named = []
    for finding in in_order(findings, incidents):
        incident = by_finding.get(finding.finding_id)
        if incident is not None:
            assessment = replace(
                finding.assessment, incident_id=incident.incident_id, risk=incident.risk
            )
            named.append(replace(finding, assessment=assessment))
        else:
            named.append(finding)
    return named


def incident_id_of(finding: Finding) -> str:
    """Return the id of the incident that a finding is in; its own where it names none."""
    return finding.assessment.incident_id or finding.finding_id


class Voice(Protocol):
    """What the risk of findings together reads of one: severity and score as they were found."""

    @property
    def detector(self) -> str:
        """Its detector."""

    @property
    def category(self) -> str:
        """Its category."""

    @property
    def severity(self) -> Severity:
        """Its severity before the night's budget."""

    @property
    def score(self) -> float:
        """Its score before the night's budget."""


class _Found(NamedTuple):
    detector: str
    category: str
    severity: Severity
    score: float


def risk_of(findings: Iterable[Finding]) -> float:
    """Return the risk of findings together, 0 to 100 (`noisy_or`), to a hundredth."""
    voices = (
        _Found(one.detector, one.category, one.severity_before_budget, one.score_before_budget)
        for one in findings
    )
    return round(noisy_or(voices), 2)


def noisy_or(voices: Iterable[Voice]) -> float:
    """Return 0 to 100: the strongest finding, raised by what other detectors say; 0 for none.

    A noisy-or (Pearl 1988, section 4.3.2) over the detectors, each once with its strongest finding:
    the further ones count in part, since they see the same lines, three at most, so that one actor
    cannot raise the risk by the number of findings. Those of `low` and `info` raise nothing.
    """
    best: dict[str, Voice] = {}
    for voice in voices:
        known = best.get(voice.detector)
        if known is None or voice.score > known.score:
            best[voice.detector] = voice
    if len(best) < 2:  # noqa: PLR2004 - one or none: nothing is raised
        return next((voice.score for voice in best.values()), 0.0)
    first, *others = sorted(best.values(), key=lambda one: (-one.score, one.detector))
    weights = sorted(
        (
            (CHEAP_WEIGHT if one.category in CHEAP else FURTHER_WEIGHT) * one.score / 100
            for one in others
            if one.severity.needs_a_look
        ),
        reverse=True,
    )
    doubt = 1 - first.score / 100
    doubt *= math.prod(1 - weight for weight in weights[:FURTHER_DETECTORS])
    return 100 * (1 - doubt)


def incident_of(day: dt.date, case_id: str) -> str:
    """Return the id of the incident of a day to which the case with this id gives its name."""
    return unkeyed("incident", day.isoformat(), case_id)


def _incident(group: Sequence[Finding]) -> Incident | None:
    found = sorted(
        (one for one in group if one.status in OPEN_STATUSES),
        key=lambda one: (-one.score_before_budget, *_by_itself(one)),
    )
    if not found:
        return None
    # Its name rests on all findings, so that closing one gives the rest no new name.
    face = min(group, key=prominence)
    risk = risk_of(found)
    return Incident(
        # Findings that are in no case yet are weighed, and their incidents told to nobody.
        incident_id=incident_of(face.date, face.case_id or str(node_of(face))),
        date=face.date,
        actor_kind=face.actor_kind,
        actor=face.actor,
        risk=risk,
        severity=gravest(one.severity_before_budget for one in found),
        is_within_budget=any(one.severity.needs_a_look for one in found),
        detectors=tuple(dict.fromkeys(one.detector for one in found)),
        finding_ids=tuple(one.finding_id for one in found),
        site_ids=tuple(sorted({one.site_id for one in found if one.site_id})),
        subject_count=max(one.subject_count for one in found),
        first_seen=min(one.first_seen for one in found),
        last_seen=max(one.last_seen for one in found),
        reasons=_reasons(found[0], risk),
    )


def _reasons(strongest: Finding, risk: float) -> tuple[str, ...]:
    parts = list(strongest.assessment.score_parts.items())
    reasons = [f"{name}={points}" for name, points in parts[:_REASONS_SHOWN]]
    raised = round(risk - strongest.score_before_budget, 1)
    return (*reasons, *([f"other_detectors={raised}"] if raised > 0 else []))


def prominence(finding: Finding) -> tuple[int, float, str, str]:
    """Return the order in which findings give their incident its name.

    A person before an address, the strongest first.
    """
    kinds = ("user", "session", "ip", "site")
    return (
        kinds.index(finding.actor_kind),
        -finding.score_before_budget,
        finding.actor,
        finding.detector,
    )


def node_of(finding: Finding) -> Node:
    """Return the actor of a finding; the operations of a site stand apart from all else there."""
    apart = finding.category if finding.actor_kind == "site" else ""
    return (finding.actor_kind, finding.actor, apart)


def _links(findings: Sequence[Finding]) -> list[tuple[Node, Node]]:
    """Pairs of a user and an address or session that are one actor."""
    users = {one.actor for one in findings if one.actor_kind == "user"}
    places = {(one.actor_kind, one.actor) for one in findings if one.actor_kind in _PLACES}
    named: dict[tuple[str, str], set[str]] = {}
    crowded: set[tuple[str, str]] = set()
    for finding in findings:
        if finding.category == "operations":
            continue
        if finding.actor_kind == "user":
            for kind, key in _PLACES.items():
                for value in _texts(finding, key):
                    if (kind, value) in places:
                        named.setdefault((kind, value), set()).add(finding.actor)
        elif finding.actor_kind in _PLACES:
            place: tuple[str, str] = (finding.actor_kind, finding.actor)
            known = _texts(finding, "users")
            if len(set(known)) > 1:
                crowded.add(place)
            named.setdefault(place, set()).update(users.intersection(known))
    logged_in = {
        one.actor
        for one in findings
        if one.actor_kind == "user" and one.category == "authentication"
    }
    return [
        ((*place, ""), ("user", user, ""))
        for place, owners in named.items()
        for user in owners
        if (len(owners) == 1 and place not in crowded) or user in logged_in
    ]


def _common_silences(findings: Iterable[Finding]) -> Iterator[tuple[Node, Node]]:
    """Pairs of sites whose logs fell silent together, and came back together.

    The company's own sites are apart from those of shops: another cause silenced them.
    """
    gaps = sorted(
        (one for one in findings if one.detector == LOG_GAP),
        key=lambda one: (one.franchise is None, one.last_seen, one.first_seen, one.actor),
    )
    for one, other in pairwise(gaps):
        if (
            (one.franchise is None) == (other.franchise is None)
            and other.last_seen - one.last_seen <= TOGETHER
            and abs(other.first_seen - one.first_seen) <= TOGETHER
        ):
            yield node_of(one), node_of(other)


_PLACES = {"ip": "addresses", "session": "sessions"}


def _texts(finding: Finding, key: str) -> list[str]:
    values = finding.evidence.get(key)
    return [one for one in values if isinstance(one, str)] if isinstance(values, list) else []
