"""What one day's report rests on: the shapes between the lake's queries and the page."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pipelines.coverage.blind import BlindSite
from pipelines.coverage.reach import Reach
from pipelines.detect.changed import Changed
from pipelines.findings import Finding, Severity
from pipelines.records.used import Watch
from pipelines.report.ai_agents import AiAgentDay
from pipelines.report.case_facts import DayCases
from pipelines.report.limits_passed import LimitPassed
from pipelines.report.service_use import ServiceUse
from pipelines.sites.state import SiteState, is_expected
from pipelines.triage.cases.read import Case
from pipelines.triage.decisions import Decision, Precision
from pipelines.triage.incidents import OPEN_STATUSES, Incident
from pipelines.triage.suppressions import Suppression

HISTORY_DAYS = 35  # five whole weeks, the examined day the last
RECENT_DAYS = 14


@dataclass(frozen=True)
class SiteDay:
    """One site's day; instants are aware. `last_seen_on` is its last earlier day with a line.

    `days_ago` are the days with lines among the last `RECENT_DAYS`, 0 for the day itself. `name` is
    that of the roster. `lacking_hours` (0 to 23) always have records, and had none on the day.
    """

    site_id: str
    group: str
    franchise: str | None
    domain: str | None
    lines: int
    records: int
    rejects: int
    hours_with_records: int
    first_time: dt.datetime | None
    last_time: dt.datetime | None
    users: int
    bot_records: int
    client_errors: int
    server_errors: int
    personal_accesses: int
    last_seen_on: dt.date | None
    checks_failed: int
    checks_failed_critical: int
    state: SiteState = "in"
    is_resting: bool = False
    days_ago: Collection[int] = ()
    name: str | None = None
    lacking_hours: Sequence[int] = ()

    @property
    def recent(self) -> tuple[bool, ...]:
        """Whether lines came on each of the last days, the earliest first."""
        return tuple(back in self.days_ago for back in reversed(range(RECENT_DAYS)))

    @property
    def missing(self) -> bool:
        """True when not one line of the site came in for a day on which some should have."""
        return self.lines == 0 and self.expected

    @property
    def expected(self) -> bool:
        """True when lines of the site should have come in, as far as its own rhythm says."""
        return is_expected(self.state, is_resting=self.is_resting)


@dataclass(frozen=True)
class ClosedSite:
    """A site that is closed and sent no line; `closed_on` is its last day."""

    site_id: str
    name: str | None
    closed_on: dt.date


@dataclass(frozen=True)
class CheckFailure:
    """One data-quality check that one site (or the day as a whole, None) did not pass.

    `title` says what was found there; `observed` and `expected` are figures as `name=value`.
    """

    check_id: str
    suite: str
    site_id: str | None
    critical: bool
    observed: str | None
    expected: str | None
    title: str


@dataclass(frozen=True)
class CheckCount:
    """One data-quality check of the day; `failed` counts the sites at fault, 0 when it passed."""

    check_id: str
    suite: str
    title: str
    observed: str | None
    failed: int


@dataclass(frozen=True)
class RejectCount:
    """Rejected lines of one reason; the example is a file and line to look at.

    `reason` is the English sentence; code and arguments (JSON) make that of another language.
    """

    reason: str
    code: str | None
    arguments: str | None
    lines: int
    sites: int
    example_path: str
    example_line_no: int


@dataclass(frozen=True)
class Reading:
    """One reading of a log file, with what it brought for the day."""

    path: str
    site_id: str
    format: str | None
    status: str
    message: str | None
    lines: int
    records_of_day: int
    rejects_of_day: int
    duplicates: int
    read_at: dt.datetime


@dataclass(frozen=True)
class StageRun:
    """The last run of a stage for the day."""

    stage: str
    status: str
    message: str | None
    started_at: dt.datetime
    ended_at: dt.datetime

    @property
    def done(self) -> bool:
        """True when the stage ended well."""
        return self.status == "done"


@dataclass(frozen=True)
class Share:
    """How many records of the day one browser, bot or country has; None is unknown."""

    name: str | None
    records: int


@dataclass(frozen=True)
class DayLines:
    """Lines of all sites on one day."""

    on: dt.date
    lines: int


@dataclass(frozen=True)
class RuleInForce:
    """A suppression that covers the day, with how many of its findings it keeps quiet."""

    rule: Suppression
    findings: int


@dataclass(frozen=True)
class Explained:
    """Accesses to personal data that a reason on record explains, by where that is from."""

    source: str
    accesses: int


@dataclass(frozen=True)
class LostContext:
    """A source of reasons on record that the day's detection could not use."""

    name: str
    source: str


@dataclass(frozen=True)
class FailedSource:
    """A source of which not everything came that may hold lines of the day.

    `sites` are the entries of the settings that it serves, `message` says what did not come; it is
    None where nothing was fetched since the day's end.
    """

    source: str
    sites: tuple[str, ...]
    message: str | None


@dataclass(frozen=True)
class Learning:
    """Sites whose past is too short to judge by it how much somebody saw, until a day."""

    sites: int
    until: dt.date


@dataclass(frozen=True)
class Intake:
    """How the reading of logs went: its last run, and whether one ended well after the day's end.

    Without any run nothing is known to have been read.
    """

    last: StageRun | None = None
    is_after_day: bool = False

    @property
    def is_complete(self) -> bool:
        """True when logs were read after the day's end, and the last time without a failure."""
        return self.is_after_day and (self.last is None or self.last.done)


@dataclass(frozen=True)
class FailedDetector:
    """A detector or rule that ended early, or was not run: on these sites, None for all."""

    name: str
    sites: tuple[str, ...] | None = None


@dataclass(frozen=True)
class DayFacts:
    """Everything that the report of one day shows, in the order in which it is shown.

    `failed_detectors` could not be run for the day, or were not, `changed_detectors` ran otherwise
    than they are shipped; of `uncounted_sites` lines were read that the day's aggregates, and so
    the detectors, do not have. `reach` says of a day without a finding to look at what could have
    been found; None on other days, and where nothing was examined. `learning` stands where a tenth
    of the accesses to personal data, or more, are on sites with too short a past.
    """

    on: dt.date
    findings: tuple[Finding, ...]
    user_types: dict[str, str]
    sites: tuple[SiteDay, ...]
    rejects: tuple[RejectCount, ...]
    browsers: tuple[Share, ...]
    bots: tuple[Share, ...]
    countries: tuple[Share, ...]
    history: tuple[DayLines, ...]
    received_at: dt.datetime | None
    lines_since_last_report: int
    last_report_at: dt.datetime | None
    check_failures: tuple[CheckFailure, ...] = ()
    check_counts: tuple[CheckCount, ...] = ()
    readings: tuple[Reading, ...] = ()
    readings_total: int = 0
    unreadable: tuple[Reading, ...] = ()
    stages: tuple[StageRun, ...] = ()
    incidents: tuple[Incident, ...] = ()
    rules: tuple[RuleInForce, ...] = ()
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    precisions: Mapping[str, Precision] = field(default_factory=dict)
    explained: tuple[Explained, ...] = ()
    services: ServiceUse = field(default_factory=ServiceUse)
    lost_context: tuple[LostContext, ...] = ()
    failed_detectors: tuple[FailedDetector, ...] = ()
    changed_detectors: tuple[Changed, ...] = ()
    blind_sites: tuple[BlindSite, ...] = ()
    closed_sites: tuple[ClosedSite, ...] = ()
    limits_passed: tuple[LimitPassed, ...] = ()
    failed_sources: tuple[FailedSource, ...] = ()
    uncounted_sites: tuple[str, ...] = ()
    intake: Intake = Intake()
    watch: Watch | None = None
    cases: DayCases = field(default_factory=DayCases)
    ai_agents: tuple[AiAgentDay, ...] | None = ()
    reach: Reach | None = None
    learning: Learning | None = None

    @cached_property
    def urgent(self) -> tuple[Finding, ...]:
        """Open findings above low, the riskiest first."""
        return tuple(
            finding
            for finding in self.findings
            if finding.severity.needs_a_look and finding.status in OPEN_STATUSES
        )

    @cached_property
    def earlier_cases(self) -> tuple[Case, ...]:
        """Cases that need a look, without one of the day's own: the oldest first."""
        today = {one.case_id for one in self.urgent}
        today |= {one.case_id for one in self.cases.as_a_whole}
        older = [one for one in self.cases.shown if one.case_id not in today]
        return tuple(sorted(older, key=lambda one: (one.opened_on or one.on, one.case_id)))

    @cached_property
    def unsettled_cases(self) -> tuple[Case, ...]:
        """Of these, those of `high` or more that nobody has, or that are past their due date."""
        return tuple(one for one in self.earlier_cases if one.is_unsettled)

    @cached_property
    def below(self) -> tuple[Finding, ...]:
        """Open findings for which the night's budget had no place, the riskiest first."""
        return tuple(
            finding
            for finding in self.findings
            if finding.is_over_budget and finding.status in OPEN_STATUSES
        )

    @cached_property
    def others(self) -> tuple[Finding, ...]:
        """Findings that ask for nothing now: low and info, closed and suppressed."""
        shown = {finding.finding_id for finding in (*self.urgent, *self.below)}
        return tuple(finding for finding in self.findings if finding.finding_id not in shown)

    def open_of(self, severity: Severity) -> int:
        """Return how many open findings have this severity."""
        return sum(
            finding.severity is severity and finding.status in OPEN_STATUSES
            for finding in self.findings
        )

    def site_name(self, site_id: str | None) -> str | None:
        """Return the name of a site by the roster; None where it has none."""
        return self._site_names.get(site_id or "")

    @cached_property
    def _site_names(self) -> dict[str, str | None]:
        closed = {site.site_id: site.name for site in self.closed_sites}
        return closed | {site.site_id: site.name for site in self.sites}

    @cached_property
    def expected_sites(self) -> tuple[SiteDay, ...]:
        """Sites of which lines should have come in."""
        return tuple(site for site in self.sites if site.expected)

    @cached_property
    def missing_sites(self) -> tuple[SiteDay, ...]:
        """Sites of which no line came in where some should have."""
        return tuple(site for site in self.sites if site.missing)

    @cached_property
    def unread_sites(self) -> tuple[SiteDay, ...]:
        """Sites whose lines were all rejected: something came in, and nothing could be read."""
        return tuple(site for site in self.sites if site.lines and not site.records)

    @cached_property
    def unlisted_sites(self) -> tuple[SiteDay, ...]:
        """Sites that sent lines and were not expected to, as those that were closed before."""
        return tuple(site for site in self.sites if site.state == "unlisted")

    def is_outdated(self, run: StageRun) -> bool:
        """Return whether lines of the day were read after a run of a stage had begun."""
        return self.received_at is not None and run.started_at < self.received_at

    @property
    def lines(self) -> int:
        """Lines of the day, all sites."""
        return sum(site.lines for site in self.sites)

    @property
    def records(self) -> int:
        """Records of the day, all sites."""
        return sum(site.records for site in self.sites)

    @property
    def personal_accesses(self) -> int:
        """Accesses to personal data of the day, all sites."""
        return sum(site.personal_accesses for site in self.sites)

    @property
    def rejected(self) -> int:
        """Rejected lines of the day, all sites."""
        return sum(site.rejects for site in self.sites)

    @property
    def checks_judged(self) -> int:
        """Data-quality checks made, each counted once for all sites."""
        return len(self.check_counts)

    @property
    def checks_failed(self) -> int:
        """Data-quality checks that a site or the day did not pass."""
        return sum(count.failed > 0 for count in self.check_counts)

    @property
    def data_until(self) -> dt.datetime | None:
        """The last record's instant."""
        return max((site.last_time for site in self.sites if site.last_time), default=None)

    def stage(self, name: str) -> StageRun | None:
        """Return the last run of a stage for the day, if there was any."""
        return next((run for run in self.stages if run.stage == name), None)
