"""When in a day things happen: hours of the day for the public, the course of a shift for staff."""

import numpy as np

from pipelines.demo.columns import Floats

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
