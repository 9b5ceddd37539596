"""A rule as detection uses it: what it says of itself, and what it looks for."""

from dataclasses import dataclass
from pathlib import Path

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule
from sigma.rule.attributes import SigmaLevel, SigmaStatus

from pipelines.detect.sigma.correlation import Correlation
from pipelines.detect.sigma.match import Match
from pipelines.findings import Severity
from pipelines.settings.detectors import SIGMA, id_without_own

_SEVERITIES = {
    SigmaLevel.CRITICAL: Severity.CRITICAL,
    SigmaLevel.HIGH: Severity.HIGH,
    SigmaLevel.MEDIUM: Severity.MEDIUM,
    SigmaLevel.LOW: Severity.LOW,
    SigmaLevel.INFORMATIONAL: Severity.INFO,
}
_RETIRED = frozenset({SigmaStatus.DEPRECATED, SigmaStatus.UNSUPPORTED})
_MEASURES = {"collection": 4, "exfiltration": 4, "credential-access": 1, "initial-access": 2}
_USUAL_MEASURES = (4, 6)


@dataclass(frozen=True)
class About:
    """What the author says of a rule: shown with every finding, decides nothing."""

    id: str
    title: str
    name: str | None
    level: str | None
    status: str | None
    description: str
    author: str
    references: tuple[str, ...]
    tags: tuple[str, ...]
    false_positives: tuple[str, ...]
    has_own_id: bool


@dataclass(frozen=True)
class Rule:
    """A rule that can run: on single requests (`match`) or over several (`correlation`).

    `is_reported` is false for a rule that only serves a correlation.
    """

    about: About
    path: Path
    match: Match | None
    correlation: Correlation | None
    is_reported: bool

    @property
    def detector(self) -> str:
        """The detector that its findings name."""
        return f"{SIGMA}{self.about.id}"

    @property
    def severity(self) -> Severity:
        """The severity of its findings: the rule's level, `medium` where it has none."""
        return severity_of(self.about.level)

    @property
    def measures(self) -> tuple[int, ...]:
        """Which of the seven security measures it serves, by its ATT&CK tactics."""
        tactics = {tag.partition(".")[2].replace("_", "-") for tag in self.about.tags}
        named = {_MEASURES[tactic] for tactic in tactics & _MEASURES.keys()}
        return tuple(sorted({*_USUAL_MEASURES, *named}))


def severity_of(level: str | None) -> Severity:
    """Return the severity of a Sigma level in lower case."""
    return _SEVERITIES[SigmaLevel[level.upper()]] if level else Severity.MEDIUM


def is_retired(about: About) -> bool:
    """Return whether the author has given the rule up."""
    return about.status is not None and SigmaStatus[about.status.upper()] in _RETIRED


def about_of(rule: SigmaRule | SigmaCorrelationRule) -> About:
    """Return what a rule says of itself; a rule without an id is known by its title."""
    own_id = rule.id or id_without_own(str(rule.name or rule.title))
    return About(
        id=str(own_id),
        title=_line(rule.title),
        name=rule.name,
        level=str(rule.level) if rule.level else None,
        status=str(rule.status) if rule.status else None,
        description=_line(rule.description or ""),
        author=_line(rule.author or ""),
        references=tuple(_line(one) for one in rule.references),
        tags=tuple(str(tag) for tag in rule.tags),
        false_positives=tuple(_line(one) for one in rule.falsepositives),
        has_own_id=rule.id is not None,
    )


def _line(text: object) -> str:
    return " ".join(str(text).split())
