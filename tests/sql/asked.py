"""A small lake to ask: two sites, a week, and a day of which every line is known."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings

ZONE = ZoneInfo("Asia/Tokyo")
DAY = dt.date(2026, 11, 20)  # a Friday
TODAY = DAY + dt.timedelta(days=1)
SETTINGS = r"""
timezone: Asia/Tokyo
user_types:
  - {pattern: "^st-", type: staff}
  - {pattern: "^fr", type: franchise}
  - {pattern: "^co-", type: contractor}
resources:
  portal:
    - {id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: customer, kind: record, path: "/customers/{subject}", level: 3}
    - {id: customer-list, kind: list, path: /customers, level: 2}
    - {id: customer-export, kind: export, path: "/export/*", level: 3}
sites:
  - id: main
    group: main
    domains: [main.example]
    logs: ["main/*"]
    format: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" "%{sessionid}C"'
    resources: portal
  - {id: shop-001, group: benry, domains: [001.example], logs: ["shop-001/*"], format: combined,
     franchise: "001", resources: portal}
"""
OFFICE, HOME_NET, OUTSIDE = "192.0.2.10", "198.51.100.20", "203.0.113.66"
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def line(
    day: dt.date,
    clock: str,
    request: str,
    status: int,
    user: str = "-",
    ip: str = OFFICE,
    session: str | None = "-",
    agent: str = BROWSER,
) -> str:
    """Return one line; without the session's field (None) it is in the combined format."""
    instant = dt.datetime.combine(day, dt.time.fromisoformat(clock), ZONE)
    text = (
        f'{ip} - {user} [{instant:%d/%b/%Y:%H:%M:%S %z}] "{request} HTTP/1.1" {status} 512'
        f' "-" "{agent}"'
    )
    return text + ("\n" if session is None else f' "{session}"\n')


def _main(day: dt.date) -> str:
    """An ordinary day of two people, three and two customers, and of a crawler."""
    return "".join(
        [
            line(day, "09:00:00", "POST /login", 302, "st-0001"),
            *(
                line(day, f"09:1{n}:00", f"GET /customers/0010{n}", 200, "st-0001")
                for n in range(3)
            ),
            *(
                line(day, f"10:1{n}:00", f"GET /customers/0020{n}", 200, "st-0002")
                for n in range(2)
            ),
            line(day, "11:00:00", "GET /index.html", 200, agent=CRAWLER, ip=OUTSIDE),
        ]
    )


def _known_day() -> str:
    return "".join(
        [
            # Of st-0001: a record twice, a HEAD, a 304, a list, an export, and what is no access.
            line(DAY, "09:00:00", "POST /login", 302, "st-0001", session="s1"),
            line(DAY, "09:01:00", "GET /customers/00100", 200, "st-0001", session="s1"),
            line(DAY, "09:02:00", "GET /customers/00100", 200, "st-0001", session="s1"),
            line(DAY, "09:03:00", "HEAD /customers/00101", 200, "st-0001", session="s1"),
            line(DAY, "09:04:00", "GET /customers/00102", 304, "st-0001", session="s1"),
            line(DAY, "09:05:00", "GET /customers", 200, "st-0001", session="s1"),
            line(DAY, "09:06:00", "GET /export/all.csv", 200, "st-0001", session="s1"),
            line(DAY, "09:07:00", "GET /customers/00103", 403, "st-0001", session="s1"),
            line(DAY, "09:08:00", "GET /customers/00104", 302, "st-0001", session="s1"),
            line(DAY, "09:09:00", "OPTIONS /customers/00105", 200, "st-0001", session="s1"),
            line(DAY, "09:10:00", "GET /index.html", 200, "st-0001", session="s1"),
            # A line of the session that names nobody.
            line(DAY, "09:11:00", "GET /customers/00106", 200, session="s1"),
            # The id of a record without its leading zeros.
            line(DAY, "10:00:00", "GET /customers/100", 200, "st-0002"),
            # No cookie: a pause of more than half an hour parts two sessions.
            line(DAY, "10:31:00", "GET /index.html", 200, "st-0002"),
            line(DAY, "10:10:00", "GET /customers/00200", 200, "st-0002"),
            line(DAY, "11:05:00", "GET /customers/00201", 200, "st-0002"),
            # Tries of an address from outside, the last of which works; a night's access from home.
            *(
                line(DAY, f"13:00:{n:02}", "POST /login", 401, f"st-{n % 2 + 3:04}", OUTSIDE)
                for n in range(40)
            ),
            line(DAY, "13:01:00", "POST /login", 302, "st-0003", OUTSIDE),
            line(DAY, "23:10:00", "GET /customers/00100", 200, "co-0001", HOME_NET),
            line(DAY, "12:00:00", "GET /customers/00100", 200, agent=CRAWLER, ip=OUTSIDE),
            "this is no line of a log\n",
        ]
    )


def build(folder: Path) -> Home:
    """Write settings, logs and the lake of them below `folder`; return the working folder."""
    (folder / "mimamori.yaml").write_text(SETTINGS, encoding="utf-8")
    home = Home(folder / "var")
    for site in ("main", "shop-001"):
        (home.logs / site).mkdir(parents=True)
    for before in range(7, 0, -1):
        day = DAY - dt.timedelta(days=before)
        (home.logs / "main" / f"access.log-{day}").write_text(_main(day), encoding="utf-8")
    (home.logs / "main" / "access.log").write_text(_known_day(), encoding="utf-8")
    # The same lines once more, in another file with one line of its own.
    again = _known_day() + line(DAY, "23:30:00", "GET /index.html", 200)
    (home.logs / "main" / "again.log").write_text(again, encoding="utf-8")
    shop = DAY - dt.timedelta(days=1)
    (home.logs / "shop-001" / "access.log").write_text(
        line(shop, "09:00:00", "GET /customers/K001", 200, "fr001-01", session=None),
        encoding="utf-8",
    )
    settings = settings_of(folder)
    stages.ingest(settings, home)
    stages.detect(settings, home, [DAY])
    return home


def settings_of(folder: Path) -> Settings:
    """Return the settings that `build` wrote."""
    return load(folder / "mimamori.yaml")
