#!/usr/bin/env python3
"""Draws the access logs of Hoshimi University, a made-up Japanese private university.

    python3 -I university.py --seed 7 --days 35 --out DIR

Order of work: people -> plan (who works when, from where) -> annoyances (may change
the plan) -> incidents -> everyday life -> files.  Every line is an event that may carry
the id of the incident or annoyance it belongs to, so truth.json counts real lines.
"""

import argparse
import bisect
import datetime as dt
import gzip
import io
import json
import os
import random
from urllib.parse import quote

STARTS = ["2026-01-13", "2026-04-13", "2026-05-25", "2026-06-08", "2026-09-14"]
HOLIDAYS = {
    dt.date(2026, m, d)
    for m, d in [
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
    ]
}
JST = dt.timezone(dt.timedelta(hours=9))
DOMAIN = "hoshimi-u.example"
HOST = {
    "kyomu": "kyomu." + DOMAIN,
    "shogaku": "shogaku." + DOMAIN,
    "hoken": "hoken." + DOMAIN,
    "library": "opac." + DOMAIN,
    "nyushi": "nyushi." + DOMAIN,
    "portal": "portal." + DOMAIN,
    "alumni": "koyukai." + DOMAIN,
    "helpdesk": "desk." + DOMAIN,
}
SITES = list(HOST)
CAMPUSES = {"minamino": "10.11", "kohoku": "10.12", "hitachino": "10.13"}
WIFI = {
    "minamino": "202.239.71.%d",
    "kohoku": "202.239.72.%d",
    "hitachino": "153.150.88.%d",
}  # egress of student Wi-Fi
LB = ["10.1.0.10", "10.1.0.11"]  # in front of the portal
MONITOR = "10.1.9.20"
FACULTY_CAMPUS = {
    1: "minamino",
    2: "minamino",
    3: "minamino",
    4: "kohoku",
    5: "kohoku",
    6: "hitachino",
}

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36"
EDGE = CHROME + " Edg/%d.0.0.0"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%d.1 Safari/605.1.15"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS %d_%d like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%d.0 Mobile/15E148 Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android %d; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:%d.0) Gecko/20100101 Firefox/%d.0"
BOTS = [
    ("66.249.79.%d", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    ("157.55.39.%d", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"),
    (
        "17.241.75.%d",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
    ),
]
PROBES = [
    "/.env",
    "/wp-login.php",
    "/.git/config",
    "/phpmyadmin/index.php",
    "/xmlrpc.php",
    "/admin/config.php",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/boaform/admin/formLogin",
    "/actuator/health",
    "/cgi-bin/luci",
    "/owa/auth/logon.aspx",
    "/backup.zip",
    "/server-status",
    "/solr/admin/info/system",
    "/HNAP1",
]
SURNAMES = (
    "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水 山崎 森 池田 橋本 阿部 石川 "
    "山下 中島 石井 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本 福田 太田 西村 藤井 岡本 金子 藤原 三浦 中野 原田"
).split()
GIVEN = "陽子 健一 美咲 大輔 由美 翔太 恵 直樹 香織 誠 真理 隆 彩 浩二 智子 亮 奈緒 修 麻衣 拓也 久美子 秀樹 千尋 剛 裕子 悠".split()

# login path, list path, record path, sub pages of a record
PATHS = {
    "kyomu": (
        "/login",
        "/students",
        "/students/%s",
        ["/students/%s/grades", "/students/%s/registration"],
    ),
    "shogaku": (
        "/Account/Login",
        "/Applicants",
        "/Applicants/Detail?no=%s",
        ["/Applicants/Income?no=%s"],
    ),
    "hoken": ("/auth/login", "/charts", "/charts/%s", ["/charts/%s/visits"]),
    "library": ("/staff/login", "/staff/patrons", "/staff/patrons/%s", ["/staff/patrons/%s/loans"]),
    "alumni": (
        "/office/login",
        "/office/members",
        "/office/members/%s",
        ["/office/members/%s/donations"],
    ),
    "helpdesk": ("/login", "/tickets", "/accounts/%s", ["/accounts/%s/reset"]),
    "portal": ("/login", "/teach/classes", "/teach/students/%s", []),
    "nyushi": (
        "/admin/login",
        "/admin/applicants",
        "/admin/applicants/%s",
        ["/admin/applicants/%s/documents"],
    ),
}
EXPORTS = {
    "kyomu": "/export/students.csv?year=%s",
    "shogaku": "/Export/Recipients?month=%s",
    "hoken": "/export/checkups.csv?year=%s",
    "alumni": "/office/export/members.csv?class=%s",
    "nyushi": "/admin/export/applicants.csv?round=%s",
    "library": "/staff/export/overdue.csv?m=%s",
    "helpdesk": "/reports/export.csv?week=%s",
}
OK_LOGIN = {
    "kyomu": 302,
    "shogaku": 302,
    "hoken": 200,
    "library": 302,
    "alumni": 302,
    "helpdesk": 302,
    "portal": 302,
    "nyushi": 302,
}
BAD_LOGIN = {
    "kyomu": 401,
    "shogaku": 401,
    "hoken": 401,
    "library": 401,
    "alumni": 401,
    "helpdesk": 401,
    "portal": 401,
    "nyushi": 401,
}
# department: (people, sites with the share of days on which each is used, median records a day)
DEPARTMENTS = {
    "教務課": (34, {"kyomu": 0.97, "portal": 0.25}, 13),
    "奨学金担当": (12, {"shogaku": 0.97, "kyomu": 0.45}, 15),
    "保健センター": (11, {"hoken": 0.97}, 11),
    "図書館": (18, {"library": 0.95}, 12),
    "入試課": (10, {"nyushi": 0.95, "kyomu": 0.12}, 12),
    "校友課": (7, {"alumni": 0.95, "kyomu": 0.10}, 9),
    "キャリアセンター": (10, {"kyomu": 0.85, "portal": 0.3}, 9),
    "情報システム課": (7, {"helpdesk": 0.6, "kyomu": 0.2, "portal": 0.3}, 4),
    "委託ヘルプデスク": (14, {"helpdesk": 0.99}, 15),
    "教員": (70, {"portal": 0.42}, 5),
}
HOME_SITE = {
    "教務課": "kyomu",
    "奨学金担当": "shogaku",
    "保健センター": "hoken",
    "図書館": "library",
    "入試課": "nyushi",
    "校友課": "alumni",
    "キャリアセンター": "kyomu",
    "情報システム課": "helpdesk",
    "委託ヘルプデスク": "helpdesk",
    "教員": "portal",
}


class Person:
    """Somebody who works here; what differs between people lies in these fields."""

    def __init__(self, **fields):
        self.__dict__.update(fields)


class World:
    def __init__(self, seed, ndays):
        self.seed, self.ndays = seed, ndays
        self.start = dt.date.fromisoformat(STARTS[seed % len(STARTS)])
        self.dates = [self.start + dt.timedelta(i) for i in range(ndays)]
        self.events, self.gaps = [], []
        self.incidents, self.annoyances = [], []
        self.used = set()  # people who already play a part
        self.watch = []  # rows of the watch list
        self.privilege_rows = []
        self.rng = self.stream("people")
        self.make_students()
        self.make_people()
        self.make_plan()

    def stream(self, name):
        return random.Random("%d/%s" % (self.seed, name))

    # ---------------------------------------------------------------- calendar
    def at(self, day, hour):
        """Epoch seconds of an hour (float, JST) of day number `day`."""
        base = dt.datetime.combine(self.dates[0], dt.time(), JST).timestamp()
        return base + day * 86400 + hour * 3600

    def off(self, day):
        d = self.dates[day]
        return d.weekday() >= 5 or d in HOLIDAYS or (8, 10) <= (d.month, d.day) <= (8, 16)

    def term(self, day):
        """How lively student life is on that day."""
        d = (self.dates[day].month, self.dates[day].day)
        if (4, 6) <= d <= (4, 17) or (9, 21) <= d <= (9, 30):
            return 1.35  # course registration
        if (7, 18) <= d <= (7, 31) or (1, 22) <= d <= (2, 4):
            return 1.25  # examinations
        if (8, 1) <= d <= (9, 18) or (2, 8) <= d <= (3, 31):
            return 0.55  # vacation
        if (4, 29) <= d <= (5, 6):
            return 0.5
        return 1.0

    def entrance(self, day):
        d = (self.dates[day].month, self.dates[day].day)
        return (
            2.4
            if (1, 5) <= d <= (2, 20)
            else 1.5
            if (9, 1) <= d <= (10, 31)
            else 1.3
            if (7, 15) <= d <= (8, 10)
            else 0.8
        )

    # ---------------------------------------------------------------- people
    def make_students(self):
        r = self.rng
        self.students, self.campus_students = [], {c: [] for c in CAMPUSES}
        for faculty, size in ((1, 1400), (2, 1100), (3, 800), (4, 1200), (5, 700), (6, 900)):
            for number in r.sample(range(1, 4000), size):
                year = r.choice((23, 24, 25, 26))
                sid = "%s%02d%d%04d" % ("m" if r.random() < 0.06 else "b", year, faculty, number)
                self.students.append(sid)
                self.campus_students[FACULTY_CAMPUS[faculty]].append(sid)
        self.student_weight, total = [], 0
        self.student_info = {}
        for sid in self.students:
            total += min(r.paretovariate(1.3), 40)
            self.student_weight.append(total)
        self.alumni = ["al-%06d" % n for n in r.sample(range(10000, 99999), 4200)]
        self.applicants = [
            "%d%05d" % (26 if self.start.month < 4 else 27, n) for n in range(10000, 13600)
        ]

    def desk_ua(self, r):
        v = r.choice((138, 139, 140, 141))
        return r.choice((EDGE % (v, v), EDGE % (v, v), CHROME % v, CHROME % v, FIREFOX % (v, v)))

    def home_ip(self, r):
        return "%s.%d.%d" % (
            r.choice(
                (
                    "118.9",
                    "122.17",
                    "60.94",
                    "114.161",
                    "180.53",
                    "219.117",
                    "124.35",
                    "153.203",
                    "58.88",
                )
            ),
            r.randint(1, 250),
            r.randint(2, 250),
        )

    def mobile_ip(self, r):
        return "%s.%d.%d" % (
            r.choice(
                ("49.96", "49.98", "1.75", "106.146", "106.154", "126.166", "126.253", "133.106")
            ),
            r.randint(0, 255),
            r.randint(1, 254),
        )

    def phone_ua(self, r):
        if r.random() < 0.62:
            v = r.choice((17, 18, 26))
            return IPHONE % (v, r.randint(0, 6), v)
        return ANDROID % (r.choice((13, 14, 15)), r.choice((137, 138, 139)))

    def make_people(self):
        r = self.rng
        self.people, number, desk = [], 20100, {c: 10 for c in CAMPUSES}
        for dept, (count, sites, median) in DEPARTMENTS.items():
            for i in range(count):
                number += r.randint(1, 9)
                campus = list(CAMPUSES)[(0, 0, 0, 1, 1, 2)[i % 6]]
                contractor, teacher = dept == "委託ヘルプデスク", dept == "教員"
                desk[campus] += 1
                ip = "%s.%d.%d" % (
                    CAMPUSES[campus],
                    20 + desk[campus] // 200,
                    20 + desk[campus] % 200,
                )
                if contractor:
                    ip = "10.60.4.%d" % (20 + i)
                part_time = not teacher and r.random() < 0.2
                p = Person(
                    user="hd-%03d" % (101 + i)
                    if contractor
                    else ("f%05d" if teacher else "k%05d") % number,
                    name="%s %s" % (r.choice(SURNAMES), r.choice(GIVEN)),
                    dept=dept,
                    campus=campus,
                    contractor=contractor,
                    teacher=teacher,
                    sites=dict(sites),
                    rate=median * r.lognormvariate(0, 0.5),
                    part_time=part_time,
                    days=sorted(r.sample(range(5), 3)) if part_time else list(range(5)),
                    start=r.gauss(8.75, 0.35) if not teacher else r.uniform(9, 13),
                    length=5.2 if part_time else r.gauss(8.6, 0.7),
                    ip=ip,
                    ua=self.desk_ua(r),
                    home_days=[],
                    home_ip=self.home_ip(r),
                    home_ua=None,
                    joined="20%02d-04-01" % r.randint(8, 25),
                    left="",
                    focus=[],
                    own_terminal=not (part_time and r.random() < 0.6),
                )
                if r.random() < 0.18 and not contractor and dept not in ("保健センター", "図書館"):
                    p.home_days = r.sample(p.days, min(len(p.days), r.choice((1, 1, 2))))
                p.home_ua = (
                    p.ua
                    if r.random() < 0.5
                    else (MAC % 18 if r.random() < 0.3 else self.desk_ua(r))
                )
                if not p.own_terminal:
                    p.ip = "%s.30.%d" % (
                        CAMPUSES[campus],
                        {"教務課": 5, "図書館": 7, "奨学金担当": 6}.get(dept, 9),
                    )
                    p.ua = EDGE % (139, 139)
                if dept == "図書館":  # the library opens at night and on Saturdays
                    p.days = sorted(r.sample(range(7), 5 if not part_time else 3))
                    p.start = r.choice((8.6, 8.6, 13.2)) + r.uniform(-0.2, 0.2)
                if contractor:  # shifts, Saturdays too
                    p.days = sorted(r.sample(range(6), 5))
                    p.start = (8.0, 9.5, 11.5)[i % 3] + r.uniform(0, 0.25)
                if dept in ("保健センター",) and i == 0:
                    p.rate *= 0.4  # the physician
                pool = (
                    self.alumni
                    if HOME_SITE[dept] == "alumni"
                    else self.applicants
                    if dept == "入試課"
                    else self.campus_students[campus]
                )
                p.focus = r.sample(
                    pool, min(len(pool), r.choice((180, 300, 450)) if not teacher else 70)
                )
                if dept == "情報システム課" and i < 2:
                    p.sites["kyomu"] = 0.5
                self.people.append(p)

    def dept(self, *names):
        return [p for p in self.people if p.dept in names]

    def make_plan(self):
        """plan[user][day] = dict(start, end, ip, ua) for the days on which the person works."""
        r = self.stream("plan")
        self.plan = {}
        for p in self.people:
            mine, away_until = {}, -1
            for day in range(self.ndays):
                wd = self.dates[day].weekday()
                if p.dept == "図書館":
                    works = wd in p.days and not (self.dates[day] in HOLIDAYS)
                elif p.contractor:
                    works = wd in p.days and self.dates[day] not in HOLIDAYS
                elif p.teacher:
                    works = r.random() < (0.8 if not self.off(day) else 0.22)
                else:
                    works = wd in p.days and not self.off(day)
                if works and r.random() < 0.012:
                    away_until = day + r.choice((0, 0, 1, 4))  # ill, or a holiday
                if not works or day <= away_until or r.random() < 0.03:
                    continue
                start = p.start + r.gauss(0, 0.18)
                length = (
                    p.length
                    + max(0, r.gauss(0, 0.5))
                    + (r.expovariate(1.0) if r.random() < 0.12 else 0)
                )
                end = min(
                    start + length, 23.3 if p.teacher else 20.2 if p.dept != "図書館" else 21.8
                )
                home = wd in p.home_days and r.random() < 0.85
                entry = dict(
                    start=start,
                    end=end,
                    ip=p.home_ip if home else p.ip,
                    ua=p.home_ua if home else p.ua,
                )
                if p.teacher and (self.off(day) or r.random() < 0.3):
                    entry.update(
                        start=r.uniform(18, 21),
                        end=r.uniform(21.5, 23.6),
                        ip=p.home_ip,
                        ua=p.home_ua,
                    )
                mine[day] = entry
            self.plan[p.user] = mine

    # ---------------------------------------------------------------- lines
    def user_on(self, p, site):
        return "HOSHIMI\\" + p.user if site == "shogaku" else p.user

    def hit(
        self,
        site,
        t,
        ip,
        user,
        path,
        status=200,
        size=None,
        ms=None,
        ua="-",
        method="GET",
        ref="-",
        tag=None,
        sess=None,
    ):
        r = self.noise
        if size is None:
            size = (
                0
                if status in (302, 304)
                else int(r.lognormvariate(9.1, 0.6))
                if status == 200
                else r.randint(200, 900)
            )
        if ms is None:
            ms = r.lognormvariate(4.2, 0.7)
        self.events.append((t, site, ip, user, method, path, status, size, ms, ref, ua, sess, tag))

    def sid(self, r):
        return "%032x" % r.getrandbits(128)

    def login(self, site, t, ip, user, ua, ok=True, tag=None, sess=None):
        path = PATHS[site][0]
        self.hit(
            site,
            t,
            ip,
            user,
            path,
            OK_LOGIN[site] if ok else BAD_LOGIN[site],
            ua=ua,
            method="POST",
            ref="https://%s%s" % (HOST[site], path),
            tag=tag,
            sess=sess,
        )

    def read(self, site, t, ip, user, ua, subject, r, tag=None, subs=0.6, sess=None):
        """One person's data opened, with its sub pages; returns the time after it."""
        _, lst, record, more = PATHS[site]
        self.hit(
            site,
            t,
            ip,
            user,
            record % subject,
            ua=ua,
            ref="https://%s%s" % (HOST[site], lst),
            tag=tag,
            sess=sess,
        )
        for page in more:
            if r.random() < subs:
                t += r.uniform(2, 25)
                post = page.endswith("/reset")
                self.hit(
                    site,
                    t,
                    ip,
                    user,
                    page % subject,
                    302 if post else 200,
                    ua=ua,
                    method="POST" if post else "GET",
                    ref="https://%s%s" % (HOST[site], record % subject),
                    tag=tag,
                    sess=sess,
                )
        return t

    def read_many(
        self,
        site,
        p,
        day,
        subjects,
        r,
        start,
        end,
        tag=None,
        ip=None,
        ua=None,
        subs=0.5,
        login=True,
    ):
        """A person opens these records between two hours, in their own name."""
        e = self.plan[p.user].get(day) or dict(ip=p.ip, ua=p.ua)
        ip, ua, user = ip or e["ip"], ua or e["ua"], self.user_on(p, site)
        sess = self.sid(r)
        who = None if site == "nyushi" else user
        if login:
            self.login(site, self.at(day, start) - 40, ip, who, ua, tag=tag, sess=sess)
        for subject in subjects:
            self.read(
                site, self.at(day, r.uniform(start, end)), ip, who, ua, subject, r, tag, subs, sess
            )

    def export(self, site, p, day, hour, what, size, r, tag=None, ip=None, ua=None):
        e = self.plan[p.user].get(day) or dict(ip=p.ip, ua=p.ua)
        self.hit(
            site,
            self.at(day, hour),
            ip or e["ip"],
            None if site == "nyushi" else self.user_on(p, site),
            EXPORTS[site] % what,
            size=size,
            ms=size / 900,
            ua=ua or e["ua"],
            ref="https://%s%s" % (HOST[site], PATHS[site][1]),
            tag=tag,
        )

    # ---------------------------------------------------------------- choosing
    def worker(self, people, first, last, r, at_least=1):
        """Somebody not used yet, who works on at least so many days between the two."""
        free = [
            p
            for p in people
            if p.user not in self.used
            and not p.left
            and sum(first <= d <= last for d in self.plan[p.user]) >= at_least
        ]
        p = r.choice(
            free or [p for p in people if sum(first <= d <= last for d in self.plan[p.user]) >= 1]
        )
        self.used.add(p.user)
        return p

    def work_days(self, p, first, last):
        return [d for d in sorted(self.plan[p.user]) if first <= d <= last]

    def weekday(self, r, first, last):
        return r.choice([d for d in range(first, last + 1) if not self.off(d)])

    def silent_day(self, r, first, last, site):
        """A weekday on which the missing hours swallow as few lines of other incidents as can be."""
        crowd = {d: 0 for d in range(first, last + 1) if not self.off(d)}
        for e in self.events:
            day = int((e[0] - self.at(0, 0)) // 86400)
            if e[1] == site and day in crowd and (e[-1] or "").startswith("i"):
                crowd[day] += 1
        fewest = min(crowd.values())
        return r.choice([d for d in crowd if crowd[d] == fewest])

    def incident(self, grade, family, days, sites, actors, what, seen, woken):
        i = dict(
            id="i%02d" % (len(self.incidents) + 1),
            grade=grade,
            family=family,
            first_day=str(self.dates[min(days)]),
            last_day=str(self.dates[max(days)]),
            site_ids=sites,
            actors=list(actors),
            what=what,
            how_seen=seen,
            lines=0,
            woken=woken,
        )
        self.incidents.append(i)
        return i["id"]

    def annoyance(self, days, sites, actors, what, why):
        a = dict(
            id="a%02d" % (len(self.annoyances) + 1),
            first_day=str(self.dates[min(days)]),
            last_day=str(self.dates[max(days)]),
            site_ids=sites,
            actors=list(actors),
            what=what,
            why_not=why,
        )
        self.annoyances.append(a)
        return a["id"]


# ==================================================================== incidents
# Each takes (world, random, first day, last day) and writes its lines and its truth.


def inc_leaver_export(w, r, lo, hi):
    p = w.worker(w.dept("教務課"), lo, hi, r)
    day = r.choice(w.work_days(p, lo, hi))
    tag = w.incident(
        "easy",
        "export",
        [day],
        ["kyomu"],
        [p.user],
        "A registrar's clerk stays after hours and downloads the complete student lists of four years.",
        "four exports of several megabytes in one late evening; this clerk never exported before",
        True,
    )
    hour = r.uniform(21.4, 22.5)
    w.login("kyomu", w.at(day, hour), p.ip, p.user, p.ua, tag=tag)
    for i, year in enumerate((2023, 2024, 2025, 2026)):
        w.export("kyomu", p, day, hour + 0.03 + i * 0.05, year, r.randint(2400000, 4200000), r, tag)


def inc_income_bulk(w, r, lo, hi):
    p = w.worker(w.dept("奨学金担当"), lo, hi, r)
    day = r.choice(w.work_days(p, lo, hi))
    n = r.randint(320, 450)
    tag = w.incident(
        "easy",
        "amount",
        [day],
        ["shogaku"],
        ["HOSHIMI\\" + p.user],
        "A scholarship clerk opens some %d applicants' files with household income in one afternoon."
        % n,
        "over twenty times the clerk's own day, one after the other",
        True,
    )
    w.read_many("shogaku", p, day, r.sample(w.students, n), r, 13.2, 17.2, tag, subs=0.8)


def inc_spray(w, r, lo, hi):
    day = r.randint(lo, hi)
    ip = "45.%d.%d.%d" % (r.randint(130, 160), r.randint(1, 250), r.randint(2, 250))
    got = r.sample(w.students, 3)
    tag = w.incident(
        "easy",
        "login",
        [day],
        ["portal"],
        [ip] + got,
        "One foreign address tries a common password on hundreds of student accounts; three let it in and their profiles are read.",
        "hundreds of refused accounts from one address, then 302 and profile pages",
        True,
    )
    t, ua = w.at(day, r.uniform(1, 5)), FIREFOX % (115, 115)
    names = r.sample(w.students, r.randint(280, 420)) + got
    r.shuffle(names)
    for s in names:
        t += r.uniform(2, 9)
        sess = w.sid(r)
        w.login("portal", t, ip, s, ua, s in got, tag, sess)
        if s in got:
            for page in ("/home", "/profile/" + s, "/grades/" + s):
                w.hit("portal", t + r.uniform(1, 9), ip, s, page, ua=ua, tag=tag, sess=sess)


def inc_health_silence(w, r, lo, hi):
    day = w.silent_day(r, lo, hi, "hoken")
    tag = w.incident(
        "easy",
        "silence",
        [day],
        ["hoken"],
        ["hoken"],
        "The health centre's server writes no log from morning to evening of a working day (disk full); the data were used all the same.",
        "no line at all in hours that always have many; lines is 0 because they are missing",
        True,
    )
    w.gaps.append(("hoken", w.at(day, 9.0 + r.random()), w.at(day, 17.6 + r.random()), tag))


def inc_foreign_account(w, r, lo, hi):
    p = w.worker(w.dept("教務課", "キャリアセンター"), lo, hi, r)
    down = {
        int((g[1] - w.at(0, 0)) // 86400) for g in w.gaps if g[0] == "kyomu"
    }  # maintenance nights
    day = r.choice([d for d in range(lo, hi + 1) if d not in down])
    ip = "%s.%d.%d" % (
        r.choice(("185.220", "193.32", "91.219", "176.10")),
        r.randint(1, 250),
        r.randint(2, 250),
    )
    tag = w.incident(
        "easy",
        "place",
        [day],
        ["kyomu"],
        [p.user, ip],
        "A clerk's phished account is used before dawn from eastern Europe to go through student records.",
        "country, address, browser and hour all new for this account; 60 to 110 records",
        True,
    )
    w.read_many(
        "kyomu",
        p,
        day,
        r.sample(w.students, r.randint(60, 110)),
        r,
        2.6,
        4.3,
        tag,
        ip,
        CHROME % 120,
    )


def inc_cookie_theft(w, r, lo, hi):
    day = w.weekday(r, lo, hi)
    s, sess = r.choice(w.students), w.sid(r)
    home, thief = (
        w.mobile_ip(r),
        "103.%d.%d.%d" % (r.randint(100, 150), r.randint(1, 250), r.randint(2, 250)),
    )
    tag = w.incident(
        "easy",
        "session",
        [day],
        ["portal"],
        [s, thief],
        "The session cookie of a student is used from an Asian hosting address while the student is still working with it.",
        "one session cookie, two addresses and two browsers within minutes; bank account changed from the second",
        True,
    )
    t, phone = w.at(day, r.uniform(10, 16)), w.phone_ua(r)
    w.login("portal", t, home, s, phone, sess=sess, tag=tag)
    for i in range(16):
        t += r.uniform(15, 70)
        mine = i % 2 == 0
        page = (
            r.choice(("/home", "/timetable", "/notices"))
            if mine
            else r.choice(("/profile/" + s, "/grades/" + s, "/profile/%s/bank" % s))
        )
        w.hit(
            "portal",
            t,
            home if mine else thief,
            s,
            page,
            ua=phone if mine else CHROME % 118,
            tag=tag,
            sess=sess,
        )
    w.hit(
        "portal",
        t + 30,
        thief,
        s,
        "/profile/%s/bank" % s,
        302,
        ua=CHROME % 118,
        method="POST",
        tag=tag,
        sess=sess,
    )


def inc_health_evenings(w, r, lo, hi):
    p = w.worker(w.dept("保健センター"), lo, hi, r, 3)
    days = sorted(r.sample(w.work_days(p, lo, hi), min(3, len(w.work_days(p, lo, hi)))))
    tag = w.incident(
        "medium",
        "hours",
        days,
        ["hoken"],
        [p.user],
        "A member of the health centre comes back to the charts on several evenings after closing, 20 to 30 people each.",
        "charts opened between 21 and 23 h by somebody who otherwise leaves at six",
        True,
    )
    for day in days:
        w.read_many(
            "hoken",
            p,
            day,
            r.sample(w.students, r.randint(20, 30)),
            r,
            r.uniform(21, 21.4),
            r.uniform(22.2, 23.1),
            tag,
        )


def inc_admin_reads_charts(w, r, lo, hi):
    p = w.worker(w.dept("情報システム課"), lo, hi, r)
    day = r.choice(w.work_days(p, lo, hi))
    tag = w.incident(
        "medium",
        "other_site",
        [day],
        ["hoken"],
        [p.user],
        "A systems administrator with a technical account on the health system looks at counselling charts.",
        "a user of another department who never used this site reads records there",
        True,
    )
    w.read_many("hoken", p, day, r.sample(w.students, r.randint(14, 26)), r, 11.5, 15.5, tag)


def inc_curious_clerk(w, r, lo, hi):
    p = w.worker(w.dept("教務課", "キャリアセンター"), lo, hi, r, 4)
    days = w.work_days(p, lo, hi)[:4] or w.work_days(p, lo, hi)
    s = r.choice(w.watch)["subject"]
    tag = w.incident(
        "medium",
        "amount",
        days,
        ["kyomu"],
        [p.user],
        "A clerk opens the record of a student known from television again and again.",
        "one watched person, 5 to 9 times a day on several days, grades and address",
        True,
    )
    for day in days:
        w.read_many("kyomu", p, day, [s] * r.randint(5, 9), r, 10, 17, tag, login=False)


def inc_donor_export(w, r, lo, hi):
    p = w.worker(w.dept("校友課"), lo, hi, r, 2)
    days = w.work_days(p, lo, hi)[:3]
    tag = w.incident(
        "medium",
        "export",
        days,
        ["alumni"],
        [p.user],
        "Donor lists are taken out in small portions, class by class, for a friend's investment shop.",
        "5 to 8 small exports a day of old classes where the office makes one a month",
        True,
    )
    for day in days:
        for k in range(r.randint(5, 8)):
            w.export(
                "alumni",
                p,
                day,
                r.uniform(12.1, 13.0) + k * 0.02,
                1975 + k * 3 + r.randint(0, 2),
                r.randint(40000, 120000),
                r,
                tag,
            )


def inc_result_numbers(w, r, lo, hi):
    day = r.randint(lo, hi)
    ip = "160.16.%d.%d" % (r.randint(50, 240), r.randint(2, 250))
    n, first = r.randint(420, 700), r.randint(0, 2500)
    tag = w.incident(
        "medium",
        "amount",
        [day],
        ["nyushi"],
        [ip],
        "A script counts through applicants' numbers on the page of results, which asks for nothing but the number.",
        "one rented server asks for hundreds of successive numbers, names come back",
        True,
    )
    t = w.at(day, r.uniform(12, 19))
    for k in range(n):
        t += r.uniform(1.5, 9)
        number = str(int(w.applicants[0]) + first + k)
        w.hit(
            "nyushi",
            t,
            ip,
            None,
            "/result?no=" + number,
            200 if r.random() < 0.85 else 404,
            ua=CHROME % 131,
            tag=tag,
        )


def inc_office_bruteforce(w, r, lo, hi):
    p = w.worker(w.dept("校友課"), lo, hi, r)
    day = r.randint(lo, max(lo, hi - 1))
    ips = [
        "%s.%d" % (r.choice(("91.240.118", "80.94.95", "141.98.11")), r.randint(2, 250))
        for _ in range(6)
    ]
    tag = w.incident(
        "medium",
        "login",
        [day, min(day + 1, w.ndays - 1)],
        ["alumni"],
        [p.user] + ips,
        "Slow guessing at an alumni officer's password from several addresses over two nights, in the end with success.",
        "two failures a quarter of an hour, each address only a few times; then a success and members' pages",
        True,
    )
    t, ip = w.at(day, 20.5), ips[0]
    for _ in range(r.randint(50, 75)):
        t += r.uniform(120, 420)
        ip = r.choice(ips)
        w.login("alumni", t, ip, p.user, CHROME % 109, False, tag)
    t = min(t, w.at(w.ndays - 1, 23.5))
    w.login("alumni", t + 30, ip, p.user, CHROME % 109, True, tag)
    for s in r.sample(w.alumni, 12):
        t = w.read("alumni", t + r.uniform(20, 60), ip, p.user, CHROME % 109, s, r, tag)


def inc_errors_registration(w, r, lo, hi):
    day = w.weekday(r, lo, hi)
    tag = w.incident(
        "medium",
        "errors",
        [day],
        ["portal"],
        ["portal"],
        "After an unannounced change the profile pages of the portal break for three hours: many students get 500.",
        "a third of a usual hour's lines are 500 on /profile; nothing leaked",
        False,
    )
    for _ in range(r.randint(170, 260)):
        s = w.any_student(r)
        w.hit(
            "portal",
            w.at(day, r.uniform(11.3, 14.4)),
            w.mobile_ip(r),
            s,
            "/profile/" + s,
            500,
            1212,
            ua=w.phone_ua(r),
            tag=tag,
            sess=w.sid(r),
        )


def inc_weeks_registrar(w, r, lo, hi):
    p = w.worker([p for p in w.dept("教務課") if not p.part_time], lo, hi, r, 8)
    days = w.work_days(p, lo, hi)[: r.randint(9, 13)]
    other = [c for c in CAMPUSES if c != p.campus]
    pool = w.campus_students[r.choice(other)]
    tag = w.incident(
        "hard",
        "weeks",
        days,
        ["kyomu"],
        [p.user],
        "A registrar's clerk copies addresses of another campus's students for a prep school, ten to sixteen people a day.",
        "no day stands out, but over two weeks well over a hundred people who are none of this campus's",
        True,
    )
    for day in days:
        w.read_many(
            "kyomu",
            p,
            day,
            r.sample(pool, r.randint(10, 16)),
            r,
            9.5,
            17,
            tag,
            subs=0.2,
            login=False,
        )


def inc_weeks_helpdesk(w, r, lo, hi):
    p = w.worker(w.dept("委託ヘルプデスク"), lo, hi, r, 8)
    days = w.work_days(p, lo, hi)[: r.randint(9, 12)]
    tag = w.incident(
        "hard",
        "weeks",
        days,
        ["helpdesk"],
        [p.user],
        "A contractor's agent opens telephone numbers of students without a call, a dozen or so a day.",
        "accounts opened without a ticket before and without a reset after, for two weeks",
        True,
    )
    for day in days:
        e = w.plan[p.user][day]
        w.read_many(
            "helpdesk",
            p,
            day,
            r.sample(w.students, r.randint(10, 16)),
            r,
            e["start"] + 0.5,
            e["end"] - 0.5,
            tag,
            subs=0,
            login=False,
        )


def inc_weeks_scholarship(w, r, lo, hi):
    p = w.worker(w.dept("奨学金担当"), lo, hi, r, 7)
    days = w.work_days(p, lo, hi)[: r.randint(8, 12)]
    tag = w.incident(
        "hard",
        "weeks",
        days,
        ["shogaku"],
        ["HOSHIMI\\" + p.user],
        "A clerk picks students of poor households for a lender: nine to fifteen income pages a day beside the daily work.",
        "income pages of people with no open application, day after day, mostly at lunch",
        True,
    )
    for day in days:
        w.read_many(
            "shogaku",
            p,
            day,
            r.sample(w.students, r.randint(9, 15)),
            r,
            12.0,
            13.1,
            tag,
            subs=1,
            login=False,
        )


def inc_weeks_crawler(w, r, lo, hi):
    first = r.randint(lo, max(lo, hi - 11))
    days = list(range(first, min(first + 12, hi + 1)))
    net = "133.18.%d" % r.randint(20, 240)
    ips = ["%s.%d" % (net, n) for n in r.sample(range(2, 250), 3)]
    tag = w.incident(
        "medium",
        "weeks",
        days,
        ["alumni"],
        ips,
        "The alumni directory, whose pages of members can be seen without login since a mistake in the settings, is harvested slowly.",
        "20 to 30 members' pages a night without a user, from three addresses of one host",
        True,
    )
    for day in days:
        for s in r.sample(w.alumni, r.randint(20, 30)):
            w.hit(
                "alumni",
                w.at(day, r.uniform(0.5, 5.5)),
                r.choice(ips),
                None,
                "/members/" + s,
                ua=CHROME % 126,
                tag=tag,
            )


def inc_account_on_leave(w, r, lo, hi):
    owner = w.worker(w.dept("教務課"), lo, hi, r, 3)
    thief = w.worker([p for p in w.dept("教務課") if p.campus == owner.campus], lo, hi, r, 3)
    days = w.work_days(thief, lo, hi)[:3]
    for d in list(w.plan[owner.user]):
        if d >= min(days) - 3:
            del w.plan[owner.user][d]  # on leave
    tag = w.incident(
        "hard",
        "session",
        days,
        ["kyomu"],
        [owner.user, thief.user, thief.ip],
        "A colleague uses the account of somebody on leave, from the own desk, for a few records with changed grades.",
        "two accounts from one desk machine with one browser at the same hour, one of them absent",
        True,
    )
    for day in days:
        e = w.plan[thief.user][day]
        w.read_many(
            "kyomu",
            owner,
            day,
            r.sample(owner.focus, r.randint(5, 8)),
            r,
            13,
            16,
            tag,
            e["ip"],
            e["ua"],
            subs=0.9,
        )


def inc_quiet_theft(w, r, lo, hi):
    p = w.worker(w.dept("教務課", "キャリアセンター"), lo, hi, r, 2)
    days = w.work_days(p, lo, hi)[:2]
    ip = "%s.%d.%d" % (
        r.choice(("27.133", "150.95", "163.44")),
        r.randint(1, 250),
        r.randint(2, 250),
    )
    tag = w.incident(
        "hard",
        "place",
        days,
        ["kyomu"],
        [p.user, ip],
        "A stolen password is used in office hours from a Japanese rented server, a dozen records each time.",
        "the owner works at the desk at the same minutes; address and browser are new",
        True,
    )
    for day in days:
        w.read_many(
            "kyomu",
            p,
            day,
            r.sample(w.students, r.randint(11, 16)),
            r,
            10.2,
            11.6,
            tag,
            ip,
            CHROME % 124,
        )


def inc_left_account(w, r, lo, hi):
    day = w.weekday(r, lo, hi)
    p = w.worker(w.dept("奨学金担当"), 0, w.ndays - 1, r)
    gone = max(3, day - r.randint(8, 12))
    p.left = str(w.dates[gone])
    w.plan[p.user] = {d: e for d, e in w.plan[p.user].items() if d <= gone}
    tag = w.incident(
        "hard",
        "login",
        [day],
        ["shogaku"],
        ["HOSHIMI\\" + p.user],
        "Somebody who left the scholarship office signs in from home, the account still being open.",
        "an access after left_on of the people file; 9 to 15 files in daytime",
        True,
    )
    w.read_many(
        "shogaku",
        p,
        day,
        r.sample(p.focus, r.randint(9, 15)),
        r,
        14,
        15.5,
        tag,
        p.home_ip,
        p.home_ua,
    )


def inc_erased_lines(w, r, lo, hi):
    day = w.silent_day(r, lo, hi, "kyomu")
    h = r.uniform(13.2, 15)
    tag = w.incident(
        "hard",
        "silence",
        [day],
        ["kyomu"],
        ["kyomu"],
        "Somebody with rights on the server cut nearly two hours out of the student records' log.",
        "a gap in the busiest time of a weekday, sharp at both ends, monitoring too; lines is 0 because they are missing",
        True,
    )
    w.gaps.append(("kyomu", w.at(day, h), w.at(day, h + r.uniform(1.6, 2.0)), tag))


def inc_library_other(w, r, lo, hi):
    p = w.worker(w.dept("校友課", "入試課"), lo, hi, r)
    days = w.work_days(p, lo, hi)[:2]
    tag = w.incident(
        "hard",
        "other_site",
        days,
        ["library"],
        [p.user],
        "An officer with a forgotten right on the library system looks up what some students borrow and where they live.",
        "an account of another office among the library's staff; few records, office hours",
        True,
    )
    for day in days:
        w.read_many("library", p, day, r.sample(w.students, r.randint(6, 11)), r, 10, 16, tag)


def inc_night_grades(w, r, lo, hi):
    p = w.worker([p for p in w.dept("教務課") if not p.home_days], lo, hi, r, 2)
    days = w.work_days(p, lo, hi)[:2]
    tag = w.incident(
        "hard",
        "hours",
        days,
        ["kyomu"],
        [p.user],
        "A clerk signs in from the office on two nights after 21 h and opens some grades, for a relative's class.",
        "few records, own desk, but hours this person never keeps and no one else present",
        False,
    )
    for day in days:
        w.read_many(
            "kyomu", p, day, r.sample(p.focus, r.randint(6, 10)), r, 21.3, 22.4, tag, p.ip, p.ua
        )


EASY = [
    inc_leaver_export,
    inc_income_bulk,
    inc_spray,
    inc_health_silence,
    inc_foreign_account,
    inc_cookie_theft,
]
MEDIUM = [
    inc_weeks_crawler,
    inc_health_evenings,
    inc_admin_reads_charts,
    inc_curious_clerk,
    inc_donor_export,
    inc_result_numbers,
    inc_office_bruteforce,
    inc_errors_registration,
]
HARD = [
    inc_account_on_leave,
    inc_quiet_theft,
    inc_left_account,
    inc_erased_lines,
    inc_library_other,
    inc_night_grades,
]
SLOW = [inc_weeks_registrar, inc_weeks_helpdesk, inc_weeks_scholarship]


def draw_incidents(w):
    r = w.stream("incidents")
    rounds = [(14, min(w.ndays, 35) - 1)] if w.ndays < 56 else [(14, 37), (38, w.ndays - 1)]
    for lo, hi in rounds:
        span = hi - lo + 1
        chosen = [
            (f, "day")
            for f in r.sample(EASY, 5)
            + r.sample(MEDIUM[1:], r.choice((4, 5)))
            + r.sample(HARD, r.choice((3, 4)))
        ]
        chosen += [(MEDIUM[0], "slow")] + [(f, "slow") for f in r.sample(SLOW, 2)]
        r.shuffle(chosen)
        silences = (inc_health_silence, inc_erased_lines)  # last: they look where the others are
        for k, (f, kind) in sorted(enumerate(chosen), key=lambda c: c[1][0] in silences):
            if kind == "slow":
                f(w, r, lo + r.randint(0, 4), hi)
            else:  # spread over the time, with room for weekends and holidays
                a = min(lo + k * max(1, span - 8) // len(chosen), hi - 7)
                b = min(hi, a + 8)
                while a > lo and sum(not w.off(d) for d in range(a, b + 1)) < 5:
                    a -= 1  # the university is closed (Obon, Golden Week): begin earlier
                f(w, r, a, b)


# ==================================================================== annoyances


def days_near(w, r, length=1, first=3):
    a = r.randint(first, w.ndays - length - 1)
    return list(range(a, a + length))


def ann_cover(w, r):
    for _ in range(2):
        p = w.worker(w.dept("教務課"), 5, w.ndays - 6, r, 4)
        days = w.work_days(p, r.randint(5, w.ndays - 12), w.ndays - 1)[:4]
        mate = r.choice([q for q in w.dept("教務課") if q is not p])
        tag = w.annoyance(
            days,
            ["kyomu"],
            [p.user],
            "covers for an ill colleague of another campus: twice the usual records, other faculty",
            "a colleague's work, told to the head; the colleague is absent on these days",
        )
        for d in days:
            w.plan[mate.user].pop(d, None)
            w.read_many(
                "kyomu",
                p,
                d,
                r.choices(mate.focus, k=int(8 + min(mate.rate, 22))),
                r,
                9.3,
                17,
                tag,
                login=False,
            )


def ann_new_computer(w, r):
    for _ in range(2):
        p = w.worker(w.people, 5, w.ndays - 3, r, 3)
        day = r.randint(5, w.ndays - 4)
        ua = EDGE % (143, 143)
        w.annoyance(
            range(day, w.ndays),
            [HOME_SITE[p.dept]],
            [p.user],
            "new computer: another browser version and address from that day on",
            "replaced in the yearly cycle, same campus",
        )
        ip = p.ip.rsplit(".", 1)[0] + ".%d" % r.randint(230, 250)
        for d, e in w.plan[p.user].items():
            if d >= day and e["ip"] == p.ip:
                e.update(ua=ua, ip=ip)


def ann_moved_desks(w, r):
    day = r.randint(6, w.ndays - 6)
    group = [p for p in w.dept("奨学金担当", "キャリアセンター") if p.campus == "minamino"]
    w.annoyance(
        range(day, w.ndays),
        ["shogaku", "kyomu"],
        [p.user for p in group],
        "two offices move to another building: new addresses",
        "moved over the weekend, inside the campus network",
    )
    for i, p in enumerate(group):
        for d, e in w.plan[p.user].items():
            if d >= day and e["ip"] == p.ip:
                e["ip"] = "10.11.44.%d" % (20 + i)


def ann_failover(w, r):
    day = w.weekday(r, 6, w.ndays - 2)
    w.annoyance(
        [day],
        ["kyomu", "library", "portal"],
        [],
        "the line of Kohoku campus fails over: its staff come through one address of a mobile router",
        "announced by the network group; all of the campus at once",
    )
    ip = "106.154.%d.%d" % (r.randint(1, 200), r.randint(2, 250))
    w.annoyances[-1]["actors"] = [ip]
    for p in w.people:
        if (
            p.campus == "kohoku"
            and not p.contractor
            and day in w.plan[p.user]
            and w.plan[p.user][day]["ip"] == p.ip
        ):
            w.plan[p.user][day]["ip"] = ip


def ann_travel(w, r):
    for place, net in r.sample(
        [
            ("Korea", "211.234"),
            ("the United States", "73.162"),
            ("Germany", "84.172"),
            ("Taiwan", "114.34"),
            ("France", "90.63"),
        ],
        2,
    ):
        p = w.worker(w.dept("教員"), 4, w.ndays - 7, r, 3)
        a = r.randint(4, w.ndays - 7)
        ip = "%s.%d.%d" % (net, r.randint(1, 250), r.randint(2, 250))
        w.annoyance(
            range(a, a + 5),
            ["portal"],
            [p.user],
            "a professor at a conference in %s uses the portal from the hotel" % place,
            "travel order on file; own classes only",
        )
        for d in range(a, a + 5):
            w.plan[p.user][d] = dict(
                start=r.uniform(8, 14), end=r.uniform(16, 22), ip=ip, ua=p.home_ua
            )


def ann_hotel(w, r):
    p = w.worker(w.dept("入試課"), 4, w.ndays - 3, r, 2)
    days = w.work_days(p, r.randint(4, w.ndays - 12), w.ndays - 1)[:2]
    ip = "210.%d.%d.%d" % (r.randint(130, 170), r.randint(1, 250), r.randint(2, 250))
    tag = w.annoyance(
        days,
        ["nyushi"],
        [ip],
        "an admissions officer works from a hotel in Fukuoka during a college fair",
        "business trip",
    )
    for d in days:
        w.read_many("nyushi", p, d, r.sample(w.applicants, 8), r, 18, 19.5, tag, ip, p.ua)


def ann_audit(w, r):
    p = w.worker(w.dept("情報システム課"), 6, w.ndays - 3, r, 2)
    days = w.work_days(p, r.randint(5, w.ndays - 12), w.ndays - 1)[:2]
    tag = w.annoyance(
        days,
        ["kyomu"],
        [p.user],
        "internal audit: samples of some 45 student records are checked against paper",
        "ordered by the audit office, in the audit plan; privilege entered for these days",
    )
    w.privilege_rows.append(
        (p.user, "", "student", "", str(w.dates[days[0]]), str(w.dates[days[-1]]))
    )
    for d in days:
        w.read_many("kyomu", p, d, r.sample(w.students, r.randint(35, 50)), r, 9.5, 16.5, tag)


def ann_scanners(w, r):
    for site in r.sample(["portal", "alumni", "nyushi", "library", "portal", "alumni"], 4):
        day = r.randint(2, w.ndays - 1)
        ip = "%s.%d.%d" % (
            r.choice(("45.148", "193.46", "20.163", "34.78", "167.94")),
            r.randint(1, 250),
            r.randint(2, 250),
        )
        tag = w.annoyance(
            [day],
            [site],
            [ip],
            "an internet scanner asks for files of other products",
            "finds nothing, all 404",
        )
        t = w.at(day, r.uniform(0, 23))
        for probe in r.choices(PROBES, k=r.randint(6, 25)):
            t += r.uniform(0.3, 3)
            w.hit(
                site,
                t,
                ip,
                None,
                probe,
                404,
                196,
                ua=r.choice(("Mozilla/5.0 zgrab/0.x", "python-requests/2.31.0", CHROME % 99)),
                tag=tag,
            )


def ann_own_scan(w, r):
    day = r.choice([d for d in range(5, w.ndays) if w.off(d)])
    tag = w.annoyance(
        [day],
        ["portal", "alumni"],
        ["10.1.9.66"],
        "the quarterly vulnerability scan ordered by the systems section",
        "own scanner, known address, announced",
    )
    for site in ("portal", "alumni"):
        t = w.at(day, 9 + 2 * r.random())
        for _ in range(r.randint(120, 200)):
            t += r.uniform(0.5, 4)
            w.hit(
                site,
                t,
                "10.1.9.66",
                None,
                r.choice(PROBES)
                + r.choice(
                    ("", "?id=1'", "?q=%3Cscript%3Ealert(1)%3C/script%3E", "?f=../../etc/passwd")
                ),
                404,
                196,
                ua="Mozilla/5.0 (compatible; Nessus; SCAN ordered by IT)",
                tag=tag,
            )


def ann_campaign(w, r):
    day = r.randint(4, w.ndays - 3)
    tag = w.annoyance(
        [day, day + 1],
        ["alumni"],
        ["alumni"],
        "the homecoming letter goes out: many alumni sign in, many forgot their password",
        "mail campaign of the alumni office; failures spread over the alumni, each a few times",
    )
    for _ in range(r.randint(170, 260)):
        s, ip, ua = r.choice(w.alumni), w.home_ip(r), w.phone_ua(r)
        t = w.at(day, 12 + r.expovariate(0.2))
        if t > w.at(day + 1, 23.9):
            continue
        for _ in range(r.choice((0, 0, 0, 1, 1, 2, 3))):
            w.login("alumni", t - r.uniform(10, 200), ip, s, ua, False, tag)
        customer_session_alumni(w, r, t, ip, s, ua, tag)


def ann_student_rush(w, r):
    day = w.weekday(r, 4, w.ndays - 1)
    tag = w.annoyance(
        [day],
        ["portal"],
        ["portal"],
        "results of a course lottery appear at noon: four times the usual students, slow pages, some 503",
        "expected; over after an hour",
    )
    for _ in range(r.randint(160, 260)):
        s = w.any_student(r)
        w.student_session(r, w.at(day, 12 + r.expovariate(2.2)), s, tag, r.random() < 0.07)


def ann_typos(w, r):
    for _ in range(2):
        p = w.worker(w.dept("教務課", "校友課", "図書館"), 3, w.ndays - 1, r, 2)
        day = r.choice(w.work_days(p, 3, w.ndays - 1))
        site, e = HOME_SITE[p.dept], w.plan[p.user][day]
        tag = w.annoyance(
            [day],
            [site],
            [p.user],
            "forgot the password after changing it: a dozen failures, then in",
            "own desk at the usual hour, reset by the help desk",
        )
        t = w.at(day, e["start"]) - 900
        for _ in range(r.randint(8, 14)):
            t += r.uniform(12, 50)
            w.login(site, t, e["ip"], p.user, e["ua"], False, tag)


def ann_checkups(w, r):
    a = w.weekday(r, 3, w.ndays - 4)
    days = [d for d in range(a, a + 3) if not w.off(d)]
    team = [p for p in w.dept("保健センター")]
    tag = w.annoyance(
        days,
        ["hoken"],
        [p.user for p in team],
        "health check-up days: the whole centre enters results, three times the charts",
        "in the yearly calendar, all of the team, in opening hours",
    )
    for d in days:
        for p in team:
            if d in w.plan[p.user]:
                w.read_many(
                    "hoken",
                    p,
                    d,
                    r.sample(w.students, r.randint(18, 38)),
                    r,
                    9,
                    16.8,
                    tag,
                    subs=0.1,
                    login=False,
                )


def ann_deadline(w, r):
    day = w.weekday(r, 5, w.ndays - 2)
    team = [p for p in w.dept("奨学金担当") if day in w.plan[p.user]]
    tag = w.annoyance(
        [day],
        ["shogaku"],
        ["HOSHIMI\\" + p.user for p in team],
        "overtime at the scholarship deadline, until 21 h, double amount",
        "the whole office; deadline known since spring",
    )
    for p in team:
        w.plan[p.user][day]["end"] = 20.4
        w.read_many(
            "shogaku", p, day, r.sample(p.focus, r.randint(10, 24)), r, 17, 21, tag, login=False
        )


def ann_weekend_event(w, r):
    sats = [d for d in range(3, w.ndays) if w.dates[d].weekday() == 5]
    day = r.choice(sats)
    team = r.sample(w.dept("教務課", "キャリアセンター"), 5)
    w.annoyance(
        [day],
        ["kyomu"],
        [p.user for p in team],
        "open campus on a Saturday: some office staff work",
        "duty roster; substitute holiday given",
    )
    for p in team:
        w.plan[p.user][day] = dict(start=9 + r.random() / 3, end=15.5, ip=p.ip, ua=p.ua)


def ann_new_hire(w, r):
    p = w.worker([p for p in w.dept("教務課") if not p.part_time], 8, w.ndays - 1, r, 4)
    day = w.weekday(r, 8, w.ndays - 9)
    p.joined = str(w.dates[day])
    w.plan[p.user] = {d: e for d, e in w.plan[p.user].items() if d >= day}
    w.annoyance(
        range(day, min(w.ndays, day + 6)),
        ["kyomu"],
        [p.user],
        "a new employee begins: account never seen before, much reading while being trained",
        "joined_on in the people file",
    )


def ann_leaver(w, r):
    p = w.worker([p for p in w.dept("図書館", "教務課") if not p.part_time], 8, w.ndays - 1, r, 6)
    day = r.choice(w.work_days(p, 12, w.ndays - 1))
    p.left = str(w.dates[day])
    w.plan[p.user] = {d: e for d, e in w.plan[p.user].items() if d <= day}
    w.annoyance(
        [max(0, day - 4), day],
        [HOME_SITE[p.dept]],
        [p.user],
        "the last week of somebody who leaves, handing over open cases",
        "ordinary amounts, no export",
    )


def ann_back_from_leave(w, r):
    p = w.worker(
        [p for p in w.dept("教務課", "キャリアセンター") if not p.part_time],
        w.ndays - 8,
        w.ndays - 1,
        r,
        2,
    )
    day = (
        max(d for d in w.work_days(p, 14, w.ndays - 3)) - 1
        if w.work_days(p, 14, w.ndays - 3)
        else w.ndays - 4
    )
    w.plan[p.user] = {d: e for d, e in w.plan[p.user].items() if d >= day or d < 1}
    w.annoyance(
        range(day, w.ndays),
        ["kyomu"],
        [p.user],
        "back from a long leave, the account slept for weeks",
        "the personnel section told it; ordinary work",
    )


def ann_maintenance(w, r):
    for site in r.sample(["kyomu", "shogaku", "library"], 2):
        day = r.choice([d for d in range(3, w.ndays) if w.dates[d].weekday() == 6])
        tag = w.annoyance(
            [day],
            [site],
            [site],
            "maintenance night: the site is down from one to five on Sunday",
            "announced; nothing was usable",
        )
        w.gaps.append((site, w.at(day, 1), w.at(day, 5), tag))


def ann_deploy(w, r):
    for site in ("portal", "nyushi"):
        day = w.weekday(r, 3, w.ndays - 1)
        tag = w.annoyance(
            [day],
            [site],
            [site],
            "a deployment at seven in the morning: eight minutes of 502 and 503",
            "announced; short, over by itself",
        )
        for _ in range(r.randint(15, 35)):
            w.hit(
                site,
                w.at(day, 7 + r.uniform(0, 0.13)),
                w.mobile_ip(r),
                None,
                r.choice(("/", "/login", "/notices")),
                r.choice((502, 503)),
                520,
                ua=w.phone_ua(r),
                tag=tag,
            )


def ann_statistics(w, r):
    p = w.worker([p for p in w.dept("教務課") if not p.part_time], 4, w.ndays - 2, r, 1)
    day = r.choice(w.work_days(p, 4, w.ndays - 1))
    tag = w.annoyance(
        [day],
        ["kyomu"],
        [p.user],
        "the basic school survey: two exports of all students for the ministry's statistics",
        "done every year by this section; privilege for export",
    )
    w.privilege_rows.append((p.user, "", "student-export", "", str(w.dates[0]), ""))
    for y, h in ((2025, 14.1), (2026, 14.3)):
        w.export("kyomu", p, day, h, y, r.randint(2400000, 4000000), r, tag)


def ann_batch_again(w, r):
    day = r.randint(5, w.ndays - 1)
    tag = w.annoyance(
        [day],
        ["kyomu"],
        ["svc-renkei"],
        "the nightly link to the portal failed and is run again at ten in the morning",
        "batch account, same export, same host",
    )
    w.hit(
        "kyomu",
        w.at(day, 10.2),
        "10.1.5.30",
        "svc-renkei",
        "/export/students.csv?year=all",
        size=9400000,
        ms=30100,
        ua="curl/8.5.0",
        tag=tag,
    )


def ann_stocktaking(w, r):
    a = w.weekday(r, 4, w.ndays - 3)
    tag = w.annoyance(
        [a],
        ["library"],
        ["10.11.30.77"],
        "stock-taking in the library: hand scanners ask for thousands of barcodes",
        "books, no people",
    )
    t = w.at(a, 9)
    for _ in range(r.randint(700, 1100)):
        t += r.expovariate(1 / 24)
        w.hit(
            "library",
            t,
            "10.11.30.77",
            None,
            "/items/%08d" % r.randint(100000, 999999),
            size=900,
            ua="BarcodeReader/2.1",
            tag=tag,
        )


def ann_training(w, r):
    day = w.weekday(r, 4, w.ndays - 1)
    tag = w.annoyance(
        [day],
        ["helpdesk"],
        ["hd-900"],
        "a training room: a dozen machines sign in with one exercise account and open exercise accounts",
        "training account, no real persons (t990…)",
    )
    for k in range(12):
        ip = "10.60.9.%d" % (10 + k)
        w.login("helpdesk", w.at(day, 13.5 + r.random() / 8), ip, "hd-900", CHROME % 139, tag=tag)
        for n in range(r.randint(4, 8)):
            w.read(
                "helpdesk",
                w.at(day, r.uniform(13.7, 16)),
                ip,
                "hd-900",
                CHROME % 139,
                "t99%05d" % n,
                r,
                tag,
            )


def ann_reset_wave(w, r):
    day = w.weekday(r, 4, w.ndays - 1)
    team = [p for p in w.dept("委託ヘルプデスク") if day in w.plan[p.user]]
    tag = w.annoyance(
        [day],
        ["helpdesk"],
        [p.user for p in team],
        "passwords expire: the help desk resets twice as many accounts as usual",
        "each with a ticket",
    )
    for p in team:
        e = w.plan[p.user][day]
        for s in r.sample(w.students, r.randint(12, 26)):
            t = w.at(day, r.uniform(e["start"], e["end"]))
            w.hit(
                "helpdesk",
                t - 60,
                e["ip"],
                p.user,
                "/tickets/%d" % r.randint(41000, 49999),
                ua=e["ua"],
                tag=tag,
            )
            w.read("helpdesk", t, e["ip"], p.user, e["ua"], s, r, tag, subs=0.95)


def ann_classroom(w, r):
    day = w.weekday(r, 3, w.ndays - 1)
    ip = WIFI["kohoku"] % 9
    tag = w.annoyance(
        [day],
        ["portal"],
        [ip],
        "a first lesson in a computer room: ninety students sign in through one address, many mistype",
        "campus address, each student a few times, all get in",
    )
    for s in r.sample(w.campus_students["kohoku"], 90):
        t = w.at(day, 10.7 + r.uniform(0, 0.25))
        for _ in range(r.choice((0, 0, 1, 2))):
            w.login("portal", t - r.uniform(5, 60), ip, s, EDGE % (139, 139), False, tag)
        w.student_session(r, t, s, tag, ip=ip, ua=EDGE % (139, 139))


def ann_exchange(w, r):
    days = days_near(w, r, 14)
    s = r.choice(w.students)
    ip = "92.%d.%d.%d" % (r.randint(20, 40), r.randint(1, 250), r.randint(2, 250))
    tag = w.annoyance(
        days,
        ["portal"],
        [s],
        "an exchange student uses the portal from Europe",
        "own data only; exchange programme",
    )
    for d in days:
        if r.random() < 0.7:
            w.student_session(r, w.at(d, r.uniform(15, 23)), s, tag, ip=ip, ua=MAC % 18)


def ann_odd_search(w, r):
    days = days_near(w, r, 10)
    tag = w.annoyance(
        days,
        ["library"],
        ["library"],
        "catalogue searches that look like attacks: O'Reilly, union select committee, <script> handbooks",
        "titles of books, few, by readers",
    )
    for d in days:
        for q in r.sample(
            [
                "O'Reilly SQL",
                "European Union select committee 1975",
                "drop tables and dance",
                "JavaScript <script> 入門",
                "etc. passwd 管理 UNIX",
                "C++ -- 独習",
            ],
            3,
        ):
            w.hit(
                "library",
                w.at(d, r.uniform(9, 21)),
                WIFI["minamino"] % r.randint(2, 6),
                None,
                "/search?q=" + quote(q),
                ua=w.phone_ua(r),
                tag=tag,
            )


def ann_google(w, r):
    day = r.randint(3, w.ndays - 1)
    tag = w.annoyance(
        [day],
        ["library"],
        ["66.249.79.77"],
        "a search engine reads the catalogue anew",
        "real crawler, books only",
    )
    t = w.at(day, 1)
    for _ in range(r.randint(400, 700)):
        t += r.expovariate(1 / 40)
        w.hit(
            "library",
            t,
            "66.249.79.77",
            None,
            "/items/%08d" % r.randint(100000, 999999),
            ua=BOTS[0][1],
            tag=tag,
        )


def ann_monitor(w, r):
    day = r.randint(6, w.ndays - 4)
    tag = w.annoyance(
        range(day, w.ndays),
        ["hoken", "alumni"],
        ["10.1.9.21"],
        "a second monitoring server begins to ask every half hour",
        "own machine, /healthz only",
    )
    for d in range(day, w.ndays):
        for k in range(48):
            for site in ("hoken", "alumni"):
                w.hit(
                    site,
                    w.at(d, k / 2) + 11,
                    "10.1.9.21",
                    None,
                    "/healthz",
                    size=15,
                    ms=2,
                    ua="Zabbix 7.0",
                    tag=tag,
                )


def ann_power(w, r):
    day = r.choice([d for d in range(5, w.ndays) if w.dates[d].weekday() == 6])
    w.annoyance(
        [day],
        ["library"],
        ["library"],
        "the yearly inspection of the electricity at Hitachino campus: nobody of that campus is there",
        "announced",
    )
    for p in w.people:
        if p.campus == "hitachino" and not p.teacher:
            w.plan[p.user].pop(day, None)


def ann_outbreak(w, r):
    p = w.worker(w.dept("保健センター"), 4, w.ndays - 3, r, 2)
    days = w.work_days(p, r.randint(4, w.ndays - 10), w.ndays - 1)[:2]
    tag = w.annoyance(
        days,
        ["hoken"],
        [p.user],
        "a nurse rings the members of a club after an outbreak of influenza: 40 charts",
        "her task, told to the head of the centre",
    )
    for d in days:
        w.read_many(
            "hoken", p, d, r.sample(w.students, r.randint(18, 26)), r, 9.5, 17, tag, login=False
        )


ANNOYANCES = [
    ann_cover,
    ann_new_computer,
    ann_moved_desks,
    ann_failover,
    ann_travel,
    ann_hotel,
    ann_audit,
    ann_scanners,
    ann_own_scan,
    ann_campaign,
    ann_student_rush,
    ann_typos,
    ann_checkups,
    ann_deadline,
    ann_weekend_event,
    ann_new_hire,
    ann_leaver,
    ann_back_from_leave,
    ann_maintenance,
    ann_deploy,
    ann_statistics,
    ann_batch_again,
    ann_stocktaking,
    ann_training,
    ann_reset_wave,
    ann_classroom,
    ann_exchange,
    ann_odd_search,
    ann_google,
    ann_monitor,
    ann_power,
    ann_outbreak,
]


def draw_annoyances(w):
    r = w.stream("annoyances")
    skip = set(r.sample([f for f in ANNOYANCES if f not in (ann_cover, ann_scanners)], 5))
    for f in ANNOYANCES:
        if f not in skip:
            f(w, r)


# ==================================================================== everyday life


def staff_day(w, r, p, day, e):
    """What one person does on one day on the sites that he or she uses."""
    for site, share in p.sites.items():
        if r.random() > share:
            continue
        main = site == HOME_SITE[p.dept]
        monday = 1.2 if w.dates[day].weekday() == 0 else 1.0
        month_end = 1.25 if w.dates[day].day >= 26 and site in ("shogaku", "kyomu") else 1.0
        season = w.entrance(day) if site == "nyushi" else 0.5 + 0.5 * w.term(day)
        mean = (p.rate if main else 4) * monday * month_end * season
        n = int(mean * r.gammavariate(3, 1 / 3) + r.random())
        user = None if site == "nyushi" else w.user_on(p, site)
        ip, ua, sess = e["ip"], e["ua"], w.sid(r)
        t = w.at(day, e["start"]) + r.uniform(60, 900)
        if r.random() < 0.04:
            w.login(site, t - 20, ip, user, ua, False)
        w.login(site, t, ip, user, ua, sess=sess)
        w.hit(site, t + 2, ip, user, "/", ua=ua, sess=sess)
        begin, end = w.at(day, e["start"] + 0.2), w.at(day, max(e["end"], e["start"] + 1))
        pool = (
            p.focus
            if main
            else w.alumni
            if site == "alumni"
            else w.applicants
            if site == "nyushi"
            else w.campus_students[p.campus]
        )
        while n > 0:
            burst = min(n, 1 + int(r.expovariate(0.5)))
            t = r.uniform(begin, end)
            if 12.0 < (t - w.at(day, 0)) / 3600 < 12.9 and r.random() < 0.7:
                continue  # lunch
            lst = PATHS[site][1]
            w.hit(site, t, ip, user, lst + "?page=%d" % r.choice((1, 1, 1, 2, 3)), ua=ua, sess=sess)
            for _ in range(burst):
                t += r.uniform(20, 240)
                if site == "helpdesk":
                    w.hit(
                        site,
                        t - 12,
                        ip,
                        user,
                        "/tickets/%d" % r.randint(41000, 49999),
                        ua=ua,
                        sess=sess,
                    )
                subject = (
                    pool[int(len(pool) * r.random() ** 1.6)]
                    if r.random() < 0.9
                    else r.choice(
                        w.alumni
                        if site == "alumni"
                        else w.applicants
                        if site == "nyushi"
                        else w.students
                    )
                )
                t = w.read(site, t, ip, user, ua, subject, r, sess=sess)
                if r.random() < 0.25:
                    w.hit(
                        site,
                        t + 0.5,
                        ip,
                        user,
                        r.choice(("/static/app.js", "/static/style.css", "/favicon.ico")),
                        r.choice((200, 304)),
                        ua=ua,
                        sess=sess,
                    )
            n -= burst
        if main and site in EXPORTS and not p.part_time and p.exporter and r.random() < 0.12:
            w.export(
                site,
                p,
                day,
                r.uniform(e["start"] + 0.3, min(e["end"], 18)),
                w.dates[day].year,
                int(r.lognormvariate(12, 0.6)),
                r,
            )


def customer_session_alumni(w, r, t, ip, s, ua, tag=None):
    w.hit("alumni", t, ip, s, "/login", 302, ua=ua, method="POST", tag=tag)
    for page in r.sample(
        ["/my/" + s, "/events", "/magazine", "/donate", "/my/%s/address" % s], r.randint(1, 4)
    ):
        t += r.uniform(5, 60)
        w.hit("alumni", t, ip, s, page, ua=ua, tag=tag)


def student_session(self, r, t, s, tag=None, broken=False, ip=None, ua=None):
    """One visit of a student to the portal."""
    if s not in self.student_info:
        campus = FACULTY_CAMPUS[int(s[3])]
        self.student_info[s] = (
            campus,
            self.home_ip(r),
            self.phone_ua(r),
            self.desk_ua(r) if r.random() < 0.7 else MAC % 18,
        )
    campus, home, phone, laptop = self.student_info[s]
    if ip is None:
        where = r.random()
        ip = (
            WIFI[campus] % r.randint(2, 6)
            if where < 0.4
            else self.mobile_ip(r)
            if where < 0.8
            else home
        )
    ua = ua or (phone if r.random() < 0.72 else laptop)
    sess = self.sid(r)
    if r.random() < 0.06:
        self.login("portal", t - 15, ip, s, ua, False, tag=tag)
    self.login("portal", t, ip, s, ua, tag=tag, sess=sess)
    pages = ["/home"] + r.choices(
        [
            "/timetable",
            "/notices",
            "/notices/%d" % r.randint(3000, 3400),
            "/profile/" + s,
            "/grades/" + s,
            "/registration/" + s,
            "/attendance",
            "/certificates/" + s,
            "/static/app.js",
            "/static/style.css",
        ],
        weights=(6, 5, 6, 1, 2, 1, 4, 0.5, 3, 3),
        k=int(r.expovariate(0.24)) + 1,
    )
    for page in pages:
        t += r.uniform(2, 50)
        self.hit(
            "portal",
            t,
            ip,
            s,
            page,
            503 if broken else r.choice((200, 304)) if page.startswith("/static") else 200,
            ua=ua,
            tag=tag,
            sess=sess,
            ref="https://%s/home" % HOST["portal"],
        )


def any_student(self, r):
    return self.students[bisect.bisect(self.student_weight, r.random() * self.student_weight[-1])]


World.student_session = student_session
World.any_student = any_student


def hour_of_day(r, night=0.06):
    return (
        r.uniform(0, 24)
        if r.random() < night
        else min(23.9, max(6, r.choice((r.gauss(10.5, 1.6), r.gauss(13.5, 2), r.gauss(20.5, 1.6)))))
    )


def everyday(w):
    r = w.stream("life")
    for p in w.people:
        p.exporter = r.random() < 0.3
        for day, e in sorted(w.plan[p.user].items()):
            staff_day(w, r, p, day, e)
    for day in range(w.ndays):
        free = 0.45 if w.off(day) else 1.0
        for _ in range(int(r.gauss(310, 22) * free * w.term(day))):
            w.student_session(r, w.at(day, hour_of_day(r)), w.any_student(r))
        for _ in range(int(r.gauss(26, 6))):
            customer_session_alumni(
                w,
                r,
                w.at(day, hour_of_day(r)),
                w.home_ip(r) if r.random() < 0.5 else w.mobile_ip(r),
                r.choice(w.alumni),
                w.phone_ua(r),
            )
        for _ in range(
            int(r.gauss(60, 9) * w.entrance(day))
        ):  # applicants, no user in the balancer's log
            applicant_session(w, r, day)
        for _ in range(int(r.gauss(120, 14) * free * (0.4 + 0.6 * w.term(day)))):
            reader_session(w, r, day)
        machines(w, r, day)


def applicant_session(w, r, day):
    t, ip, ua, no = (
        w.at(day, hour_of_day(r)),
        w.mobile_ip(r) if r.random() < 0.6 else w.home_ip(r),
        w.phone_ua(r),
        r.choice(w.applicants),
    )
    for page in ["/"] + r.choices(
        [
            "/guide",
            "/apply/%s" % no,
            "/apply/%s/photo" % no,
            "/result?no=" + no,
            "/fees",
            "/static/app.js",
        ],
        k=r.randint(1, 6),
    ):
        w.hit("nyushi", t, ip, None, page, ua=ua)
        t += r.uniform(3, 80)


def reader_session(w, r, day):
    t = w.at(day, hour_of_day(r))
    terminal = r.random() < 0.25  # catalogue terminals in the reading rooms
    ip = (
        "%s.31.%d" % (CAMPUSES[r.choice(list(CAMPUSES))], r.randint(11, 16))
        if terminal
        else WIFI[r.choice(list(WIFI))] % r.randint(2, 6)
        if r.random() < 0.5
        else w.mobile_ip(r)
    )
    ua = FIREFOX % (128, 128) if terminal else w.phone_ua(r)
    for _ in range(1 + int(r.expovariate(0.4))):
        page = (
            "/search?q="
            + quote(
                r.choice(
                    (
                        "憲法",
                        "統計学",
                        "夏目漱石",
                        "Python",
                        "看護",
                        "会計",
                        "TOEIC",
                        "源氏物語",
                        "economics",
                    )
                )
            )
            if r.random() < 0.5
            else "/items/%08d" % r.randint(100000, 999999)
        )
        w.hit("library", t, ip, None, page, ua=ua)
        t += r.uniform(4, 60)
    if r.random() < 0.15:
        s = w.any_student(r)
        w.hit("library", t, ip, s, "/my/loans", ua=ua)


def machines(w, r, day):
    """Monitoring, batch accounts, crawlers and the daily background of scanners."""
    for site in SITES:
        step = 900 if site != "nyushi" else 1800
        for k in range(86400 // step):
            w.hit(
                site,
                w.at(day, 0) + k * step + r.uniform(0, 2),
                MONITOR,
                None,
                "/healthz",
                size=15,
                ms=2 + r.random(),
                ua="Zabbix 7.0",
            )
    w.hit(
        "kyomu",
        w.at(day, 2.5) + r.uniform(0, 60),
        "10.1.5.30",
        "svc-renkei",
        "/export/students.csv?year=all",
        size=int(9.4e6 + r.gauss(0, 2e4)),
        ms=31000,
        ua="curl/8.5.0",
    )
    if w.dates[day].weekday() == 0:
        w.hit(
            "library",
            w.at(day, 4.1),
            "10.1.5.30",
            "svc-renkei",
            "/staff/export/overdue.csv?m=%d" % w.dates[day].month,
            size=88000,
            ua="curl/8.5.0",
        )
    for site in ("library", "alumni", "nyushi", "portal"):
        for net, ua in BOTS:
            for _ in range(r.randint(1, 12)):
                page = (
                    "/items/%08d" % r.randint(100000, 999999)
                    if site == "library"
                    else r.choice(("/", "/robots.txt", "/events", "/guide"))
                )
                w.hit(
                    site,
                    w.at(day, r.uniform(0, 23.9)),
                    net % r.randint(1, 120),
                    None,
                    page,
                    200,
                    ua=ua,
                )
        if r.random() < 0.6:
            ip, t = (
                "%d.%d.%d.%d"
                % (
                    r.choice((5, 45, 80, 103, 185, 194)),
                    r.randint(1, 250),
                    r.randint(1, 250),
                    r.randint(2, 250),
                ),
                w.at(day, r.uniform(0, 23.8)),
            )
            for probe in r.sample(PROBES, r.randint(1, 4)):
                w.hit(
                    site,
                    t,
                    ip,
                    None,
                    probe,
                    404,
                    196,
                    ua="-" if r.random() < 0.4 else "Mozilla/5.0",
                )
                t += r.uniform(0.5, 4)


# ==================================================================== files


def apache_time(t):
    return dt.datetime.fromtimestamp(t, JST).strftime("%d/%b/%Y:%H:%M:%S +0900")


def fmt_combined(e):
    t, site, ip, user, method, path, status, size, ms, ref, ua, sess, tag = e
    return '%s - %s [%s] "%s %s HTTP/1.1" %d %s "%s" "%s"' % (
        ip,
        user or "-",
        apache_time(t),
        method,
        path,
        status,
        size or "-",
        ref,
        ua,
    )


def fmt_kyomu(e):
    return fmt_combined(e) + " %d" % (e[8] * 1000)


def fmt_portal(e):
    t, site, ip, user, method, path, status, size, ms, ref, ua, sess, tag = e
    inner = ip.startswith("10.1.9.")
    peer = ip if inner else LB[int(t) % 2]
    return '%s - %s [%s] "%s %s HTTP/1.1" %d %s "%s" "%s" %d "%s" "%s"' % (
        peer,
        user or "-",
        apache_time(t),
        method,
        path,
        status,
        size or "-",
        ref,
        ua,
        ms * 1000,
        "-" if inner else ip,
        sess or "-",
    )


def fmt_iis(e):
    t, site, ip, user, method, path, status, size, ms, ref, ua, sess, tag = e
    stem, _, query = path.partition("?")
    return "%s 10.1.3.15 %s %s %s 443 %s %s %s %s %d 0 0 %d %d" % (
        dt.datetime.fromtimestamp(t, dt.timezone.utc).strftime("%Y-%m-%d %H:%M:%S"),
        method,
        stem,
        query or "-",
        user or "-",
        ip,
        ua.replace(" ", "+"),
        ref,
        status,
        size,
        ms,
    )


def fmt_json(e):
    t, site, ip, user, method, path, status, size, ms, ref, ua, sess, tag = e
    return json.dumps(
        {
            "time_iso8601": dt.datetime.fromtimestamp(int(t), JST).isoformat(),
            "remote_addr": ip,
            "remote_user": user or "",
            "host": HOST[site],
            "request_method": method,
            "request_uri": path,
            "server_protocol": "HTTP/2.0",
            "status": status,
            "body_bytes_sent": size,
            "request_time": round(ms / 1000, 3),
            "http_referer": "" if ref == "-" else ref,
            "http_user_agent": ua,
        },
        ensure_ascii=False,
    )


def fmt_ltsv(e):
    t, site, ip, user, method, path, status, size, ms, ref, ua, sess, tag = e
    return "\t".join(
        (
            "time:[%s]" % apache_time(t),
            "host:" + ip,
            "user:" + (user or "-"),
            "req:%s %s HTTP/1.1" % (method, path),
            "status:%d" % status,
            "size:%d" % size,
            "referer:" + ref,
            "ua:" + ua,
            "vhost:" + HOST[site],
            "reqtime:%.3f" % (ms / 1000),
        )
    )


def fmt_alb(e):
    t, site, ip, user, method, path, status, size, ms, ref, ua, sess, tag = e
    stamp = dt.datetime.fromtimestamp(t, dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    port = 20000 + int(t * 7) % 40000
    target = "arn:aws:elasticloadbalancing:ap-northeast-1:210987654321:targetgroup/nyushi/9f1c2ab34de56f78"
    return (
        'h2 %s app/nyushi/50dc6c495c0c9188 %s:%d 10.1.7.21:80 0.001 %.3f 0.000 %d %d %d %d "%s https://%s:443%s HTTP/2.0" "%s" '
        'TLS_AES_128_GCM_SHA256 TLSv1.3 %s "Root=1-%08x-%024x" "%s" "session-reused" 0 %s "forward" "-" "-" "10.1.7.21:80" "%d" "-" "-"'
        % (
            stamp,
            ip,
            port,
            ms / 1000,
            status,
            status,
            300 + len(path),
            size,
            method,
            HOST[site],
            path,
            ua,
            target,
            int(t),
            int(t * 1e6),
            HOST[site],
            stamp,
            status,
        )
    )


def fmt_helpdesk(e):
    t, site, ip, user, method, path, status, size, ms, ref, ua, sess, tag = e
    return '%s [%s] %s "%s %s HTTP/1.1" %d %d %.3f "%s" "%s"' % (
        ip,
        apache_time(t),
        user or "-",
        method,
        path,
        status,
        size,
        ms / 1000,
        ref,
        ua,
    )


IIS_FIELDS = (
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
    "sc-status sc-substatus sc-win32-status sc-bytes time-taken"
)


def write_bytes(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if path.endswith(".gz"):
        buffer = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0, compresslevel=6) as f:
            f.write(data)
        data = buffer.getvalue()
    with open(path, "wb") as f:
        f.write(data)


def file_name(w, site, t):
    """Into which file of the site a line of that instant goes."""
    local, utc = dt.datetime.fromtimestamp(t, JST), dt.datetime.fromtimestamp(t, dt.timezone.utc)
    day = int((t - w.at(0, 0)) // 86400)
    week = w.dates[min(day // 7 * 7, w.ndays - 1)]
    last = day == w.ndays - 1
    return {
        "kyomu": "access.log" if last else "access.log-%s.gz" % local.strftime("%Y%m%d"),
        "portal": "ssl_access.log" if last else "ssl_access.log-%s.gz" % local.strftime("%Y%m%d"),
        "shogaku": "u_ex%s.log" % utc.strftime("%y%m%d"),
        "hoken": "access-%s.json.gz" % week.strftime("%Y%m%d"),
        "library": "access.ltsv",
        "nyushi": "alb-%s.log.gz" % utc.strftime("%Y%m%d"),
        "alumni": "access_log-%s" % week.strftime("%Y%m%d"),
        "helpdesk": "desk.access.log",
    }[site]


FORMATS = {
    "kyomu": fmt_kyomu,
    "shogaku": fmt_iis,
    "hoken": fmt_json,
    "library": fmt_ltsv,
    "nyushi": fmt_alb,
    "portal": fmt_portal,
    "alumni": fmt_combined,
    "helpdesk": fmt_helpdesk,
}


def write_logs(w, out):
    end = w.at(w.ndays, 0)
    counts, files, total = {}, {}, 0
    for e in sorted(w.events, key=lambda e: e[:8] if e[3] else e[:3] + ("",) + e[4:8]):
        t, site, tag = e[0], e[1], e[-1]
        if not w.at(0, 0) <= t < end or any(g[0] == site and g[1] <= t < g[2] for g in w.gaps):
            continue
        files.setdefault((site, file_name(w, site, t)), []).append(FORMATS[site](e))
        total += 1
        if tag:
            counts[tag] = counts.get(tag, 0) + 1
    for (site, name), lines in files.items():
        head = ""
        if site == "shogaku":
            head = (
                "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: %s\n%s\n"
                % (lines[0][:19], IIS_FIELDS)
            )
        write_bytes(
            os.path.join(out, "logs", site, name), (head + "\n".join(lines) + "\n").encode()
        )
    return counts, total


SETTINGS = r"""# Hoshimi University, settings of mimamori (kept by the systems section)
timezone: Asia/Tokyo
locale: ja
geoip: {city: null, asn: null, domain: null}
business_hours: {days: [mon, tue, wed, thu, fri], from: "08:00", to: "20:00", holidays: JP}
retention: {access_log_days: 400, pseudonymise_after_days: 90}
user_types:
  - {pattern: '^svc-', type: system}
  - {pattern: '^hd-[0-9]{3}$', type: contractor}
  - {pattern: '^(HOSHIMI\\)?[kf][0-9]{5}$', type: staff}
  - {pattern: '^[bm][0-9]{7}$', type: customer}
  - {pattern: '^al-[0-9]{6}$', type: customer}
context:
  people: people.csv
  privileges: privileges.csv
  watch: watch.csv
resources:
  student-records:
    - {id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: student, kind: record, path: "/students/{subject}", level: 2, categories: [name, address, phone]}
    - {id: student-grades, kind: record, path: "/students/{subject}/grades", level: 3, categories: [grades]}
    - {id: student-registration, kind: record, path: "/students/{subject}/registration", level: 2, categories: [courses]}
    - {id: student-list, kind: list, path: /students, level: 2, categories: [name]}
    - {id: student-export, kind: export, path: "/export/*", level: 3, categories: [name, address, phone]}
  scholarship:
    - {id: login, kind: login, path: /Account/Login, methods: [POST], success: [302], failure: [401]}
    - {id: applicant-file, kind: record, path: "/Applicants/Detail?no={subject}", level: 3, categories: [name, address, bank_account]}
    - {id: applicant-income, kind: record, path: "/Applicants/Income?no={subject}", level: 3, categories: [income]}
    - {id: applicant-list, kind: list, path: /Applicants, level: 2, categories: [name]}
    - {id: recipients-export, kind: export, path: "/Export/*", level: 3, categories: [name, bank_account]}
  health:
    - {id: login, kind: login, path: /auth/login, methods: [POST], success: [200], failure: [401]}
    - {id: chart, kind: record, path: "/charts/{subject}", level: 3, categories: [name, medical]}
    - {id: chart-visits, kind: record, path: "/charts/{subject}/visits", level: 3, categories: [medical]}
    - {id: chart-list, kind: list, path: /charts, level: 3, categories: [name]}
    - {id: checkup-export, kind: export, path: "/export/*", level: 3, categories: [name, medical]}
  library:
    - {id: login, kind: login, path: /staff/login, methods: [POST], success: [302], failure: [401]}
    - {id: patron, kind: record, path: "/staff/patrons/{subject}", level: 2, categories: [name, address, phone]}
    - {id: patron-loans, kind: record, path: "/staff/patrons/{subject}/loans", level: 2, categories: [loans]}
    - {id: patron-list, kind: list, path: /staff/patrons, level: 2, categories: [name]}
    - {id: overdue-export, kind: export, path: "/staff/export/*", level: 2, categories: [name, phone]}
  admissions:
    - {id: login, kind: login, path: /admin/login, methods: [POST], success: [302], failure: [401]}
    - {id: applicant, kind: record, path: "/admin/applicants/{subject}", level: 3, categories: [name, address, phone]}
    - {id: applicant-documents, kind: record, path: "/admin/applicants/{subject}/documents", level: 3, categories: [grades]}
    - {id: applicant-list, kind: list, path: /admin/applicants, level: 2, categories: [name]}
    - {id: applicant-export, kind: export, path: "/admin/export/*", level: 3, categories: [name, address, phone]}
    - {id: application, kind: record, path: "/apply/{subject}", level: 2, categories: [name, address]}
    - {id: result, kind: record, path: "/result?no={subject}", level: 2, categories: [name, result]}
  student-portal:
    - {id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: profile, kind: record, path: "/profile/{subject}", level: 2, categories: [name, address, phone]}
    - {id: bank, kind: record, path: "/profile/{subject}/bank", level: 3, categories: [bank_account]}
    - {id: own-grades, kind: record, path: "/grades/{subject}", level: 2, categories: [grades]}
    - {id: registration, kind: record, path: "/registration/{subject}", level: 1, categories: [courses]}
    - {id: certificate, kind: record, path: "/certificates/{subject}", level: 2, categories: [name, grades]}
    - {id: class-student, kind: record, path: "/teach/students/{subject}", level: 2, categories: [name, grades]}
    - {id: class-list, kind: list, path: /teach/classes, level: 1, categories: [name]}
  alumni:
    - {id: office-login, kind: login, path: /office/login, methods: [POST], success: [302], failure: [401]}
    - {id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: member, kind: record, path: "/office/members/{subject}", level: 2, categories: [name, address, phone]}
    - {id: donations, kind: record, path: "/office/members/{subject}/donations", level: 3, categories: [donations]}
    - {id: member-list, kind: list, path: /office/members, level: 2, categories: [name]}
    - {id: member-export, kind: export, path: "/office/export/*", level: 3, categories: [name, address, phone]}
    - {id: member-page, kind: record, path: "/members/{subject}", level: 2, categories: [name, address]}
    - {id: own-page, kind: record, path: "/my/{subject}", level: 1, categories: [name, address]}
  help-desk:
    - {id: login, kind: login, path: /login, methods: [POST], success: [302], failure: [401]}
    - {id: account, kind: record, path: "/accounts/{subject}", level: 2, categories: [name, phone, email]}
    - {id: account-reset, kind: admin, path: "/accounts/{subject}/reset", level: 2}
    - {id: ticket-list, kind: list, path: /tickets, level: 1, categories: [name]}
    - {id: desk-export, kind: export, path: "/reports/*", level: 2, categories: [name]}
sites:
  - id: kyomu
    group: main
    domains: [kyomu.hoshimi-u.example]
    logs: ["kyomu/access.log*"]
    format: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D'
    resources: student-records
    hours: business
  - id: shogaku
    group: main
    domains: [shogaku.hoshimi-u.example]
    logs: ["shogaku/u_ex*.log"]
    format: auto
    resources: scholarship
    hours: business
  - id: hoken
    group: main
    domains: [hoken.hoshimi-u.example]
    logs: ["hoken/access-*.json*"]
    format: auto
    resources: health
    hours: business
  - id: library
    group: main
    domains: [opac.hoshimi-u.example]
    logs: ["library/access.ltsv*"]
    format: auto
    resources: library
    hours: always
  - id: nyushi
    group: main
    domains: [nyushi.hoshimi-u.example]
    logs: ["nyushi/alb-*.log*"]
    format: auto
    resources: admissions
    hours: always
  - id: portal
    group: main
    domains: [portal.hoshimi-u.example]
    logs: ["portal/ssl_access.log*"]
    format: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D "%{X-Forwarded-For}i" "%{PORTALSESSID}C"'
    trusted_proxies: [10.1.0.10, 10.1.0.11]
    resources: student-portal
    hours: always
  - id: alumni
    group: main
    domains: [koyukai.hoshimi-u.example]
    logs: ["alumni/access_log-*"]
    format: combined
    resources: alumni
    hours: business
  - id: helpdesk
    group: contractor
    domains: [desk.hoshimi-u.example]
    logs: ["helpdesk/desk.access.log*"]
    format: '$remote_addr [$time_local] $remote_user "$request" $status $body_bytes_sent $request_time "$http_referer" "$http_user_agent"'
    resources: help-desk
    hours: always
"""


def write_context(w, out):
    rows = ["user,person,name,department,site,manager,type,company,country,joined_on,left_on"]
    heads = {d: w.dept(d)[0].user for d in DEPARTMENTS}
    for p in w.people:
        users = [p.user] + (["HOSHIMI\\" + p.user] if "shogaku" in p.sites else [])
        for u in users:
            rows.append(
                ",".join(
                    (
                        u,
                        p.user,
                        p.name,
                        p.dept,
                        p.campus,
                        "" if heads[p.dept] == p.user else heads[p.dept],
                        "contractor" if p.contractor else "staff",
                        "まどか情報サービス" if p.contractor else "星見大学",
                        "JP",
                        p.joined,
                        p.left,
                    )
                )
            )
    rows.append(
        "svc-renkei,svc-renkei,学籍連携バッチ,情報システム課,minamino,%s,system,星見大学,JP,2019-04-01,"
        % heads["情報システム課"]
    )
    rows.append(
        "hd-900,hd-900,研修用,委託ヘルプデスク,minamino,%s,contractor,まどか情報サービス,JP,2024-04-01,"
        % heads["委託ヘルプデスク"]
    )
    write_bytes(os.path.join(out, "people.csv"), ("\n".join(rows) + "\n").encode())
    rows = ["user,department,resource,level,from,to"]
    first = "2024-04-01"
    for dept, resources in (
        (
            "教務課",
            ("student", "student-grades", "student-registration", "student-list", "student-export"),
        ),
        ("キャリアセンター", ("student", "student-grades", "student-registration", "student-list")),
        (
            "奨学金担当",
            (
                "applicant-file",
                "applicant-income",
                "applicant-list",
                "recipients-export",
                "student",
                "student-grades",
                "student-registration",
                "student-list",
            ),
        ),
        ("保健センター", ("chart", "chart-visits", "chart-list", "checkup-export")),
        ("図書館", ("patron", "patron-loans", "patron-list", "overdue-export")),
        ("入試課", ("student", "student-grades", "student-registration", "student-list")),
        (
            "校友課",
            (
                "member",
                "donations",
                "member-list",
                "member-export",
                "student",
                "student-grades",
                "student-registration",
                "student-list",
            ),
        ),
        (
            "情報システム課",
            (
                "account",
                "account-reset",
                "ticket-list",
                "desk-export",
                "student",
                "student-grades",
                "student-registration",
                "student-list",
                "class-student",
                "class-list",
            ),
        ),
        ("委託ヘルプデスク", ("account", "account-reset", "ticket-list", "desk-export")),
        ("教員", ("class-student", "class-list")),
    ):
        rows += [",%s,%s,,%s," % (dept, res, first) for res in resources]
    for dept in ("教務課", "キャリアセンター"):
        rows += [",%s,%s,,%s," % (dept, res, first) for res in ("class-student", "class-list")]
    rows.append("svc-renkei,,student-export,,%s," % first)
    rows.append("svc-renkei,,overdue-export,,%s," % first)
    rows += [",".join(row) for row in w.privilege_rows]
    write_bytes(os.path.join(out, "privileges.csv"), ("\n".join(rows) + "\n").encode())
    rows = ["subject,kind,user,reason"] + [
        "%s,%s,%s,%s" % (x["subject"], x["kind"], x.get("user", ""), x["reason"]) for x in w.watch
    ]
    write_bytes(os.path.join(out, "watch.csv"), ("\n".join(rows) + "\n").encode())


def make_watch(w):
    r = w.stream("watch")
    for s in r.sample(w.students, 5):
        w.watch.append(
            dict(
                subject=s,
                kind="vip",
                reason=r.choice(("テレビ出演の学生", "代表選手", "理事の家族")),
            )
        )
    for p in r.sample([p for p in w.people if not p.contractor], 3):
        w.watch.append(
            dict(subject=r.choice(w.students), kind="relation", user=p.user, reason="職員の子")
        )
    w.watch.append(dict(subject="b2319991", kind="decoy", reason="架空の学生"))


def main():
    a = argparse.ArgumentParser(description="draw the logs of a university")
    a.add_argument("--seed", type=int, default=7)
    a.add_argument("--days", type=int, default=35)
    a.add_argument("--out", required=True)
    args = a.parse_args()
    w = World(args.seed, args.days)
    w.noise = w.stream("noise")
    make_watch(w)
    draw_annoyances(w)
    draw_incidents(w)
    everyday(w)
    os.makedirs(args.out, exist_ok=True)
    counts, total = write_logs(w, args.out)
    for i in w.incidents:
        i["lines"] = counts.get(i["id"], 0)
    write_context(w, args.out)
    write_bytes(os.path.join(args.out, "mimamori.yaml"), SETTINGS.encode())
    truth = dict(
        seed=args.seed,
        days=[str(d) for d in w.dates],
        about="Hoshimi University (星見大学), a private university with three campuses: student records, scholarships, health centre, library, "
        "applicants' portal, student portal, alumni office, and a help desk run by a contractor.",
        incidents=w.incidents,
        annoyances=w.annoyances,
    )
    write_bytes(
        os.path.join(args.out, "truth.json"),
        (json.dumps(truth, ensure_ascii=False, indent=1) + "\n").encode(),
    )
    print("%d lines, %d incidents, %d annoyances" % (total, len(w.incidents), len(w.annoyances)))


if __name__ == "__main__":
    main()
