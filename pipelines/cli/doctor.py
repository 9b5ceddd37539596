"""`mimamori doctor`: is everything in order, and if not, what to do."""

from pathlib import Path

import click

from pipelines.cli.options import Context, json_option, logs_option, pass_context
from pipelines.cli.printing import print_json
from pipelines.text.messages import command_help, message


@click.command(help=command_help("cli.doctor.help.command", "cli.doctor.help.details"))
@click.option(
    "--deep",
    is_flag=True,
    help=message("cli.doctor.help.deep"),
)
@logs_option
@json_option
@pass_context
def doctor(context: Context, deep: bool, logs: Path | None, as_json: bool) -> None:
    """Check everything, and say what to do.

    Proves that every line read is held once. Ends with 1 when something is wrong, with 0 when all
    is well or there are only warnings.
    """
    from pipelines.doctor.examine import examine
    from pipelines.doctor.outcome import Status
    from pipelines.doctor.table import as_objects, print_table
    from pipelines.night.stages import system_clock

    outcomes = examine(context.config, context.working_folder, logs, deep=deep, clock=system_clock)
    if as_json:
        print_json(as_objects(outcomes))
    else:
        print_table(outcomes)
    if any(outcome.status is Status.WRONG for outcome in outcomes):
        raise SystemExit(1)
