"""The days of a simulation: working days and holidays, the end of a month, the hours of a day."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipelines.demo.columns import Floats
from pipelines.settings.calendar import working_days
from pipelines.settings.model import Settings

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
    """Return the consecutive `dates` as days of the simulation."""
    around = dt.timedelta(days=31)
    open_days = set(working_days(settings.business_hours, dates[0] - around, dates[-1] + around))

    borders = [_midnight(settings, on) for on in (*dates, dates[-1] + dt.timedelta(days=1))]
    weather = np.random.default_rng([seed, 1]).normal(0.0, _COMMON_SPREAD, len(dates))
    result = []
    for index, (on, (start, stop)) in enumerate(zip(dates, pairwise(borders), strict=True)):
        left = sum(
            on + dt.timedelta(days=ahead) in open_days
            for ahead in range(1, 32)
            if (on + dt.timedelta(days=ahead)).month == on.month
        )
        busy = float(np.exp(weather[index]))
        if on in open_days:
            busy *= _RUSH if left < _RUSH_DAYS else 1.0
            busy *= 1.0 if on - dt.timedelta(days=1) in open_days else _AFTER_REST
        result.append(Day(on, index, start, stop - start, on in open_days, busy))
    return result


def _midnight(settings: Settings, on: dt.date) -> int:
    return int(dt.datetime.combine(on, dt.time(), tzinfo=settings.zone).timestamp())


HOUR = 3600.0

_VISITS = (
    2, 1, 0.7, 0.5, 0.5, 0.8, 2, 4, 6, 7, 7.5, 7, 8, 7, 6.5, 6.5, 6.5, 6.5, 6.5, 7, 8, 8.5, 7, 4,
)  # fmt: skip
_CUSTOMERS = (
    1.6, 0.8, 0.4, 0.3, 0.3, 0.7, 2, 4, 5, 6, 6, 5.5, 8, 6.5, 5, 5, 5, 5.5, 6, 7.5, 9, 9.5, 8, 4,
)  # fmt: skip
_SHIFT_AT = (0.0, 0.04, 0.42, 0.46, 0.54, 0.58, 0.95, 1.0)  # parts of a shift ...
_SHIFT_PACE = (0.4, 1.0, 1.0, 0.2, 0.2, 1.0, 1.0, 0.3)  # ... and how busy it is there


def _running(weights: tuple[float, ...]) -> Floats:
    total = np.concatenate([[0.0], np.cumsum(weights)])
    share: Floats = total / total[-1]
    return share


_VISITS_SHARE = _running(_VISITS)
_CUSTOMERS_SHARE = _running(_CUSTOMERS)
_SHIFT_GRID = np.linspace(0.0, 1.0, 101)
_SHIFT_SHARE = _running(tuple(np.interp(_SHIFT_GRID[:-1], _SHIFT_AT, _SHIFT_PACE).tolist()))


def visit_times(rng: np.random.Generator, count: int) -> Floats:
    """Return seconds of the day at which people open public pages."""
    return _of_day(rng, count, _VISITS_SHARE)


def customer_times(rng: np.random.Generator, count: int) -> Floats:
    """Return seconds of the day at which customers log in: noon and evening most of all."""
    return _of_day(rng, count, _CUSTOMERS_SHARE)


def any_times(rng: np.random.Generator, count: int) -> Floats:
    """Return seconds of the day without any rhythm, as machines keep none."""
    return rng.random(count) * 24 * HOUR


def shift_times(rng: np.random.Generator, begins: Floats, ends: Floats) -> Floats:
    """Return a second in each shift from `begins` to `ends` (hours), few of them at the break."""
    part = np.interp(rng.random(len(begins)), _SHIFT_SHARE, _SHIFT_GRID)
    second: Floats = (begins + (ends - begins) * part) * HOUR
    return second


def _of_day(rng: np.random.Generator, count: int, share: Floats) -> Floats:
    hours: Floats = np.interp(rng.random(count), share, np.arange(25.0))
    return hours * HOUR
