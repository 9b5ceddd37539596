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
from pipelines.text.messages import message
from pipelines.text.terminal import bare

_COLUMNS = 80
_MARKS = {
    Status.OK: Text(f"✔ {message('doctor.mark.ok', between=' ')}", "green"),
    Status.WARNING: Text(f"! {message('doctor.mark.warning', between=' ')}", "yellow"),
    Status.WRONG: Text(f"✘ {message('doctor.mark.wrong', between=' ')}", "red"),
}
_TITLES = {
    "settings": message("doctor.title.settings", between="\n"),
    "landing": message("doctor.title.landing", between="\n"),
    "sites": message("doctor.title.sites", between="\n"),
    "unclaimed-files": message("doctor.title.unclaimed_files", between="\n"),
    "raw-logs": message("doctor.title.raw_logs", between="\n"),
    "geoip": message("doctor.title.geoip", between="\n"),
    "users": message("doctor.title.users", between="\n"),
    "context": message("doctor.title.context", between="\n"),
    "roles": message("doctor.title.roles", between="\n"),
    "sources": message("doctor.title.sources", between="\n"),
    "deliver": message("doctor.title.deliver", between="\n"),
    "extras": message("doctor.title.extras", between="\n"),
    "time-zones": message("doctor.title.time_zones", between="\n"),
    "permissions": message("doctor.title.permissions", between="\n"),
    "landing-permissions": message("doctor.title.landing_permissions", between="\n"),
    "disk": message("doctor.title.disk", between="\n"),
    "versions": message("doctor.title.versions", between="\n"),
    "fast-path": message("doctor.title.fast_path", between="\n"),
    "clock": message("doctor.title.clock", between="\n"),
    "keys": message("doctor.title.keys", between="\n"),
    "lake": message("doctor.title.lake", between="\n"),
    "servers": message("doctor.title.servers", between="\n"),
    "writer": message("doctor.title.writer", between="\n"),
    "growth": message("doctor.title.growth", between="\n"),
    "schema": message("doctor.title.schema", between="\n"),
    "data-files": message("doctor.title.data_files", between="\n"),
    "on-record": message("doctor.title.on_record", between="\n"),
    "erasures": message("doctor.title.erasures", between="\n"),
    "ledger-sums": message("doctor.title.ledger_sums", between="\n"),
    "ledger-days": message("doctor.title.ledger_days", between="\n"),
    "rows": message("doctor.title.rows", between="\n"),
    "line-numbers": message("doctor.title.line_numbers", between="\n"),
    "event-ids": message("doctor.title.event_ids", between="\n"),
    "tails": message("doctor.title.tails", between="\n"),
    "content": message("doctor.title.content", between="\n"),
    "proof": message("doctor.title.proof", between="\n"),
    "limits": message("doctor.title.limits", between="\n"),
    "retention": message("doctor.title.retention", between="\n"),
    "upkeep": message("doctor.title.upkeep", between="\n"),
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
        table.add_row(_MARKS[outcome.status], Text(_TITLES[outcome.check]), found)
    console.print(table)
    console.print(Text(_summary(outcomes)))


def _summary(outcomes: Sequence[Outcome]) -> str:
    count = {status: sum(one.status is status for one in outcomes) for status in Status}
    return message(
        "doctor.table.summary",
        count=len(outcomes),
        wrong=count[Status.WRONG],
        warnings=count[Status.WARNING],
    )


def as_objects(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return the outcomes as objects with the keys check, status, message and remedy."""
    return [asdict(outcome) for outcome in outcomes]
