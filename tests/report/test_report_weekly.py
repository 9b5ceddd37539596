"""The page of a week: sums of the lake and of the days' pages, in both languages."""

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.paths import Home
from pipelines.report.index import render_index, weeks_in
from pipelines.report.weekly.gather import gather_week
from pipelines.report.weekly.write import write_weeks
from pipelines.retention.files import let_go_of_reports
from pipelines.text.words import Words
from pipelines.triage.store import read_findings
from tests.page_language import in_the_other_language, texts_of
from tests.report import report_lake
from tests.report.report_lake import DAY, DAYS, SCRIPT

_MONDAY = dt.date(2026, 11, 16)
_SUNDAY = dt.date(2026, 11, 22)
_NAME = "2026-W47"


@pytest.fixture(scope="module")
def weekly(
    report_home: Home, reports: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A working folder with the reports of the days and the week's page beside them."""
    home = tmp_path_factory.mktemp("weekly") / "home"
    out = home / "reports"
    shutil.copytree(reports["ja"], out)
    settings = report_lake.settings_in("ja")
    with lake.open_reader(report_home, settings.timezone) as con:
        assert write_weeks(con, settings, DAYS, out, report_lake.now) == []  # it is not over
        pages = write_weeks(con, settings, [_SUNDAY], out, report_lake.now)
        again = write_weeks(con, settings, [DAY, _SUNDAY], out, report_lake.now)
        (out / _SUNDAY.isoformat()).mkdir()
        (out / _SUNDAY.isoformat() / "index.html").touch()
        late = write_weeks(con, settings, [DAY], out, report_lake.now)
        shutil.rmtree(out / _SUNDAY.isoformat())
    assert [str(one.relative_to(out)) for one in pages] == [
        f"weekly/{_NAME}/{language}.html" for language in ("ja", "en")
    ]
    assert again == pages
    assert late == pages  # late lines of a day of it changed its figures
    assert weeks_in(out) == [_NAME]
    return home


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_is_whole_in_its_language(weekly: Path, language: str) -> None:
    """No script runs, nothing is loaded, and it leads to the other language and to all days."""
    page = (weekly / "reports" / "weekly" / _NAME / f"{language}.html").read_text("utf-8")
    other = "en" if language == "ja" else "ja"
    assert f'<html lang="{language}">' in page
    assert f'href="{other}.html"' in page
    index = "index.html" if language == "ja" else "en.html"
    assert f'href="../../{index}"' in page
    assert "<script" not in page.partition("<body>")[2]
    assert SCRIPT not in page
    assert list(in_the_other_language(texts_of(page), "ja" if language == "ja" else "en")) == []


def test_its_figures_are_those_of_the_lake_and_the_days(weekly: Path, report_home: Home) -> None:
    """Lines by week, sites missing by the days' pages, open cases by owner, what is not signed."""
    settings = report_lake.settings_in("ja")
    out = weekly / "reports"
    with lake.open_reader(report_home, settings.timezone) as con:
        facts = gather_week(con, settings, out, _MONDAY)
        found = [one for day in DAYS for one in read_findings(con, day)]
        sums = con.execute(
            "select date_trunc('week', log_date)::date, sum(lines)::bigint from lake.site_day"
            " where log_date between $first and $last group by 1 order by 1 desc",
            {"first": _MONDAY - dt.timedelta(days=28), "last": _SUNDAY},
        ).fetchall()
    assert [(one.monday, one.lines) for one in facts.weeks] == sums
    week = facts.week
    assert set(week.summaries) == set(DAYS)
    assert week.sites_missing == sum(one.sites_missing for one in week.summaries.values()) > 0
    assert week.opened == len({one.case_id for one in found if one.severity.needs_a_look})
    assert facts.unsigned == DAYS
    page = (out / "weekly" / _NAME / "ja.html").read_text("utf-8")
    assert f"{week.lines:,} 行を読みました" in page
    assert f"{len(facts.cases)} 件が未対応です" in page
    assert re.search(rf'<td class="now bad">{week.sites_missing}<', page)
    assert "担当者なし" in page


def test_the_list_of_days_leads_to_it_and_retention_takes_it(weekly: Path) -> None:
    """By the period of reports, counted from its Sunday."""
    settings = report_lake.settings_in("ja")
    listed = render_index(weekly / "reports", Words("en", settings.zone))
    assert f'href="weekly/{_NAME}/en.html"' in listed
    gone: dict[dt.date, list[dt.date]] = {}
    with lake.open_writer(Home(weekly), settings.timezone) as con:
        for night in (_SUNDAY, _SUNDAY + dt.timedelta(days=settings.retention.reports_days)):
            acts = let_go_of_reports(
                con, Home(weekly), settings, night, [], report_lake.now(), is_dry_run=True
            )
            gone[night] = [day for one in acts for day in one.days]
    assert gone[_SUNDAY] == []
    assert _SUNDAY in gone[_SUNDAY + dt.timedelta(days=settings.retention.reports_days)]
