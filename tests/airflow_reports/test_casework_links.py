"""Who gets links from a report to the pages of casework."""

from pathlib import Path

import pytest

from tests.airflow_reports.casework_app import CASE, World, world_at
from tests.detect.given_findings import DAY


def test_links_are_for_whoever_may_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop's page, and the file itself, have none."""
    world: World = world_at(tmp_path, monkeypatch)
    day = world.home.reports / str(DAY)
    (day / "franchise").mkdir(parents=True)
    page = f'<nav></nav><bdi class="v">mimamori cases show {CASE}</bdi>'
    for file in (day / "index.html", day / "franchise" / "shop-012.html"):
        file.write_text(page)
    served = world.get(f"{DAY}/index.html").text
    assert f'<a href="../cases/{CASE}">' in served
    assert (day / "index.html").read_text() == page
    world.name = "shop"
    assert world.get(f"{DAY}/franchise/shop-012.html").text == page
    assert world.get(f"{DAY}/index.html").status_code == 403
