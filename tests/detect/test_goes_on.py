"""What goes on as it was told is told once: the same amount, the same hours, the same weekday."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import duckdb
import pytest

from pipelines import lake
from pipelines.context.load import make_context_tables
from pipelines.detect.wording import summary_in
from pipelines.findings import Finding, Severity, Weighed, WeighedBy
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.triage.detected import replace_findings
from pipelines.triage.weigh import weigh
from tests.detect.given_findings import DAY, ZONE, at, clock_at, make, settings_in
from tests.memory_lake import insert

_World = tuple[duckdb.DuckDBPyConnection, Settings]


@pytest.fixture(scope="module")
def lake_of_findings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_World]:
    """A lake that holds nothing yet, open for all tests of the file."""
    folder = tmp_path_factory.mktemp("goes-on")
    settings = settings_in(folder, locale="en")
    with lake.open_writer(Home(folder / "var"), settings.timezone) as con:
        make_context_tables(con, settings)
        yield con, settings


@pytest.fixture
def world(lake_of_findings: _World) -> _World:
    """The same with nothing found."""
    con, _ = lake_of_findings
    for table in ("findings", "triage", "incident", "user_subject_day"):
        con.execute(f"delete from lake.{table}")
    return lake_of_findings


def _found(day: dt.date, **values: Any) -> Finding:
    base = make(finding_id=f"f-{day}", date=day, first_seen=at("21:00", day),
                last_seen=at("22:30", day))  # fmt: skip
    return replace(base, **values)


def _saw(con: duckdb.DuckDBPyConnection, finding: Finding, people: Sequence[int]) -> None:
    """Let the user have seen these people on the day, and at the site, of a finding."""
    con.execute(
        "delete from lake.user_subject_day where log_date = $log_date and user_id = $user_id",
        {"log_date": finding.date, "user_id": finding.actor},
    )
    insert(
        con, "user_subject_day", log_date=finding.date, site_id=finding.site_id,
        user_id=finding.actor, user_type="staff", subjects=list(people),
    )  # fmt: skip


def _keep(world: _World, finding: Finding, people: Sequence[int] = range(60)) -> None:
    con, _ = world
    _saw(con, finding, people)
    replace_findings(con, finding.date, [finding], [], clock_at())


def _night(world: _World, finding: Finding, people: Sequence[int] = range(60)) -> Finding:
    """Let a detector find it; return it as it stands, and keep it."""
    con, settings = world
    _saw(con, finding, people)
    (weighed,) = weigh(con, settings, finding.date, [finding], frozenset())
    replace_findings(con, finding.date, [weighed], [], clock_at())
    return weighed


def _severities(world: _World, days_ago: Iterable[int], **values: Any) -> list[str]:
    return [
        str(_night(world, _found(DAY - dt.timedelta(days=ago), **values)).severity)
        for ago in sorted(days_ago, reverse=True)
    ]


def test_a_silence_of_days_says_since_when() -> None:
    """Its sentence, in both languages, whatever the day of the finding."""
    silence = {"observed": 2880, "expected": 40, "silent_since": "2026-11-02 17:46"}
    gap = make("log-gap", actor_kind="site", evidence={**silence, "silent_days": 17})
    assert summary_in(gap, "ja", ZONE).endswith(
        "。最後の記録は 2026-11-02 17:46、そのあと 17 日分が届いていません"
    )
    assert "17 days have not come in since" in summary_in(gap, "en", ZONE)
    today = make("log-gap", actor_kind="site", evidence={**silence, "silent_since": None})
    assert "最後の記録" not in summary_in(today, "ja", ZONE)


def test_what_goes_on_every_working_day_is_told_once(world: _World) -> None:
    """High on the first day, for the record later, over weekends too; a day without it ends it."""
    # DAY is a Thursday; 3 November, 16 days before, a public holiday.
    assert _severities(world, [17, 15, 14, 13, 10, 9]) == ["high", *["low"] * 5]
    assert _severities(world, [7, 3, 2, 0], actor="st-5") == ["high", "high", "low", "high"]


def test_other_people_are_news(world: _World) -> None:
    """More than half must be those who were seen when it was told; not known is not the same."""
    assert _night(world, _found(DAY - dt.timedelta(days=1))).severity == "high"
    half, most = [*range(30), *range(90, 120)], [*range(31), *range(90, 119)]
    assert _night(world, _found(DAY), half).severity == "high"
    assert _night(world, _found(DAY), most).severity == "low"
    assert _night(world, _found(DAY), []).severity == "high"
    assert _night(world, _found(DAY, subject_count=0), []).severity == "low"


def test_a_new_silence_is_news(world: _World) -> None:
    """Of a site that sent lines again in between; one without an interruption is told once."""
    gap: dict[str, Any] = {
        "detector": "log-gap", "category": "operations", "actor_kind": "site", "actor": "site",
        "event_count": 0, "subject_count": 0,
    }  # fmt: skip
    yesterday, night = DAY - dt.timedelta(days=1), {"last_seen": at("00:00")}
    first = _night(world, _found(yesterday, **gap, **night))
    assert first.severity == "high"
    same = _found(DAY, **gap, first_seen=at("00:00"), last_seen=at("23:00"))
    assert _night(world, same).severity == "low"
    new = _found(DAY, **gap, first_seen=at("00:02"), last_seen=at("23:00"))
    assert _night(world, new).severity == "high"


def test_it_says_what_it_would_be_and_when_it_was_told(world: _World) -> None:
    """In its evidence and in its sentence, in each language."""
    _severities(world, [1])
    today = _night(world, _found(DAY, evidence={"observed": 60}))
    told_on = str(DAY - dt.timedelta(days=1))
    assert today.evidence["told_on"] == told_on
    assert today.severity_found == "high"
    assert today.lowered == (Weighed(WeighedBy.GOES_ON, told_on, Severity.HIGH, Severity.LOW),)
    assert today.summary.startswith(f"Goes on unchanged as told on {told_on}: ")
    assert told_on in summary_in(today, "ja", ZONE)


@pytest.mark.parametrize(
    ("before", "today", "severity"),
    [
        ({}, {"event_count": 91, "subject_count": 60}, "high"),  # it has grown
        ({}, {"event_count": 60, "subject_count": 91}, "high"),
        ({}, {"event_count": 80, "subject_count": 80}, "low"),
        ({"severity": Severity.MEDIUM}, {}, "high"),  # it is graver
        ({"severity": Severity.LOW}, {}, "high"),  # it was never told
        ({"site_id": "other"}, {}, "high"),
        ({"actor": "st-2"}, {}, "high"),
        ({"detector": "mass-export"}, {}, "high"),
        ({"status": "suppressed"}, {}, "high"),
        ({"status": "closed"}, {}, "high"),  # a confirmed case that is over
        ({"status": "acknowledged"}, {}, "low"),
        ({}, {"detector": "impossible-travel"}, "high"),
        ({"severity": Severity.CRITICAL}, {"severity": Severity.CRITICAL}, "critical"),
        (
            {"severity": Severity.CRITICAL, "status": "acknowledged"},
            {"severity": Severity.CRITICAL},
            "low",
        ),
        ({"evidence": {"countries": ["JP", "US"]}}, {"evidence": {"countries": ["US"]}}, "low"),
        ({"evidence": {"countries": ["US"]}}, {"evidence": {"countries": ["VN"]}}, "high"),
        (
            {"detector": "mass-export", "evidence": {"export_bytes": 9_000}},
            {"detector": "mass-export", "evidence": {"export_bytes": 12_000}},
            "low",
        ),
        (
            {"detector": "mass-export", "evidence": {"export_bytes": 9_000}},
            {"detector": "mass-export", "evidence": {"export_bytes": 12_000_000}},
            "high",
        ),
        ({"evidence": {"data_level": 1}}, {"evidence": {"data_level": 3}}, "high"),
    ],
)
def test_what_differs_is_news(
    world: _World, before: dict[str, Any], today: dict[str, Any], severity: str
) -> None:
    """Larger, graver, elsewhere, of somebody else, over in between, or never told."""
    _keep(world, _found(DAY - dt.timedelta(days=1), **before))
    assert str(_night(world, _found(DAY, **today)).severity) == severity


def test_a_case_that_was_no_case_is_not_told_again(world: _World) -> None:
    """What people called a false alarm is ordinary, and the same on the next day too."""
    con, _ = world
    yesterday = _found(DAY - dt.timedelta(days=1), status="closed")
    _keep(world, yesterday)
    con.execute(
        "insert into lake.triage by name select ? as finding_id, 'closed' as status,"
        " 'false_alarm' as verdict, now() as decided_at",
        [yesterday.finding_id],
    )
    assert _night(world, _found(DAY)).severity == "low"


def test_hours_count_where_the_detector_says_so(world: _World) -> None:
    """Off-hours work at nine in the evening says nothing about three in the night."""
    off_hours = {"detector": "off-hours-access"}
    assert _severities(world, [1], **off_hours) == ["high"]
    late = _found(DAY, **off_hours, first_seen=at("03:00"), last_seen=at("03:20"))
    assert _night(world, late).severity == "high"
    assert _night(world, _found(DAY, **off_hours)).severity == "low"


def test_a_place_that_was_settled_is_not_new_for_weeks(world: _World) -> None:
    """From the same address; from another one, a month later, or while nobody has said, it is."""
    place: dict[str, Any] = {
        "detector": "new-location-access",
        "evidence": {"countries": ["SG"], "addresses": ["a"]},
    }
    con, _ = world
    assert _severities(world, [42, 35], **place) == ["high", "high"]
    con.execute("update lake.findings set status = 'closed'")
    con.execute(
        "insert into lake.triage by name select finding_id, 'closed' as status,"
        " 'explained' as verdict, now() as decided_at from lake.findings"
    )
    assert _severities(world, [22], **place) == ["low"]
    other = {**place, "evidence": {"countries": ["SG"], "addresses": ["a", "b"]}}
    assert _night(world, _found(DAY - dt.timedelta(days=12), **other)).severity == "high"
    assert _severities(world, [6], **place) == ["high"]


@pytest.mark.further
def test_a_weekday_and_a_day_of_the_month_become_a_habit(world: _World) -> None:
    """After three of the last four weeks, two of the last three months; other gaps are none."""
    assert _severities(world, [28, 21, 14, 7, 0]) == ["high", "high", "high", "low", "low"]
    again = _found(DAY, event_count=119, subject_count=119)
    assert _night(world, again, range(500, 620)).lowered[0].by is WeighedBy.HABIT
    assert _night(world, replace(again, subject_count=120)).severity == "high"
    assert _severities(world, [63, 56, 49, 21, 7, 0], actor="st-2") == ["high"] * 6
    monthly = [DAY.replace(month=month) for month in (8, 9, 10, 11)]
    ago = [(DAY - day).days for day in monthly]
    assert _severities(world, ago, actor="st-3", score=93.0) == ["high", "high", "low", "low"]
    assert _severities(world, [25, 16, 5, 0], actor="st-4", score=94.0) == ["high"] * 4


@pytest.mark.parametrize(
    "days",
    [
        ("2026-08-31", "2026-09-30", "2026-10-31"),
        pytest.param(("2026-12-31", "2027-01-31", "2027-02-28"), marks=pytest.mark.further),
        ("2027-12-31", "2028-01-31", "2028-02-29"),
    ],
)
def test_the_last_day_of_a_shorter_month_is_the_same_day(
    world: _World, days: tuple[str, ...]
) -> None:
    """The thirty-first of a month is the thirtieth of the one before, or the last of February."""
    found = [_night(world, _found(dt.date.fromisoformat(day))) for day in days]
    assert [str(one.severity) for one in found] == ["high", "high", "low"]
