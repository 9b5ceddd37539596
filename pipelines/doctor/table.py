"""The outcomes as a table of 80 columns, or as JSON."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.doctor.outcome import Outcome, Status
from pipelines.text.display import visible_lines
from pipelines.text.terminal import bare

_COLUMNS = 80
_MARKS = {
    Status.OK: Text("✔ 正常 ok", "green"),
    Status.WARNING: Text("! 注意 warning", "yellow"),
    Status.WRONG: Text("✘ 異常 wrong", "red"),
}
_TITLES = {
    "settings": "設定",
    "landing": "受け入れ",
    "sites": "サイト",
    "unclaimed-files": "余分なファイル",
    "geoip": "所在地",
    "context": "理由の記録",
    "deliver": "配信",
    "extras": "追加の機能",
    "time-zones": "時間帯",
    "permissions": "許可",
    "landing-permissions": "受け入れの許可",
    "disk": "空き容量",
    "versions": "版",
    "fast-path": "速い経路",
    "clock": "時計",
    "keys": "鍵",
    "lake": "レイク",
    "writer": "書き込み",
    "schema": "表の定義",
    "data-files": "データ",
    "ledger-sums": "台帳の和",
    "ledger-days": "日別の和",
    "rows": "行数",
    "line-numbers": "行番号",
    "event-ids": "行の id",
    "tails": "続き",
    "content": "元のログ",
    "proof": "証明",
    "limits": "上限",
    "retention": "保存期間",
}


def print_table(outcomes: Sequence[Outcome]) -> None:
    """Print a row for each outcome, with the remedy under what is not well."""
    console = Console(file=bare(sys.stdout), highlight=False, soft_wrap=False)
    if not console.is_terminal or console.width < _COLUMNS:
        console.width = _COLUMNS
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for outcome in outcomes:
        found = Text(visible_lines(outcome.message))
        if outcome.remedy:
            found.append(f"\n→ {visible_lines(outcome.remedy)}", "bold")
        title = f"{_TITLES[outcome.check]}\n{outcome.check}"
        table.add_row(_MARKS[outcome.status], Text(title), found)
    console.print(table)
    console.print(Text(_summary(outcomes)))


def _summary(outcomes: Sequence[Outcome]) -> str:
    count = {status: sum(one.status is status for one in outcomes) for status in Status}
    return (
        f"{len(outcomes)} 件の点検：異常 {count[Status.WRONG]}、注意 {count[Status.WARNING]} / "
        f"wrong: {count[Status.WRONG]}, warnings: {count[Status.WARNING]}"
    )


def as_objects(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return the outcomes as objects with the keys check, status, message and remedy."""
    return [asdict(outcome) for outcome in outcomes]
