"""The shapes between the lake's queries and the parts of the page that look closer."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pipelines.triage.decisions import Decision

FEWEST_PEERS = 5
FEWEST_DAYS = 5
"""As `lake.who_looked` has them, which compares (`sql/functions/who_looked.sql`)."""


class Compared(StrEnum):
    """How a user's day stands to the own past and to the peers, by `lake.who_looked`."""

    FAR_MORE = "far_more"
    MORE = "more"
    AS_PEERS = "as_peers"
    AS_BEFORE = "as_before"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Spread:
    """What a number of values have in the middle, what nine of ten keep within, and the highest."""

    count: int
    median: float
    high: float
    highest: float


@dataclass(frozen=True)
class UserDay:
    """What a user saw of personal data at a site on the day; instants are aware.

    `subjects` are distinct people in single records, `accesses` records, lists and exports
    together. `usual` and `most_before` are of `subjects` on the `past_days` with use. `peers` are
    the other users of that type who saw personal data on that day, by `subjects`: at the site,
    or at all sites of its group where those are too few (`is_near` is False). `peer_accesses` are
    the same by `accesses`; both None where there is no such user.
    """

    user_id: str
    user_type: str | None
    site_id: str
    subjects: int
    accesses: int
    lists: int
    exports: int
    refused: int
    first_time: dt.datetime | None
    last_time: dt.datetime | None
    past_days: int
    usual: float | None
    most_before: float | None
    compared: Compared
    is_near: bool
    peers: Spread | None
    peer_accesses: Spread | None

    @property
    def has_past(self) -> bool:
        """True with enough days of the own past to compare with."""
        return self.past_days >= FEWEST_DAYS

    @property
    def has_peers(self) -> bool:
        """True with enough peers to compare with."""
        return self.peers is not None and self.peers.count >= FEWEST_PEERS


@dataclass(frozen=True)
class Sample:
    """Some of many: the first of `total`."""

    values: tuple[str, ...]
    total: int


@dataclass(frozen=True)
class Hour:
    """An hour of the day, 0 to 23: requests, accesses to personal data, answers of 4xx."""

    hour: int
    requests: int
    accesses: int
    refused: int


@dataclass(frozen=True)
class Touched:
    """A resource that an actor asked for; `people` are distinct subjects seen."""

    site_id: str
    resource_id: str
    kind: str | None
    level: int
    accesses: int
    people: int
    refused: int


@dataclass(frozen=True)
class Source:
    """A network or a browser that an actor used.

    `user_id` is whose it is, None where a line names nobody. `past_days` are the days on which
    that user had it before, `is_known` whether that is enough to be usual; `is_known` is None
    where there is no past to look in.
    """

    user_id: str | None
    name: tuple[str | None, ...]
    examples: Sample
    requests: int
    past_days: int
    is_known: bool | None


@dataclass(frozen=True)
class CloseUp:
    """The day of an incident's actors by their own lines; instants are aware."""

    first_time: dt.datetime
    last_time: dt.datetime
    requests: int
    accesses: int
    refused: int
    people: Sample
    hours: tuple[Hour, ...]
    touched: tuple[Touched, ...]
    touched_cut: int
    networks: tuple[Source, ...]
    networks_cut: int
    browsers: tuple[Source, ...]
    browsers_cut: int


@dataclass(frozen=True)
class PastFinding:
    """A finding of an earlier day that is like one of the incident."""

    finding_id: str
    on: dt.date
    detector: str
    severity: str
    actor: str
    site_id: str | None
    status: str
    is_same_actor: bool


@dataclass(frozen=True)
class Past:
    """What is like an incident in the days before: examples, and how all of them came out.

    `outcomes` counts by verdict where there is one, else by status.
    """

    findings: tuple[PastFinding, ...]
    total: int
    outcomes: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Access:
    """Who saw personal data, each with examples, and the whole.

    `users` are those of a finding, then those who saw far more than usual, of whom there are
    `far_more`, then those with most people. `elsewhere` are their accesses to what is no record,
    list or export; `anonymous` those of nobody who was logged in; `bots` are among all of these.
    """

    users: tuple[UserDay, ...]
    far_more: int
    samples: Mapping[tuple[str, str], Sample]
    users_total: int
    by_type: tuple[tuple[str | None, int, int], ...]
    elsewhere: int
    anonymous: int
    bots: int


@dataclass(frozen=True)
class TrendDay:
    """The sums of one day over all sites; `findings` are those that asked for a look."""

    on: dt.date
    lines: int
    personal_accesses: int
    login_failures: int
    client_errors: int
    server_errors: int
    findings: int


@dataclass(frozen=True)
class Reviewed:
    """A decision and the finding that it is about, as far as the lake still has it."""

    decision: Decision
    on: dt.date
    detector: str
    actor: str
    site_id: str | None


@dataclass(frozen=True)
class Review:
    """Decisions of the time up to the report, the newest first, and what still waits."""

    decisions: tuple[Reviewed, ...] = ()
    total: int = 0
    asked: int = 0
    still_open: int = 0


_NOTHING = Access((), 0, {}, 0, (), 0, 0, 0)


@dataclass(frozen=True)
class Detail:
    """All that is told beyond findings; empty where only findings are wanted."""

    access: Access = _NOTHING
    standings: Mapping[tuple[str, str], UserDay] = field(default_factory=dict)
    close_ups: Mapping[str, CloseUp] = field(default_factory=dict)
    pasts: Mapping[str, Past] = field(default_factory=dict)
    past_decisions: Mapping[str, Decision] = field(default_factory=dict)
    trend: Sequence[TrendDay] = ()
    review: Review = Review()
