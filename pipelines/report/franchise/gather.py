"""Makes the day of each shop of the rows that are its own."""

import datetime as dt
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from pipelines.enrich.users import rule_of, shop_of
from pipelines.findings import Severity, gravest
from pipelines.report.facts import (
    HISTORY_DAYS,
    CheckCount,
    CheckFailure,
    DayFacts,
    FailedDetector,
    Intake,
    RejectCount,
    SiteDay,
    StageRun,
)
from pipelines.report.franchise.disclose import Discretion
from pipelines.report.franchise.facts import (
    USUAL_FEWEST_DAYS,
    AccessDay,
    OpenCase,
    OtherUsers,
    OwnUser,
    ShopFacts,
)
from pipelines.report.franchise.slices import ShopRows
from pipelines.settings.model import Settings
from pipelines.text.words import Words
from pipelines.triage.cases.risk import Evidence, course_of, horizon, risk_on
from pipelines.triage.corrections import noted
from pipelines.triage.incidents import in_order, incidents_of
from pipelines.triage.store import as_findings

_OWNER = """
    inner join (select site_id, franchise as shop from shop_site) as owner using (site_id)
    where owner.shop in (select unnest($shops))
"""
_SITES = f"select owner.shop, shop_site.* from shop_site {_OWNER} order by site_id"
_FINDINGS = f"select owner.shop, shop_finding.* from shop_finding {_OWNER}"
_CORRECTIONS = f"""
    select owner.shop, shop_correction.* exclude (place)
    from shop_correction {_OWNER} order by place
"""
_CASES = f"""
    select
        owner.shop, case_id, finding_id, date, detector, category, severity, score, site_id,
        event_count, subject_count, owned_from
    from shop_case {_OWNER} order by case_id, date, finding_id
"""
_CHECKS = f"""
    select owner.shop, shop_check.* from shop_check {_OWNER}
    order by critical desc, suite, check_id, site_id
"""
_REJECTS = f"""
    select
        owner.shop, reason, max(reason_code), max(reason_arguments), sum(lines)::bigint,
        count(distinct site_id), '', 0
    from shop_reject {_OWNER} group by owner.shop, reason order by 5 desc, 2
"""
_DAYS = f"""
    select owner.shop, log_date, sum(lines)::bigint, sum(personal_accesses)::bigint
    from shop_day {_OWNER} group by owner.shop, log_date order by log_date
"""
_USERS = f"""
    select
        owner.shop, user_id, log_date, sum(requests)::bigint, sum(accesses)::bigint,
        sum(exports)::bigint, sum(refused)::bigint, min(first_time), max(last_time)
    from shop_user {_OWNER} group by owner.shop, user_id, log_date order by user_id, log_date
"""
_ACCESSES = f"""
    select
        owner.shop, user_id, min(user_type), sum(accesses)::bigint, list(distinct subject_id)
    from shop_access {_OWNER} group by owner.shop, user_id order by user_id
"""
_ADDRESSES = f"select distinct owner.shop, client_ip, user_id from shop_address {_OWNER}"


_Read = Callable[[str], list[tuple[Any, ...]]]
"""The rows of one shop by query."""
_KINDS_ON_RECORD = frozenset({"customer", "staff", "contractor", "system"})


@dataclass(frozen=True)
class Owners:
    """Which shop a user belongs to, by the settings' user types.

    A user of an id spelled with other zeros or capitals (`fr7-…` of shop `007`) is the shop's
    where no other shop is meant.
    """

    settings: Settings
    shops: frozenset[str]

    def kind_of(self, user: str, shop: str) -> str:
        """Return `own`, `other_shop`, another user type, or `unknown`: what a user is to a shop."""
        rule = rule_of(user, self.settings.user_types)
        kind = rule.type if rule is not None else "unknown"
        if kind != "franchise":
            return kind
        return "own" if self._shop_of(user) == shop else "other_shop"

    def _shop_of(self, user: str) -> str | None:
        named = shop_of(user, self.settings.user_types)
        if named is None or named in self.shops:
            return named
        alike = [shop for shop in self.shops if _spelled(shop) == _spelled(named)]
        return alike[0] if len(alike) == 1 else None


def _spelled(shop: str) -> str:
    return shop.lower().lstrip("0")


@dataclass(frozen=True)
class Reader:
    """Makes one shop after the other; `checks` and `stages` are of the day as a whole."""

    on: dt.date
    words: Words
    owners: Owners
    checks: tuple[CheckCount, ...]
    stages: tuple[StageRun, ...]
    failed_detectors: tuple[FailedDetector, ...]
    uncounted_sites: tuple[str, ...]
    intake: Intake
    received_at: dt.datetime | None

    def shop(self, shop: str, sites: Sequence[str], rows: ShopRows) -> ShopFacts:
        """Return the day of one shop, whose sites these are, from its rows."""
        read = partial(rows.of, shop)
        kind_of = partial(self.owners.kind_of, shop=shop)
        accesses = read(_ACCESSES)
        people: set[str] = set().union(*(_known(subjects) for *_, subjects in accesses))
        return ShopFacts(
            shop=shop,
            day=self._day(shop, sites, read),
            history=tuple(self._history(read(_DAYS))),
            own_users=self._own(read(_USERS), accesses, shop),
            other_users=_others(accesses, kind_of),
            people=len(people),
            open_cases=self._cases(read(_CASES)),
        )

    def _day(self, shop: str, sites: Sequence[str], read: _Read) -> DayFacts:
        kind_of = partial(self.owners.kind_of, shop=shop)
        discretion = Discretion(
            words=self.words,
            sites=frozenset(sites),
            kind_of=kind_of,
            shared_addresses=frozenset(
                address for address, user in read(_ADDRESSES) if kind_of(user) != "own"
            ),
        )
        # The budget that lowers severities is of all sites together; a shop's people have but one.
        findings = [
            one.before_budget() for one in noted(as_findings(read(_FINDINGS)), read(_CORRECTIONS))
        ]
        incidents = incidents_of(findings)
        failures = tuple(self._failure(*row) for row in read(_CHECKS))
        failed = defaultdict(set)
        for one in failures:
            failed[one.suite, one.check_id].add(one.site_id)
        return DayFacts(
            on=self.on,
            findings=tuple(discretion.finding(one) for one in in_order(findings, incidents)),
            incidents=tuple(discretion.incident(one) for one in incidents),
            user_types={},
            sites=tuple(SiteDay(*row) for row in read(_SITES)),
            check_failures=failures,
            check_counts=tuple(
                CheckCount(one.check_id, one.suite, "", None, len(failed[one.suite, one.check_id]))
                for one in self.checks
            ),
            rejects=tuple(RejectCount(*row) for row in read(_REJECTS)),
            stages=self.stages,
            # Other shops' sites are none of its business.
            failed_detectors=tuple(
                FailedDetector(one.name)
                for one in self.failed_detectors
                if one.sites is None or not set(sites).isdisjoint(one.sites)
            ),
            uncounted_sites=tuple(one for one in self.uncounted_sites if one in set(sites)),
            intake=self.intake,
            readings=(),
            readings_total=0,
            unreadable=(),
            browsers=(),
            bots=(),
            countries=(),
            history=(),
            received_at=self.received_at,
            lines_since_last_report=0,
            last_report_at=None,
        )

    def _cases(self, rows: Sequence[tuple[Any, ...]]) -> tuple[OpenCase, ...]:
        half_life = self.owners.settings.cases.half_life_days
        first = self.on - dt.timedelta(days=horizon(half_life))
        cases = []
        for _, found in groupby(rows, key=lambda row: row[0]):
            known = list(found)
            evidence = [
                Evidence(finding, on, detector, category, Severity(found_severity), *weighed)
                for _, finding, on, detector, category, found_severity, *weighed, _ in known
            ]
            owned_from = known[0][-1]
            counted = [one for one in evidence if one.on >= first or one.severity.needs_a_look]
            course = course_of(counted, half_life, owned_from)
            severity = gravest(one.severity for one in evidence)
            cases.append(OpenCase(severity, risk_on(course, self.on, half_life, owned_from)))
        return tuple(sorted(cases, key=lambda one: (-one.risk, one.severity.rank)))

    def _failure(
        self,
        check_id: str,
        suite: str,
        site_id: str,
        critical: bool,
        observed: str | None,
        expected: str | None,
        title_ja: str | None,
        title_en: str | None,
    ) -> CheckFailure:
        titles = (title_ja, title_en) if self.words.language == "ja" else (title_en, title_ja)
        title = titles[0] or titles[1] or check_id
        return CheckFailure(check_id, suite, site_id, critical, observed, expected, title)

    def _history(self, rows: Sequence[tuple[dt.date, int, int]]) -> list[AccessDay]:
        """Each day since the shop's first one in the slice; one without a row has no lines."""
        if not rows:
            return []
        known = {on: AccessDay(on, lines, accesses) for on, lines, accesses in rows}
        first = next((on for on, lines, _ in rows if lines), self.on)
        days = [first + dt.timedelta(days=n) for n in range((self.on - first).days + 1)]
        return [known.get(on, AccessDay(on, 0, 0)) for on in days[-HISTORY_DAYS:]]

    def _own(
        self, rows: Sequence[tuple[Any, ...]], accesses: Sequence[tuple[Any, ...]], shop: str
    ) -> tuple[OwnUser, ...]:
        people = {user: len(_known(subjects)) for user, _, _, subjects in accesses}
        past: dict[str, list[int]] = defaultdict(list)
        today = []
        for user, on, *figures in rows:
            if self.owners.kind_of(user, shop) != "own":
                continue
            if on < self.on:
                past[user].append(figures[1])
            else:
                today.append((user, *figures))
        users = [
            OwnUser(
                user_id=user,
                requests=requests,
                accesses=seen,
                people=people.get(user, 0),
                exports=exports,
                refused=refused,
                first_time=first,
                last_time=last,
                usual=(
                    statistics.median(past[user]) if len(past[user]) >= USUAL_FEWEST_DAYS else None
                ),
            )
            for user, requests, seen, exports, refused, first, last in today
        ]
        return tuple(sorted(users, key=lambda one: (-one.accesses, -one.requests, one.user_id)))


def _others(accesses: Sequence[tuple[Any, ...]], kind_of: "partial[str]") -> tuple[OtherUsers, ...]:
    users: dict[str, int] = defaultdict(int)
    counts: dict[str, int] = defaultdict(int)
    people: dict[str, set[str]] = defaultdict(set)
    for user, user_type, seen, subjects in accesses:
        kind = "nobody" if user is None else kind_of(user)
        if kind == "unknown" and user_type in _KINDS_ON_RECORD:
            kind = user_type
        if kind == "own":
            continue
        users[kind] += user is not None
        counts[kind] += seen
        people[kind] |= _known(subjects)
    found = [OtherUsers(kind, users[kind], counts[kind], len(people[kind])) for kind in counts]
    return tuple(sorted(found, key=lambda one: (-one.accesses, one.kind)))


def _known(subjects: Sequence[str | None]) -> set[str]:
    return {one for one in subjects if one is not None}
