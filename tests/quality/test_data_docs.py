"""The Data Docs of judged days are whole pages that need no network and run no script."""

import datetime as dt
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from pipelines import quality
from pipelines.paths import EXPECTATIONS_DIR
from pipelines.quality.docs import write_docs
from pipelines.quality.engine import Validation, open_engine
from pipelines.quality.run import results_of
from pipelines.quality.suites import Suite, load_suites
from tests.unchanging import changeable

DAY = dt.date(2025, 11, 16)
NOW = dt.datetime(2025, 11, 17, tzinfo=dt.UTC)
NASTY_SITE = "benry-<script>alert(1)</script>"
MANY_SITES = 250


class _Page(HTMLParser):
    """Collects what a page would load and where it links to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name == "src" or (tag == "link" and name == "href"):
                self.loads.append(value)
            elif name == "href":
                self.links.append(value)

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def suites() -> list[Suite]:
    """The shipped suites of a day, named after what they judge."""
    return [one for one in load_suites(EXPECTATIONS_DIR) if one.meta.judges == "day"]


@pytest.fixture(scope="module")
def validations(suites) -> list[Validation]:
    """Days of a table in which very many sites break one rule of each suite."""
    with duckdb.connect() as con:
        con.execute(
            "create table judged as select $day::date as log_date,"
            " case when n = 0 then $nasty else 'site-' || n end as site_id, 20 as lines,"
            " 10 as records, 10 as rejects, 0.5::double as reject_share, 1 as outside_day,"
            " 0 as event_repeats, 0 as files_off, 0 as noted_records, 0 as noted_rejects,"
            " 0 as readings_uneven, 0 as files_incomplete, 10 as profile_records,"
            " 10 as profile_rejects, 0 as future_records, 0 as readings_ahead,"
            " 0 as status_invalid, 0 as ip_odd, null::double as hours_share,"
            " null::bigint as records_where_usual, null::bigint as users_where_usual,"
            " 0::double as ip_missing_share, 0::double as status_missing_share,"
            " 0::double as request_missing_share,"
            " 0::double as agent_missing_share, 0::double as domain_foreign_share,"
            " 0 as readings, null::varchar as shares_unusual, 10 as hour_records,"
            " 10 as field_records, 0 as user_requests, 0 as repeated_rows"
            " from range($sites) as site (n)",
            {"day": DAY, "nasty": NASTY_SITE, "sites": MANY_SITES},
        )
        with open_engine(con) as engine:
            return [found for suite in suites for found in engine.validate(suite, "judged", [DAY])]


@pytest.fixture(scope="module")
def folder(suites, validations, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Data Docs of these validations."""
    target = tmp_path_factory.mktemp("data-docs")
    results = [result for found in validations for result in results_of(found, NOW)]
    with duckdb.connect() as con:
        write_docs(con, suites, validations, results, target)
    return target


def test_every_failing_site_is_known_however_many_there_are(validations):
    """Great Expectations shows 200 rows of a query; a site beyond that has failed all the same."""
    failing = {
        check.meta.id: len(outcome.failing)
        for found in validations
        for check, outcome in zip(found.suite.expectations, found.outcomes, strict=True)
        if not outcome.success
    }
    assert failing == {"time-in-day": MANY_SITES, "reject-share": MANY_SITES}


def test_a_page_for_each_suite_and_day_and_an_index(folder):
    """Files lie where the reports link to them."""
    pages = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.html"))
    assert pages == [
        "2025-11-16/access_log.html",
        "2025-11-16/access_log.time-in-day.html",
        "2025-11-16/aggregates.html",
        "2025-11-16/ledger.html",
        "2025-11-16/site_day.html",
        "2025-11-16/site_day.reject-share.html",
        "expectations/access_log.html",
        "expectations/aggregates.html",
        "expectations/ledger.html",
        "expectations/site_day.html",
        "index.html",
    ]


def test_pages_load_nothing_and_run_nothing(folder):
    """No script, picture, style sheet or frame; the browser is told to refuse them, too."""
    for path in folder.rglob("*.html"):
        page = _Page(path)
        assert page.loads == []
        assert page.tags.isdisjoint({"script", "img", "iframe", "link", "object"})
        text = path.read_text(encoding="utf-8")
        assert """content="default-src 'none'; style-src 'unsafe-inline'\"""" in text
        assert re.findall(r"url\(|@import", text) == []


def test_links_lead_to_pages_that_exist(folder):
    """Nobody runs into Great Expectations' own folder layout."""
    for path in folder.rglob("*.html"):
        links = _Page(path).links
        assert links
        assert [link for link in links if not (path.parent / link).is_file()] == []


def test_names_of_sites_are_text(folder):
    """A site id comes from a folder's name and must not become part of the page."""
    page = _Page(folder / DAY.isoformat() / "site_day.html")
    assert NASTY_SITE in page.text


def test_a_page_says_first_what_failed_and_where(folder):
    """The failed checks stand above Great Expectations' own statistics, in both languages."""
    text = _Page(folder / DAY.isoformat() / "access_log.html").text
    for part in ("site-249", "10 件のうち 1 件の時刻", "1 of 10 records have a time outside"):
        assert text.index(part) < text.index("Evaluated Expectations")


def test_the_suite_page_gives_the_reasons(folder, suites):
    """Every rule stands there with what goes unnoticed without it, and why this limit."""
    for suite in suites:
        text = _Page(folder / "expectations" / f"{suite.name}.html").text
        for check in suite.expectations:
            assert check.meta.catches.ja in text
            assert check.meta.reason.en in text


def test_the_index_tells_failed_from_passed(folder):
    """One line a day, one cell a suite."""
    text = _Page(folder / "index.html").text
    assert "✕ 1 / 7 不合格 / failed" in text
    assert "✕ 1 / 11 不合格 / failed" in text
    cell = json.loads((folder / DAY.isoformat() / "site_day.json").read_bytes())
    assert cell == {"checks": 11, "failed": 1, "day": DAY.isoformat()}


def test_no_value_of_a_judgement_can_be_changed():
    """A result that the lake keeps is the one that the page shows."""
    assert changeable(quality) == []
