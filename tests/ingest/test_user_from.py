"""`user_from` in the lake: each site its own user, by the quick way and by the careful one."""

import datetime as dt
from pathlib import Path

from pipelines import lake
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load

_SETTINGS = """
user_types: [{pattern: "^st-", type: staff}]
sites:
  - id: own
    group: main
    domains: [own.example]
    logs: ["own/access.log*"]
    format: &form '%h %l %u %t "%r" %>s %b "%{X-User}i"'
  - id: header
    group: main
    domains: [header.example]
    logs: ["header/access.log*"]
    format: *form
    user_from: "%{X-User}i"
  - id: "shop-{franchise}"
    group: benry
    domains: ["{franchise}.shop.example"]
    logs: ["shop/{franchise}/access.log*"]
    franchise: "{franchise}"
    format: *form
    user_from: ["%{X-User}i", "%u"]
"""
_USERS = (("bob", "st-1"), ("bob", "-"), ("-", "山田"), ("bob", "4111 1111 1111 1111"))


def _line(number: int, own: str, header: str) -> str:
    return (
        f"192.0.2.{number} - {own} [19/Nov/2026:09:00:{number:02} +0900] "
        f'"GET /a HTTP/1.1" 200 5 "{header}"\n'
    )


def test_each_site_has_the_user_of_its_settings(tmp_path: Path) -> None:
    """Sites of one format and different users; a file that grows goes on as it began."""
    home = Home(tmp_path)
    path = tmp_path / "mimamori.yaml"
    path.write_text(_SETTINGS)
    settings = load(path)
    lines = [_line(number, *users) for number, users in enumerate(_USERS)]
    for part in (lines[:3], lines[3:]):
        for folder in ("own", "header", "shop/007"):
            log = home.logs / folder / "access.log"
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("a", encoding="utf-8") as stream:
                stream.write("".join(part))
        stages.ingest(settings, home, clock=lambda: dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC))
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            "select site_id, line_no, user_id, user_type from lake.access_log order by 1, 2"
        ).fetchall()
        formats = con.execute("select distinct format from lake.ledger").fetchall()
    users = {site: [row[2] for row in rows if row[0] == site] for site, *_ in rows}
    assert users["own"] == ["bob", "bob", None, "bob"]
    assert users["header"][:3] == ["st-1", None, "山田"]
    assert users["shop-007"][:3] == ["st-1", "bob", "山田"]
    card = users["header"][3]
    assert card.startswith("[")  # a pseudonym in place of a card
    assert "1111" not in card
    assert users["shop-007"][3] == card
    assert [row[3] for row in rows if row[0] == "header"] == ["staff", None, None, None]
    assert formats == [('%h %l %u %t "%r" %>s %b "%{X-User}i"',)]
