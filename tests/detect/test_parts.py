"""Parts of a day's detection: each measures by itself what it does beside all others."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.day import day_scripts
from pipelines.detect.parts import PARTS, detectors_of, scripts_of
from pipelines.detect.run import Measured, measured_day
from pipelines.paths import SQL_DIR
from tests.detect import scenario
from tests.detect.replayed import EXAMPLES, make_ready, read


def test_each_detector_is_in_one_part() -> None:
    """None is left out, none measured twice."""
    found = [one.id for part in PARTS for one in detectors_of(part)]
    assert sorted(found) == list(load_catalogue())


def test_each_table_of_the_day_is_made_for_some_part() -> None:
    """And no part needs all of them."""
    made = {part: set(scripts_of(part, day_scripts())) for part in PARTS}
    assert set.union(*made.values()) == set(day_scripts())
    assert all(len(scripts) < len(day_scripts()) for scripts in made.values())


def test_who_is_at_work_is_asked_where_users_are_judged() -> None:
    """Rules about sites and addresses wait for no table of people."""
    worker = SQL_DIR / "day" / "worker.sql"
    with_users = {part for part in PARTS if worker in scripts_of(part, day_scripts())}
    judged = {one.category for one in load_catalogue().values() if "user" in one.actors}
    assert with_users == judged == {"personal_data", "authentication"}


@pytest.mark.full
@pytest.mark.timeout(900)
def test_parts_measure_what_the_whole_does(tmp_path: Path) -> None:
    """Over the examples in which detectors fire, as many of them as fit into one lake."""
    crowds: dict[object, dict[Path, scenario.Scenario]] = {}
    for number, path in enumerate(EXAMPLES, 1):
        if path.stem.startswith("fires"):
            world = scenario.load(path, number)
            crowds.setdefault((world.date, str(world.settings)), {})[path] = world
    crowd = max(crowds.values(), key=len)
    world = scenario.merged(list(crowd.values()))
    settings, home = read(tmp_path, world)
    with lake.open_writer(home, settings.timezone) as con:
        con.execute("set threads = 1")  # several add up in another order each time
        make_ready(con, home, settings, world)
        whole = _by_detector(measured_day(con, settings, world.date))
        parts: dict[str, Measured] = {}
        for part in PARTS:
            parts |= _by_detector(measured_day(con, settings, world.date, part))
    fired = {name for name, one in whole.items() if one.told}
    assert len(fired) > 30
    assert "failed" not in {one.mode for one in whole.values()}
    assert [name for name in whole if parts[name] != whole[name]] == []


def _by_detector(measured: list[Measured]) -> dict[str, Measured]:
    """What each measured, without the time that it took, in an order of its own."""
    return {
        one.detector: replace(
            one,
            duration_ms=0.0,
            told=tuple(sorted(one.told, key=lambda found: found[1].finding_id)),
            shadow=tuple(sorted(one.shadow, key=lambda found: found[1].finding_id)),
        )
        for one in measured
    }
