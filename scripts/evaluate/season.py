"""What all share: weekdays, holidays, month ends, weather, campaigns, growth."""

import datetime as dt
from dataclasses import dataclass
from functools import cache

import holidays

from evaluate.dice import Dice
from evaluate.shape import Shape

QUIET_DAYS = 20  # at the beginning, when nothing happens
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OFFICE = (1.22, 1.04, 1.0, 0.96, 1.02, 0.9, 0.9)
_PUBLIC = (1.05, 1.0, 0.98, 0.97, 1.0, 1.12, 1.08)
_MONTH_END_DAYS = 2


@dataclass(frozen=True)
class Season:
    """The days of a world; factors are 1 on an ordinary day."""

    shape: Shape
    storms: dict[dt.date, float]
    campaign_weekday: int
    campaign_factor: float
    growing_site: str
    growth: float  # over all days
    resets: frozenset[dt.date]  # days after which customers need a new password

    def is_day_off(self, on: dt.date) -> bool:
        """Whether the company rests: no workday, a public holiday, or the days around New Year."""
        return (
            _NAMES[on.weekday()] not in self.shape.workdays
            or on in _holidays()
            or (on.month, on.day) in {(12, 29), (12, 30), (12, 31), (1, 2), (1, 3)}
        )

    def is_month_end(self, on: dt.date) -> bool:
        """Whether it is one of the last two working days of a month."""
        after = [on + dt.timedelta(days=ahead) for ahead in range(1, 12)]
        left = sum(day.month == on.month and not self.is_day_off(day) for day in after)
        return not self.is_day_off(on) and left < _MONTH_END_DAYS

    def office(self, on: dt.date) -> float:
        """How much work there is for a person who works that day."""
        factor = _OFFICE[on.weekday()] * self.storms.get(on, 1.0)
        if self.is_day_off(on - dt.timedelta(days=1)) and not self.is_day_off(on):
            factor *= 1.08
        return factor * (1.15 if self.is_month_end(on) else 1.0)

    def public(self, on: dt.date, site_id: str) -> float:
        """How many visitors and customers come, beside the site's own size."""
        factor = _PUBLIC[on.weekday()] * (1 + 0.3 * (self.storms.get(on, 1.0) - 1))
        if on.weekday() == self.campaign_weekday:
            factor *= self.campaign_factor if site_id == self.shape.portal.id else 1.0
        return factor

    def size(self, on: dt.date, site_id: str) -> float:
        """How far a site has grown since the first day."""
        if site_id != self.growing_site:
            return 1.0
        return 1.0 + self.growth * (on - self.shape.first).days / self.shape.days

    def judged(self) -> list[dt.date]:
        """Return the days that are looked at: all after the quiet ones."""
        return self.shape.dates[QUIET_DAYS:]


@cache
def _holidays() -> "holidays.HolidayBase":
    return holidays.country_holidays("JP", years=range(2025, 2029))


def season(shape: Shape) -> Season:
    """Return the days of a shape: one storm or two, a weekly newsletter, a site that grows."""
    dice = Dice(shape.seed, "season")
    storms: dict[dt.date, float] = {}
    for first in dice.sample(shape.dates[5:], 2 if dice.chance(0.5) else 1):
        factor = dice.uniform(1.6, 2.3)
        storms[first] = factor
        storms[first + dt.timedelta(days=1)] = 1 + (factor - 1) * 0.4
    return Season(
        shape, storms, dice.randrange(5), dice.uniform(1.4, 2.2),
        dice.choice([site.id for site in shape.sites]), dice.uniform(0.3, 0.8),
        frozenset(dice.sample(shape.dates[QUIET_DAYS:], 1)),
    )  # fmt: skip
