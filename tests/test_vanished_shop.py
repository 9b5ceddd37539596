"""A shop whose folder is gone is reported on the first night: report, findings, summary, letter."""

import datetime as dt
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines import lake
from pipelines.deliver.day import read_day
from pipelines.deliver.letter import Letter, as_text, write_letter
from pipelines.deliver.notice import daily_digest
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.errors import MimamoriError
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.report.franchise.overview import page_name
from pipelines.report.gather import gather
from pipelines.report.verdict_obstacles import Trouble, troubles_of
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.sites.closure import Closure, decide
from pipelines.sites.state import site_statuses
from pipelines.text.words import Words

ZONE = ZoneInfo("Asia/Tokyo")
DAY = dt.date(2026, 11, 18)
NIGHT = DAY + dt.timedelta(days=1)
SITES = """
  - {id: main, group: main, domains: [main.example], logs: ["main/*.log"]}
"""
TEMPLATE = """
  - id: "benry-{franchise}"
    group: benry
    franchise: "{franchise}"
    domains: ["{franchise}.benry.example"]
    logs: ["benry/{franchise}/*.log"]
"""


def settings_of(folder: Path, sites: str = SITES + TEMPLATE, more: str = "") -> Settings:
    """The settings with these sites."""
    path = folder / "mimamori.yaml"
    path.write_text(f"{more}sites:{sites}", encoding="utf-8")
    return load(path)


def write_day(home: Home, folder: str, day: dt.date, *, status: str = "200") -> None:
    """A line every ten minutes of a day."""
    lines = [
        f"192.0.2.{minute % 9} - - [{day:%d/%b/%Y}:{minute // 60:02}:{minute % 60:02}:00 +0900]"
        f' "GET / HTTP/1.1" {status} 512 "-" "Mozilla/5.0"\n'
        for minute in range(0, 1440, 10)
    ]
    path = home.logs / folder / f"{day}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8")


def after(day: dt.date, minute: int = 0) -> Any:
    """The clock of the night after a day."""
    return lambda: dt.datetime.combine(day + dt.timedelta(days=1), dt.time(2, minute), ZONE)


def one_night(settings: Settings, home: Home, day: dt.date) -> dict[str, Any]:
    """Run the night and return its `summary.json`."""
    stages.run(settings, home, day, clock=after(day))
    return summary_of(home, day)


def summary_of(home: Home, day: dt.date) -> dict[str, Any]:
    """What `summary.json` says."""
    written = (home.reports / str(day) / "summary.json").read_text(encoding="utf-8")
    return dict(json.loads(written))


def letter_of(home: Home, day: dt.date, language: Any = "ja") -> Letter:
    """The letter that tells of a day."""
    notice = daily_digest(read_day(home.reports, day))
    return write_letter(notice, Words(language, ZONE), details=False, link=None)


def states(settings: Settings, home: Home, day: dt.date = NIGHT) -> dict[str, str]:
    """The state of each site."""
    with lake.open_reader(home, settings.timezone) as con:
        return {one.site_id: one.state for one in site_statuses(con, settings, day)}


def troubles(settings: Settings, home: Home, day: dt.date = NIGHT) -> Mapping[Trouble, int]:
    """What stands between the day and an all-clear, as a report made now would say."""
    with lake.open_reader(home, settings.timezone) as con:
        return troubles_of(gather(con, settings, day))


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a day of three sites: read, examined and reported."""
    folder = tmp_path_factory.mktemp("first")
    home = Home(folder / "var")
    for name in ("main", "benry/001", "benry/002"):
        write_day(home, name, DAY)
    summary = one_night(settings_of(folder), home, DAY)
    assert (summary["verdict"], summary["sites"], summary["sites_missing"]) == ("clear", 3, 0)
    return home.root


@pytest.fixture
def home(first_night: Path, tmp_path: Path) -> Home:
    """A copy of it for each test."""
    return Home(Path(shutil.copytree(first_night, tmp_path / "var")))


def test_a_shop_whose_folder_is_removed_is_reported_everywhere(home: Home, tmp_path: Path) -> None:
    """First screen, table of sites, shop's page and overview, findings, summary, letter."""
    settings = settings_of(tmp_path)
    shutil.rmtree(home.logs / "benry" / "002")
    for folder in ("main", "benry/001"):
        write_day(home, folder, NIGHT)
    summary = one_night(settings, home, NIGHT)
    assert (summary["verdict"], summary["sites"], summary["sites_missing"]) == ("look_today", 3, 1)
    assert summary["troubles"] == {"sites_missing": 1}

    reports = home.reports / str(NIGHT)
    (gap,) = json.loads((reports / "findings.json").read_text(encoding="utf-8"))
    assert (gap["detector"], gap["site_id"], gap["franchise"]) == ("log-gap", "benry-002", "002")
    page = (reports / "index.html").read_text(encoding="utf-8")
    assert "ログの届いていないサイト 1: benry-002（最終 11/18）" in page
    assert "<strong>2 / 3</strong>" in page
    shop = (reports / "franchise" / page_name("002")).read_text(encoding="utf-8")
    assert "ログの届いていないサイト 1: benry-002" in shop
    overview = (reports / "franchise" / "index.html").read_text(encoding="utf-8")
    assert "0 / 1" in overview

    letter = letter_of(home, NIGHT)
    assert "1 サイトからログが届いていません。" in as_text(letter)
    assert "benry-002" not in as_text(letter)
    assert "1 site sent no logs." in as_text(letter_of(home, NIGHT, "en"))


@pytest.mark.further
def test_settings_that_leave_a_site_out_do_not_end_it(home: Home, tmp_path: Path) -> None:
    """Its row stays as it was; only a closure says that nothing is expected any more."""
    settings = settings_of(tmp_path, SITES)
    write_day(home, "main", NIGHT)
    write_day(home, "benry/002", NIGHT)  # which no site of the settings claims
    stages.ingest(settings, home, clock=after(NIGHT))
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            "select site_id, site_group, franchise, domains[1] from lake.site order by site_id"
        ).fetchall()
    assert rows[1] == ("benry-002", "benry", "002", "002.benry.example")
    assert states(settings, home) == {"benry-001": "missing", "benry-002": "missing", "main": "in"}

    for shop in ("benry-001", "benry-002"):
        decide(home, settings, Closure(shop, DAY, "contract ended", "officer", after(NIGHT)()))
    summary = one_night(settings, home, NIGHT)
    assert (summary["verdict"], summary["sites"], summary["troubles"]) == ("clear", 1, {})

    # The settings name it again: a closed site that sends is reported, not passed over.
    settings = settings_of(tmp_path)
    stages.ingest(settings, home, clock=after(NIGHT))
    assert states(settings, home) == {"benry-001": "closed", "benry-002": "unlisted", "main": "in"}
    with lake.open_writer(home, settings.timezone) as con:
        refresh_aggregates(con, [NIGHT])
    assert troubles(settings, home) == {Trouble.SITES_UNLISTED: 1}


def test_sites_that_only_the_ledger_knows_come_back(home: Home, tmp_path: Path) -> None:
    """A lake from before sites stayed: what its templates say of the id is taken."""
    settings = settings_of(tmp_path)
    shutil.rmtree(home.logs / "benry")
    with lake.open_writer(home, settings.timezone) as con:
        con.execute("delete from lake.site where site_id like 'benry-%'")
    stages.ingest(settings, home, clock=after(NIGHT))
    with lake.open_reader(home, settings.timezone) as con:
        (row,) = con.execute(
            "select site_group, franchise, domains, hours, first_read_at is not null"
            " from lake.site where site_id = 'benry-002'"
        ).fetchall()
    assert row == ("benry", "002", ["002.benry.example"], "business", True)
    assert set(states(settings, home).values()) == {"missing"}


@pytest.mark.further
def test_no_way_of_sending_nothing_is_an_all_clear(home: Home, tmp_path: Path) -> None:
    """Empty files, comments, yesterday's lines again, another day's lines, rejects: all told."""
    settings = settings_of(tmp_path)
    shops = {name: home.logs / "benry" / "001" / f"{name}.log" for name in ("empty", "comments")}
    shops["empty"].write_text("")
    shops["comments"].write_text("#Software: none\n\n")
    again = home.logs / "benry" / "001" / f"{DAY}.log"
    shutil.copy(again, again.with_name("again.log"))
    later = NIGHT + dt.timedelta(days=30)
    write_day(home, "benry/001", later)
    write_day(home, "benry/002", NIGHT)
    rejected = home.logs / "benry" / "002" / f"{NIGHT}.log"
    rejected.write_text(rejected.read_text().replace('"GET', "GET"))
    write_day(home, "main", NIGHT)
    stages.ingest(settings, home, clock=after(NIGHT))
    assert states(settings, home) == {"benry-001": "missing", "benry-002": "in", "main": "in"}
    with lake.open_writer(home, settings.timezone) as con:
        refresh_aggregates(con, [NIGHT])
    found = troubles(settings, home)
    assert found[Trouble.SITES_MISSING] == 1
    assert found[Trouble.SITES_UNREAD] == 1


@pytest.mark.further
def test_a_night_that_read_nothing_is_no_all_clear(home: Home, tmp_path: Path) -> None:
    """No run since the day's end, a run that failed, a folder that is not mounted."""
    settings = settings_of(tmp_path)
    with lake.open_writer(home, settings.timezone) as con:
        refresh_aggregates(con, [NIGHT])
    found = troubles(settings, home)
    assert found[Trouble.NOT_INGESTED] == found[Trouble.NOT_DETECTED] == 1
    assert found[Trouble.SITES_MISSING] == 3

    home.logs.rename(home.root / "elsewhere")
    with pytest.raises(MimamoriError, match="no such landing folder"):
        stages.ingest(settings, home, clock=after(NIGHT))
    assert troubles(settings, home)[Trouble.NOT_INGESTED] == 1
    with lake.open_reader(home, settings.timezone) as con:
        last = gather(con, settings, NIGHT).intake.last
    assert last is not None
    assert (last.status, "受け入れフォルダがありません" in (last.message or "")) == ("failed", True)

    home.logs.mkdir()
    stages.ingest(settings, home, clock=after(NIGHT, minute=5))
    found = troubles(settings, home)
    assert Trouble.NOT_INGESTED not in found
    assert found[Trouble.SITES_MISSING] == 3


@pytest.mark.further
def test_lines_after_the_detectors_are_not_covered_by_them(home: Home, tmp_path: Path) -> None:
    """What came after the last detection is told as not examined, until it is."""
    settings = settings_of(tmp_path)
    assert troubles(settings, home, DAY) == {}
    write_day(home, "benry/003", DAY)
    stages.ingest(settings, home, clock=after(NIGHT))
    assert set(troubles(settings, home, DAY)) == {
        Trouble.NOT_DETECTED,
        Trouble.NOT_CHECKED,
        Trouble.SITES_UNCOUNTED,
    }


@pytest.mark.further
def test_a_detector_or_a_table_of_the_day_that_is_missing_is_no_all_clear(
    home: Home, tmp_path: Path
) -> None:
    """One that failed, one that has no result, results of checks that are gone."""
    settings = settings_of(tmp_path)
    with lake.open_writer(home, settings.timezone) as con:
        con.execute("update lake.detector_day set mode = 'failed' where detector = 'log-gap'")
        con.execute("delete from lake.detector_day where detector = 'brute-force'")
        con.execute("delete from lake.check_result")
        con.execute("delete from lake.site_day where site_id = 'main'")
    assert troubles(settings, home, DAY) == {
        Trouble.DETECTORS_FAILED: 2,
        Trouble.SITES_UNCOUNTED: 1,
        Trouble.NOT_CHECKED: 1,
        Trouble.SITES_MISSING: 1,
    }
