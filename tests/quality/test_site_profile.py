"""The daily profile: one row for every known site and day, counted from what the lake holds."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.detect.aggregates import gather, load_macros
from pipelines.lake import open_writer
from pipelines.paths import SQL_DIR, Home
from tests.lake_requests import insert_requests

QUERY = (SQL_DIR / "baselines" / "site_day.sql").read_text(encoding="utf-8")
SCAN = (SQL_DIR / "baselines" / "shared" / "profile_day.sql").read_text(encoding="utf-8")
DAY = dt.date(2025, 11, 16)
SITE = {"site_id": "shop", "domains": ["shop.example", "www.shop.example"]}


def profiles(home: Path, zone: str, days: list[dt.date], **tables: list[dict[str, Any]]):
    """Fill the tables of a new lake; return the profile's rows by site and day."""
    with open_writer(Home(home), zone) as con:
        insert_requests(con, tables.pop("request", []))
        for table, rows in tables.items():
            for row in rows:
                con.execute(
                    f"insert into lake.{table} ({', '.join(row)})"
                    f" values ({', '.join('?' * len(row))})",
                    list(row.values()),
                )
        load_macros(con)
        for name in ("noted_request", "profile_day"):
            gather(con, name, days)
        cursor = con.execute(QUERY, {"days": days})
        names = [column[0] for column in cursor.description]
        found = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
        con.execute(f"insert into lake.site_day by name {QUERY}", {"days": days})
        kept = con.execute("select * from lake.site_day limit 0").description
    assert names == [column[0] for column in kept]
    return {(row["site_id"], row["log_date"]): row for row in found}


def request(time: str, day: dt.date = DAY, **fields: Any) -> dict[str, Any]:
    """A record of the shop at an instant."""
    return {
        "site_id": "shop",
        "log_date": day,
        "time": dt.datetime.fromisoformat(time),
        "client_id": 1,
        "agent_id": 1,
        "method": "GET",
        "status": 200,
        "site_domain": "shop.example",
    } | fields


CLIENTS: list[dict[str, Any]] = [
    {"client_id": 1, "client_ip": "192.0.2.1"},
    {"client_id": 2, "client_ip": None},
]
AGENTS = [
    {"agent_id": 1, "user_agent": "Mozilla/5.0", "is_bot": False},
    {"agent_id": 2, "user_agent": "examplebot/1.0", "is_bot": True},
]


def test_a_known_site_without_lines_has_a_row_of_zeros(tmp_path):
    """Silence is a fact of its own, for each day asked for."""
    days = [DAY, DAY + dt.timedelta(days=1)]
    found = profiles(tmp_path, "Asia/Tokyo", days, site=[SITE])
    assert found.keys() == {("shop", day) for day in days}
    figures = set(found["shop", DAY].items()) - {("site_id", "shop"), ("log_date", DAY)}
    assert {value for _, value in figures} == {0, None}
    assert {name for name, value in figures if value is None} == {"first_time", "last_time"}


def test_a_profile_counts_what_each_column_says(tmp_path):
    """Every figure from records that differ in just that."""
    zone = "+09:00"
    requests = [
        request(f"2025-11-16T00:00:00{zone}", user_id="c1", bytes=10),
        request(f"2025-11-16T00:59:59{zone}", user_id="c1", bytes=5, client_id=2),
        request(f"2025-11-16T05:00:00{zone}", user_id="c2", client_id=99, agent_id=2),
        request(f"2025-11-16T05:10:00{zone}", agent_id=None, site_domain="www.shop.example"),
        request(f"2025-11-16T06:00:00{zone}", method=None, status=400, site_domain="else.example"),
        request(f"2025-11-16T07:00:00{zone}", status=None, site_domain=None),
        request(f"2025-11-16T08:00:00{zone}", status=503, data_level=3),
        request(f"2025-11-16T09:00:00{zone}", status=304, data_level=3),
        request(f"2025-11-16T10:00:00{zone}", status=302, data_level=3),
        request(f"2025-11-16T20:00:00{zone}", login_result="failure", user_id="c1", status=404),
        request(f"2025-11-16T20:10:00{zone}", login_result="failure", user_id="c1", status=404),
        request(f"2025-11-16T20:20:00{zone}", login_result="success", user_id="c1"),
        request(f"2025-11-16T23:59:59{zone}", data_level=1, bytes=100),
        request(f"2025-11-17T00:00:00{zone}", DAY + dt.timedelta(days=1)),
    ]
    found = profiles(
        tmp_path,
        "Asia/Tokyo",
        [DAY],
        site=[SITE],
        client=CLIENTS,
        agent=AGENTS,
        request=requests,
        reject=[{"site_id": "shop", "log_date": DAY}, {"site_id": "shop", "log_date": None}],
    )
    row = found["shop", DAY]
    assert (row.pop("first_time"), row.pop("last_time")) == (
        requests[0]["time"],
        requests[12]["time"],
    )
    assert row == {
        "log_date": DAY,
        "site_id": "shop",
        "lines": 14,
        "records": 13,
        "rejects": 1,
        "hours_with_records": 9,
        "ip_missing": 2,
        "agent_missing": 1,
        "request_missing": 1,
        "status_missing": 1,
        "domain_foreign": 1,
        "users": 2,
        "bot_records": 1,
        "client_errors": 3,
        "server_errors": 1,
        "personal_accesses": 2,
        "bytes": 115,
        "login_failures": 2,
        "login_successes": 1,
        "failed_accounts": 1,
        "not_found": 2,
    }


def test_lines_of_a_site_that_no_longer_is_known_are_not_lost(tmp_path):
    """A site may leave the settings; its records and rejects are still counted."""
    found = profiles(
        tmp_path,
        "Asia/Tokyo",
        [DAY],
        request=[request("2025-11-16T03:00:00+09:00", site_id="gone")],
        reject=[{"site_id": "noise", "log_date": DAY}],
    )
    assert {site: row["lines"] for (site, _), row in found.items()} == {"gone": 1, "noise": 1}


@pytest.mark.parametrize(("day", "hours"), [("2025-10-26", 25), ("2025-03-30", 23)])
def test_days_of_25_and_23_hours_are_counted_right(tmp_path, day, hours):
    """When the clocks change, every real hour counts once."""
    date = dt.date.fromisoformat(day)
    start = dt.datetime.combine(date, dt.time(0, 30), ZoneInfo("Europe/Berlin")).astimezone(dt.UTC)
    requests = [request((start + dt.timedelta(hours=n)).isoformat(), date) for n in range(hours)]
    found = profiles(tmp_path, "Europe/Berlin", [date], site=[SITE], request=requests)
    assert found["shop", date]["hours_with_records"] == hours


def test_only_the_days_asked_for_are_read(tmp_path):
    """Partitions of other days stay closed, however long the past."""
    days = [DAY - dt.timedelta(days=n) for n in range(5)]
    with open_writer(Home(tmp_path), "Asia/Tokyo") as con:
        for day in days:
            insert_requests(con, [{"site_id": "a", "log_date": day}])
        load_macros(con)
        (plan,) = con.execute(
            f"explain (analyze, format json) {SCAN}", {"days": days[1:2]}
        ).fetchall()
    requests = [scan for scan in _scans(json.loads(plan[1])) if scan["Table"] == "request_fact"]
    assert [scan["Total Files Read"] for scan in requests] == ["1"]


def _scans(operator: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The facts of every table scan in a plan."""
    facts = operator.get("extra_info", {})
    if "Total Files Read" in facts:
        yield facts
    for child in operator["children"]:
        yield from _scans(child)
