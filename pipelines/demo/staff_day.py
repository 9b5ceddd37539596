"""People at work on one site on one day: they log in, look after cases, and go home."""

from dataclasses import dataclass

import numpy as np

from pipelines.demo.columns import (
    NOTHING,
    ORDINARY,
    Bools,
    Floats,
    Ints,
    Requests,
    joined,
    requests,
    spread,
)
from pipelines.demo.days import HOUR, Day, shift_times
from pipelines.demo.login import Arrivals, log_in
from pipelines.demo.pages import PageKind
from pipelines.demo.staff import Attendance, Crew, attendance
from pipelines.demo.views import files_of, fill_gaps
from pipelines.demo.world import SiteWorld, World

_ATTENDANCE = 3  # purpose of the random numbers
_STEADINESS = 10.0  # of a person from day to day: shape of a gamma distribution
_CAPACITY = 2.2  # times a normal day is all that anybody gets done
_NIGHT_PACE = 0.5
_NIGHT_BEFORE_HOUR = 5.0
_LISTS, _SECOND_RECORD, _THIRD_RECORD = 0.45, 0.4, 0.15  # of the cases
_MAIN_RECORD = 0.7  # of the cases begin with the first record page of the settings
_SMALL_VIEWS = 5.0  # notices, help and the like on a day
_BACK_FROM_LUNCH = 0.35  # share of people who log in a second time
_EXPORT_EVERY, _EXPORTS = 8, 0.5  # every eighth person fetches a file on half of the days
_ADMIN_VIEWS = 4.0


@dataclass(frozen=True)
class Cases:
    """Customers being looked after: one row per case."""

    second: Floats
    address: Ints
    agent: Ints
    user: Ints
    subject: Ints  # SiteWorld.fills


@dataclass(frozen=True)
class _Shift:
    """People on a day: where each of them sits, and from when to when, in hours."""

    people: Crew
    place: Ints  # World.addresses
    begins: Floats
    ends: Floats


def on_duty(world: World, site: SiteWorld, crew: Crew, day: Day) -> Attendance:
    """Return who of `crew` works on `day`; the same answer every time it is asked."""
    return attendance(crew, day, world.rng(_ATTENDANCE, day.on.toordinal(), site.number))


def at_work(world: World, site: SiteWorld, day: Day, rng: np.random.Generator) -> Requests:
    """Return the requests of the site's crew on `day`."""
    crew = site.crew
    if crew is None:
        return joined([])
    duty = on_duty(world, site, crew, day)
    rows = np.flatnonzero(duty.present)
    if not len(rows):
        return joined([])
    people, begins, ends = crew.take(rows), duty.begins[rows], duty.ends[rows]
    place = np.where(rng.random(len(rows)) < people.remote, people.home, people.office)
    pace = day.busy * np.where(begins < _NIGHT_BEFORE_HOUR, _NIGHT_PACE, 1.0)
    effort = np.minimum(rng.gamma(_STEADINESS, 1 / _STEADINESS, len(rows)), _CAPACITY)
    count = rng.poisson(people.cases * pace * effort)
    who = np.repeat(np.arange(len(rows)), count)
    cases = Cases(
        second=shift_times(rng, begins[who], ends[who]),
        address=place[who],
        agent=people.agent[who],
        user=people.user[who],
        subject=rng.integers(site.subjects.start, site.subjects.stop, len(who)),
    )
    looked_up = look_up(rng, site, cases)
    small = _small_views(rng, site, _Shift(people, place, begins, ends))
    first, last = begins * HOUR + 600, ends * HOUR - 600
    np.minimum.at(first, who, cases.second)
    np.maximum.at(last, who, cases.second)
    again: Bools = rng.random(len(rows)) < _BACK_FROM_LUNCH
    middle = shift_times(rng, begins, ends)
    start = np.concatenate([first - 45, middle[again]])
    login_rows = np.concatenate([np.arange(len(rows)), np.flatnonzero(again)])
    door = log_in(
        rng,
        site,
        Arrivals(start, place[login_rows], people.agent[login_rows], people.user[login_rows]),
    )
    out = np.concatenate([last + 90, np.full(int(again.sum()), -1.0)])
    batch = joined([door.steps, looked_up, small, door.leave(rng, site, out, share=0.5)])
    return batch.where(batch.second >= 0)


def look_up(
    rng: np.random.Generator, site: SiteWorld, cases: Cases, incident: int = ORDINARY
) -> Requests:
    """Return what looking after `cases` takes: a search in the list, then pages of the customer.

    On a site whose settings name no records, lists or other pages stand in for them.
    """
    records = site.pages.numbers(PageKind.RECORD)
    lists = site.pages.numbers(PageKind.LIST)
    main = records if len(records) else lists
    if not len(main):
        main = site.pages.numbers(PageKind.CONTENT)
    count = len(cases.second)
    searched = (rng.random(count) < _LISTS) & (len(lists) > 0)
    more = (rng.random((2, count)) < [[_SECOND_RECORD], [_THIRD_RECORD]]).sum(axis=0)
    owner, place = spread(1 + np.where(len(main) > 1, more, 0))
    other = main[rng.integers(0, len(main), len(owner))]
    page = np.where((place == 0) & (rng.random(len(owner)) < _MAIN_RECORD), main[0], other)
    fill = fill_gaps(rng, site, page, cases.subject[owner])
    gap = np.cumsum(rng.lognormal(2.6, 0.5, len(owner)))
    first = np.flatnonzero(place == 0)
    second = cases.second[owner] + gap - gap[first][owner]
    top = site.pages.of(PageKind.TOP)[0]
    listed = lists[rng.integers(0, len(lists), count)] if len(lists) else np.full(count, top)
    words = fill_gaps(rng, site, listed)
    views = requests(
        second,
        page=page,
        address=cases.address[owner],
        agent=cases.agent[owner],
        user=cases.user[owner],
        fill=fill,
        status=site.pages.statuses[page],
        from_page=np.where(
            place > 0, np.roll(page, 1), np.where(searched[owner], listed[owner], top)
        ),
        from_fill=np.where(
            place > 0, np.roll(fill, 1), np.where(searched[owner], words[owner], NOTHING)
        ),
        incident=incident,
    )
    search = requests(
        cases.second - rng.uniform(4, 20, count),
        page=listed,
        address=cases.address,
        agent=cases.agent,
        user=cases.user,
        fill=words,
        status=site.pages.statuses[listed],
        from_page=top,
        incident=incident,
    )
    return joined([search.where(searched), views])


def _small_views(
    rng: np.random.Generator,
    site: SiteWorld,
    shift: _Shift,
) -> Requests:
    """Notices and help, for some people exports, for administrators their pages."""
    people, begins, ends = shift.people, shift.begins, shift.ends
    exporter = (people.user % _EXPORT_EVERY == 0) & (rng.random(len(people)) < _EXPORTS)
    parts = []
    for kinds, count in (
        ((PageKind.CONTENT, PageKind.TOP), rng.poisson(_SMALL_VIEWS, len(people))),
        ((PageKind.EXPORT,), exporter.astype(np.int64)),
        ((PageKind.ADMIN,), np.where(people.admin, rng.poisson(_ADMIN_VIEWS, len(people)), 0)),
    ):
        pages = site.pages.numbers(*kinds)
        if not len(pages):
            continue
        who = np.repeat(np.arange(len(people)), count)
        page = pages[rng.integers(0, len(pages), len(who))]
        views = requests(
            shift_times(rng, begins[who], ends[who]),
            page=page,
            address=shift.place[who],
            agent=people.agent[who],
            user=people.user[who],
            fill=fill_gaps(rng, site, page),
            status=site.pages.statuses[page],
            from_page=site.pages.of(PageKind.TOP)[0],
        )
        parts += [views, files_of(rng, site, views, 0.6)]
    return joined(parts)
