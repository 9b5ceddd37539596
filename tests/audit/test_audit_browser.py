"""The audit as a person meets it: in a browser and on paper."""

from pathlib import Path

import pytest

from tests.axe import LOOKS, grave_violations_of
from tests.report_browser import Browser

pytestmark = [pytest.mark.browser, pytest.mark.further]


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_first_screen_holds_the_seven_verdicts(
    pages: dict[str, Path], browser: Browser, locale: str
) -> None:
    """At 1280x800 all seven rows stand above the fold, and the console is silent."""
    browser.open(pages[locale], 1280, 800)
    assert browser.console() == []
    assert browser.evaluate("document.querySelectorAll('.verdicts li').length") == 7
    bottom = "document.querySelector('.verdicts').getBoundingClientRect().bottom"
    assert browser.evaluate(bottom) <= 800


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_page_never_scrolls_sideways(pages: dict[str, Path], browser: Browser, width: int) -> None:
    """On a telephone, a tablet and a desk, only tables scroll within themselves."""
    for page in pages.values():
        browser.open(page, width, 800)
        assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_list_leads_to_the_audit_and_back(pages: dict[str, Path], browser: Browser) -> None:
    """From the list of reports to the month, to one of its sections, and to the list again."""
    browser.open(pages["ja"].parents[2] / "index.html", 1280, 800)
    browser.evaluate("document.querySelector('.audits a').click()")
    assert "月次監査報告" in browser.evaluate("document.querySelector('h1').innerText")
    browser.evaluate("document.querySelector('.verdicts li:last-child a').click()")
    assert browser.evaluate("location.hash") == "#measure-7"
    browser.evaluate("document.querySelector('nav a').click()")
    assert browser.evaluate("location.pathname").endswith("/index.html")
    assert "日次報告の一覧" in browser.text()


def test_every_link_within_the_page_leads_somewhere(
    pages: dict[str, Path], browser: Browser
) -> None:
    """No anchor is missing."""
    for page in pages.values():
        browser.open(page, 1280, 800)
        lost = browser.evaluate(
            "[...document.querySelectorAll('a[href^=\"#\"]')]"
            ".filter(one => !document.querySelector(one.getAttribute('href'))).length"
        )
        assert lost == 0


def test_hostile_text_makes_no_element(pages: dict[str, Path], browser: Browser) -> None:
    """The signer's name is read as text."""
    browser.open(pages["ja"], 1280, 800)
    assert browser.evaluate("document.querySelectorAll('script').length") == 1  # our own
    assert browser.evaluate("document.querySelectorAll('img, iframe').length") == 0
    assert "<script>alert(1)</script>" in browser.text()


@LOOKS
def test_page_has_no_serious_violation(
    pages: dict[str, Path], browser: Browser, scheme: str, locale: str
) -> None:
    """What axe-core can judge, in light and in dark."""
    assert grave_violations_of(browser, pages[locale], scheme) == []
