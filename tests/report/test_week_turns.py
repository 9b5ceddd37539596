"""The page of a week that spans the turn of a year or has a 29 February: its name, days, sums."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import lake
from pipelines.deliver.day import FINDINGS
from pipelines.deliver.notice import weekly_digest
from pipelines.findings import Severity
from pipelines.paths import Home
from pipelines.report.index import PAGE, SUMMARY, Summary, render_index
from pipelines.report.verdict import Verdict
from pipelines.report.weekly.gather import gather_week
from pipelines.report.weekly.page import week_page
from pipelines.report.weekly.write import write_weeks
from pipelines.retention.files import let_go_of_reports
from pipelines.settings.model import Settings
from pipelines.text.words import Words
from tests.report.report_lake import ZONE, settings_in

_DAY = dt.timedelta(days=1)
_WEEK = 7 * _DAY


@dataclass(frozen=True)
class Week:
    """A week: its Monday, its name, and the short names of those before, the newest first."""

    monday: dt.date
    name: str
    before: tuple[str, ...]

    @property
    def sunday(self) -> dt.date:
        """Its last day."""
        return self.monday + 6 * _DAY

    @property
    def days(self) -> list[dt.date]:
        """The days of its five weeks, the first one first."""
        return [self.sunday - ago * _DAY for ago in reversed(range(35))]


_WEEKS = {
    "53 weeks": Week(dt.date(2026, 12, 28), "2026-W53", ("W52", "W51", "W50", "W49")),
    "52 weeks": Week(dt.date(2027, 12, 27), "2027-W52", ("W51", "W50", "W49", "W48")),
    "first of a year": Week(dt.date(2030, 12, 30), "2031-W01", ("W52", "W51", "W50", "W49")),
    "second of a year": Week(dt.date(2027, 1, 4), "2027-W01", ("W53", "W52", "W51", "W50")),
    "29 February": Week(dt.date(2028, 2, 28), "2028-W09", ("W08", "W07", "W06", "W05")),
}
_FURTHER = {"52 weeks", "second of a year"}


@dataclass(frozen=True)
class World:
    """A lake with a line on each day of five weeks, and the pages of the days of the last."""

    week: Week
    con: duckdb.DuckDBPyConnection
    home: Home
    settings: Settings

    @property
    def out(self) -> Path:
        """The folder of reports."""
        return self.home.reports

    def insert(self, table: str, **values: Any) -> None:
        """Write a row."""
        lake.insert_rows(self.con, table, [values])

    def write(self, *days: dt.date) -> list[str]:
        """Write the weeks of these days, by the clock of the night after the last one."""
        at = dt.datetime.combine(max(days) + _DAY, dt.time(2), ZONE)
        pages = write_weeks(self.con, self.settings, days, self.out, lambda: at)
        return [str(page.relative_to(self.out)) for page in pages]


_PARAMS = [
    pytest.param(week, id=name, marks=[pytest.mark.further] if name in _FURTHER else [])
    for name, week in _WEEKS.items()
]


@pytest.fixture(params=_PARAMS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The lake of a week, open."""
    week, home, settings = request.param, Home(tmp_path), settings_in("en")
    for day in week.days[-7:]:
        _page(home.reports / str(day), day)
    with lake.open_writer(home, settings.timezone) as con:
        rows = [{"log_date": day, "site_id": "prime-www", "lines": 1} for day in week.days]
        lake.insert_rows(con, "site_day", rows)
        yield World(week, con, home, settings)


def _page(folder: Path, day: dt.date) -> None:
    folder.mkdir(parents=True)
    (folder / PAGE).touch()
    summary = Summary(
        on=day,
        verdict=Verdict.CLEAR,
        open=dict.fromkeys(Severity, 0),
        others=0,
        sites=1,
        sites_missing=0,
        lines=1,
        rejects=0,
        checks=1,
        checks_failed=0,
        cases={"open": 0, "added_up": 0, "unanswered": 0},
        made_at=dt.datetime.combine(day + _DAY, dt.time(2), ZONE),
    )
    (folder / FINDINGS).write_text("[]")
    (folder / SUMMARY).write_text(summary.model_dump_json(), encoding="utf-8")


def test_its_page_is_written_in_the_night_after_its_sunday(world: World) -> None:
    """Under the name that the calendar gives it, and not a day before."""
    week = world.week
    for page in (world.out / str(week.sunday)).iterdir():
        page.rename(page.with_suffix(".later"))
    assert world.write(week.sunday - _DAY) == []
    for page in (world.out / str(week.sunday)).iterdir():
        page.rename(page.with_suffix(".html" if page.stem == "index" else ".json"))
    pages = [f"weekly/{week.name}/{language}.html" for language in ("ja", "en")]
    assert world.write(week.sunday) == pages
    # Late lines of a day of the week, or of one of the four before, change it.
    assert world.write(week.days[-7]) == pages
    assert world.write(week.days[0]) == pages
    text = (world.out / pages[1]).read_text(encoding="utf-8")
    assert str(week.monday) in text
    assert str(week.sunday) in text


def test_it_stands_beside_the_four_weeks_before(world: World) -> None:
    """Seven days each, whatever year they belong to; the list of days leads to it."""
    facts = gather_week(world.con, world.settings, world.out, world.week.monday)
    assert [one.lines for one in facts.weeks] == [7] * 5
    assert [one.monday for one in facts.weeks] == [world.week.monday - n * _WEEK for n in range(5)]
    words = Words("en", world.settings.zone)
    page = week_page(facts, words, "en")
    assert (page.name, page.columns) == (world.week.name, world.week.before)
    assert page.heading == words("week.verdict.clear")
    assert facts.unsigned == tuple(world.week.days[-7:])
    world.write(world.week.sunday)
    assert f'href="weekly/{world.week.name}/en.html"' in render_index(world.out, words)


def test_decisions_belong_to_the_week_of_the_zone(world: World) -> None:
    """To the minute: Sunday's last is of it, Monday's first of the next one."""
    begins = dt.datetime.combine(world.week.monday, dt.time(), ZONE)
    minute = dt.timedelta(minutes=1)
    for number, at in enumerate((begins - minute, begins, begins + _WEEK - minute, begins + _WEEK)):
        world.insert("case_decision", case_id=f"c{number}", act="closed", decided_at=at)
        said = {"status": "closed", "verdict": "confirmed", "decided_at": at}
        world.insert("triage", finding_id=f"f{number}", detector="brute-force", **said)
        world.insert("subject_request", request_id=f"r{number}", act="list", made_at=at)
    facts = gather_week(world.con, world.settings, world.out, world.week.monday)
    assert [one.closed for one in facts.weeks[:2]] == [2, 1]
    assert [one.verdicts.confirmed for one in facts.weeks[:2]] == [2, 1]
    assert [(one.act, one.count) for one in facts.requests] == [("list", 2)]


def test_its_digest_and_its_end_are_of_the_same_days(world: World) -> None:
    """Sent under its name after its Sunday; kept as long as that day's report."""
    week = world.week
    world.write(week.sunday)
    for until in (week.sunday, week.sunday + 6 * _DAY):
        digest = weekly_digest(world.out, until)
        assert digest is not None
        assert (digest.period, digest.first_on, digest.last_on) == (
            week.name,
            week.monday,
            week.sunday,
        )
        assert [day.on for day in digest.days] == week.days[-7:]
    night = week.sunday + dt.timedelta(days=world.settings.retention.reports_days)
    at = dt.datetime.combine(night + _DAY, dt.time(2), ZONE)
    kept = []
    for on in (night - _DAY, night):
        list(let_go_of_reports(world.con, world.home, world.settings, on, [], at, is_dry_run=False))
        kept.append((world.out / "weekly" / week.name).exists())
    assert kept == [True, False]
