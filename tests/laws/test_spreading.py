"""Spreading is no cover: the same over more addresses, browsers, sessions or hours is found too.

Each example of what somebody does is changed in what is done on the day. Of IPv6 a /64 is one
address; over a hundred others ten times as much is done, since a request or two of each of them is
what everybody does. A detector that cannot keep the law says so in its header (`exceptions`).
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.detect.catalogue import load_catalogue
from tests.detect import scenario
from tests.laws.examples import Found, found_in_each, is_excepted
from tests.laws.spreading import (
    Spread,
    Traffic,
    hidden,
    in_one_slash64,
    is_all,
    is_nameless,
    over_a_hundred_addresses,
    over_many_browsers,
    over_many_sessions,
    over_twice_the_time,
    spread,
)

pytestmark = [pytest.mark.further, pytest.mark.slow, pytest.mark.timeout(900)]

_MOST_EXCEPTIONS = 6


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What is found of the examples as they are."""
    return found_in_each(tmp_path_factory.mktemp("as-it-is"), scenario.load)


@pytest.mark.parametrize(
    ("over", "may"),
    [
        pytest.param(in_one_slash64, is_nameless, id="in-one-slash64"),
        pytest.param(over_a_hundred_addresses, is_nameless, id="over-a-hundred-addresses"),
        pytest.param(over_many_browsers, is_all, id="over-many-browsers"),
        pytest.param(over_many_sessions, is_nameless, id="over-many-sessions"),
        pytest.param(over_twice_the_time, is_all, id="over-twice-the-time"),
    ],
)
def test_some_detector_of_the_category_finds_it(
    alone: Found, tmp_path: Path, over: Spread, may: Callable[[Traffic, list[Traffic]], bool]
) -> None:
    """A finding of `medium` or above is still reported by a detector of the same category."""
    found = found_in_each(tmp_path, spread(over, may))
    gone = [one for one in hidden(alone, found) if not is_excepted("spreading", *one)]
    assert gone == []
    assert len(found) > 30


def test_few_detectors_are_excepted() -> None:
    """Laws with many exceptions are none."""
    excepted = [one.id for one in load_catalogue().values() if one.exceptions]
    assert len(excepted) <= _MOST_EXCEPTIONS
