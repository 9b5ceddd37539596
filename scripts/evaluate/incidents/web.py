"""Attacks of the open net on the sites, and innocent visitors whose requests look like them.

The texts are those of the half of the corpus that was set aside (`evaluate.web_texts`): nobody
tunes a signature on them, and no text comes twice in a world.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

from evaluate import agents, places
from evaluate.decoys import add_decoy
from evaluate.desk import Seat
from evaluate.dice import Dice
from evaluate.incidents.common import attacker, steady
from evaluate.public import second_of_day
from evaluate.request import Request
from evaluate.scene import Scene
from evaluate.shape import Site
from evaluate.truth import Incident
from evaluate.web_texts import FAMILIES, Case, Half, Place, attacks, benign

_TEXTS = (1, 1, 2, 3, 5)  # that one attacker sends in a day
_ANSWERS = ((404, 6), (403, 2), (200, 2))
_BROWSING_DAYS = 4
_FLOOD_DAYS = 3
_WORDS = (
    *("admin", "backup", "old", "test", "dev", "data", "private", "config", "api", "user"),
    *("log", "report", "upload", "internal", "staging", "db", "archive", "temp", "mail", "stats"),
)
_ENDINGS = ("", "/", ".php", ".jsp", ".html", ".txt", ".aspx", ".do")


def lay(scene: Scene) -> None:
    """Put an attacker of each family into each judged day, and all innocent texts."""
    marks = iter(range(len(scene.incidents), 1_000))
    days = scene.season.judged()
    for family in FAMILIES:
        cases = [one for one in attacks(Half.HELD_OUT) if one.family == family]
        dice = scene.dice("web", family)
        dice.shuffle(cases)
        left = iter(cases)
        for on in days:
            _attack(scene, family, on, next(marks), left)
    for on in scene.dice("browsing").sample(days, _BROWSING_DAYS):
        _browsing(scene, on, next(marks))
    for on in scene.dice("flood").sample(days, _FLOOD_DAYS):
        _flood(scene, on, next(marks))
    _innocent(scene, days)


def _attack(scene: Scene, family: str, on: dt.date, mark: int, left: Iterator[Case]) -> None:
    """Somebody sends a few texts of one family to one site, between ordinary requests or alone."""
    dice = scene.dice("attack", family, on)
    site = _site(scene, dice)
    tool = dice.choice(agents.TOOLS) if dice.chance(0.5) else agents.desk(dice)
    seat = Seat(site, attacker(dice), tool, "", "", mark)
    at = scene.hour(on, 0) + second_of_day(dice)
    cases = [case for case, _ in zip(left, range(dice.choice(_TEXTS)), strict=False)]
    requests = []
    for case in cases:
        requests.append(_sent(dice, seat, case, at))
        at += dice.uniform(0.5, 40)
    _happened(scene, mark, family, "texts", seat, on, requests, FAMILIES)


def _browsing(scene: Scene, on: dt.date, mark: int) -> None:
    """A program asks for names of folders and files that are not there."""
    dice = scene.dice("browsing", on)
    seat = Seat(_site(scene, dice), attacker(dice), dice.choice(agents.TOOLS), "", "", mark)
    names = [f"/{one}{other}{ending}" for one in _WORDS for other in ("", *_WORDS[:4])
             for ending in _ENDINGS]  # fmt: skip
    asked = dice.sample(names, dice.randrange(80, 300))
    begins = scene.hour(on, dice.uniform(0, 22))
    times = steady(dice, begins, begins + len(asked) * dice.uniform(0.4, 3), len(asked))
    requests = [seat.asks(at, name, 404, 196) for name, at in zip(asked, times, strict=True)]
    others = ("forced-browsing", *FAMILIES)
    _happened(scene, mark, "forced-browsing", "names", seat, on, requests, others)


def _flood(scene: Scene, on: dt.date, mark: int) -> None:
    """One address asks for a page hundreds of times a minute."""
    dice = scene.dice("flood", on)
    site = _site(scene, dice)
    seat = Seat(site, attacker(dice), dice.choice(agents.TOOLS), "", "", mark)
    minutes = dice.randrange(3, 8)
    count = minutes * dice.randrange(450, 1_200)
    begins = scene.hour(on, dice.uniform(1, 22))
    page = dice.choice(site.urls.pages)
    requests = [seat.asks(at, page, dice.choice((200, 200, 503)), 9_000)
                for at in steady(dice, begins, begins + minutes * 60, count)]  # fmt: skip
    others = ("request-flood", "volume-anomaly")
    _happened(scene, mark, "request-flood", "page", seat, on, requests, others)


def _innocent(scene: Scene, days: Sequence[dt.date]) -> None:
    """Every innocent text of the corpus once, each in the visit of somebody else."""
    for number, case in enumerate(benign(Half.HELD_OUT)):
        dice = scene.dice("innocent", number)
        on, site = dice.choice(days), _site(scene, dice)
        seat = Seat(site, dice.choice(places.HOME).address(dice), agents.desk(dice), "", "")
        at = scene.hour(on, 0) + second_of_day(dice)
        found = []
        for _ in range(dice.randrange(1, 4)):
            found.append(seat.asks(at, dice.choice(site.urls.pages), size=9_000))
            at += dice.uniform(2, 60)
        found.append(_placed(seat, case, at, 200, round(dice.around(9_000, 0.6))))
        scene.add(on, found)
        add_decoy(scene, f"innocent-{case.technique}", [("ip", seat.ip)], [on])


def _site(scene: Scene, dice: Dice) -> Site:
    return dice.choice((scene.shape.portal, *scene.shape.shops))


def _sent(dice: Dice, seat: Seat, case: Case, at: float) -> Request:
    statuses, weights = zip(*_ANSWERS, strict=True)
    status = dice.choices(statuses, weights)[0] if case.place is Place.URI else 200
    size = round(dice.around(9_000, 0.3)) if status == 200 else 196  # noqa: PLR2004 - HTTP's "OK"
    return _placed(seat, case, at, status, size)


def _placed(seat: Seat, case: Case, at: float, status: int, size: int) -> Request:
    page = seat.site.urls.pages[0]
    match case.place:
        case Place.URI:
            return seat.asks(at, case.text, status, size)
        case Place.REFERRER:
            return seat.asks(at, page, status, size, referrer=case.text)
        case Place.AGENT:
            return replace(seat, agent=case.text).asks(at, page, status, size)


def _happened(scene: Scene, mark: int, kind: str, variant: str, seat: Seat, on: dt.date,
              requests: list[Request], detectors: tuple[str, ...]) -> None:  # fmt: skip
    """Put the requests and the incident into the scene; it may last past midnight."""
    scene.add(on, requests)
    last = max(one.at for one in requests)
    is_late = last >= scene.hour(on, 24)
    dates = (on, on + dt.timedelta(days=1)) if is_late else (on,)
    scene.incidents.append(
        Incident(mark, kind, variant, detectors, (("ip", seat.ip),), (seat.site.id,), dates,
                 len(requests))
    )  # fmt: skip
