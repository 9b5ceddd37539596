"""What goes on is told once, and what is new is told again: nights over lines, as they come."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from pipelines import lake
from pipelines.night import stages
from pipelines.triage.store import read_findings
from tests.detect import scenario
from tests.detect.given_findings import clock_at
from tests.detect.replayed import only, read

pytestmark = [pytest.mark.further, pytest.mark.slow, pytest.mark.timeout(300)]

_DAY = dt.date(2026, 11, 19)  # a Thursday; the 23rd, a Monday, is a holiday
_USUAL = {
    "days": "-28..8", "on": "working", "at": "09:00-17:00", "count": 10, "vary": 4, "users": 8,
    "user": "st-{u}", "ip": "192.0.2.{u}", "request": "GET /customers/{x}{u} HTTP/1.1",
}  # fmt: skip


def _severities(
    folder: Path, detector: str, who: Mapping[str, object], days: Mapping[int, str]
) -> list[str | None]:
    """Return how grave it is on each day that somebody takes ninety records: whose, by day."""
    taken = [
        {
            **who,
            "days": day,
            "at": "13:00-15:00",
            "count": 90,
            "request": f"GET /customers/{whose}{{i}} HTTP/1.1",
        }
        for day, whose in days.items()
        if whose
    ]
    path = folder / "world.yaml"
    path.write_text(yaml.safe_dump({"date": _DAY, "traffic": [_USUAL, *taken]}))
    settings, home = read(folder, scenario.load(path))
    found = []
    for day in range(max(days) + 1):
        on = _DAY + dt.timedelta(days=day)
        with only({detector, "slow-collection"}):  # which reads whose data was seen
            stages.detect(settings, home, [on], clock=clock_at(on + dt.timedelta(days=1)))
        if day in days:
            with lake.open_reader(home, settings.timezone) as con:
                own = [one for one in read_findings(con, on) if one.detector == detector]
            found.append(str(own[0].severity) if own else None)
    return found


@pytest.mark.parametrize(
    ("days", "severities"),
    [
        ({0: "7", 1: "", 5: "8"}, ["high", None, "high"]),  # an ordinary Friday between
        ({0: "7", 1: "7", 5: "7"}, ["high", "low", "low"]),
        ({0: "7", 1: "8", 5: "9"}, ["high", "high", "high"]),
    ],
)
def test_a_clerk_who_takes_the_records_of_others_is_news(
    tmp_path: Path, days: dict[int, str], severities: list[str | None]
) -> None:
    """Ninety people a day: the same ones on every working day are told once."""
    clerk = {"user": "st-3", "ip": "192.0.2.3"}
    assert _severities(tmp_path, "bulk-record-access", clerk, days) == severities


@pytest.mark.parametrize(
    ("days", "severities"),
    [
        ({0: "7", 1: "7"}, ["critical", "critical"]),  # until somebody takes it up
        ({0: "7", 1: "8"}, ["critical", "critical"]),
    ],
)
def test_what_is_critical_is_told_each_day(
    tmp_path: Path, days: dict[int, str], severities: list[str | None]
) -> None:
    """From the same address."""
    stranger = {"ip": "198.51.100.9"}
    assert _severities(tmp_path, "unauthenticated-access", stranger, days) == severities
