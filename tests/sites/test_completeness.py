"""Report, overview of shops and audit say of each site, day and hour whether logs are complete."""

import datetime as dt
import json
import re
from collections.abc import Sequence
from html import unescape
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.audit.make import write_audit
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.text.month import Month
from tests.sites.shops import SETTINGS

_DAY = dt.date(2026, 11, 19)
_WEEKS = [_DAY - dt.timedelta(days=7 * week) for week in range(5)]
_HOURS = (9, 10, 11, 14)
_ROSTER = """shop,opened_on,closed_on,name
whole,2020-01-01,,Whole <b>Shop</b>
holed,2020-01-01,,Holed Shop
gone,2020-01-01,,Gone Shop
never,2026-11-18,,New Shop
shut,,2026-10-31,Shut Shop
"""


def _send(home: Home, shop: str, day: dt.date, hours: Sequence[int]) -> None:
    path = home.logs / "benry" / shop / f"{day}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join(
            f"192.0.2.{minute} - - [{day:%d/%b/%Y}:{hour:02}:{minute:02}:00 +0900]"
            ' "GET / HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'
            for hour in hours
            for minute in range(0, 60, 10)
        ),
        encoding="utf-8",
    )


def _clock() -> dt.datetime:
    return dt.datetime.combine(_DAY, dt.time(17), dt.UTC)  # 02:00 of the next day in Japan


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A night, with its audit: five weeks of shops, one with a hole, and what the roster adds."""
    folder = tmp_path_factory.mktemp("shops")
    (folder / "mimamori.yaml").write_text(f"locale: en{SETTINGS}", encoding="utf-8")
    (folder / "shops.csv").write_text(_ROSTER, encoding="utf-8")
    settings, home = load(folder / "mimamori.yaml"), Home(folder / "var")
    for day in _WEEKS:
        _send(home, "whole", day, _HOURS)
        _send(home, "holed", day, [hour for hour in _HOURS if (day, hour) != (_DAY, 10)])
        if day != _DAY:
            _send(home, "gone", day, _HOURS)
    _send(home, "unlisted", _DAY, _HOURS)
    stages.ingest(settings, home, clock=_clock)
    with lake.open_writer(home, settings.timezone) as con:
        refresh_aggregates(con, _WEEKS)
    stages.check(settings, home, [_DAY], clock=_clock)
    stages.report(settings, home, [_DAY], clock=_clock)
    with lake.open_writer(home, settings.timezone) as con:
        write_audit(con, settings, home, Month.of(_DAY), home.reports, _clock)
    return home


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _row(page: str, site_id: str) -> str:
    """The row of a site's own in the table of sites, tags taken out."""
    (row,) = (
        one for one in page.split("<tr")[1:] if re.search(rf'<bdi class="v">{site_id}</bdi>', one)
    )
    return unescape(re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", f"<tr{row}"))).strip()


def test_report_tells_each_site_and_hour(home: Home) -> None:
    """A hole is told by its hour, silence and strange shops as such, each shop with its name."""
    page = _text(home.reports / str(_DAY) / "index.html")
    sites = page[page.index('id="sites"') : page.index('id="checks"')]
    assert "none at 10" in _row(sites, "benry-holed")
    assert "none at" not in _row(sites, "benry-whole")
    assert "missing (last 11/12)" in _row(sites, "benry-gone")
    assert "missing 0" in _row(sites, "benry-never")
    assert "not expected" in _row(sites, "benry-unlisted")
    assert "benry-whole Whole <b>Shop</b>" in _row(sites, "benry-whole")
    assert "benry-shut (Shut Shop) (closed 2026-10-31 (Sat))" in sites
    first = page[: page.index('id="findings"' if 'id="findings"' in page else 'id="access"')]
    assert "benry-never (New Shop) (never seen)" in first
    assert "benry-gone (Gone Shop)" in first


def test_overview_of_shops_shows_days_and_names(home: Home) -> None:
    """The last days of each shop as signs, the day itself last; a shop's page has its name."""
    folder = home.reports / str(_DAY) / "franchise"
    rows = _text(folder / "index.html").split("<tr>")
    days = {
        shop: re.findall("[●◐○]+", row)[0]
        for shop in ("whole", "gone", "never", "unlisted")
        for row in rows
        if f'">{shop}</a>' in row
    }
    assert days == {
        "whole": "●○○○○○○●○○○○○○●"[-len(days["whole"]) :],
        "gone": "●○○○○○○●○○○○○○○"[-len(days["gone"]) :],
        "never": "○" * len(days["never"]),
        "unlisted": "○" * (len(days["unlisted"]) - 1) + "●",
    }
    assert "Gone Shop" in "".join(rows)
    assert "gone (Gone Shop)" in _text(folder / "shop-gone.html")


def test_audit_proves_complete_what_is(home: Home) -> None:
    """A day with a hole is in doubt, with its hour; a whole one is complete."""
    folder = home.reports / "audit" / f"{_DAY:%Y-%m}"
    found = {one["site_id"]: one for one in json.loads(_text(folder / "audit.json"))["sites"]}
    place = _DAY.day - 1
    signs = {site_id: site["days"][place] for site_id, site in found.items()}
    assert signs["benry-whole"] != signs["benry-holed"]
    assert signs["benry-gone"] == signs["benry-never"]
    assert found["benry-holed"]["lacking_hours"] == {str(_DAY): [10]}
    assert found["benry-whole"]["lacking_hours"] == {}
    cells = [
        [
            unescape(cell).strip()
            for cell in re.findall(r'<td class="[^"]*">(?:<bdi[^>]*>)?([^<]*)', row)
        ]
        for row in _text(folder / "index.html").split("<tr>")
    ]
    assert ["benry-holed (Holed Shop)", "2026-11-19 (Thu)", "10:00–11:00"] in cells
    matrix = {row[0]: row[1 + place] for row in cells if row[1 + place :]}
    assert matrix["benry-whole (Whole <b>Shop</b>)"] == "○"
    assert matrix["benry-holed (Holed Shop)"] == "△"
    assert matrix["benry-gone (Gone Shop)"] == "×"
    assert matrix["benry-never (New Shop)"] == "×"
