"""Records as they stand: JSON with the contract's keys, combined lines that read back the same."""

import datetime as dt
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipelines import lake
from pipelines.export.combined import combined_line
from pipelines.ingest.convert import COLUMNS
from tests.export import export_lake
from tests.export.export_lake import DAY, Folder, line

_FIELDS = (
    "time", "client_ip", "user_id", "method", "url_path", "url_query", "protocol", "status",
    "bytes", "referrer", "user_agent",
)  # fmt: skip


def _stored(folder: Folder) -> list[dict[str, Any]]:
    with lake.open_reader(folder.home, "UTC") as con:
        cursor = con.execute(f"select {', '.join(_FIELDS)} from lake.access_log order by time")
        return [dict(zip(_FIELDS, row, strict=True)) for row in cursor.fetchall()]


def test_json_has_the_contracts_keys_in_order_and_exact_values(hostile: Folder) -> None:
    """NDJSON and the array hold the same; instants are RFC 3339 in UTC."""
    rows = hostile.documents("records", "ndjson")
    assert len(rows) == len(export_lake.HOSTILE_LINES)
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["time"] == "2026-11-19T00:00:00.000000Z"
    assert rows[0]["log_date"] == "2026-11-19"
    assert json.loads(hostile.export("records", "json")[0]) == rows
    for row, stored in zip(rows, _stored(hostile), strict=True):
        assert {key: row[key] for key in _FIELDS[1:]} == {key: stored[key] for key in _FIELDS[1:]}


def test_combined_lines_read_back_as_the_same_records(hostile: Folder, tmp_path: Path) -> None:
    """Quotes, controls, blanks and other scripts are escaped as Apache does it."""
    text, done = hostile.export("records", "combined")
    assert done.rows == len(export_lake.HOSTILE_LINES)
    assert text.isascii()
    assert re.fullmatch(rb"[\x20-\x7e\n]*", text)
    again = Folder.at(tmp_path)
    again.deliver("shop/access.log", text.decode().splitlines())
    assert _stored(again) == _stored(hostile)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, '192.0.2.1 - - [09/Feb/2026:23:59:59 +0900] "GET /a?b=1 HTTP/1.1" 200 5 "-" "-"'),
        ({"user_id": 'CORP\\a b"'}, 'CORP\\\\a\\x20b\\"'),
        ({"url_path": "/a b\n"}, '"GET /a\\x20b\\x0a?b=1 HTTP/1.1"'),
        ({"url_path": None, "url_query": None, "method": None, "protocol": None}, '] "-" 200'),
        ({"protocol": None, "url_query": ""}, '"GET /a?" 200'),
        ({"status": None, "bytes": None}, '" 000 - "'),
        ({"client_ip": None, "client_host": "h.example"}, "h.example - - ["),
        ({"client_ip": None}, "- - - ["),
        ({"user_agent": "あ\x7f"}, '"\\xe3\\x81\\x82\\x7f"'),
    ],
)
def test_combined_line_holds_what_the_record_knows(changed: dict[str, Any], expected: str) -> None:
    """Times are local, months are English, what is unknown is a hyphen."""
    record = {
        "time": dt.datetime(2026, 2, 9, 14, 59, 59, 999_999, tzinfo=dt.UTC),
        "client_ip": "192.0.2.1", "client_host": None, "user_id": None, "method": "GET",
        "url_path": "/a", "url_query": "b=1", "protocol": "HTTP/1.1", "status": 200, "bytes": 5,
        "referrer": None, "user_agent": None,
    }  # fmt: skip
    assert expected in combined_line({**record, **changed}, export_lake.ZONE)


@pytest.mark.skipif(shutil.which("goaccess") is None, reason="goaccess is not installed")
def test_goaccess_takes_every_line(hostile: Folder, tmp_path: Path) -> None:
    """A log analyser counts as many requests as there are records, what is no HTTP too.

    Except a line that is longer than GoAccess's buffer of 4,095 bytes.
    """
    log = tmp_path / "combined.log"
    lines = hostile.export("records", "combined")[0].splitlines(keepends=True)
    log.write_bytes(b"".join(line for line in lines if len(line) < 4_095))
    report = tmp_path / "report.json"
    subprocess.run(
        ["goaccess", str(log), "--log-format=COMBINED", "--no-global-config", "-o", str(report)],
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    general = json.loads(report.read_text())["general"]
    assert (general["total_requests"], general["failed_requests"]) == (7, 0)


@pytest.mark.further
def test_days_and_sites_choose(folder: Folder) -> None:
    """Both ends of a span count, sites are those named, rows are in the order of time."""
    days = ("18/Nov/2026", "19/Nov/2026", "20/Nov/2026")
    folder.deliver("shop/a.log", [line(5, day=day) for day in days])
    folder.deliver("desk/a.log", [line(3, day=day) for day in days])
    one = dt.timedelta(days=1)

    def chosen(**wanted: object) -> list[tuple[str, str]]:
        rows = folder.documents("records", "ndjson", **wanted)
        return [(row["log_date"][-2:], row["site_id"]) for row in rows]

    assert chosen(first=DAY, last=DAY) == [("19", "desk"), ("19", "shop")]
    assert chosen(first=DAY, sites=("shop",)) == [("19", "shop"), ("20", "shop")]
    assert chosen(last=DAY - one) == [("18", "desk"), ("18", "shop")]
    assert chosen(first=DAY + 2 * one) == []
