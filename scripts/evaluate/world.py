"""The days of a world: what everybody asks for, and what becomes of it on the way into the logs."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from evaluate.desk import midnight, working_day
from evaluate.dice import Dice
from evaluate.people import Person
from evaluate.plan import Plan
from evaluate.public import customers_day, machines_day, visitors_day
from evaluate.request import NOBODY, Request, marked
from evaluate.scene import Scene, Span
from evaluate.shape import Site
from evaluate.truth import Level

_ERRORS = (500, 502, 503, 504)


@dataclass(frozen=True)
class SiteDay:
    """One site's day: its requests in order of time, and what befalls its file."""

    site: Site
    on: dt.date
    requests: list[Request]
    broken: Span | None
    skewed: Span | None
    copied: Span | None
    touched: dict[int, int]  # lines that were lost or changed, by incident


def days(plan: Plan) -> Iterator[list[SiteDay]]:
    """Yield the days in order, each with all its sites."""
    scene = plan.scene
    late: list[Request] = []
    for on in scene.shape.dates:
        tomorrow = midnight(scene.shape, on + dt.timedelta(days=1))
        requests = [*late, *_ordinary(scene, on), *scene.added.get(on, [])]
        late = [one for one in requests if one.at >= tomorrow]
        by_site: dict[str, list[Request]] = defaultdict(list)
        for one in requests:
            if one.at < tomorrow:
                by_site[one.site].append(one)
        yield [_site_day(scene, site, on, by_site[site.id]) for site in scene.shape.sites]


def _ordinary(scene: Scene, on: dt.date) -> list[Request]:
    seed = scene.shape.seed
    found = customers_day(Dice(seed, "customers", on), scene.shape, scene.season, scene.people, on)
    for person in scene.people.workers:
        found += _work(scene, person, on)
    for site in scene.shape.sites:
        dice = Dice(seed, "public", site.id, on)
        found += visitors_day(dice, scene.shape, scene.season, scene.people, site, on)
        found += machines_day(dice, scene.shape, scene.people, site, on,
                              is_scanned=scene.level is not Level.WEB)  # fmt: skip
    return found


def _work(scene: Scene, person: Person, on: dt.date) -> list[Request]:
    person = person.at(on)
    key = person.user, on
    dice = Dice(scene.shape.seed, "work", person.user, on)
    present = dice.chance(person.presence)
    effects = scene.effects
    is_forced = key in effects.work
    if key in effects.away or (person.site.id, on) in effects.closed:
        return []
    if not is_forced:
        resting = person.keeps_holidays and scene.season.is_day_off(on)
        if not present or resting or not person.works_on(on):
            return []
    factor, mark = effects.work.get(key, (1.0, NOBODY))
    mean = person.mean(on) * scene.season.office(on)
    count = dice.overdispersed(mean * factor, person.shape)
    if mark != NOBODY:
        count = round(max(person.mean(on), mean) * factor)
    found = working_day(dice, scene.shape, person, on, count, effects.late.get(key, 0.0),
                        effects.exports.get(key, 0))  # fmt: skip
    return marked(found, mark) if mark != NOBODY else found


def _site_day(scene: Scene, site: Site, on: dt.date, requests: list[Request]) -> SiteDay:
    dice = Dice(scene.shape.seed, scene.level.value, "fate", site.id, on)
    touched: dict[int, int] = defaultdict(int)
    for span in scene.effects.lost:
        if span.site == site.id and _touches(span, requests):
            kept = [one for one in requests if not (_within(span, one) and dice.chance(span.share))]
            touched[span.mark] += len(requests) - len(kept)
            requests = kept
    for span in scene.effects.failing:
        if span.site == site.id and _touches(span, requests):
            failing = []
            for one in requests:
                fails = _within(span, one) and dice.chance(span.share)
                touched[span.mark] += fails
                failing.append(one._replace(status=dice.choice(_ERRORS), size=530) if fails
                               else one)  # fmt: skip
            requests = failing
    key = site.id, on
    effects = scene.effects
    requests.sort()
    return SiteDay(site, on, requests, effects.broken.get(key), effects.skewed.get(key),
                   effects.copied.get(key), dict(touched))  # fmt: skip


def _touches(span: Span, requests: list[Request]) -> bool:
    return any(_within(span, one) for one in requests)


def _within(span: Span, request: Request) -> bool:
    return span.begins <= request.at < span.ends
