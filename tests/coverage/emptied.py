"""Examples of detectors on a lake whose columns are empty, as of a log that lacks them."""

from collections.abc import Iterable
from pathlib import Path

from tests.detect import scenario
from tests.detect.replayed import EXAMPLES, detected, only

_FACT = ("session_id", "url_query", "bytes", "referrer", "subject_id")
_NULL = "update lake.request_fact set {0} = null; update lake.request_profile set {1} = null"
EMPTIED = {
    **{name: f"update lake.request_fact set {name} = null" for name in _FACT},
    "user_id": _NULL.format("user_id", "user_type"),
    "status": _NULL.format("status", "login_result"),
    "user_agent": "update lake.request_fact set agent_id = null",
    "client_ip": "update lake.client set client_ip = null, country = null, asn = null",
    "country": "update lake.client set country = null",
    "asn": "update lake.client set asn = null",
}
"""A log that lacks a column. The other columns are always there, or follow from settings."""


def found_without(folder: Path, detector: str, emptied: Iterable[str]) -> dict[str, int]:
    """Return how many findings each example gives that fires, by its file's name."""
    paths = [
        one for one in EXAMPLES if one.parent.name == detector and one.stem.startswith("fires")
    ]
    worlds = [scenario.load(one, number) for number, one in enumerate(paths, 1)]
    statements = [EMPTIED[name] for name in emptied]
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
