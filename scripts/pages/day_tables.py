"""`sql/day/README.md`: the tables in memory that the detectors of a day read, with their columns.

`make docs` writes it from the SQL that makes them and from an empty lake's columns; a test
compares it with the file.
"""

import datetime as dt
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines import lake
from pipelines.context.load import make_context_tables
from pipelines.coverage.blind import make_blind_sites
from pipelines.detect.cache import cache_lake
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.day import make_day_tables
from pipelines.paths import DEFAULT_SETTINGS, SQL_DIR, Home
from pipelines.settings.load import load

FILE = SQL_DIR / "day" / "README.md"
_HEAD = """# 検出器が読む表 / What detectors read

検出器のクエリ（`sql/detectors/*/query.sql`）が読むのは、次の六つです。
このページは `make docs` が SQL の注釈から作ります。

1. **その日の表**（下の一覧）。一日ごとに、メモリーに一度だけ作られ、どの検出器も読みます。
2. **レイクの表の控え**：`cached.user_day` など。`sql/baselines/` が作る日次集計の全部の日と、
   `site`、`agent`、`client` などです。小さいものはメモリーにあり、大きいものは `lake.` の表の
   ビューです。列は `lake.` のものと同じで、[データ辞書](../../docs/data-dictionary.md)にあります。
   利用者は人です：人の一覧（`context: people`）が一人のものとするアカウントは、
   どの表でも一つです。
3. **過去の日次集計**：`past.user_day` など。`cached.` の集計のうち、その日の前日までの履歴です。
4. **その日の全リクエスト**：`today.request_fact`。`lake.request_fact` のその日の行です。
5. **ほかのレイクの表**：`lake.findings`、`lake.reject` など。同じデータ辞書にあります。
6. **検出器自身の途中の表**：`detector.yaml` の `steps` が名を挙げる、同じフォルダーの `NAME.sql`。
   クエリはその名で読みます。

A detector's query (`sql/detectors/*/query.sql`) reads six things. `make docs` writes this
page from the comments of the SQL.

1. **Tables of the day** (below): made in memory once a day, for all detectors.
2. **Copies of the lake's tables**, such as `cached.user_day`: all days of the aggregates that
   `sql/baselines/` makes, and `site`, `agent`, `client` and others. Small ones are in memory, large
   ones are views of the tables in `lake.`. Columns are those in `lake.`, in the
   [data dictionary](../../docs/data-dictionary.md). Users are persons: in every table the accounts
   that the directory (`context: people`) gives to one person are one user.
3. **Aggregates of the past**, such as `past.user_day`: of those in `cached.`, the history up to the
   day before.
4. **All requests of the day**: `today.request_fact`, the day's rows of `lake.request_fact`.
5. **Other tables of the lake**, such as `lake.findings` and `lake.reject`: in the same dictionary.
6. **Steps of its own**: each `NAME.sql` in its folder that `steps` in `detector.yaml` names, which
   the query reads by that name.

"""
_BY_PYTHON = {
    "blind_site": "One row per site on which detectors of personal data can find nothing, though"
    " lines came: these, and the columns that are lacking. From `pipelines/coverage/blind.py`.",
    "bot_group": "One row per name of a bot and group of which it is one.",
    "calendar_day": "One row per day of the history and `$date`: its weekday (1 Monday), whether it"
    " is a working day, and one of the last working days of a month. From `business_hours` in"
    " settings.",
    "user_franchise": "One row per user of `$date` and shop at which the user works. From the sites"
    " of the directory, else from what `user_types` in settings say of the ids of the accounts.",
    "site_state": "One row per site that is expected on `$date`: whether lines came, and the last"
    " day on which they did.",
    "web_signal": "One row per distinct text of `$date` and signature that it matches.",
    "web_account_page": "One row per path of `$date` of a page that answers whether somebody has an"
    " account.",
    "web_family": "One row per family of web attacks, and per site where the settings differ:"
    " whether its detector is active, and its `persistent_tries`. From"
    " `pipelines/detect/web/families.py`.",
    "web_script": "One row per path of `$date` that names a script.",
}
_CONTEXT = "Entries of `context` in settings that are in force: {name}."
_MADE = re.compile(r"((?:^--[^\n]*\n)*)^create or replace (?:table|view) (\w+) as", re.MULTILINE)
_WORD = re.compile(r"\w+")
_DAY = dt.date(2026, 11, 20)


@dataclass(frozen=True)
class _Made:
    """Where a table comes from and what one of its rows is."""

    source: str
    grain: str


def document() -> str:
    """Return the page (Markdown)."""
    settings = load(DEFAULT_SETTINGS)
    with (
        tempfile.TemporaryDirectory() as folder,
        lake.open_writer(Home(Path(folder)), settings.timezone) as con,
    ):
        make_context_tables(con, settings)
        cache_lake(con)
        make_blind_sites(con, settings, _DAY)
        make_day_tables(con, settings, _DAY)
        columns = _columns(con)
    made = _made()
    readers = _readers(set(columns))
    return _HEAD + "\n".join(
        _table(name, columns[name], made.get(name) or _otherwise(name), readers[name])
        for name in sorted(columns)
    )


def _columns(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in con.execute(
        "select table_name, column_name, data_type from duckdb_columns()"
        " where database_name = 'memory' and schema_name = 'main' and not internal"
        " order by table_name, column_index"
    ).fetchall():
        found.setdefault(table, []).append((column, "ENUM" if kind.startswith("ENUM") else kind))
    return found


def _made() -> dict[str, _Made]:
    made = {}
    for path in sorted((SQL_DIR / "day").rglob("*.sql")):
        for comment, name in _MADE.findall(path.read_text(encoding="utf-8")):
            lines = (line.removeprefix("--").strip() for line in comment.splitlines())
            made[name] = _Made(path.relative_to(SQL_DIR / "day").as_posix(), " ".join(lines))
    return made


def _otherwise(name: str) -> _Made:
    if name.startswith("context_"):
        return _Made("", _CONTEXT.format(name=name.removeprefix("context_").replace("_", " ")))
    return _Made("", _BY_PYTHON[name])


def _readers(names: set[str]) -> dict[str, list[str]]:
    readers: dict[str, list[str]] = {name: [] for name in names}
    for detector in load_catalogue().values():
        for name in names.intersection(_WORD.findall(detector.query)):
            readers[name].append(detector.id)
    return readers


def _table(name: str, columns: list[tuple[str, str]], made: _Made, readers: list[str]) -> str:
    lines = [f"## {name}\n", made.grain or "…", ""]
    if made.source:
        lines += [f"From [`{made.source}`]({made.source}).", ""]
    lines.append(", ".join(f"`{column}` {kind}" for column, kind in columns) + ".")
    if readers:
        lines += ["", "Read by " + ", ".join(sorted(readers)) + "."]
    return "\n".join(lines) + "\n"
