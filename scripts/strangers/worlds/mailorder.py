"""A drawn company: Kitahama Tsuhan, a Japanese mail-order shop with its own warehouse. Writes settings, access logs and the truth.

Run as:  python mailorder.py --seed 7 --days 35 --out DIR     (63 days: a world of slow incidents)
"""

from __future__ import annotations

import argparse, gzip, json, random  # noqa: E401
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import accumulate
from pathlib import Path

DAY, HOUR, MON_UA = 86400.0, 3600.0, "kitahama-monitor/2.1"
HOLIDAYS = {
    date(2026, m, d)
    for m, d in (
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
SURNAMES = (
    "sato suzuki takahashi tanaka ito watanabe yamamoto nakamura kobayashi kato yoshida yamada sasaki yamaguchi matsumoto inoue kimura hayashi saito shimizu mori abe ikeda hashimoto ishikawa ogawa goto okada hasegawa fujita kondo ishii maeda endo aoki sakamoto"
).split()
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
EDGE = CHROME.format(147) + " Edg/147.0.0.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{}.0 Mobile/15E148 Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android {}; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Mobile Safari/537.36"
AGENTS = (
    [CHROME.format(v) for v in (143, 145, 146, 147)]
    + [EDGE]
    + [IPHONE.format(o, v) for o, v in (("17_6", 17), ("18_5", 18), ("26_1", 26))] * 2
    + [ANDROID.format(v, 146) for v in (12, 13, 14, 15, 16)]
)
NEDAN = "NedanBot/1.4 (+https://nedan-hikaku.example/bot)"
BOTS = [
    (
        "66.249.70.{}",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        70,
    ),
    ("40.77.167.{}", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", 30),
    ("203.0.113.9", NEDAN, 25),
]
PROBES = (
    "/wp-login.php /.env /xmlrpc.php /.git/config /phpmyadmin/index.php /admin/login /actuator/health /cgi-bin/luci /backup.zip /vendor/phpunit/eval-stdin.php"
).split()
SHOP_HOURS = [3, 2, 1, 1, 1, 2, 4, 7, 8, 9, 11, 11, 14, 11, 9, 9, 9, 10, 11, 13, 17, 20, 16, 8]
HOSTS = {
    "shop": "www",
    "desk": "desk",
    "wms": "wms",
    "mktg": "ma",
    "partner": "haiso",
}  # below kitahama.example
SEGMENTS = ["rfm-a", "sleep90", "tea", "birthday", "fish"]
ABOUT = (
    "北浜通販: 海産物と茶の通信販売。会員の店、電話窓口(本社と札幌の委託先)、自社倉庫の二交代と売り出しの夜の夜勤、販促の書き出し、外の配送業者(六営業所)。"
    "半月ごとの売り出しは来訪が十倍になる。About 120 accounts at work, 4,000 customers, five sites in five log formats."
)
SETTINGS = r"""timezone: Asia/Tokyo
locale: ja
business_hours: {days: [mon, tue, wed, thu, fri, sat], from: "08:00", to: "21:00"}
context: {people: people.csv, privileges: privileges.csv, watch: watch.csv}
user_types:
  - {pattern: "^c[0-9]{7}$", type: customer}
  - {pattern: "^(KITA\\\\svc|batch)-", type: system}
  - {pattern: "^(KITA\\\\h[0-9]|sp[0-9]{3}|dl[0-9]{2}-|audit-)", type: contractor}
  - {pattern: ".", type: staff}
resources:
RESOURCES
sites:
  - {id: wms, group: main, domains: [wms.kitahama.example], logs: ["wms/u_ex*.log"], format: iis_w3c, resources: wms, hours: always}
  - {id: mktg, group: main, domains: [ma.kitahama.example], logs: ["mktg/access-*.json"], format: nginx_json, resources: mktg, hours: business}
  - {id: partner, group: partners, domains: [haiso.kitahama.example], logs: ["partner/access-*"], format: vhost_combined, resources: partner, hours: always}
  - {id: desk, group: main, domains: [desk.kitahama.example], logs: ["desk/access_log-*"], resources: desk, hours: business, session_cookie: JSESSIONID,
     format: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" "%{JSESSIONID}C" %D'}
  - {id: shop, group: main, domains: [www.kitahama.example], logs: ["shop/web1/access-*", "shop/web2/access-*"], resources: shop, hours: always, session_cookie: shopsid,
     trusted_proxies: ["10.20.0.0/24"], format: "time:$time_local\thost:$remote_addr\tforwardedfor:$http_x_forwarded_for\tvhost:$host\tuser:$remote_user\tsid:$cookie_shopsid\treq:$request\tstatus:$status\tsize:$body_bytes_sent\treqtime:$request_time\treferer:$http_referer\tua:$http_user_agent"}
"""
RESOURCES = {  # id, kind, path, level, categories
    "shop": [
        "logout logout /account/logout",
        "my-order record /account/orders/{subject} 2 name,address,phone,purchases",
        "my-address record /account/address 2 name,address,phone",
        "guest-order record /guest/order?no={subject} 2 name,address,purchases",
    ],
    "desk": [
        "logout logout /logout",
        "search list /search 2 name,phone",
        "customer record /customers/{subject} 3 name,address,phone,birthday",
        "order record /orders/{subject} 2 name,address,purchases",
        "report export /reports/* 3 name,address,phone,purchases",
        "admin admin /admin/*",
    ],
    "wms": [
        "label record /wms/label.aspx?ship={subject} 2 name,address,phone",
        "shipment record /wms/shipment.aspx?ship={subject} 2 name,address",
        "manifest export /wms/csv/* 2 name,address,phone",
    ],
    "mktg": [
        "segment list /segments/* 1 purchases",
        "segment-export export /export/* 3 name,address,mail",
    ],
    "partner": [
        "route list /depots/* 2 name,address",
        "parcel record /parcels/{subject} 2 name,address,phone",
    ],
}


@dataclass(slots=True)
class Ev:
    """One request; `t` is seconds after local midnight of the first day, `tag` the incident that it belongs to."""

    t: float
    site: str
    ip: str
    user: str
    sid: str
    ua: str
    method: str
    url: str
    status: int
    size: int
    ms: int
    tag: str  # noqa: E702


@dataclass
class Person:
    """Somebody who signs in at work; `joined` and `left` are day numbers, None: before and after this world."""

    uid: str
    dept: str
    site: str
    ip: str
    ua: str
    rate: float
    wd: tuple[int, ...]
    start: float
    end: float  # noqa: E702
    name: str = ""
    company: str = ""
    person: str = ""
    home: str = ""
    depot: int = 0
    joined: int | None = None
    left: int | None = None  # noqa: E702


Client = tuple[str, str, str, str]  # address, user, session, agent
Maker = Callable[["World", int, int], list[str]]  # world, first day, days -> actors


class World:
    """People, customers, the days' plan, and all requests so far."""

    def __init__(self, seed: int, n: int) -> None:
        self.r = r = random.Random(seed)
        self.seed, self.n, self.tag = seed, n, ""
        self.days = [
            date(2026, 4, 30) + timedelta(days=i + back)
            for back in [r.randint(0, 214) - n + 1]
            for i in range(n)
        ]
        self.plan: dict[tuple[str, int], tuple[float, float]] = {}  # (user, day) -> shift, in hours
        self.sid, self.ipx, self.fx = (
            {},
            {},
            defaultdict(lambda: 1.0),
        )  # (user, day) -> session; where he sits, if not at his place; how much more he works
        self.ev, self.taken, self.incs, self.anns = (
            [],
            [],
            [],
            [],
        )  # requests; who has a part already; the truth
        self.gone: list[
            tuple[str, float, float]
        ] = []  # (site or server, from, to) that no server wrote
        self.ship = 52_340_100 + r.randint(0, 9999)
        self.ship_of: dict[int, list[int]] = {}
        self.cursor = r.randint(200, 3000)  # where those who read in order have come to
        self.cust = [str(c) for c in sorted(r.sample(range(1_020_000, 1_094_000), 4000))]
        self.vip, *self.decoys, self.kin = (self.cust[i] for i in r.sample(range(400, 3600), 4))
        self.callers = [c for c in self.cust if c not in (self.vip, self.kin, *self.decoys)]
        self.mobile = [
            f"{p}.{r.randint(1, 254)}"
            for p in ("49.96.12", "49.98.140", "106.128.33", "106.131.70", "126.166.9", "1.75.208")
            for _ in range(8)
        ]
        self.c_ip, self.c_ua = (
            {c: self.isp() for c in self.cust},
            {c: r.choice(AGENTS) for c in self.cust},
        )
        weights = [min(60.0, r.paretovariate(1.1)) for _ in self.callers]
        self.cum, self.best = (
            list(accumulate(weights)),
            [c for _, c in sorted(zip(weights, self.callers))[-60:]],
        )
        self.people = self.staff()
        self.by = {p.uid: p for p in self.people}
        self.sales = list(range(r.randint(7, 10), n, 14 if n < 50 else 17))
        self.typhoon = r.randrange(4, n - 3)

    def isp(
        self, nets: str = "60.71 114.160 118.238 126.74 153.142 180.12 219.104 221.113 58.89"
    ) -> str:
        """An address of a home line in Japan, or of other nets."""
        return f"{self.r.choice(nets.split())}.{self.r.randint(0, 255)}.{self.r.randint(1, 254)}"

    def abroad(self) -> str:
        """An address of a rented server abroad."""
        return self.isp("45.148 185.220 193.32 91.240 5.188 141.98")

    def hexs(self, k: int = 16) -> str:
        """A random token."""
        return f"{self.r.getrandbits(4 * k):0{k}X}"

    def off(self, d: int) -> bool:
        """Is it a Sunday or a holiday?"""
        return self.days[d].weekday() == 6 or self.days[d] in HOLIDAYS

    def count(self, mean: float, spread: float = 0.35) -> int:
        """A count with a heavy tail."""
        return int(mean * self.r.lognormvariate(-spread * spread / 2, spread) + self.r.random())

    def caller(self) -> str:
        """Some customer; a few ring and buy very often."""
        return self.r.choices(self.callers, cum_weights=self.cum)[0]

    def order(self, d: int, k: int | None = None) -> str:
        """Number of an order of day `d` (may lie before the first day)."""
        return f"{self.days[0] + timedelta(days=d):%y%m%d}{(self.r.randint(1, 190) if k is None else k):04d}"

    def parcel(self, depot: int, d: int) -> str:
        """The delivery firm's twelve digits: its own prefix, depot, running number."""
        return f"4477{depot:02d}{200_000 + d * 640 + self.r.randint(0, 600):06d}"

    def add(
        self,
        site: str,
        t: float,
        who: Person | Client,
        method: str,
        url: str,
        status: int = 200,
        size: int | None = None,
    ) -> None:
        """Adds a request of a person (at his place of that day, in his session) or of any client."""
        if not 0 <= t < self.n * DAY:
            return
        if isinstance(who, Person):
            key = (who.uid, int(t // DAY))
            who = (
                self.ipx.get(key, who.ip),
                who.uid,
                self.sid.setdefault(key, self.hexs(20)),
                who.ua,
            )
        base = (
            320
            if status >= 300 or method == "POST"
            else 7_500_000
            if "all-members" in url
            else 180_000
            if ".csv" in url
            else 6200
        )
        ms = (
            int((900 if ".csv" in url or "checkout" in url else 90) * self.r.lognormvariate(0, 0.7))
            + 1
        )
        self.ev.append(
            Ev(
                t,
                site,
                *who,
                method,
                url,
                status,
                int(base * self.r.lognormvariate(0, 0.4)) if size is None else size,
                ms,
                self.tag,
            )
        )

    def read(
        self,
        site: str,
        t: float,
        gap: float,
        who: Person | Client,
        urls: list[str],
        login: bool = False,
    ) -> None:
        """Reads one page after the other, about `gap` seconds apart; `login`: signs in before."""
        if login:
            self.add(
                site,
                t - 8,
                who,
                "POST",
                {"shop": "/account/login", "wms": "/wms/login.aspx"}.get(site, "/login"),
                302,
            )
        for u in urls:
            t += gap * self.r.lognormvariate(0, 0.6)
            self.add(site, t, who, "GET", u)

    def ann(
        self, first: int, last: int, sites: list[str], actors: list[str], what: str, why: str
    ) -> None:
        """Notes an annoyance, unless it lies outside the world."""
        if last >= 0 and first < self.n and actors:
            self.anns.append(
                {
                    "id": f"a{len(self.anns) + 1:02d}",
                    "first_day": str(self.days[max(0, first)]),
                    "last_day": str(self.days[min(self.n - 1, last)]),
                    "site_ids": sites,
                    "actors": actors,
                    "what": what,
                    "why_not": why,
                }
            )

    def take(self, dept: str, d: int | None = None, days: int = 1) -> Person:
        """Somebody of a department without another part, who works on day `d` (with `days` working days from there on)."""
        p = self.r.choice(
            [
                p
                for p in self.people
                if p.dept.startswith(dept)
                and p.uid not in self.taken
                and (
                    d is None or (p.uid, d) in self.plan and len(self.worked(p, d, self.n)) >= days
                )
            ]
        )
        self.taken.append(p.uid)
        return p

    def next(self) -> str:
        """The page of the next customer or so in the order of numbers."""
        self.cursor += self.r.randint(1, 3)
        return f"/customers/{self.cust[self.cursor]}"

    def worked(self, p: Person, d: int, span: int) -> list[int]:
        """The person's working days in a span."""
        return [k for k in range(d, min(self.n, d + span)) if (p.uid, k) in self.plan]

    def at(self, p: Person, d: int) -> float:
        """A moment in the person's shift."""
        a, b = self.plan[p.uid, d]
        return d * DAY + self.r.uniform(a + 0.3, b - 0.4) * HOUR

    def staff(self) -> list[Person]:
        """Everybody with an account."""
        r, out = self.r, []
        names = iter(r.sample([f"{a}.{b}" for a in "acehijkmnrsty" for b in SURNAMES], 90))

        def put(
            uid: str,
            dept: str,
            site: str,
            ip: str,
            ua: str,
            mean: float,
            days: int,
            shift: tuple[float, float],
            **more: object,
        ) -> None:
            wd = tuple(range(5)) if days == 0 else tuple(r.sample(range(6), days))
            out.append(
                Person(
                    uid, dept, site, ip, ua, mean * r.lognormvariate(0, 0.35), wd, *shift, **more
                )
            )  # type: ignore[arg-type]

        for i in range(17):
            part, shift = (
                i % 4 == 3,
                (8.5, 15) if i % 4 == 3 else (11.5, 20.4) if i % 3 == 0 else (8.5, 17.5),
            )
            put(
                s := next(names),
                "お客様係",
                "desk",
                f"10.1.20.{11 + i}",
                EDGE,
                7 if part else 13,
                3 if part else 5,
                shift,
                name=s,
            )
        for i in range(24):
            shift = (8.7, 17.2) if i % 2 else (11.8, 20.3)
            put(
                f"sp{101 + i}",
                "お客様係委託",
                "desk",
                "210.165.7.34",
                CHROME.format(145),
                13,
                5 if i % 3 else 4,
                shift,
                name=next(names),
                company="札幌コールサービス",
            )
        for dept, i, mean in [
            (x, i, mean)
            for x, k, mean in (("係長", 3, 5), ("経理", 4, 6), ("情報システム", 3, 3))
            for i in range(k)
        ]:
            put(
                s := next(names),
                dept,
                "desk",
                f"10.1.{22 + mean}.{31 + i}",
                EDGE,
                mean,
                0,
                (8.6, 18.2),
                name=s,
            )
        for i in range(28):
            dept, uid, shift = (
                "倉庫検品" if i < 16 else "倉庫出荷",
                f"KITA\\{'h' if i % 3 == 2 else 'w'}{i + 1:03d}",
                (6.1, 14.6) if i % 2 else (13.6, 21.8),
            )
            put(
                uid,
                dept,
                "wms",
                f"10.3.2.{20 + i}",
                ANDROID.format(9, 109) if i < 16 else EDGE,
                1.0,
                5 if i % 4 else 3,
                shift,
                name=next(names),
                company="ハマ人材" if i % 3 == 2 else "",
            )
        for i in range(7):
            put(
                s := next(names),
                "販促",
                "mktg",
                f"10.1.40.{11 + i}",
                CHROME.format(147),
                14,
                0,
                (9.0 + i % 3 * 0.5, 18.5),
                name=s,
                home=self.isp() if i % 3 == 1 else "",
            )
        for g in range(1, 7):
            for i in range(5):
                put(
                    f"dl{g:02d}-{i + 1:02d}",
                    "配送委託",
                    "partner",
                    f"203.141.{40 + g}.18",
                    ANDROID.format(14, 146) if i else CHROME.format(146),
                    9,
                    5,
                    (7.2, 19.5),
                    company="白波急送",
                    depot=g,
                )
        return out

    def schedule(self) -> None:
        """Who works on which day: weekdays, holidays, a leave of some days, illness."""
        r, rare = self.r, {"倉庫検品": 0.3, "倉庫出荷": 0.3, "配送委託": 0.35}
        for p in self.people:
            leave = r.randint(0, self.n - 1)
            for d, day in enumerate(self.days):
                quiet = (
                    day in HOLIDAYS
                    and (p.dept in ("経理", "販促", "情報システム", "係長") or r.random() < 0.45)
                    or date(2026, 8, 13) <= day <= date(2026, 8, 15)
                    and r.random() < 0.4
                )
                away = (
                    leave <= d < leave + 3
                    or r.random() < 0.05
                    or (p.joined or 0) > d
                    or (p.left is not None and p.left <= d)
                )
                if (
                    not away
                    and not quiet
                    and (
                        day.weekday() in p.wd
                        or day.weekday() == 6
                        and r.random() < rare.get(p.dept, 0)
                    )
                ):
                    self.plan[p.uid, d] = (p.start + r.gauss(0, 0.12), p.end + r.gauss(0, 0.15))

    def login(self, p: Person, d: int, typos: float = 0.05) -> None:
        """Signs in at the start of the shift, now and then with a typing error (more after days off)."""
        t, url = (
            d * DAY + self.plan[p.uid, d][0] * HOUR,
            "/wms/login.aspx" if p.site == "wms" else "/login",
        )
        if self.r.random() < typos * (3 if d and self.off(d - 1) else 1):
            for k in range(self.r.choice([1, 1, 2, 3])):
                self.add(p.site, t - 40 + 11 * k, p, "POST", url, 401)
        self.add(p.site, t, p, "POST", url, 302)

    def call(self, p: Person, t: float, c: str, note: float = 0.45) -> None:
        """A customer rings: look him up, read, perhaps orders, perhaps a note."""
        self.add("desk", t - self.r.uniform(6, 25), p, "POST", "/search")
        self.add("desk", t, p, "GET", f"/customers/{c}")
        for k in range(self.r.choice([0, 1, 1, 2])):
            self.add(
                "desk",
                t + 20 + 35 * k,
                p,
                "GET",
                f"/orders/{self.order(int(t // DAY) - self.r.randint(0, 12))}",
            )
        if self.r.random() < note:
            self.add("desk", t + 140, p, "POST", f"/customers/{c}/notes", 302)

    def desk_day(self, d: int, busy: float) -> None:
        """The service desk, and those who use it besides."""
        for p in [p for p in self.people if p.site == "desk" and (p.uid, d) in self.plan]:
            self.login(p, d)
            for _ in range(
                self.count(
                    p.rate * (busy if p.dept.startswith("お客様係") else 1) * self.fx[p.uid, d]
                )
            ):
                t = self.at(p, d)
                if p.dept in ("経理", "情報システム"):
                    self.add(
                        "desk",
                        t,
                        p,
                        "GET",
                        f"/orders/{self.order(d - self.r.randint(0, 30))}"
                        if p.dept == "経理"
                        else self.r.choice(["/admin/jobs", "/admin/users", "/admin/log"]),
                    )
                else:
                    self.call(p, t, self.caller())
            if self.r.random() < 0.6:
                self.add("desk", d * DAY + self.plan[p.uid, d][1] * HOUR, p, "GET", "/logout", 302)
        self.add(
            "desk",
            d * DAY + 15_600,
            ("10.1.9.5", "batch-bi", "-", "curl/8.5.0"),
            "GET",
            "/reports/orders.csv?range=1d",
        )

    def wms_day(self, d: int, load: float) -> None:
        """Picking, packing, labels in running order, three manifests for the carrier."""
        r, here = self.r, [p for p in self.people if p.site == "wms" and (p.uid, d) in self.plan]
        pack = [p for p in here if p.dept == "倉庫出荷"]
        for p in here:
            if p in pack:
                self.ipx[p.uid, d] = f"10.3.1.{r.randint(11, 20)}"
            self.login(p, d, 0.08)
            for _ in range(self.count(15 * p.rate)):
                self.add(
                    "wms",
                    self.at(p, d),
                    p,
                    "GET",
                    f"/wms/pick.aspx?wave={d * 40 + r.randint(1, 40)}"
                    if p not in pack or r.random() < 0.5
                    else "/wms/stock.aspx",
                )
        times = sorted(
            ((self.at(p, d), p) for p in pack for _ in range(self.count(32 * p.rate * load))),
            key=lambda x: x[0],
        )
        today = self.ship_of[d] = list(range(self.ship, self.ship + max(1, len(times))))
        for (t, p), s in zip(times, today):
            self.add("wms", t, p, "GET", f"/wms/label.aspx?ship={s}")
            if r.random() < 0.03:
                self.add("wms", t + 30, p, "GET", f"/wms/label.aspx?ship={s}&reprint=1")
            if r.random() < 0.12:
                self.add(
                    "wms",
                    t + 90,
                    p,
                    "GET",
                    f"/wms/shipment.aspx?ship={r.choice(self.ship_of[max(0, d - r.choice([0, 0, 0, 1]))])}",
                )
        self.ship += len(today)
        for k, h in enumerate((13.0, 17.5, 21.0)):
            self.add(
                "wms",
                d * DAY + h * HOUR + 4,
                ("10.3.0.40", "KITA\\svc-ship", "-", "ShipLink/3.2"),
                "GET",
                f"/wms/csv/manifest-{self.days[d]:%Y%m%d}-{k + 1}.csv",
            )

    def mktg_day(self, d: int, push: float) -> None:
        """Campaigns: segments are looked at; those that are exported are sent within the hour."""
        for p in [p for p in self.people if p.site == "mktg" and (p.uid, d) in self.plan]:
            if p.home and self.days[d].weekday() in (2, 4):
                self.ipx[p.uid, d] = p.home
            self.login(p, d)
            for _ in range(self.count(p.rate)):
                self.add(
                    "mktg",
                    self.at(p, d),
                    p,
                    "GET",
                    self.r.choice(
                        [
                            "/campaigns",
                            f"/segments/{self.r.choice(SEGMENTS)}",
                            "/reports/open-rate",
                            "/editor",
                        ]
                    ),
                )
            for _ in range(self.count(0.35 * push, 0.6)):
                t = self.at(p, d)
                self.add("mktg", t, p, "GET", f"/export/segment-{self.r.choice(SEGMENTS)}.csv")
                self.add(
                    "mktg",
                    t + self.r.uniform(900, 3600),
                    p,
                    "POST",
                    f"/campaigns/{d * 10 + self.r.randint(0, 9)}/send",
                    302,
                )
        self.add(
            "mktg",
            d * DAY + 11_400,
            ("10.1.9.5", "batch-ma", "-", "python-requests/2.32.3"),
            "GET",
            "/export/daily-unsubscribed.csv",
            200,
            21_000,
        )

    def partner_day(self, d: int, load: float) -> None:
        """The delivery firm's depots and drivers look at their own parcels."""
        for p in [p for p in self.people if p.site == "partner" and (p.uid, d) in self.plan]:
            if p.uid[-1] in "245" and self.r.random() < 0.6:
                self.ipx.setdefault((p.uid, d), self.r.choice(self.mobile))
            self.login(p, d)
            self.add(
                "partner",
                d * DAY + self.plan[p.uid, d][0] * HOUR + 50,
                p,
                "GET",
                f"/depots/{p.depot:02d}/route",
            )
            for _ in range(self.count(p.rate * load, 0.45)):
                self.add(
                    "partner",
                    self.at(p, d),
                    p,
                    "GET",
                    f"/parcels/{self.parcel(p.depot, d)}",
                    200 if self.r.random() < 0.97 else 404,
                )

    def shopper(self, t: float, c: str | None, ip: str, ua: str, ref: str = "") -> None:
        """One visit: pages, perhaps a sign-in, an own order, a purchase."""
        r, sid, d = self.r, self.hexs(), int(t // DAY)
        me, signs = (ip, "-", sid, ua), c is not None and r.random() < 0.6
        self.add(
            "shop", t, me, "GET", r.choice(["/", "/", "/ranking", f"/c/{r.randint(1, 30)}"]) + ref
        )
        for k in range(min(14, self.count(3.2, 0.7))):
            t += r.uniform(8, 90)
            if signs and k == 1:
                if r.random() < 0.12:
                    self.add("shop", t - 6, me, "POST", "/account/login", 200)
                me = (ip, f"c{c}", sid, ua)
                self.add("shop", t, me, "POST", "/account/login", 302)
                if r.random() < 0.45:
                    self.add(
                        "shop",
                        t + 5,
                        me,
                        "GET",
                        f"/account/orders/{self.order(d - r.randint(1, 20))}"
                        if r.random() < 0.8
                        else "/account/address",
                    )
            else:
                self.add(
                    "shop",
                    t,
                    me,
                    "GET",
                    f"/p/{r.randint(1000, 1900)}"
                    if r.random() < 0.8
                    else f"/search?q={r.choice(['%E9%AE%AD', '%E3%81%8A%E8%8C%B6', '%E8%9F%B9'])}",
                )
        if r.random() < 0.25:
            for k, (m, u, s) in enumerate(
                (
                    ("POST", "/cart/add", 302),
                    ("GET", "/cart", 200),
                    ("GET", "/checkout", 200),
                    ("POST", "/checkout/confirm", 302),
                )
            ):
                self.add("shop", t + 30 + 40 * k, me, m, u, s)
        if me[1] == "-" and r.random() < 0.07:
            self.add(
                "shop",
                t + 60,
                me,
                "GET",
                f"/guest/order?no={self.order(d - r.randint(1, 9))}&k={self.hexs(8).lower()}",
                200 if r.random() < 0.9 else 404,
            )

    def shop_day(self, d: int, factor: float) -> None:
        """Visitors, crawlers, monitoring of all sites and the noise of the internet."""
        r, base = self.r, d * DAY
        for _ in range(self.count(111 * factor, 0.12)):
            rush = factor > 5 and r.random() < 0.4
            t = (
                base
                + (
                    r.choice([10, 12, 20, 21]) + r.betavariate(1, 3)
                    if rush
                    else r.choices(range(24), SHOP_HOURS)[0] + r.random()
                )
                * HOUR
            )
            c = self.caller() if r.random() < 0.45 else None
            self.shopper(
                t,
                c,
                r.choice(self.mobile) if r.random() < 0.35 else self.c_ip[c] if c else self.isp(),
                self.c_ua[c] if c else r.choice(AGENTS),
            )
        for ip, ua in [(ip, ua) for ip, ua, k in BOTS for _ in range(self.count(k))]:
            self.add(
                "shop",
                base + r.random() * DAY,
                (ip.format(r.randint(3, 40)), "-", "-", ua),
                "GET",
                r.choice([f"/p/{r.randint(1000, 1990)}", f"/c/{r.randint(1, 30)}", "/robots.txt"]),
            )
        for site, k in [
            (site, k) for site in ("shop", "desk", "wms", "partner") for k in range(288)
        ]:
            self.add(
                site,
                base + k * 300 + 7 + r.random(),
                ("10.1.9.8", "-", "-", MON_UA),
                "GET",
                "/wms/health.aspx" if site == "wms" else "/health",
                200,
                2,
            )
        for _ in range(r.choice([1, 2, 2, 3, 5])):
            ip, t, site, ua = (
                self.abroad(),
                base + r.random() * (DAY - 900),
                r.choice(["shop", "partner"]),
                r.choice(["Mozilla/5.0", "-", "Go-http-client/1.1"]),
            )
            for k, u in enumerate(r.sample(PROBES, r.randint(1, 9))):
                self.add(site, t + k * r.uniform(0.3, 4), (ip, "-", "-", ua), "GET", u, 404)
            if r.random() < 0.3:
                self.add("partner", t + 40, (ip, "-", "-", "-"), "", r"\x16\x03\x01\x02", 400, 226)

    def live(self) -> None:
        """All days as they would have been, with what annoys."""
        before(self)
        for d, day in enumerate(self.days):
            after, storm, blow = (
                any(0 < d - s <= 2 for s in self.sales),
                0 < d - self.typhoon <= 2,
                d == self.typhoon,
            )
            self.shop_day(
                d,
                10
                if d in self.sales
                else (1.25 if day.weekday() >= 5 or self.off(d) else 1.0) * (0.6 if blow else 1),
            )
            self.desk_day(
                d,
                (1.35 if after else 1.0)
                * (1.7 if storm else 1)
                * (1.3 if day.weekday() == 0 else 1),
            )
            self.wms_day(d, 2.0 if after else 0.5 if blow else 1.0)
            self.mktg_day(d, 4.0 if any(0 <= s - d <= 3 for s in self.sales) else 1.0)
            self.partner_day(
                d, (1.6 if after else 1.0) * (2.2 if storm else 1) * (0.5 if blow else 1)
            )
        annoy(self)


# -- what nobody wants to be woken for ------------------------------------------------------------------------------------------------
def before(w: World) -> None:
    """Annoyances that change who works where and how much; then the plan of all shifts."""
    r, n, new, leaver = w.r, w.n, w.by["sp124"], w.by["sp123"]
    new.joined, leaver.left = n - r.randint(15, 19), r.randint(9, 12)
    monday = r.choice([d for d in range(15, n - 4) if w.days[d].weekday() == 0])
    audit = w.by["audit-k1"] = Person(
        "audit-k1",
        "監査",
        "desk",
        "10.1.50.9",
        CHROME.format(146),
        45,
        (0, 1, 2, 3, 4),
        10.0,
        16.5,
        name="監査担当",
        company="港監査法人",
        joined=monday,
        left=monday + 5,
    )
    w.people.append(audit)
    w.taken += [new.uid, leaver.uid, audit.uid]
    w.schedule()
    w.fx |= {
        (new.uid, k): f for k, f in zip(w.worked(new, new.joined, n), (1.3, 1.9, 2.4, 2.0, 1.5))
    }
    w.ann(
        new.joined,
        new.joined + 8,
        ["desk"],
        [new.uid],
        "新人オペレータが研修で多くの顧客画面を開く",
        "入社日は名簿にあり、検索からの普通の受電と同じ手順",
    )
    w.ann(
        monday,
        monday + 4,
        ["desk"],
        [audit.uid],
        "監査法人の一週間: 多数の注文と顧客を閲覧",
        "権限表に期間つきで載っている",
    )
    outs, move = [p for p in w.people if p.dept == "お客様係委託"], r.randint(14, n - 6)
    w.ipx.update({(p.uid, d): "210.165.91.66" for p in outs for d in range(move, n)})
    w.ann(
        move,
        move + 3,
        ["desk"],
        [p.uid for p in outs],
        "札幌コールサービスの移転で全員の接続元が変わる",
        "同じ日に全員が同じ新しい固定アドレスへ移った",
    )
    helper = w.take("お客様係委託")
    tuesdays = [d for d in w.worked(helper, 0, n) if w.days[d].weekday() == 1]
    w.ipx.update({(helper.uid, d): "10.1.20.60" for d in tuesdays})
    w.ann(
        min(tuesdays, default=n),
        max(tuesdays, default=n),
        ["desk"],
        [helper.uid],
        "委託先の一人が火曜は本社の席で応援",
        "出勤する火曜ごとに同じ席",
    )
    cover, start = w.take("配送委託"), r.randint(14, n - 8)
    other = cover.depot % 6 + 1
    for d in w.worked(cover, start, 6):
        w.ipx[cover.uid, d] = f"203.141.{40 + other}.18"
        w.read(
            "partner",
            (d + 8 / 24) * DAY,
            1500,
            cover,
            [
                f"/depots/{other:02d}/route",
                *(f"/parcels/{w.parcel(other, d)}" for _ in range(w.count(9))),
            ],
        )
    w.ann(
        start,
        start + 5,
        ["partner"],
        [cover.uid],
        "隣の営業所の欠員を一週間応援する配送員",
        "その営業所の回線から、そこの配送表を開いて働いている",
    )


def annoy(w: World) -> None:
    """Annoyances that add lines: at work, at the shop, in operation."""
    r, n = w.r, w.n
    acc = [p for p in w.people if p.dept == "経理"]
    w.taken += [p.uid for p in acc]
    for c in [
        d
        for d in range(-1, n)
        if (w.days[0] + timedelta(days=d)).month != (w.days[0] + timedelta(days=d + 1)).month
    ]:
        for d, p in [
            (d, p) for d in range(max(0, c - 1), min(n, c + 3)) for p in acc if (p.uid, d) in w.plan
        ]:
            w.read(
                "desk",
                (d + 9 / 24) * DAY,
                700,
                p,
                [f"/orders/{w.order(d - r.randint(0, 30))}" for _ in range(w.count(28))],
            )
            w.add(
                "desk",
                d * DAY + r.uniform(17.5, 20.9) * HOUR,
                p,
                "GET",
                f"/reports/{r.choice(['orders', 'returns'])}.csv?range=1m",
                200,
                r.randint(900_000, 2_600_000),
            )
        w.ann(
            c - 1,
            c + 2,
            ["desk"],
            [p.uid for p in acc],
            "月末月初の締め: 経理が注文を大量に読み、月次CSVを取る",
            "毎月末に同じ人たちがする仕事",
        )
    for s in w.sales:
        w.ann(
            s,
            s,
            ["shop"],
            ["shop"],
            "大感謝祭: 来訪者が十倍",
            "半月ごとの売り出しで、購入も同じ割合で増えている",
        )
        w.ann(
            s - 3,
            s,
            ["mktg"],
            [p.uid for p in w.people if p.dept == "販促"],
            "売り出し前に販促の書き出しが増える",
            "書き出しの後に必ず配信がある",
        )
        crew = [
            p for p in w.people if p.dept == "倉庫出荷" and (p.uid, s) in w.plan and p.start > 12
        ][:5]
        for i, p in enumerate(crew):
            w.ipx.setdefault((p.uid, s + 1), w.ipx[p.uid, s])
            w.read(
                "wms",
                (s + 1) * DAY - r.uniform(0.3, 1.5) * HOUR,
                700,
                p,
                [
                    f"/wms/label.aspx?ship={52_900_000 + s * 300 + i * 50 + k}"
                    for k in range(w.count(20))
                ],
            )
        w.ann(
            s,
            s + 1,
            ["wms"],
            [p.uid for p in crew],
            "売り出しの夜の臨時夜勤で送り状を刷る",
            "班が揃って、売り出しの度にある",
        )
    w.ann(
        w.typhoon,
        w.typhoon + 2,
        ["desk", "partner", "shop"],
        ["desk", "partner", "shop"],
        "台風: 当日は減り、翌日から遅延の問合せと荷物照会が倍増",
        "全員に同時に起きている",
    )
    d = r.choice([d for d in range(15, n - 3) if not w.off(d)])
    lot = [w.take("お客様係", d) for _ in range(3)]
    for p in [p for p in lot for _ in range(r.randint(40, 60))]:
        w.call(p, w.at(p, d), r.choice(w.callers), note=1.0)
    w.ann(
        d,
        d,
        ["desk"],
        [p.uid for p in lot],
        "蟹の自主回収で三人が購入者に順に電話する",
        "一件ごとに検索と応対記録が揃い、三人同時",
    )
    w.ann(
        0,
        n - 1,
        ["mktg"],
        [p.uid for p in w.people if p.home],
        "水曜と金曜の在宅勤務",
        "毎週同じ自宅の回線",
    )
    d, c = r.randint(15, n - 2), r.choice(w.best)
    w.best.remove(c)
    for k in range(13):
        w.add(
            "shop",
            d * DAY + 21.2 * HOUR + k * 23,
            (w.c_ip[c], "-", "-", w.c_ua[c]),
            "POST",
            "/account/login",
            200,
        )
    w.add(
        "shop",
        d * DAY + 21.3 * HOUR,
        (w.c_ip[c], "-", "-", w.c_ua[c]),
        "POST",
        "/account/reset",
        302,
    )
    w.read(
        "shop",
        d * DAY + 21.4 * HOUR,
        30,
        (w.c_ip[c], f"c{c}", w.hexs(), w.c_ua[c]),
        ["/account/address"],
        True,
    )
    w.ann(
        d,
        d,
        ["shop"],
        [f"c{c}", w.c_ip[c]],
        "パスワードを忘れた客が十数回失敗し再設定して入る",
        "いつもの自宅から、再設定の後に自分の情報だけ",
    )
    d = r.randint(14, n - 2)
    w.read(
        "shop",
        d * DAY + 1.5 * HOUR,
        15,
        ("203.0.113.9", "-", "-", NEDAN),
        [f"/p/{1000 + k}" for k in range(640)],
    )
    w.ann(
        d,
        d,
        ["shop"],
        ["203.0.113.9"],
        "価格比較サイトの巡回が全商品を読み直す",
        "歓迎している巡回で、商品頁だけ",
    )
    d = r.choice([k for k in range(14, n) if w.days[k].weekday() == 6])
    w.gone.append(("desk", (d + 1 / 24) * DAY, (d + 6 / 24) * DAY))
    w.ann(
        d,
        d,
        ["desk"],
        ["desk"],
        "日曜未明の計画停止(窓口システム、1時から6時)",
        "予告どおりの保守で、誰も働いていない時間",
    )
    d = r.choice([k for k in range(14, n) if w.days[k].weekday() == 2])
    for e in w.ev:
        if e.site == "shop" and 0 <= e.t - d * DAY - 10 * HOUR < 420:
            e.status, e.size = r.choice([502, 503]), 190
    w.ann(d, d, ["shop"], ["shop"], "水曜朝の配備で数分の502と503", "毎度の配備で、七分で戻った")
    for k in [k for k in range(n) if w.days[k].weekday() == 3]:
        for _ in range(w.count(32)):
            w.shopper(
                k * DAY + 11 * HOUR + r.expovariate(1 / 1500),
                w.caller(),
                r.choice(w.mobile),
                r.choice(AGENTS),
                "?utm_source=mail",
            )
    w.ann(0, n - 1, ["shop"], ["shop"], "木曜11時のメール配信で来訪が跳ねる", "毎週同じ時刻の販促")
    w.ann(
        0,
        n - 1,
        ["shop", "partner"],
        ["shop", "partner"],
        "何も得ない走査が毎日くる(インターネットの雑音)",
        "すべて404か400",
    )


# -- what one would fear ----------------------------------------------------------------------------------------------------------------
def trickle(
    site: str,
    dept: str,
    need: int,
    lo: int,
    hi: int,
    urls: Callable[[World, int, Person], list[str]],
    w: World,
    d: int,
    span: int,
) -> list[str]:
    """Somebody at work does lo to hi acts more on each working day of the span; `urls` gives the pages of one act."""
    p = w.take(dept, d, need)
    for k in w.worked(p, d, span):
        for t in sorted(w.at(p, k) for _ in range(w.r.randint(lo, hi))):
            w.read(site, t, 14, p, urls(w, k, p))
    return [p.uid]


def intrude(
    site: str,
    who: str,
    place: Callable[[World], str],
    ua: str,
    hours: tuple[float, float] | None,
    lo: int,
    hi: int,
    url: Callable[[World, int], str],
    w: World,
    d: int,
    span: int,
) -> list[str]:
    """An account (of a department, or named) is used from another place every second day of the span; hours None: in its owner's session."""
    p, ip = w.by[who] if who in w.by else w.take(who, d), place(w)
    for k in [k for k in range(d, min(w.n, d + span), 2) if k - 1 not in w.sales]:
        t = k * DAY + w.r.uniform(*hours) * HOUR if hours else w.at(p, k)
        w.read(
            site,
            t,
            30,
            (ip, p.uid, w.hexs(20) if hours else w.sid[p.uid, k], ua),
            [url(w, k) for _ in range(w.r.randint(lo, hi))],
            hours is not None,
        )
    return [p.uid, ip]


def failing(
    pick: Callable[[Ev], bool], first: float, more: float, w: World, d: int, span: int
) -> list[str]:
    """Part of the shop's requests fail, a share that grows over the span."""
    for e in w.ev:
        if (
            e.site == "shop"
            and d * DAY <= e.t < (d + span) * DAY
            and e.ua != MON_UA
            and not e.tag
            and pick(e)
            and w.r.random() < first + more * (e.t / DAY - d) / span
        ):
            e.status, e.size, e.tag = 500, 1180, w.tag
    return ["shop"]


def silent(group: str, site: str, w: World, d: int, span: int) -> list[str]:
    """A site, or one of its servers, writes nothing for some hours of the day."""
    start = d * DAY + w.r.uniform(8.5, 12) * HOUR
    w.gone.append((group, start, start + w.r.uniform(4, 7) * HOUR))
    return [site]


def seat(present: bool, w: World, d: int, span: int) -> list[str]:
    """An account of the desk is used at a colleague's seat, while its owner works at his own or has a day off."""
    free = [p for p in w.people if p.dept == "お客様係" and p.uid not in w.taken]
    q = w.r.choice([p for p in free if (p.uid, d) in w.plan])
    p = w.r.choice([p for p in free if p is not q and ((p.uid, d) in w.plan) == present])
    w.taken += [p.uid, q.uid]
    me, start = (
        (q.ip, p.uid, w.hexs(20), EDGE),
        max(w.plan[q.uid, d][0], w.plan.get((p.uid, d), (0, 0))[0]) + 0.5,
    )
    w.read("desk", d * DAY + start * HOUR, 1, me, [], True)
    for k in range(w.r.randint(22, 34) if present else w.r.randint(9, 15)):
        t = d * DAY + start * HOUR + (150 if present else 500) * (k + w.r.random() / 2)
        if not present:
            w.add("desk", t, me, "POST", "/search")
        w.add("desk", t + 9, me, "GET", anybody(w, d))
    return [p.uid, q.ip, q.uid]


def anybody(w: World, d: int) -> str:
    """The page of some customer."""
    return f"/customers/{w.r.choice(w.callers)}"


def brute(w: World, d: int, span: int) -> list[str]:
    """Guesses at a partner's account until it opens."""
    p, t = w.take("配送委託"), (d + w.r.uniform(0.02, 0.2)) * DAY
    me = (w.abroad(), p.uid, "-", "python-requests/2.31.0")
    for k in range(w.r.randint(130, 220)):
        w.add("partner", t + k * 4 + w.r.uniform(0, 3), me, "POST", "/login", 401)
    w.read(
        "partner",
        t + 900,
        3,
        me,
        [
            u
            for g in range(1, 7)
            for u in (f"/depots/{g:02d}/route", *(f"/parcels/{w.parcel(g, d)}" for _ in range(8)))
        ],
        True,
    )
    return [p.uid, me[0]]


def sqli(w: World, d: int, span: int) -> list[str]:
    """An injection at the shop's search that ends in pages ten times as large."""
    t, me = (
        (d + w.r.uniform(0.05, 0.8)) * DAY,
        (w.abroad(), "-", "-", "Mozilla/5.0 (X11; Linux x86_64)"),
    )
    for k in range(w.r.randint(90, 150)):
        q = w.r.choice(
            [
                f"AND%20{k}%3D{k}",
                f"UNION%20ALL%20SELECT%20{'NULL%2C' * (k % 7)}NULL",
                "AND%20SLEEP(5)",
            ]
        )
        w.add(
            "shop",
            t + k * 2,
            me,
            "GET",
            f"/search?q=tea%27%20{q}--%20",
            w.r.choice([200, 500, 500]),
        )
    for k in range(14):
        w.add(
            "shop",
            t + 320 + 9 * k,
            me,
            "GET",
            f"/search?q=tea%27%20UNION%20ALL%20SELECT%20name%2Cmail%2Ctel%20FROM%20members%20LIMIT%20{k * 500}%2C500--%20",
            200,
            w.r.randint(70_000, 95_000),
        )
    return [me[0]]


def stuffing(w: World, d: int, span: int) -> list[str]:
    """A list of leaked passwords, tried from forty addresses before dawn."""
    ips, won = [w.abroad() for _ in range(40)], [f"c{c}" for c in w.r.sample(w.callers, 6)]
    for ip in [ip for ip in ips for _ in range(w.r.randint(5, 10))]:
        w.add(
            "shop",
            d * DAY + w.r.uniform(2, 6.5) * HOUR,
            (ip, "-", "-", CHROME.format(131)),
            "POST",
            "/account/login",
            200,
        )
    for c, ip in zip(won, ips):
        w.read(
            "shop",
            d * DAY + w.r.uniform(3, 6) * HOUR,
            3,
            (ip, c, "-", CHROME.format(131)),
            ["/account/address", f"/account/orders/{w.order(d - 6)}"],
            True,
        )
    return ["shop", *won, *ips]


def guest_slow(w: World, d: int, span: int) -> list[str]:
    """Order numbers tried one after the other, from nine addresses, over days."""
    net = w.abroad().rsplit(".", 1)[0]
    ips = [f"{net}.{i}" for i in w.r.sample(range(10, 250), 9)]
    for k, t in enumerate(
        sorted(w.r.uniform(d, min(w.n, d + span)) * DAY for _ in range(22 * span))
    ):
        w.add(
            "shop",
            t,
            (w.r.choice(ips), "-", "-", ANDROID.format(13, 146)),
            "GET",
            f"/guest/order?no={w.order(d - 4 + k // 190, k % 190 + 1)}&k={w.hexs(8).lower()}",
            200 if w.r.random() < 0.06 else 404,
        )
    return [*ips, "shop"]


def takeover(w: World, d: int, span: int) -> list[str]:
    """Accounts of good customers used to order to another address."""
    net, who = w.isp().rsplit(".", 1)[0], w.r.sample(w.best, 5)
    ips = [f"{net}.{i}" for i in w.r.sample(range(2, 250), 5)]
    for i, (c, ip) in enumerate(zip(who, ips)):
        t, me = (
            (d + i % 3) * DAY + w.r.uniform(9, 22.8) * HOUR,
            (ip, f"c{c}", w.hexs(), ANDROID.format(10, 124)),
        )
        w.read("shop", t, 3, me, ["/account/address"], True)
        for k, u in enumerate(("/account/address", "/cart/add", "/checkout/confirm")):
            w.add("shop", t + 60 + 22 * k, me, "POST", u, 302)
    return [*(f"c{c}" for c in who), *ips]


def probe(w: World, d: int, span: int) -> list[str]:
    """A lone try that got nothing: for the record only."""
    ip, t = w.abroad(), (d + w.r.random() * 0.9) * DAY
    for k, u in enumerate(
        [
            "/p/1201?id=1%27%20OR%20%271%27%3D%271",
            "/p/1201?id=../../../../etc/passwd",
            "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
        ]
    ):
        w.add("shop", t + 5 * k, (ip, "-", "-", "Mozilla/5.0"), "GET", u, 403)
    return [ip]


POOL: list[
    tuple[str, str, bool, str, str, Maker]
] = [  # grade, family, slow, what, how it is seen, maker
    (
        "easy",
        "amount",
        False,
        "係の一人が顧客番号順に二百人前後の画面を続けて開いた",
        "検索も注文も記録もなく番号の昇順で、普段の十倍以上",
        partial(
            trickle,
            "desk",
            "お客様係",
            1,
            1,
            1,
            lambda w, k, p: [w.next() for _ in range(w.r.randint(160, 250))],
        ),
    ),
    (
        "easy",
        "login",
        False,
        "国外から配送業者の口座を総当りして破り、全営業所の荷物を読んだ",
        "百回以上の401の後に302と荷物の200が同じアドレスから続く",
        brute,
    ),
    (
        "easy",
        "errors",
        False,
        "店のサイトが昼間二時間半にわたり七割の要求で500を返した",
        "普段ほぼ零の500が全頁で並ぶ",
        partial(failing, lambda e: 12.7 < e.t % DAY / HOUR < 15.3, 0.7, 0),
    ),
    (
        "easy",
        "silence",
        False,
        "倉庫システムの記録が勤務時間中に数時間途絶えた",
        "監視の五分ごとの行も送り状も無く、前後で送り状の番号が飛ぶ",
        partial(silent, "wms", "wms"),
    ),
    (
        "easy",
        "web",
        False,
        "商品検索へのSQL注入が通り会員表が抜かれた",
        "UNION SELECT FROM members に十倍の大きさの200が続く",
        sqli,
    ),
    (
        "easy",
        "export",
        False,
        "夜、見慣れぬ回線から販促の口座で全会員が書き出された",
        "22時台、初めての回線と端末、普段の四十倍の大きさ",
        partial(
            intrude,
            "mktg",
            "販促",
            World.isp,
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
            (22.1, 22.9),
            5,
            8,
            lambda w, k: f"/export/all-members-{w.r.randint(1, 9)}.csv",
        ),
    ),
    (
        "easy",
        "other",
        True,
        "辞めた委託オペレータの口座で顧客が読まれた",
        "名簿の退職日の後に、センターでない回線からのログインと顧客画面",
        partial(intrude, "desk", "sp123", World.isp, CHROME.format(144), (19, 20), 14, 26, anybody),
    ),
    (
        "medium",
        "login",
        False,
        "漏れたパスワードの一覧で四十のアドレスから試され六人が破られた",
        "夜明け前に失敗が全体で跳ね、同じ端末名の成功が住所を開く",
        stuffing,
    ),
    (
        "medium",
        "weeks",
        True,
        "係の一人が一週間あまり毎日、倍以上の顧客を受電なしに開いた",
        "検索に続かない顧客画面が本人の過去になく毎日ある",
        partial(trickle, "desk", "お客様係", 4, 13, 21, lambda w, k, p: [anybody(w, k)]),
    ),
    (
        "medium",
        "session",
        False,
        "同僚の席の端末から他人の口座で顧客を読んだ",
        "持ち主が自席で働く間に、別の席から二つ目の会話が検索なしで読む",
        partial(seat, True),
    ),
    (
        "medium",
        "session",
        False,
        "働いている係の会話(クッキー)が国外の別の端末から使われた",
        "ログインなしに同じ会話が別のアドレスと端末に現れる",
        partial(
            intrude,
            "desk",
            "お客様係委託",
            World.abroad,
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            None,
            20,
            34,
            anybody,
        ),
    ),
    (
        "medium",
        "hours",
        True,
        "検品の者が夜勤のない夜中に出荷の席から宛先を読んだ",
        "売り出しでもない夜の一時二時、本人が使わない席と画面",
        partial(
            intrude,
            "wms",
            "倉庫検品",
            lambda w: "10.3.1.14",
            EDGE,
            (1.2, 2.6),
            12,
            22,
            lambda w, k: f"/wms/shipment.aspx?ship={w.r.choice(w.ship_of[k - 1])}",
        ),
    ),
    (
        "medium",
        "amount",
        False,
        "配送員が他の営業所の荷物の宛先を大量に読んだ",
        "配送表を開かぬ営業所の番号が普段の数倍",
        partial(
            trickle,
            "partner",
            "配送委託",
            1,
            40,
            60,
            lambda w, k, p: [f"/parcels/{w.parcel((p.depot + w.r.randint(0, 4)) % 6 + 1, k)}"],
        ),
    ),
    (
        "medium",
        "silence",
        False,
        "店の二台のうち一台の記録が半日止まった",
        "web2 の記録だけが空き、昼の行数が半分",
        partial(silent, "shop/web2", "shop"),
    ),
    (
        "medium",
        "export",
        True,
        "書き出しをしない係が毎日、期間を延ばしながら注文CSVを取った",
        "経理とバッチしか使わない帳票を一人が毎日取り、期間の値が増える",
        partial(
            trickle,
            "desk",
            "お客様係",
            5,
            1,
            1,
            lambda w, k, p: [f"/reports/orders.csv?range={k + 3}d"],
        ),
    ),
    (
        "medium",
        "other",
        False,
        "係の一人が名簿を番号順に読み、おとりの客を開いた",
        "おとりは電話をせず、隣り合う番号が検索なしに続く",
        partial(
            trickle,
            "desk",
            "お客様係",
            1,
            1,
            1,
            lambda w, k, p: [
                f"/customers/{c}"
                for s in w.decoys
                for c in w.cust[w.cust.index(s) - 5 : w.cust.index(s) + 5]
            ],
        ),
    ),
    (
        "hard",
        "other",
        True,
        "係の一人が私的な関心で同じ一人の客を勤務のたびに開いた",
        "他の係は触れず、検索も注文も記録もないまま何日も同じ番号",
        partial(trickle, "desk", "お客様係", 5, 1, 2, lambda w, k, p: [f"/customers/{w.kin}"]),
    ),
    (
        "hard",
        "weeks",
        True,
        "係の一人が受電に紛れて毎日数人ずつ名簿を集めた",
        "検索のない画面が毎日数件、その番号は日をまたいで昇順で重ならない",
        partial(trickle, "desk", "お客様係", 6, 4, 8, lambda w, k, p: [w.next()]),
    ),
    (
        "hard",
        "export",
        True,
        "販促の一人が配信のない書き出しを出勤日ごとに重ねた",
        "他の書き出しには一時間内に配信があるが、これには無い",
        partial(
            trickle,
            "mktg",
            "販促",
            5,
            1,
            2,
            lambda w, k, p: [f"/export/segment-{w.r.choice(SEGMENTS)}.csv"],
        ),
    ),
    (
        "hard",
        "outsider",
        True,
        "九つのアドレスから幾日もかけて受注番号が順に試された",
        "一つの/24、商品を見ずに注文照会だけ、番号はアドレスを越えて昇順",
        guest_slow,
    ),
    (
        "hard",
        "login",
        False,
        "五人の会員の口座が乗っ取られ届け先を変えて注文された",
        "同じ古い端末と同じ/24から、各人の過去にない回線で、届け先変更と購入だけ",
        takeover,
    ),
    (
        "hard",
        "errors",
        True,
        "iPhoneの客の購入手続だけが日ごとに多く失敗していった",
        "全体の率は低いが、購入の頁とiPhoneに限れば500が日を追って増える",
        partial(
            failing,
            lambda e: "iPhone" in e.ua and e.url.startswith(("/checkout", "/cart")),
            0.04,
            0.34,
        ),
    ),
    (
        "hard",
        "session",
        False,
        "休みの人の口座が同僚の席から使われた",
        "その席では持ち主も同時に働いており、休みの人は普段別の席",
        partial(seat, False),
    ),
    (
        "hard",
        "weeks",
        True,
        "出荷の一人が数日前に出た荷の送り状を毎日数枚刷り直した",
        "刷り直しは普通その場だけ、これは四日以上前の番号で一人に偏る",
        partial(
            trickle,
            "wms",
            "倉庫出荷",
            5,
            3,
            6,
            lambda w, k, p: [
                f"/wms/label.aspx?ship={w.r.choice(w.ship_of[k - w.r.randint(4, 12)])}&reprint=1"
            ],
        ),
    ),
    (
        "hard",
        "other_site",
        True,
        "管理画面だけを使う情報システムの者が客と注文を毎日少しずつ読んだ",
        "同じ部の誰も、本人も過去に開かない画面",
        partial(
            trickle,
            "desk",
            "情報システム",
            4,
            1,
            4,
            lambda w, k, p: [f"/orders/{w.order(k - w.r.randint(1, 9))}", anybody(w, k)],
        ),
    ),
]


def hide(w: World) -> None:
    """Chooses the incidents of this world, draws them, and writes down the truth; silences last, for they swallow what lies in them."""
    r, weeks, chosen = w.r, w.n > 50, []
    for grade in ("easy", "medium", "hard"):
        pool = [p for p in POOL if p[0] == grade]
        must = (
            r.sample([p for p in pool if p[2]], {"easy": 1, "medium": 2, "hard": 4}[grade])
            if weeks
            else []
        )
        chosen += must + r.sample(
            [p for p in pool if not (weeks and p[2])], 4 - len(must) if weeks else 5
        )
    chosen.sort(key=lambda c: c[1] == "silence")
    chosen.append(
        (
            "easy",
            "web",
            False,
            "外部の一人が注入を三つ試してすべて403に終わった",
            "攻撃の文字列だが何も得ず、続きもない",
            probe,
        )
    )
    usual = [
        d
        for d in range(max(16, w.n // 2), w.n - 2)
        if not w.off(d) and d not in w.sales and d - 1 not in w.sales and d != w.typhoon
    ]
    starts = [d for _ in range(3) for d in r.sample(usual, len(usual))]
    for i, (grade, family, long, what, how, make) in enumerate(chosen):
        w.tag, span = (
            f"i{i + 1:02d}",
            1 if not long else r.randint(10, 26) if weeks else r.randint(7, 13),
        )
        later = [k for k in range(max(14, w.n * 2 // 5), w.n - span + 1) if not w.off(k)]
        for d in r.sample(later, len(later)) if long else starts[i:]:
            try:
                actors = make(w, d, span)
                break
            except IndexError:  # nobody who fits works on that day
                continue
        w.incs.append(
            {
                "id": w.tag,
                "grade": grade,
                "family": family,
                "first_day": str(w.days[d]),
                "last_day": str(w.days[d]),
                "site_ids": actors[:1],
                "actors": actors,
                "what": what,
                "how_seen": how,
                "lines": 0,
                "woken": make is not probe,
            }
        )
    w.ev = [
        e
        for e in w.ev
        if not any(g in (e.site, f"{e.site}/web{front(e)}") and a <= e.t < b for g, a, b in w.gone)
    ]
    for inc in w.incs:
        if mine := [e for e in w.ev if e.tag == inc["id"]]:
            seen = sorted(int(e.t // DAY) for e in mine)
            inc |= {
                "first_day": str(w.days[seen[0]]),
                "last_day": str(w.days[seen[-1]]),
                "site_ids": sorted({e.site for e in mine}),
                "lines": len(mine),
            }


def front(e: Ev) -> int:
    """Which of the shop's two servers wrote the line: the balancer goes by the address."""
    return 1 + int(e.t // 300) % 2 if e.ua == MON_UA else 1 + sum(map(int, e.ip.split("."))) % 2


def line_of(e: Ev, at: datetime, balancer: str) -> tuple[str, str]:
    """The file and the line of a request, as the site's server writes it."""
    clf, req, host = (
        f"{at:%d/%b/%Y:%H:%M:%S} +0900",
        f"{e.method} {e.url} HTTP/1.1" if e.method else e.url,
        f"{HOSTS[e.site]}.kitahama.example",
    )
    ref = f"https://{host}/" if e.user != "-" and e.ua.startswith("Mozilla") else "-"
    if e.site == "shop":
        return f"shop/web{front(e)}/access-{at:%Y%m%d}.ltsv.gz", (
            f"time:{clf}\thost:{balancer}\tforwardedfor:{e.ip}\tvhost:{host}\tuser:{e.user}\tsid:{e.sid}\treq:{req}\tstatus:{e.status}"
            f"\tsize:{e.size}\treqtime:{e.ms / 1000:.3f}\treferer:{ref}\tua:{e.ua}"
        )
    if e.site == "desk":
        return (
            f"desk/access_log-{at:%Y%m%d}",
            f'{e.ip} - {e.user} [{clf}] "{req}" {e.status} {e.size} "{ref}" "{e.ua}" "{e.sid}" {e.ms * 1000}',
        )
    if e.site == "wms":  # IIS rolls its files over at midnight UTC
        u, (stem, _, query) = at - timedelta(hours=9), e.url.partition("?")
        return f"wms/u_ex{u:%y%m%d}.log", (
            f"{u:%Y-%m-%d %H:%M:%S} 10.3.0.10 {e.method} {stem} {query or '-'} 443 {e.user} {e.ip} {e.ua.replace(' ', '+')} {e.status} 0 0 {e.size} {e.ms}"
        )
    if e.site == "mktg":
        return f"mktg/access-{at:%Y-%m-%d}.json", json.dumps(
            {
                "time": f"{at:%Y-%m-%dT%H:%M:%S}+09:00",
                "remote_addr": e.ip,
                "remote_user": e.user.strip("-"),
                "host": host,
                "request": req,
                "status": e.status,
                "body_bytes_sent": e.size,
                "request_time": e.ms / 1000,
                "http_referer": ref.strip("-"),
                "http_user_agent": e.ua,
            }
        )
    return (
        f"partner/access-{at:%Y%m%d}.log.gz",
        f'{host}:443 {e.ip} - {e.user} [{clf}] "{req}" {e.status} {e.size} "{ref}" "{e.ua}"',
    )


def write(w: World, out: Path) -> None:
    """Settings, context files, logs and truth."""
    r, files, zero = w.r, defaultdict(list), datetime.combine(w.days[0], datetime.min.time())
    for e in sorted(w.ev, key=lambda e: (e.t, e.site, e.ip, e.url)):
        f, line = line_of(e, zero + timedelta(seconds=e.t), r.choice(("10.20.0.11", "10.20.0.12")))
        files[f].append(line)
    for f, lines in files.items():
        path, end = out / "logs" / f, "\r\n" if f.startswith("wms") else "\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        if f.startswith("wms"):
            lines[:0] = [
                "#Software: Microsoft Internet Information Services 10.0",
                "#Version: 1.0",
                f"#Date: {lines[0][:19]}",
                "#Fields: date time s-ip cs-method cs-uri-stem "
                "cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status sc-bytes time-taken",
            ]
        data = (end.join(lines) + end).encode()
        path.write_bytes(gzip.compress(data, 6, mtime=0) if f.endswith(".gz") else data)
    text = []
    for site, rows in RESOURCES.items():
        path, no = (
            {"shop": "/account/login", "wms": "/wms/login.aspx"}.get(site, "/login"),
            200 if site == "shop" else 401,
        )
        text += [
            f"  {site}:",
            f"    - {{id: login, kind: login, path: {path}, methods: [POST], success: [302], failure: [{no}]}}",
        ]
        for i, kind, path, *more in map(str.split, rows):
            text.append(
                f'    - {{id: {i}, kind: {kind}, path: "{path}"'
                + (
                    f", level: {more[0]}, categories: [{more[1].replace(',', ', ')}]"
                    if more
                    else ""
                )
                + "}"
            )
    (out / "mimamori.yaml").write_text(
        SETTINGS.replace("RESOURCES", "\n".join(text)), encoding="utf-8"
    )
    table(
        out / "people.csv",
        ["user", "person", "name", "department", "type", "company", "joined_on", "left_on"],
        [
            [
                p.uid,
                p.person or p.uid,
                p.name,
                p.dept,
                "contractor" if p.company else "staff",
                p.company,
                str(
                    w.days[0]
                    + timedelta(days=-r.randint(90, 4000) if p.joined is None else p.joined)
                ),
                "" if p.left is None else str(w.days[0] + timedelta(days=p.left - 1)),
            ]
            for p in w.people
        ],
    )
    levels = [(d, 3) for d in ("お客様係", "お客様係委託", "係長", "経理", "販促")] + [
        (d, 2) for d in ("倉庫検品", "倉庫出荷", "配送委託")
    ]
    first = w.days[w.by["audit-k1"].joined or 0]
    table(
        out / "privileges.csv",
        ["user", "department", "level", "from", "to"],
        [["", d, v, "", ""] for d, v in levels]
        + [[u, "", 3, "", ""] for u in ("batch-bi", "batch-ma", "KITA\\svc-ship")]
        + [["audit-k1", "", 3, str(first), str(first + timedelta(days=4))]],
    )
    table(
        out / "watch.csv",
        ["subject", "kind", "user", "reason"],
        [
            [w.vip, "vip", "", "俳優"],
            *([s, "decoy", "", "持ち出しを試すための架空の客"] for s in w.decoys),
        ],
    )
    (out / "truth.json").write_text(
        json.dumps(
            {
                "seed": w.seed,
                "days": [str(d) for d in w.days],
                "about": ABOUT,
                "incidents": w.incs,
                "annoyances": w.anns,
            },
            ensure_ascii=False,
            indent=1,
        ),
        encoding="utf-8",
    )


def table(path: Path, head: list[str], rows: list[list[object]]) -> None:
    """Writes a CSV (no value here needs quotes)."""
    path.write_text(
        "".join(",".join(map(str, row)) + "\n" for row in [head, *rows]), encoding="utf-8"
    )


def main() -> None:
    """Command line."""
    a = argparse.ArgumentParser(description=__doc__)
    for name, kind, default in (("--seed", int, 7), ("--days", int, 35), ("--out", Path, None)):
        a.add_argument(name, type=kind, default=default, required=default is None)
    o = a.parse_args()
    w = World(o.seed, o.days)
    w.live()
    hide(w)
    write(w, o.out)


if __name__ == "__main__":
    main()
