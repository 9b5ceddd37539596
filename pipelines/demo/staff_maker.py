"""Hiring: makes the crew of a site, with ids, addresses, browsers and habits of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.demo import agents, places
from pipelines.demo.columns import Bools, Floats, Ints
from pipelines.demo.ids import Names
from pipelines.demo.staff import Crew, Rhythm
from pipelines.settings.model import BusinessHours, UserKind

OFFICE_SEATS = 40  # people behind one address
_CONTRACTORS = 0.08
_ABROAD_EVERY = 5  # of the contractors, so many work from another country
_REMOTE_WORKERS = 0.4
_LATE_SHIFT = 0.03
_SATURDAY_PEOPLE = 0.6  # of a shop that opens on Saturdays
_ADMINS = 2
_BUSIEST = 4.5
_PACE_SPREAD = 0.4  # of people among each other, in logarithms
_CREW_WITH_A_BUSIEST = 10
_SHIFT_HOURS = 9.0


@dataclass
class Directory:
    """The growing lists of users and addresses, where a person is a number."""

    users: list[str]
    addresses: list[str]

    def user(self, name: str) -> int:
        """Add a user and return its number."""
        self.users.append(name)
        return len(self.users) - 1

    def settle(self, addresses: Sequence[str]) -> Ints:
        """Add addresses and return their numbers."""
        first = len(self.addresses)
        self.addresses.extend(addresses)
        return np.arange(first, len(self.addresses))

    def settle_unused(self, rng: np.random.Generator, networks: Sequence[str], count: int) -> Ints:
        """Add `count` addresses of `networks` that nobody has yet and return their numbers."""
        taken = set(self.addresses)
        fresh: dict[str, None] = {}
        while len(fresh) < count:
            fresh.update(
                dict.fromkeys(a for a in places.draw(rng, networks, count) if a not in taken)
            )
        return self.settle(list(fresh)[:count])


@dataclass(frozen=True)
class Vacancy:
    """What a site needs: how many people of which type, and how much each of them does."""

    kind: UserKind
    people: int
    cases: float
    rhythm: Rhythm
    groups: dict[str, str]  # the franchise, where the shop's users carry it in their id
    open_saturdays: bool


class Hiring:
    """Fills vacancies with people who are somebody: an id, a home, a browser, a pace."""

    def __init__(
        self,
        hours: BusinessHours,
        names: Names,
        directory: Directory,
        rng: np.random.Generator,
    ) -> None:
        """Hire into `directory`, within the business `hours`."""
        self._hours = hours
        self._names = names
        self._directory = directory
        self._rng = rng
        self._last_number = 1000

    def kind_for(self, *, shop: bool) -> UserKind | None:
        """Return the type of user that works on such a site, None when the settings know none."""
        wanted: tuple[UserKind, ...] = ("staff", "contractor")
        if shop:
            wanted = ("franchise", *wanted)
        return next((kind for kind in wanted if self._names.has(kind)), None)

    def hire(self, vacancy: Vacancy) -> Crew:
        """Return the crew that fills `vacancy`."""
        rng, people = self._rng, vacancy.people
        outsiders = 0
        if vacancy.kind == "staff" and self._names.has("contractor"):
            outsiders = int(people * _CONTRACTORS)
        own = np.arange(people) < people - outsiders
        abroad = np.zeros(people, dtype=bool)
        if outsiders:
            abroad[people - max(1, outsiders // _ABROAD_EVERY) :] = True
        office, home = self._addresses(own, abroad)
        busiest = np.zeros(people, dtype=bool)
        busiest[int(rng.integers(people - outsiders))] = people >= _CREW_WITH_A_BUSIEST
        begins, ends = _shifts(self._hours, people, rng)
        return Crew(
            rhythm=vacancy.rhythm,
            user=self._users(vacancy, own),
            own=own & (vacancy.kind != "contractor"),
            office=office,
            home=home,
            remote=np.where(
                rng.random(people) < _REMOTE_WORKERS, rng.uniform(0.1, 0.5, people), 0.0
            ),
            agent=work_agents(rng, people),
            cases=vacancy.cases
            * rng.lognormal(-(_PACE_SPREAD**2) / 2, _PACE_SPREAD, people)
            * np.where(busiest, _BUSIEST, 1.0),
            begins=begins,
            ends=ends,
            saturdays=np.full(people, vacancy.open_saturdays)
            & (rng.random(people) < _SATURDAY_PEOPLE),
            turn=rng.permutation(people),
            admin=np.arange(people) < _ADMINS,
            abroad=abroad,
            busiest=busiest,
        )

    def _users(self, vacancy: Vacancy, own: Bools) -> Ints:
        users = []
        for mine in own.tolist():
            self._last_number += int(self._rng.integers(1, 9))
            kind: UserKind = vacancy.kind if mine else "contractor"
            groups = {
                name: value
                for name, value in vacancy.groups.items()
                if mine and self._names.has_group(name)
            }
            users.append(self._directory.user(self._names.make(kind, self._last_number, groups)))
        return np.array(users, dtype=np.int64)

    def _addresses(self, own: Bools, abroad: Bools) -> tuple[Ints, Ints]:
        """Everybody's office and home; a vendor has one office in Japan and one abroad."""
        people = len(own)
        draw, settle = places.draw, self._directory.settle
        seats = np.arange(people) // OFFICE_SEATS
        offices = settle(draw(self._rng, places.JAPAN_OFFICE, int(seats[-1]) + 1))
        vendor = settle(draw(self._rng, places.JAPAN_OFFICE, 1))
        far = settle(draw(self._rng, places.ABROAD["VN"], 1))
        homes = settle(draw(self._rng, places.JAPAN_HOME, people))
        office = np.where(own, offices[seats], np.where(abroad, far[0], vendor[0]))
        return office, np.where(abroad, far[0], homes)


def work_agents(rng: np.random.Generator, count: int) -> Ints:
    """Return numbers of agents of PEOPLE as people at work use them."""
    return _agents(rng, count, np.array([agent.work for agent in agents.PEOPLE]))


def public_agents(rng: np.random.Generator, count: int) -> Ints:
    """Return numbers of agents of PEOPLE as visitors and customers use them."""
    return _agents(rng, count, np.array([agent.public for agent in agents.PEOPLE]))


def _agents(rng: np.random.Generator, count: int, weights: Floats) -> Ints:
    return rng.choice(len(weights), size=count, p=weights / weights.sum()).astype(np.int64)


def _shifts(hours: BusinessHours, people: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Shifts within the business hours, and for a few a habitual late one that runs over."""
    opens, closes = (clock.hour + clock.minute / 60 for clock in (hours.from_, hours.to))
    length = min(_SHIFT_HOURS, closes - opens)
    begins = np.minimum(opens + rng.choice([0.5, 1.0, 1.0, 1.0, 1.5, 2.0], people), closes - length)
    late: Bools = rng.random(people) < _LATE_SHIFT
    run_over = min(1.5, 23.5 - closes)
    if run_over > 0:
        begins = np.where(late, closes + run_over - length, begins)
    return begins, begins + length
