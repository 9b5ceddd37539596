"""What an audit of a month rests on: values only, no words and no verdicts."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from pipelines.audit.questions import AuditedQuestion
from pipelines.audit.reviews import ReviewDay
from pipelines.audit.use_facts import Use
from pipelines.coverage.judge import SiteCoverage
from pipelines.deliver.run import Proof
from pipelines.detect.changed import Changed
from pipelines.records.disclosures import Registered
from pipelines.records.used import Watch
from pipelines.records.verify import Proof as RecordsProof
from pipelines.retention.result import LetGo
from pipelines.settings.retention import Retention
from pipelines.text.month import Month
from pipelines.triage.suppressions import Suppression

MEASURES = tuple(range(1, 8))

Cover = Literal["complete", "doubt", "nothing", "unchecked", "before", "closed", "later"]
"""How much of a site's day is there.

`complete`: lines came, the checks ran, and nothing speaks against it. `doubt`: a check failed, a
gap, a wrong clock or unreadable lines were found, or an hour that always has records has none.
`nothing`: not a line. `unchecked`: the checks did not end well, so nobody can say. `before`: the
site had not sent its first line yet. `closed`: somebody closed the site, and no line came.
`later`: the day is not over.
"""


@dataclass(frozen=True)
class Day:
    """A day that is over, all sites: sums, and which stages ended well the last time they ran."""

    on: dt.date
    lines: int = 0
    records: int = 0
    rejects: int = 0
    server_errors: int = 0
    logins: int = 0
    failed_logins: int = 0
    sites: int = 0
    checked: bool = False
    detected: bool = False
    reported: bool = False
    checks: int = 0
    checks_failed: int = 0
    checks_failed_critical: int = 0


@dataclass(frozen=True)
class Site:
    """A site's month: how much of each day is there; `lines` and `rejects` are sums.

    `name` is that of the roster. `lacking` has by day the hours (0 to 23) without a record that
    always have some.
    """

    site_id: str
    name: str | None
    group: str
    cover: tuple[Cover, ...]
    lines: int
    rejects: int
    lacking: Mapping[dt.date, Sequence[int]] = field(default_factory=dict)

    def count(self, *covers: Cover) -> int:
        """Return on how many days it was so."""
        return sum(one in covers for one in self.cover)


@dataclass(frozen=True)
class Nights:
    """How often a detector looked at a day of the month; `failed` when its query could not run."""

    detector: str
    ran_on: frozenset[dt.date]
    failed_on: frozenset[dt.date]


@dataclass(frozen=True)
class Outcome:
    """Findings of one detector and what became of them.

    `urgent` counts those found as medium or graver, `open_urgent` those of them that are new or
    acknowledged. Closed ones are confirmed, false alarms, explained, or `plain` without an
    outcome. `median_seconds` is the time from the day's first detection to the first closing.
    """

    detector: str
    found: int
    urgent: int
    confirmed: int
    false_alarms: int
    explained: int
    plain: int
    suppressed: int
    open: int
    open_urgent: int
    median_seconds: float | None


@dataclass(frozen=True)
class Access:
    """Accesses to personal data of one kind of user, country, kind of page and level.

    `user_type` is None for users of no type that settings know; `is_named` is false where neither
    the line nor its session names anybody.
    """

    user_type: str | None
    is_named: bool
    country: str | None
    kind: str
    level: int
    accesses: int
    bytes: int


@dataclass(frozen=True)
class Person:
    """What one user did of a kind that is watched: as contractor, or from abroad."""

    user_id: str
    user_type: str | None
    sites: int
    days: int
    accesses: int
    people: int
    exports: int
    countries: Sequence[str]


@dataclass(frozen=True)
class Country:
    """Accesses to personal data from one country outside the home country."""

    code: str
    is_eea: bool
    customers: int
    workers: int
    unnamed: int
    people: int
    exports: int
    days: int


@dataclass(frozen=True)
class Rule:
    """A suppression that was in force in the month, with the findings that it keeps quiet."""

    rule: Suppression
    findings: int


@dataclass(frozen=True)
class Run:
    """A run of a stage that failed, and whether a later run of the same day ended well."""

    stage: str
    on: dt.date
    message: str | None
    ended_at: dt.datetime
    is_mended: bool


@dataclass(frozen=True)
class StageRuns:
    """Runs of one stage for days of the month."""

    stage: str
    done: int
    failed: int
    last_at: dt.datetime


@dataclass(frozen=True)
class Check:
    """A data-quality check that failed in the month: on how many days, at how many sites."""

    title: str
    is_critical: bool
    days: int
    sites: int


@dataclass(frozen=True)
class Reject:
    """Rejected lines of one reason: the English sentence, its code and arguments (JSON)."""

    reason: str
    code: str | None
    arguments: str | None
    lines: int
    sites: int


@dataclass(frozen=True)
class Explained:
    """Accesses to personal data that a reason on record explains, by where that is from."""

    source: str
    accesses: int
    users: int
    days: int


@dataclass(frozen=True)
class Kept:
    """What the lake shows of retention on the day that the audit was made.

    `overdue` counts records of days before `due_before`, the first day that must still be there.
    `oldest_by_kind` has the oldest day that is there of each kind of data, `let_go` what went in
    the nights of the month, `holds` how many legal holds are in force, and `waiting` and `held` the
    rows of the lake that open cases and holds keep past their time. `requests` counts requests of
    persons in the month, by what was done.
    """

    settings: Retention
    oldest_on: dt.date | None
    due_before: dt.date
    overdue: int
    oldest_overdue_on: dt.date | None
    oldest_by_kind: Mapping[str, dt.date | None]
    let_go: tuple[LetGo, ...]
    holds: int
    waiting: int
    held: int
    requests: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Watched:
    """Who used the watch in the month, and whether the records of that are as they were written."""

    watch: Watch
    proof: RecordsProof


@dataclass(frozen=True)
class Facts:
    """Everything that an audit shows. `days` are those of the month that are over.

    `coverage` says of each site which detectors could work there on the last of them.
    """

    month: Month
    days: tuple[Day, ...]
    sites: tuple[Site, ...]
    nights: Mapping[str, Nights]
    serving: Mapping[int, tuple[str, ...]]
    outcomes: Mapping[int, tuple[Outcome, ...]]
    totals: Outcome
    accesses: tuple[Access, ...]
    refused: int
    contractors: tuple[Person, ...]
    contractor_count: int
    workers_abroad: tuple[Person, ...]
    workers_abroad_count: int
    countries: tuple[Country, ...]
    masked: Mapping[str, int]
    checks: tuple[Check, ...]
    rejects: tuple[Reject, ...]
    unreadable: int
    reviews: tuple[ReviewDay, ...]
    rules: tuple[Rule, ...]
    explained: tuple[Explained, ...]
    failed_runs: tuple[Run, ...]
    runs: tuple[StageRuns, ...]
    kept: Kept
    deliveries: tuple[Proof, ...] | None
    use: Use
    coverage: tuple[SiteCoverage, ...]
    watched: Watched | None = None
    disclosures: tuple[Registered, ...] = ()
    questions: tuple[AuditedQuestion, ...] = ()
    changed_detectors: tuple[Changed, ...] = ()

    @property
    def is_over(self) -> bool:
        """True when no day of the month is still to come."""
        return len(self.days) == len(self.month.days)

    @property
    def lines(self) -> int:
        """Lines of all days and sites."""
        return self.sum_of("lines")

    def sum_of(self, name: str) -> int:
        """Return the sum over the days of one of their counts, or on how many a state held."""
        return sum(getattr(day, name) for day in self.days)

    def accesses_of(self, *, kind: str | None = None, user_type: str | None = None) -> int:
        """Return the number of accesses, of one kind of page or type of user where given."""
        return sum(
            one.accesses
            for one in self.accesses
            if (kind is None or one.kind == kind)
            and (user_type is None or one.user_type == user_type)
        )

    @cached_property
    def unnamed(self) -> int:
        """Accesses to personal data by nobody who is named."""
        return sum(one.accesses for one in self.accesses if not one.is_named)

    @cached_property
    def untyped(self) -> int:
        """Accesses by named users of no type that settings know."""
        return sum(one.accesses for one in self.accesses if one.is_named and one.user_type is None)

    @cached_property
    def unlevelled(self) -> int:
        """Accesses to data whose level settings do not say."""
        return sum(one.accesses for one in self.accesses if one.level == 0)

    @cached_property
    def cover(self) -> Counter[Cover]:
        """Days of sites by how much of them is there."""
        return Counter(one for site in self.sites for one in site.cover)

    @cached_property
    def review_states(self) -> Counter[str]:
        """Days by the state of their signatures."""
        return Counter(day.state for day in self.reviews)

    @property
    def undelivered(self) -> int:
        """Notices that were due and are not in the ledger as they are now."""
        return sum(one.state != "sent" for one in self.deliveries or ())

    def not_examined(self, measure: int) -> tuple[dt.date, ...]:
        """Return the days without a line, or on which no detector of a measure was run."""
        ran: set[dt.date] = set()
        for detector in self.serving[measure]:
            if detector in self.nights:
                ran |= self.nights[detector].ran_on
        return tuple(
            day.on for day in self.days if not day.lines or not day.detected or day.on not in ran
        )

    def quiet_detectors(self, measure: int) -> int:
        """Return how many detectors of a measure were off or in shadow on a day."""
        quiet = {one.detector for one in self.changed_detectors if one.is_quiet}
        return len(quiet.intersection(self.serving[measure]))

    def failed_nights(self, measure: int) -> int:
        """Return how often a detector of a measure failed."""
        nights = (self.nights.get(one) for one in self.serving[measure])
        return sum(len(one.failed_on) for one in nights if one is not None)
