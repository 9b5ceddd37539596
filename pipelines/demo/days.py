"""The days of a simulation: working days, holidays, the rush at the end of a month."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import holidays
import numpy as np

from pipelines.errors import MimamoriError
from pipelines.settings import Settings

_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RUSH_DAYS = 3
_RUSH = 1.25
_AFTER_REST = 1.12
_COMMON_SPREAD = 0.06  # what lifts or lowers all sites of a day together: weather, news


@dataclass(frozen=True)
class Day:
    """A calendar day in the configured zone."""

    on: dt.date
    index: int  # 0 is the first day of the simulation
    midnight: int  # Unix time of its beginning
    seconds: int  # 86,400, but for days on which clocks change
    working: bool  # a business day and no holiday
    busy: float  # how busy everybody is against a normal day of its kind


def calendar(settings: Settings, dates: Sequence[dt.date], seed: int) -> list[Day]:
    """Return the consecutive `dates` as days of the simulation.

    Raises:
        MimamoriError: `holidays` in the settings names a country whose holidays are unknown.
    """
    free = _holidays(settings, dates)
    wanted = set(settings.business_hours.days)

    def working(on: dt.date) -> bool:
        return _NAMES[on.weekday()] in wanted and on not in free

    borders = [_midnight(settings, on) for on in (*dates, dates[-1] + dt.timedelta(days=1))]
    weather = np.random.default_rng([seed, 1]).normal(0.0, _COMMON_SPREAD, len(dates))
    result = []
    for index, (on, (start, stop)) in enumerate(zip(dates, pairwise(borders), strict=True)):
        left = sum(
            working(on + dt.timedelta(days=ahead))
            for ahead in range(1, 32)
            if (on + dt.timedelta(days=ahead)).month == on.month
        )
        busy = float(np.exp(weather[index]))
        if working(on):
            busy *= _RUSH if left < _RUSH_DAYS else 1.0
            busy *= 1.0 if working(on - dt.timedelta(days=1)) else _AFTER_REST
        result.append(Day(on, index, start, stop - start, working(on), busy))
    return result


def _holidays(settings: Settings, dates: Sequence[dt.date]) -> set[dt.date]:
    country = settings.business_hours.holidays
    if country is None:
        return set()
    years = range(dates[0].year - 1, dates[-1].year + 2)
    try:
        return set(holidays.country_holidays(country, years=years))
    except NotImplementedError:
        raise MimamoriError(
            f"business_hours.holidays: no public holidays are known for {country!r}; "
            "give an ISO 3166 code such as JP, or null"
        ) from None


def _midnight(settings: Settings, on: dt.date) -> int:
    return int(dt.datetime.combine(on, dt.time(), tzinfo=settings.zone).timestamp())
