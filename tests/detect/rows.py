"""Cases of a detector by rows of the tables that it reads: what it finds of each.

A file of cases (`tests/detect/rows/ID.yaml`) has worlds by name: the `rows` of a day, what the
detector `finds` of them, and `cases` that each change some of them. A row is a mapping of columns;
`usual` has columns by table that all its rows have. It stands for several with

    n: 15            # so many rows; {i} in a text counts them
    every: 60        # seconds from one to the next, of each column with a time
    days: -28..-1    # one row for each of these days in `log_date`

A time is written as HH:MM:SS of the day examined (`-3 HH:MM:SS` is three days before), a date as
the number of days after it; `of_time` as an hour or minute of the day is that of the column `time`.
In a text {d} is the day of `days`.

A case names what it changes as `table.row.column`, or as `table.row` what it leaves out (null). Of
what is then found, `finds` has what differs from the unchanged rows.

All cases of a file are run as one day, each with sites, people and addresses of its own. A file
that is not named as its detector has that as `detector`; with `is_day_off` nobody works on the day.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import polars as pl

from pipelines.detect.aggregates import TABLES, load_macros
from pipelines.detect.catalogue import Detector, load_catalogue
from pipelines.detect.day import _calendar, bound_names, day_parameters
from pipelines.detect.judgement import judged
from pipelines.detect.scripts import run_sql_file
from pipelines.lake import make_table
from pipelines.paths import SQL_DIR
from pipelines.settings.model import Settings

DAY = dt.date(2026, 11, 19)
Rows = Mapping[str, Sequence[Mapping[str, Any]]]
Found = dict[str, dict[str, Any]]

# Columns whose texts and numbers each case has for itself.
_NAMES = {
    *("site_id", "site_group", "franchise", "user_id", "usual_id", "named_user", "account"),
    *("actor", "team", "department", "session_id", "machine", "key"),
    *("client_ip", "subnet", "network", "top_address"),
}
_NUMBERS = {"client_id", "agent_id", "file_id", "request_row"}
_PLACE = re.compile(r"~(\d+)~")
_TABLE = re.compile(r"^## (\w+)$[^#]*?^(`.*)\.$", re.MULTILINE)
_ENUM = re.compile(r"\bENUM\b")
_LAKE = re.compile(r"\blake\.(?=(\w+))")
_CLOCK = re.compile(r"(?:(-?\d+) )?(\d\d:\d\d:\d\d(?:\.\d+)?)")


def completed(rows: Rows, usual: Mapping[str, Mapping[str, Any]]) -> Rows:
    """Return the rows with the columns that all rows of their table have."""
    return {table: [{**usual.get(table, {}), **row} for row in of] for table, of in rows.items()}


def changed(rows: Rows, changes: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows with some of their columns changed, and without those that are left out."""
    new = {table: [dict(row) for row in of] for table, of in rows.items()}
    left_out = []
    for path, value in changes.items():
        table, number, *column = re.split(r"\.(?=\d)|(?<=\d)\.", path)
        if column:
            new[table][int(number)][column[0]] = value
        else:
            left_out.append((table, int(number)))
    for table, number in sorted(left_out, reverse=True):
        del new[table][number]
    return new


def make_empty_day(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, Any]:
    """Make every table that detectors read, without a row; return what their queries bind.

    The columns are those that `sql/day/README.md` tells, those of the lake are the lake's.
    """
    load_macros(con)
    con.execute("create or replace macro subject_salt() as ''")  # each lake has its own
    values = day_parameters(settings, DAY)
    text = (SQL_DIR / "day" / "README.md").read_text(encoding="utf-8")
    for table, told in _TABLE.findall(text):
        columns = _ENUM.sub("VARCHAR", told.replace("`", '"'))
        con.execute(f"create table {table} ({columns})")
    con.execute(_web_findings())
    con.execute("create schema cached; create schema past; create schema today")
    for table in (*TABLES, "site", "agent", "client", "ledger_day", "request_profile"):
        con.execute(f"create table cached.{table} as from lake.{table} limit 0")
    for table in TABLES:
        con.execute(
            f"create view past.{table} as from cached.{table}"
            f" where log_date between '{values['history_from']}' and '{DAY - dt.timedelta(days=1)}'"
        )
    con.execute("create table today.request_fact as from lake.request_fact limit 0")
    con.execute("create schema kept")  # since one transaction cannot fill the lake's tables too
    queries = [text for one in load_catalogue().values() for text in _texts(one)]
    for table in sorted({name for text in queries for name in _LAKE.findall(text)}):
        con.execute(f"create table kept.{table} as from lake.{table} limit 0")
    make_table(con, "calendar_day", _calendar(settings, values["history_from"], DAY))
    run_sql_file(con, values, SQL_DIR / "day" / "calendar.sql")
    return values


def _web_findings() -> str:
    """The macro by which detectors of web attacks read `web_source`."""
    text = (SQL_DIR / "day" / "web" / "source.sql").read_text(encoding="utf-8")
    return text[text.index("create or replace macro web_findings") :]


def _texts(detector: Detector) -> Iterator[str]:
    yield judged(detector.query, detector)
    if detector.tests_query is not None:
        yield detector.tests_query


def load(con: duckdb.DuckDBPyConnection, cases: Sequence[Rows]) -> None:
    """Put the rows of all cases into tables that are empty."""
    together: dict[str, list[dict[str, Any]]] = {}
    for place, rows in enumerate(cases):
        for table, of in rows.items():
            into = together.setdefault(table, [])
            for row in of:
                into += (_placed(one, place) for one in _repeated(row))
    for table, of in together.items():
        if of:
            frame = pl.DataFrame(of, infer_schema_length=None, strict=False)
            con.register("given", frame)
            name = table.replace("past.", "cached.").replace("lake.", "kept.")
            con.execute(f"insert into {name} by name from given")
            con.unregister("given")


def _repeated(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows that one stands for."""
    values = dict(row)
    count, every = values.pop("n", 1), values.pop("every", 0)
    of: Sequence[int | None] = [None]
    if isinstance(values.get("days"), str):  # else a column
        first, _, last = values.pop("days").partition("..")
        of = range(int(first), int(last) + 1)
    for day in of:
        for i in range(count):
            new = {key: _value(key, value, i, day, i * every) for key, value in values.items()}
            if "time" in new:
                time = dt.datetime.fromisoformat(new["time"])
                derived = {"hour": time.hour, "minute_of_day": time.hour * 60 + time.minute}
                new |= {key: derived[key] for key in derived if new.get(key) == "of_time"}
            if day is not None:
                new["log_date"] = str(DAY + dt.timedelta(days=day))
            yield new


def _value(column: str, value: Any, i: int, day: int | None, seconds: int) -> Any:
    if isinstance(value, str):
        text = value.replace("{i}", str(i)).replace("{d}", str(day))
        if clock := _CLOCK.fullmatch(text):
            of = DAY + dt.timedelta(days=int(clock[1] or 0))
            instant = dt.datetime.fromisoformat(f"{of}T{clock[2]}+09:00")
            return (instant + dt.timedelta(seconds=seconds)).isoformat()
        return text
    if isinstance(value, int) and not isinstance(value, bool) and _is_date(column):
        return str(DAY + dt.timedelta(days=value))
    return value


def _is_date(column: str) -> bool:
    return column.endswith(("_date", "_on", "_day", "watched_from")) and column != "busiest_day"


def _placed(row: dict[str, Any], place: int) -> dict[str, Any]:
    for key, value in row.items():
        if key in _NAMES and isinstance(value, str) and value != "*":  # which is no name
            # Within the first number of an address, so that its network is of the case too.
            row[key] = re.sub(r"^\d+(?=\.)|$", rf"\g<0>~{place}~", value, count=1)
        elif key in _NUMBERS and isinstance(value, int):
            row[key] = value + place * 100_000
    return row


def found(
    con: duckdb.DuckDBPyConnection, detector: Detector, values: Mapping[str, Any], count: int
) -> tuple[list[Found], int | None]:
    """Return what a detector finds in each of so many cases, and how many tests it counts."""
    bound = {**values, **{name: one.value for name, one in detector.parameters.items()}}
    query = _LAKE.sub("kept.", judged(detector.query, detector))
    cursor = con.execute(query, {name: bound[name] for name in bound_names(query)})
    names = [column[0] for column in cursor.description or ()]
    of: list[Found] = [{} for _ in range(count)]
    for row in cursor.fetchall():
        one = dict(zip(names, row, strict=True))
        places = _PLACE.findall(f"{one['site_id']} {one['actor']}")
        key, shown = without_place(one)
        into = of[int(places[0])]
        while key in into:
            key += " again"
        into[key] = shown
    tests = None
    if detector.tests_query is not None:
        text = _LAKE.sub("kept.", detector.tests_query)
        (row,) = con.execute(text, {name: bound[name] for name in bound_names(text)}).fetchall()
        tests = int(row[0] or 0)
    return of, tests


def without_place(row: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return whom a finding names, and what it tells: figures and evidence."""
    evidence = {
        key: value
        for key, value in json.loads(_PLACE.sub("", row["evidence"])).items()
        if value is not None
    }
    who = " ".join(str(row[key]) for key in ("actor_kind", "actor", "site_id"))
    shown = {
        "severity": row["severity"],
        "score": round(float(row["score"]), 2),
        "events": row["event_count"],
        "people": row["subject_count"],
        "first": f"{row['first_seen']:%H:%M:%S}" if row["first_seen"] else None,
        "last": f"{row['last_seen']:%H:%M:%S}" if row["last_seen"] else None,
        **({"p": float(f"{row['p_value']:.3g}")} if row.get("p_value") is not None else {}),
        **evidence,
    }
    return _PLACE.sub("", who), shown


def differing(found: Found, usual: Found) -> Found:
    """Return the findings with what differs from those that are usual."""
    return {
        who: (
            {
                key: shown.get(key)
                for key in {**usual[who], **shown}
                if shown.get(key) != usual[who].get(key)
            }
            if who in usual
            else shown
        )
        for who, shown in found.items()
    }
