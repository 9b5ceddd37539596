"""Rules as text and requests as values: which requests does a rule match?"""

import datetime as dt
import textwrap
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from pipelines.detect.sigma.engine import match_rules
from pipelines.detect.sigma.parse import parse_file
from pipelines.detect.sigma.rulebook import Rulebook, make_rulebook
from pipelines.detect.sigma.tables import add_records, forget_scanners, make_record_tables

NOON = dt.datetime(2026, 11, 19, 12, tzinfo=ZoneInfo("Asia/Tokyo"))
_SCHEMA: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "event_id": pl.UInt64, "time": pl.Datetime("us", "Asia/Tokyo"), "site_id": pl.String,
    "site_domain": pl.String, "client_ip": pl.String, "country": pl.String,
    "user_agent": pl.String, "user_id": pl.String, "method": pl.String, "url_path": pl.String,
    "url_query": pl.String, "protocol": pl.String, "status": pl.UInt16, "bytes": pl.UInt64,
    "duration_ms": pl.Float64, "referrer": pl.String, "data_level": pl.UInt8,
    "subject_id": pl.String,
}  # fmt: skip
_USUAL = {
    "site_id": "shop", "site_domain": "shop.example", "client_ip": "192.0.2.1",
    "user_agent": "Mozilla/5.0", "method": "GET", "url_path": "/", "protocol": "HTTP/1.1",
    "status": 200, "bytes": 512, "duration_ms": 3.0,
}  # fmt: skip


def rule_id(number: int) -> str:
    """Return the id of the rule of that number."""
    return str(uuid.UUID(int=number, version=4))


def rule(detection: str, number: int = 1, **keys: str) -> str:
    """Return a rule for web servers with this `detection`, a condition beside its selections."""
    body = textwrap.indent(textwrap.dedent(detection).strip(), "  ")
    more = "".join(f"{key}: {value}\n" for key, value in keys.items() if key != "logsource")
    source = keys.get("logsource", "{category: webserver}")
    return (
        f"title: Rule {number}\nid: {rule_id(number)}\nlogsource: {source}\n"
        f"{more}detection:\n{body}\n"
    )


def book(*texts: str) -> Rulebook:
    """Return the rulebook of some files, named `0.yml`, `1.yml` and so on."""
    files = [parse_file(Path(f"{n}.yml"), text.encode()) for n, text in enumerate(texts)]
    return make_rulebook(files)


def requests(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Return records that differ from the usual request as given, a second apart."""
    made = [
        {"event_id": n, "time": NOON + dt.timedelta(seconds=n), **_USUAL, **row}
        for n, row in enumerate(rows)
    ]
    return pl.DataFrame(made, schema=_SCHEMA)


def connection() -> duckdb.DuckDBPyConnection:
    """Return a connection on which rules can be matched."""
    con = duckdb.connect(config={"threads": 1})
    con.execute("set TimeZone = 'Asia/Tokyo'")
    forget_scanners(con)
    return con


def matched(
    con: duckdb.DuckDBPyConnection, rules: Rulebook, rows: Sequence[dict[str, Any]]
) -> dict[str, list[int]]:
    """Return by title of each reported rule the numbers of the requests that it matches."""
    assert rules.errors == (), rules.errors
    make_record_tables(con)
    add_records(con, requests(rows))
    match_rules(con, rules.rules)
    found: dict[str, list[int]] = {one.about.title: [] for one in rules.rules if one.is_reported}
    for number, event in con.execute(
        "select rule, event_id from sigma_match order by event_id"
    ).fetchall():
        if rules.rules[number].is_reported:
            found[rules.rules[number].about.title].append(event)
    return found


def hits(detection: str, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Return the numbers of the requests that a rule with this detection matches."""
    with connection() as con:
        return matched(con, book(rule(detection)), rows)["Rule 1"]
