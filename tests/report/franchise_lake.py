"""A lake of shops that are easily mixed up, each with its own people, and with visitors.

Shop ids are prefixes and spellings of one another, or made to break out of a name. At each site
its own user, a user of headquarters and a user of the next shop see personal data; findings name
them all, in every text that a finding has.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import lake
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.findings import Finding, Severity
from pipelines.paths import Home
from pipelines.settings.model import Settings, UserType
from tests.lake_requests import insert_requests
from tests.report import report_lake
from tests.report.report_lake import ZONE, at, make_finding

DAY = report_lake.DAY
SHOP_IDS = (
    "001",
    "0010",
    "01",
    "a",
    "A",
    "../../up",
    "x' or 1=1 --",
    "<b>&",
    "%_",
    "\u202e100",
    "index",
)
SILENT = "quiet"
HEAD_USER = "st-head"
HISTORY_DAYS = 9


@dataclass(frozen=True)
class Shop:
    """A shop and everything that is its own."""

    number: int
    shop: str

    @property
    def site(self) -> str:
        """The id of its site."""
        return f"benry-{self.shop}"

    @property
    def user(self) -> str:
        """Its user."""
        return f"fr({self.shop})-07"

    @property
    def address(self) -> str:
        """The address that its user comes from."""
        return f"203.0.113.{self.number + 1}"

    @property
    def attacker(self) -> str:
        """An address that attacks its site alone."""
        return f"198.51.100.{self.number + 1}"

    @property
    def subject(self) -> str:
        """A customer of its own."""
        return f"K{self.number}"

    @property
    def finding(self) -> str:
        """The beginning of the ids of the findings about its site."""
        return f"f{self.number}x"

    @property
    def note(self) -> str:
        """What its user says is wrong."""
        return f"note{self.number}x"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no other shop may read."""
        ids = (f"{self.finding}{kind}" for kind in ("own", "other", "head", "web", "office", "log"))
        return (
            *(self.site, self.user, self.address, self.attacker, self.subject, self.note),
            *ids,
        )


SHOPS = tuple(Shop(number, shop) for number, shop in enumerate(SHOP_IDS))


def settings_in(locale: str) -> Settings:
    """Return the shipped settings with user ids that may hold any shop's id."""
    types = (
        UserType(pattern=r"^st-", type="staff"),
        UserType(pattern=r"^fr\((?P<franchise>.*)\)-", type="franchise"),
    )
    return report_lake.settings_in(locale).model_copy(update={"user_types": types})


def build(root: Path) -> Home:
    """Write the lake below `root` and return its home."""
    home = Home(root)
    days = [DAY - dt.timedelta(days=n) for n in range(HISTORY_DAYS, -1, -1)]
    sites = [(one.site, "benry", one.shop, f"{one.number}.benry.example") for one in SHOPS]
    with lake.open_writer(home, "Asia/Tokyo") as con:
        report_lake.insert_sites(
            con,
            [
                *sites,
                (f"benry-{SILENT}", "benry", SILENT, "q.benry.example"),
                ("prime-office", "main", None, "office.prime.example"),
            ],
        )
        _insert(con, "client", _clients())
        rows = [row for day in days for one in SHOPS for row in _requests(one, day)]
        insert_requests(con, rows)
        _insert(con, "reject", _rejects())
        refresh_aggregates(con, days)
        report_lake.insert_findings(con, [found for one in SHOPS for found in findings_of(one)])
        notes = [(HEAD_USER, f"of {HEAD_USER}"), *((one.user, one.note) for one in SHOPS)]
        con.executemany(
            "insert into lake.correction by name select ? as correction_id, 'user' as person_kind,"
            " [?] as persons, ? as from_day, ? as to_day, ? as note",
            [(note, user, DAY, DAY, note) for user, note in notes],
        )
        everybody = " ".join(secret for one in SHOPS for secret in one.secrets)
        report_lake.insert_check(con, DAY, "day-not-empty", None, everybody, everybody)
        for one in SHOPS[:2]:
            report_lake.insert_check(
                con, DAY, "records-arrived", one.site, f"{one.site} 不足", f"{one.site} lacks"
            )
        report_lake.insert_stage(con, "check", DAY)
        report_lake.insert_stage(con, "detect", DAY, status="failed", message=everybody)
    return home


def next_of(shop: Shop) -> Shop:
    """Return the shop whose user visits the site of `shop`."""
    return SHOPS[(shop.number + 1) % len(SHOPS)]


def _insert(con: Any, table: str, frame: pl.DataFrame) -> None:
    report_lake._insert(con, table, frame)


def _clients() -> pl.DataFrame:
    own = [(one.number, one.address) for one in SHOPS]
    return pl.DataFrame(
        [
            {"client_id": number, "client_ip": address, "country": "JP", "seen_at": report_lake.NOW}
            for number, address in [*own, (90, "192.0.2.200")]
        ]
    )


def _requests(shop: Shop, day: dt.date) -> list[dict[str, Any]]:
    visitor = next_of(shop)
    people = [
        (shop.user, "franchise", shop.number, shop.subject, 3),
        (shop.user, "franchise", shop.number, f"{shop.subject}b", 1),
        (visitor.user, "franchise", visitor.number, visitor.subject, 2),
        (HEAD_USER, "staff", 90, shop.subject, 1),
        (None, None, 90, shop.subject, 1),
    ]
    midnight = dt.datetime.combine(day, dt.time(9), ZONE)
    rows: list[dict[str, Any]] = []
    for user, kind, client, subject, times in people:
        for _ in range(times):
            number = len(rows)
            rows.append(
                {
                    "event_id": day.toordinal() * 10_000 + shop.number * 100 + number,
                    "time": midnight + dt.timedelta(minutes=number),
                    "log_date": day,
                    "site_id": shop.site,
                    "client_id": client,
                    "user_id": user,
                    "user_type": kind,
                    "method": "GET",
                    "url_path": f"/customers/{subject}",
                    "status": 200,
                    "bytes": 900,
                    "resource_id": "customer",
                    "resource_kind": "record",
                    "data_level": 3,
                    "subject_id": subject,
                    "file_id": shop.number + 1,
                    "line_no": number + 1,
                }
            )
    return rows


def _rejects() -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "file_id": one.number + 1,
                "line_no": 900,
                "byte_offset": 0,
                "site_id": one.site,
                "path": f"{next_of(one).site}/access.log",
                "log_date": DAY,
                "reason": "no known log format fits",
                "reason_code": "no_format",
                "line": next_of(one).user,
                "read_at": report_lake.NOW,
            }
            for one in SHOPS
        ]
    )


def findings_of(shop: Shop) -> list[Finding]:
    """Return findings about the site of `shop` whose texts name everybody."""
    secrets = [secret for one in SHOPS for secret in one.secrets]
    evidence = {
        "observed": 4,
        "expected": 1,
        "unit": "records",
        "baseline": "own",
        "baseline_days": HISTORY_DAYS,
        "reason": " ".join(secrets),
        "own_shop": next_of(shop).shop,
        "query": f"select * from lake.access_log where user_id in ({secrets})",
        "score_parts": dict.fromkeys(secrets, 1.0),
        "incident_id": next_of(shop).finding,
        "series": [{"on": DAY.isoformat(), "value": 4, "who": secrets}, {"on": secrets[-1]}],
        **dict.fromkeys(("subjects", "paths", "addresses", "users", "browsers", "files"), secrets),
        **{secret: secret for secret in secrets},
    }
    actors = {
        "own": ("bulk-record-access", "personal_data", "user", shop.user),
        "other": ("cross-franchise-access", "personal_data", "user", next_of(shop).user),
        "head": ("off-hours-access", "personal_data", "user", HEAD_USER),
        "web": ("sql-injection", "web_attack", "ip", shop.attacker),
        "office": ("sql-injection", "web_attack", "ip", next_of(shop).address),
        "log": ("log-gap", "operations", "site", shop.site),
    }
    return [
        make_finding(
            finding_id=f"{shop.finding}{kind}",
            date=DAY,
            detector=detector,
            category=category,
            severity=Severity.HIGH if kind in {"own", "other", "head"} else Severity.LOW,
            score=90.0 - shop.number if kind == "own" else 20.0,
            site_id=shop.site,
            franchise=shop.shop,
            actor_kind=actor_kind,
            actor=actor,
            first_seen=at(DAY, "09:00"),
            last_seen=at(DAY, "09:30"),
            event_count=4,
            subject_count=2,
            summary=" ".join(secrets),
            evidence=evidence,
        )
        for kind, (detector, category, actor_kind, actor) in actors.items()
    ]
