"""The model of volume gives what was measured, and grows with what it is asked about."""

from itertools import pairwise

import pytest
from scaling import model

_POINTS, _NIGHT = model.measured()


def test_one_two_and_four_workers_were_measured() -> None:
    """On the same lines; and one of them on fewer, so that a slope can be told."""
    most = max(one.lines for one in _POINTS)
    assert {one.workers for one in _POINTS if one.lines == most} == {1, 2, 4}
    assert any(one.lines * 5 < most and one.workers == 1 for one in _POINTS)


@pytest.mark.parametrize("point", _POINTS, ids=lambda one: f"{one.workers} of {one.lines}")
def test_the_model_gives_each_measured_point(point: model.Point) -> None:
    """CPU seconds and bytes to a tenth, transactions and the catalog to a fifth."""
    assert model.ingest_cpu(point.lines, point.workers) == pytest.approx(point.cpu_seconds, rel=0.1)
    assert model.data_mb(point.lines) == pytest.approx(point.data_mb, rel=0.1)
    assert model.catalog_mb(point.data_files) == pytest.approx(point.catalog_mb, rel=0.2)
    transactions = model.transactions(point.snapshots, point.workers, point.wall_seconds)
    assert transactions == pytest.approx(point.transactions, rel=0.2)


def test_the_model_gives_the_measured_night() -> None:
    """What the other stages took of it."""
    stages = model.constants().stages_million * _NIGHT.lines / model.MILLION
    assert stages == pytest.approx(_NIGHT.cpu_seconds - _NIGHT.ingest_cpu_seconds)


def test_ten_times_the_lines_take_more_of_everything() -> None:
    """And the largest part of detection is what no number of workers makes up for in the end."""
    sizes = [model.sized(10**power) for power in range(5, 11)]
    for less, more in pairwise(sizes):
        assert more.data_gb == pytest.approx(10 * less.data_gb)
        assert more.cpu_hours > less.cpu_hours
        assert more.dollars_a_month > less.dollars_a_month
        assert more.workers >= less.workers
    assert sizes[-2].detection_hours < model.NIGHT_HOURS < sizes[-1].detection_hours
