"""What the headers of detectors say about columns is true of their queries."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.prerequisites import alternatives
from tests.detect import scenario
from tests.detect.replayed import EXAMPLES, detected, only

pytestmark = [pytest.mark.further, pytest.mark.timeout(900)]

_FACT = ("session_id", "url_query", "bytes", "referrer", "subject_id")
_NULL = "update lake.request_fact set {0} = null; update lake.request_profile set {1} = null"
_EMPTIED = {
    **{name: f"update lake.request_fact set {name} = null" for name in _FACT},
    "user_id": _NULL.format("user_id", "user_type"),
    "status": _NULL.format("status", "login_result"),
    "user_agent": "update lake.request_fact set agent_id = null",
    "client_ip": "update lake.client set client_ip = null, country = null, asn = null",
    "country": "update lake.client set country = null",
    "asn": "update lake.client set asn = null",
}
"""A log that lacks a column. The other columns are always there, or follow from settings."""
_DETECTORS = sorted(load_catalogue())


def _found(folder: Path, detector: str, emptied: Iterable[str]) -> dict[str, int]:
    """How many findings each example gives that fires, on a lake in which columns are empty."""
    paths = [
        one for one in EXAMPLES if one.parent.name == detector and one.stem.startswith("fires")
    ]
    worlds = [scenario.load(one, number) for number, one in enumerate(paths, 1)]
    statements = [_EMPTIED[name] for name in emptied]
    counts: dict[str, int] = {}
    for crowd in scenario.crowds(worlds):
        with only({detector}):
            place = folder / f"{crowd[0]}"
            place.mkdir(parents=True)
            if len(crowd) == 1:
                world = scenario.load(paths[crowd[0]])
                counts[paths[crowd[0]].name] = len(detected(place, world, statements))
                continue
            found = detected(place, scenario.merged([worlds[one] for one in crowd]), statements)
        for number, one in enumerate(crowd):
            counts[paths[one].name] = sum(
                str(each.site_id).startswith(f"w{number}-") for each in found
            )
    return counts


@pytest.mark.parametrize("detector", _DETECTORS)
def test_a_detector_fires_without_the_columns_that_its_header_does_not_name(
    tmp_path: Path, detector: str
) -> None:
    """Else a site would be said to be covered where the detector sees less."""
    named = load_catalogue()[detector].rests_on.names()
    if named & {"user_id", "login_user"}:  # a session's user is its nameless lines' too
        named |= {"user_id", "session_id"}
    counts = _found(tmp_path, detector, _EMPTIED.keys() - named)
    assert [name for name, count in counts.items() if not count] == []


@pytest.mark.parametrize("detector", _DETECTORS)
def test_a_detector_is_silent_without_what_its_header_requires(
    tmp_path: Path, detector: str
) -> None:
    """Else a site would be said to be blind where the detector sees something."""
    needs = [alternatives(need) for need in load_catalogue()[detector].rests_on.requires]
    for number, names in enumerate(needs):
        if _EMPTIED.keys() >= {*names}:
            counts = _found(tmp_path / str(number), detector, names)
            assert [name for name, count in counts.items() if count] == [], names
