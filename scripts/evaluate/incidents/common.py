"""What incidents share: the shape of the functions, and requests of people without a name."""

import datetime as dt
from collections.abc import Callable

from evaluate import places
from evaluate.desk import Seat
from evaluate.dice import Dice
from evaluate.request import Request
from evaluate.scene import Scene
from evaluate.shape import Shape
from evaluate.truth import Incident

_OK = 200

Maker = Callable[[Scene, dt.date, int], Incident | None]


def steady(dice: Dice, begins: float, ends: float, count: int) -> list[float]:
    """Return instants of a program that asks at even distances, with a little noise."""
    step = (ends - begins) / max(1, count)
    return [begins + step * (index + dice.uniform(0.2, 0.8)) for index in range(count)]


def attacker(dice: Dice) -> str:
    """Return an address that attacks come from: rented machines, or a home abroad."""
    if dice.chance(0.6):
        return dice.choice(places.HOSTING).address(dice)
    return places.ABROAD[dice.choice(("RU", "CN", "VN", "BR", "NG", "RO"))].address(dice)


def record(shape: Shape, seat: Seat, at: float, number: int, status: int = 200) -> Request:
    """Return the request for one record."""
    size = 8_000 + number * 37 % 2_500 if status == _OK else 900
    target = seat.site.urls.record.replace("{s}", shape.subjects.text(number))
    return seat.asks(at, target, status, size)
