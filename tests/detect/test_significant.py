"""How many of a night's tests may count: at most a share of them by chance."""

import pytest

from pipelines.detect.score import significant


@pytest.mark.parametrize(
    ("p_values", "tests", "largest"),
    [
        ([], [(10, 1.0)], 0.0),
        # One of a hundred tests: by chance as many as a hundred times its p-value.
        ([0.001], [(100, 1.0)], 0.001),
        ([0.00101], [(100, 1.0)], 0.0),
        ([0.0015], [(100, 1.0)], 0.0),
        # The second of two may be twice as large, in whatever order they come.
        ([0.002, 0.001], [(100, 1.0)], 0.002),
        ([0.002, 0.002], [(100, 1.0)], 0.002),
        ([0.0021, 0.001], [(100, 1.0)], 0.001),
        # A later one that passes lets an earlier one through that would not by itself.
        ([0.0015, 0.0018], [(100, 1.0)], 0.0018),
        ([0.0015, 0.5, 0.0018], [(100, 1.0)], 0.0018),
        # Tests of several detectors add up.
        ([0.001], [(50, 1.0), (50, 1.0)], 0.001),
        ([0.001], [(50, 1.0), (51, 1.0)], 0.0),
        # A test that cannot have a larger p-value than this brings no more by chance.
        ([0.05], [(1, 1.0), (50, 0.001)], 0.05),
        ([0.05], [(1, 1.0), (51, 0.001)], 0.0),
        # What was found is a test at least, also where fewer were counted.
        ([0.1], [], 0.1),
        ([0.11], [], 0.0),
        ([0.1, 0.1], [(1, 1.0)], 0.1),
        ([0.06, 0.1], [(0, 1.0)], 0.1),
    ],
)
def test_one_in_ten_of_what_is_let_through_may_be_chance(
    p_values: list[float], tests: list[tuple[int, float]], largest: float
) -> None:
    """The largest p-value for which so many by chance are at most a tenth of those up to it."""
    assert significant(p_values, tests) == largest


@pytest.mark.parametrize(
    ("rate", "largest"), [(0.1, 0.001), (0.2, 0.004), (0.05, 0.0), (0.4, 0.012)]
)
def test_the_share_that_may_be_chance_can_be_chosen(rate: float, largest: float) -> None:
    """A higher share lets more through."""
    assert significant([0.001, 0.004, 0.012], [(100, 1.0)], rate) == largest
