"""`detectors:` in settings: off, in shadow, other values, and each of it for some sites alone."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from pipelines import lake
from pipelines.findings import Finding
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.settings.detectors import Tuning, stands_for
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.triage.shadow import shadow_of
from tests.detect.replayed import only

_DAY = dt.date(2026, 11, 19)
_SETTINGS = """
resources:
  all: [{id: login, kind: login, path: /login, methods: [POST]}]
rules: [rules]
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/*.log"], resources: all}
  - id: "shop-{franchise}"
    group: shops
    domains: ["{franchise}.example"]
    logs: ["shops/{franchise}/*.log"]
    franchise: "{franchise}"
    resources: all
"""
_RULE = "11111111-1111-4111-8111-111111111111"
_SIGMA = f"""title: Log-ins
id: {_RULE}
logsource: {{category: webserver}}
detection: {{s: {{cs-uri-stem: /login}}, condition: s}}
level: low
"""
_PLACES = {"main": "main", "shops/001": "shop-001", "shops/002": "shop-002"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Home]]:
    """A lake with a day on which one address guesses passwords on each of three sites."""
    folder = tmp_path_factory.mktemp("tuned")
    path = folder / "mimamori.yaml"
    path.write_text(_SETTINGS)
    (folder / "rules").mkdir()
    (folder / "rules" / "login.yml").write_text(_SIGMA)
    settings, home = load(path), Home(folder / "var")
    for place in _PLACES:
        log = home.logs / place / "access.log"
        log.parent.mkdir(parents=True)
        log.write_text(
            "".join(
                f"198.51.100.9 - - [19/Nov/2026:03:{number % 60:02}:30 +0900]"
                ' "POST /login HTTP/1.1" 401 90 "-" "curl/8.5"\n'
                for number in range(40)
            )
        )
    stages.ingest(settings, home)
    with only({"brute-force"}):
        yield settings, home


def _detected(
    world: tuple[Settings, Home], **detectors: dict[str, Any]
) -> tuple[list[Finding], list[Finding], dict[str, dict[str, Any]]]:
    """What is told, what stays in shadow, and the row of each detector, with these settings."""
    settings, home = world
    said = {
        {"brute": "brute-force", "sigma": f"sigma:{_RULE}"}[name]: Tuning.model_validate(value)
        for name, value in detectors.items()
    }
    settings = settings.model_copy(update={"detectors": said})
    told = stages.detect(settings, home, [_DAY])
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute("select * from lake.detector_day").pl().to_dicts()
        kept = con.execute("select count(*) from lake.findings").fetchone()
    assert kept == (len(told),)
    return told, shadow_of(home, settings, _DAY), {row["detector"]: row for row in rows}


def _sites(found: list[Finding], detector: str) -> list[str]:
    return sorted(one.site_id or "" for one in found if one.detector.startswith(detector))


@pytest.mark.further
def test_findings_in_shadow_are_the_same_and_kept_apart(world: tuple[Settings, Home]) -> None:
    """They have the ids, severities and evidence that they would have, and are in no finding."""
    told, nothing, rows = _detected(world)
    assert nothing == []
    assert rows["brute-force"]["settings"] is None
    none, shadow, rows = _detected(world, brute={"mode": "shadow"}, sigma={"mode": "shadow"})
    assert none == []
    assert {one.finding_id: (one.severity, one.summary) for one in shadow} == {
        one.finding_id: (one.severity, one.summary) for one in told
    }
    assert len(shadow) == 6
    row = rows["brute-force"]
    assert (row["mode"], row["findings"], row["shadow_findings"]) == ("shadow", 3, 3)


@pytest.mark.further
def test_values_and_modes_hold_for_their_sites_alone(world: tuple[Settings, Home]) -> None:
    """One shop by its id, the others by their template, the rest in the general way."""
    quiet = {"strange_failures": 100, "home_failures": 100}
    before, shadow, _ = _detected(world)
    assert shadow == []  # a later run replaces what another kept
    told, shadow, rows = _detected(
        world,
        brute={
            "sites": {"shop-001": {"parameters": quiet}, "shop-{franchise}": {"mode": "shadow"}}
        },
        sigma={"mode": "off", "sites": {"shop-{franchise}": {"mode": "active"}}},
    )
    assert _sites(told, "brute") == ["main"]
    assert _sites(shadow, "brute") == ["shop-002"]
    assert _sites(told, "sigma") == ["shop-001", "shop-002"]
    assert [one for one in before if one.detector == "brute-force" and one.site_id == "main"] == [
        one for one in told if one.detector == "brute-force"
    ]
    assert rows["brute-force"]["mode"] == "active"
    assert json.loads(rows["brute-force"]["settings"])["sites"]["shop-001"] == {"parameters": quiet}
    told, _, _ = _detected(world, brute={"parameters": quiet, "sites": {"main": {}}})
    assert _sites(told, "brute") == []


@pytest.mark.further
def test_a_change_of_detectors_is_on_record(world: tuple[Settings, Home]) -> None:
    """What is off is not run, and the day, its page and the night's record say so."""
    told, shadow, rows = _detected(world, brute={"mode": False}, sigma={"mode": "off"})
    assert (told, shadow) == ([], [])
    for row in rows.values():
        assert (row["mode"], row["candidates"], row["findings"]) == ("off", 0, 0)
        assert json.loads(row["settings"]) == {"mode": "off"}
    settings, home = world
    said = {"brute-force": Tuning.model_validate({"mode": "off"})}
    (page,) = stages.report(settings.model_copy(update={"detectors": said}), home, [_DAY])
    text = page.read_text(encoding="utf-8").partition('id="changed-detectors"')[2]
    assert all(name in text.partition("</table>")[0] for name in rows)
    nights = [one for one in Records(home).entries(Series.EVIDENCE) if one.what == "night"]
    assert nights[-1].about["changed_detectors"] == {"brute-force": {"mode": "off"}}


@pytest.mark.parametrize(
    ("key", "site", "is_so"),
    [
        ("shop-{franchise}", "shop-001", True),
        ("shop-{franchise}", "workshop-001", False),
        ("shop-{franchise}", "shop-", False),
        ("shop.{a}-{b}", "shopx1-2", False),
        ("main", "main", True),
        ("main", "main2", False),
    ],
)
def test_a_template_stands_for_its_sites_alone(key: str, site: str, is_so: bool) -> None:
    """What is no placeholder is meant as it is written."""
    assert stands_for(key, site) is is_so
