"""How findings are judged against what really happened.

- **Looked at** are findings of the days after the quiet ones. Findings of the category
  `web_attack` are left out, since the simulated scanners of the open net are theirs; but not in
  worlds of the level `web`, which have no such scanners. There those of `low` count like others:
  an attack that was refused is no more than that.
- **A finding belongs** to an incident when it is of one of its dates and names one of its actors.
  By whichever detector: what corroborates an incident is true. A finding that names a site
  belongs only when its detector is one of the incident's, or when it is of the category
  `operations` and the incident wrote (or took away) a tenth of the site's lines of that day.
- **An incident is found** when a finding of at least `medium` that belongs to it is by one of its
  acceptable detectors.
- **Precision** is the share of findings of at least `medium` that belong to an incident.
- **Neither way** count findings about a standing leak (a site that has always had mail addresses
  in its addresses), and off-hours findings at a site whose clock is wrong that day, which are
  what such a clock makes of an ordinary day.
- **False alarms a day** are findings of at least `medium` on days without any incident, over all
  sites, a day. Decoys that are flagged on those days are among them.
- **A decoy is flagged** when a finding of at least `medium` that belongs to no incident names one
  of its actors on one of its dates.
- **The days to detection** are those from an incident's first day to the day of its first finding
  of at least `medium` by one of its detectors; one of the first day itself counts none.
- **Recall at k a day** is the share of incidents with a finding among the first k of a day.
- **In a world of weeks** every judged day is clean: with something going on all the time, what
  belongs to none of it is a false alarm.
- **The rank** of an incident is that of its first finding of at least `medium` among those of its
  day, by score, then severity. What stands above it counts once for each other incident and once
  for each false finding. For the mean reciprocal rank only false ones count: two incidents of a
  day cannot both be first. An incident that was not found has the reciprocal rank 0.
"""

from dataclasses import dataclass

from evaluate.truth import Actor, Decoy, Incident, Level, Truth
from pipelines.findings import Finding, Severity

LEFT_OUT = "web_attack"
Sessions = dict[str, frozenset[Actor]]


@dataclass(frozen=True)
class Judged:
    """A finding of at least `medium`, and the incidents and decoys that it belongs to."""

    finding: Finding
    incidents: tuple[Incident, ...]
    decoys: tuple[Decoy, ...]
    is_neutral: bool

    @property
    def is_true(self) -> bool:
        """Whether it tells of something that happened."""
        return bool(self.incidents)

    @property
    def is_false(self) -> bool:
        """Whether it is a false alarm."""
        return not self.incidents and not self.is_neutral


@dataclass(frozen=True)
class Fate:
    """What became of an incident: `by` are the detectors that told of it, its own and others.

    `rank` counts all that stands above, `rank_among_false` only false alarms. `best_rank` is the
    best of all its findings, `days` how long after its first day the first of them came. All None
    if not found.
    """

    incident: Incident
    is_found: bool
    by: tuple[str, ...]
    rank: int | None = None
    rank_among_false: int | None = None
    best_rank: int | None = None
    days: int | None = None


@dataclass(frozen=True)
class Score:
    """The judgement of one world."""

    truth: Truth
    findings: tuple[Judged, ...]
    fates: tuple[Fate, ...]
    flagged: tuple[tuple[Decoy, tuple[str, ...]], ...]  # decoys with the detectors that took them

    @property
    def false_on_clean_days(self) -> list[Judged]:
        """False alarms of days without any incident."""
        return [one for one in self.findings
                if one.is_false and one.finding.date in self.truth.clean]  # fmt: skip


def judge(truth: Truth, findings: tuple[Finding, ...], sessions: Sessions) -> Score:
    """Return the judgement of the findings of a world."""
    days = set(truth.judged)
    judged = tuple(
        _judged(truth, one, sessions)
        for one in findings
        if _counts(truth, one) and one.date in days
    )
    flagged = []
    for decoy in truth.decoys:
        by = sorted({one.finding.detector for one in judged
                     if not one.incidents and decoy in one.decoys})  # fmt: skip
        if by:
            flagged.append((decoy, tuple(by)))
    fates = tuple(_fate(incident, judged) for incident in truth.incidents)
    return Score(truth, judged, fates, tuple(flagged))


def _counts(truth: Truth, finding: Finding) -> bool:
    """Whether a finding is looked at."""
    if finding.category != LEFT_OUT:
        return finding.severity.needs_a_look
    return truth.level is Level.WEB and finding.severity is not Severity.INFO


def _judged(truth: Truth, finding: Finding, sessions: Sessions) -> Judged:
    actors = _actors(finding, sessions)
    return Judged(
        finding,
        tuple(one for one in truth.incidents if _belongs(finding, actors, one)),
        tuple(one for one in truth.decoys
              if finding.date in one.dates and actors & set(one.actors)),
        _is_neutral(truth, finding, actors),
    )  # fmt: skip


def _is_neutral(truth: Truth, finding: Finding, actors: frozenset[Actor]) -> bool:
    if finding.detector == "personal-data-in-url":
        return bool(actors & set(truth.standing))
    return finding.detector == "off-hours-access" and any(
        one.kind == "clock-skew" and finding.site_id in one.sites and finding.date in one.dates
        for one in truth.incidents
    )


def _actors(finding: Finding, sessions: Sessions) -> frozenset[Actor]:
    """Whom a finding names; a session is its user and addresses."""
    own = frozenset({(str(finding.actor_kind), finding.actor)})
    return (
        own | sessions.get(finding.actor, frozenset()) if finding.actor_kind == "session" else own
    )


def _belongs(finding: Finding, actors: frozenset[Actor], incident: Incident) -> bool:
    if finding.date not in incident.dates:
        return False
    if finding.actor_kind == "site":
        if finding.actor not in incident.sites:
            return False
        return finding.detector in incident.detectors or (
            finding.category == "operations" and incident.is_heavy
        )
    return bool(actors & set(incident.actors))


def _fate(incident: Incident, judged: tuple[Judged, ...]) -> Fate:
    own = [one for one in judged if incident in one.incidents]
    telling = [one for one in own if one.finding.detector in incident.detectors]
    by = tuple(sorted({one.finding.detector for one in own}))
    if not telling:
        return Fate(incident, is_found=False, by=by)
    best = min(telling, key=_order)
    places = {id(one): _place(one, incident, judged) for one in telling}
    rank, rank_among_false = places[id(best)]
    first = min(one.finding.date for one in telling)
    return Fate(incident, is_found=True, by=by, rank=rank, rank_among_false=rank_among_false,
                best_rank=min(place for place, _ in places.values()),
                days=(first - incident.dates[0]).days)  # fmt: skip


def _place(one: Judged, incident: Incident, judged: tuple[Judged, ...]) -> tuple[int, int]:
    """Where a finding on an incident stands on its day, and where among false ones only."""
    above = [other for other in judged
             if other.finding.date == one.finding.date and _order(other) < _order(one)
             and incident not in other.incidents]  # fmt: skip
    false = sum(other.is_false for other in above)
    others = {number.number for other in above for number in other.incidents}
    return 1 + false + len(others), 1 + false


def _order(one: Judged) -> tuple[float, int, str]:
    return -one.finding.score, one.finding.severity.rank, one.finding.finding_id
