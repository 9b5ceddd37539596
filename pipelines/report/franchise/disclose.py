"""What a shop may read of a finding about its own site.

A finding is written for headquarters: its sentence, its examples and its query name people and
addresses that a site of the shop met, whoever they belong to. Here everything is left out but
what is on the list: figures, and the actor where that is a user of the shop, one of its sites or
an address that no user of somebody else was logged in from.
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from pipelines.detect.wording import summary_in
from pipelines.findings import Assessment, Finding
from pipelines.text.words import Words
from pipelines.triage.incidents import Incident

FIGURES = frozenset({"observed", "expected", "upper", "ratio", "p_value", "baseline_days"})
_UNITS = frozenset(
    {"lines", "records", "requests", "failures", "minutes", "days", "attempts", "events"}
)
_BASELINES = frozenset({"own", "peers", "site", "none"})
_RULE_WORDS = ("title", "description", "false_positives", "tags")  # the author's, of no log


@dataclass(frozen=True)
class Discretion:
    """Who may be named on the page of one shop; `kind_of` tells what a user is to the shop."""

    words: Words
    sites: Collection[str]
    kind_of: Callable[[str], str]
    shared_addresses: Collection[str]

    def may_name(self, kind: str, actor: str) -> bool:
        """Return whether an actor is the shop's own, or nobody's that it must not know of."""
        if kind == "user":
            return self.kind_of(actor) == "own"
        if kind == "ip":
            return actor not in self.shared_addresses
        return kind == "site" and actor in self.sites

    def name(self, kind: str, actor: str) -> str:
        """Return an actor, or what it is to the shop."""
        if self.may_name(kind, actor):
            return actor
        return self.words(f"shop.actor.{self.kind_of(actor) if kind == 'user' else kind}")

    def finding(self, finding: Finding) -> Finding:
        """Return the finding as the shop may read it.

        What its own logs lack is said in full: where there is no request, nobody is named.
        """
        words = self.words
        is_named = self.may_name(finding.actor_kind, finding.actor)
        parts = [
            words("finding.events", n=finding.event_count),
            *(
                [words("finding.subjects", n=finding.subject_count)]
                if finding.subject_count
                else []
            ),
        ]
        return replace(
            finding,
            actor=self.name(finding.actor_kind, finding.actor),
            summary=summary_in(finding, words.language, words.zone)
            if finding.actor_kind == "site" and is_named and not finding.event_count
            else words("list_separator").join(parts),
            evidence=_figures(finding, with_past=is_named),
            assessment=Assessment(corrections=finding.assessment.corrections if is_named else ()),
        )

    def incident(self, incident: Incident) -> Incident:
        """Return the incident as the shop may read it."""
        actor = self.name(incident.actor_kind, incident.actor)
        return replace(incident, actor=actor, incident_id="", reasons=())


def _figures(finding: Finding, *, with_past: bool) -> dict[str, Any]:
    given = finding.evidence
    kept: dict[str, Any] = {}
    if finding.detector.startswith("sigma:"):
        kept |= {name: given[name] for name in _RULE_WORDS if name in given}
    if not with_past:
        return kept
    kept |= {name: given[name] for name in FIGURES if _is_number(given.get(name))}
    if given.get("unit") in _UNITS:
        kept["unit"] = given["unit"]
    if given.get("baseline") in _BASELINES:
        kept["baseline"] = given["baseline"]
    series = given.get("series")
    if isinstance(series, list):
        kept["series"] = [one for one in map(_point, series) if one]
    return kept


def _point(point: object) -> dict[str, Any] | None:
    """A day (ten characters) or an hour with its value; None for anything else."""
    if not isinstance(point, dict) or not _is_number(point.get("value")):
        return None
    hour, on = point.get("hour"), point.get("on")
    if isinstance(hour, int):
        return {"hour": hour, "value": point["value"]}
    if isinstance(on, str) and len(on) == len("2026-01-01") and on.replace("-", "").isdigit():
        return {"on": on, "value": point["value"]}
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
