"""A site whose log names no user is found by its service history: the same incidents as with users.

The demo writes the same world twice: with the users in the log, and with them in the history alone.
"""

import csv
import datetime as dt
import io
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.coverage.judge import coverage_of
from pipelines.demo.simulate import Truth, simulate
from pipelines.findings import Finding
from pipelines.night import stages
from pipelines.paths import DEFAULT_SETTINGS, Home
from pipelines.report.service_use import service_use
from pipelines.settings.context import Context, ServiceSource
from pipelines.settings.load import load
from pipelines.settings.model import Settings

_END = dt.date(2026, 11, 19)
_DAYS, _LINES = 16, 1500
pytestmark = [pytest.mark.full, pytest.mark.slow]


@pytest.fixture(scope="module")
def settings() -> Settings:
    """One site of the demo, staffed at all hours."""
    demo = load(DEFAULT_SETTINGS)
    sites = tuple(site for site in demo.sites if site.id == "prime-dispatch")
    return demo.model_copy(update={"sites": sites})


def _found(settings: Settings, home: Home) -> list[Finding]:
    now = dt.datetime.combine(_END + dt.timedelta(days=1), dt.time(2), settings.zone)
    stages.ingest(settings, home, clock=lambda: now, progress_to=io.StringIO())
    return stages.detect(settings, home, [_END], lambda: now)


def _told(findings: list[Finding]) -> set[tuple[object, ...]]:
    return {
        (one.date, one.detector, one.site_id, one.actor_kind, one.actor, one.severity)
        for one in findings
    }


def _simulate(settings: Settings, folder: Path, context: Path | None = None) -> Truth:
    return simulate(settings, Home(folder).logs, _DAYS, _END, 1, None, _LINES, context)


def test_same_incidents_as_with_users_in_the_log(tmp_path: Path, settings: Settings) -> None:
    """The same detectors, actors, severities and dates; the truth's people are among them."""
    named, nameless = tmp_path / "named", tmp_path / "nameless"
    truth = _simulate(settings, named)
    _simulate(settings, nameless, tmp_path / "context")
    expected = _found(settings, Home(named))
    path = tmp_path / "context" / "services.csv"
    with_history = settings.model_copy(
        update={"context": Context(services=ServiceSource(path=path))}
    )
    found = _found(with_history, Home(nameless))
    assert _told(found) == _told(expected)
    hidden = {one.actor for one in truth.incidents if one.actor_kind == "user" and one.on == _END}
    assert hidden
    assert hidden <= {one.actor for one in found}
    for one in found:
        if one.actor in hidden:
            assert set(one.evidence["service_joins"]) <= {"subject", "address"}
            assert one.evidence["service_requests"] > 10
    with lake.open_reader(Home(nameless), settings.timezone) as con:
        (site,) = coverage_of(con, with_history, _END)
        use = service_use(con, _END, _END)
        (logged,) = con.execute("select count(user_id) from lake.request_fact").fetchall()
    assert logged == (0,)
    assert {one.detector for one in site.detectors if "user_id" in one.lacks} == set()
    assert use.requests > 10 * (use.ambiguous + 1)
    with path.open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) > 1000
