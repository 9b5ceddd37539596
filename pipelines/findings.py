"""What a finding is: the one shape that detectors give, the lake keeps and reports show."""

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Literal


class Severity(StrEnum):
    """How soon somebody must act, the most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the most urgent."""
        return _RANKS[self]

    @property
    def needs_a_look(self) -> bool:
        """True from `medium` up: somebody must look today."""
        return self.rank <= Severity.MEDIUM.rank


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


def gravest(severities: Iterable[Severity]) -> Severity:
    """Return the most urgent of some severities; ValueError for none."""
    return min(severities, key=lambda one: one.rank)


class WeighedBy(StrEnum):
    """What gives a finding another severity than its detector found, in the order of weighing."""

    REASON = "reason"
    """A known reason, which the detector sees: a duty, a trip, others who do the same."""
    HABIT = "habit"
    """It comes at like size on most of the same days of the last weeks or months."""
    GOES_ON = "goes_on"
    """The same was told before and has gone on since, and is no more than it was."""
    OTHERS = "others"
    """Other people stood out as much on other nights, so that it says little about this one."""
    DEPARTMENT = "department"
    """Most of the person's department stood out about as much on the same day: it is their work."""
    PARTNER = "partner"
    """Only the log of a partner says so, about people of another party."""
    BUDGET = "budget"
    """The night's budget has no place for it."""


@dataclass(frozen=True)
class Weighed:
    """One step from the severity that was found to the one that is shown.

    `reason` is a code of the detector, of which its header has the words, the day on which the same
    was told (ISO 8601), on how many nights others stood out as much (`4/28`), or the partner's
    site; None where the step says it all.
    """

    by: WeighedBy
    reason: str | None
    before: Severity
    after: Severity

    def as_json(self) -> dict[str, str | None]:
        """Return it under the names that it has in JSON and in the lake."""
        return {
            "by": str(self.by),
            "reason": self.reason,
            "from": str(self.before),
            "to": str(self.after),
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Weighed":
        """Return the step that the lake holds."""
        before, after = Severity(stored["from"]), Severity(stored["to"])
        return cls(WeighedBy(stored["by"]), stored["reason"], before, after)


Category = Literal["personal_data", "authentication", "web_attack", "operations"]
ActorKind = Literal["user", "ip", "session", "site"]
Status = Literal["new", "acknowledged", "closed", "suppressed"]


LOOKS_LIKE = "looks_like"
"""Evidence key: other users whose names look the same as that of the user in the finding."""
USER_CLAIMED = "is_user_claimed"
"""Key of the evidence of what is about a user of a site whose log proves no names (`user_is`)."""
PARTNER_SITE = "partner_site"
"""Key of the evidence of what only a partner's log says: the site whose log it is."""


TOLD_ON = "told_on"
"""Key of the evidence of what goes on as it was told: the day on which it was told last."""


@dataclass(frozen=True)
class Correction:
    """What a person who is named says is wrong about some days: a note, the first and last day."""

    correction_id: str
    from_day: dt.date
    to_day: dt.date
    note: str

    def as_json(self) -> dict[str, str]:
        """Return it as JSON-ready values."""
        days = {"from_day": self.from_day.isoformat(), "to_day": self.to_day.isoformat()}
        return {"correction_id": self.correction_id, **days, "note": self.note}


@dataclass(frozen=True)
class Assessment:
    """What weighing a night's findings together says of one of them; none of it is evidence.

    `strength` is the detector's own (0 to 100), `score_parts` are the points of the score by
    reason. `score_before` is the score that it had, where the night's budget had no place for it.
    `incident_id` and `risk` are those of the incident that an open one
    is in, `corrections` what persons in it say is wrong; both are added when it is read.
    """

    strength: float | None = None
    score_parts: Mapping[str, float] = field(default_factory=dict)
    score_before: float | None = None
    incident_id: str | None = None
    risk: float | None = None
    corrections: tuple[Correction, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return what is known under the names that stand beside the evidence in JSON."""
        values: dict[str, Any] = {}
        if self.strength is not None:
            values |= {"strength": self.strength, "score_parts": dict(self.score_parts)}
        if self.score_before is not None:
            values |= {"below_fold": True, "score_before": self.score_before}
        if self.incident_id is not None:
            values |= {"incident_id": self.incident_id, "risk": self.risk}
        if self.corrections:
            values["corrections"] = [one.as_json() for one in self.corrections]
        return values


def apart(stored: Mapping[str, Any]) -> tuple[dict[str, Any], Assessment]:
    """Return evidence as it is stored in JSON as the evidence alone, and the assessment.

    A value of the wrong shape counts as absent.
    """
    evidence = {key: value for key, value in stored.items() if key not in _ASSESSMENT_KEYS}
    parts = stored.get("score_parts")
    incident = stored.get("incident_id")
    return evidence, Assessment(
        strength=number_in(stored.get("strength")),
        score_parts={
            str(name): points
            for name, value in (parts.items() if isinstance(parts, Mapping) else ())
            if (points := number_in(value)) is not None
        },
        score_before=number_in(stored.get("score_before")),
        incident_id=incident if isinstance(incident, str) else None,
        risk=number_in(stored.get("risk")),
    )


_ASSESSMENT_KEYS = {*(one.name for one in fields(Assessment)), "below_fold"}


def number_in(value: Any) -> float | None:
    """Return a finite number that stood in JSON; None for any other value."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


@dataclass(frozen=True)
class Finding:
    """One detector's word on one actor, site and day; the fields of the contract.

    `evidence` holds figures under well-known keys (see `docs/findings.md`) and the query that
    shows the rows; `case_id` names all findings on the same actor over days, None until those of
    the day are weighed together; `assessment` is what that says beside it. `severity` is what is
    shown, `lowered` the steps to it from what the detector found, the first one first. Instants are
    aware datetimes.
    """

    finding_id: str
    date: dt.date
    detector: str
    category: Category
    severity: Severity
    score: float
    site_id: str | None
    franchise: str | None
    actor_kind: ActorKind
    actor: str
    first_seen: dt.datetime
    last_seen: dt.datetime
    event_count: int
    subject_count: int
    summary: str
    evidence: dict[str, Any]
    measures: tuple[int, ...]
    status: Status = "new"
    case_id: str | None = None
    lowered: tuple[Weighed, ...] = ()
    assessment: Assessment = Assessment()

    @property
    def severity_found(self) -> Severity:
        """What the detector measured, whatever is known besides."""
        return self.lowered[0].before if self.lowered else self.severity

    @property
    def is_over_budget(self) -> bool:
        """True when the night's budget had no place for it."""
        return bool(self.lowered) and self.lowered[-1].by is WeighedBy.BUDGET

    @property
    def severity_before_budget(self) -> Severity:
        """What it is by all that is known of it, whatever the night's budget made of it."""
        return self.lowered[-1].before if self.is_over_budget else self.severity

    @property
    def score_before_budget(self) -> float:
        """The score that belongs to `severity_before_budget`."""
        before = self.assessment.score_before
        return self.score if before is None else before

    def before_budget(self) -> "Finding":
        """Return it as it was before the night's budget."""
        if not self.is_over_budget:
            return self
        return replace(
            self,
            severity=self.severity_before_budget,
            score=self.score_before_budget,
            lowered=self.lowered[:-1],
            assessment=replace(self.assessment, score_before=None),
        )

    def weighed(self, by: WeighedBy, severity: Severity, reason: str | None = None) -> "Finding":
        """Return it with another severity and the step to it; as it is where that is the same."""
        if severity is self.severity:
            return self
        step = Weighed(by, reason, self.severity, severity)
        return replace(self, severity=severity, lowered=(*self.lowered, step))

    @property
    def is_partners_word(self) -> bool:
        """True when it rests on a partner's log about people of another party (detect.trust)."""
        return PARTNER_SITE in self.evidence

    @property
    def evidence_told(self) -> dict[str, Any]:
        """The evidence as it is stored and told: with the assessment, under its own names."""
        return {**self.evidence, **self.assessment.as_json()}

    def values(self) -> dict[str, Any]:
        """Return the values of the `COLUMNS`, as they are told."""
        return {name: getattr(self, name) for name in COLUMNS} | {
            "lowered": [one.as_json() for one in self.lowered],
            "evidence": self.evidence_told,
        }

    def as_json(self) -> dict[str, Any]:
        """Return the finding as JSON-ready values: dates ISO 8601, instants RFC 3339 UTC."""
        values = self.values()
        values["date"] = self.date.isoformat()
        values["first_seen"] = rfc3339(self.first_seen)
        values["last_seen"] = rfc3339(self.last_seen)
        values["measures"] = list(self.measures)
        return values


COLUMNS = (
    *(one.name for one in fields(Finding) if one.name not in {"lowered", "assessment"}),
    *("severity_found", "lowered"),
)
"""The columns of `lake.findings` that a finding is written to."""


def rfc3339(instant: dt.datetime) -> str:
    """Return an aware instant as RFC 3339 in UTC, with microseconds and `Z`."""
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
