"""Which sites' queries are masked by default, and what ingest keeps of an attack under a mask."""

import datetime as dt
from pathlib import Path

from pipelines import lake
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load

_SETTINGS = """
resources:
  portal:
    - {id: request, kind: record, path: "/requests?customer={subject}", level: 2}
sites:
  - {id: portal, group: main, domains: [portal.example], logs: ["portal/access.log*"],
     format: combined, resources: portal}
  - {id: www, group: main, domains: [www.example], logs: ["www/access.log*"], format: combined}
"""
_REQUESTS = (
    ("/requests?customer=a-very-long-subject-01&memo=yamada+taro", "Mozilla/5.0"),
    ("/search?q=%E6%B0%B4%E6%BC%8F%E3%82%8C&x=%E5%B1%B1%E7%94%B0", "Mozilla/5.0"),
    ("/search?page=2", "Mozilla/5.0 root@a1b2.oastify.com"),
    ("/search?x=a%0Db+c", "Mozilla/5.0"),
)


def test_sites_with_resources_mask_what_no_rule_knows(tmp_path: Path) -> None:
    """The same requests on both sites, by the quick way and by the careful one."""
    home = Home(tmp_path)
    for site in ("portal", "www"):
        folder = home.logs / site
        folder.mkdir(parents=True)
        lines = [
            f'192.0.2.{n} - - [19/Nov/2026:09:00:0{n} +0900] "GET {target} HTTP/1.1" 200 5 "-" '
            f'"{agent}"\n'
            for n, (target, agent) in enumerate(_REQUESTS)
        ]
        (folder / "access.log").write_text("".join(lines))
    path = tmp_path / "mimamori.yaml"
    path.write_text(_SETTINGS)
    settings = load(path)
    stages.ingest(settings, home, clock=lambda: dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC))
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            "select fact.url_query, fact.redactions, fact.subject_id, fact.masked_attacks"
            " from lake.request_fact as fact inner join lake.request_profile as profile"
            " using (request_profile_id) order by profile.site_id, fact.line_no"
        ).fetchall()
    attack = rows[2][3]
    assert attack.startswith("agent server-side-request-forgery call-back-host ")
    subject = "a-very-long-subject-01"
    assert rows == [
        (f"customer={subject}&memo=[value]", ["value"], subject, None),
        ("q=%E6%B0%B4%E6%BC%8F%E3%82%8C&x=[value]", ["value"], None, None),
        ("page=2", ["email"], None, attack),
        ("x=[value]", ["value"], None, None),
        (f"customer={subject}&memo=yamada+taro", [], None, None),
        ("q=%E6%B0%B4%E6%BC%8F%E3%82%8C&x=%E5%B1%B1%E7%94%B0", [], None, None),
        ("page=2", ["email"], None, attack),
        ("x=a%0Db+c", [], None, None),
    ]
