"""What a partner's log says about other parties' people is the partner's word."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import lake
from pipelines.detect.wording import summary_in
from pipelines.findings import Finding, Severity
from pipelines.ingest.discover import instance
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.model import Settings, Site
from tests.detect.replayed import only

DAY = dt.date(2026, 11, 19)
NOW = dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC)
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0"
SITES: tuple[dict[str, Any], ...] = (
    {"id": "office", "group": "main", "domains": ["office.example"], "logs": ["office/*"]},
    {
        "id": "shop-{shop}",
        "group": "benry",
        "domains": ["{shop}.shop.example"],
        "logs": ["shop/{shop}/*"],
        "franchise": "{shop}",
    },
)


def _settings(**sites: Any) -> Settings:
    return Settings.model_validate(
        {
            "locale": "en",
            "user_types": [
                {"pattern": "^st-", "type": "staff"},
                {"pattern": "^fr(?P<franchise>[0-9]+)-", "type": "franchise"},
            ],
            "resources": {
                "people": [
                    {"id": "c", "kind": "record", "path": "/c/{subject}", "level": 3},
                ]
            },
            "sites": [site | {"resources": "people", "hours": "always"} | sites for site in SITES],
        }
    )


def _lines(user: str, day: dt.date, count: int) -> str:
    return "".join(
        f"192.0.2.7 - {user} [{day:%d/%b/%Y}:10:{n // 60 % 60:02}:{n % 60:02} +0900] "
        f'"GET /c/{1000 + n * 7} HTTP/1.1" 200 500 "-" "{AGENT}"\n'
        for n in range(count)
    )


def _night(home: Home, settings: Settings, people: dict[str, list[str]]) -> dict[str, Finding]:
    """The findings on users who read 900 people at a site, after forty quiet days."""
    days = [DAY - dt.timedelta(days=back) for back in range(40, 0, -1)]
    for where, users in people.items():
        folder = home.logs / where
        folder.mkdir(parents=True)
        for user in users:
            quiet = "".join(_lines(user, day, 5) for day in days)
            (folder / f"{user}.log").write_text(quiet + _lines(user, DAY, 900))
    before = _lines("lee", days[0], 5)
    (home.logs / "office" / "lee.log").write_text(before)
    (home.logs / "office" / "asleep.log").write_text(
        _lines("st-9", DAY - dt.timedelta(days=40), 5) + _lines("st-9", DAY, 8)
    )
    shop = home.logs / "shop" / "012"
    shop.mkdir(parents=True, exist_ok=True)
    (shop / "said.log").write_text(
        "".join(_lines("st-9", DAY - dt.timedelta(days=back), 1) for back in (3, 10, 20, 30))
        + "".join(
            f"10.1.1.1 - st-8 [{DAY:%d/%b/%Y}:11:00:{n:02} +0900] "
            f'"GET /x?id=1%27%20union%20select%20password%20from%20users-- HTTP/1.1" 200 5 "-" '
            f'"{AGENT}"\n'
            for n in range(60)
        )
    )
    stages.ingest(settings, home, clock=lambda: NOW)
    with only({"bulk-record-access", "dormant-account-access", "sql-injection"}):
        found = stages.detect(settings, home, [DAY], clock=lambda: NOW)
    return {one.actor: one for one in found}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of its own."""
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def found(home: Home) -> dict[str, Finding]:
    """What a night finds by the defaults, by user."""
    shop = ["fr12-1", "kim", "st-2", "fr013-1", "lee"]
    return _night(home, _settings(), {"office": ["st-1"], "shop/012": shop})


@pytest.mark.parametrize(
    "user",
    [
        "st-1",  # the company's own log about its own clerk
        # a shop's log about its own clerk
        pytest.param("fr12-1", marks=pytest.mark.further),
        # … about an account whose type settings do not tell, never seen elsewhere
        pytest.param("kim", marks=pytest.mark.further),
    ],
)
def test_a_log_may_say_anything_of_its_own_people(found: dict[str, Finding], user: str) -> None:
    """Nothing is capped, and nothing is marked."""
    assert found[user].severity in {Severity.CRITICAL, Severity.HIGH}
    assert not found[user].is_partners_word


@pytest.mark.parametrize(
    "user",
    [
        "st-2",  # a clerk of head office
        "fr013-1",  # another shop's
        "lee",  # of no known type, and seen at head office before
    ],
)
def test_a_partners_word_is_capped_and_named(found: dict[str, Finding], user: str) -> None:
    """At most `medium`, with whose log says so in both languages, and the file."""
    finding = found[user]
    assert finding.severity is Severity.MEDIUM
    assert 40 <= finding.score < 60
    assert finding.evidence["partner_site"] == "shop-012"
    assert finding.evidence["partner_files"] == [f"shop/012/{user}.log"]
    assert finding.severity_found in {"critical", "high"}
    assert finding.summary.startswith("By the log of the partner site shop-012")
    in_japanese = summary_in(finding, "ja", _settings().zone)
    assert in_japanese.startswith("提携先サイト shop-012 のログによる")


def test_an_address_that_only_other_parties_people_used_is_its_word_too(
    found: dict[str, Finding],
) -> None:
    """A shop that accuses an address of head office accuses the clerk who sits there."""
    finding = found["10.1.1.1"]
    assert finding.evidence["users"] == ["st-8"]
    assert finding.severity is Severity.MEDIUM
    assert finding.evidence["partner_files"] == ["shop/012/said.log"]


def test_a_partner_is_no_witness_that_an_account_is_in_use(found: dict[str, Finding]) -> None:
    """Lines that a friend in a shop writes do not hide an account of head office that slept."""
    finding = found["st-9"]
    assert finding.detector == "dormant-account-access"
    assert finding.site_id == "office"
    assert not finding.is_partners_word


@pytest.mark.further
def test_the_page_says_whose_word_it_is(home: Home, found: dict[str, Finding]) -> None:
    """With the file; the data beside it has the severity that people see."""
    stages.report(_settings(), home, [DAY], clock=lambda: NOW)
    folder = home.reports / DAY.isoformat()
    page = (folder / "index.html").read_text()
    assert "By the log of the partner site shop-012" in page
    assert "shop/012/st-2.log" in page
    listed = {one["finding_id"]: one for one in json.loads((folder / "findings.json").read_text())}
    assert listed[found["st-2"].finding_id]["severity"] == "medium"


@pytest.mark.further
def test_settings_say_whose_word_it_is(tmp_path: Path) -> None:
    """`trust: partner` for a site of ones own group; a lake knows the trust of its sites."""
    home, settings = Home(tmp_path), _settings(trust="partner")
    found = _night(home, settings, {"office": ["st-1"]})
    assert found["st-1"].severity is Severity.MEDIUM
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute("select trust from lake.site where site_id = 'office'").fetchall()
    assert rows == [("partner",)]
    trusted = Site.model_validate(SITES[1] | {"trust": "own"})
    assert instance(settings, trusted, {"shop": "012"}).trust == "own"
