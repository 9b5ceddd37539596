"""Detectors find nothing without the columns that their headers require."""

from pathlib import Path

import pytest

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.prerequisites import alternatives
from tests.coverage.emptied import EMPTIED, found_without

pytestmark = [pytest.mark.further, pytest.mark.timeout(900)]


@pytest.mark.parametrize("detector", sorted(load_catalogue()))
def test_a_detector_is_silent_without_what_its_header_requires(
    tmp_path: Path, detector: str
) -> None:
    """Else a site would be said to be blind where the detector sees something."""
    needs = [alternatives(need) for need in load_catalogue()[detector].rests_on.requires]
    for number, names in enumerate(needs):
        if EMPTIED.keys() >= {*names}:
            counts = found_without(tmp_path / str(number), detector, names)
            assert [name for name, count in counts.items() if count] == [], names
