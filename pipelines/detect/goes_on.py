"""What goes on as it was told: the same detector, actor and site, no more of it than before.

While a case is open its days stay out of the baselines, so that a leak does not become its own
measure. What was found then looks as unusual on every day after. It is one case, told once: what
follows without change is for the record, unless it grows or is graver, and its days are no longer
kept out; what is critical only once somebody has taken it up.
What comes back on the same weekday or the same day of the month in most of the last weeks or months
is a habit. Whether a detector's findings can go on is said in its header, `goes_on`.
"""

import datetime as dt
import json
from calendar import monthrange
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from pipelines.detect.catalogue import Detector
from pipelines.detect.codes import type_of
from pipelines.detect.evidence_types import EvidenceType
from pipelines.detect.wording import attributed
from pipelines.findings import TOLD_ON, Finding, Severity, number_in
from pipelines.settings.model import Settings
from pipelines.settings.retention import HISTORY_DAYS
from pipelines.text.words import Words

NEAR_DAYS = 4  # a weekend, and a public holiday beside it
PLACE_DAYS = 28  # an address from which somebody came is no new place a month later
DAYS_A_WEEK = 7
WEEKS, MOST_WEEKS = 4, 3
MONTHS, MOST_MONTHS = 3, 2
MONTH_DAYS = 1  # so far from the day of the month: it may have been a Sunday
LARGEST_GROWTH = 1.5  # about what counting alone brings of twenty people
HOUR_MINUTES = 60
_NOT_COMPARED = frozenset({"baseline", "unit", "user_type"})
"""Codes that say how something was counted, not what it was."""

_TAKEN = frozenset({EvidenceType.BYTES, EvidenceType.LEVEL})

_BEFORE = """
select
    finding.date, finding.detector, finding.actor_kind,
    coalesce(person.usual_id, finding.actor) as actor, finding.site_id, finding.severity,
    finding.status, finding.event_count, finding.subject_count, finding.first_seen,
    finding.last_seen, finding.evidence
from (from lake.findings union all by name from lake.shadow_finding) as finding
left join context_person as person
    on finding.actor_kind = 'user' and person.user_id = finding.actor
left join (
    select finding_id, arg_max(verdict, decided_at) as verdict from lake.triage group by finding_id
) as decision on decision.finding_id = finding.finding_id
where finding.date between $date - $days::int and $date - 1
    and finding.detector in (select unnest($detectors::varchar[]))
    and coalesce(person.usual_id, finding.actor) in (select unnest($actors::varchar[]))
    -- What was confirmed and is over has nothing to do with what comes later.
    and not (finding.status = 'closed' and coalesce(decision.verdict, 'confirmed') = 'confirmed')
order by finding.date
"""

_Key = tuple[str, str, str, str | None]


@dataclass(frozen=True)
class _Before:
    """A finding of an earlier day; `is_told` where it was shown as one to look at."""

    on: dt.date
    severity: Severity
    is_told: bool
    is_taken_up: bool
    events: int
    subjects: int
    minutes: tuple[int, int]
    evidence: Mapping[str, Any]


def as_it_goes_on(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: dt.date,
    findings: Sequence[Finding],
    detectors: Collection[Detector],
) -> list[Finding]:
    """Return the findings of a day, those that go on as they were told as `low`.

    Their evidence has `told_on`, the day on which they were told last, and `severity_as_news`, what
    they would be if they were new. The tables of the context must stand.
    """
    by_id = {one.id: one for one in detectors if one.goes_on}
    wanted = [one for one in findings if one.detector in by_id and one.severity.needs_a_look]
    if not wanted:
        return list(findings)
    before = _before(con, settings, day, wanted)
    words = Words(settings.locale, settings.zone)
    marked: dict[str, Finding] = {}
    for one in wanted:
        earlier = before.get(_key(one), [])
        told = _told(by_id[one.detector], settings, day, one, earlier) if earlier else None
        if told is not None:
            evidence = {
                TOLD_ON: told.isoformat(),
                "severity_as_news": str(one.severity),
                **one.evidence,
            }
            marked[one.finding_id] = replace(
                one,
                severity=Severity.LOW,
                evidence=evidence,
                summary=attributed(words, evidence, one.summary),
            )
    return [marked.get(one.finding_id, one) for one in findings]


def _told(
    detector: Detector,
    settings: Settings,
    day: dt.date,
    finding: Finding,
    earlier: Iterable[_Before],
) -> dt.date | None:
    """The last day on which the same was told; None for what is news."""
    alike = [
        one
        for one in earlier
        if _is_same(detector, finding, one)
        and (detector.goes_on != "hours" or _is_at_hours(_minutes(settings, finding), one.minutes))
    ]
    is_near = any((day - one.on).days <= _near_days(detector, finding, one) for one in alike)
    if not is_near and not _is_habit(day, {one.on for one in alike}):
        return None
    told = [
        one
        for one in alike
        if one.is_told
        and one.severity.rank <= finding.severity.rank
        and (one.is_taken_up or finding.severity is not Severity.CRITICAL)
        and finding.event_count <= LARGEST_GROWTH * one.events
        and finding.subject_count <= LARGEST_GROWTH * one.subjects
        and _is_no_more(detector, finding, one)
    ]
    return max((one.on for one in told), default=None)


def _near_days(detector: Detector, finding: Finding, before: _Before) -> int:
    """For how many days after an earlier finding the same goes on: longer from its addresses."""
    addresses = finding.evidence.get("addresses")
    if detector.goes_on != "place" or not addresses:
        return NEAR_DAYS
    is_from_there = _are_no_others(addresses, before.evidence.get("addresses"))
    return PLACE_DAYS if is_from_there else NEAR_DAYS


def _is_habit(day: dt.date, days: Collection[dt.date]) -> bool:
    """Whether what was found on `days` is a habit of the week or the month at `day`."""
    ago = {(day - on).days for on in days}
    return (
        len(ago & {DAYS_A_WEEK * week for week in range(1, WEEKS + 1)}) >= MOST_WEEKS
        or _months(day, days) >= MOST_MONTHS
    )


def _months(day: dt.date, days: Iterable[dt.date]) -> int:
    """In how many of the last months the same was found about the same day of the month.

    The last day of a month is also the last of the others: work of the month's end comes on 28 or
    29 February as it did on 31 January.
    """
    is_last = day.day == monthrange(day.year, day.month)[1]
    found = 0
    for ago in range(1, MONTHS + 1):
        year, index = divmod(day.year * 12 + day.month - 1 - ago, 12)
        last = monthrange(year, index + 1)[1]
        numbers = {min(day.day, last), last} if is_last else {min(day.day, last)}
        same = [dt.date(year, index + 1, number) for number in numbers]
        found += any(abs((on - one).days) <= MONTH_DAYS for on in days for one in same)
    return found


def _is_same(detector: Detector, finding: Finding, before: _Before) -> bool:
    """Whether what is told in codes and countries is no more than was told."""
    for key, value in finding.evidence.items():
        kind = type_of(detector, key)
        if key in _NOT_COMPARED or kind is None or not (kind.is_of_codes or kind == "countries"):
            continue
        if not _are_no_others(value, before.evidence.get(key)):
            return False
    return True


def _is_no_more(detector: Detector, finding: Finding, before: _Before) -> bool:
    """Whether no more was taken than before, in bytes, nor data of a higher level."""
    for key, value in finding.evidence.items():
        kind = type_of(detector, key)
        if kind not in _TAKEN:
            continue
        now, known = number_in(value), number_in(before.evidence.get(key))
        growth = 1.0 if kind is EvidenceType.LEVEL else LARGEST_GROWTH
        if now is not None and now > growth * (known or 0.0):
            return False
    return True


def _are_no_others(value: Any, known: Any) -> bool:
    """Whether a value, or each of several, is among those known."""
    return set(_items(value)) <= set(_items(known))


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _minutes(settings: Settings, finding: Finding) -> tuple[int, int]:
    return _of_day(settings, finding.first_seen), _of_day(settings, finding.last_seen)


def _of_day(settings: Settings, instant: dt.datetime) -> int:
    local = instant.astimezone(settings.zone)
    return local.hour * HOUR_MINUTES + local.minute


def _is_at_hours(now: tuple[int, int], before: tuple[int, int]) -> bool:
    return before[0] - HOUR_MINUTES <= now[0] and now[1] <= before[1] + HOUR_MINUTES


def _before(
    con: duckdb.DuckDBPyConnection, settings: Settings, day: dt.date, wanted: Sequence[Finding]
) -> dict[_Key, list[_Before]]:
    rows = con.execute(
        _BEFORE,
        {
            "date": day,
            "days": HISTORY_DAYS,
            "detectors": sorted({one.detector for one in wanted}),
            "actors": sorted({one.actor for one in wanted}),
        },
    ).fetchall()
    found = defaultdict(list)
    for on, *key, severity, status, events, subjects, first, last, told in rows:
        evidence = json.loads(told or "{}")
        detector, kind, actor, site = key
        found[detector, kind, actor, site].append(
            _Before(
                on,
                Severity(severity),
                Severity(severity).needs_a_look and status != "suppressed",
                status in {"acknowledged", "closed"},
                events,
                subjects,
                (_of_day(settings, first), _of_day(settings, last)),
                evidence if isinstance(evidence, dict) else {},
            )
        )
    return found


def _key(finding: Finding) -> _Key:
    return finding.detector, finding.actor_kind, finding.actor, finding.site_id
