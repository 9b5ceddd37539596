"""All detectors over the examples of all of them."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.detect import run
from pipelines.detect.catalogue import load_catalogue
from tests.detect import scenario
from tests.detect.replayed import EXAMPLES, detected

pytestmark = [pytest.mark.slow, pytest.mark.all_threads]


def test_all_detectors_run_over_all_examples_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None fails on what others look for, and each finds something in these crowds.

    Without the rows of a table that its header says it needs, it finds nothing.
    """
    outcomes = run._outcomes

    def also_without_rows(
        con: duckdb.DuckDBPyConnection, values: dict[str, Any], seconds: float
    ) -> list[run._Outcome]:
        found = outcomes(con, values, seconds)
        for one in found:
            for table in one.detector.needs if one.rows else ():
                con.execute(f"begin; delete from {table}")
                without = run._run(con, one.detector, values, seconds)
                con.execute("rollback")
                assert (without.rows, without.tests or 0) == ([], 0), one.detector.id
        return found

    monkeypatch.setattr(run, "_outcomes", also_without_rows)
    crowds: dict[tuple[object, str], list[scenario.Scenario]] = {}
    for number, path in enumerate(EXAMPLES, 1):
        world = scenario.load(path, number)
        crowds.setdefault((world.date, str(world.settings)), []).append(world)
    found: set[str] = set()
    for number, crowd in enumerate(crowds.values()):
        (folder := tmp_path / str(number)).mkdir()
        found |= {one.detector for one in detected(folder, scenario.merged(crowd))}
    assert found == load_catalogue().keys()
