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
from pipelines.extras import require
from pipelines.records import Act, Records
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from pipelines.export.run import Exported, What

_FORMS = ("csv", "xlsx", "json", "ndjson", "ecs", "ocsf", "stix", "combined")


@click.command(help=command_help("cli.export.help.command", "cli.export.help.details"))
@click.argument("what", type=click.Choice(["findings", "records"]))
@click.option(
    "--to",
    "form",
    type=click.Choice(_FORMS),
    required=True,
    help=message("cli.export.help.to"),
)
@date_option
@click.option("--from", "first", type=DATE, help=message("cli.export.help.from"))
@click.option("--until", "last", type=DATE, help=message("cli.export.help.until"))
@click.option(
    "--since",
    type=click.IntRange(0),
    metavar="CURSOR",
    help=message("cli.export.help.since"),
)
@click.option("--site", "sites", multiple=True, help=message("cli.export.help.site"))
@click.option("-o", "--out", type=click.Path(path_type=Path), help=message("cli.export.help.out"))
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
    """Findings or records in the form of other systems.

    Without a day: yesterday, or with --since every day. The next CURSOR is told at the end, on
    standard error, or as JSON with -o and --json.
    """
    from pipelines.export.run import export as run
    from pipelines.export.selection import Wanted
    from pipelines.night.stages import system_clock, today
    from pipelines.records.disclosures import given, register

    if as_json and out is None:
        raise click.UsageError(message("cli.export.json_needs_a_file"))
    if date is not None and (first is not None or last is not None):
        raise click.UsageError(message("cli.export.date_or_span"))
    if first is not None and last is not None and last < first:
        raise click.UsageError(message("cli.export.until_before_from"))
    # Stopped by a scheduler, as by Ctrl-C: what was half-written goes, there may be much of it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if form == "xlsx":
        require("spreadsheet", "--to xlsx")
    settings = context.settings
    context.require_security()
    days = (first and first.date(), last and last.date())
    if date is not None or (days == (None, None) and since is None):
        days = (begun_day_of(date, settings),) * 2
    about = {
        "what": what,
        "to": form,
        "from": days[0] and str(days[0]),
        "until": days[1] and str(days[1]),
        "since": since,
        "sites": list(sites),
    }
    records = Records(context.home)
    with records.use(Act("export", about), system_clock) as use:
        done = run(
            context.home,
            settings,
            cast("What", what),
            form,
            Wanted(*days, sites, since),
            out,
            sys.stdout.buffer,
        )
        use.rows = done.rows
    recipient = settings.disclosures.of("export")
    whose = " ".join([what, *(str(day) for day in dict.fromkeys(days) if day), *sites])
    reached = () if out is None else (str(out),)
    out_given = given("export", recipient, today(settings), whose, (what,), reached)
    register(records, out_given, system_clock(), done.rows)
    if as_json:
        print_json({"file": str(out), "rows": done.rows} | done.kinds | {"cursor": done.cursor})
    else:
        click.echo(_sentence(done), err=True)


def _sentence(done: "Exported") -> str:
    kinds = ", ".join(f"{kind} {count}" for kind, count in done.kinds.items() if count)
    exported = message("cli.export.exported", rows=done.rows, kinds=f" ({kinds})" if kinds else "")
    return f"{exported}; {message('cli.export.next')}: --since {done.cursor}"
