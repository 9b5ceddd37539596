"""What goes wrong: the requests that each kind of incident leaves in a log.

Each function makes the lines of one planned incident on its day; nothing here counts, and nothing
here knows a threshold of a detector.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

import numpy as np

from pipelines.demo import agents
from pipelines.demo.columns import Bools, Floats, Requests, joined, requests
from pipelines.demo.days import HOUR, Day
from pipelines.demo.login import Arrivals, log_in
from pipelines.demo.pages import Gap, PageKind
from pipelines.demo.staff import Crew
from pipelines.demo.staff_day import Cases, look_up
from pipelines.demo.world import SiteWorld, World, first_agent
from pipelines.text.messages import message


class Kind(StrEnum):
    """The kinds of incident, by the id of the detector that ought to find them."""

    BULK = "bulk-record-access"
    OFF_HOURS = "off-hours-access"
    NEW_LOCATION = "new-location-access"
    BRUTE_FORCE = "brute-force"
    INJECTION = "sql-injection"
    GAP = "log-gap"
    NO_RIGHT = "access-without-right"


@dataclass(frozen=True)
class Incident:
    """One planned incident: its kind, its day and site, and who or what is behind it."""

    kind: Kind
    day: Day
    site: SiteWorld
    number: int  # among all incidents; seeds its details
    person: int | None = None  # row of the crew
    visitors: Crew | None = None  # the person's crew, where it is not the site's
    address: int | None = None  # World.addresses
    begins: float = 0.0  # hours
    ends: float = 0.0

    @property
    def crew(self) -> Crew | None:
        """The crew that the person belongs to."""
        return self.visitors or self.site.crew

    @property
    def actor_kind(self) -> str:
        """Tell what the actor is: a user, an address or the site."""
        if self.person is not None:
            return "user"
        return "site" if self.address is None else "ip"

    def actor(self, world: World) -> str:
        """Return the user id, the address or the site id behind the incident."""
        if self.person is not None and self.crew is not None:
            return world.users[int(self.crew.user[self.person])]
        if self.address is not None:
            return world.addresses[self.address]
        return self.site.instance.id


def lines_of(world: World, incident: Incident, mark: int) -> Requests:
    """Return the requests of `incident`, each carrying the number `mark`."""
    rng = world.rng(_INCIDENT, incident.number)
    return _MAKERS[incident.kind](world, incident, mark, rng)


def silenced(incident: Incident, batch: Requests) -> Bools:
    """Return which requests the log still shows; a gap swallows those within it."""
    if incident.kind is not Kind.GAP:
        return np.ones(len(batch), dtype=bool)
    shown: Bools = (batch.second < incident.begins * HOUR) | (batch.second >= incident.ends * HOUR)
    return shown


_INCIDENT = 5  # purpose of the random numbers
_MULTIPLE = (6.0, 9.0)  # of a person's normal day, in a bulk access
_ON_TOP = 60
_SMALL_SHARE = 0.5  # of a person's normal day, read where the place or hour is unusual
_FEWEST = 8
_TRIES = (260, 900)
_INJECTIONS = (45, 140)
_ANSWERS, _ANSWER_SHARES = (200, 302, 403, 404, 500), (0.14, 0.05, 0.38, 0.14, 0.29)


def _bulk(world: World, incident: Incident, mark: int, rng: np.random.Generator) -> Requests:
    """A person reads many times as many customers' pages as on any day before."""
    person = _Person(world, incident)
    count = int(person.cases * rng.uniform(*_MULTIPLE)) + _ON_TOP
    return person.read(rng, count, mark, person.desk)


def _off_hours(world: World, incident: Incident, mark: int, rng: np.random.Generator) -> Requests:
    """In the small hours, when nobody of the shift ever works, somebody logs in and reads."""
    person = _Person(world, incident)
    count = max(_FEWEST, int(person.cases * _SMALL_SHARE))
    return person.enter_and_read(rng, count, mark, person.home)


def _new_location(
    world: World, incident: Incident, mark: int, rng: np.random.Generator
) -> Requests:
    """Somebody logs in with a valid password from a country where the user never was."""
    person = _Person(world, incident)
    country = sorted(world.abroad)[incident.number % len(world.abroad)]
    address = int(rng.choice(world.abroad[country]))
    count = max(_FEWEST, int(person.cases * _SMALL_SHARE))
    return person.enter_and_read(rng, count, mark, address)


def _brute_force(world: World, incident: Incident, mark: int, rng: np.random.Generator) -> Requests:
    """One address tries one password after another on a few accounts; none fits."""
    site = incident.site
    page = site.pages.of(PageKind.LOGIN)[0]
    count = int(rng.integers(*_TRIES))
    accounts = world.guessed
    if site.has_customers:
        accounts = world.customers.user
    elif site.crew is not None:
        accounts = site.crew.user
    victims = rng.choice(accounts, size=min(len(accounts), int(rng.integers(1, 4))), replace=False)
    pace = rng.uniform(1.2, 5.0)
    second = incident.begins * HOUR + np.cumsum(rng.exponential(pace, count))
    return requests(
        second,
        page=page,
        address=_address(incident),
        agent=first_agent(agents.GUESSERS) + incident.number % len(agents.GUESSERS),
        user=np.sort(rng.choice(victims, count)),
        status=site.pages.table[page].refused,
        incident=mark,
    )


def _injection(world: World, incident: Incident, mark: int, rng: np.random.Generator) -> Requests:
    """One address writes database language into parameters; some pages answer all the same."""
    del world
    site = incident.site
    count = int(rng.integers(*_INJECTIONS))
    search = site.pages.of(PageKind.SEARCH)[0]
    with_parameter = [
        number
        for number, page in enumerate(site.pages.table)
        if page.gap is not Gap.NONE and page.before.endswith("=")
    ]
    answers = rng.choice(_ANSWERS, count, p=_ANSWER_SHARES)
    answers[rng.choice(count, 3, replace=False)] = HTTPStatus.OK
    # Only the search is open to all; what needs a log-in never answers with its page.
    page = np.where(answers == HTTPStatus.OK, search, rng.choice(with_parameter, count))
    second = incident.begins * HOUR + np.cumsum(rng.exponential(7.0, count))
    return requests(
        second,
        page=page,
        address=_address(incident),
        agent=first_agent(agents.INJECTORS) + incident.number % len(agents.INJECTORS),
        fill=rng.integers(site.payloads.start, site.payloads.stop, count),
        status=answers,
        incident=mark,
    )


def _gap(world: World, incident: Incident, mark: int, rng: np.random.Generator) -> Requests:
    """Nothing is logged for some hours: no lines at all."""
    del world, incident, mark, rng
    return joined([])


def _no_right(world: World, incident: Incident, mark: int, rng: np.random.Generator) -> Requests:
    """Somebody of another department, from the own desk, reads what they have no right to."""
    person = _Person(world, incident)
    return person.read(rng, _FEWEST, mark, person.desk)


_MAKERS: dict[Kind, Callable[[World, Incident, int, np.random.Generator], Requests]] = {
    Kind.BULK: _bulk,
    Kind.OFF_HOURS: _off_hours,
    Kind.NEW_LOCATION: _new_location,
    Kind.BRUTE_FORCE: _brute_force,
    Kind.INJECTION: _injection,
    Kind.GAP: _gap,
    Kind.NO_RIGHT: _no_right,
}


def _address(incident: Incident) -> int:
    if incident.address is None:
        raise ValueError(message("demo.incidents.no_address", at=incident.kind))
    return incident.address


class _Person:
    """The user behind an incident, with what they may do on the site."""

    def __init__(self, world: World, incident: Incident) -> None:
        crew, row = incident.crew, incident.person
        if crew is None or row is None:
            raise ValueError(message("demo.incidents.no_person", at=incident.kind))
        self._world = world
        self._incident = incident
        self.user = int(crew.user[row])
        self.agent = int(crew.agent[row])
        self.cases = float(crew.cases[row])
        self.desk = int(crew.office[row])
        self.home = int(crew.home[row])

    def read(
        self,
        rng: np.random.Generator,
        count: int,
        mark: int,
        address: int,
        after: float | None = None,
    ) -> Requests:
        """Return the reading of `count` customers in the hours of the incident, none twice."""
        incident, site = self._incident, self._incident.site
        count = min(count, len(site.subjects))
        begins = incident.begins * HOUR if after is None else after + 10
        second = np.sort(rng.uniform(begins, max(begins + 60, incident.ends * HOUR), count))
        chosen = rng.choice(len(site.subjects), count, replace=False)
        cases = Cases(
            second=second,
            address=np.full(count, address),
            agent=np.full(count, self.agent),
            user=np.full(count, self.user),
            subject=site.subjects.start + chosen,
        )
        return look_up(rng, site, cases, incident=mark)

    def enter_and_read(
        self, rng: np.random.Generator, count: int, mark: int, address: int
    ) -> Requests:
        """Return a log-in from `address` at the start of the incident, and the reading after."""
        start: Floats = np.array([self._incident.begins * HOUR])
        door = log_in(
            rng,
            self._incident.site,
            Arrivals(start, np.array([address]), np.array([self.agent]), np.array([self.user])),
            mistyped=0.0,
            incident=mark,
        )
        reading = self.read(rng, count, mark, address, after=float(door.inside[0]))
        return joined([door.steps, reading])
