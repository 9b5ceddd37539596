"""Every detector's own examples, replayed from log text to finding."""

import datetime as dt
from pathlib import Path

import pytest
import scenario
import yaml

from pipelines import lake, nightly
from pipelines.detect.catalogue import DETECTORS_DIR, load_catalogue
from pipelines.detect.run import detect_day
from pipelines.findings import Finding, Severity
from pipelines.paths import Home
from pipelines.settings import load

_EXAMPLES = sorted(
    path for path in DETECTORS_DIR.glob("*/*") if path.stem.split("-")[0] in {"fires", "silent"}
)
_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=scenario.ZONE)


def _findings(tmp_path: Path, world: scenario.Scenario) -> list[Finding]:
    settings_file = tmp_path / "mimamori.yaml"
    site = {
        "id": "site",
        "group": "main",
        "domains": ["site.example"],
        "logs": ["site/access.log*"],
        "format": "combined",
        "resources": "all",
        **world.site,
    }
    login = {"id": "login", "kind": "login", "path": "/login", "methods": ["POST"]}
    record = {"id": "customer", "kind": "record", "path": "/customers/{subject}", "level": 3}
    settings_file.write_text(
        yaml.safe_dump(
            {
                "user_types": [
                    {"pattern": "^st-", "type": "staff"},
                    {"pattern": "^c[0-9]", "type": "customer"},
                ],
                "resources": {"all": [login, record]},
                "sites": [site],
            }
        )
    )
    settings = load(settings_file)
    home = Home(tmp_path / "var")
    files = {f"access.log-{day:%Y%m%d}": lines for day, lines in world.lines.items()}
    if world.again:
        files["access.log.again"] = world.again
    for name, lines in files.items():
        target = home.logs / "site" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    nightly.ingest(settings, home, clock=lambda: _NOW)
    with lake.open_writer(home, settings.timezone) as con:
        nightly.refresh_aggregates(con, sorted({*world.lines, world.date}))
        return detect_day(con, settings, world.date)


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_detector_fires_and_stays_silent_as_its_examples_say(path: Path, tmp_path: Path) -> None:
    """`fires.*` raises one finding of its detector as expected; `silent.*` none above `low`."""
    world = scenario.load(path)
    found = [one for one in _findings(tmp_path, world) if one.detector == path.parent.name]
    loud = [one for one in found if one.severity.needs_a_look]
    if path.stem.startswith("silent"):
        assert loud == []
        return
    (finding,) = found
    if path.suffix == ".log":
        assert finding.event_count == sum(map(len, world.lines.values()))  # every line of it
    for key, value in world.expect.items():
        assert str(getattr(finding, key)) == str(value), key
    assert finding.severity in Severity
    assert "{" not in finding.summary
    assert finding.evidence["query"].startswith("select")


def test_every_detector_has_examples_of_both_kinds() -> None:
    """A detector without a case that fires and one that stays silent is not done."""
    for detector in load_catalogue().values():
        names = {path.stem.split("-")[0] for path in detector.folder.iterdir()}
        assert {"fires", "silent"} <= names, detector.id
