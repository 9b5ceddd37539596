"""How results are printed: a text for people, or JSON and nothing else."""

import json
from typing import Any

import click

from pipelines.report.visible import visible

_LONGEST = 240


def print_json(values: Any) -> None:
    """Print `values` as JSON, text as it is."""
    click.echo(json.dumps(values, ensure_ascii=False, indent=2, default=str))


def print_result(values: Any, as_json: bool, text: str) -> None:
    """Print `values` as JSON, or `text`."""
    if as_json:
        print_json(values)
    else:
        click.echo(text)


_STATUS = {
    "new": "",
    "acknowledged": "[確認中 / acknowledged] ",
    "closed": "[完了 / closed] ",
    "suppressed": "[抑止 / suppressed] ",
}


def print_findings(
    values: list[dict[str, Any]],
    as_json: bool,
    limit: int | None = None,
    total: int | None = None,
    below: int = 0,
) -> None:
    """Print findings a line each: the first `limit`, and how many of `total` are not shown.

    `below` of those not shown had no place in the night's budget.

    The risk stands at an incident's first finding, those that belong to it are set under it.
    """
    chosen = values[:limit]
    lines = []
    last = None
    for one in chosen:
        incident = one["evidence"].get("incident_id")
        lead = (
            "    └"
            if incident is not None and incident == last
            else f"{one['evidence'].get('risk', one['score']):5.1f}"
        )
        last = incident
        lines.append(
            f"{lead}  {one['severity']:8}  {one['finding_id']}  {_STATUS[one['status']]}"
            f"{visible(one['summary'], _LONGEST)}"
        )
    hidden = (len(values) if total is None else total) - len(chosen)
    if hidden:
        lines.append(f"… ほか {hidden} 件（--all で表示） / {hidden} more (--all shows them)")
    if below:
        lines.append(f"  うち {below} 件は一晩の枠の外 / {below} beyond the night's budget")
    print_result(values, as_json, "\n".join(lines) or "検出はありません / no findings")
