"""How results are printed: a text for people, or JSON and nothing else."""

import json
from typing import Any

import click


def print_json(values: Any) -> None:
    """Print `values` as JSON, text as it is."""
    click.echo(json.dumps(values, ensure_ascii=False, indent=2, default=str))


def print_result(values: Any, as_json: bool, text: str) -> None:
    """Print `values` as JSON, or `text`."""
    if as_json:
        print_json(values)
    else:
        click.echo(text)


def print_findings(
    values: list[dict[str, Any]], as_json: bool, limit: int | None = None, total: int | None = None
) -> None:
    """Print findings a line each: the first `limit`, and how many of `total` are not shown."""
    shown = values[:limit]
    lines = [
        f"{one['severity']:8} {one['score']:5.1f}  {one['finding_id']}  {one['summary']}"
        for one in shown
    ]
    hidden = (len(values) if total is None else total) - len(shown)
    if hidden:
        lines.append(f"… ほか {hidden} 件（--all で表示） / {hidden} more (--all shows them)")
    print_result(values, as_json, "\n".join(lines) or "検出はありません / no findings")
