"""Ordinary traffic of one site on one day: visitors, customers, crawlers, scanners and machines.

People at work are in `staff_day`. Much here looks unusual and is harmless: mistyped passwords,
search words that read like code, probes of the open network.
"""

from http import HTTPStatus

import numpy as np

from pipelines.demo import agents
from pipelines.demo.columns import (
    NOTHING,
    Ints,
    Requests,
    joined,
    requests,
    running_time,
    spread,
)
from pipelines.demo.days import HOUR, Day, any_times, customer_times, visit_times
from pipelines.demo.login import Arrivals, log_in
from pipelines.demo.pages import OUTSIDE, OUTSIDE_WEIGHTS, PageKind
from pipelines.demo.staff_day import at_work
from pipelines.demo.views import UNCHANGED, files_of, fill_gaps
from pipelines.demo.world import (
    LINES_PER_CUSTOMER_VISIT,
    LINES_PER_VISIT,
    SiteWorld,
    World,
    first_agent,
)

_TRAFFIC = 2  # purpose of the random numbers
_WEEKEND_VISITS, _WORKDAY_VISITS = 0.86, 1.06
_MACHINE_SHARE = 0.1  # of a site's lines that its monitor may make
_MONITOR_EVERY_MINUTES = (5, 10, 15, 30, 60, 120, 240)
_SEARCHES, _DEAD_ENDS = 0.12, 0.015  # of the pages that visitors ask for
_ROBOTS_TXT = 0.04  # of a crawler's requests
_SCANNERS = 5.0  # a day on a large site
_STRAY = 0.25  # of a scanner's requests are no HTTP
_FAULTS = 0.0003  # answers with 500 by themselves


def ordinary(world: World, site: SiteWorld, day: Day) -> Requests:
    """Return all requests of an uneventful `day` on `site`, in no order."""
    rng = world.rng(_TRAFFIC, day.on.toordinal(), site.number)
    visits = day.busy * (_WORKDAY_VISITS if day.working else _WEEKEND_VISITS)
    batch = joined(
        [
            _visitors(world, site, rng, site.lines * site.habit.visitors * visits),
            _customers(world, site, rng, site.lines * site.habit.customers * visits),
            at_work(world, site, day, rng),
            _crawlers(world, site, rng),
            _scanners(world, site, rng),
            _monitor(site, rng),
            _nightly_batch(site, rng),
        ]
    )
    return _with_faults(batch, rng)


def _visitors(world: World, site: SiteWorld, rng: np.random.Generator, lines: float) -> Requests:
    count = rng.poisson(lines / LINES_PER_VISIT)
    who = np.searchsorted(world.visitors.eagerness, rng.random(count))
    owner, place = spread(np.minimum(rng.geometric(0.4, count), 30))
    second = visit_times(rng, count)[owner] + running_time(
        rng.lognormal(3.2, 0.9, len(owner)), owner, place
    )
    page = _browse(rng, site, place)
    fill = fill_gaps(rng, site, page)
    before = np.roll(page, 1)
    source = rng.choice(len(OUTSIDE), len(owner), p=OUTSIDE_WEIGHTS)
    views = requests(
        second,
        page=page,
        address=world.visitors.address[who][owner],
        agent=world.visitors.agent[who][owner],
        fill=fill,
        status=site.pages.statuses[page],
        from_page=np.where(place > 0, before, -1),
        from_fill=np.where(place > 0, np.roll(fill, 1), NOTHING),
        source=np.where(place == 0, source, NOTHING),
    )
    later = views.where(place > 0)
    return joined(
        [views, files_of(rng, site, views.where(place == 0), 5.0), files_of(rng, site, later, 0.8)]
    )


def _browse(rng: np.random.Generator, site: SiteWorld, place: Ints) -> Ints:
    """Which page a visitor opens: often the front page first, then one page after another."""
    content = site.pages.numbers(PageKind.CONTENT)
    popular = (len(content) * rng.random(len(place)) ** 1.6).astype(np.int64)
    dead_ends = site.pages.numbers(PageKind.GONE, PageKind.MOVED)
    chance = rng.random(len(place))
    top, search = site.pages.of(PageKind.TOP)[0], site.pages.of(PageKind.SEARCH)[0]
    page = content[popular]
    page = np.where(chance < _SEARCHES, search, page)
    page = np.where(chance < np.where(place == 0, 0.45, 0.06), top, page)
    chosen: Ints = np.where(
        chance > 1 - _DEAD_ENDS, dead_ends[rng.integers(0, len(dead_ends), len(place))], page
    )
    return chosen


def _customers(world: World, site: SiteWorld, rng: np.random.Generator, lines: float) -> Requests:
    if not site.has_customers:
        return joined([])
    customers = world.customers
    count = rng.poisson(lines / LINES_PER_CUSTOMER_VISIT)
    who = np.searchsorted(customers.eagerness, rng.random(count))
    moving = rng.random(count) < customers.on_the_move[who]
    address = np.where(moving, customers.mobile[who], customers.home[who])
    agent, user = customers.agent[who], customers.user[who]
    door = log_in(rng, site, Arrivals(customer_times(rng, count), address, agent, user))
    records = site.pages.numbers(PageKind.RECORD)
    if not len(records):
        return door.steps
    owner, place = spread(1 + rng.poisson(1.3, count))
    page = records[rng.integers(0, len(records), len(owner))]
    page = np.where(place == 0, records[0], page)
    fill = fill_gaps(rng, site, page, site.subjects.start + who[owner])
    gaps = rng.lognormal(3.1, 0.7, len(owner))
    second = door.inside[owner] + 2 + gaps + running_time(gaps, owner, place)
    top = site.pages.of(PageKind.TOP)[0]
    views = requests(
        second,
        page=page,
        address=address[owner],
        agent=agent[owner],
        user=user[owner],
        fill=fill,
        status=site.pages.statuses[page],
        from_page=np.where(place > 0, np.roll(page, 1), top),
        from_fill=np.where(place > 0, np.roll(fill, 1), NOTHING),
    )
    last = np.zeros(count)
    np.maximum.at(last, owner, second)
    return joined(
        [
            door.steps,
            views,
            files_of(rng, site, views.where(place == 0), 2.4),
            door.leave(rng, site, last + 20, share=0.3),
        ]
    )


def _crawlers(world: World, site: SiteWorld, rng: np.random.Generator) -> Requests:
    count = rng.poisson(site.lines * site.habit.crawlers * rng.lognormal(0.0, 0.15))
    weights = np.array([crawler.public for crawler in agents.CRAWLERS])
    which = rng.choice(len(weights), count, p=weights / weights.sum())
    address = np.stack(world.crawlers)[which, rng.integers(0, len(world.crawlers[0]), count)]
    kinds = [PageKind.CRAWL, PageKind.TOP, PageKind.CONTENT, PageKind.GONE, PageKind.MOVED]
    if site.habit.visitors == 0:
        kinds = [PageKind.CRAWL, PageKind.FORM]
    pages = site.pages.numbers(*kinds)
    page = pages[rng.integers(0, len(pages), count)]
    page = np.where(rng.random(count) < _ROBOTS_TXT, site.pages.numbers(PageKind.CRAWL)[0], page)
    normal = site.pages.statuses[page]
    unchanged = (normal == HTTPStatus.OK) & (rng.random(count) < UNCHANGED)
    return requests(
        any_times(rng, count),
        page=page,
        address=address,
        agent=first_agent(agents.CRAWLERS) + which,
        status=np.where(unchanged, 304, normal),
    )


def _scanners(world: World, site: SiteWorld, rng: np.random.Generator) -> Requests:
    count = rng.poisson(min(_SCANNERS, 0.3 + site.lines / 1500))
    owner, place = spread(np.minimum(rng.geometric(0.3, count), 9))
    address = world.scanners[rng.integers(0, len(world.scanners), count)]
    tool = rng.integers(0, len(agents.SCANNERS), count)[owner]
    probes = site.pages.numbers(PageKind.PROBE)
    stray = site.pages.numbers(PageKind.GARBAGE)
    page = probes[rng.integers(0, len(probes), len(owner))]
    is_stray = rng.random(len(owner)) < _STRAY
    page = np.where(is_stray, stray[rng.integers(0, len(stray), len(owner))], page)
    nameless = next(n for n, agent in enumerate(agents.SCANNERS) if not agent.text)
    pace = rng.exponential(1.5, len(owner))
    return requests(
        any_times(rng, count)[owner] + running_time(pace, owner, place),
        page=page,
        address=address[owner],
        agent=first_agent(agents.SCANNERS) + np.where(is_stray, nameless, tool),
        status=site.pages.statuses[page],
    )


def _monitor(site: SiteWorld, rng: np.random.Generator) -> Requests:
    """A health check at a steady beat, as often as the size of the site bears."""
    room = site.lines * _MACHINE_SHARE
    minutes = next((m for m in _MONITOR_EVERY_MINUTES if 24 * 60 / m <= room), None)
    if minutes is None:
        return joined([])
    second = np.arange(rng.integers(0, 60), 24 * HOUR, minutes * 60, dtype=np.float64)
    return requests(
        second + rng.random(len(second)),
        page=site.pages.of(PageKind.HEALTH)[0],
        address=site.robot_address,
        agent=first_agent([agents.MONITOR]),
        user=site.robot,
    )


def _nightly_batch(site: SiteWorld, rng: np.random.Generator) -> Requests:
    """The lists and files that a system account fetches every night at the same hour."""
    pages = site.pages.numbers(PageKind.LIST, PageKind.EXPORT)
    if not site.robot or site.habit.cases == 0 or site.from_template or not len(pages):
        return joined([])
    count = int(rng.integers(4, 9))
    page = pages[np.arange(count) % len(pages)]
    start = 1.2 * HOUR + rng.random() * 240
    return requests(
        start + np.cumsum(rng.exponential(35, count)),
        page=page,
        address=site.robot_address,
        agent=first_agent([agents.BATCH]),
        user=site.robot,
        fill=fill_gaps(rng, site, page),
    )


def _with_faults(batch: Requests, rng: np.random.Generator) -> Requests:
    faulty = (rng.random(len(batch)) < _FAULTS) & (batch.status == HTTPStatus.OK)
    status: Ints = np.where(faulty, 500, batch.status)
    return batch.with_status(status)
