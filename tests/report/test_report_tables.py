"""Tables in a browser: sorted and filtered by mouse and keyboard, plain without the script."""

from pathlib import Path

import pytest

from tests.report import report_lake
from tests.report_browser import Browser

pytestmark = pytest.mark.browser

_ENTER, _SPACE = "\ue007", " "


def _day(reports: dict[str, Path], locale: str = "en") -> Path:
    return reports[locale] / report_lake.DAY.isoformat() / "index.html"


def _column(browser: Browser, table: str, column: int) -> list[str]:
    rows = f"[...{table}.tBodies[0].rows].filter(row => row.checkVisibility())"
    found = browser.evaluate(f"{rows}.map(row => row.cells[{column}].innerText.trim())")
    return [str(one) for one in found]


def _number(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.fixture
def sites(reports: dict[str, Path], browser: Browser) -> str:
    """The table of the shops' sites, as an expression on the page that shows it."""
    browser.open(_day(reports), 1280, 800)
    browser.run(
        "const folds = [...document.querySelectorAll('#sites ~ details.fold')];"
        "const shops = folds.find(one => one.innerText.startsWith('benry')); shops.open = true;"
        "shops.querySelector('table').id = 'under-test';"
    )
    return "document.getElementById('under-test')"


def test_click_sorts_numbers_as_numbers(browser: Browser, sites: str) -> None:
    """The most first, then the least first; the heading says which."""
    browser.click("#under-test th:nth-child(4) button")
    down = [_number(one) for one in _column(browser, sites, 3)]
    assert down == sorted(down, reverse=True)
    assert len(set(down)) > 3
    assert browser.evaluate(f"{sites}.tHead.rows[0].cells[3].ariaSort") == "descending"
    browser.click("#under-test th:nth-child(4) button")
    assert [_number(one) for one in _column(browser, sites, 3)] == sorted(down)
    assert browser.evaluate(f"{sites}.tHead.rows[0].cells[3].ariaSort") == "ascending"
    assert browser.evaluate(f"{sites}.querySelectorAll('[aria-sort]').length") == 1


def test_keys_sort_too(browser: Browser, sites: str) -> None:
    """A heading is a button: Enter and Space do what a click does."""
    before = _column(browser, sites, 0)
    browser.press("#under-test th:nth-child(1) button", _ENTER)
    assert _column(browser, sites, 0) == sorted(before)
    browser.press("#under-test th:nth-child(1) button", _SPACE)
    assert _column(browser, sites, 0) == sorted(before, reverse=True)


def test_filter_keeps_rows_that_hold_every_word(browser: Browser, sites: str) -> None:
    """How many of how many are shown is said; an empty field shows all again."""
    total = len(_column(browser, sites, 0))
    field = "details:has(#under-test) .filter input"
    browser.press(field, "BENRY-00 missing")
    assert _column(browser, sites, 0) == [report_lake.MISSING_SITE]
    said = browser.evaluate("document.querySelector('details:has(#under-test) output').innerText")
    assert said == f"1 / {total} rows"
    browser.run(
        f"const field = document.querySelector('{field}'); field.value = '';"
        "field.dispatchEvent(new Event('input'));"
    )
    assert len(_column(browser, sites, 0)) == total


def test_severities_sort_by_gravity(reports: dict[str, Path], browser: Browser) -> None:
    """Not by the letters of their names."""
    browser.open(_day(reports, "ja"), 1280, 800)
    browser.run(
        "const fold = document.querySelector('#others + details'); fold.open = true;"
        "fold.querySelector('table').id = 'others-table';"
    )
    browser.click("#others-table th:nth-child(1) button")
    marks = _column(browser, "document.getElementById('others-table')", 0)
    order = ["重大", "高", "中", "低", "参考"]
    assert marks == sorted(marks, key=order.index)
    assert len(set(marks)) > 1


def test_sums_stay_below(reports: dict[str, Path], browser: Browser) -> None:
    """A total is no row among others, and stays the last in every order."""
    browser.open(_day(reports), 1280, 800)
    browser.run("document.querySelector('tr.sum').closest('table').id = 'sums'")
    for _ in range(2):
        browser.click("#sums th:nth-child(4) button")
        names = _column(browser, "document.getElementById('sums')", 0)
        assert names[-1] == "Total"
        assert len(names) == 3


def test_list_of_days_sorts_without_its_months(reports: dict[str, Path], browser: Browser) -> None:
    """Months head their days in one order only."""
    browser.open(reports["en"] / "index.html", 1280, 800)
    assert browser.evaluate("document.querySelector('tr.month').checkVisibility()")
    browser.click("th:nth-child(1) button")
    assert not browser.evaluate("document.querySelector('tr.month').checkVisibility()")
    days = _column(browser, "document.querySelector('table')", 0)
    assert days == sorted(days)
    assert len(days) == len(report_lake.DAYS)


def test_tables_are_plain_without_the_script(
    reports: dict[str, Path], browser: Browser, tmp_path: Path
) -> None:
    """No dead buttons or fields: all rows are there, and nothing else."""
    page = _day(reports).read_text(encoding="utf-8")
    start, end = page.index("<script"), page.index("</script>")
    plain = tmp_path / "plain.html"
    plain.write_text(page[:start] + page[end:].removeprefix("</script>"), encoding="utf-8")
    browser.open(plain, 1280, 800)
    assert browser.evaluate("document.querySelectorAll('button, input').length") == 0
    assert report_lake.MISSING_SITE in browser.text()


def test_another_script_is_refused(
    reports: dict[str, Path], browser: Browser, tmp_path: Path
) -> None:
    """The policy allows our script alone: what a log could bring would not run."""
    page = _day(reports).read_text(encoding="utf-8")
    forged = tmp_path / "forged.html"
    forged.write_text(
        page.replace("</main>", "<script>document.title = 'broken'</script></main>"),
        encoding="utf-8",
    )
    browser.open(forged, 1280, 800)
    assert browser.evaluate("document.title") != "broken"
    assert any("Content Security Policy" in one for one in browser.console())


def test_link_into_a_fold_opens_it(reports: dict[str, Path], browser: Browser) -> None:
    """A finding that is for the record only stands in a fold; a link to it shows it."""
    browser.open(_day(reports), 1280, 800)
    browser.run("location.hash = '#f-closed0000000001'")
    browser.wait_for("new Promise(done => setTimeout(done, 50))")
    row = "document.getElementById('f-closed0000000001')"
    assert browser.evaluate(f"{row}.closest('details').open")
    assert -1 < browser.evaluate(f"{row}.getBoundingClientRect().top") < 800
