"""What a finding is: the one shape that detectors give, the lake keeps and reports show."""

import datetime as dt
from dataclasses import dataclass
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
        return list(Severity).index(self)

    @property
    def needs_a_look(self) -> bool:
        """True from `medium` up: somebody must look today."""
        return self.rank <= Severity.MEDIUM.rank


Category = Literal["personal_data", "authentication", "web_attack", "operations"]
ActorKind = Literal["user", "ip", "session", "site"]
Status = Literal["new", "acknowledged", "closed", "suppressed"]


PARTNER_SITE = "partner_site"
"""Key of the evidence of what only a partner's log says: the site whose log it is."""


@dataclass(frozen=True)
class Finding:
    """One detector's word on one actor, site and day; the fields of the contract.

    `evidence` holds figures under well-known keys (see `docs/findings.md`) and the query that
    shows the rows. Instants are aware datetimes.
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

    @property
    def is_partners_word(self) -> bool:
        """True when it rests on a partner's log about people of another party (detect.trust)."""
        return PARTNER_SITE in self.evidence

    def as_json(self) -> dict[str, Any]:
        """Return the finding as JSON-ready values: dates ISO 8601, instants RFC 3339 UTC."""
        values = {**vars(self), "evidence": dict(self.evidence)}
        values["date"] = self.date.isoformat()
        values["first_seen"] = rfc3339(self.first_seen)
        values["last_seen"] = rfc3339(self.last_seen)
        values["measures"] = list(self.measures)
        return values


def rfc3339(instant: dt.datetime) -> str:
    """Return an aware instant as RFC 3339 in UTC, with microseconds and `Z`."""
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
