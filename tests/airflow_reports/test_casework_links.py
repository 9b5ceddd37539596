"""Who gets links from a report to the pages of casework."""

from tests.airflow_reports.casework_app import CASE, World
from tests.detect.given_findings import DAY


def test_links_are_for_whoever_may_decide(world: World) -> None:
    """A shop's page, and the file itself, have none."""
    day = world.home.reports / str(DAY)
    (day / "franchise").mkdir(parents=True)
    page = f'<nav></nav><span class="to-app" data-to="cases/{CASE}"></span>'
    for file in (day / "index.html", day / "franchise" / "shop-012.html"):
        file.write_text(page)
    served = world.get(f"{DAY}/index.html").text
    assert f'<a href="../cases/{CASE}">ケースの画面で対応する</a>' in served
    assert (day / "index.html").read_text() == page
    world.name = "shop"
    assert world.get(f"{DAY}/franchise/shop-012.html").text == page
    assert world.get(f"{DAY}/index.html").status_code == 403
