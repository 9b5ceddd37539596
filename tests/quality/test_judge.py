"""Days are judged by Great Expectations over a real lake, each defect at its site and no other."""

import datetime as dt
import re
import socket
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.errors import MimamoriError
from pipelines.lake import insert_rows, open_reader, open_writer
from pipelines.night import stages
from pipelines.paths import EXPECTATIONS_DIR, Home
from pipelines.quality.result import CheckResult
from pipelines.quality.run import Places, judge
from pipelines.quality.suites import load_suites
from tests.quality.quality_lake import (
    DEFECT_DAYS,
    DEFECTS,
    EMPTY_DAY,
    LAST_DEFECT_DAY,
    LAST_GOOD_DAY,
    NOW,
    PORTAL,
    SITES,
    ZONE,
    Defect,
    fill,
    settings,
)

DAY_AFTER = LAST_DEFECT_DAY + dt.timedelta(days=1)
DAYS = [LAST_GOOD_DAY, *sorted(set(DEFECT_DAYS.values())), DAY_AFTER, EMPTY_DAY]


@dataclass(frozen=True)
class Night:
    """A lake that was judged once, for all tests of this file."""

    home: Home
    docs: Path
    results: list[CheckResult]
    connections: list[object]

    def failures(self, day: dt.date) -> set[tuple[str, str | None]]:
        """Which checks failed on a day, and at which sites."""
        return {
            (result.check_id, result.site_id)
            for result in self.results
            if result.log_date == day and not result.success
        }


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The lake of `quality_lake`, judged while nobody may open a connection."""
    home = Home(tmp_path_factory.mktemp("judge"))
    with open_writer(home, ZONE) as con:
        fill(con)
    connections: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", lambda *args: connections.append(args))
        results = _judged(home, DAYS, home.reports / "data-docs")
    return Night(home, home.reports / "data-docs", results, connections)


def _judged(
    home: Home, days: list[dt.date], docs: Path, suites: Path = EXPECTATIONS_DIR
) -> list[CheckResult]:
    with open_reader(home, ZONE) as con:
        return judge(con, settings(), days, Places(docs, suites=suites), lambda: NOW)


def test_a_good_day_passes_every_check_once(night):
    """One result for each expectation of every suite, without a site, and no failure."""
    good = [result for result in night.results if result.log_date == LAST_GOOD_DAY]
    expected = [
        (suite.name, check.meta.id)
        for suite in load_suites(EXPECTATIONS_DIR)
        for check in suite.expectations
        if suite.meta.judges == "day"
    ]
    assert [(result.suite, result.check_id) for result in good] == expected
    assert all(result.success and result.site_id is None for result in good)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.check_id)
def test_a_defect_fails_its_check_at_its_site_only(night, defect: Defect):
    """What is wrong with a day is named exactly, and nothing else is."""
    day = DEFECT_DAYS[defect]
    found = {check for check, site in night.failures(day) if site == defect.site_id}
    assert found == {defect.check_id, *defect.also}


def test_no_other_site_is_at_fault(night):
    """A day's failures are at the sites with a defect, but for the file read after midnight.

    A file that came at night may hold lines of either day.
    """
    (unread,) = (day for defect, day in DEFECT_DAYS.items() if defect.check_id == "files-readable")
    at_fault = {(day, defect.site_id) for defect, day in DEFECT_DAYS.items()}
    failed = {(day, site) for day in DAYS[:-1] for _, site in night.failures(day)}
    assert failed == at_fault | {(unread + dt.timedelta(days=1), PORTAL)}


@pytest.mark.further
@pytest.mark.parametrize("day", DAYS)
def test_a_day_is_judged_alone_as_among_others(night, day: dt.date, tmp_path: Path):
    """Days of which nothing fails are judged together: results and what pages say are equal."""

    def of_day(results: list[CheckResult]) -> list[CheckResult]:
        return [one for one in results if one.log_date == day and one.basis is None]

    assert of_day(_judged(night.home, [day], tmp_path)) == of_day(night.results)
    for suite in load_suites(EXPECTATIONS_DIR):
        if suite.meta.judges == "day" and (tmp_path / str(day) / f"{suite.name}.html").is_file():
            alone, among = (
                _told((folder / str(day) / f"{suite.name}.html").read_text(encoding="utf-8"))
                for folder in (tmp_path, night.docs)
            )
            assert alone == among


def _told(page: str) -> list[str]:
    """What a page of Data Docs tells, but in which query and when it was judged."""
    told = [part.strip() for part in re.split(r"<[^>]*>", page)]
    return [
        part
        for part in told
        if part and not re.search(r"Data asset:|^select \* from|^\w+ [-0-9/]{10,21}$|^\d{8}T", part)
    ]


def test_a_day_without_any_record_fails_as_a_whole_and_at_each_site(night):
    """A night without ingest cannot look like a quiet day."""
    silent = {("records-arrived", site) for site in SITES}
    assert night.failures(EMPTY_DAY) == {("day-not-empty", None), *silent}


def test_every_check_is_seen_to_fail(night):
    """No expectation is there that the tests never saw failing."""
    failed = {result.check_id for result in night.results if not result.success}
    assert failed == {
        check.meta.id
        for suite in load_suites(EXPECTATIONS_DIR)
        for check in suite.expectations
        if suite.meta.judges == "day"
    }


def test_a_failure_says_what_was_found_in_both_languages(night):
    """Figures are bare names and numbers; the sentences hold the site's figures and the limit."""
    (found,) = [
        result
        for result in night.results
        if result.check_id == "reject-share" and not result.success
    ]
    assert found.observed == "reject_share=0.3333 rejects=24 lines=72"
    assert found.expected == "reject_share<=0.05"
    assert found.title_ja == "拒否 33.3%(上限 5%)：72 行のうち 24 行が読めません"
    assert found.title_en == "Rejected 33.3% (limit 5%): 24 of 72 lines could not be read"
    assert (found.severity, found.checked_at) == ("critical", NOW)


def test_docs_show_the_rows_at_fault_and_the_query(night):
    """Persons and lines are masked; where and why stands there, and the query to see the rest."""
    (day,) = (day for defect, day in DEFECT_DAYS.items() if defect.check_id == "reject-share")
    docs = night.docs / str(day)
    assert 'href="site_day.reject-share.html"' in (docs / "site_day.html").read_text("utf-8")
    page = (docs / "site_day.reject-share.html").read_text(encoding="utf-8")
    assert f"from lake.reject where log_date = date &#39;{day}&#39; and site_id" in page
    assert page.count("<td>no such format</td>") == 20
    assert page.count("<em>伏せ字 / masked</em>") == 20
    assert "there are more" in page


@pytest.mark.parametrize("check_id", ["not-in-future", "address-canonical", "ledger-agrees"])
def test_docs_show_no_row_that_is_not_at_fault(night, check_id):
    """The query has the rule in it: here one row, or all of the site that has one wrong address."""
    (found,) = (defect for defect in DEFECTS if defect.check_id == check_id)
    path = night.docs / str(DEFECT_DAYS[found]) / f"access_log.{check_id}.html"
    page = path.read_text(encoding="utf-8")
    body = page[page.index("<tbody>") :]
    assert body.count("<tr>") == (20 if check_id == "address-canonical" else 1)


def test_a_critical_failure_sets_the_day_of_the_site_aside(night):
    """The view that baselines read names day, site and checks; a warning sets nothing aside."""
    with open_writer(night.home, ZONE) as con:
        insert_rows(con, "check_result", [vars(result) for result in night.results])
        rows = con.execute(
            "select log_date, site_id, check_ids from lake.set_aside_days"
        ).fetchall()
    aside = {(day, site): checks for day, site, checks in rows}
    days = {defect.check_id: (day, defect.site_id) for defect, day in DEFECT_DAYS.items()}
    assert aside[days["reject-share"]] == ["reject-share"]
    assert days["status-present"] not in aside


def test_a_pass_says_how_many_sites_were_judged(night):
    """A site that cannot be judged is not counted as one that passed."""
    observed = {
        result.check_id: result.observed
        for result in night.results
        if result.log_date == LAST_GOOD_DAY
    }
    assert observed["records-arrived"] == "sites=4 judged=4"
    assert observed["agent-present"] == "sites=4 judged=3"
    assert observed["event-once"] == "sites=4"


def test_results_come_in_order_of_day(night):
    """Callers may show them as they come."""
    days = [result.log_date for result in night.results]
    assert days == sorted(days)


def test_judging_opens_no_connection(night):
    """Great Expectations neither phones home nor loads anything."""
    assert night.connections == []


def test_judging_again_prints_nothing_and_keeps_other_days(night, capfd):
    """Standard output belongs to `--json`; the index still lists the days of the first run."""
    again = _judged(night.home, [LAST_GOOD_DAY], night.docs)
    first = [result for result in night.results if result.log_date == LAST_GOOD_DAY]
    assert [result for result in again if result.basis is None] == first
    assert capfd.readouterr() == ("", "")
    index = (night.docs / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{day}/site_day.html"' in index for day in DAYS)


def test_no_days_need_no_judgement(night):
    """An empty list gives an empty list, at once."""
    assert _judged(night.home, [], night.docs) == []


def test_checking_without_a_lake_says_what_to_do(tmp_path):
    """The message names the folder and the command that makes the lake."""
    with pytest.raises(MimamoriError, match="no lake here yet; run 'mimamori ingest' first"):
        stages.check(settings(), Home(tmp_path), [LAST_GOOD_DAY])


def test_a_check_that_cannot_be_evaluated_is_an_outage(night, tmp_path):
    """A broken rule is an error that names the file and the check, never a passed day."""
    for name in ("access_log.json", "access_log.sql"):
        text = (EXPECTATIONS_DIR / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("where outside_day > 0", "where nowhere > 0"))
    with pytest.raises(
        MimamoriError,
        match=r"access_log\.json: time-in-day: 評価できません / cannot be evaluated",
    ):
        _judged(night.home, [LAST_GOOD_DAY], tmp_path / "docs", tmp_path)
