"""Shiomi Hospital (汐見総合病院) and its three clinics, drawn as web access logs with the truth beside them.

python hospital.py --seed 7 --days 35 --out DIR
"""

from __future__ import annotations
import argparse, csv, gzip, json, random, re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Callable, Iterable

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
OBON = {date(2026, 8, d) for d in (13, 14, 15)}
WARDS = {"3E": "外科", "3W": "産婦人科", "4E": "内科", "5E": "整形外科", "ICU": "救急科"}
DEPTS = {
    "内科": 9,
    "循環器内科": 4,
    "外科": 5,
    "整形外科": 4,
    "小児科": 3,
    "産婦人科": 4,
    "救急科": 4,
}
CLINICS = {
    "eki": ("駅前クリニック", 31, 3),
    "minato": ("みなとクリニック", 32, 2),
    "higashi": ("ひがし在宅クリニック", 33, 6),
}  # name, network, weekday closed
NAT = "61.203.17.5"  # the hospital, seen from outside
HOME = "126.72 126.159 114.164 114.181 180.14 180.44 49.98 49.97 1.75 106.139 106.154 60.93 133.206".split()  # private lines and mobile networks
FAR = "185.220 45.155 193.32 146.70 89.248".split()  # hosting companies abroad
PAGES = [
    "/",
    "/about/",
    "/access/",
    "/dept/naika/",
    "/dept/geka/",
    "/dept/seikei/",
    "/dept/sanka/",
    "/doctor/",
    "/news/",
    "/recruit/",
    "/kenshin/",
    "/visit/",
]
ASSETS = [
    "/assets/site.css",
    "/assets/site.js",
    "/assets/logo.svg",
    "/assets/hero.jpg",
    "/favicon.ico",
]
NOISE = "/wp-login.php /.env /xmlrpc.php /phpmyadmin/ /.git/config /admin/ /cgi-bin/luci /actuator/health /robots.txt /owa/auth/logon.aspx /config.json".split()
WINDOWS, IPHONE = (
    "Windows NT 10.0; Win64; x64",
    "Mozilla/5.0 (iPhone; CPU iPhone OS %s like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Mobile/15E148 Safari/604.1",
)
CHROME = "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 %sSafari/537.36"
BROWSERS = [
    IPHONE % ("18_4", "18.4"),
    IPHONE % ("17_6", "17.6"),
    *(
        CHROME % x
        for x in (
            ("Linux; Android 14; K", 136, "Mobile "),
            (WINDOWS, 136, ""),
            ("X11; Linux x86_64", 135, ""),
        )
    ),
]
BOTS = [
    ("66.249.79.", "Googlebot/2.1; +http://www.google.com/bot.html", 90),
    ("157.55.39.", "bingbot/2.0; +http://www.bing.com/bingbot.htm", 50),
    ("85.208.96.", "AhrefsBot/7.0; +http://ahrefs.com/robot/", 40),
]
HOSTS = {
    **{
        s: f"{'my' if s == 'portal' else s}.shiomi-hp.example"
        for s in ("karte", "iji", "renkei", "portal", "www")
    },
    **{f"clinic-{c}": f"{c}.shiomi-cl.example" for c in CLINICS},
}


@dataclass
class Line:
    """One request, in Japanese time; `tag` is the incident that it belongs to."""

    site: str
    t: datetime
    ip: str
    user: str | None
    method: str
    target: str
    status: int
    size: int
    ms: int
    ref: str | None
    ua: str
    sid: str | None
    tag: str | None


@dataclass
class Person:
    """Somebody who signs in: role is doctor, nurse, clerk, tech, office, vendor or partner; `days` are the weekdays of work."""

    uid: str
    role: str
    dept: str
    place: str
    ip: str
    rate: float
    joined: date
    left: date | None = None
    type: str = "staff"
    company: str = ""
    days: set[int] = field(default_factory=lambda: {0, 1, 2, 3, 4})

    @property
    def karte(self) -> str:
        """The Windows account, by which the charts know a person."""
        return "SHIOMI\\" + self.uid


Seen = tuple[list[int], list[str], list[str]]  # days, sites, actors


class World:
    """The company, its days, and everything that was logged there."""

    def __init__(self, seed: int, n: int) -> None:
        r = self.r = random.Random(seed)
        self.seed, self.n = seed, n
        last = date(2026, 4, 30) + timedelta(days=r.randrange(215))
        self.days = [last - timedelta(days=n - 1 - i) for i in range(n)]
        self.lines: list[Line] = []
        self.incidents, self.annoyances, self.rights, self.drops, self.known = (
            [] for _ in range(5)
        )  # known: how many letters there were, a day
        self.tag: str | None = None
        self.sid = lambda: f"{r.getrandbits(80):020x}"  # a session cookie
        self.tail = lambda mean: int(
            mean * r.lognormvariate(-0.25, 0.75) + r.random()
        )  # a count with a heavy tail
        self.duty: list[dict[str, tuple[float, float, str]]] = [
            {} for _ in range(n)
        ]  # who works when, and where
        self.seen: dict[str, list[str]] = {}  # a doctor's own outpatients so far
        self.people: list[Person] = []
        self.make_people()
        self.patients = [f"{i:08d}" for i in sorted(r.sample(range(11000, 96000), 9300))]
        special = r.sample(self.patients, 10)
        self.vip, self.decoy, self.ex, self.colleagues, self.family = (
            special[:2],
            special[2],
            special[3],
            special[4:7],
            special[7:],
        )
        self.pool = [p for p in self.patients if p not in special]
        self.mothers, self.clinic_pool = (
            r.sample(self.pool, 260),
            {c: [f"{c[0].upper()}{i:06d}" for i in range(1001, 2600)] for c in CLINICS},
        )
        self.beds = {
            w: [self.admit(w) for _ in range(12 if w == "ICU" else 33)] for w in WARDS
        }  # (patient, doctor)
        self.beds["4E"][0] = (self.vip[0], self.beds["4E"][0][1])
        self.users = [
            (p, self.ip(), r.choice(BROWSERS)) for p in r.sample(self.pool, 1300)
        ]  # of the patients' portal
        self.letters = [
            (f"26{4000 + i:06d}", f"{r.randrange(1, 25):03d}") for i in range(120)
        ]  # (number, office)
        self.booking, self.typhoon = (
            731000,
            r.choice([i for i in range(3, n) if self.factor(i) == 1]),
        )
        self.campaign, self.move, self.update = (
            r.randrange(12, n - 5),
            r.randrange(10, n - 8),
            r.randrange(5, n - 3),
        )

    def ip(self, nets: list[str] = HOME) -> str:
        """An address of one of these networks."""
        return f"{self.r.choice(nets)}.{self.r.randrange(1, 250)}.{self.r.randrange(2, 250)}"

    def hire(
        self, n: int, prefix: str, role: str, dept: str, place: str, net: str, **more: Any
    ) -> list[Person]:
        """Hires n people."""
        new = []
        for _ in range(n):
            k = sum(p.uid.startswith(prefix) for p in self.people) + 1
            joined = date(
                2026 - min(25, int(self.r.paretovariate(0.9))),
                self.r.choice([4, 4, 4, 1, 7, 10]),
                1,
            )
            args = {
                "uid": f"{prefix}{1000 + k}",
                "ip": f"{net}.{11 + k % 200}",
                "joined": joined,
                **more,
            }
            new.append(
                Person(
                    role=role, dept=dept, place=place, rate=self.r.lognormvariate(0, 0.4), **args
                )
            )
            if (
                self.r.random() < 0.15 and role in ("doctor", "clerk") and place == "hospital"
            ):  # part-timers
                new[-1].days = set(self.r.sample(range(5), 3))
            self.people.append(new[-1])
        return new

    def make_people(self) -> None:
        """All who sign in, contractors and partners included."""
        table = [(k, "d", "doctor", dept, 40) for dept, k in DEPTS.items()] + [
            (13 if w == "ICU" else 18, "n", "nurse", f"{w}病棟", 50) for w in WARDS
        ]
        for k, pre, role, dept, net in table + [
            (12, "n", "nurse", "外来", 30),
            (20, "k", "clerk", "医事課", 10),
            (4, "k", "clerk", "地域連携室", 11),
            (7, "m", "tech", "薬剤部", 60),
            (8, "m", "tech", "検査科", 60),
            (8, "m", "tech", "リハビリ科", 60),
            (5, "m", "tech", "放射線科", 60),
            (3, "s", "office", "診療情報管理室", 70),
            (4, "s", "office", "情報システム室", 70),
            (2, "s", "office", "医療安全室", 70),
        ]:
            self.hire(k, pre, role, dept, "hospital", f"10.20.{net}")
        self.trainees = self.hire(
            6, "d", "doctor", "臨床研修", "hospital", "10.20.40", joined=date(2026, 4, 1)
        )
        for c, (name, net, _) in CLINICS.items():
            for k, pre, role in ((2, "d", "doctor"), (3, "n", "nurse"), (3, "k", "clerk")):
                self.hire(k, pre, role, name, c, f"10.{net}.1")
        self.vendors = self.hire(
            3,
            "vd",
            "vendor",
            "保守",
            "hospital",
            "10.20.240",
            type="contractor",
            company="潮風システムズ",
        )
        self.auditors = self.hire(
            2,
            "au",
            "vendor",
            "監査",
            "hospital",
            "10.20.71",
            type="contractor",
            company="監査法人みさき",
        )
        self.partners: list[Person] = []
        for o, ip in ((o, self.ip()) for o in range(1, 25)):
            for k in range(1, 1 + min(4, int(self.r.paretovariate(1.2)))):
                self.partners += self.hire(
                    1,
                    "rp",
                    "partner",
                    "連携先",
                    "renkei",
                    "",
                    uid=f"rp{o:03d}-{k}",
                    ip=ip,
                    joined=date(2023, 4, 1),
                    type="contractor",
                    company=f"医院{o:03d}",
                )
        self.free = [
            p for p in self.people if p not in self.trainees + self.vendors + self.auditors
        ]
        self.r.shuffle(self.free)

    def who(self, role: str, dept: str | None = None, place: str = "hospital") -> list[Person]:
        """People of a role, a department and a place."""
        return [
            p for p in self.people if p.role == role and p.place == place and dept in (None, p.dept)
        ]

    def take(self, role: str, dept: str = "", place: str = "hospital") -> Person:
        """Somebody who has no part in another story."""
        p = next(p for p in self.free if p.role == role and p.place == place and dept in p.dept)
        self.free.remove(p)
        return p

    def admit(self, ward: str) -> tuple[str, str]:
        """A patient comes into a ward, under one of its doctors."""
        return self.r.choice(self.mothers if ward == "3W" else self.pool), self.r.choice(
            self.who("doctor", WARDS[ward])
        ).uid

    def factor(self, i: int) -> float:
        """How much of a full working day this is."""
        d = self.days[i]
        return (
            0.05
            if d.weekday() == 6 or d in HOLIDAYS
            else 0.35
            if d.weekday() == 5 or d in OBON
            else 1.0
        )

    def at(self, i: int, hour: float) -> datetime:
        """The instant of an hour of a day; hours past 24 are the next day's."""
        return datetime.combine(self.days[0], datetime.min.time()) + timedelta(
            days=i, seconds=round(hour * 3600), milliseconds=self.r.randrange(1000)
        )

    def late(self, span: int = 1, work: bool = True) -> int:
        """A first day for an incident of so many days."""
        lo = 14 if self.r.random() < 0.15 else max(14, self.n // 2)
        return self.r.choice(
            [
                i
                for i in range(min(lo, self.n - span), self.n - span + 1)
                if not work or self.factor(i) == 1 and i != self.typhoon
            ]
            or [self.n - span]
        )

    def spread(self, span: int, k: int, p: Person | None = None, work: bool = True) -> list[int]:
        """k days within a span of days: working days, or days when a person works, or any."""
        a = self.late(span, False)
        ok = [
            i
            for i in range(a, self.n)
            if (p.uid in self.duty[i] if p else not work or self.factor(i) == 1)
        ]
        ok = (
            [i for i in ok if i < a + span]
            or ok[:1]
            or [
                i
                for i in range(14, self.n)
                if self.factor(i) == 1 and (not p or p.uid in self.duty[i])
            ][-1:]
        )
        return sorted(self.r.sample(ok, min(k, len(ok))))

    def emit(
        self,
        site: str,
        t: datetime,
        ip: str,
        user: str | None,
        request: str,
        status: int = 200,
        size: int | None = None,
        ref: str | None = None,
        ua: str | None = None,
        sid: str | None = None,
    ) -> None:
        """Writes a line, if it falls into the days."""
        day, ms = (t.date() - self.days[0]).days, int(self.r.lognormvariate(4.3, 0.8)) + 1
        size = int(self.r.lognormvariate(8.9, 0.7)) if size is None else size
        if status >= 300:
            size = 0 if status < 400 else self.r.randrange(300, 1200)
        if ua is None:  # the house's browser, updated some day
            ua = (
                CHROME % (WINDOWS, v := 137 + (day + int(ip[-1]) % 3 >= self.update), "")
                + f" Edg/{v}.0.0.0"
            )
        if 0 <= day < self.n:
            self.lines.append(
                Line(
                    site,
                    t,
                    ip,
                    user,
                    *request.split(" ", 1),
                    status,
                    size,
                    ms,
                    ref,
                    ua,
                    sid,
                    self.tag,
                )
            )

    def wait(self, t: datetime, lo: float = 6, hi: float = 80) -> datetime:
        """Somebody reads for a while."""
        return t + timedelta(seconds=self.r.uniform(lo, hi))

    def series(
        self,
        site: str,
        t: datetime,
        ip: str,
        user: str | None,
        requests: Iterable[str],
        lo: float = 6,
        hi: float = 80,
        status: int = 200,
        **more: Any,
    ) -> datetime:
        """One request after the other; [404] before a request is the answer where it is another."""
        for q in requests:
            answer, q = (int(q[1:4]), q[6:]) if q[0] == "[" else (status, q)
            self.emit(site, t := self.wait(t, lo, hi), ip, user, q, answer, **more)
        return t

    def logon(
        self,
        site: str,
        user: str | None,
        t: datetime,
        ip: str,
        typos: float = 0.06,
        sid: str | None = None,
        ua: str | None = None,
    ) -> datetime:
        """Signs in; now and then with a typing error."""
        path = {"karte": "POST /karte/logon", "c": "POST /c/login"}.get(
            site.split("linic")[0], "POST /login"
        )
        while self.r.random() < typos:
            t = self.series(site, t, ip, user, [path], 4, 20, 401, ua=ua)
        self.emit(site, t, ip, user, path, 302, sid=sid, ua=ua)
        return self.wait(t, 2, 8)

    def charts(
        self, p: Person, t: datetime, pids: list[str], ip: str, deep: float = 1.0
    ) -> datetime:
        """Opens charts and some of their tabs, one patient after the other."""
        r, user = self.r, p.karte
        for pid in pids:
            base = f"/karte/patient/{pid}"
            self.emit("karte", t, ip, user, "GET " + base)
            for _ in range(min(6, self.tail(deep))):
                self.emit(
                    "karte",
                    t := self.wait(t),
                    ip,
                    user,
                    f"GET {base}/{r.choice(['notes', 'labs', 'orders', 'meds', 'images'])}",
                    ref="https://" + HOSTS["karte"] + base,
                )
            if p.role in ("doctor", "nurse") and deep > 0.6 and r.random() < 0.3:
                self.emit(
                    "karte", t := self.wait(t, 40, 200), ip, user, f"POST {base}/notes", 200, 220
                )
            if p.role == "doctor" and r.random() < 0.03:
                self.emit(
                    "karte", t, ip, user, f"GET {base}/print", 200, r.randrange(40000, 220000)
                )
            t = self.wait(t)
        return t

    def working(self, p: Person, i: int) -> bool:
        """Is a person there on this day?"""
        d = self.days[i]
        return (
            d.weekday() in p.days
            and self.factor(i) == 1
            and p.joined <= d
            and self.r.random() < 0.94
        )

    def wards(self, i: int, here: list[Person], oncall: list[Person]) -> None:
        """Nurses in two shifts, rounds of the doctors, calls at night."""
        r, f = self.r, self.factor(i)
        for k, (w, beds) in enumerate(self.beds.items()):
            beds[:] = [b for b in beds if b[0] in self.vip or r.random() > 0.11]
            while len(beds) < (12 if w == "ICU" else 33) and r.random() < 0.5 + 0.45 * f:
                beds.append(self.admit(w))
                self.emit(
                    "iji",
                    self.at(i, r.uniform(9, 17)),
                    "10.20.10.9",
                    r.choice(self.who("clerk", "医事課")[:18]).uid,
                    f"GET /patient/{beds[-1][0]}/admission",
                )
            nurses, terms = (
                self.who("nurse", f"{w}病棟"),
                [f"10.20.{51 + k}.{j}" for j in range(11, 20)],
            )
            shift = [
                p
                for p in r.sample(nurses, len(nurses))
                if not (i and self.duty[i - 1].get(p.uid, (0,))[0] > 14)
            ][: 7 if k < 4 else 5]
            for j, p in enumerate(shift):
                (start, end), ip = (
                    (16.4, 32.9) if (night := j < 3 - (k == 4)) else (8.3, 17.2),
                    r.choice(terms),
                )
                self.duty[i][p.uid] = (start, end, ip)
                self.emit(
                    "karte",
                    self.logon("karte", p.karte, self.at(i, start + r.uniform(-0.2, 0.25)), ip),
                    ip,
                    p.karte,
                    f"GET /karte/ward/{w}",
                )
                mine = beds if night else beds[j % 4 :: 4]
                for pid, _ in r.sample(mine, min(len(mine), 14)) + r.sample(mine, len(mine) // 2):
                    self.charts(
                        p,
                        self.at(i, r.triangular(start + 0.3, end, start + 2)),
                        [pid],
                        ip if r.random() < 0.75 else r.choice(terms),
                        0.7,
                    )
            for pid, uid in beds:
                doc = next((p for p in here if p.uid == uid), None) or (
                    r.choice(oncall) if r.random() < 0.35 else None
                )
                for p in ([doc] if doc else []) + (
                    [r.choice(self.trainees)] if f == 1 and r.random() < 0.25 else []
                ):
                    self.charts(
                        p,
                        self.at(i, r.choice([r.uniform(8, 9.4), r.uniform(13, 18.5)])),
                        [pid],
                        r.choice(terms + [p.ip] * 5),
                        1.3,
                    )
        for p in oncall:  # some calls are answered from home through the VPN
            ip = (
                f"10.20.250.{r.randrange(10, 60)}"
                if r.random() < 0.4
                else f"10.20.55.{r.randrange(11, 20)}"
            )
            for _ in range(self.tail(2.5)):
                self.charts(
                    p,
                    self.logon("karte", p.karte, self.at(i, r.uniform(18, 31)), ip),
                    [
                        r.choice(self.beds[r.choice(list(WARDS))])[0]
                        if r.random() < 0.6
                        else r.choice(self.pool)
                    ],
                    ip,
                    1.5,
                )

    def outpatients(self, i: int, here: list[Person], oncall: list[Person]) -> None:
        """Reception, consultation, examination, bill; and the offices behind."""
        r, f, d = self.r, self.factor(i), self.days[i]
        nurses = [p for p in self.who("nurse", "外来") if self.working(p, i)] or [
            self.who("nurse", "外来")[i % 12]
        ]
        desk = [p for p in self.who("clerk", "医事課") if self.working(p, i)] or self.who(
            "clerk", "医事課"
        )[i % 18 : i % 18 + 2]
        tech = [p for p in self.who("tech") if self.working(p, i)] or [self.who("tech")[i % 28]]
        claims = (
            desk if d.day <= 9 and (f == 1 or d.weekday() == 5) else []
        )  # claims go out by the 10th
        for p in nurses + desk + tech:
            self.duty[i][p.uid] = (8.4, 17.3, p.ip)
        for p in desk:
            self.emit(
                "iji",
                self.logon(
                    "iji",
                    p.uid,
                    self.at(i, 8.25 + r.uniform(0, 0.4)),
                    p.ip,
                    0.06 if d.weekday() else 0.2,
                ),
                p.ip,
                p.uid,
                "GET /reception/today",
            )
            for _ in range(
                self.tail(2.5 * p.rate)
            ):  # the telephone: patients who are not here today
                self.emit(
                    "iji",
                    self.at(i, r.uniform(8.7, 17)),
                    p.ip,
                    p.uid,
                    f"GET /patient/{r.choice(self.pool)}/account",
                )
            for _ in range(self.tail(9 + 2 * d.day) if p in claims else 0):
                self.emit(
                    "iji",
                    self.at(i, r.triangular(16, 21.5, 18)),
                    p.ip,
                    p.uid,
                    f"GET /patient/{r.choice(r.choice(list(self.seen.values())) if self.seen else self.pool)}/receipt",
                )
        for p in desk[:3]:
            self.emit(
                "iji",
                self.at(i, r.uniform(16.6, 17.4)),
                p.ip,
                p.uid,
                f"GET /export/daily?date={d}",
                200,
                r.randrange(50000, 120000),
            )
        docs = here if f == 1 else r.sample(here or oncall, min(4, len(here or oncall)))
        for _ in range(int(r.gauss(235, 18) * (0.3 if i == self.typhoon else f))):
            t0, doc, a, b = (
                r.triangular(8.6, 12.4 if d.weekday() == 5 else 16.8, 10)
                if f > 0.1
                else r.uniform(0.4, 22),
                r.choice(docs),
                r.choice(desk),
                r.choice(desk),
            )
            pid = (
                r.choice(self.seen[doc.uid])
                if r.random() < 0.45 and doc.uid in self.seen
                else r.choice(self.pool)
            )
            self.seen.setdefault(doc.uid, []).append(pid)
            self.emit("iji", self.at(i, t0 - 0.3), a.ip, a.uid, f"GET /patient/{pid}/account")
            self.emit(
                "iji", self.at(i, t0 - 0.28), a.ip, a.uid, f"POST /patient/{pid}/visit", 200, 300
            )
            for share, p, dt in ((0.5, r.choice(nurses), -0.15), (0.4, r.choice(tech), 0.3)):
                self.charts(p, self.at(i, t0 + dt), [pid] if r.random() < share else [], p.ip, 0.4)
            self.charts(doc, self.at(i, t0), [pid], f"10.20.30.{100 + int(doc.uid[1:]) % 18}", 1.2)
            self.emit(
                "iji",
                self.at(i, t0 + 0.7),
                b.ip,
                b.uid,
                f"{r.choice(['GET', 'GET', 'POST'])} /patient/{pid}/bill",
            )
        for p in [
            p for p in here if p.dept == "外科" and d.weekday() == 2
        ]:  # the surgeons' conference
            self.charts(
                p,
                self.at(i, 17.5),
                [b[0] for b in r.sample(self.beds["3E"], 14)],
                "10.20.41.5",
                0.3,
            )
        for p in [q for q in self.who("office") if self.working(q, i)]:
            for _ in range(self.tail({"診療情報管理室": 16, "医療安全室": 5}.get(p.dept, 1))):
                self.charts(p, self.at(i, r.uniform(9, 17)), [r.choice(self.pool)], p.ip)

    def machines(self, i: int) -> None:
        """Feeds, batches and the monitor."""
        for k in range(144):
            self.emit(
                "karte",
                self.at(i, k / 6 + 0.02),
                "10.20.5.11",
                "SHIOMI\\svc-hl7",
                "POST /karte/api/hl7",
                200,
                88,
                ua="HL7Gateway/4.2",
            )
            for s in ("karte", "portal", "www", "renkei"):
                self.emit(
                    s,
                    self.at(i, k / 6 + 0.05),
                    "10.20.5.20" if s == "karte" else NAT,
                    None,
                    "GET /health",
                    200,
                    15,
                    ua="Zabbix/7.0",
                )
        for k in range(self.tail(26) * (3 if self.days[i].day <= 2 else 1)):
            self.emit(
                "karte",
                self.at(i, 2.1 + k / 60),
                "10.20.5.12",
                "SHIOMI\\svc-report",
                f"GET /karte/export/stats?part={k}",
                200,
                44000 + k,
                ua="ReportBatch/2.1",
            )

    def clinics(self, i: int) -> None:
        """The three clinics; each has its own closing day; the third makes home visits with tablets."""
        r, d = self.r, self.days[i]
        for c, (_, net, closed) in CLINICS.items():
            if d.weekday() in (closed, 6) or d in HOLIDAYS | OBON or i == self.typhoon:
                continue
            net, site = 36 if c == "minato" and i >= self.move else net, f"clinic-{c}"
            team = [
                p
                for role in ("doctor", "nurse", "clerk")
                for k, p in enumerate(self.who(role, place=c))
                if k == 0 or r.random() < 0.8
            ]
            ips = {
                p.uid: f"10.{net}.1.{int(p.uid[-2:]) + 20}"
                if c != "higashi" or p.role == "clerk"
                else self.ip(["49.98"])
                for p in team
            }
            for p in team:
                self.duty[i][p.uid] = (8.7, 18, ips[p.uid])
                self.emit(
                    site,
                    self.logon(site, p.uid, self.at(i, 8.7 + r.uniform(0, 0.3)), ips[p.uid]),
                    ips[p.uid],
                    p.uid,
                    f"GET /c/reserve?date={d}",
                )
            for _ in range(int(r.gauss(42, 6) * (0.5 if d.weekday() == 5 else 1))):
                pid, t0 = (
                    r.choice(self.clinic_pool[c][: 700 if r.random() < 0.8 else 1600]),
                    r.choice([r.uniform(9, 12.3), r.uniform(9, 12.3), r.uniform(14.2, 17.8)]),
                )
                for role, dt in (("clerk", 0), ("nurse", 0.1), ("doctor", 0.2), ("clerk", 0.4)):
                    p = r.choice([p for p in team if p.role == role])
                    if c == "higashi" and p.role != "clerk" and r.random() < 0.06:
                        ips[p.uid] = self.ip(["49.98"])
                    self.emit(site, self.at(i, t0 + dt), ips[p.uid], p.uid, f"GET /c/patient/{pid}")
                    if r.random() < 0.5:
                        self.emit(
                            site,
                            self.at(i, t0 + dt + 0.02),
                            ips[p.uid],
                            p.uid,
                            f"{'POST' if role == 'doctor' else 'GET'} /c/patient/{pid}/memo",
                        )

    def referral(self, i: int) -> None:
        """Partners send and read referral letters; the liaison office answers."""
        r, f = self.r, self.factor(i)
        for p in self.partners + self.who("clerk", "地域連携室"):
            partner, sid = p.role == "partner", self.sid()
            if r.random() > (0.62 if partner else 0.95) * (f if f > 0.1 else 0.03):
                continue
            ip = p.ip if partner else NAT
            self.emit(
                "renkei",
                t := self.logon(
                    "renkei", p.uid, self.at(i, r.triangular(8.5, 19, 10)), ip, 0.1, sid
                ),
                ip,
                p.uid,
                "GET /referrals",
                sid=sid,
            )
            own = [x for x, o in self.letters[-320:] if not partner or o == p.uid[2:5]][
                -(12 if partner else 60) :
            ]
            for _ in range(min(12, self.tail(2.2 * p.rate)) if partner else self.tail(18)):
                t = self.wait(t, 20, 260)
                if partner and (r.random() < 0.25 or not own):
                    self.letters.append((f"26{4000 + len(self.letters):06d}", p.uid[2:5]))
                    own.append(self.letters[-1][0])
                    self.emit("renkei", t, ip, p.uid, "POST /referrals", 201, 180, sid=sid)
                self.emit(
                    "renkei",
                    self.wait(t, 2, 9),
                    ip,
                    p.uid,
                    f"GET /referrals/{(rid := r.choice(own))}",
                    sid=sid,
                )
                if r.random() < 0.45:
                    self.emit(
                        "renkei",
                        self.wait(t, 12, 40),
                        ip,
                        p.uid,
                        f"GET /referrals/{rid}/pdf",
                        200,
                        r.randrange(60000, 900000),
                        sid=sid,
                    )
        for _ in range(r.randrange(3, 9)):  # mails are opened without having signed in
            self.emit(
                "renkei",
                self.at(i, r.uniform(0, 24)),
                self.ip(),
                None,
                f"GET /referrals/{r.choice(self.letters)[0]}",
                302,
                ua=r.choice(BROWSERS),
            )

    def patient(
        self,
        i: int,
        hour: float,
        user: tuple[str, str, str],
        also: list[str] | None = None,
        fails: int = 0,
        ip: str | None = None,
    ) -> None:
        """A patient reads results in the portal, and those of the family."""
        r, (pid, home, ua) = self.r, user
        ip, t = ip or (home if r.random() < 0.7 else self.ip()), self.at(i, hour)
        t = self.series(
            "portal",
            t,
            ip,
            None,
            ["GET /login"]
            + r.choice(
                [
                    ["[304] GET /static/app.js", "[304] GET /static/app.css"],
                    ["GET /static/app.js", "GET /static/app.css"],
                ]
            ),
            0,
            1,
            ua=ua,
        )
        t = self.series(
            "portal",
            t,
            ip,
            None,
            ["[401] POST /login"] * min(fails, 5) + ["POST /password/reset"] * (fails > 5),
            8,
            40,
            ua=ua,
        )
        t = self.series("portal", t, ip, None, ["[302] POST /login", "GET /mypage"], 3, 20, ua=ua)
        for one in [pid] + (also or []):
            t = self.series(
                "portal",
                t,
                ip,
                None,
                [
                    f"GET /api/patients/{one}/{x}"
                    for x in r.sample(
                        ["results", "appointments", "documents", "bills"], r.choice([1, 1, 2, 3])
                    )
                ],
                5,
                90,
                ua=ua,
            )

    def public(self, i: int) -> None:
        """The public site and the portal: people, crawlers, noise."""
        r, half = self.r, 0.65 if self.factor(i) < 1 else 1
        rush = 1.9 if self.campaign <= i < self.campaign + 3 else 2.3 if i == self.typhoon else 1.0
        for _ in range(int(r.gauss(85, 10) * half * rush)):
            k = min(int(r.paretovariate(0.5)), 1299) if r.random() < 0.3 else r.randrange(1300)
            self.patient(
                i,
                r.triangular(6, 23.8, 20),
                self.users[k],
                [self.users[(k + 1) % 1300][0]] if k % 23 == 0 else None,
                r.choice([0] * 45 + [1] * 10 + [2] * 4 + [6]),
            )
        for _ in range(int(r.gauss(190, 22) * half * rush)):
            ip, ua, t = self.ip(), r.choice(BROWSERS), self.at(i, r.triangular(5, 23.8, 13))
            ref = r.choice([None, "https://www.google.com/", "https://search.yahoo.co.jp/"])
            for k in range(min(9, int(r.paretovariate(1.1)))):
                page = "/kenshin/" if rush > 1 and k == 0 else r.choice(PAGES)
                self.emit("www", t, ip, None, f"GET {page}", ref=ref, ua=ua)
                for a in r.sample(ASSETS, r.choice([0, 1, 2] if k else [2, 3, 4])):
                    self.emit(
                        "www",
                        self.wait(t, 0, 1),
                        ip,
                        None,
                        f"GET {a}",
                        r.choice([200, 200, 304]),
                        ref=f"https://{HOSTS['www']}{page}",
                        ua=ua,
                    )
                t, ref = self.wait(t, 8, 120), f"https://{HOSTS['www']}{page}"
            if r.random() < 0.2:  # books, or looks a booking up again
                if new := r.random() < 0.7:
                    self.booking += r.randrange(1, 4)
                    self.emit("www", t, ip, None, "POST /reserve", 302, ref=ref, ua=ua)
                self.emit(
                    "www",
                    self.wait(t, 1, 2),
                    ip,
                    None,
                    f"GET /reserve/confirm?no={self.booking - (0 if new else r.randrange(300))}",
                    200,
                    5210,
                    ua=ua,
                )
        for net, ua, mean in BOTS:
            for _ in range(self.tail(mean)):
                self.emit(
                    "www",
                    self.at(i, r.uniform(0, 24)),
                    net + str(r.randrange(1, 60)),
                    None,
                    f"GET {r.choice(PAGES + ['/robots.txt'])}",
                    ua=f"Mozilla/5.0 (compatible; {ua})",
                )
        for _ in range(r.randrange(4, 11)):
            ip, t, site, ua = (
                self.ip(FAR),
                self.at(i, r.uniform(0, 23.9)),
                r.choice(["www", "www", "portal", "renkei"]),
                r.choice(["Mozilla/5.0", "Go-http-client/1.1"]),
            )
            self.series(
                site,
                t,
                ip,
                None,
                [f"GET {x}" for x in r.sample(NOISE, min(len(NOISE), int(r.paretovariate(0.8))))],
                0.2,
                3,
                404,
                ua=ua,
            )

    def live(self) -> None:
        """All ordinary days."""
        for i in range(self.n):
            here = [p for p in self.who("doctor") if self.working(p, i)]
            oncall = self.r.sample([p for p in self.who("doctor") if p.dept != "臨床研修"], 4)
            self.duty[i].update({p.uid: (8.2, 18.0, p.ip) for p in here})
            for part in (self.wards, self.outpatients):
                part(i, here, oncall)
            for part in (self.machines, self.clinics, self.referral, self.public):
                part(i)
            self.known.append(len(self.letters))

    def pry(
        self,
        p: Person,
        days: list[int],
        hour: float,
        pids: Callable[[], list[str]],
        ip: str = "",
        deep: float = 1.0,
    ) -> Seen:
        """Somebody reads charts on some days, at an hour or early in the shift; what a story returns."""
        for i in days:
            t = self.at(
                i, (hour or self.duty[i].get(p.uid, (9.0,))[0] + 2) + self.r.uniform(0, 1.5)
            )
            self.charts(
                p, self.logon("karte", p.karte, t, ip) if ip else t, pids(), ip or p.ip, deep
            )
        return days, ["karte"], [p.karte]

    def some(self, pids: list[str], lo: int, hi: int) -> Callable[[], list[str]]:
        """Between lo and hi of these people, anew each time."""
        return lambda: self.r.sample(pids, self.r.randrange(lo, hi))


# ---- What one would fear. Each writes its lines; its docstring is: grade | family | what | how it is seen; `slow` spreads it over days ----
def vip_peek(w: World, slow: bool) -> Seen:
    """easy|other|An orthopaedic nurse read the chart of a watched public figure who lies in another ward.|The watch list; she has no patient in ward 4E."""
    return w.pry(
        p := w.take("nurse", "5E"),
        w.spread(14 if slow else 4, 5 if slow else 1, p),
        0,
        lambda: [w.vip[0]] * 4,
        "10.20.54.15",
        2,
    )


def evening_exports(w: World, slow: bool) -> Seen:
    """easy|export|A clerk exported whole departments' patients late in the evening.|Nobody ever uses that export; megabytes after 21 h."""
    days = w.spread(12 if slow else 3, 6 if slow else 1, p := w.take("clerk", "医事課"))
    for i in days:
        t = w.logon("iji", p.uid, w.at(i, 21.6 + w.r.random()), p.ip)
        w.series(
            "iji",
            t,
            p.ip,
            p.uid,
            [
                f"GET /export/patients?dept={k % 29 + 1}&page={k // 29 + 1}"
                for k in range(6 if slow else 28)
            ],
            15,
            60,
            size=w.r.randrange(900000, 4000000),
        )
    return days, ["iji"], [p.uid]


def portal_walk(w: World, slow: bool) -> Seen:
    """easy|outsider|A visitor walked through patient numbers and got the results of hundreds.|Ascending subjects from one address at night, half of them 200."""
    ip, n0, days = w.ip(), w.r.randrange(20000, 60000), w.spread(9 if slow else 1, 5, None, False)
    for k, i in enumerate(days):
        t = w.logon("portal", None, w.at(i, w.r.uniform(1, 4)), ip, 0, ua=BROWSERS[3])
        w.series(
            "portal",
            t,
            ip,
            None,
            [
                f"[{w.r.choice((200, 404))}] GET /api/patients/{n0 + 400 * k + j:08d}/results"
                for j in range(90 if slow else 380)
            ],
            1,
            6,
            ua=BROWSERS[3],
        )
    return days, ["portal"], [ip]


def partner_forced(w: World, slow: bool) -> Seen:
    """easy|login|A partner's password was guessed from abroad, and letters of other offices were read.|Hundreds of 401 for one account, then 302 and a series of letters."""
    p, ip, days, ua, sid = (
        w.take("partner", place="renkei"),
        w.ip(FAR),
        w.spread(8 if slow else 1, 5, None, False),
        "python-requests/2.31.0",
        w.sid(),
    )
    for i in days:
        t = w.series(
            "renkei",
            w.at(i, w.r.uniform(1, 5)),
            ip,
            p.uid,
            ["POST /login"] * (110 if slow else 420),
            1,
            5,
            401,
            ua=ua,
        )
    w.series(
        "renkei",
        w.logon("renkei", p.uid, t, ip, 0, sid, ua),
        ip,
        p.uid,
        [f"GET /referrals/{x}" for x, _ in w.letters[: w.known[days[-1] - 1]][-28:]],
        3,
        12,
        ua=ua,
        sid=sid,
    )
    return days, ["renkei"], [p.uid, ip]


def clinic_silent(w: World, slow: bool) -> Seen:
    """easy|silence|A clinic's log did not arrive for a whole working day.|The clinic is open on that weekday and always wrote some three hundred lines."""
    i = w.late()
    site = "clinic-" + w.r.choice([c for c in CLINICS if CLINICS[c][2] != w.days[i].weekday()])
    w.drops.append(lambda x: x.site == site and w.days[i] == x.t.date())
    return [i], [site], [site]


def claims_down(w: World, slow: bool) -> Seen:
    """easy|errors|Two thirds of the requests to the claims system failed all morning.|500 from 9:30 to 13:00 on a site that hardly ever has one."""
    i = w.late()
    for x in w.lines:
        if x.site == "iji" and w.at(i, 9.5) < x.t < w.at(i, 13) and w.r.random() < 0.65:
            x.status, x.size, x.tag = 500, 640, x.tag or w.tag
    return [i], ["iji"], ["iji"]


def lone_probe(w: World, slow: bool) -> Seen:
    """easy|web|Three tries at path traversal that got nothing.|The paths; answers 400 and 404."""
    ip, i = w.ip(FAR), w.late(1, False)
    w.series(
        "www",
        w.at(i, 3.5),
        ip,
        None,
        [
            "GET /../../../etc/passwd",
            "[404] GET /doctor/?dept=..%2f..%2fetc%2fpasswd",
            "GET /cgi-bin/.%2e/.%2e/bin/sh",
        ],
        1,
        3,
        400,
        ua="zgrab/0.x",
    )
    return [i], ["www"], [ip]


def ward_tour(w: World, slow: bool) -> Seen:
    """medium|amount|A nurse read charts of people who were neither in her ward nor expected.|Far more people than she and her peers ever read, untouched by her ward."""
    return w.pry(
        p := w.take("nurse", "3E"),
        w.spread(16 if slow else 4, 8 if slow else 1, p),
        0,
        w.some(w.pool, 11, 17) if slow else w.some(w.pool, 40, 50),
        "10.20.51.14",
        0.5,
    )


def clerk_night(w: World, slow: bool) -> Seen:
    """medium|hours|A liaison clerk's account was used at night at a ward's terminal.|She works by day, at her desk, in another system."""
    return w.pry(
        w.take("clerk", "地域連携室"),
        w.spread(12 if slow else 1, 5),
        1,
        w.some(w.pool, 8, 11) if slow else w.some(w.pool, 22, 28),
        "10.20.53.17",
    )


def stolen_session(w: World, slow: bool) -> Seen:
    """medium|session|A partner's session was used from the office and from a hosting address at once.|One session, two addresses and browsers within a minute; old letters."""
    p, i, sid, ip = w.take("partner", place="renkei"), w.late(), w.sid(), w.ip(FAR)
    t = w.logon("renkei", p.uid, w.at(i, w.r.uniform(10, 15)), p.ip, 0, sid)
    w.series("renkei", t, p.ip, p.uid, ["GET /referrals"] * 5, 20, 90, sid=sid)
    w.series(
        "renkei",
        t,
        ip,
        p.uid,
        [f"GET /referrals/{x}" for x, _ in w.r.sample(w.letters[:100], 12)],
        15,
        50,
        sid=sid,
        ua=BROWSERS[4],
    )
    return [i], ["renkei"], [p.uid, ip]


def spraying(w: World, slow: bool) -> Seen:
    """medium|login|All partners' accounts were tried once a night from eleven addresses; one opened.|401 for accounts that sleep at that hour, no page ever loaded."""
    days, ips, hit, more = (
        w.spread(9 if slow else 3, 6, None, False),
        [w.ip(FAR) for _ in range(11)],
        w.take("partner", place="renkei"),
        {"ua": BROWSERS[3], "sid": w.sid()},
    )
    for i, p in ((i, p) for i in days for p in w.partners):
        w.emit(
            "renkei",
            w.at(i, w.r.uniform(0.5, 5.5)),
            w.r.choice(ips),
            p.uid,
            "POST /login",
            401,
            ua=BROWSERS[3],
        )
    w.series(
        "renkei",
        w.at(days[-1], 5.6),
        ips[0],
        hit.uid,
        ["[302] POST /login", "GET /referrals"],
        **more,
    )
    return days, ["renkei"], ips + [hit.uid, "renkei"]


def left_staff(w: World, slow: bool) -> Seen:
    """medium|other|The account of a therapist who had left six days before was used through the VPN.|left_on in the personnel list; never through the VPN before."""
    i, p = w.late(), w.take("tech", "リハビリ科")
    p.left = w.days[i - 6]
    w.lines = [x for x in w.lines if x.user != p.karte or x.t.date() <= w.days[i - 6]]
    return w.pry(p, [i], 20, w.some(w.pool, 12, 16), "10.20.250.77")


def other_clinic(w: World, slow: bool) -> Seen:
    """medium|other_site|A clerk of the station clinic read patients of the harbour clinic.|She was never on that site; the address is the other clinic's."""
    p, ip = w.take("clerk", place="eki"), "10.31.1.66"
    days = [i for i in w.spread(18 if slow else 5, 9, p) if w.days[i].weekday() != 2][
        : 9 if slow else 1
    ] or [w.n - 1]
    for i in days:
        w.series(
            "clinic-minato",
            w.at(i, w.r.uniform(14, 17)),
            ip,
            p.uid,
            [f"GET /c/patient/{x}" for x in w.r.sample(w.clinic_pool["minato"], 5 if slow else 27)],
            15,
            70,
        )
    return days, ["clinic-minato"], [p.uid]


def chart_gap(w: World, slow: bool) -> Seen:
    """medium|silence|For some hours of a working day no line of the charts was kept.|The wards worked, claims were busy; even the monitor's calls are missing."""
    i, a = w.late(), w.r.uniform(9.5, 14)
    lo, hi = w.at(i, a), w.at(i, a + w.r.uniform(2, 3.6))
    w.drops.append(lambda x: x.site == "karte" and lo < x.t < hi)
    return [i], ["karte"], ["karte"]


def mothers(w: World, slow: bool) -> Seen:
    """hard|weeks|A clerk looked up a few young mothers a day, for a photographer.|Her subjects without a visit are nearly all of ward 3W, for weeks, hers alone."""
    days = w.spread(24 if slow else 15, 15 if slow else 9, p := w.take("clerk", "医事課"))
    for i, x in ((i, x) for i in days for x in w.r.sample(w.mothers, w.r.randrange(4, 8))):
        w.emit("iji", w.at(i, w.r.uniform(9, 17)), p.ip, p.uid, f"GET /patient/{x}/account")
    return days, ["iji"], [p.uid]


def the_ex(w: World, slow: bool) -> Seen:
    """hard|weeks|A technician kept looking at one woman who is no patient at present.|One subject on many days, by him alone: no visit, bed, doctor or bill."""
    return w.pry(
        p := w.take("tech", "検査科"),
        w.spread(26 if slow else 15, 12 if slow else 8, p),
        w.r.uniform(9, 14),
        lambda: [w.ex],
        "",
        0.8,
    )


def letters_beyond(w: World, slow: bool) -> Seen:
    """hard|weeks|A partner fetched PDFs of letters that other offices had written.|PDFs without their page, of letters only another office wrote and reads; some 403."""
    p, days = w.take("partner", place="renkei"), w.spread(22 if slow else 12, 12 if slow else 7)
    for i in days:
        sid, foreign = w.sid(), [x for x, o in w.letters[: w.known[i - 1]] if o != p.uid[2:5]]
        pdfs = [
            f"[{w.r.choice((200, 200, 200, 200, 403))}] GET /referrals/{x}/pdf"
            for x in w.r.sample(foreign, w.r.randrange(2, 6))
        ]
        w.series(
            "renkei",
            w.logon("renkei", p.uid, w.at(i, w.r.uniform(12, 18)), p.ip, 0, sid),
            p.ip,
            p.uid,
            pdfs,
            20,
            200,
            size=w.r.randrange(60000, 900000),
            sid=sid,
        )
    return days, ["renkei"], [p.uid]


def off_duty(w: World, slow: bool) -> Seen:
    """hard|place|A nurse's account was used in the ICU when she had no shift.|A foreign ward's terminal, none of its patients, no ward list, no shift of hers before or after."""
    p = w.take("nurse", "4E")
    free = [
        i
        for i in range(w.late(18 if slow else 12, False), w.n)
        if p.uid not in w.duty[i] and w.duty[i - 1].get(p.uid, (0,))[0] < 14
    ]
    return w.pry(
        p,
        sorted(w.r.sample(free, min(len(free), 7 if slow else 4))),
        w.r.uniform(11, 20),
        w.some(w.pool, 5, 9),
        "10.20.55.12",
        0.8,
    )


def slow_guess(w: World, slow: bool) -> Seen:
    """hard|login|One address tried patients' passwords about once an hour, day and night, and got in at last.|Never loads a page, never sleeps; two dozen 401 a day."""
    span, ip, ua = 12 if slow else 6, w.ip(), BROWSERS[2]
    a = w.late(span, False)
    for i in range(a, a + span):
        w.series("portal", w.at(i, 0), ip, None, ["POST /login"] * 26, 1200, 5000, 401, ua=ua)
    w.series(
        "portal",
        w.at(a + span - 1, 23.97),
        ip,
        None,
        ["[302] POST /login", f"GET /api/patients/{w.users[77][0]}/results"],
        1,
        4,
        ua=ua,
    )
    return list(range(a, a + span)), ["portal"], [ip]


def neighbours(w: World, slow: bool) -> Seen:
    """hard|outsider|A patient changed the number in the address and read the results of others.|Numbers just beside his own, each evening others; families keep to two."""
    (pid, ip, ua), days = w.users[200], w.spread(10 if slow else 3, 5 if slow else 2, None, False)
    for i in days:
        w.patient(
            i,
            w.r.uniform(19, 23),
            (pid, ip, ua),
            [f"{int(pid) + d:08d}" for d in w.r.sample([-4, -3, -2, -1, 1, 2, 3, 5], 5)],
            ip=ip,
        )
    return days, ["portal"], [ip]


def feed_stops(w: World, slow: bool) -> Seen:
    """hard|silence|The feed of laboratory results stopped for a day.|Its six calls an hour are missing while the site is as busy as ever."""
    i = w.late(2)
    lo, hi = w.at(i, w.r.uniform(8, 15)), w.at(i + 1, w.r.uniform(9, 12))
    w.drops.append(lambda x: x.user == "SHIOMI\\svc-hl7" and lo < x.t < hi)
    return [i, i + 1], ["karte"], ["SHIOMI\\svc-hl7", "karte"]


def leaver(w: World, slow: bool) -> Seen:
    """hard|export|A surgeon who leaves within weeks printed charts of former patients, some a day.|Prints are rare; people without a visit; left_on in the personnel list."""
    days = w.spread(16 if slow else 9, 9 if slow else 6, p := w.take("doctor", "整形外科"))
    p.left, former = w.days[days[-1]] + timedelta(days=9), w.seen[p.uid][: len(w.seen[p.uid]) // 3]
    for i, x in ((i, x) for i in days for x in w.r.sample(former, w.r.randrange(5, 9))):
        w.emit(
            "karte",
            w.charts(p, w.at(i, w.r.uniform(12, 18.5)), [x], p.ip, 0.2),
            p.ip,
            p.karte,
            f"GET /karte/patient/{x}/print",
            200,
            w.r.randrange(60000, 300000),
        )
    return days, ["karte"], [p.karte]


def booking_scrape(w: World, slow: bool) -> Seen:
    """hard|outsider|Old bookings were read in ascending order, each from another address.|Ascending numbers older than anybody asks for, one browser, no parts loaded."""
    days, no, ips = (
        w.spread(12 if slow else 7, 8 if slow else 6, None, False),
        728800 + w.r.randrange(500),
        [w.ip() for _ in range(110)],
    )
    for i, k in ((i, k) for i in days for k in range(13)):
        w.emit(
            "www",
            w.at(i, 1 + k * 1.6 + w.r.random()),
            ips.pop(),
            None,
            f"GET /reserve/confirm?no={(no := no + 1)}",
            200,
            5210,
            ua=BROWSERS[1],
        )
    return days, ["www"], ["www"] + sorted({x.ip for x in w.lines if x.tag == w.tag})


SPREADABLE = [
    vip_peek,
    evening_exports,
    portal_walk,
    partner_forced,
    ward_tour,
    clerk_night,
    spraying,
    other_clinic,
    mothers,
    the_ex,
    letters_beyond,
    off_duty,
    slow_guess,
    neighbours,
    leaver,
    booking_scrape,
]
QUICK = [clinic_silent, claims_down, lone_probe, stolen_session, left_staff, chart_gap, feed_stops]


def fears(w: World) -> None:
    """Draws the incidents: a third of each grade; in a world of weeks most are slow."""
    for grade in ("easy", "medium", "hard"):
        slow, quick = (
            [s for s in some if (s.__doc__ or "").startswith(grade)] for some in (SPREADABLE, QUICK)
        )
        for story in (
            w.r.sample(slow, 3) + w.r.sample(quick, 1)
            if w.n >= 60
            else w.r.sample(slow + quick, w.r.choice([5, 5, 6]))
        ):
            w.tag, (_, family, what, how) = (
                f"i{len(w.incidents) + 1:02d}",
                (story.__doc__ or "").split("|"),
            )
            days, sites, actors = story(w, w.n >= 60)
            w.incidents.append(
                {
                    "id": w.tag,
                    "grade": grade,
                    "family": family,
                    "first_day": str(w.days[days[0]]),
                    "last_day": str(w.days[days[-1]]),
                    "site_ids": sites,
                    "actors": actors,
                    "what": what,
                    "how_seen": how,
                    "lines": 0,
                    "woken": story is not lone_probe,
                }
            )
    w.lines = [x for x in w.lines if not any(drop(x) for drop in w.drops)]
    for inc in w.incidents:
        inc["lines"] = sum(x.tag == inc["id"] for x in w.lines)
    w.incidents = [inc for inc in w.incidents if inc["lines"] or inc["family"] == "silence"]


def odd_days(w: World) -> None:
    """What looks odd and is well; much of it is already in the ordinary days."""
    r, n, work = w.r, w.n, [i for i in range(8, w.n - 6) if w.factor(i) == 1]
    audit, crash, fix, first, end = (
        r.choice(work[5:]),
        r.choice(work),
        r.choice(work),
        r.choice(work),
        n - 1,
    )
    (auditor, vendor), new, helper, nat = (
        (w.auditors[0], w.vendors[0]),
        w.take("clerk", "医事課"),
        w.take("nurse", "外来"),
        w.ip(),
    )
    w.pry(
        auditor,
        [i for i in range(audit, audit + 5) if w.factor(i) == 1],
        9.5,
        w.some(w.pool, 30, 60),
        auditor.ip,
        1.5,
    )
    w.pry(vendor, [fix], 22, w.some(w.pool, 6, 9), vendor.ip)
    w.rights = [
        [p.karte, "", "", "3", str(w.days[a]), str(w.days[a + k])]
        for p, a, k in ((auditor, audit, 4), (vendor, fix, 1))
    ]
    for p in w.who("doctor", "救急科") + w.who("nurse", "ICU病棟")[:4]:
        w.pry(p, [crash], 19, w.some(w.pool[:14], 9, 14), "10.20.55.14", 1.5)
    new.joined = w.days[first]
    w.lines = [
        x
        for x in w.lines
        if not (
            x.user == new.uid
            and x.t.date() < new.joined
            or x.user == helper.karte
            and x.t.weekday() == 1
        )
    ]
    for i in (i for i in range(n) if new.uid in w.duty[i]):
        for _ in range(0 if i < first else r.randrange(15, 45) if i < first + 10 else 4):
            w.emit(
                "iji",
                w.at(i, r.uniform(9, 17)),
                new.ip,
                new.uid,
                f"GET /patient/{r.choice(r.choice(list(w.seen.values())))}/account",
            )
    for i in (i for i in range(n) if w.days[i].weekday() == 1 and w.factor(i) == 1):
        w.series(
            "clinic-eki",
            w.at(i, 9),
            "10.31.1.40",
            helper.uid,
            ["[302] POST /c/login"]
            + [
                f"GET /c/patient/{x}"
                for x in r.sample(w.clinic_pool["eki"][:700], r.randrange(12, 26))
            ],
            200,
            900,
        )
    for u in r.sample(w.users, 45):
        w.patient(
            audit - r.choice((0, 1)),
            r.choice([12.2, 12.6, 15, 17.8]) + r.random() / 3,
            u,
            fails=r.choice([0, 0, 0, 1, 3]),
            ip=nat,
        )
    sun = next((i for i in range(r.randrange(7, n - 7), n) if w.days[i].weekday() == 6))
    lo, hi, down, up = w.at(sun, 2), w.at(sun, 4.5), w.at(fix, 22), w.at(fix, 22.1)
    w.lines = [x for x in w.lines if not (x.site == "karte" and lo < x.t < hi and x.user)]
    for x in w.lines:
        if x.site == "karte" and lo < x.t < hi or x.site == "portal" and down < x.t < up:
            x.status, x.size = 503 if x.site == "karte" else 502, 312
    clinics = " ".join(f"clinic-{c}" for c in CLINICS)
    names = lambda *group: [p.karte if p.place == "hospital" else p.uid for p in w.who(*group)]
    for a, b, sites, actors, what, why in (
        (
            audit,
            audit + 4,
            "karte",
            [auditor.karte],
            "an auditor reads dozens of charts a day",
            "announced: privileges.csv names her week",
        ),
        (
            fix,
            fix,
            "karte",
            [vendor.karte],
            "the vendor looks into charts at 22 h, never seen before",
            "announced: privileges.csv names the night",
        ),
        (
            crash,
            crash,
            "karte",
            names("doctor", "救急科"),
            "emergency staff open a dozen charts each in an evening",
            "a bus accident: all open the same dozen",
        ),
        (
            first,
            first + 10,
            "iji",
            [new.uid],
            "a new clerk opens many accounts to learn",
            "joined_on; patients of these weeks, of all departments",
        ),
        (
            0,
            end,
            "clinic-eki",
            [helper.uid],
            "a nurse of the hospital works at the station clinic on Tuesdays",
            "every Tuesday since long",
        ),
        (
            audit - 1,
            audit,
            "portal",
            [nat],
            "dozens of patients, some with refusals, from one address",
            "a company's staff read their health checks at noon",
        ),
        (
            sun,
            sun,
            "karte",
            ["karte"],
            "no use of the charts from 2:00 to 4:30 on a Sunday, 503 for the monitor",
            "planned maintenance with its page up",
        ),
        (fix, fix, "portal", ["portal"], "502 for six minutes at 22 h", "a deploy"),
        (
            w.typhoon,
            w.typhoon,
            "portal www iji " + clinics,
            ["portal", "www", *clinics.split()],
            "few visits, clinics shut, the web doubled",
            "a typhoon, everywhere together",
        ),
        (
            w.campaign,
            w.campaign + 2,
            "portal www",
            ["portal", "www"],
            "nearly twice the visitors for three days",
            "the health check campaign opens",
        ),
        (
            w.move,
            end,
            "clinic-minato",
            names("clerk", None, "minato"),
            "all staff of a clinic under other addresses",
            "the clinic moved, all together",
        ),
        (
            0,
            end,
            "clinic-higashi",
            names("nurse", None, "higashi"),
            "addresses that change within a day",
            "tablets on home visits",
        ),
        (
            0,
            end,
            "iji",
            names("clerk", "医事課"),
            "clerks in the claims until 21 h and many people each, 1st to 9th of a month",
            "claims go out by the 10th",
        ),
        (
            0,
            end,
            "karte",
            names("office", "診療情報管理室"),
            "charts of people without a visit, every day",
            "coding of discharges is their work",
        ),
        (
            0,
            end,
            "karte",
            names("doctor", "外科"),
            "fourteen charts within minutes at one terminal, Wednesday 17:30",
            "the conference",
        ),
        (
            0,
            end,
            "karte",
            names("doctor", "内科"),
            "single charts at 3 h through the VPN",
            "on call",
        ),
        (0, end, "karte", names("doctor", "臨床研修"), "charts in all wards", "trainees go round"),
        (
            0,
            end,
            "portal",
            ["portal"],
            "five refusals, a reset, a success from one address",
            "patients forget passwords",
        ),
        (
            0,
            end,
            "portal",
            [w.users[23][1]],
            "one visitor, two patients' results, always the same two",
            "a mother and her child",
        ),
        (0, end, "www", ["www"], "crawlers by the hundred", "welcome, public pages only"),
        (
            0,
            end,
            "www portal renkei",
            ["www", "portal", "renkei"],
            "scanners asking for what is not there",
            "404 to all",
        ),
        (
            0,
            end,
            clinics,
            clinics.split(),
            "no line on Sundays, holidays and the closing day",
            "closed",
        ),
    ):
        w.annoyances.append(
            {
                "id": f"a{len(w.annoyances) + 1:02d}",
                "first_day": str(w.days[a]),
                "last_day": str(w.days[min(b, end)]),
                "site_ids": sites.split(),
                "actors": actors,
                "what": what,
                "why_not": why,
            }
        )


IIS = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes time-taken"


def text(x: Line) -> str:
    """A line as its server writes it."""
    u, host, q, ref, user, sec = (
        x.t - timedelta(hours=9),
        HOSTS[x.site],
        f"{x.method} {x.target} HTTP/1.1",
        x.ref or "-",
        x.user or "-",
        f"{x.ms / 1000:.3f}",
    )
    local, (stem, query) = f"{x.t:%d/%b/%Y:%H:%M:%S} +0900", (x.target + "?-").split("?")[:2]
    if x.site == "karte":
        return f"{u:%F %T} 10.20.1.10 {x.method} {stem} {query} 443 {user} {x.ip} {x.ua.replace(' ', '+')} {ref} {host} {x.status} 0 0 {x.size} {x.ms}"
    if x.site == "iji":
        return f'{host}:443 {x.ip} - {user} [{local}] "{q}" {x.status} {x.size or "-"} "{ref}" "{x.ua}" {x.ms * 1000}'
    if x.site == "www":
        return f'{x.ip} - - [{local}] "{q}" {x.status} {x.size or "-"} "{ref}" "{x.ua}"'
    if x.site == "renkei":
        return json.dumps(
            {
                "time": f"{x.t:%FT%T}+09:00",
                "host": host,
                "ip": x.ip,
                "user": x.user or "",
                "request": q,
                "status": str(x.status),
                "bytes": str(x.size),
                "rt": sec,
                "ua": x.ua,
                "sid": x.sid or "",
            }
        )
    if x.site == "portal":
        return (
            f'https {u:%FT%T.%f}Z app/shiomi-portal/50dc6c495c0c9188 {x.ip}:{40000 + x.ms} 10.30.0.12:8080 0.001 {sec} 0.000 {x.status} {x.status} 412 {x.size} "{x.method} https://{host}:443{x.target} '
            f'HTTP/2.0" "{x.ua}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/p/7 "Root=1-{x.ms:08x}-{x.size:024x}" "{host}" "-" 0 '
            f'{u:%FT%T.%f}Z "forward" "-" "-" "10.30.0.12:8080" "{x.status}" "-" "-"'
        )
    return f"time:[{local}]\thost:{x.ip}\tuser:{user}\treq:{q}\tstatus:{x.status}\tsize:{x.size}\treqtime:{sec}\tua:{x.ua}\tvhost:{host}"


SETTINGS = r"""# 汐見総合病院 情報システム室
timezone: Asia/Tokyo
locale: ja
business_hours: {days: [mon, tue, wed, thu, fri, sat], from: "08:00", to: "20:00", holidays: JP}
context: {people: people.csv, privileges: privileges.csv, watch: watch.csv}
user_types:
  - {pattern: '^(SHIOMI\\)?svc-', type: system}
  - {pattern: '^((SHIOMI\\)?(vd|au)|rp)[0-9]', type: contractor}
  - {pattern: '^(SHIOMI\\)?[dnkms][0-9]{4}$', type: staff}
resources:
  karte: [{id: karte-login, LOGIN, path: /karte/logon}, {id: karte-chart, RECORD, path: "/karte/patient/{subject}"}, {id: karte-part, RECORD, path: "/karte/patient/{subject}/*"},
          {id: karte-print, EXPORT, path: "/karte/patient/{subject}/print"}, {id: karte-ward, LIST, path: "/karte/ward/*"}]
  iji: [{id: iji-login, LOGIN, path: /login}, {id: iji-patient, RECORD, path: "/patient/{subject}/*"}, {id: iji-today, LIST, path: /reception/today}, {id: iji-export, EXPORT, path: "/export/*"}]
  renkei: [{id: renkei-login, LOGIN, path: /login}, {id: letters, LIST, path: /referrals}, {id: letter, RECORD, path: "/referrals/{subject}"}, {id: letter-pdf, RECORD, path: "/referrals/{subject}/pdf"}]
  portal: [{id: portal-login, LOGIN, path: /login}, {id: portal-data, RECORD, path: "/api/patients/{subject}/*"}]
  www: [{id: booking, kind: record, path: "/reserve/confirm?no={subject}", level: 1, categories: [name]}]
  clinic: [{id: clinic-login, LOGIN, path: /c/login}, {id: clinic-chart, RECORD, path: "/c/patient/{subject}"}, {id: clinic-memo, RECORD, path: "/c/patient/{subject}/memo"},
           {id: clinic-day, LIST, path: /c/reserve}]
sites:
  - {id: karte, group: main, domains: [karte.shiomi-hp.example], logs: ["karte/u_ex*.log"], format: auto, resources: karte, hours: always}
  - {id: iji, group: main, domains: [iji.shiomi-hp.example], logs: ["iji/access_log*"], format: '%v:%p %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D', resources: iji, hours: business}
  - {id: renkei, group: main, domains: [renkei.shiomi-hp.example], logs: ["renkei/*.json"], resources: renkei, hours: always, format: 'escape=json {"time": "$time_iso8601", "host": "$host",
      "ip": "$remote_addr", "user": "$remote_user", "request": "$request", "status": "$status", "bytes": "$body_bytes_sent", "rt": "$request_time", "ua": "$http_user_agent", "sid": "$cookie_sid"}'}
  - {id: portal, group: main, domains: [my.shiomi-hp.example], logs: ["portal/*.log.gz"], format: auto, resources: portal, hours: always}
  - {id: www, group: main, domains: [www.shiomi-hp.example], logs: ["www/access.log*"], format: combined, resources: www, hours: always}
  - {id: "clinic-{clinic}", group: clinics, domains: ["{clinic}.shiomi-cl.example"], logs: ["clinic/{clinic}/*.ltsv"], roster: clinics.csv, resources: clinic, hours: business,
     format: 'time:%t\thost:%h\tuser:%u\treq:%r\tstatus:%>s\tsize:%B\treqtime:%T\tua:%{User-Agent}i\tvhost:%V'}
"""
KINDS = {
    "LOGIN": "kind: login, methods: [POST], success: [302], failure: [401]",
    "LIST": "kind: list, level: 2, categories: [name], methods: [GET]",
    **{
        k.upper(): f"kind: {k}, level: 3, categories: [name, address, medical_history]"
        for k in ("record", "export")
    },
}


def write(w: World, out: Path) -> None:
    """Settings, lists, log files, truth."""
    names = {
        "karte": "karte/u_ex{:%y%m%d}.log",
        "iji": "iji/access_log-{:%Y%m%d}.gz",
        "renkei": "renkei/access_{:%Y%m%d}.json",
        "www": "www/access.log-{:%Y%m%d}",
        "portal": "portal/123456789012_elasticloadbalancing_ap-northeast-1_app.shiomi-portal_{:%Y%m%d}.log.gz",
    }
    files: dict[str, list[str]] = {}
    for x in sorted(w.lines, key=lambda x: x.t):
        files.setdefault(
            names.get(x.site, f"clinic/{x.site[7:]}/access_{{:%Y%m%d}}.ltsv").format(x.t), []
        ).append(text(x))
    for name, lines in files.items():
        if name.startswith("karte"):
            lines[:0] = [
                "#Software: Microsoft Internet Information Services 10.0",
                "#Version: 1.0",
                f"#Date: {lines[0][:19]}",
                "#Fields: " + IIS,
            ]
        data, path = ("\n".join(lines) + "\n").encode(), out / "logs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
    people = [
        [u, p.uid, p.dept, p.place, p.type, p.company, str(p.joined), str(p.left or "")]
        for p in w.people
        for u in (
            [p.uid]
            if p.place != "hospital"
            else [p.karte]
            if p.role in ("doctor", "tech", "office", "vendor")
            else [p.uid, p.karte]
        )
    ]
    watch = (
        [[p, "vip", "", "公人"] for p in w.vip]
        + [[w.decoy, "decoy", "", "見張り用の架空患者"]]
        + [[p, "staff", "", "職員本人"] for p in w.colleagues]
    )
    watch += [
        [p, "relation", n.karte, "職員の家族"] for p, n in zip(w.family, w.who("nurse", "3E病棟"))
    ]
    rights = w.rights + [
        ["", dept, "", "3", "", ""]
        for dept in dict.fromkeys(p.dept for p in w.people if p.role != "vendor")
    ]
    for name, head, rows in (
        ("people", "user,person,department,site,type,company,joined_on,left_on", people),
        ("watch", "subject,kind,user,reason", watch),
        ("privileges", "user,department,resource,level,from,to", rights),
        ("clinics", "clinic,opened_on,name", [[c, "2012-04-01", v[0]] for c, v in CLINICS.items()]),
    ):
        with open(out / f"{name}.csv", "w", encoding="utf-8", newline="") as f:
            csv.writer(f, lineterminator="\n").writerows([head.split(","), *rows])
    truth = {
        "seed": w.seed,
        "days": [str(d) for d in w.days],
        "about": "Shiomi General Hospital: some 140 beds, 230 outpatients a day, three clinics, two dozen referring offices and a portal for patients. "
        "Charts (IIS), claims (Apache), referral letters (nginx), portal (ALB, no users in the log), public site, clinics (LTSV).",
        "incidents": w.incidents,
        "annoyances": w.annoyances,
    }
    settings = "".join(
        KINDS.get(x, x) for x in re.split(r"\b(LOGIN|LIST|RECORD|EXPORT)\b", SETTINGS)
    )
    (out / "mimamori.yaml").write_text(settings, encoding="utf-8")
    (out / "truth.json").write_text(
        json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for option, kind in (("--seed", int), ("--days", int), ("--out", Path)):
        parser.add_argument(option, type=kind, required=True)
    world = World((args := parser.parse_args()).seed, args.days)
    for part in (
        world.live,
        lambda: odd_days(world),
        lambda: fears(world),
        lambda: write(world, args.out),
    ):
        part()
