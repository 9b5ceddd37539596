"""Personal data in addresses: a form that sends its fields where everybody can read them."""

import datetime as dt

from evaluate import agents, places
from evaluate.desk import Seat, midnight
from evaluate.dice import Dice
from evaluate.public import second_of_day
from evaluate.request import Request
from evaluate.scene import Scene
from evaluate.shape import Shape, Site
from evaluate.truth import Incident


def leaking(dice: Dice, shape: Shape, site: Site, on: dt.date, count: int, mark: int
            ) -> list[Request]:  # fmt: skip
    """Return so many requests of a form whose values stand in the query."""
    kind = Dice(shape.seed, "leak", site.id).randrange(4)
    found = []
    for _ in range(count):
        seat = Seat(
            site, dice.choice(places.MOBILE).address(dice), agents.phone(dice), "", "", mark
        )
        number = dice.randrange(10**8)
        mail = f"user{number % 9_999}%40mail{number % 7}.example"
        phone = f"0{dice.choice((7, 8, 9))}0-{number // 10_000:04d}-{number % 10_000:04d}"
        query = (
            f"email={mail}&step=2",
            f"tel={phone}&kubun=1",
            f"mail={mail}&tel={phone}",
            f"token={dice.token(40)}&next=%2F",
        )[kind]
        at = midnight(shape, on) + second_of_day(dice)
        found.append(seat.asks(at, f"{site.urls.pages[4]}?{query}", size=4_000))
    return found


def in_urls(scene: Scene, on: dt.date, mark: int) -> Incident | None:
    """A new form of a site puts mail addresses, telephones or tokens into its addresses."""
    dice = scene.dice("leak", mark)
    sites = [site for site in (scene.shape.portal, *scene.shape.shops)
             if ("site", site.id) not in scene.standing]  # fmt: skip
    site = scene.site(dice, on, sites, whole=True)
    if site is None:
        return None
    count = round(dice.uniform(*scene.level.pick((120, 200), (30, 50), (10, 16))))
    scene.add(on, leaking(dice, scene.shape, site, on, count, mark))
    return Incident(mark, "personal-data-in-url", "new-form", ("personal-data-in-url",),
                    (("site", site.id),), (site.id,), (on,))  # fmt: skip
