"""Every detector's own examples, replayed from log text to finding."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from pipelines import lake
from pipelines.context.load import make_context_tables
from pipelines.detect import aggregates, day, run
from pipelines.detect.catalogue import DETECTORS_DIR, Detector, load_catalogue
from pipelines.detect.codes import without_words
from pipelines.detect.wording import summary_in
from pipelines.findings import Finding
from pipelines.night import stages
from pipelines.paths import SQL_DIR, Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from tests.detect import scenario
from tests.detect.what_it_reads import files_read

_EXAMPLES = sorted(
    path for path in DETECTORS_DIR.glob("*/*") if path.stem.split("-")[0] in {"fires", "silent"}
)
_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=scenario.ZONE)

_USER_TYPES = [
    {"pattern": "^st-", "type": "staff"},
    {"pattern": "^fr(?P<franchise>[0-9]+)-", "type": "franchise"},
    {"pattern": "^ct-", "type": "contractor"},
    {"pattern": "^sv-", "type": "system"},
    {"pattern": "^c[0-9]", "type": "customer"},
]
_RESOURCES = [
    {"id": "login", "kind": "login", "path": "/login", "methods": ["POST"]},
    {"id": "customer", "kind": "record", "path": "/customers/{subject}", "level": 3},
    {"id": "note", "kind": "record", "path": "/notes?of={subject}", "level": 2},
    {"id": "customer-list", "kind": "list", "path": "/customers", "level": 2},
    {"id": "export", "kind": "export", "path": "/export/*", "level": 3},
    {"id": "admin", "kind": "admin", "path": "/admin/*", "level": 1},
]


def _settings(tmp_path: Path, world: scenario.Scenario) -> Settings:
    sites = [
        {
            "group": "main",
            "domains": [f"{site['id']}.example"],
            "logs": [f"{site['id']}/access.log*"],
            "resources": "all",
            **site,
        }
        for site in world.sites
    ]
    context = {}
    for name, rows in world.context.items():
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            table = csv.DictWriter(stream, list({key: None for row in rows for key in row}))
            table.writeheader()
            table.writerows(rows)
        context[name] = f"{name}.csv"
    path = tmp_path / "mimamori.yaml"
    values = {
        "user_types": _USER_TYPES,
        "resources": {"all": _RESOURCES},
        "context": context,
        **world.settings,
        "sites": sites,
    }
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return load(path)


def _detected(tmp_path: Path, world: scenario.Scenario) -> list[Finding]:
    """What the detectors find; none of them fails."""
    settings = _settings(tmp_path, world)
    home = Home(tmp_path / "var")
    files = [
        (site, f"access.log-{day:%Y%m%d}", lines)
        for site, days in world.lines.items()
        for day, lines in days.items()
    ]
    files += [(site, "access.log.again", lines) for site, lines in world.again.items()]
    for site, name, lines in files:
        target = home.logs / site / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    stages.ingest(settings, home, clock=lambda: _NOW)
    with lake.open_writer(home, settings.timezone) as con:
        aggregates.refresh_aggregates(con, world.days)
        make_context_tables(con, settings)
        detected = run.detect_day(con, settings, world.date)
    assert [one.detector for one in detected.runs if one.mode == "failed"] == []
    return list(detected.findings)


def _alone(monkeypatch: pytest.MonkeyPatch, detector: Detector) -> None:
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


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_detector_fires_and_stays_silent_as_its_examples_say(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`fires.*` raises one finding of its detector as expected; `silent.*` none above `low`."""
    world = scenario.load(path)
    detector = load_catalogue()[path.parent.name]
    _alone(monkeypatch, detector)
    found = _detected(tmp_path, world)
    if path.stem.startswith("silent"):
        assert [one for one in found if one.severity.needs_a_look] == []
        return
    expected = dict(world.expect)
    assert len(found) == expected.pop("findings", 1)
    finding = max(found, key=lambda one: one.score)
    if path.suffix == ".log":
        assert finding.event_count == len(world.lines["site"][world.date])  # every line of it
    for key, value in expected.items():
        assert str(getattr(finding, key)) == str(value), key
    for one in found:
        assert list(without_words(detector, one.evidence)) == []
    assert "{" not in finding.summary
    assert summary_in(finding, "ja", scenario.ZONE) == finding.summary
    assert summary_in(finding, "en", scenario.ZONE).isascii() or not finding.actor.isascii()
    assert finding.evidence["query"].startswith("select")


def test_all_detectors_run_over_all_examples_at_once(tmp_path: Path) -> None:
    """None fails on what others look for, and each finds something in these crowds."""
    crowds: dict[tuple[dt.date, str], list[scenario.Scenario]] = {}
    for world in map(scenario.load, _EXAMPLES):
        crowds.setdefault((world.date, str(world.settings)), []).append(world)
    found: set[str] = set()
    for number, crowd in enumerate(crowds.values()):
        (folder := tmp_path / str(number)).mkdir()
        found |= {one.detector for one in _detected(folder, scenario.merged(crowd))}
    assert found == load_catalogue().keys()


def test_every_detector_has_examples_of_both_kinds() -> None:
    """A detector without a case that fires and one that stays silent is not done."""
    for detector in load_catalogue().values():
        names = {path.stem.split("-")[0] for path in detector.folder.iterdir()}
        assert {"fires", "silent"} <= names, detector.id
