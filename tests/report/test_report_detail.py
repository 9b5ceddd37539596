"""What a day's page tells beyond findings, from a small world that real ingest made."""

import datetime as dt
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.detect.aggregates import load_macros, refresh_aggregates
from pipelines.findings import Severity, Status
from pipelines.paths import Home
from pipelines.report.build import write_reports
from pipelines.report.detail.lines import Actors, lines_of
from pipelines.triage.commands import Word, decide
from tests.report import report_lake
from tests.worksheet.worksheet_lake import DAY, NOW, World, finding, line

_PEER_PEOPLE = (1, 2, 3, 4, 10)
_ABROAD = "198.51.100.77"
_TRICK = "\u202e<b>x"


def _day_of(people: int, user: str, **given: object) -> list[str]:
    return [
        line(f"{given.get('hour', '10')}:{n:02}", f"GET /customers/{user[-1]}{n}", user, **given)
        for n in range(people)
    ]


def _lines() -> list[str]:
    """st-1 sees 30 people where two are usual, and is refused some; five peers see fewer."""
    past = [
        one
        for days_ago in range(1, 8)
        for one in _day_of(2, "st-1", day=DAY - dt.timedelta(days=days_ago))
    ]
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    today = [
        *_day_of(30, "st-1"),
        *_day_of(10, "st-1", hour="11", ip=_ABROAD, agent=agent),
        *(line(f"11:{30 + n}", f"GET /customers/9{n}", status=403) for n in range(4)),
        *(
            one
            for number, people in enumerate(_PEER_PEOPLE, 2)
            for one in _day_of(people, f"st-{number}")
        ),
        line("12:00", "GET /export/all.csv", "st-2", bytes=5_000),
        line("12:01", "GET /customers/70", "-", ip="203.0.113.9"),
    ]
    return [*past, *today]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world with a finding on st-1, like ones before, and what people decided about those."""
    world = World.at(tmp_path_factory.mktemp("world"), _lines(), [finding()])
    days = [DAY - dt.timedelta(days=n) for n in range(8)]
    past: list[tuple[int, str, str, str, Status]] = [
        (3, "st-1", "shop-001", "off-hours-access", "closed"),
        (5, "st-9", "shop-001", "bulk-record-access", "new"),
        (6, "st-9", "shop-002", "bulk-record-access", "new"),  # another site
        (91, "st-1", "shop-001", "bulk-record-access", "new"),  # too long ago
    ]
    earlier = [
        replace(
            finding(),
            finding_id=f"bbbbbbbbbbbbbbb{number}",
            date=DAY - dt.timedelta(days=days_ago),
            actor=actor,
            site_id=site,
            detector=detector,
            severity=Severity.MEDIUM,
            status=status,
        )
        for number, (days_ago, actor, site, detector, status) in enumerate(past)
    ]
    with lake.open_writer(world.home, world.settings.timezone) as con:
        refresh_aggregates(con, days)
        report_lake.insert_findings(con, earlier)
    word = Word("closed", author="sato", verdict="explained", note=f"stock-taking {_TRICK}")
    decide(world.home, world.settings, ["bbbbbbbbbbbbbbb0"], word, lambda: NOW)
    return world


def _page(world: World, locale: str = "en", days: tuple[dt.date, ...] = (DAY,)) -> str:
    settings = world.settings.model_copy(update={"locale": locale})
    out = world.root / f"reports-{locale}-{len(days)}"
    with lake.open_reader(world.home, settings.timezone) as con:
        pages = write_reports(con, settings, days, out, lambda: NOW)
    return pages[-1].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(world: World) -> str:
    """The page of the day in English."""
    return _page(world)


def _text(page: str, begin: str, end: str) -> str:
    part = page[page.index(begin) :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part[: part.index(end)])).split())


@pytest.fixture(scope="module")
def closeup(page: str) -> str:
    """The text of the incident's day up close."""
    return _text(page, '<section class="card closeup"', "</section>")


def test_day_is_told_against_own_past_and_peers(closeup: str) -> None:
    """Middle, nine of ten and highest of the five peers, and the user's own seven days."""
    assert "5 other users (staff) saw personal data at this site on that day" in closeup
    assert "median 3, nine of ten up to 7.60, the highest 10 people" in closeup
    assert "This user's 30 people are 3.0 times the highest of them." in closeup
    assert "The user's own past 7 days: median 2, most 2 people." in closeup


def test_strip_is_readable_without_colour_and_without_eyes(page: str) -> None:
    """Marks of different shape, the user's value in writing, a title and the sentence as text."""
    strip = page[page.index('<section class="card closeup"') :]
    strip = strip[strip.index("<svg") : strip.index("</svg>")]
    assert re.search(r'aria-labelledby="(\S+) (\S+)"', strip)
    assert "The day of st-1 among users of that type" in strip
    assert "nine of ten up to 7.60" in strip
    assert ">30 people</text>" in strip
    assert "<circle" in strip
    assert "url(#" in strip
    assert not re.search(r"#[0-9a-f]{3,6}\b|rgb", strip.replace("url(#", ""))


def test_timeline_counts_accesses_and_refusals_by_hour(closeup: str) -> None:
    """First and last line, totals, the busiest hour."""
    assert "11/19 10:00–11:33. 44 requests, 40 accesses to personal data, 4 refused" in closeup
    assert "Most accesses to personal data at 10:00 with 30, 40 in all." in closeup
    assert "Refused or not found (hatched): 4." in closeup


def test_networks_and_browsers_are_new_or_known(closeup: str) -> None:
    """What the user had on seven days is known; what never was there is new, and stands first."""
    networks = closeup[closeup.index("Networks") : closeup.index("Browsers")]
    assert re.search(
        r"first time.*198\.51\.0\.0/16.*known \(7 of the last 90 days\).*192\.0", networks
    )
    browsers = closeup[closeup.index("Browsers") :]
    assert "first time Firefox · Linux" in browsers


@pytest.mark.further
def test_network_of_many_countries_is_where_most_came_from(tmp_path: Path) -> None:
    """Neither where whichever line was read first came from, nor nowhere."""
    users = [f"st-{number}" for number in range(20)]
    addresses = {"198.51.100.1": ("AU", 1), "198.51.101.2": ("SG", 3), "198.51.102.3": (None, 5)}
    lines = [
        one
        for user in users
        for address, (_, requests) in addresses.items()
        for one in _day_of(requests, user, ip=address)
    ]
    world = World.at(tmp_path, lines, [])
    with lake.open_writer(world.home, world.settings.timezone) as con:
        for address, (country, _) in addresses.items():
            con.execute(
                "update lake.client set country = ? where client_ip = ?", [country, address]
            )
        load_macros(con)
        actors = Actors(tuple((user, "user", user) for user in users), ())
        with lines_of(con, DAY, DAY - dt.timedelta(days=90), actors) as asked:
            networks = {user: near.networks for user, near in asked.close_ups().items()}
        left = con.execute("select table_name from duckdb_tables() where table_name like 'detail%'")
        assert left.fetchall() == []
    assert {user: [source.name[0] for source in found] for user, found in networks.items()} == {
        user: ["SG"] for user in users
    }
    assert {found[0].examples.values for found in networks.values()} == {tuple(addresses)}


def test_people_and_resources_touched_are_listed(closeup: str) -> None:
    """The resource with accesses, people and refusals; some of the people and how many more."""
    assert re.search(r"customer record 3 40 30 4\b", closeup)
    assert "and 20 more" in closeup


@pytest.mark.further
def test_similar_findings_tell_what_became_of_them(world: World, closeup: str) -> None:
    """The same actor's and the same detector's at that site; not of elsewhere, not of long ago."""
    assert "2 findings on the same actor, or of the same detector at the same site" in closeup
    assert "explained 1" in closeup
    assert "New 1" in closeup
    assert "same actor" in closeup
    assert "sato · explained · stock-taking ‹U+202E›<b>x" in closeup
    assert "st-9" in closeup
    assert "2026-08" not in closeup
    # A day that has a page can be gone to.
    both = _page(world, days=(DAY - dt.timedelta(days=3), DAY))
    assert 'href="../2026-11-16/index.html#f-bbbbbbbbbbbbbbb0"' in both
    assert "2026-11-14/index.html" not in both


def test_who_saw_whom_stands_with_what_is_usual(page: str) -> None:
    """Users by people seen, examples of whom, the own past, the peers, and a plain word."""
    access = _text(page, 'id="access"', "<h2 id=")
    assert (
        "62 accesses to personal data: 61 by 6 users, 1 by nobody known."
        " By type: staff 6 (61 accesses)." in access
    )
    assert "1 access by nobody who was logged in." in access
    first = access[access.index("st-1 staff") : access.index("st-6 staff")]
    assert re.match(r"st-1 staff shop-001 30 far more 2 most 2 \(7 days\)", first)
    assert "3 to 7.60 highest 10 (5 users)" in first
    assert "and 25 more" in first
    assert "High" in first  # leads to the finding
    assert "exports 1" in access


def test_review_log_says_who_decided_what(page: str) -> None:
    """Author, finding, decision and note; and how much of five weeks still waits."""
    review = _text(page, 'id="review"', "<h2 id=")
    assert "Of 4 findings of the last 35 days that asked for a look, 1 are settled" in review
    assert re.search(r"11/20 09:00 sato .* Closed \(explained\) stock-taking ‹U\+202E›", review)


def test_trends_have_a_chart_and_words_for_each_measure(page: str) -> None:
    """Six measures of the days that the lake has."""
    trends = _text(page, 'id="trends"', "<h2 id=")
    assert len(set(re.findall(r'id="trend-(\w+)-t"', page))) == 6
    assert "The 7 days before: least 2, median 2, most 2. Thu 11/19: 62." in trends


def test_categories_without_a_finding_say_so(page: str) -> None:
    """No empty tables."""
    assert "No web attack was found on this day." in page
    assert "Nothing stood out in the operation of the sites on this day." in page


@pytest.mark.further
def test_worksheet_that_is_there_is_linked(world: World) -> None:
    """A command before it is made, a link afterwards."""
    before = _page(world)
    assert (
        '<details class="command"><summary>Command</summary><bdi class="v">mimamori incident'
        in before
    )
    out = world.root / "reports-en-1" / DAY.isoformat()
    made = world.make(out=out / "worksheet-x.en.html")
    (out / "worksheet-x.en.html").rename(out / f"worksheet-{made.incident_id}.en.html")
    assert f'href="worksheet-{made.incident_id}.en.html"' in _page(world)


@pytest.mark.further
def test_few_peers_are_said_to_be_too_few(tmp_path: Path) -> None:
    """Four others are no distribution; there is a sentence and no strip."""
    lines = [one for n in range(1, 6) for one in _day_of(n, f"st-{n}")]
    page = _page(World.at(tmp_path, lines, [finding()]))
    text = _text(page, '<section class="card closeup"', "</section>")
    assert "Not enough peers: 4 other users (staff)" in text
    assert "The user saw personal data on 0 earlier days only" in text
    assert "among users of that type" not in page


def _looked(
    tmp_path: Path, days: list[tuple[str, str, dt.date, int]]
) -> dict[tuple[str, str], tuple[str, int, str]]:
    """Compared, peers and where they are, by user and site; of (user, site, day, people)."""
    rows = [
        {
            "log_date": day,
            "site_id": site,
            "user_id": user,
            "user_type": "staff",
            "subjects": people,
            "record_accesses": people,
            "list_accesses": 0,
            "exports": 0,
        }
        for user, site, day, people in days
    ]
    sites = [
        {"site_id": site, "site_group": "benry", "domains": [], "timezone": "Asia/Tokyo"}
        for site in sorted({site for _, site, _, _ in days})
    ]
    with lake.open_writer(Home(tmp_path), "Asia/Tokyo") as con:
        lake.insert_rows(con, "site", sites)
        lake.insert_rows(con, "user_day", rows)
        found = con.execute(
            "select user_id, site_id, compared, peers, peers_of from lake.who_looked($day)",
            {"day": DAY},
        ).fetchall()
    return {(user, site): (compared, peers, where) for user, site, compared, peers, where in found}


@pytest.mark.parametrize(
    ("people", "past", "peers", "compared"),
    [
        (20, [10] * 4 + [20], [30] * 5, "as_before"),
        (21, [10] * 4 + [20], [30] * 5, "as_peers"),
        (31, [10] * 4 + [20], [30] * 5, "more"),
        (60, [10] * 4 + [20], [30] * 5, "more"),
        (61, [10] * 4 + [20], [30] * 5, "far_more"),
        (61, [20] * 4, [30] * 5, "far_more"),  # the own past is too short to count
        (61, [20] * 4, [30] * 4, "unknown"),
        (61, [20] * 4, [], "unknown"),
        (10, [1] * 5, [], "more"),  # a second customer is twice as many
        (11, [1] * 5, [], "far_more"),
        (7, [1] * 5, [0] * 5, "more"),  # peers who saw nobody's data are none
    ],
)
def test_comparison_is_against_own_most_and_nine_of_ten_peers(
    tmp_path: Path, people: int, past: list[int], peers: list[int], compared: str
) -> None:
    """Usual by the past before usual by the peers; far more only beyond twice both, over ten."""
    days = [
        ("st-0", "s", DAY, people),
        *(("st-0", "s", DAY - dt.timedelta(days=n), seen) for n, seen in enumerate(past, 1)),
        *((f"st-{n}", "s", DAY, seen) for n, seen in enumerate(peers, 1)),
    ]
    assert _looked(tmp_path, days)["st-0", "s"][0] == compared


def test_peers_of_a_small_shop_are_those_of_its_group(tmp_path: Path) -> None:
    """Other people at all sites of the group; a user's own day at another site is no peer."""
    days = [
        ("st-0", "shop-1", DAY, 9),
        ("st-0", "shop-2", DAY, 500),
        *((f"st-{n}", f"shop-{n % 3}", DAY, 9) for n in range(1, 7)),
    ]
    found = _looked(tmp_path, days)
    assert found["st-0", "shop-1"] == ("as_peers", 6, "group")
    assert found["st-0", "shop-2"] == ("far_more", 6, "group")


@pytest.mark.further
def test_those_to_know_of_come_before_those_with_most_people(tmp_path: Path) -> None:
    """A finding's user, then who saw far more than usual, however many others see more people.

    Names that somebody made up are as many as he likes: they push nobody out.
    """
    before = [DAY - dt.timedelta(days=n) for n in range(1, 8)]
    lines = [
        *(one for day in before for one in _day_of(1, "st-7", day=day)),
        *_day_of(2, "st-1"),
        *_day_of(40, "st-7"),
        *(one for n in range(45) for one in _day_of(16, f"st-made-up-{n:02}")),
    ]
    page = _page(World.at(tmp_path, lines, [finding()]))
    access = _text(page, 'id="access"', "<h2 id=")
    names = re.findall(r"(st-\S+) staff shop-001", access)
    assert names[:2] == ["st-1", "st-7"]
    assert len(names) == 20
    assert "762 by 47 users" in access
    assert "1 user saw far more people than usual." in access
    assert "27 more users saw personal data." in access
