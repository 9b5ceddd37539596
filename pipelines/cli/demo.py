"""`mimamori demo`: simulated log files, and the truth about them."""

import datetime as dt
from pathlib import Path

import click

from pipelines.cli.options import DATE, Context, day_of, json_option, pass_context
from pipelines.cli.printing import print_result


@click.command()
@click.option("--days", type=click.IntRange(1, 400), default=35, show_default=True)
@click.option("--end", type=DATE, help="最後の日（既定は昨日） / last day, yesterday by default.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--sites", type=click.IntRange(1), help="加盟店の数 / number of franchise sites.")
@click.option("--lines-per-day", type=click.IntRange(1), help="全サイトの合計 / over all sites.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="既定は HOME/logs / HOME/logs by default."
)
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
    """見本のログを書く / write simulated logs, and the truth about them."""
    from pipelines.demo.simulate import simulate

    settings = context.settings
    target = out or context.home.logs
    truth = simulate(settings, target, days, day_of(end, settings), seed, sites, lines_per_day)
    print_result(
        {"out": str(target), "days": len(truth.days), "incidents": len(truth.incidents)},
        as_json,
        f"{target}: {len(truth.days)} 日分 / days, 隠した事象 / incidents hidden: "
        f"{len(truth.incidents)} (truth.json)",
    )
