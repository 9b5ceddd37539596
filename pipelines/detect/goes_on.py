"""Which findings only continue one that was reported before, or are a habit: both become `low`.

The days of an open case stay out of the baselines, so that a leak does not become its own measure.
Each further day of it therefore looks as unusual as the first. Such a finding is kept for the
record only, and its day is no longer left out, unless it has grown, is graver or is about other
people. A `critical` one is reported every day until somebody has taken it up.

A finding continues an earlier one if detector, actor and site are the same, if there was one on
every working day in between, and if most of the people whose data was seen are the same. A gap in a
log continues only while not one line has come in. After a day without it, it is reported again.

A habit is what comes back, at like size, on the same weekday or day of the month in most of the
last weeks or months. Attacks from outside have none. The header of a detector says whether its
findings can continue (`goes_on`).
"""

import datetime as dt
import json
from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import duckdb

from pipelines.detect.catalogue import Detector
from pipelines.detect.codes import type_of
from pipelines.detect.evidence_types import EvidenceType
from pipelines.findings import Finding, Severity, WeighedBy, number_in
from pipelines.settings.calendar import working_days
from pipelines.settings.model import BusinessHours, Settings
from pipelines.settings.retention import HISTORY_DAYS

PLACE_DAYS = 28  # an address that somebody called harmless is no new place a month later
DAYS_A_WEEK = 7
WEEKS, MOST_WEEKS = 4, 3
_WEEKLY = frozenset(DAYS_A_WEEK * week for week in range(1, WEEKS + 1))
MONTHS, MOST_MONTHS = 3, 2
MONTH_DAYS = 1  # so far from the day of the month: it may have been a Sunday
LARGEST_GROWTH = 1.5  # about what counting alone brings of twenty people
HABIT_GROWTH = 2  # of a week's work against the most in such a week before
FEW = 5  # below it twice as many is chance
SAME_PEOPLE = 0.5  # more than so many of those seen were seen when it was told
PAUSE = dt.timedelta(minutes=1)  # a silence that ends at midnight goes on at midnight
HOUR_MINUTES = 60
_SAMPLED = 256  # sampled_subjects() in sql/macros.sql
_NOT_COMPARED = frozenset({"baseline", "unit", "user_type"})
"""Codes that say how something was counted, not what it was."""
_FROM_OUTSIDE = frozenset({"authentication", "web_attack"})

_TAKEN = frozenset({EvidenceType.BYTES, EvidenceType.LEVEL})

UNCONFIRMED = """
select finding.* replace (coalesce(person.usual_id, finding.actor) as actor)
from {findings} as finding
left join context_person as person
    on finding.actor_kind = 'user' and person.user_id = finding.actor
left join (
    select finding_id, arg_max(verdict, decided_at) as verdict from lake.triage group by finding_id
) as decision on decision.finding_id = finding.finding_id
where not (finding.status = 'closed' and coalesce(decision.verdict, 'confirmed') = 'confirmed')
"""
"""Findings, a person's under one name: what was confirmed and is over says nothing of what comes
later. The tables of the context must stand."""

_ALSO_IN_SHADOW = "(from lake.findings union all by name from lake.shadow_finding)"
_BEFORE = f"""
select
    date, detector, actor_kind, actor, site_id, severity, severity_found, status, event_count,
    subject_count, first_seen, last_seen, evidence
from ({UNCONFIRMED.format(findings=_ALSO_IN_SHADOW)})
where date between $date - $days::int and $date - 1
    and detector in (select unnest($detectors::varchar[]))
    and actor in (select unnest($actors::varchar[]))
order by date
"""

# Whose data was seen on some days: by users (of each a sample is kept), from addresses and sessions
_SEEN = """
select user_id as actor, site_id, log_date, list_sort(list_distinct(flatten(list(subjects))))
from lake.people_subject_day
where log_date in (select unnest($days::date[])) and user_id in (select unnest($actors::varchar[]))
group by all
"""
_SEEN_FROM = """
select actor, site_id, log_date, list_sort(list(distinct subject_hash(subject_id)))
from (
    select
        unnest([client.client_ip, request.session_id]) as actor,
        request.site_id, request.log_date, request.subject_id
    from lake.request as request
    left join (
        select client_id, client_ip
        from (
            select client_id, unnest(names_of(client_ip)) as client_ip
            from lake.client
        )
        where client_ip in (select unnest($actors::varchar[]))
    ) as client on client.client_id = request.client_id
    where request.log_date in (select unnest($days::date[])) and request.subject_id is not null
        and (
            client.client_id is not null
            or request.session_id in (select unnest($actors::varchar[]))
        )
)
where actor in (select unnest($actors::varchar[]))
group by all
"""

_Key = tuple[str, str, str, str | None]


@dataclass(frozen=True)
class Before:
    """A finding of an earlier day; `is_told` where it was shown as one to look at."""

    on: dt.date
    severity: Severity
    is_told: bool
    is_taken_up: bool
    is_settled: bool
    events: int
    subjects: int
    first_seen: dt.datetime
    last_seen: dt.datetime
    evidence: Mapping[str, Any]


class Told(NamedTuple):
    """Why a finding is no news, and the day on which the same was told last."""

    by: WeighedBy
    on: dt.date


_SamePeople = Callable[[Finding, dt.date], bool]
"""Whether a finding is mostly about the people of an earlier day, as far as that is known."""


def told_before(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: dt.date,
    findings: Sequence[Finding],
    detectors: Collection[Detector],
) -> dict[str, Told]:
    """Return by id of the finding what goes on as it was told, and what is a habit.

    Those of `low` and `info` are for the record anyway. The tables of the context must stand.
    """
    by_id = {one.id: one for one in detectors}
    wanted = [one for one in findings if one.detector in by_id and one.severity.needs_a_look]
    before = _before(con, day, wanted) if wanted else {}
    known = [(one, before[_key(one)]) for one in wanted if _key(one) in before]
    if not known:
        return {}
    same_people = _same_people(con, day, known)
    told = {
        one.finding_id: told_of(by_id[one.detector], settings, day, one, earlier, same_people)
        for one, earlier in known
    }
    return {name: one for name, one in told.items() if one is not None}


def told_of(
    detector: Detector,
    settings: Settings,
    day: dt.date,
    finding: Finding,
    earlier: Iterable[Before],
    same_people: _SamePeople,
) -> Told | None:
    """How and when the same was told; None for what is news."""
    alike = [
        one
        for one in earlier
        if _is_same(detector, finding, one)
        and (detector.goes_on != "hours" or _is_at_hours(settings, finding, one))
    ]
    told = [
        one
        for one in alike
        if one.is_told
        and (one.is_taken_up or finding.severity is not Severity.CRITICAL)
        and _has_no_more_taken(detector, finding, one)
    ]
    if detector.goes_on:
        days = {one.on for one in alike}
        unbroken = [
            one.on
            for one in told
            if one.severity.rank <= finding.severity.rank
            and _is_no_larger(finding, one)
            and _goes_on(detector, settings, day, finding, one, days)
            and same_people(finding, one.on)
        ]
        if unbroken:
            return Told(WeighedBy.GOES_ON, max(unbroken))
    if told and _may_have_habits(detector, finding, told):
        habitual = _habit_days(day, {one.on for one in alike})
        # Neither more than on those days nor than was told, so that what creeps up is told too.
        if all(
            _is_of_like_size(finding, some)
            for some in ([one for one in alike if one.on in habitual], told)
        ):
            return Told(WeighedBy.HABIT, max(one.on for one in told))
    return None


def _goes_on(
    detector: Detector,
    settings: Settings,
    day: dt.date,
    finding: Finding,
    before: Before,
    days: Collection[dt.date],
) -> bool:
    """Whether it has gone on since, without a break."""
    if detector.goes_on == "silence":
        return finding.first_seen <= before.last_seen + PAUSE
    if detector.goes_on == "place" and before.is_settled and (day - before.on).days <= PLACE_DAYS:
        addresses = finding.evidence.get("addresses")
        if addresses and _are_no_others(addresses, before.evidence.get("addresses")):
            return True
    between = _working_days(settings.business_hours, before.on, day)
    return all(on in days for on in between if before.on < on < day)


def _may_have_habits(detector: Detector, finding: Finding, told: Iterable[Before]) -> bool:
    """Whether a habit excuses: of people and sites, else where somebody has taken it up."""
    if detector.category in _FROM_OUTSIDE:
        return False
    return finding.actor_kind in {"user", "site"} or any(one.is_taken_up for one in told)


def _is_of_like_size(finding: Finding, before: Sequence[Before]) -> bool:
    """Whether it is less than twice the most of those before; false without any."""
    amount = max((_amount(one.events, one.evidence) for one in before), default=0)
    people = max((one.subjects for one in before), default=0)
    return bool(before) and (
        _amount(finding.event_count, finding.evidence) < HABIT_GROWTH * max(amount, FEW)
        and finding.subject_count < HABIT_GROWTH * max(people, FEW)
    )


def _amount(events: int, evidence: Mapping[str, Any]) -> float:
    """How much of it there was: what was observed, as the minutes of a gap, where no event is."""
    return events or number_in(evidence.get("observed")) or 0


def _is_no_larger(finding: Finding, before: Before) -> bool:
    return (
        finding.event_count <= LARGEST_GROWTH * before.events
        and finding.subject_count <= LARGEST_GROWTH * before.subjects
    )


def _habit_days(day: dt.date, days: Collection[dt.date]) -> set[dt.date]:
    """Return those of `days` that make what was found on them a habit at `day`; none where none."""
    weekly = {on for on in days if (day - on).days in _WEEKLY}
    monthly = _months(day, days)
    found = set(weekly) if len(weekly) >= MOST_WEEKS else set()
    return found.union(*monthly) if len(monthly) >= MOST_MONTHS else found


def _months(day: dt.date, days: Iterable[dt.date]) -> list[set[dt.date]]:
    """Return by month which of `days` are about the same day of the last months.

    Months without one are left out. The last day of a month is also the last of the others: work of
    the month's end comes on 28 or 29 February as it did on 31 January.
    """
    is_last = day.day == monthrange(day.year, day.month)[1]
    found = []
    for ago in range(1, MONTHS + 1):
        year, index = divmod(day.year * 12 + day.month - 1 - ago, 12)
        last = monthrange(year, index + 1)[1]
        numbers = {min(day.day, last), last} if is_last else {min(day.day, last)}
        same = [dt.date(year, index + 1, number) for number in numbers]
        about = {on for on in days if any(abs((on - one).days) <= MONTH_DAYS for one in same)}
        found += [about] if about else []
    return found


def _is_same(detector: Detector, finding: Finding, before: Before) -> bool:
    """Whether what is told in codes and countries is no more than was told."""
    for key, value in finding.evidence.items():
        kind = type_of(detector, key)
        if key in _NOT_COMPARED or kind is None or not (kind.is_of_codes or kind == "countries"):
            continue
        if not _are_no_others(value, before.evidence.get(key)):
            return False
    return True


def _has_no_more_taken(detector: Detector, finding: Finding, before: Before) -> bool:
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


def _is_at_hours(settings: Settings, finding: Finding, before: Before) -> bool:
    """Whether its minutes of the day are those of before, give or take an hour."""
    first, last, known_first, known_last = (
        _minute_of_day(settings, instant)
        for instant in (finding.first_seen, finding.last_seen, before.first_seen, before.last_seen)
    )
    return known_first - HOUR_MINUTES <= first and last <= known_last + HOUR_MINUTES


def _minute_of_day(settings: Settings, instant: dt.datetime) -> int:
    local = instant.astimezone(settings.zone)
    return local.hour * HOUR_MINUTES + local.minute


def _same_people(
    con: duckdb.DuckDBPyConnection,
    day: dt.date,
    known: Sequence[tuple[Finding, Sequence[Before]]],
) -> _SamePeople:
    """Return what compares the people of a finding with those of the days before it."""
    seen: dict[tuple[str, str | None, dt.date], list[int]] = {}
    for query, kinds in ((_SEEN, {"user"}), (_SEEN_FROM, {"ip", "session"})):
        about = [
            (one, earlier)
            for one, earlier in known
            if one.subject_count and one.actor_kind in kinds
        ]
        if about:
            days = {day, *(one.on for _, earlier in about for one in earlier if one.is_told)}
            actors = {one.actor for one, _ in about}
            bound = {"days": sorted(days), "actors": sorted(actors)}
            for actor, site, on, subjects in con.execute(query, bound).fetchall():
                seen[actor, site, on] = subjects

    def are_the_same(finding: Finding, on: dt.date) -> bool:
        if not finding.subject_count or finding.actor_kind == "site":
            return True  # what a site does wrong, it does to whoever comes
        now, before = (seen.get((finding.actor, finding.site_id, at), ()) for at in (day, on))
        return share_known(now, before) > SAME_PEOPLE

    return are_the_same


def share_known(now: Sequence[int], before: Sequence[int]) -> float:
    """Return which share of the people seen now was seen before, 0 to 1.

    Both are keyed hashes, ascending: all of them, or the lowest 256, which are a fair sample, so
    that only those are compared up to which both go (Broder 1997, Compression and Complexity of
    Sequences, 21-29). None now counts as no share.
    """
    ends = [of[-1] for of in (now, before) if len(of) >= _SAMPLED]
    compared = [one for one in now if not ends or one <= min(ends)]
    return len(set(compared).intersection(before)) / len(compared) if compared else 0.0


@cache
def _working_days(hours: BusinessHours, first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    return tuple(working_days(hours, first, last))


def _before(
    con: duckdb.DuckDBPyConnection, day: dt.date, wanted: Sequence[Finding]
) -> dict[_Key, list[Before]]:
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
    for on, *key, shown, severity, status, events, subjects, first, last, told in rows:
        evidence = json.loads(told or "{}")
        detector, kind, actor, site = key
        found[detector, kind, actor, site].append(
            Before(
                on,
                Severity(severity),
                Severity(shown).needs_a_look and status != "suppressed",
                status in {"acknowledged", "closed"},
                status == "closed",
                events,
                subjects,
                first,
                last,
                evidence if isinstance(evidence, dict) else {},
            )
        )
    return found


def _key(finding: Finding) -> _Key:
    return finding.detector, finding.actor_kind, finding.actor, finding.site_id
