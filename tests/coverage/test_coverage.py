"""`mimamori coverage`: what a site's log really carries decides which detectors work there."""

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import lake
from pipelines.cli import cli
from pipelines.coverage.judge import Coverage, SiteCoverage, column_of, coverage_of
from pipelines.coverage.sentences import lack_words
from pipelines.coverage.supply import PROVEN_USER, Share, _sign_ins
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.prerequisites import COLUMNS, NAMES
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.text.words import Language, Words
from tests.detect.replayed import only

_ON = dt.date(2026, 11, 20)
_DAYS = [dt.date(2026, 11, day) for day in (18, 19, 20)]
_SETTINGS = """
locale: en
user_types: [{pattern: "^st-", type: staff}]
resources:
  customers:
    - {id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: customer, kind: record, path: "/customers/{subject}", level: 3}
    - {id: out, kind: export, path: "/export/*", level: 3}
  elsewhere:
    - {id: customer, kind: record, path: "/clients/{subject}", level: 3}
  unjudged:
    - {id: customer, kind: record, path: "/customers/{subject}"}
sites:
  - id: "shop-{franchise}"
    group: benry
    domains: ["{franchise}.example"]
    logs: ["shop/{franchise}/*"]
    franchise: "{franchise}"
    format: combined
    resources: customers
"""
_SITES = {
    "named": "format: combined, resources: customers",
    "plain": "format: common, resources: customers",
    "forged": "format: combined, resources: customers",
    "unmet": "format: combined, resources: elsewhere",
    "level-0": "format: combined, resources: unjudged",
    "public": "format: combined",
    "silent": "format: combined, resources: customers",
    "broken": "format: combined, resources: customers",
}


def _line(day: dt.date, minute: int, user: str, request: str, end: str = "") -> str:
    status = "302" if request.startswith("POST") else "200"
    return (
        f"8.8.8.8 - {user} [{day:%d/%b/%Y}:09:{minute % 60:02}:00 +0900]"
        f' "{request} HTTP/1.1" {status} 512{end}\n'
    )


def _log(day: dt.date, user: str, end: str) -> list[str]:
    requests = ["POST /login", *(f"GET /customers/{number}?page=1" for number in range(200))]
    return [_line(day, minute, user, one, end) for minute, one in enumerate(requests)]


_END = ' "https://a.example/" "Mozilla/5.0"'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings and a lake, made by real ingest, of sites whose logs carry this and that."""
    folder = tmp_path_factory.mktemp("coverage")
    sites = [
        f'  - {{id: {site}, group: main, domains: [{site}.example], logs: ["{site}/*"], {rest}}}\n'
        for site, rest in _SITES.items()
    ]
    (folder / "mimamori.yaml").write_text(_SETTINGS + "".join(sites), encoding="utf-8")
    logs = {"named": "st-1", "shop/001": "st-1", "unmet": "st-1", "level-0": "st-1", "public": "-"}
    for day in _DAYS:
        lines = {site: _log(day, user, _END) for site, user in logs.items()}
        lines["plain"] = _log(day, "-", "")
        # Whoever sends HTTP's own authentication to a page without it puts a name into the log.
        lines["forged"] = [*_log(day, "-", _END), _line(day, 1, "st-1", "GET /customers/1", _END)]
        lines["broken"] = ["no line of any format\n"]
        for site, text in lines.items():
            path = folder / "var" / "logs" / site / f"{day}.log"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(text), encoding="utf-8")
    settings = load(folder / "mimamori.yaml")
    stages.ingest(settings, Home(folder / "var"), clock=lambda: _instant(_ON))
    return folder


def _instant(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(17), dt.UTC)  # 02:00 of the next day in Japan


@pytest.fixture(scope="module")
def settings(folder: Path) -> Settings:
    """The settings of the folder."""
    return load(folder / "mimamori.yaml")


@pytest.fixture(scope="module")
def sites(folder: Path, settings: Settings) -> Iterator[dict[str, SiteCoverage]]:
    """What is covered on the last day, by site."""
    with lake.open_reader(Home(folder / "var"), settings.timezone) as con:
        yield {one.supply.site_id: one for one in coverage_of(con, settings, _ON)}


def _of(site: SiteCoverage) -> dict[str, Coverage]:
    return {one.detector: one for one in site.detectors}


def test_names_that_the_log_does_not_prove_make_detectors_partly(
    folder: Path, settings: Settings, sites: dict[str, SiteCoverage]
) -> None:
    """Those that look at users, with what to set; the others are as they were."""
    claiming = settings.model_copy(
        update={
            "sites": tuple(
                one.model_copy(update={"user_is": "claimed"}) if one.id == "named" else one
                for one in settings.sites
            )
        }
    )
    with lake.open_reader(Home(folder / "var"), settings.timezone) as con:
        claimed = {one.supply.site_id: one for one in coverage_of(con, claiming, _ON)}
    proven, named = _of(sites["named"]), _of(claimed["named"])
    lacking = {name for name, one in named.items() if PROVEN_USER in one.lacks}
    assert {"mass-export", "bulk-record-access", "off-hours-access"} <= lacking
    assert not {"sql-injection", "log-gap", "forced-browsing"} & lacking
    for name, one in named.items():
        if name in lacking:
            assert one.state == "partly"
            assert "user_id" in one.as_json["lacks"]
        else:
            assert one == proven[name]
    assert _of(claimed["plain"]) == _of(sites["plain"])
    told = lack_words(PROVEN_USER, [claimed["named"].supply], Words("en", settings.zone))
    assert "user_is: claimed" in told


def test_json_has_each_site_with_each_detector(
    folder: Path, sites: dict[str, SiteCoverage]
) -> None:
    """An array of the contract's objects, and nothing beside it."""
    options = ["--config", str(folder / "mimamori.yaml"), "--home", str(folder / "var")]
    result = CliRunner().invoke(cli, [*options, "coverage", "--date", str(_ON), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert len(found) == len(sites) * len(load_catalogue())
    assert all(set(one) == {"site_id", "detector", "state", "lacks"} for one in found)
    assert {one["state"] for one in found} == {"works", "partly", "blind"}
    assert {one["site_id"] for one in found} >= {"named", "plain", "silent", "shop-001"}
    assert all(one["lacks"] for one in found if one["state"] != "works")
    assert not any(one["lacks"] for one in found if one["state"] == "works")


def test_a_log_of_the_combined_format_that_names_users_is_covered(
    sites: dict[str, SiteCoverage],
) -> None:
    """What is missing are providers, sessions, client names and days."""
    named = _of(sites["named"])
    assert named["bulk-record-access"].state == "works"
    assert named["sql-injection"].state == "works"
    assert (named["log-gap"].state, named["log-gap"].lacks) == ("partly", ("history_days",))
    assert named["impossible-travel"].lacks == ("asn",)
    assert named["crawler-on-personal-data"].lacks == ("client_host",)
    assert {one.detector: one.lacks for one in sites["named"].of("blind")} == {
        "access-after-leaving": ("context.people",),
        "access-without-right": ("context.privileges",),
        "decoy-record-access": ("context.watch",),
        "leaver-collection": ("context.people",),
        "session-hijack": ("session_id",),
        "watched-subject-access": ("context.watch",),
    }


def test_a_detector_of_shops_is_not_meant_for_other_sites(sites: dict[str, SiteCoverage]) -> None:
    """It is blind there, which is nobody's fault."""
    other = _of(sites["named"])["cross-franchise-access"]
    assert (other.state, other.is_meant) == ("blind", False)
    assert _of(sites["shop-001"])["cross-franchise-access"].state == "partly"


def test_a_log_of_the_common_format_without_users_is_blind_to_persons(
    sites: dict[str, SiteCoverage],
) -> None:
    """What agents and users show is not seen; what a URL alone shows is."""
    plain = _of(sites["plain"])
    assert plain["shared-account"].state == "blind"
    assert plain["shared-account"].columns == ("user_id", "user_agent")
    assert plain["bulk-record-access"].columns == ("user_id",)
    assert plain["crawler-on-personal-data"].columns == ("user_agent",)
    assert plain["sql-injection"].state == "partly"
    assert plain["sql-injection"].columns == ("referrer", "user_agent")
    assert plain["server-error-spike"].state == "works"


def test_a_name_that_one_client_sends_is_no_user_in_the_log(
    sites: dict[str, SiteCoverage],
) -> None:
    """One forged name among two hundred accesses does not make a site look watched."""
    assert _of(sites["forged"])["bulk-record-access"].state == "blind"
    assert Share(1000, 9).supply == "none"
    assert Share(1000, 400).supply == "part"
    assert Share(1000, 500).supply == "whole"
    assert Share(0, 0).supply == "none"


@pytest.mark.parametrize(
    ("site", "said"),
    [
        ("unmet", "is described, but no line matches it"),
        ("level-0", "no personal data of kind record is described"),
        ("public", "no personal data of kind record is described"),
    ],
)
def test_resources_must_be_described_with_a_level_and_met_by_lines(
    sites: dict[str, SiteCoverage], settings: Settings, site: str, said: str
) -> None:
    """A path that no line matches watches nothing, however well it is described."""
    enumeration = _of(sites[site])["record-enumeration"]
    assert enumeration.state == "blind"
    assert "resource_kind" in enumeration.columns
    words = Words("en", settings.zone)
    assert said in lack_words("record", [sites[site].supply], words)


@pytest.mark.parametrize(
    ("logins", "failures", "supply"),
    [(100, 0, "part"), (100, 100, "part"), (100, 3, "whole"), (99, 0, "whole")],
)
def test_log_ins_that_all_end_alike_are_told(logins: int, failures: int, supply: str) -> None:
    """A hundred without one mistyped password: the settings mistake the statuses."""
    shares = {
        "failure": Share(logins, failures),
        "success": Share(logins, logins - failures),
        "user_id": Share(10, 10),
    }
    assert _sign_ins(shares)["login_result"] == supply


def test_a_site_without_a_line_is_blind_for_all(sites: dict[str, SiteCoverage]) -> None:
    """Whatever its settings say; one whose lines are all rejected is still seen to be broken."""
    assert {one.state for one in sites["silent"].detectors} == {"blind"}
    assert {one.lacks for one in sites["silent"].detectors} == {("time",)}
    broken = _of(sites["broken"])
    assert broken["parse-failure-spike"].state == "works"
    assert broken["bulk-record-access"].state == "blind"


def test_a_site_silent_for_four_weeks_is_blind(folder: Path, settings: Settings) -> None:
    """Its last days say nothing any more about what its log would carry."""
    with lake.open_reader(Home(folder / "var"), settings.timezone) as con:
        later = {
            ahead: {
                one.supply.site_id: one
                for one in coverage_of(con, settings, _ON + dt.timedelta(days=ahead))
            }
            for ahead in (27, 28)
        }
    assert _of(later[27]["named"])["bulk-record-access"].state == "works"
    assert _of(later[28]["named"])["bulk-record-access"].state == "blind"


def test_the_text_groups_sites_and_says_what_to_set(folder: Path) -> None:
    """Sites with the same gaps stand together, each gap with its remedy."""
    options = ["--config", str(folder / "mimamori.yaml"), "--home", str(folder / "var")]
    result = CliRunner().invoke(cli, [*options, "coverage", "--date", str(_ON)])
    assert result.exit_code == 0, result.output
    assert "client_domain is empty and crawlers stay unknown" in result.stdout
    assert "add %{User-Agent}i to the log format (combined) (0 of 603)" in result.stdout
    assert "write its path and level in resources" in result.stdout
    assert "blind 45  " in result.stdout
    assert "\nsilent\n  not a line came in these 28 days" in result.stdout


@pytest.mark.further
def test_the_days_report_names_sites_on_which_personal_data_is_not_watched(folder: Path) -> None:
    """On its first screen; a site without a line is told as missing, not so."""
    options = ["--config", str(folder / "mimamori.yaml"), "--home", str(folder / "var")]
    result = CliRunner().invoke(cli, [*options, "report", "--date", str(_ON), "--text"])
    assert result.exit_code == 0, result.output
    line = next(one for one in result.stdout.splitlines() if one.strip().startswith("Blind sites"))
    assert "On 6 sites some detectors of personal data can find nothing" in line
    assert "broken: " in line
    assert "named" not in line
    assert "silent" not in line


@pytest.mark.parametrize("language", ["ja", "en"])
def test_everything_that_can_be_lacking_has_words(
    sites: dict[str, SiteCoverage], settings: Settings, language: Language
) -> None:
    """A new name cannot be used in a header without its remedy."""
    words = Words(language, settings.zone)
    named = sites["named"].supply
    context = {f"context.{name}" for name in type(settings.context).model_fields}
    names = (NAMES - type(settings.context).model_fields.keys()) | context
    for name in (*names, "time", "history_days"):
        assert lack_words(name, [named], words)


def test_every_name_is_measured(sites: dict[str, SiteCoverage]) -> None:
    """What headers may name has a supply; what has a column is told by it."""
    assert sites["named"].supply.supplies.keys() >= NAMES
    assert {column_of(name) for name in COLUMNS} == {*COLUMNS}
    assert column_of("login") == "resource_kind"


_RULE = """
title: Odd agent
id: 5b7a1a0e-0000-4000-8000-000000000001
status: test
description: An agent
logsource: {category: webserver}
detection:
  selection: {cs-user-agent|contains: oddbot}
  condition: selection
level: low
"""


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    """The folder again, to be changed."""
    return shutil.copytree(folder, tmp_path / "copied")


@pytest.mark.further
def test_a_blind_site_is_a_finding_once_and_again_when_it_lacks_more(copied: Path) -> None:
    """Not every night; an older day that is examined again finds what it found."""
    settings, home = load(copied / "mimamori.yaml"), Home(copied / "var")

    def told(day: dt.date) -> dict[str, list[str]]:
        with only({"blind-site"}):
            found = stages.detect(settings, home, [day], clock=lambda: _instant(_ON))
        return {
            str(one.site_id): one.evidence["lacking_fields"]
            for one in found
            if one.detector == "blind-site" and one.severity == "info"
        }

    first = told(_DAYS[0])
    assert {"plain", "public"} <= first.keys()
    assert not first.keys() & {"silent", "named", "shop-001"}
    assert "user_id" in first["plain"]
    assert told(_DAYS[1]) == {}
    with lake.open_writer(home, settings.timezone) as con:
        con.execute("update lake.request_fact set user_id = null")
        refresh_aggregates(con, _DAYS)
    again = told(_DAYS[2])
    assert "user_id" in again["named"]
    assert "plain" not in again
    assert told(_DAYS[2]) == again


def test_sigma_rules_are_judged_by_the_fields_that_they_read(copied: Path) -> None:
    """A rule on agents is blind where the log has none; the report and the audit leave it out."""
    path = copied / "rules" / "sigma" / "odd.yml"
    path.parent.mkdir(parents=True)
    path.write_text(_RULE, encoding="utf-8")
    options = ["--config", str(copied / "mimamori.yaml"), "--home", str(copied / "var")]
    result = CliRunner().invoke(cli, [*options, "coverage", "--date", str(_ON), "--json"])
    states = {
        one["site_id"]: (one["state"], one["lacks"])
        for one in json.loads(result.stdout)
        if one["detector"] == "sigma:5b7a1a0e-0000-4000-8000-000000000001"
    }
    assert states["named"] == ("works", [])
    assert states["plain"] == ("blind", ["user_agent"])
    assert states["silent"] == ("blind", ["time"])
