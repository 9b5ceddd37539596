"""`mimamori lake`: where the lake lies, and which working folder reports on it."""

import os
from pathlib import Path

import click

from pipelines.cli.options import Context, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.text.messages import command_help, message

_MIB = 1 << 20


@click.group(help=command_help("cli.lake.help.command"))
def lake() -> None:
    """The lake itself: where it lies."""


@lake.command(
    "migrate", help=command_help("cli.lake.help.migrate.command", "cli.lake.help.migrate.details")
)
@click.option(
    "--to",
    "target",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path),
    help=message("cli.lake.help.migrate.to"),
)
@json_option
@pass_context
def lake_migrate(context: Context, target: Path, as_json: bool) -> None:
    """Move the lake to where `lake:` of the settings file --to says, with proof."""
    from pipelines.moving.run import move
    from pipelines.night.stages import system_clock
    from pipelines.privacy.key_source import home_of
    from pipelines.settings.load import load

    context.require_security()
    new = home_of(context.working_folder, load(target).lake, os.environ.get)
    moved = move(context.home, new, system_clock)
    rows = sum(count for count, _ in moved.contents.tables.values())
    lines = [
        message("cli.lake.moved", former=moved.former, new=moved.new),
        message(
            "cli.lake.proved",
            files=f"{moved.files:,}",
            size=f"{moved.bytes / _MIB:,.1f}",
            tables=len(moved.contents.tables),
            rows=f"{rows:,}",
            findings=f"{moved.contents.findings[0]:,}",
        ),
        message("cli.lake.use_it", settings=target),
    ]
    print_result(moved.as_json(), as_json, "\n".join(lines))


@lake.command(
    "take-over",
    help=command_help("cli.lake.help.take_over.command", "cli.lake.help.take_over.details"),
)
@click.option("--reason", required=True, help=message("cli.lake.help.take_over.reason"))
@json_option
@pass_context
def lake_take_over(context: Context, reason: str, as_json: bool) -> None:
    """Have this working folder report on the lake, in place of another one."""
    from pipelines.lake.reporter import take_over
    from pipelines.night.stages import system_clock
    from pipelines.text.validate import LONGEST_NOTE, require_text

    context.require_security()
    require_text("--reason", reason, LONGEST_NOTE)
    before = take_over(context.home, reason, system_clock())
    said = (
        message("cli.lake.reports_already")
        if before is None
        else message("cli.lake.taken_over", name=before)
    )
    print_result({"from": before}, as_json, str(said))
