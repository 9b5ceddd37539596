"""A world in the making: what incidents and decoys add to its ordinary days."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from evaluate.desk import HOUR, midnight
from evaluate.dice import Dice
from evaluate.people import Crowd, Customer, Person
from evaluate.request import NOBODY, Request
from evaluate.season import Season
from evaluate.shape import Shape, Site
from evaluate.truth import Actor, Decoy, Incident, Level


@dataclass(frozen=True)
class Span:
    """Part of a day of a site, with the share of lines that it touches."""

    site: str
    begins: float
    ends: float
    share: float
    mark: int


@dataclass
class Effects:
    """Changes to ordinary days: how much people work, and what befalls lines and files."""

    work: dict[tuple[str, dt.date], tuple[float, int]] = field(default_factory=dict)
    late: dict[tuple[str, dt.date], float] = field(default_factory=dict)
    away: set[tuple[str, dt.date]] = field(default_factory=set)
    exports: dict[tuple[str, dt.date], int] = field(default_factory=dict)
    closed: set[tuple[str, dt.date]] = field(default_factory=set)  # shops: nobody works
    lost: list[Span] = field(default_factory=list)
    failing: list[Span] = field(default_factory=list)
    broken: dict[tuple[str, dt.date], Span] = field(default_factory=dict)
    skewed: dict[tuple[str, dt.date], Span] = field(default_factory=dict)  # share: seconds
    copied: dict[tuple[str, dt.date], Span] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """An entry of one of the tables of reasons on record; cells by column."""

    table: str
    cells: dict[str, str]


@dataclass(frozen=True)
class Watched:
    """A subject of whose data somebody is to hear; `user` may look, or for a relation may not."""

    subject: int
    kind: str
    user: str


@dataclass
class Scene:
    """The world, and what is put into it; people who are in something are in nothing else."""

    shape: Shape
    season: Season
    people: Crowd
    level: Level
    added: dict[dt.date, list[Request]] = field(default_factory=lambda: defaultdict(list))
    effects: Effects = field(default_factory=Effects)
    incidents: list[Incident] = field(default_factory=list)
    decoys: list[Decoy] = field(default_factory=list)
    standing: list[Actor] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    watched: list[Watched] = field(default_factory=list)
    clean: frozenset[dt.date] = frozenset()  # days on which nothing may happen
    used: set[str] = field(default_factory=set)
    taken: set[tuple[str, dt.date]] = field(default_factory=set)  # sites with something wrong
    peopled: set[tuple[str, dt.date]] = field(default_factory=set)  # sites with an incident

    def dice(self, *names: object) -> Dice:
        """Return the random numbers of one incident or decoy."""
        return Dice(self.shape.seed, self.level.value, *names)

    def explain(
        self, table: str, begins: dt.date, ends: dt.date, reason: str, **cells: str
    ) -> None:
        """Put a reason on record, for worlds that have such records."""
        days = {"from": str(begins), "to": str(ends), "reason": reason}
        self.reasons.append(Reason(table, {**cells, **days}))

    def hour(self, on: dt.date, hour: float) -> float:
        """Return the instant of an hour of a day."""
        return midnight(self.shape, on) + hour * HOUR

    def add(self, on: dt.date, requests: Iterable[Request]) -> None:
        """Put requests into the log of a day (and the next, where they run past midnight)."""
        tomorrow = midnight(self.shape, on + dt.timedelta(days=1))
        for request in requests:
            late = request.at >= tomorrow
            self.added[on + dt.timedelta(days=1) if late else on].append(request)

    def worker(
        self, dice: Dice, on: dt.date | None,
        suits: Callable[[Person], bool] = lambda _: True, among: Sequence[Person] = (),
        *, works: bool = True,
    ) -> Person | None:  # fmt: skip
        """Return somebody who works that day and is in nothing else yet; None without any.

        Without a day anybody will do; with `works` false also who is off that day. Nobody whose
        site has something wrong that day.
        """
        found = [
            one for one in among or self.people.workers
            if one.user not in self.used and suits(one)
            and (on is None or self._is_free(one.site, on))
            and (on is None or not works or self.can_work(one, on))
        ]  # fmt: skip
        if not found:
            return None
        person = dice.choice(found)
        self.used.add(person.user)
        if on is not None:
            self.peopled.add((person.site.id, on))
        return person

    def _is_free(self, site: Site, on: dt.date) -> bool:
        around = [on + dt.timedelta(days=days) for days in (-1, 0, 1)]
        return not any((site.id, day) in self.taken for day in around)

    def can_work(self, person: Person, on: dt.date) -> bool:
        """Whether it is one of a person's days, not their first weeks, and nothing is closed."""
        settled = (on - person.from_day).days > 14  # noqa: PLR2004 - two weeks
        off = self.season.is_day_off(on) and person.keeps_holidays
        return (
            settled and person.works_on(on) and not off
            and (person.changed_on is None or on < person.changed_on)
            and (person.site.id, on) not in self.effects.closed
        )  # fmt: skip

    def customer(self, dice: Dice) -> Customer:
        """Return a customer who is in nothing else yet."""
        found = [one for one in self.people.customers if one.user not in self.used]
        customer = dice.choice(found)
        self.used.add(customer.user)
        return customer

    def site(
        self, dice: Dice, on: dt.date, sites: Sequence[Site], *, whole: bool = False
    ) -> Site | None:
        """Return a site about which nothing is wrong that day or the days around it.

        With `whole` the site is to be itself what is wrong, so that nobody's doings may be there.
        """
        found = [one for one in sites if self._is_free(one, on)
                 and not (whole and (one.id, on) in self.peopled)]  # fmt: skip
        if not found:
            return None
        site = dice.choice(found)
        (self.taken if whole else self.peopled).add((site.id, on))
        return site

    def busy(self, person: Person, on: dt.date, factor: float, mark: int = NOBODY) -> None:
        """Let a person read so many times their ordinary day."""
        self.effects.work[person.user, on] = (factor, mark)
