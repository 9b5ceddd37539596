"""`mimamori demo`: simulated log files, and the truth about them."""

import datetime as dt
from pathlib import Path

import click

from pipelines.cli.options import DATE, Context, day_of, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.text.messages import command_help, message


@click.command(help=command_help("cli.demo.help.command"))
@click.option("--days", type=click.IntRange(1, 400), default=35, show_default=True)
@click.option("--end", type=DATE, help=message("cli.demo.help.end"))
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--sites", type=click.IntRange(1), help=message("cli.demo.help.sites"))
@click.option(
    "--lines-per-day", type=click.IntRange(1), help=message("cli.demo.help.lines_per_day")
)
@click.option("--out", type=click.Path(path_type=Path), help=message("cli.demo.help.out"))
@json_option
@pass_context
def demo(
    context: Context,
    days: int,
    end: dt.datetime | None,
    seed: int,
    sites: int | None,
    lines_per_day: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Write simulated logs, and the truth about them."""
    from pipelines.demo.simulate import simulate

    settings = context.settings
    target = out or context.home.logs
    context_folder = context.home.context if out is None else out / "context"
    truth = simulate(
        settings,
        target,
        days,
        day_of(end, settings),
        seed,
        sites,
        lines_per_day,
        context_folder,
    )
    print_result(
        {"out": str(target), "days": len(truth.days), "incidents": len(truth.incidents)},
        as_json,
        message(
            "cli.demo.written", at=target, days=len(truth.days), incidents=len(truth.incidents)
        ),
    )
