"""Reports lead to the pages of casework while Airflow serves them, and are whole without."""

import re
from pathlib import Path

import pytest

from pipelines.airflow_reports.casework.links import with_links
from tests.report import report_lake

_DAY = report_lake.DAY.isoformat()


@pytest.mark.parametrize(("locale", "text"), [("ja", "ケースに対応する"), ("en", "Work on cases")])
def test_a_day_leads_to_its_cases_and_to_its_signature(
    reports: dict[str, Path], locale: str, text: str
) -> None:
    """From the top, from each case and from the table; nothing else on the page changes."""
    page = (reports[locale] / _DAY / "index.html").read_bytes()
    served = with_links(page, f"{_DAY}/index.html").decode()
    assert f'<a href="../cases/"><strong>{text}</strong></a>' in served
    assert f'<a href="../review/{_DAY}">' in served
    table = served[served.index('class="open-cases"') :].partition("</table>")[0]
    assert table.count('<a href="../cases/') == table.count("<tr>") - 1 > 0
    places = re.findall(r'data-to="(cases/[0-9a-f]{16})">', served)
    assert [served.count(f'data-to="{one}"><a href="../{one}">') for one in places] == [
        places.count(one) for one in places
    ]
    assert len(places) >= page.count(b'">mimamori cases show') > 0
    assert b'<span class="to-app" data-to="cases/' in page
    assert 'data-to="search/"><a href="../search/">' in served


def test_other_pages_stay_as_they_are(reports: dict[str, Path]) -> None:
    """The list of days gets links of its own; a shop's page none."""
    folder = reports["ja"]
    index = with_links((folder / "index.html").read_bytes(), "index.html").decode()
    assert 'href="cases/"' in index
    assert 'href="review/"' in index
    shop = next((folder / _DAY / "franchise").glob("shop-*.html"))
    page = shop.read_bytes()
    assert with_links(page, str(shop.relative_to(folder))) == page
