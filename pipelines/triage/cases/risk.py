"""The risk of a case: what each day adds, what fades, and when somebody has to be told.

On a day with findings the risk becomes

    R = max(r, min(100, x + n + min(u, max(0, 60 - x - n))))

where x is the risk of the day before, faded by half every `half_life_days`; r the risk of the day's
findings by themselves, as of an incident; n what is new among them and u what goes on unchanged,
each weighed. Without findings it only fades. But while nobody owns a case in which something needs
a look, it does not: waiting settles nothing. All of it follows from the open findings, their days
and the owner, so that it is the same in whatever order the days came in.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from pipelines.detect.score import BANDS, CHEAP
from pipelines.findings import Severity
from pipelines.settings.retention import CASE_HALF_LIVES
from pipelines.triage.decisions import has_grown
from pipelines.triage.incidents import CHEAP_WEIGHT, FURTHER_WEIGHT, noisy_or

HIGH = BANDS[Severity.HIGH][0]
"""From here on a case is as urgent as one finding of `high`."""
FULL = 100.0
REPEAT_SHARE = 0.4
"""What goes on unchanged adds so much of what news add: it takes a week or two to become `high`."""
TOLD_HALF_LIVES = 1
"""A case that has faded for so long since it was `high` is told again when it comes back."""


class Rise(StrEnum):
    """Why somebody has to look at a case today."""

    OPENED = "opened"
    """Its first finding that needs a look."""
    GREW = "grew"
    """Something new that needs a look, or the same graver or with twice as many people."""
    ADDED_UP = "added_up"
    """No finding of the day is `high`, but all of them together are."""
    UNANSWERED = "unanswered"
    """The day by which the manager was to answer a question about it has passed."""


class Evidence(NamedTuple):
    """What the risk reads of a finding; severity and score are those before the night's budget."""

    finding_id: str
    on: dt.date
    detector: str
    category: str
    severity: Severity
    score: float
    site_id: str | None
    event_count: int
    subject_count: int
    is_within_budget: bool = True
    first_seen: dt.datetime | None = None
    last_seen: dt.datetime | None = None

    @property
    def needs_a_look(self) -> bool:
        """True where the night's report asks for a look at it."""
        return self.is_within_budget and self.severity.needs_a_look


@dataclass(frozen=True)
class CaseDay:
    """A day with findings: `carried` is the faded risk of before, `risk` the one at its end.

    `alone` is what the day's findings would be by themselves. `news` are those that tell something
    new, `repeats` the others. `rise` says why somebody has to look, None where nobody has.
    """

    on: dt.date
    carried: float
    risk: float
    alone: float
    news: tuple[Evidence, ...]
    repeats: tuple[Evidence, ...]
    rise: Rise | None

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All of the day's findings in the case."""
        return (*self.news, *self.repeats)


@dataclass
class _Told:
    """A detector's word on a site as it was last told, and the last day on which it came again."""

    severity: Severity
    subjects: int
    last_on: dt.date


def faded(risk: float, days: int, half_life_days: int) -> float:
    """Return what is left of a risk after so many days."""
    left: float = 2.0 ** (-days / half_life_days)
    return risk * left


def horizon(half_life_days: int) -> int:
    """Return for how many days back findings count that ask for no look; the others do all."""
    return CASE_HALF_LIVES * half_life_days


def course_of(
    evidence: Iterable[Evidence], half_life_days: int, owned_from: dt.date | None = None
) -> tuple[CaseDay, ...]:
    """Return the days of a case that have findings, the first one first.

    `owned_from` is the day since which somebody has it, None where nobody does.
    """
    ordered = sorted(evidence, key=lambda one: (one.on, one.finding_id))
    course: list[CaseDay] = []
    told: dict[tuple[str, str | None], _Told] = {}
    was_asked = is_told_high = False
    for on, found in groupby(ordered, key=lambda one: one.on):
        carried = 0.0
        if course:
            before = course[-1]
            days = _fading_days(course, on, owned_from)
            carried = faded(before.risk, days, half_life_days)
        news, repeats = _sorted_out(list(found), told, half_life_days)
        alone = noisy_or((*news, *repeats))
        base = carried + _weighed(news)
        unchanged = min(REPEAT_SHARE * _weighed(repeats), max(0.0, HIGH - base))
        risk = max(alone, min(FULL, base + unchanged))
        loud = [one for one in news if one.needs_a_look]
        is_told_high = is_told_high and carried >= faded(HIGH, TOLD_HALF_LIVES, 1)
        rise = None
        if loud:
            rise = Rise.GREW if was_asked else Rise.OPENED
        if risk >= HIGH and not is_told_high:
            # Several findings of a day may be as urgent together, and were told as an incident.
            if any(one.severity.rank <= Severity.HIGH.rank for one in loud) or (
                loud and alone >= HIGH
            ):
                is_told_high = True
            elif alone < HIGH:
                rise, is_told_high = Rise.ADDED_UP, True
        was_asked = was_asked or rise is not None
        course.append(CaseDay(on, carried, risk, alone, news, repeats, rise))
    return tuple(course)


def risk_on(
    course: Sequence[CaseDay],
    day: dt.date,
    half_life_days: int,
    owned_from: dt.date | None = None,
) -> float:
    """Return the risk of a case at the end of a day, 0 to 100; 0 before its first."""
    known = [one for one in course if one.on <= day]
    if not known:
        return 0.0
    return faded(known[-1].risk, _fading_days(known, day, owned_from), half_life_days)


def _fading_days(course: Sequence[CaseDay], day: dt.date, owned_from: dt.date | None) -> int:
    """For how many days until `day` the risk of the last day of a course fades."""
    since = course[-1].on
    if any(one.severity.needs_a_look for past in course for one in past.evidence):
        if owned_from is None:
            return 0
        since = max(since, owned_from)
    return max((day - since).days, 0)


def severity_at(risk: float) -> Severity:
    """Return the severity of a sum: at most `high`, since only a finding says that data is out."""
    severities = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)
    return next((one for one in severities if risk >= BANDS[one][0]), Severity.INFO)


def _sorted_out(
    found: Sequence[Evidence],
    told: dict[tuple[str, str | None], _Told],
    half_life_days: int,
) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
    """A day's news and repeats; `told` is brought up to them.

    What was not seen for a half-life is news again. It is compared with how it was last told, so
    that what creeps up is told too.
    """
    news, repeats = [], []
    for one in found:
        key = (one.detector, one.site_id)
        known = told.get(key)
        if (
            known is None
            or (one.on - known.last_on).days > half_life_days
            or has_grown(one.severity, one.subject_count, known.severity, known.subjects)
        ):
            told[key] = _Told(one.severity, one.subject_count, one.on)
            news.append(one)
        else:
            known.last_on = one.on
            repeats.append(one)
    return tuple(news), tuple(repeats)


def _weighed(found: Sequence[Evidence]) -> float:
    """What findings add to a case that is there: in part, as further detectors in an incident."""
    if not found:
        return 0.0
    cheap = [one for one in found if one.category in CHEAP]
    others = [one for one in found if one.category not in CHEAP]
    return FURTHER_WEIGHT * noisy_or(others) + CHEAP_WEIGHT * noisy_or(cheap)
