"""A drawn company: the call centre of Hinata Sonpo, a Japanese non-life insurer (claims, operators in two cities, a portal).

    python insurer.py --seed 7 --days 35 --out DIR

Writes DIR/mimamori.yaml with its context files, DIR/logs and DIR/truth.json; the same bytes for the same seed and days.
"""

from __future__ import annotations

import argparse, gzip, json, random  # noqa: E401
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

DAY, DOM = 86400, "hinata-sonpo.example"
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
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
EDGE = CHROME + " Edg/{v}.0.0.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_{v} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{v} "
    "Mobile/15E148 Safari/604.1"
)
ANDROID = "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{v} Safari/605.1.15"
BOTS = [
    (
        "66.249.66.33",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        130,
    ),
    ("40.77.167.14", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", 60),
    (
        "203.104.209.7",
        "Mozilla/5.0 (compatible; MachinaSiteSearch/3.2; +https://sitesearch.machina.example/bot)",
        900,
    ),
]
MONITOR = "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)"
NOISE = (
    "/.env /wp-login.php /.git/config /vendor/phpunit/src/Util/PHP/eval-stdin.php /phpmyadmin/index.php /xmlrpc.php /admin/ /HNAP1 /cgi-bin/luci "
    "/actuator/health /server-status /owa/auth/logon.aspx /api/v1/pods /config.json /robots.txt /.aws/credentials /solr/admin /boaform/admin"
).split()
PAGES = (
    "/ /auto/ /auto/price/ /fire/ /travel/ /accident/ /accident/flow/ /faq/ /faq/q12.html /contact/ /agency/search /company/ /news/ /quote/start "
    "/privacy/ /info/ /assets/main.css /assets/app.js /img/top.webp"
).split()
SURNAMES = "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水 山崎 森 池田 橋本 阿部".split()
GIVEN = "陽子 健太 美咲 翔 恵 大輔 由美 直樹 香織 拓也 真理 亮 千尋 誠 愛 浩二 久美子 涼 和也 麻衣".split()
DEPTS = """claims-sendai sendai staff 20 8.7-17.6,9-18.6 office .06|claims-fukuoka fukuoka staff 15 8.7-17.6,9-18.6 office .06
desk-sendai sendai staff 15 8.8-17.4,9-17.8,11.5-20.1 shift 0|desk-sendai sendai temp 10 8.8-17.4,9-17.8,11.5-20.1,17-21 part 0
desk-fukuoka fukuoka staff 13 8.8-17.4,9-17.8,11.5-20.1 shift 0|desk-fukuoka fukuoka temp 11 8.8-17.4,9-17.8,11.5-20.1 part 0
desk-home sendai staff 8 8.8-17.4,9-17.8,11.5-20.1 shift .93|desk-home fukuoka temp 5 8.8-17.4,11.5-20.1 shift .93
night sendai staff 8 20.5-33 part 0|sv sendai staff 3 8.5-19 office .1|sv fukuoka staff 3 8.5-19 office .1|qa sendai staff 3 9-17.5 office .2
audit sendai staff 2 9.5-17 office 0|agency out ext 3 9.5-18 office 0"""


@dataclass
class Person:
    """One who signs in: employee, temporary worker or coordinator of the agency."""

    no: str
    dept: str
    office: str
    kind: str  # noqa: E702; sendai, fukuoka, out; staff, temp, ext
    rate: float
    weekdays: set[int]
    start: float
    end: float  # noqa: E702; usual first and last hour
    ua: str
    pc: int
    home: list[str]
    homework: float
    name: str  # noqa: E702; addresses at home, share of days there
    joined: int = -999
    left: int = 9999  # noqa: E702; as index of a day
    away: set[int] = field(default_factory=set)
    claims: list[str] = field(default_factory=list)  # noqa: E702

    def __post_init__(self) -> None:
        """Accounts: one for call desk, recordings and roster, one of the Windows domain for claims."""
        self.user = {"staff": "s", "temp": "t", "ext": "x"}[self.kind] + self.no
        self.ad = "HINATA\\" + self.user


class World:
    """The company over some days; everything it does is kept in `events` until written."""

    def __init__(self, seed: int, n: int) -> None:
        self.r, self.seed, self.n = random.Random(seed), seed, n
        self.first = date(2026, 4, 30) + timedelta(self.r.randrange(215) - n + 1)
        self.dates = [self.first + timedelta(i) for i in range(n)]
        self.events: list[tuple] = []
        self.incidents, self.annoyances, self.used, self.tag, self.kind = [], [], set(), None, ""
        self.mute, self.broken, self.phone_url = (
            [],
            [],
            None,
        )  # (site, node, from, to); (site, from, to, share, status, incident); (from, to, incident)
        self.worked: dict[tuple[str, int], tuple[float, float, str]] = {}
        self.calls_of: dict[str, list[str]] = defaultdict(list)
        self.call_no, self.claim_no, self.quote_no = 8810000, 40000, 5512000
        self.grow()

    def off(self, d: int) -> bool:
        """Saturday, Sunday or holiday."""
        return self.dates[d].weekday() >= 5 or self.dates[d] in HOLIDAYS

    def biz(self, d: int) -> int:
        """The nearest business day (not after the last day, not before day 15)."""
        return min((x for x in range(14, self.n) if not self.off(x)), key=lambda x: (abs(x - d), x))

    def month_end(self, d: int) -> bool:
        """The last two business days of a month."""
        later = [
            x
            for i in range(1, 31)
            if (x := self.dates[d] + timedelta(i)).month == self.dates[d].month
        ]
        return not self.off(d) and sum(x.weekday() < 5 and x not in HOLIDAYS for x in later) < 2

    def tail(self, mean: float, sigma: float = 0.5) -> int:
        """A heavy-tailed count."""
        return max(
            0, int(mean * self.r.lognormvariate(-sigma * sigma / 2, sigma) + self.r.random())
        )

    def hit(
        self,
        site: str,
        d: int,
        s: float,
        ip: str,
        user: str | None,
        path: str,
        method: str = "GET",
        status: int = 200,
        size: int = -1,
        ua: str = "",
        sess: str | None = None,
        ref: str | None = None,
    ) -> None:
        """One request on day d at second s."""
        if size < 0:
            size = (
                int(self.r.lognormvariate(9.1, 0.5))
                if status == 200
                else self.r.choice([0, 162, 209, 548])
            )
        self.events.append(
            (
                round(d * DAY + s, 3),
                site,
                ip,
                user,
                method,
                path,
                status,
                size,
                self.r.lognormvariate(4.3, 0.8),
                ua,
                sess,
                ref,
                self.tag,
            )
        )

    def do(
        self,
        p: Person,
        site: str,
        d: int,
        s: float,
        ip: str,
        path: str,
        method: str = "GET",
        status: int = 200,
        size: int = -1,
        ua: str | None = None,
        ref: str | None = None,
    ) -> None:
        """A request of p under the account that the site knows."""
        self.hit(
            site,
            d,
            s,
            ip,
            p.ad if site == "claims" else p.user,
            path,
            method,
            status,
            size,
            ua or p.ua,
            None,
            ref,
        )

    def host(
        self, nets: str = "45.148 185.220 167.99 159.203 193.32 91.240 103.145 5.188 141.98 64.227"
    ) -> str:
        """An address, of a hosting network if not said."""
        return f"{self.r.choice(nets.split())}.{self.r.randrange(256)}.{self.r.randrange(1, 255)}"

    def isp(self) -> str:
        """An address of a Japanese access provider."""
        return self.host("118.8 126.115 220.147 60.101 180.12 106.73 153.184 14.8 219.121 121.87")

    def agent(self, mobile: float = 0.0) -> str:
        """A browser."""
        if self.r.random() < mobile:
            return (
                IPHONE.format(v=self.r.randrange(1, 6))
                if self.r.random() < 0.6
                else ANDROID.format(v=self.r.randrange(128, 140))
            )
        return (
            MAC.format(v=self.r.randrange(3, 6))
            if self.r.random() < 0.05
            else self.r.choice([EDGE, CHROME]).format(v=self.r.randrange(130, 140))
        )

    def customer(self) -> str:
        """A customer number that is neither decoy nor watched."""
        return (
            c
            if (c := f"K{7000000 + self.r.randrange(32000)}") not in self.watched
            else self.customer()
        )

    def pick(self, pool: Iterable[Person], a: int = 0, b: int = 0) -> Person:
        """Somebody who plays no other part (and works on a good share of the days a to b)."""
        free = [q for q in pool if q.no not in self.used and q.left > self.n + 20 and q.joined < 0]
        p = self.r.choice(
            [q for q in free if b == 0 or len(self.duty(q, a, b)) > (b - a) * 0.6] or free
        )
        self.used.add(p.no)
        return p

    def duty(self, p: Person, a: int, b: int) -> list[tuple[int, float, float, str]]:
        """Days from a to b on which p worked, with begin, end and address."""
        return [
            (d, *self.worked[p.no, d])
            for d in range(max(14, a), min(self.n, b + 1))
            if (p.no, d) in self.worked
        ]

    def shift_of(self, p: Person, d: int) -> tuple[int, float, float, str]:
        """The duty of p nearest to day d, from day 15 on."""
        return min(self.duty(p, 14, self.n), key=lambda x: (abs(x[0] - d), x))

    def place(self, p: Person, d: int) -> str:
        """The address p works from that day."""
        if p.office == "out" or self.r.random() < p.homework:
            return p.home[d % len(p.home)]
        there = p.office == "fukuoka" or (p is self.helper and self.dates[d].weekday() == 1)
        net = "10.31" if not there else "10.47" if d >= self.move else "10.42"
        return (
            f"{net}.4.{p.pc + 11}"
            if p not in self.ops + self.night
            else f"{net}.16.{self.r.randrange(11, 75)}"
        )  # operators take any free seat

    def grow(self) -> None:
        """Staff, policyholders, special days."""
        r, n = self.r, self.n
        w = [f"K{7000000 + x}" for x in r.sample(range(32000), 9)]
        self.watched, self.decoys, self.vips, self.kin = set(w), w[:2], w[2:5], w[5:]
        self.people: list[Person] = []
        for row in DEPTS.replace("\n", "|").split("|"):
            dept, office, kind, count, hours, week, home = row.split()
            for _ in range(int(count)):
                a, b = map(float, r.choice(hours.split(",")).split("-"))
                days = (
                    set(range(5))
                    if week == "office"
                    else set(r.sample(range(7), 3 if week == "part" or r.random() < 0.2 else 5))
                )
                homes = [self.isp() for _ in range(r.choices([1, max(2, n // 7), n], [6, 3, 1])[0])]
                pc, name = len(self.people), f"{r.choice(SURNAMES)} {r.choice(GIVEN)}"
                p = Person(
                    str(2001 + 7 * pc),
                    dept,
                    office,
                    kind,
                    r.lognormvariate(0, 0.35),
                    days,
                    a,
                    b,
                    self.agent(),
                    pc,
                    homes,
                    float(home),
                    name,
                )
                h, k = r.randrange(n), r.choice([0, 0, 0, 3, 5, 7])  # a week of holidays
                p.away = {d for d in range(n) if r.random() < 0.05} | set(range(h, h + k))
                self.people.append(p)
        of = {d: [p for p in self.people if p.dept == d] for d in {p.dept: 0 for p in self.people}}
        self.handlers, self.ops = (
            of["claims-sendai"] + of["claims-fukuoka"],
            of["desk-sendai"] + of["desk-fukuoka"] + of["desk-home"],
        )
        self.office_ops, self.home_ops = of["desk-sendai"] + of["desk-fukuoka"], of["desk-home"]
        self.night, self.svs, self.qa, self.audit, self.agency = (
            of[k] for k in "night sv qa audit agency".split()
        )
        for p in self.handlers:
            p.claims = [self.new_claim(p) for _ in range(r.randrange(35, 80))]
        self.helper, self.taker = self.pick(of["claims-sendai"]), self.pick(of["claims-fukuoka"])
        self.vip_handler, self.owl = self.pick(of["claims-sendai"]), self.pick(of["claims-fukuoka"])
        self.trainee, self.leave, self.notice = (
            self.pick(of["desk-sendai"]),
            self.pick(of["desk-fukuoka"]),
            self.pick(of["desk-fukuoka"]),
        )
        self.gone, self.guest, self.dealer = (
            self.pick(of["desk-home"]),
            self.pick(of["desk-home"]),
            self.isp(),
        )
        self.trainee.joined, self.gone.left, self.notice.left = (
            r.randrange(15, 22),
            r.randrange(9, 13),
            n + r.randrange(3, 9),
        )
        self.leave.away = set(range(3, n - 3 if n < 40 else 38))
        self.owl_day, self.taker_day, self.crash_day, self.pw_day, self.deploy = (
            self.biz(r.randrange(15, n)) for _ in range(5)
        )
        self.move = next(
            d for d in range(r.randrange(16, n - 8), n) if self.dates[d].weekday() == 5
        )
        self.sunday = next(
            d for d in range(r.randrange(14, n - 7), n) if self.dates[d].weekday() == 6
        )
        self.typhoon, self.campaign, self.crawl_day = (r.randrange(15, n - 1) for _ in range(3))
        self.audit_from = self.biz(r.randrange(15, n - 5))
        self.crash_claim, self.vip_claim = (
            self.new_claim(self.handlers[3]),
            self.new_claim(self.vip_handler),
        )
        self.cgnat = [self.host("49.98 1.75 106.154 126.194") for _ in range(70)]
        self.members = [
            {
                "id": f"M{20000000 + i * 13 + r.randrange(13)}",
                "ip": self.isp() if i % 90 else self.dealer,
                "ua": self.agent(0.55),
                "claim": "",
                "pol": [
                    f"P{310000000 + i * 7 + j}"
                    for j in range(r.choices([1, 2, 3, 5], [60, 25, 10, 5])[0])
                ],
            }
            for i in range(2200)
        ]
        self.forgot = {r.randrange(15, n): r.choice(self.members) for _ in range(4)}
        self.recent = [self.customer() for _ in range(50)]

    def new_claim(self, p: Person) -> str:
        """A fresh claim number; its first letter is the office."""
        self.claim_no += self.r.randrange(1, 4)
        return f"{p.office[0].upper()}26-{self.claim_no:06d}"

    def any_claim(self, office: str = "", but: Person | None = None) -> str:
        """A claim of anybody (of an office)."""
        return self.r.choice(
            self.r.choice(
                [q for q in self.handlers if q is not but and q.office.startswith(office)]
            ).claims
        )

    def login(
        self, site: str, p: Person, d: int, s: float, ip: str, ua: str = "", typos: float = 0.05
    ) -> None:
        """Sign in by form, now and then after a mistake."""
        path = "/auth/login" if site == "cti" else "/login"
        while self.r.random() < typos:
            self.do(p, site, d, s, ip, path, "POST", 401, ua=ua)
            s += self.r.uniform(4, 30)
        self.do(p, site, d, s, ip, path, "POST", 302, ua=ua)
        self.do(p, site, d, s + 1, ip, "/", ua=ua)

    def ntlm(self, p: Person, d: int, s: float, ip: str) -> None:
        """Windows sign-in: two refusals without a name come first."""
        for i in range(2):
            self.hit("claims", d, s + i / 5, ip, None, "/list", status=401, ua=p.ua)
        self.do(p, "claims", d, s + 0.5, ip, "/list")

    def call(self, p: Person, d: int, s: float, ip: str) -> None:
        """A call comes in: the desk pops up, the operator opens the customer."""
        r, x = self.r, self.r.random()
        self.call_no += r.randrange(1, 4)
        self.calls_of[p.no].append(str(self.call_no))
        self.do(p, "cti", d, s, ip, f"/pop/{self.call_no}")
        if x < 0.12:
            return  # a wrong number, hung up
        c = r.choice(self.recent) if r.random() < 0.25 else self.customer()
        self.recent = (self.recent + [c])[-600:]
        if x < 0.27:
            self.do(p, "cti", d, s + 1, ip, "/search", "POST")
        self.do(p, "cti", d, s + r.uniform(2, 40), ip, f"/customers/{c}")
        if r.random() < 0.4:
            self.do(p, "cti", d, s + r.uniform(45, 90), ip, f"/customers/{c}/contracts")
        if r.random() < 0.5:
            self.do(
                p, "cti", d, s + r.uniform(100, 400), ip, f"/calls/{self.call_no}/memo", "POST", 201
            )

    def peek(self, p: Person, d: int, s: float, ip: str, c: str, ua: str = "") -> None:
        """A customer opened with no call before it."""
        self.do(p, "cti", d, s, ip, f"/customers/{c}", ua=ua)
        if self.r.random() < 0.3:
            self.do(p, "cti", d, s + self.r.uniform(5, 20), ip, f"/customers/{c}/contracts", ua=ua)

    def peeks(
        self, p: Person, d: int, s: float, k: int, step: float, ip: str, ua: str = ""
    ) -> None:
        """A row of k customers that nobody called about."""
        for i in range(k):
            self.peek(p, d, s + i * step + self.r.uniform(0, step / 2), ip, self.customer(), ua)

    def claim(self, p: Person, d: int, s: float, ip: str, c: str) -> None:
        """A claim opened, its documents now and then, a note."""
        self.do(p, "claims", d, s, ip, f"/jiko/{c}", ref="/list")
        if self.r.random() < 0.28:
            self.do(
                p, "claims", d, s + self.r.uniform(5, 60), ip, f"/jiko/{c}/docs", ref=f"/jiko/{c}"
            )
        if self.r.random() < 0.3:
            self.do(
                p,
                "claims",
                d,
                s + self.r.uniform(60, 300),
                ip,
                f"/jiko/{c}/memo",
                "POST",
                302,
                ref=f"/jiko/{c}",
            )

    def listen(self, p: Person, d: int, s: float, ip: str, call: str = "") -> None:
        """A recording played, of some recent call if not said."""
        call = call or str(self.call_no - self.r.randrange(1, 2500))
        self.do(p, "rec", d, s, ip, f"/rec/{call}/play", size=self.tail(900000))

    def staff_day(self, d: int) -> None:
        """Everybody who works on day d."""
        r, wd, off = self.r, self.dates[d].weekday(), self.off(d)
        surge = (
            (1.2 if wd == 0 else 0.85 if off else 1)
            * {0: 1.5, 1: 1.3}.get(d - self.typhoon, 1)
            * r.lognormvariate(0, 0.07)
        )
        for p in self.people:
            if not p.joined <= d <= p.left or d in p.away or p.dept == "audit":
                continue
            desk = p.dept.startswith("desk") or p.dept == "night"
            weekend_team = (
                p in self.handlers and off and p.pc % 6 == d // 7 % 6
            )  # first response on days off, in turns
            holiday_extra = p.dept == "night" and d + 1 < self.n and self.off(d + 1) and not off
            if (not desk and off and not weekend_team) or (
                desk and wd not in p.weekdays and not holiday_extra
            ):
                continue
            ip, a, b = (
                self.place(p, d),
                p.start * 3600 + r.gauss(0, 420),
                p.end * 3600 + r.expovariate(1 / 900),
            )
            b = (
                82000
                if p is self.owl and d == self.owl_day
                else b + r.uniform(1800, 12000)
                if self.month_end(d) and p in self.handlers
                else b
            )
            self.worked[p.no, d] = (a, b, ip)
            if p.office != "out":
                for t in (a - 200, b + 100):
                    self.do(p, "shift", d, t, ip, "/punch", "POST", 204, 0)
            if desk:
                self.desk_day(p, d, a, b, ip, surge)
            elif p in self.handlers:
                self.claims_day(p, d, a, b, ip, weekend_team)
            else:
                self.other_day(p, d, a, b, ip)
        self.special_day(d)

    def claims_day(self, p: Person, d: int, a: float, b: float, ip: str, short: bool) -> None:
        """A handler: mostly the own claims, the younger the more often."""
        r = self.r
        p.claims = (
            p.claims + [self.new_claim(p) for _ in range(r.choices([0, 1, 2, 4], [3, 5, 3, 1])[0])]
        )[-90:]
        self.ntlm(p, d, a, ip)
        k = (1.6 if self.month_end(d) else 1.25 if d - self.typhoon in (1, 2, 3) else 1.0) * (
            0.5 if short else 1
        )
        for _ in range(self.tail(19 * p.rate**0.6 * k, 0.3)):
            x, c = r.random(), p.claims[max(0, len(p.claims) - 1 - int(r.expovariate(1 / 14)))]
            if x < 0.07:
                c = self.any_claim(p.office)  # answers for a colleague
            elif x < 0.078 or (p is self.helper and self.dates[d].weekday() == 1 and x < 0.7):
                c = self.any_claim("fukuoka" if p.office == "sendai" else "sendai")
            self.claim(p, d, r.uniform(a + 60, b - 60), ip, c)
        for _ in range(r.randrange(1, 5)):
            self.do(p, "claims", d, r.uniform(a + 60, b - 60), ip, "/list")
        if r.random() < 0.3:
            self.do(
                p,
                "claims",
                d,
                b - 900,
                ip,
                f"/export/mylist.csv?tanto={p.user}",
                size=self.tail(42000, 0.4),
            )
        if r.random() < 0.06:
            self.login("rec", p, d, a + 4000, ip)
            self.listen(p, d, a + 4030, ip)

    def desk_day(self, p: Person, d: int, a: float, b: float, ip: str, surge: float) -> None:
        """An operator: calls, call-backs, now and then an own recording."""
        r, learning = self.r, p is self.trainee and d < p.joined + 10
        self.login(
            "cti", p, d, a, ip, typos=0.75 if d == self.pw_day and r.random() < 0.6 else 0.05
        )
        k = 0.25 if learning else 0.55 if p.dept == "night" else 1.0
        for _ in range(self.tail(2.1 * (b - a) / 3600 * min(1.9, p.rate**0.6) * surge * k, 0.25)):
            self.call(p, d, t := r.uniform(a + 60, b - 60), ip)
            if p.dept == "night" and r.random() < 0.15:
                self.do(p, "claims", d, t + 300, ip, "/jiko/new", "POST", 302)
        for _ in range(
            self.tail(55, 0.3) if learning else r.choices([0, 1, 2, 3, 6], [11, 6, 4, 2, 1])[0]
        ):
            self.peek(p, d, r.uniform(a + 60, b - 60), ip, r.choice(self.recent))
        if r.random() < 0.03:
            self.do(p, "cti", d, a + 20, ip, "/old/desk.do", status=404)  # an old bookmark
        self.do(p, "cti", d, b, ip, "/auth/logout", "POST", 302)
        if r.random() < 0.05 and len(self.calls_of[p.no]) > 3:
            self.login("rec", p, d, b - 1500, ip)
            self.listen(p, d, b - 1400, ip, self.calls_of[p.no][-3])

    def other_day(self, p: Person, d: int, a: float, b: float, ip: str) -> None:
        """Supervisors, quality control, the agency's coordinators."""
        r, day = self.r, self.dates[d]
        if p.dept in ("sv", "qa"):
            self.login("rec", p, d, a + 300, ip)
            for _ in range(self.tail(6 if p.dept == "sv" else 57 if day.day <= 7 else 26, 0.35)):
                self.listen(p, d, r.uniform(a + 400, b), ip)
        if p.dept == "sv":
            self.login("cti", p, d, a, ip)
            self.do(p, "shift", d, a + 900, ip, "/roster")
            for _ in range(self.tail(9)):
                self.peek(p, d, r.uniform(a + 60, b), ip, r.choice(self.recent))
            if day.day <= 4 or (day.weekday() == 4 and r.random() < 0.5):
                self.do(
                    p,
                    "cti",
                    d,
                    a + 5000,
                    ip,
                    f"/export/calls.csv?month={day:%Y%m}",
                    size=self.tail(600000),
                )
        elif p.dept == "agency":
            mine = [q for q in self.people if q.kind == "temp" and q.pc % 3 == p.pc % 3]
            for q in mine if day.weekday() == 0 or self.month_end(d) else r.sample(mine, 2):
                self.do(p, "shift", d, a + r.uniform(0, 9000), ip, f"/timesheet/{q.user}")
            if self.month_end(d):
                self.do(p, "shift", d, b, ip, f"/timesheet/export.csv?month={day:%Y%m}", size=38000)

    def special_day(self, d: int) -> None:
        """Cases handed over, the coach accident, the watched claim's own handler, the audit."""
        r, on = self.r, [p for p in self.handlers if (p.no, d) in self.worked]
        todo = [(self.vip_handler, self.vip_claim)] if d > 11 and r.random() < 0.6 else []
        if d == self.taker_day:
            todo += [
                (self.taker, c)
                for c in next(
                    q for q in self.handlers if q.office == "fukuoka" and q is not self.taker
                ).claims[-55:]
            ]
        if d == self.crash_day:
            todo += [(p, self.crash_claim) for p in on[:18] * 2]
        for p, c in todo:
            if p in on:
                a, b, ip = self.worked[p.no, d]
                self.claim(p, d, r.uniform(max(a, b - 16000), b), ip, c)
        for p in (
            self.audit if self.audit_from <= d < self.audit_from + 5 and not self.off(d) else []
        ):
            self.ntlm(p, d, 9.5 * 3600, ip := self.place(p, d))
            self.login("rec", p, d, 13 * 3600, ip)
            for _ in range(self.tail(70, 0.2)):
                self.claim(p, d, r.uniform(9.6, 17) * 3600, ip, self.any_claim())
            for _ in range(self.tail(20, 0.2)):
                self.listen(p, d, r.uniform(13.1, 17) * 3600, ip)

    def batch_day(self, d: int) -> None:
        """Machines: nightly jobs, monitors, crawlers, the noise of the internet."""
        r, job = self.r, "python-requests/2.32.3"
        for i in range(3):
            self.hit(
                "claims",
                d,
                4200 + i * 600 + r.uniform(0, 60),
                "10.31.0.20",
                "svc-nightly",
                f"/export/daily{i}.csv",
                size=self.tail(2200000, 0.1),
                ua=job,
            )
        for i in range(self.tail(40, 0.2) * (2 if self.month_end(d) else 1)):
            self.hit(
                "claims",
                d,
                6200 + i * 9,
                "10.31.0.20",
                "svc-nightly",
                f"/jiko/{self.any_claim()}",
                ua=job,
            )
        for h in range(24):
            self.hit(
                "cti",
                d,
                h * 3600 + 312,
                "10.31.0.21",
                "svc-mailer",
                "/export/queue.json",
                size=self.tail(3000),
                ua="curl/8.5.0",
            )
            self.hit("rec", d, h * 3600 + 55, "10.31.0.9", None, "/health", size=2, ua=MONITOR)
        for k in range(144):
            for site, ip in (
                ("cti", "10.31.0.9"),
                ("claims", "10.31.0.9"),
                ("mypage", "69.162.124.231"),
                ("www", "69.162.124.231"),
            ):
                self.hit(
                    site, d, k * 600 + r.uniform(0, 3), ip, None, "/health", size=212, ua=MONITOR
                )
        for site in ("www", "www", "mypage", "shift", "cti") * r.choice([0, 1, 1, 2]):
            ip, t, ua = (
                self.host(),
                r.uniform(0, DAY - 400),
                r.choice(["-", "Mozilla/5.0", "python-requests/2.28.1", "zgrab/0.x"]),
            )
            for path in r.sample(NOISE, min(18, 1 + self.tail(4, 0.9))):
                self.hit(
                    site,
                    d,
                    t := t + r.uniform(0.3, 9),
                    ip,
                    None,
                    path,
                    status=r.choice([404, 404, 404, 403]),
                    ua=ua,
                )
        for _ in range(r.randrange(4)):
            self.hit(
                "shift",
                d,
                r.uniform(0, DAY),
                self.host(),
                None,
                "\\x16\\x03\\x01\\x02",
                "RAW",
                400,
                226,
                ua="-",
            )
        for ip, ua, k in BOTS[: 3 if d == self.crawl_day else 2]:
            for _ in range(self.tail(k, 0.3)):
                path = (
                    r.choice(PAGES[:15])
                    if r.random() < 0.4
                    else f"/news/2026/{r.randrange(1, 320):03d}.html"
                )
                self.hit(
                    "www",
                    d,
                    r.uniform(0, 18000 if k == 900 else DAY),
                    ip,
                    None,
                    path,
                    ua=ua,
                    status=404 if r.random() < 0.04 else 200,
                )

    def hour(self) -> float:
        """A second of the day at which the public comes."""
        return (
            min(
                max(
                    self.r.choice(
                        [self.r.gauss(12.5, 2.8), self.r.gauss(20.5, 1.8), self.r.uniform(0, 24)]
                    ),
                    0,
                ),
                23.7,
            )
            * 3600
        )

    def visit(self, m: dict, d: int, s: float, ip: str, fails: int = 0) -> None:
        """A policyholder signs in and reads what is his."""
        r, sess = self.r, f"{self.r.getrandbits(96):024x}"
        for path in ("/login", "/static/mypage.css"):
            self.hit("mypage", d, s, ip, None, path, ua=m["ua"])
        for i in range(fails):
            self.hit(
                "mypage",
                d,
                s := s + r.uniform(6, 25),
                ip,
                m["id"],
                "/login",
                "POST",
                401,
                ua=m["ua"],
            )
        m["claim"] = m["claim"] or (self.any_claim() if r.random() < 0.04 else "")
        todo = (
            ["POST /login", "GET /home"]
            + [f"GET /contracts/{c}" for c in m["pol"][:3]]
            + [f"GET /jiko/{m['claim']}"] * bool(m["claim"])
        )
        todo += (
            ["POST /account/email"] * (r.random() < 0.04)
            + ["POST /account/address"] * (r.random() < 0.03)
            + ["POST /logout"] * (r.random() < 0.35)
        )
        for method, path in map(str.split, todo):
            self.hit(
                "mypage",
                d,
                s := s + r.uniform(3, 50),
                ip,
                m["id"],
                path,
                method,
                200 if method == "GET" else 302,
                ua=m["ua"],
                sess=sess,
            )

    def public_day(self, d: int) -> None:
        """Policyholders and passers-by."""
        r, k = self.r, 1.9 if d == self.campaign else 1.3 if 0 <= d - self.typhoon <= 2 else 1.0
        for _ in range(self.tail(135 * k, 0.1)):
            m = self.members[int(len(self.members) * r.random() ** 1.8)]
            ip = r.choice(self.cgnat) if "Mobile" in m["ua"] and r.random() < 0.6 else m["ip"]
            self.visit(m, d, self.hour(), ip, r.choices([0, 1, 2, 5], [88, 8, 3, 1])[0])
        if m := self.forgot.get(d):
            self.visit(m, d, 20.2 * 3600, m["ip"], r.randrange(9, 16))
        for _ in range(self.tail(230 * k, 0.15)):
            ip, ua, s = (
                (r.choice(self.cgnat) if r.random() < 0.4 else self.isp()),
                self.agent(0.6),
                self.hour(),
            )
            for _ in range(1 + min(20, int(r.expovariate(1 / 2.2)))):
                self.hit(
                    "www",
                    d,
                    s := s + r.expovariate(1 / 25),
                    ip,
                    None,
                    r.choice(PAGES),
                    ua=ua,
                    status=r.choices([200, 304, 404], [90, 7, 3])[0],
                )
            if r.random() < 0.12:
                self.quote_no += r.randrange(1, 3)
                self.hit("www", d, s + 9, ip, None, "/quote/step2", "POST", 302, ua=ua)
                for i in range(r.randrange(1, 3)):
                    self.hit(
                        "www",
                        d,
                        s + 12 + 600 * i,
                        ip,
                        None,
                        f"/quote/resume?no=Q{self.quote_no}",
                        ua=ua,
                    )

    def live(self) -> None:
        """All ordinary days, then incidents and annoyances."""
        for d in range(self.n):
            self.staff_day(d)
            self.batch_day(d)
            self.public_day(d)
        self.strike()
        self.tag = None
        self.annoy()

    def inc(self, actors: list[str], fixed: dict | None = None, **v: object) -> None:
        """Opens an incident of the kind being struck: the lines that follow are its own. `v` fills its text in TEXTS."""
        self.tag, (_, family, what, how) = (
            f"i{len(self.incidents) + 1:02d}",
            next(t for t in TEXTS if t[0] == self.kind),
        )
        self.incidents.append(
            {
                "id": self.tag,
                "grade": GRADES[self.kind[0]],
                "family": family,
                "first_day": "",
                "last_day": "",
                "site_ids": [],
                "actors": actors,
                "what": what.format(**v),
                "how_seen": how.format(**v),
                "lines": 0,
                "woken": self.kind != "e_scan",
            }
            | (fixed or {})
        )

    def strike(self) -> None:
        """Draws which incidents happen and when, a third of each grade. Methods e_, m_, h_ are easy, medium, hard; with a second s, slow."""
        r, n, each = self.r, self.n, 4 if self.n >= 50 else 5
        for grade in GRADES:
            slow, quick = (
                [f for f in vars(World) if f.startswith(grade + mark)] for mark in ("s_", "_")
            )
            slow = r.sample(slow, min(len(slow), r.choice([2, 3]) if n >= 50 else r.choice([1, 2])))
            for f in slow + r.sample(quick, each - len(slow)):
                length, d = (
                    (r.randrange(12, 29) if n >= 50 else r.randrange(8, 18)),
                    r.randrange(14, n // 2) if r.random() < 0.25 else r.randrange(n // 2, n),
                )
                self.tag, self.kind, a = None, f, r.randrange(14, n - length + 1)
                getattr(self, f)(*((a, a + length - 1) if f in slow else (d,)))

    def es_evenings(self, a: int, b: int) -> None:
        p = self.pick(self.office_ops, a, b)
        days = self.duty(p, a, b)[:: 2 if b - a > 14 else 1]
        self.inc([p.user], p=p.user, k=len(days))
        for d, _, e, ip in days:
            self.peeks(p, d, e + 60, self.r.randrange(100, 170), 21, ip)

    def es_quotes(self, a: int, b: int) -> None:
        ip, q = self.host(), self.quote_no - 9000
        self.inc([ip], ip=ip)
        for i in range((b - a + 1) * 200):
            self.hit(
                "www",
                a + i // 200,
                11000 + i % 200 * 9.7,
                ip,
                None,
                f"/quote/resume?no=Q{q + i}",
                status=self.r.choice([200, 200, 404]),
                ua="Mozilla/5.0",
            )

    def e_export(self, d: int) -> None:
        p = self.pick(q for q in self.office_ops if q.kind == "temp")
        (d, _, e, ip), k = self.shift_of(p, d), self.r.randrange(9, 19)
        self.inc([p.user], p=p.user, k=k)
        for i in range(k):
            self.do(
                p,
                "cti",
                d,
                e + 200 + i * 41,
                ip,
                f"/export/customers.csv?pref={i + 1:02d}",
                size=self.tail(3000000),
            )

    def e_stuffing(self, d: int) -> None:
        ip, n, ua, t, won = (
            self.host(),
            self.r.randrange(700, 1300),
            CHROME.format(v=109),
            self.r.uniform(1, 20) * 3600,
            self.r.sample(self.members, 5),
        )
        self.inc([ip] + [m["id"] for m in won], ip=ip, n=n)
        for i in range(n):
            self.hit(
                "mypage",
                d,
                t + i * 2.1,
                ip,
                f"M{20000000 + self.r.randrange(60000)}",
                "/login",
                "POST",
                401,
                ua=ua,
            )
        for i, m in enumerate(won):
            self.visit({**m, "ua": ua}, d, t + 300 + i * 333, ip)

    def e_silence(self, d: int) -> None:
        d, site = self.biz(d), self.r.choice(["rec", "shift", "claims"])
        h, day = 7 if site == "shift" else 10, self.dates[d].isoformat()
        self.inc(
            [site], {"first_day": day, "last_day": day, "site_ids": [site]}, site=site, a=h, b=h + 5
        )
        self.mute.append((site, None, d * DAY + h * 3600, d * DAY + (h + 5) * 3600))

    def e_errors(self, d: int) -> None:
        site, mins, t = (
            self.r.choice(["mypage", "cti"]),
            self.r.randrange(50, 110),
            self.biz(d) * DAY + self.r.uniform(10, 18) * 3600,
        )
        self.inc([site], site=site, mins=mins)
        self.broken.append((site, t, t + mins * 60, 0.7, 500, self.tag))

    def e_scan(self, d: int) -> None:
        ip, t = self.host(), self.r.uniform(0, 22) * 3600
        self.inc([ip], ip=ip)
        for i in range(self.r.randrange(300, 600)):
            path = NOISE[i % 15].rstrip("/") + self.r.choice(
                ["", ".bak", ".old", "~", ".zip", f"?{i}"]
            )
            self.hit(
                "www",
                d,
                t + i * 0.8,
                ip,
                None,
                path,
                status=self.r.choice([404, 404, 403]),
                ua="Mozilla/5.00 (Nikto/2.5.0) (Evasions:None)",
            )

    def ms_gone(self, a: int, b: int) -> None:
        p, ip, days = (
            self.gone,
            self.gone.home[0],
            sorted(self.r.sample(range(a, b + 1), self.r.randrange(4, 7))),
        )
        self.inc([p.user, ip], p=p.user, k=len(days))
        for d in days:
            self.login("cti", p, d, s := self.r.uniform(19, 22.5) * 3600, ip, typos=0)
            self.peeks(p, d, s + 60, self.r.randrange(14, 34), 45, ip)

    def ms_phone(self, a: int, b: int) -> None:
        self.inc(["cti"])
        self.phone_url = (a * DAY + 6 * 3600, (b + 1) * DAY, str(self.tag))

    def ms_weeks(self, a: int, b: int) -> None:
        p = self.pick(self.handlers, a, b)
        self.inc([p.ad], p=p.ad)
        for d, s, e, ip in self.duty(p, a, b):
            for _ in range(self.r.randrange(22, 40)):
                self.do(
                    p,
                    "claims",
                    d,
                    self.r.uniform(s, e),
                    ip,
                    f"/jiko/{self.any_claim(p.office, p)}",
                    ref="/list",
                )

    def m_night(self, d: int) -> None:
        p, k = self.pick(self.office_ops), self.r.randrange(35, 65)
        self.inc([p.user, ip := p.home[0]], p=p.user, k=k)
        self.login("cti", p, d := self.shift_of(p, d)[0], 1.1 * 3600, ip, typos=0)
        self.peeks(p, d, 1.15 * 3600, k, 80, ip)

    def m_agency(self, d: int) -> None:
        p, d, others = (
            self.pick(self.agency),
            self.biz(d),
            [q for q in self.people if q.kind == "staff"],
        )
        self.inc([p.user], p=p.user, k=len(others))
        for i, q in enumerate(others):
            self.do(p, "shift", d, 18.3 * 3600 + i * 13, p.home[0], f"/timesheet/{q.user}")

    def m_rec(self, d: int) -> None:
        p, k = self.pick(self.office_ops), self.r.randrange(38, 75)
        d, s, _, ip = self.shift_of(p, d)
        self.inc([p.user], p=p.user, k=k)
        self.login("rec", p, d, s + 5000, ip, typos=0)
        for i in range(k):
            self.listen(p, d, s + 5100 + i * 95, ip)

    def m_vip(self, d: int) -> None:
        on = [(q, *w) for q in self.ops if q.no not in self.used for w in self.duty(q, d, d)]
        who = self.r.sample(on, min(len(on), self.r.randrange(6, 11)))
        self.inc([x[0].user for x in who], k=len(who), c=self.vips[0])
        for p, d, s, e, ip in who:
            self.peek(p, d, self.r.uniform(s + 300, e - 60), ip, self.vips[0])

    def hs_ex(self, a: int, b: int) -> None:
        p, c = self.pick(self.ops, a, b), self.customer()
        self.inc([p.user], p=p.user, c=c)
        for d, s, e, ip in self.duty(p, a, b):
            self.peek(p, d, self.r.uniform(s + 600, e - 60), ip, c)

    def hs_few(self, a: int, b: int) -> None:
        p, low = self.pick(self.ops, a, b), 7000000 + self.r.randrange(30000)
        self.inc([p.user], p=p.user, low=low, high=low + 399)
        for d, s, e, ip in self.duty(p, a, b):
            for _ in range(self.r.randrange(6, 11)):
                self.peek(
                    p, d, self.r.uniform(s + 600, e - 60), ip, f"K{low + self.r.randrange(400)}"
                )

    def hs_place(self, a: int, b: int) -> None:
        p = self.pick([q for q in self.handlers if q.office == "sendai"], a, b)
        self.inc([p.ad], p=p.ad)
        for d, s, e, ip in self.duty(p, a, b):
            for _ in range(self.r.randrange(5, 10)):
                t, c = self.r.uniform(s + 60, e - 60), self.any_claim("fukuoka")
                for i, more in enumerate(("", "/docs")):
                    self.do(p, "claims", d, t + i * 20, ip, f"/jiko/{c}{more}", ref="/list")

    def h_share(self, d: int) -> None:
        p, ip, ua = self.pick(self.home_ops), self.isp(), MAC.format(v=4)
        self.inc([p.user, ip], p=p.user, ip=ip)
        for d, s, e, _ in self.duty(p, d - 6, d + 8)[:3] or [self.shift_of(p, d)]:
            self.login("cti", p, d, t := self.r.uniform(s + 3000, e - 5000), ip, ua, 0)
            self.peeks(p, d, t + 40, self.r.randrange(7, 13), 110, ip, ua)

    def h_size(self, d: int) -> None:
        p = self.pick(self.handlers)
        self.inc([p.ad], p=p.ad)
        for d, _, e, ip in self.duty(p, d - 4, d + 7)[:2] or [self.shift_of(p, d)]:
            self.do(
                p,
                "claims",
                d,
                e - 700,
                ip,
                "/export/mylist.csv?tanto=all",
                size=self.tail(2300000, 0.1),
            )

    def h_backup(self, d: int) -> None:
        ip, t, pick = (
            self.host(),
            self.r.uniform(0, 23) * 3600,
            lambda words: self.r.choice(words.split()),
        )
        self.inc([ip], ip=ip)
        for i in range(41):
            path, status, size = (
                f"/{pick('backup db dump old mypage www')}.{pick('zip sql tar.gz bak 7z')}",
                404,
                548,
            )
            path, status, size = (
                ("/backup/mypage_db.sql.gz", 200, 46210331) if i == 33 else (path, status, size)
            )
            self.hit(
                "mypage", d, t + i * 3, ip, None, path, status=status, size=size, ua="Mozilla/5.0"
            )

    def h_node(self, d: int) -> None:
        h, day = self.r.randrange(9, 16), self.dates[d].isoformat()
        self.inc(
            ["mypage"], {"first_day": day, "last_day": day, "site_ids": ["mypage"]}, a=h, b=h + 6
        )
        self.mute.append(("mypage", 1, d * DAY + h * 3600, d * DAY + (h + 6) * 3600))

    def annoy(self) -> None:
        """What looks odd and is not: planned failures, a home worker elsewhere, and the list of all of it (first day, last, sites, actors, what, why)."""
        n, last, t, day = (
            self.n,
            self.n - 1,
            self.trainee,
            self.duty(self.guest, self.typhoon, self.n)[:3],
        )
        self.broken += [
            ("mypage", self.sunday * DAY + 7200, self.sunday * DAY + 18000, 1.0, 503, None),
            ("cti", self.deploy * DAY + 45000, self.deploy * DAY + 45150, 1.0, 502, None),
        ]
        moved, at = self.isp(), {x[0] for x in day}
        self.events = [
            e[:2] + (moved,) + e[3:]
            if e[3] == self.guest.user and e[0] // DAY in at and not e[12]
            else e
            for e in self.events
        ]
        ends, eves = (
            [d for d in range(14, n) if self.month_end(d)],
            [d for d in range(14, last) if self.off(d + 1) and not self.off(d)],
        )
        all_handlers, users = [p.ad for p in self.handlers], lambda ps: [p.user for p in ps]  # noqa: E731
        rows = [
            (
                d,
                d,
                "cti shift",
                [self.guest.user, moved],
                "a home worker works at the parents' house",
                "calls and punches as ever",
            )
            for d in sorted(at)
        ]
        rows += [
            (
                d,
                d,
                "claims",
                all_handlers,
                "month-end payments: more claims, and until late",
                "every month",
            )
            for d in ends
        ]
        rows += [
            (
                d,
                d,
                "claims",
                ["svc-nightly"],
                "the nightly batch reads twice as many claims",
                "month-end close",
            )
            for d in ends
        ]
        rows += [
            (
                d,
                d,
                "shift",
                users(self.agency),
                "the agency reads all its time sheets and exports the month",
                "invoices are due",
            )
            for d in ends
        ]
        rows += [
            (
                d,
                d + 1,
                "cti",
                users(self.night),
                "the whole night desk is in before a day off",
                "planned",
            )
            for d in eves[:3]
        ]
        rows += [
            (
                d,
                d,
                "mypage",
                [m["id"], m["ip"]],
                "a dozen failures, then he is in",
                "a forgotten password",
            )
            for d, m in sorted(self.forgot.items())
        ]
        rows += [
            (d, d + 6, "rec", users(self.qa), "twice as many recordings", "scoring week")
            for d in range(14, n)
            if self.dates[d].day == 1
        ]
        rows += [
            (
                t.joined,
                t.joined + 9,
                "cti",
                [t.user],
                "a new operator reads dozens of customers without calls",
                "training; joined_on is listed",
            ),
            (
                self.audit_from,
                self.audit_from + 4,
                "claims rec",
                users(self.audit) + [p.ad for p in self.audit],
                "audit week",
                "announced in the privileges",
            ),
            (
                self.move,
                last,
                "claims cti rec shift",
                users(p for p in self.people if p.office == "fukuoka"),
                "all Fukuoka addresses are new",
                "the centre moved",
            ),
            (
                14,
                last,
                "claims",
                [self.helper.ad],
                "a Sendai handler is in Fukuoka on Tuesdays and reads its claims",
                "every Tuesday since long",
            ),
            (
                self.crawl_day,
                self.crawl_day,
                "www",
                ["203.104.209.7"],
                "the site-search vendor crawls hundreds of pages at night",
                "ordered; public pages",
            ),
            (
                self.sunday,
                self.sunday,
                "mypage",
                ["mypage"],
                "the portal answers 503 from 2 to 5 on a Sunday",
                "planned maintenance",
            ),
            (
                self.deploy,
                self.deploy,
                "cti",
                ["cti"],
                "two minutes of 502 at lunch time",
                "a release",
            ),
            (
                self.campaign,
                self.campaign,
                "mypage www",
                ["mypage", "www"],
                "twice as many visitors and log-ins",
                "a mailing to policyholders",
            ),
            (
                self.typhoon,
                self.typhoon + 3,
                "cti claims mypage www",
                ["cti", "claims"],
                "half as many calls again, more claims",
                "a typhoon; all alike",
            ),
            (
                14,
                last,
                "mypage",
                [self.dealer],
                "two dozen policyholders sign in from one address",
                "a car dealer's shop",
            ),
            (
                14,
                last,
                "mypage",
                self.cgnat[:5],
                "many accounts behind one address, one account behind many",
                "mobile networks",
            ),
            (
                self.pw_day,
                self.pw_day,
                "cti",
                ["cti"],
                "half of the operators mistype in the morning",
                "passwords had to be changed",
            ),
            (
                14,
                last,
                "cti shift",
                users(p for p in self.home_ops if len(p.home) == n),
                "another address every day at home",
                "their provider's way",
            ),
            (
                self.crash_day,
                self.crash_day,
                "claims",
                [self.crash_claim],
                "eighteen handlers open one claim in an afternoon",
                "a coach accident, all hands",
            ),
            (
                self.taker_day,
                self.taker_day,
                "claims",
                [self.taker.ad],
                "a handler opens fifty claims of a colleague",
                "handed over in illness",
            ),
            (
                14,
                last,
                "claims",
                [self.vip_handler.ad],
                "one handler opens the claim of a watched customer most days",
                "it is assigned to him",
            ),
            (
                self.owl_day,
                self.owl_day,
                "claims",
                [self.owl.ad],
                "a handler works until nearly eleven",
                "a settlement was due",
            ),
            (
                max(self.leave.away) + 1,
                last,
                "cti",
                [self.leave.user],
                "an account is used again after a month",
                "back from leave, punches in, takes calls",
            ),
            (14, last, "cti", [self.notice.user], "an operator who leaves soon", "works as always"),
            (
                14,
                last,
                "claims",
                all_handlers,
                "handlers work on days off",
                "first-response duty in turns",
            ),
        ]
        for i, (a, b, sites, actors, what, why) in enumerate((x for x in rows if x[3]), 1):
            a, b = self.dates[a].isoformat(), self.dates[min(b, last)].isoformat()
            self.annoyances.append(
                dict(
                    id=f"a{i:02d}",
                    first_day=a,
                    last_day=b,
                    site_ids=sites.split(),
                    actors=actors,
                    what=what,
                    why_not=why,
                )
            )

    def settle(self) -> list[tuple]:
        """Applies silences, failures and the release; counts what is left of each incident."""
        out, seen = [], defaultdict(list)
        for t, site, ip, user, method, path, status, size, ms, ua, sess, ref, tag in sorted(
            self.events, key=lambda e: (e[0], e[1], e[2], e[5])
        ):
            node = sum(map(ord, ip)) % 2
            if not 0 <= t < self.n * DAY or any(
                site == s and k in (None, node) and a <= t < b for s, k, a, b in self.mute
            ):
                continue
            for s, a, b, share, code, mark in self.broken:
                if site == s and a <= t < b and path != "/health" and self.r.random() < share:
                    status, size, tag = code, 548, mark or tag
            if self.phone_url and path == "/search" and self.phone_url[0] <= t < self.phone_url[1]:
                method, path, tag = (
                    "GET",
                    f"/search?tel=0{self.r.choice([80, 90])}{self.r.randrange(10**7, 10**8)}",
                    self.phone_url[2],
                )
            if tag:
                seen[tag].append((t, site))
            out.append((t, site, ip, user, method, path, status, size, ms, ua, sess, ref, node))
        for i in self.incidents:
            if hits := seen[i["id"]]:
                i["first_day"], i["last_day"] = (
                    self.dates[int(f(hits)[0] // DAY)].isoformat() for f in (min, max)
                )
                i["lines"], i["site_ids"] = len(hits), sorted({s for _, s in hits})
        self.incidents = [i for i in self.incidents if i["first_day"]]
        return out

    def line(self, e: tuple) -> tuple[str, str]:
        """File and text of one request, in the format of its site."""
        t, site, ip, user, method, path, status, size, ms, ua, sess, ref, node = e
        at, host, who = (
            datetime.combine(self.first, datetime.min.time()) + timedelta(seconds=t),
            f"{site}.{DOM}",
            user or "-",
        )
        utc, clf, req = (
            at - timedelta(hours=9),
            f"{at:%d/%b/%Y:%H:%M:%S} +0900",
            path if method == "RAW" else f"{method} {path} HTTP/1.1",
        )
        ref, (stem, _, query), day = (
            f"https://{host}{ref}" if ref else "-",
            path.partition("?"),
            f"{at:%Y%m%d}",
        )
        if site == "claims":
            return f"claims/u_ex{utc:%y%m%d}.log", (
                f"{utc:%Y-%m-%d %H:%M:%S} 10.31.1.5 {method} {stem} {query or '-'} 443 {who} {ip} {ua.replace(' ', '+')} {ref} "
                f"{host} {status} 0 0 {size} {int(ms)}"
            )
        if site == "cti":
            keys = "time_iso8601 remote_addr remote_user host request_method request_uri server_protocol status body_bytes_sent request_time http_user_agent".split()
            values = (
                f"{at:%Y-%m-%dT%H:%M:%S}+09:00",
                ip,
                user or "",
                host,
                method,
                path,
                "HTTP/1.1",
                status,
                size,
                round(ms / 1000, 3),
                ua,
            )
            return f"cti/access.json-{day}.gz", json.dumps(dict(zip(keys, values)))
        if site == "rec":
            return f"rec/rec_access.ltsv.{day}", (
                f"time:{clf}\thost:{ip}\tuser:{who}\treq:{req}\tstatus:{status}\tsize:{size}\treqtime:{ms / 1000:.3f}\t"
                f"referer:{ref}\tua:{ua}\tvhost:{host}"
            )
        if site == "shift":
            return (
                f"shift/other_vhosts_access.log-{day}",
                f'{host}:443 {ip} - {who} [{clf}] "{req}" {status} {size} "{ref}" "{ua}"',
            )
        if site == "mypage":
            return f"mypage/ap{node + 1}/access_log.{day}.gz", (
                f'10.20.0.{5 + node} - {who} [{clf}] "{req}" {status} {size or "-"} "{ref}" "{ua}" "{ip}" '
                f'{int(ms * 1000)} "{sess or "-"}"'
            )
        arn, z = (
            "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/www/73e2d6bc24d8a067",
            f"{utc:%Y-%m-%dT%H:%M:%S.%f}Z",
        )
        return f"www/www-alb_{day}.log.gz", (
            f"https {z} app/www-alb/50dc6c495c0c9188 {ip}:{20000 + int(ms * 997) % 40000} 10.60.1.2{node}:80 0.001 {ms / 1000:.3f} 0.000 {status} {status} 412 {size} "
            f'"{method} https://{host}:443{path} HTTP/1.1" "{ua}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 {arn} "Root=1-{int(t):08x}-{int(ms * 1000):024x}" "{host}" '
            f'"arn:aws:acm:ap-northeast-1:123456789012:certificate/1234" 0 {z} "forward" "-" "-" "10.60.1.2{node}:80" "{status}" "-" "-"'
        )

    def write(self, out: Path) -> None:
        """Logs, settings, context and truth."""
        files: dict[str, list[str]] = defaultdict(list)
        for name, text in map(self.line, self.settle()):
            files[name].append(text)
        for name, lines in files.items():
            (out / "logs" / name).parent.mkdir(parents=True, exist_ok=True)
            data = ("\n".join(([IIS] if name.startswith("claims") else []) + lines) + "\n").encode()
            (out / "logs" / name).write_bytes(
                gzip.compress(data, 6, mtime=0) if name.endswith(".gz") else data
            )
        day = lambda i: (self.first + timedelta(i)).isoformat()  # noqa: E731
        rows = [
            [
                "user",
                "person",
                "name",
                "department",
                "manager",
                "type",
                "company",
                "country",
                "joined_on",
                "left_on",
            ]
        ]
        for p in self.people:
            kind, firm = (
                ("staff", "Hinata Sonpo") if p.kind == "staff" else ("contractor", "Midori Staff")
            )
            joined = day(p.joined) if p.joined >= 0 else f"{2025 - p.pc * 7 % 19}-04-01"
            boss = {"sendai": self.svs[0].no, "fukuoka": self.svs[3].no, "out": ""}[p.office]
            rows += [
                [
                    u,
                    p.no,
                    p.name,
                    p.dept,
                    boss,
                    kind,
                    firm,
                    "JP",
                    joined,
                    day(p.left) if p.left < 9999 else "",
                ]
                for u in (p.user, p.ad)
            ]
        (out / "people.csv").write_text("\n".join(map(",".join, rows)) + "\n", encoding="utf-8")
        notes = [
            "decoy,,囮レコード",
            "decoy,,囮レコード",
            "vip,,俳優",
            "vip,,県知事",
            "vip,,球団監督",
            f"relation,{self.trainee.user},親族",
            f"relation,{self.owl.ad},配偶者",
            "staff,,当社社員",
            "staff,,当社社員",
            "vip,,俳優の事故",
        ]
        watched = self.decoys + self.vips + self.kin + [self.vip_claim]
        (out / "watch.csv").write_text(
            "\n".join(
                map(
                    ",".join,
                    [["subject", "kind", "user", "reason"]]
                    + [[s, *w.split(",")] for s, w in zip(watched, notes)],
                )
            )
            + "\n",
            encoding="utf-8",
        )
        rows = [["user", "department", "resource", "level", "from", "to"]]
        rows += [
            ["", dept, res, "", "", ""]
            for part in RIGHTS.split(";")
            for dept in part.split(":")[0].split()
            for res in part.split(":")[1].split()
        ]
        rows += [
            [u, "", res, "", day(self.audit_from), day(self.audit_from + 4)]
            for p in self.audit
            for u, res in (
                (p.ad, "jiko"),
                (p.ad, "jiko-docs"),
                (p.ad, "jiko-list"),
                (p.user, "recording"),
            )
        ]
        (out / "privileges.csv").write_text("\n".join(map(",".join, rows)) + "\n", encoding="utf-8")
        (out / "mimamori.yaml").write_text(
            SETTINGS.replace("DOM", DOM).replace("REC", REC), encoding="utf-8"
        )
        truth = {
            "seed": self.seed,
            "days": [d.isoformat() for d in self.dates],
            "about": ABOUT,
            "incidents": self.incidents,
            "annoyances": self.annoyances,
        }
        (out / "truth.json").write_text(
            json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )


GRADES = {"e": "easy", "m": "medium", "h": "hard"}
TEXTS = [
    t.split("|")
    for t in """\
es_evenings|weeks|operator {p} stays after the shift on {k} days and leafs through 100 and more customers each time|rows of records without calls after the last call
es_quotes|outsider|{ip} counts through quotation numbers on the public site for days and reads those that exist|one address, thousands in sequence; a visitor opens his own one or two
e_export|export|temporary operator {p} downloads {k} lists of customers after the shift|an operator has never made an export, and these are of megabytes
e_stuffing|login|{ip} tries {n} names on the policyholders' portal and gets into five|refused log-ins of as many names from one address, then accepted ones, contracts read
e_silence|silence|{site} writes not one line from {a}:00 to {b}:00 of a working day|the site's busiest hours are empty
e_errors|errors|{site} answers most requests with 500 for {mins} minutes of a working day, nothing was planned|server errors from under one percent to more than half
e_scan|web|{ip} walks a list of several hundred known files on the public site and gets nothing|404 and 403 throughout, a scanner's name in the agent
ms_gone|login|the account {p} of a home worker who has left signs in on {k} evenings and reads customers|left_on lies before; no punch in the roster; no calls before the records
ms_phone|other|after a release the desk's search writes the caller's telephone number into the address|GET /search?tel=… where only POST /search was
ms_weeks|weeks|claims handler {p} reads some thirty claims of colleagues every day beside the own ones|twice the own past; others' claims, read once, without a memo
m_night|hours|day operator {p} signs in from a private address after one at night and reads {k} customers|not this person at night, never from there; no punch, no calls
m_agency|amount|coordinator {p} of the temporary agency opens the time sheets of {k} employees of the insurer|coordinators read their own few temporaries, never an s-number
m_rec|other_site|operator {p} downloads {k} recordings of other people's calls in one shift|operators hear one own call in weeks; this is more than quality control's day
m_vip|other|{k} operators look at the record of {c}, whose accident was in the news|a watched customer nobody had opened; no call popped up before any of the looks
hs_ex|weeks|operator {p} opens the one customer {c} again and again over weeks without a call|nobody else opens that customer, no pop goes before, no other recurs so
hs_few|weeks|operator {p} takes six to ten additional customers a day from one range of numbers|records without a pop between K{low} and K{high} daily; calls come from everywhere
hs_place|place|Sendai handler {p} reads five to nine Fukuoka claims with documents every working day|F-numbers from a Sendai desk: others have one a week; the day's total is usual
h_share|session|somebody else uses the account {p} of a home worker at {ip} while its owner takes calls|two addresses and browsers in the same minutes; calls at one, none at the other
h_size|export|handler {p} exports the list of all handlers in place of the own one, once or twice|the usual file name, but tanto=all and fifty times the bytes of any mylist before
h_backup|web|among the guesses of a scanner at {ip} one meets: a database copy lies open on the portal and is fetched|one 200 with 46 megabytes among forty 404
h_node|silence|the second of the portal's two servers delivers no line from {a}:00 to {b}:00; the first goes on|ap2's file lacks hours, the site has half its requests""".split(
        "\n"
    )
]
ABOUT = (
    "Hinata Sonpo, a Japanese non-life insurer, some 115 people sign in: claims handlers in two cities (IIS), operators, home workers, night desk (nginx JSON), "
    "recordings (LTSV), a roster that the agency of temporary staff reads too (Apache), the policyholders' portal on two servers, the public site (AWS ALB)."
)
IIS = (
    "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username "
    "c-ip cs(User-Agent) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes time-taken"
)
RIGHTS = (
    "claims-sendai claims-fukuoka:jiko jiko-docs jiko-list jiko-export recording;desk-sendai desk-fukuoka desk-home night:customer contracts search recording;"
    "sv:customer contracts search desk-export recording timesheet;qa:recording;agency:timesheet timesheet-export"
)
REC = (
    r"time:$time_local\thost:$remote_addr\tuser:$remote_user\treq:$request\tstatus:$status\tsize:$body_bytes_sent\treqtime:$request_time"
    r"\treferer:$http_referer\tua:$http_user_agent\tvhost:$host"
)
SETTINGS = r"""timezone: Asia/Tokyo
locale: ja
business_hours: {days: [mon, tue, wed, thu, fri], from: "08:00", to: "20:00", holidays: JP}
context: {people: people.csv, watch: watch.csv, privileges: privileges.csv}
user_types: [{pattern: '^(HINATA\\)?s[0-9]{4}$', type: staff}, {pattern: '^(HINATA\\)?[tx][0-9]{4}$', type: contractor},
             {pattern: '^svc-', type: system}, {pattern: '^M[0-9]{8}$', type: customer}]
resources:
  claims:
    - {id: jiko, kind: record, path: "/jiko/{subject}", methods: [GET], level: 3, categories: [name, address, phone, medical]}
    - {id: jiko-docs, kind: record, path: "/jiko/{subject}/docs", level: 3, categories: [name, medical]}
    - {id: jiko-list, kind: list, path: /list, level: 1, categories: [name]}
    - {id: jiko-export, kind: export, path: "/export/*", level: 3, categories: [name, address, phone]}
  desk:
    - {id: login, kind: login, path: /auth/login, methods: [POST], success: [302], failure: [401]}
    - {id: customer, kind: record, path: "/customers/{subject}", level: 3, categories: [name, address, phone]}
    - {id: contracts, kind: record, path: "/customers/{subject}/contracts", level: 2, categories: [policy]}
    - {id: search, kind: list, path: /search, level: 2, categories: [name, phone]}
    - {id: desk-export, kind: export, path: "/export/*", level: 3, categories: [name, phone]}
  recordings: [{id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]},
               {id: recording, kind: record, path: "/rec/{subject}/play", level: 3, categories: [voice]}]
  roster: [{id: timesheet-export, kind: export, path: /timesheet/export.csv, level: 2}, {id: timesheet, kind: record, path: "/timesheet/{subject}", level: 2}]
  portal: [{id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]},
           {id: contract, kind: record, path: "/contracts/{subject}", level: 3, categories: [name, address, policy]},
           {id: my-claim, kind: record, path: "/jiko/{subject}", level: 3, categories: [name, medical]}]
  public: [{id: quote, kind: record, path: "/quote/resume?no={subject}", level: 2, categories: [name, birth]}]
sites:
  - {id: claims, group: main, domains: [claims.DOM], logs: ["claims/u_ex*.log"], format: auto, resources: claims, hours: business}
  - {id: cti, group: main, domains: [cti.DOM], logs: ["cti/access.json*"], format: auto, resources: desk, hours: always}
  - {id: rec, group: main, domains: [rec.DOM], logs: ["rec/rec_access.ltsv*"], resources: recordings, hours: business, format: "REC"}
  - {id: shift, group: main, domains: [shift.DOM], logs: ["shift/other_vhosts_access.log*"], format: auto, resources: roster, hours: always}
  - {id: mypage, group: main, domains: [mypage.DOM], logs: ["mypage/ap*/access_log*"], trusted_proxies: [10.20.0.5, 10.20.0.6], session_cookie: MYPSESSID,
     format: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" "%{X-Forwarded-For}i" %D "%{MYPSESSID}C"', resources: portal, hours: always}
  - {id: www, group: main, domains: [www.DOM], logs: ["www/www-alb_*"], format: auto, resources: public, hours: always}
"""

if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    for name, kind, default in (
        ("--seed", int, 7),
        ("--days", int, 35),
        ("--out", Path, Path("out")),
    ):
        ap.add_argument(name, type=kind, default=default)
    args = ap.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    world = World(args.seed, args.days)
    world.live()
    world.write(args.out)
