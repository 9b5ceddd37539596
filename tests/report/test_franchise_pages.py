"""The pages of the shops: each holds its own shop's data and no other's, whatever it is called."""

import datetime as dt
import html
import itertools
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.detect.catalogue import load_catalogue
from pipelines.paths import Home
from pipelines.report.build import write_reports
from pipelines.report.franchise.overview import page_name
from pipelines.settings.detectors import Tuning
from pipelines.text.display import visible
from tests.report import franchise_lake, report_lake
from tests.report.franchise_lake import DAY, HEAD_USER, SHOPS, SILENT, Shop, next_of
from tests.report_browser import Browser


@pytest.fixture(scope="module")
def folders(shop_home: Home, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The day's folder `franchise`, by language; tests only read them."""
    return {
        locale: _written(shop_home, tmp_path_factory.mktemp(f"shops-{locale}"), locale)
        for locale in ("ja", "en")
    }


def _written(home: Home, out: Path, locale: str = "en") -> Path:
    settings = franchise_lake.settings_in(locale)
    with lake.open_reader(home, settings.timezone) as con:
        write_reports(con, settings, [DAY], out, report_lake.now)
    return out / DAY.isoformat() / "franchise"


def _page(folder: Path, shop: str) -> str:
    return (folder / page_name(shop)).read_text(encoding="utf-8")


def _holds(page: str, secret: str) -> bool:
    """Whether a text stands by itself on a page: not as a part of a longer name."""
    shown = re.escape(visible(secret))
    return re.search(rf"(?<![A-Za-z0-9.]){shown}(?![A-Za-z0-9-])", html.unescape(page)) is not None


def _section(page: str, anchor: str) -> str:
    return page.split(f'id="{anchor}"', 1)[1].split("<h2", 1)[0]


class _Links(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src"} and tag != "link":
                self.targets.append(value or "")
            if name == "id":
                self.ids.append(value or "")


@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize("shop", SHOPS, ids=lambda one: f"shop{one.number}")
def test_page_holds_nothing_of_another_shop(
    folders: dict[str, Path], shop: Shop, locale: str
) -> None:
    """No user, address, subject, site or finding of any other shop, nor headquarters' people."""
    page = _page(folders[locale], shop.shop)
    for other in SHOPS:
        # The lake takes two spellings of a user id for one person, whose note it is then.
        same = {other.note} if other.user.lower() == shop.user.lower() else set()
        for secret in {*other.secrets} - same:
            if other is not shop:
                assert not _holds(page, secret), secret
    assert not _holds(page, HEAD_USER)
    assert "192.0.2.200" not in page


@pytest.mark.parametrize("shop", SHOPS, ids=lambda one: f"shop{one.number}")
def test_page_holds_what_is_the_shops_own(folders: dict[str, Path], shop: Shop) -> None:
    """Its user, site, attacker and findings stand there, visitors as a count and a kind."""
    page = _page(folders["en"], shop.shop)
    kept = {shop.address, shop.subject}  # an address and people only where somebody must act
    for secret in set(shop.secrets) - kept:
        assert _holds(page, secret), secret
    who = html.unescape(_section(page, "who"))
    # The lake takes two spellings of a user id for one person, so that fr(A)-07 is fr(a)-07 there.
    if shop.user.lower() != next_of(shop).user.lower():
        assert re.search(r"Users of other shops<td>1<td>2<td>1\n", who)
    assert re.search(r"Users of headquarters<td>1<td>1<td>1\n", who)
    assert re.search(r"Nobody logged in<td>–<td>1<td>1\n", who)
    assert "a user of another shop" in html.unescape(page)
    assert "an address that users of others share" in html.unescape(page)


def test_own_user_is_told_against_the_own_past(folders: dict[str, Path]) -> None:
    """Accesses, the usual of the days before, and distinct people of the shop's own user."""
    row = _section(_page(folders["en"], "001"), "who").split("</th>")[-1].split("<tr>")
    cells = re.findall(r"<td>([^<\n]*)", next(one for one in row if "fr(001)-07" in one))
    assert cells[:3] == ["4", "4", "2"]


@pytest.mark.parametrize("is_told", [False, True])
def test_what_is_watched_is_told_to_no_shop_but_where_settings_say_so(
    shop_home: Home, tmp_path: Path, is_told: bool
) -> None:
    """Neither on its page nor in the row and the count of its cases."""
    home = Home(shutil.copytree(shop_home.root, tmp_path / "var"))
    settings = franchise_lake.settings_in("en")
    detectors = ("decoy-record-access", "watched-subject-access")
    if is_told:
        tuning = dict.fromkeys(detectors, Tuning(shops=True))
        settings = settings.model_copy(update={"detectors": tuning})
    (shop, *_) = SHOPS
    own = [one for one in franchise_lake.findings_of(shop) if one.actor == shop.user]
    with lake.open_writer(home, settings.timezone) as con:
        con.execute("delete from lake.findings where site_id = ?", [shop.site])
        found = [replace(one, detector=name) for one in own for name in detectors]
        report_lake.insert_findings(con, found)
    with lake.open_reader(home, settings.timezone) as con:
        write_reports(con, settings, [DAY], tmp_path, report_lake.now)
    page = _page(tmp_path / DAY.isoformat() / "franchise", shop.shop)
    catalogue = load_catalogue()
    for name in detectors:
        assert (catalogue[name].title.en in page) == is_told
    assert ("open case" in page) == is_told


@pytest.mark.further
def test_what_is_open_from_the_day_before_is_said(shop_home: Home, tmp_path: Path) -> None:
    """On a day without a finding the cases of the day before stand on the page and in the row."""
    settings = franchise_lake.settings_in("en")
    following = DAY + dt.timedelta(days=1)
    with lake.open_reader(shop_home, settings.timezone) as con:
        write_reports(con, settings, [following], tmp_path, report_lake.now)
        opened = con.execute(
            "select count(distinct coalesce(case_id, finding_id)) from lake.findings"
            " where site_id = 'benry-001' and severity = 'high' and status = 'new'"
        ).fetchone()
    assert opened
    assert opened[0] > 1
    folder = tmp_path / following.isoformat() / "franchise"
    said = f"{opened[0]} open cases"
    assert said in _page(folder, "001")
    assert "open case" not in _page(folder, SILENT)
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert said in index.split(page_name("001"))[1].split("<tr>")[0]


def test_page_links_nowhere_and_repeats_no_id(folders: dict[str, Path]) -> None:
    """A shop's page can be handed over as it is: it leads to no other page."""
    for shop in SHOPS:
        found = _Links(_page(folders["en"], shop.shop))
        assert found.targets
        assert all(target.startswith("#") for target in found.targets)
        assert {target[1:] for target in found.targets} <= set(found.ids)
        assert len(found.ids) == len(set(found.ids))


def test_chart_says_in_words_what_it_draws(folders: dict[str, Path]) -> None:
    """Accesses of the day against the days before are drawn, labelled and described."""
    access = _section(_page(folders["en"], "001"), "access")
    assert '<svg class="chart"' in access
    assert "The 9 days before: least 8, median 8, most 8." in access


def test_shop_without_lines_has_a_short_page(folders: dict[str, Path]) -> None:
    """It says that nothing came in, is no clear day, and has no empty sections."""
    page = _page(folders["en"], SILENT)
    assert "Not one line of this shop came in" in page
    assert "Nothing to act on" not in page
    assert 'id="who"' not in page
    assert len(page) < len(_page(folders["en"], "001"))


def test_day_links_to_the_overview_and_the_overview_to_every_shop(
    folders: dict[str, Path],
) -> None:
    """From the day's page every shop is two clicks away, and no link leads nowhere."""
    folder = folders["ja"]
    day = (folder.parent / "index.html").read_text(encoding="utf-8")
    assert 'href="franchise/index.html"' in day
    targets = _Links((folder / "index.html").read_text(encoding="utf-8")).targets
    assert {page_name(one.shop) for one in SHOPS} | {page_name(SILENT)} <= set(targets)
    for target in targets:
        assert target.startswith("#") or (folder / target).is_file() or target == "../../index.html"


def test_overview_ranks_by_risk_and_sorts_without_a_script(folders: dict[str, Path]) -> None:
    """The riskiest shop first; every order is a page of its own that says what it is sorted by."""
    pages = {
        path.name: path.read_text(encoding="utf-8")
        for path in folders["en"].glob("*.html")
        if not path.name.startswith("shop-") and path.stem.rpartition(".")[2] != "ja"
    }
    assert sorted(pages) == [
        "by-accesses.html",
        "by-coverage.html",
        "by-people.html",
        "by-severity.html",
        "by-shop.html",
        "by-trend.html",
        "index.html",
    ]
    for page in pages.values():
        assert page.count('<th scope="col" aria-sort=') == 1
        assert page.count('<th scope="row">') == len(SHOPS) + 1
    ranked = re.findall(r'<th scope="row"><a href="([^"]+)"', pages["index.html"])
    assert ranked[:2] == ["shop-001.html", "shop-0010.html"]  # a failed check and the best score
    assert ranked[-1] == page_name(SILENT)
    by_coverage = re.findall(r'<th scope="row"><a href="([^"]+)"', pages["by-coverage.html"])
    assert page_name(SILENT) in by_coverage[:3]


def test_names_of_pages_are_safe_and_never_the_same() -> None:
    """No id leads out of the folder, and none meets another's file where capitals are the same."""
    ids = [one.shop for one in SHOPS] + ["", ".", "a-b", "a b", "a" * 300, "東京", "\x00", "\ud800"]
    names = [page_name(one) for one in ids]
    assert all(re.fullmatch(r"shop-[a-z0-9-]{1,60}\.html", name) for name in names)
    assert len({name.lower() for name in names}) == len(ids)


@pytest.mark.further
def test_old_pages_go_and_others_stay(shop_home: Home, tmp_path: Path) -> None:
    """A re-run replaces the pages of the day and takes away those of shops that are no more."""
    folder = _written(shop_home, tmp_path)
    before = {path.name for path in folder.iterdir()}
    (folder / "shop-gone.html").write_text("old", encoding="utf-8")
    (folder / page_name("001")).write_text("old", encoding="utf-8")
    assert _written(shop_home, tmp_path) == folder
    assert {path.name for path in folder.iterdir()} == before
    assert "fr(001)-07" in _page(folder, "001")
    assert next_of(SHOPS[0]).shop == "0010"


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["ja", "en"])
def test_pages_fit_a_telephone_and_say_nothing_on_the_console(
    folders: dict[str, Path], browser: Browser, locale: str
) -> None:
    """Only tables scroll, within themselves; no element and no turned text comes of a shop's id."""
    for name in ("index.html", page_name("<b>&"), page_name("\u202e100"), page_name(SILENT)):
        browser.open(folders[locale] / name, 390, 800)
        assert browser.evaluate("document.documentElement.scrollWidth") <= 390
        assert browser.console() == []
        assert "\u202e" not in browser.text()
        assert browser.evaluate("document.querySelectorAll('td b, h1 b').length") == 0
        assert browser.evaluate("document.querySelectorAll('script').length") == 1  # our own


@pytest.mark.browser
def test_tables_have_headers_and_headings_have_an_order(
    folders: dict[str, Path], browser: Browser
) -> None:
    """Every column and row has its header, one heading is the page's, none skips a level."""
    for name in ("index.html", page_name("001"), page_name(SILENT)):
        browser.open(folders["en"] / name, 1280, 800)
        assert browser.evaluate("document.querySelectorAll('th:not([scope])').length") == 0
        levels = browser.evaluate(
            "[...document.querySelectorAll('h1, h2, h3, h4')].map(one => Number(one.tagName[1]))"
        )
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
