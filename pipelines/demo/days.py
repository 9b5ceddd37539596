"""The days of a simulation: working days, holidays, the rush at the end of a month."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

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
