"""Every detector's own examples, replayed from log text to finding."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.detect import aggregates, day, run
from pipelines.detect.catalogue import Detector, load_catalogue
from pipelines.detect.codes import of_wrong_type, without_words
from pipelines.detect.wording import summary_in
from pipelines.findings import Finding
from pipelines.paths import SQL_DIR
from tests.detect import scenario
from tests.detect.replayed import EXAMPLES, detected
from tests.detect.what_it_reads import files_read

pytestmark = pytest.mark.slow

_PLACE = re.compile(r"\bw[0-9]+-")  # of a world among others, in the names of its sites


def alone(monkeypatch: pytest.MonkeyPatch, detector: Detector) -> None:
    """Have one detector run, over the tables that it reads."""
    read = files_read(detector)

    def make(
        con: duckdb.DuckDBPyConnection, values: dict[str, Any], folder: Path, seconds: float
    ) -> None:
        for path in sorted(read.intersection(folder.glob("*.sql"))):
            day.run_sql_file(con, values, path, seconds)

    monkeypatch.setattr(day, "run_sql_folder", make)
    monkeypatch.setattr(run, "load_catalogue", lambda: {detector.id: detector})
    monkeypatch.setattr(
        aggregates, "TABLES", [name for name in aggregates.TABLES if _baseline(name) in read]
    )


def _baseline(name: str) -> Path:
    return SQL_DIR / "baselines" / f"{name}.sql"


Replayed = tuple[scenario.Scenario, list[Finding]]


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Replayed]:
    """An example as it was run, and what its detector found in it.

    A lake takes half a second whatever is in it, so the examples of a detector share lakes where
    none is another world for it.
    """
    known: dict[Path, Replayed] = {}

    def of(path: Path) -> Replayed:
        if path not in known:
            paths = [one for one in EXAMPLES if one.parent == path.parent]
            worlds = [scenario.load(one, number) for number, one in enumerate(paths, 1)]
            for crowd in scenario.crowds(worlds):
                with pytest.MonkeyPatch.context() as patch:
                    alone(patch, load_catalogue()[path.parent.name])
                    folder = tmp_path_factory.mktemp("lake")
                    if len(crowd) == 1:
                        world = scenario.load(paths[crowd[0]])
                        known[paths[crowd[0]]] = world, detected(folder, world)
                        continue
                    found = detected(folder, scenario.merged([worlds[one] for one in crowd]))
                for place, one in enumerate(crowd):
                    own = [each for each in found if str(each.site_id).startswith(f"w{place}-")]
                    known[paths[one]] = worlds[one], own
        return known[path]

    return of


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_detector_fires_and_stays_silent_as_its_examples_say(
    path: Path, replayed: Callable[[Path], Replayed]
) -> None:
    """`fires.*` raises one finding of its detector as expected; `silent.*` none above `low`."""
    detector = load_catalogue()[path.parent.name]
    world, found = replayed(path)
    if path.stem.startswith("silent"):
        assert [one for one in found if one.severity.needs_a_look] == []
        return
    expected = dict(world.expect)
    assert len(found) == expected.pop("findings", 1)
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


def test_every_detector_has_examples_of_both_kinds() -> None:
    """A detector without a case that fires and one that stays silent is not done."""
    for detector in load_catalogue().values():
        names = {path.stem.split("-")[0] for path in detector.folder.iterdir()}
        assert {"fires", "silent"} <= names, detector.id
