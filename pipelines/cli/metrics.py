"""`mimamori metrics`: figures for a monitor."""

import os
import sys
from pathlib import Path

import click

from pipelines.cli.options import Context, json_option, pass_context
from pipelines.cli.printing import print_json
from pipelines.text.messages import command_help, message

_FOR_THE_GROUP = 0o640


@click.command(help=command_help("cli.metrics.help.command", "cli.metrics.help.details"))
@click.option("-o", "--out", type=click.Path(path_type=Path), help=message("cli.metrics.help.out"))
@json_option
@pass_context
def metrics(context: Context, out: Path | None, as_json: bool) -> None:
    """Print the figures in the Prometheus text format, or as JSON."""
    from pipelines.metrics.collect import figures
    from pipelines.night.stages import system_clock
    from pipelines.private_files import target

    context.require_security()
    found = figures(context.home, context.settings, system_clock())
    if as_json:
        print_json(found.as_json())
        return
    with target(out, sys.stdout.buffer) as stream:
        stream.write(found.as_text())
        if out is not None:  # nothing of a person is in it, and the monitor is another account
            os.fchmod(stream.fileno(), _FOR_THE_GROUP)
