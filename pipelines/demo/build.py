"""Building the world: from settings, seed and a number of lines to sites and people.

The number of people on a site follows from the lines it is to write; what one of them leaves in the
log does not change with the size of the simulation.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipelines.demo import agents, places
from pipelines.demo.columns import Floats, Ints
from pipelines.demo.ids import Names
from pipelines.demo.pages import encoded_areas, encoded_words, pages_of
from pipelines.demo.payloads import injections
from pipelines.demo.staff import Crew, Rhythm
from pipelines.demo.staff_maker import Directory, Hiring, Vacancy, public_agents
from pipelines.demo.world import (
    HABITS,
    LINES_PER_CASE,
    LINES_PER_CUSTOMER_VISIT,
    LINES_PER_SHIFT,
    LINES_PER_VISIT,
    Customers,
    Role,
    SiteWorld,
    Visitors,
    World,
)
from pipelines.ingest.discover import SiteInstance, instance
from pipelines.settings.globs import PLACEHOLDER
from pipelines.settings.model import Settings, Site

_SHOPS = 12
_TEMPLATES_SHARE_AT_MOST = 0.4  # of all lines, however many shops there are
_LATER_SITES = (1.0, 0.3, 0.12, 0.06)  # the second site of a role is less busy than the first
_VISIT_EVERY_DAYS = 25
_CUSTOMERS_AT_LEAST = 400
_SHOP_CUSTOMERS = (260, 900)
_SATURDAY_SHOPS = 0.35
_IPV6_HOMES = 0.3
_ATTENDANCE = {Rhythm.BUSINESS: 0.65, Rhythm.AROUND_THE_CLOCK: 0.7}  # share of days at work
_CREW_AT_LEAST = 3
_GUESSED = ("admin", "root", "test", "info")  # names that guessers try where they know none
_PERSONAL = frozenset({"record", "list", "export"})


@dataclass(frozen=True)
class _Plot:
    """A site to be built."""

    instance: SiteInstance
    logs: str
    values: dict[str, str]
    role: Role
    personal: bool


def build_world(settings: Settings, seed: int, shops: int | None, lines_per_day: int) -> World:
    """Return the world that `settings` describe, with `shops` sites for every template."""
    rng = np.random.default_rng([seed, 0])
    names = Names(settings, rng)
    directory = Directory(users=["-"], addresses=[])
    plots = _plots(settings, names, _SHOPS if shops is None else shops)
    lines = _shares(plots, rng) * lines_per_day
    customers = _customers(plots, lines, names, directory, rng)
    visitors = _visitors(plots, lines, directory, rng)
    guessed = [directory.user(name) for name in _GUESSED]
    robots = _Robots(
        user=directory.user(names.make("system", 1)) if names.has("system") else 0,
        addresses=directory.settle(places.draw(rng, places.INTERNAL, 2)),
    )
    hiring = Hiring(settings.business_hours, names, directory, rng)
    builder = _Builder(customers, robots, hiring, rng)
    sites = tuple(
        builder.site(number, plot, float(share))
        for number, (plot, share) in enumerate(zip(plots, lines, strict=True))
    )
    crawlers = tuple(
        directory.settle(places.draw(rng, crawler.networks, 6)) for crawler in agents.CRAWLERS
    )
    scanners = directory.settle(places.draw(rng, places.HOSTING, 400))
    everywhere = [network for networks in places.ABROAD.values() for network in networks]
    strangers = directory.settle_unused(rng, [*places.HOSTING, *everywhere], 400)
    insiders = directory.settle_unused(rng, places.INTERNAL, 40)
    abroad = {
        country: directory.settle_unused(rng, networks, 20)
        for country, networks in places.ABROAD.items()
    }
    # Last, so that whoever else is there stays the same.
    spare, left = 0, ""
    if names.has("staff"):
        spare, left = directory.user(names.make("staff", 9001)), names.make("staff", 9002)
    return World(
        settings=settings,
        seed=seed,
        addresses=tuple(directory.addresses),
        users=tuple(directory.users),
        crawlers=crawlers,
        scanners=scanners,
        guessed=np.array(guessed, dtype=np.int64),
        spare=spare,
        left=left,
        strangers=strangers,
        insiders=insiders,
        abroad=abroad,
        visitors=visitors,
        customers=customers,
        sites=sites,
    )


@dataclass(frozen=True)
class _Robots:
    user: int
    addresses: Ints


class _Builder:
    """Builds sites one after the other; later ones may share the people of earlier ones."""

    def __init__(
        self,
        customers: Customers,
        robots: _Robots,
        hiring: Hiring,
        rng: np.random.Generator,
    ) -> None:
        self._customers = customers
        self._robots = robots
        self._hiring = hiring
        self._rng = rng
        self._words = encoded_words()
        self._areas = encoded_areas()
        self._payloads = injections()
        self._crews: dict[tuple[Role, str], Crew] = {}

    def site(self, number: int, plot: _Plot, lines: float) -> SiteWorld:
        subjects: Sequence[str] = self._customers.subjects
        if plot.role is Role.SHOP:
            count = int(self._rng.integers(*_SHOP_CUSTOMERS))
            subjects = _subject_numbers(self._rng, 100_000 * (number + 1), count)
        parts = (subjects, self._words, self._areas, self._payloads)
        ends = np.cumsum([1, *map(len, parts)]).tolist()
        ranges = [range(first, stop) for first, stop in pairwise(ends)]
        return SiteWorld(
            number=number,
            instance=plot.instance,
            logs=plot.logs,
            from_template=bool(plot.values),
            role=plot.role,
            lines=lines,
            pages=pages_of(plot.instance.resources, open_to_all=HABITS[plot.role].visitors > 0),
            fills=("", *(text for part in parts for text in part)),
            subjects=ranges[0],
            words=ranges[1],
            areas=ranges[2],
            payloads=ranges[3],
            crew=self._crew(plot, lines),
            has_customers=plot.role is Role.PORTAL and len(self._customers.user) > 0,
            robot=self._robots.user if plot.personal else 0,
            robot_address=int(self._robots.addresses[1 if plot.personal else 0]),
        )

    def _crew(self, plot: _Plot, lines: float) -> Crew | None:
        habit = HABITS[plot.role]
        kind = self._hiring.kind_for(shop=plot.role is Role.SHOP)
        if habit.crew == 0 or kind is None:
            return None
        rhythm = Rhythm.AROUND_THE_CLOCK if plot.instance.hours == "always" else Rhythm.BUSINESS
        shift = (habit.cases * LINES_PER_CASE + LINES_PER_SHIFT) * _ATTENDANCE[rhythm]
        people = max(_CREW_AT_LEAST, round(lines * habit.crew / shift))
        colleagues = self._crews.get((plot.role, plot.instance.group))
        if plot.role is not Role.SHOP and colleagues is not None:
            chosen = self._rng.permutation(len(colleagues))[:people]
            return colleagues.take(np.sort(chosen))
        crew = self._hiring.hire(
            Vacancy(
                kind=kind,
                people=people,
                cases=habit.cases,
                rhythm=rhythm,
                groups=plot.values if kind == "franchise" else {},
                open_saturdays=plot.role is Role.SHOP and self._rng.random() < _SATURDAY_SHOPS,
            )
        )
        self._crews[plot.role, plot.instance.group] = crew
        return crew


def _plots(settings: Settings, names: Names, shops: int) -> list[_Plot]:
    plots: list[_Plot] = []
    for site in settings.sites:
        if not site.placeholders:
            plots.append(_plot(settings, site, {}))
            continue
        placeholders = sorted(site.placeholders)
        columns = [names.group_values(name, shops) for name in placeholders]
        plots += [
            _plot(settings, site, dict(zip(placeholders, row, strict=True)))
            for row in zip(*columns, strict=True)
        ]
    return plots


def _plot(settings: Settings, site: Site, values: dict[str, str]) -> _Plot:
    built = instance(settings, site, values)
    kinds = {resource.kind for resource in built.resources}
    personal = bool(kinds & _PERSONAL)
    if not personal:
        role = Role.PUBLIC
    elif built.franchise is not None:
        role = Role.SHOP
    elif built.hours == "always":
        role = Role.WATCH
    else:
        role = Role.OFFICE if "admin" in kinds else Role.PORTAL
    logs = PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), site.logs[0])
    return _Plot(built, logs, values, role, personal)


def _shares(plots: Sequence[_Plot], rng: np.random.Generator) -> Floats:
    """Each site's share of all lines: by role, by rank within the role, and a little by chance."""
    seen: Counter[Role] = Counter()
    weights = np.zeros(len(plots))
    for number, plot in enumerate(plots):
        if plot.values:
            weights[number] = HABITS[Role.SHOP].weight
        else:
            rank = min(seen[plot.role], len(_LATER_SITES) - 1)
            weights[number] = HABITS[plot.role].weight * _LATER_SITES[rank]
            seen[plot.role] += 1
    weights *= rng.lognormal(0.0, 0.15, len(plots))
    shops = np.array([bool(plot.values) for plot in plots])
    if not shops.all() and shops.any():
        most = _TEMPLATES_SHARE_AT_MOST / (1 - _TEMPLATES_SHARE_AT_MOST) * weights[~shops].sum()
        weights[shops] *= min(1.0, most / weights[shops].sum())
    shares: Floats = weights / weights.sum()
    return shares


def _customers(
    plots: Sequence[_Plot],
    lines: Floats,
    names: Names,
    directory: Directory,
    rng: np.random.Generator,
) -> Customers:
    visits = max(
        (
            share * HABITS[plot.role].customers / LINES_PER_CUSTOMER_VISIT
            for plot, share in zip(plots, lines, strict=True)
        ),
        default=0.0,
    )
    count = max(_CUSTOMERS_AT_LEAST, int(visits * _VISIT_EVERY_DAYS))
    subjects = _subject_numbers(rng, 10_000_000, count)
    users: list[int] = []
    if names.has("customer"):
        users = [directory.user(names.make("customer", int(number))) for number in subjects]
    sixes = rng.random(count) < _IPV6_HOMES
    homes = places.draw(rng, places.JAPAN_HOME, count)
    sixth = places.draw(rng, places.JAPAN_HOME_V6, count)
    phones = directory.settle(places.draw(rng, places.JAPAN_MOBILE, max(40, count // 6)))
    return Customers(
        subjects=tuple(subjects),
        user=np.array(users, dtype=np.int64),
        home=directory.settle(
            [b if new else a for a, b, new in zip(homes, sixth, sixes.tolist(), strict=True)]
        ),
        mobile=rng.choice(phones, count),
        on_the_move=rng.beta(0.8, 1.2, count),
        agent=public_agents(rng, count),
        eagerness=_running_share(rng.gamma(0.7, 1.0, count)),
    )


def _visitors(
    plots: Sequence[_Plot], lines: Floats, directory: Directory, rng: np.random.Generator
) -> Visitors:
    visits = sum(
        share * HABITS[plot.role].visitors / LINES_PER_VISIT
        for plot, share in zip(plots, lines, strict=True)
    )
    count = max(60, int(visits * 8))
    fixed, sixth = int(count * 0.45), int(count * 0.15)
    addresses = [
        *places.draw(rng, places.JAPAN_HOME, fixed),
        *places.draw(rng, places.JAPAN_HOME_V6, sixth),
        *places.draw(rng, places.JAPAN_MOBILE, count - fixed - sixth - count // 25),
        *places.draw(rng, [n for nets in places.ABROAD.values() for n in nets], count // 25),
    ]
    return Visitors(
        address=rng.permutation(directory.settle(addresses)),
        agent=public_agents(rng, count),
        eagerness=_running_share(rng.gamma(0.5, 1.0, count)),
    )


def _running_share(weights: Floats) -> Floats:
    total = np.cumsum(weights)
    share: Floats = total / total[-1]
    return share


def _subject_numbers(rng: np.random.Generator, first: int, count: int) -> list[str]:
    """Numbers with gaps between them, as a register has after years of use."""
    return [str(number) for number in (first + np.cumsum(rng.integers(1, 60, count))).tolist()]
