"""Every detector's own examples, replayed from log text to finding, amid those of all others."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from pipelines.detect import run
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.codes import of_wrong_type, without_words
from pipelines.detect.day import day_parameters
from pipelines.detect.wording import summary_in
from pipelines.findings import Finding
from pipelines.settings.model import Settings
from tests.detect import scenario
from tests.detect.replayed import EXAMPLES, detected, only

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # the examples run in the first test

_FULL = {  # further examples of a detector that have many lines or need a lake of their own
    "access-without-right": ("silent-no-list",),
    "bulk-record-access": (
        *("fires-drain", "fires-lasting-growth", "fires-repeated", "fires-sites"),
        "silent-weekly",
    ),
    "cross-franchise-access": ("fires-unnamed",),
    "leaver-collection": ("fires-export",),
    "log-gap": ("fires", "fires-day", "fires-weeks", "silent-works"),
    "mass-export": ("fires-huge",),
    "new-location-access": ("fires",),
    "off-hours-access": ("fires-sunday", "silent-evening", "silent-saturday"),
    "parse-failure-spike": ("fires-few", "fires-some"),
    "record-enumeration": ("fires-shuffled", "silent-small-shop"),
    "repeated-subject-access": ("silent-services",),
    "server-error-spike": ("fires",),
    "slow-collection": (
        *("fires-accounts", "fires-customers-of-others", "fires-export-days", "fires-exports"),
        *("fires-refused", "fires-same-work"),
        *("silent-hand-over", "silent-month-end", "silent-new-post"),
    ),
    "unauthenticated-access": (
        *("fires-borrowed-session", "fires-many-addresses", "fires-sessionless"),
    ),
    "volume-anomaly": ("fires-loss",),
}


def _name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


_FURTHER = [path for path in EXAMPLES if path.stem in _FULL.get(path.parent.name, ())]
_MARKED = [
    pytest.param(
        path,
        marks=[pytest.mark.full] if path in _FURTHER else [],
        id=_name(path),
    )
    for path in EXAMPLES
]

_PLACE = re.compile(r"\bw[0-9]+-")  # of a world among others, in the names of its sites


@dataclass
class Replay:
    """Every example as it was run, what its detector found in it, and what all of them found."""

    known: dict[Path, tuple[scenario.Scenario, list[Finding]]] = field(default_factory=dict)
    detectors: set[str] = field(default_factory=set)
    without_rows: list[str] = field(default_factory=list)
    """Detectors with a finding though a table has no row that they say they need."""


@pytest.fixture(scope="module")
def replay(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """All examples of the same settings in one lake, since one each would take minutes.

    Whoever others would change lies in a lake of fewer or of its own too, and is judged there.
    Further examples are among them where they are asked for; where no test asks what all find
    (`-k brute-force-`), only those that are asked for.
    """
    done = Replay()
    items = request.session.items
    asked = {item.name.partition("[")[2] for item in items}
    fixtures = [set(item.fixturenames) for item in items if isinstance(item, pytest.Function)]
    whole = any({"replay", "path"} & names == {"replay"} for names in fixtures)
    left_out = {
        path for path in (_FURTHER if whole else EXAMPLES) if f"{_name(path)}]" not in asked
    }
    crowds: dict[tuple[object, str], dict[Path, scenario.Scenario]] = {}
    for number, path in enumerate(EXAMPLES, 1):
        if path in left_out:
            continue
        world = scenario.load(path, number)
        crowds.setdefault((world.date, str(world.settings)), {})[path] = world
    with pytest.MonkeyPatch.context() as patch:
        _also_without_rows(patch, done.without_rows)
        for worlds in crowds.values():
            folder = tmp_path_factory.mktemp("crowd")
            done.detectors |= {one.detector for one in _find(done, worlds, folder)}
    fewer: dict[object, list[Path]] = {}
    for path, (world, _) in done.known.items():
        if world.alone:
            name = path if world.alone is True else world.alone
            fewer.setdefault((name, world.date, str(world.settings)), []).append(path)
    for paths in fewer.values():
        worlds = {path: scenario.load(path, number) for number, path in enumerate(paths)}
        _find(done, worlds, tmp_path_factory.mktemp("fewer"))
    return done


def _find(done: Replay, worlds: dict[Path, scenario.Scenario], folder: Path) -> list[Finding]:
    """Return all that is found in worlds of one lake; keep for each what its detector found."""
    crowd = list(worlds.values())
    is_one = len(crowd) == 1  # whose sites keep their names
    with only({path.parent.name for path in worlds}):
        found = detected(folder, crowd[0] if is_one else scenario.merged(crowd))
    for place, (path, world) in enumerate(worlds.items()):
        own = [one for one in found if is_one or str(one.site_id).startswith(f"w{place}-")]
        done.known[path] = world, [one for one in own if one.detector == path.parent.name]
    return found


def _also_without_rows(patch: pytest.MonkeyPatch, failed: list[str]) -> None:
    """Have detectors that find something run again over each table that they need without a row."""
    measured = run._measured

    def again(
        con: duckdb.DuckDBPyConnection,
        settings: Settings,
        day: dt.date,
        outcomes: Sequence[run._Outcome],
    ) -> list[run.Measured]:
        values = day_parameters(settings, day)
        seconds = settings.limits.detector_seconds
        for one in outcomes:
            for table in one.detector.needs if one.rows else ():
                con.execute(f"begin; delete from {table}")
                without = run._run(con, one.detector, one.tuned, values, seconds)
                con.execute("rollback")
                if (without.rows, without.tests or 0) != ([], 0):
                    failed.append(f"{one.detector.id} without {table}")
        return measured(con, settings, day, outcomes)

    patch.setattr(run, "_measured", again)


@pytest.mark.parametrize("path", _MARKED)
def test_detector_fires_and_stays_silent_as_its_examples_say(path: Path, replay: Replay) -> None:
    """`fires.*` raises one finding of its detector as expected; `silent.*` none above `low`."""
    detector = load_catalogue()[path.parent.name]
    world, found = replay.known[path]
    if path.stem.startswith("silent"):
        assert [one for one in found if one.severity.needs_a_look] == []
        return
    expected = dict(world.expect)
    assert len(found) == expected.pop("findings", 1)
    told = [one for one in found if one.severity.needs_a_look]
    assert len(told) == expected.pop("to_look_at", len(told))
    finding = max(found, key=lambda one: one.score)
    if path.suffix == ".log":
        assert finding.event_count == len(world.lines["site"][world.date])  # every line of it
    for key, value in expected.items():
        assert _PLACE.sub("", str(getattr(finding, key))) == str(value), key
    for one in found:
        assert list(without_words(detector, one.evidence)) == []
        assert list(of_wrong_type(detector, one.evidence)) == []
    assert "{" not in finding.summary
    assert summary_in(finding, "ja", scenario.ZONE) == finding.summary
    assert summary_in(finding, "en", scenario.ZONE).isascii() or not finding.actor.isascii()
    assert finding.evidence["query"].startswith("select")
    for one in found:  # nothing is found of what is not there, but for what is missing
        usual, observed = one.evidence.get("expected") or 0, one.evidence.get("observed")
        assert observed is None or observed > 0 or usual > observed, one.summary


def test_every_detector_has_examples_of_both_kinds() -> None:
    """A detector without a case that fires and one that stays silent is not done."""
    for detector in load_catalogue().values():
        names = {
            path.stem.split("-")[0]
            for path in detector.folder.iterdir()
            if path not in _FURTHER  # which are no part of every run
        }
        assert {"fires", "silent"} <= names, detector.id


def test_every_detector_finds_something_amid_all_examples(replay: Replay) -> None:
    """None fails on what others look for."""
    assert replay.detectors == load_catalogue().keys()


def test_a_detector_finds_nothing_without_the_rows_that_it_says_it_needs(replay: Replay) -> None:
    """Where a table of the day that its header names is empty, a detector is not run."""
    assert replay.without_rows == []
