"""What a search finds: figures by day and hour, who, whose data, from where, and the lines."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipelines.search.question import Question

Compared = Literal["far_more", "more", "as_before", "unknown"]


@dataclass(frozen=True)
class Count:
    """Requests, and accesses to personal data among them."""

    lines: int = 0
    accesses: int = 0

    def __add__(self, other: "Count") -> "Count":
        """Return the sum."""
        return Count(self.lines + other.lines, self.accesses + other.accesses)


@dataclass(frozen=True)
class Habit:
    """How many people's records an account saw a day, before the days asked for and in them.

    `usual` is the median and `most_before` the highest of its `past_days`, those of the
    `USUAL_DAYS` before on which it was at work, whether it saw anybody or not; None without such a
    day. `most` is the highest of the days asked for. `bulk_before` and `bulk` are the most lists
    and exports of a day. `is_whole` is False where a day with accesses has not been aggregated.
    """

    past_days: int = 0
    usual: float | None = None
    most_before: int | None = None
    most: int = 0
    bulk_before: int = 0
    bulk: int = 0
    is_whole: bool = True

    @property
    def compared(self) -> Compared:
        """How the busiest day compares with the account's own past.

        By the rule of `lake.who_looked` for the own past: nothing is said with fewer than five
        days, and ten people or fewer are never far more. More lists and exports than on any day
        before are more too. What no day counts is never called as before.
        """
        if self.most_before is None or self.past_days < LEAST_PAST_DAYS:
            return "unknown"
        if self.most > max(FEW_PEOPLE, FAR_MORE * self.most_before):
            return "far_more"
        if self.most > self.most_before or self.bulk > self.bulk_before:
            return "more"
        return "as_before" if self.is_whole and (self.most or self.bulk) else "unknown"


USUAL_DAYS = 34
LEAST_PAST_DAYS = 5
FEW_PEOPLE = 10
FAR_MORE = 2


@dataclass(frozen=True)
class OpenCase:
    """An account or an address, and how many of its findings of any day are open, in which case.

    `has_accesses` is True where it saw personal data. `confirmed` counts those that were closed as
    true, `confirmed_at` and `confirmed_by` say when and by whom last.
    """

    name: str
    open_findings: int = 0
    case_id: str | None = None
    has_accesses: bool = False
    confirmed: int = 0
    confirmed_at: dt.datetime | None = None
    confirmed_by: str | None = None


@dataclass(frozen=True)
class Party:
    """An account, a person whose data were seen, or an address: what it has to do with the lines.

    `people` counts the persons whose data were seen. `kind` is the type of a user, or the country
    of an address; `note` is a person's name and department, or who runs the network. `before`
    counts the days before those asked for on which it saw personal data among the lines that can be
    found, None where none can; `is_new` is True where all can and there was none. `origins`
    are the addresses from which most of it came, and `origins_cut` counts the others.
    """

    name: str | None
    kind: str | None
    note: str
    count: Count
    days: int
    people: int
    sites: tuple[str, ...]
    first_time: dt.datetime
    last_time: dt.datetime
    before: int | None = None
    habit: Habit | None = None
    case: OpenCase | None = None
    is_new: bool = False
    origins: tuple[OpenCase, ...] = ()
    origins_cut: int = 0

    @property
    def open_findings(self) -> int:
        """How many of its findings are open."""
        return self.case.open_findings if self.case else 0

    @property
    def confirmed(self) -> int:
        """How many of them were closed as true."""
        return self.case.confirmed if self.case else 0


@dataclass(frozen=True)
class Parties:
    """The parties with most accesses and lines, and how many more there are."""

    shown: tuple[Party, ...] = ()
    cut: int = 0

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.shown) + self.cut


@dataclass(frozen=True)
class Found:
    """A finding that the question is about; `case_id` as the role may see it."""

    finding_id: str
    case_id: str | None
    on: dt.date
    detector: str
    severity: str
    site_id: str | None
    actor_kind: str
    actor: str | None
    first_seen: dt.datetime
    last_seen: dt.datetime
    events: int
    people: int
    status: str


@dataclass(frozen=True)
class Line:
    """One request; what the role's data do not have is None."""

    time: dt.datetime
    site_id: str
    user_id: str | None
    user_type: str | None
    is_credited: bool
    address: str | None
    country: str | None
    method: str | None
    url_path: str | None
    status: int | None
    bytes: int | None
    resource_id: str | None
    resource_kind: str | None
    data_level: int | None
    subject_id: str | None
    session_id: str | None
    browser: str | None
    file_id: int | None
    line_no: int | None


@dataclass(frozen=True)
class Answer:
    """All that a page shows of a question; `days` and `hours` begin `PAST_DAYS` before it.

    `past_from` is the first of the `PAST_DAYS` whose lines can be found, None where none can;
    `users_before` counts the accounts that saw personal data from there on. `open_cases` are those
    of all accounts and addresses of the lines, shown or not. `read_until` is the last day of which
    there are any logs, None where that is not known. `lines` are those of
    one page, the newest first. `people` are accounts among which the asker
    has to choose, where a name is that of several persons; then nothing else is there.
    """

    question: Question
    days: Mapping[dt.date, Count] = field(default_factory=dict)
    hours: Mapping[int, Count] = field(default_factory=dict)
    past_hours: Mapping[int, Count] = field(default_factory=dict)
    refused: int = 0
    accounts: Parties = Parties()
    subjects: Parties = Parties()
    origins: Parties = Parties()
    findings: tuple[Found, ...] = ()
    findings_cut: int = 0
    lines: tuple[Line, ...] = ()
    people: tuple[tuple[str, str], ...] = ()
    has_more_people: bool = False
    past_from: dt.date | None = None
    users_before: int = 0
    open_cases: tuple[OpenCase, ...] = ()
    read_until: dt.date | None = None

    @property
    def shown(self) -> int:
        """How many rows of it a page shows: lines, findings, parties, persons to choose from."""
        parties = (self.accounts, self.subjects, self.origins)
        rows = len(self.lines) + len(self.findings) + len(self.people)
        return rows + sum(len(one.shown) for one in parties)

    @property
    def total(self) -> Count:
        """All lines of the days asked for."""
        asked = self.question
        found = (one for on, one in self.days.items() if asked.first <= on <= asked.last)
        return sum(found, Count())

    @property
    def last_read(self) -> dt.date:
        """The last of the days asked for whose logs may have been read."""
        last = self.question.last
        # Lines of a day that no nightly run has counted yet are read all the same.
        return last if self.read_until is None else min(last, max([self.read_until, *self.days]))

    @property
    def days_read(self) -> int:
        """How many of the days asked for may have been read."""
        return max((self.last_read - self.question.first).days + 1, 0)

    @property
    def past_days(self) -> int:
        """How many of the days before have lines that can be found."""
        return 0 if self.past_from is None else (self.question.first - self.past_from).days

    @property
    def total_before(self) -> Count:
        """Those of the days before."""
        return sum((one for on, one in self.days.items() if on < self.question.first), Count())


PAST_DAYS = 28
"""Days before the question whose lines are counted beside it: four of each weekday."""
