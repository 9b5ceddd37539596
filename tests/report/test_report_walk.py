"""A reader's way through the reports, click by click: each page leads on to the next."""

from pathlib import Path

import pytest

from pipelines import lake
from pipelines.report.build import write_reports
from tests.report_browser import Browser
from tests.worksheet import worksheet_lake
from tests.worksheet.worksheet_lake import DAY, NOW, World, finding

pytestmark = pytest.mark.browser

_HEADINGS = {
    "ja": ("日次報告の一覧", "2026年11月19日（木）", "加盟店一覧", "加盟店 001", "漏えい"),
    "en": ("Daily reports", "Thu, 19 November 2026", "Franchise shops", "Shop 001", "Breach"),
}


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world with one incident."""
    lines = [*worksheet_lake.INCIDENT, worksheet_lake.EXPORT, *worksheet_lake.every_hour()]
    return World.at(tmp_path_factory.mktemp("walked"), lines, [finding()])


def _reports(world: World, locale: str) -> Path:
    """Reports beside a worksheet, as a person has them who made one and ran the report again."""
    settings = world.settings.model_copy(update={"locale": locale})
    out = world.root / locale
    (out / DAY.isoformat()).mkdir(parents=True)
    incident = world.make(language=locale).incident_id
    sheet = out / DAY.isoformat() / f"worksheet-{incident}.{locale}.html"
    world.make(language=locale, out=sheet)
    with lake.open_reader(world.home, settings.timezone) as con:
        write_reports(con, settings, [DAY], out, lambda: NOW)
    return out


def _heading(browser: Browser) -> str:
    return str(browser.evaluate("document.querySelector('h1').innerText"))


@pytest.mark.parametrize("locale", ["ja", pytest.param("en", marks=pytest.mark.further)])
def test_every_page_is_a_few_clicks_from_the_list_of_days(
    walked: World, browser: Browser, locale: str
) -> None:
    """List, day, incident, shops, shop and worksheet; nothing is said on the console."""
    index, day, shops, shop, worksheet = _HEADINGS[locale]
    browser.open(_reports(walked, locale) / "index.html", 1280, 800)
    assert index in _heading(browser)

    browser.click("table.index tbody a")
    assert day in _heading(browser)

    browser.click(".top-list a")
    assert browser.address().endswith("#f-aaaaaaaaaaaaaaa1")
    top = "document.getElementById('f-aaaaaaaaaaaaaaa1').getBoundingClientRect().top"
    assert -1 < browser.evaluate(top) < 800
    assert "st-1" in browser.evaluate("document.querySelector('.closeup').innerText")

    browser.click(".closeup a.worksheet")
    assert worksheet in _heading(browser)
    assert "st-1" in browser.text()
    browser.back()

    browser.click("header.top nav a[href^='franchise/']")
    assert shops in _heading(browser)
    browser.click("table.ranking tbody a")
    assert shop in _heading(browser)
    assert browser.evaluate("document.querySelectorAll('a:not([href^=\"#\"])').length") == 0
    browser.back()
    browser.click("header.top nav a[href='../index.html']")
    assert day in _heading(browser)
    assert browser.console() == []
