"""`docs/data-dictionary.md`: every table, view, table function and saved query, in words.

`make docs` writes it from the schema's own comments; a test
compares it with the file.
"""

import tempfile
from pathlib import Path

from pipelines import lake
from pipelines.lake.dictionary import Relation, TableFunction, relations, table_functions
from pipelines.paths import PROJECT_ROOT, Home
from pipelines.query.saved import SavedQuery, saved_queries

FILE = PROJECT_ROOT / "docs" / "data-dictionary.md"
_HEAD = """# データ辞書 / Data dictionary

このページは、スキーマの注釈（`sql/schema/`、`sql/views/`、`sql/functions/`）と保存したクエリの見出し
（`sql/analysis/`）から作られています。使い方は [docs/sql.md](sql.md) にあります。
This page is written from the comments of the schema and the headers of the saved queries:
`make docs`. How to ask is in [docs/sql.md](sql.md).

注釈の終わりの括弧は個人データの区分：`none`（なし）、`pseudonym`（鍵つきハッシュなど、それだけでは
だれかわからないもの）、`personal`（個人データ）。時刻は瞬間で、接続の時間帯で表示されます。
The bracket at the end of a comment is the class of personal data: `none`, `pseudonym` (by itself it
tells nobody) or `personal`. Times are instants, shown in the time zone of the connection.

"""
_SAVED_HEAD = (
    "| 名前 / name | 問い / question | 引数（既定） / parameters (default) |\n| --- | --- | --- |\n"
)
_TABLE_HEAD = "| 列 / column | 型 / type | 意味 / meaning |\n| --- | --- | --- |\n"


def document() -> str:
    """Return the page (Markdown), from a new lake of this release."""
    with (
        tempfile.TemporaryDirectory() as folder,
        lake.open_writer(Home(Path(folder)), "UTC") as con,
    ):
        found = relations(con)
    views = [_relation(each) for each in found if each.kind == "view"]
    tables = [_relation(each) for each in found if each.kind == "table"]
    return _HEAD + "\n".join(
        [
            "## ビュー / Views\n",
            *views,
            "## 表を返す関数 / Table functions\n",
            *(_function(each) for each in table_functions()),
            "## 保存したクエリ / Saved queries\n",
            _saved(list(saved_queries().values())),
            "## 表 / Tables\n",
            *tables,
        ]
    )


def _relation(relation: Relation) -> str:
    rows = "".join(
        f"| `{column.name}` | {column.type} | {cell(column.comment)} |\n"
        for column in relation.columns
    )
    return f"### lake.{relation.name}\n\n{relation.comment}\n\n{_TABLE_HEAD}{rows}"


def _function(function: TableFunction) -> str:
    rows = "".join(f"- `{name}`: {comment}\n" for name, comment in function.parameters)
    return (
        f"### lake.{function.name}\n\n`lake.{function.name}({function.signature})`\n\n"
        f"{function.comment}\n\n{rows}"
    )


def _saved(queries: list[SavedQuery]) -> str:
    return _SAVED_HEAD + "".join(_saved_row(query) for query in queries)


def _saved_row(query: SavedQuery) -> str:
    parameters = "<br>".join(
        f"`{each.name}` ({each.default}) {cell(each.ja)} / {cell(each.en)}"
        for each in query.parameters
    )
    name = f"[`{query.name}`](../sql/analysis/{query.name}.sql)"
    return f"| {name} | {cell(query.ja)} / {cell(query.en)} | {parameters} |\n"


def cell(text: str) -> str:
    """Return a text that may stand in a cell of a table."""
    return text.replace("|", "\\|")
