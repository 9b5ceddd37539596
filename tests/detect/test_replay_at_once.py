"""All detectors over the examples of all of them."""

from pathlib import Path

import pytest

from pipelines.detect.catalogue import load_catalogue
from tests.detect import scenario
from tests.detect.replayed import EXAMPLES, detected

pytestmark = [pytest.mark.slow, pytest.mark.all_threads]


def test_all_detectors_run_over_all_examples_at_once(tmp_path: Path) -> None:
    """None fails on what others look for, and each finds something in these crowds."""
    crowds: dict[tuple[object, str], list[scenario.Scenario]] = {}
    for world in map(scenario.load, EXAMPLES):
        crowds.setdefault((world.date, str(world.settings)), []).append(world)
    found: set[str] = set()
    for number, crowd in enumerate(crowds.values()):
        (folder := tmp_path / str(number)).mkdir()
        found |= {one.detector for one in detected(folder, scenario.merged(crowd))}
    assert found == load_catalogue().keys()
