"""Rules look at a text as it was logged, also where a site's values are masked in the lake."""

import base64
import datetime as dt
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest

from pipelines import lake
from pipelines.detect.aggregates import load_macros
from pipelines.detect.sigma.engine import match_rules
from pipelines.detect.sigma.rulebook import load_rulebook
from pipelines.detect.sigma.tables import make_lake_tables
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from tests.detect.sigma.sigma_lab import rule

pytestmark = pytest.mark.further

_SETTINGS = """
resources:
  portal: [{id: request, kind: record, path: "/requests?customer={subject}", level: 2}]
rules: [rules]
sites:
  - {id: masked, group: main, domains: [masked.example], logs: ["masked/access.log*"],
     format: combined, resources: portal}
  - {id: shown, group: main, domains: [shown.example], logs: ["shown/access.log*"],
     format: combined}
"""
_RULES = (
    "selection: {cs-uri-query|contains: '/manager/status-all'}\ncondition: selection",
    "selection: {cs-method: POST, cs-uri-query|contains|all: [wmic, list]}\ncondition: selection",
    "keywords: ['certutil -urlcache']\ncondition: keywords",
    "selection: {cs-referer|re: 'note=[a-z]{40}'}\ncondition: selection",
    "selection: {sc-status: 500, cs-uri-query|contains: 'class.module'}\ncondition: selection",
    "selection: {cs-user-agent|contains: 'nobody-has-it'}\ncondition: selection",
    "s: {cs-uri-query|contains: /ecp/zzz, cs-user-agent|contains: requests/}\ncondition: s",
    "s: {cs-uri-query|contains: /ecp/zzz}\nf: {cs-user-agent: null}\ncondition: s and f",
    "s: {cs-uri-query|contains: /ecp/zzz}\nf: {c-ip|cidr: 192.0.2.0/24}\ncondition: s and not f",
    "s: {cs-uri-query|contains: /ecp/zzz}\nf: {site-id: [masked, shown]}\ncondition: s and not f",
)
_CORRELATION = """
title: Many
id: 00000000-0000-4000-8000-000000000099
correlation:
  {type: event_count, rules: [status], group-by: [c-ip], timespan: 10m, condition: {gte: 3}}
"""
_ADDRESSES = (
    ("GET", "/go?u=a%20/manager/status-all", "-", 200),
    ("POST", "/run?x=" + quote("wmic /node:a process list"), "-", 200),
    ("GET", "/run?x=certutil+-urlcache+-f+of+it", "-", 200),
    ("GET", "/page", "https://shown.example/?note=" + "a" * 40, 200),
    ("GET", "/spring?x=a+long+class.module+value", "-", 500),
    ("GET", "/spring?x=a+long+class.module+value", "-", 200),
    ("GET", "/quiet?x=a+long+value+of+somebody", "-", 200),
)  # fmt: skip
_DAY = dt.date(2026, 11, 19)


def _ingested(tmp_path: Path, lines: list[str]) -> tuple[Home, Settings]:
    home = Home(tmp_path)
    for site in ("masked", "shown"):
        folder = home.logs / site
        folder.mkdir(parents=True)
        (folder / "access.log").write_text("".join(lines))
    (tmp_path / "rules").mkdir()
    for number, detection in enumerate(_RULES, 1):
        keys = {"name": "status"} if number == 1 else {}
        (tmp_path / "rules" / f"{number}.yml").write_text(rule(detection, number, **keys))
    (tmp_path / "rules" / "many.yml").write_text(_CORRELATION)
    path = tmp_path / "mimamori.yaml"
    path.write_text(_SETTINGS)
    settings = load(path)
    stages.ingest(settings, home, clock=lambda: dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC))
    return home, settings


def _lines(addresses: tuple[tuple[str, str, str, int], ...], agent: str = "-") -> list[str]:
    return [
        f'192.0.2.1 - - [19/Nov/2026:09:00:{n:02} +0900] "{method} {target} HTTP/1.1" {status} 5'
        f' "{referrer}" "{agent}"\n'
        for n, (method, target, referrer, status) in enumerate(addresses)
    ]


def _matched(con: duckdb.DuckDBPyConnection, home: Home) -> dict[str, set[tuple[str, int]]]:
    """Return by site the titles of rules with the second of each request that they match."""
    load_macros(con)
    rules = load_rulebook([home.root / "rules"]).rules
    make_lake_tables(con, _DAY)
    match_rules(con, rules)
    found: dict[str, set[tuple[str, int]]] = {}
    for site, number, second in con.execute(
        "select site_id, rule, second(time) from sigma_match"
    ).fetchall():
        found.setdefault(site, set()).add((rules[number].about.title, second))
    return found


@pytest.mark.parametrize("agent", ["-", "Mozilla/5.0 (X11; Linux x86_64) taro@example.jp"])
def test_rules_match_masked_sites_as_others(tmp_path: Path, agent: str) -> None:
    """By the quick way and by the careful one, in a correlation too, and no value is kept."""
    again = tuple(_ADDRESSES[0] for _ in range(3))
    home, settings = _ingested(tmp_path, _lines((*_ADDRESSES, *again), agent))
    with lake.open_reader(home, settings.timezone) as con:
        found = _matched(con, home)
        kept = con.execute("select string_agg(distinct masked_attacks) from lake.request_fact")
        attacks = (kept.fetchone() or ("",))[0]
        shown = con.execute(
            "select count(*) from lake.access_log where site_id = 'masked'"
            " and concat_ws(' ', url_query, referrer) similar to '.*(wmic|module|certutil|aaaa).*'"
        ).fetchone()
    assert shown == (0,)
    assert found["shown"] == {
        ("Rule 1", 0), ("Rule 2", 1), ("Rule 3", 2), ("Rule 4", 3), ("Rule 5", 4),
        *(("Rule 1", second) for second in (7, 8, 9)),
        *(("Many", second) for second in (0, 7, 8, 9)),
    }  # fmt: skip
    assert found["masked"] == found["shown"]
    assert "certutil" not in attacks


@pytest.mark.parametrize("path", ["/x", "/x/taro@example.jp"])
def test_client_and_agent_are_known_beside_a_mask(tmp_path: Path, path: str) -> None:
    """By the quick way and by the careful one; with what is not known yet no rule is judged."""
    address = ("GET", f"{path}?free=a%20memo%20/ecp/zzz", "-", 200)
    home, settings = _ingested(tmp_path, _lines((address,), "python-requests/2.31"))
    with lake.open_reader(home, settings.timezone) as con:
        assert _matched(con, home) == {"shown": {("Rule 7", 0)}, "masked": {("Rule 7", 0)}}


def test_an_attack_in_base64_is_told_under_a_mask(tmp_path: Path) -> None:
    """By the same signatures as where it is shown."""
    value = base64.b64encode(b"1' union select name, password from users--").decode()
    home, settings = _ingested(tmp_path, _lines((("GET", f"/a?x={quote(value)}", "-", 200),)))
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute("select url_query, masked_attacks from lake.request_fact").fetchall()
    masked, shown = sorted(rows, key=lambda row: row[0] != "x=[value]")
    assert masked[0] == "x=[value]"
    assert "query sql-injection " in masked[1]
    assert shown == (f"x={quote(value)}", None)
