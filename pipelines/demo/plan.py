"""Which incident happens when, where and by whom, and which days stay clean.

The first part of every simulation is clean history. Incidents that only history shows to be unusual
are planned from two weeks of days on; a shorter one has only guessing of passwords and injection,
on its last day. The last day holds one incident of every kind that the sites allow. From the end of
that history on every four weeks hold at most two of a kind: a company in which more people do the
same, and nobody confirms it, is one in which it is usual.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

import numpy as np

from pipelines.demo.columns import Bools, Floats, Ints
from pipelines.demo.days import Day
from pipelines.demo.incidents import Incident, Kind
from pipelines.demo.pages import Gap, PageKind
from pipelines.demo.staff import Crew
from pipelines.demo.staff_day import on_duty
from pipelines.demo.world import Role, SiteWorld, World

HISTORY_DAYS = 14  # the fewest days for incidents that show against a person's or site's past
CLEAN_SHARE = 0.6  # of the days, from the first, that hold no incident
CLEAN_DAYS_AT_LEAST = 11
_PLAN = 4  # purpose of the random numbers
_A_DAY = 2  # incidents on a day that has any, but for the last
_QUIET_EVERY = 3  # every third day after the clean ones is quiet too
_GAP_LINES_AT_LEAST = 600  # a site with fewer lines a day may well be silent for hours
_DEALT = tuple(kind for kind in Kind if kind is not Kind.NO_RIGHT)
_OF_A_KIND = 2  # but for the last day, in so many days:
_DEALT_EVERY_DAYS = 28
_RIGHTS_EVERY_DAYS = _DEALT_EVERY_DAYS // _OF_A_KIND
_WITHOUT_HISTORY = (Kind.BRUTE_FORCE, Kind.INJECTION)
_MORNING = dt.time(5)
_INSIDE_EVERY = 4  # every fourth guesser sits in the inner network


def plan(world: World, days: Sequence[Day]) -> list[Incident]:
    """Return the incidents of a simulation, in order of day; never two by one person.

    Uses without a right are planned after all others, which are the same without them.
    """
    planner = _Planner(world)
    if len(days) < HISTORY_DAYS:
        for kind in _WITHOUT_HISTORY:
            planner.place(kind, days[-1])
        return planner.placed
    first = max(CLEAN_DAYS_AT_LEAST, round(len(days) * CLEAN_SHARE))
    deck: list[Kind] = []
    for day in days[first:-1]:
        if (day.index - first) % _DEALT_EVERY_DAYS == 0:
            deck = [kind for _ in range(_OF_A_KIND) for kind in planner.shuffled()]
        if (day.index - first) % _QUIET_EVERY == _QUIET_EVERY - 1:
            continue
        possible: list[Kind] = []
        for kind in list(deck):
            if len(possible) < _A_DAY and kind not in possible and planner.place(kind, day):
                possible.append(kind)
                deck.remove(kind)
    for kind in _DEALT:
        planner.place(kind, days[-1])
    planner.place_without_right(days[first:-1])
    planner.place(Kind.NO_RIGHT, days[-1])
    return sorted(planner.placed, key=lambda incident: incident.day.index)


class _Planner:
    """Places one incident after the other, each where there were fewest before."""

    def __init__(self, world: World) -> None:
        self.placed: list[Incident] = []
        self._world = world
        self._rng = world.rng(_PLAN)
        self._known: set[int] = set()  # users who did something already
        self._count: Counter[tuple[Kind, str | bool]] = Counter()
        self._strangers = self._rng.permutation(world.strangers).tolist()
        self._insiders = self._rng.permutation(world.insiders).tolist()

    def shuffled(self) -> list[Kind]:
        """Return all kinds in some order."""
        kinds = list(_DEALT)
        return [kinds[number] for number in self._rng.permutation(len(kinds))]

    def place(self, kind: Kind, day: Day) -> bool:
        """Plan an incident of `kind` on `day`; False where no site or person is fit for it."""
        busy = {incident.site.number for incident in self.placed if incident.day == day}
        sites = [self._world.sites[n] for n in self._rng.permutation(len(self._world.sites))]
        sites.sort(
            key=lambda site: (
                site.number in busy,
                self._count[kind, site.from_template],
                self._count[kind, site.instance.id],
            )
        )
        for site in sites:
            if site.number in busy and kind is Kind.GAP:
                continue
            if any(i.kind is Kind.GAP and i.site is site and i.day == day for i in self.placed):
                continue
            incident = self._fit(kind, day, site)
            if incident is not None:
                self.placed.append(incident)
                self._count[kind, site.instance.id] += 1
                self._count[kind, site.from_template] += 1
                return True
        return False

    def place_without_right(self, days: Sequence[Day]) -> None:
        """Plan uses without a right on some of these days, so many days apart at least."""
        free_from = 0
        for day in days:
            if day.index >= free_from and self.place(Kind.NO_RIGHT, day):
                free_from = day.index + _RIGHTS_EVERY_DAYS

    def _fit(self, kind: Kind, day: Day, site: SiteWorld) -> Incident | None:
        number = len(self.placed)
        if kind is Kind.GAP:
            if not self._is_busy_by_day(site, day):
                return None
            begins = float(self._rng.uniform(10.0, 13.5))
            ends = begins + float(self._rng.uniform(2.2, 4.0))
            return Incident(kind, day, site, number, begins=begins, ends=ends)
        if kind is Kind.BRUTE_FORCE:
            if site.pages.one(PageKind.LOGIN) is None:
                return None
            return self._by_address(kind, day, site, number)
        if kind is Kind.INJECTION:
            return self._by_address(kind, day, site, number)
        make = self._by_visitor if kind is Kind.NO_RIGHT else self._by_person
        return make(kind, day, site, number)

    def _by_address(self, kind: Kind, day: Day, site: SiteWorld, number: int) -> Incident:
        guessers = sum(incident.kind is kind for incident in self.placed)
        inside = kind is Kind.BRUTE_FORCE and guessers % _INSIDE_EVERY == 1
        address = (self._insiders if inside else self._strangers).pop()
        begins = float(self._rng.uniform(0.5, 22.0))
        return Incident(kind, day, site, number, address=address, begins=begins)

    def _by_person(self, kind: Kind, day: Day, site: SiteWorld, number: int) -> Incident | None:
        crew = site.crew
        records = [site.pages.table[number] for number in site.pages.of(PageKind.RECORD)]
        if crew is None or not any(page.gap is Gap.SUBJECT for page in records):
            return None
        around_the_clock = site.instance.hours == "always"
        if kind is Kind.OFF_HOURS and (around_the_clock or self._opens_at_night()):
            return None
        if kind is Kind.NEW_LOCATION and not (day.working or around_the_clock):
            return None
        duty = on_duty(self._world, site, crew, day)
        fit = crew.own & ~crew.busiest & ~crew.abroad & ~np.isin(crew.user, list(self._known))
        if kind is Kind.BULK:
            fit &= duty.present
        chosen = self._someone(crew, fit)
        if chosen is None:
            return None
        self._known.add(int(crew.user[chosen]))
        begins, ends = self._hours(kind, duty.begins[chosen], duty.ends[chosen])
        return Incident(kind, day, site, number, person=chosen, begins=begins, ends=ends)

    def _by_visitor(self, kind: Kind, day: Day, site: SiteWorld, number: int) -> Incident | None:
        """Somebody of another main site of the group, at the desk there."""
        records = [site.pages.table[number] for number in site.pages.of(PageKind.RECORD)]
        if site.crew is None or site.from_template or not records:
            return None
        if not (day.working or site.instance.hours == "always"):
            return None  # reading where nobody works is another kind
        for other in self._world.sites:
            crew = other.crew
            is_near = other.instance.group == site.instance.group and not other.from_template
            if crew is None or not is_near or np.isin(crew.user, site.crew.user).any():
                continue
            duty = on_duty(self._world, other, crew, day)
            fit = crew.own & ~crew.busiest & ~crew.abroad & duty.present
            chosen = self._someone(crew, fit & ~np.isin(crew.user, list(self._known)))
            if chosen is not None:
                self._known.add(int(crew.user[chosen]))
                hours = self._hours(kind, duty.begins[chosen], duty.ends[chosen])
                return Incident(
                    kind,
                    day,
                    site,
                    number,
                    person=chosen,
                    visitors=crew,
                    begins=hours[0],
                    ends=hours[1],
                )
        return None

    def _opens_at_night(self) -> bool:
        return self._world.settings.business_hours.from_ < _MORNING

    def _hours(self, kind: Kind, shift_begins: float, shift_ends: float) -> tuple[float, float]:
        if kind is Kind.OFF_HOURS:
            begins = float(self._rng.uniform(2.0, 2.6))
            return begins, begins + float(self._rng.uniform(0.5, 1.2))
        if kind is Kind.NEW_LOCATION:
            begins = float(self._rng.uniform(10.0, 15.5))
            return begins, begins + float(self._rng.uniform(0.4, 1.1))
        begins = shift_begins + 0.5 + float(self._rng.uniform(0.0, 2.5))
        return begins, min(shift_ends - 0.3, begins + float(self._rng.uniform(1.8, 3.5)))

    def _someone(self, crew: Crew, fit: Bools) -> int | None:
        """One of the people who are fit, of middling pace rather than an extreme."""
        rows: Ints = np.flatnonzero(fit)
        if not len(rows):
            return None
        pace: Floats = np.abs(np.log(crew.cases[rows] / np.median(crew.cases)))
        middling = rows[np.argsort(pace, kind="stable")][: max(1, len(rows) * 2 // 3)]
        return int(self._rng.choice(middling))

    def _is_busy_by_day(self, site: SiteWorld, day: Day) -> bool:
        open_now = day.working or site.role in (Role.PUBLIC, Role.WATCH, Role.PORTAL)
        return open_now and not site.from_template and site.lines >= _GAP_LINES_AT_LEAST
