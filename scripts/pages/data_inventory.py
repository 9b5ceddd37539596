"""`docs/data-inventory.md`: every column of the lake's tables, its class, purpose and period.

`make docs` writes it from the schema's comments, from what retention does with each table, and from
`sql/inventory.yaml`; tests compare it with the file, and with what stands in a lake.
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pages.data_dictionary import cell
from pipelines import lake
from pipelines.lake.dictionary import Column, Relation, relations
from pipelines.paths import PROJECT_ROOT, SQL_DIR, Home
from pipelines.retention import aggregates, other_rows
from pipelines.text.yaml_text import read_yaml

FILE = PROJECT_ROOT / "docs" / "data-inventory.md"
_CLASS = re.compile(r"\s*\[(none|pseudonym|personal)\]$")
_HEAD = """# データの目録 / Data inventory

見守りが何を、何のために、いつまで持つかの一覧です。`make docs` が、スキーマの注釈、保存期間の処理、
`sql/inventory.yaml` から作ります。区分は `none`（個人データでない）、`pseudonym`
（鍵つきハッシュなど、それだけではだれかわからないもの）、`personal`（個人データ）。期間は設定
`retention:` のキーで、値と保全の指示は [docs/retention.md](retention.md) にあります。

What mimamori holds, why, and how long. `make docs` writes it from the comments of the schema, from
what retention does, and from `sql/inventory.yaml`. Classes are `none`, `pseudonym` (by itself it
tells nobody) and `personal`. Periods are keys of `retention:` in the settings; their values and
legal holds are in [docs/retention.md](retention.md).

## レイクの外 / Outside the lake

| 場所 / place | 中身 / what | 区分 / class | 期間 / period |
| --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class Holding:
    """A table of the lake: why it is kept, how long, and whether its persons become pseudonyms."""

    table: Relation
    purpose: str
    period: str
    is_pseudonymised: bool


def class_of(column: Column) -> str:
    """Return the class of personal data that a column's comment ends with."""
    found = _CLASS.search(column.comment)
    return found[1] if found else ""


def holdings() -> list[Holding]:
    """Return the tables of a new lake of this release, by name.

    Raises:
        KeyError: a table is missing in `sql/inventory.yaml`, or has no period anywhere.
    """
    told = _told()
    with (
        tempfile.TemporaryDirectory() as folder,
        lake.open_writer(Home(Path(folder)), "UTC") as con,
    ):
        tables = [one for one in relations(con) if one.kind == "table"]
    return [_holding(table, told) for table in tables]


def _told() -> dict[str, Any]:
    told: dict[str, Any] = read_yaml((SQL_DIR / "inventory.yaml").read_text(encoding="utf-8"))
    return told


def _holding(table: Relation, told: dict[str, Any]) -> Holding:
    own = told["tables"][table.name]
    if table.name in other_rows.PERIODS:
        period = f"`{other_rows.PERIODS[table.name]}`"
    elif table.name in aggregates.PSEUDONYMISED:
        kept = aggregates.PSEUDONYMISED[table.name]
        period = "`access_log_days`" if kept else "`pseudonymise_after_days`"
    elif own["period"] in told["periods"]:
        period = " / ".join(told["periods"][own["period"]].values())
    else:
        period = f"`{own['period']}`"
    is_pseudonymised = aggregates.PSEUDONYMISED.get(table.name, bool(own.get("pseudonymised")))
    purpose = " / ".join(told["purposes"][own["purpose"]].values())
    return Holding(table, purpose, period, is_pseudonymised)


def document() -> str:
    """Return the page (Markdown)."""
    outside = "".join(
        f"| {one['place']} | {' / '.join(one['what'].values())} | {one['class']}"
        f" | {one['period']} |\n"
        for one in _told()["outside"]
    )
    return _HEAD + outside + "\n## 表 / Tables\n\n" + "\n".join(map(_section, holdings()))


def _section(one: Holding) -> str:
    period = one.period
    if one.is_pseudonymised:
        period += "。人は `pseudonymise_after_days` で仮名に / persons become pseudonyms after it"
    rows = "".join(
        f"| `{column.name}` | {class_of(column)} | {cell(_CLASS.sub('', column.comment))} |\n"
        for column in one.table.columns
    )
    return (
        f"### {one.table.name}\n\n{one.purpose}。期間 / period: {period}\n\n"
        f"| 列 / column | 区分 / class | 意味 / meaning |\n| --- | --- | --- |\n{rows}"
    )
