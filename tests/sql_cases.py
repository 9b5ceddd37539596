"""Cases of an SQL file by rows of the tables that it reads: the rows of the tables that it makes.

A file of cases has worlds by name: `rows` by table, the rows that the SQL `gives` of them, and
`cases` that each change some cells; of what is then given, `gives` has what differs (null for a row
that is gone). All cases are run at once, each with sites, people and addresses of its own, except
those with other `values` for what the SQL binds and those of a world that is `alone` or that
`shows` something else.

    sql: day/NAME.sql       # below sql/; what a query gives is the table `answer`
    before: [day/NAME.sql]  # what runs first
    values: {NAME: …}       # what it binds, beside the parameters of a day
    shows: {TABLE: [COLUMN, …]}  # what it makes, and the columns by which a row is known
    tables: {TABLE: TABLE}  # what it reads that has the columns of another table
    names: [COLUMN, …]      # columns of texts that each case has for itself, beside the usual ones
    shared: [COLUMN, …]     # of the usual ones, those that it does not
    usual: {TABLE: {…}}     # columns that all rows of a table have

A row is a mapping of columns. It stands for several with `n: 15` ({i} counts them in a text;
`every: 60` are the seconds from one to the next) or `days: -28..-1` (one for each of these days
in `log_date`). A date is the number of days after the day examined, a time HH:MM:SS of it, or of
another day: `-1 HH:MM:SS`.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from pipelines import lake
from pipelines.detect.aggregates import load_macros
from pipelines.detect.day import _calendar, day_parameters
from pipelines.detect.scripts import run_sql_file
from pipelines.lake import identifier, make_table
from pipelines.paths import SQL_DIR, Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from tests.detect.rows import changed, completed

DAY = dt.date(2026, 11, 19)
Columns = Mapping[str, str]
Row = dict[str, Any]
Given = dict[str, dict[str, Row | None]]

_ZONE = dt.timezone(dt.timedelta(hours=9))
_SETTINGS = """
sites:
  - {id: a, group: main, domains: [a.example], logs: [a/access.log], format: combined}
"""
_NAMES = {
    *("site_id", "site_group", "franchise", "user_id", "usual_id", "named_user", "account"),
    *("actor", "team", "session_id", "machine", "key"),
    *("client_ip", "subnet", "network", "top_address", "finding_id"),
}
_NUMBERS = {"client_id", "agent_id", "file_id", "request_row", "event_id", "request_profile_id"}
_APART = 100_000
_PLACE = re.compile(r"~(\d+)~")
_TABLE = re.compile(r"^## (\w+)$[^#]*?^(`.*)\.$", re.MULTILINE)
_ENUM = re.compile(r"\bENUM\b")
_MADE = re.compile(r"create or replace (?:temp )?(?:table|view|type) ([\w.]+)")
_MAKES = re.compile(r"^(?:create|update) ", re.MULTILINE)
_DATES = {"date", "holidays", "from", "to", "day", "days", "reached", "since", "until", "month"}
_TIME = re.compile(r"(?:([+-]?\d+) )?(\d\d:\d\d:\d\d(?:\.\d+)?)")


def schema_of(home: Home) -> dict[str, Columns]:
    """Return the columns of each table that SQL may read: those of the lake, and of a day."""
    with lake.open_reader(home, "UTC") as con:
        told = con.execute(
            "select table_name, list(column_name order by column_index),"
            " list(data_type order by column_index) from duckdb_columns()"
            " where database_name = 'lake' and not internal group by table_name"
        ).fetchall()
    of: dict[str, Columns] = {
        f"lake.{table}": dict(zip(names, types, strict=True)) for table, names, types in told
    }
    for table, names, types in told:
        for schema in ("cached", "past", "today"):
            of[f"{schema}.{table}"] = dict(zip(names, types, strict=True))
    text = (SQL_DIR / "day" / "README.md").read_text(encoding="utf-8")
    with duckdb.connect() as con:
        load_macros(con)
        con.execute("attach ':memory:' as lake")
        for path in sorted((SQL_DIR / "baselines" / "shared").glob("*.sql")):
            shared = path.read_text(encoding="utf-8")
            for table in set(re.findall(r"lake\.\w+", shared)):
                _create(con, table, of[table])
            con.execute(shared, {"days": []})
            of[path.stem] = _columns(con, path.stem)
        for table, columns in _TABLE.findall(text):
            columns_sql = _ENUM.sub("VARCHAR", columns).replace("`", '"')
            con.execute(f"create table {table} ({columns_sql})")
            of[table] = _columns(con, table)
    return of


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> Columns:
    return {name: kind for name, kind, *_ in con.execute(f"describe {table}").fetchall()}


def _create(con: duckdb.DuckDBPyConnection, table: str, columns: Columns) -> None:
    told = ", ".join(f"{identifier(one)} {kind}" for one, kind in columns.items())
    con.execute(f"create or replace table {table} ({told})")


def settings_in(folder: Path) -> Settings:
    """Return settings of one site."""
    (folder / "mimamori.yaml").write_text(_SETTINGS, encoding="utf-8")
    return load(folder / "mimamori.yaml")


class Cases:
    """What a file of cases tells."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        """Read it."""
        kept = dict(told)
        self.path = SQL_DIR / kept.pop("sql")
        self.before = [SQL_DIR / one for one in kept.pop("before", ())]
        self.shows: dict[str, list[str]] = kept.pop("shows")
        self.names = _NAMES.union(kept.pop("names", ())).difference(kept.pop("shared", ()))
        self.values = kept.pop("values", {})
        self.tables: dict[str, str] = kept.pop("tables", {})
        usual = kept.pop("usual", {})
        self.worlds: dict[str, dict[str, Any]] = kept
        for world in kept.values():
            world["rows"] = completed(world["rows"], usual)

    def all(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each world by its name, unchanged, and its cases."""
        for name, world in self.worlds.items():
            yield name, {}
            for case in world.get("cases", ()):
                yield name, {key: value for key, value in case.items() if key != "gives"}


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    """One that knows the macros, which takes longer than most cases."""
    con = duckdb.connect(config={"threads": 1})
    con.execute("set timezone = 'Asia/Tokyo'")
    load_macros(con)
    return con


class Runner:
    """Runs the SQL of one file of cases."""

    def __init__(self, schema: Mapping[str, Columns], settings: Settings, cases: Cases) -> None:
        """Make the tables that it reads, empty."""
        self.cases = cases
        self.values = day_parameters(settings, DAY)
        self.con = _connection()
        self.con.execute("set search_path = 'memory.main'")
        for name in ("room", "lake"):  # those of the file before are gone
            self.con.execute(f"detach database if exists {name}; attach ':memory:' as {name}")
        kept = "select table_name from duckdb_tables() where temporary"
        for (name,) in self.con.execute(kept).fetchall():
            self.con.execute(f"drop table temp.{identifier(name)}")
        self.con.execute("set search_path = 'room.main,memory.main'")
        self.con.execute("create schema cached; create schema past; create schema today")
        texts = [path.read_text(encoding="utf-8") for path in (*cases.before, cases.path)]
        read = set(re.findall(r"[a-z_.]+", "\n".join(texts)))
        made = {name for text in texts for name in _MADE.findall(text)}
        filled = {table for world in cases.worlds.values() for table in world["rows"]}
        like = {name: schema[other] for name, other in cases.tables.items()}
        self._columns = {
            name: columns
            for name, columns in {**schema, **like}.items()
            if (name in read and name not in made) or name in filled
        }
        for name, columns in self._columns.items():
            _create(self.con, name, columns)
        if "calendar_day" not in filled and read & {"calendar_day", "history_day"}:
            calendar = _calendar(settings, self.values["history_from"], DAY)
            make_table(self.con, "calendar_day", calendar)
            if "history_day" not in filled:
                run_sql_file(self.con, self.values, SQL_DIR / "day" / "calendar.sql")

    def given(self, path: Path, cases: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Given]:
        """Return what an SQL file gives of each case: the rows of each table by their keys."""
        of: list[Given] = [{} for _ in cases]
        together = []
        for place, (world, changes) in enumerate(cases):
            rows, values = self._changed(world, changes)
            shows = self.cases.worlds[world].get("shows")
            if self.cases.worlds[world].get("alone") or values or shows:
                of[place] = self._run(path, [rows], values, shows)[0]
            else:
                together.append((place, rows))
        if together:
            found = self._run(path, [rows for _, rows in together], {})
            for (place, _), one in zip(together, found, strict=True):
                of[place] = one
        return of

    def _changed(
        self, world: str, changes: Mapping[str, Any]
    ) -> tuple[Mapping[str, Sequence[Mapping[str, Any]]], dict[str, Any]]:
        told = self.cases.worlds[world]
        values = {
            **told.get("values", {}),
            **{key[7:]: value for key, value in changes.items() if key.startswith("values.")},
        }
        cells = {key: value for key, value in changes.items() if not key.startswith("values.")}
        return changed(told["rows"], cells), values

    def _run(
        self,
        path: Path,
        worlds: Sequence[Mapping[str, Sequence[Mapping[str, Any]]]],
        values: Mapping[str, Any],
        shows: Mapping[str, Sequence[str]] | None = None,
    ) -> list[Given]:
        shows = shows or self.cases.shows
        bound = {
            **self.values,
            **{key: _bound(key, one) for key, one in {**self.cases.values, **values}.items()},
        }
        together: dict[str, list[Row]] = {}
        for place, world in enumerate(worlds):
            for table, rows in world.items():
                into = together.setdefault(table, [])
                for row in rows:
                    of = self._repeated(table, row)
                    into += of if len(worlds) == 1 else (self._placed(one, place) for one in of)
        for table, rows in together.items():
            self._fill(table, rows)
        for one in (*self.cases.before, path):
            self._execute(one, bound)
        found = [self._read(table, keys, len(worlds)) for table, keys in shows.items()]
        for table in together:
            _create(self.con, table, self._columns[table])  # so that rows are numbered from 0 again
        return [
            {table: one[place] for table, one in zip(shows, found, strict=True)}
            for place in range(len(worlds))
        ]

    def _execute(self, path: Path, bound: Mapping[str, Any]) -> None:
        text = path.read_text(encoding="utf-8")
        if not _MAKES.search(text):
            text = f"create or replace temp table answer as\n{text}"
        for statement in self.con.extract_statements(text):
            names = statement.named_parameters
            self.con.execute(statement, {name: bound[name] for name in names})

    def _fill(self, table: str, rows: Sequence[Row]) -> None:
        given = dict.fromkeys(key for row in rows for key in row)
        kinds = {key: self._columns[table][key] for key in given}
        self.con.execute(
            f"insert into {table} by name select unnest(one) from"
            f" (select unnest(from_json(?, '{json.dumps([kinds])}')) as one)",
            [json.dumps(list(rows))],
        )

    def _repeated(self, table: str, row: Mapping[str, Any]) -> Iterator[Row]:
        values = dict(row)
        count, every = values.pop("n", 1), values.pop("every", 0)
        of: Sequence[int | None] = [None]
        if "days" in values and "days" not in self._columns[table]:
            first, _, last = str(values.pop("days")).partition("..")
            of = range(int(first), int(last or first) + 1)
        kinds = self._columns[table]
        for day in of:
            for i in range(count):
                new = {key: _value(kinds[key], one, i, i * every) for key, one in values.items()}
                if day is not None:
                    new["log_date"] = str(DAY + dt.timedelta(days=day))
                yield new

    def _placed(self, row: Row, place: int) -> Row:
        for key, value in row.items():
            if key in self.cases.names and isinstance(value, str) and value != "*":
                # Within the first number of an address, so that its network is of the case too.
                row[key] = re.sub(r"^\d+(?=\.)|$", rf"\g<0>~{place}~", value, count=1)
            elif key in _NUMBERS and isinstance(value, int):
                row[key] = value + place * _APART
        return row

    def _read(self, table: str, keys: Sequence[str], count: int) -> list[dict[str, Row | None]]:
        cursor = self.con.execute(f"select * from {table} order by all")
        names = [column[0] for column in cursor.description or ()]
        of: list[dict[str, Row | None]] = [{} for _ in range(count)]
        for values in cursor.fetchall():
            row = {name: plain(one) for name, one in zip(names, values, strict=True)}
            text = json.dumps(row, ensure_ascii=False)
            numbers = [
                row[name] // _APART for name in _NUMBERS & row.keys() if row[name] is not None
            ]
            places = [*map(int, _PLACE.findall(text)), *numbers]
            shown: Row = {
                name: value % _APART if name in _NUMBERS else value
                for name, value in json.loads(_PLACE.sub("", text)).items()
                if value is not None
            }
            into = of[places[0] if places else 0]
            key = " ".join(str(shown.pop(name, None)) for name in keys)
            while key in into:
                key += " again"
            into[key] = shown
        return of


def plain(value: Any) -> Any:
    """Return a value as a file of cases tells it."""
    told: Any = value if value is None or isinstance(value, bool | int | str) else str(value)
    match value:
        case dt.datetime():
            moment = value.astimezone(_ZONE)
            days = (moment.date() - DAY).days
            text = f"{moment:%H:%M:%S.%f}".rstrip("0").rstrip(".")
            told = f"{days} {text}" if days else text
        case dt.date():
            told = (value - DAY).days
        case list():
            told = [plain(one) for one in value]
        case dict():
            told = {key: plain(one) for key, one in value.items() if one is not None}
        case float():
            told = float(f"{value:.6g}")
    return told


def _value(kind: str, value: Any, i: int, seconds: int) -> Any:
    if kind == "JSON":
        return json.loads(value)
    if isinstance(value, str):
        found = _TIME.fullmatch(value) if kind.startswith("TIMESTAMP") else None
        if found:
            day = DAY + dt.timedelta(days=int(found[1] or 0))
            instant = dt.datetime.fromisoformat(f"{day}T{found[2]}+09:00")
            return (instant + dt.timedelta(seconds=seconds)).isoformat()
        return value.replace("{i}", str(i))
    if kind == "DATE" and isinstance(value, int):
        return str(DAY + dt.timedelta(days=value))
    return value


def _bound(name: str, value: Any) -> Any:
    if name in _DATES and isinstance(value, list):
        return [DAY + dt.timedelta(days=one) for one in value]
    if name in _DATES - {"days"} and isinstance(value, int) and not isinstance(value, bool):
        return DAY + dt.timedelta(days=value)
    return value


def differing(given: Given, usual: Given) -> Given:
    """Return the rows with what differs from those that are usual; null for one that is gone."""
    of: Given = {}
    for table, rows in given.items():
        before = usual[table]
        for key in {**before, **rows}:
            now, then = rows.get(key), before.get(key)
            if now == then:
                continue
            if now is not None and then is not None:
                now = {
                    one: now.get(one) for one in {**then, **now} if now.get(one) != then.get(one)
                }
            of.setdefault(table, {})[key] = now
    return of


def check(schema: Mapping[str, Columns], folder: Path, told: Mapping[str, Any]) -> None:
    """Compare what the SQL gives of all cases of a file with what the file tells."""
    cases = Cases(told)
    runner = Runner(schema, settings_in(folder), cases)
    found = iter(runner.given(cases.path, list(cases.all())))
    for name, world in cases.worlds.items():
        usual = next(found)
        assert usual == world["gives"], name
        for case in world.get("cases", ()):
            assert differing(next(found), usual) == case["gives"], (name, case)
