"""A small lake with the days a report must cope with, written table by table and fast.

`DAY` has findings of all six detectors, one failed check and one site without logs; `QUIET` has
nothing to act on; on `EMPTY` not one line came in; `HOSTILE` holds strings made to deceive. The
weeks before `QUIET` are history. Rows come from a seeded generator: the same lake every time.
"""

import datetime as dt
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from pipelines import lake
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.detect.catalogue import load_catalogue
from pipelines.findings import Finding, Severity
from pipelines.formats.format import because
from pipelines.ingest.reject_reasons import spelled_out
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.lake.stored_messages import by_language
from pipelines.paths import DEFAULT_SETTINGS, Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.triage.cases.ids import with_cases
from tests.lake_requests import insert_requests

ZONE = ZoneInfo("Asia/Tokyo")
QUIET = dt.date(2026, 11, 18)
HOSTILE = dt.date(2026, 11, 19)
DAY = dt.date(2026, 11, 20)
EMPTY = dt.date(2026, 11, 21)
DAYS = (QUIET, HOSTILE, DAY, EMPTY)
MISSING_SITE = "benry-007"
NOW = dt.datetime(2026, 11, 22, 2, 4, tzinfo=ZONE)
BIDI = "\u202e"
SCRIPT = "<script>alert(1)</script>"
LONG_AGENT = "Mozilla/5.0 " + "A" * 10_240

_MAIN = ("prime-dispatch", "prime-office", "prime-portal", "prime-www")
_SHOPS = tuple(f"{number:03}" for number in range(1, 13))
_AGENTS = (
    ("Chrome", False, None, 46),
    ("Edge", False, None, 20),
    ("Mobile Safari", False, None, 17),
    ("Firefox", False, None, 6),
    ("Safari", False, None, 5),
    ("Googlebot", True, "Googlebot", 8),
    ("bingbot", True, "bingbot", 5),
    ("AhrefsBot", True, "AhrefsBot", 3),
)
_COUNTRIES = (("JP", 90), ("US", 6), ("SG", 2), ("BR", 1), (None, 1))
_HISTORY_DAYS = 28


def site_ids() -> tuple[str, ...]:
    """Return the ids of the 16 sites."""
    return (*_MAIN, *(f"benry-{shop}" for shop in _SHOPS))


def settings_in(locale: str) -> Settings:
    """Return the shipped settings with the report's language."""
    return load(DEFAULT_SETTINGS).model_copy(update={"locale": locale})


def now() -> dt.datetime:
    """Return the one instant at which the fixture's reports are made."""
    return NOW


def build(root: Path, lines_per_day: int = 600, history_days: int = _HISTORY_DAYS) -> Home:
    """Write the lake below `root` and return its home."""
    home = Home(root)
    first = QUIET - dt.timedelta(days=history_days - 1)
    days = [first + dt.timedelta(days=number) for number in range((EMPTY - first).days + 1)]
    with lake.open_writer(home, "Asia/Tokyo") as con:
        insert_sites(con, [(site, *_group_of(site)) for site in site_ids()])
        insert_traffic(con, [day for day in days if day != EMPTY], lines_per_day)
        _insert_rejects(con)
        refresh_aggregates(con, days)
        _insert_readings(con)
        _insert_checks(con)
        insert_findings(con, [*findings_of_day(), *hostile_findings()])
        for day in DAYS:
            for stage in ("check", "detect"):
                insert_stage(con, stage, day)
            insert_runs(con, day)
        insert_stage(con, "ingest", NOW.date())
    return home


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a fixture must be the same every time


def _group_of(site: str) -> tuple[str, str | None, str]:
    if site.startswith("benry-"):
        shop = site.removeprefix("benry-")
        return "benry", shop, f"{shop}.benry.example"
    return "main", None, f"{site.removeprefix('prime-')}.prime.example"


def insert_sites(
    con: duckdb.DuckDBPyConnection, sites: Sequence[tuple[str, str, str | None, str]]
) -> None:
    """Insert (site, group, franchise, domain) into lake.site."""
    frame = pl.DataFrame(
        [
            {
                "site_id": site,
                "site_group": group,
                "franchise": franchise,
                "domains": [domain],
                "timezone": "Asia/Tokyo",
                "hours": "business",
                "seen_at": NOW,
            }
            for site, group, franchise, domain in sites
        ],
        schema_overrides={"franchise": pl.String},
    )
    _insert(con, "site", frame)


def insert_traffic(
    con: duckdb.DuckDBPyConnection, days: Sequence[dt.date], lines_per_day: int
) -> None:
    """Insert clients, agents and about `lines_per_day` requests for each day."""
    places = [country for country, *_ in _COUNTRIES]
    shares = [share for *_, share in _COUNTRIES]
    chance = _chance(7)
    clients = [
        {
            "client_id": number,
            "client_ip": f"203.0.113.{number}",
            "country": chance.choices(places, shares)[0],
            "seen_at": NOW,
        }
        for number in range(1, 250)
    ]
    agents = [
        {
            "agent_id": number,
            "user_agent": f"{browser}/1.0",
            "browser": browser,
            "is_bot": is_bot,
            "bot_name": bot,
            "seen_at": NOW,
        }
        for number, (browser, is_bot, bot, _) in enumerate(_AGENTS)
    ]
    agents.append(
        {
            "agent_id": 90,
            "user_agent": LONG_AGENT,
            "browser": f"{SCRIPT}{BIDI}evil",
            "is_bot": False,
            "bot_name": None,
            "seen_at": NOW,
        }
    )
    _insert(con, "client", pl.DataFrame(clients, infer_schema_length=None))
    _insert(con, "agent", pl.DataFrame(agents, infer_schema_length=None))
    for day in days:
        insert_requests(con, _requests(day, lines_per_day))


def _requests(day: dt.date, count: int) -> pl.DataFrame:
    chance = _chance(day.toordinal())
    count = round(count * (0.35 if day.weekday() >= 5 else chance.uniform(0.93, 1.07)))
    sites = [site for site in site_ids() if day != DAY or site != MISSING_SITE]
    weights = [8 if site in _MAIN else 1 for site in sites]
    hours = [1] * 7 + [4, 9, 10, 10, 9, 8, 10, 10, 9, 8, 6, 5, 3, 2, 2, 1, 1]
    midnight = dt.datetime.combine(day, dt.time(), ZONE)
    weekday = [agent[3] for agent in _AGENTS]
    rows: list[dict[str, Any]] = []
    for number in range(count):
        # Every site has a line before chance decides, so that none is missing by accident.
        site = sites[number] if number < len(sites) else chance.choices(sites, weights)[0]
        hour = chance.choices(range(24), hours)[0]
        user = chance.choice([None, None, "c10234", "c20771", "st-0412", "fr003-02"])
        personal = user is not None and chance.random() < 0.4
        subject = f"{chance.randrange(100_000, 999_999)}" if personal else None
        rows.append(
            {
                "event_id": day.toordinal() * 10_000_000 + number,
                "time": midnight + dt.timedelta(hours=hour, seconds=chance.randrange(3600)),
                "log_date": day,
                "site_id": site,
                "site_domain": _group_of(site)[2],
                "client_id": chance.randrange(1, 250),
                "agent_id": chance.choices(range(len(_AGENTS)), weekday)[0],
                "user_id": user,
                "user_type": {"c": "customer", "s": "staff", "f": "franchise"}.get(
                    (user or " ")[0]
                ),
                "method": "GET",
                "url_path": f"/customers/{subject}" if personal else "/",
                "protocol": "HTTP/1.1",
                "status": chance.choices([200, 304, 404, 403, 500], [86, 6, 5, 2, 1])[0],
                "bytes": chance.randrange(300, 90_000),
                "resource_id": "customer" if personal else None,
                "resource_kind": "record" if personal else None,
                "data_level": 3 if personal else 0,
                "subject_id": subject,
                "file_id": site_ids().index(site) + 1,
                "line_no": number + 1,
            }
        )
    if day == HOSTILE:
        for row in rows[::20]:
            row["agent_id"] = 90
    return pl.DataFrame(rows, infer_schema_length=None)


def _insert_rejects(con: duckdb.DuckDBPyConnection) -> None:
    reasons = pl.Series(
        [because("bad_time")] * 9 + [because("piece_after", piece='"', before="request")] * 4
    )
    rows = [
        {
            "file_id": 6,
            "line_no": 100 + number,
            "byte_offset": number * 200,
            "site_id": "benry-002",
            "path": "benry/002/access.log-20261120",
            "log_date": DAY,
            "line": f"{SCRIPT} broken",
            "read_at": NOW,
        }
        for number in [*range(9), *range(4)]
    ]
    _insert(con, "reject", pl.DataFrame(rows).hstack(spelled_out(reasons)))


def _insert_readings(con: duckdb.DuckDBPyConnection) -> None:
    read_at = dt.datetime(2026, 11, 21, 2, 1, tzinfo=ZONE)
    days = con.execute(
        "select log_date, site_id, records, rejects from lake.site_day"
        " where log_date in (select unnest(?)) and lines > 0",
        [list(DAYS)],
    ).fetchall()
    ledger, ledger_days = [], []
    for number, (day, site, records, rejects) in enumerate(sorted(days), 1):
        folder = f"benry/{site[6:]}" if site.startswith("benry-") else site
        ledger.append(
            {
                "file_id": number,
                "from_line": 1,
                "site_id": site,
                "path": f"{folder}/access.log-{day:%Y%m%d}.gz",
                "format": "combined",
                "status": "read",
                "message": None,
                "lines": records + rejects,
                "records": records,
                "rejects": rejects,
                "comments": 0,
                "duplicates": 0,
                "read_at": read_at,
            }
        )
        ledger_days.append(
            {
                "file_id": number,
                "from_line": 1,
                "site_id": site,
                "log_date": day,
                "records": records,
                "rejects": rejects,
                "read_at": read_at,
            }
        )
    _insert(con, "ledger", pl.DataFrame(ledger, schema_overrides={"message": pl.String}))
    _insert(con, "ledger_day", pl.DataFrame(ledger_days))


_CHECKS = (
    ("day-not-empty", "その日の記録が少なくとも一件ある", "The day has at least one record"),
    (
        "records-arrived",
        "ふだん記録のあるサイトから記録が届いている",
        "Usual sites brought records",
    ),
    ("hours-covered", "記録のある時間数が、ふだんの 50% 以上ある", "Half the usual hours at least"),
    ("reject-share", "読めない行は 5% まで", "At most 5% of the lines are rejected"),
    ("event-once", "同じ行が二度数えられていない", "No line is counted twice"),
)


def _insert_checks(con: duckdb.DuckDBPyConnection) -> None:
    for day in DAYS:
        for check_id, ja, en in _CHECKS:
            if day == EMPTY and check_id == "day-not-empty":
                insert_check(
                    con,
                    day,
                    check_id,
                    None,
                    "どのサイトからも記録が届いていません",
                    "No site brought a single record",
                )
            elif day == DAY and check_id == "records-arrived":
                insert_check(
                    con,
                    day,
                    check_id,
                    MISSING_SITE,
                    "記録が届いていません（読めない行 0）",
                    "No record arrived (0 lines rejected)",
                )
            else:
                insert_check(con, day, check_id, None, ja, en, success=True)


def insert_check(
    con: duckdb.DuckDBPyConnection,
    day: dt.date,
    check_id: str,
    site: str | None,
    ja: str,
    en: str,
    *,
    success: bool = False,
    severity: str = "critical",
) -> None:
    """Insert one row into lake.check_result."""
    con.execute(
        "insert into lake.check_result values (?, 'site_day', ?, ?, ?, ?, ?, ?, ?, ?, ?, null)",
        [
            day,
            check_id,
            site,
            severity,
            success,
            "sites=16 judged=16" if success else "lines=0 rejects=0",
            "records>=1",
            ja,
            en,
            NOW,
        ],
    )


def insert_findings(con: duckdb.DuckDBPyConnection, findings: Sequence[Finding]) -> None:
    """Insert findings as the detectors' runner writes them, many at once."""
    rows = [
        {
            **finding.values(),
            "severity": str(finding.severity),
            "evidence": json.dumps(finding.evidence_told, ensure_ascii=False),
            "measures": list(finding.measures),
            "detected_at": NOW,
        }
        for finding in with_cases(findings, KeyedIds())
    ]
    _insert(con, "findings", pl.DataFrame(rows, infer_schema_length=None))


def insert_runs(con: duckdb.DuckDBPyConnection, day: dt.date) -> None:
    """Insert a row into lake.detector_day for every detector: all of them were run."""
    rows = [{"log_date": day, "detector": one, "mode": "active"} for one in load_catalogue()]
    _insert(con, "detector_day", pl.DataFrame(rows))


def insert_stage(
    con: duckdb.DuckDBPyConnection,
    stage: str,
    day: dt.date,
    *,
    status: str = "done",
    message: str = "",
    ended_at: dt.datetime = NOW - dt.timedelta(minutes=1),
) -> None:
    """Insert one row into lake.stage_run."""
    con.execute(
        "insert into lake.stage_run values (?, ?, ?, ?, ?, ?, 'settings', ?)",
        [
            *(stage, day, ended_at - dt.timedelta(seconds=40), ended_at, status, message),
            by_language(message),
        ],
    )


def _insert(con: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    con.register("given", frame)
    con.execute(f"insert into lake.{table} by name select * from given")
    con.unregister("given")


def at(day: dt.date, clock: str) -> dt.datetime:
    """Return a local time of day as an instant."""
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), ZONE)


def make_finding(**values: Any) -> Finding:
    """Return a plain finding of `DAY` with `values` in place of its own."""
    base: dict[str, Any] = {
        "finding_id": "f0",
        "date": DAY,
        "detector": "bulk-record-access",
        "category": "personal_data",
        "severity": Severity.HIGH,
        "score": 50.0,
        "site_id": "prime-office",
        "franchise": None,
        "actor_kind": "user",
        "actor": "st-0412",
        "first_seen": at(DAY, "09:15"),
        "last_seen": at(DAY, "11:40"),
        "event_count": 40,
        "subject_count": 38,
        "summary": "要約",
        "evidence": {},
        "measures": (2, 5),
    }
    return Finding(**{**base, **values})


def _past(last: int, usual: int) -> list[dict[str, Any]]:
    chance = _chance(usual)
    days = [DAY - dt.timedelta(days=number) for number in range(34, 0, -1)]
    series = [
        {"on": day.isoformat(), "value": max(0, usual + chance.randrange(-6, 9))}
        for day in days
        if day.weekday() < 5
    ]
    return [*series, {"on": DAY.isoformat(), "value": last}]


def _hours(values: dict[int, int]) -> list[dict[str, int]]:
    return [{"hour": hour, "value": value} for hour, value in values.items()]


def findings_of_day() -> list[Finding]:
    """Return findings of all six detectors on `DAY`, in no order of risk."""
    rows = "select time, url_path, status, subject_id\nfrom lake.access_log\nwhere log_date ="
    return [
        make_finding(
            finding_id="a1b2c3d4e5f60718",
            severity=Severity.CRITICAL,
            score=96.0,
            event_count=371,
            subject_count=342,
            summary="st-0412 が prime-office で 342 人分の個人データを閲覧（想定 22 人、15.5 倍）",
            evidence={
                "observed": 342,
                "expected": 22.1,
                "upper": 61.4,
                "ratio": 15.5,
                "unit": "records",
                "baseline": "own",
                "baseline_days": 24,
                "p_value": 3e-9,
                "own_mean": 21.4,
                "peer_mean": 19.8,
                "user_type": "staff",
                "series": _past(342, 22),
                "subjects": [str(100_230 + number) for number in range(10)],
                "addresses": ["203.0.113.44"],
                "query": f"{rows} '2026-11-20' and user_id = 'st-0412'\norder by time",
            },
            measures=(2, 3, 5),
        ),
        make_finding(
            finding_id="b1b2c3d4e5f60718",
            detector="new-location-access",
            score=74.0,
            site_id="prime-portal",
            actor="c20771",
            first_seen=at(DAY, "03:12"),
            last_seen=at(DAY, "03:58"),
            event_count=27,
            subject_count=1,
            summary="c20771 のアカウントが初めての国（BR）から prime-portal を利用",
            evidence={
                "observed": 27,
                "expected": 0,
                "unit": "requests",
                "baseline": "own",
                "baseline_days": 19,
                "countries": ["BR"],
                "known_countries": ["JP"],
                "series": _hours({3: 27}),
                "subjects": ["20771"],
                "addresses": ["198.51.100.7", "2001:db8:40::9"],
                "query": f"{rows} '2026-11-20' and user_id = 'c20771'",
            },
            measures=(1, 5),
        ),
        make_finding(
            finding_id="c1b2c3d4e5f60718",
            detector="off-hours-access",
            severity=Severity.MEDIUM,
            score=58.0,
            site_id="benry-003",
            franchise="003",
            actor="fr003-02",
            first_seen=at(DAY, "01:05"),
            last_seen=at(DAY, "02:31"),
            event_count=14,
            subject_count=12,
            summary="fr003-02 が benry-003 で営業時間外に 12 人分の個人データを閲覧",
            evidence={
                "observed": 14,
                "expected": 0,
                "unit": "records",
                "baseline": "none",
                "baseline_days": 0,
                "is_day_off": False,
                "series": _hours({1: 9, 2: 5}),
                "subjects": ["K00318", "K00319"],
                "query": f"{rows} '2026-11-20' and user_id = 'fr003-02'",
            },
        ),
        make_finding(
            finding_id="d1b2c3d4e5f60718",
            detector="brute-force",
            category="authentication",
            score=71.5,
            site_id="prime-portal",
            actor_kind="ip",
            actor="198.51.100.23",
            first_seen=at(DAY, "22:10"),
            last_seen=at(DAY, "22:49"),
            event_count=412,
            subject_count=0,
            summary="198.51.100.23 による prime-portal へのログイン失敗が 412 回（成功 1 回）",
            evidence={
                "observed": 412,
                "upper": 20,
                "unit": "failures",
                "successes": 1,
                "series": _hours({22: 412}),
                "users": ["c10001", "c10002", "c10003"],
                "countries": ["SG"],
                "query": f"{rows} '2026-11-20' and client_ip = '198.51.100.23'",
            },
            measures=(1, 6),
        ),
        make_finding(
            finding_id="e1b2c3d4e5f60718",
            detector="sql-injection",
            category="web_attack",
            severity=Severity.MEDIUM,
            score=49.0,
            site_id="prime-www",
            actor_kind="ip",
            actor="2001:db8:77::5",
            first_seen=at(DAY, "05:40"),
            last_seen=at(DAY, "05:52"),
            event_count=64,
            subject_count=0,
            summary="2001:db8:77::5 から prime-www への SQL インジェクションの試行 64 件",
            evidence={
                "observed": 64,
                "unit": "attempts",
                "successes": 3,
                "statuses": [{"status": 403, "count": 61}, {"status": 200, "count": 3}],
                "series": _hours({5: 64}),
                "paths": ["/search?q=1%27%20or%201=1--", "/news?id=7%20union%20select%201,2,3"],
                "browsers": ["sqlmap/1.8"],
                "query": f"{rows} '2026-11-20' and client_ip = '2001:db8:77::5'",
            },
            measures=(4, 6),
        ),
        make_finding(
            finding_id="f1b2c3d4e5f60718",
            detector="log-gap",
            category="operations",
            severity=Severity.MEDIUM,
            score=55.0,
            site_id="prime-dispatch",
            actor_kind="site",
            actor="prime-dispatch",
            first_seen=at(DAY, "13:02"),
            last_seen=at(DAY, "16:31"),
            event_count=1,
            subject_count=0,
            summary="prime-dispatch のログに 3 時間 29 分の空白（13:02〜16:31、ふだんなら 388 件）",
            evidence={
                "observed": 209,
                "expected": 388,
                "unit": "minutes",
                "baseline": "site",
                "baseline_days": 19,
                "p_value": 2e-12,
                "series": _hours(
                    {hour: 0 if 14 <= hour <= 15 else 40 + hour * 3 for hour in range(24)}
                ),
                "query": "select date_trunc('hour', time) as hour, count(*)\nfrom lake.access_log",
            },
            measures=(6, 7),
        ),
        *(
            make_finding(
                finding_id=f"low{number:013}",
                detector="sql-injection",
                category="web_attack",
                severity=Severity.LOW,
                score=12.0 - number,
                site_id="prime-www",
                actor_kind="ip",
                actor=f"192.0.2.{number + 10}",
                event_count=2,
                subject_count=0,
                summary=f"192.0.2.{number + 10} から prime-www への攻撃の試行 2 件",
            )
            for number in range(4)
        ),
        make_finding(
            finding_id="closed0000000001",
            detector="off-hours-access",
            severity=Severity.HIGH,
            status="closed",
            summary="当番の交代と確認済み",
        ),
    ]


def hostile_findings() -> list[Finding]:
    """Return findings of `HOSTILE` whose every text tries to deceive."""
    trick = f"{SCRIPT}{BIDI}\u2066\x1b[31m\x00\u200b'\"><img src=x onerror=alert(1)>"
    return [
        make_finding(
            finding_id="hostile000000001",
            date=HOSTILE,
            detector="sql-injection",
            category="web_attack",
            actor_kind="ip",
            actor=f"=cmd|'/c calc'!A1{trick}",
            first_seen=at(HOSTILE, "09:15"),
            last_seen=at(HOSTILE, "11:40"),
            summary=f"{trick} {{t}} %s " + "長" * 4_000,
            evidence={
                "observed": "many",
                "series": [{"on": "yesterday", "value": 1}, {"hour": 99, "value": 2}, 7],
                "subjects": {"not": "a list"},
                "paths": [trick, "/" + "a" * 9_000],
                "browsers": [LONG_AGENT],
                "reason": trick,
                trick: trick,
                "nested": {"deep": [1, {"x": trick}]},
                "query": f"select '{trick}'\n-- {SCRIPT}\n" + "x" * 20_000,
            },
        ),
        make_finding(
            finding_id="hostile000000002",
            date=HOSTILE,
            detector=f"sigma:{SCRIPT}",
            severity=Severity.LOW,
            actor_kind="session",
            actor="@SUM(A1)",
            summary=f"\t=1+1 {trick}",
        ),
    ]
