"""A night whose clock is far ahead deletes nothing at once."""

import datetime as dt

import pytest

from pipelines.errors import MimamoriError
from pipelines.night import stages
from pipelines.retention.result import Retained
from tests.retention.conftest import NIGHT, NOW, World

_COUNT = "select count(*) from lake.request_fact"
_YEARS = dt.timedelta(days=4 * 365)


def _of_night(world: World, later: dt.timedelta) -> Retained:
    night, now = NIGHT + later, NOW + later
    return stages.retention(world.settings, world.home, night, lambda: now, is_of_night=True)


@pytest.mark.further
def test_a_clock_that_is_years_ahead_empties_no_lake_overnight(world: World) -> None:
    """The first night refuses and says so; the next goes on, as the clock may well be right."""
    _of_night(world, dt.timedelta())
    kept = world.rows(_COUNT)
    for minutes in (0, 5):  # Airflow tries a task again
        with pytest.raises(MimamoriError, match="1460 days have passed"):
            _of_night(world, _YEARS + dt.timedelta(minutes=minutes))
    assert world.rows(_COUNT) == kept
    status = "select status from lake.stage_run where stage = 'retention' order by ended_at"
    assert world.rows(status)[-2:] == [("failed",), ("failed",)]
    assert _of_night(world, _YEARS + dt.timedelta(days=1)).acts
    assert world.rows(_COUNT) == [(0,)]


@pytest.mark.further
def test_a_month_of_nights_that_were_left_out_is_made_up_for(world: World) -> None:
    """So is a clock that goes back, and what somebody asks for by hand is done at once."""
    _of_night(world, dt.timedelta())
    _of_night(world, dt.timedelta(days=30))
    _of_night(world, dt.timedelta(days=2))
    now = NOW + _YEARS
    assert stages.retention(world.settings, world.home, NIGHT + _YEARS, lambda: now).acts
