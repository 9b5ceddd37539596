"""What the lake says about an incident: values only, no words and no law."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.detect.changed import Changed
from pipelines.triage.decisions import Decision
from pipelines.worksheet.choose import Chosen


@dataclass(frozen=True)
class Taken:
    """What one resource of a site gave to the incident's actors; `bytes` of answer bodies."""

    site_id: str
    resource_id: str
    kind: str
    level: int
    categories: tuple[str, ...]
    accesses: int
    with_body: int
    subjects: int
    bytes: int
    without_size: int
    first_at: dt.datetime
    last_at: dt.datetime


@dataclass(frozen=True)
class Taker:
    """One user at one address, as the lines name them; None where they name nobody."""

    user_id: str | None
    user_type: str | None
    client_ip: str | None
    country: str | None
    as_org: str | None
    browsers: Sequence[str]
    sessions: int
    requests: int
    accesses: int
    refused: int
    credited: int
    first_at: dt.datetime
    last_at: dt.datetime


@dataclass(frozen=True)
class Burst:
    """Lines of one kind within an hour: accesses, log-ins or refusals."""

    what: str
    site_id: str
    resource_id: str | None
    actor: str | None
    lines: int
    subjects: int
    bytes: int
    first_at: dt.datetime
    last_at: dt.datetime


@dataclass(frozen=True)
class Reach:
    """Counts that the estimate of people rests on; see `people`.

    `sure` cannot count one person twice, `likely` takes equal numbers within one party for one
    person, `most` takes each number of each page for another person. `export_bytes` (of
    exports) and `bulk_bytes` (of lists too) take the largest answer of each address.
    """

    sure: int
    likely: int
    most: int
    export_bytes: int
    bulk_bytes: int
    bulk_answers: int
    bulk_without_size: int


@dataclass(frozen=True)
class SiteCover:
    """How complete the logs of a site are on a day: records by hour (0 to 23), and the doubts."""

    on: dt.date
    site_id: str
    hours: tuple[int, ...]
    rejects: int
    gaps: int
    unreadable: int
    checks_failed: int
    has_later_lines: bool

    @property
    def empty_hours(self) -> tuple[int, ...]:
        """Hours without one record: nobody came, or lines are missing; logs cannot tell."""
        return tuple(hour for hour, records in enumerate(self.hours) if not records)

    @property
    def is_gapless(self) -> bool:
        """True where nothing speaks against the logs of the whole day."""
        doubts = (self.rejects, self.gaps, self.unreadable, self.checks_failed)
        return not self.empty_hours and not any(doubts) and self.has_later_lines


@dataclass(frozen=True)
class DayReach:
    """How many people's numbers the actors opened on a day of a case.

    Each number once within a party. `new` are those that they had opened on none of its days
    before.
    """

    on: dt.date
    accesses: int
    people: int
    new: int


@dataclass(frozen=True)
class OtherDay:
    """What the same users and addresses got at on another day."""

    on: dt.date
    accesses: int
    subjects: int


@dataclass(frozen=True)
class Eea:
    """Traces of the European Economic Area.

    `people` of the `people_seen` among those affected were seen as customers from there within
    `days` days before; `has_countries` is false where no line of the incident has a country.
    """

    days: int
    people: int
    people_seen: int
    actor_countries: tuple[str, ...]
    has_countries: bool


@dataclass(frozen=True)
class Facts:
    """Everything the worksheet is made of."""

    chosen: Chosen
    told_at: dt.datetime
    taken: tuple[Taken, ...]
    takers: tuple[Taker, ...]
    bursts: tuple[Burst, ...]
    reach: Reach
    by_day: tuple[DayReach, ...]
    sites: tuple[SiteCover, ...]
    silent_sites: int
    other_days: tuple[OtherDay, ...]
    looked_back_days: int
    eea: Eea
    decisions: Mapping[str, tuple[Decision, ...]]
    masked: tuple[str, ...]
    changed: tuple[Changed, ...] = ()

    @property
    def on(self) -> dt.date:
        """The day of the incident in the configured zone, of a case its last."""
        return self.chosen.incident.date

    @property
    def categories(self) -> tuple[str, ...]:
        """Categories of all that was given, each once."""
        return tuple(dict.fromkeys(name for one in self.taken for name in one.categories))

    @property
    def is_complete(self) -> bool:
        """True where nothing speaks against the logs of its sites on its days."""
        return bool(self.sites) and all(site.is_gapless for site in self.sites)
