"""The app of casework over a lake with lines to search: who saw whom on which day, from where."""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import lake
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.lake.keyed_hashes import use_salts
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.marts.write import write_marts
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.triage.detected import replace_findings
from tests.airflow_reports.casework_app import NOW, SCRIPT, World, finding, world_at
from tests.detect.given_findings import DAY, at
from tests.lake_requests import insert_requests

SUBJECT = "0100234"
SEEN_BY_MANY = "st-0500"
ADDRESS, ADDRESS6, SHOP_ADDRESS = "192.0.2.7", "2001:db8::7", "198.51.100.12"
MOVED_ADDRESS = "203.0.113.9"  # its country changed, so that the lake has it twice
FIRST = DAY - dt.timedelta(days=40)
EARLY = DAY - dt.timedelta(days=20)
"""A day before those that other searches are about; the day after it is not aggregated."""
HOSTILE = f"x-{SCRIPT}"
UNNAMED = "0100950"
"""A subject whom nobody named saw, from an address with an open case."""
ADDRESS_CASE = KeyedIds().case("ip", ADDRESS6)
_DAYS = 8
_CLIENTS = {ADDRESS: 1, ADDRESS6: 2, SHOP_ADDRESS: 3}


def _row(on: dt.date, clock: str, user: str | None, subject: str, **values: Any) -> dict[str, Any]:
    return {
        "time": at(clock, on),
        "log_date": on,
        "site_id": "portal",
        "site_domain": "p.example",
        "client_id": _CLIENTS[ADDRESS],
        "agent_id": 1,
        "user_id": user,
        "user_type": "staff" if user and user.startswith("st-") else None,
        "method": "GET",
        "url_path": f"/customers/{subject}",
        "protocol": "HTTP/1.1",
        "status": 200,
        "bytes": 100,
        "resource_id": "customer",
        "resource_kind": "record",
        "data_level": 3,
        "subject_id": subject,
        "file_id": 1,
        **values,
    }


def _rows() -> list[dict[str, Any]]:
    rows = []
    for back in range(_DAYS):
        on = DAY - dt.timedelta(days=back)
        rows += [_row(on, f"{10 + n}:05", "st-0412", f"{200 + n}") for n in range(3)]
        rows.append(_row(on, "10:00", SEEN_BY_MANY, f"{300 + back}", session_id="s" * 16))
    rows += [_row(DAY, f"21:{n:02}", SEEN_BY_MANY, f"{400 + n}") for n in range(30)]
    before = DAY - dt.timedelta(days=3)
    rows += [
        _row(before, "11:00", "st-0412", SUBJECT),
        _row(DAY, "11:00", "st-0412", SUBJECT),
        _row(DAY, "21:30", SEEN_BY_MANY, SUBJECT),
        # A spreadsheet took the zero; the line names nobody, its session does.
        _row(DAY, "10:30", None, SUBJECT.lstrip("0"), session_id="s" * 16),
        _row(DAY, "12:00", "st-0700", SUBJECT, status=403, client_id=_CLIENTS[ADDRESS6]),
        _row(DAY, "13:00", HOSTILE, "=1+1", url_path=f"/<b>/{SCRIPT}", referrer=SCRIPT),
        _row(
            *(DAY, "14:00", "fr012-01", "900"),
            site_id="benry-012",
            client_id=_CLIENTS[SHOP_ADDRESS],
            user_type="franchise",
        ),
    ]
    return [{**row, "event_id": number, "line_no": number} for number, row in enumerate(rows, 1)]


def _early_rows() -> list[dict[str, Any]]:
    """Who saw nobody before and many now, also in another spelling; who only exports now."""
    rows = [_row(FIRST, "10:00", "st-0800", "1")]
    for back in range(1, 7):
        on = EARLY - dt.timedelta(days=back)
        nothing = {"resource_kind": None, "data_level": 0, "subject_id": None, "url_path": "/"}
        rows.append(_row(on, "10:00", "st-0800", "", **nothing))
        rows += [_row(on, f"10:0{n}", "st-0801", f"{n}") for n in range(2)]
    rows += [_row(EARLY, f"11:{n:02}", "st-0800", f"{n}") for n in range(11)]
    rows.append(_row(EARLY, "12:00", "ST-0800", "11"))
    rows.append(_row(EARLY, "13:00", "st-0801", "", resource_kind="export", subject_id=None))
    rows.append(_row(EARLY + dt.timedelta(days=1), "13:00", "st-0801", "1"))
    for number, client in enumerate((4, 5)):
        on = EARLY - dt.timedelta(days=number)
        shop = {"site_id": "benry-012", "user_type": "franchise", "client_id": client}
        rows.append(_row(on, "14:00", "fr012-02", f"{910 + number}", **shop))
    rows.append(_row(EARLY, "03:00", None, UNNAMED, client_id=_CLIENTS[ADDRESS6]))
    first = len(_rows()) + 1
    return [{**row, "event_id": one, "line_no": one} for one, row in enumerate(rows, first)]


def searched_world(root: Path, made: Path, monkeypatch: Any) -> World:
    """Make a world below `root` of one that is `made`, with lines of a week in lake and marts."""
    world = world_at(root, made, monkeypatch)
    clients = [
        {"client_id": number, "client_ip": ip, "country": "JP", "as_org": "Example", "seen_at": NOW}
        for ip, number in _CLIENTS.items()
    ]
    clients += [
        {**clients[0], "client_id": number, "client_ip": MOVED_ADDRESS, "country": country}
        for number, country in ((4, "JP"), (5, "US"))
    ]
    alias = {"user_id": "ST-0800", "usual_id": "st-0800", "seen_on": EARLY}
    agent = {"agent_id": 1, "user_agent": "Browser/1.0", "browser": "Chrome", "is_bot": False}
    person = {"user_id": "st-0412", "usual_id": "st-0412", "person_id": "7", "name": "山田 花子"}
    others = [
        {"user_id": user, "usual_id": user, "person_id": user, "name": f"st-0412 代理 {user}"}
        for user in (f"st-1{number:03}" for number in range(51))
    ]
    with lake.open_writer(world.home, world.settings.timezone) as con:
        lake.insert_frame(con, "client", pl.DataFrame(clients))
        lake.insert_frame(con, "agent", pl.DataFrame([{**agent, "seen_at": NOW}]))
        lake.insert_frame(con, "person", pl.DataFrame([{**person, "department": "営業"}]))
        lake.insert_frame(con, "person", pl.DataFrame(others))
        lake.insert_frame(con, "user_alias", pl.DataFrame([alias]))
        insert_requests(con, [*_rows(), *_early_rows()])
        days = [DAY - dt.timedelta(days=back) for back in range(_DAYS)]
        early = [EARLY - dt.timedelta(days=back) for back in range(7)]
        refresh_aggregates(con, [*days, *early, FIRST])
        found = {"detector": "unauthenticated-access", "actor_kind": "ip", "actor": ADDRESS6}
        use_salts(con, Pseudonyms())  # ids that tests can make
        replace_findings(con, EARLY, [finding(9, **found, date=EARLY)], [], lambda: NOW)
        write_marts(con, world.settings, world.home, [*days[:2], *early[:2]], NOW)
    return world
