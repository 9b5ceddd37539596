"""Detectors read no column that their headers do not name."""

from pathlib import Path

import pytest

from pipelines.detect.catalogue import load_catalogue
from tests.coverage.emptied import EMPTIED, found_without

pytestmark = [pytest.mark.further, pytest.mark.timeout(900)]


@pytest.mark.parametrize("detector", sorted(load_catalogue()))
def test_a_detector_fires_without_the_columns_that_its_header_does_not_name(
    tmp_path: Path, detector: str
) -> None:
    """Else a site would be said to be covered where the detector sees less."""
    named = load_catalogue()[detector].rests_on.names()
    if named & {"user_id", "login_user"}:  # a session's user is its nameless lines' too
        named |= {"user_id", "session_id"}
    counts = found_without(tmp_path, detector, EMPTIED.keys() - named)
    assert [name for name, count in counts.items() if not count] == []
