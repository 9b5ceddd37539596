"""Every kind of page under axe-core: no serious violation, in light and in dark."""

from pathlib import Path

import pytest

from pipelines.report.franchise.overview import page_name
from tests.axe import LOOKS, grave_violations_of
from tests.report import report_lake
from tests.report_browser import Browser
from tests.worksheet import worksheet_lake

pytestmark = [pytest.mark.browser, pytest.mark.further]

_DAY = Path(report_lake.DAY.isoformat())
_PAGES = {
    "index": Path("index.html"),
    "day": _DAY / "index.html",
    "hostile-day": Path(report_lake.HOSTILE.isoformat(), "index.html"),
    "empty-day": Path(report_lake.EMPTY.isoformat(), "index.html"),
    "franchise-overview": _DAY / "franchise" / "index.html",
    "shop": _DAY / "franchise" / page_name("003"),
}


@pytest.fixture(scope="session")
def worksheets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A worksheet in each language."""
    lines = [*worksheet_lake.INCIDENT, worksheet_lake.EXPORT, *worksheet_lake.every_hour()]
    world = worksheet_lake.World.at(tmp_path_factory.mktemp("world"), lines)
    return {locale: world.make(language=locale).file for locale in ("ja", "en")}


@LOOKS
@pytest.mark.parametrize("page", _PAGES)
def test_no_page_has_a_serious_violation(
    reports: dict[str, Path], browser: Browser, scheme: str, page: str, locale: str
) -> None:
    """Names, roles, contrast, order of headings, keyboard: what axe-core can judge."""
    assert grave_violations_of(browser, reports[locale] / _PAGES[page], scheme) == []


@LOOKS
def test_no_worksheet_has_a_serious_violation(
    worksheets: dict[str, Path], browser: Browser, scheme: str, locale: str
) -> None:
    """The worksheet under the same rules."""
    assert grave_violations_of(browser, worksheets[locale], scheme) == []


def test_a_violation_is_found(browser: Browser, scheme: str, tmp_path: Path) -> None:
    """The look itself works: grey on white, and a link without a name."""
    page = tmp_path / "bad.html"
    page.write_text(
        '<!doctype html><html lang="en"><title>bad</title><main><a href="#x"></a>'
        '<p style="color:#999;background:#fff">hard to read</p></main>',
        encoding="utf-8",
    )
    found = " ".join(grave_violations_of(browser, page, scheme))
    assert "color-contrast (serious)" in found
    assert "link-name (serious)" in found
