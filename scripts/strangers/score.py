"""How what is shown is judged: as those who read it each morning live it.

- What is shown of a day are its **cases** of `medium` or above within the night's budget, in the
  report's order. The rank of a case is its place over all sites.
- A case **tells of an incident** when it is of one of its days (or of the two after its last) and
  one of its open findings of `medium` or above names one of its actors. A session stands for the
  users and addresses that it belongs to, a person for their accounts, an IPv6 network for its
  addresses.
- An incident is **found** when a case tells of it. Only incidents for which somebody must be
  woken, as the one who drew the world says, count.
- A case is **false** when it tells of no such incident. It is an **annoyance** when, besides, it
  names an actor of one on one of its days.
- **Precision** is the share of cases that are not false.
- **Days to detection** are those from an incident's first day to the first case that tells of it.
"""

import datetime as dt
import ipaddress
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from pipelines.findings import Finding
from pipelines.triage.incidents import Incident
from strangers.nights import QUIET_DAYS, Seen

GRADES = ("easy", "medium", "hard")
FAMILIES = {
    "amount": {"bulk-record-access", "record-enumeration"},
    "weeks": {"slow-collection", "leaver-collection", "repeated-subject-access"},
    "place": {"new-location-access", "impossible-travel"},
    "hours": {"off-hours-access"},
    "other_site": {"cross-franchise-access"},
    "export": {"mass-export"},
    "session": {"session-hijack", "shared-account"},
    "login": {"brute-force", "password-spraying", "login-after-failures"},
    "silence": {"log-gap", "volume-anomaly"},
    "errors": {"server-error-spike"},
}
"""The detectors that are compared with the plain query of a family."""
_AFTER = dt.timedelta(days=2)
_Z = 1.96  # of a confidence of 95 %


@dataclass(frozen=True)
class Fate:
    """What became of an incident: the best rank of its cases and the days until the first."""

    incident: dict[str, Any]
    rank: int | None
    days: int | None
    detectors: frozenset[str]

    @property
    def is_found(self) -> bool:
        """Whether a case tells of it."""
        return self.rank is not None


@dataclass(frozen=True)
class FalseCase:
    """A case that tells of nothing for which somebody must be woken, with what it is about."""

    on: dt.date
    case: Incident
    findings: tuple[Finding, ...]
    annoyance: dict[str, Any] | None


@dataclass(frozen=True)
class Score:
    """A world as it was judged; `days` are those judged, `annoyances` those that they have."""

    seen: Seen
    fates: tuple[Fate, ...]
    false: tuple[FalseCase, ...]
    cases: int
    days: int
    annoyances: int

    @property
    def flagged(self) -> set[str]:
        """The annoyances of which somebody was told."""
        return {one.annoyance["id"] for one in self.false if one.annoyance}


@dataclass(frozen=True)
class Share:
    """A share with its interval of 95 % confidence (Wilson 1927)."""

    n: int
    of: int

    @property
    def value(self) -> float:
        """The share, 1 of nothing."""
        return self.n / self.of if self.of else 1.0

    def bounds(self) -> tuple[float, float]:
        """Return the ends of the interval."""
        if not self.of:
            return 0.0, 1.0
        square = _Z * _Z / self.of
        middle = (self.value + square / 2) / (1 + square)
        reach = _Z * sqrt((self.value * (1 - self.value) + square / 4) / self.of) / (1 + square)
        return max(0.0, middle - reach), min(1.0, middle + reach)


def judge(seen: Seen) -> Score:
    """Judge what was shown of a world against its truth."""
    wanted = [one for one in seen.truth["incidents"] if one.get("woken", True)]
    told: dict[str, list[tuple[dt.date, int, frozenset[str]]]] = {one["id"]: [] for one in wanted}
    false: list[FalseCase] = []
    cases = 0
    for day in seen.days:
        for rank, (case, findings) in enumerate(day.cases, start=1):
            cases += 1
            urgent = [one for one in findings if one.severity.needs_a_look]
            named = _named(seen, urgent)
            about = [one for one in wanted if _is_about(one, day.on, named, _AFTER)]
            by = frozenset(one.detector for one in urgent)
            for one in about:
                told[one["id"]].append((day.on, rank, by))
            if not about:
                annoyances = seen.truth["annoyances"]
                at_fault = (one for one in annoyances if _is_about(one, day.on, named))
                false.append(FalseCase(day.on, case, tuple(urgent), next(at_fault, None)))
    fates = tuple(_fate(one, told[one["id"]]) for one in wanted)
    first = seen.truth["days"][QUIET_DAYS]
    annoyances = sum(one["last_day"] >= first for one in seen.truth["annoyances"])
    return Score(seen, fates, tuple(false), cases, len(seen.days), annoyances)


def recall(scores: Iterable[Score], most: int | None = None, grade: str | None = None) -> Share:
    """Return the share of incidents found, among the first `most` cases of a day if given."""
    fates = [
        one
        for score in scores
        for one in score.fates
        if grade is None or one.incident["grade"] == grade
    ]
    found = [one for one in fates if one.rank is not None and (most is None or one.rank <= most)]
    return Share(len(found), len(fates))


def precision(scores: Sequence[Score]) -> Share:
    """Return the share of cases that are not false."""
    cases = sum(one.cases for one in scores)
    return Share(cases - sum(len(one.false) for one in scores), cases)


def false_a_day(scores: Sequence[Score]) -> float:
    """Return the false cases of a day, over all sites of a world."""
    return sum(len(one.false) for one in scores) / max(1, sum(one.days for one in scores))


def flagged(scores: Sequence[Score]) -> Share:
    """Return the share of annoyances of which somebody was told."""
    return Share(sum(len(one.flagged) for one in scores), sum(one.annoyances for one in scores))


def median_days(scores: Iterable[Score], family: str | None = None) -> float | None:
    """Return the median days to detection of what was found; None of nothing."""
    days = [
        one.days
        for score in scores
        for one in score.fates
        if one.days is not None and (family is None or one.incident["family"] == family)
    ]
    return statistics.median(days) if days else None


@dataclass(frozen=True)
class Family:
    """What detectors of a family, or its plain query, find of its incidents, and name falsely."""

    found: Share
    false: int


def families(scores: Iterable[Score]) -> dict[str, tuple[Family, Family]]:
    """Return by family what its detectors do, and what its plain query does.

    False are the actors named on a day who are in no incident of that day, of whatever family.
    """
    sums: dict[str, list[list[int]]] = {one: [[0, 0, 0], [0, 0, 0]] for one in FAMILIES}
    for score in scores:
        seen = score.seen
        wanted = [one for one in seen.truth["incidents"] if one.get("woken", True)]
        for name, detectors in FAMILIES.items():
            own = [one for one in wanted if one["family"] == name]
            by_detectors = [
                (
                    day.on,
                    {
                        finding.actor
                        for _, findings in day.cases
                        for finding in findings
                        if finding.detector in detectors and finding.severity.needs_a_look
                    },
                )
                for day in seen.days
            ]
            by_query = [(day.on, set(day.references[name])) for day in seen.days]
            for total, named in zip(sums[name], (by_detectors, by_query), strict=True):
                total[0] += sum(
                    any(_is_about(one, on, _with_owners(seen, actors), _AFTER)
                        for on, actors in named)
                    for one in own
                )  # fmt: skip
                total[1] += len(own)
                total[2] += sum(
                    not any(_is_about(one, on, _with_owners(seen, {actor}), _AFTER)
                            for one in wanted)
                    for on, actors in named
                    for actor in actors
                )  # fmt: skip
    return {
        name: (Family(Share(*one[:2]), one[2]), Family(Share(*other[:2]), other[2]))
        for name, (one, other) in sums.items()
    }


def _fate(incident: dict[str, Any], told: list[tuple[dt.date, int, frozenset[str]]]) -> Fate:
    if not told:
        return Fate(incident, None, None, frozenset())
    first = min(on for on, _, _ in told)
    days = max(0, (first - dt.date.fromisoformat(incident["first_day"])).days)
    detectors = frozenset[str]().union(*(by for _, _, by in told))
    return Fate(incident, min(rank for _, rank, _ in told), days, detectors)


def _named(seen: Seen, findings: Iterable[Finding]) -> set[str]:
    return _with_owners(seen, {one.actor for one in findings})


def _with_owners(seen: Seen, actors: set[str]) -> set[str]:
    return actors.union(*(seen.owners.get(one, frozenset()) for one in actors))


def _is_about(
    told: dict[str, Any], on: dt.date, named: set[str], after: dt.timedelta = dt.timedelta()
) -> bool:
    first, last = (dt.date.fromisoformat(told[key]) for key in ("first_day", "last_day"))
    if not first <= on <= last + after:
        return False
    actors = set(told["actors"])
    return bool(actors & named) or any(
        "/" in one and any(_lies_in(actor, one) for actor in actors) for one in named
    )


def _lies_in(address: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network)
    except ValueError:
        return False
