"""`mimamori fetch`: brings new log files from their sources into the landing folder."""

import os
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.options import Context, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.text.display import visible
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from pipelines.fetch.result import SourceResult
    from pipelines.fetch.run import FetchResult

_SHOWN = 20  # lines of a kind for each source


@click.command(help=command_help("cli.fetch.help.command", "cli.fetch.help.details"))
@click.option("--site", "sites", multiple=True, help=message("cli.fetch.help.site"))
@click.option("--dry-run", is_flag=True, help=message("cli.fetch.help.dry_run"))
@json_option
@pass_context
def fetch(context: Context, sites: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Bring new log files from their sources into the landing folder.

    Exit code 1 when something could not be fetched; other sources go on.
    """
    from pipelines.fetch.run import require_fetched
    from pipelines.night import stages

    with redirect_stdout(sys.stderr):  # where Airflow is asked for a connection, it logs there
        result = stages.fetch(
            context.settings, context.home, os.environ.get, sites, dry_run=dry_run
        )
    values = {
        "dry_run": dry_run,
        "failed": len(result.failures),
        "sources": [_values(one) for one in result.sources],
        "removed": list(result.removed),
    }
    print_result(values, as_json, "\n".join(_lines(result, dry_run)))
    require_fetched(result)


def _values(one: "SourceResult") -> dict[str, Any]:
    return {
        "source": one.source,
        "kind": one.kind,
        "sites": sorted(one.sites),
        "files": list(one.brought),
        "bytes": sum(one.bytes.values()),
        "unchanged": one.unchanged,
        "kept": list(one.kept),
        "problems": [
            {"path": each.path, "site_id": each.entry, "reason": str(each.reason)}
            for each in one.problems
        ],
    }


def _lines(result: "FetchResult", dry_run: bool) -> list[str]:
    lines: list[str] = []
    for one in result.sources:
        lines.append(_sums(one, dry_run))
        if dry_run:
            lines += _first([f"  {visible(path)}" for path in one.brought])
        lines += _first([f"  ! {visible(each.in_words)}" for each in one.problems])
        lines += _first([f"  {visible(path)}: {message('cli.fetch.kept')}" for path in one.kept])
    if result.removed and dry_run:
        lines.append(message("cli.fetch.would_remove", count=len(result.removed)))
    elif result.removed:
        lines.append(message("cli.fetch.removed", count=len(result.removed)))
    return lines or [message("cli.fetch.no_sources")]


def _first(lines: list[str]) -> list[str]:
    """The first lines, and how many there are beside them."""
    hidden = len(lines) - _SHOWN
    return (
        [*lines[:_SHOWN], f"  … {message('cli.fetch.more', count=hidden)}"] if hidden > 0 else lines
    )


def _sums(one: "SourceResult", dry_run: bool) -> str:
    files, size = len(one.brought), sum(one.bytes.values())
    unchanged, problems = one.unchanged, len(one.problems)
    if dry_run:
        return message(
            "cli.fetch.would",
            source=one.source,
            kind=one.kind,
            files=files,
            bytes=size,
            unchanged=unchanged,
            problems=problems,
        )
    return message(
        "cli.fetch.source",
        source=one.source,
        kind=one.kind,
        files=files,
        bytes=size,
        unchanged=unchanged,
        problems=problems,
    )
