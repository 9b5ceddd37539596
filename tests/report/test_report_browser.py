"""The report as a person meets it: in a browser."""

from pathlib import Path

import pytest

from tests.report import report_lake
from tests.report_browser import Browser

pytestmark = pytest.mark.browser

_VERDICTS = {
    "ja": {
        report_lake.DAY: "直ちに対応",
        report_lake.EMPTY: "本日中に確認",
        report_lake.QUIET: "対応を要するものはありません",
    },
    "en": {
        report_lake.DAY: "Act now",
        report_lake.EMPTY: "Look today",
        report_lake.QUIET: "Nothing to act on",
    },
}


def _page(reports: dict[str, Path], locale: str, day: object) -> Path:
    return reports[locale] / str(day) / "index.html"


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_pages_open_without_a_word_on_the_console(
    reports: dict[str, Path], browser: Browser, locale: str
) -> None:
    """No page has an error, a warning, or a refusal of its own content policy."""
    for page in [reports[locale] / "index.html", *reports[locale].glob("*/index.html")]:
        browser.open(page, 1280, 800)
        assert browser.console() == []


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_first_screen_holds_verdict_counts_and_coverage(
    reports: dict[str, Path], browser: Browser, locale: str
) -> None:
    """At 1280x800, what a reader decides by stands above the fold and in plain words."""
    for day, verdict in _VERDICTS[locale].items():
        browser.open(_page(reports, locale, day), 1280, 800)
        assert verdict in browser.evaluate("document.querySelector('#verdict').innerText")
        bottoms = browser.evaluate(
            "['#verdict', '.top-list li:last-child, .calm', '.facts']"
            ".map(one => document.querySelector(one).getBoundingClientRect().bottom)"
        )
        assert max(bottoms) <= 800


def test_first_screen_names_the_missing_site_and_its_last_day(
    reports: dict[str, Path], browser: Browser
) -> None:
    """A site without logs stands above the fold with its name and the last day that it had any."""
    browser.open(_page(reports, "ja", report_lake.DAY), 1280, 800)
    said = browser.evaluate("document.querySelector('.problems').innerText")
    assert report_lake.MISSING_SITE in said
    assert "ログの届いていないサイト" in said
    assert "最終 11/19" in said
    assert browser.evaluate("document.querySelector('.problems').getBoundingClientRect().top") < 400


def test_hostile_text_is_read_as_text(reports: dict[str, Path], browser: Browser) -> None:
    """Markup from logs makes no element, and a bidirectional override turns nothing round."""
    browser.open(_page(reports, "ja", report_lake.HOSTILE), 1280, 800)
    assert browser.evaluate("document.querySelectorAll('script').length") == 1  # our own
    assert browser.evaluate("document.querySelectorAll('img, iframe, object').length") == 0
    assert report_lake.SCRIPT in browser.text()
    assert "‹U+202E›" in browser.text()


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_page_never_scrolls_sideways(
    reports: dict[str, Path], browser: Browser, width: int
) -> None:
    """On a telephone, a tablet and a desk, only tables scroll within themselves."""
    for day in report_lake.DAYS:
        browser.open(_page(reports, "ja", day), width, 800)
        assert browser.evaluate("document.documentElement.scrollWidth") <= width
