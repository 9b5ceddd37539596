"""Incidents of the systems: silence, floods, errors, broken lines, clocks, double delivery."""

import datetime as dt
from dataclasses import replace

from evaluate.public import usual_visits, visits
from evaluate.request import marked
from evaluate.scene import Scene, Span
from evaluate.shape import Site
from evaluate.truth import Incident


def _site(scene: Scene, name: str, on: dt.date, mark: int, *, busy: bool = False,
          public: bool = False) -> Site | None:  # fmt: skip
    dice = scene.dice(name, mark)
    sites = (scene.shape.portal,) if busy else (scene.shape.portal, *scene.shape.shops)
    if not busy and not public and not scene.season.is_day_off(on):
        sites = (*sites, scene.shape.office)
    return scene.site(dice, on, sites, whole=True)


def _about(kind: str, variant: str, detectors: tuple[str, ...], site: Site, on: dt.date,
           mark: int) -> Incident:  # fmt: skip
    return Incident(mark, kind, variant, detectors, (("site", site.id),), (site.id,), (on,),
                    is_heavy=True)  # fmt: skip


def log_gap(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """A site's log is silent for some hours of the day."""
    dice = scene.dice("log-gap", mark, "when")
    site = _site(scene, "log-gap", on, mark)
    if site is None:
        return None
    hours = scene.level.pick(7.0, 4.0, 2.0)
    begins = scene.hour(on, dice.uniform(9.0, 20.5 - hours))
    scene.effects.lost.append(Span(site.id, begins, begins + hours * 3600, 1.0, mark))
    return _about("log-gap", f"{hours:.1f} h", ("log-gap", "volume-anomaly"), site, on, mark)


def flood(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """A site has many times its visitors, for no reason that anybody knows."""
    dice = scene.dice("flood", mark)
    site = _site(scene, "flood-site", on, mark, public=True)
    if site is None:
        return None
    factor = dice.uniform(*scene.level.pick((10.0, 14.0), (4.5, 6.5), (3.2, 4.2)))
    # People at work and customers add to the lines of a site, hence somewhat more.
    usual = usual_visits(scene.shape, site) * scene.season.public(on, site.id) * 1.4
    count = round((factor - 1) * usual)
    scene.add(on, marked(visits(dice, scene.shape, scene.people, site, on, count), mark))
    return _about("volume-anomaly", "up", ("volume-anomaly",), site, on, mark)


def drought(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Most lines of a site's day are missing, here and there, so that no gap shows."""
    site = _site(scene, "drought", on, mark)
    if site is None:
        return None
    share = 1 - scene.level.pick(0.06, 0.18, 0.28)
    begins = scene.hour(on, 0)
    scene.effects.lost.append(Span(site.id, begins, begins + 86_400, share, mark))
    return _about("volume-anomaly", "down", ("volume-anomaly", "log-gap"), site, on, mark)


def server_errors(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """A site answers with errors for hours."""
    dice = scene.dice("errors", mark, "when")
    site = _site(scene, "errors", on, mark, busy=scene.level is scene.level.HARD)
    if site is None:
        return None
    hours, share = scene.level.pick((4.0, 0.7), (2.5, 0.4), (2.0, 0.15))
    begins = scene.hour(on, dice.uniform(9.5, 20 - hours))
    scene.effects.failing.append(Span(site.id, begins, begins + hours * 3600, share, mark))
    return _about("server-error-spike", f"{share:.0%}", ("server-error-spike",), site, on, mark)


def broken_lines(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Part of a day's lines cannot be read: a changed format, lines cut short."""
    site = _site(scene, "broken", on, mark)
    if site is None:
        return None
    share = scene.level.pick(0.5, 0.15, 0.06)
    scene.effects.broken[site.id, on] = Span(site.id, 0, 0, share, mark)
    return _about("parse-failure-spike", f"{share:.0%}", ("parse-failure-spike",), site, on, mark)


def wrong_clock(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """The clock of a site's server is wrong for a day."""
    dice = scene.dice("clock", mark, "which")
    site = _site(scene, "clock", on, mark, busy=scene.level is scene.level.HARD)
    if site is None:
        return None
    # Set back, a day begins in the one before, and its gap ends in the next.
    touched = {1: (0, 1), -1: (-1, 0, 1)}
    possible = [
        sign for sign, days in touched.items()
        if not any(on + dt.timedelta(days=day) in scene.clean for day in days)
    ]  # fmt: skip
    if not possible:
        return None
    sign = dice.choice((1, -1))
    sign = sign if sign in possible else possible[0]
    hours = scene.level.pick(9.0, 6.0, 3.0) * sign
    scene.effects.skewed[site.id, on] = Span(site.id, 0, 0, hours * 3600, mark)
    found = _about("clock-skew", f"{hours:+.0f} h", ("clock-skew", "log-gap"), site, on, mark)
    others = tuple(on + dt.timedelta(days=day) for day in touched[sign] if day)
    return replace(found, dates=(on, *others))


def copies(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """Part of a day's lines arrives twice, in a second file."""
    site = _site(scene, "copies", on, mark)
    if site is None:
        return None
    share = scene.level.pick(0.95, 0.4, 0.1)
    scene.effects.copied[site.id, on] = Span(site.id, 0, 0, share, mark)
    return _about("duplicate-delivery", f"{share:.0%}", ("duplicate-delivery",), site, on, mark)
