"""What a shop's page and the ranking of shops rest on."""

import datetime as dt
import statistics
from dataclasses import dataclass
from functools import cached_property

from pipelines.findings import Finding, Severity
from pipelines.report.facts import DayFacts, SiteDay
from pipelines.report.verdict import Verdict, verdict_on

USUAL_FEWEST_DAYS = 5
MOST_DAYS_OF_REST = 3  # as in `sql/sites/state.sql`


@dataclass(frozen=True)
class AccessDay:
    """Lines and accesses to personal data of a shop's sites on one day."""

    on: dt.date
    lines: int
    accesses: int


@dataclass(frozen=True)
class OwnUser:
    """A user of the shop with an access or a request on the day; instants are aware.

    `usual` is the median of the accesses on the user's earlier active days, None with fewer than
    `USUAL_FEWEST_DAYS` of them.
    """

    user_id: str
    requests: int
    accesses: int
    people: int
    exports: int
    refused: int
    first_time: dt.datetime | None
    last_time: dt.datetime | None
    usual: float | None


@dataclass(frozen=True)
class OtherUsers:
    """Accesses by people who are not the shop's, counted: nobody is named.

    `kind` is a user type, `other_shop` (a franchise user of another shop), `unknown`, or
    `nobody` (no user is logged in, `users` is 0).
    """

    kind: str
    users: int
    accesses: int
    people: int


@dataclass(frozen=True)
class OpenCase:
    """A case that is open as of the day: how grave it is, and what is left of its risk, 0 to 100.

    Both rest on the findings about the shop's sites alone, of the day and of before.
    """

    severity: Severity
    risk: float


@dataclass(frozen=True)
class ShopFacts:
    """One shop's day. `day` holds the shop's own sites and findings alone.

    Findings have the severity before the night's budget, which is of all sites together.
    `open_cases` are those with open findings about the shop's sites, the riskiest first.
    """

    shop: str
    day: DayFacts
    history: tuple[AccessDay, ...]
    own_users: tuple[OwnUser, ...]
    other_users: tuple[OtherUsers, ...]
    people: int
    open_cases: tuple[OpenCase, ...] = ()

    @cached_property
    def open_severities(self) -> tuple[Severity, ...]:
        """One for each open case from `medium` up, the gravest first."""
        found = (one.severity for one in self.open_cases if one.severity.needs_a_look)
        return tuple(sorted(found, key=lambda one: one.rank))

    @property
    def silent_since(self) -> dt.date | None:
        """The last day with a line where none came since and some should have; None elsewhere."""
        last = [site.last_seen_on for site in self.day.missing_sites if site.last_seen_on]
        return max(last) if last and self.is_silent else None

    @property
    def verdict(self) -> Verdict:
        """That on the day; with cases of before still open it is no all-clear."""
        found = verdict_on(self.day)
        return Verdict.LOOK_TODAY if found is Verdict.CLEAR and self.open_severities else found

    @property
    def back(self) -> tuple[SiteDay, ...]:
        """Sites with lines again on the day, after more days without than a site ever rests."""
        return tuple(
            site
            for site in self.day.sites
            if site.lines
            and site.last_seen_on
            and (self.day.on - site.last_seen_on).days > MOST_DAYS_OF_REST + 1
        )

    @property
    def name(self) -> str | None:
        """The shop's name by the roster; None where it has none."""
        return next((site.name for site in self.day.sites if site.name), None)

    @property
    def is_silent(self) -> bool:
        """True when not one line of the shop came in for the day."""
        return self.day.lines == 0

    @cached_property
    def usual_accesses(self) -> float | None:
        """The median of the earlier days with lines; None with fewer than `USUAL_FEWEST_DAYS`."""
        past = [one.accesses for one in self.history if one.on < self.day.on and one.lines]
        return statistics.median(past) if len(past) >= USUAL_FEWEST_DAYS else None

    @property
    def trend(self) -> float | None:
        """The day's accesses to personal data over the usual; None where there is no usual."""
        usual = self.usual_accesses
        return self.day.personal_accesses / usual if usual else None

    @cached_property
    def attacks(self) -> tuple[Finding, ...]:
        """Findings of web attacks, whatever their severity and status."""
        return tuple(one for one in self.day.findings if one.category == "web_attack")

    @cached_property
    def operations(self) -> tuple[Finding, ...]:
        """Findings about the operation of the sites, whatever their severity and status."""
        return tuple(one for one in self.day.findings if one.category == "operations")
