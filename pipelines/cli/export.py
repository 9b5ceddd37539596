"""`mimamori export`: findings and records for other systems."""

import datetime as dt
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from pipelines.cli.options import (
    DATE,
    Context,
    begun_day_of,
    date_option,
    json_option,
    pass_context,
)
from pipelines.cli.printing import print_json

if TYPE_CHECKING:
    from pipelines.export.run import Exported, What

_FORMS = ("csv", "xlsx", "json", "ndjson", "ecs", "ocsf", "stix", "combined")


@click.command()
@click.argument("what", type=click.Choice(["findings", "records"]))
@click.option(
    "--to",
    "form",
    type=click.Choice(_FORMS),
    required=True,
    help="形式。stix は検出、combined は記録だけ / stix is for findings, combined for records.",
)
@date_option
@click.option("--from", "first", type=DATE, help="この日から / the first day.")
@click.option("--until", "last", type=DATE, help="この日まで / the last day.")
@click.option(
    "--since",
    type=click.IntRange(0),
    metavar="CURSOR",
    help="前回の続きから、0 は初めから / what is new or changed since then, 0: from the beginning.",
)
@click.option("--site", "sites", multiple=True, help="このサイトだけ（複数可） / only this site.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="既定は標準出力 / standard output."
)
@json_option
@pass_context
def export(
    context: Context,
    what: str,
    form: str,
    date: dt.datetime | None,
    first: dt.datetime | None,
    last: dt.datetime | None,
    since: int | None,
    sites: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """検出や記録を、ほかのシステムの形式で / findings or records in the form of other systems.

    日を指定しなければ昨日、--since があれば全期間。最後に次の CURSOR を標準エラーに書く。

    Without a day: yesterday, or with --since every day. The next CURSOR is told at the end, on
    standard error, or as JSON with -o and --json.
    """
    from pipelines.export.run import export as run
    from pipelines.export.wanted import Wanted

    if as_json and out is None:
        raise click.UsageError("--json には -o FILE が要ります / --json needs -o FILE")
    if date is not None and (first is not None or last is not None):
        raise click.UsageError(
            "--date と --from・--until のどちらか一方を / give --date, or --from and --until"
        )
    if first is not None and last is not None and last < first:
        raise click.UsageError("--until が --from より前です / --until is before --from")
    # Stopped by a scheduler, as by Ctrl-C: what was half-written goes, there may be much of it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = context.settings
    days = (first and first.date(), last and last.date())
    if date is not None or (days == (None, None) and since is None):
        days = (begun_day_of(date, settings),) * 2
    done = run(
        context.home,
        settings,
        cast("What", what),
        form,
        Wanted(*days, sites, since),
        out,
        sys.stdout.buffer,
    )
    if as_json:
        print_json({"file": str(out), "rows": done.rows} | done.kinds | {"cursor": done.cursor})
    else:
        click.echo(_sentence(done), err=True)


def _sentence(done: "Exported") -> str:
    kinds = ", ".join(f"{kind} {count}" for kind, count in done.kinds.items() if count)
    return (
        f"{done.rows:,} 件を書き出しました / exported{f' ({kinds})' if kinds else ''};"
        f" 次は / next: --since {done.cursor}"
    )
