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


def test_user_and_host_are_looked_at(tmp_path: Path) -> None:
    """An account's address stays, a card or token in its place does not; a host is masked."""
    home = Home(tmp_path)
    (home.logs / "www").mkdir(parents=True)
    users = (
        "taro@example.jp",
        "090-1234-5678",
        "4111-1111-1111-1111",
        "st-0012",
        "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.",
    )
    hosts = ("www.example", "090-1234-5678.example")
    (home.logs / "www" / "access.log").write_text(
        "".join(
            f"{host}:443 192.0.2.1 - {user} [19/Nov/2026:09:00:00 +0900] "
            f'"GET /{n} HTTP/1.1" 200 5 "-" "-"\n'
            for host in hosts
            for n, user in enumerate(users)
        )
    )
    path = tmp_path / "mimamori.yaml"
    path.write_text(
        _SETTINGS.replace(
            '["www/access.log*"], format: combined', '["www/access.log*"], format: vhost_combined'
        )
    )
    settings = load(path)
    stages.ingest(settings, home, clock=lambda: dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC))
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            "select site_domain, user_id, redactions from lake.request order by line_no"
        ).fetchall()
    kept = [user for _, user, _ in rows[:5]]
    assert [kept[0], kept[1], kept[3]] == [users[0], users[1], users[3]]
    assert kept[2] != kept[4]
    assert all(each.startswith("[") and each.endswith("]") for each in (kept[2], kept[4]))
    assert [kinds for _, _, kinds in rows[:5]] == [[], [], ["card"], [], ["token"]]
    assert {domain for domain, _, _ in rows[:5]} == {"www.example"}
    assert {domain for domain, _, _ in rows[5:]} == {"[phone].example"}
    assert rows[7][2] == ["card", "phone"]


def test_records_are_marked_by_the_clients_country(tmp_path: Path) -> None:
    """Residents of the EEA, of the United Kingdom, of Japan and of other countries."""
    home = Home(tmp_path)
    (home.logs / "www").mkdir(parents=True)
    addresses = ("2.16.1.1", "133.1.1.1", "212.58.244.1", "8.8.8.8", "10.0.0.1", "5.9.0.1")
    (home.logs / "www" / "access.log").write_text(
        "".join(
            f'{address} - - [19/Nov/2026:09:00:00 +0900] "GET /{n} HTTP/1.1" 200 5 "-" "-"\n'
            for n, address in enumerate(addresses)
        )
    )
    path = tmp_path / "mimamori.yaml"
    path.write_text(_SETTINGS)
    settings = load(path)
    for _ in range(2):
        stages.ingest(settings, home, clock=lambda: dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC))
    with lake.open_reader(home, settings.timezone) as con:
        marks = dict(
            con.execute("select country, country_group from lake.request_country").fetchall()
        )
        listed = con.execute("select count(*) from lake.country_group").fetchall()
    assert marks["JP"] == "japan"
    assert marks["GB"] == "uk"
    assert marks["US"] == "other"
    assert marks["DE"] == "eea"
    assert marks[None] is None
    assert listed == [(32,)]
